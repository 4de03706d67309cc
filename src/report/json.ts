import type { ScanResult } from "../core/result.ts";
import { harmlessJson } from "./escape.ts";
import type { View } from "./options.ts";

/** The contract's JSON, its fields in the contract's order; of the threshold view, the clusters with what a reader must know beside. */
export function renderJson(result: ScanResult, view: View): string {
  return json(view === "eips" ? inOrder(result) : thresholds(result));
}

/** Any value as JSON that a terminal may show. */
export function json(value: unknown): string {
  return `${harmlessJson(JSON.stringify(value, null, 2))}\n`;
}

function inOrder({ schema, run, complete, gaps, totals, alertErrors, clusters, eips, acts, ...added }: ScanResult) {
  return { schema, run, complete, gaps, totals, alertErrors, clusters, eips, ...(acts === undefined ? {} : { acts }), ...added };
}

function thresholds({ run, complete, gaps, clusters }: ScanResult) {
  return { schema: "eip-guard/thresholds/v1", run, complete, gaps, clusters };
}
