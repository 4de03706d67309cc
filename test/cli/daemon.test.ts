import { createServer } from "node:http";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { runDaemon } from "../../src/cli/daemon/daemon.ts";
import { checkSchedule } from "../../src/config/schedule.ts";
import type { ScanResult } from "../../src/core/terms/result.ts";
import { milliseconds } from "../../src/core/terms/time.ts";
import { createMeter } from "../../src/report/metrics.ts";

const RESULT: ScanResult = {
  schema: "eip-guard/scan/v1",
  run: { id: "r", startedAt: "2026-11-23T09:00:00Z", finishedAt: "2026-11-23T09:00:05Z", mode: "audit", dryRun: false },
  complete: true,
  gaps: [],
  totals: { eips: 7, byVerdict: {}, cost: [], costUnknown: 0, costByVerdict: {} },
  alertErrors: [],
  clusters: [],
  eips: [],
  notes: [],
  regions: [],
  savings: [],
  guard: {
    ledgerWrittenAt: null,
    evidence: { cloudaudit: false, billing: false },
    channel: null,
    digestSentAt: null,
    stopped: false,
  },
};

/** Never due while a test runs. */
const ONCE_A_YEAR = "0 0 1 1 *";

const ending: AbortController[] = [];
afterEach(() => {
  for (const controller of ending.splice(0)) controller.abort("SIGTERM");
});

/** A daemon on a free port, and a way to wait for a log line. */
async function daemon(
  cycle: (over: AbortSignal) => Promise<ScanResult>,
  { cron = ONCE_A_YEAR, periodMs = 60_000, runTimeoutMs = 60_000 } = {},
) {
  const controller = new AbortController();
  ending.push(controller);
  const lines: { readonly message: string; readonly fields: object }[] = [];
  const waiting = new Map<string, () => void>();
  const add = ({
    msg: message,
    level: _,
    time: __,
    ...fields
  }: {
    readonly msg: string;
    readonly level: number;
    readonly time: number;
  }) => {
    lines.push({ message, fields });
    waiting.get(message)?.();
  };
  const logged = (message: string) =>
    lines.some((line) => line.message === message)
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.set(message, resolve));
  const over = runDaemon({
    cron,
    timezone: "Asia/Shanghai",
    jitterMilliseconds: 0,
    host: "127.0.0.1",
    port: 0,
    cycle,
    period: milliseconds(periodMs),
    runTimeout: milliseconds(runTimeoutMs),
    meter: createMeter("1.2.3"),
    log: pino({ base: null }, { write: (line: string) => add(JSON.parse(line)) }),
    signal: controller.signal,
  });
  await Promise.race([logged("serving"), over]);
  const serving = lines.find(({ message }) => message === "serving")?.fields;
  const address = serving !== undefined && "address" in serving ? serving.address : null;
  const port = typeof address === "object" && address !== null && "port" in address ? address.port : 0;
  const get = async (path: string, method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { status: response.status, text: (await response.text()).trim() };
  };
  /** The samples of one metric. */
  const samples = async (name: string) => (await get("/metrics")).text.split("\n").filter((line) => line.startsWith(name));
  return { get, samples, logged, lines, over, end: () => controller.abort("SIGTERM") };
}

describe("the daemon", () => {
  it("runs at once, is alive from the start and ready when the first run is over", async () => {
    const gate = withResolvers();
    const { get, samples, logged, end, over } = await daemon(async () => {
      await gate.promise;
      return RESULT;
    });
    expect(await get("/healthz")).toEqual({ status: 200, text: "alive" });
    expect(await get("/readyz")).toEqual({ status: 503, text: "the first run is not over yet" });
    expect(await samples("eip_guard_build_info")).toEqual([`eip_guard_build_info{version="1.2.3",node="${process.version}"} 1`]);
    expect(await samples('eip_guard_runs_total{outcome="complete"}')).toEqual(['eip_guard_runs_total{outcome="complete"} 0']);
    gate.resolve();
    await logged("run finished");
    expect(await get("/readyz")).toEqual({ status: 200, text: "ready" });
    expect(await samples('eip_guard_runs_total{outcome="complete"}')).toEqual(['eip_guard_runs_total{outcome="complete"} 1']);
    expect(await samples("eip_guard_run_duration_seconds_count")).toEqual(["eip_guard_run_duration_seconds_count 1"]);
    expect((await get("/")).status).toBe(404);
    end();
    await over;
  });

  it.each(["/healthz", "/readyz", "/metrics"])("takes no POST for %s", async (path) => {
    const { get } = await daemon(async () => RESULT);
    expect(await get(path, "POST")).toEqual({ status: 405, text: "only GET" });
    expect((await get(path, "HEAD")).status).not.toBe(405);
  });

  it("stays alive but is not ready after a run that failed, and tells why to the log alone", async () => {
    const { get, samples, logged, lines } = await daemon(async () => {
      throw new Error("no route to host");
    });
    await logged("run failed");
    expect(await get("/readyz")).toEqual({ status: 503, text: "the latest run failed; the log says why" });
    expect(await samples('eip_guard_runs_total{outcome="failed"}')).toEqual(['eip_guard_runs_total{outcome="failed"} 1']);
    expect((await get("/healthz")).status).toBe(200);
    expect(lines.at(-1)?.fields).toEqual({ code: "Unexpected", why: "no route to host" });
  });

  it("is not ready when the latest complete reading is older than three periods, whatever runs since", async () => {
    let runs = 0;
    const { get, logged } = await daemon(
      async () => {
        runs += 1;
        return { ...RESULT, complete: runs === 1 };
      },
      { cron: "* * * * * *", periodMs: 500 },
    );
    await logged("run finished");
    expect((await get("/readyz")).status).toBe(200);
    await expect.poll(() => get("/readyz"), { timeout: 10_000 }).toMatchObject({ status: 503 });
    expect((await get("/readyz")).text).toMatch(/^the latest complete reading is \d+ s old$/);
  });

  it("is not ready before a reading was complete", async () => {
    const { get, logged } = await daemon(async () => ({ ...RESULT, complete: false }));
    await logged("run finished");
    expect((await get("/readyz")).status).toBe(503);
  });

  it("takes a run that hangs for failed, tells it that its time is over, and tries again", async () => {
    const told: boolean[] = [];
    let runs = 0;
    const { get, samples, logged, lines } = await daemon(
      async (over) => {
        runs += 1;
        if (runs > 1) return RESULT;
        over.addEventListener("abort", () => told.push(true));
        return new Promise(() => undefined);
      },
      { cron: "* * * * * *", runTimeoutMs: 1_500 },
    );
    await logged("run failed");
    expect(lines.find(({ message }) => message === "run failed")?.fields).toMatchObject({ code: "RunHangs" });
    expect(told).toEqual([true]);
    expect(await samples('eip_guard_runs_total{outcome="timed-out"}')).toEqual(['eip_guard_runs_total{outcome="timed-out"} 1']);
    await logged("run finished");
    expect((await get("/readyz")).status).toBe(200);
  });

  it("is not ready while it ends", async () => {
    const gate = withResolvers();
    let runs = 0;
    const { get, over, end, logged } = await daemon(
      async () => {
        runs += 1;
        if (runs > 1) await gate.promise;
        return RESULT;
      },
      { cron: "* * * * * *" },
    );
    await logged("run finished");
    await expect.poll(() => runs, { timeout: 5_000 }).toBe(2);
    end();
    await logged("ending");
    expect(await get("/readyz")).toEqual({ status: 503, text: "ending" });
    gate.resolve();
    await over;
  });

  it("ends only after the run that is at work", async () => {
    const gate = withResolvers();
    const order: string[] = [];
    const { over, end, logged } = await daemon(async () => {
      await gate.promise;
      order.push("run");
      return RESULT;
    });
    const ended = over.then(() => order.push("daemon"));
    end();
    await logged("ending");
    gate.resolve();
    await ended;
    expect(order).toEqual(["run", "daemon"]);
  });

  it("never has two runs at work, however often the schedule falls due", async () => {
    const gate = withResolvers();
    let atWork = 0;
    let most = 0;
    let runs = 0;
    const secondRun = withResolvers();
    const { end, over, logged } = await daemon(
      async () => {
        runs += 1;
        atWork += 1;
        most = Math.max(most, atWork);
        if (runs === 1) await gate.promise;
        else secondRun.resolve();
        atWork -= 1;
        return RESULT;
      },
      { cron: "* * * * * *" },
    );
    // The scheduler says so when it falls due while the first run is at work.
    await logged("schedule");
    expect(runs).toBe(1);
    gate.resolve();
    await secondRun.promise;
    end();
    await over;
    expect(most).toBe(1);
  });

  it("says when it can't listen", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const address = other.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const { port } = address;
    const log = pino({ level: "silent" });
    const options = { cron: ONCE_A_YEAR, timezone: "UTC", jitterMilliseconds: 0, host: "127.0.0.1", port, log };
    const daemonThere = runDaemon({
      ...options,
      period: milliseconds(60_000),
      runTimeout: milliseconds(60_000),
      cycle: async () => RESULT,
      meter: createMeter("1.2.3"),
      signal: new AbortController().signal,
    });
    await expect(daemonThere).rejects.toMatchObject({
      code: "CannotListen",
      fault: "user",
      message: expect.stringContaining("EADDRINUSE"),
    });
    other.close();
  });
});

describe("the schedule", () => {
  it.each(["*/10 * * * *", "0 */2 * * *", "30 0 9 * * 1-5"])("%s is one", (cron) => {
    expect(() => checkSchedule(cron, "Asia/Shanghai")).not.toThrow();
  });

  it.each(["", "every hour", "61 * * * *", "0 0 9 * * * *"])("%j is none", (cron) => {
    expect(() => checkSchedule(cron, "UTC")).toThrow(expect.objectContaining({ code: "BadCron", fault: "user" }));
  });

  it("needs a time zone that exists", () => {
    expect(() => checkSchedule("* * * * *", "Asia/Shangai")).toThrow(
      expect.objectContaining({ code: "BadTimezone", fault: "user" }),
    );
  });
});

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
