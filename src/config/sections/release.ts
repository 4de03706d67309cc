import * as z from "zod";
import { isSameTagKey } from "../../core/terms/match.ts";
import type { Mode, ReleasePolicy } from "../../core/terms/policy.ts";
import { type Duration, humanDuration, MINUTE, milliseconds } from "../../core/terms/time.ts";
import { parseDuration } from "../duration.ts";
import { distinct, duration, durationOf, minutesOf, text, timeOfDay, timezone } from "../fields.ts";
import type { Problem } from "../problem.ts";
import type { Around, SchemaOptions, Section } from "../section.ts";
import type { PolicyInFile } from "./policy.ts";
import type { RuleInFile } from "./rules.ts";

/** `release`: notice, caps, approval, window and mark. */

export const example = `release:
  notice: 24h                        # between the delivered notice and the release; at least 1h
  maxPerRun: 10                      # more than this due at once: none is released, and an alert says so
  maxPercent: 10                     # likewise, in percent of all EIPs that were read, where there are more than 20
  approval: none                     # required: each release needs \`eip-guard approve EIP\` besides
  # window: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", timezone: Asia/Shanghai }
  # mark: { tag: "eip-guard:flagged" }   # tags flagged EIPs, for people in the console
`;

/** `qcs::cvm:…` is the other spelling; which one holds is disputed (domain.md §7), so it is configurable. */
const DEFAULT_MARK_RESOURCE = "qcs::vpc:{region}:uin/{uin}:eip/{id}";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

function schema({ shortDelays }: SchemaOptions) {
  return z
    .strictObject(
      {
        notice: duration(shortDelays ? null : "1h")
          .default("24h")
          .describe("Time between the delivered notice and the release. At least 1h."),
        maxPerRun: z
          .int({ error: "must be a whole number of releases" })
          .min(0, { error: "must not be negative" })
          .default(10)
          .describe("More releases than this due at once: none is done, and an alert says so."),
        maxPercent: z
          .number({ error: "must be a number of percent" })
          .min(0, { error: "must not be negative" })
          .max(100, { error: "must not be more than 100" })
          .default(10)
          .describe("Likewise, in percent of all EIPs that were read, where there are more than 20."),
        approval: z
          .enum(["none", "required"], { error: "must be none or required" })
          .default("none")
          .describe("`required`: each release needs a person's `eip-guard approve` besides."),
        window: window().optional().describe("Working hours in which releases may happen. Left out: at any time."),
        mark: mark().optional().describe("Tags flagged EIPs, for people in the console. Left out: EIPs are not tagged."),
      },
      { error: "must be a mapping" },
    )
    .prefault({})
    .describe("How an EIP is released.");
}

function window() {
  return z.strictObject(
    {
      days: z
        .array(z.enum(DAYS, { error: `is no day; write one of ${DAYS.join(", ")}` }), {
          error: `must be a list of days: ${DAYS.join(", ")}`,
        })
        .min(1, { error: "must name at least one day" })
        .refine(distinct, { error: "names a day twice" })
        .default(["mon", "tue", "wed", "thu", "fri"])
        .describe("Days of the week, in the window's time zone."),
      from: timeOfDay().default("09:00").describe("Start, local time."),
      to: timeOfDay()
        .default("17:00")
        .describe("End, local time, exclusive; earlier than `from`, the window goes past midnight."),
      timezone: timezone().default("Asia/Shanghai").describe("IANA name of the time zone."),
    },
    { error: "must be a mapping: days, from, to, timezone" },
  );
}

function mark() {
  return z.strictObject(
    {
      tag: text("a tag key").describe("Key of the tag that flagged EIPs get."),
      resource: text("a resource description")
        .refine((value) => value.includes("{id}"), { error: `must contain {id}, as in ${DEFAULT_MARK_RESOURCE}` })
        .refine((value) => /^[^{}]*(\{(region|uin|id)\}[^{}]*)*$/.test(value), {
          error: "may only contain the placeholders {region}, {uin} and {id}",
        })
        .default(DEFAULT_MARK_RESOURCE)
        .describe("The resource string under which the EIP is tagged; `qcs::cvm:…` is the other spelling in use."),
    },
    { error: "must be a mapping: tag, resource" },
  );
}

type ReleaseInFile = z.output<ReturnType<typeof schema>>;
type WindowInFile = NonNullable<ReleaseInFile["window"]>;

/** The sections that this one is compared with. */
type Beside = { readonly policy?: PolicyInFile | undefined; readonly mode?: Mode | undefined };

export const release = {
  schema,
  problems(own: ReleaseInFile, { beside: { policy } }: Around<Beside>): readonly Problem[] {
    return [...windowProblems(own.window), ...(policy === undefined ? [] : markProblems(own, policy))];
  },
  remarks(own: ReleaseInFile, { beside: { policy, mode } }: Around<Beside>): readonly string[] {
    if (policy === undefined) return [];
    const { rules, maxGap } = policy;
    const releasing = rules.filter(({ releaseAfter }) => releaseAfter !== "never");
    if (releasing.length > 0)
      return [...capRemarks(own), ...releasing.flatMap((rule) => noticeRemarks(rule, own)), ...windowRemarks(own, maxGap)];
    if (mode !== "enforce" || rules.length === 0) return [];
    return ["mode enforce releases nothing: releaseAfter is never in every rule; set one, or take mode flag"];
  },
} satisfies Section;

function windowProblems(window: WindowInFile | undefined): Problem[] {
  if (window === undefined) return [];
  const { from, to } = window;
  if (from === "24:00" && to === "00:00")
    return [
      {
        path: ["release", "window"],
        message: 'never opens: it begins at the end of a day and ends at its start; write from: "00:00", to: "24:00"',
      },
    ];
  if (from !== to) return [];
  return [
    {
      path: ["release", "window", "to"],
      message: `"${to}" is the time of from too; write "00:00" to "24:00" for whole days, or leave the window out`,
    },
  ];
}

function markProblems({ mark }: ReleaseInFile, { keepTags }: PolicyInFile): Problem[] {
  if (mark === undefined || !keepTags.some((key) => isSameTagKey(key, mark.tag))) return [];
  const message = `"${mark.tag}" is a keep tag too; every flagged EIP would be kept, so choose another`;
  return [{ path: ["release", "mark", "tag"], message }];
}

function capRemarks({ maxPerRun, maxPercent }: ReleaseInFile): string[] {
  const notes: string[] = [];
  if (maxPerRun === 0)
    notes.push("release.maxPerRun is 0: nothing is ever released but with `eip-guard apply --confirm`; set it to 1 or more");
  if (maxPercent === 0)
    notes.push("release.maxPercent is 0: nothing is released where there are more than 20 EIPs; set it to 1 or more");
  return notes;
}

function noticeRemarks({ name, flagAfter, releaseAfter }: RuleInFile, { notice }: ReleaseInFile): string[] {
  const [flag, free, warned] = [parseDuration(flagAfter ?? ""), parseDuration(releaseAfter), parseDuration(notice)];
  if (flag === undefined || free === undefined || warned === undefined || flag > free) return [];
  const earliest = milliseconds(flag + warned);
  if (earliest <= free) return [];
  return [
    `rule "${name}" releases after ${humanDuration(earliest)} and not after ${releaseAfter}: flagAfter (${flagAfter}) and release.notice (${notice}) come first`,
  ];
}

function windowRemarks({ window }: ReleaseInFile, maxGap: string): string[] {
  const gap = parseDuration(maxGap);
  if (window === undefined || gap === undefined) return [];
  const open = openFor(window);
  if (open >= gap) return [];
  return [
    `release.window is open for ${humanDuration(open)} at a time, less than policy.maxGap (${maxGap}): a run must come in that time; run more often than that, or widen it`,
  ];
}

function openFor({ from, to }: WindowInFile): Duration {
  const length = minutesOf(to) - minutesOf(from);
  return milliseconds((length > 0 ? length : length + 24 * 60) * MINUTE);
}

/** This section's part of the core's policy. */
export function buildRelease({ notice, maxPerRun, maxPercent, approval, window, mark }: ReleaseInFile): ReleasePolicy {
  return {
    notice: durationOf(notice),
    maxPerRun,
    maxPercent,
    approval,
    window: window === undefined ? null : { ...window, from: minutesOf(window.from), to: minutesOf(window.to) },
    mark: mark ?? null,
  };
}
