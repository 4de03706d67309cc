import type { Config } from "../config/sections.ts";
import type { ClaimReference } from "../core/link/gather.ts";
import { rememberReleased } from "../core/plan/brake.ts";
import type { Planned } from "../core/plan/plan.ts";
import { presentEip } from "../core/present.ts";
import type { Address, Facts } from "../core/terms/facts.ts";
import { IPAMD_DID_NOT_DESTROY, type Ledger, type OpenRelease } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import { canBeRecovered } from "../core/terms/recovery.ts";
import {
  after,
  before,
  between,
  type Duration,
  humanDuration,
  type Instant,
  iso,
  milliseconds,
  SECOND,
} from "../core/terms/time.ts";
import type { Event, FactsOf, IntentFacts } from "../core/terms/trail.ts";
import type { Permitted, ReleaseOutcome } from "../ports.ts";
import { UNSEEN } from "./recall.ts";
import { CLAIM_BOUND, event, gateOf, type JudgedAgain, type Released, type Releasing, unmark, withAct } from "./releasing.ts";
import { receiptOf } from "./settle.ts";
import { RESERVED, type RunState, record, withMemory } from "./state.ts";

const CLAIM_POLL: Duration = milliseconds(5 * SECOND);

/** Intent, release, verification, receipt. */
export async function releaseOne(releasing: Releasing, state: RunState, facts: Facts, again: JudgedAgain): Promise<Released> {
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

/** An EIP that ipamd was about to recycle saves nothing beyond that instant; one that it is overdue with is not recycled. */
function recycledAnywayAt({ judgement }: Planned): Instant | null {
  const { threshold, idle, past, now } = judgement.situation;
  if (threshold.state !== "set" || idle === null || past !== false) return null;
  return before(after(now, threshold.duration), idle.atLeast);
}

/** The call that may get a BGP address back while nobody else has it; three a month (domain.md §1). Empty where there is none. */
function recoveryCall({ region, ip, isp, type, chargeType, bandwidth, bandwidthPackageId }: Address): string {
  if (!canBeRecovered({ isp, type })) return "";
  const request = {
    VipCluster: [ip],
    InternetServiceProvider: isp ?? "BGP",
    ...(chargeType === null ? {} : { InternetChargeType: chargeType }),
    ...(bandwidth === null ? {} : { InternetMaxBandwidthOut: bandwidth }),
    ...(bandwidthPackageId === null ? {} : { BandwidthPackageId: bandwidthPackageId }),
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
