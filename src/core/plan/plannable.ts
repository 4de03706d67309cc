import { claimInDoubt, claimsFor } from "../judge/claims.ts";
import type { IdleInterval } from "../judge/idle.ts";
import type { Judgement } from "../judge/judge.ts";
import { ownerOf } from "../judge/owner.ts";
import type { Standing } from "../judge/standing.ts";
import type { Linked } from "../link/link.ts";
import { prepaidOrDoubtful } from "../terms/charge.ts";
import type { AddressMemory } from "../terms/ledger.ts";
import type { Subject } from "../terms/match.ts";
import type { OwnerKeys } from "../terms/owner.ts";
import { type Duration, ZERO } from "../terms/time.ts";
import { needsPersonAlways, type Reason, type Verdict } from "../terms/verdict.ts";

/**
 * Everything that the plan reads of a judged EIP; nothing else of the world bears on it. A run makes it from a judgement, a back-test from the
 * trail: both plan by the same function.
 */
export interface Plannable {
  readonly subject: Subject & { readonly verdict: Verdict; readonly reason: Reason };
  /** Bound to an instance, as its status says. */
  readonly bound: boolean;
  /** Null while it is not idle. */
  readonly idle: Pick<IdleInterval, "acting" | "actingSince" | "sightings"> | null;
  /** The recycle threshold where it is finite and known; else zero. */
  readonly threshold: Duration;
  /** Why no program may ever release it; null where one may (domain.md §4). */
  readonly neverTouched: string | null;
  /** What was not read, or is in doubt, and withholds a release whatever the policy says; null where nothing does. */
  readonly obstacle: string | null;
  /** Whether its release needs a person's approval, whatever the policy says. */
  readonly needsPerson: boolean;
  readonly memory: Pick<AddressMemory, "flag" | "approval" | "judged"> | null;
}

/** @param keys the tags that name an owner */
export function plannableOf(judgement: Judgement, memory: Plannable["memory"], keys: Pick<OwnerKeys, "tags">): Plannable {
  const { situation } = judgement;
  const { threshold, linked } = situation;
  return {
    subject: subjectOf(judgement, keys),
    bound: linked.address.status === "BIND",
    idle: situation.idle,
    threshold: threshold.state === "set" ? threshold.duration : ZERO,
    neverTouched: neverTouched(judgement),
    obstacle: obstacleOf(judgement),
    needsPerson: needsPerson(judgement),
    memory,
  };
}

/** The subject that policy rules match. */
export function subjectOf({ situation, verdict, reason }: Judgement, keys: Pick<OwnerKeys, "tags">): Plannable["subject"] {
  const { linked, home, standing } = situation;
  const { address, pod } = linked;
  const owner = ownerName(standing, linked);
  return {
    verdict,
    reason,
    account: address.account,
    region: address.region,
    cluster: pod?.cluster ?? (home.state === "none" ? null : home.id),
    namespace: pod?.namespace ?? null,
    ...(knowsOwner(standing, linked) ? {} : { workloadGuessed: true }),
    workload: owner ?? (pod === null || pod.ordinal === null ? null : pod.name.slice(0, pod.name.lastIndexOf("-"))),
    pod: pod?.name ?? null,
    owner: ownerOf(situation, keys)?.name ?? null,
    id: address.id,
    ip: address.ip,
    tags: address.tags.known ? address.tags.value : null,
  };
}

/** The workload that stands there; else the Pod's owner as the Pod or the ledger names it. */
function ownerName(standing: Standing, { memory }: Linked): string | null {
  if (standing.is === "included" || standing.is === "zero" || standing.is === "scaled-away") return standing.workload.name;
  if (standing.is === "pod-exists") return standing.owner.owner?.name ?? null;
  return memory?.pod?.owner?.name ?? null;
}

/** Whether the workload of an EIP's Pod is a fact: it stands there, or the guard saw it own that very Pod. */
function knowsOwner(standing: Standing, { pod, memory }: Linked): boolean {
  if (["included", "zero", "scaled-away", "pod-exists"].includes(standing.is)) return true;
  const seen = memory?.pod ?? null;
  if (pod === null || seen === null || !seen.ownerSeen) return false;
  return seen.cluster === pod.cluster && seen.namespace === pod.namespace && seen.name === pod.name;
}

/** Never released by a program (domain.md §4), and so never put on the way to it. */
function neverTouched({ situation }: Judgement): string | null {
  const { address } = situation.linked;
  if (address.type !== "EIP") return `its type is ${address.type}, which is never released by a program`;
  if (address.antiDdosPackageId !== null) return `it belongs to the AntiDDoS package ${address.antiDdosPackageId}`;
  const charged = prepaidOrDoubtful(address);
  if (charged !== null) return charged;
  if (address.cascadeRelease === true) return "Tencent Cloud releases it by itself (CascadeRelease)";
  if (address.isArrears === true) return "it is in arrears";
  if (address.isBlocked === true) return "it is blocked";
  return address.tags.known ? null : "its tags could not be read, and a keep tag may be among them";
}

/** What withholds a release by what was read; null where nothing does. */
function obstacleOf(judgement: Judgement): string | null {
  const { situation } = judgement;
  const { linked, home, unreadableAround: around } = situation;
  const { address } = linked;
  if (address.isArrears === null || address.isBlocked === null || address.cascadeRelease === null) {
    return "whether it is in arrears, blocked or released by itself is not known";
  }
  // A type that we don't know makes an EIP unknown (domain.md §5.2, 8): a type that was not read may be one.
  if (situation.accountType === "unread") return `the type of account ${address.account} could not be read`;
  const [unread] = around;
  if (unread !== undefined) return `${unread.cluster} of its account and region could not be read: ${unread.why}`;
  if (home.state === "live") {
    const { claims } = home.view;
    if (claims.state === "not-installed")
      return `cluster ${home.id} serves no EIPClaim, so that nothing can tell which EIPs are held`;
    const proof = claimsFor(linked, home.view);
    if (linked.claims.length > 0 && proof.state !== "readable")
      return `a claim holds it, and claims of ${home.id} prove nothing yet: ${proof.why}`;
    const doubtful = claimInDoubt(linked, home.view);
    if (doubtful !== null) return `claim ${doubtful} in ${home.id} names no EIP, so that it may hold this one`;
    if (situation.threshold.state === "unknown") return `the recycle threshold is not known: ${situation.threshold.why}`;
  }
  return null;
}

/**
 * Whether a release needs a person: because nobody saw the owner of its Pod, or of an orphan its Pod or claim (domain.md §5.1);
 * because nobody said explicitly that its cluster is gone (domain.md §5.2, 3); or because it rests on a threshold that nobody saw on the
 * Pod itself. Today's template does not say which threshold the Pod was made with.
 */
function needsPerson({ reason, situation }: Judgement): boolean {
  if (needsPersonAlways(reason)) return true;
  const { standing, linked, home } = situation;
  if (home.state === "deleted" && home.weakly) return true;
  if (reason === "orphan" && !hadClaim(linked)) return true;
  if (reason === "scaled-down-overdue" || standing.is === "gone") return linked.memory?.pod?.claimExpired === undefined;
  return (standing.is === "bare" || standing.is === "nameless") && !standing.seen;
}

/** A list that nobody reads may name an orphan, unless its cluster was seen to make it for a Pod: its claim was there (domain.md §5.1). */
function hadClaim({ memory }: Linked): boolean {
  return memory?.pod?.claimSeen ?? false;
}
