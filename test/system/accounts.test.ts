import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createWorkload, deleteCluster, deleteWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { type Account, addAccount, allocate, type Cluster, eipsOf, type Region, type World } from "../../sim/world/world.ts";
import type { ScanResult } from "../../src/core/terms/result.ts";
import { HOUR, openStage, type Stage } from "./stage.ts";

/** Several accounts in one configuration, each read through its role: what fails in one must neither hide nor decide in another. */
const POLICY = `
mode: enforce
state: { dir: ./state }
policy: { grace: 1h, maxGap: 7h, rules: [{ name: leaked, match: { verdict: leaked }, flagAfter: 0s, releaseAfter: 24h }] }
release: { notice: 12h, maxPerRun: 10, maxPercent: 100 }
`;

interface House {
  readonly account: Account;
  readonly region: Region;
  readonly cluster: Cluster;
  /** AddressIds of the beginning. */
  readonly addresses: readonly string[];
}

let stage: Stage;
let games: House;
let web: House;
beforeEach(async () => {
  const made: House[] = [];
  stage = await openStage((world) => {
    made.push(makeHouse(world, "cls-games001"), makeHouse(world, "cls-webs0001"));
  }, POLICY);
  const [first, second] = made;
  if (first === undefined || second === undefined) throw new Error("the world was not made");
  games = first;
  web = second;
});
afterEach(() => stage.close());

/** An account in the one region that both have, with a cluster whose Pods have the same names and private addresses in both. */
function makeHouse(world: World, id: string): House {
  const account = addAccount(world, { regions: ["ap-guangzhou"] });
  const region = account.regions.get("ap-guangzhou");
  if (region === undefined) throw new Error("no region");
  const cluster = startCluster(world, region, { id });
  createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 2, annotations: NEVER });
  createWorkload(world, cluster, { kind: "StatefulSet", namespace: "old", name: "arena", replicas: 1, annotations: NEVER });
  return { account, region, cluster, addresses: [...region.addresses.keys()] };
}

function addressOf({ region }: House, pod: string, result: ScanResult): ScanResult["eips"][number] {
  const found = result.eips.find(
    (eip) => eip.account === region.account.uin && eip.pod !== null && `${eip.pod.namespace}/${eip.pod.name}` === pod,
  );
  if (found === undefined) throw new Error(`no EIP of ${pod} in ${region.account.uin}`);
  return found;
}

async function live(hours: number): Promise<ScanResult> {
  for (let passed = 0; passed < hours; passed += 6) {
    await run();
    stage.clock.advance(6 * HOUR);
  }
  return run();
}

function run(): Promise<ScanResult> {
  return stage.json(["run"], { EIP_GUARD_ALLOW_RELEASE: "yes" });
}

/** How each address that is gone from this account went. */
function releasedOf({ addresses }: House): readonly string[] {
  return stage.world.released.filter(({ id }) => addresses.includes(id)).map(({ by }) => by);
}

describe("of several accounts", () => {
  it("each EIP is judged by the clusters of its own, though Pods have the same names in both", async () => {
    await run();
    deleteWorkload(stage.world, games.cluster, "StatefulSet", "old", "arena");
    stage.clock.advance(HOUR);
    const result = await run();
    expect(result).toMatchObject({ complete: true, totals: { eips: 6, byVerdict: { "in-use": 5, leaked: 1 } } });
    expect(addressOf(games, "old/arena-0", result)).toMatchObject({ verdict: "leaked", pod: { cluster: "cls-games001" } });
    expect(addressOf(web, "old/arena-0", result)).toMatchObject({ verdict: "in-use", pod: { cluster: "cls-webs0001" } });
    expect(result.regions?.map(({ account }) => account).sort()).toEqual([games.account.uin, web.account.uin].sort());
  });

  it("one whose role can't be assumed is a gap, is forgotten by nobody, and withholds no release elsewhere", async () => {
    await run();
    for (const { cluster } of [games, web]) deleteWorkload(stage.world, cluster, "StatefulSet", "old", "arena");
    stage.clock.advance(HOUR);
    await live(6);
    web.account.roles.length = 0;
    const result = await live(60);
    expect(result.complete).toBe(false);
    expect(result.gaps.map(({ scope }) => scope).join(" ")).toContain(web.account.uin);
    expect(result.eips.every(({ account }) => account === games.account.uin)).toBe(true);
    expect(releasedOf(games)).toEqual(["claim"]);
    expect(releasedOf(web)).toEqual([]);
    web.account.roles.push("eip-guard");
    const healed = addressOf(web, "old/arena-0", await run());
    expect(healed).toMatchObject({ verdict: "leaked", action: "none", idle: { sightings: 1 } });
  });

  it("a cluster that one can't read withholds the releases of that account alone", async () => {
    await run();
    for (const { cluster } of [games, web]) deleteWorkload(stage.world, cluster, "StatefulSet", "old", "arena");
    const closed = startCluster(stage.world, web.region, { id: "cls-closed01" });
    await stage.simulator.serve(closed);
    await live(72);
    expect(releasedOf(games)).toEqual(["claim"]);
    expect(releasedOf(web)).toEqual([]);
    expect(addressOf(web, "old/arena-0", await run())).toMatchObject({
      verdict: "leaked",
      withheld: expect.stringContaining("cls-closed01"),
    });
  });

  it("a cluster is deleted only where the listings of all say so", async () => {
    await run();
    deleteCluster(stage.world, games.cluster);
    await stage.simulator.kubernetes.get(games.cluster.id)?.close();
    stage.clock.advance(HOUR);
    web.account.denied.add("DescribeEKSClusters");
    const doubted = await run();
    expect(addressOf(games, "lobby/gate-0", doubted)).toMatchObject({ verdict: "unknown", reason: "cluster-not-visible" });
    web.account.denied.clear();
    stage.clock.advance(HOUR);
    expect(addressOf(games, "lobby/gate-0", await run())).toMatchObject({ verdict: "leaked", reason: "cluster-deleted" });
  });

  it("an EIP that a workload of another account lists is kept all the same", async () => {
    const stray = allocate(stage.world, games.region, {});
    createWorkload(stage.world, web.cluster, {
      kind: "StatefulSet",
      namespace: "partner",
      name: "sftp",
      replicas: 0,
      annotations: { "tke.cloud.tencent.com/eip-id-list": stray.id },
    });
    stage.clock.advance(HOUR);
    const result = await run();
    expect(result.eips.map(({ id }) => id)).toHaveLength(eipsOf(stage.world).length);
    expect(result.eips.find(({ id }) => id === stray.id)).toMatchObject({ verdict: "retained", reason: "in-id-list" });
  });

  it("two names that lead to one account are refused, both named, and nothing is remembered of either", async () => {
    const path = join(stage.folder, "eip-guard.yaml");
    const configuration = await readFile(path, "utf8");
    const own = configuration.replace(new RegExp(`name: "${web.account.uin}", roleArn: "[^"]*"`), `name: "${web.account.uin}"`);
    expect(own).not.toBe(configuration);
    await writeFile(path, own);
    for (const command of ["scan", "run"]) {
      const { code, out, err } = await stage.run([command], { EIP_GUARD_ALLOW_RELEASE: "yes" });
      expect({ code, out }).toEqual({ code: 2, out: "" });
      for (const { account } of [games, web]) expect(err).toContain(`"${account.uin}"`);
      expect(err).toContain("are one account");
    }
    const written = await stage.files();
    const ledgers = Object.keys(written).filter((name) => name.includes("ledger-"));
    for (const name of ledgers) expect(JSON.parse(written[name] ?? "{}").addresses).toEqual({});
    expect(stage.world.writes).toEqual([]);
  });
});
