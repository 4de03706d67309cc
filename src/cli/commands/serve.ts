import { pino } from "pino";
import { parseDuration } from "../../config/duration.ts";
import { MINUTE } from "../../core/time.ts";
import { newRunId } from "../../cycle/runid.ts";
import { GuardError } from "../../errors.ts";
import { checkSchedule, runDaemon } from "../daemon/daemon.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import type { OwnOptions } from "../program.ts";
import { metricsText } from "../rendering.ts";
import { openSession } from "../session.ts";
import { timeLeft } from "./run.ts";

/** `eip-guard serve`: `run` on a schedule, until SIGTERM (exit 0) or Ctrl-C (130). */
export async function serve(context: CommandContext, own: OwnOptions): Promise<number> {
  const { io, options, clock, signal, assembly } = context;
  const cron = own.cron ?? "*/10 * * * *";
  const timezone = own.timezone ?? "UTC";
  checkSchedule(cron, timezone);
  const jitter = parseDuration(own.jitter ?? "0s");
  if (jitter === undefined || jitter > MINUTE * 60)
    throw new GuardError("BadJitter", "user", `--jitter "${own.jitter}" is no duration of at most 1h`, "write one such as 30s");
  const { config, notes, policyDigest } = await openSession(context, "acting");
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
