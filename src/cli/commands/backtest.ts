import { parseDuration } from "../../config/duration.ts";
import { loadPolicy } from "../../config/load.ts";
import type { Played, Swept } from "../../core/replay/replay.ts";
import { backtestResult, suggestion, sweptDelay } from "../../core/replay/result.ts";
import { type Duration, type Instant, iso, parseInstant } from "../../core/terms/time.ts";
import { backtest } from "../../cycle/backtest.ts";
import { GuardError } from "../../errors.ts";
import { letHeapGrow } from "../../heap.ts";
import { renderBacktest, renderSuggestion } from "../../report/backtest.ts";
import { exitCode } from "../exit-codes.ts";
import { untilAborted } from "../interruption.ts";
import type { CommandContext } from "../io.ts";
import { deliver, deliverPieces } from "../output.ts";
import type { OwnOptions } from "../own-options.ts";
import { openSession } from "../session.ts";
import { asTyped } from "../typed.ts";

/** `eip-guard backtest --policy FILE`: what a policy would have done in the recorded past. Reads the store alone, and writes nothing. */
export async function backtestCommand(context: CommandContext, own: OwnOptions): Promise<number> {
  const { clock, options, signal } = context;
  const delays = own.sweep === undefined ? [] : sweptDelays(own.sweep);
  const { played, swept, policyDigest } = await play(context, own, delays);
  const result = {
    ...backtestResult(played, policyDigest, clock.now()),
    ...(own.sweep === undefined ? {} : { sweep: sweepOf(delays, swept) }),
  };
  const { format = "table" } = options;
  if (format === "jsonl") throw new GuardError("NoSuchFormat", "user", "a back-test has no format 'jsonl'", "use json");
  await deliverPieces(context, renderBacktest(result, format, context.io.stdout.columns ?? USUAL_WIDTH));
  return exitCode({ interrupted: signal.aborted, failOn: own.failOnFalseRelease === true && result.falseReleases > 0 });
}

/** Where the terminal does not say how wide it is. */
const USUAL_WIDTH = 160;

/** Delays that `suggest` tries. */
const SUGGESTED = ["1h", "2h", "4h", "8h", "12h", ...Array.from({ length: 30 }, (_, day) => `${day + 1}d`)];

/** `eip-guard suggest`: the shortest delay without a false release in the record, and how much that says. */
export async function suggestCommand(context: CommandContext, own: OwnOptions): Promise<number> {
  const { clock, options, signal } = context;
  const delays = SUGGESTED.map(named);
  const { played, swept, policyDigest } = await play(context, own, delays);
  const result = suggestion(sweepOf(delays, swept), played, policyDigest, clock.now());
  const format = options.format === "json" || options.format === "markdown" ? options.format : "table";
  await deliver(context, renderSuggestion(result, format));
  return exitCode({ interrupted: signal.aborted });
}

interface Delay {
  readonly name: string;
  readonly duration: Duration;
}

function sweepOf(delays: readonly Delay[], swept: readonly Swept[]) {
  return delays.flatMap(({ name }, index) => {
    const one = swept[index];
    return one === undefined ? [] : [sweptDelay(name, one)];
  });
}

async function play(
  context: CommandContext,
  own: OwnOptions,
  delays: readonly Delay[],
): Promise<{ readonly played: Played; readonly swept: readonly Swept[]; readonly policyDigest: string }> {
  letHeapGrow();
  const { io, clock, signal, assembly, tell } = context;
  const since = own.since === undefined ? null : instantOf(own.since);
  const session = await openSession(context, "dry");
  const { policy, policyDigest } =
    own.policy === undefined
      ? { policy: session.config.policy, policyDigest: session.policyDigest }
      : await loadPolicy(own.policy, session.path, { env: io.env, cwd: io.cwd });
  const store = await assembly.storeReader(session.config, io.env, clock);
  const asked = { policy, delays: delays.map(({ duration }) => duration), since };
  const { played, swept } = await untilAborted(backtest(store, asked, signal), signal);
  if (played.until === null) tell(`note: ${store.describe()} holds no recorded reading yet; eip-guard run records them`);
  else if (since !== null && since > played.until)
    tell(`note: the record ends at ${iso(played.until)}, before --since ${own.since}: nothing of it is played`);
  return { played, swept, policyDigest };
}

function instantOf(text: string): Instant {
  const at = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : asTyped(text));
  if (at !== undefined) return at;
  throw new GuardError("BadDate", "user", `--since "${text}" is no date`, "write it as 2026-01-31, or as 2026-01-31T12:00:00Z");
}

const MOST_DELAYS = 100;
const SWEEP = /^releaseAfter=(\d{1,9})([smhd])\.\.(\d{1,9})([smhd])$/;

/** `releaseAfter=1d..30d`: each whole number of the first one's unit. */
function sweptDelays(text: string): readonly Delay[] {
  const [, from = "", unit = "", to = "", last = ""] = SWEEP.exec(text) ?? [];
  const [first, step, end] = [`${from}${unit}`, `1${unit}`, `${to}${last}`].map(parseDuration);
  if (first === undefined || step === undefined || end === undefined || end < first)
    throw badSweep(text, "write a range of one key, such as releaseAfter=1d..30d");
  const count = Math.floor((end - first) / step) + 1;
  if (count > MOST_DELAYS) throw badSweep(text, `it has ${count} delays, at most ${MOST_DELAYS} are tried; use a larger unit`);
  return Array.from({ length: count }, (_, index) => named(`${Number(from) + index}${unit}`));
}

function named(name: string): Delay {
  const duration = parseDuration(name);
  if (duration === undefined) throw new Error(`${name} is no duration; this is a bug of eip-guard`);
  return { name, duration };
}

function badSweep(text: string, fix: string): GuardError {
  return new GuardError("BadSweep", "user", `--sweep "${text}" is no range of delays`, fix);
}
