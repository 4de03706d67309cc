import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CosKey, type CosServer, startCosServer } from "../../sim/cos.ts";
import { createWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { addAccount } from "../../sim/world/world.ts";
import { openStage, type Printed, type Stage } from "./stage.ts";

/** A COS bucket as the store, as a user meets it: what each command says of one that is no good, and that nothing is done then. */

let stage: Stage;
let cos: CosServer;
let key: CosKey;

beforeEach(async () => {
  stage = await openStage((world) => {
    const account = addAccount(world, { regions: ["ap-guangzhou"] });
    for (const region of account.regions.values()) {
      const cluster = startCluster(world, region, { id: "cls-game0001" });
      createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 2, annotations: NEVER });
    }
  });
  const [account] = stage.world.accounts;
  if (account === undefined) throw new Error("no account");
  key = { secretId: account.secretId, secretKey: account.secretKey };
  cos = await startCosServer({ keys: [key] });
  await configure(cos.endpoint);
});
afterEach(async () => {
  await stage.close();
  await cos.close();
});

const configure = (endpoint: string) =>
  stage.configure(
    `mode: flag\nstate: { cos: { bucket: guard-1250000000, region: ap-guangzhou, prefix: eip-guard/, endpoint: "${endpoint}" } }\n`,
  );
const keys = () => [...cos.objects.keys()].sort();
const writes = () => cos.requests.filter((request) => !request.startsWith("GET ") && !request.startsWith("HEAD "));
const said = ({ out, err }: Printed) => `${out}${err}`;

it("a run keeps ledger, trail and lease in the bucket, and nothing in a folder", async () => {
  expect((await stage.run(["run"])).code).toBe(0);
  expect(new Set(keys().map((name) => name.split("/")[1]))).toEqual(new Set(["create-only-probe", "ledger", "lease", "trail"]));
  expect(Object.keys(await stage.files()).filter((name) => name.startsWith("/state") || name.startsWith("/.eip-guard"))).toEqual(
    [],
  );
});

it.each(["scan", "check", "trail verify"])("%s writes no object", async (command) => {
  await stage.run(["run"]);
  cos.requests.splice(0);
  expect((await stage.run(command.split(" "))).code).toBe(0);
  expect(cos.requests.length).toBeGreaterThan(0);
  expect(writes()).toEqual([]);
});

describe("check --probe-store", () => {
  it("proves a good bucket with one object", async () => {
    const checked = await stage.run(["check", "--probe-store"]);
    expect([checked.code, said(checked)]).toEqual([0, expect.stringContaining("creates an object once only")]);
    expect(keys()).toEqual(["eip-guard/create-only-probe"]);
  });

  it("tells of a bucket that overwrites, with the mend, which check alone can't know", async () => {
    cos.versioning = "suspended";
    expect((await stage.run(["check"])).code).toBe(0);
    const checked = await stage.run(["check", "--probe-store"]);
    expect(checked.code).toBe(1);
    expect(said(checked)).toContain("the bucket guard-1250000000 overwrites objects although it is told not to");
    expect(said(checked)).toContain("use a bucket that never had versioning on");
  });
});

interface Case {
  readonly title: string;
  readonly spoil: () => unknown;
  readonly says: string;
  readonly mend: string;
  /** 2: a user must mend the configuration · 1: it failed, and may go by itself. */
  readonly code: number;
}

const CASES: readonly Case[] = [
  {
    title: "that overwrites",
    spoil: () => Object.assign(cos, { versioning: "enabled" }),
    says: "the bucket guard-1250000000 overwrites objects although it is told not to",
    mend: "use a bucket that never had versioning on",
    code: 2,
  },
  {
    title: "that is gone",
    spoil: () => Object.assign(cos, { exists: false }),
    says: "there is no bucket guard-1250000000 in ap-guangzhou",
    mend: "mend state.cos in the configuration",
    code: 2,
  },
  {
    title: "that knows other keys only",
    spoil: () => cos.keys.splice(0, 1, { ...key, secretKey: "another" }),
    says: "refuses the credentials: SignatureDoesNotMatch",
    mend: "check the credentials in the environment",
    code: 2,
  },
  {
    title: "in which we may not write",
    spoil: () => cos.keys.splice(0, 1, { ...key, denied: new Set(["PutObject"]) }),
    says: "refuses to create eip-guard/create-only-probe: AccessDenied",
    mend: "the store needs name/cos:GetBucket, GetObject, HeadObject, PutObject and DeleteObject",
    code: 2,
  },
  {
    title: "that fails at everything",
    spoil: () => cos.faults.push({ kind: "http500" }),
    says: "the bucket guard-1250000000 does not answer to",
    mend: "try again later",
    code: 1,
  },
  {
    title: "behind which nothing listens",
    // Port 1 is reserved, and no service has it.
    spoil: () => configure("http://127.0.0.1:1"),
    says: "ECONNREFUSED",
    mend: "try again later",
    code: 1,
  },
];

describe("a run with a bucket", () => {
  it.each(CASES)("$title: says so, with the mend, and does nothing", async ({ spoil, says, mend, code }) => {
    await spoil();
    const ended = await stage.run(["run"]);
    expect(said(ended)).toContain(says);
    expect(said(ended)).toContain(mend);
    expect(ended.code).toBe(code);
    expect(stage.simulator.cloud.calls).toEqual([]);
    expect(stage.simulator.slack.messages).toEqual([]);
    expect(keys().filter((name) => name !== "eip-guard/create-only-probe")).toEqual([]);
  });
});
