import type { BacktestResult, Money, SweptDelay } from "../core/replay/result.ts";
import { counted, thousands } from "../core/terms/describe.ts";
import { between, humanDuration, parseInstant } from "../core/terms/time.ts";
import { moment } from "./words.ts";

/** What every format of a back-test says in words. */
export type Row = readonly string[];

export function moneyText(sums: readonly Money[]): string {
  return sums.length === 0 ? "nothing" : sums.map(({ currency, amount }) => `${amount.toFixed(2)} ${currency}`).join(" and ");
}

export function summary({
  since,
  until,
  flagged,
  released,
  falseReleases,
  wouldHaveSaved,
  kept,
  undecided,
}: BacktestResult): readonly string[] {
  return [
    `Played from ${moment(since)} to ${moment(until)}.`,
    `It would have flagged ${counted(flagged.length, "time")} and released ${counted(released.length, "EIP")}, and saved ${moneyText(wouldHaveSaved)}.`,
    wrongText(falseReleases),
    `Kept: ${thousands(kept.length)}. Undecided, because the record does not tell: ${thousands(undecided.length)}.`,
  ];
}

export const HEAD: Row = ["EIP", "address", "Pod", "released (UTC)", "used again (UTC)", "saved"];

export function releaseRows({ released }: BacktestResult): readonly Row[] {
  return released.map(({ id, ip, pod, at, usedAgainAt, saved }) => [
    id,
    ip,
    pod ?? "",
    shortMoment(at),
    usedAgainAt === null ? "" : `${shortMoment(usedAgainAt)} (${laterThan(at, usedAgainAt)} later)`,
    saved === null ? "not known" : moneyText([saved]),
  ]);
}

/** Of a column whose head says that it is UTC. */
function shortMoment(at: string): string {
  return moment(at).replace(" UTC", "");
}

function laterThan(at: string, then: string): string {
  const [from, to] = [parseInstant(at), parseInstant(then)];
  return from === undefined || to === undefined ? "" : humanDuration(between(from, to));
}

export function sweepRows(delays: readonly SweptDelay[]): readonly Row[] {
  const rows = delays.map(({ releaseAfter, released, falseReleases, wouldHaveSaved }) => [
    releaseAfter,
    `${released}`,
    `${falseReleases}`,
    moneyText(wouldHaveSaved),
  ]);
  return [["releaseAfter", "released", "false", "saved"], ...rows];
}

function wrongText(falseReleases: number): string {
  if (falseReleases === 0) return "No address that it would have released was used again.";
  if (falseReleases === 1) return "One of them was used again later: this release would have been wrong.";
  return `${thousands(falseReleases)} of them were used again later: these releases would have been wrong.`;
}
