import { type CostGroup, costsBy, GROUPINGS, type Grouping, type GroupKeys } from "../core/cost/breakdown.ts";
import type { EipResult } from "../core/terms/result.ts";
import type { Catalogue } from "../language/catalogue.ts";
import * as words from "./words.ts";

/** Costs by whose the EIPs are, as every format shows them. Nothing here is escaped. */
export interface Costs {
  readonly by: Grouping;
  /** `by workload`. */
  readonly title: string;
  /** What the groups are called: `Workload`. */
  readonly head: string;
  /** What a reader must know to add them up; empty where there is nothing to say. */
  readonly note: string;
  readonly rows: readonly CostRow[];
  /** So many groups are beyond the limit. */
  readonly beyond: number;
}

export interface CostRow {
  readonly name: string;
  readonly eips: number;
  readonly month: string;
  readonly soFar: string;
  /** `2 unknown`, where the cost of some is not known and does not stand in the amounts; else empty. */
  readonly besides: string;
  readonly group: CostGroup;
}

/** The groupings that tell something: where EIPs are idle and something names whose they are. At most `limit` rows of each. */
export function costTables(
  eips: readonly EipResult[],
  limit: number,
  say: Catalogue,
  groupings: readonly Grouping[] = GROUPINGS,
): readonly Costs[] {
  return groupings.flatMap((by) => {
    const table = costTable(by, eips, limit, say);
    return table.rows.some(({ group }) => group.of !== null) ? [table] : [];
  });
}

function costTable<By extends Grouping>(by: By, eips: readonly EipResult[], limit: number, say: Catalogue): Costs {
  const { figures, report } = say;
  const groups = costsBy(by, eips);
  const rows = groups.slice(0, limit).map((group): CostRow => {
    const { of, eips: number, cost, costUnknown } = group;
    return {
      name: of === null ? report.costs.nobody[by] : NAMES[by](of),
      eips: number,
      month: amounts(
        cost.map(({ perMonth, currency }) => figures.money(perMonth, currency)),
        say,
      ),
      soFar: amounts(
        cost.map((one) => words.costSoFar(one, say)),
        say,
      ),
      besides: costUnknown === 0 || cost.length === 0 ? "" : report.count.unknown(costUnknown),
      group,
    };
  });
  return {
    by,
    title: report.costs.by[by],
    head: report.costs.head[by],
    note: by === "tag" ? report.costs.tagNote : "",
    rows,
    beyond: Math.max(0, groups.length - limit),
  };
}

/** `146.00 CNY, 9.00 USD`, `unknown`: what is not known is never a zero. */
function amounts(known: readonly string[], { report }: Catalogue): string {
  return known.length === 0 ? report.unknown : known.join(", ");
}

const NAMES: { readonly [By in Grouping]: (of: GroupKeys[By]) => string } = {
  account: ({ account }) => account,
  owner: ({ owner }) => owner,
  cluster: ({ cluster }) => cluster,
  namespace: ({ cluster, namespace }) => `${namespace}@${cluster}`,
  workload: ({ cluster, namespace, workload }) => `${workload.kind} ${namespace}/${workload.name}@${cluster}`,
  pod: ({ cluster, namespace, pod }) => `${namespace}/${pod}@${cluster}`,
  tag: ({ key, value }) => `${key}=${value}`,
};
