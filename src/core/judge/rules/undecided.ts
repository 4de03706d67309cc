import { CLUSTER_TAG, CREATED_TAG } from "../../link/link.ts";
import { describeWorkload } from "../../terms/describe.ts";
import { isAutoscalerKind } from "../../terms/kinds.ts";
import { claimInDoubt, claimsFor } from "../claims.ts";
import type { Situation } from "../situation.ts";
import type { Answer, Rule } from "./rule.ts";

/**
 * domain.md §5.2 again: facts that would decide now, and are not known. No rule before these keeps the EIP. These come after the rules
 * that keep, because nothing here could overturn those, and before all rules that accuse.
 */
export const tagsUnreadable: Rule = {
  name: "tags-unreadable",
  sentence: "could its tags not be read?",
  answer({ linked }) {
    if (linked.address.tags.known) return null;
    return { reason: "tags-unreadable", detail: linked.address.tags.why };
  },
};

export const accountTypeUnknown: Rule = {
  name: "account-type-unknown",
  sentence: "is its account of a type that we don't know?",
  answer({ accountType, linked }) {
    if (accountType !== "other") return null;
    return {
      reason: "account-type-unknown",
      detail: `account ${linked.address.account} is of a type that no documentation names`,
    };
  },
};

export const regionClusterUnreadable: Rule = {
  name: "region-cluster-unreadable",
  sentence: "is it untagged, while a cluster of its account and region could not be read?",
  answer({ linked, unreadableAround }) {
    const [first] = unreadableAround;
    if (linked.tkeTags === "both" || first === undefined) return null;
    return {
      reason: "region-cluster-unreadable",
      detail: `${first.cluster} could not be read (${first.why}), and any template there may name it`,
    };
  },
};

export const halfTagged: Rule = {
  name: "half-tagged",
  sentence: "does it carry only one of the two tke tags, and does nothing else speak for it?",
  answer({ linked, claim }) {
    if (linked.tkeTags !== "one" || linked.pod !== null || claim === "present") return null;
    const has = linked.tagCluster === null ? CREATED_TAG : CLUSTER_TAG;
    return { reason: "half-tagged", detail: `it carries ${has} without the other of ${CLUSTER_TAG} and ${CREATED_TAG}` };
  },
};

export const kindUnreadable: Rule = {
  name: "kind-unreadable",
  sentence: "could a kind of object that would decide not be listed?",
  answer({ home, standing }) {
    if (home.state !== "live") return null;
    // Whether an autoscaler covers it decides only where its Pod was scaled away.
    const scaling = standing.is === "scaled-away" && !standing.autoscaled.known;
    const missing = home.view.unread.find(({ kind }) => scaling || !isAutoscalerKind(kind));
    if (missing !== undefined) return { reason: "kind-unreadable", detail: `${missing.kind} of ${home.id}: ${missing.why}` };
    if (home.view.claims.state === "unread") {
      return { reason: "kind-unreadable", detail: `EIPClaim of ${home.id}: ${home.view.claims.why}` };
    }
    return null;
  },
};

/** domain.md §2.5: an autoscaler, or an owner above, that may scale its workload up again. */
export const mayBeScaledUp: Rule = {
  name: "may-be-scaled-up",
  sentence: "may something above its workload scale it up again, without our knowing?",
  answer({ standing }) {
    if (standing.is !== "scaled-away" || standing.autoscaled.known) return null;
    return {
      reason: "may-be-scaled-up",
      detail: `${describeWorkload(standing.workload)} no longer includes its Pod, but ${standing.autoscaled.why}`,
    };
  },
};

export const ownerUnknown: Rule = {
  name: "owner-unknown",
  sentence: "is its Pod's owner of a kind that we don't know, or can it not be told?",
  answer({ standing, home }) {
    if (home.state !== "live") return null;
    if (standing.is === "unknown-kind") {
      return { reason: "owner-kind-unknown", detail: `its Pod belonged to ${standing.owner}, which may bring it back` };
    }
    if (standing.is === "undecided") return { reason: "owner-unknown", detail: standing.why };
    return null;
  },
};

/** domain.md §5.2, 4: until claims are known to be readable, the absence of one proves nothing. */
export const claimsNotReadable: Rule = {
  name: "claims-not-readable",
  sentence: "would an absent claim decide, in a cluster whose claims are not known to be readable?",
  answer(situation) {
    const { home, linked, claim, standing, automatic, never } = situation;
    if (home.state !== "live" || home.view.claims.state === "not-installed") return null;
    const doubtful = claimInDoubt(linked, home.view);
    const proof = claimsFor(linked, home.view);
    const unproven = proof.state === "readable" && claim !== "present" ? (proof.missing ?? proof.why) : proof.why;
    const why = doubtful === null ? unproven : `claim ${doubtful} names no EIP, so that it may mean this one`;
    if (claim === "present") {
      // Only a claim of readable kind proves that ipamd made the EIP.
      return !automatic && linked.tkeTags !== "both" && proof.state !== "readable" && !usersOwn(situation)
        ? { reason: "claims-not-readable", detail: `a claim names it, but claims of ${home.id} prove nothing yet: ${why}` }
        : null;
    }
    if (claim === "absent") return null;
    // Where claims are believed, and one may be missing, the policy that nobody knows says more (policy-unknown).
    if (proof.state === "readable" && doubtful === null && standing.is === "included" && never === "unknown") return null;
    const decides = standing.is === "included" || standing.is === "bare" || (standing.is === "no-pod" && automatic);
    return decides
      ? { reason: "claims-not-readable", detail: `no claim names it, which proves nothing in ${home.id}: ${why}` }
      : null;
  },
};

function usersOwn({ linked }: Situation): boolean {
  return linked.memory?.everInIdList === true;
}

/** domain.md §5.2, 7. */
export const policyUnknown: Rule = {
  name: "policy-unknown",
  sentence: "is the delete policy of its Pod not known, and would it decide?",
  answer(situation) {
    const { never, standing, claim, threshold, past, automatic } = situation;
    if (never !== "unknown" || claim === "present") return null;
    const gone = standing.is === "gone" && automatic && threshold.state === "set" && past === false;
    if (standing.is !== "included" && !gone) return null;
    return { reason: "policy-unknown", detail: "whether its Pod keeps its EIP could not be read" };
  },
};

/** domain.md §5.2, 5. */
export const thresholdUnknown: Rule = {
  name: "threshold-unknown",
  sentence: "could the recycle threshold not be read, and would it decide?",
  answer({ standing, threshold, automatic, home, claim }): Answer | null {
    if (home.state !== "live" || threshold.state !== "unknown") return null;
    const decides =
      standing.is === "scaled-away" ||
      (standing.is === "bare" && claim === "present") ||
      (automatic && (standing.is === "gone" || standing.is === "never-seen"));
    return decides ? { reason: "threshold-unknown", detail: threshold.why } : null;
  },
};
