import { createHash } from "node:crypto";
import type { TrailHead } from "../core/ledger.ts";
import type { Act, EipResult, Gap, ScanResult } from "../core/result.ts";
import { parseInstant } from "../core/time.ts";
import type { OutgoingMessage } from "../ports.ts";
import { escapeSlack } from "../report/escape.ts";
import * as words from "../report/words.ts";
import { compose } from "./compose.ts";

/** What people are told in Slack. Each builder answers a whole message within Slack's limits; src/slack/notifier.ts delivers it. */

/** How long one piece of somebody else's text may get, escaped; an entry of a few pieces then fits a section of 3,000. */
const PIECE = 400;

function text(from: string): string {
  return escapeSlack(from, PIECE);
}

/** `code`: what is to be copied. Slack knows no escape for a backtick; {@link escapeSlack} puts a look-alike. */
function code(from: string): string {
  return `\`${text(from)}\``;
}

/** An instant in the reader's own time zone, with UTC for clients that can't. */
function moment(isoText: string): string {
  const at = parseInstant(isoText);
  if (at === undefined) return text(isoText);
  return `<!date^${Math.floor(at / 1_000)}^{date_short_pretty} {time}|${words.moment(isoText)}>`;
}

/** `eip-… · 203.0.113.10 · games/web-0@cls-…`: what every entry begins with. */
function heading(eip: EipResult): string {
  const parts = [`*${text(eip.id)}*`, text(eip.ip)];
  parts.push(eip.pod === null ? "no Pod" : code(words.podName(eip)));
  return parts.join(" · ");
}

function place({ account, region }: EipResult): string {
  return `${text(account)}/${text(region)}`;
}

function idleAndCost(eip: EipResult): string {
  const idle = eip.idle === null ? "not idle" : `idle for ${words.idleInterval(eip.idle)}`;
  if ("unknown" in eip.cost) return `${idle} · cost unknown: ${text(eip.cost.unknown)}`;
  return `${idle} · ${text(words.costPerMonth(eip.cost))} a month, so far ${text(words.costSoFar(eip.cost))}`;
}

/**
 * The notice that starts the way to a release: each EIP with its Pod, why, what it costs, when it would be released, and how to
 * keep it. Every EIP given is in it, in the thread where the message is full; whoever posts it must have delivered all of it.
 */
export function buildNotice(eips: readonly EipResult[], keepTags: readonly string[] = []): OutgoingMessage {
  const [keepTag] = keepTags;
  // A tag that the policy doesn't know would not keep it: only a configured one is named.
  const orTag = keepTag === undefined ? "" : `, or the tag ${code(keepTag)} on the EIP`;
  const entries = eips.map((eip) => {
    const when = eip.releaseAt === null ? "no date yet" : `not before ${moment(eip.releaseAt)}`;
    return [
      heading(eip),
      text(eip.detail),
      `${place(eip)} · ${idleAndCost(eip)}`,
      `*Release:* ${when}`,
      `*To keep it:* ${code(`eip-guard keep ${eip.id} --why "…"`)}${orTag}`,
    ].join("\n");
  });
  return compose({
    title: `Notice: ${words.count(eips.length, "EIP")} will be released`,
    lead: [
      "Nothing seems to use these any more. A release can't be taken back: the address goes to the public pool. Using one again, or keeping it, ends its notice.",
    ],
    entries,
    footer: ["The date slips if this notice was late. Each EIP is judged again right before its release."],
  });
}

export interface AllClear {
  readonly eip: EipResult;
  /** Why the notice is over, in a sentence. */
  readonly why: string;
}

/** People who were warned are told that it is over. */
export function buildAllClear(over: readonly AllClear[]): OutgoingMessage {
  return compose({
    title: `All clear: ${words.count(over.length, "EIP")} will not be released`,
    lead: ["The notice for these is over. Nothing has to be done."],
    entries: over.map(({ eip, why }) => `${heading(eip)}\n${text(why)}`),
    footer: [],
  });
}

/** Several people keep one EIP: each hears of the others. */
export function buildTwoKeeps(sentences: readonly string[]): OutgoingMessage {
  return compose({
    title: `Kept twice: ${words.count(sentences.length, "EIP")}`,
    lead: ["Of several keeps the longest holds, until it is taken back."],
    entries: sentences.map(text),
    footer: [],
  });
}

/** What was released; only for what a receipt in the trail proves. */
export function buildReleased(eips: readonly EipResult[]): OutgoingMessage {
  return compose({
    title: `Released: ${words.count(eips.length, "EIP")}`,
    lead: [
      "The receipts are in the audit trail, with the call that may get an address back (BGP only, not reassigned yet, three a month).",
    ],
    entries: eips.map((eip) =>
      [
        heading(eip),
        text(eip.detail),
        `${place(eip)} · ${idleAndCost(eip)}`,
        `*Its life:* ${code(`eip-guard history ${eip.id}`)}`,
      ].join("\n"),
    ),
    footer: [],
  });
}

/** More was due at once than the cap allows, so that nothing was released. */
export function buildCapAlert(why: string, eips: readonly EipResult[]): OutgoingMessage {
  return compose({
    title: `Nothing released: ${words.count(eips.length, "release")} due at once`,
    lead: [
      text(why),
      "Above a cap none is released. Look at why so many are due; then a person can take a reviewed backlog over the cap:\n" +
        `\`eip-guard plan --out plan.json\` and \`eip-guard apply plan.json --confirm ${eips.length}\``,
    ],
    entries: eips.map((eip) => `${heading(eip)}\n${text(eip.detail)}`),
    footer: [],
  });
}

export interface DigestOptions {
  /** The trail's newest record: whoever keeps the message can prove later that nothing before it was changed. */
  readonly trailHead: TrailHead | null;
  /** The weekly sign of life, when nothing changed. */
  readonly weekly: boolean;
}

/** The digest of one run: money, what was done, what is due, what could not be read. */
export function buildDigest(result: ScanResult, { trailHead, weekly }: DigestOptions): OutgoingMessage {
  const { run, totals, gaps } = result;
  return compose({
    title: weekly
      ? `Alive: ${words.count(totals.eips, "EIP")}, ${words.count(gaps.length, "gap")}`
      : `EIPs: ${words.verdictCounts(totals)}`,
    lead: lead(result, weekly),
    entries: weekly ? [] : [...acts(result), ...due(result)],
    footer: [
      `${words.runName(run)} · ${moment(run.finishedAt)} · run ${text(run.id)}`,
      trailHead === null ? "the audit trail is empty" : `audit trail: record ${trailHead.sequence}, ${code(trailHead.hash)}`,
    ],
  });
}

function lead(result: ScanResult, weekly: boolean): readonly string[] {
  const { totals, gaps, notes, clusters, savings } = result;
  const parts: string[] = [];
  if (weekly) parts.push(`Nothing changed within a week. ${words.verdictCounts(totals)}.`);
  const costs = words.totalCosts(totals).map((line) => `Idle EIPs cost ${text(line)}.`);
  if (totals.costUnknown > 0) costs.push(`The cost of ${words.count(totals.costUnknown, "EIP")} is not known.`);
  costs.push(...savings.map((saving) => `${text(words.savingText(saving))}.`));
  if (costs.length > 0) parts.push(costs.join("\n"));
  if (gaps.length > 0) parts.push(gapsText(gaps));
  const overdue = clusters.filter((cluster) => cluster.overdue > 0);
  if (overdue.length > 0) parts.push(list("*Past their cluster's recycle threshold*", overdue.map(overdueText)));
  const lost = clusters.flatMap(({ id, audit }) => audit.willBeLost.map((loss) => ({ ...loss, cluster: id })));
  if (lost.length > 0) parts.push(list("*Addresses that ipamd will take away from living workloads*", lost.map(lossText)));
  if (notes.length > 0) parts.push(list("*Notes*", notes.map(text)));
  return parts;
}

/** So many lines of a list are in a digest; the report has them all. */
const LINES = 5;

function list(title: string, lines: readonly string[]): string {
  const shown = lines.slice(0, LINES).map((line) => `• ${line}`);
  if (lines.length > LINES) shown.push(`• and ${lines.length - LINES} more: \`eip-guard scan\``);
  return [title, ...shown].join("\n");
}

function gapsText(gaps: readonly Gap[]): string {
  const lines = gaps.map(({ scope, what, why }) => `${text(scope)}: ${text(what)}: ${text(why)}`);
  return list(`:warning: *Incomplete: ${words.count(gaps.length, "part")} could not be read*`, lines);
}

function overdueText({ id, overdue, recycleThreshold, audit }: ScanResult["clusters"][number]): string {
  const by = audit.overdueBySeconds === null ? "" : `, by up to ${words.duration(audit.overdueBySeconds.most)}`;
  return `${text(id)}: ${words.count(overdue, "EIP")}${by} (threshold ${text(words.threshold(recycleThreshold))}; ipamd ${words.ipamd({ audit })})`;
}

function lossText({
  id,
  ip,
  pod,
  at,
  cluster,
}: {
  readonly id: string;
  readonly ip: string;
  readonly pod: string;
  readonly at: string;
  readonly cluster: string;
}): string {
  return `${text(id)} · ${text(ip)} of ${text(pod)}@${text(cluster)}, ${moment(at)}`;
}

const ACT_TITLES: Readonly<Record<Act["act"], string>> = {
  failed: ":x: *Failed*",
  released: "*Released*",
  withheld: "*Withheld*",
  noticed: "*Notice given*",
  flagged: "*Flagged*",
  unflagged: "*No longer flagged*",
};

function acts({ acts: done = [] }: ScanResult): readonly string[] {
  return Object.entries(ACT_TITLES).flatMap(([kind, title]) => {
    const lines = done.filter(({ act }) => act === kind).map(({ id, why }) => `*${text(id)}*: ${text(why)}`);
    return lines.length === 0 ? [] : [list(`${title} (${lines.length})`, lines)];
  });
}

function due({ eips }: ScanResult): readonly string[] {
  const listed = [
    ["*Release due now*", eips.filter(({ action }) => action === "release")],
    ["*Flag due now*", eips.filter(({ action, flaggedAt }) => action === "flag" && flaggedAt === null)],
    [
      "*Waiting for their release*",
      eips.filter(({ action, releaseAt, noticedAt }) => action !== "release" && releaseAt !== null && noticedAt !== null),
    ],
  ] as const;
  return listed.flatMap(([title, some]) => (some.length === 0 ? [] : [list(`${title} (${some.length})`, some.map(dueText))]));
}

function dueText(eip: EipResult): string {
  const when = eip.action === "none" && eip.releaseAt !== null ? ` · not before ${moment(eip.releaseAt)}` : "";
  const withheld = eip.withheld === null ? "" : ` · withheld: ${text(eip.withheld)}`;
  return `${heading(eip)} · ${idleAndCost(eip)}${when}${withheld}`;
}

/**
 * Equal for two results between which nothing changed that people want to hear of: verdicts and reasons of idle EIPs, what is
 * due, gaps, thresholds, findings. Idle times, costs and the words of an error change all the time and are left out.
 */
export function fingerprint({ eips, gaps, clusters, regions }: ScanResult): string {
  const facts = {
    eips: eips
      .filter(words.isListed)
      .map(({ id, verdict, reason, action, flaggedAt, withheld }) => [
        id,
        verdict,
        reason,
        action,
        flaggedAt !== null,
        withheld !== null,
      ])
      .sort(byText),
    gaps: gaps.map(({ scope, what }) => [scope, what]).sort(byText),
    clusters: clusters
      .map(({ id, state, recycleThreshold, findings, audit }) => [
        id,
        state,
        recycleThreshold.state,
        recycleThreshold.seconds ?? null,
        audit.ipamd,
        audit.authorised,
        findings.map(({ code: finding, object }) => [finding, object]).sort(byText),
      ])
      .sort(byText),
    regions: regions
      .map(({ account, region, findings }) => [
        account,
        region,
        findings.map(({ code: finding, object }) => [finding, object]).sort(byText),
      ])
      .sort(byText),
  };
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

function byText(one: unknown, other: unknown): number {
  const [left, right] = [JSON.stringify(one), JSON.stringify(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}
