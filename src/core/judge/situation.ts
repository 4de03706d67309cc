import { accountTypeOf } from "../cost/cost.ts";
import { type ClusterView, eipsOfAnnotations, keyOf } from "../link/clusters.ts";
import { givenTo } from "../link/given.ts";
import type { Home, UnreadCluster } from "../link/homes.ts";
import type { Linked, World } from "../link/link.ts";
import type { Facts } from "../terms/facts.ts";
import type { Policy } from "../terms/policy.ts";
import type { Threshold } from "../terms/threshold.ts";
import { type Instant, later } from "../terms/time.ts";
import { claimOf, claimsFor } from "./claims.ts";
import { type IdleInterval, idleInterval, isIdle, type Sighting } from "./idle.ts";
import { contested, type Standing, sameMemory, standingOf } from "./standing.ts";
import { thresholdOf } from "./threshold.ts";

/** Everything that the rules ask about one EIP, worked out once (domain.md §5). */
export interface Situation {
  readonly linked: Linked;
  readonly now: Instant;
  readonly policy: Pick<Policy, "newborn" | "keepTags" | "maxGap">;
  readonly idle: IdleInterval | null;
  readonly home: Home;
  readonly standing: Standing;
  /** Evidence that contradicts itself, or what is remembered of another Pod whose workload lives (domain.md §2.4); null where none does. */
  readonly conflict: string | null;
  /** Whether the Pod keeps its EIP: delete policy `Never`. */
  readonly never: boolean | "unknown";
  /** Whether a claim that names exactly this EIP exists. */
  readonly claim: "present" | "absent" | "unknown";
  /** The Pod's own threshold, else its cluster's. */
  readonly threshold: Threshold;
  /** Whether the shown lower bound is past a finite threshold; null where the threshold is not finite. */
  readonly past: boolean | null;
  /** Proven to be made by a cluster, and never in anybody's list (domain.md §5, "proven automatic"). */
  readonly automatic: boolean;
  /** Its Pod has another EIP, which the Pod's annotation and its claim both name. */
  readonly podHoldsAnother: string | null;
  /** Clusters of its account and region that could not be read, and are not ignored. */
  readonly unreadableAround: readonly UnreadCluster[];
  readonly accountType: "known" | "other" | "unread";
}

/** Works out the situation of one EIP at `world.facts.now`. */
export function situationOf(linked: Linked, world: World, policy: Situation["policy"]): Situation {
  const { now } = world.facts;
  const home = homeOf(linked, world);
  const view = home.state === "live" ? home.view : null;
  const standing = standingOf(linked, view);
  const idle = isIdle(linked.address.status)
    ? idleInterval(linked.address, linked.memory, sightingOf(linked, world.facts, policy))
    : null;
  const threshold = thresholdOf(linked, view, standing);
  const another = view === null ? null : anotherEip(linked, view, world.addressIds);
  const accountType = accountTypeOf(linked.address, world.facts.regions);
  return {
    linked,
    now,
    policy,
    idle,
    home,
    standing,
    conflict: linked.conflict ?? contested(linked, world),
    never: neverOf(linked, view, standing),
    claim: claimOf(linked, view),
    threshold,
    past: threshold.state === "set" && idle !== null ? idle.atLeast > threshold.duration : null,
    automatic: isAutomatic(linked, world),
    podHoldsAnother: another,
    unreadableAround: world.homes.unreadableAround(linked.address),
    accountType: knownType(accountType),
  };
}

function knownType(type: ReturnType<typeof accountTypeOf>): Situation["accountType"] {
  if (!type.known) return "unread";
  return type.value === "other" ? "other" : "known";
}

/** What this reading knows that bears on the clocks. */
export function sightingOf(
  linked: Linked,
  { now, startedAt }: Pick<Facts, "now" | "startedAt">,
  policy: Pick<Policy, "maxGap">,
): Sighting {
  const births: Instant[] = linked.claims.map(({ claim }) => claim.claim.createdAt);
  if (linked.pod !== null && linked.pod.view !== null) births.push(linked.pod.view.pod.createdAt);
  return {
    now,
    begun: startedAt,
    updatedTime: linked.address.updatedTime,
    youngest: births.length === 0 ? null : births.reduce(later),
    marked: linked.memory?.marked ?? null,
    maxGap: policy.maxGap,
  };
}

/**
 * Whether this reading was complete for this EIP: its region's listing, and every cluster that could decide about it.
 * Only such a reading counts as a sighting (domain.md §4.2, §5.2).
 */
export function readCompletely(situation: Situation): boolean {
  const { linked, home, unreadableAround: around } = situation;
  if (linked.incomplete !== null || linked.tkeTags === "unread") return false;
  switch (home.state) {
    case "live":
      return (
        home.view.unread.length === 0 && home.view.claims.state !== "unread" && (linked.tkeTags === "both" || around.length === 0)
      );
    case "deleted":
      return true;
    case "none":
      return around.length === 0;
    case "unreadable":
    case "not-visible":
    case "not-running":
      return false;
  }
}

function homeOf(linked: Linked, world: World): Home {
  const id =
    linked.pod !== null && !linked.pod.fromMemory ? linked.pod.cluster : (linked.tagCluster ?? linked.pod?.cluster ?? null);
  const listOnly = linked.lists[0]?.cluster ?? null;
  const cluster = id ?? listOnly;
  return cluster === null ? NO_HOME : world.homes.home(cluster);
}

const NO_HOME: Home = { state: "none" };

/**
 * A template that says `Never` is a reason to keep. One that doesn't proves nothing of a Pod that was never seen: another template may
 * have stood there in its time. Nor does today's eks-config say anything of a Pod of yesterday (domain.md §2.1): what it gave a Pod is
 * remembered with it, and where that is not known, the policy is not.
 */
function neverOf(linked: Linked, view: ClusterView | null, standing: Standing): boolean | "unknown" {
  const seen = linked.pod === null ? null : sameMemory(linked, linked.pod);
  if (seen?.deletePolicy === "Never" || seen?.includedBy?.deletePolicy === "Never" || seen?.given?.deletePolicy === "Never")
    return true;
  const living = linked.pod?.view ?? null;
  if (living?.annotations.never) return true;
  const workload =
    standing.is === "included" || standing.is === "zero" || standing.is === "scaled-away" ? standing.workload : null;
  if (workload !== null && hasNever(workload.templateAnnotations)) return true;
  if (view === null) return "unknown";
  const given = living === null ? seen?.given : givenTo(living.pod, view);
  if (given === undefined || (living === null && seen?.deletePolicy === undefined)) return "unknown";
  return given.deletePolicy === "Never";
}

/** Whether a template's annotations say `Never`. */
export function hasNever(annotations: Readonly<Record<string, string>>): boolean {
  return Object.entries(annotations).some(([key, value]) => key.endsWith("/eip-claim-delete-policy") && value === "Never");
}

function isAutomatic(linked: Linked, world: World): boolean {
  if (linked.lists.length > 0 || linked.memory?.everInIdList === true) return false;
  if (linked.tkeTags === "both") return true;
  return linked.claims.some(({ cluster }) => {
    const view = world.clusters.get(cluster);
    return view !== undefined && claimsFor(linked, view).state === "readable";
  });
}

/** The other EIP that this EIP's Pod has, where the Pod's annotation and its claim both name it. */
function anotherEip(linked: Linked, view: ClusterView, addressIds: ReadonlyMap<string, string>): string | null {
  const pod = linked.pod;
  if (pod === null || pod.view === null || claimsFor(linked, view).state !== "readable") return null;
  const annotated = eipsOfAnnotations(pod.view.annotations, addressIds);
  const claimed = view.claims.byPod.get(keyOf(pod.namespace, pod.name))?.names ?? null;
  if (annotated.length !== 1 || claimed === null || claimed.length !== 1) return null;
  const [other] = annotated;
  return other !== undefined && other !== linked.address.id && claimed[0] === other ? other : null;
}

/** The age of an EIP as far as it is known: since its creation, else since the guard first saw it. */
export function bornAt(linked: Linked): Instant | null {
  return linked.address.createdAt ?? linked.memory?.firstSeenAt ?? null;
}
