import { describe, expect, it } from "vitest";
import {
  after,
  before,
  between,
  DAY,
  earlier,
  HOUR,
  humanDuration,
  instant,
  iso,
  later,
  MINUTE,
  milliseconds,
  parseGoDuration,
  parseInstant,
  SECOND,
  seconds,
  total,
  wholeSeconds,
  ZERO,
} from "../../../src/core/terms/time.ts";

describe("instants and durations", () => {
  const noon = instant(Date.UTC(2026, 10, 23, 12));
  it("add, subtract and measure", () => {
    expect(after(noon, HOUR)).toBe(noon + 3_600_000);
    expect(before(noon, HOUR)).toBe(noon - 3_600_000);
    expect(between(noon, after(noon, DAY))).toBe(86_400_000);
    expect(between(after(noon, DAY), noon)).toBe(-86_400_000);
    expect(total(HOUR, MINUTE, SECOND)).toBe(3_661_000);
    expect(total()).toBe(ZERO);
    expect(seconds(90)).toBe(90_000);
    expect(milliseconds(5)).toBe(5);
  });
  it("the later and the earlier of two", () => {
    const one = after(noon, SECOND);
    expect([later(noon, one), later(one, noon)]).toEqual([one, one]);
    expect([earlier(noon, one), earlier(one, noon)]).toEqual([noon, noon]);
  });
  it("whole seconds are rounded down: the lower bound counts", () => {
    expect(wholeSeconds(milliseconds(1_999))).toBe(1);
    expect(wholeSeconds(milliseconds(2_000))).toBe(2);
  });
  it("leave the program in one form", () => expect(iso(noon)).toBe("2026-11-23T12:00:00.000Z"));
});

describe("parseInstant", () => {
  it.each([
    ["2026-11-23T09:00:00Z", "2026-11-23T09:00:00.000Z"],
    ["2026-11-23T09:00:00.25Z", "2026-11-23T09:00:00.250Z"],
    ["2026-11-23T09:00:00+08:00", "2026-11-23T01:00:00.000Z"],
    ["2026-11-23T09:00:00-03:30", "2026-11-23T12:30:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["2026-12-31T23:59:59Z", "2026-12-31T23:59:59.000Z"],
    ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"],
  ])("%s is %s", (text, expected) => {
    const found = parseInstant(text);
    expect(found === undefined ? undefined : iso(found)).toBe(expected);
  });
  it.each([
    "2026-02-31T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-10T00:00:00Z",
    "2026-11-23T25:00:00Z",
    "2026-11-23T09:00:00",
    "2026-11-23",
    "2026-11-23 09:00:00Z",
    " 2026-11-23T09:00:00Z",
    "2026-11-23T09:00:00Z ",
    "tomorrow",
    "",
  ])("'%s' is none", (text) => expect(parseInstant(text)).toBeUndefined());
});

describe("parseGoDuration", () => {
  it.each([
    ["300s", 300_000],
    ["1h0m0s", 3_600_000],
    ["0s", 0],
    ["0", 0],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["1.s", 1_000],
    ["+5m", 300_000],
    ["250ms", 250],
    ["1us", 0.001],
    ["1µs", 0.001],
    ["1μs", 0.001],
    ["1000000ns", 1],
    ["100h1m1s1ms", 360_061_001],
  ])("%s is %d milliseconds", (text, expected) => expect(parseGoDuration(text)).toBeCloseTo(expected, 9));
  it.each(["", "5", "-5m", "-0s", "5d", "1h ", " 1h", "h", "1h30", "1 h", "1hm", ".s", "never", "1H", "x1h"])(
    "'%s' is none",
    (text) => expect(parseGoDuration(text)).toBeUndefined(),
  );
});

describe("humanDuration", () => {
  it.each([
    [0, "0s"],
    [999, "0s"],
    [-5 * HOUR, "0s"],
    [45 * SECOND, "45s"],
    [60 * SECOND, "1m"],
    [65 * SECOND, "1m 5s"],
    [2 * HOUR + 5 * MINUTE, "2h 5m"],
    [2 * HOUR + 5 * MINUTE + 9 * SECOND, "2h 5m"],
    [HOUR + 5 * SECOND, "1h"],
    [4 * DAY + 3 * HOUR, "4d 3h"],
    [4 * DAY + 3 * MINUTE, "4d"],
    [400 * DAY, "400d"],
  ])("%d is %s", (value, expected) => expect(humanDuration(milliseconds(value))).toBe(expected));
});
