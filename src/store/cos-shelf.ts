import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type CosClient from "cos-nodejs-sdk-v5";
import type { Config } from "../config/sections.ts";
import { type Duration, milliseconds } from "../core/terms/time.ts";
import { GuardError, whyOf } from "../errors.ts";
import { NO_PROXY, type ProxyFor } from "../proxy/environment.ts";
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

/** For one request: as long as an upload of a large ledger may take over a slow line. */
const TIMEOUT_MS = 15_000;

/** For one call with all its tries; SCF ends a function after minutes, and a dead endpoint must not take them all. */
const PATIENCE: Duration = milliseconds(30_000);

/** So many remembered names are forgotten at once. */
const FORGOTTEN = 100;

/** On top of the SDK's own three immediate ones. */
const RETRIES = 2;

export interface CosShelfOptions {
  /** How long one call may take in all. */
  readonly patience?: Duration;
  readonly proxyFor?: ProxyFor | undefined;
}

/** Loads the SDK: nobody who keeps a folder pays for it. */
export async function cosShelf(
  state: CosState,
  credentials: CosCredentials,
  { patience = PATIENCE, proxyFor = NO_PROXY }: CosShelfOptions = {},
): Promise<CosShelf> {
  const { default: Cos } = await import("cos-nodejs-sdk-v5");
  const { secretId, secretKey, token } = credentials;
  const endpoint = state.endpoint === null ? null : new URL(state.endpoint);
  const options: CosClient.COSOptions = {
    SecretId: secretId,
    SecretKey: secretKey,
    ...(token === undefined ? {} : { SecurityToken: token }),
    ...(endpoint === null ? {} : { Domain: endpoint.host, Protocol: endpoint.protocol === "http:" ? "http:" : "https:" }),
    AutoSwitchHost: false,
    // Leases and notices stand on this machine's clock: a wrong one is told, not worked around.
    CorrectClockSkew: false,
    UploadCheckContentMd5: true,
  };
  const bucket = { Bucket: state.bucket, Region: state.region };
  const prefix = state.prefix === "" || state.prefix.endsWith("/") ? state.prefix : `${state.prefix}/`;
  const keyOf = (kind: Kind, number: number) =>
    `${prefix}${kind}/${padded(number)}.${kind === "trail" || kind === "sealed" ? "jsonl" : "json"}`;

  /** A client for each call, since the SDK takes a time-out for a client only. They share their connections. */
  const call = async <T>(what: string, work: (client: CosClient) => Promise<T>): Promise<T> => {
    const giveUpAt = Date.now() + patience;
    const client = new Cos(options);
    // The SDK tries four times, which can't be turned off: each try gets what is left of the time.
    client.on("before-send", (request: { timeout: number; url: string; proxy?: string | null }) => {
      // Said either way: the SDK would look into the environment by itself, for loopback too.
      request.proxy = proxyFor(new URL(request.url))?.href ?? null;
      request.timeout = Math.max(1, Math.min(TIMEOUT_MS, giveUpAt - Date.now()));
    });
    for (let tries = 0; ; tries += 1) {
      try {
        return await work(client);
      } catch (error) {
        if (isRefusal(answerOf(error))) throw error;
        if (tries === RETRIES || Date.now() >= giveUpAt) throw failed(what, error, state, credentials);
        await wait(200 * 2 ** tries * (0.5 + Math.random()));
      }
    }
  };

  const get = async (name: string): Promise<string | null> => {
    const what = `read ${name}`;
    try {
      const { Body } = await call(what, (client) => client.getObject({ ...bucket, Key: name }));
      return Body.toString("utf8");
    } catch (error) {
      if (answerOf(error).code === "NoSuchKey") return null;
      throw failed(what, error, state, credentials);
    }
  };

  /** True when it was created; false when there is one. `mark` tells our object from another's of the same name. */
  const put = async (name: string, text: string | Buffer, mark: string): Promise<boolean> => {
    const what = `create ${name}`;
    const Headers = { "x-cos-forbid-overwrite": "true", [`x-cos-meta-${MARK}`]: mark, "Content-Type": "application/json" };
    try {
      await call(what, (client) => client.putObject({ ...bucket, Key: name, Body: text, Headers: { ...Headers } }));
      return true;
    } catch (error) {
      if (answerOf(error).status === 409) return false;
      throw failed(what, error, state, credentials);
    }
  };

  const markOf = async (name: string): Promise<string | null> => {
    const what = `look at ${name}`;
    try {
      const { headers } = await call(what, (client) => client.headObject({ ...bucket, Key: name }));
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
  let refuses = false;

  const create = async (name: string, given: string | readonly Buffer[]): Promise<boolean> => {
    if (!refuses) await refuseOverwriting();
    refuses = true;
    const text = typeof given === "string" ? given : Buffer.concat(given);
    const mark = randomBytes(12).toString("hex");
    if (await put(name, text, mark)) return true;
    // A connection that broke in mid-answer is tried again, and what refuses then may be our own first try.
    return (await markOf(name)) === mark;
  };

  const remove = async (name: string): Promise<void> => {
    const what = `remove ${name}`;
    try {
      await call(what, (client) => client.deleteObject({ ...bucket, Key: name }));
    } catch (error) {
      throw failed(what, error, state, credentials);
    }
  };

  return {
    async numbers(kind, from = 0) {
      const what = `list ${prefix}${kind}/`;
      const numbers: number[] = [];
      const Prefix = `${prefix}${kind}/`;
      let marker = from > 0 ? keyOf(kind, from - 1) : "";
      try {
        for (;;) {
          const page = await call(what, (client) => client.getBucket({ ...bucket, Prefix, Marker: marker, MaxKeys: 1_000 }));
          // A proxy's page with 200 is no empty bucket, and the listing of something else says nothing of this.
          if ((page.IsTruncated !== "true" && page.IsTruncated !== "false") || page.Prefix !== Prefix)
            throw new Error("its answer is no listing of it");
          for (const { Key } of page.Contents) {
            const digits = /(\d{10})\.jsonl?$/.exec(Key)?.[1];
            if (digits !== undefined && Key === keyOf(kind, Number(digits))) numbers.push(Number(digits));
          }
          const last = page.Contents.at(-1);
          if (page.IsTruncated === "false" || last === undefined) return numbers;
          const next = page.NextMarker ?? last.Key;
          if (next <= marker) throw new Error("its pages go back, so that the listing has no end");
          marker = next;
        }
      } catch (error) {
        throw failed(what, error, state, credentials);
      }
    },
    read: (kind, number) => get(keyOf(kind, number)),
    create: (kind, number, text) => create(keyOf(kind, number), text),
    remove: (kind, number) => remove(keyOf(kind, number)),
    rememberOnce: (name, since) => create(`${prefix}once/${padded(since)}-${name}.json`, "{}\n"),
    async forgetOnce(until) {
      const Prefix = `${prefix}once/`;
      const { Contents } = await call(`list ${Prefix}`, (client) => client.getBucket({ ...bucket, Prefix, MaxKeys: FORGOTTEN }));
      const old = Contents.filter(({ Key }) => Key < `${Prefix}${padded(until)}`);
      await Promise.all(old.map(({ Key }) => remove(Key)));
    },
    nameOf: keyOf,
    isThere: async (name) => (await get(`${prefix}${name}`)) !== null,
    refuseOverwriting,
  };
}

const MARK = "eip-guard-write";

interface Answer {
  /** Null where nothing was answered at all. */
  readonly status: number | null;
  readonly code: string;
  readonly why: string;
}

/** What COS answered. The SDK rejects with an Error or with a plain object of the same members. */
function answerOf(error: unknown): Answer {
  if (typeof error !== "object" || error === null) return { status: null, code: "", why: whyOf(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // An answer that broke off (ECONNRESET) is none, whatever its first line said.
  const isWhole = !/^E[A-Z]+$/.test(code);
  const status = isWhole && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : null;
  return { status, code, why: "message" in error && typeof error.message === "string" ? error.message : whyOf(error) };
}

/** Trying again would not help. */
function isRefusal({ status }: Answer): boolean {
  return status !== null && status < 500;
}

const WRONG_KEYS: readonly string[] = ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"];

/** In words, without the SDK's error itself: it carries the request. */
function failed(what: string, error: unknown, { bucket, region }: CosState, credentials: CosCredentials): GuardError {
  if (error instanceof GuardError) return error;
  const answer = answerOf(error);
  const { status, code } = answer;
  const why = withoutSecrets(
    [code, answer.why].filter((part, at, parts) => part !== "" && parts.indexOf(part) === at).join(": "),
    credentials,
  );
  if (code === "NoSuchBucket") {
    return new GuardError(
      "NoSuchBucket",
      "user",
      `there is no bucket ${bucket} in ${region}`,
      "create the bucket, or correct state.cos in the configuration",
    );
  }
  if (code === "RequestTimeTooSkewed" || answer.why === "Request has expired") {
    const fix = "set this machine's clock: leases and notices stand on it";
    return new GuardError("ClockWrong", "user", `the bucket ${bucket} refuses this machine's time: ${why}`, fix);
  }
  if (WRONG_KEYS.includes(code)) {
    const fix = "check the credentials in the environment; temporary ones need their token, and end";
    return new GuardError("StoreWrongKeys", "user", `the bucket ${bucket} refuses the credentials: ${why}`, fix);
  }
  if (status === 401 || status === 403) {
    const fix = "the store needs name/cos:GetBucket, GetObject, HeadObject, PutObject and DeleteObject on this bucket";
    return new GuardError("StoreForbidden", "user", `the bucket ${bucket} refuses to ${what}: ${why}`, fix);
  }
  if (isRefusal(answer))
    return new GuardError("StoreRefuses", "cloud", `the bucket ${bucket} refuses to ${what}: ${why}`, "try again later");
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
