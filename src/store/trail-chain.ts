import { createHash } from "node:crypto";
import { z } from "zod";
import type { TrailHead } from "../core/ledger.ts";
import { type Instant, instant } from "../core/time.ts";
import type { TrailEvent, TrailRecord } from "../core/trail.ts";
import { GuardError, whyOf } from "../errors.ts";

/**
 * The hash chain of the audit trail: each record carries the hash of the one before, so that an edit, a deletion, a reordering or
 * a truncation shows (issue 5, 3).
 */

/** What the first record points back to. */
export const GENESIS = "0".repeat(64);

const KINDS = [
  "first-seen",
  "bound",
  "idle",
  "verdict",
  "flagged",
  "unflagged",
  "noticed",
  "kept",
  "unkept",
  "approved",
  "intent",
  "receipt",
  "failed",
  "withheld",
  "settled",
  "gone",
  "gap",
  "configuration",
  "alert",
] as const satisfies readonly TrailEvent["kind"][];

const recordSchema = z.strictObject({
  sequence: z.number().int().nonnegative(),
  kind: z.enum(KINDS),
  at: z.number().transform((at): Instant => instant(at)),
  run: z.string(),
  eip: z.string().nullable(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  previous: z.string().length(64),
  hash: z.string().length(64),
});

/** SHA-256 (hex) over the record without its hash, its members in a fixed order. */
function hashOf({ sequence, kind, at, run, eip, facts, previous }: Omit<TrailRecord, "hash">): string {
  const sorted = Object.entries(facts).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([sequence, kind, at, run, eip, sorted, previous]))
    .digest("hex");
}

/** Links events to the chain behind `head`. */
export function chain(events: readonly TrailEvent[], head: TrailHead | null): readonly TrailRecord[] {
  let sequence = head === null ? 0 : head.sequence + 1;
  let previous = head === null ? GENESIS : head.hash;
  return events.map(({ kind, at, run, eip, facts }) => {
    const body = { sequence, kind, at, run, eip, facts, previous };
    const record = { ...body, hash: hashOf(body) };
    sequence += 1;
    previous = record.hash;
    return record;
  });
}

/** One line of the trail, as stored. */
export function lineOf(record: TrailRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** @throws GuardError `TrailUnreadable` naming where */
export function parseLine(line: string, where: string): TrailRecord {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw unreadable(where, whyOf(error));
  }
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(where, issue === undefined ? "it is no record" : `${issue.path.join(".")}: ${issue.message}`);
}

function unreadable(where: string, why: string): GuardError {
  return new GuardError(
    "TrailUnreadable",
    "guard",
    `the audit trail can't be read at ${where}: ${why}`,
    "restore it from a backup; eip-guard trail verify says where the chain breaks, and a newer eip-guard may have written it",
  );
}

export function headOf(record: TrailRecord): TrailHead {
  return { sequence: record.sequence, hash: record.hash };
}

export type Verification =
  | { readonly holds: true; readonly records: number; readonly head: TrailHead | null }
  | { readonly holds: false; readonly records: number; readonly at: string; readonly why: string };

/**
 * Checks the chain record by record; memory does not grow with it.
 *
 * @param expected the head that the ledger remembers: a chain that ends before it was cut
 */
export async function verifyTrail(records: AsyncIterable<TrailRecord>, expected: TrailHead | null): Promise<Verification> {
  let count = 0;
  let head: TrailHead | null = null;
  let metExpected = expected === null;
  const broken = (at: string, why: string): Verification => ({ holds: false, records: count, at, why });
  try {
    for await (const record of records) {
      const at = `record ${record.sequence}`;
      const wanted: number = head === null ? 0 : head.sequence + 1;
      if (record.sequence !== wanted) return broken(at, `record ${wanted} is missing, or the order was changed`);
      if (record.previous !== (head === null ? GENESIS : head.hash)) return broken(at, "it does not follow the record before it");
      const { hash, ...body } = record;
      if (hashOf(body) !== hash) return broken(at, "it was edited: its hash does not fit");
      if (expected !== null && record.sequence === expected.sequence) {
        if (record.hash !== expected.hash) return broken(at, "the ledger remembers another record here: the chain was rewritten");
        metExpected = true;
      }
      head = headOf(record);
      count += 1;
    }
  } catch (error) {
    if (error instanceof GuardError && error.code === "TrailUnreadable") return broken(`record ${count}`, error.message);
    throw error;
  }
  if (!metExpected && expected !== null) {
    return broken(`record ${count}`, `it ends here, but the ledger remembers record ${expected.sequence}: the end was cut off`);
  }
  return { holds: true, records: count, head };
}
