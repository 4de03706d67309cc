import { FINDINGS } from "../../core/hygiene.ts";
import { REASONS } from "../../core/verdict.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import { deliver } from "../output.ts";

/** `eip-guard explain --reasons`: the closed lists of reasons and of finding codes, each with its sentence. It needs no configuration. */
export async function reasons(context: CommandContext): Promise<number> {
  await deliver(context, reasonsText(context));
  return EXIT.done;
}

function reasonsText({ options }: CommandContext): string {
  const verdicts = Object.entries(REASONS).map(([code, { verdict, sentence }]) => ({ code, verdict, sentence }));
  const findings = Object.entries(FINDINGS).map(([code, { sentence, mend }]) => ({ code, sentence, mend }));
  if (options.format === "json") return JSON.stringify({ reasons: verdicts, findings }, null, 2);
  if (options.format === "markdown") {
    return [
      "| reason | verdict | meaning |",
      "|---|---|---|",
      ...verdicts.map(({ code, verdict, sentence }) => `| \`${code}\` | \`${verdict}\` | ${sentence} |`),
      "",
      "| finding | meaning | mend |",
      "|---|---|---|",
      ...findings.map(({ code, sentence, mend }) => `| \`${code}\` | ${sentence} | ${mend} |`),
    ].join("\n");
  }
  const width = Math.max(...[...verdicts, ...findings].map(({ code }) => code.length));
  const line = ({ code, sentence }: { readonly code: string; readonly sentence: string }) =>
    `  ${code.padEnd(width)}  ${sentence}`;
  return ["Reasons of verdicts:", ...verdicts.map(line), "", "Findings about clusters:", ...findings.map(line)].join("\n");
}
