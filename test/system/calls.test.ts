import { afterEach, describe, expect, it } from "vitest";
import { benchFleet } from "../../sim/fleets.ts";
import { HOUR, openStage, type Stage } from "./stage.ts";

/** How many questions a run asks: pages of EIPs, and besides them the same few for each account, region and cluster. */

let stage: Stage | null = null;
afterEach(async () => {
  await stage?.close();
  stage = null;
});

interface Shape {
  readonly eips: number;
  readonly pods: number;
  readonly regions: number;
  readonly clusters: number;
}

const STATE = "state: { dir: ./state }";

async function fleet(shape: Shape, more = STATE): Promise<Stage> {
  stage = await openStage((world) => benchFleet(world, { ...shape, podBytes: 10 }), more);
  return stage;
}

/** Runs once, and says what was asked of the cloud and of each cluster. */
async function asked({ simulator, run }: Stage) {
  simulator.cloud.calls.length = 0;
  for (const server of simulator.kubernetes.values()) server.calls.length = 0;
  expect((await run(["run"])).code).toBe(0);
  const cloud: Record<string, number> = {};
  for (const { action } of simulator.cloud.calls) cloud[action] = (cloud[action] ?? 0) + 1;
  const calls = simulator.cloud.calls.map(({ answer: _, ...call }) => JSON.stringify(call));
  return { cloud, calls, clusters: [...simulator.kubernetes.values()].map((server) => [...server.calls]) };
}

/** Of one API server, whatever is in it: version, discovery, ipamd's Deployment, eks-config, and each kind that it serves once. */
const OF_A_CLUSTER = 20;

describe("a run", () => {
  it("leaves a short row of each EIP that is bound and carries nothing", async () => {
    const all = await fleet({ eips: 10, pods: 10, regions: 1, clusters: 1 });
    await asked(all);
    await asked(all);
    const bound = (await all.json(["scan"])).eips.filter(({ status }) => status === "BIND").map(({ id }) => id);
    const newest = Object.entries(await all.files()).findLast(([name]) => name.includes("/state/ledger-"))?.[1] ?? "";
    expect(bound.length).toBeGreaterThan(0);
    expect(bound.filter((id) => !newest.includes(`"${id}":[`))).toEqual([]);
  });

  it.each<Shape>([
    { eips: 1, pods: 1, regions: 1, clusters: 1 },
    { eips: 100, pods: 10, regions: 1, clusters: 1 },
    { eips: 101, pods: 10, regions: 1, clusters: 1 },
    { eips: 350, pods: 40, regions: 1, clusters: 3 },
    { eips: 201, pods: 20, regions: 3, clusters: 1 },
    { eips: 101, pods: 1, regions: 2, clusters: 2 },
  ])(
    "of $eips EIPs in each of $regions regions, with $clusters clusters each, asks a page for a hundred and the rest once",
    async (shape) => {
      const { eips, regions, clusters } = shape;
      const all = await fleet(shape);
      for (const which of ["first", "second"]) {
        const { cloud, calls, clusters: servers } = await asked(all);
        expect({ which, ...cloud }).toEqual({
          which,
          GetCallerIdentity: 1,
          ListAttachedRolePolicies: 1,
          DescribeAddresses: regions * Math.ceil(eips / 100),
          DescribeNetworkAccountType: regions,
          DescribeAddressQuota: regions,
          DescribeClusters: regions,
          DescribeEKSClusters: regions,
          DescribeIPAMD: regions * clusters,
        });
        expect(new Set(calls).size, "calls that were made twice").toBe(calls.length);
        expect(servers.map((lines) => new Set(lines).size)).toEqual(servers.map(() => OF_A_CLUSTER));
        expect(servers.map((lines) => lines.length)).toEqual(servers.map(() => OF_A_CLUSTER));
      }
    },
  );

  it("lists Pods page by page, and everything else once more for no Pod", async () => {
    const all = await fleet({ eips: 1, pods: 1_200, regions: 1, clusters: 1 });
    const [lines = []] = (await asked(all)).clusters;
    expect(lines.filter((line) => line.startsWith("GET /api/v1/pods?"))).toHaveLength(3);
    expect(lines).toHaveLength(OF_A_CLUSTER + 2);
  });

  it("asks CloudAudit about idle EIPs alone, and not again in the next run", async () => {
    const all = await fleet(
      { eips: 12, pods: 4, regions: 1, clusters: 1 },
      `${STATE}\nevidence: { cloudaudit: true, billing: true }`,
    );
    all.clock.advance(5 * HOUR);
    const idle = (await all.json(["scan"])).eips.filter((eip) => eip.idle !== null).map(({ id }) => id);
    expect(idle.length).toBeGreaterThan(0);
    expect(idle.length).toBeLessThan(12);
    const first = await asked(all);
    const about = (calls: readonly string[], eip: string) => calls.filter((call) => call.includes(eip)).length;
    const named = all.world.accounts.flatMap(({ regions }) =>
      [...regions.values()].flatMap(({ addresses }) => [...addresses.keys()]),
    );
    const others = named.filter((id) => !idle.includes(id));
    expect(Math.min(...idle.map((id) => about(first.calls, id)))).toBeGreaterThan(0);
    expect(others.map((id) => about(first.calls, id))).toEqual(others.map(() => 0));
    expect(new Set(first.calls).size).toBe(first.calls.length);
    const second = await asked(all);
    expect([...idle, ...others].map((id) => about(second.calls, id))).toEqual(named.map(() => 0));
  });
});
