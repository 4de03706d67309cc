import type { Config } from "../config/sections.ts";
import { type Assessment, countRead } from "../core/assess.ts";
import { aboveCap, flagStands, isOutdated, type Planned } from "../core/plan/plan.ts";
import { presentEip } from "../core/present.ts";
import type { NoticeAnnouncement } from "../core/terms/announcement.ts";
import { thousands } from "../core/terms/describe.ts";
import type { AddressMemory, Flag, Ledger, Postponed, ToldEip } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import type { Act, EipResult } from "../core/terms/result.ts";
import { humanDuration, type Instant, iso, parseInstant } from "../core/terms/time.ts";
import type { Event, FactsOf, TrailEvent, TrailKind } from "../core/terms/trail.ts";
import { POSTPONED } from "../language/alerts.ts";
import { localText } from "../language/figures.ts";
import type { FlagPorts } from "../ports.ts";
import { announceOnce, timezoneOf, toldEip, withAnnounced, withProblems } from "./alert.ts";
import { memoryOf, type RunState, record } from "./state.ts";

/** Flags what is due, takes flags back from what is used or kept again, and sends the notices that start the way to a release. */
export async function markAndNotify(
  ports: FlagPorts,
  config: Config,
  assessment: Assessment,
  state: RunState,
  runId: string,
  mode: "flag" | "enforce",
): Promise<RunState> {
  const marker: Marker = { ports, config, assessment, runId, mode, now: assessment.world.facts.now, marks: new Map() };
  const unflagged = await unflag(marker, state);
  const flagged = await flag(marker, unflagged);
  return notify(marker, { ...flagged, ledger: withMarks(flagged.ledger, marker) });
}

interface Marker {
  readonly ports: FlagPorts;
  readonly config: Config;
  readonly assessment: Assessment;
  readonly runId: string;
  readonly mode: "flag" | "enforce";
  readonly now: Instant;
  /** When each EIP's tags were changed by this run. */
  readonly marks: Map<string, NonNullable<AddressMemory["marked"]>>;
}

function withFlags(ledger: Ledger, flags: ReadonlyMap<string, Flag | null>): Ledger {
  const addresses = { ...ledger.addresses };
  for (const [id, flagOf] of flags) {
    const memory = own(addresses, id);
    if (memory !== undefined) addresses[id] = { ...memory, flag: flagOf };
  }
  return { ...ledger, addresses };
}

function event<K extends TrailKind>(marker: Marker, kind: K, id: string, facts: FactsOf[K]): Event<K> {
  return { kind, at: marker.now, run: marker.runId, eip: id, facts };
}

function act(marker: Marker, id: string, what: Act["act"], why: string): Act {
  return { id, act: what, why, at: iso(marker.now) };
}

async function unflag(marker: Marker, state: RunState): Promise<RunState> {
  const flags = new Map<string, null>();
  const events: TrailEvent[] = [];
  const acts: Act[] = [];
  const over: ToldEip[] = [];
  const postponed: ToldEip[] = [];
  for (const planned of marker.assessment.planned) {
    const { id } = planned.judgement.situation.linked.address;
    const flagOf = memoryOf(state, id)?.flag ?? null;
    if (flagOf === null || flagStands(planned, flagOf)) continue;
    const error = flagOf.tagged ? await tag(marker, planned, null) : null;
    if (error !== null) {
      acts.push(act(marker, id, "failed", `the mark could not be taken away: ${error}`));
      continue;
    }
    const begunAnew = isBegunAnew(planned, flagOf);
    const postponement = begunAnew ? postponementOf(marker, memoryOf(state, id), flagOf) : null;
    const why = postponement === null ? planned.judgement.detail : whyPostponed(postponement);
    events.push(event(marker, "unflagged", id, { why, flaggedAt: iso(flagOf.at) }));
    acts.push(act(marker, id, "unflagged", why));
    flags.set(id, null);
    if (flagOf.noticedAt === null) continue;
    const eip = presentEip(planned, marker.assessment.world, marker.config.policy);
    if (postponement !== null)
      postponed.push(toldEip(marker.config, eip, why, { facts: [planned.judgement.detail], postponed: postponement }));
    else over.push(toldEip(marker.config, eip, why));
  }
  const recorded = await record(marker.ports, state, events);
  const next = { ...recorded, ledger: withFlags(recorded.ledger, flags), acts: [...recorded.acts, ...acts] };
  const at = marker.ports.clock.now();
  const told = await announceOnce(marker.ports, next, { kind: "all-clear", at, eips: over });
  return announceOnce(marker.ports, told, { kind: "postponed", at, eips: postponed });
}

/** The flag fell only because the idle time counts anew: nothing speaks for keeping it, and it will be announced again. */
function isBegunAnew(planned: Planned, flag: Flag): boolean {
  const { verdict } = planned.judgement;
  return isOutdated(flag, planned) && verdict !== "in-use" && verdict !== "retained";
}

/** Why the idle time counts anew, with the two readings between which it happened. */
function postponementOf({ config }: Marker, memory: AddressMemory | null, flag: Flag): Postponed {
  const clock = memory?.acting ?? null;
  const unknown = { from: null, until: null, maxGap: config.policy.maxGap, timezone: timezoneOf(config) ?? "UTC" };
  if (clock !== null && clock.since <= flag.at) return { ...unknown, because: "judged" };
  const restarted = clock?.restarted;
  if (clock === null || restarted === undefined) return { ...unknown, because: "used" };
  return { ...unknown, because: restarted.why, from: restarted.latest, until: clock.since };
}

/** The same as a sentence, for the trail and the report. */
function whyPostponed({ because, from, until, maxGap, timezone }: Postponed): string {
  const shown = (at: Instant | null) => (at === null ? "" : `${localText(at, timezone)} ${timezone}`);
  return POSTPONED.en(because, shown(from), shown(until), humanDuration(maxGap));
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

/** Sets or takes away the mark, and notes when: the call itself may change `UpdatedTime` (domain.md §4.2), also one that seems to fail. */
async function tag(marker: Marker, planned: Planned, at: Instant | null): Promise<string | null> {
  const { mark } = marker.config.policy.release;
  const { account, region, id } = planned.judgement.situation.linked.address;
  if (mark === null) return null;
  const { clock, marker: port } = marker.ports;
  const from = clock.now();
  const error =
    at === null ? await port.untag(account, region, id, mark.tag) : await port.tag(account, region, id, mark.tag, iso(at));
  marker.marks.set(id, { from, until: clock.now() });
  return error;
}

function withMarks(ledger: Ledger, { marks }: Marker): Ledger {
  const addresses = { ...ledger.addresses };
  for (const [id, marked] of marks) {
    const memory = own(addresses, id);
    if (memory !== undefined) addresses[id] = { ...memory, marked };
  }
  return { ...ledger, addresses };
}

/** More EIPs than this wait for the notice of the next run: the list of a notice is posted at a pace that Slack takes. */
const NOTICE_LIMIT = 2_000;

/**
 * One notice for all that were flagged by this run, and for all that still wait for theirs. The notice period counts from its delivery,
 * and only for EIPs that people can see in it.
 */
async function notify(marker: Marker, state: RunState): Promise<RunState> {
  const { notifier } = marker.ports;
  if (notifier === null) return state;
  const flaggedNow = new Set(state.acts.filter((done) => done.act === "flagged").map(({ id }) => id));
  const standing = marker.assessment.planned.filter((planned) => {
    const flagOf = memoryOf(state, idOf(planned))?.flag ?? null;
    return flagOf !== null && flagStands(planned, flagOf);
  });
  const waiting = standing.filter((planned) => {
    const noticed = (memoryOf(state, idOf(planned))?.flag?.noticedAt ?? null) !== null;
    return !noticed && (planned.releaseAt !== null || flaggedNow.has(idOf(planned)));
  });
  if (waiting.length === 0) return state;
  const named = waiting.slice(0, NOTICE_LIMIT);
  const { world } = marker.assessment;
  const { policy } = marker.config;
  const eips = named.map((planned) => presentEip(planned, world, policy));
  const delivery = await notifier.announce({
    kind: "notice",
    at: marker.now,
    mode: marker.mode,
    eips,
    later: waiting.length - named.length,
    keepTags: policy.keepTags,
    notice: policy.release.notice,
    timezone: timezoneOf(marker.config),
    cap: capOf(marker, standing),
  });
  if (delivery.delivered) return noticed(marker, withProblems(state, delivery), eips, delivery);
  const failed = { ...state, alertErrors: [...state.alertErrors, `notice for ${thousands(eips.length)} EIPs: ${delivery.why}`] };
  const { partly } = delivery;
  if (partly === undefined) return failed;
  const seen = new Set(partly.eips);
  return noticed(
    marker,
    failed,
    eips.filter(({ id }) => seen.has(id)),
    partly,
  );
}

function idOf({ judgement }: Planned): string {
  return judgement.situation.linked.address.id;
}

/** The caps that will hold back what is on its way to a release; null when they will not, as things stand. */
function capOf({ assessment, config }: Marker, standing: readonly Planned[]): NoticeAnnouncement["cap"] {
  const { length: onTheWay } = standing.filter(
    (planned) => planned.releaseAt !== null && (!planned.needsApproval || planned.approval !== null),
  );
  const { policy } = config;
  const context = { policy, readCompletely: countRead(assessment.world.facts.regions), confirmed: null };
  if (aboveCap(onTheWay, context) === null) return null;
  const { maxPerRun, maxPercent } = policy.release;
  return { onTheWay, maxPerRun, maxPercent };
}

/** What people can see has its notice from now on; the rest is announced by a later run. */
async function noticed(
  marker: Marker,
  state: RunState,
  eips: readonly EipResult[],
  { at, reference }: { readonly at: Instant; readonly reference: string },
): Promise<RunState> {
  const started = eips.filter(({ releaseAt }) => releaseAt !== null);
  const recorded = await record(
    marker.ports,
    state,
    started.map(({ id, releaseAt }) => event(marker, "noticed", id, { releaseAt, deliveredAt: iso(at), reference })),
  );
  const flags = new Map<string, Flag>();
  const acts: Act[] = [];
  for (const { id, releaseAt } of started) {
    const flagOf = memoryOf(state, id)?.flag ?? null;
    if (flagOf === null || releaseAt === null) continue;
    flags.set(id, { ...flagOf, noticedAt: at, noticedReleaseAt: parseInstant(releaseAt) ?? null });
    acts.push(act(marker, id, "noticed", `released not before ${releaseAt}`));
  }
  return withAnnounced({ ...recorded, ledger: withFlags(recorded.ledger, flags), acts: [...recorded.acts, ...acts] }, eips);
}
