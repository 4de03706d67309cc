import { pino } from "pino";
import { openButtons } from "../../buttons.ts";
import { parseDuration } from "../../config/duration.ts";
import { fitOf, longestGap, type Schedule } from "../../config/schedule.ts";
import { DAY, type Duration, MINUTE, milliseconds, SECOND } from "../../core/terms/time.ts";
import { readSomething } from "../../cycle/blind.ts";
import { explain } from "../../cycle/explain.ts";
import { historyOf } from "../../cycle/history.ts";
import { newRunId } from "../../cycle/runid.ts";
import { GuardError, whyOf } from "../../errors.ts";
import { languageOf } from "../../language/language.ts";
import { tell } from "../../report/history.ts";
import { type DaemonLog, type Known, runDaemon } from "../daemon/daemon.ts";
import type { Pages } from "../daemon/pages.ts";
import { createSlackActions } from "../daemon/slack-actions.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import type { OwnOptions } from "../own-options.ts";
import { explained } from "../rendering.ts";
import { scheduleOf } from "../schedule.ts";
import { openSession, type Session } from "../session.ts";
import { VERSION } from "../version.ts";
import { timeLeft } from "./run.ts";

/** `eip-guard serve`: `run` on a schedule, until SIGTERM (exit 0) or Ctrl-C (130). */
export async function serve(context: CommandContext, own: OwnOptions): Promise<number> {
  const { io, options, clock, signal, assembly } = context;
  const session = await openSession(context, "dry");
  const schedule = scheduleOf(own, session.config.deploy);
  const { cron, timezone, jitter } = schedule;
  const runTimeout = runTimeoutOf(own.runTimeout);
  const { notes, env } = await openFitting(context, schedule);
  // As the latest run read them: a press asks nobody for secrets, as anybody may press.
  let secrets = env;
  const level = options.quiet === true ? "error" : "info";
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => io.stderr.write(line) },
  );
  for (const note of notes) log.info({ note }, "note");

  const { createMeter } = await import("../../report/metrics.ts");
  const meter = createMeter(VERSION);
  const gap = longestGap(cron);
  const host = own.host ?? "127.0.0.1";
  const pages = await pagesOf(context, host, env.EIP_GUARD_UI_TOKEN, log);
  await runDaemon({
    pages,
    slackActions: createSlackActions(async () => openButtons((await openSession(context, "dry")).config, secrets, clock), log),
    cron,
    timezone,
    jitterMilliseconds: jitter,
    period: milliseconds((gap ?? DAY) + jitter),
    runTimeout,
    host,
    port: own.port ?? 8080,
    // Everything is read anew for each run: a mode that was lowered, a keep tag, temporary credentials. With a file that is broken nothing is
    // run: what it said before may allow more than what it should say now.
    cycle: async (over) => {
      const { config, notes, policyDigest, env: read } = await openFitting(context, schedule);
      const told = [...notes, ...changedSchedule(schedule, scheduleOf(own, config.deploy))];
      secrets = read;
      const { runOnce } = await import("../../cycle/run.ts");
      const powers = await assembly.run(config, read, clock, meter.apiCall);
      const both = AbortSignal.any([signal, over]);
      const run = { runId: newRunId(clock.now()), notes: told, policyDigest, timeLeft: () => timeLeft(both) };
      return readSomething(await runOnce(powers, config, run), config);
    },
    meter,
    log,
    signal,
  });
  return signal.reason === "SIGTERM" ? EXIT.done : EXIT.interrupted;
}

/** The pages for a browser. They are given readers alone, opened anew for each page: what holds then is what the file says then. */
async function pagesOf(
  context: CommandContext,
  host: string,
  token: string | undefined,
  log: DaemonLog,
): Promise<(known: Known) => Pages> {
  const { createPages, whyOnPage } = await import("../daemon/pages.ts");
  const { io, clock, assembly } = context;
  const told = (what: string) => (error: unknown) => {
    log.error({ what, why: whyOf(error) }, "page incomplete");
    return { why: whyOnPage(error) };
  };
  const explainOne = async (id: string) => {
    const { config } = await openSession(context, "dry");
    return explained(await explain(await assembly.read(config, io.env, clock), config, id));
  };
  const historyOfOne = async (id: string) => {
    const { config } = await openSession(context, "dry");
    const store = await assembly.storeReader(config, io.env, clock);
    try {
      const { records } = await historyOf(store, id);
      return records.map((record) => tell(record, id));
    } catch (error) {
      if (error instanceof GuardError && error.code === "UnknownEip") return [];
      throw error;
    }
  };
  return (known) =>
    createPages({
      ...known,
      host,
      token,
      language: languageOf(io.env),
      explain: (id) => explainOne(id).catch(told("explain")),
      history: (id) => historyOfOne(id).catch(told("history")),
    });
}

/**
 * The configuration as it is now, where this schedule can do what it says.
 *
 * @throws GuardError of fault `user`
 */
async function openFitting(context: CommandContext, schedule: Schedule): Promise<Session> {
  const session = await openSession(context, "acting");
  const fit = fitOf(schedule, session.config.policy, context.clock.now());
  if (fit.refusal !== null) throw fit.refusal;
  return { ...session, notes: [...session.notes, ...fit.warnings] };
}

/** The timer of this process was set when it began. */
function changedSchedule(running: Schedule, written: Schedule): readonly string[] {
  if (running.cron === written.cron && running.timezone === written.timezone) return [];
  return [
    `deploy.schedule is now "${written.cron}" in ${written.timezone}: start serve again, which still runs at "${running.cron}"`,
  ];
}

/** Never longer than the lease: another run may begin after it. */
function runTimeoutOf(written = "20m"): Duration {
  const timeout = parseDuration(written);
  if (timeout !== undefined && timeout >= SECOND && timeout <= 20 * MINUTE) return timeout;
  const why = `--run-timeout "${written}" is no duration from 1s to 20m`;
  throw new GuardError("BadRunTimeout", "user", why, "write one such as 15m");
}
