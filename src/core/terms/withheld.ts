/** What withholds something that would be due. Whoever must decide by it asks for this, never for the words beside it. */
export type WithheldBy =
  /** More is due at once than `release.maxPerRun` or `release.maxPercent` allows. */
  | "cap"
  /** The sanity brake (domain.md §5.3, 7). */
  | "brake"
  /** No notice was delivered yet, or it still runs. */
  | "notice"
  | "approval"
  | "window"
  /** A rule that releases never may be the one that decides (domain.md §5.3, 5). */
  | "rule"
  /** The reviewed plan does not name it. */
  | "plan"
  /** No program may ever release it (domain.md §4), or its tags, which say whether one may, could not be read. */
  | "kind"
  /** Something was not read, or is in doubt. */
  | "doubt";

export interface Withheld {
  readonly by: WithheldBy;
  /** One sentence for people. */
  readonly why: string;
}
