import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom, type Random } from "../sim/world/random.ts";
import { type ReadingAt, readingsFacts } from "../src/core/replay/readings.ts";
import { DAY, HOUR, instant, MINUTE } from "../src/core/terms/time.ts";
import type { JudgedFacts, TrailEvent } from "../src/core/terms/trail.ts";
import { openFolderStoreForWriting } from "../src/store/folder.ts";

/** `npm run bench -- backtest [DAYS] [DAYS BETWEEN SPELLS]`: a recorded year of 5,000 EIPs, a run in ten minutes, played again by the built program. */

const EIPS = 5_000;
const EVERY = 10 * MINUTE;
const START = Date.UTC(2026, 0, 1);
const SWEEP = "releaseAfter=1d..30d";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export async function run([days = "365", between = "14"]: readonly string[]): Promise<void> {
  if (!existsSync(here("../dist/cli.js"))) throw new Error("run npm run build first");
  // A tenth first: memory is flat where the whole needs no more.
  for (const length of [Math.round(Number(days) / 10), Number(days)]) await benchDays(length, Number(between));
}

async function benchDays(days: number, between: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-bench-backtest-"));
  try {
    const state = join(folder, "state");
    await writeFile(
      join(folder, "eip-guard.yaml"),
      "version: 1\ntencent: { regions: [ap-guangzhou] }\nstate: { dir: ./state }\n",
    );
    const records = await writeTrail(state, days, between);
    const bytes = await sizeOf(state);
    console.log(`${days} days of ${EIPS} EIPs: ${records} records, ${(bytes / 1e6).toFixed(0)} MB`);
    for (const args of [[], ["--sweep", SWEEP]]) {
      const { seconds, peakMiB, released, wrong } = await once(folder, args);
      const what = ["backtest", ...args].join(" ");
      console.log(
        `  ${what}: ${seconds.toFixed(1)} s, peak ${peakMiB.toFixed(0)} MiB; ${released} released, ${wrong} of them false`,
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function sizeOf(dir: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(dir, { recursive: true })) bytes += (await stat(join(dir, name))).size;
  return bytes;
}

interface Measured {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly released: number;
  readonly wrong: number;
}

async function once(folder: string, args: readonly string[]): Promise<Measured> {
  const start = performance.now();
  const command = ["--import", here("./peak.mjs"), here("../dist/cli.js"), "backtest", ...args, "--format", "json"];
  const child = spawn(process.execPath, command, { cwd: folder, env: { PATH: process.env.PATH ?? "" } });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const complaints = Buffer.concat(err).toString("utf8");
  const [, usage] = /^used (.*)$/m.exec(complaints) ?? [];
  if (code !== 0 || usage === undefined) throw new Error(`backtest ended with ${code}: ${complaints}`);
  const { released, falseReleases } = JSON.parse(Buffer.concat(out).toString("utf8"));
  const seconds = (performance.now() - start) / 1_000;
  return { seconds, peakMiB: JSON.parse(usage).kib / 1_024, released: released.length, wrong: falseReleases };
}

/** One EIP of the generated fleet. */
interface Life {
  readonly id: string;
  readonly ip: string;
  readonly number: number;
  readonly bornAt: number;
  state: "new" | "bound" | "recycling" | "leaked";
  /** When it becomes something else. */
  next: number;
  spellEndsAt: number;
}

/** Writes the trail as runs write it: a record for what changed, the readings with it. The same each time. */
async function writeTrail(state: string, days: number, between: number): Promise<number> {
  const random = createRandom(1);
  const fleet = Array.from({ length: EIPS }, (_, number) => born(number, `${number}`, START, random));
  const store = await openFolderStoreForWriting(state, { now: () => instant(Date.now()), sleep: async () => undefined });
  let records = 0;
  let readings: ReadingAt[] = [];
  for (let day = 0; day < days; day += 1) {
    const events: TrailEvent[] = [];
    for (let now = START + day * DAY; now < START + (day + 1) * DAY; now += EVERY) {
      readings.push([instant(now), instant(now - 4_000)]);
      const changed = changesAt(fleet, now, between, random);
      if (changed.length === 0 && readings.length < 100) continue;
      events.push(
        { kind: "readings", at: instant(now), run: `run-${now}`, eip: null, facts: readingsFacts(readings) },
        ...changed,
      );
      readings = [];
    }
    if (events.length > 0) await store.append(events);
    records += events.length;
  }
  return records;
}

function born(number: number, name: string, at: number, random: Random): Life {
  const ip = `203.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
  return {
    id: `eip-${name.padStart(8, "0")}`,
    ip,
    number,
    bornAt: at,
    state: "new",
    next: at + random.below(DAY),
    spellEndsAt: 0,
  };
}

function changesAt(fleet: Life[], now: number, between: number, random: Random): readonly TrailEvent[] {
  const events: TrailEvent[] = [];
  const base = { at: instant(now), run: `run-${now}` };
  if (now === START) events.push(regionRead(base));
  for (const [index, eip] of fleet.entries()) {
    if (eip.next > now) continue;
    const was = eip.state;
    if (was === "leaked" && eip.spellEndsAt === Number.POSITIVE_INFINITY) {
      // Somebody released it by hand; another one is made in its place.
      events.push({ ...base, kind: "gone", eip: eip.id, facts: { ip: eip.ip, lastSeenAt: new Date(now - EVERY).toISOString() } });
      fleet[index] = born(eip.number, `${now / EVERY}${index}`, now, random);
      continue;
    }
    change(eip, now, between, random);
    if (was === "new" || eip.state !== "leaked") events.push(seen(base, eip, was));
    events.push(verdict(base, eip), judged(base, eip, now));
  }
  return events;
}

/** Bound, then idle: recycling for an hour, then leaked until its Pod is back or, one time in fifty, until somebody releases it by hand. */
function change(eip: Life, now: number, between: number, random: Random): void {
  if (eip.state === "bound") {
    const long = random.chance(0.1) ? (1 + random.below(20)) * DAY : (1 + random.below(20)) * HOUR;
    eip.state = "recycling";
    eip.spellEndsAt = now + long;
    eip.next = now + HOUR;
  } else if (eip.state === "recycling") {
    eip.state = "leaked";
    const forever = random.chance(0.02);
    eip.next = forever ? now + 30 * DAY : eip.spellEndsAt;
    if (forever) eip.spellEndsAt = Number.POSITIVE_INFINITY;
  } else {
    eip.state = "bound";
    eip.next = now + random.below(2 * between * DAY);
  }
}

type Base = Pick<TrailEvent, "at" | "run">;

function regionRead(base: Base): TrailEvent {
  return { ...base, kind: "region", eip: null, facts: { account: "default", region: "ap-guangzhou", read: true, brake: null } };
}

function seen(base: Base, { id, ip, number, state }: Life, was: Life["state"]): TrailEvent {
  const bound = state === "bound";
  const kind = bound ? "bound" : "idle";
  const facts = { ip, status: bound ? "BIND" : "UNBIND", pod: `games/web-${number}@cls-bench001` };
  return { ...base, kind: was === "new" ? "first-seen" : kind, eip: id, facts };
}

const JUDGED = {
  bound: { verdict: "in-use", reason: "bound", detail: "it is bound to eni-1a2b3c4d" },
  new: { verdict: "in-use", reason: "bound", detail: "it is bound to eni-1a2b3c4d" },
  recycling: { verdict: "recycling", reason: "ipamd-will-recycle", detail: "ipamd recycles it within the hour" },
  leaked: {
    verdict: "leaked",
    reason: "workload-gone-never-recycled",
    detail: "StatefulSet games/web is gone, and the recycle threshold is never",
  },
} as const;

function verdict(base: Base, { id, ip, state }: Life): TrailEvent {
  return { ...base, kind: "verdict", eip: id, facts: { ip, before: null, ...JUDGED[state] } };
}

function judged(base: Base, { id, ip, number, bornAt, state }: Life, now: number): TrailEvent {
  const idle = state === "recycling" || state === "leaked";
  const facts: JudgedFacts = {
    ip,
    status: idle ? "UNBIND" : "BIND",
    account: "default",
    region: "ap-guangzhou",
    cluster: "cls-bench001",
    namespace: "games",
    workload: "StatefulSet/web",
    guessed: false,
    pod: `web-${number}`,
    owner: "team-a",
    tags: '{"tke-clusterId":"cls-bench001","tke-added":"true"}',
    reasons: JUDGED[state].reason,
    complete: true,
    idle,
    threshold: 0,
    neverTouched: null,
    obstacle: null,
    needsPerson: false,
    chargeType: "TRAFFIC_POSTPAID_BY_HOUR",
    perHour: 0.2,
    currency: "CNY",
    bornAt,
    ...(idle ? { updatedTime: new Date(now).toISOString() } : {}),
  };
  return { ...base, kind: "judged", eip: id, facts };
}
