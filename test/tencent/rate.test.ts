import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/core/terms/time.ts";
import type { Clock } from "../../src/ports.ts";
import { RateLimiter } from "../../src/tencent/rate.ts";
import { START } from "./cloud.ts";

/** When calls that all ask at START are let through: time stands still, and a pause is written down instead of slept. */
async function departures(calls: number, perSecond: number, keyOf: (call: number) => string = () => "key"): Promise<number[]> {
  const at: number[] = [];
  let pause = 0;
  const clock: Clock = {
    now: () => START,
    sleep: async (duration) => {
      pause = duration;
    },
  };
  const limiter = new RateLimiter(clock);
  for (let call = 0; call < calls; call += 1) {
    pause = 0;
    await limiter.wait(keyOf(call), perSecond);
    at.push(START + pause);
  }
  return at;
}

function mostInASecond(at: readonly number[]): number {
  return Math.max(...at.map((from) => at.filter((other) => other >= from && other < from + SECOND).length));
}

describe("the rate limit", () => {
  it.each([1, 9, 19])("lets %i calls through in any second, and no more", async (perSecond) => {
    expect(mostInASecond(await departures(100, perSecond))).toBe(perSecond);
  });

  it("holds nobody back longer than it must", async () => {
    const at = await departures(100, 19);
    const floor = Math.ceil(((100 - 19) / 19) * SECOND);
    expect(Math.max(...at) - START).toBeLessThanOrEqual(floor + SECOND);
  });

  it("lets those that wait go evenly", async () => {
    const waiting = (await departures(100, 19)).slice(19);
    const gaps = waiting.slice(1).map((at, index) => at - (waiting[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(52);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(64);
  });

  it("counts each key on its own", async () => {
    const at = await departures(38, 19, (call) => `region-${call % 2}`);
    expect(new Set(at)).toEqual(new Set([START]));
  });
});
