import { readFileSync } from "node:fs";
import { join } from "node:path";

/** docs/json.md: what each field of the JSON output means, from the comments of the types that it is made of. */

/** Where the shapes stand: a chapter each, with the file, and the interfaces in the order in which they are told. */
const CHAPTERS = [
  {
    title: "`scan`, `run` and `apply`: eip-guard/scan/v1",
    file: "src/core/terms/result.ts",
    shapes: [
      "ScanResult",
      "RunResult",
      "Gap",
      "Totals",
      "TotalCost",
      "VerdictCost",
      "EipResult",
      "PodResult",
      "EvidenceResult",
      "IdleResult",
      "LastBoundResult",
      "ApprovalResult",
      "KnownCostResult",
      "BilledResult",
      "ClusterResult",
      "ThresholdResult",
      "ThresholdAudit",
      "Finding",
      "RegionResult",
      "SavingsResult",
      "GuardResult",
      "Act",
    ],
  },
  { title: "Where something is", file: "src/core/terms/place.ts", shapes: ["Place"] },
  { title: "Whose an EIP is", file: "src/core/terms/owner.ts", shapes: ["Owner"] },
  { title: "`explain`: eip-guard/explain/v1", file: "src/cycle/explain.ts", shapes: ["Explanation"] },
  { title: "What a rule answered", file: "src/core/judge/judge.ts", shapes: ["RuleAnswer"] },
  { title: "`check`: eip-guard/check/v1", file: "src/cycle/check-line.ts", shapes: ["Preflight", "Check"] },
  {
    title: "`backtest`: eip-guard/backtest/v1",
    file: "src/core/replay/result.ts",
    shapes: ["BacktestResult", "ToldPlayed", "ToldRelease", "Why", "Money", "SweptDelay"],
  },
  { title: "`suggest`: eip-guard/suggest/v1", file: "src/core/replay/result.ts", shapes: ["Suggestion"] },
] as const;

/** A field of a shape: its name with `?` where it may be left out, its type as TypeScript has it, its sentence. */
interface Field {
  readonly name: string;
  readonly type: string;
  readonly sentence: string;
}

interface Shape {
  /** The shape whose fields it has too; null for none. */
  readonly base: string | null;
  readonly fields: readonly Field[];
}

/** @throws Error naming a field without a sentence: every public field has one */
export function fieldsPage(): string {
  const chapters = CHAPTERS.map(({ title, file, shapes }) => {
    const source = readFileSync(join(import.meta.dirname, "..", file), "utf8");
    return `## ${title}\n\n${shapes.map((name) => tableOf(name, shapeOf(source, name, file))).join("\n")}`;
  });
  return [
    "# The JSON output\n",
    "What `--format json` prints, field by field. Instants are ISO 8601 in UTC, durations are whole seconds, money is in the currency beside it.",
    "`| null` says that a field is there and has no value; a name with `?` may be left out. A shape that another one *extends* gives it its fields.\n",
    ...chapters,
  ].join("\n");
}

function tableOf(name: string, { base, fields }: Shape): string {
  const rows = fields.map(
    ({ name: field, type, sentence }) => `| \`${field}\` | \`${type.replaceAll("|", "\\|")}\` | ${sentence} |`,
  );
  const head = base === null ? `### ${name}` : `### ${name}\n\nExtends ${base}.`;
  return `${head}\n\n| field | type | what it means |\n|---|---|---|\n${rows.join("\n")}\n`;
}

/** The fields of one interface of a source, which is formatted by the linter: a field a line, closed by a brace at the margin. */
function shapeOf(source: string, name: string, file: string): Shape {
  const found = new RegExp(`^export interface ${name}(?: extends (\\w+))? \\{\\n([\\s\\S]*?)^\\}`, "m").exec(source);
  if (found === null) throw new Error(`${file} has no interface ${name}`);
  const [, base = null, body = ""] = found;
  const fields: Field[] = [];
  let sentence = "";
  for (const part of body.matchAll(/ {2}\/\*\*([\s\S]*?)\*\/\n| {2}readonly (\w+\??): ([\s\S]*?);\n(?= {2}\S|$)/g)) {
    const [, comment, field, type = ""] = part;
    if (field === undefined) {
      sentence = (comment ?? "")
        .replaceAll(/\n\s*\*/g, " ")
        .replaceAll(/\s+/g, " ")
        .trim();
      continue;
    }
    if (sentence === "") throw new Error(`${file}: ${name}.${field} has no sentence; write one above it`);
    fields.push({ name: field, type: plain(type), sentence });
    sentence = "";
  }
  return { base, fields };
}

/** `EipResult[]` for `readonly EipResult[]`: that nobody writes into it says nothing of the JSON. */
function plain(type: string): string {
  return type
    .replaceAll(/\/\*\*[\s\S]*?\*\//g, "")
    .replaceAll(/Readonly<(.*)>/g, "$1")
    .replaceAll(/\breadonly /g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}
