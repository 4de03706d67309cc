import type { Verdict } from "../core/terms/verdict.ts";
import { FIGURES, type Figures } from "./figures.ts";
import type { Language, Told } from "./language.ts";
import { REPORT_EN, type ReportTexts } from "./report-en.ts";
import { REPORT_ZH } from "./report-zh.ts";
import { bareReason, reasonSentence, VERDICT_WORDS } from "./verdicts.ts";

/**
 * Everything that reports and alerts say, in one language. A topic is a table of texts in a file of its own here, a {@link Told}, so
 * that a text that lacks a language does not compile.
 */
export interface Catalogue {
  readonly language: Language;
  readonly figures: Figures;
  readonly verdict: (verdict: Verdict) => string;
  /** `leaked because its workload is gone …`; a code that is none of ours stays as it is. */
  readonly reason: (reason: string) => string;
  /** The same without its verdict. */
  readonly bareReason: (reason: string) => string;
  readonly report: ReportTexts;
}

const REPORT: Told<ReportTexts> = { en: REPORT_EN, zh: REPORT_ZH };

export function catalogue(language: Language): Catalogue {
  return {
    language,
    figures: FIGURES[language],
    verdict: (verdict) => VERDICT_WORDS[language][verdict],
    reason: (reason) => reasonSentence(reason, language),
    bareReason: (reason) => bareReason(reason, language),
    report: REPORT[language],
  };
}
