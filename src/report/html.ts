import { createHash } from "node:crypto";
import type { ClusterResult, EipResult, Finding, RegionResult, ScanResult } from "../core/terms/result.ts";
import { VERDICTS, type Verdict } from "../core/terms/verdict.ts";
import { type Costs, costTables } from "./breakdown.ts";
import { escapeHtml as attribute, readable } from "./escape.ts";
import type { View } from "./options.ts";
import { dataBlock, pageData } from "./rows.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";
import * as words from "./words.ts";

/** Nothing may be fetched and no other script runs, by whatever means somebody's name for a Pod might try. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash("sha256").update(SCRIPT).digest("base64")}'; img-src data:; base-uri 'none'; form-action 'none'`;

/** The report as one file that needs nothing beside it. */
export function renderHtml(result: ScanResult, view: View): string {
  const title = view === "eips" ? "eip-guard report" : "eip-guard: recycle thresholds";
  const parts =
    view === "eips"
      ? [
          gaps(result),
          acts(result),
          summary(result),
          eips(result),
          next(result),
          costs(result),
          clusters(result),
          regions(result),
          notes(result),
        ]
      : [gaps(result), clusters(result), notes(result)];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${title} · ${text(words.moment(result.run.finishedAt))}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">To the report</a>
${header(result, title, view)}
<main id="main">
${parts.filter((part) => part !== "").join("\n")}
</main>
<footer><p>Run <code>${text(result.run.id)}</code>. Idle times are intervals: the lower end decides, both are shown. Prices are list prices; all times are UTC.</p></footer>
${STRIPES}
${view === "eips" ? `<script type="application/json" id="data">${dataBlock(pageData(result))}</script>` : ""}
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** Text of a sentence; an attribute that a machine reads goes through {@link attribute} alone. */
function text(from: string): string {
  return attribute(readable(from));
}

const STRIPES = `<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs><pattern id="stripes" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="var(--leaked-bg)"/><rect width="3" height="7" fill="var(--leaked)" opacity=".65"/></pattern></defs></svg>`;

function header({ run, complete }: ScanResult, title: string, view: View): string {
  const state = complete
    ? `<span class="fine">The inventory is complete.</span>`
    : `<span class="bad">The inventory is incomplete.</span>`;
  const links = [
    ["#idle", "EIPs"],
    ["#costs", "Costs"],
    ["#thresholds", "Recycle thresholds"],
    ["#quota", "Quota"],
  ] as const;
  const nav = `<nav aria-label="Parts of the report"><ul>${links.map(([to, name]) => `<li><a href="${to}">${name}</a></li>`).join("")}</ul></nav>`;
  return `<header><h1>${title}</h1>
<p class="soft">${text(words.runName(run))} · ${time(run.finishedAt)} · ${state}</p>
${view === "eips" ? nav : ""}</header>`;
}

function time(isoText: string): string {
  return `<time datetime="${attribute(isoText)}">${text(words.moment(isoText))}</time>`;
}

function section(id: string, title: string, content: string, kind = ""): string {
  return `<section${kind === "" ? "" : ` class="${kind}"`} aria-labelledby="${id}"><h2 id="${id}">${text(title)}</h2>\n${content}\n</section>`;
}

function list(items: readonly string[], kind = "plain"): string {
  return `<ul class="${kind}">${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;
}

function gaps({ gaps: unread, alertErrors }: ScanResult): string {
  const items = [
    ...unread.map(({ scope, what, why }) => `<strong>${text(scope)}</strong>: ${text(what)}: ${text(why)}`),
    ...alertErrors.map((error) => `<strong>alert not delivered</strong>: ${text(error)}`),
  ];
  if (items.length === 0) return "";
  const title =
    unread.length === 0 ? "Alerts that were not delivered" : `${words.count(unread.length, "part")} could not be read`;
  const why = unread.length === 0 ? "" : "<p>What they would decide is unknown, and kept.</p>";
  return section("gaps", title, `${why}${list(items)}`, "alarm");
}

function summary(result: ScanResult): string {
  const { totals, savings } = result;
  const still = words.standstill(result);
  const unknown =
    totals.costUnknown === 0 ? "costs of all are known" : `cost of ${words.count(totals.costUnknown, "EIP")} not known`;
  const idle = totals.cost.map((cost) =>
    card("All idle EIPs cost a month", words.money(cost.perMonth, cost.currency), `so far ${words.costSoFar(cost)}`),
  );
  const saved = savings
    .filter(({ currency }) => currency !== "unknown")
    .map((saving) => card("Saved by releases", words.money(saving.saved, saving.currency), words.savingText(saving)));
  const unpriced = savings
    .filter(({ currency }) => currency === "unknown")
    .map((saving) => card("Releases", String(saving.releases), words.savingText(saving)));
  const cards = [
    ...verdictCards(totals),
    ...idle,
    ...saved,
    ...unpriced,
    card("EIPs read", totals.eips.toLocaleString("en"), unknown),
  ];
  const present = VERDICTS.flatMap((verdict) => {
    const number = totals.byVerdict[verdict] ?? 0;
    return number === 0 ? [] : [{ verdict, number }];
  });
  const bar = present.map(({ verdict, number }) => `<span class="v-${verdict}" style="flex-grow:${number}"></span>`).join("");
  const legend = present
    .map(
      ({ verdict, number }) =>
        `<li class="v-${verdict}"><i></i>${number.toLocaleString("en")} ${words.verdictWord(verdict)}</li>`,
    )
    .join("");
  return section(
    "summary",
    words.leakedText(totals),
    `${still === null ? "" : `<p class="withheld">${text(still)}</p>`}<dl class="cards">${cards.join("")}</dl>
<div class="bar" aria-hidden="true">${bar}</div><ul class="legend" aria-label="EIPs by verdict">${legend}</ul>`,
  );
}

/** A tile for each verdict that costs something, the leaks first. */
function verdictCards({ costByVerdict }: ScanResult["totals"]): readonly string[] {
  return VERDICTS.flatMap((verdict) => {
    const own = costByVerdict[verdict];
    if (own === undefined) return [];
    const months = own.cost.map(({ perMonth, currency }) => words.money(perMonth, currency));
    const unknown = own.costUnknown === 0 ? "" : `, cost of ${own.costUnknown.toLocaleString("en")} not known`;
    const name = verdict === "leaked" ? "Leaked: can be saved a month" : `${words.verdictWord(verdict)}, a month`;
    return [
      card(
        name,
        months.length === 0 ? "unknown" : months.join(", "),
        `${words.count(own.eips, "EIP")}${unknown}`,
        `v-${verdict}`,
      ),
    ];
  });
}

function card(name: string, value: string, below: string, kind = ""): string {
  return `<div class="card${kind === "" ? "" : ` tile ${kind}`}"><dt>${text(name)}</dt><dd class="big">${text(value)}</dd><dd class="soft">${text(below)}</dd></div>`;
}

function next(result: ScanResult): string {
  const items = words.nextSteps(result).map(({ command, does }) => `<code>${text(command)}</code> ${text(does)}`);
  return items.length === 0 ? "" : section("next", "What to do next", list(items));
}

interface Column {
  readonly name: string;
  readonly numeric?: boolean;
  /** Key of the dataset to sort by. */
  readonly key?: string;
}

function tableHead(columns: readonly Column[]): string {
  const cells = columns.map(({ name, numeric = false, key }) => {
    const sorted = key === undefined ? "" : ` data-key="${key}"${numeric ? " data-numeric" : ""}`;
    return `<th scope="col"${numeric ? ' class="number"' : ""}${sorted}>${name}</th>`;
  });
  return `<thead><tr>${cells.join("")}</tr></thead>`;
}

/** Keys to sort and filter by, as attributes of a row. */
function data(keys: Readonly<Record<string, string>>): string {
  return Object.entries(keys)
    .map(([key, value]) => `data-${key}="${text(value)}"`)
    .join(" ");
}

function cell(label: string, content: string, kind = ""): string {
  return `<td data-label="${label}"${kind === "" ? "" : ` class="${kind}"`}>${content}</td>`;
}

function clusters({ clusters: all }: ScanResult): string {
  if (all.length === 0) return section("thresholds", "Recycle thresholds by cluster", "<p>No cluster was read.</p>");
  const columns = [
    { name: "Cluster" },
    { name: "Threshold" },
    { name: "Known by" },
    { name: "ipamd" },
    { name: "Idle EIPs", numeric: true },
    { name: "Overdue", numeric: true },
    { name: "Will be lost", numeric: true },
    { name: "Idle cost a month", numeric: true },
  ];
  const rows = all.map(clusterRow).join("\n");
  const table = `<div class="wide" role="region" aria-labelledby="thresholds" tabindex="0"><table class="stack"><caption>How long each cluster lets an unbound EIP live, whether anybody recycles, and what that holds back</caption>${tableHead(columns)}<tbody class="rows">${rows}</tbody></table></div>`;
  return section("thresholds", "Recycle thresholds by cluster", `${table}\n${all.map(clusterFindings).join("\n")}`);
}

function clusterRow(cluster: ClusterResult): string {
  const { id, name, account, region, state, recycleThreshold, retained, overdue, audit } = cluster;
  const months = audit.idleCost.map(({ perMonth, currency }) => words.money(perMonth, currency)).join(", ");
  const by =
    audit.overdueBySeconds === null
      ? ""
      : `<br><span class="soft">by up to ${words.duration(audit.overdueBySeconds.most)}</span>`;
  const place = [name, `${account}/${region}`, state === "live" ? "" : state]
    .filter((part) => part !== "")
    .map((part) => `<br><span class="soft">${text(part)}</span>`)
    .join("");
  return `<tr><th scope="row"><code>${text(id)}</code>${place}</th>${[
    cell("Threshold", text(words.threshold(recycleThreshold))),
    cell("Known by", text(audit.source === "none" ? "not read" : audit.source)),
    cell("ipamd", text(words.ipamd(cluster))),
    cell("Idle EIPs", String(retained), "number"),
    cell("Overdue", `${overdue}${by}`, "number"),
    cell("Will be lost", String(audit.willBeLost.length), "number"),
    cell("Idle cost a month", text(months === "" ? "-" : months), "number"),
  ].join("")}</tr>`;
}

function clusterFindings({ id, findings, audit }: ClusterResult): string {
  const lost = audit.willBeLost.map(
    (loss) =>
      `<p class="finding"><strong>${text(id)}</strong>: ipamd takes <code>${text(loss.id)}</code> (${text(loss.ip)}) away from <code>${text(loss.pod)}</code> at ${time(loss.at)}</p>`,
  );
  const own = audit.podOverrides.map(
    ({ pod, seconds }) =>
      `<p class="finding"><strong>${text(id)}</strong>: <code>${text(pod)}</code> has a threshold of its own: ${seconds === null ? "never or unreadable" : words.duration(seconds)}</p>`,
  );
  return [...lost, ...own, ...findings.map((finding) => findingText(id, finding))].join("\n");
}

function findingText(place: string, { code, object, detail, fix }: Finding): string {
  const on = object === "-" ? "" : ` <code>${text(object)}</code>`;
  return `<div class="finding"><p><strong>${text(place)}</strong> ${text(code)}${on}: ${text(detail)}</p><p class="soft fix">${text(fix)}</p></div>`;
}

const EIP_COLUMNS: readonly Column[] = [
  { name: "EIP", key: "id" },
  { name: "Verdict", key: "order" },
  { name: "Address", key: "ip" },
  { name: "Pod", key: "pod" },
  { name: "Idle for", numeric: true, key: "idleSeconds" },
  { name: "A month", numeric: true, key: "price" },
  { name: "So far", numeric: true, key: "cost" },
  { name: "Next", key: "next" },
];

/** The frame that the script fills with rows; without a script, a plain table of the first. */
function eips(result: ScanResult): string {
  const { eips: all } = result;
  const listed = all.filter(words.isListed);
  const verdicts = VERDICTS.filter((verdict) => all.some((eip) => eip.verdict === verdict));
  const choice = (name: string, label: string, options: readonly (readonly [string, string])[]) =>
    `<label>${label}<select name="${name}">${options.map(([value, shown]) => `<option value="${value}">${shown}</option>`).join("")}</select></label>`;
  const filters = `<form id="filters" class="filters" hidden>
<label class="find">Find<input type="search" name="text" placeholder="address, Pod, tag, name, reason…"></label>
${choice("verdict", "Verdict", [["", "not in use"], ["all", "all"], ...verdicts.map((verdict) => [verdict, words.verdictWord(verdict)] as const)])}
${["cluster", "namespace", "account"].map((name) => choice(name, `${name.charAt(0).toUpperCase()}${name.slice(1)}`, [["", "all"]])).join("\n")}
${choice("group", "Group by", [
  ["reason", "reason"],
  ["workload", "workload"],
  ["none", "nothing"],
])}
<button type="button" id="csv">Download CSV</button><output id="shown" aria-live="polite"></output></form>`;
  const none = listed.length === 0 ? `<p class="fine">No EIP is idle.</p>` : "";
  const frame = `<div class="wide" role="region" aria-labelledby="idle" tabindex="0" hidden><table id="eips" class="eips"><caption>Each EIP with what comes next, times in UTC; ▸ shows how it is known</caption>${tableHead(EIP_COLUMNS)}</table></div>`;
  return section(
    "idle",
    "EIPs",
    `${none}${filters}${frame}<p><button type="button" id="more" hidden></button></p>${LEGEND}${withoutScript(result, listed)}`,
  );
}

/** So many rows are in the page for who runs no scripts. */
const PLAIN_ROWS = 100;

function withoutScript(result: ScanResult, listed: readonly EipResult[]): string {
  const shown = listed.slice(0, PLAIN_ROWS);
  const rows = shown.map((eip) => {
    const cells = [
      cell("Verdict", badge(eip.verdict)),
      cell("Address", text(eip.ip)),
      cell("Pod", text(words.podName(eip))),
      cell("Idle for", eip.idle === null ? "-" : text(words.idleInterval(eip.idle))),
      cell("A month", text(words.costPerMonth(eip.cost))),
      cell("Next", text(words.nextStep(eip, result))),
      cell("Why", text(eip.detail)),
    ];
    return `<tr><th scope="row"><code>${text(eip.id)}</code></th>${cells.join("")}</tr>`;
  });
  const head = tableHead(["EIP", "Verdict", "Address", "Pod", "Idle for", "A month", "Next", "Why"].map((name) => ({ name })));
  const rest =
    listed.length > shown.length
      ? `, the first ${shown.length} of ${listed.length.toLocaleString("en")} that are not in use`
      : "";
  return `<noscript><p>Without its script this page shows a plain list${rest}. <code>eip-guard scan --all</code> lists everything.</p><div class="wide"><table class="stack"><caption>EIPs that are not in use, worst first</caption>${head}<tbody class="rows">${rows.join("\n")}</tbody></table></div></noscript>`;
}

const LEGEND = `<details class="legend-of"><summary class="soft">How to read a timeline</summary><ul class="legend">
<li><span class="key" style="background:var(--in-use);opacity:.7"></span>bound</li>
<li><span class="key" style="background:var(--in-use-bg);border:1px solid var(--in-use)"></span>not known to be idle</li>
<li><span class="key" style="background:repeating-linear-gradient(45deg,var(--leaked) 0 3px,var(--leaked-bg) 3px 6px)"></span>possibly idle</li>
<li><span class="key" style="background:var(--leaked)"></span>known to be idle</li>
<li><strong>C</strong> created</li><li><strong>B</strong> last known to be bound</li><li><strong>T</strong> recycle threshold</li><li><strong>F</strong> flag</li><li><strong>N</strong> notice</li><li><strong>R</strong> release</li><li class="soft">hollow: not yet, and not before</li></ul></details>`;

function badge(verdict: Verdict): string {
  return `<span class="badge v-${verdict}">${words.verdictWord(verdict)}</span>`;
}

/** More groups than this say less than the EIPs themselves. */
const GROUPS = 100;

function costs({ eips: all }: ScanResult): string {
  const tables = costTables(all, GROUPS);
  if (tables.length === 0) return section("costs", "What idle EIPs cost", `<p class="fine">No EIP is idle.</p>`);
  const shown = (grouping: readonly Costs["by"][]) => tables.filter(({ by }) => grouping.includes(by));
  const framed = (table: Costs) => `<div class="wide">${costTable(table)}</div>`;
  const parts = [
    `<div class="pair">${shown(["account", "cluster"]).map(framed).join("\n")}</div>`,
    ...shown(["namespace", "workload"]).map(framed),
    // One row for nearly each EIP: these unfold on demand.
    ...shown(["pod", "tag"]).map((table) => `<details><summary>Idle EIPs ${table.title}</summary>${framed(table)}</details>`),
  ];
  return section("costs", "What idle EIPs cost", parts.join("\n"), "costs");
}

function costTable({ title, head, rows, more, note }: Costs): string {
  const columns = [
    { name: head, key: "name" },
    { name: "EIPs", numeric: true, key: "eips" },
    { name: "A month", numeric: true, key: "month" },
    { name: "So far", numeric: true, key: "cost" },
  ];
  const body = rows.map(({ name, eips: number, month, soFar, besides, group }) => {
    const keys = {
      name,
      eips: String(number),
      month: String(Math.max(-1, ...group.cost.map(({ perMonth }) => perMonth))),
      cost: String(Math.max(-1, ...group.cost.map(({ soFarAtLeast }) => soFarAtLeast))),
    };
    const named = group.of === null ? `<span class="soft">${text(name)}</span>` : `<code>${text(name)}</code>`;
    const cells = [
      cell("EIPs", String(number), "number"),
      cell("A month", `${text(month)}${besides === "" ? "" : `<br><span class="soft">${text(besides)}</span>`}`, "number"),
      cell("So far", text(soFar), "number"),
    ];
    return `<tr data-row ${data(keys)}><th scope="row">${named}</th>${cells.join("")}</tr>`;
  });
  const below = [more === "" ? "" : `${more}, which --format json lists.`, note].filter((line) => line !== "").join(" ");
  return `<table class="stack sortable"><caption>${text(`Idle EIPs ${title}, dearest first.`)} ${text(below)}</caption>${tableHead(columns)}<tbody class="rows">${body.join("\n")}</tbody></table>`;
}

function acts(result: ScanResult): string {
  const items = words.sortedActs(result).map(({ id, act, via, why, at }) => {
    const kind = act === "failed" ? ' class="bad"' : "";
    return `${time(at)} <strong${kind}>${act}</strong> <code>${text(id)}</code>${via === undefined ? "" : ` (via ${via})`}: ${text(why)}`;
  });
  const all = [...items, ...words.done(result).map(text)];
  return all.length === 0 ? "" : section("acts", "What was done", list(all));
}

function regions({ regions: all }: ScanResult): string {
  const parts = all.map((region: RegionResult) => {
    const place = `${region.account}/${region.region}`;
    return `<p><strong>${text(place)}</strong>: ${text(words.quotaText(region))}</p>${region.findings.map((finding) => findingText(place, finding)).join("")}`;
  });
  return section("quota", "Quota", parts.length === 0 ? "<p>No region was read.</p>" : parts.join("\n"));
}

function notes({ notes: all }: ScanResult): string {
  return all.length === 0 ? "" : section("notes", "Notes", list(all.map(text)));
}
