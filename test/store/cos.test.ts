import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { milliseconds } from "../../src/core/time.ts";
import { GuardError } from "../../src/errors.ts";
import { openStore, probeStore, type State } from "../../src/store/index.ts";
import { verifyTrail } from "../../src/store/trail-chain.ts";
import { type Bucket, type Fault, SECRET_ID, startBucket } from "./bucket.ts";
import { all, event, handClock, ledger } from "./samples.ts";

let bucket: Bucket;
let state: State;
const secretKey = "SECRETKEYsecretkeySECRETKEY00000";
const token = "TOKENtokenTOKENtoken";
const credentials = { secretId: SECRET_ID, secretKey, token };
const write = () => openStore(state, { credentials, clock: handClock(), mode: "write" });
const read = () => openStore(state, { credentials, clock: handClock(), mode: "read" });

beforeEach(async () => {
  bucket = await startBucket();
  state = { kind: "cos", bucket: "guard-1250000000", region: "ap-guangzhou", prefix: "eip-guard", endpoint: bucket.endpoint };
});
afterEach(() => bucket.close());

/** Faults the first `times` requests that are so named. */
function faultOn(name: string, fault: Fault, times = 1): void {
  let left = times;
  bucket.fault = (request) => {
    if (request !== name || left === 0) return null;
    left -= 1;
    return fault;
  };
}

describe("a bucket that overwrites although it is told not to (versioning was on once)", () => {
  beforeEach(() => {
    bucket.versioned = true;
  });

  it.each([
    ["a ledger", async () => (await write()).writeLedger(ledger(1))],
    ["a trail", async () => (await write()).append([event("a")])],
    ["a lease", async () => (await write()).acquireLease("run-1", milliseconds(60_000))],
  ])("gets no %s", async (_, work) => {
    await expect(work()).rejects.toMatchObject({
      code: "OverwriteNotRefused",
      fault: "user",
      mend: expect.stringContaining("versioning"),
    });
    expect([...bucket.objects.keys()]).toEqual(["eip-guard/create-only-probe"]);
  });

  it("is told by check --probe-store", async () => {
    await expect(probeStore(state, { credentials })).rejects.toMatchObject({ code: "OverwriteNotRefused" });
  });

  it("also when versioning came later", async () => {
    bucket.versioned = false;
    await (await write()).writeLedger(ledger(1));
    bucket.versioned = true;
    await expect((await write()).writeLedger(ledger(2))).rejects.toMatchObject({ code: "OverwriteNotRefused" });
  });
});

it("proves a good bucket with one object", async () => {
  expect(await probeStore(state, { credentials })).toContain("creates an object once only");
  expect([...bucket.objects.keys()]).toEqual(["eip-guard/create-only-probe"]);
});

it("reads without writing one object", async () => {
  const store = await read();
  await store.readLedger();
  await all(store.readTrail());
  await store.stopRequested();
  expect(bucket.requests.filter((request) => !request.startsWith("GET"))).toEqual([]);
});

describe("our own first try that we never heard of is no lost race", () => {
  it.each<Fault>(["500-after", "drop-after"])("when the ledger's PUT ended in %s", async (fault) => {
    faultOn("PUT eip-guard/ledger/0000000001.json", fault);
    await (await write()).writeLedger(ledger(1));
    expect((await (await read()).readLedger()).generation).toBe(1);
  });

  it.each<Fault>(["500-after", "drop-after"])("when the trail's PUT ended in %s: nothing is recorded twice", async (fault) => {
    faultOn("PUT eip-guard/trail/0000000000.jsonl", fault);
    const head = await (await write()).append([event("a", 1), event("a", 2)]);
    expect(await verifyTrail((await read()).readTrail(), head)).toMatchObject({ holds: true, records: 2 });
  });

  it.each<Fault>(["500-after", "drop-after"])("when the lease's PUT ended in %s", async (fault) => {
    faultOn("PUT eip-guard/lease/0000000001.json", fault);
    expect(await (await write()).acquireLease("run-1", milliseconds(60_000))).not.toBeNull();
  });

  it("but another's is, even with the same content", async () => {
    const writers = await Promise.all(Array.from({ length: 6 }, write));
    const outcomes = await Promise.allSettled(writers.map((store) => store.writeLedger(ledger(1))));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await Promise.all(writers.map((store) => store.append([event("same")])));
    expect(await all((await read()).readTrail())).toHaveLength(6);
  });
});

describe("a passing fault costs nothing", () => {
  it.each<Fault>(["500-before", "drop-before"])("%s", async (fault) => {
    const store = await write();
    faultOn("PUT eip-guard/ledger/0000000001.json", fault, 2);
    await store.writeLedger(ledger(1));
    faultOn("GET eip-guard/ledger/0000000001.json", fault, 2);
    expect((await store.readLedger()).generation).toBe(1);
  });
});

describe("what can't be read is never taken for empty", () => {
  it.each<[Fault, string, string]>([
    ["403", "StoreForbidden", "user"],
    ["no-bucket", "NoSuchBucket", "user"],
    ["500-before", "StoreUnreachable", "cloud"],
    ["drop-before", "StoreUnreachable", "cloud"],
  ])(
    "%s is %s",
    async (fault, code, whose) => {
      await (await write()).writeLedger(ledger(1));
      bucket.fault = () => fault;
      const store = await read();
      await expect(store.readLedger()).rejects.toMatchObject({ code, fault: whose });
      await expect(all(store.readTrail())).rejects.toMatchObject({ code });
      await expect(store.stopRequested()).rejects.toMatchObject({ code });
    },
    60_000,
  );

  it("nor is a piece of the trail that was removed", async () => {
    const store = await write();
    const head = await store.append([event("a", 0)]);
    const last = await store.append([event("a", 1)]);
    await store.writeLedger(ledger(1, { trailHead: last }));
    bucket.objects.delete("eip-guard/trail/0000000001.jsonl");
    expect(await verifyTrail(store.readTrail(), last)).toMatchObject({ holds: false, records: 1 });
    expect(await verifyTrail(store.readTrail(), head)).toMatchObject({ holds: true });
    await expect((await write()).append([event("b")])).rejects.toMatchObject({ code: "TrailBroken" });
  });
});

it("lists more than one page holds", async () => {
  const store = await write();
  await store.append([event("a", 0)]);
  // What other programs keep under the same prefix is none of ours.
  for (let number = 0; number < 1_500; number += 1)
    bucket.objects.set(`eip-guard/ledger/0-${number}.txt`, { body: "", mark: "" });
  await store.writeLedger(ledger(7));
  expect((await store.readLedger()).generation).toBe(7);
});

it("keeps ten generations", async () => {
  const store = await write();
  for (let generation = 1; generation <= 13; generation += 1) await store.writeLedger(ledger(generation));
  expect([...bucket.objects.keys()].filter((key) => key.includes("/ledger/"))).toHaveLength(10);
});

it("tells no secret in an error, even where the answer repeats it", async () => {
  bucket.fault = () => "403";
  const wrong = { secretId: "AKIDwrongwrongwrongwrongwrongwrong00", secretKey, token };
  for (const keys of [credentials, wrong]) {
    const store = await openStore(state, { credentials: keys, clock: handClock(), mode: "read" });
    const error = await store.readLedger().then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof GuardError)) throw new Error("it must fail");
    const told = JSON.stringify([error.message, error.mend, error.stack, error.cause, { ...error }]);
    for (const secret of [keys.secretId, keys.secretKey, keys.token]) expect(told).not.toContain(secret);
  }
});
