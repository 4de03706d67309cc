import { parse as parseYaml } from "yaml";
import { kindOf } from "../core/clusters.ts";
import type { Annotations, ClusterObjects, Workload, WorkloadKind } from "../core/facts.ts";
import { known, type Listing, type Reading, unknown } from "../core/known.ts";
import type { Clock } from "../ports.ts";
import type { Access } from "./access.ts";
import { type Discovery, discover, EIP_CLAIM, ofKind, type Served, type Wanted } from "./discovery.ts";
import { type ListRequest, list } from "./list.ts";
import { toAutoscaler, toClaim, toIpamd, toNamespace, toNode, toPod, toWorkload } from "./shapes.ts";
import { ask, describeReply } from "./transport.ts";

/** Reads every kind that can hold an EIP, each with a reading of its own. */
export async function readObjects(access: Access, clock: Clock, onPods: (read: number) => void): Promise<ClusterObjects> {
  const readAt = clock.now();
  const discovery = discover(access);
  const [pods, claims, namespaces, nodes, autoscalers, eksConfigAnnotations, workloads] = await Promise.all([
    list(access, { path: "/api/v1/pods", metadataOnly: false, map: toPod, optional: false, onPage: onPods }),
    discovery.then((found) =>
      listServed(access, found, EIP_CLAIM, (path) => ({ path, metadataOnly: false, map: toClaim, optional: false })),
    ),
    list(access, { path: "/api/v1/namespaces", metadataOnly: true, map: toNamespace, optional: false }),
    list(access, { path: "/api/v1/nodes", metadataOnly: true, map: toNode, optional: false }),
    readAutoscalers(access),
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
  request: (path: string, served: Extract<Served, { state: "served" }>) => ListRequest<T>,
): Promise<Listing<T>> {
  const served = await discovery.find(wanted);
  switch (served.state) {
    case "served":
      return list(access, request(served.path, served));
    case "not-installed":
      return { state: "not-installed" };
    case "forbidden":
    case "failed":
      return { state: served.state, why: served.why };
  }
}

async function readWorkloads(access: Access, discovery: Promise<Discovery>): Promise<ClusterObjects["workloads"]> {
  const whole = (kind: WorkloadKind, apiVersion: string, plural: string) =>
    list(access, {
      path: `/apis/${apiVersion}/${plural}`,
      metadataOnly: false,
      map: toWorkload(kind, apiVersion),
      optional: false,
    });
  const custom = async (kind: WorkloadKind, group: string, plural: string) =>
    listServed(access, await discovery, ofKind(group, plural), (path, { apiVersion }) => ({
      path,
      metadataOnly: false,
      map: toWorkload(kind, apiVersion),
      optional: false,
    }));
  const [statefulSets, deployments, replicaSets, daemonSets, jobs, cronJobs, advanced, cloneSets, gameServerSets] =
    await Promise.all([
      whole("StatefulSet", "apps/v1", "statefulsets"),
      whole("Deployment", "apps/v1", "deployments"),
      managed(access, "ReplicaSet", "apps/v1", "replicasets"),
      whole("DaemonSet", "apps/v1", "daemonsets"),
      managed(access, "Job", "batch/v1", "jobs"),
      readCronJobs(access),
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
  const listing = await list(access, { path, metadataOnly: true, map: toWorkload(kind, apiVersion), optional: false });
  if (listing.state !== "complete") return listing;
  if (listing.items.some(({ owner }) => owner !== null && kindOf(owner) === null)) {
    const whole = await list(access, { path, metadataOnly: false, map: toWorkload(kind, apiVersion), optional: false });
    if (whole.state !== "complete") return whole;
    return { state: "complete", items: whole.items.map(asOwned) };
  }
  const items: Workload[] = [];
  for (const workload of listing.items) {
    if (workload.owner !== null) {
      items.push(asOwned(workload));
      continue;
    }
    const reply = await ask(access, {
      method: "GET",
      path: `/apis/${apiVersion}/namespaces/${workload.namespace}/${plural}/${workload.name}`,
    });
    // Gone since it was listed.
    if (reply.status === 404) continue;
    if (reply.status === 403 || reply.status === 401) return { state: "forbidden", why: describeReply(reply) };
    if (reply.status !== 200 || !("body" in reply)) return { state: "failed", why: describeReply(reply) };
    const whole = parse(reply.body, toWorkload(kind, apiVersion));
    if (whole === null) return { state: "failed", why: `${kind} ${workload.namespace}/${workload.name} is no JSON of one` };
    items.push(whole);
  }
  return { state: "complete", items };
}

/** What counts of one that belongs to a workload which is listed itself. */
function asOwned(workload: Workload): Workload {
  if (workload.owner === null || kindOf(workload.owner) === null) return workload;
  return { ...workload, replicas: 0, templateAnnotations: {} };
}

function parse<T>(body: string, map: (object: unknown) => T | null): T | null {
  try {
    return map(JSON.parse(body));
  } catch {
    return null;
  }
}

/** `batch/v1` from Kubernetes 1.21 on, `batch/v1beta1` before. */
async function readCronJobs(access: Access): Promise<Listing<Workload>> {
  return eitherVersion(
    (version) =>
      list(access, {
        path: `/apis/batch/${version}/cronjobs`,
        metadataOnly: false,
        map: toWorkload("CronJob", `batch/${version}`),
        optional: true,
      }),
    ["v1", "v1beta1"],
  );
}

/** `autoscaling/v2` from Kubernetes 1.23 on; v1 has all that is read here. */
async function readAutoscalers(access: Access) {
  return eitherVersion(
    (version) =>
      list(access, {
        path: `/apis/autoscaling/${version}/horizontalpodautoscalers`,
        metadataOnly: false,
        map: toAutoscaler,
        optional: true,
      }),
    ["v2", "v1"],
  );
}

/** The first version that is served. A cluster that serves none of a built-in kind's versions could not be read. */
async function eitherVersion<T>(
  read: (version: string) => Promise<Listing<T>>,
  versions: readonly string[],
): Promise<Listing<T>> {
  for (const version of versions) {
    const listing = await read(version);
    if (listing.state !== "not-installed") return listing;
  }
  return { state: "failed", why: `none of the versions ${versions.join(", ")} is served` };
}

/** `pod.annotations` of ConfigMap kube-system/eks-config, YAML text (domain.md §2.1). */
async function readEksConfig(access: Access): Promise<Reading<Annotations | null>> {
  const reply = await ask(access, { method: "GET", path: "/api/v1/namespaces/kube-system/configmaps/eks-config" });
  if (reply.status === 404) return known(null);
  if (reply.status !== 200 || !("body" in reply)) return unknown(describeReply(reply));
  try {
    const object: unknown = JSON.parse(reply.body);
    const text = objectField(objectField(object, "data"), "pod.annotations");
    if (text === undefined) return known(null);
    if (typeof text !== "string") return unknown("eks-config: pod.annotations is no text");
    const annotations: unknown = parseYaml(text);
    if (annotations === null) return known({});
    if (typeof annotations !== "object" || Array.isArray(annotations)) return unknown("eks-config: pod.annotations is no map");
    return known(Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, String(value)])));
  } catch {
    return unknown("eks-config: pod.annotations is no YAML");
  }
}

function objectField(object: unknown, name: string): unknown {
  return typeof object === "object" && object !== null && Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
}

/** ipamd's Deployment, where it is visible; null where there is none (serverless clusters run it elsewhere). */
export async function readIpamdDeployment(
  access: Access,
): Promise<Reading<{ readonly argument: string | null; readonly version: string | null } | null>> {
  const reply = await ask(access, { method: "GET", path: "/apis/apps/v1/namespaces/kube-system/deployments/tke-eni-ipamd" });
  if (reply.status === 404) return known(null);
  if (reply.status !== 200 || !("body" in reply)) return unknown(describeReply(reply));
  try {
    const object: unknown = JSON.parse(reply.body);
    return known(toIpamd(object));
  } catch {
    return unknown("the Deployment kube-system/tke-eni-ipamd is no JSON");
  }
}
