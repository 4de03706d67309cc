import { paragraphLink } from "../terms/law.ts";
import { REASONS, VERDICTS } from "../terms/verdict.ts";
import { FINDINGS } from "./findings.ts";

/** The documentation pages of the closed lists, written from the lists themselves; a test holds the files to them. */

/** `docs/findings.md`: a section, and so an anchor, for each finding code. */
export function findingsPage(): string {
  const sections = Object.entries(FINDINGS).map(
    ([code, { sentence, fix, law }]) => `## ${code}\n\n${capital(sentence)}. (${paragraphLink(law)})\n\n**Fix:** ${fix}.\n`,
  );
  return [
    "# Findings\n",
    "What `scan` and `check` find wrong in clusters and regions, and what to do about it.\n",
    ...sections,
  ].join("\n");
}

/** `docs/reasons.md`: every reason, under its verdict, worst verdict first. */
export function reasonsPage(): string {
  const sections = VERDICTS.map((verdict) => {
    const rows = Object.entries(REASONS)
      .filter(([, reason]) => reason.verdict === verdict)
      .map(([code, { sentence, law }]) => `| \`${code}\` | ${sentence} | ${paragraphLink(law)} |`);
    return `## ${verdict}\n\n| reason | meaning | paragraph |\n|---|---|---|\n${rows.join("\n")}\n`;
  });
  return ["# Reasons\n", "Every EIP gets exactly one verdict, with one of these reasons.\n", ...sections].join("\n");
}

/** A sentence begins with a capital; a name of the program's own, such as ipamd or eip-id-list, does not. */
function capital(sentence: string): string {
  if (/^(?:ipamd|eip-)/.test(sentence)) return sentence;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
