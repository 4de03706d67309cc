import type { Act, ScanResult } from "../core/terms/result.ts";
import type { Catalogue } from "../language/catalogue.ts";

/** What `run` and `apply` did, one sentence each, the worst first; a dry run did nothing. */
export function done({ acts, run, guard, alertErrors }: ScanResult, { report }: Catalogue): readonly string[] {
  if (run.dryRun || acts === undefined) return [];
  const { done: texts } = report;
  const isThere = (act: Act["act"]) => acts.some((one) => one.act === act);
  const lines: string[] = [];
  if (guard.stopped) lines.push(texts.stop);
  if (!isThere("flagged")) lines.push(run.mode === "audit" ? texts.audit : texts.noFlag);
  if (run.mode !== "audit" && !isThere("released")) lines.push(run.mode === "flag" ? texts.noReleaseInFlag : texts.noRelease);
  const isPosted = guard.digestSentAt !== null && guard.digestSentAt >= run.startedAt;
  if (guard.channel === null) lines.push(texts.nobody);
  else if (isPosted) lines.push(texts.posted(guard.channel));
  else lines.push(alertErrors.length > 0 ? texts.notPosted(guard.channel) : texts.nothingNew(guard.channel));
  return [...lines, texts.written];
}

/** What matters most first. */
export const ACTS: readonly Act["act"][] = ["failed", "released", "withheld", "noticed", "flagged", "unflagged"];

export function sortedActs({ acts = [] }: ScanResult): readonly Act[] {
  return ACTS.flatMap((kind) => acts.filter(({ act }) => act === kind));
}
