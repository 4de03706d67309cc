import type { Autoscaler, ClusterObjects } from "../terms/facts.ts";
import { AUTOSCALER_KINDS, groupOf } from "../terms/kinds.ts";

/** The autoscalers of a cluster, of all kinds together. */
export interface Scalers {
  readonly scalers: readonly Autoscaler[];
  /** Why a kind of autoscaler is not known; null where all are. */
  readonly unread: string | null;
}

export function scalersOf({ autoscalers, foreignAutoscalers }: ClusterObjects): Scalers {
  const all: Autoscaler[] = [];
  let unread: string | null = null;
  for (const kind of AUTOSCALER_KINDS) {
    const listing = autoscalers[kind];
    if (listing.state === "complete") all.push(...listing.items);
    else if (listing.state !== "not-installed") unread ??= `the autoscalers could not be read: ${kind}: ${listing.why}`;
  }
  if (foreignAutoscalers.known) all.push(...foreignAutoscalers.value);
  else unread ??= `the autoscalers could not be read: ${foreignAutoscalers.why}`;
  return { scalers: all.map((scaler) => throughAnother(scaler, all)), unread };
}

/** A scheduled scaler may set the bounds of a HorizontalPodAutoscaler: it then scales what that one scales. */
function throughAnother(scaler: Autoscaler, all: readonly Autoscaler[]): Autoscaler {
  const { target, namespace } = scaler;
  if (target === null || groupOf(target.apiVersion) !== "autoscaling") return scaler;
  const through = all.find(
    (one) => one.kind === "HorizontalPodAutoscaler" && one.namespace === namespace && one.name === target.name,
  );
  return through === undefined ? scaler : { ...scaler, target: through.target };
}
