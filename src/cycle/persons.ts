import { GONE } from "../core/remember.ts";
import { type AddressMemory, type Keep, type Ledger, PERSON } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import type { Place } from "../core/terms/place.ts";
import { type Instant, iso } from "../core/terms/time.ts";
import type { FactsOf, TrailEvent } from "../core/terms/trail.ts";
import { GuardError } from "../errors.ts";
import type { Clock, StoreWriter } from "../ports.ts";
import { recallWords } from "./recall.ts";

/** What people say of one EIP: keep it, or take that back; `approve` is in approve.ts. It works while a run is at work, too. */
export type Word = { readonly says: "keep"; readonly until: Instant | null; readonly why: string } | { readonly says: "unkeep" };

export interface Spoken extends Place {
  readonly id: string;
  readonly ip: string;
  /** As it was, and as it is now. */
  readonly before: AddressMemory;
  readonly memory: AddressMemory;
}

const TRIES = 8;

/**
 * Writes a person's word into the trail and then into the ledger. The trail comes first, for it wins: a command that is killed in between has
 * said its word, and whoever reads the ledger next takes it over (domain.md §5.3, 6).
 *
 * @param eip an AddressId or an address
 * @throws GuardError `UnknownEip` where the store doesn't know it, `EipGone` where it is gone, `AmbiguousAddress`; `LedgerLost` where there is a
 *   trail and no ledger, also where it got lost after the word was written into the trail: a restored ledger takes the word over
 */
export async function speak(
  { store, clock }: { readonly store: StoreWriter; readonly clock: Clock },
  eip: string,
  word: Word,
  by: string,
): Promise<Spoken> {
  const known = await readWithWords(store);
  const { id, memory: before } = find(known, eip);
  if (word.says !== "unkeep") refuseGone(id, before, eip);
  const now = clock.now();
  await store.append([wordEvent(id, before, word, by, now)]);
  const ledger = await writeWords(store, `${PERSON}${word.says} by ${by}`, now);
  const memory = own(ledger.addresses, id) ?? before;
  return { id, ip: before.ip, account: before.account, region: before.region, before, memory };
}

/** Writes the ledger anew with the words that the trail has by now, however many others write meanwhile. */
export async function writeWords(store: StoreWriter, writtenBy: string, now: Instant): Promise<Ledger> {
  for (let tries = 0; ; tries += 1) {
    const ledger = await readWithWords(store);
    const next: Ledger = { ...ledger, generation: ledger.generation + 1, writtenAt: now, writtenBy };
    try {
      await store.writeLedger(next);
      return next;
    } catch (error) {
      if (error instanceof GuardError && error.code === "LostRace" && tries < TRIES) continue;
      throw error;
    }
  }
}

/** The newest ledger with what people said since: whoever writes it writes all of that. */
export async function readWithWords(store: StoreWriter): Promise<Ledger> {
  const ledger = await store.readLedger();
  return (await recallWords(store, ledger, ledger.trailHead)).ledger;
}

/** @throws GuardError `EipGone` */
export function refuseGone(id: string, { ip, status }: AddressMemory, eip: string): void {
  if (status.is !== GONE) return;
  const which = eip === id ? "" : ` (it had the address ${ip})`;
  throw new GuardError(
    "EipGone",
    "user",
    `${id}${which} is gone since ${iso(status.since)}: nothing was written`,
    "if another EIP has the address now, run `eip-guard run` first, so that the store knows it",
  );
}

/**
 * Finds an EIP in the ledger by its id or its address.
 *
 * @throws GuardError `UnknownEip`, `AmbiguousAddress`
 */
export function find(ledger: Ledger, eip: string): { readonly id: string; readonly memory: AddressMemory } {
  const byId = own(ledger.addresses, eip);
  if (byId !== undefined) return { id: eip, memory: byId };
  const matches = Object.entries(ledger.addresses).filter(([, memory]) => memory.ip === eip);
  const there = matches.filter(([, { status }]) => status.is !== GONE);
  if (there.length > 1) {
    throw new GuardError(
      "AmbiguousAddress",
      "user",
      `${there.map(([id]) => id).join(" and ")} have the address ${eip}`,
      "give the id of the one that is meant",
    );
  }
  const [newest] = there.length === 1 ? there : matches.sort(([, one], [, other]) => other.lastSeenAt - one.lastSeenAt);
  if (newest !== undefined) return { id: newest[0], memory: newest[1] };
  const empty = Object.keys(ledger.addresses).length === 0;
  throw new GuardError(
    "UnknownEip",
    "user",
    `the store knows no EIP '${eip}'${empty ? ": no run has written to it yet" : ""}`,
    "run `eip-guard run` first (mode audit is enough): the store knows what a run has seen; then give the id (eip-…) or the address",
  );
}

/** The record of a word. */
export function wordEvent(id: string, memory: AddressMemory, word: Word, by: string, at: Instant): TrailEvent<"kept" | "unkept"> {
  const shared = { at, run: `${PERSON}${by}`, eip: id };
  switch (word.says) {
    case "keep":
      return {
        ...shared,
        kind: "kept",
        facts: {
          ip: memory.ip,
          by,
          why: word.why,
          until: word.until === null ? null : iso(word.until),
          ...besidesOf(memory.keep, at),
        },
      };
    case "unkeep":
      return { ...shared, kind: "unkept", facts: { ip: memory.ip, by } };
  }
}

/** Who keeps it already: the record of a second keep says so, and both people are told from it. */
function besidesOf(held: Keep | null, at: Instant): Pick<FactsOf["kept"], "besides"> {
  const standing = held === null ? [] : [held, ...(held.besides ?? [])].filter(({ until }) => until === null || until > at);
  return standing.length === 0 ? {} : { besides: standing.map(tellKeep).join("; ") };
}

/** `lin keeps it until 2026-12-24T00:00:00.000Z`. */
export function tellKeep({ by, until }: Keep): string {
  return `${by} keeps it ${until === null ? "until it is taken back" : `until ${iso(until)}`}`;
}
