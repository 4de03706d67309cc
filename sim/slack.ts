import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A small Slack Web API on loopback: takes messages and enforces the block limits that Slack documents. */
export interface SlackServer {
  /** For `alerts.slack.apiUrl`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly messages: SlackMessage[];
  /** Changes of messages that stood, in their order: the message as it was changed. */
  readonly updates: SlackMessage[];
  /** Files in threads. */
  readonly files: { readonly name: string; readonly content: string; readonly thread: string | null }[];
  /** What came to the `response_url` of presses. */
  readonly responses: { readonly url: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** A request as Slack makes it when somebody presses a button. */
  readonly press: (press: SimulatedPress) => SignedPress;
  /** Answers the next messages with HTTP 503. */
  failures: number;
  /** Answers the next requests with this status; 0: no answer at all. */
  readonly faults: number[];
  /** Requests so far, the refused ones too. */
  calls: number;
  /** The token's, as the header x-oauth-scopes names them. */
  scopes: readonly string[];
  /** The workspace's channels; null: whatever channel is named is there. */
  channels: readonly SlackChannel[] | null;
  readonly close: () => Promise<void>;
}

export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly thread: string | null;
}

export interface SlackChannel {
  readonly id: string;
  readonly name: string;
  readonly is_member?: boolean;
  readonly is_archived?: boolean;
  readonly is_private?: boolean;
}

export interface SimulatedPress {
  readonly secret: string;
  readonly user: string;
  /** The blocks of the message, as they were posted. */
  readonly blocks: readonly unknown[];
  /** The button, by its text and by a part of its value. */
  readonly button: string;
  readonly of: string;
  /** Seconds since 1970; left out: now. */
  readonly timestamp?: number;
}

export interface SignedPress {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Finds the button in the message, and signs the request (v0). */
function signedPress({ secret, user, blocks, button, of, timestamp }: SimulatedPress, responseUrl: string): SignedPress {
  const rows = blocks.filter((block): block is ActionsBlock => Object(block).type === "actions");
  const pressed = rows.flatMap(({ block_id, elements }) => elements.map((element) => ({ ...element, block_id })));
  const action = pressed.find(({ text, value }) => text.text === button && value.includes(of));
  if (action === undefined) throw new Error(`the message has no button "${button}" of ${of}`);
  const payload = {
    type: "block_actions",
    user: { id: user, username: "somebody", team_id: "T1" },
    container: { type: "message", message_ts: "1.000100", channel_id: "C1" },
    channel: { id: "C1", name: "eip-guard" },
    message: { type: "message", ts: "1.000100", blocks },
    response_url: responseUrl,
    trigger_id: "1.2.abc",
    actions: [{ ...action, action_ts: "2.000100" }],
  };
  const body = `payload=${encodeURIComponent(JSON.stringify(payload))}`;
  const at = String(timestamp ?? Math.floor(Date.now() / 1_000));
  const signature = `v0=${createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex")}`;
  const headers = { "X-Slack-Signature": signature, "X-Slack-Request-Timestamp": at };
  return { body, headers: { ...headers, "Content-Type": "application/x-www-form-urlencoded" } };
}

interface ActionsBlock {
  readonly type: "actions";
  readonly block_id: string;
  readonly elements: readonly {
    readonly type: "button";
    readonly action_id: string;
    readonly text: { readonly type: string; readonly text: string };
    readonly value: string;
  }[];
}

const TOKEN = "xoxb-simulated-token";

/** What Slack documents of blocks, and the total that was tried. */
function isTooLong(blocks: readonly unknown[]): boolean {
  const most: Readonly<Record<string, number>> = { header: 150, section: 3_000 };
  const tooLong = blocks.some((block) => {
    const { type, text, elements } = Object(block);
    const long = String(Object(text).text ?? "").length > (most[String(type)] ?? 3_000);
    return long || (Array.isArray(elements) && elements.length > (type === "actions" ? 25 : 10));
  });
  return tooLong || blocks.length > 50 || JSON.stringify(blocks).length > 13_000;
}

export async function startSlackServer(): Promise<SlackServer> {
  const messages: SlackServer["messages"] = [];
  const updates: SlackServer["updates"] = [];
  const files: SlackServer["files"] = [];
  let posted = 0;
  const faults: number[] = [];
  let calls = 0;
  const uploads = new Map<string, { readonly name: string; content: string }>();
  const responses: SlackServer["responses"] = [];
  const slack: Pick<SlackServer, "failures" | "scopes" | "channels"> = {
    failures: 0,
    scopes: ["chat:write", "files:write"],
    channels: null,
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url?.startsWith("/actions/") === true) {
        responses.push({ url: request.url, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) });
        response.writeHead(200).end("ok");
        return;
      }
      calls += 1;
      const fault = faults.shift();
      if (fault === 0) return;
      if (fault !== undefined) {
        response.writeHead(fault, { "retry-after": "1", location: "http://127.0.0.1:1/elsewhere" }).end();
        return;
      }
      const uploaded = uploads.get(/^\/upload\/(F\d+)$/.exec(request.url ?? "")?.[1] ?? "");
      if (uploaded !== undefined) {
        uploaded.content = contentOf(Buffer.concat(chunks).toString("utf8"));
        response.writeHead(200).end("OK");
        return;
      }
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
      if (request.url?.includes("/files.") === true) {
        if (!slack.scopes.includes("files:write")) return answer({ ok: false, error: "missing_scope" });
        return answer(fileAnswer(request.url, fields, `http://${request.headers.host}`, uploads, files));
      }
      const isUpdate = request.url?.endsWith("/chat.update") === true;
      if (!isUpdate && !request.url?.endsWith("/chat.postMessage")) return answer({ ok: false, error: "unknown_method" });
      const blocks: unknown = JSON.parse(fields.get("blocks") ?? "[]");
      if (!Array.isArray(blocks) || isTooLong(blocks)) return answer({ ok: false, error: "invalid_blocks" });
      const channel = fields.get("channel") ?? "";
      const there = slack.channels?.find(({ id, name }) => id === channel || `#${name}` === channel);
      if (slack.channels !== null && there === undefined) return answer({ ok: false, error: "channel_not_found" });
      if (there?.is_member === false) return answer({ ok: false, error: "not_in_channel" });
      const said = { text: fields.get("text") ?? "", blocks };
      if (isUpdate) {
        const index = messages.findIndex((message) => message.ts === fields.get("ts") && message.channel === channel);
        const before = messages[index];
        if (before === undefined) return answer({ ok: false, error: "message_not_found" });
        const changed = { ...before, ...said };
        messages[index] = changed;
        updates.push(changed);
        return answer({ ok: true, channel, ts: changed.ts });
      }
      posted += 1;
      const ts = `${posted}.000100`;
      messages.push({ channel, ts, ...said, thread: fields.get("thread_ts") });
      answer({ ok: true, channel, ts });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    responses,
    press: (press) => signedPress(press, `http://127.0.0.1:${port}/actions/T1/${responses.length}-${Date.now()}`),
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    token: TOKEN,
    messages,
    updates,
    files,
    faults,
    get calls() {
      return calls;
    },
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

/** `files.getUploadURLExternal` and `files.completeUploadExternal`. */
function fileAnswer(
  url: string,
  fields: URLSearchParams,
  host: string,
  uploads: Map<string, { readonly name: string; content: string }>,
  files: SlackServer["files"],
): object {
  if (url.endsWith("/files.getUploadURLExternal")) {
    const id = `F${uploads.size + 1}`;
    uploads.set(id, { name: fields.get("filename") ?? "", content: "" });
    return { ok: true, upload_url: `${host}/upload/${id}`, file_id: id };
  }
  const asked: readonly { readonly id: string }[] = JSON.parse(fields.get("files") ?? "[]");
  for (const { id } of asked) files.push({ name: "", content: "", ...uploads.get(id), thread: fields.get("thread_ts") });
  return { ok: true, files: asked };
}

/** The file in a multipart body; a body that is the file itself stays as it is. */
function contentOf(body: string): string {
  const [, boundary] = /^--([^\r\n]+)\r\n/.exec(body) ?? [];
  if (boundary === undefined) return body;
  const start = body.indexOf("\r\n\r\n") + 4;
  return body.slice(start, body.indexOf(`\r\n--${boundary}`, start));
}
