import type { Judgement } from "../judge/judge.ts";
import { thousands } from "../terms/describe.ts";
import type { Flag, JudgedRow, Ledger } from "../terms/ledger.ts";
import { firstRule, namesUnmanagedLiterally, possibleRules } from "../terms/match.ts";
import { own } from "../terms/own.ts";
import { placeKey } from "../terms/place.ts";
import type { Policy, PolicyRule } from "../terms/policy.ts";
import { after, between, type Duration, type Instant, iso, later, total } from "../terms/time.ts";
import { isSaidByAPerson, type Verdict } from "../terms/verdict.ts";
import type { Withheld } from "../terms/withheld.ts";
import { approvalOf, type HeldApproval } from "./approval.ts";
import { type Plannable, plannableOf } from "./plannable.ts";
import { nextOpening, windowOpen } from "./window.ts";

/** A judged EIP with what policy makes of it. */
export interface Planned extends Decision {
  readonly judgement: Judgement;
}

/** What policy makes of a verdict: what is due now, when the rest will be, and what is withheld and why. */
export interface Decision {
  readonly plannable: Plannable;
  readonly rule: PolicyRule | null;
  readonly action: "none" | "flag" | "release";
  /** What keeps a due act from happening; null where nothing does. */
  readonly withheld: Withheld | null;
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
  /** Its release is due, though a cap may hold it back. */
  readonly due: boolean;
}

export interface PlanContext {
  readonly now: Instant;
  readonly policy: Policy;
  /** From {@link file://./brake.ts}: why nothing may be released, by `account/region`. */
  readonly brakes: ReadonlyMap<string, string>;
  /** EIPs that were read completely: what `maxPercent` is a percentage of. */
  readonly readCompletely: number;
  /** Releases that are due besides what is planned here; left out: none. A back-test plans anew only what may have changed. */
  readonly alsoDue?: number;
  /** A person takes up to this many reviewed releases over the caps (`apply --confirm`); null: caps hold. */
  readonly confirmed: number | null;
  /** `apply`: what the reviewed plan names, by AddressId; nothing else is due. Null: no plan. */
  readonly only: ReadonlyMap<string, "flag" | "release"> | null;
}

const FLAGGABLE: readonly Verdict[] = ["leaked", "unmanaged", "retained"];

/** Plans every judged EIP, by what the ledger remembers of flags, approvals and verdicts. */
export function plan(judgements: readonly Judgement[], memories: Ledger["addresses"], context: PlanContext): readonly Planned[] {
  const memoryOf = (judgement: Judgement) => own(memories, judgement.situation.linked.address.id) ?? null;
  const decisions = decide(
    judgements.map((judgement) => plannableOf(judgement, memoryOf(judgement), context.policy.owner)),
    context,
  );
  return judgements.flatMap((judgement, index) => {
    const decision = decisions[index];
    return decision === undefined ? [] : [{ ...decision, judgement }];
  });
}

/** Decides about every EIP, then applies the caps to all releases together. The one function that says "release". */
export function decide(plannables: readonly Plannable[], context: PlanContext): readonly Decision[] {
  const planned = plannables.map((plannable) => restrict(planOne(plannable, context), context.only));
  const due = planned.filter((item) => item.action === "release").length;
  const above = due === 0 ? null : aboveCap(due + (context.alsoDue ?? 0), context);
  if (above === null) return planned;
  return planned.map((item) =>
    item.action === "release" ? { ...item, action: "none", withheld: { by: "cap", why: above } } : item,
  );
}

function restrict(planned: Decision, only: PlanContext["only"]): Decision {
  if (only === null || planned.action === "none") return planned;
  const named = only.get(planned.plannable.subject.id);
  return named === planned.action
    ? planned
    : { ...planned, action: "none", due: false, withheld: { by: "plan", why: "it is not in the plan" } };
}

/**
 * Why this many releases are too many; null when they are not. Integers only: a percentage is compared by multiplication, so that
 * 10.9 % is above 10 %.
 */
export function aboveCap(due: number, context: Pick<PlanContext, "policy" | "readCompletely" | "confirmed">): string | null {
  const { maxPerRun, maxPercent } = context.policy.release;
  if (due === 0 || (context.confirmed !== null && due <= context.confirmed)) return null;
  if (!Number.isFinite(maxPerRun) || due > maxPerRun) {
    return `cap: ${thousands(due)} releases are due at once, release.maxPerRun is ${maxPerRun}; none is released`;
  }
  const total = context.readCompletely;
  if (!Number.isFinite(maxPercent) || maxPercent <= 0) return `cap: release.maxPercent is ${maxPercent}; none is released`;
  if (total > 20 && due * 100 > maxPercent * total) {
    return `cap: ${thousands(due)} of ${thousands(total)} EIPs are due at once, release.maxPercent is ${maxPercent}; none is released`;
  }
  return null;
}

/**
 * Whether a flag is of a time that is over: its acting clock has begun anew, or the EIP was judged otherwise since and its release counts
 * anew. Something happened since people were told, seen or not, so flag and notice are to be given again.
 */
export function isOutdated(flag: Flag, { plannable, judged }: Pick<Decision, "plannable" | "judged">): boolean {
  const since = plannable.idle?.actingSince ?? null;
  if (since !== null && flag.at < since) return true;
  return judged.releasableSince !== null && flag.at < judged.releasableSince;
}

/**
 * Whether a flag still stands. It falls when the EIP is in use, kept, or no rule would flag it any more; it stays while the verdict
 * is `unknown`, `transient` or `recycling`: not knowing is no reason to tell people that all is well.
 */
export function flagStands(decision: Decision, flag: Flag): boolean {
  const { plannable, flagAt, releaseAt, withheld } = decision;
  if (isOutdated(flag, decision)) return false;
  const { verdict } = plannable.subject;
  if (verdict === "unknown" || verdict === "transient" || verdict === "recycling") return !plannable.bound;
  // People were told of a release that no rule asks for any more.
  if (flag.noticedAt !== null && releaseAt === null) return false;
  return flagAt !== null || withheld !== null;
}

/** Goes on with the row of verdicts that the ledger remembers, or begins one with this reading (domain.md §4.2). */
function judgedRow({ memory, subject: { verdict } }: Plannable, releasable: boolean, now: Instant): JudgedRow {
  const before = memory?.judged;
  const row = before !== undefined && before.verdict === verdict ? before : null;
  return { verdict, since: row?.since ?? now, releasableSince: releasable ? (row?.releasableSince ?? now) : null };
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

/** Whether a rule's delays bear on it: what is in use, kept by a person or in doubt carries no action, whatever they are. */
export function delaysBearOn({ subject: { verdict, reason }, idle }: Pick<Plannable, "subject" | "idle">): boolean {
  return idle !== null && FLAGGABLE.includes(verdict) && !isSaidByAPerson(reason);
}

function planOne(plannable: Plannable, context: PlanContext): Decision {
  const { subject, idle } = plannable;
  const rule = firstRule(context.policy.rules, subject);
  const possible = possibleRules(context.policy.rules, subject);
  const strict = rule === null ? null : strictest(rule, possible);
  const untouchable = idle === null ? null : plannable.neverTouched;
  const releasable = idle !== null && untouchable === null && releaseAfterOf(plannable, strict) !== null;
  const nothing: Decision = {
    plannable,
    rule,
    action: "none",
    withheld: null,
    flagAt: null,
    releaseAt: null,
    judged: judgedRow(plannable, releasable, context.now),
    needsApproval: false,
    approval: approvalOf(plannable, null, null, context.policy),
    awaitsApproval: false,
    due: false,
  };
  if (strict === null || idle === null || !delaysBearOn(plannable)) return nothing;
  if (untouchable !== null) return { ...nothing, withheld: { by: "kind", why: untouchable } };
  const planned = planIdle(nothing, strict, idle, context);
  const protecting = releaseAfterOf(plannable, rule) === null ? undefined : possible.find((one) => one.releaseAfter === null);
  if (protecting === undefined || planned.action !== "none") return planned;
  return {
    ...planned,
    withheld: {
      by: "rule",
      why: `it may be one of rule "${protecting.name}", which releases never: not all of its match is known`,
    },
  };
}

/** When an idle EIP that a rule matches is to be flagged and released, and which of it is due. */
function planIdle(nothing: Decision, rule: PolicyRule, idle: NonNullable<Plannable["idle"]>, context: PlanContext): Decision {
  const { plannable, judged } = nothing;
  const releaseAfter = releaseAfterOf(plannable, rule);
  const flagAfter = shorter(rule.flagAfter, releaseAfter);
  if (flagAfter === null) return nothing;
  const start = idle.actingSince ?? context.now;
  // Threshold and grace are of its idle time; the rule's delay counts from when it was judged so, where that is later (domain.md §4.2).
  const idled = after(start, total(plannable.threshold, context.policy.grace));
  const flagDue = after(later(idled, judged.since), flagAfter);
  const releaseDue = releaseAfter === null ? null : after(later(idled, judged.releasableSince ?? context.now), releaseAfter);
  const given = plannable.memory?.flag ?? null;
  const flag = given === null || isOutdated(given, nothing) ? null : given;
  const ready = releaseDue === null ? null : readyAt(releaseDue, flag, flagDue, context);
  const approval = approvalOf(plannable, flag, ready, context.policy);
  const dated: Decision = {
    ...nothing,
    flagAt: flag?.at ?? flagDue,
    releaseAt: ready === null ? null : nextOpening(context.policy.release.window, ready),
    needsApproval: ready !== null && needsApproval(plannable, context.policy),
    approval,
  };
  // Only what readings have shown counts, not the time since the latest of them.
  const seen = after(start, idle.acting);
  const seenEnough = idle.sightings >= context.policy.minSightings;
  if (flag === null) return seenEnough && seen >= flagDue ? { ...dated, action: "flag" } : dated;
  if (releaseDue === null || ready === null || !seenEnough || seen < releaseDue) return dated;
  const missing = dated.needsApproval ? approvalMissing(plannable, approval, context.now) : null;
  const withheld = releaseWithheld(plannable, flag, ready, missing, context);
  if (withheld === null) return { ...dated, action: "release", due: true };
  return { ...dated, withheld, awaitsApproval: withheld.by === "approval" };
}

/** The rule's own delay before a release; null where this rule, or this verdict, allows none. */
function releaseAfterOf(plannable: Plannable, rule: PolicyRule | null): Duration | null {
  return rule !== null && mayRelease(plannable, rule) ? rule.releaseAfter : null;
}

function shorter(one: Duration | null, other: Duration | null): Duration | null {
  if (one === null) return other;
  return other === null || one < other ? one : other;
}

/** Which verdicts a release may follow (contract.md, Which verdicts can carry an action). A rule never makes more of it. */
function mayRelease({ subject: { verdict } }: Plannable, rule: PolicyRule): boolean {
  if (verdict === "leaked") return true;
  return verdict === "unmanaged" && namesUnmanagedLiterally(rule.match);
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
  plannable: Plannable,
  flag: Flag,
  ready: Instant,
  missing: string | null,
  context: PlanContext,
): Withheld | null {
  const { policy, now } = context;
  const { obstacle, subject } = plannable;
  if (obstacle !== null) return { by: "doubt", why: obstacle };
  const brake = context.brakes.get(placeKey(subject));
  if (brake !== undefined) return { by: "brake", why: `sanity brake: ${brake}` };
  if (flag.noticedAt === null) return { by: "notice", why: "no notice was delivered yet" };
  if (now < ready) return { by: "notice", why: `its notice runs until ${iso(ready)}` };
  if (missing !== null) return { by: "approval", why: missing };
  if (!windowOpen(policy.release.window, now)) {
    const opening = nextOpening(policy.release.window, now);
    return { by: "window", why: `outside the release window${opening === null ? "" : `, which opens at ${iso(opening)}`}` };
  }
  return null;
}

/** Why no approval holds; null where one does. */
function approvalMissing({ subject, memory }: Plannable, approval: HeldApproval | null, now: Instant): string | null {
  const command = `eip-guard approve ${subject.id}`;
  if ((memory?.approval ?? null) === null) return `it needs a person's approval (${command})`;
  if (approval === null) return `its approval is void, because its idle time or its verdict began anew since (${command})`;
  return now < approval.until ? null : `its approval ran out at ${iso(approval.until)} (${command})`;
}

/** Whether a release needs a person: by policy, or by what is known of the EIP. */
function needsApproval({ needsPerson }: Plannable, { release }: Pick<Policy, "release">): boolean {
  return needsPerson || release.approval === "required";
}
