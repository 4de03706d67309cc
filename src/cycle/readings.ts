import { roomFor } from "../config/duration.ts";
import type { Ledger } from "../core/terms/ledger.ts";
import { between, type Duration, humanDuration, type Instant, milliseconds } from "../core/terms/time.ts";

/** How many readings are remembered. */
const REMEMBERED = 6;
/** So many gaps one after the other are a habit and no outage. */
const HABIT = 2;

/** The ledger after a reading. */
export function rememberReading(ledger: Ledger, at: Instant): Ledger {
  return { ...ledger, readings: [...(ledger.readings ?? []), at].slice(-REMEMBERED) };
}

/**
 * What is wrong where the latest runs all came farther apart than `policy.maxGap`: each of them restarted every clock, so that nothing is
 * ever flagged (domain.md §4.2). Null where that is not so, or not known.
 */
export function slowReadings(
  { readings = [] }: Pick<Ledger, "readings">,
  maxGap: Duration,
): { readonly why: string; readonly fix: string } | null {
  const gaps = readings.slice(1).map((at, index) => between(readings[index] ?? at, at));
  const latest = gaps.slice(-HABIT);
  if (latest.length < HABIT || latest.some((gap) => gap <= maxGap)) return null;
  const list = latest.map(humanDuration).join(" and ");
  return {
    why: `the latest runs came ${list} apart, and policy.maxGap is ${humanDuration(maxGap)}: every such gap restarts every clock, and nothing is ever flagged or released`,
    fix: `run more often, such as every 10 minutes, or set policy.maxGap to ${roomFor(milliseconds(Math.max(...latest)))} or more`,
  };
}

/** The same as notes of a report. */
export function scheduleNotes(ledger: Pick<Ledger, "readings">, maxGap: Duration): readonly string[] {
  const slow = slowReadings(ledger, maxGap);
  return slow === null ? [] : [`${slow.why}; ${slow.fix}`];
}
