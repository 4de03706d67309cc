import { createHash } from "node:crypto";
import type { Assessment } from "../core/assess.ts";
import { brakes, countRegions } from "../core/plan/brake.ts";
import type { Planned } from "../core/plan/plan.ts";
import type { RememberedInTurn } from "../core/remember.ts";
import { readingsFacts } from "../core/replay/readings.ts";
import { judgedFacts, type RecordedPrice, whatMatters } from "../core/replay/record.ts";
import type { AddressMemory, Ledger } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import { placeKey } from "../core/terms/place.ts";
import { type Event, eventsOf, inOneRow, type JudgedFacts, type TrailEvent } from "../core/terms/trail.ts";

/**
 * What a back-test needs of a run, as changes (docs/backtest.md): of each EIP all that policy and plan read of it, where that differs from the
 * trail's newest record; of each region whether it was read, and its brake; and the instants of readings, many in one record.
 *
 * @param others whether the run has other records: they come behind the reading that they belong to
 */
export function recordRun(
  ledger: Ledger,
  { planned, world }: Assessment,
  run: string,
  { others, priceOf }: { readonly others: boolean; readonly priceOf: (item: Planned) => RecordedPrice },
): RememberedInTurn {
  const { now: at, startedAt } = world.facts;
  const addresses: Record<string, AddressMemory> = { ...ledger.addresses };
  const changed: { readonly item: Planned; readonly before: ReturnType<typeof rowBefore> }[] = [];
  for (const item of planned) {
    const { id } = item.plannable.subject;
    const memory = own(addresses, id);
    if (memory === undefined) continue;
    const facts = judgedFacts(item, world);
    const recorded = digestOf(whatMatters(facts));
    if (memory.recorded === recorded) continue;
    addresses[id] = { ...memory, recorded };
    changed.push({ item, before: rowBefore(memory) });
  }
  const judged = eventsOf(changed, ({ item, before }): TrailEvent => {
    const { id: eip } = item.plannable.subject;
    return { kind: "judged", at, run, eip, facts: { ...judgedFacts(item, world), ...priceOf(item), ...before } };
  });
  const { regions, events: changes } = recordRegions(ledger, world, run);
  const events = inOneRow(judged, changes);
  const readings = [...(ledger.record?.readings ?? []), [at, startedAt] as const];
  if (!others && events.length === 0 && readings.length < MOST)
    return { ledger: { ...ledger, addresses, record: { regions, readings } }, events };
  const told: Event<"readings"> = { kind: "readings", at, run, eip: null, facts: readingsFacts(readings) };
  return { ledger: { ...ledger, addresses, record: { regions, readings: [] } }, events: inOneRow([told], events) };
}

/** So many readings without a change are written as one record. */
const MOST = 100;

/** The row of sightings of an EIP that has no record yet: it may have begun before there were any. */
function rowBefore({ recorded, acting }: AddressMemory): Pick<JudgedFacts, "actingSince" | "actingLatest" | "sightings"> {
  if (recorded !== undefined || acting === null) return {};
  return { actingSince: acting.since, actingLatest: acting.latest, sightings: acting.sightings };
}

function recordRegions(
  { lastComplete, record }: Ledger,
  world: Assessment["world"],
  run: string,
): { readonly regions: Readonly<Record<string, string>>; readonly events: readonly TrailEvent[] } {
  const held = brakes(countRegions(world), lastComplete);
  const regions: Record<string, string> = { ...record?.regions };
  const events: TrailEvent[] = [];
  for (const { account, region, addresses } of world.facts.regions) {
    const key = placeKey({ account, region });
    const brake = held.get(key) ?? null;
    const state = `${addresses.known ? "read" : "not read"}${brake === null ? "" : ", braked"}`;
    if (own(regions, key) === state) continue;
    regions[key] = state;
    events.push({
      kind: "region",
      at: world.facts.now,
      run,
      eip: null,
      facts: { account, region, read: addresses.known, brake },
    });
  }
  return { regions, events };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64").slice(0, 16);
}
