import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type LineCounter, type Node, type Pair } from "yaml";

/** One thing that is wrong with the configuration: where, and a sentence that begins with the key. */
export interface Problem {
  /** Keys and list positions from the top of the file. */
  readonly path: readonly PropertyKey[];
  /** The last key of the path is itself what is wrong, not its value. */
  readonly atKey?: boolean;
  /** With the wrong value and the fix; lowercase, no full stop. */
  readonly message: string;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** `policy.rules[0].match`: how messages name a place in the file. */
export function pathText(path: readonly PropertyKey[]): string {
  let written = "";
  for (const part of path) {
    if (typeof part === "number") written += `[${part}]`;
    else written += written === "" ? String(part) : `.${String(part)}`;
  }
  return written;
}

/** What stands in a file's content under a path; undefined when nothing does. */
export function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  let value = content;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** A wrong value as a message may show it: short, and never what looks like a secret. */
export function shown(value: unknown): string {
  const written = JSON.stringify(value) ?? String(value);
  if (/xox[a-z]-|xapp-|AKID|IKID|-----BEGIN|secret/i.test(written)) return "(not shown: it looks like a secret)";
  return written.length > 80 ? `${written.slice(0, 77)}…` : written;
}

/** Line and column (from 1) of a problem; of the nearest thing around it when the key itself is missing. */
export function placeOf(document: Document, lines: LineCounter, { path, atKey }: Problem): Place {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, part] of path.entries()) {
    const step = into(document, node, part);
    if (step === undefined) break;
    const last = depth === path.length - 1;
    const keyOffset = isPair(step) ? startOf(step.key) : undefined;
    node = isPair(step) ? step.value : step;
    const empty = isScalar(node) && node.value === null;
    const valueOffset = empty ? undefined : startOf(node);
    offset = (last && atKey === true ? keyOffset : (valueOffset ?? keyOffset)) ?? offset;
  }
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function into(document: Document, node: unknown, part: PropertyKey): Pair | Node | undefined {
  const resolved = isAlias(node) ? node.resolve(document) : node;
  if (isMap(resolved)) return resolved.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(part));
  if (!isSeq(resolved) || typeof part !== "number") return undefined;
  const item = resolved.items[part];
  return isAlias(item) || isMap(item) || isSeq(item) || isScalar(item) ? item : undefined;
}

function startOf(node: unknown): number | undefined {
  if (!isAlias(node) && !isMap(node) && !isSeq(node) && !isScalar(node)) return undefined;
  return node.range?.[0];
}
