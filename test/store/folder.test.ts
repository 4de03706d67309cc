import { mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { instant, milliseconds, SECOND } from "../../src/core/terms/time.ts";
import { openFolderStore, openFolderStoreForWriting } from "../../src/store/folder.ts";
import { verifyTrail } from "../../src/trail/chain.ts";
import { all, event, handClock, ledger } from "./samples.ts";

let home: string;
let dir: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "eip-guard-folder-"));
  dir = join(home, "state");
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

const open = () => openFolderStoreForWriting(dir, handClock());
const trail = () => join(dir, "trail.jsonl");

describe("a reader", () => {
  it("creates nothing, not even the folder", async () => {
    const store = openFolderStore(dir);
    expect(await store.readLedger()).toMatchObject({ generation: 0, addresses: {} });
    expect(await all(store.readTrail())).toEqual([]);
    expect(await store.stopRequested()).toBe(false);
    expect(await readdir(home)).toEqual([]);
  });

  it("does not take a path that is no folder for an empty store", async () => {
    await writeFile(dir, "");
    await expect(openFolderStore(dir).readLedger()).rejects.toMatchObject({ code: "StoreUnreadable", fault: "user" });
    await expect(openFolderStore(dir).stopRequested()).rejects.toMatchObject({ code: "StoreUnreadable" });
  });
});

describe("only the owner can read", () => {
  it("the folder and each file in it", async () => {
    const store = await open();
    await store.writeLedger(ledger(1));
    await store.append([event("a")]);
    await store.acquireLease("run-1", SECOND);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    const names = await readdir(dir);
    expect(names.length).toBeGreaterThan(2);
    for (const name of names) expect([name, (await stat(join(dir, name))).mode & 0o777]).toEqual([name, 0o600]);
  });
});

describe("an unfinished last record, as a crash leaves it", () => {
  beforeEach(async () => {
    await (await open()).append([event("a", 0), event("a", 1), event("a", 2)]);
    await truncate(trail(), (await stat(trail())).size - 20);
  });

  it("is no record, and verifying tells of it", async () => {
    const store = openFolderStore(dir);
    expect(await all(store.readTrail())).toHaveLength(2);
    expect(await verifyTrail(store.readTrail(), null)).toMatchObject({
      holds: true,
      records: 2,
      unfinished: { bytes: expect.any(Number) },
    });
  });

  it("is cut off by the next append, which says so in the trail", async () => {
    const store = await open();
    const head = await store.append([event("b", 3)]);
    const records = await all(store.readTrail());
    expect(records.map(({ run, kind, sequence }) => [run, kind, sequence])).toEqual([
      ["a", "verdict", 0],
      ["a", "verdict", 1],
      ["b", "gap", 2],
      ["b", "verdict", 3],
    ]);
    expect(await verifyTrail(store.readTrail(), head)).toMatchObject({ holds: true, records: 4, unfinished: null });
  });

  it("is no excuse where the ledger already knows the record", async () => {
    const whole = await mkdtemp(join(home, "whole-"));
    const store = await openFolderStoreForWriting(whole, handClock());
    const head = await store.append([event("a", 0), event("a", 1)]);
    await store.writeLedger(ledger(1, { trailHead: head }));
    await truncate(join(whole, "trail.jsonl"), (await stat(join(whole, "trail.jsonl"))).size - 1);
    const before = await readFile(join(whole, "trail.jsonl"), "utf8");
    await expect((await openFolderStoreForWriting(whole, handClock())).append([event("b")])).rejects.toMatchObject({
      code: "TrailBroken",
    });
    expect(await readFile(join(whole, "trail.jsonl"), "utf8")).toBe(before);
  });
});

describe("nothing is appended to a trail that was tampered with behind or at the ledger's head", () => {
  it.each([
    ["the end was cut off", (lines: string[]) => lines.slice(0, 2)],
    ["the file is gone", () => []],
    ["the head was edited", (lines: string[]) => lines.map((line, at) => (at === 2 ? line.replace("run-a", "run-x") : line))],
    [
      "a later record was edited",
      (lines: string[]) => lines.map((line, at) => (at === 3 ? line.replace("run-b", "run-x") : line)),
    ],
    ["a later record was taken out", (lines: string[]) => lines.filter((_, at) => at !== 3)],
    ["a later line is no record", (lines: string[]) => [...lines, "{}"]],
  ])("%s", async (_, tamper) => {
    const store = await open();
    const head = await store.append([event("run-a", 0), event("run-a", 1), event("run-a", 2)]);
    await store.writeLedger(ledger(1, { trailHead: head }));
    await store.append([event("run-b", 3), event("run-b", 4)]);
    const lines = (await readFile(trail(), "utf8")).split("\n").slice(0, -1);
    const tampered = tamper(lines)
      .map((line) => `${line}\n`)
      .join("");
    await writeFile(trail(), tampered);
    await expect((await open()).append([event("run-c")])).rejects.toMatchObject({
      code: expect.stringMatching(/^Trail(Broken|Unreadable)$/),
    });
    expect(await readFile(trail(), "utf8")).toBe(tampered);
  });

  it("nor by the process that wrote it, when it got shorter", async () => {
    const store = await open();
    await store.append([event("a", 0), event("a", 1)]);
    await truncate(trail(), 0);
    await expect(store.append([event("a", 2)])).rejects.toMatchObject({ code: "TrailBroken", fault: "guard" });
  });
});

describe("readTrail after a record", () => {
  it.each([0, 1, 499, 2_998, 2_999, 5_000])("gives what comes after %d, however long the trail is", async (after) => {
    const store = await open();
    await store.append(Array.from({ length: 3_000 }, (_, number) => event("a", number)));
    const records = await all(store.readTrail(after));
    expect(records.map((record) => record.sequence)).toEqual(
      Array.from({ length: Math.max(0, 2_999 - after) }, (_, at) => after + 1 + at),
    );
  });
});

describe("a ledger that can't be read stops everything", () => {
  it.each([
    ["LedgerUnreadable", "no JSON", "{"],
    ["LedgerUnreadable", "another shape", JSON.stringify({ schema: "eip-guard/ledger/v1" })],
    ["LedgerUnreadable", "an unknown key", JSON.stringify({ ...ledger(2), more: 1 })],
    ["LedgerUnreadable", "another generation than its name says", JSON.stringify(ledger(1))],
    ["LedgerUnreadable", "nothing", ""],
    ["LedgerNewer", "a newer version", JSON.stringify({ schema: "eip-guard/ledger/v2", generation: 2 })],
  ])("%s: it holds %s", async (code, _, text) => {
    const store = await open();
    await store.writeLedger(ledger(1));
    await writeFile(join(dir, "ledger-0000000002.json"), text);
    await expect(store.readLedger()).rejects.toMatchObject({ code, message: expect.stringContaining("ledger-0000000002.json") });
    await expect(store.append([event("a")])).rejects.toMatchObject({ code });
  });
});

it("writes no ledger that could not be read back", async () => {
  const store = await open();
  const broken = ledger(1, {
    lastComplete: { here: { at: instant(Number.NaN), eips: 1, tagged: 1, pods: 1, claims: 1, clusters: 1 } },
  });
  await expect(store.writeLedger(broken)).rejects.toMatchObject({ code: "LedgerInvalid", fault: "guard" });
  expect((await store.readLedger()).generation).toBe(0);
});

it("keeps ten generations", async () => {
  const store = await open();
  for (let generation = 1; generation <= 13; generation += 1) await store.writeLedger(ledger(generation));
  const names = (await readdir(dir)).filter((name) => name.startsWith("ledger-"));
  expect(names.sort()).toEqual(Array.from({ length: 10 }, (_, at) => `ledger-${String(at + 4).padStart(10, "0")}.json`));
});

it("says so, and does not look for ever, where the newest ledger or lease is listed and not there", async () => {
  const dir = await mkdtemp(join(tmpdir(), "eip-guard-listed-"));
  const store = await openFolderStoreForWriting(dir, handClock());
  await symlink(join(dir, "nowhere"), join(dir, "ledger-0000000003.json"));
  await expect(store.readLedger()).rejects.toMatchObject({
    code: "LedgerUnreadable",
    message: expect.stringContaining("ledger-0000000003.json can't be read: it is listed, and is not there"),
  });
  await symlink(join(dir, "nowhere"), join(dir, "lease-0000000003.json"));
  await expect(store.acquireLease("mine", milliseconds(60_000))).rejects.toMatchObject({ code: "LeaseUnreadable" });
  await rm(dir, { recursive: true });
});
