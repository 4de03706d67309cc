import * as z from "zod";
import type { Fact, FactsOf, ReadEvent, ReadFacts, TrailKind } from "../core/terms/trail.ts";

/** The shape of each kind of record, checked when one is read. A fact that is missing means not known; one of another type is no record of ours. */

const text = z.string();
const maybe = z.string().nullable();
const amount = z.number();
const perhaps = z.number().nullable();
const yes = z.boolean();

/** Every fact of a kind, with a schema that gives its type. */
type Shape<F> = F extends unknown ? { readonly [Name in keyof Required<F>]: z.ZodType<Exclude<F[Name], undefined>> } : never;

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
  via: z.enum(["claim", "address"]),
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
  withheld: [{ ip: text, why: text, cap: z.literal(true) }],
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

type Checked = z.ZodType<unknown>;

const CHECKED: ReadonlyMap<string, readonly Checked[]> = new Map(
  Object.entries(SHAPES).map(([kind, shapes]) => [kind, shapes.map((shape) => z.looseObject(shape).partial())]),
);

/** The first fact that is not as its kind has it; null where all are. */
export function wrongFact(kind: TrailKind, facts: Readonly<Record<string, Fact>>): string | null {
  let first: string | null = null;
  for (const shape of CHECKED.get(kind) ?? []) {
    const read = shape.safeParse(facts);
    if (read.success) return null;
    const [issue] = read.error.issues;
    first ??= issue === undefined ? "its facts are of another kind" : `facts.${issue.path.join(".")}: ${issue.message}`;
  }
  return first ?? "its kind is not known";
}

/** Whether an event's facts are of its kind. */
export function hasItsFacts<E extends { readonly kind: TrailKind; readonly facts: Readonly<Record<string, Fact>> }>(
  event: E,
): event is E & ReadEvent {
  return wrongFact(event.kind, event.facts) === null;
}

/** The facts of an intent, as the ledger keeps them of a release whose end nobody saw. */
export const intentFacts = z.custom<ReadFacts<"intent">>(
  (facts) => CHECKED.get("intent")?.every((shape) => shape.safeParse(facts).success) ?? false,
  "no facts of an intent",
);
