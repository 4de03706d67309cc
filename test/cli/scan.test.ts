import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ASSEMBLY, type Assembly } from "../../src/cli/assembly.ts";
import type { Address } from "../../src/core/terms/facts.ts";
import { known, unknown } from "../../src/core/terms/known.ts";
import { emptyLedger } from "../../src/core/terms/ledger.ts";
import { instant } from "../../src/core/terms/time.ts";
import type { AccountAddresses, Clock, ReadPorts } from "../../src/ports.ts";
import { runProgram } from "./terminal.ts";

const NOW = instant(Date.parse("2026-11-23T09:00:00Z"));
const clock: Clock = { now: () => NOW, sleep: async () => undefined };

/** Idle, untagged and of no cluster: `unmanaged`. */
const UNMANAGED: Address = {
  id: "eip-1",
  ip: "203.0.113.7",
  name: "",
  account: "default",
  region: "ap-guangzhou",
  status: "UNBIND",
  rawStatus: "UNBIND",
  type: "EIP",
  chargeType: "TRAFFIC_POSTPAID_BY_HOUR",
  payMode: null,
  bandwidth: 1,
  isp: "BGP",
  instanceId: null,
  instanceType: null,
  networkInterfaceId: null,
  privateIp: null,
  createdAt: instant(Date.parse("2026-01-01T00:00:00Z")),
  updatedTime: null,
  deadline: null,
  renewFlag: null,
  antiDdosPackageId: null,
  bandwidthPackageId: null,
  tags: known({}),
  isArrears: false,
  isBlocked: false,
  cascadeRelease: false,
};

const COMPLETE: AccountAddresses = { addresses: known([UNMANAGED]), partial: [] };
const INCOMPLETE: AccountAddresses = { addresses: unknown("500 InternalError"), partial: [UNMANAGED] };

/** A world of one region without clusters, in which the EIPs are read as given. */
function assemblyOf(addresses: () => Promise<AccountAddresses>): Assembly {
  const ports: ReadPorts = {
    clock,
    cloud: {
      accounts: [{ name: "default", regions: ["ap-guangzhou"] }],
      principal: async () => known({ arn: "uin/1", uin: "1" }),
      addresses: (_account, _region, onPage) => {
        onPage?.(1, 1);
        return addresses();
      },
      addressesById: async () => known([UNMANAGED]),
      accountType: async () => known("standard"),
      quota: async () => known({ limit: 20, used: 1 }),
      clusters: async () => known({ clusters: [], unsupported: false }),
      clusterExists: async () => known("not-found"),
      ipamd: async () => unknown("no cluster"),
      ipamdAuthorised: async () => known(true),
      addressEvents: async () => known([]),
      billedIdle: async () => known([]),
    },
    kubernetes: {
      configured: [],
      answers: async () => false,
      objects: async () => unknown("no cluster"),
      ipamdDeployment: async () => known(null),
    },
    store: {
      readLedger: async () => emptyLedger(),
      readTrail: async function* () {},
      stopRequested: async () => false,
      describe: () => "nowhere",
    },
  };
  return { ...ASSEMBLY, read: async () => ports };
}

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eip-guard-scan-"));
  await writeFile(join(cwd, "eip-guard.yaml"), "tencent: { regions: [ap-guangzhou] }\n");
});
afterEach(async () => {
  await rm(cwd, { recursive: true });
});

const run = (argv: string, addresses: AccountAddresses = COMPLETE) =>
  runProgram(argv.split(" "), { cwd, clock, assembly: assemblyOf(async () => addresses) });

describe("scan", () => {
  it("prints its result to stdout, nothing to stderr, and leaves nothing behind", async () => {
    const { code, stdout, stderr } = await run("scan --format json");
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "eip-guard/scan/v1",
      run: { mode: "audit", dryRun: true, startedAt: "2026-11-23T09:00:00.000Z" },
      complete: true,
      eips: [{ id: "eip-1", verdict: "unmanaged" }],
    });
    expect(await readdir(cwd)).toEqual(["eip-guard.yaml"]);
  });

  it.each([
    ["0: done and complete", "scan", COMPLETE, 0],
    ["0: no EIP has the verdict of --fail-on", "scan --fail-on leaked,in-use", COMPLETE, 0],
    ["4: an EIP has one of the verdicts of --fail-on", "scan --fail-on leaked,unmanaged", COMPLETE, 4],
    ["3: the inventory is incomplete", "scan", INCOMPLETE, 3],
    ["3 before 4", "scan --fail-on unknown", INCOMPLETE, 3],
  ])("exits %s", async (_, argv, addresses, expected) => {
    expect((await run(argv, addresses)).code).toBe(expected);
  });

  it("writes the report to the file of --out, and nothing to stdout", async () => {
    const { code, stdout, stderr } = await run("scan --format json --out report.json");
    expect([code, stdout, stderr]).toEqual([0, "", "written to report.json\n"]);
    expect(JSON.parse(await readFile(join(cwd, "report.json"), "utf8"))).toMatchObject({ totals: { eips: 1 } });
  });

  it.each([
    ["html", /^<!DOCTYPE html>/],
    ["json", /^\{/],
    ["csv", /^id,ip,/],
    ["md", /^# eip-guard/],
    ["txt", /^eip-guard scan/],
    ["log", /^eip-guard scan/],
  ])("takes the format from the file's ending: .%s", async (ending, begins) => {
    expect((await run(`scan --out r.${ending}`)).code).toBe(0);
    expect(await readFile(join(cwd, `r.${ending}`), "utf8")).toMatch(begins);
  });

  it.each(["scan --format csv --out r.html", "explain eip-1 --out e.html", "plan --out plan.md"])(
    "refuses a file whose ending says another format: %s",
    async (argv) => {
      const { code, stderr } = await run(argv);
      expect([code, await readdir(cwd)]).toEqual([2, ["eip-guard.yaml"]]);
      expect(stderr).toMatch(/--out (r\.html|e\.html|plan\.md) asks for (html|markdown)/);
    },
  );

  it("lists only what was asked for, and counts all", async () => {
    const listed = (await run("scan --region ap-guang* --verdict unmanaged")).stdout;
    expect(listed).toContain("eip-1");
    const none = (await run("scan --namespace games")).stdout;
    expect(none).not.toContain("  eip-1 ");
    expect(none).toContain("1 EIP: 1 unmanaged");
    expect(none).toContain("only EIPs of namespace games are listed: 0 of 1 EIP; the totals are of all");
    expect(JSON.parse((await run("scan --namespace games --format json")).stdout).eips).toHaveLength(1);
  });

  it("is silent but for its data with --quiet, and shows progress only on a terminal", async () => {
    const terminal = { cwd, clock, assembly: assemblyOf(async () => COMPLETE) };
    const written: string[] = [];
    const stderr = { isTTY: true, write: (text: string) => written.push(text) };
    await runProgram(["scan", "--quiet"], { ...terminal, stderr });
    expect(written).toEqual([]);
    await runProgram(["scan"], { ...terminal, stderr });
    expect(written.join("")).toContain("reading 1 region: 1 of 1 EIP");
  });

  it("ends at once with 130 and no report when it is interrupted", async () => {
    const interruption = new AbortController();
    const hanging = assemblyOf(() => {
      interruption.abort("SIGINT");
      return new Promise(() => undefined);
    });
    const { code, stdout, stderr } = await runProgram(["scan"], { cwd, clock, assembly: hanging, signal: interruption.signal });
    expect([code, stdout, stderr]).toEqual([130, "", "interrupted\n"]);
  });
});

describe("plan", () => {
  it("writes the plan to its file, and says what comes next", async () => {
    const { code, stdout, stderr } = await run("plan --out plan.json");
    expect(code).toBe(0);
    expect(stdout).toContain("0 to flag, 0 to release");
    expect(stdout).toContain("Mode audit: nothing is flagged or released");
    expect(stderr).toContain("0 to flag, 0 to release");
    expect(stderr).toContain("eip-guard apply plan.json");
    expect(JSON.parse(await readFile(join(cwd, "plan.json"), "utf8"))).toMatchObject({ schema: "eip-guard/plan/v1", items: [] });
  });

  it("of an incomplete inventory exits 3 and names the gaps", async () => {
    const { code, stderr } = await run("plan --out plan.json", INCOMPLETE);
    expect(code).toBe(3);
    expect(stderr).toContain("500 InternalError");
  });
});

describe("explain", () => {
  it.each(["eip-1", "203.0.113.7"])("finds an EIP by %s", async (eip) => {
    const { code, stdout } = await run(`explain ${eip} --format json`);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schema: "eip-guard/explain/v1", eip: { id: "eip-1" } });
  });

  it.each(["table", "json", "markdown"])("names the paragraph that the verdict follows from: %s", async (format) => {
    const { stdout } = await run(`explain eip-1 --format ${format}`);
    expect(stdout.replace(/\s+/g, " ")).toMatch(/docs\/domain\.md §5/);
  });

  it("of an EIP that is nowhere exits 2", async () => {
    const { code, stdout, stderr } = await run("explain eip-2");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("'eip-2'");
  });
});
