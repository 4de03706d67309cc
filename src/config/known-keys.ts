import { configurationJsonSchema, type SchemaNode } from "./json-schema.ts";
import { nearest } from "./nearest.ts";
import { pathText } from "./problem.ts";

const SECRET_KEY = /secret|token|password|credential|access_?key|api_?key/i;

/** What to tell somebody who wrote a key that is not known there: never its value, and where they probably meant it. */
export function keyAdvice(path: readonly PropertyKey[], key: string): string {
  const schema = configurationJsonSchema();
  const siblings = keysOf(nodeAt(schema, path));
  const near = nearest(key, siblings);
  if (near !== undefined) return `unknown key; did you mean ${near}?`;
  if (SECRET_KEY.test(key) && path[0] !== "secrets")
    return "unknown key; secrets are never written here: they come from the environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, SLACK_BOT_TOKEN)";
  const elsewhere = placesOf(schema, key, []);
  if (elsewhere.length > 0) return `unknown key here; it belongs to ${elsewhere.join(" or ")}`;
  return `unknown key; known here: ${siblings.join(", ")}`;
}

function keysOf(node: SchemaNode | undefined): readonly string[] {
  return Object.keys(node?.properties ?? {});
}

function nodeAt(schema: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema;
  for (const part of path) {
    if (node === undefined) return undefined;
    if (typeof part === "number") node = node.items;
    else node = node.properties?.[String(part)] ?? valuesOf(node);
  }
  return node;
}

function valuesOf(node: SchemaNode): SchemaNode | undefined {
  return typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
}

function placesOf(node: SchemaNode, key: string, path: readonly PropertyKey[]): readonly string[] {
  const found = path.length > 0 && Object.hasOwn(node.properties ?? {}, key) ? [pathText(path)] : [];
  for (const [name, inner] of Object.entries(node.properties ?? {})) found.push(...placesOf(inner, key, [...path, name]));
  if (node.items !== undefined) found.push(...placesOf(node.items, key, path));
  return found;
}
