import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/**
 * One COS bucket on loopback for tests of the store, with faults at exactly the request that a test names. Create-only as documented:
 * `x-cos-forbid-overwrite: true` answers 409 FileAlreadyExists, and is ignored once versioning was ever on.
 */
export interface Bucket {
  readonly endpoint: string;
  readonly objects: Map<string, { readonly body: string; readonly mark: string }>;
  /** `PUT eip-guard/ledger/0000000001.json`, in the order of arrival. */
  readonly requests: string[];
  /** Called for each request; what it answers happens instead of, or after, the request's effect. */
  fault: (request: string) => Fault | null;
  versioned: boolean;
  readonly close: () => Promise<void>;
}

export type Fault = "500-before" | "500-after" | "drop-before" | "drop-after" | "403" | "no-bucket";

/** The only secret id that it lets in. */
export const SECRET_ID = "AKIDexampleexampleexampleexample0000";

export async function startBucket(): Promise<Bucket> {
  const objects: Bucket["objects"] = new Map();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void answer(bucket, request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const bucket: Bucket = {
    endpoint: `http://127.0.0.1:${address.port}`,
    objects,
    requests,
    fault: () => null,
    versioned: false,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return bucket;
}

async function answer(bucket: Bucket, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", bucket.endpoint);
  const key = decodeURIComponent(url.pathname.slice(1));
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  const name = `${request.method} ${key === "" ? `?${url.searchParams}` : key}`;
  bucket.requests.push(name);
  const fault = bucket.fault(name);
  const { authorization } = request.headers;
  if (authorization?.includes(`q-ak=${SECRET_ID}&`) !== true)
    return error(response, 403, "InvalidAccessKeyId", `no such key: ${authorization}`);
  if (fault === "403") return error(response, 403, "AccessDenied", `Access Denied for ${authorization}`);
  if (fault === "no-bucket") return error(response, 404, "NoSuchBucket", "The specified bucket does not exist.");
  if (fault === "500-before") return error(response, 500, "InternalError", "We encountered an internal error.");
  if (fault === "drop-before") return void request.socket.destroy();
  const send = respond(bucket, request, url, key, Buffer.concat(pieces).toString());
  if (fault === "500-after") return error(response, 500, "InternalError", "We encountered an internal error.");
  if (fault === "drop-after") return void request.socket.destroy();
  send(response);
}

function respond(
  bucket: Bucket,
  request: IncomingMessage,
  url: URL,
  key: string,
  body: string,
): (response: ServerResponse) => void {
  const { objects } = bucket;
  const found = objects.get(key);
  if (key === "") return (response) => list(bucket, url, response);
  switch (request.method) {
    case "PUT": {
      if (found !== undefined && request.headers["x-cos-forbid-overwrite"] === "true" && !bucket.versioned) {
        return (response) => error(response, 409, "FileAlreadyExists", "The object you specified already exists");
      }
      objects.set(key, { body, mark: String(request.headers["x-cos-meta-eip-guard-write"]) });
      return (response) => void response.writeHead(200).end();
    }
    case "DELETE":
      objects.delete(key);
      return (response) => void response.writeHead(204).end();
    default:
      if (found === undefined) return (response) => error(response, 404, "NoSuchKey", "The specified key does not exist.");
      return (response) =>
        void response
          .writeHead(200, { "x-cos-meta-eip-guard-write": found.mark })
          .end(request.method === "HEAD" ? "" : found.body);
  }
}

function list({ objects }: Bucket, url: URL, response: ServerResponse): void {
  const { prefix = "", marker = "", "max-keys": most = "1000" } = Object.fromEntries(url.searchParams);
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > marker).sort();
  const page = keys.slice(0, Number(most));
  const isTruncated = keys.length > page.length;
  const next = isTruncated ? `<NextMarker>${page.at(-1)}</NextMarker>` : "";
  const contents = page.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join("");
  response.writeHead(200, { "content-type": "application/xml" });
  response.end(
    `<ListBucketResult><Prefix>${prefix}</Prefix><IsTruncated>${isTruncated}</IsTruncated>${next}${contents}</ListBucketResult>`,
  );
}

function error(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(`<Error><Code>${code}</Code><Message>${message.replaceAll("&", "&amp;")}</Message></Error>`);
}
