import { preflight } from "../../cycle/check.ts";
import { exitCode } from "../exit-codes.ts";
import { untilAborted } from "../interruption.ts";
import type { CommandContext } from "../io.ts";
import type { OwnOptions } from "../program.ts";
import { deliverPreflight } from "../rendering.ts";
import { openSession } from "../session.ts";

/** `eip-guard check`: whether everything is there that a run needs. It writes nothing, but for one object with --probe-store. */
export async function check(context: CommandContext, own: OwnOptions): Promise<number> {
  const { io, clock, signal, assembly, tell } = context;
  const { config, notes } = await openSession(context, "dry");
  for (const note of notes) tell(`note: ${note}`);
  const ports = await assembly.check(config, io.env, clock, own.probeStore === true);
  const found = await untilAborted(preflight(ports, config), signal);
  await deliverPreflight(context, found);
  return exitCode({ failed: found.checks.some(({ status }) => status === "fail") });
}
