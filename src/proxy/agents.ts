import { Agent as HttpAgent } from "node:http";
import { type AgentOptions, Agent as HttpsAgent } from "node:https";
import { HttpsProxyAgent } from "hpagent";
import { HttpProxyAgent } from "http-proxy-agent";
import type { ProxyFor } from "./environment.ts";

/** Connections, directly or through a proxy: to https through a tunnel (CONNECT), to http by the whole address. */

export type Agents = (url: URL) => HttpAgent;

/** One agent for each proxy, so that connections are kept. */
export function createAgents(proxyFor: ProxyFor, options: AgentOptions): Agents {
  const agents = new Map<string, HttpAgent>();
  return (url) => {
    const proxy = proxyFor(url);
    const key = `${url.protocol} ${proxy?.href ?? ""}`;
    const agent = agents.get(key) ?? agentFor(url.protocol, proxy, options);
    agents.set(key, agent);
    return agent;
  };
}

/** What a proxy said to a tunnel that it did not open; null where an error is another one. */
export function proxyAnswer(error: unknown): string | null {
  const status = error instanceof Error ? /Bad response: (\d+)/.exec(error.message)?.[1] : undefined;
  return status === undefined ? null : `the proxy answered HTTP ${status}`;
}

function agentFor(protocol: string, proxy: URL | null, options: AgentOptions): HttpAgent {
  if (proxy === null) return protocol === "http:" ? new HttpAgent(options) : new HttpsAgent(options);
  if (protocol === "http:") return new HttpProxyAgent(proxy, options);
  return new HttpsProxyAgent({ ...options, proxy: proxy.href });
}
