import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ASSEMBLY, type Assembly } from "../../src/cli/assembly.ts";
import { emptyLedger, type TrailHead } from "../../src/core/terms/ledger.ts";
import { instant } from "../../src/core/terms/time.ts";
import type { TrailRecord } from "../../src/core/terms/trail.ts";
import { chain, headOf } from "../../src/trail/chain.ts";
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

function assemblyOf(records: readonly TrailRecord[], trailHead: TrailHead | null = null): Assembly {
  const store = {
    readLedger: async () => ({ ...emptyLedger(), trailHead }),
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

/** As another program gets it: with its instant in ISO 8601. */
function told(sequence: number) {
  const { at: _, sequence: number, ...record } = recordOf(sequence);
  return { sequence: number, at: "1970-01-01T00:00:00Z", ...record };
}

describe("trail export", () => {
  it.each([0, 1, 3])("prints %d records as JSON lines, and as one list when asked for JSON", async (count) => {
    const records = Array.from({ length: count }, (_, at) => recordOf(at + 1));
    const expected = records.map(({ sequence }) => told(sequence));
    const lines = await runProgram(["trail", "export"], { cwd, assembly: assemblyOf(records) });
    expect(lines.code).toBe(0);
    expect(lines.stdout).toBe(expected.map((record) => `${JSON.stringify(record)}\n`).join(""));
    const list = await runProgram(["trail", "export", "--format", "json"], { cwd, assembly: assemblyOf(records) });
    expect(JSON.parse(list.stdout)).toEqual(expected);
  });

  it("gives nested facts as what they are, and nothing that acts on a terminal", async () => {
    const record = { ...recordOf(1), kind: "failed", facts: { tags: '{"team":"a"}', why: "\u202Eabc\u001B[2J" } } as const;
    const { stdout } = await runProgram(["trail", "export"], { cwd, assembly: assemblyOf([record]) });
    expect(JSON.parse(stdout).facts).toEqual({ tags: { team: "a" }, why: "\u202Eabc\u001B[2J" });
    expect(stdout.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it("into the file of --out", async () => {
    const result = await runProgram(["trail", "export", "--out", "t.json"], { cwd, assembly: assemblyOf([recordOf(1)]) });
    expect(result).toEqual({ code: 0, stdout: "", stderr: "written to t.json\n" });
    expect(JSON.parse(await readFile(join(cwd, "t.json"), "utf8"))).toEqual([told(1)]);
  });

  it("to a reader that is slow, piece by piece", async () => {
    const written: string[] = [];
    let drains = 0;
    const drained = async () => {
      drains += 1;
    };
    const stdout = { write: (text: string) => written.push(text) < 0, drained };
    const { code } = await runProgram(["trail", "export", "--format", "json"], {
      cwd,
      stdout,
      assembly: assemblyOf([recordOf(1), recordOf(2)]),
    });
    expect([code, drains]).toEqual([0, 3]);
    expect(JSON.parse(written.join(""))).toHaveLength(2);
  });
});

describe("trail verify", () => {
  const events = [1, 2, 3].map((at) => ({
    kind: "first-seen" as const,
    at: instant(at),
    run: "r",
    eip: "eip-1",
    facts: { ip: "203.0.113.7", status: "BIND", pod: null },
  }));
  const records = chain(events, null);
  const [first, second, third] = records;
  if (first === undefined || second === undefined || third === undefined) throw new Error("three events make three records");
  const head = headOf(third);

  it.each([
    ["0 where the chain holds", records, head, 0, "holds: 3 records"],
    ["0 where nothing was written yet", [], null, 0, "is empty"],
    ["1 where a record was edited", [first, { ...second, eip: "eip-2" }, third], head, 1, "is broken at record 1"],
    ["1 where a record was taken out", [first, third], head, 1, "is broken at record 2"],
    ["1 where the end was cut off", [first, second], head, 1, "the end was cut off"],
  ])("exits %s", async (_, trail, remembered, code, said) => {
    const table = await runProgram(["trail", "verify"], { cwd, assembly: assemblyOf(trail, remembered) });
    expect([table.code, table.stderr]).toEqual([code, ""]);
    expect(table.stdout).toContain(said);
    const json = await runProgram(["trail", "verify", "--format", "json"], { cwd, assembly: assemblyOf(trail, remembered) });
    expect(json.code).toBe(code);
    expect(JSON.parse(json.stdout)).toMatchObject({ holds: code === 0 });
  });
});
