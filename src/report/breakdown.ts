import { type CostGroup, costsBy, GROUPINGS, type Grouping, type GroupKeys } from "../core/cost/breakdown.ts";
import type { EipResult } from "../core/terms/result.ts";
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
  /** Groups beyond the limit: `and 7 more`; empty where all are here. */
  readonly more: string;
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
  groupings: readonly Grouping[] = GROUPINGS,
): readonly Costs[] {
  return groupings.flatMap((by) => {
    const table = costTable(by, eips, limit);
    return table.rows.some(({ group }) => group.of !== null) ? [table] : [];
  });
}

function costTable<By extends Grouping>(by: By, eips: readonly EipResult[], limit: number): Costs {
  const groups = costsBy(by, eips);
  const rows = groups.slice(0, limit).map((group): CostRow => {
    const { of, eips: number, cost, costUnknown } = group;
    return {
      name: of === null ? NOBODY[by] : NAMES[by](of),
      eips: number,
      month: amounts(cost.map(({ perMonth, currency }) => words.money(perMonth, currency))),
      soFar: amounts(cost.map(words.costSoFar)),
      besides: costUnknown === 0 || cost.length === 0 ? "" : `${costUnknown} unknown`,
      group,
    };
  });
  const { title, head, note } = WORDS[by];
  return { by, title, head, note, rows, more: groups.length > limit ? `and ${groups.length - limit} more` : "" };
}

/** `146.00 CNY, 9.00 USD`, `unknown`: what is not known is never a zero. */
function amounts(known: readonly string[]): string {
  return known.length === 0 ? "unknown" : known.join(", ");
}

const WORDS: Readonly<Record<Grouping, Pick<Costs, "title" | "head" | "note">>> = {
  account: { title: "by account", head: "Account", note: "" },
  cluster: { title: "by cluster", head: "Cluster", note: "" },
  namespace: { title: "by namespace", head: "Namespace", note: "" },
  workload: { title: "by workload", head: "Workload", note: "" },
  pod: { title: "by Pod", head: "Pod", note: "" },
  tag: { title: "by tag", head: "Tag", note: "An EIP counts once for each of its tags." },
};

const NAMES: { readonly [By in Grouping]: (of: GroupKeys[By]) => string } = {
  account: ({ account }) => account,
  cluster: ({ cluster }) => cluster,
  namespace: ({ cluster, namespace }) => `${namespace}@${cluster}`,
  workload: ({ cluster, namespace, workload }) => `${workload.kind} ${namespace}/${workload.name}@${cluster}`,
  pod: ({ cluster, namespace, pod }) => `${namespace}/${pod}@${cluster}`,
  tag: ({ key, value }) => `${key}=${value}`,
};

const NOBODY: Readonly<Record<Grouping, string>> = {
  account: "no account",
  cluster: "no cluster known",
  namespace: "no Pod known",
  workload: "no workload known",
  pod: "no Pod known",
  tag: "no tag, or not read",
};
