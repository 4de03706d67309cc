import type { CapAnnouncement, NoticeAnnouncement } from "../core/terms/announcement.ts";
import { lacksApproval } from "../core/terms/news.ts";
import type { EipResult } from "../core/terms/result.ts";
import { humanDuration, iso } from "../core/terms/time.ts";
import { compose, type Entry, type OutgoingMessage } from "./compose.ts";
import {
  between,
  byCost,
  code,
  count,
  groupLines,
  heading,
  idleAndCost,
  moment,
  monthly,
  place,
  shortLine,
  text,
} from "./text.ts";

/** What a notice and a cap alert say in Slack. */

/** Up to so many EIPs each get an entry of their own, with everything; up to {@link LISTED} a short one. */
const IN_FULL = 5;
/** So many EIPs stand in the message itself; a longer list is in its thread. */
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

/** Every EIP of the notice is named, in the thread where the message is full: one that nobody could see gets no notice. */
export function renderNotice(notice: NoticeAnnouncement): OutgoingMessage {
  const groups = groupsOf(notice);
  const all = [...groups.released, ...groups.approval, ...groups.flagged];
  const shown = all.slice(0, LISTED);
  const long = all.length > LISTED;
  const entry = all.length <= IN_FULL ? fullEntry : shortEntry;
  const sections: Entry[] = shown.map((eip) => entry(eip, notice));
  if (long) {
    const lines = ["*By Pod and reason*", ...groupLines(all)];
    sections.unshift({ text: lines.join("\n"), eips: [] }, { text: `*The dearest ${LISTED}*`, eips: [] });
  }
  return compose({
    title: titleOf(notice, groups),
    lead: leadOf(notice, groups),
    entries: sections,
    footer: footerOf(notice, long),
    list: long ? all.slice(LISTED).map((eip) => ({ text: listLine(eip, notice), eips: [eip.id] })) : [],
  });
}

function titleOf({ mode, cap, eips }: NoticeAnnouncement, { released, approval, flagged }: Groups): string {
  const money = monthly(eips);
  const cost = money === "" ? "" : ` · ${money}`;
  if (mode === "flag") return `Notice: ${count(eips.length, "EIP")} flagged, mode flag releases none${cost}`;
  if (released.length + approval.length === 0) return `Flagged: ${count(flagged.length, "EIP")}${cost}`;
  const parts: string[] = [];
  if (released.length > 0) {
    const what = cap === null ? "will be released" : "to release, above the cap: none will be";
    parts.push(`${count(released.length, "EIP")} ${what}`);
  }
  if (approval.length > 0) {
    const need = approval.length === 1 ? "needs" : "need";
    parts.push(
      `${released.length > 0 ? approval.length.toLocaleString("en") : count(approval.length, "EIP")} ${need} an approval`,
    );
  }
  if (flagged.length > 0) parts.push(`${flagged.length.toLocaleString("en")} only flagged`);
  return `Notice: ${parts.join(" · ")}${cost}`;
}

function leadOf(notice: NoticeAnnouncement, { released, approval, flagged }: Groups): readonly string[] {
  const { mode, cap, timezone, keepTags, eips, later } = notice;
  const lines: string[] = [];
  const dates = (some: readonly EipResult[]) =>
    between(
      some.flatMap(({ releaseAt }) => releaseAt ?? []),
      timezone,
    );
  const onTheWay = [...released, ...approval];
  if (mode === "flag") {
    lines.push("Nothing seems to use these any more. *Mode flag releases nothing.*");
    if (onTheWay.length > 0) {
      lines.push(`This is their notice all the same: in mode enforce they can be released, not before ${dates(onTheWay)}.`);
    }
  } else {
    if (released.length > 0 && cap === null) {
      lines.push(
        `Nothing seems to use these any more. *${count(released.length, "EIP")} will be released*, not before ${dates(released)}.`,
        "A release can't be taken back: the address goes to the public pool.",
      );
    }
    if (released.length > 0 && cap !== null) {
      lines.push(
        `Nothing seems to use these any more. ${text(cap)}. This is their notice all the same, not before ${dates(released)}.`,
        "To release them, a person takes them over the cap: `eip-guard plan --out plan.json`, then `eip-guard apply plan.json --confirm N`.",
      );
    }
    if (flagged.length > 0)
      lines.push(`${count(flagged.length, "EIP")}: flagged only. No rule releases them; look whether they are needed.`);
  }
  if (approval.length > 0) lines.push(approvalText(approval, timezone));
  const [one] = eips;
  if (one !== undefined && eips.length > IN_FULL) lines.push(keepText(eips.length === 1 ? one.id : "EIP", keepTags));
  if (later > 0) lines.push(`${count(later, "more EIP")} will get a notice by the next run.`);
  return [lines.join("\n")];
}

/** The command to paste, with the ids where they fit. */
function approvalText(eips: readonly EipResult[], timezone: string | null): string {
  const dates = between(
    eips.flatMap(({ releaseAt }) => releaseAt ?? []),
    timezone,
  );
  const command =
    eips.length <= LISTED
      ? code(`eip-guard approve ${eips.map(({ id }) => id).join(" ")}`, 900)
      : "`eip-guard approve EIP …`, or when they are due: `eip-guard plan --out plan.json` and `eip-guard approve --plan plan.json`";
  const who = eips.length === 1 ? "1 EIP needs" : `${eips.length.toLocaleString("en")} EIPs need`;
  return `*${who} a person's approval*; without it nothing is released. With it, not before ${dates}. To approve: ${command}`;
}

function keepText(id: string, [keepTag]: readonly string[]): string {
  // A tag that the policy doesn't know would not keep it: only a configured one is named.
  const orTag = keepTag === undefined ? "" : `, or the tag ${code(keepTag)} on the EIP`;
  return `*To keep one:* ${code(`eip-guard keep ${id} --why "…"`)}${orTag}. Using it again keeps it, too.`;
}

function fullEntry(eip: EipResult, notice: NoticeAnnouncement): Entry {
  const lines = [heading(eip), text(eip.detail), `${place(eip)} · ${idleAndCost(eip)}`, `*Next:* ${nextOf(eip, notice)}`];
  if (lacksApproval(eip, iso(notice.at)) && eip.releaseAt !== null)
    lines.push(`*To approve:* ${code(`eip-guard approve ${eip.id}`)}`);
  lines.push(keepText(eip.id, notice.keepTags).replace("To keep one", "To keep it"));
  return { text: lines.join("\n"), eips: [eip.id] };
}

/** Its date is in the lead, where it is the date of all. */
function shortEntry(eip: EipResult, notice: NoticeAnnouncement): Entry {
  const money = monthly([eip]);
  const cost = money === "" ? "" : ` · ${text(money)}`;
  const dates = new Set(notice.eips.map(({ releaseAt }) => releaseAt));
  const next = dates.size === 1 && !eip.approval.needed ? "" : ` · ${nextOf(eip, notice)}`;
  const why = notice.eips.length > LISTED ? "" : text(eip.detail, 160);
  return { text: `${heading(eip)}${cost}${why === "" ? "" : `\n${why}`}${next}`, eips: [eip.id] };
}

function listLine(eip: EipResult, { at, mode }: NoticeAnnouncement): string {
  const date = eip.releaseAt === null ? "" : ` · ${eip.releaseAt.slice(0, 16).replace("T", " ")} UTC`;
  const approval = mode === "enforce" && lacksApproval(eip, iso(at)) && eip.releaseAt !== null ? " · needs approval" : "";
  return `${shortLine(eip)}${date}${approval}`;
}

/** What the guard does next with it. */
function nextOf(eip: EipResult, { mode, at, timezone, cap }: NoticeAnnouncement): string {
  if (eip.releaseAt === null) return "no release: no rule asks for one";
  const when = `not before ${moment(eip.releaseAt, timezone)}`;
  if (lacksApproval(eip, iso(at))) return `released only after an approval, ${when}`;
  if (mode === "flag") return `no release in mode flag; in mode enforce ${when}`;
  return cap === null ? `released ${when}` : `due ${when}; held back by the cap`;
}

function footerOf({ notice }: NoticeAnnouncement, long: boolean): readonly string[] {
  const said = `A notice lasts ${humanDuration(notice)}, from its delivery. Each EIP is judged again right before its release.`;
  return long ? [said, "The other EIPs are in the thread. The full list with all facts: `eip-guard scan --format csv`"] : [said];
}

/** More was due at once than a cap allows, so that nothing was released. */
export function renderCap({ why, eips }: CapAnnouncement): OutgoingMessage {
  const sorted = [...eips].sort(byCost);
  const money = monthly(eips);
  const entries: Entry[] = sorted.slice(0, LISTED).map((eip) => {
    const cost = monthly([eip]);
    return { text: `${heading(eip)}${cost === "" ? "" : ` · ${text(cost)}`}\n${text(eip.detail, 160)}`, eips: [eip.id] };
  });
  if (sorted.length > LISTED)
    entries.push({ text: ["*All of them, by Pod and reason*", ...groupLines(sorted)].join("\n"), eips: [] });
  return compose({
    title: `Nothing released: ${count(eips.length, "release")} due at once${money === "" ? "" : ` · ${money}`}`,
    lead: [
      text(why),
      "Above a cap none is released. Look at why so many are due. Then a person can take a reviewed backlog over the cap:\n" +
        `\`eip-guard plan --out plan.json\` and \`eip-guard apply plan.json --confirm ${eips.length}\``,
    ],
    entries,
    footer: [
      "This is said again when the EIPs or the cap change, otherwise once a day. The full list: `eip-guard scan --format csv`",
    ],
  });
}
