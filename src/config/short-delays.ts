import type { Environment } from "./credentials.ts";

/** Whether the environment asks for delays below the floors, as tests do (contract.md, Floors). */
export function wantsShortDelays(env: Environment): boolean {
  return env.EIP_GUARD_SHORT_DELAYS === "yes";
}

/** What people should know of EIP_GUARD_SHORT_DELAYS. */
export function shortDelayRemarks(env: Environment): readonly string[] {
  if (wantsShortDelays(env)) return ["EIP_GUARD_SHORT_DELAYS=yes: the floors of the delays do not hold"];
  if (env.EIP_GUARD_SHORT_DELAYS === undefined || env.EIP_GUARD_SHORT_DELAYS === "") return [];
  return ["EIP_GUARD_SHORT_DELAYS is set, but not to yes: it has no effect"];
}
