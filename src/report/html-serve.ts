import type { EipResult, ScanResult } from "../core/terms/result.ts";
import type { Catalogue } from "../language/catalogue.ts";
import { factsOf } from "./chapters.ts";
import { dueText } from "./due.ts";
import { chapters as explainChapters } from "./explain.ts";
import { framed, POLICY, time } from "./html.ts";
import { legend } from "./html-eips.ts";
import { attribute, list, section, text } from "./html-text.ts";
import type { Outcome } from "./metrics.ts";
import type { ExplainResult, HistoryResult } from "./options.ts";
import { lineOf, nowOf } from "./rows.ts";
import { timelineOf } from "./timeline.ts";
import * as words from "./words.ts";

/** What the guard does now, as the daemon knows it. Instants are ISO 8601. */
export interface Live {
  /** Null before the first run is over. */
  readonly lastRun: {
    readonly endedAt: string;
    readonly seconds: number;
    readonly outcome: Exclude<Outcome, "skipped">;
  } | null;
  /** Since when a run is at work; null while none is. */
  readonly atWorkSince: string | null;
  readonly nextRun: string | null;
}

/** The part of the page that tells what the guard does now. */
export function liveSection({ lastRun, atWorkSince, nextRun }: Live, result: ScanResult | null, say: Catalogue): string {
  const { serve: texts } = say.report;
  const last =
    lastRun === null
      ? texts.noRun
      : `${time(lastRun.endedAt, say)} · ${texts.outcome[lastRun.outcome]} · ${texts.took(Math.round(lastRun.seconds))}`;
  const working = atWorkSince === null ? "" : ` · ${texts.atWork(text(say.figures.moment(atWorkSince)))}`;
  const rows = [
    [texts.lastRun, `${last}${working}`],
    [texts.nextRun, nextRun === null ? texts.never : time(nextRun, say)],
    ...(result === null
      ? []
      : [
          [texts.gaps, say.figures.number(result.gaps.length)],
          [texts.due, dueText(result, say).map(text).join("<br>")],
        ]),
  ].map(([name = "", what = ""]) => `<div><dt>${name}</dt><dd>${what}</dd></div>`);
  const isBad = lastRun !== null && lastRun.outcome !== "complete";
  const older =
    result !== null && lastRun !== null && isBad && lastRun.outcome !== "incomplete"
      ? `<p class="withheld">${texts.older(text(say.figures.moment(result.run.finishedAt)))}</p>`
      : "";
  return section(
    "now",
    texts.now,
    `${older}<dl class="live">${rows.join("")}</dl><p><a href="/api/scan">${texts.json}</a></p>`,
    isBad ? "alarm" : "card",
  );
}

/** The page before there is a report. */
export function noReportPage(live: Live, say: Catalogue): string {
  const { serve: texts } = say.report;
  return plainPage(texts.noReport, `${liveSection(live, null, say)}<p>${texts.noReportWhy}</p>`, say);
}

export function notFoundPage(eip: string | null, say: Catalogue): string {
  const { serve: texts } = say.report;
  const why = eip === null ? "" : `<p>${text(texts.noEip(eip))}</p>`;
  return plainPage(texts.notFound, `${why}<p><a href="/">${texts.back}</a></p>`, say);
}

/** Where the token is entered. Its form may go to this very server, and nowhere else. */
export function signInPage(isWrong: boolean, next: string, say: Catalogue): string {
  const { serve: texts } = say.report;
  const wrong = isWrong ? `<p class="bad" role="alert">${texts.wrong}</p>` : "";
  const form = `<form class="sign-in" method="post" action="/login"><p>${texts.signInWhy}</p>${wrong}<input type="text" name="username" value="eip-guard" autocomplete="username" hidden><label>${texts.token}<input type="password" name="token" autocomplete="current-password" required autofocus></label><input type="hidden" name="next" value="${attribute(next)}"><button type="submit">${texts.signIn}</button></form>`;
  return plainPage(texts.signIn, form, say, SIGN_IN_POLICY);
}

export const SIGN_IN_POLICY = POLICY.replace("form-action 'none'", "form-action 'self'");

function plainPage(title: string, main: string, say: Catalogue, policy = POLICY): string {
  const header = `<h1>eip-guard: ${text(title)}</h1>`;
  return framed({ title: `eip-guard: ${title}`, header, main, footer: "", data: null, policy }, say);
}

/** What is told of one EIP on its page. */
export interface EipPage {
  readonly id: string;
  /** What explain says; why it says nothing; null where the EIP is not there any more. */
  readonly explained: ExplainResult | { readonly why: string } | null;
  /** As the latest run found it; null where it is not there any more. */
  readonly latest: { readonly eip: EipResult; readonly result: ScanResult } | null;
  readonly history: HistoryResult["sentences"] | { readonly why: string };
}

export function eipPage({ id, explained, latest, history }: EipPage, say: Catalogue): string {
  const { serve: texts, explain } = say.report;
  const full = explained !== null && "eip" in explained ? explained : null;
  const eip = full?.eip ?? latest?.eip ?? null;
  const guarding = full ?? latest?.result ?? null;
  const note = noteOf(explained, say);
  const timeline = eip === null || guarding === null ? null : timelineOf(eip, nowOf(guarding), words.isDated(eip, guarding));
  const parts = [
    eip === null
      ? ""
      : `<p><span class="badge v-${eip.verdict}">${say.verdict(eip.verdict)}</span> ${text(words.detailText(eip, say))}</p>`,
    note === "" ? "" : `<p class="soft">${note}</p>`,
    timeline === null ? "" : section("time", texts.timeline, `<div class="scroll" id="timeline"></div>${legend(say)}`),
    ...(full === null ? latestParts(latest, say) : explainChapters(full, true, say)).map(({ title, lines }, index) =>
      section(`part-${index}`, title, list(lines.map(text))),
    ),
    section("history", texts.history, historyList(history, say)),
    `<p><a href="/">${texts.back}</a></p>`,
  ];
  const title = eip === null ? id : explain.is(`${eip.id} (${eip.ip})`, say.verdict(eip.verdict));
  return framed(
    {
      title,
      header: `<h1>${text(title)}</h1>`,
      main: parts.filter((part) => part !== "").join("\n"),
      footer: `<p>${say.report.page.foot}</p>`,
      data:
        timeline === null || guarding === null
          ? null
          : { line: lineOf(timeline), now: nowOf(guarding) / 1_000, say: say.report.page.script },
    },
    say,
  );
}

function noteOf(explained: EipPage["explained"], say: Catalogue): string {
  const { serve: texts } = say.report;
  if (explained === null) return "";
  if ("why" in explained) return text(texts.notExplained(explained.why));
  return text(texts.explained(say.figures.moment(explained.run.finishedAt)));
}

function latestParts(latest: EipPage["latest"], say: Catalogue) {
  if (latest === null) return [];
  const { explain } = say.report;
  return [
    { title: explain.due, lines: words.steps(latest.eip, latest.result, say) },
    { title: explain.facts, lines: factsOf(latest.eip, say) },
  ].filter(({ lines }) => lines.length > 0);
}

function historyList(history: EipPage["history"], say: Catalogue): string {
  const { serve: texts } = say.report;
  if ("why" in history) return `<p class="bad">${text(texts.noHistoryRead(history.why))}</p>`;
  if (history.length === 0) return `<p>${texts.noHistory}</p>`;
  return `<ol class="history">${history.map(({ at, text: said }) => `<li>${time(at, say)} ${text(said)}</li>`).join("")}</ol>`;
}
