import { createColors } from "picocolors";
import { iso } from "../core/time.ts";
import type { TrailKind, TrailRecord } from "../core/trail.ts";
import { escapeMarkdown as text, visible } from "./escape.ts";
import { json } from "./json.ts";
import { wrap } from "./layout.ts";
import type { HistoryResult, RenderOptions } from "./options.ts";
import * as words from "./words.ts";

/** The life of one EIP in plain sentences with times, oldest first. */
export function renderHistory(result: HistoryResult, format: "table" | "json" | "markdown", options: RenderOptions): string {
  if (format === "json") return json({ schema: "eip-guard/history/v1", ...result });
  const lines = result.sentences.map(({ at, text: sentence }) => ({ at: words.moment(at), sentence }));
  if (format === "markdown") {
    const items = lines.map(({ at, sentence }) => `- ${text(at)}: ${text(sentence)}`);
    return `${[`# ${text(result.id)}`, "", ...items].join("\n")}\n`;
  }
  const paint = createColors(options.color);
  const told = lines.flatMap(({ at, sentence }) =>
    wrap(visible(sentence), options.width - 22).map(
      (line, index) => `${paint.dim((index === 0 ? visible(at) : "").padEnd(22))}${line}`,
    ),
  );
  return `${[paint.bold(visible(result.id)), ...told].join("\n")}\n`;
}

/** Tells one record of the trail; its own facts, whatever they are, follow what is said of its kind. */
export function tell({ at, kind, run, facts }: TrailRecord): HistoryResult["sentences"][number] {
  const particulars = Object.entries(facts)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name} ${value}`);
  const sentence = SENTENCES[kind];
  return { at: iso(at), text: `${sentence}${particulars.length === 0 ? "" : `: ${particulars.join(", ")}`} (${run})` };
}

/** Past tense only for what the record proves. */
const SENTENCES = {
  "first-seen": "seen for the first time",
  bound: "seen bound",
  idle: "seen idle",
  verdict: "judged otherwise than before",
  flagged: "flagged",
  unflagged: "no longer flagged",
  noticed: "notice of its release delivered",
  kept: "a person keeps it",
  unkept: "a person took the keep back",
  approved: "a person approved its release",
  intent: "about to be released",
  receipt: "released",
  failed: "an act failed",
  withheld: "its release was withheld",
  settled: "an intent without a receipt was settled by looking",
  gone: "no longer there",
  gap: "something could not be read",
  configuration: "the configuration changed",
  alert: "an alert",
} as const satisfies Readonly<Record<TrailKind, string>>;
