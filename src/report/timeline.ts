import type { ClusterResult, EipResult } from "../core/result.ts";
import { after, before, between, type Instant, iso, milliseconds, parseInstant, seconds } from "../core/time.ts";
import { escapeHtml } from "./escape.ts";
import * as words from "./words.ts";

/** What happened to one idle EIP and what will, in the order of time. */
export interface Timeline {
  readonly from: Instant;
  readonly to: Instant;
  readonly now: Instant;
  /** Null where nothing bounds it: possibly idle from the left edge on. */
  readonly possibleSince: Instant | null;
  readonly knownSince: Instant;
  readonly marks: readonly Mark[];
}

export interface Mark {
  readonly letter: "T" | "F" | "N" | "R";
  readonly at: Instant;
  readonly label: string;
  /** It did happen; else it is what would be. */
  readonly happened: boolean;
}

/** The timeline of an EIP; null while it is not idle. The threshold counts from when it is known to be idle (the lower bound decides). */
export function timelineOf(eip: EipResult, now: Instant, cluster: ClusterResult | undefined): Timeline | null {
  if (eip.idle === null) return null;
  const { atLeastSeconds, atMostSeconds } = eip.idle;
  const knownSince = before(now, seconds(atLeastSeconds));
  const possibleSince = atMostSeconds === null ? null : before(now, seconds(atMostSeconds));
  const marks = [...thresholdMark(knownSince, now, cluster), ...wayMarks(eip)].sort((one, other) => one.at - other.at);
  const instants = [now, knownSince, ...(possibleSince === null ? [] : [possibleSince]), ...marks.map(({ at }) => at)];
  const first = instants.reduce((one, other) => (one < other ? one : other));
  const last = instants.reduce((one, other) => (one > other ? one : other));
  const margin = milliseconds(Math.max(60_000, between(first, last) * 0.08));
  return { from: before(first, margin), to: after(last, margin), now, possibleSince, knownSince, marks };
}

function thresholdMark(knownSince: Instant, now: Instant, cluster: ClusterResult | undefined): readonly Mark[] {
  const threshold = cluster?.recycleThreshold;
  if (threshold?.state !== "set" || threshold.seconds === undefined) return [];
  const at = after(knownSince, seconds(threshold.seconds));
  return [{ letter: "T", at, label: at <= now ? "threshold past" : "threshold", happened: at <= now }];
}

function wayMarks({ flagAt, flaggedAt, noticedAt, releaseAt }: EipResult): readonly Mark[] {
  const ways = [
    { letter: "F", text: flaggedAt, label: "flagged", happened: true },
    { letter: "F", text: flaggedAt === null ? flagAt : null, label: "flag, not before", happened: false },
    { letter: "N", text: noticedAt, label: "notice delivered", happened: true },
    { letter: "R", text: releaseAt, label: "release, not before", happened: false },
  ] as const;
  return ways.flatMap(({ letter, text, label, happened }) => {
    const at = text === null ? undefined : parseInstant(text);
    return at === undefined ? [] : [{ letter, at, label, happened }];
  });
}

const WIDTH = 640;
const BAR = 12;
/** Marks nearer to each other than this go on top of each other, each so much higher. */
const NEAR = 17;
const LEVEL = 15;
const RADIUS = 7;

/** The timeline as an inline SVG, with the same said in words for who can't see it. */
export function timelineSvg(timeline: Timeline): string {
  const { from, to, now, possibleSince, knownSince, marks } = timeline;
  const x = (at: Instant) => Math.round(((at - from) / (to - from)) * WIDTH * 10) / 10;
  const [nowX, knownX, possibleX] = [x(now), x(knownSince), possibleSince === null ? 0 : x(possibleSince)];
  const heights = levels(marks.map(({ at }) => x(at)));
  const top = 20 + Math.max(0, ...heights) * LEVEL;
  const height = top + BAR + 20;
  const bar = (kind: string, left: number, right: number) =>
    `<rect class="${kind}" x="${left}" y="${top}" width="${Math.max(0, Math.round((right - left) * 10) / 10)}" height="${BAR}"/>`;
  const label = (at: number, anchor: string, text: string) =>
    `<text class="t-label" x="${at}" y="${height - 6}" text-anchor="${anchor}">${escapeHtml(text)}</text>`;
  return [
    `<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(describe(timeline))}">`,
    bar("t-bound", 0, possibleX),
    bar("t-possible", possibleX, knownX),
    bar("t-known", knownX, nowX),
    bar("t-future", nowX, WIDTH),
    `<line class="t-now" x1="${nowX}" x2="${nowX}" y1="${top - 4}" y2="${top + BAR + 4}"/>`,
    ...marks.map((mark, index) => markSvg(mark, x(mark.at), top - 11 - (heights[index] ?? 0) * LEVEL, top + BAR)),
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

function markSvg({ letter, at, label, happened }: Mark, x: number, y: number, foot: number): string {
  const center = Math.min(WIDTH - RADIUS - 1, Math.max(RADIUS + 1, x));
  return [
    `<g class="${happened ? "t-mark" : "t-mark t-planned"}"><title>${escapeHtml(`${label} ${words.moment(iso(at))}`)}</title>`,
    `<line x1="${center}" x2="${center}" y1="${y}" y2="${foot}"/>`,
    `<circle cx="${center}" cy="${y}" r="${RADIUS}"/><text x="${center}" y="${y + 3.5}" text-anchor="middle">${letter}</text></g>`,
  ].join("");
}

/** The timeline in one sentence. */
export function describe({ possibleSince, knownSince, marks }: Timeline): string {
  const possible =
    possibleSince === null ? "possibly idle since an unknown time" : `possibly idle since ${words.moment(iso(possibleSince))}`;
  const steps = marks.map(({ at, label: what }) => `${what} ${words.moment(iso(at))}`);
  return [possible, `known to be idle since ${words.moment(iso(knownSince))}`, ...steps].join("; ");
}
