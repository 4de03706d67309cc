import { describe, expect, it } from "vitest";
import { type Answered, judgeAgain } from "../../../src/core/judge/again.ts";
import { DAY, HOUR, instant, MINUTE, milliseconds } from "../../../src/core/terms/time.ts";
import { ago, NOW, POLICY } from "../build.ts";

const OLD = { reasons: ["orphan"], tags: {}, bornAt: ago(DAY) } satisfies Answered;
const YOUNG = { bornAt: ago(5 * MINUTE) };
const KEPT = { tags: { "eip-guard:keep": "" } };
const NEW_UNTIL = instant(NOW + 5 * MINUTE);

describe("what the rules answered, under another policy", () => {
  it.each<{ title: string; answered: Partial<Answered>; expected: ReturnType<typeof judgeAgain> }>([
    {
      title: "is the first answer",
      answered: { reasons: ["in-id-list", "orphan"] },
      expected: { reason: "in-id-list", until: null },
    },
    { title: "is no rule's where none answered", answered: { reasons: [] }, expected: { reason: "no-rule", until: null } },
    {
      title: "does not repeat what the policy of its time said",
      answered: { reasons: ["newborn", "keep-tag", "orphan"] },
      expected: { reason: "orphan", until: null },
    },
    { title: "is newborn until it is old enough", answered: YOUNG, expected: { reason: "newborn", until: NEW_UNTIL } },
    {
      title: "is not newborn at the very age that the policy says",
      answered: { bornAt: ago(10 * MINUTE) },
      expected: { reason: "orphan", until: null },
    },
    {
      title: "is newborn, for ever, where its age is not known",
      answered: { bornAt: null },
      expected: { reason: "newborn", until: null },
    },
    ...(["bound", "eni-with-living-pod", "changing", "stuck"] as const).map((reason) => ({
      title: `is ${reason} before it is newborn or kept`,
      answered: { reasons: [reason], ...YOUNG, ...KEPT },
      expected: { reason, until: null },
    })),
    ...(["cascade-release", "pod-terminating", "namespace-terminating", "claim-terminating"] as const).flatMap((reason) => [
      {
        title: `is ${reason} before a keep tag`,
        answered: { reasons: [reason], ...KEPT },
        expected: { reason, until: null },
      },
      {
        title: `is newborn before ${reason}`,
        answered: { reasons: [reason], ...YOUNG },
        expected: { reason: "newborn" as const, until: NEW_UNTIL },
      },
    ]),
    { title: "is kept by a keep tag", answered: KEPT, expected: { reason: "keep-tag", until: null } },
    {
      title: "is kept before all that comes after",
      answered: { reasons: ["kept"], ...KEPT },
      expected: { reason: "keep-tag", until: null },
    },
    {
      title: "is kept until the tag's date",
      answered: { tags: { "eip-guard:keep": "2026-11-24" } },
      expected: { reason: "keep-tag", until: instant(Date.UTC(2026, 10, 25)) },
    },
    {
      title: "is not kept after it",
      answered: { tags: { "eip-guard:keep": "2026-11-20" } },
      expected: { reason: "orphan", until: null },
    },
    { title: "is not kept by another tag", answered: { tags: { keep: "" } }, expected: { reason: "orphan", until: null } },
    {
      title: "has no keep tag where its tags are not known",
      answered: { tags: null },
      expected: { reason: "orphan", until: null },
    },
  ])("$title", ({ answered, expected }) => expect(judgeAgain({ ...OLD, ...answered }, POLICY, NOW)).toEqual(expected));

  it("goes by that policy's tags and age", () => {
    const policy = { newborn: milliseconds(HOUR), keepTags: ["hold"] };
    expect(judgeAgain({ ...OLD, ...KEPT }, policy, NOW).reason).toBe("orphan");
    expect(judgeAgain({ ...OLD, tags: { hold: "" } }, policy, NOW).reason).toBe("keep-tag");
    expect(judgeAgain({ ...OLD, bornAt: ago(30 * MINUTE) }, policy, NOW).reason).toBe("newborn");
  });
});
