import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addPolicy, addRole } from "../../sim/world/functions.ts";
import { type DeployStage, openDeployStage } from "./stage.ts";

/** What the cloud refuses, what is there already, and what comes in between: each with its message, its exit code and the way on. */

let stage: DeployStage;
beforeEach(async () => {
  stage = await openDeployStage();
  await stage.configure();
});
afterEach(() => stage.close());

const refuse = (action: string, code: string) => stage.simulator.cloud.faults.push({ action, kind: "error", code, times: 1 });

describe("a refusal", () => {
  it.each<[action: string, code: string, fix: RegExp, exit: number]>([
    ["CreateRole", "LimitExceeded.RoleNum", /ask for more in the console/, 1],
    ["CreateRole", "InvalidParameter.RoleFull", /ask for more in the console/, 1],
    ["CreatePolicy", "FailedOperation.PolicyFull", /ask for more in the console/, 1],
    ["CreatePolicy", "InvalidParameter.PolicyDocumentLengthOverLimit", /ask for more in the console/, 1],
    ["AttachRolePolicy", "InvalidParameter.AttachmentFull", /ask for more in the console/, 1],
    ["CreateFunction", "LimitExceeded.Function", /ask for more in the console/, 1],
    ["CreateFunction", "ResourceInUse.Function", /another deployment may be at work/, 1],
    ["CreateFunction", "FailedOperation.QcsRoleNotFound", /open SCF once in the console, which makes SCF_QcsRole/, 1],
    ["CreateFunction", "UnauthorizedOperation.CAM", /allow what is named/, 1],
    ["CreateFunction", "ResourceUnavailable.InsufficientBalance", /correct what the cloud names/, 1],
    ["CreateFunction", "InternalError.System", /it looks first at what is there/, 1],
    ["CreateFunction", "RequestLimitExceeded", /run the same command again in a minute/, 1],
    ["CreateTrigger", "FailedOperation.FunctionStatusError", /run the same command again in a minute/, 1],
    ["CreateTrigger", "ResourceInUse.Trigger", /another deployment may be at work/, 1],
    ["GetFunction", "ResourceNotFound.Namespace", /make the namespace in SCF's console, or correct deploy\.namespace/, 2],
    ["GetFunction", "UnsupportedRegion", /choose another region as deploy\.region/, 2],
    ["GetFunction", "AuthFailure.SignatureFailure", /check TENCENTCLOUD_SECRET_ID/, 2],
  ])("of %s by %s tells what to do about it", async (action, code, fix, exit) => {
    refuse(action, code);
    const ran = await stage.run(["deploy", "--yes"]);
    expect(ran.err).toContain(code);
    expect(ran.err).toMatch(new RegExp(`^Fix: .*${fix.source}`, "m"));
    expect(ran.code).toBe(exit);
    expect(ran.err).toMatch(exit === 2 ? /; nothing was changed$/m : /; done: .*; not done: .*$/m);
    expect((await stage.run(["deploy", "--yes"])).code).toBe(0);
  });

  it("names the right that the cloud names, where it is another than the call's own", async () => {
    stage.account.denied.add("cam:PassRole");
    const { code, err } = await stage.run(["deploy", "--yes"]);
    expect(code).toBe(1);
    expect(err).toMatch(/CreateFunction: UnauthorizedOperation: .*\(allow cam:PassRole\)/);
  });

  it("in the middle of an update says that the code is there, and its hash is not", async () => {
    await stage.run(["deploy", "--yes"]);
    await stage.configure("deploy: {}\npolicy: { grace: 2h }");
    stage.account.denied.add("UpdateFunctionConfiguration");
    const { code, err } = await stage.run(["deploy", "--yes"]);
    expect(code).toBe(1);
    expect(err).toContain("half done: the new code of eip-guard is there, and its hash is not noted");
  });

  it.each(["GetFunctionEventInvokeConfig", "ListTriggers", "ListAttachedRolePolicies", "GetPolicy"])(
    "of %s after the last change never says that nothing was changed",
    async (action) => {
      stage.account.denied.add(action);
      const { code, err } = await stage.run(["deploy", "--yes"]);
      expect(code).toBe(1);
      expect(err).toMatch(/done: everything of the plan; not done: reading it back$/m);
    },
  );

  it("of undeploy's second call leaves the function without its timer, and says so", async () => {
    await stage.run(["deploy", "--yes"]);
    stage.account.denied.add("DeleteFunction");
    const { code, err } = await stage.run(["undeploy", "--yes"]);
    expect(code).toBe(1);
    expect(err).toMatch(/done: delete trigger eip-guard; not done: delete function eip-guard$/m);
    stage.account.denied.clear();
    expect((await stage.run(["undeploy", "--yes"])).code).toBe(0);
  });
});

describe("two deployments at once", () => {
  const both = async () => {
    const ran = await Promise.all([stage.run(["deploy", "--yes"]), stage.run(["deploy", "--yes"])]);
    const [first, second] = [...ran].sort((one, other) => one.code - other.code);
    return { first, second };
  };

  it("of a function that is not there make it once", async () => {
    const { first, second } = await both();
    expect(second?.code, second?.err).toBe(1);
    expect(second?.err).toMatch(/NameInUse|ResourceInUse|changed by somebody else|StatusError/);
    expect(second?.err).toMatch(/done: .*; not done: /);
    expect([0, 1]).toContain(first?.code);
    expect((await stage.run(["deploy", "--yes"])).code).toBe(0);
    expect(stage.region.functions.size).toBe(1);
    expect(stage.fn()).toMatchObject({ status: "Active", retries: 0, triggers: [{ open: true }] });
  });

  it("that change a function leave it as one of them wants it, whole", async () => {
    await stage.run(["deploy", "--yes"]);
    await stage.configure("deploy: { memory: 512 }\npolicy: { grace: 2h }");
    const { second } = await both();
    expect(second?.code, second?.err).toBe(1);
    const again = await stage.run(["deploy", "--yes"]);
    expect(again.code, again.err).toBe(0);
    expect(stage.fn()).toMatchObject({ status: "Active", memory: 512 });
  });
});

it("an interruption ends after the call that is under way, and says how far it came", async () => {
  const interruption = new AbortController();
  stage.simulator.cloud.faults.push({
    action: "CreatePolicy",
    kind: "pass",
    times: 1,
    meanwhile: () => interruption.abort(),
  });
  const { code, err } = await stage.run(["deploy", "--yes"], { signal: interruption.signal });
  expect(code).toBe(130);
  expect(err).toMatch(/interrupted; done: create role eip-guard, attach policy eip-guard-rights; not done: create function/);
  expect((await stage.run(["deploy", "--yes"])).code).toBe(0);
});

describe("a function that another tool made, taken over", () => {
  beforeEach(async () => {
    await stage.run(["deploy", "--yes"]);
    Object.assign(stage.fn(), { tags: {} });
  });

  it("gets our handler, and its other timer is told", async () => {
    const fn = stage.fn();
    Object.assign(fn, { handler: "app.main" });
    const [own] = fn.triggers;
    if (own !== undefined) fn.triggers.push({ ...own, name: "every-ten-minutes" });
    const { code, out, err } = await stage.run(["deploy", "--yes", "--adopt"]);
    expect(code, err).toBe(0);
    expect(out).toMatch(/update code: .*handler app\.main → index\.main_handler/);
    expect(err).toMatch(/has another timer, every-ten-minutes \(.*\), which runs it, too; that is left as it is/);
    expect(stage.fn().handler).toBe("index.main_handler");
  });

  it("is refused where it is a web function, or has another runtime", async () => {
    Object.assign(stage.fn(), { type: "HTTP" });
    const web = await stage.run(["deploy", "--yes", "--adopt"]);
    expect([web.code, web.err]).toEqual([2, expect.stringMatching(/is of type HTTP, .*; nothing was changed/)]);
    Object.assign(stage.fn(), { type: "Event", runtime: "Python3.10" });
    const other = await stage.run(["deploy", "--yes", "--adopt"]);
    expect([other.code, other.err]).toEqual([2, expect.stringMatching(/has the runtime Python3\.10, .*; nothing was changed/)]);
  });
});

it("a function URL that was closed, or asks for a signature of the cloud, is opened", async () => {
  await stage.configure("deploy: { buttons: true }");
  await stage.run(["deploy", "--yes"]);
  const url = () => stage.fn("eip-guard-buttons").triggers.find(({ type }) => type === "http");
  const closed = url();
  if (closed !== undefined) Object.assign(closed, { open: false, desc: closed.desc.replace('"NONE"', '"CAM"') });
  const { steps, ran } = await stage.json(["deploy", "--yes"]);
  expect(ran.code, ran.err).toBe(0);
  expect(steps.map(({ what }) => what)).toEqual(["update-trigger", "invoke"]);
  expect(url()).toMatchObject({ open: true, desc: expect.stringContaining('"NONE"') });
});

describe("a role that exists", () => {
  const withPolicy = (statement: object) => {
    const { world } = stage.simulator;
    const document = JSON.stringify({ version: "2.0", statement: [statement] });
    addRole(world, stage.account, "eip-guard", ["scf.qcloud.com"], [addPolicy(world, stage.account, "theirs", document)]);
  };

  it("is told what it is denied, which no policy of ours gives", async () => {
    withPolicy({ effect: "deny", action: ["vpc:Describe*"], resource: ["*"] });
    const { err } = await stage.run(["deploy", "--dry-run"]);
    expect(err).toContain("the role eip-guard is denied what it needs: vpc:DescribeAddresses");
  });

  it("lacks what it may do on a condition only", async () => {
    withPolicy({ effect: "allow", action: ["*"], resource: ["*"], condition: { ip_equal: { "qcs:ip": "10.0.0.1" } } });
    const { out } = await stage.run(["deploy", "--dry-run"]);
    expect(out).toMatch(/attach policy eip-guard-rights to role eip-guard: the role lacks cvm:DescribeAddresses/);
  });

  it("needs nothing where it may do all of it already, by name or by a star", async () => {
    withPolicy({ effect: "allow", action: "*", resource: "*" });
    const { steps } = await stage.json(["deploy", "--dry-run"]);
    expect(steps.map(({ what }) => what)).not.toContain("attach-policy");
  });

  it.each([
    [
      "a user of the account",
      { qcs: ["qcs::cam::uin/100000000001:root"] },
      /may be assumed by no service, not by scf\.qcloud\.com/,
    ],
    ["another service", { service: "cls.cloud.tencent.com" }, /may be assumed by cls\.cloud\.tencent\.com, not by/],
  ])("that trusts %s is refused", async (_, principal, says) => {
    addRole(stage.simulator.world, stage.account, "eip-guard", []).document = JSON.stringify({
      version: "2.0",
      statement: [{ effect: "allow", action: "name/sts:AssumeRole", principal }],
    });
    const { code, err } = await stage.run(["deploy", "--yes"]);
    expect([code, err]).toEqual([2, expect.stringMatching(says)]);
    expect(err).toMatch(/nothing was changed[\s\S]*Fix: choose another name as deploy\.role/);
  });

  it("whose trust is no policy is refused", async () => {
    addRole(stage.simulator.world, stage.account, "eip-guard", []).document = "no JSON";
    expect((await stage.run(["deploy", "--yes"])).code).toBe(2);
  });
});

describe("a state that the function would lose", () => {
  it.each(["/mnt/../var/guard", "/mnt", "/tmp/guard", "~/guard"])("in %s is refused", async (dir) => {
    await stage.configure("deploy: {}", `state: { dir: "${dir}" }`);
    const { code, err, calls } = await stage.run(["deploy", "--yes"], { env: { HOME: "/home/me" } });
    expect([code, calls]).toEqual([2, []]);
    expect(err).toMatch(/state\.dir is no folder under \/mnt\/[\s\S]*Fix: keep the state in state\.cos/);
  });

  it("is kept in a mounted file system, which the person mounts", async () => {
    await stage.configure("deploy: {}", "state: { dir: /mnt/guard }");
    const { code, err } = await stage.run(["deploy", "--dry-run"]);
    expect([code, err]).toEqual([0, expect.stringContaining("mount a file system with /mnt/guard")]);
  });
});

describe("a kubeconfig", () => {
  const named = async (path: string) => {
    const file = join(stage.folder, "eip-guard.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("  kubeconfigs: []", `  kubeconfigs: [{ id: cls-12345678, path: "${path}" }]`));
  };

  it.each([
    ["that is missing", "./gone.yaml", /can't read the kubeconfig of cls-12345678: ENOENT/],
    ["that is a folder", ".", /can't read the kubeconfig of cls-12345678: EISDIR/],
  ])("%s is refused before any call", async (_, path, says) => {
    await named(path);
    const { code, err, calls } = await stage.run(["deploy", "--yes"]);
    expect([code, calls]).toEqual([2, []]);
    expect(err).toMatch(says);
    expect(err).toMatch(/^Fix: correct the path/m);
  });
});
