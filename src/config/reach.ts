import { globMatches } from "../core/terms/match.ts";
import { REASONS, VERDICTS } from "../core/terms/verdict.ts";
import type { MatchInFile } from "./match.ts";

/** Which rules of the policy can never decide anything, because an earlier rule takes all that they match. */

interface Rule {
  readonly match: MatchInFile;
}

/** Why a rule never decides. */
export type Unreachable<R extends Rule> =
  /** These rules before it take all that it matches. */
  | { readonly by: readonly R[] }
  /** Its keys rule each other out. */
  | { readonly contradiction: string };

/** Null for a rule that can decide. `before` are the rules before it, in their order. */
export function unreachable<R extends Rule>(rule: R, before: readonly R[]): Unreachable<R> | null {
  const verdicts = verdictsOf(rule);
  if (verdicts.length === 0) {
    const reasons = listOf(rule.match.reason).join(", ");
    return { contradiction: `its reason (${reasons}) never comes with its verdict (${listOf(rule.match.verdict).join(", ")})` };
  }
  const takers = verdicts.map((verdict) => before.find((earlier) => takes(earlier, rule, verdict)));
  const by = takers.filter((taker) => taker !== undefined);
  return by.length === verdicts.length ? { by: [...new Set(by)] } : null;
}

/** The verdicts with which a rule can match. */
function verdictsOf({ match }: Rule): readonly string[] {
  const wanted = VERDICTS.filter((verdict) => match.verdict === undefined || some(match.verdict, verdict));
  if (match.reason === undefined) return wanted;
  const reasons = Object.entries(REASONS).filter(([reason]) => match.reason !== undefined && some(match.reason, reason));
  return wanted.filter((verdict) => reasons.some(([, of]) => of.verdict === verdict));
}

function takes(earlier: Rule, later: Rule, verdict: string): boolean {
  return Object.entries(earlier.match).every(([key, globs]) => {
    if (globs === undefined) return true;
    if (key === "verdict") return some(globs, verdict);
    const theirs = Reflect.get(later.match, key) as MatchInFile["pod"];
    return theirs !== undefined && listOf(theirs).every((their) => listOf(globs).some((glob) => covers(glob, their, key)));
  });
}

/** Whether whatever one glob matches is matched by another. Where that is hard to tell, no. */
function covers(glob: string, other: string, key: string): boolean {
  if (glob === other || glob === "*") return true;
  if (key === "tag") return glob === other.split("=")[0];
  // A `?` could stand for a star of the other: only stars may take what is a star there.
  return /[*?]/.test(other) ? !glob.includes("?") && globMatches(glob, other) : globMatches(glob, other);
}

function some(globs: string | readonly string[], value: string): boolean {
  return listOf(globs).some((glob) => globMatches(glob, value));
}

function listOf(globs: string | readonly string[] | undefined): readonly string[] {
  return globs === undefined ? [] : [globs].flat();
}
