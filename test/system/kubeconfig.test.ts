import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startCluster } from "../../sim/world/life.ts";
import { addAccount } from "../../sim/world/world.ts";
import { openStage, type Stage } from "./stage.ts";

const ID = "cls-11111111";

let stage: Stage;

beforeEach(async () => {
  stage = await openStage(
    (world) => {
      const region = addAccount(world, { regions: ["ap-guangzhou"] }).regions.get("ap-guangzhou");
      if (region === undefined) throw new Error("no region");
      startCluster(world, region, { id: ID });
    },
    undefined,
    true,
  );
});

afterEach(async () => {
  await stage.close();
});

const serverOf = () => {
  const server = stage.simulator.kubernetes.get(ID);
  if (server === undefined) throw new Error("no API server");
  return server;
};

/** A kubeconfig of the cluster whose user is another; `run` in its plugin leaves a mark in the folder. */
const kubeconfigWith = (user: object) => {
  const config = JSON.parse(serverOf().kubeconfig());
  const { token } = config.users[0].user;
  config.users[0].user = JSON.parse(JSON.stringify(user).replaceAll("THE_TOKEN", token));
  return JSON.stringify(config);
};

const plugin = (folder: string) => {
  const credential = '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"THE_TOKEN"}}';
  return {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "sh",
    args: ["-c", `env >> '${folder}/seen'; echo '${credential}'`],
  };
};

describe("a kubeconfig that the cloud gives", () => {
  const scanWith = async (kubeconfig: string) => {
    const path = join(stage.folder, "eip-guard.yaml");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace(/ {2}kubeconfigs:\n(?: {4}- .*\n)+/, "  credentials: describe\n"));
    stage.simulator.kubeconfigsOfCloud.set(ID, kubeconfig);
    return stage.json(["scan"]);
  };

  it("is used where it holds no more than an address and who we are", async () => {
    expect((await scanWith(serverOf().kubeconfig())).gaps).toEqual([]);
    expect(serverOf().calls.length).toBeGreaterThan(0);
  });

  it("runs no program, not even in a scan: that cluster is a gap", async () => {
    const { gaps } = await scanWith(kubeconfigWith({ exec: plugin(stage.folder) }));
    expect(gaps.map(({ scope, why }) => `${scope}: ${why}`)).toEqual([
      expect.stringMatching(`cluster ${ID}: .*'exec' is refused`),
    ]);
    expect(existsSync(join(stage.folder, "seen"))).toBe(false);
    expect(serverOf().calls).toEqual([]);
  });

  it("reads no file", async () => {
    const { gaps } = await scanWith(kubeconfigWith({ tokenFile: join(stage.folder, "eip-guard.yaml") }));
    expect(gaps.map(({ why }) => why)).toEqual([expect.stringContaining("'tokenFile' is refused")]);
    expect(serverOf().calls).toEqual([]);
  });
});

it("a plugin of the user's own kubeconfig runs, and sees no secret of the guard's environment", async () => {
  await writeFile(join(stage.folder, `kubeconfig-${ID}.yaml`), kubeconfigWith({ exec: plugin(stage.folder) }));
  expect((await stage.json(["scan"])).gaps).toEqual([]);
  const seen = await readFile(join(stage.folder, "seen"), "utf8");
  expect(seen).toContain("KUBERNETES_EXEC_INFO=");
  expect(seen).not.toMatch(/TENCENTCLOUD|SLACK|EIP_GUARD/);
});

describe("what a gateway answers is a gap, and no absence", () => {
  it.each([
    { what: "an empty list of its own", status: 200, body: '{"code":0,"items":[]}' },
    { what: "a page", status: 404, body: "<h1>nginx</h1>" },
  ])("$what in place of StatefulSets", async ({ status, body }) => {
    serverOf().faults.push({ matches: "GET /apis/apps/v1/statefulsets?", kind: "answer", status, body });
    const { complete, gaps } = await stage.json(["scan"]);
    expect(complete).toBe(false);
    expect(gaps.map(({ scope, what }) => `${scope}: ${what}`)).toEqual([`cluster ${ID}: statefulsets`]);
  });
});
