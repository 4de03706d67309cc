import type { ScanResult } from "../core/terms/result.ts";
import type { Catalogue } from "../language/catalogue.ts";
import * as words from "./words.ts";

/** The next dates that will come, each with how many EIPs; a date that nothing will keep is not told. */
export function dueNext(result: ScanResult, { figures, report }: Catalogue): readonly string[] {
  const now = result.run.finishedAt;
  const { due } = report;
  const coming = (name: string, dates: readonly string[]) => {
    const [first] = [...dates].sort();
    if (first === undefined) return [];
    const then = dates.filter((at) => figures.moment(at) === figures.moment(first)).length;
    return [due.notBefore(name, figures.moment(first), then, dates.length - then)];
  };
  const dated = result.eips.map((eip) => ({ eip, will: words.isDated(eip, result) }));
  return [
    ...coming(
      due.flagged,
      dated.flatMap(({ eip, will }) =>
        will.flag && eip.flaggedAt === null && eip.flagAt !== null && eip.flagAt > now ? [eip.flagAt] : [],
      ),
    ),
    ...coming(
      due.released,
      dated.flatMap(({ eip, will }) => (will.release && eip.releaseAt !== null && eip.releaseAt > now ? [eip.releaseAt] : [])),
    ),
  ];
}

/** What is due now, what waits for a person, and the next dates. */
export function dueText(result: ScanResult, say: Catalogue): readonly string[] {
  const { due } = say.report;
  const number = (action: "flag" | "release") => result.eips.filter((eip) => eip.action === action).length;
  const waiting = result.eips.filter(
    ({ approval, releaseAt }) => releaseAt !== null && words.isWaitedFor(approval, result.run.finishedAt),
  );
  const now = [
    ...(number("flag") === 0 ? [] : [due.flagNow(number("flag"))]),
    ...(number("release") === 0 ? [] : [due.releaseNow(number("release"))]),
    ...(waiting.length === 0 ? [] : [due.approval(waiting.length)]),
    ...dueNext(result, say),
  ];
  return now.length === 0 ? [due.nothing] : now;
}
