import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { createDrivenClock, type SimulatedClock } from "../../sim/world/clock.ts";
import { createWorkload, deleteWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { addAccount, createWorld } from "../../sim/world/world.ts";
import { assembleRead, assembleRun } from "../../src/assemble.ts";
import { answerPress, openButtons } from "../../src/buttons.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { EipResult, ScanResult } from "../../src/core/terms/result.ts";
import { instant } from "../../src/core/terms/time.ts";
import { runOnce } from "../../src/cycle/run.ts";
import { scan } from "../../src/cycle/scan.ts";
import { localText } from "../../src/language/figures.ts";
import type { Clock } from "../../src/ports.ts";
import { renderBrief } from "../../src/report/table.ts";

/** What a scene shows: what was printed, and what Slack shows. */
export interface Scene {
  readonly title: string;
  /** By the clock of Shanghai. */
  readonly at: string;
  readonly text: string;
  readonly terminal: string | null;
  readonly messages: readonly { readonly where: string; readonly blocks: readonly unknown[] }[];
}

const HOUR = 3_600_000;
const ZONE = "Asia/Shanghai";
const USER = "U012ABCDEF";
const SECRET = "walkthrough";
/** Monday, 5 January 2026, 09:00 in Shanghai. */
const BEGIN = Date.UTC(2026, 0, 5, 1);

const CONFIGURATION = `
mode: enforce
policy:
  grace: 1h
  rules:
    - { name: leaked pod addresses, match: { verdict: leaked }, flagAfter: 0s, releaseAfter: 24h }
release: { notice: 24h, approval: required }
alerts:
  slack: { channel: "#eip-guard", buttons: { users: [${USER}] } }
  reminder: 4h
  weekly: wed 09:00
`;

/** The same for the simulator, whose Slack has an address of its own. */
function ownPart(): string {
  return `${CONFIGURATION.replace(/alerts:[\s\S]*$/, "")}state: { dir: ./state }\n`;
}

interface Stage {
  readonly simulator: Simulator;
  readonly clock: SimulatedClock;
  readonly scan: () => Promise<ScanResult>;
  readonly run: () => Promise<ScanResult>;
  /** Presses a button below the newest message that has it, as Slack would send it. */
  readonly press: (button: string, eip: string) => Promise<readonly unknown[]>;
}

/** Plays the story, always the same. */
export async function playWalkthrough(): Promise<{ readonly configuration: string; readonly scenes: readonly Scene[] }> {
  const clock = createDrivenClock(BEGIN);
  const world = createWorld(clock, 20_260_105);
  const region = addAccount(world, { regions: ["ap-guangzhou"] }).regions.get("ap-guangzhou");
  if (region === undefined) throw new Error("the account has no region");
  const cluster = startCluster(world, region, { id: "cls-game0001" });
  createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 2, annotations: NEVER });
  createWorkload(world, cluster, { kind: "StatefulSet", namespace: "old", name: "arena", replicas: 2, annotations: NEVER });
  const simulator = await startSimulator({ world, rateLimits: false, tls: false });
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-walkthrough-"));
  try {
    const stage = await openStage(simulator, clock, folder);
    await stage.run();
    clock.advance(HOUR);
    deleteWorkload(world, cluster, "StatefulSet", "old", "arena");
    return { configuration: CONFIGURATION, scenes: await tell(stage) };
  } finally {
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function openStage(simulator: Simulator, clock: SimulatedClock, folder: string): Promise<Stage> {
  const ports: Clock = { now: () => instant(clock.now()), sleep: async (duration) => clock.advance(duration) };
  const written = await simulator.configure(folder, ownPart());
  const alerts = `alerts:\n  reminder: 4h\n  weekly: wed 09:00`;
  const text = written.replace("alerts:", alerts).replace(/(slack: \{[^}]*) \}/, `$1, buttons: { users: [${USER}] } }`);
  await writeFile(join(folder, "eip-guard.yaml"), text);
  const env = { ...simulator.environment, EIP_GUARD_ALLOW_RELEASE: "yes", SLACK_SIGNING_SECRET: SECRET };
  const { config, policyDigest } = await loadConfig({ path: join(folder, "eip-guard.yaml"), env, cwd: folder });
  const reading = await assembleRead(config, env, ports);
  const powers = await assembleRun(config, env, ports, config.policy.mode);
  const buttons = await openButtons(config, env, ports);
  let runs = 0;
  const runId = () => {
    runs += 1;
    return `run-${runs}`;
  };
  const { slack } = simulator;
  return {
    simulator,
    clock,
    scan: () => scan(reading, config, { runId: "scan", notes: [] }),
    run: () => runOnce(powers, config, { runId: runId(), notes: [], policyDigest }),
    async press(button, eip) {
      const index = slack.messages.findLastIndex(({ blocks }) => JSON.stringify(blocks).includes(`"${button}"`));
      const message = slack.messages[index];
      const timestamp = Math.floor(clock.now() / 1_000);
      const pressed = { secret: SECRET, user: USER, blocks: message?.blocks ?? [], button, of: eip, timestamp };
      const { body, headers } = slack.press(pressed);
      const signed = {
        body: Buffer.from(body),
        signature: headers["X-Slack-Signature"],
        timestamp: headers["X-Slack-Request-Timestamp"],
      };
      const before = slack.responses.length;
      const { status } = await answerPress(signed, { ...buttons, answerWithin: 60_000, log: () => undefined });
      const answer = slack.responses[before]?.body;
      if (status !== 200 || answer === undefined) throw new Error(`${button} was answered ${status}`);
      const { blocks, text } = answer;
      if (message !== undefined && Array.isArray(blocks)) slack.messages[index] = { ...message, blocks };
      return Array.isArray(blocks) ? blocks : [{ type: "section", text: { type: "mrkdwn", text } }];
    },
  };
}

/** The scenes, one after the other. */
async function tell(stage: Stage): Promise<readonly Scene[]> {
  const first = await stage.scan();
  const [kept, freed] = first.eips.filter(({ verdict }) => verdict === "leaked");
  if (kept === undefined || freed === undefined) throw new Error("there are not two leaks");
  const scanned: Scene = {
    ...scene(stage, "The first scan", "`eip-guard scan` is a dry run: it reads, judges and writes nothing."),
    terminal: renderBrief(first, { width: 100, color: false, top: 2 }, Number.POSITIVE_INFINITY),
  };
  return [scanned, ...(await announced(stage)), ...(await pressed(stage, kept, freed)), ...(await released(stage, freed))];
}

async function announced(stage: Stage): Promise<readonly Scene[]> {
  const digest = await until(stage, (told) => told.updates.length > 0);
  const found = scene(
    stage,
    "The next run",
    "The leaks are news that needs nobody yet. The digest of the day is changed in place.",
  );
  const notice = await until(stage, (told) => told.titles.some((title) => title.startsWith("Notice")));
  const text =
    "After threshold and grace both are flagged, and people get their notice. The way to a release begins with its delivery.";
  return [
    { ...found, messages: digest.updates.map((blocks) => ({ where: "Slack, the day's digest, changed in place:", blocks })) },
    { ...scene(stage, "Flagged, and the notice", text), messages: posted(notice, "Notice") },
  ];
}

async function pressed(stage: Stage, kept: EipResult, freed: EipResult): Promise<readonly Scene[]> {
  stage.clock.advance(HOUR / 2);
  const reason = await stage.press("Why?", kept.id);
  const why = scene(stage, "Why?", `Somebody presses <kbd>Why?</kbd> below ${kept.id}. Only this person sees the answer.`);
  const keeping = await stage.press("Keep", kept.id);
  const keep = scene(
    stage,
    "Keep, by a button",
    `The address of ${nameOf(kept)} is in a partner's firewall. <kbd>Keep</kbd> keeps it for good.`,
  );
  stage.clock.advance(HOUR / 2);
  await stage.run();
  const approving = await stage.press("Approve", freed.id);
  const approve = scene(
    stage,
    "Approve, by a button",
    `Nobody needs the address of ${nameOf(freed)} any more. The policy asks for an approval; without it nothing is released.`,
  );
  return [
    { ...why, messages: [{ where: "Slack, for this person alone:", blocks: reason }] },
    { ...keep, messages: [{ where: "Slack, the notice, updated:", blocks: keeping }] },
    { ...approve, messages: [{ where: "Slack, the notice, updated:", blocks: approving }] },
  ];
}

async function released(stage: Stage, freed: EipResult): Promise<readonly Scene[]> {
  const reminder = await until(stage, (told) => told.titles.some((title) => title.startsWith("Reminder")));
  const reminded = scene(stage, "The reminder", "Four hours before the end of the notice people are reminded, once.");
  const receipt = await until(stage, (told) => told.titles.some((title) => title.startsWith("Released")));
  const text = `Its notice is over. The guard reads everything again, judges again, and releases ${freed.id} through its claim. The receipt has the call that may get the address back.`;
  const done = scene(stage, "The release, and the receipt", text);
  const weekly = await until(stage, (told) => told.titles.some((title) => title.startsWith("Weekly")));
  const summary = scene(
    stage,
    "The weekly summary",
    "Nothing changed since. On Wednesday at nine the guard says how things stand.",
  );
  return [
    { ...reminded, messages: posted(reminder, "Reminder") },
    { ...done, messages: posted(receipt, "Released") },
    { ...summary, messages: posted(weekly, "Weekly") },
  ];
}

function nameOf({ pod, ip }: EipResult): string {
  return pod === null ? ip : `${pod.namespace}/${pod.name}`;
}

function scene({ clock }: Stage, title: string, text: string): Scene {
  const at = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, weekday: "long" }).format(clock.now());
  return { title, at: `${at}, ${localText(instant(clock.now()), ZONE)}`, text, terminal: null, messages: [] };
}

/** What Slack got in a run. */
interface Told {
  readonly titles: readonly string[];
  readonly messages: Simulator["slack"]["messages"];
  /** Messages that were changed. */
  readonly updates: readonly (readonly unknown[])[];
}

/** Runs once an hour until Slack got it. */
async function until({ simulator: { slack }, clock, run }: Stage, came: (told: Told) => boolean): Promise<Told> {
  for (let hours = 0; hours < 24 * 14; hours += 1) {
    const [messages, updates] = [slack.messages.length, slack.updates.length];
    await run();
    const news = slack.messages.slice(messages);
    const told = {
      messages: news,
      titles: news.map(({ text }) => text),
      updates: slack.updates.slice(updates).map(({ blocks }) => blocks),
    };
    if (came(told)) return told;
    clock.advance(HOUR);
  }
  throw new Error("what the walk-through waits for did not come within two weeks");
}

function posted({ messages }: Told, title: string): Scene["messages"] {
  return messages
    .filter(({ text }) => text.startsWith(title))
    .map(({ channel, blocks }) => ({ where: `Slack, \`${channel}\`:`, blocks }));
}
