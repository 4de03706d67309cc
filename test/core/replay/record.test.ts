import { describe, expect, it } from "vitest";
import { assess } from "../../../src/core/assess.ts";
import { judgedFacts, whatMatters } from "../../../src/core/replay/record.ts";
import type { Address } from "../../../src/core/terms/facts.ts";
import { unknown } from "../../../src/core/terms/known.ts";
import type { AddressMemory } from "../../../src/core/terms/ledger.ts";
import { DAY, HOUR } from "../../../src/core/terms/time.ts";
import { address, ago, CLUSTER, claim, cluster, facts, ledger, memory, POLICY, podMemory } from "../build.ts";

const ID = "eip-aaaaaaaa";
const EVIDENCE = {
  askedAt: ago(HOUR),
  searchedSince: ago(9 * DAY),
  unboundAt: ago(3 * DAY),
  boundAt: ago(9 * DAY),
  allocatedAt: null,
  bill: null,
};

function recorded(fields: Partial<Address> = {}, remembered: Partial<AddressMemory> = {}, claims = false) {
  const idle = memory(DAY, { pod: podMemory(), ...remembered });
  const shape = claims ? { claims: { state: "complete" as const, items: [claim()] } } : {};
  const world = facts([address(fields)], [cluster(shape)]);
  const { planned, world: linked } = assess(world, ledger({ [ID]: idle }), POLICY);
  const item = planned.find(({ plannable }) => plannable.subject.id === ID);
  if (item === undefined) throw new Error("it was not planned");
  return judgedFacts(item, linked);
}

describe("what the trail holds of an EIP for a back-test", () => {
  it("is all that policy and plan read of it", () => {
    expect(recorded()).toEqual({
      ip: "203.0.113.10",
      status: "UNBIND",
      account: "default",
      region: "ap-guangzhou",
      cluster: CLUSTER,
      namespace: "games",
      workload: "web",
      guessed: false,
      pod: "web-0",
      owner: null,
      tags: JSON.stringify({ "tke-clusterId": CLUSTER, "tke-created-eip": "true" }),
      reasons: expect.stringMatching(/^workload-gone-/),
      complete: true,
      idle: true,
      threshold: HOUR,
      neverTouched: null,
      obstacle: null,
      needsPerson: false,
      chargeType: "TRAFFIC_POSTPAID_BY_HOUR",
      bornAt: ago(90 * DAY),
      updatedTime: "2026-08-25T09:00:00Z",
    });
  });

  it.each<{ title: string; facts: () => ReturnType<typeof recorded>; expected: object }>([
    {
      title: "its tags, where they were not read, as not known",
      facts: () => recorded({ tags: unknown("left out") }),
      expected: { tags: null },
    },
    {
      title: "a workload that is only guessed",
      facts: () => recorded({}, { pod: podMemory({ ownerSeen: false }) }),
      expected: { guessed: true },
    },
    {
      title: "all reasons that answered, the first first",
      facts: () => recorded({ status: "BIND" }),
      expected: { reasons: expect.stringMatching(/^bound\b/) },
    },
    { title: "no clock of what is not idle", facts: () => recorded({ status: "BIND" }), expected: { idle: false } },
    {
      title: "a birth that may start the clock again",
      facts: () => recorded({}, {}, true),
      expected: { youngest: claim().createdAt },
    },
    {
      title: "the guard's own mark",
      facts: () => recorded({}, { marked: { from: ago(DAY), until: ago(DAY - HOUR) } }),
      expected: { markedFrom: ago(DAY), markedUntil: ago(DAY - HOUR) },
    },
    {
      title: "what CloudAudit said",
      facts: () => recorded({}, { evidence: EVIDENCE }),
      expected: { boundAt: ago(9 * DAY), unboundAt: ago(3 * DAY) },
    },
  ])("has $title", ({ facts: read, expected }) => expect(read()).toMatchObject(expected));

  it("has its reasons one by one, and its facts without any memory of it", () => {
    const { planned, world } = assess(facts([address({ status: "BIND", createdAt: ago(0) })], [cluster()]), ledger(), POLICY);
    const item = planned.find(({ plannable }) => plannable.subject.id === ID);
    const read = item === undefined ? null : judgedFacts(item, world);
    expect(read?.reasons.split(",")).toEqual(expect.arrayContaining(["bound", "newborn"]));
    const idle = assess(facts([address()], [cluster()]), ledger(), POLICY);
    const [first] = idle.planned.filter(({ plannable }) => plannable.subject.id === ID);
    expect(first === undefined ? null : judgedFacts(first, idle.world)).toMatchObject({ idle: true, ip: "203.0.113.10" });
  });

  it.each<{ title: string; facts: () => ReturnType<typeof recorded>; absent: readonly string[] }>([
    {
      title: "CloudAudit said nothing",
      facts: () => recorded({}, { evidence: { ...EVIDENCE, boundAt: null, unboundAt: null } }),
      absent: ["boundAt", "unboundAt"],
    },
    {
      title: "nothing was asked, marked or born",
      facts: () => recorded(),
      absent: ["boundAt", "unboundAt", "markedFrom", "markedUntil", "youngest"],
    },
    {
      title: "it is in use",
      facts: () => recorded({ status: "BIND" }),
      absent: ["updatedTime", "youngest", "markedFrom", "boundAt"],
    },
  ])("leaves out what is not there, where $title", ({ facts: read, absent }) => {
    expect(Object.keys(read()).filter((key) => absent.includes(key))).toEqual([]);
  });
});

describe("what makes a new record necessary", () => {
  it("is any change, but not another sentence for the same", () => {
    const before = recorded();
    const text = (fields: Partial<typeof before>) => whatMatters({ ...before, ...fields });
    expect(text({ obstacle: "request 1 failed" })).toBe(text({ obstacle: "request 2 failed" }));
    expect(text({ neverTouched: "prepaid" })).toBe(text({ neverTouched: "prepaid until 2027" }));
    expect(text({})).toContain('"neverTouched":false,"obstacle":false');
    const all = [{}, { obstacle: "a" }, { neverTouched: "a" }, { status: "BIND" }, { reasons: "kept" }, { tags: null }].map(text);
    expect(new Set(all).size).toBe(all.length);
  });
});
