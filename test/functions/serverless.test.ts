import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Cron } from "croner";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";

const run = promisify(execFile);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

interface Call {
  readonly Action: string;
  readonly [parameter: string]: unknown;
}

/** What the real tencent-component-toolkit asks SCF for when it deploys our serverless.yml. */
let calls: readonly Call[];
let server: Server;

beforeAll(async () => {
  const made: Call[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const call = callOf(Buffer.concat(chunks).toString("utf8"), String(request.headers["x-tc-action"] ?? ""));
      made.push(call);
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ Response: { ...answerTo(call, made), RequestId: "1" } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { inputs } = parse(await readFile(here("../../serverless.yml"), "utf8"));
  // Serverless uploads `src` by itself, and hands on where it lies.
  const { src, ...rest } = inputs;
  expect(src.src).toBe("./dist/functions/guard");
  await run(process.execPath, ["--require", here("./redirect.cjs"), here("./deploy.cjs")], {
    env: {
      PATH: process.env.PATH ?? "",
      TOOLKIT_SERVER: String((server.address() as AddressInfo).port),
      TOOLKIT_INPUTS: JSON.stringify({ ...rest, code: { bucket: "code-1250000000", object: "eip-guard.zip" } }),
    },
  });
  calls = made;
}, 60_000);

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function answerTo({ Action }: Call, made: readonly Call[]): object {
  const created = made.some((call) => call.Action === "CreateFunction");
  switch (Action) {
    case "GetFunction":
      return created
        ? { FunctionName: "eip-guard", Namespace: "default", Status: "Active", Type: "Event", Triggers: [], Tags: [] }
        : { Error: { Code: "ResourceNotFound.Function", Message: "the function does not exist" } };
    case "ListTriggers":
      return { Triggers: [], TotalCount: 0 };
    case "CreateTrigger":
      return { TriggerInfo: { TriggerName: "every-ten-minutes", Type: "timer" } };
    default:
      return {};
  }
}

/** The toolkit's client writes JSON for some actions, and for others a form whose names are paths: `Environment.Variables.0.Key`. */
function callOf(body: string, action: string): Call {
  if (body.startsWith("{")) return { ...JSON.parse(body), Action: action };
  const call: Record<string, unknown> = {};
  for (const [path, value] of new URLSearchParams(body)) {
    const names = path.split(".");
    let at: Record<string, unknown> = call;
    for (const name of names.slice(0, -1)) {
      const next = at[name] ?? {};
      at[name] = next;
      at = next as Record<string, unknown>;
    }
    at[names.at(-1) ?? ""] = value;
  }
  return { ...call, Action: String(call.Action ?? action) };
}

function only(action: string): Call {
  const found = calls.filter((call) => call.Action === action);
  expect(found, action).toHaveLength(1);
  return found[0] ?? { Action: "" };
}

describe("serverless.yml, deployed by the real toolkit", () => {
  it("makes an event function that runs our handler on Node 20, with memory and time enough", () => {
    expect(only("CreateFunction")).toMatchObject({
      FunctionName: "eip-guard",
      Type: "Event",
      Handler: "index.main_handler",
      Runtime: "Nodejs20.19",
      MemorySize: "256",
      Timeout: "300",
      Role: "eip-guard",
    });
  });

  it("leaves asynchronous running alone: with it the toolkit fails at the first deployment", () => {
    expect(only("CreateFunction").AsyncRunEnable).toBeUndefined();
    expect(calls.map(({ Action }) => Action)).not.toContain("UpdateFunctionEventInvokeConfig");
  });

  it("makes an open timer with a name and a cron of seven fields that fires every ten minutes", () => {
    const trigger = only("CreateTrigger");
    expect(trigger).toMatchObject({ Type: "timer", TriggerName: "every-ten-minutes", Enable: "OPEN" });
    const cron = String(trigger.TriggerDesc);
    expect(cron.split(" ")).toHaveLength(7);
    const next = new Cron(cron, { timezone: "Asia/Shanghai" }).nextRuns(3, new Date("2026-11-23T01:00:00Z"));
    expect(next.map((at) => at.toISOString())).toEqual([
      "2026-11-23T01:10:00.000Z",
      "2026-11-23T01:20:00.000Z",
      "2026-11-23T01:30:00.000Z",
    ]);
  });

  it("keeps its environment far below SCF's 4 KB, and no secret in the file", () => {
    const { Environment = {} } = only("CreateFunction");
    expect(JSON.stringify(Environment).length).toBeLessThan(1_024);
    expect(JSON.stringify(Environment)).not.toMatch(/xox[bp]-|TOKEN|SECRET|KEY/);
  });

  it("says how the retries are switched off, which it can't do, by a command that there is", async () => {
    const text = await readFile(here("../../serverless.yml"), "utf8");
    expect(text).toMatch(/scf deploy && eip-guard deploy --only retries/);
  });
});
