import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type KubernetesServer, type KubernetesServerOptions, startKubernetesServer } from "./kubernetes/server.ts";
import { type SlackServer, startSlackServer } from "./slack.ts";
import { startTencentServer, type TencentServer, type TencentServerOptions } from "./tencent/server.ts";
import { type Account, type Cluster, clustersOf, dump, type World } from "./world/world.ts";

/** Everything that the guard talks to, on loopback, around one simulated world. */
export interface Simulator {
  readonly world: World;
  readonly cloud: TencentServer;
  readonly slack: SlackServer;
  /** API servers by cluster id; `serve` starts those of clusters that were made later. */
  readonly kubernetes: ReadonlyMap<string, KubernetesServer>;
  /** What DescribeClusterKubeconfig answers instead of the true one, by cluster. */
  readonly kubeconfigsOfCloud: Map<string, string>;
  readonly serve: (cluster: Cluster) => Promise<KubernetesServer>;
  /** Environment of a guard of the world's first account. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Writes the kubeconfigs into a folder and answers the guard's configuration as YAML text. Where the world has several accounts, the
   * guard is of the first and reads each, by its uin, through its first role.
   */
  readonly configure: (folder: string, more?: string) => Promise<string>;
  /** The whole state of cloud, clusters and Slack. */
  readonly dump: () => unknown;
  readonly close: () => Promise<void>;
}

export interface SimulatorOptions {
  readonly world: World;
  /** Milliseconds for each answer of the cloud and of the API servers. */
  readonly latency?: number;
  /** Enforces the documented calls a second; left out: yes. */
  readonly rateLimits?: boolean;
  /** Whether API servers speak TLS; left out: yes. */
  readonly tls?: boolean;
  /** Hears of the temporary keys that a function runs with: a simulated bucket takes them as its own. */
  readonly onRunKeys?: TencentServerOptions["onRunKeys"];
}

/** @throws when the world has no account */
export async function startSimulator({
  world,
  latency = 0,
  rateLimits = true,
  tls = true,
  onRunKeys,
}: SimulatorOptions): Promise<Simulator> {
  const [account] = world.accounts;
  if (account === undefined) throw new Error("the simulated world has no account");
  const kubernetes = new Map<string, KubernetesServer>();
  const kubeconfigsOfCloud = new Map<string, string>();
  const cloud = await startTencentServer({
    world,
    latency,
    rateLimits,
    ...(onRunKeys === undefined ? {} : { onRunKeys }),
    kubeconfig: (id) => kubeconfigsOfCloud.get(id) ?? kubernetes.get(id)?.kubeconfig() ?? "",
  });
  const slack = await startSlackServer();
  const serve = async (cluster: Cluster) => {
    const options: KubernetesServerOptions = { store: cluster.store, clusterId: cluster.id, latency, tls };
    const server = kubernetes.get(cluster.id) ?? (await startKubernetesServer(options));
    kubernetes.set(cluster.id, server);
    return server;
  };
  for (const cluster of clustersOf(world)) await serve(cluster);
  return {
    world,
    cloud,
    slack,
    kubernetes,
    kubeconfigsOfCloud,
    serve,
    environment: {
      TENCENTCLOUD_SECRET_ID: account.secretId,
      TENCENTCLOUD_SECRET_KEY: account.secretKey,
      SLACK_BOT_TOKEN: slack.token,
    },
    async configure(folder, more = "") {
      await mkdir(folder, { recursive: true });
      const kubeconfigs: string[] = [];
      for (const cluster of clustersOf(world)) {
        const server = kubernetes.get(cluster.id);
        if (server === undefined) continue;
        const file = `kubeconfig-${cluster.id}.yaml`;
        await writeFile(join(folder, file), server.kubeconfig(), { mode: 0o600 });
        const owner = world.accounts.length === 1 ? "" : `, account: "${cluster.region.account.uin}"`;
        kubeconfigs.push(`    - { id: ${cluster.id}, path: ./${file}, region: ${cluster.region.name}${owner} }`);
      }
      return `${[
        "version: 1",
        "tencent:",
        ...accountLines(world),
        `  endpoint: ${cloud.endpoint}`,
        "clusters:",
        "  discover: true",
        kubeconfigs.length === 0 ? "  kubeconfigs: []" : `  kubeconfigs:\n${kubeconfigs.join("\n")}`,
        "alerts:",
        `  slack: { channel: "#eip-guard", apiUrl: "${slack.apiUrl}" }`,
        more,
      ].join("\n")}\n`;
    },
    dump: () => ({ cloud: dump(world), slack: slack.messages }),
    async close() {
      world.clock.stop();
      await Promise.all([cloud.close(), slack.close(), ...[...kubernetes.values()].map((server) => server.close())]);
    },
  };
}

function accountLines({ accounts }: World): readonly string[] {
  const regionsOf = (account: Account) => `[${[...account.regions.keys()].join(", ")}]`;
  const [only] = accounts;
  if (accounts.length === 1 && only !== undefined) return [`  regions: ${regionsOf(only)}`];
  const lines = accounts.map(
    (account) =>
      `    - { name: "${account.uin}", roleArn: "qcs::cam::uin/${account.uin}:roleName/${account.roles[0]}", regions: ${regionsOf(account)} }`,
  );
  return ["  accounts:", ...lines];
}
