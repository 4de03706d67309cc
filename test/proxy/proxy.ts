import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { generate } from "selfsigned";

/** A proxy on loopback: tunnels (CONNECT) and whole addresses, with a password where one is asked for. Names lead where the test says. */
export interface TestProxy {
  /** `http://127.0.0.1:…`, without its password. */
  readonly url: string;
  /** With it. */
  readonly withPassword: string;
  /** `CONNECT vpc.example.com:443`, `POST http://slack.example.com/api/…`, in their order; also those that were refused. */
  readonly reached: string[];
  readonly close: () => Promise<void>;
}

export const PASSWORD = "marked-proxy-password";
const LOGIN = `Basic ${Buffer.from(`guard:${PASSWORD}`).toString("base64")}`;

/** @param routes port on loopback by the host that was asked for */
export async function startProxy(routes: (host: string) => number | undefined, hasPassword = true): Promise<TestProxy> {
  const reached: string[] = [];
  const isOpen = ({ headers }: IncomingMessage) => !hasPassword || headers["proxy-authorization"] === LOGIN;
  const server = createServer((asked, answer) => {
    reached.push(`${asked.method} ${asked.url}`);
    if (!isOpen(asked)) return void answer.writeHead(407).end("password?");
    const url = new URL(asked.url ?? "");
    forward(asked, answer, routes(url.hostname), url.pathname + url.search);
  });
  server.on("connect", (asked: IncomingMessage, socket: Socket) => {
    const { url = "" } = asked;
    reached.push(`CONNECT ${url}`);
    const port = routes(new URL(`http://${url}`).hostname);
    if (!isOpen(asked)) return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    if (port === undefined) return void socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    const onward = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  const { port, close } = await listening(server);
  const url = `http://127.0.0.1:${port}`;
  return { url, withPassword: url.replace("//", `//guard:${PASSWORD}@`), reached, close };
}

function forward(asked: IncomingMessage, answer: ServerResponse, port: number | undefined, path: string): void {
  if (port === undefined) return void answer.writeHead(502).end();
  const { "proxy-authorization": _, "proxy-connection": __, ...headers } = asked.headers;
  const onward = request({ host: "127.0.0.1", port, path, method: asked.method, headers }, (from) => {
    answer.writeHead(from.statusCode ?? 502, from.headers);
    from.pipe(answer);
  });
  onward.on("error", () => answer.destroy());
  asked.pipe(onward);
}

/** A TLS server for some names that hands every request to a plain server on loopback, by the name that was asked for. */
export async function startTlsFront(
  names: readonly string[],
  routes: (host: string) => number | undefined,
): Promise<{ readonly port: number; readonly certificate: string; readonly close: () => Promise<void> }> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "the test's front" }], {
    keyType: "ec",
    notAfterDate: new Date(Date.now() + 86_400_000),
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: names.map((value) => ({ type: 2, value })) },
    ],
  });
  const server = createTlsServer({ cert, key }, (asked, answer) => {
    const { hostname } = new URL(`https://${asked.headers.host ?? ""}`);
    forward(asked, answer, routes(hostname), asked.url ?? "/");
  });
  return { ...(await listening(server)), certificate: cert };
}

async function listening(server: Server): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
