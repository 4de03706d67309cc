import { spawn } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { createDrivenClock, type SimulatedClock } from "../../sim/world/clock.ts";
import { eipOfPod } from "../../sim/world/ipamd.ts";
import { createWorkload, deleteWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { addAccount, CLAIM_GROUP, type Cluster, createWorld, type Eip, eipsOf, type World } from "../../sim/world/world.ts";
import { runCli } from "../../src/cli/program.ts";
import { instant } from "../../src/core/terms/time.ts";

/** The moment before a run that has something of everything to do, as often as it is asked for. */
export interface Scene {
  readonly world: World;
  readonly clock: SimulatedClock;
  readonly simulator: Simulator;
  readonly folder: string;
  /** Runs the program in a process of its own. @param crashAt the step to die at; 0 counts them; -1 lives */
  readonly run: (argv: readonly string[], crashAt: number) => Promise<Ended>;
  /** Runs a command that changes nothing, in this process. */
  readonly look: (...argv: readonly string[]) => Promise<Pick<Ended, "code" | "out" | "err">>;
  readonly eips: Cast;
  readonly close: () => Promise<void>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
  readonly steps: readonly string[];
}

/** The EIPs of the scene, by what the run has to do with them. */
export interface Cast {
  /** Due to be released, through its claim. */
  readonly claimed: Eip;
  /** Due to be released by its address. */
  readonly unclaimed: Eip;
  /** Leaked lately: to be flagged, and its notice to be given. */
  readonly fresh: Eip;
  /** Was warned of, and is in use again: people are to be told. */
  readonly back: Eip;
  /** Like the first two, but a person keeps it. */
  readonly kept: Eip;
}

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5, 1);
const OLD = { kind: "StatefulSet", namespace: "old", replicas: 1, annotations: NEVER } as const;

const CONFIGURATION = `
mode: enforce
state: { dir: ./state }
policy:
  grace: 1h
  maxGap: 8h
  rules: [{ name: leaked, match: { verdict: leaked }, flagAfter: 0s, releaseAfter: 24h }]
release: { notice: 12h, maxPerRun: 10, maxPercent: 100, mark: { tag: "eip-guard:flagged" } }
`;

const LEAVING = ["claimed", "unclaimed", "back", "kept"] as const;
const NAMES = [...LEAVING, "fresh"] as const;

/** What the guard left behind when the scene begins. */
interface Past {
  /** A copy of its state folder. */
  readonly dir: string;
  readonly tags: ReadonlyMap<string, Record<string, string> | null>;
}

/** Bundles the child, and lets the guard live in this process up to the moment; what it wrote is the past of every scene. */
export async function prepareScenes(): Promise<{ readonly open: () => Promise<Scene>; readonly close: () => Promise<void> }> {
  const shelf = await mkdtemp(join(tmpdir(), "eip-guard-crash-"));
  // Beside the packages, which it finds from there.
  const bundle = join(import.meta.dirname, "../../node_modules/.cache/eip-guard/crash-child.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "child.ts")],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
  });
  const first = await openScene(bundle, null);
  await cp(join(first.folder, "state"), shelf, { recursive: true });
  const past: Past = { dir: shelf, tags: new Map(eipsOf(first.world).map(({ id, tags }) => [id, tags])) };
  await first.close();
  return { open: () => openScene(bundle, past), close: () => rm(shelf, { recursive: true, force: true }) };
}

/** @param past null: let the guard live it */
async function openScene(bundle: string, past: Past | null): Promise<Scene> {
  const clock = createDrivenClock(START);
  const world = createWorld(clock, 7);
  const account = addAccount(world, { regions: ["ap-guangzhou"] });
  const [region] = account.regions.values();
  if (region === undefined) throw new Error("the world has no region");
  region.quota = 100;
  const cluster = startCluster(world, region, { id: "cls-game0001" });
  createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 6, annotations: NEVER });
  for (const name of NAMES) createWorkload(world, cluster, { ...OLD, name });
  const eips = castOf(cluster);
  const simulator = await startSimulator({ world, rateLimits: false, tls: false });
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-crash-scene-"));
  await writeFile(join(folder, "eip-guard.yaml"), await simulator.configure(folder, CONFIGURATION));
  const guard = async (...argv: readonly string[]) => {
    if (past !== null) return;
    const { code, err } = await inProcess(simulator, clock, folder, argv);
    if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}: ${err}`);
  };
  // Whoever slept in between, each hour strikes at the same instant.
  const at = (hours: number) => clock.advance(START + hours * HOUR - clock.now());
  await guard("run");
  at(1);
  for (const name of LEAVING) deleteWorkload(world, cluster, "StatefulSet", "old", name);
  cluster.bugs.ignoresClaimDeletion = true;
  cluster.store.remove("EIPClaim", CLAIM_GROUP, "old", "unclaimed-0");
  cluster.bugs.ignoresClaimDeletion = false;
  for (let hours = 2; hours <= 26; hours += 6) {
    at(hours);
    if (hours === 20) await guard("keep", eips.kept.id, "--why", "a partner needs it");
    // Seen idle once before the scene: its flag and its notice are for the run that is killed.
    if (hours === 26) deleteWorkload(world, cluster, "StatefulSet", "old", "fresh");
    await guard("run");
  }
  at(31);
  createWorkload(world, cluster, { ...OLD, name: "back" });
  if (past !== null) {
    await cp(past.dir, join(folder, "state"), { recursive: true });
    for (const [id, tags] of past.tags) Object.assign(region.addresses.get(id) ?? {}, { tags });
  }
  at(33.5);
  const timekeeper = await startTimekeeper(clock);
  return {
    world,
    clock,
    simulator,
    folder,
    eips,
    look: (...argv) => inProcess(simulator, clock, folder, argv),
    run: (argv, crashAt) => inChild(bundle, { simulator, clock, folder, timekeeper: timekeeper.url }, argv, crashAt),
    async close() {
      await timekeeper.close();
      await simulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function castOf(cluster: Cluster): Cast {
  const eip = (name: string): Eip => {
    const pod = cluster.store.get("Pod", "", "old", `${name}-0`);
    const found = pod === undefined ? undefined : eipOfPod(cluster, pod);
    if (found === undefined) throw new Error(`Pod ${name}-0 has no EIP`);
    return found;
  };
  return {
    claimed: eip("claimed"),
    unclaimed: eip("unclaimed"),
    fresh: eip("fresh"),
    back: eip("back"),
    kept: eip("kept"),
  };
}

function environmentOf(simulator: Simulator): Readonly<Record<string, string>> {
  return { ...simulator.environment, EIP_GUARD_SHORT_DELAYS: "yes", EIP_GUARD_ALLOW_RELEASE: "yes" };
}

async function inProcess(
  simulator: Simulator,
  clock: SimulatedClock,
  cwd: string,
  argv: readonly string[],
): Promise<Pick<Ended, "code" | "out" | "err">> {
  const printed: string[] = [];
  const complaints: string[] = [];
  const code = await runCli([...argv, "--quiet"], {
    stdout: { write: (text) => printed.push(text) },
    stderr: { write: (text) => complaints.push(text) },
    env: environmentOf(simulator),
    cwd,
    clock: { now: () => instant(clock.now()), sleep: async (duration) => clock.advance(duration) },
  });
  return { code, out: printed.join(""), err: complaints.join("") };
}

/** Advances the world by as much as a child sleeps. */
async function startTimekeeper(clock: SimulatedClock): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    clock.advance(Number(request.url?.slice(1)));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Place {
  readonly simulator: Simulator;
  readonly clock: SimulatedClock;
  readonly folder: string;
  readonly timekeeper: string;
}

function inChild(bundle: string, place: Place, argv: readonly string[], crashAt: number): Promise<Ended> {
  const child = spawn(process.execPath, [bundle, ...argv], {
    cwd: place.folder,
    env: {
      PATH: process.env.PATH,
      ...environmentOf(place.simulator),
      CRASH_AT: String(crashAt),
      CRASH_CLOCK: String(place.clock.now()),
      CRASH_PARENT: place.timekeeper,
    },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const texts = { out: "", err: "", steps: "" };
  const [, out, err, steps] = child.stdio;
  out?.on("data", (chunk: Buffer) => {
    texts.out += chunk.toString();
  });
  err?.on("data", (chunk: Buffer) => {
    texts.err += chunk.toString();
  });
  steps?.on("data", (chunk: Buffer) => {
    texts.steps += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const { out: printed, err: complained } = texts;
      resolve({ code, signal, out: printed, err: complained, steps: texts.steps === "" ? [] : JSON.parse(texts.steps) });
    });
  });
}
