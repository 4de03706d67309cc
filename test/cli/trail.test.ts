import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ASSEMBLY, type Assembly } from "../../src/cli/assembly.ts";
import { emptyLedger } from "../../src/core/ledger.ts";
import { instant } from "../../src/core/time.ts";
import type { TrailRecord } from "../../src/core/trail.ts";
import { runProgram } from "./terminal.ts";

function recordOf(sequence: number): TrailRecord {
  return {
    sequence,
    kind: "first-seen",
    at: instant(0),
    run: "r",
    eip: "eip-1",
    facts: { ip: "203.0.113.7" },
    previous: "0",
    hash: "1",
  };
}

function assemblyOf(records: readonly TrailRecord[]): Assembly {
  const store = {
    readLedger: async () => emptyLedger(),
    readTrail: async function* () {
      yield* records;
    },
    stopRequested: async () => false,
    describe: () => "nowhere",
  };
  return { ...ASSEMBLY, storeReader: async () => store };
}

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eip-guard-trail-"));
  await writeFile(join(cwd, "eip-guard.yaml"), "tencent: { regions: [ap-guangzhou] }\n");
});
afterEach(async () => {
  await rm(cwd, { recursive: true });
});

describe("trail export prints the records as one JSON list", () => {
  it.each([0, 1, 3])("of %d records", async (count) => {
    const records = Array.from({ length: count }, (_, at) => recordOf(at + 1));
    const { code, stdout } = await runProgram(["trail", "export"], { cwd, assembly: assemblyOf(records) });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(records);
  });

  it("into the file of --out", async () => {
    const result = await runProgram(["trail", "export", "--out", "t.json"], { cwd, assembly: assemblyOf([recordOf(1)]) });
    expect(result).toEqual({ code: 0, stdout: "", stderr: "written to t.json\n" });
    expect(JSON.parse(await readFile(join(cwd, "t.json"), "utf8"))).toEqual([recordOf(1)]);
  });

  it("to a reader that is slow, piece by piece", async () => {
    const written: string[] = [];
    let drains = 0;
    const drained = async () => {
      drains += 1;
    };
    const stdout = { write: (text: string) => written.push(text) < 0, drained };
    const { code } = await runProgram(["trail", "export"], { cwd, stdout, assembly: assemblyOf([recordOf(1), recordOf(2)]) });
    expect([code, drains]).toEqual([0, 3]);
    expect(JSON.parse(written.join(""))).toHaveLength(2);
  });
});
