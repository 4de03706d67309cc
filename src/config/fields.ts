import * as z from "zod";
import type { Duration } from "../core/terms/time.ts";
import { GuardError } from "../errors.ts";
import { DURATION_OR_NEVER_PATTERN, DURATION_PATTERN, parseDuration } from "./duration.ts";
import { isLoopback } from "./loopback.ts";
import { nearest } from "./nearest.ts";
import { REGION_PATTERN, REGIONS } from "./regions.ts";

/**
 * Values that several sections have. Messages complete a sentence that begins with the key and its value.
 */

/** Any text but the empty one. `what` says what it is: `a tag key`. */
export function text(what: string) {
  return z.string({ error: `must be ${what}` }).min(1, { error: `must not be empty: it is ${what}` });
}

/** True or false. */
export function flag() {
  return z.boolean({ error: "must be true or false" });
}

const NO_DURATION = "is no duration; write one such as 90s, 15m, 24h or 7d";

/** A duration of at least `floor`; null: any. */
export function duration(floor: string | null) {
  const checked = z.string({ error: NO_DURATION }).regex(DURATION_PATTERN, { error: NO_DURATION });
  return floor === null ? checked : checked.refine((value) => !isShorter(value, floor), { error: belowFloor(floor) });
}

/** The same, or `never`. */
export function durationOrNever(floor: string | null) {
  const checked = z
    .string({ error: `${NO_DURATION}, or never` })
    .regex(DURATION_OR_NEVER_PATTERN, { error: `${NO_DURATION}, or never` });
  return floor === null ? checked : checked.refine((value) => !isShorter(value, floor), { error: belowFloor(floor) });
}

function belowFloor(floor: string): string {
  return `is below the floor of ${floor}; write ${floor} or more`;
}

function isShorter(value: string, floor: string): boolean {
  const [given, least] = [parseDuration(value), parseDuration(floor)];
  return given !== undefined && least !== undefined && given < least;
}

/** Milliseconds of a duration that the schema has accepted. */
export function durationOf(written: string): Duration {
  const duration = parseDuration(written);
  if (duration === undefined) throw passedUnchecked(`"${written}"`);
  return duration;
}

/** The same; null for `never`. */
export function delayOf(written: string): Duration | null {
  return written === "never" ? null : durationOf(written);
}

/** A region's name. Regions open all the time: one that is not in the list is only remarked upon. */
export function region() {
  return text("a region such as ap-guangzhou").regex(REGION_PATTERN, {
    error: ({ input }) => `is no region of Tencent Cloud${didYouMean(String(input), Object.keys(REGIONS))}`,
  });
}

/** Names that are all different, at least one. */
export function regions() {
  return z
    .array(region(), { error: "must be a list of regions such as [ap-guangzhou]" })
    .min(1, { error: "must name at least one region" })
    .refine(distinct, { error: "names a region twice" });
}

/** `cls-…`. */
export function clusterId() {
  return z
    .string({ error: "must be a cluster id such as cls-12345678" })
    .regex(/^cls-[a-z0-9]+$/, { error: "is no cluster id; write one such as cls-12345678" });
}

/** An http or https address without a user or password in it. */
export function address(what: string) {
  return z.string({ error: `must be ${what}` }).refine(isHttpUrl, { error: `is no address; write ${what}` });
}

function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
}

/** An address as the program takes it: without a slash at its end; null where it was left out. */
export function withoutSlash(url: string | undefined): string | null {
  return url === undefined ? null : url.replace(/\/$/, "");
}

/** A remark where an address outside this machine is not encrypted. */
export function plainTextRemarks(key: string, url: string | undefined): readonly string[] {
  if (url === undefined || !url.startsWith("http:") || isLoopback(url)) return [];
  return [`${key} is not encrypted (http); use https outside tests`];
}

/** The IANA name of a time zone. */
export function timezone() {
  return text("a time zone such as Asia/Shanghai").refine(isTimezone, {
    error: "is no IANA time zone; write one such as Asia/Shanghai",
  });
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** `09:00`, to `24:00`. */
export function timeOfDay() {
  return z
    .string({ error: 'is no time of day; write one such as "09:00", in quotes' })
    .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'is no time of day; write one such as "09:00"' });
}

/** `09:30` as minutes since midnight. */
export function minutesOf(time: string): number {
  const [hours, minutes] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** Whether a list has no value twice. */
export function distinct<T>(values: readonly T[]): boolean {
  return new Set(values).size === values.length;
}

/** The end of a message about a name that is none of `names`. */
export function didYouMean(word: string, names: readonly string[]): string {
  const near = nearest(word, names);
  return near === undefined ? `; known: ${names.join(", ")}` : `; did you mean ${near}?`;
}

/** A fault of the guard: something reached the building of the configuration that the checks must refuse. */
export function passedUnchecked(what: string): GuardError {
  return new GuardError(
    "ConfigurationNotChecked",
    "guard",
    `${what} passed the checks of the configuration`,
    "please report this",
  );
}
