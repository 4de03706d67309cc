import * as z from "zod";
import { flag } from "../fields.ts";
import type { Section } from "../section.ts";

/** `evidence`: further sources of how long EIPs are idle. */

export const example = `evidence:                            # narrows how long EIPs are known to be idle; needs further rights
  cloudaudit: false
  billing: false
`;

export const evidence = {
  schema: () =>
    z
      .strictObject(
        {
          cloudaudit: flag()
            .default(false)
            .describe("Asks CloudAudit since when EIPs are unbound (needs cloudaudit:DescribeEvents)."),
          billing: flag().default(false).describe("Asks the bill for idle hours (needs finance:DescribeBillDetail)."),
        },
        { error: "must be a mapping: cloudaudit, billing" },
      )
      .prefault({})
      .describe("More evidence of how long EIPs are idle. It narrows what is shown and never makes anything act sooner."),
} satisfies Section;
