import { type IncomingMessage, request as insecureRequest } from "node:http";
import { request } from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import { whyOf } from "../errors.ts";
import { proxyAnswer } from "../proxy/agents.ts";
import type { Access, Credentials } from "./access.ts";
import { inTime } from "./in-time.ts";

/** Requests to an API server: time-outs, bounded retries with full jitter on 429, 5xx and dropped connections, Retry-After honoured. */

export type Reply =
  | { readonly status: number; readonly body: string }
  /** No answer came, or none that was read to its end. `sent`: it may have arrived all the same. */
  | { readonly status: 0; readonly why: string; readonly sent: boolean; readonly final?: true };

/** Takes the bytes of an answer as they come; answers why no more of them should, or null. */
export type Consumer = (chunk: Buffer) => string | null;

export interface Asked {
  readonly method: "GET" | "DELETE" | "POST";
  /** With the query. */
  readonly path: string;
  readonly accept?: string;
  readonly body?: string;
  /** Takes the body of an answer 200, which is then empty in the reply; called anew for each try. */
  readonly consume?: () => Consumer;
  /** Left out: as patient as usual. */
  readonly tries?: number;
  /** Asked right before it is sent, after authentication: null, or why it must not be sent any more. */
  readonly permitted?: () => Promise<string | null>;
  /** For the whole of each try: credentials, name resolution, handshake and answer. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;
const TRIES = 4;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** A server that asks for more patience than this is not waited for. */
const LONGEST_RETRY_AFTER_MS = 30_000;
/** An answer that nobody consumes is kept whole. */
const MOST_BYTES = 8 * 1024 * 1024;
/** As much of an error's answer as is worth reading. */
const MOST_BYTES_OF_ERROR = 64 * 1024;

/** Only GET is repeated: a DELETE or POST that may have arrived is not. */
export async function ask(access: Access, asked: Asked): Promise<Reply> {
  let renewed = false;
  for (let tries = 1; ; tries += 1) {
    const { reply, retryAfterMs, credentials } = await once(access, asked);
    // Whatever was refused, who we are is asked anew the next time.
    const mayRenew = reply.status === 401 && credentials !== null && access.refused(credentials);
    if (mayRenew && !renewed && asked.method === "GET") {
      renewed = true;
      tries -= 1;
      continue;
    }
    const again = (reply.status === 0 && !("final" in reply)) || reply.status === 429 || reply.status >= 500;
    if (!again || tries >= (asked.tries ?? TRIES) || asked.method !== "GET") return reply;
    if (retryAfterMs !== null && retryAfterMs > LONGEST_RETRY_AFTER_MS) return reply;
    const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
    await wait(Math.max(retryAfterMs ?? 0, Math.random() * ceiling));
  }
}

interface Once {
  readonly reply: Reply;
  readonly retryAfterMs: number | null;
  /** By whom it was asked; null where nothing was sent. */
  readonly credentials: Credentials | null;
}

async function once(access: Access, asked: Asked): Promise<Once> {
  const signal = AbortSignal.timeout(asked.timeoutMs ?? TIMEOUT_MS);
  let credentials: Credentials;
  try {
    credentials = await inTime(access.credentials(), signal);
  } catch (error) {
    return {
      reply: { status: 0, why: `authentication failed: ${whyOf(error)}`, sent: false },
      retryAfterMs: null,
      credentials: null,
    };
  }
  const refused = (await asked.permitted?.()) ?? null;
  if (refused !== null) return { reply: { status: 0, why: refused, sent: false }, retryAfterMs: null, credentials: null };
  return new Promise((resolve, reject) => {
    const fail = (why: string) => resolve({ reply: { status: 0, why, sent: true }, retryAfterMs: null, credentials });
    const url = new URL(access.server.pathname.replace(/\/$/, "") + asked.path, access.server);
    const options = {
      method: asked.method,
      headers: {
        ...copied(credentials.headers),
        Accept: asked.accept ?? "application/json",
        ...(asked.body === undefined
          ? {}
          : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(asked.body) }),
      },
      signal,
    };
    const answered = (message: IncomingMessage) => {
      message.on("error", (error) => fail(whyOf(error)));
      // A connection that breaks in mid-answer ends without `end`: what came is no answer.
      message.on("aborted", () => fail("the connection broke in the middle of an answer"));
      receive(message, asked.consume, (reply) => resolve({ reply, retryAfterMs: retryAfterOf(message), credentials }), reject);
    };
    const send = url.protocol === "http:" ? insecureRequest : request;
    const sent = send(url, { ...options, agent: credentials.agent }, answered);
    sent.on("error", (error) => {
      const late = error.name === "TimeoutError" || error.name === "AbortError";
      fail(late ? "no answer in time" : (proxyAnswer(error) ?? whyOf(error)));
    });
    sent.end(asked.body);
  });
}

function receive(
  message: IncomingMessage,
  consume: Asked["consume"],
  resolve: (reply: Reply) => void,
  reject: (error: unknown) => void,
): void {
  const status = message.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let kept = 0;
  const keep: Consumer = (chunk) => {
    chunks.push(chunk);
    kept += chunk.length;
    return status === 200 && kept > MOST_BYTES ? `the answer is longer than ${MOST_BYTES / 1024 / 1024} MB` : null;
  };
  const take = status === 200 && consume !== undefined ? consume() : keep;
  const whole = () => resolve({ status, body: Buffer.concat(chunks).toString("utf8") });
  message.on("data", (chunk: Buffer) => {
    try {
      const enough = take(chunk);
      if (enough !== null) resolve({ status: 0, why: enough, sent: true, final: true });
      else if (status !== 200 && kept > MOST_BYTES_OF_ERROR) whole();
      else return;
    } catch (error) {
      reject(error);
    }
    message.destroy();
  });
  message.on("end", whole);
}

function retryAfterOf({ headers }: IncomingMessage): number | null {
  const seconds = Number(headers["retry-after"]);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : null;
}

function copied(headers: Credentials["headers"]): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
  );
}

/** `403 Forbidden: pods is forbidden: …`: what the server says, without its JSON. */
export function describeReply(reply: Reply): string {
  if (reply.status === 0) return "why" in reply ? reply.why : "no answer";
  const { body } = reply as Extract<Reply, { body: string }>;
  return `${reply.status}: ${messageOf(body)}`;
}

function messageOf(body: string): string {
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json === "object" && json !== null && "message" in json && typeof json.message === "string") return json.message;
  } catch {
    // Not from an API server: its text is shown as it is.
  }
  return body.slice(0, 200).trim();
}
