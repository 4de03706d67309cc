import { fitOf } from "../../config/schedule.ts";
import type { Config } from "../../config/sections.ts";
import { timerCron, timesInWords } from "../../config/timer.ts";
import type { Instant } from "../../core/terms/time.ts";
import { type AskedSchedule, preflight } from "../../cycle/check.ts";
import { GuardError } from "../../errors.ts";
import { exitCode } from "../exit-codes.ts";
import { untilAborted } from "../interruption.ts";
import type { CommandContext } from "../io.ts";
import type { OwnOptions } from "../own-options.ts";
import { deliverPreflight } from "../rendering.ts";
import { scheduleOf } from "../schedule.ts";
import { openSession } from "../session.ts";

/** `eip-guard check`: whether everything is there that a run needs. It writes nothing, but for one object with --probe-store and one message with --notify. */
export async function check(context: CommandContext, own: OwnOptions): Promise<number> {
  const { io, clock, signal, assembly } = context;
  const { config, notes } = await openSession(context, "dry");
  const schedule = asked(own, config, clock.now());
  const ports = await assembly.check(config, io.env, clock, {
    probeStore: own.probeStore === true,
    notify: own.notify === true,
  });
  const found = await untilAborted(preflight(ports, config, { notes, schedule }), signal);
  await deliverPreflight(context, found);
  return exitCode({ failed: found.checks.some(({ status }) => status === "fail") });
}

/** The schedule of `--cron`, else that of the section `deploy`. Where the file has none, how the guard is run is not known. */
function asked(own: OwnOptions, { deploy, policy }: Config, now: Instant): AskedSchedule | null {
  if (own.cron === undefined && !deploy.written) return null;
  const schedule = scheduleOf(own, deploy);
  const { cron, timezone } = schedule;
  return {
    fit: fitOf(schedule, policy, now),
    next: timesInWords({ schedule: cron, timezone }, now),
    timer: own.cron === undefined ? timerProblem({ schedule: cron, timezone }, now) : null,
    runs: own.cron === undefined,
  };
}

function timerProblem(five: Parameters<typeof timerCron>[0], now: Instant): GuardError | null {
  try {
    timerCron(five, now);
    return null;
  } catch (error) {
    if (error instanceof GuardError) return error;
    throw error;
  }
}
