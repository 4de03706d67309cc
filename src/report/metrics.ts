import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ScanResult } from "../core/terms/result.ts";
import { parseInstant } from "../core/terms/time.ts";
import { VERDICTS } from "../core/terms/verdict.ts";

/** How a run of the daemon ended, or why there was none. The words are the values of the label `outcome` (docs/metrics.md). */
export const OUTCOMES = ["complete", "incomplete", "failed", "timed-out", "misconfigured", "skipped"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface RunEnd {
  readonly outcome: Outcome;
  readonly seconds: number;
  /** Null where the run gave none. */
  readonly result: ScanResult | null;
}

/** Counts what happens while the daemon lives, and shows the latest result. The daemon alone loads this. */
export interface Meter {
  readonly runEnded: (end: RunEnd) => void;
  readonly apiCall: (product: string, action: string, outcome: string) => void;
  /** The text of `/metrics`: never empty, also before the first run and after one that failed. */
  readonly text: () => Promise<string>;
}

const ACTS = ["flagged", "unflagged", "noticed", "released", "withheld", "failed"] as const;
const DURATIONS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_200];

/** @param version of the program */
export function createMeter(version: string): Meter {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `eip_guard_${name}`, help, labelNames, registers });
  const built = new Gauge({
    name: "eip_guard_build_info",
    help: "1, with the version",
    labelNames: ["version", "node"],
    registers,
  });
  built.set({ version, node: process.version }, 1);
  const runs = counter("runs_total", "Runs by how they ended; skipped: one fell due while another was at work", "outcome");
  const acts = counter("acts_total", "What the runs did", "act");
  const calls = counter("api_calls_total", "Calls of the Tencent Cloud API, each try counted", "product", "action", "outcome");
  const throttles = counter("api_throttles_total", "Calls that the API refused for their number", "product", "action");
  const name = "eip_guard_run_duration_seconds";
  const duration = new Histogram({ name, help: "How long the runs took", buckets: DURATIONS, registers });
  const lastComplete = new Gauge({
    name: "eip_guard_last_complete_reading_timestamp_seconds",
    help: "When the latest complete reading ended; 0 before the first",
    registers,
  });
  lastComplete.set(0);
  for (const outcome of OUTCOMES) runs.inc({ outcome }, 0);
  for (const act of ACTS) acts.inc({ act }, 0);
  let latest: ScanResult | null = null;
  return {
    runEnded({ outcome, seconds, result }) {
      runs.inc({ outcome });
      if (outcome === "skipped") return;
      duration.observe(seconds);
      if (result === null) return;
      latest = result;
      for (const { act } of result.acts ?? []) acts.inc({ act });
      const finishedAt = parseInstant(result.run.finishedAt);
      if (result.complete && finishedAt !== undefined) lastComplete.set(finishedAt / 1_000);
    },
    apiCall(product, action, outcome) {
      calls.inc({ product, action, outcome });
      if (outcome === "throttled") throttles.inc({ product, action });
    },
    async text() {
      const counted = await registry.metrics();
      return latest === null ? counted : `${counted}\n${await gaugesOf(latest)}`;
    },
  };
}

/** The latest result. What has no value, such as an unknown cost, has no sample instead of a zero. */
async function gaugesOf(result: ScanResult): Promise<string> {
  const registry = new Registry();
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `eip_guard_${name}`, help, labelNames, registers: [registry] });
  const { run, totals, gaps, complete, regions, alertErrors, savings } = result;

  const eips = gauge("eips", "EIPs by account, region and verdict", "account", "region", "verdict");
  for (const { account, region } of [...regions, ...result.eips])
    for (const verdict of VERDICTS) eips.set({ account, region, verdict }, 0);
  for (const { account, region, verdict } of result.eips) eips.inc({ account, region, verdict });

  const due = gauge("due", "EIPs for which an action is due after the latest run", "action");
  for (const action of ["flag", "release"]) due.set({ action }, result.eips.filter((eip) => eip.action === action).length);

  const cost = gauge(
    "idle_cost_per_hour",
    "What idle EIPs cost an hour, in units of `currency`, as far as it is known",
    "currency",
  );
  for (const { currency, perHour } of totals.cost) cost.set({ currency }, perHour);
  gauge("cost_unknown_eips", "EIPs whose cost is not known").set(totals.costUnknown);

  const saved = gauge("saved_money", "What releases saved so far, in units of `currency`", "currency");
  const receipts = gauge("receipts", "Releases with a receipt, by the currency of their cost", "currency");
  for (const saving of savings) {
    saved.set({ currency: saving.currency }, saving.saved);
    receipts.set({ currency: saving.currency }, saving.releases);
  }

  gauge("gaps", "Parts of the inventory that could not be read").set(gaps.length);
  gauge("complete", "1 when the inventory is complete").set(complete ? 1 : 0);
  gauge("alert_errors", "Alerts that could not be delivered").set(alertErrors.length);
  const finishedAt = parseInstant(run.finishedAt);
  if (finishedAt !== undefined) gauge("last_run_timestamp_seconds", "When the latest run ended").set(finishedAt / 1_000);
  clusterGauges(result, gauge);

  const limit = gauge("quota_limit", "EIP quota", "account", "region");
  const used = gauge("quota_used", "EIPs that the quota counts", "account", "region");
  for (const { account, region, quota } of regions) {
    if ("unknown" in quota) continue;
    limit.set({ account, region }, quota.limit);
    used.set({ account, region }, quota.used);
  }
  return registry.metrics();
}

function clusterGauges(
  { clusters }: ScanResult,
  gauge: (name: string, help: string, label: "cluster") => Gauge<"cluster">,
): void {
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
}
