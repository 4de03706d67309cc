import { describeThreshold } from "../../terms/describe.ts";
import type { Rule } from "./rule.ts";

/** domain.md §5, line 6 and §5.1 "workload gone: threshold finite, not past". */
export const recycling: Rule = {
  name: "recycling",
  sentence: "is its workload gone, and the recycle threshold not past?",
  answer({ idle, automatic, standing, threshold, past }) {
    if (idle === null || !automatic || past !== false) return null;
    if (standing.is !== "gone" && standing.is !== "never-seen") return null;
    const owner = standing.is === "gone" ? standing.owner : standing.workload;
    return {
      reason: "ipamd-will-recycle",
      detail: `${owner} is gone; ipamd recycles the EIP when it has been idle for ${describeThreshold(threshold)}`,
    };
  },
};
