import { Cron } from "croner";
import { describe, expect, it } from "vitest";
import { scheduleOf } from "../../src/cli/schedule.ts";
import { parseConfig } from "../../src/config/load.ts";
import { longestGap } from "../../src/config/schedule.ts";
import { nextTimes, timerCron, timerTimes } from "../../src/config/timer.ts";
import { DAY, MINUTE } from "../../src/core/terms/time.ts";

/** One schedule for the daemon, the check and the function. */

const NOW = Date.parse("2026-11-25T09:00:00Z");
const deploy = (text = "") =>
  parseConfig(`tencent: { regions: [ap-guangzhou] }\n${text}`, { path: "/etc/guard/eip-guard.yaml", env: {} }).config.deploy;

describe("the schedule of serve and check", () => {
  const berlin = deploy('deploy: { schedule: "*/20 * * * *", timezone: Europe/Berlin }');

  it.each([
    ["is deploy's", {}, berlin, { cron: "*/20 * * * *", timezone: "Europe/Berlin" }],
    ["is deploy's default without the section", {}, deploy(), { cron: "*/10 * * * *", timezone: "Asia/Shanghai" }],
    ["is that of --cron, in UTC", { cron: "0 * * * *" }, berlin, { cron: "0 * * * *", timezone: "UTC" }],
    ["has the zone of --timezone", { timezone: "Asia/Tokyo" }, berlin, { cron: "*/20 * * * *", timezone: "Asia/Tokyo" }],
    ["is both", { cron: "0 * * * *", timezone: "Asia/Tokyo" }, berlin, { cron: "0 * * * *", timezone: "Asia/Tokyo" }],
  ])("%s", (_, own, section, expected) => {
    expect(scheduleOf(own, section)).toMatchObject(expected);
  });
});

describe("days of the month and weekdays: either may fit", () => {
  const both = { schedule: "*/10 * 1,15 * 1-5", timezone: "Asia/Shanghai" };

  it("for the daemon, for check, and for SCF's seven fields alike", () => {
    const daemon = new Cron(both.schedule, { timezone: both.timezone }).nextRuns(2_000, new Date(NOW)).map((at) => at.getTime());
    expect(nextTimes(both, NOW, 2_000)).toEqual(daemon);
    expect(timerTimes(timerCron(both, NOW), NOW, 2_000)).toEqual(daemon);
    const weekdays = new Set(daemon.map((at) => new Date(at + 8 * 3_600_000).getUTCDay()));
    // November's weekdays, and a day of the month that falls on a weekend later.
    expect([...weekdays].sort()).toEqual(expect.arrayContaining([1, 2, 3, 4, 5]));
  });

  it("so that the longest time between two runs is that of either", () => {
    expect(longestGap("*/10 * * * 1-5")).toBe(2 * DAY + 10 * MINUTE);
    expect(longestGap("*/10 * 1-31 * 1-5")).toBe(10 * MINUTE);
    expect(longestGap("*/10 * 1,2,3 * 1-5")).toBeLessThanOrEqual(2 * DAY + 10 * MINUTE);
    // With both demanded this would come once in months.
    expect(longestGap("0 0 13 * 5")).toBe(7 * DAY);
  });
});
