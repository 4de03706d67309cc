import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { type Instant, instant } from "../../src/core/terms/time.ts";
import type { Clock, CloudReader, CloudWriter } from "../../src/ports.ts";
import { createCloudReader } from "../../src/tencent/reader.ts";
import { type Account, createSessions, type Sessions } from "../../src/tencent/session.ts";
import { createTransport } from "../../src/tencent/transport.ts";
import { createCloudWriter } from "../../src/tencent/writer.ts";

/** A Tencent Cloud on loopback that says what a test scripts, asked by the real SDK over real HTTP. */

export const REGION = "ap-guangzhou";
export const SECRET = { secretId: "AKIDmarkedidentity", secretKey: "markedsecretkey", token: null } as const;
export const START: Instant = instant(Date.UTC(2026, 10, 23, 9, 0, 0));

export interface Received {
  readonly action: string;
  readonly version: string;
  readonly region: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
}

/** What the server does with a call: the members of `Response`, or something worse. */
export type Reply =
  | Readonly<Record<string, unknown>>
  | "drop"
  /** Headers and the beginning of a body, then the connection ends. */
  | "break-off"
  | "bad-gateway"
  | "not-json";

export interface Cloud {
  readonly endpoint: string;
  readonly calls: readonly Received[];
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly reader: CloudReader;
  readonly writer: CloudWriter;
  readonly close: () => Promise<void>;
}

export function apiError(code: string, message = "said the cloud"): Reply {
  return { Error: { Code: code, Message: message } };
}

/** Time passes only by sleeping, and sleeping takes none. */
export function drivenClock(): Clock {
  let now: number = START;
  return {
    now: () => instant(now),
    sleep: async (duration) => {
      now += duration;
    },
  };
}

const OWN: readonly Account[] = [{ name: "default", roleArn: null, regions: [REGION] }];

export async function startCloud(reply: (call: Received) => Reply, accounts: readonly Account[] = OWN): Promise<Cloud> {
  const calls: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const call: Received = {
        action: String(request.headers["x-tc-action"]),
        version: String(request.headers["x-tc-version"]),
        region: String(request.headers["x-tc-region"]),
        parameters: JSON.parse(Buffer.concat(chunks).toString("utf8")),
        headers: request.headers,
      };
      calls.push(call);
      send(response, reply(call));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the server has no port");
  const endpoint = `http://127.0.0.1:${bound.port}`;
  const clock = drivenClock();
  const sessions = createSessions(createTransport({ endpoint, clock }), accounts, SECRET, REGION, clock);
  return {
    endpoint,
    calls,
    clock,
    sessions,
    reader: createCloudReader(sessions, accounts),
    writer: createCloudWriter(sessions, clock, "qcs::vpc:{region}:uin/{uin}:eip/{id}"),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, reply: Reply): void {
  switch (reply) {
    case "drop":
      response.socket?.destroy();
      return;
    case "break-off":
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"Response":{', () => response.socket?.destroy());
      return;
    case "bad-gateway":
      response.writeHead(502).end("bad gateway");
      return;
    case "not-json":
      response.writeHead(200).end("<html>");
      return;
    default:
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ Response: { RequestId: "request-1", ...reply } }));
  }
}

/** A row as the API answers it, with what it says besides. */
export function row(id: string, fields: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    AddressId: id,
    AddressIp: "203.0.113.10",
    AddressStatus: "UNBIND",
    AddressType: "EIP",
    TagSet: [],
    CreatedTime: "2024-12-17T07:03:15Z",
    InstanceId: null,
    NotDeclaredAnywhere: { x: 1 },
    ...fields,
  };
}
