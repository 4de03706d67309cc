import { keyOf } from "../../link/clusters.ts";
import type { ClaimReference } from "../../link/gather.ts";
import type { Rule } from "./rule.ts";

/** domain.md §5.2, 6. */
export const contradiction: Rule = {
  name: "contradiction",
  sentence: "does the evidence contradict itself?",
  answer({ conflict }) {
    return conflict === null ? null : { reason: "evidence-conflict", detail: conflict };
  },
};

/** `claim games/web-0 in cls-12345678`. */
export function describeClaim({ cluster, claim }: ClaimReference): string {
  return `claim ${keyOf(claim.claim.namespace, claim.claim.name)} in ${cluster}`;
}
