import * as z from "zod";
import { region } from "../fields.ts";
import type { Section } from "../section.ts";

/** `prices`: what an idle EIP costs, where the built-in table is wrong. */

export const example = `# prices:                            # override the built-in, dated table
#   ap-guangzhou: { currency: CNY, idlePerHour: 0.20 }
`;

export const prices = {
  schema: () =>
    z
      .record(
        region(),
        z.strictObject(
          {
            currency: z
              .string({ error: "must be a currency such as CNY" })
              .regex(/^[A-Z]{3}$/, { error: "is no currency; write three capitals such as CNY" })
              .describe("ISO 4217 code."),
            idlePerHour: z
              .number({ error: "must be a price per hour" })
              .min(0, { error: "must not be negative" })
              .describe("What an idle EIP costs an hour (the IP fee)."),
          },
          { error: "must be a price: currency, idlePerHour" },
        ),
        { error: "must be a mapping of regions to prices" },
      )
      .default({})
      .describe("Prices by region that override the built-in, dated table."),
} satisfies Section;
