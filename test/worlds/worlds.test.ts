import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Eip, eipsOf } from "../../sim/world/world.ts";
import type { EipResult, ScanResult } from "../../src/core/result.ts";
import { REASONS } from "../../src/core/verdict.ts";
import { parseTheme, readThemes, type Scenario } from "./language.ts";
import { eipOf, filesOf, openScene, type Scene } from "./scene.ts";
import { doStep } from "./steps.ts";

const THEMES = readThemes(fileURLToPath(new URL(".", import.meta.url)));
const SCENARIOS = [...THEMES.values()].flat();

describe.each([...THEMES])("%s", (_, scenarios) => {
  it.concurrent.each(scenarios.map((scenario) => [scenario.name, scenario] as const))("%s", async (_, scenario) => {
    const scene = await openScene(scenario);
    try {
      for (const step of scenario.steps) await doStep(scene, step);
      expect(await outcomes(scene)).toEqual(expected(scene));
    } finally {
      await scene.close();
    }
  });
});

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

/** What became of every EIP that there ever was, by its name; and that a scan sees all of that and changes nothing. */
async function outcomes(scene: Scene): Promise<Readonly<Record<string, string>>> {
  const before = { world: JSON.stringify(scene.simulator.dump()), files: await filesOf(scene), writes: writesTo(scene) };
  const { out, err } = await scene.command(["scan", "--format", "json"]);
  if (out === "") throw new Error(`a scan said nothing: ${err}`);
  const scan: ScanResult = JSON.parse(out);
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
  return by === "ipamd" ? "recycled" : by === "claim" ? "given up" : "released without a word";
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

describe("the worlds", () => {
  it("are at least eighty, each with a name and a story of its own", () => {
    expect(SCENARIOS.length).toBeGreaterThanOrEqual(80);
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    expect(new Set(SCENARIOS.map(({ world, steps }) => JSON.stringify({ world, steps }))).size).toBe(SCENARIOS.length);
  });

  it("reach every reason for a verdict, but for these", () => {
    const reached = new Set(SCENARIOS.flatMap(({ expect: says }) => Object.values(says).map((one) => one.split(", ")[1])));
    reached.add("bound");
    expect(Object.keys(REASONS).filter((reason) => !reached.has(reason))).toEqual([
      // Takes more than one page of EIPs, of which a later one fails: test/tencent/addresses.test.ts and test/core/rules.test.ts.
      "listing-incomplete",
      // Means a hole in the list of rules; test/core/properties.test.ts looks for one.
      "no-rule",
    ]);
  });

  it.each<readonly [string, string, Partial<Scenario>]>([
    ["a step that nobody knows", "release everything", { steps: ["release everything"] }],
    ["a thing that does not exist", "there is no EIP 'mine'", { steps: ["unbind mine"] }],
  ])("refuse %s, naming it", async (_, words, given) => {
    const [scenario] = parseTheme("here", JSON.stringify([{ name: "a world that is wrong", expect: {}, ...given }]));
    if (scenario === undefined) throw new Error("no scenario");
    const scene = await openScene(scenario);
    try {
      await expect(doStep(scene, scenario.steps[0] ?? "")).rejects.toThrow(words);
    } finally {
      await scene.close();
    }
  });

  it.each([
    ["a key that nobody knows", { replikas: 1 }, /replikas/],
    ["an expectation that is none", { expect: { mine: "leaked" } }, /verdict, reason/],
  ])("refuse %s, naming it", (_, more, words) => {
    expect(() => parseTheme("here", JSON.stringify([{ name: "a world that is wrong", expect: {}, ...more }]))).toThrow(words);
  });

  it("know every EIP by a name", async () => {
    const [scenario] = parseTheme(
      "here",
      JSON.stringify([{ name: "a world of two", world: { eips: { mine: {} } }, expect: {} }]),
    );
    if (scenario === undefined) throw new Error("no scenario");
    const scene = await openScene(scenario);
    expect([...scene.eips.keys()]).toEqual(["mine", "kube-system/witness-0"]);
    expect(eipOf(scene, "mine").name).toBe("mine");
    await scene.close();
  });
});
