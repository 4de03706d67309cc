import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TrailRecord } from "../../src/core/terms/trail.ts";
import { chain, hashOf, headOf, lineOf, parseLine, type TrailEnd, verifyTrail } from "../../src/trail/chain.ts";
import { event, START } from "../store/samples.ts";

const RECORDS = chain(
  Array.from({ length: 6 }, (_, number) => event("run", number)),
  null,
);
const LINES = RECORDS.map(lineOf);
const HEAD = headOf(recordAt(5));

function recordAt(position: number): TrailRecord {
  const record = RECORDS[position];
  if (record === undefined) throw new Error(`there is no record ${position}`);
  return record;
}

/** Reads lines as the stores do. */
async function* read(text: string): AsyncGenerator<TrailRecord, TrailEnd> {
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  for (const [at, line] of lines.entries()) yield parseLine(line, `line ${at + 1}`);
  return { unfinished: rest === "" ? null : { bytes: rest.length } };
}

const without = (position: number) => LINES.filter((_, at) => at !== position).join("");
const swapped = () => [...LINES.slice(0, 2), ...LINES.slice(3, 4), ...LINES.slice(2, 3), ...LINES.slice(4)].join("");

describe("the hash of a record", () => {
  const anything = fc.string({ unit: "binary" });
  const facts = fc.dictionary(
    anything,
    fc.oneof(anything, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
  );

  it("is SHA-256 over JSON of its members, its facts in pairs by name, whatever stands in them", () => {
    fc.assert(
      fc.property(facts, anything, fc.option(anything), (odd, run, eip) => {
        const record = { ...recordAt(0), run, eip, facts: odd } as TrailRecord;
        const { sequence, kind, at, previous } = record;
        const pairs = Object.entries(odd).sort(([one], [other]) => (one < other ? -1 : 1));
        const text = JSON.stringify([sequence, kind, at, run, eip, pairs, previous]);
        expect(hashOf(record)).toBe(createHash("sha256").update(text).digest("hex"));
      }),
    );
  });
});

describe("verifyTrail finds", () => {
  it.each([
    ["an edited event", LINES.join("").replace('"costPerHour":3', '"costPerHour":4'), "record 3", 3],
    ["an edited hash", LINES.join("").replace(recordAt(3).hash, "0".repeat(64)), "record 3", 3],
    ["a record written twice", [...LINES.slice(0, 3), ...LINES.slice(2)].join(""), "record 2", 3],
    ["a deleted record", without(3), "record 4", 3],
    ["a deleted first record", without(0), "record 1", 0],
    ["two records in the other order", swapped(), "record 3", 2],
    ["white space", LINES.join("").replace('"costPerHour":3', '"costPerHour": 3'), "record 3", 3],
    ["a key written twice", LINES.join("").replace('"costPerHour":3', '"costPerHour":9,"costPerHour":3'), "record 3", 3],
    ["an empty line", [...LINES.slice(0, 3), "\n", ...LINES.slice(3)].join(""), "record 3", 3],
    ["a cut-off end", LINES.slice(0, 4).join(""), "record 4", 4],
    ["a cut-off end that looks like a crash", LINES.join("").slice(0, -1), "record 5", 5],
    ["an empty trail", "", "record 0", 0],
    [
      "a new chain",
      chain(
        [0, 1, 2, 3, 4, 9].map((number) => event("run", number)),
        null,
      )
        .map(lineOf)
        .join(""),
      "record 5",
      5,
    ],
  ])("%s, and says where", async (_, text, at, records) => {
    expect(await verifyTrail(read(text), HEAD)).toMatchObject({ holds: false, at, records });
  });

  it("nothing in a trail as it was written, also with more than the ledger knows and an unfinished record", async () => {
    expect(await verifyTrail(read(LINES.join("")), HEAD)).toEqual({ holds: true, records: 6, head: HEAD, unfinished: null });
    expect(await verifyTrail(read(LINES.join("")), headOf(recordAt(2)))).toMatchObject({ holds: true, records: 6 });
    expect(await verifyTrail(read(`${LINES.join("")}{"seq`), HEAD)).toMatchObject({ holds: true, unfinished: { bytes: 5 } });
    expect(await verifyTrail(read(""), null)).toEqual({ holds: true, records: 0, head: null, unfinished: null });
  });

  it("any one character that was changed, taken out or put in, wherever it is", async () => {
    const whole = LINES.join("");
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.constantFrom("change", "remove", "insert"),
        fc.constantFrom("0", "a", "}", '"', " ", "\n", ","),
        async (place, how, character) => {
          const rest = whole.slice(how === "insert" ? place : place + 1);
          const tampered = whole.slice(0, place) + (how === "remove" ? "" : character) + rest;
          fc.pre(tampered !== whole);
          expect(await verifyTrail(read(tampered), HEAD)).toMatchObject({ holds: false });
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("a record", () => {
  const line = (kind: string, facts: object) =>
    lineOf({
      sequence: 0,
      kind: kind as "gone",
      at: START,
      run: "r",
      eip: "eip-1",
      facts,
      previous: "0".repeat(64),
      hash: "0".repeat(64),
    }).trimEnd();

  it.each([
    { what: "of version 0.1, which left facts out", kind: "receipt", facts: { ip: "203.0.113.7" } },
    { what: "with a fact that this version does not know", kind: "bound", facts: { ip: "203.0.113.7", cluster: "cls-1" } },
    { what: "of the trail itself", kind: "gap", facts: { scope: "trail", what: "unfinished record", why: "a crash", bytes: 7 } },
  ])("$what is read", ({ kind, facts }) => {
    expect(parseLine(line(kind, facts), "here").facts).toEqual(facts);
  });

  it.each([
    { what: "of a kind that nobody writes", kind: "alert", facts: {}, says: "kind" },
    { what: "with a fact of another type", kind: "receipt", facts: { via: "luck" }, says: "facts.via" },
    { what: "with a number for a text", kind: "kept", facts: { by: 7 }, says: "facts.by" },
    { what: "with a list for a text", kind: "kept", facts: { by: ["a"] }, says: "facts" },
    { what: "with facts that are a list", kind: "kept", facts: ["by"], says: "facts" },
    { what: "with facts of another kind of gap", kind: "gap", facts: { gap: 1, bytes: "7" }, says: "facts.gap" },
  ])("$what is no record of ours", ({ kind, facts, says }) => {
    expect(() => parseLine(line(kind, facts), "here")).toThrow(says);
  });
});
