import type { Config } from "../config/sections.ts";
import { isWeeklyDue } from "../core/plan/weekly.ts";
import type { DigestAnnouncement } from "../core/terms/announcement.ts";
import type { DigestMemory, DigestMessage } from "../core/terms/ledger.ts";
import { isNews, type News, needsPerson, newsOf, overSince, type Said, saidBefore, stillSaid } from "../core/terms/news.ts";
import type { ScanResult } from "../core/terms/result.ts";
import { type Instant, parseInstant } from "../core/terms/time.ts";
import { localText } from "../language/figures.ts";
import type { AuditPorts, Delivery } from "../ports.ts";
import { timezoneOf, withProblems } from "./alert.ts";
import type { RunState } from "./state.ts";

/** What is to be said, and what people know already. */
interface Saying {
  readonly now: Instant;
  readonly last: DigestMemory | null;
  readonly announced: ReadonlySet<string>;
  readonly news: News;
  readonly subjects: Said;
  readonly fresh: readonly string[];
  /** The day's digest, where it stands in the channel of today's configuration. */
  readonly standing: DigestMessage | null;
  /** Subjects of the day's digest that stand no more. */
  readonly over: readonly string[];
  readonly weekly: boolean;
}

/**
 * One digest a day, changed in place while nothing needs a person (contract.md, Alerts): with news that no other announcement of this run
 * told, and at the time of the weekly summary. What could not be delivered is in `alertErrors` and is tried again by the next run, because
 * the memory of what was said stays as it was.
 */
export async function sendDigest(ports: AuditPorts, config: Config, result: ScanResult, state: RunState): Promise<RunState> {
  const { notifier } = ports;
  const now = parseInstant(result.run.finishedAt);
  if (notifier === null || now === undefined) return state;
  const saying = sayingOf(config, result, state, now);
  const { last, news, over, weekly } = saying;
  // The first message says that the guard is at work, also where it found nothing.
  if (!isNews(news) && over.length === 0 && !weekly && last !== null) return withDigest(state, silent(saying));
  const announcement = announcementOf(config, result, state, saying);
  const delivery = await notifier.announce(announcement);
  const next = withProblems(withDigest(state, afterwards(config, saying, announcement, delivery)), delivery);
  return delivery.delivered ? next : { ...next, alertErrors: [...state.alertErrors, `digest: ${delivery.why}`] };
}

function sayingOf(config: Config, result: ScanResult, state: RunState, now: Instant): Saying {
  const last = state.ledger.digest;
  const announced = new Set(state.announced);
  const { weekly, timezone } = config.alerts;
  const { message = null } = last ?? {};
  const told = newsOf(result, last?.said ?? null, announced);
  const stands = message !== null && message.day === dayOf(config, now) && message.channel === channelOf(config);
  const standing = stands ? message : null;
  const over = standing === null ? [] : overSince(standing.told, told.subjects);
  const served = last === null ? null : (last.weeklyAt ?? last.sentAt);
  const due = weekly !== null && served !== null && isWeeklyDue({ ...weekly, timezone }, served, now);
  return { now, last, announced, ...told, standing, over, weekly: due };
}

function dayOf({ alerts }: Config, now: Instant): string {
  return localText(now, alerts.timezone).slice(0, 10);
}

function channelOf({ alerts }: Config): string {
  return alerts.slack?.channel ?? "webhook";
}

function announcementOf(config: Config, result: ScanResult, state: RunState, saying: Saying): DigestAnnouncement {
  const { now, last, announced, news, standing, over, weekly } = saying;
  const common = { kind: "digest" as const, at: now, result, trailHead: state.head, timezone: timezoneOf(config) };
  if (standing === null || weekly || needsPerson(news)) {
    return { ...common, news, update: null, weekly: weekly && !isNews(news) };
  }
  const ofTheDay = newsOf(result, saidBefore(last?.said ?? {}, standing.told), announced).news;
  const update = { reference: standing.reference, changes: news, over: over.length };
  return { ...common, news: ofTheDay, update, weekly: false };
}

/** Nothing was said by a digest. What was announced otherwise is a sign of life, too. */
function silent({ now, last, announced, subjects }: Saying): DigestMemory {
  const sentAt = announced.size > 0 ? now : (last?.sentAt ?? now);
  return { ...last, sentAt, said: stillSaid(subjects, last?.said ?? null, announced) };
}

/** What the ledger keeps of it. A message of which people see a part stands: it is changed by the next run, and not posted again. */
function afterwards(config: Config, saying: Saying, { update }: DigestAnnouncement, delivery: Delivery): DigestMemory | null {
  const { now, last, announced, subjects, fresh, standing } = saying;
  const reference = delivery.delivered ? delivery.reference : (delivery.partly?.reference ?? null);
  const message = (told: readonly string[]) =>
    reference === null ? {} : { message: { reference, channel: channelOf(config), day: dayOf(config, now), told } };
  if (!delivery.delivered) {
    if (last === null && announced.size === 0 && reference === null) return null;
    return { ...silent(saying), ...message(standing?.told ?? []) };
  }
  const before = update === null ? [] : (standing?.told ?? []).filter((subject) => Object.hasOwn(subjects, subject));
  // The weekly summary, the very first message, and a digest with news at its time all say how things stand.
  const weeklyAt = last === null || saying.weekly ? now : (last.weeklyAt ?? last.sentAt);
  return { sentAt: now, said: subjects, weeklyAt, ...message([...new Set([...before, ...fresh])]) };
}

function withDigest(state: RunState, digest: DigestMemory | null): RunState {
  return { ...state, ledger: { ...state.ledger, digest } };
}
