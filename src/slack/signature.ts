import { createHmac, timingSafeEqual } from "node:crypto";
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

/**
 * Whether Slack sent this request, within five minutes: `v0=` and the HMAC-SHA256 of `v0:timestamp:body`, compared in constant time
 * (Slack's "Verifying requests from Slack").
 */
export function isFromSlack({ body, signature, timestamp }: SignedRequest, secret: string, now: Instant): boolean {
  if (signature === undefined || timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now - Number(timestamp) * 1_000) > GOOD_FOR) return false;
  const expected = Buffer.from(`v0=${createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest("hex")}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
