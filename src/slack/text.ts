import { totals } from "../core/cost/cost.ts";
import type { EipResult } from "../core/terms/result.ts";
import { type Instant, instant, iso, parseInstant } from "../core/terms/time.ts";
import { escapeSlack } from "../report/escape.ts";
import * as words from "../report/words.ts";

/** Pieces of mrkdwn that several messages use. */

/** How long one piece of somebody else's text may get, escaped; an entry of a few pieces then fits a section of 3,000. */
const PIECE = 400;

export function text(from: string, limit = PIECE): string {
  return escapeSlack(from, limit);
}

/** `code`: what is to be copied. Slack knows no escape for a backtick; {@link escapeSlack} puts a look-alike. */
export function code(from: string, limit = PIECE): string {
  return `\`${text(from, limit)}\``;
}

/**
 * An instant in the window's time zone and in UTC: `2026-11-26 15:00 Asia/Shanghai (07:00 UTC)`. Without a window it is shown in the
 * reader's own time zone, and in UTC.
 */
export function moment(at: Instant | string, timezone: string | null): string {
  const parsed = typeof at === "string" ? parseInstant(at) : at;
  if (parsed === undefined) return text(String(at));
  const utc = words.moment(iso(parsed));
  if (timezone === null) return `<!date^${Math.floor(parsed / 1_000)}^{date_short_pretty} {time}|${utc}> (${utc})`;
  const local = localText(parsed, timezone);
  const sameDay = local.slice(0, 10) === utc.slice(0, 10);
  return `${local} ${text(timezone)} (${sameDay ? utc.slice(11) : utc})`;
}

/** `2026-11-26 15:00`, by the clock of a time zone. */
function localText(at: Instant, timeZone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  return format.format(at);
}

/** The first and the last of some instants: one moment where they are the same. */
export function between(instants: readonly string[], timezone: string | null): string {
  const sorted = instants.flatMap((at) => parseInstant(at) ?? []).sort((one, other) => one - other);
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return "no date yet";
  if (first === last) return moment(first, timezone);
  return `${moment(instant(first), timezone)}, the last not before ${moment(instant(last), timezone)}`;
}

/** `eip-… · 203.0.113.10 · games/web-0@cls-… · StatefulSet web`: what every entry begins with. */
export function heading(eip: Pick<EipResult, "id" | "ip" | "pod">): string {
  const parts = [`*${text(eip.id)}*`, text(eip.ip), eip.pod === null ? "no Pod known" : code(words.podName(eip))];
  const workload = eip.pod?.workload ?? null;
  if (workload !== null) parts.push(text(`${workload.kind} ${workload.name}`));
  return parts.join(" · ");
}

/** `eip-… 203.0.113.10 games/web-0@cls-…`: one line of a long list. */
export function shortLine(eip: EipResult): string {
  const pod = eip.pod === null ? "no Pod known" : text(words.podName(eip), 150);
  return `${text(eip.id, 40)} ${text(eip.ip, 45)} ${pod}`;
}

export function place({ account, region }: Pick<EipResult, "account" | "region">): string {
  return `${text(account)}/${text(region)}`;
}

export function idleAndCost(eip: EipResult): string {
  const idle = eip.idle === null ? "not idle" : `idle for ${words.idleInterval(eip.idle)}`;
  if ("unknown" in eip.cost) return `${idle} · cost unknown: ${text(eip.cost.unknown)}`;
  return `${idle} · ${text(words.costPerMonth(eip.cost))} a month, so far ${text(words.costSoFar(eip.cost))}`;
}

/** `438.00 CNY a month`; one for each currency; empty where no cost is known, or none arises. */
export function monthly(eips: readonly EipResult[]): string {
  return totals(eips.flatMap(({ cost }) => ("unknown" in cost ? [] : [cost])))
    .filter(({ perMonth }) => perMonth > 0)
    .map(({ perMonth, currency }) => `${words.money(perMonth, currency)} a month`)
    .join(" and ");
}

/** `12 EIPs`, `1,900 EIPs`. */
export function count(number: number, singular: string, plural?: string): string {
  return words.count(number, singular, plural);
}

/** Dearest first; those of unknown cost last. */
export function byCost(one: EipResult, other: EipResult): number {
  return perHour(other) - perHour(one);
}

function perHour({ cost }: EipResult): number {
  return "unknown" in cost ? -1 : cost.perHour;
}

/** So many groups are named; the rest is summed up. */
const GROUPS = 10;

/** A fleet in a few lines: EIPs by reason and workload, with the money of each, dearest first. */
export function groupLines(eips: readonly EipResult[]): readonly string[] {
  const groups = new Map<string, EipResult[]>();
  for (const eip of eips) {
    const workload = eip.pod?.workload ?? null;
    const whose =
      eip.pod === null
        ? "no Pod known"
        : `${eip.pod.namespace}/${workload?.name ?? eip.pod.name.replace(/-\d+$/, "")}@${eip.pod.cluster}`;
    const key = `${whose}: ${eip.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), eip]);
  }
  const sorted = [...groups].sort(([, one], [, other]) => sumOf(other) - sumOf(one) || other.length - one.length);
  const lines = sorted.slice(0, GROUPS).map(([key, some]) => `• ${text(key, 150)}: ${amount(some)}`);
  const rest = sorted.slice(GROUPS).flatMap(([, some]) => some);
  return rest.length === 0 ? lines : [...lines, `• ${count(sorted.length - GROUPS, "more group")}: ${amount(rest)}`];
}

function sumOf(eips: readonly EipResult[]): number {
  return eips.reduce((sum, eip) => sum + Math.max(0, perHour(eip)), 0);
}

function amount(eips: readonly EipResult[]): string {
  const money = monthly(eips);
  return `${count(eips.length, "EIP")}${money === "" ? "" : `, ${text(money)}`}`;
}
