import { describe, expect, it } from "vitest";
import { assess } from "../../src/core/assess.ts";
import { costFacts, type Presentation, present } from "../../src/core/present.ts";
import type { Address, ClusterFacts, Facts } from "../../src/core/terms/facts.ts";
import { known, unknown } from "../../src/core/terms/known.ts";
import type { AddressMemory, EvidenceMemory, Ledger } from "../../src/core/terms/ledger.ts";
import type { Policy } from "../../src/core/terms/policy.ts";
import { DAY, HOUR, instant, milliseconds } from "../../src/core/terms/time.ts";
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
  ledger,
  memory,
  NEVER,
  NOW,
  owner,
  POLICY,
  pod,
  podMemory,
  region,
  workload,
} from "./build.ts";

interface World {
  readonly addresses?: readonly Address[];
  readonly clusters?: readonly ClusterFacts[];
  readonly memories?: Readonly<Record<string, AddressMemory>>;
  readonly ledger?: Partial<Ledger>;
  readonly facts?: Partial<Facts>;
  readonly policy?: Partial<Policy>;
  readonly presentation?: Partial<Presentation>;
}

const NEVER_RECYCLED = { ipamd: known(ipamd({ claimExpiredDuration: "0s" })) };

const GUARD = {
  ledgerWrittenAt: null,
  evidence: { cloudaudit: false, billing: false },
  channel: null,
  digestSentAt: null,
  stopped: false,
} as const;

function presented(input: World) {
  const { addresses = [address()], clusters = [cluster({}, NEVER_RECYCLED)], memories = {} } = input;
  const policy = { ...POLICY, ...input.policy };
  const { world, planned, gaps } = assess(facts(addresses, clusters, input.facts), ledger(memories, input.ledger), policy);
  return present({
    run: { id: "run-1", startedAt: ago(2_000), finishedAt: NOW, mode: "audit", dryRun: true },
    world,
    planned,
    gaps,
    policy,
    alertErrors: [],
    notes: [],
    acts: null,
    guard: GUARD,
    ...input.presentation,
  });
}

function onlyEip(input: World) {
  const [eip, ...more] = presented(input).eips;
  if (eip === undefined || more.length > 0) throw new Error("not exactly one EIP");
  return eip;
}

const leaked = (fields: Partial<AddressMemory> = {}) => ({
  "eip-aaaaaaaa": memory(milliseconds(2 * DAY), { pod: podMemory(), ...fields }),
});

describe("the result of a scan, as the contract fixes it", () => {
  it("of an empty world", () => {
    expect(presented({ addresses: [], clusters: [] })).toEqual({
      schema: "eip-guard/scan/v1",
      run: {
        id: "run-1",
        startedAt: "2026-11-23T08:59:58.000Z",
        finishedAt: "2026-11-23T09:00:00.000Z",
        mode: "audit",
        dryRun: true,
      },
      complete: true,
      gaps: [],
      totals: { eips: 0, byVerdict: {}, cost: [], costUnknown: 0, costByVerdict: {} },
      alertErrors: [],
      clusters: [],
      eips: [],
      notes: [],
      regions: [{ account: "default", region: "ap-guangzhou", quota: { limit: 20, used: 0, idle: 0 }, findings: [] }],
      savings: [],
      guard: GUARD,
    });
  });

  it("of one leaked EIP", () => {
    const { evidence, ...rest } = onlyEip({ memories: leaked() });
    expect({ ...rest, evidence: JSON.parse(JSON.stringify(evidence)) }).toEqual({
      id: "eip-aaaaaaaa",
      ip: "203.0.113.10",
      name: "",
      account: "default",
      region: "ap-guangzhou",
      status: "UNBIND",
      chargeType: "TRAFFIC_POSTPAID_BY_HOUR",
      tags: { "tke-clusterId": CLUSTER, "tke-created-eip": "true" },
      pod: {
        cluster: CLUSTER,
        namespace: "games",
        name: "web-0",
        ordinal: 0,
        workload: { apiVersion: "apps/v1", kind: "StatefulSet", name: "web" },
      },
      owner: null,
      evidence: [
        { kind: "history", detail: `last seen with Pod games/web-0 in ${CLUSTER}` },
        { kind: "cluster-tag", detail: `tags name ${CLUSTER}` },
      ],
      idle: {
        atLeastSeconds: 174_600,
        atMostSeconds: 178_200,
        actingSeconds: 172_800,
        sightings: 49,
        evidence: ["ledger", "created"],
        contradiction: null,
      },
      verdict: "leaked",
      reason: "workload-gone-never-recycled",
      alsoTrue: [],
      detail: "StatefulSet games/web is gone, and the recycle threshold is never",
      rule: "leaked",
      action: "flag",
      withheld: null,
      withheldBy: null,
      flagAt: "2026-11-21T09:30:00.000Z",
      releaseAt: "2026-11-28T09:30:00.000Z",
      cost: { currency: "CNY", perHour: 0.2, soFarAtLeast: 9.7, soFarAtMost: 9.9 },
      flaggedAt: null,
      noticedAt: null,
      cluster: CLUSTER,
      createdAt: "2026-08-25T09:00:00.000Z",
      lastBound: { since: null, until: "2026-11-21T07:30:00.000Z" },
      thresholdAt: null,
      approval: { needed: false, given: null },
    });
  });

  it("of one bound EIP: nothing is idle, and idleness costs nothing", () => {
    expect(
      onlyEip({ addresses: [address({ status: "BIND", chargeType: null, tags: unknown("no TagSet") })], facts: legacy() }),
    ).toMatchObject({
      verdict: "in-use",
      idle: null,
      pod: null,
      chargeType: "",
      rule: null,
      flagAt: null,
      releaseAt: null,
      cost: { currency: "CNY", perHour: 0, soFarAtLeast: 0, soFarAtMost: 0 },
    });
  });

  function legacy(): Partial<Facts> {
    const bound = address({ status: "BIND", chargeType: null, tags: unknown("no TagSet") });
    return {
      regions: [
        region([], { region: "ap-tokyo", accountType: known("other") }),
        region([bound], { accountType: known("legacy") }),
      ],
    };
  }

  it("an EIP that nothing bounds has no upper end", () => {
    const own = { ...memory(milliseconds(2 * DAY), { pod: podMemory() }), boundAt: null };
    const eip = onlyEip({ addresses: [address({ createdAt: null })], memories: { "eip-aaaaaaaa": own } });
    expect(eip.idle?.atMostSeconds).toBeNull();
    expect(eip.cost).toEqual({ currency: "CNY", perHour: 0.2, soFarAtLeast: 9.7, soFarAtMost: 9.7 });
  });

  it("a flag and its notice are shown with their instants", () => {
    const flag = { at: ago(DAY), rule: "leaked", reason: "orphan", tagged: false, noticedAt: ago(HOUR), noticedReleaseAt: null };
    expect(onlyEip({ memories: leaked({ flag }) })).toMatchObject({
      flaggedAt: "2026-11-22T09:00:00.000Z",
      noticedAt: "2026-11-23T08:00:00.000Z",
    });
    expect(onlyEip({ memories: leaked({ flag: { ...flag, noticedAt: null } }) }).noticedAt).toBeNull();
  });

  it("a cost that is not known says why", () => {
    const nowhere = address({ region: "ap-nowhere" });
    const eip = onlyEip({ facts: { regions: [region([nowhere], { region: "ap-nowhere" })] } });
    expect(eip.cost).toEqual({ unknown: "no price is known for region ap-nowhere (set one under prices)" });
  });

  it("gaps make it incomplete, and stand in it", () => {
    const found = presented({ clusters: [cluster({}, { objects: unknown("no route") })] });
    expect(found.complete).toBe(false);
    expect(found.gaps).toEqual([{ scope: `cluster ${CLUSTER}`, what: "kubernetes", why: "no route" }]);
  });

  it("acts, notes, alert errors and savings are passed on; a dry run has no acts", () => {
    const act = { id: "eip-1", act: "released", via: "address", why: "", at: "2026-11-23T09:00:00.000Z" } as const;
    const receipts = [{ id: "eip-1", at: ago(10 * HOUR), perHour: 0.2, currency: "CNY", recycledAnywayAt: null }];
    const found = presented({ ledger: { receipts }, presentation: { acts: [act], notes: ["a note"], alertErrors: ["429"] } });
    expect(found).toMatchObject({
      acts: [act],
      notes: ["a note"],
      alertErrors: ["429"],
      savings: [{ currency: "CNY", saved: 2, releases: 1 }],
    });
    expect(Object.hasOwn(presented({}), "acts")).toBe(false);
  });
});

describe("the bill beside the list price", () => {
  const bill = (cost: number, currency = "CNY"): EvidenceMemory => ({
    askedAt: NOW,
    unboundAt: null,
    boundAt: null,
    allocatedAt: null,
    searchedSince: null,
    bill: { idle: milliseconds(10 * HOUR), from: ago(DAY), until: ago(HOUR), cost, currency },
  });
  it("with what it is for, and the difference in words", () => {
    expect(onlyEip({ memories: leaked({ evidence: bill(2) }) }).cost).toMatchObject({
      billed: {
        amount: 2,
        currency: "CNY",
        from: "2026-11-22T09:00:00.000Z",
        until: "2026-11-23T08:00:00.000Z",
        difference: "as listed for 10h idle; the 1h since are not billed yet (0.20 CNY at list price)",
      },
    });
  });
  it("left out where it is of an earlier idle time: the EIP was seen bound since", () => {
    expect(onlyEip({ memories: leaked({ boundAt: ago(HOUR / 2), evidence: bill(2) }) }).cost).not.toHaveProperty("billed");
    expect(onlyEip({ memories: leaked({ boundAt: ago(2 * DAY), evidence: bill(2) }) }).cost).toHaveProperty("billed");
  });
  it("shown of one that nobody ever saw bound", () => {
    expect(onlyEip({ memories: leaked({ boundAt: null, evidence: bill(2) }) }).cost).toHaveProperty("billed");
  });
  it("left out where no bill was read", () => {
    expect(onlyEip({ memories: leaked({ evidence: { ...bill(1), bill: null } }) }).cost).not.toHaveProperty("billed");
  });
});

describe("when it was bound for the last time", () => {
  /** In hours ago. */
  const audit = (boundAt: number | null, unboundAt: number | null): EvidenceMemory => ({
    askedAt: NOW,
    unboundAt: unboundAt === null ? null : ago(unboundAt * HOUR),
    boundAt: boundAt === null ? null : ago(boundAt * HOUR),
    allocatedAt: null,
    searchedSince: null,
    bill: null,
  });
  const cases: readonly {
    readonly title: string;
    readonly seen: number | null;
    readonly evidence: EvidenceMemory | null;
    readonly expected: { readonly since: number | null; readonly until: number } | null;
  }[] = [
    { title: "not known where nobody saw it bound", seen: null, evidence: null, expected: null },
    { title: "until the last reading that saw it bound", seen: 50, evidence: null, expected: { since: null, until: 50 } },
    { title: "from CloudAudit's binding on", seen: 50, evidence: audit(90, null), expected: { since: 90, until: 50 } },
    { title: "until CloudAudit's unbinding", seen: 50, evidence: audit(90, 49), expected: { since: 90, until: 49 } },
    { title: "by CloudAudit alone", seen: null, evidence: audit(90, 49), expected: { since: 90, until: 49 } },
    { title: "not by an unbinding before the binding alone", seen: null, evidence: audit(60, 70), expected: null },
    {
      title: "by an unbinding at the instant of the binding",
      seen: null,
      evidence: audit(60, 60),
      expected: { since: 60, until: 60 },
    },
    { title: "not by an unbinding without its binding", seen: null, evidence: audit(null, 49), expected: null },
    { title: "not until an unbinding before the binding", seen: 50, evidence: audit(60, 70), expected: { since: 60, until: 50 } },
    {
      title: "not from a binding after it was last seen bound",
      seen: 50,
      evidence: audit(40, null),
      expected: { since: null, until: 50 },
    },
  ];
  it.each(cases)("$title", ({ seen, evidence, expected }) => {
    const hoursAgo = (hours: number) => new Date(ago(hours * HOUR)).toISOString();
    const memories = leaked({ boundAt: seen === null ? null : ago(seen * HOUR), evidence });
    expect(onlyEip({ memories }).lastBound).toEqual(
      expected === null
        ? null
        : { since: expected.since === null ? null : hoursAgo(expected.since), until: hoursAgo(expected.until) },
    );
  });
  it("is not asked of one that is bound", () => {
    expect(onlyEip({ addresses: [address({ status: "BIND" })], memories: leaked({ boundAt: ago(HOUR) }) }).lastBound).toBeNull();
  });
});

describe("when its recycle threshold ends", () => {
  const within = (claimExpiredDuration: string) => [cluster({}, { ipamd: known(ipamd({ claimExpiredDuration })) })];
  it("counts from when it is known to be idle", () => {
    expect(onlyEip({ clusters: within("72h0m0s"), memories: leaked() }).thresholdAt).toBe("2026-11-24T08:30:00.000Z");
  });
  it("is the Pod's own where it has one", () => {
    const memories = leaked({ pod: podMemory({ claimExpired: "1h" }) });
    expect(onlyEip({ clusters: within("72h0m0s"), memories }).thresholdAt).toBe("2026-11-21T09:30:00.000Z");
  });
  it.each([
    ["never", { clusters: within("0s"), memories: leaked() }],
    ["unknown", { clusters: [cluster({}, { ipamd: unknown("403") })], memories: leaked() }],
    ["of an EIP that nothing proves to be ipamd's", { addresses: [address({ tags: known({}) })], clusters: within("72h0m0s") }],
    ["of one that is not idle", { addresses: [address({ status: "BIND" })], clusters: within("72h0m0s") }],
  ] as const)("is not there where it is %s", (_, world) => expect(onlyEip(world).thresholdAt).toBeNull());
});

describe("the cluster that it belongs to", () => {
  it.each([
    ["its Pod's", {}, CLUSTER],
    ["its tags' where no Pod is known", { memories: {} }, CLUSTER],
    ["none where nothing names one", { memories: {}, addresses: [address({ tags: known({}) })] }, null],
  ] as const)("%s", (_, world, expected) => expect(onlyEip({ memories: leaked(), ...world }).cluster).toBe(expected));
});

describe("the cost facts of a trail record", () => {
  const factsOf = (input: World) => {
    const { addresses = [address()], memories = {} } = input;
    const { world, judgements } = assess(facts(addresses, [cluster({}, NEVER_RECYCLED)]), ledger(memories), POLICY);
    const [judgement] = judgements;
    return judgement === undefined ? null : costFacts(judgement, world, POLICY);
  };
  it("are the figures of the result", () => {
    const { idle, cost } = onlyEip({ memories: leaked() });
    expect("unknown" in cost ? null : cost).not.toBeNull();
    expect(factsOf({ memories: leaked() })).toEqual({
      idleAtLeastSeconds: idle?.atLeastSeconds,
      idleAtMostSeconds: idle?.atMostSeconds,
      currency: "CNY",
      costPerHour: "perHour" in cost ? cost.perHour : null,
      costSoFarAtLeast: "soFarAtLeast" in cost ? cost.soFarAtLeast : null,
      costSoFarAtMost: "soFarAtMost" in cost ? cost.soFarAtMost : null,
    });
  });
  it("say why the cost is not known", () => {
    expect(factsOf({ addresses: [address({ region: "ap-guangzhou", chargeType: null })], memories: leaked() })).toMatchObject({
      costUnknown: "it states no charge type",
    });
  });
  it("are none for an EIP that is not idle", () => {
    expect(factsOf({ addresses: [address({ status: "BIND" })] })).toEqual({});
  });
});

describe("the Pod and its workload", () => {
  const podOf = (input: World) => onlyEip(input).pod;
  const HAS_EIP = { ...NEVER, "tke.cloud.tencent.com/eip-id": "eip-aaaaaaaa" };

  it("null where none is known", () => expect(podOf({})).toBeNull());
  it("without workload where only its name is known", () => {
    expect(podOf({ clusters: [cluster({ claims: complete(claim({ name: "redis" })) })] })).toMatchObject({
      name: "redis",
      ordinal: null,
      workload: null,
    });
  });
  it.each([
    { title: "includes it", fields: {} },
    { title: "stands at 0", fields: { replicas: 0 } },
    { title: "no longer includes it", fields: { start: 7 } },
  ])("the living workload that $title, whatever owned it before", ({ fields }) => {
    const objects = { workloads: { StatefulSet: complete(workload(fields)) } };
    const before = leaked({ pod: podMemory({ owner: owner("StatefulSet", "was") }) });
    expect(podOf({ clusters: [cluster(objects)], memories: before })?.workload).toEqual({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      name: "web",
    });
  });
  it("OpenKruise's Advanced StatefulSet by its own kind name, StatefulSet", () => {
    const objects = { workloads: { AdvancedStatefulSet: complete(workload({ kind: "AdvancedStatefulSet" })) } };
    expect(podOf({ clusters: [cluster(objects)], memories: leaked() })?.workload).toEqual({
      apiVersion: "apps.kruise.io/v1beta1",
      kind: "StatefulSet",
      name: "web",
    });
  });
  it("a living Pod's own owner", () => {
    const objects = { pods: complete(pod({ annotations: HAS_EIP, owner: owner("ReplicaSet", "api-1") })) };
    expect(podOf({ clusters: [cluster(objects)], memories: leaked() })?.workload).toEqual({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "api-1",
    });
  });
  it("a GameServerSet by its kind", () => {
    const objects = { workloads: { GameServerSet: complete(workload({ kind: "GameServerSet" })) } };
    expect(podOf({ clusters: [cluster(objects)], memories: leaked() })?.workload?.kind).toBe("GameServerSet");
  });
  it("without workload where only a claim names the Pod, and no Pod was ever seen", () => {
    const clusters = [cluster({ claims: complete(claim({ name: "redis" })) })];
    expect(podOf({ clusters, memories: leaked({ pod: null }) })?.workload).toBeNull();
  });
  it("a living bare Pod has none, whatever owned it before", () => {
    const objects = { pods: complete(pod({ annotations: HAS_EIP, owner: null })) };
    expect(podOf({ clusters: [cluster(objects)], memories: leaked() })?.workload).toBeNull();
  });
});

describe("totals", () => {
  it("count every EIP under its verdict, and sum the cost of idle ones by currency", () => {
    const addresses = [
      address(),
      address({ id: "eip-b", ip: "203.0.113.11" }),
      address({ id: "eip-c", ip: "203.0.113.12", status: "BIND" }),
      address({ id: "eip-d", ip: "203.0.113.13", chargeType: null }),
      address({ id: "eip-e", ip: "203.0.113.14", status: "BIND", chargeType: null }),
      address({ id: "eip-f", ip: "203.0.113.15", status: "BIND_ENI" }),
    ];
    const { totals } = presented({ addresses, memories: leaked() });
    expect(totals).toEqual({
      eips: 6,
      byVerdict: { leaked: 3, "in-use": 2, unknown: 1 },
      cost: [{ currency: "CNY", perHour: 0.4, perMonth: 292, soFarAtLeast: 9.7, soFarAtMost: 441.9 }],
      costUnknown: 2,
      costByVerdict: {
        leaked: {
          eips: 3,
          cost: [{ currency: "CNY", perHour: 0.4, perMonth: 292, soFarAtLeast: 9.7, soFarAtMost: 441.9 }],
          costUnknown: 1,
        },
        unknown: { eips: 1, cost: [], costUnknown: 1 },
      },
    });
  });
});

describe("a person's approval", () => {
  const never = { policy: { ...POLICY, release: { ...POLICY.release, approval: "required" as const } } };
  const given = { at: NOW, by: "ann", until: instant(NOW + HOUR) };
  it.each([
    ["is needed where policy asks for one", leaked(), never.policy, { needed: true, given: null }],
    ["is told where it was given", leaked({ approval: given }), never.policy, { needed: true, given: true }],
    ["is not needed where policy asks for none", leaked(), POLICY, { needed: false, given: null }],
  ])("%s", (_, memories, policy, { needed, given: told }) => {
    const at = new Date(NOW).toISOString();
    const until = new Date(NOW + HOUR).toISOString();
    expect(onlyEip({ memories, policy }).approval).toEqual({ needed, given: told === null ? null : { at, by: "ann", until } });
  });
});

it("without idle EIPs there is no cost, in no currency", () => {
  expect(presented({ addresses: [address({ status: "BIND" })] }).totals.cost).toEqual([]);
});

it("an EIP whose creation is not known has no date of it", () => {
  expect(onlyEip({ addresses: [address({ createdAt: null })], memories: leaked() }).createdAt).toBeNull();
});

describe("the order", () => {
  it("what costs something comes before what costs nobody knows how much", () => {
    const unpriced = address({ id: "eip-aaaaaaaa", chargeType: null });
    const priced = address({ id: "eip-bbbbbbbb", ip: "203.0.113.11" });
    const own = (name: string) => memory(milliseconds(2 * DAY), { pod: podMemory({ name }) });
    const memories = { "eip-aaaaaaaa": own("web-0"), "eip-bbbbbbbb": own("web-1") };
    const regions = [region([unpriced, priced], { accountType: unknown("403") })];
    expect(presented({ addresses: [], facts: { regions }, memories }).eips.map(({ id }) => id)).toEqual([priced.id, unpriced.id]);
  });

  it("worst verdict first, then what nothing recycles, then by cost, then by id", () => {
    const idle = (id: string, hours: number, name: string) =>
      [
        id,
        memory(milliseconds(hours * HOUR), { pod: podMemory({ name, owner: owner("StatefulSet", name.slice(0, -2)) }) }),
      ] as const;
    const eip = (id: string, at: number, fields: Partial<Address> = {}) => address({ id, ip: `203.0.113.${at}`, ...fields });
    const addresses = [
      eip("eip-bound", 1, { status: "BIND" }),
      eip("eip-zero", 2),
      eip("eip-away", 3),
      eip("eip-orphan-b", 4),
      eip("eip-orphan-a", 5),
      eip("eip-gone", 6),
      eip("eip-unknown", 7, { status: "BIND_ENI" }),
      eip("eip-none", 8, { tags: known({}) }),
      eip("eip-new", 9, { createdAt: ago(1_000) }),
    ];
    const sets = complete(workload({ replicas: 1 }), workload({ name: "zero", replicas: 0 }));
    const memories = Object.fromEntries([
      idle("eip-zero", 900, "zero-0"),
      idle("eip-away", 1, "web-5"),
      idle("eip-gone", 9, "gone-0"),
    ]);
    const { eips } = presented({
      addresses,
      clusters: [cluster({ workloads: { StatefulSet: sets } }, NEVER_RECYCLED)],
      memories,
    });
    expect(eips.map(({ id }) => id)).toEqual([
      "eip-gone",
      "eip-orphan-a",
      "eip-orphan-b",
      "eip-none",
      "eip-unknown",
      "eip-away",
      "eip-zero",
      "eip-new",
      "eip-bound",
    ]);
  });

  it("is the same however the EIPs were listed", () => {
    const addresses = ["a", "b", "c"].map((id, at) => address({ id: `eip-${id}`, ip: `203.0.113.${at}` }));
    const ids = (list: readonly Address[]) => presented({ addresses: list }).eips.map(({ id }) => id);
    expect(ids([...addresses].reverse())).toEqual(ids(addresses));
  });
});

describe("clusters", () => {
  it("living ones with threshold, audit and findings", () => {
    const [found] = presented({ memories: leaked() }).clusters;
    expect(found).toMatchObject({
      id: CLUSTER,
      name: "prod",
      region: "ap-guangzhou",
      account: "default",
      state: "live",
      recycleThreshold: { state: "never" },
      retained: 1,
      overdue: 0,
      audit: { source: "DescribeIPAMD" },
    });
    expect(found?.findings.map(({ code }) => code)).toEqual(["threshold-never"]);
  });

  const absent = {
    absentClusters: [{ id: CLUSTER, account: "default", region: "ap-guangzhou", exists: known("not-found" as const) }],
  };
  const other = bareCluster({}, { id: "cls-00000000" });

  it("deleted ones that tags name, in order among the living", () => {
    const found = presented({
      clusters: [other],
      facts: { ...absent, declaredDeletedClusters: [CLUSTER] },
      memories: leaked(),
    }).clusters;
    expect(found.map(({ id, state }) => `${id} ${state}`)).toEqual(["cls-00000000 live", `${CLUSTER} deleted`]);
    expect(found[1]).toMatchObject({
      name: "",
      region: "ap-guangzhou",
      account: "default",
      recycleThreshold: { state: "unknown", why: expect.stringContaining("clusters.deleted") },
      retained: 1,
      overdue: 0,
      findings: [],
      audit: {
        source: "none",
        ipamd: "unknown",
        authorised: "unknown",
        overdueBySeconds: null,
        willBeLost: [],
        idleCost: [{ currency: "CNY", perHour: 0.2, perMonth: 146 }],
        podOverrides: [],
      },
    });
  });

  it("ones that are not visible are unreadable, with the region in which they were last seen", () => {
    const clusters = { [CLUSTER]: { account: "games", region: "ap-tokyo", seenAliveAt: ago(DAY), principal: "another" } };
    const bound = address({ id: "eip-bbbbbbbb", ip: "203.0.113.11", status: "BIND" });
    const found = presented({ addresses: [address(), bound], clusters: [], facts: absent, ledger: { clusters } }).clusters;
    expect(found).toMatchObject([
      {
        id: CLUSTER,
        state: "unreadable",
        account: "games",
        region: "ap-tokyo",
        retained: 1,
        recycleThreshold: { state: "unknown", why: expect.stringContaining("other credentials") },
      },
    ]);
  });

  it("a living one stands once, though EIPs name it", () => {
    expect(presented({ memories: leaked() }).clusters.map(({ id, state }) => `${id} ${state}`)).toEqual([`${CLUSTER} live`]);
  });

  it("absent ones stand in order among the living, whichever comes first", () => {
    const living = bareCluster({}, { id: "cls-99999999" });
    const ids = (clusters: readonly ClusterFacts[]) => presented({ clusters, facts: absent }).clusters.map(({ id }) => id);
    expect(ids([living])).toEqual([CLUSTER, "cls-99999999"]);
    expect(ids([living, other])).toEqual(["cls-00000000", CLUSTER, "cls-99999999"]);
  });

  it("absent ones hold their own EIPs alone, and stand where the first of them does while nothing was remembered", () => {
    const gone = "cls-33333333";
    const tags = known({ "tke-clusterId": gone, "tke-created-eip": "true" });
    const elsewhere = address({ id: "eip-bbbbbbbb", ip: "203.0.113.11", region: "ap-tokyo", account: "games", tags });
    const regions = [region([address()]), region([elsewhere], { region: "ap-tokyo", account: "games" })];
    const found = presented({ addresses: [], clusters: [], facts: { ...absent, regions } }).clusters;
    expect(found).toMatchObject([
      { id: CLUSTER, account: "default", region: "ap-guangzhou", retained: 1 },
      { id: gone, account: "games", region: "ap-tokyo", retained: 1 },
    ]);
  });

  it("each once, however many EIPs name it", () => {
    const two = [address(), address({ id: "eip-bbbbbbbb", ip: "203.0.113.11" })];
    expect(presented({ addresses: two, clusters: [], facts: absent }).clusters).toMatchObject([{ retained: 2 }]);
  });
});

describe("regions", () => {
  it("with their quota and how much of it idle EIPs take", () => {
    const guangzhou = [address(), address({ id: "eip-b", ip: "203.0.113.11", status: "BIND" })];
    const tokyo = [address({ id: "eip-c", ip: "203.0.113.12", region: "ap-tokyo" })];
    const games = [address({ id: "eip-d", ip: "203.0.113.13", account: "games" })];
    const regions = [
      region(guangzhou, { quota: known({ limit: 20, used: 19 }) }),
      region(tokyo, { region: "ap-tokyo", quota: unknown("403") }),
      region([...games, address({ id: "eip-e", ip: "203.0.113.14", account: "games" })], { account: "games" }),
    ];
    const found = presented({ addresses: [], facts: { regions } }).regions;
    expect(found.map(({ account, region: name, quota }) => ({ account, name, quota }))).toEqual([
      { account: "default", name: "ap-guangzhou", quota: { limit: 20, used: 19, idle: 1 } },
      { account: "default", name: "ap-tokyo", quota: { unknown: "403" } },
      { account: "games", name: "ap-guangzhou", quota: { limit: 20, used: 2, idle: 2 } },
    ]);
    expect(found.map(({ findings }) => findings.map(({ code }) => code))).toEqual([["quota-nearly-used"], [], []]);
  });
});

it("an instant in the future leaves no negative cost", () => {
  const own = memory(milliseconds(0), { pod: podMemory(), boundAt: instant(NOW + HOUR) });
  const { cost } = onlyEip({ memories: { "eip-aaaaaaaa": own } });
  expect("perHour" in cost ? cost.soFarAtLeast : -1).toBeGreaterThanOrEqual(0);
});
