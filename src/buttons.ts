import { createHash } from "node:crypto";
import { type Environment, readCredentials, readSigningSecret } from "./config/credentials.ts";
import type { Config } from "./config/sections.ts";
import type { Ledger } from "./core/terms/ledger.ts";
import { after, type Instant, instant, milliseconds } from "./core/terms/time.ts";
import { lookAt, press } from "./cycle/press.ts";
import { GuardError, whyOf } from "./errors.ts";
import { PRESS_WORDS } from "./language/press.ts";
import type { Clock, StoreWriter } from "./ports.ts";
import { type ProxyFor, proxiesOf } from "./proxy/environment.ts";
import { answerTo, ephemeral } from "./slack/answers.ts";
import { type Press, pressOf } from "./slack/press.ts";
import { type Response, respond } from "./slack/response.ts";
import { isFromSlack } from "./slack/signature.ts";
import type { SignedRequest } from "./slack/signed-request.ts";

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

/** In milliseconds. Slack wants its answer within 3 s, its way here and back included. */
const ANSWER_WITHIN = 2_000;
/** So long the answer waits besides for the line that a slow press goes on. */
const TOLD_WITHIN = 500;
/** No press is written later than this after it came: the person may have decided otherwise since. */
const BEGUN_WITHIN = milliseconds(30_000);

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
 * Answers one request in time, whatever the store does. Never throws. A wrong, old or used signature: 401, and nothing is written or said.
 * What takes longer goes on after the answer, and the person is told so before it: SCF may stop an instance that has answered.
 */
export async function answerPress(request: SignedRequest, options: ButtonOptions): Promise<Answered> {
  const { secret, clock, log, answerWithin = ANSWER_WITHIN } = options;
  if (!isFromSlack(request, secret, clock.now())) return { status: 401 };
  const pressed = pressOf(request.body.toString("utf8"));
  const work = handle(request, pressed, options).catch((error: unknown): Answered => {
    log(whyOf(error));
    return { status: 200 };
  });
  const timers: NodeJS.Timeout[] = [];
  const later = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      timers.push(setTimeout(resolve, milliseconds));
    });
  const late = later(answerWithin).then(async (): Promise<Answered> => {
    const slow = ephemeral(PRESS_WORDS[options.config.alerts.language].slow);
    if (pressed !== null) await Promise.race([tell(pressed, slow, options), later(TOLD_WITHIN)]);
    return { status: 200 };
  });
  return Promise.race([work, late]).finally(() => {
    for (const timer of timers) clearTimeout(timer);
  });
}

async function handle(request: SignedRequest, pressed: Press | null, options: ButtonOptions): Promise<Answered> {
  const { config, clock, store, log } = options;
  const words = PRESS_WORDS[config.alerts.language];
  const beginBefore = after(clock.now(), BEGUN_WITHIN);
  const mayPress = pressed !== null && (config.alerts.slack?.buttons?.users ?? []).includes(pressed.user);
  // Side by side: nothing is written before it is known to be the first use.
  const looked = mayPress ? lookAt(store, pressed.eip) : null;
  looked?.catch(() => undefined);
  try {
    if (!(await isFirstUse(request, options))) return { status: 401 };
    if (pressed === null) return { status: 200 };
    const ledger = await looked;
    if (ledger !== null && clock.now() > beginBefore) throw new Error("the store took too long to be read");
    await tell(pressed, ledger === null ? ephemeral(words.foreign) : await carryOut(pressed, ledger, options), options);
  } catch (error) {
    log(whyOf(error));
    if (pressed !== null) await tell(pressed, ephemeral(words.failedUnwritten), options);
  }
  return { status: 200 };
}

/** Remembered in the store, so that it holds for every instance of the function. */
async function isFirstUse({ signature = "", timestamp }: SignedRequest, { store }: ButtonOptions): Promise<boolean> {
  return store.useOnce(createHash("sha256").update(signature).digest("hex"), secondOf(timestamp));
}

function secondOf(timestamp: string | undefined): Instant {
  return instant(Number(timestamp) * 1_000);
}

async function carryOut(pressed: Press, ledger: Ledger, { config, store, clock, log }: ButtonOptions): Promise<Response> {
  const { language } = config.alerts;
  const { button, eip, at, flaggedAt, user } = pressed;
  let begun = false;
  const append: StoreWriter["append"] = (events) => {
    begun = true;
    return store.append(events);
  };
  try {
    const asked = { button, eip, at, flaggedAt, by: `slack:${user}` };
    return answerTo(pressed, await press({ store: { append }, clock }, config.policy, asked, ledger), language);
  } catch (error) {
    log(whyOf(error));
    // What was sent may have arrived, although the store did not say so.
    return ephemeral(begun ? PRESS_WORDS[language].failed(eip) : PRESS_WORDS[language].failedUnwritten);
  }
}

async function tell({ responseUrl }: Press, response: Response, { log, proxyFor }: ButtonOptions): Promise<void> {
  if (responseUrl === null) return log("slack sent no response_url");
  const why = await respond(responseUrl, response, proxyFor);
  if (why !== null) log(`the answer to a press was not delivered: ${why}`);
}
