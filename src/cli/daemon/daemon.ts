import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { schedule, type TaskOptions, validateDetailed } from "node-cron";
import type { ScanResult } from "../../core/result.ts";
import { GuardError, whyOf } from "../../errors.ts";

export interface DaemonOptions {
  /** 5 or 6 fields, as node-cron reads them. */
  readonly cron: string;
  /** IANA name. */
  readonly timezone: string;
  /** Up to so many milliseconds later than the schedule says, so that many guards don't call at the same second. */
  readonly jitterMilliseconds: number;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly cycle: () => Promise<ScanResult>;
  /** Text for `/metrics` of the latest result, null before the first. */
  readonly metrics: (result: ScanResult | null) => Promise<string>;
  readonly log: DaemonLog;
  /** Ends the daemon, after the cycle that is at work. */
  readonly signal: AbortSignal;
}

/** Log lines have a static message and fields. */
export interface DaemonLog {
  readonly info: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

/**
 * Throws GuardError (user) `BadCron` where node-cron can't read the schedule, or `BadTimezone`.
 */
export function checkSchedule(cron: string, timezone: string): void {
  const { valid, errors } = validateDetailed(cron);
  if (!valid) {
    const why = errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
    throw new GuardError(
      "BadCron",
      "user",
      `--cron "${cron}" is no schedule${why === "" ? "" : ` (${why})`}`,
      'write one such as "*/10 * * * *"',
    );
  }
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
  } catch {
    throw new GuardError(
      "BadTimezone",
      "user",
      `--timezone "${timezone}" is no IANA time zone`,
      "write one such as Asia/Shanghai",
    );
  }
}

/**
 * Runs a cycle at once and then on the schedule, never two at a time, and answers `/healthz`, `/readyz` and `/metrics`.
 * Resolves when the signal has ended it and the cycle that was at work is over. A cycle that fails is logged and makes the
 * daemon unready until one succeeds.
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { cron, timezone, jitterMilliseconds, host, port, log, signal } = options;
  checkSchedule(cron, timezone);
  const state: DaemonState = { latest: null, unready: "the first run is not over yet" };

  const server = createServer((request, response) => {
    answer(request.url ?? "/", response, state, options).catch((error: unknown) => {
      log.error({ why: whyOf(error) }, "request failed");
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await listen(server, host, port);

  let atWork: Promise<void> | null = null;
  const cycle = () => {
    // A run that outlasts its period is no reason for a second one beside it.
    atWork ??= oneCycle(options, state).finally(() => {
      atWork = null;
    });
    return atWork;
  };
  const task = schedule(cron, cycle, {
    timezone,
    noOverlap: true,
    maxRandomDelay: jitterMilliseconds,
    name: "eip-guard",
    logger: scheduleLogger(log),
  });
  log.info({ cron, timezone, address: server.address(), next: task.getNextRun()?.toISOString() ?? null }, "serving");
  void cycle();

  if (!signal.aborted) await once(signal, "abort");
  log.info({ reason: String(signal.reason), atWork: atWork !== null }, "ending");
  await task.destroy();
  if (atWork !== null) await atWork;
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** What the scheduler has to say, such as that a run still was at work when the next fell due. */
function scheduleLogger({ info, error }: DaemonLog): NonNullable<TaskOptions["logger"]> {
  return {
    debug: () => undefined,
    info: (note) => info({ note }, "schedule"),
    warn: (note) => info({ note }, "schedule"),
    error: (why) => error({ why: whyOf(why) }, "schedule failed"),
  };
}

interface DaemonState {
  latest: ScanResult | null;
  /** Null: ready. */
  unready: string | null;
}

async function oneCycle({ cycle, log }: DaemonOptions, state: DaemonState): Promise<void> {
  try {
    const result = await cycle();
    state.latest = result;
    state.unready = null;
    const { run, complete, gaps, totals, acts, alertErrors } = result;
    log.info(
      { run: run.id, mode: run.mode, complete, totals, gaps: gaps.length, acts: acts?.length ?? 0, alertErrors },
      "run finished",
    );
  } catch (error) {
    state.unready = `the latest run failed: ${whyOf(error)}`;
    log.error({ code: error instanceof GuardError ? error.code : "Unexpected", why: whyOf(error) }, "run failed");
  }
}

async function answer(url: string, response: ServerResponse, state: DaemonState, { metrics }: DaemonOptions): Promise<void> {
  const reply = (status: number, text: string) => {
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text.endsWith("\n") ? text : `${text}\n`);
  };
  switch (url.split("?")[0]) {
    case "/healthz":
      return reply(200, "alive");
    case "/readyz":
      return state.unready === null ? reply(200, "ready") : reply(503, state.unready);
    case "/metrics":
      return reply(200, await metrics(state.latest));
    default:
      return reply(404, "there are /healthz, /readyz and /metrics");
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    throw new GuardError(
      "CannotListen",
      "user",
      `can't listen on ${host}:${port}: ${whyOf(error)}`,
      "choose another address with --host and --port",
      {
        cause: error,
      },
    );
  }
}
