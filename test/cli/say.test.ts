import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ASSEMBLY, type Assembly } from "../../src/cli/assembly.ts";
import { type AddressMemory, emptyLedger } from "../../src/core/terms/ledger.ts";
import { instant } from "../../src/core/terms/time.ts";
import type { Clock, CloudWriter } from "../../src/ports.ts";
import { openFolderStoreForWriting } from "../../src/store/folder.ts";
import { all } from "../store/samples.ts";
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

/** The real store in a folder, in which a run has seen one EIP; and tag calls that answer `tagging`. */
async function world(tagging: string | null = null, seen: Readonly<Record<string, AddressMemory>> = { "eip-1": SEEN }) {
  const store = await openFolderStoreForWriting(join(cwd, "state"), clock);
  if (Object.keys(seen).length > 0) await store.writeLedger({ ...emptyLedger(), generation: 1, addresses: seen });
  const tags: string[] = [];
  const note = (text: string) => {
    tags.push(text);
    return Promise.resolve(tagging);
  };
  const marker: Pick<CloudWriter, "tag" | "untag"> = {
    tag: (account, region, id, key, value) => note(`tag ${account}/${region} ${id} ${key}=${value}`),
    untag: (account, region, id, key) => note(`untag ${account}/${region} ${id} ${key}`),
  };
  const assembly: Assembly = { ...ASSEMBLY, marker: async () => marker };
  return {
    assembly,
    tags,
    store,
    events: () => all(store.readTrail()),
    memory: async () => (await store.readLedger()).addresses["eip-1"],
  };
}

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eip-guard-say-"));
});
afterEach(async () => {
  await rm(cwd, { recursive: true });
});

async function say(argv: readonly string[], assembly: Assembly, more = "", who = "lin") {
  await writeFile(join(cwd, "eip-guard.yaml"), `tencent: { regions: [ap-guangzhou] }\nstate: { dir: ./state }\n${more}`);
  return runProgram(argv, { cwd, clock, assembly, env: { USER: who } });
}

const MARKED = "release: { mark: { tag: flagged } }";

describe("keep", () => {
  it.each(["eip-1", "203.0.113.7"])("of %s goes into the store and the trail, with who and why", async (eip) => {
    const { assembly, memory, events, tags } = await world();
    const { code, stdout, stderr } = await say(["keep", eip, "--why", "login servers"], assembly);
    expect([code, stdout, stderr]).toEqual([0, "", "eip-1 (203.0.113.7) is kept until `eip-guard unkeep`\n"]);
    expect((await memory())?.keep).toEqual({ at: NOW, by: "lin", why: "login servers", until: null });
    expect(await events()).toEqual([expect.objectContaining({ kind: "kept", eip: "eip-1" })]);
    expect(tags).toEqual([]);
  });

  it.each([
    ["2027-01-31", "2027-02-01T00:00:00Z", "the end of 2027-01-31 (UTC)"],
    // As messages and reports write it.
    ["2027-01-31 12:00 UTC", "2027-01-31T12:00:00Z", "2027-01-31 12:00 UTC"],
    ["2027-01-31T12:00:00+08:00", "2027-01-31T04:00:00Z", "2027-01-31 04:00 UTC"],
  ])("until %s lasts until %s", async (date, until, said) => {
    const { assembly, memory } = await world();
    const { code, stderr } = await say(["keep", "eip-1", "--until", date], assembly);
    expect([code, stderr]).toEqual([0, `eip-1 (203.0.113.7) is kept until ${said}\n`]);
    expect((await memory())?.keep?.until).toBe(Date.parse(until));
  });

  it("shows as a tag too, where EIPs are marked", async () => {
    const { assembly, tags } = await world();
    await say(["keep", "eip-1", "--until", "2027-01-31"], assembly, MARKED);
    await say(["unkeep", "eip-1"], assembly, MARKED);
    expect(tags).toEqual([
      "tag default/ap-guangzhou eip-1 eip-guard:keep=2027-01-31",
      "untag default/ap-guangzhou eip-1 eip-guard:keep",
    ]);
  });

  it("says that it holds although the tag failed, and exits 1", async () => {
    const { assembly, memory } = await world("UnauthorizedOperation");
    const { code, stderr } = await say(["keep", "eip-1", "--quiet"], assembly, MARKED);
    expect(code).toBe(1);
    expect(stderr).toContain("the store has it, but the tag eip-guard:keep of eip-1 could not be changed: UnauthorizedOperation");
    expect((await memory())?.keep).not.toBeNull();
  });
});

it("unkeep takes the keep back", async () => {
  const { assembly, memory } = await world();
  await say(["keep", "eip-1"], assembly);
  expect((await say(["unkeep", "eip-1"], assembly)).code).toBe(0);
  expect((await memory())?.keep).toBeNull();
});

it("unkeep leaves a keep tag that somebody else set", async () => {
  const { assembly, tags } = await world();
  expect((await say(["unkeep", "eip-1"], assembly, MARKED)).code).toBe(0);
  expect(tags).toEqual([]);
});

it("approve of what no run has planned yet holds for one notice period, and sets no tag", async () => {
  const { assembly, memory, tags } = await world();
  expect((await say(["approve", "eip-1"], assembly, "release: { notice: 2h, mark: { tag: flagged } }")).code).toBe(0);
  expect((await memory())?.approval).toEqual({ at: NOW, by: "lin", until: NOW + 2 * 3_600_000 });
  expect(tags).toEqual([]);
});

describe("approve", () => {
  const day = 24 * 3_600_000;
  const due = (days: number, needsApproval = true): AddressMemory => ({
    ...SEEN,
    outlook: { releaseAt: instant(NOW + days * day), needsApproval },
    verdict: { verdict: "leaked", reason: "owner-never-seen", at: NOW },
  });

  it("holds until one notice period after the release could happen, and prints both instants", async () => {
    const { assembly, memory } = await world(null, { "eip-1": due(7) });
    const { code, stderr } = await say(["approve", "eip-1"], assembly);
    expect(code).toBe(0);
    expect((await memory())?.approval).toEqual({ at: NOW, by: "lin", until: NOW + 8 * day });
    expect(stderr).toContain("leaked (owner-never-seen); released not before 2026-11-30 09:00 UTC");
    expect(stderr).toContain("holds until 2026-12-01 09:00 UTC");
  });

  it("counts the window, and counts from now what is due already", async () => {
    const { assembly, memory } = await world(null, { "eip-1": due(-3) });
    const window = 'release: { window: { days: [tue], from: "09:00", to: "17:00", timezone: Asia/Shanghai } }';
    await say(["approve", "eip-1"], assembly, window);
    expect((await memory())?.approval?.until).toBe(Date.parse("2026-11-25T01:00:00Z"));
  });

  it("takes several EIPs, in one generation, and lists them first", async () => {
    const { assembly, events } = await world(null, { "eip-1": due(7), "eip-2": { ...due(1), ip: "203.0.113.8" } });
    const { code, stderr } = await say(["approve", "eip-1", "203.0.113.8", "eip-1"], assembly);
    expect(code).toBe(0);
    expect(stderr).toMatch(/eip-1 [\s\S]*eip-2 [\s\S]*approved: 2 EIPs/);
    expect((await events()).map(({ kind, eip }) => `${kind} ${eip}`)).toEqual(["approved eip-1", "approved eip-2"]);
  });

  it("writes nothing of what needs none, and says so", async () => {
    const { assembly, memory, events } = await world(null, { "eip-1": due(7, false) });
    const { code, stderr } = await say(["approve", "eip-1"], assembly);
    expect([code, await events(), (await memory())?.approval]).toEqual([0, [], null]);
    expect(stderr).toContain("needs no approval: nothing was written of it. It is released not before 2026-11-30");
  });

  it.each([
    ["kept", { ...due(7), keep: { at: NOW, by: "ann", why: "", until: null } }, "is kept and can't be approved: ann keeps it"],
    [
      "not on its way to a release",
      { ...due(7), outlook: { releaseAt: null, needsApproval: false } },
      "no release of it is on the way",
    ],
  ])("refuses what is %s, and then approves nothing at all", async (_, refused, why) => {
    const { assembly, events } = await world(null, { "eip-1": due(7), "eip-2": { ...refused, ip: "203.0.113.8" } });
    const one = await say(["approve", "eip-2"], assembly);
    expect([one.code, one.stderr]).toEqual([2, expect.stringContaining(why)]);
    const both = await say(["approve", "eip-1", "eip-2"], assembly);
    expect([both.code, both.stderr]).toEqual([
      2,
      expect.stringContaining("1 of 2 EIPs can't be approved, and nothing was written"),
    ]);
    expect(await events()).toEqual([]);
  });

  it("wants EIPs or a plan, and not both", async () => {
    const { assembly } = await world();
    expect(await say(["approve"], assembly)).toMatchObject({ code: 2, stderr: expect.stringContaining("approve needs an EIP") });
    const both = await say(["approve", "eip-1", "--plan", "plan.json"], assembly);
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("not both") });
  });
});

it.each(["keep", "unkeep", "approve"])("%s is refused where the store doesn't know the EIP", async (command) => {
  const { assembly, events } = await world();
  const { code, stderr } = await say([command, "eip-2"], assembly);
  expect(code).toBe(2);
  expect(stderr).toContain("'eip-2'");
  expect(stderr).toContain("run `eip-guard run` first");
  expect(await events()).toEqual([]);
});

describe("two keeps", () => {
  it("the longer holds, and whoever says the second is told of the first", async () => {
    const { assembly, memory, events } = await world();
    await say(["keep", "eip-1"], assembly, "", "lin");
    const second = await say(["keep", "eip-1", "--until", "2026-12-24"], assembly, "", "zhang");
    expect(second.stderr).toBe(
      "eip-1 (203.0.113.7) is kept until `eip-guard unkeep` (lin keeps it until it is taken back: the longest holds)\n",
    );
    expect((await memory())?.keep).toMatchObject({ by: "lin", until: null, besides: [{ by: "zhang" }] });
    expect((await events()).map(({ facts }) => ("besides" in facts ? facts.besides : null))).toEqual([
      null,
      "lin keeps it until it is taken back",
    ]);
    const back = await say(["unkeep", "eip-1"], assembly, "", "zhang");
    expect(back.stderr).toContain(
      "taken back: lin keeps it until it is taken back; zhang keeps it until the end of 2026-12-24 (UTC)",
    );
    expect((await memory())?.keep).toBeNull();
  });

  it("a longer one that is said second takes the tag's date with it", async () => {
    const { assembly, tags } = await world();
    await say(["keep", "eip-1", "--until", "2027-01-31"], assembly, MARKED, "lin");
    await say(["keep", "eip-1", "--until", "2026-12-24"], assembly, MARKED, "zhang");
    expect(tags.at(-1)).toBe("tag default/ap-guangzhou eip-1 eip-guard:keep=2027-01-31");
  });
});

describe("what can't be meant is refused, and nothing is written", () => {
  const GONE_SINCE: AddressMemory = { ...SEEN, status: { is: "GONE", since: instant(Date.parse("2026-11-20T09:00:00Z")) } };
  it.each([
    ["keep", "203.0.113.7"],
    ["keep", "eip-1"],
    ["approve", "203.0.113.7"],
  ])("%s %s of an EIP that is gone", async (command, eip) => {
    const { assembly, events } = await world(null, { "eip-1": GONE_SINCE });
    const { code, stderr } = await say([command, eip], assembly);
    expect([code, stderr]).toEqual([2, expect.stringContaining("eip-1")]);
    expect(stderr).toContain("is gone since 2026-11-20 09:00 UTC");
    expect(await events()).toEqual([]);
  });

  it("an address that two EIPs have", async () => {
    const { assembly, events } = await world(null, { "eip-1": SEEN, "eip-2": { ...SEEN, account: "other" } });
    const { code, stderr } = await say(["keep", "203.0.113.7"], assembly);
    expect([code, stderr]).toEqual([2, expect.stringContaining("eip-1 and eip-2 have the address")]);
    expect(await events()).toEqual([]);
  });

  it("an EIP of a store to which no run has written", async () => {
    const { assembly } = await world(null, {});
    const { code, stderr } = await say(["keep", "eip-1"], assembly);
    expect([code, stderr]).toEqual([2, expect.stringContaining("no run has written to it yet")]);
  });
});

it("an address that came back under another id means the EIP that is there", async () => {
  const gone: AddressMemory = { ...SEEN, lastSeenAt: NOW, status: { is: "GONE", since: NOW } };
  const { assembly, memory } = await world(null, { "eip-0": gone, "eip-1": SEEN });
  expect((await say(["keep", "203.0.113.7"], assembly)).code).toBe(0);
  expect((await memory())?.keep).not.toBeNull();
});

it("a word is in the trail before it is in the ledger: one whose command died in between is taken over by the next", async () => {
  const { assembly, memory } = await world();
  await say(["keep", "eip-1"], assembly, "", "lin");
  await rm(join(cwd, "state", "ledger-0000000002.json"));
  expect((await memory())?.keep).toBeNull();
  const { code, stderr } = await say(["approve", "eip-1"], assembly, "", "zhang");
  expect([code, stderr]).toEqual([2, expect.stringContaining("lin keeps it")]);
  await say(["keep", "eip-1"], assembly, "", "zhang");
  expect(await memory()).toMatchObject({ keep: { besides: [{ by: "lin" }] } });
});
