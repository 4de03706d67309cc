import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { groupOf, type KubernetesObject, type OwnerReference } from "../../sim/kubernetes/objects.ts";
import { createDrivenClock } from "../../sim/world/clock.ts";
import { createWorkload, installKruise, startCluster, startPod } from "../../sim/world/life.ts";
import {
  type Account,
  addAccount,
  addRegion,
  allocate,
  bind,
  type Cluster,
  clustersOf,
  createWorld,
  type Eip,
  eipsOf,
  type World,
} from "../../sim/world/world.ts";
import { runCli } from "../../src/cli/program.ts";
import type { ScanResult } from "../../src/core/terms/result.ts";
import { instant } from "../../src/core/terms/time.ts";
import type { Clock } from "../../src/ports.ts";
import type { ClusterShape, EipDefinition, ObjectDefinition, PodDefinition, Scenario, WorkloadDefinition } from "./language.ts";

/** One world on the simulator, with the whole program beside it, and names for everything in it. */
export interface Scene {
  readonly scenario: Scenario;
  readonly world: World;
  readonly account: Account;
  readonly simulator: Simulator;
  readonly folder: string;
  /** Results of all runs, oldest first. */
  readonly results: ScanResult[];
  /** Every EIP that there ever was, by its name in the YAML. */
  readonly eips: Map<string, Eip>;
  readonly now: () => number;
  readonly advance: (milliseconds: number) => void;
  readonly command: (
    argv: readonly string[],
    env?: Readonly<Record<string, string>>,
  ) => Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
  /** Happens within the next run, after its own reading and before it reads again to release. */
  meanwhile: (() => void) | null;
  slackDown: boolean;
  key: boolean;
  readonly close: () => Promise<void>;
}

const WITNESS = { namespace: "kube-system", name: "witness" };

/** What every world's guard is configured with: the greediest policy that the program takes. */
const CONFIGURATION = {
  mode: "enforce",
  state: { dir: "./state" },
  policy: {
    grace: "1h",
    maxGap: "13h",
    rules: [
      { name: "leaked", match: { verdict: "leaked" }, flagAfter: "0s", releaseAfter: "24h" },
      { name: "anything", match: {}, flagAfter: "24h", releaseAfter: "24h" },
    ],
  },
  release: { notice: "12h", maxPerRun: 100, maxPercent: 100 },
};

export async function openScene(scenario: Scenario): Promise<Scene> {
  const clock = createDrivenClock(Date.UTC(2026, 0, 5, 1));
  const world = createWorld(clock, 7);
  const account = addAccount(world, { regions: [] });
  account.type = scenario.world.account.type;
  world.taggingUpdates = scenario.world.account.taggingUpdates;
  if (!scenario.world.account.ipamdMayAllocate) account.ipamdPolicies = [];
  for (const { region } of [...Object.values(scenario.world.clusters), ...Object.values(scenario.world.eips)])
    regionOf(account, region);
  const simulator = await startSimulator({ world, rateLimits: false, tls: false });
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-world-"));
  const scene: Scene = {
    scenario,
    world,
    account,
    simulator,
    folder,
    results: [],
    eips: new Map(),
    now: clock.now,
    advance: clock.advance,
    meanwhile: null,
    slackDown: false,
    key: true,
    async command(argv, env = {}) {
      const generation = newestGeneration(folder);
      const guardClock: Clock = {
        now() {
          // A run writes its ledger between its own reading and the one before a release.
          if (scene.meanwhile !== null && newestGeneration(folder) !== generation) {
            const happens = scene.meanwhile;
            scene.meanwhile = null;
            happens();
          }
          return instant(clock.now());
        },
        sleep: async (duration) => clock.advance(duration),
      };
      const out: string[] = [];
      const err: string[] = [];
      const code = await runCli(argv, {
        stdout: { write: (text) => void out.push(text) },
        stderr: { write: (text) => void err.push(text) },
        env: {
          ...simulator.environment,
          ...(scene.key ? { EIP_GUARD_ALLOW_RELEASE: "yes" } : {}),
          ...env,
          ...(scene.slackDown ? { SLACK_BOT_TOKEN: "xoxb-revoked" } : {}),
        },
        cwd: folder,
        clock: guardClock,
      });
      return { code, out: out.join(""), err: err.join("") };
    },
    async close() {
      await simulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  for (const [alias, shape] of Object.entries(scenario.world.clusters)) if (!shape.later) await makeCluster(scene, alias, shape);
  for (const [alias, shape] of Object.entries(scenario.world.eips)) if (!shape.later) makeEip(scene, alias, shape);
  for (const [where, { labels, annotations }] of Object.entries(scenario.world.namespaces)) {
    const [name = "", alias = firstCluster(scene)] = where.split("/").reverse();
    clusterOf(scene, alias).store.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels, annotations } });
  }
  for (const [where, shape] of Object.entries(scenario.world.workloads)) if (!shape.later) makeWorkload(scene, where, shape);
  for (const [what, shape] of Object.entries(scenario.world.objects)) if (!shape.later) makeObject(scene, what, shape);
  for (const [where, shape] of Object.entries(scenario.world.pods)) if (!shape.later) makePod(scene, where, shape);
  nameNewEips(scene);
  await configure(scene);
  return scene;
}

function regionOf(account: Account, name: string) {
  const region = account.regions.get(name) ?? addRegion(account, name);
  region.quota = 200;
  return region;
}

function newestGeneration(folder: string): string {
  const state = join(folder, "state");
  return existsSync(state)
    ? (readdirSync(state, { recursive: true, encoding: "utf8" })
        .filter((file) => file.includes("ledger-"))
        .sort()
        .at(-1) ?? "")
    : "";
}

/** Every file of the folder with its content. */
export async function filesOf({ folder }: Scene): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) found[join(entry.parentPath, entry.name)] = await readFile(join(entry.parentPath, entry.name), "utf8");
  }
  return found;
}

export async function configure({ scenario, simulator, folder }: Scene): Promise<void> {
  const without = Object.entries(scenario.world.clusters).filter(([, shape]) => !shape.kubeconfig);
  const ids = new Set(without.map(([alias]) => idOf(alias)));
  const base: unknown = parse(await simulator.configure(folder));
  const merged = merge(merge(base, CONFIGURATION), scenario.world.guard);
  const clusters = (merged as { clusters: { kubeconfigs: readonly { readonly id: string }[] } }).clusters;
  clusters.kubeconfigs = clusters.kubeconfigs.filter(({ id }) => !ids.has(id));
  await writeFile(join(folder, "eip-guard.yaml"), stringify(merged));
}

/** Maps are merged key by key, everything else is replaced. */
function merge(base: unknown, over: unknown): unknown {
  if (!isMap(base) || !isMap(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = merge(base[key], value);
  return merged;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Names

/** `games` is cluster `cls-games`. */
export function idOf(alias: string): string {
  return `cls-${alias.replaceAll("-", "")}`;
}

export function clusterOf({ account }: Scene, alias: string): Cluster {
  for (const region of account.regions.values()) {
    const cluster = region.clusters.get(idOf(alias));
    if (cluster !== undefined) return cluster;
  }
  throw new Error(`there is no cluster '${alias}'`);
}

export interface Place {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly name: string;
}

/** `lobby/web` in the first cluster, `other/lobby/web` in another. */
export function placeOf(scene: Scene, where: string): Place {
  const parts = where.split("/");
  const [name = "", namespace = "", alias = firstCluster(scene)] = parts.reverse();
  return { cluster: clusterOf(scene, alias), namespace, name };
}

function firstCluster({ scenario }: Scene): string {
  return Object.keys(scenario.world.clusters)[0] ?? "games";
}

export function eipOf({ eips }: Scene, name: string): Eip {
  const eip = eips.get(name);
  if (eip === undefined) throw new Error(`there is no EIP '${name}'; there are ${[...eips.keys()].join(", ")}`);
  return eip;
}

/** The Pod of a name, or the Pod that has the EIP of that name: `lobby/api#1` is the one that got the Deployment's first. */
export function podOf(scene: Scene, where: string): KubernetesObject {
  const { cluster, namespace, name } = placeOf(scene, where);
  const eip = scene.eips.get(where);
  const pod = cluster.store.get("Pod", "", namespace, name) ?? (eip === undefined ? undefined : podWith(scene, eip)?.pod);
  if (pod === undefined) throw new Error(`there is no Pod '${where}'`);
  return pod;
}

function podWith({ world }: Scene, eip: Eip): { readonly cluster: Cluster; readonly pod: KubernetesObject } | null {
  for (const cluster of clustersOf(world)) {
    const pod = cluster.store.list("Pod", "").find(({ metadata }) => Object.values(metadata.annotations ?? {}).includes(eip.ip));
    if (pod !== undefined) return { cluster, pod };
  }
  return null;
}

/** Gives each EIP that came to be the name of the Pod that has it. */
export function nameNewEips(scene: Scene): void {
  const named = new Set([...scene.eips.values()].map(({ id }) => id));
  for (const eip of eipsOf(scene.world)) {
    if (named.has(eip.id)) continue;
    const found = podWith(scene, eip);
    if (found === null) throw new Error(`EIP ${eip.id} came to be, and no Pod has it`);
    const name = labelOf(scene, found.cluster, found.pod);
    let label = name;
    for (let count = 2; scene.eips.has(label); count += 1)
      label = `${name.replace(/#1$/, "#")}${name.endsWith("#1") ? count : ` (${count})`}`;
    scene.eips.set(label, eip);
  }
}

function labelOf(scene: Scene, cluster: Cluster, { metadata }: KubernetesObject): string {
  const alias = Object.keys(scene.scenario.world.clusters).find((one) => idOf(one) === cluster.id) ?? cluster.id;
  const prefix = alias === firstCluster(scene) ? "" : `${alias}/`;
  const owner = metadata.ownerReferences?.[0];
  const numbered = owner !== undefined && ["ReplicaSet", "DaemonSet", "Job", "CloneSet"].includes(owner.kind);
  const name = numbered ? `${owner.name.replace(/-7d9f8b6c5d$/, "")}#1` : metadata.name;
  return `${prefix}${metadata.namespace}/${name}`;
}

// Making

export async function makeCluster(scene: Scene, alias: string, shape: ClusterShape): Promise<void> {
  const cluster = startCluster(scene.world, regionOf(scene.account, shape.region), {
    id: idOf(alias),
    name: alias,
    product: shape.product,
    claims: shape.claims,
    claimExpired: shape.threshold === "never" ? "0s" : shape.threshold,
  });
  installKruise(cluster);
  cluster.store.define({ group: "apps.kruise.io", version: "v1alpha1", plural: "clonesets", kind: "CloneSet", namespaced: true });
  cluster.ipamdEnabled = shape.ipamd === "running";
  cluster.tagsEips = shape.tags;
  cluster.writesEipId = shape.writesEipId;
  for (const bug of shape.bugs) cluster.bugs[bug] = true;
  if (shape.superNodes) {
    const labels = { "node.kubernetes.io/instance-type": "eklet" };
    cluster.store.create({ apiVersion: "v1", kind: "Node", metadata: { name: "eklet-1", labels } });
  }
  if (shape.eksConfig !== undefined) {
    const metadata = { namespace: "kube-system", name: "eks-config" };
    cluster.store.create({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { "pod.annotations": shape.eksConfig } });
  }
  if (shape.argument !== undefined) {
    const containers = [{ name: "ipamd", args: [`--claim-expired-duration=${shape.argument}`] }];
    const metadata = { namespace: "kube-system", name: "tke-eni-ipamd" };
    cluster.store.create({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { replicas: 1, template: { spec: { containers } } },
    });
  }
  if (shape.witness) {
    const { stopped, forgetsToBind } = cluster.bugs;
    Object.assign(cluster.bugs, { stopped: false, forgetsToBind: false });
    createWorkload(scene.world, cluster, {
      kind: "StatefulSet",
      ...WITNESS,
      replicas: 1,
      annotations: annotationsOf(scene, KEEPING),
    });
    Object.assign(cluster.bugs, { stopped, forgetsToBind });
  }
  await scene.simulator.serve(cluster);
}

type PodShape = Pick<PodDefinition, "policy" | "network" | "threshold" | "ids" | "prefix" | "annotations" | "eip">;

const KEEPING: PodShape = { policy: "Never", network: "tke-route-eni", prefix: "tke", annotations: {}, eip: true };

export function annotationsOf(scene: Scene, shape: PodShape): Readonly<Record<string, string>> {
  const prefix = shape.prefix === "tke" ? "tke.cloud.tencent.com/" : "eks.tke.cloud.tencent.com/";
  const { ids, policy, threshold } = shape;
  return {
    "tke.cloud.tencent.com/networks": shape.network,
    ...(shape.eip && ids === undefined ? { [`${prefix}eip-attributes`]: '{"Bandwidth":"100","ISP":"BGP"}' } : {}),
    ...(shape.eip && ids === undefined && policy !== null ? { [`${prefix}eip-claim-delete-policy`]: policy } : {}),
    ...(ids === undefined ? {} : { [`${prefix}eip-id-list`]: ids.map((one) => eipOf(scene, one).id).join(",") }),
    ...(threshold === undefined ? {} : { "tke.cloud.tencent.com/claim-expired-duration": threshold }),
    ...withIds(scene, shape.annotations),
  };
}

/** `{mine}` is the id of the EIP `mine`. */
export function withIds(scene: Scene, annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, idsIn(scene, value)]));
}

export function idsIn(scene: Scene, text: string): string {
  return text.replace(/\{([^{}"]+)\}/g, (_, name: string) => eipOf(scene, name).id);
}

export function makeEip(scene: Scene, alias: string, shape: EipDefinition): void {
  const { madeBy } = shape;
  const tags = { ...shape.tags, ...(madeBy === undefined ? {} : { "tke-clusterId": idOf(madeBy), "tke-created-eip": "true" }) };
  const eip = allocate(scene.world, regionOf(scene.account, shape.region), { name: alias, tags });
  if (shape.bound !== undefined) bind(scene.world, eip, { instanceId: shape.bound });
  scene.eips.set(alias, eip);
}

export function makeWorkload(scene: Scene, where: string, shape: WorkloadDefinition): void {
  const { cluster, namespace, name } = placeOf(scene, where);
  const { kind, replicas, start, reserved, autoscaled, superNode } = shape;
  createWorkload(scene.world, cluster, {
    kind,
    namespace,
    name,
    replicas,
    annotations: annotationsOf(scene, shape),
    labels: shape.labels,
    onSuperNodes: superNode,
    ...(start === undefined ? {} : { start }),
    ...(reserved === undefined ? {} : { reserved }),
  });
  if (autoscaled === undefined) return;
  const workload = cluster.store
    .dump()
    .find((one) => one.metadata.namespace === namespace && one.metadata.name === name && "replicas" in Object(one.spec));
  const apiVersion = kind === "GameServerSet" ? "game.kruise.io/v1alpha1" : (workload?.apiVersion ?? "apps/v1");
  cluster.store.create({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { namespace, name },
    spec: {
      scaleTargetRef: { apiVersion, kind: kind === "AdvancedStatefulSet" ? "StatefulSet" : kind, name },
      minReplicas: 1,
      maxReplicas: autoscaled,
    },
  });
}

export function makePod(scene: Scene, where: string, shape: PodDefinition): void {
  const { cluster, namespace, name } = placeOf(scene, where);
  const [apiVersion, kind, owner] = shape.owner?.split(" ") ?? [];
  const metadata = { name: owner ?? "", namespace, uid: `uid-of-${owner}`, resourceVersion: "1", creationTimestamp: "" };
  const object = apiVersion === undefined || kind === undefined ? null : { apiVersion, kind, metadata };
  startPod(scene.world, cluster, namespace, name, annotationsOf(scene, shape), object, { labels: shape.labels });
  const pod = podOf(scene, where);
  if (shape.hostNetwork) cluster.store.update({ ...pod, spec: { ...Object(pod.spec), hostNetwork: true } });
  if (shape.owners.length === 0) return;
  const ownerReferences = shape.owners.map((one) => referenceOf(cluster, namespace, one));
  cluster.store.update({ ...pod, metadata: { ...pod.metadata, ownerReferences } });
}

/** `example.com/v1 Widget odd`: that object, where there is one. */
export function referenceOf(cluster: Cluster, namespace: string, text: string): OwnerReference {
  const [apiVersion = "", kind = "", name = ""] = text.split(" ");
  const uid = cluster.store.get(kind, groupOf(apiVersion), namespace, name)?.metadata.uid ?? `uid-of-${name}`;
  return { apiVersion, kind, name, uid };
}

/** @param what `KIND namespace/name` */
export function makeObject(scene: Scene, what: string, { apiVersion, plural, owners, scale, spec }: ObjectDefinition): void {
  const [kind = "", where = ""] = what.split(" ");
  const { cluster, namespace, name } = placeOf(scene, where);
  const group = groupOf(apiVersion);
  if (!cluster.store.resources().some((one) => one.group === group && one.plural === plural)) {
    const version = apiVersion.split("/").at(-1) ?? "";
    cluster.store.define({ group, version, plural, kind, namespaced: true, scale });
  }
  const [controller, ...others] = owners.map((one) => referenceOf(cluster, namespace, one));
  const ownerReferences = controller === undefined ? [] : [{ ...controller, controller: true }, ...others];
  const filled = JSON.parse(idsIn(scene, JSON.stringify(spec)));
  cluster.store.create({ apiVersion, kind, metadata: { namespace, name, ownerReferences }, spec: filled });
}
