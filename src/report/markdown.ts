import type { EipResult, ScanResult } from "../core/terms/result.ts";
import { type Catalogue, catalogue } from "../language/catalogue.ts";
import { type Chapters, chaptersOf, detailOf, type Item, type List, TEXT_ORDER } from "./chapters.ts";
import { CLUSTER_COLUMNS, columnsIn, EIP_COLUMNS } from "./columns.ts";
import { escapeMarkdown as text } from "./escape.ts";
import { type Group, months } from "./groups.ts";
import type { RenderOptions, View } from "./options.ts";

interface Sheet {
  readonly result: ScanResult;
  readonly chapters: Chapters;
  readonly say: Catalogue;
  readonly options: RenderOptions;
}

/** A result for an issue, a wiki or a chat, in the order of the table. Everything that others wrote is escaped. */
export function renderMarkdown(result: ScanResult, view: View, options: RenderOptions): string {
  const say = catalogue(options.language ?? "en");
  const chapters = chaptersOf(result, say, options);
  const title = `# eip-guard: ${text(chapters.title)}, ${text(chapters.at)}`;
  const parts = TEXT_ORDER[view].map((name) => PARTS[name]?.({ result, chapters, say, options }) ?? "");
  return `${[title, ...parts].filter((part) => part !== "").join("\n\n")}\n`;
}

const PARTS: Readonly<Partial<Record<keyof Chapters, (sheet: Sheet) => string>>> = {
  done: ({ chapters }) => listed(chapters.done),
  summary,
  gaps: ({ chapters }) => listed(chapters.gaps),
  eips,
  costs,
  clusters,
  quota: ({ chapters }) => listed(chapters.quota),
  notes: ({ chapters }) => listed(chapters.notes),
  next: ({ chapters }) =>
    bullets(
      chapters.next.title,
      chapters.next.items.map(({ code, text: does }) => `${text(code)} ${text(does)}`),
    ),
};

export function bullets(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`## ${title}`, "", ...lines.map((line) => `- ${line}`)].join("\n");
}

/** Cells must be escaped already. */
export function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function listed({ title, items }: List): string {
  return bullets(
    title,
    items.flatMap((one) => [itemText(one), ...one.below.map((below) => `${text(one.lead)}: ${itemText(below)}`)]),
  );
}

function itemText({ lead, code, text: said, fix }: Item): string {
  const head = [lead === "" ? "" : `**${text(lead)}**`, text(code)].filter((part) => part !== "").join(" ");
  return `${head === "" ? "" : `${head}: `}${text(said)}${fix === "" ? "" : ` → ${text(fix)}`}`;
}

function summary({ chapters: { summary: own, complete }, say }: Sheet): string {
  const lines = [
    `**${text(own.leaked)}**`,
    say.report.totals(own.eips, own.verdicts),
    ...[...own.idle, own.costUnknown, ...own.savings, own.standstill].filter((line) => line !== "").map(text),
    complete ? own.complete : `**${own.complete}**`,
  ];
  const list = lines.map((line) => `- ${line}`).join("\n");
  const rows = own.costs.map(({ name, eips: number, month }) => [name, say.figures.number(number), text(month)]);
  const { columns, clusters: texts } = say.report;
  return rows.length === 0 ? list : `${list}\n\n${grid([columns.verdict, texts.idle, columns.month], rows)}`;
}

/** A table for each verdict and reason, the leaks first. */
function eips(sheet: Sheet): string {
  const { chapters, say } = sheet;
  const { groups, isAnyIdle, hidden, title } = chapters.eips;
  const { list } = say.report;
  return [
    `## ${title}`,
    ...(isAnyIdle ? [] : ["", `${list.noneIdle}.`]),
    ...groups.flatMap((group) => groupLines(group, sheet)),
    ...(hidden > 0 ? ["", `${list.inUse(hidden)}.`] : []),
  ].join("\n");
}

function groupLines({ verdict, title, eips: members, month }: Group, { result, say, options }: Sheet): readonly string[] {
  const { top = Number.POSITIVE_INFINITY } = options;
  const { report } = say;
  const shown = columnsIn(EIP_COLUMNS, "markdown", say);
  const head = [...shown.map((column) => column.head), report.columns.why];
  const rows = members
    .slice(0, top)
    .map((eip) => [...shown.map((column) => text(column.text(eip, result))), why(eip, result, say)]);
  const heading = [`${say.verdict(verdict)}${report.colon}${title}`, report.count.eips(members.length), month];
  const shownHeading = heading.filter((part) => part !== "").map(text);
  const rest = members.slice(top);
  const more = rest.length > 0 ? ["", text(report.list.more(rest.length, members.length, months(rest, say)))] : [];
  return ["", `### ${shownHeading.join(report.comma)}`, "", grid(head, rows), ...more];
}

function why(eip: EipResult, result: ScanResult, say: Catalogue): string {
  const { why: detail, billed, steps } = detailOf(eip, result, say);
  const lines = [detail, billed ?? "", ...steps].filter((line) => line !== "");
  return lines.map(text).join("<br>");
}

/** So many groups are shown where nobody asked for all. */
const FEW = 10;

function costs({ chapters, say, options }: Sheet): string {
  const { costs: texts } = say.report;
  return chapters
    .costs(options.verbose === true ? Number.POSITIVE_INFINITY : FEW)
    .map(({ title, head, rows, beyond, note }) => {
      const cells = rows.map(({ name, eips: number, month, soFar, besides }) => [
        text(name),
        say.figures.number(number),
        text(besides === "" ? month : `${month}, ${besides}`),
        text(soFar),
      ]);
      const below = [beyond === 0 ? "" : `${texts.more(beyond)} (--verbose).`, note].filter((line) => line !== "");
      const parts = [`## ${texts.title(title)}`, "", grid([head, texts.eips, texts.month, texts.soFar], cells)];
      return [...parts, ...(below.length === 0 ? [] : ["", below.join(" ")])].join("\n");
    })
    .join("\n\n");
}

function clusters({ result, chapters, say }: Sheet): string {
  const { rows, title } = chapters.clusters;
  if (rows.length === 0) return "";
  const shown = columnsIn(CLUSTER_COLUMNS, "markdown", say);
  const cells = rows.map(({ cluster }) => shown.map((column) => text(column.text(cluster, result))));
  const table = [
    `## ${title}`,
    "",
    grid(
      shown.map(({ head }) => head),
      cells,
    ),
  ].join("\n");
  const lines = rows.flatMap(({ cluster, lines: own }) => own.map((line) => `${text(cluster.id)}: ${itemText(line)}`));
  return [table, bullets(say.report.clusters.findings, lines)].filter((part) => part !== "").join("\n\n");
}
