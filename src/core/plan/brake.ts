import type { World } from "../link/link.ts";
import type { Address, Facts } from "../terms/facts.ts";
import type { Ledger, RegionCounts } from "../terms/ledger.ts";
import { own } from "../terms/own.ts";
import { type Place, placeKey, samePlace } from "../terms/place.ts";
import { between, DAY } from "../terms/time.ts";

/**
 * The sanity brake (domain.md §5.3, 7): when EIPs, Pods, claims or clusters collapse against the last complete run, or tags
 * vanish everywhere, something is wrong with what was read, and nothing is released in that account and region.
 */

/** What this reading counts in each account and region; only those that were read completely. */
export function countRegions(world: World): Readonly<Record<string, RegionCounts>> {
  const { facts } = world;
  const counts: Record<string, RegionCounts> = {};
  for (const region of facts.regions) {
    if (!region.addresses.known || world.homes.unreadableAround(region).length > 0) continue;
    const addresses = region.addresses.value;
    const views = [...world.clusters.values()].filter((view) => samePlace(view.facts, region));
    counts[placeKey(region)] = {
      at: facts.now,
      eips: addresses.length,
      tagged: addresses.filter((address) => address.tags.known && Object.keys(address.tags.value).length > 0).length,
      pods: sum(views.map((view) => view.pods.size)),
      claims: sum(views.map((view) => view.claims.byPod.size)),
      clusters: listedClusters(facts, region),
    };
  }
  return counts;
}

function listedClusters(facts: Facts, place: Place): number {
  const listings = facts.clusterListings.filter((listing) => samePlace(listing, place));
  return sum(listings.map((listing) => (listing.ids.known ? listing.ids.value.length : 0)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => one + other, 0);
}

/** Why no release may happen in an account and region, by `account/region`; those without an entry may go on. */
export function brakes(
  counts: Readonly<Record<string, RegionCounts>>,
  last: Ledger["lastComplete"],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [key, now] of Object.entries(counts)) {
    const before = own(last, key);
    if (before === undefined) continue;
    const why = collapse(now, before);
    if (why !== null) found.set(key, why);
  }
  return found;
}

const COUNTED = ["eips", "pods", "claims", "clusters"] as const;
const WORDS = { eips: "EIPs", pods: "Pods", claims: "claims", clusters: "clusters" } as const;

function collapse(now: RegionCounts, before: RegionCounts): string | null {
  for (const what of COUNTED) {
    const fell = before[what] - now[what];
    if (fell >= 5 && fell * 2 > before[what]) {
      return `${WORDS[what]} fell from ${before[what]} to ${now[what]} since the last complete run`;
    }
  }
  if (before.tagged > 0 && now.tagged === 0) {
    return `no EIP carries a tag, where ${before.tagged} did in the last complete run`;
  }
  return null;
}

/**
 * The measure for the next run. A collapsed count does not become the new normal at once: it would switch the brake off at the
 * next tick, a few minutes later. After a day it does.
 */
export function rememberCounts(ledger: Ledger, counts: Readonly<Record<string, RegionCounts>>): Ledger {
  const held = brakes(counts, ledger.lastComplete);
  const lastComplete: Record<string, RegionCounts> = { ...ledger.lastComplete };
  for (const [key, count] of Object.entries(counts)) {
    const before = own(lastComplete, key);
    if (before !== undefined && held.has(key) && between(before.at, count.at) < DAY) continue;
    lastComplete[key] = count;
  }
  return { ...ledger, lastComplete };
}

/** What the guard itself gave up is no collapse: the measure falls with it. */
export function rememberReleased(ledger: Ledger, address: Address, via: "claim" | "address"): Ledger {
  const key = placeKey(address);
  const before = own(ledger.lastComplete, key);
  if (before === undefined) return ledger;
  const tagged = address.tags.known && Object.keys(address.tags.value).length > 0;
  const counts: RegionCounts = {
    ...before,
    eips: before.eips - 1,
    tagged: before.tagged - (tagged ? 1 : 0),
    claims: before.claims - (via === "claim" ? 1 : 0),
  };
  return { ...ledger, lastComplete: { ...ledger.lastComplete, [key]: counts } };
}
