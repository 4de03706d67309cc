import type { ScanResult } from "../core/terms/result.ts";
import type { Catalogue } from "../language/catalogue.ts";
import type { Costs } from "./breakdown.ts";
import type { Chapters, Item } from "./chapters.ts";
import { CLUSTER_COLUMNS, columnsIn } from "./columns.ts";
import { attribute, cell, section, tableHead, text } from "./html-text.ts";

/** The page's tables besides that of the EIPs. */

export function clustersSection(result: ScanResult, { clusters: { rows, title } }: Chapters, say: Catalogue): string {
  if (rows.length === 0) return section("thresholds", title, `<p>${say.report.clusters.none}</p>`);
  const columns = columnsIn(CLUSTER_COLUMNS, "page", say);
  const lines = rows.map(({ cluster, place }) => {
    const cells = columns.map(({ key, head, numeric, text: of }) => {
      const content = text(of(cluster, result));
      if (key !== "id") return cell(head, content, numeric === true ? "number" : "");
      const below = place.split(" · ").map((part) => `<br><span class="soft">${text(part)}</span>`);
      return `<th scope="row"><code>${content}</code>${below.join("")}</th>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  const head = tableHead(columns.map(({ head: name, numeric = false }) => ({ name, numeric })));
  const table = `<div class="wide" role="region" aria-labelledby="thresholds" tabindex="0"><table class="stack clusters"><caption>${say.report.page.clusters}</caption>${head}<tbody class="rows">${lines.join("\n")}</tbody></table></div>`;
  const findings = rows.flatMap(({ cluster, lines: own }) => own.map((line) => finding(cluster.id, line)));
  return section("thresholds", title, `${table}\n${findings.join("\n")}`);
}

/** What was found at a place, and what to do about it. */
export function finding(place: string, { lead, code, text: said, fix }: Item): string {
  const head = [text(lead), code === "" ? "" : `<code>${text(code)}</code>`].filter((part) => part !== "").join(" ");
  const below = fix === "" ? "" : `<p class="soft fix">${text(fix)}</p>`;
  return `<div class="finding"><p><strong>${text(place)}</strong> ${head === "" ? "" : `${head}: `}${text(said)}</p>${below}</div>`;
}

/** More groups than this say less than the EIPs themselves. */
const GROUPS = 100;

export function costsSection({ costs }: Chapters, say: Catalogue): string {
  const { page, list } = say.report;
  const tables = costs(GROUPS);
  if (tables.length === 0) return section("costs", page.idleCosts, `<p class="fine">${list.noneIdle}</p>`);
  const shown = (grouping: readonly Costs["by"][]) => tables.filter(({ by }) => grouping.includes(by));
  const framed = (table: Costs) => `<div class="wide">${costTable(table, say)}</div>`;
  const unfolds: readonly Costs["by"][] = ["pod", "tag"];
  const pair: readonly Costs["by"][] = ["account", "cluster"];
  const parts = [
    `<div class="pair">${shown(pair).map(framed).join("\n")}</div>`,
    ...tables.filter(({ by }) => !pair.includes(by) && !unfolds.includes(by)).map(framed),
    // One row for nearly each EIP: these unfold on demand.
    ...shown(unfolds).map((table) => `<details><summary>${page.unfold(table.title)}</summary>${framed(table)}</details>`),
  ];
  return section("costs", page.idleCosts, parts.join("\n"), "costs");
}

function costTable({ title, head, rows, beyond, note }: Costs, { figures, report }: Catalogue): string {
  const { costs: texts, page } = report;
  const columns = [
    { name: head, key: "name" },
    { name: texts.eips, numeric: true, key: "eips" },
    { name: texts.month, numeric: true, key: "month" },
    { name: texts.soFar, numeric: true, key: "cost" },
  ];
  const body = rows.map(({ name, eips, month, soFar, besides, group }) => {
    const keys = data({
      name,
      eips: String(eips),
      month: String(Math.max(-1, ...group.cost.map(({ perMonth }) => perMonth))),
      cost: String(Math.max(-1, ...group.cost.map(({ soFarAtLeast }) => soFarAtLeast))),
    });
    const named = group.of === null ? `<span class="soft">${text(name)}</span>` : `<code>${text(name)}</code>`;
    const more = besides === "" ? "" : `<br><span class="soft">${text(besides)}</span>`;
    const cells = [
      cell(texts.eips, figures.number(eips), "number"),
      cell(texts.month, `${text(month)}${more}`, "number"),
      cell(texts.soFar, text(soFar), "number"),
    ];
    return `<tr data-row ${keys}><th scope="row">${named}</th>${cells.join("")}</tr>`;
  });
  const below = [beyond === 0 ? "" : page.moreJson(beyond), note].filter((line) => line !== "").join(" ");
  return `<table class="stack sortable"><caption>${text(page.dearest(title))} ${text(below)}</caption>${tableHead(columns)}<tbody class="rows">${body.join("\n")}</tbody></table>`;
}

/** Keys to sort by, as attributes of a row. */
function data(keys: Readonly<Record<string, string>>): string {
  return Object.entries(keys)
    .map(([key, value]) => `data-${key}="${attribute(value)}"`)
    .join(" ");
}
