import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createObjectStore, type NewObject, type ObjectStore } from "../../sim/kubernetes/objects.ts";
import { type KubernetesServer, type Rule, startKubernetesServer } from "../../sim/kubernetes/server.ts";
import type { ClusterObjects } from "../../src/core/terms/facts.ts";
import { AUTOSCALER_KINDS, AUTOSCALERS, rowOf, WORKLOAD_KINDS } from "../../src/core/terms/kinds.ts";
import { instant } from "../../src/core/terms/time.ts";
import { createKubernetesReader, createKubernetesWriter, openClusters } from "../../src/kubernetes/index.ts";
import { absent, failure } from "./api.ts";

const CLUSTER = { id: "cls-11111111", account: "default", region: "ap-guangzhou", product: "tke" } as const;
const CLAIMS = "networking.tke.cloud.tencent.com";
const CUSTOM_VERSION = "v1beta1";
const clock = { now: () => instant(0), sleep: async () => undefined };

let store: ObjectStore;
let server: KubernetesServer;
let folder: string;

beforeEach(async () => {
  store = createObjectStore(() => 0);
  store.define({ group: CLAIMS, version: "v1", plural: "eipclaims", kind: "EIPClaim", shortNames: ["eipc"], namespaced: true });
  for (const kind of WORKLOAD_KINDS) define(rowOf(kind));
  for (const kind of AUTOSCALER_KINDS) define(AUTOSCALERS[kind]);
  server = await startKubernetesServer({ store, clusterId: CLUSTER.id, tls: false });
  folder = await mkdtemp(join(tmpdir(), "eip-guard-objects-"));
});

/** Where TLS is the subject: it is three times as slow. */
async function speakTls(): Promise<void> {
  await server.close();
  server = await startKubernetesServer({ store, clusterId: CLUSTER.id });
}

function define({ group, plural, kind, versions }: { group: string; plural: string; kind: string; versions: unknown }): void {
  if (versions === null) store.define({ group, version: CUSTOM_VERSION, plural, kind, namespaced: true });
}

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function clusters(rules?: readonly Rule[]) {
  const path = join(folder, "kubeconfig");
  await writeFile(path, server.kubeconfig(rules));
  return openClusters([{ ...CLUSTER, path, context: null }], null);
}

async function objects(rules?: readonly Rule[]): Promise<ClusterObjects> {
  const read = await createKubernetesReader(await clusters(rules), clock).objects(CLUSTER);
  if (!read.known) throw new Error(read.why);
  return read.value;
}

/** The state of every listing, by what it is called. */
function states(objects: ClusterObjects): Readonly<Record<string, string>> {
  const {
    readAt: _,
    workloads,
    autoscalers,
    eksConfigAnnotations,
    unlistedKinds: __,
    foreignAutoscalers: ___,
    ...listings
  } = objects;
  const entries = Object.entries({ ...listings, ...workloads, ...autoscalers }).map(
    ([kind, listing]) => [kind, listing.state] as const,
  );
  return { ...Object.fromEntries(entries), eksConfig: eksConfigAnnotations.known ? "complete" : "unknown" };
}

interface Kind {
  readonly kind: string;
  readonly group: string;
  readonly plural: string;
}

const TABLE = [
  ...WORKLOAD_KINDS.map((kind) => ({ ...rowOf(kind), kind })),
  ...AUTOSCALER_KINDS.map((kind) => ({ ...AUTOSCALERS[kind], kind })),
];
const KINDS: readonly Kind[] = [
  { kind: "pods", group: "", plural: "pods" },
  { kind: "namespaces", group: "", plural: "namespaces" },
  { kind: "nodes", group: "", plural: "nodes" },
  ...TABLE.filter(({ versions }) => versions !== null),
];
const CUSTOM: readonly Kind[] = [
  { kind: "claims", group: CLAIMS, plural: "eipclaims" },
  ...TABLE.filter(({ versions }) => versions === null),
];
const EKS_CONFIG: Kind = { kind: "eksConfig", group: "", plural: "configmaps" };
const ALL = [...KINDS, ...CUSTOM, EKS_CONFIG];

/** Everything complete but one. */
function allBut(kind: string, state: string): Readonly<Record<string, string>> {
  return { ...Object.fromEntries(ALL.map((one) => [one.kind, "complete"])), [kind]: state };
}

/** What is no answer of an API server, with a status that one of its answers has. */
const GATEWAYS: readonly { who: string; status: number; body: string }[] = [
  { who: "a gateway that knows nothing", status: 200, body: '{"code":0,"items":[]}' },
  { who: "a page to log in", status: 200, body: "<html>please log in</html>" },
  { who: "nobody", status: 200, body: "" },
  { who: "a gateway that finds nothing", status: 404, body: "<h1>404 Not Found</h1>" },
  { who: "a gateway that finds nothing, in JSON", status: 404, body: '{"code":404,"message":"not found"}' },
  { who: "an API server that lacks the path", status: 404, body: JSON.stringify(failure(404, "no such path").body) },
  { who: "a redirect", status: 302, body: "" },
];

describe("what a gateway answers is a failed reading, and no absence", () => {
  const kinds = [...KINDS, ...CUSTOM].map((kind) => ({ ...kind, gateways: GATEWAYS }));
  it.each(kinds)("of $kind: that one alone", async ({ kind, group, plural, gateways }) => {
    const version = store.resources().find((one) => one.group === group && one.plural === plural)?.version ?? "";
    const matches = `GET ${group === "" ? `/api/${version}` : `/apis/${group}/${version}`}/${plural}?`;
    for (const { status, body } of gateways) {
      server.faults.splice(0, 1, { matches, kind: "answer", status, body });
      expect(states(await objects())).toEqual(allBut(kind, "failed"));
    }
  });

  it.each(GATEWAYS)("of eks-config, by $who", async ({ status, body }) => {
    server.faults.push({ matches: "configmaps/eks-config", kind: "answer", status, body });
    expect(states(await objects())).toEqual(allBut("eksConfig", "unknown"));
  });

  it.each(GATEWAYS)("of ipamd's Deployment, by $who", async ({ status, body }) => {
    server.faults.push({ matches: "deployments/tke-eni-ipamd", kind: "answer", status, body });
    expect((await createKubernetesReader(await clusters(), clock).ipamdDeployment(CLUSTER)).known).toBe(false);
  });

  it.each(GATEWAYS)("of the groups, by $who: what is built in is read", async ({ status, body }) => {
    server.faults.push({ matches: "GET /apis", kind: "answer", status, body, times: 1 });
    const read = states(await objects());
    const found = Object.entries(read).filter(([, state]) => state !== "complete");
    const unread = [...CUSTOM.map(({ kind }) => kind), "HorizontalPodAutoscaler", "CronJob"];
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(unread.map((kind) => [kind, "failed"])));
  });

  it.each(GATEWAYS)("of the resources of a group, by $who", async ({ status, body }) => {
    server.faults.push({ matches: `GET /apis/${CLAIMS}/v1`, kind: "answer", status, body, times: 1 });
    expect(states(await objects())).toEqual(allBut("claims", "failed"));
  });
});

describe("claims in several API groups", () => {
  const OTHER = "eip.tke.cloud.tencent.com";
  beforeEach(() => {
    store.define({
      group: OTHER,
      version: "v1",
      plural: "elasticips",
      kind: "ElasticIP",
      shortNames: ["eipc"],
      namespaced: true,
    });
    store.create({ apiVersion: `${CLAIMS}/v1`, kind: "EIPClaim", metadata: { name: "web-0", namespace: "games" } });
    store.create({ apiVersion: `${OTHER}/v1`, kind: "ElasticIP", metadata: { name: "api-0", namespace: "games" } });
  });

  it("are all read, each with where it stands", async () => {
    const { claims } = await objects();
    const found = claims.state === "complete" ? claims.items.map((one) => `${one.apiVersion} ${one.plural} ${one.name}`) : [];
    expect(found.sort()).toEqual([`${OTHER}/v1 elasticips api-0`, `${CLAIMS}/v1 eipclaims web-0`]);
  });

  it.each([
    { what: "one group's resources", matches: `GET /apis/${OTHER}/v1`, times: 1 },
    { what: "one group's claims", matches: `GET /apis/${OTHER}/v1/elasticips?` },
  ])("are unread where $what can't be read", async ({ what: _, ...fault }) => {
    server.faults.push({ ...fault, kind: "status", status: 403 });
    const { claims } = await objects();
    expect(claims).toMatchObject({ state: "forbidden", why: expect.stringContaining(OTHER) });
  });

  it("are deleted where they stand", async () => {
    const { claims } = await objects();
    const other = claims.state === "complete" ? claims.items.find(({ name }) => name === "api-0") : undefined;
    if (other === undefined) throw new Error("not read");
    expect(await createKubernetesWriter(await clusters()).deleteClaim(CLUSTER, other, async () => null)).toEqual({
      outcome: "deleted",
    });
    expect(server.writes).toEqual(["delete elasticips games/api-0"]);
  });
});

describe("each kind is a reading of its own", () => {
  it.each(ALL)("not permitted to read $kind: that one alone", async ({ kind }) => {
    const rules = ALL.filter((one) => one.kind !== kind).map(
      (one): Rule => ({ groups: [one.group], resources: [one.plural], verbs: ["list", "get"] }),
    );
    expect(states(await objects(rules))).toEqual(allBut(kind, kind === "eksConfig" ? "unknown" : "forbidden"));
  });

  it.each(CUSTOM)("$kind not installed: that one alone, and an absence", async ({ kind, group, plural }) => {
    store.undefine(group, plural);
    expect(states(await objects())).toEqual(allBut(kind, "not-installed"));
  });

  it.each(KINDS)(
    "$kind, which every cluster has, is failed and no absence where the server does not know it",
    async ({ kind, group, plural }) => {
      store.undefine(group, plural);
      expect(states(await objects())).toEqual(allBut(kind, "failed"));
    },
  );

  it.each([...KINDS, ...CUSTOM])("$kind failing: that one alone", async ({ kind, group, plural }) => {
    const version = store.resources().find((one) => one.group === group && one.plural === plural)?.version ?? "";
    const folder = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    server.faults.push({ matches: `GET ${folder}/${plural}?`, kind: "status", status: 400 });
    expect(states(await objects())).toEqual(allBut(kind, "failed"));
  });
});

describe("custom workloads and claims are read with what decides over them", () => {
  const never = { "tke.cloud.tencent.com/eip-claim-delete-policy": "Never" };
  const create = (apiVersion: string, kind: string, name: string, more: object) =>
    store.create({ apiVersion, kind, metadata: { name, namespace: "games" }, ...more } as NewObject);

  it("of OpenKruise, reserved ordinals as numbers and as ranges, and the first ordinal", async () => {
    create("apps.kruise.io/v1beta1", "StatefulSet", "arena", {
      spec: { replicas: 4, reserveOrdinals: [1, "3-5"], ordinals: { start: 2 }, template: { metadata: { annotations: never } } },
    });
    const { workloads } = await objects();
    expect(workloads.AdvancedStatefulSet).toMatchObject({
      state: "complete",
      items: [
        {
          kind: "AdvancedStatefulSet",
          apiVersion: "apps.kruise.io/v1beta1",
          replicas: 4,
          start: 2,
          reserved: [1, "3-5"],
          templateAnnotations: never,
        },
      ],
    });
    expect(workloads.StatefulSet).toEqual({ state: "complete", items: [] });
  });

  it("of OpenKruiseGame, the ids that were given up, not those that are parked", async () => {
    create("game.kruise.io/v1beta1", "GameServerSet", "battle", {
      spec: { replicas: 3, reserveGameServerIds: [2], reserveOrdinals: [7] },
    });
    const { workloads } = await objects();
    expect(workloads.GameServerSet).toMatchObject({ items: [{ kind: "GameServerSet", replicas: 3, reserved: [2] }] });
  });

  it("claims, with every EIP id and address in them, wherever it stands", async () => {
    create(`${CLAIMS}/v1`, "EIPClaim", "web-0", {
      spec: { deep: [{ eip: "eip-abc12345" }] },
      status: { publicIp: "43.1.2.3", note: "no eip" },
    });
    const { claims } = await objects();
    expect(claims).toMatchObject({
      state: "complete",
      items: [{ namespace: "games", name: "web-0", ids: ["eip-abc12345"], ips: ["43.1.2.3"] }],
    });
  });
});

describe("served kinds that are in no row of the table", () => {
  const widget = { group: "example.com", version: "v1", plural: "widgets", kind: "Widget", namespaced: true };

  it("are named where they can be scaled, and no others", async () => {
    store.define({ ...widget, scale: true });
    store.define({ ...widget, plural: "gadgets", kind: "Gadget" });
    store.define({ ...widget, group: "sets.x-k8s.io", plural: "sets", kind: "Set", scale: true });
    store.define({ ...widget, group: "apps.kruise.io", version: "v1", plural: "clonesets", kind: "CloneSet", scale: true });
    store.define({ ...widget, group: "metrics.k8s.io", plural: "pods", kind: "PodMetrics", scale: true });
    expect((await objects()).unlistedKinds).toEqual({ known: true, value: ["sets.sets.x-k8s.io", "widgets.example.com"] });
  });

  it("are not known where a group can't be read, which is no gap of what is listed", async () => {
    store.define({ ...widget, scale: true });
    server.faults.push({ matches: "GET /apis/example.com/v1", kind: "status", status: 403 });
    const read = await objects();
    expect(read.unlistedKinds).toMatchObject({ known: false, why: expect.stringContaining("example.com") });
    expect(new Set(Object.values(states(read)))).toEqual(new Set(["complete"]));
  });
});

describe("autoscalers of kinds that are in no row of the table", () => {
  const served = { group: "autoscaling.example.com", version: "v1", namespaced: true };
  const scaler = (kind: string, spec: Readonly<Record<string, unknown>>) =>
    store.create({ apiVersion: "autoscaling.example.com/v1", kind, metadata: { namespace: "games", name: "nightly" }, spec });
  const define = (kind: string) => store.define({ ...served, plural: `${kind.toLowerCase()}s`, kind });

  it.each(["CronHorizontalPodAutoscaler", "WatermarkPodAutoscaler", "FederatedHPA", "PodCronscaler", "ScaledObject"])(
    "are read by their names: %s",
    async (kind) => {
      define(kind);
      scaler(kind, { scaleTargetRef: { apiVersion: "apps/v1", kind: "StatefulSet", name: "web" }, maxReplicas: 1 });
      const target = { apiVersion: "apps/v1", kind: "StatefulSet", name: "web" };
      const item = { kind, namespace: "games", name: "nightly", target, maxReplicas: null };
      expect((await objects()).foreignAutoscalers).toEqual({ known: true, value: [item] });
    },
  );

  it.each(["VerticalPodAutoscaler", "ClusterAutoscaler", "NodeAutoscaler", "MachineAutoscaler", "ScaledJob", "Schedule"])(
    "are not %s, which brings no ordinal back",
    async (kind) => {
      define(kind);
      scaler(kind, {});
      expect((await objects()).foreignAutoscalers).toEqual({ known: true, value: [] });
    },
  );

  it.each<{ what: string; spec: Readonly<Record<string, unknown>>; target: object | null }>([
    {
      what: "targetRef",
      spec: { targetRef: { kind: "StatefulSet", name: "a" } },
      target: { apiVersion: "", kind: "StatefulSet", name: "a" },
    },
    { what: "nothing that we know", spec: { victim: { kind: "StatefulSet", name: "a" } }, target: null },
    { what: "a target without a kind", spec: { scaleTargetRef: { name: "a" } }, target: null },
    { what: "a target without a name", spec: { scaleTargetRef: { kind: "StatefulSet" } }, target: null },
  ])("may name what they scale under $what", async ({ spec, target }) => {
    define("FooScalerHPA");
    scaler("FooScalerHPA", spec);
    expect((await objects()).foreignAutoscalers).toMatchObject({ known: true, value: [{ target }] });
  });

  it("are not known where they may not be read, which is no gap of what is listed", async () => {
    define("FooHPA");
    server.faults.push({ matches: "GET /apis/autoscaling.example.com/v1/foohpas", kind: "status", status: 403 });
    const read = await objects();
    expect(read.foreignAutoscalers).toMatchObject({
      known: false,
      why: expect.stringContaining("foohpas.autoscaling.example.com"),
    });
    expect(new Set(Object.values(states(read)))).toEqual(new Set(["complete"]));
  });
});

describe("ReplicaSets and Jobs are read whole only where nothing else says what they say", () => {
  const spec = {
    replicas: 5,
    template: { metadata: { annotations: { "tke.cloud.tencent.com/eip-claim-delete-policy": "Never" } } },
  };
  const replicaSet = (name: string, ownerReferences?: NewObject["metadata"]["ownerReferences"]) =>
    store.create({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name, namespace: "games", ...(ownerReferences === undefined ? {} : { ownerReferences }) },
      spec,
    });
  const single = "GET /apis/apps/v1/namespaces/games/replicasets/";

  it("one that a Deployment owns by its metadata alone", async () => {
    replicaSet("api-1", [{ apiVersion: "apps/v1", kind: "Deployment", name: "api", uid: "u", controller: true }]);
    const { workloads } = await objects();
    expect(workloads.ReplicaSet).toMatchObject({ items: [{ name: "api-1", owner: { kind: "Deployment", name: "api" } }] });
    expect(server.calls.filter((call) => call.startsWith(single))).toEqual([]);
  });

  it("one that stands alone with its replicas and its template", async () => {
    replicaSet("lonely");
    const { workloads } = await objects();
    expect(workloads.ReplicaSet).toMatchObject({
      items: [{ name: "lonely", replicas: 5, templateAnnotations: spec.template.metadata.annotations }],
    });
  });

  it("one that an owner of an unknown kind made with its template, which nobody else shows", async () => {
    replicaSet("api-1", [{ apiVersion: "apps/v1", kind: "Deployment", name: "api", uid: "u", controller: true }]);
    replicaSet("web-1", [{ apiVersion: "example.com/v1", kind: "Game", name: "web", uid: "v", controller: true }]);
    const { workloads } = await objects();
    expect(workloads.ReplicaSet).toMatchObject({
      items: [
        { name: "api-1", replicas: 0, templateAnnotations: {} },
        { name: "web-1", replicas: 5, templateAnnotations: spec.template.metadata.annotations },
      ],
    });
  });

  it.each<{ trouble: string; status: number; state: string }>([
    { trouble: "failing", status: 400, state: "failed" },
    { trouble: "not permitted", status: 403, state: "forbidden" },
    { trouble: "refused", status: 401, state: "forbidden" },
  ])("and that reading $trouble makes the kind unread, not shorter", async ({ status, state }) => {
    replicaSet("lonely");
    server.faults.push({ matches: single, kind: "status", status });
    expect((await objects()).workloads.ReplicaSet.state).toBe(state);
  });

  it.each(GATEWAYS)("and that an answer of $who makes the kind unread, and only that", async ({ status, body }) => {
    replicaSet("lonely");
    server.faults.push({ matches: single, kind: "answer", status, body });
    expect(states(await objects())).toEqual(allBut("ReplicaSet", "failed"));
  });

  it("many that stand alone with their templates, in a number of calls that grows with the pages alone", async () => {
    const finished = (name: string) =>
      store.create({
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name, namespace: "games" },
        spec: { template: spec.template },
      });
    finished("migrate");
    await objects();
    const before = server.calls.length;
    for (let count = 0; count < 1_000; count += 1) finished(`migrate-${count}`);
    const from = server.calls.length;
    const { workloads } = await objects();
    expect(workloads.Job).toMatchObject({ state: "complete" });
    const jobs = workloads.Job.state === "complete" ? workloads.Job.items : [];
    expect(jobs.length).toBe(1_001);
    expect(new Set(jobs.map(({ templateAnnotations }) => Object.values(templateAnnotations).join()))).toEqual(new Set(["Never"]));
    // Three pages twice, in the place of one page and one object.
    expect(server.calls.length - from).toBe(before + 4);
  });

  it("and one that went since it was listed is gone", async () => {
    replicaSet("lonely");
    const body = JSON.stringify(absent("lonely").body);
    server.faults.push({ matches: single, kind: "answer", status: 404, body });
    expect((await objects()).workloads.ReplicaSet).toEqual({ state: "complete", items: [] });
  });
});

describe("ConfigMap kube-system/eks-config", () => {
  const configure = (data: Readonly<Record<string, unknown>>) =>
    store.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "eks-config", namespace: "kube-system" }, data });

  it.each<{ what: string; text: unknown; value: unknown }>([
    {
      what: "annotations",
      text: "eks.tke.cloud.tencent.com/eip-claim-delete-policy: Never\nport: 80\n",
      value: { "eks.tke.cloud.tencent.com/eip-claim-delete-policy": "Never", port: "80" },
    },
    { what: "an empty text", text: "", value: {} },
  ])("is read: $what", async ({ text, value }) => {
    configure({ "pod.annotations": text });
    expect((await objects()).eksConfigAnnotations).toEqual({ known: true, value });
  });

  it.each<{ what: string; text: unknown }>([
    { what: "no map", text: "- a\n- b\n" },
    { what: "no YAML", text: "a: [" },
    { what: "no text", text: 7 },
  ])("is not known where it holds $what", async ({ text }) => {
    configure({ "pod.annotations": text });
    expect((await objects()).eksConfigAnnotations).toMatchObject({ known: false, why: expect.stringContaining("eks-config") });
  });

  it("says nothing where the key or the ConfigMap is not there", async () => {
    expect((await objects()).eksConfigAnnotations).toEqual({ known: true, value: null });
    configure({ other: "x" });
    expect((await objects()).eksConfigAnnotations).toEqual({ known: true, value: null });
  });
});

describe("a cluster", () => {
  const reader = async () => createKubernetesReader(await clusters(), clock);

  it("that nobody configured is unread, and says what to configure", async () => {
    const other = { ...CLUSTER, id: "cls-22222222" };
    expect(await (await reader()).objects(other)).toMatchObject({
      known: false,
      why: expect.stringContaining("clusters.kubeconfigs"),
    });
  });

  it("that refuses us is unread as a whole, after one question", async () => {
    const path = join(folder, "stranger");
    await writeFile(path, server.kubeconfig().replace(/token-[^"]+/, "stranger"));
    const stranger = createKubernetesReader(openClusters([{ ...CLUSTER, path, context: null }], null), clock);
    expect(await stranger.objects(CLUSTER)).toMatchObject({
      known: false,
      why: expect.stringContaining("refuses the credentials"),
    });
    expect(server.calls).toEqual(["GET /version"]);
  });

  it("that does not answer is unread as a whole, and does not answer", async () => {
    server.faults.push({ matches: "/", kind: "drop" });
    expect(await (await reader()).objects(CLUSTER)).toMatchObject({
      known: false,
      why: expect.stringContaining("can't be reached"),
    });
    expect(await (await reader()).answers(CLUSTER)).toBe(false);
  });

  it("answers, even where it refuses", async () => {
    server.faults.push({ matches: "/version", kind: "status", status: 403 });
    expect(await (await reader()).answers(CLUSTER)).toBe(true);
  });

  it("shows ipamd's threshold and version where its Deployment is visible", async () => {
    expect(await (await reader()).ipamdDeployment(CLUSTER)).toEqual({ known: true, value: null });
    const containers = [{ name: "ipamd", image: "ccr.example.com/tke-eni-ipamd:v3.5.1", args: ["--claim-expired-duration=1h"] }];
    store.create({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "tke-eni-ipamd", namespace: "kube-system" },
      spec: { template: { spec: { containers } } },
    });
    expect(await (await reader()).ipamdDeployment(CLUSTER)).toEqual({
      known: true,
      value: { argument: "1h", version: "v3.5.1" },
    });
    server.faults.push({ matches: "tke-eni-ipamd", kind: "status", status: 403 });
    expect(await (await reader()).ipamdDeployment(CLUSTER)).toMatchObject({ known: false });
  });

  it("is read over one connection for each list at once, not one for each request", async () => {
    await speakTls();
    const access = await clusters();
    for (let round = 0; round < 3; round += 1) await createKubernetesReader(access, clock).objects(CLUSTER);
    expect(server.calls.length).toBeGreaterThan(40);
    expect(server.connections()).toBeLessThanOrEqual(8);
  });

  it("whose kubeconfig the cloud gives is reached by it, asked for once", async () => {
    await speakTls();
    let asked = 0;
    const cloud = openClusters([], async () => {
      asked += 1;
      return { known: true, value: server.kubeconfig() };
    });
    const described = createKubernetesReader(cloud, clock);
    await described.objects(CLUSTER);
    expect((await described.objects(CLUSTER)).known).toBe(true);
    expect(asked).toBe(1);
  });

  it.each([
    { written: "in-cluster", why: "we run in no Pod" },
    { written: "./in-cluster", why: "kubeconfig ./in-cluster can't be read: ENOENT" },
  ])("of the path $written is reached by what that says", async ({ written, why }) => {
    const kubeconfig = { ...CLUSTER, path: join(folder, "in-cluster"), written, context: null };
    expect(await openClusters([kubeconfig], null).access(CLUSTER)).toMatchObject({
      known: false,
      why: expect.stringContaining(why),
    });
  });

  it("whose kubeconfig the cloud does not give is unread, with the cloud's reason", async () => {
    const cloud = openClusters([], async () => ({ known: false, why: "UnauthorizedOperation" }));
    expect(await createKubernetesReader(cloud, clock).objects(CLUSTER)).toEqual({ known: false, why: "UnauthorizedOperation" });
  });
});

describe("a claim is deleted", () => {
  const made = () => {
    const { metadata } = store.create({
      apiVersion: `${CLAIMS}/v1`,
      kind: "EIPClaim",
      metadata: { name: "web-0", namespace: "games" },
    });
    return { namespace: "games", name: "web-0", uid: metadata.uid, resourceVersion: metadata.resourceVersion };
  };
  const remove = async (
    claim: ReturnType<typeof made>,
    rules?: readonly Rule[],
    permitted: () => Promise<string | null> = async () => null,
  ) =>
    createKubernetesWriter(await clusters(rules)).deleteClaim(
      CLUSTER,
      { ...claim, createdAt: instant(0), deletionAt: null, apiVersion: `${CLAIMS}/v1`, plural: "eipclaims", ids: [], ips: [] },
      permitted,
    );
  const there = () => store.get("EIPClaim", CLAIMS, "games", "web-0") !== undefined;

  it("where it is the one that was judged", async () => {
    expect(await remove(made())).toEqual({ outcome: "deleted" });
    expect(there()).toBe(false);
  });

  it.each<{ what: string; change: Partial<ReturnType<typeof made>> }>([
    { what: "one of the same name that was made since", change: { uid: "another" } },
    { what: "one that was changed since", change: { resourceVersion: "1" } },
  ])("but not $what", async ({ change }) => {
    expect(await remove({ ...made(), ...change })).toMatchObject({ outcome: "changed" });
    expect(there()).toBe(true);
  });

  it("but not without the right", async () => {
    const rules = [{ groups: ["*"], resources: ["*"], verbs: ["list", "get"] }];
    expect(await remove(made(), rules)).toMatchObject({ outcome: "forbidden" });
    expect(there()).toBe(true);
  });

  it("and is gone already where it is not there", async () => {
    expect(await remove({ ...made(), name: "web-9" })).toMatchObject({ outcome: "gone-already" });
  });

  it.each<{ trouble: string; prepare: () => void }>([
    { trouble: "the cluster serves no claims", prepare: () => store.undefine(CLAIMS, "eipclaims") },
    ...GATEWAYS.filter(({ status }) => status !== 200).map(({ who, status, body }) => ({
      trouble: `the answer is of ${who}`,
      prepare: () => void server.faults.push({ matches: "DELETE", kind: "answer", status, body }),
    })),
  ])("and has failed where $trouble", async ({ prepare }) => {
    const claim = made();
    prepare();
    expect(await remove(claim)).toMatchObject({ outcome: "failed" });
    expect(server.calls.filter((call) => call.startsWith("DELETE")).length).toBeLessThanOrEqual(1);
  });

  it.each<{ trouble: string; fault: Parameters<typeof server.faults.push>[0]; outcome: string; stays: boolean }>([
    { trouble: "the connection drops", fault: { matches: "DELETE", kind: "drop" }, outcome: "unconfirmed", stays: true },
    { trouble: "its answer is lost", fault: { matches: "DELETE", kind: "lose" }, outcome: "unconfirmed", stays: false },
    {
      trouble: "a gateway says 503",
      fault: { matches: "DELETE", kind: "status", status: 503 },
      outcome: "unconfirmed",
      stays: true,
    },
    ...GATEWAYS.filter(({ status }) => status === 200).map(({ who, status, body }) => ({
      trouble: `the answer is of ${who}`,
      fault: { matches: "DELETE", kind: "answer", status, body } as const,
      outcome: "unconfirmed",
      stays: true,
    })),
    {
      trouble: "there is too much to do",
      fault: { matches: "DELETE", kind: "status", status: 429 },
      outcome: "busy",
      stays: true,
    },
  ])("once, and is $outcome where $trouble", async ({ fault, outcome, stays }) => {
    const claim = made();
    server.faults.push(fault);
    expect(await remove(claim)).toMatchObject({ outcome });
    expect(server.calls.filter((call) => call.startsWith("DELETE"))).toHaveLength(1);
    expect(there()).toBe(stays);
  });

  it("not at all where that is refused at the last instant", async () => {
    const claim = made();
    expect(await remove(claim, undefined, async () => "STOP is set")).toEqual({ outcome: "not-sent", why: "STOP is set" });
    expect(server.calls.filter((call) => call.startsWith("DELETE"))).toEqual([]);
  });
});
