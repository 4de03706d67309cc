import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createWorkload, deleteWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { addAccount, type Cluster } from "../../sim/world/world.ts";
import { DAY, HOUR, openStage, type Stage } from "./stage.ts";

/** What is asked of CloudAudit and the bill, by the real command against the simulated cloud. */

const EVIDENCE = "state: { dir: ./state }\nevidence: { cloudaudit: true, billing: true }";

let stage: Stage;
let cluster: Cluster | undefined;

/** Two leaks that are three days old, and the guard has never run. */
beforeEach(async () => {
  stage = await openStage((world) => {
    const account = addAccount(world, { regions: ["ap-guangzhou"] });
    for (const region of account.regions.values()) {
      cluster = startCluster(world, region, { id: "cls-game0001" });
      createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 1, annotations: NEVER });
      createWorkload(world, cluster, { kind: "StatefulSet", namespace: "old", name: "arena", replicas: 2, annotations: NEVER });
    }
  }, EVIDENCE);
  stage.clock.advance(10 * DAY);
  if (cluster === undefined) throw new Error("the world has no cluster");
  deleteWorkload(stage.world, cluster, "StatefulSet", "old", "arena");
  stage.clock.advance(3 * DAY);
});

afterEach(() => stage.close());

const asked = (action: string) => stage.simulator.cloud.calls.filter((call) => call.action === action).length;

describe("the first scan", () => {
  it("says since when EIPs are idle, as CloudAudit knows it, and keeps none of it", async () => {
    const before = { world: JSON.stringify(stage.simulator.dump()), files: await stage.files() };
    const { eips } = await stage.json(["scan"]);
    const idle = eips.filter((eip) => eip.idle !== null);
    expect(idle).toHaveLength(2);
    for (const { idle: since } of idle) {
      expect(since?.evidence).toContain("cloudaudit");
      expect(since?.atLeastSeconds).toBeGreaterThan((3 * DAY - HOUR) / 1_000);
      expect(since?.atMostSeconds).toBeLessThan((3 * DAY + HOUR) / 1_000);
      // What CloudAudit says is shown, and never acts.
      expect([since?.sightings, since?.actingSeconds]).toEqual([0, 0]);
    }
    expect(asked("DescribeBillDetail")).toBeGreaterThan(0);
    expect(await stage.files()).toEqual(before.files);
    expect(JSON.stringify(stage.simulator.dump())).toBe(before.world);
  });

  it("gives each EIP the verdict that it has without evidence", async () => {
    const verdicts = async () => (await stage.json(["scan"])).eips.map(({ id, verdict, reason }) => [id, verdict, reason]);
    const withEvidence = await verdicts();
    await stage.configure("state: { dir: ./state }");
    expect(await verdicts()).toEqual(withEvidence);
  });

  it("asks about every idle EIP, and about none where the configuration does not say so", async () => {
    await stage.configure("state: { dir: ./state }");
    await stage.json(["scan"]);
    expect([asked("DescribeEvents"), asked("DescribeBillDetail")]).toEqual([0, 0]);
  });

  it("says why where an answer is refused, once, and goes on", async () => {
    stage.simulator.cloud.faults.push({ action: "DescribeEvents", kind: "error", code: "UnauthorizedOperation" });
    const { notes, eips } = await stage.json(["scan"]);
    expect(notes.filter((note) => /DescribeEvents: UnauthorizedOperation.*cloudaudit:DescribeEvents/.test(note))).toHaveLength(1);
    expect(eips).toHaveLength(3);
  });

  it("of a fleet with more idle EIPs than a run asks about has the evidence of each", async () => {
    if (cluster === undefined) throw new Error("the world has no cluster");
    createWorkload(stage.world, cluster, {
      kind: "StatefulSet",
      namespace: "old",
      name: "hall",
      replicas: 14,
      annotations: NEVER,
    });
    stage.clock.advance(HOUR);
    deleteWorkload(stage.world, cluster, "StatefulSet", "old", "hall");
    stage.clock.advance(DAY);
    await stage.configure("state: { dir: ./state }\nevidence: { cloudaudit: true }");
    const { eips } = await stage.json(["scan"]);
    const idle = eips.filter((eip) => eip.idle !== null);
    expect(idle.length).toBeGreaterThan(15);
    expect(idle.filter((eip) => !eip.idle?.evidence.includes("cloudaudit"))).toEqual([]);
  });
});

describe("plan and explain", () => {
  it("read the same evidence, and keep none of it", async () => {
    const before = await stage.files();
    expect((await stage.run(["plan", "--out", "/dev/null"])).code).toBe(0);
    expect(asked("DescribeEvents")).toBeGreaterThan(0);
    const [leak] = (await stage.json(["scan"])).eips.filter(({ verdict }) => verdict === "leaked");
    stage.simulator.cloud.calls.length = 0;
    const { out } = await stage.run(["explain", leak?.id ?? "", "--format", "json"]);
    expect(JSON.parse(out).eip.idle.evidence).toContain("cloudaudit");
    const about = stage.simulator.cloud.calls.filter(({ action }) => action === "DescribeEvents");
    expect(about.length).toBeGreaterThan(0);
    for (const { parameters } of about) expect(JSON.stringify(parameters)).toContain(leak?.id);
    expect(await stage.files()).toEqual(before);
  });
});
