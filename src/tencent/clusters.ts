import * as z from "zod";
import type { ClusterState, Existence } from "../core/terms/facts.ts";
import { known, type Reading, unknown } from "../core/terms/known.ts";
import type { CloudCluster, CloudClusters, IpamdConfiguration } from "../ports.ts";
import type { Sessions } from "./session.ts";
import { type Answer, type Call, count, unread } from "./transport.ts";

/** Clusters through TKE 2018-05-25: DescribeClusters and DescribeEKSClusters, by page, compared with TotalCount. */

const tkePage = z.object({
  TotalCount: count,
  Clusters: z.array(
    z.object({
      ClusterId: z.string().min(1),
      ClusterName: z.string().nullish(),
      ClusterStatus: z.string().nullish(),
      ClusterNetworkSettings: z.object({ VpcId: z.string().nullish() }).nullish(),
    }),
  ),
});

const eksPage = z.object({
  TotalCount: count,
  Clusters: z.array(
    z.object({
      ClusterId: z.string().min(1),
      ClusterName: z.string().nullish(),
      Status: z.string().nullish(),
      VpcId: z.string().nullish(),
    }),
  ),
});

/**
 * States in which a cluster serves and changes nothing by itself. Isolated, in arrears, creating, deleting, idling, and every word
 * that we don't know decide nothing (domain.md §5.2, 3).
 */
const RUNNING: readonly string[] = [
  "running",
  "scaling",
  "upgrading",
  "pause",
  "nodeupgrading",
  "runtimeupgrading",
  "masterscaling",
  "clusterlevelupgrading",
  "abnormal",
];

function stateOf(status: string | null | undefined): ClusterState {
  const word = status ?? "";
  return RUNNING.includes(word.toLowerCase())
    ? { state: "running" }
    : { state: "other", status: word === "" ? "of no stated status" : word };
}

interface Page {
  readonly total: number;
  readonly clusters: readonly CloudCluster[];
}

const ACTIONS = { tke: "DescribeClusters", eks: "DescribeEKSClusters" } as const;

async function readPage(
  sessions: Sessions,
  account: string,
  region: string,
  product: "tke" | "eks",
  parameters: Call["parameters"],
): Promise<Answer<Page>> {
  const shared = { account, region, product } as const;
  const call: Call = { action: ACTIONS[product], region, parameters };
  if (product === "tke") {
    const answer = await sessions.tryCall(account, call, tkePage);
    if (!answer.ok) return answer;
    const clusters = answer.value.Clusters.map(
      (raw): CloudCluster => ({
        ...shared,
        id: raw.ClusterId,
        name: raw.ClusterName ?? "",
        vpcId: raw.ClusterNetworkSettings?.VpcId ?? null,
        status: stateOf(raw.ClusterStatus),
      }),
    );
    return { ok: true, value: { total: answer.value.TotalCount, clusters } };
  }
  const answer = await sessions.tryCall(account, call, eksPage);
  if (!answer.ok) return answer;
  const clusters = answer.value.Clusters.map(
    (raw): CloudCluster => ({
      ...shared,
      id: raw.ClusterId,
      name: raw.ClusterName ?? "",
      vpcId: raw.VpcId ?? null,
      status: stateOf(raw.Status),
    }),
  );
  return { ok: true, value: { total: answer.value.TotalCount, clusters } };
}

const PAGE = 100;

/** The product has nothing in this region, and so no cluster: an absence (domain.md §4). */
const UNSUPPORTED = /^UnsupportedRegion(\.|$)/;

/** All clusters of one product; unknown where the pages and TotalCount disagree. */
export async function readClusters(
  sessions: Sessions,
  account: string,
  region: string,
  product: "tke" | "eks",
): Promise<Reading<CloudClusters>> {
  const found = new Map<string, CloudCluster>();
  for (let offset = 0; ; offset += PAGE) {
    const page = await readPage(sessions, account, region, product, { Offset: offset, Limit: PAGE });
    if (!page.ok) {
      if (offset === 0 && UNSUPPORTED.test(page.failure.code)) return known({ clusters: [], unsupported: true });
      return unread(page.failure, ACTIONS[product]);
    }
    const { total, clusters } = page.value;
    const before = found.size;
    for (const cluster of clusters) found.set(cluster.id, cluster);
    if (found.size === total) return known({ clusters: [...found.values()], unsupported: false });
    // A page that brings nothing new is no next page, whatever TotalCount says.
    if (found.size === before || offset + PAGE >= total) {
      return unknown(`the ${product} clusters listed are ${found.size}, TotalCount is ${total}`);
    }
  }
}

/**
 * Codes that deny the cluster itself. Nothing wider: `ResourceUnavailable.ClusterState` is said of a cluster that exists, and
 * `InternalError.RoleNotFound` of no cluster at all; either, read as an absence, would make leaks of addresses in use.
 */
const NOT_FOUND = /\.ClusterNotFound$/;

const idsPage = z.object({ TotalCount: count, Clusters: z.array(z.object({ ClusterId: z.string() })) });

/** What asking for a cluster by its id says, in either product: one that affirms it outweighs everything. */
export async function clusterExists(
  sessions: Sessions,
  account: string,
  region: string,
  id: string,
): Promise<Reading<Existence>> {
  const denials: ("explicit" | "empty")[] = [];
  for (const product of ["tke", "eks"] as const) {
    const action = ACTIONS[product];
    const call: Call = { action, region, parameters: { ClusterIds: [id] } };
    const answer = await sessions.tryCall(account, call, idsPage);
    if (answer.ok) {
      if (answer.value.TotalCount > 0 || answer.value.Clusters.length > 0) return known("exists");
      denials.push("empty");
    } else if (NOT_FOUND.test(answer.failure.code)) denials.push("explicit");
    else if (!UNSUPPORTED.test(answer.failure.code)) return unread(answer.failure, action);
  }
  if (denials.length === 0) return known("not-asked");
  return known(denials.every((denial) => denial === "explicit") ? "not-found" : "not-shown");
}

const ipamdAnswer = z.object({
  EnableIPAMD: z.boolean().nullish(),
  Phase: z.string().nullish(),
  ClaimExpiredDuration: z.string().nullish(),
});

export async function readIpamd(
  sessions: Sessions,
  account: string,
  region: string,
  clusterId: string,
): Promise<Reading<IpamdConfiguration>> {
  const call: Call = { action: "DescribeIPAMD", region, parameters: { ClusterId: clusterId } };
  const answer = await sessions.call(account, call, ipamdAnswer);
  if (!answer.known) return answer;
  const { EnableIPAMD, Phase, ClaimExpiredDuration } = answer.value;
  if (EnableIPAMD === null || EnableIPAMD === undefined) return unknown("DescribeIPAMD does not say whether ipamd is enabled");
  return known({ enabled: EnableIPAMD, phase: Phase ?? "", claimExpiredDuration: ClaimExpiredDuration ?? null });
}

const ROLE = "IPAMDofTKE_QCSRole";
const POLICY = "QcloudAccessForIPAMDRoleInQcloudAllocateEIP";
const POLICIES = 200;

/** Whether ipamd's role may handle EIPs (domain.md §3). A role that does not exist authorises nobody. */
export async function ipamdAuthorised(sessions: Sessions, account: string, region: string): Promise<Reading<boolean>> {
  const call: Call = {
    action: "ListAttachedRolePolicies",
    region,
    parameters: { Page: 1, Rp: POLICIES, RoleName: ROLE },
  };
  // A missing list is no empty one (domain.md §5.2).
  const schema = z.object({ TotalNum: count, List: z.array(z.object({ PolicyName: z.string() })) });
  const answer = await sessions.tryCall(account, call, schema);
  if (!answer.ok) {
    if (/RoleNotExist/.test(answer.failure.code)) return known(false);
    return unread(answer.failure, call.action);
  }
  const list = answer.value.List;
  if (list.some(({ PolicyName }) => PolicyName === POLICY)) return known(true);
  return answer.value.TotalNum > list.length ? unknown(`role ${ROLE} has more policies than ${POLICIES}`) : known(false);
}
