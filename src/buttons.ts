import { createHash } from "node:crypto";
import { type Environment, readCredentials, readSigningSecret } from "./config/credentials.ts";
import type { Config } from "./config/sections.ts";
import { type Instant, instant } from "./core/terms/time.ts";
import { press } from "./cycle/press.ts";
import { GuardError, whyOf } from "./errors.ts";
import type { Language } from "./language/language.ts";
import { PRESS_WORDS } from "./language/press.ts";
import type { Clock, StoreWriter } from "./ports.ts";
import { type ProxyFor, proxiesOf } from "./proxy/environment.ts";
import { answerTo, ephemeral } from "./slack/answers.ts";
import { type Press, pressOf } from "./slack/press.ts";
import { type Response, respond } from "./slack/response.ts";
import { isFromSlack, type SignedRequest } from "./slack/signature.ts";

/**
 * Slack's requests for the buttons (contract.md, Alerts), as the function and `serve` get them. It knows the store and Slack, and nothing
 * that releases.
 */

/** What both answer over HTTP. The body is always empty: what people read goes to the press's `response_url`. */
export interface Answered {
  readonly status: 200 | 401;
}

export interface ButtonOptions {
  readonly config: Config;
  readonly secret: string;
  readonly store: StoreWriter;
  readonly clock: Clock;
  /** Left out: no proxy. */
  readonly proxyFor?: ProxyFor;
  /** Milliseconds until the answer at the latest; left out: 2,000. */
  readonly answerWithin?: number;
  /** Hears why a press came to nothing. */
  readonly log: (why: string) => void;
}

/** Slack wants its answer within 3 s, its way here and back included. What takes longer goes on after the answer. */
const ANSWER_WITHIN = 2_000;

/**
 * Opens what a press needs.
 *
 * @throws GuardError of fault `user` where the configuration has no buttons, or SLACK_SIGNING_SECRET is missing
 */
export async function openButtons(config: Config, env: Environment, clock: Clock): Promise<Omit<ButtonOptions, "log">> {
  if (config.alerts.slack === null || config.alerts.slack.buttons === null) {
    const why = "alerts.slack.buttons.users is not configured: nobody may press";
    throw new GuardError("NoButtons", "user", why, "name the Slack users who may press in alerts.slack.buttons.users");
  }
  const secret = readSigningSecret(env);
  if (secret === null) {
    const why = "SLACK_SIGNING_SECRET is not set: no press can be proven to come from Slack";
    throw new GuardError("NoSigningSecret", "user", why, "set it to the Signing Secret of the Slack app (Basic Information)");
  }
  const { openStore } = await import("./store/index.ts");
  const { secretId, secretKey, token } =
    config.state.kind === "dir" ? { secretId: "", secretKey: "", token: null } : readCredentials(env);
  const credentials = { secretId, secretKey, ...(token === null ? {} : { token }) };
  const proxyFor = proxiesOf(env);
  return {
    config,
    secret,
    clock,
    proxyFor,
    store: await openStore(config.state, { credentials, clock, proxyFor, mode: "write" }),
  };
}

/**
 * Answers one request within two seconds, whatever the store does. Never throws. A wrong, old or used signature: 401, and nothing is
 * written or said.
 */
export async function answerPress(request: SignedRequest, options: ButtonOptions): Promise<Answered> {
  const { secret, clock, log } = options;
  if (!isFromSlack(request, secret, clock.now())) return { status: 401 };
  const work = handle(request, options).catch((error: unknown): Answered => {
    log(whyOf(error));
    return { status: 200 };
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answered>((resolve) => {
    timer = setTimeout(() => resolve({ status: 200 }), options.answerWithin ?? ANSWER_WITHIN);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function handle(request: SignedRequest, options: ButtonOptions): Promise<Answered> {
  const { config, log } = options;
  const language = languageOf(config);
  const pressed = pressOf(request.body.toString("utf8"));
  try {
    if (!(await isFirstUse(request, options))) return { status: 401 };
  } catch (error) {
    log(whyOf(error));
    if (pressed !== null) await tell(pressed, ephemeral(PRESS_WORDS[language].failedUnwritten), options);
    return { status: 200 };
  }
  if (pressed === null) return { status: 200 };
  const users = config.alerts.slack?.buttons?.users ?? [];
  const answer = users.includes(pressed.user)
    ? await carryOut(pressed, options, language)
    : ephemeral(PRESS_WORDS[language].foreign);
  await tell(pressed, answer, options);
  return { status: 200 };
}

/** Remembered in the store, so that it holds for every instance of the function. */
async function isFirstUse({ signature = "", timestamp }: SignedRequest, { store }: ButtonOptions): Promise<boolean> {
  return store.useOnce(createHash("sha256").update(signature).digest("hex"), secondOf(timestamp));
}

function secondOf(timestamp: string | undefined): Instant {
  return instant(Number(timestamp) * 1_000);
}

async function carryOut(pressed: Press, { config, store, clock, log }: ButtonOptions, language: Language): Promise<Response> {
  let written = false;
  const watched: StoreWriter = {
    ...store,
    async append(events) {
      const head = await store.append(events);
      written = true;
      return head;
    },
  };
  const { button, eip, at, flaggedAt, user } = pressed;
  try {
    const asked = { button, eip, at, flaggedAt, by: `slack:${user}` };
    return answerTo(pressed, await press({ store: watched, clock }, config.policy, asked), language);
  } catch (error) {
    log(whyOf(error));
    return ephemeral(written ? PRESS_WORDS[language].failed(eip) : PRESS_WORDS[language].failedUnwritten);
  }
}

async function tell({ responseUrl }: Press, response: Response, { log, proxyFor }: ButtonOptions): Promise<void> {
  if (responseUrl === null) return log("slack sent no response_url");
  const why = await respond(responseUrl, response, proxyFor);
  if (why !== null) log(`the answer to a press was not delivered: ${why}`);
}

function languageOf({ alerts }: Config): Language {
  return alerts.language;
}
