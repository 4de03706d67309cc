import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCosServer } from "../../../sim/cos.ts";
import { demoFleet } from "../../../sim/fleets.ts";
import { type Simulator, startSimulator } from "../../../sim/index.ts";
import { createDrivenClock } from "../../../sim/world/clock.ts";
import { functionOf } from "../../../sim/world/functions.ts";
import { type Account, addSecret, createWorld, type Region } from "../../../sim/world/world.ts";
import { counted } from "../../core/terms/describe.ts";
import { instant } from "../../core/terms/time.ts";
import { GuardError } from "../../errors.ts";
import type { Assembly } from "../assembly.ts";
import type { CliIo } from "../io.ts";

/** One step of the way: a command and what it printed, or what happened. */
export interface Chapter {
  readonly title: string;
  /** As a person types it; null where the platform acts. */
  readonly command: string | null;
  readonly output: string;
  /** Actions of the cloud in their order; in no order where a function made them. */
  readonly calls: readonly string[];
}

export interface StoryOptions {
  readonly assembly: Assembly;
  /** Runs a command line of this program, in a folder, and answers what it printed. */
  readonly run: (argv: readonly string[], around: Required<Pick<CliIo, "env" | "clock" | "cwd" | "assembly">>) => Promise<string>;
  readonly tell: (chapter: Chapter) => void;
}

const HOUR = 3_600_000;
const BUCKET = "eip-guard-1250000000";
const SECRET = "eip-guard-slack";

function configuration(endpoint: string, grace: string): string {
  // What comes on some days of the week only is left out.
  return `  weekly: never
mode: audit
policy: { grace: ${grace} }
state: { cos: { bucket: ${BUCKET}, region: ap-guangzhou, endpoint: "${endpoint}" } }
secrets: { SLACK_BOT_TOKEN: ${SECRET} }
deploy:
  schedule: "*/10 * * * *"
`;
}

/** The whole way into SCF and out again, against the simulator: the deployed package itself runs at the tick of the timer. */
export async function deployStory({ assembly, run, tell }: StoryOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-demo-"));
  // The function runs in a process of its own, by this machine's clock.
  const simulated = createDrivenClock(Date.now() - 2 * HOUR);
  const world = createWorld(simulated, 20_260_105);
  demoFleet(world);
  simulated.advance(2 * HOUR);
  const [account] = world.accounts;
  const region = account?.regions.get("ap-guangzhou");
  if (account === undefined || region === undefined) throw new Error("the demo's fleet has no account");
  const cos = await startCosServer({ keys: [account] });
  const onRunKeys = ({ id, key, token }: { readonly id: string; readonly key: string; readonly token: string }) =>
    cos.keys.push({ secretId: id, secretKey: key, token });
  const simulator = await startSimulator({ world, rateLimits: false, tls: false, onRunKeys });
  addSecret(world, region, SECRET, simulator.slack.token);
  const clock = { now: () => instant(simulated.now()), sleep: async (ms: number) => simulated.advance(ms) };
  const configure = async (grace: string) =>
    writeFile(join(folder, "eip-guard.yaml"), await simulator.configure(folder, configuration(cos.endpoint, grace)));
  const { SLACK_BOT_TOKEN: _, ...env } = simulator.environment;
  const command = async (title: string, argv: readonly string[]) => {
    const before = simulator.cloud.calls.length;
    const output = await run(argv, { env, clock, cwd: folder, assembly });
    const calls = simulator.cloud.calls.slice(before).map(({ action }) => action);
    tell({ title, command: `eip-guard ${argv.join(" ")}`, output, calls: withoutOwn(calls) });
  };
  try {
    await configure("1h");
    await command("The plan, by reading calls alone", ["deploy", "--dry-run"]);
    await command("Done as planned, read back, and run once by hand, which is a dry run", ["deploy", "--yes"]);
    await command("Again: the plan is empty", ["deploy"]);
    tell(await tick(simulator, account, region));
    await configure("2h");
    await command("Another policy in eip-guard.yaml: only the package differs", ["deploy", "--yes"]);
    await command("Out again; state and role stay", ["undeploy", "--yes"]);
    tell({
      title: "What is left",
      command: null,
      output: leftOf(account, region, [...cos.objects.keys()], await readFile(join(folder, "eip-guard.yaml"), "utf8")),
      calls: [],
    });
  } finally {
    await simulator.close();
    await cos.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What an invocation by hand made the function call is told by its totals. */
function withoutOwn(calls: readonly string[]): readonly string[] {
  const invoked = calls.indexOf("Invoke");
  return invoked < 0 ? calls : calls.slice(0, invoked + 1);
}

/** The timer falls due: SCF runs the package that was deployed, with the keys of its role. */
async function tick(simulator: Simulator, account: Account, region: Region): Promise<Chapter> {
  const fn = functionOf(region, "eip-guard");
  if (fn === undefined) throw new Error("the function is not there");
  const before = simulator.cloud.calls.length;
  const messages = simulator.slack.messages.length;
  const [ran] = await simulator.cloud.tick(fn);
  if (ran === undefined || ran.error !== "")
    throw new GuardError("TickFailed", "guard", `the tick failed: ${ran?.error ?? "nothing ran"}`, "please report this");
  const { complete, totals } = JSON.parse(ran.answer) as {
    readonly complete: boolean;
    readonly totals: { readonly eips: number; readonly byVerdict: Readonly<Record<string, number>> };
  };
  const verdicts = Object.entries(totals.byVerdict).map(([verdict, count]) => `${count} ${verdict}`);
  return {
    title: "A tick of the timer: SCF runs the package, with the keys of its role",
    command: null,
    output: [
      `${totals.eips} EIPs: ${verdicts.sort().join(", ")}; ${complete ? "complete" : "incomplete"}`,
      `Slack got ${simulator.slack.messages.length - messages} message, with the token out of the secret ${SECRET}`,
      `the role ${fn.role} has ${counted(rightsOf(account).length, "right")}, none of which writes but in its bucket`,
    ].join("\n"),
    calls: [...new Set(simulator.cloud.calls.slice(before).map(({ action }) => action))].sort(),
  };
}

function rightsOf(account: Account): readonly string[] {
  const policies = [...account.policies.values()].filter(({ name }) => name === "eip-guard-rights");
  const statements = policies.flatMap(
    ({ document }): readonly { readonly action: readonly string[] }[] => JSON.parse(document).statement,
  );
  const rights = statements.flatMap(({ action }) => action);
  const writing = rights.filter((right) => !/:(Describe|List|Get|Head)\w+$/.test(right) && !right.startsWith("name/cos:"));
  if (writing.length > 0)
    throw new GuardError("RoleTooWide", "guard", `the role may ${writing.join(", ")}`, "please report this");
  return rights;
}

function leftOf(account: Account, region: Region, objects: readonly string[], file: string): string {
  const kinds = [...new Set(objects.map((key) => key.split("/")[1] ?? key))].sort();
  return [
    `functions: ${region.functions.size}`,
    `roles: ${[...account.camRoles.keys()].filter((name) => name === "eip-guard").join(", ")}`,
    `objects in the bucket: ${kinds.join(", ")}`,
    `secrets in eip-guard.yaml: ${/xox[a-z]-/.test(file) ? "some" : "none"}`,
  ].join("\n");
}
