import { type Instant, MINUTE } from "../core/terms/time.ts";

/** A signature is good for so long before and after its second. */
const GOOD_FOR = 5 * MINUTE;

export interface SignedRequest {
  /** As it came, byte for byte. */
  readonly body: Buffer;
  /** `X-Slack-Signature`; undefined where it is missing. */
  readonly signature: string | undefined;
  /** `X-Slack-Request-Timestamp`: seconds since 1970. */
  readonly timestamp: string | undefined;
}

/** Whether a request has a signature that could hold now. What has none needs no secret to be refused. */
export function couldBeFromSlack({ signature, timestamp }: SignedRequest, now: Instant): boolean {
  if (signature === undefined || timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  return Math.abs(now - Number(timestamp) * 1_000) <= GOOD_FOR;
}

/**
 * The request in a function URL's event (docs/slack.md). Read by hand: this is what stands before everything else of the function, and loads
 * nothing. A gateway may say `isBase64` or `isBase64Encoded`. What is no request at all has no signature either.
 */
export function requestOf(event: unknown): SignedRequest {
  const { body, headers, isBase64, isBase64Encoded } = fieldsOf(event);
  const encoding = isBase64Encoded === true || isBase64 === true ? "base64" : "utf8";
  const named = (name: string) => Object.entries(fieldsOf(headers)).find(([key]) => key.toLowerCase() === name)?.[1];
  return {
    body: Buffer.from(typeof body === "string" ? body : "", encoding),
    signature: one(named("x-slack-signature")),
    timestamp: one(named("x-slack-request-timestamp")),
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function one(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" ? first : undefined;
}
