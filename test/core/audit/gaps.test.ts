import { describe, expect, it } from "vitest";
import { gapsOf } from "../../../src/core/audit/gaps.ts";
import type { ClusterFacts, Facts } from "../../../src/core/terms/facts.ts";
import { known, unknown } from "../../../src/core/terms/known.ts";
import { address, bareCluster, CLUSTER, type ClusterShape, facts, region } from "../build.ts";

const FORBIDDEN = { state: "forbidden", why: "403" } as const;
const FAILED = { state: "failed", why: "timeout" } as const;

function gaps(clusters: readonly ClusterFacts[], fields: Partial<Facts> = {}) {
  return gapsOf(facts([address()], clusters, fields)).map(({ scope, what, why }) => `${scope} | ${what} | ${why}`);
}

describe("gapsOf", () => {
  it("a complete inventory has none", () => expect(gaps([bareCluster()])).toEqual([]));

  it("a kind that is not installed is an absence, no gap", () => {
    expect(gaps([bareCluster({ claims: { state: "not-installed" }, nodes: { state: "not-installed" } })])).toEqual([]);
  });

  it("a region whose EIPs could not be read completely, not an error returned as an empty list", () => {
    const regions = [region([], { addresses: unknown("read 1 of 2"), partial: [address()] }), region([], { region: "ap-tokyo" })];
    expect(gaps([], { regions })).toEqual(["region default/ap-guangzhou | eips | read 1 of 2"]);
  });

  it("what only adorns a report is none", () => {
    expect(gaps([], { regions: [region([], { quota: unknown("403"), accountType: unknown("403") })] })).toEqual([]);
  });

  it("clusters that could not be listed, by product", () => {
    const listing = (product: "tke" | "eks") => ({ account: "games", region: "ap-tokyo", product, ids: unknown("403") });
    expect(gaps([], { clusterListings: [listing("tke"), listing("eks")] })).toEqual([
      "region games/ap-tokyo | tke clusters | 403",
      "region games/ap-tokyo | eks clusters | 403",
    ]);
  });

  it("clusters that could not be asked for by id", () => {
    const asked = { account: "default", region: "ap-guangzhou" };
    const absentClusters = [
      { ...asked, id: "cls-1", exists: known("not-found" as const) },
      { ...asked, id: "cls-2", exists: unknown("timeout") },
    ];
    expect(gaps([], { absentClusters })).toEqual(["cluster cls-2 | whether it exists | timeout"]);
  });

  it("a cluster that could not be read at all, and its threshold", () => {
    expect(gaps([bareCluster({}, { objects: unknown("no route"), ipamd: unknown("403") })])).toEqual([
      `cluster ${CLUSTER} | recycle threshold | 403`,
      `cluster ${CLUSTER} | kubernetes | no route`,
    ]);
  });

  it("no cluster that a person ignores", () => {
    const clusters = [bareCluster({}, { objects: unknown("no route") }), bareCluster({ pods: FAILED }, { id: "cls-2" })];
    expect(gaps(clusters, { ignoredClusters: [CLUSTER] })).toEqual(["cluster cls-2 | pods | timeout"]);
  });

  const kinds: readonly { what: string; shape: ClusterShape }[] = [
    { what: "pods", shape: { pods: FORBIDDEN } },
    { what: "statefulsets", shape: { workloads: { StatefulSet: FORBIDDEN } } },
    { what: "deployments", shape: { workloads: { Deployment: FORBIDDEN } } },
    { what: "replicasets", shape: { workloads: { ReplicaSet: FORBIDDEN } } },
    { what: "daemonsets", shape: { workloads: { DaemonSet: FORBIDDEN } } },
    { what: "jobs", shape: { workloads: { Job: FORBIDDEN } } },
    { what: "cronjobs", shape: { workloads: { CronJob: FORBIDDEN } } },
    { what: "statefulsets.apps.kruise.io", shape: { workloads: { AdvancedStatefulSet: FORBIDDEN } } },
    { what: "clonesets.apps.kruise.io", shape: { workloads: { CloneSet: FORBIDDEN } } },
    { what: "gameserversets.game.kruise.io", shape: { workloads: { GameServerSet: FORBIDDEN } } },
    { what: "replicationcontrollers", shape: { workloads: { ReplicationController: FORBIDDEN } } },
    { what: "leaderworkersets.leaderworkerset.x-k8s.io", shape: { workloads: { LeaderWorkerSet: FORBIDDEN } } },
    {
      what: "horizontalpodcronscalers.autoscaling.cloud.tencent.com",
      shape: { otherAutoscalers: { HorizontalPodCronscaler: FORBIDDEN } },
    },
    { what: "scaledobjects.keda.sh", shape: { otherAutoscalers: { ScaledObject: FORBIDDEN } } },
    { what: "eipclaims", shape: { claims: FORBIDDEN } },
    { what: "namespaces", shape: { namespaces: FORBIDDEN } },
    { what: "horizontalpodautoscalers", shape: { autoscalers: FORBIDDEN } },
    { what: "nodes", shape: { nodes: FORBIDDEN } },
    { what: "configmap kube-system/eks-config", shape: { eksConfigAnnotations: unknown("403") } },
  ];
  it.each(kinds)("$what that may not be read", ({ what, shape }) => {
    expect(gaps([bareCluster(shape)])).toEqual([`cluster ${CLUSTER} | ${what} | 403`]);
  });
  it("a listing that failed", () =>
    expect(gaps([bareCluster({ claims: FAILED })])).toEqual([`cluster ${CLUSTER} | eipclaims | timeout`]));
});
