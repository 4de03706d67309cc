import { groupOf } from "../../sim/kubernetes/objects.ts";
import { annotation, eipIdOf, eksConfigOf, isOnSuperNode } from "../../sim/world/ipamd.ts";
import { CLAIM_GROUP, type Cluster, clustersOf, type Destroyer, type Eip, eipsOf, type World } from "../../sim/world/world.ts";

/**
 * Knows everything that the guard can only read: who holds which address, what stands in every cluster, and what people want. It judges
 * by the simulated world alone and shares no code with the guard.
 */
export interface Oracle {
  /** Looks who holds what at this moment; called after everything that happens. */
  readonly observe: () => void;
  /** What the guard was told of: notices by AddressId. */
  readonly noticed: (id: string, at: number) => void;
  /** After a complete reading: lists that the guard has seen make an address somebody's own for ever, and it knows who holds what. */
  readonly readCompletely: () => void;
  /** Why somebody still wants this address; null: nobody does. */
  readonly whyWanted: (eip: Eip) => string | null;
  /** Each release that the guard brought about and should not have. */
  readonly violations: readonly string[];
  /** Addresses that the guard released, as it released them. */
  readonly releases: readonly { readonly id: string; readonly by: Destroyer; readonly at: number }[];
}

/** What a release must have waited for, in milliseconds, and what forbids it at this moment. */
export interface Terms {
  readonly grace: number;
  readonly releaseAfter: number;
  readonly notice: number;
  /** Of a person's `eip-guard keep`, by AddressId: until when. */
  readonly keeps: ReadonlyMap<string, number>;
  /** Why nothing may be released at all now: STOP, mode audit, a missing key, something unreadable; null: nothing forbids it. */
  readonly forbidden: (region: string) => string | null;
}

interface Holder {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly pod: string;
  /** Whether the Pod that had it keeps its address; else only a claim gives it back. */
  readonly never: boolean;
  readonly uid: string;
  /** Kind and name of what brings a Pod of this name back; null: a bare Pod. */
  readonly owner: { readonly kind: string; readonly name: string } | null;
}

const DURATION = /(\d+)(h|m|s)/g;

const UNITS: ReadonlyMap<string | undefined, number> = new Map([
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
]);

/** In milliseconds; null: never. */
export function thresholdOf({ claimExpired }: Cluster): number | null {
  let sum = 0;
  for (const [, amount, unit] of (claimExpired ?? "").matchAll(DURATION)) sum += Number(amount) * (UNITS.get(unit) ?? 0);
  return sum === 0 ? null : sum;
}

function keyOf({ cluster, namespace, pod }: Pick<Holder, "cluster" | "namespace" | "pod">): string {
  return `${cluster.id}/${namespace}/${pod}`;
}

export function createOracle(world: World, terms: Terms): Oracle {
  const holders = new Map<string, Holder>();
  const owners = new Map<string, Holder["owner"]>();
  const notices = new Map<string, number[]>();
  const seenListed = new Set<string>();
  /** Of Pods on super nodes: whether eks-config, as a complete reading found it beside them, keeps their EIPs. */
  const policySeen = new Map<string, boolean>();
  const seenHeld = new Set<string>();
  /** Whether a person kept an EIP when its claim was deleted: ipamd destroys it a while later, and what is said then comes too late. */
  const keptAtDeletion = new Map<string, boolean>();
  const watched = new Set<Cluster>();
  const violations: string[] = [];
  const releases: { id: string; by: Destroyer; at: number }[] = [];

  function isKept({ id }: Eip): boolean {
    return (terms.keeps.get(id) ?? 0) > world.clock.now();
  }

  function watchDeletions(cluster: Cluster): void {
    if (watched.has(cluster)) return;
    watched.add(cluster);
    cluster.store.onRemoved((object) => {
      const eip = object.kind === "EIPClaim" ? cluster.region.addresses.get(eipIdOf(object) ?? "") : undefined;
      if (eip !== undefined) keptAtDeletion.set(eip.id, isKept(eip));
    });
  }

  function observe(): void {
    const byIp = new Map(eipsOf(world).map((eip) => [eip.ip, eip]));
    // Bound by hand to something that is no Pod: only a claim still speaks for its last one (domain.md §5.2, 9).
    for (const { id, instanceId } of byIp.values()) if (instanceId?.startsWith(BY_HAND) === true) holders.delete(id);
    for (const cluster of clustersOf(world)) {
      watchDeletions(cluster);
      for (const pod of cluster.store.list("Pod", "")) {
        const eip = byIp.get(annotation(pod, "eip-public-ip") ?? "");
        if (eip === undefined || annotation(pod, "eip-id-list") !== undefined) continue;
        if (pod.metadata.labels?.[COPY] !== undefined) continue;
        const [owner] = pod.metadata.ownerReferences ?? [];
        const holder: Holder = {
          cluster,
          namespace: pod.metadata.namespace ?? "",
          pod: pod.metadata.name,
          uid: pod.metadata.uid,
          never: annotation(pod, "eip-claim-delete-policy") === "Never",
          owner: owner === undefined ? null : { kind: owner.kind, name: owner.name },
        };
        holders.set(eip.id, holder);
        owners.set(keyOf(holder), holder.owner);
      }
    }
    // Whom a claim gives it to, where nobody was seen with it; remembered, since a release deletes the claim first.
    for (const eip of byIp.values()) {
      const holder = holders.has(eip.id) ? undefined : holderByClaim(world, eip, owners);
      if (holder !== undefined) holders.set(eip.id, holder);
    }
  }

  function whyWanted(eip: Eip, kept = isKept(eip)): string | null {
    const now = world.clock.now();
    if (eip.status === "BIND" || eip.status === "BIND_ENI") return `it is ${eip.status}`;
    const keep = eip.tags?.["eip-guard:keep"];
    if (keep !== undefined && !(endOfKeep(keep) <= now)) return "it carries a keep tag";
    if (kept) return "a person keeps it";
    if (seenListed.has(eip.id)) return "it stood in an eip-id-list, so that it is somebody's own";
    const list = listNaming(world, eip);
    if (list !== null) return `${list} names it`;
    const holder = holders.get(eip.id);
    // What eks-config gave before anybody looked, nobody can know.
    const seen = holder !== undefined && seenHeld.has(eip.id) && policySeen.get(holder.uid) !== false;
    if (holder !== undefined) return holderWants(world, eip, holder, seen);
    return eip.tags?.["tke-created-eip"] === undefined ? "nothing proves that a cluster made it" : null;
  }

  world.onRelease = (eip, by) => {
    if (by === "ipamd") return;
    const now = world.clock.now();
    releases.push({ id: eip.id, by, at: now });
    const blame = (why: string) => violations.push(`${eip.id} (${eip.ip}) was released (${by}) although ${why}`);
    const wanted = whyWanted(eip, by === "claim" ? keptAtDeletion.get(eip.id) : undefined);
    if (wanted !== null) blame(wanted);
    const forbidden = terms.forbidden(eip.region.name);
    if (forbidden !== null) blame(forbidden);
    const since = eip.idleSpans.at(-1)?.from ?? now;
    const holder = holders.get(eip.id);
    const threshold = holder === undefined || !isThere(world, holder.cluster) ? 0 : (thresholdOf(holder.cluster) ?? 0);
    const waited = now - since;
    if (waited < threshold + terms.grace + terms.releaseAfter) blame(`it had been idle for ${waited / 3_600_000} h only`);
    const warned = (notices.get(eip.id) ?? []).some((at) => at >= since && now - at >= terms.notice);
    if (!warned) blame("no notice of it was delivered long enough before, while it was idle");
  };

  return {
    observe,
    noticed(id, at) {
      notices.set(id, [...(notices.get(id) ?? []), at]);
    },
    readCompletely() {
      for (const eip of eipsOf(world)) {
        if (listNaming(world, eip) !== null) seenListed.add(eip.id);
        if (isNamed(eip, holders.get(eip.id))) seenHeld.add(eip.id);
      }
      for (const cluster of clustersOf(world)) {
        const given = Object.entries(eksConfigOf(cluster)).find(([key]) => key.endsWith("/eip-claim-delete-policy"))?.[1];
        for (const pod of cluster.store.list("Pod", "").filter((one) => isOnSuperNode(cluster, one))) {
          const own = Object.entries(pod.metadata.annotations ?? {}).find(([key]) =>
            key.endsWith("/eip-claim-delete-policy"),
          )?.[1];
          if (!policySeen.has(pod.metadata.uid)) policySeen.set(pod.metadata.uid, (own ?? given) === "Never");
        }
      }
    },
    whyWanted,
    violations,
    releases,
  };
}

/** Until when a keep tag's value keeps; NaN, for ever, where it is no date. */
export function endOfKeep(value: string): number {
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return Date.parse(value) + 86_400_000;
  return /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN;
}

function isThere(world: World, cluster: Cluster): boolean {
  return clustersOf(world).includes(cluster);
}

/** Label of Pods that are copies of others, and never had the address that they name. */
export const COPY = "simulated-copy";

/** Operators that make StatefulSets of their name: a kind with a template of its own, and one that nobody knows. */
export const OPERATORS = [
  ["leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet"],
  ["db.example.com/v1", "GameDatabase"],
] as const;

const WITH_TEMPLATE: readonly (readonly [string, string])[] = [
  ["ReplicationController", ""],
  ["PodTemplate", ""],
  ["CronJob", "batch"],
  ["Rollout", "argoproj.io"],
  ["UnitedDeployment", "apps.kruise.io"],
  ["LeaderWorkerSet", "leaderworkerset.x-k8s.io"],
  ["Fleet", "agones.dev"],
  ["StatefulSet", "apps"],
  ["StatefulSet", "apps.kruise.io"],
  ["GameServerSet", "game.kruise.io"],
  ["Deployment", "apps"],
  ["DaemonSet", "apps"],
  ["Job", "batch"],
];

function listNaming(world: World, eip: Eip): string | null {
  for (const cluster of clustersOf(world)) {
    for (const [kind, group] of WITH_TEMPLATE) {
      for (const workload of cluster.store.list(kind, group)) {
        const { spec, template } = workload;
        const text = JSON.stringify({ spec, template });
        if (text.includes(eip.id)) return `the template of ${kind} ${workload.metadata.namespace}/${workload.metadata.name}`;
      }
    }
    for (const pod of cluster.store.list("Pod", "")) {
      if ((annotation(pod, "eip-id-list") ?? "").includes(eip.id)) return `the list of Pod ${pod.metadata.name}`;
    }
  }
  return null;
}

/** Instances that people bind addresses to by hand are named so. */
export const BY_HAND = "ins-hand-";

/** Whether its Pod or a claim says so at this moment. */
function isNamed(eip: Eip, holder: Holder | undefined): boolean {
  if (holder === undefined) return false;
  const { cluster, namespace, pod } = holder;
  const present = cluster.store.get("Pod", "", namespace, pod);
  const claim = cluster.store.get("EIPClaim", CLAIM_GROUP, namespace, pod);
  const byPod = present !== undefined && annotation(present, "eip-public-ip") === eip.ip;
  return byPod || JSON.stringify(claim?.status ?? {}).includes(eip.id);
}

/** @param seen whether a complete reading ever found them together; of a Pod that nobody saw, no policy is known either */
function holderWants(world: World, eip: Eip, holder: Holder, seen: boolean): string | null {
  const { cluster, namespace, pod, never, owner } = holder;
  if (!isThere(world, cluster)) return null;
  const { store } = cluster;
  // What ipamd goes by when the Pod returns: a claim of its name gives it another address, and without one it gets a new one.
  const claim = store.get("EIPClaim", CLAIM_GROUP, namespace, pod);
  const givenBack = claim === undefined ? never && seen : JSON.stringify(claim.status ?? {}).includes(eip.id);
  const present = store.get("Pod", "", namespace, pod);
  if (present !== undefined) {
    const ip = annotation(present, "eip-public-ip");
    return ip === eip.ip || (ip === undefined && givenBack) ? `its Pod ${namespace}/${pod} is there` : null;
  }
  if (!givenBack) return null;
  const threshold = thresholdOf(cluster);
  const idle = world.clock.now() - (eip.idleSpans.at(-1)?.from ?? world.clock.now());
  const recyclesItself = threshold !== null && idle <= threshold;
  if (recyclesItself) return "ipamd's threshold is not past";
  if (owner === null) return threshold === null ? `a bare Pod ${namespace}/${pod} may return` : null;
  if (owner.kind !== "StatefulSet" && owner.kind !== "GameServerSet") return null;
  const plain = store.get("StatefulSet", "apps", namespace, owner.name);
  const workload = plain ?? store.get("StatefulSet", "apps.kruise.io", namespace, owner.name);
  if (workload === undefined) {
    const above = OPERATORS.find(([version, kind]) => store.get(kind, groupOf(version), namespace, owner.name) !== undefined);
    return above === undefined ? null : `${above[1]} ${namespace}/${owner.name} may make its StatefulSet again`;
  }
  for (const above of workload.metadata.ownerReferences ?? []) {
    if (above.kind !== "GameServerSet" && store.get(above.kind, groupOf(above.apiVersion), namespace, above.name) !== undefined)
      return `${above.kind} ${namespace}/${above.name} above it may scale it`;
  }
  const {
    replicas = 1,
    ordinals,
    reserveOrdinals = [],
  } = workload.spec as {
    replicas?: number;
    ordinals?: { start?: number };
    reserveOrdinals?: readonly number[];
  };
  const name = `${namespace}/${owner.name}`;
  if (replicas === 0) return `${name} stands at 0 replicas`;
  if (threshold === null) return `${name} is there, and nothing is ever recycled`;
  const ordinal = Number(/-(\d+)$/.exec(pod)?.[1] ?? -1);
  const start = ordinals?.start ?? 0;
  if (ordinalsOf(replicas, start, reserveOrdinals).includes(ordinal)) return `${name} includes ${pod}`;
  if (reserveOrdinals.includes(ordinal) && store.get("GameServerSet", "game.kruise.io", namespace, owner.name) !== undefined)
    return `${name} has parked ${pod}`;
  // The autoscalers of this world scale StatefulSets of `apps`, and none of another group with the same name.
  const most = plain === undefined ? null : autoscaledTo(cluster, namespace, owner.name);
  if (most !== null && ordinal >= start && ordinal < start + most) return `an autoscaler of ${name} covers ${pod}`;
  return null;
}

function holderByClaim(world: World, eip: Eip, owners: ReadonlyMap<string, Holder["owner"]>): Holder | undefined {
  for (const cluster of clustersOf(world)) {
    const claim = cluster.store.list("EIPClaim", CLAIM_GROUP).find(({ status }) => JSON.stringify(status ?? {}).includes(eip.id));
    if (claim === undefined) continue;
    const { namespace = "", name } = claim.metadata;
    const place = { cluster, namespace, pod: name };
    return { ...place, uid: "", never: true, owner: owners.get(keyOf(place)) ?? null };
  }
  return undefined;
}

function ordinalsOf(replicas: number, start: number, reserved: readonly number[]): readonly number[] {
  const found: number[] = [];
  for (let ordinal = start; found.length < replicas; ordinal += 1) if (!reserved.includes(ordinal)) found.push(ordinal);
  return found;
}

function autoscaledTo(cluster: Cluster, namespace: string, name: string): number | null {
  for (const scaler of cluster.store.list("HorizontalPodAutoscaler", "autoscaling", namespace)) {
    const { scaleTargetRef, maxReplicas } = scaler.spec as { scaleTargetRef: { name: string }; maxReplicas: number };
    if (scaleTargetRef.name === name) return maxReplicas;
  }
  const cron = cluster.store.get("HorizontalPodCronscaler", "autoscaling.cloud.tencent.com", namespace, name);
  if (cron !== undefined)
    return Math.max(...(cron.spec as { crons: readonly { targetSize: number }[] }).crons.map(({ targetSize }) => targetSize));
  return null;
}
