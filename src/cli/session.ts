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
}

/**
 * Loads the configuration and, for a command that acts, asks for the keys that its mode takes; a dry run needs none.
 * Throws GuardError (user).
 */
export async function openSession({ io, options, clock }: CommandContext, purpose: "dry" | "acting"): Promise<Session> {
  const loaded = await loadConfig({ path: options.config, env: io.env, cwd: io.cwd });
  const config = lowerMode(loaded.config, options.mode);
  const keyNotes = purpose === "acting" ? checkKeys(config, config.policy.mode, io.env) : [];
  return {
    config,
    path: loaded.path,
    notes: [...loaded.notes, ...keyNotes],
    policyDigest: loaded.policyDigest,
    runId: newRunId(clock.now()),
  };
}
