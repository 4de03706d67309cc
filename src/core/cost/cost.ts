import { chargeOf } from "../terms/charge.ts";
import type { AccountType, Address, RegionFacts } from "../terms/facts.ts";
import { known, type Reading, unknown } from "../terms/known.ts";
import type { EvidenceMemory } from "../terms/ledger.ts";
import { own } from "../terms/own.ts";
import { type Place, samePlace } from "../terms/place.ts";
import type { Policy } from "../terms/policy.ts";
import type { TotalCost } from "../terms/result.ts";
import { between, type Duration, HOUR, humanDuration, type Instant, MINUTE } from "../terms/time.ts";

/** What idle EIPs cost (domain.md §4.1). Prices are configuration with a date; a region without a price has an unknown cost. */

/** When the built-in table was written down, from an archived price page (domain.md §4.1): look at today's prices. */
export const PRICES_AS_OF = "2026-11, archived list";

const CURRENCY = "CNY";

/** IP fee of an idle EIP, CNY an hour. */
export const IP_FEES: Readonly<Record<string, number>> = {
  "ap-guangzhou": 0.2,
  "ap-shanghai": 0.2,
  "ap-nanjing": 0.2,
  "ap-beijing": 0.2,
  "ap-chengdu": 0.2,
  "ap-chongqing": 0.2,
  "ap-jakarta": 0.2,
  "ap-seoul": 0.2,
  "eu-frankfurt": 0.2,
  "sa-saopaulo": 0.2,
  "ap-hongkong": 0.3,
  "ap-singapore": 0.3,
  "na-toronto": 0.25,
  "na-ashburn": 0.25,
  "na-siliconvalley": 0.25,
  "ap-bangkok": 0.25,
  "ap-tokyo": 0.25,
  "ap-mumbai": 0.25,
};

/** Network fee of hourly bandwidth, CNY per Mbps and hour: up to 5 Mbps, and for each above. */
const BANDWIDTH_FEE = { upTo: 5, each: 0.063, above: 0.25 } as const;

export interface IdlePrice {
  readonly currency: string;
  readonly perHour: number;
  /** Of what it consists: `IP fee`, `network fee of 100 Mbps`. */
  readonly parts: string;
}

/**
 * What one EIP costs an hour while it is idle. A legacy account pays the IP fee whatever its EIPs say; an EIP that states a charge
 * type belongs to a standard account, also where the account could not be asked.
 */
export function idlePrice(address: Address, accountType: Reading<AccountType>, prices: Policy["prices"]): Reading<IdlePrice> {
  if (address.status === "BIND_ENI") return unknown("whether an EIP on a dangling network interface is billed is not known");
  const account = accountOf(address, accountType);
  if (!account.known) return account;
  const charge = chargeOf(address);
  if (charge === "other") return unknown(`its charge type '${address.chargeType}' has no price here`);
  if (charge !== "BANDWIDTH_PREPAID_BY_MONTH" && (address.renewFlag !== null || address.deadline !== null)) {
    return unknown(`it seems to be prepaid, and its charge type is '${address.chargeType ?? ""}'`);
  }
  if (account.value === "legacy") return ipFee(address.region, prices);
  switch (charge) {
    case "TRAFFIC_POSTPAID_BY_HOUR":
    case "BANDWIDTH_PACKAGE":
      return ipFee(address.region, prices);
    case "BANDWIDTH_POSTPAID_BY_HOUR":
      return bandwidthFee(address.region, address.bandwidth);
    case "BANDWIDTH_PREPAID_BY_MONTH":
      return known({ currency: CURRENCY, perHour: 0, parts: `prepaid until ${address.deadline ?? "its deadline"}` });
    case "none":
      return unknown("it states no charge type");
  }
}

/** The type of an EIP's account, as its own region says: it decides the price. */
export function accountTypeOf(place: Place, regions: readonly RegionFacts[]): Reading<AccountType> {
  const its = regions.find((candidate) => samePlace(candidate, place));
  return its === undefined ? unknown("its region was not read") : its.accountType;
}

function accountOf(address: Address, accountType: Reading<AccountType>): Reading<"standard" | "legacy"> {
  if (accountType.known) {
    return accountType.value === "other" ? unknown("its account is of a type that we don't know") : known(accountType.value);
  }
  return address.chargeType === null
    ? unknown(`the type of its account could not be read: ${accountType.why}`)
    : known("standard");
}

function ipFee(region: string, prices: Policy["prices"]): Reading<IdlePrice> {
  const configured = own(prices, region);
  if (configured !== undefined)
    return known({ currency: configured.currency, perHour: configured.idlePerHour, parts: "IP fee, as configured" });
  const fee = own(IP_FEES, region);
  if (fee === undefined) return unknown(`no price is known for region ${region} (set one under prices)`);
  return known({ currency: CURRENCY, perHour: fee, parts: `IP fee, as of ${PRICES_AS_OF}` });
}

function bandwidthFee(region: string, bandwidth: number | null): Reading<IdlePrice> {
  if (!Object.hasOwn(IP_FEES, region)) return unknown(`no price of bandwidth is known for region ${region}`);
  if (bandwidth === null) return unknown("its bandwidth is not known");
  const { upTo, each, above } = BANDWIDTH_FEE;
  const perHour = Math.min(bandwidth, upTo) * each + Math.max(0, bandwidth - upTo) * above;
  return known({ currency: CURRENCY, perHour: exact(perHour), parts: `network fee of ${bandwidth} Mbps, bound or not` });
}

/** Six decimals: a second of an idle EIP costs 0.00005556 CNY, and no 0.30000000000000004 leaves the program. */
function exact(amount: number): number {
  return Math.round(amount * 1e6) / 1e6;
}

/** What it has cost since it became idle, for both ends of the interval; the same twice where no upper bound is known. */
export function costSoFar(
  perHour: number,
  atLeast: Duration,
  atMost: Duration | null,
): { readonly atLeast: number; readonly atMost: number } {
  const low = exact((perHour * atLeast) / HOUR);
  return { atLeast: low, atMost: atMost === null ? low : exact((perHour * atMost) / HOUR) };
}

/** The bill rounds seconds and prices; what is nearer than this is the same. */
const ROUNDING = 0.005;

/**
 * Why the bill says something other than the list price for the same EIP: its price of the hours that it has, and the
 * time that it does not have yet.
 */
export function billedDifference(
  bill: NonNullable<EvidenceMemory["bill"]>,
  { currency, perHour }: Pick<IdlePrice, "currency" | "perHour">,
  now: Instant,
): string {
  const missing = between(bill.until, now);
  const later =
    missing < MINUTE
      ? ""
      : `; the ${humanDuration(missing)} since are not billed yet (${costSoFar(perHour, missing, null).atLeast.toFixed(2)} ${currency} at list price)`;
  return `${priceDifference(bill, currency, perHour)}${later}`;
}

function priceDifference(bill: NonNullable<EvidenceMemory["bill"]>, currency: string, perHour: number): string {
  const idle = humanDuration(bill.idle);
  if (bill.currency !== currency) return `billed for ${idle} in ${bill.currency}, listed in ${currency}: not compared`;
  const listed = costSoFar(perHour, bill.idle, null).atLeast;
  if (Math.abs(listed - bill.cost) <= listed * ROUNDING) return `as listed for ${idle} idle`;
  const difference = Math.abs(listed - bill.cost).toFixed(2);
  const direction = bill.cost < listed ? "less" : "more";
  return `${difference} ${currency} ${direction} than the list price of ${listed.toFixed(2)} ${currency} for ${idle} idle, by discounts, vouchers or prices of another date`;
}

/** A month has 730 hours (contract.md, scan --format json). */
const HOURS_A_MONTH = 730;

/** What an hourly price makes in a month. */
export function perMonth(perHour: number): number {
  return exact(perHour * HOURS_A_MONTH);
}

/** Sums by currency, in order of first appearance. */
export function totals(
  costs: readonly {
    readonly currency: string;
    readonly perHour: number;
    readonly soFarAtLeast: number;
    readonly soFarAtMost: number;
  }[],
): readonly TotalCost[] {
  const sums = new Map<string, { perHour: number; soFarAtLeast: number; soFarAtMost: number }>();
  for (const cost of costs) {
    const sum = sums.get(cost.currency) ?? { perHour: 0, soFarAtLeast: 0, soFarAtMost: 0 };
    sums.set(cost.currency, {
      perHour: sum.perHour + cost.perHour,
      soFarAtLeast: sum.soFarAtLeast + cost.soFarAtLeast,
      soFarAtMost: sum.soFarAtMost + cost.soFarAtMost,
    });
  }
  return [...sums].map(([currency, { perHour, soFarAtLeast, soFarAtMost }]) => ({
    currency,
    perHour: exact(perHour),
    perMonth: perMonth(perHour),
    soFarAtLeast: exact(soFarAtLeast),
    soFarAtMost: exact(soFarAtMost),
  }));
}
