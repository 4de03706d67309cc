import type { ScanResult } from "../core/terms/result.ts";
import { renderCsv } from "./csv.ts";
import { renderHtml } from "./html.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./markdown.ts";
import type { Format, RenderOptions } from "./options.ts";
import { renderTable } from "./table.ts";

/** One result in one format, ended by a line break. Every format shows the same verdicts, instants and costs. */
export function render(result: ScanResult, format: Format, options: RenderOptions): string {
  const view = options.view ?? "eips";
  switch (format) {
    case "table":
      return renderTable(result, options);
    case "json":
      return renderJson(result, view);
    case "csv":
      return renderCsv(result, view);
    case "markdown":
      return renderMarkdown(result, view, options);
    case "html":
      return renderHtml(result, view, options);
  }
}
