import type { Facts } from "../core/facts.ts";
import type { Ledger, Receipt } from "../core/ledger.ts";
import type { Remembered } from "../core/remember.ts";
import type { Act } from "../core/result.ts";
import { type Instant, iso, parseInstant } from "../core/time.ts";
import type { TrailEvent, TrailRecord } from "../core/trail.ts";
import type { StoreReader } from "../ports.ts";
import { continueFrom } from "../store/trail-chain.ts";

/** What a killed run left in the trail: only the trail, since a run that lived wrote its ledger after its last act. */
export interface Unfinished {
  /** Intents without an end: released or not, nobody wrote it down. */
  readonly intents: readonly TrailRecord[];
  /** Releases that are proven, and that neither the ledger nor people have heard of. */
  readonly released: readonly TrailRecord[];
}

/**
 * Reads what stands in the trail after the ledger's head, and first of all whether that head is still there: whoever cut the trail off
 * may have taken intents away, and nobody acts on such a trail.
 *
 * @throws GuardError `TrailBroken` where the trail does not go on from the record that the ledger remembers
 */
export async function readUnfinished(
  store: Pick<StoreReader, "readTrail" | "describe">,
  { trailHead }: Ledger,
): Promise<Unfinished> {
  const since = trailHead?.sequence ?? -1;
  const continuation = continueFrom(trailHead, false, store.describe());
  const intents = new Map<string, TrailRecord>();
  const released: TrailRecord[] = [];
  for await (const record of store.readTrail(since - 1)) {
    continuation.take(record);
    if (record.sequence <= since || record.eip === null) continue;
    if (record.kind === "intent") intents.set(record.eip, record);
    else if (ENDS.includes(record.kind)) intents.delete(record.eip);
    if (record.kind === "receipt" || (record.kind === "settled" && record.facts.outcome === GONE)) released.push(record);
  }
  continuation.end();
  return { intents: [...intents.values()], released };
}

const ENDS: readonly TrailEvent["kind"][] = ["receipt", "failed", "settled", "withheld"];
const GONE = "released: it is gone";

/**
 * Looks what became of each intent, before anything else (design.md, State). Where the region could not be read, that is written down
 * too, and nothing is concluded. What turns out to be released is told to people by this run, and counted as saved.
 */
export function settle(
  { intents, released }: Unfinished,
  facts: Facts,
  ledger: Ledger,
  run: string,
): Remembered & { readonly acts: readonly Act[] } {
  const events = intents.map((intent): TrailEvent => {
    const { eip, facts: intended } = intent;
    const region = facts.regions.find(
      (candidate) => candidate.account === intended.account && candidate.region === intended.region,
    );
    const found =
      region === undefined || !region.addresses.known ? null : region.addresses.value.some((address) => address.id === eip);
    const outcome = found === null ? "not known: its region could not be read" : found ? "not released: it is still there" : GONE;
    return { kind: "settled", at: facts.now, run, eip, facts: { ...intended, intentOf: intent.run, outcome } };
  });
  const gone = [...released, ...events.filter(({ facts: settled }) => settled.outcome === GONE)];
  return {
    ledger: { ...ledger, receipts: [...ledger.receipts, ...gone.map(receiptOf)] },
    events,
    acts: gone.map((proof) => actOf(proof, facts.now)),
  };
}

/** What the ledger keeps of a release, from the facts of its record in the trail. */
export function receiptOf({ eip, at, facts }: TrailEvent): Receipt {
  const { perHour, currency, recycledAnywayAt } = facts;
  return {
    id: eip ?? "",
    at,
    perHour: typeof perHour === "number" ? perHour : null,
    currency: typeof currency === "string" ? currency : null,
    recycledAnywayAt: typeof recycledAnywayAt === "string" ? (parseInstant(recycledAnywayAt) ?? null) : null,
  };
}

function actOf({ eip, run, facts }: TrailEvent, now: Instant): Act {
  const by = typeof facts.intentOf === "string" ? facts.intentOf : run;
  const why = `${facts.ip}: released by run ${by}, which ended before it could tell (${facts.detail})`;
  return { id: eip ?? "", act: "released", via: facts.via === "claim" ? "claim" : "address", why, at: iso(now) };
}
