import type { Environment } from "../config/credentials.ts";
import { checkKeys, lowerMode } from "../config/keys.ts";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/sections.ts";
import { newRunId } from "../cycle/runid.ts";
import type { CommandContext } from "./io.ts";

/** What most commands begin with. */
export interface Session {
  /** In the mode that --mode left. */
  readonly config: Config;
  /** The configuration file, absolute. */
  readonly path: string;
  readonly notes: readonly string[];
  readonly policyDigest: string;
  readonly runId: string;
  /** The environment; for a command that acts, with the secrets that the configuration names. */
  readonly env: Environment;
}

/**
 * Loads the configuration and, for a command that acts, reads the secrets and asks for the keys that its mode takes; a dry run needs none.
 * Throws GuardError (user).
 */
export async function openSession({ io, options, clock, assembly }: CommandContext, purpose: "dry" | "acting"): Promise<Session> {
  const loaded = await loadConfig({ path: options.config, env: io.env, cwd: io.cwd });
  const config = lowerMode(loaded.config, options.mode);
  const env = purpose === "acting" ? await assembly.secrets(config, io.env, clock) : io.env;
  const keyNotes = purpose === "acting" ? checkKeys(config, config.policy.mode, env) : [];
  return {
    config,
    path: loaded.path,
    notes: [...loaded.notes, ...keyNotes],
    policyDigest: loaded.policyDigest,
    runId: newRunId(clock.now()),
    env,
  };
}
