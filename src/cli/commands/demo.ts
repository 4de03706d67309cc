import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ageDemoFleet, allocateNow, demoFleet } from "../../../sim/fleets.ts";
import { type Simulator, startSimulator } from "../../../sim/index.ts";
import { createDrivenClock, type SimulatedClock } from "../../../sim/world/clock.ts";
import { createWorkload, deleteWorkload, NEVER, restartPod, scale } from "../../../sim/world/life.ts";
import { createWorld } from "../../../sim/world/world.ts";
import { assembleRead, assembleRun } from "../../assemble.ts";
import { loadConfig } from "../../config/load.ts";
import type { ScanResult } from "../../core/result.ts";
import { instant, iso } from "../../core/time.ts";
import { runOnce } from "../../cycle/run.ts";
import { scan } from "../../cycle/scan.ts";
import type { Clock } from "../../ports.ts";
import { render } from "../../report/index.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import { usesColour } from "../output.ts";
import type { OwnOptions } from "../program.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How often the guard runs in the demo's weeks. */
const TICK = 6 * HOUR;

const CONFIGURATION = `
mode: enforce
state: { dir: ./state }
policy:
  grace: 1h
  maxGap: 13h
  rules:
    - name: leaked pod addresses
      match: { verdict: leaked }
      flagAfter: 1d
      releaseAfter: 7d
    - name: everything else
      match: {}
      flagAfter: 14d
      releaseAfter: never
release: { notice: 24h, maxPerRun: 10, maxPercent: 50 }
`;

/** `eip-guard demo`: a scan, then some weeks of life, against a simulated cloud and cluster. Needs no account and no network. */
export async function demo({ io, options, tell, signal }: CommandContext, own: OwnOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-demo-"));
  const simulated = createDrivenClock(Date.UTC(2026, 0, 5, 1));
  const world = createWorld(simulated, 20_260_105);
  const fleet = demoFleet(world);
  const simulator = await startSimulator({ world, rateLimits: false });
  try {
    const guard = await openGuard(simulator, simulated, folder);
    const say = (text: string) => io.stdout.write(`${text}\n`);
    say("A simulated Tencent Cloud account with three clusters. The guard watches it for two days.");
    await watch(guard, simulated, 2 * DAY);
    ageDemoFleet(world, fleet);
    await simulator.kubernetes.get(fleet.closed.id)?.close();
    say("Then things change: workloads are scaled and deleted, a cluster is deleted, Pods come back under other names.");
    await watch(guard, simulated, DAY);
    allocateNow(world, fleet);
    say("A day later this is what it sees:\n");
    const first = await guard.scan();
    const look = { color: usesColour(io, options.out), width: io.stdout.columns ?? 120 };
    say(render(first, "table", { ...look, verbose: true }));

    say("Now four weeks of its life, a run every six hours:\n");
    const story = createStory(say, simulator);
    const at = (day: number, what: string, happen: () => void) => ({ day, what, happen });
    const plot = [
      at(2, "lobby/gate-1 restarts, and gets its address back", () =>
        restartPod(world, fleet.games, "StatefulSet", "lobby", "gate-1", "gate", 10 * 60_000),
      ),
      at(3, "an operator keeps one of the leaked addresses for a partner", () => undefined),
      at(5, "ipamd of cluster games stops", () => {
        fleet.games.bugs.stopped = true;
      }),
      at(6, "StatefulSet old/arena is deployed again under its old name, and claims its addresses", () => {
        fleet.games.bugs.stopped = false;
        createWorkload(world, fleet.games, {
          kind: "StatefulSet",
          namespace: "old",
          name: "arena",
          replicas: 1,
          annotations: NEVER,
        });
      }),
      at(12, "seasonal/event is scaled up: its addresses were kept for it", () =>
        scale(world, fleet.games, "StatefulSet", "seasonal", "event", 2),
      ),
      at(18, "StatefulSet lobby/match is deleted for good", () =>
        deleteWorkload(world, fleet.games, "StatefulSet", "lobby", "match"),
      ),
    ];
    let last = first;
    for (let hours = 0; hours < 28 * 24 && !signal.aborted; hours += TICK / HOUR) {
      const event = plot.find(({ day }) => day * 24 === hours);
      if (event !== undefined) {
        story.event(simulated.now(), event.what);
        event.happen();
        if (event.day === 3) await keepOne(guard, last);
      }
      last = await guard.run();
      story.run(last);
      simulated.advance(TICK);
    }
    say("\nWhat is left:\n");
    const final = await guard.scan();
    say(render(final, "table", look));
    say(`Slack got ${simulator.slack.messages.length} messages. The whole story is in the trail, which ${await guard.verify()}.`);
    if (own.html !== undefined) {
      await writeFile(resolve(io.cwd, own.html), render(first, "html", look));
      tell(`the first scan is in ${own.html}`);
    }
    return EXIT.done;
  } finally {
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Guard {
  readonly scan: () => Promise<ScanResult>;
  readonly run: () => Promise<ScanResult>;
  readonly keep: (eip: string, why: string) => Promise<void>;
  readonly verify: () => Promise<string>;
}

/** The guard itself, all of it, with the simulated clock. */
async function openGuard(simulator: Simulator, simulated: SimulatedClock, folder: string): Promise<Guard> {
  const clock: Clock = {
    now: () => instant(simulated.now()),
    sleep: async (duration) => simulated.advance(duration),
  };
  const env = { ...simulator.environment, EIP_GUARD_ALLOW_RELEASE: "yes" };
  await writeFile(join(folder, "eip-guard.yaml"), await simulator.configure(folder, CONFIGURATION));
  const { config, policyDigest } = await loadConfig({ path: join(folder, "eip-guard.yaml"), env, cwd: folder });
  const reading = await assembleRead(config, env, clock);
  const powers = await assembleRun(config, env, clock, config.policy.mode);
  let runs = 0;
  const runId = () => {
    runs += 1;
    return `demo-${runs}`;
  };
  return {
    scan: () => scan(reading, config, { runId: runId(), notes: [] }),
    run: () => runOnce(powers, config, { runId: runId(), notes: [], policyDigest }),
    async keep(eip, why) {
      const { speak } = await import("../../cycle/persons.ts");
      await speak({ store: powers.ports.store, clock }, eip, { says: "keep", until: null, why }, "ann");
    },
    async verify() {
      const { verifyTrail } = await import("../../store/trail-chain.ts");
      const { trailHead } = await powers.ports.store.readLedger();
      const verified = await verifyTrail(powers.ports.store.readTrail(), trailHead);
      return verified.holds ? `holds with its ${verified.records} records` : `is broken: ${verified.why}`;
    },
  };
}

async function watch(guard: Guard, simulated: SimulatedClock, duration: number): Promise<void> {
  for (let passed = 0; passed < duration; passed += TICK) {
    await guard.run();
    simulated.advance(TICK);
  }
}

/** One of the leaked addresses turns out to be in a partner's firewall. */
async function keepOne(guard: Guard, { eips }: ScanResult): Promise<void> {
  const leaked = eips.find(({ verdict }) => verdict === "leaked");
  if (leaked !== undefined) await guard.keep(leaked.id, "in a partner's firewall");
}

interface Story {
  readonly event: (at: number, what: string) => void;
  readonly run: (result: ScanResult) => void;
}

const WORDS = {
  flagged: "flagged",
  unflagged: "unflagged",
  noticed: "announced in Slack",
  released: "RELEASED",
  withheld: "withheld",
  failed: "FAILED",
} as const;

/** Tells what happened, not that nothing did. */
function createStory(say: (text: string) => void, simulator: Simulator): Story {
  let told = simulator.slack.messages.length;
  const moment = (at: string) => at.slice(0, 16).replace("T", " ");
  return {
    event: (at, what) => say(`${moment(iso(instant(at)))}  · ${what}`),
    run({ run, acts = [] }) {
      for (const { id, act, why } of acts) say(`${moment(run.startedAt)}    ${WORDS[act]} ${id}: ${why}`);
      for (const { text } of simulator.slack.messages.slice(told)) say(`${moment(run.startedAt)}    Slack: ${text}`);
      told = simulator.slack.messages.length;
    },
  };
}
