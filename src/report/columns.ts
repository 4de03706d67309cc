import { perMonth } from "../core/cost/cost.ts";
import { placeKey } from "../core/terms/place.ts";
import type { ClusterResult, EipResult, ScanResult } from "../core/terms/result.ts";
import { VERDICTS } from "../core/terms/verdict.ts";
import type { Catalogue } from "../language/catalogue.ts";
import type { ReportTexts } from "../language/report-en.ts";
import * as words from "./words.ts";

/**
 * What a report says of each EIP and of each cluster, column by column, for every layout. To add a column is to add an entry: the layouts
 * take the ones that are theirs. Nothing here is escaped.
 */

export type Field = string | number | boolean | null;

/** Where a column for people stands. `page` is the HTML report, `plain` its table for who runs no scripts. */
export type Layout = "table" | "markdown" | "page" | "plain";

export interface Column<Of> {
  /** Its name in CSV and in the page's data; each column has another. */
  readonly key: string;
  /** The value as machines read it, which makes it a column of the CSV. */
  readonly csv?: (of: Of, result: ScanResult) => Field;
  /** What people read, which makes it a column of the layouts that it names. */
  readonly people?: ForPeople<Of>;
}

export interface ForPeople<Of> {
  readonly head: (report: ReportTexts) => string;
  readonly text: (of: Of, say: Catalogue, result: ScanResult) => string;
  readonly layouts: readonly Layout[];
  /** Sorted by this where the text would sort wrongly; what is not known is -1. */
  readonly sort?: (of: Of) => number;
  /** Figures stand at the right. */
  readonly numeric?: boolean;
  /** On a narrow terminal: `gives` lends its room and goes to a line of its own, `goes` is left out. Else it stays. */
  readonly narrow?: "gives" | "goes";
}

const EVERYWHERE: readonly Layout[] = ["table", "markdown", "page", "plain"];

export const EIP_COLUMNS: readonly Column<EipResult>[] = [
  { key: "id", csv: ({ id }) => id, people: { head: ({ columns }) => columns.id, text: ({ id }) => id, layouts: EVERYWHERE } },
  {
    key: "verdictWord",
    people: {
      head: ({ columns }) => columns.verdict,
      text: ({ verdict }, say) => say.verdict(verdict),
      layouts: ["page", "plain"],
      sort: ({ verdict }) => VERDICTS.indexOf(verdict),
    },
  },
  { key: "ip", csv: ({ ip }) => ip, people: { head: ({ columns }) => columns.ip, text: ({ ip }) => ip, layouts: EVERYWHERE } },
  { key: "name", csv: ({ name }) => name },
  { key: "account", csv: ({ account }) => account },
  { key: "region", csv: ({ region }) => region },
  { key: "status", csv: ({ status }) => status },
  { key: "chargeType", csv: ({ chargeType }) => chargeType },
  {
    key: "tags",
    csv: ({ tags }) =>
      Object.entries(tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(";"),
  },
  { key: "cluster", csv: ({ cluster, pod }) => cluster ?? pod?.cluster ?? null },
  { key: "namespace", csv: ({ pod }) => pod?.namespace ?? null },
  {
    key: "pod",
    csv: ({ pod }) => pod?.name ?? null,
    people: { head: ({ columns }) => columns.pod, text: words.podName, layouts: EVERYWHERE, narrow: "gives" },
  },
  { key: "ordinal", csv: ({ pod }) => pod?.ordinal ?? null },
  { key: "workloadApiVersion", csv: ({ pod }) => pod?.workload?.apiVersion ?? null },
  { key: "workloadKind", csv: ({ pod }) => pod?.workload?.kind ?? null },
  { key: "workload", csv: ({ pod }) => pod?.workload?.name ?? null },
  {
    key: "owner",
    csv: ({ owner }) => owner?.name ?? null,
    people: {
      head: ({ columns }) => columns.owner,
      text: ({ owner }) => owner?.name ?? "-",
      // The page has no room for one more; it tells the owner beside the row, and in the costs.
      layouts: ["table", "markdown", "plain"],
      narrow: "goes",
    },
  },
  { key: "ownerFrom", csv: ({ owner }) => owner?.from ?? null },
  { key: "evidence", csv: ({ evidence }) => evidence.map(({ kind, detail }) => `${kind}: ${detail}`).join("; ") },
  { key: "createdAt", csv: ({ createdAt }) => createdAt },
  { key: "lastBoundSince", csv: ({ lastBound }) => lastBound?.since ?? null },
  { key: "lastBoundUntil", csv: ({ lastBound }) => lastBound?.until ?? null },
  {
    key: "idleFor",
    people: {
      head: ({ columns }) => columns.idle,
      text: ({ idle }, say) => (idle === null ? "-" : words.idleInterval(idle, say)),
      layouts: EVERYWHERE,
      sort: ({ idle }) => idle?.atLeastSeconds ?? -1,
      numeric: true,
    },
  },
  { key: "idleAtLeastSeconds", csv: ({ idle }) => idle?.atLeastSeconds ?? null },
  { key: "idleAtMostSeconds", csv: ({ idle }) => idle?.atMostSeconds ?? null },
  { key: "idleActingSeconds", csv: ({ idle }) => idle?.actingSeconds ?? null },
  { key: "sightings", csv: ({ idle }) => idle?.sightings ?? null },
  { key: "idleEvidence", csv: ({ idle }) => idle?.evidence.join(";") ?? null },
  { key: "idleContradiction", csv: ({ idle }) => idle?.contradiction ?? null },
  { key: "thresholdAt", csv: ({ thresholdAt }) => thresholdAt },
  { key: "verdict", csv: ({ verdict }) => verdict },
  { key: "reason", csv: ({ reason }) => reason },
  { key: "alsoTrue", csv: ({ alsoTrue }) => alsoTrue.join(";") },
  { key: "detail", csv: ({ detail }) => detail },
  { key: "rule", csv: ({ rule }) => rule },
  { key: "action", csv: ({ action }) => action },
  { key: "withheld", csv: ({ withheld }) => withheld },
  { key: "flagAt", csv: ({ flagAt }) => flagAt },
  { key: "releaseAt", csv: ({ releaseAt }) => releaseAt },
  { key: "flaggedAt", csv: ({ flaggedAt }) => flaggedAt },
  { key: "noticedAt", csv: ({ noticedAt }) => noticedAt },
  { key: "approvalNeeded", csv: ({ approval }) => approval.needed },
  { key: "approvedUntil", csv: ({ approval }) => approval.given?.until ?? null },
  { key: "currency", csv: (eip) => known(eip, ({ currency }) => currency) },
  { key: "costPerHour", csv: (eip) => known(eip, ({ perHour }) => perHour) },
  {
    key: "costPerMonth",
    csv: (eip) => known(eip, ({ perHour }) => perMonth(perHour)),
    people: {
      head: ({ columns }) => columns.month,
      text: ({ cost }, say) => words.costPerMonth(cost, say),
      layouts: EVERYWHERE,
      sort: (eip) => known(eip, ({ perHour }) => perHour) ?? -1,
      numeric: true,
    },
  },
  {
    key: "costSoFar",
    people: {
      head: ({ columns }) => columns.soFar,
      text: ({ cost }, say) => words.costSoFar(cost, say),
      layouts: ["table", "markdown", "page"],
      sort: (eip) => known(eip, ({ soFarAtLeast }) => soFarAtLeast) ?? -1,
      numeric: true,
      narrow: "goes",
    },
  },
  { key: "costSoFarAtLeast", csv: (eip) => known(eip, ({ soFarAtLeast }) => soFarAtLeast) },
  { key: "costSoFarAtMost", csv: (eip) => known(eip, ({ soFarAtMost }) => soFarAtMost) },
  { key: "costBilled", csv: (eip) => known(eip, ({ billed }) => billed?.amount ?? null) },
  { key: "costBilledCurrency", csv: (eip) => known(eip, ({ billed }) => billed?.currency ?? null) },
  { key: "costBilledFrom", csv: (eip) => known(eip, ({ billed }) => billed?.from ?? null) },
  { key: "costBilledUntil", csv: (eip) => known(eip, ({ billed }) => billed?.until ?? null) },
  { key: "costBilledDifference", csv: (eip) => known(eip, ({ billed }) => billed?.difference ?? null) },
  { key: "costUnknown", csv: ({ cost }) => ("unknown" in cost ? cost.unknown : null) },
  {
    key: "next",
    people: {
      head: ({ columns }) => columns.next,
      text: (eip, say, result) => words.nextStep(eip, result, say),
      layouts: EVERYWHERE,
    },
  },
  { key: "run", csv: (_, { run }) => run.id },
  { key: "readAt", csv: (_, { run }) => run.finishedAt },
  { key: "complete", csv: (_, { complete }) => complete },
];

const READ: readonly Layout[] = ["table", "markdown", "page"];

export const CLUSTER_COLUMNS: readonly Column<ClusterResult>[] = [
  {
    key: "id",
    csv: ({ id }) => id,
    people: { head: ({ clusterColumns }) => clusterColumns.cluster, text: ({ id }) => id, layouts: ["table", "page"] },
  },
  {
    key: "idAndName",
    people: {
      head: ({ clusterColumns }) => clusterColumns.cluster,
      text: ({ id, name }) => (name === "" ? id : `${id} (${name})`),
      layouts: ["markdown"],
    },
  },
  { key: "name", csv: ({ name }) => name },
  { key: "account", csv: ({ account }) => account },
  { key: "region", csv: ({ region }) => region },
  {
    key: "place",
    people: {
      head: ({ clusterColumns }) => clusterColumns.place,
      text: placeKey,
      layouts: ["markdown"],
    },
  },
  {
    key: "state",
    csv: ({ state }) => state,
    people: {
      head: ({ clusterColumns }) => clusterColumns.state,
      text: ({ state }, { report }) => report.clusters.states[state],
      layouts: ["markdown"],
    },
  },
  {
    key: "threshold",
    csv: ({ recycleThreshold }) => recycleThreshold.state,
    people: {
      head: ({ clusterColumns }) => clusterColumns.threshold,
      text: ({ recycleThreshold }, say) => words.threshold(recycleThreshold, say),
      layouts: ["markdown", "page"],
    },
  },
  {
    // On a terminal the line below says why it is not known.
    key: "thresholdInShort",
    people: {
      head: ({ clusterColumns }) => clusterColumns.threshold,
      text: ({ recycleThreshold }, say) =>
        recycleThreshold.state === "unknown" ? say.report.unknown : words.threshold(recycleThreshold, say),
      layouts: ["table"],
    },
  },
  { key: "thresholdSeconds", csv: ({ recycleThreshold }) => recycleThreshold.seconds ?? null },
  { key: "thresholdWhy", csv: ({ recycleThreshold }) => recycleThreshold.why ?? null },
  {
    key: "source",
    csv: ({ audit }) => audit.source,
    people: {
      head: ({ clusterColumns }) => clusterColumns.source,
      text: ({ audit }, { report }) => (audit.source === "none" ? report.none : audit.source),
      layouts: ["markdown", "page"],
    },
  },
  {
    key: "ipamd",
    csv: ({ audit }) => audit.ipamd,
    people: {
      head: ({ clusterColumns }) => clusterColumns.ipamd,
      text: (cluster, say) => words.ipamd(cluster, say),
      layouts: ["markdown", "page"],
    },
  },
  {
    key: "ipamdInShort",
    people: {
      head: ({ clusterColumns }) => clusterColumns.ipamd,
      text: ({ state, audit }, { report }) =>
        state === "deleted" ? report.clusters.states.deleted : report.clusters.running[audit.ipamd],
      layouts: ["table"],
    },
  },
  { key: "authorised", csv: ({ audit }) => audit.authorised },
  {
    key: "retained",
    csv: ({ retained }) => retained,
    people: {
      head: ({ clusterColumns }) => clusterColumns.idle,
      text: ({ retained }, { figures }) => figures.number(retained),
      layouts: READ,
      numeric: true,
    },
  },
  {
    key: "overdue",
    csv: ({ overdue }) => overdue,
    people: {
      head: ({ clusterColumns }) => clusterColumns.overdue,
      text: overdueText,
      layouts: ["markdown", "page"],
      numeric: true,
    },
  },
  {
    key: "overdueInShort",
    people: {
      head: ({ clusterColumns }) => clusterColumns.overdue,
      text: ({ overdue, audit }, { figures }) =>
        overdue === 0 ? "0" : `${figures.number(overdue)} (${figures.duration(audit.overdueBySeconds?.most ?? 0)})`,
      layouts: ["table"],
    },
  },
  { key: "overdueByMostSeconds", csv: ({ audit }) => audit.overdueBySeconds?.most ?? null },
  {
    key: "willBeLost",
    csv: ({ audit }) => audit.willBeLost.length,
    people: {
      head: ({ clusterColumns }) => clusterColumns.lost,
      text: ({ audit }, { figures }) => figures.number(audit.willBeLost.length),
      layouts: READ,
      numeric: true,
    },
  },
  { key: "firstLostAt", csv: ({ audit }) => audit.willBeLost.map(({ at }) => at).sort()[0] ?? null },
  { key: "lost", csv: ({ audit }) => audit.willBeLost.map(({ id, ip, pod, at }) => `${id} ${ip} ${pod} ${at}`).join("; ") },
  {
    key: "idleCostPerMonth",
    csv: ({ audit }) => audit.idleCost.map(({ perMonth: month, currency }) => `${month} ${currency}`).join("; "),
    people: {
      head: ({ clusterColumns }) => clusterColumns.month,
      text: ({ audit }, { figures }) =>
        audit.idleCost.map(({ perMonth: month, currency }) => figures.money(month, currency)).join(", ") || "-",
      layouts: READ,
      numeric: true,
    },
  },
  {
    key: "podOverrides",
    csv: ({ audit }) => audit.podOverrides.map(({ pod, seconds }) => `${pod}=${seconds ?? "never or unreadable"}`).join("; "),
  },
  {
    key: "findings",
    csv: ({ findings }) => findings.map(({ code, object, detail }) => `${code} ${object}: ${detail}`).join("; "),
  },
  { key: "run", csv: (_, { run }) => run.id },
  { key: "readAt", csv: (_, { run }) => run.finishedAt },
  { key: "complete", csv: (_, { complete }) => complete },
];

function overdueText({ overdue, audit }: ClusterResult, { figures, report }: Catalogue): string {
  if (audit.overdueBySeconds === null) return figures.number(overdue);
  return `${figures.number(overdue)} (${report.clusters.overdueBy(figures.duration(audit.overdueBySeconds.most))})`;
}

function known<T>({ cost }: EipResult, field: (cost: Exclude<EipResult["cost"], { unknown: string }>) => T): T | null {
  return "unknown" in cost ? null : field(cost);
}

/** A column as one layout shows it, in one language. */
export interface Shown<Of> extends Omit<ForPeople<Of>, "head" | "text"> {
  readonly key: string;
  readonly head: string;
  readonly text: (of: Of, result: ScanResult) => string;
}

/** The columns that a layout shows, in their order. */
export function columnsIn<Of>(columns: readonly Column<Of>[], layout: Layout, say: Catalogue): readonly Shown<Of>[] {
  return columns.flatMap(({ key, people }): readonly Shown<Of>[] => {
    if (!people?.layouts.includes(layout)) return [];
    const { head, text, ...rest } = people;
    return [{ ...rest, key, head: head(say.report), text: (of, result) => text(of, say, result) }];
  });
}
