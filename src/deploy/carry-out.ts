import { after, type Duration, MINUTE, milliseconds, SECOND } from "../core/terms/time.ts";
import type { FunctionFacts, FunctionReader, FunctionWriter, Refusal } from "../deployment.ts";
import { GuardError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { refused, type SoFar, saying } from "./refusal.ts";
import type { Plan, Step } from "./step.ts";

/** How long a function is waited for (contract.md, Deploy). */
const BOUND: Duration = milliseconds(5 * MINUTE);
const POLL: Duration = milliseconds(2 * SECOND);

export interface CarryOut {
  readonly reader: FunctionReader;
  readonly writer: FunctionWriter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Hears of each step when it was done. */
  readonly done: (step: Step) => void;
}

/**
 * Does what a plan says, in its order. What fails, or is interrupted, leaves a sentence of what is done and what is not.
 *
 * @throws GuardError
 */
export async function carryOut({ steps, seen }: Plan, { reader, writer, clock, signal, done }: CarryOut): Promise<void> {
  const known = new Map(seen);
  for (const [at, step] of steps.entries()) {
    let state: StepState = { is: "open" };
    const { changes } = step;
    /** Idle, and as it was left: a description that differs is another deployment's. */
    const idle = async (failed: "throw" | "take") => {
      if (changes === null || !known.has(changes)) return;
      const fn = await untilIdle({ reader, clock, signal }, changes, failed);
      if (fn === null || fn.description !== known.get(changes)) throw changedMeanwhile(changes);
    };
    await saying(
      () => soFarOf(steps, at, state),
      async () => {
        refuseInterrupted(signal);
        await idle("take");
        // An update of two calls may break off between them, while its function is waited for.
        const made = await step.carryOut(writer, () => {
          state = { is: "begun" };
          return idle("throw");
        });
        if (!made.ok) {
          state = stateAfter(made);
          throw refused(made, `can't ${step.line}`);
        }
        state = { is: "begun" };
        if (changes !== null && step.what !== "delete-function") {
          const expected = step.describes ?? known.get(changes);
          if (expected !== undefined) known.set(changes, expected);
          await idle("throw");
        }
        done(step);
      },
    );
  }
}

/** How far one step is; `begun` where its call was answered, and its effect is not seen yet. */
type StepState = { readonly is: "open" | "begun" | "unanswered" } | { readonly is: "half"; readonly what: string };

function stateAfter({ kind, partly }: Refusal): StepState {
  if (partly !== undefined) return { is: "half", what: partly };
  return { is: kind === "unanswered" ? "unanswered" : "open" };
}

function stateInWords(state: StepState): string {
  if (state.is === "half") return ` (half done: ${state.what})`;
  return { open: "", begun: " (begun)", unanswered: " (perhaps done: no answer came)" }[state.is];
}

function soFarOf(steps: readonly Step[], at: number, state: StepState): SoFar {
  const lines = steps.map(
    ({ what, name }, index) => `${what.replaceAll("-", " ")} ${name}${index === at ? stateInWords(state) : ""}`,
  );
  const [done, open] = [lines.slice(0, at), lines.slice(at)];
  return {
    text: `done: ${done.length === 0 ? "nothing" : done.join(", ")}; not done: ${open.join(", ")}`,
    changed: at > 0 || state.is !== "open",
  };
}

function changedMeanwhile(name: string): GuardError {
  return new GuardError(
    "ChangedMeanwhile",
    "cloud",
    `the function ${name} was changed by somebody else at the same time`,
    "let the other deployment end, and run the same command again",
  );
}

/** @throws GuardError */
function refuseInterrupted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new GuardError("Interrupted", "cloud", "interrupted", "run the same command again: it goes on from there");
}

/** The function, once nothing is being done to it. Null: there is none. @throws GuardError */
export async function untilIdle(
  { reader, clock, signal }: Pick<CarryOut, "reader" | "clock" | "signal">,
  name: string,
  failed: "throw" | "take" = "take",
): Promise<FunctionFacts | null> {
  const until = after(clock.now(), BOUND);
  for (;;) {
    const fn = await reader.fn(name);
    if (!fn.ok) throw refused(fn, `can't read the function ${name}`);
    if (fn.value === null) return null;
    const { status, reason } = fn.value;
    if (/Failed$/.test(status) && failed === "throw")
      throw new GuardError(
        "FunctionFailed",
        "cloud",
        `the function ${name} is ${status}: ${reason}`,
        "correct what is named, and run the same command again",
      );
    if (!/^(Creating|Updating|Deleting|Publishing)$/.test(status)) return fn.value;
    if (clock.now() >= until)
      throw new GuardError(
        "FunctionBusy",
        "cloud",
        `the function ${name} is still ${status} after 5 minutes`,
        "run the same command again",
      );
    refuseInterrupted(signal);
    await clock.sleep(POLL);
  }
}
