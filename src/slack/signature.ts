import { createHmac, timingSafeEqual } from "node:crypto";
import type { Instant } from "../core/terms/time.ts";
import { couldBeFromSlack, type SignedRequest } from "./signed-request.ts";

/**
 * Whether Slack sent this request, within five minutes: `v0=` and the HMAC-SHA256 of `v0:timestamp:body`, compared in constant time
 * (Slack's "Verifying requests from Slack").
 */
export function isFromSlack(request: SignedRequest, secret: string, now: Instant): boolean {
  const { body, signature, timestamp } = request;
  if (signature === undefined || !couldBeFromSlack(request, now)) return false;
  const expected = Buffer.from(`v0=${createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest("hex")}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
