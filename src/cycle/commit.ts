import { type Ledger, type TrailHead, writtenByPerson } from "../core/terms/ledger.ts";
import type { TrailRecord } from "../core/terms/trail.ts";
import { GuardError } from "../errors.ts";
import type { Clock, Lease, StoreWriter } from "../ports.ts";
import { recallWords } from "./recall.ts";

/** A person may write between any two of our writes; more often than this it is no person. */
const TRIES = 8;

/** A ledger that is to be written. */
export interface Draft {
  readonly ledger: Ledger;
  /** The generation that `ledger` grew from. */
  readonly base: number;
  /** The newest record of the trail whose words are in `ledger`. */
  readonly taken: TrailHead | null;
}

export interface Committed extends Draft {
  /** Keeps that were taken over, of EIPs that somebody else keeps too. */
  readonly twice: readonly TrailRecord<"kept">[];
}

/**
 * Writes the next generation. What people said meanwhile is taken over from the trail; a generation that another run wrote means that this run
 * has lost the race, and it may act no more.
 *
 * @throws GuardError `LostRace`
 */
export async function commitLedger(
  { store, clock, lease }: { readonly store: StoreWriter; readonly clock: Clock; readonly lease: Lease },
  { ledger, base, taken }: Draft,
  writtenBy: string,
): Promise<Committed> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const newest = await newestOf(store, lease, base);
    // Read after the newest generation: a word is in the trail before it is in any ledger.
    const words = await recallWords(store, ledger, taken);
    const next: Ledger = { ...words.ledger, generation: newest + 1, trailHead: words.taken, writtenAt: clock.now(), writtenBy };
    try {
      await store.writeLedger(next);
      return { ledger: next, base: next.generation, taken: words.taken, twice: words.twice };
    } catch (error) {
      if (!(error instanceof GuardError) || error.code !== "LostRace") throw error;
    }
  }
  throw lostRace(`generation after ${base} could not be written in ${TRIES} tries`);
}

/**
 * The newest generation, which people may have written since `base`.
 *
 * @throws GuardError `LostRace` when another run wrote since
 */
async function newestOf(store: Pick<StoreWriter, "newestHead">, lease: Lease, base: number): Promise<number> {
  const newest = await store.newestHead();
  if (newest.generation < base) throw lostRace(`the store went back from generation ${base} to ${newest.generation}`);
  if (newest.generation === base) return base;
  if (!writtenByPerson(newest)) throw lostRace(`another run wrote generation ${newest.generation}`);
  // Below a person's generation there may be one of another run, which only its lease tells.
  if (!(await lease.renew())) throw lostRace("the lease was lost while it slept");
  return newest.generation;
}

function lostRace(why: string): GuardError {
  return new GuardError(
    "LostRace",
    "guard",
    `another run was faster: ${why}`,
    "nothing is acted on any more; the next run goes on from there",
  );
}
