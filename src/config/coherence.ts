import type * as z from "zod";
import { isSameTagKey } from "../core/terms/match.ts";
import type { Mode } from "../core/terms/policy.ts";
import { DAY, type Duration, humanDuration, MINUTE, milliseconds } from "../core/terms/time.ts";
import type { Verdict } from "../core/terms/verdict.ts";
import type { Environment } from "./credentials.ts";
import { parseDuration } from "./duration.ts";
import { isLoopback } from "./loopback.ts";
import { nearest } from "./nearest.ts";
import { absolutePath, homeProblem } from "./paths.ts";
import type { Problem } from "./problem.ts";
import { type Unreachable, unreachable } from "./reach.ts";
import { isRegion, REGIONS } from "./regions.ts";
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
    const reach = unreachable(rule, rules.slice(0, at));
    if (reach !== null && isWeaker(rule, reach))
      problems.push({
        path,
        message: `rule "${rule.name}" protects nothing: ${whyUnreachable(reach)}, and releases it; move "${rule.name}" before it`,
      });
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

/** Whether a rule that never decides was meant to keep what the rules before it release: an address would be lost that somebody protects. */
function isWeaker({ releaseAfter, match }: Rule, reach: Unreachable): boolean {
  if (!("by" in reach) || Object.keys(match).length === 0) return false;
  const narrower = Object.keys(match).some((key) => key !== "verdict");
  return narrower && releaseAfter === "never" && reach.by.some((taker) => taker.releaseAfter !== "never");
}

type Rule = ConfigurationFile["policy"]["rules"][number];

function whyUnreachable(reach: Unreachable): string {
  if ("contradiction" in reach) return reach.contradiction;
  const [first] = reach.by;
  if (reach.by.length === 1 && first !== undefined && Object.keys(first.match).length === 0)
    return `"${first.name}" before it matches everything`;
  return `${reach.by.map(({ name }) => `"${name}"`).join(" and ")} before it ${reach.by.length === 1 ? "takes" : "take"} all that it matches`;
}

function releaseProblems(policy: ConfigurationFile["policy"], release: ConfigurationFile["release"]): Problem[] {
  const problems: Problem[] = [];
  const { window, mark } = release;
  if (window !== undefined && window.from === "24:00" && window.to === "00:00")
    problems.push({
      path: ["release", "window"],
      message: 'never opens: it begins at the end of a day and ends at its start; write from: "00:00", to: "24:00"',
    });
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
export function remarks(sections: Sections, env: Environment, mode: Mode): readonly string[] {
  const { tencent, clusters, policy, release, alerts } = sections;
  return [
    ...(tencent === undefined ? [] : tencentRemarks(tencent)),
    ...(clusters === undefined ? [] : clusterRemarks(clusters)),
    ...(policy === undefined ? [] : ruleRemarks(policy.rules)),
    ...(policy === undefined ? [] : clockRemarks(policy)),
    ...(policy === undefined || release === undefined ? [] : releaseRemarks(policy, release, mode)),
    ...(mode === "enforce" && clusters?.discover === false
      ? ["mode enforce releases nothing while clusters.discover is false: set it to true, or take mode flag"]
      : []),
    ...(alerts?.slack?.apiUrl === undefined ? [] : plainTextRemarks("alerts.slack.apiUrl", alerts.slack.apiUrl)),
    ...(env.EIP_GUARD_SHORT_DELAYS === undefined || env.EIP_GUARD_SHORT_DELAYS === "" || wantsShortDelays(env)
      ? []
      : ["EIP_GUARD_SHORT_DELAYS is set, but not to yes: it has no effect"]),
    ...(wantsShortDelays(env) ? ["EIP_GUARD_SHORT_DELAYS=yes: the floors of the delays do not hold"] : []),
  ];
}

function tencentRemarks(tencent: ConfigurationFile["tencent"]): string[] {
  const notes: string[] = [];
  const named = [...(tencent.regions ?? []), ...(tencent.accounts ?? []).flatMap(({ regions }) => regions ?? [])];
  for (const name of new Set(named)) if (!isRegion(name)) notes.push(unknownRegion(name));
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
  const notes = clusters.kubeconfigs
    .filter(({ id }) => clusters.ignore.includes(id))
    .map(
      ({ id }) =>
        `clusters.ignore names ${id}, which has a kubeconfig: where it can't be read, nothing is withheld for it; leave it out of one of the two`,
    );
  if (clusters.discover) return notes;
  return [
    ...notes,
    "clusters.discover is false: only those of clusters.kubeconfigs are read, none can be found to be deleted, and nothing is released, as a cluster that was not listed may need it",
  ];
}

/** Which verdicts can carry an action at all (contract.md, Which verdicts can carry an action). */
const RELEASABLE: readonly string[] = ["leaked", "unmanaged"] satisfies readonly Verdict[];

/** A reading each ten minutes is what every way to run it has as its default. */
const USUAL_PERIOD = 10 * MINUTE;
/** From here on the sightings take longer than anybody means. */
const LONG: Duration = milliseconds(7 * DAY);

function clockRemarks({ maxGap, minSightings }: ConfigurationFile["policy"]): string[] {
  const notes: string[] = [];
  const gap = parseDuration(maxGap);
  if (gap !== undefined && gap <= USUAL_PERIOD)
    notes.push(
      `policy.maxGap is ${maxGap}: with a run every 10 minutes each gap restarts every clock; set it to 15m or more, or run more often`,
    );
  if (gap !== undefined && gap > DAY)
    notes.push(
      `policy.maxGap is ${maxGap}: an EIP that is bound between two runs looks idle all the time; set it to 24h or less`,
    );
  const sighted = milliseconds((minSightings - 1) * USUAL_PERIOD);
  if (sighted > LONG)
    notes.push(
      `policy.minSightings is ${minSightings}: with a run every 10 minutes nothing is flagged before ${humanDuration(sighted)}; set it to 2 or a few more`,
    );
  return notes;
}

function releaseRemarks(
  { rules, maxGap }: ConfigurationFile["policy"],
  { notice, maxPerRun, maxPercent, window }: ConfigurationFile["release"],
  mode: Mode,
): string[] {
  const notes: string[] = [];
  const releasing = rules.filter(({ releaseAfter }) => releaseAfter !== "never");
  if (mode === "enforce" && rules.length > 0 && releasing.length === 0)
    notes.push("mode enforce releases nothing: releaseAfter is never in every rule; set one, or take mode flag");
  if (releasing.length > 0 && maxPerRun === 0)
    notes.push("release.maxPerRun is 0: nothing is ever released but with `eip-guard apply --confirm`; set it to 1 or more");
  if (releasing.length > 0 && maxPercent === 0)
    notes.push("release.maxPercent is 0: nothing is released where there are more than 20 EIPs; set it to 1 or more");
  for (const { name, flagAfter, releaseAfter } of releasing) {
    const [flag, free, warned] = [parseDuration(flagAfter ?? ""), parseDuration(releaseAfter), parseDuration(notice)];
    if (flag === undefined || free === undefined || warned === undefined || flag > free) continue;
    const earliest = milliseconds(flag + warned);
    if (earliest > free)
      notes.push(
        `rule "${name}" releases after ${humanDuration(earliest)} and not after ${releaseAfter}: flagAfter (${flagAfter}) and release.notice (${notice}) come first`,
      );
  }
  const open = window === undefined ? null : openFor(window);
  const gap = parseDuration(maxGap);
  if (releasing.length > 0 && open !== null && gap !== undefined && open < gap)
    notes.push(
      `release.window is open for ${humanDuration(open)} at a time, less than policy.maxGap (${maxGap}): a run must come in that time; run more often than that, or widen it`,
    );
  return notes;
}

function openFor({ from, to }: NonNullable<ConfigurationFile["release"]["window"]>): Duration {
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const length = minutes(to) - minutes(from);
  return milliseconds((length > 0 ? length : length + 24 * 60) * MINUTE);
}

function ruleRemarks(rules: ConfigurationFile["policy"]["rules"]): string[] {
  if (rules.length === 0) return ["policy.rules is empty: nothing is flagged or released"];
  const notes: string[] = [];
  for (const [at, rule] of rules.entries()) {
    const reach = unreachable(rule, rules.slice(0, at));
    if (reach !== null && !isWeaker(rule, reach)) notes.push(`rule "${rule.name}" has no effect: ${whyUnreachable(reach)}`);
  }
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

/** A region may have opened since this version; or its name is misspelled. */
function unknownRegion(name: string): string {
  const near = nearest(name, Object.keys(REGIONS));
  return `"${name}" is no region that this version knows${near === undefined ? "" : `; did you mean ${near}?`} It is read all the same`;
}
