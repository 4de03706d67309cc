import type { Policy } from "../terms/policy.ts";
import { after, between, type Instant } from "../terms/time.ts";
import type { Reason } from "../terms/verdict.ts";
import { keptByTag } from "./rules/kept.ts";

/** What the rules answered once, for judging anew under another policy. */
export interface Answered {
  /** The reasons of all rules that answered, in their order. */
  readonly reasons: readonly Reason[];
  /** Null where they could not be read. */
  readonly tags: Readonly<Record<string, string>> | null;
  readonly bornAt: Instant | null;
}

export interface JudgedAgain {
  readonly reason: Reason;
  /** Until when the policy's own rules say so; null where time alone changes nothing. */
  readonly until: Instant | null;
}

/** Reasons of the rules that stand before `newborn`, and of those between it and `keep-tag` (rules/index.ts). */
const BEFORE_NEWBORN: readonly Reason[] = ["bound", "eni-with-living-pod", "changing", "stuck"];
const BEFORE_KEEP_TAG: readonly Reason[] = ["cascade-release", "pod-terminating", "namespace-terminating", "claim-terminating"];

/**
 * The first answer under another policy. Two rules ask the policy, `newborn` and `keep-tag`: they are asked again. What all others answered holds
 * whatever the policy says.
 */
export function judgeAgain(
  { reasons, tags, bornAt }: Answered,
  policy: Pick<Policy, "newborn" | "keepTags">,
  now: Instant,
): JudgedAgain {
  const others = reasons.filter((reason) => reason !== "newborn" && reason !== "keep-tag");
  const [first = "no-rule"] = others;
  if (BEFORE_NEWBORN.includes(first)) return { reason: first, until: null };
  if (bornAt === null) return { reason: "newborn", until: null };
  if (between(bornAt, now) < policy.newborn) return { reason: "newborn", until: after(bornAt, policy.newborn) };
  if (BEFORE_KEEP_TAG.includes(first)) return { reason: first, until: null };
  const kept = tags === null ? null : keptByTag(tags, policy.keepTags, now);
  if (kept !== null) return { reason: "keep-tag", until: kept.until };
  return { reason: first, until: null };
}
