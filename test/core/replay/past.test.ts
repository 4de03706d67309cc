import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sighted } from "../../../src/core/judge/idle.ts";
import { createPast, type PastEip } from "../../../src/core/replay/past.ts";
import type { ActingClock } from "../../../src/core/terms/ledger.ts";
import { HOUR, instant, MINUTE, milliseconds } from "../../../src/core/terms/time.ts";
import type { FactsOf, ReadEvent } from "../../../src/core/terms/trail.ts";
import { at, event, judged, readings } from "./tape.ts";

const MAX_GAP = milliseconds(2 * HOUR);

interface Step {
  /** Minutes since the reading before. */
  readonly after: number;
  readonly what: "nothing" | "judged" | "gone" | "region";
  readonly eip: "eip-a" | "eip-b";
  readonly idle: boolean;
  readonly complete: boolean;
  readonly read: boolean;
  readonly updated: number;
  /** Which EIPs are looked at when this reading is played. */
  readonly looks: readonly ("eip-a" | "eip-b")[];
}

const step: fc.Arbitrary<Step> = fc.record({
  after: fc.constantFrom(30, 60, 119, 120, 121, 200),
  what: fc.constantFrom("nothing", "nothing", "nothing", "judged", "judged", "gone", "region"),
  eip: fc.constantFrom("eip-a", "eip-b"),
  idle: fc.boolean(),
  complete: fc.boolean(),
  read: fc.boolean(),
  updated: fc.constantFrom(1, 1, 1, 2),
  looks: fc.subarray(["eip-a", "eip-b"] as const),
});

interface Modelled {
  facts: FactsOf["judged"] | null;
  present: boolean;
  row: ActingClock | null;
}

/** What every reading says of every EIP, counted one by one. */
function modelled(steps: readonly Step[]): Readonly<Record<Step["eip"], Modelled>> {
  const eips = { "eip-a": fresh(), "eip-b": fresh() };
  let [hours, read] = [0, true];
  for (const one of steps) {
    hours += one.after / 60;
    const eip = eips[one.eip];
    if (one.what === "judged") Object.assign(eip, { facts: factsOf(one), present: true });
    if (one.what === "gone") Object.assign(eip, { present: false, row: null });
    if (one.what === "region") read = one.read;
    for (const each of Object.values(eips)) {
      if (each.facts === null || !each.present) continue;
      if (!each.facts.idle) each.row = null;
      else if (each.facts.complete && read)
        each.row = sighted(each.row, {
          now: at(hours),
          begun: instant(at(hours) - MINUTE),
          updatedTime: each.facts.updatedTime ?? null,
          youngest: null,
          marked: null,
          maxGap: MAX_GAP,
        });
    }
  }
  return eips;
}

function fresh(): Modelled {
  return { facts: null, present: false, row: null };
}

function factsOf({ idle, complete, updated }: Step): FactsOf["judged"] {
  const { facts } = judged(0, { idle, complete, updatedTime: `2026-01-01T00:00:0${updated}Z` });
  return facts as FactsOf["judged"];
}

function recordsOf(one: Step, hours: number): readonly ReadEvent[] {
  const place = { account: "default", region: "ap-guangzhou" };
  switch (one.what) {
    case "judged":
      return [event("judged", hours, one.eip, factsOf(one))];
    case "gone":
      return [event("gone", hours, one.eip, { ip: "" })];
    case "region":
      return [event("region", hours, null, { ...place, read: one.read, brake: null })];
    case "nothing":
      return [];
  }
}

const rowOf = ({ row }: { readonly row: ActingClock | null }) => row;

describe("the past, in which only what changed is looked at", () => {
  it("has the clocks of a past in which every reading counts every EIP, whenever somebody looks", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        let played = 0;
        const past = createPast(MAX_GAP, () => ({
          reading() {
            const looks = steps[played]?.looks ?? [];
            played += 1;
            const now = modelled(steps.slice(0, played));
            for (const id of looks) {
              const eip = past.eips.get(id);
              if (eip === undefined || eip.facts === null || !eip.present) continue;
              past.look(eip);
              past.look(eip);
              expect(rowOf(eip)).toEqual(rowOf(now[id]));
            }
          },
          usedAgain: () => undefined,
          gone: () => undefined,
        }));
        let hours = 0;
        for (const one of steps) {
          hours += one.after / 60;
          for (const record of [readings(hours), ...recordsOf(one, hours)]) past.take(record);
        }
        past.end([]);
        expect(played).toBe(steps.length);
        const end = modelled(steps);
        for (const eip of past.eips.values()) {
          past.look(eip);
          if (eip.present) expect(rowOf(eip)).toEqual(rowOf(end[eip.id as Step["eip"]]));
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

function open(
  told: { readonly used: string[]; readonly gone: string[]; readonly changed: string[] } = { used: [], gone: [], changed: [] },
) {
  const past = createPast(MAX_GAP, () => ({
    reading: (_, changed) =>
      void told.changed.push(
        [...changed]
          .map(({ id }) => id)
          .sort()
          .join(),
      ),
    usedAgain: ({ id }) => void told.used.push(id),
    gone: ({ id }) => void told.gone.push(id),
  }));
  const take = (...records: readonly ReadEvent[]) => {
    for (const record of records) past.take(record);
  };
  const eip = (id = "eip-a"): PastEip => {
    const found = past.eips.get(id);
    if (found === undefined) throw new Error(`no ${id}`);
    return found;
  };
  return { past, take, eip, told };
}

const REGION = { account: "default", region: "ap-guangzhou" };

describe("what is told of the past", () => {
  it("an EIP is used again where its first reason says so, and nowhere else", () => {
    const { take, told } = open();
    take(readings(0), judged(0), judged(0, { reasons: "" }, "eip-b"), judged(0, { reasons: "orphan,bound" }, "eip-c"));
    expect(told.used).toEqual([]);
    take(judged(0, { reasons: "bound,orphan" }, "eip-d"), judged(0, { reasons: "of-a-later-version,bound" }, "eip-e"));
    expect(told.used).toEqual(["eip-d", "eip-e"]);
  });

  it("a reading tells of what changed; after a gap of all", () => {
    const { take, past, told } = open();
    take(readings(0), judged(0), judged(0, {}, "eip-b"), readings(1), judged(1), readings(2), readings(5), readings(6));
    past.end([]);
    expect(told.changed).toEqual(["eip-a,eip-b", "eip-a", "", "eip-a,eip-b", ""]);
  });

  it("what is gone did not change", () => {
    const { take, past, told } = open();
    take(readings(0), judged(0), event("gone", 0, "eip-a", { ip: "" }));
    past.end([]);
    expect([told.changed, told.gone]).toEqual([[""], ["eip-a"]]);
  });

  it("a word counts from the first reading at or after it, once", () => {
    const approved = (hours: number) => event("approved", hours, "eip-a", { ip: "", by: "lin", until: "2026-02-01T00:00:00Z" });
    const { take, past, eip, told } = open();
    take(readings(0), judged(0), approved(1), readings(1), readings(2));
    past.end([]);
    expect(told.changed).toEqual(["eip-a", "eip-a", ""]);
    expect(eip().approval).toEqual({ at: at(1), by: expect.any(String), until: Date.UTC(2026, 1, 1) });
  });

  it("what an older version alone wrote of is known by its words, and has no clock", () => {
    const { take, past, eip } = open();
    take(readings(0), event("kept", 0, "eip-old", { ip: "", by: "lin" }), event("gone", 0, "eip-other", { ip: "" }));
    past.end([]);
    past.look(eip("eip-old"));
    expect([eip("eip-old").row, eip("eip-old").facts, eip("eip-other").goneAt]).toEqual([null, null, at(0)]);
  });

  it("what is forgotten is not there any more", () => {
    const { take, past, eip } = open();
    take(readings(0), judged(0));
    past.forget(eip());
    expect([...past.eips.keys()]).toEqual([]);
  });
});

describe("recorded facts", () => {
  it.each<{ title: string; fields: Partial<FactsOf["judged"]>; row: object | null }>([
    {
      title: "the row before its first record counts",
      fields: { actingSince: at(-9), actingLatest: at(0), sightings: 10 },
      row: { since: at(-9), latest: at(0), sightings: 10, begun: at(0) - MINUTE, updatedTime: "2026-01-01T00:00:00Z" },
    },
    {
      title: "of one sighting where their number is not told",
      fields: { actingSince: at(-9), actingLatest: at(0) },
      row: { sightings: 1 },
    },
    { title: "no row without its beginning", fields: { actingLatest: at(0) }, row: { since: at(0), sightings: 1 } },
    { title: "no row without its end", fields: { actingSince: at(-9) }, row: { since: at(0), sightings: 1 } },
    { title: "no row of what is not idle", fields: { actingSince: at(-9), actingLatest: at(0), idle: false }, row: null },
  ])("$title", ({ fields, row }) => {
    const { take, past, eip } = open();
    take(readings(0), judged(0, fields));
    past.end([]);
    if (row === null) expect(eip().row).toBeNull();
    else expect(eip().row).toMatchObject(row);
  });

  it("a row without a reading has none's beginning", () => {
    const { take, eip } = open();
    take(judged(0, { actingSince: at(-9), actingLatest: at(-1) }));
    expect(eip().row).toEqual({ since: at(-9), latest: at(-1), sightings: 1, updatedTime: "2026-01-01T00:00:00Z" });
  });

  it("what is left out is not known: no Pod, no price, no tags, no word of an obstacle", () => {
    const { take, eip } = open();
    const { ip, status, account, region, reasons, complete, idle, threshold } = factsOf({
      idle: true,
      complete: true,
      updated: 1,
    } as Step);
    take(event("judged", 0, "eip-a", { ip, status, account, region, reasons, complete, idle, threshold }));
    const nothing = { cluster: null, namespace: null, workload: null, pod: null, podName: null, owner: null };
    expect(eip().facts).toMatchObject({
      whose: { ip, account, region, ...nothing },
      answers: { reasons: ["workload-gone-never-recycled"], tags: null, bornAt: null },
      ...{ neverTouched: null, obstacle: null, perHour: null, currency: null, guessed: true, needsPerson: true, inUse: false },
      clocks: { updatedTime: null, youngest: null, marked: null, evidence: {} },
    });
  });

  it("reasons of a later version are left out", () => {
    const { take, eip } = open();
    take(judged(0, { reasons: "of-a-later-version,orphan,constructor" }));
    expect(eip().facts?.answers.reasons).toEqual(["orphan"]);
  });
});

describe("regions", () => {
  it("count the EIPs that are there, of those that were read", () => {
    const { take, past } = open();
    const listed = (...records: readonly ReadEvent[]) => {
      take(...records);
      return past.listed();
    };
    expect(listed(readings(0), judged(0), judged(0, {}, "eip-b"))).toBe(2);
    expect(listed(judged(0, { tags: null }))).toBe(2);
    expect(listed(event("gone", 1, "eip-b", { ip: "" }))).toBe(1);
    expect(listed(event("gone", 1, "eip-b", { ip: "" }))).toBe(1);
    expect(listed(judged(2, {}, "eip-b"))).toBe(2);
    expect(listed(event("region", 3, null, { ...REGION, read: false, brake: "EIPs fell" }))).toBe(0);
    expect([...past.brakes]).toEqual([["default/ap-guangzhou", "EIPs fell"]]);
    expect(listed(event("region", 4, null, REGION))).toBe(2);
    expect([...past.brakes]).toEqual([]);
  });

  it("that nobody recorded were read", () => {
    const { take, past, eip } = open();
    take(readings(0), judged(0), event("kept", 0, "eip-old", { ip: "" }));
    expect([past.isRead(eip()), past.isRead(eip("eip-old"))]).toEqual([true, true]);
    take(event("region", 0, null, { ...REGION, read: false, brake: null }));
    expect([past.isRead(eip()), past.isRead(eip("eip-old"))]).toEqual([false, true]);
  });
});
