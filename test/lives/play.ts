import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSimulator } from "../../sim/index.ts";
import { createDrivenClock } from "../../sim/world/clock.ts";
import { addSuperNode, createWorkload, installKruise, NEVER, startCluster } from "../../sim/world/life.ts";
import { createRandom } from "../../sim/world/random.ts";
import { addAccount, addRegion, clustersOf, createWorld, eipsOf } from "../../sim/world/world.ts";
import { runCli } from "../../src/cli/program.ts";
import type { BacktestResult } from "../../src/core/replay/result.ts";
import type { ScanResult } from "../../src/core/terms/result.ts";
import { instant } from "../../src/core/terms/time.ts";
import type { TrailRecord } from "../../src/core/terms/trail.ts";
import type { Clock } from "../../src/ports.ts";
import type { Backtested } from "./again.ts";
import { createLife, THRESHOLDS } from "./life.ts";
import { createOracle, endOfKeep } from "./oracle.ts";

/** What became of one seed. */
export interface Outcome {
  readonly seed: number;
  /** What happened, in order, a line each, with its instant. */
  readonly story: readonly string[];
  /** What must never happen, and did; empty: the guard stood the test. */
  readonly failures: readonly string[];
  readonly days: number;
  readonly runs: number;
  readonly crashes: number;
  readonly released: number;
  /** Each of them, in order. */
  readonly releases: readonly { readonly id: string; readonly at: number }[];
  /** Back-tests of the record that the life left behind, where they were asked for. */
  readonly backtests: readonly Backtested[];
}

const HOMES: Readonly<Record<string, string>> = { "ap-guangzhou": "home", "ap-shanghai": "east" };

/** What gateways say in the place of an API server, with 200. */
const GATEWAY = ['{"code":0,"items":[]}', '{"kind":"List","items":[]}', "<html>signed out</html>", "{}", '{"items":null}'];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Ends the run wherever the guard next looks at its clock, as if the process had died there. */
class Crash extends Error {}

export interface PlayOptions {
  /** Days of life with everything that can go wrong, before it gets quiet. */
  readonly days?: number;
  /** Nothing fails and nobody speaks: what is released follows from the policy alone. */
  readonly calm?: boolean;
  /** Delays to back-test in the end; null: the policy that ran. */
  readonly backtest?: readonly (string | null)[];
}

/**
 * Weeks of a simulated fleet's life with the whole program in mode enforce: real commands over real connections, on a simulated clock,
 * all of it drawn from `seed`. The oracle looks at each release; in the end a quiet time shows that what may go does go.
 */
export async function play(seed: number, { days = 10, calm = false, backtest = [] }: PlayOptions = {}): Promise<Outcome> {
  const random = createRandom(seed);
  // Back-off waits are drawn by the guard itself: from the seed too, so that a story can be told again.
  const machine = Math.random;
  Math.random = createRandom(seed + 1).next;
  const clock = createDrivenClock(Date.UTC(2026, 0, 5, 1));
  const world = createWorld(clock, seed);
  const account = addAccount(world, { regions: ["ap-guangzhou"] });
  if (random.chance(0.3)) addRegion(account, "ap-singapore");
  // Another account that the guard reads through a role of its own.
  const other = random.chance(0.25) ? addAccount(world, { regions: ["ap-shanghai"] }) : null;
  for (const region of world.accounts.flatMap(({ regions }) => [...regions.values()])) {
    region.quota = 500;
    const count = region.name === "ap-guangzhou" ? 1 + random.below(2) : 1;
    for (let index = 0; index < count; index += 1) {
      const id = `cls-${HOMES[region.name] ?? "away"}000${index}`;
      const cluster = startCluster(world, region, { id, claimExpired: random.pick(THRESHOLDS) });
      installKruise(cluster);
      cluster.claimsOnSuperNodes = random.chance(0.7);
      if (random.chance(0.5)) addSuperNode(world, cluster);
      // Lives through everything: without one Pod whose claim names its EIP, claims prove nothing (domain.md §5.2, 4).
      createWorkload(world, cluster, {
        kind: "StatefulSet",
        namespace: "anchor",
        name: "anchor",
        replicas: 1,
        annotations: NEVER,
      });
    }
  }
  const simulator = await startSimulator({ world, rateLimits: false, tls: false });
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-simulate-"));
  const policy = {
    grace: random.pick([1, 3]) * HOUR,
    releaseAfter: random.pick([12, 24, 48]) * HOUR,
    notice: random.pick([6, 12, 24]) * HOUR,
    window: random.chance(0.3),
    mark: random.chance(0.5),
  };
  const every = random.pick([3, 4, 6]) * HOUR;
  await writeFile(join(folder, "eip-guard.yaml"), await simulator.configure(folder, configuration(policy, every)));

  const start = clock.now();
  const story: string[] = [];
  const failures: string[] = [];
  const tell = (line: string) => story.push(`${new Date(clock.now()).toISOString().slice(0, 16)} ${line}`);
  const fail = (line: string) => {
    tell(`FAILED: ${line}`);
    failures.push(line);
  };
  tell(`seed ${seed}: ${JSON.stringify({ ...policy, every })}`);
  for (const cluster of clustersOf(world)) tell(`${cluster.id}: threshold ${cluster.claimExpired}`);

  const keeps = new Map<string, number>();
  const trouble = { stop: false, mute: false, mode: "enforce", key: true, lost: false, blind: new Map<string, string | null>() };
  const oracle = createOracle(world, {
    ...policy,
    keeps,
    forbidden(region) {
      if (trouble.stop) return "STOP is set";
      if (trouble.mode !== "enforce") return `the mode is ${trouble.mode}`;
      if (!trouble.key) return "the second key is missing";
      for (const [what, where] of trouble.blind) if (where === null || where === region) return `${what} can't be read`;
      return policy.window && !inWindow(clock.now()) ? "the window is closed" : null;
    },
  });
  const life = createLife(world, random);
  const closed = new Set<string>();
  /** At which runs each EIP was bound, as the world knows it. */
  const boundAt = new Map<string, number[]>();
  const backtests: Backtested[] = [];
  let heard = 0;
  let filed = 0;
  let runs = 0;
  let crashes = 0;

  /** @param ahead by how much the clock of the machine that runs it is ahead, in milliseconds */
  const command = async (argv: readonly string[], crashAfter = Number.POSITIVE_INFINITY, ahead = 0) => {
    const printed: string[] = [];
    const complained: string[] = [];
    let looks = 0;
    const look = () => {
      looks += 1;
      if (looks > crashAfter) throw new Crash("the process died");
    };
    const guardClock: Clock = {
      now() {
        look();
        return instant(clock.now() + ahead);
      },
      async sleep(duration) {
        look();
        clock.advance(duration);
      },
    };
    const code = await runCli(argv, {
      stdout: { write: (text) => void printed.push(text) },
      stderr: { write: (text) => void complained.push(text) },
      env: {
        ...simulator.environment,
        EIP_GUARD_SHORT_DELAYS: "yes",
        ...(trouble.key ? { EIP_GUARD_ALLOW_RELEASE: "yes" } : {}),
        ...(trouble.mute ? { SLACK_BOT_TOKEN: "xoxb-revoked" } : {}),
      },
      cwd: folder,
      clock: guardClock,
    });
    return { code, out: printed.join(""), err: complained.join("") };
  };

  const hear = () => {
    const notices = simulator.slack.messages.slice(heard).filter(({ text }) => text.startsWith("Notice"));
    const lists = simulator.slack.files.slice(filed).filter(({ name }) => name.startsWith("eip-guard-notice"));
    for (const text of [...notices.map(({ blocks }) => JSON.stringify(blocks)), ...lists.map(({ content }) => content)]) {
      for (const { id } of eipsOf(world)) if (text.includes(id)) oracle.noticed(id, clock.now());
    }
    heard = simulator.slack.messages.length;
    filed = simulator.slack.files.length;
  };

  const tick = async (crashAfter?: number): Promise<ScanResult | null> => {
    runs += 1;
    if (!calm && random.chance(0.05)) interrupt();
    for (const { id, status } of eipsOf(world)) if (status === "BIND") boundAt.set(id, [...(boundAt.get(id) ?? []), clock.now()]);
    const before = oracle.violations.length;
    const argv = ["run", "--format", "json", ...(trouble.mode === "enforce" ? [] : ["--mode", trouble.mode])];
    const { code, out, err } = await command(argv, crashAfter);
    hear();
    for (const violation of oracle.violations.slice(before)) fail(violation);
    if (crashAfter !== undefined && /process died/.test(err)) {
      crashes += 1;
      tell("the guard dies in mid-run");
      return null;
    }
    if (/bug of eip-guard|TypeError|ReferenceError/.test(err)) fail(`the guard broke: ${err.slice(0, 300)}`);
    if (!trouble.key && trouble.mode === "enforce") {
      if (code !== 2) fail(`a run without the second key ended with ${code}`);
      return null;
    }
    if (trouble.lost) {
      if (code !== 1 && code !== 2) fail(`a run with an empty ledger beside a trail ended with ${code}`);
      return null;
    }
    if (out === "") {
      tell(`run: exit ${code}: ${err.trim().split("\n").at(-1) ?? ""}`);
      if (!/another run|STOP/.test(err)) fail(`a run said nothing: exit ${code}: ${err.slice(0, 300)}`);
      return null;
    }
    const result = JSON.parse(out) as ScanResult;
    if (result.complete) oracle.readCompletely();
    for (const { id, act, why } of result.acts ?? []) tell(`run: ${act} ${id}: ${why}`);
    if (code !== 0)
      tell(`run: exit ${code}, ${result.gaps.map(({ scope, what, why }) => `${scope}: ${what}: ${why}`).join("; ")}`);
    const expected = eipsOf(world).length;
    if (result.complete && result.eips.length < expected)
      fail(`${expected} EIPs are there, ${result.eips.length} have a verdict`);
    return result;
  };

  /** A person speaks while the next run is at work, at one of its readings of the cloud. */
  const interrupt = () => {
    const action = random.pick(["DescribeAddresses", "DescribeClusters", "DescribeEKSClusters", "DescribeIPAMD"]);
    const times = 1 + random.below(3);
    const eip = random.pick(eipsOf(world));
    let seen = 0;
    const speak = async () => {
      seen += 1;
      if (seen !== times) return;
      const { code } = await command(["keep", eip.id, "--why", "in the middle of a run"]);
      if (code === 0) keeps.set(eip.id, Number.POSITIVE_INFINITY);
      tell(`a person keeps ${eip.id} while a run is at work: exit ${code}`);
    };
    simulator.cloud.faults.push({ action, kind: "pass", times, meanwhile: speak });
  };

  /** Newest generations of the ledger are moved away, or all of them. */
  const goBack = async (): Promise<string> => {
    const folder_ = join(folder, "state");
    const names = (await readdir(folder_).catch(() => [])).filter((name) => name.startsWith("ledger-")).sort();
    if (names.length < 3) return "nothing of the ledger is moved away yet";
    const all = random.chance(0.3);
    const moved = all ? names : names.slice(-1 - random.below(2));
    await mkdir(join(folder, "moved"), { recursive: true });
    for (const name of moved) {
      if (all) await rename(join(folder_, name), join(folder, "moved", name));
      else await rm(join(folder_, name));
    }
    trouble.lost = all;
    return `${all ? "every generation" : `the newest ${moved.length} generations`} of the ledger moved away`;
  };
  const bringBack = async (): Promise<void> => {
    if (!trouble.lost) return;
    for (const name of await readdir(join(folder, "moved")))
      await rename(join(folder, "moved", name), join(folder, "state", name));
    trouble.lost = false;
    tell("the ledger is brought back");
  };

  /** A machine whose clock is ahead begins a run, and dies when it holds the lease. */
  const fromTheFuture = async (): Promise<void> => {
    const ahead = (1 + random.below(48)) * HOUR;
    const { code } = await command(["run", "--mode", "audit", "--format", "json"], 2 + random.below(4), ahead);
    tell(`a machine whose clock is ${ahead / HOUR} h ahead begins a run: exit ${code}`);
  };

  const blind = (): string => {
    const [cluster] = [random.pick(clustersOf(world))];
    if (other !== null && random.chance(0.3)) {
      other.roles.length = 0;
      trouble.blind.set("the session of the other account", "ap-shanghai");
      return "the role of the other account is refused";
    }
    const server = simulator.kubernetes.get(cluster.id);
    if (server !== undefined && random.chance(0.6)) {
      const matches = random.pick([
        "/api/v1/pods",
        "statefulsets",
        "eipclaims",
        "deployments",
        "horizontalpodautoscalers",
        "/apis",
      ]);
      const gateway = random.chance(0.4);
      if (gateway) server.faults.push({ matches, kind: "answer", body: random.pick(GATEWAY) });
      else server.faults.push({ matches, kind: "status", status: 403 });
      // What is read only for the findings, or where the kind has no part in a release, blinds nobody; these do.
      if (/pods|statefulsets|deployments|eipclaims|apis/.test(matches))
        trouble.blind.set(`${cluster.id} ${matches}`, cluster.region.name);
      return `${matches} of ${cluster.id} ${gateway ? "are answered by a gateway" : "may not be read"}`;
    }
    const action = random.pick([
      "DescribeAddresses",
      "DescribeClusters",
      "DescribeEKSClusters",
      "DescribeIPAMD",
      "DescribeAddressQuota",
    ]);
    simulator.cloud.faults.push({ action, kind: "error", code: "UnauthorizedOperation" });
    if (/Clusters|Addresses$/.test(action)) trouble.blind.set(action, null);
    return `${action} is refused`;
  };
  const seeAgain = () => {
    simulator.cloud.faults.length = 0;
    for (const server of simulator.kubernetes.values()) server.faults.length = 0;
    trouble.blind.clear();
    if (other !== null) other.roles.splice(0, 1, "eip-guard");
    Object.assign(trouble, { mute: false, mode: "enforce", key: true });
  };

  const people = async (): Promise<void> => {
    const known = eipsOf(world).filter(({ status }) => status === "UNBIND");
    const eip = known.length === 0 ? null : random.pick(known);
    const what = random.below(9);
    if (what === 7) return void tell(await goBack());
    if (what === 8) return fromTheFuture();
    if (what === 0) {
      trouble.stop = !trouble.stop;
      const file = join(folder, "state", "STOP");
      if (trouble.stop) await writeFile(file, "").catch(() => Object.assign(trouble, { stop: false }));
      else await rm(file, { force: true });
      return void tell(`STOP is ${trouble.stop ? "set" : "taken away"}`);
    }
    if (what === 1) return void tell(blind());
    if (what === 2) {
      trouble.mute = true;
      return void tell("the Slack token is revoked");
    }
    if (what === 3) {
      trouble.mode = random.pick(["audit", "flag"]);
      return void tell(`runs are in mode ${trouble.mode}`);
    }
    if (what === 4) {
      trouble.key = false;
      return void tell("the second key is taken away");
    }
    if (eip === null) return;
    if (what === 5) {
      const until = random.chance(0.5) ? new Date(clock.now() + 3 * DAY).toISOString().slice(0, 10) : null;
      const { code } = await command(["keep", eip.id, "--why", "simulated", ...(until === null ? [] : ["--until", until])]);
      if (code === 0) keeps.set(eip.id, until === null ? Number.POSITIVE_INFINITY : endOfKeep(until));
      return void tell(`a person keeps ${eip.id} ${until === null ? "for ever" : `until ${until}`}: exit ${code}`);
    }
    const { code } = await command(["unkeep", eip.id]);
    if (code === 0) keeps.delete(eip.id);
    tell(`a person takes back the keep of ${eip.id}: exit ${code}`);
  };

  const step = async (line: string | null): Promise<void> => {
    if (line !== null) tell(line);
    oracle.observe();
    // The API server of a deleted cluster goes with it.
    const there = clustersOf(world).map(({ id }) => id);
    for (const [id, server] of simulator.kubernetes) if (!there.includes(id) && !closed.has(id)) await server.close();
    for (const id of simulator.kubernetes.keys()) if (!there.includes(id)) closed.add(id);
  };

  try {
    for (let count = 0; count < 10; count += 1) await step(life.happen());
    while (clock.now() < start + days * DAY) {
      const next = clock.now() + every;
      for (const line of life.settle()) await step(line);
      const events = random.below(4);
      for (let count = 0; count < events; count += 1) {
        clock.advance(random.below(every / 4));
        await step(life.happen());
      }
      if (!calm) {
        if (random.chance(0.12)) await people();
        else if (random.chance(0.25)) seeAgain();
        else if (random.chance(0.5)) await bringBack();
      }
      clock.advance(Math.max(0, next - clock.now()));
      oracle.observe();
      const luck = calm ? 1 : random.next();
      if (luck < 0.04) tell("a tick is lost");
      else if (luck < 0.12) await tick(random.below(60));
      else {
        await tick();
        if (luck < 0.16) await tick();
      }
    }
    tell("it gets quiet");
    seeAgain();
    await bringBack();
    for (const line of life.settle()) await step(line);
    if (trouble.stop) await rm(join(folder, "state", "STOP"), { force: true });
    trouble.stop = false;
    for (const cluster of clustersOf(world)) Object.assign(cluster.bugs, { ignoresClaimDeletion: false, stopped: false });
    const longest = Math.max(0, ...clustersOf(world).map(({ claimExpired }) => Number.parseInt(claimExpired ?? "0", 10) * HOUR));
    const patience = longest + policy.grace + policy.releaseAfter + policy.notice + (policy.window ? DAY : 0) + 3 * every;
    // What was promised still happens, and snoozes run out; patience begins when the last of it has.
    const snoozes = [...keeps.values()].filter(Number.isFinite);
    const quiet = Math.max(clock.now(), life.settledAt(), ...snoozes);
    while (clock.now() < quiet + patience) {
      clock.advance(every);
      for (const line of life.settle()) await step(line);
      oracle.observe();
      await tick();
    }
    await finish();
    for (const releaseAfter of backtest) backtests.push(await playAgain(releaseAfter));
  } finally {
    Math.random = machine;
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  }
  const days_ = (clock.now() - start) / DAY;
  return {
    seed,
    story,
    failures,
    days: days_,
    runs,
    crashes,
    released: oracle.releases.length,
    releases: oracle.releases,
    backtests,
  };

  /** The record under the same policy, or under one with another delay. */
  async function playAgain(releaseAfter: string | null): Promise<Backtested> {
    const other = releaseAfter === null ? policy : { ...policy, releaseAfter: Number.parseInt(releaseAfter, 10) * HOUR };
    await writeFile(join(folder, "other.yaml"), await simulator.configure(folder, configuration(other, every)));
    const { out, err, code } = await command(["backtest", "--policy", "other.yaml", "--format", "json"]);
    if (code !== 0) throw new Error(`the back-test ended with ${code}: ${err}`);
    const result = JSON.parse(out) as BacktestResult;
    return {
      releaseAfter,
      released: result.released.map(({ id, at, usedAgainAt }) => ({
        id,
        at: Date.parse(at),
        usedAgainAt: usedAgainAt === null ? null : Date.parse(usedAgainAt),
        boundAt: (boundAt.get(id) ?? []).find((bound) => bound > Date.parse(at)) ?? null,
      })),
      undecided: result.undecided.map(({ id }) => id),
    };
  }

  /** What may go is gone, and every release stands in the trail with what belongs to it. */
  async function finish(): Promise<void> {
    const last = JSON.parse((await command(["scan", "--format", "json"])).out) as ScanResult;
    for (const { id, verdict, reason, withheld, detail } of last.eips) {
      if (verdict === "leaked" && !(withheld !== null && MAY_STAY.test(withheld)))
        fail(`${id} is leaked (${reason}: ${detail}) and still there: ${withheld ?? "nothing withholds it"}`);
    }
    const ids = oracle.releases.map(({ id }) => id);
    if (new Set(ids).size !== ids.length) fail("an address was released twice");
    const verified = await command(["trail", "verify"]);
    if (verified.code !== 0) fail(`the trail does not verify: ${verified.out}${verified.err}`);
    const exported = await command(["trail", "export", "--format", "json"]);
    const records = JSON.parse(exported.out) as { readonly records: readonly TrailRecord[] } | readonly TrailRecord[];
    const list = "records" in records ? records.records : records;
    for (const id of ids) {
      const kinds = list.filter(({ eip }) => eip === id).map(({ kind }) => kind);
      const intent = kinds.lastIndexOf("intent");
      const rest = kinds.slice(intent + 1);
      if (intent === -1 || !(rest.includes("receipt") || rest.includes("settled") || rest.includes("failed")))
        fail(`${id} was released, and its trail is ${kinds.join(", ")}`);
    }
  }
}

/** What people must decide, or the cloud refuses, may stay for ever. */
// A claim that names another EIP than its Pod has, or super nodes whose Pods have no claims, makes all claims of its cluster prove nothing, for as long as it stands.
const MAY_STAY =
  /approval|prove nothing yet: (?:claim |no Pod on a super node|Pod \S+ on a super node)|in arrears|blocked|deletion protection|IncidentalBusy|prepaid/;

function inWindow(at: number): boolean {
  const hour = new Date(at).getUTCHours();
  return hour >= 1 && hour < 9;
}

function configuration(
  policy: {
    readonly grace: number;
    readonly releaseAfter: number;
    readonly notice: number;
    readonly window: boolean;
    readonly mark: boolean;
  },
  every: number,
): string {
  const hours = (milliseconds: number) => `${milliseconds / HOUR}h`;
  return `
mode: enforce
state: { dir: ./state }
policy:
  grace: ${hours(policy.grace)}
  maxGap: ${hours(every * 2)}
  rules: [{ name: leaked, match: { verdict: leaked }, flagAfter: 0s, releaseAfter: ${hours(policy.releaseAfter)} }]
release:
  notice: ${hours(policy.notice)}
  maxPerRun: 50
  maxPercent: 100
${policy.window ? '  window: { days: [mon, tue, wed, thu, fri, sat, sun], from: "09:00", to: "17:00", timezone: Asia/Shanghai }' : ""}
${policy.mark ? '  mark: { tag: "eip-guard:flagged" }' : ""}
`;
}
