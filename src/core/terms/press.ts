import type { AddressMemory, Approval, Keep } from "./ledger.ts";
import type { Instant } from "./time.ts";

/** What a person asks for by a button below an EIP of a notice (contract.md, Alerts). */
export interface Asked {
  readonly button: "keep-7d" | "keep" | "why" | "approve";
  readonly eip: string;
  /** The instant of the notice, and when it says that the EIP was flagged: the state that the person saw. */
  readonly at: Instant;
  readonly flaggedAt: Instant;
  /** `slack:U012ABCDEF`. */
  readonly by: string;
}

/** How an EIP stands, as the ledger and people's words since have it. */
export interface Standing {
  readonly id: string;
  readonly ip: string;
  readonly pod: string | null;
  /** Since when it is gone; null while it is there. */
  readonly goneSince: Instant | null;
  readonly verdict: AddressMemory["verdict"];
  readonly idleSince: Instant | null;
  readonly sightings: number;
  readonly flaggedAt: Instant | null;
  readonly noticedAt: Instant | null;
  /** When it could be released first; null where nothing releases it. */
  readonly releaseAt: Instant | null;
  readonly needsApproval: boolean;
  /** Null where nobody keeps it now. */
  readonly keep: Keep | null;
  /** Null where none holds now. */
  readonly approval: Approval | null;
}

export type Pressed =
  | { readonly is: "kept" | "approved" | "told"; readonly standing: Standing }
  /** The message showed an older state: nothing was written. */
  | { readonly is: "old"; readonly standing: Standing }
  /** It can't be approved, or needs no approval: nothing was written. */
  | { readonly is: "refused"; readonly standing: Standing; readonly why: string }
  /** The store does not know it. */
  | { readonly is: "unknown"; readonly eip: string };
