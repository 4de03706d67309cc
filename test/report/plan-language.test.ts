import { describe, expect, it } from "vitest";
import { type PlanFile, renderPlan } from "../../src/report/plan.ts";
import { sample } from "./sample.ts";

/** A plan in Chinese: every heading and sentence of its own is told in it; the file is the same in each language. */

const ITEM = {
  ...{ id: "eip-aaaaaaaa", ip: "203.0.113.10", detail: "its workload is gone", pod: "games/web-0@cls-1" },
  ...{ idleAtLeastSeconds: 356_400, costPerMonth: "146.00 CNY" },
};
const DATES = { createdAt: "2026-11-23T09:00:00.000Z", expiresAt: "2026-11-23T15:00:00.000Z" };
const FULL: PlanFile = {
  ...{ ...DATES, flags: 1, releases: 1 },
  items: [
    { ...ITEM, action: "release", capped: true },
    { ...ITEM, id: "eip-bbbbbbbb", action: "flag", capped: false },
  ],
};
const EMPTY: PlanFile = { ...DATES, flags: 0, releases: 0, items: [] };
const LOOK = { color: false, width: 160 };

describe("a plan in Chinese", () => {
  const cases = [
    {
      title: "with items",
      file: FULL,
      says: ["的计划：标记 1 个，释放 1 个；有效期至", "将释放", "将标记", "限制条件", "超出上限", "--confirm 1"],
    },
    { title: "without items", file: EMPTY, says: ["标记 0 个，释放 0 个", "为何无需操作"] },
  ];
  it.each(cases)("$title", ({ file, says }) => {
    for (const format of ["table", "markdown"] as const) {
      const text = renderPlan(file, sample(), format, { ...LOOK, language: "zh" });
      for (const part of says) expect(text.replaceAll("\\", "")).toContain(part);
      expect(text).not.toMatch(/To release|To flag|Plan of|Withheld|Due next|What bounds|Why there|could not be read/);
    }
  });

  it("is in English where nothing else is asked for, and its JSON is the same in each language", () => {
    expect(renderPlan(FULL, sample(), "table", LOOK)).toMatch(
      /^Plan of 2026-11-23 09:00 UTC: 1 to flag, 1 to release; valid until/,
    );
    const [english, chinese] = (["en", "zh"] as const).map((language) =>
      renderPlan(FULL, sample(), "json", { ...LOOK, language }),
    );
    expect(chinese).toBe(english);
  });
});
