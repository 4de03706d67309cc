import type { Finding, ScanResult } from "../core/result.ts";
import { costTables } from "./breakdown.ts";
import { escapeMarkdown as text } from "./escape.ts";
import type { View } from "./options.ts";
import * as words from "./words.ts";

/** A result for an issue, a wiki or a chat. Everything that others wrote is escaped. */
export function renderMarkdown(result: ScanResult, view: View, verbose: boolean): string {
  const parts = [
    headline(result),
    gaps(result),
    view === "eips" ? eips(result, verbose) : "",
    view === "eips" ? costs(result, verbose) : "",
    view === "eips" ? acts(result) : "",
    clusters(result),
    view === "eips" ? regions(result) : "",
    bullets("Notes", result.notes.map(text)),
    bullets(
      "What to do next",
      (view === "eips" ? words.nextSteps(result) : []).map(({ command, does }) => `${text(command)} ${text(does)}`),
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

function headline({ run, totals, complete, savings }: ScanResult): string {
  const lines = [
    `**${words.count(totals.eips, "EIP")}**: ${words.verdictCounts(totals)}`,
    ...words.totalCosts(totals).map((line) => `Idle EIPs cost **${text(line)}**`),
  ];
  if (totals.costUnknown > 0) lines.push(`The cost of ${words.count(totals.costUnknown, "EIP")} is not known`);
  lines.push(...savings.map((saving) => text(words.savingText(saving))));
  lines.push(complete ? "The inventory is complete" : "**The inventory is incomplete**");
  const title = `# eip-guard: ${words.runName(run)}, ${text(words.moment(run.finishedAt))}`;
  return [title, "", ...lines.map((line) => `- ${line}`)].join("\n");
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

function eips({ eips: all }: ScanResult, verbose: boolean): string {
  const listed = all.filter((eip) => verbose || words.isListed(eip));
  const hidden = all.length - listed.length;
  const rows = listed.map((eip) => [
    text(eip.verdict),
    text(eip.id),
    text(eip.ip),
    text(words.podName(eip)),
    eip.idle === null ? "-" : text(words.idleInterval(eip.idle)),
    text(words.costPerMonth(eip.cost)),
    text(words.costSoFar(eip.cost)),
    [eip.detail, words.billed(eip.cost) ?? "", ...words.steps(eip)]
      .filter((line) => line !== "")
      .map(text)
      .join("<br>"),
  ]);
  const table = grid(["Verdict", "EIP", "Address", "Pod", "Idle for", "A month", "So far", "Why, and what is due"], rows);
  const parts = ["## EIPs", "", listed.length === 0 ? "No EIP is idle." : table];
  if (hidden > 0) parts.push("", `${words.count(hidden, "EIP")} in use ${hidden === 1 ? "is" : "are"} not listed.`);
  return parts.join("\n");
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

function acts({ acts: done = [] }: ScanResult): string {
  const lines = done.map(
    ({ id, act, via, why, at }) =>
      `${text(words.moment(at))}: ${act} ${text(id)}${via === undefined ? "" : ` (via ${via})`}: ${text(why)}`,
  );
  return bullets("Done", lines);
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

function findingText({ code, object, detail, mend }: Finding): string {
  return `**${text(code)}**${object === "-" ? "" : ` ${text(object)}`}: ${text(detail)} → ${text(mend)}`;
}

function regions({ regions: all }: ScanResult): string {
  const lines = all.flatMap((one) => {
    const place = text(`${one.account}/${one.region}`);
    return [`${place}: ${text(words.quotaText(one))}`, ...one.findings.map((finding) => `${place}: ${findingText(finding)}`)];
  });
  return bullets("Quota", lines);
}
