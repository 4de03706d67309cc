import { writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { secretsIn } from "../../config/credentials.ts";
import { fitOf } from "../../config/schedule.ts";
import { looksSecret } from "../../config/secret-variables.ts";
import type { Config } from "../../config/sections.ts";
import { timerCron, timesInWords } from "../../config/timer.ts";
import { milliseconds } from "../../core/terms/time.ts";
import { carryOut, untilIdle } from "../../deploy/carry-out.ts";
import { buildPackage, type Package } from "../../deploy/package.ts";
import { planDeployment, planUndeployment } from "../../deploy/plan.ts";
import { NOTHING, refused, type SoFar, saying } from "../../deploy/refusal.ts";
import type { Plan, StepKind } from "../../deploy/step.ts";
import { type Wanted, wanted } from "../../deploy/wanted.ts";
import type { FunctionReader, FunctionWriter } from "../../deployment.ts";
import { GuardError } from "../../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import { deliver } from "../output.ts";
import type { OwnOptions } from "../own-options.ts";
import { openSession, type Session } from "../session.ts";

/** One step as `--format json` has it. */
interface Told {
  readonly what: StepKind;
  readonly name: string;
  readonly detail: string;
  readonly done: boolean;
}

/** `eip-guard deploy`: puts the scheduled function into SCF, or says that nothing differs. */
export async function deploy(context: CommandContext, own: OwnOptions): Promise<number> {
  const { io, clock, signal, tell } = context;
  const session = await openSession(context, "dry");
  const { config, notes } = session;
  const next = timesInWords(config.deploy, clock.now());
  const { refusal, warnings } = fitOf(
    { ...config.deploy, cron: config.deploy.schedule, jitter: milliseconds(0) },
    config.policy,
    clock.now(),
  );
  // What is deployed can still be read: a person may try it out before the policy is right.
  const slow = refusal === null ? warnings : [`${refusal.message}; ${refusal.fix}`];
  const all = await wantedOf(context, session, own);
  const [guard] = all;
  if (own.zip !== undefined && guard !== undefined) {
    await writeFile(resolve(io.cwd, own.zip), guard.code);
    tell(`written to ${own.zip}: sha256 ${guard.sha256}`);
    return EXIT.done;
  }
  for (const note of [...notes, ...slow, ...mountNotes(config)]) tell(`note: ${note}`);
  const reader = await context.assembly.functionReader(config, io.env, clock);
  const asked = { adopt: own.adopt === true, only: own.only ?? null };
  const { uin, plan } = await saying(
    () => NOTHING,
    async () => {
      const whose = await whoWeAre(reader);
      if (own.dryRun !== true) for (const { name } of all) await untilIdle({ reader, clock, signal }, name);
      return { uin: whose, plan: await planDeployment(reader, all, whose, asked) };
    },
  );
  for (const note of plan.notes) tell(`note: ${note}`);
  const told = new Telling(context, plan, own.only === undefined ? next.map((line) => `next: ${line}`) : []);
  if (own.dryRun === true || plan.steps.length === 0) return told.end(own.dryRun === true);
  await confirm(context, own, plan, "deploy");
  const writer = await context.assembly.functionWriter(config, io.env, clock);
  await told.through(() => carryOut(plan, { reader, writer, clock, signal, done: told.done }));
  await told.through(() =>
    saying(
      () => everythingBut("reading it back"),
      async () => refuseLeft(await planDeployment(reader, all, uin, { ...asked, adopt: true })),
    ),
  );
  if (own.only === undefined && guard !== undefined)
    await told.through(() =>
      saying(
        () => everythingBut("its dry run"),
        () => tryOut(writer, guard, told),
      ),
    );
  await tellUrls(reader, all, tell);
  return told.end(false);
}

/** All steps were carried out. */
function everythingBut(what: string): SoFar {
  return { text: `done: everything of the plan; not done: ${what}`, changed: true };
}

/** @throws GuardError where what was read back still differs */
function refuseLeft({ steps }: Plan): void {
  if (steps.length === 0) return;
  const lines = steps.map(({ line }) => line).join("; ");
  throw new GuardError("ReadBackDiffers", "cloud", `what was read back still differs: ${lines}`, "run the same command again");
}

/** Runs the function once by hand, which is a dry run. @throws GuardError */
async function tryOut(writer: FunctionWriter, { name, settings }: Wanted, told: Telling): Promise<void> {
  const ran = await writer.invoke(name, settings.timeout);
  if (!ran.ok) throw refused(ran, `can't invoke ${name}`);
  const answer = totalsOf(ran.value);
  if (answer.totals === null) throw noAnswer(name, answer.why);
  told.invoked(name, answer.totals);
}

/** `eip-guard undeploy`: takes function and timer away; state and role stay. */
export async function undeploy(context: CommandContext, own: OwnOptions): Promise<number> {
  const { io, clock, signal, assembly } = context;
  const { config } = await openSession(context, "dry");
  const { name } = config.deploy;
  const reader = await assembly.functionReader(config, io.env, clock);
  const plan = await saying(
    () => NOTHING,
    async () => planUndeployment(reader, [name, buttonsOf(name)]),
  );
  const told = new Telling(context, plan, []);
  if (own.dryRun === true || plan.steps.length === 0) return told.end(own.dryRun === true);
  await confirm(context, own, plan, "undeploy");
  const writer = await assembly.functionWriter(config, io.env, clock);
  await told.through(() => carryOut(plan, { reader, writer, clock, signal, done: told.done }));
  return told.end(false);
}

function mountNotes({ state }: Config): readonly string[] {
  if (state.kind !== "dir") return [];
  return [
    `state.dir: mount a file system with ${state.dir} in the function's settings; deploy mounts none, and needs deploy.vpc for it`,
  ];
}

function buttonsOf(name: string): string {
  return `${name}-buttons`;
}

/** What should be there. Everything that needs no call is checked here. @throws GuardError of fault `user` */
async function wantedOf(
  { io, clock, assembly }: CommandContext,
  session: Session,
  { only }: OwnOptions,
): Promise<readonly Wanted[]> {
  const { config, path } = session;
  const { deploy: asked, state, clusters } = config;
  if (state.kind === "dir" && !state.dir.startsWith("/mnt/"))
    throw new GuardError(
      "StateNotMounted",
      "user",
      "the state would be lost with the function's instance: state.dir is no folder under /mnt/",
      "keep the state in state.cos, or in a mounted file system (/mnt/…)",
    );
  const cron = timerCron(asked, clock.now());
  const statements = assembly.runRights(config);
  const { name, runtime, memory, timeout, role, vpc, environment, tags } = asked;
  const settings = { runtime, memory, timeout, vpc, environment, tags };
  const files = clusters.kubeconfigs.flatMap(({ secret, ...file }, at) => (secret === null ? [{ ...file, at }] : []));
  const packed = (kind: "guard" | "slack"): Promise<Package> =>
    buildPackage({
      bundle: join(assembly.bundles ?? bundles(), kind),
      configuration: path,
      // The buttons read no cluster.
      kubeconfigs: kind === "guard" ? files : [],
      secrets: secretsIn(io.env),
      looksSecret,
    });
  const { bytes, sha256 } = await packed("guard");
  const guard = wanted({ ...settings, name, role, kind: "guard", code: bytes, sha256, cron, statements: statements.guard });
  if (!asked.buttons || only !== undefined) return [guard];
  const slack = await packed("slack");
  const buttons = wanted({
    ...settings,
    name: buttonsOf(name),
    role: `${role}-buttons`,
    // It releases nothing, and needs no key for it.
    environment: Object.fromEntries(Object.entries(environment).filter(([key]) => key !== "EIP_GUARD_ALLOW_RELEASE")),
    kind: "buttons",
    code: slack.bytes,
    sha256: slack.sha256,
    cron: null,
    statements: statements.buttons,
  });
  return [guard, buttons];
}

/** Where the build put the functions: beside the folder `cli` of the built command, or in dist where it runs from its sources. */
function bundles(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.endsWith(join("src", "cli", "commands")) ? resolve(here, "../../../dist/functions") : resolve(here, "../functions");
}

async function whoWeAre(reader: FunctionReader): Promise<string> {
  const uin = await reader.uin();
  if (uin.ok) return uin.value;
  throw refused(uin, "can't tell whose keys they are");
}

/** On a terminal a person is asked; elsewhere it takes --yes. @throws GuardError of fault `user` */
async function confirm({ io }: CommandContext, { yes }: OwnOptions, { steps }: Plan, what: string): Promise<void> {
  if (yes === true) return;
  const lines = steps.map(({ line }) => line).join("\n");
  if (io.ask === undefined)
    throw new GuardError(
      "NotConfirmed",
      "user",
      `nothing was changed; this would be done:\n${lines}`,
      `read it, then run eip-guard ${what} --yes`,
    );
  const answer = await io.ask(`${lines}\n${what}? [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new GuardError("NotConfirmed", "user", "nothing was changed: the answer was not yes");
}

const summary = z.object({
  complete: z.boolean(),
  totals: z.object({ eips: z.number(), byVerdict: z.record(z.string(), z.number()) }),
});

function totalsOf({ answer, error }: { readonly answer: string; readonly error: string }): {
  readonly totals: string | null;
  readonly why: string;
} {
  if (error !== "") return { totals: null, why: error };
  try {
    const { complete, totals } = summary.parse(JSON.parse(answer));
    const verdicts = Object.entries(totals.byVerdict).filter(([, count]) => count > 0);
    const counted = verdicts.map(([verdict, count]) => `${count} ${verdict}`).join(", ");
    return {
      totals: `${totals.eips} EIPs${counted === "" ? "" : `: ${counted}`}; ${complete ? "complete" : "incomplete"}`,
      why: "",
    };
  } catch {
    return { totals: null, why: "its answer is no report of a dry run" };
  }
}

function noAnswer(name: string, why: string): GuardError {
  return new GuardError(
    "FunctionDoesNotAnswer",
    "cloud",
    `the function ${name} is deployed, but its dry run failed: ${why}`,
    "correct what it names, and run the same command again; its log is in the console",
  );
}

async function tellUrls(reader: FunctionReader, all: readonly Wanted[], tell: (message: string) => void): Promise<void> {
  for (const { name } of all.filter(({ url }) => url)) {
    const triggers = await reader.triggers(name);
    const found = triggers.ok ? triggers.value.find(({ type }) => type === "http") : undefined;
    if (found === undefined || found.url === "")
      tell(`the address of ${name} can't be read; look at its function URL in the console`);
    else tell(`paste this into Slack's settings, Interactivity, Request URL: ${found.url}`);
  }
}

/** What is told of a plan and of how it went. */
class Telling {
  readonly #context: CommandContext;
  readonly #plan: Plan;
  readonly #next: readonly string[];
  readonly #steps = new Set<unknown>();
  #invoked: Told | null = null;

  constructor(context: CommandContext, plan: Plan, next: readonly string[]) {
    this.#context = context;
    this.#plan = plan;
    this.#next = next;
  }

  readonly done = (step: Plan["steps"][number]) => {
    this.#steps.add(step);
    this.#context.tell(`done: ${step.line}`);
  };

  invoked(name: string, detail: string): void {
    this.#invoked = { what: "invoke", name, detail, done: true };
  }

  /** Passes on what fails, and tells before how far it came. */
  async through(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.fail(error);
    }
  }

  async fail(error: unknown): Promise<never> {
    if (this.#context.options.format === "json") await this.end(false);
    throw error;
  }

  async end(dryRun: boolean): Promise<number> {
    const { steps, notes } = this.#plan;
    if (this.#context.options.format !== "json") {
      const lines = steps.map(({ line }) => line);
      if (steps.length === 0) lines.push("nothing differs");
      if (this.#invoked !== null) lines.push(`invoked ${this.#invoked.name} once by hand (a dry run): ${this.#invoked.detail}`);
      await deliver(this.#context, [...lines, ...this.#next].join("\n"));
      return EXIT.done;
    }
    const told: Told[] = steps.map((step) => ({
      what: step.what,
      name: step.name,
      detail: step.detail,
      done: this.#steps.has(step),
    }));
    if (this.#invoked !== null) told.push(this.#invoked);
    if (told.length === 0) told.push({ what: "none", name: "", detail: "nothing differs", done: false });
    await deliver(
      this.#context,
      JSON.stringify({ schema: "eip-guard/deploy/v1", dryRun, steps: told, notes, next: this.#next }, null, 2),
    );
    return EXIT.done;
  }
}
