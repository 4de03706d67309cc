import { type ChildProcess, fork, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { WorldShape } from "./world.ts";

/** Whole commands of the built program, each in a process of its own, against the simulator in another. */

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export interface FleetCase extends WorldShape {
  readonly name: string;
  /** How often each command is measured; medians are shown. */
  readonly times: number;
}

/** One command of one case, by medians. */
export interface Measured {
  readonly name: string;
  readonly command: "scan" | "first run" | "run";
  readonly seconds: number;
  /** What the cloud's limits allow at best: pages of a hundred at twenty a second and region, and one answer. */
  readonly floor: number;
  readonly cpuSeconds: number;
  /** The operating system's peak of resident memory. */
  readonly peakMiB: number;
  readonly addressCalls: number;
  readonly otherCalls: number;
  readonly apiServerCalls: number;
  readonly throttled: number;
}

interface World {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface Counts {
  readonly calls: Readonly<Record<string, number>>;
  readonly podLists: number;
  readonly otherLists: number;
  readonly throttled: number;
}

const PAGE = 100;
const PER_SECOND = 20;

export function floorOf({ eips, latency }: Pick<WorldShape, "eips" | "latency">): number {
  return Math.ceil(eips / PAGE) / PER_SECOND + latency / 1_000;
}

/** @param memory the hard limit in MiB of private memory (`ulimit -d`); null: none */
export async function measureFleet(fleet: FleetCase, cli: string, memory: number | null): Promise<readonly Measured[]> {
  if (!existsSync(cli)) throw new Error("run npm run build first");
  const child = fork(here("./world.ts"), [JSON.stringify(fleet)], { execArgv: ["--import", "tsx"] });
  const world = (await answerOf(child)) as World;
  try {
    const found: Measured[] = [];
    for (const command of ["scan", "first run", "run"] as const) {
      const times = command === "first run" ? 1 : fleet.times;
      const rounds: Measured[] = [];
      for (let time = 0; time < times; time += 1) {
        const { seconds, cpuSeconds, peakMiB } = await commandOnce(world, cli, command === "scan" ? "scan" : "run", memory);
        child.send("counts");
        const { calls, podLists, otherLists, throttled } = (await answerOf(child)) as Counts;
        const all = Object.values(calls).reduce((sum, count) => sum + count, 0);
        const addressCalls = calls.DescribeAddresses ?? 0;
        rounds.push({
          name: fleet.name,
          command,
          seconds,
          floor: floorOf(fleet),
          cpuSeconds,
          peakMiB,
          addressCalls,
          otherCalls: all - addressCalls,
          apiServerCalls: podLists + otherLists,
          throttled,
        });
      }
      found.push(medianOf(rounds));
    }
    return found;
  } finally {
    child.send("end");
    await rm(world.folder, { recursive: true });
  }
}

function medianOf(rounds: readonly Measured[]): Measured {
  const [first] = rounds;
  if (first === undefined) throw new Error("nothing was measured");
  const of = (value: (round: Measured) => number) => median(rounds.map(value));
  return {
    ...first,
    seconds: of(({ seconds }) => seconds),
    cpuSeconds: of(({ cpuSeconds }) => cpuSeconds),
    peakMiB: of(({ peakMiB }) => peakMiB),
    throttled: Math.max(...rounds.map(({ throttled }) => throttled)),
  };
}

export function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

export function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", () => reject(new Error("the simulator ended")));
  });
}

interface Process {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

async function commandOnce(
  { folder, environment }: World,
  cli: string,
  command: string,
  memory: number | null,
): Promise<Process> {
  const args = ["--import", here("./peak.mjs"), cli, command, "--format", "json", "--out", "result.json"];
  const limited = memory === null ? 'exec "$@"' : `ulimit -s 2048; ulimit -d ${memory * 1024}; exec "$@"`;
  const start = process.hrtime.bigint();
  const child = spawn("/bin/sh", ["-c", limited, "sh", process.execPath, ...args], {
    cwd: folder,
    env: { ...environment, PATH: process.env.PATH ?? "" },
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const [, usage] = /^used (.*)$/m.exec(stderr) ?? [];
  if (code !== 0 || usage === undefined) throw new Error(`${command} ended with ${code}: ${stderr}`);
  const { kib, microseconds } = JSON.parse(usage);
  const result: unknown = JSON.parse(await readFile(`${folder}/result.json`, "utf8"));
  if (typeof result !== "object" || result === null || !("complete" in result) || result.complete !== true) {
    throw new Error(`${command} was not complete`);
  }
  return { seconds, cpuSeconds: microseconds / 1e6, peakMiB: kib / 1024 };
}
