import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { createAgents, proxyAnswer } from "./agents.ts";
import type { ProxyFor } from "./environment.ts";

/** One request through a proxy; loaded only where there is one. */

export type FetchThrough = (asked: Request, url: URL) => Promise<Response>;

export function fetchThrough(proxyFor: ProxyFor): FetchThrough {
  const agents = createAgents(proxyFor, { keepAlive: true });
  return async (asked, url) => {
    const body = Buffer.from(await asked.arrayBuffer());
    return new Promise((resolve, reject) => {
      const request = url.protocol === "http:" ? plainRequest : secureRequest;
      const headers = { ...Object.fromEntries(asked.headers), "content-length": String(body.length) };
      const sent = request(url, { method: asked.method, headers, agent: agents(url), signal: asked.signal });
      sent.on("error", (error) => reject(new Error(proxyAnswer(error) ?? error.message, { cause: error })));
      sent.on("response", (answer) => {
        const chunks: Buffer[] = [];
        answer.on("error", reject);
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => {
          const told = new Headers();
          for (const [name, values] of Object.entries(answer.headersDistinct))
            for (const value of values ?? []) told.append(name, value);
          const status = answer.statusCode ?? 502;
          resolve(new Response(MAY_NOT_HAVE_A_BODY.has(status) ? null : Buffer.concat(chunks), { status, headers: told }));
        });
      });
      sent.end(body);
    });
  };
}

const MAY_NOT_HAVE_A_BODY = new Set([204, 205, 304]);
