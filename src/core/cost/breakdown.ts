import { byText } from "../terms/order.ts";
import type { CostResult, EipResult, TotalCost } from "../terms/result.ts";
import { totals } from "./cost.ts";

/** What idle EIPs cost by whose they are, for who has to pay, or to ask somebody to tidy up. */

/** What EIPs are grouped by, from large to small. */
export const GROUPINGS = ["account", "owner", "cluster", "namespace", "workload", "pod", "tag"] as const;

export type Grouping = (typeof GROUPINGS)[number];

/** What names a group; what repeats across clusters and namespaces carries them (domain.md §2.4). */
export interface GroupKeys {
  readonly account: { readonly account: string };
  readonly owner: { readonly owner: string };
  readonly cluster: { readonly cluster: string };
  readonly namespace: { readonly cluster: string; readonly namespace: string };
  readonly workload: {
    readonly cluster: string;
    readonly namespace: string;
    readonly workload: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  };
  readonly pod: { readonly cluster: string; readonly namespace: string; readonly pod: string };
  readonly tag: { readonly key: string; readonly value: string };
}

export interface CostGroup<By extends Grouping = Grouping> {
  /** Null for the EIPs of which it is not known, or which have none. */
  readonly of: GroupKeys[By] | null;
  /** EIPs that cost something while nobody uses them, or may: idle, or of unknown cost. */
  readonly eips: number;
  /** One for each currency, of the EIPs whose cost is known. */
  readonly cost: readonly TotalCost[];
  readonly costUnknown: number;
}

/** Whether an EIP has a place in the totals: it is idle, or what it costs is not known although it is not in use. */
export function isCounted({ idle, verdict, cost }: Pick<EipResult, "idle" | "verdict" | "cost">): boolean {
  return idle !== null || (verdict !== "in-use" && "unknown" in cost);
}

/**
 * The groups that these EIPs fall into, most expensive first, what nothing names last. Each grouping adds up to the result's totals, but
 * for tags: there an EIP counts once for each of its tags.
 */
export function costsBy<By extends Grouping>(by: By, eips: readonly EipResult[]): readonly CostGroup<By>[] {
  const members = new Map<string, { readonly of: GroupKeys[By] | null; readonly costs: CostResult[] }>();
  for (const eip of eips) {
    if (!isCounted(eip)) continue;
    for (const of of KEYS[by](eip)) {
      const key = JSON.stringify(of);
      const group = members.get(key);
      if (group === undefined) members.set(key, { of, costs: [eip.cost] });
      else group.costs.push(eip.cost);
    }
  }
  return [...members]
    .map(([key, { of, costs }]) => ({ key, group: groupOf<By>(of, costs) }))
    .sort((one, other) => dearestFirst(one.group, other.group) || byText(one.key, other.key))
    .map(({ group }) => group);
}

const KEYS: { readonly [By in Grouping]: (eip: EipResult) => readonly (GroupKeys[By] | null)[] } = {
  account: ({ account }) => [{ account }],
  owner: ({ owner }) => [owner === null ? null : { owner: owner.name }],
  cluster: ({ cluster }) => [cluster === null ? null : { cluster }],
  namespace: ({ pod }) => [pod === null ? null : { cluster: pod.cluster, namespace: pod.namespace }],
  workload: ({ pod }) => [
    pod === null || pod.workload === null ? null : { cluster: pod.cluster, namespace: pod.namespace, workload: pod.workload },
  ],
  pod: ({ pod }) => [pod === null ? null : { cluster: pod.cluster, namespace: pod.namespace, pod: pod.name }],
  tag: ({ tags }) => {
    const all = Object.entries(tags).map(([key, value]) => ({ key, value }));
    return all.length === 0 ? [null] : all;
  },
};

function groupOf<By extends Grouping>(of: GroupKeys[By] | null, costs: readonly CostResult[]): CostGroup<By> {
  const known = costs.flatMap((cost) => ("unknown" in cost ? [] : [cost]));
  return { of, eips: costs.length, cost: totals(known), costUnknown: costs.length - known.length };
}

function dearestFirst(one: CostGroup, other: CostGroup): number {
  if ((one.of === null) !== (other.of === null)) return one.of === null ? 1 : -1;
  return dearest(other, "perMonth") - dearest(one, "perMonth") || dearest(other, "soFarAtLeast") - dearest(one, "soFarAtLeast");
}

/** Amounts of different currencies are not added; the largest decides. */
function dearest({ cost }: CostGroup, amount: "perMonth" | "soFarAtLeast"): number {
  return cost.reduce((most, one) => Math.max(most, one[amount]), 0);
}
