import { describe, expect, it } from "vitest";
import { clusterFindings, FINDINGS, type FindingCode, regionFindings } from "../../../src/core/audit/findings.ts";
import { judge } from "../../../src/core/judge/judge.ts";
import { link } from "../../../src/core/link/link.ts";
import type { Address, Annotations, ClusterFacts, Workload } from "../../../src/core/terms/facts.ts";
import { known, unknown } from "../../../src/core/terms/known.ts";
import type { AddressMemory } from "../../../src/core/terms/ledger.ts";
import type { Finding } from "../../../src/core/terms/result.ts";
import { DAY, HOUR, MINUTE, milliseconds } from "../../../src/core/terms/time.ts";
import {
  address,
  ago,
  bareCluster,
  CLUSTER,
  type ClusterShape,
  claim,
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
  SAMPLE_CLAIM,
  SAMPLE_POD,
  workload,
} from "../build.ts";

const TKE = "tke.cloud.tencent.com/";
const EKS = "eks.tke.cloud.tencent.com/";
const JSON_ATTRIBUTES = '{"Bandwidth":"100","ISP":"BGP"}';
const ROUTE_ENI = { [`${TKE}networks`]: "tke-route-eni" };
const WANTS = { [`${TKE}eip-attributes`]: JSON_ATTRIBUTES, ...ROUTE_ENI };
const SUPER_NODE = { nodes: complete({ name: "eklet-1", superNode: true }) };

interface World {
  readonly addresses?: readonly Address[];
  readonly memory?: AddressMemory;
}

function findings(cluster: ClusterFacts, { addresses = [address()], memory: own }: World = {}): readonly Finding[] {
  const world = link(facts(addresses, [cluster]), ledger(own === undefined ? {} : { "eip-aaaaaaaa": own }));
  const view = world.clusters.get(CLUSTER);
  if (view === undefined) throw new Error("the cluster was lost");
  return clusterFindings(view, judge(world, POLICY));
}

function codes(cluster: ClusterFacts, world: World = {}): readonly string[] {
  return findings(cluster, world).map(({ code, object }) => `${code} ${object}`);
}

function template(annotations: Annotations, fields: Parameters<typeof workload>[0] = {}): ClusterFacts {
  const kind = fields.kind ?? "StatefulSet";
  return bareCluster({ workloads: { [kind]: complete(workload({ templateAnnotations: annotations, ...fields })) } });
}

describe("a cluster where all is well", () => {
  it("has no finding", () => expect(codes(template({ ...WANTS, [`${TKE}eip-claim-delete-policy`]: "Never" }))).toEqual([]));
  it("has none without any EIP annotation either", () => expect(codes(template({}, { kind: "Deployment" }))).toEqual([]));
});

describe("ipamd", () => {
  const cases: readonly { title: string; ipamd: Parameters<typeof ipamd>[0]; expected: readonly string[] }[] = [
    {
      title: "a role without the EIP policy, so that nobody recycles",
      ipamd: { authorised: known(false) },
      expected: ["role-policy-missing -", "not-recycling -"],
    },
    { title: "switched off", ipamd: { enabled: false }, expected: ["not-recycling -"] },
    { title: "not running", ipamd: { phase: "failed" }, expected: ["not-recycling -"] },
    {
      title: "switched off, with nothing to recycle",
      ipamd: { enabled: false, claimExpiredDuration: "0s" },
      expected: ["threshold-never -"],
    },
    { title: "a role that could not be read is no finding", ipamd: { authorised: unknown("403") }, expected: [] },
    { title: "a phase that is not known is no finding", ipamd: { phase: "" }, expected: [] },
    { title: "threshold never", ipamd: { claimExpiredDuration: "0s" }, expected: ["threshold-never -"] },
    { title: "threshold under an hour", ipamd: { claimExpiredDuration: "59m59s" }, expected: ["threshold-short -"] },
    { title: "threshold of an hour", ipamd: { claimExpiredDuration: "1h" }, expected: [] },
    { title: "threshold unknown", ipamd: { claimExpiredDuration: null }, expected: [] },
    ...(
      [
        ["v3.3.8", ["ipamd-duplicates", "ipamd-loses-super-node-eips"]],
        ["3.2.99", ["ipamd-duplicates", "ipamd-loses-super-node-eips"]],
        ["v2.9.9", ["ipamd-duplicates", "ipamd-loses-super-node-eips"]],
        ["v2.10.5", ["ipamd-duplicates", "ipamd-loses-super-node-eips"]],
        ["v3.3.9", ["ipamd-loses-super-node-eips"]],
        ["v3.3.10", ["ipamd-loses-super-node-eips"]],
        ["v3.4.4", ["ipamd-loses-super-node-eips"]],
        ["v3.4.5", []],
        ["v3.10.0", []],
        ["v4.0.0", []],
        ["latest", []],
        ["build-3.3.1", []],
      ] as const
    ).map(([version, found]) => ({
      title: `version ${version}`,
      ipamd: { version },
      expected: found.map((code) => `${code} kube-system/tke-eni-ipamd`),
    })),
  ];
  it.each(cases)("$title", ({ ipamd: fields, expected }) => {
    expect(codes(bareCluster({}, { ipamd: known(ipamd(fields)) }))).toEqual(expected);
  });

  it("is looked at although the cluster itself could not be read", () => {
    const unreadable = bareCluster({}, { objects: unknown("no route"), ipamd: known(ipamd({ claimExpiredDuration: "0s" })) });
    expect(codes(unreadable)).toEqual(["threshold-never -"]);
  });

  it("that could not be read is no finding", () => {
    expect(codes(bareCluster({}, { ipamd: unknown("403") }))).toEqual([]);
  });
});

describe("claims", () => {
  it("not installed", () =>
    expect(codes(bareCluster({ claims: { state: "not-installed" } }))).toEqual(["claims-not-installed -"]));

  it("none at all prove nothing, and need nothing", () => expect(codes(bareCluster())).toEqual([]));

  it("that no Pod proves readable", () => {
    expect(codes(bareCluster({ claims: complete(claim()) }))).toEqual(["claims-not-readable -"]);
  });

  it("that contradict a Pod", () => {
    const contradicting = bareCluster({
      pods: complete(SAMPLE_POD),
      claims: complete({ ...SAMPLE_CLAIM, ids: ["eip-aaaaaaaa"] }),
    });
    expect(codes(contradicting)).toEqual(["claims-not-readable -"]);
  });

  it("that are readable", () => {
    expect(codes(bareCluster({ pods: complete(SAMPLE_POD), claims: complete(SAMPLE_CLAIM) }))).toEqual([]);
  });

  it("one that names several EIPs", () => {
    const two = claim({ ids: ["eip-aaaaaaaa", "eip-bbbbbbbb"] });
    const objects = { pods: complete(SAMPLE_POD), claims: complete(SAMPLE_CLAIM, two) };
    expect(codes(bareCluster(objects))).toEqual(["claim-ambiguous games/web-0"]);
    expect(codes(bareCluster({ claims: complete(two) }))).toEqual(["claim-ambiguous games/web-0", "claims-not-readable -"]);
  });
});

describe("eks-config", () => {
  const config = (annotations: Annotations | null) => bareCluster({ eksConfigAnnotations: known(annotations) });
  it.each([
    { title: "attributes", annotations: { [`${EKS}eip-attributes`]: "" } },
    { title: "a delete policy", annotations: { [`${EKS}eip-claim-delete-policy`]: "Never" } },
    { title: "a list", annotations: { [`${EKS}eip-id-list`]: "" } },
  ])("that adds $title to every Pod", ({ annotations }) => {
    expect(codes(config(annotations))).toEqual(["eks-config-annotations kube-system/eks-config"]);
  });
  it("that adds something else, or is not there", () => {
    expect(codes(config({ "eks.tke.cloud.tencent.com/retain-ip": "true" }))).toEqual([]);
    expect(codes(config(null))).toEqual([]);
    expect(codes(bareCluster({ eksConfigAnnotations: unknown("403") }))).toEqual([]);
  });
});

describe("templates", () => {
  const policy = (value: string) => ({ ...WANTS, [`${TKE}eip-claim-delete-policy`]: value });
  const cases: readonly {
    title: string;
    annotations: Annotations;
    fields?: Parameters<typeof workload>[0];
    expected: readonly FindingCode[];
  }[] = [
    ...(["Deployment", "ReplicaSet", "DaemonSet", "Job", "CronJob", "CloneSet"] as const).map((kind) => ({
      title: `Never on a ${kind}`,
      annotations: policy("Never"),
      fields: { kind },
      expected: ["never-without-stable-name"] as const,
    })),
    ...(["StatefulSet", "AdvancedStatefulSet", "GameServerSet"] as const).map((kind) => ({
      title: `Never on a ${kind} is right`,
      annotations: policy("Never"),
      fields: { kind },
      expected: [],
    })),
    { title: "a Deployment without Never is right", annotations: WANTS, fields: { kind: "Deployment" }, expected: [] },
    { title: "never in another case", annotations: policy("never"), expected: ["never-in-another-case"] },
    {
      title: "NEVER on a Deployment is ignored by ipamd",
      annotations: policy("NEVER"),
      fields: { kind: "Deployment" },
      expected: ["never-in-another-case"],
    },
    { title: "another policy is no misspelling", annotations: policy("Delete"), expected: [] },
    {
      title: "a policy without attributes",
      annotations: { [`${TKE}eip-claim-delete-policy`]: "Never" },
      expected: ["policy-without-attributes"],
    },
    {
      title: "a policy beside a list is no policy without attributes",
      annotations: { [`${TKE}eip-claim-delete-policy`]: "Never", [`${TKE}eip-id-list`]: "eip-a,eip-b", ...ROUTE_ENI },
      expected: [],
    },
    { title: "empty attributes are right", annotations: { ...ROUTE_ENI, [`${TKE}eip-attributes`]: "" }, expected: [] },
    ...["yes", "[]", "null", "1", '"BGP"', "{"].map((value) => ({
      title: `attributes ${value}`,
      annotations: { ...ROUTE_ENI, [`${TKE}eip-attributes`]: value },
      expected: ["attributes-not-json"] as const,
    })),
    {
      title: "attributes together with a list",
      annotations: { ...WANTS, [`${TKE}eip-id-list`]: "eip-a,eip-b" },
      expected: ["attributes-with-id-list"],
    },
    {
      title: "a list shorter than replicas",
      annotations: { ...ROUTE_ENI, [`${TKE}eip-id-list`]: "eip-a" },
      expected: ["id-list-too-short"],
    },
    {
      title: "a list as long as replicas, or longer",
      annotations: { ...ROUTE_ENI, [`${TKE}eip-id-list`]: "eip-a,eip-b,eip-c" },
      expected: [],
    },
    {
      title: "a list that names an id twice",
      annotations: { ...ROUTE_ENI, [`${TKE}eip-id-list`]: "eip-a,eip-a" },
      expected: ["id-list-shares-id"],
    },
    {
      title: "eip-public-ip through the environment",
      annotations: WANTS,
      fields: { readsPublicIpFromEnvironment: true },
      expected: ["public-ip-in-environment"],
    },
    {
      title: "one annotation with two values",
      annotations: { ...WANTS, [`${TKE}eip-claim-delete-policy`]: "Never", [`${EKS}eip-claim-delete-policy`]: "Delete" },
      expected: ["wrong-prefix", "annotation-conflict"],
    },
    {
      title: "no networks on ordinary nodes",
      annotations: { [`${TKE}eip-attributes`]: "" },
      expected: ["network-mode-missing"],
    },
    {
      title: "no networks with a list on ordinary nodes",
      annotations: { [`${TKE}eip-id-list`]: "eip-a,eip-b" },
      expected: ["network-mode-missing"],
    },
    {
      title: "other networks on ordinary nodes",
      annotations: { ...WANTS, [`${TKE}networks`]: "tke-bridge" },
      expected: ["network-mode-missing"],
    },
    {
      title: "a name that only looks like the network",
      annotations: { ...WANTS, [`${TKE}networks`]: "my-tke-route-eni" },
      expected: ["network-mode-missing"],
    },
    { title: "tke-direct-eni", annotations: { ...WANTS, [`${TKE}networks`]: "tke-direct-eni" }, expected: [] },
    {
      title: "tke-route-eni among others",
      annotations: { ...WANTS, [`${TKE}networks`]: "tke-bridge, tke-route-eni ,x" },
      expected: [],
    },
    {
      title: "the super nodes' prefix on ordinary nodes",
      annotations: { [`${EKS}eip-attributes`]: "", ...ROUTE_ENI },
      expected: ["wrong-prefix"],
    },
    {
      title: "the super nodes' prefix on super nodes, which need no networks",
      annotations: { [`${EKS}eip-attributes`]: "" },
      fields: { selectsSuperNode: true },
      expected: [],
    },
    {
      title: "the ordinary prefix on super nodes",
      annotations: { [`${TKE}eip-attributes`]: "" },
      fields: { selectsSuperNode: true },
      expected: ["wrong-prefix"],
    },
    {
      title: "both prefixes on super nodes",
      annotations: { [`${TKE}eip-attributes`]: "", [`${EKS}eip-attributes`]: "" },
      fields: { selectsSuperNode: true },
      expected: [],
    },
  ];
  it.each(cases)("$title", ({ annotations, fields, expected }) => {
    const found = findings(template(annotations, fields));
    expect(found.map(({ code }) => code).sort()).toEqual([...expected].sort());
    for (const { object } of found) expect(object).toBe("games/web");
  });

  it("where super nodes may take any Pod, no prefix and no missing network is wrong for certain", () => {
    const objects = (annotations: Annotations): ClusterShape => ({
      ...SUPER_NODE,
      workloads: { StatefulSet: complete(workload({ templateAnnotations: annotations })) },
    });
    expect(codes(bareCluster(objects({ [`${EKS}eip-attributes`]: "" })))).toEqual([]);
    expect(codes(bareCluster(objects({ [`${TKE}eip-attributes`]: "" })))).toEqual([]);
  });

  it("in a serverless cluster the ordinary prefix is wrong", () => {
    const objects = { workloads: { StatefulSet: complete(workload({ templateAnnotations: { [`${TKE}eip-attributes`]: "" } })) } };
    expect(codes(bareCluster(objects, { product: "eks" }))).toEqual(["wrong-prefix games/web"]);
  });

  it("what a listed workload above repeats is that workload's finding alone", () => {
    const annotations = { ...WANTS, [`${TKE}eip-claim-delete-policy`]: "Never", [`${TKE}eip-id-list`]: "eip-a,eip-a" };
    const objects: ClusterShape = {
      workloads: {
        Deployment: complete(workload({ kind: "Deployment", name: "api", templateAnnotations: annotations })),
        ReplicaSet: complete(
          workload({ kind: "ReplicaSet", name: "api-1", templateAnnotations: annotations, owner: owner("Deployment", "api") }),
        ),
      },
    };
    expect(codes(bareCluster(objects))).toEqual([
      "never-without-stable-name games/api",
      "attributes-with-id-list games/api",
      "id-list-shares-id games/api",
    ]);
  });

  it("a workload whose owner is of an unknown kind speaks for itself", () => {
    const own = workload({
      kind: "ReplicaSet",
      owner: owner("Game", "web", "example.com/v1"),
      templateAnnotations: { ...WANTS, ...NEVER },
    });
    expect(codes(bareCluster({ workloads: { ReplicaSet: complete(own) } }))).toEqual([
      "kind-not-read Game.example.com",
      "never-without-stable-name games/web",
    ]);
  });

  it.each<{ what: string; shape: ClusterShape; expected: readonly string[] }>([
    { what: "none, where all are", shape: { pods: complete(pod()) }, expected: [] },
    { what: "one that can be scaled", shape: { unlistedKinds: known(["games.example.com"]) }, expected: ["games.example.com"] },
    { what: "none, where that is not known", shape: { unlistedKinds: unknown("503") }, expected: [] },
    {
      what: "one that owns a Pod, once",
      shape: {
        pods: complete(
          pod({ owner: owner("Game", "a", "example.com/v1") }),
          pod({ name: "web-1", owner: owner("Game", "b", "example.com/v2") }),
        ),
      },
      expected: ["Game.example.com"],
    },
    {
      what: "not a node, which owns its static Pods",
      shape: { pods: complete(pod({ owner: owner("Node", "n", "v1") })) },
      expected: [],
    },
    { what: "not several owners at once", shape: { pods: complete(pod({ owner: owner("A and B", "n", "") })) }, expected: [] },
  ])("names kinds whose templates are not read: $what", ({ shape, expected }) => {
    expect(codes(bareCluster(shape)).filter((code) => code.startsWith("kind-not-read"))).toEqual(
      expected.map((name) => `kind-not-read ${name}`),
    );
  });

  it("says once what several templates of one workload say, and each thing that one of them says", () => {
    const own = workload({
      kind: "LeaderWorkerSet",
      templateAnnotations: { "tke.cloud.tencent.com/eip-claim-delete-policy": "never" },
      otherTemplates: [
        { "tke.cloud.tencent.com/eip-claim-delete-policy": "never" },
        { "tke.cloud.tencent.com/eip-attributes": "{" },
      ],
    });
    const found = codes(bareCluster({ workloads: { LeaderWorkerSet: complete(own) } }, { product: "tke" }));
    expect(found.filter((code) => code.startsWith("never-in-another-case")).length).toBe(1);
    expect(found).toContain("attributes-not-json games/web");
  });

  it("shares no id with itself where two of its templates list the same, and with another where they do", () => {
    const list = (ids: string) => ({ "tke.cloud.tencent.com/eip-id-list": ids });
    const united = workload({
      kind: "UnitedDeployment",
      templateAnnotations: list("eip-a"),
      otherTemplates: [list("eip-a,eip-b")],
      replicas: 1,
    });
    const shared = (...workloads: Workload[]) =>
      codes(bareCluster({ workloads: { UnitedDeployment: complete(united), StatefulSet: complete(...workloads) } })).filter(
        (code) => code.startsWith("id-list-shares-id"),
      );
    expect(shared()).toEqual([]);
    expect(shared(workload({ name: "api", templateAnnotations: list("eip-b"), replicas: 1 }))).toHaveLength(1);
  });

  it("two without lists share none", () => {
    const two = complete(workload({ templateAnnotations: WANTS }), workload({ name: "api", templateAnnotations: WANTS }));
    expect(codes(bareCluster({ workloads: { StatefulSet: two } }))).toEqual([]);
  });

  it("another product's annotation under the super nodes' prefix is no wrong prefix", () => {
    expect(codes(template({ ...WANTS, [`${EKS}networks`]: "tke-route-eni" }))).toEqual([]);
  });

  it.each([
    {
      title: "a policy",
      annotations: { ...WANTS, [`${TKE}eip-claim-delete-policy`]: "NEVER" },
      words: ["StatefulSet games/web", "NEVER"],
    },
    {
      title: "attributes",
      annotations: { ...ROUTE_ENI, [`${TKE}eip-attributes`]: "100Mbps" },
      words: ["StatefulSet games/web", "100Mbps"],
    },
    {
      title: "attributes beside a list",
      annotations: { ...WANTS, [`${TKE}eip-id-list`]: "eip-a,eip-b" },
      words: ["StatefulSet games/web", "eip-id-list"],
    },
  ])("are named with the value that is wrong: $title", ({ annotations, words }) => {
    const [found] = findings(template(annotations));
    for (const word of words) expect(found?.detail).toContain(word);
  });

  it("two lists that share an id", () => {
    const list = { ...ROUTE_ENI, [`${TKE}eip-id-list`]: "eip-a,eip-b" };
    const objects: ClusterShape = {
      workloads: {
        StatefulSet: complete(workload({ templateAnnotations: list })),
        Deployment: complete(
          workload({
            kind: "Deployment",
            name: "api",
            templateAnnotations: { ...ROUTE_ENI, [`${TKE}eip-id-list`]: "eip-b, eip-c" },
          }),
        ),
      },
    };
    const found = findings(bareCluster(objects));
    expect(found.map(({ code, object }) => `${code} ${object}`)).toEqual(["id-list-shares-id games/api"]);
    expect(found[0]?.detail).toContain("eip-b stands in StatefulSet games/web and in Deployment games/api");
  });
});

describe("Pods", () => {
  const bare = (annotations: Annotations, fields = {}) =>
    bareCluster({ pods: complete(pod({ owner: null, annotations, ...fields })) });

  it("one that runs, wants an EIP and got none", () => {
    expect(codes(bare(WANTS))).toEqual(["allocation-failed games/web-0"]);
  });

  it.each([
    { title: "one that does not run yet", fields: { phase: "Pending" }, annotations: WANTS },
    { title: "one that wants no EIP", fields: {}, annotations: {} },
    { title: "one with its address", fields: {}, annotations: { ...WANTS, [`${TKE}eip-public-ip`]: "203.0.113.99" } },
    { title: "one with its EIP's id", fields: {}, annotations: { ...WANTS, [`${TKE}eip-id`]: "eip-zzzzzzzz" } },
  ])("$title is no finding", ({ fields, annotations }) => {
    expect(codes(bare(annotations, fields))).toEqual([]);
  });

  it("an output that is written but empty is no answer", () => {
    expect(codes(bare({ ...WANTS, [`${TKE}eip-public-ip`]: "" }))).toEqual(["allocation-failed games/web-0"]);
  });

  it("a bare Pod speaks for itself; what a template says is the template's finding", () => {
    const annotations = { [`${TKE}eip-claim-delete-policy`]: "never" };
    const expected = [
      "never-in-another-case games/web-0",
      "policy-without-attributes games/web-0",
      "public-ip-in-environment games/web-0",
    ];
    expect(codes(bare(annotations, { readsPublicIpFromEnvironment: true }))).toEqual(expected);
    const owned = pod({ annotations, readsPublicIpFromEnvironment: true });
    expect(codes(bareCluster({ pods: complete(owned) }))).toEqual([]);
  });
});

describe("judged EIPs", () => {
  const mine = { ...WANTS, [`${TKE}eip-id`]: "eip-aaaaaaaa" };
  const own = bareCluster({ pods: complete(pod({ annotations: mine })) });

  it("one that outlived its claim", () => {
    const before = memory(milliseconds(DAY), { pod: podMemory(), protections: { "guard.IpamdDidNotDestroy": ago(DAY) } });
    expect(codes(bareCluster(), { memory: before })).toEqual(["ipamd-did-not-destroy games/web-0"]);
  });

  it("one that is not bound though its Pod runs", () => {
    expect(codes(own)).toEqual(["bind-failed games/web-0"]);
    expect(codes(bareCluster({ pods: complete(pod({ annotations: mine, phase: "Pending" })) }))).toEqual([]);
    expect(codes(own, { addresses: [address({ status: "BIND" })] })).toEqual([]);
  });

  it("one that is kept by a person though its Pod runs is no finding", () => {
    expect(codes(own, { addresses: [address({ tags: known({ "eip-guard:keep": "" }) })] })).toEqual([]);
  });

  it("one that is bound to something else than its Pod says", () => {
    const elsewhere = address({ status: "BIND", privateIp: "10.0.0.99" });
    expect(codes(own, { addresses: [elsewhere] })).toEqual(["bound-elsewhere games/web-0"]);
  });

  it.each([
    { title: "bound to its Pod", fields: {}, eip: { privateIp: "10.0.0.7" } },
    { title: "whose binding names no address", fields: {}, eip: { privateIp: null } },
    { title: "whose Pod has no address yet", fields: { podIP: null }, eip: { privateIp: "10.0.0.99" } },
    {
      title: "bound to the IPv4 address of a Pod whose first is IPv6",
      fields: { podIP: "fd00::7", furtherIPs: ["10.0.0.7"] },
      eip: { privateIp: "10.0.0.7" },
    },
    {
      title: "bound to its Pod's IPv6 address, written at length",
      fields: { podIP: "fd00::7" },
      eip: { privateIp: "FD00:0:0::0007" },
    },
    { title: "whose Pod has the host's network", fields: { hostNetwork: true }, eip: { privateIp: "10.0.0.99" } },
  ])("one $title is not bound elsewhere", ({ fields, eip }) => {
    const cluster = bareCluster({ pods: complete(pod({ annotations: mine, ...fields })) });
    expect(codes(cluster, { addresses: [address({ status: "BIND", ...eip })] })).toEqual([]);
  });

  it("one that only memory links to a living Pod is not bound elsewhere", () => {
    const cluster = bareCluster({ pods: complete(pod({ annotations: {} })) });
    const addresses = [address({ status: "BIND", privateIp: "10.0.0.99" })];
    expect(codes(cluster, { addresses, memory: memory(null, { pod: podMemory() }) })).toEqual([]);
  });

  const statefulSet = (replicas: number) =>
    bareCluster({
      workloads: { StatefulSet: complete(workload({ replicas, templateAnnotations: { ...NEVER, ...ROUTE_ENI } })) },
    });

  it("one whose StatefulSet stands at 0 will be lost, with the date", () => {
    const idle = { memory: memory(milliseconds(10 * MINUTE), { pod: podMemory() }) };
    const [found] = findings(statefulSet(0), idle);
    expect(found).toMatchObject({ code: "address-will-be-lost", object: "games/web-0" });
    // Forty minutes idle under a threshold of an hour.
    expect(found?.detail).toContain("will be lost at 2026-11-23T09:20:00.000Z");
    expect(findings(statefulSet(2), idle)[0]?.detail).toContain("will be lost at 2026-11-23T09:20:00.000Z");
  });

  it("one that is overdue was due to be lost", () => {
    const [found] = findings(statefulSet(0), { memory: memory(milliseconds(DAY), { pod: podMemory() }) });
    expect(found?.detail).toContain("was due to be lost at 2026-11-22T09:30:00.000Z");
    const [exact] = findings(statefulSet(0), { memory: memory(milliseconds(HOUR / 2), { pod: podMemory() }) });
    expect(exact?.detail).toContain("was due to be lost at 2026-11-23T09:00:00.000Z");
  });

  it("none is lost where the threshold is never", () => {
    const cluster = bareCluster(
      { workloads: { StatefulSet: complete(workload({ replicas: 0, templateAnnotations: { ...NEVER, ...ROUTE_ENI } })) } },
      { ipamd: known(ipamd({ claimExpiredDuration: "0s" })) },
    );
    expect(codes(cluster, { memory: memory(milliseconds(DAY), { pod: podMemory() }) })).toEqual(["threshold-never -"]);
  });

  it("one of another cluster is that cluster's finding", () => {
    const other = bareCluster({ pods: complete(pod({ annotations: mine })) }, { id: "cls-22222222" });
    const world = link(facts([address({ tags: known({}) })], [bareCluster(), other]), ledger());
    const view = world.clusters.get(CLUSTER);
    if (view === undefined) throw new Error("the cluster was lost");
    expect(clusterFindings(view, judge(world, POLICY))).toEqual([]);
  });
});

describe("the five manifests of the guide (domain.md §2.1)", () => {
  const manifest = (kind: "Deployment" | "StatefulSet", annotations: Annotations, fields = {}) =>
    codes(
      bareCluster({
        ...SUPER_NODE,
        workloads: {
          [kind]: complete(workload({ kind, name: "eip", replicas: 1, templateAnnotations: annotations, ...fields })),
        },
      }),
    );
  const byTraffic = (bandwidth: number) =>
    JSON.stringify({ InternetMaxBandwidthOut: bandwidth, InternetChargeType: "TRAFFIC_POSTPAID_BY_HOUR" });

  it("(a) a Deployment with attributes and no policy is right where super nodes may take it", () => {
    expect(manifest("Deployment", { [`${EKS}eip-attributes`]: byTraffic(100) })).toEqual([]);
  });
  it("(a) on ordinary nodes it has the wrong prefix and no network", () => {
    expect(codes(template({ [`${EKS}eip-attributes`]: byTraffic(100) }, { kind: "Deployment", replicas: 1 }))).toEqual([
      "network-mode-missing games/web",
      "wrong-prefix games/web",
    ]);
  });
  it("(b) a Deployment on tke-route-eni is right", () => {
    expect(manifest("Deployment", WANTS)).toEqual([]);
    expect(codes(template(WANTS, { kind: "Deployment" }))).toEqual([]);
  });
  it("(c) a StatefulSet with Never on super nodes is right", () => {
    const annotations = { [`${EKS}eip-attributes`]: byTraffic(50), [`${EKS}eip-claim-delete-policy`]: "Never" };
    expect(manifest("StatefulSet", annotations, { selectsSuperNode: true })).toEqual([]);
  });
  it("(d) a Deployment with Never leaks by design; fixed to a StatefulSet it is right", () => {
    const annotations = { ...WANTS, [`${TKE}eip-claim-delete-policy`]: "Never" };
    expect(manifest("Deployment", annotations)).toEqual(["never-without-stable-name games/eip"]);
    expect(manifest("StatefulSet", annotations)).toEqual([]);
  });
  it("(e) a Deployment that mounts its address as a file is right", () => {
    expect(manifest("Deployment", { [`${EKS}eip-attributes`]: "" }, { selectsSuperNode: true })).toEqual([]);
  });
  it("(e) as an environment variable it is always empty", () => {
    const fields = { selectsSuperNode: true, readsPublicIpFromEnvironment: true };
    expect(manifest("Deployment", { [`${EKS}eip-attributes`]: "" }, fields)).toEqual(["public-ip-in-environment games/eip"]);
  });
});

describe("the region's quota", () => {
  const quota = (used: number, limit = 20) => regionFindings(known({ limit, used }), 7, "ap-guangzhou");

  it("is nearly used up from nine tenths on, with what idle EIPs take of it", () => {
    expect(quota(18)).toEqual([
      {
        code: "quota-nearly-used",
        object: "ap-guangzhou",
        detail: "18 of 20 EIPs are used, 7 of them idle",
        fix: FINDINGS["quota-nearly-used"].fix,
      },
    ]);
  });
  it("is not below that", () => expect(quota(17)).toEqual([]));
  it("is no finding where there is no quota, or it could not be read", () => {
    expect(quota(5, 0)).toEqual([]);
    expect(regionFindings(unknown("403"), 7, "ap-guangzhou")).toEqual([]);
  });
});

describe("the list of findings", () => {
  it("stands in the order of the table, then by object, each with its fix", () => {
    const pods = ["web-1", "web-0"].map((name) => pod({ name, podIP: null, annotations: WANTS }));
    const cluster = bareCluster(
      { pods: complete(...pods), workloads: { Deployment: complete(workload({ kind: "Deployment" })) } },
      { ipamd: known(ipamd({ claimExpiredDuration: "0s" })) },
    );
    const found = findings(cluster);
    expect(found.map(({ code, object }) => `${code} ${object}`)).toEqual([
      "threshold-never -",
      "never-without-stable-name games/web",
      "network-mode-missing games/web",
      "allocation-failed games/web-0",
      "allocation-failed games/web-1",
    ]);
    for (const { code, fix } of found) expect(FINDINGS).toHaveProperty([code, "fix"], fix);
  });
});
