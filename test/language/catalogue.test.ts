import { describe, expect, it } from "vitest";
import { REASONS } from "../../src/core/terms/verdict.ts";
import { catalogue } from "../../src/language/catalogue.ts";
import { languageOf } from "../../src/language/language.ts";

describe("the language of the environment", () => {
  it.each([
    [{}, "en"],
    [{ LANG: "" }, "en"],
    [{ LANG: "C.UTF-8" }, "en"],
    [{ LANG: "zh_CN.UTF-8" }, "zh"],
    [{ LANG: "zh" }, "zh"],
    [{ LANG: "zh-Hans" }, "zh"],
    [{ LANG: "zhx_XX" }, "en"],
    [{ LANG: "zh_CN.UTF-8", LC_ALL: "en_US.UTF-8" }, "en"],
    [{ LANG: "en_US.UTF-8", LC_MESSAGES: "zh_TW" }, "zh"],
    [{ LANG: "zh_CN.UTF-8", LC_ALL: "" }, "zh"],
  ] as const)("%j is %s", (env, language) => {
    expect(languageOf(env)).toBe(language);
  });
});

describe("the catalogue", () => {
  it.each(Object.entries(REASONS))(
    "says %s in Chinese, beginning with what its verdict is called or does",
    (reason, { sentence }) => {
      const chinese = catalogue("zh").reason(reason);
      expect(chinese).toMatch(/^[^：]+：.*\p{Script=Han}/u);
      expect(catalogue("en").reason(reason)).toBe(sentence);
      expect(chinese.endsWith(catalogue("zh").bareReason(reason))).toBe(true);
    },
  );

  it("leaves a code of another version as it is", () => {
    expect(catalogue("zh").reason("toString")).toBe("toString");
    expect(catalogue("en").reason("made-up")).toBe("made-up");
  });

  it("shows figures as people of each language write them", () => {
    const [english, chinese] = [catalogue("en").figures, catalogue("zh").figures];
    expect(english.money(1234.5, "CNY")).toBe("1,234.50 CNY");
    expect(chinese.money(1234.5, "CNY")).toBe("1,234.50 元");
    expect(chinese.money(1, "toString")).toBe("1.00 toString");
    expect(english.duration(356_400)).toBe("4d 3h");
    expect(chinese.duration(356_400)).toBe("4天3小时");
    expect(chinese.moment("2026-11-23T09:00:00.000Z")).toBe("2026-11-23 09:00 UTC");
  });
});
