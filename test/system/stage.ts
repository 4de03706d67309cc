import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ageDemoFleet, type DemoFleet, demoFleet } from "../../sim/fleets.ts";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { createDrivenClock, type SimulatedClock } from "../../sim/world/clock.ts";
import { createWorld, type World } from "../../sim/world/world.ts";
import { ASSEMBLY, type Assembly } from "../../src/cli/assembly.ts";
import { runCli } from "../../src/cli/program.ts";
import type { ScanResult } from "../../src/core/terms/result.ts";
import { instant } from "../../src/core/terms/time.ts";
import type { Clock, StoreWriter } from "../../src/ports.ts";

/** The whole program in this process, against the simulator, on the simulated clock. */
export interface Stage {
  readonly world: World;
  readonly clock: SimulatedClock;
  readonly simulator: Simulator;
  readonly folder: string;
  /** Runs a command; answers its exit code and what it printed. */
  readonly run: (argv: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Printed>;
  readonly json: (argv: readonly string[], env?: Readonly<Record<string, string>>) => Promise<ScanResult>;
  /** Replaces the configuration: what follows the simulator's own part. */
  readonly configure: (more: string) => Promise<void>;
  /** Every file in the folder with its content. */
  readonly files: () => Promise<Readonly<Record<string, string>>>;
  /** Happens once, while the guard waits for something the next time. */
  readonly whileItWaits: (happens: () => Promise<unknown>) => void;
  /** Happens once, when the guard has written its next intent into the trail, before it goes on. */
  readonly afterTheIntent: (happens: () => Promise<unknown>) => void;
  readonly close: () => Promise<void>;
}

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** @param tls whether API servers speak TLS: three times as slow, and the subject of a few tests only */
export async function openStage(prepare: (world: World) => void, more = "state: { dir: ./state }", tls = false): Promise<Stage> {
  const clock = createDrivenClock(Date.UTC(2026, 0, 5, 1));
  const world = createWorld(clock, 7);
  prepare(world);
  const simulator = await startSimulator({ world, rateLimits: false, tls });
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-system-"));
  let waiting: (() => Promise<unknown>) | null = null;
  const guardClock: Clock = {
    now: () => instant(clock.now()),
    async sleep(duration) {
      const happens = waiting;
      waiting = null;
      await happens?.();
      clock.advance(duration);
    },
  };
  const configure = async (text: string) => writeFile(join(folder, "eip-guard.yaml"), await simulator.configure(folder, text));
  await configure(more);
  let intended: (() => Promise<unknown>) | null = null;
  const assembly: Assembly = {
    ...ASSEMBLY,
    async run(...given) {
      const powers = await ASSEMBLY.run(...given);
      const { store } = powers.ports;
      const append: StoreWriter["append"] = store.append;
      const slowly: StoreWriter["append"] = async (events) => {
        const all = [...events];
        const head = await append(all);
        const happens = all.some(({ kind }) => kind === "intent") ? intended : null;
        if (happens === null) return head;
        intended = null;
        await happens();
        return head;
      };
      Object.assign(store, { append: slowly });
      return powers;
    },
  };
  const run = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Printed> => {
    let out = "";
    let err = "";
    const code = await runCli(argv, {
      stdout: {
        write: (text) => {
          out += text;
        },
      },
      stderr: {
        write: (text) => {
          err += text;
        },
      },
      env: { ...simulator.environment, ...env },
      cwd: folder,
      clock: guardClock,
      assembly,
    });
    return { code, out, err };
  };
  return {
    world,
    clock,
    simulator,
    folder,
    configure,
    run,
    async json(argv, env) {
      const { out, err } = await run([...argv, "--format", "json"], env);
      try {
        return JSON.parse(out);
      } catch {
        throw new Error(`no JSON: ${out}${err}`);
      }
    },
    files: () => readAll(folder),
    whileItWaits(happens) {
      waiting = happens;
    },
    afterTheIntent(happens) {
      intended = happens;
    },
    async close() {
      await simulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The demo's fleet after its first days: every verdict but `transient` is in it. */
export async function openDemoStage(more?: string, tls?: boolean): Promise<Stage & { readonly fleet: DemoFleet }> {
  let fleet: DemoFleet | undefined;
  const stage = await openStage(
    (world) => {
      fleet = demoFleet(world);
    },
    more,
    tls,
  );
  if (fleet === undefined) throw new Error("the fleet was not made");
  await stage.run(["run"]);
  stage.clock.advance(HOUR);
  ageDemoFleet(stage.world, fleet);
  await stage.simulator.kubernetes.get(fleet.closed.id)?.close();
  stage.clock.advance(HOUR);
  return { ...stage, fleet };
}

async function readAll(folder: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found[path.slice(folder.length)] = await readFile(path, "utf8");
  }
  return found;
}
