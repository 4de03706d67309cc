import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CosFault, type CosKey, type CosServer, startCosServer } from "../../sim/cos.ts";
import { milliseconds } from "../../src/core/terms/time.ts";
import { GuardError } from "../../src/errors.ts";
import { type CosState, cosShelf } from "../../src/store/cos-shelf.ts";
import { openStore, probeStore, type State } from "../../src/store/index.ts";
import type { Shelf } from "../../src/store/shelf.ts";
import { verifyTrail } from "../../src/trail/chain.ts";
import { all, event, handClock, ledger } from "./samples.ts";

let bucket: CosServer;
let state: State;
let cosState: CosState;
const secretKey = "SECRETKEYsecretkeySECRETKEY00000";
const token = "TOKENtokenTOKENtoken";
const credentials = { secretId: "AKIDexampleexampleexampleexample0000", secretKey, token };
const write = () => openStore(state, { credentials, clock: handClock(), mode: "write" });
const read = () => openStore(state, { credentials, clock: handClock(), mode: "read" });

beforeEach(async () => {
  bucket = await startCosServer({ keys: [credentials] });
  cosState = { kind: "cos", bucket: "guard-1250000000", region: "ap-guangzhou", prefix: "eip-guard", endpoint: bucket.endpoint };
  state = cosState;
});
afterEach(() => bucket.close());

/** Faults as the tests name them: before the request has its effect, or after it. */
const FAULTS = {
  "500-before": { kind: "http500" },
  "500-after": { kind: "http500", after: true },
  "drop-before": { kind: "drop" },
  "drop-after": { kind: "drop", after: true },
} as const satisfies Readonly<Record<string, CosFault>>;

type Fault = keyof typeof FAULTS;

/** Faults the first `times` requests that are so named. */
function faultOn(request: string, fault: Fault, times = 1): void {
  bucket.faults.push({ ...FAULTS[fault], request, times });
}

describe("a bucket that overwrites although it is told not to (versioning was on once)", () => {
  beforeEach(() => {
    bucket.versioning = "suspended";
  });

  it.each([
    ["a ledger", async () => (await write()).writeLedger(ledger(1))],
    ["a trail", async () => (await write()).append([event("a")])],
    ["a lease", async () => (await write()).acquireLease("run-1", milliseconds(60_000))],
  ])("gets no %s", async (_, work) => {
    await expect(work()).rejects.toMatchObject({
      code: "OverwriteNotRefused",
      fault: "user",
      fix: expect.stringContaining("versioning"),
    });
    expect([...bucket.objects.keys()]).toEqual(["eip-guard/create-only-probe"]);
  });

  it("is told by check --probe-store", async () => {
    await expect(probeStore(state, { credentials })).rejects.toMatchObject({ code: "OverwriteNotRefused" });
  });

  it("also when versioning came later", async () => {
    bucket.versioning = "never";
    await (await write()).writeLedger(ledger(1));
    bucket.versioning = "suspended";
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
  it.each<[string, () => void, string, string]>([
    ["a refusal", () => bucket.faults.push({ kind: "error" }), "StoreForbidden", "user"],
    ["a bucket that is gone", () => Object.assign(bucket, { exists: false }), "NoSuchBucket", "user"],
    ["a bucket that fails", () => bucket.faults.push({ kind: "http500" }), "StoreUnreachable", "cloud"],
    ["a dropped connection", () => bucket.faults.push({ kind: "drop" }), "StoreUnreachable", "cloud"],
    ["answers that break off", () => bucket.faults.push({ kind: "cut" }), "StoreUnreachable", "cloud"],
    ["an unknown secret id", () => void bucket.keys.splice(0), "StoreWrongKeys", "user"],
    ["another secret key", () => renewKey({ secretKey: "another" }), "StoreWrongKeys", "user"],
    ["a token that is missing or another's", () => renewKey({ token: "another" }), "StoreWrongKeys", "user"],
    ["a token that has ended", () => renewKey({ expires: 0 }), "StoreWrongKeys", "user"],
    ["a right that lacks", () => renewKey({ denied: new Set(["GetObject", "GetBucket"]) }), "StoreForbidden", "user"],
  ])(
    "%s",
    async (_, spoil, code, whose) => {
      await (await write()).writeLedger(ledger(1));
      spoil();
      const store = await read();
      await expect(store.readLedger()).rejects.toMatchObject({ code, fault: whose });
      await expect(all(store.readTrail())).rejects.toMatchObject({ code });
      await expect(store.stopRequested()).rejects.toMatchObject({ code });
      await expect((await write()).writeLedger(ledger(2))).rejects.toMatchObject({ code });
    },
    60_000,
  );

  it("nor is a proxy's page, though it comes with 200", async () => {
    await (await write()).writeLedger(ledger(1));
    bucket.faults.push({ kind: "portal" });
    const store = await write();
    await expect(store.readLedger()).rejects.toMatchObject({ code: "StoreUnreachable", fault: "cloud" });
    await expect(all(store.readTrail())).rejects.toMatchObject({ code: "StoreUnreachable" });
    await expect(store.writeLedger(ledger(2))).rejects.toMatchObject({ code: "StoreUnreachable" });
    await expect(store.acquireLease("run-1", milliseconds(60_000))).rejects.toMatchObject({ code: "StoreUnreachable" });
  });

  it("nor is a piece of the trail that was removed between two others", async () => {
    const store = await write();
    for (const number of [0, 1, 2]) await store.append([event("a", number)]);
    bucket.objects.delete("eip-guard/trail/0000000001.jsonl");
    expect(await verifyTrail(store.readTrail(), null)).toMatchObject({ holds: false, at: "record 2", records: 1 });
  });
});

/** The bucket's one key, changed. */
function renewKey(changes: Partial<CosKey>): void {
  bucket.keys.splice(0, 1, { ...credentials, ...changes });
}

it.each([
  ["an hour behind", 3_600_000],
  ["an hour ahead", -3_600_000],
])("refuses to work with a machine's clock that is %s: leases and notices stand on it", async (_, offset) => {
  const other = await startCosServer({ keys: [credentials], now: () => Date.now() + offset });
  try {
    const store = await openStore({ ...cosState, endpoint: other.endpoint }, { credentials, clock: handClock(), mode: "read" });
    await expect(store.readLedger()).rejects.toMatchObject({ code: "ClockWrong", fault: "user" });
  } finally {
    await other.close();
  }
});

it("tries again by itself after a first write that could not even try out the bucket", async () => {
  const store = await write();
  bucket.faults.push({ kind: "error", request: "PUT eip-guard/create-only-probe", times: 1 });
  await expect(store.writeLedger(ledger(1))).rejects.toMatchObject({ code: "StoreForbidden" });
  await store.writeLedger(ledger(1));
  expect((await store.readLedger()).generation).toBe(1);
});

it("writes nothing that arrives as something else", async () => {
  bucket.faults.push({ kind: "garble", request: "PUT eip-guard/ledger/0000000001.json" });
  await expect((await write()).writeLedger(ledger(1))).rejects.toMatchObject({ code: "StoreRefuses" });
  expect([...bucket.objects.keys()]).toEqual(["eip-guard/create-only-probe"]);
});

describe("a bucket that never answers is given up within the patience of one call, with all its tries", () => {
  it.each<[string, (shelf: Shelf) => Promise<unknown>]>([
    ["a listing", (shelf) => shelf.numbers("ledger")],
    ["a reading", (shelf) => shelf.read("ledger", 1)],
    ["a writing", (shelf) => shelf.create("ledger", 1, "{}")],
  ])("%s", async (_, work) => {
    bucket.faults.push({ kind: "hang" });
    const shelf = await cosShelf(cosState, credentials, { patience: milliseconds(300) });
    await expect(work(shelf)).rejects.toMatchObject({ code: "StoreUnreachable", message: expect.stringContaining("TIMEDOUT") });
  });

  it("but one that is slow is waited for", async () => {
    await (await write()).writeLedger(ledger(1));
    bucket.faults.push({ kind: "slow", milliseconds: 500 });
    expect((await (await read()).readLedger()).generation).toBe(1);
  });
});

it("lists more than one page holds", async () => {
  const store = await write();
  await store.append([event("a", 0)]);
  // What other programs keep under the same prefix is none of ours.
  for (let number = 0; number < 1_500; number += 1) bucket.put(`eip-guard/ledger/0-${number}.txt`, "");
  await store.writeLedger(ledger(7));
  expect((await store.readLedger()).generation).toBe(7);
});

it("tells no secret in an error, even where the answer repeats it", async () => {
  const wrong = { secretId: "AKIDwrongwrongwrongwrongwrongwrong00", secretKey, token };
  for (const keys of [credentials, wrong]) {
    bucket.faults.push({ kind: "error", message: `Access Denied for ${Object.values(keys).join(" ")}`, times: 1 });
    const store = await openStore(state, { credentials: keys, clock: handClock(), mode: "read" });
    const error = await store.readLedger().then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof GuardError)) throw new Error("it must fail");
    const told = JSON.stringify([error.message, error.fix, error.stack, error.cause, { ...error }]);
    expect(told).toContain("Access Denied for ***");
    for (const secret of [keys.secretId, keys.secretKey, keys.token]) expect(told).not.toContain(secret);
  }
});

describe("a listing that is none", () => {
  const nodes = (all: Readonly<Record<string, string>>) =>
    Object.entries(all)
      .map(([name, text]) => `<${name}>${text}</${name}>`)
      .join("");
  const KEY = "eip-guard/ledger/0000000007.json";
  it.each<{ what: string; answer: Readonly<Record<string, string>>; why: string }>([
    {
      what: "whose pages go back has no end",
      answer: { Prefix: "eip-guard/ledger/", IsTruncated: "true", NextMarker: KEY, Contents: nodes({ Key: KEY }) },
      why: "no end",
    },
    {
      what: "whose pages never go on has no end",
      answer: { Prefix: "eip-guard/ledger/", IsTruncated: "true", NextMarker: "", Contents: nodes({ Key: KEY }) },
      why: "no end",
    },
    { what: "of another prefix is no empty bucket", answer: { Prefix: "others/", IsTruncated: "false" }, why: "no listing" },
    { what: "of nothing in particular is no empty bucket", answer: { IsTruncated: "false" }, why: "no listing" },
  ])("$what", async ({ answer, why }) => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.setHeader("Content-Type", "application/xml");
      response.end(`<?xml version="1.0"?><ListBucketResult>${nodes(answer)}</ListBucketResult>`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const shelf = await cosShelf({ ...cosState, endpoint: `http://127.0.0.1:${port}` }, credentials);
      await expect(shelf.numbers("ledger")).rejects.toThrow(why);
      expect(asked).toBeLessThan(4);
    } finally {
      server.close();
    }
  });
});
