import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import type { BacktestResult } from "../../src/core/replay/result.ts";
import { HOUR, instant } from "../../src/core/terms/time.ts";
import type { TrailEvent } from "../../src/core/terms/trail.ts";
import { openFolderStoreForWriting } from "../../src/store/folder.ts";
import { BOUND, event, hourly, judged, readings, START } from "../core/replay/tape.ts";

/** A recorded month of five EIPs, one run an hour, on a store in a folder: no cloud, no cluster, no credentials. */

const HOURS = 24 * 28;
let folder: string;

const CONFIGURATION = `
tencent: { regions: [ap-guangzhou] }
policy: { grace: 1h, rules: [{ name: leaked, match: { verdict: leaked }, flagAfter: 0s, releaseAfter: 7d }] }
release: { notice: 24h, maxPerRun: 100, maxPercent: 100 }
state: { dir: ./state }
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eip-guard-backtest-"));
  await writeFile(join(folder, "eip-guard.yaml"), CONFIGURATION);
  const clock = { now: () => instant(START + HOURS * HOUR), sleep: async () => undefined };
  const store = await openFolderStoreForWriting(join(folder, "state"), clock);
  const old = { ip: "203.0.113.9", status: "UNBIND", pod: null };
  const events = [
    event("idle", 0, "eip-old00000", old),
    readings(0),
    judged(0, {}, "eip-leak0001"),
    judged(0, { ip: "203.0.113.11", pod: "|web<&>\u202e-1" }, "eip-leak0002"),
    judged(0, { ip: "203.0.113.12", perHour: null, currency: null }, "eip-leak0003"),
    judged(0, { ...BOUND, ip: "203.0.113.13" }, "eip-used0001"),
    judged(0, { ip: "203.0.113.14" }, "eip-back0001"),
    hourly(1, 24 * 5),
    judged(24 * 5, { ...BOUND, ip: "203.0.113.14" }, "eip-back0001"),
    hourly(24 * 5 + 1, HOURS),
  ];
  await store.append(events as readonly TrailEvent[]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const say = (...argv: readonly string[]) => sayAt(undefined, ...argv);

async function sayAt(columns: number | undefined, ...argv: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(argv, {
    stdout: { write: (text) => out.push(text), ...(columns === undefined ? {} : { columns }) },
    stderr: { write: (text) => err.push(text) },
    env: {},
    cwd: folder,
    clock: { now: () => instant(START + HOURS * HOUR), sleep: async () => undefined },
  });
  return { code, out: out.join(""), err: err.join("") };
}

async function policy(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return name;
}

const strict = () =>
  policy(
    "strict.yaml",
    "policy: { rules: [{ name: leaked, match: { verdict: leaked }, flagAfter: 0s, releaseAfter: 2d }] }\nrelease: { maxPerRun: 100, maxPercent: 100 }\n",
  );

describe("backtest", () => {
  it("asks no cloud and writes nothing", async () => {
    const before = await readdir(join(folder, "state"));
    expect(await say("backtest", "--format", "json")).toMatchObject({ code: 0, err: "" });
    expect(await readdir(join(folder, "state"))).toEqual(before);
  });

  it("says what the configured policy would have released, kept and not decided", async () => {
    const result = JSON.parse((await say("backtest", "--format", "json")).out) as BacktestResult;
    expect(result).toMatchObject({
      schema: "eip-guard/backtest/v1",
      since: "2026-01-05T00:00:00.000Z",
      until: "2026-02-02T00:00:00.000Z",
      falseReleases: 0,
      undecided: [{ id: "eip-old00000" }],
    });
    expect(result.released.map(({ id, at }) => [id, at])).toEqual(
      ["eip-leak0001", "eip-leak0002", "eip-leak0003"].map((id) => [id, "2026-01-12T01:00:00.000Z"]),
    );
    expect(result.kept.map(({ id }) => id)).toEqual(["eip-back0001"]);
    expect(result.released.map(({ saved }) => saved?.currency ?? null)).toEqual(["CNY", "CNY", null]);
  });

  it("plays a policy of another file, and ends with 4 for a false release where that is asked", async () => {
    const file = await strict();
    const { code, out } = await say("backtest", "--policy", file, "--format", "json", "--fail-on-false-release");
    const result = JSON.parse(out) as BacktestResult;
    const wrong = result.released.filter(({ usedAgainAt }) => usedAgainAt !== null);
    expect([code, result.falseReleases]).toEqual([4, 1]);
    expect(wrong).toMatchObject([
      { id: "eip-back0001", at: "2026-01-07T01:00:00.000Z", usedAgainAt: "2026-01-10T00:00:00.000Z" },
    ]);
    expect((await say("backtest", "--policy", file)).code).toBe(0);
    expect((await say("backtest", "--fail-on-false-release")).code).toBe(0);
  });

  it("releases nothing before --since, although clocks count from the record's beginning", async () => {
    const { out } = await say("backtest", "--since", "2026-01-20", "--format", "json");
    const { since, released } = JSON.parse(out) as BacktestResult;
    expect([since, released.map(({ at }) => at)]).toEqual([
      "2026-01-20T00:00:00.000Z",
      Array.from({ length: 3 }, () => "2026-01-21T00:00:00.000Z"),
    ]);
  });

  it("says that the record ends before --since", async () => {
    const { code, err } = await say("backtest", "--since", "2026-03-01", "--format", "json");
    expect([code, err.includes("the record ends at 2026-02-02 00:00")]).toEqual([0, true]);
  });

  it("tries each delay of a sweep", async () => {
    const { out } = await say("backtest", "--sweep", "releaseAfter=1d..9d", "--format", "json");
    const { sweep = [] } = JSON.parse(out) as BacktestResult;
    expect(sweep.map(({ releaseAfter, released, falseReleases }) => [releaseAfter, released, falseReleases])).toEqual([
      ...["1d", "2d", "3d", "4d"].map((delay) => [delay, 4, 1]),
      ...["5d", "6d", "7d", "8d", "9d"].map((delay) => [delay, 3, 0]),
    ]);
    const amounts = sweep.slice(4).map(({ wouldHaveSaved }) => wouldHaveSaved[0]?.amount ?? 0);
    expect(amounts).toEqual([...amounts].sort((one, other) => other - one));
    expect(sweep[0]?.wouldHaveSaved.map(({ currency }) => currency)).toEqual(["CNY"]);
  });

  it.each<{ argv: readonly string[]; names: string }>([
    { argv: ["--since", "yesterday"], names: '"yesterday"' },
    { argv: ["--since", "2026-02-31"], names: '"2026-02-31"' },
    { argv: ["--sweep", "grace=1h..2h"], names: '"grace=1h..2h"' },
    { argv: ["--sweep", "releaseAfter=9d..1d"], names: '"releaseAfter=9d..1d"' },
    { argv: ["--sweep", "releaseAfter=1d"], names: '"releaseAfter=1d"' },
    { argv: ["--sweep", "releaseAfter=1m..30d"], names: "43200 delays" },
    { argv: ["--policy", "missing.yaml"], names: "missing.yaml" },
  ])("refuses $argv as a mistake of who typed it, and names it", async ({ argv, names }) => {
    const { code, out, err } = await say("backtest", ...argv);
    expect([code, out, err.includes(names), err.includes("Fix:")]).toEqual([2, "", true, true]);
  });

  it("refuses a policy file with a key that it does not know, and says where", async () => {
    const { code, err } = await say("backtest", "--policy", await policy("odd.yaml", "policy:\n  gracee: 1h\n"));
    expect([code, /odd\.yaml:2:3.*gracee/s.test(err)]).toEqual([2, true]);
  });

  it.each([
    ["edited", (lines: string[]) => lines.map((line, at) => (at === 3 ? line.replace("203.0.113.11", "203.0.113.77") : line))],
    ["without one of its records", (lines: string[]) => lines.filter((_, at) => at !== 3)],
    ["in another order", (lines: string[]) => [...lines.slice(0, 3), lines[4] ?? "", lines[3] ?? "", ...lines.slice(5)]],
  ])("refuses a record that was %s, and plays none of it", async (_, change) => {
    const trail = join(folder, "state", "trail.jsonl");
    const whole = await readFile(trail, "utf8");
    await writeFile(trail, `${change(whole.split("\n").slice(0, -1)).join("\n")}\n`);
    try {
      for (const command of ["backtest", "suggest"]) {
        const { code, out, err } = await say(command);
        expect([code, out, /audit trail in .* is broken: record [34]: /.test(err)]).toEqual([1, "", true]);
        expect(err).toContain("eip-guard trail verify");
      }
    } finally {
      await writeFile(trail, whole);
    }
  });

  it("of an empty store says that there is no record yet", async () => {
    await policy("empty.yaml", CONFIGURATION.replace("./state", "./none"));
    const { code, out, err } = await say("backtest", "--config", "empty.yaml", "--format", "json");
    expect([code, (JSON.parse(out) as BacktestResult).released, /no recorded reading yet/.test(err)]).toEqual([0, [], true]);
  });
});

describe("the formats of a back-test", () => {
  const sweep = ["--sweep", "releaseAfter=1d..9d"];

  it("table: one line for each release, with what it would have saved", async () => {
    const { out } = await say("backtest", "--policy", await strict());
    const line = out.split("\n").find((text) => text.startsWith("eip-back0001"));
    expect(line).toMatch(/203\.0\.113\.14.*2026-01-07 01:00.*2026-01-10 00:00.*2d 23h later/);
    expect(out).toMatch(/eip-leak0003.*not known/);
    expect(out).toMatch(/eip-old00000: .*older version/);
    expect(out).not.toContain("\u202e");
  });

  it("table: fits a terminal of 80 columns, with address and Pod below each release", async () => {
    const { out } = await sayAt(80, "backtest", "--policy", await strict(), ...sweep);
    const lines = out.split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    const release = lines.findIndex((line) => line.startsWith("eip-back0001"));
    expect(lines[release]).toMatch(/2026-01-07 01:00.*2026-01-10 00:00 \(2d 23h later\)/);
    expect(lines[release + 1]).toMatch(/^ {4}203\.0\.113\.14 /);
  });

  it("csv: one record for each thing that is told, of as many fields each", async () => {
    const lines = (await say("backtest", "--format", "csv")).out.trimEnd().split(/\r?\n/);
    expect(lines.map((line) => line.split(",").length)).toEqual(lines.map(() => 9));
    const count = (what: string) => lines.filter((line) => line.startsWith(`${what},`)).length;
    expect(["flagged", "released", "kept", "undecided"].map(count)).toEqual([4, 3, 1, 1]);
  });

  it("markdown: tables whose cells hold what a Pod's name holds", async () => {
    const { out } = await say("backtest", "--format", "markdown", ...sweep);
    const rows = out.split("\n").filter((line) => line.startsWith("| eip-"));
    expect(rows.map((row) => row.replaceAll("\\|", "").split("|").length)).toEqual([8, 8, 8]);
    expect(out.split("\n").filter((line) => /^\| \d+d \|/.test(line))).toHaveLength(9);
  });

  it("html: both charts, with each false release marked", async () => {
    const { out } = await say("backtest", "--policy", await strict(), "--format", "html", ...sweep);
    const [first = "", second = ""] = out.match(/<svg[\s\S]*?<\/svg>/g) ?? [];
    const marks = (svg: string, kind: string) => svg.match(new RegExp(`class="${kind}"`, "g"))?.length ?? 0;
    expect([marks(first, "right"), marks(first, "false")]).toEqual([3, 1]);
    expect([marks(second, "right"), marks(second, "false")]).toEqual([5, 4]);
    expect(out).toContain("eip-back0001, 2026-01-07 01:00 UTC: used again 2026-01-10 00:00 UTC");
    expect(out).not.toMatch(/<web|<script|https?:\/\/(?!www\.w3\.org)/);
  });

  it("follows the name of --out", async () => {
    expect((await say("backtest", "--out", "played.html")).code).toBe(0);
    expect(await readFile(join(folder, "played.html"), "utf8")).toContain("<!DOCTYPE html>");
  });
});

describe("suggest", () => {
  it("prints the shortest delay without a false release, the idle spells that it rests on, and what the rule of three allows", async () => {
    const { code, out } = await say("suggest");
    expect(code).toBe(0);
    expect(out).toMatch(/^releaseAfter: 5d$/m);
    expect(out).toMatch(/3 idle spells/);
    expect(out).toMatch(/at most 100 %/);
    expect(JSON.parse((await say("suggest", "--format", "json")).out)).toMatchObject({
      schema: "eip-guard/suggest/v1",
      releaseAfter: "5d",
      spells: 3,
      falseAtMost: 1,
    });
  });

  it("suggests nothing where nothing would have been released", async () => {
    const never = await policy(
      "never.yaml",
      "policy: { rules: [{ name: all, match: {}, flagAfter: 0s, releaseAfter: never }] }\n",
    );
    expect((await say("suggest", "--policy", never)).out).toMatch(/no release at any delay: it suggests nothing/);
  });

  it("knows no format that can't hold its sentence", async () => {
    expect((await say("suggest", "--format", "csv")).code).toBe(2);
  });
});
