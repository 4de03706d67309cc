import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const TSX = import.meta.resolve("tsx");

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eip-guard-main-"));
  // Nobody listens on port 9 of loopback: no test reaches a cloud.
  await writeFile(join(cwd, "eip-guard.yaml"), "tencent: { regions: [ap-guangzhou], endpoint: 'http://127.0.0.1:9' }\n");
});
afterEach(async () => {
  await rm(cwd, { recursive: true });
});

function start(...argv: readonly string[]) {
  const child = spawn(process.execPath, ["--import", TSX, MAIN, ...argv], { cwd, env: { PATH: process.env.PATH } });
  return { child, ended: once(child, "exit") };
}

describe("the process", () => {
  it.each([
    ["SIGTERM", 0],
    ["SIGINT", 130],
  ] as const)("of serve ends on %s with %d", async (signal, code) => {
    const { child, ended } = start("serve", "--host", "127.0.0.1", "--port", "0");
    for await (const line of createInterface({ input: child.stderr })) {
      if (line.includes('"serving"')) child.kill(signal);
    }
    expect(await ended).toEqual([code, null]);
  });

  it("ends with the program's exit code", async () => {
    const { ended } = start("scna");
    expect(await ended).toEqual([2, null]);
  });

  it("takes no offence at a reader that has read enough", async () => {
    const { child, ended } = start("schema");
    child.stdout.destroy();
    expect(await ended).toEqual([0, null]);
  });
});
