import { instant, milliseconds } from "../../src/core/terms/time.ts";
import { GuardError } from "../../src/errors.ts";
import { openFolderStoreForWriting } from "../../src/store/folder.ts";
import { event, handClock, ledger } from "./samples.ts";

/**
 * One process that uses a folder, for tests of several at once, built: `worker.mjs TASK DIR NAME COUNT`. Each thing that it was told to be
 * done goes to stdout as one line, written before the next is begun.
 */
const [task = "", dir = "", name = "", count = "0"] = process.argv.slice(2);
const store = await openFolderStoreForWriting(dir, { ...handClock(), now: () => instant(Date.now()) });

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const tasks: Readonly<Record<string, (number: number) => Promise<void>>> = {
  async append(number) {
    const { sequence } = await store.append([event(name, number), event(name, number)]);
    say(`appended ${number} ${sequence}`);
  },
  async ledger() {
    const { generation } = await store.readLedger();
    try {
      await store.writeLedger(ledger(generation + 1, { writtenBy: name }));
      say(`wrote ${generation + 1}`);
    } catch (error) {
      if (!(error instanceof GuardError) || error.code !== "LostRace") throw error;
    }
  },
  async lease() {
    const lease = await store.acquireLease(name, milliseconds(60_000));
    if (lease === null) return;
    say(`took ${process.hrtime.bigint()}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
    say(`gave ${process.hrtime.bigint()}`);
    await lease.release();
  },
  async "lease-and-hang"() {
    say((await store.acquireLease(name, milliseconds(60_000))) === null ? "refused" : "took it");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  },
  /** What a run does: remembers, writes down, and says so. */
  async life(number) {
    const { generation } = await store.readLedger();
    const head = await store.append([event(name, number)]);
    say(`appended ${number} ${head.sequence}`);
    await store.writeLedger(ledger(generation + 1, { writtenBy: name, trailHead: head }));
    say(`wrote ${generation + 1}`);
  },
};

const run = tasks[task];
if (run === undefined) throw new Error(`no such task: ${task}`);
try {
  for (let number = 0; number < Number(count); number += 1) await run(number);
} catch (error) {
  if (!(error instanceof GuardError)) throw error;
  say(`failed ${error.code} ${error.message}`);
  process.exitCode = 1;
}
