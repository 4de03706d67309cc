import { aboveCap, type Decision, decide, delaysBearOn, flagStands } from "../plan/plan.ts";
import type { Plannable } from "../plan/plannable.ts";
import { nextOpening, windowOpen } from "../plan/window.ts";
import type { Flag, JudgedRow } from "../terms/ledger.ts";
import type { Policy } from "../terms/policy.ts";
import type { Instant } from "../terms/time.ts";
import type { Fate } from "./fate.ts";
import type { Look } from "./looks.ts";
import { type Past, type PastEip, RUN_BOUND } from "./past.ts";
import { createWakes, type Wakes } from "./wakes.ts";

/** One policy as it is played: what is due at a reading is looked at, planned together, and done. */
export interface Player {
  readonly play: (reading: PlayedReading) => void;
  /** After the last reading, which is given again: what waits for a cap is told by it. */
  readonly end: (reading: PlayedReading) => void;
  /** It left the record. */
  readonly gone: (fate: Fate) => void;
}

/** A reading, with what is the same for every policy. */
export interface PlayedReading {
  readonly now: Instant;
  /** What changed. */
  readonly changed: readonly Look[];
  readonly lookAt: (eip: PastEip) => Look | null;
  readonly brakes: Past["brakes"];
  /** EIPs of the completely read regions. */
  readonly listed: number;
  /** False before `--since`: verdicts are followed, and nothing is done. */
  readonly acts: boolean;
}

interface State {
  readonly policy: Policy;
  /** Its place in each `Look.fates`. */
  readonly number: number;
  readonly wakes: Wakes<Fate>;
  /** Due, and held back by a cap alone: looked at again with whatever else is. */
  readonly capped: Set<Fate>;
  /** Released here and still there in the record. */
  releasedThere: number;
  readonly onFlag: (look: Look, at: Instant) => void;
}

/** @param onFlag told of each flag, so that a sweep need not keep what only the policy itself tells */
export function createPlayer(policy: Policy, number: number, onFlag: State["onFlag"]): Player {
  const state: State = { policy, number, wakes: createWakes(), capped: new Set(), releasedThere: 0, onFlag };
  return {
    play: (reading) => playReading(state, reading),
    end: (reading) => tellCapped(state, reading),
    gone(fate) {
      state.capped.delete(fate);
      if (fate.released !== null) state.releasedThere -= 1;
      Object.assign(fate, { flag: null, judged: undefined, wakeAt: Number.POSITIVE_INFINITY });
    },
  };
}

interface Open {
  readonly look: Look;
  readonly fate: Fate;
  readonly plannable: Plannable;
}

function playReading(state: State, reading: PlayedReading): void {
  const { now, changed } = reading;
  const due = state.wakes.due(now).filter(({ wakeAt }) => wakeAt <= now);
  const open: Open[] = [];
  for (const look of changed) take(state, look, reading, open);
  takeAll(state, due, reading, open);
  const alsoDue = waitingForCap(state, reading, open);
  if (open.length === 0) return;
  const decisions = decide(
    open.map(({ plannable }) => plannable),
    { ...contextOf(state, reading), alsoDue },
  );
  for (const [index, { look, fate }] of open.entries()) {
    const decision = decisions[index];
    if (decision !== undefined) settle(state, look, fate, decision, reading);
  }
}

function takeAll(state: State, fates: Iterable<Fate>, reading: PlayedReading, open: Open[]): void {
  for (const { eip } of fates) {
    const look = reading.lookAt(eip);
    if (look !== null) take(state, look, reading, open);
  }
}

function tellCapped(state: State, reading: PlayedReading): void {
  const open = [...state.capped].flatMap((fate): readonly Open[] => {
    const look = reading.lookAt(fate.eip);
    return look === null ? [] : [{ look, fate, plannable: { ...look.plannable, memory: memoryOf(look, fate) } }];
  });
  const decisions = decide(
    open.map(({ plannable }) => plannable),
    contextOf(state, reading),
  );
  for (const [index, { fate }] of open.entries()) fate.withheld = decisions[index]?.withheld?.why ?? fate.withheld;
}

/**
 * How many releases are due besides `open` and wait for a cap. Where they are too many by themselves, none of all is released, and their number
 * is enough: nothing of them changed. Else they are looked at with the others.
 */
function waitingForCap(state: State, reading: PlayedReading, open: Open[]): number {
  const { capped, policy } = state;
  if (capped.size === 0 || !windowOpen(policy.release.window, reading.now)) return 0;
  if (aboveCap(capped.size, contextOf(state, reading)) !== null) return capped.size;
  takeAll(state, [...capped], reading, open);
  return 0;
}

/** Looks at one EIP, once at a reading: what no delay bears on is settled, and the rest is decided together, for the caps. */
function take(state: State, look: Look, reading: PlayedReading, open: Open[]): void {
  const fate = look.fates[state.number];
  if (fate === undefined || fate.released !== null || fate.lookedAt === reading.now) return;
  fate.lookedAt = reading.now;
  // What still waits comes back when it is decided.
  state.capped.delete(fate);
  const shared = sharedDecision(look, fate, state, reading);
  if (shared !== null) settle(state, look, fate, shared, reading);
  else open.push({ look, fate, plannable: { ...look.plannable, memory: memoryOf(look, fate) } });
}

function contextOf({ policy, releasedThere }: State, { now, brakes, listed }: PlayedReading) {
  return { now, policy, brakes, readCompletely: listed - releasedThere, confirmed: null, only: null };
}

function memoryOf({ eip }: Look, { flag, judged }: Fate): Plannable["memory"] {
  return { flag, approval: eip.approval, ...(judged === undefined ? {} : { judged }) };
}

/**
 * Where no delay bears on an EIP, every policy of a sweep decides the same by the same row of verdicts: it is decided once. Null where a delay
 * bears on it.
 */
function sharedDecision(look: Look, fate: Fate, state: State, reading: PlayedReading): Decision | null {
  if (delaysBearOn(look.plannable)) return null;
  const known = look.decisions.get(fate.judged);
  if (known !== undefined) return known;
  const [decision = null] = decide([{ ...look.plannable, memory: memoryOf(look, fate) }], contextOf(state, reading));
  if (decision !== null) look.decisions.set(fate.judged, decision);
  return decision;
}

function settle(state: State, look: Look, fate: Fate, decision: Decision, { now, acts }: PlayedReading): void {
  fate.withheld = decision.withheld?.why ?? null;
  if (look.facts.complete && !isSameRow(fate.judged, decision.judged)) fate.judged = sharedRow(look, decision.judged);
  if (acts) act(state, look, fate, decision, now);
  schedule(state, look, fate, decision, now);
}

/** Most delays leave the same row of verdicts: it is kept once. */
function sharedRow(look: Look, row: JudgedRow): JudgedRow {
  if (!isSameRow(look.row, row)) look.row = row;
  return look.row ?? row;
}

function isSameRow(one: JudgedRow | undefined, { verdict, since, releasableSince }: JudgedRow): boolean {
  return one !== undefined && one.verdict === verdict && one.since === since && one.releasableSince === releasableSince;
}

/** What a run does in mode enforce: flags fall, flags are given, notices are delivered, and what is due is released. */
function act(state: State, look: Look, fate: Fate, decision: Decision, now: Instant): void {
  const { eip, facts } = look;
  if (fate.flag !== null && !flagStands(decision, fate.flag)) fate.flag = null;
  if (decision.action === "flag") {
    const { name = "" } = decision.rule ?? {};
    const { reason } = look.plannable.subject;
    fate.flag = { at: now, rule: name, reason, tagged: false, noticedAt: null, noticedReleaseAt: null };
    fate.everFlagged = true;
    state.onFlag(look, now);
  }
  if (decision.releaseAt !== null && fate.flag !== null && fate.flag.noticedAt === null && flagStands(decision, fate.flag))
    fate.flag = { ...fate.flag, noticedAt: noticedAt(eip, fate.flag, now), noticedReleaseAt: decision.releaseAt };
  if (decision.action !== "release" || wasHeld(eip, now)) return;
  const { perHour, currency } = facts;
  fate.released = { at: now, pod: look.pod, usedAgainAt: null, perHour, currency };
  fate.flag = null;
  state.releasedThere += 1;
}

/** The instant at which the guard's own notice of that run was delivered, where it flagged at the same reading; else at once. */
function noticedAt({ acts }: PastEip, flag: Flag, now: Instant): Instant {
  const same = acts.some(({ what, at }) => what === "flagged" && at === flag.at);
  const own = same ? acts.find(({ what, at }) => what === "noticed" && at === now) : undefined;
  return own?.deliveredAt ?? now;
}

/** The guard itself tried at this reading, and something stood against it that no policy knows: what was read right before, STOP, the cloud. */
function wasHeld({ acts }: PastEip, now: Instant): boolean {
  return acts.some(({ what, at }) => what === "held" && at >= now && at - now < RUN_BOUND);
}

/** When this EIP must be looked at again, if nothing of it changes before. */
function schedule(state: State, { until }: Look, fate: Fate, decision: Decision, now: Instant): void {
  if (decision.withheld?.by === "cap") state.capped.add(fate);
  const next = fate.released === null ? nextLook(state.policy, fate, decision, now) : Number.POSITIVE_INFINITY;
  const wake = Math.min(until ?? Number.POSITIVE_INFINITY, next);
  if (wake === fate.wakeAt && wake > now) return;
  fate.wakeAt = wake;
  if (Number.isFinite(wake)) state.wakes.add(wake, fate);
}

function nextLook(
  { release }: Policy,
  { flag }: Fate,
  { action, flagAt, releaseAt, withheld, awaitsApproval, needsApproval, approval }: Decision,
  now: Instant,
): number {
  const soon = now + 1;
  if (action === "release") return soon;
  // A flag that was given now: its release is due not before the date that its notice names.
  if (action === "flag") return Math.max(soon, releaseAt ?? soon);
  const due = flag === null ? flagAt : releaseAt;
  if (due === null) return Number.POSITIVE_INFINITY;
  if (due > now) return due;
  if (awaitsApproval) return Number.POSITIVE_INFINITY;
  if (withheld === null) return soon;
  // What waits for a cap is due no more when its approval ends.
  if (withheld.by === "cap") return needsApproval && approval !== null ? approval.until : Number.POSITIVE_INFINITY;
  const opening = nextOpening(release.window, now);
  return opening === null || opening === now ? Number.POSITIVE_INFINITY : opening;
}
