import type { Address, ClusterFacts, Facts, RegionFacts, Workload } from "../terms/facts.ts";
import { kindOf, rowOf, WORKLOAD_KINDS } from "../terms/kinds.ts";
import type { Ledger, SeenMemory } from "../terms/ledger.ts";
import { byText } from "../terms/order.ts";
import { own } from "../terms/own.ts";
import { privateAddressKey } from "../terms/place.ts";
import type { EvidenceResult } from "../terms/result.ts";
import { readAnnotations, templatesOf } from "./annotations.ts";
import { type ClaimView, type ClusterView, eipsOfAnnotations, keyOf, type PodView, topOwner, viewClusters } from "./clusters.ts";
import { type Homes, homesIn } from "./homes.ts";
import { parsePodName } from "./ordinals.ts";
import { addressesOf, oneForm } from "./pod-addresses.ts";

/** Joins EIPs to Pods (domain.md §2.4): every piece of evidence is kept, the strongest names the Pod, a contradiction is a conflict. */

export interface Evidence extends EvidenceResult {
  /** What `detail` needs besides: an address, a list's owner and position, which tags; null where the kind says it all. */
  readonly about: string | null;
  readonly cluster: string;
  /** The Pod that this piece names; null where it names only a cluster or a workload without stable names. */
  readonly pod: { readonly namespace: string; readonly name: string } | null;
}

/**
 * One piece of evidence, put into words when somebody reads it: a large account has a hundred thousand pieces. A class, so that the words
 * cost nothing where nobody asks for them.
 */
class Piece implements Evidence {
  readonly kind: Evidence["kind"];
  readonly about: string | null;
  readonly cluster: string;
  readonly pod: Evidence["pod"];

  constructor(kind: Evidence["kind"], about: string | null, cluster: string, pod: Evidence["pod"]) {
    this.kind = kind;
    this.about = about;
    this.cluster = cluster;
    this.pod = pod;
  }

  get detail(): string {
    return describeEvidence(this);
  }

  toJSON(): EvidenceResult {
    return { kind: this.kind, detail: this.detail };
  }
}

function describeEvidence({ kind, about, cluster, pod }: Omit<Evidence, "detail">): string {
  const where = pod === null ? cluster : describePod(pod, cluster);
  switch (kind) {
    case "pod-annotation":
      return `annotation eip-id of ${where}`;
    case "claim":
      return `the EIPClaim of ${where} names it`;
    case "id-list":
      return `eip-id-list of ${about}, in ${cluster}`;
    case "address":
      return `annotation eip-public-ip ${about} of ${where}`;
    case "private-ip":
      return `bound to ${about}, the address of ${where}`;
    case "history":
      return `last seen with ${where}`;
    case "cluster-tag":
      return `${about} name${about === "tags" ? "" : "s"} ${cluster}`;
  }
}

function describePod({ namespace, name }: { readonly namespace: string; readonly name: string }, cluster: string): string {
  return `Pod ${namespace}/${name} in ${cluster}`;
}

export interface LinkedPod {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly ordinal: number | null;
  /** The Pod object, where it exists now. */
  readonly view: PodView | null;
  /** True where nothing but the guard's memory names it. */
  readonly fromMemory: boolean;
}

export interface ClaimReference {
  readonly cluster: string;
  readonly claim: ClaimView;
}

export interface ListReference {
  readonly cluster: string;
  /** `StatefulSet games/web`: whose `eip-id-list` names the EIP. */
  readonly owner: string;
  readonly position: number;
}

export type TkeTags = "both" | "one" | "none" | "unread";

export interface Linked {
  readonly address: Address;
  /** Why the listing that this EIP comes from is not complete; null when it is. */
  readonly incomplete: string | null;
  readonly memory: SeenMemory | null;
  readonly evidence: readonly Evidence[];
  readonly pod: LinkedPod | null;
  /** Two pieces of evidence that contradict each other, in words; null when none do. */
  readonly conflict: string | null;
  /** Claims that name this EIP and no other. */
  readonly claims: readonly ClaimReference[];
  /** Claims that name this EIP among others: they name none. */
  readonly ambiguousClaims: readonly ClaimReference[];
  readonly lists: readonly ListReference[];
  readonly tkeTags: TkeTags;
  /** The cluster that the tag names. */
  readonly tagCluster: string | null;
}

/** A reading and the ledger: all that is around the EIPs. */
export interface World {
  readonly facts: Facts;
  readonly ledger: Ledger;
  readonly clusters: ReadonlyMap<string, ClusterView>;
  /** Every EIP, linked. Not all of them need be there at a time. */
  readonly linked: Iterable<Linked>;
  /** AddressId of each known EIP by its address. */
  readonly addressIds: ReadonlyMap<string, string>;
  /** How many Pods have a private address, by `account/region/ip`. */
  readonly podIps: ReadonlyMap<string, number>;
  /** What is known of clusters as a whole. */
  readonly homes: Homes;
}

/** A world whose links are all kept. */
export interface LinkedWorld extends World {
  readonly linked: readonly Linked[];
}

/** Tag keys that ipamd sets since 3.4.4; both must be there before an EIP counts as made by it (domain.md §2.3). */
export const CLUSTER_TAG = "tke-clusterId";
export const CREATED_TAG = "tke-created-eip";

/**
 * Links every EIP of the facts; complete and partial rows alike.
 *
 * @param before the same facts with another ledger: what that says of an EIP as this one does is linked already
 */
export function link(facts: Facts, ledger: Ledger, before: LinkedWorld | null = null): LinkedWorld {
  const { rows, clusters, addressIds, podIps, pieces } = surroundings(facts);
  const known = before?.facts === facts ? before.linked : NONE;
  const linked = rows.map(({ address, incomplete }, index) => {
    const memory = own(ledger.addresses, address.id) ?? null;
    const same = known[index];
    if (same !== undefined && sameSeen(same.memory, memory)) return same;
    return linkOne(address, incomplete, memory, pieces, clusters);
  });
  return around({ facts, ledger, clusters, linked, addressIds, podIps });
}

function around<Of extends Omit<World, "homes">>(world: Of): Of & Pick<World, "homes"> {
  return { ...world, homes: homesIn(world) };
}

/** The same, link by link: each is made when its turn comes, and made again by whoever goes through them again. */
export function linkInTurn(facts: Facts, ledger: Ledger): World {
  const { rows, clusters, addressIds, podIps, pieces } = surroundings(facts);
  const linked: Iterable<Linked> = {
    *[Symbol.iterator]() {
      for (const { address, incomplete } of rows)
        yield linkOne(address, incomplete, own(ledger.addresses, address.id) ?? null, pieces, clusters);
    },
  };
  return around({ facts, ledger, clusters, linked, addressIds, podIps });
}

/** Every field of {@link SeenMemory}, by its type. */
const SEEN: Readonly<Record<keyof SeenMemory, true>> = {
  account: true,
  region: true,
  ip: true,
  firstSeenAt: true,
  lastSeenAt: true,
  boundAt: true,
  idleSince: true,
  acting: true,
  status: true,
  pod: true,
  otherPods: true,
  everInIdList: true,
  keep: true,
  protections: true,
  evidence: true,
  marked: true,
};
const SEEN_FIELDS = Object.keys(SEEN).filter((field): field is keyof SeenMemory => Object.hasOwn(SEEN, field));

/** Whether two memories of an EIP are the same in all that links and verdicts rest on. */
function sameSeen(one: SeenMemory | null, other: SeenMemory | null): boolean {
  if (one === other) return true;
  return one !== null && other !== null && SEEN_FIELDS.every((field) => one[field] === other[field]);
}

type Surroundings = Pick<World, "clusters" | "addressIds" | "podIps"> & {
  readonly rows: ReturnType<typeof rowsOf>;
  readonly pieces: Pieces;
};

/** A run links one reading to its ledger as it grows; what the reading itself says is worked out once. It goes when the reading goes. */
const WORKED_OUT = new WeakMap<Facts, Surroundings>();

function surroundings(facts: Facts): Surroundings {
  const found = WORKED_OUT.get(facts) ?? workOut(facts);
  WORKED_OUT.set(facts, found);
  return found;
}

function workOut(facts: Facts): Surroundings {
  const rows = facts.regions.flatMap(rowsOf);
  const addressIds = new Map<string, string>();
  for (const { address } of rows) addressIds.set(address.ip, address.id);
  const podIps = countPodIps(facts.clusters);
  const privateIps = boundPrivateIps(
    rows.map((row) => row.address),
    podIps,
  );
  const automatic = new Set(
    rows.filter(({ address }) => readTkeTags(address).tkeTags === "both").map(({ address }) => address.id),
  );
  const clusters = viewClusters(facts, addressIds, privateIps, automatic);
  return { rows, clusters, addressIds, podIps, pieces: gather(clusters, addressIds, privateIps) };
}

function rowsOf(region: RegionFacts): readonly { readonly address: Address; readonly incomplete: string | null }[] {
  if (region.addresses.known) return region.addresses.value.map((address) => ({ address, incomplete: null }));
  const why = region.addresses.why;
  return region.partial.map((address) => ({ address, incomplete: why }));
}

/**
 * Bound EIPs by `account/region/privateIp`. An address that stands twice (two VPCs), or that several Pods have, tells nothing of any of them
 * and is no key.
 */
function boundPrivateIps(addresses: readonly Address[], podIps: ReadonlyMap<string, number>): ReadonlyMap<string, string> {
  const byIp = new Map<string, string>();
  const twice = new Set<string>();
  for (const address of addresses) {
    if (address.privateIp === null || (address.status !== "BIND" && address.status !== "BIND_ENI")) continue;
    const key = privateAddressKey(address, oneForm(address.privateIp));
    if (byIp.has(key) || (podIps.get(key) ?? 0) > 1) twice.add(key);
    byIp.set(key, address.id);
  }
  for (const key of twice) byIp.delete(key);
  return byIp;
}

/** What all clusters say, by AddressId. */
interface Pieces {
  readonly evidence: Map<string, Evidence[]>;
  readonly claims: Map<string, ClaimReference[]>;
  readonly ambiguous: Map<string, ClaimReference[]>;
  readonly lists: Map<string, ListReference[]>;
  readonly conflicts: Map<string, string>;
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const items = map.get(key);
  if (items === undefined) map.set(key, [item]);
  // An array that grows reserves room for seventeen: most of a hundred thousand hold three.
  else if (items.length < FEW) map.set(key, items.concat([item]));
  else items.push(item);
}

const FEW = 8;

function gather(
  clusters: ReadonlyMap<string, ClusterView>,
  addressIds: ReadonlyMap<string, string>,
  privateIps: ReadonlyMap<string, string>,
): Pieces {
  const pieces: Pieces = { evidence: new Map(), claims: new Map(), ambiguous: new Map(), lists: new Map(), conflicts: new Map() };
  for (const view of clusters.values()) {
    gatherPods(view, addressIds, privateIps, pieces);
    gatherClaims(view, addressIds, pieces);
    gatherLists(view, pieces);
  }
  return pieces;
}

/** How many Pods have each private address, by `account/region/address`. */
function countPodIps(clusters: readonly ClusterFacts[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { objects, ...place } of clusters) {
    const pods = objects.known ? objects.value.pods : null;
    if (pods?.state !== "complete") continue;
    for (const ip of pods.items.flatMap(addressesOf)) {
      const key = privateAddressKey(place, ip);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

function gatherPods(
  view: ClusterView,
  addressIds: ReadonlyMap<string, string>,
  privateIps: ReadonlyMap<string, string>,
  pieces: Pieces,
): void {
  const cluster = view.facts.id;
  for (const { pod, annotations } of view.pods.values()) {
    for (const id of annotations.eipId) {
      push(pieces.evidence, id, new Piece("pod-annotation", null, cluster, pod));
    }
    for (const ip of annotations.publicIp) {
      const id = addressIds.get(ip);
      if (id === undefined) continue;
      push(pieces.evidence, id, new Piece("address", ip, cluster, pod));
    }
    const own = eipsOfAnnotations(annotations, addressIds);
    if (own.length > 1) {
      for (const id of own)
        pieces.conflicts.set(id, `${describePod(pod, cluster)} names several EIPs in its annotations: ${own.join(", ")}`);
    }
    for (const ip of addressesOf(pod)) {
      const id = privateIps.get(privateAddressKey(view.facts, ip));
      if (id === undefined) continue;
      push(pieces.evidence, id, new Piece("private-ip", ip, cluster, pod));
    }
  }
}

function gatherClaims(view: ClusterView, addressIds: ReadonlyMap<string, string>, pieces: Pieces): void {
  const cluster = view.facts.id;
  for (const [key, claim] of view.claims.byPod) {
    const reference = { cluster, claim };
    if (claim.names.length > 1 || claim.others.length > 0) {
      for (const id of claim.names) push(pieces.ambiguous, id, reference);
      continue;
    }
    const [named] = claim.names;
    if (named === undefined) continue;
    push(pieces.claims, named, reference);
    push(pieces.evidence, named, new Piece("claim", null, cluster, claim.claim));
    const pod = view.pods.get(key);
    if (pod === undefined) continue;
    const annotated = eipsOfAnnotations(pod.annotations, addressIds);
    if (annotated.every((id) => id === named)) continue;
    for (const id of [named, ...annotated]) {
      pieces.conflicts.set(id, `Pod ${key} in ${cluster} names ${annotated.join(" and ")}, its claim names ${named}`);
    }
  }
}

/** Every `eip-id-list`, of templates and of Pods; the copies that a workload's own Pods carry are its own list. */
function gatherLists(view: ClusterView, pieces: Pieces): void {
  const cluster = view.facts.id;
  const seen = new Set<string>();
  const note = (owner: string, list: readonly string[], podNameAt: (position: number) => string | null, namespace: string) => {
    for (const [position, id] of list.entries()) {
      const mark = `${owner} ${id} ${position}`;
      if (seen.has(mark)) continue;
      seen.add(mark);
      push(pieces.lists, id, { cluster, owner, position });
      const name = podNameAt(position);
      const pod = name === null ? null : { namespace, name };
      push(pieces.evidence, id, new Piece("id-list", `${owner}, position ${position}`, cluster, pod));
    }
  };
  for (const kind of WORKLOAD_KINDS) {
    const ordinals = rowOf(kind).names === "ordinals";
    for (const workload of view.workloads[kind].values()) {
      const owner = `${kind} ${workload.namespace}/${workload.name}`;
      const podNameAt = (position: number) => (ordinals ? `${workload.name}-${position}` : null);
      for (const list of ownLists(view, workload)) note(owner, list, podNameAt, workload.namespace);
    }
  }
  for (const { pod, annotations } of view.pods.values()) {
    if (annotations.idList === null) continue;
    const { owner } = topOwner(view, pod.namespace, pod.owner);
    const kind = owner === null ? null : kindOf(owner);
    const name = owner === null ? `Pod ${pod.namespace}/${pod.name}` : `${kind ?? owner.kind} ${pod.namespace}/${owner.name}`;
    const ordinal = parsePodName(pod.name)?.ordinal ?? null;
    note(name, annotations.idList, (position) => (position === ordinal ? pod.name : null), pod.namespace);
  }
  // It gives its annotations to all Pods on super nodes, whether one stands there now or not (domain.md §2.1); they carry the same list.
  // One that could not be read withholds releases around it (homes.ts, unreadableAround).
  const ofAll = view.eksConfig.known ? (view.eksConfig.value?.idList ?? []) : [];
  const nobodys = ofAll.filter((id) => !pieces.lists.has(id));
  note("ConfigMap kube-system/eks-config", nobodys, () => null, "kube-system");
}

/** The lists of a workload's templates, but for what a listed workload above it says too: a Deployment's ReplicaSet repeats it. */
function ownLists(view: ClusterView, workload: Workload): readonly (readonly string[])[] {
  const lists = listsOf(workload);
  if (lists.length === 0 || workload.owner === null) return lists;
  const kind = kindOf(workload.owner);
  const owner = kind === null ? undefined : view.workloads[kind].get(keyOf(workload.namespace, workload.owner.name));
  if (owner === undefined || owner.uid !== workload.owner.uid) return lists;
  const said = new Set(listsOf(owner).flat());
  return lists.filter((list) => !list.every((id) => said.has(id)));
}

function listsOf(workload: Workload): readonly (readonly string[])[] {
  return templatesOf(workload).flatMap((template) => {
    const { idList } = readAnnotations(template);
    return idList === null ? [] : [idList];
  });
}

/** Strongest first (domain.md §2.4). */
const STRENGTH: readonly EvidenceResult["kind"][] = [
  "pod-annotation",
  "claim",
  "id-list",
  "address",
  "private-ip",
  "history",
  "cluster-tag",
];

/** One empty list for all. */
const NONE: never[] = [];

function linkOne(
  address: Address,
  incomplete: string | null,
  memory: SeenMemory | null,
  pieces: Pieces,
  clusters: ReadonlyMap<string, ClusterView>,
): Linked {
  const told = pieces.evidence.get(address.id) ?? NONE;
  const fresh = told.filter(namesPod);
  const { tkeTags, tagCluster } = readTkeTags(address);
  const more: Evidence[] = [];
  if (memory?.pod) {
    more.push(new Piece("history", null, memory.pod.cluster, memory.pod));
  }
  if (tagCluster !== null) {
    more.push(new Piece("cluster-tag", tkeTags === "both" ? "tags" : `only the tag ${CLUSTER_TAG}`, tagCluster, null));
  }
  // Joined at once: an array that grows reserves several times what it holds, for each EIP.
  const evidence = told
    .concat(more)
    .sort((one, other) => STRENGTH.indexOf(one.kind) - STRENGTH.indexOf(other.kind) || byPlace(one, other));
  const claims = pieces.claims.get(address.id) ?? NONE;
  const lists = pieces.lists.get(address.id) ?? NONE;
  return {
    address,
    incomplete,
    memory,
    evidence,
    pod: podOf(evidence, fresh, clusters),
    conflict: pieces.conflicts.get(address.id) ?? conflictOf(fresh, lists, memory, tagCluster),
    claims,
    ambiguousClaims: pieces.ambiguous.get(address.id) ?? NONE,
    lists,
    tkeTags,
    tagCluster,
  };
}

/** Among pieces of one kind the order in which the API listed them decides nothing. */
function byPlace(one: Evidence, other: Evidence): number {
  return byText(placeOf(one), placeOf(other));
}

function placeOf({ cluster, pod }: Evidence): string {
  return pod === null ? cluster : `${pod.namespace}/${pod.name}@${cluster}`;
}

/** Evidence that names a Pod. */
type Naming = Evidence & { readonly pod: NonNullable<Evidence["pod"]> };

function namesPod(piece: Evidence): piece is Naming {
  return piece.pod !== null;
}

function podOf(
  evidence: readonly Evidence[],
  fresh: readonly Evidence[],
  clusters: ReadonlyMap<string, ClusterView>,
): LinkedPod | null {
  const strongest = evidence.find(namesPod);
  if (strongest === undefined) return null;
  const { namespace, name } = strongest.pod;
  return {
    cluster: strongest.cluster,
    namespace,
    name,
    ordinal: parsePodName(name)?.ordinal ?? null,
    view: clusters.get(strongest.cluster)?.pods.get(keyOf(namespace, name)) ?? null,
    fromMemory: fresh.length === 0,
  };
}

/** Which of ipamd's two tags an EIP carries, and the cluster that they name (domain.md §2.3). */
export function readTkeTags(address: Address): { readonly tkeTags: TkeTags; readonly tagCluster: string | null } {
  if (!address.tags.known) return { tkeTags: "unread", tagCluster: null };
  const tags = address.tags.value;
  const cluster = own(tags, CLUSTER_TAG) ?? null;
  const created = Object.hasOwn(tags, CREATED_TAG);
  const named = cluster === "" ? null : cluster;
  if (named !== null && created) return { tkeTags: "both", tagCluster: named };
  return { tkeTags: named !== null || created ? "one" : "none", tagCluster: named };
}

function conflictOf(
  fresh: readonly Naming[],
  lists: readonly ListReference[],
  memory: SeenMemory | null,
  tagCluster: string | null,
): string | null {
  const pods = new Map(fresh.map((piece) => [placeOf(piece), piece]));
  if (pods.size > 1) return `it is claimed by several Pods: ${[...pods.values()].map(({ detail }) => detail).join("; ")}`;
  const owners = new Set(lists.map((list) => `${list.owner} in ${list.cluster}`));
  if (owners.size > 1) return `it stands in several lists: ${[...owners].join(", ")}`;
  if (tagCluster === null) return null;
  const elsewhere = fresh.find((piece) => piece.kind !== "id-list" && piece.cluster !== tagCluster);
  if (elsewhere !== undefined) return `its tags name ${tagCluster}, but ${elsewhere.detail}`;
  if (fresh.length === 0 && memory?.pod && memory.pod.cluster !== tagCluster) {
    return `its tags name ${tagCluster}, but it was last seen with a Pod of ${memory.pod.cluster}`;
  }
  return null;
}
