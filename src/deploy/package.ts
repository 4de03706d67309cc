import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import { zipSync } from "fflate";
import { parseDocument } from "yaml";
import * as z from "zod";
import { GuardError, whyOf } from "../errors.ts";

/** The package of a function: its bundle, the configuration and the kubeconfigs that it names. The same input gives the same bytes. */
export interface Package {
  readonly bytes: Uint8Array;
  /** Hex. */
  readonly sha256: string;
  /** Sorted. */
  readonly files: readonly string[];
}

export interface PackageInput {
  /** The folder that `npm run build` made. */
  readonly bundle: string;
  /** The configuration file, absolute. */
  readonly configuration: string;
  /** Files, each with its position in the configuration's list. */
  readonly kubeconfigs: readonly { readonly at: number; readonly id: string; readonly path: string; readonly written: string }[];
  /** Values that must be in no file. */
  readonly secrets: readonly string[];
  /** Whether a text holds what has a known secret's form: the configuration must not. A kubeconfig has its keys. */
  readonly looksSecret: (text: string) => boolean;
}

const CONFIGURATION = "eip-guard.yaml";
/** What SCF takes of a zip. */
export const LARGEST_PACKAGE = 50 * 1_024 * 1_024;

/** @throws GuardError of fault `user` where a file is missing, can't be used in a function, or holds a secret of the environment */
export async function buildPackage(input: PackageInput, largest = LARGEST_PACKAGE): Promise<Package> {
  const files = await bundleFiles(input.bundle);
  const folder = join(input.configuration, "..");
  const text = (await contentOf(input.configuration, "the configuration")).toString("utf8");
  const moved = new Map<number, string>();
  for (const kubeconfig of input.kubeconfigs) {
    const { at } = kubeconfig;
    const inside = relative(folder, kubeconfig.path);
    const stays = !isAbsolute(kubeconfig.written) && !kubeconfig.written.startsWith("~") && !inside.startsWith("..");
    const name = stays ? inside.replaceAll("\\", "/") : `kubeconfigs/${kubeconfig.id}-${at}.yaml`;
    if (!stays) moved.set(at, `./${name}`);
    files.set(name, await kubeconfigOf(kubeconfig));
  }
  files.set(CONFIGURATION, Buffer.from(withPaths(text, moved), "utf8"));
  for (const [name, content] of files)
    if (input.secrets.some((secret) => secret.length >= 8 && content.includes(secret)))
      throw new GuardError(
        "SecretInPackage",
        "user",
        `${name} holds a secret of the environment, and it would lie in the function's code`,
        "take it out of the file; secrets come from the environment",
      );
  if (input.looksSecret(text))
    throw new GuardError(
      "SecretInPackage",
      "user",
      "the configuration holds what has a secret's form, and it would lie in the function's code",
      "take it out of the file, a comment too; secrets come from the environment or by `secrets`",
    );
  const bytes = zipOf(files);
  if (bytes.length > largest)
    throw new GuardError(
      "PackageTooLarge",
      "user",
      `the package has ${bytes.length} bytes, and SCF takes ${largest}`,
      "name fewer kubeconfigs in the configuration",
    );
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex"), files: [...files.keys()].sort() };
}

/** What the build made: nothing that somebody put beside it. */
async function bundleFiles(bundle: string): Promise<Map<string, Buffer>> {
  const names = await readdir(bundle).catch(() => []);
  const built = names.filter((name) => /^(index\.js|[\w-]+\.mjs|package\.json|THIRD-PARTY-NOTICES\.txt)$/.test(name));
  if (!built.includes("index.js"))
    throw new GuardError(
      "NoBundle",
      "user",
      "the built function is not there (functions/*/index.js)",
      "run `npm run build` first",
    );
  const files = new Map<string, Buffer>();
  for (const name of built) files.set(name, await readFile(join(bundle, name)));
  return files;
}

async function contentOf(path: string, what: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new GuardError("MissingFile", "user", `can't read ${what}: ${whyOf(error)}`, "correct the path in the configuration", {
      cause: error,
    });
  }
}

const named = z.object({
  clusters: z.array(z.object({ cluster: z.object({ "certificate-authority": z.string().optional() }).optional() })).optional(),
  users: z
    .array(
      z.object({
        user: z
          .object({
            "client-certificate": z.string().optional(),
            "client-key": z.string().optional(),
            tokenFile: z.string().optional(),
            exec: z.unknown().optional(),
          })
          .nullish(),
      }),
    )
    .optional(),
});

/** A kubeconfig that works in a function: whole in itself, and without a program of this machine. */
async function kubeconfigOf({ id, path, written }: PackageInput["kubeconfigs"][number]): Promise<Buffer> {
  if (written === "in-cluster")
    throw new GuardError(
      "NoPodInScf",
      "user",
      `cluster ${id} has path: in-cluster, and a function runs in no Pod`,
      "name a kubeconfig file or a secret",
    );
  const content = await contentOf(path, `the kubeconfig of ${id}`);
  const read = named.safeParse(parseDocument(content.toString("utf8")).toJS());
  const { clusters = [], users = [] } = read.data ?? {};
  const files = [
    ...clusters.map(({ cluster }) => cluster?.["certificate-authority"]),
    ...users.flatMap(({ user }) => [user?.["client-certificate"], user?.["client-key"], user?.tokenFile]),
  ].filter((file) => file !== undefined);
  if (files[0] !== undefined)
    throw new GuardError(
      "KubeconfigNamesFiles",
      "user",
      `the kubeconfig ${written} of ${id} names the file ${files[0]}, which is not in the package`,
      "embed it: kubectl config view --flatten --minify --raw",
    );
  if (users.some(({ user }) => user?.exec !== undefined))
    throw new GuardError(
      "KubeconfigNeedsProgram",
      "user",
      `the kubeconfig ${written} of ${id} runs a program for its keys, which a function does not have`,
      "use a kubeconfig with a token or a certificate",
    );
  return content;
}

/** The configuration with other paths for kubeconfigs that lie elsewhere; as it stands where there are none. */
function withPaths(text: string, moved: ReadonlyMap<number, string>): string {
  if (moved.size === 0) return text;
  const document = parseDocument(text);
  for (const [at, path] of moved) document.setIn(["clusters", "kubeconfigs", at, "path"], path);
  return document.toString();
}

/** Local noon of the first day that a zip can name: the format has local times, so that it is the same in every zone. */
const WHEN = new Date(1980, 0, 1, 12);
const UNIX = 3;
const READABLE = 0o100644 << 16;

/** Its deflate is plain JavaScript, which gives the same bytes everywhere. */
function zipOf(files: ReadonlyMap<string, Buffer>): Uint8Array {
  const sorted = [...files].sort(([one], [other]) => (one < other ? -1 : 1));
  const entries = sorted.map(([name, content]) => [name, [content, { mtime: WHEN, os: UNIX, attrs: READABLE >>> 0, level: 9 }]]);
  return zipSync(Object.fromEntries(entries));
}
