import { CommonClient } from "tencentcloud-sdk-nodejs/tencentcloud/common/common_client.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { createRealClock } from "../../sim/world/clock.ts";
import { type Account, addAccount, addSecret, createWorld } from "../../sim/world/world.ts";

/** The simulated Secrets Manager, through the official SDK. */

let simulator: Simulator;
let account: Account;
beforeAll(async () => {
  const world = createWorld(createRealClock(), 5);
  account = addAccount(world);
  simulator = await startSimulator({ world });
});
afterAll(() => simulator.close());

async function ask(action: string, parameters: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  const { secretId, secretKey } = account;
  const { host, protocol } = new URL(simulator.cloud.endpoint);
  const client = new CommonClient("ssm.tencentcloudapi.com", "2019-09-23", {
    credential: { secretId, secretKey },
    region: "ap-guangzhou",
    profile: { httpProfile: { endpoint: host, protocol: `${protocol}//` } },
  });
  try {
    return await client.request(action, parameters);
  } catch (error) {
    return { refused: Reflect.get(Object(error), "code") };
  }
}

describe("the simulated Secrets Manager", () => {
  it("gives a version of a secret as text, and bytes in base64", async () => {
    expect(await ask("CreateSecret", { SecretName: "bot", VersionId: "v1", SecretString: "one" })).toMatchObject({
      VersionId: "v1",
    });
    await ask("PutSecretValue", { SecretName: "bot", VersionId: "v2", SecretBinary: Buffer.from("two").toString("base64") });
    expect(await ask("GetSecretValue", { SecretName: "bot", VersionId: "v1" })).toMatchObject({
      SecretString: "one",
      SecretBinary: "",
    });
    expect(await ask("GetSecretValue", { SecretName: "bot", VersionId: "v2" })).toMatchObject({
      SecretString: "",
      SecretBinary: "dHdv",
    });
    expect(await ask("ListSecretVersionIds", { SecretName: "bot" })).toMatchObject({
      Versions: [{ VersionId: "v1" }, { VersionId: "v2" }],
    });
  });

  it.each([
    ["a secret that is not there", "GetSecretValue", { SecretName: "none", VersionId: "v1" }, "ResourceNotFound"],
    ["a version that is not there", "GetSecretValue", { SecretName: "bot", VersionId: "v9" }, "ResourceNotFound"],
    ["a call without a version", "GetSecretValue", { SecretName: "bot" }, "MissingParameter"],
    [
      "text and bytes at once",
      "CreateSecret",
      { SecretName: "x", SecretString: "a", SecretBinary: "YQ==" },
      "InvalidParameterValue",
    ],
    ["more than 32 KB", "CreateSecret", { SecretName: "x", SecretString: "a".repeat(33_000) }, "InvalidParameterValue"],
    ["a name twice", "CreateSecret", { SecretName: "bot", SecretString: "a" }, "ResourceInUse.SecretExists"],
  ])("refuses %s", async (_, action, parameters, code) => {
    expect(await ask(action, parameters)).toEqual({ refused: code });
  });

  it("refuses a secret that was disabled", async () => {
    const region = account.regions.get("ap-guangzhou");
    if (region === undefined) throw new Error("no region");
    addSecret(simulator.world, region, "old", "value").status = "Disabled";
    expect(await ask("GetSecretValue", { SecretName: "old", VersionId: "SSM_Current" })).toEqual({
      refused: "ResourceUnavailable.ResourceDisabled",
    });
  });

  it("names the right that is missing", async () => {
    account.denied.add("GetSecretValue");
    expect(await ask("GetSecretValue", { SecretName: "bot", VersionId: "v1" })).toEqual({ refused: "UnauthorizedOperation" });
    account.denied.clear();
  });
});
