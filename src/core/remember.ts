import { isIdle, sighted } from "./judge/idle.ts";
import type { Judgement } from "./judge/judge.ts";
import { hasNever, readCompletely, type Situation, sightingOf, situationOf } from "./judge/situation.ts";
import { mayReturn, samePodName } from "./judge/standing.ts";
import { templateOverride } from "./judge/threshold.ts";
import { type ClusterView, keyOf, type PodView, type TopOwner, topOwner } from "./link/clusters.ts";
import { effective, onSuperNode } from "./link/given.ts";
import { provenSystemUids } from "./link/identity.ts";
import type { Linked, LinkedPod, World } from "./link/link.ts";
import { parsePodName } from "./link/ordinals.ts";
import { oneForm } from "./link/pod-addresses.ts";
import type { Planned } from "./plan/plan.ts";
import type { ClusterFacts } from "./terms/facts.ts";
import { kindOf, rowOf } from "./terms/kinds.ts";
import type { AddressMemory, ClusterMemory, JudgedRow, Ledger, PodMemory } from "./terms/ledger.ts";
import { byText } from "./terms/order.ts";
import { own } from "./terms/own.ts";
import { type Place, privateAddressKey, samePlace } from "./terms/place.ts";
import type { Gap } from "./terms/result.ts";
import { between, DAY, type Duration, type Instant, iso, milliseconds } from "./terms/time.ts";
import { type CostFacts, type Events, eventsOf, type TrailEvent } from "./terms/trail.ts";

/** What one reading adds to the ledger, and the trail's records of it. Nothing is ever forgotten from an incomplete reading. */
export interface Remembered {
  readonly ledger: Ledger;
  readonly events: readonly TrailEvent[];
}

/** The same, with events that are made when their turn comes. */
export interface RememberedInTurn {
  readonly ledger: Ledger;
  readonly events: Events;
}

/** The word in `status.is` for an EIP that a complete listing no longer shows. */
export const GONE = "GONE";

/** How long the memory of an EIP that is gone is kept, should a listing have been wrong. */
const GONE_KEPT_FOR: Duration = milliseconds(30 * DAY);
/**
 * How many EIPs that are gone are remembered at most, the newest, besides those that somebody keeps, listed or protected. One that comes
 * back and is not among them is new: its clocks begin, and where nobody saw its Pod, a release needs an approval.
 */
const GONE_KEPT = 1_000;

/**
 * Takes one reading into the ledger: the clocks, the last Pods, the lists, the clusters seen alive.
 *
 * @param run id of the run, for the trail
 */
export function remember(world: World, policy: Situation["policy"], run: string): Remembered {
  const { facts, ledger } = world;
  const addresses: Record<string, AddressMemory> = { ...ledger.addresses };
  const events: TrailEvent[] = [];
  const read = new Set<string>();
  for (const linked of world.linked) {
    const { id } = linked.address;
    const memory = rememberAddress(linked, world, policy);
    events.push(...transitions(linked, memory, facts.now, run));
    addresses[id] = memory;
    read.add(id);
  }
  for (const [id, memory] of Object.entries(ledger.addresses)) {
    if (read.has(id)) continue;
    const gone = rememberGone(memory, world);
    if (gone === "forget") delete addresses[id];
    else if (gone !== null) {
      addresses[id] = gone;
      events.push({ kind: "gone", at: facts.now, run, eip: id, facts: { ip: memory.ip, lastSeenAt: iso(memory.lastSeenAt) } });
    }
  }
  forgetOldest(addresses, facts.now);
  return { ledger: { ...ledger, addresses, clusters: rememberClusters(world) }, events };
}

function forgetOldest(addresses: Record<string, AddressMemory>, now: Instant): void {
  const gone = Object.entries(addresses).filter(([, memory]) => memory.status.is === GONE && !isProtected(memory, now));
  if (gone.length <= GONE_KEPT) return;
  gone.sort(([one, { status }], [other, { status: before }]) => before.since - status.since || byText(one, other));
  for (const [id] of gone.slice(GONE_KEPT)) delete addresses[id];
}

/** What people said of it, or what a release taught, outlives a listing that was wrong. */
function isProtected({ keep, everInIdList, protections }: AddressMemory, now: Instant): boolean {
  return everInIdList || Object.keys(protections).length > 0 || isKept(keep, now);
}

function isKept(keep: AddressMemory["keep"], now: Instant): boolean {
  return keep !== null && (keep.until === null || now < keep.until);
}

function rememberAddress(linked: Linked, world: World, policy: Situation["policy"]): AddressMemory {
  const { now } = world.facts;
  const { address } = linked;
  const old = own(world.ledger.addresses, address.id) ?? null;
  const situation = situationOf(linked, world, policy);
  const bound = address.status === "BIND" || address.status === "BIND_ENI";
  const idle = isIdle(address.status);
  const complete = readCompletely(situation);
  const counted = idle && complete;
  const acting = idle ? (old?.acting ?? null) : null;
  return {
    account: address.account,
    region: address.region,
    ip: address.ip,
    firstSeenAt: old?.firstSeenAt ?? now,
    lastSeenAt: now,
    boundAt: bound ? now : (old?.boundAt ?? null),
    idleSince: idle ? (old?.idleSince ?? (counted ? now : null)) : null,
    acting: counted ? sighted(acting, sightingOf(linked, world.facts, policy)) : acting,
    status: old !== null && old.status.is === address.status ? old.status : { is: address.status, since: now },
    ...rememberPods(linked, situation, world, complete),
    everInIdList: (old?.everInIdList ?? false) || linked.lists.length > 0,
    flag: old?.flag ?? null,
    keep: old?.keep ?? null,
    approval: old?.approval ?? null,
    protections: old?.protections ?? {},
    evidence: old?.evidence ?? null,
    verdict: old?.verdict ?? null,
    ...(old?.withheld === undefined ? {} : { withheld: old.withheld }),
    ...(old?.judged === undefined ? {} : { judged: old.judged }),
    ...(old?.recorded === undefined ? {} : { recorded: old.recorded }),
    ...(old?.marked === undefined ? {} : { marked: old.marked }),
  };
}

type Pods = Pick<AddressMemory, "pod" | "otherPods">;

/** How many other Pods are remembered at most; those whose workload is gone go first. */
const OTHER_PODS = 8;

/**
 * The last Pod, and the others that may still have a claim on the EIP. Another Pod takes the first place only where the EIP is bound and
 * its private address is that Pod's, or where nothing brings the Pod before it back: what an annotation says may be a copy (domain.md §2.4).
 */
function rememberPods(linked: Linked, situation: Situation, world: World, complete: boolean): Pods {
  const old = linked.memory?.pod ?? null;
  const others = linked.memory?.otherPods ?? [];
  const { pod } = linked;
  if (boundToNoPod(linked, world, complete) && (pod === null || pod.fromMemory)) return { pod: null };
  if (linked.conflict !== null) return pods(old, [...others, ...namedPods(linked, world)], world, complete);
  const seen = withSighting(rememberPod(linked, world), situation);
  if (seen === null || pod === null || pod.fromMemory) return pods(seen, others, world, complete);
  const bound = linked.address.status === "BIND" || linked.address.status === "BIND_ENI";
  const proven = bound && linked.evidence.some(({ kind }) => kind === "private-ip");
  if (old === null || samePodName(old, seen)) return pods(seen, others, world, complete);
  if (proven || (bound && !mayReturn(old, world))) return pods(seen, [...others, old], world, complete);
  return pods(old, [...others, seen], world, complete);
}

function pods(pod: PodMemory | null, others: readonly PodMemory[], world: World, complete: boolean): Pods {
  const byOwner = new Map<string, PodMemory>();
  for (const other of others) {
    if ((pod !== null && samePodName(pod, other)) || (complete && !mayReturn(other, world))) continue;
    const { cluster, namespace, name, owner } = other;
    byOwner.set(
      `${cluster}/${namespace}/${owner === null ? name : `${owner.kind}/${owner.uid}/${parsePodName(name)?.ordinal ?? ""}`}`,
      other,
    );
  }
  return byOwner.size === 0 ? { pod } : { pod, otherPods: [...byOwner.values()].slice(-OTHER_PODS) };
}

/** The living Pods that fresh evidence names. */
function namedPods(linked: Linked, world: World): readonly PodMemory[] {
  return linked.evidence.flatMap(({ kind, cluster, pod }) => {
    const view = world.clusters.get(cluster);
    const living = pod === null || kind === "history" ? undefined : view?.pods.get(keyOf(pod.namespace, pod.name));
    if (pod === null || living === undefined || view === undefined) return [];
    const named: LinkedPod = {
      cluster,
      namespace: pod.namespace,
      name: pod.name,
      ordinal: parsePodName(pod.name)?.ordinal ?? null,
      view: living,
      fromMemory: false,
    };
    return [seenPod(linked, named, living, view, world.facts.now)];
  });
}

/** What includes a Pod, or did until it was scaled, is a sighting of its owner: kind and uid, as good as an ownerReference. */
function withSighting(memory: PodMemory | null, { standing, home }: Situation): PodMemory | null {
  if (memory === null || memory.ownerSeen || home.state !== "live") return memory;
  if (standing.is !== "included" && standing.is !== "zero" && standing.is !== "scaled-away") return memory;
  const { workload } = standing;
  const { apiVersion, kind, namespace, name, uid, templateAnnotations } = workload;
  const { owner, above } = topOwner(home.view, namespace, { apiVersion, kind: rowOf(kind).kind, name, uid });
  if (owner === null) return memory;
  const deletePolicy = hasNever(templateAnnotations) ? "Never" : null;
  return { ...memory, includedBy: { owner, ownersOwner: above, deletePolicy, claimExpired: templateOverride(workload) } };
}

function rememberPod(linked: Linked, world: World): PodMemory | null {
  const { now } = world.facts;
  const old = linked.memory?.pod ?? null;
  const pod = linked.pod;
  if (pod === null || pod.fromMemory) return refreshed(old, pod, world);
  const view = world.clusters.get(pod.cluster);
  if (pod.view !== null && view !== undefined) return seenPod(linked, pod, pod.view, view, now);
  if (old !== null && samePodName(old, pod)) return { ...old, claimSeen: old.claimSeen || linked.claims.length > 0 };
  const { cluster, namespace, name } = pod;
  return {
    cluster,
    namespace,
    name,
    uid: null,
    seenAt: now,
    owner: null,
    ownersOwner: null,
    ownerSeen: false,
    claimSeen: linked.claims.length > 0,
  };
}

/** A Pod of the remembered name lives, without naming the EIP: its owner and policy are facts about that name. */
function refreshed(old: PodMemory | null, pod: LinkedPod | null, world: World): PodMemory | null {
  if (old === null || pod === null || pod.view === null) return old;
  const view = world.clusters.get(pod.cluster);
  if (view === undefined || old.ownerSeen) return old;
  const { owner, above } = topOwner(view, pod.namespace, pod.view.pod.owner);
  return { ...old, owner, ownersOwner: above, ownerSeen: true };
}

function seenPod(linked: Linked, pod: LinkedPod, living: PodView, view: ClusterView, now: Instant): PodMemory {
  const { owner, above } = ownersOf(linked.memory?.pod ?? null, pod, living, view);
  const { deletePolicy: policies, claimExpired: expiries } = living.annotations;
  const before = linked.memory?.pod ?? null;
  const own = {
    // Under two prefixes with two values, `Never` is the one that keeps.
    deletePolicy: policies.includes("Never") ? "Never" : (policies[0] ?? null),
    claimExpired: expiries.length > 1 ? "contradictory" : (expiries[0] ?? null),
  };
  const there = onSuperNode(living.pod, view);
  const superNode = there === "unknown" && before?.uid === living.pod.uid ? before.superNode : there;
  return {
    ...(typeof superNode === "boolean" ? { superNode } : {}),
    cluster: pod.cluster,
    namespace: pod.namespace,
    name: pod.name,
    uid: living.pod.uid,
    seenAt: now,
    owner,
    ownersOwner: above,
    ownerSeen: true,
    ...effective(living.pod, own, view, samePod(before, pod) && before?.uid === living.pod.uid ? before : null),
    claimSeen: linked.claims.length > 0,
  };
}

/**
 * Who owns a Pod. A workload that is deleted before its Pods, or that could not be listed, says nothing of what stood above it: what was
 * seen there before still does.
 */
function ownersOf(old: PodMemory | null, pod: LinkedPod, living: PodView, view: ClusterView): TopOwner {
  const found = topOwner(view, pod.namespace, living.pod.owner);
  if (old === null || !old.ownerSeen || !samePod(old, pod) || found.owner === null || isAbove(found)) return found;
  const kind = kindOf(found.owner);
  const listed = kind !== null && view.workloads[kind].get(keyOf(pod.namespace, found.owner.name))?.uid === found.owner.uid;
  if (listed || (old.uid !== living.pod.uid && old.owner?.uid !== found.owner.uid)) return found;
  return { owner: old.owner, above: old.ownersOwner };
}

/** Something is known to stand above the owner. */
function isAbove({ above }: TopOwner): boolean {
  return above !== null && above !== "not-listed";
}

/** Bound to something that certainly is no Pod of ours: then its last Pod is forgotten (domain.md §5.2, 9). */
function boundToNoPod(linked: Linked, world: World, complete: boolean): boolean {
  const { address } = linked;
  if (!complete || address.status !== "BIND" || address.instanceType === "EKS" || address.instanceId?.startsWith("eks"))
    return false;
  const around = clustersAt(address, world);
  if (around.some((view) => view.unreadable !== null)) return false;
  if (address.privateIp === null) return true;
  return (world.podIps.get(privateAddressKey(address, oneForm(address.privateIp))) ?? 0) === 0;
}

function clustersAt(place: Place, world: World): readonly ClusterView[] {
  return [...world.clusters.values()].filter((view) => samePlace(view.facts, place));
}

function transitions(linked: Linked, memory: AddressMemory, now: Instant, run: string): readonly TrailEvent[] {
  const old = linked.memory;
  const { id, ip, status } = linked.address;
  const pod = memory.pod === null ? null : `${memory.pod.namespace}/${memory.pod.name}@${memory.pod.cluster}`;
  const event = (kind: "first-seen" | "bound" | "idle"): TrailEvent => ({
    kind,
    at: now,
    run,
    eip: id,
    facts: { ip, status, pod },
  });
  const events: TrailEvent[] = [];
  if (old === null) events.push(event("first-seen"));
  const wasBound = old !== null && (old.status.is === "BIND" || old.status.is === "BIND_ENI");
  const podChanged = old !== null && memory.pod !== null && samePod(old.pod, memory.pod) === false;
  if (memory.boundAt === now && (!wasBound || podChanged)) events.push(event("bound"));
  if (isIdle(status) && memory.acting !== null && (old === null || old.status.is !== status)) events.push(event("idle"));
  return events;
}

function samePod(one: PodMemory | null, other: Pick<PodMemory, "cluster" | "namespace" | "name">): boolean {
  return one !== null && one.cluster === other.cluster && one.namespace === other.namespace && one.name === other.name;
}

/** Null: unchanged. Only a complete listing of its region can say that an EIP is gone. */
function rememberGone(memory: AddressMemory, world: World): AddressMemory | "forget" | null {
  const { facts } = world;
  const region = facts.regions.find((candidate) => samePlace(candidate, memory));
  if (region === undefined || !region.addresses.known) return null;
  if (memory.status.is === GONE) {
    return between(memory.status.since, facts.now) > GONE_KEPT_FOR && !isKept(memory.keep, facts.now) ? "forget" : null;
  }
  return withoutLife(memory, facts.now);
}

/** Its life is in the trail. What protects it stays, and whose it was. */
function withoutLife(memory: AddressMemory, now: Instant): AddressMemory {
  const { account, region, ip, firstSeenAt, lastSeenAt, pod, otherPods, everInIdList, keep, protections } = memory;
  return {
    account,
    region,
    ip,
    firstSeenAt,
    lastSeenAt,
    boundAt: null,
    idleSince: null,
    acting: null,
    status: { is: GONE, since: now },
    pod,
    ...(otherPods === undefined ? {} : { otherPods }),
    everInIdList,
    flag: null,
    keep,
    approval: null,
    protections,
    evidence: null,
    verdict: null,
  };
}

function rememberClusters(world: World): Readonly<Record<string, ClusterMemory>> {
  const { facts, ledger } = world;
  const clusters: Record<string, ClusterMemory> = { ...ledger.clusters };
  const proven = provenSystemUids(facts);
  for (const listing of facts.clusterListings) {
    const principal = own(facts.principals, listing.account);
    if (!listing.ids.known || principal === undefined || !principal.known) continue;
    for (const id of listing.ids.value) {
      const before = own(clusters, id);
      if (!isRunning(facts.clusters, id)) {
        if (before !== undefined) clusters[id] = { ...before, listedAt: facts.now };
        continue;
      }
      const { account, region } = listing;
      const uid = proven.get(id) ?? before?.systemUid ?? null;
      const seen = { account, region, seenAliveAt: facts.now, principal: principal.value };
      clusters[id] = uid === null ? seen : { ...seen, systemUid: uid };
    }
  }
  return clusters;
}

function isRunning(clusters: readonly ClusterFacts[], id: string): boolean {
  return clusters.some((cluster) => cluster.id === id && cluster.status.state === "running");
}

/**
 * Records the verdicts of a run: one trail record for each that changed. A row of verdicts is written only where the reading was complete:
 * after any other, clocks stay as they are (domain.md §5.2, 1), and a gap that is too long restarts the acting clock.
 *
 * @param costOf what the EIP has cost until then, for the record
 */
export function rememberVerdicts(
  ledger: Ledger,
  planned: readonly Pick<Planned, "judgement" | "judged">[],
  now: Instant,
  run: string,
  costOf: (judgement: Judgement) => CostFacts = () => ({}),
): RememberedInTurn {
  const addresses: Record<string, AddressMemory> = { ...ledger.addresses };
  const changed: { readonly judgement: Judgement; readonly before: string | null }[] = [];
  for (const { judgement, judged } of planned) {
    const { situation, verdict, reason } = judgement;
    const { id } = situation.linked.address;
    const memory = own(addresses, id);
    if (memory === undefined) continue;
    const old = memory.verdict;
    const goesOn = memory.judged !== undefined && sameRow(memory.judged, judged);
    const row = readCompletely(situation) && !goesOn ? { judged } : {};
    if (old !== null && old.verdict === verdict && old.reason === reason) {
      // One that nothing happened to stays the same object: a large account has a hundred thousand.
      if ("judged" in row) addresses[id] = { ...memory, ...row };
      continue;
    }
    addresses[id] = { ...memory, ...row, verdict: { verdict, reason, at: now } };
    changed.push({ judgement, before: old === null ? null : `${old.verdict} (${old.reason})` });
  }
  const events = eventsOf(changed, ({ judgement, before }): TrailEvent => {
    const { situation, verdict, reason, detail } = judgement;
    const { id: eip, ip } = situation.linked.address;
    return { kind: "verdict", at: now, run, eip, facts: { ip, verdict, reason, detail, before, ...costOf(judgement) } };
  });
  return { ledger: { ...ledger, addresses }, events };
}

function sameRow(one: JudgedRow, other: JudgedRow): boolean {
  return one.verdict === other.verdict && one.since === other.since && one.releasableSince === other.releasableSince;
}

/** Records gaps that opened or closed since the last run. */
export function rememberGaps(ledger: Ledger, gaps: readonly Gap[], now: Instant, run: string): Remembered {
  const present = [...new Set(gaps.map((gap) => `${gap.scope}: ${gap.what}`))].sort();
  const opened = present.filter((gap) => !ledger.gaps.includes(gap));
  const closed = ledger.gaps.filter((gap) => !present.includes(gap));
  const event = (gap: string, state: string): TrailEvent => ({ kind: "gap", at: now, run, eip: null, facts: { gap, state } });
  return {
    ledger: { ...ledger, gaps: present },
    events: [...opened.map((gap) => event(gap, "opened")), ...closed.map((gap) => event(gap, "closed"))],
  };
}
