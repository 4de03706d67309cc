import { Cron } from "croner";
import { windowOpen } from "../core/plan/window.ts";
import type { Policy } from "../core/terms/policy.ts";
import { after, DAY, type Duration, humanDuration, type Instant, MINUTE, milliseconds, SECOND } from "../core/terms/time.ts";
import { GuardError, whyOf } from "../errors.ts";
import { NARROW, roomFor } from "./duration.ts";
import { scheduleProblem } from "./timer.ts";

/**
 * Whether a schedule can do what the policy says: the acting clock starts again where two readings are farther apart than
 * `policy.maxGap` (domain.md §4.2), so that a schedule which is too slow never acts at all.
 */
export interface Schedule {
  /** 5 or 6 fields. */
  readonly cron: string;
  /** IANA name. */
  readonly timezone: string;
  /** A run may come so much later than its tick. */
  readonly jitter: Duration;
}

/** Where days of the month and weekdays are named, either may fit, as cron has it. */
const OPTIONS = { utcOffset: 0 } as const;
/** A Thursday, and no leap year; all sets of ticks are taken from here. */
const EPOCH = Date.UTC(2026, 0, 1);
/** Long enough for all months and weekdays, and where that is not enough, for the 29th of February twice. */
const YEAR: Duration = milliseconds(400 * DAY);
const YEARS: Duration = milliseconds(9 * 366 * DAY);

/**
 * The longest time between two ticks that follow each other. Null where there are no two of them within nine years. A change of summer
 * time may add an hour to it, which is not counted.
 *
 * @throws GuardError of fault `user` where the schedule can't be read
 */
export function longestGap(cron: string): Duration | null {
  const { second, minute, hour, days } = fieldsOf(cron);
  // Every minute that fits has the same seconds, and every day that fits the same minutes: so few ticks tell of all.
  const seconds = ticksOf(`${second} * * * * *`, MINUTE);
  const minutes = ticksOf(`0 ${minute} ${hour} * * *`, DAY);
  const dates = datesOf(days);
  if (dates.length < 2) return null;
  const betweenMinutes = first(seconds) - last(seconds);
  const betweenDays = first(minutes) - last(minutes) + betweenMinutes;
  return milliseconds(
    Math.max(
      longestStep(seconds),
      minutes.length < 2 ? 0 : longestStep(minutes) + betweenMinutes,
      longestStep(dates) + betweenDays,
    ),
  );
}

/** Where every day fits, two tell of all. */
function datesOf(days: string): readonly number[] {
  if (/^[*?] \* [*?]$/.test(days)) return [0, DAY];
  const dates = ticksOf(`0 0 0 ${days}`, YEAR);
  return dates.length < 10 ? ticksOf(`0 0 0 ${days}`, YEARS) : dates;
}

/**
 * Whether a schedule and its zone can be used, by every scheduler that the guard knows in the same way.
 *
 * @throws GuardError of fault `user` `BadCron` or `BadTimezone`
 */
export function checkSchedule(cron: string, timezone: string): void {
  const example = 'write one such as "*/10 * * * *"';
  let why: string | null;
  try {
    const { second, minute, hour, days } = fieldsOf(cron);
    ticksOf(`${second} * * * * *`, MINUTE);
    why = scheduleProblem(`${minute} ${hour} ${days}`);
  } catch (error) {
    why = error instanceof GuardError ? error.message.replace(/^.* is no schedule: /, "") : whyOf(error);
  }
  if (why !== null) throw new GuardError("BadCron", "user", `--cron "${cron}" is no schedule (${why})`, example);
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
  } catch {
    const what = `--timezone "${timezone}" is no IANA time zone`;
    throw new GuardError("BadTimezone", "user", what, "write one such as Asia/Shanghai");
  }
}

interface Fields {
  readonly second: string;
  readonly minute: string;
  readonly hour: string;
  /** Day of the month, month and weekday. */
  readonly days: string;
}

const NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

function fieldsOf(cron: string): Fields {
  const written = cron.trim();
  const known = Object.hasOwn(NICKNAMES, written.toLowerCase()) ? NICKNAMES[written.toLowerCase()] : undefined;
  const fields = (known ?? written).split(/\s+/);
  const [second = "0", minute = "", hour = "", ...days] = fields.length === 5 ? ["0", ...fields] : fields;
  if (days.length !== 3) throw unreadable(cron, "it has neither 5 nor 6 fields");
  return { second, minute, hour, days: days.join(" ") };
}

/** Milliseconds since the epoch of this file of every tick in a span that begins there. */
function ticksOf(pattern: string, span: Duration): readonly number[] {
  try {
    const cron = new Cron(pattern, OPTIONS);
    const found: number[] = [];
    for (let at = cron.nextRun(new Date(EPOCH - SECOND)); at !== null && at.getTime() < EPOCH + span; at = cron.nextRun(at))
      found.push(at.getTime() - EPOCH);
    return found;
  } catch (error) {
    throw unreadable(pattern, String(error));
  }
}

function unreadable(cron: string, why: string): GuardError {
  return new GuardError("BadCron", "user", `"${cron}" is no schedule: ${why}`, 'write one such as "*/10 * * * *"');
}

function first(ticks: readonly number[]): number {
  return ticks[0] ?? 0;
}

function last(ticks: readonly number[]): number {
  return ticks.at(-1) ?? 0;
}

function longestStep(ticks: readonly number[]): number {
  return ticks.reduce((longest, tick, at) => Math.max(longest, tick - (ticks[at - 1] ?? tick)), 0);
}

/** How far ahead is looked for a run inside the window, and at how many of them. */
const AHEAD: Duration = milliseconds(35 * DAY);
const LOOKED_AT = 10_080;

/** Whether a run of this schedule ever falls into the window. */
export function meetsWindow({ cron, timezone }: Schedule, window: Policy["release"]["window"], from: Instant): boolean {
  if (window === null) return true;
  const { minute, hour, days } = fieldsOf(cron);
  const ticks = new Cron(`0 ${minute} ${hour} ${days}`, { timezone });
  let tick = ticks.nextRun(new Date(from));
  for (let looked = 0; tick !== null && tick.getTime() < from + AHEAD && looked < LOOKED_AT; looked += 1) {
    if (windowOpen(window, after(from, milliseconds(tick.getTime() - from)))) return true;
    tick = ticks.nextRun(tick);
  }
  return false;
}

/** How a schedule fits a policy: what makes it useless, and what makes it fragile. */
export interface Fit {
  /** With these numbers nothing would ever be done; null where there is no such thing. */
  readonly refusal: GuardError | null;
  readonly warnings: readonly string[];
}

/** Whether runs on this schedule can act as the policy says. */
export function fitOf(schedule: Schedule, policy: Policy, now: Instant): Fit {
  const { cron, jitter } = schedule;
  const { maxGap, minSightings, release, mode } = policy;
  const gap = longestGap(cron);
  if (gap === null) return { refusal: tooSlow(schedule, "runs once at most", policy, milliseconds(7 * DAY)), warnings: [] };
  const longest = milliseconds(gap + jitter);
  const between = `leaves up to ${humanDuration(gap)}${jitter === 0 ? "" : ` and ${humanDuration(jitter)} of jitter`} between two runs`;
  // Two readings are never exactly as far apart as the schedule says: at the limit, half of the gaps are longer.
  if (longest >= maxGap) return { refusal: tooSlow(schedule, between, policy, longest), warnings: [] };
  const warnings: string[] = [];
  if (longest > maxGap * NARROW)
    warnings.push(
      `the schedule "${cron}" ${between}, close to policy.maxGap (${humanDuration(maxGap)}): a slow run restarts every clock; set policy.maxGap to ${roomFor(longest)} or more`,
    );
  if (!meetsWindow(schedule, release.window, now)) {
    const why = `the schedule "${cron}" (${schedule.timezone}) has no run inside release.window: nothing would ever be released`;
    if (mode === "enforce")
      return { refusal: new GuardError("NoRunInWindow", "user", why, "run more often, or widen release.window"), warnings };
    warnings.push(`${why}; run more often, or widen release.window`);
  }
  const sighted = milliseconds(gap * (minSightings - 1));
  if (sighted > 7 * DAY)
    warnings.push(`policy.minSightings is ${minSightings}: with this schedule that takes up to ${humanDuration(sighted)}`);
  return { refusal: null, warnings };
}

function tooSlow({ cron }: Schedule, between: string, { maxGap }: Policy, longest: Duration): GuardError {
  return new GuardError(
    "ScheduleTooSlow",
    "user",
    `the schedule "${cron}" ${between}, but policy.maxGap is ${humanDuration(maxGap)}: every such gap restarts every clock, and nothing would ever be flagged or released`,
    `run more often, such as "*/10 * * * *", or set policy.maxGap to ${roomFor(longest)} or more`,
  );
}
