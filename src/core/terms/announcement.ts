import type { PendingAnnouncement, TrailHead } from "./ledger.ts";
import type { News } from "./news.ts";
import type { EipResult, ScanResult } from "./result.ts";
import type { Duration, Instant } from "./time.ts";

/**
 * What people are told, as events: what happened, with instants as instants and EIPs as results. Each channel renders them in its own way
 * (src/slack/messages.ts). A new channel is an adapter, and nothing here.
 */
export type Announcement =
  | NoticeAnnouncement
  | PendingAnnouncement
  | CapAnnouncement
  | KeptTwiceAnnouncement
  | DigestAnnouncement
  | TestAnnouncement;

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
  /** Why the caps will hold these back, as many as they are; null when they will not. */
  readonly cap: string | null;
}

/** More releases are due at once than a cap allows, so that none is released. */
export interface CapAnnouncement {
  readonly kind: "cap";
  readonly at: Instant;
  readonly why: string;
  readonly eips: readonly EipResult[];
}

/** Several people keep one EIP: each hears of the others. */
export interface KeptTwiceAnnouncement {
  readonly kind: "kept-twice";
  readonly at: Instant;
  readonly sentences: readonly string[];
}

/** What is new since the last one, and how things stand. */
export interface DigestAnnouncement {
  readonly kind: "digest";
  readonly at: Instant;
  readonly result: ScanResult;
  readonly news: News;
  /** The weekly sign of life, when nothing is new. */
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
