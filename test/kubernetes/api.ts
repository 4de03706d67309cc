import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { loopbackCertificate } from "../../sim/kubernetes/certificates.ts";
import { type Access, accessByText } from "../../src/kubernetes/access.ts";

/** An HTTPS server on loopback that answers as a test says: what the simulator's API server never would. */

export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Whether the client showed a certificate that we trust. */
  readonly certified: boolean;
}

export interface Answered {
  readonly status?: number;
  /** Text as it is; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The connection is closed instead of an answer, or in the middle of one; or nothing comes, at all or any more. */
export type Answer = Answered | "drop" | "break-off" | "hang" | "stall";

export interface Api {
  readonly url: string;
  readonly asked: readonly Asked[];
  readonly connections: () => number;
  /** A kubeconfig of this server with a user; left out: one with a token. */
  readonly kubeconfig: (user?: Readonly<Record<string, unknown>>) => string;
  readonly access: () => Promise<Access>;
  readonly close: () => Promise<void>;
}

export async function startApi(answer: (asked: Asked, earlier: readonly Asked[]) => Answer): Promise<Api> {
  const { certificate, key } = await loopbackCertificate();
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ key, cert: certificate, ca: certificate, requestCert: true, rejectUnauthorized: false });
  server.on("request", async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one: Asked = {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      body: Buffer.concat(chunks).toString("utf8"),
      certified: request.socket instanceof TLSSocket && request.socket.authorized,
    };
    const answered = answer(one, [...asked]);
    asked.push(one);
    send(request, response, answered);
  });
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = (user: Readonly<Record<string, unknown>> = { token: "token" }) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name: "c", cluster: { server: url, "certificate-authority-data": Buffer.from(certificate).toString("base64") } },
      ],
      users: [{ name: "u", user }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      "current-context": "c",
    });
  return {
    url,
    asked,
    connections: () => connections,
    kubeconfig,
    async access() {
      const access = await accessByText(kubeconfig(), null, "the test's kubeconfig", { from: "cloud" });
      if (!access.known) throw new Error(access.why);
      return access.value;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (answer === "hang") return;
  if (answer === "drop") {
    request.socket.destroy();
    return;
  }
  if (answer === "break-off" || answer === "stall") {
    response.writeHead(200, { "Content-Length": "1000" });
    response.write('{"items":[', () => answer === "break-off" && request.socket.destroy());
    return;
  }
  const { status = 200, body = {}, headers = {} } = answer;
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** A list as an API server writes it: each item is given what every object has. */
export function listOf(
  kind: string,
  items: readonly Readonly<Record<string, unknown>>[] | null,
  { apiVersion = "v1", ...metadata }: Readonly<Record<string, unknown>> = {},
): Answered {
  return {
    body: {
      kind: `${kind}List`,
      apiVersion,
      metadata: { resourceVersion: "7", ...metadata },
      items: items?.map((item) => ({ ...item, metadata: { ...IDENTITY, ...Object(item.metadata) } })) ?? null,
    },
  };
}

const IDENTITY = { namespace: "games", uid: "u-1", creationTimestamp: "2026-01-05T01:00:00Z" };

/** That there is no object of this name, as an API server words it. */
export function absent(name: string): Answered {
  const { body } = failure(404, `"${name}" not found`);
  return { status: 404, body: { ...Object(body), reason: "NotFound", details: { name } } };
}

/** An error as an API server words it. */
export function failure(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answered {
  return { status, headers, body: { kind: "Status", apiVersion: "v1", status: "Failure", message, code: status } };
}
