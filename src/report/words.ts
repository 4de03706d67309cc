import { perMonth } from "../core/cost/cost.ts";
import { counted } from "../core/terms/describe.ts";
import type {
  ApprovalResult,
  ClusterResult,
  CostResult,
  EipResult,
  IdleResult,
  ScanResult,
  ThresholdResult,
} from "../core/terms/result.ts";
import { VERDICTS, type Verdict } from "../core/terms/verdict.ts";
import { type Catalogue, catalogue } from "../language/catalogue.ts";
import { bareMoney, FIGURES, isSameMoney } from "../language/figures.ts";

/**
 * The words that every format uses for the same fact, so that they can't contradict each other. Nothing here is escaped. `say` has the
 * language; what alerts use too speaks English without it.
 */

const ENGLISH = catalogue("en");

export const { money, pricePerHour, duration, moment } = FIGURES.en;
export { counted as count };

/** `4d 3h – 9d 1h`, `4d 3h` where both ends agree, `≥ 4d 3h` where nothing bounds it. */
export function idleInterval(
  { atLeastSeconds, atMostSeconds }: Pick<IdleResult, "atLeastSeconds" | "atMostSeconds">,
  { figures }: Catalogue = ENGLISH,
): string {
  const least = figures.duration(atLeastSeconds);
  if (atMostSeconds === null) return `≥ ${least}`;
  const most = figures.duration(atMostSeconds);
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
export function costPerMonth(cost: CostResult, { figures, report }: Catalogue = ENGLISH): string {
  return "unknown" in cost ? report.unknown : figures.money(perMonth(cost.perHour), cost.currency);
}

/** `19.20 – 43.40 CNY`, `unknown`; both ends, as the interval has two. */
export function costSoFar(cost: CostResult, { figures, report }: Catalogue = ENGLISH): string {
  if ("unknown" in cost) return report.unknown;
  const { soFarAtLeast, soFarAtMost, currency } = cost;
  if (isSameMoney(soFarAtLeast, soFarAtMost)) return figures.money(soFarAtLeast, currency);
  return `${bareMoney(soFarAtLeast)} – ${figures.money(soFarAtMost, currency)}`;
}

/** `1h`, `never`, `unknown: why`. */
export function threshold(
  { state, seconds: wholeSeconds, why }: ThresholdResult,
  { figures, report }: Catalogue = ENGLISH,
): string {
  if (state === "never") return report.never;
  if (state === "set" && wholeSeconds !== undefined) return figures.duration(wholeSeconds);
  return why === undefined || why === "" ? report.unknown : report.unknownBecause(why);
}

/** `running, authorised`; `stopped`; … */
export function ipamd({ audit }: Pick<ClusterResult, "audit">, { report }: Catalogue = ENGLISH): string {
  if (audit.ipamd === "unknown" && audit.authorised === "unknown") return report.unknown;
  return [report.clusters.running[audit.ipamd], report.clusters.authorised[audit.authorised]].join(report.comma);
}

/** `4 leaked · 2 unmanaged · 31 in use`, worst first, those that are none left out. */
export function verdictCounts({ byVerdict }: ScanResult["totals"], say: Catalogue): string {
  const parts = VERDICTS.flatMap((verdict) => {
    const number = byVerdict[verdict];
    return number === undefined || number === 0 ? [] : [`${say.figures.number(number)} ${say.verdict(verdict)}`];
  });
  return parts.length === 0 ? say.report.none : parts.join(" · ");
}

/** One line for each currency: `All idle EIPs: 4.60 CNY/h, 3,358.00 CNY a month; so far 12.00 – 340.00 CNY`. */
export function totalCosts({ cost }: ScanResult["totals"], say: Catalogue): readonly string[] {
  const { figures, report } = say;
  return cost.map((total) => {
    const { currency, perHour, perMonth: month } = total;
    return report.allIdle(figures.pricePerHour(perHour, currency), figures.money(month, currency), costSoFar(total, say));
  });
}

/** `billed 4.20 CNY from … until …: as listed for 21h idle; …`; null where no bill was read. */
export function billed(cost: CostResult, { figures, report }: Catalogue): string | null {
  if ("unknown" in cost || cost.billed === undefined) return null;
  const { amount, currency, from, until, difference } = cost.billed;
  return report.billed(figures.money(amount, currency), figures.moment(from), figures.moment(until), difference);
}

/** `7 releases saved 412.60 CNY so far, counted until …`: what ipamd would have destroyed anyway costs nothing from then on. */
export function savingText(
  { currency, saved, releases }: ScanResult["savings"][number],
  { figures, report }: Catalogue = ENGLISH,
): string {
  if (currency === "unknown") return report.saving.unpriced(releases);
  if (isSameMoney(saved, 0)) return report.saving.nothing(releases);
  return report.saving.saved(releases, figures.money(saved, currency));
}

/** `created 2026-08-01 10:00 UTC`, `last known to be bound …`, as far as it is known. */
export function past({ createdAt, lastBound }: Pick<EipResult, "createdAt" | "lastBound">, say: Catalogue): readonly string[] {
  const { figures, report } = say;
  const lines = createdAt === null ? [] : [report.created(figures.moment(createdAt))];
  if (lastBound === null) return lines;
  const since = lastBound.since === null ? null : figures.moment(lastBound.since);
  return [...lines, report.lastBound(since, figures.moment(lastBound.until))];
}

/** `threshold by DescribeIPAMD`. */
export function thresholdSource({ audit }: Pick<ClusterResult, "audit">, { report }: Catalogue): string {
  return audit.source === "none" ? report.clusters.notRead : report.clusters.source(audit.source);
}

/** `18 of 20 EIPs used, 8 of them idle`. */
export function quotaText({ quota }: ScanResult["regions"][number], { figures, report }: Catalogue): string {
  if ("unknown" in quota) return report.quotaUnknown(quota.unknown);
  return report.quota(figures.number(quota.used), quota.limit, figures.number(quota.idle));
}

/** Why an EIP is judged so, in full. What a detail says is made by the core, in English: other languages put their own sentence before it. */
export function detailText({ detail, reason }: Pick<EipResult, "detail" | "reason">, say: Catalogue): string {
  return say.language === "en" ? detail : `${say.bareReason(reason)}（${detail}）`;
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
export function nextStep(eip: EipResult, guarding: Guarding, say: Catalogue): string {
  const { run, guard } = guarding;
  const { verdict, action, withheld, flagAt, flaggedAt, releaseAt, thresholdAt, approval } = eip;
  const { next } = say.report;
  const at = (isoText: string) => minute(isoText, say);
  if (verdict === "recycling" && thresholdAt !== null) return next.ipamd(at(thresholdAt));
  if (flagAt === null) return withheld === null ? "-" : next.neverReleased;
  if (guard.stopped) return next.stop;
  if (isUncounted(eip, guarding)) return isWithoutLedger(guarding) ? next.firstRun : next.nextRun;
  if (flaggedAt === null || action === "flag") {
    if (run.mode === "audit") return next.needsFlag;
    if (action === "flag") return flaggedAt === null ? next.flagDue : next.flagAgain;
    return flagAt <= run.finishedAt ? next.flagAfterReadings : next.flagAt(at(flagAt));
  }
  if (releaseAt === null) return next.flagged;
  if (isWaitedFor(approval, run.finishedAt)) return next.needsApproval;
  if (run.mode !== "enforce") return next.needsEnforce;
  if (action === "release") return next.releaseDue;
  if (withheld !== null && releaseAt <= run.finishedAt) return next.withheld;
  return next.releaseAt(at(releaseAt));
}

/** `2026-01-08 02:00`; the heading says that times are UTC. */
function minute(isoText: string, { figures }: Catalogue): string {
  return figures.moment(isoText).replace(/ UTC$/, "");
}

/** No run has seen it idle yet, so that its dates would move with each scan. */
function isUncounted({ idle }: EipResult, guarding: Guarding): boolean {
  return idle !== null && (idle.sightings === 0 || isWithoutLedger(guarding));
}

/** No run has kept a ledger: whatever a dry run says of dates begins anew with the next. */
export function isWithoutLedger({ run, guard }: Guarding): boolean {
  return run.dryRun && guard.ledgerWrittenAt === null;
}

export function isWaitedFor({ needed, given }: ApprovalResult, now: string): boolean {
  return needed && (given === null || given.until <= now);
}

/** What was done with an EIP and what comes, one sentence each, in the order of the way. As in {@link nextStep}, no date that will not come. */
export function steps(eip: EipResult, guarding: Guarding, say: Catalogue): readonly string[] {
  const { run, guard } = guarding;
  const { action, withheld, flaggedAt, noticedAt, approval } = eip;
  const { figures, report } = say;
  const lines: string[] = [];
  const begun = flaggedAt !== null && action !== "flag";
  if (begun) lines.push(report.steps.flagged(figures.moment(flaggedAt)));
  if (begun && noticedAt !== null) lines.push(report.steps.noticed(figures.moment(noticedAt)));
  if (approval.given !== null) lines.push(approvalText(approval.given, run.finishedAt, say));
  if (withheld !== null) lines.push(report.steps.withheld(withheld));
  if (eip.flagAt === null) return lines;
  if (guard.stopped) return [...lines, report.steps.stop];
  if (isUncounted(eip, guarding)) return [...lines, report.steps.noDate];
  return [...lines, ...(begun ? releaseSteps(eip, run, say) : flagSteps(eip, run, say))];
}

function flagSteps(eip: EipResult, run: Guarding["run"], say: Catalogue): readonly string[] {
  const { action, flagAt, flaggedAt } = eip;
  const { figures, report } = say;
  if (run.mode === "audit") return [report.steps.audit];
  if (action === "flag") return [flaggedAt === null ? report.steps.flagDue : report.steps.flagAgain(figures.moment(flaggedAt))];
  const rest = releaseSteps(eip, run, say);
  if (flagAt === null) return rest;
  return [flagAt <= run.finishedAt ? report.steps.flagAfterReadings : report.steps.flagAt(figures.moment(flagAt)), ...rest];
}

function releaseSteps(
  { id, action, releaseAt, approval, withheld }: EipResult,
  run: Guarding["run"],
  { figures, report }: Catalogue,
): readonly string[] {
  if (releaseAt === null) return [];
  if (isWaitedFor(approval, run.finishedAt)) return [report.steps.needsApproval(id)];
  if (run.mode !== "enforce") return [report.steps.noRelease(run.mode)];
  if (action === "release") return [report.steps.releaseDue];
  if (releaseAt > run.finishedAt) return [report.steps.releaseAt(figures.moment(releaseAt))];
  return withheld === null ? [report.steps.releaseAfterReadings] : [];
}

function approvalText(
  { at, by, until }: NonNullable<ApprovalResult["given"]>,
  now: string,
  { figures, report }: Catalogue,
): string {
  return report.steps.approved(by, figures.moment(at), figures.moment(until), until <= now);
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
export function runName({ mode, dryRun }: ScanResult["run"], { report }: Catalogue = ENGLISH): string {
  return report.runName(mode, dryRun);
}

/** The first thing to know: `9 EIPs are leaked: 1,314.00 CNY a month can be saved (43.20 – 54.00 CNY so far)`. */
export function leakedText({ byVerdict, costByVerdict }: ScanResult["totals"], say: Catalogue): string {
  const { figures, report } = say;
  const number = byVerdict.leaked ?? 0;
  if (number === 0) return report.leaked.none;
  const { cost = [], costUnknown = number } = costByVerdict.leaked ?? {};
  if (cost.length === 0) return report.leaked.unpriced(number);
  const months = cost.map((total) => figures.money(total.perMonth, total.currency)).join(report.and);
  return report.leaked.priced(number, months, cost.map((total) => costSoFar(total, say)).join(report.and), costUnknown);
}

/** `1,168.00 CNY, 1 unknown`. */
export function verdictCost(
  { cost, costUnknown }: NonNullable<ScanResult["totals"]["costByVerdict"][Verdict]>,
  { figures, report }: Catalogue,
): string {
  const months = cost.map((total) => figures.money(total.perMonth, total.currency));
  return [...months, ...(costUnknown === 0 ? [] : [report.count.unknown(costUnknown)])].join(report.comma);
}

/** What keeps the guard from flagging or releasing anything at all; null where nothing does. */
export function standstill(guarding: Guarding, { report }: Catalogue): string | null {
  const { run, guard } = guarding;
  const { standstill: texts } = report;
  if (guard.stopped) return texts.stop;
  if (run.mode === "audit") return isWithoutLedger(guarding) ? texts.auditAnd(texts.noLedger) : texts.audit;
  if (isWithoutLedger(guarding)) return texts.notYet(texts.noLedger);
  return run.mode === "flag" ? texts.flag : null;
}

/** Whether somebody who reads a list of idle EIPs wants this one in it. */
export function isListed({ verdict }: Pick<EipResult, "verdict">): boolean {
  return verdict !== "in-use";
}
