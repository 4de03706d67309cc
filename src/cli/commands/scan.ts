import type { Config } from "../../config/sections.ts";
import type { ScanResult } from "../../core/terms/result.ts";
import type { Verdict } from "../../core/terms/verdict.ts";
import { nothingRead } from "../../cycle/blind.ts";
import { scan } from "../../cycle/scan.ts";
import { exitCode } from "../exit-codes.ts";
import { untilAborted } from "../interruption.ts";
import type { CommandContext } from "../io.ts";
import type { OwnOptions } from "../own-options.ts";
import { terminalProgress } from "../progress.ts";
import { deliverResult } from "../rendering.ts";
import { openSession } from "../session.ts";

/** `eip-guard scan`: the dry run. It is given no port that writes. */
export async function scanCommand(context: CommandContext, own: OwnOptions): Promise<number> {
  const { io, options, clock, signal, assembly } = context;
  const { config, notes, runId } = await openSession(context, "dry");
  const progress = terminalProgress(io, options);
  try {
    const ports = await assembly.read(config, io.env, clock);
    const result = await untilAborted(scan(ports, config, { runId, notes, progress }), signal);
    progress.end();
    await deliverOrExplain(context, result, config, own);
    return resultExitCode(result, options.failOn, signal);
  } finally {
    progress.end();
  }
}

/**
 * Delivers a result. Where not one region could be read there is nothing to show: JSON still has the gaps, every other format would read
 * like an account without EIPs.
 *
 * @throws GuardError of fault `cloud` `NothingRead`
 */
export async function deliverOrExplain(
  context: CommandContext,
  result: ScanResult,
  config: Config,
  own: OwnOptions,
): Promise<void> {
  const nothing = nothingRead(result, config.tencent);
  if (nothing === null || context.options.format === "json") await deliverResult(context, result, own);
  if (nothing !== null) throw nothing;
}

/** The exit code of a result: an act that failed is 1, gaps are 3, `--fail-on` is 4. */
export function resultExitCode(result: ScanResult, failOn: readonly Verdict[] | undefined, signal: AbortSignal): number {
  return exitCode({
    interrupted: signal.aborted,
    failed: result.acts?.some(({ act }) => act === "failed") ?? false,
    incomplete: !result.complete,
    failOn: failOn !== undefined && result.eips.some(({ verdict }) => failOn.includes(verdict)),
  });
}
