import { accountTypeOf } from "../cost/cost.ts";
import { type ClaimsProof, type ClusterView, eipsOfAnnotations, keyOf, type TopOwner, topOwner } from "../link/clusters.ts";
import { givenTo, onSuperNode } from "../link/given.ts";
import type { Linked, LinkedPod, World } from "../link/link.ts";
import { type Ordinals, ordinalsOf, parsePodName } from "../link/ordinals.ts";
import { comesBack, ownerDecides } from "../link/scaling.ts";
import { describeWorkload } from "../terms/describe.ts";
import { type ClusterListing, type Facts, isClusterId, type Workload } from "../terms/facts.ts";
import { kindOf, kindsNaming, rowOf } from "../terms/kinds.ts";
import { known, type Reading, unknown } from "../terms/known.ts";
import type { ClusterMemory, GivenByNode, PodMemory } from "../terms/ledger.ts";
import { own } from "../terms/own.ts";
import { type Place, placeKey, samePlace } from "../terms/place.ts";
import type { Policy } from "../terms/policy.ts";
import { podThreshold, sameThreshold, type Threshold } from "../terms/threshold.ts";
import { type Instant, later } from "../terms/time.ts";
import { type IdleInterval, idleInterval, isIdle, type Sighting } from "./idle.ts";

/** Everything that the rules ask about one EIP, worked out once (domain.md §5). */
export interface Situation {
  readonly linked: Linked;
  readonly now: Instant;
  readonly policy: Pick<Policy, "newborn" | "keepTags" | "maxGap">;
  readonly idle: IdleInterval | null;
  readonly home: Home;
  readonly standing: Standing;
  /** Evidence that contradicts itself, or what is remembered of another Pod whose workload lives (domain.md §2.4); null where none does. */
  readonly conflict: string | null;
  /** Whether the Pod keeps its EIP: delete policy `Never`. */
  readonly never: boolean | "unknown";
  /** Whether a claim that names exactly this EIP exists. */
  readonly claim: "present" | "absent" | "unknown";
  /** The Pod's own threshold, else its cluster's. */
  readonly threshold: Threshold;
  /** Whether the shown lower bound is past a finite threshold; null where the threshold is not finite. */
  readonly past: boolean | null;
  /** Proven to be made by a cluster, and never in anybody's list (domain.md §5, "proven automatic"). */
  readonly automatic: boolean;
  /** Its Pod has another EIP, which the Pod's annotation and its claim both name. */
  readonly podHoldsAnother: string | null;
  /** Clusters of its account and region that could not be read, and are not ignored. */
  readonly unreadableAround: readonly { readonly cluster: string; readonly why: string }[];
  readonly accountType: "known" | "other" | "unread";
}

/** The cluster that an EIP belongs to, as far as anything tells. */
export type Home =
  | { readonly state: "none" }
  | { readonly state: "live"; readonly id: string; readonly view: ClusterView }
  | {
      readonly state: "deleted";
      readonly id: string;
      readonly why: string;
      /** The cloud did not say "not found": its answer was empty, which a narrowed role gets too. A release then needs a person. */
      readonly weakly: boolean;
    }
  | { readonly state: "unreadable" | "not-visible" | "not-running"; readonly id: string; readonly why: string };

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

/** Works out the situation of one EIP at `world.facts.now`. */
export function situationOf(linked: Linked, world: World, policy: Situation["policy"]): Situation {
  const { now } = world.facts;
  const home = homeOf(linked, world);
  const view = home.state === "live" ? home.view : null;
  const standing = standingOf(linked, view);
  const idle = isIdle(linked.address.status)
    ? idleInterval(linked.address, linked.memory, sightingOf(linked, world.facts, policy))
    : null;
  const threshold = thresholdOf(linked, view, standing);
  const another = view === null ? null : anotherEip(linked, view, world.addressIds);
  const accountType = accountTypeOf(linked.address, world.facts.regions);
  return {
    linked,
    now,
    policy,
    idle,
    home,
    standing,
    conflict: linked.conflict ?? contested(linked, world),
    never: neverOf(linked, view, standing),
    claim: claimOf(linked, view),
    threshold,
    past: threshold.state === "set" && idle !== null ? idle.atLeast > threshold.duration : null,
    automatic: isAutomatic(linked, world),
    podHoldsAnother: another,
    unreadableAround: unreadableAround(linked.address, world),
    accountType: knownType(accountType),
  };
}

function knownType(type: ReturnType<typeof accountTypeOf>): Situation["accountType"] {
  if (!type.known) return "unread";
  return type.value === "other" ? "other" : "known";
}

/** What this reading knows that bears on the clocks. */
export function sightingOf(
  linked: Linked,
  { now, startedAt }: Pick<Facts, "now" | "startedAt">,
  policy: Pick<Policy, "maxGap">,
): Sighting {
  const births: Instant[] = linked.claims.map(({ claim }) => claim.claim.createdAt);
  if (linked.pod !== null && linked.pod.view !== null) births.push(linked.pod.view.pod.createdAt);
  return {
    now,
    begun: startedAt,
    updatedTime: linked.address.updatedTime,
    youngest: births.length === 0 ? null : births.reduce(later),
    marked: linked.memory?.marked ?? null,
    maxGap: policy.maxGap,
  };
}

/**
 * Whether this reading was complete for this EIP: its region's listing, and every cluster that could decide about it.
 * Only such a reading counts as a sighting (domain.md §4.2, §5.2).
 */
export function readCompletely(situation: Situation): boolean {
  const { linked, home, unreadableAround: around } = situation;
  if (linked.incomplete !== null || linked.tkeTags === "unread") return false;
  switch (home.state) {
    case "live":
      return (
        home.view.unread.length === 0 && home.view.claims.state !== "unread" && (linked.tkeTags === "both" || around.length === 0)
      );
    case "deleted":
      return true;
    case "none":
      return around.length === 0;
    case "unreadable":
    case "not-visible":
    case "not-running":
      return false;
  }
}

function homeOf(linked: Linked, world: World): Home {
  const id =
    linked.pod !== null && !linked.pod.fromMemory ? linked.pod.cluster : (linked.tagCluster ?? linked.pod?.cluster ?? null);
  const listOnly = linked.lists[0]?.cluster ?? null;
  const cluster = id ?? listOnly;
  return cluster === null ? NO_HOME : clusterHome(cluster, world);
}

const NO_HOME: Home = { state: "none" };

/** What is known of a cluster: read, deleted for certain, or neither. */
function clusterHome(id: string, world: World): Home {
  const known = HOMES.get(world) ?? new Map<string, Home>();
  HOMES.set(world, known);
  const present = known.get(id) ?? lookHome(id, world);
  known.set(id, present);
  return present;
}

/** The answer is the same for every EIP of a cluster. */
const HOMES = new WeakMap<World, Map<string, Home>>();

function lookHome(id: string, world: World): Home {
  const view = world.clusters.get(id);
  if (view !== undefined) {
    if (view.facts.status.state === "other") {
      return { state: "not-running", id, why: `cluster ${id} is ${view.facts.status.status}` };
    }
    if (view.unreadable !== null) return { state: "unreadable", id, why: view.unreadable };
    return { state: "live", id, view };
  }
  return deletedOrNotVisible(id, world);
}

/** Deleted is said only when every condition of domain.md §5.2, 3 holds. */
function deletedOrNotVisible(id: string, world: World): Home {
  const { facts, ledger } = world;
  const notVisible = (why: string): Home => ({ state: "not-visible", id, why });
  if (!isClusterId(id)) return notVisible(`'${id}' is no id of a cluster`);
  const unlisted = facts.clusterListings.find((listing) => !listing.ids.known);
  if (facts.clusterListings.length === 0) return notVisible("the clusters were not listed (clusters.discover is off)");
  if (unlisted !== undefined) return notVisible(`the clusters of ${describeListing(unlisted)} could not be listed`);
  const asked = facts.absentClusters.filter((cluster) => cluster.id === id);
  if (asked.length === 0) return notVisible(`cluster ${id} is in no listing, and was not asked for by id`);
  for (const { exists } of asked) {
    if (!exists.known) return notVisible(`asking for cluster ${id} failed: ${exists.why}`);
    if (exists.value === "exists") return notVisible(`cluster ${id} exists, but no listing shows it`);
    if (exists.value === "not-asked") return notVisible(`cluster ${id} is in no listing, and nobody could be asked for it`);
  }
  const weakly = asked.some(({ exists }) => exists.known && exists.value === "not-shown");
  const denied = weakly ? "not shown when asked for by its id" : "not found by its id";
  const declared = facts.declaredDeletedClusters.includes(id);
  const seen = own(ledger.clusters, id);
  const unproven = declared ? null : neverSeenAlive(id, seen, facts.principals);
  if (unproven !== null) return notVisible(unproven);
  const lives = signOfLife(id, declared ? undefined : seen, world);
  if (lives !== null) return notVisible(lives);
  if (declared)
    return { state: "deleted", id, weakly: false, why: `in no complete listing, ${denied}, and named in clusters.deleted` };
  return {
    state: "deleted",
    id,
    weakly,
    why: `in no complete listing and ${denied}, though once seen alive with the same credentials`,
  };
}

function neverSeenAlive(id: string, seen: ClusterMemory | undefined, principals: Facts["principals"]): string | null {
  if (seen === undefined) return `cluster ${id} is in no listing and was never seen alive; these credentials may not see it`;
  const principal = own(principals, seen.account);
  if (principal?.known && principal.value === seen.principal) return null;
  return `cluster ${id} was seen alive with other credentials (${seen.principal})`;
}

/**
 * What contradicts that a cluster is gone (domain.md §5.2, 3): an EIP of it that is bound, or was bound after the cluster was last listed.
 * Null where nothing does.
 *
 * @param seen what is remembered of it; undefined where a person says that it was deleted, who knows more than the past
 */
function signOfLife(id: string, seen: ClusterMemory | undefined, world: World): string | null {
  const { facts, ledger } = world;
  const unread = facts.regions.find(({ addresses }) => !addresses.known);
  if (unread !== undefined) return `the EIPs of ${placeKey(unread)} were not listed, and one of cluster ${id} may be bound`;
  const bound = boundByCluster(world).get(id);
  if (bound !== undefined) return `cluster ${id} is in no listing, but its EIP ${bound} is bound`;
  if (seen === undefined) return null;
  const listedAt = later(seen.listedAt ?? seen.seenAliveAt, seen.seenAliveAt);
  for (const [address, { boundAt, pod }] of Object.entries(ledger.addresses)) {
    if (pod?.cluster !== id || boundAt === null || boundAt <= listedAt) continue;
    return `cluster ${id} is in no listing, but its EIP ${address} was bound since; where it is gone, name it in clusters.deleted`;
  }
  return null;
}

/** The first bound EIP of each cluster, whether its tag or the memory of its Pod says so. */
function boundByCluster(world: World): ReadonlyMap<string, string> {
  const present = BOUND.get(world);
  if (present !== undefined) return present;
  const found = new Map<string, string>();
  for (const { address, tagCluster, memory } of world.linked) {
    if (address.status !== "BIND" && address.status !== "BINDING") continue;
    for (const cluster of [tagCluster, memory?.pod?.cluster ?? null])
      if (cluster !== null && !found.has(cluster)) found.set(cluster, address.id);
  }
  BOUND.set(world, found);
  return found;
}

/** Worked out once for all clusters that are gone. */
const BOUND = new WeakMap<World, ReadonlyMap<string, string>>();

function describeListing(listing: ClusterListing): string {
  return `${placeKey(listing)} (${listing.product})`;
}

/** Clusters of an account and region that could not be read, in whole or in a part that may name any EIP (domain.md §5.2, 2). */
export function unreadableAround(place: Place, world: World): Situation["unreadableAround"] {
  const known = AROUND.get(world) ?? new Map<string, Situation["unreadableAround"]>();
  AROUND.set(world, known);
  const key = placeKey(place);
  const present = known.get(key) ?? lookAround(place, world);
  known.set(key, present);
  return present;
}

/** The answer is the same for every EIP of a region. */
const AROUND = new WeakMap<World, Map<string, Situation["unreadableAround"]>>();

function lookAround(place: Place, world: World): Situation["unreadableAround"] {
  const found: { cluster: string; why: string }[] = [];
  // A cluster that nobody listed may name any EIP, as one that could not be read.
  if (world.facts.clusterListings.length === 0) {
    found.push({ cluster: "any cluster", why: "the clusters were not listed (clusters.discover is off)" });
  }
  for (const listing of world.facts.clusterListings) {
    if (samePlace(listing, place) && !listing.ids.known) {
      found.push({ cluster: `any ${listing.product} cluster`, why: listing.ids.why });
    }
  }
  // A cluster that two configured accounts list is around the EIPs of both.
  for (const { id, ...its } of world.facts.clusters) {
    const view = world.clusters.get(id);
    if (view === undefined || !samePlace(its, place)) continue;
    if (world.facts.ignoredClusters.includes(id)) continue;
    if (view.unreadable !== null) found.push({ cluster: id, why: view.unreadable });
    else if (view.unread.length > 0)
      found.push({ cluster: id, why: view.unread.map(({ kind, why }) => `${kind}: ${why}`).join("; ") });
    else if (view.claims.state === "unread") found.push({ cluster: id, why: `EIPClaim: ${view.claims.why}` });
    // Its list may name any EIP, where there are Pods that it is given to.
    else if (view.mayHaveSuperNodes && !view.eksConfig.known)
      found.push({ cluster: id, why: `eks-config: ${view.eksConfig.why}` });
  }
  return found;
}

function standingOf(linked: Linked, view: ClusterView | null): Standing {
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
function contested({ address, memory, pod }: Linked, world: World): string | null {
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
  const home = clusterHome(memory.cluster, world);
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

function sameMemory(linked: Linked, pod: LinkedPod): PodMemory | null {
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

/**
 * A template that says `Never` is a reason to keep. One that doesn't proves nothing of a Pod that was never seen: another template may
 * have stood there in its time. Nor does today's eks-config say anything of a Pod of yesterday (domain.md §2.1): what it gave a Pod is
 * remembered with it, and where that is not known, the policy is not.
 */
function neverOf(linked: Linked, view: ClusterView | null, standing: Standing): boolean | "unknown" {
  const seen = linked.pod === null ? null : sameMemory(linked, linked.pod);
  if (seen?.deletePolicy === "Never" || seen?.includedBy?.deletePolicy === "Never" || seen?.given?.deletePolicy === "Never")
    return true;
  const living = linked.pod?.view ?? null;
  if (living?.annotations.never) return true;
  const workload =
    standing.is === "included" || standing.is === "zero" || standing.is === "scaled-away" ? standing.workload : null;
  if (workload !== null && hasNever(workload.templateAnnotations)) return true;
  if (view === null) return "unknown";
  const given = living === null ? seen?.given : givenTo(living.pod, view);
  if (given === undefined || (living === null && seen?.deletePolicy === undefined)) return "unknown";
  return given.deletePolicy === "Never";
}

/** Whether a template's annotations say `Never`. */
export function hasNever(annotations: Readonly<Record<string, string>>): boolean {
  return Object.entries(annotations).some(([key, value]) => key.endsWith("/eip-claim-delete-policy") && value === "Never");
}

/** What the absence of a claim proves for one EIP: by the sort of node that its Pod stands, or stood, on. */
export function claimsFor({ pod, memory }: Pick<Linked, "pod" | "memory">, view: ClusterView): ClaimsProof {
  const { claims } = view;
  if (view.facts.product === "eks") return claims.onSuperNodes;
  if (pod === null || pod.cluster !== view.facts.id) return claims;
  const seen = memory?.pod ?? null;
  const same = seen !== null && seen.cluster === pod.cluster && seen.namespace === pod.namespace && seen.name === pod.name;
  const living = pod.view === null ? "unknown" : onSuperNode(pod.view.pod, view);
  const superNode = living === "unknown" && same ? seen.superNode : living;
  if (superNode === true) return claims.onSuperNodes;
  return superNode === false ? claims.onRegularNodes : claims;
}

function claimOf(linked: Linked, view: ClusterView | null): Situation["claim"] {
  if (linked.claims.length > 0) return "present";
  if (view === null) return "unknown";
  const { state, missing } = claimsFor(linked, view);
  if (state === "not-installed") return "absent";
  if (state !== "readable" || missing !== null) return "unknown";
  return claimInDoubt(linked, view) === null ? "absent" : "unknown";
}

/**
 * A claim that names no EIP at all and so could be about this one: its Pod's own; where no Pod is known, any whose Pod is gone. Null where
 * there is none. The claims of living Pods stand without an EIP for as long as none can be allocated, as where leaks have eaten the quota.
 */
export function claimInDoubt({ pod, claims }: Linked, view: ClusterView): string | null {
  if (claims.length > 0) return null;
  if (pod === null) return namelessClaim(view);
  const key = keyOf(pod.namespace, pod.name);
  return view.claims.byPod.get(key)?.names.length === 0 ? key : null;
}

function namelessClaim(view: ClusterView): string | null {
  const present = NAMELESS_CLAIMS.get(view);
  if (present !== undefined) return present;
  const found = [...view.claims.byPod].find(([key, { names }]) => names.length === 0 && !view.pods.has(key))?.[0] ?? null;
  NAMELESS_CLAIMS.set(view, found);
  return found;
}

/** The answer is the same for every EIP of a cluster. */
const NAMELESS_CLAIMS = new WeakMap<ClusterView, string | null>();

function thresholdOf(linked: Linked, view: ClusterView | null, standing: Standing): Threshold {
  if (view === null) return { state: "unknown", why: "its cluster could not be read" };
  const ofAll = thresholdOfAll(view);
  const own = linked.pod?.view?.annotations.claimExpired;
  if (own !== undefined) return podThreshold(ofAll, own.length > 1 ? "contradictory" : (own[0] ?? null));
  const memory = linked.pod === null ? null : sameMemory(linked, linked.pod);
  if (memory?.claimExpired !== undefined) return rememberedThreshold(view, memory.claimExpired, memory.given);
  if (standing.is === "included" || standing.is === "zero" || standing.is === "scaled-away") {
    return podThreshold(ofAll, templateOverride(standing.workload));
  }
  // The template of what included it said so; a release that rests on it needs an approval (plan.ts, needsApproval).
  if (memory?.includedBy && standing.is === "gone") return podThreshold(ofAll, memory.includedBy.claimExpired);
  // Only another Pod of its name was seen, which says who owned it, and nothing of a threshold of its own (domain.md §5.2, 5).
  if (memory?.ownerSeen && (standing.is === "gone" || standing.is === "bare")) return podThreshold(ofAll, undefined);
  // Where no Pod was seen at all, the verdict asks for a person's approval anyway.
  return ofAll;
}

/** Of a Pod that was seen: its own, else what eks-config gave it then, else its cluster's. Today's ConfigMap says nothing of it. */
function rememberedThreshold({ threshold }: ClusterView, own: string | null, given: GivenByNode | undefined): Threshold {
  if (own !== null) return podThreshold(threshold, own);
  if (given === undefined) return { state: "unknown", why: "what eks-config gave its Pod was never recorded" };
  return podThreshold(threshold, given.claimExpired);
}

/** What a Pod without a threshold of its own has: its cluster's, unless eks-config gives another to Pods on super nodes (domain.md §2.1). */
function thresholdOfAll({ threshold, mayHaveSuperNodes, eksConfig }: ClusterView): Threshold {
  if (!mayHaveSuperNodes) return threshold;
  if (!eksConfig.known)
    return { state: "unknown", why: `eks-config, which may set another, could not be read: ${eksConfig.why}` };
  const [given, ...more] = eksConfig.value?.claimExpired ?? [];
  if (given === undefined) return threshold;
  const added = podThreshold(threshold, more.length > 0 ? "contradictory" : given);
  if (sameThreshold(added, threshold)) return added;
  return { state: "unknown", why: `eks-config sets '${given}' for Pods on super nodes, its cluster another, and its Pod none` };
}

/** `claim-expired-duration` of a workload's template; null for none. */
export function templateOverride(workload: Workload): string | null {
  const overrides = Object.entries(workload.templateAnnotations).filter(([key]) => key.endsWith("/claim-expired-duration"));
  const [value = null, ...more] = new Set(overrides.map(([, given]) => given.trim()));
  return more.length > 0 ? "contradictory" : value;
}

function isAutomatic(linked: Linked, world: World): boolean {
  if (linked.lists.length > 0 || linked.memory?.everInIdList === true) return false;
  if (linked.tkeTags === "both") return true;
  return linked.claims.some(({ cluster }) => {
    const view = world.clusters.get(cluster);
    return view !== undefined && claimsFor(linked, view).state === "readable";
  });
}

/** The other EIP that this EIP's Pod has, where the Pod's annotation and its claim both name it. */
function anotherEip(linked: Linked, view: ClusterView, addressIds: ReadonlyMap<string, string>): string | null {
  const pod = linked.pod;
  if (pod === null || pod.view === null || claimsFor(linked, view).state !== "readable") return null;
  const annotated = eipsOfAnnotations(pod.view.annotations, addressIds);
  const claimed = view.claims.byPod.get(keyOf(pod.namespace, pod.name))?.names ?? null;
  if (annotated.length !== 1 || claimed === null || claimed.length !== 1) return null;
  const [other] = annotated;
  return other !== undefined && other !== linked.address.id && claimed[0] === other ? other : null;
}

/** The age of an EIP as far as it is known: since its creation, else since the guard first saw it. */
export function bornAt(linked: Linked): Instant | null {
  return linked.address.createdAt ?? linked.memory?.firstSeenAt ?? null;
}
