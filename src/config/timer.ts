import { Cron } from "croner";
import { GuardError } from "../errors.ts";

/**
 * A schedule of five fields in a time zone, as SCF's timer says it: seven fields that are read in UTC+8 (domain.md §7). What would not
 * name the very same instants is refused.
 */
export interface FiveFields {
  /** Minute, hour, day of the month, month, weekday. Where both days are given, either may fit. */
  readonly schedule: string;
  /** IANA name. */
  readonly timezone: string;
}

/** The zone in which SCF reads its timers. */
export const TIMER_ZONE = "Asia/Shanghai";

const MINUTES_A_DAY = 1_440;
const DAY = 86_400_000;
/** A Sunday, so that the days that follow are the weekdays 0 to 6. */
const SUNDAY = Date.UTC(2026, 0, 4);
/** 2028 has all dates, the 29th of February too. */
const LEAP_YEAR = Date.UTC(2028, 0, 1);

interface Fields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly dates: readonly number[];
  readonly months: readonly number[];
  readonly weekdays: readonly number[];
}

/**
 * The seven fields: second, minute, hour, day of the month, month, weekday, year.
 *
 * @param now from when on it must hold: a zone's offset is looked at for ten years
 * @throws GuardError of fault `user` `BadCron` or `ScheduleNotExact`
 */
export function timerCron({ schedule, timezone }: FiveFields, now: number): string {
  const fields = fieldsOf(schedule);
  const shifts = shiftsTo(timezone, now);
  const [shift = 0] = shifts;
  const anyDay = isAll(fields.dates, 31) && isAll(fields.months, 12) && isAll(fields.weekdays, 7);
  if (shifts.length > 1) {
    // With every hour of every day, only the minutes within the hour matter.
    const within = (one: number) => unique(fields.minutes.map((minute) => modulo(minute + one, 60))).join(",");
    const same = new Set(shifts.map(within)).size === 1;
    if (!same || !isAll(fields.hours, 24) || !anyDay)
      throw notExact(schedule, timezone, `${timezone} changes its clock, and SCF's timer is read in UTC+8`);
  }
  const moved = fields.hours.flatMap((hour) => fields.minutes.map((minute) => hour * 60 + minute + shift));
  const carried = new Set(moved.map((minute) => Math.floor(minute / MINUTES_A_DAY)));
  const [carry = 0] = carried;
  if (!anyDay && carried.size > 1) throw notExact(schedule, timezone, "its hours fall on two days in UTC+8");
  if (carry !== 0 && !anyDay && !(isAll(fields.dates, 31) && isAll(fields.months, 12)))
    throw notExact(schedule, timezone, "its days of the month are other ones in UTC+8");
  const times = new Set(moved.map((minute) => modulo(minute, MINUTES_A_DAY)));
  const hours = unique([...times].map((minute) => Math.floor(minute / 60)));
  const minutes = unique([...times].map((minute) => minute % 60));
  if (hours.length * minutes.length !== times.size)
    throw notExact(schedule, timezone, "its minutes differ from hour to hour in UTC+8");
  const weekdays = anyDay ? fields.weekdays : unique(fields.weekdays.map((day) => modulo(day + carry, 7)));
  const written = [
    said(minutes, 0, 60),
    said(hours, 0, 24),
    said(fields.dates, 1, 31),
    said(fields.months, 1, 12),
    said(weekdays, 0, 7),
  ];
  return `0 ${written.join(" ")} *`;
}

/** The next instants of a schedule, in milliseconds since the epoch. */
export function nextTimes({ schedule, timezone }: FiveFields, now: number, count = 5): readonly number[] {
  try {
    // Croner takes either of the two days, as cron does.
    return new Cron(schedule, { timezone }).nextRuns(count, new Date(now)).map((at) => at.getTime());
  } catch (error) {
    throw unreadable(schedule, String(error));
  }
}

/** The next instants of what SCF was told. */
export function timerTimes(cron: string, now: number, count = 5): readonly number[] {
  return new Cron(cron, { timezone: TIMER_ZONE }).nextRuns(count, new Date(now)).map((at) => at.getTime());
}

/** `2026-11-26 09:00 in Europe/Berlin, 16:00 in UTC+8`, for each of the next five times. */
export function timesInWords(five: FiveFields, now: number): readonly string[] {
  return nextTimes(five, now).map(
    (at) => `${clockIn(five.timezone, at)} in ${five.timezone}, ${clockIn(TIMER_ZONE, at)} in UTC+8`,
  );
}

/** Whether the schedule names days of the month and weekdays at once: cron takes either. */
function namesBothDays(schedule: string): boolean {
  const [, , date = "*", , weekday = "*"] = schedule.trim().split(/\s+/);
  return date !== "*" && weekday !== "*";
}

/** @throws GuardError `BadCron` */
function fieldsOf(schedule: string): Fields {
  const fields = schedule.trim().split(/\s+/);
  const [minute = "", hour = "", date = "", month = "", weekday = ""] = fields;
  if (fields.length !== 5) throw unreadable(schedule, "it has not five fields");
  if (/[?LW#@]/i.test([minute, hour, date, month.replace(/jul/i, "7")].join(" ")) || /[?L#W](?!ED)/i.test(weekday))
    throw unreadable(schedule, "it uses ?, L, W or #, which not every scheduler knows");
  if (namesBothDays(schedule) && /\*/.test(`${date} ${weekday}`))
    throw unreadable(schedule, "it names days of the month and weekdays, one of them with *, which schedulers read differently");
  try {
    // A date that no such month has.
    if (weekday === "*") ticks(`0 0 ${date} ${month} *`, LEAP_YEAR, 366 * DAY);
    const each = (pattern: string, from: number, span: number) => ticks(pattern, from, span);
    return {
      minutes: each(`${minute} * * * *`, SUNDAY, 3_600_000).map((at) => new Date(at).getUTCMinutes()),
      hours: unique(each(`0 ${hour} * * *`, SUNDAY, DAY).map((at) => new Date(at).getUTCHours())),
      dates: unique(each(`0 0 ${date} * *`, LEAP_YEAR, 366 * DAY).map((at) => new Date(at).getUTCDate())),
      months: unique(each(`0 0 1 ${month} *`, LEAP_YEAR, 366 * DAY).map((at) => new Date(at).getUTCMonth() + 1)),
      weekdays: unique(each(`0 0 * * ${weekday}`, SUNDAY, 7 * DAY).map((at) => new Date(at).getUTCDay())),
    };
  } catch (error) {
    throw unreadable(schedule, error instanceof Error ? error.message : String(error));
  }
}

/** Why a schedule can't be read; null where it can. */
export function scheduleProblem(schedule: string): string | null {
  try {
    fieldsOf(schedule);
    return null;
  } catch (error) {
    return error instanceof GuardError ? error.message.replace(/^.*can't be used: /, "") : String(error);
  }
}

function ticks(pattern: string, from: number, span: number): readonly number[] {
  const cron = new Cron(pattern, { utcOffset: 0 });
  const found: number[] = [];
  for (let at = cron.nextRun(new Date(from - 1_000)); at !== null && at.getTime() < from + span; at = cron.nextRun(at))
    found.push(at.getTime());
  if (found.length === 0) throw new Error(`"${pattern}" never comes`);
  return found;
}

/** By how many minutes UTC+8 is ahead of a zone, at any time of the next ten years. */
function shiftsTo(timezone: string, now: number): readonly number[] {
  // One for all: making it takes longer than asking it.
  const format = new Intl.DateTimeFormat("en-US", { timeZone: timezone, timeZoneName: "longOffset" });
  const shifts = new Set<number>();
  for (let day = 0; day < 3_660; day += 7) shifts.add(480 - offsetOf(format, now + day * DAY));
  return [...shifts];
}

/** Minutes east of UTC. */
function offsetOf(format: Intl.DateTimeFormat, at: number): number {
  const name = format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign = "+", hours = "0", minutes = "0"] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function clockIn(timezone: string, at: number): string {
  const options = { timeZone: timezone, dateStyle: "short", timeStyle: "short", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat("sv-SE", options).format(at);
}

/** A field that names these values: `*`, a step, ranges and single values. */
function said(values: readonly number[], from: number, count: number): string {
  if (values.length === count) return "*";
  const [first = from, second = first] = values;
  const step = second - first;
  const stepped = Array.from(
    { length: Math.ceil((count - first + from) / Math.max(1, step)) },
    (_, index) => first + index * step,
  );
  if (
    values.length > 1 &&
    first === from &&
    step > 1 &&
    stepped.length === values.length &&
    stepped.every((value, index) => value === values[index])
  )
    return `*/${step}`;
  const ranges: string[] = [];
  for (let at = 0; at < values.length; at += 1) {
    let end = at;
    while ((values[end + 1] ?? Number.NaN) === (values[end] ?? 0) + 1) end += 1;
    ranges.push(end - at >= 2 ? `${values[at]}-${values[end]}` : values.slice(at, end + 1).join(","));
    at = end;
  }
  return ranges.join(",");
}

function isAll(values: readonly number[], count: number): boolean {
  return values.length === count;
}

function unique(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function unreadable(schedule: string, why: string): GuardError {
  return new GuardError(
    "BadCron",
    "user",
    `the schedule "${schedule}" can't be used: ${why}`,
    'write one such as "*/10 * * * *"',
  );
}

function notExact(schedule: string, timezone: string, why: string): GuardError {
  return new GuardError(
    "ScheduleNotExact",
    "user",
    `SCF's timer can't say "${schedule}" in ${timezone} exactly: ${why}`,
    `write the schedule in ${TIMER_ZONE} (deploy.timezone), or run at the same minutes of every hour, such as "*/10 * * * *"`,
  );
}
