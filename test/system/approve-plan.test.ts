import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PlanFile } from "../../src/cycle/planfile.ts";
import { HOUR, openDemoStage, type Stage } from "./stage.ts";

/** A first clean-up: old leaks that each need an approval, reviewed in one file, above the cap of a run. */

const CONFIGURATION = (grace: string) => `
mode: enforce
state: { dir: ./state }
policy:
  grace: ${grace}
  maxGap: 13h
  rules: [{ name: leaked, match: { verdict: leaked }, flagAfter: 0s, releaseAfter: 24h }]
release: { notice: 24h, approval: required, maxPerRun: 1, maxPercent: 1 }
`;
const KEY = { EIP_GUARD_ALLOW_RELEASE: "yes" };

let stage: Stage;
let plan: PlanFile;
beforeAll(async () => {
  stage = await openDemoStage("mode: audit\nstate: { dir: ./state }\n");
  await stage.configure(CONFIGURATION("1h"));
  for (let hours = 0; hours < 72; hours += 12) {
    await stage.run(["run"], KEY);
    stage.clock.advance(12 * HOUR);
  }
  expect((await stage.run(["plan", "--out", "plan.json"])).code).toBe(0);
  plan = JSON.parse(await readFile(join(stage.folder, "plan.json"), "utf8"));
}, 120_000);
afterAll(() => stage.close());

/** All of the store but who works and what people were told. */
async function written(): Promise<unknown> {
  return Object.entries(await stage.files()).filter(([name]) => name.startsWith("/state/"));
}

async function planAs(name: string, text: string): Promise<string> {
  await writeFile(join(stage.folder, name), text);
  return name;
}

/** By the guard, not by ipamd. */
const released = () => stage.world.released.filter(({ by }) => by !== "ipamd").map(({ id }) => id);

const approved = async () => {
  const lines = (await stage.run(["trail", "export"])).out.trim().split("\n");
  return lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "approved");
};

describe("approve --plan", () => {
  it("has a plan whose releases all wait for a person", () => {
    expect(plan.items.length).toBeGreaterThan(3);
    expect(plan.items.map(({ action, needsApproval }) => [action, needsApproval])).toEqual(
      plan.items.map(() => ["release", true]),
    );
  });

  it.each<{ what: string; file: () => Promise<string>; says: RegExp }>([
    {
      what: "that was changed",
      file: () => planAs("changed.json", JSON.stringify({ ...plan, items: plan.items.slice(1) })),
      says: /changed\.json was changed since it was made[\s\S]*Fix: .*eip-guard plan/,
    },
    { what: "that is no JSON", file: () => planAs("text.json", "eip-1a2b3c4d\n"), says: /text\.json is no JSON/ },
    {
      what: "that is no plan",
      file: () => planAs("other.json", '{ "schema": "other" }'),
      says: /other\.json is no plan of eip-guard/,
    },
    { what: "that is not there", file: async () => "absent.json", says: /plan absent\.json can't be read/ },
  ])("refuses a file $what, and writes nothing", async ({ file, says }) => {
    const name = await file();
    const before = await written();
    const { code, out, err } = await stage.run(["approve", "--plan", name]);
    expect([code, out, err]).toEqual([2, "", expect.stringMatching(says)]);
    expect(err).toContain("Fix: ");
    expect(await written()).toEqual(before);
  });

  it("refuses a plan of another configuration, and writes nothing", async () => {
    const before = await written();
    await stage.configure(CONFIGURATION("2h"));
    const foreign = await stage.run(["approve", "--plan", "plan.json"]);
    await stage.configure(CONFIGURATION("1h"));
    expect([foreign.code, foreign.err]).toEqual([2, expect.stringContaining("was made with another configuration")]);
    expect(await written()).toEqual(before);
  });

  it("refuses all of a plan that names an EIP which somebody kept since, and writes nothing", async () => {
    const [one] = plan.items;
    const { code } = await stage.run(["keep", one?.id ?? ""]);
    expect(code).toBe(0);
    const before = await written();
    const kept = await stage.run(["approve", "--plan", "plan.json"]);
    expect([kept.code, kept.err]).toEqual([
      2,
      expect.stringMatching(/1 of \d+ EIPs can't be approved, and nothing was written: .* is kept/),
    ]);
    expect(await written()).toEqual(before);
    expect((await stage.run(["unkeep", one?.id ?? ""])).code).toBe(0);
    expect(await approved()).toEqual([]);
  });

  it("lists what it approves, approves all of it at once, and the plan can then be applied over the cap", async () => {
    const { code, err } = await stage.run(["approve", "--plan", "plan.json"]);
    expect([code, err]).toEqual([0, expect.stringContaining(`approved: ${plan.items.length} EIPs`)]);
    const list = err.split("\n").filter((line) => line.startsWith("eip-"));
    expect(list.map((line) => line.split(" ")[0]).sort()).toEqual(plan.items.map(({ id }) => id).sort());
    expect((await approved()).map(({ eip }) => eip).sort()).toEqual(plan.items.map(({ id }) => id).sort());
    await stage.run(["apply", "plan.json"], KEY);
    expect(released()).toEqual([]);
    await stage.run(["apply", "plan.json", "--confirm", `${plan.releases}`], KEY);
    expect(released().sort()).toEqual(plan.items.map(({ id }) => id).sort());
  });

  it("refuses a plan that is a day old", async () => {
    stage.clock.advance(25 * HOUR);
    const before = await written();
    const { code, err } = await stage.run(["approve", "--plan", "plan.json"]);
    expect([code, err]).toEqual([2, expect.stringMatching(/plan\.json expired at/)]);
    expect(await written()).toEqual(before);
  });
});
