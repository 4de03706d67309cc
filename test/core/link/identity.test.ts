import { describe, expect, it } from "vitest";
import { provenSystemUids, questionClusters } from "../../../src/core/link/identity.ts";
import { link } from "../../../src/core/link/link.ts";
import { remember } from "../../../src/core/remember.ts";
import type { Address, Annotations, ClusterFacts } from "../../../src/core/terms/facts.ts";
import { known, unknown } from "../../../src/core/terms/known.ts";
import type { ClusterMemory } from "../../../src/core/terms/ledger.ts";
import {
  address,
  ago,
  bareCluster,
  CLUSTER,
  type ClusterShape,
  complete,
  facts,
  ledger,
  NOW,
  POLICY,
  pod,
  region,
} from "../build.ts";

const OTHER = "cls-22222222";
const FORBIDDEN = { state: "forbidden", why: "403 Forbidden" } as const;
const LEADS_TO_OTHER = `its kubeconfig seems to lead to ${OTHER}, whose tags the EIPs of its Pods carry`;
const LEADS_ELSEWHERE = "its kubeconfig leads to another cluster than before: namespace kube-system has another uid";

const SEEN: ClusterMemory = { account: "default", region: "ap-guangzhou", seenAliveAt: ago(0), principal: "root" };

function tagged(id: string, cluster: string, fields: Partial<Address> = {}): Address {
  const tags = known({ "tke-clusterId": cluster, "tke-created-eip": "true" });
  return address({ id, ip: `203.0.113.${id === "eip-own" ? 1 : 2}`, status: "BIND", tags, ...fields });
}

const OWN = tagged("eip-own", CLUSTER);
const FOREIGN = tagged("eip-foreign", OTHER);
const ADDRESSES = [OWN, FOREIGN];

function pods(...annotations: readonly Annotations[]): ClusterShape {
  return { pods: complete(...annotations.map((one, at) => pod({ name: `web-${at}`, annotations: one }))) };
}

function system(uid: string): ClusterShape {
  return {
    namespaces: complete(
      { name: "games", uid: "uid-games", deletionAt: null, ownerMark: null },
      { name: "kube-system", uid, deletionAt: null, ownerMark: null },
    ),
  };
}

const HAS_OWN = { "tke.cloud.tencent.com/eip-id": "eip-own" };
const HAS_FOREIGN = { "tke.cloud.tencent.com/eip-id": "eip-foreign" };

interface Case {
  readonly title: string;
  readonly shape: ClusterShape;
  readonly addresses?: readonly Address[];
  readonly before?: string;
  readonly doubt: string | null;
}

describe("a kubeconfig", () => {
  it.each<Case>([
    { title: "is believed where nothing speaks against it", shape: {}, doubt: null },
    { title: "is believed where a Pod has an EIP of this cluster", shape: pods(HAS_OWN), doubt: null },
    { title: "is doubted where a Pod has another cluster's EIP", shape: pods(HAS_FOREIGN), doubt: LEADS_TO_OTHER },
    {
      title: "is doubted where a Pod's address is another cluster's EIP",
      shape: pods({ "tke.cloud.tencent.com/eip-public-ip": FOREIGN.ip }),
      doubt: LEADS_TO_OTHER,
    },
    { title: "is believed where one Pod of several has an EIP of this cluster", shape: pods(HAS_FOREIGN, HAS_OWN), doubt: null },
    {
      title: "is believed where a person listed the other cluster's EIP",
      shape: pods({ ...HAS_FOREIGN, "tke.cloud.tencent.com/eip-id-list": "eip-foreign" }),
      doubt: null,
    },
    {
      title: "is doubted all the same where another Pod has it without a list",
      shape: pods({ "tke.cloud.tencent.com/eip-id-list": "eip-x" }, HAS_FOREIGN),
      doubt: LEADS_TO_OTHER,
    },
    {
      title: "is believed where the other cluster's EIP is not bound",
      shape: pods(HAS_FOREIGN),
      addresses: [tagged("eip-foreign", OTHER, { status: "UNBIND" })],
      doubt: null,
    },
    {
      title: "is believed where a person copied the cluster's tag without the other",
      shape: pods(HAS_FOREIGN),
      addresses: [tagged("eip-foreign", OTHER, { tags: known({ "tke-clusterId": OTHER }) })],
      doubt: null,
    },
    { title: "is believed where the Pod's EIP is not known", shape: pods(HAS_FOREIGN), addresses: [], doubt: null },
    { title: "is not doubted where Pods can't be listed", shape: { pods: FORBIDDEN }, doubt: null },
    { title: "is believed where kube-system is the same", shape: system("uid-1"), before: "uid-1", doubt: null },
    { title: "is doubted where kube-system is another", shape: system("uid-2"), before: "uid-1", doubt: LEADS_ELSEWHERE },
    { title: "is doubted where there is no kube-system any more", shape: {}, before: "uid-1", doubt: LEADS_ELSEWHERE },
    { title: "is believed where kube-system was never proven", shape: system("uid-2"), doubt: null },
    { title: "is not doubted where namespaces can't be listed", shape: { namespaces: FORBIDDEN }, before: "uid-1", doubt: null },
    {
      title: "is believed where Pods prove it, though kube-system is another",
      shape: { ...system("uid-2"), ...pods(HAS_OWN) },
      before: "uid-1",
      doubt: null,
    },
  ])("$title", ({ shape, addresses = ADDRESSES, before, doubt }) => {
    const cluster = bareCluster(shape);
    const memory = ledger({}, before === undefined ? {} : { clusters: { [CLUSTER]: { ...SEEN, systemUid: before } } });
    const questioned = questionClusters(facts(addresses, [cluster]), memory);
    expect(questioned).toEqual(facts(addresses, [doubt === null ? cluster : { ...cluster, objects: unknown(doubt) }]));
  });

  it("is not doubted for a cluster that could not be read: the reason stays", () => {
    const cluster = bareCluster({}, { objects: unknown("no route") });
    expect(questionClusters(facts(ADDRESSES, [cluster]), ledger()).clusters).toEqual([cluster]);
  });

  it("is not judged by the EIPs of a region that could not be listed", () => {
    const cluster = bareCluster(pods(HAS_FOREIGN));
    const unlisted = facts([], [cluster], { regions: [region([], { addresses: unknown("503"), partial: ADDRESSES })] });
    expect(questionClusters(unlisted, ledger()).clusters).toEqual([cluster]);
  });
});

describe("the uid of kube-system", () => {
  const proven = (clusters: readonly ClusterFacts[]) => [...provenSystemUids(facts(ADDRESSES, clusters))];
  it.each([
    { title: "is proven by a Pod that has an EIP of this cluster", shape: { ...system("uid-1"), ...pods(HAS_OWN) }, is: "uid-1" },
    { title: "is not proven by another cluster's EIP", shape: { ...system("uid-1"), ...pods(HAS_FOREIGN) }, is: null },
    { title: "is not proven where no Pod has an EIP", shape: system("uid-1"), is: null },
    { title: "is not known without the namespace", shape: pods(HAS_OWN), is: null },
    { title: "is not known where namespaces can't be listed", shape: { namespaces: FORBIDDEN, ...pods(HAS_OWN) }, is: null },
  ])("$title", ({ shape, is }) => expect(proven([bareCluster(shape)])).toEqual(is === null ? [] : [[CLUSTER, is]]));

  it("is not known of a cluster that could not be read", () => {
    expect(proven([bareCluster({}, { objects: unknown("no route") })])).toEqual([]);
  });

  it.each([
    { title: "is remembered once it is proven", shape: { ...system("uid-1"), ...pods(HAS_OWN) }, before: {}, is: "uid-1" },
    { title: "stays remembered when nothing proves it", shape: system("uid-1"), before: { systemUid: "uid-0" }, is: "uid-0" },
    { title: "is not remembered while nothing proves it", shape: system("uid-1"), before: {}, is: undefined },
    {
      title: "is replaced by one that is proven",
      shape: { ...system("uid-1"), ...pods(HAS_OWN) },
      before: { systemUid: "uid-0" },
      is: "uid-1",
    },
  ])("$title", ({ shape, before, is }) => {
    const world = link(facts(ADDRESSES, [bareCluster(shape)]), ledger({}, { clusters: { [CLUSTER]: { ...SEEN, ...before } } }));
    const { clusters } = remember(world, POLICY, "run").ledger;
    expect(clusters[CLUSTER]).toEqual({
      ...SEEN,
      seenAliveAt: NOW,
      principal: "qcs::cam::uin/100000000001:root",
      ...(is === undefined ? {} : { systemUid: is }),
    });
  });
});
