import { readingsFacts } from "../../../src/core/replay/readings.ts";
import { createReplay, type Played } from "../../../src/core/replay/replay.ts";
import type { Policy, PolicyRule, ReleasePolicy } from "../../../src/core/terms/policy.ts";
import { DAY, HOUR, type Instant, instant, milliseconds } from "../../../src/core/terms/time.ts";
import type { FactsOf, ReadEvent, ReadFacts, TrailKind } from "../../../src/core/terms/trail.ts";
import { POLICY } from "../build.ts";

/** A recorded past, written by the hour: what the trail of a guard that ran every hour would hold. */

export const START: Instant = instant(Date.UTC(2026, 0, 5));

export function at(hours: number): Instant {
  return instant(START + Math.round(hours * HOUR));
}

export function event<K extends TrailKind>(kind: K, hours: number, eip: string | null, facts: ReadFacts<K>): ReadEvent {
  return { kind, at: at(hours), run: `run-${hours}`, eip, facts } as ReadEvent;
}

/** Readings at these hours, in one record; each had taken a minute. */
export function readings(...hours: readonly number[]): ReadEvent {
  const list = hours.map((hour) => [at(hour), instant(at(hour) - 60_000)] as const);
  return event("readings", hours.at(-1) ?? 0, null, readingsFacts(list));
}

/** A reading at each full hour from one to the other. */
export function hourly(from: number, to: number): ReadEvent {
  return readings(...Array.from({ length: to - from + 1 }, (_, index) => from + index));
}

/** An idle EIP of a workload that is gone. */
export const LEAKED: FactsOf["judged"] = {
  ip: "203.0.113.10",
  status: "UNBIND",
  account: "default",
  region: "ap-guangzhou",
  cluster: "cls-11111111",
  namespace: "games",
  workload: "web",
  guessed: false,
  pod: "web-0",
  owner: null,
  tags: "{}",
  reasons: "workload-gone-never-recycled",
  complete: true,
  idle: true,
  threshold: 0,
  neverTouched: null,
  obstacle: null,
  needsPerson: false,
  chargeType: "TRAFFIC_POSTPAID_BY_HOUR",
  perHour: 0.2,
  currency: "CNY",
  bornAt: START - 90 * DAY,
  updatedTime: "2026-01-01T00:00:00Z",
};

export const BOUND: Partial<FactsOf["judged"]> = { status: "BIND", idle: false, reasons: "bound" };

export function judged(hours: number, fields: Partial<FactsOf["judged"]> = {}, eip = "eip-a"): ReadEvent {
  return event("judged", hours, eip, { ...LEAKED, ...fields });
}

/** An EIP that leaks from hour 0 on, seen each hour until `hours`. */
export function leak(hours: number, fields: Partial<FactsOf["judged"]> = {}): readonly ReadEvent[] {
  return [readings(0), judged(0, fields), hourly(1, hours)];
}

export interface Changes {
  readonly policy?: Partial<Omit<Policy, "release">>;
  readonly rule?: Partial<PolicyRule>;
  readonly release?: Partial<ReleasePolicy>;
}

/** Flagged and announced at hour 1, released at hour 25. */
export function policyOf({ policy, rule, release }: Changes = {}): Policy {
  const leaked = { name: "leaked", match: { verdict: ["leaked"] }, flagAfter: milliseconds(0), releaseAfter: DAY, ...rule };
  return {
    ...POLICY,
    rules: [leaked],
    ...policy,
    release: { ...POLICY.release, notice: milliseconds(12 * HOUR), maxPercent: 100, ...release },
  };
}

export interface Tape extends Changes {
  readonly since?: Instant | null;
  /** Readings that only the ledger has. */
  readonly pending?: readonly number[];
}

export function play(records: readonly ReadEvent[], { since = null, pending = [], ...changes }: Tape = {}): Played {
  const replay = createReplay(policyOf(changes), [], since);
  for (const record of records) replay.take(record);
  return replay.end(pending.map((hour) => [at(hour), instant(at(hour) - 60_000)] as const)).played;
}

/** `eip-a 25`: which EIPs would have been released, and at which hour. */
export function hoursOf(list: readonly { readonly id: string; readonly at: Instant }[]): readonly string[] {
  return list.map((one) => `${one.id} ${(one.at - START) / HOUR}`);
}
