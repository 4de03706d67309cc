import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A webhook on loopback: our own receiver (`json`), or a group bot that refuses what the real one refuses. */
export interface WebhookServer {
  /** With the bot's key or token in it, as the real ones have it. */
  readonly url: string;
  readonly secret: string;
  /** Bodies that were taken. */
  readonly messages: string[];
  /** Requests so far, the refused ones too. */
  calls: number;
  /** Answers the next requests with this status; 0: no answer at all. */
  readonly faults: number[];
  readonly close: () => Promise<void>;
}

type Format = "json" | "wecom" | "dingtalk" | "feishu";

const SECRET = "SEC-simulated-signing-key";
/** A minute's messages of a bot. */
const A_MINUTE = 20;
const REPLY_OF_RATE = {
  wecom: { errcode: 45009, errmsg: "api freq out of limit" },
  dingtalk: { errcode: 410100, errmsg: "send too fast" },
  feishu: { code: 9499, msg: "too many request" },
} as const;

/** `now`: milliseconds since 1970, for signatures and rates. */
export async function startWebhookServer(format: Format, now: () => number = Date.now): Promise<WebhookServer> {
  const messages: string[] = [];
  const faults: number[] = [];
  const taken: number[] = [];
  let calls = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      calls += 1;
      const fault = faults.shift();
      if (fault === 0) return;
      if (fault !== undefined) {
        response.writeHead(fault, { location: "http://127.0.0.1:1/elsewhere" }).end();
        return;
      }
      const body = Buffer.concat(chunks).toString("utf8");
      const refused = format === "json" ? wrongEvent(request, body, now()) : wrongMessage(format, request, body, now());
      if (format === "json") {
        if (refused === null) messages.push(body);
        response.writeHead(refused === null ? 204 : 401).end();
        return;
      }
      const recent = taken.filter((at) => now() - at < 60_000).length;
      const tooMany = recent >= A_MINUTE ? REPLY_OF_RATE[format] : null;
      const answer = refused ?? tooMany ?? (format === "feishu" ? { code: 0, msg: "success" } : { errcode: 0, errmsg: "ok" });
      if (refused === null && tooMany === null) {
        messages.push(body);
        taken.push(now());
      }
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${PATHS[format]}`,
    secret: SECRET,
    messages,
    faults,
    get calls() {
      return calls;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const PATHS = {
  json: "hook/marked-address",
  wecom: "cgi-bin/webhook/send?key=marked-address",
  dingtalk: "robot/send?access_token=marked-address",
  feishu: "open-apis/bot/v2/hook/marked-address",
} as const satisfies Record<Format, string>;

/** Five minutes of tolerance, as receivers are told to have. */
function wrongEvent({ headers }: IncomingMessage, body: string, now: number): object | null {
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["x-eip-guard-signature"])) ?? [];
  const right = createHmac("sha256", SECRET).update(`${t}.${body}`).digest("hex") === v1;
  return right && Math.abs(now - Number(t) * 1_000) < 300_000 ? null : { error: "signature" };
}

function wrongMessage(format: Exclude<Format, "json">, request: IncomingMessage, body: string, now: number): object | null {
  const message = JSON.parse(body);
  const size = Buffer.byteLength(body);
  switch (format) {
    case "wecom":
      if (message.msgtype !== "markdown") return { errcode: 40008, errmsg: "invalid message type" };
      return Buffer.byteLength(message.markdown.content) > 4_096
        ? { errcode: 40058, errmsg: "markdown.content exceed max length 4096" }
        : null;
    case "dingtalk": {
      const { searchParams } = new URL(request.url ?? "", "http://localhost");
      const timestamp = searchParams.get("timestamp") ?? "";
      const sign = createHmac("sha256", SECRET).update(`${timestamp}\n${SECRET}`).digest("base64");
      const fresh = Math.abs(now - Number(timestamp)) < 3_600_000;
      if (!fresh || searchParams.get("sign") !== sign) return { errcode: 310000, errmsg: "sign not match" };
      if (message.msgtype !== "markdown" || message.markdown.title === "") return { errcode: 40035, errmsg: "invalid parameter" };
      return size > 20_000 ? { errcode: 460101, errmsg: "message too long" } : null;
    }
    case "feishu": {
      const sign = createHmac("sha256", `${message.timestamp}\n${SECRET}`).update("").digest("base64");
      const fresh = Math.abs(now - Number(message.timestamp) * 1_000) < 3_600_000;
      if (!fresh || message.sign !== sign) return { code: 19021, msg: "sign match fail or timestamp is not within one hour" };
      if (message.msg_type !== "interactive") return { code: 9499, msg: "Bad Request" };
      return size > 20_480 ? { code: 11246, msg: "card too large" } : null;
    }
  }
}
