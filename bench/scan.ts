import { type ChildProcess, fork, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

/** A whole scan by the built command line, against the simulator in a process of its own, at 50 ms a call. */
const SIZES = [
  { eips: 2_000, pods: 2_000, runs: 3 },
  { eips: 20_000, pods: 20_000, runs: 3 },
] as const;
const LATENCY_MS = 50;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

interface World {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface Counts {
  readonly calls: Readonly<Record<string, number>>;
  readonly podLists: number;
  readonly otherLists: number;
  readonly connections: number;
}

export async function run(): Promise<void> {
  if (!existsSync(here("../dist/cli.js"))) throw new Error("run npm run build first");
  console.log(`scan at ${LATENCY_MS} ms a call, ${cpus().length} cores, Node ${process.version}; medians`);
  for (const { eips, pods, runs } of SIZES) {
    const child = fork(here("./world.ts"), [String(eips), String(pods), String(LATENCY_MS)], { execArgv: ["--import", "tsx"] });
    const world = (await answerOf(child)) as World;
    const measured: { seconds: number; mib: number }[] = [];
    for (let number = 0; number < runs; number += 1) measured.push(await scanOnce(world));
    child.send("counts");
    const counts = (await answerOf(child)) as Counts;
    child.send("end");
    report(eips, pods, runs, measured, counts);
  }
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", () => reject(new Error("the simulator ended")));
  });
}

async function scanOnce({ folder, environment }: World): Promise<{ readonly seconds: number; readonly mib: number }> {
  const start = process.hrtime.bigint();
  const args = ["--import", here("./peak.mjs"), here("../dist/cli.js"), "scan", "--format", "json", "--out", "result.json"];
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...environment, PATH: process.env.PATH ?? "" } });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (code !== 0) throw new Error(`the scan ended with ${code}: ${stderr}`);
  const kib = Number(/peak-rss-kib (\d+)/.exec(stderr)?.[1]);
  const result: unknown = JSON.parse(await readFile(`${folder}/result.json`, "utf8"));
  if (typeof result !== "object" || result === null || !("complete" in result) || result.complete !== true) {
    throw new Error("the scan was not complete");
  }
  return { seconds, mib: kib / 1024 };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function report(
  eips: number,
  pods: number,
  runs: number,
  measured: readonly { readonly seconds: number; readonly mib: number }[],
  { calls, podLists, otherLists, connections }: Counts,
): void {
  const others = Object.entries(calls).filter(([action]) => action !== "DescribeAddresses");
  console.log(
    [
      `${eips} EIPs, ${pods} Pods: ${median(measured.map(({ seconds }) => seconds)).toFixed(2)} s`,
      `peak RSS ${median(measured.map(({ mib }) => mib)).toFixed(0)} MiB`,
      `DescribeAddresses ${(calls.DescribeAddresses ?? 0) / runs} calls, Pod lists ${podLists / runs}`,
      `other cloud calls ${others.reduce((sum, [, count]) => sum + count, 0) / runs}, other API server calls ${otherLists / runs}`,
      `TLS connections ${connections / runs}`,
    ].join("; "),
  );
}
