import { createColors } from "picocolors";
import type { ClusterResult, EipResult, Finding, ScanResult } from "../core/result.ts";
import type { Verdict } from "../core/verdict.ts";
import { type Costs, costTables } from "./breakdown.ts";
import { visible } from "./escape.ts";
import { columns, flow, widthsOf, wrap } from "./layout.ts";
import type { RenderOptions } from "./options.ts";
import * as words from "./words.ts";

/** Columns of a terminal from which on there is room for what it cost so far, and where. */
const ROOMY = 110;
/** Below this nothing can be read; lines are wrapped by the terminal then. */
const NARROWEST = 60;

export type Paint = ReturnType<typeof createColors>;

/** A result as people read it on a terminal: what could not be read first, then the worst EIPs, money, thresholds, what to do. */
export function renderTable(result: ScanResult, options: RenderOptions): string {
  const paint = createColors(options.color);
  const width = Math.max(NARROWEST, options.width);
  const view = options.view ?? "eips";
  const parts = [
    headline(result, paint, width),
    gaps(result, paint, width),
    view === "eips" ? eips(result, paint, width, options.verbose ?? false) : "",
    view === "eips" ? costs(result, paint, width, options.verbose ?? false) : "",
    view === "eips" ? acts(result, paint, width) : "",
    clusters(result, paint, width, view === "thresholds"),
    view === "eips" ? regions(result, paint, width) : "",
    notes(result, paint, width),
    view === "eips" ? next(result, paint, width) : "",
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function headline({ run, totals, complete, savings }: ScanResult, paint: Paint, width: number): string {
  const lines = (text: string, painted: (line: string) => string) => wrap(visible(text), width).map(painted);
  return [
    ...lines(`eip-guard ${words.runName(run)} · ${words.moment(run.finishedAt)}`, paint.bold),
    ...flow(`${words.count(totals.eips, "EIP")}: ${words.verdictCounts(totals)}`.split(" · "), width),
    ...words.totalCosts(totals).flatMap((line) => lines(`Idle EIPs cost ${line}`, paint.bold)),
    ...(totals.costUnknown === 0
      ? []
      : lines(`The cost of ${words.count(totals.costUnknown, "EIP")} is not known`, paint.yellow)),
    ...savings.flatMap((saving) => lines(words.savingText(saving), paint.green)),
    complete ? "The inventory is complete" : paint.bold(paint.red("THE INVENTORY IS INCOMPLETE")),
  ].join("\n");
}

function gaps({ gaps: unread, alertErrors }: ScanResult, paint: Paint, width: number): string {
  const lines = [
    ...unread.flatMap(({ scope, what, why }) => item(`${scope}: ${what}: ${why}`, width)),
    ...alertErrors.flatMap((error) => item(`alert not delivered: ${error}`, width)),
  ];
  const title = unread.length === 0 ? "Alerts" : "Could not be read (what it would decide is unknown, and kept)";
  return lines.length === 0 ? "" : section(title, lines.map(paint.red), paint);
}

function eips(result: ScanResult, paint: Paint, width: number, verbose: boolean): string {
  const listed = result.eips.filter((eip) => verbose || words.isListed(eip));
  const hidden = result.eips.length - listed.length;
  const footer =
    hidden === 0 ? "" : paint.dim(`${words.count(hidden, "EIP")} in use ${hidden === 1 ? "is" : "are"} not listed (--verbose)`);
  if (listed.length === 0) return [paint.green("No EIP is idle"), footer].filter((line) => line !== "").join("\n");

  const head = ["VERDICT", "EIP", "ADDRESS", "IDLE FOR", "A MONTH", ...(width >= ROOMY ? ["SO FAR", "REGION"] : [])];
  const plain = listed.map((eip) => cells(eip, width >= ROOMY));
  const widths = widthsOf(head, plain);
  const room = width - (widths[0] ?? 0);
  const rows = listed.map((eip, index) => {
    const steps = words.steps(eip);
    const billed = words.billed(eip.cost);
    const below = [
      ...(eip.pod === null ? [] : wrap(`Pod ${visible(words.podName(eip))}`, room)),
      ...wrap(visible(eip.detail), room).map(paint.dim),
      ...(billed === null ? [] : wrap(visible(billed), room).map(paint.dim)),
      ...(steps.length === 0 ? [] : flow(steps.map(visible), room).map(stepPaint(eip, paint))),
    ];
    return { cells: plain[index] ?? [], paint: verdictPaint(eip.verdict, paint), below };
  });
  return [...columns(head, rows, paint.dim), footer].filter((line) => line !== "").join("\n");
}

function cells(eip: EipResult, roomy: boolean): string[] {
  const own = [
    eip.verdict,
    eip.id,
    eip.ip,
    eip.idle === null ? "-" : words.idleInterval(eip.idle),
    words.costPerMonth(eip.cost),
    ...(roomy ? [words.costSoFar(eip.cost), `${eip.account}/${eip.region}`] : []),
  ];
  return own.map(visible);
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

function acts({ acts: done = [] }: ScanResult, paint: Paint, width: number): string {
  const lines = done.flatMap(({ id, act, via, why }) => {
    const text = item(`${act} ${id}${via === undefined ? "" : ` (via ${via})`}: ${why}`, width);
    return act === "failed" ? text.map(paint.red) : act === "withheld" ? text.map(paint.yellow) : text;
  });
  return lines.length === 0 ? "" : section("Done", lines, paint);
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
    below: clusterLines(cluster, alone).flatMap(({ text, mend, bad }) => [
      ...wrap(visible(text), width - indent).map(bad ? paint.yellow : paint.dim),
      ...(mend === "" ? [] : wrap(visible(`→ ${mend}`), width - indent).map(paint.dim)),
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
  readonly mend: string;
  readonly bad: boolean;
}

function clusterLines(cluster: ClusterResult, full: boolean): readonly Line[] {
  const { name, account, region, state, recycleThreshold, findings, audit } = cluster;
  const lines: Line[] = [];
  const place = [name, `${account}/${region}`, state === "live" ? "" : state].filter((part) => part !== "").join(" · ");
  lines.push({ text: `${place} · ${words.thresholdSource(cluster)} · ipamd ${words.ipamd(cluster)}`, mend: "", bad: false });
  if (recycleThreshold.state === "unknown")
    lines.push({ text: `threshold ${words.threshold(recycleThreshold)}`, mend: "", bad: true });
  const lost = full ? audit.willBeLost : audit.willBeLost.slice(0, 3);
  for (const { id, ip, pod, at } of lost)
    lines.push({ text: `ipamd takes ${id} (${ip}) away from ${pod} at ${words.moment(at)}`, mend: "", bad: true });
  if (lost.length < audit.willBeLost.length)
    lines.push({ text: `and ${audit.willBeLost.length - lost.length} more (--view thresholds)`, mend: "", bad: true });
  if (full)
    for (const { pod, seconds } of audit.podOverrides)
      lines.push({
        text: `${pod} has a threshold of its own: ${seconds === null ? "never or unreadable" : words.duration(seconds)}`,
        mend: "",
        bad: false,
      });
  for (const finding of findings) lines.push(findingLine(finding));
  return lines;
}

function findingLine({ code, object, detail, mend }: Finding): Line {
  return { text: `${code}${object === "-" ? "" : ` ${object}`}: ${detail}`, mend, bad: true };
}

function regions({ regions: all }: ScanResult, paint: Paint, width: number): string {
  const lines = all.flatMap(({ account, region, quota, findings }) => {
    const used =
      "unknown" in quota
        ? `quota unknown: ${quota.unknown}`
        : `${quota.used} of ${words.count(quota.limit, "EIP")} used, ${quota.idle} of them idle`;
    return [
      ...item(`${account}/${region}: ${used}`, width),
      ...findings
        .map(findingLine)
        .flatMap(({ text, mend }) => [
          ...wrap(visible(text), width - 4).map((line) => `    ${paint.yellow(line)}`),
          ...wrap(visible(`→ ${mend}`), width - 4).map((line) => `    ${paint.dim(line)}`),
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
      ...wrap(visible(does), width - 6).map((line) => `      ${line}`),
    ]);
  return lines.length === 0 ? "" : section("What to do next", lines, paint);
}

export function section(title: string, lines: readonly string[], paint: Paint): string {
  return [paint.bold(title), ...lines].join("\n");
}

/** One item of a list, in lines that fit. */
export function item(text: string, width: number): readonly string[] {
  return wrap(visible(text), width - 4).map((line, index) => (index === 0 ? `  - ${line}` : `    ${line}`));
}
