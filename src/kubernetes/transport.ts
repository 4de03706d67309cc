import { type IncomingMessage, request as insecureRequest } from "node:http";
import { request } from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import { whyOf } from "../errors.ts";
import type { Access } from "./access.ts";

/** Requests to an API server: time-outs, bounded retries with full jitter on 429, 5xx and dropped connections, Retry-After honoured. */

export type Reply =
  | { readonly status: number; readonly bytes: Buffer; readonly body: string }
  /** No answer came. */
  | { readonly status: 0; readonly why: string };

export interface Asked {
  readonly method: "GET" | "DELETE" | "POST";
  /** With the query. */
  readonly path: string;
  readonly accept?: string;
  readonly body?: string;
  /** Left out: as patient as usual. */
  readonly tries?: number;
  /** For the whole answer of each try. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;
const TRIES = 4;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** A server that asks for more patience than this is not waited for. */
const LONGEST_RETRY_AFTER_MS = 30_000;

/** Only GET is repeated: a DELETE or POST that may have arrived is not. */
export async function ask(access: Access, asked: Asked): Promise<Reply> {
  for (let tries = 1; ; tries += 1) {
    const { reply, retryAfterMs } = await once(access, asked);
    const again = reply.status === 0 || reply.status === 429 || reply.status >= 500;
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
  let headers: Readonly<Record<string, string>>;
  try {
    headers = await access.headers();
  } catch (error) {
    return { reply: { status: 0, why: `authentication failed: ${whyOf(error)}` }, retryAfterMs: null };
  }
  return new Promise((resolve) => {
    const fail = (why: string) => resolve({ reply: { status: 0, why }, retryAfterMs: null });
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
      signal: AbortSignal.timeout(asked.timeoutMs ?? TIMEOUT_MS),
    };
    const answered = (message: IncomingMessage) => {
      const chunks: Buffer[] = [];
      message.on("data", (chunk: Buffer) => chunks.push(chunk));
      message.on("error", (error) => fail(whyOf(error)));
      // A connection that breaks in mid-answer ends without `end`: what came is no answer.
      message.on("aborted", () => fail("the connection broke in the middle of an answer"));
      message.on("end", () => {
        const seconds = Number(message.headers["retry-after"]);
        resolve({
          reply: answerOf(message.statusCode ?? 0, Buffer.concat(chunks)),
          retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : null,
        });
      });
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

/** A list's page is read from its bytes: as text it would be there twice. */
function answerOf(status: number, bytes: Buffer): Reply {
  return {
    status,
    bytes,
    get body() {
      return bytes.toString("utf8");
    },
  };
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
