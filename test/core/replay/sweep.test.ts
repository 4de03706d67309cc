import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReplay } from "../../../src/core/replay/replay.ts";
import type { Policy } from "../../../src/core/terms/policy.ts";
import { DAY, milliseconds } from "../../../src/core/terms/time.ts";
import type { ReadEvent } from "../../../src/core/terms/trail.ts";
import { event, hoursOf, judged, play, policyOf, readings, type Tape } from "./tape.ts";

type Change = "idle" | "bound" | "kept" | "gone";

interface Said {
  readonly hour: number;
  readonly eip: string;
  readonly change: Change;
}

const CHANGED = {
  idle: {},
  kept: { reasons: "workload-includes-pod" },
  bound: { status: "BIND", idle: false, reasons: "bound" },
} as const;

/** A trail as runs write it, one run an hour. */
function record(said: readonly Said[], hours: number): readonly ReadEvent[] {
  return Array.from({ length: hours }, (_, hour) => [
    readings(hour),
    ...said
      .filter((one) => one.hour === hour)
      .map(({ eip, change }) => (change === "gone" ? event("gone", hour, eip, { ip: "" }) : judged(hour, CHANGED[change], eip))),
  ]).flat();
}

const LEAKS = ["eip-1", "eip-2", "eip-3"].map((eip): Said => ({ hour: 0, eip, change: "idle" }));

describe("what waits for a cap", () => {
  it("is released at the first reading at which the cap holds it no more", () => {
    const said: Said[] = [...LEAKS, { hour: 40, eip: "eip-1", change: "gone" }];
    const { released } = play(record(said, 60), { release: { maxPerRun: 2 } });
    expect(hoursOf(released)).toEqual(["eip-2 40", "eip-3 40"]);
  });

  it("is told by the latest reading", () => {
    const { released, kept } = play(record([...LEAKS, { hour: 30, eip: "eip-4", change: "idle" }], 60), {
      release: { maxPerRun: 2 },
    });
    const why = "cap: 4 releases are due at once, release.maxPerRun is 2; none is released";
    expect([released, kept.map((one) => one.why)]).toEqual([[], [why, why, why, why]]);
  });
});

describe("a sweep", () => {
  const said = fc.array(
    fc.record({
      hour: fc.integer({ min: 0, max: 150 }),
      eip: fc.constantFrom<string>("eip-1", "eip-2", "eip-3", "eip-4"),
      change: fc.constantFrom<Change>("idle", "idle", "bound", "kept", "gone"),
    }),
    { maxLength: 24 },
  );
  const release = fc.record({
    maxPerRun: fc.constantFrom(1, 2, 100),
    window: fc.constantFrom<Policy["release"]["window"]>(null, {
      days: ["mon", "tue", "wed", "thu", "fri"],
      from: 9 * 60,
      to: 17 * 60,
      timezone: "Asia/Shanghai",
    }),
  });

  it("finds for each delay what a back-test with that delay alone finds", () => {
    const delays = [1, 2, 3].map((days) => milliseconds(days * DAY));
    fc.assert(
      fc.property(said, release, (all, options) => {
        const records = record(all, 200);
        const replay = createReplay(policyOf({ release: options }), delays, null);
        for (const one of records) replay.take(one);
        const alone = delays.map((releaseAfter) => {
          const tape: Tape = { release: options, rule: { releaseAfter } };
          return { releaseAfter, released: play(records, tape).released };
        });
        expect(replay.end([]).swept).toEqual(alone);
      }),
      { numRuns: 100, examples: [[LEAKS, { maxPerRun: 2, window: null }]] },
    );
  });
});
