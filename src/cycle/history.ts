import type { TrailRecord } from "../core/terms/trail.ts";
import { GuardError } from "../errors.ts";
import type { StoreReader } from "../ports.ts";

export interface History {
  readonly id: string;
  /** Oldest first. */
  readonly records: readonly TrailRecord[];
}

/**
 * One EIP's life from the trail.
 *
 * @param eip an AddressId, or an address: then of the EIP that had it last
 * @throws GuardError `UnknownEip` when the trail knows nothing of it
 */
export async function historyOf(store: Pick<StoreReader, "readTrail">, eip: string): Promise<History> {
  const id = eip.startsWith("eip-") ? eip : await lastOwnerOf(store, eip);
  const records: TrailRecord[] = [];
  for await (const record of store.readTrail()) if (record.eip === id && record.kind !== "judged") records.push(record);
  if (id !== null && records.length > 0) return { id, records };
  throw new GuardError(
    "UnknownEip",
    "user",
    `the trail knows no EIP '${eip}'`,
    "give the id (eip-…) or the address of an EIP that a run has seen",
  );
}

async function lastOwnerOf(store: Pick<StoreReader, "readTrail">, ip: string): Promise<string | null> {
  let owner: string | null = null;
  for await (const record of store.readTrail())
    if (record.eip !== null && "ip" in record.facts && record.facts.ip === ip) owner = record.eip;
  return owner;
}
