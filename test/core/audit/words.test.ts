import { describe, expect, it } from "vitest";
import { adoptSaid, takeOver, takeWords } from "../../../src/core/audit/words.ts";
import type { AddressMemory, Keep } from "../../../src/core/terms/ledger.ts";
import { DAY, HOUR, type Instant, instant, iso, ZERO } from "../../../src/core/terms/time.ts";
import type { ReadEvent } from "../../../src/core/terms/trail.ts";
import { ago, ledger, memory, NOW } from "../build.ts";

const FAR = instant(NOW + 300 * DAY);
const NEAR = instant(NOW + DAY);

function said(kind: "kept" | "unkept" | "approved", at: Instant, by: string, until: Instant | null = null): ReadEvent {
  const shared = { at, run: `person: ${by}`, eip: "a" };
  const end = until === null ? {} : { until: iso(until) };
  switch (kind) {
    case "kept":
      return { ...shared, kind, facts: { ip: "203.0.113.10", by, why: "", until: null, ...end } };
    case "unkept":
      return { ...shared, kind, facts: { ip: "203.0.113.10", by } };
    case "approved":
      return { ...shared, kind, facts: { ip: "203.0.113.10", by, ...end } };
  }
}

const SAW = { at: ago(HOUR), run: "run-1", eip: "a" };

const keep = (by: string, at: Instant, until: Instant | null, besides?: readonly Keep[]): Keep => ({
  by,
  at,
  until,
  why: "",
  ...(besides === undefined ? {} : { besides }),
});
const [FIRST, SECOND, THIRD] = [ago(3 * HOUR), ago(2 * HOUR), ago(HOUR)] as const;

describe("people's words in the trail", () => {
  const cases: readonly {
    readonly title: string;
    readonly words: readonly ReadEvent[];
    readonly ours?: Partial<AddressMemory>;
    readonly expected: Pick<AddressMemory, "keep" | "approval">;
  }[] = [
    { title: "a keep", words: [said("kept", FIRST, "li")], expected: { keep: keep("li", FIRST, null), approval: null } },
    {
      title: "an approval",
      words: [said("approved", FIRST, "li", FAR)],
      expected: { keep: null, approval: { by: "li", at: FIRST, until: FAR } },
    },
    {
      title: "a keep that was taken back",
      words: [said("kept", FIRST, "li"), said("unkept", SECOND, "li")],
      expected: { keep: null, approval: null },
    },
    {
      title: "a keep after it was taken back",
      words: [said("unkept", FIRST, "li"), said("kept", SECOND, "bo", NEAR)],
      ours: { keep: keep("li", ago(DAY), null) },
      expected: { keep: keep("bo", SECOND, NEAR), approval: null },
    },
    {
      title: "a keep, which ends an approval",
      words: [said("approved", FIRST, "li", FAR), said("kept", SECOND, "bo", NEAR)],
      expected: { keep: keep("bo", SECOND, NEAR), approval: null },
    },
    {
      title: "a snooze of somebody who comes second: the longer keep holds, and the other stands beside it",
      words: [said("kept", FIRST, "li"), said("kept", SECOND, "bo", NEAR)],
      expected: { keep: keep("li", FIRST, null, [keep("bo", SECOND, NEAR)]), approval: null },
    },
    {
      title: "a longer keep of somebody who comes second",
      words: [said("kept", FIRST, "li", NEAR), said("kept", SECOND, "bo", FAR)],
      expected: { keep: keep("bo", SECOND, FAR, [keep("li", FIRST, NEAR)]), approval: null },
    },
    {
      title: "a snooze after one that is over",
      words: [said("kept", FIRST, "li", SECOND), said("kept", THIRD, "bo", NEAR)],
      expected: { keep: keep("bo", THIRD, NEAR), approval: null },
    },
    {
      title: "three keeps",
      words: [said("kept", FIRST, "li", NEAR), said("kept", SECOND, "bo"), said("kept", THIRD, "an", FAR)],
      expected: { keep: keep("bo", SECOND, null, [keep("li", FIRST, NEAR), keep("an", THIRD, FAR)]), approval: null },
    },
  ];
  it.each(cases)("count: $title; and again when they are read again", ({ words, ours = {}, expected }) => {
    const before = ledger({ a: memory(ZERO, ours), b: memory(ZERO) });
    const { ledger: once } = takeWords(before, words);
    expect(once).toEqual(ledger({ a: memory(ZERO, { ...ours, ...expected }), b: memory(ZERO) }));
    expect(takeWords(once, words).ledger).toEqual(once);
  });

  it("change nothing where the ledger has them", () => {
    const before = ledger({ a: memory(ZERO, { keep: keep("li", FIRST, null) }) });
    const taken = takeWords(before, [said("kept", FIRST, "li")]);
    expect([taken.ledger === before, taken.changes]).toEqual([true, []]);
  });

  it("keep for good where the end can't be read, and approve nothing", () => {
    const odd = {
      at: FIRST,
      run: "person: li",
      eip: "a",
      kind: "kept",
      facts: { by: "li", why: "", until: "some day" },
    } as const;
    expect(takeWords(ledger({ a: memory(ZERO) }), [odd]).ledger.addresses.a?.keep).toEqual(keep("li", FIRST, null));
    const approved = { ...odd, kind: "approved", facts: { by: "li", until: "some day" } } as const;
    expect(takeWords(ledger({ a: memory(ZERO) }), [approved]).ledger.addresses.a?.approval).toBeNull();
  });

  it("of an EIP that the ledger lost wait until a run sees it", () => {
    const { ledger: waiting } = takeWords(ledger({}), [said("kept", FIRST, "li"), said("approved", SECOND, "li", FAR)]);
    expect(waiting.said).toEqual({ a: keep("li", FIRST, null) });
    expect(adoptSaid(waiting)).toEqual(waiting);
    const seen = adoptSaid({ ...waiting, addresses: { a: memory(ZERO) } });
    expect(seen).toEqual(ledger({ a: memory(ZERO, { keep: keep("li", FIRST, null) }) }));
    expect(takeWords(waiting, [said("unkept", SECOND, "li")]).ledger.said).toEqual({});
  });
});

describe("a ledger that is older than the trail takes over", () => {
  it.each<{ what: string; record: ReadEvent; changed: Partial<AddressMemory> }>([
    {
      what: "that it was bound",
      record: { ...SAW, kind: "bound", facts: {} },
      changed: { acting: null, boundAt: ago(HOUR), approval: null },
    },
    {
      what: "that it was retained",
      record: { ...SAW, kind: "verdict", facts: { verdict: "retained" } },
      changed: { acting: null, approval: null },
    },
    {
      what: "that it is protected",
      record: {
        ...SAW,
        kind: "failed",
        facts: { outcome: "protected", code: "OperationDenied.AddressDeletionProtectionEnabled" },
      },
      changed: { protections: { "OperationDenied.AddressDeletionProtectionEnabled": ago(HOUR) } },
    },
    {
      what: "nothing of a verdict that may be released",
      record: { ...SAW, kind: "verdict", facts: { verdict: "leaked" } },
      changed: {},
    },
    { what: "nothing of a flag, which is given anew", record: { ...SAW, kind: "flagged", facts: {} }, changed: {} },
  ])("$what", ({ record, changed }) => {
    const old = memory(DAY, { approval: { by: "li", at: ago(2 * HOUR), until: FAR } });
    expect(takeOver(ledger({ a: old }), [record]).ledger).toEqual(ledger({ a: { ...old, ...changed } }));
  });

  it("nothing that its clock began after", () => {
    const old = memory(DAY);
    const { ledger: taken } = takeOver(ledger({ a: old }), [{ ...SAW, kind: "bound", at: ago(9 * DAY), facts: {} }]);
    expect(taken.addresses.a?.acting).toEqual(old.acting);
  });
});
