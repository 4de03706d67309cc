import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CosServer, startCosServer } from "../../sim/cos.ts";
import { createWorkload, deleteWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { addAccount } from "../../sim/world/world.ts";
import { HOUR, openStage, type Stage } from "./stage.ts";

/** What somebody can do to the trail behind the guard's back, and how the commands tell of it: the same for a folder and a bucket. */

interface Place {
  readonly state: string;
  /** The trail's lines, whole. */
  readonly lines: () => Promise<string[]>;
  /** Puts other lines in their place. */
  readonly rewrite: (lines: readonly string[]) => Promise<void>;
  /** All that is kept, but for notes of who works and of what people were told. */
  readonly everything: () => Promise<unknown>;
}

const FLAG = "mode: flag\npolicy: { grace: 1h, rules: [{ name: all, match: {}, flagAfter: 0s }] }\n";

let stage: Stage;
let cos: CosServer;
beforeEach(async () => {
  stage = await openStage((world) => {
    const account = addAccount(world, { regions: ["ap-guangzhou"] });
    const region = account.regions.get("ap-guangzhou");
    if (region === undefined) throw new Error("no region");
    const cluster = startCluster(world, region, { id: "cls-game0001" });
    createWorkload(world, cluster, { kind: "StatefulSet", namespace: "games", name: "web", replicas: 2, annotations: NEVER });
    world.clock.schedule(HOUR, () => deleteWorkload(world, cluster, "StatefulSet", "games", "web"));
  });
  const [account] = stage.world.accounts;
  if (account === undefined) throw new Error("no account");
  cos = await startCosServer({ keys: [account] });
});
afterEach(async () => {
  await stage.close();
  await cos.close();
});

function folder(): Place {
  const path = join(stage.folder, "state", "trail.jsonl");
  return {
    state: "state: { dir: ./state }",
    lines: async () => (await readFile(path, "utf8")).split("\n").slice(0, -1),
    rewrite: (lines) => writeFile(path, lines.map((line) => `${line}\n`).join("")),
    async everything() {
      return Object.entries(await stage.files()).filter(
        ([name]) => name.startsWith("/state/") && !/\/(?:lease|once)-/.test(name),
      );
    },
  };
}

function bucket(): Place {
  const pieces = () => [...cos.objects.keys()].filter((key) => key.startsWith("eip-guard/trail/")).sort();
  const linesOf = (key: string) => cos.objects.get(key)?.body.toString("utf8").split("\n").slice(0, -1) ?? [];
  return {
    state: `state: { cos: { bucket: guard-1250000000, region: ap-guangzhou, prefix: eip-guard/, endpoint: "${cos.endpoint}" } }`,
    lines: async () => pieces().flatMap(linesOf),
    async rewrite(lines) {
      // Each record stays in the piece where one of its place was.
      let at = 0;
      for (const key of pieces()) {
        const next = at + linesOf(key).length;
        const text = lines.slice(at, next).map((line) => `${line}\n`);
        if (text.length === 0) cos.objects.delete(key);
        else cos.put(key, text.join(""));
        at = next;
      }
    },
    async everything() {
      return [...cos.objects].filter(([key]) => !/\/(?:lease|once)\//.test(key)).map(([key, { body }]) => [key, body.toString()]);
    },
  };
}

/** A few runs over some hours: bound, idle, flagged. */
async function live(place: Place): Promise<void> {
  await stage.configure(FLAG + place.state);
  for (let runs = 0; runs < 5; runs += 1) {
    expect((await stage.run(["run"])).code).toBe(0);
    stage.clock.advance(HOUR);
  }
}

describe.each([
  ["a folder", folder],
  ["a bucket", bucket],
])("in %s", (_, open) => {
  let place: Place;
  let lines: string[];
  beforeEach(async () => {
    place = open();
    await live(place);
    lines = await place.lines();
    expect(lines.length).toBeGreaterThan(6);
  });

  it("trail verify finds nothing in a trail as it was written", async () => {
    const { code, out, err } = await stage.run(["trail", "verify"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(new RegExp(`holds: ${lines.length} records, head [0-9a-f]{64}\\n$`));
  });

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    [
      "an edit",
      (all) => all.map((line, at) => (at === 3 ? line.replace(/"run":"/, '"run":"x') : line)),
      /broken at record 3: it was edited: its hash does not fit \(the first 3 records hold\)/,
    ],
    [
      "an edit that no line of ours could be",
      (all) => all.map((line, at) => (at === 3 ? line.replace(",", ", ") : line)),
      /broken at record 3: .*(trail\.jsonl, line 4|trail\/\d{10}\.jsonl, line \d+): it is not written as eip-guard writes it/,
    ],
    [
      "a deletion",
      (all) => all.filter((_line, at) => at !== 3),
      /broken at record 4: record 3 is missing, or the order was changed/,
    ],
    [
      "another order",
      (all) => [...all.slice(0, 3), all[4] ?? "", all[3] ?? "", ...all.slice(5)],
      /broken at record 4: record 3 is missing, or the order was changed \(the first 3 records hold\)/,
    ],
    [
      "an end that was cut off",
      (all) => all.slice(0, -2),
      /broken at record \d+: it ends here, but the ledger remembers record \d+: the end was cut off/,
    ],
    ["a trail that was taken away", () => [], /broken at record 0: it ends here, but the ledger remembers record \d+/],
  ])("trail verify finds %s, and says where", async (_title, tamper, says) => {
    await place.rewrite(tamper(lines));
    const { code, out } = await stage.run(["trail", "verify"]);
    expect(out).toMatch(says);
    expect(code).toBe(1);
    const json = await stage.run(["trail", "verify", "--format", "json"]);
    expect([json.code, JSON.parse(json.out)]).toMatchObject([1, { holds: false, at: /record \d+/.exec(out)?.[0] }]);
  });

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    [
      "its end was cut off",
      (all) => all.slice(0, -1),
      /record \d+, which the ledger remembers, is not there: the end was cut off/,
    ],
    ["it was taken away", () => [], /record \d+, which the ledger remembers, is not there/],
    [
      "the record that the ledger remembers was edited",
      (all) => all.map((line, at) => (at === all.length - 1 ? line.replace(/"run":"/, '"run":"x') : line)),
      /record \d+ is not the one that the ledger remembers/,
    ],
  ])("a run stops before it does anything when %s", async (_title, tamper, says) => {
    // A run that has nothing to write would not notice by appending.
    await stage.run(["run"]);
    const quiet = await place.lines();
    await stage.run(["run"]);
    expect(await place.lines()).toEqual(quiet);
    await place.rewrite(tamper(quiet));
    const before = await place.everything();
    const [asked, told] = [stage.simulator.cloud.calls.length, stage.simulator.slack.messages.length];
    const { code, out, err } = await stage.run(["run"]);
    expect(err).toMatch(says);
    expect(err).toContain("Fix: restore it from a backup; eip-guard trail verify says where it breaks");
    expect([code, out]).toEqual([1, ""]);
    expect(await place.everything()).toEqual(before);
    expect(stage.simulator.cloud.calls.length).toBe(asked);
    expect(stage.simulator.slack.messages.slice(told).map(({ text }) => text)).toEqual(["The run failed · flag"]);
  });
});

describe("a crash in the middle of an append", () => {
  it("is told by trail verify and is no break; the next append cuts it off and says so", async () => {
    await live(folder());
    const lines = await folder().lines();
    await appendFile(join(stage.folder, "state", "trail.jsonl"), '{"sequence":');
    const { code, out } = await stage.run(["trail", "verify"]);
    expect(out).toContain(`holds: ${lines.length} records`);
    expect(out).toContain(
      "behind it are 12 bytes of an unfinished record, as a crash leaves them: the next append cuts them off",
    );
    expect(code).toBe(0);
    const json = await stage.run(["trail", "verify", "--format", "json"]);
    expect(JSON.parse(json.out)).toMatchObject({ holds: true, unfinished: { bytes: 12 } });
    // Something happens, so that the next run has something to write.
    const [eip] = [...(stage.world.accounts[0]?.regions.get("ap-guangzhou")?.addresses.values() ?? [])];
    expect((await stage.run(["keep", eip?.id ?? ""])).code).toBe(0);
    const after = await stage.run(["trail", "verify"]);
    expect(after.out).not.toContain("unfinished");
    expect(after.code).toBe(0);
    expect((await stage.run(["trail", "export"])).out).toContain("a crash left 12 bytes of a record; they were cut off");
  });
});
