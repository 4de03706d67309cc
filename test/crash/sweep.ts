import type { ScanResult } from "../../src/core/terms/result.ts";
import type { TrailRecord } from "../../src/core/terms/trail.ts";
import { type Ended, prepareScenes, type Scene } from "./scene.ts";

export interface SweepResult {
  /** Steps of an undisturbed run: where it can die. */
  readonly steps: readonly string[];
  /** Steps that were died at. */
  readonly swept: number;
  readonly failures: readonly string[];
}

const HOUR = 3_600_000;
const RUN = ["run", "--format", "json", "--quiet"];

/**
 * Kills the program at each of its steps in turn, lets it run again, and again six hours later, and asks whether everything is as if it
 * had lived: what was due is gone, once, with intent and proof; nobody lost anything; people were told; the trail holds.
 *
 * @param every 1: at each step; n: at each n-th
 */
export async function sweep(every: number, tell: (line: string) => void = () => undefined): Promise<SweepResult> {
  const scenes = await prepareScenes();
  try {
    const undisturbed = await scenes.open();
    const { steps } = await undisturbed.run(RUN, 0);
    if (undisturbed.world.released.length !== 2) throw new Error("the undisturbed run did not release what was due");
    const failures = (await problemsOf(undisturbed, null)).map((problem) => `undisturbed: ${problem}`);
    await undisturbed.close();
    let swept = 0;
    for (let step = 1; step <= steps.length; step += every) {
      const scene = await scenes.open();
      const name = `step ${step} (${steps[step - 1]})`;
      const dead = await scene.run(RUN, step);
      swept += 1;
      // Requests side by side take turns differently each time: near its end a run may have one step less.
      if (dead.signal !== "SIGKILL" && dead.code !== 0) failures.push(`${name}: it ended with ${dead.code}: ${dead.err}`);
      for (const problem of await problemsOf(scene, dead)) failures.push(`${name}: ${problem}`);
      await scene.close();
      if (swept % 25 === 0) tell(`${step} of ${steps.length} steps, ${failures.length} failures`);
    }
    const word = await sweepWord(scenes, every);
    return { steps, swept: swept + word.swept, failures: [...failures, ...word.failures] };
  } finally {
    await scenes.close();
  }
}

/**
 * Kills `eip-guard keep` at each of its steps, right before the run that would release the EIP: a word that was said is never lost, and a word that
 * is in the trail holds, whatever became of the ledger.
 */
async function sweepWord(
  scenes: Awaited<ReturnType<typeof prepareScenes>>,
  every: number,
): Promise<Pick<SweepResult, "swept" | "failures">> {
  const argv = (scene: Scene) => ["keep", scene.eips.unclaimed.id, "--why", "a partner needs it", "--quiet"];
  const undisturbed = await scenes.open();
  const { steps } = await undisturbed.run(argv(undisturbed), 0);
  await undisturbed.close();
  const failures: string[] = [];
  let swept = 0;
  for (let step = 1; step <= steps.length; step += Math.max(1, Math.floor(every / 5))) {
    const scene = await scenes.open();
    const name = `keep, step ${step} (${steps[step - 1]})`;
    await scene.run(argv(scene), step);
    swept += 1;
    const { out } = await scene.look("history", scene.eips.unclaimed.id);
    const said = out.includes("a partner needs it");
    const run = await scene.run(RUN, -1);
    const released = scene.world.released.some(({ id }) => id === scene.eips.unclaimed.id);
    if (run.code !== 0) failures.push(`${name}: the next run ended with ${run.code}: ${run.err}`);
    if (released === said) failures.push(`${name}: it was ${said ? "" : "not "}said, and ${released ? "" : "not "}released`);
    if ((await scene.look("trail", "verify")).code !== 0) failures.push(`${name}: the trail does not verify`);
    await scene.close();
  }
  return { swept, failures };
}

/** @param dead null: the run lived */
async function problemsOf(scene: Scene, dead: Ended | null): Promise<readonly string[]> {
  const { world, clock, simulator, eips } = scene;
  const problems: string[] = [];
  const expectDone = async (work: Promise<Pick<Ended, "code" | "out" | "err">>, what: string): Promise<string> => {
    const { code, err, out } = await work;
    if (code !== 0) problems.push(`${what} ended with ${code}: ${err}${out.slice(0, 300)}`);
    return out;
  };
  if (dead !== null) await expectDone(scene.look("trail", "verify"), "trail verify after the death");
  clock.advance(60_000);
  await expectDone(scene.run(RUN, -1), "the next run");
  clock.advance(6 * HOUR);
  const last = await expectDone(scene.run(RUN, -1), "the run after it");
  await expectDone(scene.look("trail", "verify"), "trail verify");

  const released = world.released.map(({ id }) => id);
  for (const due of ["claimed", "unclaimed"] as const)
    if (!released.includes(eips[due].id)) problems.push(`the ${due} EIP was never released`);
  if (new Set(released).size !== released.length) problems.push("an EIP was released twice");
  if (released.length > 2) problems.push(`${released.length} EIPs were released`);
  const calls = simulator.cloud.calls.filter(({ action }) => action === "ReleaseAddresses");
  if (calls.length > 1) problems.push(`ReleaseAddresses was called ${calls.length} times`);

  const records = JSON.parse(
    await expectDone(scene.look("trail", "export", "--format", "json"), "trail export"),
  ) as readonly TrailRecord[];
  for (const id of released) {
    const kinds = records.filter(({ eip }) => eip === id).map(({ kind }) => kind);
    const after = kinds.slice(kinds.indexOf("intent") + 1);
    if (!kinds.includes("intent")) problems.push(`no intent before the release of ${id}`);
    else if (!after.includes("receipt") && !after.includes("settled"))
      problems.push(`nothing proves the release of ${id}: ${kinds}`);
  }

  const heard = (start: string, id: string) =>
    simulator.slack.messages.some(({ text, blocks }) => text.startsWith(start) && JSON.stringify(blocks).includes(id));
  if (!heard("Notice", eips.fresh.id)) problems.push("no notice of the fresh leak");
  if (!heard("All clear", eips.back.id)) problems.push("nobody was told that the EIP in use again is safe");
  const told = (id: string) =>
    simulator.slack.messages.some(({ blocks }) => {
      const sections = blocks.map((block) => JSON.stringify(block));
      return sections.some((section) => section.includes(id) && (section.includes("*Released*") || isReleased(sections)));
    });
  for (const id of released) if (!told(id)) problems.push(`nobody was told that ${id} is released`);

  const { eips: final } = JSON.parse(last) as ScanResult;
  const verdicts = Object.fromEntries(final.map(({ id, verdict, reason }) => [id, `${verdict} (${reason})`]));
  if (verdicts[eips.kept.id] !== "retained (kept)" && verdicts[eips.kept.id] !== "retained (keep-tag)")
    problems.push(`the kept EIP is ${verdicts[eips.kept.id]}`);
  if (verdicts[eips.back.id] !== "in-use (bound)") problems.push(`the EIP in use again is ${verdicts[eips.back.id]}`);
  if (final.find(({ id }) => id === eips.fresh.id)?.noticedAt == null)
    problems.push("the fresh leak is not noticed in the ledger");
  return problems;
}

/** The message that a run sends at once, as opposed to its digest. */
function isReleased([title = ""]: readonly string[]): boolean {
  return title.includes('"Released: ');
}
