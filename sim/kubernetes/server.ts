import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { loopbackCertificate } from "./certificates.ts";
import { groupOf, type KubernetesObject, type ObjectStore, type Resource } from "./objects.ts";

/**
 * An API server over HTTPS on loopback, with what the guard relies on: discovery, lists by page with continue tokens, metadata-only
 * lists, single objects, deletion with preconditions, SelfSubjectAccessReview, RBAC by token, and errors as Status objects.
 */

export interface Rule {
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export interface KubernetesFault {
  /** Matches a part of `VERB path?query`. */
  readonly matches: string;
  /** `answer`: what a gateway on the way says instead of the API server. `lose`: it is done, and the connection is closed instead of an answer. */
  readonly kind: "drop" | "hang" | "status" | "answer" | "lose";
  readonly status?: number;
  /** Of `answer`. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly retryAfter?: number;
  /** Happens before the fault answers. */
  readonly meanwhile?: () => Promise<void> | void;
  /** How often; left out: for ever. */
  times?: number;
}

export interface KubernetesServerOptions {
  readonly store: ObjectStore;
  readonly clusterId: string;
  /** Milliseconds for each answer. */
  readonly latency?: number;
  /** False: over plain HTTP, as behind `kubectl proxy`; several times as quick. */
  readonly tls?: boolean;
}

export interface KubernetesServer {
  readonly url: string;
  /** A kubeconfig with a user of these rights; left out: everything. */
  readonly kubeconfig: (rules?: readonly Rule[]) => string;
  readonly calls: string[];
  /** Requests that changed something. */
  readonly writes: readonly string[];
  readonly connections: () => number;
  readonly faults: KubernetesFault[];
  readonly close: () => Promise<void>;
}

const ALL: readonly Rule[] = [{ groups: ["*"], resources: ["*"], verbs: ["*"] }];

export async function startKubernetesServer({
  store,
  clusterId,
  latency = 0,
  tls = true,
}: KubernetesServerOptions): Promise<KubernetesServer> {
  const { certificate, key } = await loopbackCertificate();
  const users = new Map<string, readonly Rule[]>();
  const calls: string[] = [];
  const writes: string[] = [];
  const faults: KubernetesFault[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const context: Context = { store, users, writes, snapshots: new Map(), texts: new WeakMap() };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const line = `${request.method ?? "GET"} ${request.url ?? "/"}`;
    calls.push(line);
    if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency));
    const fault = faults.find((one) => line.includes(one.matches) && (one.times === undefined || one.times > 0));
    if (fault !== undefined) {
      if (fault.times !== undefined) fault.times -= 1;
      await fault.meanwhile?.();
      if (fault.kind === "drop") return void request.socket.destroy();
      if (fault.kind === "lose") response.end = () => response.destroy();
      if (fault.kind === "hang") return;
      if (fault.kind === "answer") return send(response, fault.status ?? 200, fault.body ?? "", fault.headers);
      if (fault.kind === "status") {
        const retry = fault.retryAfter === undefined ? {} : { "Retry-After": String(fault.retryAfter) };
        return send(response, fault.status ?? 500, status(fault.status ?? 500, "InternalError", "simulated fault"), retry);
      }
    }
    await serve(request, response, context).catch((error: unknown) => {
      if (!response.headersSent) send(response, 500, status(500, "InternalError", String(error)));
    });
  };
  const server = tls ? createServer({ key, cert: certificate }, answer) : createPlainServer(answer);
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    calls,
    writes,
    faults,
    connections: () => connections,
    kubeconfig(rules = ALL) {
      const token = `token-${clusterId}-${users.size}`;
      users.set(token, rules);
      return kubeconfigText(clusterId, url, tls ? certificate : null, token);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @param certificate null: no TLS, which the official client takes only where nothing is to be verified */
function kubeconfigText(clusterId: string, url: string, certificate: string | null, token: string): string {
  const trust =
    certificate === null
      ? { "insecure-skip-tls-verify": true }
      : { "certificate-authority-data": Buffer.from(certificate).toString("base64") };
  return `${JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: clusterId, cluster: { server: url, ...trust } }],
      users: [{ name: "user", user: { token } }],
      contexts: [{ name: clusterId, context: { cluster: clusterId, user: "user" } }],
      "current-context": clusterId,
    },
    null,
    2,
  )}\n`;
}

interface Context {
  readonly store: ObjectStore;
  readonly users: ReadonlyMap<string, readonly Rule[]>;
  readonly writes: string[];
  /** The objects of a list that is being paged, by token: pages are of one moment. */
  readonly snapshots: Map<string, Snapshot>;
  /** Objects as text, so that a page costs little. */
  readonly texts: WeakMap<KubernetesObject, string>;
}

function send(response: ServerResponse, code: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(code, { "Content-Type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

function status(code: number, reason: string, message: string) {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

async function serve(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const url = new URL(request.url ?? "/", "https://127.0.0.1");
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const rules = context.users.get(token);
  if (rules === undefined) return send(response, 401, status(401, "Unauthorized", "Unauthorized"));
  if (url.pathname === "/version") return send(response, 200, { major: "1", minor: "30", gitVersion: "v1.30.0-tke.1" });
  if (url.pathname === "/apis") return send(response, 200, groupList(context.store));
  if (url.pathname === "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
    return review(await bodyOf(request), response, rules);
  const groupVersion = /^\/apis\/([^/]+)\/([^/]+)$/.exec(url.pathname);
  if (groupVersion !== null) return resourceList(context.store, groupVersion[1] ?? "", groupVersion[2] ?? "", response);
  const target = targetOf(url.pathname, context.store);
  if (target === null) return send(response, 404, status(404, "NotFound", "the server could not find the requested resource"));
  const verb = verbOf(request.method ?? "GET", target.name);
  if (!allows(rules, target.resource, verb)) return send(response, 403, forbidden(target, verb));
  if (verb === "list") return listObjects(url, request, response, context, target);
  const object = context.store.get(target.resource.kind, target.resource.group, target.namespace, target.name);
  if (object === undefined) {
    const { plural, group } = target.resource;
    const details = { name: target.name, ...(group === "" ? {} : { group }), kind: plural };
    const message = `${plural}${group === "" ? "" : `.${group}`} "${target.name}" not found`;
    return send(response, 404, { ...status(404, "NotFound", message), details });
  }
  if (verb === "get") return send(response, 200, object);
  if (verb === "delete") return deleteObject(await bodyOf(request), response, context, target, object);
  send(response, 405, status(405, "MethodNotAllowed", "the simulated API server does not serve this"));
}

interface Snapshot {
  readonly version: string;
  readonly objects: readonly KubernetesObject[];
}

interface Target {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

const PATH = /^\/(?:api\/([^/]+)|apis\/([^/]+)\/([^/]+))(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/;

function targetOf(path: string, store: ObjectStore): Target | null {
  const [, core, group = "", versionOfGroup, namespace = "", plural = "", name = ""] = PATH.exec(path) ?? [];
  const version = core ?? versionOfGroup;
  const resource = store.resources().find((one) => one.group === group && one.version === version && one.plural === plural);
  return resource === undefined ? null : { resource, namespace, name };
}

function verbOf(method: string, name: string): string {
  if (method === "GET") return name === "" ? "list" : "get";
  return method.toLowerCase();
}

function allows(rules: readonly Rule[], { group, plural }: Resource, verb: string): boolean {
  const has = (list: readonly string[], item: string) => list.includes("*") || list.includes(item);
  return rules.some((rule) => has(rule.groups, group) && has(rule.resources, plural) && has(rule.verbs, verb));
}

function forbidden({ resource, namespace }: Target, verb: string) {
  const where = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const message = `${resource.plural} is forbidden: User "eip-guard" cannot ${verb} resource "${resource.plural}" in API group "${resource.group}" ${where}`;
  return status(403, "Forbidden", message);
}

function groupList(store: ObjectStore) {
  const groups = new Map<string, Set<string>>();
  for (const { group, version } of store.resources())
    if (group !== "") groups.set(group, (groups.get(group) ?? new Set()).add(version));
  return {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: [...groups].map(([name, versions]) => {
      const served = [...versions].map((version) => ({ groupVersion: `${name}/${version}`, version }));
      return { name, versions: served, preferredVersion: served[0] };
    }),
  };
}

function resourceList(store: ObjectStore, group: string, version: string, response: ServerResponse): void {
  const resources = store.resources().filter((one) => one.group === group && one.version === version);
  if (resources.length === 0) {
    send(response, 404, status(404, "NotFound", "the server could not find the requested resource"));
    return;
  }
  send(response, 200, {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: `${group}/${version}`,
    resources: resources.flatMap(({ plural, kind, namespaced, shortNames = [], scale = false }) => [
      { name: plural, singularName: "", namespaced, kind, shortNames, verbs: ["delete", "get", "list"] },
      ...(scale
        ? [
            {
              name: `${plural}/scale`,
              singularName: "",
              namespaced,
              group: "autoscaling",
              version: "v1",
              kind: "Scale",
              verbs: ["get"],
            },
          ]
        : []),
    ]),
  });
}

function review(body: string, response: ServerResponse, rules: readonly Rule[]): void {
  const parsed: unknown = JSON.parse(body);
  const asked = (parsed as { spec?: { resourceAttributes?: { group?: string; resource?: string; verb?: string } } }).spec
    ?.resourceAttributes;
  const { group = "", resource = "", verb = "" } = asked ?? {};
  const allowed = allows(rules, { group, plural: resource, version: "", kind: "", namespaced: true }, verb);
  send(response, 201, {
    kind: "SelfSubjectAccessReview",
    apiVersion: "authorization.k8s.io/v1",
    metadata: {},
    spec: {},
    status: { allowed },
  });
}

function textOf({ texts }: Context, object: KubernetesObject): string {
  const present = texts.get(object);
  if (present !== undefined) return present;
  const text = JSON.stringify(object);
  texts.set(object, text);
  return text;
}

function listObjects(
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
  { resource, namespace }: Target,
): void {
  const { store, snapshots } = context;
  const limit = Number(url.searchParams.get("limit") ?? 0);
  const token = url.searchParams.get("continue") ?? "";
  const [name = "", from = "0"] = token.split(":");
  let snapshot = token === "" ? undefined : snapshots.get(name);
  if (token !== "" && snapshot === undefined) {
    send(response, 410, status(410, "Expired", "The provided continue parameter is too old to display a consistent list result"));
    return;
  }
  snapshot ??= {
    version: String(store.version()),
    objects: store.list(resource.kind, resource.group, namespace === "" ? undefined : namespace),
  };
  const { objects } = snapshot;
  const start = Number(from);
  const page = limit > 0 ? objects.slice(start, start + limit) : objects.slice(start);
  const rest = objects.length - start - page.length;
  const id = token === "" ? `${resource.plural}-${store.version()}-${snapshots.size}` : name;
  if (rest > 0) snapshots.set(id, snapshot);
  else snapshots.delete(id);
  const metadataOnly = (request.headers.accept ?? "").includes("as=PartialObjectMetadataList");
  const metadata = {
    resourceVersion: snapshot.version,
    ...(rest > 0 ? { continue: `${id}:${start + page.length}`, remainingItemCount: rest } : {}),
  };
  const items = metadataOnly
    ? page.map((object) =>
        JSON.stringify({ kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata }),
      )
    : page.map((object) => textOf(context, object));
  const kind = metadataOnly ? "PartialObjectMetadataList" : `${resource.kind}List`;
  const own = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  const apiVersion = metadataOnly ? "meta.k8s.io/v1" : own;
  send(
    response,
    200,
    `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[${items.join(",")}]}`,
  );
}

function deleteObject(
  body: string,
  response: ServerResponse,
  { store, writes }: Context,
  target: Target,
  object: KubernetesObject,
): void {
  const parsed: unknown = body === "" ? {} : JSON.parse(body);
  const { uid, resourceVersion } = (parsed as { preconditions?: { uid?: string; resourceVersion?: string } }).preconditions ?? {};
  const { metadata } = object;
  if (
    (uid !== undefined && uid !== metadata.uid) ||
    (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
  ) {
    const message = `Operation cannot be fulfilled on ${target.resource.plural} "${target.name}": the precondition does not hold`;
    send(response, 409, status(409, "Conflict", message));
    return;
  }
  writes.push(`delete ${target.resource.plural} ${target.namespace}/${target.name}`);
  store.remove(object.kind, groupOf(object.apiVersion), target.namespace, target.name);
  send(response, 200, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" });
}
