import { FINDINGS } from "../../core/audit/findings.ts";
import { type Paragraph, paragraphName } from "../../core/terms/law.ts";
import { REASONS } from "../../core/terms/verdict.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import { deliver } from "../output.ts";

/** `eip-guard explain --reasons`: the closed lists of reasons and of finding codes, each with its sentence. It needs no configuration. */
export async function reasons(context: CommandContext): Promise<number> {
  await deliver(context, reasonsText(context));
  return EXIT.done;
}

function reasonsText({ options }: CommandContext): string {
  const verdicts = Object.entries(REASONS).map(([code, { verdict, sentence, law }]) => ({ code, verdict, sentence, law }));
  const findings = Object.entries(FINDINGS).map(([code, { sentence, fix, law }]) => ({ code, sentence, fix, law }));
  if (options.format === "json") return JSON.stringify({ reasons: verdicts, findings }, null, 2);
  if (options.format === "markdown") {
    return [
      "| reason | verdict | meaning | paragraph |",
      "|---|---|---|---|",
      ...verdicts.map(
        ({ code, verdict, sentence, law }) => `| \`${code}\` | \`${verdict}\` | ${sentence} | ${paragraphName(law)} |`,
      ),
      "",
      "| finding | meaning | fix | paragraph |",
      "|---|---|---|---|",
      ...findings.map(({ code, sentence, fix, law }) => `| \`${code}\` | ${sentence} | ${fix} | ${paragraphName(law)} |`),
    ].join("\n");
  }
  const width = Math.max(...[...verdicts, ...findings].map(({ code }) => code.length));
  const line = ({ code, sentence, law }: { readonly code: string; readonly sentence: string; readonly law: Paragraph }) =>
    `  ${code.padEnd(width)}  ${sentence} (${law})`;
  return [
    "Reasons of verdicts, each with its paragraph of docs/domain.md:",
    ...verdicts.map(line),
    "",
    "Findings about clusters:",
    ...findings.map(line),
  ].join("\n");
}
