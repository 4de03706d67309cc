import type { ScanResult } from "../core/result.ts";
import { REASONS } from "../core/verdict.ts";
import type { Preflight } from "../cycle/check.ts";
import type { Explanation } from "../cycle/explain.ts";
import type { History } from "../cycle/history.ts";
import { GuardError } from "../errors.ts";
import { renderCheck } from "../report/check.ts";
import { renderExplain } from "../report/explain.ts";
import { renderHistory, tell } from "../report/history.ts";
import { render } from "../report/index.ts";
import { jsonPieces } from "../report/json.ts";
import type { RenderOptions, View } from "../report/options.ts";
import type { CommandContext, Format } from "./io.ts";
import { deliver, openDelivery, usesColour } from "./output.ts";

const USUAL_WIDTH = 120;

function renderOptions({ io, options }: CommandContext, view: View = "eips"): RenderOptions {
  return {
    color: usesColour(io, options.out),
    width: io.stdout.columns ?? USUAL_WIDTH,
    view,
    verbose: options.verbose === true,
  };
}

/** Delivers a result in the format and view that were asked for. */
export async function deliverResult(context: CommandContext, result: ScanResult, view?: View): Promise<void> {
  const format = context.options.format ?? "table";
  if (format !== "json") return deliver(context, render(result, format, renderOptions(context, view)));
  const delivery = await openDelivery(context);
  for (const piece of jsonPieces(result, view ?? "eips")) await delivery.write(piece);
  await delivery.end("");
}

/** Delivers an explanation in the format that was asked for. */
export async function deliverExplanation(
  context: CommandContext,
  { eip, rules, surroundings, wouldChange }: Explanation,
): Promise<void> {
  const format = shortFormat(context.options.format, "explain");
  const answered = rules.map(({ name, sentence, answer }) => ({
    name,
    sentence,
    answer: answer === null ? null : { ...answer, verdict: REASONS[answer.reason].verdict },
  }));
  await deliver(context, renderExplain({ eip, rules: answered, surroundings, wouldChange }, format, renderOptions(context)));
}

/** Delivers an EIP's life. */
export async function deliverHistory(context: CommandContext, { id, records }: History): Promise<void> {
  const format = shortFormat(context.options.format, "history");
  await deliver(context, renderHistory({ id, sentences: records.map(tell) }, format, renderOptions(context)));
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
