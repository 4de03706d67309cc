import { costSoFar } from "../cost/cost.ts";
import { judgeAgain } from "../judge/again.ts";
import type { Policy } from "../terms/policy.ts";
import { between, type Duration, earlier, type Instant, instant, iso } from "../terms/time.ts";
import type { ReadEvent } from "../terms/trail.ts";
import { REASONS } from "../terms/verdict.ts";
import { createFate, type Fate } from "./fate.ts";
import type { Known } from "./known.ts";
import { looksAt } from "./looks.ts";
import { createPast, type Past, type PastEip } from "./past.ts";
import { createPlayer, type PlayedReading } from "./player.ts";
import type { ReadingAt } from "./readings.ts";

/** Plays the recorded past under a policy: with the plan, caps, window and delays of a run, at the recorded instants (docs/backtest.md). */

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

/** What a policy would have done. */
export interface Played {
  /** The first and the latest recorded reading; null where there is none. */
  readonly since: Instant | null;
  readonly until: Instant | null;
  readonly flagged: readonly PlayedEip[];
  readonly released: readonly PlayedRelease[];
  readonly kept: readonly { readonly id: string; readonly why: string }[];
  readonly undecided: readonly { readonly id: string; readonly why: string }[];
}

/** What the same policy would have done with each of the other delays, in their order. */
export interface Swept {
  readonly releaseAfter: Duration;
  readonly released: readonly PlayedRelease[];
}

export interface Replay {
  /** Records in the order of the trail. */
  readonly take: (record: ReadEvent) => void;
  /** @param pending readings that only the ledger has */
  readonly end: (pending: readonly ReadingAt[]) => { readonly played: Played; readonly swept: readonly Swept[] };
}

/**
 * @param delays tried besides, in the place of each `releaseAfter` of the policy; all in one pass
 * @param since nothing is flagged before; clocks count from the beginning of the record
 */
export function createReplay(policy: Policy, delays: readonly Duration[], since: Instant | null): Replay {
  const flagged: PlayedEip[] = [];
  const main = createPlayer(policy, 0, ({ eip, pod }, at) => flagged.push({ id: eip.id, ip: eip.ip, pod, at }));
  const others = delays.map((delay, index) => createPlayer(withReleaseAfter(policy, delay), index + 1, () => undefined));
  const players = [main, ...others];
  const past: Past = createPast(policy.maxGap, () => watcher);
  const fates = new Map<PastEip, readonly Fate[]>();
  const fatesOf = (eip: PastEip): readonly Fate[] => {
    const present = fates.get(eip) ?? players.map(() => createFate(eip));
    fates.set(eip, present);
    return present;
  };
  let begun = since === null;
  let latest: PlayedReading | null = null;
  const watcher = {
    reading(now: Instant, changed: ReadonlySet<PastEip>) {
      const starts = !begun && since !== null && now >= since;
      begun ||= starts;
      const lookAt = looksAt(past, { policy, fatesOf }, now);
      const everybody = [...(starts ? past.eips.values() : changed)].map(lookAt).filter((look) => look !== null);
      const reading = { now, changed: everybody, lookAt, brakes: past.brakes, listed: past.listed(), acts: begun };
      latest = reading;
      for (const player of players) player.play(reading);
    },
    usedAgain(eip: PastEip, at: Instant) {
      for (const { released } of fates.get(eip) ?? []) if (released !== null) released.usedAgainAt ??= at;
    },
    gone(eip: PastEip) {
      const these = fates.get(eip) ?? [];
      for (const [index, fate] of these.entries()) players[index]?.gone(fate);
      const told = these.some(({ everFlagged, released }) => everFlagged || released !== null);
      // The memory of a back-test does not grow with what came and went.
      if (told || eip.releasedAt !== null || eip.facts === null) return;
      past.forget(eip);
      fates.delete(eip);
    },
  };
  return {
    take: (record) => past.take(record),
    end(pending) {
      past.end(pending);
      if (latest !== null) main.end(latest);
      const until = past.last()?.[0] ?? null;
      const rest = restOf(past, (eip) => fates.get(eip)?.[0], policy);
      return {
        played: { ...periodOf(past, since), flagged, released: releasesOf(fates, 0, until), ...rest },
        swept: delays.map((releaseAfter, index) => ({ releaseAfter, released: releasesOf(fates, index + 1, until) })),
      };
    },
  };
}

/** The policy with another delay before a release; a rule that releases never still does not. */
function withReleaseAfter(policy: Policy, releaseAfter: Duration): Policy {
  return {
    ...policy,
    rules: policy.rules.map((rule) => (rule.releaseAfter === null ? rule : { ...rule, releaseAfter })),
  };
}

function periodOf(past: Past, since: Instant | null): Pick<Played, "since" | "until"> {
  const first = past.first()?.[0] ?? null;
  return {
    since: first === null ? null : instant(Math.max(first, since ?? first)),
    until: past.last()?.[0] ?? null,
  };
}

/** What becomes of those that are not released. */
function restOf(past: Past, fateOf: (eip: PastEip) => Fate | undefined, policy: Policy): Pick<Played, "kept" | "undecided"> {
  const kept: { id: string; why: string }[] = [];
  const undecided: { id: string; why: string }[] = [];
  const until = past.last()?.[0] ?? instant(0);
  for (const eip of past.eips.values()) {
    const { id, facts } = eip;
    const fate = fateOf(eip);
    if (facts === null)
      undecided.push({
        id,
        why: "the record of its time does not say what a policy matches: an older version wrote it",
      });
    else if (fate === undefined || fate.released !== null) continue;
    else if (eip.releasedAt !== null && !eip.present)
      undecided.push({
        id,
        why: `the guard released it at ${iso(eip.releasedAt)}; what would have become of it later is not recorded`,
      });
    else if (eip.wasIdle) kept.push({ id, why: whyKept(eip, facts, fate, policy, until) });
  }
  return { kept, undecided };
}

function releasesOf(
  fates: ReadonlyMap<PastEip, readonly Fate[]>,
  number: number,
  until: Instant | null,
): readonly PlayedRelease[] {
  const released = [...fates].flatMap(([eip, each]): readonly PlayedRelease[] => {
    const end = each[number]?.released ?? null;
    return end === null ? [] : [releaseOf(eip, end, until)];
  });
  return released.sort((one, other) => one.at - other.at);
}

function releaseOf(eip: PastEip, released: NonNullable<Fate["released"]>, until: Instant | null): PlayedRelease {
  const { at, pod, usedAgainAt, perHour, currency } = released;
  const ends = [until ?? at, usedAgainAt, eip.releasedAt === null ? eip.goneAt : null].filter((end) => end !== null);
  const end = ends.reduce(earlier);
  const saved =
    perHour === null || currency === null ? null : { currency, amount: costSoFar(perHour, between(at, end), null).atLeast };
  return { id: eip.id, ip: eip.ip, pod, at, usedAgainAt, saved };
}

function whyKept({ goneAt }: PastEip, facts: Known, { withheld }: Fate, policy: Policy, until: Instant): string {
  if (goneAt !== null) return `it was gone by itself at ${iso(goneAt)}`;
  if (withheld !== null) return withheld;
  const { reason } = judgeAgain(facts.answers, policy, until);
  return `${REASONS[reason].verdict}: ${REASONS[reason].sentence}`;
}
