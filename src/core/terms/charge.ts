import type { Address } from "./facts.ts";

/** How an EIP is charged: what its words mean for its cost, and whether a program may give it up (domain.md §4, §4.1). */

export type Charge =
  | "TRAFFIC_POSTPAID_BY_HOUR"
  | "BANDWIDTH_POSTPAID_BY_HOUR"
  | "BANDWIDTH_PACKAGE"
  | "BANDWIDTH_PREPAID_BY_MONTH"
  /** It states no charge type, as the EIPs of legacy accounts do. */
  | "none"
  /** A word that no documentation names. */
  | "other";

const WORDS: readonly Charge[] = [
  "TRAFFIC_POSTPAID_BY_HOUR",
  "BANDWIDTH_POSTPAID_BY_HOUR",
  "BANDWIDTH_PACKAGE",
  "BANDWIDTH_PREPAID_BY_MONTH",
];

/** What `InternetChargeType` says, in any case. */
export function chargeOf({ chargeType }: Pick<Address, "chargeType">): Charge {
  if (chargeType === null) return "none";
  const upper = chargeType.toUpperCase();
  return WORDS.find((word) => word === upper) ?? "other";
}

/**
 * Why the way in which an EIP is charged forbids a release; null where nothing does. Only the three postpaid words may be released, and no
 * word at all; a date until which it is paid, or a flag of renewal, says that it is prepaid whatever the word says (domain.md §4).
 */
export function prepaidOrDoubtful(address: Pick<Address, "chargeType" | "deadline" | "renewFlag" | "payMode">): string | null {
  const { chargeType, deadline, renewFlag, payMode } = address;
  const charge = chargeOf(address);
  if (charge === "BANDWIDTH_PREPAID_BY_MONTH") return "it is prepaid, which is never released by a program";
  if (deadline !== null) return `it is paid until ${deadline} (DeadlineDate); what is prepaid is never released by a program`;
  if (renewFlag !== null) return `it is renewed by ${renewFlag} (RenewFlag); what is prepaid is never released by a program`;
  if (charge === "other") return `its charge type '${chargeType}' is not one that is known to be postpaid`;
  if (payMode !== null && /PREPAID/i.test(payMode)) return `its PayMode '${payMode}' says that it is prepaid`;
  return null;
}
