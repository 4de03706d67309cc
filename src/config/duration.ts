import { DAY, type Duration, HOUR, MINUTE, milliseconds, SECOND } from "../core/terms/time.ts";

/** `90s`, `15m`, `24h`, `7d`: a whole number and one unit (contract.md, Configuration). */
export const DURATION_PATTERN = /^\d{1,9}[smhd]$/;

/** The same, or `never`. */
export const DURATION_OR_NEVER_PATTERN = /^(\d{1,9}[smhd]|never)$/;

const UNITS: Readonly<Record<string, Duration>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** The duration that the configuration file writes as `text`; undefined when it is none (`never` is none: it has no length). */
export function parseDuration(text: string): Duration | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined;
  const unit = UNITS[text.slice(-1)];
  if (unit === undefined) return undefined;
  return milliseconds(Number(text.slice(0, -1)) * unit);
}

/** From this part of `policy.maxGap` on, a run that takes a little longer is enough to restart the clocks. */
export const NARROW = 0.9;

/** A `maxGap`, as the configuration writes it, that leaves room for slow runs. */
export function roomFor(longest: Duration): string {
  const wanted = longest / NARROW;
  for (const [unit, letter] of [
    [HOUR, "h"],
    [MINUTE, "m"],
  ] as const) {
    if (wanted >= 2 * unit) return `${Math.ceil(wanted / unit)}${letter}`;
  }
  return `${Math.ceil(wanted / SECOND)}s`;
}
