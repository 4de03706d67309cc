import type { Access } from "./access.ts";
import { ask, describeReply } from "./transport.ts";

/** Which kinds a cluster serves beyond the built-in ones: EIPClaim, OpenKruise, OpenKruiseGame (domain.md §2.2, §2.5). */

/** Where a kind is served, or why that is not known. Not served is an absence. */
export type Served =
  | {
      readonly state: "served";
      readonly path: string;
      readonly apiVersion: string;
      readonly group: string;
      readonly resource: string;
    }
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

/** The group that ends in tke.cloud.tencent.com with a resource of kind EIPClaim or short name eipc. */
export const EIP_CLAIM: Wanted = {
  group: (name) => name === CLAIM_GROUP || name.endsWith(`.${CLAIM_GROUP}`),
  resource: ({ kind, name, shortNames }) => !name.includes("/") && (kind === "EIPClaim" || shortNames.includes("eipc")),
};

export function ofKind(group: string, plural: string): Wanted {
  return { group: (name) => name === group, resource: ({ name }) => name === plural };
}

interface Group {
  readonly name: string;
  /** `apps.kruise.io/v1beta1`, the preferred one first. A group may serve a kind at a version that it does not prefer. */
  readonly versions: readonly string[];
}

export interface Discovery {
  readonly find: (wanted: Wanted) => Promise<Served>;
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
  return {
    async find(wanted) {
      if (groups.state !== "read") return groups;
      for (const group of groups.groups) {
        if (!wanted.group(group.name)) continue;
        for (const apiVersion of group.versions) {
          const found = await resourcesOf(apiVersion);
          if (found.state !== "read") return found;
          const resource = found.resources.find(wanted.resource);
          if (resource === undefined) continue;
          return {
            state: "served",
            path: `/apis/${apiVersion}/${resource.name}`,
            apiVersion,
            group: group.name,
            resource: resource.name,
          };
        }
      }
      return { state: "not-installed" };
    },
  };
}

type Unread = { readonly state: "forbidden" | "failed"; readonly why: string };
type Groups = { readonly state: "read"; readonly groups: readonly Group[] } | Unread;
type Resource = Parameters<Wanted["resource"]>[0];
type Resources = { readonly state: "read"; readonly resources: readonly Resource[] } | Unread;

async function readJson(access: Access, path: string): Promise<{ readonly state: "read"; readonly json: unknown } | Unread> {
  const reply = await ask(access, { method: "GET", path });
  if (reply.status === 403 || reply.status === 401) return { state: "forbidden", why: `${path}: ${describeReply(reply)}` };
  if (reply.status !== 200 || !("body" in reply)) return { state: "failed", why: `${path}: ${describeReply(reply)}` };
  try {
    const json: unknown = JSON.parse(reply.body);
    return { state: "read", json };
  } catch {
    return { state: "failed", why: `${path} answered what is no JSON` };
  }
}

function property(object: unknown, name: string): unknown {
  return typeof object === "object" && object !== null ? Reflect.get(object, name) : undefined;
}

async function readGroups(access: Access): Promise<Groups> {
  const read = await readJson(access, "/apis");
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
  return { state: "read", groups };
}

async function readResources(access: Access, groupVersion: string): Promise<Resources> {
  const read = await readJson(access, `/apis/${groupVersion}`);
  if (read.state !== "read") return read;
  const listed = property(read.json, "resources");
  if (!Array.isArray(listed)) return { state: "failed", why: `/apis/${groupVersion} answered no resources` };
  const resources = listed.flatMap((resource: unknown): readonly Resource[] => {
    const kind = property(resource, "kind");
    const name = property(resource, "name");
    const shortNames = property(resource, "shortNames");
    if (typeof kind !== "string" || typeof name !== "string") return [];
    return [{ kind, name, shortNames: Array.isArray(shortNames) ? shortNames.filter((short) => typeof short === "string") : [] }];
  });
  return { state: "read", resources };
}
