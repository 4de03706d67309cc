import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costsBy, GROUPINGS, type Grouping, isCounted } from "../../../src/core/cost/breakdown.ts";
import { totals } from "../../../src/core/cost/cost.ts";
import type { CostResult, EipResult } from "../../../src/core/terms/result.ts";
import { VERDICTS } from "../../../src/core/terms/verdict.ts";
import { eip } from "../../report/sample.ts";

function pod(name: string, cluster = "cls-one", namespace = "games"): NonNullable<EipResult["pod"]> {
  const workload = { apiVersion: "apps/v1", kind: "StatefulSet", name: name.replace(/-\d+$/, "") };
  return { cluster, namespace, name, ordinal: 0, workload };
}

function costing(perHour: number, currency = "CNY"): CostResult {
  return { currency, perHour, soFarAtLeast: perHour * 10, soFarAtMost: perHour * 20 };
}

/** The groups with what people compare: name, EIPs, an hour's cost by currency, and how many are unknown. */
function brief(by: Grouping, eips: readonly EipResult[]) {
  return costsBy(by, eips).map(({ of, eips: number, cost, costUnknown }) => ({
    of:
      of === null
        ? null
        : Object.values(of)
            .map((part) => (typeof part === "string" ? part : part.name))
            .join(" "),
    eips: number,
    perHour: cost.map(({ perHour, currency }) => `${perHour} ${currency}`).join(", "),
    costUnknown,
  }));
}

describe("costs by whose the EIPs are", () => {
  const eips = [
    eip({ id: "eip-a", pod: pod("web-0"), cost: costing(0.2) }),
    eip({ id: "eip-b", pod: pod("web-1"), cost: costing(0.2), tags: { team: "red" } }),
    eip({ id: "eip-c", pod: pod("web-0", "cls-two"), cost: costing(1, "USD"), tags: { team: "red", "cost centre": "7" } }),
    eip({ id: "eip-d", pod: pod("web-0", "cls-one", "other"), cost: { unknown: "no price" }, account: "games" }),
    eip({ id: "eip-e", pod: null, cluster: "cls-two", cost: costing(0.3), tags: {} }),
  ];
  const cases: readonly { readonly title: string; readonly by: Grouping; readonly expected: ReturnType<typeof brief> }[] = [
    {
      title: "an account's currencies stay apart, and an unknown cost is counted and not added",
      by: "account",
      expected: [
        { of: "default", eips: 4, perHour: "0.7 CNY, 1 USD", costUnknown: 0 },
        { of: "games", eips: 1, perHour: "", costUnknown: 1 },
      ],
    },
    {
      title: "a cluster has the EIPs that belong to it without a Pod as well",
      by: "cluster",
      expected: [
        { of: "cls-two", eips: 2, perHour: "1 USD, 0.3 CNY", costUnknown: 0 },
        { of: "cls-one", eips: 3, perHour: "0.4 CNY", costUnknown: 1 },
      ],
    },
    {
      title: "namespaces of one name in two clusters are two, and what has no Pod comes last",
      by: "namespace",
      expected: [
        { of: "cls-two games", eips: 1, perHour: "1 USD", costUnknown: 0 },
        { of: "cls-one games", eips: 2, perHour: "0.4 CNY", costUnknown: 0 },
        { of: "cls-one other", eips: 1, perHour: "", costUnknown: 1 },
        { of: null, eips: 1, perHour: "0.3 CNY", costUnknown: 0 },
      ],
    },
    {
      title: "a workload has its Pods together",
      by: "workload",
      expected: [
        { of: "cls-two games web", eips: 1, perHour: "1 USD", costUnknown: 0 },
        { of: "cls-one games web", eips: 2, perHour: "0.4 CNY", costUnknown: 0 },
        { of: "cls-one other web", eips: 1, perHour: "", costUnknown: 1 },
        { of: null, eips: 1, perHour: "0.3 CNY", costUnknown: 0 },
      ],
    },
    {
      title: "Pods of one name in two clusters or namespaces are several",
      by: "pod",
      expected: [
        { of: "cls-two games web-0", eips: 1, perHour: "1 USD", costUnknown: 0 },
        { of: "cls-one games web-0", eips: 1, perHour: "0.2 CNY", costUnknown: 0 },
        { of: "cls-one games web-1", eips: 1, perHour: "0.2 CNY", costUnknown: 0 },
        { of: "cls-one other web-0", eips: 1, perHour: "", costUnknown: 1 },
        { of: null, eips: 1, perHour: "0.3 CNY", costUnknown: 0 },
      ],
    },
    {
      title: "an EIP counts once for each of its tags",
      by: "tag",
      expected: [
        { of: "cost centre 7", eips: 1, perHour: "1 USD", costUnknown: 0 },
        { of: "team red", eips: 2, perHour: "0.2 CNY, 1 USD", costUnknown: 0 },
        { of: "tke-clusterId cls-11111111", eips: 2, perHour: "0.2 CNY", costUnknown: 1 },
        { of: "tke-created-eip true", eips: 2, perHour: "0.2 CNY", costUnknown: 1 },
        { of: null, eips: 1, perHour: "0.3 CNY", costUnknown: 0 },
      ],
    },
  ];
  it.each(cases)("$by: $title", ({ by, expected }) => expect(brief(by, eips)).toEqual(expected));

  it.each(GROUPINGS.filter((by) => by !== "account"))("what belongs to none is a group of its own, and the last: %s", (by) => {
    const none = eip({ pod: null, owner: null, cluster: null, tags: {}, cost: costing(9) });
    const own = eip({ pod: pod("web-0"), cluster: "cls-one", tags: { team: "red" }, cost: costing(1) });
    for (const order of [
      [none, own],
      [own, none],
    ])
      expect(costsBy(by, order).map(({ of }) => of === null)).toEqual([false, true]);
  });

  it("a Pod without a workload belongs to none", () => {
    expect(costsBy("workload", [eip({ pod: { ...pod("redis"), workload: null } })]).map(({ of }) => of)).toEqual([null]);
  });

  it("has both ends so far, and the month", () => {
    expect(costsBy("namespace", eips)[1]?.cost).toEqual([
      { currency: "CNY", perHour: 0.4, perMonth: 292, soFarAtLeast: 4, soFarAtMost: 8 },
    ]);
  });

  it("what costs more a month is first, though it has cost less so far", () => {
    const young = eip({ pod: pod("z-0"), cost: { ...costing(0.3), soFarAtLeast: 1 } });
    const old = eip({ pod: pod("a-0"), cost: { ...costing(0.2), soFarAtLeast: 9 } });
    expect(costsBy("pod", [old, young]).map(({ of }) => of?.pod)).toEqual(["z-0", "a-0"]);
  });

  it("of two that cost the same a month, that one is first which has cost more", () => {
    const young = eip({ pod: pod("a-0"), cost: { ...costing(0.2), soFarAtLeast: 1 } });
    const old = eip({ pod: pod("z-0"), cost: { ...costing(0.2), soFarAtLeast: 9 } });
    expect(costsBy("pod", [young, old]).map(({ of }) => of?.pod)).toEqual(["z-0", "a-0"]);
  });

  it.each([
    ["counts an idle EIP", {}, true],
    ["leaves out what is in use", { idle: null, verdict: "in-use", cost: costing(0) }, false],
    [
      "leaves out what is in use even where its price is not known",
      { idle: null, verdict: "in-use", cost: { unknown: "-" } },
      false,
    ],
    ["leaves out what changes and costs nothing yet", { idle: null, verdict: "transient", cost: costing(0) }, false],
    ["counts what may be billed though it is not idle", { idle: null, verdict: "unknown", cost: { unknown: "-" } }, true],
  ] as const)("%s", (_, fields, expected) => {
    expect(isCounted(eip(fields))).toBe(expected);
    expect(costsBy("account", [eip(fields)])).toHaveLength(expected ? 1 : 0);
  });

  it("of nothing is nothing", () => {
    for (const by of GROUPINGS) expect(costsBy(by, [])).toEqual([]);
  });
});

const anyEip = fc
  .record({
    namespace: fc.constantFrom("a", "b", "__proto__"),
    name: fc.constantFrom("web-0", "web-1", 'x","y'),
    cluster: fc.constantFrom("cls-one", "cls-two"),
    withPod: fc.boolean(),
    idle: fc.boolean(),
    cost: fc.oneof(
      fc.constant({ unknown: "why" }),
      fc.integer({ min: 0, max: 99 }).map((tenths) => costing(tenths / 10)),
    ),
    verdict: fc.constantFrom(...VERDICTS),
    account: fc.constantFrom("default", "games"),
  })
  .map(({ namespace, name, cluster, withPod, idle, ...fields }) =>
    eip({ ...fields, cluster, pod: withPod ? pod(name, cluster, namespace) : null, ...(idle ? {} : { idle: null }) }),
  );

describe("each grouping but tags", () => {
  it.each(GROUPINGS.filter((by) => by !== "tag"))("adds up to the whole, whatever the EIPs: %s", (by) => {
    fc.assert(
      fc.property(fc.array(anyEip, { maxLength: 30 }), (eips) => {
        const groups = costsBy(by, eips);
        const counted = eips.filter(isCounted);
        const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);
        expect(sum(groups.map((group) => group.eips))).toBe(counted.length);
        expect(sum(groups.map((group) => group.costUnknown))).toBe(counted.filter(({ cost }) => "unknown" in cost).length);
        const [whole] = totals(counted.flatMap(({ cost }) => ("unknown" in cost ? [] : [cost])));
        for (const amount of ["perHour", "perMonth", "soFarAtLeast", "soFarAtMost"] as const)
          expect(sum(groups.flatMap(({ cost }) => cost.map((one) => one[amount])))).toBeCloseTo(whole?.[amount] ?? 0, 4);
      }),
    );
  });
});
