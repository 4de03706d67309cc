import type { Config } from "../config/config.ts";
import type { Fit } from "../config/schedule.ts";
import { describeThreshold } from "../core/describe.ts";
import { known, type Reading } from "../core/known.ts";
import { clusterThreshold, recycling } from "../core/threshold.ts";
import { humanDuration } from "../core/time.ts";
import { GuardError, whyOf } from "../errors.ts";
import type { CloudCluster, ClusterAddress, ReadPorts } from "../ports.ts";
import { slowReadings } from "./readings.ts";

/** One line of the preflight. */
export interface Check {
  readonly name: string;
  readonly status: "ok" | "warn" | "fail" | "skip";
  readonly detail: string;
  /** Empty where nothing has to be done. */
  readonly mend: string;
}

export interface Preflight {
  readonly schema: "eip-guard/check/v1";
  readonly checks: readonly Check[];
}

/** What `check` looks at beyond the readers. */
export interface CheckPorts extends ReadPorts {
  /** Whether the API server gives each right that is needed; each denied one with the rule to paste. */
  readonly review: (
    cluster: ClusterAddress,
  ) => Promise<Reading<readonly { readonly what: string; readonly allowed: boolean; readonly rule: string }[]>>;
  /** Whether Slack takes our token and knows the channel; null where no alert is configured. */
  readonly slack: (() => Promise<string | null>) | null;
  /** Tries the store out, where that is asked, and says what that proved; null where it is not. Throws what is wrong with it. */
  readonly probeStore: () => Promise<string | null>;
  /** CAM actions that this configuration needs, each with what it is for. */
  readonly rights: readonly { readonly actions: readonly string[]; readonly why: string }[];
}

function check(name: string, status: Check["status"], detail: string, mend = ""): Check {
  return { name, status, detail, mend };
}

/** What the command line says besides. */
export interface Asked {
  /** What is allowed in the configuration, but probably not meant. */
  readonly notes: readonly string[];
  /** How the schedule that was named fits the policy; null where none was. */
  readonly fit: Fit | null;
}

function checkFit({ refusal, warnings }: Fit): readonly Check[] {
  if (refusal !== null) return [check("schedule", "fail", refusal.message, refusal.mend)];
  if (warnings.length === 0) return [check("schedule", "ok", "runs come often enough for policy.maxGap")];
  return warnings.map((warning) => check("schedule", "warn", warning));
}

/** Every prerequisite of a run, one line each, with the mend where one is missing. Reads only. */
export async function preflight(
  ports: CheckPorts,
  config: Config,
  { notes, fit }: Asked = { notes: [], fit: null },
): Promise<Preflight> {
  const checks: Check[] = [...notes.map((note) => check("configuration", "warn", note)), ...(fit === null ? [] : checkFit(fit))];
  for (const { name, regions } of ports.cloud.accounts) {
    const principal = await ports.cloud.principal(name);
    checks.push(
      principal.known
        ? check(`account ${name}`, "ok", `we are ${principal.value.arn}`)
        : check(
            `account ${name}`,
            "fail",
            principal.why,
            "check the credentials, and tencent.accounts' roleArn with its trust policy",
          ),
    );
    for (const region of regions) checks.push(...(await checkRegion(ports, config, name, region)));
    checks.push(await checkRole(ports, name));
  }
  checks.push(await checkStore(ports), ...(await checkReadings(ports, config)));
  checks.push(await checkSlack(ports), checkRights(ports), checkKnownGap());
  return { schema: "eip-guard/check/v1", checks };
}

async function checkRegion(ports: CheckPorts, config: Config, account: string, region: string): Promise<readonly Check[]> {
  const where = `region ${account}/${region}`;
  const [addresses, quota] = await Promise.all([ports.cloud.addresses(account, region), ports.cloud.quota(account, region)]);
  const checks: Check[] = [
    addresses.addresses.known
      ? check(
          where,
          "ok",
          `${addresses.addresses.value.length} EIPs${quota.known ? `, quota ${quota.value.used} of ${quota.value.limit}` : ""}`,
        )
      : check(where, "fail", addresses.addresses.why, statement(ports, "DescribeAddresses")),
  ];
  if (!quota.known) checks.push(check(`${where}: quota`, "warn", quota.why, statement(ports, "DescribeAddressQuota")));
  const accountType = await ports.cloud.accountType(account, region);
  if (!accountType.known)
    checks.push(check(`${where}: account type`, "warn", accountType.why, statement(ports, "DescribeNetworkAccountType")));
  if (!config.clusters.discover)
    checks.push(
      check(
        `${where}: clusters`,
        "warn",
        "clusters.discover is off: that a cluster was deleted can't be known, and nothing is released",
      ),
    );
  const listed = config.clusters.discover ? await listClusters(ports, account, region, where, checks) : [];
  const ids = new Set(listed.map((cluster) => cluster.id));
  const configured = ports.kubernetes.configured.filter(
    (cluster) => cluster.account === account && cluster.region === region && !ids.has(cluster.id),
  );
  for (const cluster of [...listed, ...configured.map((cluster): ClusterAddress => ({ ...cluster, product: "tke" }))]) {
    checks.push(...(await checkCluster(ports, config, cluster)));
  }
  return checks;
}

async function listClusters(
  ports: CheckPorts,
  account: string,
  region: string,
  where: string,
  checks: Check[],
): Promise<readonly CloudCluster[]> {
  const found: CloudCluster[] = [];
  for (const product of ["tke", "eks"] as const) {
    const clusters = await ports.cloud.clusters(account, region, product);
    if (clusters.known) {
      found.push(...clusters.value);
      checks.push(check(`${where}: ${product} clusters`, "ok", `${clusters.value.length} listed`));
    } else {
      const action = product === "tke" ? "DescribeClusters" : "DescribeEKSClusters";
      checks.push(check(`${where}: ${product} clusters`, "fail", clusters.why, statement(ports, action)));
    }
  }
  return found;
}

async function checkCluster(ports: CheckPorts, config: Config, cluster: ClusterAddress): Promise<readonly Check[]> {
  const name = `cluster ${cluster.id}`;
  const ignored = config.clusters.ignore.includes(cluster.id);
  const bad = ignored ? "warn" : "fail";
  const checks: Check[] = [];
  if (config.clusters.credentials === "describe" && !ports.kubernetes.configured.some(({ id }) => id === cluster.id)) {
    checks.push(
      check(
        name,
        "warn",
        "its kubeconfig comes from the cloud: the first call makes a client certificate that is valid for 20 years",
      ),
    );
  }
  const rights = await ports.review(cluster);
  if (rights.known) {
    const missing = rights.value.filter(({ allowed }) => !allowed);
    checks.push(
      missing.length === 0
        ? check(name, "ok", `reachable, and all ${rights.value.length} rights are there`)
        : check(
            name,
            bad,
            `missing: ${missing.map(({ what }) => what).join(", ")}`,
            `add to the ClusterRole:\n${missing.map(({ rule }) => `  - ${rule}`).join("\n")}`,
          ),
    );
  } else {
    checks.push(check(name, bad, rights.why, "add it to clusters.kubeconfigs, or name it in clusters.ignore"));
  }
  const [ipamd, deployment] = await Promise.all([
    ports.cloud.ipamd(cluster.account, cluster.region, cluster.id),
    ports.kubernetes.ipamdDeployment(cluster),
  ]);
  if (!ipamd.known) {
    checks.push(check(`${name}: recycle threshold`, bad, ipamd.why, statement(ports, "DescribeIPAMD")));
    return checks;
  }
  const visible = deployment.known ? deployment.value : null;
  const facts = known({
    ...ipamd.value,
    authorised: await ports.cloud.ipamdAuthorised(cluster.account),
    argument: visible?.argument ?? null,
    version: visible?.version ?? null,
  });
  const threshold = clusterThreshold(facts);
  const state = recycling(facts);
  checks.push(
    check(
      `${name}: recycle threshold`,
      threshold.state === "unknown" || state.running === false ? "warn" : "ok",
      `${describeThreshold(threshold)}; ${state.why}`,
      threshold.state === "never" ? "set the EIP recycle policy, or let eip-guard release by policy" : "",
    ),
  );
  return checks;
}

async function checkRole(ports: CheckPorts, account: string): Promise<Check> {
  const authorised = await ports.cloud.ipamdAuthorised(account);
  const name = `ipamd's role in account ${account}`;
  if (!authorised.known) return check(name, "warn", authorised.why, statement(ports, "ListAttachedRolePolicies"));
  return authorised.value
    ? check(name, "ok", "IPAMDofTKE_QCSRole has the EIP policy")
    : check(
        name,
        "warn",
        "IPAMDofTKE_QCSRole lacks the EIP policy: ipamd can neither make nor recycle EIPs",
        "attach QcloudAccessForIPAMDRoleInQcloudAllocateEIP to the role IPAMDofTKE_QCSRole",
      );
}

async function checkStore(ports: CheckPorts): Promise<Check> {
  const name = `store ${ports.store.describe()}`;
  try {
    const ledger = await ports.store.readLedger();
    const stopped = await ports.store.stopRequested();
    const proven = await ports.probeStore();
    if (stopped) return check(name, "warn", "STOP is set: nothing is acted on");
    return check(name, "ok", `ledger of generation ${ledger.generation}${proven === null ? "" : `; ${proven}`}`);
  } catch (error) {
    const mend = error instanceof GuardError && error.mend !== "" ? error.mend : "check state, and its permissions";
    return check(name, "fail", whyOf(error), mend);
  }
}

/** Whether the latest runs came often enough to act; nothing where the ledger can't be read, which the store's line says. */
async function checkReadings({ store }: CheckPorts, { policy }: Config): Promise<readonly Check[]> {
  const ledger = await store.readLedger().catch(() => null);
  if (ledger === null) return [];
  const slow = slowReadings(ledger, policy.maxGap);
  if (slow !== null) return [check("schedule", "warn", slow.why, slow.fix)];
  const { readings = [] } = ledger;
  if (readings.length < 2)
    return [check("schedule", "skip", "not checked: fewer than two runs are known; `check --cron` checks a schedule")];
  return [check("schedule", "ok", `the latest runs came often enough for policy.maxGap (${humanDuration(policy.maxGap)})`)];
}

async function checkSlack({ slack }: CheckPorts): Promise<Check> {
  if (slack === null) return check("Slack", "skip", "no alert is configured: nothing can be released without a delivered notice");
  const why = await slack();
  return why === null
    ? check("Slack", "ok", "the token is accepted")
    : check("Slack", "fail", why, "check SLACK_BOT_TOKEN and alerts.slack");
}

function checkRights({ rights }: CheckPorts): Check {
  return check("CAM rights that this configuration needs", "ok", rights.flatMap(({ actions }) => actions).join(", "));
}

function checkKnownGap(): Check {
  return check(
    "dedicated clusters (CDC)",
    "skip",
    "their EIPs are listed only with an undocumented filter, and are not looked at",
  );
}

/** The CAM statement to paste for an action. */
function statement({ rights }: CheckPorts, action: string): string {
  const actions = rights.find((right) => right.actions.some((name) => name.endsWith(`:${action}`)))?.actions ?? [];
  return `allow in CAM: ${JSON.stringify({ effect: "allow", action: actions, resource: ["*"] })}`;
}
