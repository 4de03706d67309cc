import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loopbackCertificate } from "../../sim/kubernetes/certificates.ts";
import { type Access, accessByFile, accessByText, accessInCluster } from "../../src/kubernetes/access.ts";
import { ask, describeReply } from "../../src/kubernetes/transport.ts";
import { type Api, startApi } from "./api.ts";

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
    const access = await accessByText(contexts(current), context, "kubeconfig", null);
    if (!access.known) throw new Error(access.why);
    expect(await seen(access.value)).toMatchObject({ authorization: `Bearer ${token}` });
  });

  it("one that is not there is refused, and those that are there are named", async () => {
    const access = await accessByText(contexts("c"), "prod", "kubeconfig", null);
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
      why: /can't be used/,
    },
    {
      trouble: "a client certificate whose file is missing",
      make: () => write("config", api.kubeconfig({ "client-certificate": "none.pem", "client-key": "none.key" })),
      why: /can't be used: .*none/,
    },
    {
      trouble: "an exec plugin that does not exist",
      make: () => write("config", api.kubeconfig({ exec: { apiVersion: "v1", command: join(folder, "no-plugin") } })),
      why: /can't be used/,
    },
    {
      trouble: "an exec plugin that fails",
      make: () =>
        write(
          "config",
          api.kubeconfig({ exec: { apiVersion: "v1", command: process.execPath, args: ["-e", "process.exit(3)"] } }),
        ),
      why: /can't be used/,
    },
  ])("with $trouble", async ({ make, why }) => {
    const access = await accessByFile(await make(), null);
    expect(access).toMatchObject({ known: false, why: expect.stringMatching(why) });
  });

  it("never with the token in it", async () => {
    const broken = api.kubeconfig({ token: "very-secret-token" }).replace(api.url, "nowhere at all");
    const access = await accessByText(broken, null, "kubeconfig", null);
    expect(JSON.stringify(access)).not.toContain("very-secret-token");
  });
});

it("talks to no server whose certificate its kubeconfig does not vouch for", async () => {
  const config = JSON.parse(api.kubeconfig({ token: "abc" }));
  delete config.clusters[0].cluster["certificate-authority-data"];
  const access = await accessByText(JSON.stringify(config), null, "kubeconfig", null);
  if (!access.known) throw new Error(access.why);
  expect(await ask(access.value, { method: "GET", path: "/version", tries: 1 })).toMatchObject({
    status: 0,
    why: expect.stringContaining("self-signed certificate"),
  });
  expect(api.asked).toEqual([]);
});

it("keeps the path that a server's address has, as behind a proxy", async () => {
  const config = api.kubeconfig().replace(api.url, `${api.url}/clusters/one/`);
  const access = await accessByText(config, null, "kubeconfig", null);
  if (!access.known) throw new Error(access.why);
  await ask(access.value, { method: "GET", path: "/version" });
  expect(api.asked.map(({ url }) => url)).toEqual(["/clusters/one/version"]);
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
