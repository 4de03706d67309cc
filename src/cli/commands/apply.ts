import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { confirmedBy, readPlan } from "../../cycle/planfile.ts";
import { GuardError, whyOf } from "../../errors.ts";
import { inTime } from "../bound.ts";
import type { CommandContext } from "../io.ts";
import type { OwnOptions } from "../own-options.ts";
import { terminalProgress } from "../progress.ts";
import { openSession } from "../session.ts";
import { timeLeft } from "./run.ts";
import { deliverOrExplain, resultExitCode } from "./scan.ts";

/** `eip-guard apply FILE [--confirm N]`: exactly what the plan says, each item judged again first. */
export async function apply(context: CommandContext, own: OwnOptions, name: string): Promise<number> {
  const { io, options, clock, signal, assembly } = context;
  const { config, notes, policyDigest, runId, env } = await openSession(context, "acting");
  const file = readPlan(await planText(resolve(io.cwd, name), name), name, policyDigest, clock.now());
  const confirmed = confirmedBy(file, own.confirm ?? null);
  const progress = terminalProgress(io, options);
  try {
    const { runOnce } = await import("../../cycle/run.ts");
    const powers = await assembly.run(config, env, clock);
    signal.throwIfAborted();
    const plan = { file, confirmed };
    const left = () => timeLeft(signal);
    const result = await inTime(runOnce(powers, config, { runId, notes, policyDigest, progress, plan, timeLeft: left }));
    progress.end();
    await deliverOrExplain(context, result, config, own);
    return resultExitCode(result, options.failOn, signal);
  } finally {
    progress.end();
  }
}

async function planText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new GuardError(
      "PlanUnreadable",
      "user",
      `can't read the plan ${name}: ${whyOf(error)}`,
      "give the file that eip-guard plan --out wrote",
      {
        cause: error,
      },
    );
  }
}
