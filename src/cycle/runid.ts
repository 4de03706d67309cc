import { randomBytes } from "node:crypto";
import { type Instant, iso } from "../core/terms/time.ts";

/** `20261123T090000Z-1f3a`: sorts by time, and is unique enough to tell runs apart. */
export function newRunId(at: Instant): string {
  const stamp = iso(at)
    .replace(/[-:]/g, "")
    .replace(/\.\d+Z$/, "Z");
  return `${stamp}-${randomBytes(3).toString("hex")}`;
}
