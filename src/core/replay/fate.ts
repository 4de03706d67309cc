import type { Flag, JudgedRow } from "../terms/ledger.ts";
import type { Instant } from "../terms/time.ts";
import type { PastEip } from "./past.ts";

/** One EIP under one policy. */
export interface Fate {
  readonly eip: PastEip;
  flag: Flag | null;
  judged: JudgedRow | undefined;
  released: PlayedRelease | null;
  /** What withholds its release, in words; null where nothing does. */
  withheld: string | null;
  wakeAt: number;
  everFlagged: boolean;
  /** The reading at which it was looked at last. */
  lookedAt: number;
}

export function createFate(eip: PastEip): Fate {
  return {
    eip,
    flag: null,
    judged: undefined,
    released: null,
    withheld: null,
    wakeAt: Number.POSITIVE_INFINITY,
    everFlagged: false,
    lookedAt: Number.NEGATIVE_INFINITY,
  };
}

interface PlayedRelease {
  readonly at: Instant;
  readonly pod: string | null;
  usedAgainAt: Instant | null;
  readonly perHour: number | null;
  readonly currency: string | null;
}
