import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../sim/index.ts";
import { createDrivenClock, type SimulatedClock } from "../../sim/world/clock.ts";
import { type Account, addAccount, allocate, createWorld, destroy, type Eip, type World } from "../../sim/world/world.ts";
import type { CliIo } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/program.ts";
import { instant } from "../../src/core/terms/time.ts";
import type { IntentFacts } from "../../src/core/terms/trail.ts";
import { openFolderStoreForWriting } from "../../src/store/folder.ts";
import { all } from "../store/samples.ts";

let simulator: Simulator;
let world: World;
let account: Account;
let clock: SimulatedClock;
let folder: string;
let eip: Eip;

const guardClock = () => ({ now: () => instant(clock.now()), sleep: async (duration: number) => clock.advance(duration) });

beforeEach(async () => {
  clock = createDrivenClock(Date.UTC(2026, 0, 5, 1));
  world = createWorld(clock, 7);
  account = addAccount(world, { regions: ["ap-guangzhou"] });
  simulator = await startSimulator({ world, rateLimits: false, tls: false });
  folder = await mkdtemp(join(tmpdir(), "eip-guard-recover-"));
  await writeFile(join(folder, "eip-guard.yaml"), await simulator.configure(folder, "mode: audit\nstate: { dir: ./state }\n"));
  eip = allocate(world, region());
  destroy(world, eip, "api");
});

afterEach(async () => {
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

function region() {
  const found = account.regions.get("ap-guangzhou");
  if (found === undefined) throw new Error("no region");
  return found;
}

const openStore = () => openFolderStoreForWriting(join(folder, "state"), guardClock());

async function receipt(fields: Partial<IntentFacts> = {}): Promise<void> {
  const store = await openStore();
  const intent: IntentFacts = {
    account: "default",
    region: "ap-guangzhou",
    ip: eip.ip,
    via: "address",
    claim: null,
    pod: "games/web-0@cls-1",
    verdict: "leaked",
    reason: "orphan",
    detail: "nothing names it",
    rule: "leaked",
    tags: null,
    type: "EIP",
    chargeType: "TRAFFIC_POSTPAID_BY_HOUR",
    bandwidthMbps: 20,
    isp: "BGP",
    bandwidthPackage: null,
    perHour: 0.2,
    currency: "CNY",
    recycledAnywayAt: null,
    ...fields,
  };
  const at = instant(clock.now());
  await store.append([{ kind: "receipt", at, run: "run-1", eip: eip.id, facts: { ...intent, recovery: "" } }]);
}

const say = (...argv: readonly string[]) => sayAt({}, ...argv);

async function sayAt(terminal: Pick<CliIo, "ask">, ...argv: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(argv, {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    env: { ...simulator.environment, EIP_GUARD_USER: "lin" },
    cwd: folder,
    clock: guardClock(),
    ...terminal,
  });
  return { code, out: out.join(""), err: err.join("") };
}

/** As it was before it was laid out for a terminal. */
const oneLine = (text: string) => text.replace(/\s+/g, " ");

const kinds = async () => (await all((await openStore()).readTrail())).map(({ kind }) => kind);

describe("recover", () => {
  it("gets the address back, with what it had, and says how its Pod gets it", async () => {
    await receipt();
    const { code, out } = await say("recover", eip.id, "--yes");
    const [back] = [...region().addresses.values()];
    expect([code, back?.ip, back?.bandwidth, back?.chargeType]).toEqual([0, eip.ip, 20, "TRAFFIC_POSTPAID_BY_HOUR"]);
    expect(out).toContain(`${eip.ip} is back as ${back?.id}`);
    expect(out).toContain(`eip-id-list: "${back?.id}"`);
    expect(await kinds()).toEqual(["receipt", "recovering", "recovered"]);
    const again = await say("recover", eip.id, "--yes");
    expect([again.code, again.err.includes(`came back already, as ${back?.id}`)]).toEqual([2, true]);
  });

  it("explain and history name the command before, and tell of both EIPs after", async () => {
    expect((await say("run")).code).toBe(0);
    await receipt();
    const before = await say("explain", eip.id);
    expect([before.code, before.err.includes(`eip-guard recover ${eip.id}`)]).toEqual([2, true]);
    expect((await say("history", eip.ip)).out).toContain(`eip-guard recover ${eip.id} may get it back`);
    clock.advance(60_000);
    await say("recover", eip.id, "--yes");
    clock.advance(60_000);
    // It takes the release over from the trail.
    expect((await say("run")).code).toBe(0);
    const back = [...region().addresses.values()][0]?.id ?? "";
    const line = `eip-id-list: "${back}"`;
    const gone = await say("explain", eip.id);
    expect([gone.code, gone.err.includes(`came back as ${back}`), gone.err.includes(`eip-guard explain ${back}`)]).toEqual([
      2,
      true,
      true,
    ]);
    const lives = [await say("history", eip.id), await say("history", back), await say("explain", eip.ip)];
    expect(lives.map(({ code, out }) => [code, oneLine(out).includes(line)])).toEqual(lives.map(() => [0, true]));
    expect(oneLine(lives[1]?.out ?? "")).toContain(`which ${eip.id} had for Pod games/web-0@cls-1`);
    expect(oneLine((await say("history", eip.ip)).out)).toContain(`which ${eip.id} had`);
  });

  it("asks for nothing without a yes: it says what it would call, and how to go on", async () => {
    await receipt();
    const { code, err } = await say("recover", eip.ip);
    expect([code, region().addresses.size, await kinds()]).toEqual([2, 0, ["receipt"]]);
    expect(err).toContain(`AllocateAddresses in ap-guangzhou: ${eip.ip}`);
    expect(err).toContain(`eip-guard recover ${eip.id} --yes`);
  });

  it.each([
    ["n", 2, 0],
    ["", 2, 0],
    ["y", 0, 1],
  ] as const)("asks at a terminal, and does what the answer %j says", async (answer, code, there) => {
    await receipt();
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return answer;
    };
    expect((await sayAt({ ask }, "recover", eip.id)).code).toBe(code);
    expect([asked.length, region().addresses.size]).toEqual([1, there]);
  });

  it("refuses a trail whose chain does not hold: no receipt is proven by it", async () => {
    await receipt();
    const trail = join(folder, "state", "trail.jsonl");
    await writeFile(trail, (await readFile(trail, "utf8")).replace(eip.ip, "203.0.113.99"));
    for (const [command, name] of [
      ["recover", eip.id, "--yes"],
      ["history", eip.id],
    ] as const) {
      const { code, err } = await say(command, name, ...(command === "recover" ? ["--yes"] : []));
      expect([command, code, err.includes("record 0: it was edited")]).toEqual([command, 1, true]);
    }
    expect(region().addresses.size).toBe(0);
  });

  it("does not count what was not allowed or not sent as a try", async () => {
    await receipt();
    account.denied.add("AllocateAddresses");
    for (const _ of [1, 2, 3, 4]) expect((await say("recover", eip.id, "--yes")).code).toBe(1);
    account.denied.delete("AllocateAddresses");
    expect((await say("recover", eip.id, "--yes")).code).toBe(0);
  });

  it.each<{ what: string; fields: Partial<IntentFacts>; says: string }>([
    { what: "of another line type", fields: { isp: "CMCC" }, says: "only BGP" },
    { what: "of another type", fields: { type: "AnycastEIP" }, says: "only BGP" },
  ])("refuses an address $what before any call", async ({ fields, says }) => {
    await receipt(fields);
    const { code, err } = await say("recover", eip.id, "--yes");
    expect([code, err.includes(says), await kinds()]).toEqual([2, true, ["receipt"]]);
  });

  it("refuses what has no receipt", async () => {
    const { code, err } = await say("recover", "eip-00000000", "--yes");
    expect([code, err.includes("no receipt")]).toEqual([2, true]);
  });

  it.each<{ what: string; trouble: () => void; says: string }>([
    { what: "that is in the account already", trouble: () => void allocate(world, region(), { ip: eip.ip }), says: "is back as" },
    { what: "beyond the quota", trouble: () => void Object.assign(region(), { quota: 0 }), says: "quota of EIPs is used up" },
    { what: "without the right", trouble: () => void account.denied.add("AllocateAddresses"), says: "deploy/cam/recover.json" },
    { what: "that is not to be had", trouble: () => void world.released.splice(0), says: "is not to be had" },
  ])("says what became of an address $what", async ({ trouble, says }) => {
    await receipt();
    trouble();
    const { code, err, out } = await say("recover", eip.id, "--yes");
    expect(`${out}${err}`).toContain(says);
    if (says === "is back as") expect(code).toBe(0);
    else expect([code, await kinds()]).toEqual([1, ["receipt", "recovering", "not-recovered"]]);
  });

  it.each<{ code: string; says: string }>([
    { code: "InvalidParameterValue.AddressIpNotAvailable", says: "is not to be had" },
    { code: "InvalidParameterValue.AddressIpNotFound", says: "is not to be had" },
    { code: "ResourceInUse.Address", says: "is not to be had" },
    { code: "AddressQuotaLimitExceeded", says: "quota of EIPs is used up" },
    { code: "LimitExceeded.AddressQuotaLimitExceeded", says: "quota of EIPs is used up" },
    { code: "AddressQuotaLimitExceeded.DailyAllocate", says: "try again tomorrow" },
    { code: "LimitExceeded.DailyAllocateAddressQuotaLimitExceeded", says: "try again tomorrow" },
    { code: "LimitExceeded.MonthlyAddressRecoveryQuota", says: "count of this month's tries is used up" },
    { code: "InvalidParameterValue.UnavailableIsp", says: "line type BGP can't be asked for" },
    { code: "UnauthorizedOperation", says: "deploy/cam/recover.json" },
    { code: "FailedOperation.BalanceInsufficient", says: "balance does not allow it" },
    { code: "InvalidParameterValue.BandwidthPackageNotFound", says: "bandwidth package is not there any more" },
    { code: "InvalidParameterValue.SomethingNew", says: "SomethingNew" },
  ])("has a sentence of its own for $code, with the code, and fails", async ({ code: refusal, says }) => {
    await receipt();
    simulator.cloud.faults.push({ action: "AllocateAddresses", kind: "error", code: refusal });
    const { code, err } = await say("recover", eip.id, "--yes");
    expect([code, err.includes(says), err.includes(refusal)]).toEqual([1, true, true]);
    expect([await kinds(), region().addresses.size]).toEqual([["receipt", "recovering", "not-recovered"], 0]);
  });

  it("counts the tries of a month by the cloud's calendar, and of one account", async () => {
    await receipt();
    world.released.splice(0);
    for (const _ of [1, 2, 3]) await say("recover", eip.id, "--yes");
    // 2026-01-31 16:00 UTC is February in UTC+8.
    clock.advance(Date.UTC(2026, 0, 31, 15, 50) - clock.now());
    expect((await say("recover", eip.id)).err).toContain("3 tries of this month");
    clock.advance(15 * 60_000);
    expect((await say("recover", eip.id)).err).toContain("try 1 of 3 this month");
  });

  it("stands still where STOP is set", async () => {
    await receipt();
    await writeFile(join(folder, "state", "STOP"), "");
    const { code, err } = await say("recover", eip.id, "--yes");
    expect([code, err.includes("STOP"), region().addresses.size]).toEqual([1, true, 0]);
  });

  it("takes three tries a month, by its own count", async () => {
    await receipt();
    world.released.splice(0);
    for (const _ of [1, 2, 3]) expect((await say("recover", eip.id, "--yes")).code).toBe(1);
    const { code, err } = await say("recover", eip.id, "--yes");
    expect([code, err.includes("3 tries of this month")]).toEqual([2, true]);
  });

  it("looks first after a try that was killed, and loses nothing", async () => {
    await receipt();
    simulator.cloud.faults.push({ action: "AllocateAddresses", kind: "drop", times: 1 });
    const first = await say("recover", eip.id, "--yes");
    expect([first.code, await kinds()]).toEqual([1, ["receipt", "recovering"]]);
    const again = await say("recover", eip.id, "--yes");
    expect([again.code, region().addresses.size]).toEqual([0, 1]);
    expect(await kinds()).toEqual(["receipt", "recovering", "recovered"]);
  });
});
