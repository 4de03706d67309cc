import type { EipResult } from "../core/terms/result.ts";
import {
  after,
  before,
  between,
  type Duration,
  earlier,
  type Instant,
  later,
  milliseconds,
  parseInstant,
  seconds,
} from "../core/terms/time.ts";

/** What happened to one idle EIP and what will, in the order of time. */
export interface Timeline {
  readonly from: Instant;
  readonly to: Instant;
  readonly now: Instant;
  /** When it was bound for the last time, as far as that is known; since null is no later than any other beginning. */
  readonly bound: { readonly since: Instant | null; readonly until: Instant } | null;
  /** Null where nothing bounds it: possibly idle from the left edge on. */
  readonly possibleSince: Instant | null;
  readonly knownSince: Instant;
  readonly marks: readonly Mark[];
}

export type MarkKind = "created" | "lastBound" | "threshold" | "flagged" | "flag" | "noticed" | "release";

export interface Mark {
  readonly kind: MarkKind;
  /** May lie before what is drawn: then it is drawn at the edge. */
  readonly at: Instant;
  /** It did happen; else it is what would be. */
  readonly happened: boolean;
}

/**
 * The timeline of an EIP; null while it is not idle.
 *
 * @param dated whether its planned flag and release will come: what will not is not drawn
 */
export function timelineOf(
  eip: EipResult,
  now: Instant,
  dated: { readonly flag: boolean; readonly release: boolean } = { flag: true, release: true },
): Timeline | null {
  if (eip.idle === null) return null;
  const { atLeastSeconds, atMostSeconds } = eip.idle;
  const knownSince = before(now, seconds(atLeastSeconds));
  const possibleSince = atMostSeconds === null ? null : before(now, seconds(atMostSeconds));
  const until = eip.lastBound === null ? undefined : parseInstant(eip.lastBound.until);
  const bound = until === undefined ? null : { since: instantOf(eip.lastBound?.since ?? null), until };
  const marks = [...marksOf(eip, now, dated)].sort((one, other) => one.at - other.at);
  const idle = [now, knownSince, ...(possibleSince === null ? [] : [possibleSince]), ...(bound === null ? [] : [bound.until])];
  const way = marks.filter(({ kind }) => kind !== "created").map(({ at }) => at);
  const first = [...idle, ...way].reduce(earlier);
  const last = [...idle, ...way].reduce(later);
  const from = beginning(first, between(first, last), [instantOf(eip.createdAt), bound?.since ?? null]);
  const margin = milliseconds(Math.max(60_000, between(from, last) * 0.08));
  return { from: before(from, margin), to: after(last, margin), now, bound, possibleSince, knownSince, marks };
}

/** What was before the idle time is drawn too, unless it is so long that nothing else could be seen beside it. */
function beginning(first: Instant, span: Duration, past: readonly (Instant | null)[]): Instant {
  const reach = before(first, span);
  return past.reduce<Instant>((from, at) => (at !== null && at >= reach ? earlier(from, at) : from), first);
}

function instantOf(text: string | null): Instant | null {
  return text === null ? null : (parseInstant(text) ?? null);
}

function marksOf(eip: EipResult, now: Instant, dated: { readonly flag: boolean; readonly release: boolean }): readonly Mark[] {
  const { createdAt, lastBound, thresholdAt, flagAt, flaggedAt, noticedAt, releaseAt } = eip;
  const planned: readonly MarkKind[] = ["flag", "release"];
  const marks = [
    ["created", createdAt],
    ["lastBound", lastBound?.until ?? null],
    ["threshold", thresholdAt],
    ["flagged", flaggedAt],
    ["flag", flaggedAt === null && dated.flag ? flagAt : null],
    ["noticed", noticedAt],
    ["release", dated.release ? releaseAt : null],
  ] as const satisfies readonly (readonly [MarkKind, string | null])[];
  return marks.flatMap(([kind, text]) => {
    const at = instantOf(text);
    // What has no receipt did not happen, though its time may be past.
    return at === null ? [] : [{ kind, at, happened: at <= now && !planned.includes(kind) }];
  });
}
