import type { Pod } from "../terms/facts.ts";
import type { GivenByNode, PodMemory } from "../terms/ledger.ts";
import type { ClusterView } from "./clusters.ts";

/**
 * What ConfigMap kube-system/eks-config gives a Pod besides its own annotations: only to Pods on super nodes (domain.md §2.1). Undefined
 * where that is not known: the ConfigMap could not be read, or it gives something and the Pod's node can't be told.
 */
export function givenTo(pod: Pod, view: ClusterView): GivenByNode | undefined {
  const there = onSuperNode(pod, view);
  if (there === false) return NOTHING;
  if (!view.eksConfig.known) return undefined;
  const deletePolicy = oneOf(view.eksConfig.value?.deletePolicy ?? []);
  const claimExpired = oneOf(view.eksConfig.value?.claimExpired ?? []);
  if (deletePolicy === null && claimExpired === null) return NOTHING;
  return there === true ? { deletePolicy, claimExpired } : undefined;
}

const NOTHING: GivenByNode = { deletePolicy: null, claimExpired: null };

/** Under two prefixes with two values, `Never` is the one that keeps; of two thresholds none is believed. */
function oneOf(values: readonly string[]): string | null {
  if (values.includes("Never")) return "Never";
  return values.length > 1 ? "contradictory" : (values[0] ?? null);
}

/** Whether a Pod stands on a super node; all Pods of a serverless cluster do. */
export function onSuperNode(pod: Pod, view: ClusterView): boolean | "unknown" {
  if (view.facts.product === "eks") return true;
  return pod.nodeName === null ? "unknown" : (view.superNodes.get(pod.nodeName) ?? "unknown");
}

type Effective = Pick<PodMemory, "deletePolicy" | "claimExpired" | "given">;

/**
 * What is remembered of one Pod's policy and threshold after it was seen again. The same Pod had what it was made with: a policy Never
 * that was seen once stays, and two thresholds make none. What could not be read now is as it was.
 *
 * @param before what was seen of this very Pod; null where it is another Pod, or was not seen
 */
export function effective(pod: Pod, own: Effective, view: ClusterView, before: Effective | null): Effective {
  const now = givenTo(pod, view);
  const given = now === undefined ? before?.given : { ...now, ...merged(before?.given, now) };
  return { ...own, ...merged(before ?? undefined, own), ...(given === undefined ? {} : { given }) };
}

function merged(before: Effective | GivenByNode | undefined, now: Effective | GivenByNode): GivenByNode {
  const deletePolicy = before?.deletePolicy === "Never" ? "Never" : (now.deletePolicy ?? null);
  const claimExpired = now.claimExpired ?? null;
  const changed = before?.claimExpired !== undefined && before.claimExpired !== claimExpired;
  return { deletePolicy, claimExpired: changed ? "contradictory" : claimExpired };
}
