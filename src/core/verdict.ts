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
 * Every reason with its verdict and one sentence in one grammar. `docs/reasons.md` and `explain --reasons` print this
 * table; there is no other place where a reason may come from.
 */
export const REASONS = {
  // in-use
  bound: { verdict: "in-use", sentence: "in use because it is bound" },
  "eni-with-living-pod": { verdict: "in-use", sentence: "in use because it sits on a network interface whose Pod lives" },
  // transient
  changing: { verdict: "transient", sentence: "left alone because it is being created, bound, unbound or released right now" },
  newborn: { verdict: "transient", sentence: "left alone because it is younger than policy.newborn" },
  "cascade-release": {
    verdict: "transient",
    sentence: "left alone because Tencent Cloud releases it by itself when it is unbound",
  },
  "pod-terminating": { verdict: "transient", sentence: "left alone because its Pod is terminating" },
  "namespace-terminating": { verdict: "transient", sentence: "left alone because its Pod's namespace is terminating" },
  "claim-terminating": { verdict: "transient", sentence: "left alone because its claim is being deleted" },
  // retained: a person said so
  "keep-tag": { verdict: "retained", sentence: "kept because a keep tag says so" },
  kept: { verdict: "retained", sentence: "kept because a person said so (eip-guard keep)" },
  "deletion-protected": {
    verdict: "retained",
    sentence: "kept because its deletion protection is on, as a release attempt was told",
  },
  // retained: idle on purpose
  "workload-includes-pod": {
    verdict: "retained",
    sentence: "kept because its workload lives and includes its Pod, which can come back",
  },
  "scaled-to-zero": {
    verdict: "retained",
    sentence: "kept because its workload stands at 0 replicas and can be scaled up again",
  },
  "autoscaler-covers-pod": { verdict: "retained", sentence: "kept because an autoscaler can bring its Pod back" },
  "scaled-down-not-overdue": {
    verdict: "retained",
    sentence: "kept because its Pod was scaled away and the recycle threshold is not past",
  },
  "scaled-down-never-recycled": {
    verdict: "retained",
    sentence: "kept because its Pod was scaled away and nothing recycles it: the threshold is never",
  },
  "parked-game-server": {
    verdict: "retained",
    sentence: "kept because its game server is parked and its ordinal is used again on scaling up",
  },
  "in-id-list": { verdict: "retained", sentence: "kept because the eip-id-list of a living workload names it" },
  "bare-pod-claim": { verdict: "retained", sentence: "kept because its bare Pod may return and a claim still holds it" },
  "pod-exists": { verdict: "retained", sentence: "kept because its Pod exists" },
  // recycling
  "ipamd-will-recycle": {
    verdict: "recycling",
    sentence: "left to ipamd because its workload is gone and the recycle threshold is not past",
  },
  // leaked
  "scaled-down-overdue": {
    verdict: "leaked",
    sentence: "leaked because its Pod was scaled away and ipamd is overdue to recycle it",
  },
  "bare-pod-overdue": { verdict: "leaked", sentence: "leaked because its bare Pod is gone and ipamd is overdue to recycle it" },
  "workload-gone-overdue": {
    verdict: "leaked",
    sentence: "leaked because its workload is gone and ipamd is overdue to recycle it",
  },
  "workload-gone-never-recycled": {
    verdict: "leaked",
    sentence: "leaked because its workload is gone and nothing recycles it: the threshold is never",
  },
  "owner-never-seen": {
    verdict: "leaked",
    sentence:
      "leaked because no workload of the name that its Pod's name suggests exists; its owner was never seen, so a release needs an approval",
  },
  "never-without-stable-name": {
    verdict: "leaked",
    sentence: "leaked because its Pod's owner gives no stable names, so that no Pod will ever ask for it again",
  },
  "not-destroyed-with-pod": {
    verdict: "leaked",
    sentence: "leaked because without the policy Never it should have gone with its Pod",
  },
  "cluster-deleted": { verdict: "leaked", sentence: "leaked because its cluster was deleted" },
  orphan: { verdict: "leaked", sentence: "leaked because its cluster made it and no claim, Pod or list there names it" },
  duplicate: { verdict: "leaked", sentence: "leaked because its Pod holds another EIP, which its annotation and its claim name" },
  // unmanaged
  "no-cluster": { verdict: "unmanaged", sentence: "unmanaged because nothing proves that a cluster made it" },
  "users-own": { verdict: "unmanaged", sentence: "unmanaged because a Pod used it but a person allocated it" },
  // unknown
  "listing-incomplete": { verdict: "unknown", sentence: "unknown because the EIPs of its region could not be read completely" },
  "tags-unreadable": {
    verdict: "unknown",
    sentence: "unknown because its tags could not be read, and a keep tag may be among them",
  },
  "status-unknown": { verdict: "unknown", sentence: "unknown because its status is none that the API documents" },
  "dangling-eni": {
    verdict: "unknown",
    sentence: "unknown because it sits on a network interface without an instance, and no Pod is there",
  },
  stuck: {
    verdict: "unknown",
    sentence: "unknown because its Pod, namespace, claim or status has been changing for more than a day",
  },
  "cluster-unreadable": { verdict: "unknown", sentence: "unknown because its cluster could not be read" },
  "region-cluster-unreadable": {
    verdict: "unknown",
    sentence: "unknown because a cluster of its account and region could not be read, and any template there may name it",
  },
  "cluster-not-visible": {
    verdict: "unknown",
    sentence: "unknown because its cluster is in no listing, and it was never seen alive with these credentials",
  },
  "cluster-not-running": { verdict: "unknown", sentence: "unknown because its cluster is not running" },
  "kind-unreadable": { verdict: "unknown", sentence: "unknown because a kind of object that would decide could not be listed" },
  "may-be-scaled-up": {
    verdict: "unknown",
    sentence: "unknown because an autoscaler or an owner above its workload may scale it up again",
  },
  "claims-not-readable": {
    verdict: "unknown",
    sentence: "unknown because the claims of its cluster are not known to be readable, and an absent claim would decide",
  },
  "claim-ambiguous": {
    verdict: "unknown",
    sentence: "unknown because a claim that concerns it names several EIPs, or stands in several API groups",
  },
  "threshold-unknown": {
    verdict: "unknown",
    sentence: "unknown because the recycle threshold could not be read and would decide",
  },
  "evidence-conflict": { verdict: "unknown", sentence: "unknown because the evidence contradicts itself" },
  "half-tagged": {
    verdict: "unknown",
    sentence: "unknown because it carries only one of the two tke tags and nothing else speaks for it",
  },
  "policy-unknown": {
    verdict: "unknown",
    sentence: "unknown because the delete policy of its Pod is not known and would decide",
  },
  "owner-kind-unknown": { verdict: "unknown", sentence: "unknown because its Pod's owner is of a kind that we don't know" },
  "owner-unknown": { verdict: "unknown", sentence: "unknown because the owner of its Pod could not be determined" },
  "account-type-unknown": { verdict: "unknown", sentence: "unknown because the account is of a type that we don't know" },
  "no-rule": { verdict: "unknown", sentence: "unknown because no rule answered; this is a bug of eip-guard, please report it" },
} as const satisfies Readonly<Record<string, { verdict: Verdict; sentence: string }>>;

export type Reason = keyof typeof REASONS;
