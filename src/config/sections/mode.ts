import * as z from "zod";
import type { Section } from "../section.ts";

/** `version` and `mode`: the two keys at the top of the file. */

export const example = `version: 1

# audit:   reads, keeps the ledger and the trail, alerts
# flag:    marks leaked EIPs and starts their notice besides
# enforce: releases besides; needs EIP_GUARD_ALLOW_RELEASE=yes in the environment, and alerts.slack
mode: audit
`;

export const version = {
  schema: () =>
    z
      .literal(1, { error: "is no version of this file that is known here; write 1" })
      .default(1)
      .describe("The version of this file's format."),
} satisfies Section;

export const mode = {
  schema: () =>
    z
      .enum(["audit", "flag", "enforce"], { error: "must be audit, flag or enforce" })
      .default("audit")
      .describe(
        "`audit`: reads, keeps the ledger and the trail, alerts. `flag`: marks EIPs and starts their notice besides. `enforce`: releases besides, with EIP_GUARD_ALLOW_RELEASE=yes in the environment and an alert channel.",
      ),
} satisfies Section;
