import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseDuration } from "../../src/config/duration.ts";
import { loadConfig } from "../../src/config/load.ts";
import { configurationReference } from "../../src/config/reference.ts";
import { fitOf } from "../../src/config/schedule.ts";
import { FINDINGS } from "../../src/core/audit/findings.ts";
import { instant, ZERO } from "../../src/core/terms/time.ts";
import { REASONS } from "../../src/core/terms/verdict.ts";
import { runProgram } from "./terminal.ts";

const ZERO_HOUR = instant(Date.parse("2026-11-25T00:00:00Z"));

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eip-guard-cli-"));
});
afterEach(async () => {
  await rm(cwd, { recursive: true });
});

const run = (argv: string, env: Record<string, string> = {}) =>
  runProgram(
    argv.split(" ").filter((word) => word !== ""),
    { cwd, env },
  );
const write = (text: string) => writeFile(join(cwd, "eip-guard.yaml"), text);
const MINIMAL = "tencent: { regions: [ap-guangzhou] }\n";

const COMMANDS = [
  "init",
  "scan",
  "run",
  "plan",
  "apply",
  "explain",
  "keep",
  "unkeep",
  "approve",
  "schema",
  "serve",
  "check",
  "history",
  "demo",
  "trail verify",
  "trail export",
];

describe("help", () => {
  it("names every command and exits 0", async () => {
    const { code, stdout, stderr } = await run("--help");
    expect([code, stderr]).toEqual([0, ""]);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command.split(" ")[0]}\\b`, "m"));
  });

  it("names the commands that docs/contract.md has, and no others", async () => {
    const contract = await readFile(new URL("../../docs/contract.md", import.meta.url), "utf8");
    const table = contract.split("\n## Commands\n")[1]?.split("\n## ")[0] ?? "";
    const promised = [...table.matchAll(/^\| .*? \|/gm)].flatMap(([cell]) =>
      [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name),
    );
    const { stdout } = await run("--help");
    const offered = [...stdout.matchAll(/^ {2}([a-z]+)(?: \[| <| {2}|$)/gm)].map(([, name]) => name);
    expect(new Set(offered.filter((name) => name !== "help"))).toEqual(new Set(promised));
  });

  it.each(COMMANDS)("of %s gives an example and the exit codes", async (command) => {
    const { code, stdout } = await run(`${command} --help`);
    expect(code).toBe(0);
    expect(stdout).toContain(`\n  eip-guard ${command}`);
    expect(stdout).toContain("130  interrupted");
  });

  it("and the version go to stdout", async () => {
    const packageFile: { readonly version: string } = JSON.parse(
      await readFile(new URL("../../package.json", import.meta.url), "utf8"),
    );
    expect(await run("--version")).toEqual({ code: 0, stdout: `${packageFile.version}\n`, stderr: "" });
  });
});

describe("a usage error exits 2, writes nothing to stdout and names what is wrong", () => {
  it.each([
    ["", "Usage: eip-guard"],
    ["scna", "Did you mean scan?"],
    ["scan --fomat json", "Did you mean --format?"],
    ["scan --fomat json", "(eip-guard scan --help lists its options)"],
    ["trail verify --nope", "(eip-guard trail verify --help lists its options)"],
    ["scan --format xml", "argument 'xml' is invalid"],
    ["scan extra", "too many arguments for 'scan': 'extra'"],
    ["keep eip-1 extra", "too many arguments for 'keep': 'extra'"],
    ["trail verify extra", "too many arguments for 'trail verify': 'extra'"],
    ["trail nosuch", "(eip-guard trail --help lists the commands)"],
    ["help nosuch", "unknown command 'nosuch'"],
    ["help scna", "Did you mean scan?"],
    ["trail help nosuch", "unknown command 'nosuch'"],
    ["scan --config .", "it is a folder"],
    ["scan --config absent.yaml", "absent.yaml: there is no such file"],
    ["scan --config= ", '--config "" names no file'],
    ["scan --fail-on leakd", "Did you mean leaked?"],
    ["scan --fail-on leaked,", "Known verdicts: leaked, unmanaged"],
    ["scan --mode audit,flag", "Allowed choices are audit, flag, enforce"],
    ["run --confirm 3", "unknown option '--confirm'"],
    ["keep", "missing required argument 'eip'"],
    ["explain", "explain needs an EIP"],
    ["init --format json", "unknown option '--format'"],
    ["apply p.json --confirm many", "must be a whole number"],
  ])("eip-guard %s", async (argv, message) => {
    const { code, stdout, stderr } = await run(argv);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });
});

describe("init", () => {
  it("writes a configuration that the program takes, and says so on stderr", async () => {
    const { code, stdout, stderr } = await run("init");
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("wrote ");
    expect(stderr).toContain("run `eip-guard check`");
    expect(await readFile(join(cwd, "eip-guard.yaml"), "utf8")).toMatch(
      /^# yaml-language-server: \$schema=\.\/eip-guard\.schema\.json\n/,
    );
    expect(await readdir(cwd)).toEqual(["eip-guard.yaml"]);
    const raised = await run("run --mode enforce");
    expect(raised.stderr).toContain("--mode enforce is more than the configured mode, audit");
  });

  it("never overwrites, and says what to do", async () => {
    await write("mine");
    const { code, stderr } = await run("init");
    expect(code).toBe(2);
    expect(stderr).toMatch(/eip-guard\.yaml is already there\nFix: /);
    expect(await readFile(join(cwd, "eip-guard.yaml"), "utf8")).toBe("mine");
  });

  it("writes to the file of --config", async () => {
    expect(await run("init --config games.yaml --quiet")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await readdir(cwd)).toEqual(["games.yaml"]);
  });

  it("fails where it can't write, with why", async () => {
    const { code, stderr } = await run("init --config absent/eip-guard.yaml");
    expect(code).toBe(1);
    expect(stderr).toContain("ENOENT");
  });
});

describe("schema", () => {
  it("prints JSON Schema, without a configuration", async () => {
    const { code, stdout, stderr } = await run("schema");
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: "urn:eip-guard:configuration:v1",
      title: "eip-guard configuration",
      required: ["tencent"],
    });
  });

  it("knows verdicts and regions, and takes globs and regions that opened since", async () => {
    const { properties } = JSON.parse((await run("schema")).stdout);
    const { verdict } = properties.policy.properties.rules.items.properties.match.properties;
    for (const either of [verdict.anyOf[0], verdict.anyOf[1].items]) {
      expect(either.anyOf[0].enum).toContain("leaked");
      expect("un*").toMatch(new RegExp(either.anyOf[1].pattern));
    }
    const [known, other] = properties.tencent.properties.regions.items.anyOf;
    expect(known.enum).toContain("ap-guangzhou");
    expect("ap-zhongwei").toMatch(new RegExp(other.pattern));
  });

  it("prints the reference page as Markdown", async () => {
    expect((await run("schema --format markdown")).stdout).toBe(configurationReference());
  });

  it("writes to the file of --out instead of stdout", async () => {
    expect(await run("schema --out s.json")).toEqual({ code: 0, stdout: "", stderr: "written to s.json\n" });
    expect(JSON.parse(await readFile(join(cwd, "s.json"), "utf8"))).toMatchObject({ type: "object" });
  });
});

describe("a file that can't be written is refused before anything is done", () => {
  beforeEach(async () => {
    await write(MINIMAL);
    await mkdir(join(cwd, "folder"));
  });

  it.each([
    ["schema --out absent/s.json", /can't write absent\/s\.json: there is no folder .*absent\nFix: make the folder first/],
    ["schema --out folder", /can't write folder: it is a folder\nFix: name a file in it with --out/],
    ["schema --out folder/", /can't write folder\/: it is a folder/],
    ["schema --out eip-guard.yaml/s.json", /can't write eip-guard\.yaml\/s\.json: .*eip-guard\.yaml is no folder/],
    ["schema --out= ", /--out "" names no file/],
    // Each of these would have answered that there are no credentials.
    ["run --out absent/r.json", /can't write absent\/r\.json/],
    ["apply plan.json --out absent/r.json", /can't write absent\/r\.json/],
    ["plan --out folder", /can't write folder/],
    ["check --out absent/c.json", /can't write absent\/c\.json/],
    ["demo --html absent/d.html", /can't write absent\/d\.html[\s\S]*with --html/],
    ["deploy --zip folder", /can't write folder[\s\S]*with --zip/],
  ])("eip-guard %s", async (argv, message) => {
    const { code, stdout, stderr } = await run(argv);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, ""]);
    expect((await readdir(cwd)).sort()).toEqual(["eip-guard.yaml", "folder"]);
  });

  it("and a file that is there stays as it is until there is data for it", async () => {
    await writeFile(join(cwd, "r.json"), "of yesterday");
    expect((await run("scan --out r.json")).code).toBe(2);
    expect(await readFile(join(cwd, "r.json"), "utf8")).toBe("of yesterday");
  });
});

describe("explain --reasons", () => {
  it.each(["table", "json", "markdown"])(
    "lists every reason and finding with its sentence as %s, without a configuration",
    async (format) => {
      const { code, stdout } = await run(`explain --reasons --format ${format}`);
      expect(code).toBe(0);
      for (const [reason, { sentence, law }] of Object.entries({ ...REASONS, ...FINDINGS })) {
        expect(stdout).toContain(reason);
        expect(stdout).toContain(sentence);
        expect(stdout).toContain(law);
      }
    },
  );
});

describe("a configuration error exits 2 and nothing is done", () => {
  const ACTING = [
    "scan",
    "run",
    "plan --out p.json",
    "apply p.json",
    "explain eip-1",
    "keep eip-1",
    "unkeep eip-1",
    "approve eip-1",
    "serve",
  ];

  it.each(ACTING)("no configuration: %s", async (argv) => {
    const { code, stdout, stderr } = await run(argv);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("eip-guard init");
    expect(await readdir(cwd)).toEqual([]);
  });

  it.each(ACTING)("a wrong key, with its place: %s", async (argv) => {
    await write(`${MINIMAL}polcy: {}`);
    const { code, stdout, stderr } = await run(argv);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("eip-guard.yaml:2:1: polcy: unknown key; did you mean policy?");
    expect(await readdir(cwd)).toEqual(["eip-guard.yaml"]);
  });

  it.each(["scan --mode flag", "run --mode enforce", "plan --out p.json --mode flag"])(
    "--mode never raises: %s",
    async (argv) => {
      await write(MINIMAL);
      const { code, stderr } = await run(argv);
      expect(code).toBe(2);
      expect(stderr).toContain("is more than the configured mode, audit");
    },
  );

  it("run in mode enforce says all that is missing, and leaves no trace", async () => {
    await write(`mode: enforce\n${MINIMAL}`);
    const { code, stderr } = await run("run");
    expect(code).toBe(2);
    expect(stderr).toContain("EIP_GUARD_ALLOW_RELEASE=yes in the environment");
    expect(stderr).toContain("alerts.slack in the configuration");
    expect(await readdir(cwd)).toEqual(["eip-guard.yaml"]);
  });

  it("a plan needs its file", async () => {
    await write(MINIMAL);
    const { code, stderr } = await run("plan");
    expect(code).toBe(2);
    expect(stderr).toContain("eip-guard plan --out plan.json");
  });

  it.each([
    ["--cron never", '--cron "never" is no schedule'],
    ["--timezone Mars", '--timezone "Mars" is no IANA time zone'],
    ["--jitter 2h", '--jitter "2h" is no duration of at most 1h'],
  ])("serve %s", async (option, message) => {
    await write(MINIMAL);
    const { code, stderr } = await run(`serve ${option}`);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it.each([
    ["0 */6 * * *", "0s", "", "leaves up to 6h between two runs, but policy.maxGap is 2h", "7h or more"],
    ["0 */2 * * *", "30s", "", "leaves up to 2h and 30s of jitter between two runs, but policy.maxGap is 2h", "3h or more"],
    ["*/10 * * * *", "0s", "policy: { maxGap: 5m }", "leaves up to 10m between two runs, but policy.maxGap is 5m", "12m or more"],
  ])("serve on a schedule that can never act: %s", async (cron, jitter, text, message, fix) => {
    await write(MINIMAL + text);
    const { code, stdout, stderr } = await runProgram(["serve", "--cron", cron, "--jitter", jitter], { cwd, env: {} });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toContain(fix);
    expect(await readdir(cwd)).toEqual(["eip-guard.yaml"]);
  });

  it("the examples of serve's help are schedules that can act with the defaults", async () => {
    await write(MINIMAL);
    const { stdout } = await run("serve --help");
    const examples = [...stdout.matchAll(/^ {2}eip-guard serve(?: --cron "([^"]+)")?.*?(?:--jitter (\S+))?(?: --.*)?$/gm)];
    expect(examples.length).toBeGreaterThan(1);
    const { policy } = (await loadConfig({ cwd, env: {} })).config;
    for (const [, cron = "*/10 * * * *", jitter = "0s"] of examples) {
      const fit = fitOf({ cron, timezone: "UTC", jitter: parseDuration(jitter) ?? ZERO }, policy, ZERO_HOUR);
      expect(fit).toEqual({ refusal: null, warnings: [] });
    }
  });

  it.each(["soon", "2020-01-01", "2027-02-30"])("keep --until %s", async (until) => {
    await write(MINIMAL);
    const { code, stderr } = await run(`keep eip-1 --until ${until}`);
    expect(code).toBe(2);
    expect(stderr).toContain(`--until "${until}" is`);
  });
});
