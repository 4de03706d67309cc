import { after, before, type Instant } from "../terms/time.ts";
import type { Situation } from "./situation.ts";

/**
 * When the recycle threshold of an idle EIP ends, or ended; null where it is not finite. It counts from when the EIP is known to be idle:
 * the lower bound decides (domain.md §4.2).
 */
export function thresholdEnd({ threshold, idle, now }: Pick<Situation, "threshold" | "idle" | "now">): Instant | null {
  if (threshold.state !== "set" || idle === null) return null;
  return before(after(now, threshold.duration), idle.atLeast);
}
