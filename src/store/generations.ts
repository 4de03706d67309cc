import { emptyLedger, type Ledger } from "../core/terms/ledger.ts";
import { GuardError } from "../errors.ts";
import { type LedgerHead, ledgerBytes, ledgerUnreadable, parseHead, parseLedger, withoutAddresses } from "./ledger-schema.ts";
import { withOneEip } from "./one-eip.ts";
import type { Shelf } from "./shelf.ts";

/** How often a ledger that is listed and not there is looked for again. */
const LOOKS = 5;

/** Generations that stay, for a look back. */
export const KEPT = 10;

/** The generations of one store, as one process reads and writes them. */
export interface Generations {
  /**
   * The newest ledger; the empty one when there is none.
   *
   * @throws GuardError `LedgerUnreadable`, `LedgerNewer`
   */
  readonly newest: () => Promise<Ledger>;
  /** The newest without its EIPs. A generation never changes: one that this process has read or written is not read again. */
  readonly newestHead: () => Promise<LedgerHead>;
  /** The newest with one EIP alone, or with none where it has no such EIP. The text of a generation is read once, and kept. */
  readonly newestOf: (eip: string) => Promise<Ledger>;
  /**
   * Writes one generation, create-only, and takes away those that are too old.
   *
   * @throws GuardError `LostRace`
   */
  readonly write: (ledger: Ledger) => Promise<void>;
}

export function generationsOf(shelf: Shelf): Generations {
  let known: LedgerHead | null = null;
  let text: KnownText | null = null;
  return {
    async newest() {
      const ledger = await readNewest(shelf, parseLedger);
      if (ledger === null) return emptyLedger();
      known = withoutAddresses(ledger);
      return ledger;
    },
    async newestHead() {
      const ours = known;
      const read = (text: string, where: string, generation: number) => parseHead(text, where, generation);
      const head = await readNewest(shelf, read, ours === null ? {} : { known: ours });
      if (head === null) return withoutAddresses(emptyLedger());
      known = head;
      return head;
    },
    async newestOf(eip) {
      const ours = text;
      const read = (read: string, where: string, generation: number): KnownText => ({ text: read, where, generation });
      text = await readNewest(shelf, read, ours === null ? {} : { known: ours });
      return text === null ? emptyLedger() : parseLedger(withOneEip(text.text, eip), text.where, text.generation);
    },
    async write(ledger) {
      await writeGeneration(shelf, ledger);
      known = withoutAddresses(ledger);
    },
  };
}

interface KnownText {
  readonly text: string;
  /** For messages. */
  readonly where: string;
  readonly generation: number;
}

async function readNewest<T>(
  shelf: Shelf,
  parse: (text: string, where: string, generation: number) => T,
  { known }: { readonly known?: T & { readonly generation: number } } = {},
): Promise<T | null> {
  for (let looks = 1; ; looks += 1) {
    const newest = (await shelf.numbers("ledger")).at(-1);
    if (newest === undefined) return null;
    if (known?.generation === newest) return known;
    const text = await shelf.read("ledger", newest);
    // Pruned between the listing and the reading: ten newer ones are there.
    if (text === null && looks < LOOKS) continue;
    if (text === null) throw ledgerUnreadable(shelf.nameOf("ledger", newest), "it is listed, and is not there");
    return parse(text, shelf.nameOf("ledger", newest), newest);
  }
}

async function writeGeneration(shelf: Shelf, ledger: Ledger): Promise<void> {
  const { generation } = ledger;
  const bytes = ledgerBytes(ledger);
  const present = await shelf.numbers("ledger");
  if (present.some((number) => number >= generation)) throw lostRace(generation);
  if (!(await shelf.create("ledger", generation, bytes))) throw lostRace(generation);
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
