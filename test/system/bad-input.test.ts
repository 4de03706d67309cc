import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createWorkload, NEVER, startCluster } from "../../sim/world/life.ts";
import { addAccount } from "../../sim/world/world.ts";
import type { Ledger } from "../../src/core/terms/ledger.ts";
import type { ScanResult } from "../../src/core/terms/result.ts";
import { parseLedger } from "../../src/store/ledger-schema.ts";
import { openStage, type Stage } from "./stage.ts";

/** What is wrong outside of the guard, as a user meets it: the message, the fix, the exit code, and that nothing is lost by it. */

let stage: Stage;

beforeEach(async () => {
  stage = await openStage((world) => {
    const account = addAccount(world, { regions: ["ap-guangzhou"] });
    for (const region of account.regions.values()) {
      const cluster = startCluster(world, region, { id: "cls-game0001" });
      createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 2, annotations: NEVER });
    }
  });
  expect((await stage.run(["run"])).code).toBe(0);
});

afterEach(() => stage.close());

const configFile = () => join(stage.folder, "eip-guard.yaml");
const stateFile = (name: string) => join(stage.folder, "state", name);

async function reconfigure(from: RegExp, to: string): Promise<void> {
  const text = await readFile(configFile(), "utf8");
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  await writeFile(configFile(), changed);
}

async function newest(kind: string): Promise<string> {
  const names = (await readdir(join(stage.folder, "state"))).filter((name) => name.startsWith(kind)).sort();
  return stateFile(names.at(-1) ?? "");
}

interface Case {
  readonly title: string;
  readonly spoil?: () => Promise<unknown> | unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly says: RegExp;
  /** Left out: what the table says. */
  readonly code?: number;
}

describe("a mistake of the user ends a run with 2, the wrong value, the fix, and nothing done", () => {
  const cases: readonly Case[] = [
    {
      title: "an unknown key",
      spoil: () => appendFile(configFile(), "polcy: {}\n"),
      says: /eip-guard\.yaml:\d+:1: polcy: unknown key; did you mean policy\?/,
    },
    {
      title: "a wrong duration",
      spoil: () => appendFile(configFile(), "policy: { grace: 1 hour }\n"),
      says: /:\d+:\d+: policy\.grace: "1 hour" is no duration; write one such as 90s, 15m, 24h or 7d/,
    },
    {
      title: "a delay below its floor",
      spoil: () => appendFile(configFile(), "policy: { grace: 1m }\n"),
      says: /policy\.grace: "1m".*10m/,
    },
    {
      title: "a region that does not exist",
      spoil: () => reconfigure(/regions: \[ap-guangzhou\]/, "regions: [ap_guangzou]"),
      says: /"ap_guangzou" is no region of Tencent Cloud; did you mean ap-guangzhou\?/,
    },
    {
      title: "no credentials",
      env: { TENCENTCLOUD_SECRET_ID: "", TENCENTCLOUD_SECRET_KEY: "" },
      says: /no credentials for tencent cloud[\s\S]*Fix: set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY/,
    },
    {
      title: "a wrong key",
      env: { TENCENTCLOUD_SECRET_KEY: "not-the-key" },
      says: /refuses the credentials: AuthFailure\.SignatureFailure[\s\S]*Fix: check TENCENTCLOUD_SECRET_ID/,
    },
    {
      title: "a key that does not exist",
      env: { TENCENTCLOUD_SECRET_ID: "AKIDnobody" },
      says: /refuses the credentials: AuthFailure\.SecretIdNotFound/,
    },
    {
      title: "mode enforce without the second key",
      spoil: () => appendFile(configFile(), "mode: enforce\n"),
      says: /EIP_GUARD_ALLOW_RELEASE/,
    },
  ];

  it.each(cases)("$title", async ({ spoil, env = {}, says }) => {
    await spoil?.();
    const before = await stage.files();
    const told = stage.simulator.slack.messages.length;
    const { code, out, err } = await stage.run(["run"], env);
    expect(err).toMatch(says);
    expect(out).toBe("");
    expect(code).toBe(2);
    expect(withoutLeases(await stage.files())).toEqual(withoutLeases(before));
    expect(stage.simulator.slack.messages).toHaveLength(told);
  });
});

describe("a store that can't be trusted stops a run, is never taken for empty, and stays as it is", () => {
  const cases: readonly Case[] = [
    {
      title: "a ledger that is no JSON",
      spoil: async () => writeFile(await newest("ledger-"), '{"schema":'),
      says: /ledger-\d+\.json[\s\S]*Fix: /,
    },
    {
      title: "a ledger of a newer version",
      // The user's to fix: by a newer eip-guard.
      code: 2,
      spoil: async () => {
        const file = await newest("ledger-");
        await writeFile(file, (await readFile(file, "utf8")).replace(/ledger\/v[\d.]+/, "ledger/v2"));
      },
      says: /written by a newer version \(eip-guard\/ledger\/v2\)[\s\S]*Fix: /,
    },
    {
      title: "a trail that is no JSON",
      spoil: () => writeFile(stateFile("trail.jsonl"), "once upon a time\n"),
      says: /trail[\s\S]*Fix: /,
    },
    {
      title: "a trail that lost its end",
      spoil: async () => {
        const lines = (await readFile(stateFile("trail.jsonl"), "utf8")).split("\n");
        await writeFile(stateFile("trail.jsonl"), `${lines.slice(0, -3).join("\n")}\n`);
      },
      says: /trail[\s\S]*Fix: /,
    },
  ];

  it.each(cases)("$title", async ({ spoil, says, code: expected = 1 }) => {
    await spoil?.();
    const before = await stage.files();
    const { code, out, err } = await stage.run(["run"]);
    expect(err).toMatch(says);
    expect(out).toBe("");
    expect(code).toBe(expected);
    expect(withoutLeases(await stage.files())).toEqual(withoutLeases(before));
  });
});

/** Who asks whether he may work leaves a note of it, and so does who tells people that a run failed. */
function withoutLeases(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !/^\/state\/(?:lease|once)-/.test(name)));
}

describe("what can't be read is a gap: exit 3, or 1 where no region was read, named with its fix, and nothing known is forgotten", () => {
  const cases: readonly Case[] = [
    {
      title: "no right to list EIPs",
      spoil: () => stage.world.accounts[0]?.denied.add("DescribeAddresses"),
      code: 1,
      says: /region default\/ap-guangzhou: eips: .*UnauthorizedOperation.*allow cvm:DescribeAddresses and vpc:DescribeAddresses/,
    },
    {
      title: "an endpoint where nobody answers",
      spoil: () => reconfigure(/endpoint: .*/, "endpoint: http://127.0.0.1:9"),
      code: 1,
      says: /eips: DescribeAddresses: unreachable: connect ECONNREFUSED/,
    },
    {
      title: "a kubeconfig that is no YAML",
      spoil: async () => writeFile(await kubeconfig(), "users: [{ user: { token: marked-token } }"),
      says: /cluster cls-game0001: kubernetes: .*kubeconfig/,
    },
    {
      title: "an empty kubeconfig",
      spoil: async () => writeFile(await kubeconfig(), ""),
      says: /cluster cls-game0001: kubernetes: .*kubeconfig/,
    },
    {
      title: "a kubeconfig that is not there",
      spoil: () => reconfigure(/\.\/kubeconfig-cls-game0001\.yaml/, "../keys/no-such-file.yaml"),
      says: /cluster cls-game0001: kubernetes: kubeconfig \.\.\/keys\/no-such-file\.yaml can't be read: ENOENT/,
    },
    {
      title: "an API server that is gone",
      spoil: () => stage.simulator.kubernetes.get("cls-game0001")?.close(),
      says: /cluster cls-game0001: kubernetes: the API server can't be reached/,
    },
    {
      title: "no right to list Pods",
      spoil: () =>
        stage.simulator.kubernetes.get("cls-game0001")?.faults.push({ matches: "/api/v1/pods", kind: "status", status: 403 }),
      says: /cluster cls-game0001: pods: 403/,
    },
  ];

  it.each(cases)("$title", async ({ spoil, says, code: expected = 3 }) => {
    const known = await memory();
    await spoil?.();
    const { code, out, err } = await stage.run(["run", "--format", "json"]);
    expect(code).toBe(expected);
    const { complete, gaps, eips } = JSON.parse(out) as ScanResult;
    expect(complete).toBe(false);
    const text = gaps.map(({ scope, what, why }) => `${scope}: ${what}: ${why}`).join("\n");
    expect(text).toMatch(says);
    // A report goes to places where nobody needs the machine's paths or the secrets of a file.
    expect(`${text}${err}`).not.toContain(stage.folder);
    expect(`${text}${err}`).not.toContain("marked-token");
    expect(eips.filter(({ action }) => action !== "none")).toEqual([]);
    const after = await memory();
    expect(Object.keys(known).length).toBeGreaterThan(0);
    for (const [id, { pod, firstSeenAt }] of Object.entries(known)) expect(after[id]).toMatchObject({ pod, firstSeenAt });
  });
});

async function kubeconfig(): Promise<string> {
  const [name = ""] = (await readdir(stage.folder)).filter((file) => file.startsWith("kubeconfig-"));
  return join(stage.folder, name);
}

/** What the ledger knows of each EIP, by its id. */
async function memory(): Promise<Ledger["addresses"]> {
  const name = await newest("ledger-");
  return parseLedger(await readFile(name, "utf8"), name, Number(/(\d+)\.json$/.exec(name)?.[1])).addresses;
}
