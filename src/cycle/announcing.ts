import { createHash } from "node:crypto";
import { after, before, DAY, type Duration, type Instant, instant } from "../core/terms/time.ts";
import { GuardError, whyOf } from "../errors.ts";
import type { AuditPorts, Notifier } from "../ports.ts";
import type { Powers } from "./powers.ts";
import { RESERVED } from "./state.ts";

/** Every announcement names the run that made it, and is sent within the run's time: ledger and trail must still be written after it. */
export function announcingAs(run: string, powers: Powers, timeLeft: () => Duration): Powers {
  const { notifier, clock } = powers.ports;
  if (notifier === null) return powers;
  const named: Notifier = {
    async announce(announcement) {
      const now = clock.now();
      const until = before(after(now, timeLeft()), RESERVED);
      if (until <= now) return { delivered: false, why: "the platform's time is nearly over" };
      return notifier.announce({ ...announcement, run, until });
    },
  };
  switch (powers.mode) {
    case "audit":
      return { mode: powers.mode, ports: { ...powers.ports, notifier: named } };
    case "flag":
      return { mode: powers.mode, ports: { ...powers.ports, notifier: named } };
    case "enforce":
      return { mode: powers.mode, ports: { ...powers.ports, notifier: named } };
  }
}

/**
 * People are told of a run that failed as a whole, once a day for each cause. Where the store can't tell what was said already, nothing is said: the
 * platform shows a failed invocation too. It never throws.
 */
export async function tellFailure(
  { notifier, store, clock }: Pick<AuditPorts, "notifier" | "store" | "clock">,
  run: string,
  mode: Powers["mode"],
  error: unknown,
): Promise<void> {
  if (notifier === null || isOrdinary(error)) return;
  const why = whyOf(error);
  const fix = error instanceof GuardError ? error.fix : "";
  const now = clock.now();
  const cause = createHash("sha256")
    .update(`failed run ${why.replace(/\d+/g, "#")}`)
    .digest("hex");
  try {
    if (!(await store.useOnce(cause, dayOf(now)))) return;
  } catch {
    return;
  }
  await notifier.announce({ kind: "failed", at: now, run, mode, failures: [], error: { why, fix } });
}

/** Another run was faster, so that nothing failed; or a mistake of the user, after which nothing may have been done (contract.md, Exit codes). */
function isOrdinary(error: unknown): boolean {
  if (!(error instanceof GuardError)) return false;
  return error.fault === "user" || ["LeaseHeld", "TickServed", "LostRace"].includes(error.code);
}

function dayOf(now: Instant): Instant {
  return instant(now - (now % DAY));
}
