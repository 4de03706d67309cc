import { type Ledger, mergePersons, writtenByPerson } from "../core/ledger.ts";
import { GuardError } from "../errors.ts";
import type { Clock, Lease, StoreWriter } from "../ports.ts";

/** A person may write between any two of our writes; more often than this it is no person. */
const TRIES = 8;

/**
 * Writes the next generation. Keeps and approvals that people wrote meanwhile are taken over; a generation that another run wrote
 * means that this run has lost the race, and it may act no more.
 *
 * @param base the generation that `ledger` grew from
 * @throws GuardError `LostRace`
 */
export async function commitLedger(
  { store, clock, lease }: { readonly store: StoreWriter; readonly clock: Clock; readonly lease: Lease },
  ledger: Ledger,
  base: number,
  writtenBy: string,
): Promise<Ledger> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const merged = await withPersons(store, lease, ledger, base);
    const next: Ledger = { ...merged, writtenAt: clock.now(), writtenBy };
    try {
      await store.writeLedger(next);
      return next;
    } catch (error) {
      if (!(error instanceof GuardError) || error.code !== "LostRace") throw error;
    }
  }
  throw lostRace(`generation after ${base} could not be written in ${TRIES} tries`);
}

/**
 * The ledger with what people wrote since generation `base`, numbered to be the next generation.
 *
 * @throws GuardError `LostRace` when another run wrote since
 */
async function withPersons(store: Pick<StoreWriter, "readLedger">, lease: Lease, ledger: Ledger, base: number): Promise<Ledger> {
  const newest = await store.readLedger();
  if (newest.generation < base) throw lostRace(`the store went back from generation ${base} to ${newest.generation}`);
  if (newest.generation === base) return { ...ledger, generation: base + 1 };
  if (!writtenByPerson(newest)) throw lostRace(`another run wrote generation ${newest.generation}`);
  // Below a person's generation there may be one of another run, which only its lease tells.
  if (!(await lease.renew())) throw lostRace("the lease was lost while it slept");
  return { ...mergePersons(ledger, newest), generation: newest.generation + 1 };
}

function lostRace(why: string): GuardError {
  return new GuardError(
    "LostRace",
    "guard",
    `another run was faster: ${why}`,
    "nothing is acted on any more; the next run goes on from there",
  );
}
