import { REASONS } from "../../core/verdict.ts";
import { GuardError } from "../../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import { deliver } from "../output.ts";
import type { OwnOptions } from "../program.ts";

/** `eip-guard explain EIP`, and `explain --reasons`, which needs neither an EIP nor a configuration. */
export async function explain(context: CommandContext, own: OwnOptions, eip: string | undefined): Promise<number> {
  if (own.reasons === true) {
    await deliver(context, reasons(context));
    return EXIT.done;
  }
  if (eip === undefined)
    throw new GuardError(
      "NoEip",
      "user",
      "explain needs an EIP, by its id or address",
      "write `eip-guard explain eip-1a2b3c4d`, or --reasons",
    );
  throw new GuardError("NotThereYet", "guard", `explain ${eip} is not there yet`);
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
