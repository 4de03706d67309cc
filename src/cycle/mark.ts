import type { Config } from "../config/config.ts";
import type { Assessment } from "../core/assess.ts";
import type { Judgement } from "../core/judge.ts";
import type { AddressMemory, Flag, Ledger } from "../core/ledger.ts";
import { isOutdated, type Planned } from "../core/plan.ts";
import { presentEip } from "../core/present.ts";
import type { Act } from "../core/result.ts";
import { type Instant, iso, parseInstant } from "../core/time.ts";
import type { TrailEvent, TrailKind } from "../core/trail.ts";
import type { FlagPorts } from "../ports.ts";
import { type AllClear, buildAllClear, buildNotice } from "../slack/messages.ts";
import { type RunState, record } from "./run.ts";

/** Flags what is due, takes flags back from what is used or kept again, and sends the notices that start the way to a release. */
export async function markAndNotify(
  ports: FlagPorts,
  config: Config,
  assessment: Assessment,
  state: RunState,
  runId: string,
): Promise<RunState> {
  const marker: Marker = { ports, config, assessment, runId, now: assessment.world.facts.now };
  const unflagged = await unflag(marker, state);
  const flagged = await flag(marker, unflagged);
  return notify(marker, flagged);
}

interface Marker {
  readonly ports: FlagPorts;
  readonly config: Config;
  readonly assessment: Assessment;
  readonly runId: string;
  readonly now: Instant;
}

function memoryOf(state: RunState, id: string): AddressMemory | null {
  return Object.hasOwn(state.ledger.addresses, id) ? (state.ledger.addresses[id] ?? null) : null;
}

function withFlags(ledger: Ledger, flags: ReadonlyMap<string, Flag | null>): Ledger {
  const addresses = { ...ledger.addresses };
  for (const [id, flagOf] of flags) {
    const memory = addresses[id];
    if (memory !== undefined) addresses[id] = { ...memory, flag: flagOf };
  }
  return { ...ledger, addresses };
}

function event(marker: Marker, kind: TrailKind, id: string, facts: TrailEvent["facts"]): TrailEvent {
  return { kind, at: marker.now, run: marker.runId, eip: id, facts };
}

function act(marker: Marker, id: string, what: Act["act"], why: string): Act {
  return { id, act: what, why, at: iso(marker.now) };
}

/**
 * Whether a flag still stands. It falls when the EIP is in use, kept, or no rule would flag it any more; it stays while the verdict
 * is `unknown`, `transient` or `recycling`: not knowing is no reason to tell people that all is well.
 */
function flagStands({ judgement, flagAt, releaseAt, withheld }: Planned, flag: Flag): boolean {
  if (isOutdated(flag, judgement.situation)) return false;
  const { verdict, situation } = judgement;
  if (verdict === "unknown" || verdict === "transient" || verdict === "recycling")
    return situation.linked.address.status !== "BIND";
  // People were told of a release that no rule asks for any more.
  if (flag.noticedAt !== null && releaseAt === null) return false;
  return flagAt !== null || withheld !== null;
}

async function unflag(marker: Marker, state: RunState): Promise<RunState> {
  const flags = new Map<string, null>();
  const events: TrailEvent[] = [];
  const acts: Act[] = [];
  const told: AllClear[] = [];
  for (const planned of marker.assessment.planned) {
    const { id } = planned.judgement.situation.linked.address;
    const flagOf = memoryOf(state, id)?.flag ?? null;
    if (flagOf === null || flagStands(planned, flagOf)) continue;
    const error = flagOf.tagged ? await tag(marker, planned, null) : null;
    if (error !== null) {
      acts.push(act(marker, id, "failed", `the mark could not be taken away: ${error}`));
      continue;
    }
    const why = whyOver(planned.judgement, flagOf);
    events.push(event(marker, "unflagged", id, { why, flaggedAt: iso(flagOf.at) }));
    acts.push(act(marker, id, "unflagged", why));
    flags.set(id, null);
    if (flagOf.noticedAt !== null) told.push({ eip: presentEip(planned, marker.assessment.world, marker.config.policy), why });
  }
  const recorded = await record(marker.ports, state, events);
  const next = { ...recorded, ledger: withFlags(recorded.ledger, flags), acts: [...recorded.acts, ...acts] };
  return told.length === 0 ? next : tell(marker, next, told);
}

function whyOver(judgement: Judgement, flag: Flag): string {
  if (!isOutdated(flag, judgement.situation)) return judgement.detail;
  return `its idle time began anew, so that it gets a new notice before any release (${judgement.detail})`;
}

/** People who were warned are told that it is over. */
async function tell(marker: Marker, state: RunState, over: readonly AllClear[]): Promise<RunState> {
  const { notifier } = marker.ports;
  if (notifier === null) return state;
  const delivery = await notifier.post(buildAllClear(over));
  return delivery.delivered
    ? state
    : { ...state, alertErrors: [...state.alertErrors, `all-clear for ${over.length} EIPs: ${delivery.why}`] };
}

async function flag(marker: Marker, state: RunState): Promise<RunState> {
  const flags = new Map<string, Flag>();
  const events: TrailEvent[] = [];
  const acts: Act[] = [];
  for (const planned of marker.assessment.planned) {
    if (planned.action !== "flag") continue;
    const { judgement, rule } = planned;
    const { id, ip } = judgement.situation.linked.address;
    const error = await tag(marker, planned, marker.now);
    const tagged = marker.config.policy.release.mark !== null && error === null;
    // The ledger is the guard's memory, not the tag: the flag counts all the same.
    if (error !== null) acts.push(act(marker, id, "failed", `the mark tag could not be set: ${error}`));
    const ruleName = rule?.name ?? "";
    events.push(event(marker, "flagged", id, { ip, rule: ruleName, reason: judgement.reason, detail: judgement.detail, tagged }));
    acts.push(act(marker, id, "flagged", judgement.detail));
    flags.set(id, { at: marker.now, rule: ruleName, reason: judgement.reason, tagged, noticedAt: null, noticedReleaseAt: null });
  }
  const recorded = await record(marker.ports, state, events);
  return { ...recorded, ledger: withFlags(recorded.ledger, flags), acts: [...recorded.acts, ...acts] };
}

async function tag(marker: Marker, planned: Planned, at: Instant | null): Promise<string | null> {
  const { mark } = marker.config.policy.release;
  const { account, region, id } = planned.judgement.situation.linked.address;
  if (mark === null) return null;
  return at === null
    ? marker.ports.marker.untag(account, region, id, mark.tag)
    : marker.ports.marker.tag(account, region, id, mark.tag, iso(at));
}

/** One notice for all that wait for one; the deadline counts from its delivery. */
async function notify(marker: Marker, state: RunState): Promise<RunState> {
  const waiting = marker.assessment.planned.filter((planned) => {
    const flagOf = memoryOf(state, planned.judgement.situation.linked.address.id)?.flag ?? null;
    return flagOf !== null && flagOf.noticedAt === null && planned.releaseAt !== null && flagStands(planned, flagOf);
  });
  if (waiting.length === 0) return state;
  const { notifier } = marker.ports;
  if (notifier === null) return state;
  const eips = waiting.map((planned) => presentEip(planned, marker.assessment.world, marker.config.policy));
  const delivery = await notifier.post(buildNotice(eips, marker.config.policy.keepTags));
  if (!delivery.delivered) {
    return { ...state, alertErrors: [...state.alertErrors, `notice of ${eips.length} releases: ${delivery.why}`] };
  }
  const recorded = await record(
    marker.ports,
    state,
    eips.map((eip) =>
      event(marker, "noticed", eip.id, {
        releaseAt: eip.releaseAt,
        deliveredAt: iso(delivery.at),
        reference: delivery.reference,
      }),
    ),
  );
  const flags = new Map<string, Flag>();
  const acts: Act[] = [];
  for (const eip of eips) {
    const flagOf = memoryOf(state, eip.id)?.flag ?? null;
    if (flagOf === null || eip.releaseAt === null) continue;
    flags.set(eip.id, { ...flagOf, noticedAt: delivery.at, noticedReleaseAt: parseInstant(eip.releaseAt) ?? null });
    acts.push(act(marker, eip.id, "noticed", `released not before ${eip.releaseAt}`));
  }
  return { ...recorded, ledger: withFlags(recorded.ledger, flags), acts: [...recorded.acts, ...acts] };
}
