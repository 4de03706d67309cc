import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { emptyLedger, type Ledger, type TrailHead } from "../core/ledger.ts";
import { after, type Duration, type Instant, instant } from "../core/time.ts";
import type { TrailEvent, TrailRecord } from "../core/trail.ts";
import { GuardError, whyOf } from "../errors.ts";
import type { Clock, Lease, StoreReader, StoreWriter } from "../ports.ts";
import { parseLedger } from "./ledger-schema.ts";
import { chain, headOf, lineOf, parseLine } from "./trail-chain.ts";

/**
 * A folder as the store (the default): `ledger-<generation>.json`, create-only; `trail.jsonl`, append-only; `lease.json`; `STOP`. Safe
 * against a second process, kill -9 and a full disk. Only its owner can read it.
 */

const TRAIL = "trail.jsonl";
const LEASE = "lease.json";
const TRAIL_LOCK = "trail.lock";
const STOP = "STOP";
const LEDGER = /^ledger-(\d{10})\.json$/;
/** Generations that are kept for a look back. */
const KEPT = 10;

/** Reads only; never creates the folder or anything in it. */
export function openFolderStore(dir: string): StoreReader {
  return {
    readLedger: () => readNewest(dir),
    readTrail: (after) => readTrail(join(dir, TRAIL), after),
    stopRequested: () => exists(join(dir, STOP)),
    describe: () => dir,
  };
}

/** @throws GuardError `StoreUnwritable` when the folder can't be made or written */
export async function openFolderStoreForWriting(dir: string, clock: Clock): Promise<StoreWriter> {
  await guarded(dir, () => mkdir(dir, { recursive: true, mode: 0o700 }));
  return {
    ...openFolderStore(dir),
    writeLedger: (ledger) => writeLedger(dir, ledger),
    append: (events) => append(dir, events),
    acquireLease: (holder, duration) => acquireLease(dir, holder, duration, clock),
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Failures of the disk, in words. */
async function guarded<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GuardError) throw error;
    const full = codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT";
    throw new GuardError(
      full ? "DiskFull" : "StoreUnwritable",
      "user",
      full ? `the disk of ${dir} is full` : `the folder ${dir} can't be written: ${whyOf(error)}`,
      full ? "make room; nothing that was stored before is lost" : "check state.dir and its permissions",
      { cause: error },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw new GuardError(
      "StoreUnreadable",
      "user",
      `${path} can't be looked at: ${whyOf(error)}`,
      "check state.dir and its permissions",
    );
  }
}

async function generations(dir: string): Promise<readonly { readonly generation: number; readonly file: string }[]> {
  let names: readonly string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw new GuardError(
      "StoreUnreadable",
      "user",
      `the folder ${dir} can't be read: ${whyOf(error)}`,
      "check state.dir and its permissions",
    );
  }
  return names
    .flatMap((file) => {
      const digits = LEDGER.exec(file)?.[1];
      return digits === undefined ? [] : [{ generation: Number(digits), file }];
    })
    .sort((one, other) => one.generation - other.generation);
}

async function readNewest(dir: string): Promise<Ledger> {
  const newest = (await generations(dir)).at(-1);
  if (newest === undefined) return emptyLedger();
  const file = join(dir, newest.file);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    // Pruned between the listing and the reading: a newer one is there.
    if (codeOf(error) === "ENOENT") return readNewest(dir);
    throw new GuardError(
      "LedgerUnreadable",
      "guard",
      `the ledger ${file} can't be read: ${whyOf(error)}`,
      "check its permissions",
    );
  }
  return parseLedger(text, file);
}

async function writeLedger(dir: string, ledger: Ledger): Promise<void> {
  await guarded(dir, async () => {
    const name = `ledger-${String(ledger.generation).padStart(10, "0")}.json`;
    const present = await generations(dir);
    if (present.some(({ generation }) => generation >= ledger.generation)) throw lostRace(ledger.generation);
    const part = join(dir, `.part-${randomBytes(6).toString("hex")}`);
    try {
      await writeDurably(part, JSON.stringify(ledger), constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY);
      await link(part, join(dir, name));
    } catch (error) {
      if (codeOf(error) === "EEXIST") throw lostRace(ledger.generation);
      throw error;
    } finally {
      await unlink(part).catch(() => undefined);
    }
    await syncFolder(dir);
    for (const { file } of present.slice(0, Math.max(0, present.length + 1 - KEPT)))
      await unlink(join(dir, file)).catch(() => undefined);
  });
}

function lostRace(generation: number): GuardError {
  return new GuardError("LostRace", "guard", `generation ${generation} of the ledger is there already: another run was faster`);
}

async function writeDurably(path: string, text: string, flags: number): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const CHUNK = 64 * 1024;

/** Lines of a file, one at a time; the last one may lack its newline, which is told. */
async function* linesOf(path: string): AsyncGenerator<{ readonly text: string; readonly finished: boolean }> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw new GuardError(
      "TrailUnreadable",
      "guard",
      `the audit trail ${path} can't be read: ${whyOf(error)}`,
      "check its permissions",
    );
  }
  try {
    let rest = "";
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(CHUNK);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, null);
      if (bytesRead === 0) break;
      const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) yield { text, finished: true };
    }
    if (rest !== "") yield { text: rest, finished: false };
  } finally {
    await file.close();
  }
}

async function* readTrail(path: string, from = -1): AsyncGenerator<TrailRecord> {
  let number = 0;
  for await (const { text, finished } of linesOf(path)) {
    number += 1;
    // A crash in mid-append leaves one unfinished record: it never was, and the next append clears it away.
    if (!finished) return;
    if (from >= 0 && number <= from + 1) continue;
    yield parseLine(text, `${path}, line ${number}`);
  }
}

/** Whether the trail ends in the middle of a record, as after a crash. */
export async function hasUnfinishedRecord(dir: string): Promise<boolean> {
  for await (const { finished } of linesOf(join(dir, TRAIL))) if (!finished) return true;
  return false;
}

async function append(dir: string, events: readonly TrailEvent[]): Promise<TrailHead> {
  return guarded(dir, async () => {
    const unlock = await lockTrail(dir);
    try {
      const file = await open(join(dir, TRAIL), constants.O_CREAT | constants.O_RDWR, 0o600);
      try {
        const { head, end } = await tailOf(file, join(dir, TRAIL));
        const records = chain(events, head);
        const last = records.at(-1);
        if (last === undefined) return head ?? { sequence: -1, hash: "" };
        // What lies behind `end` is the unfinished record of a crash.
        await file.truncate(end);
        await file.write(records.map(lineOf).join(""), end);
        await file.sync();
        return headOf(last);
      } finally {
        await file.close();
      }
    } finally {
      await unlock();
    }
  });
}

/** The newest whole record and where it ends. */
async function tailOf(file: FileHandle, path: string): Promise<{ readonly head: TrailHead | null; readonly end: number }> {
  const { size } = await file.stat();
  let length = Math.min(size, CHUNK);
  for (;;) {
    const buffer = new Uint8Array(length);
    await file.read(buffer, 0, length, size - length);
    const lastNewline = buffer.lastIndexOf(10);
    if (lastNewline === -1 && length === size) return { head: null, end: 0 };
    const before = lastNewline <= 0 ? -1 : buffer.lastIndexOf(10, lastNewline - 1);
    if (lastNewline !== -1 && (before !== -1 || length === size)) {
      const text = new TextDecoder().decode(buffer.subarray(before + 1, lastNewline));
      return { head: headOf(parseLine(text, `the end of ${path}`)), end: size - length + lastNewline + 1 };
    }
    length = Math.min(size, length * 2);
  }
}

/** An append takes milliseconds; a lock this old belongs to a process that was killed. */
const LOCK_STALE_MS = 10_000;

async function lockTrail(dir: string): Promise<() => Promise<void>> {
  const path = join(dir, TRAIL_LOCK);
  for (;;) {
    try {
      const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
      await file.close();
      return async () => {
        await unlink(path).catch(() => undefined);
      };
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    await breakStaleLock(path);
    await wait(5 + Math.random() * 20);
  }
}

async function breakStaleLock(path: string): Promise<void> {
  try {
    const { mtimeMs, ino } = await stat(path);
    if (Date.now() - mtimeMs < LOCK_STALE_MS) return;
    const aside = `${path}-${randomBytes(6).toString("hex")}`;
    await rename(path, aside);
    const moved = await stat(aside);
    // Somebody broke the same lock and took it between our two looks: give it back.
    if (moved.ino !== ino) await link(aside, path).catch(() => undefined);
    await unlink(aside);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

interface LeaseFile {
  readonly holder: string;
  readonly token: string;
  readonly expiresAt: number;
}

async function readLease(path: string): Promise<LeaseFile | null> {
  try {
    const text = await readFile(path, "utf8");
    const json: unknown = JSON.parse(text);
    if (typeof json !== "object" || json === null) return null;
    const { holder, token, expiresAt } = json as Partial<Record<keyof LeaseFile, unknown>>;
    if (typeof holder !== "string" || typeof token !== "string" || typeof expiresAt !== "number") return null;
    return { holder, token, expiresAt };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    if (error instanceof SyntaxError) return { holder: "", token: "", expiresAt: 0 };
    throw error;
  }
}

async function acquireLease(dir: string, holder: string, duration: Duration, clock: Clock): Promise<Lease | null> {
  return guarded(dir, async () => {
    const path = join(dir, LEASE);
    const token = randomBytes(12).toString("hex");
    const content = (now: Instant) => JSON.stringify({ holder, token, expiresAt: after(now, duration) });
    const present = await readLease(path);
    if (present !== null && clock.now() < instant(present.expiresAt)) return null;
    if (present !== null && !(await removeExpired(path, present.token))) return null;
    const part = join(dir, `.part-${token}`);
    try {
      await writeDurably(part, content(clock.now()), constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY);
      await link(part, path);
    } catch (error) {
      if (codeOf(error) === "EEXIST") return null;
      throw error;
    } finally {
      await unlink(part).catch(() => undefined);
    }
    const held = async () => (await readLease(path))?.token === token;
    return {
      async renew() {
        if (!(await held())) return false;
        const next = join(dir, `.part-${randomBytes(6).toString("hex")}`);
        await writeDurably(next, content(clock.now()), constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY);
        await rename(next, path);
        return held();
      },
      async release() {
        if (await held()) await unlink(path).catch(() => undefined);
      },
    };
  });
}

/** Takes an expired lease away; false when it was another's by then. */
async function removeExpired(path: string, token: string): Promise<boolean> {
  const aside = `${path}-${randomBytes(6).toString("hex")}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return true;
    throw error;
  }
  const moved = await readLease(aside);
  const expired = moved !== null && moved.token === token;
  if (!expired) await link(aside, path).catch(() => undefined);
  await unlink(aside).catch(() => undefined);
  return expired;
}
