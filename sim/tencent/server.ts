import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createRunner, type RunKeys } from "../functions/run.ts";
import { runAsynchronously, timerEvent } from "../functions/triggers.ts";
import type { CloudFunction, FunctionInvocation, FunctionTrigger } from "../world/functions.ts";
import type { Account, World } from "../world/world.ts";
import { type Action, ApiError, type Caller } from "./action.ts";
import { ACTIONS } from "./actions.ts";
import { allows } from "./permission.ts";
import { credentialOf, isSignedWith } from "./signature.ts";

/**
 * Tencent Cloud over HTTP on loopback, every product at one address: signatures, rights, parameters, limits a second, asynchronous
 * tasks and error codes as the real one has them. API errors come as HTTP 200 with a code.
 */

export interface CloudFault {
  /** Left out: every action. */
  readonly action?: string;
  /** `pass`: nothing goes wrong, though something happens meanwhile. `lose`: it is done, and the connection is closed instead of an answer. */
  readonly kind: "http500" | "drop" | "hang" | "error" | "lose" | "pass";
  /** For `error`: `InternalError`. */
  readonly code?: string;
  /** Left out: always. */
  readonly probability?: number;
  /** How often; left out: for ever. */
  times?: number;
  /** Happens before the fault answers. */
  readonly meanwhile?: () => Promise<void> | void;
}

export interface CloudCall {
  readonly action: string;
  readonly region: string;
  readonly account: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** `Response`, as answered; undefined where a fault answered instead. */
  answer?: Readonly<Record<string, unknown>>;
}

export interface TencentServerOptions {
  readonly world: World;
  /** Milliseconds for each answer. */
  readonly latency?: number;
  /** Enforces the documented calls a second. Off where simulated time runs faster than the machine's. */
  readonly rateLimits?: boolean;
  readonly kubeconfig: (clusterId: string) => string;
  /** Hears of the temporary keys that a function runs with: a bucket beside this server must know them, too. */
  readonly onRunKeys?: (keys: RunKeys, account: Account) => void;
}

export interface TencentServer {
  readonly endpoint: string;
  readonly calls: CloudCall[];
  /** `action region account` of each call that was one too many for its second; it is in `calls` no more than it was served. */
  readonly throttled: string[];
  /** Every action that was asked for, answered or not. */
  readonly asked: string[];
  readonly faults: CloudFault[];
  /** Lets each open timer of a function tick now; answers what ran, repetitions too. */
  readonly tick: (fn: CloudFunction) => Promise<readonly FunctionInvocation[]>;
  /** Runs a function as its own invocation would. */
  readonly run: (fn: CloudFunction, event: unknown) => Promise<FunctionInvocation>;
  readonly close: () => Promise<void>;
}

interface Session {
  readonly account: Account;
  readonly key: string;
  readonly arn: string;
  readonly token: string;
  readonly expires: number;
  /** Of a role that SCF runs a function under: what its policies don't allow is refused. */
  readonly bound: string | null;
}

interface State {
  readonly options: TencentServerOptions;
  readonly calls: CloudCall[];
  readonly sessions: Map<string, Session>;
  readonly windows: Map<string, number[]>;
  readonly throttled: string[];
  readonly tasks: Caller["tasks"];
  readonly run: Caller["run"];
}

export async function startTencentServer(options: TencentServerOptions): Promise<TencentServer> {
  const faults: CloudFault[] = [];
  const asked: string[] = [];
  const runner = createRunner();
  const sessions: State["sessions"] = new Map();
  const run = async (fn: CloudFunction, event: unknown) => {
    const invocation = await runner.run(fn, event, runKeys(options, sessions, fn));
    fn.invocations.push(invocation);
    return invocation;
  };
  const state: State = { options, calls: [], sessions, windows: new Map(), throttled: [], tasks: new Map(), run };
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (options.latency !== undefined && options.latency > 0)
      await new Promise((resolve) => setTimeout(resolve, options.latency));
    const action = header(request, "x-tc-action");
    asked.push(action);
    const fault = takeFault(faults, action, options.world);
    await fault?.meanwhile?.();
    if (fault?.kind === "drop") {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === "hang") return;
    if (fault?.kind === "http500") {
      response.writeHead(500, { "Content-Type": "text/plain" });
      response.end("simulated fault");
      return;
    }
    const RequestId = randomUUID();
    try {
      if (fault?.kind === "lose") {
        await serve(request, body, state);
        request.socket.destroy();
        return;
      }
      if (fault !== undefined && fault.kind !== "pass") throw new ApiError(fault.code ?? "InternalError", "simulated fault");
      answer(response, { ...(await serve(request, body, state)), RequestId });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answer(response, { Error: { Code: error.code, Message: error.message }, RequestId });
    }
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: state.calls,
    throttled: state.throttled,
    asked,
    faults,
    async tick(fn) {
      const open = fn.triggers.filter((trigger) => trigger.type === "timer" && trigger.open);
      const made = await Promise.all(open.map((trigger) => tickOf(fn, trigger, options.world.clock.now(), run)));
      return made.flat();
    },
    run,
    async close() {
      await runner.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function tickOf(fn: CloudFunction, trigger: FunctionTrigger, at: number, run: Caller["run"]) {
  return runAsynchronously(fn, timerEvent(trigger, at), run);
}

/** The temporary keys of a function's role, where there is one that SCF may assume. */
function runKeys({ world, onRunKeys }: TencentServerOptions, sessions: State["sessions"], fn: CloudFunction): RunKeys | null {
  const { account } = fn.region;
  const role = account.camRoles.get(fn.role);
  if (role === undefined || !role.document.includes("scf.qcloud.com")) return null;
  const keys = { id: `AKID${world.random.letters(40)}`, key: world.random.letters(32), token: world.random.letters(60) };
  const arn = `qcs::sts:${account.uin}:assumed-role/${role.name}`;
  sessions.set(keys.id, { account, key: keys.key, token: keys.token, arn, expires: Date.now() + 3_600_000, bound: role.name });
  onRunKeys?.(keys, account);
  return keys;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

function answer(response: ServerResponse, body: object): void {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ Response: body }));
}

function takeFault(faults: readonly CloudFault[], action: string, world: World): CloudFault | undefined {
  const fault = faults.find(
    (one) =>
      (one.action === undefined || one.action === action) &&
      (one.times === undefined || one.times > 0) &&
      (one.probability === undefined || world.random.chance(one.probability)),
  );
  if (fault?.times !== undefined) fault.times -= 1;
  return fault;
}

async function serve(request: IncomingMessage, body: string, state: State): Promise<Readonly<Record<string, unknown>>> {
  const { world, rateLimits = true, kubeconfig } = state.options;
  const name = header(request, "x-tc-action");
  const { account, arn, bound } = authenticate(request, body, state);
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined || header(request, "x-tc-version") !== action.version) {
    throw new ApiError("InvalidAction", `the action ${name} of version ${header(request, "x-tc-version")} does not exist`);
  }
  const regionName = header(request, "x-tc-region");
  // A session is given in any region, also in one where the account itself has nothing.
  const served = name === "AssumeRole" ? world.accounts : [account];
  const region = served.map(({ regions }) => regions.get(regionName)).find((one) => one !== undefined);
  if (region === undefined || (action.service === "scf" && !region.servesFunctions))
    throw new ApiError("UnsupportedRegion", `the region ${regionName} is not supported`);
  const parameters = parametersOf(body, name, action);
  const { service = "cvm", resource = "eip/*" } = action;
  if (account.denied.has(name) || !isAllowed(account, bound, name, action, parameters, regionName)) {
    const message = `you are not authorized to perform operation (${service}:${name})\nresource (qcs::${service}:${regionName}:uin/${account.uin}:${resource}) has no permission\n`;
    throw new ApiError("UnauthorizedOperation", `[request id:${randomUUID()}]${message}`);
  }
  if (rateLimits) countCall(state, `${account.uin}/${regionName}/${name}`, action.perSecond);
  const call: CloudCall = { action: name, region: regionName, account: account.uin, parameters };
  state.calls.push(call);
  if (action.writes) world.writes.push(`${name} ${JSON.stringify(parameters)}`);
  const caller: Caller = {
    world,
    account,
    arn,
    region,
    parameters,
    tasks: state.tasks,
    kubeconfig,
    run: state.run,
    fire: (fn, trigger, at) => void tickOf(fn, trigger, at, state.run),
    assume(other, role, seconds) {
      const id = `AKID${world.random.letters(40)}`;
      const session = {
        account: other,
        key: world.random.letters(32),
        token: world.random.letters(60),
        arn: `qcs::sts:${other.uin}:assumed-role/${role}`,
        expires: Date.now() + seconds * 1_000,
        bound: null,
      };
      state.sessions.set(id, session);
      return { id, key: session.key, token: session.token, expires: session.expires };
    },
  };
  const answered = await action.answer(caller);
  call.answer = answered;
  return answered;
}

/** Whether a run role's policies allow a call. Who one is may be asked by everybody. */
function isAllowed(
  account: Account,
  bound: string | null,
  name: string,
  { service, about }: Action,
  parameters: Readonly<Record<string, unknown>>,
  region: string,
): boolean {
  if (bound === null || name === "GetCallerIdentity") return true;
  const actions = service === undefined ? [`cvm:${name}`, `vpc:${name}`] : [`${service}:${name}`];
  return allows(account, bound, actions, about?.(parameters, region, account.uin) ?? null);
}

/** Signatures are of the machine's time, whatever the simulated clock says. */
const SKEW_SECONDS = 300;

function authenticate(
  request: IncomingMessage,
  body: string,
  { options, sessions }: State,
): { readonly account: Account; readonly arn: string; readonly bound: string | null } {
  const signed = { method: request.method ?? "", headers: request.headers, body };
  const credential = credentialOf(signed);
  if (credential === null) throw new ApiError("AuthFailure.InvalidAuthorization", "the Authorization header is not valid");
  const age = Math.abs(Date.now() / 1_000 - Number(header(request, "x-tc-timestamp")));
  if (!(age <= SKEW_SECONDS)) throw new ApiError("AuthFailure.SignatureExpire", "the signature has expired");
  const session = sessions.get(credential.secretId);
  const account = session?.account ?? options.world.accounts.find(({ secretId }) => secretId === credential.secretId);
  if (account === undefined)
    throw new ApiError("AuthFailure.SecretIdNotFound", "the SecretId is not found, please ensure that your SecretId is correct");
  if (session !== undefined && (session.expires < Date.now() || header(request, "x-tc-token") !== session.token)) {
    throw new ApiError("AuthFailure.TokenFailure", "the token is not valid");
  }
  if (!isSignedWith(session?.key ?? account.secretKey, credential, signed)) {
    throw new ApiError(
      "AuthFailure.SignatureFailure",
      "the provided credentials could not be validated, please check your signature is correct",
    );
  }
  return { account, arn: session?.arn ?? `qcs::cam::uin/${account.uin}:uin/${account.uin}`, bound: session?.bound ?? null };
}

function parametersOf(body: string, name: string, { parameters: declared }: Action): Readonly<Record<string, unknown>> {
  const parsed: unknown = body === "" ? {} : JSON.parse(body);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new ApiError("InvalidParameter", `${name}: the body is no object`);
  const parameters = Object.fromEntries(Object.entries(parsed));
  for (const [parameter, value] of Object.entries(parameters)) {
    const type = Object.hasOwn(declared, parameter) ? declared[parameter] : undefined;
    if (type === undefined) throw new ApiError("UnknownParameter", `the parameter \`${parameter}\` is not recognized`);
    if (!fits(type.replace("!", ""), value))
      throw new ApiError("InvalidParameter", `the parameter \`${parameter}\` has the wrong type`);
  }
  for (const [parameter, type] of Object.entries(declared)) {
    if (type.endsWith("!") && parameters[parameter] === undefined)
      throw new ApiError("MissingParameter", `the parameter \`${parameter}\` is missing`);
  }
  return parameters;
}

function fits(type: string, value: unknown): boolean {
  switch (type) {
    case "int":
      return typeof value === "number" && Number.isInteger(value);
    case "string":
      return typeof value === "string";
    case "bool":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value);
    default:
      return typeof value === "object" && value !== null;
  }
}

function countCall({ windows, throttled }: State, key: string, perSecond: number): void {
  const now = Date.now();
  const window = (windows.get(key) ?? []).filter((at) => at > now - 1_000);
  windows.set(key, window);
  if (window.length >= perSecond) {
    throttled.push(key);
    throw new ApiError(
      "RequestLimitExceeded",
      `your current request times equals to ${window.length + 1} in a second, which exceeds the frequency limit ${perSecond}`,
    );
  }
  window.push(now);
}
