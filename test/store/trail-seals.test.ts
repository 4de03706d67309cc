import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CosServer, startCosServer } from "../../sim/cos.ts";
import type { TrailHead } from "../../src/core/terms/ledger.ts";
import { type CosState, cosShelf } from "../../src/store/cos-shelf.ts";
import { openStore } from "../../src/store/index.ts";
import { padded, type Shelf } from "../../src/store/shelf.ts";
import { appendTrailObjects, readTrailObjects, UNSEALED } from "../../src/store/trail-objects.ts";
import { sealTrail } from "../../src/store/trail-seals.ts";
import { chain, headOf, lineOf, verifyTrail } from "../../src/trail/chain.ts";
import { all, event, handClock, ledger } from "./samples.ts";

/** Old pieces of a trail in a bucket, put together: whatever happens in between, the trail reads the same. */

const credentials = { secretId: "AKIDexampleexampleexampleexample0000", secretKey: "secret" };
const OPTIONS = { unsealed: 4, pieces: 3, records: 100, most: 5 };

let bucket: CosServer;
let state: CosState;
let shelf: Shelf;
let head: TrailHead | null;
beforeEach(async () => {
  bucket = await startCosServer({ keys: [credentials] });
  state = { kind: "cos", bucket: "guard-1250000000", region: "ap-guangzhou", prefix: "", endpoint: bucket.endpoint };
  shelf = await cosShelf(state, credentials);
  head = null;
});
afterEach(() => bucket.close());

/** Appends pieces of so many records each. */
async function append(sizes: readonly number[]): Promise<void> {
  for (const size of sizes) {
    const events = Array.from({ length: size }, (_, number) => event("run", number));
    head = await appendTrailObjects(shelf, events, head, head !== null, "the bucket");
  }
}

/** So many pieces of one record each, as years of runs leave them. */
function longTrail(pieces: number): void {
  const records = chain(
    Array.from({ length: pieces }, (_, number) => event("run", number)),
    null,
  );
  for (const record of records) bucket.put(`trail/${padded(record.sequence)}.jsonl`, lineOf(record));
  const last = records.at(-1);
  head = last === undefined ? null : headOf(last);
}

const objects = (kind: "trail" | "sealed") => [...bucket.objects.keys()].filter((key) => key.startsWith(`${kind}/`)).sort();
const sequences = async (after?: number) => (await all(readTrailObjects(shelf, after))).map(({ sequence }) => sequence);
const from = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at);

/** Reads the whole trail, and from each record on; appends to it as a process that has just begun. */
async function holds(records: number): Promise<void> {
  expect(await verifyTrail(readTrailObjects(shelf), head)).toMatchObject({ holds: true, records });
  for (const after of from(-1, records)) expect(await sequences(after)).toEqual(from(after + 1, records - after - 1));
  const known = head;
  head = await appendTrailObjects(shelf, [event("later")], known, false, "the bucket");
  expect(head.sequence).toBe(records);
}

const SIZES = [1, 2, 1, 1, 3, 1, 1, 1, 2, 1, 1, 1];

describe("sealing", () => {
  it("puts whole groups of old pieces together, and leaves the newest as they are", async () => {
    await append(SIZES);
    await sealTrail(shelf, OPTIONS);
    expect(objects("sealed")).toEqual(["sealed/0000000000.jsonl", "sealed/0000000004.jsonl"]);
    expect(objects("trail")).toHaveLength(SIZES.length - 6);
    await holds(16);
  });

  it("goes on where it ended, and has nothing to do twice", async () => {
    await append(SIZES);
    await sealTrail(shelf, OPTIONS);
    const before = [...bucket.objects.keys()].sort();
    await sealTrail(shelf, OPTIONS);
    expect([...bucket.objects.keys()].sort()).toEqual(before);
    await append([1, 1, 1]);
    await sealTrail(shelf, OPTIONS);
    expect(objects("sealed")).toHaveLength(3);
    await holds(19);
  });

  it("ends a group at so many records", async () => {
    await append([60, 60, 60, 60, 1, 1, 1, 1]);
    await sealTrail(shelf, OPTIONS);
    expect(objects("sealed")).toEqual(["sealed/0000000000.jsonl", "sealed/0000000120.jsonl"]);
    expect(await verifyTrail(readTrailObjects(shelf), head)).toMatchObject({ holds: true, records: 244 });
  });

  it("a year of runs leaves few objects, and a run asks few questions of them", async () => {
    longTrail(UNSEALED + 410);
    await sealTrail(shelf);
    expect(objects("trail")).toHaveLength(UNSEALED + 10);
    expect(objects("sealed")).toHaveLength(2);
    const asked = bucket.requests.length;
    expect(await sequences((head?.sequence ?? 0) - 1)).toHaveLength(1);
    expect(bucket.requests.length - asked).toBeLessThan(6);
    expect(await verifyTrail(readTrailObjects(shelf), head)).toMatchObject({ holds: true, records: UNSEALED + 410 });
  });
});

describe("a sealing that is cut short", () => {
  /** A shelf that fails from its nth call on, as a process that is killed there. */
  function dying(calls: number): Shelf {
    let left = calls;
    const live = <A extends readonly unknown[], T>(work: (...given: A) => Promise<T>) => {
      return async (...given: A): Promise<T> => {
        left -= 1;
        if (left < 0) throw new Error("killed");
        return work(...given);
      };
    };
    return {
      ...shelf,
      numbers: live(shelf.numbers),
      read: live(shelf.read),
      create: live(shelf.create),
      remove: live(shelf.remove),
    };
  }

  it.each(from(0, 22))("after %i calls leaves a trail that reads the same, and is gone on with", async (calls) => {
    await append(SIZES);
    await sealTrail(dying(calls), OPTIONS).catch(() => undefined);
    await holds(16);
    await sealTrail(shelf, OPTIONS);
    await sealTrail(shelf, OPTIONS);
    expect(objects("trail").length).toBeLessThan(SIZES.length);
    expect(await verifyTrail(readTrailObjects(shelf), head)).toMatchObject({ holds: true, records: 17 });
  });

  it("by a role that may not delete reads the same", async () => {
    await append(SIZES);
    const forbidden: Shelf = { ...shelf, remove: () => Promise.reject(new Error("403")) };
    await expect(sealTrail(forbidden, OPTIONS)).rejects.toThrow("403");
    expect(objects("trail")).toHaveLength(SIZES.length);
    await holds(16);
  });
});

describe("nothing is removed", () => {
  it.each([
    ["where a piece was edited", "trail/0000000001.jsonl", (text: string) => text.replace("leaked", "unsure")],
    ["where the first piece was edited", "trail/0000000000.jsonl", (text: string) => text.replace("leaked", "unsure")],
    ["where a piece is under another's number", "trail/0000000003.jsonl", (text: string) => text.split("\n").slice(1).join("\n")],
    ["where a piece is cut off", "trail/0000000001.jsonl", (text: string) => text.slice(0, -9)],
  ])("%s", async (_, key, change) => {
    await append(SIZES);
    bucket.put(key, change(bucket.objects.get(key)?.body.toString() ?? ""));
    const before = objects("trail");
    await sealTrail(shelf, OPTIONS).catch(() => undefined);
    expect(objects("trail")).toEqual(before);
    expect(objects("sealed")).toEqual([]);
    expect(await verifyTrail(readTrailObjects(shelf), head)).toMatchObject({ holds: false });
  });

  it("where what is sealed under that number is something else", async () => {
    await append(SIZES);
    bucket.put("sealed/0000000000.jsonl", "{}\n");
    await sealTrail(shelf, OPTIONS);
    expect(objects("trail")).toHaveLength(SIZES.length);
  });
});

it("who reads while pieces are sealed misses none", async () => {
  await append(SIZES);
  for (const stop of from(1, 15)) {
    const read: number[] = [];
    for await (const { sequence } of readTrailObjects(shelf)) {
      read.push(sequence);
      if (read.length === stop) await sealTrail(shelf, { ...OPTIONS, unsealed: Math.max(2, SIZES.length - stop), pieces: 2 });
    }
    expect(read).toEqual(from(0, 16));
  }
});

it("who slept so long that its number was sealed and free again appends behind the newest", async () => {
  longTrail(1);
  const slept = head;
  longTrail(UNSEALED + 210);
  await sealTrail(shelf);
  expect(objects("trail")).not.toContain("trail/0000000001.jsonl");
  const { sequence } = head ?? { sequence: 0 };
  // It looked for the newest record before it slept, and found its own.
  let isFirst = true;
  const sleepy: Shelf = {
    ...shelf,
    async numbers(kind, begin) {
      const numbers = await shelf.numbers(kind, begin);
      if (!isFirst || kind !== "trail") return numbers;
      isFirst = false;
      return numbers.filter((number) => number <= 0);
    },
  };
  const behind = await appendTrailObjects(sleepy, [event("late")], slept, true, "the bucket");
  expect(behind.sequence).toBe(sequence + 1);
  expect(objects("trail")).not.toContain("trail/0000000001.jsonl");
  expect(await verifyTrail(readTrailObjects(shelf), behind)).toMatchObject({ holds: true });
});

it("tidying a store of a few records changes nothing, and a store that was sealed goes on by its ledger", async () => {
  const clock = handClock();
  const store = await openStore(state, { credentials, clock, mode: "write" });
  await store.append([event("a")]);
  const before = [...bucket.objects.keys()];
  await store.tidy();
  expect([...bucket.objects.keys()]).toEqual(before);
  head = await store.append([event("a")]);
  await append(SIZES);
  await sealTrail(shelf, OPTIONS);
  await store.writeLedger(ledger(1, { trailHead: head }));
  const again = await openStore(state, { credentials, clock, mode: "write" });
  expect((await again.append([event("b")])).sequence).toBe((head?.sequence ?? 0) + 1);
});
