import type { Access } from "./access.ts";
import { jsonOf, property } from "./json.ts";
import { ask, describeReply, type Reply } from "./transport.ts";

/**
 * One object by its name. What answers on the way to an API server (a gateway, a proxy, a load balancer) has answers of its own with the
 * same status codes: an object is there, or is not, only where the API server itself says so (domain.md §5.2, 1).
 */

export interface ObjectName {
  /** `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespace: string;
  readonly name: string;
}

export type Single =
  | { readonly state: "found"; readonly object: unknown }
  | { readonly state: "absent" }
  | { readonly state: "forbidden" | "failed"; readonly why: string };

export async function readObject(access: Access, named: ObjectName): Promise<Single> {
  const reply = await ask(access, { method: "GET", path: pathOf(named) });
  if (reply.status === 401 || reply.status === 403) return { state: "forbidden", why: describeReply(reply) };
  if (saysAbsent(reply, named.name)) return { state: "absent" };
  if (reply.status !== 200 || !("body" in reply)) return { state: "failed", why: describeReply(reply) };
  const object = jsonOf(reply.body);
  if (!isObject(object, named))
    return { state: "failed", why: `${pathOf(named)} answered what is no ${named.kind} of that name` };
  return { state: "found", object };
}

export function pathOf({ apiVersion, plural, namespace, name }: Omit<ObjectName, "kind">): string {
  const root = apiVersion.includes("/") ? "apis" : "api";
  return `/${root}/${apiVersion}/namespaces/${namespace}/${plural}/${encodeURIComponent(name)}`;
}

/** Whether an API server says that there is no object of this name: a Status with reason NotFound that names it. */
export function saysAbsent(reply: Reply, name: string): boolean {
  if (reply.status !== 404 || !("body" in reply)) return false;
  const status = jsonOf(reply.body);
  return (
    property(status, "kind") === "Status" &&
    property(status, "reason") === "NotFound" &&
    property(property(status, "details"), "name") === name
  );
}

function isObject(object: unknown, { apiVersion, kind, namespace, name }: ObjectName): boolean {
  const metadata = property(object, "metadata");
  return (
    property(object, "kind") === kind &&
    property(object, "apiVersion") === apiVersion &&
    property(metadata, "name") === name &&
    property(metadata, "namespace") === namespace
  );
}
