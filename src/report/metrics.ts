import { Gauge, Registry } from "prom-client";
import type { ScanResult } from "../core/result.ts";
import { parseInstant } from "../core/time.ts";
import { VERDICTS } from "../core/verdict.ts";

/**
 * The latest result as Prometheus metrics. The daemon alone loads this. Every gauge tells of the latest run; what has no value,
 * such as an unknown cost, has no sample instead of a zero.
 */
export async function metrics(result: ScanResult): Promise<string> {
  const registry = new Registry();
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `eip_guard_${name}`, help, labelNames, registers: [registry] });
  const { run, totals, gaps, complete, clusters, regions, alertErrors, savings } = result;

  const byVerdict = gauge("eips", "EIPs by verdict", "verdict");
  for (const verdict of VERDICTS) byVerdict.set({ verdict }, totals.byVerdict[verdict] ?? 0);

  const due = gauge("due", "EIPs for which an action is due now", "action");
  for (const action of ["flag", "release"]) due.set({ action }, result.eips.filter((eip) => eip.action === action).length);

  const cost = gauge("idle_cost_per_hour", "What idle EIPs cost an hour, as far as it is known", "currency");
  for (const { currency, perHour } of totals.cost) cost.set({ currency }, perHour);
  gauge("cost_unknown_eips", "EIPs whose cost is not known").set(totals.costUnknown);

  const saved = gauge("saved", "What releases saved so far", "currency");
  const releases = gauge("receipts", "Releases with a receipt", "currency");
  for (const saving of savings) {
    saved.set({ currency: saving.currency }, saving.saved);
    releases.set({ currency: saving.currency }, saving.releases);
  }

  gauge("gaps", "Parts of the inventory that could not be read").set(gaps.length);
  gauge("complete", "1 when the inventory is complete").set(complete ? 1 : 0);
  gauge("alert_errors", "Alerts that could not be delivered").set(alertErrors.length);
  const finishedAt = parseInstant(run.finishedAt);
  if (finishedAt !== undefined) gauge("last_run_timestamp_seconds", "When the latest run ended").set(finishedAt / 1_000);

  const acts = gauge("acts", "What the latest run did", "act");
  for (const act of ["flagged", "unflagged", "noticed", "released", "withheld", "failed"])
    acts.set({ act }, (result.acts ?? []).filter((done) => done.act === act).length);

  const threshold = gauge("recycle_threshold_seconds", "Recycle threshold; no sample where it is never or unknown", "cluster");
  const retained = gauge("cluster_idle_eips", "Idle EIPs of a cluster's Pods", "cluster");
  const overdue = gauge("cluster_overdue_eips", "Of those, how many are past the recycle threshold", "cluster");
  const findings = gauge("cluster_findings", "Findings about a cluster", "cluster");
  for (const { id: cluster, recycleThreshold, ...audited } of clusters) {
    if (recycleThreshold.state === "set" && recycleThreshold.seconds !== undefined)
      threshold.set({ cluster }, recycleThreshold.seconds);
    retained.set({ cluster }, audited.retained);
    overdue.set({ cluster }, audited.overdue);
    findings.set({ cluster }, audited.findings.length);
  }

  const limit = gauge("quota_limit", "EIP quota", "account", "region");
  const used = gauge("quota_used", "EIPs that the quota counts", "account", "region");
  for (const { account, region, quota } of regions) {
    if ("unknown" in quota) continue;
    limit.set({ account, region }, quota.limit);
    used.set({ account, region }, quota.used);
  }
  return registry.metrics();
}
