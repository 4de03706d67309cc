import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { allocate, bind, eipsOf } from "../../sim/world/world.ts";
import { HOUR } from "./stage.ts";
import { KEYS, openPlay, type Play, policy } from "./told.ts";

/** What people are told in Slack, and how often, through the whole program. Each command reads the ledger anew, as after a restart. */

let play: Play;
afterEach(() => play.close());

function blocksOf(title: string): string {
  const { messages } = play.simulator.slack;
  return JSON.stringify(messages.findLast(({ text }) => text.startsWith(title))?.blocks);
}

async function withheldRecords(): Promise<number> {
  const { out } = await play.run(["trail", "export"]);
  return out.match(/"kind": ?"withheld"/g)?.length ?? 0;
}

describe("nothing is said twice while nothing changed", () => {
  it("above a cap: one message and one record for each EIP, and none while they stay the same", async () => {
    play = await openPlay(4, policy("enforce", "maxPerRun: 3, maxPercent: 100"));
    await play.until("Nothing released");
    const records = await withheldRecords();
    expect(records).toBe(4);
    for (let runs = 0; runs < 6; runs += 1) {
      play.clock.advance(6 * HOUR);
      expect((await play.tick()).told).toEqual([]);
    }
    expect(await withheldRecords()).toBe(records);
    await play.edit((text) => text.replace("maxPerRun: 3", "maxPerRun: 2"));
    expect((await play.tick()).told).toEqual([expect.stringMatching(/^Nothing released: 4 releases due at once/)]);
    await play.edit((text) => text.replace("maxPerRun: 2", "maxPerRun: 3"));
    expect((await play.tick()).told).toEqual([expect.stringMatching(/^Nothing released: 4 releases due at once/)]);
    await play.run(["keep", eipsOf(play.world).find(({ status }) => status === "UNBIND")?.id ?? ""]);
    play.clock.advance(HOUR);
    // Three are not above the cap any more.
    expect((await play.tick()).told).toEqual([
      expect.stringMatching(/^All clear: 1 EIP/),
      expect.stringMatching(/^Released: 3 EIPs/),
    ]);
  });

  it("above a cap: what could not be delivered is not said, and comes with the next run", async () => {
    play = await openPlay(4, policy("enforce", "maxPerRun: 3, maxPercent: 100"));
    await play.until("Notice");
    play.clock.advance(6 * HOUR);
    for (let runs = 0; runs < 10; runs += 1) {
      await play.tick({ SLACK_BOT_TOKEN: "xoxb-revoked" });
      play.clock.advance(6 * HOUR);
    }
    expect((await play.tick()).told[0]).toMatch(/^Nothing released: 4 releases due at once/);
  });

  it("in mode audit: the leaks once, with Pod, cost, and a command", async () => {
    play = await openPlay(3, policy("audit"));
    expect(await play.tick()).toMatchObject({ told: [], changed: ["3 new leaks, 438.00 CNY a month · 1 finding · audit"] });
    expect(blocksOf("3 new leaks")).toMatch(/old\/arena-0@cls-game0001.*eip-guard explain eip-/);
    for (let runs = 0; runs < 4; runs += 1) {
      play.clock.advance(6 * HOUR);
      expect((await play.tick()).told).toEqual([]);
    }
  });

  it("of a gap, of STOP, and of an approval that is waited for", async () => {
    play = await openPlay(1, policy("enforce", "maxPerRun: 10, maxPercent: 100, approval: required"));
    await play.until("Notice: 1 EIP needs an approval");
    await play.until("1 waits for approval");
    expect(blocksOf("1 waits for approval")).toContain("eip-guard approve eip-");
    play.clock.advance(6 * HOUR);
    expect((await play.tick()).told).toEqual([]);

    await writeFile(join(play.folder, "state", "STOP"), "");
    expect(await play.tick()).toMatchObject({ told: [], threads: ["1 note · enforce"] });
    play.clock.advance(6 * HOUR);
    expect((await play.tick()).told).toEqual([]);

    const [server] = play.simulator.kubernetes.values();
    server?.faults.push({ matches: "/pods", kind: "status", status: 403 });
    expect((await play.tick()).told).toEqual([expect.stringMatching(/^incomplete: \d parts? not read · /)]);
    play.clock.advance(6 * HOUR);
    expect((await play.tick()).told).toEqual([]);
  });

  it("of an EIP that a notice just announced: no digest repeats it", async () => {
    play = await openPlay(2, policy("flag"));
    expect(await play.tick()).toMatchObject({ told: [], changed: ["2 new leaks, 292.00 CNY a month · 1 finding · flag"] });
    play.clock.advance(6 * HOUR);
    expect((await play.tick()).told).toEqual(["Notice: 2 EIPs flagged, mode flag releases none · 292.00 CNY a month"]);
    for (let runs = 0; runs < 4; runs += 1) {
      play.clock.advance(6 * HOUR);
      expect((await play.tick()).told).toEqual([]);
    }
  });
});

describe("what happened is told, whatever Slack did meanwhile", () => {
  it("an all-clear that Slack did not take comes with the next run, and once", async () => {
    play = await openPlay(1, policy("enforce"));
    await play.until("Notice");
    const eip = eipsOf(play.world).find(({ status }) => status === "UNBIND");
    if (eip === undefined) throw new Error("there is no leak");
    bind(play.world, eip, { instanceId: "ins-1" });
    play.clock.advance(HOUR);
    const { result, told } = await play.tick({ SLACK_BOT_TOKEN: "xoxb-revoked" });
    expect([told, result.alertErrors.join()]).toEqual([[], expect.stringContaining("all-clear of 1 EIPs")]);
    play.clock.advance(HOUR);
    expect((await play.tick()).told).toEqual(["All clear: 1 EIP will not be released"]);
    play.clock.advance(HOUR);
    expect((await play.tick()).told).toEqual([]);
  });

  it("a release that Slack did not take comes with the next run, with the call that may get the address back", async () => {
    play = await openPlay(1, policy("enforce"));
    const eip = eipsOf(play.world).find(({ status }) => status === "UNBIND");
    await play.until("Notice");
    for (let runs = 0; play.world.released.length === 0 && runs < 20; runs += 1) {
      play.clock.advance(6 * HOUR);
      await play.tick({ SLACK_BOT_TOKEN: "xoxb-revoked" });
    }
    play.clock.advance(HOUR);
    expect((await play.tick()).told).toEqual(["Released: 1 EIP"]);
    expect(blocksOf("Released")).toMatch(new RegExp(`AllocateAddresses in ap-guangzhou.*VipCluster.*${eip?.ip}`));
    expect(blocksOf("Released")).toContain("BGP only, three a month");
  });

  it("a clock that began anew postpones: one message, why, and no all-clear", async () => {
    play = await openPlay(2, policy("enforce"));
    await play.until("Notice");
    play.clock.advance(9 * HOUR);
    expect((await play.tick()).told).toEqual(["Postponed: the release of 2 EIPs"]);
    expect(blocksOf("Postponed")).toMatch(
      /because nobody looked between [\d-]+ [\d:]+ UTC and [\d-]+ [\d:]+ UTC; policy.maxGap is 7h/,
    );
  });
});

describe("a fleet", () => {
  it("of 300 leaks is one message with its list as a file, and whoever stands in no delivered part gets no notice", async () => {
    play = await openPlay(1, policy("enforce", "maxPerRun: 10, maxPercent: 100"));
    const region = [...play.world.accounts.values()][0]?.regions.get("ap-guangzhou");
    if (region === undefined) throw new Error("no region");
    region.quota = 1_000;
    const tags = { "tke-clusterId": "cls-game0001", "tke-created-eip": "true" };
    for (let count = 0; count < 300; count += 1) allocate(play.world, region, { name: `leak-${count}`, tags });
    for (let runs = 0; runs < 3; runs += 1) {
      await play.tick();
      play.clock.advance(6 * HOUR);
      if (play.simulator.slack.messages.some(({ text }) => text.startsWith("Notice"))) break;
    }
    const notices = play.simulator.slack.messages.filter(({ text }) => text.startsWith("Notice"));
    const files = play.simulator.slack.files.filter(({ name }) => name.startsWith("eip-guard-notice"));
    expect([notices.length, files.length]).toEqual([1, 1]);
    const text = JSON.stringify([notices.map(({ blocks }) => blocks), files]);
    const { eips } = await play.json(["scan"], KEYS);
    const noticed = eips.filter(({ noticedAt }) => noticedAt !== null);
    expect(noticed.length).toBe(301);
    for (const { id } of noticed) expect(text).toContain(id);
  });
});
