import type { Facts } from "../core/terms/facts.ts";
import type { AddressMemory, Ledger, TrailHead } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import type { Act } from "../core/terms/result.ts";
import { type Duration, milliseconds } from "../core/terms/time.ts";
import type { Events, TrailRecord } from "../core/terms/trail.ts";
import type { AuditPorts } from "../ports.ts";
import { recallWords } from "./recall.ts";

/** What the steps of a run share: its state, and how it is written down. */

/** Below this no new work is started: ledger and trail must still be written. */
export const RESERVED: Duration = milliseconds(20_000);

/** State of one run, handed from step to step. */
export interface RunState {
  /** The ledger as it will be written. */
  readonly ledger: Ledger;
  /** The generation that `ledger` grew from. */
  readonly base: number;
  readonly head: TrailHead | null;
  /** The newest record of the trail whose words are in `ledger`. */
  readonly taken: TrailHead | null;
  /** Keeps that were taken over, of EIPs that somebody else keeps too: both people are told. */
  readonly twice: readonly TrailRecord<"kept">[];
  /** What was read afresh right before a release, the latest last. */
  readonly fresh: readonly Facts[];
  readonly acts: readonly Act[];
  readonly alertErrors: readonly string[];
  /** What this run told people other than by the digest: ids of EIPs, and whole sentences. */
  readonly announced: readonly string[];
}

/** Appends to the trail, durably, before anything that follows. */
export async function record(ports: Pick<AuditPorts, "store">, state: RunState, events: Events): Promise<RunState> {
  if (events.length === 0) return state;
  return { ...state, head: await ports.store.append(events) };
}

/** What people said since it was last asked; the trail has it first. */
export async function hearWords({ store }: Pick<AuditPorts, "store">, state: RunState): Promise<RunState> {
  const { ledger, taken, twice } = await recallWords(store, state.ledger, state.taken);
  return { ...state, ledger, taken, twice: [...state.twice, ...twice] };
}

/** What the ledger has of an EIP; null where it has nothing. */
export function memoryOf({ ledger }: Pick<RunState, "ledger">, id: string): AddressMemory | null {
  return own(ledger.addresses, id) ?? null;
}

/** The state with some fields of one EIP's memory changed. An EIP that the ledger does not know stays unknown. */
export function withMemory(state: RunState, id: string, fields: Partial<AddressMemory>): RunState {
  const memory = memoryOf(state, id);
  if (memory === null) return state;
  return { ...state, ledger: { ...state.ledger, addresses: { ...state.ledger.addresses, [id]: { ...memory, ...fields } } } };
}
