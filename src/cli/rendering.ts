import { paragraphName } from "../core/terms/law.ts";
import type { ScanResult } from "../core/terms/result.ts";
import { REASONS } from "../core/terms/verdict.ts";
import type { Preflight } from "../cycle/check-line.ts";
import type { Explanation } from "../cycle/explain.ts";
import type { History } from "../cycle/history.ts";
import type { PlanFile } from "../cycle/planfile.ts";
import { GuardError } from "../errors.ts";
import { languageOf } from "../language/language.ts";
import { renderCheck } from "../report/check.ts";
import { renderExplain } from "../report/explain.ts";
import { type Filter, filtered } from "../report/filter.ts";
import { renderHistory, tell } from "../report/history.ts";
import { render } from "../report/index.ts";
import { jsonPieces } from "../report/json.ts";
import type { ExplainResult, RenderOptions } from "../report/options.ts";
import { renderPlan } from "../report/plan.ts";
import type { CommandContext, Format } from "./io.ts";
import { deliver, deliverPieces, usesColour } from "./output.ts";
import type { OwnOptions } from "./own-options.ts";

const USUAL_WIDTH = 120;

/** So many EIPs of a group are listed on a terminal, unless --top says otherwise; a pipe or a file gets all. */
const USUAL_TOP = 20;

function renderOptions({ io, options }: CommandContext, own: OwnOptions = {}): RenderOptions {
  const { top = io.stdout.isTTY === true && options.out === undefined ? USUAL_TOP : undefined, all = false, view = "eips" } = own;
  return {
    color: usesColour(io, options.out),
    width: io.stdout.columns ?? USUAL_WIDTH,
    view,
    language: options.language ?? languageOf(io.env),
    verbose: options.verbose === true,
    // Who asks for a verdict wants to see it, in use or not.
    all: all || own.verdict !== undefined,
    ...(top === undefined ? {} : { top }),
  };
}

/** Delivers a result in the format and view that were asked for. JSON is complete whatever is to be listed. */
export async function deliverResult(context: CommandContext, result: ScanResult, own: OwnOptions): Promise<void> {
  const format = context.options.format ?? "table";
  if (format === "jsonl") throw new GuardError("NoSuchFormat", "user", "a result has no format 'jsonl'", "use json");
  if (format !== "json") return deliver(context, render(filtered(result, filterOf(own)), format, renderOptions(context, own)));
  await deliverPieces(context, jsonPieces(result, own.view ?? "eips"));
}

function filterOf({ verdict, cluster, namespace, region }: OwnOptions): Filter {
  return {
    ...(verdict === undefined ? {} : { verdict }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(region === undefined ? {} : { region }),
  };
}

/** Prints a plan to stdout; its file is written beside. */
export function planText(context: CommandContext, file: PlanFile, result: ScanResult): string {
  return renderPlan(file, result, shortFormat(context.options.format, "plan"), renderOptions(context));
}

/** Delivers an explanation in the format that was asked for. */
export async function deliverExplanation(context: CommandContext, explanation: Explanation): Promise<void> {
  const format = shortFormat(context.options.format, "explain");
  await deliver(context, renderExplain(explained(explanation), format, renderOptions(context)));
}

/** An explanation as reports show it: each answer with its verdict, and the paragraph that it follows from. */
export function explained({ run, guard, eip, rules, surroundings, wouldChange, gaps }: Explanation): ExplainResult {
  const answered = rules.map(({ name, sentence, answer }) => {
    if (answer === null) return { name, sentence, answer };
    const { verdict, law } = REASONS[answer.reason];
    return { name, sentence, answer: { ...answer, verdict, law: paragraphName(law) } };
  });
  return { run, guard, eip, rules: answered, surroundings, wouldChange, gaps };
}

/** Delivers an EIP's life. */
export async function deliverHistory(context: CommandContext, { id, records }: History): Promise<void> {
  const format = shortFormat(context.options.format, "history");
  await deliver(
    context,
    renderHistory({ id, sentences: records.map((record) => tell(record, id)) }, format, renderOptions(context)),
  );
}

/** Delivers what the preflight found. */
export async function deliverPreflight(context: CommandContext, { checks }: Preflight): Promise<void> {
  await deliver(context, renderCheck({ checks }, shortFormat(context.options.format, "check"), renderOptions(context)));
}

/** What is no table of EIPs has fewer formats. */
function shortFormat(format: Format | undefined, command: string): "table" | "json" | "markdown" {
  if (format === undefined) return "table";
  if (format === "table" || format === "json" || format === "markdown") return format;
  throw new GuardError("NoSuchFormat", "user", `${command} has no format '${format}'`, "use table, json or markdown");
}
