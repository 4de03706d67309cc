import { globMatches } from "../core/terms/match.ts";
import type { EipResult, ScanResult } from "../core/terms/result.ts";
import type { Verdict } from "../core/terms/verdict.ts";
import * as words from "./words.ts";

/** Which EIPs somebody wants listed; what is left out bounds nothing. Names are globs. */
export interface Filter {
  readonly verdict?: readonly Verdict[];
  readonly cluster?: readonly string[];
  readonly namespace?: readonly string[];
  readonly region?: readonly string[];
}

/** The result with those EIPs alone. Totals, gaps and clusters stay those of all, and a note says so. */
export function filtered(result: ScanResult, filter: Filter): ScanResult {
  const asked = Object.entries(filter).flatMap(([key, values]) => (values === undefined ? [] : [`${key} ${values.join(",")}`]));
  if (asked.length === 0) return result;
  const eips = result.eips.filter((eip) => fits(eip, filter));
  const note = `only EIPs of ${asked.join(", ")} are listed: ${eips.length} of ${words.count(result.eips.length, "EIP")}; the totals are of all`;
  return { ...result, eips, notes: [note, ...result.notes] };
}

function fits(eip: EipResult, { verdict, cluster, namespace, region }: Filter): boolean {
  if (verdict !== undefined && !verdict.includes(eip.verdict)) return false;
  return (
    matches(cluster, eip.cluster ?? eip.pod?.cluster ?? null) &&
    matches(namespace, eip.pod?.namespace ?? null) &&
    matches(region, eip.region)
  );
}

function matches(globs: readonly string[] | undefined, value: string | null): boolean {
  return globs === undefined || (value !== null && globs.some((glob) => globMatches(glob, value)));
}
