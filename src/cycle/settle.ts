import type { Facts } from "../core/facts.ts";
import type { Ledger } from "../core/ledger.ts";
import type { Remembered } from "../core/remember.ts";
import type { TrailEvent, TrailRecord } from "../core/trail.ts";
import type { StoreReader } from "../ports.ts";

/**
 * A killed run leaves intents without an end. The next run settles them by looking, before anything else (design.md, State). Only
 * records after the ledger's trail head can be such: a run that lived wrote its ledger after its last act.
 */
export async function pendingIntents(store: Pick<StoreReader, "readTrail">, ledger: Ledger): Promise<readonly TrailRecord[]> {
  const since = ledger.trailHead?.sequence ?? -1;
  const pending = new Map<string, TrailRecord>();
  for await (const record of store.readTrail(since)) {
    if (record.sequence <= since || record.eip === null) continue;
    if (record.kind === "intent") pending.set(record.eip, record);
    else if (ENDS.includes(record.kind)) pending.delete(record.eip);
  }
  return [...pending.values()];
}

const ENDS: readonly TrailEvent["kind"][] = ["receipt", "failed", "settled", "withheld"];

/** Looks what became of each intent. Where the region could not be read, that is written down too, and nothing is concluded. */
export function settleIntents(pending: readonly TrailRecord[], facts: Facts, ledger: Ledger, run: string): Remembered {
  const events = pending.map((intent): TrailEvent => {
    const { eip, facts: intended } = intent;
    const region = facts.regions.find(
      (candidate) => candidate.account === intended.account && candidate.region === intended.region,
    );
    const found =
      region === undefined || !region.addresses.known ? null : region.addresses.value.some((address) => address.id === eip);
    const outcome =
      found === null
        ? "not known: its region could not be read"
        : found
          ? "not released: it is still there"
          : "released: it is gone";
    return { kind: "settled", at: facts.now, run, eip, facts: { ...intended, intentOf: intent.run, outcome } };
  });
  return { ledger, events };
}
