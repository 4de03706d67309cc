import { describe, expect, it } from "vitest";
import { link } from "../../../src/core/link/link.ts";
import { brakes, countRegions, rememberCounts, rememberReleased } from "../../../src/core/plan/brake.ts";
import { known, unknown } from "../../../src/core/terms/known.ts";
import type { RegionCounts } from "../../../src/core/terms/ledger.ts";
import { DAY, HOUR, instant } from "../../../src/core/terms/time.ts";
import { address, ago, bareCluster, CLUSTER, claim, cluster, complete, facts, ledger, NOW, pod, region } from "../build.ts";

const KEY = "default/ap-guangzhou";

function counts(fields: Partial<RegionCounts> = {}): RegionCounts {
  return { at: NOW, eips: 20, tagged: 10, pods: 20, claims: 20, clusters: 20, ...fields };
}

function braked(now: Partial<RegionCounts>, before: Partial<RegionCounts> = {}): string | null {
  return brakes({ [KEY]: counts(now) }, { [KEY]: counts({ at: ago(HOUR), ...before }) }).get(KEY) ?? null;
}

describe("the sanity brake", () => {
  const words = { eips: "EIPs", pods: "Pods", claims: "claims", clusters: "clusters" } as const;
  const each = (["eips", "pods", "claims", "clusters"] as const).map((what) => ({ what, word: words[what] }));

  it.each(each)("stops where $what fall by more than half and by at least five", ({ what, word }) => {
    expect(braked({ [what]: 9 }, { [what]: 20 })).toBe(`${word} fell from 20 to 9 since the last complete run`);
    expect(braked({ [what]: 0 }, { [what]: 5 })).toBe(`${word} fell from 5 to 0 since the last complete run`);
  });

  it.each(each)("lets pass where $what fall by exactly half, or by fewer than five, or rise", ({ what }) => {
    expect(braked({ [what]: 10 }, { [what]: 20 })).toBeNull();
    expect(braked({ [what]: 0 }, { [what]: 4 })).toBeNull();
    expect(braked({ [what]: 200 }, { [what]: 20 })).toBeNull();
  });

  it("stops where no EIP carries a tag any more, though a single one did", () => {
    expect(braked({ tagged: 0 }, { tagged: 1 })).toBe("no EIP carries a tag, where 1 did in the last complete run");
  });

  it("lets pass where no EIP ever carried a tag, or one still does", () => {
    expect(braked({ tagged: 0 }, { tagged: 0 })).toBeNull();
    expect(braked({ tagged: 1 }, { tagged: 20 })).toBeNull();
  });

  it("has nothing to say of a region that was never read before, or by an inherited name", () => {
    expect(brakes({ [KEY]: counts({ eips: 0 }) }, {}).size).toBe(0);
    expect(brakes({ constructor: counts({ eips: 0 }) }, {}).size).toBe(0);
  });

  it("stops one region and not the other", () => {
    const found = brakes(
      { "a/x": counts({ eips: 0 }), "a/y": counts() },
      { "a/x": counts({ at: ago(HOUR) }), "a/y": counts({ at: ago(HOUR) }) },
    );
    expect([...found.keys()]).toEqual(["a/x"]);
  });
});

describe("what is counted", () => {
  const eips = [
    address({ id: "eip-1", ip: "203.0.113.1" }),
    address({ id: "eip-2", ip: "203.0.113.2", tags: known({}) }),
    address({ id: "eip-3", ip: "203.0.113.3", tags: unknown("no TagSet") }),
    address({ id: "eip-4", ip: "203.0.113.4" }),
  ];
  const count = (...parameters: Parameters<typeof facts>) => countRegions(link(facts(...parameters), ledger()));

  it("EIPs, those with any tag, Pods, claims and listed clusters of the account and region", () => {
    const own = cluster({ pods: complete(pod()), claims: complete(claim(), claim({ name: "web-1", ids: ["eip-2"] })) });
    const second = bareCluster({ pods: complete(pod()) }, { id: "cls-22222222", product: "eks" });
    const elsewhere = [
      cluster({}, { id: "cls-33333333", region: "ap-tokyo" }),
      cluster({}, { id: "cls-44444444", account: "games" }),
    ];
    const listings = [
      { account: "default", region: "ap-guangzhou", product: "tke", ids: known([CLUSTER, "cls-5"]) },
      { account: "default", region: "ap-guangzhou", product: "eks", ids: known(["cls-22222222"]) },
      { account: "default", region: "ap-tokyo", product: "tke", ids: known(["cls-33333333"]) },
      { account: "games", region: "ap-guangzhou", product: "tke", ids: known(["cls-44444444"]) },
    ] as const;
    expect(count(eips, [own, second, ...elsewhere], { clusterListings: listings })).toEqual({
      [KEY]: { at: NOW, eips: 4, tagged: 2, pods: 3, claims: 3, clusters: 3 },
    });
  });

  it("not a region whose EIPs were not listed completely", () => {
    expect(count([], [], { regions: [region([], { addresses: unknown("TotalCount 3, read 2"), partial: eips })] })).toEqual({});
  });

  it("not a region with a cluster that could not be read", () => {
    expect(count(eips, [cluster({}, { objects: unknown("no route") })])).toEqual({});
  });

  it("not a region whose clusters could not be listed, while another region counts", () => {
    const listing = { account: "default", region: "ap-guangzhou", product: "tke", ids: unknown("timeout") } as const;
    const regions = [region(eips), region([], { region: "ap-tokyo" })];
    expect(Object.keys(count(eips, [], { regions, clusterListings: [listing] }))).toEqual(["default/ap-tokyo"]);
  });
});

describe("the measure for the next run", () => {
  const before = counts({ at: ago(HOUR) });

  it("is what was counted", () => {
    const next = rememberCounts(ledger({}, { lastComplete: { [KEY]: before, "a/x": before } }), { [KEY]: counts({ eips: 21 }) });
    expect(next.lastComplete).toEqual({ [KEY]: counts({ eips: 21 }), "a/x": before });
  });

  it("begins with the first complete run", () => {
    expect(rememberCounts(ledger(), { [KEY]: counts() }).lastComplete).toEqual({ [KEY]: counts() });
  });

  it("stays while the brake is on: a collapse is no new normal at the next tick", () => {
    const held = ledger({}, { lastComplete: { [KEY]: before } });
    const next = rememberCounts(held, { [KEY]: counts({ eips: 0 }), "a/y": counts() });
    expect(next.lastComplete).toEqual({ [KEY]: before, "a/y": counts() });
    expect(brakes({ [KEY]: counts({ at: instant(NOW + HOUR), eips: 0 }) }, next.lastComplete).size).toBe(1);
  });

  it("after a day the collapse is the new normal", () => {
    const almost = ledger({}, { lastComplete: { [KEY]: counts({ at: instant(NOW - DAY + 1) }) } });
    expect(rememberCounts(almost, { [KEY]: counts({ eips: 0 }) }).lastComplete[KEY]?.eips).toBe(20);
    const old = ledger({}, { lastComplete: { [KEY]: counts({ at: ago(DAY) }) } });
    expect(rememberCounts(old, { [KEY]: counts({ eips: 0 }) }).lastComplete[KEY]?.eips).toBe(0);
  });
});

describe("what the guard itself released", () => {
  const before = ledger({}, { lastComplete: { [KEY]: counts({ at: ago(HOUR) }) } });

  it("is no collapse: the measure falls with it, and by nothing else", () => {
    const tagged = rememberReleased(before, address({ tags: known({ team: "games" }) }), "claim");
    expect(tagged.lastComplete[KEY]).toEqual(counts({ at: ago(HOUR), eips: 19, tagged: 9, claims: 19 }));
    const plain = rememberReleased(before, address({ tags: known({}) }), "address");
    expect(plain.lastComplete[KEY]).toEqual(counts({ at: ago(HOUR), eips: 19 }));
    expect(rememberReleased(before, address({ tags: unknown("403") }), "address").lastComplete[KEY]?.tagged).toBe(10);
  });

  it("changes nothing where nothing was measured", () => {
    const elsewhere = address({ region: "ap-singapore" });
    expect(rememberReleased(before, elsewhere, "claim")).toEqual(before);
    expect(rememberReleased(ledger({}), address(), "claim").lastComplete).toEqual({});
  });
});
