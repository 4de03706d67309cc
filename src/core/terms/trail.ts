import type { Instant } from "./time.ts";

/**
 * The audit trail's records (issue "Evidence and audit"): one for each change, never one for each EIP and run.
 * The chain (sequence, previous hash, hash) is added by src/store, which owns the writing.
 */
export type TrailKind =
  | "first-seen"
  | "bound"
  | "idle"
  | "verdict"
  | "flagged"
  | "unflagged"
  | "noticed"
  | "kept"
  | "unkept"
  | "approved"
  | "intent"
  | "receipt"
  | "failed"
  | "withheld"
  | "settled"
  | "gone"
  | "gap"
  | "configuration"
  | "alert";

export interface TrailEvent {
  readonly kind: TrailKind;
  readonly at: Instant;
  /** The run that wrote it, or the person's command. */
  readonly run: string;
  /** The EIP's id; null for what concerns none. */
  readonly eip: string | null;
  /** The act's own facts: flat, JSON, no secret. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

/** A record as stored: the event with its place in the chain. `hash` is SHA-256 (hex) over the record without it. */
export interface TrailRecord extends TrailEvent {
  readonly sequence: number;
  /** Hash of the record before; 64 zeros before the first. */
  readonly previous: string;
  readonly hash: string;
}
