import type { Cause } from "./known.ts";
import type { Owner } from "./owner.ts";
import type { Place } from "./place.ts";
import type { Verdict } from "./verdict.ts";
import type { WithheldBy } from "./withheld.ts";

/**
 * The one result that every renderer reads: `scan --format json`, field by field (contract.md, scan --format json). Everything here
 * is plain JSON; instants are ISO 8601 in UTC, durations whole seconds. Additions beside the contract are marked "added".
 */
export interface ScanResult {
  readonly schema: "eip-guard/scan/v1";
  readonly run: {
    readonly id: string;
    readonly startedAt: string;
    readonly finishedAt: string;
    readonly mode: "audit" | "flag" | "enforce";
    readonly dryRun: boolean;
  };
  readonly complete: boolean;
  readonly gaps: readonly Gap[];
  readonly totals: Totals;
  readonly alertErrors: readonly string[];
  readonly clusters: readonly ClusterResult[];
  /** Worst first, then by cost; every EIP that was read is here once. */
  readonly eips: readonly EipResult[];
  /** Only of `run` and `apply`: what was done. */
  readonly acts?: readonly Act[];
  /** added: notes for people, such as a release key in a mode that does not need it. */
  readonly notes: readonly string[];
  /** added: quota of each account and region. */
  readonly regions: readonly RegionResult[];
  /** added: what releases saved so far, from their receipts. */
  readonly savings: readonly { readonly currency: string; readonly saved: number; readonly releases: number }[];
  /** added: what is switched on, for what the guard will do by itself depends on it. */
  readonly guard: GuardResult;
}

export interface GuardResult {
  /** When the ledger was written last; null where no run has written one, so that no idle time is counted yet. */
  readonly ledgerWrittenAt: string | null;
  readonly evidence: { readonly cloudaudit: boolean; readonly billing: boolean };
  /** The Slack channel that is told; null for none. */
  readonly channel: string | null;
  /** When that channel got its latest digest; null for never. */
  readonly digestSentAt: string | null;
  /** A file or object named STOP is in the store: nothing is flagged or released. */
  readonly stopped: boolean;
}

export interface Gap {
  /** `cluster cls-…`, `region default/ap-guangzhou`, `account games`. */
  readonly scope: string;
  readonly what: string;
  readonly why: string;
  /** added: what kind of failure it is, where that is known. */
  readonly cause?: Cause;
}

export interface Totals {
  readonly eips: number;
  readonly byVerdict: Readonly<Partial<Record<Verdict, number>>>;
  /** Of idle EIPs, one for each currency. */
  readonly cost: readonly TotalCost[];
  /** EIPs whose cost is not known. */
  readonly costUnknown: number;
  /** added: the same sums by verdict, of which what the leaked cost can be saved; verdicts without such an EIP are left out. */
  readonly costByVerdict: Readonly<Partial<Record<Verdict, VerdictCost>>>;
}

export interface VerdictCost {
  /** EIPs that are idle, or whose cost is not known. */
  readonly eips: number;
  /** One for each currency. */
  readonly cost: readonly TotalCost[];
  readonly costUnknown: number;
}

export interface TotalCost {
  readonly currency: string;
  readonly perHour: number;
  /** 730 hours. */
  readonly perMonth: number;
  readonly soFarAtLeast: number;
  readonly soFarAtMost: number;
}

export interface ClusterResult extends Place {
  readonly id: string;
  readonly name: string;
  readonly state: "live" | "deleted" | "unreadable";
  readonly recycleThreshold: ThresholdResult;
  /** EIPs that stand idle for this cluster's Pods, whatever their verdict. */
  readonly retained: number;
  /** Of those, how many are past a finite threshold. */
  readonly overdue: number;
  readonly findings: readonly Finding[];
  /** added: the recycle-threshold audit. */
  readonly audit: ThresholdAudit;
}

export interface ThresholdResult {
  readonly state: "set" | "never" | "unknown";
  readonly seconds?: number;
  readonly why?: string;
}

export interface ThresholdAudit {
  /** Where the threshold was read: `DescribeIPAMD`, `argument of kube-system/tke-eni-ipamd`. */
  readonly source: string;
  readonly ipamd: "running" | "stopped" | "unknown";
  readonly authorised: "yes" | "no" | "unknown";
  readonly overdueBySeconds: { readonly most: number } | null;
  /** Addresses that ipamd destroys although their workload lives, and when. */
  readonly willBeLost: readonly { readonly id: string; readonly ip: string; readonly pod: string; readonly at: string }[];
  readonly idleCost: readonly { readonly currency: string; readonly perHour: number; readonly perMonth: number }[];
  readonly podOverrides: readonly { readonly pod: string; readonly seconds: number | null }[];
}

export interface Finding {
  readonly code: string;
  /** `ns/name`, or `-` where it is the cluster itself. */
  readonly object: string;
  readonly detail: string;
  /** added: what to do about it. */
  readonly fix: string;
}

export interface RegionResult extends Place {
  readonly quota: { readonly limit: number; readonly used: number; readonly idle: number } | { readonly unknown: string };
  readonly findings: readonly Finding[];
}

export interface EipResult extends Place {
  readonly id: string;
  readonly ip: string;
  readonly name: string;
  readonly status: string;
  readonly chargeType: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly pod: PodResult | null;
  /** Whose it is, and where that stands; null where nothing that could be read names anybody. */
  readonly owner: Owner | null;
  readonly evidence: readonly EvidenceResult[];
  readonly idle: IdleResult | null;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly alsoTrue: readonly string[];
  readonly detail: string;
  readonly rule: string | null;
  readonly action: "none" | "flag" | "release";
  readonly withheld: string | null;
  /** added: what withholds it; null exactly where `withheld` is. */
  readonly withheldBy: WithheldBy | null;
  readonly flagAt: string | null;
  readonly releaseAt: string | null;
  readonly cost: CostResult;
  /** added: where this EIP stands on its way. */
  readonly flaggedAt: string | null;
  readonly noticedAt: string | null;
  /** added: the cluster that it belongs to, as far as anything names one; also where no Pod is known. */
  readonly cluster: string | null;
  /** added: `CreatedTime`; null where the API does not say. */
  readonly createdAt: string | null;
  /**
   * added: of an idle EIP, when it was bound for the last time, as far as anything saw it: from when on, where CloudAudit knows it,
   * until the last reading or event that knew it bound.
   */
  readonly lastBound: { readonly since: string | null; readonly until: string } | null;
  /** added: of an idle EIP that a cluster made, when its recycle threshold (the Pod's own, else the cluster's) ends or ended. */
  readonly thresholdAt: string | null;
  /** added: whether its release needs a person's word, and that word where it was given. */
  readonly approval: ApprovalResult;
}

export interface ApprovalResult {
  readonly needed: boolean;
  /** Null where none was given, or where it is void. `until` may be past: then it ran out. */
  readonly given: { readonly at: string; readonly by: string; readonly until: string } | null;
}

export interface PodResult {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly ordinal: number | null;
  readonly workload: { readonly apiVersion: string; readonly kind: string; readonly name: string } | null;
}

export interface EvidenceResult {
  readonly kind: "pod-annotation" | "claim" | "id-list" | "address" | "private-ip" | "history" | "cluster-tag";
  readonly detail: string;
}

export interface IdleResult {
  readonly atLeastSeconds: number;
  /** Null where nothing bounds it (an EIP without CreatedTime). */
  readonly atMostSeconds: number | null;
  readonly actingSeconds: number;
  readonly sightings: number;
  readonly evidence: readonly ("ledger" | "cloudaudit" | "bill" | "created")[];
  /** added: sources that contradict each other, in words. */
  readonly contradiction: string | null;
}

export type CostResult =
  | {
      readonly currency: string;
      readonly perHour: number;
      readonly soFarAtLeast: number;
      readonly soFarAtMost: number;
      /** added: the bill's own figure for the billed part, where it is readable. */
      readonly billed?: {
        readonly amount: number;
        readonly currency: string;
        readonly from: string;
        readonly until: string;
        /** Why it is not what was computed, in words. */
        readonly difference: string;
      };
    }
  | { readonly unknown: string };

export interface Act {
  readonly id: string;
  readonly act: "flagged" | "unflagged" | "noticed" | "released" | "withheld" | "failed";
  readonly via?: "claim" | "address";
  readonly why: string;
  readonly at: string;
}
