import { createHash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { LineCounter, parse, parseAllDocuments } from "yaml";
import type * as z from "zod";
import type { Policy } from "../core/terms/policy.ts";
import { GuardError, whyOf } from "../errors.ts";
import type { Environment } from "./credentials.ts";
import { keyAdvice } from "./known-keys.ts";
import { absolutePath } from "./paths.ts";
import { type Problem, pathText, placeOf, shown, valueAt } from "./problem.ts";
import { buildConfig, type Config, configurationSchema, problemsOf, remarksOn } from "./sections.ts";
import { wantsShortDelays } from "./short-delays.ts";

export const CONFIGURATION_FILE = "eip-guard.yaml";

export interface LoadOptions {
  /** `--config FILE`; undefined where it was not given. */
  readonly path?: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** What is allowed, but probably not meant. */
  readonly notes: readonly string[];
  /** The file it came from, absolute. */
  readonly path: string;
  /** SHA-256 (hex) of the policy in canonical JSON: the trail records when it changes. */
  readonly policyDigest: string;
}

/**
 * Reads the configuration: `--config FILE`, else `eip-guard.yaml` in the working folder, else the file that
 * EIP_GUARD_CONFIG names (contract.md, Common options). Throws GuardError (user): `NoConfiguration`, `ConfigurationUnreadable`,
 * or `InvalidConfiguration` with one line for each error, all of them at once.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const path = await configurationPath(options);
  const text = await readConfiguration(path);
  return { path, ...parseConfig(text, { path, env: options.env }) };
}

/**
 * Reads a policy to try: from a whole configuration, or from a file with `policy` and `release` alone. What such a file leaves out is as in the
 * configuration at `current`.
 *
 * @throws GuardError like `loadConfig`
 */
export async function loadPolicy(
  file: string,
  current: string,
  { env, cwd }: Pick<LoadOptions, "env" | "cwd">,
): Promise<{ readonly policy: Policy; readonly policyDigest: string }> {
  const path = resolve(cwd, file);
  const [text, base] = [await readConfiguration(path), parse(await readConfiguration(current))];
  const { policy: _, release: __, ...around } = isMapping(base) ? base : {};
  const { config, policyDigest: digest } = parseConfig(text, { path, env, around });
  return { policy: config.policy, policyDigest: digest };
}

async function configurationPath({ path, env, cwd }: LoadOptions): Promise<string> {
  if (path === "")
    throw new GuardError("NoConfiguration", "user", '--config "" names no file', "name the configuration, or leave --config out");
  if (path !== undefined) return resolve(cwd, path);
  const usual = resolve(cwd, CONFIGURATION_FILE);
  if (await exists(usual)) return usual;
  const named = env.EIP_GUARD_CONFIG;
  if (named !== undefined && named !== "") return absolutePath(named, cwd, env);
  throw new GuardError(
    "NoConfiguration",
    "user",
    `no ${CONFIGURATION_FILE} in ${cwd}, and EIP_GUARD_CONFIG names none`,
    "run `eip-guard init` to write one, or name one with --config FILE",
  );
}

/** Made once each: `serve`, the demo and the tests read a configuration again and again. */
const SCHEMAS = new Map<boolean, ReturnType<typeof configurationSchema>>();

function schemaFor(shortDelays: boolean): ReturnType<typeof configurationSchema> {
  const schema = SCHEMAS.get(shortDelays) ?? configurationSchema({ shortDelays });
  SCHEMAS.set(shortDelays, schema);
  return schema;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    // Anything but "there is none" is for the reading to report.
    return !(error instanceof Error && "code" in error && error.code === "ENOENT");
  }
}

async function readConfiguration(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new GuardError(
      "ConfigurationUnreadable",
      "user",
      `can't read the configuration ${path}: ${unreadable(error)}`,
      "run `eip-guard init` to write one, or name one with --config FILE",
      { cause: error },
    );
  }
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  return whyOf(error);
}

export interface ParseOptions {
  /** The file's path: paths in it are resolved against its folder, and messages show its name. */
  readonly path: string;
  readonly env: Environment;
  /** What holds where the text leaves a section out. */
  readonly around?: Readonly<Record<string, unknown>>;
}

/** The same, of a text that was read already. */
export function parseConfig(text: string, { path, env, around: others = {} }: ParseOptions): Omit<LoadedConfig, "path"> {
  const lines = new LineCounter();
  const file = basename(path);
  const [document, second] = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  if (document === undefined || !("contents" in document) || document.contents === null)
    throw invalid(file, [`${file}:1:1: the file is empty; run \`eip-guard init\` in another folder for a commented example`]);

  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    const messages = syntax.map(({ pos, message, code }) => {
      const { line, col } = lines.linePos(pos[0]);
      return `${file}:${line}:${col}: ${syntaxMessage(code, message)}`;
    });
    throw invalid(file, messages);
  }
  if (second !== undefined) {
    const { line } = lines.linePos(second.range[0]);
    throw invalid(file, [`${file}:${line}:1: a second document begins; the configuration is one document`]);
  }

  const own = contentOf(document, file);
  const content: unknown = isMapping(own) ? { ...others, ...own } : own;
  const schema = schemaFor(wantsShortDelays(env));
  const around = { env, folder: dirname(path) };
  const result = schema.safeParse(content);
  const problems = [
    ...(result.success ? [] : result.error.issues.flatMap((issue) => problemsIn(issue, content))),
    ...(isMapping(content) ? problemsOf(schema, content, around) : []),
  ];
  if (problems.length > 0 || !result.success) {
    const placed = problems.map((problem) => ({ ...placeOf(document, lines, problem), problem }));
    placed.sort((one, other) => one.line - other.line || one.column - other.column);
    throw invalid(
      file,
      placed.map(({ line, column, problem }) => `${file}:${line}:${column}: ${sentence(problem)}`),
    );
  }

  const config = buildConfig(result.data, around);
  return { config, notes: remarksOn(result.data, around), policyDigest: policyDigest(config.policy) };
}

/** A document's content. Aliases of aliases may stand for more than any machine holds. */
function contentOf(document: { readonly toJS: () => unknown }, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw invalid(file, [`${file}:1:1: no valid YAML: ${whyOf(error)}; write the values out in place of aliases (*name)`]);
  }
}

/** SHA-256 (hex) of a policy in canonical JSON (keys sorted), so that the order of keys in the file does not matter. */
export function policyDigest(policy: Policy): string {
  return createHash("sha256").update(canonical(policy)).digest("hex");
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isMapping(inner) ? Object.fromEntries(Object.entries(inner).sort(byKey)) : inner,
  );
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sentence({ path, message }: Problem): string {
  return path.length === 0 ? message : `${pathText(path)}: ${message}`;
}

function problemsIn(issue: z.core.$ZodIssue, content: unknown): readonly Problem[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...issue.path, key], atKey: true, message: keyAdvice(issue.path, key) }));
  if (issue.code === "invalid_key") {
    const message = issue.issues.map((inner) => inner.message).join("; ");
    return [{ path: issue.path, atKey: true, message: `"${String(issue.path.at(-1))}" ${message}` }];
  }
  const value = valueAt(content, issue.path);
  if (value === undefined) return [{ path: issue.path, message: `is missing; it ${issue.message}` }];
  if (value === null) return [{ path: issue.path, message: `is empty; it ${issue.message}, or leave the key out` }];
  // Where the name of a secret belongs, somebody may have written the secret.
  const isHidden = issue.path[0] === "secrets" || issue.path.at(-1) === "secret";
  return [{ path: issue.path, message: `${isHidden ? "the value" : shown(value)} ${issue.message}` }];
}

function syntaxMessage(code: string, message: string): string {
  if (code === "DUPLICATE_KEY") return "this key is written twice in the same mapping; leave one out";
  return `no valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

function invalid(file: string, messages: readonly string[]): GuardError {
  const count = messages.length === 1 ? "an error" : `${messages.length} errors`;
  return new GuardError(
    "InvalidConfiguration",
    "user",
    `${file} has ${count}\n${messages.map((message) => `  ${message}`).join("\n")}`,
    "`eip-guard schema` prints every key with its meaning",
  );
}
