import { readFile, stat } from "node:fs/promises";
import { Agent as PlainAgent } from "node:http";
import { Agent, type AgentOptions, type RequestOptions } from "node:https";
import { isIP, isIPv6 } from "node:net";
import { basename, dirname, join } from "node:path";
import { checkServerIdentity, createSecureContext } from "node:tls";
import { type Cause, known, type Reading, unknown } from "../core/terms/known.ts";
import { GuardError, whyOf } from "../errors.ts";
import { NO_PROXY, type ProxyFor } from "../proxy/environment.ts";
import { inTime } from "./in-time.ts";
import { type FileName, type Identity, type Material, readKubeconfig, type Source, type Way } from "./kubeconfig.ts";
import { type Plugin, type PluginCredential, pluginFor } from "./plugin.ts";

/**
 * How a cluster is reached: by a kubeconfig of the user's, by one that the cloud gives, or as the Pod that we run in. One keep-alive agent
 * for each cluster: the official client itself opens a TLS connection for each request.
 */
export interface Access {
  readonly server: URL;
  /** Asked for before each request, since what proves who we are expires. It has no time-out of its own. */
  readonly credentials: () => Promise<Credentials>;
  /** The server refused these. @returns whether there may be others */
  readonly refused: (credentials: Credentials) => boolean;
}

export interface Credentials {
  /** Of the connections, with the client certificate, where there is one. */
  readonly agent: PlainAgent;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** Concurrent lists of one cluster; each has a connection of its own. */
const CONNECTIONS = 8;
/** Of a kubeconfig, a certificate, a token. */
const MOST_BYTES_OF_FILE = 4 * 1024 * 1024;
/** A file system in the network may not answer. */
const FILE_TIMEOUT_MS = 10_000;

/**
 * @param context null: the current one
 * @param written the path as the user wrote it; no message names more of the machine
 */
export async function accessByFile(
  path: string,
  context: string | null,
  written = basename(path),
  proxyFor = NO_PROXY,
): Promise<Reading<Access>> {
  let text: string;
  try {
    text = await readSmall({ path, written });
  } catch (error) {
    return unknown(`kubeconfig ${whyOf(error)}`, "kubeconfig-unread");
  }
  return accessByText(text, context, `kubeconfig ${written}`, { from: "file", folder: dirname(path) }, proxyFor);
}

/**
 * @param source the cloud's kubeconfig may neither run nor read anything here
 * @param proxyFor of the environment: it holds where the kubeconfig names no proxy
 */
export async function accessByText(
  text: string,
  context: string | null,
  what: string,
  source: Source,
  proxyFor: ProxyFor = NO_PROXY,
): Promise<Reading<Access>> {
  try {
    const way = readKubeconfig(text, context, what, source);
    return known(await accessBy({ ...way, proxy: way.proxy ?? proxyFor(way.server)?.href ?? null }, what));
  } catch (error) {
    return unknown(whyOf(error), causeOf(error));
  }
}

function causeOf(error: unknown): Cause {
  if (!(error instanceof GuardError)) return "kubeconfig-broken";
  if (error.code === "KubeconfigContext") return "kubeconfig-context";
  return error.code === "NoCredentials" ? "credentials" : "kubeconfig-broken";
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The service account of the Pod that we run in: always over TLS, with the Pod's own authority. Its token is read anew for each request,
 * as the kubelet replaces it.
 *
 * @param root where the Pod's file system begins; left out: at `/`
 */
export async function accessInCluster(root = ""): Promise<Reading<Access>> {
  const what = "the service account of this Pod";
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = process.env;
  if (host === undefined || host === "")
    return unknown(`${what} can't be used: we run in no Pod (KUBERNETES_SERVICE_HOST is not set)`, "kubeconfig-unread");
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(server)) return unknown(`${what} can't be used: KUBERNETES_SERVICE_HOST is no host`, "kubeconfig-broken");
  const mounted = (name: string): FileName => ({
    path: join(root, SERVICE_ACCOUNT, name),
    written: `${SERVICE_ACCOUNT}/${name}`,
  });
  const nothing = { tlsServerName: null, proxy: null, certificate: null, key: null, impersonate: {} };
  try {
    const identity: Identity = { by: "token-file", file: mounted("token") };
    const way: Way = { ...nothing, server: new URL(server), verified: true, authority: mounted("ca.crt"), identity };
    return known(await accessBy(way, what));
  } catch (error) {
    return unknown(whyOf(error), "kubeconfig-unread");
  }
}

/** @throws when what the way names can't be read, or is no certificate; when nothing proves who we are */
async function accessBy(way: Way, what: string): Promise<Access> {
  const { server, identity, impersonate } = way;
  let tls: Tls;
  try {
    tls = await tlsOf(way);
    createSecureContext(tls);
  } catch (error) {
    throw new GuardError("KubeconfigBroken", "user", `${what} can't be used: ${whyOf(error)}`);
  }
  const fixed = await agentFor(way, tls);
  if (identity.by === "plugin") {
    const access = byPlugin(way, pluginFor(identity.plugin), tls, fixed);
    try {
      await access.credentials();
    } catch (error) {
      throw new GuardError("NoCredentials", "user", `${what} can't be used: ${whyOf(error)}`);
    }
    return access;
  }
  const credentials = async () => ({ agent: fixed, headers: { ...impersonate, ...(await authorisation(identity)) } });
  try {
    await credentials();
  } catch (error) {
    throw new GuardError("KubeconfigBroken", "user", `${what} can't be used: ${whyOf(error)}`);
  }
  return { server, credentials, refused: () => false };
}

async function authorisation(identity: Identity): Promise<Readonly<Record<string, string>>> {
  switch (identity.by) {
    case "nothing":
    case "plugin":
      return {};
    case "token":
      return { Authorization: `Bearer ${identity.token}` };
    case "token-file": {
      const token = (await readSmall(identity.file)).trim();
      if (token === "") throw new Error(`${identity.file.written} is empty`);
      return { Authorization: `Bearer ${token}` };
    }
    case "password":
      return { Authorization: `Basic ${Buffer.from(`${identity.username}:${identity.password}`).toString("base64")}` };
  }
}

function byPlugin(way: Way, plugin: Plugin, tls: Tls, fixed: PlainAgent): Access {
  /** Which credential the present connections are for: another client certificate needs others. */
  const made = new WeakMap<PluginCredential, Credentials>();
  const given = new WeakMap<Credentials, PluginCredential>();
  const make = async (credential: PluginCredential): Promise<Credentials> => {
    const { token, certificate, key } = credential;
    const agent = certificate === null || key === null ? fixed : await agentFor(way, { ...tls, cert: certificate, key });
    return { agent, headers: { ...way.impersonate, ...(token === null ? {} : { Authorization: `Bearer ${token}` }) } };
  };
  return {
    server: way.server,
    async credentials() {
      const credential = await plugin.credential();
      const credentials = made.get(credential) ?? (await make(credential));
      made.set(credential, credentials);
      given.set(credentials, credential);
      return credentials;
    },
    refused(credentials) {
      const credential = given.get(credentials);
      if (credential !== undefined) plugin.forget(credential);
      return credential !== undefined;
    },
  };
}

type Tls = Pick<AgentOptions, "rejectUnauthorized" | "ca" | "cert" | "key" | "servername" | "checkServerIdentity">;

async function tlsOf({ verified, authority, certificate, key, tlsServerName }: Way): Promise<Tls> {
  const [ca, cert, secret] = await Promise.all([pemOf(authority), pemOf(certificate), pemOf(key)]);
  return {
    // Said either way: NODE_TLS_REJECT_UNAUTHORIZED of the environment must not decide it.
    rejectUnauthorized: verified,
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(secret === null ? {} : { key: secret }),
    ...(tlsServerName === null ? {} : nameToCheck(tlsServerName)),
  };
}

/** An address is no name that TLS could ask for, but one that a certificate may hold. */
function nameToCheck(name: string): Tls {
  if (isIP(name) === 0) return { servername: name };
  return { servername: "", checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate) };
}

async function pemOf(material: Material | null): Promise<string | null> {
  if (material === null) return null;
  return "pem" in material ? material.pem : readSmall(material);
}

/** Through the kubeconfig's proxy by the official client's agents; directly by one that keeps its connections. */
async function agentFor({ server, proxy, verified, tlsServerName }: Way, tls: Tls): Promise<PlainAgent> {
  const kept = { keepAlive: true, maxSockets: CONNECTIONS };
  if (proxy === null) return server.protocol === "http:" ? new PlainAgent(kept) : new Agent({ ...tls, ...kept });
  const encoded = (pem: AgentOptions["ca"]) =>
    typeof pem === "string" ? Buffer.from(pem, "latin1").toString("base64") : undefined;
  const [caData, certData, keyData] = [encoded(tls.ca), encoded(tls.cert), encoded(tls.key as AgentOptions["ca"])];
  // Loaded where a proxy is: it is half of what a start would load, and most clusters are reached directly.
  const { KubeConfig } = await import("@kubernetes/client-node/dist/config.js");
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: "cluster",
      server: server.href,
      proxyUrl: proxy,
      skipTLSVerify: !verified,
      ...(caData === undefined ? {} : { caData }),
      ...(tlsServerName === null ? {} : { tlsServerName }),
    },
    {
      name: "user",
      ...(certData === undefined ? {} : { certData }),
      ...(keyData === undefined ? {} : { keyData }),
    },
  );
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  if (typeof options.agent !== "object") throw new Error("no agent for proxy-url");
  return options.agent;
}

/** @throws naming the file as it is written, and why it can't be read */
async function readSmall({ path, written }: FileName): Promise<string> {
  try {
    return await inTime(readOrdinary(path), AbortSignal.timeout(FILE_TIMEOUT_MS));
  } catch (error) {
    throw new Error(`${written} can't be read: ${error instanceof Error && "code" in error ? String(error.code) : whyOf(error)}`);
  }
}

/** Whoever opens a pipe may wait for ever for somebody to write into it. */
async function readOrdinary(path: string): Promise<string> {
  const found = await stat(path);
  if (found.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
  if (!found.isFile()) throw new Error("it is no ordinary file");
  if (found.size > MOST_BYTES_OF_FILE) throw new Error(`it is longer than ${MOST_BYTES_OF_FILE / 1024 / 1024} MB`);
  return readFile(path, "utf8");
}
