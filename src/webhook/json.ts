import { createHmac } from "node:crypto";
import { changesParts } from "../alerts/digest.ts";
import { type Parts, type Voice, voiceOf } from "../alerts/message.ts";
import { partsOf } from "../alerts/parts.ts";
import type { Announcement } from "../core/terms/announcement.ts";
import type { ToldEip } from "../core/terms/ledger.ts";
import type { EipResult } from "../core/terms/result.ts";
import { iso } from "../core/terms/time.ts";
import type { Language } from "../language/language.ts";
import { plainInk } from "./ink.ts";

interface EventOptions {
  readonly language: Language;
  readonly timezone: string;
  /** The accounts that the guard reads, for events that name no EIP. */
  readonly accounts: readonly string[];
}

/** The event of an announcement (contract.md, Alerts), as the text that is signed and posted. */
export function eventOf(announcement: Announcement, { language, timezone, accounts }: EventOptions): string {
  const voice = voiceOf(language, plainInk(timezone));
  const eips = eipsOf(announcement);
  const own = [...new Set(eips.map(({ account }) => account))];
  return JSON.stringify({
    schema: "eip-guard/event/v1",
    kind: KINDS[announcement.kind],
    at: iso(announcement.at),
    run: announcement.run ?? "",
    account: (own.length === 0 ? accounts : own).join(","),
    eips: eips.map(eipOf),
    text: textOf(saidBy(announcement, voice)),
  });
}

/** `t=…,v1=…`: HMAC-SHA256 of `t.body` with the secret. */
export function signatureOf(body: string, secret: string, at: number): string {
  const seconds = Math.floor(at / 1_000);
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}

/** The contract's kinds: a postponed release is one that is not due any more, and two keeps are news. */
const KINDS = {
  notice: "notice",
  reminder: "reminder",
  released: "released",
  "all-clear": "all-clear",
  postponed: "all-clear",
  cap: "cap",
  failed: "failed",
  incomplete: "incomplete",
  digest: "digest",
  "kept-twice": "digest",
  test: "test",
} as const satisfies Record<Announcement["kind"], string>;

/** What changed, where the day's digest was sent already: an event can't be changed. */
export function saidBy(announcement: Announcement, voice: Voice): Parts {
  if (announcement.kind !== "digest") return partsOf(announcement, voice);
  return changesParts(announcement, voice) ?? partsOf(announcement, voice);
}

function textOf({ title, lead, entries, footer }: Parts): string {
  return [title, ...lead, ...entries.map(({ text }) => text), ...footer].join("\n");
}

function eipsOf(announcement: Announcement): readonly (EipResult | ToldEip)[] {
  switch (announcement.kind) {
    case "notice":
    case "reminder":
    case "cap":
    case "released":
    case "all-clear":
    case "postponed":
      return announcement.eips;
    case "failed":
      return announcement.failures.flatMap(({ eip }) => eip ?? []);
    case "digest":
      return (announcement.update?.changes ?? announcement.news).leaks;
    case "incomplete":
    case "kept-twice":
    case "test":
      return [];
  }
}

/** The contract's fields, the same for an EIP as it stands and for what happened to one. */
function eipOf(eip: EipResult | ToldEip): object {
  const { id, ip, account, region } = eip;
  const place = { account, region };
  if ("why" in eip) {
    const { pod, reason = null, why } = eip;
    return { id, ip, pod, owner: null, reason, detail: why, releaseAt: null, cost: null, ...place };
  }
  const { pod, reason, detail, releaseAt, cost } = eip;
  const name = pod === null ? null : `${pod.namespace}/${pod.name}@${pod.cluster}`;
  return { id, ip, pod: name, owner: eip.owner, reason, detail, releaseAt, cost, ...place };
}
