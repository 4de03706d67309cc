import * as z from "zod";
import type { Environment } from "../credentials.ts";
import { address, region, text, withoutSlash } from "../fields.ts";
import { absolutePath, homeProblem } from "../paths.ts";
import type { Problem } from "../problem.ts";
import type { Around, Section } from "../section.ts";

/** `state`: where the ledger and the audit trail are kept. */

export const example = `state:                               # where the ledger and the audit trail are kept
  dir: .eip-guard
  # instead, for the scheduled function:
  # cos: { bucket: name-1250000000, region: ap-guangzhou, prefix: eip-guard/ }
`;

function schema() {
  return z
    .strictObject(
      {
        dir: text("the path of a folder")
          .optional()
          .describe(
            "A folder, relative to this file's. In SCF only on a mounted file system (/mnt/…). Left out, and no `cos`: `.eip-guard`.",
          ),
        cos: z
          .strictObject(
            {
              bucket: z
                .string({ error: "must be a bucket such as name-1250000000" })
                .regex(/^[a-z0-9][a-z0-9-]*-\d{5,}$/, { error: "is no bucket; write its whole name, such as name-1250000000" })
                .describe("The bucket's whole name. Its versioning must never have been on."),
              region: region().describe("The bucket's region."),
              prefix: z
                .string({ error: "must be the beginning of object names" })
                .regex(/^[^/].*$|^$/, { error: "must not begin with a slash" })
                .default("eip-guard/")
                .describe("What the names of all objects begin with."),
              endpoint: address("an address such as http://127.0.0.1:9002")
                .optional()
                .describe("Another address of COS. Left out: the public one."),
            },
            { error: "must be a mapping: bucket, region, prefix, endpoint" },
          )
          .optional()
          .describe("Tencent Cloud Object Storage, where the scheduled function keeps its state."),
      },
      { error: "must be a mapping: either dir or cos" },
    )
    .prefault({})
    .describe("Where the ledger and the audit trail are kept: a folder or COS.");
}

export type StateInFile = z.output<ReturnType<typeof schema>>;

export const state = {
  schema,
  problems(own: StateInFile, around: Around): readonly Problem[] {
    const home = own.dir === undefined ? null : homeProblem(own.dir, around.env);
    return [...(home === null ? [] : [{ path: ["state", "dir"], message: home }]), ...placeProblems(own, around)];
  },
} satisfies Section;

/** A folder or COS, not both; and in SCF no folder that goes with the instance (contract.md, Configuration). */
function placeProblems({ dir, cos }: StateInFile, { env, folder }: Pick<Around, "env" | "folder">): Problem[] {
  if (dir !== undefined && cos !== undefined)
    return [{ path: ["state"], message: "names both dir and cos; the ledger has one place, so leave one out" }];
  if (cos !== undefined || env.TENCENTCLOUD_RUNENV !== "SCF") return [];
  if (folderOf(dir, folder, env).startsWith("/mnt/")) return [];
  return [
    {
      path: dir === undefined ? ["state"] : ["state", "dir"],
      message: `${JSON.stringify(dir ?? DEFAULT_DIR)} would be lost with the function's instance; keep the state in cos, or in a mounted file system (/mnt/…)`,
    },
  ];
}

const DEFAULT_DIR = ".eip-guard";

/** The state's folder, absolute. */
function folderOf(dir: string | undefined, folder: string, env: Environment): string {
  return absolutePath(dir ?? DEFAULT_DIR, folder, env);
}

export type StateConfig =
  | { readonly kind: "dir"; readonly dir: string }
  | {
      readonly kind: "cos";
      readonly bucket: string;
      readonly region: string;
      /** Empty, or with a slash at its end. */
      readonly prefix: string;
      /** Null: the public one. */
      readonly endpoint: string | null;
    };

export function buildState({ dir, cos }: StateInFile, { env, folder }: Pick<Around, "env" | "folder">): StateConfig {
  if (cos === undefined) return { kind: "dir", dir: folderOf(dir, folder, env) };
  const { bucket, region, prefix, endpoint } = cos;
  const closed = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  return { kind: "cos", bucket, region, prefix: closed, endpoint: withoutSlash(endpoint) };
}
