import { createServer } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import { hostOf } from "../../src/core/terms/host.ts";
import { HOUR, MINUTE, milliseconds } from "../../src/core/terms/time.ts";
import { GuardError } from "../../src/errors.ts";
import { apiError, type Cloud, REGION, type Received, type Reply, SECRET, START, startCloud } from "./cloud.ts";

let cloud: Cloud | undefined;

async function open(reply: (call: Received) => Reply, accounts?: Parameters<typeof startCloud>[1]): Promise<Cloud> {
  cloud = await startCloud(reply, accounts);
  return cloud;
}

afterEach(async () => {
  vi.unstubAllEnvs();
  await cloud?.close();
  cloud = undefined;
});

const EMPTY: Reply = { TotalCount: 0, AddressSet: [] };

describe("a reading", () => {
  it.each<{ trouble: string; reply: Reply }>([
    { trouble: "RequestLimitExceeded", reply: apiError("RequestLimitExceeded") },
    { trouble: "RequestLimitExceeded.UinLimitExceeded", reply: apiError("RequestLimitExceeded.UinLimitExceeded") },
    { trouble: "InternalError", reply: apiError("InternalError") },
    { trouble: "HTTP 502", reply: "bad-gateway" },
    { trouble: "a dropped connection", reply: "drop" },
    { trouble: "an answer that breaks off", reply: "break-off" },
  ])("is tried again after $trouble", async ({ reply }) => {
    let asked = 0;
    const { reader } = await open(() => {
      asked += 1;
      return asked === 1 ? reply : EMPTY;
    });
    expect(await reader.addresses("default", REGION)).toEqual({ addresses: { known: true, value: [] }, partial: [] });
    expect(asked).toBe(2);
  });

  it("is given up after a bound, and unknown then", async () => {
    const { reader, calls } = await open(() => apiError("RequestLimitExceeded"));
    const { addresses } = await reader.addresses("default", REGION);
    expect(addresses).toMatchObject({ known: false, why: expect.stringContaining("RequestLimitExceeded") });
    expect(calls).toHaveLength(6);
  });

  it("is not tried again where the cloud's refusal would not change", async () => {
    const { reader, calls } = await open(() => apiError("InvalidParameterValue"));
    expect((await reader.addresses("default", REGION)).addresses.known).toBe(false);
    expect(calls).toHaveLength(1);
  });

  it("is unknown where there is no right, and names the rights to allow", async () => {
    const { reader } = await open(() => apiError("UnauthorizedOperation", "you are not authorized"));
    const { addresses } = await reader.addresses("default", REGION);
    expect(addresses).toMatchObject({ why: expect.stringContaining("cvm:DescribeAddresses and vpc:DescribeAddresses") });
  });

  it.each(["AuthFailure.SecretIdNotFound", "AuthFailure.SignatureFailure", "AuthFailure.TokenFailure"])(
    "stops the program as the user's fault after %s",
    async (code) => {
      const { reader } = await open(() => apiError(code));
      const refused = await reader.addresses("default", REGION).then(
        () => null,
        (error: unknown) => error,
      );
      expect(refused).toBeInstanceOf(GuardError);
      expect(refused).toMatchObject({ code: "CredentialsRefused", fault: "user" });
    },
  );

  it("carries no secret out of a message that repeats one", async () => {
    const { reader } = await open(() => apiError("FailedOperation", `${SECRET.secretId} ${SECRET.secretKey}`));
    const told = JSON.stringify(await reader.addresses("default", REGION));
    expect(told).not.toContain(SECRET.secretKey);
    expect(told).not.toContain(SECRET.secretId);
  });
});

describe("a proxy in the environment", () => {
  it("does not divert calls to loopback", async () => {
    let diverted = 0;
    const proxy = createServer((_request, response) => {
      diverted += 1;
      response.writeHead(502).end();
    });
    proxy.on("connect", (_request, socket) => {
      diverted += 1;
      socket.destroy();
    });
    await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
    const bound = proxy.address();
    vi.stubEnv("http_proxy", `http://127.0.0.1:${typeof bound === "object" ? bound?.port : ""}`);
    const { reader } = await open(() => EMPTY);
    expect((await reader.addresses("default", REGION)).addresses.known).toBe(true);
    expect(diverted).toBe(0);
    await new Promise((closed) => proxy.close(closed));
  });
});

describe("an account with a role", () => {
  const ROLE = [{ name: "games", roleArn: "qcs::cam::uin/100000000001:roleName/eip-guard", regions: [REGION] }];
  const session = (id: string, expiresAt: number): Reply => ({
    Credentials: { Token: "token", TmpSecretId: id, TmpSecretKey: "temporary" },
    ExpiredTime: Math.floor(expiresAt / 1_000),
  });

  it("is read with the role's keys, asked for once", async () => {
    const { reader, calls } = await open(
      ({ action }) => (action === "AssumeRole" ? session("AKIDrole", START + HOUR) : EMPTY),
      ROLE,
    );
    await Promise.all([reader.addresses("games", REGION), reader.addresses("games", REGION)]);
    expect(calls.filter(({ action }) => action === "AssumeRole")).toHaveLength(1);
    const reads = calls.filter(({ action }) => action === "DescribeAddresses");
    expect(
      reads.every(({ headers }) => headers.authorization?.includes("Credential=AKIDrole/") && headers["x-tc-token"] === "token"),
    ).toBe(true);
  });

  it.each(["AuthFailure.TokenFailure", "AuthFailure.InvalidSecretId", "AuthFailure.SignatureExpire"])(
    "is that account's gap where its session is refused with %s, and asked for anew",
    async (code) => {
      let ended = true;
      const { reader } = await open(({ action }) => {
        if (action === "AssumeRole") return session("AKIDrole", START + HOUR);
        return ended ? apiError(code) : EMPTY;
      }, ROLE);
      expect((await reader.addresses("games", REGION)).addresses).toMatchObject({
        known: false,
        why: expect.stringContaining(code),
      });
      ended = false;
      expect((await reader.addresses("games", REGION)).addresses.known).toBe(true);
    },
  );

  it("is that account's gap where AssumeRole is refused and our own keys are not", async () => {
    const { reader } = await open(
      ({ action }) => (action === "AssumeRole" ? apiError("AuthFailure.TokenFailure") : { Arn: "a", AccountId: "1" }),
      ROLE,
    );
    expect((await reader.addresses("games", REGION)).addresses).toMatchObject({
      known: false,
      why: expect.stringContaining("games"),
    });
  });

  it("ends the program where AssumeRole is refused because our own keys are", async () => {
    const { reader } = await open(() => apiError("AuthFailure.SecretIdNotFound"), ROLE);
    await expect(reader.addresses("games", REGION)).rejects.toMatchObject({ code: "CredentialsRefused", fault: "user" });
  });

  it("is unknown while the role can't be assumed, and known as soon as it can", async () => {
    let allowed = false;
    const { reader } = await open(({ action }) => {
      if (action !== "AssumeRole") return EMPTY;
      return allowed ? session("AKIDrole", START + HOUR) : apiError("UnauthorizedOperation");
    }, ROLE);
    expect((await reader.addresses("games", REGION)).addresses).toMatchObject({
      known: false,
      why: expect.stringContaining("games"),
    });
    allowed = true;
    expect((await reader.addresses("games", REGION)).addresses.known).toBe(true);
  });

  it("renews the keys before they expire", async () => {
    let asked = 0;
    const { reader, clock } = await open(({ action }) => {
      if (action !== "AssumeRole") return EMPTY;
      asked += 1;
      return session(`AKIDrole${asked}`, START + asked * HOUR);
    }, ROLE);
    await reader.addresses("games", REGION);
    await clock.sleep(milliseconds(HOUR - MINUTE));
    await reader.addresses("games", REGION);
    expect(asked).toBe(2);
  });
});

describe("the host of a product", () => {
  it.each([
    { product: "vpc", region: "ap-guangzhou", host: "vpc.tencentcloudapi.com" },
    { product: "vpc", region: "ap-shanghai-fsi", host: "vpc.ap-shanghai-fsi.tencentcloudapi.com" },
    { product: "tke", region: "ap-shenzhen-fsi", host: "tke.ap-shenzhen-fsi.tencentcloudapi.com" },
    { product: "vpc", region: "ap-fsi-1", host: "vpc.tencentcloudapi.com" },
    { product: "cam", region: null, host: "cam.tencentcloudapi.com" },
  ] as const)("is $host for $product in $region", ({ product, region, host }) => {
    expect(hostOf(product, region)).toBe(host);
  });
});
