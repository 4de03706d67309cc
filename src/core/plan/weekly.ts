import type { Weekday } from "../terms/policy.ts";
import { before, between, type Duration, HOUR, type Instant, MINUTE, milliseconds } from "../terms/time.ts";
import { localTime } from "./window.ts";

/** A time of the week by the clock of a time zone. */
export interface WeeklyTime {
  readonly day: Weekday;
  /** Minutes since midnight. */
  readonly minutes: number;
  /** IANA name. */
  readonly timezone: string;
}

const DAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
/** Where summer time ends an hour comes twice, and with it perhaps the time of the week. */
const SAME: Duration = milliseconds(3 * HOUR);

/** Whether the time of the week has come since `last`, and `now` is the first look at it. Weeks that were missed count once. */
export function isWeeklyDue(weekly: WeeklyTime, last: Instant, now: Instant): boolean {
  return between(last, latest(weekly, now)) > SAME;
}

/** The latest instant until `now` at which it was that time of the week. */
function latest(weekly: WeeklyTime, now: Instant): Instant {
  const minute = before(now, milliseconds(now % MINUTE));
  const near = minutesBefore(minute, minutesIntoWeek(weekly, minute));
  // Between then and now the clocks may have changed by an hour or so.
  const off = minutesIntoWeek(weekly, near);
  const shift = off > WEEK_MINUTES / 2 ? off - WEEK_MINUTES : off;
  const exact = minutesBefore(near, shift);
  return exact <= now ? exact : minutesBefore(exact, WEEK_MINUTES);
}

/** Minutes by the local clock since it was that time of the week. */
function minutesIntoWeek({ day, minutes, timezone }: WeeklyTime, at: Instant): number {
  const local = localTime(at, timezone);
  const days = DAYS.indexOf(local.day) - DAYS.indexOf(day);
  return (days * DAY_MINUTES + local.minute - minutes + WEEK_MINUTES) % WEEK_MINUTES;
}

function minutesBefore(at: Instant, minutes: number): Instant {
  return before(at, milliseconds(minutes * MINUTE));
}
