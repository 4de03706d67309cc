import { createHash } from "node:crypto";
import type { ScanResult } from "../core/terms/result.ts";
import { VERDICTS } from "../core/terms/verdict.ts";
import { type Catalogue, catalogue } from "../language/catalogue.ts";
import { type Chapters, chaptersOf, type List } from "./chapters.ts";
import { eipsSection } from "./html-eips.ts";
import { clustersSection, costsSection, finding } from "./html-tables.ts";
import { attribute, list, section, text } from "./html-text.ts";
import type { RenderOptions, View } from "./options.ts";
import { dataBlock, pageData } from "./rows.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";
import * as words from "./words.ts";

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * The Content-Security-Policy of every page: nothing may be fetched, and no script or style but our own two counts, by whatever means
 * somebody's name for a Pod might try.
 */
export const POLICY = `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; img-src data:; base-uri 'none'; form-action 'none'`;

/** What a page is made of; everything in it is HTML already, but for `data`. */
export interface Page {
  readonly title: string;
  readonly header: string;
  readonly main: string;
  readonly footer: string;
  /** What the script reads; null for a page without. */
  readonly data: unknown;
  readonly policy?: string;
}

/** A page that needs nothing beside it. */
export function framed({ title, header, main, footer, data, policy = POLICY }: Page, say: Catalogue): string {
  return `<!DOCTYPE html>
<html lang="${say.language === "zh" ? "zh-CN" : "en"}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">${say.report.page.skip}</a>
<header>${header}</header>
<main id="main">
${main}
</main>
<footer>${footer}</footer>
${STRIPES}
${data === null ? "" : `<script type="application/json" id="data">${dataBlock(data)}</script>`}
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const STRIPES = `<svg class="nowhere" width="0" height="0" aria-hidden="true"><defs><pattern id="stripes" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="s-ground" width="7" height="7"/><rect class="s-line" width="3" height="7"/></pattern></defs></svg>`;

/** What the page has where it is served, beside the report itself. */
export interface Served {
  /** Where a page of each EIP is: its id is put behind it. */
  readonly eipPages: string;
  /** The first part: what the guard does now. HTML. */
  readonly live: string;
}

/** The report as one file that needs nothing beside it. */
export function renderHtml(
  result: ScanResult,
  view: View,
  { language = "en" }: Pick<RenderOptions, "language"> = {},
  served: Served | null = null,
): string {
  const say = catalogue(language);
  const chapters = chaptersOf(result, say);
  const { page } = say.report;
  const title = view === "eips" ? page.title : page.thresholds;
  const parts =
    view === "eips"
      ? [
          served?.live ?? "",
          gaps(result, chapters, say),
          acts(chapters, say),
          summary(result, chapters, say),
          eipsSection(result, say),
          next(chapters),
          costsSection(chapters, say),
          clustersSection(result, chapters, say),
          quota(chapters, say),
          notes(chapters.notes),
        ]
      : [gaps(result, chapters, say), clustersSection(result, chapters, say), notes(chapters.notes)];
  return framed(
    {
      title: `${title} · ${chapters.at}`,
      header: header(result, chapters, title, view === "eips", say),
      main: parts.filter((part) => part !== "").join("\n"),
      footer: `<p>${page.run} <code>${text(result.run.id)}</code>. ${page.foot}</p>`,
      data: view === "eips" ? pageData(result, say, served?.eipPages ?? null) : null,
    },
    say,
  );
}

function header({ run }: ScanResult, chapters: Chapters, title: string, isWhole: boolean, say: Catalogue): string {
  const { page, chapters: names, complete, incomplete } = say.report;
  const state = chapters.complete ? `<span class="fine">${complete}</span>` : `<span class="bad">${incomplete}</span>`;
  const links = [
    ["#idle", names.eips],
    ["#costs", page.costs],
    ["#thresholds", page.recycling],
    ["#quota", names.quota],
  ] as const;
  const nav = `<nav aria-label="${page.parts}"><ul>${links.map(([to, name]) => `<li><a href="${to}">${name}</a></li>`).join("")}</ul></nav>`;
  return `<h1>${text(title)}</h1>
<p class="soft">${text(chapters.title)} · ${time(run.finishedAt, say)} · ${state}</p>
${isWhole ? nav : ""}`;
}

/** A moment, as machines read it too. */
export function time(isoText: string, { figures }: Catalogue): string {
  return `<time datetime="${attribute(isoText)}">${text(figures.moment(isoText))}</time>`;
}

function gaps(result: ScanResult, { gaps: { items, title } }: Chapters, { report }: Catalogue): string {
  if (items.length === 0) return "";
  const unread = result.gaps.length;
  const lines = items.map(({ lead, text: said }) => `<strong>${text(lead)}</strong>${report.colon}${text(said)}`);
  const why = unread === 0 ? "" : `<p>${report.chapters.gapsWhy}</p>`;
  return section("gaps", unread === 0 ? title : report.page.unread(unread), `${why}${list(lines)}`, "alarm");
}

function acts({ done: { items } }: Chapters, say: Catalogue): string {
  const lines = items.map(({ at, lead, code, text: said, tone }) => {
    if (at === "") return text(said);
    const kind = tone === "bad" ? ' class="bad"' : "";
    return `${time(at, say)} <strong${kind}>${text(lead)}</strong> <code>${text(code)}</code>: ${text(said)}`;
  });
  return lines.length === 0 ? "" : section("acts", say.report.page.done, list(lines));
}

function summary({ totals, savings }: ScanResult, { summary: own }: Chapters, say: Catalogue): string {
  const { figures, report } = say;
  const { page } = report;
  const idle = totals.cost.map((cost) =>
    card(page.tile.idle, figures.money(cost.perMonth, cost.currency), page.soFar(words.costSoFar(cost, say))),
  );
  const saved = savings.map((saving) => {
    const isPriced = saving.currency !== "unknown";
    const value = isPriced ? figures.money(saving.saved, saving.currency) : figures.number(saving.releases);
    return { isPriced, card: card(isPriced ? page.tile.saved : page.tile.releases, value, words.savingText(saving, say)) };
  });
  const cards = [
    ...verdictCards(totals, say),
    ...idle,
    ...[...saved].sort((one, other) => Number(other.isPriced) - Number(one.isPriced)).map((one) => one.card),
    card(
      page.tile.read,
      figures.number(totals.eips),
      totals.costUnknown === 0 ? page.costsKnown : page.costsUnknown(totals.costUnknown),
    ),
  ];
  const still = own.standstill === "" ? "" : `<p class="withheld">${text(own.standstill)}</p>`;
  return section("summary", own.leaked, `${still}<dl class="cards">${cards.join("")}</dl>\n${bar(totals, say)}`);
}

/** How many EIPs there are of each verdict, drawn and told. */
function bar({ byVerdict }: ScanResult["totals"], say: Catalogue): string {
  const present = VERDICTS.map((verdict) => ({ verdict, number: byVerdict[verdict] ?? 0 })).filter(({ number }) => number > 0);
  const all = present.reduce((sum, { number }) => sum + number, 0);
  let left = 0;
  const rects = present.map(({ verdict, number }) => {
    const width = (number / all) * 1_000;
    left += width;
    return `<rect class="v-${verdict}" x="${(left - width).toFixed(2)}" width="${Math.max(4, width).toFixed(2)}" height="14"/>`;
  });
  const items = present.map(
    ({ verdict, number }) => `<li class="v-${verdict}"><i></i>${say.figures.number(number)} ${say.verdict(verdict)}</li>`,
  );
  return `<svg class="bar" viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true">${rects.join("")}</svg><ul class="legend" aria-label="${say.report.page.byVerdict}">${items.join("")}</ul>`;
}

/** A tile for each verdict that costs something, the leaks first. */
function verdictCards({ costByVerdict }: ScanResult["totals"], say: Catalogue): readonly string[] {
  const { figures, report } = say;
  const { page } = report;
  return VERDICTS.flatMap((verdict) => {
    const own = costByVerdict[verdict];
    if (own === undefined) return [];
    const months = own.cost.map(({ perMonth, currency }) => figures.money(perMonth, currency));
    const unknown = own.costUnknown === 0 ? "" : page.someUnknown(own.costUnknown);
    const name = verdict === "leaked" ? page.tile.leaked : page.tileMonth(say.verdict(verdict));
    const value = months.length === 0 ? report.unknown : months.join(", ");
    return [card(name, value, `${report.count.eips(own.eips)}${unknown}`, `v-${verdict}`)];
  });
}

export function card(name: string, value: string, below: string, kind = ""): string {
  return `<div class="card${kind === "" ? "" : ` tile ${kind}`}"><dt>${text(name)}</dt><dd class="big">${text(value)}</dd><dd class="soft">${text(below)}</dd></div>`;
}

function next({ next: { title, items } }: Chapters): string {
  const lines = items.map(({ code, text: does }) => `<code>${text(code)}</code> ${text(does)}`);
  return lines.length === 0 ? "" : section("next", title, list(lines));
}

function quota({ quota: { title, items } }: Chapters, { report }: Catalogue): string {
  const parts = items.map(
    ({ lead, text: said, below }) =>
      `<p><strong>${text(lead)}</strong>: ${text(said)}</p>${below.map((one) => finding(lead, one)).join("")}`,
  );
  return section("quota", title, parts.length === 0 ? `<p>${report.page.noRegion}</p>` : parts.join("\n"));
}

function notes({ title, items }: List): string {
  return items.length === 0 ? "" : section("notes", title, list(items.map((one) => text(one.text))));
}
