import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";

/**
 * The buttons' function as a product: its size as a zip; a process that loads it until it can be called, against a process that does nothing;
 * and one that answers its first signed request besides, for which it loads the rest.
 */

const FOLDER = fileURLToPath(new URL("../dist/functions/slack", import.meta.url));
const RUNS = 21;

export function showStart(): void {
  if (!existsSync(FOLDER)) throw new Error("run npm run build first");
  const packed = readdirSync(FOLDER).map((file) => deflateRawSync(readFileSync(join(FOLDER, file)), { level: 9 }).length);
  const dir = mkdtempSync(join(tmpdir(), "eip-guard-bench-start-"));
  try {
    const cases = { bare: "0", loaded: LOAD, answered: firstPress(dir) };
    const env = { PATH: process.env.PATH ?? "", EIP_GUARD_CONFIG: join(dir, "eip-guard.yaml"), SLACK_SIGNING_SECRET: "bench" };
    const times: Record<keyof typeof cases, number[]> = { bare: [], loaded: [], answered: [] };
    for (let number = 0; number < RUNS; number += 1)
      for (const name of ["bare", "loaded", "answered"] as const) times[name].push(spent(cases[name], env));
    const [bare, loaded, answered] = [median(times.bare), median(times.loaded), median(times.answered)];
    const ratio = (one: number) => (one / bare).toFixed(2);
    console.log(`the buttons' function, Node ${process.version}, median of ${RUNS} processes`);
    console.log(`zipped ${Math.round(packed.reduce((sum, bytes) => sum + bytes, 0) / 1_000)} KB`);
    console.log(
      `bare node ${ms(bare)}; loaded ${ms(loaded)} (${ratio(loaded)} ×); first press answered ${ms(answered)} (${ratio(answered)} ×)`,
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const LOAD = `require(${JSON.stringify(join(FOLDER, "index.js"))});`;

/** A press of somebody who may not press, against a folder: what is loaded is the same. */
function firstPress(dir: string): string {
  const text = `tencent: { regions: [ap-guangzhou] }\nalerts: { slack: { channel: "#x", buttons: { users: [U012ABCDEF] } } }\nstate: { dir: ${JSON.stringify(join(dir, "state"))} }\n`;
  writeFileSync(join(dir, "eip-guard.yaml"), text);
  return `
    const crypto = require("node:crypto");
    const at = String(Math.floor(Date.now() / 1000)), body = "payload=" + process.pid;
    const signature = "v0=" + crypto.createHmac("sha256", "bench").update("v0:" + at + ":" + body).digest("hex");
    require(${JSON.stringify(join(FOLDER, "index.js"))})
      .main_handler({ body, headers: { "x-slack-signature": signature, "x-slack-request-timestamp": at } }, {})
      .then(({ statusCode }) => { if (statusCode !== 200) process.exitCode = 1; });`;
}

function spent(code: string, env: NodeJS.ProcessEnv): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["-e", code], { env, encoding: "utf8" });
  if (status !== 0) throw new Error(`the process failed: ${stderr}`);
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}
