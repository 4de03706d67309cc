import { CommonClient } from "tencentcloud-sdk-nodejs/tencentcloud/common/common_client.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ageDemoFleet, type DemoFleet, demoFleet } from "../../sim/fleets.ts";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { createRealClock } from "../../sim/world/clock.ts";
import { createWorld } from "../../sim/world/world.ts";
import { VERSIONS } from "../../src/tencent/actions.ts";

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
