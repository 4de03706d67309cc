import { createHash } from "node:crypto";
import * as z from "zod";
import type { Config } from "../config/sections.ts";
import type { Assessment } from "../core/assess.ts";
import type { Planned } from "../core/plan/plan.ts";
import { presentEip } from "../core/present.ts";
import type { EipResult } from "../core/terms/result.ts";
import { after, DAY, type Duration, type Instant, iso, MINUTE, milliseconds, parseInstant } from "../core/terms/time.ts";
import { GuardError, whyOf } from "../errors.ts";

/**
 * A plan that a person reviews: what a run would do now, each item with the facts that it rests on, and a digest over all of it.
 * `apply` takes exactly this file, judges each item again, and does nothing that isn't in it.
 */
const itemSchema = z.strictObject({
  id: z.string(),
  ip: z.string(),
  account: z.string(),
  region: z.string(),
  action: z.enum(["flag", "release"]),
  /** Capped releases are in the plan, so that a person can take them over the cap with --confirm. */
  capped: z.boolean(),
  verdict: z.string(),
  reason: z.string(),
  detail: z.string(),
  pod: z.string().nullable(),
  idleAtLeastSeconds: z.number().nullable(),
  rule: z.string().nullable(),
  costPerMonth: z.string(),
  /** Only a person's approval is missing: `approve --plan` gives it. Left out: no. */
  needsApproval: z.boolean().exactOptional(),
});

const bodySchema = z.strictObject({
  schema: z.literal("eip-guard/plan/v1"),
  createdAt: z.string(),
  expiresAt: z.string(),
  /** Digest of the policy that it was made with. */
  policy: z.string(),
  flags: z.number(),
  releases: z.number(),
  items: z.array(itemSchema),
});

const fileSchema = bodySchema.extend({ digest: z.string() });

export type PlanItem = z.infer<typeof itemSchema>;
export type PlanFile = z.infer<typeof fileSchema>;

/** A plan that is older than this must be made anew. */
export const PLAN_VALID_FOR: Duration = milliseconds(DAY);

/** How far the clock of the machine that made a plan may be ahead of ours. */
const AHEAD: Duration = milliseconds(5 * MINUTE);

/** Makes the plan of an assessment; releases that only a cap or a missing approval withholds are in it. */
export function makePlan({ planned, world }: Assessment, config: Config, policyDigest: string, now: Instant): PlanFile {
  const items = planned.flatMap((item): readonly PlanItem[] => {
    const { awaitsApproval } = item;
    const action = isCapped(item) || awaitsApproval ? "release" : item.action;
    if (action === "none") return [];
    const one = itemOf(presentEip(item, world, config.policy), action, isCapped(item));
    return [awaitsApproval ? { ...one, needsApproval: true } : one];
  });
  const body = {
    schema: "eip-guard/plan/v1" as const,
    createdAt: iso(now),
    expiresAt: iso(after(now, PLAN_VALID_FOR)),
    policy: policyDigest,
    flags: items.filter((item) => item.action === "flag").length,
    releases: items.filter((item) => item.action === "release").length,
    items,
  };
  return { ...body, digest: digestOf(body) };
}

/** Whether nothing but a cap stands between this EIP and its release. */
export function isCapped({ withheld }: Pick<Planned, "withheld">): boolean {
  return withheld?.by === "cap";
}

function itemOf(eip: EipResult, action: "flag" | "release", capped: boolean): PlanItem {
  return {
    id: eip.id,
    ip: eip.ip,
    account: eip.account,
    region: eip.region,
    action,
    capped,
    verdict: eip.verdict,
    reason: eip.reason,
    detail: eip.detail,
    pod: eip.pod === null ? null : `${eip.pod.namespace}/${eip.pod.name}@${eip.pod.cluster}`,
    idleAtLeastSeconds: eip.idle?.atLeastSeconds ?? null,
    rule: eip.rule,
    costPerMonth: "unknown" in eip.cost ? "unknown" : `${(eip.cost.perHour * 730).toFixed(2)} ${eip.cost.currency}`,
  };
}

function digestOf(body: z.infer<typeof bodySchema>): string {
  return createHash("sha256").update(JSON.stringify(body)).digest("hex");
}

/**
 * Reads a plan file back.
 *
 * @throws GuardError when it is no plan, was changed, has expired, or was made with another policy
 */
export function readPlan(text: string, file: string, policyDigest: string, now: Instant): PlanFile {
  const plan = parsePlan(text, file);
  const { digest, ...body } = plan;
  if (digestOf(bodySchema.parse(body)) !== digest) {
    throw new GuardError(
      "PlanChanged",
      "user",
      `the plan ${file} was changed since it was made (its digest does not fit)`,
      "make a new one with eip-guard plan",
    );
  }
  const created = parseInstant(plan.createdAt);
  if (created === undefined || created > after(now, AHEAD)) {
    throw new GuardError(
      "PlanOfTheFuture",
      "user",
      `the plan ${file} was made at ${plan.createdAt}, which lies in the future`,
      "set the clock of the machine that made it, and make a new one with eip-guard plan",
    );
  }
  const expires = parseInstant(plan.expiresAt);
  if (expires === undefined || now >= expires) {
    throw new GuardError(
      "PlanExpired",
      "user",
      `the plan ${file} expired at ${plan.expiresAt}`,
      "make a new one with eip-guard plan",
    );
  }
  if (plan.policy !== policyDigest) {
    throw new GuardError(
      "PlanOfAnotherPolicy",
      "user",
      `the plan ${file} was made with another configuration`,
      "make a new one with eip-guard plan",
    );
  }
  return plan;
}

function parsePlan(text: string, file: string): PlanFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new GuardError(
      "PlanUnreadable",
      "user",
      `${file} is no JSON: ${whyOf(error)}`,
      "give the file that eip-guard plan --out wrote",
    );
  }
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined ? "" : ` (${issue.path.join(".")}: ${issue.message})`;
  throw new GuardError(
    "PlanUnreadable",
    "user",
    `${file} is no plan of eip-guard${where}`,
    "give the file that eip-guard plan --out wrote",
  );
}

/** What the plan names, by AddressId: nothing else is due while it is applied. */
export function namedBy(plan: PlanFile): ReadonlyMap<string, "flag" | "release"> {
  return new Map(plan.items.map((item) => [item.id, item.action]));
}

/**
 * How many releases a person confirmed.
 *
 * @throws GuardError when the number is not the plan's
 */
export function confirmedBy(plan: PlanFile, confirm: number | null): number | null {
  if (confirm === null || confirm === plan.releases) return confirm;
  throw new GuardError(
    "ConfirmMismatch",
    "user",
    `--confirm ${confirm} is not the plan's number of releases, which is ${plan.releases}`,
    "read the plan again and give its number",
  );
}
