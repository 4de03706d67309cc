import { createColors } from "picocolors";
import { escapeMarkdown as text, visible } from "./escape.ts";
import { json } from "./json.ts";
import { bullets } from "./markdown.ts";
import type { ExplainResult, RenderOptions } from "./options.ts";
import { item, section } from "./table.ts";
import * as words from "./words.ts";

/** One EIP in full: the verdict and the rule that decided it, what is due, what would change it, and how all that is known. */
export function renderExplain(result: ExplainResult, format: "table" | "json" | "markdown", options: RenderOptions): string {
  if (format === "json") return json({ schema: "eip-guard/explain/v1", ...result });
  const parts = chapters(result, options.verbose ?? false);
  return format === "markdown" ? markdown(result, parts) : table(result, parts, options);
}

interface Chapter {
  readonly title: string;
  readonly lines: readonly string[];
}

function chapters(result: ExplainResult, verbose: boolean): readonly Chapter[] {
  const { eip, surroundings, wouldChange } = result;
  return [
    { title: "Why", lines: why(result) },
    { title: "What is due", lines: due(result) },
    { title: "What would change it", lines: wouldChange },
    { title: "Since when it is idle, and how that is known", lines: idle(eip) },
    { title: "What it costs", lines: cost(eip) },
    {
      title: "Which Pod, and how that is known",
      lines: [...pod(eip), ...eip.evidence.map(({ kind, detail }) => `${kind}: ${detail}`)],
    },
    { title: "What stands around it", lines: surroundings },
    { title: "What it is", lines: facts(eip) },
    ...(verbose ? [{ title: "Each rule in order; the first that answers decides", lines: everyRule(result) }] : []),
  ].filter(({ lines }) => lines.length > 0);
}

/** The rule that decided, and those that hold besides. */
function why({ eip, rules }: ExplainResult): readonly string[] {
  const [first, ...others] = rules.filter(({ answer }) => answer !== null);
  const law = first?.answer?.law;
  const decided =
    first === undefined
      ? []
      : [`decided by the rule ${first.name} (${first.sentence}): ${eip.reason}${law === undefined ? "" : `; see ${law}`}`];
  const besides = others.flatMap(({ name, answer }) =>
    answer === null || answer.reason === eip.reason
      ? []
      : [`also holds, by the rule ${name}: ${answer.reason}: ${answer.detail}`],
  );
  const silent = rules.filter(({ answer }) => answer === null).length;
  return [
    ...decided,
    ...besides,
    ...(silent === 0 ? [] : [`${words.count(silent, "other rule")} ${silent === 1 ? "does" : "do"} not apply (--verbose)`]),
  ];
}

function everyRule({ rules }: ExplainResult): readonly string[] {
  const first = rules.findIndex(({ answer }) => answer !== null);
  return rules.map(({ name, sentence, answer }, index) => {
    if (answer === null) return `${name}: does not apply (${sentence})`;
    return `${name}: ${index === first ? "DECIDED: " : "also holds: "}${answer.reason}: ${answer.detail}`;
  });
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

function due(result: ExplainResult): readonly string[] {
  const { eip } = result;
  const steps = words.steps(eip, result);
  const rule = eip.rule === null ? [] : [`policy rule: ${eip.rule}`];
  return [...(steps.length === 0 ? ["nothing"] : steps), ...rule];
}

function table({ eip }: ExplainResult, parts: readonly Chapter[], { color, width }: RenderOptions): string {
  const paint = createColors(color);
  const title = `${paint.bold(visible(`${eip.id} (${eip.ip})`))} is ${paint.bold(words.verdictWord(eip.verdict))}`;
  const body = parts.map(({ title: head, lines }) =>
    section(
      head,
      lines.flatMap((line) => item(line, width)),
      paint,
    ),
  );
  return `${[[title, ...item(eip.detail, width)].join("\n"), ...body].join("\n\n")}\n`;
}

function markdown({ eip }: ExplainResult, parts: readonly Chapter[]): string {
  const title = `# ${text(`${eip.id} (${eip.ip})`)} is ${words.verdictWord(eip.verdict)}`;
  return `${[title, text(eip.detail), ...parts.map(({ title: head, lines }) => bullets(head, lines.map(text)))].join("\n\n")}\n`;
}
