import { type ClientRequest, request as plainRequest, type RequestOptions } from "node:http";
import { request as secureRequest } from "node:https";
import { type Duration, milliseconds, SECOND } from "../core/terms/time.ts";
import type { Clock } from "../ports.ts";
import { createAgents, proxyAnswer } from "../proxy/agents.ts";
import { NO_PROXY, type ProxyFor } from "../proxy/environment.ts";
import { visible } from "../report/escape.ts";

/** One POST to a webhook. */
export interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface PostOptions {
  /** Left out: 10 s. */
  readonly timeout?: Duration;
  /** Left out: no proxy. */
  readonly proxyFor?: ProxyFor;
}

/** What an attempt came to: it arrived, it did not and never will, or another attempt may help. */
export type Attempt = { readonly outcome: "delivered" } | { readonly outcome: "refused" | "again"; readonly why: string };

const TIMEOUT: Duration = milliseconds(10 * SECOND);
const TRIES = 3;
/** No webhook has more to say. */
const LONGEST_ANSWER = 10_000;

/** Three tries with a growing pause. `attempt` posts, and says what the answer means. Resolves to null, or why it was not delivered. */
export async function inThreeTries(clock: Clock, pause: Duration, attempt: () => Promise<Attempt>): Promise<string | null> {
  let why = "";
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries > 0) await clock.sleep(milliseconds(pause * 2 ** (tries - 1)));
    const result = await attempt();
    if (result.outcome === "delivered") return null;
    ({ why } = result);
    if (result.outcome === "refused") return why;
  }
  return why;
}

/**
 * Posts once, and judges the answer by its status: 2xx goes to `judge`, 429 and 5xx may be tried again, all else is refused. A redirect is
 * not followed. No error holds the address: it is a secret.
 */
export async function postOnce(post: Post, judge: (answer: Answer) => Attempt, way: PostOptions = {}): Promise<Attempt> {
  let answer: Answer;
  try {
    answer = await send(post, way);
  } catch (error) {
    return { outcome: "again", why: `the webhook can't be reached: ${proxyAnswer(error) ?? codeOf(error)}` };
  }
  const { status } = answer;
  if (status >= 200 && status < 300) return judge(answer);
  const why = status >= 300 && status < 400 ? `it answered with a redirect (HTTP ${status})` : `it answered HTTP ${status}`;
  return { outcome: status === 429 || status >= 500 ? "again" : "refused", why: `the webhook did not take it: ${why}` };
}

/** Only the code: messages of the network name host and port. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "no answer";
  return typeof error.code === "string" ? visible(error.code) : "no answer";
}

function send({ url, body, headers }: Post, { timeout = TIMEOUT, proxyFor = NO_PROXY }: PostOptions): Promise<Answer> {
  const { protocol } = new URL(url);
  const options: RequestOptions = {
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(body), ...headers },
    signal: AbortSignal.timeout(timeout),
    agent: createAgents(proxyFor, {})(new URL(url)),
  };
  return new Promise((resolve, reject) => {
    const asked: ClientRequest = protocol === "http:" ? plainRequest(url, options) : secureRequest(url, options);
    asked.on("error", reject);
    asked.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("error", reject);
      response.on("data", (chunk: string) => {
        if (text.length < LONGEST_ANSWER) text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    asked.end(body);
  });
}
