import { fileURLToPath } from "node:url";
import { measureFleet } from "./fleet.ts";

/** `npm run bench -- quick EIPS [CLI] [MEMORY]`: one size, for a look while working. */
export async function run([eips = "2000", cli, memory, times = "1"]: readonly string[]): Promise<void> {
  const size = Number(eips);
  const shape = { name: `${size} × ${size}`, eips: size, pods: size, regions: 1, clusters: 1, latency: 50, times: Number(times) };
  const path = cli ?? fileURLToPath(new URL("../dist/cli.js", import.meta.url));
  console.table(await measureFleet(shape, path, memory === undefined || memory === "-" ? null : Number(memory)));
}
