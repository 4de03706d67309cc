import { isCounted } from "../core/cost/breakdown.ts";
import { perMonth, totals } from "../core/cost/cost.ts";
import { byText } from "../core/terms/order.ts";
import type {
  Act,
  ApprovalResult,
  ClusterResult,
  CostResult,
  EipResult,
  IdleResult,
  ScanResult,
  ThresholdResult,
} from "../core/terms/result.ts";
import { humanDuration, iso, parseInstant, seconds } from "../core/terms/time.ts";
import { REASONS, VERDICTS, type Verdict } from "../core/terms/verdict.ts";

/** The words that every format uses for the same fact, so that they can't contradict each other. Nothing here is escaped. */

const MONEY = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
/** Prices an hour are small: 0.063 CNY must not become 0.06. */
const PRICE = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 });

/** `1,234.50 CNY`. */
export function money(amount: number, currency: string): string {
  return `${MONEY.format(amount)} ${currency}`;
}

/** `0.063 CNY/h`. */
export function pricePerHour(amount: number, currency: string): string {
  return `${PRICE.format(amount)} ${currency}/h`;
}

/** `2,100 EIPs`, `1 EIP`. */
export function count(number: number, singular: string, plural: string = `${singular}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? singular : plural}`;
}

/** `4d 3h`, from whole seconds. */
export function duration(wholeSeconds: number): string {
  return humanDuration(seconds(wholeSeconds));
}

/** `4d 3h – 9d 1h`, `4d 3h` where both ends agree, `≥ 4d 3h` where nothing bounds it. */
export function idleInterval({ atLeastSeconds, atMostSeconds }: Pick<IdleResult, "atLeastSeconds" | "atMostSeconds">): string {
  const least = duration(atLeastSeconds);
  if (atMostSeconds === null) return `≥ ${least}`;
  const most = duration(atMostSeconds);
  return least === most ? least : `${least} – ${most}`;
}

/** `games/web-0@cls-11111111`, or `-`. */
export function podName({ pod }: Pick<EipResult, "pod">): string {
  return pod === null ? "-" : `${pod.namespace}/${pod.name}@${pod.cluster}`;
}

/** `StatefulSet web (apps/v1)`, or empty where it is not known. */
export function workloadName({ pod }: Pick<EipResult, "pod">): string {
  const workload = pod?.workload ?? null;
  return workload === null ? "" : `${workload.kind} ${workload.name} (${workload.apiVersion})`;
}

/** `146.00 CNY`, `unknown`. */
export function costPerMonth(cost: CostResult): string {
  return "unknown" in cost ? "unknown" : money(perMonth(cost.perHour), cost.currency);
}

/** `19.20 – 43.40 CNY`, `unknown`; both ends, as the interval has two. */
export function costSoFar(cost: CostResult): string {
  if ("unknown" in cost) return "unknown";
  const { soFarAtLeast, soFarAtMost, currency } = cost;
  if (MONEY.format(soFarAtLeast) === MONEY.format(soFarAtMost)) return money(soFarAtLeast, currency);
  return `${MONEY.format(soFarAtLeast)} – ${money(soFarAtMost, currency)}`;
}

/** `2026-11-23 09:00 UTC`, from ISO 8601; what is no instant is given back as it is. */
export function moment(isoText: string): string {
  const at = parseInstant(isoText);
  return at === undefined ? isoText : `${iso(at).slice(0, 16).replace("T", " ")} UTC`;
}

/** `1h`, `never`, `unknown: why`. */
export function threshold({ state, seconds: wholeSeconds, why }: ThresholdResult): string {
  if (state === "never") return "never";
  if (state === "set" && wholeSeconds !== undefined) return duration(wholeSeconds);
  return why === undefined || why === "" ? "unknown" : `unknown: ${why}`;
}

/** `running, authorised`; `stopped`; … */
export function ipamd({ audit }: Pick<ClusterResult, "audit">): string {
  const words = { yes: "authorised", no: "not authorised", unknown: "authorisation unknown" } as const;
  if (audit.ipamd === "unknown" && audit.authorised === "unknown") return "unknown";
  return `${audit.ipamd}, ${words[audit.authorised]}`;
}

/** `4 leaked · 2 unmanaged · 31 in use`, worst first, those that are none left out. */
export function verdictCounts({ byVerdict }: ScanResult["totals"]): string {
  const parts = VERDICTS.flatMap((verdict) => {
    const number = byVerdict[verdict];
    return number === undefined || number === 0 ? [] : [`${number.toLocaleString("en")} ${verdictWord(verdict)}`];
  });
  return parts.length === 0 ? "none" : parts.join(" · ");
}

export function verdictWord(verdict: Verdict): string {
  return verdict === "in-use" ? "in use" : verdict;
}

/** One line for each currency: `4.60 CNY/h, 3,358.00 CNY a month; so far 12.00 – 340.00 CNY`. */
export function totalCosts({ cost }: ScanResult["totals"]): readonly string[] {
  return cost.map((total) => {
    const { currency, perHour, perMonth } = total;
    return `${pricePerHour(perHour, currency)}, ${money(perMonth, currency)} a month; so far ${costSoFar(total)}`;
  });
}

/** `billed 4.20 CNY from … until …: as listed for 21h idle; …`; null where no bill was read. */
export function billed(cost: CostResult): string | null {
  if ("unknown" in cost || cost.billed === undefined) return null;
  const { amount, currency, from, until, difference } = cost.billed;
  return `billed ${money(amount, currency)} from ${moment(from)} until ${moment(until)}: ${difference}`;
}

/** How far a release's saving is counted: what ipamd would have destroyed anyway costs nothing from then on. */
export const SAVED_UNTIL = "counted until ipamd would have recycled them anyway";

/** `7 releases saved 412.60 CNY so far, counted until …`. */
export function savingText({ currency, saved, releases }: ScanResult["savings"][number]): string {
  if (currency === "unknown") return `${count(releases, "release")} of unknown price`;
  if (MONEY.format(saved) === MONEY.format(0)) return `${count(releases, "release")}, which saved nothing yet`;
  return `${count(releases, "release")} saved ${money(saved, currency)} so far, ${SAVED_UNTIL}`;
}

/** `created 2026-08-01 10:00 UTC`, `last known to be bound …`, as far as it is known. */
export function past({ createdAt, lastBound }: Pick<EipResult, "createdAt" | "lastBound">): readonly string[] {
  const lines = createdAt === null ? [] : [`created ${moment(createdAt)}`];
  if (lastBound === null) return lines;
  const since = lastBound.since === null ? "" : ` since ${moment(lastBound.since)} and`;
  return [...lines, `last known to be bound${since} until ${moment(lastBound.until)}`];
}

/** `threshold by DescribeIPAMD`. */
export function thresholdSource({ audit }: Pick<ClusterResult, "audit">): string {
  return audit.source === "none" ? "threshold not read" : `threshold by ${audit.source}`;
}

/** `18 of 20 EIPs used, 8 of them idle`. */
export function quotaText({ quota }: ScanResult["regions"][number]): string {
  if ("unknown" in quota) return `quota unknown: ${quota.unknown}`;
  return `${quota.used} of ${count(quota.limit, "EIP")} used, ${quota.idle} of them idle`;
}

/** What the words about dates need to know. */
export interface Guarding {
  readonly run: Pick<ScanResult["run"], "mode" | "dryRun" | "finishedAt">;
  readonly guard: ScanResult["guard"];
}

/**
 * The next thing that happens to an EIP, in a few words for a table: `flag 2026-01-08 02:00`. No date stands there that will not come:
 * what nothing does yet says what it lacks.
 */
export function nextStep(eip: EipResult, guarding: Guarding): string {
  const { run, guard } = guarding;
  const { verdict, action, withheld, flagAt, flaggedAt, releaseAt, thresholdAt, approval } = eip;
  if (verdict === "recycling" && thresholdAt !== null) return `ipamd, ${minute(thresholdAt)}`;
  if (flagAt === null) return withheld === null ? "-" : "never released";
  if (guard.stopped) return "STOP is set";
  if (isUncounted(eip, guarding)) return isWithoutLedger(guarding) ? "waits for first run" : "waits for next run";
  if (flaggedAt === null || action === "flag") {
    if (run.mode === "audit") return "needs mode flag";
    if (action === "flag") return flaggedAt === null ? "flag due now" : "flag due again";
    return flagAt <= run.finishedAt ? "flag, after readings" : `flag ${minute(flagAt)}`;
  }
  if (releaseAt === null) return "flagged";
  if (isWaitedFor(approval, run.finishedAt)) return "needs approval";
  if (run.mode !== "enforce") return "needs mode enforce";
  if (action === "release") return "release due now";
  if (withheld !== null && releaseAt <= run.finishedAt) return "withheld";
  return `release ${minute(releaseAt)}`;
}

/** `2026-01-08 02:00`; the heading says that times are UTC. */
function minute(isoText: string): string {
  return moment(isoText).replace(/ UTC$/, "");
}

/** No run has seen it idle yet, so that its dates would move with each scan. */
function isUncounted({ idle }: EipResult, guarding: Guarding): boolean {
  return idle !== null && (idle.sightings === 0 || isWithoutLedger(guarding));
}

/** No run has kept a ledger: whatever a dry run says of dates begins anew with the next. */
export function isWithoutLedger({ run, guard }: Guarding): boolean {
  return run.dryRun && guard.ledgerWrittenAt === null;
}

function isWaitedFor({ needed, given }: ApprovalResult, now: string): boolean {
  return needed && (given === null || given.until <= now);
}

/** What was done with an EIP and what comes, one sentence each, in the order of the way. As in {@link nextStep}, no date that will not come. */
export function steps(eip: EipResult, guarding: Guarding): readonly string[] {
  const { run, guard } = guarding;
  const { action, withheld, flaggedAt, noticedAt, approval } = eip;
  const lines: string[] = [];
  const begun = flaggedAt !== null && action !== "flag";
  if (begun) lines.push(`flagged ${moment(flaggedAt)}`);
  if (begun && noticedAt !== null) lines.push(`notice delivered ${moment(noticedAt)}`);
  if (approval.given !== null) lines.push(approvalText(approval.given, run.finishedAt));
  if (withheld !== null) lines.push(`withheld: ${withheld}`);
  if (eip.flagAt === null) return lines;
  if (guard.stopped) return [...lines, "nothing is flagged or released: STOP is set in the store"];
  if (isUncounted(eip, guarding))
    return [...lines, "no date yet: eip-guard run has not seen it idle, and its clock starts with that"];
  return [...lines, ...(begun ? releaseSteps(eip, run) : flagSteps(eip, run))];
}

function flagSteps(eip: EipResult, run: Guarding["run"]): readonly string[] {
  const { action, flagAt, flaggedAt } = eip;
  if (run.mode === "audit") return ["nothing is flagged: mode audit (mode flag would)"];
  if (action === "flag" && flaggedAt !== null)
    return [`flag due now: the one of ${moment(flaggedAt)} is over, because its idle time began anew`];
  if (action === "flag") return ["flag due now"];
  const flag =
    flagAt === null
      ? []
      : [flagAt <= run.finishedAt ? "flagged after some more readings" : `flagged not before ${moment(flagAt)}`];
  return [...flag, ...releaseSteps(eip, run)];
}

function releaseSteps({ id, action, releaseAt, approval, withheld }: EipResult, run: Guarding["run"]): readonly string[] {
  if (releaseAt === null) return [];
  if (isWaitedFor(approval, run.finishedAt)) return [`its release needs a person's word: eip-guard approve ${id}`];
  if (run.mode !== "enforce") return [`nothing is released: mode ${run.mode} (mode enforce would)`];
  if (action === "release") return ["release due now"];
  if (releaseAt > run.finishedAt) return [`released not before ${moment(releaseAt)}`];
  return withheld === null ? ["released after some more readings"] : [];
}

function approvalText({ at, by, until }: NonNullable<ApprovalResult["given"]>, now: string): string {
  const end = until <= now ? `ran out ${moment(until)}` : `holds until ${moment(until)}`;
  return `release approved by ${by} on ${moment(at)}, which ${end}`;
}

/** Whether the planned dates of an EIP will come, so that a timeline may draw them. */
export function isDated(eip: EipResult, guarding: Guarding): { readonly flag: boolean; readonly release: boolean } {
  const { run, guard } = guarding;
  const counting = !guard.stopped && !isUncounted(eip, guarding);
  return {
    flag: counting && run.mode !== "audit" && eip.action !== "flag",
    release: counting && run.mode === "enforce" && eip.action !== "flag" && !isWaitedFor(eip.approval, run.finishedAt),
  };
}

/** `scan, which changes nothing (configured mode: enforce)`, `run in mode enforce`. */
export function runName({ mode, dryRun }: ScanResult["run"]): string {
  return dryRun ? `scan, which changes nothing (configured mode: ${mode})` : `run in mode ${mode}`;
}

/** The first thing to know: `9 EIPs are leaked: 1,314.00 CNY a month can be saved (43.20 – 54.00 CNY so far)`. */
export function leakedText({ byVerdict, costByVerdict }: ScanResult["totals"]): string {
  const number = byVerdict.leaked ?? 0;
  if (number === 0) return "No EIP is leaked";
  const are = `${count(number, "EIP")} ${number === 1 ? "is" : "are"} leaked`;
  const { cost = [], costUnknown = number } = costByVerdict.leaked ?? {};
  if (cost.length === 0) return `${are}; what ${number === 1 ? "it costs" : "they cost"} is not known`;
  const months = cost.map((total) => money(total.perMonth, total.currency)).join(" and ");
  const unknown = costUnknown === 0 ? "" : `; the cost of ${costUnknown.toLocaleString("en")} of them is not known`;
  return `${are}: ${months} a month can be saved (${cost.map(costSoFar).join(" and ")} so far)${unknown}`;
}

/** `leaked 1,314.00 CNY`, `retained 1,168.00 CNY, 1 unknown`, worst verdict first; only what costs something. */
export function verdictCosts({ costByVerdict }: ScanResult["totals"]): readonly string[] {
  return VERDICTS.flatMap((verdict) => {
    const own = costByVerdict[verdict];
    if (own === undefined) return [];
    const months = own.cost.map((total) => money(total.perMonth, total.currency));
    const unknown = own.costUnknown === 0 ? [] : [`${own.costUnknown.toLocaleString("en")} unknown`];
    return [`${verdictWord(verdict)} ${[...months, ...unknown].join(", ")}`];
  });
}

/** What keeps the guard from flagging or releasing anything at all; null where nothing does. */
export function standstill(guarding: Guarding): string | null {
  const { run, guard } = guarding;
  if (guard.stopped) return "STOP is set in the store: nothing is flagged or released";
  const ledger = "no run has kept a ledger yet, so that no idle time is counted";
  if (run.mode === "audit")
    return `Mode audit: nothing is flagged or released${isWithoutLedger(guarding) ? `, and ${ledger}` : ""}`;
  if (isWithoutLedger(guarding)) return `Nothing is flagged or released yet: ${ledger}`;
  return run.mode === "flag" ? "Mode flag: nothing is released" : null;
}

export interface Group {
  readonly verdict: Verdict;
  /** The reason in a sentence, without its verdict: `Its workload is gone …`. */
  readonly title: string;
  /** Dearest first, then by Pod. */
  readonly eips: readonly EipResult[];
  /** `730.00 CNY a month`, `146.00 CNY a month, 2 unknown`; empty where nothing is idle. */
  readonly month: string;
  /** Why releases are withheld, each reason once. */
  readonly withheld: readonly string[];
}

/** EIPs with the same verdict for the same reason, in the order of the result: worst first. */
export function groups(eips: readonly EipResult[]): readonly Group[] {
  const found = new Map<string, EipResult[]>();
  for (const eip of eips) {
    const key = `${eip.verdict} ${eip.reason}`;
    const group = found.get(key);
    if (group === undefined) found.set(key, [eip]);
    else group.push(eip);
  }
  return [...found.values()].flatMap((members): readonly Group[] => {
    const [first] = members;
    if (first === undefined) return [];
    const withheld = [...new Set(members.flatMap((eip) => (eip.withheld === null ? [] : [eip.withheld])))];
    return [
      { verdict: first.verdict, title: reasonTitle(first), eips: members.sort(dearestFirst), month: months(members), withheld },
    ];
  });
}

function reasonTitle({ reason, verdict }: EipResult): string {
  const sentence = Object.entries(REASONS).find(([code]) => code === reason)?.[1].sentence ?? reason;
  const bare = sentence.replace(/^(?:in use|left alone|left to ipamd|kept|leaked|unmanaged|unknown) because /, "");
  return verdict === "in-use" ? sentence : `${bare.charAt(0).toUpperCase()}${bare.slice(1)}`;
}

function dearestFirst(one: EipResult, other: EipResult): number {
  const price = ({ cost }: EipResult) => ("unknown" in cost ? 0 : cost.perHour);
  return price(other) - price(one) || byText(podName(one), podName(other)) || byText(one.id, other.id);
}

function months(members: readonly EipResult[]): string {
  const idle = members.filter(isCounted);
  const known = totals(idle.flatMap(({ cost }) => ("unknown" in cost ? [] : [cost])));
  const unknown = idle.filter(({ cost }) => "unknown" in cost).length;
  const parts = known.map((total) => money(total.perMonth, total.currency));
  if (unknown > 0) parts.push(known.length === 0 ? "cost unknown" : `${unknown.toLocaleString("en")} unknown`);
  return known.length === 0 ? parts.join(", ") : `${parts.join(", ")} a month`;
}

/** What `run` and `apply` did, one sentence each, the worst first; a dry run did nothing. */
export function done({ acts, run, guard, alertErrors }: ScanResult): readonly string[] {
  if (run.dryRun || acts === undefined) return [];
  const number = (act: Act["act"]) => acts.filter((one) => one.act === act).length;
  const lines: string[] = [];
  if (guard.stopped) lines.push("STOP is set in the store: nothing was flagged or released");
  if (number("flagged") === 0)
    lines.push(run.mode === "audit" ? "nothing was flagged or released: mode audit" : "nothing was flagged");
  if (run.mode !== "audit" && number("released") === 0)
    lines.push(run.mode === "flag" ? "nothing was released: mode flag" : "nothing was released");
  if (guard.channel === null) lines.push("nobody was told: no Slack channel is configured");
  else if (guard.digestSentAt !== null && guard.digestSentAt >= run.startedAt) lines.push(`posted to ${guard.channel}`);
  else lines.push(alertErrors.length > 0 ? `not posted to ${guard.channel}` : `nothing new for ${guard.channel}`);
  lines.push("ledger and trail were written");
  return lines;
}

/** `released eip-… (via claim): why`. */
export function actText({ id, act, via, why }: Act): string {
  return `${act} ${id}${via === undefined ? "" : ` (via ${via})`}: ${why}`;
}

/** What matters most first. */
export const ACTS: readonly Act["act"][] = ["failed", "released", "withheld", "noticed", "flagged", "unflagged"];

export function sortedActs({ acts = [] }: ScanResult): readonly Act[] {
  return ACTS.flatMap((kind) => acts.filter(({ act }) => act === kind));
}

/** Whether somebody who reads a list of idle EIPs wants this one in it. */
export function isListed({ verdict }: Pick<EipResult, "verdict">): boolean {
  return verdict !== "in-use";
}

export interface NextStep {
  readonly command: string;
  readonly does: string;
}

/** What this person can do next, most urgent first. */
export function nextSteps(result: ScanResult): readonly NextStep[] {
  const { eips, gaps, guard } = result;
  const found: NextStep[] = [];
  if (gaps.length > 0)
    found.push({ command: "eip-guard check", does: "says what is missing for what could not be read, and how to fix it" });
  if (guard.stopped) found.push({ command: "remove STOP from the store", does: "lets the guard flag and release again" });
  const counts = !isWithoutLedger(result);
  const leaks = eips.filter(({ verdict }) => verdict === "leaked").sort(dearestFirst);
  const [worst = eips.find(({ verdict }) => verdict === "unmanaged")] = leaks;
  if (worst !== undefined)
    found.push({
      command: `eip-guard explain ${worst.id}`,
      does: `shows how the dearest of them was judged, and what would change that${counts ? `; eip-guard keep ${worst.id} keeps it` : ""}`,
    });
  if (!counts)
    found.push({
      command: "eip-guard run",
      does: "on a schedule, such as every 10 minutes: it keeps the ledger by which idle time is counted; in mode audit it changes nothing in the cloud",
    });
  if (isVague(result))
    found.push({
      command: "evidence: { cloudaudit: true }",
      does: "in eip-guard.yaml: asks CloudAudit since when each EIP is idle",
    });
  return [...found, ...raising(result, counts)].slice(0, MOST_STEPS);
}

/** More is no advice. */
const MOST_STEPS = 5;

/** No evidence is asked, and the ends of some idle time are far apart. */
function isVague({ eips, guard }: ScanResult): boolean {
  if (guard.evidence.cloudaudit) return false;
  return eips.some(
    ({ idle }) => idle !== null && (idle.atMostSeconds === null || idle.atMostSeconds - idle.atLeastSeconds > 86_400),
  );
}

/** The next mode, an approval, or the plan: what lets the leaks go on their way. */
function raising({ eips, guard, run }: ScanResult, counts: boolean): readonly NextStep[] {
  const going = eips.filter(({ verdict, flagAt }) => verdict === "leaked" && flagAt !== null);
  if (!counts || going.length === 0) return [];
  if (run.mode === "audit" && guard.channel === null)
    return [
      {
        command: 'alerts: { slack: { channel: "#…" } }',
        does: "in eip-guard.yaml: without a channel nobody can be told before a release",
      },
    ];
  if (run.mode === "audit")
    return [{ command: "mode: flag", does: "in eip-guard.yaml: flags what leaked and tells Slack; it releases nothing" }];
  const waiting = going.find(({ approval }) => isWaitedFor(approval, run.finishedAt));
  const approve =
    waiting === undefined
      ? []
      : [{ command: `eip-guard approve ${waiting.id}`, does: "allows its release, which no mode does without it" }];
  if (run.mode === "flag")
    return [
      ...approve,
      {
        command: "mode: enforce",
        does: "in eip-guard.yaml, and EIP_GUARD_ALLOW_RELEASE=yes in the environment: releases, after notice",
      },
    ];
  if (run.dryRun && eips.some(({ action }) => action !== "none"))
    return [
      ...approve,
      { command: "eip-guard plan --out plan.json", does: "writes down what a run would do, to be read and applied" },
    ];
  return approve;
}
