import type { Address, Facts, RegionFacts } from "../terms/facts.ts";
import type { Ledger, SeenMemory } from "../terms/ledger.ts";
import { own } from "../terms/own.ts";
import { type ClusterView, keyOf, type PodView, viewClusters } from "./clusters.ts";
import { byStrength, type Evidence, type Naming, namesPod, Piece, placeOf } from "./evidence.ts";
import { type ClaimReference, gather, type ListReference, type Pieces } from "./gather.ts";
import { type Homes, homesIn } from "./homes.ts";
import { parsePodName } from "./ordinals.ts";
import { boundPrivateIps, countPodIps } from "./pod-addresses.ts";

/** Joins EIPs to Pods (domain.md §2.4): every piece of evidence is kept, the strongest names the Pod, a contradiction is a conflict. */

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
  const evidence = told.concat(more).sort(byStrength);
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
