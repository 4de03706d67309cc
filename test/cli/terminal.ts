import type { CliIo } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/program.ts";

/** What one run of the program wrote, and how it ended. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the whole program in this process, with streams that remember. */
export async function runProgram(argv: readonly string[], io: Partial<CliIo> & { readonly cwd: string }): Promise<Run> {
  const written = { stdout: "", stderr: "" };
  const code = await runCli(argv, {
    env: {},
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
    ...io,
  });
  return { code, ...written };
}
