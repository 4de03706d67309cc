import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { instant, milliseconds } from "../../src/core/terms/time.ts";
import { openFolderStore, openFolderStoreForWriting } from "../../src/store/folder.ts";
import { verifyTrail } from "../../src/trail/chain.ts";
import { all, event, handClock, ledger, numberOf } from "./samples.ts";

/** The folder under real processes: several at once, killed at any moment, on a full disk. */

let built: string;
let workerFile: string;
let home: string;
let dir: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), "eip-guard-worker-"));
  workerFile = join(built, "worker.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
    outfile: workerFile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
});
afterAll(() => rm(built, { recursive: true }));
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "eip-guard-processes-"));
  dir = join(home, "state");
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(home, { recursive: true });
});

interface Worker {
  readonly child: ChildProcess;
  /** What it has said so far, line by line. */
  readonly lines: () => readonly string[];
  readonly ended: Promise<void>;
}

function worker(task: string, name: string, count: number, folder = dir): Worker {
  const child = spawn(process.execPath, [workerFile, task, folder, name, String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = once(child, "close").then(() => undefined);
  return { child, lines: () => said.split("\n").slice(0, -1), ended };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe("several processes at once", () => {
  it("lose no record of the trail", async () => {
    const workers = ["a", "b", "c"].map((name) => worker("append", name, 30));
    await Promise.all(workers.map(({ ended }) => ended));
    const store = openFolderStore(dir);
    expect(await verifyTrail(store.readTrail(), null)).toMatchObject({ holds: true, records: 180, unfinished: null });
    const records = await all(store.readTrail());
    for (const name of ["a", "b", "c"]) {
      const numbers = records.filter(({ run }) => run === name).map(numberOf);
      expect(numbers).toEqual(Array.from({ length: 60 }, (_, at) => Math.floor(at / 2)));
    }
  }, 60_000);

  it("never write one generation twice", async () => {
    const workers = ["a", "b", "c"].map((name) => worker("ledger", name, 40));
    await Promise.all(workers.map(({ ended }) => ended));
    const wrote = workers.flatMap(({ lines }) => lines()).map((line) => Number(line.replace("wrote ", "")));
    expect(wrote.length).toBeGreaterThan(0);
    expect(new Set(wrote).size).toBe(wrote.length);
    // Not always an unbroken row: who slept while ten others wrote is told that it lost, though its generation was one of the row.
    expect((await openFolderStore(dir).readLedger()).generation).toBeGreaterThanOrEqual(Math.max(...wrote));
  }, 60_000);

  it("never hold the lease together", async () => {
    const workers = ["a", "b", "c"].map((name) => worker("lease", name, 150));
    await Promise.all(workers.map(({ ended }) => ended));
    // CLOCK_MONOTONIC is one for all processes of a machine.
    const spans = workers.flatMap(({ lines }) => {
      const times = lines().map((line) => BigInt(line.split(" ")[1] ?? ""));
      return times.flatMap((time, at) => (at % 2 === 0 ? [{ from: time, to: times[at + 1] ?? time }] : []));
    });
    spans.sort((one, other) => (one.from < other.from ? -1 : 1));
    expect(spans.length).toBeGreaterThan(3);
    for (const [at, span] of spans.entries()) {
      const next = spans[at + 1];
      if (next !== undefined) expect(next.from > span.to).toBe(true);
    }
  }, 60_000);
});

describe("kill -9", () => {
  it("at any moment leaves a store that is whole, with everything in it that was said to be done", async () => {
    const said: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      const { child, lines, ended } = worker("life", `round-${round}`, 1_000_000);
      await until(() => lines().length > round);
      child.kill("SIGKILL");
      await ended;
      said.push(...lines());
      const store = openFolderStore(dir);
      const { generation, trailHead } = await store.readLedger();
      expect(await verifyTrail(store.readTrail(), trailHead)).toMatchObject({ holds: true });
      const last = (prefix: string) =>
        Math.max(-1, ...said.flatMap((line) => (line.startsWith(prefix) ? [Number(line.split(" ").at(-1))] : [])));
      expect(generation).toBeGreaterThanOrEqual(last("wrote"));
      expect((await all(store.readTrail())).length).toBeGreaterThan(last("appended"));
    }
  }, 120_000);

  it("of a run's process frees its lease at once on this machine", async () => {
    const { child, lines, ended } = worker("lease-and-hang", "killed", 1);
    await until(() => lines().length === 1);
    expect(lines()).toEqual(["took it"]);
    const store = await openFolderStoreForWriting(dir, { ...handClock(), now: () => instant(Date.now()) });
    expect(await store.acquireLease("next", milliseconds(60_000))).toBeNull();
    child.kill("SIGKILL");
    await ended;
    expect(await store.acquireLease("next", milliseconds(60_000))).not.toBeNull();
  }, 30_000);
});

/** A file system of its own, of `kilobytes`, in a mount namespace of its own; what follows runs there. */
const IN_SMALL_DISK = 'mount -t tmpfs -o size="$1"k small "$2" && shift 2 && exec "$@"';
const canMount = spawnSync("unshare", ["-rm", "sh", "-c", IN_SMALL_DISK, "sh", "64", tmpdir(), "true"]).status === 0;

describe("a full disk", () => {
  it.skipIf(!canMount)(
    "is told with the folder's name, and nothing that was stored is lost (skipped where no tmpfs can be mounted)",
    async () => {
      await mkdir(dir);
      // Written to the full disk until it fails, then read back there, since the disk goes with the namespace.
      const script = `
      ${JSON.stringify(process.execPath)} ${JSON.stringify(workerFile)} life "$0" full 1000000
      cp "$0"/* ${JSON.stringify(home)}`;
      const small = spawnSync("unshare", ["-rm", "sh", "-c", IN_SMALL_DISK, "sh", "64", dir, "sh", "-c", script, dir], {
        encoding: "utf8",
      });
      const lines = small.stdout.trim().split("\n");
      expect(lines.at(-1)).toBe(`failed DiskFull the disk of ${dir} is full`);
      const store = openFolderStore(home);
      const { generation, trailHead } = await store.readLedger();
      const wrote = lines.filter((line) => line.startsWith("wrote")).length;
      const appended = lines.filter((line) => line.startsWith("appended")).length;
      expect(wrote).toBeGreaterThan(0);
      expect(generation).toBe(wrote);
      expect(await verifyTrail(store.readTrail(), trailHead)).toMatchObject({ holds: true, records: appended, unfinished: null });
    },
    60_000,
  );

  it("writes a part of an append nowhere: what was there stays, and the next append goes on", async () => {
    await mkdir(dir);
    const store = await openFolderStoreForWriting(dir, handClock());
    const head = await store.append([event("before")]);
    await store.writeLedger(ledger(1, { trailHead: head }));
    // The shell's limit of a file's size (in blocks of 512 or 1024 bytes) stands for the disk's.
    const limited = spawnSync(
      "bash",
      ["-c", `ulimit -f 8; exec "$0" "$1" append "$2" limited 1000`, process.execPath, workerFile, dir],
      {
        encoding: "utf8",
      },
    );
    expect(limited.stdout).toContain(`failed DiskFull the disk of ${dir} is full`);
    const appended = limited.stdout.split("\n").filter((line) => line.startsWith("appended")).length;
    expect(appended).toBeGreaterThan(0);
    const reader = openFolderStore(dir);
    expect(await verifyTrail(reader.readTrail(), head)).toMatchObject({
      holds: true,
      records: 1 + 2 * appended,
      unfinished: null,
    });
    expect((await readFile(join(dir, "trail.jsonl"), "utf8")).endsWith("\n")).toBe(true);
    await store.append([event("after")]);
    expect((await all(reader.readTrail())).at(-1)).toMatchObject({ run: "after" });
    expect((await readdir(dir)).filter((name) => name.startsWith(".part-"))).toEqual([]);
  }, 60_000);
});
