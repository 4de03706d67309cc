import { describe, expect, it } from "vitest";
import { type ReadingAt, readingsFacts, readingsOf } from "../../../src/core/replay/readings.ts";
import { instant } from "../../../src/core/terms/time.ts";
import { at } from "./tape.ts";

const reading = (now: number, took: number): ReadingAt => [instant(now), instant(now - took)];

describe("readings as one record", () => {
  it("say when the first was, how long after it each was, and how long it had taken", () => {
    const list = [reading(at(0), 900), reading(at(1), 60_000)];
    expect(readingsFacts(list)).toEqual({ from: "2026-01-05T00:00:00.000Z", runs: 2, steps: "0/900 3600000/60000" });
    expect(readingsOf(readingsFacts(list))).toEqual(list);
  });

  it("of none are none", () => {
    expect(readingsFacts([])).toEqual({ from: "1970-01-01T00:00:00.000Z", runs: 0, steps: "" });
    expect(readingsOf(readingsFacts([]))).toEqual([]);
  });

  it.each<{ what: string; facts: Parameters<typeof readingsOf>[0] }>([
    { what: "without a beginning", facts: { runs: 1, steps: "0/0" } },
    { what: "whose beginning is no instant", facts: { from: "yesterday", runs: 1, steps: "0/0" } },
    { what: "without steps", facts: { from: "2026-01-05T00:00:00Z" } },
    { what: "whose steps are words", facts: { from: "2026-01-05T00:00:00Z", steps: "a/b" } },
  ])("$what say nothing", ({ facts }) => expect(readingsOf(facts)).toEqual([]));

  it("keep those steps that can be read", () => {
    const steps = "0/1000 x/1000 7200000/x 3600000 3600000/2000";
    expect(readingsOf({ from: "2026-01-05T00:00:00Z", steps })).toEqual([reading(at(0), 1_000), reading(at(1), 2_000)]);
  });
});
