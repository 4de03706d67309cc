import { createHash, createHmac } from "node:crypto";
import { type Agent, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";

/**
 * One signed POST (TC3-HMAC-SHA256, the API's page "Signature v3"). The official SDK's client makes the same call; with all that it loads for
 * it, a start took twice as long and a quarter more memory. A test holds both to the same signature.
 */
export interface SignedCall {
  /** `https://vpc.tencentcloudapi.com`, with a port where it is not the usual one. */
  readonly origin: string;
  readonly version: string;
  readonly action: string;
  readonly region: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly secretId: string;
  readonly secretKey: string;
  readonly token: string | null;
  readonly agent: Agent;
  readonly timeoutMs: number;
}

/**
 * @returns `Response` of the answer, unchecked
 * @throws an Error with `code` and `requestId` where the API refuses; with `httpCode` where something else answers; else why nothing was heard
 */
export async function callSigned(call: SignedCall): Promise<unknown> {
  const url = new URL(call.origin);
  const body = JSON.stringify(call.parameters);
  const { status, reason, text } = await post(url, headersOf(url, call, body, Math.floor(Date.now() / 1_000)), body, call);
  if (status !== 200) throw Object.assign(new Error(reason), { httpCode: status, requestId: "" });
  const answer = responseOf(text, url);
  const refusal = fieldOf(answer, "Error");
  if (refusal === undefined || refusal === null) return answer;
  const [code, requestId] = [fieldOf(refusal, "Code"), fieldOf(answer, "RequestId")].map((value) => String(value ?? ""));
  throw Object.assign(new Error(String(fieldOf(refusal, "Message") ?? "")), { code, requestId });
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, field) : undefined;
}

function responseOf(text: string, url: URL): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`invalid json response body at ${url.href} reason: ${error instanceof Error ? error.message : ""}`);
  }
  const response = fieldOf(json, "Response");
  if (response === undefined || response === null) throw new Error("the answer has no Response");
  return response;
}

/** The headers of a call at an instant (seconds since 1970). The service that is signed is the first part of the host's name. */
export function headersOf(
  url: URL,
  { action, version, region, token, secretId, secretKey }: Omit<SignedCall, "origin" | "parameters" | "agent" | "timeoutMs">,
  body: string,
  timestamp: number,
): Readonly<Record<string, string>> {
  const date = new Date(timestamp * 1_000).toISOString().slice(0, 10);
  const service = url.host.split(".")[0] ?? "";
  const scope = `${date}/${service}/tc3_request`;
  const canonical = [
    "POST",
    "/",
    "",
    "content-type:application/json",
    `host:${url.hostname}`,
    "",
    "content-type;host",
    sha256(body),
  ].join("\n");
  const signing = hmac(hmac(hmac(`TC3${secretKey}`, date), service), "tc3_request");
  const signature = hmac(signing, ["TC3-HMAC-SHA256", timestamp, scope, sha256(canonical)].join("\n")).toString("hex");
  return {
    Authorization: `TC3-HMAC-SHA256 Credential=${secretId}/${scope}, SignedHeaders=content-type;host, Signature=${signature}`,
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(body)),
    Host: url.host,
    "X-TC-Action": action,
    "X-TC-Version": version,
    "X-TC-Timestamp": String(timestamp),
    "X-TC-Language": "en-US",
    "X-TC-RequestClient": "eip-guard",
    ...(region === null ? {} : { "X-TC-Region": region }),
    ...(token === null ? {} : { "X-TC-Token": token }),
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

interface Heard {
  readonly status: number;
  readonly reason: string;
  readonly text: string;
}

function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  { agent, timeoutMs }: Pick<SignedCall, "agent" | "timeoutMs">,
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === "http:" ? plainRequest : tlsRequest;
    const sent = request(url, { method: "POST", headers, agent });
    const timer = setTimeout(() => fail(new Error(`network timeout at: ${url.href}`)), timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
      sent.destroy();
    };
    sent.on("error", (error) => fail(new Error(`request to ${url.href} failed, reason: ${error.message}`)));
    sent.on("response", (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      // A connection that breaks in mid-answer ends without `end`: what came is no answer.
      answer.on("aborted", () => fail(new Error("Premature close")));
      answer.on("error", (error) => fail(new Error(`Invalid response body while trying to fetch ${url.href}: ${error.message}`)));
      answer.on("end", () => {
        clearTimeout(timer);
        resolve({
          status: answer.statusCode ?? 0,
          reason: answer.statusMessage ?? "",
          text: Buffer.concat(chunks).toString("utf8"),
        });
      });
    });
    sent.end(body);
  });
}
