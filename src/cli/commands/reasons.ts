import { REASONS } from "../../core/verdict.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import { deliver } from "../output.ts";

/** `eip-guard explain --reasons`: the closed list of reasons, each with its sentence. It needs no configuration. */
export async function reasons(context: CommandContext): Promise<number> {
  await deliver(context, reasonsText(context));
  return EXIT.done;
}

function reasonsText({ options }: CommandContext): string {
  const rows = Object.entries(REASONS).map(([code, { verdict, sentence }]) => ({ code, verdict, sentence }));
  if (options.format === "json") return JSON.stringify({ reasons: rows }, null, 2);
  if (options.format === "markdown") {
    const lines = rows.map(({ code, verdict, sentence }) => `| \`${code}\` | \`${verdict}\` | ${sentence} |`);
    return ["| reason | verdict | meaning |", "|---|---|---|", ...lines].join("\n");
  }
  const width = Math.max(...rows.map(({ code }) => code.length));
  return rows.map(({ code, sentence }) => `${code.padEnd(width)}  ${sentence}`).join("\n");
}
