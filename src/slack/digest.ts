import type { DigestAnnouncement } from "../core/terms/announcement.ts";
import type { News } from "../core/terms/news.ts";
import type { EipResult, ScanResult } from "../core/terms/result.ts";
import { VERDICTS } from "../core/terms/verdict.ts";
import * as words from "../report/words.ts";
import { compose, type Entry, type OutgoingMessage } from "./compose.ts";
import { byCost, code, count, groupLines, heading, idleAndCost, moment, monthly, text } from "./text.ts";

/** What the digest says in Slack: what is new, with the worst of it and the command that helps, then how things stand. */

/** So many lines of a list are in a digest; the report has them all. */
const LINES = 5;

export function renderDigest(digest: DigestAnnouncement): OutgoingMessage {
  const { result, news, weekly, trailHead } = digest;
  const entries = weekly ? [] : newsEntries(digest);
  const hash =
    trailHead === null ? "the audit trail is empty" : `audit trail: record ${trailHead.sequence}, ${code(trailHead.hash)}`;
  return compose({
    title: weekly ? weeklyTitle(result) : titleOf(news, result.run.mode),
    lead: weekly ? [`Nothing new within a week.\n${standing(result)}`] : [],
    entries: weekly ? entries : [...entries, { text: standing(result), eips: [] }],
    footer: [
      `${words.runName(result.run)} · ${moment(result.run.finishedAt, digest.timezone)} · run ${text(result.run.id)}`,
      hash,
    ],
  });
}

/** `Alive: 23 EIPs, 5 leaked, 438.00 CNY a month · enforce`. */
function weeklyTitle({ eips, gaps, run }: ScanResult): string {
  const leaked = eips.filter(({ verdict }) => verdict === "leaked");
  const money = monthly(leaked);
  const parts = [`${count(eips.length, "EIP")}`, `${leaked.length} leaked${money === "" ? "" : `, ${money}`}`];
  if (gaps.length > 0) parts.push(count(gaps.length, "gap"));
  return `Alive: ${parts.join(" · ")} · ${run.mode}`;
}

/** `3 new leaks, 438.00 CNY a month · audit`: what shows on a phone. The most urgent comes first. */
function titleOf(news: News, mode: string): string {
  const parts: string[] = [];
  const say = (items: readonly unknown[], what: (number: number) => string) => {
    if (items.length > 0) parts.push(what(items.length));
  };
  say(news.failures, (number) => `${number} failed`);
  say(news.lost, (number) => `${count(number, "address", "addresses")} will be lost`);
  say(news.gaps, (number) => `incomplete: ${count(number, "part")} not read`);
  say(news.released, (number) => `${number} released`);
  say(news.approvals, (number) => `${number} ${number === 1 ? "waits" : "wait"} for approval`);
  say(news.held, (number) => `${number} held back`);
  const leaked = news.leaks.filter(({ verdict }) => verdict === "leaked");
  const money = monthly(leaked);
  say(leaked, (number) => `${count(number, "new leak")}${money === "" ? "" : `, ${money}`}`);
  say(
    news.leaks.filter(({ verdict }) => verdict === "unmanaged"),
    (number) => `${number} unmanaged`,
  );
  say(news.thresholds, (number) => `${count(number, "threshold")} changed`);
  say(news.findings, (number) => count(number, "finding"));
  if (parts.length === 0) say(news.notes, (number) => count(number, "note"));
  const shown = parts.slice(0, 3);
  return `${shown.join(" · ")} · ${mode}`;
}

function list(title: string, lines: readonly string[], more = "eip-guard scan"): string {
  const shown = lines.slice(0, LINES).map((line) => `• ${line}`);
  if (lines.length > LINES) shown.push(`• and ${(lines.length - LINES).toLocaleString("en")} more: ${code(more)}`);
  return [title, ...shown].join("\n");
}

function newsEntries({ news, result, timezone }: DigestAnnouncement): readonly Entry[] {
  const sections: string[] = [];
  const add = <T>(items: readonly T[], title: string, line: (item: T) => string, more?: string) => {
    if (items.length > 0) sections.push(list(`${title} (${items.length.toLocaleString("en")})`, items.map(line), more));
  };
  add(news.failures, ":x: *Failed*", ({ id, why }) => `*${text(id)}*: ${text(why)} · ${code(`eip-guard history ${id}`)}`);
  add(
    news.lost,
    ":warning: *Addresses that ipamd will take away from living workloads*",
    ({ id, ip, pod, at }) => `${text(id)} · ${text(ip)} of ${text(pod)}, ${moment(at, timezone)}`,
  );
  add(
    news.gaps,
    ":warning: *Incomplete: not read, and kept*",
    ({ scope, what, why }) => `${text(scope)}: ${text(what)}: ${text(why)}`,
    "eip-guard check",
  );
  add(news.released, "*Released*", ({ id, why }) => `*${text(id)}*: ${text(why)} · ${code(`eip-guard history ${id}`)}`);
  add(news.approvals, "*Due, and a person must approve*", approvalLine);
  add(news.held, "*Due, and held back*", (eip) => `${heading(eip)}: ${text(eip.withheld ?? "")}`);
  sections.push(...leakSections(news.leaks, result));
  add(
    news.thresholds,
    "*Recycle thresholds that changed*",
    (id) => thresholdLine(id, result),
    "eip-guard scan --view thresholds",
  );
  add(
    news.findings,
    "*Findings*",
    ({ scope, object, detail, fix }) =>
      `${text(scope)}${object === "-" ? "" : ` ${text(object)}`}: ${text(detail)}. Fix: ${text(fix)}`,
  );
  add(news.notes, "*Notes*", (note) => text(note));
  return sections.map((section) => ({ text: section, eips: [] }));
}

function approvalLine(eip: EipResult): string {
  return `${heading(eip)} · ${text(eip.detail, 160)} · ${code(`eip-guard approve ${eip.id}`)}`;
}

/** The worst five with all that somebody on call needs; the rest by workload. */
function leakSections(leaks: readonly EipResult[], { run }: ScanResult): readonly string[] {
  if (leaks.length === 0) return [];
  const sorted = [...leaks].sort(byCost);
  const shown = sorted
    .slice(0, LINES)
    .map((eip) => `${heading(eip)}\n${text(eip.detail)}\n${idleAndCost(eip)}\n${code(`eip-guard explain ${eip.id}`)}`);
  const sections = ["*New: nothing seems to use these any more*", ...shown];
  if (sorted.length > LINES)
    sections.push(["*All of them, by Pod and reason*", ...groupLines(sorted), "The list: `eip-guard scan`"].join("\n"));
  const next =
    run.mode === "audit"
      ? "Mode audit only reports: nothing is flagged or released."
      : "Before any release a notice names the date.";
  const [first] = sorted;
  sections.push(
    `${next} To keep one: ${code(`eip-guard keep ${first === undefined || sorted.length > 1 ? "EIP" : first.id} --why "…"`)}`,
  );
  return sections;
}

function thresholdLine(id: string, { clusters }: ScanResult): string {
  const cluster = clusters.find((one) => one.id === id);
  return cluster === undefined
    ? text(id)
    : `${text(id)}: ${text(words.threshold(cluster.recycleThreshold))}; ipamd ${words.ipamd(cluster)}`;
}

/** How things stand after what was done, in two or three lines. */
function standing({ eips, acts = [], gaps, savings }: ScanResult): string {
  const gone = new Set(acts.filter(({ act }) => act === "released").map(({ id }) => id));
  const still = eips.filter(({ id }) => !gone.has(id));
  const counts = VERDICTS.flatMap((verdict) => {
    const some = still.filter((eip) => eip.verdict === verdict);
    if (some.length === 0) return [];
    const money = verdict === "leaked" ? monthly(some) : "";
    return [`${some.length.toLocaleString("en")} ${words.verdictWord(verdict)}${money === "" ? "" : ` (${text(money)})`}`];
  });
  const lines = [`*Now:* ${count(still.length, "EIP")}: ${counts.length === 0 ? "none" : counts.join(" · ")}`];
  if (gaps.length > 0) lines.push(`*Not read:* ${count(gaps.length, "part")} of the inventory; \`eip-guard check\` says why`);
  const saved = savings.filter(({ saved: amount, currency }) => currency !== "unknown" && amount >= 0.005);
  lines.push(...saved.map((saving) => text(words.savingText(saving))));
  return lines.join("\n");
}
