import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { addSecret } from "../../sim/world/world.ts";
import { type DeployStage, openDeployStage } from "../deploy/stage.ts";

/** The real built function: deployed by the command, run by the simulated SCF out of the zip, held to the rights of its role. */

let built: string;
let stage: DeployStage;
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), "eip-guard-deployed-"));
  const root = fileURLToPath(new URL("../..", import.meta.url));
  await promisify(execFile)(process.execPath, ["build.mjs", "--outdir", built], { cwd: root });
  stage = await openDeployStage(
    (world, region) => {
      const cluster = startCluster(world, region, { id: "cls-game0001" });
      createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 2, annotations: NEVER });
      world.clock.advance(60_000);
    },
    join(built, "functions"),
  );
}, 120_000);
afterAll(async () => {
  await stage.close();
  await rm(built, { recursive: true, force: true });
});

it("runs by hand and by its timer with just the rights that its role has", async () => {
  addSecret(stage.simulator.world, stage.region, "bot", stage.simulator.slack.token);
  await stage.configure("deploy: {}\nsecrets: { SLACK_BOT_TOKEN: bot }");
  const { ran, steps } = await stage.json(["deploy", "--yes"]);
  expect(ran.err).not.toContain("error:");
  expect(steps.at(-1)).toMatchObject({ what: "invoke", detail: expect.stringMatching(/^2 EIPs: 2 in-use; complete$/) });
  const files = Object.keys(unzipSync(stage.fn().code)).sort();
  expect(files).toEqual(expect.arrayContaining(["THIRD-PARTY-NOTICES.txt", "eip-guard.yaml", "index.js", "package.json"]));
  expect(
    files.filter(
      (name) =>
        !/^(index\.js|[\w-]+\.mjs|package\.json|THIRD-PARTY-NOTICES\.txt|eip-guard\.yaml|kubeconfig-cls-game0001\.yaml)$/.test(
          name,
        ),
    ),
  ).toEqual([]);
  const [ticked] = await stage.simulator.cloud.tick(stage.fn());
  expect(ticked).toMatchObject({ error: "" });
  expect(JSON.parse(ticked?.answer ?? "")).toMatchObject({ complete: true, totals: { eips: 2 } });
  // Its token came from the Secrets Manager, by the keys of its role.
  expect(stage.simulator.slack.messages.length).toBeGreaterThan(0);
  expect(stage.fn().environment).not.toHaveProperty("SLACK_BOT_TOKEN");
  expect(Buffer.from(stage.fn().code).includes(stage.simulator.slack.token)).toBe(false);
  expect([...stage.cos.objects.keys()].some((key) => key.startsWith("eip-guard/ledger/"))).toBe(true);
});
