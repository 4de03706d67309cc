import { parseDuration } from "../config/duration.ts";
import type { Schedule } from "../config/schedule.ts";
import { MINUTE } from "../core/terms/time.ts";
import { GuardError } from "../errors.ts";
import { checkSchedule } from "./daemon/daemon.ts";
import type { OwnOptions } from "./own-options.ts";

/** When a run comes where nothing is said. */
const USUAL = "*/10 * * * *";

/**
 * The schedule that `--cron`, `--timezone` and `--jitter` name.
 *
 * @throws GuardError of fault `user` `BadCron`, `BadTimezone` or `BadJitter`
 */
export function scheduleOf({ cron = USUAL, timezone = "UTC", jitter: written = "0s" }: OwnOptions): Schedule {
  checkSchedule(cron, timezone);
  const jitter = parseDuration(written);
  if (jitter === undefined || jitter > MINUTE * 60)
    throw new GuardError("BadJitter", "user", `--jitter "${written}" is no duration of at most 1h`, "write one such as 30s");
  return { cron, timezone, jitter };
}
