import type { AutoscalerKind, WorkloadKind } from "./kinds.ts";
import type { Listing, Reading } from "./known.ts";
import type { OwnerMark } from "./owner.ts";
import type { Place } from "./place.ts";
import type { Instant } from "./time.ts";

/**
 * Everything one reading of the world brought in, in the product's own words. Adapters translate into these shapes and
 * judge nothing; the core judges and reads nothing. A field that the world may withhold is a Reading or a Listing.
 */
export interface Facts {
  /** When the reading began; no fact is older. */
  readonly startedAt: Instant;
  /** When the reading ended: the `now` of every judgement. */
  readonly now: Instant;
  readonly regions: readonly RegionFacts[];
  readonly clusters: readonly ClusterFacts[];
  /** One entry for each account, region and product whose clusters were asked for. */
  readonly clusterListings: readonly ClusterListing[];
  /** Clusters that tags or memory name and no listing shows: what asking for each by id said. */
  readonly absentClusters: readonly AskedCluster[];
  /** Who we were in each account while reading (ARN): "seen alive with the same credentials" is measured by it. */
  readonly principals: Readonly<Record<AccountName, Reading<string>>>;
  /** Ids of clusters in `clusters.ignore` and `clusters.deleted` of the configuration. */
  readonly ignoredClusters: readonly string[];
  readonly declaredDeletedClusters: readonly string[];
}

/** The key of an account as configured (its `name`), `default` for the credentials' own. */
export type AccountName = string;

export type AccountType = "standard" | "legacy" | "other";

export interface RegionFacts extends Place {
  /** Every EIP of the account and region, or why that is not known. A listing that disagrees with TotalCount is unknown. */
  readonly addresses: Reading<readonly Address[]>;
  /**
   * Rows that were read although the listing as a whole is not complete: they are reported, and judged `unknown` unless
   * they are in use. Empty where `addresses` is known.
   */
  readonly partial: readonly Address[];
  /** `DescribeNetworkAccountType`: decides what an idle EIP costs. `other`: the API answered a word that we don't know. */
  readonly accountType: Reading<AccountType>;
  /** `DescribeAddressQuota`, `TOTAL_EIP_QUOTA`. */
  readonly quota: Reading<{ readonly limit: number; readonly used: number }>;
}

/** The statuses that the VPC API documents; anything else is a status that we don't know. */
export type AddressStatus = "CREATING" | "BINDING" | "BIND" | "UNBINDING" | "UNBIND" | "OFFLINING" | "BIND_ENI" | "UNKNOWN";

/** One EIP, `Address` of VPC 2017-03-12. */
export interface Address extends Place {
  readonly id: string;
  readonly ip: string;
  readonly name: string;
  readonly status: AddressStatus;
  /** The status as the API wrote it. */
  readonly rawStatus: string;
  /** `EIP`, `AnycastEIP`, `HighQualityEIP`, `AntiDDoSEIP`, `ResidentialEIP`, … */
  readonly type: string;
  /** `InternetChargeType` as written; null for legacy accounts. */
  readonly chargeType: string | null;
  /** `PayMode`, which the definition does not name and real answers carry. */
  readonly payMode: string | null;
  /** Mbps; null where the EIP has no bandwidth of its own. */
  readonly bandwidth: number | null;
  readonly isp: string | null;
  readonly instanceId: string | null;
  readonly instanceType: string | null;
  readonly networkInterfaceId: string | null;
  readonly privateIp: string | null;
  readonly createdAt: Instant | null;
  /** `UpdatedTime` as written: a hint that something changed, never proof (domain.md §2.3). */
  readonly updatedTime: string | null;
  readonly deadline: string | null;
  /** `RenewFlag`: only EIPs that are prepaid by the month have one. */
  readonly renewFlag: string | null;
  /** `AntiDDoSPackageId`: the package that an AntiDDoS EIP is bound to. */
  readonly antiDdosPackageId: string | null;
  readonly bandwidthPackageId: string | null;
  /** Unknown where the answer has no TagSet: a failed tag read must not look like "untagged". */
  readonly tags: Reading<Readonly<Record<string, string>>>;
  /** Arrears, blocked and cascade as the API says; null where it does not say. */
  readonly isArrears: boolean | null;
  readonly isBlocked: boolean | null;
  readonly cascadeRelease: boolean | null;
}

export interface ClusterListing extends Place {
  readonly product: "tke" | "eks";
  /** The ids that the complete listing shows. */
  readonly ids: Reading<readonly string[]>;
  /** The product does not serve this region (`UnsupportedRegion`): no cluster of it is there, and `ids` is empty. */
  readonly unsupported?: boolean;
}

export interface AskedCluster extends Place {
  readonly id: string;
  readonly exists: Reading<Existence>;
}

/**
 * What asking for a cluster by its id said. An empty answer is a weaker word than "not found": a role that was narrowed gets one for a
 * cluster that lives (domain.md §5.2, 3).
 */
export type Existence =
  | "exists"
  /** Every product that serves the region says explicitly that it has no such cluster. */
  | "not-found"
  /** Nobody affirms it, and not everybody denies it: an empty answer. */
  | "not-shown"
  /** It was not asked for: what names it is no id of a cluster, or no product serves its region. */
  | "not-asked";

/** Whether a text is the id of a cluster: whatever stands in a tag is no reason to ask the cloud for it. */
export function isClusterId(text: string): boolean {
  return /^cls-[a-z0-9]{1,60}$/.test(text);
}

/** Running, or why nothing may be concluded from its absence or presence. */
export type ClusterState =
  | { readonly state: "running" }
  /** Isolated, in arrears, creating, deleting, or a word that we don't know. */
  | { readonly state: "other"; readonly status: string };

export interface ClusterFacts extends Place {
  readonly id: string;
  readonly name: string;
  readonly product: "tke" | "eks";
  readonly vpcId: string | null;
  readonly status: ClusterState;
  /** Unknown when nothing could be read at all: no kubeconfig, no route, refused. */
  readonly objects: Reading<ClusterObjects>;
  readonly ipamd: Reading<IpamdFacts>;
}

/** What runs the claims: DescribeIPAMD, the role's policies, and Deployment `kube-system/tke-eni-ipamd` where visible. */
export interface IpamdFacts {
  readonly enabled: boolean;
  /** `Phase` as written, such as `running`; empty when the API does not say. */
  readonly phase: string;
  /** `ClaimExpiredDuration` as written; null when the answer has none. */
  readonly claimExpiredDuration: string | null;
  /** Whether the policy QcloudAccessForIPAMDRoleInQcloudAllocateEIP is attached to IPAMDofTKE_QCSRole. */
  readonly authorised: Reading<boolean>;
  /** `--claim-expired-duration` of the Deployment's arguments, a second source; null where not visible or not set. */
  readonly argument: string | null;
  /** Image tag of the Deployment, such as `v3.5.1`; null where not visible. */
  readonly version: string | null;
}

export interface ClusterObjects {
  /** When the reading of this cluster began. */
  readonly readAt: Instant;
  readonly pods: Listing<Pod>;
  /** One listing for each kind that can own Pods, by {@link WorkloadKind}. */
  readonly workloads: Readonly<Record<WorkloadKind, Listing<Workload>>>;
  readonly claims: Listing<Claim>;
  readonly namespaces: Listing<Namespace>;
  /** One listing for each kind that scales workloads by itself. */
  readonly autoscalers: Readonly<Record<AutoscalerKind, Listing<Autoscaler>>>;
  /** Those of kinds that are in no row of the table, and are called as autoscalers are: how far one scales is not known. */
  readonly foreignAutoscalers: Reading<readonly Autoscaler[]>;
  readonly nodes: Listing<KubernetesNode>;
  /** Custom kinds that are served, can be scaled, and are in no row of the table of kinds: `widgets.example.com`. */
  readonly unlistedKinds: Reading<readonly string[]>;
  /**
   * `pod.annotations` of ConfigMap kube-system/eks-config, which super nodes add to all Pods; null when there is no such
   * ConfigMap or key.
   */
  readonly eksConfigAnnotations: Reading<Readonly<Record<string, string>> | null>;
}

/**
 * `metadata.ownerReferences` with `controller: true`, else the only one. Several of which none is the controller, and what can't be read,
 * are an owner of an unknown kind: `apiVersion` is empty then (domain.md §2.5).
 */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** The annotations that matter, by their full key with prefix; others are left behind by the adapter. */
export type Annotations = Readonly<Record<string, string>>;

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly phase: string;
  readonly createdAt: Instant;
  readonly deletionAt: Instant | null;
  /** `status.podIP`: the first address, IPv4 or IPv6. */
  readonly podIP: string | null;
  /** The others: of `status.podIPs`, and of further interfaces (annotations `…/networks-status`). */
  readonly furtherIPs: readonly string[];
  readonly hostNetwork: boolean;
  readonly nodeName: string | null;
  readonly owner: OwnerReference | null;
  readonly annotations: Annotations;
  /** `game.kruise.io/owner-gss`, where the label is there. */
  readonly gameServerSet: string | null;
  /** Whether the Pod, or its containers, ask for the resource `tke.cloud.tencent.com/eip`. */
  readonly requestsEip: boolean;
  /** Environment variables whose value is `metadata.annotations[…eip-public-ip]`: always empty (domain.md §6). */
  readonly readsPublicIpFromEnvironment: boolean;
  /** Whom its labels or annotations name under the configured keys; null for nobody. */
  readonly ownerMark: OwnerMark | null;
}

export interface Workload {
  readonly kind: WorkloadKind;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: Instant;
  readonly deletionAt: Instant | null;
  readonly owner: OwnerReference | null;
  /** Every other owner that it names: one of them may scale it too. */
  readonly otherOwners: readonly OwnerReference[];
  /** `spec.replicas`; 1 when left out, 0 for kinds without replicas (DaemonSet, Job, CronJob), NaN where it can't be read. */
  readonly replicas: number;
  /** `spec.ordinals.start`; 0 when left out, NaN where it can't be read. */
  readonly start: number;
  /** `spec.reserveOrdinals` or `spec.reserveGameServerIds`, as written: integers or ranges `"3-5"`. */
  readonly reserved: readonly (number | string)[];
  /** Annotations of its Pod template's metadata. */
  readonly templateAnnotations: Annotations;
  /** The same of further templates, for kinds that have several (a LeaderWorkerSet's leader and workers). */
  readonly otherTemplates: readonly Annotations[];
  /** `spec.template.spec.nodeSelector["node.kubernetes.io/instance-type"] === "eklet"`. */
  readonly selectsSuperNode: boolean;
  readonly readsPublicIpFromEnvironment: boolean;
  /** Whom the metadata of its Pod template names; null for nobody. */
  readonly ownerMark: OwnerMark | null;
}

/** An EIPClaim, read without a schema (domain.md §2.2). */
export interface Claim {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly createdAt: Instant;
  readonly deletionAt: Instant | null;
  /** Where it is served: any group of Tencent Cloud may have claims, and each is deleted where it stands. */
  readonly apiVersion: string;
  readonly plural: string;
  /** Every distinct string in `spec`, `status` and the annotations that is an EIP id, or an IPv4 address. */
  readonly ids: readonly string[];
  readonly ips: readonly string[];
}

export interface Namespace {
  readonly name: string;
  readonly uid: string;
  readonly deletionAt: Instant | null;
  readonly ownerMark: OwnerMark | null;
}

export interface Autoscaler {
  /** An {@link AutoscalerKind}, or a kind that is in no row of the table. */
  readonly kind: string;
  /** Where its target is. */
  readonly namespace: string;
  readonly name: string;
  /** Null where it can't be read: then it may be anything in the namespace. */
  readonly target: { readonly apiVersion: string; readonly kind: string; readonly name: string } | null;
  /** The most replicas that it ever sets; null where that can't be read. */
  readonly maxReplicas: number | null;
}

export interface KubernetesNode {
  readonly name: string;
  readonly superNode: boolean;
}
