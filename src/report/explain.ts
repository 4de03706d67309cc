import { createColors } from "picocolors";
import { escapeMarkdown as text, visible } from "./escape.ts";
import { json } from "./json.ts";
import { bullets } from "./markdown.ts";
import type { ExplainResult, RenderOptions } from "./options.ts";
import { item, section } from "./table.ts";
import * as words from "./words.ts";

/** One EIP in full: facts, evidence, every rule's answer, what would change the verdict. */
export function renderExplain(result: ExplainResult, format: "table" | "json" | "markdown", options: RenderOptions): string {
  if (format === "json") return json({ schema: "eip-guard/explain/v1", ...result });
  const parts = chapters(result);
  return format === "markdown" ? markdown(result, parts) : table(result, parts, options);
}

interface Chapter {
  readonly title: string;
  readonly lines: readonly string[];
}

function chapters({ eip, rules, surroundings, wouldChange }: ExplainResult): readonly Chapter[] {
  const rulesText = rules.map(({ name, sentence, answer }) =>
    answer === null ? `${name}: does not apply (${sentence})` : `${name}: ${answer.reason}: ${answer.detail}`,
  );
  return [
    { title: "What it is", lines: facts(eip) },
    { title: "Since when it is idle, and how that is known", lines: idle(eip) },
    { title: "What it costs", lines: cost(eip) },
    {
      title: "Which Pod, and how that is known",
      lines: [...pod(eip), ...eip.evidence.map(({ kind, detail }) => `${kind}: ${detail}`)],
    },
    { title: "What stands around it", lines: surroundings },
    { title: "What each rule answers, in order; the first answer is the verdict", lines: rulesText },
    { title: "What is due", lines: due(eip) },
    { title: "What would change it", lines: wouldChange },
  ].filter(({ lines }) => lines.length > 0);
}

function facts({ name, account, region, status, chargeType, tags }: ExplainResult["eip"]): readonly string[] {
  const labels = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return [
    `${account}/${region}, status ${status}${chargeType === "" ? "" : `, charged by ${chargeType}`}`,
    ...(name === "" ? [] : [`name: ${name}`]),
    labels.length === 0 ? "no tags" : `tags: ${labels.join(", ")}`,
  ];
}

function idle(eip: ExplainResult["eip"]): readonly string[] {
  const { idle: time, thresholdAt } = eip;
  if (time === null) return ["it is not idle", ...words.past(eip)];
  const lines = [
    `shown: ${words.idleInterval(time)}, by ${time.evidence.join(", ")}`,
    `acting: ${words.duration(time.actingSeconds)}, seen idle by ${words.count(time.sightings, "complete reading")} in an unbroken row`,
  ];
  if (time.contradiction !== null) lines.push(`contradiction: ${time.contradiction}`);
  if (thresholdAt !== null) lines.push(`its recycle threshold ends, or ended, ${words.moment(thresholdAt)}`);
  return [...lines, ...words.past(eip)];
}

function cost({ cost: price, idle: time }: ExplainResult["eip"]): readonly string[] {
  if ("unknown" in price) return [`unknown: ${price.unknown}`];
  if (time === null) return [];
  const { currency, perHour } = price;
  const billed = words.billed(price);
  return [
    `${words.pricePerHour(perHour, currency)}, ${words.costPerMonth(price)} a month; so far ${words.costSoFar(price)}`,
    ...(billed === null ? [] : [billed]),
  ];
}

function pod(eip: ExplainResult["eip"]): readonly string[] {
  if (eip.pod === null) return ["nothing names a Pod"];
  const workload = words.workloadName(eip);
  return [`Pod ${words.podName(eip)}${workload === "" ? "" : ` of ${workload}`}`];
}

function due(eip: ExplainResult["eip"]): readonly string[] {
  const steps = words.steps(eip);
  const rule = eip.rule === null ? [] : [`policy rule: ${eip.rule}`];
  return [...rule, ...(steps.length === 0 ? ["nothing"] : steps)];
}

function table({ eip }: ExplainResult, parts: readonly Chapter[], { color, width }: RenderOptions): string {
  const paint = createColors(color);
  const title = `${paint.bold(visible(`${eip.id} (${eip.ip})`))} is ${paint.bold(words.verdictWord(eip.verdict))}`;
  const why = item(eip.detail, width);
  const also = eip.alsoTrue.length === 0 ? [] : item(`also true: ${eip.alsoTrue.join(", ")}`, width);
  const body = parts.map(({ title: head, lines }) =>
    section(
      head,
      lines.flatMap((line) => item(line, width)),
      paint,
    ),
  );
  return `${[[title, ...why, ...also].join("\n"), ...body].join("\n\n")}\n`;
}

function markdown({ eip }: ExplainResult, parts: readonly Chapter[]): string {
  const title = `# ${text(`${eip.id} (${eip.ip})`)} is ${words.verdictWord(eip.verdict)}`;
  const also = eip.alsoTrue.length === 0 ? [] : [`Also true: ${text(eip.alsoTrue.join(", "))}`];
  return `${[title, text(eip.detail), ...also, ...parts.map(({ title: head, lines }) => bullets(head, lines.map(text)))].join("\n\n")}\n`;
}
