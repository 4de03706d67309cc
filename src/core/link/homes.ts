import { type Address, type ClusterListing, type Facts, isClusterId } from "../terms/facts.ts";
import type { AddressMemory, ClusterMemory, Ledger } from "../terms/ledger.ts";
import { once, oncePerKey } from "../terms/once.ts";
import { own } from "../terms/own.ts";
import { type Place, placeKey, samePlace } from "../terms/place.ts";
import { later } from "../terms/time.ts";
import type { ClusterView } from "./clusters.ts";

/** What is known of clusters as a whole, worked out once for all of their EIPs: which is read, which is gone, what is unreadable nearby. */

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

/** A cluster that could not be read, in whole or in a part that may name any EIP. */
export interface UnreadCluster {
  readonly cluster: string;
  readonly why: string;
}

export interface Homes {
  /** What is known of a cluster: read, deleted for certain, or neither. */
  readonly home: (cluster: string) => Home;
  /** Clusters of an account and region that could not be read, in whole or in a part that may name any EIP (domain.md §5.2, 2). */
  readonly unreadableAround: (place: Place) => readonly UnreadCluster[];
}

/** A reading and the ledger, as far as they tell of clusters. */
interface Around {
  readonly facts: Facts;
  readonly ledger: Ledger;
  readonly clusters: ReadonlyMap<string, ClusterView>;
  readonly linked: Iterable<{
    readonly address: Pick<Address, "id" | "status">;
    readonly tagCluster: string | null;
    readonly memory: Pick<AddressMemory, "pod"> | null;
  }>;
}

/** The first bound EIP of each cluster. */
type Bound = () => ReadonlyMap<string, string>;

export function homesIn(world: Around): Homes {
  const bound = once(() => boundByCluster(world));
  const around = oncePerKey(placeKey, (place: Place) => lookAround(place, world));
  return {
    home: oncePerKey(
      (id: string) => id,
      (id) => lookHome(id, world, bound),
    ),
    unreadableAround: around,
  };
}

function lookHome(id: string, world: Around, bound: Bound): Home {
  const view = world.clusters.get(id);
  if (view !== undefined) {
    if (view.facts.status.state === "other") {
      return { state: "not-running", id, why: `cluster ${id} is ${view.facts.status.status}` };
    }
    if (view.unreadable !== null) return { state: "unreadable", id, why: view.unreadable };
    return { state: "live", id, view };
  }
  return deletedOrNotVisible(id, world, bound);
}

/** Deleted is said only when every condition of domain.md §5.2, 3 holds. */
function deletedOrNotVisible(id: string, world: Around, bound: Bound): Home {
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
  const lives = signOfLife(id, declared ? undefined : seen, world, bound);
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
function signOfLife(id: string, seen: ClusterMemory | undefined, world: Around, boundEip: Bound): string | null {
  const { facts, ledger } = world;
  const unread = facts.regions.find(({ addresses }) => !addresses.known);
  if (unread !== undefined) return `the EIPs of ${placeKey(unread)} were not listed, and one of cluster ${id} may be bound`;
  const bound = boundEip().get(id);
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
function boundByCluster(world: Around): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { address, tagCluster, memory } of world.linked) {
    if (address.status !== "BIND" && address.status !== "BINDING") continue;
    for (const cluster of [tagCluster, memory?.pod?.cluster ?? null])
      if (cluster !== null && !found.has(cluster)) found.set(cluster, address.id);
  }
  return found;
}

function describeListing(listing: ClusterListing): string {
  return `${placeKey(listing)} (${listing.product})`;
}

function lookAround(place: Place, world: Around): readonly UnreadCluster[] {
  const found: UnreadCluster[] = [];
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
