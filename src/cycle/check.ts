import type { Fit } from "../config/schedule.ts";
import type { Config } from "../config/sections.ts";
import { counted } from "../core/terms/describe.ts";
import type { Unknown } from "../core/terms/known.ts";
import { placeKey, samePlace } from "../core/terms/place.ts";
import { before, DAY, humanDuration, milliseconds } from "../core/terms/time.ts";
import { GuardError, whyOf } from "../errors.ts";
import type { CloudCluster, ClusterAddress } from "../ports.ts";
import { checkAlerts } from "./check-alerts.ts";
import { lookAtCluster, lookAtIpamdsRole } from "./check-cluster.ts";
import { type Check, check, type Preflight } from "./check-line.ts";
import { type CheckPorts, failed, heard, type Look, type SecretFound, toldOnce } from "./check-look.ts";
import { type CamRight, statementFix } from "./fixes.ts";
import { slowReadings } from "./readings.ts";

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

function checkSecret({ variable, name, region, from, problem }: SecretFound): Check {
  if (problem !== null) return check(`secret ${variable}`, "fail", problem.message, problem.fix);
  const where = from === "environment" ? "set in the environment, which wins over" : "read from";
  return check(`secret ${variable}`, "ok", `${where} ${name} of ${region} in the Secrets Manager`);
}

function checkSchedule({ fit, next, timer }: AskedSchedule): readonly Check[] {
  const { refusal, warnings } = fit;
  const when = check("schedule: next runs", "ok", next.join("; "));
  const scf = timer === null ? [] : [check("schedule in SCF", "warn", timer.message, timer.fix)];
  if (refusal !== null) return [check("schedule", "fail", refusal.message, refusal.fix), when, ...scf];
  if (warnings.length === 0) return [check("schedule", "ok", "runs come often enough for policy.maxGap"), when, ...scf];
  return [...warnings.map((warning) => check("schedule", "warn", warning)), when, ...scf];
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
