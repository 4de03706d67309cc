import { createColors } from "picocolors";
import type { ClusterResult, EipResult, Finding, ScanResult } from "../core/terms/result.ts";
import type { Verdict } from "../core/terms/verdict.ts";
import { type Costs, costTables } from "./breakdown.ts";
import { columnsIn, EIP_COLUMNS } from "./columns.ts";
import { readable, visible } from "./escape.ts";
import { columns, columnsOf, flow, widthsOf, wrap } from "./layout.ts";
import type { RenderOptions } from "./options.ts";
import * as words from "./words.ts";

/** Columns of a terminal from which on there is room for what it cost so far. */
const ROOMY = 110;
/** Below this nothing can be read; lines are wrapped by the terminal then. */
const NARROWEST = 60;

export type Paint = ReturnType<typeof createColors>;

/** A result as people read it on a terminal: what was done, what the leaks cost, the leaks, then the rest, and what to do next. */
export function renderTable(result: ScanResult, options: RenderOptions): string {
  const paint = createColors(options.color);
  const width = Math.max(NARROWEST, options.width);
  const thresholds = (options.view ?? "eips") === "thresholds";
  const parts = thresholds
    ? [title(result, paint, width), gaps(result, paint, width), clusters(result, paint, width, true), notes(result, paint, width)]
    : [
        title(result, paint, width),
        done(result, paint, width),
        summary(result, paint, width),
        gaps(result, paint, width),
        listed(result, paint, width, options),
        costs(result, paint, width, options.verbose ?? false),
        clusters(result, paint, width, false),
        regions(result, paint, width),
        notes(result, paint, width),
        next(result, paint, width),
      ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** The first lines of a result: what the leaks cost and some of them, for a first look. */
export function renderBrief(result: ScanResult, options: RenderOptions): string {
  const paint = createColors(options.color);
  const width = Math.max(NARROWEST, options.width);
  const leaked = result.eips.filter(({ verdict }) => verdict === "leaked");
  const { totals, savings } = result;
  const told = [
    paint.bold(words.leakedText(totals)),
    ...flow(`${words.count(totals.eips, "EIP")}: ${words.verdictCounts(totals)}`.split(" · "), width),
    ...flow(withLead("A month: ", words.verdictCosts(totals)), width),
    ...savings.flatMap((saving) => wrap(readable(words.savingText(saving)), width)),
  ];
  const parts = [title(result, paint, width), told.join("\n"), groupLines(result, leaked, paint, width, options).join("\n")];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function title({ run, complete }: ScanResult, paint: Paint, width: number): string {
  return [
    ...flow([`eip-guard ${words.runName(run)}`, words.moment(run.finishedAt)].map(visible), width).map(paint.bold),
    ...(complete ? [] : [paint.bold(paint.red("THE INVENTORY IS INCOMPLETE"))]),
  ].join("\n");
}

/** So many acts of a kind are told one by one; the JSON has them all. */
const ACTS_TOLD = 20;

function colorOf(act: (typeof words.ACTS)[number], paint: Paint): (text: string) => string {
  if (act === "failed") return paint.red;
  return act === "withheld" ? paint.yellow : String;
}

function done(result: ScanResult, paint: Paint, width: number): string {
  const acts = words.sortedActs(result);
  const told = words.ACTS.flatMap((kind) => {
    const own = acts.filter(({ act }) => act === kind);
    const color = colorOf(kind, paint);
    const more =
      own.length > ACTS_TOLD ? [`${kind}: and ${words.count(own.length - ACTS_TOLD, "more", "more")} (--format json)`] : [];
    return [...own.slice(0, ACTS_TOLD).map(words.actText), ...more].flatMap((text) => item(text, width).map(color));
  });
  const lines = [...told, ...words.done(result).flatMap((text) => item(text, width))];
  return lines.length === 0 ? "" : section("Done", lines, paint);
}

function summary(result: ScanResult, paint: Paint, width: number): string {
  const { totals, complete, savings } = result;
  const lines = (text: string, painted: (line: string) => string) => wrap(readable(text), width).map(painted);
  const leaked = (totals.byVerdict.leaked ?? 0) > 0;
  const still = words.standstill(result);
  return [
    ...lines(words.leakedText(totals), leaked ? (text) => paint.bold(paint.red(text)) : paint.green),
    ...flow(`${words.count(totals.eips, "EIP")}: ${words.verdictCounts(totals)}`.split(" · "), width),
    ...flow(withLead("A month: ", words.verdictCosts(totals)), width),
    ...words.totalCosts(totals).flatMap((line) => lines(`All idle EIPs: ${line}`, String)),
    ...(totals.costUnknown === 0
      ? []
      : lines(`The cost of ${words.count(totals.costUnknown, "EIP")} is not known`, paint.yellow)),
    ...savings.flatMap((saving) => lines(words.savingText(saving), paint.green)),
    ...(still === null ? [] : lines(still, paint.yellow)),
    ...(complete ? ["The inventory is complete"] : []),
  ].join("\n");
}

function withLead(lead: string, items: readonly string[]): readonly string[] {
  return items.map((text, index) => (index === 0 ? `${lead}${text}` : text));
}

function gaps({ gaps: unread, alertErrors }: ScanResult, paint: Paint, width: number): string {
  const lines = [
    ...unread.flatMap(({ scope, what, why }) => item(`${scope}: ${what}: ${why}`, width)),
    ...alertErrors.flatMap((error) => item(`alert not delivered: ${error}`, width)),
  ];
  const heading = unread.length === 0 ? "Alerts" : "Could not be read (what it would decide is unknown, and kept)";
  return lines.length === 0 ? "" : section(heading, lines.map(paint.red), paint);
}

/** The leaks in groups by reason, then the rest; what is in use only when asked for. */
function listed(result: ScanResult, paint: Paint, width: number, options: RenderOptions): string {
  const shown = result.eips.filter((eip) => options.all === true || words.isListed(eip));
  const hidden = result.eips.length - shown.length;
  const footer =
    hidden === 0 ? "" : paint.dim(`${words.count(hidden, "EIP")} in use ${hidden === 1 ? "is" : "are"} not listed (--all)`);
  const idle = shown.some(words.isListed) ? "" : paint.green("No EIP is idle");
  return [idle, ...groupLines(result, shown, paint, width, options), footer].filter((line) => line !== "").join("\n");
}

interface Shape {
  /** Those that have room, in their order. */
  readonly columns: readonly { readonly index: number; readonly width: number }[];
  /** Of the column that gives its room; what is longer gets a line of its own, and with 0 all do. */
  readonly room: number;
}

const COLUMNS = columnsIn(EIP_COLUMNS, "table");
const HEAD = COLUMNS.map(({ head }) => head.toUpperCase());
const GIVES = COLUMNS.findIndex(({ narrow }) => narrow === "gives");

function groupLines(
  result: ScanResult,
  shown: readonly EipResult[],
  paint: Paint,
  width: number,
  { top = Number.POSITIVE_INFINITY, verbose = false }: RenderOptions,
): readonly string[] {
  if (shown.length === 0) return [];
  const all = words
    .groups(shown)
    .map((group) => ({ ...group, rows: group.eips.slice(0, top).map((eip) => ({ eip, cells: cells(eip, result) })) }));
  const shape = shapeOf(
    all.flatMap(({ rows }) => rows.map((row) => row.cells)),
    width,
  );
  const lines: string[] = [paint.dim(`  ${padded(HEAD, shape)}`)];
  for (const { verdict, title: why, eips, month, withheld, rows } of all) {
    const heading = [`${words.verdictWord(verdict).toUpperCase()}: ${why}`, words.count(eips.length, "EIP"), month].filter(
      (part) => part !== "",
    );
    lines.push(
      ...flow(
        heading.flatMap((part) => wrap(readable(part), width)),
        width,
      ).map(verdictPaint(verdict, paint)),
    );
    for (const { eip, cells: row } of rows) {
      const given = row[GIVES] ?? "";
      const long = columnsOf(given) + 2 > shape.room;
      lines.push(`  ${padded(long ? row.with(GIVES, "") : row, shape)}`);
      if (long && given !== "-")
        lines.push(...wrap(`${COLUMNS[GIVES]?.head ?? ""} ${given}`, width - 6).map((text) => paint.dim(`      ${text}`)));
      if (verbose) lines.push(...detailLines(eip, result, paint, width));
    }
    if (eips.length > rows.length)
      lines.push(paint.dim(`  and ${words.count(eips.length - rows.length, "more", "more")} (--top ${eips.length})`));
    if (!verbose) lines.push(...withheldLines(withheld, width).map(paint.yellow));
  }
  return lines;
}

/** More different reasons than this say nothing to who reads in short. */
const REASONS_TOLD = 3;

function withheldLines(reasons: readonly string[], width: number): readonly string[] {
  const more = reasons.length - REASONS_TOLD;
  const rest = more > 0 ? [`withheld: ${words.count(more, "more reason")} (--verbose)`] : [];
  return [...reasons.slice(0, REASONS_TOLD).map((reason) => `withheld: ${reason}`), ...rest].flatMap((text) => item(text, width));
}

/** Below this the column that gives its room would hold hardly any. */
const LEAST_ROOM = 24;

/** Everything has its room but the column that gives its own, which has what is left. */
function shapeOf(rows: readonly (readonly string[])[], width: number): Shape {
  const widths = widthsOf(HEAD, rows);
  const all = COLUMNS.map((column, index) => ({ ...column, index, width: widths[index] ?? 0 }));
  const sum = (some: readonly { readonly width: number }[]) => some.reduce((total, one) => total + one.width, 2);
  const roomy = width >= ROOMY && sum(all) <= width;
  const kept = roomy ? all : all.filter(({ narrow }) => narrow !== "goes");
  const left = width - sum(kept.filter(({ narrow }) => narrow !== "gives"));
  const room = left < LEAST_ROOM ? 0 : Math.min(left, widths[GIVES] ?? 0);
  return {
    columns: kept
      .map(({ index, width: own }) => ({ index, width: index === GIVES ? room : own }))
      .filter((column) => column.width > 0),
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

function detailLines(eip: EipResult, result: ScanResult, paint: Paint, width: number): readonly string[] {
  const room = width - 6;
  const billed = words.billed(eip.cost);
  const steps = words.steps(eip, result);
  return [
    ...wrap(readable(eip.detail), room).map(paint.dim),
    ...(eip.idle === null
      ? []
      : wrap(readable(`so far ${words.costSoFar(eip.cost)} · ${eip.account}/${eip.region}`), room).map(paint.dim)),
    ...(billed === null ? [] : wrap(readable(billed), room).map(paint.dim)),
    ...(steps.length === 0 ? [] : flow(steps.map(readable), room).map(stepPaint(eip, paint))),
  ].map((line) => `      ${line}`);
}

function cells(eip: EipResult, result: ScanResult): readonly string[] {
  return COLUMNS.map(({ text }) => visible(text(eip, result)));
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

function costs({ eips: all }: ScanResult, paint: Paint, width: number, verbose: boolean): string {
  const tables = verbose ? costTables(all, Number.POSITIVE_INFINITY) : costTables(all, FEW, ["namespace", "workload"]);
  return tables.map((table) => costTable(table, paint, width)).join("\n\n");
}

function costTable({ title, head, rows, more, note }: Costs, paint: Paint, width: number): string {
  const heads = ["A MONTH", ...(width >= ROOMY ? ["SO FAR"] : []), "EIPS", head.toUpperCase()];
  const plain = rows.map(({ name, eips: number, month, soFar, besides }) =>
    [besides === "" ? month : `${month}, ${besides}`, ...(width >= ROOMY ? [soFar] : []), String(number), name].map(visible),
  );
  const figures = widthsOf(heads.slice(0, -1), plain).reduce((sum, one) => sum + one, 0);
  // The name comes last: it is as long as people made it, and goes on in the next line where it does not fit.
  const lines = plain.flatMap((cells) => {
    const rest = cells.slice(0, -1);
    return wrap(cells.at(-1) ?? "", Math.max(SHORTEST_NAME, width - figures)).map((name, index) => ({
      cells: [...(index === 0 ? rest : rest.map(() => "")), name],
      paint: String,
      below: [],
    }));
  });
  const below = [more === "" ? "" : `${more} (--verbose)`, note].filter((line) => line !== "");
  return section(
    `Idle EIPs cost, ${title}`,
    [...columns(heads, lines, paint.dim), ...below.map((line) => paint.dim(line))],
    paint,
  );
}

function clusters({ clusters: all }: ScanResult, paint: Paint, width: number, alone: boolean): string {
  if (all.length === 0) return alone ? "No cluster was read" : "";
  const head = ["CLUSTER", "THRESHOLD", "IPAMD", "IDLE", "OVERDUE", "LOST SOON", "A MONTH"];
  const plain = all.map((cluster) => clusterCells(cluster).map(visible));
  const widths = widthsOf(head, plain);
  const indent = widths[0] ?? 0;
  const rows = all.map((cluster, index) => ({
    cells: plain[index] ?? [],
    paint: paint.bold,
    below: clusterLines(cluster, alone).flatMap(({ text, fix, bad }) => [
      ...wrap(readable(text), width - indent).map(bad ? paint.yellow : paint.dim),
      ...(fix === "" ? [] : wrap(readable(`→ ${fix}`), width - indent).map(paint.dim)),
    ]),
  }));
  return section("Recycle thresholds by cluster", columns(head, rows, paint.dim), paint);
}

function clusterCells(cluster: ClusterResult): readonly string[] {
  const { id, state, recycleThreshold, retained, overdue, audit } = cluster;
  const months = audit.idleCost.map(({ currency, perMonth }) => words.money(perMonth, currency));
  return [
    id,
    recycleThreshold.state === "unknown" ? "unknown" : words.threshold(recycleThreshold),
    state === "deleted" ? "deleted" : audit.ipamd,
    String(retained),
    overdue === 0 ? "0" : `${overdue} (${words.duration(audit.overdueBySeconds?.most ?? 0)})`,
    String(audit.willBeLost.length),
    months.length === 0 ? "-" : months.join(", "),
  ];
}

interface Line {
  readonly text: string;
  readonly fix: string;
  readonly bad: boolean;
}

function clusterLines(cluster: ClusterResult, full: boolean): readonly Line[] {
  const { name, account, region, state, recycleThreshold, findings, audit } = cluster;
  const lines: Line[] = [];
  const place = [name, `${account}/${region}`, state === "live" ? "" : state].filter((part) => part !== "").join(" · ");
  lines.push({ text: `${place} · ${words.thresholdSource(cluster)} · ipamd ${words.ipamd(cluster)}`, fix: "", bad: false });
  if (recycleThreshold.state === "unknown")
    lines.push({ text: `threshold ${words.threshold(recycleThreshold)}`, fix: "", bad: true });
  const lost = full ? audit.willBeLost : audit.willBeLost.slice(0, 3);
  for (const { id, ip, pod, at } of lost)
    lines.push({ text: `ipamd takes ${id} (${ip}) away from ${pod} at ${words.moment(at)}`, fix: "", bad: true });
  if (lost.length < audit.willBeLost.length)
    lines.push({ text: `and ${audit.willBeLost.length - lost.length} more (--view thresholds)`, fix: "", bad: true });
  if (full)
    for (const { pod, seconds } of audit.podOverrides)
      lines.push({
        text: `${pod} has a threshold of its own: ${seconds === null ? "never or unreadable" : words.duration(seconds)}`,
        fix: "",
        bad: false,
      });
  for (const finding of findings) lines.push(findingLine(finding));
  return lines;
}

function findingLine({ code, object, detail, fix }: Finding): Line {
  return { text: `${code}${object === "-" ? "" : ` ${object}`}: ${detail}`, fix, bad: true };
}

function regions({ regions: all }: ScanResult, paint: Paint, width: number): string {
  const lines = all.flatMap((one) => {
    const { account, region, findings } = one;
    return [
      ...item(`${account}/${region}: ${words.quotaText(one)}`, width),
      ...findings
        .map(findingLine)
        .flatMap(({ text, fix }) => [
          ...wrap(readable(text), width - 4).map((line) => `    ${paint.yellow(line)}`),
          ...wrap(readable(`→ ${fix}`), width - 4).map((line) => `    ${paint.dim(line)}`),
        ]),
    ];
  });
  return lines.length === 0 ? "" : section("Quota", lines, paint);
}

function notes({ notes: all }: ScanResult, paint: Paint, width: number): string {
  return all.length === 0
    ? ""
    : section(
        "Notes",
        all.flatMap((note) => item(note, width)),
        paint,
      );
}

function next(result: ScanResult, paint: Paint, width: number): string {
  const lines = words
    .nextSteps(result)
    .flatMap(({ command, does }) => [
      `  ${paint.cyan(visible(command))}`,
      ...wrap(readable(does), width - 6).map((line) => `      ${line}`),
    ]);
  return lines.length === 0 ? "" : section("What to do next", lines, paint);
}

export function section(title: string, lines: readonly string[], paint: Paint): string {
  return [paint.bold(title), ...lines].join("\n");
}

/** One item of a list, in lines that fit. */
export function item(text: string, width: number): readonly string[] {
  return wrap(readable(text), width - 4).map((line, index) => (index === 0 ? `  - ${line}` : `    ${line}`));
}
