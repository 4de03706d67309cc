import { canBeRecovered } from "../core/terms/recovery.ts";
import type { Instant } from "../core/terms/time.ts";
import { SETTLED_GONE, type TrailRecord } from "../core/terms/trail.ts";
import { GuardError } from "../errors.ts";
import { provenRecords, type RecordReader } from "./proven.ts";

/** What became of an EIP by the trail: its release, and that its address came back. */
export interface EipPast {
  readonly released: {
    readonly id: string;
    readonly ip: string;
    readonly at: Instant;
    readonly canComeBack: boolean;
  } | null;
  readonly recovered: {
    /** The EIP that had the address. */
    readonly id: string;
    readonly ip: string;
    readonly at: Instant;
    readonly by: string;
    readonly pod: string | null;
    readonly newId: string;
  } | null;
  /** Why the trail does not say; null where it does. */
  readonly trouble: string | null;
}

/** Whether a record proves that its EIP was released. */
export function provesRelease(record: TrailRecord): record is TrailRecord<"receipt" | "settled"> {
  return record.kind === "receipt" || (record.kind === "settled" && record.facts.outcome === SETTLED_GONE);
}

/** @param eip an AddressId, that of the EIP that came back too, or an address */
export async function pastOf(store: RecordReader, eip: string): Promise<EipPast> {
  let released: EipPast["released"] = null;
  let recovered: EipPast["recovered"] = null;
  try {
    for await (const record of provenRecords(store)) {
      const { eip: id, at, facts } = record;
      const isMeant = id === eip || ("ip" in facts && facts.ip === eip);
      if (id !== null && isMeant && provesRelease(record)) {
        released = { id, ip: record.facts.ip ?? "", at, canComeBack: canBeRecovered(record.facts) };
        recovered = null;
      }
      if (id === null || record.kind !== "recovered" || !(isMeant || record.facts.newId === eip)) continue;
      const { ip = "", by = "", pod = null, newId = "" } = record.facts;
      recovered = { id, ip, at, by, pod, newId };
    }
  } catch (error) {
    if (!(error instanceof GuardError)) throw error;
    return { released: null, recovered: null, trouble: error.message };
  }
  return { released, recovered, trouble: null };
}
