import { describe, expect, it } from "vitest";
import { catalogue } from "../../src/language/catalogue.ts";
import { REPORT_EN } from "../../src/language/report-en.ts";
import { REPORT_ZH } from "../../src/language/report-zh.ts";
import { renderExplain } from "../../src/report/explain.ts";
import { render } from "../../src/report/index.ts";
import { columnsOf } from "../../src/report/layout.ts";
import { EIPS, eip, sample } from "./sample.ts";

const OPTIONS = { color: false, width: 200, verbose: true } as const;

describe("a report in Chinese", () => {
  it.each(["table", "markdown", "html"] as const)("says what TKE operators call things: %s", (format) => {
    const text = render(sample(), format, { ...OPTIONS, language: "zh" });
    for (const part of ["弹性公网 IP 已泄漏", "每月可节省闲置费", "回收阈值", "按需保留", "17,863.10 元", "数据读取不完整"])
      expect(text).toContain(part);
    // What people can act on is there as it is: ids, addresses, Pods, commands.
    for (const { id, ip, verdict } of EIPS) if (verdict !== "in-use") for (const part of [id, ip]) expect(text).toContain(part);
    expect(text).toContain("eip-guard explain");
  });

  it.each(["table", "markdown"] as const)("has no English heading left: %s", (format) => {
    const lines = render(sample(), format, { ...OPTIONS, language: "zh" }).split("\n");
    const parts = lines
      .flatMap((line) => [line.replace(/^#+ /, ""), ...line.split(/ \| | {2,}/)])
      .map((part) => part.toLowerCase());
    const headings = [...Object.values(REPORT_EN.chapters), ...Object.values(REPORT_EN.columns), REPORT_EN.complete];
    const told = headings.filter((one) => !["EIP", "Pod"].includes(one)).map((heading) => heading.toLowerCase());
    expect(told.filter((heading) => parts.includes(heading))).toEqual([]);
  });

  it.each([80, 120])("fits a terminal of %d columns", (width) => {
    const lines = render(sample(), "table", { ...OPTIONS, width, language: "zh" }).split("\n");
    expect(lines.filter((line) => columnsOf(line) > width)).toEqual([]);
  });

  it("tells machines the same as ever", () => {
    for (const format of ["json", "csv"] as const)
      expect(render(sample(), format, { ...OPTIONS, language: "zh" })).toBe(render(sample(), format, OPTIONS));
  });

  it("says the page's language, and speaks it in the script's words too", () => {
    const html = render(sample(), "html", { ...OPTIONS, language: "zh" });
    expect(html).toContain('<html lang="zh-CN">');
    expect(html).toContain(JSON.stringify(REPORT_ZH.page.script.knownSince).slice(1, -1));
  });

  it("explains one EIP", () => {
    const one = {
      run: sample().run,
      guard: sample().guard,
      eip: EIPS[0] ?? eip(),
      rules: [],
      surroundings: [],
      wouldChange: [],
      gaps: [],
    };
    const text = renderExplain(one, "table", { ...OPTIONS, language: "zh" });
    for (const part of ["从何时起闲置", "费用", "泄漏", catalogue("zh").bareReason(one.eip.reason)]) expect(text).toContain(part);
  });
});

describe("a list that is cut", () => {
  const eips = [
    ...Array.from({ length: 30 }, (_, index) => eip({ id: `eip-${index}` })),
    ...EIPS.filter(({ verdict }) => verdict === "unmanaged"),
  ];

  it("has its groups first, and says what the rest costs", () => {
    const lines = render(sample({ eips }), "table", { color: false, width: 140, top: 20 }).split("\n");
    const at = (part: string) => lines.findIndex((line) => line.includes(part));
    expect(at("UNMANAGED:")).toBeLessThan(at("ADDRESS"));
    expect(lines[at("and 10 more")]).toMatch(/and 10 more \(--top 30\): [\d,.]+ CNY a month$/);
    const whole = render(sample({ eips }), "table", { color: false, width: 140 }).split("\n");
    expect(whole.filter((line) => line.startsWith("UNMANAGED:"))).toHaveLength(1);
  });
});
