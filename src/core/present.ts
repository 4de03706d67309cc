import { clusterFindings, regionFindings } from "./audit/findings.ts";
import { notesOfRegions } from "./audit/gaps.ts";
import { auditThreshold, clusterState, idleCosts, thresholdResult } from "./audit/thresholds.ts";
import { isCounted } from "./cost/breakdown.ts";
import { accountTypeOf, billedDifference, costSoFar, type IdlePrice, idlePrice, totals } from "./cost/cost.ts";
import { savingsOf } from "./cost/savings.ts";
import type { Judgement } from "./judge/judge.ts";
import { ownerOf } from "./judge/owner.ts";
import { thresholdEnd } from "./judge/threshold-end.ts";
import type { World } from "./link/link.ts";
import type { Planned } from "./plan/plan.ts";
import { isClusterId } from "./terms/facts.ts";
import type { Ledger, SeenMemory } from "./terms/ledger.ts";
import { byText } from "./terms/order.ts";
import { own } from "./terms/own.ts";
import { samePlace } from "./terms/place.ts";
import type { Mode, Policy } from "./terms/policy.ts";
import type {
  Act,
  ApprovalResult,
  ClusterResult,
  CostResult,
  EipResult,
  Gap,
  GuardResult,
  IdleResult,
  PodResult,
  RegionResult,
  ScanResult,
  Totals,
  VerdictCost,
} from "./terms/result.ts";
import { type Instant, iso, later, wholeSeconds } from "./terms/time.ts";
import type { CostFacts } from "./terms/trail.ts";
import { VERDICTS, type Verdict } from "./terms/verdict.ts";

/** Builds the one result that every format renders (contract.md, scan --format json). */
export interface Presentation {
  readonly run: {
    readonly id: string;
    readonly startedAt: Instant;
    readonly finishedAt: Instant;
    readonly mode: Mode;
    readonly dryRun: boolean;
  };
  readonly world: World;
  readonly planned: readonly Planned[];
  readonly gaps: readonly Gap[];
  readonly policy: Policy;
  readonly alertErrors: readonly string[];
  readonly notes: readonly string[];
  /** Null for a dry run. */
  readonly acts: readonly Act[] | null;
  readonly guard: GuardResult;
}

export function present(input: Presentation): ScanResult {
  const { world, planned, policy, run } = input;
  const judgements = planned.map((item) => item.judgement);
  const eips = planned.map((item) => presentEip(item, world, policy)).sort(worstFirst);
  return {
    schema: "eip-guard/scan/v1",
    run: {
      id: run.id,
      startedAt: iso(run.startedAt),
      finishedAt: iso(run.finishedAt),
      mode: run.mode,
      dryRun: run.dryRun,
    },
    complete: input.gaps.length === 0,
    gaps: input.gaps,
    totals: totalsOf(eips),
    alertErrors: input.alertErrors,
    clusters: presentClusters(judgements, world, policy),
    eips,
    ...(input.acts === null ? {} : { acts: input.acts }),
    notes: [...input.notes, ...notesOfRegions(world.facts)],
    regions: presentRegions(judgements, world),
    savings: savingsOf(world.ledger.receipts, run.finishedAt),
    guard: input.guard,
  };
}

/** The same report with what came after it was made: its end, and how the digest was delivered. */
export function conclude(
  result: ScanResult,
  {
    finishedAt,
    alertErrors,
    guard,
    receipts,
  }: Pick<ScanResult, "alertErrors" | "guard"> & {
    readonly finishedAt: Instant;
    readonly receipts: Ledger["receipts"];
  },
): ScanResult {
  const run = { ...result.run, finishedAt: iso(finishedAt) };
  return { ...result, run, alertErrors, guard, savings: savingsOf(receipts, finishedAt) };
}

function worstFirst(one: EipResult, other: EipResult): number {
  const byVerdict = VERDICTS.indexOf(one.verdict) - VERDICTS.indexOf(other.verdict);
  if (byVerdict !== 0) return byVerdict;
  const byUrgency = urgency(one) - urgency(other);
  if (byUrgency !== 0) return byUrgency;
  return costOf(other) - costOf(one) || byText(one.id, other.id);
}

/** The scaled-down ones that nothing recycles come first among the retained (domain.md §5.1). */
function urgency(eip: EipResult): number {
  return eip.reason === "scaled-down-never-recycled" ? 0 : 1;
}

function costOf(eip: EipResult): number {
  return "unknown" in eip.cost ? 0 : eip.cost.soFarAtLeast;
}

function totalsOf(eips: readonly EipResult[]): Totals {
  const byVerdict: Partial<Record<Verdict, number>> = {};
  for (const { verdict } of eips) byVerdict[verdict] = (byVerdict[verdict] ?? 0) + 1;
  const idle = eips.filter((eip) => eip.idle !== null);
  return {
    eips: eips.length,
    byVerdict,
    cost: totals(idle.flatMap((eip) => ("unknown" in eip.cost ? [] : [eip.cost]))),
    costUnknown: eips.filter((eip) => isCounted(eip) && "unknown" in eip.cost).length,
    costByVerdict: costByVerdict(eips),
  };
}

function costByVerdict(eips: readonly EipResult[]): Totals["costByVerdict"] {
  const found: Partial<Record<Verdict, VerdictCost>> = {};
  for (const verdict of VERDICTS) {
    const counted = eips.filter((eip) => eip.verdict === verdict && isCounted(eip));
    if (counted.length === 0) continue;
    const priced = counted.flatMap((eip) => ("unknown" in eip.cost ? [] : [eip.cost]));
    found[verdict] = { eips: counted.length, cost: totals(priced), costUnknown: counted.length - priced.length };
  }
  return found;
}

/** One EIP as every format shows it. */
export function presentEip(
  { judgement, rule, action, withheld, flagAt, releaseAt, needsApproval, approval }: Planned,
  world: World,
  policy: Policy,
): EipResult {
  const { situation } = judgement;
  const { linked, idle } = situation;
  const { address, memory } = linked;
  const flag = own(world.ledger.addresses, address.id)?.flag ?? null;
  return {
    id: address.id,
    ip: address.ip,
    name: address.name,
    account: address.account,
    region: address.region,
    status: address.rawStatus,
    chargeType: address.chargeType ?? "",
    tags: address.tags.known ? address.tags.value : {},
    pod: podResult(judgement),
    owner: ownerOf(situation, policy.owner),
    evidence: linked.evidence,
    idle: idle === null ? null : idleResult(idle),
    verdict: judgement.verdict,
    reason: judgement.reason,
    alsoTrue: judgement.alsoTrue,
    detail: judgement.detail,
    rule: rule?.name ?? null,
    action,
    withheld: withheld?.why ?? null,
    withheldBy: withheld?.by ?? null,
    flagAt: flagAt === null ? null : iso(flagAt),
    releaseAt: releaseAt === null ? null : iso(releaseAt),
    cost: costResult(judgement, world, policy),
    flaggedAt: flag === null ? null : iso(flag.at),
    noticedAt: flag?.noticedAt ? iso(flag.noticedAt) : null,
    cluster: situation.home.state === "none" ? null : situation.home.id,
    createdAt: address.createdAt === null ? null : iso(address.createdAt),
    lastBound: idle === null ? null : lastBound(memory),
    thresholdAt: thresholdAt(situation),
    approval: approvalResult(needsApproval, approval),
  };
}

/** An approval is asked for only where a release is on its way; one that was given is told in any case. */
function approvalResult(needed: boolean, given: Planned["approval"]): ApprovalResult {
  return { needed, given: given === null ? null : { at: iso(given.at), by: given.by, until: iso(given.until) } };
}

/** CloudAudit's events and the guard's own readings, put together; an unbinding counts only after the binding before it. */
function lastBound(memory: SeenMemory | null): EipResult["lastBound"] {
  const seen = memory?.boundAt ?? null;
  const { boundAt = null, unboundAt = null } = memory?.evidence ?? {};
  const unbound = unboundAt !== null && boundAt !== null && unboundAt >= boundAt ? unboundAt : null;
  const until = seen !== null && unbound !== null ? later(seen, unbound) : (seen ?? unbound);
  if (until === null) return null;
  return { since: boundAt !== null && boundAt <= until ? iso(boundAt) : null, until: iso(until) };
}

/** Of an EIP that ipamd may recycle: no other has a threshold. */
function thresholdAt(situation: Judgement["situation"]): string | null {
  const end = situation.automatic ? thresholdEnd(situation) : null;
  return end === null ? null : iso(end);
}

function idleResult(idle: NonNullable<Judgement["situation"]["idle"]>): IdleResult {
  return {
    atLeastSeconds: wholeSeconds(idle.atLeast),
    atMostSeconds: idle.atMost === null ? null : wholeSeconds(idle.atMost),
    actingSeconds: wholeSeconds(idle.acting),
    sightings: idle.sightings,
    evidence: idle.evidence,
    contradiction: idle.contradiction,
  };
}

/** The Pod that the evidence names, with its workload as far as it is known. */
export function podResult({ situation }: Judgement): PodResult | null {
  const { linked, standing } = situation;
  const { pod, memory } = linked;
  if (pod === null) return null;
  return {
    cluster: pod.cluster,
    namespace: pod.namespace,
    name: pod.name,
    ordinal: pod.ordinal,
    workload: workloadOf(standing, memory?.pod?.owner ?? null),
  };
}

function workloadOf(
  standing: Judgement["situation"]["standing"],
  remembered: { readonly apiVersion: string; readonly kind: string; readonly name: string } | null,
): PodResult["workload"] {
  if (standing.is === "included" || standing.is === "zero" || standing.is === "scaled-away") {
    const { apiVersion, kind, name } = standing.workload;
    return { apiVersion, kind: kind === "AdvancedStatefulSet" ? "StatefulSet" : kind, name };
  }
  const owner = standing.is === "pod-exists" ? standing.owner.owner : remembered;
  return owner === null ? null : { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name };
}

function costResult({ situation }: Judgement, world: World, policy: Policy): CostResult {
  const { linked, idle } = situation;
  const { address } = linked;
  const price = idlePrice(address, accountTypeOf(address, world.facts.regions), policy.prices);
  if (!price.known) return { unknown: price.why };
  const { currency, perHour } = price.value;
  // What stands here is the price of idleness: nothing while it is bound.
  if (idle === null) return { currency, perHour: 0, soFarAtLeast: 0, soFarAtMost: 0 };
  const soFar = costSoFar(perHour, idle.atLeast, idle.atMost);
  const cost = { currency, perHour, soFarAtLeast: soFar.atLeast, soFarAtMost: soFar.atMost };
  const billed = billedCost(linked.memory, price.value, situation.now);
  return billed === null ? cost : { ...cost, billed };
}

/** How long an EIP has been idle and what that costs, as flat facts for the trail; nothing of one that is not idle. */
export function costFacts(judgement: Judgement, world: World, policy: Policy): CostFacts {
  const { idle } = judgement.situation;
  if (idle === null) return {};
  const { atLeastSeconds, atMostSeconds } = idleResult(idle);
  const cost = costResult(judgement, world, policy);
  const known = "unknown" in cost ? { costUnknown: cost.unknown } : pricedFacts(cost);
  return { idleAtLeastSeconds: atLeastSeconds, idleAtMostSeconds: atMostSeconds, ...known };
}

function pricedFacts({ currency, perHour, soFarAtLeast, soFarAtMost }: KnownCost): CostFacts {
  return { currency, costPerHour: perHour, costSoFarAtLeast: soFarAtLeast, costSoFarAtMost: soFarAtMost };
}

/** Null where no bill was read, and where it is of an earlier idle time: the EIP was seen bound since. */
function billedCost(memory: SeenMemory | null, price: IdlePrice, now: Instant): NonNullable<KnownCost["billed"]> | null {
  const bill = memory?.evidence?.bill ?? null;
  const bound = lastBound(memory);
  if (bill === null || (bound !== null && bound.until > iso(bill.until))) return null;
  const { cost, currency, from, until } = bill;
  return { amount: cost, currency, from: iso(from), until: iso(until), difference: billedDifference(bill, price, now) };
}

type KnownCost = Exclude<CostResult, { readonly unknown: string }>;

function presentClusters(judgements: readonly Judgement[], world: World, policy: Policy): readonly ClusterResult[] {
  const living = [...world.clusters.values()].map((view): ClusterResult => {
    const { id, name, region, account } = view.facts;
    return {
      id,
      name,
      region,
      account,
      state: clusterState(view),
      recycleThreshold: thresholdResult(view.threshold),
      ...auditThreshold(view, judgements, world, policy.prices),
      findings: clusterFindings(view, judgements),
    };
  });
  return [...living, ...absentClusters(judgements, world, policy)].sort((one, other) => byText(one.id, other.id));
}

/** The EIPs of one cluster: at least one. */
type Judged = [Judgement, ...Judgement[]];

/** Clusters that only tags or memory name: deleted, or not visible. */
function absentClusters(judgements: readonly Judgement[], world: World, policy: Policy): readonly ClusterResult[] {
  const absent = new Map<string, { readonly why: string; readonly state: ClusterResult["state"]; readonly judged: Judged }>();
  for (const judgement of judgements) {
    const { home } = judgement.situation;
    if ((home.state !== "deleted" && home.state !== "not-visible") || !isClusterId(home.id)) continue;
    const found = absent.get(home.id);
    if (found !== undefined) found.judged.push(judgement);
    else absent.set(home.id, { why: home.why, state: home.state === "deleted" ? "deleted" : "unreadable", judged: [judgement] });
  }
  return [...absent].map(([id, { why, state, judged }]): ClusterResult => {
    const idle = judged.filter(({ situation }) => situation.idle !== null);
    const { account, region } = own(world.ledger.clusters, id) ?? judged[0].situation.linked.address;
    return {
      id,
      name: "",
      region,
      account,
      state,
      recycleThreshold: { state: "unknown", why },
      retained: idle.length,
      overdue: 0,
      findings: [],
      audit: {
        source: "none",
        ipamd: "unknown",
        authorised: "unknown",
        overdueBySeconds: null,
        willBeLost: [],
        idleCost: idleCosts(idle, world, policy.prices),
        podOverrides: [],
      },
    };
  });
}

function presentRegions(judgements: readonly Judgement[], world: World): readonly RegionResult[] {
  return world.facts.regions.map(({ account, region, quota }): RegionResult => {
    const idle = judgements.filter(
      ({ situation }) => situation.idle !== null && samePlace(situation.linked.address, { account, region }),
    ).length;
    return {
      account,
      region,
      quota: quota.known ? { ...quota.value, idle } : { unknown: quota.why },
      findings: regionFindings(quota, idle, region),
    };
  });
}
