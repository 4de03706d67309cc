import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createWorkload, deleteWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import {
  addAccount,
  bind,
  CLAIM_GROUP,
  type Cluster,
  type Eip,
  eipsOf,
  type Region,
  unbind,
  type World,
} from "../../sim/world/world.ts";
import type { EipResult, ScanResult } from "../../src/core/terms/result.ts";
import { instant } from "../../src/core/terms/time.ts";
import type { Clock } from "../../src/ports.ts";
import { openFolderStoreForWriting } from "../../src/store/folder.ts";
import { DAY, HOUR, openStage, type Stage } from "./stage.ts";

/** The way of a release, through the whole program, in mode enforce. */
const BOTH_KEYS = { EIP_GUARD_ALLOW_RELEASE: "yes" };

const POLICY = `
mode: enforce
state: { dir: ./state }
policy:
  grace: 1h
  maxGap: 7h
  rules: [{ name: leaked, match: { verdict: leaked }, flagAfter: 0s, releaseAfter: 2d }]
release: { notice: 24h, maxPerRun: 10, maxPercent: 100 }
`;

interface Play extends Stage {
  readonly region: Region;
  readonly cluster: Cluster;
  readonly tick: (times?: number) => Promise<ScanResult>;
  /** Runs until something is due to be released at the next run, by the guard's own plan. */
  readonly untilDue: () => Promise<void>;
}

let play: Play;
afterEach(() => play.close());

/** A cluster with a living StatefulSet, and one with `leaks` Pods that is deleted: the threshold is never, so they leak. */
async function open(leaks: number, policy = POLICY): Promise<Play> {
  let parts: { region: Region; cluster: Cluster } | undefined;
  const stage = await openStage((world: World) => {
    const account = addAccount(world, { regions: ["ap-guangzhou"] });
    const region = account.regions.get("ap-guangzhou");
    if (region === undefined) throw new Error("no region");
    region.quota = 100;
    const cluster = startCluster(world, region, { id: "cls-game0001" });
    createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 3, annotations: NEVER });
    createWorkload(world, cluster, { kind: "StatefulSet", namespace: "old", name: "arena", replicas: leaks, annotations: NEVER });
    parts = { region, cluster };
  }, policy);
  if (parts === undefined) throw new Error("the world was not made");
  const { region, cluster } = parts;
  const tick = async (times = 1) => {
    let result = await stage.json(["run"], BOTH_KEYS);
    for (let more = 1; more < times; more += 1) {
      stage.clock.advance(6 * HOUR);
      result = await stage.json(["run"], BOTH_KEYS);
    }
    return result;
  };
  await tick();
  stage.clock.advance(HOUR);
  deleteWorkload(stage.world, cluster, "StatefulSet", "old", "arena");
  return {
    ...stage,
    region,
    cluster,
    tick,
    async untilDue() {
      let { eips } = await stage.json(["scan"], BOTH_KEYS);
      for (let ticks = 0; ticks < 20; ticks += 1) {
        // The next run counts its own reading as a sighting, which the one before, or a scan, does not.
        const isDue = ({ noticedAt, releaseAt }: EipResult) =>
          noticedAt !== null && releaseAt !== null && Date.parse(releaseAt) <= stage.clock.now();
        if (eips.some(isDue)) return;
        const { acts = [], ...result } = await tick();
        if (acts.some(({ act }) => act === "released")) throw new Error("released before anybody looked");
        stage.clock.advance(6 * HOUR);
        eips = result.eips;
      }
      throw new Error("nothing became due");
    },
  };
}

async function ticks(count: number): Promise<readonly ScanResult[]> {
  const results: ScanResult[] = [];
  for (let more = 0; more < count; more += 1) {
    play.clock.advance(6 * HOUR);
    results.push(await play.tick());
  }
  return results;
}

function leaked(): readonly Eip[] {
  return eipsOf(play.world).filter(({ status }) => status === "UNBIND");
}

function acts(result: ScanResult, act: string): readonly string[] {
  return (result.acts ?? []).filter((one) => one.act === act).map(({ id }) => id);
}

describe("a release", () => {
  it("comes after threshold, grace, delay, a delivered notice and its period, through the claim, with intent and receipt", async () => {
    play = await open(1);
    const [eip] = leaked();
    const start = play.clock.now();
    await play.untilDue();
    expect(play.clock.now() - start).toBeGreaterThanOrEqual(2 * DAY + HOUR);
    const result = await play.tick();
    expect(acts(result, "released")).toEqual([eip?.id]);
    expect(result.acts?.[0]).toMatchObject({ via: "claim" });
    expect(play.world.released.map(({ id, by }) => `${id} ${by}`)).toEqual([`${eip?.id} claim`]);
    const messages = play.simulator.slack.messages.map(({ text }) => text);
    expect(messages.findIndex((text) => text.startsWith("Notice"))).toBeLessThan(
      messages.findIndex((text) => text.startsWith("Released")),
    );
    const history = await play.run(["history", eip?.id ?? ""]);
    expect(history.out).toMatch(
      /flagged[\s\S]*notice of its release delivered[\s\S]*about to be released[\s\S]*released, address/,
    );
    expect(history.out).toContain("VipCluster");
    expect((await play.run(["trail", "verify"])).code).toBe(0);
  });

  it("begins with the flag and its notice in one run", async () => {
    play = await open(1);
    const done = [await play.tick(), ...(await ticks(2))].flatMap(({ acts: some = [] }) =>
      some.map(({ act, at }) => ({ act, at })),
    );
    expect(done.map(({ act }) => act)).toEqual(["flagged", "noticed"]);
    expect(done[0]?.at).toBe(done[1]?.at);
  });

  it("goes through ReleaseAddresses where no claim holds the EIP", async () => {
    play = await open(1);
    const [eip] = leaked();
    play.cluster.bugs.ignoresClaimDeletion = true;
    play.cluster.store.remove("EIPClaim", "networking.tke.cloud.tencent.com", "old", "arena-0");
    await play.untilDue();
    const result = await play.tick();
    expect(result.acts).toContainEqual(expect.objectContaining({ id: eip?.id, act: "released", via: "address" }));
    expect(play.world.released).toMatchObject([{ id: eip?.id, by: "api" }]);
  });

  it("is not mistaken for a collapse: most of a region's EIPs go in one run", async () => {
    play = await open(8);
    await play.untilDue();
    expect(acts(await play.tick(), "released")).toHaveLength(8);
    play.clock.advance(6 * HOUR);
    expect((await play.tick()).eips.map(({ verdict }) => verdict)).toEqual(["in-use", "in-use", "in-use"]);
  });

  it("is not claimed where ipamd does not destroy the EIP; a later run releases it by its address", async () => {
    play = await open(1);
    play.cluster.bugs.ignoresClaimDeletion = true;
    await play.untilDue();
    const first = await play.tick();
    expect(acts(first, "released")).toEqual([]);
    expect(first.acts).toContainEqual(expect.objectContaining({ act: "failed", via: "claim" }));
    play.clock.advance(HOUR);
    expect(acts(await play.tick(), "released")).toHaveLength(1);
  });
});

describe("a release whose end nobody saw", () => {
  it("is settled by the next run where the claim's DELETE never arrived: the claim stands", async () => {
    play = await open(1);
    const [eip] = leaked();
    await play.untilDue();
    play.simulator.kubernetes.get(play.cluster.id)?.faults.push({ matches: "DELETE ", kind: "drop", times: 1 });
    expect(acts(await play.tick(), "failed")).toEqual([eip?.id]);
    const stop = join(play.folder, "state", "STOP");
    await writeFile(stop, "");
    play.clock.advance(HOUR);
    await play.tick();
    const { out } = await play.run(["history", eip?.id ?? ""]);
    expect(out.replace(/\s+/g, " ")).toContain("not released: its claim is still there");
    play.clock.advance(HOUR);
    expect((await play.tick()).notes.join()).not.toContain("is not known yet");
    await rm(stop);
    expect(acts(await play.tick(), "released")).toEqual([eip?.id]);
  });
});

describe("what a run reports as due", () => {
  it("is what is due after it: nothing of what was released", async () => {
    play = await open(2);
    await play.untilDue();
    const result = await play.tick();
    const released = result.eips.filter(({ id }) => acts(result, "released").includes(id));
    expect(released.map(({ action, withheld, flagAt, releaseAt }) => [action, withheld, flagAt, releaseAt])).toEqual([
      ["none", null, null, null],
      ["none", null, null, null],
    ]);
  });

  it.each<{ what: string; verdict: string; happen: () => Promise<unknown> }>([
    { what: "kept", verdict: "retained", happen: () => play.run(["keep", leaked()[0]?.id ?? ""]) },
    {
      what: "bound",
      verdict: "in-use",
      happen: async () => {
        bind(play.world, leaked()[0] ?? missing(), { instanceId: "ins-1" });
        play.clock.advance(31_000);
      },
    },
  ])("fits the verdict beside it, where the EIP was $what in the middle of the run", async ({ verdict, happen }) => {
    play = await open(2);
    await play.untilDue();
    const [eip] = leaked();
    play.afterTheIntent(happen);
    const result = await play.tick();
    const after = result.eips.find(({ id }) => id === eip?.id);
    expect([after?.action, acts(result, "released").includes(eip?.id ?? "")]).toEqual(["none", false]);
    expect(after?.verdict).toBe(verdict);
  });
});

describe("a word for people", () => {
  it("tells how long ipamd was really waited for, where the time is over before two minutes are", async () => {
    play = await open(1);
    play.cluster.bugs.ignoresClaimDeletion = true;
    await play.untilDue();
    const result = await play.tick();
    expect(result.acts).toContainEqual(
      expect.objectContaining({
        act: "failed",
        why: expect.stringContaining("did not destroy it within 2m; the next runs look again"),
      }),
    );
  });

  it("names both people who keep one EIP, in Slack and in the report", async () => {
    play = await open(1);
    await play.tick();
    const [eip] = leaked();
    await play.run(["keep", eip?.id ?? ""], { EIP_GUARD_USER: "lin" });
    await play.run(["keep", eip?.id ?? "", "--until", "2026-12-24"], { EIP_GUARD_USER: "zhang" });
    const result = await play.tick();
    expect(result.notes.join()).toContain("zhang kept it until 2026-12-25T00:00:00.000Z");
    const told = play.simulator.slack.messages.find(({ text }) => text.startsWith("Kept twice"));
    expect(JSON.stringify(told?.blocks)).toMatch(/zhang kept it[^}]*lin keeps it until it is taken back/);
    const count = play.simulator.slack.messages.length;
    expect((await play.tick()).notes.join()).not.toContain("zhang");
    expect(play.simulator.slack.messages.filter(({ text }, at) => at >= count && text.startsWith("Kept twice"))).toEqual([]);
  });
});

describe("no release", () => {
  it.each<readonly [string, () => Promise<void> | void]>([
    ["after eip-guard keep", async () => void (await play.run(["keep", leaked()[0]?.id ?? "", "--why", "partner"]))],
    ["after a snooze", async () => void (await play.run(["keep", leaked()[0]?.ip ?? "", "--until", "2026-12-31"]))],
    ["after a keep tag", () => Object.assign(leaked()[0] ?? {}, { tags: { ...leaked()[0]?.tags, "eip-guard:keep": "" } })],
    ["while STOP is in the store", () => writeFile(join(play.folder, "state", "STOP"), "")],
    ["in arrears", () => Object.assign(leaked()[0] ?? {}, { isArrears: true })],
    ["of an EIP that was bound meanwhile", () => bind(play.world, leaked()[0] ?? missing(), { instanceId: "ins-1" })],
    [
      "of an EIP whose workload is there again",
      () =>
        createWorkload(play.world, play.cluster, {
          kind: "StatefulSet",
          namespace: "old",
          name: "arena",
          replicas: 1,
          annotations: NEVER,
        }),
    ],
    [
      "of an EIP that a template in the cluster has adopted",
      () =>
        createWorkload(play.world, play.cluster, {
          kind: "Deployment",
          namespace: "lobby",
          name: "sftp",
          replicas: 0,
          annotations: { "tke.cloud.tencent.com/eip-id-list": leaked()[0]?.id ?? "" },
        }),
    ],
    [
      "while Pods of the cluster can't be listed",
      () =>
        void play.simulator.kubernetes
          .get(play.cluster.id)
          ?.faults.push({ matches: "/api/v1/pods", kind: "status", status: 403 }),
    ],
    [
      "while the clusters can't be listed",
      () =>
        void play.simulator.cloud.faults.push({ action: "DescribeEKSClusters", kind: "error", code: "UnauthorizedOperation" }),
    ],
    [
      "while the threshold can't be read",
      () => void play.simulator.cloud.faults.push({ action: "DescribeIPAMD", kind: "error", code: "InternalError" }),
    ],
    ["where tags vanished everywhere", () => retag({})],
    ["where the tags are not in the answer", () => retag(null)],
    [
      "where a second cluster appeared that can't be read",
      () => void startCluster(play.world, play.region, { id: "cls-new00001" }),
    ],
  ])("%s", async (_, happen) => {
    play = await open(1);
    const [eip] = leaked();
    await play.untilDue();
    await happen();
    const { acts: done = [] } = await play.tick();
    expect(done.filter(({ act }) => act === "released")).toEqual([]);
    expect(play.world.released).toEqual([]);
    expect(eipsOf(play.world)).toContain(eip);
  });

  it("of an EIP that a person keeps while the run waits for another one's release", async () => {
    play = await open(2);
    play.cluster.bugs.ignoresClaimDeletion = true;
    await play.untilDue();
    let kept: Eip | undefined;
    play.whileItWaits(async () => {
      const claims = JSON.stringify(play.cluster.store.list("EIPClaim", "networking.tke.cloud.tencent.com"));
      kept = leaked().find(({ id }) => claims.includes(id));
      expect((await play.run(["keep", kept?.id ?? "", "--why", "partner"])).code).toBe(0);
    });
    const result = await play.tick();
    expect(result.acts).toContainEqual(
      expect.objectContaining({ id: kept?.id, act: "withheld", why: expect.stringContaining("partner") }),
    );
    play.clock.advance(6 * HOUR);
    const next = await play.tick();
    expect(next.eips.find(({ id }) => id === kept?.id)).toMatchObject({ verdict: "retained", reason: "kept" });
    // What the run learnt of the other one was not lost to the person's entry.
    expect(play.world.released.map(({ id }) => id)).not.toContain(kept?.id);
    expect(acts(next, "released")).toHaveLength(1);
  });

  it.each<{ what: string; why: RegExp; happen: () => Promise<unknown> }>([
    { what: "a person kept it", why: /partner/, happen: () => play.run(["keep", leaked()[0]?.id ?? "", "--why", "partner"]) },
    { what: "STOP came into the store", why: /STOP/, happen: () => writeFile(join(play.folder, "state", "STOP"), "") },
    { what: "so long that its reading is too old", why: /too old/, happen: async () => play.clock.advance(31_000) },
    {
      what: "the clock went back, so that its age is not known",
      why: /too old/,
      happen: async () => play.clock.advance(-60_000),
    },
  ])("while the intent was written: $what", async ({ why, happen }) => {
    play = await open(1);
    await play.untilDue();
    play.afterTheIntent(happen);
    const { acts: done } = await play.tick();
    expect(play.world.released).toEqual([]);
    expect(done).toContainEqual(expect.objectContaining({ act: "withheld", why: expect.stringMatching(why) }));
    // The intent has its end: the next run has nothing to settle.
    play.clock.advance(HOUR);
    await play.tick();
    expect((await play.files())["/state/trail.jsonl"]).not.toContain('"settled"');
  });

  it("is claimed of an EIP whose claim somebody else deleted at the last moment", async () => {
    play = await open(1);
    await play.untilDue();
    play.afterTheIntent(async () => {
      play.cluster.store.remove("EIPClaim", CLAIM_GROUP, "old", "arena-0");
      play.clock.advance(10_000);
    });
    const { acts: done } = await play.tick();
    expect(leaked().map(({ id }) => id)).toEqual([]);
    expect(done).toEqual([expect.objectContaining({ act: "withheld", why: expect.stringContaining("its claim") })]);
    expect((await play.files())["/state/trail.jsonl"]).not.toContain('"receipt"');
  });

  it("of what was kept while the intent was written, nor of the next one on what a person said before", async () => {
    play = await open(2);
    await play.untilDue();
    const [first, second] = leaked();
    play.afterTheIntent(async () => {
      for (const eip of [first, second]) await play.run(["keep", eip?.id ?? ""]);
    });
    expect(acts(await play.tick(), "withheld").toSorted()).toEqual([first?.id, second?.id].toSorted());
    expect(play.world.released).toEqual([]);
  });

  it("without the second key: exit 2, and nothing is done", async () => {
    play = await open(1);
    await play.untilDue();
    const before = await play.files();
    const { code, err } = await play.run(["run"]);
    expect(code).toBe(2);
    expect(err).toContain("EIP_GUARD_ALLOW_RELEASE");
    expect(await play.files()).toEqual(before);
  });

  it("while no notice could be delivered", async () => {
    play = await open(1);
    const mute = { ...BOTH_KEYS, SLACK_BOT_TOKEN: "xoxb-not-the-token" };
    let last = await play.json(["run"], mute);
    for (let ticks = 0; ticks < 16; ticks += 1) {
      play.clock.advance(6 * HOUR);
      last = await play.json(["run"], mute);
    }
    expect(play.world.released).toEqual([]);
    expect(last.alertErrors.join()).toContain("notice");
    expect(last.eips.find(({ verdict }) => verdict === "leaked")?.withheld).toBe("no notice was delivered yet");
  }, 60_000);

  it("above the cap: none is released, people are told, and a reviewed plan with its number takes them over it", async () => {
    play = await open(4, POLICY.replace("maxPerRun: 10", "maxPerRun: 3"));
    await play.untilDue();
    const capped = await play.tick();
    expect(acts(capped, "withheld")).toHaveLength(4);
    expect(play.world.released).toEqual([]);
    expect(play.simulator.slack.messages.some(({ text }) => text.includes("Nothing released"))).toBe(true);
    expect((await play.run(["plan", "--out", "plan.json"], BOTH_KEYS)).code).toBe(0);
    expect((await play.run(["apply", "plan.json", "--confirm", "3"], BOTH_KEYS)).code).toBe(2);
    const applied = await play.json(["apply", "plan.json", "--confirm", "4"], BOTH_KEYS);
    expect(acts(applied, "released")).toHaveLength(4);
    expect(play.world.released).toHaveLength(4);
  });

  it("of what is not in the plan, and none of a plan that was changed", async () => {
    play = await open(1);
    await play.untilDue();
    await play.run(["plan", "--out", "plan.json"], BOTH_KEYS);
    const plan = (await play.files())["/plan.json"] ?? "";
    await writeFile(join(play.folder, "plan.json"), plan.replace(/"releases": ?1/, '"releases":2'));
    const { code, err } = await play.run(["apply", "plan.json"], BOTH_KEYS);
    expect(code).toBe(2);
    expect(err).toContain("changed");
    expect(play.world.released).toEqual([]);
  });

  it("of a plan that was made in the future", async () => {
    play = await open(1);
    await play.untilDue();
    play.clock.advance(2 * HOUR);
    await play.run(["plan", "--out", "plan.json"], BOTH_KEYS);
    play.clock.advance(-2 * HOUR);
    const { code, err } = await play.run(["apply", "plan.json"], BOTH_KEYS);
    expect([code, err]).toEqual([2, expect.stringContaining("lies in the future")]);
    expect(play.world.released).toEqual([]);
  });

  it("tells people that it is over when a warned EIP is used again", async () => {
    play = await open(1);
    const [eip] = leaked();
    play.clock.advance(6 * HOUR);
    await play.tick(3);
    expect(play.simulator.slack.messages.some(({ text }) => text.startsWith("Notice"))).toBe(true);
    bind(play.world, eip ?? missing(), { instanceId: "ins-1" });
    const result = await play.tick();
    expect(acts(result, "unflagged")).toEqual([eip?.id]);
    expect(play.simulator.slack.messages.some(({ text }) => text.startsWith("All clear"))).toBe(true);
  });

  it("on a notice of an earlier idle time: what was used unseen gets a new notice, and people hear that the old one is over", async () => {
    play = await open(1);
    const [eip] = leaked();
    if (eip === undefined) throw missing();
    await play.untilDue();
    bind(play.world, eip, { instanceId: "ins-1" });
    play.clock.advance(HOUR);
    unbind(play.world, eip);
    play.clock.advance(HOUR);
    const again = play.clock.now();
    const first = await play.tick();
    expect(acts(first, "unflagged")).toEqual([eip.id]);
    // It is not over: what is said is that the release comes later, and why.
    expect(play.simulator.slack.messages.some(({ text }) => text.startsWith("All clear"))).toBe(false);
    const [postponed, ...more] = play.simulator.slack.messages.filter(({ text }) => text.startsWith("Postponed"));
    expect(more).toEqual([]);
    expect(JSON.stringify(postponed?.blocks)).toMatch(/because nobody looked between [\d-]+ [\d:]+ UTC and [\d-]+ [\d:]+ UTC/);
    const notices = play.simulator.slack.messages.filter(({ text }) => text.startsWith("Notice")).length;
    await play.untilDue();
    expect(play.simulator.slack.messages.filter(({ text }) => text.startsWith("Notice")).length).toBe(notices + 1);
    expect(play.clock.now() - again).toBeGreaterThanOrEqual(2 * DAY + HOUR);
    expect(acts(await play.tick(), "released")).toEqual([eip.id]);
  });

  it("of an EIP that is bound from nine to six, under a guard that runs at night", async () => {
    play = await open(1);
    const [eip] = leaked();
    if (eip === undefined) throw missing();
    for (let days = 0; days < 10; days += 1) {
      bind(play.world, eip, { instanceId: "ins-1" });
      play.clock.advance(9 * HOUR);
      eip.status = "UNBIND";
      eip.updatedAt = play.clock.now();
      play.clock.advance(9 * HOUR);
      await play.tick();
      play.clock.advance(6 * HOUR);
    }
    expect(play.world.released).toEqual([]);
  }, 60_000);
});

describe("a due release that something keeps from happening", () => {
  /** Of the trail: which EIPs a record says were withheld, and why. */
  async function recorded(): Promise<readonly string[]> {
    const { out } = await play.run(["trail", "export", "--format", "json"]);
    const records: readonly { kind: string; eip: string; facts: { why: string } }[] = JSON.parse(out);
    return records.filter(({ kind }) => kind === "withheld").map(({ eip, facts }) => `${eip} ${facts.why}`);
  }

  it("by STOP is told at once, in one record for each EIP however often it runs", async () => {
    play = await open(2);
    await play.untilDue();
    const ids = leaked().map(({ id }) => id);
    const because = ids.map((id) => `${id} STOP is set in the store`);
    const stop = join(play.folder, "state", "STOP");
    await writeFile(stop, "");
    const first = await play.tick();
    expect(acts(first, "withheld").toSorted()).toEqual(ids.toSorted());
    expect(first.notes.find((note) => ids.every((id) => note.includes(id)))).toMatch(/2 releases .* STOP/);
    expect((await recorded()).toSorted()).toEqual(because.toSorted());
    play.clock.advance(HOUR);
    expect(acts(await play.tick(), "withheld")).toHaveLength(2);
    expect(await recorded()).toHaveLength(2);
    await rm(stop);
    // In the middle of a run: the first EIP's intent is written already.
    play.afterTheIntent(() => writeFile(stop, ""));
    expect(acts(await play.tick(), "withheld").toSorted()).toEqual(ids.toSorted());
    expect((await recorded()).filter((one) => one.startsWith(ids[0] ?? ""))).toHaveLength(2);
    expect(play.world.released).toEqual([]);
  });

  it.each<{ what: string; why: RegExp; told: number; happen: () => Promise<unknown> }>([
    {
      what: "the end of the run's time",
      why: /time is nearly over/,
      told: 2,
      happen: async () => play.clock.advance(19 * 60_000),
    },
    { what: "the loss of its lease", why: /lost its lease/, told: 2, happen: takeTheLease },
    { what: "another run's ledger", why: /another run wrote/, told: 2, happen: writeAsAnotherRun },
  ])("by $what is told of each EIP", async ({ why, told, happen }) => {
    play = await open(2);
    await play.untilDue();
    play.afterTheIntent(happen);
    const { out, err } = await play.run(["run", "--format", "json"], BOTH_KEYS);
    expect((await recorded()).filter((one) => why.test(one))).toHaveLength(told);
    expect(`${out}${err}`).toMatch(why);
    expect(play.world.released).toEqual([]);
  });

  it("by another run's ledger, written before any release, is told of each EIP although the run fails", async () => {
    play = await open(2);
    await play.untilDue();
    play.simulator.cloud.faults.push({ action: "DescribeAddresses", kind: "pass", times: 1, meanwhile: writeAsAnotherRun });
    const { code, err } = await play.run(["run"], BOTH_KEYS);
    expect([code, err]).toEqual([1, expect.stringContaining("another run was faster")]);
    expect((await recorded()).filter((one) => one.endsWith("another run wrote the ledger meanwhile"))).toHaveLength(2);
  });

  it("by a refusal that ends the run's releases is told of those that come after it", async () => {
    play = await open(3);
    const ids = leaked().map(({ id }) => id);
    await play.untilDue();
    const server = play.simulator.kubernetes.get(play.cluster.id);
    server?.faults.push({ matches: "DELETE ", kind: "status", status: 403 });
    const result = await play.tick();
    expect([...acts(result, "withheld"), ...acts(result, "failed")].toSorted()).toEqual(ids.toSorted());
    expect((await recorded()).filter((one) => one.includes("nothing more is released"))).toHaveLength(2);
  });
});

async function takeTheLease(): Promise<void> {
  const state = join(play.folder, "state");
  const newest =
    (await readdir(state))
      .filter((name) => name.startsWith("lease-"))
      .toSorted()
      .at(-1) ?? "";
  const number = Number(/[0-9]+/.exec(newest)?.[0]);
  const note = JSON.parse(await readFile(join(state, newest), "utf8"));
  const name = `lease-${String(number + 1).padStart(10, "0")}.json`;
  await writeFile(join(state, name), JSON.stringify({ ...note, holder: "another", token: "another" }));
}

async function writeAsAnotherRun(): Promise<void> {
  const clock: Clock = { now: () => instant(play.clock.now()), sleep: async () => {} };
  const store = await openFolderStoreForWriting(join(play.folder, "state"), clock);
  const ledger = await store.readLedger();
  await store.writeLedger({ ...ledger, generation: ledger.generation + 1, writtenBy: "run-another" });
}

function retag(tags: Record<string, string> | null): void {
  for (const eip of eipsOf(play.world)) eip.tags = tags;
}

function missing(): never {
  throw new Error("the world has no such EIP");
}
