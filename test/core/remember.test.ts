import { describe, expect, it } from "vitest";
import { assess } from "../../src/core/assess.ts";
import { link } from "../../src/core/link/link.ts";
import { GONE, remember, rememberGaps, rememberVerdicts } from "../../src/core/remember.ts";
import type { Address, ClusterFacts, Facts, Workload } from "../../src/core/terms/facts.ts";
import { known, type Listing, unknown } from "../../src/core/terms/known.ts";
import type { AddressMemory, Ledger, PodMemory } from "../../src/core/terms/ledger.ts";
import { DAY, HOUR, type Instant, instant, milliseconds } from "../../src/core/terms/time.ts";
import {
  address,
  ago,
  bareCluster,
  CLUSTER,
  type ClusterShape,
  claim,
  cluster,
  complete,
  facts,
  judgedRow,
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

const EIP = "eip-aaaaaaaa";
const TKE = "tke.cloud.tencent.com/";
const FORBIDDEN = { state: "forbidden", why: "403 Forbidden" } as const;
const HAS_EIP = { ...NEVER, "tke.cloud.tencent.com/eip-id": EIP };

interface World {
  readonly addresses?: readonly Address[];
  readonly clusters?: readonly ClusterFacts[];
  readonly memory?: AddressMemory;
  readonly ledger?: Partial<Ledger>;
  readonly facts?: Partial<Facts>;
}

function remembered({ addresses = [address()], clusters = [cluster()], memory: own, ledger: more, facts: fields }: World) {
  const before = ledger(own === undefined ? {} : { [EIP]: own }, more);
  const { ledger: next, events } = remember(link(facts(addresses, clusters, fields), before), POLICY, "run-1");
  return {
    before,
    next,
    eip: next.addresses[EIP],
    kinds: events.filter(({ eip }) => eip === EIP).map(({ kind }) => kind),
    events,
  };
}

const seen = (fields = {}) => memory(milliseconds(2 * DAY), { pod: podMemory(fields) });

describe("a partial or failed reading forgets nothing", () => {
  const partial = (rows: readonly Address[]) => ({
    regions: [region([], { addresses: unknown("TotalCount 2, read 1"), partial: rows })],
  });

  it("an EIP that a partial listing does not show is remembered as it was", () => {
    const { before, next, kinds } = remembered({ memory: seen(), facts: partial([]) });
    expect(next.addresses).toEqual(before.addresses);
    expect(kinds).toEqual([]);
  });

  it("an EIP of a region that was not read at all is remembered as it was", () => {
    const { before, next } = remembered({ memory: seen(), facts: { regions: [region([], { region: "ap-tokyo" })] } });
    expect(next.addresses).toEqual(before.addresses);
    const other = remembered({ memory: seen(), facts: { regions: [region([], { account: "games" })] } });
    expect(other.next.addresses).toEqual(other.before.addresses);
  });

  const incomplete: readonly (World & { title: string })[] = [
    { title: "its listing was partial", facts: partial([address()]) },
    { title: "its cluster could not be read", clusters: [cluster({}, { objects: unknown("no route") })] },
    { title: "its cluster is not running", clusters: [cluster({}, { status: { state: "other", status: "Isolated" } })] },
    { title: "its cluster is not visible", clusters: [] },
    { title: "a kind of its cluster could not be listed", clusters: [cluster({ workloads: { StatefulSet: FORBIDDEN } })] },
    { title: "the claims of its cluster could not be listed", clusters: [cluster({ claims: FORBIDDEN })] },
    { title: "its tags could not be read", addresses: [address({ tags: unknown("no TagSet") })] },
    {
      title: "it is untagged, and a cluster of its region could not be read",
      addresses: [address({ tags: known({}) })],
      clusters: [cluster(), bareCluster({}, { id: "cls-22222222", objects: unknown("no route") })],
    },
    {
      title: "it is untagged and homeless, and a cluster of its region could not be read",
      addresses: [address({ tags: known({}) })],
      clusters: [bareCluster({}, { id: "cls-22222222", objects: unknown("no route") })],
      memory: memory(milliseconds(2 * DAY)),
    },
  ];
  it.each(incomplete)("no clock moves where $title", ({ title: _, ...world }) => {
    const own = world.memory ?? seen();
    const { eip } = remembered({ ...world, memory: own });
    expect(eip).toMatchObject({ acting: own.acting, idleSince: own.idleSince, boundAt: own.boundAt, pod: own.pod });
    expect(eip?.lastSeenAt).toBe(NOW);
    const fresh = remembered({ ...world, memory: { ...own, acting: null, idleSince: null } });
    expect(fresh.eip).toMatchObject({ acting: null, idleSince: null });
  });

  const sightings: readonly (World & { title: string })[] = [
    { title: "everything was read" },
    {
      title: "it carries both tags of a cluster that was read, whatever its neighbours",
      clusters: [cluster(), bareCluster({}, { id: "cls-22222222", objects: unknown("no route") })],
    },
    { title: "it is untagged, and every cluster of its region was read", addresses: [address({ tags: known({}) })] },
    {
      title: "its cluster was deleted, whatever its neighbours",
      clusters: [bareCluster({}, { id: "cls-22222222", objects: unknown("no route") })],
      facts: {
        absentClusters: [{ id: CLUSTER, account: "default", region: "ap-guangzhou", exists: known("not-found" as const) }],
        declaredDeletedClusters: [CLUSTER],
      },
    },
    { title: "claims are not installed: that is an absence", clusters: [bareCluster({ claims: { state: "not-installed" } })] },
    {
      title: "its cluster was deleted",
      clusters: [],
      facts: {
        absentClusters: [{ id: CLUSTER, account: "default", region: "ap-guangzhou", exists: known("not-found" as const) }],
        declaredDeletedClusters: [CLUSTER],
      },
    },
    {
      title: "no cluster is involved",
      addresses: [address({ tags: known({}) })],
      clusters: [],
      memory: memory(milliseconds(2 * DAY)),
    },
  ];
  it.each(sightings)("a sighting counts where $title", ({ title: _, ...world }) => {
    const own = world.memory ?? seen();
    const { eip } = remembered({ ...world, memory: own });
    expect(eip?.acting).toEqual({ ...own.acting, latest: NOW, sightings: (own.acting?.sightings ?? 0) + 1, begun: NOW });
  });
});

describe("the clocks", () => {
  it("begin with the first complete reading that finds it idle", () => {
    const { eip, kinds } = remembered({});
    expect(eip).toMatchObject({
      firstSeenAt: NOW,
      lastSeenAt: NOW,
      boundAt: null,
      idleSince: NOW,
      acting: { since: NOW, latest: NOW, sightings: 1, updatedTime: "2026-08-25T09:00:00Z" },
      status: { is: "UNBIND", since: NOW },
      account: "default",
      region: "ap-guangzhou",
      ip: "203.0.113.10",
    });
    expect(kinds).toEqual(["first-seen", "idle"]);
  });

  it.each(["BIND", "BIND_ENI"] as const)("stop in %s, which is remembered as bound", (status) => {
    const { eip, kinds } = remembered({ addresses: [address({ status })], memory: seen() });
    expect(eip).toMatchObject({ boundAt: NOW, idleSince: null, acting: null, status: { is: status, since: NOW } });
    expect(kinds).toEqual(["bound"]);
  });

  it.each(["CREATING", "BINDING", "UNBINDING", "OFFLINING", "UNKNOWN"] as const)(
    "stop in %s, which is not bound either",
    (status) => {
      const before = seen();
      const { eip } = remembered({ addresses: [address({ status })], memory: before });
      expect(eip).toMatchObject({ boundAt: before.boundAt, idleSince: null, acting: null });
    },
  );

  it("a status that stays keeps the instant at which it began", () => {
    expect(remembered({ memory: seen() }).eip?.status).toEqual({ is: "UNBIND", since: ago(10 * DAY) });
  });

  it("the shown clock goes on over a gap, the acting clock starts again", () => {
    const before = memory(milliseconds(2 * DAY), {
      pod: podMemory(),
      acting: { since: ago(9 * DAY), latest: ago(3 * HOUR), sightings: 9, updatedTime: "2026-08-25T09:00:00Z" },
    });
    const { eip } = remembered({ memory: before });
    expect(eip?.idleSince).toBe(before.idleSince);
    expect(eip?.acting).toMatchObject({ since: NOW, sightings: 1 });
  });

  it("a claim of its Pod that is younger than the last reading starts the acting clock again", () => {
    const young = claim({ createdAt: ago(60_000) });
    expect(remembered({ clusters: [cluster({ claims: complete(young) })], memory: seen() }).eip?.acting?.sightings).toBe(1);
    const old = claim({ createdAt: ago(DAY) });
    expect(remembered({ clusters: [cluster({ claims: complete(old) })], memory: seen() }).eip?.acting?.sightings).toBe(50);
  });

  it("a Pod that is younger than the last reading starts the acting clock again, also beside an old claim", () => {
    const objects = { pods: complete(pod({ annotations: HAS_EIP, createdAt: ago(60_000) })), claims: complete(claim()) };
    expect(remembered({ clusters: [cluster(objects)], memory: seen() }).eip?.acting?.sightings).toBe(1);
  });

  it("flag, keep, approval, protections, evidence and verdict are left alone", () => {
    const own: Partial<AddressMemory> = {
      flag: { at: NOW, rule: "r", reason: "orphan", tagged: true, noticedAt: NOW, noticedReleaseAt: NOW },
      keep: { at: NOW, by: "ann", why: "", until: null },
      approval: { at: NOW, by: "ann", until: NOW },
      protections: { code: NOW },
      evidence: { askedAt: NOW, unboundAt: null, boundAt: null, allocatedAt: null, searchedSince: null, bill: null },
      verdict: { verdict: "leaked", reason: "orphan", at: NOW },
      everInIdList: true,
      firstSeenAt: ago(99 * DAY),
    };
    expect(remembered({ memory: { ...seen(), ...own } }).eip).toMatchObject(own);
  });
});

describe("an EIP that is gone", () => {
  const flagged = { at: ago(DAY), rule: "r", reason: "orphan", tagged: false, noticedAt: null, noticedReleaseAt: null };

  it("is marked by a complete listing that no longer shows it, without clocks and flag, and told once", () => {
    const before = { ...seen(), flag: flagged };
    const { eip, events, next } = remembered({ addresses: [], memory: before });
    const { judged: _, ...kept } = { ...before, boundAt: null, acting: null, idleSince: null, flag: null };
    expect(eip).toEqual({ ...kept, status: { is: GONE, since: NOW } });
    expect(GONE).toBe("GONE");
    expect(events).toEqual([
      { kind: "gone", at: NOW, run: "run-1", eip: EIP, facts: { ip: "203.0.113.10", lastSeenAt: "2026-11-23T08:30:00.000Z" } },
    ]);
    const again = remember(link(facts([], [cluster()]), next), POLICY, "run-2");
    expect(again).toEqual({ ledger: next, events: [] });
  });

  it("is not one that was read elsewhere than it was remembered", () => {
    const elsewhere = { ...seen(), region: "ap-tokyo", flag: flagged };
    const regions = [region([address()]), region([], { region: "ap-tokyo" })];
    expect(remembered({ memory: elsewhere, facts: { regions } }).eip).toMatchObject({
      region: "ap-guangzhou",
      flag: flagged,
      status: { is: "UNBIND" },
    });
  });

  const gone = (since: Instant) => remembered({ addresses: [], memory: { ...seen(), status: { is: GONE, since } } });

  it("is kept for thirty days", () => {
    expect(gone(ago(30 * DAY)).eip?.status).toEqual({ is: GONE, since: ago(30 * DAY) });
  });

  it("is forgotten after them", () => {
    expect(gone(ago(30 * DAY + 1)).eip).toBeUndefined();
  });

  it("is kept for as long as a person keeps it", () => {
    const since = ago(40 * DAY);
    const own = (until: Instant | null) => ({
      ...seen(),
      keep: { at: ago(50 * DAY), by: "ann", why: "", until },
      status: { is: GONE, since },
    });
    expect(remembered({ addresses: [], memory: own(null) }).eip?.keep).toMatchObject({ by: "ann" });
    expect(remembered({ addresses: [], memory: own(ago(DAY)) }).eip).toBeUndefined();
  });

  it("is one of the newest thousand, unless it is kept, listed or protected", () => {
    const one = (at: number, fields: Partial<AddressMemory> = {}) =>
      memory(null, { status: { is: GONE, since: ago(at * HOUR) }, ...fields });
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`eip-${at}`, one(at % 500)] as const));
    const special = {
      "eip-kept": one(600, { keep: { at: NOW, by: "ann", why: "", until: null } }),
      "eip-listed": one(600, { everInIdList: true }),
      "eip-protected": one(600, { protections: { code: NOW } }),
    };
    const { next } = remembered({ addresses: [], ledger: { addresses: { ...many, ...special } } });
    expect(Object.keys(next.addresses)).toHaveLength(1_003);
    expect(next.addresses).toMatchObject(special);
    expect(next.addresses["eip-999"]).toBeUndefined();
  });

  it("that comes back keeps what was known of it, and its clock starts again", () => {
    const before = { ...seen(), everInIdList: true, acting: null, idleSince: null, status: { is: GONE, since: ago(DAY) } };
    expect(remembered({ memory: before }).eip).toMatchObject({
      everInIdList: true,
      pod: podMemory(),
      status: { is: "UNBIND", since: NOW },
      acting: { sightings: 1 },
    });
  });
});

describe("lists", () => {
  const listing = cluster({
    workloads: { StatefulSet: complete(workload({ templateAnnotations: { "tke.cloud.tencent.com/eip-id-list": EIP } })) },
  });

  it("an EIP that stands in a list is the user's own from then on", () => {
    const first = remembered({ clusters: [listing] });
    expect(first.eip?.everInIdList).toBe(true);
    const second = remember(link(facts([address()], [cluster()]), first.next), POLICY, "run-2");
    expect(second.ledger.addresses[EIP]?.everInIdList).toBe(true);
  });

  it("an EIP that stands in none is not", () => {
    expect(remembered({}).eip?.everInIdList).toBe(false);
  });
});

describe("the last Pod", () => {
  const living = pod({ annotations: HAS_EIP });

  it("is remembered with its owner, policy and threshold when it is seen", () => {
    const own = pod({ annotations: { ...HAS_EIP, "tke.cloud.tencent.com/claim-expired-duration": "72h" } });
    const { eip } = remembered({
      addresses: [address({ status: "BIND" })],
      clusters: [cluster({ pods: complete(own), claims: complete(claim()) })],
    });
    expect(eip?.pod).toEqual({
      cluster: CLUSTER,
      namespace: "games",
      name: "web-0",
      uid: "uid-pod",
      seenAt: NOW,
      owner: owner("StatefulSet", "web"),
      ownersOwner: "not-listed",
      ownerSeen: true,
      deletePolicy: "Never",
      claimExpired: "72h",
      given: { deletePolicy: null, claimExpired: null },
      claimSeen: true,
      superNode: false,
    });
  });

  describe("what eks-config gave it", () => {
    const GIVES = known({ [`${TKE}eip-claim-delete-policy`]: "Never", [`${TKE}claim-expired-duration`]: "720h" });
    const GIVEN = { deletePolicy: "Never", claimExpired: "720h" };
    const NONE = { deletePolicy: null, claimExpired: null };
    const there = complete({ name: "node-1", superNode: true }, { name: "node-2", superNode: false });
    const cases: readonly {
      title: string;
      shape?: ClusterShape;
      fields?: Partial<ClusterFacts>;
      node?: string | null;
      before?: Partial<PodMemory>;
      given: PodMemory["given"];
    }[] = [
      { title: "is recorded on a super node", given: GIVEN },
      { title: "is nothing on a regular node", node: "node-2", given: NONE },
      { title: "is recorded in a serverless cluster", fields: { product: "eks" }, node: null, given: GIVEN },
      { title: "is not known of a Pod without a node", node: null, given: undefined },
      { title: "is not known where its node is gone", node: "node-9", given: undefined },
      { title: "is not known where nodes can't be listed", shape: { nodes: FORBIDDEN }, given: undefined },
      { title: "is not known where eks-config can't be read", shape: { eksConfigAnnotations: unknown("403") }, given: undefined },
      {
        title: "is nothing on a regular node, though eks-config can't be read",
        shape: { eksConfigAnnotations: unknown("403") },
        node: "node-2",
        given: NONE,
      },
      { title: "is nothing where there is no eks-config", shape: { eksConfigAnnotations: known(null) }, node: null, given: NONE },
      {
        title: "stays where eks-config is edited: it was given to this very Pod",
        shape: { eksConfigAnnotations: known(null) },
        before: { given: GIVEN },
        given: { deletePolicy: "Never", claimExpired: "contradictory" },
      },
      {
        title: "stays where eks-config can't be read any more",
        shape: { eksConfigAnnotations: unknown("403") },
        before: { given: GIVEN },
        given: GIVEN,
      },
      {
        title: "is not what another Pod of the name was given",
        shape: { eksConfigAnnotations: known(null) },
        before: { given: GIVEN, uid: "uid-other" },
        given: NONE,
      },
    ];
    it.each(cases)("$title", ({ shape, fields, node = "node-1", before, given }) => {
      const own = pod({ annotations: { [`${TKE}eip-id`]: EIP }, nodeName: node });
      const world = { pods: complete(own), nodes: there, eksConfigAnnotations: GIVES, ...shape };
      const { eip } = remembered({
        clusters: [cluster(world, fields)],
        ...(before === undefined ? {} : { memory: seen(before) }),
      });
      expect(eip?.pod?.given).toEqual(given);
    });
  });

  it("keeps the policy Never and trusts no threshold of a Pod whose annotations were changed", () => {
    const own = pod({ annotations: { [`${TKE}eip-id`]: EIP } });
    const { eip } = remembered({ clusters: [cluster({ pods: complete(own) })], memory: seen({ claimExpired: "72h" }) });
    expect(eip?.pod).toMatchObject({ deletePolicy: "Never", claimExpired: "contradictory" });
    const anew = seen({ claimExpired: "72h", uid: "uid-other" });
    expect(remembered({ clusters: [cluster({ pods: complete(own) })], memory: anew }).eip?.pod).toMatchObject({
      deletePolicy: null,
      claimExpired: null,
    });
  });

  it("without policy, threshold, owner and claim, these are known to be none", () => {
    const bare = pod({ owner: null, annotations: { "tke.cloud.tencent.com/eip-id": EIP } });
    expect(remembered({ clusters: [cluster({ pods: complete(bare) })] }).eip?.pod).toMatchObject({
      owner: null,
      ownerSeen: true,
      deletePolicy: null,
      claimExpired: null,
      claimSeen: false,
    });
  });

  it("of two policies under two prefixes the one that keeps is remembered; of two thresholds none", () => {
    const both = pod({
      annotations: {
        "tke.cloud.tencent.com/eip-id": EIP,
        "tke.cloud.tencent.com/eip-claim-delete-policy": "Delete",
        "eks.tke.cloud.tencent.com/eip-claim-delete-policy": "Never",
        "tke.cloud.tencent.com/claim-expired-duration": "1h",
        "eks.tke.cloud.tencent.com/claim-expired-duration": "2h",
      },
    });
    expect(remembered({ clusters: [cluster({ pods: complete(both) })] }).eip?.pod).toMatchObject({
      deletePolicy: "Never",
      claimExpired: "contradictory",
    });
  });

  it("another policy than Never is remembered as it is written", () => {
    const own = pod({
      annotations: { "tke.cloud.tencent.com/eip-id": EIP, "tke.cloud.tencent.com/eip-claim-delete-policy": "never" },
    });
    expect(remembered({ clusters: [cluster({ pods: complete(own) })] }).eip?.pod?.deletePolicy).toBe("never");
  });

  it("is remembered with the Deployment above its ReplicaSet", () => {
    const replicaSet = workload({ kind: "ReplicaSet", name: "api-7d9f8b6c5d", owner: owner("Deployment", "api") });
    const own = pod({ name: "api-7d9f8b6c5d-x2x4z", annotations: HAS_EIP, owner: owner("ReplicaSet", "api-7d9f8b6c5d") });
    const { eip } = remembered({ clusters: [cluster({ pods: complete(own), workloads: { ReplicaSet: complete(replicaSet) } })] });
    expect(eip?.pod?.owner).toEqual(owner("Deployment", "api"));
  });

  it("is remembered with the unknown owner above its own", () => {
    const above = owner("Game", "shooter", "example.com/v1");
    const objects = { pods: complete(living), workloads: { StatefulSet: complete(workload({ owner: above })) } };
    expect(remembered({ clusters: [cluster(objects)] }).eip?.pod).toMatchObject({
      owner: owner("StatefulSet", "web"),
      ownersOwner: above,
    });
  });

  it.each<{ what: string; StatefulSet: Listing<Workload>; uid: string; forgotten: boolean }>([
    { what: "while its own owner is deleted before it", StatefulSet: complete(), uid: "uid-pod", forgotten: false },
    { what: "while its own owner can't be listed", StatefulSet: FORBIDDEN, uid: "uid-pod", forgotten: false },
    { what: "for the next Pod of the same owner", StatefulSet: complete(), uid: "uid-next", forgotten: false },
    { what: "until its own owner is listed without one", StatefulSet: complete(workload()), uid: "uid-pod", forgotten: true },
  ])("the unknown owner above its own is remembered $what", ({ StatefulSet, uid, forgotten }) => {
    const above = owner("Game", "shooter", "example.com/v1");
    const { eip } = remembered({
      clusters: [cluster({ pods: complete({ ...living, uid }), workloads: { StatefulSet } })],
      memory: memory(null, { pod: podMemory({ ownersOwner: above }) }),
    });
    expect(eip?.pod).toMatchObject({ owner: owner("StatefulSet", "web"), ownersOwner: forgotten ? null : above });
  });

  it.each<{ what: string; StatefulSet: Listing<Workload>; above: PodMemory["ownersOwner"] }>([
    { what: "is not known while its own owner is not listed", StatefulSet: complete(), above: "not-listed" },
    { what: "is nothing once its own owner is listed without one", StatefulSet: complete(workload()), above: null },
  ])("what stands above its owner $what", ({ StatefulSet, above }) => {
    const { eip } = remembered({
      clusters: [cluster({ pods: complete(living), workloads: { StatefulSet } })],
      memory: memory(null, { pod: podMemory({ ownersOwner: "not-listed" }) }),
    });
    expect(eip?.pod).toMatchObject({ owner: owner("StatefulSet", "web"), ownersOwner: above });
  });

  it("of another owner of that name remembers nothing that stood above the old one", () => {
    const other = { ...living, uid: "uid-next", owner: owner("StatefulSet", "web", "apps/v1", "uid-other") };
    const { eip } = remembered({
      clusters: [cluster({ pods: complete(other) })],
      memory: memory(null, { pod: podMemory({ ownersOwner: owner("Game", "shooter", "example.com/v1") }) }),
    });
    expect(eip?.pod).toMatchObject({ owner: { uid: "uid-other" }, ownersOwner: "not-listed" });
  });

  it("that only a claim names is a guess: no owner was seen", () => {
    const { eip } = remembered({ clusters: [cluster({ claims: complete(claim()) })] });
    expect(eip?.pod).toEqual({
      cluster: CLUSTER,
      namespace: "games",
      name: "web-0",
      uid: null,
      seenAt: NOW,
      owner: null,
      ownersOwner: null,
      ownerSeen: false,
      claimSeen: true,
    });
  });

  it("that only a list names is a guess, with no claim seen", () => {
    const listing = {
      workloads: { StatefulSet: complete(workload({ templateAnnotations: { "tke.cloud.tencent.com/eip-id-list": EIP } })) },
    };
    expect(remembered({ clusters: [cluster(listing)] }).eip?.pod).toMatchObject({
      name: "web-0",
      ownerSeen: false,
      claimSeen: false,
    });
  });

  it("that only a list names keeps whether a claim was seen", () => {
    const listing = {
      workloads: { StatefulSet: complete(workload({ templateAnnotations: { "tke.cloud.tencent.com/eip-id-list": EIP } })) },
    };
    for (const claimSeen of [true, false]) {
      expect(remembered({ clusters: [cluster(listing)], memory: seen({ claimSeen }) }).eip?.pod?.claimSeen).toBe(claimSeen);
    }
  });

  it("keeps what was seen of it while only a claim names it still", () => {
    const before = seen({ claimSeen: false });
    expect(remembered({ clusters: [cluster({ claims: complete(claim()) })], memory: before }).eip?.pod).toEqual({
      ...before.pod,
      claimSeen: true,
    });
  });

  it.each([
    { title: "of another name", fields: { name: "web-1" } },
    { title: "of another namespace", fields: { namespace: "other" } },
    { title: "of another cluster", fields: { cluster: "cls-22222222" } },
  ])("$title stays beside the one that a claim names now, while the EIP is idle", ({ fields }) => {
    const second = bareCluster({}, { id: "cls-22222222" });
    const before = seen(fields);
    const { eip } = remembered({ clusters: [cluster({ claims: complete(claim()) }), second], memory: before });
    expect(eip?.pod).toEqual(before.pod);
  });

  describe("and a fresh one that an annotation names", () => {
    const lives = { workloads: { StatefulSet: complete(workload({ name: "old", replicas: 0 })) } };
    const own = pod({ name: "copy", podIP: "10.0.0.9", owner: null, annotations: HAS_EIP });
    const old = (more = {}) => seen({ name: "old-0", owner: owner("StatefulSet", "old"), ...more });
    const both = (shape: ClusterShape, eip: Partial<Address>, before = old()) =>
      remembered({ addresses: [address(eip)], clusters: [cluster({ pods: complete(own), ...shape })], memory: before }).eip;

    it("stays, while the EIP is idle: the other is remembered beside it, as long as it may return", () => {
      expect(both(lives, {})).toMatchObject({ pod: { name: "old-0" }, otherPods: [{ name: "copy", owner: null }] });
      const gone = remembered({
        clusters: [cluster(lives)],
        memory: { ...old(), otherPods: [podMemory({ name: "copy", owner: null })] },
      });
      expect(gone.eip?.pod).toMatchObject({ name: "old-0" });
      expect(gone.eip).not.toHaveProperty("otherPods");
    });

    it("stays in a bound EIP too, while its workload lives and no private address tells whose it is", () => {
      expect(both(lives, { status: "BIND" })).toMatchObject({ pod: { name: "old-0" }, otherPods: [{ name: "copy" }] });
    });

    it("moves to the Pod that it is bound to, and is not forgotten while its workload lives", () => {
      const bound = { status: "BIND", privateIp: "10.0.0.9" } as const;
      expect(both(lives, bound)).toMatchObject({ pod: { name: "copy" }, otherPods: [{ name: "old-0" }] });
      expect(both({}, bound)).toMatchObject({ pod: { name: "copy" } });
      expect(both({}, bound)).not.toHaveProperty("otherPods");
    });

    it("moves to the Pod that a bound EIP names, where nothing brings the old one back", () => {
      expect(both({}, { status: "BIND" })).toMatchObject({ pod: { name: "copy" } });
    });

    it("stays beside the Pod that it is bound to for as long as its workload lives", () => {
      const back = seen({ name: "copy", owner: null });
      const before = { ...back, otherPods: [podMemory({ name: "old-0", owner: owner("StatefulSet", "old") })] };
      const bound = { status: "BIND", privateIp: "10.0.0.9" } as const;
      expect(both(lives, bound, before)).toMatchObject({ pod: { name: "copy" }, otherPods: [{ name: "old-0" }] });
      expect(both({}, bound, before)).not.toHaveProperty("otherPods");
    });

    it("of two copies, seen first of all, both are remembered", () => {
      const second = pod({ name: "copy-b", podIP: "10.0.0.10", owner: null, annotations: HAS_EIP });
      const { eip } = remembered({ clusters: [cluster({ pods: complete(own, second) })] });
      expect(eip).toMatchObject({ pod: null, otherPods: [{ name: "copy-b" }, { name: "copy" }] });
    });
  });

  it("that only a claim names is remembered with the workload that includes it", () => {
    const sets = { workloads: { StatefulSet: complete(workload()) } };
    const { eip } = remembered({ clusters: [cluster({ ...sets, claims: complete(claim()) })] });
    expect(eip?.pod).toMatchObject({
      ownerSeen: false,
      includedBy: { owner: owner("StatefulSet", "web"), ownersOwner: null, deletePolicy: "Never", claimExpired: null },
    });
  });

  it("stays while the evidence contradicts itself", () => {
    const two = complete(living, pod({ name: "web-1", podIP: "10.0.0.8", annotations: HAS_EIP }));
    const before = seen({ name: "old-0" });
    expect(remembered({ clusters: [cluster({ pods: two })], memory: before }).eip?.pod).toEqual(before.pod);
  });

  it("that nothing names any more stays in memory while the EIP is idle", () => {
    const before = seen();
    expect(remembered({ memory: before }).eip?.pod).toEqual(before.pod);
  });

  it("whose owner was never seen is completed by a living Pod of its name", () => {
    const before = seen({ ownerSeen: false, owner: null });
    const { eip } = remembered({ clusters: [cluster({ pods: complete(pod({ podIP: null })) })], memory: before });
    expect(eip?.pod).toEqual({ ...before.pod, owner: owner("StatefulSet", "web"), ownersOwner: "not-listed", ownerSeen: true });
  });

  it("whose owner was seen keeps it, though a living Pod of its name has another", () => {
    const before = seen({ owner: owner("StatefulSet", "first") });
    expect(remembered({ clusters: [cluster({ pods: complete(pod({ podIP: null })) })], memory: before }).eip?.pod).toEqual(
      before.pod,
    );
  });
});

describe("an EIP that is bound to something that is no Pod", () => {
  const nat = { status: "BIND", instanceId: "nat-1", instanceType: "NAT", privateIp: "10.9.9.1" } as const;

  it("forgets its last Pod", () => {
    expect(remembered({ addresses: [address(nat)], memory: seen() }).eip?.pod).toBeNull();
    expect(remembered({ addresses: [address({ ...nat, privateIp: null })], memory: seen() }).eip?.pod).toBeNull();
    expect(remembered({ addresses: [address({ ...nat, instanceId: null })], memory: seen() }).eip?.pod).toBeNull();
  });

  const keeps: readonly (World & { title: string; address?: Partial<Address> })[] = [
    { title: "is idle", address: { status: "UNBIND" } },
    { title: "is bound to a network interface", address: { status: "BIND_ENI" } },
    { title: "is bound to a super node", address: { instanceType: "EKS" } },
    { title: "is bound to a container instance", address: { instanceId: "eks-1" } },
    {
      title: "is bound where a Pod has that address",
      clusters: [cluster({ pods: complete(pod({ name: "x", podIP: "10.9.9.1" }), pod({ name: "y", podIP: "10.9.9.1" })) })],
    },
    { title: "is bound and its cluster could not be read", clusters: [cluster({}, { objects: unknown("no route") })] },
    {
      title: "is bound and another cluster of its region could not be read",
      clusters: [cluster(), bareCluster({}, { id: "cls-22222222", objects: unknown("no route") })],
    },
    {
      title: "was listed in part",
      facts: { regions: [region([], { addresses: unknown("read 1 of 2"), partial: [address(nat)] })] },
    },
  ];
  it.each(keeps)("an EIP that $title keeps it", ({ address: fields, title: _, ...world }) => {
    const before = seen();
    expect(remembered({ addresses: [address({ ...nat, ...fields })], memory: before, ...world }).eip?.pod).toEqual(before.pod);
  });

  it.each([
    { title: "another region", fields: { region: "ap-tokyo" } },
    { title: "another account", fields: { account: "games" } },
  ])("an unreadable cluster of $title does not keep it", ({ fields }) => {
    const elsewhere = bareCluster({}, { id: "cls-22222222", objects: unknown("no route"), ...fields });
    expect(remembered({ addresses: [address(nat)], clusters: [cluster(), elsewhere], memory: seen() }).eip?.pod).toBeNull();
  });
});

describe("the trail's records", () => {
  const living = cluster({ pods: complete(pod({ annotations: HAS_EIP })) });

  it("an EIP that stays as it is writes none", () => {
    expect(remembered({ memory: seen() }).kinds).toEqual([]);
    expect(
      remembered({
        addresses: [address({ status: "BIND" })],
        clusters: [living],
        memory: { ...seen(), status: { is: "BIND", since: ago(DAY) } },
      }).kinds,
    ).toEqual([]);
  });

  it("an EIP that is bound writes it with its Pod", () => {
    const { events } = remembered({ addresses: [address({ status: "BIND" })], clusters: [living] });
    expect(events.filter(({ eip }) => eip === EIP)).toEqual(
      ["first-seen", "bound"].map((kind) => ({
        kind,
        at: NOW,
        run: "run-1",
        eip: EIP,
        facts: { ip: "203.0.113.10", status: "BIND", pod: "games/web-0@cls-11111111" },
      })),
    );
  });

  it("an EIP without a Pod writes null for it", () => {
    expect(remembered({}).events[0]?.facts).toEqual({ ip: "203.0.113.10", status: "UNBIND", pod: null });
  });

  it.each([
    { title: "name", fields: { name: "web-1" } },
    { title: "namespace", fields: { namespace: "other" } },
    { title: "cluster", fields: { cluster: "cls-22222222" } },
  ])("a bound EIP that changes hands between two readings ($title) writes it", ({ fields }) => {
    const before = { ...seen(fields), status: { is: "BIND", since: ago(DAY) } };
    const own = address({ status: "BIND", privateIp: "10.0.0.7" });
    expect(remembered({ addresses: [own], clusters: [living], memory: before }).kinds).toEqual(["bound"]);
  });

  it("a bound EIP whose Pod becomes known writes it", () => {
    const before = memory(null, { status: { is: "BIND", since: ago(DAY) } });
    expect(remembered({ addresses: [address({ status: "BIND" })], clusters: [living], memory: before }).kinds).toEqual(["bound"]);
  });

  it("moving between BIND and BIND_ENI is no binding", () => {
    const before = { ...seen(), status: { is: "BIND_ENI", since: ago(DAY) } };
    expect(remembered({ addresses: [address({ status: "BIND" })], clusters: [living], memory: before }).kinds).toEqual([]);
  });

  it("an EIP that becomes idle writes it; unless the reading was not complete", () => {
    const before = { ...memory(null, { pod: podMemory() }), status: { is: "BIND", since: ago(DAY) } };
    expect(remembered({ memory: before }).kinds).toEqual(["idle"]);
    expect(remembered({ memory: before, clusters: [cluster({}, { objects: unknown("no route") })] }).kinds).toEqual([]);
  });
});

describe("clusters seen alive", () => {
  const memoryOf = { account: "default", region: "ap-guangzhou", seenAliveAt: NOW, principal: "qcs::cam::uin/100000000001:root" };

  it("are those that a complete listing shows running, with the credentials that saw them", () => {
    expect(remembered({}).next.clusters).toEqual({ [CLUSTER]: memoryOf });
  });

  const kept = { [CLUSTER]: { ...memoryOf, seenAliveAt: ago(DAY), principal: "qcs::cam::uin/1:root" } };
  const failing: readonly (World & { title: string })[] = [
    {
      title: "the listing failed",
      facts: { clusterListings: [{ account: "default", region: "ap-guangzhou", product: "tke", ids: unknown("timeout") }] },
    },
    { title: "who we are is not known", facts: { principals: { default: unknown("GetCallerIdentity: timeout") } } },
    { title: "who we are was never asked", facts: { principals: {} } },
    { title: "no listing shows it", facts: { clusterListings: [] } },
  ];
  const listedOnly: readonly (World & { title: string })[] = [
    { title: "it is not running", clusters: [cluster({}, { status: { state: "other", status: "Isolated" } })] },
    {
      title: "it was listed, but could not be described",
      clusters: [],
      facts: { clusterListings: [{ account: "default", region: "ap-guangzhou", product: "tke", ids: known([CLUSTER]) }] },
    },
  ];
  it.each(listedOnly)("were listed now, and seen alive when they were before, where $title", ({ title: _, ...world }) => {
    expect(remembered({ ...world, ledger: { clusters: kept } }).next.clusters).toEqual({
      [CLUSTER]: { ...kept[CLUSTER], listedAt: NOW },
    });
    expect(remembered(world).next.clusters).toEqual({});
  });

  it.each(failing)("stay as they were where $title", ({ title: _, ...world }) => {
    expect(remembered({ ...world, ledger: { clusters: kept } }).next.clusters).toEqual(kept);
    expect(remembered(world).next.clusters).toEqual({});
  });

  it("are never forgotten", () => {
    const old = { "cls-old": memoryOf };
    expect(remembered({ ledger: { clusters: old } }).next.clusters).toEqual({ ...old, [CLUSTER]: memoryOf });
  });
});

it("a cluster that is not running is not seen alive by another that is", () => {
  const stopped = bareCluster({}, { id: "cls-22222222", status: { state: "other", status: "Isolated" } });
  expect(Object.keys(remembered({ clusters: [cluster(), stopped] }).next.clusters)).toEqual([CLUSTER]);
});

describe("verdicts", () => {
  const { planned } = assess(facts([address()], [cluster()]), ledger({ [EIP]: memory(null) }), POLICY);
  const before = ledger({ [EIP]: memory(null) });
  const verdictsOf = (...given: Parameters<typeof rememberVerdicts>) => {
    const { ledger: next, events } = rememberVerdicts(...given);
    expect(events.length).toBe([...events].length);
    return { ledger: next, events: [...events] };
  };

  it("a verdict is written when it is first given, and not again while it stays", () => {
    const first = verdictsOf(before, planned, NOW, "run-1");
    expect(first.ledger.addresses[EIP]?.verdict).toEqual({ verdict: "leaked", reason: "orphan", at: NOW });
    expect(first.events).toMatchObject([
      {
        kind: "verdict",
        at: NOW,
        run: "run-1",
        eip: EIP,
        facts: { ip: "203.0.113.10", verdict: "leaked", reason: "orphan", before: null },
      },
    ]);
    const later = instant(NOW + HOUR);
    expect(verdictsOf(first.ledger, planned, later, "run-2")).toEqual({ ledger: first.ledger, events: [] });
  });

  it.each([
    { title: "another verdict", verdict: "retained", reason: "orphan" },
    { title: "another reason", verdict: "leaked", reason: "duplicate" },
  ])("$title is written with the one before", ({ verdict, reason }) => {
    const other = ledger({ [EIP]: memory(null, { verdict: { verdict, reason, at: ago(DAY) } }) });
    const { ledger: next, events } = verdictsOf(other, planned, NOW, "run-1");
    expect(events.map((event) => event.kind === "verdict" && event.facts.before)).toEqual([`${verdict} (${reason})`]);
    expect(next.addresses[EIP]?.verdict?.at).toBe(NOW);
  });

  it("the row of verdicts is written with each run, also where nothing changed", () => {
    const row = judgedRow("leaked", ago(9 * DAY));
    const old = ledger({ [EIP]: memory(null, { verdict: { verdict: "leaked", reason: "orphan", at: ago(DAY) }, judged: row }) });
    const { planned: again } = assess(facts([address()], [cluster()]), old, POLICY);
    expect(verdictsOf(old, again, NOW, "run-1").ledger.addresses[EIP]?.judged).toEqual(row);
    expect(verdictsOf(before, planned, NOW, "run-1").ledger.addresses[EIP]?.judged).toEqual(judgedRow("leaked", NOW));
  });

  it("the row of an EIP that a run did not read, or not completely, stays as it is", () => {
    const row = judgedRow("leaked", ago(9 * DAY));
    const old = ledger({ [EIP]: memory(null, { judged: row }) });
    expect(verdictsOf(old, [], NOW, "run-1").ledger.addresses[EIP]?.judged).toEqual(row);
    const { planned: blind } = assess(facts([address()], [cluster({}, { objects: unknown("403 Forbidden") })]), old, POLICY);
    const { ledger: next } = verdictsOf(old, blind, NOW, "run-1");
    expect(next.addresses[EIP]).toMatchObject({ judged: row, verdict: { verdict: "unknown" } });
  });

  it("an EIP that the ledger does not know is left out", () => {
    expect(verdictsOf(ledger(), planned, NOW, "run-1")).toEqual({ ledger: ledger(), events: [] });
  });
});

describe("gaps", () => {
  const gap = (what: string) => ({ scope: "cluster cls-1", what, why: "403" });

  it("are written when they open and when they close, and not while they stay", () => {
    const first = rememberGaps(ledger(), [gap("pods"), gap("nodes"), gap("pods")], NOW, "run-1");
    expect(first.ledger.gaps).toEqual(["cluster cls-1: nodes", "cluster cls-1: pods"]);
    expect(first.events).toEqual(
      ["nodes", "pods"].map((what) => ({
        kind: "gap",
        at: NOW,
        run: "run-1",
        eip: null,
        facts: { gap: `cluster cls-1: ${what}`, state: "opened" },
      })),
    );
    expect(rememberGaps(first.ledger, [gap("nodes"), gap("pods")], NOW, "run-2")).toEqual({ ledger: first.ledger, events: [] });
    const third = rememberGaps(first.ledger, [gap("nodes"), gap("eipclaims")], NOW, "run-3");
    expect(third.events.map(({ facts }) => facts)).toEqual([
      { gap: "cluster cls-1: eipclaims", state: "opened" },
      { gap: "cluster cls-1: pods", state: "closed" },
    ]);
  });
});
