import type { Config } from "../config/sections.ts";
import type { Gap } from "../core/terms/result.ts";
import { GuardError } from "../errors.ts";
import { type CloudSurroundings, connectionFix } from "./fixes.ts";

/** What was read, or not. */
export interface Read {
  readonly regions: readonly unknown[];
  readonly eips: readonly unknown[];
  readonly gaps: readonly Gap[];
}

/**
 * The error of a reading that read nothing: not one region's EIPs. Null where something was read. Every region that could not be read
 * leaves one gap of this kind.
 */
export function nothingRead({ regions, gaps, eips }: Read, tencent: CloudSurroundings["tencent"]): GuardError | null {
  const unread = gaps.filter(({ what }) => what === "eips");
  if (eips.length > 0 || regions.length === 0 || unread.length < regions.length) return null;
  const reasons = [...new Set(unread.map(({ why }) => why))];
  const count = regions.length === 1 ? "the only region" : `not one of ${regions.length} regions`;
  const verb = regions.length === 1 ? "could not be read" : "could be read";
  const fixes = new Set(unread.map(({ cause }) => connectionFix(cause, { tencent, proxies: [] })?.replace(/:\n/, ": ")));
  const [only = undefined] = fixes.size === 1 ? fixes : [];
  return new GuardError(
    "NothingRead",
    "cloud",
    `${count} ${verb}: ${reasons.join("; ")}`,
    only ?? "run `eip-guard check`: it says what is missing, and the fix",
  );
}

/**
 * The same result.
 *
 * @throws GuardError of fault `cloud` `NothingRead`
 */
export function readSomething<T extends Read>(result: T, { tencent }: Pick<Config, "tencent">): T {
  const nothing = nothingRead(result, tencent);
  if (nothing !== null) throw nothing;
  return result;
}
