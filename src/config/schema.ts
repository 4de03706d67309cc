import * as z from "zod";
import { REASONS, VERDICTS } from "../core/terms/verdict.ts";
import { DURATION_OR_NEVER_PATTERN, DURATION_PATTERN, parseDuration } from "./duration.ts";
import { nearest } from "./nearest.ts";
import { REGION_PATTERN, REGIONS } from "./regions.ts";

/**
 * The shape of `eip-guard.yaml`, with the contract's defaults and floors. It checks and changes nothing: durations stay
 * text here, and {@link file://./build.ts} makes the program's own types of them. What concerns several keys at once is in
 * {@link file://./coherence.ts}. Messages complete a sentence that begins with the key and its value.
 */

/** The rules that hold when `policy.rules` is left out (contract.md, Configuration). */
export const BUILT_IN_RULES = [
  { name: "leaked pod addresses", match: { verdict: "leaked" }, flagAfter: "0s", releaseAfter: "7d" },
  { name: "addresses nobody manages", match: { verdict: "unmanaged" }, flagAfter: "7d", releaseAfter: "never" },
  { name: "retained for long", match: { verdict: "retained" }, flagAfter: "30d", releaseAfter: "never" },
];

/** `qcs::cvm:…` is the other spelling; which one holds is disputed (domain.md §7), so it is configurable. */
export const DEFAULT_MARK_RESOURCE = "qcs::vpc:{region}:uin/{uin}:eip/{id}";

export interface SchemaOptions {
  /** Leaves the floors out: only for tests against a simulator on loopback (contract.md, Floors). */
  readonly shortDelays: boolean;
}

function text(what: string) {
  return z.string({ error: `must be ${what}` }).min(1, { error: `must not be empty: it is ${what}` });
}

function flag() {
  return z.boolean({ error: "must be true or false" });
}

function duration(floor: string | null) {
  const checked = z
    .string({ error: "is no duration; write one such as 90s, 15m, 24h or 7d" })
    .regex(DURATION_PATTERN, { error: "is no duration; write one such as 90s, 15m, 24h or 7d" });
  return floor === null ? checked : checked.refine((value) => !isShorter(value, floor), { error: belowFloor(floor) });
}

function durationOrNever(floor: string | null) {
  const checked = z
    .string({ error: "is no duration; write one such as 90s, 15m, 24h or 7d, or never" })
    .regex(DURATION_OR_NEVER_PATTERN, { error: "is no duration; write one such as 90s, 15m, 24h or 7d, or never" });
  return floor === null ? checked : checked.refine((value) => !isShorter(value, floor), { error: belowFloor(floor) });
}

function belowFloor(floor: string): string {
  return `is below the floor of ${floor}; write ${floor} or more`;
}

function isShorter(value: string, floor: string): boolean {
  const [given, least] = [parseDuration(value), parseDuration(floor)];
  return given !== undefined && least !== undefined && given < least;
}

/** Regions open all the time: one that is not in the list is only remarked upon (coherence.ts). */
function region() {
  return text("a region such as ap-guangzhou").regex(REGION_PATTERN, {
    error: ({ input }) => `is no region of Tencent Cloud${didYouMean(String(input), Object.keys(REGIONS))}`,
  });
}

function clusterId() {
  return z
    .string({ error: "must be a cluster id such as cls-12345678" })
    .regex(/^cls-[a-z0-9]+$/, { error: "is no cluster id; write one such as cls-12345678" });
}

function address(what: string) {
  return z.string({ error: `must be ${what}` }).refine(isHttpUrl, { error: `is no address; write ${what}` });
}

function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
}

/** One glob or a list of globs; a literal one must be among `known`, where that is given. */
function globs(what: string, known?: { readonly noun: string; readonly names: readonly string[] }) {
  const glob = text(`a glob: ${what}`).refine((value) => known === undefined || isGlob(value) || known.names.includes(value), {
    error: ({ input }) => `is no ${known?.noun}${didYouMean(String(input), known?.names ?? [])}`,
  });
  const either = z.union([glob, z.array(glob).min(1, { error: "must not be an empty list: it would match nothing" })], {
    error: `must be a glob or a list of globs: ${what}`,
  });
  return either.describe(`${what.charAt(0).toUpperCase()}${what.slice(1)}.`);
}

/** Whether a match pattern stands for more than itself. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

function didYouMean(word: string, names: readonly string[]): string {
  const near = nearest(word, names);
  return near === undefined ? `; known: ${names.join(", ")}` : `; did you mean ${near}?`;
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function timeOfDay() {
  return z
    .string({ error: 'is no time of day; write one such as "09:00", in quotes' })
    .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'is no time of day; write one such as "09:00"' });
}

function distinct<T>(values: readonly T[]): boolean {
  return new Set(values).size === values.length;
}

const MATCH_KEYS = {
  verdict: globs(`the verdict (${VERDICTS.join(", ")})`, { noun: "verdict", names: VERDICTS }),
  reason: globs("the reason, as `explain --reasons` lists them", { noun: "reason", names: Object.keys(REASONS) }),
  account: globs("the account's name"),
  region: globs("the region"),
  cluster: globs("the cluster's id"),
  namespace: globs("the Pod's namespace"),
  workload: globs("the name of the Pod's workload"),
  pod: globs("the Pod's name"),
  id: globs("the EIP's id"),
  ip: globs("the EIP's address"),
  tag: globs("a tag of the EIP, as `key` or `key=value`"),
};

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** The zod schema of the configuration file. */
export function configurationSchema({ shortDelays }: SchemaOptions) {
  const floor = (value: string): string | null => (shortDelays ? null : value);

  const rule = z.strictObject(
    {
      name: text("the rule's name, as reports show it").describe("How reports name the rule; each rule has a name of its own."),
      match: z
        .strictObject(MATCH_KEYS, { error: "must be a mapping of what to match; {} matches everything" })
        .partial()
        .describe(
          "What the rule is for. Every key that is given must match; `{}` matches every EIP. Each is a glob or a list of globs.",
        ),
      flagAfter: durationOrNever(null)
        .optional()
        .describe(
          "How long an EIP must have been idle (by the acting clock, on top of threshold and grace) before it is flagged, or `never`. Left out: the same as `releaseAfter`.",
        ),
      releaseAfter: durationOrNever(floor("24h"))
        .default("never")
        .describe(
          "How long an EIP must have been idle (by the acting clock, on top of threshold and grace) before it may be released, or `never`. At least 24h. Only `leaked` EIPs are ever released, and `unmanaged` ones where `match` says `verdict: unmanaged` and names `id`, `ip` or `tag` besides.",
        ),
    },
    { error: "must be a rule: name, match, flagAfter, releaseAfter" },
  );

  const policy = z.strictObject(
    {
      grace: duration(floor("10m"))
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
      newborn: duration(floor("1m")).default("10m").describe("Younger EIPs are transient and left alone. At least 1m."),
      keepTags: z
        .array(text("a tag key"), { error: "must be a list of tag keys" })
        .default(["eip-guard:keep"])
        .describe("Keys of tags that protect an EIP, in any case. A value that is a date protects it until then."),
      rules: z
        .array(rule, { error: "must be a list of rules" })
        .default(BUILT_IN_RULES)
        .describe(
          "The first rule that matches an EIP decides. Left out: leaked (flag at once, release after 7d), unmanaged (flag after 7d), retained (flag after 30d).",
        ),
    },
    { error: "must be a mapping" },
  );

  const release = z.strictObject(
    {
      notice: duration(floor("1h")).default("24h").describe("Time between the delivered notice and the release. At least 1h."),
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
      window: z
        .strictObject(
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
            timezone: text("a time zone such as Asia/Shanghai")
              .refine(isTimezone, { error: "is no IANA time zone; write one such as Asia/Shanghai" })
              .default("Asia/Shanghai")
              .describe("IANA name of the time zone."),
          },
          { error: "must be a mapping: days, from, to, timezone" },
        )
        .optional()
        .describe("Working hours in which releases may happen. Left out: at any time."),
      mark: z
        .strictObject(
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
        )
        .optional()
        .describe("Tags flagged EIPs, for people in the console. Left out: EIPs are not tagged."),
    },
    { error: "must be a mapping" },
  );

  const regions = () =>
    z
      .array(region(), { error: "must be a list of regions such as [ap-guangzhou]" })
      .min(1, { error: "must name at least one region" })
      .refine(distinct, { error: "names a region twice" });

  const tencent = z.strictObject(
    {
      regions: regions().optional().describe("Regions whose EIPs and clusters are read; accounts may have their own."),
      accounts: z
        .array(
          z.strictObject(
            {
              name: text("the account's name").describe("How reports name the account; each has a name of its own."),
              roleArn: z
                .string({ error: "must be a role such as qcs::cam::uin/100000000001:roleName/eip-guard" })
                .regex(/^qcs::cam::uin\/\d+:(roleName|role)\/\S+$/, {
                  error: "is no role; write one such as qcs::cam::uin/100000000001:roleName/eip-guard",
                })
                .optional()
                .describe("Role to assume (sts AssumeRole). Left out: the credentials' own account."),
              regions: regions().optional().describe("This account's regions. Left out: `tencent.regions`."),
            },
            { error: "must be an account: name, roleArn, regions" },
          ),
          { error: "must be a list of accounts" },
        )
        .min(1, { error: "must not be an empty list; leave it out for the credentials' own account" })
        .optional()
        .describe("Accounts to read. Left out: the credentials' own account, named `default`."),
      endpoint: address("an address such as http://127.0.0.1:9000")
        .refine((value) => !URL.canParse(value) || /^\/?$/.test(new URL(value).pathname + new URL(value).search), {
          error: "must end after the host and port: the API's products have no path",
        })
        .optional()
        .describe("One address for every product: a private link, a proxy or a simulator. Left out: the public ones."),
    },
    { error: "must be a mapping: regions, accounts, endpoint" },
  );

  const clusters = z.strictObject(
    {
      discover: flag()
        .default(true)
        .describe(
          "Lists the clusters of every account and region; without it no cluster can be known to be deleted, and nothing is released.",
        ),
      credentials: z
        .enum(["files", "describe"], { error: "must be files or describe" })
        .default("files")
        .describe(
          "How clusters are reached: `files`, by `kubeconfigs` below; `describe`, by DescribeClusterKubeconfig, which creates a client certificate (valid for 20 years) at a sub-account's first call.",
        ),
      kubeconfigs: z
        .array(
          z.strictObject(
            {
              id: clusterId().describe("The cluster's id."),
              path: text("the path of a kubeconfig file").describe(
                "The kubeconfig file, relative to this file's folder; or `in-cluster`: the service account of the Pod that the guard runs in.",
              ),
              context: text("a context's name").optional().describe("Left out: the file's current context."),
              account: text("an account's name").optional().describe("Left out: the only account."),
              region: region().optional().describe("Left out: the only region of the account."),
            },
            { error: "must be a cluster: id, path, context, account, region" },
          ),
          { error: "must be a list of clusters" },
        )
        .default([])
        .describe("Kubeconfig files of the clusters."),
      ignore: z
        .array(clusterId(), { error: "must be a list of cluster ids" })
        .default([])
        .describe("Clusters whose being unreadable withholds nothing from the other EIPs of their account and region."),
      deleted: z
        .array(clusterId(), { error: "must be a list of cluster ids" })
        .default([])
        .describe("Clusters that a person knows to be gone."),
    },
    { error: "must be a mapping" },
  );

  const state = z.strictObject(
    {
      dir: text("the path of a folder")
        .optional()
        .describe(
          "A folder, relative to this file's. In SCF only on a mounted file system (/mnt/…). Left out, and no `cos`: `.eip-guard`.",
        ),
      cos: z
        .strictObject(
          {
            bucket: z
              .string({ error: "must be a bucket such as name-1250000000" })
              .regex(/^[a-z0-9][a-z0-9-]*-\d{5,}$/, { error: "is no bucket; write its whole name, such as name-1250000000" })
              .describe("The bucket's whole name. Its versioning must never have been on."),
            region: region().describe("The bucket's region."),
            prefix: z
              .string({ error: "must be the beginning of object names" })
              .regex(/^[^/].*$|^$/, { error: "must not begin with a slash" })
              .default("eip-guard/")
              .describe("What the names of all objects begin with."),
            endpoint: address("an address such as http://127.0.0.1:9002")
              .optional()
              .describe("Another address of COS. Left out: the public one."),
          },
          { error: "must be a mapping: bucket, region, prefix, endpoint" },
        )
        .optional()
        .describe("Tencent Cloud Object Storage, where the scheduled function keeps its state."),
    },
    { error: "must be a mapping: either dir or cos" },
  );

  return z.strictObject(
    {
      version: z
        .literal(1, { error: "is no version of this file that is known here; write 1" })
        .default(1)
        .describe("The version of this file's format."),
      mode: z
        .enum(["audit", "flag", "enforce"], { error: "must be audit, flag or enforce" })
        .default("audit")
        .describe(
          "`audit`: reads, keeps the ledger and the trail, alerts. `flag`: marks EIPs and starts their notice besides. `enforce`: releases besides, with EIP_GUARD_ALLOW_RELEASE=yes in the environment and an alert channel.",
        ),
      tencent: tencent.describe("Which accounts and regions of Tencent Cloud are read."),
      clusters: clusters.prefault({}).describe("Which clusters are read, and how."),
      policy: policy.prefault({}).describe("When an EIP is flagged and released."),
      release: release.prefault({}).describe("How an EIP is released."),
      evidence: z
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
      alerts: z
        .strictObject(
          {
            slack: z
              .strictObject(
                {
                  channel: text("a channel such as #eip-guard").describe(
                    "The channel's name or id. The token comes from SLACK_BOT_TOKEN.",
                  ),
                  apiUrl: address("an address such as http://127.0.0.1:9001/api/")
                    .optional()
                    .describe("Another address of the Slack API, only for tests and proxies."),
                },
                { error: "must be a mapping: channel, apiUrl" },
              )
              .optional()
              .describe("Slack, where notices and digests go."),
          },
          { error: "must be a mapping: slack" },
        )
        .prefault({})
        .describe("Who is told. Mode `enforce` needs a channel: no release without a delivered notice."),
      state: state.prefault({}).describe("Where the ledger and the audit trail are kept: a folder or COS."),
      prices: z
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
    },
    { error: "must be a mapping" },
  );
}

/** The file's content after the schema has checked it and filled in the defaults. */
export type ConfigurationFile = z.output<ReturnType<typeof configurationSchema>>;
