import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ageDemoFleet, allocateNow, type DemoFleet, demoFleet } from "../../../sim/fleets.ts";
import { type Simulator, startSimulator } from "../../../sim/index.ts";
import { createDrivenClock, type SimulatedClock } from "../../../sim/world/clock.ts";
import { createWorkload, deleteWorkload, NEVER, restartPod, scale } from "../../../sim/world/life.ts";
import { createWorld, type World } from "../../../sim/world/world.ts";
import { assembleRead, assembleRun } from "../../assemble.ts";
import { loadConfig } from "../../config/load.ts";
import type { BacktestResult } from "../../core/replay/result.ts";
import { counted } from "../../core/terms/describe.ts";
import type { Act, ScanResult } from "../../core/terms/result.ts";
import { instant } from "../../core/terms/time.ts";
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
import { backtestTold, createStory, type Say, type Story } from "./demo-story.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Where the terminal does not say how wide it is. */
const USUAL_WIDTH = 80;
/** How often the guard runs in the demo's weeks. */
const TICK = 6 * HOUR;

/** Longer than the demo's StatefulSet is away. */
const RELEASE_AFTER = "7d";
/** Shorter than that. */
const SHORTER = "5d";
/** The policy that is back-tested. */
const SHORTER_FILE = "shorter.yaml";

const configuration = (releaseAfter: string) => `
mode: enforce
state: { dir: ./state }
policy:
  grace: 1h
  maxGap: 13h
  rules:
    - name: leaked pod addresses
      match: { verdict: leaked }
      flagAfter: 1d
      releaseAfter: ${releaseAfter}
    - name: everything else
      match: {}
      flagAfter: 14d
      releaseAfter: never
release: { notice: 24h, maxPerRun: 10, maxPercent: 50 }
`;

interface Scene {
  readonly world: World;
  readonly fleet: DemoFleet;
  readonly guard: Guard;
  readonly story: Story;
  readonly last: ScanResult;
  /** Releases until now. */
  readonly lost: readonly Act[];
}

/** What happens in the four weeks, by the day. */
const PLOT: readonly { readonly day: number; readonly what: string; readonly happen: (scene: Scene) => unknown }[] = [
  {
    day: 2,
    what: "lobby/gate-1 restarts, and gets its address back",
    happen: ({ world, fleet }) => restartPod(world, fleet.games, "StatefulSet", "lobby", "gate-1", "gate", 10 * 60_000),
  },
  {
    day: 3,
    what: "an operator keeps one of the leaked addresses for a partner",
    happen: ({ guard, last }) => keepOne(guard, last),
  },
  {
    day: 5,
    what: "ipamd of cluster games stops",
    happen({ fleet }) {
      fleet.games.bugs.stopped = true;
    },
  },
  {
    day: 6,
    what: "StatefulSet old/arena is deployed again, and claims its addresses",
    happen({ world, fleet }) {
      fleet.games.bugs.stopped = false;
      const shape = { kind: "StatefulSet", namespace: "old", name: "arena", replicas: 1, annotations: NEVER } as const;
      createWorkload(world, fleet.games, shape);
    },
  },
  {
    day: 12,
    what: "seasonal/event is scaled up: its addresses were kept for it",
    happen: ({ world, fleet }) => scale(world, fleet.games, "StatefulSet", "seasonal", "event", 2),
  },
  {
    day: 16,
    what: "one of the released addresses was needed after all",
    happen: ({ guard, story, lost }) => recoverOne(guard, story, lost),
  },
  {
    day: 18,
    what: "StatefulSet lobby/match is deleted for good",
    happen: ({ world, fleet }) => deleteWorkload(world, fleet.games, "StatefulSet", "lobby", "match"),
  },
];

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
    const guard = await openGuard({ simulator, simulated, folder, signal, runCli });
    const verbose = options.verbose === true;
    const width = io.stdout.columns ?? USUAL_WIDTH;
    const say: Say = (text, before = "") => {
      const lines = wrap(readable(text), width - before.length);
      io.stdout.write(lines.map((line, index) => `${index === 0 ? before : " ".repeat(before.length)}${line}\n`).join(""));
    };
    await watch(guard, simulated, 2 * DAY);
    ageDemoFleet(world, fleet);
    await simulator.kubernetes.get(fleet.closed.id)?.close();
    say(
      "A simulated Tencent Cloud account with three clusters, which the guard watches for two days. Then workloads are scaled and deleted, a cluster is deleted, Pods come back under other names. A day later:",
    );
    await watch(guard, simulated, DAY);
    allocateNow(world, fleet);
    const first = await guard.scan();
    const look = { color: usesColour(io, options.out), width };
    io.stdout.write(
      `\n${verbose ? render(first, "table", { ...look, verbose, all: true }) : renderBrief(first, { ...look, top: 1 }, 2)}\n`,
    );

    say("Now four weeks of its life, a run every six hours:");
    const story = createStory(say, simulator.slack, verbose);
    let last = first;
    const lost: Act[] = [];
    for (let hours = 0; hours < 28 * 24; hours += TICK / HOUR) {
      if (io.stdout.isGone?.() === true) return EXIT.done;
      for (const { day, what, happen } of PLOT) {
        if (day * 24 !== hours) continue;
        story.event(simulated.now(), what);
        await happen({ world, fleet, guard, story, last, lost });
      }
      last = await guard.run();
      story.run(last);
      lost.push(...(last.acts ?? []).filter(({ act }) => act === "released"));
      simulated.advance(TICK);
    }
    say(`Would ${SHORTER} have done, instead of ${RELEASE_AFTER}? The same four weeks are played again:`);
    const backtest = `eip-guard backtest --policy ${SHORTER_FILE} --format json`;
    story.command(backtest, backtestTold(JSON.parse(await guard.type(backtest)) as BacktestResult));
    say("What is left:");
    const final = await guard.scan();
    io.stdout.write(`\n${verbose ? render(final, "table", look) : renderBrief(final, look, 0)}\n`);
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
  /** Runs a command line, such as `eip-guard trail verify`, and answers what it printed. */
  readonly type: (line: string) => Promise<string>;
  readonly verify: () => Promise<string>;
}

/** The guard itself, all of it, with the simulated clock. */
async function openGuard({
  simulator,
  simulated,
  folder,
  signal,
  runCli,
}: {
  readonly simulator: Simulator;
  readonly simulated: SimulatedClock;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly runCli: RunCli;
}): Promise<Guard> {
  const clock: Clock = {
    now: () => instant(simulated.now()),
    sleep: async (duration) => simulated.advance(duration),
  };
  const env = { ...simulator.environment, EIP_GUARD_ALLOW_RELEASE: "yes" };
  await writeFile(join(folder, "eip-guard.yaml"), await simulator.configure(folder, configuration(RELEASE_AFTER)));
  await writeFile(join(folder, SHORTER_FILE), await simulator.configure(folder, configuration(SHORTER)));
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
    type: (line) => typed(line.split(" ").slice(1), { env, clock, cwd: folder, signal }, runCli),
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

async function recoverOne(guard: Guard, story: Story, [lost]: readonly Act[]): Promise<void> {
  if (lost === undefined) return;
  const line = `eip-guard recover ${lost.id} --yes`;
  const [back = "", , handBack = ""] = (await guard.type(line)).split("\n");
  story.command(line, `${back}; its Pod gets it by ${handBack}`);
}

/** One of the leaked addresses turns out to be in a partner's firewall. */
async function keepOne(guard: Guard, { eips }: ScanResult): Promise<void> {
  const leaked = eips.find(({ verdict }) => verdict === "leaked");
  if (leaked !== undefined) await guard.keep(leaked.id, "in a partner's firewall");
}
