import { isCounted } from "../core/cost/breakdown.ts";
import { totals } from "../core/cost/cost.ts";
import { byText } from "../core/terms/order.ts";
import type { EipResult } from "../core/terms/result.ts";
import type { Verdict } from "../core/terms/verdict.ts";
import type { Catalogue } from "../language/catalogue.ts";
import { podName } from "./words.ts";

export interface Group {
  readonly verdict: Verdict;
  /** The reason in a sentence, without its verdict: `Its workload is gone …`. */
  readonly title: string;
  /** Dearest first, then by Pod. */
  readonly eips: readonly EipResult[];
  /** `730.00 CNY a month`, `146.00 CNY a month, 2 unknown`; empty where nothing is idle. */
  readonly month: string;
  /** Why releases are withheld, each reason once. */
  readonly withheld: readonly string[];
}

/** EIPs with the same verdict for the same reason, in the order of the result: worst first. */
export function groups(eips: readonly EipResult[], say: Catalogue): readonly Group[] {
  const found = new Map<string, EipResult[]>();
  for (const eip of eips) {
    const key = `${eip.verdict} ${eip.reason}`;
    const group = found.get(key);
    if (group === undefined) found.set(key, [eip]);
    else group.push(eip);
  }
  return [...found.values()].flatMap((members): readonly Group[] => {
    const [first] = members;
    if (first === undefined) return [];
    const withheld = [...new Set(members.flatMap((eip) => (eip.withheld === null ? [] : [eip.withheld])))];
    return [
      {
        verdict: first.verdict,
        title: reasonTitle(first, say),
        eips: members.sort(dearestFirst),
        month: months(members, say),
        withheld,
      },
    ];
  });
}

function reasonTitle({ reason, verdict }: EipResult, say: Catalogue): string {
  return verdict === "in-use" ? say.reason(reason) : say.bareReason(reason);
}

/** By price, then by Pod. */
export function dearestFirst(one: EipResult, other: EipResult): number {
  const price = ({ cost }: EipResult) => ("unknown" in cost ? 0 : cost.perHour);
  return price(other) - price(one) || byText(podName(one), podName(other)) || byText(one.id, other.id);
}

/** `146.00 CNY a month, 2 unknown`; empty where nothing is idle. */
export function months(members: readonly EipResult[], { figures, report }: Catalogue): string {
  const idle = members.filter(isCounted);
  const known = totals(idle.flatMap(({ cost }) => ("unknown" in cost ? [] : [cost])));
  const unknown = idle.filter(({ cost }) => "unknown" in cost).length;
  if (known.length === 0) return unknown === 0 ? "" : report.costUnknown;
  const parts = known.map((total) => figures.money(total.perMonth, total.currency));
  return report.perMonth([...parts, ...(unknown === 0 ? [] : [report.count.unknown(unknown)])].join(report.comma));
}
