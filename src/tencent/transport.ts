import * as z from "zod";
import { hostOf } from "../core/terms/host.ts";
import { type Cause, known, type Reading, type Unknown, unknown } from "../core/terms/known.ts";
import { milliseconds } from "../core/terms/time.ts";
import { GuardError, whyOf } from "../errors.ts";
import type { Clock, Permitted } from "../ports.ts";
import { createAgents, proxyAnswer } from "../proxy/agents.ts";
import { NO_PROXY, type ProxyFor } from "../proxy/environment.ts";
import { ACTIONS, type Action, callsPerSecond, rightFor, VERSIONS } from "./actions.ts";
import { RateLimiter } from "./rate.ts";
import { callSigned } from "./signed.ts";

/**
 * One call of the Tencent Cloud API, with what the official SDK lacks (domain.md §7): a rate limiter that keeps to the documented calls a
 * second, bounded retries with full jitter, and a time-out.
 */

export interface Secret {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token: string | null;
}

const TIMEOUT_SECONDS = 15;
const TRIES = 6;
/** Where nobody answers at all. */
const TRIES_UNANSWERED = 3;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

export interface Call {
  readonly action: Action;
  readonly region: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  /**
   * Of a call that changes something. Such a call is sent once and never repeated: what was allowed for one instant is allowed for no other
   * (domain.md §5.3, 4). It is asked right before the call is sent, after all waiting; a text says why it must not be sent any more.
   */
  readonly permitted?: Permitted;
  /** How long an answer may take; left out: 15 seconds. */
  readonly timeoutSeconds?: number;
}

/** `code` of a call that was not sent, because `permitted` refused it. */
export const NOT_SENT = "NotSent";

/** What went wrong with a call, in the cloud's words. */
export interface CallFailure {
  /** The API's code, such as `UnauthorizedOperation`; empty where no answer came. */
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
  /** Whether the call may have arrived although no answer did. */
  readonly ambiguous: boolean;
  /** What kind of failure it is; left out where only the code tells. */
  readonly cause?: Cause;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: CallFailure };

/** A TotalCount: more than a million would be no count of anything that the guard can read. */
export const count = z.number().int().min(0).max(1_000_000);

export interface Transport {
  /**
   * @param who keys the rate limit: calls are counted per account
   * @throws GuardError of fault `user` for credentials that the cloud refuses
   */
  readonly call: <T>(who: string, secret: Secret, call: Call, schema: z.ZodType<T>) => Promise<Answer<T>>;
}

/** Hears of each call that was sent, each try by itself. */
export type Observer = (product: string, action: string, outcome: "ok" | "throttled" | "refused" | "unanswered") => void;

export interface TransportOptions {
  readonly endpoint: string | null;
  readonly clock: Clock;
  readonly observe?: Observer | undefined;
  /** Calls the hosts within a private network of the cloud; left out: the public ones. */
  readonly internal?: boolean;
  /** Left out: no proxy. */
  readonly proxyFor?: ProxyFor;
}

export function createTransport(options: TransportOptions): Transport {
  const { endpoint, clock, observe, internal = false, proxyFor = NO_PROXY } = options;
  const limiter = new RateLimiter(clock);
  // Hosts at which a call found nobody, with all its patience: until one of them answers, nobody else is patient there.
  const silent = new Set<string>();
  const target = endpoint === null ? null : new URL(endpoint);
  const agents = createAgents(proxyFor, { keepAlive: true, maxSockets: 64 });
  const send = ({ action, region, parameters, timeoutSeconds = TIMEOUT_SECONDS }: Call, secret: Secret): Promise<unknown> => {
    const { product } = ACTIONS[action];
    const origin = target === null ? `https://${hostOf(product, region, internal)}` : `${target.protocol}//${target.host}`;
    const call = { ...secret, timeoutMs: timeoutSeconds * 1_000, origin, version: VERSIONS[product], action, region, parameters };
    return callSigned({ ...call, agent: agents(new URL(origin)) });
  };
  return {
    async call(who, secret, call, schema) {
      const { product } = ACTIONS[call.action];
      const host = target?.host ?? hostOf(product, call.region, internal);
      for (let tries = 1; ; tries += 1) {
        const answered = await limiter.wait(`${who}/${call.region ?? ""}/${call.action}`, callsPerSecond(call.action));
        const refused = await refusalOf(call, answered);
        if (refused !== null)
          return { ok: false, failure: { code: NOT_SENT, message: refused, requestId: "", ambiguous: false } };
        const heard = await once(() => send(call, secret), call, schema).finally(answered);
        observe?.(product, call.action, outcomeOf(heard));
        if (heard.ok || heard.failure.cause !== "network") silent.delete(host);
        if (heard.ok) return heard;
        const answer = {
          ok: false,
          failure: { ...heard.failure, message: withoutSecret(heard.failure.message, secret) },
        } as const;
        refuseBadCredentials(answer.failure);
        const again = mayRepeat(answer.failure, call);
        const patient = answer.failure.cause === "network" ? TRIES_UNANSWERED : TRIES;
        const most = silent.has(host) ? 1 : patient;
        if (!again || tries >= most) {
          if (answer.failure.cause === "network") silent.add(host);
          return answer;
        }
        const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
        await clock.sleep(milliseconds(Math.random() * ceiling));
      }
    },
  };
}

const ANSWERED = z.object({ RequestId: z.string().min(1) });

/** Asked when all waiting is over; null where the call may be sent. What is not sent, or can't be asked about, holds up no other call. */
async function refusalOf({ permitted }: Call, answered: () => void): Promise<string | null> {
  if (permitted === undefined) return null;
  try {
    const refused = await permitted();
    if (refused !== null) answered();
    return refused;
  } catch (error) {
    answered();
    throw error;
  }
}

async function once<T>(send: () => Promise<unknown>, { action }: Call, schema: z.ZodType<T>): Promise<Answer<T>> {
  let response: unknown;
  try {
    response = await send();
  } catch (error) {
    return { ok: false, failure: failureOf(error) };
  }
  // Every answer of the API has a RequestId: what has none is a gateway's, and says nothing of what was asked.
  const signed = ANSWERED.safeParse(response);
  const parsed = signed.success ? schema.safeParse(response) : signed;
  if (signed.success && parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error?.issues ?? [];
  const where = issue === undefined ? "" : ` (${issue.path.join(".")}: ${issue.message})`;
  return {
    ok: false,
    failure: {
      code: "",
      message: `${action} answered what its definition does not allow${where}`,
      requestId: "",
      ambiguous: true,
    },
  };
}

/** The cloud may repeat in its message what it was sent. */
function withoutSecret(message: string, { secretId, secretKey, token }: Secret): string {
  return [secretKey, token, secretId].reduce<string>(
    (cleaned, secret) => (secret === null || secret === "" ? cleaned : cleaned.replaceAll(secret, "[redacted]")),
    message,
  );
}

function text(error: object, field: string): string {
  const value: unknown = Reflect.get(error, field);
  return typeof value === "string" ? value : "";
}

function failureOf(error: unknown): CallFailure {
  if (typeof error !== "object" || error === null) return { code: "", message: String(error), requestId: "", ambiguous: true };
  const httpCode: unknown = Reflect.get(error, "httpCode");
  if (typeof httpCode === "number") {
    const requestId = text(error, "requestId");
    return { code: `HTTP ${httpCode}`, message: whyOf(error), requestId, ambiguous: httpCode >= 500, cause: "gateway" };
  }
  // API errors carry a code; errors of the network have only a message (domain.md §7).
  // An answer that breaks off is node-fetch's own error, whose `code` is not the API's: only the SDK's errors have a requestId.
  const code = "requestId" in error ? text(error, "code") : "";
  const message = whyOf(error);
  const proxy = proxyAnswer(error);
  if (code === "" && proxy !== null) return { code, message: proxy, requestId: "", ambiguous: false, cause: "gateway" };
  const failure = { code, message: readable(message), requestId: text(error, "requestId"), ambiguous: code === "" };
  return code === "" && UNANSWERED.test(message) ? { ...failure, cause: "network" } : failure;
}

/** No connection came about, or nothing came over it in time. A connection that broke later is no such case: somebody is there. */
const UNANSWERED =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ETIMEDOUT|network timeout|EPROTO|CERT_|certificate|self.signed/i;

/** node-fetch repeats the whole address in its message. */
function readable(message: string): string {
  return message
    .replace(/^request to \S+ failed, reason: /, "unreachable: ")
    .replace(/^network timeout at: \S+/, "no answer in time");
}

const BAD_CREDENTIALS =
  /^AuthFailure(\.(InvalidAuthorization|InvalidSecretId|MFAFailure|SecretIdNotFound|SignatureExpire|SignatureFailure|TokenFailure))?$/;

function refuseBadCredentials({ code, message }: CallFailure): void {
  if (!BAD_CREDENTIALS.test(code)) return;
  throw new GuardError(
    "CredentialsRefused",
    "user",
    `the cloud refuses the credentials: ${code}: ${message}`,
    "check TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and TENCENTCLOUD_TOKEN, and this machine's clock",
  );
}

function outcomeOf<T>(heard: Answer<T>): Parameters<Observer>[2] {
  if (heard.ok) return "ok";
  if (heard.failure.code.startsWith("RequestLimitExceeded")) return "throttled";
  return heard.failure.ambiguous ? "unanswered" : "refused";
}

function mayRepeat({ code, ambiguous }: CallFailure, { permitted }: Call): boolean {
  if (permitted !== undefined) return false;
  if (code.startsWith("RequestLimitExceeded")) return true;
  return ambiguous || code.startsWith("InternalError") || code === "InternalServerError" || code === "ServiceUnavailable";
}

/** What an answer means for the inventory. */
export function readingOf<T>(answer: Answer<T>, { action }: Call): Reading<T> {
  return answer.ok ? known(answer.value) : unread(answer.failure, action);
}

/** A call that failed, as a reading. */
export function unread(failure: CallFailure, action: Action): Unknown {
  return unknown(describeFailure(failure, action), isForbidden(failure) ? "forbidden" : failure.cause);
}

export function isForbidden({ code }: CallFailure): boolean {
  return code.startsWith("UnauthorizedOperation") || code === "AuthFailure.UnauthorizedOperation";
}

export function describeFailure(failure: CallFailure, action: Action): string {
  const { code, message } = failure;
  const what = code === "" ? `${action}: ${message}` : `${action}: ${code}: ${message.replace(/\s+/g, " ").trim()}`;
  return isForbidden(failure) ? `${what} (allow ${missingRights(message, action).join(" and ")})` : what;
}

/** The right that the cloud names itself, where it is another than the action's: `cam:PassRole` of a function that gets a role. */
function missingRights(message: string, action: Action): readonly string[] {
  const own = rightFor(action).actions;
  const named = [...message.matchAll(/\b([a-z]+:[A-Z]\w+)/g)].map(([, right = ""]) => right);
  return named.length === 0 || named.some((right) => own.includes(right)) ? own : [...new Set(named)];
}
