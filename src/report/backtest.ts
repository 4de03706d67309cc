import type { BacktestResult, Money, Suggestion, SweptDelay } from "../core/replay/result.ts";
import { between, humanDuration, parseInstant } from "../core/terms/time.ts";
import { csvRecord } from "./csv.ts";
import { escapeHtml, escapeMarkdown, readable } from "./escape.ts";
import { json } from "./json.ts";
import { columnsOf } from "./layout.ts";
import type { Format } from "./options.ts";
import { moment } from "./words.ts";

/** A back-test in one format, ended by a line break. */
export function renderBacktest(result: BacktestResult, format: Format): string {
  switch (format) {
    case "json":
      return json(result);
    case "csv":
      return csvOf(result);
    case "markdown":
      return markdownOf(result);
    case "html":
      return htmlOf(result);
    case "table":
      return `${textOf(result).join("\n")}\n`;
  }
}

/** The shortest delay without a false release, in one format. */
export function renderSuggestion(result: Suggestion, format: "table" | "json" | "markdown"): string {
  if (format === "json") return json(result);
  const lines = [...suggestionText(result), "", ...grid(sweepRows(result.delays))];
  if (format === "table") return `${lines.join("\n")}\n`;
  return `${[...suggestionText(result).map(escapeMarkdown), "", ...markdownTable(sweepRows(result.delays))].join("\n")}\n`;
}

type Row = readonly string[];

function suggestionText({ since, until, releaseAfter, spells, falseAtMost, delays }: Suggestion): readonly string[] {
  const record = `The record from ${moment(since)} to ${moment(until)}`;
  if (releaseAfter === null) {
    const none = delays.every(({ released }) => released === 0);
    return [
      none
        ? `${record} has no release at any delay: it suggests nothing.`
        : `${record} has a false release even at the longest delay: it suggests none.`,
    ];
  }
  return [
    `releaseAfter: ${releaseAfter}`,
    `${record} has no false release at this delay, nor at a longer one.`,
    `It rests on ${spells === 1 ? "1 idle spell" : `${spells} idle spells`} that ended in a release.`,
    `By the rule of three, at most ${percent(falseAtMost ?? 1)} of such releases are false, with 95 % confidence. That is no promise.`,
  ];
}

function percent(part: number): string {
  return `${Math.round(part * 1000) / 10} %`;
}

function moneyText(sums: readonly Money[]): string {
  return sums.length === 0 ? "nothing" : sums.map(({ currency, amount }) => `${amount.toFixed(2)} ${currency}`).join(" and ");
}

function summary({
  since,
  until,
  flagged,
  released,
  falseReleases,
  wouldHaveSaved,
  kept,
  undecided,
}: BacktestResult): readonly string[] {
  return [
    `Played from ${moment(since)} to ${moment(until)}.`,
    `It would have flagged ${flagged.length} times and released ${released.length} EIPs, and saved ${moneyText(wouldHaveSaved)}.`,
    falseReleases === 0
      ? "No address that it would have released was used again."
      : `${falseReleases} of them were used again later: these releases would have been wrong.`,
    `Kept: ${kept.length}. Undecided, because the record does not tell: ${undecided.length}.`,
  ];
}

const HEAD: Row = ["EIP", "address", "Pod", "released", "used again", "saved"];

function releaseRows({ released }: BacktestResult): readonly Row[] {
  return released.map(({ id, ip, pod, at, usedAgainAt, saved }) => [
    id,
    ip,
    pod ?? "",
    moment(at),
    usedAgainAt === null ? "" : `${moment(usedAgainAt)} (${laterThan(at, usedAgainAt)} later)`,
    saved === null ? "not known" : moneyText([saved]),
  ]);
}

function laterThan(at: string, then: string): string {
  const [from, to] = [parseInstant(at), parseInstant(then)];
  return from === undefined || to === undefined ? "" : humanDuration(between(from, to));
}

function sweepRows(delays: readonly SweptDelay[]): readonly Row[] {
  const rows = delays.map(({ releaseAfter, released, falseReleases, wouldHaveSaved }) => [
    releaseAfter,
    `${released}`,
    `${falseReleases}`,
    moneyText(wouldHaveSaved),
  ]);
  return [["releaseAfter", "released", "false", "saved"], ...rows];
}

/** Columns as wide as what stands in them. */
function grid(rows: readonly Row[]): readonly string[] {
  const clean = rows.map((row) => row.map(readable));
  const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => columnsOf(row[column] ?? ""))));
  return clean.map((row) =>
    row
      .map((field, column) => `${field}${" ".repeat(Math.max(0, (widths[column] ?? 0) - columnsOf(field)))}`)
      .join("  ")
      .trimEnd(),
  );
}

function textOf(result: BacktestResult): readonly string[] {
  const { released, undecided, sweep } = result;
  const lines = [...summary(result)];
  if (released.length > 0) lines.push("", ...grid([HEAD, ...releaseRows(result)]));
  if (sweep !== undefined) lines.push("", ...grid(sweepRows(sweep)));
  if (undecided.length > 0) lines.push("", "Undecided:", ...undecided.map(({ id, why }) => readable(`  ${id}: ${why}`)));
  return lines;
}

function csvOf({ flagged, released, kept, undecided }: BacktestResult): string {
  return [
    ["what", "id", "ip", "pod", "at", "usedAgainAt", "saved", "currency", "why"],
    ...flagged.map(({ id, ip, pod, at }) => ["flagged", id, ip, pod, at, null, null, null, null]),
    ...released.map(({ id, ip, pod, at, usedAgainAt, saved }) => [
      "released",
      id,
      ip,
      pod,
      at,
      usedAgainAt,
      saved?.amount ?? null,
      saved?.currency ?? null,
      null,
    ]),
    ...kept.map(({ id, why }) => ["kept", id, null, null, null, null, null, null, why]),
    ...undecided.map(({ id, why }) => ["undecided", id, null, null, null, null, null, null, why]),
  ]
    .map(csvRecord)
    .join("");
}

function markdownTable([head = [], ...rows]: readonly Row[]): readonly string[] {
  const line = (row: Row) => `| ${row.map(escapeMarkdown).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)];
}

function markdownOf(result: BacktestResult): string {
  const { released, undecided, sweep } = result;
  const lines = ["# Back-test", "", ...summary(result).map(escapeMarkdown)];
  if (released.length > 0) lines.push("", ...markdownTable([HEAD, ...releaseRows(result)]));
  if (sweep !== undefined) lines.push("", ...markdownTable(sweepRows(sweep)));
  if (undecided.length > 0)
    lines.push("", "Undecided:", "", ...undecided.map(({ id, why }) => `- ${escapeMarkdown(`${id}: ${why}`)}`));
  return `${lines.join("\n")}\n`;
}

const WIDTH = 720;
const HEIGHT = 240;
const EDGE = 40;

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430}
table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left}svg{max-width:100%;height:auto}
.line{fill:none;stroke:#2f6fb2;stroke-width:2}.axis{stroke:#9aa5b1}.false{fill:#c0392b}.right{fill:#2f6fb2}text{font-size:12px;fill:#52606d}`;

function htmlOf(result: BacktestResult): string {
  const rows = (list: readonly Row[]) =>
    list
      .map(
        (row, at) =>
          `<tr>${row.map((field) => `<t${at === 0 ? "h" : "d"}>${escapeHtml(field)}</t${at === 0 ? "h" : "d"}>`).join("")}</tr>`,
      )
      .join("\n");
  const { sweep, released, undecided } = result;
  const parts = [
    ...summary(result).map((sentence) => `<p>${escapeHtml(sentence)}</p>`),
    `<h2>Releases over time</h2>\n${releasesChart(result)}`,
    released.length === 0 ? "" : `<table>${rows([HEAD, ...releaseRows(result)])}</table>`,
    sweep === undefined
      ? ""
      : `<h2>Saved money against false releases</h2>\n${sweepChart(sweep)}\n<table>${rows(sweepRows(sweep))}</table>`,
    undecided.length === 0
      ? ""
      : `<h2>Undecided</h2><ul>${undecided.map(({ id, why }) => `<li>${escapeHtml(`${id}: ${why}`)}</li>`).join("")}</ul>`,
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>eip-guard back-test</title><style>${STYLE}</style></head>
<body><h1>Back-test</h1>
${parts.filter((part) => part !== "").join("\n")}
</body></html>
`;
}

function frame(inner: string, label: string, left: string, right: string): string {
  const base = HEIGHT - EDGE;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}"><line class="axis" x1="${EDGE}" y1="${base}" x2="${WIDTH - EDGE}" y2="${base}"/>${inner}<text x="${EDGE}" y="${HEIGHT - 12}">${escapeHtml(left)}</text><text x="${WIDTH - EDGE}" y="${HEIGHT - 12}" text-anchor="end">${escapeHtml(right)}</text></svg>`;
}

/** All releases up to each instant; a false one is a red dot. */
function releasesChart({ since, until, released, falseReleases }: BacktestResult): string {
  const [from = 0, to = 0] = [since, until].map((text) => parseInstant(text) ?? 0);
  const x = (at: string) => EDGE + ((WIDTH - 2 * EDGE) * ((parseInstant(at) ?? from) - from)) / Math.max(1, to - from);
  const y = (count: number) => HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * count) / Math.max(1, released.length);
  const steps = released.map(({ at }, index) => `H${x(at).toFixed(1)}V${y(index + 1).toFixed(1)}`).join("");
  const dots = released
    .map(({ id, at, usedAgainAt }, index) => {
      const title = `${id}, ${moment(at)}${usedAgainAt === null ? "" : `: used again ${moment(usedAgainAt)}`}`;
      return `<circle class="${usedAgainAt === null ? "right" : "false"}" cx="${x(at).toFixed(1)}" cy="${y(index + 1).toFixed(1)}" r="${usedAgainAt === null ? 3 : 6}"><title>${escapeHtml(title)}</title></circle>`;
    })
    .join("");
  const line = `<path class="line" d="M${EDGE} ${HEIGHT - EDGE}${steps}H${WIDTH - EDGE}"/>`;
  return frame(`${line}${dots}`, `${released.length} releases, ${falseReleases} of them false`, moment(since), moment(until));
}

/** One dot for each delay: to the right what it saved, upwards how many of its releases were false. */
function sweepChart(delays: readonly SweptDelay[]): string {
  const saved = delays.map(({ wouldHaveSaved }) => wouldHaveSaved[0]?.amount ?? 0);
  const most = Math.max(...saved, 1e-9);
  const worst = Math.max(...delays.map(({ falseReleases }) => falseReleases), 1);
  const dots = delays.map(({ releaseAfter, falseReleases }, index) => {
    const x = EDGE + ((WIDTH - 2 * EDGE) * (saved[index] ?? 0)) / most;
    const y = HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * falseReleases) / worst;
    return `<circle class="${falseReleases === 0 ? "right" : "false"}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4"><title>${escapeHtml(releaseAfter)}</title></circle><text x="${(x + 6).toFixed(1)}" y="${(y - 6).toFixed(1)}">${escapeHtml(releaseAfter)}</text>`;
  });
  const [first] = delays.flatMap(({ wouldHaveSaved }) => wouldHaveSaved);
  return frame(dots.join(""), "saved money against false releases", "saved: 0", `${most.toFixed(2)} ${first?.currency ?? ""}`);
}
