import type { Announcement } from "../core/terms/announcement.ts";
import type { PendingAnnouncement, ToldEip } from "../core/terms/ledger.ts";
import { compose, type OutgoingMessage } from "./compose.ts";
import { renderDigest } from "./digest.ts";
import { renderCap, renderNotice } from "./notice.ts";
import { code, count, place, text } from "./text.ts";

/** What Slack shows of an announcement: a whole message within Slack's limits. src/slack/notifier.ts delivers it. */
export function render(announcement: Announcement): OutgoingMessage {
  switch (announcement.kind) {
    case "notice":
      return renderNotice(announcement);
    case "released":
    case "all-clear":
    case "postponed":
      return renderTold(announcement);
    case "cap":
      return renderCap(announcement);
    case "digest":
      return renderDigest(announcement);
    case "kept-twice":
      return compose({
        title: `Kept twice: ${count(announcement.sentences.length, "EIP")}`,
        lead: ["Of several keeps the longest holds, until it is taken back."],
        entries: announcement.sentences.map((sentence) => ({ text: text(sentence), eips: [] })),
        footer: [],
      });
    case "test":
      return compose({
        title: "eip-guard: a test message",
        lead: ["Messages of eip-guard arrive here. Nothing happened, and nothing has to be done."],
        entries: [],
        footer: [],
      });
  }
}

const TITLES = {
  released: (number: string) => `Released: ${number}`,
  "all-clear": (number: string) => `All clear: ${number} will not be released`,
  postponed: (number: string) => `Postponed: the release of ${number}`,
} as const satisfies Record<PendingAnnouncement["kind"], (number: string) => string>;

const LEADS = {
  released:
    "The receipts are in the audit trail. An address may be got back for as long as nobody else has it: BGP only, three a month.",
  "all-clear": "Their notice is over. Nothing has to be done.",
  postponed:
    "These will not be released at the announced time. Their notice is over and their idle time counts anew. A new notice comes before any release. Nothing has to be done now.",
} as const satisfies Record<PendingAnnouncement["kind"], string>;

function renderTold({ kind, eips }: PendingAnnouncement): OutgoingMessage {
  return compose({
    title: TITLES[kind](count(eips.length, "EIP")),
    lead: [LEADS[kind]],
    entries: eips.map((eip) => ({ text: toldText(eip, kind).join("\n"), eips: [eip.id] })),
    footer: [],
  });
}

function toldText(eip: ToldEip, kind: PendingAnnouncement["kind"]): readonly string[] {
  const { id, ip, pod, why, facts, recovery } = eip;
  const lines = [
    [`*${text(id)}*`, text(ip), pod === null ? "no Pod known" : code(pod), place(eip)].join(" · "),
    text(why),
    ...facts.map((fact) => text(fact)),
  ];
  if (kind !== "released") return lines;
  lines.push(
    recovery === null
      ? "*To get it back:* there is no call; only BGP addresses can be got back"
      : `*To get it back:* ${code(recovery, 900)}`,
  );
  lines.push(`*Its life:* ${code(`eip-guard history ${id}`)}`);
  return lines;
}
