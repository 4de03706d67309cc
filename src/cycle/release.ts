import type { Config } from "../config/sections.ts";
import { type Assessment, assess, type Bounds } from "../core/assess.ts";
import type { ClaimReference } from "../core/link/gather.ts";
import type { LinkedWorld } from "../core/link/link.ts";
import { rememberReleased } from "../core/plan/brake.ts";
import type { Planned } from "../core/plan/plan.ts";
import { presentEip } from "../core/present.ts";
import type { Address, Facts } from "../core/terms/facts.ts";
import { IPAMD_DID_NOT_DESTROY, type Ledger, type OpenRelease, type ToldEip, writtenByPerson } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import { samePlace } from "../core/terms/place.ts";
import type { Act, EipResult } from "../core/terms/result.ts";
import {
  after,
  before,
  between,
  type Duration,
  humanDuration,
  type Instant,
  iso,
  MINUTE,
  milliseconds,
  SECOND,
} from "../core/terms/time.ts";
import type { Event, FactsOf, IntentFacts, TrailKind } from "../core/terms/trail.ts";
import type { EnforcePorts, Lease, Permitted, ReleaseOutcome } from "../ports.ts";
import { announceCap, announceOnce, standsNoMore, toldEip } from "./alert.ts";
import { collect } from "./collect.ts";
import { UNSEEN } from "./recall.ts";
import { receiptOf } from "./settle.ts";
import { hearWords, RESERVED, type RunState, record, withMemory } from "./state.ts";
import { LEASE_LOST, RACE_LOST, STOPPED, TIME_OVER, withhold } from "./withhold.ts";

/** A reading older than this does not count (domain.md §5.3, 3). */
const FRESH: Duration = milliseconds(30 * SECOND);
/** How long ipamd may take to destroy an EIP whose claim was deleted. */
const CLAIM_BOUND: Duration = milliseconds(2 * MINUTE);
const CLAIM_POLL: Duration = milliseconds(5 * SECOND);

export interface ReleaseOptions {
  readonly lease: Lease;
  readonly runId: string;
  /** Of the whole run: a region that is read afresh is measured by the same. */
  readonly bounds: Bounds;
  readonly timeLeft: () => Duration;
}

interface Releasing {
  readonly ports: EnforcePorts;
  readonly config: Config;
  readonly options: ReleaseOptions;
}

/**
 * The one function through which every release passes. For each EIP that is due: stop signals, the lease, what people wrote
 * meanwhile, a reading that is fresh, the same judge and the same plan; then the intent, the release, its verification, the receipt.
 */
export async function releaseDue(
  ports: EnforcePorts,
  config: Config,
  assessment: Assessment,
  state: RunState,
  options: ReleaseOptions,
): Promise<RunState> {
  const releasing: Releasing = { ports, config, options };
  let next = await alertAboutCap(releasing, assessment, state);
  let facts: Facts | null = null;
  const released: ToldEip[] = [];
  const due = dueOf(assessment);
  for (const [at, address] of due.entries()) {
    const stop = await stopSignal(releasing);
    if (stop !== null) {
      next = await withholdOne(releasing, next, address, stop);
      continue;
    }
    if (facts === null || !isFresh(facts, address, ports.clock.now())) {
      facts = await collect(ports, config, next.ledger, undefined, { account: address.account, region: address.region });
      // Reading takes its time: what people say meanwhile counts, and what was read too long ago does not.
      const late = isFresh(facts, address, ports.clock.now()) ? await stopSignal(releasing) : "reading it afresh took too long";
      if (late !== null) {
        next = await withholdOne(releasing, next, address, late);
        continue;
      }
      next = { ...next, fresh: [...next.fresh, facts] };
    }
    const heard = await hear(releasing, next);
    if (heard === null) {
      next = await withholdAll(releasing, next, due.slice(at), RACE_LOST);
      break;
    }
    next = heard;
    const again = judgeAgain(releasing, facts, next.ledger, address.id);
    if (again === null || again.planned.action !== "release") {
      next = await noLongerDue(releasing, next, address, again);
      continue;
    }
    const done = await releaseOne(releasing, next, facts, again);
    next = done.state;
    if (done.receipt !== null) {
      released.push(toldRelease(config, presentEip(again.planned, again.world, config.policy), done.receipt));
    }
    if (done.stop) {
      next = await withholdAll(releasing, next, due.slice(at + 1), `nothing more is released in this run: see ${address.id}`);
      break;
    }
  }
  return announceOnce(ports, next, { kind: "released", at: ports.clock.now(), eips: released });
}

/** The EIPs whose release is due, in the plan's order. */
export function dueOf({ planned }: Assessment): readonly Address[] {
  return planned.filter(({ action }) => action === "release").map(({ judgement }) => judgement.situation.linked.address);
}

/** What people are told of a release: the facts of its receipt, and the call that may get the address back. */
function toldRelease(config: Config, eip: EipResult, facts: FactsOf["receipt"]): ToldEip {
  const { via, claim, chargeType, bandwidthMbps, isp, perHour, currency, recovery } = facts;
  const kind = [chargeType, bandwidthMbps === null ? null : `${bandwidthMbps} Mbps`, isp].filter((part) => part !== null);
  const specification = kind.join(", ");
  const lines = [via === "claim" ? `released by deleting its claim ${claim}` : "released by ReleaseAddresses"];
  if (specification !== "") lines.push(`it was ${specification}`);
  if (typeof perHour === "number" && perHour > 0) lines.push(`it cost ${(perHour * 730).toFixed(2)} ${currency} a month`);
  return toldEip(config, eip, eip.detail, {
    facts: lines,
    recovery: typeof recovery === "string" ? recovery : null,
    release: {
      claim: via === "claim" && typeof claim === "string" ? claim : null,
      specification,
      perHour: typeof perHour === "number" ? perHour : null,
      currency: typeof currency === "string" ? currency : null,
    },
  });
}

function isFresh(facts: Facts, address: Address, now: Instant): boolean {
  const sameRegion = facts.regions.some((region) => samePlace(region, address));
  const age = between(facts.startedAt, now);
  // A clock that went back says nothing of how old it is.
  return sameRegion && age >= 0 && age <= FRESH;
}

interface JudgedAgain {
  readonly planned: Planned;
  readonly world: LinkedWorld;
}

function judgeAgain({ config, options }: Releasing, facts: Facts, ledger: Ledger, id: string): JudgedAgain | null {
  const { planned, world } = assess(facts, ledger, config.policy, options.bounds);
  const found = planned.find((item) => item.judgement.situation.linked.address.id === id);
  return found === undefined ? null : { planned: found, world };
}

async function stopSignal({ ports, options }: Releasing): Promise<string | null> {
  if (options.timeLeft() < RESERVED + CLAIM_BOUND) return TIME_OVER;
  if (await ports.store.stopRequested()) return STOPPED;
  if (!(await options.lease.renew())) return LEASE_LOST;
  return null;
}

/** The state with what people said since; null when another run wrote, or the ledger went back. */
async function hear({ ports }: Releasing, state: RunState): Promise<RunState | null> {
  const newest = await ports.store.newestHead();
  const ours = newest.generation === state.base || (newest.generation > state.base && writtenByPerson(newest));
  return ours ? hearWords(ports, state) : null;
}

function event<K extends TrailKind>({ ports, options }: Releasing, kind: K, id: string, facts: FactsOf[K]): Event<K> {
  return { kind, at: ports.clock.now(), run: options.runId, eip: id, facts };
}

function withAct({ ports }: Releasing, state: RunState, act: Omit<Act, "at">): RunState {
  return { ...state, acts: [...state.acts, { ...act, at: iso(ports.clock.now()) }] };
}

/** What stands in the ledger of an EIP that a cap holds back. */
const CAPPED = "cap";

/**
 * Above a cap nothing is released, and people are told: when the EIPs or the cap change, otherwise once a day. The trail gets one record
 * for each EIP that the cap begins to hold back.
 */
async function alertAboutCap(releasing: Releasing, { planned, world }: Assessment, state: RunState): Promise<RunState> {
  const capped = planned.filter(({ withheld }) => withheld?.by === "cap");
  const why = capped[0]?.withheld?.why ?? null;
  if (why === null) return standsNoMore(state, CAPPED);
  const { ports, config } = releasing;
  const addresses = capped.map(({ judgement }) => judgement.situation.linked.address);
  const next = await withhold(ports, releasing.options.runId, state, addresses, { why, key: CAPPED, cap: true });
  const eips = capped.map((item) => presentEip(item, world, config.policy));
  const { maxPerRun, maxPercent } = config.policy.release;
  return announceCap(ports, next, CAPPED, {
    kind: "cap",
    at: ports.clock.now(),
    caps: { maxPerRun, maxPercent },
    eips,
  });
}

function withholdAll({ ports, options }: Releasing, state: RunState, addresses: readonly Address[], why: string) {
  return withhold(ports, options.runId, state, addresses, { why });
}

/** @param intended whether its intent is written already */
function withholdOne({ ports, options }: Releasing, state: RunState, address: Address, why: string, intended = false) {
  return withhold(ports, options.runId, state, [address], { why, intended });
}

async function noLongerDue(
  releasing: Releasing,
  state: RunState,
  address: Address,
  again: JudgedAgain | null,
  intended = false,
): Promise<RunState> {
  if (again === null)
    return withholdOne(releasing, state, address, "it is gone, or its region could not be read again", intended);
  const { verdict, detail } = again.planned.judgement;
  const why = again.planned.withheld?.why ?? `judged again: ${verdict}, ${detail}`;
  const next = await withholdOne(releasing, state, address, why, intended);
  return verdict === "in-use" || verdict === "retained" ? unmark(releasing, next, again) : next;
}

/** Used or kept again at the last moment: the flag falls at once, and people who were warned are told. */
async function unmark(releasing: Releasing, state: RunState, { planned, world }: JudgedAgain): Promise<RunState> {
  const { ports, config } = releasing;
  const { id, account, region } = planned.judgement.situation.linked.address;
  const flag = own(state.ledger.addresses, id)?.flag ?? null;
  if (flag === null) return state;
  const { mark } = config.policy.release;
  const error = flag.tagged && mark !== null ? await ports.marker.untag(account, region, id, mark.tag) : null;
  if (error !== null) return withAct(releasing, state, { id, act: "failed", why: `the mark could not be taken away: ${error}` });
  const why = planned.judgement.detail;
  const recorded = await record(ports, state, [event(releasing, "unflagged", id, { why, flaggedAt: iso(flag.at) })]);
  const next = withAct(releasing, withMemory(recorded, id, { flag: null }), { id, act: "unflagged", why });
  if (flag.noticedAt === null) return next;
  const eips = [toldEip(config, presentEip(planned, world, config.policy), why)];
  return announceOnce(ports, next, { kind: "all-clear", at: ports.clock.now(), eips });
}

interface Released {
  readonly state: RunState;
  /** The facts of its receipt; null where it was not released. */
  readonly receipt: FactsOf["receipt"] | null;
  /** Nothing more may be released in this run. */
  readonly stop: boolean;
}

/** Intent, release, verification, receipt. */
async function releaseOne(releasing: Releasing, state: RunState, facts: Facts, again: JudgedAgain): Promise<Released> {
  const { linked } = again.planned.judgement.situation;
  const [claim] = linked.claims;
  const via = claim === undefined ? "address" : "claim";
  const intent = intentFacts(again, via, releasing.config);
  // An intent that can't be written throws, and nothing is released.
  const intended = await record(releasing.ports, state, [event(releasing, "intent", linked.address.id, intent)]);
  const gate = gateOf(releasing, intended, facts, linked.address);
  const done =
    claim === undefined
      ? await throughAddress(releasing, intended, again, intent, gate.permitted)
      : await throughClaim(releasing, intended, again, claim, intent, gate.permitted);
  // Refused at the last instant: how that came is recorded already, and the intent has its end.
  return gate.held() ?? done;
}

/** The last question before the one call of a release, and what came of it where the answer was no. */
interface Gate {
  readonly permitted: Permitted;
  readonly held: () => Released | null;
}

/**
 * Writing the intent, and waiting for a session or for the rate limit, take their time: what was said meanwhile counts, and so does the age of the
 * reading when the call is sent (domain.md §5.3, 3 and 4).
 */
function gateOf(releasing: Releasing, state: RunState, facts: Facts, address: Address): Gate {
  let held: Released | null = null;
  return {
    async permitted() {
      const refused = await heldBack(releasing, state, facts, address);
      if (refused === null) return null;
      held = { state: refused, receipt: null, stop: false };
      return refused.acts.findLast(({ id }) => id === address.id)?.why ?? "it is withheld";
    },
    held: () => held,
  };
}

/** Null: nothing speaks against it. */
async function heldBack(releasing: Releasing, state: RunState, facts: Facts, address: Address): Promise<RunState | null> {
  const { ports } = releasing;
  const stop = await stopSignal(releasing);
  if (stop !== null) return withholdOne(releasing, state, address, stop, true);
  const heard = await hear(releasing, state);
  if (heard === null) return withholdOne(releasing, state, address, RACE_LOST, true);
  if (heard.ledger !== state.ledger) {
    const again = judgeAgain(releasing, facts, heard.ledger, address.id);
    if (again?.planned.action !== "release") return noLongerDue(releasing, heard, address, again, true);
  }
  return isFresh(facts, address, ports.clock.now())
    ? null
    : withholdOne(releasing, state, address, "what was read afresh is too old by now", true);
}

/** Everything that a person needs who tries to get the address back (domain.md §1; AllocateAddresses, VipCluster). */
function intentFacts({ planned, world }: JudgedAgain, via: "claim" | "address", config: Config): IntentFacts {
  const { judgement, rule } = planned;
  const { cost } = presentEip(planned, world, config.policy);
  const anyway = recycledAnywayAt(planned);
  const { address, pod, claims } = judgement.situation.linked;
  return {
    account: address.account,
    region: address.region,
    ip: address.ip,
    via,
    claim:
      claims[0] === undefined ? null : `${claims[0].claim.claim.namespace}/${claims[0].claim.claim.name}@${claims[0].cluster}`,
    pod: pod === null ? null : `${pod.namespace}/${pod.name}@${pod.cluster}`,
    verdict: judgement.verdict,
    reason: judgement.reason,
    detail: judgement.detail,
    rule: rule?.name ?? null,
    tags: address.tags.known ? JSON.stringify(address.tags.value) : null,
    type: address.type,
    chargeType: address.chargeType,
    bandwidthMbps: address.bandwidth,
    isp: address.isp,
    bandwidthPackage: address.bandwidthPackageId,
    perHour: "unknown" in cost ? null : cost.perHour,
    currency: "unknown" in cost ? null : cost.currency,
    recycledAnywayAt: anyway === null ? null : iso(anyway),
  };
}

/** The call that may get a BGP address back while nobody else has it; three a month (domain.md §1). */
function recoveryCall({ region, ip, isp, chargeType, bandwidth }: Address): string {
  const request = {
    VipCluster: [ip],
    InternetServiceProvider: isp ?? "BGP",
    ...(chargeType === null ? {} : { InternetChargeType: chargeType }),
    ...(bandwidth === null ? {} : { InternetMaxBandwidthOut: bandwidth }),
  };
  return `vpc AllocateAddresses in ${region}: ${JSON.stringify(request)}`;
}

async function throughAddress(
  releasing: Releasing,
  state: RunState,
  again: JudgedAgain,
  intent: IntentFacts,
  permitted: Permitted,
): Promise<Released> {
  const { address } = again.planned.judgement.situation.linked;
  const outcome = await releasing.ports.releaser.release(address.account, address.region, address.id, permitted);
  if (outcome.outcome === "not-sent") return { state, receipt: null, stop: false };
  if (outcome.outcome === "released") {
    return receipt(releasing, state, again, { ...intent, requestId: outcome.requestId, taskId: outcome.taskId }, "address");
  }
  return notReleased(releasing, state, again, intent, { ...outcome, outcome: outcome.outcome });
}

interface NotReleased {
  readonly outcome: Exclude<ReleaseOutcome["outcome"], "released" | "not-sent">;
  readonly code: string;
  readonly why: string;
}

/** Each refusal has its own consequence (domain.md §4). */
async function notReleased(
  releasing: Releasing,
  state: RunState,
  again: JudgedAgain,
  intent: IntentFacts,
  { outcome, code, why }: NotReleased,
): Promise<Released> {
  const { id } = again.planned.judgement.situation.linked.address;
  const facts = { ...intent, outcome, code, why };
  const failure = event(releasing, "failed", id, facts);
  const recorded = await recordEnd(releasing, state, failure);
  const withheld = withAct(releasing, recorded, { id, act: "withheld", via: "address", why: `${code}: ${why}` });
  const failed = withAct(releasing, recorded, { id, act: "failed", via: "address", why: `${code}: ${why}` });
  switch (outcome) {
    case "gone-already":
      return { state: withMemory(withheld, id, { flag: null }), receipt: null, stop: false };
    case "bound-meanwhile":
      return { state: await unmark(releasing, withheld, again), receipt: null, stop: false };
    case "protected": {
      const protections = { ...own(recorded.ledger.addresses, id)?.protections, [code]: releasing.ports.clock.now() };
      return { state: withMemory(withheld, id, { protections }), receipt: null, stop: false };
    }
    case "in-arrears":
    case "unpaid-order":
    case "busy":
      return { state: withheld, receipt: null, stop: false };
    case "quota":
      return { state: withheld, receipt: null, stop: true };
    case "forbidden":
    case "unconfirmed":
    case "unknown":
      return { state: failed, receipt: null, stop: true };
  }
}

/**
 * A claim is deleted, and ipamd destroys the EIP: the documented way (domain.md §2.2). What ipamd does not do within the bound stays open: later
 * runs look until it is done, and find an EIP without a claim meanwhile, which they judge anew.
 */
async function throughClaim(
  releasing: Releasing,
  state: RunState,
  again: JudgedAgain,
  { cluster, claim }: ClaimReference,
  intent: IntentFacts,
  permitted: Permitted,
): Promise<Released> {
  const { address } = again.planned.judgement.situation.linked;
  const view = again.world.clusters.get(cluster);
  if (view === undefined) return { state, receipt: null, stop: true };
  const { id, account, region, product } = view.facts;
  const deleted = await releasing.ports.claims.deleteClaim({ id, account, region, product }, claim.claim, permitted);
  if (deleted.outcome === "not-sent") return { state, receipt: null, stop: false };
  // A claim that was gone already was given up by somebody else: what ipamd does then is not our release.
  if (deleted.outcome === "deleted" || deleted.outcome === "unconfirmed") {
    const watched = await watchUntilGone(releasing, address);
    if (watched.gone) return receipt(releasing, state, again, intent, "claim");
    return notDestroyed(releasing, state, address, intent, {
      outcome: deleted.outcome === "deleted" ? "ipamd-slow" : "unconfirmed",
      why: `${
        deleted.outcome === "deleted" ? "its claim is deleted" : `whether its claim is deleted is not known (${deleted.why})`
      }, and ipamd did not destroy it within ${humanDuration(watched.waited)}; the next runs look again`,
      overdue: deleted.outcome === "deleted" && watched.waited >= CLAIM_BOUND,
    });
  }
  const { outcome, why } = deleted;
  const recorded = await recordEnd(releasing, state, event(releasing, "failed", address.id, { ...intent, outcome, why }));
  const failed = outcome === "forbidden" || outcome === "failed";
  const next = withAct(releasing, recorded, {
    id: address.id,
    act: failed ? "failed" : "withheld",
    via: "claim",
    why: `its claim could not be deleted: ${why}`,
  });
  return { state: next, receipt: null, stop: failed };
}

async function notDestroyed(
  releasing: Releasing,
  state: RunState,
  { id }: Address,
  intent: IntentFacts,
  { outcome, why, overdue }: { readonly outcome: string; readonly why: string; readonly overdue: boolean },
): Promise<Released> {
  const recorded = await recordEnd(releasing, state, event(releasing, "failed", id, { ...intent, outcome, why }));
  const protections = {
    ...own(recorded.ledger.addresses, id)?.protections,
    [IPAMD_DID_NOT_DESTROY]: releasing.ports.clock.now(),
  };
  const next = overdue ? withMemory(recorded, id, { protections }) : recorded;
  // Whether the claim is deleted is not known: something is wrong with this cluster's answers, and nothing more is asked of it.
  const stop = outcome === "unconfirmed";
  return { state: withAct(releasing, next, { id, act: "failed", via: "claim", why }), receipt: null, stop };
}

/** Records how a call ended. One whose end nobody saw stays open, for the next runs to look (domain.md §5.3). */
async function recordEnd({ ports }: Releasing, state: RunState, end: Event<"failed">): Promise<RunState> {
  const recorded = await record(ports, state, [end]);
  const { eip: id, run, at, facts } = end;
  if (id === null || !UNSEEN.includes(facts.outcome)) return recorded;
  const release: OpenRelease = { id, run, at, facts };
  return { ...recorded, ledger: { ...recorded.ledger, open: [...openBut(recorded.ledger, id), release] } };
}

function openBut({ open = [] }: Ledger, id: string): readonly OpenRelease[] {
  return open.filter((release) => release.id !== id);
}

async function watchUntilGone(
  { ports, options }: Releasing,
  { account, region, id }: Address,
): Promise<{ readonly gone: boolean; readonly waited: Duration }> {
  const since = ports.clock.now();
  for (;;) {
    const reading = await ports.cloud.addressesById(account, region, [id]);
    const waited = between(since, ports.clock.now());
    if (reading.known && !reading.value.some((address) => address.id === id)) return { gone: true, waited };
    if (waited >= CLAIM_BOUND || options.timeLeft() < RESERVED) return { gone: false, waited };
    await ports.clock.sleep(CLAIM_POLL);
  }
}

async function receipt(
  releasing: Releasing,
  state: RunState,
  again: JudgedAgain,
  facts: Omit<FactsOf["receipt"], "recovery">,
  via: "claim" | "address",
): Promise<Released> {
  const { judgement } = again.planned;
  const { address } = judgement.situation.linked;
  const { id, ip } = address;
  const proof = event(releasing, "receipt", id, { ...facts, recovery: recoveryCall(address) });
  const recorded = await record(releasing.ports, state, [proof]);
  const measured = rememberReleased(recorded.ledger, address, via);
  const ledger: Ledger = { ...measured, receipts: [...measured.receipts, receiptOf(proof)], open: openBut(measured, id) };
  const next = withMemory({ ...recorded, ledger }, id, { flag: null });
  return {
    state: withAct(releasing, next, { id, act: "released", via, why: `${ip}: ${judgement.detail}` }),
    receipt: proof.facts,
    stop: false,
  };
}

/** An EIP that ipamd was about to recycle saves nothing beyond that instant; one that it is overdue with is not recycled. */
function recycledAnywayAt({ judgement }: Planned): Instant | null {
  const { threshold, idle, past, now } = judgement.situation;
  if (threshold.state !== "set" || idle === null || past !== false) return null;
  return before(after(now, threshold.duration), idle.atLeast);
}
