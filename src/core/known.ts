/**
 * What was not read is a value of its own (tenet 1): a reading is either known, or unknown with the reason. There is no
 * default and no empty list that a failed read could turn into.
 */

export interface Known<T> {
  readonly known: true;
  readonly value: T;
}

export interface Unknown {
  readonly known: false;
  /** Why it is not known, for people: `403 Forbidden: pods is forbidden`. */
  readonly why: string;
}

export type Reading<T> = Known<T> | Unknown;

export function known<T>(value: T): Known<T> {
  return { known: true, value };
}

export function unknown(why: string): Unknown {
  return { known: false, why };
}

/**
 * One kind of Kubernetes object, as it could be listed. Not installed, not permitted and failed are three different
 * readings; only the first is an absence (domain.md §5.2).
 */
export type Listing<T> =
  | { readonly state: "complete"; readonly items: readonly T[] }
  | { readonly state: "not-installed" }
  | { readonly state: "forbidden"; readonly why: string }
  | { readonly state: "failed"; readonly why: string };
