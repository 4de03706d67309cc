import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { deflateRawSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDemoStage, type Stage } from "./stage.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The products in a folder of their own, far from node_modules. */
let away: string;
let stage: Stage;
beforeAll(async () => {
  away = await mkdtemp(join(tmpdir(), "eip-guard-products-"));
  await run(process.execPath, ["build.mjs", "--outdir", away], { cwd: ROOT });
  await writeFile(join(away, "package.json"), '{ "type": "module" }');
  stage = await openDemoStage(undefined, true);
});
afterAll(async () => {
  await stage.close();
  await rm(away, { recursive: true, force: true });
});

/** Node tells deprecations and other warnings of its own as `(node:PID) …`. */
const WARNING = "(node:";

const environment = () => ({ ...stage.simulator.environment, PATH: process.env.PATH ?? "" });

describe("the build products, with nothing installed beside them", () => {
  it("dist/cli.js tells its help and scans", async () => {
    const help = await run(process.execPath, [join(away, "cli.js"), "--help"]);
    for (const command of [
      "init",
      "check",
      "scan",
      "run",
      "plan",
      "apply",
      "explain",
      "history",
      "keep",
      "unkeep",
      "approve",
      "trail",
      "serve",
      "demo",
      "schema",
    ]) {
      expect(help.stdout).toContain(command);
    }
    const scan = await run(process.execPath, [join(away, "cli.js"), "scan", "--format", "json"], {
      cwd: stage.folder,
      env: environment(),
      maxBuffer: 1e8,
    });
    expect(JSON.parse(scan.stdout).complete).toBe(true);
    expect(`${help.stderr}${scan.stderr}`).not.toContain(WARNING);
  });

  it("dist/cli.js plays the demo, which shows each verdict", async () => {
    const { stdout, stderr } = await run(process.execPath, [join(away, "cli.js"), "demo"], {
      env: { PATH: process.env.PATH ?? "" },
      maxBuffer: 1e8,
    });
    for (const verdict of ["leaked", "unmanaged", "unknown", "recycling", "retained", "transient", "in use"])
      expect(stdout, verdict).toMatch(new RegExp(`[1-9]\\d* ${verdict}\\b`));
    expect(stdout).toContain("RELEASED");
    expect(stderr).not.toContain(WARNING);
    expect(stdout).toContain("All clear");
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(/trail, which holds with its \d+ records/);
  });

  it("dist/cli.js plays the way into SCF: each command does what is planned, and nothing more", async () => {
    const { stdout } = await run(process.execPath, [join(away, "cli.js"), "demo", "--deploy"], {
      env: { PATH: process.env.PATH ?? "" },
      maxBuffer: 1e8,
    });
    const chapters = stdout.split(/^\d+\. /m).slice(1);
    const callsOf = (at: number) => /calls: (.+)/.exec(chapters[at] ?? "")?.[1]?.split(", ") ?? [];
    const writes = (at: number) => callsOf(at).filter((action) => /^(Create|Update|Attach|Delete|Tag)/.test(action));
    expect(chapters).toHaveLength(7);
    expect(writes(0)).toEqual([]);
    expect(writes(1)).toEqual([
      "CreateRole",
      "CreatePolicy",
      "AttachRolePolicy",
      "CreateFunction",
      "UpdateFunctionEventInvokeConfig",
      "CreateTrigger",
    ]);
    expect(chapters[2]).toContain("nothing differs");
    expect(writes(2)).toEqual([]);
    // The package itself ran: it read clusters, the secret and the bucket by the keys of its role.
    expect(chapters[3]).toMatch(/33 EIPs: .*; complete\n.*Slack got 1 message/);
    expect(callsOf(3)).toEqual(expect.arrayContaining(["DescribeAddresses", "GetSecretValue"]));
    // The code, and where its hash is kept.
    expect(writes(4)).toEqual(["UpdateFunctionCode", "UpdateFunctionConfiguration"]);
    expect(writes(5)).toEqual(["DeleteTrigger", "DeleteFunction"]);
    expect(chapters[6]).toMatch(/functions: 0\n.*roles: eip-guard\n.*ledger, trail/);
    expect(stdout).not.toMatch(/xox[a-z]-/);
  });

  it.each(["THIRD-PARTY-NOTICES.txt", "functions/guard/THIRD-PARTY-NOTICES.txt"])(
    "%s has the licences of what is in them",
    async (file) => {
      const notices = await readFile(join(away, file), "utf8");
      for (const name of ["@kubernetes/client-node@", "@slack/web-api@", "cos-nodejs-sdk-v5@", "hpagent@", "zod@"])
        expect(notices).toContain(`\n${name}`);
      expect(notices).toContain("Apache License");
      expect(notices).not.toContain("esbuild@");
    },
  );

  it("keep what a person put beside the function when they are built again", async () => {
    const [mine, old] = ["eip-guard.yaml", "chunk-OLD.mjs"].map((name) => join(away, "functions/guard", name));
    for (const file of [mine, old]) await writeFile(file ?? "", "version: 1\n");
    await run(process.execPath, ["build.mjs", "--outdir", away], { cwd: ROOT });
    expect(await readFile(mine ?? "", "utf8")).toBe("version: 1\n");
    await expect(readFile(old ?? "", "utf8")).rejects.toThrow("ENOENT");
    await rm(mine ?? "");
  });

  it("name no path of the machine that built them", async () => {
    const files = await readdir(away, { recursive: true, withFileTypes: true });
    for (const entry of files.filter((file) => file.isFile())) {
      const { stdout } = await run("grep", ["-c", ROOT, join(entry.parentPath, entry.name)]).catch(
        (error: { stdout: string }) => error,
      );
      expect(`${entry.name} ${stdout.trim()}`).toBe(`${entry.name} 0`);
    }
  });
});

describe("the function", () => {
  const call = async (event: unknown, more: Readonly<Record<string, string>> = {}) => {
    const script = `require(${JSON.stringify(join(away, "functions/guard/index.js"))}).main_handler(${JSON.stringify(event)}, { time_limit_in_ms: 60000 }).then((answer) => console.log("ANSWER " + JSON.stringify(answer)), (error) => { console.log("FAILED " + error.message); process.exit(1); })`;
    const {
      TENCENTCLOUD_SECRET_ID = "",
      TENCENTCLOUD_SECRET_KEY = "",
      ...rest
    } = environment() as Readonly<Record<string, string>>;
    const env = {
      ...rest,
      // As SCF names them.
      TENCENTCLOUD_SECRETID: TENCENTCLOUD_SECRET_ID,
      TENCENTCLOUD_SECRETKEY: TENCENTCLOUD_SECRET_KEY,
      EIP_GUARD_CONFIG: join(stage.folder, "eip-guard.yaml"),
      ...more,
    };
    const { stdout, stderr } = await run(process.execPath, ["-e", script], { env, cwd: away, maxBuffer: 1e8 }).catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    expect(stderr).not.toContain(WARNING);
    return stdout;
  };
  const answerOf = (stdout: string) => JSON.parse(/ANSWER (.*)/.exec(stdout)?.[1] ?? "null");
  const tick = (at: number) => ({
    Type: "Timer",
    TriggerName: "every-ten-minutes",
    Time: new Date(at).toISOString().replace(/\.\d+Z$/, "Z"),
    Message: "",
  });

  it("answers any other event with a dry run that writes nothing", async () => {
    const before = await stage.files();
    const answer = answerOf(await call({ hello: "there" }));
    expect(answer).toMatchObject({ complete: true, run: { dryRun: true }, gaps: [] });
    expect(Object.keys(answer).sort()).toEqual(["alertErrors", "complete", "eips", "gaps", "run", "totals"]);
    expect(await stage.files()).toEqual(before);
  });

  it("serves a tick once, and skips it when it comes again or too late", async () => {
    const now = Date.now();
    expect(answerOf(await call(tick(now)))).toMatchObject({ run: { dryRun: false } });
    expect(answerOf(await call(tick(now)))).toEqual({ skipped: expect.stringContaining("served already") });
    expect(answerOf(await call(tick(now - 16 * 60_000)))).toEqual({ skipped: expect.stringContaining("older than 15 minutes") });
  });

  it("fails the invocation when the run fails", async () => {
    const stdout = await call(tick(Date.now() + 1_000), { TENCENTCLOUD_SECRETKEY: "not-the-key" });
    expect(stdout).toContain("FAILED the cloud refuses the credentials: AuthFailure.SignatureFailure");
    expect(stdout).not.toContain("not-the-key");
  });

  it("refuses a folder for its state on SCF unless it is mounted", async () => {
    expect(await call(tick(Date.now() + 2_000), { TENCENTCLOUD_RUNENV: "SCF" })).toContain("FAILED");
  });
});

describe("the buttons' function", () => {
  it("is under 300 KB zipped; what Slack did not sign is refused and writes nothing", async () => {
    const folder = join(away, "functions/slack");
    const files = await readdir(folder);
    const packed = await Promise.all(files.map(async (name) => deflateRawSync(await readFile(join(folder, name))).length));
    expect(packed.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(300_000);

    const config = join(away, "buttons.yaml");
    await writeFile(
      config,
      'tencent: { regions: [ap-guangzhou] }\nalerts: { slack: { channel: "#x", buttons: { users: [U012ABCDEF] } } }\nstate: { dir: ./buttons-state }\n',
    );
    const body = "payload=%7B%7D";
    const env = { PATH: process.env.PATH ?? "", EIP_GUARD_CONFIG: config, SLACK_SIGNING_SECRET: "a-secret" };
    const call = async (headers: Readonly<Record<string, string>>) => {
      const event = JSON.stringify({ httpMethod: "POST", headers, body });
      const script = `require(${JSON.stringify(join(folder, "index.js"))}).main_handler(${event}, {}).then((answer) => console.log(JSON.stringify(answer)))`;
      const { stdout, stderr } = await run(process.execPath, ["-e", script], { env, cwd: away });
      expect(stderr).toBe("");
      return JSON.parse(stdout);
    };
    const at = String(Math.floor(Date.now() / 1_000));
    const signed = (secret: string) => ({
      "X-Slack-Request-Timestamp": at,
      "X-Slack-Signature": `v0=${createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex")}`,
    });
    expect(await call({})).toMatchObject({ statusCode: 401, body: "" });
    expect(await readdir(away)).not.toContain("buttons-state");
    expect(await call(signed("another"))).toMatchObject({ statusCode: 401, body: "" });
    expect(await readdir(join(away, "buttons-state"))).toEqual([]);
    expect(await call(signed("a-secret"))).toMatchObject({ statusCode: 200, body: "" });
  });

  it("holds no code that could release", async () => {
    const { metafile } = await build({
      entryPoints: [join(ROOT, "functions/slack.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      splitting: true,
      outdir: away,
      write: false,
      metafile: true,
      logLevel: "error",
      absWorkingDir: ROOT,
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs).toContain("src/cycle/press.ts");
    expect(
      inputs.filter((input) => /^src\/(kubernetes|cli)\/|release|assemble|cycle\/(run|mark|collect)\.ts/.test(input)),
    ).toEqual(["src/config/sections/release.ts"]);
    // Of the cloud: what signs and sends a call, and the one caller, which reads secrets.
    const cloud = inputs.filter((input) => input.startsWith("src/tencent/")).sort();
    expect(cloud).toEqual(["actions", "rate", "secrets", "signed", "transport"].map((name) => `src/tencent/${name}.ts`));
    const calls = /action: "(\w+)",/g;
    const called = await Promise.all(cloud.map(async (file) => [...(await readFile(join(ROOT, file), "utf8")).matchAll(calls)]));
    expect(called.flat().map(([, action]) => action)).toEqual(["ListSecretVersionIds", "GetSecretValue"]);
  });
});
