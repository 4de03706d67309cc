import { describe, expect, it } from "vitest";
import { emptyLedger, PERSON, writtenByPerson } from "../../../src/core/terms/ledger.ts";
import { ledger } from "../build.ts";

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

describe("who wrote a generation", () => {
  it.each([
    { title: "a person's command", writtenBy: `${PERSON}keep by li`, expected: true },
    { title: "a run", writtenBy: "run-1", expected: false },
    { title: "a run that only ends like a person", writtenBy: `run ${PERSON}`, expected: false },
    { title: "nobody", writtenBy: null, expected: false },
  ])("$title", ({ writtenBy, expected }) => expect(writtenByPerson(ledger({}, { writtenBy }))).toBe(expected));
});
