import type { Instant } from "./time.ts";

/**
 * The audit trail's records: one for each change, never one for each EIP and run. Each kind has one shape, which src/trail checks when a record
 * is read. The chain (sequence, previous hash, hash) is added by src/trail.
 */

/** What a fact may be: a record is flat. */
export type Fact = string | number | boolean | null;

/** An EIP as a reading saw it; its Pod as `namespace/name@cluster`. */
export type SeenFacts = { readonly ip: string; readonly status: string; readonly pod: string | null };

/** How long an EIP has been idle and what that costs; nothing of one that is not idle. */
export type CostFacts = {
  readonly idleAtLeastSeconds?: number;
  readonly idleAtMostSeconds?: number | null;
  readonly currency?: string;
  readonly costPerHour?: number;
  readonly costSoFarAtLeast?: number;
  readonly costSoFarAtMost?: number;
  readonly costUnknown?: string;
};

/** What a release is about to do, with everything that a person needs who tries to get the address back (domain.md §1). */
export type IntentFacts = {
  readonly account: string;
  readonly region: string;
  readonly ip: string;
  readonly via: "claim" | "address";
  readonly claim: string | null;
  readonly pod: string | null;
  readonly verdict: string;
  readonly reason: string;
  readonly detail: string;
  readonly rule: string | null;
  /** JSON. */
  readonly tags: string | null;
  /** The EIP's type, such as `EIP`. Left out by older versions. */
  readonly type?: string;
  readonly chargeType: string | null;
  readonly bandwidthMbps: number | null;
  readonly isp: string | null;
  readonly bandwidthPackage: string | null;
  readonly perHour: number | null;
  readonly currency: string | null;
  readonly recycledAnywayAt: string | null;
};

/**
 * All that policy and plan read of one EIP, written when something of it changed: a back-test plans by it (docs/backtest.md). Durations and instants
 * are milliseconds. Left out is what does not bear on it now, such as clocks of an EIP that is not idle.
 */
export type JudgedFacts = {
  readonly ip: string;
  readonly status: string;
  readonly account: string;
  readonly region: string;
  readonly cluster: string | null;
  readonly namespace: string | null;
  readonly workload: string | null;
  readonly guessed: boolean;
  readonly pod: string | null;
  readonly owner: string | null;
  /** JSON; null where they could not be read. */
  readonly tags: string | null;
  /** The reasons of all rules that answered, in their order, with commas. */
  readonly reasons: string;
  /** Whether the reading was complete for it, so that it counts as a sighting. */
  readonly complete: boolean;
  readonly idle: boolean;
  readonly threshold: number;
  readonly neverTouched: string | null;
  readonly obstacle: string | null;
  readonly needsPerson: boolean;
  readonly chargeType: string | null;
  readonly perHour: number | null;
  readonly currency: string | null;
  readonly bornAt: number | null;
  readonly updatedTime?: string | null;
  /** Creation of the youngest Pod or claim for it. */
  readonly youngest?: number;
  readonly markedFrom?: number;
  readonly markedUntil?: number;
  /** What CloudAudit said. */
  readonly boundAt?: number;
  readonly unboundAt?: number;
  /** Of its first record: the row of sightings before it. */
  readonly actingSince?: number;
  readonly actingLatest?: number;
  readonly sightings?: number;
};

/** The facts of each kind. */
export type FactsOf = {
  readonly "first-seen": SeenFacts;
  readonly bound: SeenFacts;
  readonly idle: SeenFacts;
  readonly gone: { readonly ip: string; readonly lastSeenAt: string };
  readonly verdict: {
    readonly ip: string;
    readonly verdict: string;
    readonly reason: string;
    readonly detail: string;
    /** `verdict (reason)`. */
    readonly before: string | null;
  } & CostFacts;
  readonly judged: JudgedFacts;
  /** What holds for all EIPs of an account and region: whether their listing was complete, and why the sanity brake holds releases back. */
  readonly region: { readonly account: string; readonly region: string; readonly read: boolean; readonly brake: string | null };
  /** When runs took their readings: milliseconds after `from`, and how long each reading had taken by then, as `0/1200 600000/900`. */
  readonly readings: { readonly from: string; readonly runs: number; readonly steps: string };
  readonly flagged: {
    readonly ip: string;
    readonly rule: string;
    readonly reason: string;
    readonly detail: string;
    readonly tagged: boolean;
  };
  readonly unflagged: { readonly why: string; readonly flaggedAt: string };
  readonly noticed: { readonly releaseAt: string | null; readonly deliveredAt: string; readonly reference: string };
  readonly kept: {
    readonly ip: string;
    readonly by: string;
    readonly why: string;
    readonly until: string | null;
    /** Who kept it already. */
    readonly besides?: string;
  };
  readonly unkept: { readonly ip: string; readonly by: string };
  readonly approved: {
    readonly ip: string;
    readonly by: string;
    readonly until: string;
    readonly releaseAt: string | null;
    readonly verdict: string;
  };
  readonly intent: IntentFacts;
  readonly receipt: IntentFacts & { readonly requestId?: string; readonly taskId?: string | null; readonly recovery: string };
  readonly failed: IntentFacts & { readonly outcome: string; readonly code?: string; readonly why: string };
  readonly settled: Partial<IntentFacts> & { readonly intentOf: string; readonly outcome: string };
  readonly withheld: { readonly ip: string; readonly why: string; readonly cap?: true };
  /** `gap` and `state` (opened, closed); of the trail itself `scope`, `what`, `why` and `bytes`. */
  readonly gap:
    | { readonly gap: string; readonly state: string }
    | { readonly scope: string; readonly what: string; readonly why: string; readonly bytes: number };
  readonly configuration: { readonly policy: string; readonly mode: string; readonly before: string | null };
  /** A person is about to get a released address back. */
  readonly recovering: RecoveryFacts;
  readonly recovered: RecoveryFacts & { readonly newId: string };
  /** `counts`: whether the cloud may have counted it as one of the month's tries; left out: it may have. */
  readonly "not-recovered": RecoveryFacts & { readonly code: string; readonly why: string; readonly counts?: boolean };
};

export type RecoveryFacts = {
  readonly ip: string;
  readonly account: string;
  readonly region: string;
  readonly by: string;
  readonly isp: string | null;
  readonly chargeType: string | null;
  readonly bandwidthMbps: number | null;
  readonly bandwidthPackage: string | null;
  readonly pod: string | null;
  /** The token of the request: the same for every repetition of it. */
  readonly token: string;
};

/** The outcome of a release that was settled by looking, and had happened. */
export const SETTLED_GONE = "released: it is gone";

export type TrailKind = keyof FactsOf;

/** An event of one kind. */
export interface Event<K extends TrailKind, F = FactsOf[K]> {
  readonly kind: K;
  readonly at: Instant;
  /** The run that wrote it, or the person's command. */
  readonly run: string;
  /** The EIP's id; null for what concerns none. */
  readonly eip: string | null;
  /** The act's own facts: flat, JSON, no secret. */
  readonly facts: F;
}

/** What is written. */
export type TrailEvent<K extends TrailKind = TrailKind> = K extends TrailKind ? Event<K> : never;

/** What is read: a version before this one may have left facts out, and a missing one means not known. */
export type ReadEvent<K extends TrailKind = TrailKind> = K extends TrailKind ? Event<K, ReadFacts<K>> : never;

export type ReadFacts<K extends TrailKind> = FactsOf[K] extends infer F ? (F extends unknown ? Partial<F> : never) : never;

/** The place of a record in the chain. `hash` is SHA-256 (hex) over the record without it. */
export interface Chained {
  readonly sequence: number;
  /** Hash of the record before; 64 zeros before the first. */
  readonly previous: string;
  readonly hash: string;
}

/** A record as stored: the event with its place in the chain. */
export type TrailRecord<K extends TrailKind = TrailKind> = ReadEvent<K> & Chained;

/** Events that may be made when their turn comes: those of a first run weigh more than its ledger. */
export interface Events extends Iterable<TrailEvent> {
  readonly length: number;
}

/** An event of each item, made when its turn comes. */
export function eventsOf<T>(items: readonly T[], make: (item: T) => TrailEvent): Events {
  return {
    length: items.length,
    *[Symbol.iterator]() {
      for (const item of items) yield make(item);
    },
  };
}

/** One row of events after the other. */
export function inOneRow(...rows: readonly Events[]): Events {
  return {
    length: rows.reduce((sum, { length }) => sum + length, 0),
    *[Symbol.iterator]() {
      for (const row of rows) yield* row;
    },
  };
}
