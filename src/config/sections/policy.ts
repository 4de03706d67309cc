import * as z from "zod";
import type { Policy } from "../../core/terms/policy.ts";
import { DAY, type Duration, humanDuration, MINUTE, milliseconds } from "../../core/terms/time.ts";
import { parseDuration } from "../duration.ts";
import { duration, durationOf, text } from "../fields.ts";
import type { Problem } from "../problem.ts";
import type { SchemaOptions, Section } from "../section.ts";
import { buildRule, ruleProblems, ruleRemarks, rulesSchema } from "./rules.ts";

/** `policy`: when an EIP is flagged and released. Its rules are in {@link file://./rules.ts}. */

export const example = `policy:
  grace: 1h                          # on top of the recycle threshold; at least 10m
  minSightings: 2                    # separate complete readings that must have found an EIP idle
  maxGap: 2h                         # a longer time between two readings restarts the acting clock
  newborn: 10m                       # younger EIPs are left alone; at least 1m
  keepTags: ["eip-guard:keep"]       # tags that protect an EIP; a value that is a date means: until then
  rules:                             # the first that matches decides
    - name: leaked pod addresses
      match: { verdict: leaked }
      flagAfter: 0s
      releaseAfter: 7d               # at least 24h
    - name: addresses nobody manages
      match: { verdict: unmanaged }
      flagAfter: 7d
      releaseAfter: never
    - name: retained for long
      match: { verdict: retained }
      flagAfter: 30d
      releaseAfter: never
`;

function schema({ shortDelays }: SchemaOptions) {
  return z
    .strictObject(
      {
        grace: duration(shortDelays ? null : "10m")
          .default("1h")
          .describe("Time on top of the recycle threshold, in which ipamd may still do its work. At least 10m."),
        minSightings: z
          .int({ error: "must be a whole number of readings" })
          .min(1, { error: "must be at least 1" })
          .default(2)
          .describe("How many separate complete readings must have found an EIP idle before anything is done to it."),
        maxGap: duration(null)
          .refine((value) => parseDuration(value) !== 0, {
            error: "must be longer than 0s: every reading would restart the clock",
          })
          .default("2h")
          .describe("A longer time between two readings restarts the acting clock: what nobody saw is not known."),
        newborn: duration(shortDelays ? null : "1m")
          .default("10m")
          .describe("Younger EIPs are transient and left alone. At least 1m."),
        keepTags: z
          .array(text("a tag key"), { error: "must be a list of tag keys" })
          .default(["eip-guard:keep"])
          .describe("Keys of tags that protect an EIP, in any case. A value that is a date protects it until then."),
        rules: rulesSchema({ shortDelays }),
      },
      { error: "must be a mapping" },
    )
    .prefault({})
    .describe("When an EIP is flagged and released.");
}

export type PolicyInFile = z.output<ReturnType<typeof schema>>;

export const policy = {
  schema,
  problems({ rules }: PolicyInFile): readonly Problem[] {
    return ruleProblems(rules);
  },
  remarks(own: PolicyInFile): readonly string[] {
    return [...ruleRemarks(own.rules), ...clockRemarks(own)];
  },
} satisfies Section;

/** A reading each ten minutes is what every way to run it has as its default. */
const USUAL_PERIOD = 10 * MINUTE;
/** From here on the sightings take longer than anybody means. */
const LONG: Duration = milliseconds(7 * DAY);

function clockRemarks({ maxGap, minSightings }: PolicyInFile): string[] {
  const notes: string[] = [];
  const gap = parseDuration(maxGap);
  if (gap !== undefined && gap <= USUAL_PERIOD)
    notes.push(
      `policy.maxGap is ${maxGap}: with a run every 10 minutes each gap restarts every clock; set it to 15m or more, or run more often`,
    );
  if (gap !== undefined && gap > DAY)
    notes.push(
      `policy.maxGap is ${maxGap}: an EIP that is bound between two runs looks idle all the time; set it to 24h or less`,
    );
  const sighted = milliseconds((minSightings - 1) * USUAL_PERIOD);
  if (sighted > LONG)
    notes.push(
      `policy.minSightings is ${minSightings}: with a run every 10 minutes nothing is flagged before ${humanDuration(sighted)}; set it to 2 or a few more`,
    );
  return notes;
}

/** This section's part of the core's policy. */
export function buildPolicy({
  grace,
  minSightings,
  maxGap,
  newborn,
  keepTags,
  rules,
}: PolicyInFile): Pick<Policy, "grace" | "minSightings" | "maxGap" | "newborn" | "keepTags" | "rules"> {
  return {
    grace: durationOf(grace),
    minSightings,
    maxGap: durationOf(maxGap),
    newborn: durationOf(newborn),
    keepTags,
    rules: rules.map(buildRule),
  };
}
