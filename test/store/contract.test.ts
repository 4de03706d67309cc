import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startCosServer } from "../../sim/cos.ts";
import { instant, milliseconds } from "../../src/core/terms/time.ts";
import { GuardError } from "../../src/errors.ts";
import type { StoreReader, StoreWriter } from "../../src/ports.ts";
import { openStore, type State } from "../../src/store/index.ts";
import { verifyTrail } from "../../src/trail/chain.ts";
import { all, event, handClock, ledger, memory, numberOf, START } from "./samples.ts";

/** What every store must do, whatever it stands on: one suite, run against each. */

interface Place {
  readonly state: State;
  readonly stop: () => Promise<void>;
  readonly spoilLedger: (text: string) => Promise<void>;
  /** Names of the generations that are there. */
  readonly generations: () => Promise<readonly string[]>;
  /** Takes the newest record (in COS: the newest piece) away. */
  readonly cutTrail: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const credentials = { secretId: "AKIDexampleexampleexampleexample0000", secretKey: "secret" };

async function folderPlace(): Promise<Place> {
  const home = await mkdtemp(join(tmpdir(), "eip-guard-store-"));
  const dir = join(home, "state");
  return {
    state: { kind: "dir", dir },
    stop: () => writeFile(join(dir, "STOP"), ""),
    spoilLedger: (text) => writeFile(join(dir, "ledger-0000000009.json"), text),
    generations: async () => (await readdir(dir)).filter((name) => name.startsWith("ledger-")).sort(),
    async cutTrail() {
      const path = join(dir, "trail.jsonl");
      const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
      await writeFile(
        path,
        lines
          .slice(0, -1)
          .map((line) => `${line}\n`)
          .join(""),
      );
    },
    close: () => rm(home, { recursive: true }),
  };
}

async function cosPlace(): Promise<Place> {
  const cos = await startCosServer({ keys: [credentials] });
  return {
    state: { kind: "cos", bucket: "guard-1250000000", region: "ap-guangzhou", prefix: "eip-guard/", endpoint: cos.endpoint },
    stop: async () => cos.put("eip-guard/STOP", ""),
    spoilLedger: async (text) => cos.put("eip-guard/ledger/0000000009.json", text),
    generations: async () => [...cos.objects.keys()].filter((key) => key.startsWith("eip-guard/ledger/")).sort(),
    async cutTrail() {
      const [newest = ""] = [...cos.objects.keys()]
        .filter((key) => key.startsWith("eip-guard/trail/"))
        .sort()
        .reverse();
      cos.objects.delete(newest);
    },
    close: cos.close,
  };
}

describe.each([
  ["a folder", folderPlace],
  ["a COS bucket", cosPlace],
])("%s", (_, place) => {
  const clock = handClock();
  let at: Place;
  const write = (): Promise<StoreWriter> => openStore(at.state, { credentials, clock, mode: "write" });
  const read = (): Promise<StoreReader> => openStore(at.state, { credentials, clock, mode: "read" });
  const MINUTE = milliseconds(60_000);

  beforeEach(async () => {
    at = await place();
  });
  afterEach(() => at.close());

  it("is empty before anything was written", async () => {
    const store = await read();
    expect(await store.readLedger()).toMatchObject({ generation: 0, trailHead: null });
    expect(await all(store.readTrail())).toEqual([]);
    expect(await store.stopRequested()).toBe(false);
  });

  it("reads the trail from any record on, however it is cut into pieces", async () => {
    const store = await write();
    for (const size of [1, 3, 1, 2]) await store.append(Array.from({ length: size }, (_, number) => event("run-1", number)));
    const sequences = async (after: number) => (await all(store.readTrail(after))).map(({ sequence }) => sequence);
    for (let after = -1; after < 8; after += 1)
      expect(await sequences(after)).toEqual([0, 1, 2, 3, 4, 5, 6].filter((sequence) => sequence > after));
  });

  it("takes a lease over that ends later than any lease can, and says so; one that ends a little later holds", async () => {
    const store = await write();
    const ahead = await openStore(at.state, {
      credentials,
      clock: { ...clock, now: () => instant(clock.now() + 3 * MINUTE) },
      mode: "write",
    });
    const far = await openStore(at.state, {
      credentials,
      clock: { ...clock, now: () => instant(clock.now() + 30 * 86_400_000) },
      mode: "write",
    });
    const near = await ahead.acquireLease("a little ahead", milliseconds(20 * MINUTE));
    expect(await store.acquireLease("mine", milliseconds(20 * MINUTE))).toBeNull();
    await near?.release();
    await far.acquireLease("a month ahead", milliseconds(20 * MINUTE));
    const mine = await store.acquireLease("mine", milliseconds(20 * MINUTE));
    expect(mine?.warnings).toEqual([expect.stringContaining("the lease of a month ahead was taken over")]);
    expect(await mine?.renew()).toBe(true);
  });

  it("knows since when a lease is held, whatever it was prolonged by", async () => {
    const store = await write();
    expect(await store.heldLease()).toBeNull();
    const since = clock.now();
    const lease = await store.acquireLease("mine", milliseconds(20 * MINUTE));
    clock.pass(milliseconds(15 * MINUTE));
    await lease?.renew();
    expect(await store.heldLease()).toMatchObject({ takenAt: since });
    await lease?.release();
    expect(await store.heldLease()).toBeNull();
  });

  it("gives back the ledger that was written", async () => {
    const written = ledger(1, { servedTicks: ["tick"], gaps: ["cluster: pods"], policyDigest: "带宽" });
    await (await write()).writeLedger(written);
    expect(await (await read()).readLedger()).toEqual(written);
  });

  it("gives back the newest of many generations", async () => {
    const store = await write();
    for (let generation = 1; generation <= 12; generation += 1) await store.writeLedger(ledger(generation));
    expect((await store.readLedger()).generation).toBe(12);
  });

  it.each([
    ["the same generation", 3],
    ["one that is older", 2],
    ["one that was pruned", 1],
  ])("lets nobody write %s a second time", async (_title, generation) => {
    const [one, other] = [await write(), await write()];
    for (const number of [1, 2, 3]) await one.writeLedger(ledger(number));
    await expect(other.writeLedger(ledger(generation, { writtenBy: "late" }))).rejects.toMatchObject({
      code: "LostRace",
      fault: "guard",
    });
    expect(await one.readLedger()).toMatchObject({ generation: 3, writtenBy: "run-3" });
  });

  it("lets one of many win who write the same generation at once", async () => {
    const writers = await Promise.all(Array.from({ length: 8 }, write));
    const outcomes = await Promise.allSettled(
      writers.map((store, number) => store.writeLedger(ledger(1, { writtenBy: `run-${number}` }))),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "LostRace" });
    const winner = outcomes.findIndex(({ status }) => status === "fulfilled");
    expect((await (await read()).readLedger()).writtenBy).toBe(`run-${winner}`);
  });

  it("reads one EIP of the newest generation, as reading all of them has it", async () => {
    const store = await write();
    const addresses = Object.fromEntries(["eip-1", "eip-11", "eip-2"].map((id, at) => [id, memory(`203.0.113.${at}`)]));
    const flagged = { ...memory("203.0.113.9"), everInIdList: true, approval: { at: START, by: "lin", until: START } };
    for (const [at, held] of [addresses, { ...addresses, "eip-3": flagged }, {}].entries()) {
      await store.writeLedger(ledger(at + 1, { addresses: held, servedTicks: ["a"] }));
      const whole = await store.readLedger();
      for (const id of ["eip-1", "eip-11", "eip-2", "eip-3", "eip-", "__proto__"]) {
        const one = Object.hasOwn(whole.addresses, id) ? { [id]: whole.addresses[id] } : {};
        expect(await store.readEip(id)).toEqual({ ...whole, addresses: one });
      }
    }
  });

  it("keeps the ten newest generations", async () => {
    const store = await write();
    for (let generation = 1; generation <= 13; generation += 1) await store.writeLedger(ledger(generation));
    const kept = (await at.generations()).map((name) => Number(/(\d{10})\.json$/.exec(name)?.[1]));
    expect(kept).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });

  it.each([
    ["LedgerUnreadable", "{}"],
    ["LedgerUnreadable", ""],
    ["LedgerNewer", JSON.stringify({ schema: "eip-guard/ledger/v2" })],
  ])("does not take a ledger for empty that it can't read: %s", async (code, text) => {
    await (await write()).writeLedger(ledger(8));
    await at.spoilLedger(text);
    await expect((await read()).readLedger()).rejects.toMatchObject({ code, message: expect.stringContaining("0000000009") });
  });

  it("gives back the trail's records in order, linked, whoever wrote them", async () => {
    const [one, other] = [await write(), await write()];
    await one.append([event("a", 1), event("a", 2)]);
    await other.append([event("b", 3)]);
    const head = await one.append([event("a", 4)]);
    const store = await read();
    const records = await all(store.readTrail());
    expect(records.map((record) => [record.sequence, record.run, numberOf(record)])).toEqual([
      [0, "a", 1],
      [1, "a", 2],
      [2, "b", 3],
      [3, "a", 4],
    ]);
    expect(records[0]).toMatchObject(event("a", 1));
    expect(await verifyTrail(store.readTrail(), head)).toEqual({ holds: true, records: 4, head, unfinished: null });
  });

  it("gives back only what comes after a record", async () => {
    const store = await write();
    for (const number of [0, 1, 2]) await store.append([event("a", 2 * number), event("a", 2 * number + 1)]);
    for (const after of [-1, 0, 1, 2, 4, 5, 9]) {
      const sequences = (await all(store.readTrail(after))).map(({ sequence }) => sequence);
      expect(sequences).toEqual([0, 1, 2, 3, 4, 5].filter((sequence) => sequence > after));
    }
  });

  it("appends thousands of records at once", async () => {
    const store = await write();
    await store.append([event("a", 0)]);
    const head = await store.append(Array.from({ length: 2_500 }, (_, number) => event("a", number)));
    expect(head.sequence).toBe(2_500);
    await store.writeLedger(ledger(1, { trailHead: head }));
    await (await write()).append([event("b")]);
    expect(await verifyTrail(store.readTrail(), head)).toMatchObject({ holds: true, records: 2_502 });
    expect((await all(store.readTrail(2_499))).map(({ sequence }) => sequence)).toEqual([2_500, 2_501]);
  });

  it("loses no record when many append at once", async () => {
    const writers = await Promise.all(Array.from({ length: 5 }, write));
    await Promise.all(
      writers.map(async (store, writer) => {
        for (let number = 0; number < 6; number += 1) await store.append([event(`writer-${writer}`, number)]);
      }),
    );
    const store = await read();
    expect(await verifyTrail(store.readTrail(), null)).toMatchObject({ holds: true, records: 30 });
    const records = await all(store.readTrail());
    for (let writer = 0; writer < 5; writer += 1) {
      const numbers = records.filter(({ run }) => run === `writer-${writer}`).map(numberOf);
      expect(numbers).toEqual([0, 1, 2, 3, 4, 5]);
    }
  });

  it("appends nothing where the ledger remembers a record that is not there", async () => {
    const store = await write();
    await store.writeLedger(ledger(1, { trailHead: { sequence: 4, hash: "f".repeat(64) } }));
    await expect(store.append([event("a")])).rejects.toMatchObject({ code: "TrailBroken", fault: "guard" });
    expect(await all(store.readTrail())).toEqual([]);
  });

  it("finds that the newest record was cut off behind the ledger's back, and appends nothing then", async () => {
    const store = await write();
    await store.append([event("a", 0)]);
    const head = await store.append([event("a", 1)]);
    await store.writeLedger(ledger(1, { trailHead: head }));
    await at.cutTrail();
    expect(await verifyTrail((await read()).readTrail(), head)).toMatchObject({ holds: false, at: "record 1", records: 1 });
    await expect((await write()).append([event("b")])).rejects.toMatchObject({ code: "TrailBroken" });
  });

  it("refuses an append of nothing", async () => {
    await expect((await write()).append([])).rejects.toBeInstanceOf(GuardError);
  });

  it("sees STOP as soon as it is there", async () => {
    const store = await write();
    await store.writeLedger(ledger(1));
    expect(await store.stopRequested()).toBe(false);
    await at.stop();
    expect(await store.stopRequested()).toBe(true);
  });

  describe("a lease", () => {
    it("has one holder, also when the same asks twice", async () => {
      const store = await write();
      expect(await store.acquireLease("run-1", MINUTE)).not.toBeNull();
      expect(await store.acquireLease("run-1", MINUTE)).toBeNull();
      expect(await (await write()).acquireLease("run-2", MINUTE)).toBeNull();
    });

    it("has one holder of many who ask at once", async () => {
      const writers = await Promise.all(Array.from({ length: 8 }, write));
      const leases = await Promise.all(writers.map((store, number) => store.acquireLease(`run-${number}`, MINUTE)));
      expect(leases.filter((lease) => lease !== null)).toHaveLength(1);
    });

    it("is free when it was given back, again and again", async () => {
      const store = await write();
      for (let round = 0; round < 6; round += 1) {
        const lease = await store.acquireLease(`run-${round}`, MINUTE);
        expect(lease).not.toBeNull();
        await lease?.release();
      }
    });

    it("is free when it expired, and its old holder can neither prolong it nor take it from the new one", async () => {
      const store = await write();
      const old = await store.acquireLease("run-1", MINUTE);
      clock.pass(MINUTE);
      const taken = await (await write()).acquireLease("run-2", MINUTE);
      expect(taken).not.toBeNull();
      expect(await old?.renew()).toBe(false);
      await old?.release();
      expect(await store.acquireLease("run-3", MINUTE)).toBeNull();
      expect(await taken?.renew()).toBe(true);
    });

    it("lasts longer when it is prolonged", async () => {
      const store = await write();
      const lease = await store.acquireLease("run-1", MINUTE);
      for (let round = 0; round < 6; round += 1) {
        clock.pass(milliseconds(59_000));
        expect(await lease?.renew()).toBe(true);
      }
      expect(await store.acquireLease("run-2", MINUTE)).toBeNull();
    });

    it("has one new holder of many who find it expired", async () => {
      await (await write()).acquireLease("run-1", MINUTE);
      clock.pass(MINUTE);
      const writers = await Promise.all(Array.from({ length: 8 }, write));
      const leases = await Promise.all(writers.map((store, number) => store.acquireLease(`next-${number}`, MINUTE)));
      expect(leases.filter((lease) => lease !== null)).toHaveLength(1);
    });
  });
});
