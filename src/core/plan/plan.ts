import type { IdleInterval } from "../judge/idle.ts";
import type { Judgement } from "../judge/judge.ts";
import { claimInDoubt, claimsFor, type Standing } from "../judge/situation.ts";
import type { Linked } from "../link/link.ts";
import { prepaidOrDoubtful } from "../terms/charge.ts";
import type { Flag, JudgedRow } from "../terms/ledger.ts";
import { firstRule, namesUnmanagedLiterally, possibleRules, type Subject } from "../terms/match.ts";
import type { Policy, PolicyRule } from "../terms/policy.ts";
import { after, between, type Duration, type Instant, iso, later, total, ZERO } from "../terms/time.ts";
import type { Verdict } from "../terms/verdict.ts";
import { approvalOf, type HeldApproval } from "./approval.ts";
import { regionKey } from "./brake.ts";
import { nextOpening, windowOpen } from "./window.ts";

/** What policy makes of a verdict: what is due now, when the rest will be, and what is withheld and why. */
export interface Planned {
  readonly judgement: Judgement;
  readonly rule: PolicyRule | null;
  readonly action: "none" | "flag" | "release";
  readonly withheld: string | null;
  readonly flagAt: Instant | null;
  readonly releaseAt: Instant | null;
  /** The row of runs with this verdict, this reading included: where the rule's delays count from. */
  readonly judged: JudgedRow;
  /** Whether its release, where it can ever be released, needs a person's approval. */
  readonly needsApproval: boolean;
  /** The approval that was given; null where there is none or where it is void. It may have run out. */
  readonly approval: HeldApproval | null;
  /** It is due, and nothing withholds it but a missing approval, the window apart. */
  readonly awaitsApproval: boolean;
}

export interface PlanContext {
  readonly now: Instant;
  readonly policy: Policy;
  /** From {@link file://./brake.ts}: why nothing may be released, by `account/region`. */
  readonly brakes: ReadonlyMap<string, string>;
  /** EIPs that were read completely: what `maxPercent` is a percentage of. */
  readonly readCompletely: number;
  /** A person takes up to this many reviewed releases over the caps (`apply --confirm`); null: caps hold. */
  readonly confirmed: number | null;
  /** `apply`: what the reviewed plan names, by AddressId; nothing else is due. Null: no plan. */
  readonly only: ReadonlyMap<string, "flag" | "release"> | null;
}

const FLAGGABLE: readonly Verdict[] = ["leaked", "unmanaged", "retained"];
const SAID_BY_A_PERSON: readonly string[] = ["keep-tag", "kept", "deletion-protected"];

/** Plans every EIP, then applies the caps to all releases together. The one function that says "release". */
export function plan(judgements: readonly Judgement[], context: PlanContext): readonly Planned[] {
  const planned = judgements.map((judgement) => restrict(planOne(judgement, context), context.only));
  const due = planned.filter((item) => item.action === "release").length;
  const above = aboveCap(due, context);
  if (above === null) return planned;
  return planned.map((item) => (item.action === "release" ? { ...item, action: "none", withheld: above } : item));
}

function restrict(planned: Planned, only: PlanContext["only"]): Planned {
  if (only === null || planned.action === "none") return planned;
  const named = only.get(planned.judgement.situation.linked.address.id);
  return named === planned.action ? planned : { ...planned, action: "none", withheld: "it is not in the plan" };
}

/**
 * Why this many releases are too many; null when they are not. Integers only: a percentage is compared by multiplication, so that
 * 10.9 % is above 10 %.
 */
export function aboveCap(due: number, context: Pick<PlanContext, "policy" | "readCompletely" | "confirmed">): string | null {
  const { maxPerRun, maxPercent } = context.policy.release;
  if (due === 0 || (context.confirmed !== null && due <= context.confirmed)) return null;
  if (!Number.isFinite(maxPerRun) || due > maxPerRun) {
    return `cap: ${due} releases are due at once, release.maxPerRun is ${maxPerRun}; none is released`;
  }
  const total = context.readCompletely;
  if (!Number.isFinite(maxPercent) || maxPercent <= 0) return `cap: release.maxPercent is ${maxPercent}; none is released`;
  if (total > 20 && due * 100 > maxPercent * total) {
    return `cap: ${due} of ${total} EIPs are due at once, release.maxPercent is ${maxPercent}; none is released`;
  }
  return null;
}

/**
 * Whether a flag is of a time that is over: its acting clock has begun anew, or the EIP was judged otherwise since and its release counts
 * anew. Something happened since people were told, seen or not, so flag and notice are to be given again.
 */
export function isOutdated(flag: Flag, { judgement, judged }: Pick<Planned, "judgement" | "judged">): boolean {
  const since = judgement.situation.idle?.actingSince ?? null;
  if (since !== null && flag.at < since) return true;
  return judged.releasableSince !== null && flag.at < judged.releasableSince;
}

/** Goes on with the row of verdicts that the ledger remembers, or begins one with this reading (domain.md §4.2). */
function judgedRow({ situation, verdict }: Judgement, releasable: boolean, now: Instant): JudgedRow {
  const before = situation.linked.memory?.judged;
  const row = before !== undefined && before.verdict === verdict ? before : null;
  return { verdict, since: row?.since ?? now, releasableSince: releasable ? (row?.releasableSince ?? now) : null };
}

/** The subject that policy rules match. */
export function subjectOf({ situation, verdict, reason }: Judgement): Subject {
  const { linked, home, standing } = situation;
  const { address, pod } = linked;
  const owner = ownerName(standing, linked);
  return {
    verdict,
    reason,
    account: address.account,
    region: address.region,
    cluster: pod?.cluster ?? (home.state === "none" ? null : home.id),
    namespace: pod?.namespace ?? null,
    ...(knowsOwner(standing, linked) ? {} : { workloadGuessed: true }),
    workload: owner ?? (pod === null || pod.ordinal === null ? null : pod.name.slice(0, pod.name.lastIndexOf("-"))),
    pod: pod?.name ?? null,
    id: address.id,
    ip: address.ip,
    tags: address.tags.known ? address.tags.value : null,
  };
}

/** The workload that stands there; else the Pod's owner as the Pod or the ledger names it. */
function ownerName(standing: Judgement["situation"]["standing"], { memory }: Judgement["situation"]["linked"]): string | null {
  if (standing.is === "included" || standing.is === "zero" || standing.is === "scaled-away") return standing.workload.name;
  if (standing.is === "pod-exists") return standing.owner.owner?.name ?? null;
  return memory?.pod?.owner?.name ?? null;
}

/** Whether the workload of an EIP's Pod is a fact: it stands there, or the guard saw it own that very Pod. */
function knowsOwner(standing: Standing, { pod, memory }: Linked): boolean {
  if (["included", "zero", "scaled-away", "pod-exists"].includes(standing.is)) return true;
  const seen = memory?.pod ?? null;
  if (pod === null || seen === null || !seen.ownerSeen) return false;
  return seen.cluster === pod.cluster && seen.namespace === pod.namespace && seen.name === pod.name;
}

/**
 * The rule that decides, made as strict as the strictest that it may have to give way to: a rule before it whose match can't be answered
 * for this EIP (domain.md §5.3, 5).
 */
function strictest(rule: PolicyRule, possible: readonly PolicyRule[]): PolicyRule {
  let { releaseAfter } = rule;
  for (const other of possible) {
    if (releaseAfter === null || other.releaseAfter === null) return { ...rule, releaseAfter: null };
    if (other.releaseAfter > releaseAfter) releaseAfter = other.releaseAfter;
  }
  return { ...rule, releaseAfter };
}

function planOne(judgement: Judgement, context: PlanContext): Planned {
  const { situation, verdict, reason } = judgement;
  const subject = subjectOf(judgement);
  const rule = firstRule(context.policy.rules, subject);
  const possible = possibleRules(context.policy.rules, subject);
  const strict = rule === null ? null : strictest(rule, possible);
  const withheld = situation.idle === null ? null : neverTouched(judgement);
  const releasable = situation.idle !== null && withheld === null && releaseAfterOf(judgement, strict) !== null;
  const nothing: Planned = {
    judgement,
    rule,
    action: "none",
    withheld: null,
    flagAt: null,
    releaseAt: null,
    judged: judgedRow(judgement, releasable, context.now),
    needsApproval: false,
    approval: approvalOf(judgement, null, null, context.policy),
    awaitsApproval: false,
  };
  const { idle } = situation;
  if (strict === null || idle === null || !FLAGGABLE.includes(verdict) || SAID_BY_A_PERSON.includes(reason)) return nothing;
  if (withheld !== null) return { ...nothing, withheld };
  const planned = planIdle(nothing, strict, idle, context);
  const protecting = releaseAfterOf(judgement, rule) === null ? undefined : possible.find((one) => one.releaseAfter === null);
  if (protecting === undefined || planned.action !== "none") return planned;
  return {
    ...planned,
    withheld: `it may be one of rule "${protecting.name}", which releases never: not all of its match is known`,
  };
}

/** When an idle EIP that a rule matches is to be flagged and released, and which of it is due. */
function planIdle(nothing: Planned, rule: PolicyRule, idle: IdleInterval, context: PlanContext): Planned {
  const { judgement, judged } = nothing;
  const releaseAfter = releaseAfterOf(judgement, rule);
  const flagAfter = shorter(rule.flagAfter, releaseAfter);
  if (flagAfter === null) return nothing;
  const start = idle.actingSince ?? context.now;
  // Threshold and grace are of its idle time; the rule's delay counts from when it was judged so, where that is later (domain.md §4.2).
  const idled = after(start, total(finiteThreshold(judgement), context.policy.grace));
  const flagDue = after(later(idled, judged.since), flagAfter);
  const releaseDue = releaseAfter === null ? null : after(later(idled, judged.releasableSince ?? context.now), releaseAfter);
  const given = judgement.situation.linked.memory?.flag ?? null;
  const flag = given === null || isOutdated(given, nothing) ? null : given;
  const ready = releaseDue === null ? null : readyAt(releaseDue, flag, flagDue, context);
  const approval = approvalOf(judgement, flag, ready, context.policy);
  const dated: Planned = {
    ...nothing,
    flagAt: flag?.at ?? flagDue,
    releaseAt: ready === null ? null : nextOpening(context.policy.release.window, ready),
    needsApproval: ready !== null && needsApproval(judgement, context.policy),
    approval,
  };
  // Only what readings have shown counts, not the time since the latest of them.
  const seen = after(start, idle.acting);
  const seenEnough = idle.sightings >= context.policy.minSightings;
  if (flag === null) return seenEnough && seen >= flagDue ? { ...dated, action: "flag" } : dated;
  if (releaseDue === null || ready === null || !seenEnough || seen < releaseDue) return dated;
  const missing = dated.needsApproval ? approvalMissing(judgement, approval, context.now) : null;
  const withheld = releaseWithheld(judgement, flag, ready, missing, context);
  if (withheld === null) return { ...dated, action: "release" };
  return { ...dated, withheld, awaitsApproval: withheld === missing };
}

/** The rule's own delay before a release; null where this rule, or this verdict, allows none. */
function releaseAfterOf(judgement: Judgement, rule: PolicyRule | null): Duration | null {
  return rule !== null && mayRelease(judgement, rule) ? rule.releaseAfter : null;
}

function shorter(one: Duration | null, other: Duration | null): Duration | null {
  if (one === null) return other;
  return other === null || one < other ? one : other;
}

/** Which verdicts a release may follow (contract.md, Which verdicts can carry an action). A rule never makes more of it. */
function mayRelease({ verdict }: Judgement, rule: PolicyRule): boolean {
  if (verdict === "leaked") return true;
  return verdict === "unmanaged" && namesUnmanagedLiterally(rule.match);
}

/** The threshold counts where it is finite, and where somebody could still act on it. */
function finiteThreshold({ situation }: Judgement): Duration {
  return situation.threshold.state === "set" ? situation.threshold.duration : ZERO;
}

/** Never released by a program (domain.md §4), and so never put on the way to it. */
function neverTouched({ situation }: Judgement): string | null {
  const { address } = situation.linked;
  if (address.type !== "EIP") return `its type is ${address.type}, which is never released by a program`;
  if (address.antiDdosPackageId !== null) return `it belongs to the AntiDDoS package ${address.antiDdosPackageId}`;
  const charged = prepaidOrDoubtful(address);
  if (charged !== null) return charged;
  if (address.cascadeRelease === true) return "Tencent Cloud releases it by itself (CascadeRelease)";
  if (address.isArrears === true) return "it is in arrears";
  if (address.isBlocked === true) return "it is blocked";
  return address.tags.known ? null : "its tags could not be read, and a keep tag may be among them";
}

/**
 * When an EIP is ready to be released, the window apart: the acting clock past threshold, grace and the rule's delay; the notice
 * over, counted from when it was delivered; as much later as the notice was late; never before the date that the notice named.
 */
function readyAt(due: Instant, flag: Flag | null, flagAt: Instant, { policy, now }: PlanContext): Instant {
  const { notice } = policy.release;
  if (flag === null) return later(due, after(later(flagAt, now), notice));
  const noticed = flag.noticedAt ?? now;
  const ready = later(after(due, between(flag.at, noticed)), after(noticed, notice));
  return flag.noticedReleaseAt === null ? ready : later(ready, flag.noticedReleaseAt);
}

/** Why a release whose delays are over is withheld all the same; null when nothing withholds it. */
function releaseWithheld(
  judgement: Judgement,
  flag: Flag,
  ready: Instant,
  missing: string | null,
  context: PlanContext,
): string | null {
  const { situation } = judgement;
  const { linked, home, unreadableAround: around } = situation;
  const { address } = linked;
  const { policy, now } = context;
  if (address.isArrears === null || address.isBlocked === null || address.cascadeRelease === null) {
    return "whether it is in arrears, blocked or released by itself is not known";
  }
  // A type that we don't know makes an EIP unknown (domain.md §5.2, 8): a type that was not read may be one.
  if (situation.accountType === "unread") return `the type of account ${address.account} could not be read`;
  const [unread] = around;
  if (unread !== undefined) return `${unread.cluster} of its account and region could not be read: ${unread.why}`;
  const brake = context.brakes.get(regionKey(address.account, address.region));
  if (brake !== undefined) return `sanity brake: ${brake}`;
  if (home.state === "live") {
    const { claims } = home.view;
    if (claims.state === "not-installed")
      return `cluster ${home.id} serves no EIPClaim, so that nothing can tell which EIPs are held`;
    const proof = claimsFor(linked, home.view);
    if (linked.claims.length > 0 && proof.state !== "readable")
      return `a claim holds it, and claims of ${home.id} prove nothing yet: ${proof.why}`;
    const doubtful = claimInDoubt(linked, home.view);
    if (doubtful !== null) return `claim ${doubtful} in ${home.id} names no EIP, so that it may hold this one`;
    if (situation.threshold.state === "unknown") return `the recycle threshold is not known: ${situation.threshold.why}`;
  }
  if (flag.noticedAt === null) return "no notice was delivered yet";
  if (now < ready) return `its notice runs until ${iso(ready)}`;
  if (missing !== null) return missing;
  if (!windowOpen(policy.release.window, now)) {
    const opening = nextOpening(policy.release.window, now);
    return `outside the release window${opening === null ? "" : `, which opens at ${iso(opening)}`}`;
  }
  return null;
}

/** Why no approval holds; null where one does. */
function approvalMissing({ situation }: Judgement, approval: HeldApproval | null, now: Instant): string | null {
  const { address, memory } = situation.linked;
  const command = `eip-guard approve ${address.id}`;
  if ((memory?.approval ?? null) === null) return `it needs a person's approval (${command})`;
  if (approval === null) return `its approval is void, because its idle time or its verdict began anew since (${command})`;
  return now < approval.until ? null : `its approval ran out at ${iso(approval.until)} (${command})`;
}

/**
 * Whether a release needs a person: by policy; because nobody saw the owner of its Pod, or of an orphan its Pod or claim (domain.md §5.1);
 * because nobody said explicitly that its cluster is gone (domain.md §5.2, 3); or because it rests on a threshold that nobody saw on the
 * Pod itself. Today's template does not say which threshold the Pod was made with.
 */
export function needsApproval({ reason, situation }: Judgement, policy: Pick<Policy, "release">): boolean {
  if (policy.release.approval === "required" || reason === "owner-never-seen") return true;
  const { standing, linked, home } = situation;
  if (home.state === "deleted" && home.weakly) return true;
  if (reason === "orphan" && !hadClaim(linked)) return true;
  if (reason === "scaled-down-overdue" || standing.is === "gone") return linked.memory?.pod?.claimExpired === undefined;
  return (standing.is === "bare" || standing.is === "nameless") && !standing.seen;
}

/** A list that nobody reads may name an orphan, unless its cluster was seen to make it for a Pod: its claim was there (domain.md §5.1). */
function hadClaim({ memory }: Linked): boolean {
  return memory?.pod?.claimSeen ?? false;
}
