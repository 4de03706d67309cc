import type { Config } from "../config/sections.ts";
import { questionClusters } from "../core/link/identity.ts";
import { CLUSTER_TAG } from "../core/link/link.ts";
import {
  type AskedCluster,
  type ClusterFacts,
  type ClusterListing,
  type Facts,
  type IpamdFacts,
  isClusterId,
  type RegionFacts,
} from "../core/terms/facts.ts";
import { known, type Reading, unknown } from "../core/terms/known.ts";
import type { Ledger } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import { type Place, samePlace } from "../core/terms/place.ts";
import { GuardError } from "../errors.ts";
import type { CloudCluster, ClusterAddress, ReadPorts } from "../ports.ts";

/** What a person at a terminal sees while the world is being read. */
export interface Progress {
  readonly region: (account: string, region: string, read: number, total: number) => void;
  readonly cluster: (id: string, podsRead: number) => void;
}

export const NO_PROGRESS: Progress = { region: () => undefined, cluster: () => undefined };

/**
 * Reads the world once: EIPs, clusters, their objects and thresholds, all side by side; the adapters keep to the rate limits.
 * A reading that fails is unknown in the facts; nothing is thrown for it.
 * So is what a kubeconfig shows that leads to another cluster.
 *
 * @param scope the one place to read, with all of its clusters (right before a release); null for everything
 */
export async function collect(
  ports: Pick<ReadPorts, "clock" | "cloud" | "kubernetes">,
  config: Pick<Config, "clusters">,
  ledger: Ledger,
  progress: Progress = NO_PROGRESS,
  scope: Place | null = null,
): Promise<Facts> {
  const startedAt = ports.clock.now();
  const places = ports.cloud.accounts.flatMap(({ name, regions }) => regions.map((region) => ({ account: name, region })));
  const chosen = places.filter((place) => scope === null || samePlace(place, scope));
  const accounts = [...new Set(chosen.map((place) => place.account))];

  const owners = new Map<string, string>();
  const principalsRead = handled(
    Promise.all(
      accounts.map(async (account) => {
        const principal = await ports.cloud.principal(account);
        if (principal.known) refuseTwin(owners, account, principal.value.uin);
        return [account, principal.known ? known(principal.value.arn) : principal] as const;
      }),
    ),
  );
  const authorised = new Map(accounts.map((account) => [account, handled(ports.cloud.ipamdAuthorised(account))]));
  const regionsRead = handled(Promise.all(chosen.map((place) => readRegion(ports, place, progress))));
  // That a cluster was deleted needs the listings of every account and region, also where only one of them is judged.
  const listed = config.clusters.discover
    ? await Promise.all(
        places.flatMap((place) => (["tke", "eks"] as const).map((product) => listClusters(ports, place, product))),
      )
    : [];
  const discovered = listed.flatMap(({ clusters }) => (clusters.known ? clusters.value : []));
  const inScope = (place: Place) => scope === null || samePlace(place, scope);
  const read = (cluster: CloudCluster) => readCluster(ports, cluster, authorised.get(cluster.account), progress);
  const clustersRead = handled(
    Promise.all([
      ...discovered.filter(inScope).map(read),
      ...unlisted(ports, discovered)
        .filter(inScope)
        .map((cluster) => readUnlisted(ports, cluster, read, config.clusters.discover)),
    ]),
  );
  const [principals, regions, clusters] = await Promise.all([principalsRead, regionsRead, clustersRead]);
  const absent = config.clusters.discover ? await askForAbsent(ports, regions, discovered, ledger) : [];
  const facts: Facts = {
    startedAt,
    now: ports.clock.now(),
    regions,
    clusters: clusters.filter((cluster) => cluster !== null),
    clusterListings: listed.map(({ listing }) => listing),
    absentClusters: absent,
    principals: Object.fromEntries(principals),
    ignoredClusters: config.clusters.ignore,
    declaredDeletedClusters: config.clusters.deleted,
  };
  return questionClusters(facts, ledger);
}

/** Two configured accounts that are one would list every EIP twice (domain.md §4). */
function refuseTwin(owners: Map<string, string>, account: string, uin: string): void {
  const other = owners.get(uin);
  owners.set(uin, account);
  if (other === undefined) return;
  throw new GuardError(
    "AccountsAreOne",
    "user",
    `tencent.accounts: "${other}" and "${account}" are one account (${uin}), so that every EIP would count twice`,
    `leave one of "${other}" and "${account}" out, and put all regions under the other`,
  );
}

/** All readings begin at once and are awaited together later; one that throws before that (refused credentials) is not unhandled. */
function handled<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

async function readRegion(ports: Pick<ReadPorts, "cloud">, { account, region }: Place, progress: Progress): Promise<RegionFacts> {
  const [read, accountType, quota] = await Promise.all([
    ports.cloud.addresses(account, region, (count, total) => progress.region(account, region, count, total)),
    ports.cloud.accountType(account, region),
    ports.cloud.quota(account, region),
  ]);
  return { account, region, addresses: read.addresses, partial: read.partial, accountType, quota };
}

interface ListedClusters {
  readonly listing: ClusterListing;
  readonly clusters: Reading<readonly CloudCluster[]>;
}

async function listClusters(
  ports: Pick<ReadPorts, "cloud">,
  { account, region }: Place,
  product: "tke" | "eks",
): Promise<ListedClusters> {
  const read = await ports.cloud.clusters(account, region, product);
  if (!read.known) return { listing: { account, region, product, ids: read }, clusters: read };
  const { clusters, unsupported } = read.value;
  const ids = known(clusters.map((cluster) => cluster.id));
  return { listing: { account, region, product, ids, unsupported }, clusters: known(clusters) };
}

/** Clusters that only a kubeconfig names. */
function unlisted(ports: Pick<ReadPorts, "kubernetes">, discovered: readonly CloudCluster[]): readonly CloudCluster[] {
  const ids = new Set(discovered.map((cluster) => cluster.id));
  return ports.kubernetes.configured
    .filter((cluster) => !ids.has(cluster.id))
    .map(({ id, account, region }) => ({
      id,
      name: "",
      account,
      region,
      product: "tke",
      vpcId: null,
      status: { state: "running" },
    }));
}

/**
 * A kubeconfig outlives its cluster: where the cloud denies the cluster and nothing answers, it is no cluster to read, and the
 * question whether it was deleted is asked elsewhere. A cluster that answers is there, whatever the listings say.
 */
async function readUnlisted(
  ports: Pick<ReadPorts, "cloud" | "kubernetes">,
  cluster: CloudCluster,
  read: (cluster: CloudCluster) => Promise<ClusterFacts>,
  discover: boolean,
): Promise<ClusterFacts | null> {
  if (!discover) return read(cluster);
  const exists = await ports.cloud.clusterExists(cluster.account, cluster.region, cluster.id);
  const denied = exists.known && (exists.value === "not-found" || exists.value === "not-shown");
  if (denied && !(await ports.kubernetes.answers(cluster))) return null;
  return read(cluster);
}

async function readCluster(
  ports: Pick<ReadPorts, "cloud" | "kubernetes">,
  cluster: CloudCluster,
  authorised: Promise<Reading<boolean>> | undefined,
  progress: Progress,
): Promise<ClusterFacts> {
  const { id, name, account, region, product, vpcId, status } = cluster;
  const address: ClusterAddress = { id, account, region, product };
  const [objects, ipamd] = await Promise.all([
    status.state === "running"
      ? ports.kubernetes.objects(address, (podsRead) => progress.cluster(id, podsRead))
      : unknown(`the cluster is ${status.status}`),
    readIpamd(ports, address, authorised),
  ]);
  return { id, name, account, region, product, vpcId, status, objects, ipamd };
}

async function readIpamd(
  ports: Pick<ReadPorts, "cloud" | "kubernetes">,
  address: ClusterAddress,
  authorised: Promise<Reading<boolean>> | undefined,
): Promise<Reading<IpamdFacts>> {
  const [configuration, deployment, role] = await Promise.all([
    ports.cloud.ipamd(address.account, address.region, address.id),
    ports.kubernetes.ipamdDeployment(address),
    authorised ?? unknown("its account was not asked"),
  ]);
  const visible = deployment.known ? deployment.value : null;
  const shared = { authorised: role, argument: visible?.argument ?? null, version: visible?.version ?? null };
  if (configuration.known) return known({ ...configuration.value, ...shared });
  // The Deployment's argument is a second source of the threshold, where it is visible (domain.md §3).
  if (shared.argument === null) return configuration;
  return known({ enabled: true, phase: "", claimExpiredDuration: null, ...shared });
}

/** Asks by id for every cluster that a tag or the memory names and no listing shows (domain.md §5.2, 3). */
async function askForAbsent(
  ports: Pick<ReadPorts, "cloud">,
  regions: readonly RegionFacts[],
  discovered: readonly CloudCluster[],
  ledger: Ledger,
): Promise<readonly AskedCluster[]> {
  const listed = new Set(discovered.map((cluster) => cluster.id));
  const wanted = new Map<string, Place>();
  for (const { account, region, addresses, partial } of regions) {
    for (const address of addresses.known ? addresses.value : partial) {
      if (address.status === "BIND") continue;
      const tagged = address.tags.known ? address.tags.value[CLUSTER_TAG] : undefined;
      const remembered = own(ledger.addresses, address.id)?.pod?.cluster;
      for (const id of [tagged, remembered]) {
        if (id !== undefined && id !== "" && !listed.has(id)) wanted.set(id, own(ledger.clusters, id) ?? { account, region });
      }
    }
  }
  return Promise.all(
    [...wanted].map(async ([id, { account, region }]) => {
      // What is no id of a cluster is its EIP's matter, and no question for the cloud.
      const exists = isClusterId(id) ? await ports.cloud.clusterExists(account, region, id) : known("not-asked" as const);
      return { id, account, region, exists };
    }),
  );
}
