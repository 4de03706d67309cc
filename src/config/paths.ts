import { isAbsolute, resolve } from "node:path";
import type { Environment } from "./credentials.ts";

/**
 * A path of the configuration, absolute: `~` and `~/…` from the home folder of the environment, all others from the file's folder.
 * Whoever checks the file asks {@link homeProblem} first.
 */
export function absolutePath(path: string, folder: string, env: Environment): string {
  const home = homeOf(env);
  if (home !== null && /^~(\/|$)/.test(path)) return resolve(home, `.${path.slice(1)}`);
  return isAbsolute(path) ? resolve(path) : resolve(folder, path);
}

/** What is wrong with a path that begins with `~`; null for all others. */
export function homeProblem(path: string, env: Environment): string | null {
  if (!path.startsWith("~")) return null;
  if (!/^~(\/|$)/.test(path)) return `"${path}" names another user's home; write the whole path`;
  return homeOf(env) === null ? `"${path}" begins with ~, but HOME is not set in the environment; write the whole path` : null;
}

function homeOf({ HOME }: Environment): string | null {
  return HOME === undefined || HOME === "" || !isAbsolute(HOME) ? null : HOME;
}
