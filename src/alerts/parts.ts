import type { Announcement, FailedAnnouncement } from "../core/terms/announcement.ts";
import type { PendingAnnouncement, ToldEip } from "../core/terms/ledger.ts";
import { recoverLine } from "../core/terms/recovery.ts";
import { localText } from "../language/figures.ts";
import { digestParts } from "./digest.ts";
import { actsFile, toldFile } from "./list.ts";
import type { Parts, Voice } from "./message.ts";
import { capParts, fileName, noticeParts, reminderParts } from "./notice.ts";
import { heading, money, place } from "./text.ts";

/** What an announcement says, in a channel's own voice. How it is laid out and delivered is the channel's. */
export function partsOf(announcement: Announcement, voice: Voice): Parts {
  const parts = plainParts(announcement, voice);
  const { instead } = announcement;
  if (instead === undefined) return parts;
  return { ...parts, lead: [voice.words.fallback(voice.code(instead.of), voice.text(instead.why)), ...parts.lead] };
}

function plainParts(announcement: Announcement, voice: Voice): Parts {
  const { words } = voice;
  switch (announcement.kind) {
    case "notice":
      return noticeParts(announcement, voice);
    case "reminder":
      return reminderParts(announcement, voice);
    case "released":
    case "all-clear":
    case "postponed":
      return toldParts(announcement, voice);
    case "cap":
      return capParts(announcement, voice);
    case "digest":
      return digestParts(announcement, voice);
    case "failed":
      return failedParts(announcement, voice);
    case "incomplete":
      return {
        title: `${words.incomplete.title(announcement.gaps.length)} · ${announcement.mode}`,
        lead: [words.incomplete.lead(voice.code("eip-guard check"))],
        entries: lines(
          announcement.gaps.map(({ scope, what, why }) => `${voice.text(scope)}: ${voice.text(what)}: ${voice.text(why)}`),
          GAPS,
          voice,
        ),
        footer: [],
      };
    case "kept-twice":
      return {
        title: words.keptTwice.title(announcement.sentences.length),
        lead: [words.keptTwice.lead],
        entries: announcement.sentences.map((sentence) => ({ text: voice.text(sentence), eips: [] })),
        footer: [],
      };
    case "test":
      return { title: words.test.title, lead: [words.test.lead], entries: [], footer: [] };
  }
}

/** So many failures are named in a message; the rest goes with it as a list. */
const FAILURES = 20;

function failedParts({ failures, error, mode, at }: FailedAnnouncement, voice: Voice): Parts {
  const { failed } = voice.words;
  if (error !== undefined) {
    const lines = [
      voice.text(error.why, 1_000),
      ...(error.fix === "" ? [] : [voice.words.digest.fix(voice.text(error.fix, 1_000))]),
    ];
    return {
      title: `${failed.run} · ${mode}`,
      lead: [failed.runLead],
      entries: [{ text: lines.join("\n"), eips: [] }],
      footer: [],
    };
  }
  const heads = failures.map(({ act: { id }, eip }) => (eip === null ? voice.strong(voice.text(id)) : heading(voice, eip)));
  const entries = failures.slice(0, FAILURES).map(({ act: { id, why } }, index) => ({
    text: [heads[index], voice.text(why), voice.code(`eip-guard history ${id}`)].join("\n"),
    eips: [],
  }));
  const parts: Parts = { title: `${failed.title(failures.length)} · ${mode}`, lead: [failed.lead], entries, footer: [] };
  if (failures.length <= FAILURES) return parts;
  const list = failures.slice(FAILURES).map(({ act }) => ({ text: `${voice.text(act.id)}: ${voice.text(act.why)}`, eips: [] }));
  const acts = failures.map(({ act }) => act);
  return { ...parts, footer: [failed.more(failures.length - FAILURES)], list, file: actsFile(fileName("failed", at), acts) };
}

/** So many gaps are named in a message. */
const GAPS = 20;

function lines(all: readonly string[], most: number, voice: Voice): Parts["entries"] {
  const shown = all.slice(0, most).map((line) => `• ${line}`);
  if (all.length > most) shown.push(`• ${voice.words.digest.more(all.length - most, voice.code("eip-guard check"))}`);
  return shown.map((text) => ({ text, eips: [] }));
}

/** So many EIPs stand in the message itself, as in a notice. */
const TOLD = 20;

function toldParts({ kind, eips, at }: PendingAnnouncement, voice: Voice): Parts {
  const parts: Parts = {
    title: voice.words.told.title[kind](eips.length),
    lead: [voice.words.told.lead[kind]],
    entries: eips.slice(0, TOLD).map((eip) => ({ text: toldLines(eip, kind, voice).join("\n"), eips: [eip.id] })),
    footer: [],
  };
  if (eips.length <= TOLD) return parts;
  const list = eips.slice(TOLD).map((eip) => ({ text: toldHeading(eip, voice), eips: [eip.id] }));
  return { ...parts, list, file: toldFile(fileName(kind, at), eips) };
}

function toldHeading(eip: ToldEip, voice: Voice): string {
  const pod = eip.pod === null ? voice.words.noPod : voice.code(eip.pod);
  return [voice.strong(voice.text(eip.id)), voice.text(eip.ip), pod, place(voice, eip)].join(" · ");
}

function toldLines(eip: ToldEip, kind: PendingAnnouncement["kind"], voice: Voice): readonly string[] {
  const { told } = voice.words;
  const { id, recovery } = eip;
  const said = [
    toldHeading(eip, voice),
    ...(voice.language === "en" ? [eip.why, ...eip.facts].map((fact) => voice.text(fact)) : whyTold(eip, voice)),
  ];
  if (kind !== "released") return said;
  said.push(recovery === null ? told.noWayBack : told.wayBack(voice.code(recoverLine(id)), voice.code(recovery, 900)));
  said.push(told.life(voice.code(`eip-guard history ${id}`)));
  return said;
}

/** The same as `why` and `facts`, from the values that they were made of; the sentences themselves where an older version wrote them. */
function whyTold({ why, facts, reason, postponed, release }: ToldEip, voice: Voice): readonly string[] {
  const { told } = voice.words;
  const said: string[] = [];
  if (postponed !== undefined) {
    const { because, from, until, maxGap, timezone } = postponed;
    const shown = (at: typeof from) => (at === null ? "" : voice.text(`${localText(at, timezone)} ${timezone}`));
    said.push(told.postponed(because, shown(from), shown(until), voice.catalogue.figures.duration(maxGap / 1_000)));
  }
  if (reason !== undefined) said.push(voice.text(voice.catalogue.reason(reason)));
  if (said.length === 0) return [why, ...facts].map((fact) => voice.text(fact));
  if (release === undefined) return said;
  const { claim, specification, perHour, currency } = release;
  said.push(told.through(claim === null ? null : voice.text(claim)));
  if (specification !== "") said.push(told.was(voice.text(specification)));
  if (perHour !== null && perHour > 0 && currency !== null)
    said.push(told.cost(voice.text(money(voice, perHour * 730, currency))));
  return said;
}
