import type { Config } from "../config/config.ts";
import { type Assessment, assess } from "../core/assess.ts";
import { link } from "../core/link.ts";
import { present } from "../core/present.ts";
import { remember } from "../core/remember.ts";
import type { ScanResult } from "../core/result.ts";
import type { Instant } from "../core/time.ts";
import type { ReadPorts } from "../ports.ts";
import { collect, type Progress } from "./collect.ts";

export interface ScanOptions {
  readonly runId: string;
  readonly notes: readonly string[];
  readonly progress?: Progress;
}

/**
 * The dry run: reads, links, judges, plans, and changes nothing; it is given no port that could (tenet 4).
 *
 * @throws GuardError when the ledger can't be read, or the credentials are wrong
 */
export async function scan(ports: ReadPorts, config: Config, options: ScanOptions): Promise<ScanResult> {
  const startedAt = ports.clock.now();
  const assessment = await readAndAssess(ports, config, options.progress);
  return presentScan(assessment, config, startedAt, ports.clock.now(), options);
}

/**
 * One reading as a run would take it: this reading counts as a sighting, though nothing is written. What `plan` is made of, since it says
 * what a run would do.
 */
export async function readAsRun(ports: ReadPorts, config: Config, progress?: Progress): Promise<Assessment> {
  const ledger = await ports.store.readLedger();
  const facts = await collect(ports, config, ledger, progress);
  return assess(facts, remember(link(facts, ledger), config.policy, "plan").ledger, config.policy);
}

/** One reading of the world and what it means, by the ledger as it stands. */
export async function readAndAssess(ports: ReadPorts, config: Config, progress?: Progress): Promise<Assessment> {
  const ledger = await ports.store.readLedger();
  const facts = await collect(ports, config, ledger, progress);
  return assess(facts, ledger, config.policy);
}

function presentScan(
  { world, planned, gaps }: Assessment,
  config: Config,
  startedAt: Instant,
  finishedAt: Instant,
  { runId, notes }: ScanOptions,
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
  });
}
