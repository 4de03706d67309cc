import { explain as explainEip } from "../../cycle/explain.ts";
import { exitCode } from "../exit-codes.ts";
import { untilAborted } from "../interruption.ts";
import type { CommandContext } from "../io.ts";
import { terminalProgress } from "../progress.ts";
import { deliverExplanation } from "../rendering.ts";
import { openSession } from "../session.ts";

/** `eip-guard explain EIP`: one EIP in full, by its id or address; 3 where not all could be read, and the gaps are listed. */
export async function explain(context: CommandContext, eip: string): Promise<number> {
  const { io, options, clock, signal, assembly, tell } = context;
  const { config, notes } = await openSession(context, "dry");
  for (const note of notes) tell(`note: ${note}`);
  const progress = terminalProgress(io, options);
  try {
    const ports = await assembly.read(config, io.env, clock);
    const explanation = await untilAborted(explainEip(ports, config, eip, progress), signal);
    progress.end();
    await deliverExplanation(context, explanation);
    return exitCode({ interrupted: signal.aborted, incomplete: explanation.gaps.length > 0 });
  } finally {
    progress.end();
  }
}
