import { parse as parseYaml } from "yaml";
import { kindOf } from "../core/clusters.ts";
import type { Annotations, Autoscaler, Claim, ClusterObjects, Workload, WorkloadKind } from "../core/facts.ts";
import { known, type Listing, type Reading, unknown } from "../core/known.ts";
import type { Clock } from "../ports.ts";
import type { Access } from "./access.ts";
import { type Discovery, discover, EIP_CLAIM, ofKind, type ServedKind, type Wanted } from "./discovery.ts";
import { type ListRequest, list } from "./list.ts";
import { property, readObject } from "./object.ts";
import { toAutoscaler, toClaim, toIpamd, toNamespace, toNode, toPod, toWorkload } from "./shapes.ts";

/** Reads every kind that can hold an EIP, each with a reading of its own. */
export async function readObjects(access: Access, clock: Clock, onPods: (read: number) => void): Promise<ClusterObjects> {
  const readAt = clock.now();
  const discovery = discover(access);
  const [pods, claims, namespaces, nodes, autoscalers, eksConfigAnnotations, workloads] = await Promise.all([
    list(access, { path: "/api/v1/pods", kind: "Pod", metadataOnly: false, map: toPod, onPage: onPods }),
    readClaims(access, discovery),
    list(access, { path: "/api/v1/namespaces", kind: "Namespace", metadataOnly: true, map: toNamespace }),
    list(access, { path: "/api/v1/nodes", kind: "Node", metadataOnly: true, map: toNode }),
    readAutoscalers(access, discovery),
    readEksConfig(access),
    readWorkloads(access, discovery),
  ]);
  return { readAt, pods, workloads, claims, namespaces, autoscalers, nodes, eksConfigAnnotations };
}

/** A kind that discovery names is installed: a list of it that is not found has failed, and is no absence. */
async function listServed<T>(
  access: Access,
  discovery: Discovery,
  wanted: Wanted,
  request: (path: string, served: ServedKind) => Omit<ListRequest<T>, "kind">,
): Promise<Listing<T>> {
  const served = await discovery.find(wanted);
  switch (served.state) {
    case "served":
      return list(access, { ...request(served.path, served), kind: served.kind });
    case "not-installed":
      return { state: "not-installed" };
    case "forbidden":
    case "failed":
      return { state: served.state, why: served.why };
  }
}

/** The claims of every group that has some, in one list: where one group's can't be read, the claims are not read. */
async function readClaims(access: Access, discovery: Promise<Discovery>): Promise<Listing<Claim>> {
  const served = await (await discovery).findAll(EIP_CLAIM);
  if ("state" in served) return served;
  const claims: Claim[] = [];
  for (const { path, apiVersion, resource, kind } of served) {
    const listing = await list(access, { path, kind, metadataOnly: false, map: toClaim(apiVersion, resource) });
    if (listing.state === "forbidden" || listing.state === "failed")
      return { state: listing.state, why: `${resource} of ${apiVersion}: ${listing.why}` };
    if (listing.state === "complete") claims.push(...listing.items);
  }
  return { state: "complete", items: claims };
}

async function readWorkloads(access: Access, discovery: Promise<Discovery>): Promise<ClusterObjects["workloads"]> {
  const whole = (kind: WorkloadKind, apiVersion: string, plural: string) =>
    list(access, {
      path: `/apis/${apiVersion}/${plural}`,
      kind,
      metadataOnly: false,
      map: toWorkload(kind, apiVersion),
    });
  const custom = async (kind: WorkloadKind, group: string, plural: string) =>
    listServed(access, await discovery, ofKind(group, plural), (path, { apiVersion }) => ({
      path,
      metadataOnly: false,
      map: toWorkload(kind, apiVersion),
    }));
  const [statefulSets, deployments, replicaSets, daemonSets, jobs, cronJobs, advanced, cloneSets, gameServerSets] =
    await Promise.all([
      whole("StatefulSet", "apps/v1", "statefulsets"),
      whole("Deployment", "apps/v1", "deployments"),
      managed(access, "ReplicaSet", "apps/v1", "replicasets"),
      whole("DaemonSet", "apps/v1", "daemonsets"),
      managed(access, "Job", "batch/v1", "jobs"),
      readCronJobs(access, discovery),
      custom("AdvancedStatefulSet", "apps.kruise.io", "statefulsets"),
      custom("CloneSet", "apps.kruise.io", "clonesets"),
      custom("GameServerSet", "game.kruise.io", "gameserversets"),
    ]);
  return {
    StatefulSet: statefulSets,
    Deployment: deployments,
    ReplicaSet: replicaSets,
    DaemonSet: daemonSets,
    Job: jobs,
    CronJob: cronJobs,
    AdvancedStatefulSet: advanced,
    CloneSet: cloneSets,
    GameServerSet: gameServerSets,
  };
}

/**
 * Kinds that come by the thousand and nearly always belong to another workload, whose template says the same: metadata is enough. The
 * few that stand alone are read whole; so is the list where an owner is of a kind that we don't list, whose template nobody shows.
 */
async function managed(access: Access, kind: WorkloadKind, apiVersion: string, plural: string): Promise<Listing<Workload>> {
  const path = `/apis/${apiVersion}/${plural}`;
  const listing = await list(access, { path, kind, metadataOnly: true, map: toWorkload(kind, apiVersion) });
  if (listing.state !== "complete") return listing;
  if (listing.items.some(({ owner }) => owner !== null && kindOf(owner) === null)) {
    const whole = await list(access, { path, kind, metadataOnly: false, map: toWorkload(kind, apiVersion) });
    if (whole.state !== "complete") return whole;
    return { state: "complete", items: whole.items.map(asOwned) };
  }
  const items: Workload[] = [];
  for (const workload of listing.items) {
    if (workload.owner !== null) {
      items.push(asOwned(workload));
      continue;
    }
    const { namespace, name } = workload;
    const single = await readObject(access, { apiVersion, kind, plural, namespace, name });
    // Gone since it was listed.
    if (single.state === "absent") continue;
    if (single.state !== "found") return single;
    const whole = toWorkload(kind, apiVersion)(single.object);
    if (whole === null) return { state: "failed", why: `${kind} ${namespace}/${name} can't be understood` };
    items.push(whole);
  }
  return { state: "complete", items };
}

/** What counts of one that belongs to a workload which is listed itself. */
function asOwned(workload: Workload): Workload {
  if (workload.owner === null || kindOf(workload.owner) === null) return workload;
  return { ...workload, replicas: 0, templateAnnotations: {} };
}

/** `batch/v1` from Kubernetes 1.21 on, `batch/v1beta1` before. */
async function readCronJobs(access: Access, discovery: Promise<Discovery>): Promise<Listing<Workload>> {
  return listBuiltIn(access, await discovery, ofKind("batch", "cronjobs"), (path, { apiVersion }) => ({
    path,
    metadataOnly: false,
    map: toWorkload("CronJob", apiVersion),
  }));
}

/** `autoscaling/v2` from Kubernetes 1.23 on; v1 has all that is read here. */
async function readAutoscalers(access: Access, discovery: Promise<Discovery>): Promise<Listing<Autoscaler>> {
  return listBuiltIn(access, await discovery, ofKind("autoscaling", "horizontalpodautoscalers"), (path) => ({
    path,
    metadataOnly: false,
    map: toAutoscaler,
  }));
}

/** A kind that every cluster has, at whichever version. A cluster that serves none of it could not be read. */
async function listBuiltIn<T>(...[access, discovery, wanted, request]: Parameters<typeof listServed<T>>): Promise<Listing<T>> {
  const listing = await listServed(access, discovery, wanted, request);
  return listing.state === "not-installed" ? { state: "failed", why: "no version of it is served" } : listing;
}

/** `pod.annotations` of ConfigMap kube-system/eks-config, YAML text (domain.md §2.1). */
async function readEksConfig(access: Access): Promise<Reading<Annotations | null>> {
  const single = await readObject(access, EKS_CONFIG);
  if (single.state === "absent") return known(null);
  if (single.state !== "found") return unknown(single.why);
  const text = property(property(single.object, "data"), "pod.annotations");
  if (text === undefined) return known(null);
  if (typeof text !== "string") return unknown("eks-config: pod.annotations is no text");
  let annotations: unknown;
  try {
    annotations = parseYaml(text);
  } catch {
    return unknown("eks-config: pod.annotations is no YAML");
  }
  if (annotations === null) return known({});
  if (typeof annotations !== "object" || Array.isArray(annotations)) return unknown("eks-config: pod.annotations is no map");
  return known(Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, String(value)])));
}

const EKS_CONFIG = { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespace: "kube-system", name: "eks-config" };

const IPAMD = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  plural: "deployments",
  namespace: "kube-system",
  name: "tke-eni-ipamd",
};

/** ipamd's Deployment, where it is visible; null where there is none (serverless clusters run it elsewhere). */
export async function readIpamdDeployment(
  access: Access,
): Promise<Reading<{ readonly argument: string | null; readonly version: string | null } | null>> {
  const single = await readObject(access, IPAMD);
  if (single.state === "absent") return known(null);
  return single.state === "found" ? known(toIpamd(single.object)) : unknown(single.why);
}
