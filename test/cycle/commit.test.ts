import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emptyLedger, type Ledger } from "../../src/core/terms/ledger.ts";
import { type Instant, instant, MINUTE, milliseconds } from "../../src/core/terms/time.ts";
import { commitLedger } from "../../src/cycle/commit.ts";
import { speak } from "../../src/cycle/persons.ts";
import type { Clock, Lease, StoreWriter } from "../../src/ports.ts";
import { openFolderStoreForWriting } from "../../src/store/folder.ts";
import { memory } from "../core/build.ts";

const EIP = "eip-aaaaaaaa";
const LEASE = milliseconds(20 * MINUTE);

let now: Instant;
let folder: string;
let store: StoreWriter;
const clock: Clock = { now: () => now, sleep: async () => undefined };

beforeEach(async () => {
  now = instant(Date.UTC(2026, 10, 23, 9));
  folder = await mkdtemp(join(tmpdir(), "eip-guard-commit-"));
  store = await openFolderStoreForWriting(folder, clock);
  await store.writeLedger({
    ...emptyLedger(),
    generation: 1,
    writtenAt: now,
    writtenBy: "run-0",
    addresses: { [EIP]: memory(null) },
  });
});
afterEach(() => rm(folder, { recursive: true }));

async function lease(holder: string): Promise<Lease> {
  const taken = await store.acquireLease(holder, LEASE);
  if (taken === null) throw new Error(`${holder} got no lease`);
  return taken;
}

/** A run from its reading of the ledger to its writing, with what happens meanwhile. */
async function run(holder: string, meanwhile: () => Promise<unknown> = async () => undefined): Promise<Ledger> {
  const taken = await lease(holder);
  try {
    const read = await store.readLedger();
    await meanwhile();
    const draft = { ledger: { ...read, gaps: [holder] }, base: read.generation, taken: read.trailHead };
    return (await commitLedger({ store, clock, lease: taken }, draft, holder)).ledger;
  } finally {
    await taken.release();
  }
}

const keep = () => speak({ store, clock }, EIP, { says: "keep", until: null, why: "" }, "ann");

function later(): void {
  now = instant(now + LEASE + 1);
}

describe("what a run writes", () => {
  it("is the next generation, with what a person said meanwhile", async () => {
    expect(await run("run-1")).toMatchObject({ generation: 2, writtenBy: "run-1" });
    expect(await run("run-2", keep)).toMatchObject({ generation: 4, addresses: { [EIP]: { keep: { by: "ann" } } } });
  });

  it("is written also when its lease ran out and nobody took it", async () => {
    const slept = async () => {
      later();
      await keep();
    };
    expect(await run("run-1", slept)).toMatchObject({ generation: 3, gaps: ["run-1"] });
  });

  it("never covers what another run wrote while it slept", async () => {
    const slept = async () => {
      later();
      await run("run-2");
    };
    await expect(run("run-1", slept)).rejects.toMatchObject({ code: "LostRace" });
    expect(await store.readLedger()).toMatchObject({ gaps: ["run-2"] });
  });

  it("never covers it either when a person spoke after that", async () => {
    const slept = async () => {
      later();
      await run("run-2");
      await keep();
    };
    await expect(run("run-1", slept)).rejects.toMatchObject({ code: "LostRace" });
    expect(await store.readLedger()).toMatchObject({ gaps: ["run-2"], addresses: { [EIP]: { keep: { by: "ann" } } } });
  });
});
