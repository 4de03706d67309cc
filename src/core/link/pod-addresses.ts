import type { Address, ClusterFacts, Pod } from "../terms/facts.ts";
import { privateAddressKey } from "../terms/place.ts";

/** The private addresses that link a Pod to a bound EIP (domain.md §2.4, 5). */

const NONE: readonly string[] = [];

/** Every private address that is the Pod's own, in one form each; none of a Pod in the host's network, whose addresses are the node's. */
export function addressesOf({
  hostNetwork,
  podIP,
  furtherIPs,
}: Pick<Pod, "hostNetwork" | "podIP" | "furtherIPs">): readonly string[] {
  if (hostNetwork) return NONE;
  if (furtherIPs.length === 0) return podIP === null ? NONE : [oneForm(podIP)];
  return [...new Set([...(podIP === null ? NONE : [podIP]), ...furtherIPs].map(oneForm))];
}

/** `fd00::7` for `FD00:0:0::0007`: an IPv6 address can be written in many ways (RFC 5952). Anything else stays as it is. */
export function oneForm(address: string): string {
  if (!address.includes(":")) return address;
  const url = `http://[${address}]/`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : address;
}

/**
 * Bound EIPs by `account/region/privateIp`. An address that stands twice (two VPCs), or that several Pods have, tells nothing of any of them
 * and is no key.
 */
export function boundPrivateIps(addresses: readonly Address[], podIps: ReadonlyMap<string, number>): ReadonlyMap<string, string> {
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

/** How many Pods have each private address, by `account/region/address`. */
export function countPodIps(clusters: readonly ClusterFacts[]): ReadonlyMap<string, number> {
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
