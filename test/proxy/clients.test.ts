import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startCosServer } from "../../sim/cos.ts";
import { startSlackServer } from "../../sim/slack.ts";
import { startWebhookServer } from "../../sim/webhook.ts";
import { accessByText } from "../../src/kubernetes/access.ts";
import { ask } from "../../src/kubernetes/transport.ts";
import { type ProxyFor, proxiesOf } from "../../src/proxy/environment.ts";
import { fetchBy } from "../../src/proxy/fetch.ts";
import { lookAtSlack } from "../../src/slack/preflight.ts";
import { openStore } from "../../src/store/index.ts";
import { createCloudReader } from "../../src/tencent/reader.ts";
import { createSessions } from "../../src/tencent/session.ts";
import { createTransport } from "../../src/tencent/transport.ts";
import { postOnce } from "../../src/webhook/http.ts";
import { startApi } from "../kubernetes/api.ts";
import { handClock } from "../store/samples.ts";
import { drivenClock, REGION, SECRET, startCloud } from "../tencent/cloud.ts";
import { PASSWORD, startProxy, type TestProxy } from "./proxy.ts";

/** Each client through a real proxy on loopback. Its servers have names that only the proxy knows. */

const ports = new Map<string, number>();
const route = (name: string, url: string) => ports.set(name, Number(new URL(url).port));
const closing: (() => unknown)[] = [];
let proxy: TestProxy;
beforeEach(async () => {
  proxy = await startProxy((host) => ports.get(host));
  closing.push(proxy.close);
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const by = (url: string): ProxyFor => proxiesOf({ HTTP_PROXY: url, HTTPS_PROXY: url });

/** What each client does with one request: null, or why it failed. */
const CLIENTS: Readonly<Record<string, () => Promise<(proxyFor: ProxyFor) => Promise<string | null>>>> = {
  async "the cloud"() {
    const cloud = await startCloud(() => ({ TotalCount: 0, AddressSet: [] }));
    closing.push(cloud.close);
    route("cloud.example", cloud.endpoint);
    const accounts = [{ name: "default", roleArn: null, regions: [REGION] }];
    return async (proxyFor) => {
      const clock = drivenClock();
      const transport = createTransport({ endpoint: "http://cloud.example:8080", clock, proxyFor });
      const sessions = createSessions(transport, accounts, SECRET, REGION, clock);
      const { addresses } = await createCloudReader(sessions, accounts).addresses("default", REGION);
      return addresses.known ? null : addresses.why;
    };
  },
  async Slack() {
    const slack = await startSlackServer();
    closing.push(slack.close);
    route("slack.example", slack.apiUrl);
    return async (proxyFor) => {
      const look = { token: slack.token, apiUrl: "http://slack.example/api/", channel: "#eip-guard", proxyFor };
      const [token] = await lookAtSlack(look);
      return token?.status === "ok" ? null : (token?.detail ?? "");
    };
  },
  async "a webhook"() {
    const hook = await startWebhookServer("json");
    closing.push(hook.close);
    route("hook.example", hook.url);
    return async (proxyFor) => {
      const post = { url: "http://hook.example/way", body: "{}", headers: {} };
      const attempt = await postOnce(post, () => ({ outcome: "delivered" }), { proxyFor });
      // The receiver refuses what is not signed: it was reached.
      return attempt.outcome === "delivered" || / HTTP 40[01]$/.test(attempt.why) ? null : attempt.why;
    };
  },
  async "the bucket"() {
    const { secretId, secretKey } = SECRET;
    const cos = await startCosServer({ keys: [{ secretId, secretKey }] });
    closing.push(cos.close);
    route("cos.example", cos.endpoint);
    const state = {
      kind: "cos",
      bucket: "guard-1250000000",
      region: REGION,
      prefix: "",
      endpoint: "http://cos.example",
    } as const;
    return async (proxyFor) => {
      const store = await openStore(state, { credentials: { secretId, secretKey }, clock: handClock(), proxyFor, mode: "read" });
      return store.readLedger().then(
        () => null,
        (error: unknown) => String(error),
      );
    };
  },
  async "a cluster"() {
    const api = await startApi(() => ({ body: { major: "1" } }));
    closing.push(api.close);
    route("kube.example", api.url);
    const config = JSON.parse(api.kubeconfig());
    config.clusters[0].cluster.server = "https://kube.example:6443";
    config.clusters[0].cluster["tls-server-name"] = "localhost";
    return async (proxyFor) => {
      const access = await accessByText(JSON.stringify(config), null, "kubeconfig", { from: "secret" }, proxyFor);
      if (!access.known) return access.why;
      const reply = await ask(access.value, { method: "GET", path: "/version", tries: 1 });
      return reply.status === 200 ? null : JSON.stringify(reply);
    };
  },
};

describe.each(Object.keys(CLIENTS))("%s", (name) => {
  const open = () => CLIENTS[name]?.() ?? Promise.reject(new Error("no client"));

  it("is reached through the proxy of the environment, with its password", async () => {
    const call = await open();
    expect(await call(by(proxy.withPassword))).toBeNull();
    expect(proxy.reached.length).toBeGreaterThan(0);
  });

  it("tells why where the proxy does not let it through, and never the password", async () => {
    const call = await open();
    const wrong = proxy.url.replace("//", "//guard:marked-wrong@");
    const told = await call(by(wrong));
    expect(told).toContain("407");
    expect(told).not.toContain("marked-wrong");
  });

  it("tells why where the proxy is not there, and never the password", async () => {
    const call = await open();
    await proxy.close();
    const told = await call(by(proxy.withPassword));
    expect(told).toMatch(/\S/);
    expect(told).not.toContain(PASSWORD);
    expect(told).not.toContain(Buffer.from(`guard:${PASSWORD}`).toString("base64"));
  });
});

it("a form goes through a proxy as the global fetch sends it, with its boundary", async () => {
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    const whole = new Request("http://x/", {
      method: "POST",
      headers: request.headers as Record<string, string>,
      body: new Uint8Array(await bodyOf(request)),
    });
    seen.push(String((await whole.formData()).get("list")));
    response.writeHead(200, { "content-type": "application/json", "x-two": ["a", "b"] }).end('{"ok":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  route("form.example", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const form = new FormData();
  form.set("list", "a,b\n1,2\n");
  const answer = await fetchBy(by(proxy.withPassword))("http://form.example/", { method: "POST", body: form });
  expect({ status: answer.status, body: await answer.json(), two: answer.headers.get("x-two"), seen }).toEqual({
    status: 200,
    body: { ok: true },
    two: "a, b",
    seen: ["a,b\r\n1,2\r\n"],
  });
});

describe("a cluster's proxy-url", () => {
  it("wins over the environment, on loopback too", async () => {
    const other = await startProxy(() => undefined);
    closing.push(other.close);
    const api = await startApi(() => ({ body: { major: "1" } }));
    closing.push(api.close);
    ports.set("127.0.0.1", Number(new URL(api.url).port));
    const config = JSON.parse(api.kubeconfig());
    config.clusters[0].cluster["proxy-url"] = proxy.withPassword;
    const access = await accessByText(JSON.stringify(config), null, "kubeconfig", { from: "secret" }, by(other.withPassword));
    if (!access.known) throw new Error(access.why);
    expect(await ask(access.value, { method: "GET", path: "/version", tries: 1 })).toMatchObject({ status: 200 });
    expect({ own: proxy.reached.length, environment: other.reached.length }).toEqual({ own: 1, environment: 0 });
  });
});

it("a cluster on loopback goes through no proxy of the environment", async () => {
  const api = await startApi(() => ({ body: { major: "1" } }));
  closing.push(api.close);
  const access = await accessByText(api.kubeconfig(), null, "kubeconfig", { from: "secret" }, by(proxy.withPassword));
  if (!access.known) throw new Error(access.why);
  expect(await ask(access.value, { method: "GET", path: "/version", tries: 1 })).toMatchObject({ status: 200 });
  expect(proxy.reached).toEqual([]);
});

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
