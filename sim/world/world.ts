import { createObjectStore, type ObjectStore } from "../kubernetes/objects.ts";
import type { SimulatedClock } from "./clock.ts";
import type { CamPolicy, CamRole, CloudFunction } from "./functions.ts";
import { createRandom, type Random } from "./random.ts";

/** The simulated cloud's whole state. Everything else in sim/ looks at it or changes it; nothing is kept elsewhere. */
export interface World {
  readonly clock: SimulatedClock;
  readonly random: Random;
  readonly accounts: Account[];
  /** How many there ever were: each has uids of its own. */
  clusters: number;
  /** Every change that somebody asked the cloud for through its API: what a dry run must leave empty. */
  readonly writes: string[];
  /** Addresses that went back to the public pool, oldest first: what an oracle looks at. */
  readonly released: { readonly id: string; readonly ip: string; readonly at: number; readonly by: Destroyer }[];
  /** Whether changing an EIP's tags changes its `UpdatedTime`: nobody could verify that it does, or does not. */
  taggingUpdates?: boolean;
  /** For how many milliseconds a function is Creating or Updating; null: for ever. */
  functionsTake: number | null;
  /** Why functions that are made or changed end as CreateFailed or UpdateFailed; left out: they don't. */
  functionsFail?: string;
  /** Told in the moment before an address goes. */
  onRelease?: (eip: Eip, by: Destroyer) => void;
}

/** Who gave an address up: ReleaseAddresses, somebody who deleted its claim, or ipamd by itself. */
export type Destroyer = "api" | "claim" | "ipamd";

export interface Account {
  readonly uin: string;
  readonly secretId: string;
  readonly secretKey: string;
  type: "STANDARD" | "LEGACY" | string;
  /** Names of roles that other accounts may assume. */
  readonly roles: string[];
  /** Roles that Access Management knows, by name. What one may do is checked where SCF runs a function under it. */
  readonly camRoles: Map<string, CamRole>;
  readonly policies: Map<number, CamPolicy>;
  /** Policies attached to IPAMDofTKE_QCSRole. */
  ipamdPolicies: string[];
  /** Actions that its principals may not call: `DescribeAddresses`. */
  readonly denied: Set<string>;
  /** Ids of clusters that a policy hides from its principals: they are in no listing, and asking for one by id answers an empty list. */
  readonly hidden: Set<string>;
  /** What asking by id for a cluster that does not exist answers: an error that says so, or an empty list. */
  missingClusters: "not-found" | "empty";
  readonly regions: Map<string, Region>;
}

export interface Region {
  readonly name: string;
  readonly account: Account;
  readonly addresses: Map<string, Eip>;
  quota: number;
  /** Whether TKE serves it; where it does not, it answers UnsupportedRegion. */
  servesClusters: boolean;
  readonly clusters: Map<string, Cluster>;
  /** The Secrets Manager's, by name. */
  readonly secrets: Map<string, StoredSecret>;
  /** Whether SCF serves it; where it does not, it answers UnsupportedRegion. */
  servesFunctions: boolean;
  /** By `namespace/name`. */
  readonly functions: Map<string, CloudFunction>;
  readonly namespaces: Set<string>;
  /** How many triggers of one type a function may have. */
  triggerQuota: number;
}

export interface StoredSecret {
  readonly name: string;
  readonly createdAt: number;
  status: "Enabled" | "Disabled" | "PendingDelete";
  /** In the order in which they were made. A value is a text, or bytes. */
  readonly versions: { readonly id: string; readonly createdAt: number; readonly value: string | Buffer }[];
}

export type EipStatus = "CREATING" | "BINDING" | "BIND" | "UNBINDING" | "UNBIND" | "OFFLINING" | "BIND_ENI";

export interface Eip {
  readonly id: string;
  readonly ip: string;
  name: string;
  readonly region: Region;
  status: EipStatus | string;
  type: string;
  chargeType: string | null;
  bandwidth: number | null;
  instanceId: string | null;
  instanceType: string | null;
  networkInterfaceId: string | null;
  privateIp: string | null;
  readonly createdAt: number;
  updatedAt: number;
  tags: Record<string, string> | null;
  isArrears: boolean;
  isBlocked: boolean;
  cascadeRelease: boolean;
  deletionProtected: boolean;
  /** Fields of DescribeAddresses that differ from what the rest says, as the API would write them. */
  readonly says: Record<string, unknown>;
  /** A task on it is running until then. */
  busyUntil: number;
  /** For CloudAudit. */
  readonly events: { readonly name: string; readonly at: number }[];
  /** For the bill: when it was not bound, oldest first; the last may be open. */
  readonly idleSpans: { readonly from: number; to: number | null }[];
}

/** Known bugs of ipamd and of what runs it, each switchable. */
export interface IpamdBugs {
  /** Does nothing at all. */
  stopped: boolean;
  /** Allocates a second EIP beside the one that a Pod has. */
  duplicates: boolean;
  /** Never recycles, whatever the threshold. */
  forgetsToRecycle: boolean;
  /** Leaves EIPs behind that should go with their Pods. */
  forgetsToDestroy: boolean;
  /** Ignores that a claim was deleted. */
  ignoresClaimDeletion: boolean;
  /** Does not bind EIPs to Pods that come back. */
  forgetsToBind: boolean;
}

export interface Cluster {
  readonly id: string;
  name: string;
  readonly region: Region;
  readonly product: "tke" | "eks";
  status: string;
  readonly vpcId: string;
  readonly store: ObjectStore;
  ipamdEnabled: boolean;
  ipamdPhase: string;
  /** `ClaimExpiredDuration` as DescribeIPAMD answers it. */
  claimExpired: string | null;
  /** Since 3.4.4 automatic EIPs carry tags. */
  tagsEips: boolean;
  /** Whether ipamd writes the annotation eip-id besides eip-public-ip. */
  writesEipId: boolean;
  /** Whether ipamd makes claims for Pods on super nodes too; false: it remembers their EIPs by itself. */
  claimsOnSuperNodes: boolean;
  /** EIP ids that are kept for Pods without a claim, by `namespace/name`. */
  readonly keptWithoutClaim: Map<string, string>;
  readonly bugs: IpamdBugs;
  podIps: number;
}

export function createWorld(clock: SimulatedClock, seed = 1): World {
  return { clock, random: createRandom(seed), accounts: [], clusters: 0, writes: [], released: [], functionsTake: 1_000 };
}

export function addAccount(world: World, fields: { readonly uin?: string; readonly regions?: readonly string[] } = {}): Account {
  const uin = fields.uin ?? String(100_000_000_001 + world.accounts.length);
  const account: Account = {
    uin,
    secretId: `AKID${world.random.letters(32)}`,
    secretKey: world.random.letters(32),
    type: "STANDARD",
    roles: ["eip-guard"],
    camRoles: new Map(),
    policies: new Map(),
    ipamdPolicies: ["QcloudAccessForIPAMDRoleInQcloudAllocateEIP", "QcloudAccessForIPAMDofTKERole"],
    denied: new Set(),
    hidden: new Set(),
    missingClusters: "not-found",
    regions: new Map(),
  };
  world.accounts.push(account);
  for (const name of fields.regions ?? ["ap-guangzhou"]) addRegion(account, name);
  return account;
}

export function addRegion(account: Account, name: string): Region {
  const region: Region = {
    name,
    account,
    addresses: new Map(),
    quota: 20,
    servesClusters: true,
    clusters: new Map(),
    secrets: new Map(),
    servesFunctions: true,
    functions: new Map(),
    namespaces: new Set(["default"]),
    triggerQuota: 10,
  };
  account.regions.set(name, region);
  return region;
}

export const CLAIM_GROUP = "networking.tke.cloud.tencent.com";

export function addCluster(
  world: World,
  region: Region,
  fields: {
    readonly id?: string;
    readonly name?: string;
    readonly product?: "tke" | "eks";
    readonly claims?: boolean;
    readonly claimExpired?: string | null;
  } = {},
): Cluster {
  world.clusters += 1;
  const store = createObjectStore(world.clock.now, world.clusters);
  const cluster: Cluster = {
    id: fields.id ?? `cls-${world.random.letters(8)}`,
    name: fields.name ?? "cluster",
    region,
    product: fields.product ?? "tke",
    status: fields.product === "eks" ? "running" : "Running",
    vpcId: `vpc-${world.random.letters(8)}`,
    store,
    ipamdEnabled: true,
    ipamdPhase: "running",
    claimExpired: fields.claimExpired === undefined ? "0s" : fields.claimExpired,
    tagsEips: true,
    writesEipId: true,
    claimsOnSuperNodes: true,
    keptWithoutClaim: new Map(),
    bugs: {
      stopped: false,
      duplicates: false,
      forgetsToRecycle: false,
      forgetsToDestroy: false,
      ignoresClaimDeletion: false,
      forgetsToBind: false,
    },
    podIps: 0,
  };
  if (fields.claims ?? true) {
    store.define({
      group: CLAIM_GROUP,
      version: "v1alpha1",
      plural: "eipclaims",
      kind: "EIPClaim",
      shortNames: ["eipc"],
      namespaced: true,
    });
  }
  for (const name of ["default", "kube-system"]) store.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  store.create({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "10.0.0.2", labels: { "node.kubernetes.io/instance-type": "S5.LARGE8" } },
  });
  region.clusters.set(cluster.id, cluster);
  return cluster;
}

/** All clusters that exist. */
export function clustersOf(world: World): readonly Cluster[] {
  return world.accounts.flatMap((account) => [...account.regions.values()].flatMap((region) => [...region.clusters.values()]));
}

export function eipsOf(world: World): readonly Eip[] {
  return world.accounts.flatMap((account) => [...account.regions.values()].flatMap((region) => [...region.addresses.values()]));
}

/** Allocates an EIP; it is idle until it is bound. */
export function allocate(
  world: World,
  region: Region,
  fields: Partial<Pick<Eip, "name" | "chargeType" | "bandwidth" | "tags" | "type" | "ip">> = {},
): Eip {
  const now = world.clock.now();
  const eip: Eip = {
    id: `eip-${world.random.letters(8)}`,
    ip: `43.${128 + world.random.below(120)}.${world.random.below(256)}.${1 + world.random.below(254)}`,
    name: "",
    region,
    status: "UNBIND",
    type: "EIP",
    chargeType: "TRAFFIC_POSTPAID_BY_HOUR",
    bandwidth: 100,
    instanceId: null,
    instanceType: null,
    networkInterfaceId: null,
    privateIp: null,
    createdAt: now,
    updatedAt: now,
    tags: {},
    isArrears: false,
    isBlocked: false,
    cascadeRelease: false,
    deletionProtected: false,
    says: {},
    busyUntil: 0,
    events: [{ name: "AllocateAddresses", at: now }],
    idleSpans: [{ from: now, to: null }],
    ...fields,
  };
  if ([...region.addresses.values()].some((other) => other.ip === eip.ip)) return allocate(world, region, fields);
  region.addresses.set(eip.id, eip);
  return eip;
}

export interface Binding {
  readonly status?: "BIND" | "BIND_ENI";
  readonly instanceId: string | null;
  readonly instanceType?: string | null;
  readonly networkInterfaceId?: string | null;
  readonly privateIp?: string | null;
}

export function bind(world: World, eip: Eip, binding: Binding): void {
  const now = world.clock.now();
  eip.status = binding.status ?? "BIND";
  eip.instanceId = binding.instanceId;
  eip.instanceType = binding.instanceType ?? "CVM";
  eip.networkInterfaceId = binding.networkInterfaceId ?? null;
  eip.privateIp = binding.privateIp ?? null;
  eip.updatedAt = now;
  eip.events.push({ name: "AssociateAddress", at: now });
  const open = eip.idleSpans.at(-1);
  if (open !== undefined && open.to === null) open.to = now;
}

export function unbind(world: World, eip: Eip): void {
  const now = world.clock.now();
  eip.status = "UNBIND";
  eip.instanceId = null;
  eip.instanceType = null;
  eip.networkInterfaceId = null;
  eip.privateIp = null;
  eip.updatedAt = now;
  eip.events.push({ name: "DisassociateAddress", at: now });
  eip.idleSpans.push({ from: now, to: null });
}

/** The address goes back to the public pool, for ever. */
export function destroy(world: World, eip: Eip, by: Destroyer): void {
  if (!eip.region.addresses.has(eip.id)) return;
  world.onRelease?.(eip, by);
  eip.region.addresses.delete(eip.id);
  world.released.push({ id: eip.id, ip: eip.ip, at: world.clock.now(), by });
}

/** Stores one more version of a secret; makes the secret where there is none. */
export function addSecret(
  world: World,
  region: Region,
  name: string,
  value: string | Buffer,
  version = "SSM_Current",
): StoredSecret {
  const createdAt = world.clock.now();
  const secret = region.secrets.get(name) ?? { name, createdAt, status: "Enabled", versions: [] };
  region.secrets.set(name, secret);
  secret.versions.push({ id: version, createdAt, value });
  return secret;
}

/** Everything, as plain data in a fixed order: for comparing before and after. */
export function dump(world: World): unknown {
  return world.accounts.map((account) => ({
    uin: account.uin,
    regions: [...account.regions.values()].map((region) => ({
      name: region.name,
      addresses: [...region.addresses.values()]
        .map(({ region: _, ...eip }) => eip)
        .sort((one, other) => (one.id < other.id ? -1 : 1)),
      clusters: [...region.clusters.values()].map((cluster) => ({
        id: cluster.id,
        status: cluster.status,
        objects: cluster.store.dump(),
      })),
    })),
    writes: world.writes,
  }));
}
