import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerTo,
  firstRule,
  globMatches,
  matches,
  namesUnmanagedLiterally,
  possibleRules,
  type Subject,
} from "../../../src/core/terms/match.ts";
import type { Match } from "../../../src/core/terms/policy.ts";

const SUBJECT: Subject = {
  verdict: "leaked",
  reason: "orphan",
  account: "default",
  region: "ap-guangzhou",
  cluster: "cls-1",
  namespace: null,
  workload: null,
  pod: null,
  owner: null,
  id: "eip-a",
  ip: "203.0.113.10",
  tags: { team: "games", "a.b": "" },
};

describe("matches", () => {
  const cases: readonly { title: string; match: Match; subject?: Partial<Subject>; expected: boolean }[] = [
    { title: "an empty match matches everything", match: {}, expected: true },
    { title: "one glob of a list is enough", match: { verdict: ["unknown", "leak*"] }, expected: true },
    { title: "every key must match", match: { verdict: ["leaked"], region: ["ap-tokyo"] }, expected: false },
    { title: "an empty list matches nothing", match: { verdict: [] }, expected: false },
    { title: "* does not match what is not there", match: { namespace: ["*"] }, expected: false },
    { title: "case counts", match: { account: ["Default"] }, expected: false },
    { title: "a glob is anchored at both ends", match: { id: ["ip-a"] }, expected: false },
    { title: "a dot is a dot", match: { ip: ["203.0.113?10", "203x0*"] }, expected: true },
    { title: "a tag by its key", match: { tag: ["team"] }, expected: true },
    { title: "one tag of a list is enough", match: { tag: ["owner", "team"] }, expected: true },
    { title: "a tag by key and value, each a glob", match: { tag: ["te*=g?mes"] }, expected: true },
    { title: "a tag of another value", match: { tag: ["team=web"] }, expected: false },
    { title: "a tag whose value is empty", match: { tag: ["a.b="] }, expected: true },
    { title: "unread tags match no tag", match: { tag: ["*"] }, subject: { tags: null }, expected: false },
  ];
  it.each(cases)("$title", ({ match, subject, expected }) => expect(matches(match, { ...SUBJECT, ...subject })).toBe(expected));

  it("the first rule that matches decides", () => {
    const rule = (name: string, match: Match) => ({ name, match, flagAfter: null, releaseAfter: null });
    const rules = [rule("no", { verdict: ["unknown"] }), rule("first", {}), rule("second", {})];
    expect(firstRule(rules, SUBJECT)?.name).toBe("first");
    expect(firstRule(rules.slice(0, 1), SUBJECT)).toBeNull();
  });
});

describe("namesUnmanagedLiterally", () => {
  const cases: readonly { title: string; match: Match; expected: boolean }[] = [
    { title: "with an id", match: { verdict: ["unmanaged"], id: ["eip-a"] }, expected: true },
    { title: "with an ip", match: { verdict: ["unmanaged"], ip: ["203.*"] }, expected: true },
    { title: "with a tag", match: { verdict: ["unmanaged"], tag: ["old"] }, expected: true },
    { title: "not without any of them", match: { verdict: ["unmanaged"], pod: ["web-0"] }, expected: false },
    { title: "not with an empty list", match: { verdict: ["unmanaged"], id: [] }, expected: false },
    { title: "not by a glob", match: { verdict: ["unmanage?", "*"], id: ["eip-a"] }, expected: false },
    { title: "not with a star for an id", match: { verdict: ["unmanaged"], id: ["*"] }, expected: false },
    { title: "not with a star among the ids", match: { verdict: ["unmanaged"], id: ["eip-a", "*"] }, expected: false },
    { title: "not with an empty list of verdicts", match: { verdict: [], id: ["eip-a"] }, expected: false },
    { title: "not without a verdict", match: { id: ["eip-a"] }, expected: false },
  ];
  it.each(cases)("$title", ({ match, expected }) => expect(namesUnmanagedLiterally(match)).toBe(expected));
});

function naive(glob: string, text: string): boolean {
  if (glob === "") return text === "";
  if (glob[0] === "*") return naive(glob.slice(1), text) || (text !== "" && naive(glob, text.slice(1)));
  return text !== "" && (glob[0] === "?" || glob[0] === text[0]) && naive(glob.slice(1), text.slice(1));
}

describe("globMatches", () => {
  it("agrees with the naive matcher", () => {
    const letters = (alphabet: string, maxLength: number) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength });
    fc.assert(
      fc.property(letters("ab*?", 7), letters("ab*?", 9), (glob, text) => {
        expect(globMatches(glob, text)).toBe(naive(glob, text));
      }),
      { numRuns: 2000 },
    );
  });

  it("ends on a glob that would take a backtracking matcher for ever", () => {
    expect(globMatches(`${"a*".repeat(40)}b`, "a".repeat(5000))).toBe(false);
  });
});

describe("what a match says of an EIP of which not everything is known", () => {
  const nobody: Subject = { ...SUBJECT, cluster: null, namespace: null, workload: null, pod: null, workloadGuessed: true };
  const known: Subject = { ...SUBJECT, cluster: "cls-1", namespace: "prod-eu", workload: "web", pod: "web-0" };
  it.each<{ title: string; match: Parameters<typeof answerTo>[0]; subject: Subject; answer: string }>([
    { title: "a namespace that nobody knows", match: { namespace: ["prod-*"] }, subject: nobody, answer: "maybe" },
    { title: "a Pod that nobody knows", match: { pod: ["web-0"] }, subject: nobody, answer: "maybe" },
    { title: "a workload that nobody knows", match: { workload: ["web"] }, subject: nobody, answer: "maybe" },
    { title: "a cluster that nobody knows", match: { cluster: ["cls-1"] }, subject: nobody, answer: "maybe" },
    { title: "one of several globs", match: { namespace: ["test", "prod-*"] }, subject: nobody, answer: "maybe" },
    { title: "tags that could not be read", match: { tag: ["team=x"] }, subject: { ...known, tags: null }, answer: "maybe" },
    { title: "an address that is not told", match: { ip: ["203.*"] }, subject: { ...known, ip: "" }, answer: "maybe" },
    {
      title: "a guessed workload of another name",
      match: { workload: ["db"] },
      subject: { ...known, workloadGuessed: true },
      answer: "maybe",
    },
    {
      title: "a guessed workload of that name",
      match: { workload: ["web"] },
      subject: { ...known, workloadGuessed: true },
      answer: "yes",
    },
    { title: "another key that says no", match: { namespace: ["prod-*"], account: ["nobody-s"] }, subject: nobody, answer: "no" },
    { title: "a tag that says no", match: { namespace: ["prod-*"], tag: ["no-such-tag"] }, subject: nobody, answer: "no" },
    { title: "a namespace that is known", match: { namespace: ["prod-*"] }, subject: known, answer: "yes" },
    { title: "another namespace that is known", match: { namespace: ["test"] }, subject: known, answer: "no" },
    { title: "another workload that was seen", match: { workload: ["db"] }, subject: known, answer: "no" },
    { title: "nothing at all", match: {}, subject: nobody, answer: "yes" },
  ])("$title: $answer", ({ match, subject, answer }) => expect(answerTo(match, subject)).toBe(answer));

  it("only rules before the one that decides may be the one", () => {
    const rule = (name: string, match: Parameters<typeof answerTo>[0]) => ({ name, match, flagAfter: null, releaseAfter: null });
    const rules = [rule("before", { namespace: ["prod-*"] }), rule("decides", {}), rule("after", { pod: ["*"] })];
    expect(possibleRules(rules, nobody).map(({ name }) => name)).toEqual(["before"]);
    expect(possibleRules(rules.slice(2), nobody).map(({ name }) => name)).toEqual(["after"]);
    expect(possibleRules(rules, known)).toEqual([]);
  });
});
