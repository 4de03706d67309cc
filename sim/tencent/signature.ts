import { createHash, createHmac } from "node:crypto";

/** TC3-HMAC-SHA256, as the API verifies it (the API's page "Signature v3"). */

export interface SignedRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface Credential {
  readonly secretId: string;
  readonly date: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=([^/]+)\/(\d{4}-\d{2}-\d{2})\/([^/]+)\/tc3_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** What the Authorization header claims; null when it is none. */
export function credentialOf({ headers }: SignedRequest): Credential | null {
  const header = headers.authorization;
  const match = typeof header === "string" ? AUTHORIZATION.exec(header) : null;
  const [, secretId, date, service, signedHeaders, signature] = match ?? [];
  if (
    secretId === undefined ||
    date === undefined ||
    service === undefined ||
    signedHeaders === undefined ||
    signature === undefined
  )
    return null;
  return { secretId, date, service, signedHeaders: signedHeaders.split(";"), signature };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** Whether a request was signed with this key. The host that the SDK signs leaves the port out (domain.md §7). */
export function isSignedWith(secretKey: string, credential: Credential, request: SignedRequest): boolean {
  const { date, service, signedHeaders, signature } = credential;
  const canonicalHeaders = signedHeaders.map((name) => {
    const value = request.headers[name];
    const text = typeof value === "string" ? value : "";
    return `${name}:${(name === "host" ? text.replace(/:\d+$/, "") : text).toLowerCase().trim()}\n`;
  });
  const canonical = [request.method, "/", "", canonicalHeaders.join(""), signedHeaders.join(";"), sha256(request.body)].join(
    "\n",
  );
  const timestamp = String(request.headers["x-tc-timestamp"] ?? "");
  const text = ["TC3-HMAC-SHA256", timestamp, `${date}/${service}/tc3_request`, sha256(canonical)].join("\n");
  const key = hmac(hmac(hmac(`TC3${secretKey}`, date), service), "tc3_request");
  return hmac(key, text).toString("hex") === signature;
}
