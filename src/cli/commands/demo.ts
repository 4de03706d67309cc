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
import { counted } from "../../core/terms/describe.ts";
import type { Act, ScanResult } from "../../core/terms/result.ts";
import { instant, iso } from "../../core/terms/time.ts";
import { runOnce } from "../../cycle/run.ts";
import { scan } from "../../cycle/scan.ts";
import { GuardError } from "../../errors.ts";
import type { Clock } from "../../ports.ts";
import { readable } from "../../report/escape.ts";
import { render } from "../../report/index.ts";
import { wrap } from "../../report/layout.ts";
import { renderBrief } from "../../report/table.ts";
import { EXIT } from "../exit-codes.ts";
import type { CliIo, CommandContext, RunCli } from "../io.ts";
import { usesColour } from "../output.ts";
import type { OwnOptions } from "../own-options.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Where the terminal does not say how wide it is. */
const USUAL_WIDTH = 80;
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
export async function demo(context: CommandContext, own: OwnOptions, runCli: RunCli): Promise<number> {
  if (own.deploy === true) return demoOfDeployment(context, runCli);
  const { io, options, tell, signal } = context;
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-demo-"));
  const simulated = createDrivenClock(Date.UTC(2026, 0, 5, 1));
  const world = createWorld(simulated, 20_260_105);
  const fleet = demoFleet(world);
  const simulator = await startSimulator({ world, rateLimits: false, tls: false });
  try {
    const guard = await openGuard(simulator, simulated, folder, signal);
    const verbose = options.verbose === true;
    const width = io.stdout.columns ?? USUAL_WIDTH;
    const say = (text: string, before = "") => {
      const lines = wrap(readable(text), width - before.length);
      io.stdout.write(lines.map((line, index) => `${index === 0 ? before : " ".repeat(before.length)}${line}\n`).join(""));
    };
    say("A simulated Tencent Cloud account with three clusters. The guard watches it for two days.");
    await watch(guard, simulated, 2 * DAY);
    ageDemoFleet(world, fleet);
    await simulator.kubernetes.get(fleet.closed.id)?.close();
    say("Then things change: workloads are scaled and deleted, a cluster is deleted, Pods come back under other names.");
    await watch(guard, simulated, DAY);
    allocateNow(world, fleet);
    say("A day later this is what it sees:");
    const first = await guard.scan();
    const look = { color: usesColour(io, options.out), width };
    io.stdout.write(
      `\n${verbose ? render(first, "table", { ...look, verbose, all: true }) : renderBrief(first, { ...look, top: 1 })}\n`,
    );

    say("Now four weeks of its life, a run every six hours:");
    io.stdout.write("\n");
    const story = createStory(say, simulator, verbose);
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
    for (let hours = 0; hours < 28 * 24; hours += TICK / HOUR) {
      if (io.stdout.isGone?.() === true) return EXIT.done;
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
    io.stdout.write("\n");
    say("What is left:");
    const final = await guard.scan();
    io.stdout.write(`\n${verbose ? render(final, "table", look) : renderBrief(final, { ...look, top: 1 })}\n`);
    say(`Slack got ${simulator.slack.messages.length} messages. The whole story is in the trail, which ${await guard.verify()}.`);
    if (!verbose) say("eip-guard demo --verbose tells each act, each message and each EIP.");
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

/** `eip-guard demo --deploy`: the way of the scheduled function into SCF, each command as it is typed. */
async function demoOfDeployment({ io, assembly }: CommandContext, runCli: RunCli): Promise<number> {
  const { deployStory } = await import("./demo-deploy.ts");
  let number = 0;
  await deployStory({
    assembly,
    run: (argv, around) => typed(argv, around, runCli),
    tell({ title, command, output, calls }) {
      number += 1;
      const lines = [
        `${number}. ${title}`,
        ...(command === null ? [] : [`   $ ${command}`]),
        ...output.split("\n").map((one) => `   ${one}`),
      ];
      const made = calls.length === 0 ? [] : [`   calls: ${calls.join(", ")}`];
      io.stdout.write(`${[...lines, ...made, "", ""].join("\n")}`);
    },
  });
  return EXIT.done;
}

/**
 * Runs a command line, and answers what it printed.
 *
 * @throws GuardError where it did not end well
 */
export async function typed(argv: readonly string[], around: Omit<CliIo, "stdout" | "stderr">, runCli: RunCli): Promise<string> {
  let out = "";
  let err = "";
  const stdout = {
    write: (part: string) => {
      out += part;
    },
  };
  const stderr = {
    write: (part: string) => {
      err += part;
    },
  };
  const code = await runCli(argv, { ...around, stdout, stderr });
  if (code === EXIT.done) return out.trim();
  const why = `eip-guard ${argv.join(" ")} ended with ${code}: ${err.trim()}`;
  throw new GuardError("DemoFailed", code === EXIT.usage ? "user" : "guard", why, "see what the message says");
}

interface Guard {
  readonly scan: () => Promise<ScanResult>;
  readonly run: () => Promise<ScanResult>;
  readonly keep: (eip: string, why: string) => Promise<void>;
  readonly verify: () => Promise<string>;
}

/** The guard itself, all of it, with the simulated clock. */
async function openGuard(simulator: Simulator, simulated: SimulatedClock, folder: string, signal: AbortSignal): Promise<Guard> {
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
    async scan() {
      signal.throwIfAborted();
      return scan(reading, config, { runId: runId(), notes: [] });
    },
    async run() {
      signal.throwIfAborted();
      return runOnce(powers, config, { runId: runId(), notes: [], policyDigest });
    },
    async keep(eip, why) {
      const { speak } = await import("../../cycle/persons.ts");
      await speak({ store: powers.ports.store, clock }, eip, { says: "keep", until: null, why }, "ann");
    },
    async verify() {
      const { verifyTrail } = await import("../../trail/chain.ts");
      const { trailHead } = await powers.ports.store.readLedger();
      const verified = await verifyTrail(powers.ports.store.readTrail(), trailHead);
      return verified.holds ? `holds with its ${counted(verified.records, "record")}` : `is broken: ${verified.why}`;
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
  failed: "FAILED",
  released: "RELEASED",
  withheld: "withheld",
  noticed: "announced in Slack",
  flagged: "flagged",
  unflagged: "unflagged",
} as const;

/** Tells what happened, not that nothing did: each act and message, or in short each sort of act with its first EIP. */
function createStory(say: (text: string, before?: string) => void, simulator: Simulator, verbose: boolean): Story {
  let told = simulator.slack.messages.length;
  const line = (at: string, text: string) => say(text, `${at.slice(0, 16).replace("T", " ")}    `);
  return {
    event: (at, what) => say(what, `${iso(instant(at)).slice(0, 16).replace("T", " ")}  · `),
    run({ run, acts = [] }) {
      const news = simulator.slack.messages.slice(told);
      told = simulator.slack.messages.length;
      if (verbose) for (const { id, act, why } of acts) line(run.startedAt, `${WORDS[act]} ${id}: ${why}`);
      else for (const text of inShort(acts)) line(run.startedAt, text);
      // In short, a message is told that goes with an act; the digest of the day is not.
      for (const { text } of verbose ? news : news.slice(0, acts.length === 0 ? 0 : 1)) line(run.startedAt, `Slack: ${text}`);
    },
  };
}

function inShort(acts: readonly Act[]): readonly string[] {
  return Object.entries(WORDS).flatMap(([kind, word]) => {
    // Slack's own message tells the notice.
    const own = acts.filter(({ act }) => act === kind && act !== "noticed");
    const [first] = own;
    if (first === undefined) return [];
    const more = own.length === 1 ? "" : ` and ${own.length - 1} more`;
    return [`${word} ${first.id}${more}: ${first.why}`];
  });
}
