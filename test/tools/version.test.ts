import { describe, expect, it } from "vitest";
import { dated, problemsOf } from "../../tools/version.ts";

const CHANGELOG = "# Changelog\n\n## 0.2.0 (unreleased)\n- more\n\n## 0.1.0 (2026-01-01)\n";

describe("a release", () => {
  it.each([
    { why: "the changelog has it", version: "0.2.0", standing: "0.1.0", status: "", problems: [] },
    { why: "no version is given", version: "", standing: "0.1.0", status: "", problems: [/no version/] },
    { why: "the version has words", version: "0.2.0-rc", standing: "0.1.0", status: "", problems: [/no version/] },
    { why: "it is older", version: "0.0.9", standing: "0.1.0", status: "", problems: [/older than 0.1.0/, /no "## 0.0.9/] },
    { why: "ten is more than nine", version: "0.2.0", standing: "0.10.0", status: "", problems: [/older/] },
    { why: "it was released before", version: "0.1.0", standing: "0.1.0", status: "", problems: [/no "## 0.1.0 \(unreleased/] },
    {
      why: "something is not committed",
      version: "0.2.0",
      standing: "0.1.0",
      status: " M src/a.ts\n",
      problems: [/uncommitted/],
    },
  ])("is judged: $why", ({ version, standing, status, problems }) => {
    const found = problemsOf(version, standing, CHANGELOG, status);
    expect(found).toHaveLength(problems.length);
    for (const [place, problem] of problems.entries()) expect(found[place]).toMatch(problem);
  });

  it("puts its day into the changelog, at its own heading only", () => {
    expect(dated(CHANGELOG, "0.2.0", "2026-12-01")).toBe(CHANGELOG.replace("0.2.0 (unreleased)", "0.2.0 (2026-12-01)"));
  });
});
