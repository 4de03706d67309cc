import type { AddressMemory, Ledger } from "../core/ledger.ts";
import { PERSON } from "../core/ledger.ts";
import { after, type Duration, type Instant, iso } from "../core/time.ts";
import type { TrailEvent } from "../core/trail.ts";
import { GuardError } from "../errors.ts";
import type { Clock, StoreWriter } from "../ports.ts";

/** What people say of one EIP: keep it, take that back, allow its release. It works while a run is at work, too. */
export type Word =
  | { readonly says: "keep"; readonly until: Instant | null; readonly why: string }
  | { readonly says: "unkeep" }
  /** Valid for one notice period. */
  | { readonly says: "approve"; readonly validFor: Duration };

export interface Spoken {
  readonly id: string;
  readonly ip: string;
  readonly account: string;
  readonly region: string;
  readonly memory: AddressMemory;
}

const TRIES = 8;

/**
 * Writes a person's word into the store and the trail.
 *
 * @param eip an AddressId or an address
 * @throws GuardError `UnknownEip` where the store doesn't know it
 */
export async function speak(
  { store, clock }: { readonly store: StoreWriter; readonly clock: Clock },
  eip: string,
  word: Word,
  by: string,
): Promise<Spoken> {
  for (let tries = 0; ; tries += 1) {
    const ledger = await store.readLedger();
    const { id, memory } = find(ledger, eip);
    const now = clock.now();
    const changed = apply(memory, word, by, now);
    const next: Ledger = {
      ...ledger,
      generation: ledger.generation + 1,
      writtenAt: now,
      writtenBy: `${PERSON}${word.says} by ${by}`,
      addresses: { ...ledger.addresses, [id]: changed },
    };
    try {
      await store.writeLedger(next);
    } catch (error) {
      if (error instanceof GuardError && error.code === "LostRace" && tries < TRIES) continue;
      throw error;
    }
    await store.append([eventOf(id, memory, word, by, now)]);
    return { id, ip: memory.ip, account: memory.account, region: memory.region, memory: changed };
  }
}

/** Finds an EIP in the ledger by its id or its address. */
export function find(ledger: Ledger, eip: string): { readonly id: string; readonly memory: AddressMemory } {
  const byId = Object.hasOwn(ledger.addresses, eip) ? ledger.addresses[eip] : undefined;
  if (byId !== undefined) return { id: eip, memory: byId };
  const matches = Object.entries(ledger.addresses).filter(([, memory]) => memory.ip === eip);
  // An address that came back under another id is the one that was seen last.
  const [newest] = matches.sort(([, one], [, other]) => other.lastSeenAt - one.lastSeenAt);
  if (newest !== undefined) return { id: newest[0], memory: newest[1] };
  throw new GuardError(
    "UnknownEip",
    "user",
    `the store knows no EIP '${eip}'`,
    "give the id (eip-…) or the address of an EIP that a run has seen",
  );
}

function apply(memory: AddressMemory, word: Word, by: string, now: Instant): AddressMemory {
  switch (word.says) {
    case "keep":
      return { ...memory, keep: { at: now, by, why: word.why, until: word.until }, approval: null };
    case "unkeep":
      return { ...memory, keep: null };
    case "approve":
      return { ...memory, approval: { at: now, by, until: after(now, word.validFor) } };
  }
}

function eventOf(id: string, memory: AddressMemory, word: Word, by: string, at: Instant): TrailEvent {
  const shared = { at, run: `${PERSON}${by}`, eip: id };
  switch (word.says) {
    case "keep":
      return {
        ...shared,
        kind: "kept",
        facts: { ip: memory.ip, by, why: word.why, until: word.until === null ? null : iso(word.until) },
      };
    case "unkeep":
      return { ...shared, kind: "unkept", facts: { ip: memory.ip, by } };
    case "approve":
      return { ...shared, kind: "approved", facts: { ip: memory.ip, by, until: iso(after(at, word.validFor)) } };
  }
}
