import { Cron } from "croner";
import { describe, expect, it } from "vitest";
import { nextTimes, scheduleProblem, timerCron, timerTimes, timesInWords } from "../../src/config/timer.ts";

const NOW = Date.parse("2026-11-25T09:00:00Z");

describe("a schedule as SCF's timer says it", () => {
  it.each([
    ["*/10 * * * *", "Asia/Shanghai", "0 */10 * * * * *"],
    ["*/10 * * * *", "Europe/Berlin", "0 */10 * * * * *"],
    ["*/10 * * * *", "Asia/Kolkata", "0 */10 * * * * *"],
    ["*/20 * * * *", "Asia/Kolkata", "0 10,30,50 * * * * *"],
    ["0 9 * * *", "Asia/Shanghai", "0 0 9 * * * *"],
    ["0 9 * * *", "UTC", "0 0 17 * * * *"],
    ["30 20 * * *", "UTC", "0 30 4 * * * *"],
    ["0 9 * * mon-fri", "Asia/Shanghai", "0 0 9 * * 1-5 *"],
    ["0 20 * * 5", "UTC", "0 0 4 * * 6 *"],
    ["0 20 * * sat", "UTC", "0 0 4 * * 0 *"],
    ["0 2 * * 1", "America/Phoenix", "0 0 17 * * 1 *"],
    ["0 0 * * 1", "Asia/Tokyo", "0 0 23 * * 0 *"],
    ["0 9 1 * *", "UTC", "0 0 17 1 * * *"],
    ["0 9 1,15 * 1", "Asia/Shanghai", "0 0 9 1,15 * 1 *"],
    ["*/15 9-17 * * 1-5", "Asia/Shanghai", "0 */15 9-17 * * 1-5 *"],
    ["0 */6 * * *", "UTC", "0 0 2,8,14,20 * * * *"],
    ["5 4 * jul *", "Asia/Shanghai", "0 5 4 * 7 * *"],
    ["0 0 * * 7", "Asia/Shanghai", "0 0 0 * * 0 *"],
  ])("%s in %s", (schedule, timezone, cron) => {
    expect(timerCron({ schedule, timezone }, NOW)).toBe(cron);
    expect(timerTimes(cron, NOW, 40)).toEqual(nextTimes({ schedule, timezone }, NOW, 40));
  });

  it.each([
    ["0 9 * * *", "Europe/Berlin", /changes its clock/],
    ["*/10 * * * 1-5", "America/New_York", /changes its clock/],
    ["*/30 * * * *", "Australia/Lord_Howe", null],
    ["*/20 * * * *", "Australia/Lord_Howe", /changes its clock/],
    ["0 20 1 * *", "UTC", /days of the month/],
    ["0 20 * 2 *", "UTC", /days of the month/],
    ["0 9,20 * * 1", "UTC", /two days/],
    ["15,45 9 * * *", "Asia/Kathmandu", /minutes differ/],
  ])("of %s in %s is refused where it would not be the same", (schedule, timezone, why) => {
    const say = () => timerCron({ schedule, timezone }, NOW);
    if (why === null) expect(say()).toBe("0 */30 * * * * *");
    else expect(say).toThrow(why);
  });

  it.each([
    "* * * *",
    "0 */10 * * * *",
    "0 0 L * *",
    "0 0 ? * 1",
    "61 * * * *",
    "0 0 30 feb *",
    "0 0 */2 * 1",
    "@daily",
    "every day",
  ])("is none of %s", (schedule) => expect(scheduleProblem(schedule)).toMatch(/\S/));

  it("names the next five times in both zones", () => {
    const times = timesInWords({ schedule: "0 9 * * *", timezone: "UTC" }, NOW);
    expect(times).toHaveLength(5);
    expect(times[1]).toBe("2026-11-27 09:00 in UTC, 2026-11-27 17:00 in UTC+8");
  });

  it("takes either of two days, as cron does", () => {
    const seen = timerTimes(timerCron({ schedule: "0 9 1 * 1", timezone: "Asia/Shanghai" }, NOW), NOW, 6);
    const either = new Cron("0 9 1 * *", { timezone: "Asia/Shanghai" }).nextRuns(6, new Date(NOW)).map((at) => at.getTime());
    expect(seen).toContain(either[0]);
    expect(seen.filter((at) => new Date(at).getUTCDay() === 1)).not.toEqual([]);
  });
});
