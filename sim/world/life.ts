import { groupOf, type KubernetesObject, type OwnerReference } from "../kubernetes/objects.ts";
import { isOnSuperNode, podGone, podStarted, watchClaims } from "./ipamd.ts";
import { addCluster, type Cluster, type Region, unbind, type World } from "./world.ts";

/** What happens in clusters: workloads that make Pods, scale, restart and go. Each call leaves the cluster as its controllers would. */

export type WorkloadKind =
  | "StatefulSet"
  | "Deployment"
  | "DaemonSet"
  | "Job"
  | "AdvancedStatefulSet"
  | "GameServerSet"
  | "CloneSet";

export interface WorkloadShape {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Labels of its Pod template, which its Pods carry. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly start?: number;
  readonly reserved?: readonly (number | string)[];
  /** Its Pods run on super nodes alone; while there is none, they are Pending. */
  readonly onSuperNodes?: boolean;
  /** The object above it, which made it: an operator's. */
  readonly owner?: OwnerReference;
}

const API_VERSIONS: Readonly<Record<WorkloadKind, string>> = {
  StatefulSet: "apps/v1",
  Deployment: "apps/v1",
  DaemonSet: "apps/v1",
  Job: "batch/v1",
  AdvancedStatefulSet: "apps.kruise.io/v1beta1",
  CloneSet: "apps.kruise.io/v1alpha1",
  GameServerSet: "game.kruise.io/v1alpha1",
};

const KINDS: Readonly<Record<WorkloadKind, string>> = {
  StatefulSet: "StatefulSet",
  Deployment: "Deployment",
  DaemonSet: "DaemonSet",
  Job: "Job",
  AdvancedStatefulSet: "StatefulSet",
  CloneSet: "CloneSet",
  GameServerSet: "GameServerSet",
};

/** Annotations of a Pod that keeps its EIP. */
export const NEVER: Readonly<Record<string, string>> = {
  "tke.cloud.tencent.com/networks": "tke-route-eni",
  "tke.cloud.tencent.com/eip-attributes": '{"Bandwidth":"100","ISP":"BGP"}',
  "tke.cloud.tencent.com/eip-claim-delete-policy": "Never",
};

/** And of one that does not. */
export const PLAIN: Readonly<Record<string, string>> = {
  "tke.cloud.tencent.com/networks": "tke-route-eni",
  "tke.cloud.tencent.com/eip-attributes": '{"Bandwidth":"100","ISP":"BGP"}',
};

/** A cluster with ipamd at work. */
export function startCluster(world: World, region: Region, fields: Parameters<typeof addCluster>[2] = {}): Cluster {
  const cluster = addCluster(world, region, fields);
  watchClaims(world, cluster);
  return cluster;
}

export function installKruise(cluster: Cluster): void {
  cluster.store.define({
    group: "apps.kruise.io",
    version: "v1beta1",
    plural: "statefulsets",
    kind: "StatefulSet",
    namespaced: true,
  });
  cluster.store.define({
    group: "game.kruise.io",
    version: "v1alpha1",
    plural: "gameserversets",
    kind: "GameServerSet",
    namespaced: true,
  });
}

function ensureNamespace(cluster: Cluster, name: string): void {
  if (cluster.store.get("Namespace", "", "", name) === undefined) {
    cluster.store.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
}

type Texts = Readonly<Record<string, string>>;

/** The node label, and the selector for it, of super nodes. */
const SUPER_NODE = { "node.kubernetes.io/instance-type": "eklet" };

function templateOf(annotations: Texts, labels: Texts, onSuperNodes: boolean) {
  const selector = onSuperNodes ? { nodeSelector: SUPER_NODE } : {};
  return { metadata: { annotations, labels }, spec: { containers: [{ name: "main", image: "game:1" }], ...selector } };
}

function isStable(kind: WorkloadKind): boolean {
  return kind === "StatefulSet" || kind === "AdvancedStatefulSet" || kind === "GameServerSet";
}

export function referenceTo(object: KubernetesObject): OwnerReference {
  const { name, uid } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, uid, controller: true };
}

export function createWorkload(world: World, cluster: Cluster, shape: WorkloadShape): void {
  const { kind, namespace, name, replicas, annotations = {}, labels = {}, start, reserved, onSuperNodes = false, owner } = shape;
  ensureNamespace(cluster, namespace);
  const template = templateOf(annotations, labels, onSuperNodes);
  const spec: Record<string, unknown> = {
    replicas,
    [kind === "GameServerSet" ? "gameServerTemplate" : "template"]: template,
    ...(start === undefined ? {} : { ordinals: { start } }),
    ...(reserved === undefined ? {} : { [kind === "GameServerSet" ? "reserveGameServerIds" : "reserveOrdinals"]: reserved }),
  };
  const workload = cluster.store.create({
    apiVersion: API_VERSIONS[kind],
    kind: KINDS[kind],
    metadata: { namespace, name, ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
    spec,
  });
  if (kind === "Deployment") {
    cluster.store.create({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { namespace, name: `${name}-7d9f8b6c5d`, ownerReferences: [referenceTo(workload)] },
      spec: { replicas, template },
    });
  }
  if (kind === "GameServerSet") {
    cluster.store.create({
      apiVersion: "apps.kruise.io/v1beta1",
      kind: "StatefulSet",
      metadata: { namespace, name, ownerReferences: [referenceTo(workload)] },
      spec: { replicas, template, reserveOrdinals: [] },
    });
  }
  reconcile(world, cluster, kind, namespace, name);
}

/** The workload that owns the Pods directly. */
function podOwner(cluster: Cluster, kind: WorkloadKind, namespace: string, name: string): KubernetesObject | undefined {
  if (kind === "Deployment") return cluster.store.get("ReplicaSet", "apps", namespace, `${name}-7d9f8b6c5d`);
  if (kind === "GameServerSet") return cluster.store.get("StatefulSet", "apps.kruise.io", namespace, name);
  return cluster.store.get(KINDS[kind], groupOf(API_VERSIONS[kind]), namespace, name);
}

interface Spec {
  readonly replicas: number;
  readonly annotations: Texts;
  readonly labels: Texts;
  readonly start: number;
  readonly reserved: readonly number[];
  readonly onSuperNodes: boolean;
}

function specOf(object: KubernetesObject): Spec {
  const spec = (object.spec ?? {}) as {
    replicas?: number;
    ordinals?: { start?: number };
    reserveOrdinals?: readonly number[];
    template?: {
      metadata?: { annotations?: Record<string, string>; labels?: Record<string, string> };
      spec?: { nodeSelector?: Record<string, string> };
    };
  };
  return {
    replicas: spec.replicas ?? 1,
    annotations: spec.template?.metadata?.annotations ?? {},
    labels: spec.template?.metadata?.labels ?? {},
    start: spec.ordinals?.start ?? 0,
    reserved: spec.reserveOrdinals ?? [],
    onSuperNodes: spec.template?.spec?.nodeSelector?.["node.kubernetes.io/instance-type"] === "eklet",
  };
}

function podsOf(cluster: Cluster, owner: KubernetesObject): readonly KubernetesObject[] {
  return cluster.store
    .list("Pod", "", owner.metadata.namespace)
    .filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid));
}

/** Makes the Pods what the workload asks for. */
export function reconcile(world: World, cluster: Cluster, kind: WorkloadKind, namespace: string, name: string): void {
  const owner = podOwner(cluster, kind, namespace, name);
  if (owner === undefined) return;
  const { replicas, annotations, labels, start, reserved, onSuperNodes } = specOf(owner);
  const present = podsOf(cluster, owner);
  if (isStable(kind)) {
    const wanted: string[] = [];
    for (let ordinal = start; wanted.length < replicas; ordinal += 1)
      if (!reserved.includes(ordinal)) wanted.push(`${name}-${ordinal}`);
    for (const pod of present) if (!wanted.includes(pod.metadata.name)) deletePodObject(world, cluster, pod);
    for (const podName of wanted) {
      if (cluster.store.get("Pod", "", namespace, podName) === undefined)
        startPod(world, cluster, namespace, podName, annotations, owner, { onSuperNodes, labels });
    }
    return;
  }
  for (const pod of present.slice(replicas)) deletePodObject(world, cluster, pod);
  for (let missing = present.length; missing < replicas; missing += 1) {
    const suffix = Array.from({ length: 5 }, () => world.random.pick([..."bcdfghjklmnpqrstvwxz2456789"])).join("");
    startPod(world, cluster, namespace, `${owner.metadata.name}-${suffix}`, annotations, owner, { onSuperNodes, labels });
  }
}

/** Starts a Pod; without an owner it is a bare one. One for super nodes is Pending while there is none. */
export function startPod(
  world: World,
  cluster: Cluster,
  namespace: string,
  name: string,
  annotations: Readonly<Record<string, string>>,
  owner: KubernetesObject | null,
  { onSuperNodes = false, labels = {} }: { readonly onSuperNodes?: boolean; readonly labels?: Texts } = {},
): void {
  ensureNamespace(cluster, namespace);
  const node = onSuperNodes ? superNodeOf(cluster)?.metadata.name : "10.0.0.2";
  cluster.podIps += 1;
  const ip = `10.${Math.floor(cluster.podIps / 65_025)}.${Math.floor(cluster.podIps / 255) % 255}.${1 + (cluster.podIps % 255)}`;
  const pod = cluster.store.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name, annotations, labels, ...(owner === null ? {} : { ownerReferences: [referenceTo(owner)] }) },
    spec: { ...(node === undefined ? {} : { nodeName: node }), containers: [{ name: "main", image: "game:1" }] },
    status: node === undefined ? { phase: "Pending" } : { phase: "Running", podIP: ip },
  });
  if (node !== undefined) podStarted(world, cluster, pod);
}

function superNodeOf(cluster: Cluster): KubernetesObject | undefined {
  return cluster.store.list("Node", "").find(({ metadata }) => metadata.labels?.["node.kubernetes.io/instance-type"] === "eklet");
}

/** A super node comes: Pods that waited for one start. */
export function addSuperNode(world: World, cluster: Cluster): void {
  cluster.store.create({ apiVersion: "v1", kind: "Node", metadata: { name: "eklet-1", labels: SUPER_NODE } });
  for (const pod of cluster.store.list("Pod", "")) {
    if ((pod.status as { phase?: string }).phase === "Pending") deletePodObject(world, cluster, pod);
  }
  reconcileAll(world, cluster);
}

/** The super node goes, and its Pods with it; their workloads make them again, and they wait. */
export function removeSuperNode(world: World, cluster: Cluster): void {
  const node = superNodeOf(cluster);
  if (node === undefined) return;
  const pods = cluster.store.list("Pod", "").filter((pod) => isOnSuperNode(cluster, pod));
  cluster.store.remove("Node", "", "", node.metadata.name);
  for (const pod of pods) deletePodObject(world, cluster, pod);
  reconcileAll(world, cluster);
}

function reconcileAll(world: World, cluster: Cluster): void {
  for (const group of ["apps", "apps.kruise.io"]) {
    for (const { metadata } of cluster.store.list("StatefulSet", group)) {
      const kind = group === "apps" ? "StatefulSet" : "AdvancedStatefulSet";
      reconcile(world, cluster, kind, metadata.namespace ?? "default", metadata.name);
    }
  }
}

function deletePodObject(world: World, cluster: Cluster, pod: KubernetesObject): void {
  cluster.store.remove("Pod", "", pod.metadata.namespace ?? "default", pod.metadata.name);
  podGone(world, cluster, pod);
}

/** Deletes a Pod; its workload, if any, makes it again after `away` milliseconds. */
export function restartPod(
  world: World,
  cluster: Cluster,
  kind: WorkloadKind,
  namespace: string,
  name: string,
  workload: string,
  away = 0,
): void {
  deletePod(world, cluster, namespace, name);
  if (away === 0) reconcile(world, cluster, kind, namespace, workload);
  else world.clock.schedule(away, () => reconcile(world, cluster, kind, namespace, workload));
}

export function deletePod(world: World, cluster: Cluster, namespace: string, name: string): void {
  const pod = cluster.store.get("Pod", "", namespace, name);
  if (pod !== undefined) deletePodObject(world, cluster, pod);
}

export function scale(
  world: World,
  cluster: Cluster,
  kind: WorkloadKind,
  namespace: string,
  name: string,
  replicas: number,
): void {
  const group = groupOf(API_VERSIONS[kind]);
  const workload = cluster.store.get(KINDS[kind], group, namespace, name);
  if (workload === undefined) return;
  const set = (object: KubernetesObject, more: Readonly<Record<string, unknown>> = {}) =>
    cluster.store.update({ ...object, spec: { ...(object.spec as object), replicas, ...more } });
  set(workload);
  const direct = podOwner(cluster, kind, namespace, name);
  if (direct !== undefined && direct.metadata.uid !== workload.metadata.uid) {
    const parked = kind === "GameServerSet" ? parkedAfter(direct, replicas) : {};
    set(direct, parked);
  }
  reconcile(world, cluster, kind, namespace, name);
}

/** OpenKruiseGame parks the ordinals that scaling down takes away (domain.md §2.5). */
function parkedAfter(object: KubernetesObject, replicas: number): { readonly reserveOrdinals: readonly number[] } {
  const { replicas: before, reserved } = specOf(object);
  const parked = Array.from({ length: Math.max(0, before - replicas) }, (_, index) => replicas + index);
  return { reserveOrdinals: replicas >= before ? [] : [...new Set([...reserved, ...parked])] };
}

/** Deletes a workload with its Pods, or without them. */
export function deleteWorkload(
  world: World,
  cluster: Cluster,
  kind: WorkloadKind,
  namespace: string,
  name: string,
  orphan = false,
): void {
  const direct = podOwner(cluster, kind, namespace, name);
  const pods = direct === undefined ? [] : podsOf(cluster, direct);
  cluster.store.remove(KINDS[kind], groupOf(API_VERSIONS[kind]), namespace, name);
  if (direct !== undefined) cluster.store.remove(direct.kind, groupOf(direct.apiVersion), namespace, direct.metadata.name);
  if (!orphan) for (const pod of pods) deletePodObject(world, cluster, pod);
}

/** Deletes a cluster. Its EIPs stay: nobody is left to recycle them (domain.md §3). */
export function deleteCluster(world: World, cluster: Cluster): void {
  for (const eip of cluster.region.addresses.values()) {
    if (eip.tags?.["tke-clusterId"] === cluster.id && eip.status === "BIND") {
      const pod = cluster.store.list("Pod", "").find((one) => Object.values(one.metadata.annotations ?? {}).includes(eip.ip));
      if (pod !== undefined) unbind(world, eip);
    }
  }
  cluster.bugs.stopped = true;
  cluster.region.clusters.delete(cluster.id);
}
