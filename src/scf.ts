import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { assembleRead, assembleRun, assembleSecrets, systemClock } from "./assemble.ts";
import { loadConfig } from "./config/load.ts";
import type { ScanResult } from "./core/terms/result.ts";
import {
  after,
  before,
  between,
  type Duration,
  type Instant,
  iso,
  MINUTE,
  milliseconds,
  parseInstant,
} from "./core/terms/time.ts";
import { readSomething } from "./cycle/blind.ts";
import { LEASE, runOnce } from "./cycle/run.ts";
import { newRunId } from "./cycle/runid.ts";
import { scan } from "./cycle/scan.ts";
import { GuardError } from "./errors.ts";
import type { HeldLease } from "./ports.ts";

/** One invocation of the function, with the platform's parts handed in. */
export interface Invocation {
  readonly event: unknown;
  readonly context: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder of the bundle: `eip-guard.yaml` lies beside it. */
  readonly folder: string;
}

/** `{"Type":"Timer","TriggerName":…,"Time":"2026-11-23T01:00:00Z","Message":…}` (domain.md §7). */
const timerEvent = z.object({ Type: z.literal("Timer"), TriggerName: z.string(), Time: z.string() });

const limits = z.object({ time_limit_in_ms: z.number().positive() });

/** A name of a trigger has 100 characters at most, an instant far fewer than 40: what is longer is no tick of the platform. */
const LONGEST_NAME = 100;
const LONGEST_TIME = 40;

/** How far the platform's clock may be ahead of ours. */
const AHEAD: Duration = milliseconds(5 * MINUTE);

/** A tick older than this comes from a retry or a late delivery, and the next tick is due or served already. */
const STALE: Duration = milliseconds(15 * MINUTE);

/** What an invocation answers: short, since SCF keeps it in the log. */
export interface Summary extends Pick<ScanResult, "run" | "complete" | "gaps" | "totals" | "alertErrors"> {
  /** The EIPs that carry an action. */
  readonly eips: ScanResult["eips"];
  readonly acts?: ScanResult["acts"];
}

/** @throws GuardError for everything that makes a run fail, with the fix in its message: SCF shows nothing else of an error */
export async function invoke(invocation: Invocation): Promise<Summary | { readonly skipped: string }> {
  try {
    return await answer(invocation);
  } catch (error) {
    if (!(error instanceof GuardError) || error.fix === "") throw error;
    const { code, fault, message, fix } = error;
    throw new GuardError(code, fault, `${message}. Fix: ${fix}`, fix, { cause: error });
  }
}

/** The same, with errors as they are. */
export async function answer({
  event,
  context,
  env: given,
  folder,
}: Invocation): Promise<Summary | { readonly skipped: string }> {
  const clock = systemClock();
  const startedAt = clock.now();
  const named = given.EIP_GUARD_CONFIG ?? "";
  const file = named === "" ? defaultFile(folder) : named;
  const { config, notes, policyDigest } = await loadConfig({ path: file, env: given, cwd: folder });
  // By hand, too: such an invocation shows whether the next tick can read them.
  const env = await assembleSecrets(config, given, clock);
  const timer = timerEvent.safeParse(event);
  const runId = newRunId(startedAt);
  const limit = limits.safeParse(context);
  const timeLeft = limit.success
    ? () => milliseconds(limit.data.time_limit_in_ms - between(startedAt, clock.now()))
    : () => milliseconds(Number.POSITIVE_INFINITY);
  if (!timer.success) {
    const ports = await assembleRead(config, env, clock);
    return summaryOf(readSomething(await scan(ports, config, { runId, notes, timeLeft }), config));
  }
  const { due, tick } = tickOf(timer.data, startedAt);
  if (between(due, startedAt) > STALE) return { skipped: `the tick of ${timer.data.Time} is older than 15 minutes` };
  const powers = await assembleRun(config, env, clock, config.policy.mode);
  const served = { skipped: `the tick of ${timer.data.Time} was served already` };
  // A look without the lease, which most repetitions need not take; the run looks again when it has it.
  const { servedTicks } = await powers.ports.store.newestHead();
  if (servedTicks.includes(tick)) return served;
  try {
    return summaryOf(readSomething(await runOnce(powers, config, { runId, notes, policyDigest, timeLeft, tick }), config));
  } catch (error) {
    if (error instanceof GuardError && error.code === "TickServed") return served;
    if (error instanceof GuardError && error.code === "LeaseHeld")
      return heldBy(await powers.ports.store.heldLease(), clock.now(), error);
    throw error;
  }
}

/**
 * When a tick is due, and its name: one instant has one name, however it is written.
 *
 * @throws GuardError `TickUnreadable`, `TickInTheFuture`
 */
function tickOf(
  { TriggerName, Time }: z.infer<typeof timerEvent>,
  now: Instant,
): { readonly due: Instant; readonly tick: string } {
  if (TriggerName.length > LONGEST_NAME) {
    const why = `the timer event's TriggerName has ${TriggerName.length} characters, and ${LONGEST_NAME} are the most`;
    throw new GuardError("TickUnreadable", "cloud", why, "invoke the function by its timer");
  }
  const due = Time.length > LONGEST_TIME ? undefined : parseInstant(Time);
  if (due === undefined) {
    const why = `the timer event's Time '${Time.slice(0, LONGEST_TIME)}' is no ISO 8601 instant`;
    throw new GuardError("TickUnreadable", "cloud", why, "invoke the function by its timer");
  }
  if (due > after(now, AHEAD)) {
    const why = `the tick of ${iso(due)} lies in the future: it is ${iso(now)} here`;
    throw new GuardError("TickInTheFuture", "cloud", why, "invoke the function by its timer, and check the clock");
  }
  return { due, tick: `${TriggerName} ${iso(due)}` };
}

/** Longer than any invocation may take (SCF ends one after 15 minutes): whoever took the lease before that is not at work any more. */
const AT_WORK: Duration = milliseconds(16 * MINUTE);

/**
 * A lease that is held by a run at work is no matter. One that is held for longer than a run may take is a failure: a success would hide that
 * nothing is guarded.
 */
function heldBy(lease: HeldLease | null, now: Instant, error: GuardError): { readonly skipped: string } {
  // Of a lease that an older version took, only its end is known, and its length.
  if (lease === null || between(lease.takenAt ?? before(lease.expiresAt, LEASE), now) <= AT_WORK)
    return { skipped: "another run is at work" };
  throw error;
}

function defaultFile(folder: string): string {
  const file = join(folder, "eip-guard.yaml");
  if (existsSync(file)) return file;
  throw new GuardError(
    "NoConfiguration",
    "user",
    "there is no eip-guard.yaml beside the function",
    "put eip-guard.yaml into the function's folder, or name another file in EIP_GUARD_CONFIG",
  );
}

function summaryOf({ run, complete, gaps, totals, alertErrors, eips, acts }: ScanResult): Summary {
  return {
    run,
    complete,
    gaps,
    totals,
    alertErrors,
    eips: eips.filter((eip) => eip.action !== "none"),
    ...(acts === undefined ? {} : { acts }),
  };
}
