import type { CapAnnouncement, NoticeAnnouncement, ReminderAnnouncement } from "../core/terms/announcement.ts";
import { lacksApproval } from "../core/terms/news.ts";
import type { EipResult } from "../core/terms/result.ts";
import { type Instant, iso, parseInstant } from "../core/terms/time.ts";
import { listFile } from "./list.ts";
import type { Entry, Parts, Pressable, Voice } from "./message.ts";
import { between, byCost, detail, groupLines, heading, idleAndCost, moment, monthly, place, shortLine } from "./text.ts";

/** What a notice, its reminder and a cap alert say. */

/** Up to so many EIPs each get an entry of their own, with everything; up to {@link LISTED} a short one. */
const IN_FULL = 5;
/** So many EIPs stand in the message itself; a longer list goes with it. */
const LISTED = 20;

/** EIPs by what happens next with them. */
interface Groups {
  readonly released: readonly EipResult[];
  readonly approval: readonly EipResult[];
  readonly flagged: readonly EipResult[];
}

function groupsOf({ eips, at }: NoticeAnnouncement): Groups {
  const sorted = [...eips].sort(byCost);
  const onTheWay = sorted.filter(({ releaseAt }) => releaseAt !== null);
  const lacks = (eip: EipResult) => lacksApproval(eip, iso(at));
  return {
    released: onTheWay.filter((eip) => !lacks(eip)),
    approval: onTheWay.filter(lacks),
    flagged: sorted.filter(({ releaseAt }) => releaseAt === null),
  };
}

/** Every EIP of the notice is named, in the list where the message is full: one that nobody could see gets no notice. */
export function noticeParts(notice: NoticeAnnouncement, voice: Voice): Parts {
  const { words } = voice;
  const groups = groupsOf(notice);
  const all = [...groups.released, ...groups.approval, ...groups.flagged];
  const shown = all.slice(0, LISTED);
  const long = all.length > LISTED;
  const entry = all.length <= IN_FULL ? fullEntry : shortEntry;
  const sections: Entry[] = shown.map((eip) => entry(eip, notice, voice));
  if (long) {
    const lines = [voice.strong(words.notice.byPod), ...groupLines(voice, all)];
    sections.unshift({ text: lines.join("\n"), eips: [] }, { text: voice.strong(words.notice.dearest(LISTED)), eips: [] });
  }
  const said = words.notice.footer(voice.text(voice.catalogue.figures.duration(notice.notice / 1_000)));
  const parts: Parts = {
    title: titleOf(notice, groups, voice),
    lead: leadOf(notice, groups, voice),
    entries: sections,
    footer: long ? [said, words.notice.inThread(voice.code("eip-guard scan --format csv"))] : [said],
  };
  if (!long) return parts;
  const list = all.slice(LISTED).map((eip) => ({ text: listLine(eip, notice, voice), eips: [eip.id] }));
  return { ...parts, list, file: listFile(fileName("notice", notice.at), all) };
}

/** `eip-guard-notice-2026-11-23T09-00-00Z.csv`. */
export function fileName(what: string, at: NoticeAnnouncement["at"]): string {
  return `eip-guard-${what}-${iso(at).slice(0, 19).replaceAll(":", "-")}Z.csv`;
}

function titleOf({ mode, cap, eips }: NoticeAnnouncement, { released, approval, flagged }: Groups, voice: Voice): string {
  const words = voice.words.notice;
  const money = monthly(voice, eips);
  const cost = money === "" ? "" : ` · ${money}`;
  if (mode === "flag") return `${words.titleOfFlag(eips.length)}${cost}`;
  if (released.length + approval.length === 0) return `${words.titleOfFlagged(flagged.length)}${cost}`;
  const parts: string[] = [];
  if (released.length > 0) parts.push(cap === null ? words.willBeReleased(released.length) : words.aboveCap(released.length));
  if (approval.length > 0) parts.push(words.needApproval(approval.length, released.length === 0));
  if (flagged.length > 0) parts.push(words.onlyFlagged(flagged.length));
  return `${words.title(parts.join(" · "))}${cost}`;
}

function datesOf(some: readonly EipResult[], timezone: string | null, voice: Voice): string {
  return between(
    voice,
    some.flatMap(({ releaseAt }) => releaseAt ?? []),
    timezone,
  );
}

function leadOf(notice: NoticeAnnouncement, { released, approval, flagged }: Groups, voice: Voice): readonly string[] {
  const { mode, cap, timezone, keepTags, eips, later } = notice;
  const words = voice.words.notice;
  const lines: string[] = [];
  const dates = (some: readonly EipResult[]) => datesOf(some, timezone, voice);
  const onTheWay = [...released, ...approval];
  if (mode === "flag") {
    lines.push(`${words.unused} ${words.modeFlag}`);
    if (onTheWay.length > 0) lines.push(words.noticeInFlag(dates(onTheWay)));
  } else {
    if (released.length > 0 && cap === null) {
      lines.push(`${words.unused} ${words.released(released.length, dates(released))}`, words.final);
    }
    if (released.length > 0 && cap !== null) {
      const why = words.capWhy(cap.onTheWay, cap.maxPerRun, cap.maxPercent);
      lines.push(
        `${words.unused} ${words.capped(why, dates(released))}`,
        words.overCap(voice.code("eip-guard plan --out plan.json"), voice.code("eip-guard apply plan.json --confirm N")),
      );
    }
    if (flagged.length > 0) lines.push(words.flagged(flagged.length));
  }
  if (approval.length > 0) lines.push(words.approval(approval.length, dates(approval), approveCommand(approval, voice)));
  if (eips.length > IN_FULL) lines.push(keepText(null, keepTags, voice));
  if (later > 0) lines.push(words.later(later));
  return [lines.join("\n")];
}

/** The command to paste, with the ids where they fit. */
function approveCommand(eips: readonly EipResult[], voice: Voice): string {
  if (eips.length <= LISTED) return voice.code(`eip-guard approve ${eips.map(({ id }) => id).join(" ")}`, 900);
  return voice.words.notice.approveMany(
    voice.code("eip-guard approve EIP …"),
    voice.code("eip-guard plan --out plan.json"),
    voice.code("eip-guard approve --plan plan.json"),
  );
}

/** A tag that the policy doesn't know would not keep it: only a configured one is named. */
function keepText(id: string | null, [keepTag]: readonly string[], voice: Voice): string {
  const command = voice.code(`eip-guard keep ${id ?? "EIP"} --why "…"`);
  return voice.words.notice.keep(id !== null, command, keepTag === undefined ? null : voice.code(keepTag));
}

function fullEntry(eip: EipResult, notice: NoticeAnnouncement, voice: Voice): Entry {
  const words = voice.words.notice;
  const lines = [
    heading(voice, eip),
    detail(voice, eip),
    `${place(voice, eip)} · ${idleAndCost(voice, eip)}`,
    words.next(nextOf(eip, notice, voice)),
  ];
  if (lacksApproval(eip, iso(notice.at)) && eip.releaseAt !== null)
    lines.push(words.approve(voice.code(`eip-guard approve ${eip.id}`)));
  lines.push(keepText(eip.id, notice.keepTags, voice));
  return { text: lines.join("\n"), eips: [eip.id], press: pressable(eip, notice.at) };
}

/** Its date is in the lead, where it is the date of all. */
function shortEntry(eip: EipResult, notice: NoticeAnnouncement, voice: Voice): Entry {
  const dates = new Set(notice.eips.map(({ releaseAt }) => releaseAt));
  const next = dates.size === 1 && !eip.approval.needed ? "" : ` · ${nextOf(eip, notice, voice)}`;
  const why = notice.eips.length > LISTED ? "" : `\n${detail(voice, eip, 160)}`;
  return { text: `${costLine(eip, voice)}${why}${next}`, eips: [eip.id], press: pressable(eip, notice.at) };
}

function pressable(eip: EipResult, at: Instant): Pressable {
  const flaggedAt = eip.flaggedAt === null ? at : (parseInstant(eip.flaggedAt) ?? at);
  return { eip: eip.id, at, flaggedAt, needsApproval: lacksApproval(eip, iso(at)) && eip.releaseAt !== null };
}

function costLine(eip: EipResult, voice: Voice): string {
  const cost = monthly(voice, [eip]);
  return `${heading(voice, eip)}${cost === "" ? "" : ` · ${voice.text(cost)}`}`;
}

function listLine(eip: EipResult, { at, mode }: NoticeAnnouncement, voice: Voice): string {
  const date = eip.releaseAt === null ? "" : ` · ${voice.text(voice.catalogue.figures.moment(eip.releaseAt))}`;
  const approval = mode === "enforce" && lacksApproval(eip, iso(at)) && eip.releaseAt !== null;
  return `${shortLine(voice, eip)}${date}${approval ? ` · ${voice.words.notice.approvalMark}` : ""}`;
}

/** What the guard does next with it. */
function nextOf(eip: EipResult, { mode, at, timezone, cap }: NoticeAnnouncement, voice: Voice): string {
  const words = voice.words.notice;
  if (eip.releaseAt === null) return words.noRelease;
  const when = moment(voice, eip.releaseAt, timezone);
  if (lacksApproval(eip, iso(at))) return words.afterApproval(when);
  if (mode === "flag") return words.inFlag(when);
  return cap === null ? words.releasedNotBefore(when) : words.heldByCap(when);
}

/** Their notice ends soon. */
export function reminderParts({ at, eips, keepTags, timezone }: ReminderAnnouncement, voice: Voice): Parts {
  const { words } = voice;
  const sorted = [...eips].sort(byCost);
  const cost = monthly(voice, eips);
  const [only] = sorted;
  const keep = keepText(sorted.length === 1 && only !== undefined ? only.id : null, keepTags, voice);
  const entries: Entry[] = sorted.slice(0, LISTED).map((eip) => {
    const when = eip.releaseAt === null ? "" : ` · ${words.notice.notBefore(moment(voice, eip.releaseAt, timezone))}`;
    return { text: `${costLine(eip, voice)}${when}\n${detail(voice, eip, 160)}`, eips: [eip.id], press: pressable(eip, at) };
  });
  const parts: Parts = {
    title: `${words.reminder.title(eips.length)}${cost === "" ? "" : ` · ${cost}`}`,
    lead: [[words.reminder.lead(eips.length, datesOf(eips, timezone, voice)), keep].join("\n")],
    entries,
    footer: [],
  };
  if (sorted.length <= LISTED) return parts;
  entries.push({ text: [voice.strong(words.cap.all), ...groupLines(voice, sorted)].join("\n"), eips: [] });
  const list = sorted.slice(LISTED).map((eip) => ({ text: shortLine(voice, eip), eips: [eip.id] }));
  return { ...parts, list, file: listFile(fileName("reminder", at), sorted) };
}

/** More was due at once than a cap allows, so that nothing was released. */
export function capParts({ caps, eips, at }: CapAnnouncement, voice: Voice): Parts {
  const words = voice.words.cap;
  const sorted = [...eips].sort(byCost);
  const cost = monthly(voice, eips);
  const entries: Entry[] = sorted
    .slice(0, LISTED)
    .map((eip) => ({ text: `${costLine(eip, voice)}\n${detail(voice, eip, 160)}`, eips: [eip.id] }));
  const long = sorted.length > LISTED;
  if (long) entries.push({ text: [voice.strong(words.all), ...groupLines(voice, sorted)].join("\n"), eips: [] });
  const parts: Parts = {
    title: `${words.title(eips.length)}${cost === "" ? "" : ` · ${cost}`}`,
    lead: [
      words.why(eips.length, caps.maxPerRun, caps.maxPercent),
      words.lead(voice.code("eip-guard plan --out plan.json"), voice.code(`eip-guard apply plan.json --confirm ${eips.length}`)),
    ],
    entries,
    footer: [words.footer(voice.code("eip-guard scan --format csv"))],
  };
  return long ? { ...parts, file: listFile(fileName("cap", at), sorted) } : parts;
}
