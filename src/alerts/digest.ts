import type { DigestAnnouncement } from "../core/terms/announcement.ts";
import type { News } from "../core/terms/news.ts";
import type { EipResult, ScanResult } from "../core/terms/result.ts";
import { VERDICTS } from "../core/terms/verdict.ts";
import * as report from "../report/words.ts";
import { listFile } from "./list.ts";
import type { Entry, Parts, Voice } from "./message.ts";
import { fileName } from "./notice.ts";
import { byCost, detail, groupLines, heading, idleAndCost, moment, money, monthly } from "./text.ts";

/** What the digest says: what is new, with the worst of it and the command that helps, then how things stand. */

/** So many lines of a list are in a digest; the report has them all. */
const LINES = 5;

/** The whole digest. The list in full goes with it as a file where the message names some of it only. */
export function digestParts(digest: DigestAnnouncement, voice: Voice): Parts {
  const { result, news, weekly, at } = digest;
  const { words } = voice;
  const parts: Parts = {
    title: weekly ? weeklyTitle(result, voice) : titleOf(news, result.run.mode, voice),
    lead: weekly ? [`${words.digest.quiet}\n${standing(result, voice)}`] : [],
    entries: weekly ? [] : [...newsEntries(news, digest, voice), { text: standing(result, voice), eips: [] }],
    footer: footerOf(digest, voice),
  };
  if (weekly || news.leaks.length <= LINES) return parts;
  return { ...parts, file: listFile(fileName("digest", at), sorted(news.leaks)) };
}

/** What changed since the day's digest was last written: for its thread, and for channels that can't change a message. Null: nothing to say. */
export function changesParts({ update, ...digest }: DigestAnnouncement, voice: Voice): Parts | null {
  if (update === null) return null;
  const { changes, over } = update;
  const entries = [...newsEntries(changes, { ...digest, update }, voice)];
  if (over > 0) entries.push({ text: voice.words.digest.over(over), eips: [] });
  if (entries.length === 0) return null;
  const parts: Parts = { title: titleOf(changes, digest.result.run.mode, voice), lead: [], entries, footer: [] };
  if (changes.leaks.length <= LINES) return parts;
  return { ...parts, file: listFile(fileName("digest", digest.at), sorted(changes.leaks)) };
}

function sorted(eips: readonly EipResult[]): readonly EipResult[] {
  return [...eips].sort(byCost);
}

function footerOf({ result, timezone, trailHead }: DigestAnnouncement, voice: Voice): readonly string[] {
  const { digest } = voice.words;
  const hash = trailHead === null ? digest.emptyTrail : digest.trail(trailHead.sequence, voice.code(trailHead.hash));
  const run = digest.run(voice.text(result.run.id));
  return [`${digest.runIn(result.run.mode)} · ${moment(voice, result.run.finishedAt, timezone)} · ${run}`, hash];
}

/** `Weekly summary: 23 EIPs · 5 leaked, 438.00 CNY a month · enforce`. */
function weeklyTitle({ eips, gaps, run }: ScanResult, voice: Voice): string {
  const { words } = voice;
  const leaked = eips.filter(({ verdict }) => verdict === "leaked");
  const cost = monthly(voice, leaked);
  const amount = `${words.digest.leaked(leaked.length)}${cost === "" ? "" : `, ${cost}`}`;
  return `${words.digest.weeklyTitle(words.eips(eips.length), amount, gaps.length)} · ${run.mode}`;
}

/** `3 new leaks, 438.00 CNY a month · audit`: what shows on a phone. The most urgent comes first. */
function titleOf(news: News, mode: string, voice: Voice): string {
  const words = voice.words.digest;
  const parts: string[] = [];
  const say = (items: readonly unknown[], what: (number: number) => string) => {
    if (items.length > 0) parts.push(what(items.length));
  };
  say(news.failures, words.new.failures);
  say(news.lost, words.new.lost);
  say(news.gaps, words.new.gaps);
  say(news.released, words.new.released);
  say(news.approvals, words.new.approvals);
  say(news.held, words.new.held);
  const leaked = news.leaks.filter(({ verdict }) => verdict === "leaked");
  const cost = monthly(voice, leaked);
  say(leaked, (number) => `${words.new.leaks(number)}${cost === "" ? "" : `, ${cost}`}`);
  say(
    news.leaks.filter(({ verdict }) => verdict === "unmanaged"),
    words.new.unmanaged,
  );
  say(news.thresholds, words.new.thresholds);
  say(news.findings, words.new.findings);
  if (parts.length === 0) say(news.notes, words.new.notes);
  if (parts.length === 0) parts.push(words.nothingNew);
  return `${parts.slice(0, 3).join(" · ")} · ${mode}`;
}

type Section = keyof Voice["words"]["digest"]["section"];

/** What needs attention at once, by a sign of its own. */
const SIGNS: Partial<Record<Section, string>> = { failures: "❌ ", lost: "⚠️ ", gaps: "⚠️ " };

function newsEntries(news: News, { result, timezone }: DigestAnnouncement, voice: Voice): readonly Entry[] {
  const words = voice.words.digest;
  const sections: string[] = [];
  const add = <T>(items: readonly T[], section: Section, line: (item: T) => string, more = "eip-guard scan") => {
    if (items.length === 0) return;
    const title = `${SIGNS[section] ?? ""}${voice.strong(words.section[section])} (${voice.catalogue.figures.number(items.length)})`;
    const shown = items.slice(0, LINES).map((item) => `• ${line(item)}`);
    if (items.length > LINES) shown.push(`• ${words.more(items.length - LINES, voice.code(more))}`);
    sections.push([title, ...shown].join("\n"));
  };
  const strongId = (id: string) => voice.strong(voice.text(id));
  const done = ({ id, why }: { readonly id: string; readonly why: string }) =>
    `${strongId(id)}: ${voice.text(why)} · ${voice.code(`eip-guard history ${id}`)}`;
  add(news.failures, "failures", done);
  add(
    news.lost,
    "lost",
    ({ id, ip, pod, at }) => `${voice.text(id)} · ${words.lostAt(voice.text(ip), voice.text(pod), moment(voice, at, timezone))}`,
  );
  add(
    news.gaps,
    "gaps",
    ({ scope, what, why }) => `${voice.text(scope)}: ${voice.text(what)}: ${voice.text(why)}`,
    "eip-guard check",
  );
  add(news.released, "released", done);
  add(
    news.approvals,
    "approvals",
    (eip) => `${heading(voice, eip)} · ${detail(voice, eip, 160)} · ${voice.code(`eip-guard approve ${eip.id}`)}`,
  );
  add(news.held, "held", (eip) => `${heading(voice, eip)}: ${voice.text(eip.withheld ?? "")}`);
  sections.push(...leakSections(news.leaks, result, voice));
  add(news.thresholds, "thresholds", (id) => thresholdLine(id, result, voice), "eip-guard scan --view thresholds");
  add(
    news.findings,
    "findings",
    ({ scope, object, detail: what, fix }) =>
      `${voice.text(scope)}${object === "-" ? "" : ` ${voice.text(object)}`}: ${voice.text(what)}. ${words.fix(voice.text(fix))}`,
  );
  add(news.notes, "notes", (note) => voice.text(note));
  return sections.map((section) => ({ text: section, eips: [] }));
}

/** The worst five with all that somebody on call needs; the rest by workload. */
function leakSections(leaks: readonly EipResult[], { run }: ScanResult, voice: Voice): readonly string[] {
  if (leaks.length === 0) return [];
  const words = voice.words.digest;
  const worst = sorted(leaks);
  const shown = worst
    .slice(0, LINES)
    .map((eip) =>
      [heading(voice, eip), detail(voice, eip), idleAndCost(voice, eip), voice.code(`eip-guard explain ${eip.id}`)].join("\n"),
    );
  const sections = [voice.strong(words.section.leaks), ...shown];
  if (worst.length > LINES) {
    const list = words.theList(voice.code("eip-guard scan"));
    sections.push([voice.strong(words.section.all), ...groupLines(voice, worst), list].join("\n"));
  }
  const next = run.mode === "audit" ? words.auditNext : words.noticeNext;
  const [first] = worst;
  const only = first !== undefined && worst.length === 1;
  const command = voice.code(`eip-guard keep ${only ? first.id : "EIP"} --why "…"`);
  sections.push(`${next} ${voice.words.notice.keep(only, command, null)}`);
  return sections;
}

function thresholdLine(id: string, { clusters }: ScanResult, voice: Voice): string {
  const cluster = clusters.find((one) => one.id === id);
  return cluster === undefined
    ? voice.text(id)
    : `${voice.text(id)}: ${voice.text(report.threshold(cluster.recycleThreshold))}; ipamd ${voice.text(report.ipamd(cluster))}`;
}

/** How things stand after what was done, in two or three lines. */
function standing({ eips, acts = [], gaps, savings }: ScanResult, voice: Voice): string {
  const words = voice.words.digest;
  const gone = new Set(acts.filter(({ act }) => act === "released").map(({ id }) => id));
  const still = eips.filter(({ id }) => !gone.has(id));
  const counts = VERDICTS.flatMap((verdict) => {
    const some = still.filter((eip) => eip.verdict === verdict);
    if (some.length === 0) return [];
    const cost = verdict === "leaked" ? monthly(voice, some) : "";
    const number = voice.catalogue.figures.number(some.length);
    return [`${number} ${voice.catalogue.verdict(verdict)}${cost === "" ? "" : ` (${voice.text(cost)})`}`];
  });
  const lines = [words.now(voice.words.eips(still.length), counts.length === 0 ? words.none : counts.join(" · "))];
  if (gaps.length > 0) lines.push(words.notRead(gaps.length, voice.code("eip-guard check")));
  const saved = savings.filter(({ saved: amount, currency }) => currency !== "unknown" && amount >= 0.005);
  for (const { releases, saved: amount, currency } of saved)
    lines.push(words.saved(releases, voice.text(money(voice, amount, currency))));
  return lines.join("\n");
}
