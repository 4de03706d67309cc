import type { Flag } from "../terms/ledger.ts";
import type { Policy } from "../terms/policy.ts";
import { after, type Instant, later } from "../terms/time.ts";
import type { Plannable } from "./plannable.ts";
import { nextOpening } from "./window.ts";

/** A person's approval of one release, as far as it still stands for what was approved. */
export interface HeldApproval {
  readonly at: Instant;
  readonly by: string;
  /** From here on it holds no more. */
  readonly until: Instant;
}

/**
 * The approval of an EIP, with its end; null where there is none or where it is void. It is void when what was approved is over: the acting
 * clock began anew after it, because the EIP was used, changed or not watched (domain.md §4.2), or its verdict was another one meanwhile.
 *
 * @param ready when the release could happen first, the window apart; null where no release is on its way
 */
export function approvalOf(
  { memory, idle }: Plannable,
  flag: Flag | null,
  ready: Instant | null,
  { release }: Pick<Policy, "release">,
): HeldApproval | null {
  const approval = memory?.approval ?? null;
  const since = idle?.actingSince ?? null;
  // An older ledger doesn't know since when its rule allows a release; the acting clock still counts.
  const releasableSince = memory?.judged?.releasableSince ?? null;
  if (approval === null || since === null || approval.at < since) return null;
  if (releasableSince !== null && approval.at < releasableSince) return null;
  const { at, by, until } = approval;
  // What ended before the flag was given can't be used any more. A notice that comes late moves the end with it.
  if (flag === null || ready === null || flag.at >= until) return { at, by, until };
  return { at, by, until: later(until, approvalEnd(later(ready, at), release)) };
}

/**
 * Until when an approval holds: one notice period after the first instant, from `from` on, at which the release could happen
 * (contract.md, Approvals). A window that never opens counts as open at `from`.
 */
export function approvalEnd(from: Instant, { window, notice }: Pick<Policy["release"], "window" | "notice">): Instant {
  return after(nextOpening(window, from) ?? from, notice);
}
