import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { fitOf, longestGap, meetsWindow } from "../../src/config/schedule.ts";
import { DAY, HOUR, instant, MINUTE, milliseconds, SECOND } from "../../src/core/terms/time.ts";

const NOW = instant(Date.parse("2026-11-25T09:00:00Z"));

describe("the longest time between two ticks", () => {
  it.each([
    ["*/10 * * * *", 10 * MINUTE],
    ["0 */2 * * *", 2 * HOUR],
    ["0 */6 * * *", 6 * HOUR],
    ["*/7 * * * *", 7 * MINUTE],
    ["*/40 * * * *", 40 * MINUTE],
    ["0 9-17 * * *", 16 * HOUR],
    ["*/10 * * * mon-fri", 2 * DAY + 10 * MINUTE],
    ["0 9-17 * * 1-5", 2 * DAY + 16 * HOUR],
    ["30 3 * * *", DAY],
    ["0 0 1 * *", 31 * DAY],
    ["0 0 29 2 *", 4 * 365 * DAY + DAY],
    ["*/10 * 1-28 * *", 3 * DAY + 10 * MINUTE],
    ["*/4 * * * * *", 4 * SECOND],
    ["* * * * * *", SECOND],
    ["5,50 * * * * *", 45 * SECOND],
    ["30 */2 * * * *", 2 * MINUTE],
    ["*/15 9-17 * * * *", 51 * MINUTE + 15 * SECOND],
    ["@hourly", HOUR],
    ["@daily", DAY],
  ])("of %s", (cron, expected) => expect(longestGap(cron)).toBe(expected));

  it("is none of a schedule that never comes", () => expect(longestGap("0 0 30 2 *")).toBeNull());
});

function policy(text: string) {
  return parseConfig(`tencent: { regions: [ap-guangzhou] }\n${text}`, { path: "/etc/guard/eip-guard.yaml", env: {} }).config
    .policy;
}

const schedule = (cron: string, jitter = 0, timezone = "UTC") => ({ cron, timezone, jitter: milliseconds(jitter) });

describe("a schedule", () => {
  it.each([
    ["0 */6 * * *", 0, "", /leaves up to 6h between two runs, but policy\.maxGap is 2h/, "7h"],
    ["0 */2 * * *", 30 * SECOND, "", /leaves up to 2h and 30s of jitter between two runs, but policy\.maxGap is 2h/, "3h"],
    ["0 */2 * * *", 0, "", /leaves up to 2h between two runs, but policy\.maxGap is 2h/, "3h"],
    ["*/10 * * * *", 0, "policy: { maxGap: 5m }", /up to 10m between two runs, but policy\.maxGap is 5m/, "12m"],
    ["*/10 * * * mon-fri", 0, "", /up to 2d between two runs|up to 2d 10m/, "54h"],
    ["0 0 30 2 *", 0, "", /runs once at most/, "187h"],
  ])("that is slower than policy.maxGap is refused with the numbers: %s", (cron, jitter, text, why, room) => {
    const { refusal } = fitOf(schedule(cron, jitter), policy(text), NOW);
    expect(refusal?.fault).toBe("user");
    expect(refusal?.message).toMatch(why);
    expect(refusal?.fix).toContain(`policy.maxGap to ${room} or more`);
    // What the fix says works.
    const fixed = policy(`policy: { maxGap: ${room} }`);
    expect(cron === "0 0 30 2 *" ? null : fitOf(schedule(cron, jitter), fixed, NOW).refusal).toBeNull();
  });

  it.each([
    ["*/10 * * * *", 0, ""],
    ["0 * * * *", 60 * SECOND, ""],
    ["0 */6 * * *", 30 * SECOND, "policy: { maxGap: 8h }"],
  ])("that leaves room is taken without a word: %s", (cron, jitter, text) => {
    expect(fitOf(schedule(cron, jitter), policy(text), NOW)).toEqual({ refusal: null, warnings: [] });
  });

  it("that leaves little room is taken with a warning", () => {
    const { refusal, warnings } = fitOf(schedule("0 */2 * * *"), policy("policy: { maxGap: 130m }"), NOW);
    expect(refusal).toBeNull();
    expect(warnings).toEqual([
      expect.stringMatching(/up to 2h between two runs, close to policy\.maxGap \(2h 10m\).*3h or more/),
    ]);
  });

  const NARROW_WINDOW = "release: { window: { days: [mon], from: '09:05', to: '09:25', timezone: Asia/Shanghai } }";

  it("of which no run falls into the window is refused in mode enforce, and a warning in others", () => {
    const enforced = fitOf(schedule("0 * * * *"), policy(`mode: enforce\n${NARROW_WINDOW}`), NOW);
    expect(enforced.refusal?.message).toMatch(/"0 \* \* \* \*" \(UTC\) has no run inside release\.window/);
    const audited = fitOf(schedule("0 * * * *"), policy(NARROW_WINDOW), NOW);
    expect(audited.refusal).toBeNull();
    expect(audited.warnings).toEqual([expect.stringMatching(/no run inside release\.window/)]);
  });

  it("is compared with the window in both their time zones", () => {
    const { release } = policy(NARROW_WINDOW);
    expect(meetsWindow(schedule("10 9 * * 1", 0, "Asia/Shanghai"), release.window, NOW)).toBe(true);
    expect(meetsWindow(schedule("10 1 * * 1", 0, "UTC"), release.window, NOW)).toBe(true);
    expect(meetsWindow(schedule("10 9 * * 1", 0, "UTC"), release.window, NOW)).toBe(false);
  });

  it("with which the sightings take weeks is a warning", () => {
    const { warnings } = fitOf(schedule("0 * * * *"), policy("policy: { minSightings: 500 }"), NOW);
    expect(warnings).toEqual([expect.stringMatching(/minSightings is 500: with this schedule that takes up to 20d 19h/)]);
  });
});
