import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addSecret, type Region } from "../../sim/world/world.ts";
import { invoke } from "../../src/scf.ts";
import { buttonsFunction } from "../../src/scf-buttons.ts";
import { requestOf } from "../../src/slack/signed-request.ts";
import { openDemoStage, type Printed, type Stage } from "./stage.ts";

/** Secrets and kubeconfigs out of the simulated Secrets Manager, by the whole program. */

const NO_TOKEN = { SLACK_BOT_TOKEN: "" };
let stage: Stage;
let region: Region;
let cluster: string;

const CONFIGURATION = "mode: flag\nstate: { dir: ./state }\n";
beforeAll(async () => {
  stage = await openDemoStage(CONFIGURATION);
  const [first] = stage.world.accounts[0]?.regions.values() ?? [];
  if (first === undefined) throw new Error("no region");
  region = first;
  [cluster = ""] = [...stage.simulator.kubernetes.keys()];
});
afterAll(() => stage.close());

/** The calls of the Secrets Manager during a piece of work. */
async function asked(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = stage.simulator.cloud.calls.length;
  await work();
  const calls = stage.simulator.cloud.calls.slice(before).map(({ action }) => action);
  return calls.filter((action) => /Secret/.test(action));
}

function configure(secrets: string): Promise<void> {
  return stage.configure(`${CONFIGURATION}secrets: { region: ${region.name}, ${secrets} }\n`);
}

describe("a secret of the Secrets Manager", () => {
  it("is used where the environment has none: two calls, or one where its version is named", async () => {
    addSecret(stage.world, region, "bot", "an old token", "v1");
    stage.clock.advance(5_000);
    addSecret(stage.world, region, "bot", `${stage.simulator.slack.token}\n`, "v2");
    await configure("SLACK_BOT_TOKEN: bot");
    let ran: Printed | undefined;
    const messages = stage.simulator.slack.messages.length;
    const newest = await asked(async () => {
      ran = await stage.run(["run"], NO_TOKEN);
    });
    expect(ran).toMatchObject({ code: expect.toSatisfy((code) => code === 0 || code === 3) });
    expect(ran?.err).not.toContain("SLACK_BOT_TOKEN is not set");
    expect(stage.simulator.slack.messages.length).toBeGreaterThan(messages);
    expect(newest).toEqual(["ListSecretVersionIds", "GetSecretValue"]);
    await configure("SLACK_BOT_TOKEN: bot@v2");
    expect(await asked(() => stage.run(["run"], NO_TOKEN))).toEqual(["GetSecretValue"]);
  });

  it("is not asked for where the environment has one, or nobody needs it", async () => {
    await configure("SLACK_BOT_TOKEN: none");
    expect(await asked(() => stage.run(["run"]))).toEqual([]);
    expect(await asked(() => stage.run(["scan"], NO_TOKEN))).toEqual([]);
  });

  it("is read by the function too, also by hand", async () => {
    await configure("SLACK_BOT_TOKEN: bot");
    const env = { ...stage.simulator.environment, ...NO_TOKEN };
    const dry = () => invoke({ event: {}, context: {}, env, folder: stage.folder });
    expect(await asked(dry)).toEqual(["ListSecretVersionIds", "GetSecretValue"]);
    await configure("SLACK_BOT_TOKEN: none");
    await expect(dry()).rejects.toThrow(/^SLACK_BOT_TOKEN: secret none of .* is not there .* Fix: make none in/);
  });

  it("proves presses to the buttons' function, which reads no other: once for each instance", async () => {
    const configured = async (secrets: string) => {
      await configure(secrets);
      const file = join(stage.folder, "eip-guard.yaml");
      const text = await readFile(file, "utf8");
      await writeFile(
        file,
        text.replace('slack: { channel: "#eip-guard",', 'slack: { channel: "#eip-guard", buttons: { users: [U012ABCDEF] },'),
      );
    };
    const env = { ...stage.simulator.environment, ...NO_TOKEN };
    const invoke = buttonsFunction();
    const press = () => invoke(requestOf({ body: "", headers: {} }), env, stage.folder);
    await configured("SLACK_BOT_TOKEN: none, SLACK_SIGNING_SECRET: none");
    await expect(press()).rejects.toThrow(/^SLACK_SIGNING_SECRET: secret none of .* is not there .* Fix: make none in/);
    addSecret(stage.world, region, "signing", "marked-signing");
    await configured("SLACK_BOT_TOKEN: none, SLACK_SIGNING_SECRET: signing@SSM_Current");
    const read = await asked(async () => {
      expect(await press()).toMatchObject({ statusCode: 401, body: "" });
      expect(await press()).toMatchObject({ statusCode: 401, body: "" });
    });
    expect(read).toEqual(["GetSecretValue"]);
  });

  const right = "ssm:(ListSecretVersionIds|GetSecretValue)";
  it.each<{ name: string; written: string; prepare?: () => void; says: RegExp }>([
    {
      name: "is missing",
      written: "none",
      says: new RegExp(`secret none of ap-\\w+ is not there \\(right ${right}\\)[\\s\\S]*Fix: make none`),
    },
    { name: "has no such version", written: "bot@v9", says: /secret bot@v9 of ap-\w+ is not there[\s\S]*Fix: make bot/ },
    {
      name: "is disabled",
      written: "off",
      prepare: () => {
        addSecret(stage.world, region, "off", "value").status = "Disabled";
      },
      says: /secret off of ap-\w+ is disabled[\s\S]*Fix: enable off/,
    },
    {
      name: "is about to be deleted",
      written: "going",
      prepare: () => {
        addSecret(stage.world, region, "going", "value").status = "PendingDelete";
      },
      says: /secret going of ap-\w+ is disabled, or about to be deleted[\s\S]*Fix: enable going/,
    },
    {
      name: "may not be read",
      written: "bot",
      prepare: () => {
        stage.world.accounts[0]?.denied.add("GetSecretValue");
      },
      says: /may not be read \(right ssm:GetSecretValue\)[\s\S]*Fix: allow ssm:GetSecretValue and ssm:ListSecretVersionIds on qcs::ssm:/,
    },
    {
      name: "is empty",
      written: "blank",
      prepare: () => {
        addSecret(stage.world, region, "blank", " \n");
      },
      says: /secret blank of ap-\w+ can't be used: it is empty/,
    },
    {
      name: "holds bytes",
      written: "bytes",
      prepare: () => {
        addSecret(stage.world, region, "bytes", Buffer.from([0xff, 0xfe, 0xfd]));
      },
      says: /secret bytes of ap-\w+ can't be used: it holds bytes that are no text/,
    },
    {
      name: "is no single line",
      written: "lines",
      prepare: () => {
        addSecret(stage.world, region, "lines", "marked-one\nmarked-two");
      },
      says: /secret lines of ap-\w+ holds no valid value: it is not one line/,
    },
    {
      name: "has two versions of one second",
      written: "twins",
      prepare: () => {
        addSecret(stage.world, region, "twins", "one", "v1");
        addSecret(stage.world, region, "twins", "two", "v2");
      },
      says: /its newest version can't be told: write the version, as name@version/,
    },
  ])("that $name ends a run before anything is done, with the way out", async ({ written, prepare, says }) => {
    prepare?.();
    await configure(`SLACK_BOT_TOKEN: ${written}`);
    const before = JSON.stringify([stage.simulator.dump(), Object.keys(await stage.files())]);
    const { code, out, err } = await stage.run(["run"], NO_TOKEN);
    stage.world.accounts[0]?.denied.clear();
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(says);
    expect(err).toContain("SLACK_BOT_TOKEN");
    expect(err).not.toContain("marked-");
    expect(JSON.stringify([stage.simulator.dump(), Object.keys(await stage.files())])).toBe(before);
  });

  it("that is no webhook's address is refused without being shown", async () => {
    addSecret(stage.world, region, "hook", "http://hooks.example.com/marked-hook");
    await stage.configure(`${CONFIGURATION}secrets: { EIP_GUARD_WEBHOOK_URL: hook }\n`.replace("secrets:", "secrets:"));
    const { code, err } = await stage.run(["run"]);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/secret hook of ap-\w+ holds no valid value: .*no https address/),
    });
    expect(err).not.toContain("marked-hook");
  });

  it("has a line of its own in `check`, and fails there where it can't be had", async () => {
    await configure("SLACK_BOT_TOKEN: bot, SLACK_SIGNING_SECRET: none");
    const { code, out } = await stage.run(["check", "--format", "json"], NO_TOKEN);
    const { checks } = JSON.parse(out) as { checks: readonly { name: string; status: string }[] };
    const found = checks.filter(({ name }) => name.startsWith("secret "));
    expect(found).toMatchObject([
      { name: "secret SLACK_BOT_TOKEN", status: "ok" },
      { name: "secret SLACK_SIGNING_SECRET", status: "fail", fix: expect.stringContaining("make none") },
    ]);
    expect(code).toBe(1);
  });
});

describe("a kubeconfig in the Secrets Manager", () => {
  const inSecret = async (written: string) => {
    const text = (await stage.simulator.configure(stage.folder, CONFIGURATION)).replace(
      `path: ./kubeconfig-${cluster}.yaml`,
      `secret: ${written}`,
    );
    await writeFile(join(stage.folder, "eip-guard.yaml"), text);
    await rm(join(stage.folder, `kubeconfig-${cluster}.yaml`), { force: true });
  };
  const stateOf = async () => {
    const { clusters, gaps } = await stage.json(["scan"]);
    return { state: clusters.find(({ id }) => id === cluster)?.state, gaps: gaps.filter(({ scope }) => scope.includes(cluster)) };
  };

  it("opens its cluster, and no file holds it", async () => {
    const kubeconfig = stage.simulator.kubernetes.get(cluster)?.kubeconfig() ?? "";
    addSecret(stage.world, region, "kube", kubeconfig);
    await inSecret("kube");
    expect(await stateOf()).toEqual({ state: "live", gaps: [] });
    const token = /token: (\S+)/.exec(kubeconfig)?.[1] ?? "no token";
    for (const text of Object.values(await stage.files())) expect(text).not.toContain(token);
  });

  it.each([
    ["is missing", "nothing", undefined, /secret nothing of ap-\w+ is not there/],
    ["is no kubeconfig", "words", "marked: words", /kubeconfig in secret words of ap-\w+/],
    [
      "names a file",
      "files",
      "apiVersion: v1\nclusters: [{ name: a, cluster: { server: 'https://127.0.0.1', certificate-authority: ca.crt } }]\ncontexts: [{ name: a, context: { cluster: a, user: a } }]\nusers: [{ name: a, user: { token: marked-token } }]\ncurrent-context: a\n",
      /it names the file ca.crt, and a secret has none beside it/,
    ],
    [
      "runs a program",
      "programs",
      "apiVersion: v1\nclusters: [{ name: a, cluster: { server: 'https://127.0.0.1' } }]\ncontexts: [{ name: a, context: { cluster: a, user: a } }]\nusers: [{ name: a, user: { exec: { apiVersion: client.authentication.k8s.io/v1, command: touch, args: [marked] } } }]\ncurrent-context: a\n",
      /runs a program for its keys, which a secret may not/,
    ],
  ] as const)("that %s is that cluster's gap", async (_, name, value, says) => {
    if (value !== undefined) addSecret(stage.world, region, name, value);
    await inSecret(name);
    const { state, gaps } = await stateOf();
    expect(state).toBe("unreadable");
    expect(gaps).toMatchObject([{ why: expect.stringMatching(says) }]);
    expect(JSON.stringify(gaps)).not.toContain("marked-token");
  });
});
