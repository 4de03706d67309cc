import type { ChatPostMessageArguments, WebClient } from "@slack/web-api";
import { type Duration, milliseconds, SECOND, seconds } from "../core/terms/time.ts";
import { whyOf } from "../errors.ts";
import type { Clock, Delivery, Notifier } from "../ports.ts";
import type { OutgoingMessage, Page } from "./compose.ts";
import { render } from "./messages.ts";

export interface SlackNotifierOptions {
  /** `#eip-guard`, or a channel's id. */
  readonly channel: string;
  /** Only for tests and proxies; null for Slack's own. */
  readonly apiUrl: string | null;
  /** `xoxb-…`; null when the environment has none, which every delivery then says. */
  readonly token: string | null;
  readonly clock: Clock;
  /** For one attempt; left out: 10 s. */
  readonly timeout?: Duration;
  /** Between attempts, doubling; left out: 1 s. */
  readonly pause?: Duration;
}

const TIMEOUT: Duration = milliseconds(10 * SECOND);
/** After the first attempt. The client's own default goes on for half an hour. */
const RETRIES = 2;
/** Slack may ask for this much patience once a message; more than that is a delivery that failed. */
const LONGEST_WAIT: Duration = milliseconds(30 * SECOND);
/** Slack takes about one message a second in a channel. */
const PACE: Duration = SECOND;

/**
 * Posts to one channel through the official client, which is loaded at the first message. It never throws: what was not
 * delivered as a whole, its thread included, is not delivered, and says why, and what people can see of it. Nothing it says holds
 * the token.
 */
export function createSlackNotifier(options: SlackNotifierOptions): Notifier {
  const post = createPoster(options);
  return { announce: (announcement) => post(render(announcement)) };
}

/** Posts messages that are rendered already. */
export function createPoster(options: SlackNotifierOptions): (message: OutgoingMessage) => Promise<Delivery> {
  const { token } = options;
  let opening: Promise<Slack> | null = null;
  return async (message): Promise<Delivery> => {
    if (token === null) return { delivered: false, why: "SLACK_BOT_TOKEN is not set" };
    try {
      opening ??= open(options, token);
      const delivery = await postAll(await opening, message, options);
      return delivery.delivered ? delivery : { ...delivery, why: withoutToken(delivery.why, token) };
    } catch (error) {
      return { delivered: false, why: withoutToken(whyOf(error), token) };
    }
  };
}

function withoutToken(why: string, token: string): string {
  return why.replaceAll(token, "[token]");
}

function nothing(): void {}

interface Slack {
  readonly client: WebClient;
  readonly explain: (error: unknown) => Error;
  /** How long Slack asked to wait; null for other errors. */
  readonly askedToWait: (error: unknown) => Duration | null;
}

async function open({ apiUrl, timeout, pause, channel }: SlackNotifierOptions, token: string): Promise<Slack> {
  const { WebClient, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIHTTPError, WebAPIRequestError, LogLevel } = await import(
    "./web-api.ts"
  );
  const client = new WebClient(token, {
    ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
    retryConfig: { retries: RETRIES, factor: 2, minTimeout: pause ?? SECOND, randomize: true },
    timeout: timeout ?? TIMEOUT,
    rejectRateLimitedCalls: true,
    // The client's own logger writes to stdout, where the data goes.
    logger: {
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: nothing,
      setLevel: nothing,
      getLevel: () => LogLevel.ERROR,
      setName: nothing,
    },
  });
  return {
    client,
    explain: (error) => {
      if (error instanceof WebAPIPlatformError) return new Error(platformError(error.data.error, channel), { cause: error });
      if (error instanceof WebAPIHTTPError) return new Error(`slack answered HTTP ${error.statusCode}`, { cause: error });
      if (error instanceof WebAPIRequestError)
        return new Error(`slack can't be reached: ${whyOf(error.original)}`, { cause: error });
      if (error instanceof WebAPIRateLimitedError)
        return new Error(`slack limits the rate of messages and asks to wait for ${error.retryAfter} s`, { cause: error });
      return new Error(whyOf(error), { cause: error });
    },
    askedToWait: (error) => (error instanceof WebAPIRateLimitedError ? seconds(error.retryAfter) : null),
  };
}

const FIXES: Readonly<Record<string, string>> = {
  invalid_auth: "check SLACK_BOT_TOKEN",
  not_authed: "check SLACK_BOT_TOKEN",
  token_revoked: "make a new SLACK_BOT_TOKEN",
  token_expired: "make a new SLACK_BOT_TOKEN",
  account_inactive: "make a new SLACK_BOT_TOKEN",
  missing_scope: "grant the bot the scope chat:write",
  channel_not_found: "check alerts.slack.channel, and invite the bot to it",
  not_in_channel: "invite the bot to the channel",
  is_archived: "the channel is archived; name another in alerts.slack.channel",
};

function platformError(code: string, channel: string): string {
  const fix = FIXES[code];
  return `slack answered ${code} for ${channel}${fix === undefined ? "" : `; ${fix}`}`;
}

/** Posts the message and then its thread, at a pace that Slack takes; the reference is `channel/ts` of the message. */
async function postAll(slack: Slack, message: OutgoingMessage, options: SlackNotifierOptions): Promise<Delivery> {
  const { clock } = options;
  const { thread = [] } = message;
  const first = await postOne(slack, message, null, options);
  const reference = `${first.channel}/${first.ts}`;
  const seen = [...message.eips];
  for (const [index, page] of thread.entries()) {
    try {
      await clock.sleep(PACE);
      await postOne(slack, page, first.ts, options);
      seen.push(...page.eips);
    } catch (error) {
      const why = `part ${index + 2} of ${thread.length + 1} was not delivered: ${whyOf(error)}`;
      return { delivered: false, why, partly: { at: clock.now(), reference, eips: seen } };
    }
  }
  return { delivered: true, at: clock.now(), reference };
}

interface Posted {
  readonly channel: string;
  readonly ts: string;
}

async function postOne(
  slack: Slack,
  { text, blocks }: Page,
  thread: string | null,
  { channel, clock }: SlackNotifierOptions,
): Promise<Posted> {
  const call = () => slack.client.chat.postMessage(argumentsOf(channel, text, blocks, thread));
  const answer = await call().catch(async (error: unknown) => {
    const wait = slack.askedToWait(error);
    if (wait === null || wait > LONGEST_WAIT) throw slack.explain(error);
    await clock.sleep(wait);
    return call().catch((again: unknown) => {
      throw slack.explain(again);
    });
  });
  if (answer.ts === undefined) throw new Error("slack answered without the message's ts");
  return { channel: answer.channel ?? channel, ts: answer.ts };
}

/** Addresses in a message must not be fetched by Slack, nor shown as previews. */
function argumentsOf(channel: string, text: string, blocks: Page["blocks"], thread: string | null): ChatPostMessageArguments {
  const message = { channel, text, blocks: [...blocks], unfurl_links: false, unfurl_media: false };
  return thread === null ? message : { ...message, thread_ts: thread };
}
