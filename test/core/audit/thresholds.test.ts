import { describe, expect, it } from "vitest";
import { auditThreshold, clusterState, thresholdResult } from "../../../src/core/audit/thresholds.ts";
import { judge } from "../../../src/core/judge/judge.ts";
import { link } from "../../../src/core/link/link.ts";
import type { Address, ClusterFacts, Facts } from "../../../src/core/terms/facts.ts";
import { known, unknown } from "../../../src/core/terms/known.ts";
import type { AddressMemory } from "../../../src/core/terms/ledger.ts";
import { HOUR, MINUTE, milliseconds } from "../../../src/core/terms/time.ts";
import {
  address,
  autoscaler,
  bareCluster,
  CLUSTER,
  claim,
  cluster,
  complete,
  facts,
  ipamd,
  ledger,
  memory,
  NEVER,
  owner,
  POLICY,
  pod,
  podMemory,
  workload,
} from "../build.ts";

interface World {
  readonly clusters?: readonly ClusterFacts[];
  readonly addresses?: readonly Address[];
  readonly memories?: Readonly<Record<string, AddressMemory>>;
  readonly facts?: Partial<Facts>;
}

function audited({ clusters = [cluster()], addresses = [address()], memories = {}, facts: fields }: World) {
  const world = link(facts(addresses, clusters, fields), ledger(memories));
  const view = world.clusters.get(CLUSTER);
  if (view === undefined) throw new Error("the cluster was lost");
  return auditThreshold(view, judge(world, POLICY), world, {});
}

const seen = (idle: number, fields = {}) => ({ "eip-aaaaaaaa": memory(milliseconds(idle), { pod: podMemory(fields) }) });
const statefulSet = (fields = {}) => ({ workloads: { StatefulSet: complete(workload(fields)) } });

describe("the recycle-threshold audit", () => {
  it("of a cluster without EIPs", () => {
    expect(audited({ addresses: [] })).toEqual({
      retained: 0,
      overdue: 0,
      audit: {
        source: "DescribeIPAMD",
        ipamd: "running",
        authorised: "yes",
        overdueBySeconds: null,
        willBeLost: [],
        idleCost: [],
        podOverrides: [],
      },
    });
  });

  it.each([
    { title: "stopped", fields: { enabled: false }, expected: { ipamd: "stopped", authorised: "yes" } },
    { title: "in another phase", fields: { phase: "failed" }, expected: { ipamd: "stopped" } },
    { title: "in a phase that is not known", fields: { phase: "" }, expected: { ipamd: "unknown" } },
    { title: "not authorised", fields: { authorised: known(false) }, expected: { authorised: "no" } },
    { title: "whose role could not be read", fields: { authorised: unknown("403") }, expected: { authorised: "unknown" } },
    { title: "without a threshold", fields: { claimExpiredDuration: null }, expected: { source: "none" } },
    {
      title: "by the argument",
      fields: { claimExpiredDuration: null, argument: "1h" },
      expected: { source: "argument of kube-system/tke-eni-ipamd" },
    },
  ])("of an ipamd $title", ({ fields, expected }) => {
    expect(audited({ clusters: [cluster({}, { ipamd: known(ipamd(fields)) })] }).audit).toMatchObject(expected);
  });

  it("of an ipamd that could not be read", () => {
    expect(audited({ clusters: [cluster({}, { ipamd: unknown("403") })] }).audit).toMatchObject({
      source: "none",
      ipamd: "unknown",
      authorised: "unknown",
    });
  });

  it("counts idle EIPs of the cluster's Pods, those that are overdue, and by how much the worst", () => {
    const two = [
      address(),
      address({ id: "eip-bbbbbbbb", ip: "203.0.113.11" }),
      address({ id: "eip-cccccccc", ip: "203.0.113.12" }),
    ];
    const own = (idle: number, name: string) => memory(milliseconds(idle), { pod: podMemory({ name }) });
    const found = audited({
      clusters: [cluster(statefulSet({ replicas: 1 }))],
      addresses: [...two, address({ id: "eip-dddddddd", ip: "203.0.113.13", status: "BIND" })],
      memories: {
        "eip-aaaaaaaa": own(2 * HOUR, "web-1"),
        "eip-bbbbbbbb": own(5 * HOUR, "web-2"),
        "eip-cccccccc": own(MINUTE, "web-3"),
      },
    });
    // Idle since the last reading as well, half an hour ago; the threshold is an hour.
    expect(found).toMatchObject({ retained: 3, overdue: 2, audit: { overdueBySeconds: { most: 4.5 * 3600 } } });
  });

  it("never calls a user's own EIP overdue: ipamd does not recycle those", () => {
    const memories = { "eip-aaaaaaaa": memory(milliseconds(2 * HOUR), { everInIdList: true, pod: podMemory() }) };
    const found = audited({ clusters: [cluster(statefulSet({ replicas: 1 }))], memories });
    expect(found).toMatchObject({ retained: 1, overdue: 0, audit: { overdueBySeconds: null } });
  });

  it("leaves out EIPs of other clusters and of none", () => {
    const addresses = [
      address({ tags: known({}) }),
      address({
        id: "eip-bbbbbbbb",
        ip: "203.0.113.11",
        tags: known({ "tke-clusterId": "cls-22222222", "tke-created-eip": "true" }),
      }),
    ];
    expect(audited({ clusters: [cluster(), bareCluster({}, { id: "cls-22222222" })], addresses })).toMatchObject({
      retained: 0,
      audit: { idleCost: [] },
    });
  });

  describe("which addresses will be lost", () => {
    const lost = (world: World) => audited(world).audit.willBeLost;
    const expected = { id: "eip-aaaaaaaa", ip: "203.0.113.10", pod: "games/web-0", at: "2026-11-23T09:20:00.000Z" };
    const idle = seen(10 * MINUTE);

    it("that of a workload that includes its Pod, at threshold minus idle time", () => {
      expect(lost({ clusters: [cluster(statefulSet())], memories: idle })).toEqual([expected]);
    });
    it("that of a workload at 0, one that was scaled away, and one that an autoscaler covers", () => {
      expect(lost({ clusters: [cluster(statefulSet({ replicas: 0 }))], memories: idle })).toEqual([expected]);
      expect(lost({ clusters: [cluster(statefulSet({ start: 1 }))], memories: idle })).toEqual([expected]);
      const scaler = autoscaler({ maxReplicas: 3 });
      const scaled = cluster({ ...statefulSet({ replicas: 1 }), autoscalers: complete(scaler) });
      expect(lost({ clusters: [scaled], memories: seen(10 * MINUTE, { name: "web-2" }) })).toEqual([
        { ...expected, pod: "games/web-2" },
      ]);
    });
    it("that of a parked game server", () => {
      const parked = cluster({
        workloads: {
          GameServerSet: complete(workload({ kind: "GameServerSet", replicas: 1 })),
          AdvancedStatefulSet: complete(
            workload({
              kind: "AdvancedStatefulSet",
              replicas: 1,
              reserved: [2],
              owner: owner("GameServerSet", "web", "game.kruise.io/v1alpha1"),
            }),
          ),
        },
      });
      expect(lost({ clusters: [parked], memories: seen(10 * MINUTE, { name: "web-2" }) })).toHaveLength(1);
    });
    const none: readonly (World & { title: string })[] = [
      { title: "threshold never", clusters: [cluster(statefulSet(), { ipamd: known(ipamd({ claimExpiredDuration: "0s" })) })] },
      { title: "ipamd stopped", clusters: [cluster(statefulSet(), { ipamd: known(ipamd({ enabled: false })) })] },
      {
        title: "ipamd not authorised",
        clusters: [cluster(statefulSet(), { ipamd: known(ipamd({ authorised: known(false) })) })],
      },
      { title: "its workload gone: then it is meant to be lost", clusters: [cluster()] },
      { title: "the user's own", clusters: [cluster(statefulSet())], addresses: [address({ tags: known({}) })] },
    ];
    it.each(none)("none where $title", (world) => expect(lost({ memories: idle, ...world })).toEqual([]));
    it("also where it is not known whether ipamd recycles", () => {
      const doubtful = cluster(statefulSet(), { ipamd: known(ipamd({ phase: "", authorised: unknown("403") })) });
      expect(lost({ clusters: [doubtful], memories: idle })).toEqual([expected]);
    });
  });

  it("sums what its idle EIPs cost, leaving out prices that are not known", () => {
    const addresses = [
      address(),
      address({ id: "eip-bbbbbbbb", ip: "203.0.113.11" }),
      address({ id: "eip-cccccccc", ip: "203.0.113.12", chargeType: null }),
    ];
    expect(audited({ addresses }).audit.idleCost).toEqual([{ currency: "CNY", perHour: 0.4, perMonth: 292 }]);
  });

  it("asks each region for its own account type", () => {
    const regions = [
      { account: "default", region: "ap-tokyo", accountType: known("legacy" as const) },
      { account: "games", region: "ap-guangzhou", accountType: known("legacy" as const) },
      { account: "default", region: "ap-guangzhou", accountType: known("other" as const) },
    ].map((fields) => ({
      ...fields,
      addresses: known(fields.region === "ap-guangzhou" && fields.account === "default" ? [address()] : []),
      partial: [],
      quota: unknown("-"),
    }));
    expect(audited({ facts: { regions } }).audit.idleCost).toEqual([]);
  });

  it("lists the Pods with a threshold of their own", () => {
    const own = (name: string, value: string) =>
      pod({ name, podIP: null, annotations: { ...NEVER, "tke.cloud.tencent.com/claim-expired-duration": value } });
    const pods = complete(pod({ name: "plain", podIP: null }), own("web-1", "72h"), own("web-2", "0s"), own("web-3", "soon"));
    expect(audited({ clusters: [cluster({ pods, claims: complete(claim({ ids: [] })) })] }).audit.podOverrides).toEqual([
      { pod: "games/web-1", seconds: 259_200 },
      { pod: "games/web-2", seconds: null },
      { pod: "games/web-3", seconds: null },
    ]);
  });
});

describe("thresholdResult", () => {
  it.each([
    { threshold: { state: "set", duration: HOUR, source: "x" } as const, expected: { state: "set", seconds: 3600 } },
    { threshold: { state: "never", source: "x" } as const, expected: { state: "never" } },
    { threshold: { state: "unknown", why: "403" } as const, expected: { state: "unknown", why: "403" } },
  ])("$threshold.state", ({ threshold, expected }) => expect(thresholdResult(threshold)).toEqual(expected));
});

describe("clusterState", () => {
  const state = (own: ClusterFacts) => {
    const view = link(facts([], [own]), ledger()).clusters.get(CLUSTER);
    return view === undefined ? null : clusterState(view);
  };
  it("live where it runs and was read", () => expect(state(bareCluster())).toBe("live"));
  it("unreadable where it could not be read, or does not run", () => {
    expect(state(bareCluster({}, { objects: unknown("no route") }))).toBe("unreadable");
    expect(state(bareCluster({}, { status: { state: "other", status: "Isolated" } }))).toBe("unreadable");
  });
});
