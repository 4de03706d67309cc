/** The sections of docs/domain.md that reasons and findings follow from, each with the anchor of its heading there. */
const SECTIONS = {
  "2.1": "21-annotations",
  "2.2": "22-eipclaim",
  "2.5": "25-workloads-and-ordinals",
  "3": "3-the-recycle-threshold",
  "5": "5-verdicts",
  "5.1": "51-retained-recycling-or-leaked",
  "5.2": "52-unknown",
  "6": "6-hygiene-that-the-audit-checks",
} as const satisfies Readonly<Record<string, string>>;

type Section = keyof typeof SECTIONS;

/** `§5.1`; a numbered item of a section, as in `§5.2, 3`; or a line of its table, as in `§5, line 3`. */
export type Paragraph = `§${Section}` | `§${Section}, ${number}` | `§${Section}, line ${number}`;

/** As it is told: `docs/domain.md §5.1`. */
export function paragraphName(paragraph: Paragraph): string {
  return `docs/domain.md ${paragraph}`;
}

/** A Markdown link to it, from another page of docs. */
export function paragraphLink(paragraph: Paragraph): string {
  const section = Object.entries(SECTIONS).find(([number]) => paragraph.split(",")[0] === `§${number}`);
  return section === undefined ? paragraph : `[${paragraph}](domain.md#${section[1]})`;
}
