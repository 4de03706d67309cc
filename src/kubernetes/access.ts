import { readFile } from "node:fs/promises";
import { Agent, type RequestOptions } from "node:https";
import { basename, dirname } from "node:path";
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { known, type Reading, unknown } from "../core/known.ts";
import { whyOf } from "../errors.ts";

/**
 * How a cluster is reached: a kubeconfig, by file or as text, with whatever authentication it holds (client certificates, tokens, exec
 * plugins), through the official client's loader. One keep-alive agent for each cluster: the client itself opens a TLS connection for
 * each request (platform.md).
 */
export interface Access {
  readonly server: URL;
  readonly agent: Agent;
  /** Headers that prove who we are; asked for before each request, since tokens expire. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
}

/** Concurrent lists of one cluster; each has a connection of its own. */
const CONNECTIONS = 8;

/**
 * @param context null: the current one
 * @param written the path as the user wrote it; no message names more of the machine
 */
export async function accessByFile(path: string, context: string | null, written = basename(path)): Promise<Reading<Access>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return unknown(`kubeconfig ${written} can't be read: ${codeOf(error)}`, "kubeconfig-unread");
  }
  return accessByText(text, context, `kubeconfig ${written}`, dirname(path));
}

export async function accessByText(
  text: string,
  context: string | null,
  what: string,
  folder: string | null,
): Promise<Reading<Access>> {
  const config = new KubeConfig();
  try {
    config.loadFromString(text);
    if (folder !== null) config.makePathsAbsolute(folder);
  } catch (error) {
    // Not the parser's own words: they quote the file, secrets and all.
    return unknown(`${what} is no kubeconfig${placeOf(error)}`, "kubeconfig-broken");
  }
  if (context !== null) {
    if (config.getContextObject(context) === null) {
      const names = config.contexts.map(({ name }) => name);
      return unknown(
        `${what} has no context '${context}' (it has ${names.length === 0 ? "none" : names.join(", ")})`,
        "kubeconfig-context",
      );
    }
    config.setCurrentContext(context);
  }
  return accessOf(config, what);
}

/**
 * The service account of the Pod that we run in.
 *
 * @param root where the Pod's file system begins; left out: at `/`
 */
export async function accessInCluster(root = ""): Promise<Reading<Access>> {
  // The client would look for a server called `undefined`.
  if (process.env.KUBERNETES_SERVICE_HOST === undefined)
    return unknown("the service account of this Pod can't be used: we run in no Pod (KUBERNETES_SERVICE_HOST is not set)");
  const config = new KubeConfig();
  try {
    config.loadFromCluster(root);
  } catch (error) {
    return unknown(`the service account of this Pod can't be used: ${whyOf(error)}`);
  }
  return accessOf(config, "the service account of this Pod");
}

/** `ENOENT`: the message besides names the whole path, which is nobody's business in a report. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
}

/** `: line 4, column 7`, as far as the parser says it. */
function placeOf(error: unknown): string {
  const mark: unknown = error instanceof Error && "mark" in error ? error.mark : null;
  if (typeof mark !== "object" || mark === null || !("line" in mark) || !("column" in mark)) return "";
  return `: line ${Number(mark.line) + 1}, column ${Number(mark.column) + 1}`;
}

async function accessOf(config: KubeConfig, what: string): Promise<Reading<Access>> {
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    return unknown(`${what} names no cluster in its current context '${config.getCurrentContext()}'`, "kubeconfig-broken");
  let server: URL;
  let options: RequestOptions;
  try {
    server = new URL(cluster.server);
    options = await authenticated(config);
  } catch (error) {
    return unknown(`${what} can't be used: ${whyOf(error)}`, "kubeconfig-broken");
  }
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
  const agent =
    cluster.proxyUrl !== undefined && options.agent instanceof Agent
      ? options.agent
      : new Agent({
          keepAlive: true,
          maxSockets: CONNECTIONS,
          ...(ca === undefined ? {} : { ca }),
          ...(cert === undefined ? {} : { cert }),
          ...(key === undefined ? {} : { key }),
          ...(pfx === undefined ? {} : { pfx }),
          ...(passphrase === undefined ? {} : { passphrase }),
          ...(servername === undefined ? {} : { servername }),
          ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
        });
  return known({ server, agent, headers: async () => headersOf(await authenticated(config)) });
}

async function authenticated(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}

function headersOf({ headers, auth }: RequestOptions): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (typeof value === "string") found[name] = value;
  }
  if (typeof auth === "string") found.Authorization = `Basic ${Buffer.from(auth).toString("base64")}`;
  return found;
}
