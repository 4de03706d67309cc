import type { EipResult, ScanResult } from "../core/terms/result.ts";
import { VERDICTS } from "../core/terms/verdict.ts";
import type { Catalogue } from "../language/catalogue.ts";
import { columnsIn, EIP_COLUMNS } from "./columns.ts";
import { cell, section, tableHead, text } from "./html-text.ts";
import * as words from "./words.ts";

/** The frame that the script fills with rows; without a script, a plain table of the first. */
export function eipsSection(result: ScanResult, say: Catalogue): string {
  const { page, list, chapters } = say.report;
  const columns = columnsIn(EIP_COLUMNS, "page", say);
  const listed = result.eips.filter(words.isListed);
  const head = tableHead(columns.map(({ key, head: name, numeric = false }) => ({ key, name, numeric })));
  const none = listed.length === 0 ? `<p class="fine">${list.noneIdle}</p>` : "";
  const frame = `<div class="wide" role="region" aria-labelledby="idle" tabindex="0" hidden><table id="eips" class="eips"><caption>${page.table}</caption>${head}</table></div>`;
  const parts = [none, filters(result, say), frame, legend(say), withoutScript(result, listed, say)];
  return section("idle", chapters.eips, parts.join(""));
}

function filters({ eips }: ScanResult, { report, verdict: word }: Catalogue): string {
  const { page } = report;
  const verdicts = VERDICTS.filter((verdict) => eips.some((eip) => eip.verdict === verdict));
  const choice = (name: string, label: string, options: readonly (readonly [string, string])[]) =>
    `<label>${label}<select name="${name}">${options.map(([value, shown]) => `<option value="${value}">${shown}</option>`).join("")}</select></label>`;
  const { choices, groups } = page;
  return `<form id="filters" class="filters" hidden>
<label class="find">${page.find}<input type="search" name="text" placeholder="${page.findIn}"></label>
${choice("verdict", choices.verdict, [["", page.notInUse], ["all", page.all], ...verdicts.map((verdict) => [verdict, word(verdict)] as const)])}
${(["cluster", "namespace", "account"] as const).map((name) => choice(name, choices[name], [["", page.all]])).join("\n")}
${choice("group", page.groupBy, [
  ["reason", groups.reason],
  ["workload", groups.workload],
  ["none", groups.none],
])}
<button type="button" id="csv">${page.csv}</button><output id="shown" aria-live="polite"></output></form>`;
}

/** So many rows are in the page for who runs no scripts: a small account is there in full. */
const PLAIN_ROWS = 100;

function withoutScript(result: ScanResult, listed: readonly EipResult[], say: Catalogue): string {
  const { page } = say.report;
  const columns = columnsIn(EIP_COLUMNS, "plain", say);
  const shown = listed.slice(0, PLAIN_ROWS);
  const rows = shown.map((eip) => {
    const cells = columns.map((column) => {
      const content = text(column.text(eip, result));
      if (column.key === "id") return `<th scope="row"><code>${content}</code></th>`;
      return cell(column.head, column.key === "verdictWord" ? `<span class="badge v-${eip.verdict}">${content}</span>` : content);
    });
    return `<tr>${cells.join("")}${cell(page.why, text(words.detailText(eip, say)))}</tr>`;
  });
  const head = tableHead([...columns.map((column) => column.head), page.why].map((name) => ({ name })));
  return `<noscript><p>${page.plain(shown.length, listed.length)}</p><div class="wide"><table class="stack"><caption>${page.plainTable}</caption>${head}<tbody class="rows">${rows.join("\n")}</tbody></table></div></noscript>`;
}

/** How to read a timeline. */
export function legend({ report: { page } }: Catalogue): string {
  const { legends, marks } = page;
  const keys = (["bound", "before", "possible", "known"] as const).map(
    (kind) => `<li><span class="key k-${kind}"></span>${legends[kind]}</li>`,
  );
  const letters = Object.entries(marks).map(([letter, what]) => `<li><strong>${letter}</strong> ${what}</li>`);
  return `<details class="legend-of"><summary class="soft">${page.legend}</summary><ul class="legend">${[...keys, ...letters].join("")}<li class="soft">${legends.hollow}</li></ul></details>`;
}
