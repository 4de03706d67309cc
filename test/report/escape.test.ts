import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvField, escapeHtml, escapeMarkdown, escapeSlack, harmlessJson, visible } from "../../src/report/escape.ts";
import { NASTY } from "./sample.ts";

/** Anything that people could put into a name: any code unit at all, pieces of attacks, and both mixed. */
const hostile = fc
  .array(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...NASTY), fc.constantFrom("\ud800", "&", "<", ">", "`", "*", "_")),
  )
  .map((parts) => parts.join(""));

const ACTS_OR_HIDES = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe("visible", () => {
  it.each([
    ["shows an escape sequence as text", "\u001b[2Jgone", "\\u{1b}[2Jgone"],
    ["shows a C1 control sequence as text", "\u009b31m", "\\u{9b}31m"],
    ["shows a bidirectional override as text", "\u202Egnp.exe", "\\u{202e}gnp.exe"],
    ["shows zero widths and line separators as text", "a\u200bb\u2028c", "a\\u{200b}b\\u{2028}c"],
    ["keeps one line one line", "a\r\nb", "a\\u{d}\\u{a}b"],
    ["shows a lone surrogate as text", "a\ud800", "a\\u{d800}"],
    ["leaves other scripts and emoji alone", "游戏服务器 🎮 é", "游戏服务器 🎮 é"],
  ])("%s", (_, text, expected) => {
    expect(visible(text)).toBe(expected);
  });

  it("leaves nothing that acts or hides, whatever comes in", () => {
    fc.assert(fc.property(hostile, (text) => !ACTS_OR_HIDES.test(visible(text))));
  });
});

describe("escapeHtml", () => {
  it.each([
    ["makes a tag text", "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
    ["can't be left from within an attribute", `"><img src=x onerror='a'>`, "&quot;&gt;&lt;img src=x onerror=&#39;a&#39;&gt;"],
    ["shows an entity as it was written", "&lt;", "&amp;lt;"],
  ])("%s", (_, text, expected) => {
    expect(escapeHtml(text)).toBe(expected);
  });

  it("leaves no character that opens or ends anything, whatever comes in", () => {
    fc.assert(fc.property(hostile, (text) => !/[<>"']|&(?!(amp|lt|gt|quot|#39);)/.test(escapeHtml(text))));
  });
});

describe("csvField", () => {
  it.each([
    ["neutralises a formula", "=1+1", "'=1+1"],
    ["neutralises a formula and quotes it", '=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"`],
    ["neutralises plus, minus and at", "@SUM(A1)", "'@SUM(A1)"],
    ["neutralises a formula behind blanks", "  =1", `'  =1`],
    ["neutralises a formula in full width", "＝1", "'＝1"],
    ["neutralises a formula behind a quotation mark", `"=1`, `"'""=1"`],
    ["shows a tab before a formula", "\t=1", "\\u{9}=1"],
    ["keeps a line break from ending the record", "a\nb", "a\\u{a}b"],
    ["quotes commas and quotation marks", 'a,"b"', '"a,""b"""'],
    ["leaves numbers numbers", -1.5, "-1.5"],
    ["leaves what is not there empty", null, ""],
  ])("%s", (_, value, expected) => {
    expect(csvField(value)).toBe(expected);
  });

  it("gives one field in which no spreadsheet finds a formula, whatever comes in", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const field = csvField(text);
        const content = field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
        expect(content).not.toMatch(/^[\s'"]*[=+\-@|%]/.test(content) && !content.startsWith("'") ? content : /[\r\n]/);
        expect(field).toMatch(/^(?:"(?:[^"]|"")*"|[^",]*)$/u);
      }),
    );
  });
});

describe("escapeMarkdown", () => {
  it.each([
    ["makes a link text", "[a](javascript:b)", "\\[a\\](javascript:b)"],
    ["makes an image text", "![a](http://b)", "\\!\\[a\\](http\\://b)"],
    ["keeps a cell one cell", "a | b", "a \\| b"],
    ["makes HTML text", "<b>&", "&lt;b&gt;&amp;"],
    ["keeps an escaped pipe one cell", "\\|", "\\\\\\|"],
    ["mentions nobody", "@everyone", "@&#8203;everyone"],
    ["makes no heading", "# a", "\\# a"],
    ["makes no list", "- a", "\\- a"],
    ["makes no numbered list", "1. a", "1\\. a"],
    ["leaves addresses alone", "203.0.113.1", "203.0.113.1"],
  ])("%s", (_, text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });

  it("leaves no unescaped mark, whatever comes in", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const bare = escapeMarkdown(text)
          .replace(/\\[\\`*_[\]|~#!$:.+\-=)]/g, "")
          .replaceAll("&#8203;", "");
        expect(bare).not.toMatch(/[`*_[\]|<>]|:\/\/|\bwww\./i);
      }),
    );
  });
});

describe("escapeSlack", () => {
  it.each([
    ["notifies no channel", "<!channel>", "&lt;!channel&gt;"],
    ["makes no link", "<https://evil.example|click>", "&lt;https://evil.example|click&gt;"],
    ["shows an entity as it was written", "&lt;!here&gt;", "&amp;lt;!here&amp;gt;"],
    ["formats nothing", "*a* _b_ ~c~ `d`", "∗a∗ ˍbˍ ∼c∼ ˋdˋ"],
    ["leaves underscores within names alone", "my_pod_0", "my_pod_0"],
  ])("%s", (_, text, expected) => {
    expect(escapeSlack(text)).toBe(expected);
  });

  it("leaves nothing that Slack acts upon and keeps the limit, whatever comes in", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 60 }), (text, limit) => {
        const escaped = escapeSlack(text, limit);
        expect(escaped).not.toMatch(/[<>*~`]|&(?!(amp|lt|gt);)/);
        expect(escaped.length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe("harmlessJson", () => {
  it("is the same value with nothing in it that acts or hides, whatever comes in", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const json = harmlessJson(JSON.stringify({ [text]: text }, null, 2));
        expect(JSON.parse(json)).toEqual({ [text]: text });
        expect(json.replaceAll("\n", "")).not.toMatch(ACTS_OR_HIDES);
      }),
    );
  });
});
