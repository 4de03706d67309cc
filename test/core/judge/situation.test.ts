import { describe, expect, it } from "vitest";
import { readCompletely, type Situation, situationOf } from "../../../src/core/judge/situation.ts";
import { link } from "../../../src/core/link/link.ts";
import type { Address, Annotations, ClusterFacts, Facts } from "../../../src/core/terms/facts.ts";
import { AUTOSCALER_KINDS } from "../../../src/core/terms/kinds.ts";
import { known, unknown } from "../../../src/core/terms/known.ts";
import type { AddressMemory, Ledger } from "../../../src/core/terms/ledger.ts";
import { DAY, HOUR, MINUTE, milliseconds } from "../../../src/core/terms/time.ts";
import {
  address,
  ago,
  autoscaler,
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
  NOT_NEVER,
  owner,
  POLICY,
  pod,
  podMemory,
  region,
  unrecorded,
  workload,
} from "../build.ts";

const TKE = "tke.cloud.tencent.com/";
const FORBIDDEN = { state: "forbidden", why: "403" } as const;
const MINE = { ...NEVER, [`${TKE}eip-id`]: "eip-aaaaaaaa" };
const OTHER = "cls-22222222";
const PLACE = { account: "default", region: "ap-guangzhou" };

interface World {
  readonly address?: Partial<Address>;
  readonly clusters?: readonly ClusterFacts[];
  readonly memory?: AddressMemory;
  readonly ledger?: Partial<Ledger>;
  readonly facts?: Partial<Facts>;
}

function situation({ address: fields, clusters = [cluster()], memory: own, ledger: more, facts: all }: World): Situation {
  const eip = address(fields);
  const world = link(facts([eip], clusters, all), ledger(own === undefined ? {} : { [eip.id]: own }, more));
  const [linked] = world.linked;
  if (linked === undefined) throw new Error("the EIP was lost");
  return situationOf(linked, world, POLICY);
}

const seen = (fields = {}, more: Partial<AddressMemory> = {}) =>
  memory(milliseconds(2 * DAY), { pod: podMemory(fields), ...more });
const unseen = (fields = {}) =>
  memory(milliseconds(2 * DAY), { pod: { ...withoutPolicy(), owner: null, ownerSeen: false, ...fields } });
function withoutPolicy() {
  const { deletePolicy: _, claimExpired: __, ...rest } = podMemory();
  return rest;
}
const sets = (...items: Parameters<typeof workload>[0][]) => ({ StatefulSet: complete(...items.map(workload)) });

type Expected = World & { readonly title: string; readonly expected: object };
function check(cases: readonly Expected[]) {
  it.each(cases)("$title", ({ expected, ...world }) => expect(situation(world)).toMatchObject(expected));
}

describe("the cluster that an EIP belongs to", () => {
  const second = bareCluster({}, { id: OTHER });
  const absent = { absentClusters: [{ ...PLACE, id: CLUSTER, exists: known("not-found" as const) }] };
  const alive = { clusters: { [CLUSTER]: { ...PLACE, seenAliveAt: ago(DAY), principal: "qcs::cam::uin/100000000001:root" } } };
  const gone = { clusters: [], facts: absent, ledger: alive };
  const home = (state: string, why?: RegExp) => ({
    home: { state, ...(why === undefined ? {} : { why: expect.stringMatching(why) }) },
  });
  check([
    { title: "none, without any sign", address: { tags: known({}) }, expected: { home: { state: "none" } } },
    { title: "the one that its tags name", clusters: [cluster(), second], expected: { home: { state: "live", id: CLUSTER } } },
    {
      title: "the one whose Pod names it now, before the tags",
      clusters: [cluster(), bareCluster({ pods: complete(pod({ annotations: MINE })) }, { id: OTHER })],
      expected: { home: { state: "live", id: OTHER } },
    },
    {
      title: "the one that its tags name, before the Pod that is only remembered",
      clusters: [cluster(), second],
      memory: seen({ cluster: OTHER }),
      expected: { home: { state: "live", id: CLUSTER } },
    },
    {
      title: "the one in which its Pod was last seen, without tags",
      address: { tags: known({}) },
      clusters: [cluster(), second],
      memory: seen({ cluster: OTHER }),
      expected: { home: { state: "live", id: OTHER } },
    },
    {
      title: "the one whose list names it, without anything else",
      address: { tags: known({}) },
      clusters: [
        bareCluster({
          workloads: {
            Deployment: complete(
              workload({ kind: "Deployment", templateAnnotations: { [`${TKE}eip-id-list`]: "eip-aaaaaaaa" } }),
            ),
          },
        }),
      ],
      expected: { home: { state: "live", id: CLUSTER } },
    },
    {
      title: "unreadable",
      clusters: [cluster({}, { objects: unknown("no route") })],
      expected: home("unreadable", /^no route$/),
    },
    {
      title: "not running, with what it is",
      clusters: [cluster({}, { status: { state: "other", status: "Isolated" } })],
      expected: home("not-running", /Isolated/),
    },
    {
      title: "deleted: absent, asked for, seen alive with the same credentials",
      ...gone,
      expected: home("deleted", /once seen alive/),
    },
    {
      title: "deleted: absent, asked for, declared by a person",
      ...gone,
      ledger: {},
      facts: { ...absent, declaredDeletedClusters: [CLUSTER] },
      expected: home("deleted", /clusters\.deleted/),
    },
    {
      title: "not visible: no clusters listed",
      ...gone,
      facts: { ...absent, clusterListings: [] },
      expected: home("not-visible", /discover/),
    },
    {
      title: "not visible: a listing failed",
      ...gone,
      facts: { ...absent, clusterListings: [{ ...PLACE, product: "eks", ids: unknown("timeout") }] },
      expected: home("not-visible", /default\/ap-guangzhou \(eks\)/),
    },
    {
      title: "not visible: it was not asked for",
      ...gone,
      facts: { absentClusters: [] },
      expected: home("not-visible", /not asked for/),
    },
    {
      title: "not visible: only another was asked for",
      ...gone,
      facts: { absentClusters: [{ ...PLACE, id: OTHER, exists: known("not-found" as const) }] },
      expected: home("not-visible", /not asked for/),
    },
    {
      title: "not visible: asking failed",
      ...gone,
      facts: {
        absentClusters: [
          { ...PLACE, id: CLUSTER, exists: known("not-found" as const) },
          { ...PLACE, id: CLUSTER, exists: unknown("timeout") },
        ],
      },
      expected: home("not-visible", /timeout/),
    },
    {
      title: "not visible: it exists",
      ...gone,
      facts: { absentClusters: [{ ...PLACE, id: CLUSTER, exists: known("exists" as const) }] },
      expected: home("not-visible", /exists/),
    },
    { title: "not visible: never seen alive", ...gone, ledger: {}, expected: home("not-visible", /never seen alive/) },
    {
      title: "not visible: who we are is not known",
      ...gone,
      facts: { ...absent, principals: { default: unknown("timeout") } },
      expected: home("not-visible", /other credentials/),
    },
    {
      title: "not visible: who we are was not asked",
      ...gone,
      facts: { ...absent, principals: {} },
      expected: home("not-visible", /other credentials/),
    },
  ]);
});

describe("what became of the Pod", () => {
  const standing = (is: string, more = {}) => ({ standing: { is, ...more } });
  const kruise = (fields = {}) => workload({ kind: "AdvancedStatefulSet", ...fields });
  const scaler = (maxReplicas: number, fields = {}) => autoscaler({ maxReplicas, ...fields });
  const away = { memory: seen({ name: "web-5" }) };
  const api = "api-7d9f8b6c5d-x2x4z";
  check([
    { title: "no Pod is known", expected: standing("no-pod") },
    {
      title: "its cluster could not be read",
      clusters: [cluster({}, { objects: unknown("x") })],
      memory: seen(),
      expected: standing("undecided"),
    },
    {
      title: "it was last seen in another cluster than its tags name",
      clusters: [cluster(), bareCluster({}, { id: OTHER })],
      memory: seen({ cluster: OTHER }),
      expected: standing("undecided"),
    },
    { title: "it exists", clusters: [cluster({ pods: complete(pod({ annotations: MINE })) })], expected: standing("pod-exists") },
    {
      title: "a Pod of its name exists",
      clusters: [cluster({ pods: complete(pod()) })],
      memory: seen(),
      expected: standing("pod-exists"),
    },
    { title: "included", clusters: [cluster({ workloads: sets({}) })], memory: seen(), expected: standing("included") },
    { title: "at zero", clusters: [cluster({ workloads: sets({ replicas: 0 }) })], memory: seen(), expected: standing("zero") },
    {
      title: "beyond",
      clusters: [cluster({ workloads: sets({}) })],
      ...away,
      expected: standing("scaled-away", { how: "beyond", autoscaled: known(false) }),
    },
    {
      title: "reserved, whatever an autoscaler covers",
      clusters: [cluster({ workloads: { AdvancedStatefulSet: complete(kruise({ reserved: [5] })) } })],
      ...away,
      expected: standing("scaled-away", { how: "reserved", autoscaled: known(false) }),
    },
    {
      title: "parked by its game server set",
      clusters: [
        cluster({
          workloads: {
            GameServerSet: complete(workload({ kind: "GameServerSet" })),
            AdvancedStatefulSet: complete(kruise({ reserved: [5] })),
          },
        }),
      ],
      ...away,
      expected: standing("scaled-away", { how: "parked", workload: { kind: "GameServerSet" } }),
    },
    {
      title: "beyond its game server set, which parks others",
      clusters: [
        cluster({
          workloads: {
            GameServerSet: complete(workload({ kind: "GameServerSet" })),
            AdvancedStatefulSet: complete(kruise({ reserved: [7] })),
          },
        }),
      ],
      ...away,
      expected: standing("scaled-away", { how: "beyond" }),
    },
    {
      title: "beyond a StatefulSet beside an Advanced one that reserves it",
      clusters: [cluster({ workloads: { ...sets({}), AdvancedStatefulSet: complete(kruise({ reserved: [5], replicas: 6 })) } })],
      ...away,
      expected: standing("scaled-away", { how: "reserved", workload: { kind: "AdvancedStatefulSet" } }),
    },
    {
      title: "beyond an Advanced StatefulSet, beside a StatefulSet at zero",
      clusters: [cluster({ workloads: { ...sets({ replicas: 0 }), AdvancedStatefulSet: complete(kruise()) } })],
      ...away,
      expected: standing("zero", { workload: { kind: "StatefulSet" } }),
    },
    {
      title: "beyond an Advanced StatefulSet, beside a StatefulSet that an autoscaler covers",
      clusters: [
        cluster({ workloads: { ...sets({}), AdvancedStatefulSet: complete(kruise()) }, autoscalers: complete(scaler(6)) }),
      ],
      ...away,
      expected: standing("scaled-away", { autoscaled: known(true), workload: { kind: "StatefulSet" } }),
    },
    {
      title: "reserved in an Advanced StatefulSet, beside a StatefulSet whose autoscalers were not read",
      clusters: [
        cluster({ workloads: { ...sets({}), AdvancedStatefulSet: complete(kruise({ reserved: [5] })) }, autoscalers: FORBIDDEN }),
      ],
      ...away,
      expected: standing("scaled-away", {
        autoscaled: expect.objectContaining({ known: false }),
        workload: { kind: "StatefulSet" },
      }),
    },
    {
      title: "reservations that can't be read",
      clusters: [cluster({ workloads: { AdvancedStatefulSet: complete(kruise({ reserved: ["x"] })) } })],
      ...away,
      expected: standing("undecided"),
    },
    {
      title: "covered by an autoscaler",
      clusters: [cluster({ workloads: sets({}), autoscalers: complete(scaler(3), scaler(6)) })],
      ...away,
      expected: standing("scaled-away", { autoscaled: known(true) }),
    },
    {
      title: "not covered by it",
      clusters: [cluster({ workloads: sets({}), autoscalers: complete(scaler(5)) })],
      ...away,
      expected: standing("scaled-away", { autoscaled: known(false) }),
    },
    ...[
      scaler(9, { namespace: "other" }),
      scaler(9, { target: { apiVersion: "apps/v1", kind: "StatefulSet", name: "api" } }),
      scaler(9, { target: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } }),
      scaler(9, { target: { apiVersion: "apps.kruise.io/v1beta1", kind: "StatefulSet", name: "web" } }),
    ].map((other, at) => ({
      title: `another's autoscaler covers nothing (${at})`,
      clusters: [cluster({ workloads: sets({}), autoscalers: complete(other) })],
      ...away,
      expected: standing("scaled-away", { autoscaled: known(false) }),
    })),
    ...[
      { what: "of another version", target: { apiVersion: "apps/v1beta2", kind: "StatefulSet", name: "web" } },
      { what: "in another case", target: { apiVersion: "apps/v1", kind: "Statefulset", name: "web" } },
    ].map(({ what, target }) => ({
      title: `covered by an autoscaler whose target is written ${what}`,
      clusters: [cluster({ workloads: sets({}), autoscalers: complete(scaler(9, { target })) })],
      ...away,
      expected: standing("scaled-away", { autoscaled: known(true) }),
    })),
    ...AUTOSCALER_KINDS.map((kind) => ({
      title: `covered by a ${kind}`,
      clusters: [cluster({ workloads: sets({}), otherAutoscalers: { [kind]: complete(scaler(9, { kind })) } })],
      ...away,
      expected: standing("scaled-away", { autoscaled: known(true) }),
    })),
    ...AUTOSCALER_KINDS.map((kind) => ({
      title: `a ${kind} that may not be read`,
      clusters: [cluster({ workloads: sets({}), otherAutoscalers: { [kind]: FORBIDDEN } })],
      ...away,
      expected: standing("scaled-away", { autoscaled: expect.objectContaining({ known: false }) }),
    })),
    ...[
      { what: "may not be read", foreign: unknown("403"), known: false },
      { what: "has it for its target", foreign: known([scaler(1, { kind: "FooHPA", maxReplicas: null })]), known: false },
      {
        what: "has another target",
        foreign: known([
          scaler(1, { kind: "FooHPA", maxReplicas: null, target: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } }),
        ]),
        known: true,
      },
    ].map(({ what, foreign, known: isKnown }) => ({
      title: `${isKnown ? "known" : "not known"} where an autoscaler of a kind in no table ${what}`,
      clusters: [cluster({ workloads: sets({}), foreignAutoscalers: foreign })],
      ...away,
      expected: standing("scaled-away", { autoscaled: expect.objectContaining({ known: isKnown }) }),
    })),
    {
      title: "covered by a schedule of its HorizontalPodAutoscaler",
      clusters: [
        cluster({
          workloads: sets({}),
          autoscalers: complete(scaler(2)),
          otherAutoscalers: {
            HorizontalPodCronscaler: complete(
              scaler(6, {
                kind: "HorizontalPodCronscaler",
                name: "evening",
                target: { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler", name: "web" },
              }),
            ),
          },
        }),
      ],
      ...away,
      expected: standing("scaled-away", { autoscaled: known(true) }),
    },
    ...[
      { what: "of an unknown kind has its name", fields: { target: { apiVersion: "db.io/v1", kind: "Db", name: "web" } } },
      { what: "without a version has its name", fields: { target: { apiVersion: "", kind: "StatefulSet", name: "web" } } },
      { what: "can't be read", fields: { target: null } },
      { what: "is scaled to no known number", fields: { maxReplicas: null } },
    ].map(({ what, fields }) => ({
      title: `not known where an autoscaler's target ${what}`,
      clusters: [cluster({ workloads: sets({}), autoscalers: complete(scaler(1, fields)) })],
      ...away,
      expected: standing("scaled-away", { autoscaled: expect.objectContaining({ known: false }) }),
    })),
    {
      title: "not known where an autoscaler of an unknown kind has the name that its own begins with",
      clusters: [
        cluster({
          workloads: { StatefulSet: complete(workload({ name: "web-db" })) },
          autoscalers: complete(scaler(1, { target: { apiVersion: "db.io/v1", kind: "Db", name: "web" } })),
        }),
      ],
      memory: seen({ name: "web-db-5" }),
      expected: standing("scaled-away", { autoscaled: expect.objectContaining({ known: false }) }),
    },
    ...[
      { what: "an owner of a kind that we don't know", fields: { owner: owner("Db", "main", "db.io/v1") } },
      { what: "another owner beside its controller", fields: { otherOwners: [owner("Db", "main", "db.io/v1")] } },
      { what: "an owner that is not listed", fields: { owner: owner("GameServerSet", "web", "game.kruise.io/v1alpha1") } },
      { what: "a LeaderWorkerSet", fields: { owner: owner("LeaderWorkerSet", "lws", "leaderworkerset.x-k8s.io/v1") } },
    ].flatMap(({ what, fields }) => {
      const lws = { LeaderWorkerSet: complete(workload({ kind: "LeaderWorkerSet", name: "lws" })) };
      const expected = standing("scaled-away", { autoscaled: expect.objectContaining({ known: false }) });
      return [
        { title: `not known under ${what}`, clusters: [cluster({ workloads: { ...sets(fields), ...lws } })], ...away, expected },
        {
          title: `not known under ${what}, where it is reserved`,
          clusters: [cluster({ workloads: { AdvancedStatefulSet: complete(kruise({ ...fields, reserved: [5] })), ...lws } })],
          ...away,
          expected,
        },
      ];
    }),
    {
      title: "counted by its GameServerSet's autoscaler where its Advanced StatefulSet repeats it",
      clusters: [
        cluster({
          workloads: {
            GameServerSet: complete(workload({ kind: "GameServerSet" })),
            AdvancedStatefulSet: complete(kruise({ owner: owner("GameServerSet", "web", "game.kruise.io/v1alpha1") })),
          },
          autoscalers: complete(
            scaler(5, { target: { apiVersion: "game.kruise.io/v1beta1", kind: "GameServerSet", name: "web" } }),
          ),
        }),
      ],
      ...away,
      expected: standing("scaled-away", { autoscaled: known(false), workload: { kind: "GameServerSet" } }),
    },
    ...(["TApp", "LeaderWorkerSet", "CloneSet", "GameServer"] as const).flatMap((kind) =>
      [
        { what: "whose owner is gone", memory: seen() },
        { what: "that nobody saw", memory: unseen() },
      ].map(({ what, memory }) => ({
        title: `a Pod ${what} while a ${kind} of its name lives`,
        clusters: [cluster({ workloads: { [kind]: complete(workload({ kind })) } })],
        memory,
        expected: standing("unknown-kind", { owner: `${kind} games/web` }),
      })),
    ),
    {
      title: "autoscalers that were not read",
      clusters: [cluster({ workloads: sets({}), autoscalers: FORBIDDEN })],
      ...away,
      expected: standing("scaled-away", { autoscaled: expect.objectContaining({ known: false }) }),
    },
    {
      title: "autoscalers that failed",
      clusters: [cluster({ workloads: sets({}), autoscalers: { state: "failed", why: "x" } })],
      ...away,
      expected: standing("scaled-away", { autoscaled: expect.objectContaining({ known: false }) }),
    },
    {
      title: "autoscalers that are not installed",
      clusters: [cluster({ workloads: sets({}), autoscalers: { state: "not-installed" } })],
      ...away,
      expected: standing("scaled-away", { autoscaled: known(false) }),
    },
    { title: "its owner was seen and is gone", memory: seen(), expected: standing("gone", { owner: "StatefulSet games/web" }) },
    {
      title: "its namespace is gone",
      clusters: [cluster({ namespaces: complete() })],
      memory: seen({ owner: null }),
      expected: standing("gone", { owner: "namespace games" }),
    },
    { title: "a bare Pod that was seen", memory: seen({ owner: null }), expected: standing("bare", { seen: true }) },
    {
      title: "an owner of an unknown kind",
      memory: seen({ owner: owner("Rollout", "web", "example.com/v1") }),
      expected: standing("unknown-kind"),
    },
    {
      title: "a Deployment that was seen, living or not",
      memory: seen({ owner: owner("Deployment", "api"), name: api }),
      expected: standing("nameless", { seen: true }),
    },
    {
      title: "StatefulSets that were not read",
      clusters: [cluster({ workloads: { StatefulSet: FORBIDDEN } })],
      memory: seen(),
      expected: standing("undecided"),
    },
    {
      title: "CloneSets that were not read, for a CloneSet's Pod",
      clusters: [cluster({ workloads: { CloneSet: FORBIDDEN } })],
      memory: seen({ owner: owner("CloneSet", "c", "apps.kruise.io/v1alpha1"), name: "c-x2x4z" }),
      expected: standing("undecided"),
    },
    {
      title: "StatefulSets that were not read, for a CloneSet's Pod",
      clusters: [cluster({ workloads: { StatefulSet: FORBIDDEN } })],
      memory: seen({ owner: owner("CloneSet", "c", "apps.kruise.io/v1alpha1"), name: "c-x2x4z" }),
      expected: standing("gone"),
    },
    {
      title: "another kind of stable names that was not read, for a StatefulSet's Pod without an ordinal",
      clusters: [cluster({ workloads: { GameServerSet: FORBIDDEN } })],
      memory: seen({ name: "redis" }),
      expected: standing("undecided", { why: "GameServerSet: 403" }),
    },
    {
      title: "a CloneSet that is gone",
      memory: seen({ owner: owner("CloneSet", "c", "apps.kruise.io/v1alpha1"), name: "c-x2x4z" }),
      expected: standing("gone"),
    },
    {
      title: "an unknown owner above the one that is gone",
      memory: seen({ ownersOwner: owner("Game", "g", "example.com/v1") }),
      expected: standing("unknown-kind", { owner: "Game g above StatefulSet games/web" }),
    },
    {
      title: "one that nobody saw, and that only its Pod named",
      memory: seen({ ownersOwner: "not-listed" }),
      expected: standing("never-seen", { workload: "StatefulSet games/web", named: true }),
    },
    {
      title: "nothing of the suggested name",
      memory: unseen(),
      expected: standing("never-seen", { workload: "games/web", named: false }),
    },
    {
      title: "a Deployment by the Pod's name alone",
      memory: unseen({ name: api }),
      expected: standing("nameless", { seen: false, owner: "a Deployment api, by the Pod's name" }),
    },
    { title: "a bare Pod by its name alone", memory: unseen({ name: "redis" }), expected: standing("bare", { seen: false }) },
    {
      title: "a name that only ends like a Deployment's",
      memory: unseen({ name: "7d9f8b6c5d-x2x4z" }),
      expected: standing("bare", { seen: false }),
    },
    ...(["Deployment", "ReplicaSet", "DaemonSet", "Job", "CronJob", "CloneSet"] as const).flatMap((kind) =>
      [api, "redis"].map((name) => ({
        title: `${kind}s that were not read, for ${name}, never seen`,
        clusters: [cluster({ workloads: { [kind]: FORBIDDEN } })],
        memory: unseen({ name }),
        expected: standing("undecided"),
      })),
    ),
    ...(["StatefulSet", "AdvancedStatefulSet", "GameServerSet"] as const).map((kind) => ({
      title: `${kind}s that were not read, for an ordinal, never seen`,
      clusters: [cluster({ workloads: { [kind]: FORBIDDEN } })],
      memory: unseen(),
      expected: standing("undecided"),
    })),
    ...[{ name: "web-1" }, { namespace: "other" }, { cluster: OTHER }].map((fields) => ({
      title: `memory of another Pod is none of this one's (${Object.keys(fields)[0]})`,
      clusters: [cluster({ claims: complete(claim()) })],
      memory: seen(fields),
      expected: standing("never-seen"),
    })),
  ]);
});

describe("whether its Pod keeps its EIP", () => {
  const own = (annotations: Annotations) => ({
    clusters: [cluster({ pods: complete(pod({ annotations: { ...annotations, [`${TKE}eip-id`]: "eip-aaaaaaaa" } })) })],
  });
  const superNode = { nodes: complete({ name: "eklet-1", superNode: true }) };
  check([
    { title: "no Pod", expected: { never: "unknown" } },
    { title: "a living Pod says so", ...own(NEVER), expected: { never: true } },
    { title: "a living Pod does not", ...own(NOT_NEVER), expected: { never: false } },
    { title: "a Pod that was seen said so", memory: seen(), expected: { never: true } },
    { title: "a Pod that was seen did not", memory: seen({ deletePolicy: null }), expected: { never: false } },
    { title: "a Pod that was never seen", memory: unseen(), expected: { never: "unknown" } },
    ...[{}, { replicas: 0 }, { start: 5 }].map((fields) => ({
      title: `a template says so (${Object.keys(fields)[0]})`,
      clusters: [cluster({ workloads: sets(fields) })],
      memory: unseen(),
      expected: { never: true },
    })),
    {
      title: "a template does not, of a Pod that was never seen",
      clusters: [cluster({ workloads: sets({ templateAnnotations: NOT_NEVER }) })],
      memory: unseen(),
      expected: { never: "unknown" },
    },
    {
      title: "a template says it in another case",
      clusters: [cluster({ workloads: sets({ templateAnnotations: { [`${TKE}eip-claim-delete-policy`]: "never" } }) })],
      memory: seen({ deletePolicy: null }),
      expected: { never: false },
    },
    {
      title: "another annotation says Never",
      clusters: [cluster({ workloads: sets({ templateAnnotations: { "example.com/x": "Never" } }) })],
      memory: seen({ deletePolicy: null }),
      expected: { never: false },
    },
    {
      title: "an unreadable cluster",
      clusters: [cluster({}, { objects: unknown("x") })],
      memory: seen({ deletePolicy: null }),
      expected: { never: "unknown" },
    },
    {
      title: "eks-config gave it to the Pod, and neither it nor the super node is there any more",
      clusters: [cluster()],
      memory: seen({ deletePolicy: null, given: { deletePolicy: "Never", claimExpired: null } }),
      expected: { never: true },
    },
    {
      title: "eks-config gives it today, and gave the Pod nothing",
      clusters: [cluster({ ...superNode, eksConfigAnnotations: known({ [`${TKE}eip-claim-delete-policy`]: "Never" }) })],
      memory: seen({ deletePolicy: null }),
      expected: { never: false },
    },
    {
      title: "eks-config says it where there are no super nodes",
      clusters: [cluster({ eksConfigAnnotations: known({ [`${TKE}eip-claim-delete-policy`]: "Never" }) })],
      memory: seen({ deletePolicy: null }),
      expected: { never: false },
    },
    {
      title: "what eks-config gave the Pod was never recorded",
      clusters: [cluster()],
      memory: memory(milliseconds(2 * DAY), { pod: unrecorded }),
      expected: { never: "unknown" },
    },
    {
      title: "there is no eks-config on super nodes",
      clusters: [cluster(superNode)],
      memory: seen({ deletePolicy: null }),
      expected: { never: false },
    },
  ]);
});

describe("whether a claim names it", () => {
  check([
    { title: "one does", clusters: [bareCluster({ claims: complete(claim()) })], expected: { claim: "present" } },
    { title: "none does, where claims are readable", expected: { claim: "absent" } },
    { title: "none does, where claims prove nothing", clusters: [bareCluster()], expected: { claim: "unknown" } },
    {
      title: "claims are not installed",
      clusters: [bareCluster({ claims: { state: "not-installed" } })],
      expected: { claim: "absent" },
    },
    {
      title: "its cluster could not be read",
      clusters: [cluster({}, { objects: unknown("x") })],
      expected: { claim: "unknown" },
    },
    {
      title: "its Pod's claim names no EIP at all",
      clusters: [cluster({ claims: complete(claim({ ids: [] })) })],
      memory: seen(),
      expected: { claim: "unknown" },
    },
    {
      title: "no Pod of it is known, and a claim whose Pod is gone names no EIP at all",
      clusters: [cluster({ claims: complete(claim({ name: "other-0", ids: [] })) })],
      expected: { standing: { is: "no-pod" }, claim: "unknown" },
    },
    {
      title: "no Pod of it is known, and the claim of a living Pod names no EIP yet",
      clusters: [
        cluster({
          pods: complete(pod({ name: "other-0", annotations: {} })),
          claims: complete(claim({ name: "other-0", ids: [] })),
        }),
      ],
      expected: { standing: { is: "no-pod" }, claim: "absent" },
    },
    {
      title: "another Pod's claim names no EIP at all",
      clusters: [cluster({ claims: complete(claim({ name: "other-0", ids: [] })) })],
      memory: seen(),
      expected: { claim: "absent" },
    },
    {
      title: "its Pod's claim names another",
      clusters: [cluster({ claims: complete(claim({ ids: ["eip-b"] })) })],
      memory: seen(),
      expected: { claim: "absent" },
    },
  ]);
});

describe("the threshold that counts", () => {
  const annotated = (...values: string[]) =>
    Object.fromEntries(values.map((value, at) => [`${at === 0 ? "" : "eks."}${TKE}claim-expired-duration`, value]));
  const superNodes = { nodes: complete({ name: "eklet-1", superNode: true }) };
  const expired = (value: string) => ({ threshold: { state: "set", duration: value === "1h" ? HOUR : 5 * MINUTE } });
  check([
    { title: "the cluster's", memory: seen(), expected: expired("1h") },
    {
      title: "a living Pod's own",
      clusters: [cluster({ pods: complete(pod({ annotations: { ...MINE, ...annotated("5m") } })) })],
      expected: expired("5m"),
    },
    {
      title: "a living Pod without its own: the cluster's, whatever was remembered",
      clusters: [cluster({ pods: complete(pod({ annotations: MINE })) })],
      memory: seen({ claimExpired: "5m" }),
      expected: expired("1h"),
    },
    {
      title: "two of a living Pod's own contradict each other",
      clusters: [cluster({ pods: complete(pod({ annotations: { ...MINE, ...annotated("5m", "6m") } })) })],
      expected: { threshold: { state: "unknown", why: expect.stringContaining("contradictory") } },
    },
    { title: "the remembered Pod's own", memory: seen({ claimExpired: "5m" }), expected: expired("5m") },
    {
      title: "a template's, for a Pod that was never seen",
      clusters: [cluster({ workloads: sets({ templateAnnotations: annotated("5m") }) })],
      memory: unseen(),
      expected: expired("5m"),
    },
    {
      title: "a template's at zero",
      clusters: [cluster({ workloads: sets({ replicas: 0, templateAnnotations: annotated("5m") }) })],
      memory: unseen(),
      expected: expired("5m"),
    },
    {
      title: "a template's beyond",
      clusters: [cluster({ workloads: sets({ start: 5, templateAnnotations: annotated("5m") }) })],
      memory: unseen(),
      expected: expired("5m"),
    },
    {
      title: "two of a template's own contradict each other",
      clusters: [cluster({ workloads: sets({ replicas: 0, templateAnnotations: annotated("5m", "6m") }) })],
      memory: unseen(),
      expected: { threshold: { state: "unknown", why: expect.stringContaining("contradictory") } },
    },
    {
      title: "a template without its own: the cluster's",
      clusters: [cluster({ workloads: sets({}) })],
      memory: unseen(),
      expected: expired("1h"),
    },
    {
      title: "not known of a Pod of which only another of its name was seen, and whose workload is gone",
      memory: unseen({ owner: owner("StatefulSet", "web"), ownerSeen: true }),
      expected: { standing: { is: "gone" }, threshold: { state: "unknown", why: expect.stringContaining("never recorded") } },
    },
    {
      title: "not known of a bare Pod of which only another of its name was seen",
      memory: unseen({ ownerSeen: true }),
      expected: { standing: { is: "bare", seen: true }, threshold: { state: "unknown" } },
    },
    {
      title: "the cluster's where no Pod of the name can return, whose threshold nobody waits for",
      memory: unseen({ owner: owner("Deployment", "api"), ownerSeen: true, name: "api-x2x4z" }),
      expected: { standing: { is: "nameless", seen: true }, ...expired("1h") },
    },
    {
      title: "the cluster's for a Pod that nobody ever saw",
      memory: unseen(),
      expected: { standing: { is: "never-seen" }, ...expired("1h") },
    },
    {
      title: "the Pod's own, whatever eks-config gives to others",
      clusters: [cluster({ ...superNodes, eksConfigAnnotations: known(annotated("30m")) })],
      memory: seen({ claimExpired: "5m" }),
      expected: expired("5m"),
    },
    {
      title: "eks-config's where its cluster says the same",
      clusters: [cluster({ ...superNodes, eksConfigAnnotations: known(annotated("1h")) })],
      memory: seen(),
      expected: expired("1h"),
    },
    {
      title: "the one that eks-config gave its Pod, though it gives none today",
      clusters: [cluster()],
      memory: seen({ given: { deletePolicy: null, claimExpired: "720h" } }),
      expected: { threshold: { state: "set", duration: 720 * HOUR } },
    },
    {
      title: "its own before the one that eks-config gave it",
      clusters: [cluster()],
      memory: seen({ claimExpired: "72h", given: { deletePolicy: null, claimExpired: "720h" } }),
      expected: { threshold: { state: "set", duration: 72 * HOUR } },
    },
    {
      title: "not known where what eks-config gave its Pod was never recorded",
      clusters: [cluster()],
      memory: memory(milliseconds(2 * DAY), { pod: unrecorded }),
      expected: { threshold: { state: "unknown", why: expect.stringContaining("eks-config") }, past: null },
    },
    {
      title: "the cluster's where there are no super nodes, whatever eks-config says",
      clusters: [cluster({ eksConfigAnnotations: known(annotated("720h")) })],
      memory: seen(),
      expected: expired("1h"),
    },
    { title: "without a cluster none", address: { tags: known({}) }, expected: { threshold: { state: "unknown" }, past: null } },
    { title: "past it", memory: seen(), expected: { past: true } },
    {
      title: "exactly at it: not past",
      memory: memory(milliseconds(30 * MINUTE), { pod: podMemory() }),
      expected: { past: false },
    },
    {
      title: "never: no past",
      clusters: [cluster({}, { ipamd: known(ipamd({ claimExpiredDuration: "0s" })) })],
      memory: seen(),
      expected: { past: null },
    },
    { title: "a bound EIP has no past", address: { status: "BIND" }, memory: seen(), expected: { past: null, idle: null } },
  ]);
});

describe("proven automatic", () => {
  const list = {
    workloads: {
      Deployment: complete(workload({ kind: "Deployment", templateAnnotations: { [`${TKE}eip-id-list`]: "eip-aaaaaaaa" } })),
    },
  };
  check([
    { title: "both tags", expected: { automatic: true } },
    { title: "one tag", address: { tags: known({ "tke-created-eip": "true" }) }, expected: { automatic: false } },
    {
      title: "a claim, where claims are readable",
      address: { tags: known({}) },
      clusters: [cluster({ claims: complete(claim()) })],
      expected: { automatic: true },
    },
    {
      title: "a claim, where claims prove nothing",
      address: { tags: known({}) },
      clusters: [bareCluster({ claims: complete(claim()) })],
      expected: { automatic: false },
    },
    { title: "both tags, but in a list", clusters: [cluster(list)], expected: { automatic: false } },
    { title: "both tags, but once in a list", memory: seen({}, { everInIdList: true }), expected: { automatic: false } },
  ]);
});

describe("whether its Pod holds another", () => {
  const holds = (annotated: string, claims: readonly string[], more = {}) => ({
    clusters: [
      cluster({
        pods: complete(pod({ annotations: { ...NEVER, [`${TKE}eip-id`]: annotated } })),
        claims: complete(claim({ ids: claims })),
        ...more,
      }),
    ],
    memory: seen(),
  });
  check([
    { title: "annotation and claim name another", ...holds("eip-b", ["eip-b"]), expected: { podHoldsAnother: "eip-b" } },
    {
      title: "annotation and claim name this one",
      ...holds("eip-aaaaaaaa", ["eip-aaaaaaaa"]),
      expected: { podHoldsAnother: null },
    },
    { title: "the claim names a third", ...holds("eip-b", ["eip-c"]), expected: { podHoldsAnother: null } },
    { title: "the claim names none", ...holds("eip-b", []), expected: { podHoldsAnother: null } },
    { title: "there is no claim", ...holds("eip-b", ["eip-b"], { claims: complete() }), expected: { podHoldsAnother: null } },
    {
      title: "the Pod names two others, and its claim one of them",
      clusters: [
        cluster({
          pods: complete(pod({ annotations: { [`${TKE}eip-id`]: "eip-b", [`eks.${TKE}eip-id`]: "eip-c" } })),
          claims: complete(claim({ ids: ["eip-b"] })),
        }),
      ],
      memory: seen(),
      expected: { podHoldsAnother: null },
    },
    {
      title: "annotation and claim name another, but another claim contradicts its Pod",
      ...holds("eip-b", ["eip-b"], {
        pods: complete(
          pod({ annotations: { [`${TKE}eip-id`]: "eip-b" } }),
          pod({ name: "web-1", annotations: { [`${TKE}eip-id`]: "eip-c" } }),
        ),
        claims: complete(claim({ ids: ["eip-b"] }), claim({ name: "web-1", ids: ["eip-d"] })),
      }),
      expected: { podHoldsAnother: null },
    },
    {
      title: "the Pod names none",
      clusters: [cluster({ pods: complete(pod()), claims: complete(claim({ ids: ["eip-b"] })) })],
      memory: seen(),
      expected: { podHoldsAnother: null },
    },
    {
      title: "the Pod is gone",
      clusters: [cluster({ claims: complete(claim({ ids: ["eip-b"] })) })],
      memory: seen(),
      expected: { podHoldsAnother: null },
    },
  ]);
});

describe("what could not be read around it", () => {
  const around = (...unreadableAround: object[]) => ({ unreadableAround });
  const second = (shape: Parameters<typeof bareCluster>[0], fields = {}) => ({
    clusters: [cluster(), bareCluster(shape, { id: OTHER, ...fields })],
  });
  check([
    { title: "nothing", ...second({}), expected: around() },
    {
      title: "a cluster",
      ...second({}, { objects: unknown("no route") }),
      expected: around({ cluster: OTHER, why: "no route" }),
    },
    {
      title: "a cluster that is listed a second time, by another account",
      clusters: [
        cluster(),
        bareCluster({}, { id: OTHER, objects: unknown("no route") }),
        bareCluster({}, { id: OTHER, account: "games", objects: unknown("no route") }),
      ],
      expected: around({ cluster: OTHER, why: "no route" }),
    },
    {
      title: "two kinds of a cluster",
      ...second({ workloads: { Job: FORBIDDEN, CronJob: FORBIDDEN } }),
      expected: around({ cluster: OTHER, why: "Job: 403; CronJob: 403" }),
    },
    {
      title: "the claims of a cluster",
      ...second({ claims: FORBIDDEN }),
      expected: around({ cluster: OTHER, why: "EIPClaim: 403" }),
    },
    {
      title: "what eks-config gives to all Pods on super nodes",
      ...second({ nodes: complete({ name: "eklet-1", superNode: true }), eksConfigAnnotations: unknown("403") }),
      expected: around({ cluster: OTHER, why: "eks-config: 403" }),
    },
    {
      title: "eks-config where there are no super nodes: nobody gets what it gives",
      ...second({ eksConfigAnnotations: unknown("403") }),
      expected: around(),
    },
    {
      title: "a listing of clusters",
      facts: { clusterListings: [{ ...PLACE, product: "eks", ids: unknown("timeout") }] },
      expected: around({ cluster: "any eks cluster", why: "timeout" }),
    },
    {
      title: "every cluster that nobody listed",
      facts: { clusterListings: [] },
      expected: around({ cluster: "any cluster", why: "the clusters were not listed (clusters.discover is off)" }),
    },
    {
      title: "a listing of another region",
      facts: { clusterListings: [{ ...PLACE, region: "ap-tokyo", product: "eks", ids: unknown("timeout") }] },
      expected: around(),
    },
    {
      title: "a listing of another account",
      facts: { clusterListings: [{ ...PLACE, account: "games", product: "eks", ids: unknown("timeout") }] },
      expected: around(),
    },
  ]);
});

describe("whether a reading was complete for an EIP", () => {
  const absent = {
    absentClusters: [{ ...PLACE, id: CLUSTER, exists: known("not-found" as const) }],
    declaredDeletedClusters: [CLUSTER],
  };
  const untagged = { address: { tags: known({}) } };
  const second = (fields: Partial<ClusterFacts>) => [cluster(), bareCluster({}, { id: OTHER, ...fields })];
  const cases: readonly (World & { readonly title: string; readonly complete: boolean })[] = [
    { title: "in a cluster that was read whole", complete: true },
    { title: "in a cluster that was deleted", clusters: [], facts: absent, complete: true },
    { title: "without any cluster", ...untagged, clusters: [], complete: true },
    {
      title: "without any cluster, while one there was not read",
      ...untagged,
      clusters: second({ objects: unknown("x") }),
      complete: false,
    },
    {
      title: "with both tags, while another cluster there was not read",
      clusters: second({ objects: unknown("x") }),
      complete: true,
    },
    { title: "in a cluster of which a kind was not read", clusters: [cluster({ autoscalers: FORBIDDEN })], complete: false },
    { title: "in a cluster whose claims were not read", clusters: [bareCluster({ claims: FORBIDDEN })], complete: false },
    { title: "in a cluster that was not read", clusters: [cluster({}, { objects: unknown("x") })], complete: false },
    { title: "in a cluster that is not visible", clusters: [], complete: false },
    {
      title: "in a cluster that does not run",
      clusters: [cluster({}, { status: { state: "other", status: "Isolated" } })],
      complete: false,
    },
    { title: "with tags that were not read", address: { tags: unknown("no TagSet") }, complete: false },
    {
      title: "in a listing that is not complete",
      facts: { regions: [region([], { addresses: unknown("read 1 of 2"), partial: [address()] })] },
      complete: false,
    },
  ];
  it.each(cases)("$complete $title", ({ complete: expected, ...world }) => {
    expect(readCompletely(situation(world))).toBe(expected);
  });
});

describe("the type of its account", () => {
  const tokyo = region([], { region: "ap-tokyo", accountType: unknown("403") });
  const games = region([], { account: "games", accountType: unknown("403") });
  const own = (accountType: Facts["regions"][number]["accountType"]) => ({
    facts: { regions: [tokyo, games, region([address()], { accountType })] },
  });
  check([
    { title: "known", ...own(known("legacy")), expected: { accountType: "known" } },
    { title: "another", ...own(known("other")), expected: { accountType: "other" } },
    { title: "not read", ...own(unknown("403")), expected: { accountType: "unread" } },
  ]);
});
