import { gapsOf } from "./audit/gaps.ts";
import { type Judged, type Judgement, judge } from "./judge/judge.ts";
import { type LinkedWorld, link } from "./link/link.ts";
import { brakes, countRegions } from "./plan/brake.ts";
import { type Planned, plan } from "./plan/plan.ts";
import type { Facts, RegionFacts } from "./terms/facts.ts";
import type { Ledger } from "./terms/ledger.ts";
import type { Policy } from "./terms/policy.ts";
import type { Gap } from "./terms/result.ts";

/** One reading, linked, judged and planned: the whole of the core in one call. The same for scan, plan, run and re-judging. */
export interface Assessment {
  readonly world: LinkedWorld;
  readonly judgements: readonly Judgement[];
  readonly planned: readonly Planned[];
  readonly gaps: readonly Gap[];
}

/** What bounds the plan besides policy and this reading. */
export interface Bounds {
  /** EIPs that the whole run read completely, where this reading is of one region only. */
  readonly readCompletely?: number;
  /** A person takes this many reviewed releases over the caps. */
  readonly confirmed?: number;
  /** Nothing is due but what a reviewed plan names, by AddressId. */
  readonly only?: ReadonlyMap<string, "flag" | "release">;
  /** What was made of the same facts with another ledger: links and verdicts that are the same are not made again. */
  readonly before?: Judged;
}

export function assess(facts: Facts, ledger: Ledger, policy: Policy, bounds: Bounds = {}): Assessment {
  const { before = null } = bounds;
  const world = link(facts, ledger, before?.world);
  const judgements = judge(world, policy, before);
  const planned = plan(judgements, ledger.addresses, {
    now: facts.now,
    policy,
    brakes: brakes(countRegions(world), ledger.lastComplete),
    readCompletely: bounds.readCompletely ?? countRead(facts.regions),
    confirmed: bounds.confirmed ?? null,
    only: bounds.only ?? null,
  });
  if (planned.length !== countRows(facts.regions))
    throw new Error("an EIP was lost between reading and planning; this is a bug of eip-guard");
  return { world, judgements, planned, gaps: gapsOf(facts) };
}

/** How many EIPs came from complete listings. */
export function countRead(regions: readonly RegionFacts[]): number {
  return regions.reduce((count, { addresses }) => count + (addresses.known ? addresses.value.length : 0), 0);
}

function countRows(regions: readonly RegionFacts[]): number {
  return regions.reduce(
    (count, { addresses, partial }) => count + (addresses.known ? addresses.value.length : partial.length),
    0,
  );
}
