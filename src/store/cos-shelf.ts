import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Config } from "../config/config.ts";
import { GuardError, whyOf } from "../errors.ts";
import { type Kind, padded, type Shelf } from "./shelf.ts";

/**
 * Numbered objects of a COS bucket, through the official SDK. `x-cos-forbid-overwrite: true` makes them create-only; a bucket that ever had
 * versioning on ignores it (domain.md §7), so nothing is written before the bucket has refused to overwrite one object.
 */

export type CosState = Extract<Config["state"], { readonly kind: "cos" }>;

export interface CosCredentials {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string;
}

export interface CosShelf extends Shelf {
  /** Whether there is an object of that name. */
  readonly isThere: (name: string) => Promise<boolean>;
  /**
   * Tries out with one object whether the bucket refuses to overwrite.
   *
   * @throws GuardError `OverwriteNotRefused`
   */
  readonly refuseOverwriting: () => Promise<void>;
}

/** The object that is tried to be overwritten. It stays. */
const PROBE = "create-only-probe";

/** For one request; SCF ends a function after minutes, and a hanging connection must not take them all. */
const TIMEOUT_MS = 15_000;

/** On top of the SDK's own three immediate ones. */
const RETRIES = 2;

/** Loads the SDK: nobody who keeps a folder pays for it. */
export async function cosShelf(state: CosState, credentials: CosCredentials): Promise<CosShelf> {
  const { default: Cos } = await import("cos-nodejs-sdk-v5");
  const { secretId, secretKey, token } = credentials;
  const endpoint = state.endpoint === null ? null : new URL(state.endpoint);
  const client = new Cos({
    SecretId: secretId,
    SecretKey: secretKey,
    ...(token === undefined ? {} : { SecurityToken: token }),
    ...(endpoint === null ? {} : { Domain: endpoint.host, Protocol: endpoint.protocol === "http:" ? "http:" : "https:" }),
    Timeout: TIMEOUT_MS,
    AutoSwitchHost: false,
  });
  const bucket = { Bucket: state.bucket, Region: state.region };
  const prefix = state.prefix === "" || state.prefix.endsWith("/") ? state.prefix : `${state.prefix}/`;
  const keyOf = (kind: Kind, number: number) => `${prefix}${kind}/${padded(number)}.${kind === "trail" ? "jsonl" : "json"}`;

  const call = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    for (let tries = 0; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        const { status } = answerOf(error);
        const isFinal = status !== null && status < 500;
        if (!isFinal && tries < RETRIES) await wait(200 * 2 ** tries * (0.5 + Math.random()));
        else throw isFinal ? error : failed(what, error, state, credentials);
      }
    }
  };

  const get = async (name: string): Promise<string | null> => {
    const what = `read ${name}`;
    try {
      const { Body } = await call(what, () => client.getObject({ ...bucket, Key: name }));
      return Body.toString("utf8");
    } catch (error) {
      if (answerOf(error).code === "NoSuchKey") return null;
      throw failed(what, error, state, credentials);
    }
  };

  /** True when it was created; false when there is one. `mark` tells our object from another's of the same name. */
  const put = async (name: string, text: string, mark: string): Promise<boolean> => {
    const what = `create ${name}`;
    const Headers = { "x-cos-forbid-overwrite": "true", [`x-cos-meta-${MARK}`]: mark, "Content-Type": "application/json" };
    try {
      await call(what, () => client.putObject({ ...bucket, Key: name, Body: text, Headers: { ...Headers } }));
      return true;
    } catch (error) {
      if (answerOf(error).status === 409) return false;
      throw failed(what, error, state, credentials);
    }
  };

  const markOf = async (name: string): Promise<string | null> => {
    const what = `look at ${name}`;
    try {
      const { headers } = await call(what, () => client.headObject({ ...bucket, Key: name }));
      const mark = headers?.[`x-cos-meta-${MARK}`];
      return typeof mark === "string" ? mark : null;
    } catch (error) {
      // Removed since: whoever's it was, it is not ours to hold.
      if (answerOf(error).status === 404) return null;
      throw failed(what, error, state, credentials);
    }
  };

  const refuseOverwriting = async (): Promise<void> => {
    const text = "eip-guard tries here whether this bucket refuses to overwrite an object\n";
    for (const mark of ["first", "second"]) if (!(await put(`${prefix}${PROBE}`, text, mark))) return;
    throw new GuardError(
      "OverwriteNotRefused",
      "user",
      `the bucket ${state.bucket} overwrites objects although it is told not to`,
      "use a bucket that never had versioning on: once it was, COS ignores x-cos-forbid-overwrite",
    );
  };
  let tried: Promise<void> | null = null;

  return {
    async numbers(kind, from = 0) {
      const what = `list ${prefix}${kind}/`;
      const numbers: number[] = [];
      let marker = from > 0 ? keyOf(kind, from - 1) : "";
      try {
        for (;;) {
          const page = await call(what, () =>
            client.getBucket({ ...bucket, Prefix: `${prefix}${kind}/`, Marker: marker, MaxKeys: 1_000 }),
          );
          for (const { Key } of page.Contents) {
            const digits = /(\d{10})\.jsonl?$/.exec(Key)?.[1];
            if (digits !== undefined && Key === keyOf(kind, Number(digits))) numbers.push(Number(digits));
          }
          const last = page.Contents.at(-1);
          if (page.IsTruncated !== "true" || last === undefined) return numbers;
          marker = page.NextMarker ?? last.Key;
        }
      } catch (error) {
        throw failed(what, error, state, credentials);
      }
    },
    read: (kind, number) => get(keyOf(kind, number)),
    async create(kind, number, text) {
      tried ??= refuseOverwriting();
      await tried;
      const name = keyOf(kind, number);
      const mark = randomBytes(12).toString("hex");
      if (await put(name, text, mark)) return true;
      // A connection that broke in mid-answer is tried again, and what refuses then may be our own first try.
      return (await markOf(name)) === mark;
    },
    async remove(kind, number) {
      const what = `remove ${keyOf(kind, number)}`;
      try {
        await call(what, () => client.deleteObject({ ...bucket, Key: keyOf(kind, number) }));
      } catch (error) {
        throw failed(what, error, state, credentials);
      }
    },
    nameOf: keyOf,
    isThere: async (name) => (await get(`${prefix}${name}`)) !== null,
    refuseOverwriting,
  };
}

const MARK = "eip-guard-write";

/** What COS answered, where it answered. */
function answerOf(error: unknown): { readonly status: number | null; readonly code: string } {
  if (typeof error !== "object" || error === null) return { status: null, code: "" };
  const status = "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : null;
  return { status, code: "code" in error && typeof error.code === "string" ? error.code : "" };
}

/** In words, without the SDK's error itself: it carries the request. */
function failed(what: string, error: unknown, { bucket, region }: CosState, credentials: CosCredentials): GuardError {
  if (error instanceof GuardError) return error;
  const { status, code } = answerOf(error);
  const why = [code, withoutSecrets(whyOf(error), credentials)].filter((part) => part !== "").join(": ");
  if (code === "NoSuchBucket") {
    return new GuardError(
      "NoSuchBucket",
      "user",
      `there is no bucket ${bucket} in ${region}`,
      "make it, or mend state.cos in the configuration",
    );
  }
  if (status === 401 || status === 403) {
    const mend = "the store needs name/cos:GetBucket, GetObject, HeadObject, PutObject and DeleteObject on this bucket";
    return new GuardError("StoreForbidden", "user", `the bucket ${bucket} refuses to ${what}: ${why}`, mend);
  }
  return new GuardError(
    "StoreUnreachable",
    "cloud",
    `the bucket ${bucket} does not answer to ${what}: ${why}`,
    "try again later",
  );
}

function withoutSecrets(text: string, { secretId, secretKey, token }: CosCredentials): string {
  let clean = text;
  for (const secret of [secretKey, token, secretId])
    if (secret !== undefined && secret !== "") clean = clean.replaceAll(secret, "***");
  return clean;
}
