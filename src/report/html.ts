import type { ClusterResult, CostResult, EipResult, Finding, RegionResult, ScanResult } from "../core/result.ts";
import { type Instant, instant, parseInstant } from "../core/time.ts";
import { VERDICTS, type Verdict } from "../core/verdict.ts";
import { type Costs, costTables } from "./breakdown.ts";
import { escapeHtml as text } from "./escape.ts";
import type { View } from "./options.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";
import { timelineOf, timelineSvg } from "./timeline.ts";
import * as words from "./words.ts";

/** Nothing may be fetched, by whatever means somebody's name for a Pod might try. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The report as one file that needs nothing beside it. */
export function renderHtml(result: ScanResult, view: View): string {
  const title = view === "eips" ? "eip-guard report" : "eip-guard: recycle thresholds";
  const parts =
    view === "eips"
      ? [
          gaps(result),
          summary(result),
          next(result),
          clusters(result),
          eips(result),
          inUse(result),
          costs(result),
          acts(result),
          regions(result),
          notes(result),
        ]
      : [gaps(result), clusters(result)];
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
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const STRIPES = `<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs><pattern id="stripes" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="var(--leaked-bg)"/><rect width="3" height="7" fill="var(--leaked)" opacity=".65"/></pattern></defs></svg>`;

function header({ run, complete }: ScanResult, title: string, view: View): string {
  const state = complete
    ? `<span class="fine">The inventory is complete.</span>`
    : `<span class="bad">The inventory is incomplete.</span>`;
  const links = [
    ["#thresholds", "Recycle thresholds"],
    ["#idle", "EIPs"],
    ["#costs", "Costs"],
    ["#quota", "Quota"],
  ] as const;
  const nav = `<nav aria-label="Parts of the report"><ul>${links.map(([to, name]) => `<li><a href="${to}">${name}</a></li>`).join("")}</ul></nav>`;
  return `<header><h1>${title}</h1>
<p class="soft">${text(words.runName(run))} · ${time(run.finishedAt)} · ${state}</p>
${view === "eips" ? nav : ""}</header>`;
}

function time(isoText: string): string {
  return `<time datetime="${text(isoText)}">${text(words.moment(isoText))}</time>`;
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

function summary({ totals, savings }: ScanResult): string {
  const cards = totals.cost.flatMap((cost) => [
    card("Idle EIPs cost a month", words.money(cost.perMonth, cost.currency), words.pricePerHour(cost.perHour, cost.currency)),
    card("So far", words.costSoFar(cost), "at least – at most"),
  ]);
  for (const { currency, saved, releases } of savings)
    cards.push(
      card(
        "Saved by releases",
        currency === "unknown" ? "unknown" : words.money(saved, currency),
        `by ${words.count(releases, "release")}, from their receipts, ${currency === "unknown" ? "of unknown price" : words.SAVED_UNTIL}`,
      ),
    );
  const unknown =
    totals.costUnknown === 0 ? "costs of all are known" : `cost of ${words.count(totals.costUnknown, "EIP")} not known`;
  cards.push(card("EIPs read", String(totals.eips), unknown));
  const present = VERDICTS.flatMap((verdict) => {
    const number = totals.byVerdict[verdict] ?? 0;
    return number === 0 ? [] : [{ verdict, number }];
  });
  const bar = present.map(({ verdict, number }) => `<span class="v-${verdict}" style="flex-grow:${number}"></span>`).join("");
  const legend = present
    .map(({ verdict, number }) => `<li class="v-${verdict}"><i></i>${number} ${words.verdictWord(verdict)}</li>`)
    .join("");
  return section(
    "summary",
    "Totals",
    `<dl class="cards">${cards.join("")}</dl>
<div class="bar" aria-hidden="true">${bar}</div><ul class="legend" aria-label="EIPs by verdict">${legend}</ul>`,
  );
}

function card(name: string, value: string, below: string): string {
  return `<div class="card"><dt>${text(name)}</dt><dd class="big">${text(value)}</dd><dd class="soft">${text(below)}</dd></div>`;
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

function findingText(place: string, { code, object, detail, mend }: Finding): string {
  const on = object === "-" ? "" : ` <code>${text(object)}</code>`;
  return `<div class="finding"><p><strong>${text(place)}</strong> ${text(code)}${on}: ${text(detail)}</p><p class="soft mend">${text(mend)}</p></div>`;
}

const EIP_COLUMNS: readonly Column[] = [
  { name: "Verdict", numeric: true, key: "order" },
  { name: "EIP", key: "id" },
  { name: "Pod", key: "pod" },
  { name: "Idle for", numeric: true, key: "idle" },
  { name: "A month", numeric: true, key: "month" },
  { name: "So far", numeric: true, key: "cost" },
];

function eips({ eips: all, run }: ScanResult): string {
  const listed = all.filter(words.isListed);
  if (listed.length === 0) return section("idle", "EIPs that are not in use", `<p class="fine">No EIP is idle.</p>`);
  const now = parseInstant(run.finishedAt) ?? instant(0);
  const verdicts = VERDICTS.filter((verdict) => listed.some((eip) => eip.verdict === verdict));
  const filters = `<form id="filters" class="filters" hidden>
<label>Find<input type="search" name="text" placeholder="address, Pod, cluster, reason…"></label>
<label>Verdict<select name="verdict"><option value="">all</option>${verdicts.map((verdict) => `<option value="${verdict}">${words.verdictWord(verdict)}</option>`).join("")}</select></label>
<output id="shown" aria-live="polite"></output></form>`;
  const bodies = listed.map((eip) => eipRows(eip, now)).join("\n");
  const head = tableHead(EIP_COLUMNS).replace(' class="number" data-key="order"', ' data-key="order"');
  return section(
    "idle",
    "EIPs that are not in use",
    `${filters}${LEGEND}<div class="wide" role="region" aria-labelledby="idle" tabindex="0"><table id="eips" class="stack sortable"><caption>Each EIP that is not in use, worst first, with why and since when</caption>${head}\n${bodies}</table></div>`,
  );
}

const LEGEND = `<ul class="legend" aria-label="Legend of the timelines" style="margin-bottom:12px">
<li><span class="key" style="background:var(--in-use);opacity:.7"></span>bound</li>
<li><span class="key" style="background:var(--in-use-bg);border:1px solid var(--in-use)"></span>not known to be idle</li>
<li><span class="key" style="background:repeating-linear-gradient(45deg,var(--leaked) 0 3px,var(--leaked-bg) 3px 6px)"></span>possibly idle</li>
<li><span class="key" style="background:var(--leaked)"></span>known to be idle</li>
<li><strong>C</strong> created</li><li><strong>B</strong> last known to be bound</li><li><strong>T</strong> recycle threshold</li><li><strong>F</strong> flag</li><li><strong>N</strong> notice</li><li><strong>R</strong> release</li><li class="soft">hollow: not yet, and not before</li></ul>`;

function badge(verdict: Verdict): string {
  return `<span class="badge v-${verdict}">${words.verdictWord(verdict)}</span>`;
}

function eipRows(eip: EipResult, now: Instant): string {
  const keys = {
    verdict: eip.verdict,
    order: String(VERDICTS.indexOf(eip.verdict)),
    id: eip.id,
    pod: words.podName(eip),
    idle: String(eip.idle?.atLeastSeconds ?? -1),
    month: String("unknown" in eip.cost ? -1 : eip.cost.perHour),
    cost: String("unknown" in eip.cost ? -1 : eip.cost.soFarAtLeast),
  };
  const attributes = data(keys);
  const workload = words.workloadName(eip);
  const pod = eip.pod === null ? `<span class="soft">no Pod</span>` : `<code>${text(words.podName(eip))}</code>`;
  const timeline = timelineOf(eip, now);
  const cells = [
    cell("Verdict", badge(eip.verdict)),
    `<th scope="row"><code>${text(eip.id)}</code><br>${text(eip.ip)}<br><span class="soft">${text(`${eip.account}/${eip.region}`)}</span></th>`,
    cell("Pod", `${pod}${workload === "" ? "" : `<br><span class="soft">${text(workload)}</span>`}`),
    cell("Idle for", eip.idle === null ? "-" : text(words.idleInterval(eip.idle)), "number"),
    cell("A month", text(words.costPerMonth(eip.cost)), "number"),
    cell("So far", `${text(words.costSoFar(eip.cost))}${billedShort(eip.cost)}`, "number"),
  ];
  const svg = timeline === null ? "" : `<div class="scroll">${timelineSvg(timeline)}</div>`;
  return `<tbody data-row ${attributes}><tr>${cells.join("")}</tr><tr class="more"><td colspan="${EIP_COLUMNS.length}"><p class="why">${text(eip.detail)}</p>${steps(eip)}${svg}${facts(eip)}</td></tr></tbody>`;
}

function billedShort(cost: CostResult): string {
  if ("unknown" in cost || cost.billed === undefined) return "";
  return `<br><span class="soft">billed ${text(words.money(cost.billed.amount, cost.billed.currency))}</span>`;
}

function steps(eip: EipResult): string {
  const items = words.steps(eip).map((step) => {
    const kind = step.endsWith("due now") ? ' class="due"' : step.startsWith("withheld") ? ' class="withheld"' : "";
    return `<li${kind}>${text(step)}</li>`;
  });
  return items.length === 0 ? "" : `<ul class="steps">${items.join("")}</ul>`;
}

/** What stands behind the verdict, for who asks how it is known. */
function facts(eip: EipResult): string {
  const { idle, cost, evidence, tags, reason, alsoTrue, rule, status, chargeType } = eip;
  const billed = words.billed(cost);
  const items = [
    `reason ${reason}${alsoTrue.length === 0 ? "" : `, also true: ${alsoTrue.join(", ")}`}`,
    `status ${status}, charge type ${chargeType || "-"}`,
  ];
  if (idle !== null) {
    items.push(
      `idle by ${idle.evidence.join(", ")}; acting clock ${words.duration(idle.actingSeconds)}, ${words.count(idle.sightings, "sighting")}`,
    );
    items.push(...words.past(eip));
    if (idle.contradiction !== null) items.push(`contradiction: ${idle.contradiction}`);
  }
  if ("unknown" in cost) items.push(`cost unknown: ${cost.unknown}`);
  if (billed !== null) items.push(billed);
  if (rule !== null) items.push(`policy rule: ${rule}`);
  items.push(...evidence.map(({ kind, detail }) => `${kind}: ${detail}`));
  items.push(...Object.entries(tags).map(([key, value]) => `tag ${key}=${value}`));
  return `<details><summary class="soft">How this is known</summary>${list(items.map(text))}</details>`;
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

function inUse({ eips: all }: ScanResult): string {
  const used = all.filter((eip) => !words.isListed(eip));
  if (used.length === 0) return "";
  const rows = used.map(
    (eip) =>
      `<tr><th scope="row"><code>${text(eip.id)}</code></th>${cell("Address", text(eip.ip))}${cell("Pod", `<code>${text(words.podName(eip))}</code>`)}${cell("Account, region", text(`${eip.account}/${eip.region}`))}</tr>`,
  );
  const head = tableHead([{ name: "EIP" }, { name: "Address" }, { name: "Pod" }, { name: "Account, region" }]);
  return `<details><summary>${words.count(used.length, "EIP")} in use</summary><div class="wide"><table class="stack"><caption>EIPs that are in use</caption>${head}<tbody class="rows">${rows.join("")}</tbody></table></div></details>`;
}

function acts({ acts: done = [] }: ScanResult): string {
  const items = done.map(({ id, act, via, why, at }) => {
    const kind = act === "failed" ? ' class="bad"' : "";
    return `${time(at)} <strong${kind}>${act}</strong> <code>${text(id)}</code>${via === undefined ? "" : ` (via ${via})`}: ${text(why)}`;
  });
  return items.length === 0 ? "" : section("acts", "What was done", list(items));
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
