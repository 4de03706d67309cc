import { makePlan } from "../../cycle/planfile.ts";
import { readAsRun } from "../../cycle/scan.ts";
import { GuardError } from "../../errors.ts";
import { exitCode } from "../exit-codes.ts";
import { untilAborted } from "../interruption.ts";
import type { CommandContext } from "../io.ts";
import { deliver } from "../output.ts";
import { terminalProgress } from "../progress.ts";
import { openSession } from "../session.ts";

/** `eip-guard plan --out FILE`: what a run would do, to be read and then applied. */
export async function plan(context: CommandContext): Promise<number> {
  const { io, options, clock, signal, assembly, tell } = context;
  if (options.out === undefined)
    throw new GuardError("NoPlanFile", "user", "plan needs a file to write to", "write `eip-guard plan --out plan.json`");
  const { config, policyDigest, notes } = await openSession(context, "dry");
  for (const note of notes) tell(`note: ${note}`);
  const progress = terminalProgress(io, options);
  try {
    const ports = await assembly.read(config, io.env, clock);
    const assessment = await untilAborted(readAsRun(ports, config, { progress }), signal);
    progress.end();
    for (const note of assessment.notes) tell(`note: ${note}`);
    const file = makePlan(assessment, config, policyDigest, clock.now());
    await deliver(context, JSON.stringify(file, null, 2));
    tell(`${file.flags} to flag, ${file.releases} to release; valid until ${file.expiresAt}`);
    tell(`read it, then: eip-guard apply ${options.out}`);
    for (const { scope, what, why } of assessment.gaps) tell(`gap: ${scope}: ${what}: ${why}`);
    return exitCode({ interrupted: signal.aborted, incomplete: assessment.gaps.length > 0 });
  } finally {
    progress.end();
  }
}
