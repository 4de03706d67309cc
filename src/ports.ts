import type { Announcement } from "./core/terms/announcement.ts";
import type { AccountName, AccountType, Address, Claim, ClusterObjects, ClusterState, Existence } from "./core/terms/facts.ts";
import type { Reading } from "./core/terms/known.ts";
import type { Ledger, TrailHead } from "./core/terms/ledger.ts";
import type { Place } from "./core/terms/place.ts";
import type { Duration, Instant } from "./core/terms/time.ts";
import type { TrailEvent, TrailRecord } from "./core/terms/trail.ts";

/**
 * What the guard needs of the world. Readers stand apart from writers: a dry run is given readers only, so that it has no
 * way to write (tenet 4). Readers answer failures with `Unknown`, never with an exception or an empty list; they throw
 * only a GuardError of fault `user` (such as wrong keys for every call), which stops the program before anything is done.
 */

export interface Clock {
  readonly now: () => Instant;
  readonly sleep: (duration: Duration, signal?: AbortSignal) => Promise<void>;
}

export interface AccountAddresses {
  readonly addresses: Reading<readonly Address[]>;
  /** What was read although the listing is not complete. */
  readonly partial: readonly Address[];
}

/** A cluster as the cloud lists it. */
export interface CloudCluster extends Place {
  readonly id: string;
  readonly name: string;
  readonly product: "tke" | "eks";
  readonly vpcId: string | null;
  readonly status: ClusterState;
}

export interface IpamdConfiguration {
  readonly enabled: boolean;
  readonly phase: string;
  readonly claimExpiredDuration: string | null;
}

/** The clusters of one product in a region. */
export interface CloudClusters {
  readonly clusters: readonly CloudCluster[];
  /** The product does not serve the region: an absence, not a failed reading (domain.md §4). */
  readonly unsupported: boolean;
}

/** Tencent Cloud, read only. `signal` ends the work; the answer is then unknown. */
export interface CloudReader {
  readonly accounts: readonly { readonly name: AccountName; readonly regions: readonly string[] }[];
  /** Who we are in an account: `uin/100000000001` or the role's ARN (GetCallerIdentity). */
  readonly principal: (account: AccountName) => Promise<Reading<{ readonly arn: string; readonly uin: string }>>;
  readonly addresses: (
    account: AccountName,
    region: string,
    onPage?: (read: number, total: number) => void,
  ) => Promise<AccountAddresses>;
  readonly addressesById: (account: AccountName, region: string, ids: readonly string[]) => Promise<Reading<readonly Address[]>>;
  readonly accountType: (account: AccountName, region: string) => Promise<Reading<AccountType>>;
  readonly quota: (account: AccountName, region: string) => Promise<Reading<{ readonly limit: number; readonly used: number }>>;
  readonly clusters: (account: AccountName, region: string, product: "tke" | "eks") => Promise<Reading<CloudClusters>>;
  /** Asks for one cluster by id, in both products. */
  readonly clusterExists: (account: AccountName, region: string, id: string) => Promise<Reading<Existence>>;
  readonly ipamd: (account: AccountName, region: string, clusterId: string) => Promise<Reading<IpamdConfiguration>>;
  /** Whether IPAMDofTKE_QCSRole has the policy QcloudAccessForIPAMDRoleInQcloudAllocateEIP (cam ListAttachedRolePolicies). */
  readonly ipamdAuthorised: (account: AccountName) => Promise<Reading<boolean>>;
  /** CloudAudit events of one EIP within 90 days (domain.md §4.2). */
  readonly addressEvents: (
    account: AccountName,
    region: string,
    id: string,
    from: Instant,
    to: Instant,
  ) => Promise<Reading<readonly AddressEvent[]>>;
  /** Billed idle seconds of one EIP, hour by hour, newest first, from DescribeBillDetail rows of item `sv_eip_hour`. */
  readonly billedIdle: (account: AccountName, id: string, from: Instant, to: Instant) => Promise<Reading<readonly BilledIdle[]>>;
}

export interface AddressEvent {
  readonly name: "AllocateAddresses" | "AssociateAddress" | "DisassociateAddress" | "ReleaseAddresses";
  readonly at: Instant;
}

export interface BilledIdle {
  readonly from: Instant;
  readonly until: Instant;
  /** Seconds of this hour for which the idle fee was asked. */
  readonly seconds: number;
  readonly cost: number;
  readonly currency: string;
}

/** What ReleaseAddresses answered, after its task ended or the time was up (domain.md §4). */
export type ReleaseOutcome =
  | { readonly outcome: "released"; readonly requestId: string; readonly taskId: string | null }
  | {
      readonly outcome:
        | "gone-already"
        | "bound-meanwhile"
        | "protected"
        | "in-arrears"
        | "unpaid-order"
        | "busy"
        | "quota"
        | "forbidden"
        | "unconfirmed"
        | "unknown"
        /** `permitted` refused it: nothing was sent. */
        | "not-sent";
      /** The API's code, such as `OperationDenied.AddressInArrears`. */
      readonly code: string;
      readonly why: string;
    };

/**
 * Asked right before a call that changes something is sent, when all waiting (rate limits, sessions, discovery) is over: null, or why it must
 * not be sent any more. Such a call is sent once (domain.md §5.3, 4).
 */
export type Permitted = () => Promise<string | null>;

/** Tencent Cloud, written to. Exists only where the mode allows it. */
export interface CloudWriter {
  /** Releases one EIP by one call, and watches its task. */
  readonly release: (account: AccountName, region: string, id: string, permitted: Permitted) => Promise<ReleaseOutcome>;
  /** Sets or removes a tag by one call. Resolves to an error text, or null when it was done. Without `permitted` it is always permitted. */
  readonly tag: (
    account: AccountName,
    region: string,
    id: string,
    key: string,
    value: string,
    permitted?: Permitted,
  ) => Promise<string | null>;
  readonly untag: (
    account: AccountName,
    region: string,
    id: string,
    key: string,
    permitted?: Permitted,
  ) => Promise<string | null>;
}

/** A released address that is asked for again. */
export interface AddressRequest extends Place {
  readonly ip: string;
  readonly isp: string;
  readonly chargeType: string | null;
  readonly bandwidthMbps: number | null;
  readonly bandwidthPackage: string | null;
  /** The same for every repetition of one try. */
  readonly token: string;
}

export type AllocateOutcome =
  | { readonly outcome: "allocated"; readonly id: string }
  /** `counts`: whether it is one of the month's tries; false where it was not sent, or not allowed at all. */
  | { readonly outcome: "refused"; readonly code: string; readonly why: string; readonly counts: boolean }
  /** It may have arrived, although no clear answer did. */
  | { readonly outcome: "unconfirmed"; readonly code: string; readonly why: string };

/** What `recover` is given, and nothing else is. */
export interface Recoverer {
  /** Asks for one address by one call. */
  readonly allocate: (request: AddressRequest, permitted: Permitted) => Promise<AllocateOutcome>;
}

/** One cluster as it can be reached. */
export interface ClusterAddress extends Place {
  readonly id: string;
  readonly product: "tke" | "eks";
}

export interface KubernetesReader {
  /** Ids that kubeconfigs name, for clusters that no listing shows. */
  readonly configured: readonly { readonly id: string; readonly account: AccountName; readonly region: string }[];
  /** Whether its API server answers at all; asked once, without patience. */
  readonly answers: (cluster: ClusterAddress) => Promise<boolean>;
  readonly objects: (cluster: ClusterAddress, onPage?: (podsRead: number) => void) => Promise<Reading<ClusterObjects>>;
  /** `kube-system/tke-eni-ipamd`: its threshold argument and version, where the Deployment is visible. */
  readonly ipamdDeployment: (
    cluster: ClusterAddress,
  ) => Promise<Reading<{ readonly argument: string | null; readonly version: string | null } | null>>;
}

export interface KubernetesWriter {
  /**
   * Deletes exactly this claim (preconditions uid and resourceVersion), by one call. `busy`: the server refused it for its load.
   * `unconfirmed`: it may have arrived, although no clear answer did. `failed`: nothing was deleted.
   */
  readonly deleteClaim: (
    cluster: ClusterAddress,
    claim: Claim,
    permitted: Permitted,
  ) => Promise<
    | { readonly outcome: "deleted" }
    | {
        readonly outcome: "gone-already" | "changed" | "forbidden" | "busy" | "unconfirmed" | "not-sent" | "failed";
        readonly why: string;
      }
  >;
}

export interface StoreReader {
  /** The newest ledger; an empty one when the store has none. Throws GuardError when there is one that can't be read. */
  readonly readLedger: () => Promise<Ledger>;
  /**
   * All records, or those whose sequence is greater than `after`, oldest first, one at a time: memory does not grow with the
   * trail. Throws GuardError at a broken line.
   */
  readonly readTrail: (after?: number) => AsyncIterable<TrailRecord>;
  /** A file or object named STOP is there. Throws when it can't be told. */
  readonly stopRequested: () => Promise<boolean>;
  /** For messages: `.eip-guard` or `cos bucket/prefix`. */
  readonly describe: () => string;
}

export interface StoreWriter extends StoreReader {
  /** The newest ledger without its EIPs. Throws as `readLedger` does, where all but the EIPs can't be read. */
  readonly newestHead: () => Promise<Omit<Ledger, "addresses">>;
  /**
   * The newest ledger with this EIP alone, or with none where it does not know it. Throws as `readLedger` does, where all but the other EIPs
   * can't be read.
   */
  readonly readEip: (eip: string) => Promise<Ledger>;
  /**
   * Writes generation `ledger.generation` atomically, create-only. Throws GuardError `LostRace` when that generation is
   * already there: somebody else was faster, and nothing may be acted on any more.
   */
  readonly writeLedger: (ledger: Ledger) => Promise<void>;
  /** Appends records to the trail, durably, before it resolves. Answers the new head. */
  readonly append: (events: Iterable<TrailEvent>) => Promise<TrailHead>;
  /**
   * One holder at a time. Answers null when somebody else holds it. A lease expires by itself after `duration`, for
   * holders that were killed.
   */
  readonly acquireLease: (holder: string, duration: Duration) => Promise<Lease | null>;
  /** The lease that holds now; null where nobody holds it. */
  readonly heldLease: () => Promise<HeldLease | null>;
  /**
   * Uses a key (letters and digits), durably. False when it was used already with the same `at`. It is remembered for a day at least.
   */
  readonly useOnce: (key: string, at: Instant) => Promise<boolean>;
  /** Puts old things together into fewer. Nothing is lost by it, nor by leaving it out; a run does it now and then. */
  readonly tidy: () => Promise<void>;
}

export interface HeldLease {
  /** When it was taken, whatever it was prolonged by since; null where a version before this one took it. */
  readonly takenAt: Instant | null;
  readonly expiresAt: Instant;
}

export interface Lease {
  /** What people should know of how it was taken, such as that another machine's clock is ahead. */
  readonly warnings: readonly string[];
  /** Prolongs it; false when it was lost meanwhile. */
  readonly renew: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

/** Tells people what happened, in one channel. Each channel renders announcements in its own way. */
export interface Notifier {
  readonly announce: (announcement: Announcement) => Promise<Delivery>;
}

export type Delivery =
  | {
      readonly delivered: true;
      readonly at: Instant;
      /** The message, as its channel names it, so that it can be changed later. */
      readonly reference: string;
      /** What went wrong all the same, such as a second channel that did not take it. Left out: nothing. */
      readonly problems?: readonly string[];
    }
  /** `partly`: what people can see all the same, by AddressId; left out: nothing. */
  | {
      readonly delivered: false;
      readonly why: string;
      readonly partly?: { readonly at: Instant; readonly reference: string; readonly eips: readonly string[] };
    };

/** What `scan`, `plan`, `explain` and `check` are given. */
export interface ReadPorts {
  readonly clock: Clock;
  readonly cloud: CloudReader;
  readonly kubernetes: KubernetesReader;
  readonly store: StoreReader;
}

/** What `run` is given in mode `audit`: it writes the ledger and the trail, and alerts; it can't touch the cloud. */
export interface AuditPorts extends ReadPorts {
  readonly store: StoreWriter;
  readonly notifier: Notifier | null;
}

/** In mode `flag` EIPs can be marked besides. */
export interface FlagPorts extends AuditPorts {
  readonly marker: Pick<CloudWriter, "tag" | "untag">;
}

/** In mode `enforce`, with both keys. */
export interface EnforcePorts extends FlagPorts {
  readonly releaser: Pick<CloudWriter, "release">;
  readonly claims: KubernetesWriter;
  readonly notifier: Notifier;
}
