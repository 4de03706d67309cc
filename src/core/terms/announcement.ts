import type { PendingAnnouncement, TrailHead } from "./ledger.ts";
import type { News } from "./news.ts";
import type { Act, EipResult, Gap, ScanResult } from "./result.ts";
import type { Duration, Instant } from "./time.ts";

/**
 * What people are told, as events: what happened, with instants as instants and EIPs as results. Each channel renders them in its own way,
 * with the words of src/alerts. A new channel is an adapter, and nothing here.
 */
export type Announcement = (
  | NoticeAnnouncement
  | ReminderAnnouncement
  | PendingAnnouncement
  | CapAnnouncement
  | FailedAnnouncement
  | IncompleteAnnouncement
  | KeptTwiceAnnouncement
  | DigestAnnouncement
  | TestAnnouncement
) & {
  /** The run that announces it; left out where it is no run's. */
  readonly run?: string;
  /** Nothing of it is sent after this. Left out: a channel's own patience is the bound. */
  readonly until?: Instant;
  /** The channel that it was for, where that could not be reached, and why. */
  readonly instead?: { readonly of: string; readonly why: string };
};

/** The caps of the policy (contract.md, Configuration). */
export interface Caps {
  readonly maxPerRun: number;
  readonly maxPercent: number;
}

/** EIPs were flagged. Those with a release date begin their notice with it. */
export interface NoticeAnnouncement {
  readonly kind: "notice";
  readonly at: Instant;
  /** Mode `flag` releases nothing, which the notice says. */
  readonly mode: "flag" | "enforce";
  readonly eips: readonly EipResult[];
  /** So many more get their notice by the next run. */
  readonly later: number;
  readonly keepTags: readonly string[];
  /** How long a notice lasts. */
  readonly notice: Duration;
  /** Of the release window; null where there is none. */
  readonly timezone: string | null;
  /** The caps that will hold these back, and how many are on the way to a release; null when they will not. */
  readonly cap: (Caps & { readonly onTheWay: number }) | null;
}

/** Their notice ends soon. Said once for each notice. */
export interface ReminderAnnouncement {
  readonly kind: "reminder";
  readonly at: Instant;
  readonly eips: readonly EipResult[];
  readonly keepTags: readonly string[];
  readonly timezone: string | null;
}

/** More releases are due at once than a cap allows, so that none is released. */
export interface CapAnnouncement {
  readonly kind: "cap";
  readonly at: Instant;
  readonly caps: Caps;
  readonly eips: readonly EipResult[];
}

/** Acts that failed, each with the EIP as it stands, null where it is not among those that were read; or a run that failed as a whole. */
export interface FailedAnnouncement {
  readonly kind: "failed";
  readonly at: Instant;
  readonly mode: "audit" | "flag" | "enforce";
  readonly failures: readonly { readonly act: Act; readonly eip: EipResult | null }[];
  /** Why the run failed; left out where acts did. */
  readonly error?: { readonly why: string; readonly fix: string };
}

/** Parts of the inventory that could be read before can't be read any more. */
export interface IncompleteAnnouncement {
  readonly kind: "incomplete";
  readonly at: Instant;
  readonly mode: "audit" | "flag" | "enforce";
  readonly gaps: readonly Gap[];
}

/** Several people keep one EIP: each hears of the others. */
export interface KeptTwiceAnnouncement {
  readonly kind: "kept-twice";
  readonly at: Instant;
  readonly sentences: readonly string[];
}

/** What is new, and how things stand. */
export interface DigestAnnouncement {
  readonly kind: "digest";
  readonly at: Instant;
  readonly result: ScanResult;
  /** What is new since the day's digest began. */
  readonly news: News;
  /**
   * The day's digest stands already: its reference, and what changed since it was last written. Channels that can't change a message
   * send what changed. Null: this begins a new one.
   */
  readonly update: { readonly reference: string; readonly changes: News; readonly over: number } | null;
  /** The weekly summary, when nothing is new. */
  readonly weekly: boolean;
  /** The trail's newest record: whoever keeps the message can prove later that nothing before it was changed. */
  readonly trailHead: TrailHead | null;
  readonly timezone: string | null;
}

/** One message to see whether messages arrive. */
export interface TestAnnouncement {
  readonly kind: "test";
  readonly at: Instant;
}
