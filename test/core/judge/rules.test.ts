import { describe, expect, it } from "vitest";
import { answersOf, type Judgement, judge, judgeOne } from "../../../src/core/judge/judge.ts";
import { bound } from "../../../src/core/judge/rules/bound.ts";
import { RULES } from "../../../src/core/judge/rules/index.ts";
import { keepUntil } from "../../../src/core/judge/rules/kept.ts";
import {
  barePodOverdue,
  clusterDeleted,
  duplicate,
  namelessOwner,
  notDestroyedWithPod,
  orphan,
  ownerNeverSeen,
  scaledDownOverdue,
  workloadGone,
} from "../../../src/core/judge/rules/leaks.ts";
import { recycling } from "../../../src/core/judge/rules/recycling.ts";
import {
  autoscalerCoversPod,
  barePodClaimed,
  parkedGameServer,
  scaledDownKept,
  scaledToZero,
  workloadIncludesPod,
} from "../../../src/core/judge/rules/returns.ts";
import type { Rule } from "../../../src/core/judge/rules/rule.ts";
import {
  accountTypeUnknown,
  claimsNotReadable,
  halfTagged,
  kindUnreadable,
  mayBeScaledUp,
  ownerUnknown,
  policyUnknown,
  thresholdUnknown,
} from "../../../src/core/judge/rules/undecided.ts";
import { unmanaged } from "../../../src/core/judge/rules/unmanaged.ts";
import { clusterNotReadable, danglingInterface } from "../../../src/core/judge/rules/unread.ts";
import type { Situation } from "../../../src/core/judge/situation.ts";
import type { Standing } from "../../../src/core/judge/standing.ts";
import { readAnnotations } from "../../../src/core/link/annotations.ts";
import type { Home } from "../../../src/core/link/homes.ts";
import { link } from "../../../src/core/link/link.ts";
import { known, unknown } from "../../../src/core/terms/known.ts";
import { DAY, HOUR, milliseconds } from "../../../src/core/terms/time.ts";
import {
  address,
  ago,
  claim,
  cluster,
  complete,
  facts,
  ledger,
  memory,
  NOW,
  owner,
  POLICY,
  pod,
  podMemory,
  workload,
} from "../build.ts";

/** Each rule alone, on situations of one EIP that differ from a plain one in what the rule asks about. */

const WORKLOAD = workload();
const PLAIN = situation();

function situation(): Situation {
  const world = link(
    facts([address()], [cluster()]),
    ledger({ "eip-aaaaaaaa": memory(milliseconds(DAY), { pod: podMemory() }) }),
  );
  const [judgement] = judge(world, POLICY);
  if (judgement === undefined) throw new Error("the EIP was lost");
  return judgement.situation;
}

const LIVE = PLAIN.home;
function liveWith(
  claims: "readable" | "unproven" | "contradicted" | "not-installed" | "unread",
  unread: readonly string[] = [],
): Home {
  if (LIVE.state !== "live") throw new Error("the cluster is not live");
  const kinds = unread.map((kind) => ({ kind, why: "403" }));
  return { ...LIVE, view: { ...LIVE.view, unread: kinds, claims: { ...LIVE.view.claims, state: claims } } };
}

const SET = { state: "set", duration: HOUR, source: "x" } as const;
const NEVER = { state: "never", source: "x" } as const;
const UNKNOWN = { state: "unknown", why: "403" } as const;
const LINKED_POD = { cluster: "cls-11111111", namespace: "games", name: "web-0", ordinal: 0, view: null, fromMemory: true };
const GONE: Standing = { is: "gone", owner: "StatefulSet games/web" };
const NEVER_SEEN: Standing = { is: "never-seen", workload: "games/web", named: false };
const BARE: Standing = { is: "bare", seen: true };
const INCLUDED: Standing = { is: "included", workload: WORKLOAD };
const ZERO_REPLICAS: Standing = { is: "zero", workload: WORKLOAD };
const NO_POD: Standing = { is: "no-pod" };
const AWAY: Standing = { is: "scaled-away", workload: WORKLOAD, how: "beyond", autoscaled: known(false) };
const EXISTS: Standing = { is: "pod-exists", pod: LINKED_POD, owner: { owner: null, above: null } };
const NAMELESS: Standing = { is: "nameless", owner: "Deployment games/api", seen: true };
const UNDECIDED: Standing = { is: "undecided", why: "StatefulSet: 403" };

interface Case {
  readonly title: string;
  readonly rule: Rule;
  readonly given: Partial<Situation>;
  readonly reason: string | null;
}

const linked = (fields: Partial<Situation["linked"]>) => ({ linked: { ...PLAIN.linked, ...fields } });

function only(
  rule: Rule,
  holds: Partial<Situation>,
  reason: string,
  not: Readonly<Record<string, Partial<Situation>>>,
): readonly Case[] {
  return [
    { title: `${rule.name}: holds`, rule, given: holds, reason },
    ...Object.entries(not).map(([title, given]) => ({
      title: `${rule.name}: not ${title}`,
      rule,
      given: { ...holds, ...given },
      reason: null,
    })),
  ];
}

const accusing = { "the user's own": { automatic: false }, "an EIP that is not idle": { idle: null } };
const idle = { automatic: true, idle: PLAIN.idle };

describe("each rule alone", () => {
  const cases: readonly Case[] = [
    ...only(clusterDeleted, { ...idle, home: { state: "deleted", id: "cls-1", why: "gone", weakly: false } }, "cluster-deleted", {
      ...accusing,
      "a living one": { home: LIVE },
      "one that is not visible": { home: { state: "not-visible", id: "cls-1", why: "" } },
    }),
    ...only(duplicate, { ...idle, podHoldsAnother: "eip-b", standing: EXISTS }, "duplicate", {
      ...accusing,
      "without another EIP": { podHoldsAnother: null },
      "without a Pod": { standing: GONE },
    }),
    ...only(scaledDownOverdue, { ...idle, standing: AWAY, past: true, threshold: SET }, "scaled-down-overdue", {
      ...accusing,
      "before the threshold": { past: false },
      "without a finite threshold": { past: null, threshold: NEVER },
      "in another standing": { standing: GONE },
    }),
    ...only(barePodOverdue, { ...idle, standing: BARE, claim: "present", past: true, threshold: SET }, "bare-pod-overdue", {
      ...accusing,
      "before the threshold": { past: false },
      "without a claim": { claim: "absent" },
      "with an unknown claim": { claim: "unknown" },
      "in another standing": { standing: AWAY },
    }),
    ...only(namelessOwner, { ...idle, standing: NAMELESS, never: true, claim: "absent" }, "never-without-stable-name", {
      ...accusing,
      "without Never and claim": { never: false },
      "with neither known": { never: "unknown", claim: "unknown" },
      "in another standing": { standing: BARE },
    }),
    {
      title: "nameless-owner: a claim in the place of Never",
      rule: namelessOwner,
      given: { ...idle, standing: NAMELESS, never: false, claim: "present" },
      reason: "never-without-stable-name",
    },
    {
      title: "nameless-owner: never seen",
      rule: namelessOwner,
      given: { ...idle, standing: { ...NAMELESS, seen: false }, never: true },
      reason: "owner-never-seen",
    },
    ...only(notDestroyedWithPod, { ...idle, standing: GONE, never: false, claim: "absent" }, "not-destroyed-with-pod", {
      ...accusing,
      "with Never": { never: true },
      "with an unknown policy": { never: "unknown" },
      "with a claim": { claim: "present" },
      "with an unknown claim": { claim: "unknown" },
      "of a Pod that exists": { standing: EXISTS },
      "of a Pod that was scaled away": { standing: AWAY },
      "of no Pod": { standing: NO_POD },
    }),
    ...[INCLUDED, BARE].map((standing) => ({
      title: `not-destroyed-with-pod: ${standing.is}`,
      rule: notDestroyedWithPod,
      given: { ...idle, standing, never: false, claim: "absent" } as const,
      reason: "not-destroyed-with-pod",
    })),
    ...(
      [
        [true, false, "not-destroyed-with-pod"],
        [true, "unknown", "not-destroyed-with-pod"],
        [false, false, "not-destroyed-with-pod"],
        [false, "unknown", "owner-never-seen"],
      ] as const
    ).map(([seen, never, reason]) => ({
      title: `not-destroyed-with-pod: a Deployment's, seen ${seen}, policy ${never}`,
      rule: notDestroyedWithPod,
      given: { ...idle, standing: { ...NAMELESS, seen }, never, claim: "unknown" as const },
      reason,
    })),
    ...only(workloadGone, { ...idle, standing: GONE, threshold: SET, past: true }, "workload-gone-overdue", {
      ...accusing,
      "before the threshold": { past: false },
      "with an unknown threshold": { threshold: UNKNOWN, past: null },
      "in another standing": { standing: NEVER_SEEN },
    }),
    {
      title: "workload-gone: threshold never",
      rule: workloadGone,
      given: { ...idle, standing: GONE, threshold: NEVER, past: null },
      reason: "workload-gone-never-recycled",
    },
    ...only(ownerNeverSeen, { ...idle, standing: NEVER_SEEN, threshold: SET, past: true }, "owner-never-seen", {
      ...accusing,
      "before the threshold": { past: false },
      "in another standing": { standing: GONE },
    }),
    {
      title: "owner-never-seen: threshold never",
      rule: ownerNeverSeen,
      given: { ...idle, standing: NEVER_SEEN, threshold: NEVER, past: null },
      reason: "owner-never-seen",
    },
    ...only(orphan, { ...idle, home: LIVE, standing: NO_POD, claim: "absent", ...linked({ tkeTags: "both" }) }, "orphan", {
      ...accusing,
      "of a cluster that is not live": { home: { state: "deleted", id: "cls-1", why: "", weakly: false } },
      "with one tag": linked({ tkeTags: "one" }),
      "with a claim": { claim: "present" },
      "with an unknown claim": { claim: "unknown" },
      "with a Pod": { standing: GONE },
    }),
    {
      title: "orphan: of a bare Pod",
      rule: orphan,
      given: { ...idle, home: LIVE, standing: BARE, claim: "absent" },
      reason: "orphan",
    },
    ...only(recycling, { ...idle, standing: GONE, threshold: SET, past: false }, "ipamd-will-recycle", {
      ...accusing,
      "past the threshold": { past: true },
      "without a finite threshold": { past: null },
      "in another standing": { standing: AWAY },
    }),
    {
      title: "recycling: an owner that was never seen",
      rule: recycling,
      given: { ...idle, standing: NEVER_SEEN, threshold: SET, past: false },
      reason: "ipamd-will-recycle",
    },
    ...only(unmanaged, { automatic: false, idle: PLAIN.idle, ...linked({ memory: null, pod: null }) }, "no-cluster", {
      "what a cluster made": { automatic: true },
      "what is not idle": { idle: null },
    }),
    {
      title: "unmanaged: used by a Pod",
      rule: unmanaged,
      given: { automatic: false, idle: PLAIN.idle, ...linked({ memory: null, pod: LINKED_POD }) },
      reason: "users-own",
    },
    {
      title: "unmanaged: once in a list",
      rule: unmanaged,
      given: { automatic: false, idle: PLAIN.idle, ...linked({ memory: memory(null, { everInIdList: true }), pod: null }) },
      reason: "users-own",
    },
    ...only(workloadIncludesPod, { standing: INCLUDED, never: true, claim: "absent" }, "workload-includes-pod", {
      "without Never and claim": { never: false },
      "with neither known": { never: "unknown", claim: "unknown" },
      "in another standing": { standing: ZERO_REPLICAS },
    }),
    {
      title: "workload-includes-pod: a claim in the place of Never",
      rule: workloadIncludesPod,
      given: { standing: INCLUDED, never: false, claim: "present" },
      reason: "workload-includes-pod",
    },
    ...only(scaledToZero, { standing: ZERO_REPLICAS }, "scaled-to-zero", { "in another standing": { standing: AWAY } }),
    ...only(autoscalerCoversPod, { standing: { ...AWAY, autoscaled: known(true) } }, "autoscaler-covers-pod", {
      "without an autoscaler": { standing: AWAY },
      "with autoscalers that were not read": { standing: { ...AWAY, autoscaled: unknown("it may") } },
      "in another standing": { standing: GONE },
    }),
    ...only(parkedGameServer, { standing: { ...AWAY, how: "parked" } }, "parked-game-server", {
      "beyond its replicas": { standing: AWAY },
      "given up by a person": { standing: { ...AWAY, how: "reserved" } },
      "in another standing": { standing: GONE },
    }),
    ...only(scaledDownKept, { standing: AWAY, threshold: SET, past: false }, "scaled-down-not-overdue", {
      "past the threshold": { past: true },
      "with an unknown threshold": { threshold: UNKNOWN, past: null },
      "in another standing": { standing: GONE },
    }),
    {
      title: "scaled-down-kept: threshold never",
      rule: scaledDownKept,
      given: { standing: AWAY, threshold: NEVER, past: null },
      reason: "scaled-down-never-recycled",
    },
    ...only(barePodClaimed, { standing: BARE, claim: "present", threshold: SET, past: false }, "bare-pod-claim", {
      "past the threshold": { past: true },
      "with an unknown threshold": { threshold: UNKNOWN, past: null },
      "without a claim": { claim: "absent" },
      "in another standing": { standing: GONE },
    }),
    {
      title: "bare-pod-claimed: threshold never",
      rule: barePodClaimed,
      given: { standing: BARE, claim: "present", threshold: NEVER, past: null },
      reason: "bare-pod-claim",
    },
    ...only(accountTypeUnknown, { accountType: "other" }, "account-type-unknown", {
      "a known one": { accountType: "known" },
      "one that was not read": { accountType: "unread" },
    }),
    ...only(halfTagged, { claim: "absent", ...linked({ tkeTags: "one", pod: null }) }, "half-tagged", {
      "with both": linked({ tkeTags: "both", pod: null }),
      "with none": linked({ tkeTags: "none", pod: null }),
      "with a Pod": linked({ tkeTags: "one", pod: LINKED_POD }),
      "with a claim": { claim: "present" },
    }),
    ...only(kindUnreadable, { home: liveWith("readable", ["StatefulSet"]), standing: GONE }, "kind-unreadable", {
      "where all was read": { home: liveWith("readable") },
      "where only autoscalers are missing": { home: liveWith("readable", ["HorizontalPodAutoscaler"]) },
      "where the cluster is not live": { home: { state: "none" } },
      "where claims prove nothing": { home: liveWith("unproven") },
    }),
    {
      title: "kind-unreadable: claims",
      rule: kindUnreadable,
      given: { home: liveWith("unread"), standing: GONE },
      reason: "kind-unreadable",
    },
    {
      title: "kind-unreadable: the autoscalers of what was scaled away",
      rule: kindUnreadable,
      given: { home: liveWith("readable", ["ScaledObject"]), standing: { ...AWAY, autoscaled: unknown("it may") } },
      reason: "kind-unreadable",
    },
    ...only(mayBeScaledUp, { standing: { ...AWAY, autoscaled: unknown("it may") } }, "may-be-scaled-up", {
      "where it is known that nothing does": { standing: AWAY },
      "where an autoscaler does for certain": { standing: { ...AWAY, autoscaled: known(true) } },
      "in another standing": { standing: GONE },
    }),
    {
      title: "kind-unreadable: not where no autoscaler covers it",
      rule: kindUnreadable,
      given: { home: liveWith("readable"), standing: AWAY },
      reason: null,
    },
    {
      title: "kind-unreadable: another kind beside autoscalers",
      rule: kindUnreadable,
      given: { home: liveWith("readable", ["HorizontalPodAutoscaler", "Namespace"]), standing: GONE },
      reason: "kind-unreadable",
    },
    ...only(ownerUnknown, { home: LIVE, standing: UNDECIDED }, "owner-unknown", {
      "of a cluster that is not live": { home: { state: "deleted", id: "cls-1", why: "", weakly: false } },
      "of a known standing": { standing: GONE },
    }),
    {
      title: "owner-unknown: of an unknown kind",
      rule: ownerUnknown,
      given: { home: LIVE, standing: { is: "unknown-kind", owner: "Rollout" } },
      reason: "owner-kind-unknown",
    },
    ...[INCLUDED, BARE, NO_POD].flatMap((standing) =>
      only(
        claimsNotReadable,
        { home: liveWith("unproven"), standing, claim: "unknown", automatic: true },
        "claims-not-readable",
        {
          [`a claim that is known to be absent (${standing.is})`]: { claim: "absent" },
          [`without claims at all (${standing.is})`]: { home: liveWith("not-installed") },
          [`a cluster that is not live (${standing.is})`]: { home: { state: "none" } },
        },
      ),
    ),
    {
      title: "claims-not-readable: not for what is gone",
      rule: claimsNotReadable,
      given: { home: liveWith("unproven"), standing: GONE, claim: "unknown", automatic: true },
      reason: null,
    },
    {
      title: "claims-not-readable: not without a Pod for the user's own",
      rule: claimsNotReadable,
      given: { home: liveWith("unproven"), standing: NO_POD, claim: "unknown", automatic: false },
      reason: null,
    },
    ...only(
      claimsNotReadable,
      { home: liveWith("unproven"), claim: "present", automatic: false, ...linked({ tkeTags: "none", memory: null }) },
      "claims-not-readable",
      {
        "with both tags": linked({ tkeTags: "both", memory: null }),
        "what is proven automatic": { automatic: true },
        "in a cluster whose claims are readable": { home: liveWith("readable") },
        "what once stood in a list": linked({ tkeTags: "none", memory: memory(null, { everInIdList: true }) }),
      },
    ),
    ...only(policyUnknown, { never: "unknown", standing: INCLUDED, claim: "absent" }, "policy-unknown", {
      "with a claim": { claim: "present" },
      "with a known policy": { never: false },
      "in another standing": { standing: BARE },
    }),
    ...only(
      policyUnknown,
      { never: "unknown", standing: GONE, claim: "absent", automatic: true, threshold: SET, past: false },
      "policy-unknown",
      {
        "the user's own that is gone": { automatic: false },
        "past the threshold": { past: true },
        "where the threshold is never": { threshold: NEVER, past: null },
      },
    ),
    ...[AWAY, GONE, NEVER_SEEN].flatMap((standing) =>
      only(
        thresholdUnknown,
        { home: LIVE, standing, threshold: UNKNOWN, automatic: true, claim: "absent" },
        "threshold-unknown",
        {
          [`where it is set (${standing.is})`]: { threshold: SET },
          [`where it is never (${standing.is})`]: { threshold: NEVER },
          [`a cluster that is not live (${standing.is})`]: { home: { state: "deleted", id: "cls-1", why: "", weakly: false } },
        },
      ),
    ),
    ...[GONE, NEVER_SEEN].map((standing) => ({
      title: `threshold-unknown: not for the user's own (${standing.is})`,
      rule: thresholdUnknown,
      given: { home: LIVE, standing, threshold: UNKNOWN, automatic: false, claim: "absent" } as const,
      reason: null,
    })),
    ...only(
      thresholdUnknown,
      { home: LIVE, standing: BARE, threshold: UNKNOWN, claim: "present", automatic: true },
      "threshold-unknown",
      {
        "a bare Pod without a claim": { claim: "absent" },
        "a Pod that exists": { standing: EXISTS },
      },
    ),
    ...(["unreadable", "not-visible", "not-running"] as const).map((state) => ({
      title: `cluster-not-readable: ${state}`,
      rule: clusterNotReadable,
      given: { home: { state, id: "cls-1", why: "x" } },
      reason: `cluster-${state}`,
    })),
    ...([{ state: "none" }, { state: "deleted", id: "cls-1", why: "", weakly: false }, LIVE] as const).map((home) => ({
      title: `cluster-not-readable: not ${home.state}`,
      rule: clusterNotReadable,
      given: { home },
      reason: null,
    })),
  ];
  it.each(cases)("$title", ({ rule, given, reason }) => {
    expect(rule.answer({ ...PLAIN, ...given })?.reason ?? null).toBe(reason);
  });
});

describe("on a network interface", () => {
  const on = (fields: Parameters<typeof pod>[0], more: Partial<Situation["linked"]> = {}) => {
    const view = { pod: pod(fields), annotations: EMPTY };
    const eip = address({ status: "BIND_ENI", networkInterfaceId: "eni-1" });
    return { ...PLAIN, linked: { ...PLAIN.linked, address: eip, conflict: null, pod: { ...LINKED_POD, view }, ...more } };
  };
  const EMPTY = {
    wantsEip: false,
    attributes: [],
    deletePolicy: [],
    never: false,
    idList: null,
    claimExpired: [],
    networks: [],
    publicIp: [],
    eipId: [],
    conflicts: [],
  };

  it("an EIP whose Pod lives is in use", () => expect(bound.answer(on({}))?.reason).toBe("eni-with-living-pod"));
  it.each([
    { title: "is terminating", given: on({ deletionAt: ago(HOUR) }) },
    { title: "has succeeded", given: on({ phase: "Succeeded" }) },
    { title: "has failed", given: on({ phase: "Failed" }) },
    { title: "is contradicted", given: on({}, { conflict: "two Pods" }) },
    { title: "is only remembered", given: on({}, { pod: LINKED_POD }) },
    { title: "is not known", given: on({}, { pod: null }) },
  ])("an EIP whose Pod $title is not", ({ given }) => {
    expect(bound.answer(given)).toBeNull();
    expect(danglingInterface.answer(given)?.reason).toBe("dangling-eni");
  });
  it("an idle EIP whose Pod lives is not in use", () => {
    expect(bound.answer({ ...on({}), linked: { ...on({}).linked, address: address() } })).toBeNull();
  });
});

describe("what a keep tag's value says", () => {
  it.each([
    ["2026-12-01", Date.UTC(2026, 11, 2)],
    [" 2026-12-01 ", Date.UTC(2026, 11, 2)],
    ["2026-12-01T09:00:00Z", Date.UTC(2026, 11, 1, 9)],
    ["2026-02-31", null],
    ["until 2026-12-01", null],
    ["2026-12-01 or later", null],
    ["12026-12-01", null],
    ["", null],
  ])("'%s'", (value, until) => expect(keepUntil(value)).toBe(until));

  const judged = (tag: string, own?: Parameters<typeof memory>[1]): Judgement => {
    const world = link(
      facts([address({ tags: known({ "eip-guard:keep": tag }) })], []),
      ledger({ "eip-aaaaaaaa": memory(null, own) }),
    );
    const [found] = judge(world, POLICY);
    if (found === undefined) throw new Error("the EIP was lost");
    return found;
  };
  it("counts in any case of the key, one tag that still holds being enough", () => {
    const policy = { ...POLICY, keepTags: ["team:keep", "eip-guard:keep"] };
    const found = (tags: Record<string, string>) =>
      judge(link(facts([address({ tags: known(tags) })], []), ledger({ "eip-aaaaaaaa": memory(null) })), policy)[0];
    expect(found({ "EIP-Guard:Keep": "" })).toMatchObject({ reason: "keep-tag", detail: "it carries the tag EIP-Guard:Keep" });
    expect(found({ "eip-guard:keep": "2000-01-01", "Eip-Guard:keep": "2999-01-01" })?.reason).toBe("keep-tag");
    expect(found({ "eip-guard:keeper": "" })?.reason).toBe("no-cluster");
  });
  it("an instant keeps until it, and not at it", () => {
    expect(judged("2026-11-23T09:00:01Z").reason).toBe("keep-tag");
    expect(judged("2026-11-23T09:00:00Z").reason).toBe("no-cluster");
  });
  it("a snooze keeps until its instant, and not at it; its detail says who, until when and why", () => {
    const keep = { at: ago(DAY), by: "ann", why: "for a partner", until: null };
    const until = milliseconds(1);
    expect(judged("2000-01-01", { keep }).detail).toBe("ann kept it until it is taken back: for a partner");
    const snoozed = judged("2000-01-01", { keep: { ...keep, why: "", until: ago(-until) } });
    expect(snoozed).toMatchObject({ reason: "kept", detail: "ann kept it until 2026-11-23T09:00:00.001Z" });
    expect(judged("2000-01-01", { keep: { ...keep, until: NOW } }).reason).toBe("no-cluster");
  });
});

describe("the list of rules", () => {
  it("has the names that explain prints, in the order in which they decide", () => {
    expect(RULES.map(({ name }) => name)).toEqual([
      "bound",
      "changing",
      "newborn",
      "cascade-release",
      "terminating",
      "keep-tag",
      "kept",
      "deletion-protected",
      "listing-incomplete",
      "status-unknown",
      "dangling-eni",
      "cluster-not-readable",
      "contradiction",
      "claim-ambiguous",
      "in-id-list",
      "pod-exists",
      "workload-includes-pod",
      "scaled-to-zero",
      "parked-game-server",
      "autoscaler-covers-pod",
      "scaled-down-kept",
      "bare-pod-claimed",
      "tags-unreadable",
      "account-type-unknown",
      "region-cluster-unreadable",
      "half-tagged",
      "kind-unreadable",
      "may-be-scaled-up",
      "owner-unknown",
      "claims-not-readable",
      "policy-unknown",
      "threshold-unknown",
      "recycling",
      "cluster-deleted",
      "duplicate",
      "scaled-down-overdue",
      "bare-pod-overdue",
      "nameless-owner",
      "not-destroyed-with-pod",
      "workload-gone",
      "owner-never-seen",
      "orphan",
      "unmanaged",
    ]);
  });

  it("answers in order, with null where a rule has nothing to say", () => {
    const answers = answersOf(PLAIN);
    expect(answers.map(({ name }) => name)).toEqual(RULES.map(({ name }) => name));
    expect(answers.flatMap(({ name, answer }) => (answer === null ? [] : [`${name} ${answer.reason}`]))).toEqual([
      "workload-gone workload-gone-overdue",
    ]);
  });

  it("what later rules answer too is also true, each reason once, without the deciding one", () => {
    const also = (...parameters: Parameters<typeof facts>) => {
      const [found] = judge(
        link(facts(...parameters), ledger({ "eip-aaaaaaaa": memory(milliseconds(DAY), { pod: podMemory() }) })),
        POLICY,
      );
      return found?.alsoTrue;
    };
    expect(also([address()], [cluster()])).toEqual([]);
    const kept = known({ "tke-clusterId": "cls-11111111", "tke-created-eip": "true", "eip-guard:keep": "" });
    expect(also([address({ tags: kept })], [cluster()])).toEqual(["workload-gone-overdue"]);
    expect(
      also([address({ status: "BIND", tags: kept, cascadeRelease: true })], [cluster({}, { objects: unknown("no route") })]),
    ).toEqual(["cascade-release", "keep-tag", "cluster-unreadable"]);
    const going = cluster({ claims: complete(claim({ deletionAt: ago(2 * DAY) })) });
    expect(also([address({ status: "UNBINDING" })], [going])).toEqual(["stuck"]);
    const deployment = owner("Deployment", "api");
    const own = memory(milliseconds(DAY), { pod: podMemory({ owner: deployment, name: "api-x2x4z" }) });
    const [found] = judge(link(facts([address()], [cluster()]), ledger({ "eip-aaaaaaaa": own })), POLICY);
    expect(found).toMatchObject({ reason: "never-without-stable-name", alsoTrue: ["not-destroyed-with-pod"] });
  });

  it("a reason that two rules give is also true once", () => {
    const own = memory(milliseconds(DAY), {
      pod: {
        cluster: "cls-11111111",
        namespace: "games",
        name: "api-7d9f8b6c5d-x2x4z",
        uid: null,
        seenAt: NOW,
        owner: null,
        ownersOwner: null,
        ownerSeen: false,
        claimSeen: true,
      },
    });
    const held = cluster({ claims: complete(claim({ name: "api-7d9f8b6c5d-x2x4z" })) });
    const of = (tags: Readonly<Record<string, string>>) => {
      const eip = address({ tags: known({ "tke-clusterId": "cls-11111111", "tke-created-eip": "true", ...tags }) });
      const [found] = judge(link(facts([eip], [held]), ledger({ "eip-aaaaaaaa": own })), POLICY);
      return { reason: found?.reason, alsoTrue: found?.alsoTrue };
    };
    expect(of({ "eip-guard:keep": "" })).toEqual({ reason: "keep-tag", alsoTrue: ["owner-never-seen"] });
    expect(of({})).toEqual({ reason: "owner-never-seen", alsoTrue: [] });
  });
});

it("an EIP that no rule answers is unknown, and kept", () => {
  const world = link(facts([address()], [cluster()]), ledger());
  const [own] = world.linked;
  if (own === undefined) throw new Error("the EIP was lost");
  expect(judgeOne(own, world, POLICY, [])).toMatchObject({ verdict: "unknown", reason: "no-rule", alsoTrue: [] });
});

describe("an answer names what it is about", () => {
  const on = (fields: Parameters<typeof address>[0], more: Partial<Situation["linked"]> = {}) =>
    linked({ address: address(fields), ...more });
  const going = (fields: Parameters<typeof facts>[1], own?: Parameters<typeof memory>[1]) => {
    const [found] = judge(
      link(facts([address()], fields), ledger(own === undefined ? {} : { "eip-aaaaaaaa": memory(milliseconds(DAY), own) })),
      POLICY,
    );
    return found?.detail;
  };
  const cases: readonly { title: string; rule: Rule; given: Partial<Situation>; detail: string }[] = [
    {
      title: "an instance",
      rule: bound,
      given: on({ status: "BIND", instanceId: "ins-1", networkInterfaceId: "eni-1" }, { pod: null }),
      detail: "it is bound to ins-1",
    },
    {
      title: "an interface",
      rule: bound,
      given: on({ status: "BIND", networkInterfaceId: "eni-1" }, { pod: null }),
      detail: "it is bound to eni-1",
    },
    { title: "something", rule: bound, given: on({ status: "BIND" }, { pod: null }), detail: "it is bound to something" },
    {
      title: "its Pod",
      rule: bound,
      given: on({ status: "BIND" }, { pod: { ...LINKED_POD, fromMemory: false } }),
      detail: "it is bound to something, for Pod games/web-0",
    },
    {
      title: "no Pod of long ago",
      rule: bound,
      given: on({ status: "BIND" }, { pod: LINKED_POD }),
      detail: "it is bound to something",
    },
    {
      title: "the interface, and the Pod that lives",
      rule: bound,
      given: on(
        { status: "BIND_ENI", networkInterfaceId: "eni-1" },
        { conflict: null, pod: { ...LINKED_POD, fromMemory: false, view: { pod: pod(), annotations: readAnnotations({}) } } },
      ),
      detail: "it sits on eni-1, and its Pod games/web-0 lives",
    },
    {
      title: "the owner that is gone",
      rule: recycling,
      given: { ...idle, standing: GONE, threshold: SET, past: false },
      detail: "StatefulSet games/web is gone; ipamd recycles the EIP when it has been idle for 1h",
    },
    {
      title: "the owner that the name suggests",
      rule: recycling,
      given: { ...idle, standing: NEVER_SEEN, threshold: SET, past: false },
      detail: "games/web is gone; ipamd recycles the EIP when it has been idle for 1h",
    },
    {
      title: "the tag that is there: created",
      rule: halfTagged,
      given: { claim: "absent", ...linked({ tkeTags: "one", pod: null, tagCluster: null }) },
      detail: "it carries tke-created-eip without the other of tke-clusterId and tke-created-eip",
    },
    {
      title: "the tag that is there: cluster",
      rule: halfTagged,
      given: { claim: "absent", ...linked({ tkeTags: "one", pod: null, tagCluster: "cls-1" }) },
      detail: "it carries tke-clusterId without the other of tke-clusterId and tke-created-eip",
    },
    {
      title: "the policy",
      rule: workloadIncludesPod,
      given: { standing: INCLUDED, never: true, claim: "present" },
      detail: "StatefulSet games/web includes its Pod, and its delete policy is Never",
    },
    {
      title: "the claim",
      rule: workloadIncludesPod,
      given: { standing: INCLUDED, never: false, claim: "present" },
      detail: "StatefulSet games/web includes its Pod, and a claim holds the EIP",
    },
    {
      title: "the kind",
      rule: kindUnreadable,
      given: { home: liveWith("readable", ["Namespace"]), standing: GONE },
      detail: "Namespace of cls-11111111: 403",
    },
  ];
  it.each(cases)("$title", ({ rule, given, detail }) => expect(rule.answer({ ...PLAIN, ...given })?.detail).toBe(detail));

  it("the network interface, where there is one", () => {
    const named = { ...PLAIN, ...on({ status: "BIND_ENI", networkInterfaceId: "eni-1" }) };
    expect(danglingInterface.answer(named)?.detail).toContain("eni-1");
    expect(danglingInterface.answer({ ...PLAIN, ...on({ status: "BIND_ENI" }) })?.detail).toContain("a network interface");
  });
  it("what is terminating", () => {
    const mine = pod({ deletionAt: ago(HOUR), annotations: { "tke.cloud.tencent.com/eip-id": "eip-aaaaaaaa" } });
    expect(going([cluster({ pods: complete(mine) })])).toBe("Pod games/web-0 is terminating");
    expect(going([cluster({ claims: complete(claim({ deletionAt: ago(HOUR) })) })])).toBe("claim games/web-0 is terminating");
    const namespaces = complete({ name: "games", uid: "u", deletionAt: ago(HOUR), ownerMark: null });
    expect(going([cluster({ namespaces })], { pod: podMemory() })).toBe("namespace games is terminating");
  });
  it("the claim that names several", () => {
    expect(going([cluster({ claims: complete(claim({ ids: ["eip-aaaaaaaa", "eip-b"] })) })])).toBe(
      "claim games/web-0 in cls-11111111 names eip-aaaaaaaa and eip-b",
    );
  });
});
