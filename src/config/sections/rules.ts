import * as z from "zod";
import type { PolicyRule } from "../../core/terms/policy.ts";
import type { Verdict } from "../../core/terms/verdict.ts";
import { parseDuration } from "../duration.ts";
import { delayOf, durationOrNever, text } from "../fields.ts";
import { isGlob, matchOf, matchSchema } from "../match.ts";
import type { Problem } from "../problem.ts";
import { type Unreachable, unreachable } from "../reach.ts";
import type { SchemaOptions } from "../section.ts";

/** `policy.rules`: the first rule that matches an EIP decides. */

/** The rules that hold when `policy.rules` is left out (contract.md, Configuration). */
const BUILT_IN_RULES = [
  { name: "leaked pod addresses", match: { verdict: "leaked" }, flagAfter: "0s", releaseAfter: "7d" },
  { name: "addresses nobody manages", match: { verdict: "unmanaged" }, flagAfter: "7d", releaseAfter: "never" },
  { name: "retained for long", match: { verdict: "retained" }, flagAfter: "30d", releaseAfter: "never" },
];

/** The schema of the list of rules. */
export function rulesSchema({ shortDelays }: SchemaOptions) {
  return z
    .array(ruleSchema(shortDelays ? null : "24h"), { error: "must be a list of rules" })
    .default(BUILT_IN_RULES)
    .describe(
      "The first rule that matches an EIP decides. Left out: leaked (flag at once, release after 7d), unmanaged (flag after 7d), retained (flag after 30d).",
    );
}

function ruleSchema(floor: string | null) {
  return z.strictObject(
    {
      name: text("the rule's name, as reports show it").describe("How reports name the rule; each rule has a name of its own."),
      match: matchSchema().describe(
        "What the rule is for. Every key that is given must match; `{}` matches every EIP. Each is a glob or a list of globs.",
      ),
      flagAfter: durationOrNever(null)
        .optional()
        .describe(
          "How long an EIP must have been idle (by the acting clock, on top of threshold and grace) before it is flagged, or `never`. Left out: the same as `releaseAfter`.",
        ),
      releaseAfter: durationOrNever(floor)
        .default("never")
        .describe(
          "How long an EIP must have been idle (by the acting clock, on top of threshold and grace) before it may be released, or `never`. At least 24h. Only `leaked` EIPs are ever released, and `unmanaged` ones where `match` says `verdict: unmanaged` and names `id`, `ip` or `tag` besides.",
        ),
    },
    { error: "must be a rule: name, match, flagAfter, releaseAfter" },
  );
}

export type RuleInFile = z.output<ReturnType<typeof ruleSchema>>;

/** What the rules contradict each other in. */
export function ruleProblems(rules: readonly RuleInFile[]): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [at, rule] of rules.entries()) {
    const path = ["policy", "rules", at];
    const reach = unreachable(rule, rules.slice(0, at));
    if (reach !== null && isWeaker(rule, reach))
      problems.push({
        path,
        message: `rule "${rule.name}" protects nothing: ${whyUnreachable(reach)}, and releases it; move "${rule.name}" before it`,
      });
    if (rules.slice(0, at).some((other) => other.name === rule.name))
      problems.push({ path: [...path, "name"], message: `"${rule.name}" names a second rule; give each a name of its own` });
    if (rule.flagAfter === "never" && rule.releaseAfter !== "never")
      problems.push({
        path: [...path, "releaseAfter"],
        message: `"${rule.releaseAfter}" can't hold while flagAfter is never: nothing is released that was not flagged; change one of them`,
      });
  }
  return problems;
}

/** Whether a rule that never decides was meant to keep what the rules before it release: an address would be lost that somebody protects. */
function isWeaker({ releaseAfter, match }: RuleInFile, reach: Unreachable<RuleInFile>): boolean {
  if (!("by" in reach) || Object.keys(match).length === 0) return false;
  const narrower = Object.keys(match).some((key) => key !== "verdict");
  return narrower && releaseAfter === "never" && reach.by.some((taker) => taker.releaseAfter !== "never");
}

function whyUnreachable(reach: Unreachable<RuleInFile>): string {
  if ("contradiction" in reach) return reach.contradiction;
  const [first] = reach.by;
  if (reach.by.length === 1 && first !== undefined && Object.keys(first.match).length === 0)
    return `"${first.name}" before it matches everything`;
  return `${reach.by.map(({ name }) => `"${name}"`).join(" and ")} before it ${reach.by.length === 1 ? "takes" : "take"} all that it matches`;
}

/** Which verdicts can carry an action at all (contract.md, Which verdicts can carry an action). */
const RELEASABLE: readonly string[] = ["leaked", "unmanaged"] satisfies readonly Verdict[];
const FLAGGABLE: readonly string[] = ["leaked", "unmanaged", "retained"] satisfies readonly Verdict[];

/** Rules that do less than they seem to. */
export function ruleRemarks(rules: readonly RuleInFile[]): readonly string[] {
  if (rules.length === 0) return ["policy.rules is empty: nothing is flagged or released"];
  const idle = rules.flatMap((rule, at) => {
    const reach = unreachable(rule, rules.slice(0, at));
    return reach === null || isWeaker(rule, reach) ? [] : [`rule "${rule.name}" has no effect: ${whyUnreachable(reach)}`];
  });
  return [...idle, ...rules.flatMap(actionRemarks)];
}

function actionRemarks({ name, match, releaseAfter, flagAfter }: RuleInFile): string[] {
  const verdicts = match.verdict === undefined ? undefined : [match.verdict].flat();
  if (verdicts === undefined || verdicts.some(isGlob)) return [];
  const notes: string[] = [];
  if (releaseAfter !== "never" && !verdicts.some((verdict) => RELEASABLE.includes(verdict)))
    notes.push(`rule "${name}" never releases: an EIP that is ${verdicts.join(" or ")} is never released, whatever a rule says`);
  const namesOne = match.id !== undefined || match.ip !== undefined || match.tag !== undefined;
  const literalUnmanaged = verdicts.length === 1 && verdicts[0] === "unmanaged";
  if (releaseAfter !== "never" && verdicts.includes("unmanaged") && !(literalUnmanaged && namesOne))
    notes.push(
      `rule "${name}" releases no unmanaged EIP: for that its match must say exactly "verdict: unmanaged" and name id, ip or tag besides`,
    );
  if (flagAfter !== undefined && flagAfter !== "never" && !verdicts.some((verdict) => FLAGGABLE.includes(verdict)))
    notes.push(`rule "${name}" never flags: an EIP that is ${verdicts.join(" or ")} is never flagged, whatever a rule says`);
  const [flag, release] = [parseDuration(flagAfter ?? ""), parseDuration(releaseAfter)];
  if (flag !== undefined && release !== undefined && flag > release)
    notes.push(
      `rule "${name}" releases later than releaseAfter says: it flags only after ${flagAfter}, and the notice comes after that`,
    );
  return notes;
}

/** A rule as the core takes it. */
export function buildRule({ name, match, flagAfter, releaseAfter }: RuleInFile): PolicyRule {
  return {
    name,
    match: matchOf(match),
    // Left out, the flag falls due with the release: neither sooner than was asked for.
    flagAfter: delayOf(flagAfter ?? releaseAfter),
    releaseAfter: delayOf(releaseAfter),
  };
}
