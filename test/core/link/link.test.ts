import { describe, expect, it } from "vitest";
import { type Linked, link } from "../../../src/core/link/link.ts";
import type { Address, Annotations, ClusterFacts, Facts } from "../../../src/core/terms/facts.ts";
import { WORKLOAD_KINDS } from "../../../src/core/terms/kinds.ts";
import { known, unknown } from "../../../src/core/terms/known.ts";
import type { AddressMemory } from "../../../src/core/terms/ledger.ts";
import { ZERO } from "../../../src/core/terms/time.ts";
import {
  address,
  bareCluster,
  CLUSTER,
  claim,
  complete,
  facts,
  ledger,
  memory,
  owner,
  pod,
  podMemory,
  region,
  workload,
} from "../build.ts";

const TKE = "tke.cloud.tencent.com/";
const EKS = "eks.tke.cloud.tencent.com/";
const EIP = "eip-aaaaaaaa";
const IP = "203.0.113.10";
const OTHER = "cls-22222222";
const BOUND = { status: "BIND", privateIp: "10.0.0.7" } as const;

interface World {
  readonly address?: Partial<Address>;
  readonly others?: readonly Address[];
  readonly clusters?: readonly ClusterFacts[];
  readonly memory?: AddressMemory;
  readonly facts?: Partial<Facts>;
}

function linked({ address: fields, others = [], clusters = [], memory: own, facts: all }: World): Linked {
  const eip = address({ tags: known({}), ...fields });
  const world = link(facts([eip, ...others], clusters, all), ledger(own === undefined ? {} : { [EIP]: own }));
  const found = world.linked.find((one) => one.address.id === EIP);
  if (found === undefined) throw new Error("the EIP was lost");
  return found;
}

const pods = (...items: Parameters<typeof pod>[0][]) => complete(...items.map(pod));
const having = (annotations: Annotations, fields = {}) => ({ annotations, podIP: null, ...fields });
const listing = (ids: string, fields: Parameters<typeof workload>[0] = {}) =>
  workload({ templateAnnotations: { [`${TKE}eip-id-list`]: ids }, ...fields });

describe("evidence, strongest first", () => {
  const cases: readonly (World & { title: string; kinds: readonly string[]; pod: string | null })[] = [
    { title: "none", kinds: [], pod: null },
    {
      title: "annotation eip-id",
      clusters: [bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: EIP })) })],
      kinds: ["pod-annotation"],
      pod: "games/web-0",
    },
    {
      title: "annotation eip-id under the other prefix",
      clusters: [bareCluster({ pods: pods(having({ [`${EKS}eip-id`]: EIP })) })],
      kinds: ["pod-annotation"],
      pod: "games/web-0",
    },
    { title: "a claim by id", clusters: [bareCluster({ claims: complete(claim()) })], kinds: ["claim"], pod: "games/web-0" },
    {
      title: "a claim by address",
      clusters: [bareCluster({ claims: complete(claim({ ids: [], ips: [IP] })) })],
      kinds: ["claim"],
      pod: "games/web-0",
    },
    {
      title: "a claim by both, which name one EIP",
      clusters: [bareCluster({ claims: complete(claim({ ips: [IP] })) })],
      kinds: ["claim"],
      pod: "games/web-0",
    },
    {
      title: "a list, by ordinal",
      clusters: [bareCluster({ workloads: { StatefulSet: complete(listing(`eip-b,${EIP}`)) } })],
      kinds: ["id-list"],
      pod: "games/web-1",
    },
    {
      title: "a list of a kind without stable names",
      clusters: [bareCluster({ workloads: { Deployment: complete(listing(EIP, { kind: "Deployment" })) } })],
      kinds: ["id-list"],
      pod: null,
    },
    {
      title: "annotation eip-public-ip",
      clusters: [bareCluster({ pods: pods(having({ [`${TKE}eip-public-ip`]: IP })) })],
      kinds: ["address"],
      pod: "games/web-0",
    },
    {
      title: "the private address, while bound",
      address: BOUND,
      clusters: [bareCluster({ pods: pods({}) })],
      kinds: ["private-ip"],
      pod: "games/web-0",
    },
    {
      title: "the private address on an interface",
      address: { ...BOUND, status: "BIND_ENI" },
      clusters: [bareCluster({ pods: pods({}) })],
      kinds: ["private-ip"],
      pod: "games/web-0",
    },
    {
      title: "the private address, only while bound",
      address: { ...BOUND, status: "UNBIND" },
      clusters: [bareCluster({ pods: pods({}) })],
      kinds: [],
      pod: null,
    },
    {
      title: "not the address of a Pod on the host's network",
      address: BOUND,
      clusters: [bareCluster({ pods: pods({ hostNetwork: true }) })],
      kinds: [],
      pod: null,
    },
    {
      title: "not an address that two Pods have",
      address: BOUND,
      clusters: [bareCluster({ pods: pods({}, { name: "web-1" }) })],
      kinds: [],
      pod: null,
    },
    {
      title: "an address that a Pod on the host's network has too",
      address: BOUND,
      clusters: [bareCluster({ pods: pods({}, { name: "web-1", hostNetwork: true }) })],
      kinds: ["private-ip"],
      pod: "games/web-0",
    },
    {
      title: "not an address that two EIPs are bound to",
      address: BOUND,
      others: [address({ id: "eip-b", ip: "203.0.113.11", ...BOUND })],
      clusters: [bareCluster({ pods: pods({}) })],
      kinds: [],
      pod: null,
    },
    {
      title: "not the address of a Pod of another region",
      address: BOUND,
      clusters: [bareCluster({ pods: pods({}) }, { region: "ap-tokyo" })],
      kinds: [],
      pod: null,
    },
    {
      title: "not the address of a Pod of another account",
      address: BOUND,
      clusters: [bareCluster({ pods: pods({}) }, { account: "games" })],
      kinds: [],
      pod: null,
    },
    { title: "the guard's own memory", memory: memory(ZERO, { pod: podMemory() }), kinds: ["history"], pod: "games/web-0" },
    {
      title: "tags name the cluster, never the Pod",
      address: { tags: known({ "tke-clusterId": CLUSTER, "tke-created-eip": "true" }) },
      kinds: ["cluster-tag"],
      pod: null,
    },
    {
      title: "all of it together",
      address: { ...BOUND, tags: known({ "tke-clusterId": CLUSTER, "tke-created-eip": "true" }) },
      clusters: [
        bareCluster({
          pods: pods({ annotations: { [`${TKE}eip-public-ip`]: IP, [`${TKE}eip-id`]: EIP } }),
          claims: complete(claim()),
          workloads: { StatefulSet: complete(listing(EIP)) },
        }),
      ],
      memory: memory(ZERO, { pod: podMemory() }),
      kinds: ["pod-annotation", "claim", "id-list", "address", "private-ip", "history", "cluster-tag"],
      pod: "games/web-0",
    },
  ];
  it.each(cases)("$title", ({ title: _, kinds, pod: expected, ...world }) => {
    const { evidence, pod: found, conflict } = linked(world);
    expect(evidence.map(({ kind }) => kind)).toEqual(kinds);
    expect(found === null ? null : `${found.namespace}/${found.name}`).toBe(expected);
    expect(conflict).toBeNull();
  });

  it("each in words that name where it was found", () => {
    const clusters = [
      bareCluster({
        pods: pods({ annotations: { [`${TKE}eip-public-ip`]: IP, [`${TKE}eip-id`]: EIP } }),
        claims: complete(claim()),
        workloads: { StatefulSet: complete(listing(EIP)) },
      }),
    ];
    const tags = known({ "tke-clusterId": CLUSTER, "tke-created-eip": "true" });
    const found = linked({ address: { ...BOUND, tags }, clusters, memory: memory(ZERO, { pod: podMemory() }) });
    for (const piece of found.evidence) expect(piece.detail).toContain(CLUSTER);
    const words = found.evidence.map(({ detail }) => detail).join("\n");
    for (const word of [IP, "10.0.0.7", "StatefulSet games/web", "games/web-0"]) expect(words).toContain(word);
  });

  it("exactly so", () => {
    const words = (world: World) => linked(world).evidence.map(({ detail }) => detail);
    const mine = having({ [`${TKE}eip-public-ip`]: IP, [`${TKE}eip-id`]: EIP });
    expect(
      words({
        clusters: [
          bareCluster({ pods: pods(mine), claims: complete(claim()), workloads: { StatefulSet: complete(listing(EIP)) } }),
        ],
      }),
    ).toEqual([
      "annotation eip-id of Pod games/web-0 in cls-11111111",
      "the EIPClaim of Pod games/web-0 in cls-11111111 names it",
      "eip-id-list of StatefulSet games/web, position 0, in cls-11111111",
      "annotation eip-public-ip 203.0.113.10 of Pod games/web-0 in cls-11111111",
    ]);
    expect(
      words({ address: BOUND, clusters: [bareCluster({ pods: pods({}) })], memory: memory(ZERO, { pod: podMemory() }) }),
    ).toEqual([
      "bound to 10.0.0.7, the address of Pod games/web-0 in cls-11111111",
      "last seen with Pod games/web-0 in cls-11111111",
    ]);
    expect(words({ address: { tags: known({ "tke-clusterId": CLUSTER, "tke-created-eip": "true" }) } })).toEqual([
      "tags name cls-11111111",
    ]);
    expect(words({ address: { tags: known({ "tke-clusterId": CLUSTER }) } })).toEqual([
      "only the tag tke-clusterId names cls-11111111",
    ]);
  });

  it("of one kind by place: cluster, namespace, name; not as they were listed", () => {
    const places = [
      { cluster: CLUSTER, namespace: "games", name: "a-0" },
      { cluster: CLUSTER, namespace: "games", name: "b-0" },
      { cluster: CLUSTER, namespace: "other", name: "a-0" },
    ];
    for (const order of [places, [...places].reverse(), [...places.slice(1), ...places.slice(0, 1)]]) {
      const items = order.map(({ namespace, name }) => having({ [`${TKE}eip-id`]: EIP }, { namespace, name }));
      const found = linked({ clusters: [bareCluster({ pods: pods(...items) })] });
      expect(found.evidence.map(({ cluster, pod: at }) => ({ cluster, namespace: at?.namespace, name: at?.name }))).toEqual(
        places,
      );
      expect(found.pod).toMatchObject({ namespace: "games", name: "a-0" });
    }
    const clusters = [
      bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: EIP })) }, { id: OTHER }),
      bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: EIP })) }),
    ];
    expect(linked({ clusters }).evidence.map(({ cluster }) => cluster)).toEqual([CLUSTER, OTHER]);
    expect(linked({ clusters: [...clusters].reverse() }).evidence.map(({ cluster }) => cluster)).toEqual([CLUSTER, OTHER]);
  });

  it.each(WORKLOAD_KINDS.map((kind) => ({ kind })))("a list in a template of kind $kind names an EIP", ({ kind }) => {
    const found = linked({ clusters: [bareCluster({ workloads: { [kind]: complete(listing(EIP, { kind })) } })] });
    expect(found.lists.map(({ owner: who }) => who)).toEqual([`${kind} games/web`]);
  });

  it("each template of one workload names its own, and what its owner says too is said once", () => {
    const list = (ids: string) => ({ [`${TKE}eip-id-list`]: ids });
    const above = workload({
      kind: "LeaderWorkerSet",
      name: "lws",
      templateAnnotations: list("eip-x"),
      otherTemplates: [list(EIP)],
    });
    const owned = owner("LeaderWorkerSet", "lws", "leaderworkerset.x-k8s.io/v1");
    const listsOf = (templateAnnotations: Annotations) => {
      const made = workload({ owner: owned, templateAnnotations });
      const workloads = { LeaderWorkerSet: complete(above), StatefulSet: complete(made) };
      return linked({ clusters: [bareCluster({ workloads })] });
    };
    expect(listsOf(list(EIP)).lists.map(({ owner: who }) => who)).toEqual(["LeaderWorkerSet games/lws"]);
    expect(listsOf(list(EIP)).conflict).toBeNull();
    const own = workload({ owner: owned, templateAnnotations: list(EIP) });
    const other = bareCluster({
      workloads: { LeaderWorkerSet: complete({ ...above, otherTemplates: [] }), StatefulSet: complete(own) },
    });
    expect(linked({ clusters: [other] }).lists.map(({ owner: who }) => who)).toEqual(["StatefulSet games/web"]);
  });

  it("a list names the Pods of every kind with stable names, and of no other", () => {
    for (const kind of ["StatefulSet", "AdvancedStatefulSet", "GameServerSet"] as const) {
      expect(linked({ clusters: [bareCluster({ workloads: { [kind]: complete(listing(EIP, { kind })) } })] }).pod?.name).toBe(
        "web-0",
      );
    }
    for (const kind of ["Deployment", "ReplicaSet", "DaemonSet", "Job", "CronJob", "CloneSet"] as const) {
      expect(linked({ clusters: [bareCluster({ workloads: { [kind]: complete(listing(EIP, { kind })) } })] }).pod).toBeNull();
    }
  });

  it.each([
    { what: "its IPv4 address, where IPv6 comes first", fields: { podIP: "fd00::7", furtherIPs: ["10.0.0.7"] }, pod: "web-0" },
    { what: "the address of a further interface", fields: { podIP: "10.9.9.9", furtherIPs: ["10.0.0.7"] }, pod: "web-0" },
    { what: "its further address, before it has a first", fields: { podIP: null, furtherIPs: ["10.0.0.7"] }, pod: "web-0" },
    { what: "nothing, in the host's network", fields: { furtherIPs: ["10.0.0.7"], hostNetwork: true }, pod: undefined },
  ])("a bound EIP is its Pod's by $what", ({ fields, pod: name }) => {
    expect(linked({ address: BOUND, clusters: [bareCluster({ pods: pods(fields) })] }).pod?.name).toBe(name);
  });

  it("a bound IPv6 address is its Pod's however it is written", () => {
    const own = bareCluster({ pods: pods({ podIP: "fd00::7" }) });
    expect(linked({ address: { ...BOUND, privateIp: "FD00:0::0007" }, clusters: [own] }).pod?.name).toBe("web-0");
  });

  it("an address that two Pods have, first or further, is neither's", () => {
    const two = pods({ podIP: "fd00::7", furtherIPs: ["10.0.0.7"] }, { name: "web-1", podIP: "10.0.0.7" });
    expect(linked({ address: BOUND, clusters: [bareCluster({ pods: two })] }).pod).toBeNull();
  });

  it("two EIPs on one Pod's interfaces: neither can be compared with its claim", () => {
    const own = bareCluster({ pods: pods({ furtherIPs: ["10.0.0.8"] }), claims: complete(claim()) });
    const other = address({ id: "eip-b", ip: "203.0.113.11", ...BOUND, privateIp: "10.0.0.8" });
    expect(link(facts([address(BOUND), other], [own]), ledger()).clusters.get(CLUSTER)?.claims.state).toBe("unproven");
  });

  it("a bound address shows that claims are readable; one that two EIPs are bound to shows nothing", () => {
    const state = (...others: readonly Address[]) => {
      const own = bareCluster({ pods: pods({}), claims: complete(claim()) });
      const world = link(facts([address(BOUND), ...others], [own]), ledger());
      return world.clusters.get(CLUSTER)?.claims.state;
    };
    expect(state()).toBe("readable");
    expect(state(address({ id: "eip-b", ip: "203.0.113.11", ...BOUND }))).toBe("unproven");
  });

  it("a Pod that lives is shown, one that only memory names is said to be remembered", () => {
    const living = linked({ clusters: [bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: EIP })) })] });
    expect(living.pod).toMatchObject({ ordinal: 0, fromMemory: false, view: { pod: { name: "web-0" } } });
    expect(linked({ memory: memory(ZERO, { pod: podMemory() }) }).pod).toMatchObject({ fromMemory: true, view: null });
    const remembered = linked({
      clusters: [bareCluster({ pods: pods({ podIP: null }) })],
      memory: memory(ZERO, { pod: podMemory() }),
    });
    expect(remembered.pod).toMatchObject({ fromMemory: true, view: { pod: { name: "web-0" } } });
    const listed = linked({
      clusters: [bareCluster({ workloads: { Deployment: complete(listing(EIP, { kind: "Deployment" })) } })],
      memory: memory(ZERO, { pod: podMemory() }),
    });
    expect(listed.pod).toMatchObject({ fromMemory: true, name: "web-0" });
  });
});

describe("tags", () => {
  it.each([
    { title: "both", tags: known({ "tke-clusterId": CLUSTER, "tke-created-eip": "true" }), tkeTags: "both", tagCluster: CLUSTER },
    { title: "the cluster alone", tags: known({ "tke-clusterId": CLUSTER }), tkeTags: "one", tagCluster: CLUSTER },
    { title: "created alone", tags: known({ "tke-created-eip": "true" }), tkeTags: "one", tagCluster: null },
    {
      title: "an empty cluster",
      tags: known({ "tke-clusterId": "", "tke-created-eip": "true" }),
      tkeTags: "one",
      tagCluster: null,
    },
    { title: "an empty cluster alone", tags: known({ "tke-clusterId": "" }), tkeTags: "none", tagCluster: null },
    { title: "none", tags: known({ team: "games" }), tkeTags: "none", tagCluster: null },
    { title: "not read", tags: unknown("no TagSet"), tkeTags: "unread", tagCluster: null },
  ])("$title", ({ tags, tkeTags, tagCluster }) => expect(linked({ address: { tags } })).toMatchObject({ tkeTags, tagCluster }));
});

describe("claims", () => {
  it("one that names two EIPs names none", () => {
    const found = linked({ clusters: [bareCluster({ claims: complete(claim({ ids: [EIP, "eip-b"] })) })] });
    expect(found).toMatchObject({ claims: [], evidence: [], ambiguousClaims: [{ cluster: CLUSTER }] });
  });
  it("one that names an address of no known EIP names none", () => {
    expect(linked({ clusters: [bareCluster({ claims: complete(claim({ ids: [], ips: ["198.51.100.1"] })) })] })).toMatchObject({
      claims: [],
      ambiguousClaims: [],
    });
  });
});

describe("contradictions", () => {
  const tags = known({ "tke-clusterId": CLUSTER, "tke-created-eip": "true" });
  const two = (one: ClusterFacts, other: Partial<Parameters<typeof bareCluster>[0]>) => [one, bareCluster(other, { id: OTHER })];
  const cases: readonly (World & { title: string; conflict: RegExp | null })[] = [
    {
      title: "two Pods by annotation",
      clusters: [
        bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: EIP }), having({ [`${TKE}eip-id`]: EIP }, { name: "web-1" })) }),
      ],
      conflict: /several Pods/,
    },
    {
      title: "Pods of one name in two namespaces",
      clusters: [
        bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: EIP }), having({ [`${TKE}eip-id`]: EIP }, { namespace: "other" })) }),
      ],
      conflict: /several Pods/,
    },
    {
      title: "Pods of one name in two clusters",
      clusters: two(bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: EIP })) }), {
        pods: pods(having({ [`${TKE}eip-id`]: EIP })),
      }),
      conflict: /several Pods/,
    },
    {
      title: "one Pod that names two EIPs",
      others: [address({ id: "eip-b", ip: "203.0.113.11" })],
      clusters: [bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: EIP, [`${TKE}eip-public-ip`]: "203.0.113.11" })) })],
      conflict: /several EIPs/,
    },
    {
      title: "one Pod whose claim names another EIP",
      clusters: [bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: EIP })), claims: complete(claim({ ids: ["eip-b"] })) })],
      conflict: /its claim names eip-b/,
    },
    {
      title: "one Pod whose annotation names another than its claim, which names this",
      clusters: [bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: "eip-b" })), claims: complete(claim()) })],
      conflict: /names eip-b/,
    },
    {
      title: "one Pod that names nothing, whose claim names this",
      clusters: [bareCluster({ pods: pods(having({})), claims: complete(claim()) })],
      conflict: null,
    },
    {
      title: "one Pod that names this, whose claim names none",
      clusters: [bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: EIP })), claims: complete(claim({ ids: [] })) })],
      conflict: null,
    },
    {
      title: "one Pod that names this and another, whose claim names this",
      others: [address({ id: "eip-b", ip: "203.0.113.11" })],
      clusters: [
        bareCluster({
          pods: pods(having({ [`${TKE}eip-id`]: EIP, [`${TKE}eip-public-ip`]: "203.0.113.11" })),
          claims: complete(claim()),
        }),
      ],
      conflict: /names eip-aaaaaaaa and eip-b, its claim names eip-aaaaaaaa/,
    },
    {
      title: "a list without stable names, and tags of another cluster than its last Pod's",
      address: { tags },
      clusters: [bareCluster({ workloads: { Deployment: complete(listing(EIP, { kind: "Deployment" })) } })],
      memory: memory(ZERO, { pod: podMemory({ cluster: OTHER }) }),
      conflict: /last seen with a Pod of cls-22222222/,
    },
    {
      title: "one Pod whose claim names what it names",
      clusters: [bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: EIP })), claims: complete(claim()) })],
      conflict: null,
    },
    {
      title: "two claims",
      clusters: [bareCluster({ claims: complete(claim(), claim({ name: "web-1" })) })],
      conflict: /several Pods/,
    },
    {
      title: "two lists without stable names",
      clusters: [
        bareCluster({
          workloads: {
            Deployment: complete(listing(EIP, { kind: "Deployment" }), listing(EIP, { kind: "Deployment", name: "api" })),
          },
        }),
      ],
      conflict: /several lists/,
    },
    {
      title: "a Deployment's list, repeated by its ReplicaSet",
      clusters: [
        bareCluster({
          workloads: {
            Deployment: complete(listing(EIP, { kind: "Deployment", name: "api" })),
            ReplicaSet: complete(listing(EIP, { kind: "ReplicaSet", name: "api-1", owner: owner("Deployment", "api") })),
          },
        }),
      ],
      conflict: null,
    },
    {
      title: "a ReplicaSet whose Deployment is another of that name",
      clusters: [
        bareCluster({
          workloads: {
            Deployment: complete(listing(EIP, { kind: "Deployment", name: "api", uid: "new" })),
            ReplicaSet: complete(listing(EIP, { kind: "ReplicaSet", name: "api-1", owner: owner("Deployment", "api") })),
          },
        }),
      ],
      conflict: /several lists/,
    },
    {
      title: "a list, and the copies that its Pods carry",
      clusters: [
        bareCluster({
          workloads: { StatefulSet: complete(listing(EIP)) },
          pods: pods(having({ [`${TKE}eip-id-list`]: EIP }), having({ [`${TKE}eip-id-list`]: EIP }, { name: "web-1" })),
        }),
      ],
      conflict: null,
    },
    {
      title: "an Advanced StatefulSet's list, and the copies that its Pods carry",
      clusters: [
        bareCluster({
          workloads: { AdvancedStatefulSet: complete(listing(EIP, { kind: "AdvancedStatefulSet" })) },
          pods: pods(having({ [`${TKE}eip-id-list`]: EIP }, { owner: owner("StatefulSet", "web", "apps.kruise.io/v1beta1") })),
        }),
      ],
      conflict: null,
    },
    {
      title: "a bare Pod's list beside a workload's",
      clusters: [
        bareCluster({
          workloads: { Deployment: complete(listing(EIP, { kind: "Deployment", name: "api" })) },
          pods: pods(having({ [`${TKE}eip-id-list`]: EIP }, { name: "redis", owner: null })),
        }),
      ],
      conflict: /several lists/,
    },
    {
      title: "tags of another cluster than its Pod's",
      address: { tags },
      clusters: two(bareCluster(), { pods: pods(having({ [`${TKE}eip-id`]: EIP })) }),
      conflict: /its tags name cls-11111111, but annotation eip-id of Pod games\/web-0 in cls-22222222/,
    },
    {
      title: "tags of another cluster than a list's: anybody may list it",
      address: { tags },
      clusters: two(bareCluster(), { workloads: { StatefulSet: complete(listing(EIP)) } }),
      conflict: null,
    },
    {
      title: "tags of another cluster than its last Pod's",
      address: { tags },
      clusters: [bareCluster()],
      memory: memory(ZERO, { pod: podMemory({ cluster: OTHER }) }),
      conflict: /last seen with a Pod of cls-22222222/,
    },
    {
      title: "tags of the cluster of its last Pod",
      address: { tags },
      clusters: [bareCluster()],
      memory: memory(ZERO, { pod: podMemory() }),
      conflict: null,
    },
    {
      title: "its last Pod was in another cluster, and its Pod of today agrees with the tags",
      address: { tags },
      clusters: [bareCluster({ pods: pods(having({ [`${TKE}eip-id`]: EIP })) })],
      memory: memory(ZERO, { pod: podMemory({ cluster: OTHER }) }),
      conflict: null,
    },
  ];
  it.each(cases)("$title", ({ title: _, conflict, ...world }) => {
    const found = linked(world).conflict;
    if (conflict === null) expect(found).toBeNull();
    else expect(found).toMatch(conflict);
  });
});

describe("lists", () => {
  it("are named with their owner and position", () => {
    const found = linked({ clusters: [bareCluster({ workloads: { StatefulSet: complete(listing(`eip-b,${EIP}`)) } })] });
    expect(found.lists).toEqual([{ cluster: CLUSTER, owner: "StatefulSet games/web", position: 1 }]);
    const copies = pods(having({ [`${TKE}eip-id-list`]: `eip-b,${EIP}` }));
    const repeated = linked({
      clusters: [bareCluster({ workloads: { StatefulSet: complete(listing(`eip-b,${EIP}`)) }, pods: copies })],
    });
    expect(repeated.lists).toEqual(found.lists);
  });
  it("of a bare Pod are its own", () => {
    const found = linked({ clusters: [bareCluster({ pods: pods(having({ [`${TKE}eip-id-list`]: EIP }, { owner: null })) })] });
    expect(found.lists).toEqual([{ cluster: CLUSTER, owner: "Pod games/web-0", position: 0 }]);
    expect(found.pod?.name).toBe("web-0");
  });
  it("of a Pod name it at the position of its own ordinal", () => {
    const copy = having({ [`${TKE}eip-id-list`]: `eip-b,${EIP}` }, { name: "web-1" });
    expect(linked({ clusters: [bareCluster({ pods: pods(copy) })] }).pod).toMatchObject({ name: "web-1", ordinal: 1 });
  });
  it("of an owner of an unknown kind count too", () => {
    const rollout = owner("Rollout", "web", "example.com/v1");
    const found = linked({
      clusters: [bareCluster({ pods: pods(having({ [`${TKE}eip-id-list`]: `eip-b,${EIP}` }, { owner: rollout })) })],
    });
    expect(found.lists).toEqual([{ cluster: CLUSTER, owner: "Rollout games/web", position: 1 }]);
    expect(found.pod).toBeNull();
  });
  it("of a ReplicaSet under an owner of an unknown kind are its own", () => {
    const own = listing(EIP, { kind: "ReplicaSet", owner: owner("Rollout", "web", "example.com/v1") });
    expect(linked({ clusters: [bareCluster({ workloads: { ReplicaSet: complete(own) } })] }).lists).toEqual([
      { cluster: CLUSTER, owner: "ReplicaSet games/web", position: 0 },
    ]);
  });
  it("of a ReplicaSet whose Deployment is gone, or is not listed, are its own", () => {
    const own = listing(EIP, { kind: "ReplicaSet", owner: owner("Deployment", "api") });
    expect(linked({ clusters: [bareCluster({ workloads: { ReplicaSet: complete(own) } })] }).lists).toHaveLength(1);
  });
  it("of a Pod whose name has no ordinal name no Pod", () => {
    const bare = having({ [`${TKE}eip-id-list`]: EIP }, { name: "redis", owner: null });
    expect(linked({ clusters: [bareCluster({ pods: pods(bare) })] })).toMatchObject({
      pod: null,
      lists: [{ owner: "Pod games/redis" }],
    });
  });
  it("of eks-config, which every Pod on a super node is given, count while no Pod is there", () => {
    const eksConfigAnnotations = known({ [`${TKE}eip-id-list`]: EIP });
    const alone = linked({ clusters: [bareCluster({ eksConfigAnnotations })] });
    expect(alone.lists).toEqual([{ cluster: CLUSTER, owner: "ConfigMap kube-system/eks-config", position: 0 }]);
    const given = pods(having({ [`${TKE}eip-id-list`]: EIP }));
    const carried = linked({ clusters: [bareCluster({ eksConfigAnnotations, pods: given })] });
    expect(carried).toMatchObject({ lists: [{ owner: "StatefulSet games/web" }], conflict: null });
  });
  it("that name an EIP twice are one list", () => {
    const found = linked({
      clusters: [bareCluster({ workloads: { Deployment: complete(listing(`${EIP},${EIP}`, { kind: "Deployment" })) } })],
    });
    expect(found.lists.map(({ position }) => position)).toEqual([0, 1]);
    expect(found.evidence.map(({ about }) => about)).toEqual([
      "Deployment games/web, position 0",
      "Deployment games/web, position 1",
    ]);
    expect(found.conflict).toBeNull();
  });
});

describe("rows", () => {
  it("of an incomplete listing carry why", () => {
    const rows = [address({ tags: known({}) })];
    expect(linked({ facts: { regions: [region([], { addresses: unknown("read 1 of 2"), partial: rows })] } }).incomplete).toBe(
      "read 1 of 2",
    );
    expect(linked({}).incomplete).toBeNull();
  });
});
