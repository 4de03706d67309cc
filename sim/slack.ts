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
  /** The token's, as the header x-oauth-scopes names them. */
  scopes: readonly string[];
  /** The workspace's channels; null: whatever channel is named is there. */
  channels: readonly SlackChannel[] | null;
  readonly close: () => Promise<void>;
}

export interface SlackChannel {
  readonly id: string;
  readonly name: string;
  readonly is_member?: boolean;
  readonly is_archived?: boolean;
  readonly is_private?: boolean;
}

const TOKEN = "xoxb-simulated-token";
const MOST_BLOCKS = 50;

export async function startSlackServer(): Promise<SlackServer> {
  const messages: SlackServer["messages"] = [];
  const slack: Pick<SlackServer, "failures" | "scopes" | "channels"> = { failures: 0, scopes: ["chat:write"], channels: null };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const fields = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
      const answer = (body: object) => {
        response.writeHead(200, { "Content-Type": "application/json", "x-oauth-scopes": slack.scopes.join(",") });
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
      if (request.url?.includes("/conversations.")) return answer(conversations(request.url, fields, slack));
      if (!request.url?.endsWith("/chat.postMessage")) return answer({ ok: false, error: "unknown_method" });
      const blocks: unknown = JSON.parse(fields.get("blocks") ?? "[]");
      if (!Array.isArray(blocks) || blocks.length > MOST_BLOCKS) return answer({ ok: false, error: "invalid_blocks" });
      const channel = fields.get("channel") ?? "";
      const there = slack.channels?.find(({ id, name }) => id === channel || `#${name}` === channel);
      if (slack.channels !== null && there === undefined) return answer({ ok: false, error: "channel_not_found" });
      if (there?.is_member === false) return answer({ ok: false, error: "not_in_channel" });
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
    get scopes() {
      return slack.scopes;
    },
    set scopes(scopes) {
      slack.scopes = scopes;
    },
    get channels() {
      return slack.channels;
    },
    set channels(channels) {
      slack.channels = channels;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** `conversations.info` and `conversations.list`, as far as the token's scopes let it see. */
function conversations(
  url: string,
  fields: URLSearchParams,
  { scopes, channels }: Pick<SlackServer, "scopes" | "channels">,
): object {
  const sees = (channel: SlackChannel) => scopes.includes(channel.is_private === true ? "groups:read" : "channels:read");
  if (!scopes.includes("channels:read") && !scopes.includes("groups:read")) return { ok: false, error: "missing_scope" };
  const seen = (channels ?? []).filter(sees);
  if (url.endsWith("/conversations.list")) return { ok: true, channels: seen, response_metadata: { next_cursor: "" } };
  const channel = seen.find(({ id }) => id === fields.get("channel"));
  return channel === undefined ? { ok: false, error: "channel_not_found" } : { ok: true, channel };
}
