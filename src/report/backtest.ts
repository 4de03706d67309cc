import type { BacktestResult, Suggestion } from "../core/replay/result.ts";
import { backtestPage } from "./backtest-html.ts";
import { HEAD, type Row, releaseRows, summary, sweepRows } from "./backtest-words.ts";
import { csvRecord } from "./csv.ts";
import { escapeMarkdown, readable } from "./escape.ts";
import { json, objectPieces } from "./json.ts";
import { columnsOf, wrap } from "./layout.ts";
import type { Format } from "./options.ts";
import { moment } from "./words.ts";

/**
 * A back-test in one format, ended by a line break, piece by piece: what would have been flagged in a year is a long list.
 *
 * @param width columns of the terminal
 */
export function renderBacktest(result: BacktestResult, format: Format, width: number): Iterable<string> {
  switch (format) {
    case "json":
      return objectPieces(result);
    case "csv":
      return csvOf(result);
    case "markdown":
      return [markdownOf(result)];
    case "html":
      return [backtestPage(result)];
    case "table":
      return [`${textOf(result, width).join("\n")}\n`];
  }
}

/** The shortest delay without a false release, in one format. */
export function renderSuggestion(result: Suggestion, format: "table" | "json" | "markdown"): string {
  if (format === "json") return json(result);
  const lines = [...suggestionText(result), "", ...grid(sweepRows(result.delays))];
  if (format === "table") return `${lines.join("\n")}\n`;
  return `${[...suggestionText(result).map(escapeMarkdown), "", ...markdownTable(sweepRows(result.delays))].join("\n")}\n`;
}

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

function textOf(result: BacktestResult, width: number): readonly string[] {
  const { released, undecided, sweep } = result;
  const lines = summary(result).flatMap((sentence) => wrap(sentence, width));
  if (released.length > 0) lines.push("", ...releaseLines(result, width));
  if (sweep !== undefined) lines.push("", ...grid(sweepRows(sweep)));
  if (undecided.length > 0)
    lines.push(
      "",
      "Undecided:",
      ...undecided.flatMap(({ id, why }) => wrap(readable(`${id}: ${why}`), width - 2).map((line) => `  ${line}`)),
    );
  return lines;
}

/** One line a release; where that is wider than the terminal, its address and its Pod have a line of their own. */
function releaseLines(result: BacktestResult, width: number): readonly string[] {
  const rows = [HEAD, ...releaseRows(result)];
  const whole = grid(rows);
  if (whole.every((line) => columnsOf(line) <= width)) return whole;
  const [head = "", ...lines] = grid(rows.map((row) => row.filter((_, column) => column !== 1 && column !== 2)));
  const below = ({ ip, pod }: BacktestResult["released"][number]) => readable(pod === null ? ip : `${ip} ${pod}`);
  return [
    head,
    ...lines.flatMap((line, index) => [line, ...result.released.slice(index, index + 1).map((one) => `    ${below(one)}`)]),
  ];
}

function* csvOf({ flagged, released, kept, undecided }: BacktestResult): Generator<string> {
  yield csvRecord(["what", "id", "ip", "pod", "at", "usedAgainAt", "saved", "currency", "why"]);
  for (const { id, ip, pod, at } of flagged) yield csvRecord(["flagged", id, ip, pod, at, null, null, null, null]);
  for (const { id, ip, pod, at, usedAgainAt, saved } of released) {
    const money = [saved?.amount ?? null, saved?.currency ?? null];
    yield csvRecord(["released", id, ip, pod, at, usedAgainAt, ...money, null]);
  }
  for (const { id, why } of kept) yield csvRecord(["kept", id, null, null, null, null, null, null, why]);
  for (const { id, why } of undecided) yield csvRecord(["undecided", id, null, null, null, null, null, null, why]);
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
