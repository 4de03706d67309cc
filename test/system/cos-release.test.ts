import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CosFault, type CosServer, startCosServer } from "../../sim/cos.ts";
import { createWorkload, deleteWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { addAccount, type Cluster } from "../../sim/world/world.ts";
import type { ScanResult } from "../../src/core/terms/result.ts";
import { DAY, HOUR, openStage, type Stage } from "./stage.ts";

/**
 * A release while the bucket fails at the worst moments. Whatever happens: nothing goes without an intent that is stored, nothing goes
 * twice, and what went is told and counted by the run that comes after.
 */

const BOTH_KEYS = { EIP_GUARD_ALLOW_RELEASE: "yes" };

interface Play {
  readonly stage: Stage;
  readonly cos: CosServer;
  readonly run: () => Promise<{ readonly code: number; readonly err: string; readonly result: ScanResult | null }>;
  readonly close: () => Promise<void>;
}

/** Equal each time: two Pods are gone for days, flagged and noticed, and the next run may release their EIPs. */
async function untilDue(): Promise<Play> {
  let cluster: Cluster | undefined;
  const stage = await openStage((world) => {
    const account = addAccount(world, { regions: ["ap-guangzhou"] });
    const region = account.regions.get("ap-guangzhou");
    if (region === undefined) throw new Error("no region");
    cluster = startCluster(world, region, { id: "cls-game0001" });
    createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 2, annotations: NEVER });
    createWorkload(world, cluster, { kind: "StatefulSet", namespace: "old", name: "arena", replicas: 2, annotations: NEVER });
  });
  if (cluster === undefined) throw new Error("no cluster");
  const cos = await startCosServer({ keys: stage.world.accounts });
  await stage.configure(`
mode: enforce
state: { cos: { bucket: guard-1250000000, region: ap-guangzhou, prefix: eip-guard/, endpoint: "${cos.endpoint}" } }
policy:
  grace: 1h
  maxGap: 7h
  rules: [{ name: leaked, match: { verdict: leaked }, flagAfter: 0s, releaseAfter: 2d }]
release: { notice: 24h, maxPerRun: 10, maxPercent: 100 }
`);
  const flag = async () => expect((await stage.run(["run", "--mode", "flag"])).code).toBe(0);
  await flag();
  stage.clock.advance(HOUR);
  deleteWorkload(stage.world, cluster, "StatefulSet", "old", "arena");
  for (const end = stage.clock.now() + 4 * DAY; stage.clock.now() < end; ) {
    stage.clock.advance(6 * HOUR);
    await flag();
  }
  stage.clock.advance(6 * HOUR);
  return {
    stage,
    cos,
    async run() {
      const { code, out, err } = await stage.run(["run", "--format", "json"], BOTH_KEYS);
      return { code, err, result: out === "" ? null : JSON.parse(out) };
    },
    async close() {
      await stage.close();
      await cos.close();
    },
  };
}

function keysOf(cos: CosServer, part: string): readonly string[] {
  return [...cos.objects.keys()].filter((key) => key.includes(part)).sort();
}

/** Kinds of the trail's records about one EIP, oldest first. */
function recordsOf(cos: CosServer, eip: string): readonly string[] {
  return keysOf(cos, "/trail/")
    .flatMap((key) => cos.objects.get(key)?.body.toString().trimEnd().split("\n") ?? [])
    .map((line): { kind: string; eip: string | null } => JSON.parse(line))
    .flatMap((record) => (record.eip === eip ? [record.kind] : []));
}

/** The requests of the run that releases, as they are when nothing fails. */
let writes: readonly string[];
let intents: readonly string[];
let receipts: readonly string[];

beforeAll(async () => {
  const play = await untilDue();
  const asked = play.cos.requests.length;
  expect((await play.run()).result?.acts?.map(({ act }) => act)).toEqual(["released", "released"]);
  writes = play.cos.requests.slice(asked).filter((request) => request.startsWith("PUT ") && !request.endsWith("probe"));
  const putting = (kind: string) =>
    writes.filter((name) => play.cos.objects.get(name.slice("PUT ".length))?.body.includes(`"kind":"${kind}"`));
  intents = putting("intent");
  receipts = putting("receipt");
  expect([intents.length, receipts.length]).toEqual([2, 2]);
  await play.close();
}, 120_000);

let play: Play;
afterEach(() => play.close());

async function fail(request: string, fault: Omit<CosFault, "request" | "times"> = { kind: "error" }, times?: number) {
  play = await untilDue();
  play.cos.faults.push({ request, ...fault, ...(times === undefined ? {} : { times }) });
  return play.run();
}

/** The bucket works again; every EIP that went has its intent and its end in the trail, once, and people were told. */
async function heals(gone: number): Promise<void> {
  play.cos.faults.length = 0;
  // A lease that could not be given back ends by itself.
  play.stage.clock.advance(HOUR);
  const ids = () => play.stage.world.released.map(({ id }) => id);
  expect(ids()).toHaveLength(gone);
  for (let more = 0; more < 3; more += 1) {
    expect((await play.run()).code).toBe(0);
    play.stage.clock.advance(6 * HOUR);
  }
  expect(new Set(ids()).size).toBe(2);
  expect(ids()).toHaveLength(2);
  for (const id of ids()) {
    const kinds = recordsOf(play.cos, id);
    expect(kinds.filter((kind) => kind === "receipt" || kind === "settled")).toHaveLength(1);
    expect(kinds.indexOf("intent")).toBeLessThan(kinds.findIndex((kind) => kind === "receipt" || kind === "settled"));
    expect(kinds).toContain("intent");
    const told = play.stage.simulator.slack.messages.filter(({ text, blocks }) =>
      /released/i.test(text) ? JSON.stringify(blocks).includes(id) : false,
    );
    expect(told.length, `${id} is told`).toBeGreaterThan(0);
  }
  const [newest = ""] = keysOf(play.cos, "/ledger/").slice(-1);
  const ledger: { receipts: { id: string }[] } = JSON.parse(play.cos.objects.get(newest)?.body.toString() ?? "");
  expect(ledger.receipts.map(({ id }) => id).sort()).toEqual([...ids()].sort());
  expect((await play.stage.run(["trail", "verify"])).code).toBe(0);
}

describe("when a bucket fails in the run that releases", { timeout: 120_000 }, () => {
  it("nothing goes whose intent can't be stored", async () => {
    const { code } = await fail(intents[0] ?? "");
    // Exit 1, not 2: though the keys lack a right, something was done.
    expect(code).toBe(1);
    await heals(0);
  });

  it("the first goes, and the second waits, when the second's intent can't be stored", async () => {
    const { code } = await fail(intents[1] ?? "");
    expect(code).toBe(1);
    await heals(1);
  });

  it("what went before its receipt could be stored is settled by the next run, told and counted", async () => {
    const { code } = await fail(receipts[0] ?? "");
    expect(code).toBe(1);
    await heals(1);
  });

  it("what went before the last ledger could be stored is told and counted by the next run", async () => {
    const last = writes.filter((request) => request.includes("/ledger/")).at(-1) ?? "";
    const { code } = await fail(last);
    expect(code).toBe(1);
    await heals(2);
  });

  it("nothing goes when the lease can't be prolonged", async () => {
    const renewal = writes.filter((request) => request.includes("/lease/"))[1] ?? "";
    const { code, result } = await fail(renewal);
    expect([code, result?.acts?.some(({ act }) => act === "released") ?? false]).toEqual([1, false]);
    await heals(0);
  });

  it.each([
    ["the connection", "drop"],
    ["the answer", "http500"],
  ] as const)("no write is done twice or taken for another's when %s is lost each time", async (_, kind) => {
    play = await untilDue();
    for (const request of writes) play.cos.faults.push({ request, kind, after: true, times: 1 });
    const { code, result } = await play.run();
    expect([code, result?.acts?.map(({ act }) => act)]).toEqual([0, ["released", "released"]]);
    expect(play.cos.faults.filter(({ times }) => times !== 0)).toEqual([]);
    await heals(2);
  });
});
