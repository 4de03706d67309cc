import { describeThreshold } from "../../terms/describe.ts";
import type { Situation } from "../situation.ts";
import type { Answer, Rule } from "./rule.ts";

/** domain.md §5.1, the rows that accuse. Each asks for an idle EIP that is proven automatic, and for nothing that keeps. */
function accusation(name: string, sentence: string, answer: (situation: Situation) => Answer | null): Rule {
  return {
    name,
    sentence,
    answer: (situation) => (situation.idle === null || !situation.automatic ? null : answer(situation)),
  };
}

export const clusterDeleted = accusation("cluster-deleted", "was its cluster deleted?", ({ home }) =>
  home.state === "deleted" ? { reason: "cluster-deleted", detail: `cluster ${home.id} was deleted: ${home.why}` } : null,
);

export const duplicate = accusation("duplicate", "does its Pod hold another EIP?", ({ podHoldsAnother, standing }) => {
  if (podHoldsAnother === null || standing.is !== "pod-exists") return null;
  const { pod } = standing;
  return {
    reason: "duplicate",
    detail: `its Pod ${pod.namespace}/${pod.name} has ${podHoldsAnother}, by its annotation and by its claim`,
  };
});

export const scaledDownOverdue = accusation(
  "scaled-down-overdue",
  "is ipamd overdue to recycle it after scaling down?",
  (situation) => {
    const { standing, past, threshold } = situation;
    if (standing.is !== "scaled-away" || past !== true) return null;
    return {
      reason: "scaled-down-overdue",
      detail: `its Pod was scaled away, and it has been idle for longer than the recycle threshold (${describeThreshold(threshold)})`,
    };
  },
);

export const barePodOverdue = accusation("bare-pod-overdue", "is ipamd overdue to recycle a bare Pod's EIP?", (situation) => {
  const { standing, past, claim, threshold } = situation;
  if (standing.is !== "bare" || claim !== "present" || past !== true) return null;
  return {
    reason: "bare-pod-overdue",
    detail: `its bare Pod is gone, and it has been idle for longer than the recycle threshold (${describeThreshold(threshold)})`,
  };
});

export const namelessOwner = accusation(
  "nameless-owner",
  "did an owner without stable Pod names leave it behind?",
  (situation) => {
    const { standing, never, claim } = situation;
    if (standing.is !== "nameless" || (never !== true && claim !== "present")) return null;
    if (!standing.seen)
      return { reason: "owner-never-seen", detail: `its Pod is gone and seems to have belonged to ${standing.owner}` };
    return {
      reason: "never-without-stable-name",
      detail: `its Pod is gone, and ${standing.owner} never makes a Pod of that name again`,
    };
  },
);

export const notDestroyedWithPod = accusation("not-destroyed-with-pod", "should it have gone with its Pod?", (situation) => {
  const { standing, never, claim } = situation;
  if (claim !== "absent" && standing.is !== "nameless") return null;
  if (standing.is === "nameless") {
    return never === "unknown" && !standing.seen
      ? { reason: "owner-never-seen", detail: `its Pod is gone and seems to have belonged to ${standing.owner}` }
      : {
          reason: "not-destroyed-with-pod",
          detail: `its Pod is gone, and so is the claim; ipamd should have destroyed the EIP with it`,
        };
  }
  if (never !== false || (standing.is !== "included" && standing.is !== "bare" && standing.is !== "gone")) return null;
  return {
    reason: "not-destroyed-with-pod",
    detail: "its Pod is gone, its delete policy is not Never and no claim holds it; ipamd should have destroyed it with the Pod",
  };
});

export const workloadGone = accusation("workload-gone", "is its workload gone, with nobody left to recycle it?", (situation) => {
  const { standing, threshold, past } = situation;
  if (standing.is !== "gone") return null;
  if (threshold.state === "never") {
    return { reason: "workload-gone-never-recycled", detail: `${standing.owner} is gone, and the recycle threshold is never` };
  }
  if (past !== true) return null;
  return {
    reason: "workload-gone-overdue",
    detail: `${standing.owner} is gone, and it has been idle for longer than the recycle threshold (${describeThreshold(threshold)})`,
  };
});

export const ownerNeverSeen = accusation("owner-never-seen", "was its workload never seen, and is it not there?", (situation) => {
  const { standing, threshold, past } = situation;
  if (standing.is !== "never-seen" || (threshold.state === "set" && past !== true)) return null;
  return {
    reason: "owner-never-seen",
    detail: standing.named
      ? `${standing.workload} is gone and was never seen: its Pod named it, and what stood above it is not known. A release needs a person's approval`
      : `no workload ${standing.workload} exists; it was never seen, so that a release needs a person's approval`,
  };
});

export const orphan = accusation("orphan", "does nothing in its cluster name it?", (situation) => {
  const { standing, claim, home, linked } = situation;
  if (home.state !== "live" || linked.tkeTags !== "both" || claim !== "absent") return null;
  if (standing.is !== "no-pod" && standing.is !== "bare") return null;
  return { reason: "orphan", detail: `cluster ${home.id} made it, and no claim, Pod or list there names it` };
});
