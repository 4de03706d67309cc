import { type ChildProcess, spawn } from "node:child_process";
import { isAbsolute, join } from "node:path";
import { jsonOf, property } from "./json.ts";
import type { PluginCall } from "./kubeconfig.ts";

/**
 * Exec plugins: programs that say who we are (kubernetes.io, client-go credential plugins). They are the user's own, and no more trusted
 * than that: they see no secret of ours, have a bound for time and output, and leave nothing running behind.
 */

export interface PluginCredential {
  readonly token: string | null;
  /** PEM. */
  readonly certificate: string | null;
  readonly key: string | null;
  /** Unix milliseconds; null: until it is refused. */
  readonly expiresAt: number | null;
}

export interface Plugin {
  /** The present credential; the plugin runs only where there is none, and once for all who wait. */
  readonly credential: () => Promise<PluginCredential>;
  /** The server refused this one: it is not given again. */
  readonly forget: (refused: PluginCredential) => void;
}

const TIMEOUT_MS = 30_000;
const MOST_BYTES = 1024 * 1024;
/** A plugin that has ended may leave its output open to its children; what it said by then is taken. */
const LAST_WORDS_MS = 500;

/** One for each call that kubeconfigs make, for as long as the process lives: a daemon's runs share what is still valid. */
const PLUGINS = new Map<string, Plugin>();

export function pluginFor(call: PluginCall, environment: NodeJS.ProcessEnv = process.env): Plugin {
  const key = JSON.stringify(call);
  const present = PLUGINS.get(key) ?? createPlugin(call, environment);
  PLUGINS.set(key, present);
  return present;
}

export function createPlugin(call: PluginCall, environment: NodeJS.ProcessEnv, timeoutMs = TIMEOUT_MS): Plugin {
  let present: PluginCredential | null = null;
  let running: Promise<PluginCredential> | null = null;
  const fetch = async () => {
    try {
      present = credentialOf(await run(call, environment, timeoutMs), call);
      return present;
    } finally {
      running = null;
    }
  };
  return {
    async credential() {
      if (present !== null && (present.expiresAt === null || present.expiresAt > Date.now())) return present;
      running ??= fetch();
      return running;
    },
    forget(refused) {
      if (present === refused) present = null;
    },
  };
}

/** Variables of ours, of Tencent Cloud's programs and of Slack's: keys, tokens and what they are for. */
const OURS = /^(?:TENCENTCLOUD|QCLOUD|SLACK|EIP_GUARD)_/i;
const SECRET = /SECRET|TOKEN|KEY|PASSWORD|WEBHOOK|CREDENTIAL/i;
/** A shorter value may stand in another variable by chance. */
const SHORTEST_SECRET = 8;

/** Our environment without our secrets, also where one stands under another name; then what the kubeconfig sets itself. */
export function environmentFor(call: PluginCall, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const given = Object.entries(environment);
  const secrets = given.flatMap(([name, value]) =>
    OURS.test(name) && SECRET.test(name) && value !== undefined && value.length >= SHORTEST_SECRET ? [value] : [],
  );
  const passed = given.filter(([name, value]) => !OURS.test(name) && !secrets.some((secret) => value?.includes(secret)));
  const info = {
    apiVersion: call.apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(call.cluster === null ? {} : { cluster: call.cluster }) },
  };
  return {
    ...Object.fromEntries(passed),
    ...Object.fromEntries(call.env.map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
  };
}

/**
 * What the plugin prints.
 *
 * @throws naming the command as it is written; never its arguments or its own words, which may hold secrets
 */
function run(call: PluginCall, environment: NodeJS.ProcessEnv, timeoutMs: number): Promise<string> {
  const { command, args, folder } = call;
  const what = `the exec plugin '${command}'`;
  return new Promise((resolve, reject) => {
    const path = command.includes("/") && !isAbsolute(command) ? join(folder, command) : command;
    const child = spawn(path, [...args], {
      cwd: folder,
      env: environmentFor(call, environment),
      stdio: ["ignore", "pipe", "ignore"],
      // In a group of its own, so that all that it starts can be ended with it.
      detached: true,
      windowsHide: true,
    });
    const end = () => endGroup(child);
    process.once("exit", end);
    const chunks: Buffer[] = [];
    let bytes = 0;
    let settled = false;
    const settle = (outcome: string | Error) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      process.removeListener("exit", end);
      end();
      child.stdout?.destroy();
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    const timer = setTimeout(() => settle(new Error(`${what} did not end within ${timeoutMs / 1_000} s`)), timeoutMs);
    const ended = (code: number | null, signal: NodeJS.Signals | null) => {
      if (code === 0) settle(Buffer.concat(chunks).toString("utf8"));
      else settle(new Error(`${what} failed with ${signal ?? `code ${code}`}; run it by hand to see why`));
    };
    child.stdout?.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) settle(new Error(`${what} printed more than ${MOST_BYTES / 1024 / 1024} MB`));
      else chunks.push(chunk);
    });
    child.on("error", (error) =>
      settle(new Error(`${what} can't be started: ${"code" in error ? String(error.code) : error.name}`)),
    );
    child.on("close", ended);
    child.on("exit", (code, signal) => setTimeout(ended, LAST_WORDS_MS, code, signal).unref());
  });
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in the group.
  }
}

function credentialOf(printed: string, { command, apiVersion }: PluginCall): PluginCredential {
  const what = `the exec plugin '${command}'`;
  const answer = jsonOf(printed);
  if (property(answer, "kind") !== "ExecCredential" || property(answer, "apiVersion") !== apiVersion)
    throw new Error(`${what} printed no ExecCredential of ${apiVersion}`);
  const status = property(answer, "status");
  const [token, certificate, key] = ["token", "clientCertificateData", "clientKeyData"].map((name) => {
    const value = property(status, name);
    return typeof value === "string" && value !== "" ? value : null;
  });
  if ((certificate == null) !== (key == null)) throw new Error(`${what} printed only one of a client certificate and its key`);
  if (token == null && certificate == null) throw new Error(`${what} printed neither a token nor a client certificate`);
  const expiration = property(status, "expirationTimestamp");
  if (expiration === undefined || expiration === null)
    return { token: token ?? null, certificate: certificate ?? null, key: key ?? null, expiresAt: null };
  const expiresAt = typeof expiration === "string" ? Date.parse(expiration) : Number.NaN;
  if (Number.isNaN(expiresAt)) throw new Error(`${what} printed an expirationTimestamp that is no instant`);
  return { token: token ?? null, certificate: certificate ?? null, key: key ?? null, expiresAt };
}
