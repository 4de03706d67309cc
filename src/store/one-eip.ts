/** One EIP of a ledger's text, so that a press of a button does not read twenty thousand of them. */

const END = "\n}}\n";

/**
 * The text of the same ledger with one EIP alone, or with none where it has no such EIP. A text of another form, or with the EIP twice, is
 * given back as it is: whoever reads it sees what is wrong.
 */
export function withOneEip(text: string, eip: string): string {
  const head = text.endsWith(END) ? text.indexOf("\n") : -1;
  if (head === -1 || !text.slice(0, head).endsWith('"addresses":{')) return text;
  const start = `\n${JSON.stringify(eip)}:`;
  const from = text.indexOf(start, head);
  if (from === -1) return `${text.slice(0, head)}${END}`;
  if (text.includes(start, from + 1)) return text;
  const line = text.slice(from, text.indexOf("\n", from + 1));
  return `${text.slice(0, head)}${line.endsWith(",") ? line.slice(0, -1) : line}${END}`;
}
