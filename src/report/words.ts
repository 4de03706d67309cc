import type { ClusterResult, CostResult, EipResult, IdleResult, ScanResult, ThresholdResult } from "../core/result.ts";
import { humanDuration, iso, parseInstant, seconds } from "../core/time.ts";
import { VERDICTS, type Verdict } from "../core/verdict.ts";

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

/** What contract.md calls a month: 730 hours. */
export const HOURS_A_MONTH = 730;

/** `12 EIPs`, `1 EIP`. */
export function count(number: number, singular: string, plural: string = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
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
  return "unknown" in cost ? "unknown" : money(cost.perHour * HOURS_A_MONTH, cost.currency);
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
    return number === undefined || number === 0 ? [] : [`${number} ${verdictWord(verdict)}`];
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

/** What is due for an EIP now, or when: `flag due now`, `released not before …`, `withheld: …`; in the order of the way. */
export function steps(eip: EipResult): readonly string[] {
  const { action, withheld, flaggedAt, noticedAt, flagAt, releaseAt } = eip;
  const lines: string[] = [];
  if (action === "release") lines.push("release due now");
  if (action === "flag") lines.push("flag due now");
  if (flaggedAt !== null) lines.push(`flagged ${moment(flaggedAt)}`);
  if (noticedAt !== null) lines.push(`notice delivered ${moment(noticedAt)}`);
  if (flaggedAt === null && action === "none" && flagAt !== null) lines.push(`flagged not before ${moment(flagAt)}`);
  if (releaseAt !== null && action !== "release") lines.push(`released not before ${moment(releaseAt)}`);
  if (withheld !== null) lines.push(`withheld: ${withheld}`);
  return lines;
}

/** `dry run in mode audit`, `run in mode enforce`. */
export function runName({ mode, dryRun }: ScanResult["run"]): string {
  return `${dryRun ? "dry run" : "run"} in mode ${mode}`;
}

/** Whether somebody who reads a list of idle EIPs wants this one in it. */
export function isListed({ verdict }: Pick<EipResult, "verdict">): boolean {
  return verdict !== "in-use";
}

export interface NextStep {
  readonly command: string;
  readonly does: string;
}

/** What a person can do next, most urgent first. */
export function nextSteps({ eips, gaps, run }: ScanResult): readonly NextStep[] {
  const found: NextStep[] = [];
  if (gaps.length > 0)
    found.push({ command: "eip-guard check", does: "says what is missing for what could not be read, and how to mend it" });
  const worst = eips.find(({ verdict }) => verdict === "leaked" || verdict === "unmanaged");
  if (worst !== undefined) {
    found.push({ command: `eip-guard explain ${worst.id}`, does: "shows how it was judged, and what would change that" });
    found.push({ command: `eip-guard keep ${worst.id} --why "…"`, does: "keeps it, for good or --until a date" });
  }
  if (run.dryRun && eips.some(({ action }) => action !== "none"))
    found.push({ command: "eip-guard plan --out plan.json", does: "writes down what a run would do, to be read and applied" });
  return found;
}
