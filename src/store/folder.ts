import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Duration, instant, milliseconds } from "../core/terms/time.ts";
import { GuardError } from "../errors.ts";
import type { Clock, Lease, StoreReader, StoreWriter } from "../ports.ts";
import { folderShelf, isThere, prepareFolder, writing } from "./folder-shelf.ts";
import { type Generations, generationsOf } from "./generations.ts";
import { heldLease, takeLease } from "./leases.ts";
import { useOnceOf } from "./once.ts";
import { hasEnded, identifyProcess } from "./process-identity.ts";
import type { Shelf } from "./shelf.ts";
import { appendToTrailFile, type KnownTail, readTrailFile } from "./trail-file.ts";

/**
 * A folder as the store (the default): `ledger-<generation>.json`, create-only; `trail.jsonl`, append-only; notes of leases; `STOP`. Safe
 * against a second process, kill -9 and a full disk. Only its owner can read it.
 */

const TRAIL = "trail.jsonl";
const STOP = "STOP";

/** Reads only; never creates the folder or anything in it. */
export function openFolderStore(dir: string): StoreReader {
  return readerOf(dir, generationsOf(folderShelf(dir)));
}

function readerOf(dir: string, generations: Generations): StoreReader {
  return {
    readLedger: generations.newest,
    readTrail: (after) => readTrailFile(join(dir, TRAIL), after),
    stopRequested: () => isThere(join(dir, STOP)),
    describe: () => dir,
  };
}

/** @throws GuardError `StoreUnwritable` when the folder can't be made or written */
export async function openFolderStoreForWriting(dir: string, clock: Clock): Promise<StoreWriter> {
  await prepareFolder(dir);
  const shelf = folderShelf(dir);
  const generations = generationsOf(shelf);
  const process = await identifyProcess(dir);
  /** The tail as this process left it: what comes behind it must go on from there. */
  let known: KnownTail | null = null;
  return {
    ...readerOf(dir, generations),
    newestHead: generations.newestHead,
    readEip: generations.newestOf,
    writeLedger: generations.write,
    async append(events) {
      const lock = await lockTrail(dir, shelf, process);
      try {
        const tail = await appendToTrailFile(join(dir, TRAIL), events, known ?? (await fromLedger(generations)));
        known = tail;
        return tail.head;
      } finally {
        await lock.release();
      }
    },
    acquireLease: (holder, duration) =>
      takeLease(shelf, { kind: "lease", holder, duration, now: clock.now, process, isDead: hasEnded }),
    heldLease: () => heldLease(shelf, "lease", clock.now()),
    useOnce: useOnceOf(shelf),
    // The trail is one file.
    tidy: async () => undefined,
  };
}

/**
 * Tries out whether the folder can do what a store needs: one lock is taken and given back, which creates two small files.
 *
 * @throws GuardError `StoreUnwritable`, `DiskFull`
 */
export async function probeFolder(dir: string): Promise<string> {
  await prepareFolder(dir);
  const lock = await lockTrail(dir, folderShelf(dir), await identifyProcess(dir));
  await lock.release();
  return `the folder ${dir} can be written, and creates a file once only`;
}

async function fromLedger(generations: Generations): Promise<KnownTail> {
  const { trailHead } = await generations.newestHead();
  return { head: trailHead, end: null };
}

/** An append takes milliseconds. A lock this old belongs to a process on another machine that was killed. */
const LOCK: Duration = milliseconds(30_000);

/** Longer than a killed process's lock lasts. */
const PATIENCE: Duration = milliseconds(2 * LOCK);

/** The machine's clock, whatever the guard's own clock is: this lock is about processes, not about the world that they watch. */
const now = () => instant(Date.now());

async function lockTrail(dir: string, shelf: Shelf, process: string | null): Promise<Lease> {
  const options = { kind: "append", holder: "trail", duration: LOCK, now, process, isDead: hasEnded } as const;
  for (const giveUpAt = now() + PATIENCE; now() < giveUpAt; ) {
    const lock = await writing(dir, () => takeLease(shelf, options));
    if (lock !== null) return lock;
    await wait(5 + Math.random() * 20);
  }
  throw new GuardError(
    "StoreBusy",
    "cloud",
    `another process has been writing the trail in ${dir} for ${PATIENCE / 1_000} s`,
    "look for an eip-guard that hangs; its lock expires by itself",
  );
}
