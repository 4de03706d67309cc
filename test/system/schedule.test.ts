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
    const found = JSON.parse(out).checks.filter(({ name }: { name: string }) => name === "schedule");
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
