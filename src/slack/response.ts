import { isLoopback } from "../config/loopback.ts";
import { whyOf } from "../errors.ts";
import { NO_PROXY, type ProxyFor } from "../proxy/environment.ts";
import { fetchBy } from "../proxy/fetch.ts";

/** What goes to the `response_url` of a press. */
export type Response =
  /** Only the person who pressed sees it. */
  | { readonly response_type: "ephemeral"; readonly replace_original: false; readonly text: string }
  /** The message itself, anew. */
  | { readonly replace_original: true; readonly text: string; readonly blocks: readonly unknown[] };

/** One try, in milliseconds. */
const TIMEOUT = 3_000;
const TRIES = 2;

/**
 * Sends an answer. Null when Slack took it, else why not: never an exception. Only https is called, or this very machine, and no
 * redirect is followed.
 */
export async function respond(responseUrl: string, response: Response, proxyFor: ProxyFor = NO_PROXY): Promise<string | null> {
  if (!URL.canParse(responseUrl) || !(responseUrl.startsWith("https:") || isLoopback(responseUrl)))
    return "the response_url is no https address";
  const ask = fetchBy(proxyFor);
  let why = "";
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      const answer = await ask(responseUrl, {
        method: "POST",
        headers: { "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify(response),
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT),
      });
      if (answer.ok) return null;
      why = `slack answered HTTP ${answer.status}`;
      if (answer.status < 500) return why;
    } catch (error) {
      why = whyOf(error);
    }
  }
  return why;
}
