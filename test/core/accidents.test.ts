import { describe, expect, it } from "vitest";
import { assess } from "../../src/core/assess.ts";
import { idleInterval, sighted } from "../../src/core/judge/idle.ts";
import { keepUntil } from "../../src/core/judge/rules/kept.ts";
import { link } from "../../src/core/link/link.ts";
import { aboveCap } from "../../src/core/plan/plan.ts";
import { remember } from "../../src/core/remember.ts";
import type { Address, ClusterFacts, Facts } from "../../src/core/terms/facts.ts";
import { known, unknown } from "../../src/core/terms/known.ts";
import type { ActingClock, AddressMemory } from "../../src/core/terms/ledger.ts";
import { DAY, HOUR, instant, iso, MINUTE, milliseconds, parseGoDuration, parseInstant } from "../../src/core/terms/time.ts";
import {
  address,
  ago,
  bareCluster,
  cluster,
  complete,
  facts,
  ipamd,
  ledger,
  memory,
  NOW,
  POLICY,
  podMemory,
  region,
  workload,
} from "./build.ts";

/** What went wrong in other tools of this kind, each by its name, and cannot here: as far as the core can prevent it. */

const NEVER_RECYCLED = { ipamd: known(ipamd({ claimExpiredDuration: "0s" })) };

/** Leaked, flagged, noticed and over every delay. */
const DUE = memory(milliseconds(30 * DAY), {
  pod: podMemory(),
  flag: { at: ago(3 * DAY), rule: "leaked", reason: "orphan", tagged: false, noticedAt: ago(3 * DAY), noticedReleaseAt: null },
});

interface World {
  readonly addresses?: readonly Address[];
  readonly clusters?: readonly ClusterFacts[];
  readonly memories?: Readonly<Record<string, AddressMemory>>;
  readonly facts?: Partial<Facts>;
}

function worldOf({ addresses = [address()], clusters = [cluster({}, NEVER_RECYCLED)], memories, facts: fields }: World) {
  return { facts: facts(addresses, clusters, fields), ledger: ledger(memories ?? { "eip-aaaaaaaa": DUE }) };
}

function outcome(world: World) {
  const { facts: own, ledger: before } = worldOf(world);
  const [planned] = assess(own, before, POLICY).planned;
  return { verdict: planned?.judgement.verdict, action: planned?.action };
}

function count(due: number): World {
  const addresses = Array.from({ length: due }, (_, at) => address({ id: `eip-${at}`, ip: `203.0.113.${at}` }));
  return { addresses, memories: Object.fromEntries(addresses.map(({ id, ip }) => [id, { ...DUE, ip }])) };
}

function released(world: World, policy = POLICY, bounds = {}): number {
  const { facts: own, ledger: before } = worldOf(world);
  return assess(own, before, policy, bounds).planned.filter(({ action }) => action === "release").length;
}

describe("accidents of others", () => {
  it("(what follows would be released)", () => expect(outcome({})).toEqual({ verdict: "leaked", action: "release" }));

  it("empty tags after a failed tag call read as unprotected", () => {
    expect(outcome({ addresses: [address({ tags: unknown("TagSet: InternalError") })] })).toEqual({
      verdict: "unknown",
      action: "none",
    });
  });

  it("a partial listing wiped what was known", () => {
    const regions = [region([], { addresses: unknown("TotalCount 2, read 0"), partial: [] })];
    const { facts: own, ledger: before } = worldOf({ facts: { regions } });
    expect(remember(link(own, before), POLICY, "run-1").ledger.addresses).toEqual(before.addresses);
  });

  it("a cap that never fired because the counter was not incremented", () => {
    expect(released(count(10))).toBe(10);
    expect(released(count(11))).toBe(0);
  });

  it("a percent cap that truncated 10.9 % to 10 %", () => {
    const context = { policy: POLICY, confirmed: null };
    expect(aboveCap(10, { ...context, readCompletely: 92 })).not.toBeNull();
    expect(aboveCap(10, { ...context, readCompletely: 100 })).toBeNull();
  });

  it("a cap bypassed by cached data: the number confirmed yesterday does not cover one more today", () => {
    expect(released(count(30), POLICY, { confirmed: 30 })).toBe(30);
    expect(released(count(31), POLICY, { confirmed: 30 })).toBe(0);
  });

  it("an address's age that is computed and never used", () => {
    expect(outcome({ addresses: [address({ createdAt: ago(9 * MINUTE) })] })).toEqual({ verdict: "transient", action: "none" });
    const young = {
      ...DUE,
      acting: { since: ago(DAY), latest: ago(MINUTE), sightings: 24, updatedTime: "2026-08-25T09:00:00Z" },
      flag: DUE.flag === null ? null : { ...DUE.flag, at: ago(20 * HOUR) },
    };
    expect(outcome({ memories: { "eip-aaaaaaaa": young } })).toEqual({ verdict: "leaked", action: "none" });
  });

  it("a dry run that wrote the idle counter", () => {
    const world = worldOf({ memories: { "eip-aaaaaaaa": { ...DUE, flag: null } } });
    const before = structuredClone(world.ledger);
    for (let scan = 0; scan < 5; scan += 1) assess(world.facts, world.ledger, POLICY);
    expect(world.ledger).toEqual(before);
  });

  it("minutes for months", () => {
    expect(parseInstant("2026-11-23T09:05:00Z")).toBe(Date.UTC(2026, 10, 23, 9, 5));
    expect(iso(instant(Date.UTC(2026, 10, 23, 9, 5)))).toBe("2026-11-23T09:05:00.000Z");
    expect(keepUntil("2026-12-01")).toBe(Date.UTC(2026, 11, 2));
    expect(parseGoDuration("1m")).toBe(MINUTE);
  });

  const protectedSince: readonly (World & { title: string })[] = [
    {
      title: "a keep tag",
      addresses: [address({ tags: known({ "tke-clusterId": "cls-11111111", "tke-created-eip": "true", "eip-guard:keep": "" }) })],
    },
    {
      title: "a keep in the store",
      memories: { "eip-aaaaaaaa": { ...DUE, keep: { at: NOW, by: "ann", why: "", until: null } } },
    },
    {
      title: "deletion protection",
      memories: { "eip-aaaaaaaa": { ...DUE, protections: { "OperationDenied.AddressDeletionProtectionEnabled": NOW } } },
    },
    {
      title: "a workload that came back",
      clusters: [cluster({ workloads: { StatefulSet: complete(workload()) } }, NEVER_RECYCLED)],
    },
  ];
  it.each(protectedSince)("protection checked when marking but not when deleting: $title", ({ title: _, ...world }) => {
    expect(outcome(world)).toEqual({ verdict: "retained", action: "none" });
  });

  it("a misspelled key that was only warned about: a misspelled delete policy never makes a leak of a living workload's EIP", () => {
    const misspelled = { "tke.cloud.tencent.com/eip-attributes": "", "tke.cloud.tencent.com/eip-claim-delete-polic": "Never" };
    const objects = { workloads: { StatefulSet: complete(workload({ templateAnnotations: misspelled })) } };
    // Seen with Never, or never seen at all: both keep.
    expect(outcome({ clusters: [cluster(objects, NEVER_RECYCLED)] }).action).toBe("none");
  });

  const errors: readonly (World & { title: string })[] = [
    { title: "Pods", clusters: [cluster({ pods: { state: "failed", why: "timeout" } }, NEVER_RECYCLED)] },
    {
      title: "StatefulSets",
      clusters: [cluster({ workloads: { StatefulSet: { state: "failed", why: "timeout" } } }, NEVER_RECYCLED)],
    },
    { title: "claims", clusters: [cluster({ claims: { state: "forbidden", why: "403" } }, NEVER_RECYCLED)] },
    { title: "namespaces", clusters: [cluster({ namespaces: { state: "forbidden", why: "403" } }, NEVER_RECYCLED)] },
    { title: "EIPs", facts: { regions: [region([], { addresses: unknown("timeout"), partial: [address()] })] } },
    { title: "the cluster", clusters: [cluster({}, { objects: unknown("no route") })] },
    { title: "the threshold", clusters: [cluster({}, { ipamd: unknown("403") })] },
  ];
  it.each(errors)("an error returned as an empty list: $title", ({ title: _, ...world }) => {
    expect(outcome(world)).toEqual({ verdict: "unknown", action: "none" });
  });

  it("an in-use set that missed references from elsewhere: a list in another cluster names it", () => {
    const list = workload({ kind: "Deployment", templateAnnotations: { "tke.cloud.tencent.com/eip-id-list": "eip-aaaaaaaa" } });
    const second = bareCluster({ workloads: { Deployment: complete(list) } }, { id: "cls-22222222" });
    expect(outcome({ clusters: [cluster({}, NEVER_RECYCLED), second] }).action).toBe("none");
    const bystander = { "eip-aaaaaaaa": { ...DUE, pod: null } };
    expect(
      outcome({
        addresses: [address({ tags: known({}) })],
        clusters: [cluster({}, NEVER_RECYCLED), second],
        memories: bystander,
      }),
    ).toEqual({
      verdict: "retained",
      action: "none",
    });
  });

  it("an in-use set that missed references from elsewhere: another cluster of the region could not be read", () => {
    const second = bareCluster({}, { id: "cls-22222222", objects: unknown("no route") });
    expect(outcome({ clusters: [cluster({}, NEVER_RECYCLED), second] })).toEqual({ verdict: "leaked", action: "none" });
  });

  it("an idle clock that counted bound time", () => {
    let clock: ActingClock | null = null;
    const at = (day: number, hour: number) => instant(ago(day * DAY) + hour * HOUR);
    // Idle at three each night, bound from nine to six in between, for a month.
    for (let day = 30; day > 0; day -= 1) {
      const now = at(day, -6);
      clock = sighted(clock, { now, begun: now, updatedTime: null, youngest: null, marked: null, maxGap: POLICY.maxGap });
    }
    expect(clock).toMatchObject({ sightings: 1 });
    const own = memory(null, { acting: clock, boundAt: null });
    const shown = idleInterval(address({ updatedTime: null }), own, {
      now: NOW,
      begun: NOW,
      updatedTime: null,
      youngest: null,
      marked: null,
      maxGap: POLICY.maxGap,
    });
    expect(shown).toMatchObject({ atLeast: 0, acting: 0 });
  });

  it("an idle clock that counted bound time: bound for a moment between two readings, which the cloud's log knows", () => {
    const evidence = {
      askedAt: NOW,
      boundAt: ago(2 * HOUR),
      unboundAt: ago(HOUR),
      allocatedAt: null,
      searchedSince: ago(90 * DAY),
      bill: null,
    };
    expect(outcome({ memories: { "eip-aaaaaaaa": { ...DUE, evidence } } })).toEqual({ verdict: "leaked", action: "none" });
  });

  it("an idle mark keyed by an echoed resource string that never matched: memory is keyed by AddressId alone", () => {
    const echoed = { "qcs::vpc:ap-guangzhou:uin/1:eip/eip-aaaaaaaa": DUE };
    expect(outcome({ memories: echoed })).toMatchObject({ action: "none" });
    const moved = address({ id: "eip-new00000" });
    expect(outcome({ addresses: [moved] })).toMatchObject({ action: "none" });
  });
});
