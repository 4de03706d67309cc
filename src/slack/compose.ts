import type { KnownBlock } from "@slack/types";
import type { OutgoingMessage } from "../ports.ts";
import { escapeSlack } from "../report/escape.ts";

/** What Slack takes (platform.md, Slack; the total is not documented and was tried). */
export const LIMITS = { blocks: 50, header: 150, section: 3_000, contextElements: 10, total: 10_000, text: 4_000 } as const;

/** The total counts the whole of the blocks as JSON, with some room for what Slack adds. */
const BUDGET = 9_500;

/** A message in parts; `lead`, `entries` and `footer` are mrkdwn, escaped already, `title` is plain text. */
export interface Parts {
  readonly title: string;
  readonly lead: readonly string[];
  readonly entries: readonly string[];
  readonly footer: readonly string[];
}

interface Message {
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
}

/** Puts the parts into one message and, where that is full, into further ones for its thread. Nothing is left out. */
export function compose({ title, lead, entries, footer }: Parts): OutgoingMessage {
  const header: KnownBlock = { type: "header", text: { type: "plain_text", text: cut(title, LIMITS.header), emoji: false } };
  const closing: readonly KnownBlock[] = footer.length === 0 ? [] : [{ type: "context", elements: footer.map(mrkdwn) }];
  const sections = [...lead, ...entries]
    .flatMap(pieces)
    .filter((text) => text !== "")
    .map((text): KnownBlock => ({ type: "section", text: mrkdwn(text) }));

  const pages: KnownBlock[][] = [[header]];
  let size = sizeOf([header, ...closing]);
  for (const section of sections) {
    const page = pages.at(-1) ?? [];
    const reserved = pages.length === 1 ? closing.length : 0;
    const own = sizeOf([section]);
    if (size + own > BUDGET || page.length + reserved + 1 > LIMITS.blocks) {
      pages.push([section]);
      size = own;
      continue;
    }
    page.push(section);
    size += own;
  }
  const [first = [header], ...rest] = pages;
  const text = escapeSlack(title, LIMITS.header);
  const message: Message = { text, blocks: [...first, ...closing] };
  if (rest.length === 0) return message;
  return { ...message, thread: rest.map((blocks, index) => ({ text: `${text} (${index + 2} of ${pages.length})`, blocks })) };
}

/** Without `verbatim` Slack would make links and mentions of what looks like one. */
function mrkdwn(text: string) {
  return { type: "mrkdwn" as const, text, verbatim: true };
}

function sizeOf(blocks: readonly KnownBlock[]): number {
  return JSON.stringify(blocks).length;
}

function cut(text: string, limit: number): string {
  const characters = [...text];
  return characters.length <= limit && text.length <= limit ? text : `${characters.slice(0, limit / 2).join("")}…`;
}

/** A text in pieces that fit a section, parted at its line ends. */
function pieces(text: string): readonly string[] {
  if (text.length <= LIMITS.section) return [text];
  const parts: string[] = [];
  let part = "";
  for (const line of text.split("\n")) {
    const joined = part === "" ? line : `${part}\n${line}`;
    if (joined.length <= LIMITS.section) {
      part = joined;
      continue;
    }
    parts.push(part);
    part = line;
  }
  return [...parts, part];
}
