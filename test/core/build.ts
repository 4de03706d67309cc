import type {
  Address,
  Annotations,
  Autoscaler,
  Claim,
  ClusterFacts,
  ClusterObjects,
  Facts,
  IpamdFacts,
  OwnerReference,
  Pod,
  RegionFacts,
  Workload,
} from "../../src/core/terms/facts.ts";
import { AUTOSCALER_KINDS, type AutoscalerKind, ofEachKind, rowOf, type WorkloadKind } from "../../src/core/terms/kinds.ts";
import { known, type Listing } from "../../src/core/terms/known.ts";
import { type AddressMemory, emptyLedger, type JudgedRow, type Ledger, type PodMemory } from "../../src/core/terms/ledger.ts";
import type { Policy } from "../../src/core/terms/policy.ts";
import { DAY, type Duration, HOUR, type Instant, instant, MINUTE, milliseconds } from "../../src/core/terms/time.ts";

import type { Verdict } from "../../src/core/terms/verdict.ts";

/** Small worlds for tests of the core: everything has a harmless default, each test names what it is about. */

export const NOW: Instant = instant(Date.UTC(2026, 10, 23, 9, 0, 0));
export const CLUSTER = "cls-11111111";

export function ago(duration: number): Instant {
  return instant(NOW - duration);
}

export const BOTH_TAGS = { "tke-clusterId": CLUSTER, "tke-created-eip": "true" } as const;

export function address(fields: Partial<Address> = {}): Address {
  return {
    id: "eip-aaaaaaaa",
    ip: "203.0.113.10",
    name: "",
    account: "default",
    region: "ap-guangzhou",
    status: "UNBIND",
    rawStatus: fields.status ?? "UNBIND",
    type: "EIP",
    chargeType: "TRAFFIC_POSTPAID_BY_HOUR",
    payMode: "TRAFFIC_POSTPAID_BY_HOUR",
    bandwidth: 100,
    isp: "BGP",
    instanceId: null,
    instanceType: null,
    networkInterfaceId: null,
    privateIp: null,
    createdAt: ago(90 * DAY),
    updatedTime: "2026-08-25T09:00:00Z",
    deadline: null,
    renewFlag: null,
    antiDdosPackageId: null,
    bandwidthPackageId: null,
    tags: known({ ...BOTH_TAGS }),
    isArrears: false,
    isBlocked: false,
    cascadeRelease: false,
    ...fields,
  };
}

export function owner(kind: string, name: string, apiVersion = "apps/v1", uid = `uid-${name}`): OwnerReference {
  return { apiVersion, kind, name, uid };
}

export function pod(fields: Partial<Pod> = {}): Pod {
  return {
    namespace: "games",
    name: "web-0",
    uid: "uid-pod",
    phase: "Running",
    createdAt: ago(30 * DAY),
    deletionAt: null,
    podIP: "10.0.0.7",
    furtherIPs: [],
    hostNetwork: false,
    nodeName: "node-1",
    owner: owner("StatefulSet", "web"),
    annotations: {},
    gameServerSet: null,
    requestsEip: false,
    readsPublicIpFromEnvironment: false,
    ownerMark: null,
    ...fields,
  };
}

const API_VERSIONS: Readonly<Partial<Record<WorkloadKind, string>>> = {
  StatefulSet: "apps/v1",
  Deployment: "apps/v1",
  ReplicaSet: "apps/v1",
  DaemonSet: "apps/v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
  AdvancedStatefulSet: "apps.kruise.io/v1beta1",
  CloneSet: "apps.kruise.io/v1alpha1",
  GameServerSet: "game.kruise.io/v1alpha1",
};

export const NEVER: Annotations = {
  "tke.cloud.tencent.com/eip-attributes": '{"Bandwidth":"100","ISP":"BGP"}',
  "tke.cloud.tencent.com/eip-claim-delete-policy": "Never",
};

export const NOT_NEVER: Annotations = { "tke.cloud.tencent.com/eip-attributes": '{"Bandwidth":"100","ISP":"BGP"}' };

export function workload(fields: Partial<Workload> = {}): Workload {
  const kind = fields.kind ?? "StatefulSet";
  const name = fields.name ?? "web";
  return {
    kind,
    apiVersion: API_VERSIONS[kind] ?? `${rowOf(kind).group}/v1`,
    namespace: "games",
    name,
    uid: `uid-${name}`,
    createdAt: ago(60 * DAY),
    deletionAt: null,
    owner: null,
    otherOwners: [],
    replicas: 2,
    start: 0,
    reserved: [],
    templateAnnotations: NEVER,
    otherTemplates: [],
    selectsSuperNode: false,
    readsPublicIpFromEnvironment: false,
    ownerMark: null,
    ...fields,
  };
}

export function claim(fields: Partial<Claim> = {}): Claim {
  return {
    namespace: "games",
    name: "web-0",
    uid: "uid-claim",
    resourceVersion: "7",
    createdAt: ago(30 * DAY),
    deletionAt: null,
    apiVersion: "networking.tke.cloud.tencent.com/v1alpha1",
    plural: "eipclaims",
    ids: ["eip-aaaaaaaa"],
    ips: [],
    ...fields,
  };
}

export function complete<T>(...items: readonly T[]): Listing<T> {
  return { state: "complete", items };
}

export interface ClusterShape extends Partial<Omit<ClusterObjects, "workloads" | "autoscalers">> {
  readonly workloads?: Partial<Record<WorkloadKind, Listing<Workload>>>;
  /** Of HorizontalPodAutoscalers. */
  readonly autoscalers?: Listing<Autoscaler>;
  readonly otherAutoscalers?: Partial<Record<AutoscalerKind, Listing<Autoscaler>>>;
}

/** An autoscaler of the StatefulSet `games/web`. */
export function autoscaler(fields: Partial<Autoscaler> = {}): Autoscaler {
  const target = { apiVersion: "apps/v1", kind: "StatefulSet", name: "web" };
  return { kind: "HorizontalPodAutoscaler", namespace: "games", name: "web", target, maxReplicas: 5, ...fields };
}

/** A listing for each kind of autoscaler: what is not given is not installed. */
export function autoscalers(given: Partial<Record<AutoscalerKind, Listing<Autoscaler>>>): ClusterObjects["autoscalers"] {
  const absent: Listing<Autoscaler> = { state: "not-installed" };
  const all = Object.fromEntries(AUTOSCALER_KINDS.map((kind) => [kind, given[kind] ?? absent]));
  return all as Record<AutoscalerKind, Listing<Autoscaler>>;
}

export function objects(shape: ClusterShape = {}): ClusterObjects {
  const { workloads = {}, autoscalers: own = complete(), otherAutoscalers = {}, ...rest } = shape;
  return {
    readAt: NOW,
    pods: complete(),
    claims: complete(),
    namespaces: complete({ name: "games", uid: "uid-games", deletionAt: null, ownerMark: null }),
    autoscalers: autoscalers({ HorizontalPodAutoscaler: own, ...otherAutoscalers }),
    foreignAutoscalers: known([]),
    nodes: complete({ name: "node-1", superNode: false }),
    eksConfigAnnotations: known(null),
    unlistedKinds: known([]),
    ...rest,
    workloads: ofEachKind<Listing<Workload>>(
      (kind) => workloads[kind] ?? (rowOf(kind).versions === null ? { state: "not-installed" } : complete()),
    ),
  };
}

export function ipamd(fields: Partial<IpamdFacts> = {}): IpamdFacts {
  return {
    enabled: true,
    phase: "running",
    claimExpiredDuration: "1h0m0s",
    authorised: known(true),
    argument: null,
    version: null,
    ...fields,
  };
}

/** A Pod with an EIP and its claim: what makes the claims of a cluster readable. */
export const SAMPLE_POD = pod({
  namespace: "sample",
  name: "sample-0",
  owner: owner("StatefulSet", "sample"),
  podIP: "10.0.9.9",
  annotations: { ...NEVER, "tke.cloud.tencent.com/eip-id": "eip-sample00" },
});
export const SAMPLE_CLAIM = claim({ namespace: "sample", name: "sample-0", ids: ["eip-sample00"] });

/** A cluster whose claims are readable, with the objects of the test besides. */
export function cluster(shape: ClusterShape = {}, fields: Partial<ClusterFacts> = {}): ClusterFacts {
  const withSample: ClusterShape = {
    ...shape,
    pods: withItem(shape.pods, SAMPLE_POD),
    claims: withItem(shape.claims, SAMPLE_CLAIM),
  };
  return bareCluster(withSample, fields);
}

/** A cluster without the sample: nothing makes its claims readable. */
export function bareCluster(shape: ClusterShape = {}, fields: Partial<ClusterFacts> = {}): ClusterFacts {
  return {
    id: CLUSTER,
    name: "prod",
    account: "default",
    region: "ap-guangzhou",
    product: "tke",
    vpcId: "vpc-1",
    status: { state: "running" },
    objects: known(objects(shape)),
    ipamd: known(ipamd()),
    ...fields,
  };
}

function withItem<T>(listing: Listing<T> | undefined, item: T): Listing<T> {
  if (listing === undefined) return complete(item);
  return listing.state === "complete" ? complete(...listing.items, item) : listing;
}

export function region(addresses: readonly Address[], fields: Partial<RegionFacts> = {}): RegionFacts {
  return {
    account: "default",
    region: "ap-guangzhou",
    addresses: known(addresses),
    partial: [],
    accountType: known("standard"),
    quota: known({ limit: 20, used: addresses.length }),
    ...fields,
  };
}

export function facts(addresses: readonly Address[], clusters: readonly ClusterFacts[], fields: Partial<Facts> = {}): Facts {
  const listing = (product: "tke" | "eks") => ({
    account: "default",
    region: "ap-guangzhou",
    product,
    ids: known(clusters.filter((one) => one.product === product).map((one) => one.id)),
  });
  return {
    startedAt: NOW,
    now: NOW,
    regions: [region(addresses)],
    clusters,
    clusterListings: [listing("tke"), listing("eks")],
    absentClusters: [],
    principals: { default: known("qcs::cam::uin/100000000001:root") },
    ignoredClusters: [],
    declaredDeletedClusters: [],
    ...fields,
  };
}

export function podMemory(fields: Partial<PodMemory> = {}): PodMemory {
  return {
    cluster: CLUSTER,
    namespace: "games",
    name: "web-0",
    uid: "uid-pod",
    seenAt: ago(2 * DAY),
    owner: owner("StatefulSet", "web"),
    ownersOwner: null,
    ownerSeen: true,
    deletePolicy: "Never",
    claimExpired: null,
    given: { deletePolicy: null, claimExpired: null },
    claimSeen: true,
    ...fields,
  };
}

const { given: _, ...withoutGiven } = podMemory({ deletePolicy: null });
/** A Pod of which an older version remembered nothing that eks-config gave it, or that could not be known. */
export const unrecorded: PodMemory = withoutGiven;

/** The memory of an EIP that has been seen idle every hour for `idle`. */
export function memory(idle: Duration | null, fields: Partial<AddressMemory> = {}): AddressMemory {
  return {
    account: "default",
    region: "ap-guangzhou",
    ip: "203.0.113.10",
    firstSeenAt: ago(60 * DAY),
    lastSeenAt: ago(30 * MINUTE),
    boundAt: idle === null ? null : instant(ago(30 * MINUTE) - idle - HOUR),
    idleSince: idle === null ? null : instant(ago(30 * MINUTE) - idle),
    acting:
      idle === null
        ? null
        : {
            since: instant(ago(30 * MINUTE) - idle),
            latest: ago(30 * MINUTE),
            sightings: Math.floor(idle / HOUR) + 1,
            updatedTime: "2026-08-25T09:00:00Z",
            begun: ago(30 * MINUTE),
          },
    status: { is: "UNBIND", since: ago(10 * DAY) },
    pod: null,
    everInIdList: false,
    flag: null,
    keep: null,
    approval: null,
    protections: {},
    evidence: null,
    verdict: null,
    ...(idle === null ? {} : { judged: judgedRow("leaked", instant(ago(30 * MINUTE) - idle)) }),
    ...fields,
  };
}

/** A row of verdicts whose rule has allowed a release all the time. */
export function judgedRow(verdict: Verdict, since: Instant): JudgedRow {
  return { verdict, since, releasableSince: since };
}

export function ledger(addresses: Readonly<Record<string, AddressMemory>> = {}, fields: Partial<Ledger> = {}): Ledger {
  return { ...emptyLedger(), generation: 1, addresses, ...fields };
}

export const POLICY: Policy = {
  mode: "enforce",
  grace: HOUR,
  minSightings: 2,
  maxGap: milliseconds(2 * HOUR),
  newborn: milliseconds(10 * MINUTE),
  keepTags: ["eip-guard:keep"],
  rules: [
    { name: "leaked", match: { verdict: ["leaked"] }, flagAfter: milliseconds(0), releaseAfter: milliseconds(7 * DAY) },
    { name: "unmanaged", match: { verdict: ["unmanaged"] }, flagAfter: milliseconds(7 * DAY), releaseAfter: null },
    { name: "retained", match: { verdict: ["retained"] }, flagAfter: milliseconds(30 * DAY), releaseAfter: null },
  ],
  release: { notice: DAY, maxPerRun: 10, maxPercent: 10, approval: "none", window: null, mark: null },
  prices: {},
  owner: { labels: ["team"], annotations: [], tags: ["Owner"] },
};
