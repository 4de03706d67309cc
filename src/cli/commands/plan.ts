import { readSomething } from "../../cycle/blind.ts";
import { makePlan } from "../../cycle/planfile.ts";
import { guardOf, presentScan, readAsRun } from "../../cycle/scan.ts";
import { GuardError } from "../../errors.ts";
import { json } from "../../report/json.ts";
import { exitCode } from "../exit-codes.ts";
import { untilAborted } from "../interruption.ts";
import type { CommandContext } from "../io.ts";
import { deliver, formatOfFile } from "../output.ts";
import { terminalProgress } from "../progress.ts";
import { planText } from "../rendering.ts";
import { openSession } from "../session.ts";

/** `eip-guard plan --out FILE`: what a run would do, to be read and then applied. */
export async function plan(context: CommandContext): Promise<number> {
  const { io, options, clock, signal, assembly, tell } = context;
  if (options.out === undefined)
    throw new GuardError("NoPlanFile", "user", "plan needs a file to write to", "write `eip-guard plan --out plan.json`");
  const asked = formatOfFile(options.out);
  if (asked !== undefined && asked !== "json")
    throw new GuardError(
      "FormatContradiction",
      "user",
      `--out ${options.out} asks for ${asked}, but the plan's file is JSON`,
      "name it plan.json; --format is for what is printed",
    );
  const { config, policyDigest, notes, runId } = await openSession(context, "dry");
  for (const note of notes) tell(`note: ${note}`);
  const progress = terminalProgress(io, options);
  try {
    const ports = await assembly.read(config, io.env, clock);
    const assessment = await untilAborted(readAsRun(ports, config, { progress }), signal);
    progress.end();
    for (const note of assessment.notes) tell(`note: ${note}`);
    readSomething({ regions: assessment.world.facts.regions, gaps: assessment.gaps, eips: assessment.planned }, config);
    const now = clock.now();
    const file = makePlan(assessment, config, policyDigest, now);
    const guard = guardOf(config, assessment.world.ledger, await ports.store.stopRequested());
    const result = presentScan(assessment, config, now, now, { runId, notes }, guard);
    io.stdout.write(planText(context, file, result));
    await deliver(context, json(file));
    tell(`${file.flags} to flag, ${file.releases} to release; valid until ${file.expiresAt}`);
    const waiting = file.items.filter(({ needsApproval }) => needsApproval === true).length;
    if (waiting > 0) tell(`of these, ${waiting} need an approval: eip-guard approve --plan ${options.out}`);
    tell(`read it, then: eip-guard apply ${options.out}`);
    for (const { scope, what, why } of assessment.gaps) tell(`gap: ${scope}: ${what}: ${why}`);
    return exitCode({ interrupted: signal.aborted, incomplete: assessment.gaps.length > 0 });
  } finally {
    progress.end();
  }
}
