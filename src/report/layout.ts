/**
 * Laying out text in columns and lines of a terminal. A table library was tried: its time grows with the square of the rows (2 s for
 * 2,000 EIPs), and all that is needed of it is padding.
 */

const PLAIN = /^[ -~]*$/;
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303F\uFF00-\uFF60\p{Emoji_Presentation}]/u;

/** How many columns of a terminal a text takes; Chinese, Japanese, Korean and emoji take two each. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const character of text) {
    if (WIDE.test(character)) columns += 2;
    else if (!/\p{M}/u.test(character)) columns += 1;
  }
  return columns;
}

/** A text in lines of at most `width` columns, broken between words, and within a word only where it is longer than a line. */
export function wrap(text: string, width: number): readonly string[] {
  const limit = Math.max(2, width);
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const word of text.split(" ").flatMap((whole) => pieces(whole, limit))) {
    const size = columnsOf(word);
    if (line !== "" && used + 1 + size > limit) {
      lines.push(line);
      line = "";
    }
    used = line === "" ? size : used + 1 + size;
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const DOT = " · ";

/** Items with dots between them, in lines of at most `width` columns; an item is broken only where it is longer than a line. */
export function flow(items: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && columnsOf(last) + DOT.length + columnsOf(item) <= width)
      lines[lines.length - 1] = `${last}${DOT}${item}`;
    else lines.push(...wrap(item, width));
  }
  return lines;
}

/** A word in pieces that fit a line; one piece where it fits. */
function pieces(word: string, limit: number): readonly string[] {
  if (columnsOf(word) <= limit) return [word];
  const parts: string[] = [];
  let part = "";
  let used = 0;
  for (const character of word) {
    const size = columnsOf(character);
    if (used + size > limit) {
      parts.push(part);
      part = "";
      used = 0;
    }
    part += character;
    used += size;
  }
  return [...parts, part];
}

export interface Row {
  /** Not coloured yet: colours take no columns. */
  readonly cells: readonly string[];
  /** Colours the first cell. */
  readonly paint: (text: string) => string;
  /** Lines below the cells, from the second column on; they must fit, and may be coloured. */
  readonly below: readonly string[];
}

const GAP = 2;

/** Rows in columns that are as wide as their widest cell, without lines between them. */
export function columns(head: readonly string[], rows: readonly Row[], paintHead: (text: string) => string): readonly string[] {
  const widths = widthsOf(
    head,
    rows.map(({ cells }) => cells),
  );
  const indent = " ".repeat(widths[0] ?? 0);
  const line = (cells: readonly string[], paint: (text: string) => string) =>
    cells
      .map((cell, index) => `${index === 0 ? paint(cell) : cell}${" ".repeat((widths[index] ?? 0) - columnsOf(cell))}`)
      .join("")
      .trimEnd();
  return [
    paintHead(line(head, String)),
    ...rows.flatMap(({ cells, paint, below }) => [line(cells, paint), ...below.map((text) => `${indent}${text}`)]),
  ];
}

/** How wide each column is, with the gap behind it. */
export function widthsOf(head: readonly string[], rows: readonly (readonly string[])[]): readonly number[] {
  return head.map((title, index) => {
    let widest = columnsOf(title);
    for (const cells of rows) widest = Math.max(widest, columnsOf(cells[index] ?? ""));
    return widest + GAP;
  });
}
