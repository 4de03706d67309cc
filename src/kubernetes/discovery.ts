import type { Access } from "./access.ts";
import { jsonOf, property } from "./json.ts";
import { ask, describeReply } from "./transport.ts";

/** Which kinds a cluster serves beyond the built-in ones: EIPClaim, OpenKruise, OpenKruiseGame (domain.md §2.2, §2.5). */

export interface ServedKind {
  readonly state: "served";
  readonly path: string;
  readonly apiVersion: string;
  readonly group: string;
  /** The plural. */
  readonly resource: string;
  readonly kind: string;
}

/** Where a kind is served, or why that is not known. Not served is an absence. */
export type Served =
  | ServedKind
  | { readonly state: "not-installed" }
  | { readonly state: "forbidden" | "failed"; readonly why: string };

export interface Wanted {
  readonly group: (name: string) => boolean;
  readonly resource: (resource: {
    readonly kind: string;
    readonly name: string;
    readonly shortNames: readonly string[];
  }) => boolean;
}

const CLAIM_GROUP = "tke.cloud.tencent.com";

/** Every group that ends in tke.cloud.tencent.com, and there what is of kind EIPClaim or has the short name eipc. */
export const EIP_CLAIM: Wanted = {
  group: (name) => name === CLAIM_GROUP || name.endsWith(`.${CLAIM_GROUP}`),
  resource: ({ kind, name, shortNames }) => !name.includes("/") && (kind === "EIPClaim" || shortNames.includes("eipc")),
};

/** A kind of the table, by its plural or by its kind. */
export function ofKind(row: { readonly group: string; readonly plural: string; readonly kind: string }): Wanted {
  return {
    group: (name) => name === row.group,
    resource: ({ name, kind }) => name === row.plural || (kind === row.kind && !name.includes("/")),
  };
}

const SCALE = "/scale";

/** Every custom kind that an autoscaler can scale: it makes Pods, or what makes Pods. Kubernetes' own groups have no dot, or end in k8s.io. */
export const SCALABLE: Wanted = {
  group: (name) => name.includes(".") && (name.endsWith(".x-k8s.io") || !name.endsWith(".k8s.io")),
  resource: ({ name }) => name.endsWith(SCALE),
};

/**
 * Custom kinds that are called as what scales Pods is called: CronHorizontalPodAutoscaler, WatermarkPodAutoscaler, FederatedHPA. What changes
 * their size, or the nodes, brings no ordinal back.
 */
export const AUTOSCALING: Wanted = {
  group: SCALABLE.group,
  resource: ({ kind, name }) =>
    !name.includes("/") &&
    /autoscaler$|cronscaler$|podscaler$|scaledobject$|hpa$/i.test(kind) &&
    !/vertical|cluster|node|machine/i.test(kind),
};

/** What a subresource `widgets/scale` belongs to. */
export function parentOf({ resource, group }: ServedKind): { readonly plural: string; readonly group: string } {
  return { plural: resource.slice(0, -SCALE.length), group };
}

interface Group {
  readonly name: string;
  /** `apps.kruise.io/v1beta1`, the preferred one first. A group may serve a kind at a version that it does not prefer. */
  readonly versions: readonly string[];
}

export interface Discovery {
  /** The first that is served. */
  readonly find: (wanted: Wanted) => Promise<Served>;
  /** All that are served, each group's at the version that it prefers; not known where one group can't be read. */
  readonly findAll: (wanted: Wanted) => Promise<readonly ServedKind[] | Exclude<Served, ServedKind>>;
}

/** Reads `/apis` once; the resources of a group when somebody asks for it. */
export async function discover(access: Access): Promise<Discovery> {
  const groups = await readGroups(access);
  const resources = new Map<string, Promise<Resources>>();
  const resourcesOf = (groupVersion: string): Promise<Resources> => {
    const present = resources.get(groupVersion) ?? readResources(access, groupVersion);
    resources.set(groupVersion, present);
    return present;
  };
  const inGroup = async (group: Group, wanted: Wanted): Promise<readonly ServedKind[] | Unread> => {
    for (const apiVersion of group.versions) {
      const found = await resourcesOf(apiVersion);
      if (found.state !== "read") return found;
      const matching = found.resources.filter(wanted.resource);
      if (matching.length === 0) continue;
      return matching.map(({ name, kind }) => {
        const path = `/apis/${apiVersion}/${name}`;
        return { state: "served", path, apiVersion, group: group.name, resource: name, kind };
      });
    }
    return [];
  };
  return {
    async find(wanted) {
      if (groups.state !== "read") return groups;
      for (const group of groups.groups) {
        if (!wanted.group(group.name)) continue;
        const found = await inGroup(group, wanted);
        if ("state" in found) return found;
        const [first] = found;
        if (first !== undefined) return first;
      }
      return { state: "not-installed" };
    },
    async findAll(wanted) {
      if (groups.state !== "read") return groups;
      const wantedGroups = groups.groups.filter(({ name }) => wanted.group(name));
      const served: ServedKind[] = [];
      for (const found of await Promise.all(wantedGroups.map((group) => inGroup(group, wanted)))) {
        if ("state" in found) return found;
        served.push(...found);
      }
      return served.length === 0 ? { state: "not-installed" } : served;
    },
  };
}

type Unread = { readonly state: "forbidden" | "failed"; readonly why: string };
type Groups = { readonly state: "read"; readonly groups: readonly Group[] } | Unread;
type Resource = Parameters<Wanted["resource"]>[0];
type Resources = { readonly state: "read"; readonly resources: readonly Resource[] } | Unread;

async function readJson(
  access: Access,
  path: string,
  kind: string,
): Promise<{ readonly state: "read"; readonly json: unknown } | Unread> {
  const reply = await ask(access, { method: "GET", path });
  if (reply.status === 403 || reply.status === 401) return { state: "forbidden", why: `${path}: ${describeReply(reply)}` };
  if (reply.status !== 200 || !("body" in reply)) return { state: "failed", why: `${path}: ${describeReply(reply)}` };
  const json = jsonOf(reply.body);
  // A gateway's 200 must not look like a server that serves nothing.
  if (property(json, "kind") !== kind || property(json, "apiVersion") !== "v1")
    return { state: "failed", why: `${path} answered what is no ${kind} of an API server` };
  return { state: "read", json };
}

async function readGroups(access: Access): Promise<Groups> {
  const read = await readJson(access, "/apis", "APIGroupList");
  if (read.state !== "read") return read;
  const listed = property(read.json, "groups");
  if (!Array.isArray(listed)) return { state: "failed", why: "/apis answered no groups" };
  const groups: Group[] = [];
  for (const group of listed) {
    const name = property(group, "name");
    const preferred = property(property(group, "preferredVersion"), "groupVersion");
    const served = property(group, "versions");
    // A group that is left out because it can't be understood would look like one that is not there.
    if (typeof name !== "string" || typeof preferred !== "string" || !Array.isArray(served))
      return { state: "failed", why: `/apis answered a group that can't be understood: ${JSON.stringify(group)}` };
    const versions = served.map((version: unknown) => property(version, "groupVersion"));
    groups.push({ name, versions: [...new Set([preferred, ...versions.filter((version) => typeof version === "string")])] });
  }
  // Every API server serves it: an answer without it is not the whole list.
  if (!groups.some(({ name }) => name === "apps")) return { state: "failed", why: "/apis does not name the group apps" };
  return { state: "read", groups };
}

async function readResources(access: Access, groupVersion: string): Promise<Resources> {
  const read = await readJson(access, `/apis/${groupVersion}`, "APIResourceList");
  if (read.state !== "read") return read;
  const listed = property(read.json, "resources");
  if (!Array.isArray(listed)) return { state: "failed", why: `/apis/${groupVersion} answered no resources` };
  if (property(read.json, "groupVersion") !== groupVersion)
    return { state: "failed", why: `/apis/${groupVersion} answered for another group or version` };
  const resources: Resource[] = [];
  for (const resource of listed) {
    const kind = property(resource, "kind");
    const name = property(resource, "name");
    const shortNames = property(resource, "shortNames");
    // One that is left out because it can't be understood would look like one that is not there.
    if (typeof kind !== "string" || typeof name !== "string")
      return { state: "failed", why: `/apis/${groupVersion} answered a resource without kind or name` };
    resources.push({
      kind,
      name,
      shortNames: Array.isArray(shortNames) ? shortNames.filter((short) => typeof short === "string") : [],
    });
  }
  return { state: "read", resources };
}
