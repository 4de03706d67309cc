/**
 * Instants and durations, two types that the compiler keeps apart: comparing a point in time with a length of time
 * has cost other tools their correctness (see docs/architecture.md). Both are whole or fractional milliseconds.
 */

declare const instantBrand: unique symbol;
declare const durationBrand: unique symbol;

/** A point in time: milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly [instantBrand]: true };

/** A length of time in milliseconds. Negative only as the answer of {@link between}. */
export type Duration = number & { readonly [durationBrand]: true };

export const ZERO = 0 as Duration;
export const SECOND = 1_000 as Duration;
export const MINUTE = 60_000 as Duration;
export const HOUR = 3_600_000 as Duration;
export const DAY = 86_400_000 as Duration;

/** The instant that lies `milliseconds` after the epoch. */
export function instant(milliseconds: number): Instant {
  return milliseconds as Instant;
}

/** A duration of `milliseconds`. */
export function milliseconds(value: number): Duration {
  return value as Duration;
}

/** A duration of `value` seconds. */
export function seconds(value: number): Duration {
  return (value * 1_000) as Duration;
}

/** Whole seconds in a duration, rounded down (the lower bound is the one that counts). */
export function wholeSeconds(duration: Duration): number {
  return Math.floor(duration / 1_000);
}

/** The instant that lies `duration` after `from`. */
export function after(from: Instant, duration: Duration): Instant {
  return (from + duration) as Instant;
}

/** The instant that lies `duration` before `from`. */
export function before(from: Instant, duration: Duration): Instant {
  return (from - duration) as Instant;
}

/** How long it is from `start` to `end`; negative when `end` comes first. */
export function between(start: Instant, end: Instant): Duration {
  return (end - start) as Duration;
}

/** The sum of durations. */
export function total(...durations: readonly Duration[]): Duration {
  let sum = 0;
  for (const duration of durations) sum += duration;
  return sum as Duration;
}

/** The later of two instants. */
export function later(one: Instant, other: Instant): Instant {
  return one > other ? one : other;
}

/** The earlier of two instants. */
export function earlier(one: Instant, other: Instant): Instant {
  return one < other ? one : other;
}

/** `2026-11-23T09:00:00.000Z`: the one form in which instants leave the program. */
export function iso(at: Instant): string {
  return new Date(at).toISOString();
}

const ISO_INSTANT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Reads an ISO 8601 instant with a zone (`…Z` or `…+08:00`); undefined when the text is anything else, such as a date that does not exist. */
export function parseInstant(text: string): Instant | undefined {
  const match = ISO_INSTANT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day] = match;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCMonth() !== Number(month) - 1) return undefined;
  const value = Date.parse(text);
  return Number.isNaN(value) ? undefined : (value as Instant);
}

const GO_DURATION = /^([+-])?((\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/;
const GO_PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;
const GO_UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };

/**
 * Reads a Go duration as ipamd and Kubernetes write it (`300s`, `1h0m0s`, `0s`, `0`); undefined when it is none.
 * Negative durations are no thresholds and give undefined.
 */
export function parseGoDuration(text: string): Duration | undefined {
  if (text === "0") return ZERO;
  const whole = GO_DURATION.exec(text);
  if (whole === null || whole[1] === "-") return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(GO_PART)) sum += Number(amount) * (GO_UNITS[unit ?? ""] ?? Number.NaN);
  return Number.isNaN(sum) ? undefined : (sum as Duration);
}

/** `4d 3h`, `2h 5m`, `45s`: the two largest units, for people. */
export function humanDuration(duration: Duration): string {
  const parts: string[] = [];
  let rest = Math.max(0, Math.floor(duration / 1_000));
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
    ["s", 1],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}
