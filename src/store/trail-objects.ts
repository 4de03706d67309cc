import { setTimeout as wait } from "node:timers/promises";
import type { TrailHead } from "../core/terms/ledger.ts";
import type { TrailEvent, TrailRecord } from "../core/terms/trail.ts";
import { GuardError } from "../errors.ts";
import { chain, continueFrom, headOf, lineOf, nothingToAppend, parseLine, readBack, type TrailEnd } from "../trail/chain.ts";
import type { Shelf } from "./shelf.ts";

/**
 * The trail where nothing can be appended to: each append is a piece of its own, created once under the number of its first record, so
 * that of two that append at once one is told to look again.
 */

/** So many of the newest pieces are never sealed. */
export const UNSEALED = 500;

/** A piece never holds more, so that the piece of a record is found without listing all of them. */
const PIECE = 1_000;

/** Pieces that are fetched before they are needed. */
const AHEAD = 8;

/** The records whose sequence is greater than `after`, oldest first; all of them when it is left out. */
export async function* readTrailObjects(shelf: Shelf, after = -1): AsyncGenerator<TrailRecord, TrailEnd> {
  for await (const record of recordsFrom(shelf, after - PIECE + 1, after + 1)) if (record.sequence > after) yield record;
  return { unfinished: null };
}

/** How often an append looks again because somebody else was faster; more often than this is no coincidence. */
const TRIES = 50;

/**
 * Appends, durably.
 *
 * @param known the head to go on from
 * @param passed whether `known` is what this process saw itself; else it must be found first
 * @throws GuardError `TrailBroken` where the trail does not go on from `known`
 */
export async function appendTrailObjects(
  shelf: Shelf,
  events: Iterable<TrailEvent>,
  known: TrailHead | null,
  passed: boolean,
  where: string,
): Promise<TrailHead> {
  const pieces = piecesOf(events);
  let piece = pieces.next();
  if (piece.done === true) throw nothingToAppend();
  let head = await newestHead(shelf, known, passed, where);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const records = chain(piece.value, head);
    const [first] = records;
    const last = records.at(-1);
    if (first === undefined || last === undefined) throw nothingToAppend();
    const text = records.map((record) => lineOf(readBack(record))).join("");
    if ((await shelf.create("trail", first.sequence, text)) && !(await wasStale(shelf, first.sequence))) {
      head = headOf(last);
      piece = pieces.next();
      if (piece.done === true) return head;
      tries = -1;
      continue;
    }
    await wait(Math.random() * 20 * (tries + 1));
    head = await newestHead(shelf, head, true, where);
  }
  throw new GuardError(
    "StoreBusy",
    "cloud",
    `others have been faster ${TRIES} times at writing the trail in ${where}`,
    "try again",
  );
}

/**
 * We slept so long that this number was used, sealed and free again: what we created there is no piece of the trail. The newest pieces are never
 * sealed, so that so many behind ours show it.
 */
async function wasStale(shelf: Shelf, number: number): Promise<boolean> {
  const later = await shelf.numbers("trail", number + 1);
  if (later.length < UNSEALED) return false;
  await shelf.remove("trail", number);
  return true;
}

/** The events of one piece of the trail after the other. */
function* piecesOf(events: Iterable<TrailEvent>): Generator<readonly TrailEvent[], void> {
  let piece: TrailEvent[] = [];
  for (const event of events) {
    piece.push(event);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}

async function newestHead(shelf: Shelf, known: TrailHead | null, passed: boolean, where: string): Promise<TrailHead | null> {
  const continuation = continueFrom(known, passed, where);
  const next = passed ? 1 : 0;
  const wanted = known === null ? 0 : known.sequence + next;
  for await (const record of recordsFrom(shelf, passed ? wanted : wanted - PIECE + 1, wanted)) continuation.take(record);
  return continuation.end();
}

/**
 * The records of the pieces whose number is `from` or greater, beginning with the piece that may hold record `wanted`. Pieces are listed before
 * sealed ones are (trail-seals.ts): what is not among the first, because it was sealed, is then among the second.
 */
async function* recordsFrom(shelf: Shelf, from: number, wanted: number): AsyncGenerator<TrailRecord> {
  const pieces = await shelf.numbers("trail", Math.max(0, from));
  const first = pieces.findLast((number) => number <= wanted);
  /** The record that comes next; null while none was found to begin with. */
  let next = first ?? null;
  // The newest pieces are never sealed: where none is listed, none is there.
  if (first === undefined && pieces.length > 0) {
    for await (const record of sealedFrom(shelf, wanted)) {
      if (record.sequence < wanted) continue;
      yield record;
      next = record.sequence + 1;
    }
  }
  const begin = next ?? 0;
  const numbers = pieces.filter((number) => number >= begin);
  for await (const { number, text } of textsOf(shelf, "trail", numbers)) {
    if (next !== null && (text === null || number > next)) {
      for await (const record of sealedFrom(shelf, next)) {
        if (record.sequence < next) continue;
        yield record;
        next = record.sequence + 1;
      }
    }
    if (next !== null && number < next) continue;
    if (text === null) throw incomplete(shelf.nameOf("trail", number), "it was listed, and is not there");
    for (const record of recordsIn(text, shelf.nameOf("trail", number))) {
      yield record;
      next = record.sequence + 1;
    }
  }
}

/** The records of all sealed pieces from the one on that may hold record `wanted`, each once. */
async function* sealedFrom(shelf: Shelf, wanted: number): AsyncGenerator<TrailRecord> {
  const sealed = await shelf.numbers("sealed");
  const first = sealed.findLast((number) => number <= wanted);
  if (first === undefined) return;
  let next = first;
  for await (const { number, text } of textsOf(shelf, "sealed", sealed.slice(sealed.indexOf(first)))) {
    if (text === null) throw incomplete(shelf.nameOf("sealed", number), "it was listed, and is not there");
    for (const record of recordsIn(text, shelf.nameOf("sealed", number))) {
      // Where a sealing was killed, another one began in the midst of what it had sealed.
      if (record.sequence < next) continue;
      yield record;
      next = record.sequence + 1;
    }
  }
}

/** The texts of these objects, fetched before they are needed; null for one that is not there. */
async function* textsOf(
  shelf: Shelf,
  kind: "trail" | "sealed",
  numbers: readonly number[],
): AsyncGenerator<{ readonly number: number; readonly text: string | null }> {
  const ahead: Promise<string | null>[] = [];
  let next = 0;
  for (const number of numbers) {
    for (const upcoming of numbers.slice(next, next + AHEAD - ahead.length)) {
      const text = shelf.read(kind, upcoming);
      // Whoever stops reading before its turn does not want to hear of it.
      text.catch(() => undefined);
      ahead.push(text);
      next += 1;
    }
    yield { number, text: (await ahead.shift()) ?? null };
  }
}

/** The records of one object. Throws GuardError `TrailUnreadable`. */
export function* recordsIn(text: string, where: string): Generator<TrailRecord> {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw incomplete(where, "its last line is unfinished");
  for (const [position, line] of lines.entries()) yield parseLine(line, `${where}, line ${position + 1}`);
}

function incomplete(where: string, why: string): GuardError {
  return new GuardError(
    "TrailUnreadable",
    "guard",
    `the audit trail can't be read at ${where}: ${why}`,
    "restore it from a backup",
  );
}
