import type { Config } from "../config/config.ts";
import { type Assessment, assess, type Bounds, countRead } from "../core/assess.ts";
import { countRegions, rememberCounts } from "../core/brake.ts";
import type { Ledger, TrailHead } from "../core/ledger.ts";
import { link } from "../core/link.ts";
import { costFacts, present } from "../core/present.ts";
import { remember, rememberGaps, rememberVerdicts } from "../core/remember.ts";
import type { Act, ScanResult } from "../core/result.ts";
import { type Duration, type Instant, MINUTE, milliseconds } from "../core/time.ts";
import type { TrailEvent } from "../core/trail.ts";
import { GuardError } from "../errors.ts";
import type { AuditPorts, EnforcePorts, FlagPorts, Lease } from "../ports.ts";
import { sendDigest } from "./alert.ts";
import { collect, type Progress } from "./collect.ts";
import { commitLedger } from "./commit.ts";
import { gatherEvidence } from "./evidence.ts";
import { markAndNotify } from "./mark.ts";
import { namedBy, type PlanFile } from "./planfile.ts";
import { rememberReading, scheduleNotes } from "./readings.ts";
import { releaseDue } from "./release.ts";
import { guardOf } from "./scan.ts";
import { readUnfinished, settle } from "./settle.ts";

/** A mode comes with the ports that it may use, and with no others. */
export type Powers =
  | { readonly mode: "audit"; readonly ports: AuditPorts }
  | { readonly mode: "flag"; readonly ports: FlagPorts }
  | { readonly mode: "enforce"; readonly ports: EnforcePorts };

export interface RunOptions {
  readonly runId: string;
  readonly notes: readonly string[];
  readonly policyDigest: string;
  readonly progress?: Progress;
  /** How much time the platform leaves; nothing new is started when it is short. Left out: as much as needed. */
  readonly timeLeft?: () => Duration;
  /** The timer's tick, to be remembered as served. */
  readonly tick?: string;
  /** `apply`: nothing is done that is not in this plan; `confirmed` releases go over the caps. */
  readonly plan?: { readonly file: PlanFile; readonly confirmed: number | null };
}

/** Below this no new work is started: ledger and trail must still be written. */
export const RESERVED: Duration = milliseconds(20_000);

/** Longer than any run may take (SCF ends a function after 15 minutes). */
const LEASE: Duration = milliseconds(20 * MINUTE);

const UNLIMITED = () => milliseconds(Number.POSITIVE_INFINITY);

/** State of one run, handed from step to step. */
export interface RunState {
  /** The ledger as it will be written. */
  readonly ledger: Ledger;
  /** The generation that `ledger` grew from. */
  readonly base: number;
  readonly head: TrailHead | null;
  readonly acts: readonly Act[];
  readonly alertErrors: readonly string[];
}

/**
 * One whole cycle, as the scheduled function does it, in the mode that `powers` carry.
 *
 * @throws GuardError `LeaseHeld` when another run is at work; `TickServed` when its tick was served already; whatever the store or the
 *   credentials throw
 */
export async function runOnce(powers: Powers, config: Config, options: RunOptions): Promise<ScanResult> {
  const { store } = powers.ports;
  const lease = await store.acquireLease(options.runId, LEASE);
  if (lease === null) {
    throw new GuardError(
      "LeaseHeld",
      "guard",
      "another run holds the lease",
      "wait for it; the lease of a killed run expires after 20 minutes",
    );
  }
  try {
    return await cycle(powers, config, options, lease);
  } finally {
    await lease.release();
  }
}

async function cycle(powers: Powers, config: Config, options: RunOptions, lease: Lease): Promise<ScanResult> {
  const { ports } = powers;
  const { runId } = options;
  const startedAt = ports.clock.now();
  const old = await ports.store.readLedger();
  if (options.tick !== undefined && old.servedTicks.includes(options.tick)) throw tickServed(options.tick);
  const unfinished = await readUnfinished(ports.store, old);
  const facts = await collect(ports, config, old, options.progress);
  const settled = settle(unfinished, facts, old, runId);

  const remembered = remember(link(facts, settled.ledger), config.policy, runId);
  const evidence = await gatherEvidence(ports, config, facts, remembered.ledger, { timeLeft: options.timeLeft ?? UNLIMITED });
  const withEvidence = evidence.ledger;
  const bounds = boundsOf(options);
  const assessment = assess(facts, withEvidence, config.policy, bounds);
  const verdicts = rememberVerdicts(withEvidence, assessment.judgements, facts.now, runId, (judgement) =>
    costFacts(judgement, assessment.world, config.policy),
  );
  const gaps = rememberGaps(verdicts.ledger, assessment.gaps, facts.now, runId);
  const configuration = rememberPolicy(gaps.ledger, options.policyDigest, powers.mode, facts.now, runId);

  let state: RunState = {
    ledger: configuration.ledger,
    base: old.generation,
    head: old.trailHead,
    acts: settled.acts,
    alertErrors: [],
  };
  state = await record(ports, state, [
    ...settled.events,
    ...configuration.events,
    ...remembered.events,
    ...verdicts.events,
    ...gaps.events,
  ]);

  try {
    state = { ...state, ledger: rememberReading(rememberCounts(state.ledger, countRegions(assessment.world)), facts.now) };

    const notes = [...options.notes, ...evidence.notes, ...scheduleNotes(state.ledger, config.policy.maxGap)];
    const stopped = await ports.store.stopRequested();
    if (stopped && powers.mode !== "audit") notes.push("STOP is set in the store: nothing was marked or released");
    if (!stopped && powers.mode !== "audit") state = await markAndNotify(powers.ports, config, assessment, state, runId);
    if (!stopped && powers.mode === "enforce") {
      // Whoever writes this generation second stops here, before any release.
      state = await commit(powers, state, runId, lease);
      state = await releaseDue(powers.ports, config, assessment, state, {
        lease,
        runId,
        bounds: { ...bounds, readCompletely: countRead(facts.regions) },
        ...(options.timeLeft === undefined ? {} : { timeLeft: options.timeLeft }),
      });
    }
    if (options.tick !== undefined) state = { ...state, ledger: rememberTick(state.ledger, options.tick) };

    const final = assess(facts, state.ledger, config.policy);
    const result = (alertErrors: readonly string[]): ScanResult =>
      present({
        run: { id: runId, startedAt, finishedAt: ports.clock.now(), mode: powers.mode, dryRun: false },
        world: final.world,
        planned: reconciled(assessment, final),
        gaps: assessment.gaps,
        policy: config.policy,
        alertErrors,
        notes,
        acts: state.acts,
        guard: guardOf(config, state.ledger, stopped),
      });
    state = await sendDigest(ports, result(state.alertErrors), state);
    await commit(powers, state, runId, lease);
    return result(state.alertErrors);
  } catch (error) {
    throw halfway(error);
  }
}

/** Something was done by now, if only written down: whoever's fault it is, this is no mistake in the configuration that did nothing. */
function halfway(error: unknown): unknown {
  if (!(error instanceof GuardError) || error.fault !== "user") return error;
  const { code, message, mend } = error;
  return new GuardError(code, "cloud", message, mend, { cause: error });
}

function boundsOf({ plan }: RunOptions): Bounds {
  if (plan === undefined) return {};
  return { only: namedBy(plan.file), ...(plan.confirmed === null ? {} : { confirmed: plan.confirmed }) };
}

/** The plan as it was when it was acted on, with the marks that came of it. */
function reconciled(before: Assessment, after: Assessment): Assessment["planned"] {
  return after.planned.map((item, position) => {
    const planned = before.planned[position];
    return planned === undefined ? item : { ...item, action: planned.action, withheld: planned.withheld };
  });
}

/** Appends to the trail, durably, before anything that follows. */
export async function record(
  ports: Pick<AuditPorts, "store">,
  state: RunState,
  events: readonly TrailEvent[],
): Promise<RunState> {
  if (events.length === 0) return state;
  return { ...state, head: await ports.store.append(events) };
}

async function commit({ ports }: Powers, state: RunState, runId: string, lease: Lease): Promise<RunState> {
  const written = await commitLedger({ ...ports, lease }, { ...state.ledger, trailHead: state.head }, state.base, runId);
  return { ...state, ledger: written, base: written.generation };
}

function rememberPolicy(
  ledger: Ledger,
  digest: string,
  mode: string,
  at: Instant,
  run: string,
): { readonly ledger: Ledger; readonly events: readonly TrailEvent[] } {
  const known = `${digest} ${mode}`;
  if (ledger.policyDigest === known) return { ledger, events: [] };
  const facts = { policy: digest, mode, before: ledger.policyDigest };
  return { ledger: { ...ledger, policyDigest: known }, events: [{ kind: "configuration", at, run, eip: null, facts }] };
}

/** Another instance served it after its caller looked, and before we had the lease. */
function tickServed(tick: string): GuardError {
  return new GuardError("TickServed", "guard", `the tick ${tick} was served already`, "nothing is left to do for it");
}

/** How many ticks are remembered: redelivery ends after six hours, and ticks that old are stale anyway. */
const TICKS = 50;

function rememberTick(ledger: Ledger, tick: string): Ledger {
  return { ...ledger, servedTicks: [...ledger.servedTicks, tick].slice(-TICKS) };
}
