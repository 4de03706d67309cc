import type { Instant } from "../core/terms/time.ts";

/** How a channel writes: each piece of a message goes through it once, and nothing of it can format, link or notify. */
export interface Ink {
  /** Somebody else's text. The answer is at most `limit` characters long. */
  readonly text: (from: string, limit?: number) => string;
  /** What is to be copied. */
  readonly code: (from: string, limit?: number) => string;
  /** Makes what is written already stand out. */
  readonly strong: (written: string) => string;
  /** An instant in a time zone and in UTC; null: in the reader's own zone, where the channel knows it. */
  readonly moment: (at: Instant, timezone: string | null) => string;
}
