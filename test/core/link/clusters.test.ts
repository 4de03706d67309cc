import { describe, expect, it } from "vitest";
import { readAnnotations } from "../../../src/core/link/annotations.ts";
import { type ClusterView, eipsOfAnnotations, topOwner } from "../../../src/core/link/clusters.ts";
import { link } from "../../../src/core/link/link.ts";
import type { Address, ClusterFacts, Workload } from "../../../src/core/terms/facts.ts";
import { kindOf } from "../../../src/core/terms/kinds.ts";
import { known, unknown } from "../../../src/core/terms/known.ts";
import {
  address,
  bareCluster,
  CLUSTER,
  type ClusterShape,
  claim,
  cluster,
  complete,
  facts,
  ledger,
  objects,
  owner,
  pod,
  workload,
} from "../build.ts";

const TKE = "tke.cloud.tencent.com/";
const FORBIDDEN = { state: "forbidden", why: "403" } as const;
const KRUISE = "apps.kruise.io/v1beta1";

function viewOf(own: ClusterFacts, addresses: readonly Address[] = [address()]): ClusterView {
  const view = link(facts(addresses, [own]), ledger()).clusters.get(CLUSTER);
  if (view === undefined) throw new Error("the cluster was lost");
  return view;
}

describe("the kind that an owner reference means", () => {
  it.each([
    ["apps/v1", "StatefulSet", "StatefulSet"],
    ["apps/v1", "Deployment", "Deployment"],
    ["apps/v1", "ReplicaSet", "ReplicaSet"],
    ["apps/v1", "DaemonSet", "DaemonSet"],
    ["batch/v1", "Job", "Job"],
    ["batch/v1", "CronJob", "CronJob"],
    [KRUISE, "StatefulSet", "AdvancedStatefulSet"],
    ["apps.kruise.io/v1alpha1", "CloneSet", "CloneSet"],
    ["game.kruise.io/v1alpha1", "GameServerSet", "GameServerSet"],
    ["apps/v2", "StatefulSet", "StatefulSet"],
    ["v1", "ReplicationController", "ReplicationController"],
    ["argoproj.io/v1alpha1", "Rollout", "Rollout"],
    ["leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "LeaderWorkerSet"],
    ["apps.kruise.io/v1alpha1", "DaemonSet", "AdvancedDaemonSet"],
    ["agones.dev/v1", "GameServerSet", "AgonesGameServerSet"],
    ["apps/v1", "Statefulset", "StatefulSet"],
    ["v1", "StatefulSet", null],
    ["example.com/v1", "StatefulSet", null],
    ["game.kruise.io/v1alpha1", "GameServer", null],
  ])("%s %s is %s", (apiVersion, kind, expected) => expect(kindOf({ apiVersion, kind })).toBe(expected));
});

describe("the workload that a person made", () => {
  const rollout = owner("Rollout", "web", "example.com/v1");
  const topOf = (workloads: ClusterShape["workloads"], direct = owner("ReplicaSet", "api-1")) => {
    const { owner: top, above } = topOwner(viewOf(cluster(workloads === undefined ? {} : { workloads })), "games", direct);
    return { owner: top?.name, above: typeof above === "string" ? above : above?.name };
  };
  const replicaSet = (fields: Partial<Workload> = {}) => ({
    ReplicaSet: complete(workload({ kind: "ReplicaSet", name: "api-1", owner: owner("Deployment", "api"), ...fields })),
  });
  const cases: readonly {
    title: string;
    workloads: ClusterShape["workloads"];
    direct?: ReturnType<typeof owner>;
    expected: object;
  }[] = [
    { title: "of a ReplicaSet is its Deployment", workloads: replicaSet(), expected: { owner: "api" } },
    {
      title: "of a Job is its CronJob",
      workloads: { Job: complete(workload({ kind: "Job", name: "night-1", owner: owner("CronJob", "night", "batch/v1") })) },
      direct: owner("Job", "night-1", "batch/v1"),
      expected: { owner: "night" },
    },
    {
      title: "of an Advanced StatefulSet is its GameServerSet",
      workloads: {
        AdvancedStatefulSet: complete(
          workload({ kind: "AdvancedStatefulSet", owner: owner("GameServerSet", "room", "game.kruise.io/v1alpha1") }),
        ),
      },
      direct: owner("StatefulSet", "web", KRUISE),
      expected: { owner: "room" },
    },
    { title: "is not above one that is not listed", workloads: {}, expected: { owner: "api-1" } },
    { title: "is not above another of the same name", workloads: replicaSet({ uid: "new" }), expected: { owner: "api-1" } },
    {
      title: "is not above one of another namespace",
      workloads: replicaSet({ namespace: "other" }),
      expected: { owner: "api-1" },
    },
    { title: "is not above one without an owner", workloads: replicaSet({ owner: null }), expected: { owner: "api-1" } },
    {
      title: "is not known above a known one",
      workloads: replicaSet({ owner: rollout }),
      expected: { owner: "api-1", above: "web" },
    },
    {
      title: "is not known above a StatefulSet that is not listed",
      workloads: {},
      direct: owner("StatefulSet", "web"),
      expected: { owner: "web", above: "not-listed" },
    },
    {
      title: "is not known above a StatefulSet of which another of that name is listed",
      workloads: { StatefulSet: complete(workload({ uid: "uid-other" })) },
      direct: owner("StatefulSet", "web"),
      expected: { owner: "web", above: "not-listed" },
    },
    { title: "is not known at all", workloads: {}, direct: rollout, expected: { owner: "web", above: undefined } },
  ];
  it.each(cases)("$title", ({ workloads, direct, expected }) => expect(topOf(workloads, direct)).toMatchObject(expected));

  it("is looked for no longer where workloads own each other in a circle", () => {
    const circle = complete(
      workload({ kind: "ReplicaSet", name: "a", owner: owner("ReplicaSet", "b") }),
      workload({ kind: "ReplicaSet", name: "b", owner: owner("ReplicaSet", "a") }),
    );
    expect(["a", "b"]).toContain(topOf({ ReplicaSet: circle }, owner("ReplicaSet", "a")).owner);
  });

  it("of a bare Pod is none", () => {
    expect(topOwner(viewOf(cluster()), "games", null)).toEqual({ owner: null, above: null });
  });
});

describe("a cluster of which nothing may be concluded", () => {
  it.each([
    { title: "nothing could be read", own: bareCluster({}, { objects: unknown("no route") }), why: "no route" },
    { title: "Pods are forbidden", own: bareCluster({ pods: FORBIDDEN }), why: "pods: 403" },
    { title: "Pods failed", own: bareCluster({ pods: { state: "failed", why: "timeout" } }), why: "pods: timeout" },
    { title: "Pods are not served", own: bareCluster({ pods: { state: "not-installed" } }), why: "pods: not served" },
  ])("says why, and leaves everything open: $title", ({ own, why }) => {
    const view = viewOf(own);
    expect(view).toMatchObject({
      unreadable: why,
      unread: [],
      claims: { state: "unread", why },
      namespaces: null,
      mayHaveSuperNodes: true,
      eksConfig: { known: false, why },
    });
    expect([view.pods.size, view.claims.byPod.size, view.workloads.StatefulSet.size]).toEqual([0, 0, 0]);
  });
});

describe("kinds that could not be listed", () => {
  const failed = { state: "failed", why: "timeout" } as const;
  it.each([
    { title: "namespaces", shape: { namespaces: FORBIDDEN }, unread: [{ kind: "Namespace", why: "403" }] },
    { title: "autoscalers", shape: { autoscalers: failed }, unread: [{ kind: "HorizontalPodAutoscaler", why: "timeout" }] },
    { title: "a kind of workload", shape: { workloads: { CloneSet: failed } }, unread: [{ kind: "CloneSet", why: "timeout" }] },
    { title: "not one that is not installed", shape: { autoscalers: { state: "not-installed" } as const }, unread: [] },
    { title: "not claims, which are told apart", shape: { claims: FORBIDDEN }, unread: [] },
  ])("$title", ({ shape, unread }) => {
    const view = viewOf(bareCluster(shape));
    expect(view.unread).toEqual(unread);
    expect(view.unreadable).toBeNull();
  });
});

describe("whether Pods may run on super nodes", () => {
  const node = (superNode: boolean) => ({ name: `node-${superNode}`, superNode });
  it.each([
    { title: "not where no node is one", shape: { nodes: complete(node(false)) }, expected: false },
    { title: "where one node is one", shape: { nodes: complete(node(false), node(true)) }, expected: true },
    { title: "where nodes could not be listed", shape: { nodes: FORBIDDEN }, expected: true },
    {
      title: "in a serverless cluster",
      shape: { nodes: complete(node(false)) },
      fields: { product: "eks" } as const,
      expected: true,
    },
  ])("$title", ({ shape, fields, expected }) =>
    expect(viewOf(bareCluster(shape, { ...fields })).mayHaveSuperNodes).toBe(expected),
  );
});

describe("what eks-config adds to Pods", () => {
  it.each([
    { title: "nothing", read: known(null), expected: { known: true, value: null } },
    {
      title: "a delete policy",
      read: known({ [`${TKE}eip-claim-delete-policy`]: "Never" }),
      expected: { known: true, value: { never: true } },
    },
    { title: "not known", read: unknown("403"), expected: { known: false, why: "403" } },
  ])("$title", ({ read, expected }) => {
    expect(viewOf(bareCluster({}, { objects: known(objects({ eksConfigAnnotations: read })) })).eksConfig).toMatchObject(
      expected,
    );
  });
});

describe("whether claims are readable", () => {
  const OTHER = address({ id: "eip-bbbbbbbb", ip: "203.0.113.11" });
  const BOUND = { status: "BIND", privateIp: "10.0.0.7" } as const;
  const mine = { annotations: { [`${TKE}eip-id`]: "eip-aaaaaaaa" }, podIP: null };
  const cases: readonly { title: string; shape: ClusterShape; addresses?: readonly Address[]; expected: object }[] = [
    {
      title: "readable: a Pod's claim names exactly its EIP",
      shape: { pods: complete(pod(mine)), claims: complete(claim()) },
      expected: { state: "readable", why: "1 claims name exactly the EIP that their Pod has" },
    },
    {
      title: "readable: by the private address of a bound EIP",
      shape: { pods: complete(pod()), claims: complete(claim()) },
      addresses: [address(BOUND)],
      expected: { state: "readable" },
    },
    {
      title: "readable: the address of a Pod without a claim is another Pod's too, and so tells nothing of it",
      shape: {
        pods: complete(pod({ ...mine, name: "web-0" }), pod({ name: "web-1" }), pod({ name: "web-2" })),
        claims: complete(claim()),
      },
      addresses: [address(), address({ ...BOUND, id: "eip-cccccccc", ip: "203.0.113.12" })],
      expected: { state: "readable" },
    },
    {
      title: "unproven: the address of a Pod without a claim is its alone",
      shape: { pods: complete(pod({ ...mine, name: "web-0" }), pod({ name: "web-1" })), claims: complete(claim()) },
      addresses: [address(), address({ ...BOUND, id: "eip-cccccccc", ip: "203.0.113.12" })],
      expected: { state: "unproven" },
    },
    {
      title: "unproven: no Pod has its claim",
      shape: { pods: complete(), claims: complete(claim()) },
      expected: { state: "unproven" },
    },
    {
      title: "unproven: nothing tells the EIP of the Pod on the host's network",
      shape: { pods: complete(pod({ hostNetwork: true })), claims: complete(claim()) },
      addresses: [address(BOUND)],
      expected: { state: "unproven" },
    },
    {
      title: "unproven: the Pod names two EIPs, whatever is bound to its address",
      shape: {
        pods: complete(pod({ annotations: { ...mine.annotations, [`${TKE}eip-public-ip`]: OTHER.ip } })),
        claims: complete(claim()),
      },
      addresses: [address(BOUND), OTHER],
      expected: { state: "unproven" },
    },
    {
      title: "contradicted: a claim names another EIP",
      shape: { pods: complete(pod(mine)), claims: complete(claim({ ids: ["eip-bbbbbbbb"] })) },
      expected: { state: "contradicted", why: "claim games/web-0 names eip-bbbbbbbb, its Pod has eip-aaaaaaaa" },
    },
    {
      title: "contradicted: a claim names its Pod's EIP and another",
      shape: { pods: complete(pod(mine)), claims: complete(claim({ ids: ["eip-aaaaaaaa", "eip-bbbbbbbb"] })) },
      expected: {
        state: "contradicted",
        why: "claim games/web-0 names eip-aaaaaaaa and eip-bbbbbbbb, its Pod has eip-aaaaaaaa",
      },
    },
    {
      title: "contradicted: a claim names none",
      shape: { pods: complete(pod(mine)), claims: complete(claim({ ids: [] })) },
      expected: { state: "contradicted", why: "claim games/web-0 names no EIP, its Pod has eip-aaaaaaaa" },
    },
    { title: "not installed", shape: { claims: { state: "not-installed" } }, expected: { state: "not-installed" } },
    { title: "unread", shape: { claims: FORBIDDEN }, expected: { state: "unread", why: "403" } },
  ];
  it.each(cases)("$title", ({ shape, addresses, expected }) => {
    expect(viewOf(bareCluster(shape), addresses).claims).toMatchObject(expected);
  });

  it("a claim that names an address of no known EIP names none", () => {
    const { byPod } = viewOf(bareCluster({ claims: complete(claim({ ids: [], ips: ["198.51.100.1", "203.0.113.10"] })) })).claims;
    expect(byPod.get("games/web-0")?.names).toEqual(["eip-aaaaaaaa"]);
  });

  it("so does an annotation", () => {
    const annotations = readAnnotations({ [`${TKE}eip-public-ip`]: "198.51.100.1" });
    expect(eipsOfAnnotations(annotations, new Map([["203.0.113.10", "eip-aaaaaaaa"]]))).toEqual([]);
  });
});

describe("claims are believed by the sort of node that their Pods stand on (domain.md §5.2, 4)", () => {
  const NODES = complete({ name: "node-1", superNode: false }, { name: "eklet-1", superNode: true });
  const holder = (name: string, nodeName: string, fields: Partial<ReturnType<typeof pod>> = {}) =>
    pod({ name, nodeName, podIP: null, annotations: { [`${TKE}eip-id`]: `eip-of${name}` }, ...fields });
  const claimOf = (name: string) => claim({ name, ids: [`eip-of${name}`] });
  const regular = holder("a", "node-1");
  const night = holder("b", "eklet-1");
  const states = (shape: ClusterShape, fields: Partial<ClusterFacts> = {}) => {
    const { claims } = viewOf(bareCluster({ nodes: NODES, ...shape }, fields));
    return { regular: claims.onRegularNodes.state, super: claims.onSuperNodes.state, anywhere: claims.state };
  };

  it.each<{ title: string; shape: ClusterShape; expected: object }>([
    {
      title: "a Pod of each sort has its claim",
      shape: { pods: complete(regular, night), claims: complete(claimOf("a"), claimOf("b")) },
      expected: { regular: "readable", super: "readable", anywhere: "readable" },
    },
    {
      title: "a Pod on a super node lacks its claim",
      shape: { pods: complete(regular, night), claims: complete(claimOf("a")) },
      expected: { regular: "readable", super: "unproven", anywhere: "unproven" },
    },
    {
      title: "a Pod on a regular node lacks its claim, beside one that has its own",
      shape: { pods: complete(regular, holder("c", "node-1")), claims: complete(claimOf("a")) },
      expected: { regular: "unproven", super: "unproven", anywhere: "unproven" },
    },
    {
      title: "a Pod on a node that nobody lists lacks its claim",
      shape: { pods: complete(regular, holder("c", "node-9")), claims: complete(claimOf("a")) },
      expected: { regular: "unproven", super: "unproven", anywhere: "unproven" },
    },
    {
      title: "only Pods on regular nodes exist",
      shape: { pods: complete(regular), claims: complete(claimOf("a")) },
      expected: { regular: "readable", super: "unproven", anywhere: "readable" },
    },
    {
      title: "a Pod on a super node has no EIP",
      shape: { pods: complete(regular, pod({ name: "x", nodeName: "eklet-1", podIP: null })), claims: complete(claimOf("a")) },
      expected: { regular: "readable", super: "unproven", anywhere: "unproven" },
    },
    {
      title: "the nodes could not be listed",
      shape: { pods: complete(regular), claims: complete(claimOf("a")), nodes: FORBIDDEN },
      expected: { regular: "unproven", super: "unproven", anywhere: "unproven" },
    },
    {
      title: "a claim names another EIP than its Pod has",
      shape: { pods: complete(regular, night), claims: complete(claimOf("a"), claim({ name: "b", ids: ["eip-other"] })) },
      expected: { regular: "contradicted", super: "contradicted", anywhere: "contradicted" },
    },
  ])("$title", ({ shape, expected }) => expect(states(shape)).toEqual(expected));

  const NOW_READ = objects().readAt;
  it.each<{ title: string; fields: Partial<ReturnType<typeof pod>> }>([
    { title: "is terminating", fields: { deletionAt: NOW_READ } },
    { title: "has succeeded", fields: { phase: "Succeeded" } },
    { title: "has failed", fields: { phase: "Failed" } },
    { title: "was born while the cluster was read", fields: { createdAt: NOW_READ } },
    {
      title: "has an EIP of its own list",
      fields: { annotations: { [`${TKE}eip-id`]: "eip-ofc", [`${TKE}eip-id-list`]: "eip-ofc" } },
    },
    { title: "repeats the annotation of a Pod that has its claim", fields: { annotations: { [`${TKE}eip-id`]: "eip-ofa" } } },
  ])("a Pod without a claim says nothing where it $title", ({ fields }) => {
    const shape = { pods: complete(regular, holder("c", "node-1", fields)), claims: complete(claimOf("a")) };
    expect(states(shape).regular).toBe("readable");
  });

  it.each<{
    title: string;
    shape: ClusterShape;
    fields?: Partial<ClusterFacts>;
    proves: readonly ("regular" | "super" | "anywhere")[];
  }>([
    {
      title: "on regular nodes, and anywhere where no Pod is on a super node",
      shape: { pods: complete(regular), claims: complete(claimOf("a")) },
      proves: ["regular", "anywhere"],
    },
    {
      title: "on regular nodes alone where Pods are on super nodes, whose claims are all there",
      shape: { pods: complete(regular, night), claims: complete(claimOf("a"), claimOf("b")) },
      proves: ["regular"],
    },
    {
      title: "nowhere in a serverless cluster",
      shape: { pods: complete(regular), claims: complete(claimOf("a")) },
      fields: { product: "eks" },
      proves: [],
    },
  ])("a missing claim proves something $title", ({ shape, fields, proves }) => {
    const { claims } = viewOf(bareCluster({ nodes: NODES, ...shape }, fields));
    const sorts = { regular: claims.onRegularNodes, super: claims.onSuperNodes, anywhere: claims } as const;
    const proving = (["regular", "super", "anywhere"] as const).filter(
      (sort) => sorts[sort].state === "readable" && sorts[sort].missing === null,
    );
    expect(proving).toEqual(proves);
  });

  it("all Pods of a serverless cluster are on super nodes", () => {
    const shape = { pods: complete(regular), claims: complete(claimOf("a")), nodes: FORBIDDEN };
    expect(states(shape, { product: "eks" })).toEqual({ regular: "unproven", super: "readable", anywhere: "readable" });
  });
});
