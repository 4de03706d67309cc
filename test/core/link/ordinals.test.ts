import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { includesUpTo, ordinalsOf, parsePodName } from "../../../src/core/link/ordinals.ts";
import { workload } from "../build.ts";

describe("parsePodName", () => {
  it.each([
    ["web-0", { parent: "web", ordinal: 0 }],
    ["web-10", { parent: "web", ordinal: 10 }],
    ["a-0", { parent: "a", ordinal: 0 }],
    ["web-1-2", { parent: "web-1", ordinal: 2 }],
    ["web-007", null],
    ["web", null],
    ["-3", null],
    ["web-x1", null],
    ["web-99999999999999999999", null],
  ])("%s", (name, expected) => expect(parsePodName(name)).toEqual(expected));
});

const kind = "AdvancedStatefulSet";

describe("ordinalsOf", () => {
  it("skips what is reserved until the replicas are counted (the example of domain.md §2.5)", () => {
    const ordinals = ordinalsOf(workload({ kind, replicas: 4, start: 2, reserved: [1, 3] }));
    if (!ordinals.known) throw new Error(ordinals.why);
    expect([0, 1, 2, 3, 4, 5, 6, 7].filter(ordinals.value.includes)).toEqual([2, 4, 5, 6]);
    expect([0, 1, 2, 3, 4].filter(ordinals.value.reserved)).toEqual([1, 3]);
    expect(ordinals.value.count).toBe(4);
  });

  it.each(["x", "5-3", "-1", "1-", 1.5, -1, ""])("is unknown where '%s' is reserved, and names it", (entry) => {
    const ordinals = ordinalsOf(workload({ kind, reserved: [1, entry] }));
    expect(ordinals.known).toBe(false);
    expect(ordinals).toHaveProperty("why", expect.stringContaining(`${kind} games/web reserves '${entry}'`));
    expect(includesUpTo(workload({ kind, reserved: [entry] }), 3, 0).known).toBe(false);
  });

  it("reads a reservation with spaces around it", () => {
    const ordinals = ordinalsOf(workload({ kind, reserved: [" 3-5 "] }));
    expect(ordinals.known && [2, 3, 5, 6].map(ordinals.value.reserved)).toEqual([false, true, true, false]);
  });

  it("takes a billion replicas without walking over them", () => {
    const ordinals = ordinalsOf(workload({ kind, replicas: 1e9, reserved: ["5-9"] }));
    expect(ordinals.known && ordinals.value.includes(1e9 + 4)).toBe(true);
    expect(ordinals.known && ordinals.value.includes(1e9 + 5)).toBe(false);
  });

  it("includes what a walk one by one includes", () => {
    const entry = fc.oneof(
      fc.nat(20),
      fc.tuple(fc.nat(20), fc.nat(6)).map(([from, length]) => `${from}-${from + length}`),
    );
    fc.assert(
      fc.property(fc.nat(12), fc.nat(6), fc.array(entry, { maxLength: 6 }), (replicas, start, reserved) => {
        const naive = new Set<number>();
        const given = new Set(
          reserved.flatMap((one) => {
            const [from = 0, to = from] = String(one).split("-").map(Number);
            return Array.from({ length: to - from + 1 }, (_, offset) => from + offset);
          }),
        );
        for (let ordinal = start; naive.size < replicas; ordinal += 1) if (!given.has(ordinal)) naive.add(ordinal);
        const ordinals = ordinalsOf(workload({ kind, replicas, start, reserved }));
        if (!ordinals.known) throw new Error(ordinals.why);
        for (let ordinal = 0; ordinal < 60; ordinal += 1) {
          expect(ordinals.value.includes(ordinal)).toBe(naive.has(ordinal));
          expect(ordinals.value.reserved(ordinal)).toBe(given.has(ordinal));
        }
      }),
    );
  });
});

describe("includesUpTo", () => {
  it.each([
    { title: "more replicas reach further", replicas: 5, ordinal: 4, expected: true },
    { title: "the last is exclusive", replicas: 5, ordinal: 5, expected: false },
    { title: "never fewer than the workload has", replicas: 1, ordinal: 1, expected: true },
  ])("$title", ({ replicas, ordinal, expected }) => {
    expect(includesUpTo(workload({ replicas: 2 }), replicas, ordinal)).toEqual({ known: true, value: expected });
  });
});
