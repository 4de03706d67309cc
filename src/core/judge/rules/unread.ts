import { describeClaim } from "./contradiction.ts";
import type { Rule } from "./rule.ts";

/** domain.md §5.2, 1, 2, 3 and 8: what could not be read as a whole, whatever else is known. */
export const listingIncomplete: Rule = {
  name: "listing-incomplete",
  sentence: "could the EIPs of its region not be listed completely?",
  answer({ linked }) {
    return linked.incomplete === null ? null : { reason: "listing-incomplete", detail: linked.incomplete };
  },
};

export const statusUnknown: Rule = {
  name: "status-unknown",
  sentence: "is its status one that the API does not document?",
  answer({ linked }) {
    if (linked.address.status !== "UNKNOWN") return null;
    return { reason: "status-unknown", detail: `its status is '${linked.address.rawStatus}', which no documentation names` };
  },
};

export const danglingInterface: Rule = {
  name: "dangling-eni",
  sentence: "does it sit on a network interface with nobody there?",
  answer({ linked }) {
    if (linked.address.status !== "BIND_ENI") return null;
    return {
      reason: "dangling-eni",
      detail: `it sits on ${linked.address.networkInterfaceId ?? "a network interface"}, which no living Pod has; it may be billed`,
    };
  },
};

export const clusterNotReadable: Rule = {
  name: "cluster-not-readable",
  sentence: "is its cluster unreadable, not visible or not running?",
  answer({ home }) {
    switch (home.state) {
      case "unreadable":
        return { reason: "cluster-unreadable", detail: `cluster ${home.id} could not be read: ${home.why}` };
      case "not-visible":
        return { reason: "cluster-not-visible", detail: home.why };
      case "not-running":
        return { reason: "cluster-not-running", detail: home.why };
      case "none":
      case "live":
      case "deleted":
        return null;
    }
  },
};

export const ambiguousClaim: Rule = {
  name: "claim-ambiguous",
  sentence: "does a claim name it among others?",
  answer({ linked }) {
    const [first] = linked.ambiguousClaims;
    if (first === undefined) return null;
    const { claim, names, others } = first.claim;
    const detail =
      others.length > 0
        ? `${describeClaim(first)} stands in several API groups: ${[claim, ...others].map(({ apiVersion }) => apiVersion).join(", ")}`
        : `${describeClaim(first)} names ${names.join(" and ")}`;
    return { reason: "claim-ambiguous", detail };
  },
};
