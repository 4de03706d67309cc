import { parseDuration } from "../config/duration.ts";
import { checkSchedule, type Schedule } from "../config/schedule.ts";
import type { DeployConfig } from "../config/sections/deploy.ts";
import { MINUTE } from "../core/terms/time.ts";
import { GuardError } from "../errors.ts";
import type { OwnOptions } from "./own-options.ts";

/**
 * When runs come: as `--cron` says (in UTC, unless `--timezone` says otherwise), else as `deploy.schedule` does, so that the daemon and the
 * function have one schedule.
 *
 * @throws GuardError of fault `user` `BadCron`, `BadTimezone` or `BadJitter`
 */
export function scheduleOf(
  { cron, timezone, jitter: written = "0s" }: OwnOptions,
  deploy: Pick<DeployConfig, "schedule" | "timezone">,
): Schedule {
  const zone = timezone ?? (cron === undefined ? deploy.timezone : "UTC");
  checkSchedule(cron ?? deploy.schedule, zone);
  const jitter = parseDuration(written);
  if (jitter === undefined || jitter > MINUTE * 60)
    throw new GuardError("BadJitter", "user", `--jitter "${written}" is no duration of at most 1h`, "write one such as 30s");
  return { cron: cron ?? deploy.schedule, timezone: zone, jitter };
}
