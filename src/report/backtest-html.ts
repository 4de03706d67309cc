import type { BacktestResult, SweptDelay } from "../core/replay/result.ts";
import { parseInstant } from "../core/terms/time.ts";
import { HEAD, type Row, releaseRows, summary, sweepRows } from "./backtest-words.ts";
import { escapeHtml, readable } from "./escape.ts";
import { moment } from "./words.ts";

/** A back-test as one HTML file that needs nothing beside it, and runs no script: its charts are drawn here. */

/** Light and dark, and for a phone, whose screen makes a chart's letters half as large. Colours reach a contrast of 4.5 on their ground. */
const STYLE = `:root{color-scheme:light dark;--ground:#fff;--text:#1c2430;--soft:#52606d;--line:#c9d0d8;--right:#1d5fd1;--false:#b3261e}
@media screen and (prefers-color-scheme:dark){:root{--ground:#11161d;--text:#e8ecf1;--soft:#a3afbd;--line:#3a4552;--right:#86b3ff;--false:#ff9a92}}
*{box-sizing:border-box}body{font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums;max-width:62rem;margin:1.5rem auto;padding:0 1rem;background:var(--ground);color:var(--text)}
p{margin:0 0 .4rem}h2{margin:2rem 0 .6rem;font-size:1.15rem}.wide{overflow-x:auto}ul{padding-left:1.2rem;overflow-wrap:anywhere}
table{border-collapse:collapse;font-size:14px}td,th{padding:.25rem 1rem .25rem 0;text-align:left;white-space:nowrap}th{color:var(--soft);font-weight:600}tr+tr>td{border-top:1px solid var(--line)}.wrong td{color:var(--false)}
svg{display:block;width:100%;height:auto}text{font-size:13px;fill:var(--soft)}.line{fill:none;stroke:var(--right);stroke-width:2}.axis{stroke:var(--line)}.right{fill:var(--right)}.false{fill:var(--false)}
.legend{font-size:13px;color:var(--soft)}.legend b{display:inline-block;width:10px;height:10px;border-radius:50%;margin:0 6px 0 14px}.legend b:first-child{margin-left:0}.legend .r{background:var(--right)}.legend .f{background:var(--false)}
@media(max-width:640px){text{font-size:22px}}`;

export function backtestPage(result: BacktestResult): string {
  const { sweep, released, undecided } = result;
  const wrong = released.map(({ usedAgainAt }) => usedAgainAt !== null);
  const parts = [
    ...summary(result).map((sentence) => `<p>${text(sentence)}</p>`),
    `<h2>Releases over time</h2>\n${releasesChart(result)}\n${LEGEND}`,
    sweep === undefined
      ? ""
      : `<h2>Saved money against false releases</h2>\n${sweepChart(sweep)}\n<p class="legend">Each point is a delay. The best are low and far to the right.</p>\n${tableOf(
          sweepRows(sweep),
          sweep.map(({ falseReleases }) => falseReleases > 0),
        )}`,
    released.length === 0 ? "" : `<h2>Releases</h2>\n${tableOf([HEAD, ...releaseRows(result)], wrong)}`,
    undecided.length === 0
      ? ""
      : `<h2>Undecided</h2><ul>${undecided.map(({ id, why }) => `<li>${text(`${id}: ${why}`)}</li>`).join("")}</ul>`,
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>eip-guard back-test</title><style>${STYLE}</style></head>
<body><main><h1>Back-test</h1>
${parts.filter((part) => part !== "").join("\n")}
</main></body></html>
`;
}

const LEGEND =
  '<p class="legend"><b class="r"></b>released, and not used again in the record<b class="f"></b>false: used again later</p>';

function text(from: string): string {
  return escapeHtml(readable(from));
}

/** @param wrong of each row below the head, whether it tells of a false release */
function tableOf([head = [], ...rows]: readonly Row[], wrong: readonly boolean[]): string {
  const heads = head.map((name) => `<th scope="col">${text(name)}</th>`).join("");
  const lines = rows.map(
    (row, index) =>
      `<tr${wrong[index] === true ? ' class="wrong"' : ""}>${row.map((field) => `<td>${text(field)}</td>`).join("")}</tr>`,
  );
  return `<div class="wide"><table><tr>${heads}</tr>\n${lines.join("\n")}</table></div>`;
}

const WIDTH = 720;
const HEIGHT = 300;
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 30, 44, 52];
const BASE = HEIGHT - BOTTOM;

interface Frame {
  readonly label: string;
  /** What goes up, and how far. */
  readonly up: string;
  readonly most: number;
  /** What stands below the two ends of the axis. */
  readonly from: string;
  readonly to: string;
}

function frame(inner: string, { label, up, most, from, to }: Frame): string {
  const line = (y: number) => `<line class="axis" x1="${LEFT}" y1="${y}" x2="${WIDTH - RIGHT}" y2="${y}"/>`;
  const said = (x: number, y: number, anchor: string, what: string) =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}">${text(what)}</text>`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}">${line(BASE)}${line(TOP)}${said(LEFT - 10, BASE + 4, "end", "0")}${said(LEFT - 10, TOP + 4, "end", `${most}`)}${said(0, 20, "start", up)}${inner}${said(LEFT, HEIGHT - 14, "start", from)}${said(WIDTH - RIGHT, HEIGHT - 14, "end", to)}</svg>`;
}

const across = (part: number) => LEFT + (WIDTH - LEFT - RIGHT) * part;
const above = (part: number) => BASE - (BASE - TOP) * part;

/** All releases up to each instant; a false one is a red dot. */
function releasesChart({ since, until, released, falseReleases }: BacktestResult): string {
  const [from = 0, to = 0] = [since, until].map((at) => parseInstant(at) ?? 0);
  const x = (at: string) => across(((parseInstant(at) ?? from) - from) / Math.max(1, to - from)).toFixed(1);
  const y = (count: number) => above(count / Math.max(1, released.length)).toFixed(1);
  const steps = released.map(({ at }, index) => `H${x(at)}V${y(index + 1)}`).join("");
  const dots = released.map(({ id, at, usedAgainAt }, index) => {
    const title = `${id}, ${moment(at)}${usedAgainAt === null ? "" : `: used again ${moment(usedAgainAt)}`}`;
    const [kind, radius] = usedAgainAt === null ? ["right", 3] : ["false", 5];
    return `<circle class="${kind}" cx="${x(at)}" cy="${y(index + 1)}" r="${radius}"><title>${text(title)}</title></circle>`;
  });
  const line = `<path class="line" d="M${LEFT} ${BASE}${steps}H${WIDTH - RIGHT}"/>`;
  return frame(`${line}${dots.join("")}`, {
    label: `${released.length} releases, ${falseReleases} of them false`,
    up: "releases until then",
    most: released.length,
    from: since.slice(0, 10),
    to: until.slice(0, 10),
  });
}

/** Names of delays nearer to each other than this would stand in each other. */
const APART = 64;

/** Which points have room for their name: `first` before all others. */
function namedPlaces(places: readonly (readonly [x: number, y: number])[], first: number): ReadonlySet<number> {
  const named = new Set<number>();
  for (const index of [first, ...places.keys()]) {
    const place = places[index];
    if (place === undefined) continue;
    const isFree = [...named].every((other) => {
      const [x, y] = places[other] ?? place;
      return Math.hypot(place[0] - x, place[1] - y) >= APART;
    });
    if (isFree) named.add(index);
  }
  return named;
}

/** One dot for each delay: to the right what it saved, upwards how many of its releases were false. */
function sweepChart(delays: readonly SweptDelay[]): string {
  const currency = delays.flatMap(({ wouldHaveSaved }) => wouldHaveSaved)[0]?.currency ?? "";
  const saved = delays.map(({ wouldHaveSaved }) => wouldHaveSaved.find((one) => one.currency === currency)?.amount ?? 0);
  const most = Math.max(...saved, 0.01);
  const worst = Math.max(...delays.map(({ falseReleases }) => falseReleases), 1);
  const places = delays.map(
    ({ falseReleases }, index) => [across((saved[index] ?? 0) / most), above(falseReleases / worst)] as const,
  );
  const line = `<path class="line" d="${places.map(([x, y], index) => `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("")}"/>`;
  // The shortest delay that has no false release, nor a longer one, is what is looked for.
  const safe = delays.findLastIndex(({ falseReleases }) => falseReleases > 0) + 1;
  const named = namedPlaces(places, safe);
  const dots = delays.map(({ releaseAfter, released, falseReleases, wouldHaveSaved }, index) => {
    const [x = 0, y = 0] = places[index] ?? [];
    const sums = wouldHaveSaved.map(({ currency: unit, amount }) => `${amount.toFixed(2)} ${unit}`).join(" and ");
    const title = `${releaseAfter}: ${released} releases, ${falseReleases} of them false, ${sums === "" ? "nothing" : sums} saved`;
    const dot = `<circle class="${falseReleases === 0 ? "right" : "false"}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4"><title>${text(title)}</title></circle>`;
    if (!named.has(index)) return dot;
    return `${dot}<text x="${x.toFixed(1)}" y="${(y - 10).toFixed(1)}" text-anchor="middle">${text(releaseAfter)}</text>`;
  });
  return frame(`${line}${dots.join("")}`, {
    label: "saved money against false releases",
    up: "false releases",
    most: worst,
    from: "saved: 0",
    to: `saved: ${most.toFixed(2)} ${currency}`,
  });
}
