import { describe, expect, it } from "vitest";
import { savingsOf } from "../../../src/core/cost/savings.ts";
import type { Receipt } from "../../../src/core/terms/ledger.ts";
import { DAY, HOUR, instant } from "../../../src/core/terms/time.ts";
import { ago, NOW } from "../build.ts";

function receipt(fields: Partial<Receipt> = {}): Receipt {
  return { id: "eip-a", at: ago(10 * HOUR), perHour: 0.2, currency: "CNY", recycledAnywayAt: null, ...fields };
}

describe("savingsOf", () => {
  const cases: readonly { title: string; receipts: readonly Receipt[]; expected: ReturnType<typeof savingsOf> }[] = [
    { title: "of nothing is nothing", receipts: [], expected: [] },
    { title: "counts from the release until now", receipts: [receipt()], expected: [{ currency: "CNY", saved: 2, releases: 1 }] },
    {
      title: "stops where ipamd would have recycled it anyway",
      receipts: [receipt({ recycledAnywayAt: ago(7 * HOUR) })],
      expected: [{ currency: "CNY", saved: 0.6, releases: 1 }],
    },
    {
      title: "counts until now where ipamd would recycle it later",
      receipts: [receipt({ recycledAnywayAt: instant(NOW + DAY) })],
      expected: [{ currency: "CNY", saved: 2, releases: 1 }],
    },
    {
      title: "is nothing where ipamd was overdue at the release",
      receipts: [receipt({ recycledAnywayAt: ago(DAY) })],
      expected: [{ currency: "CNY", saved: 0, releases: 1 }],
    },
    {
      title: "is never negative for a release that lies in the future",
      receipts: [receipt({ at: instant(NOW + HOUR) })],
      expected: [{ currency: "CNY", saved: 0, releases: 1 }],
    },
    {
      title: "counts a release whose price is not known and adds nothing",
      receipts: [receipt({ perHour: null, currency: null }), receipt()],
      expected: [
        { currency: "unknown", saved: 0, releases: 1 },
        { currency: "CNY", saved: 2, releases: 1 },
      ],
    },
    {
      title: "sums by currency without 0.30000000000000004",
      receipts: [receipt({ perHour: 0.01 }), receipt({ perHour: 0.02 }), receipt({ currency: "USD" })],
      expected: [
        { currency: "CNY", saved: 0.3, releases: 2 },
        { currency: "USD", saved: 2, releases: 1 },
      ],
    },
  ];
  it.each(cases)("$title", ({ receipts, expected }) => expect(savingsOf(receipts, NOW)).toEqual(expected));
});
