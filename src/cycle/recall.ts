import { takeOver, takeWords } from "../core/audit/words.ts";
import type { Ledger, OpenRelease, TrailHead } from "../core/terms/ledger.ts";
import { iso } from "../core/terms/time.ts";
import { type ReadEvent, SETTLED_GONE, type TrailEvent, type TrailRecord } from "../core/terms/trail.ts";
import { GuardError } from "../errors.ts";
import type { StoreReader } from "../ports.ts";
import { continueFrom, headOf } from "../trail/chain.ts";

/** What the guard knows when it begins: the newest ledger, and what the trail has besides (domain.md §5.3, 6). */
export interface Recalled {
  readonly ledger: Ledger;
  /** The newest record that is in `ledger`; null where there is none. */
  readonly taken: TrailHead | null;
  /** Releases whose outcome nobody knows yet: those of the ledger, and intents without an end. */
  readonly open: readonly OpenRelease[];
  /** Releases that are proven, and that the ledger has not heard of. */
  readonly released: readonly Proof[];
  /** For people: what was taken from the trail. */
  readonly notes: readonly string[];
  /** Keeps that were said since, of EIPs that somebody else keeps too. */
  readonly twice: readonly TrailRecord<"kept">[];
}

/**
 * Reads the ledger, and what stands in the trail behind the record that the ledger remembers. First of all it asks whether that record is still
 * there: whoever cut the trail off may have taken intents and words away, and nobody acts on such a trail.
 *
 * @throws GuardError `TrailBroken` where the trail does not go on from the record that the ledger remembers; `LedgerLost` where there is a trail
 *   and no ledger
 */
export async function recall(store: StoreReader): Promise<Recalled> {
  const ledger = await store.readLedger();
  const { trailHead } = ledger;
  const since = trailHead?.sequence ?? -1;
  const continuation = continueFrom(trailHead, false, store.describe());
  const found = new Found();
  for await (const record of store.readTrail(since - 1)) {
    if (ledger.generation === 0) throw ledgerLost(store.describe());
    continuation.take(record);
    if (record.sequence > since) found.take(record);
  }
  const taken = continuation.end();
  const over = takeOver(ledger, found.telling);
  return {
    ledger: over.ledger,
    taken,
    open: openOf(ledger, found),
    released: found.released.filter(({ eip }) => !ledger.receipts.some(({ id }) => id === eip)),
    notes: notesOf(over.changes),
    twice: secondKeeps(found.telling),
  };
}

/** So many are named in the report. */
const NAMED = 10;

function notesOf(changes: readonly string[]): readonly string[] {
  if (changes.length === 0) return [];
  const more = changes.length > NAMED ? ` and ${changes.length - NAMED} more` : "";
  return [`the ledger was older than the trail, and took over from it: ${changes.slice(0, NAMED).join(", ")}${more}`];
}

/**
 * The ledger for a dry run: with what people said since it was written. A trail that can't be read keeps nobody from looking.
 */
export async function recallToRead(store: StoreReader): Promise<{ readonly ledger: Ledger; readonly notes: readonly string[] }> {
  const ledger = await store.readLedger();
  const telling: TrailRecord[] = [];
  try {
    for await (const record of store.readTrail(ledger.trailHead?.sequence ?? -1))
      if (TELLING.includes(record.kind)) telling.push(record);
  } catch (error) {
    if (!(error instanceof GuardError) || error.code !== "TrailUnreadable") throw error;
    return { ledger, notes: [`what people said lately is not known: ${error.message}`] };
  }
  const lost = ledger.generation === 0 && telling.length > 0;
  return {
    ledger: takeOver(ledger, telling).ledger,
    notes: lost ? [`${ledgerLost(store.describe()).message}: a run stops until it is restored`] : [],
  };
}

/** Records that change what the ledger knows. */
const TELLING: readonly TrailEvent["kind"][] = ["kept", "unkept", "approved", "bound", "verdict", "judged", "failed"];
const ENDS: readonly TrailEvent["kind"][] = ["receipt", "failed", "settled", "withheld"];

/** Outcomes of a call that nobody has seen the end of: it may have worked, or may still. */
export const UNSEEN: readonly unknown[] = ["unconfirmed", "ipamd-slow"];
export const GONE = SETTLED_GONE;
/** Before this version a run wrote so where it could not look. It is no end. */
const NOT_KNOWN = "not known: its region could not be read";

/** A record that proves a release. */
export type Proof = ReadEvent<"receipt" | "settled">;

/** Keeps of EIPs that somebody else kept already. */
function secondKeeps(records: readonly TrailRecord[]): readonly TrailRecord<"kept">[] {
  return records.filter(
    (record): record is TrailRecord<"kept"> => record.kind === "kept" && typeof record.facts.besides === "string",
  );
}

/** What stands in the trail behind the ledger. */
class Found {
  readonly telling: TrailRecord[] = [];
  readonly released: Proof[] = [];
  readonly intents = new Map<string, TrailRecord<"intent">>();
  /** EIPs whose release has come to an end that is known. */
  readonly ended = new Set<string>();

  take(record: TrailRecord): void {
    const { eip, kind } = record;
    const outcome = "outcome" in record.facts ? record.facts.outcome : undefined;
    if (eip === null) return;
    if (TELLING.includes(kind)) this.telling.push(record);
    if (record.kind === "intent") this.intents.set(eip, record);
    if (record.kind === "receipt" || (record.kind === "settled" && outcome === GONE)) this.released.push(record);
    if (!ENDS.includes(kind) || UNSEEN.includes(outcome) || outcome === NOT_KNOWN) return;
    // A later run that withholds says nothing of a call that an earlier one made.
    if (kind === "receipt" || kind === "settled" || this.intents.get(eip)?.run === record.run) this.intents.delete(eip);
    if (kind === "receipt" || kind === "settled") this.ended.add(eip);
  }
}

function openOf({ open = [] }: Ledger, { intents, ended }: Found): readonly OpenRelease[] {
  const older = open.filter(({ id }) => !ended.has(id) && !intents.has(id));
  const newer = [...intents].map(([id, { run, at, facts }]): OpenRelease => ({ id, run, at, facts }));
  return [...older, ...newer];
}

/**
 * People's words since a record, taken into a ledger: for a run that is at work, and for whoever writes a word.
 *
 * @param taken the newest record that `ledger` has already
 * @throws GuardError `LedgerLost` where there is a trail and no ledger: a ledger of one word would hide that the others are lost
 */
export async function recallWords(
  store: Pick<StoreReader, "readTrail" | "describe">,
  ledger: Ledger,
  taken: TrailHead | null,
): Promise<{ readonly ledger: Ledger; readonly taken: TrailHead | null; readonly twice: readonly TrailRecord<"kept">[] }> {
  const words: TrailRecord[] = [];
  let newest = taken;
  for await (const record of store.readTrail(taken?.sequence ?? -1)) {
    if (ledger.generation === 0) throw ledgerLost(store.describe());
    newest = headOf(record);
    if (record.kind === "kept" || record.kind === "unkept" || record.kind === "approved") words.push(record);
  }
  return {
    ledger: takeWords(ledger, words).ledger,
    taken: newest,
    twice: secondKeeps(words),
  };
}

/** A sentence for both people, from the record of the second keep. */
export function tellTwice({ eip, at, facts }: TrailRecord<"kept">): string {
  const until = typeof facts.until === "string" ? `until ${facts.until}` : "until it is taken back";
  return `${eip} (${facts.ip}): ${facts.by} kept it ${until}, at ${iso(at)}; ${facts.besides}. The longer one holds.`;
}

function ledgerLost(where: string): GuardError {
  return new GuardError(
    "LedgerLost",
    "guard",
    `the store ${where} has a trail and no ledger`,
    "restore the newest ledger from a backup: an older one will do, for it takes over from the trail what people said. Without any, configure a new store, and keep again what `eip-guard trail export` of this one shows as kept",
  );
}
