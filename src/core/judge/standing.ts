import { type ClusterView, keyOf, type TopOwner, topOwner } from "../link/clusters.ts";
import type { Linked, LinkedPod, World } from "../link/link.ts";
import { type Ordinals, ordinalsOf, parsePodName } from "../link/ordinals.ts";
import { comesBack, ownerDecides } from "../link/scaling.ts";
import { describeWorkload } from "../terms/describe.ts";
import type { Workload } from "../terms/facts.ts";
import { kindOf, kindsNaming, rowOf } from "../terms/kinds.ts";
import { known, type Reading, unknown } from "../terms/known.ts";
import type { PodMemory } from "../terms/ledger.ts";
import { isIdle } from "./idle.ts";

/** What became of the Pod and of its workload. */
export type Standing =
  /** No Pod is known. */
  | { readonly is: "no-pod" }
  /** The Pod object exists. */
  | { readonly is: "pod-exists"; readonly pod: LinkedPod; readonly owner: TopOwner }
  /** A living workload with stable names includes the Pod. */
  | { readonly is: "included"; readonly workload: Workload }
  | { readonly is: "zero"; readonly workload: Workload }
  | {
      readonly is: "scaled-away";
      readonly workload: Workload;
      readonly how: "beyond" | "reserved" | "parked";
      /** Whether something may scale it up again so far that it includes the Pod. */
      readonly autoscaled: Reading<boolean>;
    }
  /** Its owner was seen, and a complete list of its kind no longer has it; or its namespace is gone. */
  | { readonly is: "gone"; readonly owner: string }
  /**
   * Nobody saw the workload. `named`: its Pod's ownerReference named it, and it is gone since, so that what stood above it is not known.
   * Else no workload of the name that the Pod's name suggests exists. `workload` is `namespace/name`, with its kind where that is known.
   */
  | { readonly is: "never-seen"; readonly workload: string; readonly named: boolean }
  /** A Deployment, ReplicaSet, DaemonSet, Job or CronJob owned it: no Pod of that name returns. */
  | { readonly is: "nameless"; readonly owner: string; readonly seen: boolean }
  | { readonly is: "bare"; readonly seen: boolean }
  | { readonly is: "unknown-kind"; readonly owner: string }
  | { readonly is: "undecided"; readonly why: string };

/** Kinds whose Pods are counted by ordinals: what stands above comes before what it makes. */
const STABLE = [...kindsNaming("ordinals")].reverse();

/** Kinds whose Pods have other names. */
const OTHERS = kindsNaming("never", "rarely", "own");

/** Of these, those that may give a name again. */
const PERHAPS_AGAIN = kindsNaming("rarely", "own");

/** A name that a Deployment gives: `<name>-<hash of the template>-<five random characters>`. */
const DEPLOYMENT_POD = /^(.+)-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** What became of an EIP's Pod and workload, as the cluster that it belongs to shows it; null where that one is not read. */
export function standingOf(linked: Linked, view: ClusterView | null): Standing {
  const pod = linked.pod;
  if (pod === null) return { is: "no-pod" };
  if (view === null || view.facts.id !== pod.cluster) return { is: "undecided", why: `cluster ${pod.cluster} could not be read` };
  if (pod.view !== null) {
    return { is: "pod-exists", pod, owner: topOwner(view, pod.namespace, pod.view.pod.owner) };
  }
  const standing = withoutPod(sameMemory(linked, pod), pod, view);
  if (!ACCUSED.has(standing.is) || (standing.is === "nameless" && standing.seen)) return standing;
  const namesake = namesakeOf(pod, view);
  return namesake === null ? standing : { is: "unknown-kind", owner: describeWorkload(namesake) };
}

/** Where another workload may still give the Pod's name, these say too much. */
const ACCUSED: ReadonlySet<Standing["is"]> = new Set(["gone", "never-seen", "bare", "nameless"]);

/**
 * An idle EIP that more than one Pod was seen with: as long as the workload of any of the others lives, nobody knows whose it is. A copy of
 * a YAML, with its annotations, must not erase what the guard knows (domain.md §2.4).
 */
export function contested({ address, memory, pod }: Linked, world: World): string | null {
  if (!isIdle(address.status) || memory === null) return null;
  const remembered = [...(memory.pod === null ? [] : [memory.pod]), ...(memory.otherPods ?? [])];
  const other = remembered.find((one) => (pod === null || !samePodName(one, pod)) && mayReturn(one, world));
  if (other === undefined) return null;
  const now = pod === null ? "no Pod" : `Pod ${pod.namespace}/${pod.name} in ${pod.cluster}`;
  return `${now} names it now, but it was seen with Pod ${other.namespace}/${other.name} in ${other.cluster}, whose workload may bring it back`;
}

type PodName = Pick<PodMemory, "cluster" | "namespace" | "name">;

/** Whether two are the same Pod, or follow each other under one name. */
export function samePodName(one: PodName, other: PodName): boolean {
  return one.cluster === other.cluster && one.namespace === other.namespace && one.name === other.name;
}

/** Whether a remembered Pod is there, or a living workload may bring it back, as far as it is known: only what is gone for certain is gone. */
export function mayReturn(memory: PodMemory, world: World): boolean {
  const home = world.homes.home(memory.cluster);
  if (home.state === "deleted") return home.weakly;
  if (home.state !== "live") return true;
  const { view } = home;
  if (view.pods.has(keyOf(memory.namespace, memory.name))) return true;
  const { cluster, namespace, name } = memory;
  const pod = { cluster, namespace, name, ordinal: parsePodName(name)?.ordinal ?? null, view: null, fromMemory: true };
  const standing = withoutPod(memory, pod, view);
  return !ACCUSED.has(standing.is) || (standing.is === "never-seen" && standing.named);
}

function withoutPod(memory: PodMemory | null, pod: LinkedPod, view: ClusterView): Standing {
  const stable = stableStanding(pod, view);
  if (stable !== null && stable.is !== "never-seen") return stable;
  if (memory?.ownerSeen) return seenStanding(memory, pod, view);
  // What included the Pod was seen, if not the Pod: its owner is known like by an ownerReference.
  if (memory?.includedBy) return seenStanding(memory.includedBy, pod, view);
  if (stable !== null) return stable;
  const missing = unreadKind(view, OTHERS);
  if (DEPLOYMENT_POD.test(pod.name)) {
    const suggested = DEPLOYMENT_POD.exec(pod.name)?.[1] ?? pod.name;
    return missing === null ? { is: "nameless", owner: `a Deployment ${suggested}, by the Pod's name`, seen: false } : missing;
  }
  return missing === null ? { is: "bare", seen: false } : missing;
}

/** A living workload that names its Pods in a way that we don't count, and whose name this Pod's name is or begins with. */
function namesakeOf({ namespace, name }: LinkedPod, view: ClusterView): Workload | null {
  const kinds = PERHAPS_AGAIN.filter((kind) => view.workloads[kind].size > 0);
  if (kinds.length === 0) return null;
  for (let end = name.length; end > 0; end = name.lastIndexOf("-", end - 1)) {
    for (const kind of kinds) {
      const workload = view.workloads[kind].get(keyOf(namespace, name.slice(0, end)));
      if (workload !== undefined) return workload;
    }
  }
  return null;
}

/** What the ledger knows of exactly this Pod; null where it knows another, or none. */
export function sameMemory(linked: Linked, pod: LinkedPod): PodMemory | null {
  const memory = linked.memory?.pod ?? null;
  return memory !== null && samePodName(memory, pod) ? memory : null;
}

/** By the Pod's name alone: whether a workload with stable names includes it. Null where the name has no ordinal. */
function stableStanding(pod: LinkedPod, view: ClusterView): Standing | null {
  const parsed = parsePodName(pod.name);
  if (parsed === null) return null;
  const key = keyOf(pod.namespace, parsed.parent);
  const present = STABLE.flatMap((kind) => view.workloads[kind].get(key) ?? []);
  const away: Standing[] = [];
  for (const workload of present) {
    const ordinals = ordinalsOf(workload);
    if (!ordinals.known) return { is: "undecided", why: ordinals.why };
    if (ordinals.value.includes(parsed.ordinal)) return { is: "included", workload };
    away.push(
      workload.replicas === 0 ? { is: "zero", workload } : scaledAway(workload, ordinals.value, parsed.ordinal, present, view),
    );
  }
  // Of several workloads of one name any may bring the Pod back: the one that keeps decides.
  const [first] = away;
  if (first !== undefined) return away.find(keeps) ?? away.find(mayKeep) ?? first;
  const missing = unreadKind(view, STABLE);
  return missing ?? { is: "never-seen", workload: key, named: false };
}

function keeps(standing: Standing): boolean {
  if (standing.is !== "scaled-away") return standing.is === "zero";
  return standing.how === "parked" || (standing.autoscaled.known && standing.autoscaled.value);
}

function mayKeep(standing: Standing): boolean {
  return standing.is === "scaled-away" && !standing.autoscaled.known;
}

function scaledAway(
  workload: Workload,
  ordinals: Ordinals,
  ordinal: number,
  present: readonly Workload[],
  view: ClusterView,
): Standing {
  if (ordinals.reserved(ordinal)) {
    // No autoscaler gives it back. Who stands above and reserves by itself may.
    const decides = ownerDecides(workload, view);
    return { is: "scaled-away", workload, how: "reserved", autoscaled: decides === null ? known(false) : unknown(decides) };
  }
  // A GameServerSet parks by reserving in the Advanced StatefulSet that it makes; no other workloads of one name reserve for each other.
  const parked =
    workload.kind === "GameServerSet" &&
    present.some((other) => {
      const own = ordinalsOf(other);
      return own.known && own.value.reserved(ordinal);
    });
  return { is: "scaled-away", workload, how: parked ? "parked" : "beyond", autoscaled: comesBack(workload, ordinal, view) };
}

function seenStanding(memory: Pick<PodMemory, "owner" | "ownersOwner">, pod: LinkedPod, view: ClusterView): Standing {
  const { owner, ownersOwner } = memory;
  const described = owner === null ? `namespace ${pod.namespace}` : `${owner.kind} ${pod.namespace}/${owner.name}`;
  if (view.namespaces !== null && !view.namespaces.has(pod.namespace)) return { is: "gone", owner: described };
  if (owner === null) return { is: "bare", seen: true };
  const kind = kindOf(owner);
  if (kind === null) return { is: "unknown-kind", owner: described };
  const { names } = rowOf(kind);
  if (names === "never") return { is: "nameless", owner: described, seen: true };
  const missing = unreadKind(view, names === "ordinals" ? STABLE : [kind]);
  if (missing !== null) return missing;
  const living = view.workloads[kind].get(keyOf(pod.namespace, owner.name));
  // One with names of its own may give the name again (a CloneSet reuses the id of a kept volume), so a living one decides nothing.
  if (living !== undefined) return { is: "unknown-kind", owner: described };
  if (ownersOwner === "not-listed") return { is: "never-seen", workload: described, named: true };
  if (ownersOwner !== null) return { is: "unknown-kind", owner: `${ownersOwner.kind} ${ownersOwner.name} above ${described}` };
  return { is: "gone", owner: described };
}

function unreadKind(view: ClusterView, kinds: readonly string[]): Standing | null {
  const missing = view.unread.find(({ kind }) => kinds.includes(kind));
  return missing === undefined ? null : { is: "undecided", why: `${missing.kind}: ${missing.why}` };
}
