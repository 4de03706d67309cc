import { afterEach, describe, expect, it } from "vitest";
import { HOUR } from "../system/stage.ts";
import { openPlay, type Play, policy } from "../system/told.ts";

/** What a large fleet is told, through the whole program: fourteen runs of 2,000 EIPs. */

let play: Play;
afterEach(() => play.close());

describe("a fleet of 2,000 leaks", () => {
  it("is one notice with the twenty that matter, the sum, and a file; then one message above the cap, however many runs come", async () => {
    play = await openPlay(2_000, policy("enforce"));
    const took: number[] = [];
    const told: string[] = [];
    for (let runs = 0; runs < 14; runs += 1) {
      const began = play.clock.now();
      told.push(...(await play.tick()).told);
      took.push(play.clock.now() - began);
      play.clock.advance(6 * HOUR);
    }
    const notices = told.filter((text) => text.startsWith("Notice"));
    expect(notices).toEqual([expect.stringMatching(/^Notice: 2,000 EIPs/)]);
    const [file, ...more] = play.simulator.slack.files.filter(({ name }) => name.startsWith("eip-guard-notice"));
    expect([file?.content.trim().split("\n").length, more]).toEqual([2_001, []]);
    expect(told.filter((text) => text.startsWith("Nothing released"))).toHaveLength(1);
    // Days pass: a notice, a reminder where one is due, a cap that holds back, and a digest a day at most.
    expect(told.length).toBeLessThan(9);
    // Within a function's 300 seconds, whatever Slack's pace.
    expect(Math.max(...took)).toBeLessThan(60_000);
  });
});
