import * as z from "zod";
import type { Fact, FactsOf, ReadEvent, ReadFacts, TrailKind } from "../core/terms/trail.ts";

/** The shape of each kind of record, checked when one is read. A fact that is missing means not known; one of another type is no record of ours. */

/** What a fact must be; a record has many, and a long trail has millions. */
interface Check<T extends Fact> {
  /** For people. */
  readonly expected: string;
  readonly is: (fact: Fact) => fact is T;
}

const text: Check<string> = { expected: "a text", is: (fact) => typeof fact === "string" };
const maybe: Check<string | null> = { expected: "a text or null", is: (fact) => fact === null || typeof fact === "string" };
const amount: Check<number> = { expected: "a number", is: (fact) => typeof fact === "number" };
const perhaps: Check<number | null> = { expected: "a number or null", is: (fact) => fact === null || typeof fact === "number" };
const yes: Check<boolean> = { expected: "true or false", is: (fact) => typeof fact === "boolean" };
const only: Check<true> = { expected: "true", is: (fact) => fact === true };
const way: Check<"claim" | "address"> = {
  expected: "claim or address",
  is: (fact) => fact === "claim" || fact === "address",
};

/** Every fact of a kind, with the check that gives its type. */
type Shape<F> = F extends unknown ? { readonly [Name in keyof Required<F>]: Check<Exclude<F[Name], undefined> & Fact> } : never;

const SEEN = { ip: text, status: text, pod: maybe } satisfies Shape<FactsOf["bound"]>;

const RECOVERY = {
  ip: text,
  account: text,
  region: text,
  by: text,
  isp: maybe,
  chargeType: maybe,
  bandwidthMbps: perhaps,
  bandwidthPackage: maybe,
  pod: maybe,
  token: text,
} satisfies Shape<FactsOf["recovering"]>;

const INTENT = {
  account: text,
  region: text,
  ip: text,
  via: way,
  claim: maybe,
  pod: maybe,
  verdict: text,
  reason: text,
  detail: text,
  rule: maybe,
  tags: maybe,
  type: text,
  chargeType: maybe,
  bandwidthMbps: perhaps,
  isp: maybe,
  bandwidthPackage: maybe,
  perHour: perhaps,
  currency: maybe,
  recycledAnywayAt: maybe,
} satisfies Shape<FactsOf["intent"]>;

const SHAPES = {
  "first-seen": [SEEN],
  bound: [SEEN],
  idle: [SEEN],
  gone: [{ ip: text, lastSeenAt: text }],
  verdict: [
    {
      ip: text,
      verdict: text,
      reason: text,
      detail: text,
      before: maybe,
      idleAtLeastSeconds: amount,
      idleAtMostSeconds: perhaps,
      currency: text,
      costPerHour: amount,
      costSoFarAtLeast: amount,
      costSoFarAtMost: amount,
      costUnknown: text,
    },
  ],
  judged: [
    {
      ip: text,
      status: text,
      account: text,
      region: text,
      cluster: maybe,
      namespace: maybe,
      workload: maybe,
      guessed: yes,
      pod: maybe,
      owner: maybe,
      tags: maybe,
      reasons: text,
      complete: yes,
      idle: yes,
      threshold: amount,
      neverTouched: maybe,
      obstacle: maybe,
      needsPerson: yes,
      chargeType: maybe,
      perHour: perhaps,
      currency: maybe,
      bornAt: perhaps,
      updatedTime: maybe,
      youngest: amount,
      markedFrom: amount,
      markedUntil: amount,
      boundAt: amount,
      unboundAt: amount,
      actingSince: amount,
      actingLatest: amount,
      sightings: amount,
    },
  ],
  region: [{ account: text, region: text, read: yes, brake: maybe }],
  readings: [{ from: text, runs: amount, steps: text }],
  flagged: [{ ip: text, rule: text, reason: text, detail: text, tagged: yes }],
  unflagged: [{ why: text, flaggedAt: text }],
  noticed: [{ releaseAt: maybe, deliveredAt: text, reference: text }],
  kept: [{ ip: text, by: text, why: text, until: maybe, besides: text }],
  unkept: [{ ip: text, by: text }],
  approved: [{ ip: text, by: text, until: text, releaseAt: maybe, verdict: text }],
  intent: [INTENT],
  receipt: [{ ...INTENT, requestId: text, taskId: maybe, recovery: text }],
  failed: [{ ...INTENT, outcome: text, code: text, why: text }],
  settled: [{ ...INTENT, intentOf: text, outcome: text }],
  withheld: [{ ip: text, why: text, cap: only }],
  gap: [
    { gap: text, state: text },
    { scope: text, what: text, why: text, bytes: amount },
  ],
  configuration: [{ policy: text, mode: text, before: maybe }],
  recovering: [RECOVERY],
  recovered: [{ ...RECOVERY, newId: text }],
  "not-recovered": [{ ...RECOVERY, code: text, why: text, counts: yes }],
} satisfies { readonly [K in TrailKind]: readonly Shape<FactsOf[K]>[] };

/** Every kind of record. */
export const KINDS = Object.keys(SHAPES).filter((kind): kind is TrailKind => Object.hasOwn(SHAPES, kind));

type Checks = ReadonlyMap<string, Check<Fact>>;

const CHECKS: ReadonlyMap<string, readonly Checks[]> = new Map(
  Object.entries(SHAPES).map(([kind, shapes]) => [kind, shapes.map((shape): Checks => new Map(Object.entries(shape)))]),
);

/** The first fact that is not as its kind has it; null where all are. A fact that this version does not know may be anything. */
export function wrongFact(kind: TrailKind, facts: Readonly<Record<string, Fact>>): string | null {
  let first: string | null = null;
  for (const checks of CHECKS.get(kind) ?? []) {
    const wrong = wrongIn(checks, facts);
    if (wrong === null) return null;
    first ??= wrong;
  }
  return first ?? "its kind is not known";
}

function wrongIn(checks: Checks, facts: Readonly<Record<string, Fact>>): string | null {
  for (const name of Object.keys(facts)) {
    const check = checks.get(name);
    if (check !== undefined && !check.is(facts[name] ?? null)) return `facts.${name}: it is not ${check.expected}`;
  }
  return null;
}

/** Whether an event's facts are of its kind. */
export function hasItsFacts<E extends { readonly kind: TrailKind; readonly facts: Readonly<Record<string, Fact>> }>(
  event: E,
): event is E & ReadEvent {
  return wrongFact(event.kind, event.facts) === null;
}

/** Whether a value is flat, as facts are: no object in it. */
export function isFlat(value: unknown): value is Readonly<Record<string, Fact>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(isFact);
}

function isFact(value: unknown): value is Fact {
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** The facts of an intent, as the ledger keeps them of a release whose end nobody saw. */
export const intentFacts = z.custom<ReadFacts<"intent">>(
  (facts) => isFlat(facts) && wrongFact("intent", facts) === null,
  "no facts of an intent",
);
