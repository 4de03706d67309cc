import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWeeklyDue, type WeeklyTime } from "../../../src/core/plan/weekly.ts";
import { type Instant, instant, parseInstant } from "../../../src/core/terms/time.ts";

function at(text: string): Instant {
  const found = parseInstant(text);
  if (found === undefined) throw new Error(`no instant: ${text}`);
  return found;
}

const MONDAY: WeeklyTime = { day: "mon", minutes: 9 * 60, timezone: "Asia/Shanghai" };
/** Summer time ends there on 1 November 2026 at 02:00 (01:00 to 02:00 comes twice), and begins on 8 March 2026 (02:00 to 03:00 does not come). */
const TWICE: WeeklyTime = { day: "sun", minutes: 90, timezone: "America/New_York" };
const NEVER_COMES: WeeklyTime = { day: "sun", minutes: 150, timezone: "America/New_York" };

describe("isWeeklyDue", () => {
  const cases: readonly { title: string; weekly: WeeklyTime; last: string; now: string; due: boolean }[] = [
    {
      title: "a minute before it",
      weekly: MONDAY,
      last: "2026-11-16T09:00:00+08:00",
      now: "2026-11-23T08:59:59+08:00",
      due: false,
    },
    { title: "at its minute", weekly: MONDAY, last: "2026-11-16T09:00:00+08:00", now: "2026-11-23T09:00:00+08:00", due: true },
    {
      title: "later in the week",
      weekly: MONDAY,
      last: "2026-11-16T09:00:00+08:00",
      now: "2026-11-26T03:00:00+08:00",
      due: true,
    },
    {
      title: "once it was said",
      weekly: MONDAY,
      last: "2026-11-23T09:00:00+08:00",
      now: "2026-11-29T23:00:00+08:00",
      due: false,
    },
    { title: "after weeks", weekly: MONDAY, last: "2026-11-02T09:00:00+08:00", now: "2026-11-26T09:00:00+08:00", due: true },
    {
      title: "a clock that went back",
      weekly: MONDAY,
      last: "2026-11-23T09:00:00+08:00",
      now: "2026-11-17T09:00:00+08:00",
      due: false,
    },
    {
      title: "an hour that comes twice, the first time",
      weekly: TWICE,
      last: "2026-10-25T05:30:00Z",
      now: "2026-11-01T05:30:00Z",
      due: true,
    },
    {
      title: "an hour that comes twice, the second time",
      weekly: TWICE,
      last: "2026-11-01T05:30:00Z",
      now: "2026-11-01T06:45:00Z",
      due: false,
    },
    {
      title: "an hour that does not come",
      weekly: NEVER_COMES,
      last: "2026-03-01T07:30:00Z",
      now: "2026-03-08T08:00:00Z",
      due: true,
    },
  ];
  it.each(cases)("$title: $due", ({ weekly, last, now, due }) => {
    expect(isWeeklyDue(weekly, at(last), at(now))).toBe(due);
  });

  it("comes once a week, however often somebody looks, in every zone", () => {
    const zones = ["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"];
    const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...days),
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 0, max: 365 }),
        fc.integer({ min: 5, max: 600 }),
        (timezone, day, minutes, offset, step) => {
          const start = Date.UTC(2026, 0, 1) + offset * 86_400_000;
          let last = instant(start);
          let count = 0;
          for (let now = start; now < start + 28 * 86_400_000; now += step * 60_000) {
            if (!isWeeklyDue({ day, minutes, timezone }, last, instant(now))) continue;
            last = instant(now);
            count += 1;
          }
          expect(count).toBeGreaterThanOrEqual(3);
          expect(count).toBeLessThanOrEqual(4);
        },
      ),
      { numRuns: 40 },
    );
  });
});
