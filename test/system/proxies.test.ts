import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CosServer, startCosServer } from "../../sim/cos.ts";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { startWebhookServer, type WebhookServer } from "../../sim/webhook.ts";
import { createDrivenClock } from "../../sim/world/clock.ts";
import { addAccount, addSecret, createWorld } from "../../sim/world/world.ts";
import { PASSWORD, startProxy, startTlsFront, type TestProxy } from "../proxy/proxy.ts";

/** The command in a process of its own, whose only way to the cloud's public hosts is a proxy on loopback. */

const HOSTS = ["*.tencentcloudapi.com", "*.internal.tencentcloudapi.com", "*.ap-shanghai-fsi.tencentcloudapi.com"];
const OTHERS = ["slack.com", "hook.example.com", "*.cos.ap-guangzhou.myqcloud.com"];
let simulator: Simulator;
let cos: CosServer;
let hook: WebhookServer;
let proxy: TestProxy;
let folder: string;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  const world = createWorld(createDrivenClock(Date.now()), 7);
  const account = addAccount(world, { regions: ["ap-guangzhou", "ap-shanghai-fsi"] });
  simulator = await startSimulator({ world, rateLimits: false, tls: false });
  cos = await startCosServer({ keys: [account] });
  hook = await startWebhookServer("json");
  const [region] = account.regions.values();
  if (region !== undefined) addSecret(world, region, "hook", "https://hook.example.com/way");
  if (region !== undefined) addSecret(world, region, "key", hook.secret);
  const port = (url: string) => Number(new URL(url).port);
  const front = await startTlsFront([...HOSTS, ...OTHERS], (host) => {
    if (host.endsWith("tencentcloudapi.com")) return port(simulator.cloud.endpoint);
    if (host === "slack.com") return port(simulator.slack.apiUrl);
    return host === "hook.example.com" ? port(hook.url) : port(cos.endpoint);
  });
  proxy = await startProxy(() => front.port);
  folder = await mkdtemp(join(tmpdir(), "eip-guard-proxies-"));
  await writeFile(join(folder, "ca.pem"), front.certificate);
  closing.push(front.close, proxy.close, hook.close, cos.close, simulator.close);
});
afterAll(async () => {
  for (const close of closing) await close();
  await rm(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Hosts that were reached through the proxy, each once. */
  readonly hosts: readonly string[];
}

async function run(argv: readonly string[], tencent: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  const text = await simulator.configure(folder, "  webhook: { format: json }");
  const own = text
    .replace(/^ {2}endpoint: .*$/m, `  ${tencent}`)
    .replace(/, apiUrl: "[^"]*"/, "")
    .concat("state: { cos: { bucket: guard-1250000000, region: ap-guangzhou } }\n")
    .concat("secrets: { EIP_GUARD_WEBHOOK_URL: hook, EIP_GUARD_WEBHOOK_SECRET: key }\n");
  await writeFile(join(folder, "eip-guard.yaml"), own);
  const before = proxy.reached.length;
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  const child = {
    PATH: process.env.PATH,
    HOME: folder,
    NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
    ...simulator.environment,
    ...env,
  };
  return new Promise((resolve) => {
    const tsx = new URL("../../node_modules/tsx/dist/loader.mjs", import.meta.url).href;
    execFile(process.execPath, ["--import", tsx, main, ...argv], { cwd: folder, env: child }, (error, out, err) => {
      const hosts = [...new Set(proxy.reached.slice(before))].map((one) => one.replace(/^CONNECT (.*):443$/, "$1")).sort();
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err, hosts });
    });
  });
}

const CLOUD = ["cam", "sts", "tke", "vpc"];
const hostsOf = (products: readonly string[], rest: string) => products.map((product) => `${product}.${rest}`);

describe("through the proxy of HTTPS_PROXY", () => {
  it("a run reaches the cloud, finance hosts of their own, the bucket, the Secrets Manager, Slack and the webhook", async () => {
    const { code, out, err, hosts } = await run(["run", "--format", "json"], "internal: false", {
      HTTPS_PROXY: proxy.withPassword,
    });
    expect({ code, err: err.includes("error") }, err).toEqual({ code: 0, err: false });
    expect(JSON.parse(out)).toMatchObject({ complete: true, alertErrors: [] });
    expect(hosts).toEqual(expect.arrayContaining(hostsOf(["tke", "vpc"], "ap-shanghai-fsi.tencentcloudapi.com")));
    expect(hosts).toEqual(expect.arrayContaining(hostsOf(["tke", "vpc", "ssm"], "tencentcloudapi.com")));
    expect(hosts).toEqual(
      expect.arrayContaining(["guard-1250000000.cos.ap-guangzhou.myqcloud.com", "hook.example.com", "slack.com"]),
    );
    for (const text of [out, err, ...simulator.slack.messages.map((one) => JSON.stringify(one)), ...hook.messages])
      expect(text).not.toContain(PASSWORD);
  });

  it("internal hosts are called with tencent.internal, and finance regions keep theirs", async () => {
    const { code, hosts } = await run(["scan"], "internal: true", { https_proxy: proxy.withPassword });
    expect(code).toBe(0);
    const cloud = hosts.filter((host) => host.endsWith("tencentcloudapi.com"));
    expect(cloud).toEqual(
      expect.arrayContaining(["vpc.internal.tencentcloudapi.com", "vpc.ap-shanghai-fsi.tencentcloudapi.com"]),
    );
    expect(cloud.filter((host) => !/\.(internal|ap-shanghai-fsi)\.tencentcloudapi\.com$/.test(host))).toEqual([]);
    expect(new Set(cloud.map((host) => host.split(".")[0])).size).toBeGreaterThanOrEqual(CLOUD.length - 1);
  });

  it("nobody is reached whom NO_PROXY takes out", async () => {
    const { code, hosts, err } = await run(["scan"], "internal: false", {
      HTTPS_PROXY: proxy.withPassword,
      NO_PROXY: "tencentcloudapi.com",
    });
    expect(hosts.filter((host) => host.endsWith("tencentcloudapi.com"))).toEqual([]);
    expect({ code, told: err.includes(PASSWORD) }).toEqual({ code: 1, told: false });
  });

  it("a proxy that refuses is told, without its password", async () => {
    const wrong = proxy.url.replace("//", "//guard:marked-wrong@");
    const { code, out, err } = await run(["check"], "internal: false", { HTTPS_PROXY: wrong });
    expect(code).toBe(1);
    expect(out + err).toContain("the proxy answered HTTP 407");
    expect(out + err).toContain("the proxy of HTTPS_PROXY");
    expect(out + err).not.toContain("marked-wrong");
  });

  it("a variable that names no proxy ends the command before anything is done", async () => {
    const { code, err } = await run(["scan"], "internal: false", { HTTPS_PROXY: "socks5://guard:marked@127.0.0.1:1" });
    expect({ code, told: err.includes("HTTPS_PROXY names no http or https proxy") }).toEqual({ code: 2, told: true });
    expect(err).not.toContain("marked");
  });
});

it("leaves nothing of the proxy in the folder", async () => {
  expect(await readFile(join(folder, "eip-guard.yaml"), "utf8")).not.toContain(PASSWORD);
  for (const key of cos.objects.keys()) expect(JSON.stringify(cos.objects.get(key))).not.toContain(PASSWORD);
});
