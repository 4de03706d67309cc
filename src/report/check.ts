import { createColors } from "picocolors";
import { escapeMarkdown as text, visible } from "./escape.ts";
import { json } from "./json.ts";
import { wrap } from "./layout.ts";
import type { CheckResult, RenderOptions } from "./options.ts";
import * as words from "./words.ts";

/** The preflight: one line each, with the fix below. A fix of several lines is for pasting and is not wrapped. */
export function renderCheck(result: CheckResult, format: "table" | "json" | "markdown", options: RenderOptions): string {
  if (format === "json") return json({ schema: "eip-guard/check/v1", ...result });
  return format === "markdown" ? markdown(result) : table(result, options);
}

function table({ checks }: CheckResult, { color, width }: RenderOptions): string {
  const paint = createColors(color);
  const paints = { ok: paint.green, warn: paint.yellow, fail: paint.red, skip: paint.dim };
  const lines = checks.flatMap(({ name, status, detail, fix }) => {
    const [first = "", ...rest] = wrap(visible(`${name}: ${detail}`), width - 6);
    return [
      `${paints[status](status.padEnd(4))}  ${first}`,
      ...rest.map((line) => `      ${line}`),
      ...fixLines(fix, width - 8).map((line, index) => `      ${index === 0 ? "→" : " "} ${line}`),
    ];
  });
  return `${[...lines, "", summary({ checks })].join("\n")}\n`;
}

function fixLines(fix: string, width: number): readonly string[] {
  if (fix === "") return [];
  const lines = fix.split("\n").map(visible);
  return lines.length === 1 ? wrap(lines.join(""), width) : lines;
}

function summary({ checks }: CheckResult): string {
  const failed = checks.filter(({ status }) => status === "fail").length;
  const warned = checks.filter(({ status }) => status === "warn").length;
  if (failed > 0) return `${words.count(failed, "check")} failed: something that is needed is missing`;
  return warned > 0
    ? `Nothing that is needed is missing; ${words.count(warned, "warning")}`
    : "Everything that is needed is there";
}

function markdown({ checks }: CheckResult): string {
  const lines = checks.flatMap(({ name, status, detail, fix }) => {
    const first = `- **${status}** ${text(name)}: ${text(detail)}`;
    if (fix === "") return [first];
    const pasted = fix.split("\n").map((line) => `      ${visible(line)}`);
    return pasted.length === 1 ? [`${first} → ${text(fix)}`] : [first, "", ...pasted, ""];
  });
  return `${["# eip-guard check", "", ...lines, "", summary({ checks })].join("\n")}\n`;
}
