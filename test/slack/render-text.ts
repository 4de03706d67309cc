import type { OutgoingMessage } from "../../src/slack/compose.ts";

/** Slack blocks as text, so that people, and tests, can read them as a whole. */
export function renderText({ text, blocks, thread = [] }: OutgoingMessage): string {
  const parts = [`[${text}]`, ...blocks.map(blockText), ...thread.flatMap((part) => ["--- thread ---", renderText(part)])];
  return parts.join("\n\n");
}

function blockText(block: object): string {
  const own = textsOf(block);
  return "type" in block && block.type === "header" ? own.map((line) => `## ${line}`).join("\n") : own.join("\n");
}

/** Every text of a block, however deep. */
export function textsOf(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  if ("text" in value && typeof value.text === "string") return [value.text];
  return Object.values(value).flatMap(textsOf);
}
