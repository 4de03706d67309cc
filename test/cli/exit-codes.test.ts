import { describe, expect, it } from "vitest";
import { exitCode } from "../../src/cli/exit-codes.ts";

describe("the exit code", () => {
  it("is 0 when nothing is to be said", () => {
    expect(exitCode({})).toBe(0);
  });

  const ORDER = [
    ["interrupted", 130],
    ["usage", 2],
    ["failed", 1],
    ["incomplete", 3],
    ["failOn", 4],
  ] as const;

  it.each(ORDER)("of %s is %d, whatever of lower rank holds too", (name, code) => {
    const rank = ORDER.findIndex(([other]) => other === name);
    const lower = Object.fromEntries(ORDER.slice(rank + 1).map(([other]) => [other, true]));
    expect(exitCode({ [name]: true })).toBe(code);
    expect(exitCode({ ...lower, [name]: true })).toBe(code);
  });
});
