import { type ClaimsProof, type ClusterView, keyOf } from "../link/clusters.ts";
import { onSuperNode } from "../link/given.ts";
import type { Linked } from "../link/link.ts";

/** What claims, and their absence, prove for one EIP (domain.md §5.2, 4). */

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

/** Whether a claim that names exactly this EIP exists. */
export function claimOf(linked: Linked, view: ClusterView | null): "present" | "absent" | "unknown" {
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
  if (pod === null) return view.claims.unnamed;
  const key = keyOf(pod.namespace, pod.name);
  return view.claims.byPod.get(key)?.names.length === 0 ? key : null;
}
