import { describe, expect, it } from "vitest";
import { type AddressMemory, emptyLedger, mergePersons, PERSON, writtenByPerson } from "../../src/core/ledger.ts";
import { milliseconds, ZERO } from "../../src/core/time.ts";
import { ago, ledger, memory, NOW } from "./build.ts";

const KEEP: AddressMemory["keep"] = { by: "li", at: ago(1_000), until: null, why: "" };
const APPROVAL: AddressMemory["approval"] = { by: "li", at: ago(1_000), until: NOW };

it("a guard that has not run yet remembers nothing", () => {
  expect(emptyLedger()).toEqual({
    schema: "eip-guard/ledger/v1",
    generation: 0,
    writtenAt: null,
    writtenBy: null,
    trailHead: null,
    addresses: {},
    clusters: {},
    lastComplete: {},
    policyDigest: null,
    servedTicks: [],
    digest: null,
    receipts: [],
    gaps: [],
  });
});

describe("what people wrote during a run", () => {
  const ours = memory(milliseconds(9), { everInIdList: true });
  const cases: readonly { title: string; theirs: Partial<AddressMemory>; ours?: Partial<AddressMemory>; expected: object }[] = [
    { title: "a keep counts", theirs: { keep: KEEP }, expected: { keep: KEEP, approval: null } },
    { title: "an approval counts", theirs: { approval: APPROVAL }, expected: { keep: null, approval: APPROVAL } },
    {
      title: "what was taken back is gone",
      theirs: {},
      ours: { keep: KEEP, approval: APPROVAL },
      expected: { keep: null, approval: null },
    },
    { title: "nothing else is taken", theirs: { everInIdList: false, acting: null }, expected: { keep: null, approval: null } },
  ];
  it.each(cases)("$title", ({ theirs, ours: own, expected }) => {
    const mine = { ...ours, ...own };
    const merged = mergePersons(ledger({ a: mine }, { generation: 7 }), ledger({ a: memory(ZERO, theirs) }, { generation: 8 }));
    expect(merged).toEqual(ledger({ a: { ...mine, ...expected } }, { generation: 7 }));
  });

  it("an EIP that they don't know stays as it is, and one that only they know is not taken", () => {
    const kept = memory(ZERO, { keep: KEEP });
    expect(mergePersons(ledger({ a: kept }), ledger({ b: kept })).addresses).toEqual({ a: kept });
  });
});

describe("who wrote a generation", () => {
  it.each([
    { title: "a person's command", writtenBy: `${PERSON}keep by li`, expected: true },
    { title: "a run", writtenBy: "run-1", expected: false },
    { title: "a run that only ends like a person", writtenBy: `run ${PERSON}`, expected: false },
    { title: "nobody", writtenBy: null, expected: false },
  ])("$title", ({ writtenBy, expected }) => expect(writtenByPerson(ledger({}, { writtenBy }))).toBe(expected));
});
