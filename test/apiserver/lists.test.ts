import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assess } from "../../src/core/assess.ts";
import { link } from "../../src/core/link/link.ts";
import { remember } from "../../src/core/remember.ts";
import type { ClusterObjects, Pod } from "../../src/core/terms/facts.ts";
import { known, type Reading } from "../../src/core/terms/known.ts";
import { emptyLedger, type Ledger } from "../../src/core/terms/ledger.ts";
import { after, HOUR, type Instant, instant } from "../../src/core/terms/time.ts";
import { address, facts, NEVER, POLICY } from "../core/build.ts";
import { ASSETS, type ControlPlane, startControlPlane } from "./control-plane.ts";
import { clusterWith, openReader, type Reader } from "./reading.ts";

const PODS = 5_000;
const PAGE = 500;
const SIDE_BY_SIDE = 50;
const FIRST_TO_GO = 900;

describe.skipIf(ASSETS === "")("lists of 5,000 Pods on a real API server", () => {
  let plane: ControlPlane;
  let reader: Reader;
  const make = (name: string) =>
    plane.call("POST", "/api/v1/namespaces/crowd/pods", {
      metadata: { name, annotations: NEVER },
      spec: { containers: [{ name: "main", image: "game:1" }] },
    });
  const remove = (name: string) => plane.call("DELETE", `/api/v1/namespaces/crowd/pods/${name}?gracePeriodSeconds=0`);

  beforeAll(async () => {
    plane = await startControlPlane();
    reader = await openReader(plane);
    await plane.call("POST", "/api/v1/namespaces", { metadata: { name: "crowd" } });
    for (let start = 0; start < PODS; start += SIDE_BY_SIDE)
      await Promise.all(Array.from({ length: SIDE_BY_SIDE }, (_, index) => make(`pod-${start + index}`)));
  }, 180_000);
  afterAll(async () => {
    await plane?.close();
    await reader?.close();
  });

  function podsIn(reading: Reading<ClusterObjects>): readonly Pod[] {
    if (!reading.known) throw new Error(reading.why);
    if (reading.value.pods.state !== "complete") throw new Error(`not listed: ${JSON.stringify(reading.value.pods)}`);
    return reading.value.pods.items;
  }

  it("come by pages of 500, with everything in them once that was there all the time, while Pods come and go", async () => {
    const pages: number[] = [];
    let changed = 0;
    let listing = true;
    const churn = (async () => {
      // Of names that stand near the end of the list, which is read last.
      for (let index = 0; listing; index += 1) {
        await Promise.all([remove(`pod-${FIRST_TO_GO + index}`), make(`new-${index}`)]);
        changed += 1;
      }
    })();
    let changedBefore = -1;
    const reading = await reader.read("admin", (read) => {
      if (changedBefore < 0) changedBefore = changed;
      pages.push(read);
    });
    listing = false;
    const changedMeanwhile = changed - changedBefore;
    await churn;
    const names = podsIn(reading).map(({ name }) => name);
    expect(changedMeanwhile).toBeGreaterThan(0);
    expect(pages.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, index) => (index + 1) * PAGE));
    expect(new Set(names).size).toBe(names.length);
    const untouched = Array.from({ length: PODS }, (_, index) => `pod-${index}`).filter((name) => {
      const index = Number(name.slice(4));
      return index < FIRST_TO_GO || index >= FIRST_TO_GO + changed;
    });
    const read = new Set(names);
    expect(untouched.filter((name) => !read.has(name))).toEqual([]);
  });

  it("start again where etcd was compacted in mid-list (410), and are complete then", async () => {
    const pages: number[] = [];
    let compacted = false;
    const reading = await reader.read("admin", (read) => {
      pages.push(read);
      if (compacted || read !== 2 * PAGE) return;
      compacted = true;
      plane.compact();
    });
    const names = podsIn(reading).map(({ name }) => name);
    expect(pages.slice(0, 4)).toEqual([PAGE, 2 * PAGE, PAGE, 2 * PAGE]);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(pages.at(-1));
    expect(names.length).toBeGreaterThanOrEqual(PODS);
  });

  it("are failed, not short, where etcd is compacted again and again", async () => {
    const reading = await reader.read("admin", (read) => {
      if (read === PAGE) plane.compact();
    });
    if (!reading.known) throw new Error(reading.why);
    expect(reading.value.pods).toMatchObject({ state: "failed", why: expect.stringContaining("410 Gone") });
  });

  it("that a dying server breaks off make the EIPs of its Pods unknown, not leaked", async () => {
    const eip = address();
    await plane.call("PATCH", "/api/v1/namespaces/crowd/pods/pod-1", {
      metadata: { annotations: { "tke.cloud.tencent.com/eip-id": eip.id } },
    });
    let ledger: Ledger = emptyLedger();
    let now: Instant = instant(Date.now());
    const judge = (objects: Reading<ClusterObjects>) => {
      now = after(now, HOUR);
      const world = facts([eip], [clusterWith(objects)], { startedAt: now, now });
      ledger = remember(link(world, ledger), POLICY, "run").ledger;
      return assess(world, ledger, POLICY).judgements[0]?.verdict;
    };
    expect(judge(known(await reader.objects()))).toBe("retained");
    const dying = await reader.read("admin", () => plane.killApiServer());
    expect(dying.known ? dying.value.pods.state : "failed").toBe("failed");
    expect(judge(dying)).toBe("unknown");
    const dead = await reader.read("admin");
    expect(dead).toMatchObject({ known: false, why: expect.stringContaining("can't be reached") });
    expect(judge(dead)).toBe("unknown");
  });
});
