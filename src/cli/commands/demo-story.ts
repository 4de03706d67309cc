import type { BacktestResult } from "../../core/replay/result.ts";
import { counted } from "../../core/terms/describe.ts";
import type { Act, ScanResult } from "../../core/terms/result.ts";
import { between, humanDuration, instant, iso, parseInstant } from "../../core/terms/time.ts";

/** Prints a text in lines of the terminal's width, `before` in front of the first. */
export type Say = (text: string, before?: string) => void;

/** Tells the weeks of the demo's life. */
export interface Story {
  readonly event: (at: number, what: string) => void;
  readonly run: (result: ScanResult) => void;
  /** A command that somebody typed, and what came of it. */
  readonly command: (line: string, outcome: string) => void;
}

const WORDS = {
  failed: "FAILED",
  released: "RELEASED",
  withheld: "withheld",
  noticed: "announced in Slack",
  flagged: "flagged",
  unflagged: "unflagged",
} as const;

const DOT = " · ";
/** So wide is the time in front of a line. */
const INDENT = " ".repeat(13);

/**
 * Tells what happened, not that nothing did: each act and message, or in short each sort of act with its first EIP.
 *
 * @param slack what it was sent, which grows
 */
export function createStory(
  say: Say,
  slack: { readonly messages: readonly { readonly text: string }[] },
  verbose: boolean,
): Story {
  let told = slack.messages.length;
  const line = (at: string, text: string) => say(text, `${shortTime(at)}  `);
  return {
    event: (at, what) => say(what, `${shortTime(iso(instant(at)))}  · `),
    command(typed, outcome) {
      say(`$ ${typed}`, INDENT);
      say(outcome, INDENT);
    },
    run({ run, acts = [] }) {
      const news = slack.messages.slice(told).map(({ text }) => `Slack: ${text}`);
      told = slack.messages.length;
      if (verbose) {
        for (const { id, act, why } of acts) line(run.startedAt, `${WORDS[act]} ${id}: ${why}`);
        for (const text of news) line(run.startedAt, text);
      } else if (acts.length > 0) line(run.startedAt, [...inShort(acts), ...news.slice(0, 1)].join(DOT));
    },
  };
}

function shortTime(at: string): string {
  return at.slice(5, 16).replace("T", " ");
}

function inShort(acts: readonly Act[]): readonly string[] {
  return Object.entries(WORDS).flatMap(([kind, word]) => {
    // Slack's own message tells the notice.
    const own = acts.filter(({ act }) => act === kind && act !== "noticed");
    const [first] = own;
    if (first === undefined) return [];
    if (kind === "unflagged")
      return [`${word} ${first.id}${own.length === 1 ? "" : ` and ${own.length - 1} more`}: ${first.why}`];
    return [`${word} ${own.length === 1 ? first.id : counted(own.length, "EIP")}`];
  });
}

/** A back-test in one sentence. */
export function backtestTold({ released, wouldHaveSaved }: BacktestResult): string {
  const wrong = released.filter(({ usedAgainAt }) => usedAgainAt !== null);
  const saved = wouldHaveSaved.map(({ currency, amount }) => `${amount.toFixed(2)} ${currency}`).join(" and ");
  const said = `${counted(released.length, "release")}, ${saved} saved, and ${wrong.length === 0 ? "none" : wrong.length} of them wrong`;
  const [first] = wrong;
  if (first === undefined) return said;
  const [at, again] = [parseInstant(first.at), parseInstant(first.usedAgainAt ?? "")];
  const later = at === undefined || again === undefined ? "" : ` ${humanDuration(between(at, again))} later`;
  return `${said}: ${first.ip} was used again${later}, by Pod ${first.pod}`;
}
