import { zonedMoment } from "../alerts/message.ts";
import type { Ink } from "../language/ink.ts";
import { visible, withInstants } from "../report/escape.ts";

/**
 * Look-alikes of what formats, links or notifies in the Markdown of group bots, which know no escape: `<@all>`, `<at id=all>`, `@所有人`,
 * `[text](address)` and bare addresses become text.
 */
const LOOKALIKES: Readonly<Record<string, string>> = {
  "<": "‹",
  ">": "›",
  "&": "＆",
  "@": "＠",
  "*": "∗",
  "~": "∼",
  "`": "ˋ",
  "[": "［",
  "]": "］",
  "#": "＃",
  "|": "｜",
  "!": "！",
  "\\": "＼",
};

function harmless(from: string, limit: number): string {
  const pieces = [...visible(from)].map((character) => LOOKALIKES[character] ?? character);
  const text = pieces.length <= limit ? pieces.join("") : `${pieces.slice(0, limit - 1).join("")}…`;
  return text
    .replaceAll("://", ":∕∕")
    .replace(/\bwww\./gi, "www․")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "ˍ");
}

const PIECE = 300;

/** The Markdown that WeCom, DingTalk and Feishu have in common. Instants without a time zone of their own are shown in `timezone`. */
export function markdownInk(timezone: string): Ink {
  return {
    text: (from, limit = PIECE) => harmless(withInstants(from), limit),
    code: (from, limit = PIECE) => `\`${harmless(from, limit)}\``,
    strong: (written) => `**${written}**`,
    moment: (at, zone) => zonedMoment(at, zone ?? timezone),
  };
}

/** Plain text, for the `text` of an event. */
export function plainInk(timezone: string): Ink {
  const text = (from: string, limit = 2_000) => [...visible(withInstants(from))].slice(0, limit).join("");
  return { text, code: text, strong: (written) => written, moment: (at, zone) => zonedMoment(at, zone ?? timezone) };
}
