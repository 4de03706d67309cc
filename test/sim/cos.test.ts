import Cos from "cos-nodejs-sdk-v5";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CosServer, crc64, startCosServer } from "../../sim/cos.ts";

/** The simulated bucket, through the official SDK and past it. */

const KEY = { secretId: "AKIDsimulated", secretKey: "secret" };
const BUCKET = { Bucket: "guard-1250000000", Region: "ap-guangzhou" };

let server: CosServer;
let client: Cos;
beforeEach(async () => {
  server = await startCosServer({ keys: [KEY] });
  client = clientOf({});
});
afterEach(() => server.close());

function clientOf(more: Partial<Cos.COSOptions>): Cos {
  const { host } = new URL(server.endpoint);
  return new Cos({ SecretId: KEY.secretId, SecretKey: KEY.secretKey, Domain: host, Protocol: "http:", ...more });
}

const put = (name: string, Headers: Record<string, string> = {}) =>
  client.putObject({ ...BUCKET, Key: name, Body: `text of ${name}`, Headers });

describe("a signature", () => {
  const PATH = "/a%20folder/b";
  const signedFor = (fields: Partial<Cos.StaticGetAuthorizationOptions>) =>
    Cos.getAuthorization({
      SecretId: KEY.secretId,
      SecretKey: KEY.secretKey,
      Method: "GET",
      Pathname: "/a folder/b",
      Headers: { Host: new URL(server.endpoint).host },
      ...fields,
    });
  const ask = async (Authorization: string | null, path = PATH) => {
    const response = await fetch(`${server.endpoint}${path}`, { headers: Authorization === null ? {} : { Authorization } });
    return `${response.status} ${/<Code>(.*)<\/Code>/.exec(await response.text())?.[1]}`;
  };
  const now = () => Math.floor(Date.now() / 1_000);

  it.each<[string, () => Promise<string>, string]>([
    ["is good for its own request", () => ask(signedFor({})), "404 NoSuchKey"],
    ["is needed", () => ask(null), "403 AccessDenied"],
    ["must be one", () => ask("q-sign-algorithm=sha1&q-ak=AKIDsimulated"), "400 InvalidArgument"],
    ["of an unknown secret id", () => ask(signedFor({ SecretId: "AKIDother" })), "403 InvalidAccessKeyId"],
    ["with another secret key", () => ask(signedFor({ SecretKey: "another" })), "403 SignatureDoesNotMatch"],
    ["for another method", () => ask(signedFor({ Method: "PUT" })), "403 SignatureDoesNotMatch"],
    ["for another path", () => ask(signedFor({}), "/a%20folder/c"), "403 SignatureDoesNotMatch"],
    ["for another host", () => ask(signedFor({ Headers: { Host: "elsewhere" } })), "403 SignatureDoesNotMatch"],
    ["without a parameter of the request", () => ask(signedFor({}), `${PATH}?versionId=1`), "403 SignatureDoesNotMatch"],
    ["that ended a minute ago", () => ask(signedFor({ KeyTime: `${now() - 120};${now() - 60}` })), "403 AccessDenied"],
    ["of an hour ago", () => ask(signedFor({ KeyTime: `${now() - 4_000};${now() - 3_600}` })), "403 RequestTimeTooSkewed"],
    ["of the next hour", () => ask(signedFor({ KeyTime: `${now() + 3_600};${now() + 4_000}` })), "403 RequestTimeTooSkewed"],
  ])("%s", async (_, asked, answer) => {
    expect(await asked()).toBe(answer);
  });
});

describe("an object", () => {
  it("comes back as it was put, with its metadata and checksums", async () => {
    await put("folder/带宽 (1)'*!&", { "Content-Type": "text/x-test", "x-cos-meta-mark": "mine" });
    const { Body, ETag, headers } = await client.getObject({ ...BUCKET, Key: "folder/带宽 (1)'*!&" });
    expect(Body.toString()).toBe("text of folder/带宽 (1)'*!&");
    expect(headers).toMatchObject({ "content-type": "text/x-test", "x-cos-meta-mark": "mine" });
    expect(ETag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(headers?.["x-cos-request-id"]).toBeTruthy();
  });

  it("is created once only where that is asked, and overwritten where it is not", async () => {
    const once = { "x-cos-forbid-overwrite": "true" };
    await put("one", once);
    await expect(put("one", once)).rejects.toMatchObject({ statusCode: 409, code: "FileAlreadyExists" });
    expect(await put("one")).toMatchObject({ statusCode: 200 });
  });

  it.each(["enabled", "suspended"] as const)("is overwritten all the same where versioning is %s", async (versioning) => {
    const once = { "x-cos-forbid-overwrite": "true" };
    await put("one", once);
    server.versioning = versioning;
    expect(await put("one", once)).toMatchObject({ statusCode: 200 });
  });

  it("is gone when it was deleted, and deleting it again is no error", async () => {
    await put("one");
    for (const _ of [1, 2]) expect(await client.deleteObject({ ...BUCKET, Key: "one" })).toMatchObject({ statusCode: 204 });
    await expect(client.headObject({ ...BUCKET, Key: "one" })).rejects.toMatchObject({ statusCode: 404 });
  });

  it("has the CRC-64 of ECMA-182", () => {
    expect(crc64(Buffer.from("123456789"))).toBe(0x995d_c9bb_df19_39fan);
  });
});

describe("a listing", () => {
  it("gives the keys in order, page by page, behind the marker", async () => {
    for (const name of ["b/2", "b/10", "a", "b/1", "c"]) server.put(name, "");
    const first = await client.getBucket({ ...BUCKET, Prefix: "b/", MaxKeys: 2 });
    expect(first.Contents.map(({ Key }) => Key)).toEqual(["b/1", "b/10"]);
    expect(first).toMatchObject({ IsTruncated: "true", NextMarker: "b/10" });
    const second = await client.getBucket({ ...BUCKET, Prefix: "b/", MaxKeys: 2, Marker: "b/10" });
    expect(second.Contents.map(({ Key }) => Key)).toEqual(["b/2"]);
    expect(second.IsTruncated).toBe("false");
  });

  it("holds a thousand keys at most", async () => {
    for (let number = 0; number < 1_001; number += 1) server.put(`key-${number}`, "");
    expect((await client.getBucket({ ...BUCKET })).Contents).toHaveLength(1_000);
    await expect(client.getBucket({ ...BUCKET, MaxKeys: 1_001 })).rejects.toMatchObject({ code: "InvalidArgument" });
  });
});

describe("a temporary key", () => {
  const token = "the session's token";

  it("is good with its token only, until it ends", async () => {
    server.keys.splice(0, 1, { ...KEY, token });
    await expect(put("one")).rejects.toMatchObject({ statusCode: 403, code: "InvalidAccessKeyId" });
    client = clientOf({ SecurityToken: token });
    expect(await put("one")).toMatchObject({ statusCode: 200 });
    server.keys.splice(0, 1, { ...KEY, token, expires: Date.now() - 1 });
    await expect(put("one")).rejects.toMatchObject({ statusCode: 403, code: "ExpiredToken" });
  });
});

it("refuses what the key may not do, and everything once the bucket is gone", async () => {
  server.keys.splice(0, 1, { ...KEY, denied: new Set(["PutObject"]) });
  await expect(put("one")).rejects.toMatchObject({ statusCode: 403, code: "AccessDenied" });
  expect((await client.getBucket({ ...BUCKET })).Contents).toEqual([]);
  server.exists = false;
  await expect(client.getBucket({ ...BUCKET })).rejects.toMatchObject({ statusCode: 404, code: "NoSuchBucket" });
});
