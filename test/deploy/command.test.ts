import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addPolicy, addRole } from "../../sim/world/functions.ts";
import { type DeployStage, openDeployStage } from "./stage.ts";

let stage: DeployStage;
beforeEach(async () => {
  stage = await openDeployStage();
  await stage.configure();
});
afterEach(() => stage.close());

const WRITES = /^(Create|Update|Attach|Delete|Tag|Invoke)/;
const kinds = (steps: readonly { readonly what: string }[]) => steps.map(({ what }) => what);

describe("eip-guard deploy", () => {
  it("shows what it would make, by reading calls only", async () => {
    const { steps, ran } = await stage.json(["deploy", "--dry-run"]);
    expect(ran.code).toBe(0);
    expect(kinds(steps)).toEqual(["create-role", "attach-policy", "create-function", "set-retries", "create-trigger"]);
    expect(steps.every(({ done }) => !done)).toBe(true);
    expect(ran.calls.filter((action) => WRITES.test(action))).toEqual([]);
    expect(stage.simulator.world.writes).toEqual([]);
    const table = await stage.run(["deploy", "--dry-run"]);
    expect(table.out).toMatch(/^create role eip-guard: .*\nattach policy .*\ncreate function eip-guard: .*\nretries: 2 → 0/);
    expect(
      table.out.match(/^next: \d{4}-\d\d-\d\d \d\d:\d\d in Asia\/Shanghai, \d{4}-\d\d-\d\d \d\d:\d\d in UTC\+8$/gm),
    ).toHaveLength(5);
  });

  it.each([
    ["a dry run", ["deploy", "--dry-run"], 0, 0],
    ["a dry run of the way out", ["undeploy", "--dry-run"], 0, 0],
    ["a plan that nobody confirmed", ["deploy"], 2, 0],
    ["writing the package alone", ["deploy", "--zip", "eip-guard.zip"], 0, 0],
    ["what is done", ["deploy", "--yes"], 0, 1],
  ] as const)("opens nothing that writes before the plan is confirmed: %s", async (_, argv, code, writers) => {
    const ran = await stage.run(argv);
    expect({ code: ran.code, writers: stage.writers }).toEqual({ code, writers });
  });

  it("makes role, policy, function, timer and retries in this order, runs it once, and finds nothing to do afterwards", async () => {
    const { steps, ran } = await stage.json(["deploy", "--yes"]);
    expect(ran.err).not.toContain("error");
    expect(ran.code).toBe(0);
    expect(ran.calls.filter((action) => WRITES.test(action))).toEqual([
      "CreateRole",
      "CreatePolicy",
      "AttachRolePolicy",
      "CreateFunction",
      "UpdateFunctionEventInvokeConfig",
      "CreateTrigger",
      "Invoke",
    ]);
    expect(steps.at(-1)).toEqual({
      what: "invoke",
      name: "eip-guard",
      detail: "3 EIPs: 1 in-use, 2 leaked; complete",
      done: true,
    });
    expect(steps.every(({ done }) => done)).toBe(true);
    expect(stage.fn()).toMatchObject({
      retries: 0,
      timeToLive: 900,
      memory: 256,
      timeout: 300,
      role: "eip-guard",
      status: "Active",
    });
    expect(stage.fn().triggers).toMatchObject([{ type: "timer", open: true, desc: '{"cron":"0 */10 * * * * *"}' }]);
    const again = await stage.json(["deploy", "--yes"]);
    expect(again.ran.code).toBe(0);
    expect(again.steps).toEqual([{ what: "none", name: "", detail: "nothing differs", done: false }]);
    expect(again.ran.calls.filter((action) => WRITES.test(action))).toEqual([]);
  });

  it("changes only what differs: the code after another policy, the configuration after another memory, the timer after another schedule", async () => {
    await stage.run(["deploy", "--yes"]);
    await stage.configure("deploy: {}\npolicy: { grace: 2h }");
    const code = await stage.json(["deploy", "--yes"]);
    expect(kinds(code.steps)).toEqual(["update-code", "invoke"]);
    expect(code.steps[0]?.detail).toMatch(/^sha256 [0-9a-f]{64} → [0-9a-f]{64}$/);
    stage.fn().memory = 512;
    stage.fn().environment = { OLD: "value-that-nobody-may-see" };
    const [trigger] = stage.fn().triggers;
    if (trigger !== undefined) trigger.open = false;
    stage.fn().retries = 2;
    const other = await stage.run(["deploy", "--yes"]);
    expect(other.code).toBe(0);
    expect(other.out).toContain("update configuration of eip-guard: memory 512 → 256, variable OLD taken away");
    expect(other.out).toContain("retries: 2 → 0");
    expect(other.out).toContain("enable timer eip-guard");
    expect(`${other.out}${other.err}`).not.toContain("nobody-may-see");
    expect(stage.fn()).toMatchObject({ memory: 256, environment: {}, retries: 0 });
  });

  it("tells of a schedule with which nothing would ever be done", async () => {
    await stage.configure('deploy: { schedule: "0 */6 * * *" }');
    const { code, err } = await stage.run(["deploy", "--dry-run"]);
    expect(code).toBe(0);
    expect(err).toMatch(/note: the schedule "0 \*\/6 \* \* \*" leaves up to 6h between two runs.*run more often/);
  });

  it("asks on a terminal, and takes no answer but yes; without a terminal it needs --yes", async () => {
    const without = await stage.run(["deploy"]);
    expect(without.code).toBe(2);
    expect(without.err).toMatch(
      /nothing was changed; this would be done:\ncreate role eip-guard[\s\S]*Fix: read it, then run eip-guard deploy --yes/,
    );
    expect((await stage.run(["deploy"], { answer: "no" })).code).toBe(2);
    expect(stage.simulator.world.writes).toEqual([]);
    expect((await stage.run(["deploy"], { answer: "y" })).code).toBe(0);
  });

  it("takes function and timer away, and leaves role and state", async () => {
    await stage.run(["deploy", "--yes"]);
    expect((await stage.run(["undeploy"])).code).toBe(2);
    const { steps, ran } = await stage.json(["undeploy", "--yes"]);
    expect(ran.code).toBe(0);
    expect(kinds(steps)).toEqual(["delete-trigger", "delete-function"]);
    expect(stage.region.functions.size).toBe(0);
    expect(stage.account.camRoles.has("eip-guard")).toBe(true);
    expect((await stage.json(["undeploy", "--yes"])).steps).toMatchObject([{ what: "none" }]);
  });

  it("sets the retries alone of a function that another tool made", async () => {
    await stage.run(["deploy", "--yes"]);
    Object.assign(stage.fn(), { tags: {}, retries: 2, memory: 512 });
    const { steps, ran } = await stage.json(["deploy", "--only", "retries", "--yes"]);
    expect(ran.code).toBe(0);
    expect(kinds(steps)).toEqual(["set-retries"]);
    expect(stage.fn()).toMatchObject({ retries: 0, memory: 512 });
  });

  it("makes the buttons' function under a role of its own, and prints its address", async () => {
    await stage.configure("deploy: { buttons: true }");
    const { steps, ran } = await stage.json(["deploy", "--yes"]);
    expect(ran.code).toBe(0);
    expect(kinds(steps)).toContain("create-url");
    expect(ran.err).toMatch(/Request URL: https:\/\/\S+\.tencentscf\.com/);
    const [id = 0] = stage.account.camRoles.get("eip-guard-buttons")?.attached ?? [];
    const actions = JSON.parse(stage.account.policies.get(id)?.document ?? "").statement.flatMap(
      ({ action }: { action: string[] }) => action,
    );
    expect(actions.every((action: string) => action.startsWith("name/cos:"))).toBe(true);
    expect((await stage.json(["deploy", "--yes"])).steps).toMatchObject([{ what: "none" }]);
  });

  it("takes over a function that it did not make only with --adopt", async () => {
    await stage.run(["deploy", "--yes"]);
    stage.fn().tags = {};
    const refused = await stage.run(["deploy", "--yes"]);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/a function eip-guard exists, and eip-guard deploy did not make it.*nothing was changed/);
    expect((await stage.run(["undeploy", "--yes"])).code).toBe(2);
    expect((await stage.run(["deploy", "--yes", "--adopt"])).code).toBe(0);
    expect(stage.fn().tags).toEqual({ "eip-guard:function": "guard" });
  });
});

describe("the role", () => {
  it("that lacks a right gets a policy, which the plan names; what it may do besides is told and left", async () => {
    const { world } = stage.simulator;
    const wide = '{"version":"2.0","statement":[{"effect":"allow","action":["cvm:*","vpc:DescribeAddresses"],"resource":["*"]}]}';
    addRole(world, stage.account, "eip-guard", ["scf.qcloud.com"], [addPolicy(world, stage.account, "theirs", wide)]);
    const { out, err } = await stage.run(["deploy", "--dry-run"]);
    expect(out).toMatch(/attach policy eip-guard-rights to role eip-guard: the role lacks .*tke:DescribeClusters/);
    expect(err).toContain("may do more than it needs: cvm:* (policy theirs); that is left as it is");
  });

  it("is narrowed and widened by the mode, and the plan says by what", async () => {
    await stage.run(["deploy", "--yes"]);
    await stage.configure('mode: enforce\ndeploy: { environment: { EIP_GUARD_ALLOW_RELEASE: "yes" } }');
    const { out } = await stage.run(["deploy", "--dry-run"]);
    expect(out).toMatch(/change policy eip-guard-rights of role eip-guard: wider by .*cvm:ReleaseAddresses/);
  });

  it("reads exactly the secrets that the configuration names, and that of the buttons the signing secret alone", async () => {
    await stage.configure(
      "deploy: { buttons: true }\nsecrets: { region: ap-guangzhou, SLACK_BOT_TOKEN: bot, SLACK_SIGNING_SECRET: sign@v1 }",
    );
    const text = await readFile(join(stage.folder, "eip-guard.yaml"), "utf8");
    const kubeconfigs = "  kubeconfigs: [{ id: cls-game0001, secret: kube, region: ap-guangzhou }]";
    await writeFile(join(stage.folder, "eip-guard.yaml"), text.replace("  kubeconfigs: []", kubeconfigs));
    expect((await stage.run(["deploy", "--yes"])).err).not.toContain("error:");
    const secrets = (role: string) => {
      const document = [...stage.account.policies.values()].find(({ name }) => name === `${role}-rights`)?.document ?? "{}";
      const { statement } = JSON.parse(document) as {
        statement: readonly { action: readonly string[]; resource: readonly string[] }[];
      };
      return statement.filter(({ action }) => action.some((name) => name.startsWith("ssm:")));
    };
    const action = ["ssm:ListSecretVersionIds", "ssm:GetSecretValue"];
    const of = (name: string) => `qcs::ssm:ap-guangzhou:uin/*:secret/creatorUin/*/${name}`;
    expect(secrets("eip-guard")).toEqual([{ effect: "allow", action, resource: ["bot", "sign", "kube"].map(of) }]);
    expect(secrets("eip-guard-buttons")).toEqual([{ effect: "allow", action, resource: [of("sign")] }]);
    expect(Object.keys(unzipSync(stage.fn().code)).sort()).toEqual(["eip-guard.yaml", "index.js"]);
  });

  it("of somebody else's trust is refused before anything is done", async () => {
    addRole(stage.simulator.world, stage.account, "eip-guard", ["cvm.qcloud.com"]);
    const { code, err } = await stage.run(["deploy", "--yes"]);
    expect(code).toBe(2);
    expect(err).toMatch(/the role eip-guard may be assumed by cvm\.qcloud\.com, not by scf\.qcloud\.com; nothing was changed/);
    expect(stage.simulator.world.writes).toEqual([]);
  });
});

describe("bad input is refused before any call", () => {
  it.each([
    ["a folder as state", "deploy: {}", "state: { dir: ./state }", /state\.dir is no folder under \/mnt\//],
    ["no state at all", "deploy: {}", "", /state\.dir is no folder under \/mnt\//],
    [
      "more than 4 KB of variables",
      `deploy: { environment: { A: "${"x".repeat(4_097)}" } }`,
      undefined,
      /4098 bytes of variables, and SCF takes 4096/,
    ],
    ["a token by its name", "deploy: { environment: { SLACK_BOT_TOKEN: a } }", undefined, /SLACK_BOT_TOKEN is a secret/],
    ["a token by its form", "deploy: { environment: { A: xoxb-1-2 } }", undefined, /A is a secret/],
    ["the cloud's key", "deploy: { environment: { TENCENTCLOUD_SECRETKEY: a } }", undefined, /is a secret/],
    [
      "releases allowed in audit",
      'deploy: { environment: { EIP_GUARD_ALLOW_RELEASE: "yes" } }',
      undefined,
      /the mode is not enforce/,
    ],
    [
      "a schedule that can't be said",
      'deploy: { schedule: "0 9 * * *", timezone: Europe/Berlin }',
      undefined,
      /can't say "0 9 \* \* \*" in Europe\/Berlin exactly/,
    ],
    ["a memory that SCF has not", "deploy: { memory: 200 }", undefined, /200 is no memory that SCF has/],
  ])("%s", async (_, more, state, why) => {
    await stage.configure(more, state);
    const { code, err, calls } = await stage.run(["deploy", "--yes"]);
    expect(err).toMatch(why);
    expect(code).toBe(2);
    expect(calls).toEqual([]);
  });

  it("no configuration", async () => {
    const { code, err, calls } = await stage.run(["deploy", "--yes", "--config", "none.yaml"]);
    expect([code, calls]).toEqual([2, []]);
    expect(err).toContain("can't read the configuration");
  });

  it("a kubeconfig that is missing", async () => {
    await stage.configure(
      "deploy: {}\nclusters: { kubeconfigs: [{ id: cls-12345678, path: ./gone.yaml }] }".replace("clusters:", "#"),
    );
    await writeFile(
      join(stage.folder, "eip-guard.yaml"),
      "tencent: { regions: [ap-guangzhou] }\nclusters: { kubeconfigs: [{ id: cls-12345678, path: ./gone.yaml }] }\nstate: { dir: /mnt/guard }\n",
    );
    const { code, err, calls } = await stage.run(["deploy", "--yes"]);
    expect([code, calls]).toEqual([2, []]);
    expect(err).toContain("can't read the kubeconfig of cls-12345678");
  });
});

describe("what goes wrong on the way says what is done and what is not", () => {
  const SEQUENCE = [
    "GetCallerIdentity",
    "GetFunction",
    "GetRole",
    "CreateRole",
    "CreatePolicy",
    "AttachRolePolicy",
    "CreateFunction",
    "UpdateFunctionEventInvokeConfig",
    "CreateTrigger",
    "Invoke",
  ];

  it.each(SEQUENCE)("no right for %s; with it, the same command goes on from there", async (action) => {
    stage.account.denied.add(action);
    const { code, err } = await stage.run(["deploy", "--yes"]);
    expect(code).toBe(1);
    expect(err).toContain(action);
    expect(err).toMatch(/nothing was changed|done: .*; not done: /);
    if (action !== "GetCallerIdentity") expect(err).toMatch(/\(allow (scf|cam):/);
    stage.account.denied.clear();
    expect((await stage.run(["deploy", "--yes"])).code).toBe(0);
    expect(stage.fn()).toMatchObject({ status: "Active", retries: 0 });
  });

  it.each(["CreateRole", "CreatePolicy", "AttachRolePolicy", "CreateFunction", "CreateTrigger"])(
    "an answer to %s that is lost",
    async (action) => {
      stage.simulator.cloud.faults.push({ action, kind: "lose", times: 1 });
      const first = await stage.run(["deploy", "--yes"]);
      expect(first.code).toBe(1);
      expect(first.err).toContain("run the same command again");
      expect((await stage.run(["deploy", "--yes"])).code).toBe(0);
    },
  );

  it("a region without SCF", async () => {
    stage.region.servesFunctions = false;
    const { code, err } = await stage.run(["deploy", "--yes"]);
    expect(code).toBe(2);
    expect(err).toMatch(/UnsupportedRegion.*nothing was changed[\s\S]*choose another region as deploy\.region/);
  });

  it("a quota of triggers", async () => {
    stage.region.triggerQuota = 0;
    const { code, err } = await stage.run(["deploy", "--yes"]);
    expect(code).toBe(1);
    expect(err).toMatch(/LimitExceeded\.Trigger.*done: create role eip-guard.*not done: create trigger eip-guard/);
  });

  it("a function that stays Updating for more than five minutes", async () => {
    await stage.run(["deploy", "--yes"]);
    await stage.configure("deploy: {}\npolicy: { grace: 2h }");
    stage.simulator.world.functionsTake = null;
    const began = stage.simulator.world.clock.now();
    const { code, err } = await stage.run(["deploy", "--yes"]);
    expect(code).toBe(1);
    expect(err).toMatch(/still Updating after 5 minutes; done: nothing; not done: update code eip-guard \(begun\)/);
    expect(stage.simulator.world.clock.now() - began).toBeLessThan(310_000);
    stage.simulator.world.functionsTake = 1_000;
    stage.fn().status = "Active";
    expect((await stage.run(["deploy", "--yes"])).code).toBe(0);
  });

  it("a function that fails to be made", async () => {
    stage.simulator.world.functionsFail = "the code can't be unpacked";
    const { code, err } = await stage.run(["deploy", "--yes"]);
    expect(code).toBe(1);
    expect(err).toContain("is CreateFailed: the code can't be unpacked");
  });

  it("a function that does not answer", async () => {
    await writeFile(
      join(stage.folder, "functions/guard/index.js"),
      "exports.main_handler = async () => { throw new Error('no credentials'); };",
    );
    const { code, err } = await stage.run(["deploy", "--yes"]);
    expect(code).toBe(1);
    expect(err).toContain("is deployed, but its dry run failed: no credentials");
  });

  it("another deployment that changes the function meanwhile", async () => {
    await stage.run(["deploy", "--yes"]);
    await stage.configure("deploy: {}\npolicy: { grace: 2h }");
    const meanwhile = () => {
      stage.fn().description = `Another. Code sha256 ${"a".repeat(64)}`;
    };
    stage.simulator.cloud.faults.push({ action: "UpdateFunctionCode", kind: "pass", times: 1, meanwhile });
    const { code, err } = await stage.run(["deploy", "--yes"]);
    expect(code).toBe(1);
    expect(err).toMatch(/changed by somebody else at the same time; done: nothing; not done: update code/);
  });
});
