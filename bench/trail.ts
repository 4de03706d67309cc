import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrailHead } from "../src/core/terms/ledger.ts";
import { after, DAY, type Instant, instant, milliseconds } from "../src/core/terms/time.ts";
import type { TrailEvent } from "../src/core/terms/trail.ts";
import { openFolderStore } from "../src/store/folder.ts";
import { chain, lineOf, verifyTrail } from "../src/trail/chain.ts";

/** `npm run bench -- trail`: how long it takes to verify the trail of a year, and whether memory grows with its length. */

const EIPS = 5_000;
const DAYS = 365;
const START: Instant = instant(Date.UTC(2026, 0, 1));

export interface TrailBench {
  readonly records: number;
  readonly seconds: number;
  /** Of the whole process, so far. */
  readonly peakRssMegabytes: number;
}

/** Verifies a generated trail of so many days, read from a folder as `eip-guard trail verify` reads it. */
export async function benchTrail(days: number = DAYS): Promise<TrailBench> {
  const dir = await mkdtemp(join(tmpdir(), "eip-guard-bench-trail-"));
  try {
    const head = await writeTrail(join(dir, "trail.jsonl"), days);
    const startedAt = performance.now();
    const verification = await verifyTrail(openFolderStore(dir).readTrail(), head);
    const seconds = (performance.now() - startedAt) / 1_000;
    if (!verification.holds) throw new Error(`the generated trail does not hold at ${verification.at}: ${verification.why}`);
    return { records: verification.records, seconds, peakRssMegabytes: process.resourceUsage().maxRSS / 1_024 };
  } finally {
    await rm(dir, { recursive: true });
  }
}

export async function run(): Promise<void> {
  for (const days of [Math.round(DAYS / 10), DAYS]) {
    const { records, seconds, peakRssMegabytes } = await benchTrail(days);
    const what = `trail of ${days} days of ${EIPS} EIPs: ${records} records verified`;
    console.log(`${what} in ${seconds.toFixed(2)} s, peak RSS ${peakRssMegabytes.toFixed(0)} MB`);
  }
}

/** Every EIP is bound, idle and judged again once in seven days, and each day has its alert: the same trail each time. */
async function writeTrail(path: string, days: number): Promise<TrailHead | null> {
  const file = createWriteStream(path);
  let head: TrailHead | null = null;
  for (let day = 0; day < days; day += 1) {
    const records = chain(eventsOf(day), head);
    for (const { sequence, hash } of records.slice(-1)) head = { sequence, hash };
    if (!file.write(records.map(lineOf).join(""))) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
  return head;
}

function eventsOf(day: number): readonly TrailEvent[] {
  const at = after(START, milliseconds(day * DAY));
  const run = `run-${day}`;
  const events: TrailEvent[] = [
    { kind: "configuration", at, run, eip: null, facts: { policy: "sha256", mode: "audit", before: null } },
  ];
  for (let number = 0; number < EIPS; number += 1) {
    const eip = `eip-${number.toString(36).padStart(8, "0")}`;
    const ip = `203.0.${number >> 8}.${number & 255}`;
    const pod = `games/web-${number}`;
    if (day === 0) events.push({ kind: "first-seen", at, run, eip, facts: { ip, status: "BIND", pod } });
    if ((day + number) % 7 !== 0) continue;
    events.push({ kind: "bound", at, run, eip, facts: { ip, status: "BIND", pod } });
    events.push({ kind: "idle", at, run, eip, facts: { ip, status: "UNBIND", pod } });
    events.push({
      kind: "verdict",
      at,
      run,
      eip,
      facts: { ip, verdict: "retained", reason: "workload-includes-pod", detail: "its workload lives", before: "in-use (bound)" },
    });
  }
  return events;
}
