import { describe, expect, it } from "vitest";
import type { Address } from "../../src/core/terms/facts.ts";
import { known, unknown } from "../../src/core/terms/known.ts";
import type { AddressMemory, EvidenceMemory, Ledger } from "../../src/core/terms/ledger.ts";
import { after, DAY, HOUR, type Instant, MINUTE, milliseconds } from "../../src/core/terms/time.ts";
import { gatherEvidence, unbrokenIdle } from "../../src/cycle/evidence.ts";
import type { AddressEvent, BilledIdle, CloudReader } from "../../src/ports.ts";
import { address, ago, facts, ledger, memory, NOW } from "../core/build.ts";

/** An hour that began so many hours ago. */
function hour(hoursAgo: number, fields: Partial<BilledIdle> = {}): BilledIdle {
  const from = ago(hoursAgo * HOUR);
  return { from, until: after(from, HOUR), seconds: 3_600, cost: 0.2, currency: "CNY", ...fields };
}

describe("the hours that the bill proves idle", () => {
  const row = (hours: number, from: number, until: number) => ({
    idle: milliseconds(hours * HOUR),
    from: ago(from * HOUR),
    until: ago(until * HOUR),
    cost: Math.round(hours * 0.2 * 1e6) / 1e6,
    currency: "CNY",
  });
  const cases: readonly {
    readonly title: string;
    readonly rows: readonly BilledIdle[];
    readonly expected: EvidenceMemory["bill"];
  }[] = [
    { title: "are none where nothing was billed", rows: [], expected: null },
    { title: "are one", rows: [hour(5)], expected: row(1, 5, 4) },
    { title: "are a row, in whatever order the bill has them", rows: [hour(7), hour(5), hour(6)], expected: row(3, 7, 4) },
    { title: "end where an hour is missing", rows: [hour(5), hour(6), hour(8)], expected: row(2, 6, 4) },
    {
      title: "end at an hour that was billed in part: it may have been bound within it",
      rows: [hour(5), hour(6), hour(7, { seconds: 1_800, cost: 0.1 }), hour(8)],
      expected: row(2, 6, 4),
    },
    {
      title: "end at an hour in which a Pod restarted for half a minute",
      rows: [hour(5), hour(6, { seconds: 3_570 }), hour(7)],
      expected: row(1, 5, 4),
    },
    {
      title: "are none where the newest hour was billed in part",
      rows: [hour(5, { seconds: 1_800 }), hour(6)],
      expected: null,
    },
    {
      title: "take an hour that is a second short for whole",
      rows: [hour(5, { seconds: 3_599 })],
      expected: { ...row(1, 5, 4), idle: milliseconds(HOUR - 1_000) },
    },
    { title: "count no hour twice", rows: [hour(5), hour(5), hour(6)], expected: row(1, 5, 4) },
  ];
  it.each(cases)("$title", ({ rows, expected }) => expect(unbrokenIdle(rows)).toEqual(expected));
});

interface Asked {
  readonly questions: string[];
  readonly cloud: Pick<CloudReader, "addressEvents" | "billedIdle">;
}

/** A cloud that writes down what it is asked. */
function cloud(events: readonly AddressEvent[] | null, bill: readonly BilledIdle[] | null): Asked {
  const questions: string[] = [];
  return {
    questions,
    cloud: {
      async addressEvents(_account, _region, id) {
        questions.push(`events ${id}`);
        return events === null ? unknown("403") : known(events);
      },
      async billedIdle(_account, id) {
        questions.push(`bill ${id}`);
        return bill === null ? unknown("403") : known(bill);
      },
    },
  };
}

const WIDE = memory(milliseconds(2 * DAY), { boundAt: ago(30 * DAY) });
const BOTH = { evidence: { cloudaudit: true, billing: true } };
const HOURS_LEFT = () => HOUR;

async function gather(
  asked: Asked,
  memories: Readonly<Record<string, AddressMemory>>,
  {
    addresses = [address()],
    config = BOTH,
    left = HOURS_LEFT,
  }: { addresses?: readonly Address[]; config?: typeof BOTH; left?: () => typeof HOUR } = {},
): Promise<Ledger> {
  return (await gatherEvidence(asked, config, facts(addresses, []), ledger(memories), { timeLeft: left })).ledger;
}

describe("CloudAudit and the bill", () => {
  const evidence = (fields: Partial<EvidenceMemory> = {}): EvidenceMemory => ({
    askedAt: NOW,
    unboundAt: null,
    boundAt: null,
    allocatedAt: null,
    searchedSince: null,
    bill: null,
    ...fields,
  });

  it.each([
    ["an idle EIP of which much is open", WIDE, {}, true],
    ["one of which it is known within two hours", memory(milliseconds(2 * DAY)), {}, false],
    ["one that is bound", WIDE, { status: "BIND" }, false],
    ["one that was asked about half a day ago", { ...WIDE, evidence: evidence({ askedAt: ago(DAY / 2) }) }, {}, false],
    ["one that was asked about yesterday", { ...WIDE, evidence: evidence({ askedAt: ago(DAY) }) }, {}, true],
    ["one whose beginning nothing bounds", memory(milliseconds(2 * DAY), { boundAt: null }), { createdAt: null }, true],
  ] as const)("are asked, or not, about %s", async (_, remembered, fields, expected) => {
    const asked = cloud([], []);
    await gather(asked, { "eip-aaaaaaaa": remembered }, { addresses: [address(fields)] });
    expect(asked.questions).toEqual(expected ? ["events eip-aaaaaaaa", "bill eip-aaaaaaaa"] : []);
  });

  it.each([
    ["neither", { cloudaudit: false, billing: false }, []],
    ["CloudAudit alone", { cloudaudit: true, billing: false }, ["events eip-aaaaaaaa"]],
    ["the bill alone", { cloudaudit: false, billing: true }, ["bill eip-aaaaaaaa"]],
  ])("are asked where the configuration says so: %s", async (_, on, expected) => {
    const asked = cloud([], []);
    await gather(asked, { "eip-aaaaaaaa": WIDE }, { config: { evidence: on } });
    expect(asked.questions).toEqual(expected);
  });

  it("are not asked when the time is nearly up", async () => {
    const asked = cloud([], []);
    await gather(asked, { "eip-aaaaaaaa": WIDE }, { left: () => MINUTE });
    expect(asked.questions).toEqual([]);
  });

  it("are asked about ten EIPs in a run, and about the others in the next", async () => {
    const ids = Array.from({ length: 14 }, (_, index) => `eip-${index}`);
    const addresses = ids.map((id) => address({ id, ip: id }));
    const first = cloud([], []);
    const after = await gather(first, Object.fromEntries(ids.map((id) => [id, WIDE])), { addresses });
    expect(first.questions).toHaveLength(20);
    const second = cloud([], []);
    await gather(second, after.addresses, { addresses });
    expect(new Set([...first.questions, ...second.questions]).size).toBe(28);
    expect(second.questions).toHaveLength(8);
  });

  it("are asked about ten EIPs of each account, so that one that answers nothing holds up no other", async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `eip-${index}`);
    const addresses = [...ids.map((id) => address({ id, ip: id })), address({ id: "eip-other", ip: "other", account: "other" })];
    const asked = cloud(null, null);
    await gather(asked, Object.fromEntries(addresses.map(({ id }) => [id, WIDE])), { addresses });
    expect(asked.questions).toHaveLength(22);
    expect(asked.questions).toContain("events eip-other");
  });

  it("are remembered: the latest of each event, and the billed hours", async () => {
    const event = (name: AddressEvent["name"], at: Instant): AddressEvent => ({ name, at });
    const events = [
      event("AssociateAddress", ago(9 * DAY)),
      event("DisassociateAddress", ago(3 * DAY)),
      event("AssociateAddress", ago(20 * DAY)),
      event("DisassociateAddress", ago(10 * DAY)),
      event("AllocateAddresses", ago(40 * DAY)),
    ];
    const { addresses } = await gather(cloud(events, [hour(5), hour(6)]), { "eip-aaaaaaaa": WIDE });
    expect(addresses["eip-aaaaaaaa"]?.evidence).toMatchObject({
      askedAt: NOW,
      unboundAt: ago(3 * DAY),
      boundAt: ago(9 * DAY),
      allocatedAt: ago(40 * DAY),
      searchedSince: ago(89 * DAY),
      bill: { idle: 2 * HOUR, until: ago(4 * HOUR) },
    });
  });

  it("leave what is remembered as it is where neither answers, and are asked again", async () => {
    const remembered = { ...WIDE, evidence: evidence({ askedAt: ago(2 * DAY), unboundAt: ago(5 * DAY) }) };
    const before = { "eip-aaaaaaaa": remembered };
    const { addresses } = await gather(cloud(null, null), before);
    expect(addresses).toEqual(before);
    const again = cloud([], []);
    await gather(again, addresses);
    expect(again.questions).not.toEqual([]);
  });

  it("never take back what they once said: an event stays a fact, though one of them fails or looks less far back", async () => {
    const bill = { idle: HOUR, from: ago(30 * HOUR), until: ago(29 * HOUR), cost: 0.2, currency: "CNY" };
    const said = { boundAt: ago(89.5 * DAY), unboundAt: ago(89.2 * DAY), allocatedAt: ago(90 * DAY), bill };
    const remembered = { ...WIDE, evidence: evidence({ askedAt: ago(2 * DAY), ...said }) };
    for (const asked of [cloud(null, []), cloud([], null)]) {
      const { addresses } = await gather(asked, { "eip-aaaaaaaa": remembered });
      const { boundAt, unboundAt, allocatedAt } = addresses["eip-aaaaaaaa"]?.evidence ?? evidence();
      expect({ boundAt, unboundAt, allocatedAt }).toEqual({
        boundAt: said.boundAt,
        unboundAt: said.unboundAt,
        allocatedAt: said.allocatedAt,
      });
    }
    const { addresses } = await gather(cloud([], null), { "eip-aaaaaaaa": remembered });
    expect(addresses["eip-aaaaaaaa"]?.evidence?.bill).toEqual(bill);
  });

  it("count for what they say where the other does not answer", async () => {
    const audit = await gather(cloud([{ name: "DisassociateAddress", at: ago(DAY) }], null), { "eip-aaaaaaaa": WIDE });
    expect(audit.addresses["eip-aaaaaaaa"]?.evidence).toMatchObject({ unboundAt: ago(DAY), bill: null });
    const bill = await gather(cloud(null, [hour(5)]), { "eip-aaaaaaaa": WIDE });
    expect(bill.addresses["eip-aaaaaaaa"]?.evidence).toMatchObject({ unboundAt: null, searchedSince: null, bill: { cost: 0.2 } });
  });
});
