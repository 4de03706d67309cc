import fc from "fast-check";
import type {
  Address,
  Annotations,
  Claim,
  ClusterFacts,
  ClusterObjects,
  Facts,
  Pod,
  RegionFacts,
  Workload,
} from "../../src/core/terms/facts.ts";
import { AUTOSCALER_KINDS, WORKLOAD_KINDS, type WorkloadKind } from "../../src/core/terms/kinds.ts";
import { known, type Listing, unknown } from "../../src/core/terms/known.ts";
import type { AddressMemory, Ledger, PodMemory } from "../../src/core/terms/ledger.ts";
import { DAY, HOUR, instant, later, MINUTE } from "../../src/core/terms/time.ts";
import {
  address,
  ago,
  autoscaler,
  bareCluster,
  claim,
  complete,
  ledger,
  NOW,
  objects,
  owner,
  pod,
  region,
  workload,
} from "./build.ts";

/**
 * Generated worlds for the properties of the core: a few EIPs, Pods, claims and workloads that refer to each other at random,
 * consistently or not, in two regions with a cluster each and a third cluster that only tags and memory know. About one EIP in three
 * is old, idle, flagged and noticed, so that much is due.
 */
export interface Generated {
  readonly facts: Facts;
  readonly ledger: Ledger;
}

const REGIONS = ["ap-guangzhou", "ap-tokyo"] as const;
type Region = (typeof REGIONS)[number];
const CLUSTERS = ["cls-11111111", "cls-22222222", "cls-99999999"] as const;
/** An EIP is regional: only a cluster of its own region can have anything to do with it. */
const IDS_IN: Readonly<Record<Region, readonly string[]>> = {
  "ap-guangzhou": ["eip-a", "eip-b", "eip-c", "eip-d"],
  "ap-tokyo": ["eip-e", "eip-f"],
};
const IDS = REGIONS.flatMap((region) => IDS_IN[region]);
const POD_NAMES = ["web-0", "web-1", "web-5", "redis", "api-7d9f8b6c5d-x2x4z"] as const;
const NAMESPACES = ["games", "other"] as const;
const TKE = "tke.cloud.tencent.com/";

const eipIn = (region: Region) => fc.constantFrom(...IDS_IN[region]);
const podName = fc.constantFrom(...POD_NAMES);
const namespace = fc.constantFrom(...NAMESPACES);

function rarely<T, U>(usual: T, rare: fc.Arbitrary<U>, oneIn = 12): fc.Arbitrary<T | U> {
  return fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: rare });
}

function ipOf(id: string): string {
  return `203.0.113.${id.charCodeAt(4)}`;
}

/** Mostly both tags, and those of the cluster of its own region. */
const tagsIn = (region: Region) => {
  const own = CLUSTERS[REGIONS.indexOf(region)] ?? CLUSTERS[0];
  const cluster = fc.oneof({ weight: 6, arbitrary: fc.constant(own) }, { weight: 1, arbitrary: fc.constantFrom(...CLUSTERS) });
  return fc.oneof(
    { weight: 20, arbitrary: cluster.map((id) => known({ "tke-clusterId": id, "tke-created-eip": "true" })) },
    { weight: 4, arbitrary: fc.constant(known<Record<string, string>>({})) },
    { weight: 1, arbitrary: fc.constant(known({ "tke-created-eip": "true" })) },
    { weight: 1, arbitrary: fc.constant(known({ "eip-guard:keep": "" })) },
    { weight: 1, arbitrary: fc.constant(unknown("no TagSet")) },
  );
};

const flagOrNull = (rare: Partial<Address>) => rarely<Partial<Address>, Partial<Address>>({}, fc.constant(rare), 16);

const addressOf = (id: string, name: Region): fc.Arbitrary<Address> =>
  fc
    .record({
      status: fc.oneof(
        { weight: 12, arbitrary: fc.constant("UNBIND" as const) },
        { weight: 2, arbitrary: fc.constantFrom("BIND", "BIND_ENI", "UNBINDING", "UNKNOWN") },
      ),
      region: fc.constant(name),
      tags: tagsIn(name),
      privateIp: fc.constantFrom(null, "10.0.0.1", "10.0.0.2"),
      createdAt: rarely(ago(90 * DAY), fc.constantFrom(null, ago(MINUTE), ago(3 * DAY))),
      rare: fc.oneof(
        flagOrNull({ isArrears: true }),
        flagOrNull({ isBlocked: null }),
        flagOrNull({ type: "AnycastEIP" }),
        flagOrNull({ cascadeRelease: true }),
        flagOrNull({ chargeType: "BANDWIDTH_PREPAID_BY_MONTH" }),
      ),
    })
    .map(({ rare, ...fields }) => address({ id, ip: ipOf(id), ...fields, ...rare }));

const owners = fc.constantFrom(
  null,
  owner("StatefulSet", "web"),
  owner("Deployment", "api"),
  owner("StatefulSet", "web", "apps.kruise.io/v1beta1"),
  owner("CloneSet", "web", "apps.kruise.io/v1alpha1"),
  owner("Rollout", "web", "example.com/v1"),
);

const annotationsIn = (region: Region): fc.Arbitrary<Annotations> =>
  fc
    .record({
      id: rarely(undefined, eipIn(region), 4),
      ip: rarely(undefined, eipIn(region), 4),
      list: rarely(undefined, fc.uniqueArray(eipIn(region), { minLength: 2, maxLength: 2 }), 16),
      policy: fc.constantFrom(undefined, "Never", "never"),
      expired: rarely(undefined, fc.constantFrom("5m", "72h", "0s", "soon")),
    })
    .map(({ id, ip, list, policy, expired }) => ({
      ...(id === undefined ? {} : { [`${TKE}eip-id`]: id }),
      ...(ip === undefined ? {} : { [`${TKE}eip-public-ip`]: ipOf(ip) }),
      ...(list === undefined ? {} : { [`${TKE}eip-id-list`]: list.join(",") }),
      ...(policy === undefined ? {} : { [`${TKE}eip-claim-delete-policy`]: policy }),
      ...(expired === undefined ? {} : { [`${TKE}claim-expired-duration`]: expired }),
    }));

const podsIn = (region: Region): fc.Arbitrary<Pod> =>
  fc
    .record({
      namespace,
      name: podName,
      phase: fc.constantFrom("Running", "Pending", "Succeeded"),
      podIP: fc.constantFrom(null, "10.0.0.1", "10.0.0.2", "10.0.0.3"),
      hostNetwork: rarely(false, fc.constant(true)),
      deletionAt: rarely(null, fc.constantFrom(ago(HOUR), ago(2 * DAY))),
      createdAt: rarely(ago(30 * DAY), fc.constant(ago(MINUTE))),
      owner: owners,
      annotations: annotationsIn(region),
    })
    .map(pod);

const claimsIn = (region: Region): fc.Arbitrary<Claim> =>
  fc
    .record({
      namespace,
      name: podName,
      deletionAt: rarely(null, fc.constantFrom(ago(HOUR), ago(2 * DAY)), 10),
      createdAt: rarely(ago(30 * DAY), fc.constant(ago(MINUTE))),
      named: fc.uniqueArray(eipIn(region), { maxLength: 2 }),
      byIp: fc.boolean(),
    })
    .map(({ named, byIp, ...fields }) => claim({ ...fields, ids: byIp ? [] : named, ips: byIp ? named.map(ipOf) : [] }));

const workloadOf = (kind: WorkloadKind, region: Region): fc.Arbitrary<Workload> =>
  fc
    .record({
      namespace,
      name: fc.constantFrom("web", "api"),
      replicas: fc.constantFrom(0, 1, 2),
      reserved: rarely<readonly (number | string)[], readonly (number | string)[]>([], fc.constantFrom([1], ["4-5"], ["x"])),
      templateAnnotations: annotationsIn(region).map(({ [`${TKE}eip-id`]: _, [`${TKE}eip-public-ip`]: __, ...rest }) => rest),
      owner: rarely(
        null,
        fc.constantFrom(owner("GameServerSet", "web", "game.kruise.io/v1alpha1"), owner("Game", "web", "example.com/v1")),
      ),
    })
    .map((fields) => workload({ kind, ...fields }));

function listing<T>(item: fc.Arbitrary<T>, key: (item: T) => string, installed: boolean, most = 2): fc.Arbitrary<Listing<T>> {
  const items = fc.uniqueArray(item, { maxLength: most, selector: key }).map((list) => complete(...list));
  const absent: fc.Arbitrary<Listing<T>> = fc.constant({ state: "not-installed" });
  const failed: fc.Arbitrary<Listing<T>> = fc.constant({ state: "failed", why: "timeout" });
  return fc.oneof(
    { weight: 160, arbitrary: items },
    { weight: installed ? 0 : 160, arbitrary: absent },
    { weight: 1, arbitrary: failed },
  );
}

const key = (item: { readonly namespace: string; readonly name: string }) => `${item.namespace}/${item.name}`;

const workloadsIn = (region: Region) =>
  fc.record({
    StatefulSet: listing(workloadOf("StatefulSet", region), key, true, 2),
    Deployment: listing(workloadOf("Deployment", region), key, true, 2),
    ReplicaSet: listing(workloadOf("ReplicaSet", region), key, true, 1),
    DaemonSet: fc.constant(complete<Workload>()),
    Job: fc.constant(complete<Workload>()),
    CronJob: fc.constant(complete<Workload>()),
    AdvancedStatefulSet: listing(workloadOf("AdvancedStatefulSet", region), key, false, 1),
    CloneSet: listing(workloadOf("CloneSet", region), key, false, 1),
    GameServerSet: listing(workloadOf("GameServerSet", region), key, false, 1),
    ReplicationController: listing(workloadOf("ReplicationController", region), key, true, 1),
    LeaderWorkerSet: listing(workloadOf("LeaderWorkerSet", region), key, false, 1),
  } satisfies Partial<Record<WorkloadKind, fc.Arbitrary<Listing<Workload>>>>);

/** A Pod whose claim names exactly its EIP: claims are readable, unless something else contradicts. */
const sample = {
  pod: pod({ namespace: "sample", name: "sample-0", podIP: "10.0.9.9", annotations: { [`${TKE}eip-id`]: "eip-sample" } }),
  claim: claim({ namespace: "sample", name: "sample-0", ids: ["eip-sample"] }),
};

function added<T>(items: Listing<T>, item: T): Listing<T> {
  return items.state === "complete" ? complete(...items.items, item) : items;
}

const clusterOf = (id: string, name: Region): fc.Arbitrary<ClusterFacts> =>
  fc
    .record({
      pods: listing(podsIn(name), key, true),
      claims: listing(claimsIn(name), key, true, 2),
      workloads: workloadsIn(name),
      sampled: rarely(true, fc.constant(false), 4),
      namespaces: rarely<readonly string[], readonly string[]>(["games", "other", "sample"], fc.constant(["games", "sample"])),
      superNode: fc.boolean(),
      eksConfig: rarely(known(null), fc.constantFrom(unknown("403"), known({ [`${TKE}eip-claim-delete-policy`]: "Never" }))),
      maxReplicas: fc.option(fc.constantFrom(1, 9), { nil: undefined }),
      expired: fc.constantFrom("0s", "0s", "0s", "5m", "1h0m0s", "1h0m0s", "2000h", "2000h", ""),
      unreadable: rarely(false, fc.constant(true), 20),
      status: rarely({ state: "running" } as const, fc.constant({ state: "other", status: "Isolated" } as const), 20),
    })
    .map(({ sampled, expired, unreadable, status, superNode, maxReplicas, eksConfig, namespaces, ...shape }) => {
      const own: ClusterObjects = objects({
        ...shape,
        pods: sampled ? added(shape.pods, sample.pod) : shape.pods,
        claims: sampled ? added(shape.claims, sample.claim) : shape.claims,
        namespaces: complete(...namespaces.map((one) => ({ name: one, uid: one, deletionAt: null, ownerMark: null }))),
        nodes: complete({ name: "node-1", superNode }),
        eksConfigAnnotations: eksConfig,
        autoscalers: maxReplicas === undefined ? complete() : complete(autoscaler({ maxReplicas })),
      });
      const cluster = bareCluster({}, { id, region: name, status, objects: unreadable ? unknown("no route") : known(own) });
      return cluster.ipamd.known
        ? { ...cluster, ipamd: known({ ...cluster.ipamd.value, claimExpiredDuration: expired }) }
        : cluster;
    });

const podMemories: fc.Arbitrary<PodMemory> = fc
  .record({
    cluster: fc.constantFrom(...CLUSTERS),
    namespace,
    name: fc.oneof(podName, fc.constantFrom("gone-0", "gone-1")),
    owner: fc.oneof(owners, fc.constant(owner("StatefulSet", "gone"))),
    ownerSeen: fc.boolean(),
    policy: fc.constantFrom<(string | null | undefined)[]>(undefined, null, "Never"),
    expired: fc.constantFrom<(string | null | undefined)[]>(undefined, null, null, "72h"),
    claimSeen: fc.boolean(),
  })
  .map(({ policy, expired, ownerSeen, owner: own, ...fields }) => ({
    ...fields,
    uid: null,
    seenAt: ago(20 * DAY),
    owner: ownerSeen ? own : null,
    ownersOwner: null,
    ownerSeen,
    ...(policy === undefined ? {} : { deletePolicy: policy }),
    ...(expired === undefined ? {} : { claimExpired: expired }),
    ...(ownerSeen ? { given: { deletePolicy: null, claimExpired: null } } : {}),
  }));

const memories: fc.Arbitrary<AddressMemory> = fc
  .record({
    pod: fc.option(podMemories, { freq: 4 }),
    idle: fc.constantFrom(30, 30, 30, 8, 1, 0),
    sightings: fc.constantFrom(700, 700, 2, 1),
    latest: rarely(ago(30 * MINUTE), fc.constantFrom(ago(3 * HOUR), NOW)),
    everInIdList: rarely(false, fc.constant(true), 10),
    flagged: fc.constantFrom(20, 20, 20, 0.5, null),
    noticed: rarely(true, fc.constant(false)),
    promised: rarely(null, fc.constantFrom(ago(DAY), instant(NOW + DAY))),
    kept: rarely(false, fc.constant(true), 24),
    approved: fc.boolean(),
    unboundAt: rarely(null, fc.constantFrom(ago(2 * DAY), ago(40 * DAY)), 8),
    judged: rarely("leaked" as const, fc.constant(null)),
    begun: rarely(true, fc.constant(false)),
  })
  .map(
    ({
      pod: own,
      idle,
      sightings,
      latest,
      flagged,
      noticed,
      promised,
      kept,
      approved,
      everInIdList,
      unboundAt,
      judged,
      begun,
    }) => ({
      account: "default",
      region: "ap-guangzhou",
      ip: "203.0.113.1",
      firstSeenAt: ago(60 * DAY),
      lastSeenAt: latest,
      boundAt: ago(50 * DAY),
      idleSince: instant(latest - idle * DAY),
      acting: {
        since: instant(latest - idle * DAY),
        latest,
        sightings,
        updatedTime: "2026-08-25T09:00:00Z",
        ...(begun ? { begun: latest } : {}),
      },
      status: { is: "UNBIND", since: ago(40 * DAY) },
      pod: own,
      everInIdList,
      flag:
        flagged === null
          ? null
          : {
              at: ago(flagged * DAY),
              rule: "greedy",
              reason: "orphan",
              tagged: false,
              noticedAt: noticed ? ago(flagged * DAY) : null,
              noticedReleaseAt: promised,
            },
      keep: kept ? { at: ago(DAY), by: "ann", why: "", until: null } : null,
      approval: approved ? { at: ago(HOUR), by: "ann", until: instant(NOW + DAY) } : null,
      protections: {},
      evidence:
        unboundAt === null
          ? null
          : { askedAt: ago(HOUR), unboundAt, boundAt: null, allocatedAt: null, searchedSince: ago(90 * DAY), bill: null },
      verdict: null,
      ...(judged === null ? {} : { judged: { verdict: judged, since: ago(40 * DAY), releasableSince: ago(40 * DAY) } }),
    }),
  );

const PRINCIPAL = "qcs::cam::uin/100000000001:root";

/** Any world, complete or not. */
export const worlds: fc.Arbitrary<Generated> = fc
  .record({
    addresses: fc
      .tuple(...REGIONS.flatMap((name) => IDS_IN[name].map((id) => fc.option(addressOf(id, name), { freq: 4 }))))
      .map((all) => all.filter((one) => one !== null)),
    clusters: fc.tuple(clusterOf(CLUSTERS[0], REGIONS[0]), clusterOf(CLUSTERS[1], REGIONS[1])),
    memories: fc.tuple(...IDS.map(() => fc.option(memories, { freq: 6 }))),
    listingFails: rarely(false, fc.constant(true), 20),
    strayed: fc.tuple(...IDS.map(() => rarely(false, fc.constant(true)))),
    exists: rarely(
      known("not-found" as const),
      fc.constantFrom(known("exists" as const), known("not-shown" as const), known("not-asked" as const), unknown("timeout")),
    ),
    seenAlive: fc.boolean(),
    accountType: rarely(known("standard" as const), fc.constant(known("other" as const)), 12),
    partial: rarely(false, fc.constant(true), 16),
  })
  .map(({ addresses, clusters, memories: own, strayed, listingFails, exists, seenAlive, accountType, partial }) => {
    const regions = REGIONS.map((name, at): RegionFacts => {
      const rows = addresses.filter((one) => one.region === name);
      const fields = { region: name, accountType };
      return partial && at === 0
        ? region([], { ...fields, addresses: unknown("read fewer than TotalCount"), partial: rows })
        : region(rows, fields);
    });
    const listings = REGIONS.flatMap((name, at) =>
      (["tke", "eks"] as const).map((product) => ({
        account: "default",
        region: name,
        product,
        ids: listingFails && product === "eks" ? unknown("timeout") : known(product === "tke" ? [CLUSTERS[at] ?? ""] : []),
      })),
    );
    const facts: Facts = {
      startedAt: NOW,
      now: NOW,
      regions,
      clusters,
      clusterListings: listings,
      absentClusters: [{ id: CLUSTERS[2], account: "default", region: REGIONS[0], exists }],
      principals: { default: known(PRINCIPAL) },
      ignoredClusters: [],
      declaredDeletedClusters: [],
    };
    const remembered = Object.fromEntries(
      IDS.flatMap((id, at) => {
        const memory = own[at] ?? null;
        const read = addresses.find((one) => one.id === id);
        if (memory === null || read === undefined) return [];
        const tagged = read.tags.known ? read.tags.value["tke-clusterId"] : undefined;
        // Mostly its last Pod was in the cluster that its tags name.
        const cluster = strayed[at] ? undefined : tagged;
        const last = memory.pod === null ? null : { ...memory.pod, cluster: cluster ?? memory.pod.cluster };
        const firstSeenAt = read.createdAt === null ? memory.firstSeenAt : later(read.createdAt, memory.firstSeenAt);
        return [[id, { ...memory, ip: read.ip, region: read.region, pod: last, firstSeenAt }]];
      }),
    );
    const alive = { account: "default", region: REGIONS[0], seenAliveAt: ago(DAY), principal: PRINCIPAL };
    return { facts, ledger: ledger(remembered, { clusters: seenAlive ? { [CLUSTERS[2]]: alive } : {} }) };
  });

type Degrade = (facts: Facts) => Facts;

/** Every way in which one reading of a world may fail, by name. */
export function degradations({
  clusters,
  regions,
  absentClusters,
  clusterListings,
}: Facts): readonly { name: string; degrade: Degrade }[] {
  const why = "403 Forbidden";
  const failed = { state: "forbidden", why } as const;
  const inCluster =
    (id: string, change: (cluster: ClusterFacts) => ClusterFacts): Degrade =>
    (facts) => ({
      ...facts,
      clusters: facts.clusters.map((one) => (one.id === id ? change(one) : one)),
    });
  const inObjects = (id: string, change: (own: ClusterObjects) => ClusterObjects): Degrade =>
    inCluster(id, (one) => (one.objects.known ? { ...one, objects: known(change(one.objects.value)) } : one));
  const inRegion =
    (name: string, change: (own: RegionFacts) => RegionFacts): Degrade =>
    (facts) => ({
      ...facts,
      regions: facts.regions.map((one) => (one.region === name ? change(one) : one)),
    });
  const ofClusters = clusters.flatMap(({ id }) => [
    { name: `${id}: everything`, degrade: inCluster(id, (one) => ({ ...one, objects: unknown(why) })) },
    { name: `${id}: ipamd`, degrade: inCluster(id, (one) => ({ ...one, ipamd: unknown(why) })) },
    {
      name: `${id}: the role`,
      degrade: inCluster(id, (one) =>
        one.ipamd.known ? { ...one, ipamd: known({ ...one.ipamd.value, authorised: unknown(why) }) } : one,
      ),
    },
    { name: `${id}: state`, degrade: inCluster(id, (one) => ({ ...one, status: { state: "other", status: "" } })) },
    { name: `${id}: eks-config`, degrade: inObjects(id, (own) => ({ ...own, eksConfigAnnotations: unknown(why) })) },
    ...(["pods", "claims", "namespaces", "nodes"] as const).map((kind) => ({
      name: `${id}: ${kind}`,
      degrade: inObjects(id, (own) => ({ ...own, [kind]: failed })),
    })),
    ...AUTOSCALER_KINDS.map((kind) => ({
      name: `${id}: ${kind}`,
      degrade: inObjects(id, (own) => ({ ...own, autoscalers: { ...own.autoscalers, [kind]: failed } })),
    })),
    ...WORKLOAD_KINDS.map((kind) => ({
      name: `${id}: ${kind}`,
      degrade: inObjects(id, (own) => ({ ...own, workloads: { ...own.workloads, [kind]: failed } })),
    })),
  ]);
  const ofRegions = regions.flatMap(({ region: name, addresses }) => {
    const rows = addresses.known ? addresses.value : [];
    return [
      {
        name: `${name}: EIPs, all rows`,
        degrade: inRegion(name, (own) => ({
          ...own,
          addresses: unknown(why),
          partial: own.addresses.known ? own.addresses.value : own.partial,
        })),
      },
      { name: `${name}: EIPs, no row`, degrade: inRegion(name, (own) => ({ ...own, addresses: unknown(why), partial: [] })) },
      { name: `${name}: account type`, degrade: inRegion(name, (own) => ({ ...own, accountType: unknown(why) })) },
      { name: `${name}: quota`, degrade: inRegion(name, (own) => ({ ...own, quota: unknown(why) })) },
      ...rows.flatMap(({ id }) => {
        const inAddress = (change: Partial<Address>) =>
          inRegion(name, (own) => ({
            ...own,
            addresses: own.addresses.known
              ? known(own.addresses.value.map((one) => (one.id === id ? { ...one, ...change } : one)))
              : own.addresses,
          }));
        return [
          { name: `${id}: tags`, degrade: inAddress({ tags: unknown(why) }) },
          { name: `${id}: arrears`, degrade: inAddress({ isArrears: null }) },
          { name: `${id}: blocked`, degrade: inAddress({ isBlocked: null }) },
          { name: `${id}: cascade`, degrade: inAddress({ cascadeRelease: null }) },
          { name: `${id}: created`, degrade: inAddress({ createdAt: null }) },
          { name: `${id}: updated`, degrade: inAddress({ updatedTime: null }) },
        ];
      }),
    ];
  });
  const ofListings = clusterListings.map((_, at) => ({
    name: `listing ${at}`,
    degrade: (facts: Facts): Facts => ({
      ...facts,
      clusterListings: facts.clusterListings.map((one, place) => (place === at ? { ...one, ids: unknown(why) } : one)),
    }),
  }));
  const ofAbsent = absentClusters.map(({ id }) => ({
    name: `asking for ${id}`,
    degrade: (facts: Facts): Facts => ({
      ...facts,
      absentClusters: facts.absentClusters.map((one) => (one.id === id ? { ...one, exists: unknown(why) } : one)),
    }),
  }));
  return [
    ...ofClusters,
    ...ofRegions,
    ...ofListings,
    ...ofAbsent,
    { name: "who we are", degrade: (facts) => ({ ...facts, principals: { default: unknown(why) } }) },
    { name: "nothing was asked for by id", degrade: (facts) => ({ ...facts, absentClusters: [] }) },
  ];
}
