import { milliseconds } from "../../core/terms/time.ts";
import { inTime } from "../bound.ts";
import type { CommandContext } from "../io.ts";
import type { OwnOptions } from "../own-options.ts";
import { terminalProgress } from "../progress.ts";
import { openSession } from "../session.ts";
import { deliverOrExplain, resultExitCode } from "./scan.ts";

/** `eip-guard run`: one whole cycle in the configured mode. */
export async function run(context: CommandContext, own: OwnOptions): Promise<number> {
  const { io, options, clock, signal, assembly } = context;
  const { config, notes, policyDigest, runId, env } = await openSession(context, "acting");
  const progress = terminalProgress(io, options);
  try {
    // The cycle and the ports are loaded only when configuration and keys are in order.
    const { runOnce } = await import("../../cycle/run.ts");
    const powers = await assembly.run(config, env, clock);
    signal.throwIfAborted();
    const result = await inTime(
      runOnce(powers, config, { runId, notes, policyDigest, progress, timeLeft: () => timeLeft(signal) }),
    );
    progress.end();
    await deliverOrExplain(context, result, config, own);
    return resultExitCode(result, options.failOn, signal);
  } finally {
    progress.end();
  }
}

/** All the time in the world, and none after Ctrl-C: the cycle starts nothing new then, and still writes ledger and trail. */
export function timeLeft(signal: AbortSignal) {
  return milliseconds(signal.aborted ? 0 : Number.POSITIVE_INFINITY);
}
