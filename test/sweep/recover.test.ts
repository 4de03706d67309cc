import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { createDrivenClock, type SimulatedClock } from "../../sim/world/clock.ts";
import { type Account, addAccount, allocate, createWorld, destroy, type Eip, type World } from "../../sim/world/world.ts";
import { runCli } from "../../src/cli/program.ts";
import { instant } from "../../src/core/terms/time.ts";
import type { IntentFacts } from "../../src/core/terms/trail.ts";
import { openFolderStoreForWriting } from "../../src/store/folder.ts";
import { all } from "../store/samples.ts";

let simulator: Simulator;
let world: World;
let account: Account;
let clock: SimulatedClock;
let folder: string;
let eip: Eip;

const guardClock = () => ({ now: () => instant(clock.now()), sleep: async (duration: number) => clock.advance(duration) });

beforeEach(async () => {
  clock = createDrivenClock(Date.UTC(2026, 0, 5, 1));
  world = createWorld(clock, 7);
  account = addAccount(world, { regions: ["ap-guangzhou"] });
  simulator = await startSimulator({ world, rateLimits: false, tls: false });
  folder = await mkdtemp(join(tmpdir(), "eip-guard-recover-"));
  await writeFile(join(folder, "eip-guard.yaml"), await simulator.configure(folder, "mode: audit\nstate: { dir: ./state }\n"));
  eip = allocate(world, region());
  destroy(world, eip, "api");
});

afterEach(async () => {
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

function region() {
  const found = account.regions.get("ap-guangzhou");
  if (found === undefined) throw new Error("no region");
  return found;
}

const openStore = () => openFolderStoreForWriting(join(folder, "state"), guardClock());

async function receipt(): Promise<void> {
  const store = await openStore();
  const intent: IntentFacts = {
    account: "default",
    region: "ap-guangzhou",
    ip: eip.ip,
    via: "address",
    claim: null,
    pod: "games/web-0@cls-1",
    verdict: "leaked",
    reason: "orphan",
    detail: "nothing names it",
    rule: "leaked",
    tags: null,
    type: "EIP",
    chargeType: "TRAFFIC_POSTPAID_BY_HOUR",
    bandwidthMbps: 20,
    isp: "BGP",
    bandwidthPackage: null,
    perHour: 0.2,
    currency: "CNY",
    recycledAnywayAt: null,
  };
  const at = instant(clock.now());
  await store.append([{ kind: "receipt", at, run: "run-1", eip: eip.id, facts: { ...intent, recovery: "" } }]);
}

async function say(...argv: readonly string[]) {
  const text: string[] = [];
  const write = (line: string) => text.push(line);
  const env = { ...simulator.environment, EIP_GUARD_USER: "lin" };
  const code = await runCli(argv, { stdout: { write }, stderr: { write }, env, cwd: folder, clock: guardClock() });
  return { code, text: text.join("") };
}

/** The command in a process of its own, which kills itself at its n-th step (test/crash/child.ts); 0 only counts them. */
async function dieAt(step: number): Promise<{ readonly signal: NodeJS.Signals | null; readonly steps: string }> {
  const child = spawn(
    process.execPath,
    [
      "--import",
      import.meta.resolve("tsx"),
      fileURLToPath(new URL("../crash/child.ts", import.meta.url)),
      "recover",
      eip.id,
      "--yes",
    ],
    {
      cwd: folder,
      env: {
        ...process.env,
        ...simulator.environment,
        EIP_GUARD_USER: "lin",
        CRASH_AT: `${step}`,
        CRASH_CLOCK: `${clock.now()}`,
      },
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    },
  );
  let steps = "";
  child.stdio[3]?.on("data", (bytes: Buffer) => {
    steps += bytes.toString("utf8");
  });
  return new Promise((resolve) => child.on("close", (_, signal) => resolve({ signal, steps })));
}

const kinds = async () => (await all((await openStore()).readTrail())).map(({ kind }) => kind);

/** Kills at steps of a recovery; the next command settles it. */
describe("recover, killed", () => {
  it("has steps before its intent, between it and what came of it, and after", async () => {
    await receipt();
    const { signal, steps } = await dieAt(0);
    expect(signal).toBeNull();
    expect(steps).toMatch(/ask POST .*answered POST /s);
    expect(await kinds()).toEqual(["receipt", "recovering", "recovered"]);
  });

  it.each([8, 10, 12, 14, 16])("at step %i loses nothing, and counts its try once", async (step) => {
    await receipt();
    const { signal } = await dieAt(step);
    const before = (await kinds()).filter((kind) => kind !== "gap");
    const { code, text } = await say("recover", eip.id, "--yes");
    const settled = before.includes("recovered");
    expect([code, text]).toEqual([settled ? 2 : 0, expect.stringContaining(settled ? "came back already" : "is back as")]);
    expect([...region().addresses.values()].map(({ ip }) => ip)).toEqual([eip.ip]);
    expect((await kinds()).filter((kind) => kind !== "gap")).toEqual(["receipt", "recovering", "recovered"]);
    if (signal === null) expect(settled).toBe(true);
  });
});
