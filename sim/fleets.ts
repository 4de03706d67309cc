import {
  createWorkload,
  deleteCluster,
  deletePod,
  deleteWorkload,
  installKruise,
  NEVER,
  PLAIN,
  scale,
  startCluster,
  startPod,
} from "./world/life.ts";
import {
  type Account,
  addAccount,
  addRegion,
  allocate,
  bind,
  type Cluster,
  type Eip,
  type Region,
  unbind,
  type World,
} from "./world/world.ts";

/** Ready-made worlds: for the demo, in which every verdict appears; and large ones, for the benchmark. */

export interface DemoFleet {
  readonly account: Account;
  readonly home: Region;
  readonly games: Cluster;
  readonly web: Cluster;
  /** Was deleted, and left its EIPs behind. */
  readonly closed: Cluster;
}

/** The first days of a fleet, on a driven clock: afterwards every verdict and most reasons stand in it. */
export function demoFleet(world: World): DemoFleet {
  const account = addAccount(world, { regions: [] });
  const home = addRegion(account, "ap-guangzhou");
  const abroad = addRegion(account, "ap-singapore");
  home.quota = 60;
  const games = startCluster(world, home, { id: "cls-game0001", name: "games", claimExpired: "0s" });
  installKruise(games);
  const web = startCluster(world, abroad, { id: "cls-webs0001", name: "web", claimExpired: "72h0m0s" });
  const closed = startCluster(world, home, { id: "cls-closed01", name: "closed-beta", claimExpired: "0s" });

  createWorkload(world, games, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 3, annotations: NEVER });
  createWorkload(world, games, { kind: "StatefulSet", namespace: "lobby", name: "match", replicas: 3, annotations: NEVER });
  createWorkload(world, games, { kind: "StatefulSet", namespace: "seasonal", name: "event", replicas: 2, annotations: NEVER });
  createWorkload(world, games, { kind: "StatefulSet", namespace: "old", name: "arena", replicas: 3, annotations: NEVER });
  createWorkload(world, games, { kind: "GameServerSet", namespace: "rooms", name: "room", replicas: 3, annotations: NEVER });
  createWorkload(world, games, { kind: "Deployment", namespace: "lobby", name: "api", replicas: 2, annotations: NEVER });
  createWorkload(world, games, { kind: "Job", namespace: "batch", name: "import", replicas: 1, annotations: NEVER });
  startPod(world, games, "tools", "bastion", NEVER, null);
  createWorkload(world, web, { kind: "StatefulSet", namespace: "web", name: "edge", replicas: 3, annotations: NEVER });
  createWorkload(world, web, { kind: "StatefulSet", namespace: "web", name: "cache", replicas: 2, annotations: NEVER });
  createWorkload(world, web, { kind: "StatefulSet", namespace: "web", name: "plain", replicas: 1, annotations: PLAIN });
  createWorkload(world, closed, { kind: "StatefulSet", namespace: "beta", name: "trial", replicas: 2, annotations: NEVER });
  listedPartnerAddresses(world, abroad, web);
  looseAddresses(world, home);
  return { account, home, games, web, closed };
}

/** What the first weeks did to it; the guard has seen the fleet whole before. */
export function ageDemoFleet(world: World, { games, web, closed, home }: DemoFleet): void {
  scale(world, games, "StatefulSet", "lobby", "match", 2);
  scale(world, games, "StatefulSet", "seasonal", "event", 0);
  deleteWorkload(world, games, "StatefulSet", "old", "arena");
  scale(world, games, "GameServerSet", "rooms", "room", 2);
  for (const pod of games.store.list("Pod", "", "lobby"))
    if (pod.metadata.name.startsWith("api-")) deletePod(world, games, "lobby", pod.metadata.name);
  createMissing(world, games);
  for (const pod of games.store.list("Pod", "", "batch")) deletePod(world, games, "batch", pod.metadata.name);
  deletePod(world, games, "tools", "bastion");
  deleteWorkload(world, web, "StatefulSet", "web", "cache");
  scale(world, web, "StatefulSet", "web", "edge", 2);
  deleteCluster(world, closed);
  orphan(world, home, games);
}

/** An EIP that somebody allocates this moment. */
export function allocateNow(world: World, { home }: DemoFleet): void {
  allocate(world, home, { name: "just-now" });
}

/** The Deployment's Pods come back under other names; the old names' EIPs leak. */
function createMissing(world: World, games: Cluster): void {
  scale(world, games, "Deployment", "lobby", "api", 2);
}

/** The partner's own addresses, by list: never anybody else's to release. */
function listedPartnerAddresses(world: World, region: Region, web: Cluster): void {
  const own = [0, 1].map((index) => allocate(world, region, { name: `partner-${index}` }));
  createWorkload(world, web, {
    kind: "StatefulSet",
    namespace: "partner",
    name: "sftp",
    replicas: 1,
    annotations: {
      "tke.cloud.tencent.com/networks": "tke-route-eni",
      "tke.cloud.tencent.com/eip-id-list": own.map(({ id }) => id).join(","),
    },
  });
}

function looseAddresses(world: World, region: Region): void {
  allocate(world, region, { name: "for the audit", tags: { "eip-guard:keep": "finance asked for it" } });
  allocate(world, region, { name: "old-nat" });
  bind(world, allocate(world, region, { name: "nat" }), { instanceId: "nat-12345678", instanceType: "NAT" });
  const dangling = allocate(world, region, { name: "dangling" });
  bind(world, dangling, { status: "BIND_ENI", instanceId: null, networkInterfaceId: "eni-dangling" });
  allocate(world, region, { name: "half a tag", tags: { "tke-created-eip": "true" } });
}

/** An EIP that an old ipamd made twice. */
function orphan(world: World, region: Region, games: Cluster): void {
  allocate(world, region, { tags: { "tke-clusterId": games.id, "tke-created-eip": "true" } });
}

export interface BenchShape {
  /** In each region. */
  readonly eips: number;
  /** In each cluster. */
  readonly pods: number;
  /** Left out: one. */
  readonly regions?: number;
  /** In each region; left out: one. */
  readonly clusters?: number;
  /** Bytes that each Pod carries besides; realistic ones are 8 KB and more. */
  readonly podBytes?: number;
}

const BENCH_REGIONS = [
  "ap-guangzhou",
  "ap-shanghai",
  "ap-beijing",
  "ap-singapore",
  "ap-hongkong",
  "ap-tokyo",
  "ap-seoul",
  "ap-bangkok",
  "na-siliconvalley",
  "eu-frankfurt",
] as const;

/** Clusters with so many EIPs and Pods; every second EIP is bound to a Pod as long as there are Pods. */
export function benchFleet(world: World, { eips, pods, regions = 1, clusters = 1, podBytes = 2_000 }: BenchShape): void {
  const account = addAccount(world, { regions: BENCH_REGIONS.slice(0, regions) });
  for (const [number, region] of [...account.regions.values()].entries()) {
    region.quota = eips;
    const made = Array.from({ length: clusters }, (_, index) => startCluster(world, region, { name: `bench-${index}` }));
    const addresses = Array.from({ length: eips }, (_, index) =>
      benchEip(world, region, made[index % clusters] ?? startCluster(world, region, {}), number * eips + index),
    );
    for (const [index, cluster] of made.entries()) {
      benchPods(
        world,
        cluster,
        { pods, podBytes, number: index },
        addresses.filter((_, at) => at % clusters === index),
      );
    }
  }
}

function benchPods(
  world: World,
  cluster: Cluster,
  { pods, podBytes, number }: { readonly pods: number; readonly podBytes: number; readonly number: number },
  addresses: readonly Eip[],
): void {
  cluster.store.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "bench" } });
  const owner = cluster.store.create({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { namespace: "bench", name: "load" },
    spec: { replicas: pods, template: { metadata: { annotations: NEVER } } },
  });
  const padding = "x".repeat(podBytes);
  for (let index = 0; index < pods; index += 1) {
    const eip = addresses[index * 2];
    const podIP = `10.${number * 4 + Math.floor(index / 65_536)}.${Math.floor(index / 256) % 256}.${index % 256}`;
    cluster.store.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        namespace: "bench",
        name: `load-${index}`,
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "StatefulSet", name: "load", uid: owner.metadata.uid, controller: true },
        ],
        annotations: {
          ...NEVER,
          padding,
          ...(eip === undefined ? {} : { "tke.cloud.tencent.com/eip-public-ip": eip.ip, "tke.cloud.tencent.com/eip-id": eip.id }),
        },
      },
      spec: { nodeName: "10.0.0.2", containers: [{ name: "main", image: "game:1" }] },
      status: { phase: "Running", podIP },
    });
    if (eip !== undefined) {
      bind(world, eip, { instanceId: "ins-bench", privateIp: podIP });
      cluster.store.create({
        apiVersion: "networking.tke.cloud.tencent.com/v1alpha1",
        kind: "EIPClaim",
        metadata: { namespace: "bench", name: `load-${index}` },
        status: { eipId: eip.id, publicIp: eip.ip },
      });
    }
  }
}

/** Addresses by number: drawing them would compare each with all. */
function benchEip(world: World, region: Region, cluster: Cluster, index: number): Eip {
  const eip = allocate(
    world,
    { ...region, addresses: new Map() },
    { tags: { "tke-clusterId": cluster.id, "tke-created-eip": "true" } },
  );
  const numbered: Eip = {
    ...eip,
    id: `eip-${index.toString(36).padStart(8, "0")}`,
    ip: `43.${128 + Math.floor(index / 65_536)}.${Math.floor(index / 256) % 256}.${index % 256}`,
    region,
  };
  unbind(world, numbered);
  region.addresses.set(numbered.id, numbered);
  return numbered;
}
