import { createColors } from "picocolors";
import { iso } from "../core/terms/time.ts";
import type { Fact, TrailKind, TrailRecord } from "../core/terms/trail.ts";
import { readable, escapeMarkdown as text, visible } from "./escape.ts";
import { json } from "./json.ts";
import { wrap } from "./layout.ts";
import type { HistoryResult, RenderOptions } from "./options.ts";
import * as words from "./words.ts";

/** The life of one EIP in plain sentences with times, oldest first. */
export function renderHistory(result: HistoryResult, format: "table" | "json" | "markdown", options: RenderOptions): string {
  if (format === "json") return json({ schema: "eip-guard/history/v1", ...result });
  const lines = result.sentences.map(({ at, text: sentence }) => ({ at: words.moment(at), sentence }));
  if (format === "markdown") {
    const items = lines.map(({ at, sentence }) => `- ${text(at)}: ${text(sentence)}`);
    return `${[`# ${text(result.id)}`, "", ...items].join("\n")}\n`;
  }
  const paint = createColors(options.color);
  const told = lines.flatMap(({ at, sentence }) =>
    wrap(readable(sentence), options.width - 22).map(
      (line, index) => `${paint.dim((index === 0 ? visible(at) : "").padEnd(22))}${line}`,
    ),
  );
  return `${[paint.bold(visible(result.id)), ...told].join("\n")}\n`;
}

/** Tells one record of the trail. The past tense is used only for what the record proves (tenet 5). */
export function tell({ at, kind, run, facts }: TrailRecord): HistoryResult["sentences"][number] {
  const known = new Map<string, Fact | undefined>(Object.entries(facts));
  return {
    at: iso(at),
    kind,
    run,
    text: `${SENTENCES[kind]((key) => (key === "pod" ? podSaid(said(known.get(key))) : said(known.get(key))))} (${run})`,
    facts,
  };
}

/** Records of an older version name a Pod `cluster/namespace/name`. */
function podSaid(text: string): string {
  const [cluster, namespace, name, ...more] = text.split("/");
  if (text.includes("@") || namespace === undefined || name === undefined || more.length > 0) return text;
  return `${namespace}/${name}@${cluster}`;
}

function said(value: Fact | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

/** `before` and `after` around a fact, and nothing where the record has no such fact. */
function around(before: string, fact: string, after = ""): string {
  return fact === "" ? "" : `${before}${fact}${after}`;
}

type Sentence = (fact: (key: string) => string) => string;

/** How long it was idle then, and what that had cost; empty where the record says nothing of it. */
function idleThen(fact: (key: string) => string): string {
  const atLeast = fact("idleAtLeastSeconds");
  if (atLeast === "") return "";
  const atMost = fact("idleAtMostSeconds");
  const idle = words.idleInterval({ atLeastSeconds: Number(atLeast), atMostSeconds: atMost === "" ? null : Number(atMost) });
  return `idle for ${idle}, ${costThen(fact)}`;
}

function costThen(fact: (key: string) => string): string {
  const currency = fact("currency");
  if (currency === "") return `cost unknown${around(": ", fact("costUnknown"))}`;
  const [perHour, soFarAtLeast, soFarAtMost] = [
    Number(fact("costPerHour")),
    Number(fact("costSoFarAtLeast")),
    Number(fact("costSoFarAtMost")),
  ];
  return `${words.pricePerHour(perHour, currency)}, so far ${words.costSoFar({ currency, perHour, soFarAtLeast, soFarAtMost })}`;
}

const SENTENCES: Readonly<Record<TrailKind, Sentence>> = {
  "first-seen": (fact) => `seen for the first time${around(", with status ", fact("status"))}${around(", Pod ", fact("pod"))}`,
  bound: (fact) => `seen bound${around(", Pod ", fact("pod"))}`,
  idle: (fact) => `seen idle${around(", last Pod ", fact("pod"))}`,
  verdict: (fact) =>
    `judged ${fact("verdict")}: ${fact("detail")}${around(" (before: ", fact("before"), ")")}${around("; ", idleThen(fact))}`,
  flagged: (fact) => `flagged${around(" by rule '", fact("rule"), "'")}${around(": ", fact("detail"))}`,
  unflagged: (fact) => `no longer flagged${around(": ", fact("why"))}`,
  noticed: (fact) => `notice of its release delivered${around("; not before ", fact("releaseAt"))}`,
  kept: (fact) => `kept${around(" by ", fact("by"))}${around(" until ", fact("until"))}${around(": ", fact("why"))}`,
  unkept: (fact) => `keep taken back${around(" by ", fact("by"))}`,
  approved: (fact) => `release approved${around(" by ", fact("by"))}${around(", valid until ", fact("until"))}`,
  intent: (fact) => `about to be released${around(" through its ", fact("via"))}${around(": ", fact("detail"))}`,
  receipt: (fact) => `released${around(", address ", fact("ip"))}${around("; what may get it back: ", fact("recovery"))}`,
  failed: (fact) => `an act failed${around(": ", fact("why"))}`,
  withheld: (fact) => `its release was withheld${around(": ", fact("why"))}`,
  settled: (fact) =>
    `an intent without a receipt${around(", of run ", fact("intentOf"))}, was settled by looking${around(": ", fact("outcome"))}`,
  gone: () => "no longer listed by the cloud",
  gap: (fact) => `could not be read: ${fact("gap")} (${fact("state")})`,
  configuration: (fact) => `the configuration changed${around(", mode ", fact("mode"))}`,
  judged: (fact) => `what bears on its plan changed${around(": ", fact("reasons"))}`,
  region: (fact) =>
    `${fact("account")}/${fact("region")}: ${fact("read") === "true" ? "read" : "not read"}${around("; ", fact("brake"))}`,
  readings: (fact) => `${fact("runs")} readings from ${fact("from")} on`,
  recovering: (fact) => `${fact("by")} tries to get its address ${fact("ip")} back`,
  recovered: (fact) => `its address ${fact("ip")} came back as ${fact("newId")}${around(", asked for by ", fact("by"))}`,
  "not-recovered": (fact) => `its address ${fact("ip")} did not come back: ${fact("code")}${around(": ", fact("why"))}`,
};
