import type { KnownBlock } from "@slack/types";
import type { Entry, ListFile, Parts, Pressable } from "../alerts/message.ts";
import type { AlertWords } from "../language/alerts.ts";
import type { PressWords } from "../language/press.ts";
import { escapeSlack } from "../report/escape.ts";
import { buttonsOf } from "./press.ts";

/** What Slack takes (its documentation of blocks; the total is not documented and was tried). */
export const LIMITS = { blocks: 50, header: 150, section: 3_000, contextElements: 10, total: 10_000, text: 4_000 } as const;

/** The total counts the whole of the blocks as JSON, with some room for what Slack adds. */
const BUDGET = 9_500;

/** One message as it is posted. */
export interface Page {
  /** Fallback text, always set. */
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
  /** Ids of the EIPs that whoever sees this page sees concerned. */
  readonly eips: readonly string[];
}

/** A message, with further pages for its thread where one would be too long. */
export interface OutgoingMessage extends Page {
  readonly thread?: readonly Page[];
  /** The list in full, and the pages that stand for it where it can't be sent as a file. */
  readonly file?: ListFile & { readonly instead: readonly Page[] };
}

/**
 * Puts the parts into one message and, where that is full, into further ones for its thread. Nothing is left out: a list goes as a file,
 * or in pages where there is none.
 */
export function compose(
  { title, lead, entries, footer, list = [], file }: Parts,
  words: AlertWords,
  buttons: PressWords["labels"] | null = null,
): OutgoingMessage {
  const header: KnownBlock = { type: "header", text: { type: "plain_text", text: cut(title, LIMITS.header), emoji: false } };
  const closing: readonly KnownBlock[] = footer.length === 0 ? [] : [{ type: "context", elements: footer.map(mrkdwn) }];
  const said = [...lead.map((text): Entry => ({ text, eips: [] })), ...entries].flatMap(pieces).filter(({ text }) => text !== "");
  const [first, ...more] = paged(said, [header], closing, buttons);
  const listed = paged(packed(list), [], []).filter(({ blocks }) => blocks.length > 0);
  const text = escapeSlack(title, LIMITS.header);
  const of = more.length + listed.length + 1;
  const numbered = (page: (typeof more)[number], index: number): Page => ({ ...page, text: words.part(text, index + 2, of) });
  const pages = [...more, ...listed].map(numbered);
  const message: Page = { text, blocks: [...(first?.blocks ?? [header]), ...closing], eips: first?.eips ?? [] };
  if (file !== undefined) {
    const thread = pages.slice(0, more.length);
    return { ...message, ...(thread.length === 0 ? {} : { thread }), file: { ...file, instead: pages.slice(more.length) } };
  }
  return pages.length === 0 ? message : { ...message, thread: pages };
}

/** Sections in pages within the limits; the first page begins with `opening` and keeps room for `closing`. */
function paged(
  entries: readonly Entry[],
  opening: readonly KnownBlock[],
  closing: readonly KnownBlock[],
  buttons: PressWords["labels"] | null = null,
): readonly { readonly blocks: readonly KnownBlock[]; readonly eips: readonly string[] }[] {
  const pages: { blocks: KnownBlock[]; eips: string[] }[] = [{ blocks: [...opening], eips: [] }];
  let size = sizeOf([...opening, ...closing]);
  for (const { text, eips, press } of entries) {
    const section: KnownBlock = { type: "section", text: mrkdwn(text) };
    // An EIP and its buttons stay together.
    const blocks = press === undefined || buttons === null ? [section] : [section, rowOf(press, buttons)];
    const page = pages.at(-1);
    const reserved = pages.length === 1 ? closing.length : 0;
    const own = sizeOf(blocks);
    if (page === undefined || size + own > BUDGET || page.blocks.length + reserved + blocks.length > LIMITS.blocks) {
      pages.push({ blocks, eips: [...eips] });
      size = own;
      continue;
    }
    page.blocks.push(...blocks);
    page.eips.push(...eips);
    size += own;
  }
  return pages;
}

function rowOf(press: Pressable, labels: PressWords["labels"]): KnownBlock {
  return buttonsOf(press, press.needsApproval ? ["keep-7d", "keep", "why", "approve"] : ["keep-7d", "keep", "why"], labels);
}

/** Lines put together into as few sections as take them. */
function packed(lines: readonly Entry[]): readonly Entry[] {
  const sections: { text: string; eips: string[] }[] = [];
  for (const { text, eips } of lines.flatMap(pieces)) {
    const last = sections.at(-1);
    if (last === undefined || last.text.length + text.length + 1 > LIMITS.section) sections.push({ text, eips: [...eips] });
    else {
      last.text += `\n${text}`;
      last.eips.push(...eips);
    }
  }
  return sections;
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

/** An entry in pieces that fit a section, parted at its line ends. What it names is seen with its first piece. */
function pieces(entry: Entry): readonly Entry[] {
  const { text, eips, press } = entry;
  if (text.length <= LIMITS.section) return [entry];
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
  const first = parts.map((piece, index) => ({ text: piece, eips: index === 0 ? eips : [] }));
  return [...first, { text: part, eips: first.length === 0 ? eips : [], ...(press === undefined ? {} : { press }) }];
}
