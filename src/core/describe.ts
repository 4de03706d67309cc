import type { Workload } from "./facts.ts";
import type { Threshold } from "./threshold.ts";
import { humanDuration } from "./time.ts";

/** Words for people that several rooms of the core need. */

/** `StatefulSet games/web`. */
export function describeWorkload(workload: Pick<Workload, "kind" | "namespace" | "name">): string {
  return `${workload.kind} ${workload.namespace}/${workload.name}`;
}

/** `5m`, `never`, or why it is not known. */
export function describeThreshold(threshold: Threshold): string {
  switch (threshold.state) {
    case "set":
      return humanDuration(threshold.duration);
    case "never":
      return "never";
    case "unknown":
      return `unknown: ${threshold.why}`;
  }
}
