import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { TEMPLATE } from "../../src/config/init.ts";
import { configurationJsonSchema, type SchemaNode } from "../../src/config/json-schema.ts";
import { configurationReference } from "../../src/config/reference.ts";

const schema = configurationJsonSchema();

function keysOf(node: SchemaNode, path: string): readonly (readonly [string, SchemaNode])[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([name, inner]) => {
    const here = path === "" ? name : `${path}.${name}`;
    return [[here, inner] as const, ...keysOf(inner, here)];
  });
  const items = node.items === undefined ? [] : keysOf(node.items, `${path}[]`);
  const values = typeof node.additionalProperties === "object" ? keysOf(node.additionalProperties, `${path}.*`) : [];
  return [...own, ...items, ...values];
}

describe("the JSON Schema", () => {
  it("accepts the template", () => {
    const accepts = z.fromJSONSchema(JSON.parse(JSON.stringify(schema)));
    expect(accepts.safeParse(parse(TEMPLATE))).toMatchObject({ success: true });
  });

  it.each([
    ["an unknown key", { tencent: { regions: ["ap-tokyo"] }, polcy: {} }],
    ["a wrong duration", { tencent: { regions: ["ap-tokyo"] }, policy: { grace: "an hour" } }],
    ["a missing tencent", { mode: "audit" }],
  ])("refuses %s", (_, content) => {
    const accepts = z.fromJSONSchema(JSON.parse(JSON.stringify(schema)));
    expect(accepts.safeParse(content).success).toBe(false);
  });

  it.each(keysOf(schema, ""))("describes %s", (_, node) => {
    expect(node.description).toMatch(/^\S.*\S$/s);
  });
});

describe("docs/configuration.md", () => {
  it.each(keysOf(schema, "").map(([key]) => key))("names %s", (key) => {
    expect(configurationReference()).toContain(key.includes(".") ? `\`${key.replace(".*", ".REGION")}\`` : `## ${key}`);
  });
});
