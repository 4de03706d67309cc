import { perMonth } from "../core/cost/cost.ts";
import type { ClusterResult, EipResult, ScanResult } from "../core/terms/result.ts";
import { VERDICTS } from "../core/terms/verdict.ts";
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
  readonly head: string;
  readonly text: (of: Of, result: ScanResult) => string;
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
  { key: "id", csv: ({ id }) => id, people: { head: "EIP", text: ({ id }) => id, layouts: EVERYWHERE } },
  {
    key: "verdictWord",
    people: {
      head: "Verdict",
      text: ({ verdict }) => words.verdictWord(verdict),
      layouts: ["page", "plain"],
      sort: ({ verdict }) => VERDICTS.indexOf(verdict),
    },
  },
  { key: "ip", csv: ({ ip }) => ip, people: { head: "Address", text: ({ ip }) => ip, layouts: EVERYWHERE } },
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
    people: { head: "Pod", text: words.podName, layouts: EVERYWHERE, narrow: "gives" },
  },
  { key: "ordinal", csv: ({ pod }) => pod?.ordinal ?? null },
  { key: "workloadApiVersion", csv: ({ pod }) => pod?.workload?.apiVersion ?? null },
  { key: "workloadKind", csv: ({ pod }) => pod?.workload?.kind ?? null },
  { key: "workload", csv: ({ pod }) => pod?.workload?.name ?? null },
  { key: "evidence", csv: ({ evidence }) => evidence.map(({ kind, detail }) => `${kind}: ${detail}`).join("; ") },
  { key: "createdAt", csv: ({ createdAt }) => createdAt },
  { key: "lastBoundSince", csv: ({ lastBound }) => lastBound?.since ?? null },
  { key: "lastBoundUntil", csv: ({ lastBound }) => lastBound?.until ?? null },
  {
    key: "idleFor",
    people: {
      head: "Idle for",
      text: ({ idle }) => (idle === null ? "-" : words.idleInterval(idle)),
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
      head: "A month",
      text: ({ cost }) => words.costPerMonth(cost),
      layouts: EVERYWHERE,
      sort: (eip) => known(eip, ({ perHour }) => perHour) ?? -1,
      numeric: true,
    },
  },
  {
    key: "costSoFar",
    people: {
      head: "So far",
      text: ({ cost }) => words.costSoFar(cost),
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
  { key: "next", people: { head: "Next (UTC)", text: words.nextStep, layouts: EVERYWHERE } },
  { key: "run", csv: (_, { run }) => run.id },
  { key: "readAt", csv: (_, { run }) => run.finishedAt },
  { key: "complete", csv: (_, { complete }) => complete },
];

export const CLUSTER_COLUMNS: readonly Column<ClusterResult>[] = [
  { key: "id", csv: ({ id }) => id },
  { key: "name", csv: ({ name }) => name },
  { key: "account", csv: ({ account }) => account },
  { key: "region", csv: ({ region }) => region },
  { key: "state", csv: ({ state }) => state },
  { key: "threshold", csv: ({ recycleThreshold }) => recycleThreshold.state },
  { key: "thresholdSeconds", csv: ({ recycleThreshold }) => recycleThreshold.seconds ?? null },
  { key: "thresholdWhy", csv: ({ recycleThreshold }) => recycleThreshold.why ?? null },
  { key: "source", csv: ({ audit }) => audit.source },
  { key: "ipamd", csv: ({ audit }) => audit.ipamd },
  { key: "authorised", csv: ({ audit }) => audit.authorised },
  { key: "retained", csv: ({ retained }) => retained },
  { key: "overdue", csv: ({ overdue }) => overdue },
  { key: "overdueByMostSeconds", csv: ({ audit }) => audit.overdueBySeconds?.most ?? null },
  { key: "willBeLost", csv: ({ audit }) => audit.willBeLost.length },
  { key: "firstLostAt", csv: ({ audit }) => audit.willBeLost.map(({ at }) => at).sort()[0] ?? null },
  { key: "lost", csv: ({ audit }) => audit.willBeLost.map(({ id, ip, pod, at }) => `${id} ${ip} ${pod} ${at}`).join("; ") },
  {
    key: "idleCostPerMonth",
    csv: ({ audit }) => audit.idleCost.map(({ perMonth: month, currency }) => `${month} ${currency}`).join("; "),
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

function known<T>({ cost }: EipResult, field: (cost: Exclude<EipResult["cost"], { unknown: string }>) => T): T | null {
  return "unknown" in cost ? null : field(cost);
}

/** A column as one layout shows it. */
export type Shown<Of> = ForPeople<Of> & { readonly key: string };

/** The columns that a layout shows, in their order. */
export function columnsIn<Of>(columns: readonly Column<Of>[], layout: Layout): readonly Shown<Of>[] {
  return columns.flatMap(({ key, people }) => (people?.layouts.includes(layout) ? [{ key, ...people }] : []));
}
