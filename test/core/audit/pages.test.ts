import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findingsPage, reasonsPage } from "../../../src/core/audit/pages.ts";

describe("the pages of the closed lists", () => {
  it.each([
    { file: "findings.md", page: findingsPage() },
    { file: "reasons.md", page: reasonsPage() },
  ])("docs/$file is what the list says", ({ file, page }) => {
    expect(readFileSync(new URL(`../../../docs/${file}`, import.meta.url), "utf8")).toBe(page);
  });
});
