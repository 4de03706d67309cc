import type { EipResult } from "../core/result.ts";
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
} from "../core/time.ts";
import { escapeHtml } from "./escape.ts";
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

/** The timeline of an EIP; null while it is not idle. */
export function timelineOf(eip: EipResult, now: Instant): Timeline | null {
  if (eip.idle === null) return null;
  const { atLeastSeconds, atMostSeconds } = eip.idle;
  const knownSince = before(now, seconds(atLeastSeconds));
  const possibleSince = atMostSeconds === null ? null : before(now, seconds(atMostSeconds));
  const until = eip.lastBound === null ? undefined : parseInstant(eip.lastBound.until);
  const bound = until === undefined ? null : { since: instantOf(eip.lastBound?.since ?? null), until };
  const marks = [...marksOf(eip, now)].sort((one, other) => one.at - other.at);
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

function marksOf(eip: EipResult, now: Instant): readonly Mark[] {
  const { createdAt, lastBound, thresholdAt, flagAt, flaggedAt, noticedAt, releaseAt } = eip;
  const marks = [
    { letter: "C", text: createdAt, label: "created" },
    { letter: "B", text: lastBound?.until ?? null, label: "last known to be bound" },
    { letter: "T", text: thresholdAt, label: "recycle threshold" },
    { letter: "F", text: flaggedAt, label: "flagged" },
    { letter: "F", text: flaggedAt === null ? flagAt : null, label: "flag, not before" },
    { letter: "N", text: noticedAt, label: "notice delivered" },
    { letter: "R", text: releaseAt, label: "release, not before" },
  ] as const;
  return marks.flatMap(({ letter, text, label }) => {
    const at = instantOf(text);
    // What has no receipt did not happen, though its time may be past.
    return at === null ? [] : [{ letter, at, label, happened: at <= now && !label.endsWith("not before") }];
  });
}

const WIDTH = 640;
const BAR = 12;
/** Marks nearer to each other than this go on top of each other, each so much higher. */
const NEAR = 20;
const LEVEL = 20;
const RADIUS = 7;
/** Marks and words are larger on a phone (the style says so), and still must not be cut off. */
const ROOM = 11;

/** The timeline as an inline SVG, with the same said in words for who can't see it. */
export function timelineSvg(timeline: Timeline): string {
  const { from, to, now, bound, possibleSince, knownSince, marks } = timeline;
  const x = (at: Instant) => Math.max(0, Math.round(((at - from) / (to - from)) * WIDTH * 10) / 10);
  const [nowX, knownX, possibleX] = [x(now), x(knownSince), possibleSince === null ? 0 : x(possibleSince)];
  const created = marks.find(({ letter }) => letter === "C");
  const beginX = created === undefined ? 0 : Math.min(possibleX, x(created.at));
  const heights = levels(marks.map(({ at }) => x(at)));
  const top = 24 + Math.max(0, ...heights) * LEVEL;
  const height = top + BAR + 24;
  const bar = (kind: string, left: number, right: number) =>
    `<rect class="${kind}" x="${left}" y="${top}" width="${Math.max(0, Math.round((right - left) * 10) / 10)}" height="${BAR}"/>`;
  const label = (at: number, anchor: string, text: string) =>
    `<text class="t-label" x="${at}" y="${height - 6}" text-anchor="${anchor}">${escapeHtml(text)}</text>`;
  return [
    `<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(describe(timeline))}">`,
    bar("t-before", beginX, possibleX),
    bound?.since ? bar("t-bound", x(bound.since), Math.min(possibleX, x(bound.until))) : "",
    bar("t-possible", possibleX, knownX),
    bar("t-known", knownX, nowX),
    bar("t-future", nowX, WIDTH),
    `<line class="t-now" x1="${nowX}" x2="${nowX}" y1="${top - 4}" y2="${top + BAR + 4}"/>`,
    // From the last on: the foot of one that sits on top of another goes behind that other.
    ...marks
      .map((mark, index) => markSvg(mark, mark.at < from, x(mark.at), top - 12 - (heights[index] ?? 0) * LEVEL, top + BAR))
      .reverse(),
    nowX < 150 ? "" : label(0, "start", iso(from).slice(0, 10)),
    label(nowX, nowX > WIDTH - 110 ? "end" : nowX < 110 ? "start" : "middle", "now"),
    nowX > WIDTH - 150 ? "" : label(WIDTH, "end", iso(to).slice(0, 10)),
    "</svg>",
  ].join("");
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

/** @param beyond it lies before what is drawn */
function markSvg({ letter, at, label, happened }: Mark, beyond: boolean, x: number, y: number, foot: number): string {
  const center = Math.min(WIDTH - ROOM, Math.max(ROOM, x));
  const kind = `t-mark${happened ? "" : " t-planned"}${beyond ? " t-beyond" : ""}`;
  const where = beyond ? " (before what is drawn)" : "";
  return [
    `<g class="${kind}"><title>${escapeHtml(`${label} ${words.moment(iso(at))}${where}`)}</title>`,
    `<line x1="${center}" x2="${center}" y1="${y}" y2="${foot}"/>`,
    `<circle cx="${center}" cy="${y}" r="${RADIUS}"/><text x="${center}" y="${y}" dy=".36em" text-anchor="middle">${letter}</text></g>`,
  ].join("");
}

/** The timeline in one sentence. */
export function describe({ possibleSince, knownSince, marks, bound }: Timeline): string {
  const possible =
    possibleSince === null ? "possibly idle since an unknown time" : `possibly idle since ${words.moment(iso(possibleSince))}`;
  const steps = marks.map(({ at, label: what }) => `${what} ${words.moment(iso(at))}`);
  const boundSince = bound?.since ? [`bound since ${words.moment(iso(bound.since))}`] : [];
  return [...boundSince, possible, `known to be idle since ${words.moment(iso(knownSince))}`, ...steps].join("; ");
}
