import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { localTime, nextOpening, windowOpen } from "../../../src/core/plan/window.ts";
import type { ReleaseWindow, Weekday } from "../../../src/core/terms/policy.ts";
import { type Instant, instant, parseInstant } from "../../../src/core/terms/time.ts";

function at(text: string): Instant {
  const found = parseInstant(text);
  if (found === undefined) throw new Error(`no instant: ${text}`);
  return found;
}

const WEEKDAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri"];
const OFFICE: ReleaseWindow = { days: WEEKDAYS, from: 9 * 60, to: 17 * 60, timezone: "Asia/Shanghai" };
const NIGHT: ReleaseWindow = { days: ["fri"], from: 22 * 60, to: 4 * 60, timezone: "UTC" };
const ALL_DAY: ReleaseWindow = { days: ["sun"], from: 0, to: 0, timezone: "UTC" };

describe("windowOpen", () => {
  const cases: readonly { title: string; window: ReleaseWindow | null; at: string; open: boolean }[] = [
    { title: "without a window, always", window: null, at: "2026-11-22T03:00:00Z", open: true },
    { title: "at its first minute", window: OFFICE, at: "2026-11-23T09:00:00+08:00", open: true },
    { title: "a second before it", window: OFFICE, at: "2026-11-23T08:59:59+08:00", open: false },
    { title: "in its last second", window: OFFICE, at: "2026-11-23T16:59:59+08:00", open: true },
    { title: "at its end, which is exclusive", window: OFFICE, at: "2026-11-23T17:00:00+08:00", open: false },
    { title: "on a Saturday", window: OFFICE, at: "2026-11-28T10:00:00+08:00", open: false },
    {
      title: "the day counts where the window is: Monday in Shanghai, Sunday in UTC",
      window: OFFICE,
      at: "2026-11-22T23:00:00Z",
      open: false,
    },
    {
      title: "a Monday in Shanghai that begins on Sunday in UTC",
      window: { ...OFFICE, from: 0 },
      at: "2026-11-22T16:00:00Z",
      open: true,
    },
    { title: "over midnight, before it", window: NIGHT, at: "2026-11-27T22:00:00Z", open: true },
    { title: "over midnight, a minute too early", window: NIGHT, at: "2026-11-27T21:59:00Z", open: false },
    { title: "over midnight, after it", window: NIGHT, at: "2026-11-28T03:59:00Z", open: true },
    { title: "over midnight, at its end", window: NIGHT, at: "2026-11-28T04:00:00Z", open: false },
    {
      title: "over midnight, the morning of its own day belongs to the day before",
      window: NIGHT,
      at: "2026-11-27T03:00:00Z",
      open: false,
    },
    { title: "over midnight, the evening of the day after", window: NIGHT, at: "2026-11-28T23:00:00Z", open: false },
    {
      title: "over midnight from Saturday to Sunday",
      window: { ...NIGHT, days: ["sat"] },
      at: "2026-11-29T03:00:00Z",
      open: true,
    },
    { title: "equal ends last the whole day", window: ALL_DAY, at: "2026-11-22T00:00:00Z", open: true },
    { title: "to its last minute", window: ALL_DAY, at: "2026-11-22T23:59:59Z", open: true },
    { title: "and not the next day", window: ALL_DAY, at: "2026-11-23T00:00:00Z", open: false },
    {
      title: "equal ends at noon last the whole day as well, from midnight on",
      window: { ...ALL_DAY, from: 720, to: 720 },
      at: "2026-11-22T00:00:00Z",
      open: true,
    },
    {
      title: "and not the morning after",
      window: { ...ALL_DAY, from: 720, to: 720 },
      at: "2026-11-23T08:00:00Z",
      open: false,
    },
    { title: "no days, never", window: { ...OFFICE, days: [] }, at: "2026-11-23T10:00:00+08:00", open: false },
  ];
  it.each(cases)("$title", ({ window, at: text, open }) => expect(windowOpen(window, at(text))).toBe(open));

  it.each([
    ["sun", "22"],
    ["mon", "23"],
    ["tue", "24"],
    ["wed", "25"],
    ["thu", "26"],
    ["fri", "27"],
    ["sat", "28"],
  ] as const)("%s is the %sth of November 2026", (day, date) => {
    for (const other of ["22", "23", "24", "25", "26", "27", "28"]) {
      const window = { days: [day], from: 0, to: 0, timezone: "UTC" };
      expect(windowOpen(window, at(`2026-11-${other}T12:00:00Z`))).toBe(other === date);
    }
  });
});

describe("nextOpening", () => {
  const cases: readonly { title: string; window: ReleaseWindow | null; from: string; opens: string | null }[] = [
    { title: "now, without a window", window: null, from: "2026-11-22T03:00:01Z", opens: "2026-11-22T03:00:01Z" },
    { title: "now, in an open window", window: OFFICE, from: "2026-11-23T10:00:01+08:00", opens: "2026-11-23T10:00:01+08:00" },
    { title: "later today", window: OFFICE, from: "2026-11-23T07:00:01+08:00", opens: "2026-11-23T09:00:00+08:00" },
    { title: "a second before", window: OFFICE, from: "2026-11-23T08:59:59+08:00", opens: "2026-11-23T09:00:00+08:00" },
    { title: "tomorrow", window: OFFICE, from: "2026-11-23T17:00:00+08:00", opens: "2026-11-24T09:00:00+08:00" },
    { title: "over the weekend", window: OFFICE, from: "2026-11-27T18:00:00+08:00", opens: "2026-11-30T09:00:00+08:00" },
    { title: "in a week", window: ALL_DAY, from: "2026-11-23T00:00:00Z", opens: "2026-11-29T00:00:00Z" },
    {
      title: "at midnight, where equal ends at noon last the whole day",
      window: { ...ALL_DAY, from: 720, to: 720 },
      from: "2026-11-23T00:00:00Z",
      opens: "2026-11-29T00:00:00Z",
    },
    { title: "over midnight", window: NIGHT, from: "2026-11-28T04:00:00Z", opens: "2026-12-04T22:00:00Z" },
    { title: "never", window: { ...OFFICE, days: [] }, from: "2026-11-23T10:00:00+08:00", opens: null },
    {
      title: "on the day on which summer time begins",
      window: { days: ["sun"], from: 3 * 60, to: 4 * 60, timezone: "Europe/Berlin" },
      from: "2026-03-28T12:00:00Z",
      opens: "2026-03-29T01:00:00Z",
    },
    {
      title: "on the day on which summer time ends",
      window: { days: ["sun"], from: 9 * 60, to: 10 * 60, timezone: "America/New_York" },
      from: "2026-10-31T12:00:00Z",
      opens: "2026-11-01T14:00:00Z",
    },
    {
      title: "in the week after where the hour of the window is skipped",
      window: { days: ["sun"], from: 2 * 60, to: 3 * 60, timezone: "Europe/Berlin" },
      from: "2026-03-28T12:00:00Z",
      opens: "2026-04-05T00:00:00Z",
    },
    {
      title: "where the clock is off by a quarter of an hour",
      window: { days: WEEKDAYS, from: 9 * 60, to: 10 * 60, timezone: "Asia/Kathmandu" },
      from: "2026-11-23T12:00:00Z",
      opens: "2026-11-24T03:15:00Z",
    },
  ];
  it.each(cases)("$title", ({ window, from, opens }) => {
    expect(nextOpening(window, at(from))).toBe(opens === null ? null : at(opens));
  });

  it("is the first open minute, found by walking every minute", () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    const windows = fc.record({
      days: fc.subarray(["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const, { minLength: 1 }),
      from: minute,
      to: minute,
      timezone: fc.constantFrom("UTC", "Asia/Shanghai", "Asia/Kathmandu", "America/St_Johns"),
    });
    const january = Date.UTC(2027, 0, 4);
    fc.assert(
      fc.property(windows, fc.integer({ min: 0, max: 14 * 24 * 60 }), (window, minutes) => {
        const from = instant(january + minutes * 60_000);
        let expected = from;
        while (!windowOpen(window, expected)) expected = instant(expected + 60_000);
        expect(nextOpening(window, from)).toBe(expected);
      }),
      { numRuns: 40 },
    );
  });
});

describe("localTime", () => {
  // Half-hour changes, changes at midnight, a zone behind UTC, one without a change, and one of 45 minutes.
  const zones = ["Australia/Lord_Howe", "Africa/Cairo", "America/St_Johns", "Asia/Shanghai", "Asia/Kathmandu", "Europe/Berlin"];

  it.each(zones)(
    "tells day and minute of %s as the platform's calendar does, each minute around changes of its clocks",
    (timezone) => {
      const format = new Intl.DateTimeFormat("en-US", {
        timeZone: timezone,
        weekday: "short",
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
      });
      const told = (from: number, to: number, step: number) => {
        for (let now = from; now < to; now += step) {
          const [weekday, , hour, , minute] = format.formatToParts(now).map(({ value }) => value);
          const wanted = { day: weekday?.toLowerCase(), minute: Number(hour) * 60 + Number(minute) };
          if (JSON.stringify(localTime(instant(now), timezone)) !== JSON.stringify(wanted)) return new Date(now).toISOString();
        }
        return null;
      };
      const year = Date.UTC(2026, 0, 1);
      // Each hour of a year, at a minute of its own; and each minute of the days on which clocks change.
      expect(told(year, year + 366 * 86_400_000, 3_660_000)).toBeNull();
      for (const day of [
        "2026-04-04",
        "2026-10-03",
        "2026-04-23",
        "2026-10-29",
        "2026-03-08",
        "2026-11-01",
        "2026-03-29",
        "2026-10-25",
      ])
        expect(told(Date.parse(day), Date.parse(day) + 2 * 86_400_000, 60_000)).toBeNull();
    },
  );
});
