import type { Cause } from "./known.ts";
import type { Owner } from "./owner.ts";
import type { Place } from "./place.ts";
import type { Verdict } from "./verdict.ts";
import type { WithheldBy } from "./withheld.ts";

/**
 * The one result that every renderer reads: `scan --format json`, field by field. Everything here is plain JSON. Instants are ISO 8601 in
 * UTC, durations are whole seconds, money is in the currency beside it. docs/json.md is made of these comments.
 */
export interface ScanResult {
  /** The name and version of this shape. A field may be added within a version; none is taken away. */
  readonly schema: "eip-guard/scan/v1";
  /** The run or scan that made it. */
  readonly run: RunResult;
  /** Whether everything that was asked for could be read. False: `gaps` says what is missing, and what it could decide is `unknown`. */
  readonly complete: boolean;
  /** What could not be read. */
  readonly gaps: readonly Gap[];
  /** Counts and costs of all EIPs together. */
  readonly totals: Totals;
  /** Alerts that could not be delivered, a sentence each. */
  readonly alertErrors: readonly string[];
  /** Each cluster that was listed, configured or named by an EIP. */
  readonly clusters: readonly ClusterResult[];
  /** Every EIP that was read, exactly once: the worst verdict first, then by cost. */
  readonly eips: readonly EipResult[];
  /** What was done. Only `run` and `apply` have it. */
  readonly acts?: readonly Act[];
  /** What people should know besides, a sentence each: a release key in a mode that does not need it, a region without TKE. */
  readonly notes: readonly string[];
  /** Each account's regions with their quota. */
  readonly regions: readonly RegionResult[];
  /** What releases saved so far, from their receipts, one entry for each currency. */
  readonly savings: readonly SavingsResult[];
  /** What is switched on: what the guard will do by itself depends on it. */
  readonly guard: GuardResult;
}

export interface RunResult {
  /** The run's id, as the trail and the log have it. */
  readonly id: string;
  /** When it began. */
  readonly startedAt: string;
  /** When it ended. Costs so far are counted until then. */
  readonly finishedAt: string;
  /** The mode of the configuration: audit only tells, flag marks and notifies, enforce also releases. */
  readonly mode: "audit" | "flag" | "enforce";
  /** Whether it had no way to write: `scan`, `plan` and `run --dry-run`. */
  readonly dryRun: boolean;
}

export interface SavingsResult {
  /** ISO 4217. */
  readonly currency: string;
  /** What the released EIPs would have cost until now, or until ipamd would have recycled them. */
  readonly saved: number;
  /** Releases that are counted. */
  readonly releases: number;
}

export interface GuardResult {
  /** When the ledger was written last; null where no run has written one, so that no idle time is counted yet. */
  readonly ledgerWrittenAt: string | null;
  /** Which further sources are asked about idle EIPs. */
  readonly evidence: { readonly cloudaudit: boolean; readonly billing: boolean };
  /** The Slack channel that is told; null for none. */
  readonly channel: string | null;
  /** When that channel got its latest digest; null for never. */
  readonly digestSentAt: string | null;
  /** A file or object named STOP is in the store: nothing is flagged or released. */
  readonly stopped: boolean;
}

export interface Gap {
  /** What it is about: `cluster cls-…`, `region default/ap-guangzhou`, `account games`. */
  readonly scope: string;
  /** What could not be read. */
  readonly what: string;
  /** Why, as the API said it. */
  readonly why: string;
  /** What kind of failure it is. Left out where that is not known. */
  readonly cause?: Cause;
}

export interface Totals {
  /** All EIPs that were read. */
  readonly eips: number;
  /** How many have each verdict. A verdict without an EIP is left out. */
  readonly byVerdict: Readonly<Partial<Record<Verdict, number>>>;
  /** What the idle EIPs cost, one entry for each currency. */
  readonly cost: readonly TotalCost[];
  /** EIPs whose cost is not known. */
  readonly costUnknown: number;
  /** The same by verdict. What the leaked cost can be saved. A verdict without an idle EIP is left out. */
  readonly costByVerdict: Readonly<Partial<Record<Verdict, VerdictCost>>>;
}

export interface VerdictCost {
  /** EIPs that are idle, or whose cost is not known. */
  readonly eips: number;
  /** What they cost, one entry for each currency. */
  readonly cost: readonly TotalCost[];
  /** Of them, those whose cost is not known. */
  readonly costUnknown: number;
}

export interface TotalCost {
  /** ISO 4217. */
  readonly currency: string;
  /** What they cost an hour while they are idle. */
  readonly perHour: number;
  /** The same for a month of 730 hours. */
  readonly perMonth: number;
  /** What they cost since they are idle, counted from the latest possible begin. */
  readonly soFarAtLeast: number;
  /** The same from the earliest possible begin. */
  readonly soFarAtMost: number;
}

export interface ClusterResult extends Place {
  /** `cls-…`, or the id of a serverless cluster. */
  readonly id: string;
  /** Its name in the console; its id where nothing shows a name. */
  readonly name: string;
  /** Whether its objects could be read, it is deleted for certain, or neither. */
  readonly state: "live" | "deleted" | "unreadable";
  /** After how much idle time ipamd recycles an EIP of a Pod with the policy Never. */
  readonly recycleThreshold: ThresholdResult;
  /** EIPs that stand idle for this cluster's Pods, whatever their verdict. */
  readonly retained: number;
  /** Of those, how many are past a finite threshold. */
  readonly overdue: number;
  /** What is wrong in it, with what to do about it. */
  readonly findings: readonly Finding[];
  /** The audit of its recycle threshold. */
  readonly audit: ThresholdAudit;
}

export interface ThresholdResult {
  /** Whether ipamd recycles after some time, never, or nobody knows. */
  readonly state: "set" | "never" | "unknown";
  /** The time. Only where `state` is `set`. */
  readonly seconds?: number;
  /** Why it is not known. Only where `state` is `unknown`. */
  readonly why?: string;
}

export interface ThresholdAudit {
  /** Where the threshold was read: `DescribeIPAMD`, `argument of kube-system/tke-eni-ipamd`. */
  readonly source: string;
  /** Whether ipamd, which recycles, is at work. */
  readonly ipamd: "running" | "stopped" | "unknown";
  /** Whether the account lets ipamd work (its CAM role). */
  readonly authorised: "yes" | "no" | "unknown";
  /** How long the oldest EIP is past the threshold; null where none is. */
  readonly overdueBySeconds: { readonly most: number } | null;
  /** Addresses that ipamd destroys although their workload lives, and when. */
  readonly willBeLost: readonly { readonly id: string; readonly ip: string; readonly pod: string; readonly at: string }[];
  /** What its idle EIPs cost, one entry for each currency. */
  readonly idleCost: readonly { readonly currency: string; readonly perHour: number; readonly perMonth: number }[];
  /** Pods with a threshold of their own. Null seconds: `never`, or a value that can't be read. */
  readonly podOverrides: readonly { readonly pod: string; readonly seconds: number | null }[];
}

export interface Finding {
  /** Its code, from the closed list in docs/findings.md. */
  readonly code: string;
  /** `namespace/name` of what it is about, or `-` for the cluster or region itself. */
  readonly object: string;
  /** What was found, in a sentence. */
  readonly detail: string;
  /** What to do about it. */
  readonly fix: string;
}

export interface RegionResult extends Place {
  /** The quota of EIPs, how many are used, and how many of these are idle; or why it is not known. */
  readonly quota: { readonly limit: number; readonly used: number; readonly idle: number } | { readonly unknown: string };
  /** What is wrong in the region, with what to do about it. */
  readonly findings: readonly Finding[];
}

export interface EipResult extends Place {
  /** `AddressId`, `eip-…`. */
  readonly id: string;
  /** The public address. */
  readonly ip: string;
  /** Its name in the console. */
  readonly name: string;
  /** `AddressStatus` as the API has it. */
  readonly status: string;
  /** `InternetChargeType` as the API has it; empty for an account of the old type. */
  readonly chargeType: string;
  /** Its tags; empty also where they could not be read, which is then a gap. */
  readonly tags: Readonly<Record<string, string>>;
  /** The Pod that has it, or had it last; null where none is known. */
  readonly pod: PodResult | null;
  /** Whose it is, and where that stands; null where nothing that could be read names anybody. */
  readonly owner: Owner | null;
  /** What links it to that Pod or cluster, the strongest first. */
  readonly evidence: readonly EvidenceResult[];
  /** How long it is idle; null while it is bound. */
  readonly idle: IdleResult | null;
  /** Its one verdict. */
  readonly verdict: Verdict;
  /** The code of the reason, from the closed list in docs/reasons.md. */
  readonly reason: string;
  /** Codes of reasons that hold too, and that the verdict did not rest on. */
  readonly alsoTrue: readonly string[];
  /** The reason in a sentence about this EIP. */
  readonly detail: string;
  /** The first policy rule that matches it; null for none. */
  readonly rule: string | null;
  /** What a run would do with it now. */
  readonly action: "none" | "flag" | "release";
  /** Why a due act does not happen, in a sentence; null where nothing withholds it. */
  readonly withheld: string | null;
  /** What withholds it, for programs; null exactly where `withheld` is. */
  readonly withheldBy: WithheldBy | null;
  /** When it was flagged, or can be flagged first; null where no rule flags it. */
  readonly flagAt: string | null;
  /** When it can be released first, notice and window counted in; null where no rule releases it. */
  readonly releaseAt: string | null;
  /** What it costs while it is idle. */
  readonly cost: CostResult;
  /** When the guard flagged it; null where it is not flagged. */
  readonly flaggedAt: string | null;
  /** When the notice of its release was delivered; null where none was. */
  readonly noticedAt: string | null;
  /** The cluster that it belongs to, as far as anything names one; also where no Pod is known. */
  readonly cluster: string | null;
  /** `CreatedTime`; null where the API does not say. */
  readonly createdAt: string | null;
  /** When it was bound for the last time; null while it is bound, or where nothing saw it bound. */
  readonly lastBound: LastBoundResult | null;
  /** When its recycle threshold (the Pod's own, else the cluster's) ends or ended; null where it is not idle or has none. */
  readonly thresholdAt: string | null;
  /** Whether its release needs a person's word, and that word where it was given. */
  readonly approval: ApprovalResult;
}

export interface LastBoundResult {
  /** Since when it was bound, where CloudAudit knows it; else null. */
  readonly since: string | null;
  /** The last reading or event that knew it bound. */
  readonly until: string;
}

export interface ApprovalResult {
  /** Whether a person must approve its release. */
  readonly needed: boolean;
  /** Who approved, when, and until when that holds. Null where nobody did, or where it is void. `until` may be past: then it ran out. */
  readonly given: { readonly at: string; readonly by: string; readonly until: string } | null;
}

export interface PodResult {
  /** Id of its cluster. */
  readonly cluster: string;
  /** Its namespace. */
  readonly namespace: string;
  /** Its name. */
  readonly name: string;
  /** The number at the end of its name; null where it has none. */
  readonly ordinal: number | null;
  /** The workload that made it; null where that is not known, or where it is a bare Pod. */
  readonly workload: { readonly apiVersion: string; readonly kind: string; readonly name: string } | null;
}

export interface EvidenceResult {
  /** What sort of evidence it is (docs/domain.md §2.4). */
  readonly kind: "pod-annotation" | "claim" | "id-list" | "address" | "private-ip" | "history" | "cluster-tag";
  /** What it says, in words. */
  readonly detail: string;
}

export interface IdleResult {
  /** It is idle at least that long: this is certain. */
  readonly atLeastSeconds: number;
  /** It is idle at most that long. Null where nothing bounds it (an EIP without CreatedTime). */
  readonly atMostSeconds: number | null;
  /** How long an unbroken row of complete readings saw it idle. Delays count by this alone. */
  readonly actingSeconds: number;
  /** Readings in that row. */
  readonly sightings: number;
  /** What the interval rests on. */
  readonly evidence: readonly ("ledger" | "cloudaudit" | "bill" | "created")[];
  /** Sources that contradict each other, in words; null where none do. */
  readonly contradiction: string | null;
}

/** Known with its figures, or unknown with the reason. */
export type CostResult = KnownCostResult | { readonly unknown: string };

export interface KnownCostResult {
  /** ISO 4217. */
  readonly currency: string;
  /** What it costs an hour while it is idle. */
  readonly perHour: number;
  /** What it cost since it is idle, counted from the latest possible begin. */
  readonly soFarAtLeast: number;
  /** The same from the earliest possible begin. */
  readonly soFarAtMost: number;
  /** The bill's own figure for the part that was billed. Left out where no bill is read. */
  readonly billed?: BilledResult;
}

export interface BilledResult {
  /** What was billed. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Begin of the billed part. */
  readonly from: string;
  /** End of the billed part. */
  readonly until: string;
  /** Why it is not what was computed, in words. */
  readonly difference: string;
}

export interface Act {
  /** The EIP. */
  readonly id: string;
  /** What was done, or was due and not done. `released` is said only where a receipt proves it. */
  readonly act: "flagged" | "unflagged" | "noticed" | "released" | "withheld" | "failed";
  /** Of a release: by deleting its claim, or by ReleaseAddresses. */
  readonly via?: "claim" | "address";
  /** Why, in a sentence. */
  readonly why: string;
  /** When. */
  readonly at: string;
}
