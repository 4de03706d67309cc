import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createWorkload, deleteWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { addAccount, type World } from "../../sim/world/world.ts";
import type { ScanResult } from "../../src/core/terms/result.ts";
import { HOUR, openStage, type Stage } from "./stage.ts";

/** A cluster with leaks and a Slack, for tests of what people are told. */

export const KEYS = { EIP_GUARD_ALLOW_RELEASE: "yes" };

export function policy(mode: string, release = "maxPerRun: 10, maxPercent: 100"): string {
  return `
mode: ${mode}
state: { dir: ./state }
policy:
  grace: 1h
  maxGap: 7h
  rules: [{ name: leaked, match: { verdict: leaked }, flagAfter: 0s, releaseAfter: 2d }]
release: { notice: 24h, ${release} }
`;
}

export interface Play extends Stage {
  readonly world: World;
  /** A run, and what Slack got in it: new messages, messages that were changed, and what came into threads. */
  readonly tick: (env?: Readonly<Record<string, string>>) => Promise<{
    readonly result: ScanResult;
    readonly told: readonly string[];
    readonly changed: readonly string[];
    readonly threads: readonly string[];
  }>;
  /** Changes the configuration file. */
  readonly edit: (change: (text: string) => string) => Promise<void>;
  /** Adds a key to `alerts`. */
  readonly alerts: (key: string) => Promise<void>;
  /** Runs every six hours until Slack gets a message that begins so. */
  readonly until: (title: string) => Promise<void>;
}

export async function openPlay(leaks: number, configuration: string): Promise<Play> {
  const clusters: ReturnType<typeof startCluster>[] = [];
  const stage = await openStage((world: World) => {
    const account = addAccount(world, { regions: ["ap-guangzhou"] });
    const region = account.regions.get("ap-guangzhou");
    if (region === undefined) throw new Error("no region");
    region.quota = leaks + 100;
    const cluster = startCluster(world, region, { id: "cls-game0001" });
    createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 3, annotations: NEVER });
    createWorkload(world, cluster, { kind: "StatefulSet", namespace: "old", name: "arena", replicas: leaks, annotations: NEVER });
    clusters.push(cluster);
  }, configuration);
  const { slack } = stage.simulator;
  const tick: Play["tick"] = async (env = {}) => {
    const [before, updates] = [slack.messages.length, slack.updates.length];
    const result = await stage.json(["run"], { ...KEYS, ...env });
    const sent = slack.messages.slice(before);
    return {
      result,
      told: sent.filter(({ thread }) => thread === null).map(({ text }) => text),
      changed: slack.updates.slice(updates).map(({ text }) => text),
      threads: sent.filter(({ thread }) => thread !== null).map(({ text }) => text),
    };
  };
  await tick();
  stage.clock.advance(HOUR);
  for (const cluster of clusters) deleteWorkload(stage.world, cluster, "StatefulSet", "old", "arena");
  const edit: Play["edit"] = async (change) => {
    const path = join(stage.folder, "eip-guard.yaml");
    await writeFile(path, change(await readFile(path, "utf8")));
  };
  return {
    ...stage,
    tick,
    edit,
    alerts: (key) => edit((text) => text.replace(/^alerts:\n/m, `alerts:\n  ${key}\n`)),
    async until(title) {
      for (let ticks = 0; ticks < 20; ticks += 1) {
        const { told } = await tick();
        if (told.some((text) => text.startsWith(title))) return;
        stage.clock.advance(6 * HOUR);
      }
      throw new Error(`Slack got no "${title}"`);
    },
  };
}
