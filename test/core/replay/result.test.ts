import { describe, expect, it } from "vitest";
import type { Played, PlayedRelease } from "../../../src/core/replay/replay.ts";
import { backtestResult, type SweptDelay, suggestion, sweptDelay } from "../../../src/core/replay/result.ts";
import { at } from "./tape.ts";

const NOTHING: Played = { since: null, until: null, flagged: [], released: [], kept: [], undecided: [] };
const EIP = { id: "eip-a", ip: "203.0.113.10", pod: null, at: at(1) };
const release = (fields: Partial<PlayedRelease> = {}): PlayedRelease => ({ ...EIP, usedAgainAt: null, saved: null, ...fields });
const cny = (amount: number) => ({ currency: "CNY", amount });

describe("a back-test as it is told", () => {
  it("has instants in words, sums by currency to a millionth, and counts false releases", () => {
    const played: Played = {
      since: at(0),
      until: at(48),
      flagged: [EIP],
      released: [
        release({ saved: cny(0.1) }),
        release({ id: "eip-b", saved: cny(0.200_000_4), usedAgainAt: at(2) }),
        release({ id: "eip-c", saved: { currency: "USD", amount: 5 } }),
        release({ id: "eip-d" }),
      ],
      kept: [{ id: "eip-e", why: "kept" }],
      undecided: [{ id: "eip-f", why: "old" }],
    };
    const told = (id: string) => ({ id, ip: EIP.ip, pod: null, at: "2026-01-05T01:00:00.000Z" });
    expect(backtestResult(played, "digest", at(99))).toEqual({
      schema: "eip-guard/backtest/v1",
      since: "2026-01-05T00:00:00.000Z",
      until: "2026-01-07T00:00:00.000Z",
      policy: "digest",
      flagged: [told("eip-a")],
      released: [
        { ...told("eip-a"), usedAgainAt: null, saved: cny(0.1) },
        { ...told("eip-b"), usedAgainAt: "2026-01-05T02:00:00.000Z", saved: cny(0.2) },
        { ...told("eip-c"), usedAgainAt: null, saved: { currency: "USD", amount: 5 } },
        { ...told("eip-d"), usedAgainAt: null, saved: null },
      ],
      falseReleases: 1,
      wouldHaveSaved: [cny(0.3), { currency: "USD", amount: 5 }],
      kept: played.kept,
      undecided: played.undecided,
    });
    expect(sweptDelay("3d", played)).toEqual({
      releaseAfter: "3d",
      released: 4,
      falseReleases: 1,
      wouldHaveSaved: [cny(0.3), { currency: "USD", amount: 5 }],
    });
  });

  it("of a record without a reading begins and ends now", () => {
    expect(backtestResult(NOTHING, "digest", at(3))).toMatchObject({
      since: "2026-01-05T03:00:00.000Z",
      until: "2026-01-05T03:00:00.000Z",
      falseReleases: 0,
      wouldHaveSaved: [],
    });
  });
});

describe("the delay that is suggested", () => {
  const delay = (releaseAfter: string, released: number, falseReleases = 0): SweptDelay => ({
    releaseAfter,
    released,
    falseReleases,
    wouldHaveSaved: [],
  });
  it.each<{ title: string; delays: readonly SweptDelay[]; expected: readonly [string | null, number, number | null] }>([
    {
      title: "is the shortest without a false release",
      delays: [delay("1d", 9, 2), delay("3d", 6), delay("7d", 4)],
      expected: ["3d", 6, 0.5],
    },
    {
      title: "is longer than every one with a false release",
      delays: [delay("1d", 9), delay("3d", 6, 1), delay("7d", 4)],
      expected: ["7d", 4, 0.75],
    },
    {
      title: "is one that releases something",
      delays: [delay("1d", 9, 1), delay("3d", 0), delay("7d", 0)],
      expected: [null, 0, null],
    },
    { title: "is none where each was wrong", delays: [delay("1d", 9, 1), delay("3d", 1, 1)], expected: [null, 0, null] },
    { title: "is none of none", delays: [], expected: [null, 0, null] },
    { title: "is never worse than certain", delays: [delay("1d", 2)], expected: ["1d", 2, 1] },
    { title: "says by the rule of three how little it proves", delays: [delay("1d", 7)], expected: ["1d", 7, 0.4286] },
  ])("$title", ({ delays, expected }) => {
    const { releaseAfter, spells, falseAtMost } = suggestion(delays, { since: at(0), until: at(9) }, "digest", at(99));
    expect([releaseAfter, spells, falseAtMost]).toEqual(expected);
  });

  it("names the record that it comes from, and the policy", () => {
    const delays = [delay("1d", 3)];
    expect(suggestion(delays, { since: at(0), until: at(9) }, "digest", at(99))).toMatchObject({
      schema: "eip-guard/suggest/v1",
      since: "2026-01-05T00:00:00.000Z",
      until: "2026-01-05T09:00:00.000Z",
      policy: "digest",
      delays,
    });
    expect(suggestion(delays, NOTHING, "digest", at(3))).toMatchObject({
      since: "2026-01-05T03:00:00.000Z",
      until: "2026-01-05T03:00:00.000Z",
    });
  });
});
