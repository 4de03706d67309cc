import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Assessment, assess, type Bounds } from "../../src/core/assess.ts";
import { link, linkInTurn } from "../../src/core/link/link.ts";
import { aboveCap } from "../../src/core/plan/plan.ts";
import { remember } from "../../src/core/remember.ts";
import type { ClusterFacts, Facts } from "../../src/core/terms/facts.ts";
import { ofEachKind } from "../../src/core/terms/kinds.ts";
import type { Listing } from "../../src/core/terms/known.ts";
import type { Ledger } from "../../src/core/terms/ledger.ts";
import type { Policy, PolicyRule } from "../../src/core/terms/policy.ts";
import { DAY, HOUR, milliseconds, ZERO } from "../../src/core/terms/time.ts";
import { REASONS } from "../../src/core/terms/verdict.ts";
import { POLICY, pod } from "./build.ts";
import { degradations, type Generated, worlds } from "./worlds.ts";

/** A policy that would release everything at once, if it could; the caps apart, which have properties of their own. */
const GREEDY_RULES: readonly PolicyRule[] = [
  { name: "named", match: { verdict: ["unmanaged"], id: ["eip-a", "eip-b"] }, flagAfter: ZERO, releaseAfter: ZERO },
  { name: "greedy", match: {}, flagAfter: ZERO, releaseAfter: ZERO },
];
const GREEDY: Policy = {
  ...POLICY,
  grace: ZERO,
  rules: GREEDY_RULES,
  release: { ...POLICY.release, maxPerRun: 1_000, maxPercent: 100 },
};

function assessed({ facts, ledger }: Generated, policy: Policy = GREEDY, bounds?: Bounds): Assessment {
  return assess(facts, ledger, policy, bounds);
}

function released(world: Generated, policy: Policy = GREEDY, bounds?: Bounds): readonly string[] {
  return assessed(world, policy, bounds)
    .planned.filter(({ action }) => action === "release")
    .map(({ judgement }) => judgement.situation.linked.address.id)
    .sort();
}

function rowsOf({ regions }: Facts): readonly string[] {
  return regions.flatMap(({ addresses, partial }) => (addresses.known ? addresses.value : partial)).map(({ id }) => id);
}

/** `npm test` tries a quarter of the worlds that `npm run test:sweep` tries. */
const PART = process.env.EIP_GUARD_SWEEP === undefined ? 4 : 1;

function hold<T>(world: fc.Arbitrary<T>, check: (world: T) => void, numRuns = 400): void {
  fc.assert(
    fc.property(world, (one) => {
      check(one);
    }),
    { numRuns: Math.ceil(numRuns / PART) },
  );
}

describe("the generated worlds", () => {
  it("are worth judging: they hold every verdict, and releases", () => {
    const seen = new Map<string, number>();
    for (const world of fc.sample(worlds, { numRuns: 600, seed: 1 })) {
      for (const { judgement, action } of assessed(world).planned) {
        for (const key of [judgement.verdict, action]) seen.set(key, (seen.get(key) ?? 0) + 1);
      }
    }
    const verdicts = ["in-use", "transient", "retained", "recycling", "leaked", "unmanaged", "unknown", "flag", "release"];
    expect(verdicts.filter((key) => (seen.get(key) ?? 0) < 20)).toEqual([]);
  });
});

describe("partition", () => {
  it("EIPs in equals verdicts out, each once, with a reason of that verdict", () => {
    hold(worlds, (world) => {
      const { judgements, planned } = assessed(world);
      const rows = [...rowsOf(world.facts)].sort();
      expect(judgements.map(({ situation }) => situation.linked.address.id).sort()).toEqual(rows);
      expect(planned.map(({ judgement }) => judgement.situation.linked.address.id).sort()).toEqual(rows);
      for (const { verdict, reason } of judgements) {
        expect(REASONS[reason].verdict).toBe(verdict);
        expect(reason).not.toBe("no-rule");
      }
    });
  });
});

describe("what carries an action, whatever the rules say", () => {
  it("a release only leaked, and unmanaged where the rule names it literally", () => {
    hold(worlds, (world) => {
      for (const { judgement, action, rule } of assessed(world).planned) {
        if (action === "release" && judgement.verdict !== "leaked") {
          expect({ verdict: judgement.verdict, rule: rule?.name }).toEqual({ verdict: "unmanaged", rule: "named" });
        }
        if (action === "flag") expect(["leaked", "unmanaged", "retained"]).toContain(judgement.verdict);
      }
    });
  });

  it("only an idle EIP that was flagged, noticed, seen often enough and is kept by nobody is released", () => {
    hold(worlds, (world) => {
      for (const { judgement, action, withheld, plannable } of assessed(world).planned) {
        const { linked, idle, unreadableAround } = judgement.situation;
        if (action === "none") continue;
        expect(withheld).toBeNull();
        expect(linked.address.status).toBe("UNBIND");
        expect(linked.memory?.keep ?? null).toBeNull();
        expect(linked.tkeTags).not.toBe("unread");
        expect(linked.incomplete).toBeNull();
        expect(idle?.sightings).toBeGreaterThanOrEqual(POLICY.minSightings);
        if (action === "flag") continue;
        expect(plannable.memory?.flag?.noticedAt).toBeTypeOf("number");
        expect(unreadableAround).toEqual([]);
        expect(linked.lists).toEqual([]);
        expect(linked.pod?.view == null || judgement.reason === "duplicate").toBe(true);
      }
    });
  });
});

describe("monotony: to know less never releases more", () => {
  it("a reading that failed turns no EIP that was not released into one that is", () => {
    const degraded = worlds.chain((world) => fc.tuple(fc.constant(world), fc.constantFrom(...degradations(world.facts))));
    hold(
      degraded,
      ([world, { degrade }]) => {
        const before = released(world);
        const after = released({ ...world, facts: degrade(world.facts) });
        expect(after.filter((id) => !before.includes(id))).toEqual([]);
      },
      3_000,
    );
  });

  it("neither do several at once", () => {
    const degraded = worlds.chain((world) =>
      fc.tuple(fc.constant(world), fc.subarray([...degradations(world.facts)], { maxLength: 4 })),
    );
    hold(
      degraded,
      ([world, failures]) => {
        const before = released(world);
        const facts = failures.reduce((own, { degrade }) => degrade(own), world.facts);
        expect(released({ ...world, facts }).filter((id) => !before.includes(id))).toEqual([]);
      },
      1_500,
    );
  });

  it("a guard without memory releases nothing", () => {
    hold(worlds, ({ facts, ledger }) => expect(released({ facts, ledger: { ...ledger, addresses: {} } })).toEqual([]));
  });
});

describe("monotony: a longer delay never releases earlier", () => {
  const longer = fc.constantFrom(0, HOUR, DAY, 10 * DAY, 40 * DAY);
  const delays = fc.record({ grace: longer, releaseAfter: longer, flagAfter: longer, notice: longer, minSightings: fc.nat(800) });
  const under = ({ grace, releaseAfter, flagAfter, notice, minSightings }: Record<string, number>): Policy => ({
    ...GREEDY,
    grace: milliseconds(grace ?? 0),
    minSightings: minSightings ?? 0,
    rules: GREEDY.rules.map((rule) => ({
      ...rule,
      flagAfter: milliseconds(flagAfter ?? 0),
      releaseAfter: milliseconds(releaseAfter ?? 0),
    })),
    release: { ...GREEDY.release, notice: milliseconds(notice ?? 0) },
  });

  it("grace, delays, notice and sightings", () => {
    hold(fc.tuple(worlds, delays, delays), ([world, one, more]) => {
      const sum = Object.fromEntries(
        Object.entries(one).map(([key, value]) => [
          key,
          value + (Object.entries(more).find(([other]) => other === key)?.[1] ?? 0),
        ]),
      );
      const [early, late] = [assessed(world, under(one)), assessed(world, under(sum))];
      for (const [at, later] of late.planned.entries()) {
        const sooner = early.planned[at];
        if (later.action === "release") expect(sooner?.action).toBe("release");
        if (later.releaseAt !== null) expect(sooner?.releaseAt ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(later.releaseAt);
      }
    });
  });

  it("a shorter maxGap never releases more", () => {
    hold(fc.tuple(worlds, longer), ([world, gap]) => {
      const wide = released(world, { ...GREEDY, maxGap: milliseconds(gap + HOUR) });
      expect(released(world, { ...GREEDY, maxGap: milliseconds(gap) }).filter((id) => !wide.includes(id))).toEqual([]);
    });
  });

  it("asking for approval, or a window, never releases more", () => {
    const window = { days: ["mon"], from: 0, to: 600, timezone: "UTC" } as const;
    hold(worlds, (world) => {
      const all = released(world);
      for (const release of [
        { ...GREEDY.release, approval: "required" as const },
        { ...GREEDY.release, window },
      ]) {
        expect(released(world, { ...GREEDY, release }).filter((id) => !all.includes(id))).toEqual([]);
      }
    });
  });
});

describe("the acting clock", () => {
  it("evidence of CloudAudit and bills never lengthens it", () => {
    hold(worlds, ({ facts, ledger }) => {
      const forgotten: Ledger = {
        ...ledger,
        addresses: Object.fromEntries(Object.entries(ledger.addresses).map(([id, own]) => [id, { ...own, evidence: null }])),
      };
      const without = assessed({ facts, ledger: forgotten }).judgements;
      for (const [at, { situation }] of assessed({ facts, ledger }).judgements.entries()) {
        const bare = without[at]?.situation.idle?.acting ?? ZERO;
        expect(situation.idle?.acting ?? ZERO).toBeLessThanOrEqual(bare);
      }
    });
  });

  it("is never longer than from the first to the latest reading, and the shown interval is one", () => {
    hold(worlds, (world) => {
      for (const { situation } of assessed(world).judgements) {
        const { idle, linked } = situation;
        if (idle === null) continue;
        const row = linked.memory?.acting ?? null;
        expect(idle.acting).toBeLessThanOrEqual(row === null ? 0 : row.latest - row.since);
        expect(idle.atLeast).toBeGreaterThanOrEqual(0);
        if (idle.atMost !== null) expect(idle.atMost).toBeGreaterThanOrEqual(idle.atLeast);
      }
    });
  });
});

describe("order", () => {
  it("of EIPs, Pods, claims, workloads, clusters and listings decides nothing", () => {
    hold(fc.tuple(worlds, fc.integer()), ([world, seed]) => {
      const shuffle = shuffler(seed);
      const of = ({ planned }: Assessment) =>
        planned
          .map(({ judgement, action, withheld }) => {
            const { id } = judgement.situation.linked.address;
            return `${id} ${judgement.verdict} ${judgement.reason} ${action} ${withheld === null}`;
          })
          .sort();
      expect(of(assessed({ ...world, facts: shuffled(world.facts, shuffle) }))).toEqual(of(assessed(world)));
    });
  });

  function shuffler(seed: number) {
    let state = seed >>> 0;
    return <T>(items: readonly T[]): readonly T[] => {
      const left = [...items];
      for (let at = left.length - 1; at > 0; at -= 1) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        const other = state % (at + 1);
        const [one, two] = [left[at], left[other]];
        if (one !== undefined && two !== undefined) [left[at], left[other]] = [two, one];
      }
      return left;
    };
  }

  function shuffled(facts: Facts, shuffle: <T>(items: readonly T[]) => readonly T[]): Facts {
    const listing = <T>(own: Listing<T>): Listing<T> => (own.state === "complete" ? { ...own, items: shuffle(own.items) } : own);
    const cluster = (own: ClusterFacts): ClusterFacts => {
      if (!own.objects.known) return own;
      const { pods, claims, namespaces, autoscalers, nodes, workloads, ...rest } = own.objects.value;
      return {
        ...own,
        objects: {
          known: true,
          value: {
            ...rest,
            pods: listing(pods),
            claims: listing(claims),
            namespaces: listing(namespaces),
            autoscalers: { ...autoscalers, HorizontalPodAutoscaler: listing(autoscalers.HorizontalPodAutoscaler) },
            nodes: listing(nodes),
            workloads: ofEachKind((kind) => listing(workloads[kind])),
          },
        },
      };
    };
    return {
      ...facts,
      regions: shuffle(facts.regions).map((own) => ({
        ...own,
        addresses: own.addresses.known ? { known: true, value: shuffle(own.addresses.value) } : own.addresses,
        partial: shuffle(own.partial),
      })),
      clusters: shuffle(facts.clusters).map(cluster),
      clusterListings: shuffle(facts.clusterListings),
    };
  }
});

describe("the caps", () => {
  const caps = fc.record({
    maxPerRun: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)),
    maxPercent: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.double({ min: 0, max: 100, noNaN: true }), fc.constant(Number.NaN)),
    confirmed: fc.option(fc.nat(12)),
    read: fc.nat(200),
  });

  it("are never exceeded, unless a person confirmed that many", () => {
    hold(fc.tuple(worlds, caps), ([world, { maxPerRun, maxPercent, confirmed, read }]) => {
      const policy = { ...GREEDY, release: { ...GREEDY.release, maxPerRun, maxPercent } };
      const bounds = { readCompletely: read, ...(confirmed === null ? {} : { confirmed }) };
      const count = released(world, policy, bounds).length;
      if (count === 0 || (confirmed !== null && count <= confirmed)) return;
      expect(count <= maxPerRun).toBe(true);
      expect(maxPercent > 0).toBe(true);
      expect(read <= 20 || count / read <= maxPercent / 100 + 1e-12).toBe(true);
      expect(count).toBe(released(world).length);
    });
  });

  it("agree with arithmetic on whole numbers of any size", () => {
    const whole = fc.bigInt({ min: 1n, max: 1_000_000n });
    hold(fc.tuple(whole, whole, fc.bigInt({ min: 1n, max: 100n })), ([due, read, percent]) => {
      const policy = { ...POLICY, release: { ...POLICY.release, maxPerRun: 2_000_000, maxPercent: Number(percent) } };
      const above = aboveCap(Number(due), { policy, readCompletely: Number(read), confirmed: null }) !== null;
      expect(above).toBe(read > 20n && due * 100n > percent * read);
    });
  });
});

describe("memory", () => {
  // What the first reading teaches of one EIP may tell of another's cluster (a sign of life that moved away): the second one settles it.
  it("remembering the same reading again at the same instant settles, and tells nothing twice", () => {
    hold(worlds, ({ facts, ledger }) => {
      const once = remember(link(facts, ledger), GREEDY, "run-1").ledger;
      const twice = remember(link(facts, once), GREEDY, "run-2");
      expect(twice.events).toEqual([]);
      expect(remember(link(facts, twice.ledger), GREEDY, "run-3")).toEqual({ ledger: twice.ledger, events: [] });
    });
  });

  it("no reading forgets a keep, a flag of an EIP that is there, or that it stood in a list", () => {
    hold(worlds, ({ facts, ledger }) => {
      const next = remember(link(facts, ledger), GREEDY, "run-1").ledger;
      for (const id of rowsOf(facts)) {
        const [before, after] = [ledger.addresses[id], next.addresses[id]];
        if (before === undefined) continue;
        expect(after).toMatchObject({ keep: before.keep, approval: before.approval, flag: before.flag });
        if (before.everInIdList) expect(after?.everInIdList).toBe(true);
      }
    });
  });

  it("remembering never makes a clock longer than the time since the reading before", () => {
    hold(worlds, ({ facts, ledger }) => {
      const next = remember(link(facts, ledger), GREEDY, "run-1").ledger;
      for (const [id, after] of Object.entries(next.addresses)) {
        const before = ledger.addresses[id]?.acting ?? null;
        if (after.acting === null) continue;
        expect(after.acting.sightings).toBeLessThanOrEqual((before?.sightings ?? 0) + 1);
        expect(after.acting.since >= (before?.since ?? facts.now)).toBe(true);
      }
    });
  });
});

describe("copies", () => {
  const TKE = "tke.cloud.tencent.com/";
  const copies = worlds.chain((world) => fc.tuple(fc.constant(world), fc.constantFrom(...rowsOf(world.facts), "eip-none")));

  /** A bare Pod in the first cluster that carries the EIP's annotation. */
  function withCopy(facts: Facts, id: string): Facts {
    const copy = pod({ namespace: "games", name: "copy", podIP: null, owner: null, annotations: { [`${TKE}eip-id`]: id } });
    const clusters = facts.clusters.map((cluster, at) => {
      const own = cluster.objects;
      if (at > 0 || !own.known || own.value.pods.state !== "complete") return cluster;
      const pods = { ...own.value.pods, items: [...own.value.pods.items, copy] };
      return { ...cluster, objects: { known: true as const, value: { ...own.value, pods } } };
    });
    return { ...facts, clusters };
  }

  it("a copied annotation, seen and gone again, makes no retained EIP releasable", () => {
    hold(copies, ([{ facts, ledger }, id]) => {
      const plain = remember(link(facts, ledger), GREEDY, "run-1").ledger;
      const copied = remember(link(withCopy(facts, id), ledger), GREEDY, "run-1").ledger;
      const without = assessed({ facts, ledger: plain });
      const after = assessed({ facts, ledger: copied });
      for (const [at, { verdict, situation }] of after.judgements.entries()) {
        const before = without.judgements[at];
        if (before?.verdict === "retained" && situation.linked.memory?.pod?.name !== "copy") expect(verdict).not.toBe("leaked");
      }
      const own = ledger.addresses[id]?.pod ?? null;
      if (own !== null && copied.addresses[id]?.status.is === "UNBIND") expect(copied.addresses[id]?.pod?.name).not.toBe("copy");
    });
  });
});

describe("a rule's delay", () => {
  it("no release comes sooner than it since the last run that judged otherwise", () => {
    const DELAY = milliseconds(DAY);
    const rules: readonly PolicyRule[] = [{ name: "a day", match: {}, flagAfter: ZERO, releaseAfter: DELAY }];
    hold(worlds, (world) => {
      for (const { action, judged } of assessed(world, { ...GREEDY, rules }).planned) {
        if (action !== "release") continue;
        expect(world.facts.now - (judged.releasableSince ?? world.facts.now)).toBeGreaterThanOrEqual(DELAY);
        expect(judged.verdict).toBe("leaked");
      }
    });
  });
});

describe("what was judged before", () => {
  /** One reading, and two ledgers: of each EIP the second says the same, something else, or something else of what is done only. */
  const twice = fc
    .tuple(worlds, worlds, fc.array(fc.constantFrom("same", "other", "done"), { minLength: 20, maxLength: 20 }))
    .map(([world, other, choices]) => {
      const addresses = Object.entries(world.ledger.addresses).flatMap(([id, memory], at) => {
        const strange = other.ledger.addresses[id];
        if (choices[at] === "same") return [[id, memory] as const];
        if (strange === undefined) return [];
        if (choices[at] === "other") return [[id, strange] as const];
        const { flag, approval, verdict } = strange;
        return [[id, { ...memory, flag, approval, verdict }] as const];
      });
      const clusters = choices.at(-1) === "other" ? other.ledger.clusters : world.ledger.clusters;
      return {
        world,
        after: { facts: world.facts, ledger: { ...world.ledger, clusters, addresses: Object.fromEntries(addresses) } },
      };
    });

  /** All of an assessment but the memories, of which an older one may stand in a link. */
  function shown({ planned, gaps }: Assessment): unknown {
    return {
      gaps,
      planned: planned.map(({ judgement, ...decision }) => {
        const { linked, ...situation } = judgement.situation;
        const { memory: _, ...link } = linked;
        return { decision, judgement: { ...judgement, situation: { ...situation, linked: link } } };
      }),
    };
  }

  it("another ledger with the same reading is judged as it would be without", () => {
    const check = ({ world, after }: { readonly world: Generated; readonly after: Generated }) =>
      expect(shown(assessed(after, GREEDY, { before: assessed(world) }))).toEqual(shown(assessed(after)));
    hold(twice, check, 2_000);
  });

  it("what the ledger says anew of flags, approvals and verdicts alone is not judged again", () => {
    hold(worlds, (world) => {
      const before = assessed(world);
      const addresses = Object.fromEntries(
        Object.entries(world.ledger.addresses).map(([id, memory]) => [id, { ...memory, flag: null, verdict: null }]),
      );
      const after = assessed({ facts: world.facts, ledger: { ...world.ledger, addresses } }, GREEDY, { before });
      expect(after.judgements.every((one, at) => one === before.judgements[at])).toBe(true);
    });
  });
});

describe("links that are made in turn", () => {
  it("are the same, and so is what is remembered of them", () => {
    hold(worlds, ({ facts, ledger }) => {
      const all = link(facts, ledger);
      expect([...linkInTurn(facts, ledger).linked]).toEqual(all.linked);
      expect(remember(linkInTurn(facts, ledger), GREEDY, "run-1")).toEqual(remember(all, GREEDY, "run-1"));
    });
  });
});

describe("the core", () => {
  it("is pure: it changes nothing that it is given", () => {
    hold(worlds, (world) => {
      const before = structuredClone(world);
      const { world: linked } = assessed(world);
      remember(linked, GREEDY, "run-1");
      expect(world).toEqual(before);
    });
  });
});
