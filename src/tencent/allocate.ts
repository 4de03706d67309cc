import * as z from "zod";
import type { AllocateOutcome, Recoverer } from "../ports.ts";
import type { Sessions } from "./session.ts";
import { type Call, type CallFailure, describeFailure, isForbidden, NOT_SENT } from "./transport.ts";

/** Gets a released address back: VPC AllocateAddresses with `VipCluster`, which is sent once (domain.md §1). */
export function createRecoverer(sessions: Sessions): Recoverer {
  return {
    async allocate({ account, region, ip, isp, chargeType, bandwidthMbps, bandwidthPackage, token }, permitted) {
      const call: Call = {
        action: "AllocateAddresses",
        region,
        parameters: {
          AddressCount: 1,
          VipCluster: [ip],
          InternetServiceProvider: isp,
          ...(chargeType === null ? {} : { InternetChargeType: chargeType }),
          ...(bandwidthMbps === null ? {} : { InternetMaxBandwidthOut: bandwidthMbps }),
          ...(bandwidthPackage === null ? {} : { BandwidthPackageId: bandwidthPackage }),
          ClientToken: token,
        },
        permitted,
      };
      const answer = await sessions.tryCall(account, call, z.object({ AddressSet: z.array(z.string().min(1)).length(1) }));
      return answer.ok ? { outcome: "allocated", id: answer.value.AddressSet[0] ?? "" } : refused(answer.failure, ip, isp);
    },
  };
}

/**
 * Refusals in a sentence each, by code. VPC's API definition lists no errors: the codes are as its public documentation has them, and none was seen
 * from the real cloud. What is none of them is told in the cloud's words.
 */
const REFUSALS: readonly { readonly code: RegExp; readonly why: (ip: string, isp: string) => string }[] = [
  {
    code: /^InvalidParameterValue\.Address(Ip)?(NotAvailable|NotFound|NotPublic|NotApplicable)$|^ResourceInUse\.Address$/,
    why: (ip) => `the address ${ip} is not to be had: somebody else has it by now, or the cloud keeps it`,
  },
  {
    code: /^AddressQuotaLimitExceeded\.DailyAllocate$|^LimitExceeded\.DailyAllocateAddressQuotaLimitExceeded$/,
    why: () => "the account has allocated as many EIPs today as it may: try again tomorrow",
  },
  {
    code: /^(LimitExceeded\.)?AddressQuotaLimitExceeded$|^LimitExceeded\.Address$/,
    why: () => "the account's quota of EIPs is used up: release one, or ask for more",
  },
  {
    code: /^LimitExceeded(\.MonthlyAddressRecoveryQuota)?$/,
    why: () => "the cloud's own count of this month's tries is used up: three a month, for each account",
  },
  {
    code: /(Isp|InternetServiceProvider)[A-Za-z]*$/i,
    why: (_, isp) => `the line type ${isp} can't be asked for by address`,
  },
  { code: /^FailedOperation\.BalanceInsufficient$/, why: () => "the account's balance does not allow it" },
  {
    code: /^InvalidParameterValue\.BandwidthPackage/,
    why: () => "its bandwidth package is not there any more, or takes no EIP",
  },
];

function refused(failure: CallFailure, ip: string, isp: string): AllocateOutcome {
  const { code, ambiguous } = failure;
  const said = describeFailure(failure, "AllocateAddresses");
  if (code === NOT_SENT) return { outcome: "refused", code, why: failure.message, counts: false };
  if (ambiguous) return { outcome: "unconfirmed", code: code === "" ? "NoAnswer" : code, why: said };
  if (isForbidden(failure))
    return {
      outcome: "refused",
      code,
      why: `these credentials may not do it; deploy/cam/recover.json has the policy: ${said}`,
      counts: false,
    };
  const own = REFUSALS.find((refusal) => refusal.code.test(code))?.why(ip, isp);
  return {
    outcome: "refused",
    code,
    why: own === undefined ? said : `${own} (${said})`,
    counts: !code.startsWith("AuthFailure"),
  };
}
