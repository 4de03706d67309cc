import { createColors } from "picocolors";
import { canBeRecovered, handBack, recoverLine } from "../core/terms/recovery.ts";
import { iso } from "../core/terms/time.ts";
import { type Fact, SETTLED_GONE, type TrailKind, type TrailRecord } from "../core/terms/trail.ts";
import { VERDICTS } from "../core/terms/verdict.ts";
import { type Catalogue, catalogue } from "../language/catalogue.ts";
import type { Language, Told } from "../language/language.ts";
import { bareReason, VERDICT_WORDS } from "../language/verdicts.ts";
import { readable, escapeMarkdown as text, visible } from "./escape.ts";
import { json } from "./json.ts";
import { wrap } from "./layout.ts";
import type { HistoryResult, RenderOptions } from "./options.ts";
import * as words from "./words.ts";

/** The life of one EIP in plain sentences with times, oldest first. */
export function renderHistory(result: HistoryResult, format: "table" | "json" | "markdown", options: RenderOptions): string {
  if (format === "json") return json({ schema: "eip-guard/history/v1", ...result });
  const { language = "en" } = options;
  const { moment } = catalogue(language).figures;
  const lines = result.sentences.map((told) => ({ at: moment(told.at), sentence: sentenceOf(told, language, result.id) }));
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

/**
 * Tells one record of the trail. The past tense is used only for what the record proves (tenet 5).
 *
 * @param id the EIP whose life is told: that its address came back is told of both, the old and the new one
 */
export function tell({ at, kind, run, eip, facts }: TrailRecord, id: string): HistoryResult["sentences"][number] {
  return { at: iso(at), kind, run, eip, text: sentenceOf({ kind, run, eip, facts }, "en", id), facts };
}

type Recorded = Pick<HistoryResult["sentences"][number], "kind" | "run" | "eip" | "facts">;

function sentenceOf({ kind, run, eip, facts }: Recorded, language: Language, id: string): string {
  const known = new Map<string, Fact | undefined>([...Object.entries(facts), ["id", eip ?? ""]]);
  const sentences = SENTENCES[language];
  const tellIt = kind === "recovered" && eip !== id ? sentences.cameFrom : sentences[kind];
  const sentence = tellIt((key) => (key === "pod" ? podSaid(said(known.get(key))) : said(known.get(key))));
  return language === "zh" ? `${sentence}（${run}）` : `${sentence} (${run})`;
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
function idleThen(fact: (key: string) => string, say: Catalogue): string {
  const atLeast = fact("idleAtLeastSeconds");
  if (atLeast === "") return "";
  const atMost = fact("idleAtMostSeconds");
  const idle = words.idleInterval({ atLeastSeconds: Number(atLeast), atMostSeconds: atMost === "" ? null : Number(atMost) }, say);
  return say.language === "zh" ? `闲置 ${idle}，${costThen(fact, say)}` : `idle for ${idle}, ${costThen(fact, say)}`;
}

function costThen(fact: (key: string) => string, say: Catalogue): string {
  const currency = fact("currency");
  const zh = say.language === "zh";
  if (currency === "")
    return zh ? `费用未知${around("：", fact("costUnknown"))}` : `cost unknown${around(": ", fact("costUnknown"))}`;
  const [perHour, soFarAtLeast, soFarAtMost] = [
    Number(fact("costPerHour")),
    Number(fact("costSoFarAtLeast")),
    Number(fact("costSoFarAtMost")),
  ];
  const soFar = words.costSoFar({ currency, perHour, soFarAtLeast, soFarAtMost }, say);
  const price = say.figures.pricePerHour(perHour, currency);
  return zh ? `${price}，累计 ${soFar}` : `${price}, so far ${soFar}`;
}

/** `cameFrom` tells a recovery of the EIP that came of it. */
type Sentences = Readonly<Record<TrailKind | "cameFrom", Sentence>>;

/** The command that may get it back; empty where there is none, as of a release that did not happen. */
function wayBack(fact: (key: string) => string): string {
  const released = fact("outcome") === "" || fact("outcome") === SETTLED_GONE;
  const known = { isp: fact("isp") || null, type: fact("type") || null };
  return released && fact("id") !== "" && canBeRecovered(known) ? recoverLine(fact("id")) : "";
}

const ENGLISH: Sentences = {
  "first-seen": (fact) => `seen for the first time${around(", with status ", fact("status"))}${around(", Pod ", fact("pod"))}`,
  bound: (fact) => `seen bound${around(", Pod ", fact("pod"))}`,
  idle: (fact) => `seen idle${around(", last Pod ", fact("pod"))}`,
  verdict: (fact) =>
    `judged ${fact("verdict")}: ${fact("detail")}${around(" (before: ", fact("before"), ")")}${around("; ", idleThen(fact, catalogue("en")))}`,
  flagged: (fact) => `flagged${around(" by rule '", fact("rule"), "'")}${around(": ", fact("detail"))}`,
  unflagged: (fact) => `no longer flagged${around(": ", fact("why"))}`,
  noticed: (fact) => `notice of its release delivered${around("; not before ", fact("releaseAt"))}`,
  kept: (fact) => `kept${around(" by ", fact("by"))}${around(" until ", fact("until"))}${around(": ", fact("why"))}`,
  unkept: (fact) => `keep taken back${around(" by ", fact("by"))}`,
  approved: (fact) => `release approved${around(" by ", fact("by"))}${around(", valid until ", fact("until"))}`,
  intent: (fact) => `about to be released${around(" through its ", fact("via"))}${around(": ", fact("detail"))}`,
  receipt: (fact) =>
    `released${around(", address ", fact("ip"))}${around("; ", wayBack(fact), " may get it back")}${around(", by ", fact("recovery"))}`,
  failed: (fact) => `an act failed${around(": ", fact("why"))}`,
  withheld: (fact) => `its release was withheld${around(": ", fact("why"))}`,
  settled: (fact) =>
    `an intent without a receipt${around(", of run ", fact("intentOf"))}, was settled by looking${around(": ", fact("outcome"))}${around("; ", wayBack(fact), " may get it back")}`,
  gone: () => "no longer listed by the cloud",
  gap: (fact) => `could not be read: ${fact("gap")} (${fact("state")})`,
  configuration: (fact) => `the configuration changed${around(", mode ", fact("mode"))}`,
  judged: (fact) => `what bears on its plan changed${around(": ", fact("reasons"))}`,
  region: (fact) =>
    `${fact("account")}/${fact("region")}: ${fact("read") === "true" ? "read" : "not read"}${around("; ", fact("brake"))}`,
  readings: (fact) => `${fact("runs")} readings from ${fact("from")} on`,
  recovering: (fact) => `${fact("by")} tries to get its address ${fact("ip")} back`,
  recovered: (fact) =>
    `its address ${fact("ip")} came back as ${fact("newId")}${around(", asked for by ", fact("by"))}; ${around("its Pod ", fact("pod")) || "a Pod"} gets it by ${handBack(fact("newId"))}`,
  cameFrom: (fact) =>
    `got back by eip-guard recover${around(", asked for by ", fact("by"))}: it is the address ${fact("ip")}, which ${fact("id")} had${around(" for Pod ", fact("pod"))}; a Pod gets it by ${handBack(fact("newId"))}`,
  "not-recovered": (fact) => `its address ${fact("ip")} did not come back: ${fact("code")}${around(": ", fact("why"))}`,
};

/** Details and answers of the cloud stay as they were recorded. */
const CHINESE: Sentences = {
  "first-seen": (fact) => `首次发现${around("，状态 ", fact("status"))}${around("，Pod ", fact("pod"))}`,
  bound: (fact) => `已绑定${around("，Pod ", fact("pod"))}`,
  idle: (fact) => `已闲置${around("，原 Pod ", fact("pod"))}`,
  verdict: (fact) => {
    const reason = fact("reason");
    const why = reason === "" ? fact("detail") : bareReason(reason, "zh");
    const verdict = VERDICTS.find((known) => known === fact("verdict"));
    const named = verdict === undefined ? fact("verdict") : VERDICT_WORDS.zh[verdict];
    return `判定为${named}：${why}${around("（此前：", fact("before"), "）")}${around("；", idleThen(fact, catalogue("zh")))}`;
  },
  flagged: (fact) => `已标记${around("，规则“", fact("rule"), "”")}${around("：", fact("detail"))}`,
  unflagged: (fact) => `已取消标记${around("：", fact("why"))}`,
  noticed: (fact) => `释放通知已送达${around("；不早于 ", fact("releaseAt"))}`,
  kept: (fact) => `已保留${around("，操作人 ", fact("by"))}${around("，至 ", fact("until"))}${around("：", fact("why"))}`,
  unkept: (fact) => `已取消保留${around("，操作人 ", fact("by"))}`,
  approved: (fact) => `已批准释放${around("，批准人 ", fact("by"))}${around("，有效期至 ", fact("until"))}`,
  intent: (fact) => `即将释放${around("，方式 ", fact("via"))}${around("：", fact("detail"))}`,
  receipt: (fact) =>
    `已释放${around("，地址 ", fact("ip"))}${around("；可尝试用 ", wayBack(fact), " 找回")}${around("，所用调用：", fact("recovery"))}`,
  failed: (fact) => `操作失败${around("：", fact("why"))}`,
  withheld: (fact) => `暂不释放${around("：", fact("why"))}`,
  settled: (fact) =>
    `缺少回执的释放意图${around("（运行 ", fact("intentOf"), "）")}经核查已有结论${around("：", fact("outcome"))}${around("；可尝试用 ", wayBack(fact), " 找回")}`,
  gone: () => "云上已查不到该 EIP",
  gap: (fact) => `未能读取：${fact("gap")}（${fact("state")}）`,
  configuration: (fact) => `配置已变更${around("，模式 ", fact("mode"))}`,
  judged: (fact) => `影响其计划的因素已变更${around("：", fact("reasons"))}`,
  region: (fact) =>
    `${fact("account")}/${fact("region")}：${fact("read") === "true" ? "已读取" : "未读取"}${around("；", fact("brake"))}`,
  readings: (fact) => `自 ${fact("from")} 起共 ${fact("runs")} 次读取`,
  recovering: (fact) => `${fact("by")} 正在尝试找回地址 ${fact("ip")}`,
  recovered: (fact) =>
    `地址 ${fact("ip")} 已找回，新的 EIP 为 ${fact("newId")}${around("，操作人 ", fact("by"))}；在${around(" Pod ", fact("pod")) || " Pod"} 的模板中加注解即可绑定：${handBack(fact("newId"))}`,
  cameFrom: (fact) =>
    `由 eip-guard recover 找回${around("，操作人 ", fact("by"))}：地址 ${fact("ip")} 原属 ${fact("id")}${around("（Pod ", fact("pod"), "）")}；在 Pod 的模板中加注解即可绑定：${handBack(fact("newId"))}`,
  "not-recovered": (fact) => `地址 ${fact("ip")} 未能找回：${fact("code")}${around("：", fact("why"))}`,
};

const SENTENCES: Told<Sentences> = { en: ENGLISH, zh: CHINESE };
