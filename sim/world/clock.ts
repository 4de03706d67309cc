/** The simulated world's time, in milliseconds since the epoch: driven by hand, or following the machine's clock. */
export interface SimulatedClock {
  readonly now: () => number;
  /** Runs everything that is due within the next `milliseconds`, in order, and stops at their end. Only of a driven clock. */
  readonly advance: (milliseconds: number) => void;
  /** Runs `work` once, `milliseconds` from now. */
  readonly schedule: (milliseconds: number, work: () => void) => void;
  readonly stop: () => void;
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

/** A clock that stands still until it is driven. Equal seeds and equal orders give equal worlds. */
export function createDrivenClock(start: number): SimulatedClock {
  let now = start;
  let order = 0;
  let due: Due[] = [];
  return {
    now: () => now,
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const next = due.reduce<Due | null>(
          (first, one) => (first === null || one.at < first.at || (one.at === first.at && one.order < first.order) ? one : first),
          null,
        );
        if (next === null || next.at > end) break;
        due = due.filter((one) => one !== next);
        now = Math.max(now, next.at);
        next.work();
      }
      now = end;
    },
    schedule(milliseconds, work) {
      order += 1;
      due.push({ at: now + milliseconds, order, work });
    },
    stop: () => undefined,
  };
}

/** The machine's clock, shifted by `offset` milliseconds. */
export function createRealClock(offset = 0): SimulatedClock {
  const timers = new Set<NodeJS.Timeout>();
  return {
    now: () => Date.now() + offset,
    advance: () => {
      throw new Error("a clock that follows the machine's can't be driven");
    },
    schedule(milliseconds, work) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        work();
      }, milliseconds);
      timer.unref();
      timers.add(timer);
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
