import { type Duration, humanDuration, MINUTE, milliseconds } from "../core/terms/time.ts";
import { GuardError } from "../errors.ts";

/** As long as the lease of a run: another run may begin after it. */
const BOUND: Duration = milliseconds(20 * MINUTE);

/** What hangs keeps connections open, and the process with them. */
const LAST_WORDS = 2_000;

/**
 * A run that is not over in time has failed: one that hangs for ever, under a scheduler that starts no second one beside it, guards nothing, and
 * nobody sees it. A run that wakes up later finds that its time is over, and starts nothing.
 *
 * @throws GuardError `RunHangs`
 */
export async function inTime<T>(run: Promise<T>, bound: Duration = BOUND): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new GuardError("RunHangs", "guard", `the run is not over after ${humanDuration(bound)}`, "look at what does not answer"),
      );
      setTimeout(() => process.exit(1), LAST_WORDS).unref();
    }, bound);
  });
  try {
    return await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
}
