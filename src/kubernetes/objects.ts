import { parse as parseYaml } from "yaml";
import type { Annotations, Autoscaler, Claim, ClusterObjects, Workload } from "../core/terms/facts.ts";
import {
  AUTOSCALER_KINDS,
  AUTOSCALERS,
  apiVersionOf,
  type Kind,
  kindOf,
  rowOf,
  WORKLOAD_KINDS,
  type WorkloadKind,
} from "../core/terms/kinds.ts";
import { known, type Listing, type Reading, unknown } from "../core/terms/known.ts";
import type { Clock } from "../ports.ts";
import type { Access } from "./access.ts";
import {
  AUTOSCALING,
  type Discovery,
  discover,
  EIP_CLAIM,
  ofKind,
  parentOf,
  SCALABLE,
  type ServedKind,
  type Wanted,
} from "./discovery.ts";
import { property } from "./json.ts";
import { type ListRequest, list } from "./list.ts";
import type { MarkKeys } from "./metadata.ts";
import { readObject } from "./object.ts";
import { toAutoscaler, toClaim, toForeignAutoscaler, toIpamd, toNamespace, toNode, toPod, toWorkload } from "./shapes.ts";

/** Reads every kind that can hold an EIP, each with a reading of its own. */
export async function readObjects(
  access: Access,
  clock: Clock,
  marks: MarkKeys,
  onPods: (read: number) => void,
): Promise<ClusterObjects> {
  const readAt = clock.now();
  const discovery = discover(access);
  const [pods, claims, namespaces, nodes, autoscalers, foreignAutoscalers, eksConfigAnnotations, workloads, unlistedKinds] =
    await Promise.all([
      list(access, {
        path: "/api/v1/pods",
        kind: "Pod",
        metadataOnly: false,
        map: (object) => toPod(object, marks),
        onPage: onPods,
      }),
      readClaims(access, discovery),
      list(access, {
        path: "/api/v1/namespaces",
        kind: "Namespace",
        metadataOnly: true,
        map: (object) => toNamespace(object, marks),
      }),
      list(access, { path: "/api/v1/nodes", kind: "Node", metadataOnly: true, map: toNode }),
      ofAll(AUTOSCALER_KINDS, (kind) => readKind(access, discovery, AUTOSCALERS[kind], () => toAutoscaler(kind))),
      readForeignAutoscalers(access, discovery),
      readEksConfig(access),
      ofAll(WORKLOAD_KINDS, (kind) => readWorkloads(access, discovery, kind, marks)),
      readUnlisted(discovery),
    ]);
  return {
    readAt,
    pods,
    workloads,
    claims,
    namespaces,
    autoscalers,
    foreignAutoscalers,
    nodes,
    eksConfigAnnotations,
    unlistedKinds,
  };
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

/** What is served, can be scaled, and is in no row of the table. */
async function readUnlisted(discovery: Promise<Discovery>): Promise<Reading<readonly string[]>> {
  const served = await (await discovery).findAll(SCALABLE);
  if ("state" in served) return served.state === "not-installed" ? known([]) : unknown(served.why);
  const listed = new Set(WORKLOAD_KINDS.map(rowOf).map(({ plural, group }) => `${plural}.${group}`));
  const all = served.map(parentOf).map(({ plural, group }) => `${plural}.${group}`);
  return known(all.filter((name) => !listed.has(name)).sort());
}

/** What scales by its name and is in no row of the table. A kind that may not be read may scale anything. */
async function readForeignAutoscalers(access: Access, discovery: Promise<Discovery>): Promise<Reading<readonly Autoscaler[]>> {
  const served = await (await discovery).findAll(AUTOSCALING);
  if ("state" in served) return served.state === "not-installed" ? known([]) : unknown(served.why);
  const all: Autoscaler[] = [];
  for (const { path, kind, resource, group } of served) {
    if (AUTOSCALER_KINDS.some((row) => AUTOSCALERS[row].group === group && AUTOSCALERS[row].kind === kind)) continue;
    const listing = await list(access, { path, kind, metadataOnly: false, map: toForeignAutoscaler(kind) });
    if (listing.state === "forbidden" || listing.state === "failed") return unknown(`${resource}.${group}: ${listing.why}`);
    if (listing.state === "complete") all.push(...listing.items);
  }
  return known(all);
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

/** A listing for each kind, read side by side. */
async function ofAll<K extends string, T>(
  kinds: readonly K[],
  read: (kind: K) => Promise<Listing<T>>,
): Promise<Readonly<Record<K, Listing<T>>>> {
  const listings = await Promise.all(kinds.map(async (kind) => [kind, await read(kind)] as const));
  return Object.fromEntries(listings) as Record<K, Listing<T>>;
}

async function readWorkloads(
  access: Access,
  discovery: Promise<Discovery>,
  kind: WorkloadKind,
  marks: MarkKeys,
): Promise<Listing<Workload>> {
  const row = rowOf(kind);
  const [version] = row.versions ?? [];
  if (row.many && version !== undefined) return managed(access, discovery, kind, version, marks);
  return readKind(access, discovery, row, (apiVersion) => toWorkload(kind, apiVersion, marks));
}

/**
 * A kind of the table: a custom one where discovery shows it, a built-in one at the version that is served. A cluster that serves none of a
 * built-in kind could not be read.
 */
async function readKind<T>(
  access: Access,
  discovery: Promise<Discovery>,
  row: Pick<Kind, "group" | "plural" | "kind" | "versions">,
  map: (apiVersion: string) => (object: unknown) => T | null,
): Promise<Listing<T>> {
  const [version, ...more] = row.versions ?? [];
  if (version !== undefined && more.length === 0) {
    return list(access, {
      path: pathOf(row, version),
      kind: row.kind,
      metadataOnly: false,
      map: map(apiVersionOf(row, version)),
    });
  }
  const listing = await listServed(access, await discovery, ofKind(row), (path, { apiVersion }) => ({
    path,
    metadataOnly: false,
    map: map(apiVersion),
  }));
  if (listing.state !== "not-installed" || version === undefined) return listing;
  return { state: "failed", why: "no version of it is served" };
}

function pathOf(row: Pick<Kind, "group" | "plural">, version: string): string {
  return `${row.group === "" ? "/api" : "/apis"}/${apiVersionOf(row, version)}/${row.plural}`;
}

/** So many are worth a call each. */
const FEW = 8;

/**
 * Kinds that come by the thousand and nearly always belong to another workload, whose template says the same: metadata is enough. A few
 * that stand alone are read one by one. Where there are more, or an owner is of a kind that we don't know, the list is read again, whole:
 * the number of calls grows with its pages, not with what is in them.
 */
async function managed(
  access: Access,
  discovery: Promise<Discovery>,
  kind: WorkloadKind,
  version: string,
  marks: MarkKeys,
): Promise<Listing<Workload>> {
  const row = rowOf(kind);
  const map = toWorkload(kind, apiVersionOf(row, version), marks);
  const request = { path: pathOf(row, version), kind: row.kind, map };
  const listing = await list(access, { ...request, metadataOnly: true });
  if (listing.state !== "complete") return listing;
  const listed = await listedOwners(discovery, listing.items);
  const owned = ({ owner }: Workload) => owner !== null && listed.has(kindOf(owner));
  const alone = listing.items.filter(({ owner }) => owner === null);
  if (alone.length > FEW || listing.items.some((item) => item.owner !== null && !owned(item))) {
    const whole = await list(access, { ...request, metadataOnly: false });
    if (whole.state !== "complete") return whole;
    return { state: "complete", items: whole.items.map((item) => (owned(item) ? asOwned(item) : item)) };
  }
  const items = listing.items.filter(owned).map(asOwned);
  for (const read of await Promise.all(alone.map((workload) => readOne(access, workload, row, marks)))) {
    if (read.state !== "complete") return read;
    items.push(...read.items);
  }
  return { state: "complete", items };
}

/** One workload, whole, as a listing of it alone; an empty one where it has gone since it was listed. */
async function readOne(
  access: Access,
  { kind, apiVersion, namespace, name }: Workload,
  row: Kind,
  marks: MarkKeys,
): Promise<Listing<Workload>> {
  const single = await readObject(access, { apiVersion, kind: row.kind, plural: row.plural, namespace, name });
  if (single.state === "absent") return { state: "complete", items: [] };
  if (single.state !== "found") return single;
  const whole = toWorkload(kind, apiVersion, marks)(single.object);
  if (whole === null) return { state: "failed", why: `${kind} ${namespace}/${name} can't be understood` };
  return { state: "complete", items: [whole] };
}

/** What counts of one that belongs to a workload which is listed itself. */
function asOwned(workload: Workload): Workload {
  return { ...workload, replicas: 0, templateAnnotations: {}, otherTemplates: [] };
}

/** Of the kinds that own something here, those that are listed themselves. A custom kind that is not served any more is none of them. */
async function listedOwners(
  discovery: Promise<Discovery>,
  items: readonly Workload[],
): Promise<ReadonlySet<WorkloadKind | null>> {
  const listed = new Set<WorkloadKind | null>();
  for (const kind of new Set(items.map(({ owner }) => (owner === null ? null : kindOf(owner))))) {
    if (kind === null) continue;
    const { versions } = rowOf(kind);
    if (versions !== null || (await (await discovery).find(ofKind(rowOf(kind)))).state === "served") listed.add(kind);
  }
  return listed;
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
