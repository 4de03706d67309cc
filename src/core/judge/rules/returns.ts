import { describeThreshold, describeWorkload } from "../../terms/describe.ts";
import type { Rule } from "./rule.ts";

/** domain.md §5.1, the rows that keep: its Pod can come back, or it is somebody's own. */
export const inIdList: Rule = {
  name: "in-id-list",
  sentence: "does the eip-id-list of a living workload name it?",
  answer({ linked }) {
    const [list] = linked.lists;
    if (list === undefined) return null;
    return { reason: "in-id-list", detail: `it stands in the eip-id-list of ${list.owner} in ${list.cluster}` };
  },
};

export const podExists: Rule = {
  name: "pod-exists",
  sentence: "does its Pod exist, and hold no other EIP?",
  answer({ standing, podHoldsAnother }) {
    if (standing.is !== "pod-exists" || podHoldsAnother !== null) return null;
    const { pod } = standing;
    const phase = pod.view?.pod.phase ?? "there";
    return { reason: "pod-exists", detail: `its Pod ${pod.namespace}/${pod.name} is ${phase}` };
  },
};

export const workloadIncludesPod: Rule = {
  name: "workload-includes-pod",
  sentence: "does a living workload include its Pod, which keeps its EIP by policy or by a claim?",
  answer({ standing, never, claim }) {
    if (standing.is !== "included") return null;
    if (never !== true && claim !== "present") return null;
    const by = never === true ? "its delete policy is Never" : "a claim holds the EIP";
    return { reason: "workload-includes-pod", detail: `${describeWorkload(standing.workload)} includes its Pod, and ${by}` };
  },
};

export const scaledToZero: Rule = {
  name: "scaled-to-zero",
  sentence: "does its workload stand at 0 replicas?",
  answer({ standing }) {
    if (standing.is !== "zero") return null;
    return { reason: "scaled-to-zero", detail: `${describeWorkload(standing.workload)} stands at 0 replicas` };
  },
};

export const autoscalerCoversPod: Rule = {
  name: "autoscaler-covers-pod",
  sentence: "can an autoscaler bring its Pod back?",
  answer({ standing }) {
    if (standing.is !== "scaled-away" || !standing.autoscaled.known || !standing.autoscaled.value) return null;
    return {
      reason: "autoscaler-covers-pod",
      detail: `an autoscaler's maxReplicas for ${describeWorkload(standing.workload)} covers its Pod`,
    };
  },
};

export const parkedGameServer: Rule = {
  name: "parked-game-server",
  sentence: "is its game server parked, to be used again on scaling up?",
  answer({ standing }) {
    if (standing.is !== "scaled-away" || standing.how !== "parked") return null;
    return { reason: "parked-game-server", detail: `${describeWorkload(standing.workload)} has parked its ordinal` };
  },
};

export const scaledDownKept: Rule = {
  name: "scaled-down-kept",
  sentence: "was its Pod scaled away, without ipamd being overdue?",
  answer({ standing, threshold, past }) {
    // Whether an autoscaler covers it must be known before anything is said that leads to "overdue"; a keep needs no more.
    if (standing.is !== "scaled-away") return null;
    const where = `${describeWorkload(standing.workload)} no longer includes its Pod`;
    if (threshold.state === "never") {
      return {
        reason: "scaled-down-never-recycled",
        detail: `${where}, and the recycle threshold is never: it stays until somebody decides`,
      };
    }
    if (past !== false) return null;
    return {
      reason: "scaled-down-not-overdue",
      detail: `${where}; the recycle threshold (${describeThreshold(threshold)}) is not past`,
    };
  },
};

export const barePodClaimed: Rule = {
  name: "bare-pod-claimed",
  sentence: "did a bare Pod with a claim own it, without ipamd being overdue?",
  answer({ standing, claim, threshold, past }) {
    if (standing.is !== "bare" || claim !== "present") return null;
    if (threshold.state === "unknown" || past === true) return null;
    return {
      reason: "bare-pod-claim",
      detail: "its bare Pod is gone, a claim still holds it, and a Pod of that name may return",
    };
  },
};
