import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { addAccount } from "../../sim/world/world.ts";
import { HOUR, openStage, type Stage } from "./stage.ts";

/** Runs that come too seldom to act, as the guard itself sees them. */

let stage: Stage;
beforeEach(async () => {
  stage = await openStage((world) => {
    const account = addAccount(world, { regions: ["ap-guangzhou"] });
    for (const region of account.regions.values()) {
      const cluster = startCluster(world, region, { id: "cls-game0001" });
      createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 1, annotations: NEVER });
    }
  });
});
afterEach(() => stage.close());

async function runEvery(...hours: readonly number[]): Promise<void> {
  await stage.run(["run"]);
  for (const gap of hours) {
    stage.clock.advance(gap * HOUR);
    await stage.run(["run"]);
  }
}

const TOO_SLOW = /the latest runs came .* apart, and policy\.maxGap is 2h/;
const notesOf = async (command: string) => (await stage.json([command])).notes.filter((note) => TOO_SLOW.test(note));

describe("runs that come farther apart than policy.maxGap", () => {
  it("are told by the run, the scan and check, with the numbers and the fix", async () => {
    await runEvery(6, 6);
    const expected =
      /came 6h and 6h apart, and policy\.maxGap is 2h: every such gap restarts every clock.*policy\.maxGap to 7h or more/;
    expect(await notesOf("scan")).toEqual([expect.stringMatching(expected)]);
    const { out } = await stage.run(["check", "--format", "json"]);
    const found = JSON.parse(out).checks.filter(({ name }: { name: string }) => name === "latest runs");
    expect(found).toEqual([expect.objectContaining({ status: "warn", detail: expect.stringMatching(TOO_SLOW) })]);
    expect(found[0].fix).toContain("7h or more");
    stage.clock.advance(6 * HOUR);
    expect(await notesOf("run")).toEqual([expect.stringMatching(expected)]);
  });

  it.each([
    ["come often enough", [1, 1, 1]],
    ["were away once", [1, 6, 1]],
    ["are often enough again", [6, 6, 1]],
    ["are the first two", [6]],
  ])("are not told of runs that %s", async (_, hours) => {
    await runEvery(...hours);
    expect(await notesOf("scan")).toEqual([]);
  });
});

describe("the schedule that the file names for the function", () => {
  const checksOf = async (deploy: string, ...argv: readonly string[]) => {
    await stage.configure(`state: { dir: ./state }\ndeploy: ${deploy}`);
    const { out, code } = await stage.run(["check", "--format", "json", ...argv]);
    const { checks } = JSON.parse(out) as { checks: readonly { name: string; status: string; detail: string; fix: string }[] };
    return { code, checks: checks.filter(({ name }) => name.startsWith("schedule")) };
  };

  it("is checked against the policy, and its next five times are told in both zones", async () => {
    const { checks } = await checksOf('{ schedule: "*/30 * * * *", timezone: Europe/Berlin }');
    expect(checks.map(({ name, status }) => `${name}: ${status}`)).toEqual(["schedule: ok", "schedule: next runs: ok"]);
    expect(checks[1]?.detail.split("; ")).toHaveLength(5);
    expect(checks[1]?.detail).toMatch(/^2026-01-05 02:30 in Europe\/Berlin, 2026-01-05 09:30 in UTC\+8; /);
  });

  it("fails where it can never act", async () => {
    const { code, checks } = await checksOf('{ schedule: "0 9 * * *" }');
    expect(code).toBe(1);
    expect(checks[0]).toMatchObject({ status: "fail", detail: expect.stringContaining("up to 1d between two runs") });
  });

  it("is a warning where SCF's timer can't say it", async () => {
    const { checks } = await checksOf('{ schedule: "0 9-17 * * *", timezone: Europe/Berlin }');
    expect(checks.at(-1)).toMatchObject({
      name: "schedule in SCF",
      status: "warn",
      detail: expect.stringContaining("changes its clock"),
      fix: expect.stringContaining("Asia/Shanghai"),
    });
  });

  it("gives way to --cron", async () => {
    const { checks } = await checksOf('{ schedule: "0 9 * * *" }', "--cron", "*/10 * * * *");
    expect(checks.map(({ status }) => status)).toEqual(["ok", "ok"]);
  });
});
