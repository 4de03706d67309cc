/**
 * Pod names, tags, EIP names and messages come from other people. Everything that is shown passes
 * through here, once for each format: nothing can move a cursor, run a formula, notify a channel or open a tag.
 */

/** Control and format characters, line separators and lone surrogates: C0, C1, ANSI, bidirectional overrides, zero widths. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Shows what would act or hide as what it is: ESC becomes `\u{1b}`. What remains is one line of visible text. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

const INSTANT_IN_TEXT = /\b(until )?(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z/g;

/** Each instant in a sentence in the one form that people get. What lasts until midnight lasts until the end of the day before. */
export function withInstants(text: string): string {
  return text.replace(INSTANT_IN_TEXT, (whole: string, until: string | undefined, day: string, minute: string) => {
    const at = Date.parse(whole.slice((until ?? "").length));
    if (Number.isNaN(at)) return whole;
    const midnight = until !== undefined && at % 86_400_000 === 0;
    return midnight
      ? `until the end of ${new Date(at - 1).toISOString().slice(0, 10)} (UTC)`
      : `${until ?? ""}${day} ${minute} UTC`;
  });
}

/**
 * A sentence as people read it: visible, and with {@link withInstants}. Data that must be copied as it is, such as tags, goes through
 * {@link visible} alone.
 */
export function readable(text: string): string {
  return withInstants(visible(text));
}

const HTML_ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** For HTML text and quoted attributes alike. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? "");
}

/** What a spreadsheet takes for the beginning of a formula, also in full width and behind blanks. */
const FORMULA = /^[\s'"]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/u;

/** One CSV field after RFC 4180. Text that a spreadsheet would calculate gets an apostrophe before it; numbers stay numbers. */
export function csvField(value: string | number | boolean | null): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const shown = visible(value);
  const text = FORMULA.test(shown) ? `'${shown}` : shown;
  return /[",]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** For Markdown text and table cells: no formatting, HTML, links, mentions or new cells come of it. */
export function escapeMarkdown(text: string): string {
  return readable(text)
    .replace(/[\\`*_[\]|~#!$]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("://", "\\://")
    .replace(/\b(mailto|xmpp):/gi, "$1\\:")
    .replace(/\bwww\./gi, "www\\.")
    .replaceAll("@", "@&#8203;")
    .replace(/^(\s*)([-+=])(?=\s|[-+=]|$)/, "$1\\$2")
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, "$1\\$2");
}

const SLACK_ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** Look-alikes of what formats in mrkdwn; Slack knows no escape for these. */
const SLACK_LOOKALIKES: Readonly<Record<string, string>> = { "*": "∗", "~": "∼", "`": "ˋ" };

/**
 * For Slack's mrkdwn: `<!channel>` and links become text, and nothing formats. Texts with it must be sent `verbatim`, so
 * that Slack makes no links of addresses either. The answer is at most `limit` characters long, entities included.
 */
export function escapeSlack(text: string, limit: number = Number.POSITIVE_INFINITY): string {
  const pieces: string[] = [];
  let length = 0;
  for (const character of visible(text)) {
    const piece = SLACK_ENTITIES[character] ?? SLACK_LOOKALIKES[character] ?? character;
    pieces.push(piece);
    length += piece.length;
  }
  if (length <= limit) return withoutItalics(pieces.join(""));
  // An entity is never cut in two.
  while (length > limit - 1) length -= pieces.pop()?.length ?? length;
  return withoutItalics(`${pieces.join("")}…`);
}

/** Only underscores at the edge of a word format in mrkdwn; those inside names stay. */
function withoutItalics(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "ˍ");
}

/** JSON for terminals and files: the same value, with what acts or hides written as `\uXXXX`. */
export function harmlessJson(json: string): string {
  return json.replace(INVISIBLE, (character) => {
    if (character === "\n") return character;
    let escaped = "";
    for (let index = 0; index < character.length; index += 1)
      escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
    return escaped;
  });
}
