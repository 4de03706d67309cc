import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";

/** How the function starts: size as a zip, time until its whole graph is loaded, memory then; median of nine processes. */
const FOLDER = fileURLToPath(new URL("../dist/functions/guard", import.meta.url));
const RUNS = 9;

const SCRIPT = `
const start = process.hrtime.bigint();
require(${JSON.stringify(join(FOLDER, "index.js"))});
import(${JSON.stringify(join(FOLDER, "guard.mjs"))}).then(() => {
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  console.log(JSON.stringify({ ms, mib: process.memoryUsage().rss / 1048576 }));
});`;

export async function run(): Promise<void> {
  if (!existsSync(FOLDER)) throw new Error("run npm run build first");
  const bytes = readdirSync(FOLDER).reduce(
    (sum, file) => sum + deflateRawSync(readFileSync(join(FOLDER, file)), { level: 9 }).length,
    0,
  );
  const measured: { readonly ms: number; readonly mib: number }[] = [];
  for (let number = 0; number < RUNS; number += 1)
    measured.push(JSON.parse(execFileSync(process.execPath, ["-e", SCRIPT], { encoding: "utf8" })));
  const median = (values: readonly number[]) => [...values].sort((one, other) => one - other)[Math.floor(RUNS / 2)] ?? Number.NaN;
  console.log(`the function's bundle, Node ${process.version}, median of ${RUNS}`);
  console.log(
    `zipped ${(bytes / 1e6).toFixed(2)} MB; loaded in ${median(measured.map(({ ms }) => ms)).toFixed(0)} ms; RSS ${median(measured.map(({ mib }) => mib)).toFixed(0)} MiB`,
  );
}
