import { afterEach, describe, expect, it } from "vitest";
import { before, DAY, HOUR, milliseconds } from "../../src/core/terms/time.ts";
import { type Cloud, REGION, type Received, type Reply, START, startCloud } from "./cloud.ts";

let cloud: Cloud | undefined;

async function open(reply: (call: Received) => Reply): Promise<Cloud> {
  cloud = await startCloud(reply);
  return cloud;
}

afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
});

const ID = "eip-aaaaaaaa";

describe("events of an EIP", () => {
  it("asks for spans under 30 days, and never follows a NextToken", async () => {
    const { reader, calls } = await open(() => ({ ListOver: true, Events: [] }));
    expect(await reader.addressEvents("default", REGION, ID, before(START, milliseconds(89 * DAY)), START)).toEqual({
      known: true,
      value: [],
    });
    expect(calls.length).toBeGreaterThan(2);
    for (const { parameters } of calls) {
      expect(Number(parameters.EndTime) - Number(parameters.StartTime)).toBeLessThan((30 * DAY) / 1_000);
      expect(parameters).not.toHaveProperty("NextToken");
    }
  });

  it("halves a window that holds more than a page, and finds every event", async () => {
    const events = Array.from({ length: 120 }, (_, index) => START / 1_000 - 60 - index * 60);
    const { reader } = await open(({ parameters }) => {
      const inside = events.filter((at) => at >= Number(parameters.StartTime) && at < Number(parameters.EndTime));
      return {
        ListOver: inside.length <= 50,
        NextToken: 9_007_199_254_740_993_000,
        Events: inside.slice(0, 50).map((at) => ({ EventName: "DisassociateAddress", EventTime: String(at), ErrorCode: 0 })),
      };
    });
    const found = await reader.addressEvents("default", REGION, ID, before(START, milliseconds(3 * HOUR)), START);
    expect(found.known && new Set(found.value.map(({ at }) => at / 1_000))).toEqual(new Set(events));
  });

  it("leaves out what was refused and what has another name", async () => {
    const at = String(START / 1_000 - 60);
    const { reader } = await open(() => ({
      ListOver: true,
      Events: [
        { EventName: "AssociateAddress", EventTime: at, ErrorCode: 1 },
        { EventName: "ModifyAddressAttribute", EventTime: "whenever", ErrorCode: 0 },
      ],
    }));
    expect(await reader.addressEvents("default", REGION, ID, before(START, HOUR), START)).toEqual({ known: true, value: [] });
  });

  it.each<{ rule: string; reply: Reply }>([
    {
      rule: "an event has no readable time",
      reply: { ListOver: true, Events: [{ EventName: "AssociateAddress", EventTime: "?", ErrorCode: 0 }] },
    },
    { rule: "the answer has no Events", reply: { ListOver: true } },
    { rule: "the answer never ends", reply: { ListOver: false, Events: [] } },
  ])("are unknown where $rule", async ({ reply }) => {
    const { reader } = await open(() => reply);
    expect((await reader.addressEvents("default", REGION, ID, before(START, milliseconds(8_000)), START)).known).toBe(false);
  });

  it.each<{ rule: string; ends: (seconds: number) => boolean; why: string }>([
    { rule: "no answer ever ends", ends: () => false, why: "events of eip-aaaaaaaa in a second" },
    { rule: "an answer ends only for seconds", ends: (seconds) => seconds <= 4, why: "still incomplete after 128 calls" },
  ])("are unknown after a bounded number of calls where $rule", async ({ ends, why }) => {
    const { reader, calls } = await open(({ parameters }) => ({
      ListOver: ends(Number(parameters.EndTime) - Number(parameters.StartTime)),
      Events: [],
    }));
    const found = await reader.addressEvents("default", REGION, ID, before(START, HOUR), START);
    expect(found).toMatchObject({ known: false, why: expect.stringContaining(why) });
    expect(calls.length).toBeLessThanOrEqual(128);
  });
});

describe("the bill of an EIP", () => {
  /** The shape of a real row, by the bill's own documentation. */
  const detail = (fields: Readonly<Record<string, unknown>> = {}) => ({
    ResourceId: ID,
    FeeBeginTime: "2026-11-23 15:00:00",
    FeeEndTime: "2026-11-23 15:59:59",
    ComponentSet: [{ ItemCode: "sv_eip_hour", TimeSpan: "3600", Cost: "0.20001600", RealCost: "0.00724198" }],
    ...fields,
  });

  it("gives hours in China's time, with what was really asked for them", async () => {
    const { reader } = await open(() => ({ DetailSet: [detail()] }));
    expect(await reader.billedIdle("default", ID, before(START, milliseconds(3 * HOUR)), START)).toEqual({
      known: true,
      value: [
        {
          from: Date.UTC(2026, 10, 23, 7),
          until: Date.UTC(2026, 10, 23, 8),
          seconds: 3_600,
          cost: 0.00724198,
          currency: "CNY",
        },
      ],
    });
  });

  it.each([
    { rule: "another resource", fields: { ResourceId: "eip-bbbbbbbb" } },
    {
      rule: "no cost at all, which is not a cost of nothing",
      fields: { ComponentSet: [{ ItemCode: "sv_eip_hour", TimeSpan: "3600" }] },
    },
    { rule: "another item", fields: { ComponentSet: [{ ItemCode: "sv_traffic", TimeSpan: "3600", RealCost: "1" }] } },
  ])("takes no row of $rule for idle time", async ({ fields }) => {
    const { reader } = await open(() => ({ DetailSet: [detail(fields)] }));
    expect(await reader.billedIdle("default", ID, before(START, milliseconds(3 * HOUR)), START)).toEqual({
      known: true,
      value: [],
    });
  });

  it("is read month by month, newest first", async () => {
    const { reader, calls } = await open(() => ({ DetailSet: [] }));
    await reader.billedIdle("default", ID, before(START, milliseconds(60 * DAY)), START);
    expect(calls.map(({ parameters }) => parameters.Month)).toEqual(["2026-11", "2026-10", "2026-09"]);
  });

  it("is unknown where the answer has no DetailSet", async () => {
    const { reader } = await open(() => ({}));
    expect((await reader.billedIdle("default", ID, before(START, HOUR), START)).known).toBe(false);
  });

  it.each<{ rule: string; rows: (offset: number) => string; why: string }>([
    { rule: "a page is repeated", rows: () => "2026-11-23 15:00:00", why: "repeated a page" },
    {
      rule: "pages are repeated in turn",
      rows: (offset) => `2026-11-23 ${(offset / 300) % 2 === 0 ? "15" : "16"}:00:00`,
      why: "repeated a page",
    },
    { rule: "pages never end", rows: (offset) => `row ${offset}`, why: "more than 50 pages" },
  ])("is unknown where $rule", async ({ rows, why }) => {
    const { reader, calls } = await open(({ parameters }) => {
      // A server that never ends would keep a loop without a bound busy for ever.
      if (calls.length > 60) return { DetailSet: [] };
      const begin = rows(Number(parameters.Offset));
      return { DetailSet: Array.from({ length: 300 }, () => detail({ FeeBeginTime: begin })) };
    });
    const read = await reader.billedIdle("default", ID, before(START, HOUR), START);
    expect(read).toMatchObject({ known: false, why: expect.stringContaining(why) });
  });
});
