import type { ScanResult } from "../core/terms/result.ts";
import type { Catalogue } from "../language/catalogue.ts";
import { dearestFirst } from "./groups.ts";
import { isWaitedFor, isWithoutLedger } from "./words.ts";

export interface NextStep {
  readonly command: string;
  readonly does: string;
}

/** What this person can do next, most urgent first. */
export function nextSteps(result: ScanResult, { report: { nextSteps: texts } }: Catalogue): readonly NextStep[] {
  const { eips, gaps, guard } = result;
  const found: NextStep[] = [];
  if (gaps.length > 0) found.push({ command: "eip-guard check", does: texts.check });
  if (guard.stopped) found.push({ command: texts.stopCommand, does: texts.stop });
  const counts = !isWithoutLedger(result);
  const leaks = eips.filter(({ verdict }) => verdict === "leaked").sort(dearestFirst);
  const [worst = eips.find(({ verdict }) => verdict === "unmanaged")] = leaks;
  if (worst !== undefined)
    found.push({
      command: `eip-guard explain ${worst.id}`,
      does: texts.explain(counts ? `eip-guard keep ${worst.id}` : null),
    });
  if (!counts)
    found.push({
      command: "eip-guard run",
      does: texts.run,
    });
  if (isVague(result))
    found.push({
      command: "evidence: { cloudaudit: true }",
      does: texts.cloudaudit,
    });
  return [...found, ...raising(result, counts, texts)].slice(0, MOST_STEPS);
}

/** More is no advice. */
const MOST_STEPS = 5;

/** No evidence is asked, and the ends of some idle time are far apart. */
function isVague({ eips, guard }: ScanResult): boolean {
  if (guard.evidence.cloudaudit) return false;
  return eips.some(
    ({ idle }) => idle !== null && (idle.atMostSeconds === null || idle.atMostSeconds - idle.atLeastSeconds > 86_400),
  );
}

/** The next mode, an approval, or the plan: what lets the leaks go on their way. */
function raising(
  { eips, guard, run }: ScanResult,
  counts: boolean,
  texts: Catalogue["report"]["nextSteps"],
): readonly NextStep[] {
  const going = eips.filter(({ verdict, flagAt }) => verdict === "leaked" && flagAt !== null);
  if (!counts || going.length === 0) return [];
  if (run.mode === "audit" && guard.channel === null)
    return [
      {
        command: 'alerts: { slack: { channel: "#…" } }',
        does: texts.channel,
      },
    ];
  if (run.mode === "audit") return [{ command: "mode: flag", does: texts.flag }];
  const waiting = going.find(({ approval }) => isWaitedFor(approval, run.finishedAt));
  const approve = waiting === undefined ? [] : [{ command: `eip-guard approve ${waiting.id}`, does: texts.approve }];
  if (run.mode === "flag")
    return [
      ...approve,
      {
        command: "mode: enforce",
        does: texts.enforce,
      },
    ];
  if (run.dryRun && eips.some(({ action }) => action !== "none"))
    return [...approve, { command: "eip-guard plan --out plan.json", does: texts.plan }];
  return approve;
}
