import type { Config } from "../config/sections.ts";
import { type Assessment, assess, type Bounds, countRead } from "../core/assess.ts";
import { adoptSaid } from "../core/audit/words.ts";
import type { Judged } from "../core/judge/judge.ts";
import { linkInTurn } from "../core/link/link.ts";
import { countRegions, rememberCounts } from "../core/plan/brake.ts";
import { rememberOutlook } from "../core/plan/outlook.ts";
import { conclude, costFacts, type Presentation, present } from "../core/present.ts";
import { type RememberedInTurn, remember, rememberGaps, rememberVerdicts } from "../core/remember.ts";
import type { Facts } from "../core/terms/facts.ts";
import { emptyLedger, type Ledger } from "../core/terms/ledger.ts";
import type { ScanResult } from "../core/terms/result.ts";
import { between, type Duration, type Instant, MINUTE, milliseconds } from "../core/terms/time.ts";
import { inOneRow, type TrailEvent } from "../core/terms/trail.ts";
import { GuardError } from "../errors.ts";
import type { AuditPorts, FlagPorts, Lease } from "../ports.ts";
import { announcePending } from "./alert.ts";
import { announcingAs, tellFailure } from "./announcing.ts";
import { collect, type Progress } from "./collect.ts";
import { commitLedger } from "./commit.ts";
import { sendDigest } from "./digest.ts";
import { gatherEvidence } from "./evidence.ts";
import { markAndNotify } from "./mark.ts";
import { namedBy, type PlanFile } from "./planfile.ts";
import type { Powers } from "./powers.ts";
import { rememberReading, scheduleNotes } from "./readings.ts";
import { type Recalled, recall, tellTwice } from "./recall.ts";
import { recordRun } from "./record.ts";
import { dueOf, releaseDue } from "./release.ts";
import { remind } from "./remind.ts";
import { guardOf } from "./scan.ts";
import { settle } from "./settle.ts";
import { hearWords, type RunState, record } from "./state.ts";
import { announceTrouble } from "./trouble.ts";
import { holdNotes, RACE_LOST, STOPPED, withhold } from "./withhold.ts";

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

/** Longer than any run may take (SCF ends a function after 15 minutes). A run that is older starts nothing new, wherever it hung. */
export const LEASE: Duration = milliseconds(20 * MINUTE);

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
  const timed = bounded(options, powers.ports.clock);
  const announcing = announcingAs(options.runId, powers, timed.timeLeft);
  try {
    return await cycle(announcing, config, timed, lease);
  } catch (error) {
    await tellFailure(announcing.ports, options.runId, powers.mode, error);
    throw error;
  } finally {
    await lease.release();
  }
}

type BoundedOptions = RunOptions & { readonly timeLeft: () => Duration };

/** No run goes on for longer than its lease: one that hung, and wakes up, finds that its time is over. */
function bounded(options: RunOptions, clock: AuditPorts["clock"]): BoundedOptions {
  const startedAt = clock.now();
  const own = () => milliseconds(LEASE - between(startedAt, clock.now()));
  const { timeLeft } = options;
  return { ...options, timeLeft: timeLeft === undefined ? own : () => milliseconds(Math.min(own(), timeLeft())) };
}

/**
 * The first generation, before anything is written to the trail: from then on a trail without a ledger means that the ledger was lost.
 */
async function beginLedger({ ports }: Powers, runId: string): Promise<void> {
  const ledger = { ...emptyLedger(), generation: 1, writtenAt: ports.clock.now(), writtenBy: runId };
  await ports.store.writeLedger(ledger);
}

/** What a run has read, and remembers of it, before it judges. */
interface Observed {
  readonly facts: Facts;
  readonly ledger: Ledger;
  /** The generation that `ledger` grew from. */
  readonly base: number;
  readonly recalled: Pick<Recalled, "taken" | "twice">;
  /** Of releases that earlier runs began, and of what this reading shows. */
  readonly settled: readonly TrailEvent[];
  readonly seen: readonly TrailEvent[];
  readonly acts: RunState["acts"];
  readonly notes: readonly string[];
}

/** Reads and remembers. The ledger as it was goes with this function. */
async function observe(powers: Powers, config: Config, options: BoundedOptions): Promise<Observed> {
  const { ports } = powers;
  const { runId } = options;
  const first = await recall(ports.store);
  if (first.ledger.generation === 0) await beginLedger(powers, runId);
  const recalled = first.ledger.generation === 0 ? await recall(ports.store) : first;
  const { taken, twice, ledger: old } = recalled;
  if (options.tick !== undefined && old.servedTicks.includes(options.tick)) throw tickServed(options.tick);
  const facts = await collect(ports, config, old, options.progress);
  const settled = settle(recalled, facts, runId);
  const seen = remember(linkInTurn(facts, settled.ledger), config.policy, runId);
  return {
    facts,
    ledger: adoptSaid(seen.ledger),
    base: old.generation,
    recalled: { taken, twice },
    settled: settled.events,
    seen: seen.events,
    acts: settled.acts,
    notes: [...recalled.notes, ...settled.notes],
  };
}

/** What a run has judged first, written down already. */
interface JudgedFirst {
  readonly state: RunState;
  /** Held until it is taken: a variable of an async function would hold it to the end, and it is most of what a run holds. */
  readonly takeAssessment: () => Assessment;
  readonly notes: readonly string[];
}

async function readAndJudge(powers: Powers, config: Config, options: BoundedOptions, lease: Lease): Promise<JudgedFirst> {
  const observed = await observe(powers, config, options);
  const { facts } = observed;
  const evidence = await gatherEvidence(powers.ports, config, facts, observed.ledger, { timeLeft: options.timeLeft });
  const assessment = assess(facts, evidence.ledger, config.policy, boundsOf(options));
  const state = await recordJudged(powers, config, options, observed, evidence.ledger, assessment);
  const notes = [...options.notes, ...lease.warnings, ...observed.notes, ...evidence.notes];
  return { state, takeAssessment: once(assessment), notes };
}

/** What a run has done, and what it had judged before. */
interface Acted {
  readonly state: RunState;
  readonly takeJudged: () => Judged;
  readonly gaps: Assessment["gaps"];
  readonly notes: readonly string[];
  readonly stopped: boolean;
}

async function cycle(powers: Powers, config: Config, options: BoundedOptions, lease: Lease): Promise<ScanResult> {
  const { ports } = powers;
  const { runId } = options;
  const startedAt = ports.clock.now();
  const judged = await readAndJudge(powers, config, options, lease);
  try {
    const acted = await act(powers, config, options, lease, judged);
    const run = { id: runId, startedAt, finishedAt: ports.clock.now(), mode: powers.mode, dryRun: false };
    const after = assessAfter(acted, config, run);
    let state = await announceTrouble(ports, after.result, { ...acted.state, ledger: after.ledger });
    state = await sendDigest(ports, config, after.result, state);
    state = await commit(powers, state, runId, lease);
    await tidyNowAndThen(powers, state, options);
    return conclude(after.result, {
      finishedAt: ports.clock.now(),
      alertErrors: state.alertErrors,
      guard: guardOf(config, state.ledger, acted.stopped),
      receipts: state.ledger.receipts,
    });
  } catch (error) {
    throw halfway(error);
  }
}

/** Marks, tells and releases, as the mode allows. */
async function act(powers: Powers, config: Config, options: BoundedOptions, lease: Lease, first: JudgedFirst): Promise<Acted> {
  const { ports } = powers;
  const { runId } = options;
  const assessment = first.takeAssessment();
  const { world, judgements, gaps } = assessment;
  const { facts } = world;
  const counted = rememberCounts(first.state.ledger, countRegions(world));
  let state: RunState = { ...first.state, ledger: rememberReading(counted, facts.now) };
  const notes = [...first.notes, ...scheduleNotes(state.ledger, config.policy.maxGap)];
  const stopped = await ports.store.stopRequested();
  if (stopped && powers.mode !== "audit") notes.push("STOP is set in the store: nothing was marked or released");
  state = await announcePending(ports, state);
  if (!stopped && powers.mode !== "audit") {
    state = await markAndNotify(stoppable(powers.ports), config, assessment, state, runId, powers.mode);
  }
  if (stopped && powers.mode === "enforce") state = await withhold(ports, runId, state, dueOf(assessment), { why: STOPPED });
  if (!stopped && powers.mode === "enforce") {
    state = await commitOrTell(powers, state, runId, lease, assessment);
    state = await remind(powers.ports, config, assessment, state);
    state = await releaseDue(powers.ports, config, assessment, state, {
      lease,
      runId,
      bounds: { ...boundsOf(options), readCompletely: countRead(facts.regions) },
      timeLeft: options.timeLeft,
    });
  }
  if (options.tick !== undefined) state = { ...state, ledger: rememberTick(state.ledger, options.tick) };

  state = await hearWords(ports, state);
  notes.push(...holdNotes(state), ...state.twice.map(tellTwice));
  state = await tellBoth(ports, state);
  return { state, takeJudged: once({ world, judgements }), gaps, notes, stopped };
}

/** So often the store is tidied, in generations of the ledger, and with so much time left. */
const TIDIED_EACH = 20;
const TIDY_TIME: Duration = milliseconds(2 * MINUTE);

async function tidyNowAndThen({ ports }: Powers, { base }: RunState, { timeLeft }: BoundedOptions): Promise<void> {
  if (base % TIDIED_EACH !== 0 || timeLeft() < TIDY_TIME) return;
  // The run is done and written. What is not tidied costs room and time, and nothing else.
  await ports.store.tidy().catch(() => undefined);
}

/** Gives a value once, and holds it no longer. */
function once<T>(value: T): () => T {
  const held = [value];
  return () => {
    const [taken] = held.splice(0, 1);
    if (taken === undefined) throw new Error("it was taken before; this is a bug of eip-guard");
    return taken;
  };
}

/** Takes the first judgement into ledger and trail, before anything is done. */
async function recordJudged(
  { ports, mode }: Powers,
  config: Config,
  { runId, policyDigest }: BoundedOptions,
  { facts, base, recalled, settled, seen, acts }: Observed,
  ledger: Ledger,
  assessment: Assessment,
): Promise<RunState> {
  const verdicts = verdictsOf(assessment, ledger, config, runId);
  const gaps = rememberGaps(verdicts.ledger, assessment.gaps, facts.now, runId);
  const configuration = rememberPolicy(gaps.ledger, policyDigest, mode, facts.now, runId);
  const events = inOneRow(settled, configuration.events, seen, verdicts.events, gaps.events);
  const told = toldOf(assessment, configuration.ledger, config, runId, events.length > 0);
  const { taken, twice } = recalled;
  const state: RunState = {
    ledger: told.ledger,
    base,
    head: taken,
    taken,
    twice,
    fresh: [],
    acts,
    alertErrors: [],
    announced: [],
  };
  return record(ports, state, inOneRow(told.events, events));
}

/** What holds after all that was done: the report of it, and the ledger with the outlook of each EIP. */
function assessAfter(
  { state, takeJudged, gaps, notes, stopped }: Acted,
  config: Config,
  run: Presentation["run"],
): { readonly result: ScanResult; readonly ledger: Ledger } {
  const before = takeJudged();
  const final = assess(before.world.facts, state.ledger, config.policy, { before });
  const ledger = rememberOutlook(state.ledger, final.planned);
  const result = present({
    run,
    world: final.world,
    planned: afterwards(final, { ...state, ledger }, config),
    gaps,
    policy: config.policy,
    alertErrors: state.alertErrors,
    notes,
    acts: state.acts,
    guard: guardOf(config, ledger, stopped),
  });
  return { result, ledger };
}

function verdictsOf({ world, planned }: Assessment, ledger: Ledger, { policy }: Config, runId: string): RememberedInTurn {
  return rememberVerdicts(ledger, planned, world.facts.now, runId, (judgement) => costFacts(judgement, world, policy));
}

function toldOf(
  assessment: Assessment,
  ledger: Ledger,
  { policy }: Config,
  runId: string,
  others: boolean,
): ReturnType<typeof recordRun> {
  return recordRun(ledger, assessment, runId, {
    others,
    priceOf({ judgement }) {
      const { costPerHour = null, currency = null } = costFacts(judgement, assessment.world, policy);
      return { perHour: costPerHour, currency };
    },
  });
}

/** Something was done by now, if only written down: whoever's fault it is, this is no mistake in the configuration that did nothing. */
function halfway(error: unknown): unknown {
  if (!(error instanceof GuardError) || error.fault !== "user") return error;
  const { code, message, fix } = error;
  return new GuardError(code, "cloud", message, fix, { cause: error });
}

function boundsOf({ plan }: RunOptions): Bounds {
  if (plan === undefined) return {};
  return { only: namedBy(plan.file), ...(plan.confirmed === null ? {} : { confirmed: plan.confirmed }) };
}

/**
 * What is due after the run, by what it knows in the end: of a region that was read afresh, by that reading. What was released is not due any more
 * (contract.md, run --format json).
 */
function afterwards(final: Assessment, { ledger, fresh, acts }: RunState, { policy }: Config): Assessment["planned"] {
  const newest = new Map<string, Assessment["planned"][number]>();
  for (const reading of fresh) {
    for (const item of assess(reading, ledger, policy).planned) newest.set(item.judgement.situation.linked.address.id, item);
  }
  const released = new Set(acts.filter(({ act }) => act === "released").map(({ id }) => id));
  return final.planned.map((item) => {
    const { id } = item.judgement.situation.linked.address;
    if (released.has(id)) return { ...item, action: "none", withheld: null, withheldBy: null, flagAt: null, releaseAt: null };
    return newest.get(id) ?? item;
  });
}

/** Marks nothing any more once STOP is in the store, however many marks are still to be set. */
function stoppable(ports: FlagPorts): FlagPorts {
  const permitted = async () => ((await ports.store.stopRequested()) ? "STOP is set in the store" : null);
  const { marker } = ports;
  return {
    ...ports,
    marker: {
      tag: (account, region, id, key, value) => marker.tag(account, region, id, key, value, permitted),
      untag: (account, region, id, key) => marker.untag(account, region, id, key, permitted),
    },
  };
}

/** Two people who keep one EIP are told of each other. */
async function tellBoth({ notifier, clock }: AuditPorts, state: RunState): Promise<RunState> {
  if (notifier === null || state.twice.length === 0) return state;
  const sentences = state.twice.map(tellTwice);
  const delivery = await notifier.announce({ kind: "kept-twice", at: clock.now(), sentences });
  const announced = [...state.announced, ...sentences];
  return delivery.delivered
    ? { ...state, announced }
    : { ...state, alertErrors: [...state.alertErrors, `two keeps: ${delivery.why}`] };
}

async function commit({ ports }: Powers, state: RunState, runId: string, lease: Lease): Promise<RunState> {
  const { twice, ...written } = await commitLedger({ ...ports, lease }, state, runId);
  return { ...state, ...written, twice: [...state.twice, ...twice] };
}

/**
 * Whoever writes this generation second stops here, before any release, and leaves word of each that was due.
 *
 * @throws GuardError `LostRace`
 */
async function commitOrTell(powers: Powers, state: RunState, runId: string, lease: Lease, due: Assessment): Promise<RunState> {
  try {
    return await commit(powers, state, runId, lease);
  } catch (error) {
    if (error instanceof GuardError && error.code === "LostRace")
      await withhold(powers.ports, runId, state, dueOf(due), { why: RACE_LOST });
    throw error;
  }
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
