import { isAbsolute, join } from "node:path";
import { parse } from "yaml";
import { GuardError } from "../errors.ts";
import { property } from "./json.ts";

/**
 * What a kubeconfig says (client-go, `clientcmd/api/v1`). Each key is honoured or refused by its name, never dropped: who dials a private
 * address directly that lies behind a proxy may reach somebody else's API server, and believe what that one lists.
 */

/** How a cluster is reached, and who we are there. Paths are absolute. */
export interface Way {
  readonly server: URL;
  readonly tlsServerName: string | null;
  /** Whether the server's certificate is checked; it always is, except on this very machine. */
  readonly verified: boolean;
  readonly authority: Material | null;
  readonly proxy: string | null;
  readonly certificate: Material | null;
  readonly key: Material | null;
  readonly identity: Identity;
  readonly impersonate: Readonly<Record<string, string | readonly string[]>>;
}

/** PEM text, or the file that holds it; `written` is what messages call it. */
export type Material = { readonly pem: string } | FileName;

export interface FileName {
  readonly path: string;
  readonly written: string;
}

export type Identity =
  | { readonly by: "nothing" }
  | { readonly by: "token"; readonly token: string }
  | { readonly by: "token-file"; readonly file: FileName }
  | { readonly by: "password"; readonly username: string; readonly password: string }
  | { readonly by: "plugin"; readonly plugin: PluginCall };

/** An exec plugin as the kubeconfig has it (client-go, `ExecConfig`). */
export interface PluginCall {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  /** What the plugin is told of the cluster; null where it did not ask. */
  readonly cluster: Readonly<Record<string, unknown>> | null;
  /** The kubeconfig's. */
  readonly folder: string;
}

/**
 * Whose kubeconfig it is: the user's own file in its folder, the user's own text in a secret, which is whole in itself, or an answer of the
 * cloud, which may neither run nor read anything here.
 */
export type Source =
  | { readonly from: "file"; readonly folder: string }
  | { readonly from: "secret" }
  | { readonly from: "cloud" };

type Keys = Readonly<Record<string, "text" | "texts" | "flag" | "map" | "list" | "anything">>;

const CONFIG: Keys = {
  apiVersion: "text",
  kind: "text",
  clusters: "list",
  users: "list",
  contexts: "list",
  "current-context": "text",
  // How kubectl shows things, and what other programs keep in the file.
  preferences: "anything",
  extensions: "anything",
};
const CONTEXT: Keys = { cluster: "text", user: "text", namespace: "text", extensions: "anything" };
const CLUSTER: Keys = {
  server: "text",
  "tls-server-name": "text",
  "insecure-skip-tls-verify": "flag",
  "certificate-authority": "text",
  "certificate-authority-data": "text",
  "proxy-url": "text",
  // We ask for no compression anyway.
  "disable-compression": "flag",
  extensions: "list",
};
const USER: Keys = {
  "client-certificate": "text",
  "client-certificate-data": "text",
  "client-key": "text",
  "client-key-data": "text",
  token: "text",
  tokenFile: "text",
  as: "text",
  "as-uid": "text",
  "as-groups": "texts",
  "as-user-extra": "map",
  username: "text",
  password: "text",
  exec: "map",
  extensions: "anything",
};
const EXEC: Keys = {
  apiVersion: "text",
  command: "text",
  args: "texts",
  env: "list",
  installHint: "text",
  interactiveMode: "text",
  provideClusterInfo: "flag",
};

/** All that an answer of the cloud may say. */
const FROM_CLOUD: readonly string[] = [
  ...["apiVersion", "kind", "clusters", "users", "contexts", "current-context"],
  ...["cluster", "user", "namespace"],
  ...["server", "certificate-authority-data"],
  ...["client-certificate-data", "client-key-data", "token"],
];

/** Why a key is refused that a reader may expect to work. */
const INSTEAD: Readonly<Record<string, string>> = {
  "auth-provider": "is not supported; use exec (for OIDC: kubelogin), a token or a client certificate",
};

/**
 * @param what is read, for messages
 * @throws GuardError naming the key that can't be honoured; never a value, which may be a secret
 */
export function readKubeconfig(text: string, context: string | null, what: string, source: Source): Way {
  const config = part(parsed(text, what), CONFIG, what, source);
  if ((config.apiVersion ?? "v1") !== "v1" || (config.kind ?? "Config") !== "Config")
    throw broken(`${what} is no kubeconfig of v1`);
  if (source.from === "cloud")
    for (const list of ["clusters", "users", "contexts"])
      if (entries(config[list]).length > 1) throw refused(`${what} has several ${list}; from the cloud it may have one`);
  const current = config["current-context"];
  const chosen = context ?? (typeof current === "string" ? current : "");
  const found = entry(config.contexts, "context", chosen, what);
  if (found === null) throw noContext(what, chosen, context !== null, config.contexts);
  const { cluster: clusterName, user: userName } = part(found, CONTEXT, `context '${chosen}' of ${what}`, source);
  const clusterWhere = `cluster '${String(clusterName)}' of ${what}`;
  const userWhere = `user '${String(userName)}' of ${what}`;
  const clusterEntry = entry(config.clusters, "cluster", clusterName, what);
  if (clusterEntry === null) throw broken(`${what} names no cluster in its context '${chosen}'`);
  const cluster = part(clusterEntry, CLUSTER, clusterWhere, source);
  const userEntry = userName === undefined ? {} : entry(config.users, "user", userName, what);
  if (userEntry === null) throw broken(`${what} names no user in its context '${chosen}'`);
  const user = part(userEntry, USER, userWhere, source);
  return { ...wayTo(cluster, clusterWhere, source), ...whoWeAre(user, cluster, userWhere, source) };
}

function parsed(text: string, what: string): unknown {
  try {
    return parse(text, { merge: true, logLevel: "error" });
  } catch (error) {
    // Not the parser's own words: they quote the file, secrets and all.
    throw broken(`${what} is no kubeconfig${placeOf(error)}`);
  }
}

/** `: line 4, column 7`, as far as the parser says it. */
function placeOf(error: unknown): string {
  const [start] = error instanceof Error && "linePos" in error && Array.isArray(error.linePos) ? error.linePos : [];
  const { line, col } = Object(start);
  return typeof line === "number" && typeof col === "number" ? `: line ${line}, column ${col}` : "";
}

type Part = Readonly<Record<string, unknown>>;

/** The set values of a mapping that has no other keys than these. What is empty says nothing, and is left out. */
function part(object: unknown, keys: Keys, where: string, source: Source): Part {
  if (typeof object !== "object" || object === null || Array.isArray(object))
    throw broken(`${where} is no kubeconfig: no mapping`);
  const set: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    if (Object.hasOwn(INSTEAD, key) && !isEmpty(value)) throw refused(`${where}: '${key}' ${INSTEAD[key]}`);
    const form = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (isEmpty(value) && (form !== undefined || Object.hasOwn(INSTEAD, key))) continue;
    if (form === undefined) throw refused(`${where}: '${key.slice(0, 60)}' is not a key that can be honoured`);
    if (source.from === "cloud" && !FROM_CLOUD.includes(key))
      throw refused(`${where}: '${key}' is refused; from the cloud it may hold only server, …-data and token`);
    if (!hasForm(value, form)) throw broken(`${where}: '${key}' is no ${form}`);
    set[key] = value;
  }
  return set;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function hasForm(value: unknown, form: Keys[string]): boolean {
  switch (form) {
    case "text":
      return typeof value === "string";
    case "texts":
      return Array.isArray(value) && value.every((one) => typeof one === "string");
    case "flag":
      return typeof value === "boolean";
    case "map":
      return typeof value === "object" && !Array.isArray(value);
    case "list":
      return Array.isArray(value);
    case "anything":
      return true;
    case undefined:
      return false;
  }
}

function entries(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? list : [];
}

/** What a list has under a name; null where it has nothing. */
function entry(list: unknown, key: string, name: unknown, what: string): unknown {
  const found = entries(list).filter((one) => property(one, "name") === name);
  if (found.length > 1) throw refused(`${what} has two ${key}s of the name '${String(name)}'`);
  const [only] = found;
  if (only === undefined) return null;
  const strange = Object.keys(Object(only)).find((one) => one !== "name" && one !== key);
  if (strange !== undefined)
    throw refused(`${what}: '${strange.slice(0, 60)}' beside ${key} '${String(name)}' is not a key that can be honoured`);
  return property(only, key) ?? {};
}

function noContext(what: string, name: string, configured: boolean, contexts: unknown): GuardError {
  if (!configured) return broken(`${what} names no cluster in its current context '${name}'`);
  const names = entries(contexts).map((one) => String(property(one, "name")));
  const message = `${what} has no context '${name}' (it has ${names.length === 0 ? "none" : names.join(", ")})`;
  return new GuardError("KubeconfigContext", "user", message);
}

function wayTo(cluster: Part, where: string, source: Source): Omit<Way, "identity" | "impersonate" | "certificate" | "key"> {
  const written = textOf(cluster, "server");
  if (written === null || !URL.canParse(written)) throw broken(`${where}: 'server' is no address`);
  const server = new URL(written);
  if (server.username !== "" || server.password !== "") throw refused(`${where}: 'server' must not hold a password`);
  const own = isLoopback(server.hostname) && source.from !== "cloud";
  const insecure = cluster["insecure-skip-tls-verify"] === true;
  // As behind `kubectl proxy`.
  if (server.protocol !== "https:" && !(server.protocol === "http:" && own))
    throw refused(`${where}: 'server' must begin with https://`);
  if (insecure && !own)
    throw refused(
      `${where}: 'insecure-skip-tls-verify' is refused, as another server's answers could pass for this cluster's; give certificate-authority-data`,
    );
  const authority = materialOf(cluster, "certificate-authority", where, source);
  if (insecure && authority !== null) throw refused(`${where}: 'insecure-skip-tls-verify' contradicts its certificate authority`);
  const tlsServerName = textOf(cluster, "tls-server-name");
  return { server, tlsServerName, verified: !insecure, authority, proxy: proxyOf(cluster, where) };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Names are resolved by the proxy, as kubectl has it: a private name may mean something else here. */
function proxyOf(cluster: Part, where: string): string | null {
  const proxy = textOf(cluster, "proxy-url");
  if (proxy === null) return null;
  if (!URL.canParse(proxy) || !["http:", "https:", "socks5:", "socks5h:"].includes(new URL(proxy).protocol))
    throw refused(`${where}: 'proxy-url' must begin with http://, https:// or socks5://`);
  return proxy.replace(/^socks5:/i, "socks5h:");
}

/** The data wins over the file, as in client-go. */
function materialOf(from: Part, key: string, where: string, source: Source): Material | null {
  const data = textOf(from, `${key}-data`);
  const file = textOf(from, key);
  if (data === null) return file === null ? null : fileOf(file, source);
  const pem = Buffer.from(data, "base64").toString("latin1");
  if (!pem.includes("-----BEGIN ")) throw broken(`${where}: '${key}-data' is no PEM in base64`);
  return { pem };
}

function fileOf(written: string, source: Source): FileName {
  if (source.from === "cloud") throw refused("a kubeconfig from the cloud names no files");
  if (source.from === "secret")
    throw refused(
      `it names the file ${written}, and a secret has none beside it; embed it: kubectl config view --flatten --minify --raw`,
    );
  return { written, path: isAbsolute(written) ? written : join(source.folder, written) };
}

function whoWeAre(
  user: Part,
  cluster: Part,
  where: string,
  source: Source,
): Pick<Way, "identity" | "impersonate" | "certificate" | "key"> {
  const certificate = materialOf(user, "client-certificate", where, source);
  const key = materialOf(user, "client-key", where, source);
  if ((certificate === null) !== (key === null)) throw broken(`${where} has only one of client-certificate and client-key`);
  const identity = identityOf(user, cluster, where, source);
  if (identity.by === "plugin" && certificate !== null) throw refused(`${where} has both exec and a client certificate`);
  return { certificate, key, identity, impersonate: impersonationOf(user, where) };
}

function identityOf(user: Part, cluster: Part, where: string, source: Source): Identity {
  const ways = [["tokenFile", "token"], ["username", "password"], ["exec"]].flatMap(
    (keys) => keys.find((key) => Object.hasOwn(user, key)) ?? [],
  );
  if (ways.length > 1) throw refused(`${where} says in several ways who we are: ${ways.join(" and ")}`);
  const [token, tokenFile, username] = ["token", "tokenFile", "username"].map((key) => textOf(user, key));
  // The file wins, as in client-go: it is the one that is renewed.
  if (tokenFile) return { by: "token-file", file: fileOf(tokenFile, source) };
  if (token) return { by: "token", token };
  if (username) return { by: "password", username, password: textOf(user, "password") ?? "" };
  if (Object.hasOwn(user, "password")) throw broken(`${where} has a password and no username`);
  if (!Object.hasOwn(user, "exec") || source.from === "cloud") return { by: "nothing" };
  if (source.from === "secret")
    throw refused(`${where} runs a program for its keys, which a secret may not; give a token or a certificate`);
  return { by: "plugin", plugin: pluginOf(user.exec, cluster, `exec of ${where}`, source) };
}

/** Request headers (kubernetes.io, User impersonation). */
function impersonationOf(user: Part, where: string): Way["impersonate"] {
  const as = textOf(user, "as");
  const uid = textOf(user, "as-uid");
  const groups = user["as-groups"];
  const extra = user["as-user-extra"];
  if (as === null) {
    const alone = ["as-uid", "as-groups", "as-user-extra"].find((key) => Object.hasOwn(user, key));
    if (alone !== undefined) throw broken(`${where} has ${alone} and no as`);
    return {};
  }
  const headers: Record<string, string | readonly string[]> = { "Impersonate-User": as };
  if (uid !== null) headers["Impersonate-Uid"] = uid;
  if (Array.isArray(groups)) headers["Impersonate-Group"] = groups;
  for (const [key, values] of Object.entries(Object(extra))) {
    if (!hasForm(values, "texts") || !Array.isArray(values))
      throw broken(`${where}: 'as-user-extra' holds what is no list of texts`);
    headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = values;
  }
  return headers;
}

const PLUGIN_VERSIONS = ["v1", "v1beta1", "v1alpha1"].map((version) => `client.authentication.k8s.io/${version}`);
/** Under which a cluster's extensions hold what its plugin is told (client-go, `ExecCluster`). */
const EXEC_EXTENSION = "client.authentication.k8s.io/exec";

function pluginOf(object: unknown, cluster: Part, where: string, source: Extract<Source, { from: "file" }>): PluginCall {
  const exec = part(object, EXEC, where, source);
  const [apiVersion, command, mode] = ["apiVersion", "command", "interactiveMode"].map((key) => textOf(exec, key));
  if (!command) throw broken(`${where} names no command`);
  if (!apiVersion || !PLUGIN_VERSIONS.includes(apiVersion))
    throw refused(`${where}: 'apiVersion' must be one of ${PLUGIN_VERSIONS.join(", ")}`);
  if (mode === "Always") throw refused(`${where}: 'interactiveMode: Always' needs a person at a terminal`);
  if (mode && mode !== "Never" && mode !== "IfAvailable")
    throw refused(`${where}: 'interactiveMode' must be Never or IfAvailable`);
  const env = entries(exec.env).map((one) => {
    const { name, value } = part(one, { name: "text", value: "text" }, `env of ${where}`, source);
    if (typeof name !== "string") throw broken(`${where}: 'env' has an entry without a name`);
    return { name, value: typeof value === "string" ? value : "" };
  });
  const { extensions, ...told } = cluster;
  const config = entries(extensions).find((one) => property(one, "name") === EXEC_EXTENSION);
  const args = entries(exec.args).map(String);
  const asked = exec.provideClusterInfo === true;
  return {
    ...{ apiVersion, command, args, env, folder: source.folder },
    cluster: asked ? { ...told, ...(config === undefined ? {} : { config: property(config, "extension") }) } : null,
  };
}

function textOf(from: Part, key: string): string | null {
  const value = Object.hasOwn(from, key) ? from[key] : undefined;
  return typeof value === "string" ? value : null;
}

function broken(message: string): GuardError {
  return new GuardError("KubeconfigBroken", "user", message);
}

function refused(message: string): GuardError {
  return new GuardError("KubeconfigRefused", "user", message);
}
