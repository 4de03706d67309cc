import type { Config } from "../config/sections.ts";
import type { Assessment } from "../core/assess.ts";
import { flagStands, type Planned } from "../core/plan/plan.ts";
import { presentEip } from "../core/present.ts";
import { thousands } from "../core/terms/describe.ts";
import type { Ledger } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import { before, type Duration, type Instant } from "../core/terms/time.ts";
import type { FlagPorts } from "../ports.ts";
import { timezoneOf, withProblems } from "./alert.ts";
import { memoryOf, type RunState } from "./state.ts";

/**
 * Reminds people of notices that end soon, once for each notice (contract.md, Alerts, `reminder`). The first run within the time before the end sends
 * it; what could not be delivered comes with the next run, as long as the notice lasts.
 */
export async function remind(
  { notifier }: Pick<FlagPorts, "notifier">,
  config: Config,
  { planned, world }: Assessment,
  state: RunState,
): Promise<RunState> {
  const { reminder } = config.alerts;
  const { policy } = config;
  const { now } = world.facts;
  if (notifier === null || reminder === null) return state;
  const due = planned.filter((item) => endsSoon(item, state, reminder, now));
  if (due.length === 0) return state;
  const eips = due.map((item) => presentEip(item, world, policy));
  const delivery = await notifier.announce({
    kind: "reminder",
    at: now,
    eips,
    keepTags: policy.keepTags,
    timezone: timezoneOf(config),
  });
  if (delivery.delivered) {
    const ids = eips.map(({ id }) => id);
    return withProblems({ ...state, ledger: withReminded(state.ledger, ids, delivery.at) }, delivery);
  }
  const { partly, why } = delivery;
  const ledger = partly === undefined ? state.ledger : withReminded(state.ledger, partly.eips, partly.at);
  return { ...state, ledger, alertErrors: [...state.alertErrors, `reminder of ${thousands(eips.length)} EIPs: ${why}`] };
}

/** A notice that is no older than the reminder would be is a reminder itself. */
function endsSoon(planned: Planned, state: RunState, reminder: Duration, now: Instant): boolean {
  const flag = memoryOf(state, planned.judgement.situation.linked.address.id)?.flag ?? null;
  const { releaseAt } = planned;
  if (flag === null || flag.noticedAt === null || flag.remindedAt !== undefined || releaseAt === null) return false;
  const from = before(releaseAt, reminder);
  return flagStands(planned, flag) && flag.noticedAt < from && from <= now && now < releaseAt;
}

function withReminded(ledger: Ledger, ids: readonly string[], remindedAt: Instant): Ledger {
  const addresses = { ...ledger.addresses };
  for (const id of ids) {
    const memory = own(addresses, id);
    if (memory !== undefined && memory.flag !== null) addresses[id] = { ...memory, flag: { ...memory.flag, remindedAt } };
  }
  return { ...ledger, addresses };
}
