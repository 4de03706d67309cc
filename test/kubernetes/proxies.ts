import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Proxies on loopback that note where they were asked to lead. */
export interface Proxy {
  readonly port: number;
  readonly reached: readonly string[];
  readonly close: () => void;
}

async function start(server: Server, reached: readonly string[]): Promise<Proxy> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, reached, close };
}

function join(socket: Socket, host: string, port: number, ready: () => void): void {
  const onward = connect(port, host, () => {
    ready();
    socket.pipe(onward).pipe(socket);
  });
  onward.on("error", () => socket.destroy());
  socket.on("error", () => onward.destroy());
}

/** Of HTTP's CONNECT. */
export function startHttpProxy(): Promise<Proxy> {
  const reached: string[] = [];
  const server = createHttpServer();
  server.on("connect", ({ url = "" }, socket: Socket) => {
    reached.push(url);
    const { hostname, port } = new URL(`http://${url}`);
    join(socket, hostname, Number(port), () => socket.write("HTTP/1.1 200 Connection Established\r\n\r\n"));
  });
  return start(server, reached);
}

/** Of SOCKS 5 without a password (RFC 1928). */
export function startSocksProxy(): Promise<Proxy> {
  const reached: string[] = [];
  const server = createServer((socket) => {
    socket.once("data", () => {
      socket.write(Buffer.from([5, 0]));
      socket.once("data", (asked: Buffer) => {
        const isName = asked[3] === 3;
        const end = isName ? 5 + (asked[4] ?? 0) : 8;
        const host = isName ? asked.toString("latin1", 5, end) : asked.subarray(4, end).join(".");
        const port = asked.readUInt16BE(end);
        reached.push(`${host}:${port}`);
        join(socket, host, port, () => socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
      });
    });
  });
  return start(server, reached);
}
