import { after, before, between, type Duration, type Instant, later, milliseconds, SECOND } from "../core/terms/time.ts";
import type { Clock } from "../ports.ts";

/** One call: when it may go, and when its answer came. */
interface Slot {
  readonly at: Instant;
  readonly answered: Promise<Instant>;
}

/**
 * Keeps each key to so many calls in any second: a sliding window, because that is how the cloud counts.
 * The first calls go at once, those that must wait go evenly. The cloud counts a call when it arrives there, which is at some time before its
 * answer: so a call waits also until a second after the answer of the one that it follows by that many. However unevenly calls travel, no
 * second of the cloud's then holds more.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #calls = new Map<string, Slot[]>();
  #latest: Instant | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves when one more call of this key may be made.
   *
   * @returns to be called when the answer is there, or sure not to come: others wait for that
   */
  async wait(key: string, perSecond: number): Promise<() => void> {
    const now = this.#clock.now();
    // A clock that was set back would have every call wait until its old time is there again.
    if (this.#latest !== null && now < this.#latest) this.#calls.clear();
    this.#latest = now;
    const calls = this.#calls.get(key) ?? [];
    this.#calls.set(key, calls);
    const oldest = calls[calls.length - perSecond];
    const latest = calls.at(-1);
    const at =
      oldest === undefined || latest === undefined || after(oldest.at, SECOND) <= now
        ? now
        : later(after(oldest.at, SECOND), after(latest.at, milliseconds(Math.floor(SECOND / perSecond))));
    // The slot is taken before the pause, so that calls that wait at the same time get one each.
    let tell: (at: Instant) => void = () => undefined;
    const answered = new Promise<Instant>((resolve) => {
      tell = resolve;
    });
    calls.push({ at, answered });
    while (calls[0] !== undefined && calls[0].at < before(now, FORGOTTEN) && calls.length > perSecond) calls.shift();
    if (at > now) await this.#clock.sleep(between(now, at));
    if (oldest !== undefined) await this.#secondAfter(await oldest.answered);
    return () => tell(this.#clock.now());
  }

  async #secondAfter(at: Instant): Promise<void> {
    const left = between(this.#clock.now(), after(at, SECOND));
    if (left > 0) await this.#clock.sleep(milliseconds(Math.min(left, SECOND)));
  }
}

/** A call that is older says nothing of the present second. */
const FORGOTTEN: Duration = milliseconds(2 * SECOND);
