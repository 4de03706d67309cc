import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startCluster } from "../../sim/world/life.ts";
import { addAccount, type World } from "../../sim/world/world.ts";
import { ASSEMBLY } from "../../src/cli/assembly.ts";
import { runCli } from "../../src/cli/program.ts";
import { parseConfig } from "../../src/config/load.ts";
import { openStage, type Stage } from "./stage.ts";

/** `eip-guard init` at a terminal: the cloud is real HTTP on loopback, the person is a list of answers. */

let stage: Stage;
beforeEach(async () => {
  stage = await openStage((world: World) => {
    const account = addAccount(world, { regions: ["ap-guangzhou", "ap-singapore"] });
    for (const [name, id] of [
      ["ap-guangzhou", "cls-game0001"],
      ["ap-singapore", "cls-shop0001"],
    ] as const) {
      const region = account.regions.get(name);
      if (region !== undefined) startCluster(world, region, { id });
    }
  });
  await rm(join(stage.folder, "eip-guard.yaml"));
});
afterEach(() => stage.close());

interface Asked {
  readonly code: number;
  readonly told: string;
  readonly questions: readonly string[];
}

/** Answers each question with the next of these; what is not answered is an empty line. */
async function init(
  answers: readonly string[],
  env: Readonly<Record<string, string>> = stage.simulator.environment,
): Promise<Asked> {
  const { endpoint } = stage.simulator.cloud;
  const [left, questions, told]: [string[], string[], string[]] = [[...answers], [], []];
  const code = await runCli(["init"], {
    stdout: { write: () => true },
    stderr: { write: (text) => told.push(text) },
    env,
    cwd: stage.folder,
    // The simulated cloud has an address of its own.
    assembly: {
      ...ASSEMBLY,
      read: (config, ...more) => ASSEMBLY.read({ ...config, tencent: { ...config.tencent, endpoint } }, ...more),
    },
    ask: async (question) => {
      questions.push(question);
      return left.shift() ?? "";
    },
  });
  return { code, told: told.join(""), questions };
}

async function written() {
  const text = await readFile(join(stage.folder, "eip-guard.yaml"), "utf8");
  return { text, ...parseConfig(text, { path: join(stage.folder, "eip-guard.yaml"), env: {} }).config };
}

describe("init at a terminal", () => {
  it("asks for regions, the kubeconfigs of the clusters that it finds, and the channel; the file is valid", async () => {
    const { code, questions } = await init(["ap-guangzhou, ap-singapore", "./games.yaml", "", "oncall"]);
    expect([code, questions.length]).toEqual([0, 4]);
    expect(questions[1]).toMatch(/cls-game0001 .*ap-guangzhou/);
    const { text, tencent, clusters, alerts } = await written();
    expect(tencent.accounts.map(({ regions }) => regions)).toEqual([["ap-guangzhou", "ap-singapore"]]);
    expect(clusters.kubeconfigs).toMatchObject([{ id: "cls-game0001", region: "ap-guangzhou" }]);
    expect(alerts.slack?.channel).toBe("#oncall");
    // What was not answered is there to be filled in.
    expect(text).toContain("#   - { id: cls-shop0001");
    expect(text).toContain("releaseAfter: 7d");
  });

  it("writes what stands in brackets where Enter is pressed", async () => {
    expect((await init([])).code).toBe(0);
    const { tencent, clusters, alerts, mode } = { mode: "audit", ...(await written()) };
    expect(tencent.accounts.map(({ regions }) => regions)).toEqual([["ap-guangzhou"]]);
    expect([clusters.kubeconfigs, alerts.slack, mode]).toEqual([[], null, "audit"]);
  });

  it("says what is wrong with an answer, and asks again", async () => {
    const { code, told, questions } = await init(["Guangzhou!", "ap-singapore"]);
    expect(code).toBe(0);
    expect(told).toContain("Guangzhou!");
    expect(questions.filter((question) => question.startsWith("Regions"))).toHaveLength(2);
    expect((await written()).tencent.accounts[0]?.regions).toEqual(["ap-singapore"]);
  });

  it.each(['x" }, { id: evil', "a # b", "a: b\\", "路径/配置.yaml"])("takes the path %s as a path", async (path) => {
    expect((await init(["", path])).code).toBe(0);
    const { clusters } = await written();
    expect(clusters.kubeconfigs).toHaveLength(1);
    expect(clusters.kubeconfigs[0]).toMatchObject({ id: "cls-game0001", path: expect.stringContaining(path) });
  });

  it("goes on without clusters where there are no credentials, and says so", async () => {
    const { code, told, questions } = await init(["ap-guangzhou", "#eip-guard"], {});
    expect([code, questions.length]).toEqual([0, 2]);
    expect(told).toMatch(/the clusters could not be listed: no credentials/);
    expect((await written()).alerts.slack?.channel).toBe("#eip-guard");
  });

  it("asks nothing where a file is there already, and leaves it", async () => {
    await init([]);
    const before = await written();
    expect(await init(["ap-singapore"])).toMatchObject({
      code: 2,
      questions: [],
      told: expect.stringContaining("already there"),
    });
    expect((await written()).text).toBe(before.text);
  });

  it("writes nothing where a wrong answer is repeated", async () => {
    const { code } = await init(["!", "!", "!"]);
    expect(code).toBe(2);
    await expect(written()).rejects.toThrow("ENOENT");
  });
});
