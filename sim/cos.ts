import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { authorizationOf, type CosRequest, isSigned, windowOf } from "./cos-signature.ts";

/**
 * One COS bucket over HTTP on loopback, as its API is documented: signatures, temporary keys, create-only objects, listings by page,
 * errors as XML. A client finds it by the address alone, as by a private domain, so every request is for this bucket.
 */
export interface CosServer {
  readonly endpoint: string;
  readonly keys: CosKey[];
  readonly objects: Map<string, CosObject>;
  /** `PUT eip-guard/ledger/0000000001.json`, `GET ?prefix=…`, in the order of arrival. */
  readonly requests: string[];
  readonly faults: CosFault[];
  /** Once it was enabled it can only be suspended, and `x-cos-forbid-overwrite` is ignored in both. */
  versioning: "never" | "enabled" | "suspended";
  /** False: somebody deleted the bucket. */
  exists: boolean;
  /** Stores an object past all checks, as somebody else would. */
  readonly put: (key: string, text: string) => void;
  readonly close: () => Promise<void>;
}

export interface CosKey {
  readonly secretId: string;
  readonly secretKey: string;
  /** Of a temporary key: each request must carry it. */
  readonly token?: string;
  /** Of a temporary key: when it ends, in milliseconds since the epoch. */
  readonly expires?: number;
  /** Actions that it may not call: `PutObject`. */
  readonly denied?: ReadonlySet<string>;
}

export interface CosObject {
  readonly body: Buffer;
  readonly contentType: string;
  /** `x-cos-meta-…` by their whole names. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly lastModified: number;
}

export interface CosFault {
  /** As in `requests`; left out: every request. */
  readonly request?: string;
  /**
   * `cut`: the connection breaks in the middle of the answer · `garble`: what was sent arrives changed · `portal`: 200 with a page of
   * HTML, as a proxy answers that wants a login.
   */
  readonly kind: "http500" | "drop" | "hang" | "slow" | "error" | "cut" | "garble" | "portal";
  /** The request has its effect first, and only its answer is lost. */
  readonly after?: boolean;
  /** For `error`: AccessDenied, with 403, when left out. */
  readonly code?: string;
  readonly status?: number;
  readonly message?: string;
  /** For `slow`. */
  readonly milliseconds?: number;
  /** How often; left out: for ever. */
  times?: number;
}

export interface CosServerOptions {
  readonly keys: readonly CosKey[];
  /** Milliseconds for each answer. */
  readonly latency?: number;
  /** The server's clock, for the time window of signatures; left out: the machine's. */
  readonly now?: () => number;
}

/** What a request comes to. Made before it is sent, so that its effect can outlive its answer. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

class CosError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export async function startCosServer({ keys, latency = 0, now = Date.now }: CosServerOptions): Promise<CosServer> {
  const server = createServer((request, response) => void serve(cos, request, response, latency, now));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the simulated bucket listens to no port");
  const objects = new Map<string, CosObject>();
  const cos: CosServer = {
    endpoint: `http://127.0.0.1:${address.port}`,
    keys: [...keys],
    objects,
    requests: [],
    faults: [],
    versioning: "never",
    exists: true,
    put(key, text) {
      objects.set(key, { body: Buffer.from(text), contentType: "application/octet-stream", metadata: {}, lastModified: now() });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return cos;
}

async function serve(
  cos: CosServer,
  request: IncomingMessage,
  response: ServerResponse,
  latency: number,
  now: () => number,
): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  if (latency > 0) await wait(latency);
  const url = new URL(request.url ?? "/", cos.endpoint);
  const method = request.method ?? "";
  const path = decodeURIComponent(url.pathname);
  const name = `${method} ${path === "/" ? `?${url.searchParams}` : path.slice(1)}`;
  cos.requests.push(name);
  const asked: CosRequest = { method, path, parameters: new Map(url.searchParams), headers: request.headers };
  const fault = takeFault(cos.faults, name);
  const requestId = randomBytes(16).toString("base64");
  const send = ({ status, headers, body }: Answer) => {
    // HTTP dates are the server's: a client may correct its own clock by them.
    const date = new Date(now()).toUTCString();
    response.writeHead(status, { Server: "tencent-cos", Date: date, "x-cos-request-id": requestId, ...headers });
    response.end(method === "HEAD" ? undefined : body);
  };
  if (fault !== undefined && fault.after !== true && (await strikes(fault, request, send, path, requestId))) return;
  const body = Buffer.concat(pieces);
  const answer = answerTo(cos, asked, fault?.kind === "garble" ? body.fill("0") : body, now(), requestId);
  if (fault?.after === true && (await strikes(fault, request, send, path, requestId))) return;
  if (fault?.kind === "cut") return cut(response, answer);
  send(answer);
}

/** Sends half of what it announces. */
function cut(response: ServerResponse, { status, body }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { "Content-Length": bytes.length });
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

function takeFault(faults: readonly CosFault[], name: string): CosFault | undefined {
  const fault = faults.find(
    ({ request, times }) => (request === undefined || request === name) && (times === undefined || times > 0),
  );
  if (fault?.times !== undefined) fault.times -= 1;
  return fault;
}

/** Whether nothing else is to be answered. */
async function strikes(
  fault: CosFault,
  request: IncomingMessage,
  send: (answer: Answer) => void,
  path: string,
  requestId: string,
): Promise<boolean> {
  switch (fault.kind) {
    case "slow":
      await wait(fault.milliseconds ?? 0);
      return false;
    case "cut":
    case "garble":
      return false;
    case "portal":
      send({ status: 200, headers: { "Content-Type": "text/html" }, body: "<html><body>Please log in.</body></html>" });
      return true;
    case "hang":
      return true;
    case "drop":
      request.socket.destroy();
      return true;
    case "http500":
      send(failure(new CosError(500, "InternalError", "We encountered an internal error. Please try again."), path, requestId));
      return true;
    case "error":
      send(
        failure(
          new CosError(fault.status ?? 403, fault.code ?? "AccessDenied", fault.message ?? "Access Denied."),
          path,
          requestId,
        ),
      );
      return true;
  }
}

function answerTo(cos: CosServer, asked: CosRequest, body: Buffer, now: number, requestId: string): Answer {
  try {
    const key = authenticate(cos, asked, now);
    if (!cos.exists) throw new CosError(404, "NoSuchBucket", "The specified bucket does not exist.");
    const action = actionOf(asked);
    if (key.denied?.has(action) === true) throw new CosError(403, "AccessDenied", "Access Denied.");
    return ACTIONS[action](cos, asked, body, now);
  } catch (error) {
    if (error instanceof CosError) return failure(error, asked.path, requestId);
    throw error;
  }
}

function failure({ status, code, message }: CosError, path: string, requestId: string): Answer {
  const nodes = { Code: code, Message: message, Resource: path, RequestId: requestId, TraceId: requestId };
  return { status, headers: { "Content-Type": "application/xml" }, body: xml("Error", nodes) };
}

/** How far a client's clock may go wrong. */
const SKEW_SECONDS = 900;

function authenticate({ keys }: CosServer, asked: CosRequest, now: number): CosKey {
  if (asked.headers.authorization === undefined) throw new CosError(403, "AccessDenied", "Access Denied.");
  const authorization = authorizationOf(asked);
  if (authorization === null) throw new CosError(400, "InvalidArgument", "the Authorization header is not valid");
  const key = keys.find(({ secretId }) => secretId === authorization.secretId);
  // A temporary key is none without its token.
  if (key === undefined || (key.token ?? undefined) !== asked.headers["x-cos-security-token"])
    throw new CosError(403, "InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records.");
  if (key.expires !== undefined && key.expires < now)
    throw new CosError(403, "ExpiredToken", "The provided security token has expired.");
  const [from, until] = windowOf(authorization);
  const seconds = now / 1_000;
  if (seconds < from - SKEW_SECONDS || seconds > until + SKEW_SECONDS) {
    const message = "The difference between the request time and the server's time is too large.";
    throw new CosError(403, "RequestTimeTooSkewed", message);
  }
  if (seconds > until) throw new CosError(403, "AccessDenied", "Request has expired");
  if (!isSigned(key.secretKey, authorization, asked))
    throw new CosError(403, "SignatureDoesNotMatch", "The Signature you specified is invalid.");
  return key;
}

type Action = "GetBucket" | "GetObject" | "HeadObject" | "PutObject" | "DeleteObject";

function actionOf({ method, path, parameters }: CosRequest): Action {
  const ofObject = { GET: "GetObject", HEAD: "HeadObject", PUT: "PutObject", DELETE: "DeleteObject" } as const;
  if (path === "/") {
    if (method === "GET") return "GetBucket";
  } else if (method === "GET" || method === "HEAD" || method === "PUT" || method === "DELETE") {
    for (const parameter of parameters.keys()) throw new CosError(400, "InvalidArgument", `${parameter} is not simulated`);
    return ofObject[method];
  }
  throw new CosError(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
}

const ACTIONS: Readonly<Record<Action, (cos: CosServer, asked: CosRequest, body: Buffer, now: number) => Answer>> = {
  GetBucket: ({ objects }, { parameters }) => list(objects, parameters),
  GetObject: ({ objects }, { path }) => {
    const found = objectOf(objects, path);
    return { status: 200, headers: headersOf(found), body: found.body };
  },
  HeadObject: ({ objects }, { path }) => {
    const found = objectOf(objects, path);
    return { status: 200, headers: { ...headersOf(found), "Content-Length": String(found.body.length) }, body: "" };
  },
  PutObject({ objects, versioning }, { path, headers }, body, now) {
    const key = path.slice(1);
    const md5 = headers["content-md5"];
    if (md5 !== undefined && md5 !== createHash("md5").update(body).digest("base64"))
      throw new CosError(400, "BadDigest", "The Content-MD5 you specified did not match what we received.");
    if (headers["x-cos-forbid-overwrite"] === "true" && versioning === "never" && objects.has(key))
      throw new CosError(409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten.");
    const metadata: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers))
      if (name.startsWith("x-cos-meta-") && typeof value === "string") metadata[name] = value;
    const contentType = headers["content-type"];
    const stored: CosObject = {
      body,
      contentType: typeof contentType === "string" ? contentType : "application/octet-stream",
      metadata,
      lastModified: now,
    };
    objects.set(key, stored);
    const { ETag = "", "x-cos-hash-crc64ecma": crc = "" } = headersOf(stored);
    const version = versioning === "enabled" ? { "x-cos-version-id": `MTg0${randomBytes(12).toString("hex")}` } : {};
    return { status: 200, headers: { ETag, "x-cos-hash-crc64ecma": crc, ...version }, body: "" };
  },
  DeleteObject({ objects }, { path }) {
    objects.delete(path.slice(1));
    return { status: 204, headers: {}, body: "" };
  },
};

function objectOf(objects: ReadonlyMap<string, CosObject>, path: string): CosObject {
  const found = objects.get(path.slice(1));
  if (found === undefined) throw new CosError(404, "NoSuchKey", "The specified key does not exist.");
  return found;
}

function headersOf({ body, contentType, metadata, lastModified }: CosObject): Readonly<Record<string, string>> {
  return {
    "Content-Type": contentType,
    ETag: etagOf(body),
    "Last-Modified": new Date(lastModified).toUTCString(),
    "x-cos-hash-crc64ecma": String(crc64(body)),
    ...metadata,
  };
}

function etagOf(body: Buffer): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

const MOST_KEYS = 1_000;

/** GET Bucket: one page of keys in UTF-8 order, those behind `marker` only. */
function list(objects: ReadonlyMap<string, CosObject>, parameters: ReadonlyMap<string, string>): Answer {
  const known = ["prefix", "marker", "max-keys"];
  for (const parameter of parameters.keys())
    if (!known.includes(parameter)) throw new CosError(400, "InvalidArgument", `${parameter} is not simulated`);
  const prefix = parameters.get("prefix") ?? "";
  const marker = parameters.get("marker") ?? "";
  const most = Number(parameters.get("max-keys") ?? MOST_KEYS);
  if (!Number.isInteger(most) || most < 0 || most > MOST_KEYS)
    throw new CosError(400, "InvalidArgument", `max-keys must be from 0 to ${MOST_KEYS}`);
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && before(marker, key)).sort(inOrder);
  const page = keys.slice(0, most);
  const isTruncated = keys.length > page.length;
  const contents = page.map((key) => {
    const object = objectOf(objects, `/${key}`);
    const LastModified = new Date(object.lastModified).toISOString();
    const nodes = {
      Key: key,
      LastModified,
      ETag: etagOf(object.body),
      Size: String(object.body.length),
      StorageClass: "STANDARD",
    };
    return element("Contents", nodes);
  });
  const nodes = {
    Prefix: prefix,
    Marker: marker,
    MaxKeys: String(most),
    IsTruncated: String(isTruncated),
    ...(isTruncated ? { NextMarker: page.at(-1) ?? "" } : {}),
  };
  const body = xml("ListBucketResult", nodes, contents.join(""));
  return { status: 200, headers: { "Content-Type": "application/xml" }, body };
}

function inOrder(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function before(one: string, other: string): boolean {
  return inOrder(one, other) < 0;
}

function xml(root: string, nodes: Readonly<Record<string, string>>, children = ""): string {
  return `<?xml version='1.0' encoding='utf-8' ?>\n${element(root, nodes, children)}`;
}

function element(root: string, nodes: Readonly<Record<string, string>>, children = ""): string {
  const text = Object.entries(nodes).map(([name, value]) => `<${name}>${escaped(value)}</${name}>`);
  return `<${root}>${text.join("")}${children}</${root}>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** CRC-64 of ECMA-182, reflected, as `x-cos-hash-crc64ecma` gives it. */
export function crc64(bytes: Buffer): bigint {
  let crc = ALL_ONES;
  for (const byte of bytes) crc = (CRC_TABLE[Number((crc ^ BigInt(byte)) & 0xffn)] ?? 0n) ^ (crc >> 8n);
  return crc ^ ALL_ONES;
}

const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const CRC_TABLE = Array.from({ length: 256 }, (_, byte) => {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0xc96c_5795_d787_0f42n : crc >> 1n;
  return crc;
});
