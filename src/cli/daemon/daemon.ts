import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { Cron } from "croner";
import { checkSchedule } from "../../config/schedule.ts";
import type { ScanResult } from "../../core/terms/result.ts";
import { type Duration, humanDuration } from "../../core/terms/time.ts";
import { GuardError, whyOf } from "../../errors.ts";
import type { Live } from "../../report/html-serve.ts";
import type { Meter, Outcome } from "../../report/metrics.ts";
import type { Pages } from "./pages.ts";

export interface DaemonOptions {
  /** 5 or 6 fields. */
  readonly cron: string;
  /** IANA name. */
  readonly timezone: string;
  /** Up to so many milliseconds later than the schedule says, so that many guards don't call at the same second. */
  readonly jitterMilliseconds: number;
  /** The longest time between two runs that the schedule allows. */
  readonly period: Duration;
  /** A run that is not over by then has failed. */
  readonly runTimeout: Duration;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** One run. `over` is aborted when nobody waits for it any more: it must start nothing new then. */
  readonly cycle: (over: AbortSignal) => Promise<ScanResult>;
  /** Answers `/slack/actions`. */
  readonly slackActions?: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly meter: Pick<Meter, "runEnded" | "text">;
  /** The pages for a browser, made of what the daemon knows; left out: none. */
  readonly pages?: (known: Known) => Pages;
  readonly log: DaemonLog;
  /** Ends the daemon, after the cycle that is at work. */
  readonly signal: AbortSignal;
}

/** What the daemon knows for its pages. */
export interface Known {
  readonly latest: () => ScanResult | null;
  readonly live: () => Live;
}

/** Log lines have a static message and fields. */
export interface DaemonLog {
  readonly info: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

/** So many periods may pass without a complete reading until the daemon is not ready. */
const PERIODS = 3;

/**
 * Runs a cycle at once and then on the schedule, never two at a time, and answers `/healthz`, `/readyz` and `/metrics`.
 * Resolves when the signal has ended it and the cycle that was at work is over. A cycle that fails or hangs is logged and makes the
 * daemon unready until one succeeds; so does a time without a complete reading, and ending.
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { cron, timezone, jitterMilliseconds, host, port, log, signal, meter } = options;
  checkSchedule(cron, timezone);
  const state: DaemonState = { failed: false, completeAt: null, latest: null, lastRun: null, atWorkSince: null };
  let nextRun: () => Date | null = () => null;
  const live = (): Live => ({
    lastRun: state.lastRun,
    atWorkSince: state.atWorkSince,
    nextRun: nextRun()?.toISOString() ?? null,
  });
  const pages = options.pages?.({ latest: () => state.latest, live });

  const server = createServer((request, response) => {
    answer(request, response, state, options, pages).catch((error: unknown) => {
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
  const isAtWork = () => {
    meter.runEnded({ outcome: "skipped", seconds: 0, result: null });
    log.info({ note: "a run is still at work, and this one is left out" }, "schedule");
  };
  const failed = (error: unknown) => log.error({ why: whyOf(error) }, "schedule failed");
  const task = new Cron(cron, { timezone, protect: isAtWork, catch: failed }, async () => {
    await wait(Math.random() * jitterMilliseconds, null, { signal, ref: false }).catch(() => null);
    if (!signal.aborted) await cycle();
  });
  nextRun = () => task.nextRun();
  log.info({ cron, timezone, address: server.address(), next: live().nextRun }, "serving");
  void cycle();

  if (!signal.aborted) await once(signal, "abort");
  log.info({ reason: String(signal.reason), atWork: atWork !== null }, "ending");
  task.stop();
  if (atWork !== null) await atWork;
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

interface DaemonState {
  /** The latest that gave a result. */
  latest: ScanResult | null;
  /** How the latest run ended; null before one is over. */
  lastRun: Live["lastRun"];
  atWorkSince: string | null;
  /** Whether the latest run failed. */
  failed: boolean;
  /** When the latest complete reading was over, in milliseconds of the machine's clock. */
  completeAt: number | null;
}

async function oneCycle({ cycle, log, meter, runTimeout }: DaemonOptions, state: DaemonState): Promise<void> {
  const startedAt = Date.now();
  state.atWorkSince = new Date(startedAt).toISOString();
  const seconds = () => (Date.now() - startedAt) / 1_000;
  const over = new AbortController();
  const work = cycle(over.signal);
  const ended = (outcome: Exclude<Outcome, "skipped">, result: ScanResult | null) => {
    state.lastRun = { endedAt: new Date().toISOString(), seconds: seconds(), outcome };
    state.latest = result ?? state.latest;
    meter.runEnded({ outcome, seconds: seconds(), result });
  };
  try {
    const result = await within(work, runTimeout);
    const { run, complete, gaps, totals, acts, alertErrors } = result;
    ended(complete ? "complete" : "incomplete", result);
    state.failed = false;
    if (complete) state.completeAt = Date.now();
    log.info(
      { run: run.id, mode: run.mode, complete, totals, gaps: gaps.length, acts: acts?.length ?? 0, alertErrors },
      "run finished",
    );
  } catch (error) {
    // One that hangs may wake up: it finds that its time is over.
    over.abort("the run took too long");
    work.catch(() => undefined);
    state.failed = true;
    const code = error instanceof GuardError ? error.code : "Unexpected";
    ended(outcomeOf(error), null);
    log.error({ code, why: whyOf(error), ...fixOf(error) }, "run failed");
  }
  state.atWorkSince = null;
}

function outcomeOf(error: unknown): "failed" | "timed-out" | "misconfigured" {
  if (!(error instanceof GuardError)) return "failed";
  if (error.code === HANGS) return "timed-out";
  return error.fault === "user" ? "misconfigured" : "failed";
}

function fixOf(error: unknown): object {
  return error instanceof GuardError && error.fix !== "" ? { fix: error.fix } : {};
}

const HANGS = "RunHangs";

/** @throws GuardError `RunHangs` where the work is not over in time */
async function within<T>(work: Promise<T>, bound: Duration): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const why = `the run is not over after ${humanDuration(bound)}`;
    timer = setTimeout(
      () => reject(new GuardError(HANGS, "guard", why, "look at what does not answer; restart the daemon")),
      bound,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Why the daemon is not ready, without any error's text: whoever can ask is not always one of us. Null: it is ready. */
function notReady({ lastRun, failed, completeAt }: DaemonState, { signal, period }: DaemonOptions): string | null {
  if (signal.aborted) return "ending";
  if (lastRun === null) return "the first run is not over yet";
  if (failed) return "the latest run failed; the log says why";
  if (completeAt === null) return "no reading was complete yet; the log says what is missing";
  const age = Date.now() - completeAt;
  if (age > PERIODS * period) return `the latest complete reading is ${Math.round(age / 1_000)} s old`;
  return null;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  state: DaemonState,
  options: DaemonOptions,
  pages: Pages | undefined,
): Promise<void> {
  const reply = (status: number, text: string, headers: Readonly<Record<string, string>> = {}) => {
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers });
    response.end(text.endsWith("\n") ? text : `${text}\n`);
  };
  const path = (request.url ?? "/").split("?")[0];
  if (path === "/slack/actions" && options.slackActions !== undefined) return options.slackActions(request, response);
  if (path !== "/healthz" && path !== "/readyz" && path !== "/metrics") {
    if (await pages?.(request, response)) return;
    return reply(404, "there are /healthz, /readyz and /metrics");
  }
  if (request.method !== "GET" && request.method !== "HEAD") return reply(405, "only GET", { allow: "GET, HEAD" });
  if (path === "/healthz") return reply(200, "alive");
  if (path === "/metrics")
    return reply(200, await options.meter.text(), { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  const why = notReady(state, options);
  return why === null ? reply(200, "ready") : reply(503, why);
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
