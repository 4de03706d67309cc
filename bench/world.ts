import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchFleet } from "../sim/fleets.ts";
import { startSimulator } from "../sim/index.ts";
import { createRealClock } from "../sim/world/clock.ts";
import { createWorld } from "../sim/world/world.ts";

/** The simulated cloud of a benchmark, in a process of its own: `world.ts '{"eips":2000,…}'`. Talks to its parent by IPC. */
export interface WorldShape {
  /** In each region. */
  readonly eips: number;
  /** In each cluster. */
  readonly pods: number;
  readonly regions: number;
  /** In each region. */
  readonly clusters: number;
  readonly latency: number;
}

const shape = JSON.parse(process.argv[2] ?? "{}") as WorldShape;
const world = createWorld(createRealClock(), 1);
benchFleet(world, shape);
const simulator = await startSimulator({ world, latency: shape.latency, rateLimits: true });
const folder = await mkdtemp(join(tmpdir(), "eip-guard-bench-"));
await writeFile(join(folder, "eip-guard.yaml"), await simulator.configure(folder, "state: { dir: ./state }"));

process.on("message", async (message) => {
  if (message === "counts") {
    const calls: Record<string, number> = {};
    for (const { action } of simulator.cloud.calls) calls[action] = (calls[action] ?? 0) + 1;
    const lists = [...simulator.kubernetes.values()].flatMap((server) => server.calls);
    process.send?.({
      calls,
      podLists: lists.filter((line) => line.startsWith("GET /api/v1/pods?")).length,
      otherLists: lists.filter((line) => !line.startsWith("GET /api/v1/pods?")).length,
      throttled: simulator.cloud.throttled.length,
      connections: [...simulator.kubernetes.values()].reduce((sum, server) => sum + server.connections(), 0),
    });
    simulator.cloud.calls.length = 0;
    simulator.cloud.throttled.length = 0;
    for (const server of simulator.kubernetes.values()) server.calls.length = 0;
    return;
  }
  await simulator.close();
  process.exit(0);
});
process.send?.({ folder, environment: simulator.environment });
