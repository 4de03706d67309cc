import { type Channel, createRouter, type Routing } from "./alerts/route.ts";
import { type Environment, readCredentials, readSlackToken, readWebhook } from "./config/credentials.ts";
import { checkKeys } from "./config/keys.ts";
import type { WebhookFormat } from "./config/sections/alerts.ts";
import type { SecretPlace } from "./config/sections/secrets.ts";
import type { Config } from "./config/sections.ts";
import { known } from "./core/terms/known.ts";
import type { Mode } from "./core/terms/policy.ts";
import { instant } from "./core/terms/time.ts";
import type { CheckPorts } from "./cycle/check-look.ts";
import type { Powers } from "./cycle/powers.ts";
import type { FunctionReader, FunctionWriter } from "./deployment.ts";
import { GuardError } from "./errors.ts";
import { type Clusters, createKubernetesReader, createKubernetesWriter, openClusters } from "./kubernetes/index.ts";
import { reviewRights, rightsFor, ruleFor } from "./kubernetes/rights.ts";
import type {
  AuditPorts,
  Clock,
  CloudReader,
  CloudWriter,
  Notifier,
  ReadPorts,
  Recoverer,
  StoreReader,
  StoreWriter,
} from "./ports.ts";
import { proxiesOf } from "./proxy/environment.ts";
import { BUTTON_SECRETS, environmentOf, lookUpSecrets, openSecrets } from "./secrets.ts";
import { type CamFeatures, requiredRights, type Statement } from "./tencent/actions.ts";
import { createCloudReader } from "./tencent/reader.ts";
import { buttonStatements, runStatements } from "./tencent/run-role.ts";
import { createSessions, type Sessions } from "./tencent/session.ts";
import { createTransport, type Observer } from "./tencent/transport.ts";

/**
 * Where ports come from: the one place that knows every adapter. What a mode may not do, its ports can't (tenet 4). Adapters that only
 * some runs need are loaded by those.
 */

/** The machine's own clock. */
export function systemClock(): Clock {
  return {
    now: () => instant(Date.now()),
    sleep: (duration, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(done, duration);
        function done() {
          clearTimeout(timer);
          signal?.removeEventListener("abort", done);
          resolve();
        }
        signal?.addEventListener("abort", done);
      }),
  };
}

/**
 * The environment with the secrets that the configuration names. Where none must be read, nobody is asked.
 *
 * @throws GuardError of fault `user` for a secret that can't be read
 */
export async function assembleSecrets(config: Config, env: Environment, clock: Clock): Promise<Environment> {
  return environmentOf(await lookUpSecrets(config, env, clock));
}

/** Readers alone: what `scan`, `plan`, `explain` and `check` are given. */
export async function assembleRead(config: Config, env: Environment, clock: Clock): Promise<ReadPorts> {
  const sessions = openSessions(config, env, clock);
  return readPorts(
    config,
    sessions,
    await connectClusters(config, sessions, env, clock),
    await openStoreReader(config, env, clock),
    clock,
  );
}

/**
 * The ports of a mode, and no others.
 *
 * @throws GuardError of fault `user` where a key of the mode is missing (contract.md, Modes and the two keys)
 */
export async function assembleRun(
  config: Config,
  env: Environment,
  clock: Clock,
  mode: Mode,
  observe?: Observer,
): Promise<Powers> {
  checkKeys(config, mode, env);
  const sessions = openSessions(config, env, clock, observe);
  const clusters = await connectClusters(config, sessions, env, clock);
  const store = await openStoreWriter(config, env, clock);
  const notifier = await openNotifier(config, env, clock);
  const ports: AuditPorts = { ...readPorts(config, sessions, clusters, store, clock), store, notifier };
  if (mode === "audit") return { mode, ports };
  const marker = await openMarker(config, sessions, clock);
  if (mode === "flag" || notifier === null) return { mode: "flag", ports: { ...ports, marker } };
  const writer = await openCloudWriter(config, sessions, clock);
  return {
    mode,
    ports: {
      ...ports,
      notifier,
      marker,
      releaser: { release: writer.release },
      claims: createKubernetesWriter(clusters),
    },
  };
}

export function openSessions(config: Config, env: Environment, clock: Clock, observe?: Observer): Sessions {
  const { endpoint, internal } = config.tencent;
  const transport = createTransport({ endpoint, internal, clock, observe, proxyFor: proxiesOf(env) });
  const { accounts } = config.tencent;
  return createSessions(transport, accounts, readCredentials(env), accounts[0]?.regions[0] ?? "ap-guangzhou", clock);
}

/** By our own keys, whatever accounts the configuration reads. */
function openOwnSessions(config: Config, env: Environment, clock: Clock, region = "ap-guangzhou"): Sessions {
  const own = { name: OWN, roleArn: null, regions: [region] };
  return openSessions({ ...config, tencent: { ...config.tencent, accounts: [own] } }, env, clock);
}

export async function connectClusters(config: Config, sessions: Sessions, env: Environment, clock: Clock): Promise<Clusters> {
  const { credentials, kubeconfigs } = config.clusters;
  const fromSecret = async (place: SecretPlace) => {
    const [{ secretReading }, read] = await Promise.all([import("./tencent/secrets.ts"), openSecrets(config, env, clock)]);
    return secretReading(await read(place));
  };
  const others = { fromSecret, proxyFor: proxiesOf(env) };
  if (credentials === "files") return openClusters(kubeconfigs, null, others);
  const { describeKubeconfig } = await import("./tencent/kubeconfig.ts");
  return openClusters(kubeconfigs, (cluster) => describeKubeconfig(sessions, cluster), others);
}

function readPorts(config: Config, sessions: Sessions, clusters: Clusters, store: StoreReader, clock: Clock): ReadPorts {
  return {
    clock,
    cloud: createCloudReader(sessions, config.tencent.accounts),
    kubernetes: createKubernetesReader(clusters, clock, config.policy.owner),
    store,
  };
}

/** Never creates anything. */
export async function openStoreReader(config: Config, env: Environment, clock: Clock): Promise<StoreReader> {
  const { openStore } = await import("./store/index.ts");
  return openStore(config.state, { credentials: readCredentialsFor(config, env), proxyFor: proxiesOf(env), clock, mode: "read" });
}

export async function openStoreWriter(config: Config, env: Environment, clock: Clock): Promise<StoreWriter> {
  const { openStore } = await import("./store/index.ts");
  return openStore(config.state, {
    credentials: readCredentialsFor(config, env),
    proxyFor: proxiesOf(env),
    clock,
    mode: "write",
  });
}

/** A folder needs no credentials of the cloud. */
function readCredentialsFor(
  config: Config,
  env: Environment,
): { readonly secretId: string; readonly secretKey: string; readonly token?: string } {
  if (config.state.kind === "dir") return { secretId: "", secretKey: "" };
  const { secretId, secretKey, token } = readCredentials(env);
  return { secretId, secretKey, ...(token === null ? {} : { token }) };
}

/** Readers, and what else `check` looks at. With `probeStore` the store is tried out, which writes one object; with `notify` a test message is posted. */
export async function assembleCheck(
  config: Config,
  given: Environment,
  clock: Clock,
  { probeStore: probe, notify }: { readonly probeStore: boolean; readonly notify: boolean },
): Promise<CheckPorts> {
  const sessions = openSessions(config, given, clock);
  const clusters = await connectClusters(config, sessions, given, clock);
  const { mode } = config.policy;
  const { slack } = config.alerts;
  const { env, looks } = await lookUpSecrets(config, given, clock);
  return {
    secrets: looks.map(({ variable, secret, from, problem }) => ({
      variable,
      name: secret.name,
      region: secret.region,
      from,
      problem,
    })),
    ...readPorts(config, sessions, clusters, await openStoreReader(config, env, clock), clock),
    async review(cluster) {
      const access = await clusters.access(cluster);
      if (!access.known) return access;
      const reviewed = await reviewRights(access.value, await rightsFor(access.value, mode === "enforce"));
      if (!reviewed.known) return reviewed;
      return known(
        reviewed.value.map((right) => ({
          what: `${right.verb} ${right.resource}${right.group === "" ? "" : `.${right.group}`}`,
          allowed: right.allowed,
          rule: ruleFor(right),
        })),
      );
    },
    slack:
      slack === null
        ? null
        : async () => {
            const { lookAtSlack } = await import("./slack/preflight.ts");
            return lookAtSlack({
              token: readSlackToken(env),
              apiUrl: slack.apiUrl,
              channel: slack.channel,
              proxyFor: proxiesOf(env),
            });
          },
    webhook: config.alerts.webhook === null ? null : { format: config.alerts.webhook.format, address: webhookAddress(env) },
    notify: notify ? await testMessages(config, env, clock) : [],
    releaseKey: env.EIP_GUARD_ALLOW_RELEASE === "yes",
    proxies: PROXY_VARIABLES.filter((name) => env[name] !== undefined && env[name] !== ""),
    async probeStore() {
      if (!probe) return null;
      const { probeStore } = await import("./store/index.ts");
      return probeStore(config.state, { credentials: readCredentialsFor(config, env), proxyFor: proxiesOf(env) });
    },
    rights: requiredRights(camFeatures(config)),
  };
}

/** What of a configuration decides which rights of CAM it needs. */
function camFeatures({ policy, tencent, clusters, evidence }: Config): CamFeatures {
  return {
    mode: policy.mode,
    roles: tencent.accounts.some(({ roleArn }) => roleArn !== null),
    describeCredentials: clusters.credentials === "describe",
    cloudaudit: evidence.cloudaudit,
    billing: evidence.billing,
    mark: policy.release.mark !== null,
  };
}

const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

function webhookAddress(env: Environment): "set" | "missing" | GuardError {
  try {
    return readWebhook(env) === null ? "missing" : "set";
  } catch (error) {
    if (error instanceof GuardError) return error;
    throw error;
  }
}

/** One test message for each alert channel. */
async function testMessages(config: Config, env: Environment, clock: Clock): Promise<CheckPorts["notify"]> {
  const { main, webhook, others } = await openChannels(config, env, clock);
  return [main, ...others.values(), webhook].flatMap((channel) =>
    channel === null ? [] : [{ channel: channel.name, post: () => channel.notifier.announce({ kind: "test", at: clock.now() }) }],
  );
}

async function openNotifier(config: Config, env: Environment, clock: Clock): Promise<Notifier | null> {
  return createRouter(await openChannels(config, env, clock), config.alerts.routes);
}

/** Every alert channel. A new one: its section in the configuration, its adapter, and a line here. */
async function openChannels({ alerts, tencent }: Config, env: Environment, clock: Clock): Promise<Routing> {
  const { slack, webhook, routes, language, timezone } = alerts;
  const proxyFor = proxiesOf(env);
  const channels = new Map<string, Channel>();
  if (slack !== null) {
    const { createSlackNotifier } = await import("./slack/notifier.ts");
    const options = {
      apiUrl: slack.apiUrl,
      token: readSlackToken(env),
      clock,
      language,
      buttons: slack.buttons !== null,
      proxyFor,
    };
    for (const name of [slack.channel, ...routes.map(({ channel }) => channel)])
      channels.set(name, { name, notifier: createSlackNotifier({ ...options, channel: name }) });
  }
  const main = slack === null ? null : (channels.get(slack.channel) ?? null);
  if (main !== null) channels.delete(main.name);
  return { main, others: channels, webhook: webhook === null ? null : await openWebhook(webhook.format) };

  async function openWebhook(format: WebhookFormat): Promise<Channel> {
    const { createWebhookNotifier } = await import("./webhook/notifier.ts");
    const { url = null, secret = null } = readWebhook(env) ?? {};
    const accounts = tencent.accounts.map(({ name }) => name);
    const options = { format, url, secret, language, timezone, accounts, clock, proxyFor };
    return { name: `webhook (${format})`, notifier: createWebhookNotifier(options) };
  }
}

/** For people's words about an EIP, which may set a keep tag. */
export async function assembleMarker(
  config: Config,
  env: Environment,
  clock: Clock,
): Promise<Pick<CloudWriter, "tag" | "untag">> {
  return openMarker(config, openSessions(config, env, clock), clock);
}

/** For `recover`: the listing of EIPs, and the one call that gets an address back. */
export async function assembleRecovery(
  config: Config,
  env: Environment,
  clock: Clock,
): Promise<{ readonly cloud: Pick<CloudReader, "addresses">; readonly recoverer: Recoverer }> {
  const sessions = openSessions(config, env, clock);
  const { createRecoverer } = await import("./tencent/allocate.ts");
  return { cloud: createCloudReader(sessions, config.tencent.accounts), recoverer: createRecoverer(sessions) };
}

async function openMarker(config: Config, sessions: Sessions, clock: Clock): Promise<Pick<CloudWriter, "tag" | "untag">> {
  const { tag, untag } = await openCloudWriter(config, sessions, clock);
  return { tag, untag };
}

const RESOURCE = "qcs::vpc:{region}:uin/{uin}:eip/{id}";

async function openCloudWriter(config: Config, sessions: Sessions, clock: Clock): Promise<CloudWriter> {
  const { createCloudWriter } = await import("./tencent/writer.ts");
  return createCloudWriter(sessions, clock, config.policy.release.mark?.resource ?? RESOURCE);
}

/** SCF and CAM in the region of `deploy`, by our own keys: what a plan needs. */
export async function assembleFunctionReader(config: Config, env: Environment, clock: Clock): Promise<FunctionReader> {
  const { createFunctionReader } = await import("./tencent/functions.ts");
  return createFunctionReader(openOwnSessions(config, env, clock, config.deploy.region), functionPlace(config));
}

/** The same, for carrying a plan out. A dry run never gets one. */
export async function assembleFunctionWriter(config: Config, env: Environment, clock: Clock): Promise<FunctionWriter> {
  const { createFunctionWriter } = await import("./tencent/functions.ts");
  return createFunctionWriter(openOwnSessions(config, env, clock, config.deploy.region), functionPlace(config));
}

function functionPlace({ deploy: { region, namespace } }: Config) {
  return { account: OWN, region, namespace };
}

const OWN = "default";

/** What deployed functions may do: the scheduled one, and the one behind Slack's buttons. */
export function deployedRights(config: Config): { readonly guard: readonly Statement[]; readonly buttons: readonly Statement[] } {
  const features = camFeatures(config);
  const assumes = config.tencent.accounts.flatMap(({ roleArn }) => (roleArn === null ? [] : [roleArn]));
  const named = config.secrets.named.map(({ secret }) => secret);
  const signing = config.secrets.named.flatMap(({ variable, secret }) => (BUTTON_SECRETS.includes(variable) ? [secret] : []));
  const kubeconfigs = config.clusters.kubeconfigs.flatMap(({ secret }) => (secret === null ? [] : [secret]));
  return {
    guard: runStatements({ ...features, assumes, state: config.state, secrets: [...named, ...kubeconfigs] }),
    // Of all that is named, the buttons need what proves that a press comes from Slack.
    buttons: buttonStatements(config.state, signing),
  };
}
