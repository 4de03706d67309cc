import { fitOf } from "../../config/schedule.ts";
import { preflight } from "../../cycle/check.ts";
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
  const schedule = own.cron === undefined ? null : scheduleOf(own);
  const { config, notes } = await openSession(context, "dry");
  const fit = schedule === null ? null : fitOf(schedule, config.policy, clock.now());
  const ports = await assembly.check(config, io.env, clock, {
    probeStore: own.probeStore === true,
    notify: own.notify === true,
  });
  const found = await untilAborted(preflight(ports, config, { notes, fit }), signal);
  await deliverPreflight(context, found);
  return exitCode({ failed: found.checks.some(({ status }) => status === "fail") });
}
