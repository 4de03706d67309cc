import { setTimeout } from "node:timers/promises";
import { instant } from "../core/terms/time.ts";
import type { Clock } from "../ports.ts";

/** The system's clock. */
export const SYSTEM_CLOCK: Clock = {
  now: () => instant(Date.now()),
  sleep: (duration, signal) => setTimeout(duration, undefined, signal === undefined ? {} : { signal }),
};
