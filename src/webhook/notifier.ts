import { voiceOf } from "../alerts/message.ts";
import type { Announcement } from "../core/terms/announcement.ts";
import { between, type Duration, type Instant, MINUTE, milliseconds, SECOND } from "../core/terms/time.ts";
import { whyOf } from "../errors.ts";
import type { Language } from "../language/language.ts";
import type { Clock, Delivery, Notifier } from "../ports.ts";
import type { ProxyFor } from "../proxy/environment.ts";
import { BOTS, type Bot, type BotPage, botPages } from "./bots.ts";
import { type Attempt, inThreeTries, postOnce } from "./http.ts";
import { markdownInk } from "./ink.ts";
import { eventOf, saidBy, signatureOf } from "./json.ts";

export interface WebhookOptions {
  readonly format: "json" | "wecom" | "dingtalk" | "feishu";
  /** A secret. Null when the environment has none, which every delivery then says. */
  readonly url: string | null;
  /** Null: messages are not signed. */
  readonly secret: string | null;
  readonly language: Language;
  /** Of instants that have no zone of their own. */
  readonly timezone: string;
  /** The accounts that the guard reads, for events that name no EIP. */
  readonly accounts: readonly string[];
  readonly clock: Clock;
  /** Left out: no proxy. */
  readonly proxyFor?: ProxyFor;
  /** For one attempt; left out: 10 s. */
  readonly timeout?: Duration;
  /** Between attempts, doubling; left out: 1 s. */
  readonly pause?: Duration;
}

/** Posts announcements to one webhook. It never throws, and nothing it says holds the address or the key. */
export function createWebhookNotifier(options: WebhookOptions): Notifier {
  const { url, format, clock } = options;
  const sent: Instant[] = [];
  return {
    async announce(announcement): Promise<Delivery> {
      if (url === null) return { delivered: false, why: "EIP_GUARD_WEBHOOK_URL is not set" };
      const { until } = announcement;
      if (until !== undefined && until <= clock.now()) return { delivered: false, why: "the time for it is over" };
      try {
        if (format === "json") return await postEvent(announcement, url, options);
        return await postPages(announcement, url, BOTS[format], sent, options);
      } catch (error) {
        return { delivered: false, why: withoutSecrets(whyOf(error), options) };
      }
    },
  };

  async function postEvent(announcement: Announcement, to: string, { secret }: WebhookOptions): Promise<Delivery> {
    const body = eventOf(announcement, options);
    const why = await deliver(options, () => {
      const headers: Record<string, string> = {};
      if (secret !== null) headers["x-eip-guard-signature"] = signatureOf(body, secret, clock.now());
      return postOnce({ url: to, body, headers }, () => ({ outcome: "delivered" }), options);
    });
    return why === null ? { delivered: true, at: clock.now(), reference: "webhook" } : { delivered: false, why };
  }
}

async function deliver(options: WebhookOptions, attempt: () => Promise<Attempt>): Promise<string | null> {
  const why = await inThreeTries(options.clock, options.pause ?? SECOND, attempt);
  return why === null ? null : withoutSecrets(why, options);
}

/** An announcement is at most so many messages of a bot; who stands in none of them is announced by a later run. */
const MOST_PAGES = 5;
/** What each of the bots takes a minute. */
const A_MINUTE = 20;

async function postPages(
  announcement: Announcement,
  url: string,
  bot: Bot,
  sent: Instant[],
  options: WebhookOptions,
): Promise<Delivery> {
  const { clock, language, timezone, secret } = options;
  const parts = saidBy(announcement, voiceOf(language, markdownInk(timezone)));
  const all = botPages({ ...parts, title: `**${markdownInk(timezone).text(parts.title)}**` }, bot.bytes);
  const pages = all.slice(0, MOST_PAGES);
  const seen: string[] = [];
  const partly = () => (seen.length === 0 ? {} : { partly: { at: clock.now(), reference: "webhook", eips: seen } });
  for (const { markdown, eips } of pages) {
    await pace(sent, clock);
    if (announcement.until !== undefined && clock.now() > announcement.until)
      return { delivered: false, why: "the time for it is over; later runs announce the rest", ...partly() };
    const why = await deliver(options, () =>
      postOnce(bot.post(parts.title.slice(0, 100), markdown, { url, secret }, clock.now()), bot.judge, options),
    );
    if (why !== null) return { delivered: false, why, ...partly() };
    seen.push(...eips);
  }
  const left = namedBy(all.slice(MOST_PAGES));
  if (left === 0) return { delivered: true, at: clock.now(), reference: "webhook" };
  return { delivered: false, why: `${left} EIPs did not fit into ${MOST_PAGES} messages; later runs announce them`, ...partly() };
}

function namedBy(pages: readonly BotPage[]): number {
  return pages.reduce((sum, { eips }) => sum + eips.length, 0);
}

/** Waits where a bot got as many messages within the last minute as it takes. */
async function pace(sent: Instant[], clock: Clock): Promise<void> {
  const first = sent.at(-A_MINUTE);
  const passed = first === undefined ? MINUTE : between(first, clock.now());
  if (passed < MINUTE) await clock.sleep(milliseconds(MINUTE - passed));
  sent.push(clock.now());
}

function withoutSecrets(why: string, { url, secret }: WebhookOptions): string {
  return [url, secret].reduce<string>((text, value) => (value === null ? text : text.replaceAll(value, "[secret]")), why);
}
