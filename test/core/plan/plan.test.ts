import { describe, expect, it } from "vitest";
import { assess, type Bounds } from "../../../src/core/assess.ts";
import { aboveCap, isOutdated, type Planned } from "../../../src/core/plan/plan.ts";
import type { Address } from "../../../src/core/terms/facts.ts";
import { known, unknown } from "../../../src/core/terms/known.ts";
import type { AddressMemory, JudgedRow } from "../../../src/core/terms/ledger.ts";
import {
  DAY,
  type Duration,
  HOUR,
  type Instant,
  instant,
  MINUTE,
  milliseconds,
  SECOND,
  ZERO,
} from "../../../src/core/terms/time.ts";
import type { Verdict } from "../../../src/core/terms/verdict.ts";
import {
  address,
  ago,
  bareCluster,
  CLUSTER,
  claim,
  cluster,
  complete,
  facts,
  ipamd,
  judgedRow,
  ledger,
  memory,
  NOW,
  owner,
  POLICY,
  pod,
  podMemory,
  region,
  workload,
} from "../build.ts";

import { DUE, days, flag, leaked, NEVER_RECYCLED, neverSeen, planned, rule, WEEK_AND_GRACE, type World } from "./planned.ts";

describe("a release that everything speaks for", () => {
  it("is due", () => {
    expect(planned({})).toMatchObject({ action: "release", withheld: null, rule: { name: "leaked" } });
  });
});

describe("when an EIP is flagged", () => {
  const flagged = (flagAfter: Duration | null, releaseAfter: Duration | null) => ({
    policy: { rules: [rule({ flagAfter, releaseAfter })] },
  });
  const cases: readonly (World & { title: string; action: Planned["action"]; at?: Instant | null })[] = [
    { title: "after the grace, with flagAfter 0s", memory: leaked(HOUR), action: "flag", at: ago(90 * MINUTE - HOUR) },
    {
      title: "not a millisecond before the grace is over",
      memory: leaked(milliseconds(HOUR - 1)),
      action: "none",
      at: instant(NOW - 30 * MINUTE + 1),
    },
    {
      title: "after threshold, grace and flagAfter together",
      clusters: [cluster()],
      memory: leaked(milliseconds(26 * HOUR)),
      ...flagged(days(1), null),
      action: "flag",
      at: ago(30 * MINUTE),
    },
    {
      title: "not a millisecond before threshold, grace and flagAfter are over",
      clusters: [cluster()],
      memory: leaked(milliseconds(26 * HOUR - 1)),
      ...flagged(days(1), null),
      action: "none",
    },
    {
      title: "not with a single reading, however long ago it was",
      memory: leaked(days(30), {
        acting: { since: ago(30 * DAY), latest: ago(MINUTE), sightings: 1, updatedTime: "2026-08-25T09:00:00Z" },
      }),
      action: "none",
    },
    {
      title: "with exactly minSightings readings",
      memory: leaked(days(30), {
        acting: { since: ago(30 * DAY), latest: ago(MINUTE), sightings: 2, updatedTime: "2026-08-25T09:00:00Z" },
      }),
      action: "flag",
    },
    {
      title: "never, where the rule says never to both",
      memory: leaked(days(30)),
      ...flagged(null, null),
      action: "none",
      at: null,
    },
    {
      title: "as soon as it could be released, where flagAfter is never",
      memory: leaked(milliseconds(2 * HOUR)),
      ...flagged(null, HOUR),
      action: "flag",
      at: ago(30 * MINUTE),
    },
    {
      title: "as soon as it could be released, where flagAfter is longer than releaseAfter",
      memory: leaked(milliseconds(2 * HOUR)),
      ...flagged(days(9), HOUR),
      action: "flag",
      at: ago(30 * MINUTE),
    },
    {
      title: "at flagAfter, where releaseAfter is longer",
      memory: leaked(milliseconds(2 * HOUR)),
      ...flagged(HOUR, days(9)),
      action: "flag",
      at: ago(30 * MINUTE),
    },
    { title: "not where no rule matches", memory: leaked(days(30)), policy: { rules: [] }, action: "none", at: null },
    {
      title: "not at first sight: the clock starts now",
      memory: null,
      policy: { rules: [rule()], grace: ZERO },
      action: "none",
      at: NOW,
    },
    {
      title: "not twice: a flagged EIP keeps its flag",
      memory: leaked(days(4), { flag: flag() }),
      action: "none",
      at: ago(3 * DAY),
    },
  ];
  it.each(cases)("$title", ({ action, at, ...world }) => {
    const found = planned(world);
    expect(found).toMatchObject({ action, ...(at === undefined ? {} : { flagAt: at }) });
  });

  it("is flagged before it is released, even when the release is long overdue", () => {
    expect(planned({ memory: leaked(days(300)) })).toMatchObject({ action: "flag", withheld: null });
  });

  it("of several rules the first that matches decides, also where a later one would act", () => {
    const rules = [
      rule({ name: "first", match: { pod: ["web-*"] }, flagAfter: null, releaseAfter: null }),
      rule({ name: "second" }),
    ];
    expect(planned({ policy: { rules } })).toMatchObject({ action: "none", rule: { name: "first" } });
  });
});

describe("when an EIP is released", () => {
  const cases: readonly (World & { title: string; action: Planned["action"]; at?: Instant | null; withheld?: unknown })[] = [
    {
      title: "after grace and releaseAfter of the acting clock",
      memory: leaked(WEEK_AND_GRACE, { flag: flag() }),
      action: "release",
      at: ago(30 * MINUTE),
    },
    {
      title: "not a millisecond before, and nothing is withheld then: it is not due",
      memory: leaked(milliseconds(WEEK_AND_GRACE - 1), { flag: flag() }),
      action: "none",
      withheld: null,
      at: instant(NOW - 30 * MINUTE + 1),
    },
    {
      title: "after threshold, grace and releaseAfter",
      clusters: [cluster()],
      memory: leaked(milliseconds(WEEK_AND_GRACE + HOUR), { flag: flag() }),
      action: "release",
    },
    {
      title: "not a millisecond before threshold, grace and releaseAfter",
      clusters: [cluster()],
      memory: leaked(milliseconds(WEEK_AND_GRACE + HOUR - 1), { flag: flag() }),
      action: "none",
    },
    {
      title: "after the Pod's own threshold where it has one",
      memory: leaked(milliseconds(WEEK_AND_GRACE + DAY - 1), { flag: flag(), pod: podMemory({ claimExpired: "24h" }) }),
      action: "none",
    },
    {
      title: "not with too few readings",
      memory: leaked(days(30), { flag: flag() }),
      policy: { minSightings: 722 },
      action: "none",
      withheld: null,
    },
    {
      title: "with just enough readings",
      memory: leaked(days(30), { flag: flag() }),
      policy: { minSightings: 721 },
      action: "release",
    },
    {
      title: "not before a notice was delivered, and no date is nearer than a notice from now",
      memory: leaked(days(30), { flag: flag({ noticedAt: null }) }),
      action: "none",
      withheld: { by: "notice", why: "no notice was delivered yet" },
      at: instant(NOW + DAY),
    },
    {
      title: "not before the notice is over",
      memory: leaked(days(30), { flag: flag({ at: ago(DAY - MINUTE), noticedAt: ago(DAY - MINUTE) }) }),
      action: "none",
      withheld: { by: "notice", why: "its notice runs until 2026-11-23T09:01:00.000Z" },
      at: instant(NOW + MINUTE),
    },
    {
      title: "at the instant at which the notice is over",
      memory: leaked(days(30), { flag: flag({ at: ago(DAY), noticedAt: ago(DAY) }) }),
      action: "release",
      at: NOW,
    },
    {
      title: "as much later as the notice was late",
      memory: leaked(milliseconds(WEEK_AND_GRACE + DAY), { flag: flag({ at: ago(8 * DAY), noticedAt: ago(4 * DAY) }) }),
      action: "none",
      withheld: { by: "notice", why: "its notice runs until 2026-11-26T08:30:00.000Z" },
      at: instant(NOW - 30 * MINUTE - DAY + 4 * DAY),
    },
    {
      title: "never before the date that the notice named",
      memory: leaked(days(30), { flag: flag({ noticedReleaseAt: instant(NOW + 1) }) }),
      action: "none",
      withheld: { by: "notice", why: "its notice runs until 2026-11-23T09:00:00.001Z" },
      at: instant(NOW + 1),
    },
    {
      title: "at the date that the notice named",
      memory: leaked(days(30), { flag: flag({ noticedReleaseAt: NOW }) }),
      action: "release",
      at: NOW,
    },
    {
      title: "an earlier date in the notice brings nothing forward",
      memory: leaked(milliseconds(WEEK_AND_GRACE - 1), { flag: flag({ noticedReleaseAt: ago(2 * DAY) }) }),
      action: "none",
      at: instant(NOW - 30 * MINUTE + 1),
    },
    {
      title: "a date is promised before it is flagged: delay, then at least one notice after flagging",
      memory: leaked(milliseconds(7 * DAY)),
      action: "flag",
      at: instant(NOW + DAY),
    },
    {
      title: "a date is promised before it is flagged: the delay where that is longer",
      memory: leaked(HOUR),
      action: "flag",
      at: instant(NOW - 90 * MINUTE + WEEK_AND_GRACE),
    },
    {
      title: "a date is promised while the flag is still ahead: one notice after the flag",
      memory: leaked(MINUTE),
      policy: { rules: [rule({ flagAfter: days(3), releaseAfter: days(3) })] },
      action: "none",
      at: instant(NOW - 31 * MINUTE + 3 * DAY + HOUR + DAY),
    },
    {
      title: "never, where the rule says never",
      policy: { rules: [rule({ releaseAfter: null })] },
      action: "none",
      withheld: null,
      at: null,
    },
  ];
  it.each(cases)("$title", ({ action, at, withheld, ...world }) => {
    const found = planned(world);
    expect(found).toMatchObject({ action, ...(withheld === undefined ? {} : { withheld }) });
    if (at !== undefined) expect(found.releaseAt).toBe(at);
  });

  it("a row of readings that broke makes nothing due", () => {
    const broken = leaked(days(30), {
      flag: flag(),
      acting: { since: ago(30 * DAY), latest: ago(2 * HOUR + 1), sightings: 700, updatedTime: "2026-08-25T09:00:00Z" },
    });
    expect(planned({ memory: broken })).toMatchObject({ action: "none", releaseAt: instant(NOW + WEEK_AND_GRACE) });
  });

  it("a bound EIP has no dates", () => {
    expect(planned({ address: { status: "BIND" } })).toMatchObject({
      action: "none",
      withheld: null,
      flagAt: null,
      releaseAt: null,
    });
  });
});

describe("why a release that is due is withheld", () => {
  const cases: readonly (World & { title: string; withheld: RegExp })[] = [
    ...(["isArrears", "isBlocked", "cascadeRelease"] as const).map((field) => ({
      title: `the API does not say ${field}`,
      address: { [field]: null },
      withheld: /^whether it is in arrears, blocked or released by itself is not known$/,
    })),
    {
      title: "another cluster of its account and region could not be read",
      clusters: [cluster({}, NEVER_RECYCLED), bareCluster({}, { id: "cls-22222222", objects: unknown("no route") })],
      withheld: /^cls-22222222 of its account and region could not be read: no route$/,
    },
    {
      title: "a listing of clusters of its account and region failed",
      facts: {
        clusterListings: [
          { account: "default", region: "ap-guangzhou", product: "tke", ids: known([CLUSTER]) },
          { account: "default", region: "ap-guangzhou", product: "eks", ids: unknown("timeout") },
        ],
      },
      withheld: /^any eks cluster of its account and region could not be read: timeout$/,
    },
    {
      title: "the type of its account could not be read, and may be one that we don't know",
      facts: { regions: [region([address()], { accountType: unknown("403") })] },
      withheld: /^the type of account default could not be read$/,
    },
    {
      title: "the sanity brake is on",
      ledger: {
        lastComplete: { "default/ap-guangzhou": { at: ago(HOUR), eips: 11, tagged: 1, pods: 1, claims: 1, clusters: 1 } },
      },
      withheld: /^sanity brake: EIPs fell from 11 to 1/,
    },
    {
      title: "the cluster serves no EIPClaim",
      clusters: [bareCluster({ claims: { state: "not-installed" } }, NEVER_RECYCLED)],
      withheld: /^cluster cls-11111111 serves no EIPClaim/,
    },
    {
      title: "a claim holds it and claims prove nothing yet",
      clusters: [bareCluster({ claims: complete(claim()) }, NEVER_RECYCLED)],
      withheld: /^a claim holds it, and claims of cls-11111111 prove nothing yet/,
    },
    {
      title: "the threshold is not known",
      clusters: [cluster({}, { ipamd: unknown("UnauthorizedOperation") })],
      memory: memory(days(30), { flag: flag() }),
      withheld: /^the recycle threshold is not known: UnauthorizedOperation$/,
    },
    {
      title: "approval is required and nobody approved",
      release: { approval: "required" },
      withheld: /^it needs a person's approval \(eip-guard approve eip-aaaaaaaa\)$/,
    },
    {
      title: "approval is required and ran out at this instant",
      release: { approval: "required" },
      memory: { ...DUE, approval: { at: ago(DAY), by: "ann", until: NOW } },
      withheld: /^its approval ran out at 2026-11-23T09:00:00.000Z/,
    },
    {
      title: "the owner of its Pod was never seen: approval, also where policy asks for none",
      clusters: [cluster({ claims: complete(claim({ name: "old-0" })) }, NEVER_RECYCLED)],
      memory: memory(days(30), { flag: flag() }),
      withheld: /^it needs a person's approval/,
    },
    {
      title: "an orphan that nobody saw in use, which a list that nobody reads may name: approval",
      memory: memory(days(30), { flag: flag() }),
      withheld: /^it needs a person's approval/,
    },
    {
      title: "an orphan whose bare Pod was seen, and never a claim: approval",
      memory: leaked(days(30), { flag: flag(), pod: podMemory({ name: "redis", owner: null, claimSeen: false }) }),
      withheld: /^it needs a person's approval/,
    },
    {
      title: "a bare Pod that was never seen: approval",
      memory: leaked(days(30), { flag: flag(), pod: podMemory({ name: "redis", owner: null, ownerSeen: false }) }),
      withheld: /^it needs a person's approval/,
    },
    {
      title: "a Deployment that was never seen: approval",
      memory: leaked(days(30), {
        flag: flag(),
        pod: podMemory({ name: "api-7d9f8b6c5d-x2x4z", owner: null, ownerSeen: false, deletePolicy: null }),
      }),
      withheld: /^it needs a person's approval/,
    },
    {
      title: "a Pod that was scaled away before it was ever seen, whose own threshold nobody knows: approval",
      clusters: [cluster({ workloads: { StatefulSet: complete(workload({ start: 5 })) } })],
      memory: leaked(days(30), { flag: flag(), pod: neverSeen }),
      withheld: /^it needs a person's approval/,
    },
    {
      title: "outside the window, which opens later",
      release: { window: { days: ["tue"], from: 540, to: 1020, timezone: "Asia/Shanghai" } },
      withheld: /^outside the release window, which opens at 2026-11-24T01:00:00.000Z$/,
    },
    {
      title: "a window that never opens",
      release: { window: { days: [], from: 540, to: 1020, timezone: "Asia/Shanghai" } },
      withheld: /^outside the release window$/,
    },
  ];
  it.each(cases)("$title", ({ withheld, ...world }) => {
    const found = planned(world);
    expect(found.action).toBe("none");
    expect(found.withheld?.why).toMatch(withheld);
  });

  it("names the next opening of the window as the date of the release", () => {
    const window = { days: ["tue"] as const, from: 540, to: 1020, timezone: "Asia/Shanghai" };
    expect(planned({ release: { window } }).releaseAt).toBe(Date.UTC(2026, 10, 24, 1, 0));
  });

  it("names no date for what is never released, whatever the window", () => {
    const window = { days: ["tue"] as const, from: 540, to: 1020, timezone: "Asia/Shanghai" };
    expect(planned({ policy: { rules: [rule({ releaseAfter: null })] }, release: { window } }).releaseAt).toBeNull();
  });

  it("names no date for a window that never opens", () => {
    expect(planned({ release: { window: { days: [], from: 540, to: 1020, timezone: "UTC" } } }).releaseAt).toBeNull();
  });

  const released: readonly (World & { title: string })[] = [
    {
      title: "an orphan whose Pod and claim the guard itself saw",
      memory: leaked(days(30), { flag: flag(), pod: podMemory({ name: "redis", owner: null }) }),
    },
    { title: "in an open window", release: { window: { days: ["mon"], from: 540, to: 1020, timezone: "UTC" } } },
    {
      title: "with an approval that still holds",
      release: { approval: "required" },
      memory: { ...DUE, approval: { at: ago(DAY), by: "ann", until: instant(NOW + 1) } },
    },
    {
      title: "of a Pod that was scaled away and whose own threshold was seen",
      clusters: [cluster({ workloads: { StatefulSet: complete(workload({ start: 5 })) } })],
    },
    {
      title: "past an unreadable cluster that a person ignores",
      clusters: [cluster({}, NEVER_RECYCLED), bareCluster({}, { id: "cls-22222222", objects: unknown("no route") })],
      facts: { ignoredClusters: ["cls-22222222"] },
    },
    {
      title: "past an unreadable cluster of another region",
      clusters: [
        cluster({}, NEVER_RECYCLED),
        bareCluster({}, { id: "cls-22222222", region: "ap-tokyo", objects: unknown("no route") }),
      ],
    },
    {
      title: "past an unreadable cluster of another account",
      clusters: [
        cluster({}, NEVER_RECYCLED),
        bareCluster({}, { id: "cls-22222222", account: "games", objects: unknown("no route") }),
      ],
    },
    {
      title: "past the sanity brake of another region",
      facts: { regions: [region([address()]), region([], { region: "ap-tokyo" })] },
      ledger: { lastComplete: { "default/ap-tokyo": { at: ago(HOUR), eips: 20, tagged: 1, pods: 0, claims: 0, clusters: 0 } } },
    },
    { title: "with a claim, where claims are readable", clusters: [cluster({ claims: complete(claim()) }, NEVER_RECYCLED)] },
    {
      title: "without a claim, where no claim proves anything but the threshold and the owner are known",
      clusters: [bareCluster({}, NEVER_RECYCLED)],
    },
    {
      title: "of a Deployment that was seen",
      memory: leaked(days(30), {
        flag: flag(),
        pod: podMemory({ name: "api-7d9f8b6c5d-x2x4z", owner: owner("Deployment", "api"), deletePolicy: null }),
      }),
    },
    {
      title: "of a cluster that was deleted",
      clusters: [],
      facts: {
        absentClusters: [{ id: CLUSTER, account: "default", region: "ap-guangzhou", exists: known("not-found" as const) }],
        declaredDeletedClusters: [CLUSTER],
      },
    },
  ];
  it.each(released)("is released all the same: $title", (world) => {
    expect(planned(world)).toMatchObject({ action: "release", withheld: null });
  });
});

describe("what is never released by a program is judged, and neither flagged nor released", () => {
  const cases: readonly { title: string; address: Partial<Address>; withheld: RegExp }[] = [
    ...["AnycastEIP", "HighQualityEIP", "AntiDDoSEIP", "ResidentialEIP", "SomethingNew"].map((type) => ({
      title: type,
      address: { type },
      withheld: new RegExp(`^its type is ${type}, which is never released by a program$`),
    })),
    ...["BANDWIDTH_PREPAID_BY_MONTH", "bandwidth_prepaid_by_month"].map((chargeType) => ({
      title: chargeType,
      address: { chargeType },
      withheld: /^it is prepaid/,
    })),
    ...["BANDWIDTH_PREPAID", "PREPAID_BY_YEAR", "BY_MOONLIGHT", "", "null", " TRAFFIC_POSTPAID_BY_HOUR", "POSTPAID", "7"].map(
      (chargeType) => ({
        title: `the charge type '${chargeType}'`,
        address: { chargeType },
        withheld: new RegExp(`^its charge type '${chargeType}' is not one that is known to be postpaid$`),
      }),
    ),
    ...[null, "TRAFFIC_POSTPAID_BY_HOUR", "BANDWIDTH_PACKAGE"].flatMap((chargeType) => [
      {
        title: `${chargeType} with a DeadlineDate`,
        address: { chargeType, deadline: "2027-01-01T00:00:00Z" },
        withheld: /^it is paid until 2027-01-01T00:00:00Z \(DeadlineDate\)/,
      },
      {
        title: `${chargeType} with a RenewFlag`,
        address: { chargeType, renewFlag: "DISABLE_NOTIFY_AND_MANUAL_RENEW" },
        withheld: /^it is renewed by DISABLE_NOTIFY_AND_MANUAL_RENEW \(RenewFlag\)/,
      },
      {
        title: `${chargeType} with a PayMode that is prepaid`,
        address: { chargeType, payMode: "bandwidth_prepaid_by_month" },
        withheld: /^its PayMode 'bandwidth_prepaid_by_month' says that it is prepaid$/,
      },
    ]),
    { title: "in an AntiDDoS package", address: { antiDdosPackageId: "bgp-1" }, withheld: /AntiDDoS package bgp-1$/ },
    { title: "a type in another case", address: { type: "eip" }, withheld: /^its type is eip/ },
    { title: "in arrears", address: { isArrears: true }, withheld: /^it is in arrears$/ },
    { title: "blocked", address: { isBlocked: true }, withheld: /^it is blocked$/ },
  ];
  it.each(cases)("$title", ({ address: fields, withheld }) => {
    for (const remembered of [DUE, leaked(days(30))]) {
      const found = planned({ address: fields, memory: remembered });
      expect(found.judgement.verdict).toBe("leaked");
      expect(found).toMatchObject({ action: "none", flagAt: null, releaseAt: null });
      expect(found.withheld?.why).toMatch(withheld);
    }
  });
});

describe("what is known to be charged afterwards is released, in whatever case the cloud writes it", () => {
  it.each([
    "TRAFFIC_POSTPAID_BY_HOUR",
    "traffic_postpaid_by_hour",
    "BANDWIDTH_POSTPAID_BY_HOUR",
    "Bandwidth_Postpaid_By_Hour",
    "BANDWIDTH_PACKAGE",
    "bandwidth_package",
    null,
  ])("%s", (chargeType) => {
    expect(planned({ address: { chargeType, payMode: null }, memory: DUE })).toMatchObject({ action: "release", withheld: null });
  });
});

describe("a flag counts on the acting clock that it was raised on, and on no other", () => {
  const restarted = (flaggedAt: Instant) => leaked(days(10), { flag: flag({ at: flaggedAt, noticedAt: flaggedAt }) });

  it("falls with its notice when the clock has begun anew since: it is flagged again, not released", () => {
    expect(planned({ memory: restarted(instant(ago(10 * DAY) - 31 * MINUTE)) })).toMatchObject({
      action: "flag",
      flagAt: instant(ago(10 * DAY) + HOUR - 30 * MINUTE),
    });
  });

  it("stands from the clock's first instant on", () => {
    expect(planned({ memory: restarted(instant(ago(10 * DAY) - 30 * MINUTE)) })).toMatchObject({ action: "release" });
  });
});

it("an EIP whose tags could not be read is not even flagged: a keep tag may be among them", () => {
  const clusters = [cluster({ workloads: { StatefulSet: complete(workload()) } })];
  const found = planned({ address: { tags: unknown("no TagSet") }, clusters, memory: leaked(days(60)) });
  expect(found.judgement.verdict).toBe("retained");
  expect(found).toMatchObject({ action: "none", flagAt: null, releaseAt: null });
  expect(found.withheld).toEqual({ by: "kind", why: "its tags could not be read, and a keep tag may be among them" });
});

describe("which verdicts can carry an action (contract.md, Which verdicts can carry an action), under a rule that wants everything at once", () => {
  const greedy = { policy: { rules: [rule()], grace: ZERO, minSightings: 1 }, release: { notice: ZERO } };
  const statefulSet = { workloads: { StatefulSet: complete(workload()) } };
  const cases: readonly (World & {
    title: string;
    verdict: Verdict;
    unflagged: Planned["action"];
    flagged: Planned["action"];
  })[] = [
    { title: "in-use", address: { status: "BIND" }, verdict: "in-use", unflagged: "none", flagged: "none" },
    { title: "transient", address: { status: "UNBINDING" }, verdict: "transient", unflagged: "none", flagged: "none" },
    {
      title: "transient though idle",
      address: { createdAt: ago(MINUTE) },
      verdict: "transient",
      unflagged: "none",
      flagged: "none",
    },
    { title: "retained", clusters: [cluster(statefulSet)], verdict: "retained", unflagged: "flag", flagged: "none" },
    {
      title: "retained by a keep tag",
      address: { tags: known({ "eip-guard:keep": "" }) },
      verdict: "retained",
      unflagged: "none",
      flagged: "none",
    },
    {
      title: "recycling",
      clusters: [cluster({}, { ipamd: known(ipamd({ claimExpiredDuration: "9000h" })) })],
      verdict: "recycling",
      unflagged: "none",
      flagged: "none",
    },
    { title: "leaked", verdict: "leaked", unflagged: "flag", flagged: "release" },
    { title: "unmanaged", address: { tags: known({}) }, verdict: "unmanaged", unflagged: "flag", flagged: "none" },
    {
      title: "unknown",
      clusters: [cluster({}, { objects: unknown("no route") })],
      verdict: "unknown",
      unflagged: "none",
      flagged: "none",
    },
  ];
  it.each(cases)("$title", ({ verdict, unflagged, flagged, title: _, ...world }) => {
    const judged = judgedRow(verdict, ago(30 * DAY));
    const fresh = planned({ ...greedy, ...world, memory: leaked(days(30), { judged }) });
    expect({ verdict: fresh.judgement.verdict, action: fresh.action }).toEqual({ verdict, action: unflagged });
    const marked = planned({ ...greedy, ...world, memory: { ...DUE, judged } });
    expect({ verdict: marked.judgement.verdict, action: marked.action }).toEqual({ verdict, action: flagged });
  });

  const keeps: readonly (World & { title: string })[] = [
    { title: "a keep in the store", memory: { ...DUE, keep: { at: ago(DAY), by: "ann", why: "", until: null } } },
    {
      title: "deletion protection",
      memory: { ...DUE, protections: { "OperationDenied.AddressDeletionProtectionEnabled": ago(DAY) } },
    },
  ];
  it.each(keeps)("$title stops flag and release", ({ memory: remembered, ...world }) => {
    if (remembered === undefined || remembered === null) throw new Error("no memory");
    for (const own of [remembered, { ...remembered, flag: null }]) {
      expect(planned({ ...greedy, ...world, memory: own })).toMatchObject({ action: "none", flagAt: null, releaseAt: null });
    }
  });

  const unmanaged = {
    address: { tags: known({ team: "games" }) },
    memory: { ...DUE, judged: judgedRow("unmanaged", ago(30 * DAY)) },
  };
  const matches = [
    { title: "literally, with id", match: { verdict: ["unmanaged"], id: ["eip-aaaaaaaa"] }, action: "release" },
    { title: "literally, with ip", match: { verdict: ["unmanaged"], ip: ["203.0.113.*"] }, action: "release" },
    { title: "literally, with tag", match: { verdict: ["unmanaged"], tag: ["team=games"] }, action: "release" },
    { title: "literally, without naming any EIP", match: { verdict: ["unmanaged"] }, action: "none" },
    { title: "literally, naming every id", match: { verdict: ["unmanaged"], id: ["*"] }, action: "none" },
    { title: "by a glob", match: { verdict: ["unman*"], id: ["eip-aaaaaaaa"] }, action: "none" },
    { title: "beside another verdict", match: { verdict: ["unmanaged", "leaked"], id: ["eip-aaaaaaaa"] }, action: "none" },
    { title: "by leaving the verdict out", match: { id: ["eip-aaaaaaaa"] }, action: "none" },
  ] as const;
  it.each(matches)("unmanaged, named $title: $action", ({ match, action }) => {
    expect(planned({ ...greedy, policy: { ...greedy.policy, rules: [rule({ match })] }, ...unmanaged })).toMatchObject({
      action,
    });
  });
});

describe("a rule's delays count from when it was judged so without a break (domain.md §4.2)", () => {
  const LONG_LEAKED = judgedRow("leaked", ago(30 * DAY));
  const row = (fields: Partial<JudgedRow> = {}): AddressMemory => ({ ...DUE, judged: { ...LONG_LEAKED, ...fields } });
  const WEEK = milliseconds(7 * DAY);
  const cases: readonly {
    title: string;
    memory: AddressMemory;
    action: Planned["action"];
    notBefore: Instant;
    since: Instant;
    outdated: boolean;
  }[] = [
    {
      title: "leaked for as long as it is idle",
      memory: row(),
      action: "release",
      notBefore: ago(23 * DAY),
      since: ago(30 * DAY),
      outdated: false,
    },
    {
      title: "parked for a month, and leaked since yesterday: a leak of today",
      memory: row({ since: ago(DAY), releasableSince: ago(DAY) }),
      action: "flag",
      notBefore: instant(NOW + 6 * DAY),
      since: ago(DAY),
      outdated: true,
    },
    {
      title: "leaked for exactly the rule's delay at the latest reading",
      memory: row({ since: ago(WEEK + 30 * MINUTE), releasableSince: ago(WEEK + 30 * MINUTE) }),
      action: "release",
      notBefore: ago(30 * MINUTE),
      since: ago(WEEK + 30 * MINUTE),
      outdated: false,
    },
    {
      title: "leaked for a millisecond less",
      memory: row({ since: ago(WEEK + 30 * MINUTE - 1), releasableSince: ago(WEEK + 30 * MINUTE - 1) }),
      action: "none",
      notBefore: ago(30 * MINUTE - 1),
      since: ago(WEEK + 30 * MINUTE - 1),
      outdated: false,
    },
    {
      title: "another verdict in the run before",
      memory: row({ verdict: "retained" }),
      action: "none",
      notBefore: instant(NOW + WEEK),
      since: NOW,
      outdated: true,
    },
    {
      title: "a rule that allowed no release in the run before",
      memory: row({ releasableSince: null }),
      action: "flag",
      notBefore: instant(NOW + WEEK),
      since: ago(30 * DAY),
      outdated: true,
    },
    {
      title: "an older ledger, which has no row",
      memory: (({ judged: _, ...rest }) => rest)(DUE),
      action: "none",
      notBefore: instant(NOW + WEEK),
      since: NOW,
      outdated: true,
    },
  ];
  it.each(cases)("$title", ({ memory: own, action, notBefore, since, outdated }) => {
    const found = planned({ memory: own });
    expect(found).toMatchObject({ action, judged: { verdict: "leaked", since } });
    expect(found.releaseAt).toBeGreaterThanOrEqual(notBefore);
    expect(isOutdated(flag(), found)).toBe(outdated);
  });

  it("the flag of another verdict, or of a month ago, gets no release of a week later", () => {
    const kept = planned({ memory: leaked(days(30), { judged: judgedRow("retained", ago(30 * DAY)) }) });
    expect(kept).toMatchObject({ flagAt: NOW, judged: { since: NOW, releasableSince: NOW } });
  });

  it("an EIP whose release no rule allows has no such row", () => {
    const never = planned({ policy: { rules: [rule({ releaseAfter: null })] } });
    expect(never.judged).toEqual({ verdict: "leaked", since: ago(30 * DAY + 30 * MINUTE), releasableSince: null });
    expect(planned({ address: { isBlocked: true } }).judged.releasableSince).toBeNull();
    expect(planned({ address: { status: "BIND" } }).judged).toEqual({ verdict: "in-use", since: NOW, releasableSince: null });
  });
});

describe("the caps", () => {
  const cap = (maxPerRun: number, maxPercent: number) => ({
    ...POLICY,
    release: { ...POLICY.release, maxPerRun, maxPercent },
  });
  const cases: readonly {
    title: string;
    due: number;
    read: number;
    run?: number;
    percent?: number;
    confirmed?: number;
    above: boolean;
  }[] = [
    { title: "nothing due is above no cap", due: 0, read: 0, run: 0, percent: 0, above: false },
    { title: "exactly maxPerRun", due: 10, read: 1000, above: false },
    { title: "one above maxPerRun", due: 11, read: 1000, above: true },
    { title: "maxPerRun 0 is none", due: 1, read: 1000, run: 0, above: true },
    { title: "maxPerRun that is no number is none", due: 1, read: 1000, run: Number.NaN, above: true },
    { title: "an infinite maxPerRun is none", due: 1, read: 1000, run: Number.POSITIVE_INFINITY, above: true },
    { title: "exactly 10 %", due: 10, read: 100, above: false },
    { title: "10.9 % is above 10 %", due: 10, read: 92, above: true },
    { title: "10.1 % is above 10 %", due: 10, read: 99, above: true },
    { title: "9.99 % is not", due: 10, read: 101, above: false },
    { title: "a fraction of a percent counts", due: 1, read: 200, percent: 0.5, above: false },
    { title: "and one EIP fewer is above it", due: 1, read: 199, percent: 0.5, above: true },
    { title: "of 20 EIPs no percentage is taken", due: 10, read: 20, above: false },
    { title: "of 21 it is", due: 10, read: 21, above: true },
    { title: "maxPercent 0 is none, of few EIPs too", due: 1, read: 5, percent: 0, above: true },
    { title: "a negative maxPercent is none", due: 1, read: 1000, percent: -1, above: true },
    { title: "maxPercent that is no number is none", due: 1, read: 1000, percent: Number.NaN, above: true },
    { title: "an infinite maxPercent is none", due: 1, read: 1000, percent: Number.POSITIVE_INFINITY, above: true },
    { title: "100 %", due: 10, read: 21, percent: 100, above: false },
    { title: "confirmed by a person, exactly", due: 30, read: 40, confirmed: 30, above: false },
    { title: "one more than confirmed", due: 31, read: 40, confirmed: 30, above: true },
    { title: "fewer than confirmed, but above a cap", due: 29, read: 40, confirmed: 30, above: false },
    { title: "confirmed 0 takes nothing over the caps", due: 11, read: 1000, confirmed: 0, above: true },
    { title: "confirmed 0 takes nothing away below the caps", due: 1, read: 1000, confirmed: 0, above: false },
  ];
  it.each(cases)("$title", ({ due, read, run = 10, percent = 10, confirmed, above }) => {
    const why = aboveCap(due, { policy: cap(run, percent), readCompletely: read, confirmed: confirmed ?? null });
    expect(why === null ? "within" : "above").toBe(above ? "above" : "within");
  });

  it("says which cap it was", () => {
    const context = { readCompletely: 92, confirmed: null };
    expect(aboveCap(11, { ...context, policy: cap(10, 10) })).toBe(
      "cap: 11 releases are due at once, release.maxPerRun is 10; none is released",
    );
    expect(aboveCap(10, { ...context, policy: cap(10, 10) })).toBe(
      "cap: 10 of 92 EIPs are due at once, release.maxPercent is 10; none is released",
    );
    expect(aboveCap(1, { ...context, policy: cap(10, 0) })).toBe("cap: release.maxPercent is 0; none is released");
  });

  function backlog(due: number, bounds: Bounds = {}) {
    const eips = Array.from({ length: due }, (_, at) => address({ id: `eip-${at}`, ip: `203.0.113.${at}` }));
    const memories = Object.fromEntries(eips.map(({ id, ip }) => [id, { ...DUE, ip }]));
    const fresh = address({ id: "eip-fresh", ip: "198.51.100.1" });
    const bound = address({ id: "eip-bound", ip: "198.51.100.2", status: "BIND" });
    const { planned: all } = assess(
      facts([...eips, fresh, bound], [cluster({}, NEVER_RECYCLED)]),
      ledger({ ...memories, [fresh.id]: leaked(days(2)) }),
      POLICY,
      bounds,
    );
    return all;
  }
  const count = (all: readonly Planned[], action: Planned["action"]) => all.filter((item) => item.action === action).length;

  it("up to the cap all are released", () => {
    expect(count(backlog(10), "release")).toBe(10);
  });

  it("above it none is, each says why, and what is only flagged goes on", () => {
    const all = backlog(11);
    expect(count(all, "release")).toBe(0);
    expect(count(all, "flag")).toBe(1);
    const capped = all.filter(({ withheld }) => withheld?.by === "cap" && withheld.why.startsWith("cap: 11 releases"));
    expect(count(capped, "none")).toBe(11);
  });

  it("a percentage counts every EIP that the whole run read", () => {
    expect(count(backlog(5, { readCompletely: 50 }), "release")).toBe(5);
    expect(count(backlog(5, { readCompletely: 49 }), "release")).toBe(0);
  });

  it("a percentage counts no row of a listing that was not complete", () => {
    const eips = [
      address(),
      ...Array.from({ length: 19 }, (_, at) => address({ id: `eip-${at}`, ip: `203.0.113.${at}`, status: "BIND" })),
    ];
    const rows = Array.from({ length: 80 }, (_, at) =>
      address({ id: `eip-t${at}`, ip: `198.51.100.${at}`, region: "ap-tokyo", status: "BIND" }),
    );
    const partial = region([], { region: "ap-tokyo", addresses: unknown("TotalCount 81, read 80"), partial: rows });
    const policy = { ...POLICY, release: { ...POLICY.release, maxPercent: 1 } };
    const { planned: all } = assess(
      facts(eips, [cluster({}, NEVER_RECYCLED)], { regions: [region(eips), partial] }),
      ledger({ "eip-aaaaaaaa": DUE }),
      policy,
    );
    expect(all).toHaveLength(100);
    expect(count(all, "release")).toBe(1);
  });

  it("a person takes a reviewed backlog over the caps, and not one more", () => {
    expect(count(backlog(30, { confirmed: 30 }), "release")).toBe(30);
    expect(count(backlog(31, { confirmed: 30 }), "release")).toBe(0);
  });

  it("a reviewed plan lets through what it names, and nothing else", () => {
    const all = backlog(12, {
      only: new Map([
        ["eip-0", "release"],
        ["eip-1", "flag"],
      ]),
    });
    const released = all.filter(({ action }) => action === "release");
    expect(released.map(({ judgement }) => judgement.situation.linked.address.id)).toEqual(["eip-0"]);
    expect(count(all, "flag")).toBe(0);
    const unnamed = all.filter(({ withheld }) => withheld?.by === "plan");
    expect(count(unnamed, "none")).toBe(12);
  });

  it("a reviewed plan makes nothing due that is not", () => {
    expect(planned({ address: { status: "BIND" }, bounds: { only: new Map([["eip-aaaaaaaa", "release"]]) } })).toMatchObject({
      action: "none",
      withheld: null,
    });
  });
});

describe("what policy rules match", () => {
  const subject = (world: World) => planned(world).plannable.subject;
  const statefulSet = (fields = {}) => ({ workloads: { StatefulSet: complete(workload(fields)) } });

  it("everything that the EIP has", () => {
    expect(subject({})).toEqual({
      verdict: "leaked",
      reason: "workload-gone-never-recycled",
      account: "default",
      region: "ap-guangzhou",
      cluster: CLUSTER,
      namespace: "games",
      workload: "web",
      pod: "web-0",
      owner: null,
      id: "eip-aaaaaaaa",
      ip: "203.0.113.10",
      tags: { "tke-clusterId": CLUSTER, "tke-created-eip": "true" },
    });
  });

  it("the owner that its tags name, where nothing else names one", () => {
    expect(subject({ address: { tags: known({ Owner: "team-a" }) } })).toMatchObject({ owner: "team-a" });
  });

  it("the cluster of its tags where no Pod is known", () => {
    expect(subject({ memory: null })).toMatchObject({ cluster: CLUSTER, namespace: null, workload: null, pod: null });
  });

  it("no cluster where nothing names one, and no tags where they could not be read", () => {
    expect(subject({ address: { tags: unknown("no TagSet") }, memory: null })).toMatchObject({ cluster: null, tags: null });
  });

  const before = leaked(days(1), { pod: podMemory({ owner: owner("StatefulSet", "was") }) });
  const names: readonly (World & { title: string; workload: string | null })[] = [
    {
      title: "of the living workload that includes its Pod, whatever owned it before",
      clusters: [cluster(statefulSet())],
      memory: before,
      workload: "web",
    },
    {
      title: "of the living workload at 0, whatever owned it before",
      clusters: [cluster(statefulSet({ replicas: 0 }))],
      memory: before,
      workload: "web",
    },
    {
      title: "of the living workload that no longer includes it",
      clusters: [cluster(statefulSet({ start: 5 }))],
      memory: before,
      workload: "web",
    },
    {
      title: "of the living Pod's owner",
      clusters: [
        cluster({
          pods: complete(
            pod({ owner: owner("StatefulSet", "own"), annotations: { "tke.cloud.tencent.com/eip-id": "eip-aaaaaaaa" } }),
          ),
        }),
      ],
      workload: "own",
    },
    {
      title: "of a living bare Pod: what its name suggests",
      clusters: [
        cluster({ pods: complete(pod({ owner: null, annotations: { "tke.cloud.tencent.com/eip-id": "eip-aaaaaaaa" } })) }),
      ],
      workload: "web",
    },
    {
      title: "of the remembered owner",
      memory: leaked(days(1), { pod: podMemory({ owner: owner("StatefulSet", "was") }) }),
      workload: "was",
    },
    {
      title: "that the Pod's name suggests",
      memory: leaked(days(1), { pod: podMemory({ name: "my-web-10", owner: null, ownerSeen: false }) }),
      workload: "my-web",
    },
    {
      title: "none, where the name suggests none",
      memory: leaked(days(1), { pod: podMemory({ name: "redis", owner: null, ownerSeen: false }) }),
      workload: null,
    },
  ];
  it.each(names)("the workload's name: $title", ({ workload: expected, ...world }) => {
    expect(subject(world).workload).toBe(expected);
  });
});

describe("the plan's dates and a window", () => {
  it("a release that is ready outside the window is dated at its opening", () => {
    const window = { days: ["wed"] as const, from: 600, to: 660, timezone: "UTC" };
    const found = planned({
      memory: leaked(milliseconds(WEEK_AND_GRACE - 12 * HOUR - SECOND), { flag: flag() }),
      release: { window },
    });
    expect(found).toMatchObject({ action: "none", releaseAt: Date.UTC(2026, 10, 25, 10, 0) });
  });
});
