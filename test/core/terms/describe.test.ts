import { describe, expect, it } from "vitest";
import { describeThreshold, inOnePiece } from "../../../src/core/terms/describe.ts";
import { HOUR } from "../../../src/core/terms/time.ts";

describe("the recycle threshold in words", () => {
  it.each([
    { threshold: { state: "set", duration: HOUR, source: "DescribeIPAMD" }, words: "1h" },
    { threshold: { state: "never", source: "DescribeIPAMD" }, words: "never" },
    { threshold: { state: "unknown", why: "403" }, words: "unknown: 403" },
  ] as const)("$words", ({ threshold, words }) => expect(describeThreshold(threshold)).toBe(words));
});

it("a text in one piece is the same text", () => expect(inOnePiece(`it is bound to ${"ins-1"}`)).toBe("it is bound to ins-1"));
