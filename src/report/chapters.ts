import { placeKey } from "../core/terms/place.ts";
import type { Act, ClusterResult, EipResult, Finding, ScanResult } from "../core/terms/result.ts";
import { VERDICTS, type Verdict } from "../core/terms/verdict.ts";
import type { Catalogue } from "../language/catalogue.ts";
import { nextSteps } from "./advice.ts";
import { type Costs, costTables } from "./breakdown.ts";
import { done, sortedActs } from "./done.ts";
import { type Group, groups } from "./groups.ts";
import type { View } from "./options.ts";
import * as words from "./words.ts";

/**
 * What a report for people has, chapter by chapter, made once. The layouts (table, Markdown, page) say in which order and how it looks.
 * Nothing here is escaped.
 */
export interface Chapters {
  readonly title: string;
  readonly at: string;
  readonly complete: boolean;
  readonly done: List;
  readonly summary: Summary;
  readonly gaps: List;
  readonly eips: Eips;
  readonly costs: (limit: number, groupings?: readonly Costs["by"][]) => readonly Costs[];
  readonly clusters: Clusters;
  readonly quota: List;
  readonly notes: List;
  readonly next: List;
}

export type Tone = "plain" | "bad" | "warn" | "good";

/** One line of a list: `lead code: text`, what has to be done about it, and what belongs to it. */
export interface Item {
  readonly lead: string;
  /** What may be copied: a command, an id. */
  readonly code: string;
  readonly text: string;
  readonly fix: string;
  readonly tone: Tone;
  /** ISO 8601; empty where it has no time. */
  readonly at: string;
  readonly below: readonly Item[];
}

export interface List {
  readonly title: string;
  readonly items: readonly Item[];
}

export interface Summary {
  readonly leaked: string;
  readonly isLeaking: boolean;
  readonly eips: string;
  readonly verdicts: string;
  /** What each verdict costs that costs something, the leaks first. */
  readonly costs: readonly { readonly verdict: Verdict; readonly name: string; readonly eips: number; readonly month: string }[];
  readonly idle: readonly string[];
  readonly costUnknown: string;
  readonly savings: readonly string[];
  readonly standstill: string;
  readonly complete: string;
}

export interface Eips {
  readonly title: string;
  /** Those that somebody wants listed, worst first. */
  readonly groups: readonly Group[];
  readonly isAnyIdle: boolean;
  /** In use, and not listed. */
  readonly hidden: number;
}

export interface Clusters {
  readonly title: string;
  readonly rows: readonly { readonly cluster: ClusterResult; readonly place: string; readonly lines: readonly Item[] }[];
}

export function chaptersOf(result: ScanResult, say: Catalogue, { all = false }: { readonly all?: boolean } = {}): Chapters {
  const { report, figures } = say;
  const { chapters } = report;
  const list = (title: string, items: readonly Item[]): List => ({ title, items });
  return {
    title: words.runName(result.run, say),
    at: figures.moment(result.run.finishedAt),
    complete: result.complete,
    done: list(chapters.done, doneItems(result, say)),
    summary: summaryOf(result, say),
    gaps: list(result.gaps.length === 0 ? chapters.alerts : chapters.gaps, gapItems(result, say)),
    eips: eipsOf(result, say, all),
    costs: (limit, groupings) => costTables(result.eips, limit, say, groupings),
    clusters: {
      title: chapters.thresholds,
      rows: result.clusters.map((cluster) => ({ cluster, place: placeOf(cluster, say), lines: clusterItems(cluster, say) })),
    },
    quota: list(chapters.quota, quotaItems(result, say)),
    notes: list(
      chapters.notes,
      result.notes.map((text) => item({ text })),
    ),
    next: list(
      chapters.next,
      nextSteps(result, say).map(({ command, does }) => item({ code: command, text: does })),
    ),
  };
}

/** The chapters of a view that are lists or tables, in the order of a text that is read from the top. */
export const TEXT_ORDER: Readonly<Record<View, readonly (keyof Chapters)[]>> = {
  eips: ["done", "summary", "gaps", "eips", "costs", "clusters", "quota", "notes", "next"],
  thresholds: ["gaps", "clusters", "notes"],
};

function item(from: Partial<Item>): Item {
  return { lead: "", code: "", text: "", fix: "", tone: "plain", at: "", below: [], ...from };
}

/** `lead code: text`, as one line. */
export function inOneLine({ lead, code, text }: Item): string {
  const head = [lead, code].filter((part) => part !== "").join(" ");
  return head === "" ? text : `${head}: ${text}`;
}

function doneItems(result: ScanResult, say: Catalogue): readonly Item[] {
  const tones: Readonly<Partial<Record<Act["act"], Tone>>> = { failed: "bad", withheld: "warn" };
  const acts = sortedActs(result).map(({ id, act, via, why, at }) =>
    item({
      lead: say.report.acts[act],
      code: `${id}${via === undefined ? "" : say.report.via(via)}`,
      text: why,
      tone: tones[act] ?? "plain",
      at,
    }),
  );
  return [...acts, ...done(result, say).map((text) => item({ text }))];
}

function summaryOf(result: ScanResult, say: Catalogue): Summary {
  const { totals, savings, complete } = result;
  const { report } = say;
  return {
    leaked: words.leakedText(totals, say),
    isLeaking: (totals.byVerdict.leaked ?? 0) > 0,
    eips: report.count.eips(totals.eips),
    verdicts: words.verdictCounts(totals, say),
    costs: VERDICTS.flatMap((verdict) => {
      const own = totals.costByVerdict[verdict];
      if (own === undefined) return [];
      return [{ verdict, name: say.verdict(verdict), eips: own.eips, month: words.verdictCost(own, say) }];
    }),
    idle: words.totalCosts(totals, say),
    costUnknown: totals.costUnknown === 0 ? "" : report.costNotKnown(totals.costUnknown),
    savings: savings.map((saving) => words.savingText(saving, say)),
    standstill: words.standstill(result, say) ?? "",
    complete: complete ? report.complete : report.incomplete,
  };
}

function gapItems({ gaps, alertErrors }: ScanResult, { report }: Catalogue): readonly Item[] {
  return [
    ...gaps.map(({ scope, what, why }) => item({ lead: scope, text: `${what}: ${why}`, tone: "bad" })),
    ...alertErrors.map((text) => item({ lead: report.chapters.alert, text, tone: "bad" })),
  ];
}

function eipsOf({ eips }: ScanResult, say: Catalogue, all: boolean): Eips {
  const listed = eips.filter((eip) => all || words.isListed(eip));
  return {
    title: say.report.chapters.eips,
    groups: groups(listed, say),
    isAnyIdle: listed.some(words.isListed),
    hidden: eips.length - listed.length,
  };
}

/** `games · default/ap-guangzhou · deleted`. */
function placeOf({ name, account, region, state }: ClusterResult, { report }: Catalogue): string {
  const parts = [name, placeKey({ account, region }), state === "live" ? "" : report.clusters.states[state]];
  return parts.filter((part) => part !== "").join(" · ");
}

function clusterItems({ audit, findings }: ClusterResult, { figures, report }: Catalogue): readonly Item[] {
  const { clusters } = report;
  return [
    ...audit.willBeLost.map(({ id, ip, pod, at }) =>
      item({ text: clusters.loss(id, ip, pod, figures.moment(at)), tone: "warn", at }),
    ),
    ...audit.podOverrides.map(({ pod, seconds }) =>
      item({ text: clusters.override(pod, seconds === null ? clusters.neverOrUnreadable : figures.duration(seconds)) }),
    ),
    ...findings.map(findingItem),
  ];
}

function findingItem({ code, object, detail, fix }: Finding): Item {
  return item({ lead: code, code: object === "-" ? "" : object, text: detail, fix, tone: "warn" });
}

function quotaItems({ regions }: ScanResult, say: Catalogue): readonly Item[] {
  return regions.map((one) =>
    item({
      lead: placeKey(one),
      text: words.quotaText(one, say),
      below: one.findings.map(findingItem),
    }),
  );
}

/** What stands behind the verdict of an EIP, for who asks how it is known. */
export function factsOf(eip: EipResult, say: Catalogue): readonly string[] {
  const { idle, cost, evidence, reason, alsoTrue, rule, status, chargeType, owner } = eip;
  const { figures, report } = say;
  const billed = words.billed(cost, say);
  const items = [report.facts.reason(reason, alsoTrue.join(", ")), report.facts.status(status, chargeType || "-")];
  if (idle !== null) {
    const acting = figures.duration(idle.actingSeconds);
    items.push(report.facts.idle(idle.evidence.join(", "), acting, report.count.sightings(idle.sightings)));
    items.push(...words.past(eip, say));
    if (idle.contradiction !== null) items.push(report.facts.contradiction(idle.contradiction));
  }
  if ("unknown" in cost) items.push(report.facts.costUnknown(cost.unknown));
  if (billed !== null) items.push(billed);
  if (rule !== null) items.push(report.facts.rule(rule));
  if (owner !== null) items.push(report.explain.owner(owner.name, owner.from));
  return [...items, ...evidence.map(({ kind, detail }) => `${kind}: ${detail}`)];
}

/** What is told of an EIP beside its row: why, what was billed, what is due. */
export function detailOf(eip: EipResult, result: ScanResult, say: Catalogue) {
  return {
    why: words.detailText(eip, say),
    soFar: eip.idle === null ? null : say.report.facts.soFar(words.costSoFar(eip.cost, say), placeKey(eip)),
    billed: words.billed(eip.cost, say),
    steps: words.steps(eip, result, say),
  };
}
