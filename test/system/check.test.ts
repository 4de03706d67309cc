import { appendFile, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createWorkload, deleteCluster, NEVER, startCluster } from "../../sim/world/life.ts";
import { addAccount } from "../../sim/world/world.ts";
import { openStage, type Stage } from "./stage.ts";

/** What is wrong around the guard, as `check` tells it: by its cause, once, with a fix that can be pasted as it stands. */

interface Line {
  readonly name: string;
  readonly status: "ok" | "warn" | "fail" | "skip";
  readonly detail: string;
  readonly fix: string;
}

let stage: Stage;
beforeEach(async () => {
  stage = await openStage((world) => {
    const account = addAccount(world, { regions: ["ap-guangzhou", "ap-singapore"] });
    const [region] = account.regions.values();
    if (region === undefined) throw new Error("no region");
    const cluster = startCluster(world, region, { id: "cls-game0001" });
    createWorkload(world, cluster, { kind: "StatefulSet", namespace: "lobby", name: "gate", replicas: 2, annotations: NEVER });
  });
});
afterEach(() => stage.close());

const configFile = () => join(stage.folder, "eip-guard.yaml");

async function reconfigure(from: RegExp, to: string): Promise<void> {
  const text = await readFile(configFile(), "utf8");
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  await writeFile(configFile(), changed);
}

async function lines(
  argv: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly checks: readonly Line[] }> {
  const { code, out, err } = await stage.run(["check", "--format", "json", ...argv], env);
  if (out === "") throw new Error(err);
  return { code, checks: JSON.parse(out).checks };
}

function named(checks: readonly Line[], name: RegExp): readonly Line[] {
  return checks.filter((line) => name.test(line.name));
}

describe("an endpoint where nobody answers", () => {
  beforeEach(() => reconfigure(/endpoint: .*/, "endpoint: http://127.0.0.1:9"));

  it("is told once, as what it is, with a command to paste and not with CAM statements", async () => {
    const { code, checks } = await lines();
    expect(code).toBe(1);
    const refused = checks.filter(({ detail }) => detail.includes("ECONNREFUSED"));
    expect(refused).toHaveLength(1);
    expect(refused[0]?.fix).toContain("tencent.endpoint (http://127.0.0.1:9)");
    expect(refused[0]?.fix.split("\n").at(-1)).toMatch(/^curl .* http:\/\/127\.0\.0\.1:9$/);
    expect(checks.map(({ fix }) => fix).join("\n")).not.toMatch(/allow in CAM|credentials/);
  });

  it("takes little patience: the waits on the guard's clock are few", async () => {
    const before = stage.clock.now();
    await lines();
    expect(stage.clock.now() - before).toBeLessThan(5_000);
  });

  it.each(["scan", "run", "plan --out p.json", "explain eip-1a2b3c4d"])("ends %s with exit 1 and one sentence", async (argv) => {
    const { code, out, err } = await stage.run(argv.split(" "));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/error: not one of 2 regions could be read: DescribeAddresses: unreachable: connect ECONNREFUSED/);
    expect(err).toContain("check tencent.endpoint (http://127.0.0.1:9)");
    expect(err).not.toContain("0 EIPs");
  });

  it("is a failed run, which still has its gaps as JSON", async () => {
    const { code, out } = await stage.run(["scan", "--format", "json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ complete: false, totals: { eips: 0 } });
  });
});

describe("what is no API of Tencent Cloud", () => {
  it("is told as a gateway or proxy", async () => {
    const gateway = createServer((_, response) => response.writeHead(403).end("<html>Forbidden by policy</html>"));
    await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
    try {
      await reconfigure(/endpoint: .*/, `endpoint: http://127.0.0.1:${(gateway.address() as AddressInfo).port}`);
      const { checks } = await lines();
      expect(checks.filter(({ fix }) => /what answers is not the API/.test(fix))).toHaveLength(1);
    } finally {
      gateway.close();
    }
  });
});

it("scan goes on with exit 3 where one region of two could be read", async () => {
  stage.simulator.cloud.faults.push({ action: "DescribeAddresses", kind: "error", code: "UnauthorizedOperation", times: 1 });
  expect((await stage.run(["scan"])).code).toBe(3);
});

describe("rights", () => {
  it("that are missing in the cloud are told once, with a statement of CAM to paste", async () => {
    for (const action of ["DescribeAddressQuota", "DescribeClusters"]) stage.world.accounts[0]?.denied.add(action);
    const { checks } = await lines();
    for (const action of ["DescribeAddressQuota", "tke:DescribeClusters"]) {
      const told = checks.filter(({ fix, name }) => fix.includes(action) && !name.startsWith("CAM"));
      expect(told).toHaveLength(1);
    }
    const [rights] = named(checks, /^CAM rights/).filter(({ status }) => status === "fail");
    const statement = JSON.parse(rights?.fix.split("\n")[1] ?? "");
    expect(statement).toEqual({
      effect: "allow",
      action: ["cvm:DescribeAddressQuota", "vpc:DescribeAddressQuota", "tke:DescribeClusters"],
      resource: ["*"],
    });
  });

  it("count as there only where a call showed it; those of writing calls are not checked", async () => {
    await appendFile(configFile(), "mode: enforce\nrelease: { mark: { tag: flagged } }\n");
    const { checks } = await lines();
    const rights = named(checks, /^CAM rights/);
    const [ok] = rights.filter(({ status }) => status === "ok");
    expect(ok?.detail).toContain("cvm:DescribeAddresses");
    expect(ok?.detail).not.toMatch(/ReleaseAddresses|TagResources/);
    const [skipped] = rights.filter(({ status }) => status === "skip");
    expect(skipped?.detail).toMatch(/^not checked.*tag:TagResources.*cvm:ReleaseAddresses/);
    expect(stage.world.writes).toEqual([]);
  });

  it("of evidence that is switched on are tried", async () => {
    await appendFile(configFile(), "evidence: { cloudaudit: true, billing: true }\n");
    stage.world.accounts[0]?.denied.add("DescribeEvents");
    const { checks } = await lines();
    expect(named(checks, /^evidence\.cloudaudit/)).toMatchObject([
      { status: "warn", fix: expect.stringContaining('"cloudaudit:DescribeEvents"') },
    ]);
    expect(named(checks, /^evidence\.billing/)).toMatchObject([{ status: "ok" }]);
  });

  it("that are missing in a cluster come as rules to paste", async () => {
    const server = stage.simulator.kubernetes.get("cls-game0001");
    const rules = [{ groups: ["*"], resources: ["pods"], verbs: ["list"] }];
    await writeFile(join(stage.folder, "kubeconfig-cls-game0001.yaml"), server?.kubeconfig(rules) ?? "");
    const { checks } = await lines();
    const [line] = named(checks, /^cluster cls-game0001$/);
    expect(line?.status).toBe("fail");
    const [, ...pasted] = (line?.fix ?? "").split("\n");
    const parsed: readonly { readonly resources: readonly string[] }[] = parse(pasted.join("\n"));
    expect(parsed.flatMap(({ resources }) => resources)).toContain("statefulsets");
  });
});

describe("a kubeconfig", () => {
  const PATH = "./kubeconfig-cls-game0001.yaml";
  it.each<{ title: string; spoil: () => Promise<unknown>; detail: RegExp; fix: RegExp }>([
    {
      title: "that is named nowhere gets the line to paste",
      spoil: () => reconfigure(/ {2}kubeconfigs:\n.*\n/, "  kubeconfigs: []\n"),
      detail: /no kubeconfig is configured for cluster cls-game0001/,
      fix: /add its kubeconfig to clusters\.kubeconfigs.*\n {4}- \{ id: cls-game0001, path: \.\/kubeconfig-cls-game0001\.yaml, region: ap-guangzhou \}$/,
    },
    {
      title: "that is not there gets its path and its line",
      spoil: () => reconfigure(/\.\/kubeconfig-cls-game0001\.yaml/, "../keys/none.yaml"),
      detail: /kubeconfig \.\.\/keys\/none\.yaml can't be read: ENOENT/,
      fix: /\nls -l \.\.\/keys\/none\.yaml\n {4}- \{ id: cls-game0001, path: \.\.\/keys\/none\.yaml, region: ap-guangzhou \}$/,
    },
    {
      title: "that is no YAML gets the command that shows it",
      spoil: () => writeFile(join(stage.folder, PATH), "users:\n- [{ user: {"),
      detail: /is no kubeconfig/,
      fix: /write the kubeconfig anew.*\nkubectl --kubeconfig \.\/kubeconfig-cls-game0001\.yaml config view$/,
    },
    {
      title: "whose token is not taken gets a new token",
      spoil: async () => {
        const text = await readFile(join(stage.folder, PATH), "utf8");
        await writeFile(join(stage.folder, PATH), text.replace(/"token": ".*"/, '"token": "old"'));
      },
      detail: /401/,
      fix: /token or certificate is not taken any more.*\nkubectl --kubeconfig .* auth whoami\nkubectl .*create token/,
    },
    {
      title: "whose server does not answer gets the command that tries it",
      spoil: async () => stage.simulator.kubernetes.get("cls-game0001")?.close(),
      detail: /ECONNREFUSED/,
      fix: /check from this machine that the API server answers.*\nkubectl --kubeconfig .* version$/,
    },
    {
      title: "without the context that is named gets the command that lists them",
      spoil: () => reconfigure(/(path: \.\/kubeconfig-cls-game0001\.yaml)/, "$1, context: prod"),
      detail: /has no context 'prod'/,
      fix: /config get-contexts -o name\n {4}- \{ id: cls-game0001, .*context: CONTEXT/,
    },
  ])("$title", async ({ spoil, detail, fix }) => {
    await spoil();
    const { code, checks } = await lines();
    const [line] = named(checks, /^cluster cls-game0001$/);
    expect(code).toBe(1);
    expect(line).toMatchObject({ status: "fail", detail: expect.stringMatching(detail), fix: expect.stringMatching(fix) });
    // Of the machine no more than what the user wrote.
    expect(JSON.stringify(line)).not.toContain(stage.folder);
  });
});

it("a cluster that is in no listing is told as that, and not as an API server that does not answer", async () => {
  const [region] = stage.world.accounts[0]?.regions.values() ?? [];
  const [cluster] = region?.clusters.values() ?? [];
  if (cluster === undefined) throw new Error("no cluster");
  deleteCluster(stage.world, cluster);
  await stage.simulator.kubernetes.get(cluster.id)?.close();
  const { code, checks } = await lines();
  expect(named(checks, /^cluster cls-game0001/)).toEqual([
    {
      name: "cluster cls-game0001",
      status: "warn",
      detail: expect.stringContaining("in no listing of default/ap-guangzhou"),
      fix: expect.stringContaining("deleted: [cls-game0001]"),
    },
  ]);
  expect(code).toBe(0);
});

it("a threshold that is never is a warning", async () => {
  const { code, checks } = await lines();
  expect(code).toBe(0);
  expect(named(checks, /recycle threshold$/)).toMatchObject([{ status: "warn", detail: expect.stringContaining("never") }]);
});

it("what the configuration is warned of is a line of its own", async () => {
  await appendFile(configFile(), "policy: { rules: [] }\n");
  const { checks } = await lines();
  expect(named(checks, /^configuration$/)).toMatchObject([
    { status: "warn", detail: expect.stringContaining("policy.rules is empty") },
  ]);
});

describe("a schedule that is named", () => {
  it.each([
    ["*/10 * * * *", "ok", 0],
    ["0 */6 * * *", "fail", 1],
  ] as const)("%s is %s", async (cron, status, expected) => {
    const { code, checks } = await lines(["--cron", cron]);
    expect(code).toBe(expected);
    expect(named(checks, /^schedule$/)).toMatchObject([{ status }]);
  });
});

describe("Slack", () => {
  const slackLines = async (...argv: readonly string[]) => named((await lines([...argv])).checks, /^Slack|^test message/);

  it("is looked at without a message; what the token can't see is not checked", async () => {
    const found = await slackLines();
    expect(found).toMatchObject([
      { name: "Slack: token", status: "ok" },
      { name: "Slack: scopes", status: "ok", detail: expect.stringContaining("chat:write") },
      {
        name: "Slack: channel",
        status: "skip",
        detail: expect.stringMatching(/#eip-guard: not checked.*channels:read.*check --notify/),
      },
    ]);
    expect(stage.simulator.slack.messages).toEqual([]);
  });

  it.each<{ title: string; scopes?: readonly string[]; channel?: object | null; status: string; says: RegExp }>([
    {
      title: "a token without chat:write",
      scopes: ["users:read"],
      status: "scopes fail",
      says: /lacks chat:write \(it has users:read\)/,
    },
    {
      title: "a channel that is not there",
      scopes: ["chat:write", "channels:read", "groups:read"],
      channel: null,
      status: "channel fail",
      says: /there is no channel #eip-guard/,
    },
    {
      title: "no public channel of that name",
      scopes: ["chat:write", "channels:read"],
      channel: null,
      status: "channel warn",
      says: /no public channel #eip-guard; whether there is a private one is not checked/,
    },
    {
      title: "a bot that is not in it",
      scopes: ["chat:write", "channels:read"],
      channel: { is_member: false },
      status: "channel fail",
      says: /the bot is not in #eip-guard/,
    },
    {
      title: "an archived channel",
      scopes: ["chat:write", "channels:read"],
      channel: { is_member: true, is_archived: true },
      status: "channel fail",
      says: /is archived/,
    },
    {
      title: "a bot that is in it",
      scopes: ["chat:write", "channels:read"],
      channel: { is_member: true },
      status: "channel ok",
      says: /the bot is in it/,
    },
  ])("tells of $title", async ({ scopes, channel, status, says }) => {
    if (scopes !== undefined) stage.simulator.slack.scopes = scopes;
    if (channel !== undefined)
      stage.simulator.slack.channels = channel === null ? [] : [{ id: "C0000001", name: "eip-guard", ...channel }];
    const [what = "", expected = ""] = status.split(" ");
    const [line] = (await slackLines()).filter(({ name }) => name === `Slack: ${what}`);
    expect(line).toMatchObject({ status: expected, detail: expect.stringMatching(says) });
    expect(stage.simulator.slack.messages).toEqual([]);
  });

  it("gets one test message with --notify, and check says that it arrived", async () => {
    expect(await slackLines("--notify")).toContainEqual({
      name: "test message to #eip-guard",
      status: "ok",
      detail: "it arrived",
      fix: "",
    });
    expect(stage.simulator.slack.messages).toMatchObject([
      { channel: "#eip-guard", text: expect.stringMatching(/test message/) },
    ]);
  });

  it("that does not take it fails the check with --notify", async () => {
    stage.simulator.slack.channels = [];
    const { code, checks } = await lines(["--notify"]);
    expect(code).toBe(1);
    expect(named(checks, /^test message/)).toMatchObject([
      { status: "fail", detail: expect.stringContaining("channel_not_found") },
    ]);
  });

  it("whose token is wrong is told with what to do", async () => {
    const { out } = await stage.run(["check", "--format", "json"], { SLACK_BOT_TOKEN: "xoxb-wrong-one" });
    const [line] = named(JSON.parse(out).checks, /^Slack: token/);
    expect(line).toMatchObject({
      status: "fail",
      detail: expect.stringContaining("invalid_auth"),
      fix: expect.stringContaining("SLACK_BOT_TOKEN"),
    });
    expect(out).not.toContain("xoxb-wrong-one");
  });
});

describe("what a run in mode enforce is refused for", () => {
  const NO_SLACK = /^ {2}slack: .*$/m;
  const ENFORCE: readonly [RegExp, string] = [/$/, "mode: enforce\n"];

  it("is a line of check, where the second key is missing", async () => {
    await reconfigure(...ENFORCE);
    const without = await lines();
    expect(named(without.checks, /^mode enforce$/)).toMatchObject([
      { status: "warn", fix: expect.stringContaining("where the guard runs") },
    ]);
    const withIt = await lines([], { EIP_GUARD_ALLOW_RELEASE: "yes" });
    expect(named(withIt.checks, /^mode enforce$/)).toMatchObject([{ status: "ok" }]);
    expect([without.code, withIt.code]).toEqual([0, 0]);
  });

  it.each<{ mode: string; status: string; code: number }>([
    { mode: "audit", status: "skip", code: 0 },
    { mode: "enforce", status: "fail", code: 1 },
  ])("no alert channel: $status in mode $mode", async ({ mode, status, code }) => {
    await reconfigure(/$/, `mode: ${mode}\n`);
    await reconfigure(/alerts:\n {2}slack: .*$/m, "");
    const found = await lines();
    expect(named(found.checks, /^alerts$/)).toMatchObject([{ status }]);
    expect(found.code).toBe(code);
  });

  it.each<{ url: string; status: string; says: string }>([
    { url: "", status: "fail", says: "EIP_GUARD_WEBHOOK_URL is not set" },
    { url: "http://203.0.113.9/hook", status: "fail", says: "no https address" },
    { url: "https://hooks.example.com/x", status: "ok", says: "its address is set" },
  ])("a webhook as the only channel, with the address '$url': $status", async ({ url, status, says }) => {
    await reconfigure(NO_SLACK, "  webhook: { format: json }");
    const { code, checks } = await lines([], { EIP_GUARD_WEBHOOK_URL: url });
    expect(named(checks, /Slack/)).toEqual([]);
    expect(named(checks, /^webhook/)).toMatchObject([{ status, detail: expect.stringContaining(says) }]);
    expect(code).toBe(status === "fail" ? 1 : 0);
  });

  it("a webhook without an address beside Slack is a warning", async () => {
    await reconfigure(NO_SLACK, "$&\n  webhook: { format: json }");
    expect(named((await lines()).checks, /^webhook/)).toMatchObject([{ status: "warn" }]);
  });
});

describe("accounts", () => {
  const ROLE = "qcs::cam::uin/100000000001:roleName/none";

  it("of which a role is refused is told with its trust policy, once", async () => {
    const uin = stage.world.accounts[0]?.uin ?? "";
    await reconfigure(
      / {2}regions: (.*)\n/,
      `  accounts:\n    - { name: own, regions: $1 }\n    - { name: games, roleArn: "${ROLE}", regions: [ap-guangzhou] }\n`,
    );
    await reconfigure(/region: ap-guangzhou \}/, "region: ap-guangzhou, account: own }");
    const { checks } = await lines();
    const refused = checks.filter(({ detail }) => detail.includes("role of account games"));
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ name: "account games", status: "fail" });
    const [, trust = "", , allow = ""] = refused[0]?.fix.split("\n") ?? [];
    expect(JSON.parse(trust).statement[0].principal.qcs).toEqual([`qcs::cam::uin/${uin}:root`]);
    expect(JSON.parse(allow)).toMatchObject({ action: ["sts:AssumeRole"], resource: [ROLE] });
    expect(named(checks, /^region own\/ap-guangzhou$/)).toMatchObject([{ status: "ok" }]);
  });
});
