import type { Claim, ClusterFacts, ClusterObjects, Facts, Namespace, OwnerReference, Pod, Workload } from "../terms/facts.ts";
import { AUTOSCALER_KINDS, kindOf, ofEachKind, rowOf, type WorkloadKind } from "../terms/kinds.ts";
import type { Listing, Reading } from "../terms/known.ts";
import type { OwnersOwner } from "../terms/ledger.ts";
import { privateAddressKey } from "../terms/place.ts";
import { clusterThreshold, type Threshold } from "../terms/threshold.ts";
import { between, type Duration, type Instant, MINUTE, milliseconds } from "../terms/time.ts";
import { type EipAnnotations, readAnnotations } from "./annotations.ts";
import { addressesOf } from "./pod-addresses.ts";
import { type Scalers, scalersOf } from "./scalers.ts";

/**
 * One cluster, indexed for judging: what could be read of it, and what could not. All maps are keyed by `namespace/name`
 * (domain.md §2.4: Pod names repeat across namespaces and clusters).
 */
export interface ClusterView {
  readonly facts: ClusterFacts;
  /** Why nothing may be concluded from this cluster at all; null when its Pods could be listed. */
  readonly unreadable: string | null;
  /** Kinds that could not be listed, each with the reason; claims are told apart in `claims`. */
  readonly unread: readonly UnreadKind[];
  readonly pods: ReadonlyMap<string, PodView>;
  /** Living workloads by kind, then by `namespace/name`. */
  readonly workloads: Readonly<Record<WorkloadKind, ReadonlyMap<string, Workload>>>;
  readonly claims: ClaimsView;
  /** By name; null when namespaces could not be listed. */
  readonly namespaces: ReadonlyMap<string, Namespace> | null;
  /** Whether Pods may run on super nodes; true where that can't be excluded. */
  readonly mayHaveSuperNodes: boolean;
  /** Whether each listed node is a super node, by its name; empty where the nodes could not be listed. */
  readonly superNodes: ReadonlyMap<string, boolean>;
  readonly scalers: Scalers;
  readonly eksConfig: Reading<EipAnnotations | null>;
  readonly threshold: Threshold;
}

export interface UnreadKind {
  readonly kind: string;
  readonly why: string;
}

export interface PodView {
  readonly pod: Pod;
  readonly annotations: EipAnnotations;
}

/** What the claims of a cluster prove. */
export interface ClaimsProof {
  readonly state: "readable" | "unproven" | "contradicted" | "not-installed" | "unread";
  readonly why: string;
  /**
   * Why a claim that is missing proves nothing although those that are there are believed; null where it does. ipamd may make none for Pods on
   * super nodes: one that was seen there, such as of a Pod that moved, says nothing of the others (domain.md §5.2, 4).
   */
  readonly missing: string | null;
}

/**
 * The claims of a cluster. `readable` is earned (domain.md §5.2, 4), by each sort of node for itself: a Pod whose EIP is known otherwise
 * has a claim that names it, no such claim names anything else, and no such Pod lacks one. `unproven` claims are evidence for an EIP,
 * their absence is none. `state` is of an EIP whose Pod's node nobody knows: readable only if every sort that has Pods is.
 */
export interface ClaimsView extends ClaimsProof {
  readonly onSuperNodes: ClaimsProof;
  readonly onRegularNodes: ClaimsProof;
  readonly byPod: ReadonlyMap<string, ClaimView>;
  /** A claim that names no EIP and whose Pod is gone, so that it may be about any: `namespace/name`. Null where there is none. */
  readonly unnamed: string | null;
}

export interface ClaimView {
  readonly claim: Claim;
  /** Ids of the EIPs that the claim names by id or by a known address. A claim that names two names none. */
  readonly names: readonly string[];
  /** More claims of the same Pod, in other API groups: which of them holds the EIP is not known. */
  readonly others: readonly Claim[];
}

/** `namespace/name`. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

export interface TopOwner {
  /** The topmost owner of a known kind (the Deployment above a ReplicaSet), or the direct owner of an unknown kind. */
  readonly owner: OwnerReference | null;
  readonly above: OwnersOwner;
}

/** How high owners are climbed: more than any known kinds stand above each other, and an end to circles. */
const HIGHEST = 8;

/**
 * Climbs from a Pod's controller to the workload that a person made: ReplicaSet → Deployment, Job → CronJob, Advanced
 * StatefulSet → GameServerSet. Stops where an owner is not listed: what stands above that one is then not known.
 */
export function topOwner(view: ClusterView, namespace: string, direct: OwnerReference | null): TopOwner {
  let owner = direct;
  for (let steps = 0; owner !== null && steps < HIGHEST; steps += 1) {
    const kind = kindOf(owner);
    if (kind === null) return { owner, above: null };
    const workload = view.workloads[kind].get(keyOf(namespace, owner.name));
    if (workload === undefined || workload.uid !== owner.uid) {
      return { owner, above: rowOf(kind).names === "never" ? null : "not-listed" };
    }
    if (workload.owner === null) return { owner, above: null };
    const above = kindOf(workload.owner);
    // Names that are given at random are so whatever stands above.
    if (above === null || (rowOf(kind).names === "never" && rowOf(above).names !== "never"))
      return { owner, above: workload.owner };
    owner = workload.owner;
  }
  return { owner, above: null };
}

/**
 * Indexes every cluster of the facts.
 *
 * @param addressIds the id of each known EIP by its address: claims may name an EIP by either
 * @param automatic ids of the EIPs that carry both tags of ipamd
 */
export function viewClusters(
  facts: Facts,
  addressIds: ReadonlyMap<string, string>,
  boundPrivateIps: ReadonlyMap<string, string>,
  automatic: ReadonlySet<string>,
): ReadonlyMap<string, ClusterView> {
  const views = new Map<string, ClusterView>();
  for (const cluster of facts.clusters) views.set(cluster.id, viewCluster(cluster, addressIds, boundPrivateIps, automatic));
  return views;
}

function viewCluster(
  cluster: ClusterFacts,
  addressIds: ReadonlyMap<string, string>,
  boundPrivateIps: ReadonlyMap<string, string>,
  automatic: ReadonlySet<string>,
): ClusterView {
  const threshold = clusterThreshold(cluster.ipamd);
  if (!cluster.objects.known) return unreadableView(cluster, cluster.objects.why, threshold);
  const objects = cluster.objects.value;
  if (objects.pods.state !== "complete") {
    return unreadableView(
      cluster,
      objects.pods.state === "not-installed" ? "pods: not served" : `pods: ${objects.pods.why}`,
      threshold,
    );
  }
  const pods = new Map<string, PodView>();
  for (const pod of objects.pods.items) {
    pods.set(keyOf(pod.namespace, pod.name), new LazyPodView(pod));
  }
  const unread: UnreadKind[] = [];
  const workloads = ofEachKind((kind) => index(kind, objects.workloads[kind], unread));
  noteUnread("Namespace", objects.namespaces, unread);
  for (const kind of AUTOSCALER_KINDS) noteUnread(kind, objects.autoscalers[kind], unread);
  return {
    facts: cluster,
    unreadable: null,
    unread,
    pods,
    workloads,
    claims: viewClaims(cluster, objects, pods, addressIds, boundPrivateIps, automatic),
    namespaces:
      objects.namespaces.state === "complete"
        ? new Map(objects.namespaces.items.map((namespace) => [namespace.name, namespace]))
        : null,
    mayHaveSuperNodes:
      cluster.product === "eks" || objects.nodes.state !== "complete" || objects.nodes.items.some((node) => node.superNode),
    superNodes: superNodesOf(objects),
    scalers: scalersOf(objects),
    eksConfig: objects.eksConfigAnnotations.known
      ? {
          known: true,
          value: objects.eksConfigAnnotations.value === null ? null : readAnnotations(objects.eksConfigAnnotations.value),
        }
      : objects.eksConfigAnnotations,
    threshold,
  };
}

function superNodesOf({ nodes }: ClusterObjects): ReadonlyMap<string, boolean> {
  return new Map(nodes.state === "complete" ? nodes.items.map(({ name, superNode }) => [name, superNode]) : []);
}

/**
 * Annotations are read when somebody asks: kept for each of a hundred thousand Pods they would weigh more than the Pods. A class,
 * since a getter of an object literal weighs as much again for each object.
 */
class LazyPodView implements PodView {
  readonly pod: Pod;
  constructor(pod: Pod) {
    this.pod = pod;
  }
  get annotations(): EipAnnotations {
    return readAnnotations(this.pod.annotations);
  }
}

function unreadableView(cluster: ClusterFacts, why: string, threshold: Threshold): ClusterView {
  return {
    facts: cluster,
    unreadable: why,
    unread: [],
    pods: new Map(),
    workloads: ofEachKind(() => new Map()),
    claims: { ...claimsAre({ state: "unread", why }), unnamed: null },
    namespaces: null,
    mayHaveSuperNodes: true,
    superNodes: new Map(),
    scalers: { scalers: [], unread: why },
    eksConfig: { known: false, why },
    threshold,
  };
}

function noteUnread(kind: string, listing: Listing<unknown>, unread: UnreadKind[]): void {
  if (listing.state === "forbidden" || listing.state === "failed") unread.push({ kind, why: listing.why });
}

function index(kind: WorkloadKind, listing: Listing<Workload>, unread: UnreadKind[]): ReadonlyMap<string, Workload> {
  noteUnread(kind, listing, unread);
  const byName = new Map<string, Workload>();
  if (listing.state !== "complete") return byName;
  for (const workload of listing.items) byName.set(keyOf(workload.namespace, workload.name), workload);
  return byName;
}

function viewClaims(...[cluster, objects, pods, ...known]: Parameters<typeof proveClaims>): ClaimsView {
  const proved = proveClaims(cluster, objects, pods, ...known);
  const unnamed = [...proved.byPod].find(([key, { names }]) => names.length === 0 && !pods.has(key));
  return { ...proved, unnamed: unnamed?.[0] ?? null };
}

function proveClaims(
  cluster: ClusterFacts,
  objects: ClusterObjects,
  pods: ReadonlyMap<string, PodView>,
  addressIds: ReadonlyMap<string, string>,
  boundPrivateIps: ReadonlyMap<string, string>,
  automatic: ReadonlySet<string>,
): ProvedClaims {
  const listing = objects.claims;
  if (listing.state === "not-installed") return claimsAre({ state: "not-installed", why: "the cluster serves no EIPClaim" });
  if (listing.state !== "complete") return claimsAre({ state: "unread", why: listing.why });
  const byPod = new Map<string, ClaimView>();
  for (const claim of listing.items) {
    const key = keyOf(claim.namespace, claim.name);
    const names = namedBy(claim, addressIds);
    const first = byPod.get(key);
    if (first === undefined) byPod.set(key, { claim, names, others: [] });
    // One object may be served by two groups; it is one claim then.
    else if (first.claim.uid !== claim.uid)
      byPod.set(key, {
        claim: first.claim,
        names: [...new Set([...first.names, ...names])],
        others: [...first.others, claim],
      });
  }
  for (const [key, claim] of byPod) {
    const pod = pods.get(key);
    if (pod === undefined) continue;
    const own = eipOfPod(cluster, pod, addressIds, boundPrivateIps);
    if (own === null || (claim.names.length === 1 && claim.names[0] === own)) continue;
    const named = claim.names.length === 0 ? "no EIP" : claim.names.join(" and ");
    return claimsAre({ state: "contradicted", why: `claim ${key} names ${named}, its Pod has ${own}` }, byPod);
  }
  // Which Pods stand on super nodes is not known then, and so not whether those have claims.
  if (cluster.product === "tke" && objects.nodes.state !== "complete")
    return claimsAre(
      { state: "unproven", why: "the nodes could not be listed, so that nobody knows which Pods are on super nodes" },
      byPod,
    );
  const ownEip = (pod: PodView) => eipOfPod(cluster, pod, addressIds, boundPrivateIps);
  return proofOfClaims(count(cluster.product, objects, pods, byPod, ownEip, automatic), byPod);
}

type ProvedClaims = Omit<ClaimsView, "unnamed">;

/** All claims of a cluster are of one state, whatever the sort of node. */
function claimsAre(said: Omit<ClaimsProof, "missing">, byPod: ClaimsView["byPod"] = new Map()): ProvedClaims {
  const proof = { ...said, missing: null };
  return { ...proof, onSuperNodes: proof, onRegularNodes: proof, byPod };
}

/** How many Pods of one sort of node there are, how many claims name exactly their Pod's EIP, and a Pod that lacks its claim. */
interface Tally {
  pods: number;
  confirmed: number;
  lacking: string | null;
}

type Tallies = Readonly<Record<"super" | "regular" | "unknown", Tally>>;

/** A claim and its Pod are read one after the other: a Pod this young may have got its claim between the two. */
const YOUNG: Duration = milliseconds(2 * MINUTE);

function count(
  product: ClusterFacts["product"],
  objects: ClusterObjects,
  pods: ReadonlyMap<string, PodView>,
  byPod: ClaimsView["byPod"],
  ownEip: (pod: PodView) => string | null,
  automatic: ReadonlySet<string>,
): Tallies {
  const nodes = superNodesOf(objects);
  const sortOf = (node: string | null): keyof Tallies => {
    if (product === "eks") return "super";
    const superNode = node === null ? undefined : nodes.get(node);
    if (superNode === undefined) return "unknown";
    return superNode ? "super" : "regular";
  };
  const held = new Set([...byPod.values()].flatMap(({ names }) => names));
  const tally = (): Tally => ({ pods: 0, confirmed: 0, lacking: null });
  const tallies: Tallies = { super: tally(), regular: tally(), unknown: tally() };
  for (const [key, view] of pods) {
    const own = ownEip(view);
    const { pod } = view;
    const found = tallies[sortOf(pod.nodeName)];
    found.pods += 1;
    if (own === null) continue;
    if (byPod.has(key)) found.confirmed += 1;
    else if (!held.has(own) && isLiving(pod, objects.readAt) && isAutomaticOf(view, own, automatic)) found.lacking ??= key;
  }
  return tallies;
}

function isLiving({ phase, deletionAt, createdAt }: Pod, readAt: Instant): boolean {
  return deletionAt === null && phase !== "Succeeded" && phase !== "Failed" && between(createdAt, readAt) >= YOUNG;
}

/** Whether ipamd made the EIP that a Pod has: its tags say so, or the Pod asked for one, or ipamd wrote it down on the Pod. */
function isAutomaticOf({ annotations }: PodView, own: string, automatic: ReadonlySet<string>): boolean {
  if (annotations.idList !== null) return false;
  return automatic.has(own) || annotations.wantsEip || annotations.eipId.length > 0 || annotations.publicIp.length > 0;
}

function proofOfClaims(tallies: Tallies, byPod: ClaimsView["byPod"]): ProvedClaims {
  const proof = ({ confirmed, lacking }: Tally, on: string, missing: string | null): ClaimsProof => {
    const without = lacking ?? tallies.unknown.lacking;
    if (without !== null) return { state: "unproven", why: `Pod ${without}${on} has an EIP and no claim`, missing };
    if (confirmed > 0) return { state: "readable", why: `${confirmed} claims name exactly the EIP that their Pod has`, missing };
    return { state: "unproven", why: `no Pod${on} whose EIP is known otherwise has a claim that names it`, missing };
  };
  const onSuperNodes = proof(tallies.super, " on a super node", MISSING_ON_SUPER_NODES);
  const onRegularNodes = proof(tallies.regular, " on a regular node", null);
  const sorts: readonly (readonly [Tally, ClaimsProof])[] = [
    [tallies.super, onSuperNodes],
    [tallies.regular, onRegularNodes],
  ];
  const unproven = sorts.find(([{ pods }, { state }]) => pods > 0 && state !== "readable");
  const all: Tally = {
    pods: 0,
    confirmed: tallies.super.confirmed + tallies.regular.confirmed + tallies.unknown.confirmed,
    lacking: null,
  };
  const missing = tallies.super.pods > 0 ? MISSING_ON_SUPER_NODES : null;
  return { ...(unproven?.[1] ?? proof(all, "", missing)), onSuperNodes, onRegularNodes, byPod };
}

const MISSING_ON_SUPER_NODES = "a Pod on a super node may have an EIP without a claim";

function namedBy(claim: Claim, addressIds: ReadonlyMap<string, string>): readonly string[] {
  const names = new Set(claim.ids);
  for (const ip of claim.ips) {
    const id = addressIds.get(ip);
    if (id !== undefined) names.add(id);
  }
  return [...names];
}

/** The EIP that a Pod has, known without its claim: by annotation, or by the private address of a bound EIP. */
function eipOfPod(
  cluster: ClusterFacts,
  view: PodView,
  addressIds: ReadonlyMap<string, string>,
  boundPrivateIps: ReadonlyMap<string, string>,
): string | null {
  const [annotated, ...more] = eipsOfAnnotations(view.annotations, addressIds);
  if (more.length > 0) return null;
  if (annotated !== undefined) return annotated;
  const bound = addressesOf(view.pod).flatMap((ip) => boundPrivateIps.get(privateAddressKey(cluster, ip)) ?? []);
  // A Pod to whose interfaces several EIPs are bound has no one EIP that its claim could be compared with.
  const [own, ...others] = new Set(bound);
  return own === undefined || others.length > 0 ? null : own;
}

/** Ids of the EIPs that a Pod's `eip-id` and `eip-public-ip` name; an address of no known EIP names none. */
export function eipsOfAnnotations(annotations: EipAnnotations, addressIds: ReadonlyMap<string, string>): readonly string[] {
  const ids = new Set(annotations.eipId);
  for (const ip of annotations.publicIp) {
    const id = addressIds.get(ip);
    if (id !== undefined) ids.add(id);
  }
  return [...ids];
}
