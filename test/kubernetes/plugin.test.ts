import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accessByFile } from "../../src/kubernetes/access.ts";
import type { PluginCall } from "../../src/kubernetes/kubeconfig.ts";
import { createPlugin } from "../../src/kubernetes/plugin.ts";
import { ask } from "../../src/kubernetes/transport.ts";
import { type Answer, type Asked, failure, startApi } from "./api.ts";

const API = "client.authentication.k8s.io/v1";
const PATH = { PATH: process.env.PATH };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eip-guard-plugin-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A plugin that is a shell script in the kubeconfig's folder, and notes each run. */
async function scripted(script: string, more: Partial<PluginCall> = {}): Promise<PluginCall> {
  await writeFile(join(folder, "plugin"), `#!/bin/sh\necho run >> runs\n${script}\n`, { mode: 0o755 });
  return { apiVersion: API, command: "./plugin", args: [], env: [], cluster: null, folder, ...more };
}

const credential = (status: object, kind = "ExecCredential", apiVersion = API) => JSON.stringify({ apiVersion, kind, status });
const prints = (status: object) => `echo '${credential(status)}'`;
const runs = async () => (await readFile(join(folder, "runs"), "utf8")).trim().split("\n").length;
/** Who was ended but has nobody who asks for it stays in the list of processes as a zombie. */
const isAlive = (pid: number) =>
  /^\s*[^Z\s]/.test(spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout);

describe("what a plugin sees", () => {
  const seen = async (environment: NodeJS.ProcessEnv, more: Partial<PluginCall> = {}) => {
    const call = await scripted(`env > seen; pwd > where; ${prints({ token: "t" })}`, more);
    await createPlugin(call, { ...PATH, ...environment }).credential();
    return readFile(join(folder, "seen"), "utf8");
  };

  it.each([
    "TENCENTCLOUD_SECRET_ID",
    "TENCENTCLOUD_SECRETKEY",
    "TENCENTCLOUD_SESSIONTOKEN",
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "EIP_GUARD_WEBHOOK_URL",
    "EIP_GUARD_ALLOW_RELEASE",
    "eip_guard_webhook_secret",
  ])("is nothing of ours: not %s", async (name) => {
    expect(await seen({ [name]: "very-secret-value" })).not.toContain("very-secret-value");
  });

  it("is no secret of ours under another name", async () => {
    const ours = {
      TENCENTCLOUD_SECRET_KEY: "very-secret-value",
      TF_VAR_key: "very-secret-value",
      URL: "https://u:very-secret-value@h",
    };
    expect(await seen(ours)).not.toContain("very-secret-value");
  });

  it("is what else the user's environment holds, and what the kubeconfig sets, be it a name of ours", async () => {
    const env = [{ name: "TENCENTCLOUD_SECRET_KEY", value: "of-kubeconfig" }];
    const found = await seen({ HOME: "/home/jane", AWS_PROFILE: "prod", TENCENTCLOUD_SECRET_KEY: "very-secret-value" }, { env });
    expect(found).toContain("HOME=/home/jane");
    expect(found).toContain("AWS_PROFILE=prod");
    expect(found).toContain("TENCENTCLOUD_SECRET_KEY=of-kubeconfig");
    expect(found).not.toContain("very-secret-value");
  });

  it("is what it asked to be told: that nobody is at a terminal, and the cluster", async () => {
    const found = await seen({}, { cluster: { server: "https://10.0.0.1" } });
    const info: unknown = JSON.parse(/^KUBERNETES_EXEC_INFO=(.*)$/m.exec(found)?.[1] ?? "");
    expect(info).toEqual({
      apiVersion: API,
      kind: "ExecCredential",
      spec: { interactive: false, cluster: { server: "https://10.0.0.1" } },
    });
  });

  it("is the kubeconfig's folder, where it runs", async () => {
    await seen({});
    expect((await readFile(join(folder, "where"), "utf8")).trim()).toMatch(new RegExp(`${folder}$`));
  });
});

describe("a plugin runs no oftener than it has to", () => {
  it("once for all who wait, and not again while its credential is valid", async () => {
    const plugin = createPlugin(
      await scripted(`sleep 0.2; ${prints({ token: "t", expirationTimestamp: "2999-01-01T00:00:00Z" })}`),
      PATH,
    );
    const all = await Promise.all(Array.from({ length: 10 }, () => plugin.credential()));
    expect(new Set(all)).toEqual(new Set([await plugin.credential()]));
    expect(await runs()).toBe(1);
  });

  it("again when its credential has expired", async () => {
    const plugin = createPlugin(await scripted(prints({ token: "t", expirationTimestamp: "2000-01-01T00:00:00Z" })), PATH);
    await plugin.credential();
    await plugin.credential();
    expect(await runs()).toBe(2);
  });

  it("again when it failed", async () => {
    const plugin = createPlugin(await scripted(`test -e ok || { touch ok; exit 3; }; ${prints({ token: "t" })}`), PATH);
    await expect(plugin.credential()).rejects.toThrow("failed with code 3");
    expect(await plugin.credential()).toMatchObject({ token: "t" });
  });

  const opened = async (answer: (asked: Asked, earlier: readonly Asked[]) => Answer, script: string) => {
    const api = await startApi(answer);
    await scripted(script);
    const exec = { apiVersion: API, command: "./plugin" };
    await writeFile(join(folder, "config"), api.kubeconfig({ exec }));
    const access = await accessByFile(join(folder, "config"), null);
    if (!access.known) throw new Error(access.why);
    return { api, access: access.value };
  };

  it("again when the server refuses what it gave, and then no more", async () => {
    const script = `echo "{\\"kind\\":\\"ExecCredential\\",\\"apiVersion\\":\\"${API}\\",\\"status\\":{\\"token\\":\\"t$(wc -l < runs | tr -d ' ')\\"}}"`;
    const { api, access } = await opened(
      ({ headers }) => (headers.authorization === "Bearer t2" ? {} : failure(401, "Unauthorized")),
      script,
    );
    expect(await ask(access, { method: "GET", path: "/version" })).toMatchObject({ status: 200 });
    expect(api.asked.map(({ headers }) => headers.authorization)).toEqual(["Bearer t1", "Bearer t2"]);
    await api.close();
  });

  it("twice for a server that refuses everything", async () => {
    const { api, access } = await opened(() => failure(401, "Unauthorized"), prints({ token: "t" }));
    expect(await ask(access, { method: "GET", path: "/version" })).toMatchObject({ status: 401 });
    expect(await runs()).toBe(2);
    await api.close();
  });

  it("once a process: another reading of the same kubeconfig shares its credential", async () => {
    const { api, access } = await opened(() => ({}), prints({ token: "t" }));
    const again = await accessByFile(join(folder, "config"), null);
    if (!again.known) throw new Error(again.why);
    await Promise.all([access, again.value].map((one) => ask(one, { method: "GET", path: "/version" })));
    expect(await runs()).toBe(1);
    await api.close();
  });
});

describe("a plugin is ended", () => {
  it("with all that it started, when its time is up", async () => {
    const plugin = createPlugin(await scripted("sleep 60 & echo $! > child; echo $$ > self; wait"), PATH, 500);
    await expect(plugin.credential()).rejects.toThrow("the exec plugin './plugin' did not end within 0.5 s");
    await wait(100);
    for (const name of ["child", "self"]) expect(isAlive(Number(await readFile(join(folder, name), "utf8")))).toBe(false);
  });

  it("with what it left behind, also when it succeeded, whose output nobody waits for", async () => {
    const plugin = createPlugin(await scripted(`sleep 60 & echo $! > child; ${prints({ token: "t" })}`), PATH, 5_000);
    expect(await plugin.credential()).toMatchObject({ token: "t" });
    await wait(100);
    expect(isAlive(Number(await readFile(join(folder, "child"), "utf8")))).toBe(false);
  });

  it("when it prints without an end", async () => {
    const plugin = createPlugin(await scripted("exec yes"), PATH, 20_000);
    await expect(plugin.credential()).rejects.toThrow("printed more than 1 MB");
  });

  it("and is not waited for at a terminal: its input is empty", async () => {
    const plugin = createPlugin(await scripted(`cat > said; ${prints({ token: "t" })}`), PATH, 5_000);
    expect(await plugin.credential()).toMatchObject({ token: "t" });
  });
});

describe("an error names the command as it is written, and nothing that it said", () => {
  const secret = "very-secret-value";
  it.each([
    { what: "a failure", script: `echo ${secret}; echo ${secret} >&2; exit 7`, why: "failed with code 7" },
    { what: "a signal", script: `echo ${secret}; kill -9 $$`, why: "failed with SIGKILL" },
    { what: "no JSON", script: `echo ${secret}`, why: "printed no ExecCredential" },
    { what: "another kind", script: `echo '${credential({ token: secret }, "Secret")}'`, why: "printed no ExecCredential" },
    {
      what: "another version",
      script: `echo '${credential({ token: secret }, "ExecCredential", "v1")}'`,
      why: `no ExecCredential of ${API}`,
    },
    { what: "nothing in it", script: prints({}), why: "neither a token nor a client certificate" },
    {
      what: "half a certificate",
      script: prints({ clientKeyData: secret }),
      why: "only one of a client certificate and its key",
    },
    {
      what: "no instant",
      script: prints({ token: secret, expirationTimestamp: "soon" }),
      why: "expirationTimestamp that is no instant",
    },
  ])("$what", async ({ script, why }) => {
    const failed: unknown = await createPlugin(await scripted(script, { args: [secret] }), PATH)
      .credential()
      .catch((error) => error);
    const message = failed instanceof Error ? failed.message : "";
    expect(message).toContain("the exec plugin './plugin'");
    expect(message).toContain(why);
    expect(message).not.toContain(secret);
  });

  it.each(["./absent", "absent-eip-guard-plugin"])("%s, which is not there", async (command) => {
    const call = await scripted("", { command });
    await expect(createPlugin(call, PATH).credential()).rejects.toThrow(`the exec plugin '${command}' can't be started: ENOENT`);
  });
});
