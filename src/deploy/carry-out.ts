import { after, type Duration, MINUTE, milliseconds, SECOND } from "../core/terms/time.ts";
import type { FunctionFacts, FunctionReader, FunctionWriter } from "../deployment.ts";
import { GuardError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import type { Plan, Step } from "./plan.ts";
import { refused } from "./refusal.ts";

/** How long a function is waited for (contract.md, Deploy). */
const BOUND: Duration = milliseconds(5 * MINUTE);
const POLL: Duration = milliseconds(2 * SECOND);

export interface CarryOut {
  readonly reader: FunctionReader;
  readonly writer: FunctionWriter;
  readonly clock: Clock;
  /** Hears of each step when it was done. */
  readonly done: (step: Step) => void;
}

/**
 * Does what a plan says, in its order. What fails leaves a sentence of what is done and what is not.
 *
 * @throws GuardError
 */
export async function carryOut({ steps, seen }: Plan, { reader, writer, clock, done }: CarryOut): Promise<void> {
  const known = new Map(seen);
  for (const [at, step] of steps.entries()) {
    const soFar = () => soFarOf(steps, at);
    const { changes } = step;
    /** Idle, and as it was left: a description that differs is another deployment's. */
    const idle = async (failed: "throw" | "take") => {
      if (changes === null || !known.has(changes)) return;
      const fn = await untilIdle(reader, clock, changes, soFar, failed);
      if (fn === null || fn.description !== known.get(changes)) throw changedMeanwhile(changes, soFar());
    };
    await idle("take");
    const made = await step.carryOut(writer, () => idle("throw"));
    if (!made.ok) throw refused(made, `can't ${step.line}`, soFar());
    if (changes !== null && step.what !== "delete-function") {
      const expected = step.describes ?? known.get(changes);
      if (expected !== undefined) known.set(changes, expected);
      await idle("throw");
    }
    done(step);
  }
}

function soFarOf(steps: readonly Step[], at: number): string {
  const lines = (some: readonly Step[]) => some.map(({ what, name }) => `${what.replaceAll("-", " ")} ${name}`);
  const [done, open] = [lines(steps.slice(0, at)), lines(steps.slice(at))];
  return `done: ${done.length === 0 ? "nothing" : done.join(", ")}; not done: ${open.length === 0 ? "the rest of it" : open.join(", ")}`;
}

function changedMeanwhile(name: string, soFar: string): GuardError {
  return new GuardError(
    "ChangedMeanwhile",
    "cloud",
    `the function ${name} was changed by somebody else at the same time; ${soFar}`,
    "let the other deployment end, and run the same command again",
  );
}

/** The function, once nothing is being done to it. Null: there is none. @throws GuardError */
export async function untilIdle(
  reader: FunctionReader,
  clock: Clock,
  name: string,
  soFar: () => string,
  failed: "throw" | "take" = "take",
): Promise<FunctionFacts | null> {
  const until = after(clock.now(), BOUND);
  for (;;) {
    const fn = await reader.fn(name);
    if (!fn.ok) throw refused(fn, `can't read ${name}`, soFar());
    if (fn.value === null) return null;
    const { status, reason } = fn.value;
    if (/Failed$/.test(status) && failed === "throw")
      throw new GuardError(
        "FunctionFailed",
        "cloud",
        `the function ${name} is ${status}: ${reason}; ${soFar()}`,
        "correct what is named, and run the same command again",
      );
    if (!/^(Creating|Updating|Deleting|Publishing)$/.test(status)) return fn.value;
    if (clock.now() >= until)
      throw new GuardError(
        "FunctionBusy",
        "cloud",
        `the function ${name} is still ${status} after 5 minutes; ${soFar()}`,
        "run the same command again",
      );
    await clock.sleep(POLL);
  }
}
