/** Slack's blocks as Markdown: what people see, with buttons as text. The blocks are those that were posted. */

interface Text {
  readonly text?: string;
}

interface Block {
  readonly type?: string;
  readonly text?: Text;
  /** Of a context they have text, of a row of buttons labels. */
  readonly elements?: readonly { readonly text?: string | Text }[];
}

/** One message as a quotation. */
export function quoted(blocks: readonly unknown[]): string {
  const parts = blocks.flatMap((block) => markdownOf(Object(block)));
  return parts.map((part) => part.split("\n").map(lineOf).join("\n")).join("\n>\n");
}

function lineOf(line: string, index: number, lines: readonly string[]): string {
  return `> ${line}${index < lines.length - 1 ? "  " : ""}`;
}

function markdownOf({ type, text, elements = [] }: Block): readonly string[] {
  const texts = elements.map(({ text: inner }) => (typeof inner === "string" ? inner : (inner?.text ?? "")));
  switch (type) {
    case "header":
      return [`**${plain(text?.text ?? "")}**`];
    case "section":
      return [fromMrkdwn(text?.text ?? "")];
    case "context":
      return texts.map((one) =>
        fromMrkdwn(one)
          .split("\n")
          .map((line) => `<sub>${line}</sub>`)
          .join("\n"),
      );
    case "actions":
      return [texts.map((label) => `<kbd>${plain(label)}</kbd>`).join(" ")];
    default:
      return [];
  }
}

function plain(text: string): string {
  return text.replaceAll("<", "&lt;");
}

/** Slack shows a moment in the time zone of who reads it. */
const AT_THE_READER = new Intl.DateTimeFormat("en-US", {
  month: "short",
  day: "numeric",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: "Asia/Shanghai",
});

/** Bold has two asterisks in Markdown; a moment is shown as a reader in Shanghai sees it, and a person as a mention. */
function fromMrkdwn(text: string): string {
  return (
    text
      .replace(/<!date\^(\d+)\^[^>]*>/g, (_, seconds: string) => AT_THE_READER.format(Number(seconds) * 1_000))
      .replace(/<@([A-Z0-9]+)>/g, "@$1")
      // It changes with every record that the trail is given.
      .replace(/record \d+, `[0-9a-f]{64}`/, "record …, `…`")
      .split(/(`[^`]*`)/)
      .map((piece) => (piece.startsWith("`") ? piece : piece.replace(/(?<![\w*])\*([^*\n]+)\*(?![\w*])/g, "**$1**")))
      .join("")
  );
}
