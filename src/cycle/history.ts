import type { TrailRecord } from "../core/terms/trail.ts";
import { GuardError } from "../errors.ts";
import { provenRecords, type RecordReader } from "./proven.ts";

export interface History {
  readonly id: string;
  /** Oldest first. */
  readonly records: readonly TrailRecord[];
}

/**
 * One EIP's life from the trail. That its address was got back is part of the life of both, the EIP that had it and the one that has it.
 *
 * @param eip an AddressId, or an address: then of the EIP that had it last
 * @throws GuardError `UnknownEip` when the trail knows nothing of it; `TrailBroken`, `TrailUnreadable` where its chain does not hold
 */
export async function historyOf(store: RecordReader, eip: string): Promise<History> {
  const id = eip.startsWith("eip-") ? eip : await lastOwnerOf(store, eip);
  const records: TrailRecord[] = [];
  for await (const record of provenRecords(store)) if (isOf(record, id) && record.kind !== "judged") records.push(record);
  if (id !== null && records.length > 0) return { id, records };
  throw new GuardError(
    "UnknownEip",
    "user",
    `the trail knows no EIP '${eip}'`,
    "give the id (eip-…) or the address of an EIP that a run has seen",
  );
}

function isOf(record: TrailRecord, id: string | null): boolean {
  return record.eip === id || (record.kind === "recovered" && record.facts.newId === id);
}

async function lastOwnerOf(store: RecordReader, ip: string): Promise<string | null> {
  let owner: string | null = null;
  for await (const record of store.readTrail()) {
    if (record.eip === null || !("ip" in record.facts) || record.facts.ip !== ip) continue;
    owner = record.kind === "recovered" ? (record.facts.newId ?? record.eip) : record.eip;
  }
  return owner;
}
