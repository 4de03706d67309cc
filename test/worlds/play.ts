import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Eip, eipsOf } from "../../sim/world/world.ts";
import type { EipResult, ScanResult } from "../../src/core/terms/result.ts";
import { readThemes, type Scenario } from "./language.ts";
import { filesOf, openScene, type Scene } from "./scene.ts";
import { doStep } from "./steps.ts";

/** Themes of what is done about a verdict; all others are of the verdicts themselves. Two test files, for two cores. */
const OF_ACTS = ["clocks.yaml", "hostile.yaml", "people.yaml", "races.yaml", "release.yaml"];

/** All themes of this folder. */
export const THEMES = readThemes(fileURLToPath(new URL(".", import.meta.url)));

/** Makes a test of each world of those themes: plays it through the whole program and compares what became of every EIP. */
export function playWorlds(about: "verdicts" | "acts"): void {
  const themes = [...THEMES].filter(([theme]) => OF_ACTS.includes(theme) === (about === "acts"));
  describe.each(themes)("%s", (_, scenarios) => {
    it.concurrent.each(scenarios.map((scenario) => [scenario.name, scenario] as const))("%s", (_, scenario) => play(scenario));
  });
}

async function play(scenario: Scenario): Promise<void> {
  const scene = await openScene(scenario);
  try {
    for (const step of scenario.steps) await doStep(scene, step);
    expect(await outcomes(scene)).toEqual(expected(scene));
  } finally {
    await scene.close();
  }
}

/** What the YAML says, in full: a cluster's witness is bound where nothing else is said. */
function expected({ scenario, eips }: Scene): Readonly<Record<string, unknown>> {
  const witnesses = [...eips.keys()].filter((name) => name.endsWith("kube-system/witness-0"));
  const all = { ...Object.fromEntries(witnesses.map((name) => [name, "in-use, bound, none"])), ...scenario.expect };
  return Object.fromEntries(
    Object.entries(all).map(([name, says]) => {
      const [, head, text] = /^(.*, (?:withheld|failed): )(.+)$/.exec(says) ?? [];
      return [
        name,
        head === undefined || text === undefined
          ? says
          : expect.stringMatching(new RegExp(`^${escaped(head)}.*${escaped(text)}`)),
      ];
    }),
  );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Whose the EIPs are of which the YAML says it. */
function ownersIn({ scenario, eips }: Scene, scan: ScanResult): Readonly<Record<string, string | null>> {
  const said = Object.keys(scenario.owners).map((name) => {
    const owner = scan.eips.find(({ id }) => id === eips.get(name)?.id)?.owner ?? null;
    return [name, owner === null ? null : `${owner.name}: ${owner.from}`] as const;
  });
  return Object.fromEntries(said);
}

/** What became of every EIP that there ever was, by its name; and that a scan sees all of that and changes nothing. */
async function outcomes(scene: Scene): Promise<Readonly<Record<string, string>>> {
  const before = { world: JSON.stringify(scene.simulator.dump()), files: await filesOf(scene), writes: writesTo(scene) };
  const { out, err } = await scene.command(["scan", "--format", "json"]);
  if (out === "") throw new Error(`a scan said nothing: ${err}`);
  const scan: ScanResult = JSON.parse(out);
  expect(ownersIn(scene, scan)).toEqual(scene.scenario.owners);
  expect(JSON.stringify(scene.simulator.dump()), "a scan changed the world").toBe(before.world);
  expect(await filesOf(scene), "a scan wrote files").toEqual(before.files);
  expect(writesTo(scene), "a scan wrote to a cluster").toEqual(before.writes);
  const names = new Map([...scene.eips].map(([name, { id }]) => [id, name]));
  const unlisted = Object.entries(scene.scenario.expect)
    .filter(([, says]) => says === "unlisted")
    .map(([name]) => name);
  const present = eipsOf(scene.world).map(({ id }) => names.get(id) ?? id);
  expect(scan.eips.map(({ id }) => names.get(id) ?? id).sort(), "EIPs in equals verdicts out").toEqual(
    present.filter((name) => !unlisted.includes(name)).sort(),
  );
  if (scene.results.length > 0) {
    const verified = await scene.command(["trail", "verify"]);
    expect(verified.code, `${verified.out}${verified.err}`).toBe(0);
  }
  return Object.fromEntries([...scene.eips].map(([name, eip]) => [name, outcomeOf(scene, scan, eip)]));
}

function writesTo({ simulator }: Scene): readonly string[] {
  return [...simulator.kubernetes.values()].flatMap(({ writes }) => writes);
}

function outcomeOf(scene: Scene, scan: ScanResult, eip: Eip): string {
  const listed = scan.eips.find(({ id }) => id === eip.id);
  const last = listed ?? scene.results.flatMap(({ eips }) => eips).findLast(({ id }) => id === eip.id);
  if (!eip.region.addresses.has(eip.id)) return `${last?.verdict}, ${last?.reason}, ${endOf(scene, eip)}`;
  return listed === undefined ? "unlisted" : `${listed.verdict}, ${listed.reason}, ${doneTo(scene, listed)}`;
}

/** How an address was lost. What the guard did, it must have said. */
function endOf({ results, world }: Scene, { id }: Eip): string {
  const said = results.some(({ acts = [] }) => acts.some((one) => one.id === id && one.act === "released"));
  const by = world.released.find((one) => one.id === id)?.by;
  if (said) return "released";
  if (by === "ipamd") return "recycled";
  return by === "claim" ? "given up" : "released without a word";
}

/** What the last run refused to do with it and why; else how far it is on its way. */
function doneTo({ results }: Scene, { id, flaggedAt, noticedAt, withheld }: EipResult): string {
  const last = (results.at(-1)?.acts ?? []).findLast((one) => one.id === id && (one.act === "withheld" || one.act === "failed"));
  if (last !== undefined) return `${last.act}: ${last.why}`;
  if (withheld !== null) return `withheld: ${withheld}`;
  if (noticedAt !== null) return "noticed";
  if (flaggedAt !== null) return "flagged";
  return results.some(({ acts = [] }) => acts.some((one) => one.id === id && one.act === "unflagged")) ? "unflagged" : "none";
}
