import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { assembleRead, assembleRun, systemClock } from "./assemble.ts";
import { loadConfig } from "./config/load.ts";
import type { ScanResult } from "./core/result.ts";
import { between, type Duration, MINUTE, milliseconds, parseInstant } from "./core/time.ts";
import { runOnce } from "./cycle/run.ts";
import { newRunId } from "./cycle/runid.ts";
import { scan } from "./cycle/scan.ts";
import { GuardError } from "./errors.ts";

/** One invocation of the function, with the platform's parts handed in. */
export interface Invocation {
  readonly event: unknown;
  readonly context: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder of the bundle: `eip-guard.yaml` lies beside it. */
  readonly folder: string;
}

/** `{"Type":"Timer","TriggerName":…,"Time":"2026-11-23T01:00:00Z","Message":…}` (platform.md, SCF). */
const timerEvent = z.object({ Type: z.literal("Timer"), TriggerName: z.string(), Time: z.string() });

const limits = z.object({ time_limit_in_ms: z.number().positive() });

/** A tick older than this comes from a retry or a late delivery, and the next tick is due or served already. */
const STALE: Duration = milliseconds(15 * MINUTE);

/** What an invocation answers: short, since SCF keeps it in the log. */
export interface Summary extends Pick<ScanResult, "run" | "complete" | "gaps" | "totals" | "alertErrors"> {
  /** The EIPs that carry an action. */
  readonly eips: ScanResult["eips"];
  readonly acts?: ScanResult["acts"];
}

/** @throws GuardError for everything that makes a run fail, with the mend in its message: SCF shows nothing else of an error */
export async function invoke(invocation: Invocation): Promise<Summary | { readonly skipped: string }> {
  try {
    return await serve(invocation);
  } catch (error) {
    if (!(error instanceof GuardError) || error.mend === "") throw error;
    const { code, fault, message, mend } = error;
    throw new GuardError(code, fault, `${message}; mend: ${mend}`, mend, { cause: error });
  }
}

async function serve({ event, context, env, folder }: Invocation): Promise<Summary | { readonly skipped: string }> {
  const clock = systemClock();
  const startedAt = clock.now();
  const file = env.EIP_GUARD_CONFIG ?? defaultFile(folder);
  const { config, notes, policyDigest } = await loadConfig({ path: file, env, cwd: folder });
  const timer = timerEvent.safeParse(event);
  const runId = newRunId(startedAt);
  const limit = limits.safeParse(context);
  const timeLeft = limit.success
    ? () => milliseconds(limit.data.time_limit_in_ms - between(startedAt, clock.now()))
    : () => milliseconds(Number.POSITIVE_INFINITY);
  if (!timer.success) {
    const ports = await assembleRead(config, env, clock);
    return summaryOf(await scan(ports, config, { runId, notes, timeLeft }));
  }
  const tick = `${timer.data.TriggerName} ${timer.data.Time}`;
  const due = parseInstant(timer.data.Time);
  if (due === undefined) {
    throw new GuardError("TickUnreadable", "cloud", `the timer event's Time '${timer.data.Time}' is no ISO 8601 instant`);
  }
  if (between(due, startedAt) > STALE) return { skipped: `the tick of ${timer.data.Time} is older than 15 minutes` };
  const powers = await assembleRun(config, env, clock, config.policy.mode);
  const served = { skipped: `the tick of ${timer.data.Time} was served already` };
  // A look without the lease, which most repetitions need not take; the run looks again when it has it.
  const { servedTicks } = await powers.ports.store.readLedger();
  if (servedTicks.includes(tick)) return served;
  try {
    return summaryOf(await runOnce(powers, config, { runId, notes, policyDigest, timeLeft, tick }));
  } catch (error) {
    if (error instanceof GuardError && error.code === "TickServed") return served;
    if (error instanceof GuardError && error.code === "LeaseHeld") return { skipped: "another run is at work" };
    throw error;
  }
}

function defaultFile(folder: string): string {
  const file = join(folder, "eip-guard.yaml");
  if (existsSync(file)) return file;
  throw new GuardError(
    "NoConfiguration",
    "user",
    "there is no eip-guard.yaml beside the function",
    "put eip-guard.yaml into the function's folder, or name another file in EIP_GUARD_CONFIG",
  );
}

function summaryOf({ run, complete, gaps, totals, alertErrors, eips, acts }: ScanResult): Summary {
  return {
    run,
    complete,
    gaps,
    totals,
    alertErrors,
    eips: eips.filter((eip) => eip.action !== "none"),
    ...(acts === undefined ? {} : { acts }),
  };
}
