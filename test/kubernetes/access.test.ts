import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loopbackCertificate } from "../../sim/kubernetes/certificates.ts";
import { type Access, accessByFile, accessByText, accessInCluster } from "../../src/kubernetes/access.ts";
import { ask, describeReply } from "../../src/kubernetes/transport.ts";
import { type Api, startApi } from "./api.ts";
import { startHttpProxy, startSocksProxy } from "./proxies.ts";

let api: Api;
let folder: string;

beforeEach(async () => {
  api = await startApi(() => ({ body: {} }));
  folder = await mkdtemp(join(tmpdir(), "eip-guard-access-"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await api.close();
  await rm(folder, { recursive: true });
});

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

async function opened(user: Readonly<Record<string, unknown>>): Promise<Access> {
  const access = await accessByFile(await write("config", api.kubeconfig(user)), null);
  if (!access.known) throw new Error(access.why);
  return access.value;
}

/** What the server saw of a first request. */
async function seen(access: Access) {
  const reply = await ask(access, { method: "GET", path: "/version", tries: 1 });
  if (reply.status !== 200) throw new Error(describeReply(reply));
  const [first] = api.asked;
  return { authorization: first?.headers.authorization, certified: first?.certified };
}

const encoded = (text: string) => Buffer.from(text).toString("base64");

describe("a kubeconfig's user is who we are", () => {
  it("by a token", async () => {
    expect(await seen(await opened({ token: "abc" }))).toEqual({ authorization: "Bearer abc", certified: false });
  });

  it("by name and password", async () => {
    const authorization = `Basic ${encoded("reader:secret")}`;
    expect(await seen(await opened({ username: "reader", password: "secret" }))).toMatchObject({ authorization });
  });

  it("by a client certificate in the kubeconfig", async () => {
    const { certificate, key } = await loopbackCertificate();
    const user = { "client-certificate-data": encoded(certificate), "client-key-data": encoded(key) };
    expect(await seen(await opened(user))).toEqual({ authorization: undefined, certified: true });
  });

  it("by a client certificate in files named relative to the kubeconfig", async () => {
    const { certificate, key } = await loopbackCertificate();
    await write("client.pem", certificate);
    await write("client.key", key);
    const access = await opened({ "client-certificate": "client.pem", "client-key": "client.key" });
    expect(await seen(access)).toMatchObject({ certified: true });
  });

  it("by what an exec plugin prints", async () => {
    const credential = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token: "of-plugin" } };
    const script = `console.log(${JSON.stringify(JSON.stringify(credential))})`;
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: ["-e", script] };
    expect(await seen(await opened({ exec }))).toMatchObject({ authorization: "Bearer of-plugin" });
  });
});

describe("of several contexts", () => {
  const contexts = (current: string) => {
    const config = JSON.parse(api.kubeconfig({ token: "of-first" }));
    config.users.push({ name: "second", user: { token: "of-second" } });
    config.contexts.push({ name: "second", context: { cluster: "c", user: "second" } });
    config["current-context"] = current;
    return JSON.stringify(config);
  };

  it.each<{ rule: string; current: string; context: string | null; token: string }>([
    { rule: "the current one counts", current: "second", context: null, token: "of-second" },
    { rule: "the configured one counts over the current one", current: "second", context: "c", token: "of-first" },
    { rule: "the configured one counts where the current one does not exist", current: "gone", context: "c", token: "of-first" },
  ])("$rule", async ({ current, context, token }) => {
    const access = await accessByText(contexts(current), context, "kubeconfig", { from: "file", folder });
    if (!access.known) throw new Error(access.why);
    expect(await seen(access.value)).toMatchObject({ authorization: `Bearer ${token}` });
  });

  it("one that is not there is refused, and those that are there are named", async () => {
    const access = await accessByText(contexts("c"), "prod", "kubeconfig", { from: "file", folder });
    expect(access).toEqual({
      known: false,
      why: "kubeconfig has no context 'prod' (it has c, second)",
      cause: "kubeconfig-context",
    });
  });
});

describe("no access is an unknown reading with its reason", () => {
  it.each<{ trouble: string; make: () => Promise<string>; why: RegExp }>([
    { trouble: "no file", make: async () => join(folder, "absent"), why: /absent can't be read: .*ENOENT/ },
    { trouble: "a folder", make: async () => folder, why: /can't be read: .*EISDIR/ },
    { trouble: "what is no YAML", make: () => write("config", "clusters: ["), why: /is no kubeconfig/ },
    { trouble: "an empty file", make: () => write("config", ""), why: /config/ },
    {
      trouble: "a current context that is not there",
      make: () => write("config", api.kubeconfig().replace('"current-context":"c"', '"current-context":"gone"')),
      why: /names no cluster in its current context 'gone'/,
    },
    {
      trouble: "a server that is no address",
      make: () => write("config", api.kubeconfig().replace(api.url, "nowhere at all")),
      why: /'server' is no address/,
    },
    {
      trouble: "a client certificate whose file is missing",
      make: () => write("config", api.kubeconfig({ "client-certificate": "none.pem", "client-key": "none.key" })),
      why: /can't be used: .*none/,
    },
    {
      trouble: "an exec plugin that does not exist",
      make: () =>
        write(
          "config",
          api.kubeconfig({ exec: { apiVersion: "client.authentication.k8s.io/v1", command: join(folder, "no-plugin") } }),
        ),
      why: /can't be used/,
    },
    {
      trouble: "an exec plugin that fails",
      make: () =>
        write(
          "config",
          api.kubeconfig({
            exec: { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: ["-e", "process.exit(3)"] },
          }),
        ),
      why: /can't be used/,
    },
  ])("with $trouble", async ({ make, why }) => {
    const access = await accessByFile(await make(), null);
    expect(access).toMatchObject({ known: false, why: expect.stringMatching(why) });
  });

  it("never with the token in it", async () => {
    const broken = api.kubeconfig({ token: "very-secret-token" }).replace(api.url, "nowhere at all");
    const access = await accessByText(broken, null, "kubeconfig", { from: "file", folder });
    expect(JSON.stringify(access)).not.toContain("very-secret-token");
  });
});

it("talks to no server whose certificate its kubeconfig does not vouch for", async () => {
  const config = JSON.parse(api.kubeconfig({ token: "abc" }));
  delete config.clusters[0].cluster["certificate-authority-data"];
  const access = await accessByText(JSON.stringify(config), null, "kubeconfig", { from: "file", folder });
  if (!access.known) throw new Error(access.why);
  expect(await ask(access.value, { method: "GET", path: "/version", tries: 1 })).toMatchObject({
    status: 0,
    why: expect.stringContaining("self-signed certificate"),
  });
  expect(api.asked).toEqual([]);
});

it("keeps the path that a server's address has, as behind a proxy", async () => {
  const config = api.kubeconfig().replace(api.url, `${api.url}/clusters/one/`);
  const access = await accessByText(config, null, "kubeconfig", { from: "file", folder });
  if (!access.known) throw new Error(access.why);
  await ask(access.value, { method: "GET", path: "/version" });
  expect(api.asked.map(({ url }) => url)).toEqual(["/clusters/one/version"]);
});

it("reads a token file anew for each request, since it is replaced while we work", async () => {
  await write("token", "first\n");
  const access = await opened({ tokenFile: "token", token: "older" });
  const ordered = async () => {
    await ask(access, { method: "GET", path: "/" });
    return api.asked.at(-1)?.headers.authorization;
  };
  expect(await ordered()).toBe("Bearer first");
  await write("token", "second");
  expect(await ordered()).toBe("Bearer second");
  await rm(join(folder, "token"));
  expect(await ask(access, { method: "GET", path: "/", tries: 1 })).toEqual({
    status: 0,
    sent: false,
    why: "authentication failed: token can't be read: ENOENT",
  });
});

it("acts as whom the kubeconfig says", async () => {
  const user = {
    token: "t",
    as: "jane",
    "as-uid": "7",
    "as-groups": ["dev", "ops"],
    "as-user-extra": { "example.com/x y": ["1", "2"] },
  };
  await ask(await opened(user), { method: "GET", path: "/" });
  expect(api.asked.at(-1)?.headers).toMatchObject({
    "impersonate-user": "jane",
    "impersonate-uid": "7",
    "impersonate-group": "dev, ops",
    "impersonate-extra-example.com%2fx%20y": "1, 2",
  });
});

describe("the name that a server's certificate must have", () => {
  const named = async (name: string) => {
    const config = JSON.parse(api.kubeconfig());
    config.clusters[0].cluster["tls-server-name"] = name;
    const access = await accessByText(JSON.stringify(config), null, "kubeconfig", { from: "file", folder });
    if (!access.known) throw new Error(access.why);
    return ask(access.value, { method: "GET", path: "/version", tries: 1 });
  };

  it.each(["localhost", "127.0.0.1"])("is %s, where its certificate has it", async (name) => {
    expect(await named(name)).toMatchObject({ status: 200 });
  });

  it.each(["kubernetes", "10.0.0.1"])("is %s: another server is not asked", async (name) => {
    expect(await named(name)).toMatchObject({ status: 0 });
    expect(api.asked).toEqual([]);
  });
});

describe("a file that could be waited for in vain is not read", () => {
  it.each([
    { what: "a kubeconfig that is a pipe", make: () => "pipe", why: "kubeconfig pipe can't be read: it is no ordinary file" },
    {
      what: "a token file that is one",
      make: () => write("config", api.kubeconfig({ tokenFile: "pipe" })),
      why: "no ordinary file",
    },
    { what: "a kubeconfig without an end", make: () => write("long", "x".repeat(5_000_000)), why: "longer than 4 MB" },
  ])("$what", async ({ make, why }) => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    expect(await accessByFile(join(folder, basename(await make())), null)).toMatchObject({
      known: false,
      why: expect.stringContaining(why),
    });
  });
});

describe("a proxy of the kubeconfig is gone through", () => {
  it.each([
    { scheme: "http", start: startHttpProxy },
    { scheme: "socks5", start: startSocksProxy },
  ])("$scheme", async ({ scheme, start }) => {
    const proxy = await start();
    const config = JSON.parse(api.kubeconfig());
    config.clusters[0].cluster["proxy-url"] = `${scheme}://127.0.0.1:${proxy.port}`;
    const access = await accessByText(JSON.stringify(config), null, "kubeconfig", { from: "file", folder });
    if (!access.known) throw new Error(access.why);
    expect(await ask(access.value, { method: "GET", path: "/version", tries: 1 })).toMatchObject({ status: 200 });
    expect(proxy.reached).toEqual([new URL(api.url).host]);
    proxy.close();
    expect(await ask(access.value, { method: "GET", path: "/version", tries: 1 })).toMatchObject({ status: 0 });
  });
});

describe("inside a cluster", () => {
  async function inPod(): Promise<string> {
    const { certificate } = await loopbackCertificate();
    const { hostname, port } = new URL(api.url);
    vi.stubEnv("KUBERNETES_SERVICE_HOST", hostname);
    vi.stubEnv("KUBERNETES_SERVICE_PORT", port);
    const mounted = join(folder, "var/run/secrets/kubernetes.io/serviceaccount");
    await mkdir(mounted, { recursive: true });
    await writeFile(join(mounted, "ca.crt"), certificate);
    await writeFile(join(mounted, "token"), "of-service-account");
    return mounted;
  }

  it("the Pod's service account is who we are", async () => {
    await inPod();
    const access = await accessInCluster(folder);
    if (!access.known) throw new Error(access.why);
    expect(await seen(access.value)).toEqual({ authorization: "Bearer of-service-account", certified: false });
  });

  it("its token is read anew, as the kubelet replaces it, and the server is spoken to over TLS whatever its port", async () => {
    const mounted = await inPod();
    const access = await accessInCluster(folder);
    if (!access.known) throw new Error(access.why);
    await writeFile(join(mounted, "token"), "renewed");
    expect(await seen(access.value)).toMatchObject({ authorization: "Bearer renewed" });
    vi.stubEnv("KUBERNETES_SERVICE_PORT", "8080");
    const other = await accessInCluster(folder);
    expect(other.known && other.value.server.href).toMatch(/^https:.*:8080/);
  });

  it("a Pod without a mounted service account is an unknown reading", async () => {
    const mounted = await inPod();
    await rm(mounted, { recursive: true });
    expect(await accessInCluster(folder)).toMatchObject({ known: false, why: expect.stringContaining("service account") });
  });

  it("and so is a process that runs in no Pod", async () => {
    await inPod();
    vi.stubEnv("KUBERNETES_SERVICE_HOST", undefined);
    vi.stubEnv("KUBERNETES_SERVICE_PORT", undefined);
    expect(await accessInCluster(folder)).toMatchObject({ known: false, why: expect.stringContaining("no Pod") });
  });
});
