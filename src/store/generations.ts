import { emptyLedger, type Ledger } from "../core/terms/ledger.ts";
import { GuardError } from "../errors.ts";
import { ledgerText, ledgerUnreadable, parseLedger } from "./ledger-schema.ts";
import type { Shelf } from "./shelf.ts";

/** How often a ledger that is listed and not there is looked for again. */
const LOOKS = 5;

/** Generations that stay, for a look back. */
export const KEPT = 10;

/**
 * The newest ledger; the empty one when there is none.
 *
 * @throws GuardError `LedgerUnreadable`, `LedgerNewer`
 */
export async function readNewestLedger(shelf: Shelf): Promise<Ledger> {
  for (let looks = 1; ; looks += 1) {
    const newest = (await shelf.numbers("ledger")).at(-1);
    if (newest === undefined) return emptyLedger();
    const text = await shelf.read("ledger", newest);
    // Pruned between the listing and the reading: ten newer ones are there.
    if (text === null && looks < LOOKS) continue;
    if (text === null) throw ledgerUnreadable(shelf.nameOf("ledger", newest), "it is listed, and is not there");
    return parseLedger(text, shelf.nameOf("ledger", newest), newest);
  }
}

/**
 * Writes one generation, create-only, and takes away those that are too old.
 *
 * @throws GuardError `LostRace`
 */
export async function writeGeneration(shelf: Shelf, ledger: Ledger): Promise<void> {
  const { generation } = ledger;
  const text = ledgerText(ledger);
  const present = await shelf.numbers("ledger");
  if (present.some((number) => number >= generation)) throw lostRace(generation);
  if (!(await shelf.create("ledger", generation, text))) throw lostRace(generation);
  const now = await shelf.numbers("ledger");
  // We slept while so many were written that this number was pruned, and free again.
  if ((now.at(-1) ?? generation) >= generation + KEPT) {
    await shelf.remove("ledger", generation);
    throw lostRace(generation);
  }
  for (const number of now) {
    if (number > generation - KEPT) continue;
    // The ledger is written; an old generation that can't be removed (no right to delete) costs room and nothing else.
    await shelf.remove("ledger", number).catch(() => undefined);
  }
}

function lostRace(generation: number): GuardError {
  return new GuardError(
    "LostRace",
    "guard",
    `generation ${generation} of the ledger is there already: another run was faster`,
    "nothing is acted on any more; the next run goes on from there",
  );
}
