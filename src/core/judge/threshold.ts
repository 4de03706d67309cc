import type { ClusterView } from "../link/clusters.ts";
import type { Linked } from "../link/link.ts";
import type { Workload } from "../terms/facts.ts";
import type { GivenByNode } from "../terms/ledger.ts";
import { podThreshold, sameThreshold, type Threshold } from "../terms/threshold.ts";
import { type Standing, sameMemory } from "./standing.ts";

/** The recycle threshold that holds for one EIP: its Pod's own, else its cluster's (domain.md §3). */
export function thresholdOf(linked: Linked, view: ClusterView | null, standing: Standing): Threshold {
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
