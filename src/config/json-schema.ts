import * as z from "zod";
import { VERDICTS } from "../core/terms/verdict.ts";
import { REGIONS } from "./regions.ts";
import { configurationSchema } from "./sections.ts";

/** A JSON Schema node, as far as this program reads it. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly additionalProperties?: SchemaNode | boolean;
}

/** Where the schema says that it is from: a name, which nobody has to fetch. */
const ID = "urn:eip-guard:configuration:v1";

/** The JSON Schema (draft 2020-12) of `eip-guard.yaml`, as `eip-guard schema` prints it and editors use it. */
export function configurationJsonSchema(): SchemaNode & { readonly $id: string; readonly title: string } {
  const generated = z.toJSONSchema(configurationSchema({ shortDelays: false }), { io: "input", reused: "inline" });
  return { ...(generated as SchemaNode), $id: ID, title: "eip-guard configuration" };
}

/**
 * The same for editors: verdicts and regions with the values that are known. Globs and regions that opened since are taken too.
 */
export function editorSchema(): SchemaNode {
  return suggesting(configurationJsonSchema(), "");
}

const SUGGESTED: Readonly<Record<string, SchemaNode>> = {
  verdict: { anyOf: [{ enum: VERDICTS }, { type: "string", pattern: "[*?]" }] },
  region: { anyOf: [{ enum: Object.keys(REGIONS) }, { type: "string", pattern: "^[a-z*?]" }] },
};

function suggesting(node: SchemaNode, key: string): SchemaNode {
  const name = key.replace(/s$/, "");
  const suggested = Object.hasOwn(SUGGESTED, name) ? SUGGESTED[name] : undefined;
  if (suggested !== undefined && node.type === "string")
    return node.description === undefined ? suggested : { ...suggested, description: node.description };
  const { properties, items, anyOf } = node;
  return {
    ...node,
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, suggesting(inner, name)])) }),
    ...(items === undefined ? {} : { items: suggesting(items, key) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((inner) => suggesting(inner, key)) }),
  };
}
