import { describe, expect, it } from "vitest";
import { accountTypeOf, billedDifference, costSoFar, idlePrice, totals } from "../../../src/core/cost/cost.ts";
import type { AccountType, Address } from "../../../src/core/terms/facts.ts";
import { known, type Reading, unknown } from "../../../src/core/terms/known.ts";
import type { Policy } from "../../../src/core/terms/policy.ts";
import { DAY, HOUR, milliseconds, SECOND, ZERO } from "../../../src/core/terms/time.ts";
import { address, ago, NOW, region } from "../build.ts";

const STANDARD: Reading<AccountType> = known("standard");
const LEGACY: Reading<AccountType> = known("legacy");

interface Case {
  readonly title: string;
  readonly address?: Partial<Address>;
  readonly account?: Reading<AccountType>;
  readonly prices?: Policy["prices"];
  readonly perHour: number | null;
}

describe("the type of an EIP's account", () => {
  const regions = [
    region([], { account: "games", accountType: known("legacy") }),
    region([], { region: "ap-tokyo", accountType: known("other") }),
    region([], { accountType: known("standard") }),
  ];
  it.each([
    { title: "its own account and region say", place: {}, expected: known("standard") },
    { title: "not another region of it", place: { region: "ap-tokyo" }, expected: known("other") },
    { title: "not another account there", place: { account: "games" }, expected: known("legacy") },
    {
      title: "is not known where its region was not read",
      place: { region: "ap-x" },
      expected: unknown("its region was not read"),
    },
  ])("$title", ({ place, expected }) => expect(accountTypeOf(address(place), regions)).toEqual(expected));
});

describe("what an idle EIP costs an hour (domain.md §4.1)", () => {
  const byBandwidth = (bandwidth: number | null) => ({ chargeType: "BANDWIDTH_POSTPAID_BY_HOUR", bandwidth });
  const cases: readonly Case[] = [
    { title: "standard, by traffic: the IP fee", perHour: 0.2 },
    { title: "standard, bandwidth package: the IP fee", address: { chargeType: "BANDWIDTH_PACKAGE" }, perHour: 0.2 },
    { title: "standard, hourly bandwidth of 1 Mbps: the network fee alone", address: byBandwidth(1), perHour: 0.063 },
    { title: "standard, hourly bandwidth of 5 Mbps", address: byBandwidth(5), perHour: 0.315 },
    { title: "standard, hourly bandwidth of 6 Mbps", address: byBandwidth(6), perHour: 0.565 },
    { title: "standard, hourly bandwidth of 100 Mbps: some 24 CNY", address: byBandwidth(100), perHour: 24.065 },
    { title: "standard, hourly bandwidth that is not known", address: byBandwidth(null), perHour: null },
    {
      title: "standard, hourly bandwidth in a region without a price",
      address: { ...byBandwidth(5), region: "ap-nowhere" },
      perHour: null,
    },
    { title: "standard, prepaid: nothing more", address: { chargeType: "BANDWIDTH_PREPAID_BY_MONTH" }, perHour: 0 },
    { title: "standard, no charge type", address: { chargeType: null }, perHour: null },
    { title: "standard, a charge type that nobody knows", address: { chargeType: "BY_MOONLIGHT" }, perHour: null },
    { title: "standard, a word in another case", address: { chargeType: "traffic_postpaid_by_hour" }, perHour: 0.2 },
    { title: "standard, prepaid by another word", address: { chargeType: "BANDWIDTH_PREPAID" }, perHour: null },
    { title: "standard, an empty word", address: { chargeType: "" }, perHour: null },
    { title: "a postpaid word with a flag of renewal", address: { renewFlag: "NOTIFY_AND_AUTO_RENEW" }, perHour: null },
    { title: "a postpaid word with a date until which it is paid", address: { deadline: "2027-01-01T00:00:00Z" }, perHour: null },
    {
      title: "legacy, a charge type that nobody knows",
      address: { chargeType: "BY_MOONLIGHT" },
      account: LEGACY,
      perHour: null,
    },
    { title: "legacy: the IP fee, whatever it says", address: byBandwidth(100), account: LEGACY, perHour: 0.2 },
    { title: "legacy without a charge type", address: { chargeType: null }, account: LEGACY, perHour: 0.2 },
    { title: "an account of another type", account: known("other"), perHour: null },
    {
      title: "an account that could not be asked: an EIP with a charge type is a standard one's",
      account: unknown("403"),
      perHour: 0.2,
    },
    {
      title: "an account that could not be asked, and no charge type",
      address: { chargeType: null },
      account: unknown("403"),
      perHour: null,
    },
    { title: "on a dangling interface", address: { status: "BIND_ENI" }, perHour: null },
    { title: "a region without a price: unknown, not zero", address: { region: "ap-nowhere" }, perHour: null },
    { title: "a region by an inherited name", address: { region: "constructor" }, perHour: null },
    {
      title: "a configured price",
      prices: { "ap-guangzhou": { currency: "CNY", idlePerHour: 0.5 } },
      perHour: 0.5,
    },
    {
      title: "a configured price of a region without one",
      address: { region: "ap-nowhere" },
      prices: { "ap-nowhere": { currency: "CNY", idlePerHour: 0 } },
      perHour: 0,
    },
    {
      title: "a configured price of another region",
      prices: { "ap-tokyo": { currency: "CNY", idlePerHour: 9 } },
      perHour: 0.2,
    },
    ...(
      [
        [0.2, ["ap-guangzhou", "ap-shanghai", "ap-nanjing", "ap-beijing", "ap-chengdu", "ap-chongqing"]],
        [0.2, ["ap-jakarta", "ap-seoul", "eu-frankfurt", "sa-saopaulo"]],
        [0.3, ["ap-hongkong", "ap-singapore"]],
        [0.25, ["na-toronto", "na-ashburn", "na-siliconvalley", "ap-bangkok", "ap-tokyo", "ap-mumbai"]],
      ] as const
    ).flatMap(([perHour, regions]) => regions.map((region): Case => ({ title: `in ${region}`, address: { region }, perHour }))),
  ];
  it.each(cases)("$title", ({ address: fields, account = STANDARD, prices = {}, perHour }) => {
    const price = idlePrice(address(fields), account, prices);
    if (perHour === null) expect(price).toMatchObject({ known: false, why: expect.stringMatching(/./) });
    else expect(price).toMatchObject({ known: true, value: { currency: "CNY", perHour, parts: expect.stringMatching(/./) } });
  });

  it("keeps the configured currency", () => {
    expect(idlePrice(address(), STANDARD, { "ap-guangzhou": { currency: "USD", idlePerHour: 0.03 } })).toMatchObject({
      value: { currency: "USD", perHour: 0.03 },
    });
  });

  it("names what it consists of", () => {
    const parts = (fields: Partial<Address>, prices: Policy["prices"] = {}) => {
      const price = idlePrice(address(fields), STANDARD, prices);
      return price.known ? price.value.parts : price.why;
    };
    expect(parts({})).toMatch(/^IP fee, as of \d{4}-\d{2}/);
    expect(parts({}, { "ap-guangzhou": { currency: "CNY", idlePerHour: 1 } })).toBe("IP fee, as configured");
    expect(parts(byBandwidth(100))).toBe("network fee of 100 Mbps, bound or not");
    expect(parts({ chargeType: "BANDWIDTH_PREPAID_BY_MONTH", deadline: "2027-01-01T00:00:00Z" })).toContain(
      "2027-01-01T00:00:00Z",
    );
  });
});

describe("what it has cost so far", () => {
  it("both ends of the interval", () => {
    expect(costSoFar(0.2, DAY, milliseconds(2 * DAY))).toEqual({ atLeast: 4.8, atMost: 9.6 });
  });
  it("the lower end twice where nothing bounds the upper", () => {
    expect(costSoFar(0.2, HOUR, null)).toEqual({ atLeast: 0.2, atMost: 0.2 });
  });
  it("to the second, rounded to six decimals", () => {
    expect(costSoFar(0.2, SECOND, milliseconds(1.5 * HOUR))).toEqual({ atLeast: 0.000056, atMost: 0.3 });
    expect(costSoFar(0.2, ZERO, ZERO)).toEqual({ atLeast: 0, atMost: 0 });
  });
});

describe("why the bill says something else than the list price", () => {
  const bill = (fields: Partial<Parameters<typeof billedDifference>[0]> = {}): Parameters<typeof billedDifference>[0] => ({
    idle: milliseconds(10 * HOUR),
    from: ago(10 * HOUR),
    until: NOW,
    cost: 2,
    currency: "CNY",
    ...fields,
  });
  it.each([
    ["says so where they agree", bill(), "as listed for 10h idle"],
    ["takes the bill's rounding of seconds for agreement", bill({ cost: 2.00016 }), "as listed for 10h idle"],
    [
      "names less",
      bill({ cost: 1.5 }),
      "0.50 CNY less than the list price of 2.00 CNY for 10h idle, by discounts, vouchers or prices of another date",
    ],
    [
      "names more",
      bill({ cost: 2.1 }),
      "0.10 CNY more than the list price of 2.00 CNY for 10h idle, by discounts, vouchers or prices of another date",
    ],
    ["compares no two currencies", bill({ currency: "USD" }), "billed for 10h in USD, listed in CNY: not compared"],
    [
      "adds what is not billed yet",
      bill({ until: ago(3 * HOUR) }),
      "as listed for 10h idle; the 3h since are not billed yet (0.60 CNY at list price)",
    ],
  ])("%s", (_, billed, expected) => {
    expect(billedDifference(billed, { currency: "CNY", perHour: 0.2 }, NOW)).toBe(expected);
  });
  it("finds a free hour as listed", () => {
    expect(billedDifference(bill({ cost: 0 }), { currency: "CNY", perHour: 0 }, NOW)).toBe("as listed for 10h idle");
  });
});

describe("totals", () => {
  const cost = (currency: string, perHour: number) => ({
    currency,
    perHour,
    soFarAtLeast: perHour * 2,
    soFarAtMost: perHour * 3,
  });
  it("by currency, a month of 730 hours, without 0.30000000000000004", () => {
    expect(totals([cost("CNY", 0.1), cost("USD", 1), cost("CNY", 0.2)])).toEqual([
      { currency: "CNY", perHour: 0.3, perMonth: 219, soFarAtLeast: 0.6, soFarAtMost: 0.9 },
      { currency: "USD", perHour: 1, perMonth: 730, soFarAtLeast: 2, soFarAtMost: 3 },
    ]);
  });
  it("of nothing are nothing", () => expect(totals([])).toEqual([]));
});
