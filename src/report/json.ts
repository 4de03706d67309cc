import { costsBy, GROUPINGS } from "../core/cost/breakdown.ts";
import type { ScanResult } from "../core/terms/result.ts";
import { harmlessJson } from "./escape.ts";
import type { View } from "./options.ts";

/** The contract's JSON, its fields in the contract's order; of the threshold view, the clusters with what a reader must know beside. */
export function renderJson(result: ScanResult, view: View): string {
  return [...jsonPieces(result, view)].join("");
}

/** The same, piece by piece: the text of a large account is larger than everything else that a scan holds in memory. */
export function* jsonPieces(result: ScanResult, view: View): Generator<string> {
  yield* fieldPieces(view === "eips" ? inOrder(result) : thresholds(result));
  if (view === "eips") {
    yield* costPieces(result);
    yield* ownerPieces(result);
  }
  yield "\n}\n";
}

/** Any object as JSON that a terminal may show, piece by piece. */
export function* objectPieces(value: object): Generator<string> {
  yield* fieldPieces(value);
  yield "\n}\n";
}

/** All but the last bracket. */
function* fieldPieces(value: object): Generator<string> {
  for (const [index, [name, field]] of Object.entries(value).entries()) {
    yield `${index === 0 ? "{" : ","}\n  "${name}": `;
    if (Array.isArray(field)) yield* listPieces(field, "  ");
    else yield indented(field, "  ");
  }
}

/** added: what idle EIPs cost by whose they are; made and written one grouping at a time. */
function* costPieces({ eips }: ScanResult): Generator<string> {
  yield `,\n  "costs": `;
  for (const [index, by] of GROUPINGS.entries()) {
    yield `${index === 0 ? "{" : ","}\n    "${by}": `;
    yield* listPieces(costsBy(by, eips), "    ");
  }
  yield "\n  }";
}

/** Costs by owner, most expensive first; last what has none (contract.md, Owner). */
function* ownerPieces({ eips }: ScanResult): Generator<string> {
  yield `,\n  "breakdown": {\n    "owners": `;
  yield* listPieces(
    costsBy("owner", eips).map(({ of, ...sums }) => ({ owner: of?.owner ?? null, ...sums })),
    "    ",
  );
  yield "\n  }";
}

/** So many items are one piece: small enough that its text dies young. */
const ITEMS_A_PIECE = 20;

function* listPieces(items: readonly unknown[], indent: string): Generator<string> {
  if (items.length === 0) {
    yield "[]";
    return;
  }
  for (let start = 0; start < items.length; start += ITEMS_A_PIECE) {
    const piece = indented(items.slice(start, start + ITEMS_A_PIECE), indent);
    // The elements of the list alone, without its brackets and the line breaks beside them.
    yield `${start === 0 ? "[" : ","}${piece.slice(1, -2 - indent.length)}`;
  }
  yield `\n${indent}]`;
}

function indented(value: unknown, indent: string): string {
  return harmlessJson(JSON.stringify(value, null, 2)).replaceAll("\n", `\n${indent}`);
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
