import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A small Slack Web API on loopback: takes messages and enforces the block limits that Slack documents. */
export interface SlackServer {
  /** For `alerts.slack.apiUrl`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly messages: {
    readonly channel: string;
    readonly text: string;
    readonly blocks: readonly unknown[];
    readonly thread: string | null;
  }[];
  /** Answers the next messages with HTTP 500 or 429. */
  failures: number;
  readonly close: () => Promise<void>;
}

const TOKEN = "xoxb-simulated-token";
const MOST_BLOCKS = 50;

export async function startSlackServer(): Promise<SlackServer> {
  const messages: SlackServer["messages"] = [];
  const slack = { failures: 0 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const fields = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
      const answer = (body: object) => {
        response.writeHead(200, { "Content-Type": "application/json" });
        response.end(JSON.stringify(body));
      };
      if (slack.failures > 0) {
        slack.failures -= 1;
        response.writeHead(503);
        response.end();
        return;
      }
      const token = request.headers.authorization?.replace(/^Bearer /, "") ?? fields.get("token") ?? "";
      if (token !== TOKEN) return answer({ ok: false, error: "invalid_auth" });
      if (request.url?.endsWith("/auth.test")) return answer({ ok: true, team: "simulated", user: "eip-guard" });
      if (!request.url?.endsWith("/chat.postMessage")) return answer({ ok: false, error: "unknown_method" });
      const blocks: unknown = JSON.parse(fields.get("blocks") ?? "[]");
      if (!Array.isArray(blocks) || blocks.length > MOST_BLOCKS) return answer({ ok: false, error: "invalid_blocks" });
      const channel = fields.get("channel") ?? "";
      messages.push({ channel, text: fields.get("text") ?? "", blocks, thread: fields.get("thread_ts") });
      answer({ ok: true, channel, ts: `${messages.length}.000100` });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    token: TOKEN,
    messages,
    get failures() {
      return slack.failures;
    },
    set failures(count) {
      slack.failures = count;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
