import { readable } from "../../src/report/escape.ts";
import { quoted } from "./blocks.ts";
import { playWalkthrough, type Scene } from "./play.ts";

/** docs/walkthrough.md: a leak from the first scan to its receipt, as the real program and the real messages tell it. */

const OPENING = `# A walk-through

A StatefulSet with two Pods is deleted; its addresses stay, and cost money. This is what \`eip-guard\` says until one of them is kept and the other is released.
The page is made by \`npm run docs\`: the real program, a simulated cloud and cluster, a simulated Slack. Each message below is what was posted, block by
block, as a reader in Shanghai sees it. CI makes it again and fails where it differs.

\`\`\`yaml
CONFIGURATION
\`\`\`
`;

export async function walkthroughPage(): Promise<string> {
  const { configuration, scenes } = await playWalkthrough();
  const opening = OPENING.replace("CONFIGURATION", configuration.trim());
  return `${[opening.trim(), ...scenes.map(sceneText)].join("\n\n")}\n`;
}

function sceneText({ title, at, text, terminal, messages }: Scene, index: number): string {
  const parts = [`## ${index + 1}. ${title}`, `*${at}.* ${text}`];
  if (terminal !== null)
    parts.push(
      `\`\`\`text\n${terminal
        .trimEnd()
        .split("\n")
        .map((line) => readable(line))
        .join("\n")}\n\`\`\``,
    );
  for (const { where, blocks } of messages) parts.push(`${where}\n\n${quoted(blocks)}`);
  return parts.join("\n\n");
}
