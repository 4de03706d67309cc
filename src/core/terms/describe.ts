import type { Workload } from "./facts.ts";
import type { Threshold } from "./threshold.ts";
import { humanDuration } from "./time.ts";

/** Words for people that several rooms of the core need. */

/** `1 EIP`, `2,100 EIPs`. */
export function counted(number: number, singular: string, plural = `${singular}s`): string {
  return `${thousands(number)} ${number === 1 ? singular : plural}`;
}

/** `2,100`. */
export function thousands(number: number): string {
  return number.toLocaleString("en");
}

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
