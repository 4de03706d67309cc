import { type IncomingMessage, request as insecureRequest } from "node:http";
import { request } from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import { whyOf } from "../errors.ts";
import type { Access } from "./access.ts";

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
  for (let tries = 1; ; tries += 1) {
    const { reply, retryAfterMs } = await once(access, asked);
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
}

async function once(access: Access, asked: Asked): Promise<Once> {
  const signal = AbortSignal.timeout(asked.timeoutMs ?? TIMEOUT_MS);
  let headers: Readonly<Record<string, string>>;
  try {
    headers = await inTime(access.headers(), signal);
  } catch (error) {
    return { reply: { status: 0, why: `authentication failed: ${whyOf(error)}`, sent: false }, retryAfterMs: null };
  }
  const refused = (await asked.permitted?.()) ?? null;
  if (refused !== null) return { reply: { status: 0, why: refused, sent: false }, retryAfterMs: null };
  return new Promise((resolve, reject) => {
    const fail = (why: string) => resolve({ reply: { status: 0, why, sent: true }, retryAfterMs: null });
    const url = new URL(access.server.pathname.replace(/\/$/, "") + asked.path, access.server);
    const options = {
      method: asked.method,
      headers: {
        ...headers,
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
      receive(message, asked.consume, resolve, reject);
    };
    const sent =
      url.protocol === "http:"
        ? insecureRequest(url, options, answered)
        : request(url, { ...options, agent: access.agent }, answered);
    sent.on("error", (error) =>
      fail(error.name === "TimeoutError" || error.name === "AbortError" ? "no answer in time" : whyOf(error)),
    );
    sent.end(asked.body);
  });
}

function receive(
  message: IncomingMessage,
  consume: Asked["consume"],
  resolve: (once: Once) => void,
  reject: (error: unknown) => void,
): void {
  const status = message.statusCode ?? 0;
  const seconds = Number(message.headers["retry-after"]);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : null;
  const chunks: Buffer[] = [];
  let kept = 0;
  const keep: Consumer = (chunk) => {
    chunks.push(chunk);
    kept += chunk.length;
    return status === 200 && kept > MOST_BYTES ? `the answer is longer than ${MOST_BYTES / 1024 / 1024} MB` : null;
  };
  const take = status === 200 && consume !== undefined ? consume() : keep;
  const whole = () => resolve({ reply: { status, body: Buffer.concat(chunks).toString("utf8") }, retryAfterMs });
  message.on("data", (chunk: Buffer) => {
    try {
      const enough = take(chunk);
      if (enough !== null) resolve({ reply: { status: 0, why: enough, sent: true, final: true }, retryAfterMs: null });
      else if (status !== 200 && kept > MOST_BYTES_OF_ERROR) whole();
      else return;
    } catch (error) {
      reject(error);
    }
    message.destroy();
  });
  message.on("end", whole);
}

/** @throws when the time is up before the work is done, which then goes on for nobody */
async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    stop = () => reject(new Error("no answer in time"));
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
  }
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
