import type { EipResult } from "../core/terms/result.ts";
import {
  after,
  before,
  between,
  type Duration,
  earlier,
  type Instant,
  iso,
  later,
  milliseconds,
  parseInstant,
  seconds,
} from "../core/terms/time.ts";
import * as words from "./words.ts";

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

export interface Mark {
  readonly letter: "C" | "B" | "T" | "F" | "N" | "R";
  /** May lie before what is drawn: then it is drawn at the edge. */
  readonly at: Instant;
  readonly label: string;
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
  const way = marks.filter(({ letter }) => letter !== "C").map(({ at }) => at);
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
  const marks = [
    { letter: "C", text: createdAt, label: "created" },
    { letter: "B", text: lastBound?.until ?? null, label: "last known to be bound" },
    { letter: "T", text: thresholdAt, label: "recycle threshold" },
    { letter: "F", text: flaggedAt, label: "flagged" },
    { letter: "F", text: flaggedAt === null && dated.flag ? flagAt : null, label: "flag, not before" },
    { letter: "N", text: noticedAt, label: "notice delivered" },
    { letter: "R", text: dated.release ? releaseAt : null, label: "release, not before" },
  ] as const;
  return marks.flatMap(({ letter, text, label }) => {
    const at = instantOf(text);
    // What has no receipt did not happen, though its time may be past.
    return at === null ? [] : [{ letter, at, label, happened: at <= now && !label.endsWith("not before") }];
  });
}

const WIDTH = 640;
/** Marks nearer to each other than this go on top of each other, each a level higher. */
const NEAR = 20;
/** Marks are larger on a phone (the style says so), and still must not be cut off. */
const ROOM = 11;

/** A timeline as the report's script draws it: places in units of 640 from left to right, and the same said in words. */
export interface Drawing {
  /** Possibly idle before, known to be idle before, now; the first also ends what was before. */
  readonly possible: number;
  readonly known: number;
  readonly now: number;
  readonly begin: number;
  /** When it was bound, where both ends are known. */
  readonly bound: readonly [number, number] | null;
  readonly from: string;
  readonly to: string;
  readonly marks: readonly {
    readonly letter: Mark["letter"];
    readonly at: number;
    readonly level: number;
    readonly planned: boolean;
    /** It lies before what is drawn. */
    readonly beyond: boolean;
    readonly title: string;
  }[];
  readonly label: string;
}

/** Where everything of a timeline stands. */
export function drawn(timeline: Timeline): Drawing {
  const { from, to, now, bound, possibleSince, knownSince, marks } = timeline;
  const x = (at: Instant) => Math.max(0, Math.round(((at - from) / (to - from)) * WIDTH * 10) / 10);
  const possible = possibleSince === null ? 0 : x(possibleSince);
  const created = marks.find(({ letter }) => letter === "C");
  const heights = levels(marks.map(({ at }) => x(at)));
  return {
    possible,
    known: x(knownSince),
    now: x(now),
    begin: created === undefined ? 0 : Math.min(possible, x(created.at)),
    bound: bound?.since ? [x(bound.since), Math.min(possible, x(bound.until))] : null,
    from: iso(from).slice(0, 10),
    to: iso(to).slice(0, 10),
    marks: marks.map(({ letter, at, label, happened }, index) => ({
      letter,
      at: Math.min(WIDTH - ROOM, Math.max(ROOM, x(at))),
      level: heights[index] ?? 0,
      planned: !happened,
      beyond: at < from,
      title: `${label} ${words.moment(iso(at))}${at < from ? " (before what is drawn)" : ""}`,
    })),
    label: describe(timeline),
  };
}

/** How high each mark sits, from 0, so that near ones don't cover each other. `positions` are sorted. */
function levels(positions: readonly number[]): readonly number[] {
  const found: number[] = [];
  for (const [index, position] of positions.entries()) {
    const previous = positions[index - 1];
    found.push(previous !== undefined && position - previous < NEAR ? (found[index - 1] ?? 0) + 1 : 0);
  }
  return found;
}

/** The timeline in one sentence. */
export function describe({ possibleSince, knownSince, marks, bound }: Timeline): string {
  const possible =
    possibleSince === null ? "possibly idle since an unknown time" : `possibly idle since ${words.moment(iso(possibleSince))}`;
  const steps = marks.map(({ at, label: what }) => `${what} ${words.moment(iso(at))}`);
  const boundSince = bound?.since ? [`bound since ${words.moment(iso(bound.since))}`] : [];
  return [...boundSince, possible, `known to be idle since ${words.moment(iso(knownSince))}`, ...steps].join("; ");
}
