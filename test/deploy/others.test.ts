import { execFile } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { type DeployStage, openDeployStage } from "./stage.ts";

/** The GitHub workflow of the example, and the job image: what they run, against the simulator. */

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
let stage: DeployStage;
beforeAll(async () => {
  stage = await openDeployStage((world, region) => {
    const cluster = startCluster(world, region, { id: "cls-game0001" });
    createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 2, annotations: NEVER });
    world.clock.advance(60_000);
  });
  await stage.configure();
});
afterAll(() => stage.close());

describe("the workflow of the example", () => {
  interface Step {
    readonly name?: string;
    readonly run?: string;
    readonly uses?: string;
  }
  const workflow = async () => parse(await readFile(here("deploy/github/eip-guard-plan.yml"), "utf8"));

  /** Runs the steps' own text, with the command of the sources and a `gh` that only notes what it is told. */
  async function play(steps: readonly Step[]): Promise<{ readonly code: number; readonly err: string }> {
    const tsx = new URL("../../node_modules/tsx/dist/loader.mjs", import.meta.url).href;
    await writeFile(
      join(stage.folder, "eip-guard"),
      `#!/bin/sh\nexec "${process.execPath}" --import "${tsx}" "${here("src/cli/main.ts")}" "$@"\n`,
    );
    await writeFile(join(stage.folder, "gh"), `#!/bin/sh\necho "$@" > said.txt\n`);
    for (const name of ["eip-guard", "gh"]) await chmod(join(stage.folder, name), 0o755);
    const script = steps.map(({ run = "" }) =>
      `( ${run}\n)`
        .replace(/\$\{\{ github.event.pull_request.number \}\}/g, "7")
        .replace(/\$\{\{ github.repository \}\}/g, "o/r"),
    );
    const env = { ...stage.simulator.environment, PATH: `${stage.folder}:${process.env.PATH}` };
    return new Promise((resolve) =>
      execFile("bash", ["--norc", "-e", "-c", script.join("\n")], { cwd: stage.folder, env }, (error, _, err) =>
        resolve({ code: typeof error?.code === "number" ? error.code : 0, err }),
      ),
    );
  }

  it("comments what a run would do, and changes nothing", async () => {
    const { jobs } = await workflow();
    const steps: readonly Step[] = jobs.plan.steps.filter(({ name }: Step) => name === "Plan" || name === "Comment");
    const ran = await play(steps);
    expect(ran).toEqual({ code: 0, err: "" });
    const comment = await readFile(join(stage.folder, "comment.md"), "utf8");
    expect(comment).toMatch(/^### What eip-guard would do/);
    expect(comment).toContain("valid until");
    expect(await readFile(join(stage.folder, "said.txt"), "utf8")).toMatch(
      /^pr comment 7 --repo o\/r .*--body-file comment\.md$/m,
    );
    expect(stage.simulator.world.writes).toEqual([]);
  });

  it("gives no key to a fork, and may write nothing but the comment", async () => {
    const { permissions, jobs, on } = await workflow();
    expect(permissions).toEqual({ contents: "read", "pull-requests": "write" });
    expect(jobs.plan.if).toContain("head.repo.full_name == github.repository");
    expect(Object.keys(on)).toEqual(["pull_request"]);
  });
});

describe("the job image", () => {
  const tick = () =>
    JSON.stringify({ Type: "Timer", TriggerName: "eip-guard", Time: new Date().toISOString(), Message: "scheduled" });
  const job = (event: string | undefined) =>
    stage.run(["job"], { env: event === undefined ? {} : { SCF_CUSTOM_CONTAINER_EVENT: event } });

  it("runs a cycle by a timer's event, once", async () => {
    const event = tick();
    const { code, out, err } = await job(event);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({ complete: true, run: { dryRun: false }, totals: { eips: 2 } });
    expect(JSON.parse((await job(event)).out)).toEqual({ skipped: expect.stringContaining("was served already") });
  });

  it("takes any other event for a dry run", async () => {
    expect(JSON.parse((await job("{}")).out)).toMatchObject({ run: { dryRun: true } });
  });

  it.each([
    [undefined, /SCF_CUSTOM_CONTAINER_EVENT is not set/],
    ["{", /SCF_CUSTOM_CONTAINER_EVENT holds no JSON/],
  ])("refuses what is no event: %s", async (event, says) => {
    const { code, err, calls } = await job(event);
    expect({ code, calls }).toEqual({ code: 2, calls: [] });
    expect(err).toMatch(says);
  });

  it("fails where the run fails, with the fix once", async () => {
    stage.account.denied.add("DescribeAddresses");
    const { code, err } = await job("{}");
    stage.account.denied.clear();
    expect(code).toBe(1);
    expect(err.match(/Fix:/g)).toHaveLength(1);
  });

  it("is run by the command that its file names", async () => {
    const text = await readFile(here("deploy/scf-job.Dockerfile"), "utf8");
    const [, argv = "[]"] = /^CMD (.+)$/m.exec(text) ?? [];
    expect(JSON.parse(argv)).toEqual(["job", "--config", "/etc/eip-guard/eip-guard.yaml"]);
    const { version } = JSON.parse(await readFile(here("package.json"), "utf8"));
    expect(text).toContain(`FROM eip-guard:${version}`);
    expect(text).toContain("COPY eip-guard.yaml /etc/eip-guard/eip-guard.yaml");
  });
});
