import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AddressMemory, EvidenceMemory, Ledger, PodMemory } from "../../src/core/terms/ledger.ts";
import { emptyLedger } from "../../src/core/terms/ledger.ts";
import { type Instant, instant, milliseconds } from "../../src/core/terms/time.ts";
import { ledgerBytes, parseHead, parseLedger } from "../../src/store/ledger-schema.ts";

/** Every shape that core/ledger.ts allows, built from its types, so that a field that is added there must be added here. */

const at: fc.Arbitrary<Instant> = fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.constant(1_700_000_000_000.5)).map(instant);
const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", "__proto__", "constructor", "\u2028", "带宽"));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const count = fc.nat();
// JSON has one zero.
const amount = fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1e9 }).map((value) => value + 0);
const key = fc.string({ minLength: 1 }).filter((name) => name !== "__proto__");

const owner = fc.record({ apiVersion: text, kind: text, name: text, uid: text });
const above = maybe(fc.oneof(owner, fc.constant("not-listed" as const)));

const pod: fc.Arbitrary<PodMemory> = fc.record(
  {
    cluster: text,
    namespace: text,
    name: text,
    uid: maybe(text),
    seenAt: at,
    owner: maybe(owner),
    ownersOwner: above,
    ownerSeen: fc.boolean(),
    deletePolicy: maybe(text),
    claimExpired: maybe(text),
    claimSeen: fc.boolean(),
    given: fc.record({ deletePolicy: maybe(text), claimExpired: maybe(text) }),
    includedBy: fc.record({ owner, ownersOwner: above, deletePolicy: maybe(text), claimExpired: maybe(text) }),
  },
  { requiredKeys: ["cluster", "namespace", "name", "uid", "seenAt", "owner", "ownersOwner", "ownerSeen", "claimSeen"] },
);

const evidence: fc.Arbitrary<EvidenceMemory> = fc.record({
  askedAt: at,
  unboundAt: maybe(at),
  boundAt: maybe(at),
  allocatedAt: maybe(at),
  searchedSince: maybe(at),
  bill: maybe(fc.record({ idle: count.map(milliseconds), from: at, until: at, cost: amount, currency: text })),
});

const keep = fc.record({ at, by: text, why: text, until: maybe(at) });
const protections = fc.dictionary(key, at, { noNullPrototype: true });

/** A row of an older version says neither when its latest reading began nor anything else that is newer. */
const optional = fc.record(
  {
    otherPods: fc.array(pod, { maxLength: 2 }),
    judged: fc.record({ verdict: text, since: at, releasableSince: maybe(at) }),
    marked: fc.record({ from: at, until: at }),
  },
  { requiredKeys: [] },
);

const required = fc.record({
  account: text,
  region: text,
  ip: text,
  firstSeenAt: at,
  lastSeenAt: at,
  boundAt: maybe(at),
  idleSince: maybe(at),
  acting: maybe(
    fc.record(
      { since: at, latest: at, sightings: count, updatedTime: maybe(text), begun: at },
      { requiredKeys: ["since", "latest", "sightings", "updatedTime"] },
    ),
  ),
  status: fc.record({ is: text, since: at }),
  pod: maybe(pod),
  everInIdList: fc.boolean(),
  flag: maybe(
    fc.record(
      { at, rule: text, reason: text, tagged: fc.boolean(), noticedAt: maybe(at), noticedReleaseAt: maybe(at), remindedAt: at },
      { requiredKeys: ["at", "rule", "reason", "tagged", "noticedAt", "noticedReleaseAt"] },
    ),
  ),
  keep: maybe(keep),
  approval: maybe(fc.record({ at, by: text, until: at })),
  protections,
  evidence: maybe(evidence),
  verdict: maybe(fc.record({ verdict: text, reason: text, at })),
});

const whole: fc.Arbitrary<AddressMemory> = fc
  .tuple(required, optional)
  .map(([always, sometimes]) => ({ ...always, ...sometimes }));

/** Bound or gone, and nothing besides: what is stored as a short row, where its instants allow that. */
const plain: fc.Arbitrary<AddressMemory> = fc
  .tuple(
    required,
    fc.record(
      {
        judged: fc.record({ verdict: text, since: at, releasableSince: maybe(at) }),
        outlook: fc.record({ releaseAt: maybe(at), needsApproval: fc.boolean() }),
        recorded: text,
      },
      { requiredKeys: [] },
    ),
  )
  .map(([always, sometimes]) => ({
    ...always,
    ...sometimes,
    idleSince: null,
    acting: null,
    everInIdList: false,
    flag: null,
    keep: null,
    approval: null,
    protections: {},
    evidence: null,
  }));

const address = fc.oneof(whole, plain);

const REQUIRED = [
  "schema",
  "generation",
  "writtenAt",
  "writtenBy",
  "trailHead",
  "addresses",
  "clusters",
  "lastComplete",
  "policyDigest",
  "servedTicks",
  "digest",
  "receipts",
  "gaps",
] as const;

const ledgers: fc.Arbitrary<Ledger> = fc.record(
  {
    schema: fc.constant("eip-guard/ledger/v1" as const),
    generation: fc.integer({ min: 1, max: 9_999_999_999 }),
    writtenAt: maybe(at),
    writtenBy: maybe(text),
    trailHead: maybe(fc.record({ sequence: count, hash: text })),
    addresses: fc.dictionary(key, address, { noNullPrototype: true, maxKeys: 4 }),
    clusters: fc.dictionary(key, fc.record({ account: text, region: text, seenAliveAt: at, principal: text }), {
      noNullPrototype: true,
    }),
    lastComplete: fc.dictionary(key, fc.record({ at, eips: count, tagged: count, pods: count, claims: count, clusters: count }), {
      noNullPrototype: true,
    }),
    policyDigest: maybe(text),
    servedTicks: fc.array(text),
    digest: maybe(
      fc.record(
        {
          sentAt: at,
          fingerprint: text,
          weeklyAt: at,
          message: fc.record({ reference: text, channel: text, day: text, told: fc.array(text) }),
        },
        { requiredKeys: ["sentAt"] },
      ),
    ),
    receipts: fc.array(fc.record({ id: text, at, perHour: maybe(amount), currency: maybe(text), recycledAnywayAt: maybe(at) })),
    gaps: fc.array(text),
  },
  { requiredKeys: [...REQUIRED] },
);

const NOW = instant(Date.UTC(2026, 10, 26));

function memoryOf(is: string): AddressMemory {
  return {
    account: "a",
    region: "r",
    ip: "203.0.113.7",
    firstSeenAt: NOW,
    lastSeenAt: NOW,
    boundAt: null,
    idleSince: null,
    acting: null,
    status: { is, since: NOW },
    pod: null,
    everInIdList: false,
    flag: null,
    keep: null,
    approval: null,
    protections: {},
    evidence: null,
    verdict: null,
  };
}

const ledgerText = (ledger: Ledger) => Buffer.concat(ledgerBytes(ledger)).toString();

describe("the stored ledger", () => {
  it("gives back every ledger that core can hold, to the last field", () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        expect(parseLedger(ledgerText(ledger), "here", ledger.generation)).toEqual(ledger);
      }),
    );
  });

  it("still reads a ledger of version 0.1, in which every EIP is whole and all is one line", () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        expect(parseLedger(`${JSON.stringify(ledger)}\n`, "here", ledger.generation)).toEqual(ledger);
      }),
    );
  });

  it("is read alike where somebody has laid it out anew", () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const text = JSON.stringify(JSON.parse(ledgerText(ledger)), null, 2);
        expect(parseLedger(text, "here", ledger.generation)).toEqual(ledger);
      }),
    );
  });

  it("tells all but its EIPs without looking at them", () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const { addresses: _, ...head } = ledger;
        expect(parseHead(ledgerText(ledger), "here", ledger.generation)).toEqual(head);
      }),
    );
  });

  it("holds an EIP that is bound and carries nothing in a short row, and any other as a whole", () => {
    const bound = { ...memoryOf("BIND"), boundAt: NOW, recorded: "digest" };
    const kept = { ...bound, keep: { at: NOW, by: "ann", why: "DNS", until: null } };
    const later = Object.assign({ ...bound }, { added: "by a later version" });
    const text = ledgerText({
      ...emptyLedger(),
      generation: 1,
      writtenAt: NOW,
      addresses: { "eip-bound": bound, "eip-gone": memoryOf("GONE"), "eip-kept": kept },
    });
    const { addresses } = JSON.parse(text);
    expect(addresses["eip-bound"]).toBeInstanceOf(Array);
    expect(addresses["eip-gone"]).toBeInstanceOf(Array);
    expect(addresses["eip-kept"]).toEqual(kept);
    expect(() => ledgerText({ ...emptyLedger(), generation: 1, writtenAt: NOW, addresses: { "eip-later": later } })).toThrow(
      /nothing was written.*added/,
    );
  });

  it("reads a row of before the record of runs", () => {
    const addresses = { "eip-a": memoryOf("BIND") };
    const text = ledgerText({ ...emptyLedger(), generation: 1, writtenAt: NOW, addresses });
    const older = text.replace(",null]\n", "]\n");
    expect(older).not.toBe(text);
    expect(parseLedger(older, "here", 1).addresses).toEqual(addresses);
  });

  it.each([
    ["cut off in the middle of an EIP", (text: string) => text.slice(0, -30)],
    ["lacks an EIP's line end", (text: string) => text.replace(",\n", "\n")],
    ["has an EIP twice", (text: string) => text.replace('"eip-b"', '"eip-a"')],
    ["names a word that is not shared", (text: string) => text.replace('"words":["BIND"]', '"words":[]')],
    ["has two EIPs in a line", (text: string) => text.replace(",\n", ",")],
    ["has a row that is too short", (text: string) => text.replace(",null,null,null,null]", "]")],
  ])("is not read where it %s", (_, spoil) => {
    const addresses = { "eip-a": memoryOf("BIND"), "eip-b": memoryOf("BIND") };
    const text = ledgerText({ ...emptyLedger(), generation: 1, writtenAt: NOW, addresses });
    expect(parseLedger(text, "here", 1).addresses).toEqual(addresses);
    expect(spoil(text)).not.toBe(text);
    expect(() => parseLedger(spoil(text), "here", 1)).toThrow(/can't be read/);
  });

  it("accepts no ledger that lacks any one of its fields", () => {
    const whole = JSON.parse(ledgerText({ ...emptyLedger(), generation: 1 }));
    for (const field of Object.keys(emptyLedger())) {
      const { [field]: _, ...rest } = whole;
      expect(() => parseLedger(JSON.stringify(rest), "here", 1), field).toThrow(/can't be read/);
    }
  });

  it("is not written where an instant is none", () => {
    const broken = { ...emptyLedger(), generation: 1, digest: { sentAt: instant(Number.NaN), fingerprint: "" } };
    expect(() => ledgerText(broken)).toThrow(/nothing was written/);
  });
});
