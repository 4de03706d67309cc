import { after, before, between, type Instant, later, milliseconds, SECOND } from "../core/terms/time.ts";
import type { Clock } from "../ports.ts";

/**
 * Keeps each key to so many calls in any second: a sliding window, because that is how the cloud counts.
 * The first calls go at once, those that must wait go evenly: of one burst a second some would arrive late, and be counted with the next.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #calls = new Map<string, Instant[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when one more call of this key may be made. */
  async wait(key: string, perSecond: number): Promise<void> {
    const calls = this.#calls.get(key) ?? [];
    this.#calls.set(key, calls);
    const now = this.#clock.now();
    const oldest = calls[calls.length - perSecond];
    const latest = calls.at(-1);
    const slot =
      oldest === undefined || latest === undefined || after(oldest, SECOND) <= now
        ? now
        : later(after(oldest, SECOND), after(latest, milliseconds(Math.floor(SECOND / perSecond))));
    // The slot is taken before the pause, so that calls that wait at the same time get one each.
    calls.push(slot);
    while (calls[0] !== undefined && calls[0] < before(now, milliseconds(2 * SECOND)) && calls.length > perSecond) calls.shift();
    if (slot > now) await this.#clock.sleep(between(now, slot));
  }
}
