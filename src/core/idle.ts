import type { Address, AddressStatus } from "./facts.ts";
import type { ActingClock, AddressMemory, ClockBreak } from "./ledger.ts";
import type { IdleResult } from "./result.ts";
import { after, between, type Duration, earlier, type Instant, later, ZERO } from "./time.ts";

/**
 * How long an EIP has been idle: an interval with named evidence for people, and the acting clock, the only one that
 * flags and releases (domain.md §4.2).
 */
export interface IdleInterval {
  /** It has been idle for at least this long. */
  readonly atLeast: Duration;
  /** And at most this long; null where nothing bounds it. */
  readonly atMost: Duration | null;
  /** The acting clock: from the first to the latest of an unbroken row of complete readings. */
  readonly acting: Duration;
  /** Where the acting clock starts; null while no row stands. */
  readonly actingSince: Instant | null;
  readonly sightings: number;
  readonly evidence: IdleResult["evidence"];
  readonly contradiction: string | null;
}

/** Whether an EIP in this status stands idle: allocated and bound to nothing that uses it. */
export function isIdle(status: AddressStatus): boolean {
  return status === "UNBIND";
}

/** What a reading knows that may start the acting clock again. */
export interface Sighting {
  readonly now: Instant;
  readonly updatedTime: string | null;
  /** Creation of the youngest Pod or claim for this EIP; null when there is none. */
  readonly youngest: Instant | null;
  readonly maxGap: Duration;
}

/** The row as it stands before this reading: null when the reading breaks it. */
export function unbroken(acting: ActingClock | null, sighting: Sighting): ActingClock | null {
  return acting === null || breakOf(acting, sighting) !== null ? null : acting;
}

/** Why a reading breaks the row; null when it does not. */
function breakOf(acting: ActingClock, { now, maxGap, updatedTime, youngest }: Sighting): ClockBreak | null {
  if (now < acting.latest) return "clock";
  if (between(acting.latest, now) > maxGap) return "gap";
  if (acting.updatedTime !== updatedTime) return "changed";
  if (youngest !== null && youngest > acting.latest) return "younger";
  return null;
}

/** The row after a complete reading that found the EIP idle. The same instant again is the same reading, and no second sighting. */
export function sighted(acting: ActingClock | null, sighting: Sighting): ActingClock {
  const broken = acting === null ? null : breakOf(acting, sighting);
  if (acting === null || broken !== null) {
    const { now, updatedTime } = sighting;
    const restarted = acting === null || broken === null ? {} : { restarted: { latest: acting.latest, why: broken } };
    return { since: now, latest: now, sightings: 1, updatedTime, ...restarted };
  }
  if (acting.latest === sighting.now) return acting;
  return { ...acting, latest: sighting.now, sightings: acting.sightings + 1 };
}

/** One source's answer to "since when": idle from an instant between `earliest` and `latest`. */
interface Since {
  readonly source: IdleResult["evidence"][number];
  readonly earliest: Instant | null;
  readonly latest: Instant | null;
}

/**
 * The interval that all evidence together supports. Where sources contradict each other the widest interval is shown,
 * with the contradiction in words.
 */
export function idleInterval(address: Address, memory: AddressMemory | null, sighting: Sighting): IdleInterval {
  const { now } = sighting;
  const row = unbroken(memory?.acting ?? null, sighting);
  const sources = sourcesOf(address, memory, row);
  const evidence = [...new Set(sources.map((source) => source.source))];
  const earliest = bounds(sources, "earliest");
  const latest = bounds(sources, "latest");
  const from = earliest.length === 0 ? null : earliest.reduce(later);
  const to = latest.reduce(earlier, now);
  const acting = actingOf(row, memory);
  const shared = { ...acting, evidence };
  if (from !== null && from > to) {
    return {
      ...shared,
      atLeast: atLeastZero(between(latest.reduce(later, to), now)),
      atMost: atLeastZero(between(earliest.reduce(earlier), now)),
      contradiction: contradictionOf(sources, from, to),
    };
  }
  return {
    ...shared,
    atLeast: atLeastZero(between(to, now)),
    atMost: from === null ? null : atLeastZero(between(from, now)),
    contradiction: null,
  };
}

function bounds(sources: readonly Since[], bound: "earliest" | "latest"): readonly Instant[] {
  return sources.map((source) => source[bound]).filter((at) => at !== null);
}

function atLeastZero(duration: Duration): Duration {
  return duration < 0 ? ZERO : duration;
}

function sourcesOf(address: Address, memory: AddressMemory | null, row: ActingClock | null): readonly Since[] {
  const sources: Since[] = [];
  if (memory !== null && (row !== null || memory.boundAt !== null)) {
    sources.push({ source: "ledger", earliest: memory.boundAt, latest: row?.since ?? null });
  }
  const evidence = memory?.evidence ?? null;
  if (evidence !== null) {
    const { unboundAt, boundAt, allocatedAt } = evidence;
    if (boundAt !== null && (unboundAt === null || boundAt >= unboundAt)) {
      sources.push({ source: "cloudaudit", earliest: boundAt, latest: null });
    } else if (unboundAt !== null) {
      sources.push({ source: "cloudaudit", earliest: unboundAt, latest: unboundAt });
    } else if (allocatedAt !== null) {
      sources.push({ source: "cloudaudit", earliest: allocatedAt, latest: null });
    }
    // A bill proves idle hours up to its end only; it reaches until now where the ledger's row takes over without a gap.
    if (evidence.bill !== null && row !== null && row.since <= evidence.bill.until) {
      sources.push({ source: "bill", earliest: null, latest: evidence.bill.from });
    }
  }
  if (address.createdAt !== null) sources.push({ source: "created", earliest: address.createdAt, latest: null });
  return sources;
}

function contradictionOf(sources: readonly Since[], from: Instant, to: Instant): string {
  const says = (bound: "earliest" | "latest", at: Instant) =>
    sources.find((source) => source[bound] === at)?.source ?? "the present reading";
  return `${says("earliest", from)} says that it was in use at ${new Date(from).toISOString()}, ${says("latest", to)} that it was idle at ${new Date(to).toISOString()}`;
}

/** CloudAudit and bills may shorten the acting clock, never lengthen it (domain.md §4.2). */
function actingOf(
  row: ActingClock | null,
  memory: AddressMemory | null,
): Pick<IdleInterval, "acting" | "actingSince" | "sightings"> {
  if (row === null) return { acting: ZERO, actingSince: null, sightings: 0 };
  const evidence = memory?.evidence ?? null;
  let since = row.since;
  if (evidence?.boundAt) since = later(since, evidence.boundAt);
  if (evidence?.unboundAt) since = later(since, evidence.unboundAt);
  if (since > row.latest) return { acting: ZERO, actingSince: after(row.latest, ZERO), sightings: 0 };
  return { acting: between(since, row.latest), actingSince: since, sightings: row.sightings };
}
