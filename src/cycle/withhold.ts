import type { Address } from "../core/terms/facts.ts";
import type { AddressMemory } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import { iso } from "../core/terms/time.ts";
import type { Event } from "../core/terms/trail.ts";
import type { AuditPorts } from "../ports.ts";
import { type RunState, record } from "./state.ts";

/** What holds due releases back, in words for people. */
export const STOPPED = "STOP is set in the store";
export const TIME_OVER = "the platform's time is nearly over";
export const LEASE_LOST = "this run lost its lease";
export const RACE_LOST = "another run wrote the ledger meanwhile";

interface Hold {
  /** One sentence for people. */
  readonly why: string;
  /** What stands in the ledger meanwhile, where the sentence changes from run to run. Left out: the sentence. */
  readonly key?: string;
  readonly cap?: true;
  /** Its intent is written already, so that the record is the end of it and can't be left out. */
  readonly intended?: boolean;
}

/**
 * Due releases that do not happen: one act for each in the run's result. The trail gets a record of those that this begins to hold back; what stood
 * so after the run before is not written again.
 */
export async function withhold(
  ports: Pick<AuditPorts, "store" | "clock">,
  run: string,
  state: RunState,
  addresses: readonly Pick<Address, "id" | "ip">[],
  { why, key = why, cap, intended = false }: Hold,
): Promise<RunState> {
  const begun = addresses.filter(({ id }) => intended || own(state.ledger.addresses, id)?.withheld !== key);
  const at = ports.clock.now();
  const facts = cap === undefined ? { why } : { why, cap };
  const recorded = await record(
    ports,
    state,
    begun.map(({ id, ip }): Event<"withheld"> => ({ kind: "withheld", at, run, eip: id, facts: { ip, ...facts } })),
  );
  const acts = addresses.map(({ id }) => ({ id, act: "withheld" as const, why, at: iso(at) }));
  return remembering({ ...recorded, acts: [...recorded.acts, ...acts] }, new Map(begun.map(({ id }) => [id, key])));
}

function remembering(state: RunState, withheld: ReadonlyMap<string, string>): RunState {
  if (withheld.size === 0) return state;
  const addresses: Record<string, AddressMemory> = { ...state.ledger.addresses };
  for (const [id, key] of withheld) {
    const memory = own(addresses, id);
    if (memory !== undefined) addresses[id] = { ...memory, withheld: key };
  }
  return { ...state, ledger: { ...state.ledger, addresses } };
}

/** So many EIPs are named in a note. */
const NAMED = 10;

/** One sentence for each of these reasons that held due releases back in this run. */
export function holdNotes({ acts }: Pick<RunState, "acts">): readonly string[] {
  return [STOPPED, TIME_OVER, LEASE_LOST, RACE_LOST].flatMap((reason) => {
    const ids = acts.filter(({ act, why }) => act === "withheld" && why === reason).map(({ id }) => id);
    if (ids.length === 0) return [];
    const more = ids.length > NAMED ? ` and ${ids.length - NAMED} more` : "";
    const what = ids.length === 1 ? "a release that was due was" : `${ids.length} releases that were due were`;
    return [`${what} withheld, because ${reason}: ${ids.slice(0, NAMED).join(", ")}${more}`];
  });
}
