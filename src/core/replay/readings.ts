import { between, type Instant, instant, iso, parseInstant } from "../terms/time.ts";
import type { FactsOf, ReadFacts } from "../terms/trail.ts";

/** When a run had read the world, and when it had begun to. */
export type ReadingAt = readonly [now: Instant, begun: Instant];

/** Readings as one record: how long after the first each was, and how long it had taken. */
export function readingsFacts(readings: readonly ReadingAt[]): FactsOf["readings"] {
  const [[from] = [instant(0)]] = readings;
  const steps = readings.map(([now, begun]) => `${between(from, now)}/${between(begun, now)}`);
  return { from: iso(from), runs: readings.length, steps: steps.join(" ") };
}

/** The readings of a record; none where it says nothing that can be read. */
export function readingsOf({ from, steps }: ReadFacts<"readings">): readonly ReadingAt[] {
  const first = parseInstant(String(from));
  if (first === undefined) return [];
  return String(steps)
    .split(" ")
    .flatMap((step): readonly ReadingAt[] => {
      const [after = Number.NaN, took = Number.NaN] = step.split("/").map(Number);
      if (!Number.isFinite(after) || !Number.isFinite(took)) return [];
      const now = instant(first + after);
      return [[now, instant(now - took)]];
    });
}
