import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { keepHeapSmall } from "../heap.ts";
import { runCli } from "./program.ts";

keepHeapSmall();

const interruption = new AbortController();

/** The first Ctrl-C ends the work cleanly; a second one ends the process. */
function interrupt(signal: NodeJS.Signals): void {
  if (interruption.signal.aborted) process.exit(130);
  interruption.abort(signal);
}

process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);
// `eip-guard scan | head` closes the pipe: nobody reads any more, and that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question, { signal: interruption.signal });
  } finally {
    lines.close();
  }
}

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: {
    write: (text) => process.stdout.write(text),
    isTTY: process.stdout.isTTY,
    columns: process.stdout.columns,
    drained: () => once(process.stdout, "drain"),
  },
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: interruption.signal,
  ...(process.stdin.isTTY === true && process.stderr.isTTY === true ? { ask } : {}),
});
// What was interrupted may still have connections open; what had to be written is written by now.
if (interruption.signal.aborted) process.exit();
