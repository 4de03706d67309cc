import { describe, expect, it } from "vitest";
import { errorText, harmless, usesColour } from "../../src/cli/output.ts";
import { GuardError } from "../../src/errors.ts";

describe("an error for people", () => {
  it("is its message and the fix", () => {
    expect(errorText(new GuardError("Code", "user", "the wrong value", "the fix"), false)).toBe(
      "error: the wrong value\nFix: the fix\n",
    );
  });

  it("has no empty fix", () => {
    expect(errorText(new GuardError("Code", "cloud", "refused"), false)).toBe("error: refused\n");
  });

  it("that nobody foresaw is a bug, and says so", () => {
    expect(errorText(new TypeError("x is not a function"), false)).toContain("this is a bug of eip-guard");
  });

  it("shows where it came from only with --verbose", () => {
    const error = new GuardError("Code", "guard", "oops");
    expect(errorText(error, true)).toContain("output.test.ts");
    expect(errorText(error, false)).not.toContain("output.test.ts");
  });

  it("can't move the terminal's cursor with what others wrote", () => {
    expect(errorText(new GuardError("Code", "cloud", "pod \u001B[2J\u009B1m\rweb\u0007"), false)).toBe(
      "error: pod �[2J�1m�web�\n",
    );
    expect(harmless("a \u202Egnp.exe \u200B\u2066")).toBe("a �gnp.exe ��");
    expect(harmless("two\r\nlines\tand a tab\n")).toBe("two\nlines\tand a tab\n");
  });
});

describe("colour", () => {
  const write = (): void => undefined;
  const terminal = { write, isTTY: true };
  it.each([
    ["on a terminal", terminal, {}, undefined, true],
    ["not into a pipe", { write }, {}, undefined, false],
    ["not into a file", terminal, {}, "report.txt", false],
    ["not under NO_COLOR", terminal, { NO_COLOR: "1" }, undefined, false],
    ["where NO_COLOR is empty", terminal, { NO_COLOR: "" }, undefined, true],
    ["not on a dumb terminal", terminal, { TERM: "dumb" }, undefined, false],
  ])("is used %s", (_, stdout, env, out, expected) => {
    expect(usesColour({ stdout, env }, out)).toBe(expected);
  });
});
