import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, vi } from "vitest";
import type { Stage } from "./stage.ts";

/** `eip-guard serve` as people run it: the built program in a process of its own. */

/** Builds into a folder far from node_modules. */
export async function buildAway(): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-serve-"));
  const root = fileURLToPath(new URL("../..", import.meta.url));
  await promisify(execFile)(process.execPath, ["build.mjs", "--outdir", folder], { cwd: root });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

export interface Line {
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Daemon {
  readonly process: ChildProcess;
  readonly url: string;
  readonly lines: readonly Line[];
  readonly ended: Promise<number | null>;
  readonly get: (path: string) => Promise<{ readonly status: number; readonly text: string }>;
}

export async function serveIn(
  { folder, simulator }: Pick<Stage, "folder" | "simulator">,
  away: string,
  more: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Daemon> {
  const child = spawn(process.execPath, [join(away, "cli.js"), "serve", "--port", "0", ...more], {
    cwd: folder,
    env: { ...simulator.environment, PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const lines: Line[] = [];
  let rest = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    const parts = `${rest}${chunk.toString()}`.split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) lines.push(part.startsWith("{") ? JSON.parse(part) : { msg: part });
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const serving = await vi
    .waitUntil(() => lines.find(({ msg }) => msg === "serving"), { timeout: 20_000 })
    .catch(() => {
      throw new Error(`it does not serve: ${lines.map(({ msg }) => msg).join("\n")}`);
    });
  const { address, port } = Object(serving.address);
  expect(address).toBe("127.0.0.1");
  const url = `http://127.0.0.1:${port}`;
  return {
    process: child,
    url,
    lines,
    ended,
    async get(path) {
      const response = await fetch(`${url}${path}`);
      return { status: response.status, text: (await response.text()).trim() };
    },
  };
}
