import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import * as z from "zod";

/** Getting an address back is a person's act: its right is in a policy of its own, and in nothing that a function runs under. */

const FOLDER = new URL("../../deploy/cam/", import.meta.url);
const RIGHT = /^(vpc|cvm):(AllocateAddresses|\*)$|^\*$/;
const policySchema = z.object({ statement: z.array(z.object({ action: z.union([z.string(), z.array(z.string())]) })) });

async function actionsOf(name: string): Promise<readonly string[]> {
  const { statement } = policySchema.parse(JSON.parse(await readFile(new URL(name, FOLDER), "utf8")));
  return statement.flatMap(({ action }) => action);
}

const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".json"));

describe("the right to allocate an address", () => {
  it.each(names.filter((name) => name !== "recover.json"))("is not in deploy/cam/%s", async (name) => {
    const actions = await actionsOf(name);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => RIGHT.test(action))).toEqual([]);
  });

  it("is in deploy/cam/recover.json, of both products", async () => {
    const actions = await actionsOf("recover.json");
    expect(actions.filter((action) => RIGHT.test(action))).toEqual(["cvm:AllocateAddresses", "vpc:AllocateAddresses"]);
  });

  it.each([
    "../../serverless.yml",
    "../../deploy/terraform/main.tf",
    "../../deploy/terraform/policy/main.tf",
    "../../deploy/terraform/policy/rights.json",
  ])("is not named in %s", async (path) => {
    const text = await readFile(new URL(path, import.meta.url), "utf8").catch(() => "");
    expect(text).not.toBe("");
    expect(text).not.toMatch(/AllocateAddresses|recover\.json/);
  });
});
