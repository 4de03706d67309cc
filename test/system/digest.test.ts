import { afterEach, describe, expect, it } from "vitest";
import { eipsOf } from "../../sim/world/world.ts";
import { DAY, HOUR } from "./stage.ts";
import { openPlay, type Play, policy } from "./told.ts";

/** One digest a day, changed in place (contract.md, Alerts), through the whole program. Each command reads the ledger anew, as after a restart. */

let play: Play;
afterEach(() => play.close());

/** The stage begins on Monday, 5 January 2026, 09:00 in Shanghai. */
const MONDAY_NINE = Date.UTC(2026, 0, 5, 1);

function leaks(): readonly string[] {
  return eipsOf(play.world)
    .filter(({ status }) => status === "UNBIND")
    .map(({ id }) => id);
}

function unreadable(status: number, times = 1): void {
  const [server] = play.simulator.kubernetes.values();
  server?.faults.push({ matches: "/pods", kind: "status", status, times });
}

describe("the day's digest", () => {
  it("is changed in place, its thread says what changed, and the next day has a new one", async () => {
    play = await openPlay(3, policy("audit"));
    const [first] = play.simulator.slack.messages;
    const { told, changed, threads } = await play.tick();
    expect(told).toEqual([]);
    expect(changed).toEqual(["3 new leaks, 438.00 CNY a month · 1 finding · audit"]);
    expect(threads).toEqual(["3 new leaks, 438.00 CNY a month · audit"]);
    expect(play.simulator.slack.updates.map(({ ts }) => ts)).toEqual([first?.ts]);
    expect(play.simulator.slack.messages.filter(({ thread }) => thread !== null).map(({ thread }) => thread)).toEqual([
      first?.ts,
    ]);
    const [kept = ""] = leaks();
    await play.run(["keep", kept]);
    await play.tick();
    for (let runs = 0; runs < 3; runs += 1) {
      play.clock.advance(6 * HOUR);
      expect(await play.tick()).toMatchObject({ told: [], changed: [] });
    }
    await play.run(["unkeep", kept]);
    expect(await play.tick()).toMatchObject({ told: ["1 new leak, 146.00 CNY a month · audit"], changed: [] });
  });

  it("says in its thread when something that it said is over", async () => {
    play = await openPlay(3, policy("audit"));
    await play.tick();
    await play.run(["keep", leaks()[0] ?? ""]);
    const { told, changed, threads } = await play.tick();
    expect([told, changed.length, threads.length]).toEqual([[], 1, 1]);
    expect(JSON.stringify(play.simulator.slack.messages.at(-1)?.blocks)).toContain("1 thing said before no longer holds");
    expect(await play.tick()).toMatchObject({ told: [], changed: [], threads: [] });
  });

  it("is a new message where something needs a person", async () => {
    play = await openPlay(3, policy("audit"));
    await play.tick();
    unreadable(403);
    expect(await play.tick()).toMatchObject({ told: [expect.stringMatching(/not read/)], changed: [] });
  });

  it("is a new message where the old one is gone", async () => {
    play = await openPlay(3, policy("audit"));
    play.simulator.slack.messages.splice(0);
    expect(await play.tick()).toMatchObject({ told: ["3 new leaks, 438.00 CNY a month · 1 finding · audit"], changed: [] });
  });

  it("is a new message where the configuration names another channel", async () => {
    play = await openPlay(3, policy("audit"));
    await play.edit((text) => text.replace("#eip-guard", "#elsewhere"));
    expect(await play.tick()).toMatchObject({ told: ["3 new leaks, 438.00 CNY a month · audit"], changed: [] });
    expect(play.simulator.slack.messages.at(-1)?.channel).toBe("#elsewhere");
  });

  it("has its list in full as a file in the thread", async () => {
    play = await openPlay(8, policy("audit"));
    await play.tick();
    const [file] = play.simulator.slack.files;
    expect(file).toMatchObject({ name: expect.stringMatching(/^eip-guard-digest-.*\.csv$/), thread: "1.000100" });
    for (const id of leaks()) expect(file?.content).toContain(id);
  });

  it("does not say again what could not be read for a while", async () => {
    play = await openPlay(3, policy("audit"));
    await play.tick();
    play.simulator.cloud.faults.push({ action: "DescribeAddresses", kind: "error", code: "InternalError", times: 30 });
    const { told } = await play.tick();
    expect(told).toEqual([expect.stringMatching(/not read/)]);
    play.simulator.cloud.faults.splice(0);
    expect((await play.tick()).told).toEqual([]);
    expect(JSON.stringify(play.simulator.slack.messages.at(-1)?.blocks)).not.toContain("new leaks");
  });

  it("that was delivered in part is not posted again", async () => {
    play = await openPlay(8, policy("audit"));
    play.simulator.slack.scopes = ["chat:write"];
    await play.tick();
    const count = play.simulator.slack.messages.filter(({ thread }) => thread === null).length;
    expect(count).toBe(1);
  });
});

describe("the weekly summary", () => {
  const titles = async (hours: number, step: number) => {
    const told: { readonly at: string; readonly title: string }[] = [];
    for (let passed = 0; passed < hours; passed += step) {
      play.clock.advance(step * HOUR);
      for (const title of (await play.tick()).told)
        told.push({ at: new Date(play.clock.now()).toISOString().slice(0, 13), title });
    }
    return told.filter(({ title }) => title.startsWith("Weekly summary"));
  };

  it("comes at its time of the week in the zone of the alerts, once, whatever the restarts", async () => {
    play = await openPlay(1, policy("audit"));
    await play.alerts("weekly: wed 20:00");
    const told = await titles(24 * 4, 3);
    expect(told).toEqual([{ at: "2026-01-07T14", title: "Weekly summary: 4 EIPs · 1 leaked, 146.00 CNY a month · audit" }]);
  });

  it("comes late, and once, where the guard did not run at its time", async () => {
    play = await openPlay(1, policy("audit").replace("maxGap: 7h", "maxGap: 60d"));
    await play.tick();
    play.clock.advance(17 * DAY - (play.clock.now() - MONDAY_NINE));
    expect(await titles(6, 3)).toHaveLength(1);
  });

  it("does not come where it is never asked for", async () => {
    play = await openPlay(1, policy("audit"));
    await play.alerts("weekly: never");
    expect(await titles(24 * 8, 12)).toEqual([]);
  });
});
