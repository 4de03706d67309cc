import * as z from "zod";
import type { Policy } from "../core/terms/policy.ts";
import type { Problem } from "./problem.ts";
import type { Around, SchemaOptions, Section } from "./section.ts";
import { type AlertsConfig, alerts, buildAlerts } from "./sections/alerts.ts";
import { buildClusters, type ClustersConfig, clusters } from "./sections/clusters.ts";
import { buildDeploy, type DeployConfig, deploy } from "./sections/deploy.ts";
import { evidence } from "./sections/evidence.ts";
import { mode, version } from "./sections/mode.ts";
import { owner } from "./sections/owner.ts";
import { buildPolicy, policy } from "./sections/policy.ts";
import { prices } from "./sections/prices.ts";
import { buildRelease, release } from "./sections/release.ts";
import { scale } from "./sections/scale.ts";
import { buildSecrets, type SecretsConfig, secrets } from "./sections/secrets.ts";
import { buildState, type StateConfig, state } from "./sections/state.ts";
import { buildTencent, type TencentConfig, tencent } from "./sections/tencent.ts";
import { shortDelayRemarks } from "./short-delays.ts";

/**
 * The sections of `eip-guard.yaml`, in the order in which the documentation shows them. A new section: a file in `sections/`, then a
 * line here in the table, the schema, the configuration and its building; its example goes into {@link file://./init.ts}.
 */
const SECTIONS: Readonly<Record<string, Section>> = {
  version,
  mode,
  tencent,
  clusters,
  policy,
  release,
  evidence,
  owner,
  alerts,
  state,
  prices,
  scale,
  secrets,
  deploy,
};

/** The zod schema of the whole file. */
export function configurationSchema(options: SchemaOptions) {
  return z.strictObject(
    {
      version: version.schema(),
      mode: mode.schema(),
      tencent: tencent.schema(),
      clusters: clusters.schema(),
      policy: policy.schema(options),
      release: release.schema(options),
      evidence: evidence.schema(),
      owner: owner.schema(),
      alerts: alerts.schema(),
      state: state.schema(),
      prices: prices.schema(),
      scale: scale.schema(),
      secrets: secrets.schema(),
      deploy: deploy.schema(),
    },
    { error: "must be a mapping" },
  );
}

/** The file's content after the schema has checked it and filled in the defaults. */
export type ConfigurationFile = z.output<ReturnType<typeof configurationSchema>>;

/**
 * The configuration as the program uses it: checked, with the contract's defaults filled in, durations in milliseconds.
 * {@link file://./load.ts} makes one from `eip-guard.yaml`.
 */
export interface Config {
  /** `mode`, `policy`, `release` and `prices`: what the core needs to judge and to act. */
  readonly policy: Policy;
  readonly tencent: TencentConfig;
  readonly clusters: ClustersConfig;
  readonly evidence: { readonly cloudaudit: boolean; readonly billing: boolean };
  readonly alerts: AlertsConfig;
  readonly state: StateConfig;
  readonly secrets: SecretsConfig;
  readonly deploy: DeployConfig;
}

/** The program's configuration, of a file in which schema and sections found nothing wrong. */
export function buildConfig(file: ConfigurationFile, around: Pick<Around, "env" | "folder">): Config {
  const tencent = buildTencent(file.tencent);
  return {
    policy: {
      mode: file.mode,
      ...buildPolicy(file.policy),
      release: buildRelease(file.release),
      prices: file.prices,
      owner: file.owner,
    },
    tencent,
    clusters: buildClusters(file.clusters, tencent.accounts, { ...around, secretsRegion: file.secrets.region }),
    evidence: file.evidence,
    alerts: buildAlerts(file.alerts),
    state: buildState(file.state, around),
    secrets: buildSecrets(file.secrets, file.tencent),
    deploy: buildDeploy(file.deploy, file.tencent),
  };
}

/**
 * What several keys, or keys and the environment, contradict each other in. Each section is read by itself, so that errors in one
 * do not hide those of another.
 */
export function problemsOf(
  { shape }: { readonly shape: Readonly<Record<string, z.ZodType>> },
  content: Readonly<Record<string, unknown>>,
  around: Pick<Around, "env" | "folder">,
): readonly Problem[] {
  const beside = Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.safeParse(content[name]).data]));
  return Object.entries(SECTIONS).flatMap(([name, { problems }]) => {
    const own = beside[name];
    return own === undefined || problems === undefined ? [] : problems(own, { ...around, beside });
  });
}

/** What is allowed, but probably not meant: for people, beside the configuration. */
export function remarksOn(file: ConfigurationFile, around: Pick<Around, "env" | "folder">): readonly string[] {
  const beside: Readonly<Record<string, unknown>> = file;
  const remarks = Object.entries(SECTIONS).flatMap(([name, { remarks }]) => remarks?.(beside[name], { ...around, beside }) ?? []);
  return [...remarks, ...shortDelayRemarks(around.env)];
}
