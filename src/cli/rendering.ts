import type { ScanResult } from "../core/result.ts";
import type { Explanation } from "../cycle/explain.ts";
import type { CommandContext } from "./io.ts";
import { deliver } from "./output.ts";

/** Delivers a result in the format and view that were asked for. */
export async function deliverResult(context: CommandContext, result: ScanResult): Promise<void> {
  await deliver(context, JSON.stringify(result, null, 2));
}

/** Delivers an explanation in the format that was asked for. */
export async function deliverExplanation(context: CommandContext, explanation: Explanation): Promise<void> {
  await deliver(context, JSON.stringify(explanation, null, 2));
}

/** The text of `/metrics`. */
export async function metricsText(result: ScanResult | null): Promise<string> {
  return result === null ? "" : JSON.stringify(result.totals);
}
