import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { type CosKey, type CosServer, startCosServer } from "../../sim/cos.ts";
import { createWorkload, deleteWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { addAccount, type Cluster, type World } from "../../sim/world/world.ts";
import { systemClock } from "../../src/assemble.ts";
import { createTransport } from "../../src/tencent/transport.ts";
import { DAY, HOUR, openStage, type Stage } from "../system/stage.ts";

/**
 * The built function as SCF calls it, in a process of its own with the run role's temporary credentials, over the whole simulator, its
 * state in a COS bucket that verifies signatures and tokens.
 */

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Where the bundle is, with nothing else beside it: no source, no node_modules. */
let built: string;
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), "eip-guard-function-"));
  await run(process.execPath, ["build.mjs", "--outdir", join(built, "dist")], { cwd: ROOT });
}, 60_000);
afterAll(() => rm(built, { recursive: true, force: true }));

let stage: Stage;
let cos: CosServer;
let role: CosKey & { readonly token: string };
let cluster: Cluster;

const POLICY = `
policy:
  grace: 1h
  maxGap: 7h
  rules: [{ name: leaked, match: { verdict: leaked }, flagAfter: 0s, releaseAfter: 2d }]
release: { notice: 24h, maxPerRun: 10, maxPercent: 100 }
`;

beforeEach(async () => {
  let made: Cluster | undefined;
  stage = await openStage((world: World) => {
    world.clock.advance(Date.now() - 5 * DAY - world.clock.now());
    const account = addAccount(world, { regions: ["ap-guangzhou"] });
    const region = account.regions.get("ap-guangzhou");
    if (region === undefined) throw new Error("no region");
    made = startCluster(world, region, { id: "cls-game0001" });
    createWorkload(world, made, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 2, annotations: NEVER });
    createWorkload(world, made, { kind: "StatefulSet", namespace: "old", name: "arena", replicas: 1, annotations: NEVER });
  });
  if (made === undefined) throw new Error("the world was not made");
  cluster = made;
  const [account] = stage.world.accounts;
  if (account === undefined) throw new Error("no account");
  role = await assumeRole(account);
  cos = await startCosServer({ keys: [account, role] });
});
afterEach(async () => {
  await stage.close();
  await cos.close();
});

/** The run role's temporary credentials, as STS gives them to SCF. */
async function assumeRole(account: { readonly uin: string; readonly secretId: string; readonly secretKey: string }) {
  const { secretId, secretKey } = account;
  const transport = createTransport({ endpoint: stage.simulator.cloud.endpoint, clock: systemClock() });
  const answer = await transport.call(
    "own",
    { secretId, secretKey, token: null },
    {
      action: "AssumeRole",
      region: "ap-guangzhou",
      parameters: { RoleArn: `qcs::cam::uin/${account.uin}:roleName/eip-guard`, RoleSessionName: "scf", DurationSeconds: 7_200 },
    },
    z.object({ Credentials: z.object({ Token: z.string(), TmpSecretId: z.string(), TmpSecretKey: z.string() }) }),
  );
  if (!answer.ok) throw new Error("no role");
  const { Token, TmpSecretId, TmpSecretKey } = answer.value.Credentials;
  return { secretId: TmpSecretId, secretKey: TmpSecretKey, token: Token };
}

const configure = (mode: string, state = inCos()) => stage.configure(`mode: ${mode}\n${state}\n${POLICY}`);
const inCos = () =>
  `state: { cos: { bucket: guard-1250000000, region: ap-guangzhou, prefix: eip-guard/, endpoint: "${cos.endpoint}" } }`;

interface Ended {
  readonly answer: Record<string, unknown> | null;
  /** The error's message: SCF shows no more of it. */
  readonly failed: string | null;
  /** Everything that it wrote. */
  readonly log: string;
}

async function invoke(event: unknown, context: object = { time_limit_in_ms: 900_000 }): Promise<Ended> {
  const script = `
    const { main_handler } = require(${JSON.stringify(join(built, "dist/functions/guard/index.js"))});
    main_handler(${JSON.stringify(event)}, ${JSON.stringify(context)}).then(
      (answer) => console.log("ANSWER " + JSON.stringify(answer)),
      (error) => console.log("FAILED " + error.message.replaceAll("\\n", " ")));`;
  const env = {
    PATH: process.env.PATH,
    TENCENTCLOUD_RUNENV: "SCF",
    TENCENTCLOUD_SECRETID: role.secretId,
    TENCENTCLOUD_SECRETKEY: role.secretKey,
    TENCENTCLOUD_SESSIONTOKEN: role.token,
    SLACK_BOT_TOKEN: stage.simulator.slack.token,
    EIP_GUARD_ALLOW_RELEASE: "yes",
    EIP_GUARD_CONFIG: join(stage.folder, "eip-guard.yaml"),
  };
  const { stdout, stderr } = await run(process.execPath, ["-e", script], { env, cwd: built, maxBuffer: 1e8 });
  const answer = /^ANSWER (.*)$/m.exec(stdout)?.[1];
  const log = `${stdout}${stderr}`;
  expect(log, "a warning of Node itself").not.toContain("(node:");
  return {
    answer: answer === undefined ? null : z.record(z.string(), z.unknown()).parse(JSON.parse(answer)),
    failed: /^FAILED (.*)$/m.exec(stdout)?.[1] ?? null,
    log,
  };
}

/** A timer's event, as of `ago` milliseconds before now. */
function tick(ago = 0) {
  const Time = new Date(Date.now() - ago).toISOString().replace(/\.\d+Z$/, "Z");
  return { Type: "Timer", TriggerName: "every-ten-minutes", Time, Message: "" };
}

/** The first thing that taking the lease asks of the bucket. */
const LEASES = `GET ?${new URLSearchParams({ prefix: "eip-guard/lease/", marker: "", "max-keys": "1000" })}`;

const stored = () => [...cos.objects].map(([key, { body }]) => `${key} ${body}`).sort();
const named = (part: string) => [...cos.objects.keys()].filter((key) => key.includes(part));

describe("a timer's event", () => {
  beforeEach(() => configure("audit"));

  it("runs one cycle: ledger and trail are in the bucket, the lease is given back, and the answer is short", async () => {
    // Nobody but the run role may use the bucket, and it only with its token.
    cos.keys.splice(0, cos.keys.length, role);
    const { answer, log } = await invoke(tick());
    expect(answer).toMatchObject({ complete: true, gaps: [], run: { mode: "audit", dryRun: false }, totals: { eips: 3 } });
    expect(Object.keys(answer ?? {}).sort()).toEqual(["acts", "alertErrors", "complete", "eips", "gaps", "run", "totals"]);
    expect(answer?.eips).toEqual([]);
    expect(answer?.alertErrors).toEqual([]);
    expect(stage.simulator.slack.messages).toHaveLength(1);
    // An empty one before the trail begins, and the one of the run.
    expect(named("/ledger/")).toEqual(["eip-guard/ledger/0000000001.json", "eip-guard/ledger/0000000002.json"]);
    expect(named("/trail/")[0]).toBe("eip-guard/trail/0000000000.jsonl");
    const [newest = ""] = named("/lease/").sort().reverse();
    expect(JSON.parse(cos.objects.get(newest)?.body.toString() ?? "")).toMatchObject({ expiresAt: 0 });
    expect(log.length).toBeLessThan(4_000);
    for (const secret of [role.secretId, role.secretKey, role.token]) {
      expect(log).not.toContain(secret);
      expect(stored().join("")).not.toContain(secret);
    }
    // What the function wrote, the commands read.
    cos.keys.push(...stage.world.accounts);
    const { code, out } = await stage.run(["trail", "verify"]);
    expect([code, out]).toEqual([0, expect.stringContaining("holds")]);
  });

  it("without the role's token gets nothing from the bucket, and fails", async () => {
    role = { ...role, token: "another" };
    const { failed } = await invoke(tick());
    expect(failed).toContain("the bucket guard-1250000000 refuses the credentials: InvalidAccessKeyId");
    expect(stored()).toEqual([]);
  });

  it("that comes again, or hours late, is skipped: nothing is read of the cloud, and nothing written", async () => {
    const event = tick();
    expect((await invoke(event)).answer).toMatchObject({ run: { dryRun: false } });
    const before = stored();
    const calls = stage.simulator.cloud.calls.length;
    expect((await invoke(event)).answer).toEqual({ skipped: `the tick of ${event.Time} was served already` });
    const late = tick(16 * 60_000);
    expect((await invoke(late)).answer).toEqual({ skipped: `the tick of ${late.Time} is older than 15 minutes` });
    expect(stored()).toEqual(before);
    expect(stage.simulator.cloud.calls.length).toBe(calls);
  });

  it("that is delivered to two instances at once is served by one", async () => {
    const event = tick();
    const answers = (await Promise.all([invoke(event), invoke(event)])).map(({ answer }) => answer);
    expect(answers.filter((answer) => answer?.run !== undefined)).toHaveLength(1);
    expect(answers.filter((answer) => typeof answer?.skipped === "string")).toHaveLength(1);
    expect(named("/ledger/")).toHaveLength(2);
  });

  it("that another instance served between our look at the ledger and our lease is skipped", async () => {
    const event = tick();
    cos.faults.push({ kind: "slow", milliseconds: 6_000, request: LEASES, times: 1 });
    const late = invoke(event);
    await expect.poll(() => cos.requests, { timeout: 20_000 }).toContain(LEASES);
    expect((await invoke(event)).answer).toMatchObject({ run: { dryRun: false } });
    expect((await late).answer).toEqual({ skipped: `the tick of ${event.Time} was served already` });
    expect(named("/ledger/")).toHaveLength(2);
  });

  it.each<[string, object, RegExp]>([
    ["of tomorrow", { Time: new Date(Date.now() + 86_400_000).toISOString() }, /lies in the future: it is 20/],
    [
      "of a trigger with 100,000 characters",
      { TriggerName: "x".repeat(100_000) },
      /TriggerName has 100000 characters, and 100 are the most/,
    ],
    ["of an instant with 100,000 characters", { Time: `2026-11-23T01:00:00.${"0".repeat(100_000)}Z` }, /is no ISO 8601 instant/],
  ])("%s is refused, and nothing is written", async (_, fields, why) => {
    const { answer, failed, log } = await invoke({ ...tick(), ...fields });
    expect([answer, failed]).toEqual([null, expect.stringMatching(why)]);
    expect(log.length).toBeLessThan(2_000);
    expect(stored()).toEqual([]);
  });

  it("that is written in another way is the same tick", async () => {
    const event = tick();
    expect((await invoke(event)).answer).toMatchObject({ complete: true });
    const again = { ...event, Time: event.Time.replace("Z", "+00:00") };
    expect((await invoke(again)).answer).toEqual({ skipped: expect.stringContaining("was served already") });
  });

  const leaseNote = (minutes: number, fields: object = {}) =>
    cos.put(
      "eip-guard/lease/0000000001.json",
      JSON.stringify({ holder: "run-a", token: "t", expiresAt: Date.now() + minutes * 60_000, process: null, ...fields }),
    );

  it("goes on where a lease ends later than any lease can, and says so", async () => {
    leaseNote(30 * 24 * 60);
    expect((await invoke(tick())).answer).toMatchObject({ run: { dryRun: false } });
    const message = JSON.stringify(stage.simulator.slack.messages);
    expect(message).toContain("the lease of run-a was taken over");
  });

  it.each([
    ["another run is at work", { takenAt: Date.now() - 60_000 }],
    ["a run of an older version is at work", {}],
  ])("is skipped while %s", async (_, fields) => {
    leaseNote(19, fields);
    expect((await invoke(tick())).answer).toEqual({ skipped: "another run is at work" });
  });

  it.each([
    ["for longer than a run may take", { takenAt: Date.now() - 40 * 60_000 }],
    ["for longer, by an older version, which wrote only when it ends", { expiresAt: Date.now() + 2 * 60_000 }],
  ])("fails where the lease is held %s: a success would hide that nothing is guarded", async (_, fields) => {
    leaseNote(19, fields);
    expect(await invoke(tick())).toMatchObject({ answer: null, failed: expect.stringContaining("another run holds the lease") });
  });

  it("fails, and does not look for ever, where the newest ledger is listed and not there", async () => {
    cos.put("eip-guard/ledger/0000000007.json", "{}");
    cos.faults.push({ kind: "error", request: "GET eip-guard/ledger/0000000007.json", status: 404, code: "NoSuchKey" });
    expect(await invoke(tick())).toMatchObject({
      answer: null,
      failed: expect.stringContaining("it is listed, and is not there"),
    });
  });

  it("fails where the trail is there and every generation of the ledger is lost", async () => {
    await invoke(tick());
    for (const name of named("/ledger/")) cos.objects.delete(name);
    const { failed } = await invoke(tick(-1_000));
    expect(failed).toContain("has a trail and no ledger");
    expect(failed).toContain("restore the newest ledger from a backup");
    expect(named("/ledger/")).toEqual([]);
  });

  it.each<[string, () => void, RegExp]>([
    ["the bucket is gone", () => Object.assign(cos, { exists: false }), /there is no bucket guard-1250000000 in ap-guangzhou/],
    [
      "the bucket overwrites",
      () => Object.assign(cos, { versioning: "suspended" }),
      /overwrites objects although it is told not to/,
    ],
    [
      "the ledger can't be written",
      () => cos.faults.push({ kind: "error", request: "PUT eip-guard/ledger/0000000001.json" }),
      /refuses to create eip-guard\/ledger\/0000000001\.json: AccessDenied/,
    ],
    ["the trail can't be read", () => cos.put("eip-guard/trail/0000000000.jsonl", "once upon a time\n"), /trail can't be read/],
  ])("fails the invocation when %s", async (_, spoil, why) => {
    spoil();
    const { answer, failed } = await invoke(tick());
    expect([answer, failed]).toEqual([null, expect.stringMatching(why)]);
    expect(named("/ledger/")).toEqual([]);
  });

  it("that failed is served when the platform tries it again", async () => {
    const event = tick();
    cos.faults.push({ kind: "error", request: "PUT eip-guard/ledger/0000000001.json", times: 1 });
    expect((await invoke(event)).failed).not.toBeNull();
    expect((await invoke(event)).answer).toMatchObject({ run: { dryRun: false }, complete: true });
  });

  it("goes on from a write whose answer was lost", async () => {
    for (const name of ["lease/0000000001.json", "trail/0000000000.jsonl", "ledger/0000000001.json"])
      cos.faults.push({ kind: "drop", after: true, request: `PUT eip-guard/${name}`, times: 1 });
    expect((await invoke(tick())).answer).toMatchObject({ complete: true });
    expect((await stage.run(["trail", "verify"])).code).toBe(0);
  });
});

describe("any other event", () => {
  it("is a dry run, which writes nothing to the bucket", async () => {
    await configure("audit");
    const { answer } = await invoke({ hello: "there" });
    expect(answer).toMatchObject({ complete: true, run: { dryRun: true } });
    expect(stored()).toEqual([]);
    expect(cos.requests.filter((request) => !request.startsWith("GET "))).toEqual([]);
  });
});

describe("the function's state", () => {
  it("may be no folder that goes with the instance: the invocation fails, and says what to do", async () => {
    await configure("audit", "state: { dir: ./state }");
    expect((await invoke(tick())).failed).toMatch(
      /would be lost with the function's instance; keep the state in cos, or in a mounted/,
    );
  });
});

describe("a release that is due", { timeout: 120_000 }, () => {
  /** Lives through the days until now, in which nobody may release: flagged, noticed, and long due. */
  async function untilDue(): Promise<void> {
    await configure("flag");
    await stage.run(["run"]);
    stage.clock.advance(HOUR);
    deleteWorkload(stage.world, cluster, "StatefulSet", "old", "arena");
    while (stage.clock.now() + 6 * HOUR < Date.now()) {
      stage.clock.advance(6 * HOUR);
      expect((await stage.run(["run"])).code).toBe(0);
    }
    await configure("enforce");
  }

  /** The world goes on while the function runs. */
  async function goingOn<T>(work: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => stage.clock.advance(Math.max(0, Date.now() - stage.clock.now())), 20);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  it("is not begun when the platform's time is nearly over, and ledger and trail are written all the same", async () => {
    await untilDue();
    const generations = named("/ledger/").sort();
    const { answer } = await goingOn(() => invoke(tick(), { time_limit_in_ms: 100_000 }));
    expect(answer).toMatchObject({ complete: true, run: { mode: "enforce" } });
    expect(answer?.acts).toMatchObject([{ act: "withheld", why: expect.stringContaining("the platform's time is nearly over") }]);
    expect(stage.world.released).toEqual([]);
    expect(named("/ledger/").sort().at(-1)).not.toBe(generations.at(-1));
    expect(named("/trail/").some((key) => cos.objects.get(key)?.body.includes('"kind":"intent"'))).toBe(false);
    expect((await stage.run(["trail", "verify"])).code).toBe(0);
  });

  it("is done when there is time: intent, release and receipt are in the bucket, and a second tick releases nothing", async () => {
    await untilDue();
    const { answer } = await goingOn(() => invoke(tick()));
    expect(answer?.acts).toMatchObject([{ act: "released", via: "claim" }]);
    expect(stage.world.released).toHaveLength(1);
    const trail = named("/trail/")
      .sort()
      .map((key) => String(cos.objects.get(key)?.body));
    expect(trail.join("")).toMatch(/"kind":"intent"[\s\S]*"kind":"receipt"/);
    expect((await stage.run(["trail", "verify"])).code).toBe(0);
    const again = await goingOn(() => invoke(tick(-1_000)));
    expect(again.answer).toMatchObject({ acts: [] });
    expect(stage.world.released).toHaveLength(1);
  });
});
