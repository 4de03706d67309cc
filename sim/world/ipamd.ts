import { parse } from "yaml";
import type { KubernetesObject } from "../kubernetes/objects.ts";
import { allocate, bind, CLAIM_GROUP, type Cluster, destroy, type Eip, unbind, type World } from "./world.ts";

/**
 * ipamd, the cluster's network component (domain.md §2, §3): gives Pods their EIPs, keeps them under `Never`, recycles them past the
 * threshold, destroys those whose claim is deleted. Its known bugs are in `cluster.bugs`.
 */

const PREFIXES = ["tke.cloud.tencent.com/", "eks.tke.cloud.tencent.com/"] as const;

/** What eks-config gave a Pod when it started on a super node. ipamd goes by it; the API server shows nothing of it (domain.md §2.1). */
const GIVEN = Symbol("given by eks-config");

interface WithGiven {
  [GIVEN]?: Readonly<Record<string, string>>;
}

/** An annotation under either prefix: the Pod's own, else what eks-config gave it. */
export function annotation(object: KubernetesObject & WithGiven, key: string): string | undefined {
  for (const annotations of [object.metadata.annotations, object[GIVEN]]) {
    for (const prefix of PREFIXES) {
      const value = annotations?.[prefix + key];
      if (value !== undefined) return value;
    }
  }
  return undefined;
}

/** Whether a Pod stands on a super node, as its node's label says. */
export function isOnSuperNode(cluster: Cluster, pod: KubernetesObject): boolean {
  const spec: unknown = pod.spec;
  const name = typeof spec === "object" && spec !== null && "nodeName" in spec ? String(spec.nodeName) : "";
  return cluster.store.get("Node", "", "", name)?.metadata.labels?.["node.kubernetes.io/instance-type"] === "eklet";
}

/** `pod.annotations` of ConfigMap kube-system/eks-config at this moment; empty where there is none, or no YAML. */
export function eksConfigOf(cluster: Cluster): Readonly<Record<string, string>> {
  const data: unknown = cluster.store.get("ConfigMap", "", "kube-system", "eks-config")?.data;
  const text = typeof data === "object" && data !== null && "pod.annotations" in data ? String(data["pod.annotations"]) : "";
  try {
    const content: unknown = parse(text);
    if (typeof content !== "object" || content === null) return {};
    return Object.fromEntries(Object.entries(content).map(([key, value]) => [key, String(value)]));
  } catch {
    return {};
  }
}

function claimOf(cluster: Cluster, namespace: string, name: string): KubernetesObject | undefined {
  return cluster.store.get("EIPClaim", CLAIM_GROUP, namespace, name);
}

export function eipIdOf(claim: KubernetesObject): string | undefined {
  const status: unknown = claim.status;
  if (typeof status !== "object" || status === null || !("eipId" in status)) return undefined;
  return typeof status.eipId === "string" ? status.eipId : undefined;
}

function claimsInstalled(cluster: Cluster): boolean {
  return cluster.store.resources().some(({ kind, group }) => kind === "EIPClaim" && group === CLAIM_GROUP);
}

export function isNever(pod: KubernetesObject): boolean {
  return annotation(pod, "eip-claim-delete-policy") === "Never";
}

/** A Pod starts: it gets its own EIP back, one of its list, or a new one. */
export function podStarted(world: World, cluster: Cluster, pod: KubernetesObject & WithGiven): void {
  const onSuperNode = isOnSuperNode(cluster, pod);
  if (onSuperNode) pod[GIVEN] = eksConfigOf(cluster);
  if (cluster.bugs.stopped) return;
  const { namespace = "default", name } = pod.metadata;
  const list = annotation(pod, "eip-id-list");
  if (list !== undefined) {
    const ids = list.split(",").map((id) => id.trim());
    const ordinal = Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
    const own = cluster.region.addresses.get(ids[ordinal] ?? "");
    if (own !== undefined) give(world, cluster, pod, own);
    return;
  }
  if (annotation(pod, "eip-attributes") === undefined) return;
  const claim = claimOf(cluster, namespace, name);
  const key = `${namespace}/${name}`;
  const kept = cluster.region.addresses.get((claim === undefined ? cluster.keptWithoutClaim.get(key) : eipIdOf(claim)) ?? "");
  if (kept !== undefined && !cluster.bugs.duplicates) {
    if (!cluster.bugs.forgetsToBind) give(world, cluster, pod, kept);
    return;
  }
  const tags = cluster.tagsEips ? { "tke-clusterId": cluster.id, "tke-created-eip": "true" } : {};
  const eip = allocate(world, cluster.region, { tags });
  if (claimsInstalled(cluster) && onSuperNode && !cluster.claimsOnSuperNodes) cluster.keptWithoutClaim.set(key, eip.id);
  else if (claimsInstalled(cluster)) {
    if (claim !== undefined) cluster.store.update({ ...claim, status: { phase: "Bound", eipId: eip.id, publicIp: eip.ip } });
    else {
      cluster.store.create({
        apiVersion: `${CLAIM_GROUP}/v1alpha1`,
        kind: "EIPClaim",
        metadata: { namespace, name },
        spec: { podName: name, deletePolicy: isNever(pod) ? "Never" : "Delete" },
        status: { phase: "Bound", eipId: eip.id, publicIp: eip.ip },
      });
    }
  }
  give(world, cluster, pod, eip);
}

/** Binds an EIP as the network mode does, and writes the annotations. */
function give(world: World, cluster: Cluster, pod: KubernetesObject, eip: Eip): void {
  const status: unknown = pod.status;
  const privateIp =
    typeof status === "object" && status !== null && "podIP" in status && typeof status.podIP === "string" ? status.podIP : null;
  const networks = annotation(pod, "networks") ?? "";
  if (cluster.product === "eks")
    bind(world, eip, { instanceId: `eks-${world.random.letters(8)}`, instanceType: "EKS", privateIp });
  else if (networks.includes("direct"))
    bind(world, eip, { instanceId: null, networkInterfaceId: `eni-${world.random.letters(8)}`, privateIp });
  else bind(world, eip, { instanceId: "ins-simulated", networkInterfaceId: "eni-simulated", privateIp });
  cluster.store.update({
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: {
        ...pod.metadata.annotations,
        "tke.cloud.tencent.com/eip-public-ip": eip.ip,
        ...(cluster.writesEipId ? { "tke.cloud.tencent.com/eip-id": eip.id } : {}),
      },
    },
  });
}

/** The EIP that a Pod has at this moment. */
export function eipOfPod(cluster: Cluster, pod: KubernetesObject): Eip | undefined {
  const ip = annotation(pod, "eip-public-ip");
  return ip === undefined ? undefined : [...cluster.region.addresses.values()].find((eip) => eip.ip === ip);
}

/** A Pod is gone: its EIP goes with it, or is kept for the Pod's return. */
export function podGone(world: World, cluster: Cluster, pod: KubernetesObject): void {
  const eip = eipOfPod(cluster, pod);
  if (eip === undefined) return;
  if (eip.status === "BIND" || eip.status === "BIND_ENI") unbind(world, eip);
  if (cluster.bugs.stopped || annotation(pod, "eip-id-list") !== undefined) return;
  const { namespace = "default", name } = pod.metadata;
  if (isNever(pod)) {
    recycleLater(world, cluster, namespace, name, eip, annotation(pod, "claim-expired-duration"));
    return;
  }
  if (cluster.bugs.forgetsToDestroy) {
    giveUpClaim(cluster, namespace, name);
    return;
  }
  destroy(world, eip, "ipamd");
  giveUpClaim(cluster, namespace, name);
}

/** `300s`, `1h0m0s`, `0s`: milliseconds; null for never. */
const UNITS: ReadonlyMap<string | undefined, number> = new Map([
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
]);

function thresholdOf(text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(h|m|s)/g)) sum += Number(amount) * (UNITS.get(unit) ?? 0);
  return sum === 0 ? null : sum;
}

function recycleLater(
  world: World,
  cluster: Cluster,
  namespace: string,
  name: string,
  eip: Eip,
  override: string | undefined,
): void {
  const threshold = thresholdOf(override ?? cluster.claimExpired);
  if (threshold === null) return;
  const since = eip.updatedAt;
  world.clock.schedule(threshold, () => {
    const { bugs } = cluster;
    const present = cluster.region.clusters.has(cluster.id);
    if (!present || bugs.stopped || bugs.forgetsToRecycle || !cluster.ipamdEnabled) return;
    if (eip.status !== "UNBIND" || eip.updatedAt !== since || !eip.region.addresses.has(eip.id)) return;
    destroy(world, eip, "ipamd");
    giveUpClaim(cluster, namespace, name);
  });
}

/** Claims that ipamd deletes by itself, as opposed to those that somebody else deletes. */
const ownDeletions = new WeakSet<KubernetesObject>();

function giveUpClaim(cluster: Cluster, namespace: string, name: string): void {
  cluster.keptWithoutClaim.delete(`${namespace}/${name}`);
  const claim = claimOf(cluster, namespace, name);
  if (claim === undefined) return;
  ownDeletions.add(claim);
  cluster.store.remove("EIPClaim", CLAIM_GROUP, namespace, name);
}

/** How long ipamd takes to notice that a claim was deleted. */
const NOTICES_AFTER = 3_000;

/** Watches the claims of a cluster: a claim that somebody deletes takes its EIP with it (domain.md §2.2). */
export function watchClaims(world: World, cluster: Cluster): void {
  cluster.store.onRemoved((object) => {
    if (object.kind !== "EIPClaim" || cluster.bugs.stopped || cluster.bugs.ignoresClaimDeletion) return;
    const byItself = ownDeletions.has(object);
    if (byItself && cluster.bugs.forgetsToDestroy) return;
    const eip = cluster.region.addresses.get(eipIdOf(object) ?? "");
    if (eip === undefined) return;
    world.clock.schedule(NOTICES_AFTER, () => {
      if (eip.status === "UNBIND") destroy(world, eip, byItself ? "ipamd" : "claim");
    });
  });
}
