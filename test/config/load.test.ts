import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TEMPLATE } from "../../src/config/init.ts";
import { loadConfig, parseConfig } from "../../src/config/load.ts";
import { GuardError } from "../../src/errors.ts";

const MINIMAL = "tencent: { regions: [ap-guangzhou] }\n";

function parse(text: string, env: Record<string, string> = {}) {
  return parseConfig(text, { path: "/etc/guard/eip-guard.yaml", env });
}

function problemsIn(text: string, env: Record<string, string> = {}): readonly string[] {
  try {
    parse(text, env);
  } catch (error) {
    if (!(error instanceof GuardError)) throw error;
    expect([error.code, error.fault]).toEqual(["InvalidConfiguration", "user"]);
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

describe("what is left out takes the contract's values", () => {
  it("in a file that names nothing but regions", () => {
    const hour = 3_600_000;
    expect(parse(MINIMAL).config).toEqual({
      policy: {
        mode: "audit",
        grace: hour,
        minSightings: 2,
        maxGap: 2 * hour,
        newborn: 600_000,
        keepTags: ["eip-guard:keep"],
        rules: [
          { name: "leaked pod addresses", match: { verdict: ["leaked"] }, flagAfter: 0, releaseAfter: 7 * 24 * hour },
          { name: "addresses nobody manages", match: { verdict: ["unmanaged"] }, flagAfter: 7 * 24 * hour, releaseAfter: null },
          { name: "retained for long", match: { verdict: ["retained"] }, flagAfter: 30 * 24 * hour, releaseAfter: null },
        ],
        release: { notice: 24 * hour, maxPerRun: 10, maxPercent: 10, approval: "none", window: null, mark: null },
        prices: {},
        owner: { labels: ["team", "app.kubernetes.io/part-of"], annotations: [], tags: ["Owner"] },
      },
      tencent: { accounts: [{ name: "default", roleArn: null, regions: ["ap-guangzhou"] }], endpoint: null, internal: false },
      clusters: { discover: true, credentials: "files", kubeconfigs: [], ignore: [], deleted: [] },
      evidence: { cloudaudit: false, billing: false },
      alerts: {
        language: "en",
        timezone: "Asia/Shanghai",
        slack: null,
        webhook: null,
        routes: [],
        reminder: 4 * hour,
        weekly: { day: "mon", minutes: 540 },
      },
      state: { kind: "dir", dir: "/etc/guard/.eip-guard" },
      secrets: { region: null, named: [] },
      deploy: {
        written: false,
        name: "eip-guard",
        region: "ap-guangzhou",
        namespace: "default",
        schedule: "*/10 * * * *",
        timezone: "Asia/Shanghai",
        memory: 256,
        timeout: 300,
        runtime: "Nodejs20.19",
        role: "eip-guard",
        vpc: null,
        environment: {},
        tags: {},
        buttons: false,
      },
    });
  });

  it("in the template that init writes, which loads without a note", () => {
    const template = parse(TEMPLATE);
    expect(template.notes).toEqual([]);
    expect(template.config).toEqual(parse(MINIMAL).config);
  });

  it("in a rule: never releases, and flags when the release would be due", () => {
    const [release, nothing] = parse(
      `${MINIMAL}policy: { rules: [{ name: a, match: { verdict: leaked }, releaseAfter: 2d }, { name: b, match: {} }] }`,
    ).config.policy.rules;
    expect(release).toMatchObject({ flagAfter: 172_800_000, releaseAfter: 172_800_000 });
    expect(nothing).toMatchObject({ flagAfter: null, releaseAfter: null });
  });

  it("in a window and a mark", () => {
    const { release } = parse(`${MINIMAL}release: { window: {}, mark: { tag: flagged } }`).config.policy;
    expect(release.window).toEqual({ days: ["mon", "tue", "wed", "thu", "fri"], from: 540, to: 1020, timezone: "Asia/Shanghai" });
    expect(release.mark).toEqual({ tag: "flagged", resource: "qcs::vpc:{region}:uin/{uin}:eip/{id}" });
  });
});

describe("what the file says is what the program gets", () => {
  it("a kubeconfig takes the only account and region, and its path from the file's folder", () => {
    const { kubeconfigs } = parse(`${MINIMAL}clusters: { kubeconfigs: [{ id: cls-12345678, path: ./k.yaml }] }`).config.clusters;
    expect(kubeconfigs).toEqual([
      {
        id: "cls-12345678",
        path: "/etc/guard/k.yaml",
        written: "./k.yaml",
        secret: null,
        context: null,
        account: "default",
        region: "ap-guangzhou",
      },
    ]);
  });

  it.each([
    ["~/k.yaml", "/home/lin/k.yaml"],
    ["~", "/home/lin"],
    ["~/../shared/k.yaml", "/home/shared/k.yaml"],
    ["./~/k.yaml", "/etc/guard/~/k.yaml"],
    ["/abs/~k.yaml", "/abs/~k.yaml"],
  ])("a path %s is %s, as a shell would read it", (written, path) => {
    const { config } = parse(
      `${MINIMAL}clusters: { kubeconfigs: [{ id: cls-12345678, path: ${JSON.stringify(written)} }] }
state: { dir: ${JSON.stringify(written)} }`,
      { HOME: "/home/lin" },
    );
    expect(config.clusters.kubeconfigs[0]).toMatchObject({ path, written });
    expect(config.state).toEqual({ kind: "dir", dir: path });
  });

  it("an account has its own regions, else those of tencent", () => {
    const { accounts } = parse(
      "tencent: { regions: [ap-guangzhou], accounts: [{ name: a, regions: [ap-tokyo] }, { name: b, roleArn: 'qcs::cam::uin/1:roleName/r' }] }",
    ).config.tencent;
    expect(accounts).toEqual([
      { name: "a", roleArn: null, regions: ["ap-tokyo"] },
      { name: "b", roleArn: "qcs::cam::uin/1:roleName/r", regions: ["ap-guangzhou"] },
    ]);
  });

  it("a match is a glob or a list of globs", () => {
    const { rules } = parse(`${MINIMAL}policy: { rules: [{ name: a, match: { verdict: "leak*", namespace: [dev-*, test] } }] }`)
      .config.policy;
    expect(rules[0]?.match).toEqual({ verdict: ["leak*"], namespace: ["dev-*", "test"] });
  });

  it("a COS prefix ends with a slash, and an endpoint without one", () => {
    const { state } = parse(
      `${MINIMAL}state: { cos: { bucket: guard-1250000000, region: ap-guangzhou, prefix: guard, endpoint: "http://127.0.0.1:9002/" } }`,
    ).config;
    expect(state).toEqual({
      kind: "cos",
      bucket: "guard-1250000000",
      region: "ap-guangzhou",
      prefix: "guard/",
      endpoint: "http://127.0.0.1:9002",
    });
  });

  it("a window may go past midnight", () => {
    const { window } = parse(`${MINIMAL}release: { window: { from: "22:00", to: "06:00" } }`).config.policy.release;
    expect([window?.from, window?.to]).toEqual([22 * 60, 6 * 60]);
  });

  it("an empty list of rules means that nothing is done", () => {
    expect(parse(`${MINIMAL}policy: { rules: [] }`).config.policy.rules).toEqual([]);
  });
});

describe("the policy's digest", () => {
  it("is the same whatever the order of the keys", () => {
    const one = parse(`${MINIMAL}policy: { grace: 2h, newborn: 5m }`).policyDigest;
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(parse(`policy: { newborn: 5m, grace: 2h }\n${MINIMAL}`).policyDigest).toBe(one);
  });

  it("changes with the policy", () => {
    expect(parse(`${MINIMAL}policy: { grace: 2h }`).policyDigest).not.toBe(parse(`${MINIMAL}policy: { grace: 3h }`).policyDigest);
    expect(parse(`${MINIMAL}mode: flag`).policyDigest).not.toBe(parse(MINIMAL).policyDigest);
  });
});

interface WrongCase {
  readonly title: string;
  readonly text: string;
  readonly problem: string;
  readonly env?: Record<string, string>;
}

const TWO_ACCOUNTS =
  "tencent: { regions: [ap-guangzhou], accounts: [{ name: a }, { name: b, roleArn: 'qcs::cam::uin/1:roleName/r' }] }\n";

const WRONG: readonly WrongCase[] = [
  {
    title: "an unknown key at the top",
    text: "polcy: {}\ntencent: { regions: [ap-guangzhou] }",
    problem: "eip-guard.yaml:1:1: polcy: unknown key; did you mean policy?",
  },
  {
    title: "an unknown key deep down",
    text: `${MINIMAL}policy:\n  rules:\n    - name: a\n      match: { namespaces: x }`,
    problem: "eip-guard.yaml:5:16: policy.rules[0].match.namespaces: unknown key; did you mean namespace?",
  },
  {
    title: "a key in the wrong place",
    text: `${MINIMAL}grace: 1h`,
    problem: "eip-guard.yaml:2:1: grace: unknown key here; it belongs to policy",
  },
  {
    title: "a key that nothing resembles",
    text: `${MINIMAL}evidence: { astrology: true }`,
    problem: "eip-guard.yaml:2:13: evidence.astrology: unknown key; known here: cloudaudit, billing",
  },
  {
    title: "no regions",
    text: "tencent: {}",
    problem: "eip-guard.yaml:1:10: tencent: names no regions; add regions: [ap-guangzhou] with yours",
  },
  {
    title: "no tencent",
    text: "mode: audit",
    problem: "eip-guard.yaml:1:1: tencent: is missing; it must be a mapping: regions, accounts, endpoint, internal",
  },
  {
    title: "a region that does not exist",
    text: "tencent:\n  regions:\n    - ap-guangzhou\n    - Ap_shangai",
    problem: 'eip-guard.yaml:4:7: tencent.regions[1]: "Ap_shangai" is no region of Tencent Cloud; did you mean ap-shanghai?',
  },
  {
    title: "a region twice",
    text: "tencent: { regions: [ap-tokyo, ap-tokyo] }",
    problem: 'eip-guard.yaml:1:21: tencent.regions: ["ap-tokyo","ap-tokyo"] names a region twice',
  },
  {
    title: "an account without regions",
    text: "tencent: { accounts: [{ name: a }] }",
    problem: 'eip-guard.yaml:1:23: tencent.accounts[0]: account "a" has no regions; add regions here or as tencent.regions',
  },
  {
    title: "two accounts of one name",
    text: "tencent: { regions: [ap-tokyo], accounts: [{ name: a }, { name: a, roleArn: 'qcs::cam::uin/1:roleName/r' }] }",
    problem: 'eip-guard.yaml:1:65: tencent.accounts[1].name: "a" names a second account; give each a name of its own',
  },
  {
    title: "the own account twice",
    text: "tencent: { regions: [ap-tokyo], accounts: [{ name: a }, { name: b }] }",
    problem:
      "eip-guard.yaml:1:57: tencent.accounts[1]: is a second account without roleArn; only one can be the credentials' own",
  },
  {
    title: "one account's region read twice through two roles",
    text: "tencent:\n  regions: [ap-tokyo]\n  accounts:\n    - { name: a, roleArn: 'qcs::cam::uin/1:roleName/r' }\n    - { name: b, roleArn: 'qcs::cam::uin/1:roleName/s' }",
    problem:
      'eip-guard.yaml:5:27: tencent.accounts[1].roleArn: reads ap-tokyo of the account that "a" reads too; every EIP there would count twice, so leave one out',
  },
  {
    title: "a role that is none",
    text: "tencent: { accounts: [{ name: a, roleArn: guard, regions: [ap-tokyo] }] }",
    problem:
      'eip-guard.yaml:1:43: tencent.accounts[0].roleArn: "guard" is no role; write one such as qcs::cam::uin/100000000001:roleName/eip-guard',
  },
  {
    title: "an endpoint that is none",
    text: "tencent: { regions: [ap-tokyo], endpoint: 127.0.0.1:9000 }",
    problem:
      'eip-guard.yaml:1:43: tencent.endpoint: "127.0.0.1:9000" is no address; write an address such as http://127.0.0.1:9000',
  },
  {
    title: "an endpoint with a path",
    text: "tencent: { regions: [ap-tokyo], endpoint: 'http://127.0.0.1:9000/api' }",
    problem:
      'eip-guard.yaml:1:43: tencent.endpoint: "http://127.0.0.1:9000/api" must end after the host and port: the API\'s products have no path',
  },
  {
    title: "a mode that does not exist",
    text: `${MINIMAL}mode: enfroce`,
    problem: 'eip-guard.yaml:2:7: mode: "enfroce" must be audit, flag or enforce',
  },
  {
    title: "a version of the future",
    text: `version: 2\n${MINIMAL}`,
    problem: "eip-guard.yaml:1:10: version: 2 is no version of this file that is known here; write 1",
  },
  {
    title: "a duration in words",
    text: `${MINIMAL}policy:\n  maxGap: 2 hours`,
    problem: 'eip-guard.yaml:3:11: policy.maxGap: "2 hours" is no duration; write one such as 90s, 15m, 24h or 7d',
  },
  {
    title: "a duration without a unit",
    text: `${MINIMAL}release: { notice: 3600 }`,
    problem: "eip-guard.yaml:2:20: release.notice: 3600 is no duration; write one such as 90s, 15m, 24h or 7d",
  },
  {
    title: "never where it makes no sense",
    text: `${MINIMAL}policy: { grace: never }`,
    problem: 'eip-guard.yaml:2:18: policy.grace: "never" is no duration; write one such as 90s, 15m, 24h or 7d',
  },
  {
    title: "a gap of nothing",
    text: `${MINIMAL}policy: { maxGap: 0s }`,
    problem: 'eip-guard.yaml:2:19: policy.maxGap: "0s" must be longer than 0s: every reading would restart the clock',
  },
  {
    title: "no sighting at all",
    text: `${MINIMAL}policy: { minSightings: 0 }`,
    problem: "eip-guard.yaml:2:25: policy.minSightings: 0 must be at least 1",
  },
  {
    title: "a verdict that does not exist",
    text: `${MINIMAL}policy: { rules: [{ name: a, match: { verdict: leaky } }] }`,
    problem: 'eip-guard.yaml:2:48: policy.rules[0].match.verdict: "leaky" is no verdict; did you mean leaked?',
  },
  {
    title: "a verdict that does not exist, in a list",
    text: `${MINIMAL}policy: { rules: [{ name: a, match: { verdict: [leaked, unmanged] } }] }`,
    problem: 'eip-guard.yaml:2:57: policy.rules[0].match.verdict[1]: "unmanged" is no verdict; did you mean unmanaged?',
  },
  {
    title: "an owner that nothing can name",
    text: `${MINIMAL}owner: { labels: [], tags: [] }\npolicy: { rules: [{ name: a, match: { owner: team-a } }] }`,
    problem:
      'eip-guard.yaml:3:46: policy.rules[0].match.owner: "team-a" can match nothing: owner names no labels, annotations or tags',
  },
  {
    title: "an owner's labels that are no list",
    text: `${MINIMAL}owner: { labels: team }`,
    problem: 'eip-guard.yaml:2:18: owner.labels: "team" must be a list: each is a label\'s key',
  },
  {
    title: "a reason that does not exist",
    text: `${MINIMAL}policy: { rules: [{ name: a, match: { reason: orphaned } }] }`,
    problem: 'eip-guard.yaml:2:47: policy.rules[0].match.reason: "orphaned" is no reason; did you mean orphan?',
  },
  {
    title: "a match of nothing",
    text: `${MINIMAL}policy: { rules: [{ name: a, match: { pod: [] } }] }`,
    problem: "eip-guard.yaml:2:44: policy.rules[0].match.pod: [] must not be an empty list: it would match nothing",
  },
  {
    title: "a rule without a match",
    text: `${MINIMAL}policy: { rules: [{ name: a }] }`,
    problem:
      "eip-guard.yaml:2:19: policy.rules[0].match: is missing; it must be a mapping of what to match; {} matches everything",
  },
  {
    title: "two rules of one name",
    text: `${MINIMAL}policy: { rules: [{ name: a, match: { pod: x } }, { name: a, match: {} }] }`,
    problem: 'eip-guard.yaml:2:59: policy.rules[1].name: "a" names a second rule; give each a name of its own',
  },
  {
    title: "a release without a flag",
    text: `${MINIMAL}policy: { rules: [{ name: a, match: {}, flagAfter: never, releaseAfter: 7d }] }`,
    problem:
      'eip-guard.yaml:2:73: policy.rules[0].releaseAfter: "7d" can\'t hold while flagAfter is never: nothing is released that was not flagged; change one of them',
  },
  {
    title: "more than a hundred percent",
    text: `${MINIMAL}release: { maxPercent: 101 }`,
    problem: "eip-guard.yaml:2:24: release.maxPercent: 101 must not be more than 100",
  },
  {
    title: "a window that ends when it begins",
    text: `${MINIMAL}release: { window: { from: "09:00", to: "09:00" } }`,
    problem:
      'eip-guard.yaml:2:41: release.window.to: "09:00" is the time of from too; write "00:00" to "24:00" for whole days, or leave the window out',
  },
  {
    title: "a time of day that does not exist",
    text: `${MINIMAL}release: { window: { from: "9:60" } }`,
    problem: 'eip-guard.yaml:2:28: release.window.from: "9:60" is no time of day; write one such as "09:00"',
  },
  {
    title: "a time zone that does not exist",
    text: `${MINIMAL}release: { window: { timezone: Asia/Shangai } }`,
    problem: 'eip-guard.yaml:2:32: release.window.timezone: "Asia/Shangai" is no IANA time zone; write one such as Asia/Shanghai',
  },
  {
    title: "a day that does not exist",
    text: `${MINIMAL}release: { window: { days: [monday] } }`,
    problem: 'eip-guard.yaml:2:29: release.window.days[0]: "monday" is no day; write one of mon, tue, wed, thu, fri, sat, sun',
  },
  {
    title: "a mark that keeps what it marks",
    text: `${MINIMAL}release: { mark: { tag: "eip-guard:keep" } }`,
    problem:
      'eip-guard.yaml:2:25: release.mark.tag: "eip-guard:keep" is a keep tag too; every flagged EIP would be kept, so choose another',
  },
  {
    title: "a mark's resource without the id",
    text: `${MINIMAL}release: { mark: { tag: x, resource: "qcs::vpc" } }`,
    problem:
      'eip-guard.yaml:2:38: release.mark.resource: "qcs::vpc" must contain {id}, as in qcs::vpc:{region}:uin/{uin}:eip/{id}',
  },
  {
    title: "a mark's resource with a placeholder that does not exist",
    text: `${MINIMAL}release: { mark: { tag: x, resource: "{zone}/{id}" } }`,
    problem:
      'eip-guard.yaml:2:38: release.mark.resource: "{zone}/{id}" may only contain the placeholders {region}, {uin} and {id}',
  },
  {
    title: "a cluster id that is none",
    text: `${MINIMAL}clusters: { ignore: [prod] }`,
    problem: 'eip-guard.yaml:2:22: clusters.ignore[0]: "prod" is no cluster id; write one such as cls-12345678',
  },
  {
    title: "a kubeconfig twice",
    text: `${MINIMAL}clusters: { kubeconfigs: [{ id: cls-1, path: a }, { id: cls-1, path: b }] }`,
    problem: 'eip-guard.yaml:2:57: clusters.kubeconfigs[1].id: "cls-1" is listed twice; leave one out',
  },
  {
    title: "a kubeconfig without its account, where there are two",
    text: `${TWO_ACCOUNTS}clusters: { kubeconfigs: [{ id: cls-1, path: a }] }`,
    problem: 'eip-guard.yaml:2:27: clusters.kubeconfigs[0]: cluster "cls-1" needs its account: one of a, b',
  },
  {
    title: "a kubeconfig of an account that is not configured",
    text: `${TWO_ACCOUNTS}clusters: { kubeconfigs: [{ id: cls-1, path: a, account: c }] }`,
    problem: 'eip-guard.yaml:2:58: clusters.kubeconfigs[0].account: "c" is no configured account; write one of a, b',
  },
  {
    title: "a kubeconfig without its region, where there are two",
    text: "tencent: { regions: [ap-tokyo, ap-seoul] }\nclusters: { kubeconfigs: [{ id: cls-1, path: a }] }",
    problem: 'eip-guard.yaml:2:27: clusters.kubeconfigs[0]: cluster "cls-1" needs its region: one of ap-tokyo, ap-seoul',
  },
  {
    title: "a kubeconfig in a region that is not read",
    text: `${MINIMAL}clusters: { kubeconfigs: [{ id: cls-1, path: a, region: ap-tokyo }] }`,
    problem:
      'eip-guard.yaml:2:57: clusters.kubeconfigs[0].region: "ap-tokyo" is no region of account "default"; write one of ap-guangzhou, or add it there',
  },
  {
    title: "a cluster that is both gone and reached",
    text: `${MINIMAL}clusters: { deleted: [cls-1], kubeconfigs: [{ id: cls-1, path: a }] }`,
    problem: 'eip-guard.yaml:2:23: clusters.deleted[0]: "cls-1" has a kubeconfig too; a cluster is either reached or gone',
  },
  {
    title: "a channel that is none",
    text: `${MINIMAL}alerts: { slack: { channel: 5 } }`,
    problem: "eip-guard.yaml:2:29: alerts.slack.channel: 5 must be a channel such as #eip-guard",
  },
  {
    title: "a channel that became a comment",
    text: `${MINIMAL}alerts:\n  slack:\n    channel: #eip-guard`,
    problem: "eip-guard.yaml:4:5: alerts.slack.channel: is empty; it must be a channel such as #eip-guard, or leave the key out",
  },
  {
    title: "two places for the state",
    text: `${MINIMAL}state: { dir: a, cos: { bucket: b-1250000000, region: ap-tokyo } }`,
    problem: "eip-guard.yaml:2:8: state: names both dir and cos; the ledger has one place, so leave one out",
  },
  {
    title: "a bucket without its account",
    text: `${MINIMAL}state: { cos: { bucket: guard, region: ap-tokyo } }`,
    problem: 'eip-guard.yaml:2:25: state.cos.bucket: "guard" is no bucket; write its whole name, such as name-1250000000',
  },
  {
    title: "a folder in a function that has no disk",
    text: `${MINIMAL}state: { dir: /tmp/guard }`,
    problem:
      'eip-guard.yaml:2:15: state.dir: "/tmp/guard" would be lost with the function\'s instance; keep the state in cos, or in a mounted file system (/mnt/…)',
    env: { TENCENTCLOUD_RUNENV: "SCF" },
  },
  {
    title: "the default folder in a function",
    text: MINIMAL,
    problem:
      'eip-guard.yaml:1:1: state: ".eip-guard" would be lost with the function\'s instance; keep the state in cos, or in a mounted file system (/mnt/…)',
    env: { TENCENTCLOUD_RUNENV: "SCF" },
  },
  {
    title: "a folder in a function that only seems to be mounted",
    text: `${MINIMAL}state: { dir: /mnt/../tmp }`,
    problem:
      'eip-guard.yaml:2:15: state.dir: "/mnt/../tmp" would be lost with the function\'s instance; keep the state in cos, or in a mounted file system (/mnt/…)',
    env: { TENCENTCLOUD_RUNENV: "SCF" },
  },
  {
    title: "a price in a region that does not exist",
    text: `${MINIMAL}prices:\n  ap_tokio: { currency: JPY, idlePerHour: 5 }`,
    problem: 'eip-guard.yaml:3:3: prices.ap_tokio: "ap_tokio" is no region of Tencent Cloud; did you mean ap-tokyo?',
  },
  {
    title: "a price in no currency",
    text: `${MINIMAL}prices: { ap-tokyo: { currency: yen, idlePerHour: 5 } }`,
    problem: 'eip-guard.yaml:2:33: prices.ap-tokyo.currency: "yen" is no currency; write three capitals such as CNY',
  },
  {
    title: "a run that is shared out over invocations",
    text: `${MINIMAL}scale: { by: invocation }`,
    problem:
      'eip-guard.yaml:2:14: scale.by: "invocation" is not in this version, which guards the whole fleet in one process; write none (docs/scale.md)',
  },
  {
    title: "a run that is shared out over a Job",
    text: `${MINIMAL}scale: { by: job }`,
    problem:
      'eip-guard.yaml:2:14: scale.by: "job" is not in this version, which guards the whole fleet in one process; write none (docs/scale.md)',
  },
  {
    title: "a way to share out a run that nobody knows",
    text: `${MINIMAL}scale: { by: shards }`,
    problem: 'eip-guard.yaml:2:14: scale.by: "shards" must be none',
  },
  {
    title: "a key twice",
    text: `${MINIMAL}mode: audit\nmode: enforce`,
    problem: "eip-guard.yaml:3:1: this key is written twice in the same mapping; leave one out",
  },
  { title: "a file that is a list", text: "- mode", problem: 'eip-guard.yaml:1:1: ["mode"] must be a mapping' },
  {
    title: "an empty file",
    text: "# nothing\n",
    problem: "eip-guard.yaml:1:1: the file is empty; run `eip-guard init` in another folder for a commented example",
  },
  {
    title: "aliases of aliases of aliases",
    text: `${MINIMAL}${["a: &a [x, x, x, x, x, x, x, x, x]", ..."bcdef".split("").map((name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcde"[at]}`).join(", ")}]`)].join("\n")}\n`,
    problem:
      "eip-guard.yaml:1:1: no valid YAML: Excessive alias count indicates a resource exhaustion attack; write the values out in place of aliases (*name)",
  },
  {
    title: "two documents",
    text: `${MINIMAL}---\n${MINIMAL}`,
    problem: "eip-guard.yaml:2:1: a second document begins; the configuration is one document",
  },
  {
    title: "what is wrong behind an alias, where it is written",
    text: `${MINIMAL}clusters:\n  ignore: &gone [cls-1, prod]\n  deleted: *gone`,
    problem: 'eip-guard.yaml:3:25: clusters.deleted[1]: "prod" is no cluster id; write one such as cls-12345678',
  },
];

describe("refuses, at its line and column, with the wrong value and the fix", () => {
  it.each(WRONG)("$title", ({ text, problem, env }) => {
    expect(problemsIn(text, env)).toContain(problem);
  });

  it("bad YAML", () => {
    expect(problemsIn(`${MINIMAL}mode: [audit`)[0]).toMatch(/^eip-guard\.yaml:\d+:\d+: no valid YAML: /);
  });

  it("all errors at once, in the order of the file", () => {
    const lines = problemsIn(
      "mode: auditt\ntencent:\n  regions: [ap_mars]\npolicy:\n  grace: 5m\nrelease:\n  window: { from: '10:00', to: '10:00' }\n  notis: 3h\nclusters: { ignore: [x] }",
    ).map((line) => line.split(": ").slice(0, 2).join(" "));
    expect(lines).toEqual([
      "eip-guard.yaml:1:7 mode",
      "eip-guard.yaml:3:13 tencent.regions[0]",
      "eip-guard.yaml:5:10 policy.grace",
      "eip-guard.yaml:8:3 release.notis",
      "eip-guard.yaml:9:22 clusters.ignore[0]",
    ]);
  });

  it("contradictions of one section although another has errors of its own", () => {
    const lines = problemsIn("mode: auditt\ntencent: {}\nstate: { dir: a, cos: { bucket: b-1250000000, region: ap-tokyo } }");
    expect(lines.map((line) => line.split(":").slice(1, 3).join(":"))).toEqual(["1:7", "2:10", "3:8"]);
  });
});

describe("secrets in the file", () => {
  it.each([
    ["tencent: { regions: [ap-tokyo], secretId: AKIDmarked, secretKey: marked }"],
    [`${MINIMAL}alerts: { slack: { channel: c, token: xoxb-marked } }`],
    [`${MINIMAL}alerts: { slack: { channel: [xoxb-marked] } }`],
    [`${MINIMAL}mode: AKIDmarked`],
    [`${MINIMAL}secrets: { SLACK_BOT_TOKEN: xoxb-marked }`],
    [`${MINIMAL}secrets: { EIP_GUARD_WEBHOOK_URL: "https://example.com/marked" }`],
    [`${MINIMAL}secrets: { SLACK_SIGNING_SECRET: [marked] }`],
    [`${MINIMAL}clusters: { kubeconfigs: [{ id: cls-1, secret: "marked with spaces" }] }`],
  ])("are refused and never shown: %s", (text) => {
    const lines = problemsIn(text);
    expect(lines).not.toEqual([]);
    expect(lines.join("\n")).not.toContain("marked");
  });

  it("are told to go into the environment", () => {
    expect(problemsIn("tencent: { regions: [ap-tokyo], secretKey: x }")).toEqual([
      "eip-guard.yaml:1:33: tencent.secretKey: unknown key; secrets are never written here: they come from the environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, SLACK_BOT_TOKEN)",
    ]);
  });
});

describe("internal hosts", () => {
  it("are called where the file says so, and not beside an address for all", () => {
    expect(parse("tencent: { regions: [ap-tokyo], internal: true }").config.tencent).toMatchObject({
      internal: true,
      endpoint: null,
    });
    expect(problemsIn("tencent: { regions: [ap-tokyo], internal: true, endpoint: https://a.example }")).toEqual([
      expect.stringContaining("tencent.internal: stands beside tencent.endpoint, which is one address for all; leave one out"),
    ]);
  });
});

describe("secrets of the Secrets Manager", () => {
  it("are named by variable, with their version, in the region of the section", () => {
    const { secrets } = parse(
      `${MINIMAL}secrets: { region: ap-singapore, SLACK_BOT_TOKEN: bot, EIP_GUARD_UI_TOKEN: ui@v2 }`,
    ).config;
    expect(secrets.named).toEqual([
      { variable: "SLACK_BOT_TOKEN", secret: { region: "ap-singapore", name: "bot", version: null } },
      { variable: "EIP_GUARD_UI_TOKEN", secret: { region: "ap-singapore", name: "ui", version: "v2" } },
    ]);
  });

  it("are looked for in the first region that is read, and a kubeconfig in its cluster's", () => {
    const own = parse(
      "tencent: { regions: [ap-tokyo, ap-seoul] }\nsecrets: { SLACK_BOT_TOKEN: bot }\nclusters: { kubeconfigs: [{ id: cls-1, secret: k@v1, region: ap-seoul }] }",
    ).config;
    expect(own.secrets.named[0]?.secret.region).toBe("ap-tokyo");
    expect(own.clusters.kubeconfigs[0]).toMatchObject({
      path: "",
      written: "k@v1",
      secret: { region: "ap-seoul", name: "k", version: "v1" },
    });
    const same = parse(
      "tencent: { regions: [ap-tokyo] }\nsecrets: { region: ap-seoul }\nclusters: { kubeconfigs: [{ id: cls-1, secret: k }] }",
    ).config;
    expect(same.clusters.kubeconfigs[0]?.secret?.region).toBe("ap-seoul");
  });

  it.each([
    ["secrets: { SLACK_TOKEN: a }", /secrets.SLACK_TOKEN: unknown key; did you mean SLACK_BOT_TOKEN/],
    ["secrets: { DATABASE_PASSWORD: a }", /secrets.DATABASE_PASSWORD: unknown key; known here: region, SLACK_BOT_TOKEN/],
    ["secrets: { SLACK_BOT_TOKEN: a b }", /the value is no name of a secret; write one such as eip-guard-slack/],
    ["secrets: { SLACK_BOT_TOKEN: a@ }", /the value is no name of a secret/],
    ["clusters: { kubeconfigs: [{ id: cls-1 }] }", /cluster "cls-1" names no kubeconfig; add its path or its secret/],
    ["clusters: { kubeconfigs: [{ id: cls-1, path: a, secret: b }] }", /cluster "cls-1" has one kubeconfig, so leave one out/],
  ])("%s is refused with the way out", (text, says) => {
    expect(problemsIn(`${MINIMAL}${text}`)).toEqual([expect.stringMatching(says)]);
  });
});

describe("floors", () => {
  const FLOORS: readonly (readonly [string, string, (value: string) => string])[] = [
    ["10m", "599s", (value) => `policy: { grace: ${value} }`],
    ["1h", "59m", (value) => `release: { notice: ${value} }`],
    ["24h", "23h", (value) => `policy: { rules: [{ name: a, match: {}, releaseAfter: ${value} }] }`],
    ["1m", "59s", (value) => `policy: { newborn: ${value} }`],
  ];
  const LOOPBACK = "tencent: { regions: [ap-guangzhou], endpoint: 'http://127.0.0.1:9000' }\n";

  it.each(FLOORS)("at %s hold, and %s is refused", (floor, less, write) => {
    expect(problemsIn(MINIMAL + write(floor))).toEqual([]);
    expect(problemsIn(MINIMAL + write(less))).toEqual([
      expect.stringContaining(`"${less}" is below the floor of ${floor}; write ${floor} or more`),
    ]);
  });

  it.each(FLOORS)("at %s do not hold for tests against a simulator on loopback", (_, less, write) => {
    expect(problemsIn(LOOPBACK + write(less), { EIP_GUARD_SHORT_DELAYS: "yes" })).toEqual([]);
    expect(problemsIn(LOOPBACK + write(less))).toHaveLength(1);
  });

  it.each([
    ["without an endpoint", MINIMAL],
    ["with an endpoint elsewhere", "tencent: { regions: [ap-guangzhou], endpoint: 'http://vpc.internal' }"],
    [
      "with an endpoint whose name only begins like loopback",
      "tencent: { regions: [ap-guangzhou], endpoint: 'http://127.0.0.1.evil.example' }",
    ],
  ])("EIP_GUARD_SHORT_DELAYS=yes is refused %s", (_, text) => {
    expect(problemsIn(text, { EIP_GUARD_SHORT_DELAYS: "yes" })).toEqual([
      expect.stringContaining(
        "EIP_GUARD_SHORT_DELAYS=yes is for tests against a simulator on loopback only; unset EIP_GUARD_SHORT_DELAYS",
      ),
    ]);
  });

  it.each(["1", "true", "YES"])("EIP_GUARD_SHORT_DELAYS=%s has no effect, and a note says so", (value) => {
    expect(problemsIn(`${LOOPBACK}policy: { grace: 1m }`, { EIP_GUARD_SHORT_DELAYS: value })).toHaveLength(1);
    expect(parse(LOOPBACK, { EIP_GUARD_SHORT_DELAYS: value }).notes).toEqual([expect.stringContaining("no effect")]);
  });
});

describe("a rule that protects nothing is an error: an address would be lost that somebody meant to keep", () => {
  it.each(["{ verdict: leaked, namespace: 'prod-*' }", "{ namespace: prod }", "{ id: eip-12345678, verdict: leaked }"])(
    "behind a rule that releases: %s",
    (match) => {
      const text = `${MINIMAL}policy: { rules: [{ name: a, match: ${match.startsWith("{ n") ? "{}" : "{ verdict: leaked }"}, releaseAfter: 7d }, { name: mine, match: ${match}, releaseAfter: never }] }`;
      expect(problemsIn(text)).toEqual([
        expect.stringMatching(/policy\.rules\[1\]: rule "mine" protects nothing: "a" before it .*; move "mine" before it/),
      ]);
    },
  );
});

it("a window that never opens is an error", () => {
  expect(problemsIn(`${MINIMAL}release: { window: { from: '24:00', to: '00:00' } }`)).toEqual([
    expect.stringMatching(/release\.window: never opens/),
  ]);
});

describe("a path that begins with ~", () => {
  it.each([
    [
      "clusters: { kubeconfigs: [{ id: cls-1, path: '~/k.yaml' }] }",
      {},
      'clusters.kubeconfigs[0].path: "~/k.yaml" begins with ~, but HOME',
    ],
    ["state: { dir: '~/guard' }", { HOME: "" }, 'state.dir: "~/guard" begins with ~, but HOME is not set'],
    ["state: { dir: '~ann/guard' }", { HOME: "/home/lin" }, `state.dir: "~ann/guard" names another user's home`],
  ])("that nobody can read is an error: %s", (text, env, message) => {
    expect(problemsIn(MINIMAL + text, env)).toEqual([expect.stringContaining(message)]);
  });
});

describe("notes what is allowed but probably not meant", () => {
  it.each([
    { region: "ap-shangai", note: '"ap-shangai" is no region that this version knows; did you mean ap-shanghai?' },
    { region: "ap-zhongwei", note: '"ap-zhongwei" is no region that this version knows' },
  ])("the region $region, which is read all the same", ({ region, note }) => {
    expect(parse(`tencent: { regions: [ap-guangzhou, ${region}] }`).notes).toEqual([expect.stringContaining(note)]);
  });

  it.each([
    [
      "a release that no rule can make",
      "policy: { rules: [{ name: a, match: { verdict: retained }, releaseAfter: 7d }] }",
      'rule "a" never releases',
    ],
    [
      "a release of unmanaged EIPs that names none",
      "policy: { rules: [{ name: a, match: { verdict: unmanaged }, releaseAfter: 7d }] }",
      'rule "a" releases no unmanaged EIP',
    ],
    [
      "a flag that no rule can set",
      "policy: { rules: [{ name: a, match: { verdict: in-use }, flagAfter: 7d }] }",
      'rule "a" never flags',
    ],
    [
      "a rule behind one that matches everything",
      "policy: { rules: [{ name: a, match: {} }, { name: b, match: { pod: x } }] }",
      'rule "b" has no effect: "a" before it matches everything',
    ],
    ["no rules", "policy: { rules: [] }", "nothing is flagged or released"],
    [
      "a rule whose EIPs an earlier one takes",
      "policy: { rules: [{ name: a, match: { verdict: leaked }, flagAfter: 0s }, { name: b, match: { verdict: leaked, pod: web-0 } }] }",
      'rule "b" has no effect: "a" before it takes all that it matches',
    ],
    [
      "a rule whose verdicts earlier ones share",
      "policy: { rules: [{ name: a, match: { verdict: leaked } }, { name: b, match: { verdict: 'un*' } }, { name: c, match: { verdict: [leaked, unknown] } }] }",
      'rule "c" has no effect: "a" and "b" before it take all that it matches',
    ],
    [
      "a glob within a glob",
      "policy: { rules: [{ name: a, match: { namespace: 'prod*' } }, { name: b, match: { namespace: 'prod-eu-*' } }] }",
      'rule "b" has no effect',
    ],
    [
      "a reason that never comes with its verdict",
      "policy: { rules: [{ name: a, match: { verdict: leaked, reason: scaled-to-zero } }] }",
      'rule "a" has no effect: its reason (scaled-to-zero) never comes with its verdict (leaked)',
    ],
    ["maxGap that the usual schedule exceeds", "policy: { maxGap: 10m }", "policy.maxGap is 10m: with a run every 10 minutes"],
    ["maxGap that hides a day", "policy: { maxGap: 25h }", "policy.maxGap is 25h: an EIP that is bound between two runs"],
    [
      "sightings that take weeks",
      "policy: { minSightings: 5000 }",
      "policy.minSightings is 5000: with a run every 10 minutes nothing is flagged before 34d 17h",
    ],
    ["a cap of none", "release: { maxPerRun: 0 }", "release.maxPerRun is 0"],
    ["a cap of no percent", "release: { maxPercent: 0 }", "release.maxPercent is 0"],
    [
      "a release that its notice delays",
      "policy: { rules: [{ name: a, match: { verdict: leaked }, flagAfter: 1d, releaseAfter: 36h }] }",
      'rule "a" releases after 2d and not after 36h: flagAfter (1d) and release.notice (24h) come first',
    ],
    [
      "a notice longer than the delay",
      "release: { notice: 10d }",
      'rule "leaked pod addresses" releases after 10d and not after 7d: flagAfter (0s) and release.notice (10d) come first',
    ],
    [
      "a window that a slow schedule misses",
      "release: { window: { from: '23:50', to: '00:20' } }",
      "release.window is open for 30m at a time, less than policy.maxGap (2h)",
    ],
    [
      "a cluster that is read and ignored",
      "clusters: { ignore: [cls-1], kubeconfigs: [{ id: cls-1, path: k.yaml }] }",
      "clusters.ignore names cls-1, which has a kubeconfig",
    ],
    [
      "mode enforce without a rule that releases",
      "mode: enforce\npolicy: { rules: [{ name: a, match: { verdict: leaked }, flagAfter: 0s }] }",
      "mode enforce releases nothing: releaseAfter is never in every rule",
    ],
    ["no discovery", "clusters: { discover: false }", "clusters.discover is false"],
    [
      "Slack without encryption",
      "alerts: { slack: { channel: c, apiUrl: 'http://proxy.example/api/' } }",
      "alerts.slack.apiUrl is not encrypted",
    ],
  ])("%s", (_, text, note) => {
    expect(parse(MINIMAL + text).notes).toEqual([expect.stringContaining(note)]);
  });

  it.each([
    [
      "a release of unmanaged EIPs with a tag",
      "policy: { rules: [{ name: a, match: { verdict: unmanaged, tag: old }, releaseAfter: 7d }] }",
    ],
    [
      "two rules of which neither takes all of the other",
      "policy: { rules: [{ name: a, match: { namespace: 'prod-?' } }, { name: b, match: { namespace: 'prod-*' } }, { name: c, match: { tag: old } }, { name: d, match: { tag: older } }] }",
    ],
    [
      "a rule for everything at the end",
      "policy: { rules: [{ name: a, match: { verdict: leaked }, releaseAfter: 7d }, { name: b, match: {} }] }",
    ],
    ["a release of whatever is leaked", "policy: { rules: [{ name: a, match: { verdict: leaked }, releaseAfter: 7d }] }"],
  ])("and not %s", (_, text) => {
    expect(parse(MINIMAL + text).notes).toEqual([]);
  });
});

describe("finds the file", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "eip-guard-config-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const config = (region: string) => `tencent: { regions: [${region}] }\n`;
  const regionOf = async (options: { path?: string; env?: Record<string, string> }) => {
    const loaded = await loadConfig({ path: options.path, env: options.env ?? {}, cwd: folder });
    return loaded.config.tencent.accounts[0]?.regions[0];
  };

  it("that --config names, before all others", async () => {
    await writeFile(join(folder, "eip-guard.yaml"), config("ap-tokyo"));
    await writeFile(join(folder, "mine.yaml"), config("ap-seoul"));
    expect(await regionOf({ path: "mine.yaml", env: { EIP_GUARD_CONFIG: "eip-guard.yaml" } })).toBe("ap-seoul");
  });

  it("eip-guard.yaml in the working folder, before EIP_GUARD_CONFIG", async () => {
    await writeFile(join(folder, "eip-guard.yaml"), config("ap-tokyo"));
    await writeFile(join(folder, "other.yaml"), config("ap-seoul"));
    expect(await regionOf({ env: { EIP_GUARD_CONFIG: "other.yaml" } })).toBe("ap-tokyo");
  });

  it("that EIP_GUARD_CONFIG names, where there is no eip-guard.yaml", async () => {
    await writeFile(join(folder, "other.yaml"), config("ap-seoul"));
    expect(await regionOf({ env: { EIP_GUARD_CONFIG: join(folder, "other.yaml") } })).toBe("ap-seoul");
  });

  it("and where there is none, says how to make one", async () => {
    await expect(regionOf({})).rejects.toMatchObject({
      code: "NoConfiguration",
      fault: "user",
      fix: expect.stringContaining("eip-guard init"),
    });
  });

  it("and where it can't be read, says why, instead of trying another", async () => {
    await mkdir(join(folder, "eip-guard.yaml"));
    await writeFile(join(folder, "other.yaml"), config("ap-seoul"));
    await expect(regionOf({ env: { EIP_GUARD_CONFIG: "other.yaml" } })).rejects.toMatchObject({
      code: "ConfigurationUnreadable",
      message: expect.stringMatching(/eip-guard\.yaml: it is a folder$/),
    });
    await expect(regionOf({ path: "absent.yaml" })).rejects.toMatchObject({ code: "ConfigurationUnreadable" });
  });
});
