import type { ReleaseWindow, Weekday } from "../terms/policy.ts";
import { after, HOUR, type Instant, instant, MINUTE, milliseconds } from "../terms/time.ts";

/** Release windows in local time (contract.md, Configuration). A window whose end lies before its beginning runs over midnight. */

export interface LocalTime {
  readonly day: Weekday;
  /** Minutes since midnight. */
  readonly minute: number;
}

const DAYS: readonly Weekday[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY_NUMBERS = new Map<string, number>(DAYS.map((day, number) => [day, number]));
const FORMATS = new Map<string, Intl.DateTimeFormat>();

export /** Shifts of zones against UTC, in minutes of the week, by the hour of the epoch; null for an hour in which the shift changes. */
const SHIFTS = new Map<string, Map<number, number | null>>();

/** A back-test asks of a whole year, again and again; what is remembered for it stays small. */
const MOST_REMEMBERED = 20_000;

function remembered<K, V extends number | null>(known: Map<K, V>, key: K, make: () => V): V {
  const present = known.get(key);
  if (present !== undefined) return present;
  if (known.size >= MOST_REMEMBERED) known.clear();
  const made = make();
  known.set(key, made);
  return made;
}

export function localTime(at: Instant, timezone: string): LocalTime {
  const hour = Math.floor(at / HOUR);
  const shifts = SHIFTS.get(timezone) ?? new Map<number, number | null>();
  SHIFTS.set(timezone, shifts);
  const shift = remembered(shifts, hour, () => {
    const [first, last] = [shiftAt(instant(hour * HOUR), timezone), shiftAt(instant((hour + 1) * HOUR - MINUTE), timezone)];
    return first === last ? first : null;
  });
  const minute = (minuteOfWeek(at) + (shift ?? shiftAt(at, timezone))) % WEEK_MINUTES;
  return { day: DAYS[Math.floor(minute / DAY_MINUTES)] ?? "sun", minute: minute % DAY_MINUTES };
}

const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** Minutes since Sunday 00:00 UTC. The epoch was a Thursday. */
function minuteOfWeek(at: Instant): number {
  return (Math.floor(at / MINUTE) + 4 * DAY_MINUTES) % WEEK_MINUTES;
}

/** How many minutes of the week the zone's clocks are ahead of UTC; never negative. */
function shiftAt(at: Instant, timezone: string): number {
  let format = FORMATS.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    FORMATS.set(timezone, format);
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const day = DAY_NUMBERS.get(parts.get("weekday")?.toLowerCase() ?? "") ?? 0;
  const local = day * DAY_MINUTES + Number(parts.get("hour")) * 60 + Number(parts.get("minute"));
  return (local - minuteOfWeek(at) + WEEK_MINUTES) % WEEK_MINUTES;
}

/** Whether releases may happen at an instant. A window whose two ends are equal lasts the whole day. */
export function windowOpen(window: ReleaseWindow | null, at: Instant): boolean {
  if (window === null) return true;
  const { day, minute } = localTime(at, window.timezone);
  const { from, to, days } = window;
  if (from === to) return days.includes(day);
  if (from < to) return days.includes(day) && minute >= from && minute < to;
  // Over midnight: the part after midnight belongs to the day before.
  const before = DAYS[(DAYS.indexOf(day) + 6) % 7] ?? day;
  return (days.includes(day) && minute >= from) || (days.includes(before) && minute < to);
}

/** Farther than this no weekly window lies. */
const DAYS_SEARCHED = 9;
/** No change of summer time is larger, so that a leap that stops this far before its aim can't overshoot it. */
const MARGIN = 180;

/**
 * The first minute, from `from` on, in which the window is open; null for a window that never opens. Where the end of summer time
 * repeats an hour of the window, the repetition may be passed over: the answer is then later, never earlier.
 */
export function nextOpening(window: ReleaseWindow | null, from: Instant): Instant | null {
  if (window === null || windowOpen(window, from)) return from;
  const openings = OPENINGS.get(window) ?? new Map<number, Instant | null>();
  OPENINGS.set(window, openings);
  return remembered(openings, Math.floor(from / MINUTE), () => searchOpening(window, from));
}

/** Openings that were found, by the closed minute from which they were looked for. */
const OPENINGS = new WeakMap<ReleaseWindow, Map<number, Instant | null>>();

function searchOpening(window: ReleaseWindow, from: Instant): Instant | null {
  let at = after(from, milliseconds(MINUTE - (from % MINUTE)));
  const end = after(from, milliseconds(DAYS_SEARCHED * DAY_MINUTES * MINUTE));
  while (at < end) {
    const ahead = minutesToEdge(window, at);
    if (ahead > MARGIN) {
      at = minutesLater(at, ahead - MARGIN);
      continue;
    }
    // The edge lies within the margins around here; walk over it.
    for (let minutes = 0; minutes <= ahead + MARGIN; minutes += 1) {
      const candidate = minutesLater(at, minutes);
      if (windowOpen(window, candidate)) return candidate;
    }
    at = minutesLater(at, ahead + MARGIN);
  }
  return null;
}

function minutesLater(at: Instant, minutes: number): Instant {
  return after(at, milliseconds(minutes * MINUTE));
}

/** Minutes, by the local clock, to the next time of day at which the window could open: its beginning, or midnight where it lasts all day. */
function minutesToEdge(window: ReleaseWindow, at: Instant): number {
  const { minute } = localTime(at, window.timezone);
  const edge = window.from === window.to ? 0 : window.from;
  return (edge - minute + DAY_MINUTES) % DAY_MINUTES;
}
