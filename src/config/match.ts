import * as z from "zod";
import type { Match } from "../core/terms/policy.ts";
import { REASONS, VERDICTS } from "../core/terms/verdict.ts";
import { didYouMean, text } from "./fields.ts";

/** `match`, as rules and routes have it: which EIPs they are for. */

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

const MATCH_KEYS = {
  verdict: globs(`the verdict (${VERDICTS.join(", ")})`, { noun: "verdict", names: VERDICTS }),
  reason: globs("the reason, as `explain --reasons` lists them", { noun: "reason", names: Object.keys(REASONS) }),
  account: globs("the account's name"),
  region: globs("the region"),
  cluster: globs("the cluster's id"),
  namespace: globs("the Pod's namespace"),
  workload: globs("the name of the Pod's workload"),
  pod: globs("the Pod's name"),
  owner: globs("the name of its owner, as `owner` finds it"),
  id: globs("the EIP's id"),
  ip: globs("the EIP's address"),
  tag: globs("a tag of the EIP, as `key` or `key=value`"),
};

/** The schema of a `match`. `{}` matches everything. */
export function matchSchema() {
  return z.strictObject(MATCH_KEYS, { error: "must be a mapping of what to match; {} matches everything" }).partial();
}

export type MatchInFile = z.output<ReturnType<typeof matchSchema>>;

/** A match as the core takes it: a list of globs under each key that was given. */
export function matchOf(match: MatchInFile): Match {
  const given = Object.entries(match).filter(([, globs]) => globs !== undefined);
  return Object.fromEntries(given.map(([key, globs]) => [key, [globs].flat()]));
}
