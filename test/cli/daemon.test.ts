import { createServer } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { checkSchedule, runDaemon } from "../../src/cli/daemon/daemon.ts";
import type { ScanResult } from "../../src/core/result.ts";

const RESULT: ScanResult = {
  schema: "eip-guard/scan/v1",
  run: { id: "r", startedAt: "", finishedAt: "", mode: "audit", dryRun: false },
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
async function daemon(cycle: () => Promise<ScanResult>, cron = ONCE_A_YEAR) {
  const controller = new AbortController();
  ending.push(controller);
  const lines: { readonly message: string; readonly fields: object }[] = [];
  const waiting = new Map<string, () => void>();
  const add = (fields: object, message: string) => {
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
    metrics: async (result) => `eips ${result?.totals.eips ?? "none"}`,
    log: { info: add, error: add },
    signal: controller.signal,
  });
  await Promise.race([logged("serving"), over]);
  const serving = lines.find(({ message }) => message === "serving")?.fields;
  const address = serving !== undefined && "address" in serving ? serving.address : null;
  const port = typeof address === "object" && address !== null && "port" in address ? address.port : 0;
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: (await response.text()).trim() };
  };
  return { get, logged, lines, over, end: () => controller.abort("SIGTERM") };
}

describe("the daemon", () => {
  it("runs at once, is alive from the start and ready when the first run is over", async () => {
    const gate = withResolvers();
    const { get, logged, end, over } = await daemon(async () => {
      await gate.promise;
      return RESULT;
    });
    expect(await get("/healthz")).toEqual({ status: 200, text: "alive" });
    expect(await get("/readyz")).toEqual({ status: 503, text: "the first run is not over yet" });
    expect(await get("/metrics")).toEqual({ status: 200, text: "eips none" });
    gate.resolve();
    await logged("run finished");
    expect(await get("/readyz")).toEqual({ status: 200, text: "ready" });
    expect(await get("/metrics")).toEqual({ status: 200, text: "eips 7" });
    expect((await get("/")).status).toBe(404);
    end();
    await over;
  });

  it("stays alive but is not ready after a run that failed, and says why", async () => {
    const { get, logged, lines } = await daemon(async () => {
      throw new Error("no route to host");
    });
    await logged("run failed");
    expect(await get("/readyz")).toEqual({ status: 503, text: "the latest run failed: no route to host" });
    expect((await get("/healthz")).status).toBe(200);
    expect(lines.at(-1)?.fields).toEqual({ code: "Unexpected", why: "no route to host" });
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
    const { end, over, logged } = await daemon(async () => {
      runs += 1;
      atWork += 1;
      most = Math.max(most, atWork);
      if (runs === 1) await gate.promise;
      else secondRun.resolve();
      atWork -= 1;
      return RESULT;
    }, "* * * * * *");
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
    const log = { info: () => undefined, error: () => undefined };
    const options = { cron: ONCE_A_YEAR, timezone: "UTC", jitterMilliseconds: 0, host: "127.0.0.1", port, log };
    const daemonThere = runDaemon({
      ...options,
      cycle: async () => RESULT,
      metrics: async () => "",
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
