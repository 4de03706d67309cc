import type { Place } from "./place.ts";
import type { Match, PolicyRule } from "./policy.ts";

/** What a policy rule may match; null where the EIP has no such thing. */
export interface Subject extends Place {
  readonly verdict: string;
  readonly reason: string;
  readonly cluster: string | null;
  readonly namespace: string | null;
  readonly workload: string | null;
  /** Nobody saw who owned the Pod: `workload` comes from the Pod's name alone, or is not known. */
  readonly workloadGuessed?: boolean;
  readonly pod: string | null;
  /** The name of its owner; null where nothing that could be read names one. */
  readonly owner: string | null;
  readonly id: string;
  readonly ip: string;
  /** Null where the tags could not be read: then no `tag` matches. */
  readonly tags: Readonly<Record<string, string>> | null;
}

const FIELDS = [
  "verdict",
  "reason",
  "account",
  "region",
  "cluster",
  "namespace",
  "workload",
  "pod",
  "owner",
  "id",
  "ip",
] as const;

/** Whether every key of the match is met by one of its globs. A glob never matches what is not there. */
export function matches(match: Match, subject: Subject): boolean {
  for (const field of FIELDS) {
    const globs = match[field];
    if (globs === undefined) continue;
    const value = subject[field];
    if (value === null || !globs.some((glob) => globMatches(glob, value))) return false;
  }
  return match.tag === undefined || tagMatches(match.tag, subject.tags);
}

/**
 * What a match says of an EIP. `maybe`: a key of it can't be answered (the EIP's Pod, cluster, owner or tags are not known, its workload is
 * only guessed), and no other key says no.
 */
export function answerTo(match: Match, subject: Subject): "yes" | "no" | "maybe" {
  let open = false;
  for (const field of FIELDS) {
    const globs = match[field];
    if (globs === undefined) continue;
    const value = subject[field];
    const met = value !== null && value !== "" && globs.some((glob) => globMatches(glob, value));
    if (met) continue;
    const unanswered = value === null || value === "" || (field === "workload" && subject.workloadGuessed === true);
    if (!unanswered) return "no";
    open = true;
  }
  if (match.tag !== undefined && !tagMatches(match.tag, subject.tags)) {
    if (subject.tags !== null) return "no";
    open = true;
  }
  return open ? "maybe" : "yes";
}

/** Rules before the one that decides whose match can't be answered: were more known, each might be the one. */
export function possibleRules(rules: readonly PolicyRule[], subject: Subject): readonly PolicyRule[] {
  const decided = rules.findIndex((rule) => matches(rule.match, subject));
  const before = decided === -1 ? rules : rules.slice(0, decided);
  return before.filter((rule) => answerTo(rule.match, subject) === "maybe");
}

/** The rule that decides: the first that matches. */
export function firstRule(rules: readonly PolicyRule[], subject: Subject): PolicyRule | null {
  return rules.find((rule) => matches(rule.match, subject)) ?? null;
}

/**
 * Whether a rule may release unmanaged EIPs (contract.md, Which verdicts can carry an action): it says literally
 * `verdict: unmanaged` and nothing else, and names `id`, `ip` or `tag` besides. `*` names nothing.
 */
export function namesUnmanagedLiterally(match: Match): boolean {
  const { verdict, id, ip, tag } = match;
  if (verdict === undefined || verdict.length === 0 || verdict.some((glob) => glob !== "unmanaged")) return false;
  return [id, ip, tag].some((names) => names !== undefined && names.length > 0 && names.every((name) => /[^*?=]/.test(name)));
}

function tagMatches(globs: readonly string[], tags: Subject["tags"]): boolean {
  if (tags === null) return false;
  return globs.some((glob) => {
    const separator = glob.indexOf("=");
    const key = separator === -1 ? glob : glob.slice(0, separator);
    const value = separator === -1 ? null : glob.slice(separator + 1);
    return Object.entries(tags).some(
      ([tag, content]) => globMatches(key, tag) && (value === null || globMatches(value, content)),
    );
  });
}

/** `*` any characters, `?` one; anchored, case-sensitive. Backtracks to the latest star only, so that no glob takes exponential time. */
export function globMatches(glob: string, text: string): boolean {
  let at = 0;
  let inGlob = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    if (glob[inGlob] === "*") {
      star = inGlob;
      starAt = at;
      inGlob += 1;
    } else if (glob[inGlob] === "?" || glob[inGlob] === text[at]) {
      inGlob += 1;
      at += 1;
    } else if (star !== -1) {
      starAt += 1;
      at = starAt;
      inGlob = star + 1;
    } else {
      return false;
    }
  }
  while (glob[inGlob] === "*") inGlob += 1;
  return inGlob === glob.length;
}

/** Whoever wrote a keep tag in another case meant to keep. */
export function isSameTagKey(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
