import type * as z from "zod";
import { isSameTagKey } from "../core/match.ts";
import type { Verdict } from "../core/verdict.ts";
import type { Environment } from "./credentials.ts";
import { parseDuration } from "./duration.ts";
import { isLoopback } from "./loopback.ts";
import { absolutePath, homeProblem } from "./paths.ts";
import type { Problem } from "./problem.ts";
import { type ConfigurationFile, type configurationSchema, isGlob } from "./schema.ts";

/** What the schema found in order, section by section; a section with errors of its own is undefined. */
export interface Sections {
  readonly tencent: ConfigurationFile["tencent"] | undefined;
  readonly clusters: ConfigurationFile["clusters"] | undefined;
  readonly policy: ConfigurationFile["policy"] | undefined;
  readonly release: ConfigurationFile["release"] | undefined;
  readonly alerts: ConfigurationFile["alerts"] | undefined;
  readonly state: ConfigurationFile["state"] | undefined;
}

export interface Surroundings {
  readonly env: Environment;
  /** The configuration file's folder, against which paths are resolved. */
  readonly folder: string;
}

/** The account that stands for the credentials' own. */
export const OWN_ACCOUNT = "default";

/** Each section by itself, so that errors in one do not hide those of another. */
export function sectionsOf(schema: ReturnType<typeof configurationSchema>, content: Readonly<Record<string, unknown>>): Sections {
  const { shape } = schema;
  return {
    tencent: parsed(shape.tencent, content.tencent),
    clusters: parsed(shape.clusters, content.clusters),
    policy: parsed(shape.policy, content.policy),
    release: parsed(shape.release, content.release),
    alerts: parsed(shape.alerts, content.alerts),
    state: parsed(shape.state, content.state),
  };
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> | undefined {
  const result = schema.safeParse(value);
  return result.success ? result.data : undefined;
}

/** The accounts that the file names, with the regions that hold for each: its own, else those of `tencent`. */
export function accountsOf(tencent: ConfigurationFile["tencent"]): readonly {
  readonly name: string;
  readonly roleArn: string | null;
  readonly regions: readonly string[];
}[] {
  const shared = tencent.regions ?? [];
  if (tencent.accounts === undefined) return [{ name: OWN_ACCOUNT, roleArn: null, regions: shared }];
  return tencent.accounts.map(({ name, roleArn, regions }) => ({ name, roleArn: roleArn ?? null, regions: regions ?? shared }));
}

/** Whether the environment asks for delays below the floors, as tests do (contract.md, Floors). */
export function wantsShortDelays(env: Environment): boolean {
  return env.EIP_GUARD_SHORT_DELAYS === "yes";
}

/** What several keys, or keys and the environment, contradict each other in. */
export function incoherences(sections: Sections, { env, folder }: Surroundings): readonly Problem[] {
  const { tencent, clusters, policy, release, state } = sections;
  return [
    ...(tencent === undefined ? [] : accountProblems(tencent)),
    ...(tencent === undefined ? [] : shortDelayProblems(tencent, env)),
    ...(tencent === undefined || clusters === undefined ? [] : clusterProblems(tencent, clusters)),
    ...pathProblems(clusters, state, env),
    ...(policy === undefined ? [] : ruleProblems(policy.rules)),
    ...(policy === undefined || release === undefined ? [] : releaseProblems(policy, release)),
    ...(state === undefined ? [] : stateProblems(state, env, folder)),
  ];
}

function accountProblems(tencent: ConfigurationFile["tencent"]): Problem[] {
  const problems: Problem[] = [];
  const accounts = tencent.accounts ?? [];
  if (accounts.length === 0 && tencent.regions === undefined)
    problems.push({ path: ["tencent"], message: "names no regions; add regions: [ap-guangzhou] with yours" });
  for (const [at, account] of accounts.entries()) {
    const path = ["tencent", "accounts", at];
    if (account.regions === undefined && tencent.regions === undefined)
      problems.push({ path, message: `account "${account.name}" has no regions; add regions here or as tencent.regions` });
    const others = accounts.slice(0, at);
    if (others.some((other) => other.name === account.name))
      problems.push({
        path: [...path, "name"],
        message: `"${account.name}" names a second account; give each a name of its own`,
      });
    if (account.roleArn === undefined && others.some((other) => other.roleArn === undefined))
      problems.push({ path, message: "is a second account without roleArn; only one can be the credentials' own" });
    const same = others.find((other) => other.roleArn !== undefined && uinOf(other.roleArn) === uinOf(account.roleArn));
    const shared =
      same &&
      (account.regions ?? tencent.regions ?? []).find((region) => (same.regions ?? tencent.regions ?? []).includes(region));
    if (same !== undefined && shared !== undefined)
      problems.push({
        path: [...path, "roleArn"],
        message: `reads ${shared} of the account that "${same.name}" reads too; every EIP there would count twice, so leave one out`,
      });
  }
  return problems;
}

function uinOf(roleArn: string | undefined): string | undefined {
  return roleArn?.split("/")[1]?.split(":")[0];
}

function shortDelayProblems(tencent: ConfigurationFile["tencent"], env: Environment): Problem[] {
  if (!wantsShortDelays(env)) return [];
  if (tencent.endpoint !== undefined && isLoopback(tencent.endpoint)) return [];
  return [
    {
      path: ["tencent", "endpoint"],
      message: `is ${tencent.endpoint === undefined ? "not set" : `"${tencent.endpoint}"`}, but EIP_GUARD_SHORT_DELAYS=yes is for tests against a simulator on loopback only; unset EIP_GUARD_SHORT_DELAYS`,
    },
  ];
}

function clusterProblems(tencent: ConfigurationFile["tencent"], clusters: ConfigurationFile["clusters"]): Problem[] {
  const problems: Problem[] = [];
  const accounts = accountsOf(tencent);
  const seen = new Set<string>();
  for (const [at, cluster] of clusters.kubeconfigs.entries()) {
    const path = ["clusters", "kubeconfigs", at];
    if (seen.has(cluster.id)) problems.push({ path: [...path, "id"], message: `"${cluster.id}" is listed twice; leave one out` });
    seen.add(cluster.id);
    const names = accounts.map(({ name }) => name).join(", ");
    if (cluster.account === undefined && accounts.length > 1) {
      problems.push({ path, message: `cluster "${cluster.id}" needs its account: one of ${names}` });
      continue;
    }
    const account = cluster.account === undefined ? accounts[0] : accounts.find(({ name }) => name === cluster.account);
    if (account === undefined) {
      problems.push({
        path: [...path, "account"],
        message: `"${cluster.account}" is no configured account; write one of ${names}`,
      });
      continue;
    }
    const regions = account.regions.join(", ");
    if (cluster.region === undefined && account.regions.length > 1)
      problems.push({ path, message: `cluster "${cluster.id}" needs its region: one of ${regions}` });
    if (cluster.region !== undefined && account.regions.length > 0 && !account.regions.includes(cluster.region))
      problems.push({
        path: [...path, "region"],
        message: `"${cluster.region}" is no region of account "${account.name}"; write one of ${regions}, or add it there`,
      });
  }
  for (const [at, id] of clusters.deleted.entries())
    if (seen.has(id))
      problems.push({
        path: ["clusters", "deleted", at],
        message: `"${id}" has a kubeconfig too; a cluster is either reached or gone`,
      });
  return problems;
}

function pathProblems(clusters: Sections["clusters"], state: Sections["state"], env: Environment): Problem[] {
  const written = [
    ...(clusters?.kubeconfigs ?? []).map(({ path }, at) => ({ path: ["clusters", "kubeconfigs", at, "path"], text: path })),
    ...(state?.dir === undefined ? [] : [{ path: ["state", "dir"], text: state.dir }]),
  ];
  return written.flatMap(({ path, text }) => {
    const message = homeProblem(text, env);
    return message === null ? [] : [{ path, message }];
  });
}

function ruleProblems(rules: ConfigurationFile["policy"]["rules"]): Problem[] {
  const problems: Problem[] = [];
  for (const [at, rule] of rules.entries()) {
    const path = ["policy", "rules", at];
    if (rules.slice(0, at).some((other) => other.name === rule.name))
      problems.push({ path: [...path, "name"], message: `"${rule.name}" names a second rule; give each a name of its own` });
    if (rule.flagAfter === "never" && rule.releaseAfter !== "never")
      problems.push({
        path: [...path, "releaseAfter"],
        message: `"${rule.releaseAfter}" can't hold while flagAfter is never: nothing is released that was not flagged; change one of them`,
      });
  }
  return problems;
}

function releaseProblems(policy: ConfigurationFile["policy"], release: ConfigurationFile["release"]): Problem[] {
  const problems: Problem[] = [];
  const { window, mark } = release;
  if (window !== undefined && window.from === window.to)
    problems.push({
      path: ["release", "window", "to"],
      message: `"${window.to}" is the time of from too; write "00:00" to "24:00" for whole days, or leave the window out`,
    });
  if (mark !== undefined && policy.keepTags.some((key) => isSameTagKey(key, mark.tag)))
    problems.push({
      path: ["release", "mark", "tag"],
      message: `"${mark.tag}" is a keep tag too; every flagged EIP would be kept, so choose another`,
    });
  return problems;
}

/**
 * Where the state may be kept: a folder or COS, not both; and in SCF no folder that goes with the instance (contract.md,
 * Configuration).
 */
export function stateProblems(state: ConfigurationFile["state"], env: Environment, folder: string): Problem[] {
  if (state.dir !== undefined && state.cos !== undefined)
    return [{ path: ["state"], message: "names both dir and cos; the ledger has one place, so leave one out" }];
  if (state.cos !== undefined || env.TENCENTCLOUD_RUNENV !== "SCF") return [];
  const dir = stateDir(state, folder, env);
  if (dir.startsWith("/mnt/")) return [];
  return [
    {
      path: state.dir === undefined ? ["state"] : ["state", "dir"],
      message: `${JSON.stringify(state.dir ?? DEFAULT_STATE_DIR)} would be lost with the function's instance; keep the state in cos, or in a mounted file system (/mnt/…)`,
    },
  ];
}

const DEFAULT_STATE_DIR = ".eip-guard";

/** The state's folder, absolute. */
export function stateDir(state: ConfigurationFile["state"], folder: string, env: Environment): string {
  return absolutePath(state.dir ?? DEFAULT_STATE_DIR, folder, env);
}

/** What is allowed, but probably not meant: for people, beside the configuration. */
export function remarks(sections: Sections, env: Environment): readonly string[] {
  const { tencent, clusters, policy, alerts } = sections;
  return [
    ...(tencent === undefined ? [] : tencentRemarks(tencent)),
    ...(clusters === undefined ? [] : clusterRemarks(clusters)),
    ...(policy === undefined ? [] : ruleRemarks(policy.rules)),
    ...(alerts?.slack?.apiUrl === undefined ? [] : plainTextRemarks("alerts.slack.apiUrl", alerts.slack.apiUrl)),
    ...(env.EIP_GUARD_SHORT_DELAYS === undefined || env.EIP_GUARD_SHORT_DELAYS === "" || wantsShortDelays(env)
      ? []
      : ["EIP_GUARD_SHORT_DELAYS is set, but not to yes: it has no effect"]),
    ...(wantsShortDelays(env) ? ["EIP_GUARD_SHORT_DELAYS=yes: the floors of the delays do not hold"] : []),
  ];
}

function tencentRemarks(tencent: ConfigurationFile["tencent"]): string[] {
  const notes: string[] = [];
  if (tencent.endpoint !== undefined) notes.push(...plainTextRemarks("tencent.endpoint", tencent.endpoint));
  const accounts = tencent.accounts ?? [];
  if (tencent.regions !== undefined && accounts.length > 0 && accounts.every(({ regions }) => regions !== undefined))
    notes.push("tencent.regions has no effect: every account has regions of its own");
  return notes;
}

function plainTextRemarks(key: string, url: string): string[] {
  if (!url.startsWith("http:") || isLoopback(url)) return [];
  return [`${key} is not encrypted (http); use https outside tests`];
}

function clusterRemarks(clusters: ConfigurationFile["clusters"]): string[] {
  if (clusters.discover) return [];
  return [
    "clusters.discover is false: only those of clusters.kubeconfigs are read, none can be found to be deleted, and nothing is released, as a cluster that was not listed may need it",
  ];
}

/** Which verdicts can carry an action at all (contract.md, Modes and the two keys). */
const RELEASABLE: readonly string[] = ["leaked", "unmanaged"] satisfies readonly Verdict[];

function ruleRemarks(rules: ConfigurationFile["policy"]["rules"]): string[] {
  if (rules.length === 0) return ["policy.rules is empty: nothing is flagged or released"];
  const notes: string[] = [];
  const catchAll = rules.findIndex(({ match }) => Object.keys(match).length === 0);
  for (const { name } of catchAll < 0 ? [] : rules.slice(catchAll + 1))
    notes.push(`rule "${name}" has no effect: "${rules[catchAll]?.name}" before it matches everything`);
  for (const { name, match, releaseAfter, flagAfter } of rules) {
    const verdicts = match.verdict === undefined ? undefined : [match.verdict].flat();
    if (verdicts === undefined || verdicts.some(isGlob)) continue;
    if (releaseAfter !== "never" && !verdicts.some((verdict) => RELEASABLE.includes(verdict)))
      notes.push(
        `rule "${name}" never releases: an EIP that is ${verdicts.join(" or ")} is never released, whatever a rule says`,
      );
    const namesOne = match.id !== undefined || match.ip !== undefined || match.tag !== undefined;
    const literalUnmanaged = verdicts.length === 1 && verdicts[0] === "unmanaged";
    if (releaseAfter !== "never" && verdicts.includes("unmanaged") && !(literalUnmanaged && namesOne))
      notes.push(
        `rule "${name}" releases no unmanaged EIP: for that its match must say exactly "verdict: unmanaged" and name id, ip or tag besides`,
      );
    if (flagAfter !== undefined && flagAfter !== "never" && !verdicts.some((verdict) => FLAGGABLE.includes(verdict)))
      notes.push(`rule "${name}" never flags: an EIP that is ${verdicts.join(" or ")} is never flagged, whatever a rule says`);
    const delays = [parseDuration(flagAfter ?? ""), parseDuration(releaseAfter)];
    if (delays[0] !== undefined && delays[1] !== undefined && delays[0] > delays[1])
      notes.push(
        `rule "${name}" releases later than releaseAfter says: it flags only after ${flagAfter}, and the notice comes after that`,
      );
  }
  return notes;
}

const FLAGGABLE: readonly string[] = ["leaked", "unmanaged", "retained"] satisfies readonly Verdict[];
