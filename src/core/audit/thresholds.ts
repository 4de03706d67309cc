import { accountTypeOf, idlePrice, totals } from "../cost/cost.ts";
import type { Judgement } from "../judge/judge.ts";
import { thresholdEnd } from "../judge/threshold-end.ts";
import type { ClusterView } from "../link/clusters.ts";
import type { World } from "../link/link.ts";
import type { Policy } from "../terms/policy.ts";
import type { ClusterResult, ThresholdAudit, ThresholdResult } from "../terms/result.ts";
import { podThreshold, recycling, type Threshold } from "../terms/threshold.ts";
import { iso, wholeSeconds } from "../terms/time.ts";
import { mayComeBack } from "../terms/verdict.ts";

const RUNNING: ReadonlyMap<boolean | null, ThresholdAudit["ipamd"]> = new Map([
  [true, "running"],
  [false, "stopped"],
]);
const AUTHORISED: ReadonlyMap<boolean | null, ThresholdAudit["authorised"]> = new Map([
  [true, "yes"],
  [false, "no"],
]);

/**
 * The recycle-threshold audit of one cluster: what the threshold is and how that is known, whether anybody recycles, what it holds
 * back, what is overdue, and which addresses will be lost (domain.md §3, domain.md §6).
 */
export function auditThreshold(
  view: ClusterView,
  judgements: readonly Judgement[],
  world: World,
  prices: Policy["prices"],
): { readonly retained: number; readonly overdue: number; readonly audit: ThresholdAudit } {
  const idle = judgements.filter(({ situation }) => situation.idle !== null && belongsTo(situation, view.facts.id));
  // ipamd never recycles a user's own EIP, so that it can't be overdue with it (domain.md §2.1, eip-id-list).
  const overdue = idle.filter(({ situation }) => situation.past === true && situation.automatic);
  const ipamd = recycling(view.facts.ipamd);
  return {
    retained: idle.length,
    overdue: overdue.length,
    audit: {
      source: view.threshold.state === "unknown" ? "none" : view.threshold.source,
      ipamd: RUNNING.get(ipamd.running) ?? "unknown",
      authorised: AUTHORISED.get(ipamd.authorised) ?? "unknown",
      overdueBySeconds: overdue.length === 0 ? null : { most: Math.max(...overdue.map(overdueSeconds)) },
      willBeLost: idle.flatMap((judgement) => willBeLost(judgement, ipamd.running !== false && ipamd.authorised !== false)),
      idleCost: idleCosts(idle, world, prices),
      podOverrides: podOverrides(view),
    },
  };
}

function belongsTo(situation: Judgement["situation"], cluster: string): boolean {
  return situation.home.state !== "none" && situation.home.id === cluster;
}

function overdueSeconds({ situation }: Judgement): number {
  const { threshold, idle } = situation;
  if (threshold.state !== "set" || idle === null) return 0;
  return Math.max(0, wholeSeconds(idle.atLeast) - wholeSeconds(threshold.duration));
}

function willBeLost({ situation, reason }: Judgement, recycles: boolean): ThresholdAudit["willBeLost"] {
  const { linked, automatic } = situation;
  const end = thresholdEnd(situation);
  if (!recycles || !automatic || !mayComeBack(reason) || end === null) return [];
  const { id, ip } = linked.address;
  const pod = linked.pod === null ? "-" : `${linked.pod.namespace}/${linked.pod.name}`;
  return [{ id, ip, pod, at: iso(end) }];
}

/** What idle EIPs cost by currency, as far as it is known. */
export function idleCosts(idle: readonly Judgement[], world: World, prices: Policy["prices"]): ThresholdAudit["idleCost"] {
  const known = idle.flatMap(({ situation }) => {
    const { address } = situation.linked;
    const price = idlePrice(address, accountTypeOf(address, world.facts.regions), prices);
    return price.known ? [{ currency: price.value.currency, perHour: price.value.perHour, soFarAtLeast: 0, soFarAtMost: 0 }] : [];
  });
  return totals(known).map(({ currency, perHour, perMonth }) => ({ currency, perHour, perMonth }));
}

function podOverrides(view: ClusterView): ThresholdAudit["podOverrides"] {
  return [...view.pods.values()].flatMap(({ pod, annotations }) => {
    const [own] = annotations.claimExpired;
    if (own === undefined) return [];
    return [{ pod: `${pod.namespace}/${pod.name}`, seconds: overrideSeconds(podThreshold(view.threshold, own)) }];
  });
}

function overrideSeconds(threshold: Threshold): number | null {
  return threshold.state === "set" ? wholeSeconds(threshold.duration) : null;
}

/** The threshold as the report prints it (contract.md, scan --format json). */
export function thresholdResult(threshold: Threshold): ThresholdResult {
  switch (threshold.state) {
    case "set":
      return { state: "set", seconds: wholeSeconds(threshold.duration) };
    case "never":
      return { state: "never" };
    case "unknown":
      return { state: "unknown", why: threshold.why };
  }
}

/** How a cluster stands for the reader of a report. */
export function clusterState(view: ClusterView): ClusterResult["state"] {
  return view.unreadable === null && view.facts.status.state === "running" ? "live" : "unreadable";
}
