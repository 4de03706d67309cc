import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

function script(file: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", join(root, file), ...args], {
    cwd: root,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

describe("the project's own scripts say what they take", () => {
  test.each(["test/lives/main.ts", "test/crash/main.ts", "tools/release.ts", "bench/main.ts"])("%s --help", (file) => {
    const { status, stdout } = script(file, "--help");
    expect(stdout).toMatch(/^usage: npm run /);
    expect(status).toBe(0);
  });

  test.each([
    ["test/lives/main.ts", ["--seeds", "x"], '--seeds must be a whole number from 1 on, not "x"'],
    ["test/lives/main.ts", ["--seed", "0"], '--seed must be a whole number from 1 on, not "0"'],
    ["test/crash/main.ts", ["--every", "-1"], "--every"],
    ["test/crash/main.ts", ["--evry", "1"], "Unknown option '--evry'"],
    ["tools/release.ts", ["0.2.0", "--dry"], "Unknown option '--dry'"],
    ["bench/main.ts", ["quik"], '"quik"'],
  ])("%s refuses %j", (file, args, problem) => {
    const { status, stdout, stderr } = script(file, ...args);
    expect(stderr).toContain(problem);
    expect(stderr).toContain("usage: npm run ");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });
});
