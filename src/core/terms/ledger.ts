import type { OwnerReference } from "./facts.ts";
import type { Place } from "./place.ts";
import type { Duration, Instant } from "./time.ts";
import type { ReadFacts } from "./trail.ts";

/**
 * The guard's own memory. It is plain JSON, written as a whole, as generation n + 1 of what was read.
 * How it changes is in {@link file://../remember.ts}; how it is stored, in src/store.
 */
export interface Ledger {
  readonly schema: "eip-guard/ledger/v1";
  /** 0 for a ledger that was never written. */
  readonly generation: number;
  readonly writtenAt: Instant | null;
  /** The run, or the person's command (`keep by …`), that wrote this generation; null before the first. */
  readonly writtenBy: string | null;
  /** Hash and number of the trail's newest record when this was written; null before the first. */
  readonly trailHead: TrailHead | null;
  readonly addresses: Readonly<Record<string, AddressMemory>>;
  readonly clusters: Readonly<Record<string, ClusterMemory>>;
  /** Counts of the last complete run of each account and region, by `account/region`: the sanity brake's measure. */
  readonly lastComplete: Readonly<Record<string, RegionCounts>>;
  /** Digest of the policy that the last run used, to record a change of it. */
  readonly policyDigest: string | null;
  /** `Time` of timer ticks already served, newest last; a few are kept. */
  readonly servedTicks: readonly string[];
  /** When the latest runs took their readings, oldest first; a few are kept. Left out: not known. */
  readonly readings?: readonly Instant[];
  /** What a back-test needs, as far as it is not in the trail yet. Left out: nothing is known of it. */
  readonly record?: RunRecord;
  readonly digest: DigestMemory | null;
  /** What was released, newest last: what it saves is counted from here. */
  readonly receipts: readonly Receipt[];
  /** The gaps of the last run, `scope: what`: a change of them is a trail record. */
  readonly gaps: readonly string[];
  /** Standing alerts that were delivered, by their kind. Left out: none is known. */
  readonly alerts?: Readonly<Record<string, AlertMemory>>;
  /** Announcements that were not delivered yet, oldest first. Left out: none is known. */
  readonly pending?: readonly PendingAnnouncement[];
  /** Releases whose outcome nobody knows yet. Each run looks again until it is known. Left out: none. */
  readonly open?: readonly OpenRelease[];
  /** Keeps, by AddressId, of EIPs that no run has seen since the ledger was lost: taken from the trail. Left out: none. */
  readonly said?: Readonly<Record<string, Keep>>;
}

export interface RunRecord {
  /** What the trail says of each account and region, by `account/region`. */
  readonly regions: Readonly<Record<string, string>>;
  /** Readings that no record has yet, oldest first: when each was done, and when it began. */
  readonly readings: readonly (readonly [now: Instant, begun: Instant])[];
}

/** A release that was begun, from its intent in the trail. */
export interface OpenRelease {
  readonly id: string;
  /** The run that began it, and when. */
  readonly run: string;
  readonly at: Instant;
  /** The facts of its intent. */
  readonly facts: ReadFacts<"intent">;
}

export interface TrailHead {
  readonly sequence: number;
  readonly hash: string;
}

export interface RegionCounts {
  readonly at: Instant;
  readonly eips: number;
  readonly tagged: number;
  readonly pods: number;
  readonly claims: number;
  readonly clusters: number;
}

/** The last Slack digest: what it said, to be silent when nothing changed, and when, for the weekly sign of life. */
export interface DigestMemory {
  readonly sentAt: Instant;
  /** Of older versions, which compared the whole digest. */
  readonly fingerprint?: string;
  /** What people were told and what still stands, by its subject: the same is not said again. Left out: not known. */
  readonly said?: Readonly<Record<string, string>>;
  /** The message that is changed while its day lasts. Left out: the next digest is a new one. */
  readonly message?: DigestMessage;
  /** The latest weekly summary, or what stood for it. Left out: an older version wrote this. */
  readonly weeklyAt?: Instant;
}

/** A digest that stands in its channel. */
export interface DigestMessage {
  /** As the delivery named it. */
  readonly reference: string;
  /** The channel of the configuration. */
  readonly channel: string;
  /** `2026-11-26`, in the time zone of the alerts. */
  readonly day: string;
  /** The subjects that it told, as far as they still stand. */
  readonly told: readonly string[];
}

/** A standing alert, such as that a cap holds releases back: what it said, and when it was delivered. */
export interface AlertMemory {
  readonly sentAt: Instant;
  readonly fingerprint: string;
  /** Digest of the caps alone, and how many EIPs it named. Left out: not known. */
  readonly policy?: string;
  readonly eips?: number;
}

/** What happened to one EIP, as people are told of it. Plain facts: they outlive the EIP and a restart of the guard. */
export interface ToldEip extends Place {
  readonly id: string;
  readonly ip: string;
  /** `namespace/name@cluster`; null where no Pod is known. */
  readonly pod: string | null;
  readonly why: string;
  /** Further facts, a line each: of a release those of its receipt. */
  readonly facts: readonly string[];
  /** Of a release: the call that may get the address back; null where there is none. */
  readonly recovery: string | null;
  /** The channel of its route. Left out: the default one. */
  readonly channel?: string;
  /** The code of its reason. Left out: not known. */
  readonly reason?: string;
  /** Why its release was postponed, as values. Left out: it was not, or an older version wrote this. */
  readonly postponed?: Postponed;
  /** How it was released, as values. Left out: it was not, or an older version wrote this. */
  readonly release?: ReleaseTold;
}

export interface Postponed {
  readonly because: "judged" | "used" | ClockBreak;
  /** The two readings between which it happened; null where that is not known. */
  readonly from: Instant | null;
  readonly until: Instant | null;
  readonly maxGap: Duration;
  readonly timezone: string;
}

export interface ReleaseTold {
  /** `namespace/name@cluster` of the claim that was deleted; null for ReleaseAddresses. */
  readonly claim: string | null;
  /** `TRAFFIC_POSTPAID_BY_HOUR, 100 Mbps, BGP`; empty where nothing is known. */
  readonly specification: string;
  readonly perHour: number | null;
  readonly currency: string | null;
}

/** An announcement of what happened once. One that was not delivered waits here and is sent again by the next run. */
export interface PendingAnnouncement {
  readonly kind: "released" | "all-clear" | "postponed";
  readonly at: Instant;
  readonly eips: readonly ToldEip[];
}

export interface Receipt {
  readonly id: string;
  readonly at: Instant;
  /** What it cost an hour while idle; null where that is not known. */
  readonly perHour: number | null;
  readonly currency: string | null;
  /** When ipamd would have recycled it anyway; null for never. */
  readonly recycledAnywayAt: Instant | null;
}

export interface ClusterMemory extends Place {
  /** Last seen in a complete listing, with the credentials that `principal` names (an account's uin or role). */
  readonly seenAliveAt: Instant;
  /** Last seen in a complete listing in whatever state: a cluster that is being deleted is listed, and not alive. */
  readonly listedAt?: Instant;
  readonly principal: string;
  /** `metadata.uid` of its namespace kube-system, once its Pods' EIPs proved that it was this cluster. */
  readonly systemUid?: string;
}

export interface AddressMemory extends Place {
  readonly ip: string;
  readonly firstSeenAt: Instant;
  readonly lastSeenAt: Instant;
  /** Last complete reading that found it bound; null when none did. */
  readonly boundAt: Instant | null;
  /** First complete reading after `boundAt` that found it not bound, whatever the gaps: the *shown* clock. */
  readonly idleSince: Instant | null;
  /** The *acting* clock: an unbroken row of complete readings (domain.md §4.2). Null while it is not idle. */
  readonly acting: ActingClock | null;
  /** The status that the latest reading saw, and since which reading it has been that. */
  readonly status: { readonly is: string; readonly since: Instant };
  readonly pod: PodMemory | null;
  /** Other Pods that fresh evidence named while `pod`, or one of these, may still have a claim on the EIP (domain.md §2.4). */
  readonly otherPods?: readonly PodMemory[];
  /** It once stood in an `eip-id-list`: the user's own for ever (domain.md §5). */
  readonly everInIdList: boolean;
  readonly flag: Flag | null;
  readonly keep: Keep | null;
  readonly approval: Approval | null;
  /** Learned from a release error: `AddressDeletionProtectionEnabled`, `AddressInArrears`, … by code, with when. */
  readonly protections: Readonly<Record<string, Instant>>;
  /** CloudAudit's and the bill's answers, remembered. */
  readonly evidence: EvidenceMemory | null;
  /** The verdict and reason of the last run: a change is a trail record. */
  readonly verdict: { readonly verdict: string; readonly reason: string; readonly at: Instant } | null;
  /** What the last run planned for it. Left out: not known. */
  readonly outlook?: Outlook;
  /** Why a due release was withheld, as the trail has it: the same is not recorded again. Left out: nothing, or not known. */
  readonly withheld?: string;
  /** The row of runs that came to the last run's verdict: a rule's delays count from its start. Absent: not known. */
  readonly judged?: JudgedRow;
  /** Digest of what the trail's newest record says of it for a back-test. Left out: there is no such record yet. */
  readonly recorded?: string;
  /** The guard's own latest call that changed its tags, which may change `UpdatedTime` (domain.md §4.2). */
  readonly marked?: { readonly from: Instant; readonly until: Instant };
}

/** What earlier runs made of an EIP, and people of that. It bears on what is done, and never on a verdict. */
export type RunMemory = Pick<AddressMemory, "verdict" | "judged" | "outlook" | "withheld" | "recorded" | "flag" | "approval">;

/** What links and verdicts may rest on: all but {@link RunMemory}. The types hold the judge to it. */
export type SeenMemory = Omit<AddressMemory, keyof RunMemory>;

/** What `approve` must know of an EIP, which reads the ledger alone. */
export interface Outlook {
  /** When the release could happen first; null where no rule releases it. */
  readonly releaseAt: Instant | null;
  readonly needsApproval: boolean;
}

/** Runs in a row that came to one verdict on a complete reading. Another verdict ends the row; a reading that was not complete does not count. */
export interface JudgedRow {
  readonly verdict: string;
  readonly since: Instant;
  /** Since which run of the row its rule has allowed a release; null where it does not. */
  readonly releasableSince: Instant | null;
}

export interface ActingClock {
  /** First reading of the unbroken row. */
  readonly since: Instant;
  /** Latest reading of it. */
  readonly latest: Instant;
  readonly sightings: number;
  /** `UpdatedTime` at the latest reading: a change starts the row again. */
  readonly updatedTime: string | null;
  /** Why this row began anew, and when the row before it was seen last. Left out: it is the first, or not known. */
  readonly restarted?: { readonly latest: Instant; readonly why: ClockBreak };
  /** When the latest reading began: a Pod or claim that was born after it starts the row again. Absent: not known. */
  readonly begun?: Instant;
}

/** What starts the acting clock again: nobody looked for too long, the EIP changed, a Pod or claim for it is younger, our clock went back. */
export type ClockBreak = "gap" | "changed" | "younger" | "clock";

/**
 * What stands above a Pod's owner: a controller of a kind that we don't know, which may bring the owner back. `not-listed`: nobody knows,
 * since the owner itself was not listed when it was named, as where a gateway hides it. Null: nothing stands above it.
 */
export type OwnersOwner = OwnerReference | "not-listed" | null;

export interface PodMemory {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string | null;
  readonly seenAt: Instant;
  /** The topmost known owner: the StatefulSet, or the Deployment above a ReplicaSet. Null for a bare Pod that was seen, or where none was. */
  readonly owner: OwnerReference | null;
  readonly ownersOwner: OwnersOwner;
  /** true when a living Pod was seen, so that `owner` (or its absence) is a fact and not a guess from the name. */
  readonly ownerSeen: boolean;
  /** Delete policy as seen on the Pod: `Never`, another value, or null for none. Undefined while no Pod was seen. */
  readonly deletePolicy?: string | null;
  /** `claim-expired-duration` of the Pod, null for none. Undefined while no Pod was seen. */
  readonly claimExpired?: string | null;
  readonly claimSeen: boolean;
  /** Whether the Pod stood on a super node when it was seen. Absent: not known. */
  readonly superNode?: boolean;
  /**
   * What eks-config gave the Pod when it was seen; nulls where it stood on a regular node (domain.md §2.1). Absent: not known, as
   * where the ConfigMap or the nodes could not be read, or an older version wrote this.
   */
  readonly given?: GivenByNode;
  /** The workload that included the Pod when no Pod was seen: a sighting of its owner, as good as an ownerReference. */
  readonly includedBy?: IncludedBy;
}

export interface GivenByNode {
  readonly deletePolicy: string | null;
  readonly claimExpired: string | null;
}

/** A workload by whose living ordinals a Pod was known, and what its template said then. */
export interface IncludedBy {
  readonly owner: OwnerReference;
  readonly ownersOwner: OwnersOwner;
  readonly deletePolicy: string | null;
  readonly claimExpired: string | null;
}

export interface Flag {
  readonly at: Instant;
  readonly rule: string;
  readonly reason: string;
  readonly tagged: boolean;
  /** When Slack confirmed the notice; the notice period counts from here. Null: not delivered yet. */
  readonly noticedAt: Instant | null;
  /** The release date that the notice named. */
  readonly noticedReleaseAt: Instant | null;
  /** When the reminder of this notice was delivered. Left out: not yet. */
  readonly remindedAt?: Instant;
}

export interface Keep {
  readonly at: Instant;
  readonly by: string;
  readonly why: string;
  /** Null: until somebody takes it back. */
  readonly until: Instant | null;
  /** Keeps that hold for a shorter time, or as long: of several the longest holds. Left out: none. */
  readonly besides?: readonly Keep[];
}

export interface Approval {
  readonly at: Instant;
  readonly by: string;
  readonly until: Instant;
}

export interface EvidenceMemory {
  readonly askedAt: Instant;
  readonly unboundAt: Instant | null;
  readonly boundAt: Instant | null;
  readonly allocatedAt: Instant | null;
  readonly searchedSince: Instant | null;
  readonly bill: {
    readonly idle: Duration;
    readonly from: Instant;
    readonly until: Instant;
    readonly cost: number;
    readonly currency: string;
  } | null;
}

/** The ledger of a guard that has not run yet. */
export function emptyLedger(): Ledger {
  return {
    schema: "eip-guard/ledger/v1",
    generation: 0,
    writtenAt: null,
    writtenBy: null,
    trailHead: null,
    addresses: {},
    clusters: {},
    lastComplete: {},
    policyDigest: null,
    servedTicks: [],
    digest: null,
    receipts: [],
    gaps: [],
  };
}

/** Whether a generation was written by a person's command, which changes nothing but keeps and approvals. */
export function writtenByPerson(ledger: Pick<Ledger, "writtenBy">): boolean {
  return ledger.writtenBy?.startsWith(PERSON) ?? false;
}

/** What `writtenBy` begins with where a person's command wrote. */
export const PERSON = "person: ";

/** Key in `protections`: a claim was deleted, and ipamd did not destroy the EIP within the bound. */
export const IPAMD_DID_NOT_DESTROY = "guard.IpamdDidNotDestroy";
