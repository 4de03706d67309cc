import Table from "cli-table3";

/** Laying out text in columns and lines of a terminal. */

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303F\uFF00-\uFF60\p{Emoji_Presentation}]/u;

/** How many columns of a terminal a text takes; Chinese, Japanese, Korean and emoji take two each. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += WIDE.test(character) ? 2 : /\p{M}/u.test(character) ? 0 : 1;
  return columns;
}

/** A text in lines of at most `width` columns, broken between words, and within a word only where it is longer than a line. */
export function wrap(text: string, width: number): readonly string[] {
  const limit = Math.max(2, width);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (columnsOf(joined) <= limit) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    line = "";
    for (const character of word) {
      if (columnsOf(line + character) > limit) {
        lines.push(line);
        line = "";
      }
      line += character;
    }
  }
  return [...lines, line];
}

export interface Row {
  readonly cells: readonly string[];
  /** Lines below the cells, from the second column on; they must fit. */
  readonly below: readonly string[];
}

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
} as const;

/** Columns without lines between them. `widths` count two columns of space behind each. */
export function columns(head: readonly string[], rows: readonly Row[], widths: readonly number[]): string {
  const table = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2, compact: true },
    colWidths: [...widths],
  });
  table.push([...head]);
  for (const { cells, below } of rows) {
    table.push([...cells]);
    if (below.length > 0) table.push(["", { content: below.join("\n"), colSpan: head.length - 1 }]);
  }
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** The widths that fit every cell, with two columns of space behind each. Cells must not be coloured yet. */
export function widthsOf(head: readonly string[], rows: readonly (readonly string[])[]): readonly number[] {
  return head.map((title, index) => Math.max(...[title, ...rows.map((cells) => cells[index] ?? "")].map(columnsOf)) + 2);
}
