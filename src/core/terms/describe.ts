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

/**
 * The same text. V8 keeps what was interpolated as a tree of its pieces, several times as heavy as the text; being read as a number makes
 * it one piece. For texts that are kept for each EIP of a large account.
 */
export function inOnePiece(text: string): string {
  Number(text);
  return text;
}
