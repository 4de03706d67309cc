import { describe, expect, it } from "vitest";
import { idleInterval, isIdle, type Sighting, sighted, unbroken } from "../../../src/core/judge/idle.ts";
import type { ActingClock, AddressMemory, ClockBreak, EvidenceMemory } from "../../../src/core/terms/ledger.ts";
import { DAY, type Duration, HOUR, type Instant, instant, MINUTE, milliseconds, SECOND } from "../../../src/core/terms/time.ts";
import { address, ago, memory, NOW } from "../build.ts";

const MAX_GAP: Duration = milliseconds(2 * HOUR);
const UPDATED = "2026-08-25T09:00:00Z";

function sighting(fields: Partial<Sighting> = {}): Sighting {
  return { now: NOW, begun: NOW, updatedTime: UPDATED, youngest: null, marked: null, maxGap: MAX_GAP, ...fields };
}

function row(fields: Partial<ActingClock> = {}): ActingClock {
  return {
    since: ago(10 * DAY),
    latest: ago(HOUR),
    begun: ago(HOUR + 3 * MINUTE),
    sightings: 240,
    updatedTime: UPDATED,
    ...fields,
  };
}

/** A row that an older version wrote. */
function unbegun({ begun: _, ...acting }: ActingClock): ActingClock {
  return acting;
}

/** `UpdatedTime` so long after the guard began to mark the EIP, which took two seconds, just after the latest reading. */
function marked(offset: number): Partial<Sighting> {
  const from = ago(HOUR - MINUTE);
  const until = instant(from + 2 * SECOND);
  return { marked: { from, until }, updatedTime: new Date(from + offset).toISOString() };
}

describe("isIdle", () => {
  it("only UNBIND stands idle", () => {
    const statuses = ["CREATING", "BINDING", "BIND", "UNBINDING", "UNBIND", "OFFLINING", "BIND_ENI", "UNKNOWN"] as const;
    expect(statuses.filter(isIdle)).toEqual(["UNBIND"]);
  });
});

describe("the acting clock: an unbroken row of readings", () => {
  const cases: readonly {
    title: string;
    acting: ActingClock | null;
    sighting?: Partial<Sighting>;
    goesOn: boolean;
    why?: ClockBreak;
  }[] = [
    { title: "no row yet", acting: null, goesOn: false },
    { title: "an hour after the latest reading", acting: row(), goesOn: true },
    { title: "a gap of exactly maxGap", acting: row({ latest: ago(2 * HOUR) }), goesOn: true },
    { title: "a gap one millisecond longer than maxGap", acting: row({ latest: ago(2 * HOUR + 1) }), goesOn: false, why: "gap" },
    { title: "a clock that went backwards", acting: row({ latest: instant(NOW + 1) }), goesOn: false, why: "clock" },
    {
      title: "another UpdatedTime",
      acting: row(),
      sighting: { updatedTime: "2026-11-23T08:30:00Z" },
      goesOn: false,
      why: "changed",
    },
    {
      title: "an UpdatedTime that is no longer there",
      acting: row(),
      sighting: { updatedTime: null },
      goesOn: false,
      why: "changed",
    },
    { title: "an UpdatedTime that was not there before", acting: row({ updatedTime: null }), goesOn: false, why: "changed" },
    { title: "no UpdatedTime at all", acting: row({ updatedTime: null }), sighting: { updatedTime: null }, goesOn: true },
    {
      title: "a Pod or claim younger than the latest reading",
      acting: row(),
      sighting: { youngest: ago(HOUR - 1) },
      goesOn: false,
      why: "younger",
    },
    {
      title: "a Pod or claim that was born while the latest reading went on",
      acting: row(),
      sighting: { youngest: ago(HOUR + MINUTE) },
      goesOn: false,
      why: "younger",
    },
    {
      title: "a Pod or claim that was born as the latest reading began",
      acting: row(),
      sighting: { youngest: ago(HOUR + 3 * MINUTE) },
      goesOn: false,
      why: "younger",
    },
    {
      title: "a Pod or claim of that very second, which is all that Kubernetes writes",
      acting: row({ begun: instant(ago(HOUR + 3 * MINUTE) + 900) }),
      sighting: { youngest: ago(HOUR + 3 * MINUTE) },
      goesOn: false,
      why: "younger",
    },
    {
      title: "a Pod or claim of the second before",
      acting: row({ begun: instant(ago(HOUR + 3 * MINUTE) + 900) }),
      sighting: { youngest: ago(HOUR + 3 * MINUTE + SECOND) },
      goesOn: true,
    },
    {
      title: "an older ledger, and a Pod or claim that is younger than the row",
      acting: unbegun(row()),
      sighting: { youngest: ago(9 * DAY) },
      goesOn: false,
      why: "younger",
    },
    {
      title: "an older ledger, and one that was born in what may have been the first reading",
      acting: unbegun(row()),
      sighting: { youngest: ago(10 * DAY + 20 * MINUTE) },
      goesOn: false,
      why: "younger",
    },
    {
      title: "an older ledger, and one that was born before",
      acting: unbegun(row()),
      sighting: { youngest: ago(10 * DAY + 20 * MINUTE + SECOND) },
      goesOn: true,
    },
    { title: "another UpdatedTime, by our own mark", acting: row(), sighting: marked(0), goesOn: true },
    { title: "another UpdatedTime, just before our own mark", acting: row(), sighting: marked(-10 * SECOND), goesOn: true },
    {
      title: "another UpdatedTime, too long before it",
      acting: row(),
      sighting: marked(-11 * SECOND),
      goesOn: false,
      why: "changed",
    },
    { title: "another UpdatedTime, seconds behind our own mark", acting: row(), sighting: marked(32 * SECOND), goesOn: true },
    {
      title: "another UpdatedTime, too long behind it",
      acting: row(),
      sighting: marked(33 * SECOND),
      goesOn: false,
      why: "changed",
    },
    {
      title: "another UpdatedTime that is none, beside our own mark",
      acting: row(),
      sighting: { ...marked(0), updatedTime: "soon" },
      goesOn: false,
      why: "changed",
    },
    {
      title: "no UpdatedTime any more, beside our own mark",
      acting: row(),
      sighting: { ...marked(0), updatedTime: null },
      goesOn: false,
      why: "changed",
    },
    {
      title: "an UpdatedTime of a mark that an earlier reading has seen",
      acting: row({ begun: ago(HOUR - 2 * MINUTE) }),
      sighting: marked(0),
      goesOn: false,
      why: "changed",
    },
    { title: "a Pod or claim of long ago", acting: row(), sighting: { youngest: ago(20 * DAY) }, goesOn: true },
  ];
  it.each(cases)("$title", ({ acting, sighting: fields, goesOn, why }) => {
    const now = sighting(fields);
    expect(unbroken(acting, now)).toEqual(goesOn ? acting : null);
    const next = sighted(acting, now);
    expect(next).toEqual(
      goesOn && acting !== null
        ? { ...acting, latest: NOW, sightings: acting.sightings + 1, updatedTime: now.updatedTime, begun: NOW }
        : {
            since: NOW,
            latest: NOW,
            sightings: 1,
            updatedTime: now.updatedTime,
            begun: NOW,
            // People are told why it began anew, and since when nobody had looked.
            ...(acting === null || why === undefined ? {} : { restarted: { latest: acting.latest, why } }),
          },
    );
  });

  it("a Pod that is bound from nine to six under a guard that runs at three is never idle for a month", () => {
    let clock: ActingClock | null = null;
    for (let day = 30; day >= 0; day -= 1) clock = sighted(clock, sighting({ now: ago(day * DAY), maxGap: MAX_GAP }));
    expect(clock).toMatchObject({ since: NOW, sightings: 1 });
  });

  it("the same instant again is the same reading, and no second sighting", () => {
    const acting = row({ latest: NOW, begun: NOW });
    expect(sighted(acting, sighting())).toEqual(acting);
  });

  it("hourly readings add up to a row of hours", () => {
    let clock: ActingClock | null = null;
    for (let hour = 48; hour >= 0; hour -= 1)
      clock = sighted(clock, sighting({ now: ago(hour * HOUR), begun: ago(hour * HOUR) }));
    expect(clock).toEqual({ since: ago(48 * HOUR), latest: NOW, sightings: 49, updatedTime: UPDATED, begun: NOW });
  });
});

function evidence(fields: Partial<EvidenceMemory> = {}): EvidenceMemory {
  return {
    askedAt: ago(HOUR),
    unboundAt: null,
    boundAt: null,
    allocatedAt: null,
    searchedSince: ago(90 * DAY),
    bill: null,
    ...fields,
  };
}

function bill(from: Instant, until: Instant): NonNullable<EvidenceMemory["bill"]> {
  return { idle: milliseconds(until - from), from, until, cost: 1, currency: "CNY" };
}

function remembered(fields: Partial<AddressMemory> = {}): AddressMemory {
  return memory(null, { boundAt: ago(11 * DAY), acting: row(), ...fields });
}

interface Shown {
  readonly atLeast: number;
  readonly atMost: number | null;
  readonly evidence: readonly string[];
  readonly acting: number;
  readonly actingSince: Instant | null;
  readonly sightings: number;
}

describe("the shown interval and the acting clock together", () => {
  const cases: readonly {
    title: string;
    memory: AddressMemory | null;
    created?: Instant | null;
    sighting?: Partial<Sighting>;
    expected: Partial<Shown>;
  }[] = [
    {
      title: "at first sight the clock starts now, never at CreatedTime, which is an upper bound only",
      memory: null,
      expected: { atLeast: 0, atMost: 90 * DAY, evidence: ["created"], acting: 0, actingSince: null, sightings: 0 },
    },
    {
      title: "nothing bounds an EIP without history and CreatedTime",
      memory: null,
      created: null,
      expected: { atLeast: 0, atMost: null, evidence: [], acting: 0 },
    },
    {
      title: "the ledger gives both ends: last seen bound, first seen idle",
      memory: remembered(),
      expected: {
        atLeast: 10 * DAY,
        atMost: 11 * DAY,
        evidence: ["ledger", "created"],
        acting: 10 * DAY - HOUR,
        actingSince: ago(10 * DAY),
        sightings: 240,
      },
    },
    {
      title: "an EIP that was never seen bound has no upper end by the ledger",
      memory: remembered({ boundAt: null }),
      created: null,
      expected: { atLeast: 10 * DAY, atMost: null, evidence: ["ledger"] },
    },
    {
      title: "a row that broke leaves the upper end alone: when it became idle again is not known",
      memory: remembered({ acting: row({ latest: ago(3 * HOUR) }) }),
      expected: { atLeast: 0, atMost: 11 * DAY, evidence: ["ledger", "created"], acting: 0, actingSince: null, sightings: 0 },
    },
    {
      title: "a memory with neither row nor bound reading is no evidence",
      memory: remembered({ acting: null, boundAt: null }),
      expected: { atLeast: 0, atMost: 90 * DAY, evidence: ["created"] },
    },
    {
      title: "CloudAudit's unbinding is exact, and lies within the ledger's interval",
      memory: remembered({ evidence: evidence({ unboundAt: ago(10.5 * DAY) }) }),
      expected: {
        atLeast: 10.5 * DAY,
        atMost: 10.5 * DAY,
        evidence: ["ledger", "cloudaudit", "created"],
        acting: 10 * DAY - HOUR,
      },
    },
    {
      title: "CloudAudit's unbinding never lengthens the acting clock",
      memory: remembered({ boundAt: null, evidence: evidence({ unboundAt: ago(60 * DAY) }) }),
      expected: { atLeast: 60 * DAY, atMost: 60 * DAY, acting: 10 * DAY - HOUR, actingSince: ago(10 * DAY) },
    },
    {
      title: "CloudAudit's unbinding shortens the acting clock: it was bound between two readings",
      memory: remembered({ evidence: evidence({ boundAt: ago(5 * DAY + HOUR), unboundAt: ago(5 * DAY) }) }),
      expected: { atMost: 90 * DAY, acting: 5 * DAY - HOUR, actingSince: ago(5 * DAY), sightings: 240 },
    },
    {
      title: "CloudAudit's binding before its unbinding is over: the unbinding counts",
      memory: remembered({
        acting: null,
        evidence: evidence({ boundAt: ago(5 * DAY + HOUR), unboundAt: ago(5 * DAY) }),
      }),
      expected: { atLeast: 5 * DAY, atMost: 5 * DAY, acting: 0 },
    },
    {
      title: "CloudAudit's binding alone shortens the acting clock",
      memory: remembered({ evidence: evidence({ boundAt: ago(4 * DAY) }) }),
      expected: { acting: 4 * DAY - HOUR, actingSince: ago(4 * DAY) },
    },
    {
      title: "CloudAudit's binding after its unbinding is only an upper bound",
      memory: remembered({ acting: null, evidence: evidence({ unboundAt: ago(6 * DAY), boundAt: ago(5 * DAY) }) }),
      expected: { atLeast: 0, atMost: 5 * DAY, evidence: ["ledger", "cloudaudit", "created"] },
    },
    {
      title: "CloudAudit's binding and unbinding at one instant: bound counts",
      memory: remembered({ acting: null, evidence: evidence({ unboundAt: ago(5 * DAY), boundAt: ago(5 * DAY) }) }),
      expected: { atLeast: 0, atMost: 5 * DAY },
    },
    {
      title: "an event after the latest reading stops the acting clock",
      memory: remembered({ evidence: evidence({ boundAt: ago(30 * MINUTE) }) }),
      expected: { acting: 0, actingSince: ago(HOUR), sightings: 0 },
    },
    {
      title: "an event at the latest reading leaves nothing of the row but its end",
      memory: remembered({ evidence: evidence({ unboundAt: ago(HOUR) }) }),
      expected: { acting: 0, actingSince: ago(HOUR), sightings: 240 },
    },
    {
      title: "CloudAudit's allocation is an upper bound",
      memory: remembered({ acting: null, boundAt: null, evidence: evidence({ allocatedAt: ago(20 * DAY) }) }),
      expected: { atLeast: 0, atMost: 20 * DAY, evidence: ["cloudaudit", "created"] },
    },
    {
      title: "evidence without any event is no evidence",
      memory: remembered({ acting: null, boundAt: null, evidence: evidence() }),
      expected: { evidence: ["created"] },
    },
    {
      title: "a bill proves idle hours where the row takes over without a gap",
      memory: remembered({ boundAt: ago(40 * DAY), evidence: evidence({ bill: bill(ago(30 * DAY), ago(10 * DAY)) }) }),
      expected: { atLeast: 30 * DAY, atMost: 40 * DAY, evidence: ["ledger", "bill", "created"], acting: 10 * DAY - HOUR },
    },
    {
      title: "a bill that ends before the row begins proves nothing about today",
      memory: remembered({ boundAt: ago(40 * DAY), evidence: evidence({ bill: bill(ago(30 * DAY), ago(10 * DAY + 1)) }) }),
      expected: { atLeast: 10 * DAY, evidence: ["ledger", "created"] },
    },
    {
      title: "a bill without a row proves nothing about today",
      memory: remembered({ acting: null, evidence: evidence({ bill: bill(ago(30 * DAY), NOW) }) }),
      expected: { atLeast: 0, evidence: ["ledger", "created"] },
    },
    {
      title: "CreatedTime is an upper bound: an EIP can't be idle for longer than it exists",
      memory: remembered({ boundAt: null }),
      created: ago(12 * DAY),
      expected: { atLeast: 10 * DAY, atMost: 12 * DAY },
    },
    {
      title: "evidence that lies in the future gives no negative time",
      memory: remembered({ acting: null, boundAt: null, evidence: evidence({ allocatedAt: instant(NOW + HOUR) }) }),
      created: null,
      expected: { atLeast: 0, atMost: 0 },
    },
  ];
  it.each(cases)("$title", ({ memory: own, created, sighting: fields, expected }) => {
    const found = idleInterval(address(created === undefined ? {} : { createdAt: created }), own, sighting(fields));
    expect(found).toMatchObject(expected);
    if (found.atMost !== null) expect(found.atMost).toBeGreaterThanOrEqual(found.atLeast);
  });

  it("no contradiction is claimed where all agree", () => {
    expect(idleInterval(address(), remembered(), sighting()).contradiction).toBeNull();
  });

  it("sources that contradict each other are shown at their widest, with both in words", () => {
    const own = remembered({ boundAt: ago(11 * DAY), evidence: evidence({ boundAt: ago(3 * DAY) }) });
    const found = idleInterval(address(), own, sighting());
    expect(found).toMatchObject({ atLeast: 10 * DAY, atMost: 90 * DAY });
    expect(found.contradiction).toBe(
      "cloudaudit says that it was in use at 2026-11-20T09:00:00.000Z, ledger that it was idle at 2026-11-13T09:00:00.000Z",
    );
  });

  it("a contradiction shows the lowest lower end, not the one that accuses most", () => {
    const own = remembered({
      evidence: evidence({ unboundAt: ago(12 * DAY), bill: bill(ago(30 * DAY), ago(9 * DAY)) }),
    });
    const found = idleInterval(address(), own, sighting());
    expect(found.contradiction).toMatch(/^ledger says that it was in use .*, bill that it was idle/);
    expect(found).toMatchObject({ atLeast: 10 * DAY, atMost: 90 * DAY });
  });

  it("an event that lies in the future contradicts the present reading", () => {
    const own = remembered({ acting: null, evidence: evidence({ boundAt: instant(NOW + HOUR) }) });
    expect(idleInterval(address(), own, sighting())).toMatchObject({
      atLeast: 0,
      contradiction:
        "cloudaudit says that it was in use at 2026-11-23T10:00:00.000Z, the present reading that it was idle at 2026-11-23T09:00:00.000Z",
    });
  });
});
