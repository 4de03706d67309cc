import { createInterface } from "node:readline/promises";
import { GuardError } from "../errors.ts";
import { keepHeapSmall } from "../heap.ts";
import { EXIT } from "./exit-codes.ts";
import { errorText } from "./output.ts";
import { runCli } from "./program.ts";
import { guardedSink } from "./sink.ts";

keepHeapSmall();

const interruption = new AbortController();

/** The first Ctrl-C ends the work cleanly; a second one ends the process. */
function interrupt(signal: NodeJS.Signals): void {
  if (interruption.signal.aborted) process.exit(130);
  interruption.abort(signal);
}

process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);

const stdout = guardedSink(process.stdout);
// Nobody may be left to hear a message; the work and its exit code don't depend on that.
const stderr = guardedSink(process.stderr);

function end(error: unknown, code: number): never {
  stderr.write(errorText(error, process.argv.includes("--verbose")));
  process.exit(code);
}

// Node would print the line of the bundle where it happened, which is the whole program.
process.on("uncaughtException", (error) => end(error, EXIT.failed));

function workingFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    const gone = new GuardError("NoWorkingFolder", "user", "the working folder is gone", "change to a folder that exists", {
      cause: error,
    });
    return end(gone, EXIT.usage);
  }
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question, { signal: interruption.signal });
  } finally {
    lines.close();
  }
}

const code = await runCli(process.argv.slice(2), {
  stdout,
  stderr,
  env: process.env,
  cwd: workingFolder(),
  signal: interruption.signal,
  ...(process.stdin.isTTY === true && process.stderr.isTTY === true ? { ask } : {}),
});
// A full disk is told a moment after the write.
await new Promise((resolve) => setImmediate(resolve));
const lost = stdout.lost();
if (lost !== null)
  stderr.write(
    errorText(
      new GuardError(
        "CannotWrite",
        "cloud",
        `can't write to stdout: ${lost.message}`,
        "free some space, or name a file with --out",
      ),
      false,
    ),
  );
process.exitCode = lost !== null && code !== EXIT.interrupted && code !== EXIT.usage ? EXIT.failed : code;
// What was interrupted may still have connections open; what had to be written is written by now.
if (interruption.signal.aborted) process.exit();
