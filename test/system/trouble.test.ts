import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { eipsOf } from "../../sim/world/world.ts";
import { DAY, HOUR } from "./stage.ts";
import { KEYS, openPlay, type Play, policy } from "./told.ts";

/** What needs a person comes as a message of its own, once while it stays the same. Each command reads the ledger anew, as after a restart. */

let play: Play;
afterEach(() => play.close());

const MARK = "maxPerRun: 10, maxPercent: 100, mark: { tag: eip-guard-flagged }";

function leakIds(): readonly string[] {
  return eipsOf(play.world)
    .filter(({ status }) => status === "UNBIND")
    .map(({ id }) => id);
}

describe("an act that failed", () => {
  it("is a message that names its EIPs and why, once while it fails in the same way", async () => {
    play = await openPlay(2, policy("enforce", MARK));
    play.simulator.cloud.faults.push({ action: "TagResources", kind: "error", code: "UnauthorizedOperation" });
    await play.until("2 failed · enforce");
    const message = play.simulator.slack.messages.findLast(({ text }) => text.startsWith("2 failed"));
    const said = JSON.stringify(message?.blocks);
    for (const id of leakIds()) expect(said).toContain(id);
    expect(said).toContain("UnauthorizedOperation");
    play.clock.advance(HOUR);
    expect((await play.tick()).told).toEqual([]);
  });
});

describe("an inventory that is not complete", () => {
  it("is one message when it begins, and another when it begins again", async () => {
    play = await openPlay(1, policy("audit"));
    await play.tick();
    const [server] = play.simulator.kubernetes.values();
    server?.faults.push({ matches: "/pods", kind: "status", status: 403 });
    expect((await play.tick()).told).toEqual(["incomplete: 1 part not read · audit"]);
    expect((await play.tick()).told).toEqual([]);
    server?.faults.splice(0);
    expect((await play.tick()).told).toEqual([]);
    server?.faults.push({ matches: "/pods", kind: "status", status: 403 });
    expect((await play.tick()).told).toEqual(["incomplete: 1 part not read · audit"]);
  });

  it("that Slack did not take comes with the next run", async () => {
    play = await openPlay(1, policy("audit"));
    await play.tick();
    const [server] = play.simulator.kubernetes.values();
    server?.faults.push({ matches: "/pods", kind: "status", status: 403 });
    const { told, result } = await play.tick({ SLACK_BOT_TOKEN: "xoxb-revoked" });
    expect([told, result.alertErrors.join()]).toEqual([[], expect.stringContaining("incomplete: slack answered invalid_auth")]);
    expect((await play.tick()).told).toEqual(["incomplete: 1 part not read · audit"]);
  });
});

describe("a run that failed as a whole", () => {
  const title = (text: string) => text.startsWith("The run failed");
  const told = () => play.simulator.slack.messages.filter(({ text }) => title(text)).length;

  it("is told once a day for the same cause", async () => {
    play = await openPlay(1, policy("audit"));
    const state = join(play.folder, "state");
    const ledgers = (await readdir(state)).filter((name) => name.startsWith("ledger-"));
    for (const name of ledgers) await writeFile(join(state, name), "{ broken");
    for (let runs = 0; runs < 3; runs += 1) {
      expect((await play.run(["run"], KEYS)).code).toBe(1);
      play.clock.advance(HOUR);
    }
    expect(told()).toBe(1);
    const [message] = play.simulator.slack.messages.filter(({ text }) => title(text));
    expect(JSON.stringify(message?.blocks)).toMatch(/can't be read.*Fix: restore it from a backup/);
    play.clock.advance(DAY);
    await play.run(["run"], KEYS);
    expect(told()).toBe(2);
  });
});
