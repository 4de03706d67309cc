import * as z from "zod";
import type { Mode } from "../../core/terms/policy.ts";
import { clusterId, flag, passedUnchecked, region, text } from "../fields.ts";
import { absolutePath, homeProblem } from "../paths.ts";
import type { Problem } from "../problem.ts";
import type { Around, Section } from "../section.ts";
import { type SecretPlace, secretName, secretPlace } from "./secrets.ts";
import { type Account, accountsOf, type TencentInFile } from "./tencent.ts";

/** `clusters`: which clusters are read, and how they are reached. */

export const example = `clusters:
  discover: true                     # lists the clusters of every account and region
  credentials: files                 # files: the kubeconfigs below
                                     # describe: DescribeClusterKubeconfig; creates a client certificate at its first call
  # kubeconfigs:                     # account and region only where they are not the only ones
  #   - { id: cls-12345678, path: ./kubeconfig.yaml, context: prod, region: ap-guangzhou }
  #   - { id: cls-87654321, secret: eip-guard-cls-87654321, region: ap-guangzhou }
  # ignore: [cls-12345678]           # clusters whose being unreadable withholds nothing
  # deleted: [cls-12345678]          # clusters that you know to be gone
`;

function schema() {
  return z
    .strictObject(
      {
        discover: flag()
          .default(true)
          .describe(
            "Lists the clusters of every account and region; without it no cluster can be known to be deleted, and nothing is released.",
          ),
        credentials: z
          .enum(["files", "describe"], { error: "must be files or describe" })
          .default("files")
          .describe(
            "How clusters are reached: `files`, by `kubeconfigs` below; `describe`, by DescribeClusterKubeconfig, which creates a client certificate (valid for 20 years) at a sub-account's first call.",
          ),
        kubeconfigs: z
          .array(kubeconfig(), { error: "must be a list of clusters" })
          .default([])
          .describe("Kubeconfig files of the clusters."),
        ignore: z
          .array(clusterId(), { error: "must be a list of cluster ids" })
          .default([])
          .describe("Clusters whose being unreadable withholds nothing from the other EIPs of their account and region."),
        deleted: z
          .array(clusterId(), { error: "must be a list of cluster ids" })
          .default([])
          .describe("Clusters that a person knows to be gone."),
      },
      { error: "must be a mapping" },
    )
    .prefault({})
    .describe("Which clusters are read, and how.");
}

function kubeconfig() {
  return z.strictObject(
    {
      id: clusterId().describe("The cluster's id."),
      path: text("the path of a kubeconfig file")
        .optional()
        .describe(
          "The kubeconfig file, relative to this file's folder; or `in-cluster`: the service account of the Pod that the guard runs in.",
        ),
      secret: secretName()
        .optional()
        .describe(
          "In place of `path`: the secret of the Secrets Manager that holds the kubeconfig, in `secrets.region`, else in the cluster's region.",
        ),
      context: text("a context's name").optional().describe("Left out: the file's current context."),
      account: text("an account's name").optional().describe("Left out: the only account."),
      region: region().optional().describe("Left out: the only region of the account."),
    },
    { error: "must be a cluster: id, path or secret, context, account, region" },
  );
}

type ClustersInFile = z.output<ReturnType<typeof schema>>;

/** The sections that this one is compared with. */
type Beside = { readonly tencent?: TencentInFile | undefined; readonly mode?: Mode | undefined };

export const clusters = {
  schema,
  problems(own: ClustersInFile, { env, beside: { tencent } }: Around<Beside>): readonly Problem[] {
    return [
      ...(tencent === undefined ? [] : own.kubeconfigs.flatMap((_, at) => kubeconfigProblems(own.kubeconfigs, at, tencent))),
      ...own.kubeconfigs.flatMap((cluster, at) => whereProblems(cluster, ["clusters", "kubeconfigs", at], env)),
      ...deletedProblems(own),
    ];
  },
  remarks({ kubeconfigs, ignore, discover }: ClustersInFile, { beside: { mode } }: Around<Beside>): readonly string[] {
    const notes = kubeconfigs
      .filter(({ id }) => ignore.includes(id))
      .map(
        ({ id }) =>
          `clusters.ignore names ${id}, which has a kubeconfig: where it can't be read, nothing is withheld for it; leave it out of one of the two`,
      );
    if (discover) return notes;
    notes.push(
      "clusters.discover is false: only those of clusters.kubeconfigs are read, none can be found to be deleted, and nothing is released, as a cluster that was not listed may need it",
    );
    if (mode === "enforce")
      notes.push("mode enforce releases nothing while clusters.discover is false: set it to true, or take mode flag");
    return notes;
  },
} satisfies Section;

/** A kubeconfig is a file or a secret: one of the two. */
function whereProblems(
  { id, path, secret }: ClustersInFile["kubeconfigs"][number],
  at: readonly PropertyKey[],
  env: Around["env"],
): readonly Problem[] {
  if (path === undefined && secret === undefined)
    return [{ path: at, message: `cluster "${id}" names no kubeconfig; add its path or its secret` }];
  if (path === undefined) return [];
  if (secret !== undefined)
    return [{ path: [...at, "secret"], message: `stands beside a path; cluster "${id}" has one kubeconfig, so leave one out` }];
  const message = homeProblem(path, env);
  return message === null ? [] : [{ path: [...at, "path"], message }];
}

function kubeconfigProblems(all: ClustersInFile["kubeconfigs"], at: number, tencent: TencentInFile): Problem[] {
  const cluster = all[at];
  if (cluster === undefined) return [];
  const path = ["clusters", "kubeconfigs", at];
  const problems: Problem[] = [];
  if (all.slice(0, at).some(({ id }) => id === cluster.id))
    problems.push({ path: [...path, "id"], message: `"${cluster.id}" is listed twice; leave one out` });
  const accounts = accountsOf(tencent);
  const names = accounts.map(({ name }) => name).join(", ");
  if (cluster.account === undefined && accounts.length > 1)
    return [...problems, { path, message: `cluster "${cluster.id}" needs its account: one of ${names}` }];
  const account = cluster.account === undefined ? accounts[0] : accounts.find(({ name }) => name === cluster.account);
  if (account === undefined) {
    const message = `"${cluster.account}" is no configured account; write one of ${names}`;
    return [...problems, { path: [...path, "account"], message }];
  }
  const regions = account.regions.join(", ");
  if (cluster.region === undefined && account.regions.length > 1)
    problems.push({ path, message: `cluster "${cluster.id}" needs its region: one of ${regions}` });
  if (cluster.region !== undefined && account.regions.length > 0 && !account.regions.includes(cluster.region))
    problems.push({
      path: [...path, "region"],
      message: `"${cluster.region}" is no region of account "${account.name}"; write one of ${regions}, or add it there`,
    });
  return problems;
}

function deletedProblems({ kubeconfigs, deleted }: ClustersInFile): Problem[] {
  const reached = new Set(kubeconfigs.map(({ id }) => id));
  return [...deleted.entries()]
    .filter(([, id]) => reached.has(id))
    .map(([at, id]) => ({
      path: ["clusters", "deleted", at],
      message: `"${id}" has a kubeconfig too; a cluster is either reached or gone`,
    }));
}

export interface ClustersConfig {
  readonly discover: boolean;
  readonly credentials: "files" | "describe";
  readonly kubeconfigs: readonly {
    readonly id: string;
    /** Absolute, resolved against the configuration file's folder; empty where it is a secret. */
    readonly path: string;
    /** As it stands in the file: what messages name. */
    readonly written: string;
    /** Null: it is the file at `path`. */
    readonly secret: SecretPlace | null;
    /** Null: the file's current context. */
    readonly context: string | null;
    readonly account: string;
    readonly region: string;
  }[];
  readonly ignore: readonly string[];
  readonly deleted: readonly string[];
}

export function buildClusters(
  { discover, credentials, kubeconfigs, ignore, deleted }: ClustersInFile,
  accounts: readonly Account[],
  { env, folder, secretsRegion }: Pick<Around, "env" | "folder"> & { readonly secretsRegion: string | undefined },
): ClustersConfig {
  return {
    discover,
    credentials,
    kubeconfigs: kubeconfigs.map((cluster) => {
      const account = accounts.find(({ name }) => name === (cluster.account ?? accounts[0]?.name));
      const region = cluster.region ?? account?.regions[0];
      if (account === undefined || region === undefined) throw passedUnchecked(`the account or region of ${cluster.id}`);
      return {
        id: cluster.id,
        path: cluster.path === undefined ? "" : absolutePath(cluster.path, folder, env),
        written: cluster.path ?? cluster.secret ?? "",
        secret: cluster.secret === undefined ? null : secretPlace(cluster.secret, secretsRegion ?? region),
        context: cluster.context ?? null,
        account: account.name,
        region,
      };
    }),
    ignore,
    deleted,
  };
}
