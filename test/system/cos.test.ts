import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CosServer, startCosServer } from "../../sim/cos.ts";
import { createWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { addAccount } from "../../sim/world/world.ts";
import { padded } from "../../src/store/shelf.ts";
import { chain, headOf, lineOf, parseLine } from "../../src/trail/chain.ts";
import { openStage, type Stage } from "./stage.ts";

/** The commands over a COS bucket: what they say of one that can't be used, and what they leave in one that can. */

let stage: Stage;
let cos: CosServer;
beforeEach(async () => {
  stage = await openStage((world) => {
    const account = addAccount(world, { regions: ["ap-guangzhou"] });
    const region = account.regions.get("ap-guangzhou");
    if (region === undefined) throw new Error("no region");
    const cluster = startCluster(world, region, { id: "cls-game0001" });
    createWorkload(world, cluster, { kind: "StatefulSet", namespace: "games", name: "web", replicas: 2, annotations: NEVER });
  });
  cos = await startCosServer({ keys: stage.world.accounts });
  await configure(cos.endpoint);
});
afterEach(async () => {
  await stage.close();
  await cos.close();
});

function configure(endpoint: string): Promise<void> {
  return stage.configure(
    `state: { cos: { bucket: guard-1250000000, region: ap-guangzhou, prefix: eip-guard/, endpoint: "${endpoint}" } }`,
  );
}

const keys = () => [...cos.objects.keys()].sort();
const [PROBE, STORE] = ["eip-guard/create-only-probe", "store cos guard-1250000000/eip-guard/"];

async function storeLine(argv: readonly string[]) {
  const { code, out } = await stage.run(["check", ...argv, "--format", "json"]);
  const { checks }: { checks: { name: string; status: string; detail: string; fix: string }[] } = JSON.parse(out);
  return { code, ...checks.find(({ name }) => name === STORE) };
}

it("run, keep and trail export go on from each other over the bucket, and scan writes nothing to it", async () => {
  expect((await stage.run(["run"])).code).toBe(0);
  const [eip = ""] = (await stage.json(["scan"])).eips.map(({ id }) => id);
  const before = keys();
  const asked = cos.requests.length;
  expect((await stage.run(["scan"])).code).toBe(0);
  expect((await stage.run(["explain", eip])).code).toBe(0);
  expect(cos.requests.slice(asked).filter((request) => !request.startsWith("GET "))).toEqual([]);
  expect(keys()).toEqual(before);
  expect((await stage.run(["keep", eip, "--why", "login servers"])).code).toBe(0);
  expect((await stage.run(["run"])).code).toBe(0);
  expect((await stage.run(["history", eip])).out).toContain("login servers");
  expect((await stage.run(["trail", "verify"])).out).toContain("the trail in cos guard-1250000000/eip-guard/ holds");
});

it("a run seals the old pieces of a long trail now and then, and all that reads the trail goes on", async () => {
  expect((await stage.run(["run"])).code).toBe(0);
  const [eip = ""] = (await stage.json(["scan"])).eips.map(({ id }) => id);
  const trail = keys().filter((key) => key.startsWith("eip-guard/trail/"));
  const records = trail.flatMap((key) => (cos.objects.get(key)?.body.toString() ?? "").trimEnd().split("\n"));
  const last = parseLine(records.at(-1) ?? "", "the test");
  const events = Array.from({ length: 720 }, () => ({
    ...last,
    kind: "unkept" as const,
    eip,
    facts: { ip: "203.0.113.1", by: "ann" },
  }));
  const more = chain(events, headOf(last));
  for (const record of more) cos.put(`eip-guard/trail/${padded(record.sequence)}.jsonl`, lineOf(record));
  const newest =
    keys()
      .filter((key) => key.startsWith("eip-guard/ledger/"))
      .at(-1) ?? "";
  const text = cos.objects.get(newest)?.body.toString() ?? "";
  const generation = Number(/(\d{10})\.json$/.exec(newest)?.[1]);
  cos.put("eip-guard/ledger/0000000019.json", text.replace(`"generation":${generation},`, `"generation":19,`));
  expect((await stage.run(["run"])).code).toBe(0);
  expect(keys().filter((key) => key.startsWith("eip-guard/sealed/"))).toHaveLength(1);
  expect(keys().filter((key) => key.startsWith("eip-guard/trail/")).length).toBeLessThan(540);
  expect((await stage.run(["trail", "verify"])).out).toContain("holds");
  expect((await stage.run(["keep", eip, "--why", "login servers"])).code).toBe(0);
  expect((await stage.run(["run"])).code).toBe(0);
  const { out } = await stage.run(["history", eip, "--format", "json"]);
  expect(out.match(/"unkept"/g)).toHaveLength(720);
  expect(out).toContain("login servers");
});

it("STOP in the bucket is seen", async () => {
  cos.put("eip-guard/STOP", "");
  expect(await storeLine([])).toMatchObject({ status: "warn", detail: expect.stringContaining("STOP") });
});

describe("check", () => {
  it("writes nothing to the bucket", async () => {
    expect(await storeLine([])).toMatchObject({ code: 0, status: "ok", detail: "ledger of generation 0" });
    expect(keys()).toEqual([]);
    expect(cos.requests.filter((request) => !request.startsWith("GET "))).toEqual([]);
  });

  it("--probe-store tries out with one object that the bucket refuses to overwrite", async () => {
    expect(await storeLine(["--probe-store"])).toMatchObject({
      code: 0,
      status: "ok",
      detail: expect.stringContaining("creates an object once only"),
    });
    expect(keys()).toEqual([PROBE]);
  });

  it.each(["enabled", "suspended"] as const)("--probe-store finds out where versioning is %s", async (versioning) => {
    cos.versioning = versioning;
    expect(await storeLine(["--probe-store"])).toMatchObject({
      code: 1,
      status: "fail",
      detail: "the bucket guard-1250000000 overwrites objects although it is told not to",
      fix: expect.stringContaining("never had versioning on"),
    });
    expect(keys()).toEqual([PROBE]);
  });

  it("says what is wrong with the bucket, and its fix", async () => {
    cos.exists = false;
    expect(await storeLine([])).toMatchObject({
      code: 1,
      status: "fail",
      detail: "there is no bucket guard-1250000000 in ap-guangzhou",
      fix: "create the bucket, or correct state.cos in the configuration",
    });
  });
});

describe("run does nothing and asks nobody", () => {
  it.each<[string, () => unknown, number, RegExp, RegExp]>([
    [
      "in a bucket that overwrites",
      () => Object.assign(cos, { versioning: "suspended" }),
      2,
      /the bucket guard-1250000000 overwrites objects although it is told not to/,
      /use a bucket that never had versioning on/,
    ],
    [
      "in a bucket that is gone",
      () => Object.assign(cos, { exists: false }),
      2,
      /there is no bucket guard-1250000000 in ap-guangzhou/,
      /create the bucket, or correct state\.cos/,
    ],
    [
      "with keys that the bucket does not know",
      () => cos.keys.splice(0),
      2,
      /the bucket guard-1250000000 refuses the credentials: InvalidAccessKeyId/,
      /check the credentials in the environment/,
    ],
    [
      "with keys that may not write",
      () => cos.keys.splice(0, 1, ...stage.world.accounts.map((key) => ({ ...key, denied: new Set(["PutObject"]) }))),
      2,
      /refuses to create eip-guard\/create-only-probe: AccessDenied/,
      /the store needs name\/cos:GetBucket/,
    ],
    ["where nobody answers", () => configure("http://127.0.0.1:9"), 1, /does not answer to .*ECONNREFUSED/, /try again later/],
    [
      "where only errors answer",
      () => cos.faults.push({ kind: "http500" }),
      1,
      /does not answer to .*InternalError/,
      /try again/,
    ],
    [
      "where the ledger is of a newer version",
      () => cos.put("eip-guard/ledger/0000000007.json", '{"schema":"eip-guard/ledger/v2"}'),
      2,
      /ledger\/0000000007\.json was written by a newer version/,
      /use that version/,
    ],
    [
      "where the ledger can't be read",
      () => cos.put("eip-guard/ledger/0000000007.json", "{"),
      1,
      /ledger\/0000000007\.json can't be read/,
      /never taken as empty/,
    ],
  ])("%s", async (_, spoil, expected, says, fix) => {
    await spoil();
    const asked = stage.simulator.cloud.calls.length;
    const { code, out, err } = await stage.run(["run"]);
    expect(err).toMatch(new RegExp(`^error: .*${says.source}.*\nFix: .*${fix.source}`));
    expect([code, out]).toEqual([expected, ""]);
    expect(stage.simulator.cloud.calls.length).toBe(asked);
    // That the run failed is all that may be said.
    expect(stage.simulator.slack.messages.filter(({ text }) => !text.startsWith("The run failed"))).toEqual([]);
    expect(keys().filter((key) => key.includes("/trail/"))).toEqual([]);
  });
});

it("two runs at once: one works, and the other is told so and changes nothing", async () => {
  const ended = await Promise.all([stage.run(["run"]), stage.run(["run"])]);
  expect(ended.map(({ code }) => code).sort()).toEqual([0, 1]);
  expect(ended.map(({ err }) => err).join("")).toContain("another run holds the lease");
  // An empty one before the trail begins, and the one of the run.
  expect(keys().filter((key) => key.includes("/ledger/"))).toHaveLength(2);
});

it("a run that was overtaken by another writes no ledger over the other's, and fails", async () => {
  expect((await stage.run(["run"])).code).toBe(0);
  // Somebody else's run ends while ours is at work.
  const theirs = cos.objects.get("eip-guard/ledger/0000000002.json")?.body.toString() ?? "";
  const late = theirs.replace('"generation":2', '"generation":3').replace(/"writtenBy":"[^"]*"/, '"writtenBy":"another"');
  const asked = cos.requests.length;
  const running = stage.run(["run"]);
  while (!cos.requests.slice(asked).some((request) => request.includes("trail")))
    await new Promise((resolve) => setTimeout(resolve, 1));
  cos.put("eip-guard/ledger/0000000003.json", late);
  const { code, err } = await running;
  expect(err).toContain("another run was faster");
  expect(code).toBe(1);
  expect(cos.objects.get("eip-guard/ledger/0000000003.json")?.body.toString()).toBe(late);
  expect(keys().filter((key) => key.includes("/ledger/"))).toHaveLength(3);
});

it("a ledger that gets lost while a person speaks is not begun anew by that word; the word is in the trail", async () => {
  const ledgers = () => keys().filter((key) => key.includes("/ledger/"));
  expect((await stage.run(["run"])).code).toBe(0);
  const backup = new Map([...cos.objects].filter(([key]) => key.includes("/ledger/")));
  const [eip = ""] = (await stage.json(["scan"])).eips.map(({ id }) => id);
  const asked = cos.requests.length;
  const speaking = stage.run(["keep", eip, "--why", "login servers"]);
  const said = (request: string) => request.startsWith("PUT ") && request.includes("trail");
  while (!cos.requests.slice(asked).some(said)) await new Promise((resolve) => setTimeout(resolve, 0));
  for (const key of ledgers()) cos.objects.delete(key);
  const { code, err } = await speaking;
  expect([code, err]).toEqual([1, expect.stringContaining("has a trail and no ledger")]);
  expect(ledgers()).toEqual([]);
  for (const [key, object] of backup) cos.objects.set(key, object);
  expect((await stage.run(["run"])).code).toBe(0);
  expect((await stage.run(["explain", eip])).out).toContain("login servers");
});

it("what a person said is taken from the trail, whatever became of the ledger; without any ledger nothing is done", async () => {
  const ledgers = () => keys().filter((key) => key.includes("/ledger/"));
  const verdictOf = async (eip: string) => {
    const { out } = await stage.run(["explain", eip, "--format", "json"]);
    return JSON.parse(out).rules.find(({ name }: { name: string }) => name === "kept").answer?.detail ?? null;
  };
  expect((await stage.run(["run"])).code).toBe(0);
  const backup = new Map([...cos.objects].filter(([key]) => key.includes("/ledger/")));
  const [eip = ""] = (await stage.json(["scan"])).eips.map(({ id }) => id);
  expect((await stage.run(["keep", eip, "--why", "login servers"])).code).toBe(0);
  cos.objects.delete(ledgers().at(-1) ?? "");
  expect(await verdictOf(eip)).toContain("login servers");
  expect((await stage.run(["run"])).code).toBe(0);

  for (const key of ledgers()) cos.objects.delete(key);
  const { code, err } = await stage.run(["run"]);
  expect([code, err]).toEqual([1, expect.stringContaining("has a trail and no ledger")]);
  for (const word of ["keep", "unkeep", "approve"]) {
    const spoken = await stage.run([word, eip]);
    expect([word, spoken.code, spoken.err]).toEqual([word, 1, expect.stringContaining("has a trail and no ledger")]);
  }
  expect(ledgers()).toEqual([]);

  for (const [key, object] of backup) cos.objects.set(key, object);
  expect((await stage.run(["run"])).code).toBe(0);
  expect(await verdictOf(eip)).toContain("login servers");
  expect((await stage.run(["trail", "verify"])).code).toBe(0);
});
