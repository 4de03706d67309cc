import { perMonth } from "../core/cost/cost.ts";
import type { ClusterResult, EipResult, ScanResult } from "../core/terms/result.ts";
import { csvField } from "./escape.ts";
import type { View } from "./options.ts";

type Field = string | number | boolean | null;

/** One EIP a line, or one cluster, with everything that the JSON has, flat. Gaps are lines of no EIP and stand in `complete`. */
export function renderCsv(result: ScanResult, view: View): string {
  return view === "eips"
    ? lines(
        EIP_COLUMNS,
        result.eips.map((eip) => ({ eip, result })),
      )
    : lines(
        CLUSTER_COLUMNS,
        result.clusters.map((cluster) => ({ cluster, result })),
      );
}

/** RFC 4180: a head, then one record a line, each ended by CRLF. */
function lines<T>(columns: Readonly<Record<string, (of: T) => Field>>, rows: readonly T[]): string {
  const head = Object.keys(columns).map(csvField).join(",");
  const records = rows.map((row) =>
    Object.values(columns)
      .map((field) => csvField(field(row)))
      .join(","),
  );
  return [head, ...records].map((line) => `${line}\r\n`).join("");
}

/** Records of equal shape that have no columns of their own, such as the trail's; `columns` are their fields. */
export function csvRecord(fields: readonly Field[]): string {
  return `${fields.map(csvField).join(",")}\r\n`;
}

interface EipRow {
  readonly eip: EipResult;
  readonly result: ScanResult;
}

function known<T>(eip: EipResult, field: (cost: Exclude<EipResult["cost"], { unknown: string }>) => T): T | null {
  return "unknown" in eip.cost ? null : field(eip.cost);
}

const EIP_COLUMNS: Readonly<Record<string, (row: EipRow) => Field>> = {
  id: ({ eip }) => eip.id,
  ip: ({ eip }) => eip.ip,
  name: ({ eip }) => eip.name,
  account: ({ eip }) => eip.account,
  region: ({ eip }) => eip.region,
  status: ({ eip }) => eip.status,
  chargeType: ({ eip }) => eip.chargeType,
  tags: ({ eip }) =>
    Object.entries(eip.tags)
      .map(([key, value]) => `${key}=${value}`)
      .join(";"),
  cluster: ({ eip }) => eip.cluster ?? eip.pod?.cluster ?? null,
  namespace: ({ eip }) => eip.pod?.namespace ?? null,
  pod: ({ eip }) => eip.pod?.name ?? null,
  ordinal: ({ eip }) => eip.pod?.ordinal ?? null,
  workloadApiVersion: ({ eip }) => eip.pod?.workload?.apiVersion ?? null,
  workloadKind: ({ eip }) => eip.pod?.workload?.kind ?? null,
  workload: ({ eip }) => eip.pod?.workload?.name ?? null,
  evidence: ({ eip }) => eip.evidence.map(({ kind, detail }) => `${kind}: ${detail}`).join("; "),
  createdAt: ({ eip }) => eip.createdAt,
  lastBoundSince: ({ eip }) => eip.lastBound?.since ?? null,
  lastBoundUntil: ({ eip }) => eip.lastBound?.until ?? null,
  idleAtLeastSeconds: ({ eip }) => eip.idle?.atLeastSeconds ?? null,
  idleAtMostSeconds: ({ eip }) => eip.idle?.atMostSeconds ?? null,
  idleActingSeconds: ({ eip }) => eip.idle?.actingSeconds ?? null,
  sightings: ({ eip }) => eip.idle?.sightings ?? null,
  idleEvidence: ({ eip }) => eip.idle?.evidence.join(";") ?? null,
  idleContradiction: ({ eip }) => eip.idle?.contradiction ?? null,
  thresholdAt: ({ eip }) => eip.thresholdAt,
  verdict: ({ eip }) => eip.verdict,
  reason: ({ eip }) => eip.reason,
  alsoTrue: ({ eip }) => eip.alsoTrue.join(";"),
  detail: ({ eip }) => eip.detail,
  rule: ({ eip }) => eip.rule,
  action: ({ eip }) => eip.action,
  withheld: ({ eip }) => eip.withheld,
  flagAt: ({ eip }) => eip.flagAt,
  releaseAt: ({ eip }) => eip.releaseAt,
  flaggedAt: ({ eip }) => eip.flaggedAt,
  noticedAt: ({ eip }) => eip.noticedAt,
  approvalNeeded: ({ eip }) => eip.approval.needed,
  approvedUntil: ({ eip }) => eip.approval.given?.until ?? null,
  currency: ({ eip }) => known(eip, ({ currency }) => currency),
  costPerHour: ({ eip }) => known(eip, ({ perHour }) => perHour),
  costPerMonth: ({ eip }) => known(eip, ({ perHour }) => perMonth(perHour)),
  costSoFarAtLeast: ({ eip }) => known(eip, ({ soFarAtLeast }) => soFarAtLeast),
  costSoFarAtMost: ({ eip }) => known(eip, ({ soFarAtMost }) => soFarAtMost),
  costBilled: ({ eip }) => known(eip, ({ billed }) => billed?.amount ?? null),
  costBilledCurrency: ({ eip }) => known(eip, ({ billed }) => billed?.currency ?? null),
  costBilledFrom: ({ eip }) => known(eip, ({ billed }) => billed?.from ?? null),
  costBilledUntil: ({ eip }) => known(eip, ({ billed }) => billed?.until ?? null),
  costBilledDifference: ({ eip }) => known(eip, ({ billed }) => billed?.difference ?? null),
  costUnknown: ({ eip }) => ("unknown" in eip.cost ? eip.cost.unknown : null),
  run: ({ result }) => result.run.id,
  readAt: ({ result }) => result.run.finishedAt,
  complete: ({ result }) => result.complete,
};

interface ClusterRow {
  readonly cluster: ClusterResult;
  readonly result: ScanResult;
}

const CLUSTER_COLUMNS: Readonly<Record<string, (row: ClusterRow) => Field>> = {
  id: ({ cluster }) => cluster.id,
  name: ({ cluster }) => cluster.name,
  account: ({ cluster }) => cluster.account,
  region: ({ cluster }) => cluster.region,
  state: ({ cluster }) => cluster.state,
  threshold: ({ cluster }) => cluster.recycleThreshold.state,
  thresholdSeconds: ({ cluster }) => cluster.recycleThreshold.seconds ?? null,
  thresholdWhy: ({ cluster }) => cluster.recycleThreshold.why ?? null,
  source: ({ cluster }) => cluster.audit.source,
  ipamd: ({ cluster }) => cluster.audit.ipamd,
  authorised: ({ cluster }) => cluster.audit.authorised,
  retained: ({ cluster }) => cluster.retained,
  overdue: ({ cluster }) => cluster.overdue,
  overdueByMostSeconds: ({ cluster }) => cluster.audit.overdueBySeconds?.most ?? null,
  willBeLost: ({ cluster }) => cluster.audit.willBeLost.length,
  firstLostAt: ({ cluster }) => cluster.audit.willBeLost.map(({ at }) => at).sort()[0] ?? null,
  lost: ({ cluster }) => cluster.audit.willBeLost.map(({ id, ip, pod, at }) => `${id} ${ip} ${pod} ${at}`).join("; "),
  idleCostPerMonth: ({ cluster }) => cluster.audit.idleCost.map(({ perMonth, currency }) => `${perMonth} ${currency}`).join("; "),
  podOverrides: ({ cluster }) =>
    cluster.audit.podOverrides.map(({ pod, seconds }) => `${pod}=${seconds ?? "never or unreadable"}`).join("; "),
  findings: ({ cluster }) => cluster.findings.map(({ code, object, detail }) => `${code} ${object}: ${detail}`).join("; "),
  run: ({ result }) => result.run.id,
  readAt: ({ result }) => result.run.finishedAt,
  complete: ({ result }) => result.complete,
};
