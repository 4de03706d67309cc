import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/program.ts";

const RECORDING = fileURLToPath(
  new URL("../../../shared/recordings/real_DescribeAddresses_unbind_2024-12-17.json", import.meta.url),
);
const present = existsSync(RECORDING);
if (!present) console.warn("no ../shared/recordings: the real recorded answer is not tried");

describe.skipIf(!present)("the real recorded answer", () => {
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
});
