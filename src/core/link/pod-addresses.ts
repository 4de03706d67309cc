import type { Pod } from "../terms/facts.ts";

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
