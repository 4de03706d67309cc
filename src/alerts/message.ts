import { type Instant, iso } from "../core/terms/time.ts";
import { type AlertWords, alertWords } from "../language/alerts.ts";
import { type Catalogue, catalogue } from "../language/catalogue.ts";
import { localText } from "../language/figures.ts";
import type { Ink } from "../language/ink.ts";
import type { Language } from "../language/language.ts";

/** How a channel speaks: its language, its ink, and the words written with it. */
export interface Voice extends Ink {
  readonly language: Language;
  readonly words: AlertWords;
  readonly catalogue: Catalogue;
}

export function voiceOf(language: Language, ink: Ink): Voice {
  return { ...ink, language, words: alertWords(language, ink), catalogue: catalogue(language) };
}

/** A piece of a message, written already, and the EIPs that it names. */
export interface Entry {
  readonly text: string;
  readonly eips: readonly string[];
  /** What a person may press below it, where the channel has buttons. */
  readonly press?: Pressable;
}

/** An EIP that a person may keep or approve, and the state that the message shows of it. */
export interface Pressable {
  readonly eip: string;
  /** The instant of the announcement. */
  readonly at: Instant;
  /** When it was flagged, as the announcement knows it. */
  readonly flaggedAt: Instant;
  readonly needsApproval: boolean;
}

/** A message in parts, before a channel lays it out. `title` is plain text; all else is written in the channel's ink. */
export interface Parts {
  readonly title: string;
  readonly lead: readonly string[];
  readonly entries: readonly Entry[];
  readonly footer: readonly string[];
  /** What the message itself has no room for, one line each. */
  readonly list?: readonly Entry[];
  /** The list in full as a file, for channels that take one. */
  readonly file?: ListFile;
}

/** A CSV file. `eips`: whom it names. */
export interface ListFile {
  readonly name: string;
  readonly content: string;
  readonly eips: readonly string[];
}

/** `2026-11-26 15:00 Asia/Shanghai (07:00 UTC)`, not escaped; the day stands twice where it differs. */
export function zonedMoment(at: Instant, timezone: string): string {
  const utc = `${iso(at).slice(0, 16).replace("T", " ")} UTC`;
  const local = localText(at, timezone);
  const sameDay = local.slice(0, 10) === utc.slice(0, 10);
  return `${local} ${timezone} (${sameDay ? utc.slice(11) : utc})`;
}
