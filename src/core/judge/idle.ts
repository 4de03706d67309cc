import type { Address, AddressStatus } from "../terms/facts.ts";
import type { ActingClock, ClockBreak, EvidenceMemory, SeenMemory } from "../terms/ledger.ts";
import type { IdleResult } from "../terms/result.ts";
import {
  after,
  before,
  between,
  type Duration,
  earlier,
  type Instant,
  instant,
  later,
  MINUTE,
  milliseconds,
  parseInstant,
  SECOND,
  ZERO,
} from "../terms/time.ts";

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
  /** When this reading began; no fact of it is older. */
  readonly begun: Instant;
  readonly updatedTime: string | null;
  /** Creation of the youngest Pod or claim for this EIP; null when there is none. */
  readonly youngest: Instant | null;
  /** The guard's own latest call that changed its tags; null when there was none. */
  readonly marked: SeenMemory["marked"] | null;
  readonly maxGap: Duration;
}

/** No reading takes longer: SCF ends a function after 15 minutes, and a lease is lost after 20. */
const LONGEST_READING: Duration = milliseconds(20 * MINUTE);
/** How far `UpdatedTime` may lie before and behind our own call: clocks differ a little, and tags take seconds (domain.md §7). */
const BEFORE_MARK: Duration = milliseconds(10 * SECOND);
const BEHIND_MARK: Duration = milliseconds(30 * SECOND);

/** The row as it stands before this reading: null when the reading breaks it. */
export function unbroken(acting: ActingClock | null, sighting: Sighting): ActingClock | null {
  return acting === null || breakOf(acting, sighting) !== null ? null : acting;
}

/** Why a reading breaks the row; null when it does not. */
function breakOf(acting: ActingClock, sighting: Sighting): ClockBreak | null {
  const { now, maxGap, updatedTime, youngest } = sighting;
  if (now < acting.latest) return "clock";
  if (between(acting.latest, now) > maxGap) return "gap";
  if (acting.updatedTime !== updatedTime && !isOwnMark(acting, sighting)) return "changed";
  if (youngest !== null && youngest >= bornBefore(acting)) return "younger";
  return null;
}

/**
 * Whether `UpdatedTime` changed by the guard's own marking since the latest reading, which is no change (domain.md §4.2). A change at any
 * other time is one, also beside the marking: what comes later than the mark has a later `UpdatedTime`.
 */
function isOwnMark(acting: ActingClock, { updatedTime, marked }: Sighting): boolean {
  const at = updatedTime === null ? undefined : parseInstant(updatedTime);
  if (at === undefined || !marked || marked.until < (acting.begun ?? acting.latest)) return false;
  return at >= before(marked.from, BEFORE_MARK) && at <= after(marked.until, BEHIND_MARK);
}

/**
 * A Pod or claim that was born from here on was not there, or not seen, when the latest reading began. Kubernetes writes births in whole
 * seconds. An older version did not write when a reading began: then nothing may have been born since the whole row began.
 */
function bornBefore(acting: ActingClock): Instant {
  const begun = acting.begun ?? before(acting.since, LONGEST_READING);
  return instant(Math.floor(begun / SECOND) * SECOND);
}

/** The row after a complete reading that found the EIP idle. The same instant again is the same reading, and no second sighting. */
export function sighted(acting: ActingClock | null, sighting: Sighting): ActingClock {
  const { now, begun, updatedTime } = sighting;
  if (acting?.latest === now && acting.begun === begun && acting.updatedTime === updatedTime) return acting;
  const broken = acting === null ? null : breakOf(acting, sighting);
  if (acting === null || broken !== null) {
    const restarted = acting === null || broken === null ? {} : { restarted: { latest: acting.latest, why: broken } };
    return { since: now, latest: now, sightings: 1, updatedTime, begun, ...restarted };
  }
  const sightings = acting.latest === now ? acting.sightings : acting.sightings + 1;
  return { ...acting, latest: now, sightings, updatedTime, begun };
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
export function idleInterval(address: Address, memory: SeenMemory | null, sighting: Sighting): IdleInterval {
  const { now } = sighting;
  const row = unbroken(memory?.acting ?? null, sighting);
  const sources = sourcesOf(address, memory, row);
  const evidence = [...new Set(sources.map((source) => source.source))];
  const earliest = bounds(sources, "earliest");
  const latest = bounds(sources, "latest");
  const from = earliest.length === 0 ? null : earliest.reduce(later);
  const to = latest.reduce(earlier, now);
  const acting = actingOf(row, memory?.evidence ?? null);
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

function sourcesOf(address: Address, memory: SeenMemory | null, row: ActingClock | null): readonly Since[] {
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
export function actingOf(
  row: ActingClock | null,
  evidence: Partial<Pick<EvidenceMemory, "boundAt" | "unboundAt">> | null,
): Pick<IdleInterval, "acting" | "actingSince" | "sightings"> {
  if (row === null) return { acting: ZERO, actingSince: null, sightings: 0 };
  let since = row.since;
  if (evidence?.boundAt) since = later(since, evidence.boundAt);
  if (evidence?.unboundAt) since = later(since, evidence.unboundAt);
  if (since > row.latest) return { acting: ZERO, actingSince: after(row.latest, ZERO), sightings: 0 };
  return { acting: between(since, row.latest), actingSince: since, sightings: row.sightings };
}
