import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "./terminal.ts";

/** The process and what it is connected to: pipes that nobody reads, full disks, folders that are gone, files that can't be written. */

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const TSX = import.meta.resolve("tsx");

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eip-guard-streams-"));
  // Nobody listens on port 9 of loopback: no test reaches a cloud.
  await writeFile(join(cwd, "eip-guard.yaml"), "tencent: { regions: [ap-guangzhou], endpoint: 'http://127.0.0.1:9' }\n");
});
afterEach(async () => {
  await rm(cwd, { recursive: true, force: true });
});

function start(argv: readonly string[], stdout: "pipe" | number = "pipe", stderr: "pipe" | number = "pipe") {
  const child = spawn(process.execPath, ["--import", TSX, MAIN, ...argv], {
    cwd,
    env: { PATH: process.env.PATH, TMPDIR: cwd },
    stdio: ["ignore", stdout, stderr],
  });
  return { child, ended: once(child, "exit") };
}

const FULL = "/dev/full";

describe("a stream that fails", () => {
  it("never hides the exit code when it is stderr", async () => {
    const { child, ended } = start(["scan"]);
    child.stderr?.destroy();
    // There are no credentials: a configuration error, and nobody who hears of it.
    expect(await ended).toEqual([2, null]);
  });

  it("leaves the exit code as it is when the reader of stdout has read enough", async () => {
    const { child, ended } = start(["schema", "--format", "markdown"]);
    child.stdout?.destroy();
    expect(await ended).toEqual([0, null]);
  });

  it.skipIf(!existsSync(FULL))("is an error in one line when the disk below stdout is full", async () => {
    const { child, ended } = start(["schema"], openSync(FULL, "w"));
    const told = child.stderr === null ? "" : await text(child.stderr);
    expect(await ended).toEqual([1, null]);
    expect(told).toMatch(/^error: can't write to stdout: ENOSPC.*\nFix: .*\n$/);
  });
});

describe("demo", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("ends with 130 on %s, and leaves no folder behind", async (signal) => {
    const { child, ended } = start(["demo"]);
    child.stdout?.once("data", () => child.kill(signal));
    const told = child.stderr === null ? "" : await text(child.stderr);
    expect(await ended).toEqual([130, null]);
    expect(told).toBe("interrupted\n");
    expect((await readdir(cwd)).filter((name) => name.startsWith("eip-guard-demo"))).toEqual([]);
  });

  it("ends when nobody reads it any more", async () => {
    let told = "";
    const stdout = {
      write(text: string) {
        told += text;
      },
      isGone: () => told.includes("four weeks"),
    };
    expect((await runProgram(["demo"], { cwd, stdout })).code).toBe(0);
    expect(told).not.toContain("What is left");
  });
});
