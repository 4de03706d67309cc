import type { Config } from "../config/sections.ts";
import { type Assessment, assess } from "../core/assess.ts";
import { adoptSaid } from "../core/audit/words.ts";
import { linkInTurn } from "../core/link/link.ts";
import { present } from "../core/present.ts";
import { remember } from "../core/remember.ts";
import type { Ledger } from "../core/terms/ledger.ts";
import type { GuardResult, ScanResult } from "../core/terms/result.ts";
import { type Duration, type Instant, iso, milliseconds } from "../core/terms/time.ts";
import type { ReadPorts } from "../ports.ts";
import { collect, type Progress } from "./collect.ts";
import { type Asking, gatherEvidence, QUESTIONS_OF_A_SCAN } from "./evidence.ts";
import { scheduleNotes } from "./readings.ts";
import { recallToRead } from "./recall.ts";

export interface ScanOptions {
  readonly runId: string;
  readonly notes: readonly string[];
  readonly progress?: Progress;
  /** How much time the platform leaves; evidence is not asked for when it is short. Left out: as much as needed. */
  readonly timeLeft?: () => Duration;
}

/** An assessment, and what people should know of how it was read. */
export interface Read extends Assessment {
  readonly notes: readonly string[];
}

export interface Reading {
  readonly progress?: Progress | undefined;
  readonly timeLeft?: (() => Duration) | undefined;
  /** Evidence is asked for these EIPs only; left out: for all. */
  readonly about?: Asking["about"];
}

const UNLIMITED = () => milliseconds(Number.POSITIVE_INFINITY);

/**
 * The dry run: reads, links, judges, plans, and changes nothing; it is given no port that could (tenet 4).
 *
 * @throws GuardError when the ledger can't be read, or the credentials are wrong
 */
export async function scan(ports: ReadPorts, config: Config, options: ScanOptions): Promise<ScanResult> {
  const startedAt = ports.clock.now();
  const stopped = await ports.store.stopRequested();
  const assessment = await readAndAssess(ports, config, options);
  const notes = [...options.notes, ...assessment.notes];
  const guard = guardOf(config, assessment.world.ledger, stopped);
  return presentScan(assessment, config, startedAt, ports.clock.now(), { runId: options.runId, notes }, guard);
}

/** What is switched on, for the reader of a report. */
export function guardOf({ evidence, alerts }: Config, { writtenAt, digest }: Ledger, stopped: boolean): GuardResult {
  return {
    ledgerWrittenAt: writtenAt === null ? null : iso(writtenAt),
    evidence,
    channel: alerts.slack?.channel ?? null,
    digestSentAt: digest === null ? null : iso(digest.sentAt),
    stopped,
  };
}

/**
 * One reading as a run would take it: this reading counts as a sighting, though nothing is written. What `plan` is made of, since it says
 * what a run would do.
 */
export async function readAsRun(ports: ReadPorts, config: Config, reading: Reading = {}): Promise<Read> {
  const { ledger, notes } = await recallToRead(ports.store);
  const facts = await collect(ports, config, ledger, reading.progress);
  const remembered = adoptSaid(remember(linkInTurn(facts, ledger), config.policy, "plan").ledger);
  const gathered = await gatherEvidence(ports, config, facts, remembered, askingOf(reading));
  return { ...assess(facts, gathered.ledger, config.policy), notes: [...notes, ...gathered.notes] };
}

/** One reading of the world and what it means, by the ledger as it stands. Evidence is asked for and not kept. */
export async function readAndAssess(ports: ReadPorts, config: Config, reading: Reading = {}): Promise<Read> {
  const { ledger, notes } = await recallToRead(ports.store);
  const facts = await collect(ports, config, ledger, reading.progress);
  const gathered = await gatherEvidence(ports, config, facts, ledger, askingOf(reading));
  const told = [...notes, ...gathered.notes, ...scheduleNotes(ledger, config.policy.maxGap)];
  return { ...assess(facts, gathered.ledger, config.policy), notes: told };
}

function askingOf({ timeLeft = UNLIMITED, about }: Reading): Asking {
  return { timeLeft, questions: QUESTIONS_OF_A_SCAN, ...(about === undefined ? {} : { about }) };
}

/** What a dry run reports of an assessment. */
export function presentScan(
  { world, planned, gaps }: Assessment,
  config: Config,
  startedAt: Instant,
  finishedAt: Instant,
  { runId, notes }: ScanOptions,
  guard: GuardResult,
): ScanResult {
  return present({
    run: { id: runId, startedAt, finishedAt, mode: config.policy.mode, dryRun: true },
    world,
    planned,
    gaps,
    policy: config.policy,
    alertErrors: [],
    notes,
    acts: null,
    guard,
  });
}
