import { createColors } from "picocolors";
import { placeKey } from "../core/terms/place.ts";
import { type Catalogue, catalogue } from "../language/catalogue.ts";
import { escapeMarkdown as text, visible } from "./escape.ts";
import { json } from "./json.ts";
import { bullets } from "./markdown.ts";
import type { ExplainResult, RenderOptions } from "./options.ts";
import { item, section } from "./table.ts";
import * as words from "./words.ts";

/** One EIP in full: the verdict and the rule that decided it, what is due, what would change it, and how all that is known. */
export function renderExplain(result: ExplainResult, format: "table" | "json" | "markdown", options: RenderOptions): string {
  if (format === "json") return json({ schema: "eip-guard/explain/v1", ...result });
  const say = catalogue(options.language ?? "en");
  const parts = chapters(result, options.verbose ?? false, say);
  return format === "markdown" ? markdown(result, parts, say) : table(result, parts, say, options);
}

export interface Chapter {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What is told of one EIP, in the order in which people ask. */
export function chapters(result: ExplainResult, verbose: boolean, say: Catalogue): readonly Chapter[] {
  const { eip, surroundings, wouldChange } = result;
  const { explain: texts } = say.report;
  return [
    { title: texts.why, lines: why(result, say) },
    { title: texts.due, lines: due(result, say) },
    { title: texts.change, lines: wouldChange },
    { title: say.report.chapters.gaps, lines: result.gaps.map(({ scope, what, why }) => `${scope}: ${what}: ${why}`) },
    { title: texts.since, lines: idle(eip, say) },
    { title: texts.costs, lines: cost(eip, say) },
    { title: texts.pod, lines: [...pod(eip, say), ...eip.evidence.map(({ kind, detail }) => `${kind}: ${detail}`)] },
    { title: texts.around, lines: surroundings },
    { title: texts.facts, lines: facts(eip, say) },
    ...(verbose ? [{ title: texts.rules, lines: everyRule(result, say) }] : []),
  ].filter(({ lines }) => lines.length > 0);
}

/** The rule that decided, and those that hold besides. */
function why({ eip, rules }: ExplainResult, { report: { explain: texts } }: Catalogue): readonly string[] {
  const [first, ...others] = rules.filter(({ answer }) => answer !== null);
  const law = first?.answer?.law;
  const see = law === undefined ? "" : texts.see(law);
  const decided = first === undefined ? [] : [`${texts.decided(first.name, first.sentence, eip.reason)}${see}`];
  const besides = others.flatMap(({ name, answer }) =>
    answer === null || answer.reason === eip.reason ? [] : [texts.besides(name, answer.reason, answer.detail)],
  );
  const silent = rules.filter(({ answer }) => answer === null).length;
  return [...decided, ...besides, ...(silent === 0 ? [] : [texts.silent(silent)])];
}

function everyRule({ rules }: ExplainResult, { report: { explain: texts } }: Catalogue): readonly string[] {
  const first = rules.findIndex(({ answer }) => answer !== null);
  return rules.map(({ name, sentence, answer }, index) => {
    if (answer === null) return texts.ruleSilent(name, sentence);
    return (index === first ? texts.ruleDecided : texts.ruleHolds)(name, answer.reason, answer.detail);
  });
}

function facts(
  { name, account, region, status, chargeType, tags, owner }: ExplainResult["eip"],
  { report: { explain: texts } }: Catalogue,
): readonly string[] {
  const labels = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return [
    texts.status(placeKey({ account, region }), status, chargeType),
    ...(name === "" ? [] : [texts.name(name)]),
    labels.length === 0 ? texts.noTags : texts.tags(labels.join(", ")),
    ...(owner === null ? [] : [texts.owner(owner.name, owner.from)]),
  ];
}

function idle(eip: ExplainResult["eip"], say: Catalogue): readonly string[] {
  const { idle: time, thresholdAt } = eip;
  const { figures, report } = say;
  const { explain: texts } = report;
  if (time === null) return [texts.notIdle, ...words.past(eip, say)];
  const lines = [
    texts.shown(words.idleInterval(time, say), time.evidence.join(", ")),
    texts.acting(figures.duration(time.actingSeconds), report.count.readings(time.sightings)),
  ];
  if (time.contradiction !== null) lines.push(report.facts.contradiction(time.contradiction));
  if (thresholdAt !== null) lines.push(texts.threshold(figures.moment(thresholdAt)));
  return [...lines, ...words.past(eip, say)];
}

function cost({ cost: price, idle: time }: ExplainResult["eip"], say: Catalogue): readonly string[] {
  const { figures, report } = say;
  if ("unknown" in price) return [report.unknownBecause(price.unknown)];
  if (time === null) return [];
  const billed = words.billed(price, say);
  const perHour = figures.pricePerHour(price.perHour, price.currency);
  return [
    report.explain.cost(perHour, words.costPerMonth(price, say), words.costSoFar(price, say)),
    ...(billed === null ? [] : [billed]),
  ];
}

function pod(eip: ExplainResult["eip"], { report: { explain: texts } }: Catalogue): readonly string[] {
  return [eip.pod === null ? texts.noPod : texts.podOf(words.podName(eip), words.workloadName(eip))];
}

function due(result: ExplainResult, say: Catalogue): readonly string[] {
  const { eip } = result;
  const steps = words.steps(eip, result, say);
  const rule = eip.rule === null ? [] : [say.report.facts.rule(eip.rule)];
  return [...(steps.length === 0 ? [say.report.explain.nothing] : steps), ...rule];
}

function table({ eip }: ExplainResult, parts: readonly Chapter[], say: Catalogue, { color, width }: RenderOptions): string {
  const paint = createColors(color);
  const title = say.report.explain.is(paint.bold(visible(`${eip.id} (${eip.ip})`)), paint.bold(say.verdict(eip.verdict)));
  const body = parts.map(({ title: head, lines }) =>
    section(
      head,
      lines.flatMap((line) => item(line, width)),
      paint,
    ),
  );
  return `${[[title, ...item(words.detailText(eip, say), width)].join("\n"), ...body].join("\n\n")}\n`;
}

function markdown({ eip }: ExplainResult, parts: readonly Chapter[], say: Catalogue): string {
  const title = `# ${say.report.explain.is(text(`${eip.id} (${eip.ip})`), say.verdict(eip.verdict))}`;
  return `${[title, text(words.detailText(eip, say)), ...parts.map(({ title: head, lines }) => bullets(head, lines.map(text)))].join("\n\n")}\n`;
}
