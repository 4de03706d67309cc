import type { ScanResult } from "../core/result.ts";
import { harmlessJson } from "./escape.ts";
import type { View } from "./options.ts";

/** The contract's JSON, its fields in the contract's order; of the threshold view, the clusters with what a reader must know beside. */
export function renderJson(result: ScanResult, view: View): string {
  return [...jsonPieces(result, view)].join("");
}

/** So many EIPs are one piece: small enough that its text dies young. */
const EIPS_A_PIECE = 20;

/** The same, piece by piece: the text of a large account is larger than everything else that a scan holds in memory. */
export function* jsonPieces(result: ScanResult, view: View): Generator<string> {
  if (view === "thresholds" || result.eips.length === 0) {
    yield json(view === "eips" ? inOrder(result) : thresholds(result));
    return;
  }
  const [before = "", after = ""] = json({ ...inOrder(result), eips: [PLACE] }).split(`    "${PLACE}"`);
  yield before;
  for (let start = 0; start < result.eips.length; start += EIPS_A_PIECE) {
    const piece = harmlessJson(JSON.stringify(result.eips.slice(start, start + EIPS_A_PIECE), null, 2));
    // The elements of the list alone, two columns further in.
    const elements = piece.slice(2, -2).replaceAll("\n", "\n  ");
    yield `${start === 0 ? "" : ",\n"}  ${elements}`;
  }
  yield after;
}

/** Stands where the EIPs come; no text of a result is just this. */
const PLACE = "the EIPs come here";

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
