import { describe, expect, it } from "vitest";
import { REASONS } from "../../src/core/terms/verdict.ts";
import { parseTheme, type Scenario } from "./language.ts";
import { THEMES } from "./play.ts";
import { eipOf, openScene } from "./scene.ts";
import { doStep } from "./steps.ts";

const SCENARIOS = [...THEMES.values()].flat();

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
      // Takes more than one page of EIPs, of which a later one fails: test/tencent/addresses.test.ts and test/core/judge/rules.test.ts.
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
