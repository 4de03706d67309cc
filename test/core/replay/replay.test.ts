import { describe, expect, it } from "vitest";
import { createReplay } from "../../../src/core/replay/replay.ts";
import type { ReleaseWindow } from "../../../src/core/terms/policy.ts";
import { DAY, HOUR, instant, MINUTE, milliseconds } from "../../../src/core/terms/time.ts";
import { type ReadEvent, SETTLED_GONE } from "../../../src/core/terms/trail.ts";
import { at, BOUND, event, hourly, hoursOf, judged, LEAKED, leak, play, policyOf, readings, START, type Tape } from "./tape.ts";

const releasedAt = (records: readonly ReadEvent[], tape: Tape = {}) => hoursOf(play(records, tape).released);
const flaggedAt = (records: readonly ReadEvent[], tape: Tape = {}) => hoursOf(play(records, tape).flagged);
const keptWhy = (records: readonly ReadEvent[], tape: Tape = {}) => play(records, tape).kept.map(({ why }) => why);

describe("a leak in the recorded past", () => {
  it("is flagged after its grace, and released after delay and notice, as a run would have done", () => {
    const { since, until, flagged, released, kept, undecided } = play(leak(30));
    expect([since, until, kept, undecided]).toEqual([at(0), at(30), [], []]);
    expect(flagged).toEqual([{ id: "eip-a", ip: "203.0.113.10", pod: "games/web-0@cls-11111111", at: at(1) }]);
    expect(released).toEqual([
      {
        id: "eip-a",
        ip: "203.0.113.10",
        pod: "games/web-0@cls-11111111",
        at: at(25),
        usedAgainAt: null,
        saved: { currency: "CNY", amount: expect.closeTo(1, 6) },
      },
    ]);
  });

  it.each<{ title: string; tape: Tape; expected: readonly string[] }>([
    { title: "a longer delay", tape: { rule: { releaseAfter: milliseconds(26 * HOUR) } }, expected: ["eip-a 27"] },
    { title: "no release at all", tape: { rule: { releaseAfter: null } }, expected: [] },
    { title: "a longer notice", tape: { release: { notice: milliseconds(28 * HOUR) } }, expected: ["eip-a 29"] },
    { title: "a longer grace", tape: { policy: { grace: milliseconds(4 * HOUR) } }, expected: ["eip-a 28"] },
    { title: "more sightings", tape: { policy: { minSightings: 28 } }, expected: ["eip-a 39"] },
    { title: "another rule for it", tape: { rule: { match: { verdict: ["retained"] } } }, expected: [] },
    { title: "a rule of its namespace", tape: { rule: { match: { namespace: ["games"] } } }, expected: ["eip-a 25"] },
    { title: "a rule of its id", tape: { rule: { match: { verdict: ["leaked"], id: ["eip-a"] } } }, expected: ["eip-a 25"] },
    { title: "a rule of another tag", tape: { rule: { match: { verdict: ["leaked"], tag: ["team"] } } }, expected: [] },
  ])("is released by $title when that says", ({ tape, expected }) => expect(releasedAt(leak(45), tape)).toEqual(expected));

  it.each<{ title: string; fields: Partial<typeof LEAKED>; expected: readonly string[]; tape?: Tape }>([
    { title: "a finite threshold comes before the delay", fields: { threshold: 3 * HOUR }, expected: ["eip-a 28"] },
    { title: "nothing of what may never be touched", fields: { neverTouched: "prepaid" }, expected: [] },
    { title: "nothing that an obstacle holds", fields: { obstacle: "403" }, expected: [] },
    { title: "nothing without the approval that it needs", fields: { needsPerson: true }, expected: [] },
    { title: "nothing that is in use", fields: BOUND, expected: [] },
    { title: "nothing of an incomplete reading", fields: { complete: false }, expected: [] },
    { title: "nothing that a keep tag keeps", fields: { tags: '{"eip-guard:keep":""}' }, expected: [] },
    {
      title: "tags that match a rule",
      fields: { tags: '{"team":"a"}' },
      expected: ["eip-a 25"],
      tape: { rule: { match: { tag: ["team=a"] } } },
    },
    {
      title: "values of tags in words",
      fields: { tags: '{"team":7}' },
      expected: ["eip-a 25"],
      tape: { rule: { match: { tag: ["team=7"] } } },
    },
    ...[null, "not JSON", '"text"', "null"].map((tags) => ({
      title: `no tags where they are ${tags}`,
      fields: { tags },
      expected: [],
      tape: { rule: { match: { verdict: ["leaked"], tag: ["*"] } } },
    })),
    {
      title: "what CloudAudit shows as a later beginning",
      fields: { boundAt: at(-5), unboundAt: at(0) + 30 * MINUTE },
      expected: ["eip-a 26"],
    },
    { title: "what CloudAudit shows as a later binding", fields: { boundAt: at(0) + 30 * MINUTE }, expected: ["eip-a 26"] },
    { title: "one that is old enough by then", fields: { bornAt: at(0) }, expected: ["eip-a 25"] },
  ])("says of recorded facts: $title", ({ fields, expected, tape }) =>
    expect(releasedAt(leak(45, fields), tape)).toEqual(expected),
  );

  it("counts its verdict's delay from when the record shows it releasable", () => {
    const records = [readings(0), judged(0, { reasons: "in-id-list" }), hourly(1, 9), readings(10), judged(10), hourly(11, 40)];
    expect(releasedAt(records)).toEqual(["eip-a 34"]);
    expect(flaggedAt(records)).toEqual(["eip-a 10"]);
  });

  it("is looked at when the date of its keep tag is over, and when it is no newborn any more", () => {
    const tagged = { tags: '{"eip-guard:keep":"2026-01-05"}' };
    expect(releasedAt(leak(60, tagged))).toEqual(["eip-a 48"]);
    expect(releasedAt(leak(60, { bornAt: at(0) }), { policy: { newborn: milliseconds(5 * HOUR) } })).toEqual(["eip-a 29"]);
  });

  it("has what the trail guesses for guessed, where it does not say", () => {
    const { guessed: _, needsPerson: __, ...facts } = LEAKED;
    const record = event("judged", 0, "eip-a", facts);
    const protecting = { name: "held", match: { workload: ["db"] }, flagAfter: null, releaseAfter: null };
    const rules = [protecting, ...policyOf().rules];
    expect(keptWhy([readings(0), record, hourly(1, 40)], { policy: { rules } })[0]).toContain('rule "held"');
    expect(releasedAt(leak(40), { policy: { rules } })).toEqual(["eip-a 25"]);
    expect(keptWhy([readings(0), record, hourly(1, 40)])[0]).toContain("approval");
  });
});

describe("the acting clock of the recorded past", () => {
  it.each<{ title: string; records: readonly ReadEvent[]; expected: readonly string[] }>([
    { title: "a gap longer than maxGap", records: [readings(0), judged(0), hourly(1, 5), hourly(8, 40)], expected: ["eip-a 33"] },
    { title: "no gap of exactly maxGap", records: [readings(0), judged(0), hourly(1, 5), hourly(7, 40)], expected: ["eip-a 25"] },
    {
      title: "a changed UpdatedTime",
      records: [readings(0), judged(0), hourly(1, 5), judged(5, { updatedTime: "2026-01-05T05:00:00Z" }), hourly(6, 40)],
      expected: ["eip-a 30"],
    },
    {
      title: "no UpdatedTime that the guard's own mark changed",
      records: [
        readings(0),
        judged(0),
        hourly(1, 5),
        judged(5, { updatedTime: "2026-01-05T04:30:00Z", markedFrom: at(4), markedUntil: at(5) }),
        hourly(6, 40),
      ],
      expected: ["eip-a 25"],
    },
    {
      title: "one that changed outside of the mark",
      records: [
        readings(0),
        judged(0),
        hourly(1, 5),
        judged(5, { updatedTime: "2026-01-05T04:30:00Z", markedFrom: at(1), markedUntil: at(2) }),
        hourly(6, 40),
      ],
      expected: ["eip-a 30"],
    },
    {
      title: "half a mark is none",
      records: [
        readings(0),
        judged(0),
        hourly(1, 5),
        judged(5, { updatedTime: "2026-01-05T04:30:00Z", markedUntil: at(5) }),
        hourly(6, 40),
      ],
      expected: ["eip-a 30"],
    },
    {
      title: "a Pod or claim that is younger than the reading before",
      records: [readings(0), judged(0), hourly(1, 5), judged(5, { youngest: at(4.5) }), hourly(6, 40)],
      expected: ["eip-a 30"],
    },
    {
      title: "no Pod that is older",
      records: [readings(0), judged(0), hourly(1, 5), judged(5, { youngest: at(3) }), hourly(6, 40)],
      expected: ["eip-a 25"],
    },
    {
      title: "a time in use",
      records: [readings(0), judged(0), hourly(1, 4), judged(4, BOUND), hourly(5, 6), judged(6), hourly(7, 45)],
      expected: ["eip-a 31"],
    },
    {
      title: "a time that was not read completely does not count, and does not end it",
      records: [readings(0), judged(0), readings(1), judged(1, { complete: false }), readings(2), judged(2), hourly(3, 45)],
      expected: ["eip-a 25"],
    },
    {
      title: "a time in which its region was not read ends it where it is too long",
      records: [
        readings(0),
        judged(0),
        readings(1),
        event("region", 1, null, { account: "default", region: "ap-guangzhou", read: false, brake: null }),
        hourly(2, 6),
        event("region", 6, null, { account: "default", region: "ap-guangzhou", read: true, brake: null }),
        hourly(7, 45),
      ],
      expected: ["eip-a 31"],
    },
    {
      title: "another region that was not read",
      records: [
        readings(0),
        judged(0),
        readings(1),
        event("region", 1, null, { account: "default", region: "ap-tokyo", read: false, brake: null }),
        hourly(2, 45),
      ],
      expected: ["eip-a 25"],
    },
    {
      title: "a row that began before the record",
      records: [readings(0), judged(0, { actingSince: at(-10), actingLatest: at(-1), sightings: 9 }), hourly(1, 40)],
      expected: ["eip-a 24"],
    },
    {
      title: "no row of what is in use",
      records: [
        readings(0),
        judged(0, { ...BOUND, actingSince: at(-10), actingLatest: at(-1) }),
        readings(1),
        judged(1),
        hourly(2, 40),
      ],
      expected: ["eip-a 26"],
    },
  ])("knows $title", ({ records, expected }) => expect(releasedAt(records)).toEqual(expected));

  it("counts each reading once, also where a run that died told it twice", () => {
    const twice = [readings(0), judged(0), readings(1, 1), readings(1), readings(0, 1), hourly(2, 60)];
    expect(flaggedAt(twice, { policy: { minSightings: 30 } })).toEqual(["eip-a 29"]);
    expect(releasedAt(twice, { policy: { minSightings: 30 } })).toEqual(["eip-a 41"]);
  });

  it("goes on with readings that only the ledger has", () => {
    expect(releasedAt(leak(10))).toEqual([]);
    expect(releasedAt(leak(10), { pending: Array.from({ length: 30 }, (_, hour) => hour) })).toEqual(["eip-a 25"]);
  });

  it("leaves EIPs alone that it can't understand", () => {
    for (const lost of ["ip", "status", "account", "region", "reasons", "complete", "idle", "threshold"] as const) {
      const { [lost]: _, ...facts } = LEAKED;
      const { released, kept, undecided } = play([readings(0), event("judged", 0, "eip-a", facts), hourly(1, 40)]);
      expect([released, kept, undecided.map(({ id }) => id)], lost).toEqual([[], [], ["eip-a"]]);
    }
  });
});

describe("what would have held a release back", () => {
  const HELD = (hours: number, kind: "withheld" | "failed" = "withheld", facts: object = { ip: "", why: "STOP" }) =>
    event(kind, hours, "eip-a", facts);
  const upTo = (hours: number, more: readonly ReadEvent[], then: number) => [...leak(hours), ...more, hourly(hours + 1, then)];

  it("the sanity brake, until it is off", () => {
    const brake = (hours: number, why: string | null) =>
      event("region", hours, null, { account: "default", region: "ap-guangzhou", read: true, brake: why });
    const records = upTo(24, [brake(24, "EIPs fell")], 27);
    expect(keptWhy(records)).toEqual(["sanity brake: EIPs fell"]);
    expect(releasedAt([...records, brake(27, null), hourly(28, 40)])).toEqual(["eip-a 27"]);
  });

  it.each<{ title: string; more: readonly ReadEvent[]; expected: readonly string[] }>([
    { title: "a run that withheld it", more: [HELD(25)], expected: ["eip-a 26"] },
    { title: "a run whose call failed", more: [HELD(25, "failed")], expected: ["eip-a 26"] },
    { title: "one that withheld it a little later", more: [HELD(25 + 19 / 60)], expected: ["eip-a 26"] },
    { title: "none whose time is over", more: [HELD(25 + 20 / 60)], expected: ["eip-a 25"] },
    { title: "none before it", more: [HELD(25 - 1 / 60)], expected: ["eip-a 25"] },
    {
      title: "no cap of the policy of its time",
      more: [HELD(25, "withheld", { ip: "", why: "cap", cap: true })],
      expected: ["eip-a 25"],
    },
  ])("$title", ({ more, expected }) => expect(releasedAt(upTo(25, more, 40))).toEqual(expected));

  it("only the latest dozen acts are remembered", () => {
    const later = Array.from({ length: 12 }, () => event("flagged", 25, "eip-a", { ip: "" }));
    expect(releasedAt(upTo(25, [HELD(25), ...later], 40))).toEqual(["eip-a 25"]);
    expect(releasedAt(upTo(25, [HELD(25), ...later.slice(1)], 40))).toEqual(["eip-a 26"]);
  });

  it("the window, until it opens", () => {
    const window = { days: ["mon", "tue"], from: 9 * 60, to: 17 * 60, timezone: "UTC" } satisfies ReleaseWindow;
    const opened = play(leak(60), { release: { window } });
    expect(hoursOf(opened.released)).toEqual(["eip-a 33"]);
    const never = { days: [], from: 0, to: 60, timezone: "UTC" } satisfies ReleaseWindow;
    expect(releasedAt(leak(60), { release: { window: never } })).toEqual([]);
  });

  it("a cap, until fewer are due; what another EIP does is seen", () => {
    const both = [readings(0), judged(0), judged(0, {}, "eip-b"), hourly(1, 30)];
    const tape = { release: { maxPerRun: 1 } };
    expect(play(both, tape).kept.map(({ why }) => why)).toEqual([
      expect.stringContaining("maxPerRun"),
      expect.stringContaining("maxPerRun"),
    ]);
    expect(releasedAt([...both, judged(30, BOUND, "eip-b"), hourly(31, 40)], tape)).toEqual(["eip-a 30"]);
    expect(releasedAt([...both, event("gone", 30, "eip-b", { ip: "" }), hourly(31, 40)], tape)).toEqual(["eip-a 30"]);
  });

  it("a percentage, of the EIPs that were read and are still there", () => {
    const fleet = (count: number) => Array.from({ length: count }, (_, index) => judged(0, BOUND, `eip-${index}`));
    const records = (count: number, more: readonly ReadEvent[] = []) => [
      readings(0),
      judged(0),
      judged(0, {}, "eip-b"),
      ...fleet(count),
      ...more,
      hourly(1, 40),
    ];
    const tape = { release: { maxPercent: 5 } };
    expect(releasedAt(records(38), tape)).toHaveLength(2);
    expect(releasedAt(records(37), tape)).toEqual([]);
    expect(releasedAt(records(18), tape)).toHaveLength(2);
    // What goes, or was not read, is no part of it; what comes again is one.
    expect(releasedAt(records(38, [event("gone", 0, "eip-1", { ip: "" })]), tape)).toEqual([]);
    expect(
      releasedAt(
        records(38, [event("gone", 0, "eip-1", { ip: "" }), event("gone", 0, "eip-1", { ip: "" }), judged(0, BOUND, "eip-1")]),
        tape,
      ),
    ).toHaveLength(2);
    expect(releasedAt(records(37, [judged(0, { ...BOUND, region: "ap-tokyo" }, "eip-c")]), tape)).toHaveLength(2);
    const unread = event("region", 0, null, { account: "default", region: "ap-tokyo", read: false, brake: null });
    expect(releasedAt(records(37, [judged(0, { ...BOUND, region: "ap-tokyo" }, "eip-c"), unread]), tape)).toEqual([]);
  });

  it("a percentage is of what this policy would have left", () => {
    const fleet = Array.from({ length: 19 }, (_, index) => judged(0, BOUND, `eip-${index}`));
    const later = [judged(10, {}, "eip-b"), judged(10, {}, "eip-c")];
    const records = [readings(0), judged(0), ...fleet, hourly(1, 10), ...later, hourly(11, 45)];
    // Of 22 one goes first; then two of 21 are 9.5 %.
    expect(releasedAt(records, { release: { maxPercent: 9.3 } })).toEqual(["eip-a 25"]);
    expect(releasedAt(records, { release: { maxPercent: 9.6 } })).toEqual(["eip-a 25", "eip-b 35", "eip-c 35"]);
    // Once the record has it gone too, nothing is taken off twice.
    const gone = [...records.slice(0, -1), hourly(11, 30), event("gone", 30, "eip-a", { ip: "" }), hourly(31, 45)];
    expect(releasedAt(gone, { release: { maxPercent: 9.6 } })).toEqual(["eip-a 25", "eip-b 35", "eip-c 35"]);
    expect(releasedAt(gone, { release: { maxPercent: 9.4 } })).toEqual(["eip-a 25"]);
  });
});

it("a percentage leaves out what went without being released, once", () => {
  const fleet = Array.from({ length: 22 }, (_, index) => judged(0, BOUND, `eip-${index}`));
  const later = [judged(10, {}, "eip-b"), judged(10, {}, "eip-c")];
  const gone = event("gone", 20, "eip-1", { ip: "" });
  const records = [readings(0), judged(0), ...fleet, hourly(1, 10), ...later, hourly(11, 20), gone, hourly(21, 45)];
  // Two of 23 are 8.7 %, of 24 they would be 8.3 %.
  expect(releasedAt(records, { release: { maxPercent: 8.5 } })).toEqual(["eip-a 25"]);
  expect(releasedAt(records, { release: { maxPercent: 8.7 } })).toHaveLength(3);
});

describe("what people said in the recorded past", () => {
  const approved = (hours: number, until: number) =>
    event("approved", hours, "eip-a", { ip: "", by: "lin", until: new Date(at(until)).toISOString() });
  const REQUIRED: Tape = { release: { approval: "required" } };

  it.each<{ title: string; words: readonly ReadEvent[]; expected: readonly string[] }>([
    { title: "an approval that holds", words: [approved(20, 40)], expected: ["eip-a 25"] },
    { title: "an approval whose end moved to a notice after the release", words: [approved(20, 24)], expected: ["eip-a 25"] },
    { title: "no approval", words: [], expected: [] },
    { title: "an approval without an end", words: [event("approved", 20, "eip-a", { ip: "", by: "lin" })], expected: [] },
    {
      title: "an approval that a keep took back",
      words: [approved(20, 40), event("kept", 20, "eip-a", { ip: "", by: "li" })],
      expected: [],
    },
  ])("$title", ({ words, expected }) => {
    expect(releasedAt([...leak(20), ...words, hourly(21, 45)], REQUIRED)).toEqual(expected);
  });

  it("an approval that comes when all else is over is used at the next reading, and not before it was said", () => {
    expect(releasedAt([...leak(30), approved(30.5, 60), hourly(31, 45)], REQUIRED)).toEqual(["eip-a 31"]);
    expect(releasedAt([...leak(30), approved(33, 60), hourly(31, 45)], REQUIRED)).toEqual(["eip-a 33"]);
  });

  it("an approval ends with the clock that it was given for", () => {
    const changed = judged(22, { updatedTime: "2026-01-05T22:00:00Z" });
    expect(releasedAt([...leak(20), approved(20, 90), hourly(21, 22), changed, hourly(23, 80)], REQUIRED)).toEqual([]);
  });

  it("an approval ends with the EIP", () => {
    const back = [event("gone", 22, "eip-a", { ip: "" }), readings(23), judged(23)];
    expect(releasedAt([...leak(20), approved(20, 200), hourly(21, 22), ...back, hourly(24, 80)], REQUIRED)).toEqual([]);
    expect(releasedAt([...leak(20), approved(20, 200), hourly(21, 22), ...back, hourly(24, 80)])).toEqual(["eip-a 48"]);
  });

  it("a notice that the guard itself delivered late counts from then", () => {
    const told = (hours: number, deliveredAt?: number) =>
      event("noticed", hours, "eip-a", deliveredAt === undefined ? {} : { deliveredAt: new Date(at(deliveredAt)).toISOString() });
    const flagged = event("flagged", 1, "eip-a", { ip: "" });
    const records = (...more: readonly ReadEvent[]) => [readings(0), judged(0), readings(1), ...more, hourly(2, 60)];
    const tape = { release: { notice: milliseconds(30 * HOUR) } };
    expect(releasedAt(records(), tape)).toEqual(["eip-a 31"]);
    expect(releasedAt(records(flagged, told(1, 3)), tape)).toEqual(["eip-a 33"]);
    // Of another flag, of another reading, or without the instant: at once.
    expect(releasedAt(records(told(1, 3)), tape)).toEqual(["eip-a 31"]);
    expect(releasedAt(records(flagged, told(1.5, 3)), tape)).toEqual(["eip-a 31"]);
    expect(releasedAt(records(event("flagged", 0.5, "eip-a", { ip: "" }), told(1, 3)), tape)).toEqual(["eip-a 31"]);
    expect(releasedAt(records(flagged, told(1)), tape)).toEqual(["eip-a 31"]);
  });
});

describe("a flag of the played past", () => {
  it("is given once, whatever is recorded of the EIP later, and also where nothing is ever released", () => {
    const later = [judged(10, { tags: '{"a":"b"}' }), hourly(11, 30), judged(30, { tags: '{"a":"c"}' }), hourly(31, 60)];
    expect(flaggedAt([...leak(10), ...later])).toEqual(["eip-a 1"]);
    expect(flaggedAt([...leak(10), ...later], { rule: { releaseAfter: null } })).toEqual(["eip-a 1"]);
  });

  it.each([
    { status: "UNBIND", expected: ["eip-a 1"] },
    { status: "BIND", expected: ["eip-a 1", "eip-a 6"] },
  ])("stands while nothing is known of it, and falls where it is $status", ({ status, expected }) => {
    const unknown = judged(5, { status, complete: false, reasons: "evidence-conflict" });
    expect(flaggedAt([...leak(5), unknown, readings(6), judged(6), hourly(7, 20)])).toEqual(expected);
  });

  it("and its delay hold through a reading that was not complete", () => {
    const partly = judged(10, { complete: false, reasons: "claims-not-readable" });
    expect(releasedAt([...leak(10), partly, readings(11), judged(11), hourly(12, 45)])).toEqual(["eip-a 25"]);
  });
});

describe("what became of a release", () => {
  const back = (hours: number, fields: object = BOUND) => [judged(hours, fields), hourly(hours + 1, hours + 10)];

  it("it was used again: a false release, which saved until then", () => {
    const [release] = play([...leak(30), ...back(30)]).released;
    expect([release?.usedAgainAt, release?.saved?.amount]).toEqual([at(30), expect.closeTo(1, 6)]);
  });

  it("it was used again twice: the first time counts", () => {
    const again = [...back(30), judged(40), ...back(42)];
    expect(play([...leak(30), ...again]).released.map(({ usedAgainAt }) => usedAgainAt)).toEqual([at(30)]);
  });

  it("it was used before: no false release", () => {
    const records = [readings(0), judged(0, BOUND), readings(1), judged(1), hourly(2, 40)];
    expect(play(records).released.map(({ usedAgainAt }) => usedAgainAt)).toEqual([null]);
  });

  it("it was judged anew and not used: no false release", () => {
    const records = [...leak(30), judged(30, { tags: '{"a":"b"}' }), judged(30, { reasons: "in-id-list" }), hourly(31, 60)];
    expect(play(records).released.map(({ usedAgainAt }) => usedAgainAt)).toEqual([null]);
  });

  it("another was used: no false release", () => {
    const other = [judged(30, BOUND, "eip-b"), hourly(31, 40)];
    expect(play([...leak(30), ...other]).released.map(({ usedAgainAt }) => usedAgainAt)).toEqual([null]);
  });

  it("it was gone by itself: it saved until then", () => {
    const [release] = play([...leak(30), event("gone", 30, "eip-a", { ip: "" }), hourly(31, 40)]).released;
    expect(release?.saved?.amount).toBeCloseTo(1, 6);
  });

  it.each<{ by: string; record: ReadEvent }>([
    { by: "a receipt", record: event("receipt", 29, "eip-a", { ip: "" }) },
    { by: "looking", record: event("settled", 29, "eip-a", { ip: "", outcome: SETTLED_GONE }) },
  ])("the guard released it too, proven by $by: it saves until the end", ({ record }) => {
    const records = [...leak(29), record, readings(30), event("gone", 30, "eip-a", { ip: "" }), hourly(31, 35)];
    expect(play(records).released[0]?.saved?.amount).toBeCloseTo(2, 6);
  });

  it("a release that was not settled is none", () => {
    const settled = event("settled", 29, "eip-a", { ip: "", outcome: "not released: it is bound" });
    const records = [...leak(29), settled, readings(30), event("gone", 30, "eip-a", { ip: "" }), hourly(31, 35)];
    expect(play(records).released[0]?.saved?.amount).toBeCloseTo(1, 6);
  });

  it.each<{ title: string; fields: Partial<typeof LEAKED>; until: number; saved: unknown }>([
    { title: "nothing that is known where its price is not", fields: { perHour: null }, until: 30, saved: null },
    { title: "nothing that is known where its currency is not", fields: { currency: null }, until: 30, saved: null },
    { title: "nothing in the hour of the release", fields: {}, until: 25, saved: { currency: "CNY", amount: 0 } },
  ])("it saved $title", ({ fields, until, saved }) =>
    expect(play(leak(until, fields)).released.map((one) => one.saved)).toEqual([saved]),
  );

  it("it is told by its Pod at that time; null without one", () => {
    expect(play(leak(30, { pod: null })).released.map(({ pod }) => pod)).toEqual([null]);
    expect(play(leak(30, { namespace: null, cluster: null })).released.map(({ pod }) => pod)).toEqual(["/web-0@"]);
  });

  it("releases are told in the order of time", () => {
    const records = [readings(0), judged(0, { threshold: 5 * HOUR }, "eip-b"), judged(0), hourly(1, 40)];
    expect(releasedAt(records)).toEqual(["eip-a 25", "eip-b 30"]);
  });
});

describe("what is kept, and what is not told", () => {
  it.each<{ title: string; records: readonly ReadEvent[]; why: string; tape?: Tape }>([
    {
      title: "kept by its verdict",
      records: leak(5, { reasons: "in-id-list" }),
      why: "retained: kept because the eip-id-list of a living workload names it",
    },
    { title: "withheld", records: leak(30, { obstacle: "403" }), why: "403" },
    {
      title: "gone by itself",
      records: [...leak(5), event("gone", 5, "eip-a", { ip: "" }), hourly(6, 9)],
      why: "it was gone by itself at 2026-01-05T05:00:00.000Z",
    },
    {
      title: "in use at last",
      records: [...leak(5), judged(5, BOUND), hourly(6, 9)],
      why: "in-use: in use because it is bound",
    },
  ])("$title", ({ records, why, tape }) => expect(keptWhy(records, tape)).toEqual([why]));

  it("by its own words where nobody could look at it", () => {
    const unread = event("region", 0, null, { account: "default", region: "ap-guangzhou", read: false, brake: null });
    const verdict = event("verdict", 0, "eip-a", { detail: "its region could not be read" });
    const played = play([readings(0), judged(0), verdict, unread, hourly(1, 9)]);
    expect([played.kept, played.released]).toEqual([[], []]);
  });

  it("nothing of an EIP that was never idle", () => expect(keptWhy(leak(30, BOUND))).toEqual([]));

  it("nothing of what came and went without a word", () => {
    const { kept, undecided, flagged } = play([
      readings(0),
      judged(0),
      readings(0.5),
      event("gone", 0.5, "eip-a", { ip: "" }),
      hourly(1, 5),
    ]);
    expect([kept, undecided, flagged]).toEqual([[], [], []]);
  });

  it("undecided: what only an older version wrote of", () => {
    const old = event("first-seen", 0, "eip-old", { ip: "203.0.113.9", status: "UNBIND", pod: null });
    const { undecided } = play([readings(0), old, ...leak(5).slice(1)]);
    expect(undecided).toEqual([{ id: "eip-old", why: expect.stringContaining("an older version") }]);
    expect(play([readings(0), old, event("gone", 1, "eip-old", { ip: "" }), hourly(1, 2)]).undecided).toHaveLength(1);
  });

  it("undecided: what the guard released and this policy would not have by then", () => {
    const records = [
      ...leak(10),
      event("receipt", 10, "eip-a", { ip: "" }),
      readings(11),
      event("gone", 11, "eip-a", { ip: "" }),
      hourly(12, 40),
    ];
    expect(play(records)).toMatchObject({
      released: [],
      kept: [],
      undecided: [{ id: "eip-a", why: expect.stringContaining("the guard released it at 2026-01-05T10:00:00.000Z") }],
    });
    // Also where the policy would not even have flagged it.
    expect(play(records, { rule: { match: { verdict: ["retained"] } } }).undecided).toHaveLength(1);
    // It is still there: the receipt was of no avail, and its fate is told.
    expect(play([...leak(10), event("receipt", 10, "eip-a", { ip: "" }), hourly(11, 20)]).undecided).toEqual([]);
  });

  it("of a trail without readings there is nothing to tell", () => {
    expect(play([])).toEqual({ since: null, until: null, flagged: [], released: [], kept: [], undecided: [] });
    expect(play([judged(0)]).released).toEqual([]);
  });
});

describe("a back-test since a date", () => {
  it("flags nothing before, though clocks count from the beginning of the record", () => {
    const played = play(leak(60), { since: at(20) });
    expect([played.since, hoursOf(played.flagged), hoursOf(played.released)]).toEqual([at(20), ["eip-a 20"], ["eip-a 32"]]);
  });

  it("begins with the record where that is younger", () => {
    const played = play(leak(60), { since: at(-20) });
    expect([played.since, hoursOf(played.flagged)]).toEqual([at(0), ["eip-a 1"]]);
  });

  it("says nothing of what was gone before", () => {
    const records = [...leak(5), event("gone", 5, "eip-a", { ip: "" }), hourly(6, 60)];
    expect(play(records, { since: at(20) })).toMatchObject({ kept: [], flagged: [], undecided: [] });
  });

  it("says nothing at all of a record without a reading", () => {
    expect(play([judged(0)], { since: at(20) })).toMatchObject({ since: null, until: null });
  });

  it("between two readings begins with the later one", () => {
    expect(flaggedAt(leak(60), { since: instant(at(20) - 1) })).toEqual(["eip-a 20"]);
    expect(flaggedAt(leak(60), { since: instant(at(20) + 1) })).toEqual(["eip-a 21"]);
  });
});

it("hears an approval of what only an older version wrote of", () => {
  const records = [readings(0), event("approved", 0, "eip-old", { ip: "", until: "2026-02-01T00:00:00Z" }), hourly(1, 3)];
  expect(play(records)).toMatchObject({ kept: [], undecided: [{ id: "eip-old" }] });
});

it("plays several delays in one reading, each by itself", () => {
  const delays = [30 * HOUR, 90 * HOUR].map((delay) => milliseconds(delay));
  const replay = createReplay(policyOf({ rule: { releaseAfter: DAY } }), delays, null);
  for (const record of [...leak(40), judged(40, BOUND), hourly(41, 50)]) replay.take(record);
  const { played, swept } = replay.end([]);
  const all = [played, ...swept];
  expect(swept.map(({ releaseAfter }) => releaseAfter)).toEqual(delays);
  expect(all.map(({ released }) => hoursOf(released))).toEqual([["eip-a 25"], ["eip-a 31"], []]);
  expect(all.map(({ released }) => released.map(({ usedAgainAt }) => usedAgainAt))).toEqual([[at(40)], [at(40)], []]);
  expect(START).toBe(at(0));
});
