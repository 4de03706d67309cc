import type { ToldEip } from "../core/terms/ledger.ts";
import { recoverLine } from "../core/terms/recovery.ts";
import type { Act, EipResult } from "../core/terms/result.ts";
import { csvRecord } from "../report/csv.ts";
import type { ListFile } from "./message.ts";

const COLUMNS = [
  "id",
  "ip",
  "account",
  "region",
  "pod",
  "workload",
  "verdict",
  "reason",
  "detail",
  "releaseAt",
  "approvalNeeded",
  "perMonth",
  "currency",
] as const;

/** EIPs as a CSV file: the list in full that goes with a message. */
export function listFile(name: string, eips: readonly EipResult[]): ListFile {
  const records = eips.map(({ id, ip, account, region, pod, verdict, reason, detail, releaseAt, approval, cost }) => [
    id,
    ip,
    account,
    region,
    pod === null ? "" : `${pod.namespace}/${pod.name}@${pod.cluster}`,
    pod?.workload == null ? "" : `${pod.workload.kind} ${pod.workload.name}`,
    verdict,
    reason,
    detail,
    releaseAt,
    approval.needed,
    "unknown" in cost ? null : Number((cost.perHour * 730).toFixed(2)),
    "unknown" in cost ? "" : cost.currency,
  ]);
  return { name, content: [COLUMNS, ...records].map(csvRecord).join(""), eips: eips.map(({ id }) => id) };
}

const TOLD = ["id", "ip", "account", "region", "pod", "reason", "why", "recover", "recovery"] as const;

/** The same of what happened to EIPs: of releases, with the command that may get each back, and the call that it makes. */
export function toldFile(name: string, eips: readonly ToldEip[]): ListFile {
  const records = eips.map(({ id, ip, account, region, pod, reason = "", why, recovery }) => [
    id,
    ip,
    account,
    region,
    pod,
    reason,
    why,
    recovery === null ? null : recoverLine(id),
    recovery,
  ]);
  return { name, content: [TOLD, ...records].map(csvRecord).join(""), eips: eips.map(({ id }) => id) };
}

const ACTS = ["id", "act", "why", "at"] as const;

/** Acts, such as those that failed. */
export function actsFile(name: string, acts: readonly Act[]): ListFile {
  const records = acts.map(({ id, act, why, at }) => [id, act, why, at]);
  return { name, content: [ACTS, ...records].map(csvRecord).join(""), eips: acts.map(({ id }) => id) };
}
