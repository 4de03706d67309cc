import * as z from "zod";
import { configurationSchema } from "./schema.ts";

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

/** The JSON Schema (draft 2020-12) of `eip-guard.yaml`, as `eip-guard schema` prints it and editors use it. */
export function configurationJsonSchema(): SchemaNode & { readonly title: string } {
  const generated = z.toJSONSchema(configurationSchema({ shortDelays: false }), { io: "input", reused: "inline" });
  return { ...(generated as SchemaNode), title: "eip-guard configuration" };
}
