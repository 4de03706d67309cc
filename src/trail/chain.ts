import { hash } from "node:crypto";
import * as z from "zod";
import type { TrailHead } from "../core/terms/ledger.ts";
import { type Instant, instant } from "../core/terms/time.ts";
import type { Chained, Fact, TrailEvent, TrailRecord } from "../core/terms/trail.ts";
import { GuardError, whyOf } from "../errors.ts";
import { hasItsFacts, isFlat, KINDS, wrongFact } from "./facts.ts";

/**
 * The hash chain of the audit trail: each record carries the hash of the one before, so that an edit, a deletion, a reordering or
 * a truncation shows.
 */

/** What the first record points back to. */
export const GENESIS = "0".repeat(64);

const recordSchema = z.strictObject({
  sequence: z.number().int().nonnegative(),
  kind: z.enum(KINDS),
  at: z.number().transform((at): Instant => instant(at)),
  run: z.string(),
  eip: z.string().nullable(),
  facts: z.custom<Readonly<Record<string, Fact>>>(isFlat, "it is not flat"),
  previous: z.string().length(64),
  hash: z.string().length(64),
});

/** SHA-256 (hex) over the record without its hash: JSON of a list of its members in a fixed order, the facts in pairs by name. */
export function hashOf({
  sequence,
  kind,
  at,
  run,
  eip,
  facts,
  previous,
}: (TrailEvent & Omit<Chained, "hash">) | Omit<TrailRecord, "hash">): string {
  const told: Readonly<Record<string, Fact | undefined>> = facts;
  let pairs = "";
  for (const name of Object.keys(told).sort())
    pairs += `${pairs === "" ? "" : ","}[${factJson(name)},${factJson(told[name] ?? null)}]`;
  return hash(
    "sha256",
    `[${sequence},${factJson(kind)},${at},${factJson(run)},${factJson(eip)},[${pairs}],${factJson(previous)}]`,
  );
}

/** Nothing in it that JSON writes in another way. */
const PLAIN = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;

/** As `JSON.stringify` has it. A year's trail asks for 30 million of them, and most are plain texts. */
function factJson(fact: Fact): string {
  return typeof fact === "string" && PLAIN.test(fact) ? `"${fact}"` : JSON.stringify(fact);
}

/** Links events to the chain behind `head`. */
export function chain(events: Iterable<TrailEvent>, head: TrailHead | null): readonly TrailRecord[] {
  return [...chainInTurn(events, head)];
}

/** The same, record by record as they are asked for. */
export function* chainInTurn(events: Iterable<TrailEvent>, head: TrailHead | null): Generator<TrailRecord> {
  let sequence = head === null ? 0 : head.sequence + 1;
  let previous = head === null ? GENESIS : head.hash;
  for (const event of events) {
    const body = { ...event, sequence, previous };
    const record = { ...body, hash: hashOf(body) };
    sequence += 1;
    previous = record.hash;
    yield record;
  }
}

/** One line of the trail, as stored. */
export function lineOf({
  sequence,
  kind,
  at,
  run,
  eip,
  facts,
  previous,
  hash,
}: Omit<TrailRecord, "facts"> & { readonly facts: object }): string {
  return `${JSON.stringify({ sequence, kind, at, run, eip, facts, previous, hash })}\n`;
}

/**
 * Reads one line, without its line feed. A line that says the same in another way (white space, a key twice) was not written by us.
 *
 * @throws GuardError `TrailUnreadable` naming where
 */
export function parseLine(line: string, where: string): TrailRecord {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw unreadable(where, whyOf(error));
  }
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) {
    if (lineOf(parsed.data) !== `${line}\n`) throw unreadable(where, "it is not written as eip-guard writes it");
    if (hasItsFacts(parsed.data)) return parsed.data;
    throw unreadable(where, wrongFact(parsed.data.kind, parsed.data.facts) ?? "its facts are of another kind");
  }
  const [issue] = parsed.error.issues;
  throw unreadable(where, issue === undefined ? "it is no record" : `${issue.path.join(".")}: ${issue.message}`);
}

/** The record as it will be read back, so that nothing is ever written that can't be read. Throws GuardError `TrailUnreadable`. */
export function readBack(record: TrailRecord): TrailRecord {
  const again = parseLine(lineOf(record).slice(0, -1), `the new record ${record.sequence}`);
  if (hashOf(again) !== record.hash) throw unreadable(`the new record ${record.sequence}`, "it reads back as another");
  return again;
}

/** An append without an event has no head to answer. */
export function nothingToAppend(): GuardError {
  return new GuardError("NothingToAppend", "guard", "an append to the trail needs an event");
}

/** The trail that is there is not the one that was written: nothing may be appended, which would hide it. */
export function trailBroken(where: string, why: string): GuardError {
  return new GuardError(
    "TrailBroken",
    "guard",
    `the audit trail in ${where} is broken: ${why}`,
    "restore it from a backup; eip-guard trail verify says where it breaks, and nothing is done or appended until then",
  );
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

/** Why `record` can't be the one after `head` (null: the first one); null when it is. */
export function breakAfter(head: TrailHead | null, record: TrailRecord): string | null {
  const wanted = head === null ? 0 : head.sequence + 1;
  if (record.sequence !== wanted) return `record ${wanted} is missing, or the order was changed`;
  if (record.previous !== (head === null ? GENESIS : head.hash)) return "it does not follow the record before it";
  if (hashOf(record) !== record.hash) return "it was edited: its hash does not fit";
  return null;
}

/** Reads on from a head that is known, record by record, to where the trail ends now. */
export interface Continuation {
  /** @throws GuardError `TrailBroken` */
  readonly take: (record: TrailRecord) => void;
  /** The newest record. Throws GuardError `TrailBroken` when the known one never came. */
  readonly end: () => TrailHead | null;
}

/**
 * @param known the head to go on from; null: from the very beginning
 * @param passed whether reading begins behind `known`; else the record itself must come by, among older ones
 */
export function continueFrom(known: TrailHead | null, passed: boolean, where: string): Continuation {
  let head = known;
  let found = passed || known === null;
  return {
    take(record) {
      if (found) {
        const why = breakAfter(head, record);
        if (why !== null) throw trailBroken(where, `record ${record.sequence}: ${why}`);
        head = headOf(record);
        return;
      }
      if (record.sequence !== known?.sequence) return;
      if (record.hash !== known.hash || hashOf(record) !== known.hash) {
        throw trailBroken(where, `record ${record.sequence} is not the one that the ledger remembers`);
      }
      found = true;
    },
    end() {
      if (!found)
        throw trailBroken(where, `record ${known?.sequence}, which the ledger remembers, is not there: the end was cut off`);
      return head;
    },
  };
}

/**
 * The same records, each handed on when it is proven to follow the one before it: for whoever rests something on the whole record. Memory does
 * not grow with it.
 *
 * @param records all of them, oldest first
 * @param expected the head that the ledger remembers, read before the records
 * @throws GuardError `TrailBroken` naming the first record that does not hold
 */
export async function* proven(
  records: AsyncIterable<TrailRecord>,
  expected: TrailHead | null,
  where: string,
): AsyncGenerator<TrailRecord, void, undefined> {
  let head: TrailHead | null = null;
  for await (const record of records) {
    const why = breakAfter(head, record) ?? notAsRemembered(record, expected);
    if (why !== null) throw trailBroken(where, `record ${record.sequence}: ${why}`);
    head = headOf(record);
    yield record;
  }
  if (expected !== null && (head === null || head.sequence < expected.sequence))
    throw trailBroken(where, `record ${expected.sequence}, which the ledger remembers, is not there: the end was cut off`);
}

function notAsRemembered({ sequence, hash }: TrailRecord, expected: TrailHead | null): string | null {
  if (expected === null || sequence !== expected.sequence || hash === expected.hash) return null;
  return "the ledger remembers another record here: the chain was rewritten";
}

/** What a reader of the trail returns at its end, as the generator's return value. */
export interface TrailEnd {
  /** Bytes behind the last whole record: an append that a crash ended. Null when there are none. */
  readonly unfinished: { readonly bytes: number } | null;
}

export type Verification =
  | {
      readonly holds: true;
      readonly records: number;
      readonly head: TrailHead | null;
      /** One unfinished last record is what a crash leaves: allowed, and told. */
      readonly unfinished: { readonly bytes: number } | null;
    }
  | {
      readonly holds: false;
      /** How many records hold, from the first on: the break is in the line after them. */
      readonly records: number;
      readonly at: string;
      readonly why: string;
    };

/**
 * Checks the chain record by record; memory does not grow with it. Finds any edit, deletion, reordering or truncation, and says where.
 *
 * @param records all of them, oldest first, as `StoreReader.readTrail` gives them
 * @param expected the head that the ledger remembers: a chain that ends before it was cut
 */
export async function verifyTrail(records: AsyncIterable<TrailRecord>, expected: TrailHead | null): Promise<Verification> {
  let count = 0;
  let head: TrailHead | null = null;
  const broken = (at: string, why: string): Verification => ({ holds: false, records: count, at, why });
  const iterator = records[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) {
        if (expected !== null && expected.sequence >= count) {
          return broken(
            `record ${count}`,
            `it ends here, but the ledger remembers record ${expected.sequence}: the end was cut off`,
          );
        }
        return { holds: true, records: count, head, unfinished: isTrailEnd(next.value) ? next.value.unfinished : null };
      }
      const record = next.value;
      const at = `record ${record.sequence}`;
      const why = breakAfter(head, record) ?? notAsRemembered(record, expected);
      if (why !== null) return broken(at, why);
      head = headOf(record);
      count += 1;
    }
  } catch (error) {
    if (error instanceof GuardError && error.code === "TrailUnreadable") return broken(`record ${count}`, error.message);
    throw error;
  } finally {
    await iterator.return?.();
  }
}

function isTrailEnd(value: unknown): value is TrailEnd {
  return typeof value === "object" && value !== null && "unfinished" in value;
}
