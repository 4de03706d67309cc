import type { Match, PolicyRule, ReleaseWindow } from "../core/terms/policy.ts";
import type { Duration } from "../core/terms/time.ts";
import { GuardError } from "../errors.ts";
import { accountsOf, stateDir } from "./coherence.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./credentials.ts";
import { parseDuration } from "./duration.ts";
import { absolutePath } from "./paths.ts";
import type { ConfigurationFile } from "./schema.ts";

/** The program's configuration out of a file that the schema and the checks of coherence accepted. `folder` is the file's. */
export function buildConfig(file: ConfigurationFile, folder: string, env: Environment): Config {
  const accounts = accountsOf(file.tencent);
  return {
    policy: {
      mode: file.mode,
      grace: durationOf(file.policy.grace),
      minSightings: file.policy.minSightings,
      maxGap: durationOf(file.policy.maxGap),
      newborn: durationOf(file.policy.newborn),
      keepTags: file.policy.keepTags,
      rules: file.policy.rules.map(ruleOf),
      release: {
        notice: durationOf(file.release.notice),
        maxPerRun: file.release.maxPerRun,
        maxPercent: file.release.maxPercent,
        approval: file.release.approval,
        window: file.release.window === undefined ? null : windowOf(file.release.window),
        mark: file.release.mark ?? null,
      },
      prices: file.prices,
    },
    tencent: { accounts, endpoint: withoutSlash(file.tencent.endpoint) },
    clusters: {
      discover: file.clusters.discover,
      credentials: file.clusters.credentials,
      kubeconfigs: file.clusters.kubeconfigs.map((cluster) => {
        const account = accounts.find(({ name }) => name === (cluster.account ?? accounts[0]?.name));
        const region = cluster.region ?? account?.regions[0];
        if (account === undefined || region === undefined) throw accepted(`the account or region of ${cluster.id}`);
        return {
          id: cluster.id,
          path: absolutePath(cluster.path, folder, env),
          written: cluster.path,
          context: cluster.context ?? null,
          account: account.name,
          region,
        };
      }),
      ignore: file.clusters.ignore,
      deleted: file.clusters.deleted,
    },
    evidence: file.evidence,
    alerts: {
      slack:
        file.alerts.slack === undefined ? null : { channel: file.alerts.slack.channel, apiUrl: file.alerts.slack.apiUrl ?? null },
    },
    state: stateOf(file.state, folder, env),
  };
}

function stateOf(state: ConfigurationFile["state"], folder: string, env: Environment): Config["state"] {
  if (state.cos === undefined) return { kind: "dir", dir: stateDir(state, folder, env) };
  const { bucket, region, prefix, endpoint } = state.cos;
  const closed = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  return { kind: "cos", bucket, region, prefix: closed, endpoint: withoutSlash(endpoint) };
}

type RuleInFile = ConfigurationFile["policy"]["rules"][number];

function ruleOf({ name, match, flagAfter, releaseAfter }: RuleInFile): PolicyRule {
  return {
    name,
    match: matchOf(match),
    // Left out, the flag falls due with the release: neither sooner than was asked for.
    flagAfter: delayOf(flagAfter ?? releaseAfter),
    releaseAfter: delayOf(releaseAfter),
  };
}

function matchOf(match: RuleInFile["match"]): Match {
  const given = Object.entries(match).filter(([, globs]) => globs !== undefined);
  return Object.fromEntries(given.map(([key, globs]) => [key, [globs].flat()]));
}

function windowOf({ days, from, to, timezone }: NonNullable<ConfigurationFile["release"]["window"]>): ReleaseWindow {
  return { days, from: minutesOf(from), to: minutesOf(to), timezone };
}

/** `09:30` as minutes since midnight. */
function minutesOf(time: string): number {
  const [hours, minutes] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}

function delayOf(text: string): Duration | null {
  return text === "never" ? null : durationOf(text);
}

function durationOf(text: string): Duration {
  const duration = parseDuration(text);
  if (duration === undefined) throw accepted(`"${text}"`);
  return duration;
}

function withoutSlash(url: string | undefined): string | null {
  return url === undefined ? null : url.replace(/\/$/, "");
}

function accepted(what: string): GuardError {
  return new GuardError(
    "ConfigurationNotChecked",
    "guard",
    `${what} went through the checks of the configuration`,
    "please report this",
  );
}
