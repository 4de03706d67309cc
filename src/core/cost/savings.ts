import type { Receipt } from "../terms/ledger.ts";
import type { ScanResult } from "../terms/result.ts";
import { between, earlier, type Instant } from "../terms/time.ts";
import { costSoFar } from "./cost.ts";

/**
 * What releases saved until `now`, by currency: the idle price from each release on, but only until ipamd would have recycled the
 * EIP anyway. Releases whose price is not known are counted and add nothing.
 */
export function savingsOf(receipts: readonly Receipt[], now: Instant): ScanResult["savings"] {
  const byCurrency = new Map<string, { saved: number; releases: number }>();
  for (const { at, perHour, currency, recycledAnywayAt } of receipts) {
    const key = currency ?? "unknown";
    const sum = byCurrency.get(key) ?? { saved: 0, releases: 0 };
    const until = recycledAnywayAt === null ? now : earlier(now, recycledAnywayAt);
    const saved = perHour === null || until <= at ? 0 : costSoFar(perHour, between(at, until), null).atLeast;
    byCurrency.set(key, { saved: sum.saved + saved, releases: sum.releases + 1 });
  }
  return [...byCurrency].map(([currency, { saved, releases }]) => ({ currency, saved: Math.round(saved * 1e6) / 1e6, releases }));
}
