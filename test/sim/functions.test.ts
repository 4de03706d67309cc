import { zipSync } from "fflate";
import { CommonClient } from "tencentcloud-sdk-nodejs/tencentcloud/common/common_client.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { createDrivenClock } from "../../sim/world/clock.ts";
import { addPolicy, addRole, functionOf } from "../../sim/world/functions.ts";
import { type Account, addAccount, createWorld, type Region } from "../../sim/world/world.ts";

/** Simulated SCF and Access Management, through the official SDK. */

const VERSIONS = { scf: "2018-04-16", cam: "2019-01-16" } as const;

let simulator: Simulator;
let account: Account;
let region: Region;

beforeEach(async () => {
  const world = createWorld(createDrivenClock(Date.now()), 5);
  account = addAccount(world);
  const found = account.regions.get("ap-guangzhou");
  if (found === undefined) throw new Error("no region");
  region = found;
  addRole(world, account, "runner", ["scf.qcloud.com"]);
  simulator = await startSimulator({ world, rateLimits: false });
});
afterEach(() => simulator.close());

async function ask(
  product: keyof typeof VERSIONS,
  action: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const { host, protocol } = new URL(simulator.cloud.endpoint);
  const client = new CommonClient(`${product}.tencentcloudapi.com`, VERSIONS[product], {
    credential: { secretId: account.secretId, secretKey: account.secretKey },
    region: "ap-guangzhou",
    profile: { httpProfile: { endpoint: host, protocol: `${protocol}//` } },
  });
  try {
    return await client.request(action, parameters);
  } catch (error) {
    return { refused: Reflect.get(Object(error), "code") };
  }
}

function zip(source: string): string {
  return Buffer.from(zipSync({ "index.js": Buffer.from(source) })).toString("base64");
}

const ECHO =
  "exports.main_handler = async (event) => ({ event, said: process.env.WORD, keys: process.env.TENCENTCLOUD_SECRETID });";

const made = (more: Readonly<Record<string, unknown>> = {}) => ({
  FunctionName: "guard",
  Code: { ZipFile: zip(ECHO) },
  Handler: "index.main_handler",
  Runtime: "Nodejs20.19",
  Role: "runner",
  Environment: { Variables: [{ Key: "WORD", Value: "hello" }] },
  ...more,
});

const wait = () => simulator.world.clock.advance(2_000);

describe("the simulated SCF", () => {
  it("makes a function that is Creating first, and refuses changes meanwhile", async () => {
    expect(await ask("scf", "GetFunction", { FunctionName: "guard" })).toEqual({ refused: "ResourceNotFound.Function" });
    expect(await ask("scf", "CreateFunction", made())).not.toHaveProperty("refused");
    expect(await ask("scf", "GetFunction", { FunctionName: "guard" })).toMatchObject({
      Status: "Creating",
      MemorySize: 128,
      Timeout: 3,
    });
    const change = { FunctionName: "guard", MemorySize: 256 };
    expect(await ask("scf", "UpdateFunctionConfiguration", change)).toEqual({ refused: "FailedOperation.FunctionStatusError" });
    wait();
    expect(await ask("scf", "GetFunction", { FunctionName: "guard" })).toMatchObject({ Status: "Active" });
    expect(await ask("scf", "UpdateFunctionConfiguration", change)).not.toHaveProperty("refused");
    expect(await ask("scf", "GetFunction", { FunctionName: "guard" })).toMatchObject({ Status: "Updating", MemorySize: 256 });
  });

  it.each([
    ["a memory that is no step of 128", { MemorySize: 200 }, "InvalidParameterValue.Memory"],
    ["a runtime that is not known", { Runtime: "Nodejs99" }, "InvalidParameterValue.Runtime"],
    ["a role that is not there", { Role: "nobody" }, "ResourceNotFound.Role"],
    ["a namespace that is not there", { Namespace: "other" }, "ResourceNotFound.Namespace"],
    ["a hyphen in the description", { Description: "a-b" }, "InvalidParameterValue.Description"],
    [
      "more than 4 KB of variables",
      { Environment: { Variables: [{ Key: "A", Value: "x".repeat(4_096) }] } },
      "LimitExceeded.EnvironmentVariables",
    ],
    ["code that is no zip", { Code: { ZipFile: "aGVsbG8=" } }, "InvalidParameterValue.ZipFileBase64BinasciiError"],
  ])("refuses %s", async (_, more, code) => {
    expect(await ask("scf", "CreateFunction", made(more))).toEqual({ refused: code });
  });

  it("runs the code that was uploaded under its role, and says how it failed", async () => {
    await ask("scf", "CreateFunction", made());
    wait();
    const { Result } = await ask("scf", "Invoke", { FunctionName: "guard", ClientContext: '{"a":1}' });
    const { RetMsg, ErrMsg } = Result as { RetMsg: string; ErrMsg: string };
    expect(ErrMsg).toBe("");
    expect(JSON.parse(RetMsg)).toMatchObject({ event: { a: 1 }, said: "hello", keys: expect.stringMatching(/^AKID/) });
    await ask("scf", "UpdateFunctionCode", {
      FunctionName: "guard",
      Code: { ZipFile: zip("exports.main_handler = async () => { throw new Error('no'); };") },
    });
    wait();
    expect((await ask("scf", "Invoke", { FunctionName: "guard" })).Result).toMatchObject({ ErrMsg: "no", InvokeResult: 1 });
  });

  it("lets an open timer tick by the world's clock, and repeats what fails as often as it was told", async () => {
    await ask("scf", "CreateFunction", made());
    wait();
    const timer = { FunctionName: "guard", TriggerName: "t", Type: "timer", TriggerDesc: '{"cron":"0 */10 * * * * *"}' };
    await ask("scf", "CreateTrigger", timer);
    expect(await ask("scf", "ListTriggers", { FunctionName: "guard" })).toMatchObject({ Triggers: [{ Enable: 0 }] });
    await ask("scf", "UpdateTrigger", { ...timer, Enable: "OPEN" });
    const fn = functionOf(region, "guard");
    if (fn === undefined) throw new Error("no function");
    simulator.world.clock.advance(600_000);
    await expect.poll(() => fn.invocations.length, { timeout: 10_000 }).toBe(1);
    expect(fn.invocations[0]?.event).toMatchObject({ Type: "Timer", TriggerName: "t" });
    fn.code = Buffer.from(zip("exports.main_handler = async () => { throw new Error('no'); };"), "base64");
    expect(await simulator.cloud.tick(fn)).toHaveLength(3);
    const off = { FunctionName: "guard", AsyncTriggerConfig: { MsgTTL: 900, RetryConfig: [{ RetryNum: 0 }] } };
    expect(await ask("scf", "UpdateFunctionEventInvokeConfig", off)).not.toHaveProperty("refused");
    expect(await simulator.cloud.tick(fn)).toHaveLength(1);
  });

  it.each([
    ["five fields", "timer", '{"cron":"*/10 * * * *"}', "InvalidParameterValue.TriggerCronConfig"],
    ["a function URL without a network", "http", '{"AuthType":"NONE"}', "InvalidParameterValue.TriggerDesc"],
  ])("refuses a trigger of %s", async (_, Type, TriggerDesc, code) => {
    await ask("scf", "CreateFunction", made());
    wait();
    expect(await ask("scf", "CreateTrigger", { FunctionName: "guard", TriggerName: "t", Type, TriggerDesc })).toEqual({
      refused: code,
    });
  });
});

describe("simulated Access Management", () => {
  it("makes roles and policies, and lists what is attached", async () => {
    const trust = JSON.stringify({
      version: "2.0",
      statement: [{ effect: "allow", action: "name/sts:AssumeRole", principal: { service: "scf.qcloud.com" } }],
    });
    expect(await ask("cam", "GetRole", { RoleName: "guard" })).toEqual({ refused: "InvalidParameter.RoleNotExist" });
    await ask("cam", "CreateRole", { RoleName: "guard", PolicyDocument: trust });
    expect(await ask("cam", "CreateRole", { RoleName: "guard", PolicyDocument: trust })).toEqual({
      refused: "InvalidParameter.RoleNameInUse",
    });
    const document = '{"version":"2.0","statement":[{"effect":"allow","action":["cvm:DescribeAddresses"],"resource":["*"]}]}';
    const { PolicyId } = await ask("cam", "CreatePolicy", { PolicyName: "p", PolicyDocument: document });
    await ask("cam", "AttachRolePolicy", { PolicyId, AttachRoleName: "guard" });
    expect(await ask("cam", "ListAttachedRolePolicies", { RoleName: "guard", Page: 1, Rp: 20 })).toMatchObject({
      List: [{ PolicyId, PolicyName: "p" }],
    });
    expect(await ask("cam", "GetPolicy", { PolicyId })).toMatchObject({ PolicyDocument: document });
  });

  it("holds a function to what the policies of its role allow", async () => {
    const call = (action: string) => `
      const { CommonClient } = require("${process.cwd()}/node_modules/tencentcloud-sdk-nodejs/tencentcloud/common/common_client.js");
      const { TENCENTCLOUD_SECRETID, TENCENTCLOUD_SECRETKEY, TENCENTCLOUD_SESSIONTOKEN } = process.env;
      exports.main_handler = async () => new CommonClient("vpc.tencentcloudapi.com", "2017-03-12", {
        credential: { secretId: TENCENTCLOUD_SECRETID, secretKey: TENCENTCLOUD_SECRETKEY, token: TENCENTCLOUD_SESSIONTOKEN },
        region: "ap-guangzhou",
        profile: { httpProfile: { endpoint: "${new URL(simulator.cloud.endpoint).host}", protocol: "http://" } },
      }).request("${action}", {});`;
    const document = '{"version":"2.0","statement":[{"effect":"allow","action":["cvm:DescribeAddresses"],"resource":["*"]}]}';
    account.camRoles.get("runner")?.attached.push(addPolicy(simulator.world, account, "p", document).id);
    await ask("scf", "CreateFunction", made({ Code: { ZipFile: zip(call("DescribeAddresses")) } }));
    wait();
    expect((await ask("scf", "Invoke", { FunctionName: "guard" })).Result).toMatchObject({ ErrMsg: "" });
    await ask("scf", "UpdateFunctionCode", { FunctionName: "guard", Code: { ZipFile: zip(call("DescribeAddressQuota")) } });
    wait();
    expect((await ask("scf", "Invoke", { FunctionName: "guard" })).Result).toMatchObject({
      ErrMsg: expect.stringContaining("not authorized"),
    });
  });
});
