import { describe, expect, it } from "vitest";
import { readAnnotations } from "../../src/core/link/annotations.ts";
import { ordinalsOf } from "../../src/core/link/ordinals.ts";
import type { Workload } from "../../src/core/terms/facts.ts";
import { type AutoscalerKind, kindOf } from "../../src/core/terms/kinds.ts";
import { instant } from "../../src/core/terms/time.ts";
import { toAutoscaler, toClaim, toIpamd, toNamespace, toNode, toPod, toWorkload } from "../../src/kubernetes/shapes.ts";

const metadata = { name: "web-0", namespace: "games", uid: "u-1", creationTimestamp: "2026-01-05T01:00:00Z" };
const TKE = "tke.cloud.tencent.com";
const EKS = "eks.tke.cloud.tencent.com";

describe("a Pod", () => {
  it("keeps what is used of it", () => {
    const controller = { apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: "u-2" };
    const pod = toPod({
      metadata: {
        ...metadata,
        labels: { "game.kruise.io/owner-gss": "battle" },
        ownerReferences: [{ ...controller, controller: true }],
      },
      spec: { nodeName: "node-1", hostNetwork: true, containers: [{ resources: { limits: { [`${TKE}/eip`]: "1" } } }] },
      status: { phase: "Running", podIP: "10.0.0.7" },
    });
    expect(pod).toEqual({
      namespace: "games",
      name: "web-0",
      uid: "u-1",
      createdAt: instant(Date.UTC(2026, 0, 5, 1)),
      deletionAt: null,
      phase: "Running",
      podIP: "10.0.0.7",
      furtherIPs: [],
      hostNetwork: true,
      nodeName: "node-1",
      owner: controller,
      annotations: {},
      gameServerSet: "battle",
      requestsEip: true,
      readsPublicIpFromEnvironment: false,
      ownerMark: null,
    });
  });

  const networks = (...ips: readonly unknown[]) => JSON.stringify([{ name: "tke-route-eni", interface: "eth1", ips }]);
  it.each<{
    what: string;
    status?: unknown;
    annotations?: Readonly<Record<string, string>>;
    first: string | null;
    further: readonly string[];
  }>([
    {
      what: "of both families, IPv6 first",
      status: { podIP: "fd00::7", podIPs: [{ ip: "fd00::7" }, { ip: "10.0.0.7" }] },
      first: "fd00::7",
      further: ["10.0.0.7"],
    },
    { what: "before podIP is set", status: { podIPs: [{ ip: "10.0.0.7" }] }, first: null, further: ["10.0.0.7"] },
    {
      what: "of TKE's further interfaces",
      status: { podIP: "10.0.0.7" },
      annotations: {
        [`${TKE}/networks-status`]: networks("10.0.0.7", "10.1.0.7"),
        [`${EKS}/networks-status`]: networks("10.2.0.7"),
      },
      first: "10.0.0.7",
      further: ["10.1.0.7", "10.2.0.7"],
    },
    {
      what: "of Multus's",
      annotations: {
        "k8s.v1.cni.cncf.io/network-status": networks("10.1.0.7"),
        "k8s.v1.cni.cncf.io/networks-status": networks("fd00::8"),
      },
      first: null,
      further: ["10.1.0.7", "fd00::8"],
    },
    {
      what: "and nothing that is no address",
      status: { podIP: "10.0.0.7", podIPs: [{ ip: "none" }, { ip: 7 }, "x"] },
      annotations: { [`${TKE}/networks-status`]: networks("10.1.0.7/24", 7), "k8s.v1.cni.cncf.io/network-status": "[" },
      first: "10.0.0.7",
      further: [],
    },
  ])("has its addresses: $what", ({ status, annotations, first, further }) => {
    expect(toPod({ metadata: { ...metadata, annotations }, status })).toMatchObject({ podIP: first, furtherIPs: further });
  });

  it.each<{ what: string; annotations: Readonly<Record<string, unknown>>; kept: Readonly<Record<string, string>> }>([
    { what: "of the standard prefix", annotations: { [`${TKE}/eip-id`]: "eip-1" }, kept: { [`${TKE}/eip-id`]: "eip-1" } },
    { what: "of the super nodes' prefix", annotations: { [`${EKS}/eip-id`]: "eip-1" }, kept: { [`${EKS}/eip-id`]: "eip-1" } },
    {
      what: "of both in one Pod",
      annotations: { [`${TKE}/networks`]: "tke-route-eni", [`${EKS}/eip-attributes`]: "" },
      kept: { [`${TKE}/networks`]: "tke-route-eni", [`${EKS}/eip-attributes`]: "" },
    },
    { what: "and no others", annotations: { "kubernetes.io/x": "1", [`not-${TKE}/eip-id`]: "eip-1" }, kept: {} },
    { what: "and none that is no text", annotations: { [`${TKE}/eip-id`]: 7 }, kept: {} },
  ])("keeps the annotations $what", ({ annotations, kept }) => {
    expect(toPod({ metadata: { ...metadata, annotations } })?.annotations).toEqual(kept);
  });

  it("has its delete policy exactly as written: another case does not keep", () => {
    const policy = (value: string) =>
      readAnnotations(
        toPod({ metadata: { ...metadata, annotations: { [`${EKS}/eip-claim-delete-policy`]: value } } })?.annotations ?? {},
      );
    expect(policy("Never").never).toBe(true);
    expect(policy("never")).toMatchObject({ never: false, deletePolicy: ["never"] });
  });

  it.each<{ what: string; references: unknown; owner: string | null }>([
    {
      what: "the one that controls it",
      references: [
        { apiVersion: "v1", kind: "A", name: "a", uid: "u1" },
        { apiVersion: "v1", kind: "B", name: "b", uid: "u2", controller: true },
      ],
      owner: "b",
    },
    {
      what: "the only one, be it no controller",
      references: [{ apiVersion: "v1", kind: "A", name: "a", uid: "u" }],
      owner: "a",
    },
    { what: "nobody, where there is none", references: [], owner: null },
    { what: "nobody, where the list is null", references: null, owner: null },
  ])("is owned by $what", ({ references, owner }) => {
    expect(toPod({ metadata: { ...metadata, ownerReferences: references } })?.owner?.name ?? null).toBe(owner);
  });

  const first = { apiVersion: "apps/v1", kind: "StatefulSet", name: "a", uid: "u1" };
  const second = { apiVersion: "example.com/v1", kind: "Game", name: "b", uid: "u2" };
  it.each<{ what: string; references: unknown; name: string }>([
    { what: "several of which none is the controller", references: [first, second], name: "a and b" },
    {
      what: "several controllers",
      references: [
        { ...first, controller: true },
        { ...second, controller: true },
      ],
      name: "a and b",
    },
    { what: "one without a kind", references: [{ apiVersion: "v1", name: "a", uid: "u" }], name: "-" },
    { what: "one without a name", references: [{ apiVersion: "v1", kind: "A", uid: "u" }], name: "-" },
    { what: "one without a uid", references: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "a" }], name: "-" },
    { what: "a controller that can't be read", references: [first, { controller: true }], name: "-" },
    { what: "owners that are no list", references: "x", name: "-" },
  ])("is owned by a kind that we don't know where there are $what", ({ references, name }) => {
    const owner = toPod({ metadata: { ...metadata, ownerReferences: references } })?.owner ?? null;
    expect(owner?.name).toBe(name);
    expect(owner === null ? "none" : kindOf(owner)).toBeNull();
  });

  it("keeps owners of one name apart by their UID: one made again is another", () => {
    const ownedBy = (uid: string) =>
      toPod({ metadata: { ...metadata, ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid }] } });
    expect([ownedBy("first")?.owner?.uid, ownedBy("second")?.owner?.uid, ownedBy("first")?.owner?.uid]).toEqual([
      "first",
      "second",
      "first",
    ]);
  });

  it.each<{ what: string; object: unknown }>([
    { what: "text", object: "web-0" },
    { what: "null", object: null },
    { what: "an object without a name", object: { metadata: { namespace: "games" } } },
    { what: "a name that is no text", object: { metadata: { name: 7 } } },
    { what: "metadata that is a list", object: { metadata: [] } },
  ])("is not made of $what", ({ object }) => {
    expect(toPod(object)).toBeNull();
  });

  it("survives fields of the wrong kind", () => {
    const pod = toPod({
      metadata: { ...metadata, annotations: [], labels: 7 },
      spec: { containers: { a: 1 }, hostNetwork: "true" },
      status: "x",
    });
    expect(pod).toMatchObject({
      phase: "Unknown",
      podIP: null,
      hostNetwork: false,
      nodeName: null,
      annotations: {},
      gameServerSet: null,
    });
  });

  it("does not take what every object inherits for a field", () => {
    expect(toPod({ metadata: { ...metadata, annotations: JSON.parse('{"__proto__":{"x":"y"}}') } })?.annotations).toEqual({});
  });

  it.each<{ path: string; reads: boolean }>([
    { path: `metadata.annotations['${TKE}/eip-public-ip']`, reads: true },
    { path: `metadata.annotations["${EKS}/eip-public-ip"]`, reads: true },
    { path: "metadata.annotations['other']", reads: false },
    { path: "status.podIP", reads: false },
  ])("reads the public address from its environment: $path is $reads", ({ path, reads }) => {
    const env = [{ name: "IP", valueFrom: { fieldRef: { fieldPath: path } } }];
    expect(toPod({ metadata, spec: { initContainers: [{ env }] } })?.readsPublicIpFromEnvironment).toBe(reads);
  });
});

describe("a workload", () => {
  const workload = (spec: unknown, kind: Workload["kind"] = "StatefulSet") => {
    const made = toWorkload(kind, "apps/v1")({ metadata, spec });
    if (made === null) throw new Error("no workload");
    return made;
  };
  const ordinals = (made: Workload) => {
    const read = ordinalsOf(made);
    if (!read.known) return read.why;
    return Array.from({ length: 12 }, (_, ordinal) => ordinal).filter(read.value.includes);
  };

  it.each<{ what: string; spec: unknown; kind?: Workload["kind"]; included: readonly number[] }>([
    { what: "from 0 on", spec: { replicas: 3 }, included: [0, 1, 2] },
    { what: "one, where replicas is left out", spec: {}, included: [0] },
    { what: "none, at 0 replicas", spec: { replicas: 0 }, included: [] },
    { what: "from ordinals.start on", spec: { replicas: 2, ordinals: { start: 5 } }, included: [5, 6] },
    {
      what: "not the reserved ones",
      spec: { replicas: 4, ordinals: { start: 2 }, reserveOrdinals: [1, 3] },
      kind: "AdvancedStatefulSet",
      included: [2, 4, 5, 6],
    },
    {
      what: "not those of a reserved range",
      spec: { replicas: 3, reserveOrdinals: ["1-3", 5] },
      kind: "AdvancedStatefulSet",
      included: [0, 4, 6],
    },
    {
      what: "not the game servers that were given up",
      spec: { replicas: 2, reserveGameServerIds: [0] },
      kind: "GameServerSet",
      included: [1, 2],
    },
    {
      what: "also game servers that are only parked",
      spec: { replicas: 2, reserveOrdinals: [0] },
      kind: "GameServerSet",
      included: [0, 1],
    },
  ])("includes the ordinals $what", ({ spec, kind, included }) => {
    expect(ordinals(workload(spec, kind))).toEqual(included);
  });

  it.each<{ entry: unknown; shown: string }>([
    { entry: "x-y", shown: "x-y" },
    { entry: { from: 1 }, shown: '{"from":1}' },
    { entry: "5-3", shown: "5-3" },
    { entry: null, shown: "null" },
  ])("has unknown ordinals where it reserves $shown, and says so", ({ entry, shown }) => {
    expect(ordinals(workload({ replicas: 2, reserveOrdinals: [entry] }, "AdvancedStatefulSet"))).toContain(`reserves '${shown}'`);
  });

  it.each<{ what: string; spec: object }>([
    { what: "replicas", spec: { replicas: "3" } },
    { what: "replicas", spec: { replicas: 1.5 } },
    { what: "start", spec: { replicas: 3, ordinals: { start: "1" } } },
    { what: "reserves", spec: { replicas: 3, reserveOrdinals: "1,2" } },
    { what: "reserves", spec: { replicas: 3, reserveOrdinals: { from: 1 } } },
  ])("has unknown ordinals where it can't be read, and says so: $what in $spec", ({ what, spec }) => {
    expect(ordinals(workload(spec, "AdvancedStatefulSet"))).toContain(what);
  });

  it("has the usual ordinals where replicas and reservations are null", () => {
    expect(ordinals(workload({ replicas: null, reserveOrdinals: null, ordinals: null }, "AdvancedStatefulSet"))).toEqual([0]);
  });

  it.each(["DaemonSet", "Job", "CronJob"] as const)("of kind %s has no replicas", (kind) => {
    expect(workload({ replicas: 3 }, kind).replicas).toBe(0);
  });

  const template = {
    metadata: { annotations: { [`${TKE}/eip-attributes`]: "{}", other: "x" } },
    spec: { nodeSelector: { "node.kubernetes.io/instance-type": "eklet" } },
  };
  it.each<{ kind: Workload["kind"]; spec: unknown }>([
    { kind: "Deployment", spec: { template } },
    { kind: "CronJob", spec: { jobTemplate: { spec: { template } } } },
    { kind: "GameServerSet", spec: { gameServerTemplate: template } },
    { kind: "GameServerSet", spec: { template } },
    { kind: "ReplicationController", spec: { template } },
    { kind: "LeaderWorkerSet", spec: { leaderWorkerTemplate: { workerTemplate: template } } },
    { kind: "UnitedDeployment", spec: { template: { statefulSetTemplate: { spec: { template } } } } },
    { kind: "UnitedDeployment", spec: { template: { cloneSetTemplate: { spec: { template } } } } },
    { kind: "AdvancedCronJob", spec: { template: { broadcastJobTemplate: { spec: { template } } } } },
    { kind: "Fleet", spec: { template: { spec: { template } } } },
    { kind: "GameServer", spec: { template } },
    { kind: "ScaledJob", spec: { jobTargetRef: { template } } },
    { kind: "TApp", spec: { templatePool: { "2": template } } },
    { kind: "VolcanoJob", spec: { tasks: [{ template }] } },
    { kind: "JobSet", spec: { replicatedJobs: [{ template: { spec: { template } } }] } },
    { kind: "RayCluster", spec: { workerGroupSpecs: [{ template }] } },
  ])("$kind: its template is found where that kind has it", ({ kind, spec }) => {
    expect(workload(spec, kind)).toMatchObject({
      templateAnnotations: { [`${TKE}/eip-attributes`]: "{}" },
      selectsSuperNode: true,
    });
  });

  it("has every template of its own, each with what it says", () => {
    const listing = (ids: string) => ({ metadata: { annotations: { [`${TKE}/eip-id-list`]: ids } } });
    const spec = { leaderWorkerTemplate: { leaderTemplate: listing("eip-a"), workerTemplate: listing("eip-b,eip-c") } };
    const { templateAnnotations, otherTemplates } = workload(spec, "LeaderWorkerSet");
    const lists = [templateAnnotations, ...otherTemplates].map((one) => one[`${TKE}/eip-id-list`]).filter(Boolean);
    expect(lists).toEqual(["eip-a", "eip-b,eip-c"]);
  });

  it("of kind PodTemplate has it beside its spec", () => {
    const made = toWorkload("PodTemplate", "v1")({ metadata, template });
    expect(made?.templateAnnotations).toEqual({ [`${TKE}/eip-attributes`]: "{}" });
  });

  it("has the annotations of its template, not its own: those mean nothing", () => {
    const made = toWorkload(
      "Deployment",
      "apps/v1",
    )({ metadata: { ...metadata, annotations: { [`${TKE}/eip-id`]: "eip-1" } }, spec: {} });
    expect(made?.templateAnnotations).toEqual({});
  });

  it("that is being deleted says since when", () => {
    const made = toWorkload("StatefulSet", "apps/v1")({ metadata: { ...metadata, deletionTimestamp: "2026-01-06T00:00:00Z" } });
    expect(made?.deletionAt).toBe(instant(Date.UTC(2026, 0, 6)));
  });
});

describe("a claim", () => {
  const claimOf = toClaim(`networking.${TKE}/v1`, "eipclaims");

  it.each<{ what: string; object: object; ids: readonly string[]; ips: readonly string[] }>([
    { what: "an id, wherever it stands", object: { status: { a: [{ b: { c: "eip-abc123" } }] } }, ids: ["eip-abc123"], ips: [] },
    { what: "one of its spec", object: { spec: { eip: "eip-abc123" } }, ids: ["eip-abc123"], ips: [] },
    { what: "one that its spec refers to", object: { spec: { eipRef: { name: "eip-abc123" } } }, ids: ["eip-abc123"], ips: [] },
    { what: "one that is the whole status", object: { status: "eip-abc123" }, ids: ["eip-abc123"], ips: [] },
    { what: "each only once", object: { spec: { a: "eip-abc123" }, status: { a: "eip-abc123" } }, ids: ["eip-abc123"], ips: [] },
    {
      what: "every one of several",
      object: { spec: { a: "eip-1", b: "1.2.3.4" }, status: { a: "eip-2" } },
      ids: ["eip-1", "eip-2"],
      ips: ["1.2.3.4"],
    },
    { what: "none that is a part of a text", object: { status: { a: "uses eip-abc123", b: "1.2.3.4:80" } }, ids: [], ips: [] },
    { what: "none in capitals", object: { status: { a: "EIP-ABC123" } }, ids: [], ips: [] },
    { what: "none that is a key", object: { status: { "eip-abc123": true } }, ids: [], ips: [] },
    { what: "none that stands elsewhere", object: { data: { a: "eip-abc123" }, eipId: "eip-abc123" }, ids: [], ips: [] },
    { what: "no Pod of its spec", object: { spec: { podName: "eip-demo", pod: { name: "eip-demo" } } }, ids: [], ips: [] },
    {
      what: "no namespace of its spec",
      object: { spec: { claimRef: { namespace: "eip-demo", name: "eip-demo" } } },
      ids: [],
      ips: [],
    },
    {
      what: "no workload of its status",
      object: { status: { ownerRef: { name: "eip-demo" }, workload: "eip-demo" } },
      ids: [],
      ips: [],
    },
    {
      what: "no label that its spec selects",
      object: { spec: { podSelector: { matchLabels: { app: "eip-demo" } } } },
      ids: [],
      ips: [],
    },
  ])("names $what", ({ object, ids, ips }) => {
    expect(claimOf({ metadata, ...object })).toMatchObject({ ids, ips });
  });

  it.each<{ what: string; more: object; ids: readonly string[] }>([
    { what: "an annotation of TKE", more: { annotations: { [`${TKE}/eip-id`]: "eip-abc123" } }, ids: ["eip-abc123"] },
    { what: "an annotation of super nodes", more: { annotations: { [`${EKS}/eip-id`]: "eip-abc123" } }, ids: ["eip-abc123"] },
    { what: "no annotation of others", more: { annotations: { app: "eip-demo" } }, ids: [] },
    { what: "no label", more: { labels: { app: "eip-demo", [`${TKE}/app`]: "eip-demo" } }, ids: [] },
    { what: "no owner", more: { ownerReferences: [{ kind: "StatefulSet", name: "eip-demo", uid: "eip-demo" }] }, ids: [] },
    { what: "no finalizer", more: { finalizers: ["eip-demo"] }, ids: [] },
    { what: "no managedFields", more: { managedFields: [{ manager: "eip-demo" }] }, ids: [] },
    { what: "not what its name was made of", more: { generateName: "eip-demo" }, ids: [] },
  ])("names by its metadata $what", ({ more, ids }) => {
    expect(claimOf({ metadata: { ...metadata, ...more } })).toMatchObject({ ids });
  });

  it.each([
    { what: "its own namespace and Pod", own: { namespace: "eip-prod", name: "eip-0" }, called: ["eip-prod", "eip-0"] },
    { what: "the StatefulSet that its Pod's name says", own: { name: "eip-demo-0" }, called: ["eip-demo"] },
    { what: "its owner", own: { ownerReferences: [{ name: "eip-demo" }] }, called: ["eip-demo"] },
  ])("does not name $what, which may look like an EIP", ({ own, called }) => {
    const status = { eipId: "eip-abc123", called };
    expect(claimOf({ metadata: { ...metadata, ...own }, status })).toMatchObject({ ids: ["eip-abc123"] });
  });

  it("says where it is served", () => {
    expect(claimOf({ metadata })).toMatchObject({ apiVersion: `networking.${TKE}/v1`, plural: "eipclaims" });
  });
});

describe("the rest", () => {
  it.each<{ what: string; object: object; superNode: boolean }>([
    {
      what: "by its label",
      object: { metadata: { name: "a", labels: { "node.kubernetes.io/instance-type": "eklet" } } },
      superNode: true,
    },
    { what: "by its name", object: { metadata: { name: "eklet-subnet-1" } }, superNode: true },
    {
      what: "not otherwise",
      object: { metadata: { name: "10.0.0.2", labels: { "node.kubernetes.io/instance-type": "S5" } } },
      superNode: false,
    },
  ])("a node is a super node $what", ({ object, superNode }) => {
    expect(toNode(object)?.superNode).toBe(superNode);
  });

  it("a namespace says that it is going", () => {
    expect(toNamespace({ metadata: { name: "games", uid: "u", deletionTimestamp: "2026-01-06T00:00:00Z" } })).toEqual({
      name: "games",
      uid: "u",
      ownerMark: null,
      deletionAt: instant(Date.UTC(2026, 0, 6)),
    });
  });

  const target = { apiVersion: "apps/v1", kind: "StatefulSet", name: "web" };
  it.each<{ what: string; kind: AutoscalerKind; spec: object; expected: object }>([
    {
      what: "by a reference, up to its maximum",
      kind: "HorizontalPodAutoscaler",
      spec: { scaleTargetRef: target, minReplicas: 1, maxReplicas: 9 },
      expected: { target, maxReplicas: 9 },
    },
    {
      what: "without a version",
      kind: "HorizontalPodAutoscaler",
      spec: { scaleTargetRef: { kind: "StatefulSet", name: "web" }, maxReplicas: 9 },
      expected: { target: { ...target, apiVersion: "" }, maxReplicas: 9 },
    },
    {
      what: "by a schedule, up to its largest size",
      kind: "HorizontalPodCronscaler",
      spec: {
        scaleTarget: { ...target, namespace: "rooms" },
        crons: [
          { name: "down", schedule: "0 0 * * * *", targetSize: 1 },
          { name: "up", schedule: "0 8 * * * *", targetSize: 7 },
          { name: "lunch", schedule: "0 12 * * * *", targetSize: 4 },
        ],
      },
      expected: { namespace: "rooms", target, maxReplicas: 7 },
    },
    {
      what: "through another autoscaler, up to the largest bound of a schedule",
      kind: "HorizontalPodCronscaler",
      spec: {
        scaleTarget: { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler", name: "web" },
        crons: [{ minSize: 2, maxSize: 6 }],
      },
      expected: { target: { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler", name: "web" }, maxReplicas: 6 },
    },
    {
      what: "of KEDA, a Deployment up to a hundred where it says nothing else",
      kind: "ScaledObject",
      spec: { scaleTargetRef: { name: "web" }, triggers: [{ metadata: { targetSize: "3" } }] },
      expected: { target: { ...target, kind: "Deployment" }, maxReplicas: 100 },
    },
    {
      what: "of KEDA, up to its own maximum",
      kind: "ScaledObject",
      spec: { scaleTargetRef: target, maxReplicaCount: 5 },
      expected: { target, maxReplicas: 5 },
    },
    { what: "anything", kind: "HorizontalPodAutoscaler", spec: { maxReplicas: 9 }, expected: { target: null, maxReplicas: 9 } },
    {
      what: "to any number, where none is said",
      kind: "HorizontalPodAutoscaler",
      spec: { scaleTargetRef: target },
      expected: { target, maxReplicas: null },
    },
    {
      what: "to any number, where one of a schedule is none",
      kind: "HorizontalPodCronscaler",
      spec: { scaleTarget: target, crons: [{ targetSize: 2 }, { targetSize: "many" }] },
      expected: { target, maxReplicas: null },
    },
  ])("an autoscaler scales $what", ({ kind, spec, expected }) => {
    expect(toAutoscaler(kind)({ metadata, spec })).toMatchObject({ kind, name: metadata.name, ...expected });
  });

  const ipamd = (args: readonly string[], image = "ccr.example.com/tke-eni-ipamd:v3.4.4") =>
    toIpamd({ spec: { template: { spec: { containers: [{ image, args }] } } } });
  it.each<{ what: string; args: readonly string[]; argument: string | null }>([
    { what: "behind an equals sign", args: ["--claim-expired-duration=30m"], argument: "30m" },
    { what: "as the next word", args: ["--claim-expired-duration", "30m"], argument: "30m" },
    {
      what: "the last of two, as flags do",
      args: ["--claim-expired-duration=1h", "--claim-expired-duration=2h"],
      argument: "2h",
    },
    { what: "nowhere", args: ["--claim-expired-durations=1h"], argument: null },
  ])("ipamd's threshold stands $what", ({ args, argument }) => {
    expect(ipamd(args)).toEqual({ argument, version: "v3.4.4" });
  });

  it.each([
    { image: "ccr.example.com:5000/tke-eni-ipamd:v3.5.1-rc.1@sha256:ab", version: "v3.5.1-rc.1" },
    { image: "ccr.example.com/tke-eni-ipamd:latest", version: null },
    { image: "ccr.example.com/other:v1.0.0", version: null },
  ])("ipamd's version is the tag of $image: $version", ({ image, version }) => {
    expect(ipamd([], image).version).toBe(version);
  });
});

describe("whom an object's metadata names as its owner", () => {
  const KEYS = { labels: ["team", "app.kubernetes.io/part-of", "__proto__"], annotations: ["owner.example.com"] };
  it.each<{ what: string; labels?: object; annotations?: object; mark: { name: string; key: string } | null }>([
    {
      what: "the first label",
      labels: { "app.kubernetes.io/part-of": "shop", team: " games " },
      mark: { name: "games", key: "label team" },
    },
    {
      what: "the second where the first is empty",
      labels: { team: "", "app.kubernetes.io/part-of": "shop" },
      mark: { name: "shop", key: "label app.kubernetes.io/part-of" },
    },
    {
      what: "a label before an annotation",
      labels: { "app.kubernetes.io/part-of": "shop" },
      annotations: { "owner.example.com": "ann" },
      mark: { name: "shop", key: "label app.kubernetes.io/part-of" },
    },
    {
      what: "an annotation",
      annotations: { "owner.example.com": "ann" },
      mark: { name: "ann", key: "annotation owner.example.com" },
    },
    { what: "nobody by a text that is too long for a name", annotations: { "owner.example.com": "x".repeat(254) }, mark: null },
    { what: "nobody by a value that is no text", labels: { team: 7 }, mark: null },
    { what: "nobody by what every object inherits", labels: {}, mark: null },
    { what: "nobody without labels", mark: null },
  ])("$what", ({ labels, annotations, mark }) => {
    const metadata = {
      namespace: "games",
      name: "web-0",
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    };
    expect(toPod({ metadata }, KEYS)?.ownerMark).toEqual(mark);
    expect(toNamespace({ metadata }, KEYS)?.ownerMark).toEqual(mark);
    const spec = { template: { metadata } };
    expect(toWorkload("StatefulSet", "apps/v1", KEYS)({ metadata: { name: "web" }, spec })?.ownerMark).toEqual(mark);
  });

  it("by the template and not by the workload itself", () => {
    const named = { metadata: { name: "web", labels: { team: "games" } }, spec: { template: { metadata: {} } } };
    expect(toWorkload("StatefulSet", "apps/v1", KEYS)(named)?.ownerMark).toBeNull();
  });
});
