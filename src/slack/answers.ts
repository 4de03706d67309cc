import type { KnownBlock } from "@slack/types";
import type { Keep } from "../core/terms/ledger.ts";
import type { Pressed, Standing } from "../core/terms/press.ts";
import type { Instant } from "../core/terms/time.ts";
import { iso } from "../core/terms/time.ts";
import type { Language } from "../language/language.ts";
import { PRESS_WORDS, type PressWords } from "../language/press.ts";
import { bareReason, VERDICT_WORDS } from "../language/verdicts.ts";
import { escapeSlack } from "../report/escape.ts";
import { type Button, buttonsOf, type Press, withoutButtons } from "./press.ts";
import type { Response } from "./response.ts";

/** How a press is answered: the message anew where something was done, else a line for the one who pressed. */
export function answerTo(press: Press, pressed: Pressed, language: Language): Response {
  const words = PRESS_WORDS[language];
  switch (pressed.is) {
    case "kept":
    case "approved":
      return done(press, pressed, language);
    case "told":
      return ephemeral(`${headingOf(pressed.standing)}\n${linesOf(pressed.standing, language).join("\n")}`);
    case "old":
      return ephemeral(`${headingOf(pressed.standing)}\n${linesOf(pressed.standing, language).join("\n")}\n${words.old}`);
    case "refused":
      return ephemeral(`${headingOf(pressed.standing)}\n${words.refused(escapeSlack(pressed.why))}`);
    case "unknown":
      return ephemeral(words.unknown(pressed.eip));
  }
}

/** A line that only the one who pressed sees. */
export function ephemeral(text: string): Response {
  return { response_type: "ephemeral", replace_original: false, text };
}

/** The message with what was done in place of the buttons. An approved EIP can still be kept. */
function done(
  press: Press,
  { is, standing }: Extract<Pressed, { is: "kept" | "approved" | "told" }>,
  language: Language,
): Response {
  const words = PRESS_WORDS[language];
  const said = is === "approved" ? approvalOf(standing, words) : keepOf(standing, words);
  const text = `${headingOf(standing)}: ${said.join("; ")}`;
  if (press.blocks.length === 0) return ephemeral(text);
  const line: KnownBlock = { type: "context", elements: [{ type: "mrkdwn", text: said.join("\n"), verbatim: false }] };
  const left: readonly Button[] = ["keep-7d", "keep", "why"];
  // Slack takes 50 blocks: where there is no room for both, the line alone stays.
  const room = is === "approved" && press.blocks.length < 50;
  const instead = room ? [line, buttonsOf(press, left, words.labels)] : [line];
  return { replace_original: true, text, blocks: withoutButtons(press.blocks, press.eip, instead) };
}

function headingOf({ id, ip, pod }: Standing): string {
  return `*${escapeSlack(id)}* ${escapeSlack(ip)}${pod === null ? "" : ` · ${escapeSlack(pod)}`}`;
}

function linesOf(standing: Standing, language: Language): readonly string[] {
  const words = PRESS_WORDS[language];
  const { goneSince, verdict, idleSince, sightings, flaggedAt, releaseAt, needsApproval, approval } = standing;
  if (goneSince !== null) return [words.gone(moment(goneSince))];
  const lines: string[] = [];
  if (verdict === null) lines.push(words.noVerdict);
  else lines.push(words.verdict(verdictText(verdict, language), moment(verdict.at)));
  if (idleSince !== null) lines.push(words.idle(moment(idleSince), sightings));
  lines.push(flaggedAt === null ? words.notFlagged : words.flagged(moment(flaggedAt)));
  lines.push(releaseAt === null ? words.noRelease : words.releaseAt(moment(releaseAt)));
  if (needsApproval && approval === null) lines.push(words.needsApproval);
  return [...lines, ...keepOf(standing, words), ...approvalOf(standing, words)];
}

function verdictText({ verdict, reason }: NonNullable<Standing["verdict"]>, language: Language): string {
  const names: Readonly<Record<string, string>> = VERDICT_WORDS[language];
  return `*${names[verdict] ?? verdict}*: ${escapeSlack(bareReason(reason, language))}`;
}

function keepOf({ keep }: Standing, words: PressWords): readonly string[] {
  if (keep === null) return [];
  return [keep, ...(keep.besides ?? [])].map((one) => keepText(one, words));
}

function keepText({ by, until }: Keep, words: PressWords): string {
  return until === null ? words.keptForGood(person(by)) : words.keptUntil(person(by), moment(until));
}

function approvalOf({ approval }: Standing, words: PressWords): readonly string[] {
  return approval === null ? [] : [words.approved(person(approval.by), moment(approval.until))];
}

/** A person of Slack is mentioned; who spoke elsewhere stands by name. */
function person(by: string): string {
  const user = /^slack:([UW][A-Z0-9]+)$/.exec(by)?.[1];
  return user === undefined ? escapeSlack(by) : `<@${user}>`;
}

/** `2026-11-26 15:00 UTC`. */
function moment(at: Instant): string {
  return `${iso(at).slice(0, 16).replace("T", " ")} UTC`;
}
