import type { Rule } from "./rule.ts";

/** domain.md §5, line 1. */
export const bound: Rule = {
  name: "bound",
  sentence: "is it bound, to whatever it be?",
  answer({ linked }) {
    const { address, pod } = linked;
    if (address.status === "BIND") {
      const to = address.instanceId ?? address.networkInterfaceId ?? "something";
      const at = pod !== null && !pod.fromMemory ? `, for Pod ${pod.namespace}/${pod.name}` : "";
      return { reason: "bound", detail: `it is bound to ${to}${at}` };
    }
    if (address.status !== "BIND_ENI" || linked.conflict !== null || pod === null || pod.view === null) return null;
    const { phase, deletionAt } = pod.view.pod;
    if (deletionAt !== null || phase === "Succeeded" || phase === "Failed") return null;
    return {
      reason: "eni-with-living-pod",
      detail: `it sits on ${address.networkInterfaceId ?? "a network interface"}, and its Pod ${pod.namespace}/${pod.name} lives`,
    };
  },
};
