import { createHash, createHmac } from "node:crypto";

/** The request signature of COS (its API's page "Request Signature"), as the server verifies it. */

export interface CosAuthorization {
  readonly secretId: string;
  readonly signTime: string;
  readonly keyTime: string;
  readonly headers: readonly string[];
  readonly parameters: readonly string[];
  readonly signature: string;
}

export interface CosRequest {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

const FIELDS = ["q-sign-algorithm", "q-ak", "q-sign-time", "q-key-time", "q-header-list", "q-url-param-list", "q-signature"];
const TIME = /^\d+;\d+$/;

/** What the Authorization header claims; null when it is none. */
export function authorizationOf({ headers }: CosRequest): CosAuthorization | null {
  const { authorization } = headers;
  if (typeof authorization !== "string") return null;
  const fields = new Map(
    authorization.split("&").map((field): [string, string] => {
      const at = field.indexOf("=");
      return [field.slice(0, at), field.slice(at + 1)];
    }),
  );
  if (fields.size !== FIELDS.length || fields.get("q-sign-algorithm") !== "sha1") return null;
  const [, secretId, signTime, keyTime, headerList, parameterList, signature] = FIELDS.map((name) => fields.get(name));
  if (secretId === undefined || signature === undefined || headerList === undefined || parameterList === undefined) return null;
  if (signTime === undefined || keyTime === undefined || !TIME.test(signTime) || !TIME.test(keyTime)) return null;
  return { secretId, signTime, keyTime, headers: listOf(headerList), parameters: listOf(parameterList), signature };
}

/** From and until when it holds, in seconds since the epoch. */
export function windowOf({ signTime }: CosAuthorization): readonly [from: number, until: number] {
  const [from = Number.NaN, until = Number.NaN] = signTime.split(";").map(Number);
  return [from, until];
}

/** Whether the request is the one that was signed with this key: its method, path, and the headers and parameters that are listed. */
export function isSigned(secretKey: string, authorization: CosAuthorization, request: CosRequest): boolean {
  const headers = authorization.headers.map((name): [string, string] => {
    const value = request.headers[name];
    return [name, typeof value === "string" ? value : ""];
  });
  const parameters = authorization.parameters.map((name): [string, string] => [
    name,
    [...request.parameters].find(([parameter]) => encoded(parameter).toLowerCase() === name)?.[1] ?? "",
  ]);
  // Every parameter must be signed; of the headers, those that the client likes.
  if (parameters.length !== request.parameters.size) return false;
  const canonical = [request.method.toLowerCase(), request.path, joined(parameters), joined(headers), ""].join("\n");
  const text = ["sha1", authorization.signTime, createHash("sha1").update(canonical).digest("hex"), ""].join("\n");
  const key = hmac(secretKey, authorization.keyTime);
  return hmac(key, text) === authorization.signature;
}

function hmac(key: string, text: string): string {
  return createHmac("sha1", key).update(text).digest("hex");
}

function listOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(";");
}

function joined(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}=${encoded(value)}`).join("&");
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
