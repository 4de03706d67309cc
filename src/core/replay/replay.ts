import { costSoFar } from "../cost/cost.ts";
import { judgeAgain } from "../judge/again.ts";
import { actingOf } from "../judge/idle.ts";
import { type Decision, decide, flagStands } from "../plan/plan.ts";
import type { Plannable } from "../plan/plannable.ts";
import { nextOpening } from "../plan/window.ts";
import type { Flag, JudgedRow } from "../terms/ledger.ts";
import type { Policy } from "../terms/policy.ts";
import { between, earlier, type Instant, instant, iso, milliseconds } from "../terms/time.ts";
import type { ReadEvent } from "../terms/trail.ts";
import { REASONS } from "../terms/verdict.ts";
import { createPast, type Known, type Past, type PastEip, RUN_BOUND } from "./past.ts";
import type { ReadingAt } from "./readings.ts";
import { createWakes, type Wakes } from "./wakes.ts";

/** Plays the recorded past under policies: with the plan, caps, window and delays of a run, at the recorded instants (docs/backtest.md). */

/** One address of the played past. */
export interface PlayedEip {
  readonly id: string;
  readonly ip: string;
  /** `namespace/name@cluster`; null where no Pod is known. */
  readonly pod: string | null;
  readonly at: Instant;
}

export interface PlayedRelease extends PlayedEip {
  /** When the record shows it in use again; null where it never does. */
  readonly usedAgainAt: Instant | null;
  readonly saved: { readonly currency: string; readonly amount: number } | null;
}

/** What one policy would have done. */
export interface Played {
  /** The first and the latest recorded reading; null where there is none. */
  readonly since: Instant | null;
  readonly until: Instant | null;
  readonly flagged: readonly PlayedEip[];
  readonly released: readonly PlayedRelease[];
  readonly kept: readonly { readonly id: string; readonly why: string }[];
  readonly undecided: readonly { readonly id: string; readonly why: string }[];
}

export interface Replay {
  /** Records in the order of the trail. */
  readonly take: (record: ReadEvent) => void;
  /** @param pending readings that only the ledger has */
  readonly end: (pending: readonly ReadingAt[]) => readonly Played[];
}

/** One EIP under one policy. */
interface Fate {
  flag: Flag | null;
  judged: JudgedRow | undefined;
  released: { readonly at: Instant; readonly pod: string | null; usedAgainAt: Instant | null; readonly price: Price } | null;
  decision: Decision | null;
  capped: boolean;
  wakeAt: number;
  everFlagged: boolean;
}

type Price = Pick<Known, "perHour" | "currency">;

interface Player {
  readonly policy: Policy;
  readonly fates: Map<PastEip, Fate>;
  readonly wakes: Wakes<PastEip>;
  readonly capped: Set<PastEip>;
  readonly flagged: PlayedEip[];
  /** Released here and still there in the record. */
  releasedThere: number;
}

/**
 * @param policies all with the same maxGap: the acting clocks of the past are one for all
 * @param since nothing is flagged before; clocks count from the beginning of the record
 */
export function createReplay(policies: readonly Policy[], since: Instant | null): Replay {
  const [{ maxGap } = { maxGap: milliseconds(0) }] = policies;
  const players = policies.map(createPlayer);
  const past: Past = createPast(maxGap, () => watcher);
  const old = new Set<string>();
  let begun = since === null;
  const watcher = {
    reading(now: Instant, changed: ReadonlySet<PastEip>) {
      const starts = !begun && since !== null && now >= since;
      begun ||= starts;
      const everybody = starts ? new Set(past.eips.values()) : changed;
      for (const player of players) playReading(player, past, now, everybody, begun);
    },
    usedAgain(eip: PastEip, at: Instant) {
      for (const { fates } of players) {
        const released = fates.get(eip)?.released ?? null;
        if (released !== null) released.usedAgainAt ??= at;
      }
    },
    gone(eip: PastEip) {
      let told = eip.facts === null;
      for (const player of players) {
        const fate = player.fates.get(eip);
        if (fate === undefined) continue;
        // One fewer is due: the others may not be too many any more.
        if (player.capped.delete(eip)) for (const other of player.capped) wake(player, other, fateOf(player, other), 0);
        if (fate.released !== null) player.releasedThere -= 1;
        told ||= fate.everFlagged || fate.released !== null;
        Object.assign(fate, { flag: null, judged: undefined, capped: false, wakeAt: Number.POSITIVE_INFINITY });
      }
      // The memory of a back-test does not grow with what came and went.
      if (!told && eip.releasedAt === null) {
        past.forget(eip);
        for (const { fates } of players) fates.delete(eip);
      }
    },
  };
  return {
    take: (record) => past.take(record),
    end(pending) {
      past.end(pending);
      for (const eip of past.eips.values()) if (eip.facts === null) old.add(eip.id);
      return players.map((player) => resultOf(player, past, old, since));
    },
  };
}

function createPlayer(policy: Policy): Player {
  return { policy, fates: new Map(), wakes: createWakes(), capped: new Set(), flagged: [], releasedThere: 0 };
}

function fateOf({ fates }: Player, eip: PastEip): Fate {
  const present = fates.get(eip);
  if (present !== undefined) return present;
  const fate: Fate = {
    flag: null,
    judged: undefined,
    released: null,
    decision: null,
    capped: false,
    wakeAt: Number.POSITIVE_INFINITY,
    everFlagged: false,
  };
  fates.set(eip, fate);
  return fate;
}

/** One reading under one policy: what is due is looked at, planned together, and done. */
function playReading(player: Player, past: Past, now: Instant, changed: ReadonlySet<PastEip>, acts: boolean): void {
  const items = new Set(changed);
  for (const eip of player.wakes.due(now)) {
    // What came and went without a word has no fate any more.
    const fate = player.fates.get(eip);
    if (fate !== undefined && fate.wakeAt <= now) items.add(eip);
  }
  if (items.size === 0) return;
  for (const eip of player.capped) items.add(eip);
  const looked: { readonly eip: PastEip; readonly fate: Fate; readonly facts: Known; readonly until: Instant | null }[] = [];
  const plannables: Plannable[] = [];
  for (const eip of items) {
    const { facts } = eip;
    if (facts === null || !eip.present || !past.isRead(eip)) continue;
    const fate = fateOf(player, eip);
    if (fate.released !== null) continue;
    past.look(eip);
    const { reason, until } = judgeAgain(facts.answered, player.policy, now);
    looked.push({ eip, fate, facts, until });
    plannables.push(plannableOf(eip, facts, reason, fate));
  }
  const decisions = decide(plannables, {
    now,
    policy: player.policy,
    brakes: past.brakes,
    readCompletely: past.listed() - player.releasedThere,
    confirmed: null,
    only: null,
  });
  for (const [index, { eip, fate, facts, until }] of looked.entries()) {
    const decision = decisions[index];
    if (decision === undefined) continue;
    fate.decision = decision;
    if (facts.complete) fate.judged = decision.judged;
    if (acts) act(player, eip, fate, facts, decision, now);
    schedule(player, eip, fate, decision, now, until);
  }
}

function plannableOf(eip: PastEip, facts: Known, reason: keyof typeof REASONS, { flag, judged }: Fate): Plannable {
  const { account, region, cluster, namespace, workload, guessed, pod, owner, answered, boundAt, unboundAt } = facts;
  const evidence = {
    ...(boundAt === undefined ? {} : { boundAt: instant(boundAt) }),
    ...(unboundAt === undefined ? {} : { unboundAt: instant(unboundAt) }),
  };
  return {
    subject: {
      verdict: REASONS[reason].verdict,
      reason,
      account,
      region,
      cluster,
      namespace,
      workload,
      ...(guessed ? { workloadGuessed: true } : {}),
      pod,
      owner,
      id: eip.id,
      ip: facts.ip,
      tags: answered.tags,
    },
    bound: facts.status === "BIND",
    idle: facts.idle ? actingOf(eip.row, evidence) : null,
    threshold: milliseconds(facts.threshold),
    neverTouched: facts.neverTouched,
    obstacle: facts.obstacle,
    needsPerson: facts.needsPerson,
    memory: { flag, approval: eip.approval, ...(judged === undefined ? {} : { judged }) },
  };
}

/** What a run does in mode enforce: flags fall, flags are given, notices are delivered, and what is due is released. */
function act(player: Player, eip: PastEip, fate: Fate, facts: Known, decision: Decision, now: Instant): void {
  if (fate.flag !== null && !flagStands(decision, fate.flag)) fate.flag = null;
  const seen: PlayedEip = { id: eip.id, ip: eip.ip, pod: podOf(facts), at: now };
  if (decision.action === "flag") {
    const { name = "" } = decision.rule ?? {};
    const { reason } = decision.plannable.subject;
    fate.flag = { at: now, rule: name, reason, tagged: false, noticedAt: null, noticedReleaseAt: null };
    fate.everFlagged = true;
    player.flagged.push(seen);
  }
  if (decision.releaseAt !== null && fate.flag !== null && fate.flag.noticedAt === null && flagStands(decision, fate.flag))
    fate.flag = { ...fate.flag, noticedAt: noticedAt(eip, fate.flag, now), noticedReleaseAt: decision.releaseAt };
  if (decision.action !== "release" || wasHeld(eip, now)) return;
  fate.released = { at: now, pod: seen.pod, usedAgainAt: null, price: facts };
  fate.flag = null;
  player.capped.delete(eip);
  player.releasedThere += 1;
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
function schedule(player: Player, eip: PastEip, fate: Fate, decision: Decision, now: Instant, until: Instant | null): void {
  const capped = decision.withheld !== null && decision.due;
  if (capped) player.capped.add(eip);
  else player.capped.delete(eip);
  const next = fate.released === null ? nextLook(player.policy, fate, decision, now) : Number.POSITIVE_INFINITY;
  wake(player, eip, fate, Math.min(until ?? Number.POSITIVE_INFINITY, next));
}

function wake({ wakes }: Player, eip: PastEip, fate: Fate, at: number): void {
  fate.wakeAt = at;
  if (Number.isFinite(at)) wakes.add(at, eip);
}

function nextLook(
  { release }: Policy,
  { flag }: Fate,
  { action, flagAt, releaseAt, withheld, awaitsApproval }: Decision,
  now: Instant,
): number {
  const soon = now + 1;
  if (action === "flag" || action === "release") return soon;
  const due = flag === null ? flagAt : releaseAt;
  if (due === null) return Number.POSITIVE_INFINITY;
  if (due > now) return due;
  if (awaitsApproval) return Number.POSITIVE_INFINITY;
  if (withheld === null) return soon;
  const opening = nextOpening(release.window, now);
  return opening === null || opening === now ? Number.POSITIVE_INFINITY : opening;
}

function podOf({ cluster, namespace, pod }: Known): string | null {
  return pod === null ? null : `${namespace ?? ""}/${pod}@${cluster ?? ""}`;
}

function resultOf({ fates, flagged }: Player, past: Past, old: ReadonlySet<string>, since: Instant | null): Played {
  const until = past.last()?.[0] ?? null;
  const first = past.first()?.[0] ?? null;
  const released: PlayedRelease[] = [];
  const kept: { id: string; why: string }[] = [];
  const undecided = [...old].map((id) => ({
    id,
    why: "the record of its time does not say what a policy matches: an older version wrote it",
  }));
  for (const [eip, fate] of fates) {
    if (fate.released !== null) released.push(releaseOf(eip, fate.released, until));
    else if (eip.releasedAt !== null && !eip.present)
      undecided.push({
        id: eip.id,
        why: `the guard released it at ${iso(eip.releasedAt)}; what would have become of it later is not recorded`,
      });
    else if (eip.wasIdle) kept.push({ id: eip.id, why: whyKept(eip, fate) });
  }
  released.sort((one, other) => one.at - other.at);
  return {
    since: first === null || since === null ? first : instant(Math.max(first, since)),
    until,
    flagged,
    released,
    kept,
    undecided,
  };
}

function releaseOf(
  eip: PastEip,
  { at, pod, usedAgainAt, price }: NonNullable<Fate["released"]>,
  until: Instant | null,
): PlayedRelease {
  const ends = [until ?? at, usedAgainAt, eip.releasedAt === null ? eip.goneAt : null].filter((end) => end !== null);
  const end = ends.reduce(earlier);
  const { perHour, currency } = price;
  const amount = perHour === null || end <= at ? 0 : costSoFar(perHour, between(at, end), null).atLeast;
  return {
    id: eip.id,
    ip: eip.ip,
    pod,
    at,
    usedAgainAt,
    saved: perHour === null || currency === null ? null : { currency, amount },
  };
}

function whyKept({ present, goneAt, detail }: PastEip, { decision }: Fate): string {
  if (!present && goneAt !== null) return `it was gone by itself at ${iso(goneAt)}`;
  if (decision === null) return detail;
  if (decision.withheld !== null) return decision.withheld.why;
  const { verdict, reason } = decision.plannable.subject;
  return `${verdict}: ${REASONS[reason].sentence}`;
}
