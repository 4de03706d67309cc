import { REASONS } from "../../core/verdict.ts";
import { explain as explainEip } from "../../cycle/explain.ts";
import { GuardError } from "../../errors.ts";
import { EXIT } from "../exit-codes.ts";
import { untilAborted } from "../interruption.ts";
import type { CommandContext } from "../io.ts";
import { deliver } from "../output.ts";
import type { OwnOptions } from "../program.ts";
import { terminalProgress } from "../progress.ts";
import { deliverExplanation } from "../rendering.ts";
import { openSession } from "../session.ts";

/** `eip-guard explain EIP`, and `explain --reasons`, which needs neither an EIP nor a configuration. */
export async function explain(context: CommandContext, own: OwnOptions, eip: string): Promise<number> {
  if (own.reasons === true) {
    await deliver(context, reasons(context));
    return EXIT.done;
  }
  if (eip === "")
    throw new GuardError(
      "NoEip",
      "user",
      "explain needs an EIP, by its id or address",
      "write `eip-guard explain eip-1a2b3c4d`, or --reasons",
    );
  const { io, options, clock, signal, assembly, tell } = context;
  const { config, notes } = await openSession(context, "dry");
  for (const note of notes) tell(`note: ${note}`);
  const progress = terminalProgress(io, options);
  try {
    const ports = await assembly.read(config, io.env, clock);
    const explanation = await untilAborted(explainEip(ports, config, eip, progress), signal);
    progress.end();
    await deliverExplanation(context, explanation);
    return EXIT.done;
  } finally {
    progress.end();
  }
}

function reasons({ options }: CommandContext): string {
  const rows = Object.entries(REASONS).map(([code, { verdict, sentence }]) => ({ code, verdict, sentence }));
  if (options.format === "json") return JSON.stringify({ reasons: rows }, null, 2);
  if (options.format === "markdown") {
    const lines = rows.map(({ code, verdict, sentence }) => `| \`${code}\` | \`${verdict}\` | ${sentence} |`);
    return ["| reason | verdict | meaning |", "|---|---|---|", ...lines].join("\n");
  }
  const width = Math.max(...rows.map(({ code }) => code.length));
  return rows.map(({ code, sentence }) => `${code.padEnd(width)}  ${sentence}`).join("\n");
}
