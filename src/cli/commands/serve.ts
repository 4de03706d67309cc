import { pino } from "pino";
import { fitOf } from "../../config/schedule.ts";
import { newRunId } from "../../cycle/runid.ts";
import { runDaemon } from "../daemon/daemon.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import type { OwnOptions } from "../program.ts";
import { metricsText } from "../rendering.ts";
import { scheduleOf } from "../schedule.ts";
import { openSession } from "../session.ts";
import { timeLeft } from "./run.ts";

/** `eip-guard serve`: `run` on a schedule, until SIGTERM (exit 0) or Ctrl-C (130). */
export async function serve(context: CommandContext, own: OwnOptions): Promise<number> {
  const { io, options, clock, signal, assembly } = context;
  const schedule = scheduleOf(own);
  const { cron, timezone, jitter } = schedule;
  const { config, notes: known, policyDigest } = await openSession(context, "acting");
  const fit = fitOf(schedule, config.policy, clock.now());
  if (fit.refusal !== null) throw fit.refusal;
  const notes = [...known, ...fit.warnings];
  const level = options.quiet === true ? "error" : "info";
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => io.stderr.write(line) },
  );
  for (const note of notes) log.info({ note }, "note");

  await runDaemon({
    cron,
    timezone,
    jitterMilliseconds: jitter,
    host: own.host ?? "0.0.0.0",
    port: own.port ?? 8080,
    // Powers are made anew for each run: temporary credentials may have changed, and a run holds nothing over to the next.
    cycle: async () => {
      const { runOnce } = await import("../../cycle/run.ts");
      const powers = await assembly.run(config, io.env, clock);
      return runOnce(powers, config, { runId: newRunId(clock.now()), notes, policyDigest, timeLeft: () => timeLeft(signal) });
    },
    metrics: metricsText,
    log,
    signal,
  });
  return signal.reason === "SIGTERM" ? EXIT.done : EXIT.interrupted;
}
