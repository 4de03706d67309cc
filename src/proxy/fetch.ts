import type { ProxyFor } from "./environment.ts";
import type { FetchThrough } from "./through.ts";

/**
 * `fetch` that goes through the environment's proxies: the global one knows none before Node 24. What goes to no proxy is the global one's. A
 * redirect is answered as it is, and not followed.
 */
export function fetchBy(proxyFor: ProxyFor): typeof fetch {
  let through: FetchThrough | null = null;
  return async (input, init) => {
    const asked = new Request(input, init);
    const url = new URL(asked.url);
    if (proxyFor(url) === null) return fetch(asked);
    through ??= (await import("./through.ts")).fetchThrough(proxyFor);
    return through(asked, url);
  };
}
