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
  /** What kind of failure it is, so that the fix fits; left out where nobody could tell. */
  readonly cause?: Cause;
}

/** Kinds of failed readings that have a fix of their own. They change no verdict. */
export type Cause =
  /** Nobody answers at that address: refused, no such name, no answer in time, TLS. */
  | "network"
  /** Something answered that is not the API: a gateway or a proxy. */
  | "gateway"
  /** The answer was no: a right is missing. */
  | "forbidden"
  /** Keys or tokens are not taken. */
  | "credentials"
  /** The role of an account can't be assumed. */
  | "role"
  | "no-kubeconfig"
  | "kubeconfig-unread"
  | "kubeconfig-broken"
  | "kubeconfig-context";

export type Reading<T> = Known<T> | Unknown;

export function known<T>(value: T): Known<T> {
  return { known: true, value };
}

export function unknown(why: string, cause?: Cause): Unknown {
  return cause === undefined ? { known: false, why } : { known: false, why, cause };
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
