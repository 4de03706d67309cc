import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { TrailHead } from "../core/terms/ledger.ts";
import { instant } from "../core/terms/time.ts";
import type { TrailEvent, TrailRecord } from "../core/terms/trail.ts";
import {
  chainInTurn,
  continueFrom,
  headOf,
  lineOf,
  nothingToAppend,
  parseLine,
  readBack,
  type TrailEnd,
  trailBroken,
} from "../trail/chain.ts";
import { reading, syncFolder, writing } from "./folder-shelf.ts";

/** The trail as one file, one record a line. */

/** How much is read at once. */
const CHUNK = 64 * 1024;

const LINE_FEED = 10;

/** The records whose sequence is greater than `after`, oldest first; all of them when it is left out. */
export async function* readTrailFile(path: string, after?: number): AsyncGenerator<TrailRecord, TrailEnd> {
  const file = await reading(path, () => open(path, constants.O_RDONLY));
  if (file === null) return { unfinished: null };
  try {
    const { size } = await file.stat();
    let end = after === undefined ? 0 : await startNear(file, size, after, path);
    // Line n is record n - 1; where we don't begin with the first, the offset names the place.
    let line = end === 0 ? 1 : null;
    for await (const { text, next } of linesFrom(file, end)) {
      const record = parseLine(text, `${path}, ${line === null ? `byte ${end}` : `line ${line}`}`);
      end = next;
      if (line !== null) line += 1;
      if (after === undefined || record.sequence > after) yield record;
    }
    // What a crash left behind the last line feed never was a record, and the next append clears it away.
    const bytes = (await file.stat()).size - end;
    return { unfinished: bytes > 0 ? { bytes } : null };
  } finally {
    await file.close();
  }
}

/** The newest record, and where it ends in the file. */
export interface Tail {
  readonly head: TrailHead | null;
  readonly end: number;
}

/**
 * Appends to the file, durably. The caller holds the lock.
 *
 * @param known a tail that was seen before: what follows it must be the chain's continuation, and it must still be there
 * @throws GuardError `TrailBroken` where the trail does not go on from `known`: appending would hide that for ever
 */
export async function appendToTrailFile(
  path: string,
  events: Iterable<TrailEvent>,
  known: KnownTail,
): Promise<Tail & { readonly head: TrailHead }> {
  const dir = dirname(path);
  return writing(dir, async () => {
    const file = await open(path, constants.O_CREAT | constants.O_RDWR, 0o600);
    try {
      const { size } = await file.stat();
      const tail = await tailOf(file, size, known, path);
      const written = await writeRecords(file, chainInTurn(withUnfinished(size - tail.end, events), tail.head), tail.end);
      if (tail.end === 0) await syncFolder(dir);
      return written;
    } finally {
      await file.close();
    }
  });
}

/** What is known of the tail: where it ended for us, or only the head that the ledger holds. */
export type KnownTail = Tail | { readonly head: TrailHead | null; readonly end: null };

/**
 * Writes records from a byte on, a chunk at a time, and makes all of them durable at the end. An append that fails is taken back; of one that
 * is killed whole records may stay, as of one in a bucket (trail-objects.ts).
 */
async function writeRecords(
  file: FileHandle,
  records: Iterable<TrailRecord>,
  start: number,
): Promise<Tail & { readonly head: TrailHead }> {
  let last: TrailRecord | null = null;
  let end = start;
  let text = "";
  try {
    for (const record of records) {
      if (last === null) await file.truncate(start);
      last = record;
      text += lineOf(readBack(record));
      if (text.length < CHUNK) continue;
      end = await writeAt(file, Buffer.from(text), end);
      text = "";
    }
    if (last === null) throw nothingToAppend();
    end = await writeAt(file, Buffer.from(text), end);
    await file.sync();
    return { head: headOf(last), end };
  } catch (error) {
    // Half of an append is none. Where even this fails, the unfinished line is cleared away by the next append.
    if (last !== null) await file.truncate(start).catch(() => undefined);
    throw error;
  }
}

/** @returns where what was written ends */
async function writeAt(file: FileHandle, bytes: Buffer, start: number): Promise<number> {
  for (let written = 0; written < bytes.length; ) {
    // A disk that is nearly full writes a part, and says so only by the count.
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, start + written);
    written += bytesWritten;
  }
  return start + bytes.length;
}

/** What a crash left is cut off, and the trail says so first. */
function* withUnfinished(bytes: number, events: Iterable<TrailEvent>): Generator<TrailEvent> {
  let isFirst = true;
  for (const event of events) {
    if (isFirst && bytes > 0) {
      const why = `a crash left ${bytes} bytes of a record; they were cut off`;
      const facts = { scope: "trail", what: "unfinished record", why, bytes };
      yield { kind: "gap", at: instant(event.at), run: event.run, eip: null, facts };
    }
    isFirst = false;
    yield event;
  }
}

async function tailOf(file: FileHandle, size: number, known: KnownTail, path: string): Promise<Tail> {
  const dir = dirname(path);
  const { head } = known;
  let end = known.end ?? (head === null ? 0 : await startNear(file, size, head.sequence, path));
  if (end > size) throw trailBroken(dir, "it is shorter than it was");
  const continuation = continueFrom(head, known.end !== null, dir);
  for await (const { text, next } of linesFrom(file, end)) {
    continuation.take(parseLine(text, `${path}, byte ${end}`));
    end = next;
  }
  return { head: continuation.end(), end };
}

/**
 * Where to begin reading so as not to miss the record of that number: the start of a line at or before it. Looks from the end, since
 * what is asked for is nearly always new and the file grows for years.
 */
async function startNear(file: FileHandle, size: number, sequence: number, path: string): Promise<number> {
  for (let length = CHUNK; length < size; length *= 2) {
    const from = size - length;
    const lineFeed = await nextLineFeed(file, from, size);
    if (lineFeed === null) continue;
    for await (const { text } of linesFrom(file, lineFeed + 1)) {
      if (parseLine(text, `${path}, byte ${lineFeed + 1}`).sequence <= sequence) return lineFeed + 1;
      break;
    }
  }
  return 0;
}

async function nextLineFeed(file: FileHandle, from: number, size: number): Promise<number | null> {
  const buffer = Buffer.alloc(CHUNK);
  for (let at = from; at < size; at += CHUNK) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, at);
    const found = buffer.subarray(0, bytesRead).indexOf(LINE_FEED);
    if (found !== -1) return at + found;
  }
  return null;
}

/** The whole lines from a byte on, each with where the next one begins. What stands behind the last line feed is left out. */
async function* linesFrom(file: FileHandle, from: number): AsyncGenerator<{ readonly text: string; readonly next: number }> {
  const buffer = Buffer.alloc(CHUNK);
  let rest: Buffer[] = [];
  for (let at = from; ; ) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, at);
    if (bytesRead === 0) return;
    let start = 0;
    for (;;) {
      const lineFeed = buffer.subarray(0, bytesRead).indexOf(LINE_FEED, start);
      if (lineFeed === -1) break;
      const piece = buffer.subarray(start, lineFeed);
      const text = (rest.length === 0 ? piece : Buffer.concat([...rest, piece])).toString("utf8");
      yield { text, next: at + lineFeed + 1 };
      rest = [];
      start = lineFeed + 1;
    }
    if (start < bytesRead) rest.push(Buffer.from(buffer.subarray(start, bytesRead)));
    at += bytesRead;
  }
}
