import type { Config } from "../config/sections.ts";
import { assess, type Bounds } from "../core/assess.ts";
import type { LinkedWorld } from "../core/link/link.ts";
import type { Planned } from "../core/plan/plan.ts";
import { presentEip } from "../core/present.ts";
import type { Address, Facts } from "../core/terms/facts.ts";
import { type Ledger, writtenByPerson } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import { samePlace } from "../core/terms/place.ts";
import type { Act } from "../core/terms/result.ts";
import { between, type Duration, type Instant, iso, MINUTE, milliseconds, SECOND } from "../core/terms/time.ts";
import type { Event, FactsOf, TrailKind } from "../core/terms/trail.ts";
import type { EnforcePorts, Lease, Permitted } from "../ports.ts";
import { announceOnce, toldEip } from "./alert.ts";
import { hearWords, RESERVED, type RunState, record, withMemory } from "./state.ts";
import { LEASE_LOST, RACE_LOST, STOPPED, TIME_OVER, withhold } from "./withhold.ts";

export interface ReleaseOptions {
  readonly lease: Lease;
  readonly runId: string;
  /** Of the whole run: a region that is read afresh is measured by the same. */
  readonly bounds: Bounds;
  readonly timeLeft: () => Duration;
}

export interface Releasing {
  readonly ports: EnforcePorts;
  readonly config: Config;
  readonly options: ReleaseOptions;
}

export interface JudgedAgain {
  readonly planned: Planned;
  readonly world: LinkedWorld;
}

/** How long ipamd may take to destroy an EIP whose claim was deleted. */
export const CLAIM_BOUND: Duration = milliseconds(2 * MINUTE);

/** A reading older than this does not count (domain.md §5.3, 3). */
const FRESH: Duration = milliseconds(30 * SECOND);

export function isFresh(facts: Facts, address: Address, now: Instant): boolean {
  const sameRegion = facts.regions.some((region) => samePlace(region, address));
  const age = between(facts.startedAt, now);
  // A clock that went back says nothing of how old it is.
  return sameRegion && age >= 0 && age <= FRESH;
}

export function judgeAgain({ config, options }: Releasing, facts: Facts, ledger: Ledger, id: string): JudgedAgain | null {
  const { planned, world } = assess(facts, ledger, config.policy, options.bounds);
  const found = planned.find((item) => item.judgement.situation.linked.address.id === id);
  return found === undefined ? null : { planned: found, world };
}

export async function stopSignal({ ports, options }: Releasing): Promise<string | null> {
  if (options.timeLeft() < RESERVED + CLAIM_BOUND) return TIME_OVER;
  if (await ports.store.stopRequested()) return STOPPED;
  if (!(await options.lease.renew())) return LEASE_LOST;
  return null;
}

/** The state with what people said since; null when another run wrote, or the ledger went back. */
export async function hear({ ports }: Releasing, state: RunState): Promise<RunState | null> {
  const newest = await ports.store.newestHead();
  const ours = newest.generation === state.base || (newest.generation > state.base && writtenByPerson(newest));
  return ours ? hearWords(ports, state) : null;
}

export function event<K extends TrailKind>({ ports, options }: Releasing, kind: K, id: string, facts: FactsOf[K]): Event<K> {
  return { kind, at: ports.clock.now(), run: options.runId, eip: id, facts };
}

export function withAct({ ports }: Releasing, state: RunState, act: Omit<Act, "at">): RunState {
  return { ...state, acts: [...state.acts, { ...act, at: iso(ports.clock.now()) }] };
}

/** @param intended whether its intent is written already */
export function withholdOne({ ports, options }: Releasing, state: RunState, address: Address, why: string, intended = false) {
  return withhold(ports, options.runId, state, [address], { why, intended });
}

export async function noLongerDue(
  releasing: Releasing,
  state: RunState,
  address: Address,
  again: JudgedAgain | null,
  intended = false,
): Promise<RunState> {
  if (again === null)
    return withholdOne(releasing, state, address, "it is gone, or its region could not be read again", intended);
  const { verdict, detail } = again.planned.judgement;
  const why = again.planned.withheld?.why ?? `judged again: ${verdict}, ${detail}`;
  const next = await withholdOne(releasing, state, address, why, intended);
  return verdict === "in-use" || verdict === "retained" ? unmark(releasing, next, again) : next;
}

/** Used or kept again at the last moment: the flag falls at once, and people who were warned are told. */
export async function unmark(releasing: Releasing, state: RunState, { planned, world }: JudgedAgain): Promise<RunState> {
  const { ports, config } = releasing;
  const { id, account, region } = planned.judgement.situation.linked.address;
  const flag = own(state.ledger.addresses, id)?.flag ?? null;
  if (flag === null) return state;
  const { mark } = config.policy.release;
  const error = flag.tagged && mark !== null ? await ports.marker.untag(account, region, id, mark.tag) : null;
  if (error !== null) return withAct(releasing, state, { id, act: "failed", why: `the mark could not be taken away: ${error}` });
  const why = planned.judgement.detail;
  const recorded = await record(ports, state, [event(releasing, "unflagged", id, { why, flaggedAt: iso(flag.at) })]);
  const next = withAct(releasing, withMemory(recorded, id, { flag: null }), { id, act: "unflagged", why });
  if (flag.noticedAt === null) return next;
  const eips = [toldEip(config, presentEip(planned, world, config.policy), why)];
  return announceOnce(ports, next, { kind: "all-clear", at: ports.clock.now(), eips });
}

/** The last question before the one call of a release, and what came of it where the answer was no. */
interface Gate {
  readonly permitted: Permitted;
  readonly held: () => Released | null;
}

export interface Released {
  readonly state: RunState;
  /** The facts of its receipt; null where it was not released. */
  readonly receipt: FactsOf["receipt"] | null;
  /** Nothing more may be released in this run. */
  readonly stop: boolean;
}

/**
 * Writing the intent, and waiting for a session or for the rate limit, take their time: what was said meanwhile counts, and so does the age of the
 * reading when the call is sent (domain.md §5.3, 3 and 4).
 */
export function gateOf(releasing: Releasing, state: RunState, facts: Facts, address: Address): Gate {
  let held: Released | null = null;
  return {
    async permitted() {
      const refused = await heldBack(releasing, state, facts, address);
      if (refused === null) return null;
      held = { state: refused, receipt: null, stop: false };
      return refused.acts.findLast(({ id }) => id === address.id)?.why ?? "it is withheld";
    },
    held: () => held,
  };
}

/** Null: nothing speaks against it. */
async function heldBack(releasing: Releasing, state: RunState, facts: Facts, address: Address): Promise<RunState | null> {
  const { ports } = releasing;
  const stop = await stopSignal(releasing);
  if (stop !== null) return withholdOne(releasing, state, address, stop, true);
  const heard = await hear(releasing, state);
  if (heard === null) return withholdOne(releasing, state, address, RACE_LOST, true);
  if (heard.ledger !== state.ledger) {
    const again = judgeAgain(releasing, facts, heard.ledger, address.id);
    if (again?.planned.action !== "release") return noLongerDue(releasing, heard, address, again, true);
  }
  return isFresh(facts, address, ports.clock.now())
    ? null
    : withholdOne(releasing, state, address, "what was read afresh is too old by now", true);
}
