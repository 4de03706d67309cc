import { type Instant, iso } from "../terms/time.ts";
import type { Played, PlayedEip, Swept } from "./replay.ts";

/** A back-test as it is told (contract.md, Back-test). */
export interface BacktestResult {
  /** The name and version of this shape. */
  readonly schema: "eip-guard/backtest/v1";
  /** Begin of the recorded past that was played. */
  readonly since: string;
  /** Its end. */
  readonly until: string;
  /** SHA-256 of the policy. */
  readonly policy: string;
  /** What would have been flagged. */
  readonly flagged: readonly ToldPlayed[];
  /** What would have been released. */
  readonly released: readonly ToldRelease[];
  /** Releases of addresses that were used again later. */
  readonly falseReleases: number;
  /** What the releases would have saved until the end, one entry for each currency. */
  readonly wouldHaveSaved: readonly Money[];
  /** What would have been kept, and why. */
  readonly kept: readonly Why[];
  /** What the record is too short or too old to tell, and why. */
  readonly undecided: readonly Why[];
  /** With `--sweep`: each delay by itself. */
  readonly sweep?: readonly SweptDelay[];
}

export interface ToldPlayed {
  /** `AddressId`. */
  readonly id: string;
  /** The public address. */
  readonly ip: string;
  /** `namespace/name@cluster` of its Pod; null where none was known. */
  readonly pod: string | null;
  /** When. */
  readonly at: string;
}

export interface ToldRelease extends ToldPlayed {
  /** When it was used again; null where it was not. */
  readonly usedAgainAt: string | null;
  /** What it would have saved until it was used again, or until the end; null where its price is not known. */
  readonly saved: Money | null;
}

export interface Money {
  /** ISO 4217. */
  readonly currency: string;
  /** In that currency. */
  readonly amount: number;
}

export interface Why {
  /** `AddressId`. */
  readonly id: string;
  /** A sentence. */
  readonly why: string;
}

/** What one `releaseAfter` would have done. */
export interface SweptDelay {
  /** As the configuration writes it: `3d`. */
  readonly releaseAfter: string;
  /** Releases. */
  readonly released: number;
  /** Of them, those whose address was used again later. */
  readonly falseReleases: number;
  /** What they would have saved, one entry for each currency. */
  readonly wouldHaveSaved: readonly Money[];
}

/** The shortest delay without a false release in the record, and how much that says. */
export interface Suggestion {
  /** The name and version of this shape. */
  readonly schema: "eip-guard/suggest/v1";
  /** Begin of the recorded past that was played. */
  readonly since: string;
  /** Its end. */
  readonly until: string;
  /** SHA-256 of the policy. */
  readonly policy: string;
  /** Null: every delay that was tried released something that was used again, or there was nothing to release. */
  readonly releaseAfter: string | null;
  /** Idle spells that ended in a release at this delay. */
  readonly spells: number;
  /** By the rule of three: with 95 % confidence no more of all such releases would be false than this part. Null without a spell. */
  readonly falseAtMost: number | null;
  /** Every delay that was tried. */
  readonly delays: readonly SweptDelay[];
}

/** @param now for a record without a single reading */
export function backtestResult(played: Played, policy: string, now: Instant): BacktestResult {
  const { since, until, flagged, released, kept, undecided } = played;
  return {
    schema: "eip-guard/backtest/v1",
    since: iso(since ?? now),
    until: iso(until ?? now),
    policy,
    flagged: flagged.map(told),
    released: released.map(({ usedAgainAt, saved, ...eip }) => ({
      ...told(eip),
      usedAgainAt: usedAgainAt === null ? null : iso(usedAgainAt),
      saved: saved === null ? null : { ...saved, amount: rounded(saved.amount) },
    })),
    falseReleases: falseOf(played),
    wouldHaveSaved: savedOf(played),
    kept,
    undecided,
  };
}

/** @param releaseAfter as the configuration writes it */
export function sweptDelay(releaseAfter: string, swept: Pick<Swept, "released">): SweptDelay {
  return { releaseAfter, released: swept.released.length, falseReleases: falseOf(swept), wouldHaveSaved: savedOf(swept) };
}

/** The shortest delay such that neither it nor a longer one released something that was used again. */
export function suggestion(
  delays: readonly SweptDelay[],
  { since, until }: Pick<Played, "since" | "until">,
  policy: string,
  now: Instant,
): Suggestion {
  const safe = delays.slice(delays.findLastIndex(({ falseReleases }) => falseReleases > 0) + 1);
  const shortest = safe.find(({ released }) => released > 0);
  const spells = shortest?.released ?? 0;
  return {
    schema: "eip-guard/suggest/v1",
    since: iso(since ?? now),
    until: iso(until ?? now),
    policy,
    releaseAfter: shortest?.releaseAfter ?? null,
    spells,
    falseAtMost: spells === 0 ? null : Math.min(1, Math.round((3 / spells) * 1e4) / 1e4),
    delays,
  };
}

function told({ id, ip, pod, at }: PlayedEip): ToldPlayed {
  return { id, ip, pod, at: iso(at) };
}

function falseOf({ released }: Pick<Played, "released">): number {
  return released.filter(({ usedAgainAt }) => usedAgainAt !== null).length;
}

function savedOf({ released }: Pick<Played, "released">): readonly Money[] {
  const sums = new Map<string, number>();
  for (const { saved } of released) if (saved !== null) sums.set(saved.currency, (sums.get(saved.currency) ?? 0) + saved.amount);
  return [...sums].map(([currency, amount]) => ({ currency, amount: rounded(amount) }));
}

function rounded(amount: number): number {
  return Math.round(amount * 1e6) / 1e6;
}
