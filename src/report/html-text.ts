import { escapeHtml as attribute, readable } from "./escape.ts";

/** Pieces of HTML that every part of the page uses. Everything that others wrote goes through {@link text} or {@link attribute}. */
export { attribute };

/** Text of a sentence; an attribute that a machine reads goes through {@link attribute} alone. */
export function text(from: string): string {
  return attribute(readable(from));
}

export function section(id: string, title: string, content: string, kind = ""): string {
  return `<section${kind === "" ? "" : ` class="${kind}"`} aria-labelledby="${id}"><h2 id="${id}">${text(title)}</h2>\n${content}\n</section>`;
}

export function list(items: readonly string[], kind = "plain"): string {
  return `<ul class="${kind}">${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;
}

export interface HeadCell {
  readonly name: string;
  readonly numeric?: boolean;
  /** Key to sort by; left out: it isn't sorted. */
  readonly key?: string;
}

export function tableHead(columns: readonly HeadCell[]): string {
  const cells = columns.map(({ name, numeric = false, key }) => {
    const sorted = key === undefined ? "" : ` data-key="${key}"${numeric ? " data-numeric" : ""}`;
    return `<th scope="col"${numeric ? ' class="number"' : ""}${sorted}>${text(name)}</th>`;
  });
  return `<thead><tr>${cells.join("")}</tr></thead>`;
}

export function cell(label: string, content: string, kind = ""): string {
  return `<td data-label="${attribute(label)}"${kind === "" ? "" : ` class="${kind}"`}>${content}</td>`;
}
