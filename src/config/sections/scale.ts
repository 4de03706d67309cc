import * as z from "zod";
import type { Section } from "../section.ts";

/** `scale`: whether a run is shared out. This version runs in one process alone. */

const NOT_YET = "is not in this version, which guards the whole fleet in one process; write none (docs/scale.md)";

export const scale = {
  schema: () =>
    z
      .strictObject(
        {
          by: z
            .literal("none", {
              error: ({ input }) => (input === "invocation" || input === "job" ? NOT_YET : "must be none"),
            })
            .default("none")
            .describe("`none`: one process guards the whole fleet. Sharing a run out is not in this version."),
        },
        { error: "must be a mapping: by" },
      )
      .prefault({})
      .describe("How a run is shared out over processes."),
} satisfies Section;
