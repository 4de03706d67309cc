import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CosServer, startCosServer } from "../../sim/cos.ts";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { createDrivenClock } from "../../sim/world/clock.ts";
import { type CloudFunction, functionOf } from "../../sim/world/functions.ts";
import { type Account, addAccount, createWorld, type Region, type World } from "../../sim/world/world.ts";
import { ASSEMBLY } from "../../src/cli/assembly.ts";
import { runCli } from "../../src/cli/program.ts";
import { instant } from "../../src/core/terms/time.ts";

/** `eip-guard deploy` against the whole simulator, on a clock that its own waiting drives. */

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The actions that were called, in their order. */
  readonly calls: readonly string[];
}

export interface DeployStage {
  readonly simulator: Simulator;
  readonly account: Account;
  readonly region: Region;
  readonly cos: CosServer;
  readonly folder: string;
  readonly configure: (more?: string, state?: string) => Promise<void>;
  readonly run: (
    argv: readonly string[],
    more?: { readonly env?: Readonly<Record<string, string>>; readonly answer?: string; readonly signal?: AbortSignal },
  ) => Promise<Ran>;
  readonly json: (argv: readonly string[]) => Promise<{ readonly steps: readonly Told[]; readonly ran: Ran }>;
  /** How often something that writes was opened. */
  writers: number;
  readonly fn: (name?: string) => CloudFunction;
  /** What the account has now, to be put back. */
  readonly snapshot: () => Promise<Snapshot>;
  readonly close: () => Promise<void>;
}

export interface Snapshot {
  /** How many calls the cloud had answered by then. */
  readonly calls: number;
  readonly restore: () => Promise<void>;
}

export interface Told {
  readonly what: string;
  readonly name: string;
  readonly detail: string;
  readonly done: boolean;
}

/** A bundle as the build makes one; its handler answers as a dry run does. */
const HANDLER = `exports.main_handler = async () => ({ run: { id: "1" }, complete: true, gaps: [], eips: [],
  totals: { eips: 3, byVerdict: { "in-use": 1, leaked: 2 }, cost: [], costUnknown: 0 } });\n`;

/** @param bundles the folder of the built functions; left out: small ones */
export async function openDeployStage(
  prepare: (world: World, region: Region) => void = () => undefined,
  bundles?: string,
): Promise<DeployStage> {
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-deploy-"));
  const world = createWorld(createDrivenClock(Date.now()), 7);
  const account = addAccount(world);
  const region = account.regions.get("ap-guangzhou");
  if (region === undefined) throw new Error("no region");
  prepare(world, region);
  const cos = await startCosServer({ keys: [account] });
  const simulator = await startSimulator({
    world,
    rateLimits: false,
    tls: false,
    onRunKeys: ({ id, key, token }) => cos.keys.push({ secretId: id, secretKey: key, token }),
  });
  for (const name of ["guard", "slack"]) {
    await mkdir(join(folder, "functions", name), { recursive: true });
    await writeFile(join(folder, "functions", name, "index.js"), HANDLER);
  }
  const inCos = `state: { cos: { bucket: guard-1250000000, region: ap-guangzhou, prefix: eip-guard/, endpoint: "${cos.endpoint}" } }`;
  const stage: DeployStage = {
    writers: 0,
    simulator,
    account,
    region,
    cos,
    folder,
    configure: async (more = "deploy: {}", state = inCos) =>
      writeFile(join(folder, "eip-guard.yaml"), await simulator.configure(folder, `${state}\n${more}`)),
    async run(argv, { env = {}, answer, signal } = {}) {
      let out = "";
      let err = "";
      const before = simulator.cloud.calls.length;
      const code = await runCli(argv, {
        stdout: {
          write: (text) => {
            out += text;
          },
        },
        stderr: {
          write: (text) => {
            err += text;
          },
        },
        env: { ...simulator.environment, ...env },
        cwd: folder,
        clock: { now: () => instant(world.clock.now()), sleep: async (duration) => world.clock.advance(duration) },
        assembly: {
          ...ASSEMBLY,
          bundles: bundles ?? join(folder, "functions"),
          functionWriter: (...given) => {
            stage.writers += 1;
            return ASSEMBLY.functionWriter(...given);
          },
        },
        ...(answer === undefined ? {} : { ask: async () => answer }),
        ...(signal === undefined ? {} : { signal }),
      });
      return { code, out, err, calls: simulator.cloud.calls.slice(before).map(({ action }) => action) };
    },
    async json(argv) {
      const ran = await stage.run([...argv, "--format", "json"]);
      return { steps: JSON.parse(ran.out).steps, ran };
    },
    fn(name = "eip-guard") {
      const found = functionOf(region, name);
      if (found === undefined) throw new Error(`no function ${name}`);
      return found;
    },
    async snapshot() {
      const file = join(folder, "eip-guard.yaml");
      const [text, kept] = [await readFile(file, "utf8"), { account: copyOf(account), region: copyOf(region) }];
      const restore = async () => {
        await writeFile(file, text);
        const { account: ofAccount, region: ofRegion } = { account: copyOf(kept.account), region: copyOf(kept.region) };
        putBack(account.camRoles, ofAccount.camRoles);
        putBack(account.policies, ofAccount.policies);
        putBack(region.functions, ofRegion.functions);
      };
      return { calls: simulator.cloud.calls.length, restore };
    },
    async close() {
      await simulator.close();
      await cos.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return stage;
}

type Kept = Partial<Pick<Account, "camRoles" | "policies"> & Pick<Region, "functions">>;

function copyOf({ camRoles = new Map(), policies = new Map(), functions = new Map() }: Kept): Required<Kept> {
  return {
    camRoles: mapped(camRoles, (role) => ({ ...role, attached: [...role.attached] })),
    policies: mapped(policies, (policy) => ({ ...policy })),
    functions: mapped(functions, (fn) => ({
      ...fn,
      environment: { ...fn.environment },
      tags: { ...fn.tags },
      triggers: fn.triggers.map((trigger) => ({ ...trigger })),
      invocations: [...fn.invocations],
    })),
  };
}

function mapped<K, V>(all: ReadonlyMap<K, V>, copy: (value: V) => V): Map<K, V> {
  return new Map([...all].map(([key, value]) => [key, copy(value)]));
}

function putBack<K, V>(target: Map<K, V>, kept: ReadonlyMap<K, V>): void {
  target.clear();
  for (const [key, value] of kept) target.set(key, value);
}
