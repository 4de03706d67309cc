import { describe, expect, it } from "vitest";
import { judge } from "../../../src/core/judge/judge.ts";
import { link } from "../../../src/core/link/link.ts";
import type { Address, ClusterFacts, Facts } from "../../../src/core/terms/facts.ts";
import { known, unknown } from "../../../src/core/terms/known.ts";
import type { AddressMemory, Ledger } from "../../../src/core/terms/ledger.ts";
import { DAY, HOUR, MINUTE, milliseconds } from "../../../src/core/terms/time.ts";
import { REASONS, type Reason, type Verdict } from "../../../src/core/terms/verdict.ts";
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
  unrecorded,
  workload,
} from "../build.ts";

interface Case {
  readonly title: string;
  readonly address?: Partial<Address>;
  readonly others?: readonly Address[];
  readonly clusters?: readonly ClusterFacts[];
  readonly memory?: AddressMemory;
  readonly ledger?: Partial<Ledger>;
  readonly facts?: Partial<Facts>;
  readonly verdict: Verdict;
  readonly reason: Reason;
}

function judged({ address: fields, others = [], clusters = [cluster()], memory: remembered, ledger: own, facts: more }: Case) {
  const eip = address(fields);
  const world = link(
    facts([eip, ...others], clusters, more),
    ledger(remembered === undefined ? {} : { [eip.id]: remembered }, own),
  );
  const found = judge(world, POLICY).find(({ situation }) => situation.linked.address.id === eip.id);
  if (found === undefined) throw new Error("the EIP was lost");
  return found;
}

function check(cases: readonly Case[]) {
  it.each(cases)("$title", (one) => {
    const { verdict, reason, detail } = judged(one);
    expect({ verdict, reason }, detail).toEqual({ verdict: one.verdict, reason: one.reason });
  });
}

const gone = { namespaces: complete({ name: "games", uid: "uid-games", deletionAt: null, ownerMark: null }) };
const never = { ipamd: known(ipamd({ claimExpiredDuration: "0s" })) };
const short = { ipamd: known(ipamd({ claimExpiredDuration: "300s" })) };
const unread = { ipamd: unknown("DescribeIPAMD: UnauthorizedOperation") };
const seen = (fields = {}) => memory(milliseconds(2 * DAY), { pod: podMemory(fields) });
const justIdle = (fields = {}) => memory(milliseconds(0), { pod: podMemory(fields) });
const statefulSet = (fields = {}) => ({ workloads: { StatefulSet: complete(workload(fields)) } });

describe("line 1: in use", () => {
  check([
    {
      title: "an EIP that is bound is in use, to whatever it be",
      address: { status: "BIND", instanceId: "nat-1" },
      verdict: "in-use",
      reason: "bound",
    },
    {
      title: "an EIP that is bound is in use although its cluster can't be read",
      address: { status: "BIND" },
      clusters: [cluster({}, { objects: unknown("no route") })],
      verdict: "in-use",
      reason: "bound",
    },
    {
      title: "an EIP on a network interface whose Pod lives is in use",
      address: { status: "BIND_ENI", networkInterfaceId: "eni-1" },
      clusters: [cluster({ pods: complete(pod({ annotations: { "tke.cloud.tencent.com/eip-id": "eip-aaaaaaaa" } })) })],
      verdict: "in-use",
      reason: "eni-with-living-pod",
    },
    {
      title: "an EIP on a network interface with nobody there is unknown",
      address: { status: "BIND_ENI", networkInterfaceId: "eni-1" },
      verdict: "unknown",
      reason: "dangling-eni",
    },
    {
      title: "an InstanceId beside the status UNBIND makes nothing bound",
      address: { status: "UNBIND", instanceId: "ins-1", tags: known({}) },
      verdict: "unmanaged",
      reason: "no-cluster",
    },
  ]);
});

describe("line 2: transient", () => {
  const terminating = pod({ deletionAt: ago(HOUR), annotations: { "tke.cloud.tencent.com/eip-id": "eip-aaaaaaaa" } });
  check([
    ...(["CREATING", "BINDING", "UNBINDING", "OFFLINING"] as const).map(
      (status): Case => ({
        title: `an EIP in ${status} is transient`,
        address: { status },
        verdict: "transient",
        reason: "changing",
      }),
    ),
    {
      title: "a status that has been changing for more than a day is stuck",
      address: { status: "UNBINDING" },
      memory: memory(null, { status: { is: "UNBINDING", since: ago(25 * HOUR) } }),
      verdict: "unknown",
      reason: "stuck",
    },
    {
      title: "an EIP younger than newborn is transient",
      address: { createdAt: ago(9 * MINUTE) },
      verdict: "transient",
      reason: "newborn",
    },
    {
      title: "an EIP as old as newborn is not",
      address: { createdAt: ago(10 * MINUTE), tags: known({}) },
      verdict: "unmanaged",
      reason: "no-cluster",
    },
    { title: "an EIP whose age nothing tells is new", address: { createdAt: null }, verdict: "transient", reason: "newborn" },
    {
      title: "an EIP that is released by itself is transient",
      address: { cascadeRelease: true },
      verdict: "transient",
      reason: "cascade-release",
    },
    {
      title: "an EIP whose Pod is terminating is transient",
      clusters: [cluster({ pods: complete(terminating) })],
      verdict: "transient",
      reason: "pod-terminating",
    },
    {
      title: "a Pod that has been terminating for more than a day is stuck",
      clusters: [cluster({ pods: complete({ ...terminating, deletionAt: ago(25 * HOUR) }) })],
      verdict: "unknown",
      reason: "stuck",
    },
    {
      title: "an EIP whose namespace is terminating is transient",
      clusters: [cluster({ namespaces: complete({ name: "games", uid: "u", deletionAt: ago(HOUR), ownerMark: null }) })],
      memory: seen(),
      verdict: "transient",
      reason: "namespace-terminating",
    },
    {
      title: "an EIP whose claim is being deleted is transient",
      clusters: [cluster({ claims: complete(claim({ deletionAt: ago(HOUR) })) })],
      verdict: "transient",
      reason: "claim-terminating",
    },
  ]);
});

describe("line 2, the boundaries", () => {
  const going = (deletionAt: ReturnType<typeof ago>, name = "web-0") => claim({ name, deletionAt });
  check([
    {
      title: "a claim that has been terminating for exactly a day is not stuck yet",
      clusters: [cluster({ claims: complete(going(ago(DAY))) })],
      verdict: "transient",
      reason: "claim-terminating",
    },
    ...[
      [ago(HOUR), ago(2 * DAY)],
      [ago(2 * DAY), ago(HOUR)],
    ].map(
      ([one = ago(0), other = ago(0)], at): Case => ({
        title: `of two claims the one that has been going for longest speaks (${at})`,
        clusters: [cluster({ claims: complete(going(one), going(other, "web-1")) })],
        verdict: "unknown",
        reason: "stuck",
      }),
    ),
    {
      title: "a claim that names two EIPs and is being deleted makes both transient",
      clusters: [cluster({ claims: complete(claim({ ids: ["eip-aaaaaaaa", "eip-bbbbbbbb"], deletionAt: ago(HOUR) })) })],
      verdict: "transient",
      reason: "claim-terminating",
    },
    {
      title: "a namespace that has been terminating for more than a day is stuck",
      clusters: [cluster({ namespaces: complete({ name: "games", uid: "u", deletionAt: ago(25 * HOUR), ownerMark: null }) })],
      memory: seen(),
      verdict: "unknown",
      reason: "stuck",
    },
    {
      title: "a namespace of another name that is terminating concerns nobody",
      clusters: [
        cluster(
          {
            namespaces: complete(
              { name: "games", uid: "u", deletionAt: null, ownerMark: null },
              { name: "other", uid: "v", deletionAt: ago(HOUR), ownerMark: null },
            ),
          },
          never,
        ),
      ],
      memory: seen(),
      verdict: "leaked",
      reason: "workload-gone-never-recycled",
    },
    {
      title: "a status that has been changing for exactly a day is not stuck yet",
      address: { status: "UNBINDING" },
      memory: memory(null, { status: { is: "UNBINDING", since: ago(DAY) } }),
      verdict: "transient",
      reason: "changing",
    },
    {
      title: "a status that was another for long is not stuck",
      address: { status: "UNBINDING" },
      memory: memory(null, { status: { is: "BIND", since: ago(9 * DAY) } }),
      verdict: "transient",
      reason: "changing",
    },
    {
      title: "an EIP without CreatedTime is as old as the guard's memory of it",
      address: { createdAt: null, tags: known({}) },
      memory: memory(null, { firstSeenAt: ago(DAY) }),
      verdict: "unmanaged",
      reason: "no-cluster",
    },
  ]);
});

describe("line 3: a person said so", () => {
  const tags = (value: string) => ({ tags: known({ "eip-guard:keep": value }) });
  check([
    { title: "a keep tag keeps", address: tags("ask finance"), verdict: "retained", reason: "keep-tag" },
    { title: "a keep tag with an empty value keeps", address: tags(""), verdict: "retained", reason: "keep-tag" },
    {
      title: "a keep tag with a date keeps through that day",
      address: tags("2026-11-23"),
      verdict: "retained",
      reason: "keep-tag",
    },
    { title: "a keep tag whose date is over does not", address: tags("2026-11-22"), verdict: "unmanaged", reason: "no-cluster" },
    {
      title: "a keep tag with a date that does not exist keeps",
      address: tags("2026-02-31"),
      verdict: "retained",
      reason: "keep-tag",
    },
    {
      title: "a keep in the store keeps",
      address: { tags: known({}) },
      memory: memory(null, { keep: { at: ago(DAY), by: "ann", why: "partner", until: null } }),
      verdict: "retained",
      reason: "kept",
    },
    {
      title: "a snooze that is over does not",
      address: { tags: known({}) },
      memory: memory(null, { keep: { at: ago(DAY), by: "ann", why: "", until: ago(MINUTE) } }),
      verdict: "unmanaged",
      reason: "no-cluster",
    },
    {
      title: "deletion protection that a release learned of keeps",
      memory: memory(null, { protections: { "OperationDenied.AddressDeletionProtectionEnabled": ago(DAY) } }),
      verdict: "retained",
      reason: "deletion-protected",
    },
  ]);
});

describe("table 5.1: retained, recycling or leaked", () => {
  check([
    {
      title: "keeps an EIP whose living workload includes its Pod, by Never",
      clusters: [cluster(statefulSet())],
      memory: seen(),
      verdict: "retained",
      reason: "workload-includes-pod",
    },
    {
      title: "keeps an EIP whose living workload includes its Pod, by a claim alone",
      clusters: [cluster({ ...statefulSet({ templateAnnotations: NOT_NEVER }), claims: complete(claim()) })],
      verdict: "retained",
      reason: "workload-includes-pod",
    },
    {
      title: "accuses an EIP of a living workload without Never and without a claim",
      clusters: [cluster(statefulSet({ templateAnnotations: NOT_NEVER }))],
      memory: seen({ deletePolicy: null }),
      verdict: "leaked",
      reason: "not-destroyed-with-pod",
    },
    {
      title: "keeps an EIP whose Pod runs without it",
      clusters: [cluster({ pods: complete(pod({ annotations: NEVER })), ...statefulSet() })],
      memory: seen(),
      verdict: "retained",
      reason: "pod-exists",
    },
    {
      title: "keeps an EIP of a StatefulSet at 0 replicas, past the threshold too",
      clusters: [cluster(statefulSet({ replicas: 0 }))],
      memory: seen(),
      verdict: "retained",
      reason: "scaled-to-zero",
    },
    {
      title: "keeps an EIP beyond the replicas that an autoscaler covers",
      clusters: [
        cluster({
          ...statefulSet({ replicas: 1 }),
          autoscalers: complete(autoscaler({ maxReplicas: 6 })),
        }),
      ],
      memory: seen({ name: "web-5" }),
      verdict: "retained",
      reason: "autoscaler-covers-pod",
    },
    {
      title: "accuses an EIP beyond the autoscaler's maxReplicas, past the threshold",
      clusters: [
        cluster({
          ...statefulSet({ replicas: 1 }),
          autoscalers: complete(autoscaler({ maxReplicas: 5 })),
        }),
      ],
      memory: seen({ name: "web-5" }),
      verdict: "leaked",
      reason: "scaled-down-overdue",
    },
    {
      title: "keeps an EIP beyond the replicas while the threshold is not past",
      clusters: [cluster(statefulSet({ replicas: 1 }))],
      memory: justIdle({ name: "web-1" }),
      verdict: "retained",
      reason: "scaled-down-not-overdue",
    },
    {
      title: "keeps an EIP beyond the replicas where the threshold is never",
      clusters: [cluster(statefulSet({ replicas: 1 }), never)],
      memory: seen({ name: "web-1" }),
      verdict: "retained",
      reason: "scaled-down-never-recycled",
    },
    {
      title: "honours spec.ordinals.start",
      clusters: [cluster(statefulSet({ replicas: 2, start: 5 }))],
      memory: seen({ name: "web-0" }),
      verdict: "leaked",
      reason: "scaled-down-overdue",
    },
    {
      title: "accuses the EIP of a reserved ordinal past the threshold",
      clusters: [
        cluster({
          workloads: { AdvancedStatefulSet: complete(workload({ kind: "AdvancedStatefulSet", replicas: 4, reserved: [1] })) },
        }),
      ],
      memory: seen({ name: "web-1", owner: owner("StatefulSet", "web", "apps.kruise.io/v1beta1") }),
      verdict: "leaked",
      reason: "scaled-down-overdue",
    },
    {
      title: "keeps the EIP of a parked game server",
      clusters: [
        cluster({
          workloads: {
            GameServerSet: complete(workload({ kind: "GameServerSet", replicas: 2 })),
            AdvancedStatefulSet: complete(
              workload({
                kind: "AdvancedStatefulSet",
                replicas: 2,
                reserved: [2],
                owner: owner("GameServerSet", "web", "game.kruise.io/v1alpha1"),
              }),
            ),
          },
        }),
      ],
      memory: seen({ name: "web-2", owner: owner("GameServerSet", "web", "game.kruise.io/v1alpha1") }),
      verdict: "retained",
      reason: "parked-game-server",
    },
    {
      title: "keeps an EIP in the list of a living workload of any kind, beyond its replicas too",
      address: { tags: known({}) },
      clusters: [
        cluster({
          workloads: {
            Deployment: complete(
              workload({
                kind: "Deployment",
                name: "gate",
                replicas: 1,
                templateAnnotations: { "tke.cloud.tencent.com/eip-id-list": "eip-bbbbbbbb, eip-aaaaaaaa" },
              }),
            ),
          },
        }),
      ],
      verdict: "retained",
      reason: "in-id-list",
    },
    {
      title: "keeps the EIP of a bare Pod that a claim holds, threshold never",
      clusters: [cluster({ claims: complete(claim({ name: "redis" })) }, never)],
      memory: seen({ name: "redis", owner: null }),
      verdict: "retained",
      reason: "bare-pod-claim",
    },
    {
      title: "accuses the EIP of a bare Pod that a claim holds, past the threshold",
      clusters: [cluster({ claims: complete(claim({ name: "redis" })) })],
      memory: seen({ name: "redis", owner: null }),
      verdict: "leaked",
      reason: "bare-pod-overdue",
    },
    {
      title: "leaves to ipamd what is not past the threshold",
      memory: justIdle(),
      verdict: "recycling",
      reason: "ipamd-will-recycle",
    },
    { title: "accuses past the threshold", memory: seen(), verdict: "leaked", reason: "workload-gone-overdue" },
    {
      title: "accuses where the threshold is never",
      clusters: [cluster({}, never)],
      memory: seen(),
      verdict: "leaked",
      reason: "workload-gone-never-recycled",
    },
    {
      title: "keeps an EIP whose workload is there again under the same name",
      clusters: [cluster({ ...statefulSet({ uid: "uid-of-another" }), claims: complete(claim()) })],
      memory: seen(),
      verdict: "retained",
      reason: "workload-includes-pod",
    },
    ...(["Deployment", "ReplicaSet", "DaemonSet"] as const).map(
      (kind): Case => ({
        title: `accuses an EIP with Never whose owner was a ${kind}, though that lives`,
        clusters: [cluster({ workloads: { [kind]: complete(workload({ kind, name: "api" })) } }, never)],
        memory: seen({ name: "api-7d9f8b6c5d-x2x4z", owner: owner(kind, "api") }),
        verdict: "leaked",
        reason: "never-without-stable-name",
      }),
    ),
    ...(["Job", "CronJob"] as const).map(
      (kind): Case => ({
        title: `accuses an EIP with Never whose owner was a ${kind}`,
        clusters: [cluster({}, never)],
        memory: seen({ name: "batch-x2x4z", owner: owner(kind, "batch", "batch/v1") }),
        verdict: "leaked",
        reason: "never-without-stable-name",
      }),
    ),
    {
      title: "accuses an EIP without Never whose Deployment's Pod is gone",
      clusters: [cluster({}, never)],
      memory: seen({ name: "api-7d9f8b6c5d-x2x4z", owner: owner("Deployment", "api"), deletePolicy: null }),
      verdict: "leaked",
      reason: "not-destroyed-with-pod",
    },
    {
      title: "takes a namespace that is gone as its workload being gone",
      clusters: [cluster({ namespaces: complete({ name: "other", uid: "u", deletionAt: null, ownerMark: null }) }, never)],
      memory: seen({ owner: owner("Custom", "web", "example.com/v1") }),
      verdict: "leaked",
      reason: "workload-gone-never-recycled",
    },
    { title: "accuses an orphan: both tags, and nothing in the cluster names it", verdict: "leaked", reason: "orphan" },
    {
      title: "accuses a duplicate: the Pod's annotation and its claim name another EIP",
      clusters: [
        cluster({
          pods: complete(pod({ annotations: { ...NEVER, "tke.cloud.tencent.com/eip-id": "eip-bbbbbbbb" } })),
          claims: complete(claim({ ids: ["eip-bbbbbbbb"] })),
          ...statefulSet(),
        }),
      ],
      memory: seen(),
      verdict: "leaked",
      reason: "duplicate",
    },
    {
      title: "keeps an EIP whose Pod names another one in its annotation alone",
      clusters: [
        cluster({
          pods: complete(pod({ annotations: { ...NEVER, "tke.cloud.tencent.com/eip-id": "eip-bbbbbbbb" } })),
          ...statefulSet(),
        }),
      ],
      memory: seen(),
      verdict: "retained",
      reason: "pod-exists",
    },
    {
      title: "accuses, for a person's approval, where the owner was never seen and no workload of its name exists",
      clusters: [cluster({ claims: complete(claim({ name: "old-0" })) }, never)],
      verdict: "leaked",
      reason: "owner-never-seen",
    },
  ]);
});

describe("table 5.2: unknown", () => {
  const forbidden = { state: "forbidden", why: "403 Forbidden" } as const;
  const deleted = {
    clusters: [],
    facts: { absentClusters: [{ id: CLUSTER, account: "default", region: "ap-guangzhou", exists: known("not-found" as const) }] },
  };
  const alive = {
    clusters: {
      [CLUSTER]: {
        account: "default",
        region: "ap-guangzhou",
        seenAliveAt: ago(DAY),
        principal: "qcs::cam::uin/100000000001:root",
      },
    },
  };
  check([
    {
      title: "1: a listing that is not complete makes its idle rows unknown",
      facts: {
        regions: [
          {
            account: "default",
            region: "ap-guangzhou",
            addresses: unknown("TotalCount 3, read 2"),
            partial: [address()],
            accountType: known("standard"),
            quota: unknown("-"),
          },
        ],
      },
      verdict: "unknown",
      reason: "listing-incomplete",
    },
    {
      title: "1: Pods that may not be listed make the cluster's EIPs unknown",
      clusters: [cluster({ pods: forbidden })],
      verdict: "unknown",
      reason: "cluster-unreadable",
    },
    {
      title: "1: StatefulSets that may not be listed make the cluster's EIPs unknown",
      clusters: [cluster({ workloads: { StatefulSet: forbidden } })],
      memory: seen(),
      verdict: "unknown",
      reason: "kind-unreadable",
    },
    {
      title: "1: a kind that is not installed is an absence",
      clusters: [cluster({ workloads: { CloneSet: { state: "not-installed" } } }, never)],
      memory: seen(),
      verdict: "leaked",
      reason: "workload-gone-never-recycled",
    },
    {
      title: "1: tags that could not be read may hold a keep tag",
      address: { tags: unknown("the answer has no TagSet") },
      verdict: "unknown",
      reason: "tags-unreadable",
    },
    {
      title: "2: an EIP tagged with an unreadable cluster is unknown",
      clusters: [cluster({}, { objects: unknown("no kubeconfig") })],
      verdict: "unknown",
      reason: "cluster-unreadable",
    },
    {
      title: "2: an EIP last seen in an unreadable cluster is unknown",
      address: { tags: known({}) },
      clusters: [cluster({}, { objects: unknown("no kubeconfig") })],
      memory: seen(),
      verdict: "unknown",
      reason: "cluster-unreadable",
    },
    {
      title: "2: an untagged idle EIP of the region of an unreadable cluster is unknown",
      address: { tags: known({}) },
      clusters: [cluster({}, { objects: unknown("no kubeconfig") })],
      verdict: "unknown",
      reason: "region-cluster-unreadable",
    },
    {
      title: "2: unless clusters.ignore names the cluster",
      address: { tags: known({}) },
      clusters: [cluster({}, { objects: unknown("no kubeconfig") })],
      facts: { ignoredClusters: [CLUSTER] },
      verdict: "unmanaged",
      reason: "no-cluster",
    },
    {
      title: "2: an EIP of another, readable cluster is judged all the same",
      clusters: [cluster({}, never), bareCluster({}, { id: "cls-22222222", objects: unknown("no kubeconfig") })],
      memory: seen(),
      verdict: "leaked",
      reason: "workload-gone-never-recycled",
    },
    {
      ...deleted,
      title: "3: a cluster that was never seen alive is not visible",
      verdict: "unknown",
      reason: "cluster-not-visible",
    },
    {
      ...deleted,
      title: "3: a cluster that was seen alive and is in no listing was deleted",
      ledger: alive,
      verdict: "leaked",
      reason: "cluster-deleted",
    },
    {
      ...deleted,
      title: "3: a cluster that clusters.deleted names was deleted",
      facts: { ...deleted.facts, declaredDeletedClusters: [CLUSTER] },
      verdict: "leaked",
      reason: "cluster-deleted",
    },
    {
      ...deleted,
      title: "3: clusters.deleted does not overrule the cloud, which knows the cluster",
      facts: {
        absentClusters: [{ id: CLUSTER, account: "default", region: "ap-guangzhou", exists: known("exists" as const) }],
        declaredDeletedClusters: [CLUSTER],
      },
      verdict: "unknown",
      reason: "cluster-not-visible",
    },
    {
      ...deleted,
      title: "3: one listing that failed leaves every absent cluster not visible",
      ledger: alive,
      facts: {
        ...deleted.facts,
        clusterListings: [{ account: "default", region: "ap-singapore", product: "tke", ids: unknown("timeout") }],
      },
      verdict: "unknown",
      reason: "cluster-not-visible",
    },
    {
      ...deleted,
      title: "3: other credentials than those that saw the cluster prove nothing",
      ledger: alive,
      facts: { ...deleted.facts, principals: { default: known("qcs::cam::uin/100000000001:roleName/other") } },
      verdict: "unknown",
      reason: "cluster-not-visible",
    },
    {
      title: "3: an isolated cluster is not running",
      clusters: [cluster({}, { status: { state: "other", status: "Isolated" } })],
      verdict: "unknown",
      reason: "cluster-not-running",
    },
    {
      title: "4: an absent claim proves nothing while no Pod shows that claims are readable",
      clusters: [bareCluster()],
      verdict: "unknown",
      reason: "claims-not-readable",
    },
    {
      title: "4: one claim that names another EIP than its Pod has makes all claims unreadable",
      clusters: [
        cluster({
          pods: complete(
            pod({
              namespace: "x",
              name: "y-0",
              podIP: "10.9.9.8",
              annotations: { "tke.cloud.tencent.com/eip-id": "eip-cccccccc" },
            }),
          ),
          claims: complete(claim({ namespace: "x", name: "y-0", ids: ["eip-dddddddd"] })),
        }),
      ],
      verdict: "unknown",
      reason: "claims-not-readable",
    },
    {
      title: "4: a claim that names two EIPs names none",
      clusters: [cluster({ claims: complete(claim({ ids: ["eip-aaaaaaaa", "eip-bbbbbbbb"] })) })],
      verdict: "unknown",
      reason: "claim-ambiguous",
    },
    {
      title: "4: without the CRD it is judged on by tags and Pods",
      clusters: [bareCluster({ claims: { state: "not-installed" } }, never)],
      memory: seen(),
      verdict: "leaked",
      reason: "workload-gone-never-recycled",
    },
    {
      title: "5: a threshold that can't be read leaves a gone workload's EIP unknown",
      clusters: [cluster({}, unread)],
      memory: seen(),
      verdict: "unknown",
      reason: "threshold-unknown",
    },
    {
      title: "5: and one that was scaled away",
      clusters: [cluster(statefulSet({ replicas: 1 }), unread)],
      memory: seen({ name: "web-1" }),
      verdict: "unknown",
      reason: "threshold-unknown",
    },
    {
      title: "5: a threshold that is not needed may be unreadable",
      clusters: [cluster(statefulSet({ replicas: 0 }), unread)],
      memory: seen(),
      verdict: "retained",
      reason: "scaled-to-zero",
    },
    {
      title: "5: an empty threshold is unknown, not never",
      clusters: [cluster({}, { ipamd: known(ipamd({ claimExpiredDuration: "" })) })],
      memory: seen(),
      verdict: "unknown",
      reason: "threshold-unknown",
    },
    {
      title: "5: the Pod's own threshold overrides the cluster's",
      clusters: [cluster({}, short)],
      memory: seen({ claimExpired: "72h" }),
      verdict: "recycling",
      reason: "ipamd-will-recycle",
    },
    {
      title: "5: an ipamd that is stopped leaves the configured threshold standing",
      clusters: [cluster({}, { ipamd: known(ipamd({ enabled: false })) })],
      memory: justIdle(),
      verdict: "recycling",
      reason: "ipamd-will-recycle",
    },
    {
      title: "6: an annotation that names one EIP and a claim that names another are a conflict",
      clusters: [
        cluster({
          pods: complete(pod({ annotations: { "tke.cloud.tencent.com/eip-id": "eip-aaaaaaaa" } })),
          claims: complete(claim({ ids: ["eip-bbbbbbbb"] })),
        }),
      ],
      verdict: "unknown",
      reason: "evidence-conflict",
    },
    {
      title: "6: two Pods that claim one EIP are a conflict",
      clusters: [
        cluster({
          pods: complete(
            pod({ annotations: { "tke.cloud.tencent.com/eip-id": "eip-aaaaaaaa" } }),
            pod({ name: "web-1", podIP: "10.0.0.8", annotations: { "tke.cloud.tencent.com/eip-id": "eip-aaaaaaaa" } }),
          ),
        }),
      ],
      verdict: "unknown",
      reason: "evidence-conflict",
    },
    {
      title: "6: two lists that claim one EIP are a conflict",
      address: { tags: known({}) },
      clusters: [
        cluster({
          workloads: {
            StatefulSet: complete(
              workload({ templateAnnotations: { "tke.cloud.tencent.com/eip-id-list": "eip-aaaaaaaa" } }),
              workload({ name: "api", templateAnnotations: { "eks.tke.cloud.tencent.com/eip-id-list": "eip-aaaaaaaa" } }),
            ),
          },
        }),
      ],
      verdict: "unknown",
      reason: "evidence-conflict",
    },
    ...[{ "tke-clusterId": CLUSTER }, { "tke-created-eip": "true" }].map(
      (tags): Case => ({
        title: `6: only ${Object.keys(tags)[0]} and nothing else is half a tag`,
        address: { tags: known(tags) },
        verdict: "unknown",
        reason: "half-tagged",
      }),
    ),
    ...[
      {
        where: "a super node proves nothing, though another's is right",
        superNode: true,
        verdict: "unknown" as const,
        reason: "claims-not-readable" as const,
      },
      { where: "a regular node does", superNode: false, verdict: "leaked" as const, reason: "not-destroyed-with-pod" as const },
    ].map(({ where, superNode, ...expected }) => ({
      title: `4: a claim that is missing on ${where}`,
      clusters: [cluster({ ...statefulSet({ templateAnnotations: NOT_NEVER }), nodes: complete({ name: "node-1", superNode }) })],
      memory: seen({ deletePolicy: null, superNode }),
      ...expected,
    })),
    {
      title: "7: eks-config that can't be read leaves the policy unknown on super nodes",
      clusters: [
        cluster({
          ...statefulSet({ templateAnnotations: NOT_NEVER }),
          nodes: complete({ name: "eklet-1", superNode: true }),
          eksConfigAnnotations: unknown("403 Forbidden"),
        }),
      ],
      memory: memory(milliseconds(2 * DAY), { pod: unrecorded }),
      verdict: "unknown",
      reason: "policy-unknown",
    },
    {
      title: "7: what eks-config gave its Pod then counts, whatever it says today",
      clusters: [
        cluster({
          ...statefulSet({ templateAnnotations: NOT_NEVER }),
          nodes: complete({ name: "eklet-1", superNode: true }),
          eksConfigAnnotations: known(null),
        }),
      ],
      memory: seen({ deletePolicy: null, given: { deletePolicy: "Never", claimExpired: null } }),
      verdict: "retained",
      reason: "workload-includes-pod",
    },
    {
      title: "8: a status that no documentation names is unknown",
      address: { status: "UNKNOWN", rawStatus: "FROZEN" },
      verdict: "unknown",
      reason: "status-unknown",
    },
    {
      title: "8: an owner of a kind that we don't know may bring the Pod back",
      memory: seen({ owner: owner("Rollout", "web", "example.com/v1") }),
      verdict: "unknown",
      reason: "owner-kind-unknown",
    },
    {
      title: "8: an unknown owner above the workload may bring it back",
      memory: seen({ ownersOwner: owner("Game", "web", "example.com/v1") }),
      verdict: "unknown",
      reason: "owner-kind-unknown",
    },
    {
      title: "8: a living CloneSet may give a name again",
      clusters: [cluster({ workloads: { CloneSet: complete(workload({ kind: "CloneSet", name: "clone" })) } })],
      memory: seen({ name: "clone-x2x4z", owner: owner("CloneSet", "clone", "apps.kruise.io/v1alpha1") }),
      verdict: "unknown",
      reason: "owner-kind-unknown",
    },
    {
      title: "9: a Pod on the host's network is never linked by address",
      address: { status: "BIND", privateIp: "10.0.0.7" },
      clusters: [cluster({ pods: complete(pod({ hostNetwork: true })) })],
      verdict: "in-use",
      reason: "bound",
    },
  ]);
});

describe("line 8: unmanaged", () => {
  check([
    {
      title: "an EIP that nothing links to a cluster is unmanaged",
      address: { tags: known({}) },
      clusters: [],
      verdict: "unmanaged",
      reason: "no-cluster",
    },
    {
      title: "an EIP that once stood in a list is the user's own, both tags or not",
      memory: memory(milliseconds(2 * DAY), { pod: podMemory(), everInIdList: true }),
      clusters: [cluster({}, never)],
      verdict: "unmanaged",
      reason: "users-own",
    },
    {
      title: "an EIP that only history links to a Pod is the user's own",
      address: { tags: known({}) },
      memory: seen(),
      verdict: "unmanaged",
      reason: "users-own",
    },
    {
      title: "a claim proves what tags don't, in a cluster whose claims are readable",
      address: { tags: known({}) },
      clusters: [cluster({ claims: complete(claim()) }, never)],
      memory: seen(),
      verdict: "leaked",
      reason: "workload-gone-never-recycled",
    },
  ]);
});

describe("the judge", () => {
  it("links no Pod on the host's network by its address", () => {
    const { situation } = judged({
      title: "",
      address: { status: "BIND", privateIp: "10.0.0.7" },
      clusters: [cluster({ pods: complete(pod({ hostNetwork: true })) })],
      verdict: "in-use",
      reason: "bound",
    });
    expect(situation.linked.pod).toBeNull();
  });

  it("gives every EIP exactly one verdict", () => {
    const eips = [
      address(),
      address({ id: "eip-bbbbbbbb", ip: "203.0.113.11", status: "BIND" }),
      address({ id: "eip-cccccccc", ip: "203.0.113.12", tags: known({}) }),
    ];
    const judgements = judge(link(facts(eips, [cluster(gone)]), ledger()), POLICY);
    expect(judgements.map(({ situation }) => situation.linked.address.id).sort()).toEqual(eips.map((eip) => eip.id).sort());
    for (const { verdict, reason } of judgements) expect(REASONS[reason].verdict).toBe(verdict);
  });
});
