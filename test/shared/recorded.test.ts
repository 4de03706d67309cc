import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { apiError, startCloud } from "../tencent/cloud.ts";
import { sharedFile } from "./folder.ts";

const RECORDING = sharedFile("recordings/real_DescribeAddresses_unbind_2024-12-17.json");

describe("the real recorded answer", () => {
  let server: Server;
  let folder: string;
  beforeAll(async () => {
    const [recorded] = JSON.parse(await readFile(RECORDING, "utf8"));
    server = createServer((request, response) => {
      const action = request.headers["x-tc-action"];
      const answer =
        action === "DescribeAddresses"
          ? recorded.response
          : {
              Response: {
                TotalCount: 0,
                Clusters: [],
                RequestId: "1",
                ...(String(action).includes("Clusters") ? {} : { Error: { Code: "InvalidAction", Message: "not recorded" } }),
              },
            };
      request.resume();
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    folder = await mkdtemp(join(tmpdir(), "eip-guard-recorded-"));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await writeFile(join(folder, "eip-guard.yaml"), `version: 1\ntencent: { regions: [na-ashburn], endpoint: "${endpoint}" }\n`);
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("comes out of the command line as one unmanaged EIP without a Pod and with a cost", async () => {
    let out = "";
    const code = await runCli(["scan", "--format", "json"], {
      stdout: {
        write: (text) => {
          out += text;
        },
      },
      stderr: { write: () => undefined },
      env: { TENCENTCLOUD_SECRET_ID: "AKIDsimulated", TENCENTCLOUD_SECRET_KEY: "secret-of-a-test" },
      cwd: folder,
    });
    const { eips } = JSON.parse(out);
    expect(code).toBe(0);
    expect(eips).toHaveLength(1);
    expect(eips[0]).toMatchObject({
      id: "eip-60pcyn3l",
      ip: "43.166.136.187",
      status: "UNBIND",
      verdict: "unmanaged",
      reason: "no-cluster",
      pod: null,
      cost: { currency: "CNY", perHour: 0.25 },
    });
  });

  it("goes through the SDK and comes out as one idle EIP", async () => {
    const recorded: { action: string[]; response: { Response: Record<string, unknown> } }[] = JSON.parse(
      await readFile(RECORDING, "utf8"),
    );
    const cloud = await startCloud(({ action }) => {
      const found = recorded.find((interaction) => interaction.action.includes(action));
      return found?.response.Response ?? apiError("InvalidAction");
    });
    const { addresses } = await cloud.reader.addresses("default", "na-ashburn");
    await cloud.close();
    expect(addresses).toMatchObject({
      known: true,
      value: [
        {
          id: "eip-60pcyn3l",
          ip: "43.166.136.187",
          name: "c7n",
          region: "na-ashburn",
          status: "UNBIND",
          type: "EIP",
          chargeType: "TRAFFIC_POSTPAID_BY_HOUR",
          bandwidth: 1,
          isp: "BGP",
          instanceId: null,
          networkInterfaceId: null,
          createdAt: Date.UTC(2024, 11, 17, 7, 3, 15),
          updatedTime: "2024-12-17T07:03:16Z",
          deadline: null,
          tags: { known: true, value: {} },
          isArrears: false,
          isBlocked: false,
          cascadeRelease: false,
        },
      ],
    });
  });
});
