import { describe, expect, it } from "vitest";
import { parseDuration } from "../../src/config/duration.ts";

describe("a duration in the configuration", () => {
  it.each([
    ["0s", 0],
    ["90s", 90_000],
    ["15m", 900_000],
    ["24h", 86_400_000],
    ["7d", 604_800_000],
  ])("%s is %d milliseconds", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each(["never", "", "7", "d", "1.5h", "-1h", "1h30m", "7 d", " 7d", "7D", "1w", "7d\n", "9999999999s"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});
