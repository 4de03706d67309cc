import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CommonClient } from "tencentcloud-sdk-nodejs/tencentcloud/common/common_client.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ageDemoFleet, type DemoFleet, demoFleet } from "../../sim/fleets.ts";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { ACTIONS } from "../../sim/tencent/actions.ts";
import { createRealClock } from "../../sim/world/clock.ts";
import { createWorld, eipsOf } from "../../sim/world/world.ts";
import { VERSIONS } from "../../src/tencent/transport.ts";

let simulator: Simulator;
let fleet: DemoFleet;
beforeAll(async () => {
  const world = createWorld(createRealClock(), 5);
  fleet = demoFleet(world);
  ageDemoFleet(world, fleet);
  simulator = await startSimulator({ world });
});
afterAll(() => simulator.close());

interface Who {
  readonly id?: string;
  readonly key?: string;
  readonly token?: string;
  readonly region?: string;
}

function client(product: keyof typeof VERSIONS, { id, key, token, region = "ap-guangzhou" }: Who = {}): CommonClient {
  const { secretId, secretKey } = fleet.account;
  const { host, protocol } = new URL(simulator.cloud.endpoint);
  return new CommonClient(`${product}.tencentcloudapi.com`, VERSIONS[product], {
    credential: { secretId: id ?? secretId, secretKey: key ?? secretKey, ...(token === undefined ? {} : { token }) },
    region,
    profile: { httpProfile: { endpoint: host, protocol: `${protocol}//` } },
  });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
  }
}

describe("the simulated API, through the official SDK", () => {
  it.each([
    ["a secret id that it doesn't know", { id: "AKIDunknown" }, "AuthFailure.SecretIdNotFound"],
    ["a signature of another key", { key: "another" }, "AuthFailure.SignatureFailure"],
    ["a region that does not exist", { region: "ap-atlantis" }, "UnsupportedRegion"],
  ])("refuses %s", async (_, who, code) => {
    expect(await codeOf(client("vpc", who).request("DescribeAddresses", {}))).toBe(code);
  });

  it.each([
    ["an unknown parameter", "DescribeAddresses", { Addresses: [] }, "UnknownParameter"],
    ["a parameter of the wrong type", "DescribeAddresses", { Limit: "100" }, "InvalidParameter"],
    ["a page that is too large", "DescribeAddresses", { Limit: 101 }, "InvalidParameterValue.Range"],
    [
      "an undocumented filter",
      "DescribeAddresses",
      { Filters: [{ Name: "business-type", Values: ["CDC"] }] },
      "InvalidParameter.FilterInvalidKey",
    ],
    [
      "eleven filters",
      "DescribeAddresses",
      { Filters: Array.from({ length: 11 }, () => ({ Name: "tag-key", Values: ["a"] })) },
      "InvalidParameterValue.LimitExceeded",
    ],
    ["a missing parameter", "ReleaseAddresses", {}, "MissingParameter"],
    ["an EIP that does not exist", "ReleaseAddresses", { AddressIds: ["eip-nosuchxx"] }, "InvalidAddressId.NotFound"],
    ["an action that does not exist", "DescribeNothing", {}, "InvalidAction"],
  ])("refuses %s", async (_, action, parameters, code) => {
    expect(await codeOf(client("vpc").request(action, parameters))).toBe(code);
  });

  it("refuses what the account's rights don't allow, in the words of a real refusal", async () => {
    fleet.account.denied.add("DescribeAddressQuota");
    const refused = client("vpc").request("DescribeAddressQuota", {});
    expect(await codeOf(refused)).toBe("UnauthorizedOperation");
    await expect(refused).rejects.toThrow(/you are not authorized to perform operation \(cvm:DescribeAddressQuota\)/);
    fleet.account.denied.clear();
  });

  it("enforces the documented calls a second", async () => {
    const codes = await Promise.all(
      Array.from({ length: 25 }, () => codeOf(client("vpc", { region: "ap-singapore" }).request("DescribeAddresses", {}))),
    );
    expect(codes.filter((code) => code === "no error")).toHaveLength(20);
    expect(codes.filter((code) => code === "RequestLimitExceeded")).toHaveLength(5);
  });

  it("releases an idle EIP by a task, and no other", async () => {
    const bound = [...fleet.home.addresses.values()].find(({ status }) => status === "BIND");
    const idle = [...fleet.home.addresses.values()].find(({ status, name }) => status === "UNBIND" && name === "old-nat");
    expect(await codeOf(client("vpc").request("ReleaseAddresses", { AddressIds: [idle?.id ?? "", bound?.id ?? ""] }))).toBe(
      "InvalidAddressState",
    );
    const { TaskId } = await client("vpc").request("ReleaseAddresses", { AddressIds: [idle?.id ?? ""] });
    expect(typeof TaskId).toBe("string");
    expect(await client("vpc").request("DescribeTaskResult", { TaskId: Number(TaskId) })).toMatchObject({ Result: "RUNNING" });
    await expect.poll(() => fleet.home.addresses.has(idle?.id ?? ""), { timeout: 5_000 }).toBe(false);
  });
});

const DEFINITIONS = fileURLToPath(new URL("../../../shared/api-definitions", import.meta.url));
const present = existsSync(DEFINITIONS);
if (!present) console.warn("no ../shared/api-definitions: the simulator's agreement with them is not tried");

interface Member {
  readonly name: string;
  readonly type: string;
  readonly member: string;
  readonly required?: boolean;
  readonly value_allowed_null?: boolean;
}

describe.skipIf(!present)("the official definitions", () => {
  const definitions = (product: string) =>
    JSON.parse(readFileSync(`${DEFINITIONS}/${product}.json`, "utf8")) as {
      actions: Record<string, { input: string; output: string }>;
      objects: Record<string, { members: readonly Member[] }>;
    };
  const products = ["vpc", "tke", "tag", "cloudaudit", "sts", "cam", "billing"];
  const found = Object.keys(ACTIONS).flatMap((name) => {
    const product = products.find((one) => definitions(one).actions[name] !== undefined);
    return product === undefined ? [] : [{ name, product }];
  });

  it("know every action that is simulated", () => {
    expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(ACTIONS).sort());
  });

  it.each(found)("declare every parameter that $name takes, with its type", ({ name, product }) => {
    const { actions, objects } = definitions(product);
    const members = objects[actions[name]?.input ?? ""]?.members ?? [];
    for (const [parameter, type] of Object.entries(ACTIONS[name]?.parameters ?? {})) {
      const declared = members.find((member) => member.name === parameter);
      expect(declared?.type, `${name}.${parameter}`).toBe(type.replace("!", ""));
      expect(declared?.required === true || !type.endsWith("!"), `${name}.${parameter} is required`).toBe(true);
    }
    for (const member of members)
      if (member.required === true) expect(ACTIONS[name]?.parameters[member.name], `${name}.${member.name}`).toBeDefined();
  });

  it("declare every field of the answers that the guard gets, with its type", async () => {
    const { runCli } = await import("../../src/cli/program.ts");
    const { mkdtemp, writeFile } = await import("node:fs/promises");
    const { tmpdir } = await import("node:os");
    const folder = await mkdtemp(`${tmpdir()}/eip-guard-answers-`);
    const more =
      "mode: flag\nstate: { dir: ./state }\nevidence: { cloudaudit: true, billing: true }\nrelease: { mark: { tag: 'eip-guard:flagged' } }";
    await writeFile(`${folder}/eip-guard.yaml`, await simulator.configure(folder, more));
    // Idle intervals that are wide enough to ask CloudAudit and the bill about.
    for (const eip of eipsOf(simulator.world)) Object.assign(eip, { createdAt: eip.createdAt - 10 * 86_400_000 });
    simulator.cloud.calls.length = 0;
    const io = {
      stdout: { write: () => undefined },
      stderr: { write: () => undefined },
      env: simulator.environment,
      cwd: folder,
    };
    expect(await runCli(["run", "--quiet"], io)).not.toBe(1);
    expect(await runCli(["check", "--quiet"], io)).toBe(0);
    const asked = new Set(simulator.cloud.calls.map(({ action }) => action));
    for (const action of [
      "DescribeAddresses",
      "DescribeClusters",
      "DescribeEKSClusters",
      "DescribeIPAMD",
      "ListAttachedRolePolicies",
      "DescribeEvents",
      "DescribeBillDetail",
    ]) {
      expect([...asked]).toContain(action);
    }
    for (const { action, answer } of simulator.cloud.calls) {
      const product = found.find(({ name }) => name === action)?.product ?? "";
      const { actions, objects } = definitions(product);
      if (answer !== undefined) fits(answer, actions[action]?.output ?? "", objects, action);
    }
  }, 60_000);

  /** Fields that real answers carry and the definition does not declare (recordings, domain.md §4). */
  const UNDECLARED = ["BusinessType", "IsNewGeneration", "NetworkGroup", "Zone", "UpdatedTime", "PayMode", "IsEip", "EndPointId"];

  function fits(value: object, type: string, objects: Record<string, { members: readonly Member[] }>, where: string): void {
    const members = objects[type]?.members ?? [];
    for (const [field, content] of Object.entries(value)) {
      if (UNDECLARED.includes(field)) continue;
      const member = members.find(({ name }) => name === field);
      expect(member, `${where}.${field} is declared by ${type}`).toBeDefined();
      // Real answers hold nulls where the definition allows none.
      if (member === undefined || content === null) continue;
      if (member.type === "list") {
        expect(Array.isArray(content), `${where}.${field}`).toBe(true);
        for (const item of content)
          if (typeof item === "object" && item !== null) fits(item, member.member, objects, `${where}.${field}`);
      } else if (member.type === "object") fits(content, member.member, objects, `${where}.${field}`);
      else
        expect(typeof content, `${where}.${field}`).toBe(
          { int: "number", float: "number", bool: "boolean", string: "string" }[member.type],
        );
    }
  }
});
