import type { EipResult, Finding, ScanResult } from "../core/terms/result.ts";
import { VERDICTS } from "../core/terms/verdict.ts";
import { costTables } from "./breakdown.ts";
import { columnsIn, EIP_COLUMNS } from "./columns.ts";
import { escapeMarkdown as text } from "./escape.ts";
import type { RenderOptions, View } from "./options.ts";
import * as words from "./words.ts";

/** A result for an issue, a wiki or a chat, in the order of the table. Everything that others wrote is escaped. */
export function renderMarkdown(result: ScanResult, view: View, { verbose = false, all = false, top }: RenderOptions): string {
  const title = `# eip-guard: ${text(words.runName(result.run))}, ${text(words.moment(result.run.finishedAt))}`;
  const parts =
    view === "thresholds"
      ? [title, gaps(result), clusters(result), bullets("Notes", result.notes.map(text))]
      : [
          title,
          bullets("Done", [...words.sortedActs(result).map(words.actText), ...words.done(result)].map(text)),
          summary(result),
          gaps(result),
          eips(result, all, top),
          costs(result, verbose),
          clusters(result),
          regions(result),
          bullets("Notes", result.notes.map(text)),
          bullets(
            "What to do next",
            words.nextSteps(result).map(({ command, does }) => `${text(command)} ${text(does)}`),
          ),
        ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

export function bullets(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`## ${title}`, "", ...lines.map((line) => `- ${line}`)].join("\n");
}

/** Cells must be escaped already. */
export function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function summary(result: ScanResult): string {
  const { totals, complete, savings } = result;
  const still = words.standstill(result);
  const lines = [
    `**${text(words.leakedText(totals))}**`,
    `${words.count(totals.eips, "EIP")}: ${words.verdictCounts(totals)}`,
    ...words.totalCosts(totals).map((line) => `All idle EIPs: ${text(line)}`),
    ...(totals.costUnknown === 0 ? [] : [`The cost of ${words.count(totals.costUnknown, "EIP")} is not known`]),
    ...savings.map((saving) => text(words.savingText(saving))),
    ...(still === null ? [] : [text(still)]),
    complete ? "The inventory is complete" : "**The inventory is incomplete**",
  ];
  const list = lines.map((line) => `- ${line}`).join("\n");
  const rows = VERDICTS.flatMap((verdict) => {
    const own = totals.costByVerdict[verdict];
    if (own === undefined) return [];
    const months = own.cost.map(({ perMonth, currency }) => words.money(perMonth, currency));
    const unknown = own.costUnknown === 0 ? [] : [`${own.costUnknown} unknown`];
    return [[verdict, String(own.eips), text([...months, ...unknown].join(", "))]];
  });
  return rows.length === 0 ? list : `${list}\n\n${grid(["Verdict", "Idle EIPs", "A month"], rows)}`;
}

function gaps({ gaps: unread, alertErrors }: ScanResult): string {
  return [
    bullets(
      "Could not be read",
      unread.map(({ scope, what, why }) => `**${text(scope)}**: ${text(what)}: ${text(why)}`),
    ),
    bullets("Alerts that were not delivered", alertErrors.map(text)),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** A table for each verdict and reason, the leaks first. */
function eips(result: ScanResult, all: boolean, top = Number.POSITIVE_INFINITY): string {
  const listed = result.eips.filter((eip) => all || words.isListed(eip));
  const hidden = result.eips.length - listed.length;
  const head = [...COLUMNS.map((column) => column.head), "Why, and what is due"];
  const parts = words.groups(listed).flatMap(({ verdict, title, eips: members, month }) => {
    const heading = [`${words.verdictWord(verdict)}: ${title}`, words.count(members.length, "EIP"), month];
    const more =
      members.length > top ? ["", `and ${words.count(members.length - top, "more", "more")} (--top ${members.length})`] : [];
    const rows = members.slice(0, top).map((eip) => eipRow(eip, result));
    return [
      "",
      `### ${heading
        .filter((part) => part !== "")
        .map(text)
        .join(", ")}`,
      "",
      grid(head, rows),
      ...more,
    ];
  });
  const body = listed.some(words.isListed) ? parts : ["", "No EIP is idle.", ...parts];
  if (hidden > 0) body.push("", `${words.count(hidden, "EIP")} in use ${hidden === 1 ? "is" : "are"} not listed (--all).`);
  return ["## EIPs", ...body].join("\n");
}

const COLUMNS = columnsIn(EIP_COLUMNS, "markdown");

function eipRow(eip: EipResult, result: ScanResult): readonly string[] {
  return [
    ...COLUMNS.map((column) => text(column.text(eip, result))),
    [eip.detail, words.billed(eip.cost) ?? "", ...words.steps(eip, result)]
      .filter((line) => line !== "")
      .map(text)
      .join("<br>"),
  ];
}

/** So many groups are shown where nobody asked for all. */
const FEW = 10;

function costs({ eips: all }: ScanResult, verbose: boolean): string {
  return costTables(all, verbose ? Number.POSITIVE_INFINITY : FEW)
    .map(({ title, head, rows, more, note }) => {
      const cells = rows.map(({ name, eips: number, month, soFar, besides }) => [
        text(name),
        String(number),
        text(besides === "" ? month : `${month}, ${besides}`),
        text(soFar),
      ]);
      const below = [more === "" ? "" : `${more} (--verbose).`, note].filter((line) => line !== "");
      const parts = [`## Idle EIPs cost, ${title}`, "", grid([head, "EIPs", "A month", "So far"], cells)];
      return [...parts, ...(below.length === 0 ? [] : ["", below.join(" ")])].join("\n");
    })
    .join("\n\n");
}

function clusters({ clusters: all }: ScanResult): string {
  if (all.length === 0) return "";
  const head = ["Cluster", "Account, region", "State", "Threshold", "Source", "ipamd", "Idle", "Overdue", "Lost soon", "A month"];
  const rows = all.map((cluster) => {
    const { id, name, account, region, state, recycleThreshold, retained, overdue, audit } = cluster;
    const by = audit.overdueBySeconds === null ? "" : ` (by up to ${words.duration(audit.overdueBySeconds.most)})`;
    return [
      text(name === "" ? id : `${id} (${name})`),
      text(`${account}/${region}`),
      state,
      text(words.threshold(recycleThreshold)),
      text(audit.source),
      words.ipamd(cluster),
      String(retained),
      `${overdue}${by}`,
      String(audit.willBeLost.length),
      text(audit.idleCost.map(({ perMonth, currency }) => words.money(perMonth, currency)).join(", ") || "-"),
    ];
  });
  const lines = all.flatMap(({ id, findings, audit }) => [
    ...audit.willBeLost.map(
      (loss) =>
        `${text(id)}: ipamd takes ${text(loss.id)} (${text(loss.ip)}) away from ${text(loss.pod)} at ${text(words.moment(loss.at))}`,
    ),
    ...audit.podOverrides.map(
      ({ pod, seconds }) =>
        `${text(id)}: ${text(pod)} has a threshold of its own: ${seconds === null ? "never or unreadable" : words.duration(seconds)}`,
    ),
    ...findings.map((finding) => `${text(id)}: ${findingText(finding)}`),
  ]);
  const table = ["## Recycle thresholds by cluster", "", grid(head, rows)].join("\n");
  return [table, bullets("Findings", lines)].filter((part) => part !== "").join("\n\n");
}

function findingText({ code, object, detail, fix }: Finding): string {
  return `**${text(code)}**${object === "-" ? "" : ` ${text(object)}`}: ${text(detail)} → ${text(fix)}`;
}

function regions({ regions: all }: ScanResult): string {
  const lines = all.flatMap((one) => {
    const place = text(`${one.account}/${one.region}`);
    return [`${place}: ${text(words.quotaText(one))}`, ...one.findings.map((finding) => `${place}: ${findingText(finding)}`)];
  });
  return bullets("Quota", lines);
}
