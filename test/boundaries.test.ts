import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** The rooms of the house and what may cross their walls (docs/architecture.md), by the very linter and rules that fail the build. */

const root = join(import.meta.dirname, "..");

/** A line of code in a file, and whether the build takes it. */
const CASES: readonly (readonly [file: string, code: string, allowed: boolean])[] = [
  ["src/core/link/link.ts", 'export { readFile } from "node:fs/promises";', false],
  ["src/core/link/link.ts", 'export { z } from "zod";', false],
  ["src/core/link/link.ts", 'export type { Clock } from "../../ports.ts";', false],
  ["src/core/link/link.ts", 'export { list } from "../../kubernetes/list.ts";', false],
  ["src/core/link/link.ts", 'export { known } from "../terms/known.ts";', true],
  ["src/core/judge/judge.ts", 'export { RULES } from "./rules/index.ts";', true],
  // Within the core an import goes from the doors down to the terms, never up.
  ["src/core/assess.ts", 'export { plan } from "./plan/plan.ts";', true],
  ["src/core/terms/known.ts", 'export { link } from "../link/link.ts";', false],
  ["src/core/terms/known.ts", 'export { assess } from "../assess.ts";', false],
  ["src/core/link/link.ts", 'export { judge } from "../judge/judge.ts";', false],
  ["src/core/link/link.ts", 'export { costOf } from "../cost/cost.ts";', false],
  ["src/core/cost/cost.ts", 'export { link } from "../link/link.ts";', false],
  ["src/core/judge/judge.ts", 'export { plan } from "../plan/plan.ts";', false],
  ["src/core/judge/rules/bound.ts", 'export { plan } from "../../plan/plan.ts";', false],
  ["src/core/plan/plan.ts", 'export { gapsOf } from "../audit/gaps.ts";', false],
  ["src/core/plan/plan.ts", 'export { remember } from "../remember.ts";', false],
  ["src/core/audit/gaps.ts", 'export { plan } from "../plan/plan.ts";', true],
  ["src/core/audit/gaps.ts", 'export { present } from "../present.ts";', false],
  ["src/core/link/link.ts", "export const pid = process.pid;", false],
  ["src/core/link/link.ts", "export const now = Date.now();", false],
  ["src/core/link/link.ts", "export const now = new Date();", false],
  ["src/core/link/link.ts", "export const epoch = new Date(0).toISOString();", true],
  ["src/core/link/link.ts", "export const chance = Math.random();", false],
  ["src/core/link/link.ts", 'console.log("here");', false],
  ["src/core/judge/rules/bound.ts", 'export { known } from "../../terms/known.ts";', true],
  ["src/core/judge/rules/bound.ts", 'export type { Clock } from "../../../ports.ts";', false],
  ["src/core/judge/rules/bound.ts", "export const now = Date.now();", false],
  ["src/core/judge/rules/bound.ts", "export const pid = process.pid;", false],
  ["src/ports.ts", 'export { known } from "./core/terms/known.ts";', true],
  ["src/ports.ts", 'export { list } from "./kubernetes/list.ts";', false],
  ["src/language/figures.ts", 'export { iso } from "../core/terms/time.ts";', true],
  ["src/language/figures.ts", 'export { escapeHtml } from "../report/escape.ts";', false],
  ["src/tencent/reader.ts", 'export type { Clock } from "../ports.ts";', true],
  ["src/tencent/reader.ts", 'export { list } from "../kubernetes/list.ts";', false],
  ["src/kubernetes/list.ts", 'export { runOnce } from "../cycle/run.ts";', false],
  ["src/store/folder.ts", 'export { EXIT } from "../cli/exit-codes.ts";', false],
  ["src/report/json.ts", 'export { createNotifier } from "../slack/notifier.ts";', false],
  ["src/cycle/run.ts", 'export { present } from "../core/present.ts";', true],
  ["src/cycle/run.ts", 'export { render } from "../slack/messages.ts";', false],
  ["src/cycle/run.ts", 'export { EXIT } from "../cli/exit-codes.ts";', false],
  ["src/cycle/run.ts", 'export { openStore } from "../store/index.ts";', false],
  ["src/cycle/run.ts", 'export { hostOf } from "../tencent/transport.ts";', false],
  ["src/cycle/run.ts", 'export { list } from "../kubernetes/list.ts";', false],
  ["src/cycle/run.ts", 'export { json } from "../report/json.ts";', false],
  ["src/cycle/recall.ts", 'export { headOf } from "../trail/chain.ts";', true],
  ["src/store/folder.ts", 'export { headOf } from "../trail/chain.ts";', true],
  ["src/trail/chain.ts", 'export { z } from "zod";', true],
  ["src/trail/chain.ts", 'export { openStore } from "../store/index.ts";', false],
  ["src/trail/chain.ts", 'export { readFile } from "node:fs/promises";', false],
  ["src/cycle/run.ts", 'export { startSimulator } from "../../sim/index.ts";', false],
  ["src/cli/commands/scan.ts", 'export { startSimulator } from "../../../sim/index.ts";', false],
  ["src/cli/commands/demo.ts", 'export { startSimulator } from "../../../sim/index.ts";', true],
  ["functions/guard.ts", 'export { startSimulator } from "../sim/index.ts";', false],
  ["sim/index.ts", 'export { known } from "../src/core/terms/known.ts";', false],
  ["sim/world/world.ts", 'export { known } from "../../src/core/terms/known.ts";', false],
  ["src/cycle/run.ts", "export default 1;", false],
  ["src/cycle/run.ts", "export const first = (list: string[]) => list[0]!;", false],
  ["src/cycle/run.ts", "export const thing: any = 1;", false],
];

let folder: string;
let complaints: ReadonlyMap<string, readonly string[]>;

/** The rules that files of the folder break, as errors. */
function complaintsIn(files: readonly string[]): readonly string[] {
  const biome = join(root, "node_modules/.bin/biome");
  const { stdout } = spawnSync(biome, ["lint", "--reporter=json", "--colors=off", ...files], { cwd: folder, encoding: "utf8" });
  const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly { severity: string; category: string }[] };
  return diagnostics.filter(({ severity }) => severity === "error").map(({ category }) => category);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "eip-guard-boundaries-"));
  const { vcs: _, $schema: __, ...rules } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
  writeFileSync(join(folder, "biome.json"), JSON.stringify(rules));
  writeFileSync(join(folder, "pure.grit"), readFileSync(join(root, "pure.grit")));
  // Each case has a house of its own: rules go by the path within it.
  const found = new Map<string, readonly string[]>();
  for (const [file, code] of CASES) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${code}\n`);
    found.set(`${file} ${code}`, complaintsIn([file]));
    rmSync(path);
  }
  complaints = found;
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe("imports that go round in a circle", () => {
  const circle = (line: (to: string) => string): readonly string[] => {
    const files = ["run", "state", "mark"].map((name) => join(folder, `src/cycle/${name}.ts`));
    for (const [index, path] of files.entries()) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${line(["state", "mark", "run"][index] ?? "")}\n`);
    }
    const found = complaintsIn(files.map((path) => path.slice(folder.length + 1)));
    for (const path of files) rmSync(path);
    return found;
  };

  it("fail the build", () => {
    expect(circle((to) => `export * from "./${to}.ts";`)).toContain("lint/suspicious/noImportCycles");
  });

  it("fail the build where only types are imported, too", () => {
    expect(
      circle(
        (to) => `export type { Type } from "./${to}.ts";\nimport type { Type } from "./${to}.ts";\nexport type Other = Type;`,
      ),
    ).toContain("lint/suspicious/noImportCycles");
  });
});

describe("the walls between the rooms", () => {
  it.each(CASES.filter(([, , allowed]) => !allowed))("fail the build: %s: %s", (file, code) => {
    expect(complaints.get(`${file} ${code}`)).not.toEqual([]);
  });

  it.each(CASES.filter(([, , allowed]) => allowed))("have their doors: %s: %s", (file, code) => {
    expect(complaints.get(`${file} ${code}`)).toEqual([]);
  });
});
