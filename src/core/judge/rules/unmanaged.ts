import type { Rule } from "./rule.ts";

/** domain.md §5, line 8. */
export const unmanaged: Rule = {
  name: "unmanaged",
  sentence: "does nothing prove that a cluster made it?",
  answer({ idle, automatic, linked }) {
    if (idle === null || automatic) return null;
    if (linked.memory?.everInIdList === true) {
      return { reason: "users-own", detail: "it once stood in an eip-id-list, so that a person allocated it" };
    }
    if (linked.pod !== null) {
      return {
        reason: "users-own",
        detail: `Pod ${linked.pod.namespace}/${linked.pod.name} used it, but nothing proves that ipamd made it`,
      };
    }
    return { reason: "no-cluster", detail: "no tag, claim, list or Pod links it to a cluster" };
  },
};
