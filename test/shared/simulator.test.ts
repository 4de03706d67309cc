import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ageDemoFleet, demoFleet } from "../../sim/fleets.ts";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { ACTIONS } from "../../sim/tencent/actions.ts";
import { createRealClock } from "../../sim/world/clock.ts";
import { createWorld, eipsOf } from "../../sim/world/world.ts";
import { runCli } from "../../src/cli/program.ts";
import { sharedFile } from "./folder.ts";

/** The simulated cloud agrees with Tencent's own machine-readable definitions. */

let simulator: Simulator;
beforeAll(async () => {
  const world = createWorld(createRealClock(), 5);
  ageDemoFleet(world, demoFleet(world));
  simulator = await startSimulator({ world });
});
afterAll(() => simulator.close());

interface Member {
  readonly name: string;
  readonly type: string;
  readonly member: string;
  readonly required?: boolean;
  readonly value_allowed_null?: boolean;
}

describe("the official definitions", () => {
  const definitions = (product: string) =>
    JSON.parse(readFileSync(sharedFile(`api-definitions/${product}.json`), "utf8")) as {
      actions: Record<string, { input: string; output: string }>;
      objects: Record<string, { members: readonly Member[] }>;
    };
  const products = ["vpc", "tke", "tag", "cloudaudit", "sts", "cam", "billing", "ssm", "scf"];
  const found = Object.keys(ACTIONS).flatMap((name) => {
    const product = products.find((one) => definitions(one).actions[name] !== undefined);
    return product === undefined ? [] : [{ name, product }];
  });

  it("know every action that is simulated", () => {
    expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(ACTIONS).sort());
  });

  it.each(found)("declare every parameter that $name takes, with its type", ({ name, product }) => {
    const { actions, objects } = definitions(product);
    const members = objects[actions[name]?.input ?? ""]?.members ?? [];
    for (const [parameter, type] of Object.entries(ACTIONS[name]?.parameters ?? {})) {
      const declared = members.find((member) => member.name === parameter);
      expect(declared?.type, `${name}.${parameter}`).toBe(type.replace("!", ""));
      expect(declared?.required === true || !type.endsWith("!"), `${name}.${parameter} is required`).toBe(true);
    }
    for (const member of members)
      if (member.required === true) expect(ACTIONS[name]?.parameters[member.name], `${name}.${member.name}`).toBeDefined();
  });

  it("declare every field of the answers that the guard gets, with its type", async () => {
    const folder = await mkdtemp(`${tmpdir()}/eip-guard-answers-`);
    const more =
      "mode: flag\nstate: { dir: ./state }\nevidence: { cloudaudit: true, billing: true }\nrelease: { mark: { tag: 'eip-guard:flagged' } }";
    await writeFile(`${folder}/eip-guard.yaml`, await simulator.configure(folder, more));
    // Idle intervals that are wide enough to ask CloudAudit and the bill about.
    for (const eip of eipsOf(simulator.world)) Object.assign(eip, { createdAt: eip.createdAt - 10 * 86_400_000 });
    simulator.cloud.calls.length = 0;
    const io = {
      stdout: { write: () => undefined },
      stderr: { write: () => undefined },
      env: simulator.environment,
      cwd: folder,
    };
    expect(await runCli(["run", "--quiet"], io)).not.toBe(1);
    expect(await runCli(["check", "--quiet"], io)).toBe(0);
    const asked = new Set(simulator.cloud.calls.map(({ action }) => action));
    for (const action of [
      "DescribeAddresses",
      "DescribeClusters",
      "DescribeEKSClusters",
      "DescribeIPAMD",
      "ListAttachedRolePolicies",
      "DescribeEvents",
      "DescribeBillDetail",
    ]) {
      expect([...asked]).toContain(action);
    }
    for (const { action, answer } of simulator.cloud.calls) {
      const product = found.find(({ name }) => name === action)?.product ?? "";
      const { actions, objects } = definitions(product);
      if (answer !== undefined) fits(answer, actions[action]?.output ?? "", objects, action);
    }
  }, 60_000);

  /** Fields that real answers carry and the definition does not declare (recordings, domain.md §4). */
  const UNDECLARED = ["BusinessType", "IsNewGeneration", "NetworkGroup", "Zone", "UpdatedTime", "PayMode", "IsEip", "EndPointId"];

  function fits(value: object, type: string, objects: Record<string, { members: readonly Member[] }>, where: string): void {
    const members = objects[type]?.members ?? [];
    for (const [field, content] of Object.entries(value)) {
      if (UNDECLARED.includes(field)) continue;
      const member = members.find(({ name }) => name === field);
      expect(member, `${where}.${field} is declared by ${type}`).toBeDefined();
      // Real answers hold nulls where the definition allows none.
      if (member === undefined || content === null) continue;
      if (member.type === "list") {
        expect(Array.isArray(content), `${where}.${field}`).toBe(true);
        for (const item of content)
          if (typeof item === "object" && item !== null) fits(item, member.member, objects, `${where}.${field}`);
      } else if (member.type === "object") fits(content, member.member, objects, `${where}.${field}`);
      else
        expect(typeof content, `${where}.${field}`).toBe(
          { int: "number", float: "number", bool: "boolean", string: "string" }[member.type],
        );
    }
  }
});
