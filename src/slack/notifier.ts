import type { ChatPostMessageArguments, WebClient } from "@slack/web-api";
import { changesParts } from "../alerts/digest.ts";
import { type ListFile, type Voice, voiceOf } from "../alerts/message.ts";
import type { DigestAnnouncement } from "../core/terms/announcement.ts";
import { after, type Duration, earlier, type Instant, milliseconds, SECOND, seconds } from "../core/terms/time.ts";
import { whyOf } from "../errors.ts";
import { type AlertWords, alertWords } from "../language/alerts.ts";
import type { Language } from "../language/language.ts";
import type { Clock, Delivery, Notifier } from "../ports.ts";
import { NO_PROXY, type ProxyFor } from "../proxy/environment.ts";
import { fetchBy } from "../proxy/fetch.ts";
import { escapeSlack } from "../report/escape.ts";
import { compose, type OutgoingMessage, type Page } from "./compose.ts";
import { SLACK_INK } from "./ink.ts";
import { render } from "./render.ts";

export interface SlackNotifierOptions {
  /** `#eip-guard`, or a channel's id. */
  readonly channel: string;
  /** Only for tests and proxies; null for Slack's own. */
  readonly apiUrl: string | null;
  /** `xoxb-…`; null when the environment has none, which every delivery then says. */
  readonly token: string | null;
  readonly clock: Clock;
  readonly language: Language;
  /** Whether notices have buttons; left out: no. */
  readonly buttons?: boolean;
  /** Left out: no proxy. */
  readonly proxyFor?: ProxyFor;
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

/** One announcement takes no longer than this, its thread included: a function's time is short. */
const PATIENCE: Duration = milliseconds(90 * SECOND);

/**
 * Posts to one channel through the official client, which is loaded at the first message. It never throws: what was not
 * delivered as a whole, its thread included, is not delivered, and says why, and what people can see of it. Nothing it says holds
 * the token.
 */
export function createSlackNotifier(options: SlackNotifierOptions): Notifier {
  const deliver = createDelivery(options);
  const voice = voiceOf(options.language, SLACK_INK);
  return {
    announce: (announcement) =>
      deliver(announcement.until, (posting) => {
        if (announcement.kind === "digest" && announcement.update !== null)
          return updateDigest(posting, announcement, announcement.update.reference, voice);
        return postAll(posting, render(announcement, options.language, options.buttons));
      }),
  };
}

/** Posts messages that are rendered already. */
export function createPoster(options: SlackNotifierOptions): (message: OutgoingMessage) => Promise<Delivery> {
  const deliver = createDelivery(options);
  return (message) => deliver(undefined, (posting) => postAll(posting, message));
}

type Deliver = (until: Instant | undefined, post: (posting: Posting) => Promise<Delivery>) => Promise<Delivery>;

function createDelivery(options: SlackNotifierOptions): Deliver {
  const { token, clock } = options;
  const words = alertWords(options.language, SLACK_INK);
  let opening: Promise<Slack> | null = null;
  return async (until, post): Promise<Delivery> => {
    if (token === null) return { delivered: false, why: "SLACK_BOT_TOKEN is not set" };
    if (until !== undefined && until <= clock.now()) return { delivered: false, why: "the time for it is over" };
    try {
      opening ??= open(options, token);
      const slack = await opening;
      const patience = after(clock.now(), PATIENCE);
      const deadline = until === undefined ? patience : earlier(patience, until);
      const delivery = await post({ slack, options, words, deadline });
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

async function open(options: SlackNotifierOptions, token: string): Promise<Slack> {
  const { apiUrl, timeout, pause, channel, proxyFor = NO_PROXY } = options;
  const { WebClient, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIHTTPError, WebAPIRequestError, LogLevel } = await import(
    "./web-api.ts"
  );
  const client = new WebClient(token, {
    ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
    retryConfig: { retries: RETRIES, factor: 2, minTimeout: pause ?? SECOND, randomize: true },
    fetch: fetchBy(proxyFor),
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
      if (error instanceof WebAPIPlatformError) return new SlackRefusal(error.data.error, channel, error);
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
  missing_scope: "grant the bot the scopes chat:write and files:write",
  channel_not_found: "check alerts.slack.channel, and invite the bot to it",
  not_in_channel: "invite the bot to the channel",
  is_archived: "the channel is archived; name another in alerts.slack.channel",
};

/** Slack answered, and refused. */
class SlackRefusal extends Error {
  readonly code: string;

  constructor(code: string, channel: string, cause: Error) {
    const fix = FIXES[code];
    super(`slack answered ${code} for ${channel}${fix === undefined ? "" : `; ${fix}`}`, { cause });
    this.code = code;
  }
}

/** One message on its way: what is posted, where, and until when. */
interface Posting {
  readonly slack: Slack;
  readonly options: SlackNotifierOptions;
  readonly words: AlertWords;
  readonly deadline: Instant;
}

/** Posts the message and then its file and thread, at a pace that Slack takes; the reference is `channel/ts` of the message. */
async function postAll(posting: Posting, message: OutgoingMessage): Promise<Delivery> {
  return postThread(posting, await postOne(posting, message, null), message);
}

/** What belongs into the thread of a message that stands, its list as a file first. */
async function postThread(posting: Posting, first: Posted, { eips, thread = [], file }: OutgoingMessage): Promise<Delivery> {
  const { clock } = posting.options;
  const reference = `${first.channel}/${first.ts}`;
  const seen = new Set(eips);
  const pages = [...thread];
  const problems: string[] = [];
  if (file !== undefined) {
    const failed = await attach(posting, first, file).catch((error: unknown) => whyOf(error));
    if (failed === null) for (const id of file.eips) seen.add(id);
    else {
      problems.push(`the list could not be attached: ${failed}`);
      pages.push(notePage(posting.words.fileFailed(escapeSlack(failed, 300))), ...file.instead);
    }
  }
  for (const [index, page] of pages.entries()) {
    try {
      if (clock.now() > posting.deadline) throw new Error("the time for one message is over");
      await clock.sleep(PACE);
      await postOne(posting, page, first.ts);
      for (const id of page.eips) seen.add(id);
    } catch (error) {
      const why = `part ${index + 2} of ${pages.length + 1} was not delivered: ${whyOf(error)}`;
      return { delivered: false, why, partly: { at: clock.now(), reference, eips: [...seen] } };
    }
  }
  return { delivered: true, at: clock.now(), reference, ...(problems.length === 0 ? {} : { problems }) };
}

function notePage(text: string): Page {
  return { text, blocks: [{ type: "section", text: { type: "mrkdwn", text, verbatim: true } }], eips: [] };
}

/** Null: it is there. Throws what Slack said otherwise. */
async function attach({ slack, options }: Posting, { channel, ts }: Posted, { name, content }: ListFile): Promise<null> {
  await options.clock.sleep(PACE);
  await patiently(slack, options, () =>
    slack.client.filesUploadV2({ channel_id: channel, thread_ts: ts, filename: name, title: name, content }),
  );
  return null;
}

interface Posted {
  readonly channel: string;
  readonly ts: string;
}

async function postOne({ slack, options }: Posting, { text, blocks }: Page, thread: string | null): Promise<Posted> {
  const { channel } = options;
  const answer = await patiently(slack, options, () => slack.client.chat.postMessage(argumentsOf(channel, text, blocks, thread)));
  if (answer.ts === undefined) throw new Error("slack answered without the message's ts");
  return { channel: answer.channel ?? channel, ts: answer.ts };
}

/** Waits once as long as Slack asks, within a bound. Throws errors that say what to do. */
async function patiently<T>(slack: Slack, { clock }: SlackNotifierOptions, call: () => Promise<T>): Promise<T> {
  return call().catch(async (error: unknown) => {
    const wait = slack.askedToWait(error);
    if (wait === null || wait > LONGEST_WAIT) throw slack.explain(error);
    await clock.sleep(wait);
    return call().catch((again: unknown) => {
      throw slack.explain(again);
    });
  });
}

/** Addresses in a message must not be fetched by Slack, nor shown as previews. */
function argumentsOf(channel: string, text: string, blocks: Page["blocks"], thread: string | null): ChatPostMessageArguments {
  const message = { channel, text, blocks: [...blocks], unfurl_links: false, unfurl_media: false };
  return thread === null ? message : { ...message, thread_ts: thread };
}

/** What Slack answers where a message can't be changed: then a new one is posted. */
const CANT_CHANGE = ["message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found", "is_inactive"];

/** Changes the digest that stands, and says in its thread what changed; a new digest where the old one is gone. */
async function updateDigest(posting: Posting, digest: DigestAnnouncement, reference: string, voice: Voice): Promise<Delivery> {
  const [channel = "", ts = ""] = reference.split("/");
  const { slack, options } = posting;
  const whole = render(digest, options.language);
  try {
    await patiently(slack, options, () => slack.client.chat.update({ channel, ts, text: whole.text, blocks: [...whole.blocks] }));
  } catch (error) {
    if (!(error instanceof SlackRefusal) || !CANT_CHANGE.includes(error.code)) throw error;
    return postAll(posting, whole);
  }
  const changes = changesParts(digest, voice);
  const posted = { channel, ts };
  if (changes === null) return { delivered: true, at: options.clock.now(), reference };
  const message = compose(changes, voice.words);
  const { file, thread = [], ...own } = message;
  return postThread(posting, posted, { ...own, eips: [], thread: [own, ...thread], ...(file === undefined ? {} : { file }) });
}
