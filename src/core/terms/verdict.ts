import type { Paragraph } from "./law.ts";

/** The seven verdicts (domain.md §5) and the closed list of reasons, each with its sentence. */

export type Verdict = "in-use" | "transient" | "retained" | "recycling" | "leaked" | "unmanaged" | "unknown";

/** Worst first: the order in which people want to read them. */
export const VERDICTS = [
  "leaked",
  "unmanaged",
  "unknown",
  "recycling",
  "retained",
  "transient",
  "in-use",
] as const satisfies readonly Verdict[];

/**
 * Every reason with the paragraph of docs/domain.md that it follows from, its verdict, and one sentence in one grammar. `docs/reasons.md` and `explain --reasons` print this
 * table; there is no other place where a reason may come from.
 */
export const REASONS = {
  // in-use
  bound: { law: "§5, line 1", verdict: "in-use", sentence: "in use because it is bound" },
  "eni-with-living-pod": {
    law: "§5, line 1",
    verdict: "in-use",
    sentence: "in use because it sits on a network interface whose Pod lives",
  },
  // transient
  changing: {
    law: "§5, line 2",
    verdict: "transient",
    sentence: "left alone because it is being created, bound, unbound or released right now",
  },
  newborn: { law: "§5, line 2", verdict: "transient", sentence: "left alone because it is younger than policy.newborn" },
  "cascade-release": {
    law: "§5, line 2",
    verdict: "transient",
    sentence: "left alone because Tencent Cloud releases it by itself when it is unbound",
  },
  "pod-terminating": { law: "§5, line 2", verdict: "transient", sentence: "left alone because its Pod is terminating" },
  "namespace-terminating": {
    law: "§5, line 2",
    verdict: "transient",
    sentence: "left alone because its Pod's namespace is terminating",
  },
  "claim-terminating": { law: "§5, line 2", verdict: "transient", sentence: "left alone because its claim is being deleted" },
  // retained: a person said so
  "keep-tag": {
    person: true,
    ends: "removing the keep tag, or the date in it, ends the keep",
    law: "§5, line 3",
    verdict: "retained",
    sentence: "kept because a keep tag says so",
  },
  kept: {
    person: true,
    ends: "eip-guard unkeep {id} takes the keep back",
    law: "§5, line 3",
    verdict: "retained",
    sentence: "kept because a person said so (eip-guard keep)",
  },
  "deletion-protected": {
    person: true,
    law: "§5, line 3",
    verdict: "retained",
    sentence: "kept because its deletion protection is on, as a release attempt was told",
  },
  // retained: idle on purpose
  "workload-includes-pod": {
    returns: true,
    law: "§5.1",
    verdict: "retained",
    sentence: "kept because its workload lives and includes its Pod, which can come back",
  },
  "scaled-to-zero": {
    returns: true,
    law: "§5.1",
    verdict: "retained",
    sentence: "kept because its workload stands at 0 replicas and can be scaled up again",
  },
  "autoscaler-covers-pod": {
    returns: true,
    law: "§5.1",
    verdict: "retained",
    sentence: "kept because an autoscaler can bring its Pod back",
  },
  "scaled-down-not-overdue": {
    returns: true,
    law: "§5.1",
    verdict: "retained",
    sentence: "kept because its Pod was scaled away and the recycle threshold is not past",
  },
  "scaled-down-never-recycled": {
    law: "§5.1",
    verdict: "retained",
    sentence: "kept because its Pod was scaled away and nothing recycles it: the threshold is never",
  },
  "parked-game-server": {
    returns: true,
    law: "§5.1",
    verdict: "retained",
    sentence: "kept because its game server is parked and its ordinal is used again on scaling up",
  },
  "in-id-list": { law: "§5.1", verdict: "retained", sentence: "kept because the eip-id-list of a living workload names it" },
  "bare-pod-claim": {
    law: "§5.1",
    verdict: "retained",
    sentence: "kept because its bare Pod may return and a claim still holds it",
  },
  "pod-exists": { law: "§5, line 5", verdict: "retained", sentence: "kept because its Pod exists" },
  // recycling
  "ipamd-will-recycle": {
    law: "§5.1",
    verdict: "recycling",
    sentence: "left to ipamd because its workload is gone and the recycle threshold is not past",
  },
  // leaked
  "scaled-down-overdue": {
    law: "§5.1",
    verdict: "leaked",
    sentence: "leaked because its Pod was scaled away and ipamd is overdue to recycle it",
  },
  "bare-pod-overdue": {
    law: "§5.1",
    verdict: "leaked",
    sentence: "leaked because its bare Pod is gone and ipamd is overdue to recycle it",
  },
  "workload-gone-overdue": {
    law: "§5.1",
    verdict: "leaked",
    sentence: "leaked because its workload is gone and ipamd is overdue to recycle it",
  },
  "workload-gone-never-recycled": {
    law: "§5.1",
    verdict: "leaked",
    sentence: "leaked because its workload is gone and nothing recycles it: the threshold is never",
  },
  "owner-never-seen": {
    approval: true,
    law: "§5.1",
    verdict: "leaked",
    sentence:
      "leaked because its workload was never seen and is not there, neither by the Pod's ownerReference nor by its name; a release needs an approval",
  },
  "never-without-stable-name": {
    law: "§5.1",
    verdict: "leaked",
    sentence: "leaked because its Pod's owner gives no stable names, so that no Pod will ever ask for it again",
  },
  "not-destroyed-with-pod": {
    law: "§5.1",
    verdict: "leaked",
    sentence: "leaked because without the policy Never it should have gone with its Pod",
  },
  "cluster-deleted": { law: "§5.1", verdict: "leaked", sentence: "leaked because its cluster was deleted" },
  orphan: {
    law: "§5.1",
    verdict: "leaked",
    sentence: "leaked because its cluster made it and no claim, Pod or list there names it",
  },
  duplicate: {
    law: "§5.1",
    verdict: "leaked",
    sentence: "leaked because its Pod holds another EIP, which its annotation and its claim name",
  },
  // unmanaged
  "no-cluster": { law: "§5, line 8", verdict: "unmanaged", sentence: "unmanaged because nothing proves that a cluster made it" },
  "users-own": { law: "§5, line 8", verdict: "unmanaged", sentence: "unmanaged because a Pod used it but a person allocated it" },
  // unknown
  "listing-incomplete": {
    law: "§5.2, 1",
    verdict: "unknown",
    sentence: "unknown because the EIPs of its region could not be read completely",
  },
  "tags-unreadable": {
    law: "§5.2, 1",
    verdict: "unknown",
    sentence: "unknown because its tags could not be read, and a keep tag may be among them",
  },
  "status-unknown": {
    law: "§5.2, 8",
    verdict: "unknown",
    sentence: "unknown because its status is not one that the API documents",
  },
  "dangling-eni": {
    law: "§5.2, 8",
    verdict: "unknown",
    sentence: "unknown because it sits on a network interface without an instance, and no Pod is there",
  },
  stuck: {
    law: "§5, line 2",
    verdict: "unknown",
    sentence: "unknown because its Pod, namespace, claim or status has been changing for more than a day",
  },
  "cluster-unreadable": { law: "§5.2, 2", verdict: "unknown", sentence: "unknown because its cluster could not be read" },
  "region-cluster-unreadable": {
    law: "§5.2, 2",
    verdict: "unknown",
    sentence: "unknown because a cluster of its account and region could not be read, and any template there may name it",
  },
  "cluster-not-visible": {
    law: "§5.2, 3",
    verdict: "unknown",
    sentence: "unknown because its cluster is in no listing, and it was never seen alive with these credentials",
  },
  "cluster-not-running": { law: "§5.2, 3", verdict: "unknown", sentence: "unknown because its cluster is not running" },
  "kind-unreadable": {
    law: "§5.2, 1",
    verdict: "unknown",
    sentence: "unknown because a kind of object that would decide could not be listed",
  },
  "may-be-scaled-up": {
    law: "§2.5",
    verdict: "unknown",
    sentence: "unknown because an autoscaler or an owner above its workload may scale it up again",
  },
  "claims-not-readable": {
    law: "§5.2, 4",
    verdict: "unknown",
    sentence: "unknown because the claims of its cluster are not known to be readable, and an absent claim would decide",
  },
  "claim-ambiguous": {
    law: "§5.2, 4",
    verdict: "unknown",
    sentence: "unknown because a claim that concerns it names several EIPs, or stands in several API groups",
  },
  "threshold-unknown": {
    law: "§5.2, 5",
    verdict: "unknown",
    sentence: "unknown because the recycle threshold could not be read and would decide",
  },
  "evidence-conflict": { law: "§5.2, 6", verdict: "unknown", sentence: "unknown because the evidence contradicts itself" },
  "half-tagged": {
    law: "§5.2, 6",
    verdict: "unknown",
    sentence: "unknown because it carries only one of the two tke tags and nothing else speaks for it",
  },
  "policy-unknown": {
    law: "§5.2, 7",
    verdict: "unknown",
    sentence: "unknown because the delete policy of its Pod is not known and would decide",
  },
  "owner-kind-unknown": {
    law: "§5.2, 8",
    verdict: "unknown",
    sentence: "unknown because its Pod's owner is of a kind that we don't know",
  },
  "owner-unknown": { law: "§2.5", verdict: "unknown", sentence: "unknown because the owner of its Pod could not be determined" },
  "account-type-unknown": {
    law: "§5.2, 8",
    verdict: "unknown",
    sentence: "unknown because the account is of a type that we don't know",
  },
  "no-rule": {
    law: "§5",
    verdict: "unknown",
    sentence: "unknown because no rule answered; this is a bug of eip-guard, please report it",
  },
} as const satisfies Readonly<Record<string, ReasonRow>>;

export type Reason = keyof typeof REASONS;

/** What follows from a reason, besides its verdict. */
interface ReasonRow {
  readonly law: Paragraph;
  readonly verdict: Verdict;
  readonly sentence: string;
  /** A person, or the cloud in a person's name, keeps it: nothing is flagged. */
  readonly person?: true;
  /** Its Pod may come back for it, so that a finite threshold takes away what somebody still wants. */
  readonly returns?: true;
  /** Its release always needs a person's approval. */
  readonly approval?: true;
  /** What would end it, where that is something to do. `{id}` is the EIP. */
  readonly ends?: string;
}

function rowOf(reason: Reason): ReasonRow {
  return REASONS[reason];
}

export function isSaidByAPerson(reason: Reason): boolean {
  return rowOf(reason).person === true;
}

export function mayComeBack(reason: Reason): boolean {
  return rowOf(reason).returns === true;
}

export function needsPersonAlways(reason: Reason): boolean {
  return rowOf(reason).approval === true;
}

/** What would end it, for `explain`; null where nothing is to be done. */
export function whatEnds(reason: Reason, id: string): string | null {
  return rowOf(reason).ends?.replace("{id}", id) ?? null;
}
