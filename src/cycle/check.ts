import type { Fit } from "../config/schedule.ts";
import type { Config } from "../config/sections.ts";
import { counted, describeThreshold } from "../core/terms/describe.ts";
import { known, type Reading, type Unknown, unknown } from "../core/terms/known.ts";
import { placeKey, samePlace } from "../core/terms/place.ts";
import { clusterThreshold, recycling } from "../core/terms/threshold.ts";
import { before, DAY, humanDuration, milliseconds } from "../core/terms/time.ts";
import { GuardError, whyOf } from "../errors.ts";
import type { CloudCluster, ClusterAddress, ReadPorts } from "../ports.ts";
import { type AlertPorts, checkAlerts } from "./check-alerts.ts";
import { type Check, check, type Preflight } from "./check-line.ts";
import { type CamRight, clusterFix, connectionFix, roleFix, statementFix } from "./fixes.ts";
import { slowReadings } from "./readings.ts";

/** What `check` looks at beyond the readers. */
export interface CheckPorts extends ReadPorts, AlertPorts {
  /** Whether the API server gives each right that is needed; each denied one with the rule to paste. */
  readonly review: (
    cluster: ClusterAddress,
  ) => Promise<Reading<readonly { readonly what: string; readonly allowed: boolean; readonly rule: string }[]>>;
  /** Tries the store out, where that is asked, and says what that proved; null where it is not. Throws what is wrong with it. */
  readonly probeStore: () => Promise<string | null>;
  /** CAM actions that this configuration needs, each with what it is for. */
  readonly rights: readonly CamRight[];
  /** The secrets that the configuration names, each with what a look at it found. */
  readonly secrets: readonly SecretFound[];
  /** Names of the environment's variables that name a proxy. */
  readonly proxies: readonly string[];
}

export interface SecretFound {
  readonly variable: string;
  /** In the Secrets Manager. */
  readonly name: string;
  readonly region: string;
  readonly from: "environment" | "ssm";
  /** Null: it is there. */
  readonly problem: GuardError | null;
}

function checkSecret({ variable, name, region, from, problem }: SecretFound): Check {
  if (problem !== null) return check(`secret ${variable}`, "fail", problem.message, problem.fix);
  const where = from === "environment" ? "set in the environment, which wins over" : "read from";
  return check(`secret ${variable}`, "ok", `${where} ${name} of ${region} in the Secrets Manager`);
}

/** What the command line says besides. */
export interface Asked {
  /** What is allowed in the configuration, but probably not meant. */
  readonly notes: readonly string[];
  /** The schedule that `--cron` or the section `deploy` names; null where neither does. */
  readonly schedule: AskedSchedule | null;
}

export interface AskedSchedule {
  /** How it fits the policy. */
  readonly fit: Fit;
  /** The next times, each in its zone and in UTC+8. */
  readonly next: readonly string[];
  /** Why SCF's timer can't say it; null where it can, or nobody deploys it. */
  readonly timer: GuardError | null;
  /** Whether the latest runs are looked at, too. */
  readonly runs: boolean;
}

function checkSchedule({ fit, next, timer }: AskedSchedule): readonly Check[] {
  const { refusal, warnings } = fit;
  const when = check("schedule: next runs", "ok", next.join("; "));
  const scf = timer === null ? [] : [check("schedule in SCF", "warn", timer.message, timer.fix)];
  if (refusal !== null) return [check("schedule", "fail", refusal.message, refusal.fix), when, ...scf];
  if (warnings.length === 0) return [check("schedule", "ok", "runs come often enough for policy.maxGap"), when, ...scf];
  return [...warnings.map((warning) => check("schedule", "warn", warning)), when, ...scf];
}

/** One look around: what it found so far, and which calls of the cloud were answered. */
interface Look {
  readonly ports: CheckPorts;
  readonly config: Config;
  readonly found: Found[];
  /** Answers by account and action. */
  readonly answers: Map<string, Reading<unknown>[]>;
  /** The account of our own keys, once it is known. */
  uin: string | null;
}

/** Lines with the same key have one cause: it is told once, with all the places. */
interface Found extends Check {
  readonly key?: string;
}

/** Every prerequisite of a run, one line each, with the fix where one is missing. It changes nothing, but for what `notify` and `probeStore` say. */
export async function preflight(
  ports: CheckPorts,
  config: Config,
  { notes, schedule }: Asked = { notes: [], schedule: null },
): Promise<Preflight> {
  const look: Look = { ports, config, found: [], answers: new Map(), uin: null };
  for (const note of notes) look.found.push(check("configuration", "warn", note));
  if (schedule !== null) look.found.push(...checkSchedule(schedule));
  look.found.push(...ports.secrets.map(checkSecret));
  const principals = await lookAtAccounts(look);
  for (const { name, regions } of ports.cloud.accounts) {
    if (principals.get(name)?.cause === "role") continue;
    for (const region of regions) await lookAtRegion(look, name, region);
    await lookAtIpamdsRole(look, name);
  }
  if (config.evidence.cloudaudit || config.evidence.billing) await lookAtEvidence(look);
  look.found.push(...checkRights(look));
  look.found.push(await checkStore(ports), ...(schedule?.runs === false ? [] : await checkReadings(ports, config)));
  look.found.push(...(await checkAlerts(ports, config.policy.mode)), checkKnownGap());
  return { schema: "eip-guard/check/v1", checks: toldOnce(look.found) };
}

/** Failures of one cause in many places become one line, at the first place. */
function toldOnce(found: readonly Found[]): readonly Check[] {
  const checks: Check[] = [];
  const told = new Set<string>();
  for (const { key, ...line } of found) {
    if (key === undefined) {
      checks.push(line);
      continue;
    }
    if (told.has(key)) continue;
    told.add(key);
    const same = found.filter((other) => other.key === key);
    const worst = same.some(({ status }) => status === "fail") ? "fail" : line.status;
    const others = same.slice(1).map(({ name }) => name);
    const also = others.length === 0 ? "" : `; the same for ${others.join(", ")}`;
    checks.push({ ...line, status: worst, detail: `${line.detail}${also}` });
  }
  return checks;
}

/** Writes down that an action was answered, or why not. */
function heard<T>({ answers }: Look, account: string, action: string, reading: Reading<T>): Reading<T> {
  const key = `${account} ${action}`;
  answers.set(key, [...(answers.get(key) ?? []), reading]);
  return reading;
}

/** A failed reading of the cloud as a line: one for each cause, and for each missing right. */
function failed(
  look: Look,
  name: string,
  status: "warn" | "fail",
  account: string,
  action: string,
  { why, cause }: Unknown,
): Found {
  const { ports, config } = look;
  const connection = connectionFix(cause, { tencent: config.tencent, proxies: ports.proxies });
  if (connection !== null) return { ...check(name, status, why, connection), key: `${cause} ${withoutAction(why, action)}` };
  if (cause === "role") {
    const roleArn = config.tencent.accounts.find((one) => one.name === account)?.roleArn ?? "";
    return { ...check(name, status, why, roleFix(roleArn, look.uin)), key: `role ${account}` };
  }
  if (cause === "forbidden")
    return { ...check(name, status, why, statement(ports, action)), key: `forbidden ${account} ${action}` };
  return check(name, status, why, "see docs of the code in the message, and try again; it may pass by itself");
}

function withoutAction(why: string, action: string): string {
  return why.replace(`${action}: `, "");
}

/** The accounts first: whose keys they are, and whether two of them are one. */
async function lookAtAccounts(look: Look): Promise<ReadonlyMap<string, Unknown>> {
  const { ports, config } = look;
  const unread = new Map<string, Unknown>();
  const owners = new Map<string, string>();
  const own = new Set(config.tencent.accounts.filter(({ roleArn }) => roleArn === null).map(({ name }) => name));
  // Our own account first: whom a role must trust is known then.
  const names = ports.cloud.accounts.map(({ name }) => name).sort((one, other) => Number(own.has(other)) - Number(own.has(one)));
  for (const name of names) {
    const principal = heard(look, name, "GetCallerIdentity", await ports.cloud.principal(name));
    if (!principal.known) {
      unread.set(name, principal);
      look.found.push(failed(look, `account ${name}`, "fail", name, "GetCallerIdentity", principal));
      continue;
    }
    const { arn, uin } = principal.value;
    if (own.has(name)) look.uin = uin;
    else heard(look, name, "AssumeRole", principal);
    const same = owners.get(uin);
    owners.set(uin, name);
    look.found.push(
      same === undefined
        ? check(`account ${name}`, "ok", `we are ${arn}`)
        : check(
            `account ${name}`,
            "fail",
            `it is the account ${uin}, which "${same}" is too: every EIP would count twice`,
            `leave one of "${same}" and "${name}" out of tencent.accounts, and put all regions under the other`,
          ),
    );
  }
  return unread;
}

async function lookAtRegion(look: Look, account: string, region: string): Promise<void> {
  const { ports, config, found } = look;
  const { cloud } = ports;
  const where = `region ${placeKey({ account, region })}`;
  const [listed, quota] = await Promise.all([cloud.addresses(account, region), cloud.quota(account, region)]);
  const addresses = heard(look, account, "DescribeAddresses", listed.addresses);
  heard(look, account, "DescribeAddressQuota", quota);
  if (addresses.known) {
    const used = quota.known ? `, quota ${quota.value.used} of ${quota.value.limit}` : "";
    found.push(check(where, "ok", `${counted(addresses.value.length, "EIP")}${used}`));
  } else found.push(failed(look, where, "fail", account, "DescribeAddresses", addresses));
  if (!quota.known) found.push(failed(look, `${where}: quota`, "warn", account, "DescribeAddressQuota", quota));
  // Where nobody answers, the rest of the region would say the same, later.
  if (!addresses.known && addresses.cause === "network") return;
  const accountType = heard(look, account, "DescribeNetworkAccountType", await cloud.accountType(account, region));
  if (!accountType.known)
    found.push(failed(look, `${where}: account type`, "warn", account, "DescribeNetworkAccountType", accountType));
  const { clusters, complete } = config.clusters.discover
    ? await lookForClusters(look, account, region, where)
    : { clusters: [], complete: false };
  const ids = new Set(clusters.map((cluster) => cluster.id));
  const configured = ports.kubernetes.configured.filter(
    (cluster) => samePlace(cluster, { account, region }) && !ids.has(cluster.id),
  );
  // What is in no complete listing is gone, or elsewhere: its API server would only say that it does not answer.
  if (complete) found.push(...configured.map(checkUnlisted));
  const others = complete ? [] : configured.map((cluster): ClusterAddress => ({ ...cluster, product: "tke" }));
  for (const cluster of [...clusters, ...others]) await lookAtCluster(look, cluster);
}

function checkUnlisted({ id, account, region }: Pick<ClusterAddress, "id" | "account" | "region">): Check {
  return check(
    `cluster ${id}`,
    "warn",
    `it is in clusters.kubeconfigs, and in no listing of ${placeKey({ account, region })}: it was deleted, or it is elsewhere`,
    `leave its line out, or correct its region; if no run has seen it alive, name it in clusters.deleted:\n  deleted: [${id}]`,
  );
}

/** `complete`: both listings were read. */
async function lookForClusters(
  look: Look,
  account: string,
  region: string,
  where: string,
): Promise<{ readonly clusters: readonly CloudCluster[]; readonly complete: boolean }> {
  const listed: CloudCluster[] = [];
  let complete = true;
  for (const product of ["tke", "eks"] as const) {
    const action = product === "tke" ? "DescribeClusters" : "DescribeEKSClusters";
    const name = `${where}: ${product} clusters`;
    const clusters = heard(look, account, action, await look.ports.cloud.clusters(account, region, product));
    if (clusters.known) {
      const { unsupported, clusters: those } = clusters.value;
      listed.push(...those);
      look.found.push(check(name, "ok", unsupported ? "not served here, so that no cluster is here" : `${those.length} listed`));
    } else {
      complete = false;
      look.found.push(failed(look, name, "fail", account, action, clusters));
    }
  }
  return { clusters: listed, complete };
}

async function lookAtCluster(look: Look, cluster: ClusterAddress): Promise<void> {
  const { ports, config, found } = look;
  const name = `cluster ${cluster.id}`;
  const bad = config.clusters.ignore.includes(cluster.id) ? "warn" : "fail";
  const file = config.clusters.kubeconfigs.find(({ id }) => id === cluster.id);
  if (config.clusters.credentials === "describe" && file === undefined)
    found.push(
      check(
        name,
        "warn",
        "its kubeconfig comes from the cloud: the first call makes a client certificate that is valid for 20 years",
      ),
    );
  const rights = await ports.review(cluster);
  if (rights.known) found.push(checkClusterRights(name, bad, rights.value));
  else if (file === undefined && rights.cause === "forbidden")
    found.push(check(name, bad, rights.why, statementFix(ports.rights.filter(({ actions }) => actions.some(isKubeconfigCall)))));
  else {
    const { written = null, context = null, secret = null } = file ?? {};
    const surroundings = { written, secret, context, accounts: config.tencent.accounts.length };
    found.push(check(name, bad, rights.why, clusterFix(rights.cause, cluster, surroundings)));
  }
  await lookAtThreshold(look, cluster, bad, rights.known);
}

function isKubeconfigCall(action: string): boolean {
  return /Kubeconfig|ClusterCredential|EndpointStatus/.test(action);
}

function checkClusterRights(
  name: string,
  bad: "warn" | "fail",
  rights: readonly { readonly what: string; readonly allowed: boolean; readonly rule: string }[],
): Check {
  const missing = rights.filter(({ allowed }) => !allowed);
  if (missing.length === 0) return check(name, "ok", `reachable, and all ${rights.length} rights are there`);
  const rules = missing.map(({ rule }) => `  - ${rule}`).join("\n");
  const list = missing.map(({ what }) => what).join(", ");
  return check(name, bad, `missing: ${list}`, `add to the rules of its user's ClusterRole:\n${rules}`);
}

async function lookAtThreshold(look: Look, cluster: ClusterAddress, bad: "warn" | "fail", reachable: boolean): Promise<void> {
  const { ports, found } = look;
  const name = `cluster ${cluster.id}: recycle threshold`;
  const { account, region, id } = cluster;
  const [ipamd, deployment] = await Promise.all([
    ports.cloud.ipamd(account, region, id),
    reachable ? ports.kubernetes.ipamdDeployment(cluster) : unknown("the cluster can't be read"),
  ]);
  heard(look, account, "DescribeIPAMD", ipamd);
  if (!ipamd.known) {
    found.push(failed(look, name, bad, account, "DescribeIPAMD", ipamd));
    return;
  }
  const visible = deployment.known ? deployment.value : null;
  const facts = known({
    ...ipamd.value,
    authorised: await ports.cloud.ipamdAuthorised(account),
    argument: visible?.argument ?? null,
    version: visible?.version ?? null,
  });
  const threshold = clusterThreshold(facts);
  const state = recycling(facts);
  const fine = threshold.state === "set" && state.running !== false;
  const fix =
    threshold.state === "never"
      ? "set the EIP recycle policy of the cluster (TKE console: component management, eniipamd, IP recycle policy), or let eip-guard release by policy"
      : "";
  found.push(check(name, fine ? "ok" : "warn", `${describeThreshold(threshold)}; ${state.why}`, fix));
}

async function lookAtIpamdsRole(look: Look, account: string): Promise<void> {
  const authorised = heard(look, account, "ListAttachedRolePolicies", await look.ports.cloud.ipamdAuthorised(account));
  const name = `ipamd's role in account ${account}`;
  if (!authorised.known) {
    look.found.push(failed(look, name, "warn", account, "ListAttachedRolePolicies", authorised));
    return;
  }
  look.found.push(
    authorised.value
      ? check(name, "ok", "IPAMDofTKE_QCSRole has the EIP policy")
      : check(
          name,
          "warn",
          "IPAMDofTKE_QCSRole lacks the EIP policy: ipamd can neither make nor recycle EIPs",
          "attach QcloudAccessForIPAMDRoleInQcloudAllocateEIP to the role IPAMDofTKE_QCSRole",
        ),
  );
}

/** No EIP has this id: the question is asked for the right to ask it. */
const NO_EIP = "eip-00000000";

/** Evidence that is switched on must be readable: one question of each kind. */
async function lookAtEvidence(look: Look): Promise<void> {
  const { ports, config, found } = look;
  const { cloudaudit, billing } = config.evidence;
  const now = ports.clock.now();
  const from = before(now, milliseconds(DAY));
  for (const { name: account, regions } of ports.cloud.accounts) {
    const [region = ""] = regions;
    if (cloudaudit) {
      const events = heard(look, account, "DescribeEvents", await ports.cloud.addressEvents(account, region, NO_EIP, from, now));
      const name = `evidence.cloudaudit in account ${account}`;
      found.push(
        events.known ? check(name, "ok", "CloudAudit answers") : failed(look, name, "warn", account, "DescribeEvents", events),
      );
    }
    if (billing) {
      const bill = heard(look, account, "DescribeBillDetail", await ports.cloud.billedIdle(account, NO_EIP, from, now));
      const name = `evidence.billing in account ${account}`;
      found.push(
        bill.known ? check(name, "ok", "the bill answers") : failed(look, name, "warn", account, "DescribeBillDetail", bill),
      );
    }
  }
}

/** What the calls of this check have shown of each right; what no call showed is named as not checked. */
function checkRights({ ports, answers, found }: Look): readonly Check[] {
  return ports.cloud.accounts.flatMap(({ name: account }): readonly Check[] => {
    const allowed: string[] = [];
    const missing: CamRight[] = [];
    const unchecked: string[] = [];
    for (const right of ports.rights) {
      const { actions } = right;
      const readings = answers.get(`${account} ${(actions[0] ?? "").split(":")[1] ?? ""}`) ?? [];
      if (readings.some((reading) => !reading.known && reading.cause === "forbidden")) missing.push(right);
      else if (readings.some((reading) => reading.known)) allowed.push(...actions);
      else unchecked.push(...actions);
    }
    const name = `CAM rights in account ${account}`;
    const checks: Check[] = [];
    const isNeeded = found.some(({ key, status }) => status === "fail" && key?.startsWith(`forbidden ${account} `) === true);
    if (missing.length > 0)
      checks.push(
        check(
          name,
          isNeeded ? "fail" : "warn",
          `missing: ${missing.flatMap(({ actions }) => actions).join(", ")}`,
          statementFix(missing),
        ),
      );
    else if (allowed.length > 0) checks.push(check(name, "ok", `checked by a call: ${allowed.join(", ")}`));
    if (unchecked.length > 0)
      checks.push(
        check(
          name,
          "skip",
          `not checked, because no call of this check needs or may try them: ${unchecked.join(", ")}; deploy/cam has a policy for each mode, and a run in mode flag shows whether marking works`,
        ),
      );
    return checks;
  });
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
    const fix = error instanceof GuardError && error.fix !== "" ? error.fix : "check state, and its permissions";
    return check(name, "fail", whyOf(error), fix);
  }
}

/** Whether the latest runs came often enough to act; nothing where the ledger can't be read, which the store's line says. */
async function checkReadings({ store }: CheckPorts, { policy }: Config): Promise<readonly Check[]> {
  const ledger = await store.readLedger().catch(() => null);
  if (ledger === null) return [];
  const slow = slowReadings(ledger, policy.maxGap);
  if (slow !== null) return [check("latest runs", "warn", slow.why, slow.fix)];
  const { readings = [] } = ledger;
  if (readings.length < 2)
    return [check("latest runs", "skip", "not checked: fewer than two runs are known; `check --cron` checks a schedule")];
  return [check("latest runs", "ok", `the latest runs came often enough for policy.maxGap (${humanDuration(policy.maxGap)})`)];
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
  const needed = rights.find(({ actions }) => actions.some((name) => name.endsWith(`:${action}`)));
  return statementFix([needed ?? { actions: [`*:${action}`], resource: ["*"] }]);
}
