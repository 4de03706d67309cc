import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ASSEMBLY, type Assembly } from "../../src/cli/assembly.ts";
import { type AddressMemory, emptyLedger, type Ledger } from "../../src/core/ledger.ts";
import { instant } from "../../src/core/time.ts";
import type { TrailEvent } from "../../src/core/trail.ts";
import type { Clock, StoreWriter } from "../../src/ports.ts";
import { runProgram } from "./terminal.ts";

const NOW = instant(Date.parse("2026-11-23T09:00:00Z"));
const clock: Clock = { now: () => NOW, sleep: async () => undefined };

const SEEN: AddressMemory = {
  account: "default",
  region: "ap-guangzhou",
  ip: "203.0.113.7",
  firstSeenAt: instant(0),
  lastSeenAt: instant(0),
  boundAt: null,
  idleSince: null,
  acting: null,
  status: { is: "UNBIND", since: instant(0) },
  pod: null,
  everInIdList: false,
  flag: null,
  keep: null,
  approval: null,
  protections: {},
  evidence: null,
  verdict: null,
};

/** A store in memory, and tag calls that answer `tagging`. */
function world(tagging: string | null = null) {
  let ledger: Ledger = { ...emptyLedger(), addresses: { "eip-1": SEEN } };
  const events: TrailEvent[] = [];
  const tags: string[] = [];
  const store: StoreWriter = {
    readLedger: async () => ledger,
    readTrail: async function* () {},
    stopRequested: async () => false,
    describe: () => "memory",
    writeLedger: async (next) => {
      ledger = next;
    },
    append: async (added) => {
      events.push(...added);
      return { sequence: events.length, hash: "0" };
    },
    acquireLease: async () => null,
  };
  const note = (text: string) => {
    tags.push(text);
    return Promise.resolve(tagging);
  };
  const marker = {
    tag: (...[account, region, id, key, value]: readonly string[]) => note(`tag ${account}/${region} ${id} ${key}=${value}`),
    untag: (...[account, region, id, key]: readonly string[]) => note(`untag ${account}/${region} ${id} ${key}`),
  };
  const assembly: Assembly = { ...ASSEMBLY, storeWriter: async () => store, marker: async () => marker };
  return { assembly, events, tags, memory: () => ledger.addresses["eip-1"] };
}

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eip-guard-say-"));
});
afterEach(async () => {
  await rm(cwd, { recursive: true });
});

async function say(argv: readonly string[], assembly: Assembly, more = "") {
  await writeFile(join(cwd, "eip-guard.yaml"), `tencent: { regions: [ap-guangzhou] }\n${more}`);
  return runProgram(argv, { cwd, clock, assembly, env: { USER: "lin" } });
}

const MARKED = "release: { mark: { tag: flagged } }";

describe("keep", () => {
  it.each(["eip-1", "203.0.113.7"])("of %s goes into the store and the trail, with who and why", async (eip) => {
    const { assembly, memory, events, tags } = world();
    const { code, stdout, stderr } = await say(["keep", eip, "--why", "login servers"], assembly);
    expect([code, stdout, stderr]).toEqual([0, "", "eip-1 (203.0.113.7) is kept until `eip-guard unkeep`\n"]);
    expect(memory()?.keep).toEqual({ at: NOW, by: "lin", why: "login servers", until: null });
    expect(events).toEqual([expect.objectContaining({ kind: "kept", eip: "eip-1" })]);
    expect(tags).toEqual([]);
  });

  it.each([
    ["2027-01-31", "2027-02-01T00:00:00Z"],
    ["2027-01-31T12:00:00+08:00", "2027-01-31T04:00:00Z"],
  ])("until %s lasts until %s", async (date, until) => {
    const { assembly, memory } = world();
    expect((await say(["keep", "eip-1", "--until", date], assembly)).code).toBe(0);
    expect(memory()?.keep?.until).toBe(Date.parse(until));
  });

  it("shows as a tag too, where EIPs are marked", async () => {
    const { assembly, tags } = world();
    await say(["keep", "eip-1", "--until", "2027-01-31"], assembly, MARKED);
    await say(["unkeep", "eip-1"], assembly, MARKED);
    expect(tags).toEqual([
      "tag default/ap-guangzhou eip-1 eip-guard:keep=2027-02-01T00:00:00.000Z",
      "untag default/ap-guangzhou eip-1 eip-guard:keep",
    ]);
  });

  it("says that it holds although the tag failed, and exits 1", async () => {
    const { assembly, memory } = world("UnauthorizedOperation");
    const { code, stderr } = await say(["keep", "eip-1", "--quiet"], assembly, MARKED);
    expect(code).toBe(1);
    expect(stderr).toContain("the store has it, but the tag eip-guard:keep of eip-1 could not be changed: UnauthorizedOperation");
    expect(memory()?.keep).not.toBeNull();
  });
});

it("unkeep takes the keep back", async () => {
  const { assembly, memory } = world();
  await say(["keep", "eip-1"], assembly);
  expect((await say(["unkeep", "eip-1"], assembly)).code).toBe(0);
  expect(memory()?.keep).toBeNull();
});

it("unkeep leaves a keep tag that somebody else set", async () => {
  const { assembly, tags } = world();
  expect((await say(["unkeep", "eip-1"], assembly, MARKED)).code).toBe(0);
  expect(tags).toEqual([]);
});

it("approve holds for one notice period, and sets no tag", async () => {
  const { assembly, memory, tags } = world();
  expect((await say(["approve", "eip-1"], assembly, "release: { notice: 2h, mark: { tag: flagged } }")).code).toBe(0);
  expect(memory()?.approval).toEqual({ at: NOW, by: "lin", until: NOW + 2 * 3_600_000 });
  expect(tags).toEqual([]);
});

it.each(["keep", "unkeep", "approve"])("%s is refused where the store doesn't know the EIP", async (command) => {
  const { assembly, events } = world();
  const { code, stderr } = await say([command, "eip-2"], assembly);
  expect(code).toBe(2);
  expect(stderr).toContain("'eip-2'");
  expect(events).toEqual([]);
});
