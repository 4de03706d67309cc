import { describe, expect, it } from "vitest";
import { instant, milliseconds, SECOND } from "../../src/core/terms/time.ts";
import type { Clock } from "../../src/ports.ts";
import { RateLimiter } from "../../src/tencent/rate.ts";
import { START } from "./cloud.ts";

/** When calls that all ask at START are let through, where each is answered at once. */
async function departures(calls: number, perSecond: number, keyOf: (call: number) => string = () => "key"): Promise<number[]> {
  const { clock, pass } = drivenTime();
  const limiter = new RateLimiter(clock);
  const departed = Array.from({ length: calls }, async (_, call) => {
    const answered = await limiter.wait(keyOf(call), perSecond);
    const at = clock.now();
    answered();
    return at;
  });
  await pass();
  return Promise.all(departed);
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

  it("does not wait for an old time to come again where the clock was set back", async () => {
    let now: number = START;
    const slept: number[] = [];
    const clock: Clock = {
      now: () => instant(now),
      async sleep(duration) {
        slept.push(duration);
        now += duration;
      },
    };
    const limiter = new RateLimiter(clock);
    for (let call = 0; call < 3; call += 1) (await limiter.wait("key", 2))();
    const before = slept.length;
    const late = limiter.wait("key", 2);
    now -= 3_600_000;
    (await late)();
    for (let call = 0; call < 3; call += 1) (await limiter.wait("key", 2))();
    expect(Math.max(...slept.slice(before))).toBeLessThanOrEqual(SECOND);
  });

  it("counts each key on its own", async () => {
    const at = await departures(38, 19, (call) => `region-${call % 2}`);
    expect(new Set(at)).toEqual(new Set([START]));
  });
});

/** Time that passes only while everybody sleeps. */
function drivenTime(): { readonly clock: Clock; readonly pass: () => Promise<void> } {
  let now: number = START;
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    clock: {
      now: () => instant(now),
      sleep: (duration) => new Promise<void>((wake) => sleepers.push({ at: now + duration, wake })),
    },
    async pass() {
      for (;;) {
        // Whoever is awake goes on first.
        for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
        sleepers.sort((one, other) => one.at - other.at);
        const next = sleepers.shift();
        if (next === undefined) return;
        now = Math.max(now, next.at);
        next.wake();
      }
    },
  };
}

it.each([50, 150, 400])("keeps to the limit on the cloud's clock, where calls travel for up to %i ms", async (longest) => {
  const { clock, pass } = drivenTime();
  const limiter = new RateLimiter(clock);
  const arrived: number[] = [];
  const calls = Array.from({ length: 200 }, async (_, call) => {
    const answered = await limiter.wait("key", 20);
    // Some arrive at once and some late, and answers come late too.
    await clock.sleep(milliseconds((call * 37) % (longest / 2)));
    arrived.push(clock.now());
    await clock.sleep(milliseconds((call * 53) % (longest / 2)));
    answered();
  });
  await pass();
  await Promise.all(calls);
  expect(arrived).toHaveLength(200);
  expect(mostInASecond(arrived)).toBeLessThanOrEqual(20);
  // Ten seconds' worth, each a travel longer.
  expect(Math.max(...arrived) - START).toBeLessThanOrEqual(10 * (1_000 + longest));
});
