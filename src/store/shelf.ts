/**
 * What a store must be able to do: keep small numbered texts, each created once and never changed. The ledger's generations and the
 * leases stand on nothing else, so that the folder and COS share one way of winning and losing a race: whoever creates a number
 * second is told so (domain.md §7: COS has no compare-and-swap, only create-only objects).
 */
export interface Shelf {
  /** The numbers of a kind that are there, ascending; with `from`, those from there on. */
  readonly numbers: (kind: Kind, from?: number) => Promise<readonly number[]>;
  /** Null when it is not there. */
  readonly read: (kind: Kind, number: number) => Promise<string | null>;
  /** Durably, as a whole or not at all; of several buffers all, one after the other. False when that number is there already, whatever it holds. */
  readonly create: (kind: Kind, number: number, text: string | readonly Buffer[]) => Promise<boolean>;
  /** Does nothing where it is not there. */
  readonly remove: (kind: Kind, number: number) => Promise<void>;
  /** Remembers a name, durably. False when it was remembered already. `since`: whole seconds since 1970, to forget it by. */
  readonly rememberOnce: (name: string, since: number) => Promise<boolean>;
  /** Forgets the names from before `until`, as far as it can. */
  readonly forgetOnce: (until: number) => Promise<void>;
  /** For messages: `.eip-guard/ledger-0000000042.json`. */
  readonly nameOf: (kind: Kind, number: number) => string;
}

/** `lease`: of runs · `append`: of the trail's file while it is written · `trail` and `sealed`: the trail's pieces, in COS. */
export type Kind = "ledger" | "lease" | "append" | "trail" | "sealed";

/** Ten digits sort as numbers do. */
export function padded(number: number): string {
  return String(number).padStart(10, "0");
}
