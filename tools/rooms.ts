import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** The rooms of `src`, and which of them import which, read from the sources. */
export interface Rooms {
  /** By name: the rooms that it imports, itself left out. */
  readonly imports: ReadonlyMap<string, ReadonlySet<string>>;
  /** From the lowest to the highest: a room's floor is one above the highest that it imports. Rooms in a circle share a floor. */
  readonly floors: readonly (readonly string[])[];
  /** Files that import each other, directly or through others, with types counted. */
  readonly circles: readonly (readonly string[])[];
}

const SRC = join(import.meta.dirname, "../src");

/** Reads every `.ts` file of `src`. A folder is a room; a file at the top of `src`, and each door of the core, is one of its own. */
export function readRooms(): Rooms {
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const graph = new Map(files.map((file) => [file, importsOf(file)]));
  const imports = new Map<string, Set<string>>();
  for (const [file, targets] of graph) {
    const room = roomOf(file);
    const known = imports.get(room) ?? new Set();
    imports.set(room, known);
    for (const target of targets) if (roomOf(target) !== room) known.add(roomOf(target));
  }
  return { imports, floors: floorsOf(imports), circles: groupsOf(graph).filter((group) => group.length > 1) };
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const found = [...text.matchAll(/(?:from|import\()\s*"(\.{1,2}\/[^"]+\.ts)"/g)].map(([, path = ""]) =>
    join(dirname(file), path),
  );
  return found.filter((target) => !relative(SRC, join(SRC, target)).startsWith(".."));
}

function roomOf(file: string): string {
  const parts = file.split(sep);
  return parts.length === 1 || (parts[0] === "core" && parts.length === 2)
    ? file.split(sep).join("/")
    : parts.slice(0, -1).join("/");
}

function floorsOf(imports: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const floors: string[][] = [];
  const floorOf = new Map<string, number>();
  // The groups come with what they import before them.
  for (const group of groupsOf(imports)) {
    const below = group.flatMap((room) => [...(imports.get(room) ?? [])]).filter((room) => !group.includes(room));
    const floor = Math.max(-1, ...below.map((room) => floorOf.get(room) ?? -1)) + 1;
    for (const room of group) {
      floorOf.set(room, floor);
      floors[floor] = [...(floors[floor] ?? []), room].sort();
    }
  }
  return floors;
}

/** Tarjan's strongly connected components: each group of nodes that reach each other, after the groups that it points to. */
function groupsOf(graph: ReadonlyMap<string, Iterable<string>>): readonly (readonly string[])[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const groups: string[][] = [];
  const visit = (node: string): number => {
    const number = index.size;
    index.set(node, number);
    let lowest = number;
    open.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) lowest = Math.min(lowest, visit(next));
      else if (open.includes(next)) lowest = Math.min(lowest, index.get(next) ?? lowest);
    }
    low.set(node, lowest);
    if (lowest === number) groups.push(open.splice(open.indexOf(node)).sort());
    return lowest;
  };
  for (const node of [...graph.keys()].sort()) if (!index.has(node)) visit(node);
  return groups;
}

/** `docs/rooms.md`. */
export function roomsPage(): string {
  const { imports, floors, circles } = readRooms();
  const rows = floors
    .map((rooms, floor) => rooms.map((room) => `| ${floor} | \`${room}\` | ${namesOf(imports.get(room) ?? [])} |`).join("\n"))
    .reverse();
  const circle = circles.length === 0 ? "There are none." : circles.map((files) => `- ${namesOf(files)}`).join("\n");
  return `# The rooms of src

<!-- Generated from the imports by \`npm run docs\`; a test keeps it up to date. -->

A folder is a room, and so is each file at the top of \`src\` and each door of the core. A room's floor is one above the highest room that it imports.
Types count as imports. [CONTRIBUTING.md](../CONTRIBUTING.md) says what is in each room.

| floor | room | imports |
|---|---|---|
${rows.join("\n")}

## Circles

Files that import each other: ${circles.length === 0 ? "none" : circles.length}.

${circle}
`;
}

function namesOf(names: Iterable<string>): string {
  return (
    [...names]
      .sort()
      .map((name) => `\`${name}\``)
      .join(", ") || "nothing"
  );
}
