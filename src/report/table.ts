import { createColors } from "picocolors";
import type { EipResult, ScanResult } from "../core/terms/result.ts";
import type { Verdict } from "../core/terms/verdict.ts";
import { type Catalogue, catalogue } from "../language/catalogue.ts";
import type { Costs } from "./breakdown.ts";
import { type Chapters, chaptersOf, detailOf, type Eips, type Item, inOneLine, type List, TEXT_ORDER } from "./chapters.ts";
import { CLUSTER_COLUMNS, columnsIn, EIP_COLUMNS, type Shown } from "./columns.ts";
import { readable, visible } from "./escape.ts";
import { type Group, months } from "./groups.ts";
import { columns, columnsOf, flow, type Row, widthsOf, wrap } from "./layout.ts";
import type { RenderOptions } from "./options.ts";
import * as words from "./words.ts";

/** Columns of a terminal from which on there is room for what it cost so far. */
const ROOMY = 110;
/** Below this nothing can be read; lines are wrapped by the terminal then. */
const NARROWEST = 60;

export type Paint = ReturnType<typeof createColors>;

/** What the parts of a table are laid out with. */
interface Sheet {
  readonly result: ScanResult;
  readonly chapters: Chapters;
  readonly say: Catalogue;
  readonly paint: Paint;
  readonly width: number;
  readonly options: RenderOptions;
}

function sheetOf(result: ScanResult, options: RenderOptions): Sheet {
  const say = catalogue(options.language ?? "en");
  const chapters = chaptersOf(result, say, options);
  return { result, chapters, say, paint: createColors(options.color), width: Math.max(NARROWEST, options.width), options };
}

/** A result as people read it on a terminal: what was done, what the leaks cost, the leaks, then the rest, and what to do next. */
export function renderTable(result: ScanResult, options: RenderOptions): string {
  const sheet = sheetOf(result, options);
  const parts = TEXT_ORDER[options.view ?? "eips"].map((name) => PARTS[name]?.(sheet) ?? "");
  return `${[title(sheet), ...parts].filter((part) => part !== "").join("\n\n")}\n`;
}

/**
 * The first lines of a result: what the leaks cost and some of them, for a first look.
 *
 * @param most so many groups of leaks are shown
 */
export function renderBrief(result: ScanResult, options: RenderOptions, most: number): string {
  const sheet = sheetOf(result, options);
  const { say, width, paint, chapters } = sheet;
  const { summary: own, eips } = chapters;
  const leaked = eips.groups.filter(({ verdict }) => verdict === "leaked");
  const rest = leaked.slice(most).reduce((sum, group) => sum + group.eips.length, 0);
  const told = [
    paint.bold(own.leaked),
    ...flow(say.report.totals(own.eips, own.verdicts).split(" · "), width),
    ...own.savings.flatMap((saving) => wrap(readable(saving), width)),
  ];
  const groups = [
    ...groupLines(sheet, { ...eips, groups: leaked.slice(0, most) }),
    ...(most > 0 && rest > 0 ? [paint.dim(say.report.list.moreGroups(rest))] : []),
  ];
  const parts = [title(sheet), told.join("\n"), groups.join("\n")];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

const PARTS: Readonly<Partial<Record<keyof Chapters, (sheet: Sheet) => string>>> = {
  done,
  summary,
  gaps: (sheet) => listed(sheet, { ...sheet.chapters.gaps, title: gapsTitle(sheet) }),
  eips: listedEips,
  costs,
  clusters,
  quota: (sheet) => listed(sheet, sheet.chapters.quota),
  notes: (sheet) => listed(sheet, sheet.chapters.notes),
  next,
};

function title({ chapters, say, paint, width }: Sheet): string {
  return [
    ...flow([`eip-guard ${chapters.title}`, chapters.at].map(visible), width).map(paint.bold),
    ...(chapters.complete ? [] : [paint.bold(paint.red(say.report.incompleteLoud))]),
  ].join("\n");
}

/** So many acts of a kind are told one by one; the JSON has them all. */
const ACTS_TOLD = 20;

function done(sheet: Sheet): string {
  const { title: heading, items } = sheet.chapters.done;
  const acts = items.filter(({ at }) => at !== "");
  const kinds = [...new Set(acts.map(({ lead }) => lead))];
  const told = kinds.flatMap((kind): readonly Item[] => {
    const own = acts.filter(({ lead }) => lead === kind);
    const [first] = own;
    if (first === undefined || own.length <= ACTS_TOLD) return own;
    const more = sheet.say.report.moreActs(kind, own.length - ACTS_TOLD);
    return [...own.slice(0, ACTS_TOLD), { ...first, lead: "", code: "", text: more }];
  });
  return listed(sheet, { title: heading, items: [...told, ...items.filter(({ at }) => at === "")] });
}

/** A list under its heading; empty where it has nothing. */
function listed({ paint, width }: Sheet, { title: heading, items }: List): string {
  const tones = toneOf(paint);
  const lines = items.flatMap((one) => [
    ...item(inOneLine(one), width).map(tones[one.tone]),
    ...one.below.flatMap((finding) => findingLines(finding, paint, width - 4).map((line) => `    ${line}`)),
  ]);
  return lines.length === 0 ? "" : section(heading, lines, paint);
}

function toneOf(paint: Paint) {
  return { plain: String, bad: paint.red, warn: paint.yellow, good: paint.green } satisfies Readonly<
    Record<Item["tone"], (text: string) => string>
  >;
}

function findingLines(finding: Item, paint: Paint, width: number): readonly string[] {
  const color = finding.tone === "warn" ? paint.yellow : paint.dim;
  return [
    ...wrap(readable(inOneLine(finding)), width).map(color),
    ...(finding.fix === "" ? [] : wrap(readable(`→ ${finding.fix}`), width).map(paint.dim)),
  ];
}

function gapsTitle({ result, chapters, say }: Sheet): string {
  const { title: heading } = chapters.gaps;
  return result.gaps.length === 0 ? heading : `${heading} (${say.report.chapters.gapsShort})`;
}

function counts({ chapters: { summary: own }, say, width }: Sheet): readonly string[] {
  const months = own.costs.map(({ name, month }) => `${name} ${month}`);
  return [
    ...flow(say.report.totals(own.eips, own.verdicts).split(" · "), width),
    ...flow(
      months.map((text, index) => (index === 0 ? `${say.report.aMonth}${text}` : text)),
      width,
    ),
  ];
}

function summary(sheet: Sheet): string {
  const { chapters, paint, width } = sheet;
  const own = chapters.summary;
  const lines = (text: string, painted: (line: string) => string) =>
    text === "" ? [] : wrap(readable(text), width).map(painted);
  return [
    ...lines(own.leaked, own.isLeaking ? (text) => paint.bold(paint.red(text)) : paint.green),
    ...counts(sheet),
    ...own.idle.flatMap((line) => lines(line, String)),
    ...lines(own.costUnknown, paint.yellow),
    ...own.savings.flatMap((saving) => lines(saving, paint.green)),
    ...lines(own.standstill, paint.yellow),
    ...(chapters.complete ? [own.complete] : []),
  ].join("\n");
}

/** The leaks in groups by reason, then the rest; what is in use only when asked for. */
function listedEips(sheet: Sheet): string {
  const { chapters, say, paint } = sheet;
  const { eips } = chapters;
  const footer = eips.hidden === 0 ? "" : paint.dim(say.report.list.inUse(eips.hidden));
  const idle = eips.isAnyIdle ? "" : paint.green(say.report.list.noneIdle);
  return [idle, ...groupLines(sheet, eips), footer].filter((line) => line !== "").join("\n");
}

interface Shape {
  /** Those that have room, in their order. */
  readonly columns: readonly { readonly index: number; readonly width: number }[];
  /** The column that gives its room; -1 where none does. */
  readonly gives: number;
  /** What is left for that one; what is longer gets a line of its own, and with 0 all do. */
  readonly room: number;
}

interface Filled {
  readonly eip: EipResult;
  readonly cells: readonly string[];
}

/** So many EIPs are seen at one look. */
const SCREEN = 20;

function groupLines(sheet: Sheet, { groups }: Eips): readonly string[] {
  const { result, say, paint, width, options } = sheet;
  if (groups.length === 0) return [];
  const { top = Number.POSITIVE_INFINITY } = options;
  const shown = columnsIn(EIP_COLUMNS, "table", say);
  const head = shown.map((column) => column.head.toUpperCase());
  const all = groups.map((group) => ({
    group,
    rows: group.eips.slice(0, top).map((eip): Filled => ({ eip, cells: shown.map(({ text }) => visible(text(eip, result))) })),
  }));
  const shape = shapeOf(
    shown,
    widthsOf(
      head,
      all.flatMap(({ rows }) => rows.map(({ cells }) => cells)),
    ),
    width,
  );
  // Where not all can be listed, and what is listed is longer than a screen, the groups come first: all of it in a few lines.
  const isCut = all.some(({ group, rows }) => rows.length < group.eips.length);
  const isLong = all.reduce((sum, { rows }) => sum + rows.length, 0) > SCREEN;
  return [
    ...(isCut && isLong && all.length > 1 ? [...groups.flatMap((group) => groupHead(group, sheet)), ""] : []),
    paint.dim(`  ${padded(head, shape)}`),
    ...all.flatMap(({ group, rows }) => [
      ...groupHead(group, sheet),
      ...rows.flatMap((row) => rowLines(row, shape, shown[shape.gives]?.head ?? "", sheet)),
      ...groupFoot(group, rows.length, sheet),
    ]),
  ];
}

function groupHead({ verdict, title: why, eips, month }: Group, { say, paint, width }: Sheet): readonly string[] {
  const heading = [`${say.verdict(verdict).toUpperCase()}${say.report.colon}${why}`, say.report.count.eips(eips.length), month];
  const parts = heading.filter((part) => part !== "").flatMap((part) => wrap(readable(part), width));
  return flow(parts, width).map(verdictPaint(verdict, paint));
}

function rowLines({ eip, cells }: Filled, shape: Shape, name: string, sheet: Sheet): readonly string[] {
  const { paint, width, options } = sheet;
  const given = cells[shape.gives] ?? "";
  const isLong = columnsOf(given) + 2 > shape.room;
  const fitting = isLong ? cells.map((text, index) => (index === shape.gives ? "" : text)) : cells;
  const own = isLong && given !== "-" ? wrap(`${name} ${given}`, width - 6) : [];
  return [
    `  ${padded(fitting, shape)}`,
    ...own.map((text) => paint.dim(`      ${text}`)),
    ...(options.verbose === true ? detailLines(eip, sheet) : []),
  ];
}

/** More different reasons than this say nothing to who reads in short. */
const REASONS_TOLD = 3;

function groupFoot({ eips, withheld }: Group, shown: number, { say, paint, width, options }: Sheet): readonly string[] {
  const { list, steps } = say.report;
  const rest = eips.slice(shown);
  const more = rest.length > 0 ? [paint.dim(`  ${list.more(rest.length, eips.length, months(rest, say))}`)] : [];
  if (options.verbose === true) return more;
  const beyond = withheld.length - REASONS_TOLD;
  const reasons = [...withheld.slice(0, REASONS_TOLD).map(steps.withheld), ...(beyond > 0 ? [list.moreReasons(beyond)] : [])];
  return [...more, ...reasons.flatMap((text) => item(text, width)).map(paint.yellow)];
}

/** Below this the column that gives its room would hold hardly any. */
const LEAST_ROOM = 24;

/** Everything has its room but the column that gives its own, which has what is left. */
function shapeOf(shown: readonly Shown<EipResult>[], widths: readonly number[], width: number): Shape {
  const gives = shown.findIndex(({ narrow }) => narrow === "gives");
  const all = shown.map(({ narrow }, index) => ({ narrow, index, width: widths[index] ?? 0 }));
  const sum = (some: readonly { readonly width: number }[]) => some.reduce((total, one) => total + one.width, 2);
  const isRoomy = width >= ROOMY && sum(all) <= width;
  const kept = isRoomy ? all : all.filter(({ narrow }) => narrow !== "goes");
  const left = width - sum(kept.filter(({ narrow }) => narrow !== "gives"));
  const room = left < LEAST_ROOM ? 0 : Math.min(left, widths[gives] ?? 0);
  return {
    columns: kept
      .map(({ index, width: own }) => ({ index, width: index === gives ? room : own }))
      .filter((column) => column.width > 0),
    gives,
    room,
  };
}

function padded(row: readonly string[], { columns: shown }: Shape): string {
  return shown
    .map(({ index, width }) => {
      const cell = row[index] ?? "";
      return `${cell}${" ".repeat(Math.max(0, width - columnsOf(cell)))}`;
    })
    .join("")
    .trimEnd();
}

function detailLines(eip: EipResult, { result, say, paint, width }: Sheet): readonly string[] {
  const room = width - 6;
  const { why, soFar, billed, steps } = detailOf(eip, result, say);
  const plain = [why, soFar, billed].flatMap((text) => (text === null ? [] : wrap(readable(text), room).map(paint.dim)));
  const due = steps.length === 0 ? [] : flow(steps.map(readable), room).map(stepPaint(eip, paint));
  return [...plain, ...due].map((line) => `      ${line}`);
}

function stepPaint({ action, withheld }: EipResult, paint: Paint): (text: string) => string {
  if (withheld !== null) return paint.yellow;
  return action === "release" ? paint.red : paint.cyan;
}

function verdictPaint(verdict: Verdict, paint: Paint): (text: string) => string {
  const paints = {
    leaked: (text: string) => paint.bold(paint.red(text)),
    unmanaged: paint.magenta,
    unknown: paint.yellow,
    recycling: paint.cyan,
    retained: paint.blue,
    transient: paint.dim,
    "in-use": paint.green,
  } satisfies Readonly<Record<Verdict, (text: string) => string>>;
  return paints[verdict];
}

/** So many groups are shown where nobody asked for all. */
const FEW = 5;
const SHORTEST_NAME = 12;

function costs(sheet: Sheet): string {
  const { chapters, options } = sheet;
  const tables =
    options.verbose === true ? chapters.costs(Number.POSITIVE_INFINITY) : chapters.costs(FEW, ["namespace", "workload"]);
  return tables.map((table) => costTable(table, sheet)).join("\n\n");
}

function costTable({ title: by, head, rows, beyond, note }: Costs, { say, paint, width }: Sheet): string {
  const { costs: texts } = say.report;
  const heads = [texts.month, ...(width >= ROOMY ? [texts.soFar] : []), texts.eips, head].map((text) => text.toUpperCase());
  const plain = rows.map(({ name, eips, month, soFar, besides }) =>
    [besides === "" ? month : `${month}, ${besides}`, ...(width >= ROOMY ? [soFar] : []), say.figures.number(eips), name].map(
      visible,
    ),
  );
  const figures = widthsOf(heads.slice(0, -1), plain).reduce((sum, one) => sum + one, 0);
  // The name comes last: it is as long as people made it, and goes on in the next line where it does not fit.
  const lines = plain.flatMap((cells): readonly Row[] => {
    const rest = cells.slice(0, -1);
    return wrap(cells.at(-1) ?? "", Math.max(SHORTEST_NAME, width - figures)).map((name, index) => ({
      cells: [...(index === 0 ? rest : rest.map(() => "")), name],
      paint: String,
      below: [],
    }));
  });
  const below = [beyond === 0 ? "" : `${texts.more(beyond)} (--verbose)`, note].filter((line) => line !== "");
  return section(texts.title(by), [...columns(heads, lines, paint.dim), ...below.map((line) => paint.dim(line))], paint);
}

/** So many losses of a cluster are told one by one, where the thresholds are not the view that was asked for. */
const LOSSES = 3;

function clusters({ result, chapters, say, paint, width, options }: Sheet): string {
  const isAlone = options.view === "thresholds";
  const { rows, title: heading } = chapters.clusters;
  if (rows.length === 0) return isAlone ? say.report.clusters.none : "";
  const shown = columnsIn(CLUSTER_COLUMNS, "table", say);
  const head = shown.map((column) => column.head.toUpperCase());
  const plain = rows.map(({ cluster }) => shown.map(({ text }) => visible(text(cluster, result))));
  const indent = widthsOf(head, plain)[0] ?? 0;
  const filled = rows.map((row, index): Row => {
    const about = aboutCluster(row, say, paint, width - indent);
    const lines = isAlone ? row.lines : inShort(row.lines, say);
    return {
      cells: plain[index] ?? [],
      paint: paint.bold,
      below: [...about, ...lines.flatMap((line) => findingLines(line, paint, width - indent))],
    };
  });
  return section(heading, columns(head, filled, paint.dim), paint);
}

function aboutCluster(
  { cluster, place }: Chapters["clusters"]["rows"][number],
  say: Catalogue,
  paint: Paint,
  room: number,
): readonly string[] {
  const { clusters: texts } = say.report;
  const about = [place, words.thresholdSource(cluster, say), texts.ipamd(words.ipamd(cluster, say))].join(" · ");
  const unknown = cluster.recycleThreshold.state === "unknown";
  return [
    ...wrap(readable(about), room).map(paint.dim),
    ...(unknown ? wrap(readable(texts.threshold(words.threshold(cluster.recycleThreshold, say))), room).map(paint.yellow) : []),
  ];
}

/** The first losses, and the findings: what a Pod set for itself stands in the view of thresholds. */
function inShort(lines: readonly Item[], { report }: Catalogue): readonly Item[] {
  const losses = lines.filter(({ at }) => at !== "");
  const [first] = losses;
  const more = losses.length - LOSSES;
  const rest = first !== undefined && more > 0 ? [{ ...first, text: report.clusters.moreLosses(more) }] : [];
  return [...losses.slice(0, LOSSES), ...rest, ...lines.filter(({ lead }) => lead !== "")];
}

function next({ chapters, paint, width }: Sheet): string {
  const { title: heading, items } = chapters.next;
  const lines = items.flatMap(({ code, text }) => [
    `  ${paint.cyan(visible(code))}`,
    ...wrap(readable(text), width - 6).map((line) => `      ${line}`),
  ]);
  return lines.length === 0 ? "" : section(heading, lines, paint);
}

export function section(title: string, lines: readonly string[], paint: Paint): string {
  return [paint.bold(title), ...lines].join("\n");
}

/** One item of a list, in lines that fit. */
export function item(text: string, width: number): readonly string[] {
  return wrap(readable(text), width - 4).map((line, index) => (index === 0 ? `  - ${line}` : `    ${line}`));
}
