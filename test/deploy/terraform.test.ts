import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "@cdktn/hcl2json";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { timerCron } from "../../src/config/timer.ts";
import { compare, documentOf, TRUST } from "../../src/deploy/policy.ts";
import { OWN_TAG, RETRIES } from "../../src/deploy/wanted.ts";
import { type RunRole, runStatements } from "../../src/tencent/run-role.ts";

/** The Terraform module, as far as it can be checked without the provider: its arguments, its defaults, and the policy that it makes. */

const MODULE = fileURLToPath(new URL("../../deploy/terraform", import.meta.url));

/** Arguments as the provider's documentation has them (registry, tencentcloudstack/tencentcloud): `!` is required, a mapping is a block. */
interface Block {
  readonly [argument: string]: "" | "!" | Block;
}
const DOCUMENTED: Readonly<Record<string, Block>> = {
  tencentcloud_cam_role: { name: "!", document: "!", description: "", console_login: "", tags: "", session_duration: "" },
  tencentcloud_cam_policy: { name: "!", document: "!", description: "" },
  tencentcloud_cam_role_policy_attachment: { role_id: "!", policy_id: "!" },
  tencentcloud_cos_bucket: {
    bucket: "!",
    acl: "",
    acl_body: "",
    versioning_enable: "",
    force_clean: "",
    encryption_algorithm: "",
    tags: "",
  },
  tencentcloud_ssm_secret: {
    secret_name: "!",
    description: "",
    is_enabled: "",
    kms_key_id: "",
    recovery_window_in_days: "",
    secret_type: "",
    tags: "",
    additional_config: "",
  },
  tencentcloud_ssm_secret_version: { secret_name: "!", version_id: "!", secret_string: "", secret_binary: "" },
  tencentcloud_scf_function: {
    name: "!",
    namespace: "",
    description: "",
    func_type: "",
    handler: "",
    runtime: "",
    mem_size: "",
    timeout: "",
    role: "",
    zip_file: "",
    environment: "",
    vpc_id: "",
    subnet_id: "",
    enable_public_net: "",
    enable_eip_config: "",
    tags: "",
    async_run_enable: "",
    dns_cache: "",
  },
  tencentcloud_scf_trigger_config: {
    function_name: "!",
    trigger_name: "!",
    type: "!",
    custom_argument: "",
    description: "",
    enable: "",
    namespace: "",
    qualifier: "",
    trigger_desc: "",
  },
  tencentcloud_scf_function_event_invoke_config: {
    function_name: "!",
    namespace: "",
    async_trigger_config: { msg_ttl: "!", retry_config: { retry_num: "!" } },
  },
};
/** Terraform's own, of every resource. */
const META = ["count", "for_each", "depends_on", "lifecycle", "provider"];

type Body = Readonly<Record<string, unknown>>;
interface Parsed {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, readonly Body[]>>>>;
  readonly variable?: Readonly<Record<string, readonly Body[]>>;
  readonly module?: Readonly<Record<string, readonly Body[]>>;
}

async function parsed(folder: string): Promise<Parsed> {
  const text = readdirSync(folder)
    .filter((name) => name.endsWith(".tf"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
  return parse("module.tf", text);
}

let own: Parsed;
beforeAll(async () => {
  own = await parsed(MODULE);
});

const of = (type: string): Body => Object.values(own.resource?.[type] ?? {})[0]?.[0] ?? {};

function wrongIn(body: Body, block: Block, where: string): readonly string[] {
  const unknown = Object.keys(body).filter((name) => !(name in block) && !META.includes(name));
  const missing = Object.entries(block).filter(([name, kind]) => (kind === "!" || typeof kind === "object") && !(name in body));
  const inner = Object.entries(block).flatMap(([name, kind]) =>
    typeof kind === "object"
      ? ((body[name] as readonly Body[] | undefined) ?? []).flatMap((one) => wrongIn(one, kind, `${where}.${name}`))
      : [],
  );
  return [
    ...unknown.map((name) => `${where}: ${name} is unknown`),
    ...missing.map(([name]) => `${where}: ${name} is missing`),
    ...inner,
  ];
}

describe("the Terraform module", () => {
  it("uses the documented resources alone, with their documented arguments", () => {
    const resources = Object.entries(own.resource ?? {});
    expect(resources.map(([type]) => type).sort()).toEqual(Object.keys(DOCUMENTED).sort());
    const wrong = resources.flatMap(([type, named]) =>
      Object.values(named).flatMap(([body = {}]) => wrongIn(body, DOCUMENTED[type] ?? {}, type)),
    );
    expect(wrong).toEqual([]);
  });

  it("makes what `eip-guard deploy` makes when nothing is said", () => {
    const { deploy } = parseConfig("tencent: { regions: [ap-guangzhou] }\n", { path: "/etc/eip-guard.yaml", env: {} }).config;
    const defaults = Object.fromEntries(Object.entries(own.variable ?? {}).map(([name, [body]]) => [name, body?.default]));
    expect(defaults).toMatchObject({
      name: deploy.name,
      namespace: deploy.namespace,
      runtime: deploy.runtime,
      memory: deploy.memory,
      timeout: deploy.timeout,
      cron: timerCron(deploy, Date.parse("2026-11-26T00:00:00Z")),
      mode: "audit",
    });
    expect(of("tencentcloud_scf_function")).toMatchObject({
      handler: "index.main_handler",
      func_type: "Event",
      enable_public_net: true,
    });
    expect(String(of("tencentcloud_scf_function").tags)).toContain(OWN_TAG);
  });

  it("opens the timer, repeats no tick, and never switches versioning on", () => {
    expect(of("tencentcloud_scf_trigger_config")).toMatchObject({ enable: "OPEN", type: "timer", qualifier: "$DEFAULT" });
    const [asynchronous] = of("tencentcloud_scf_function_event_invoke_config").async_trigger_config as readonly Body[];
    expect(asynchronous).toEqual({ msg_ttl: RETRIES.timeToLive, retry_config: [{ retry_num: RETRIES.retries }] });
    expect(of("tencentcloud_cos_bucket")).toMatchObject({ versioning_enable: false, acl: "private" });
  });

  it("lets SCF assume the role, and nobody else", () => {
    const document = String(of("tencentcloud_cam_role").document);
    expect(document).toContain('service = ["scf.qcloud.com"]');
    expect(document.match(/principal/g)).toHaveLength(1);
    expect(TRUST).toContain("scf.qcloud.com");
  });

  it("has no secret as a plain variable, and marks the one that may be one", () => {
    expect(own.variable?.slack_token?.[0]).toMatchObject({ sensitive: true, default: "" });
    expect(JSON.stringify(of("tencentcloud_scf_function").environment)).not.toMatch(/token|secret/i);
  });

  it("hands every variable on, and names no other", async () => {
    const text = readFileSync(join(MODULE, "main.tf"), "utf8");
    const used = new Set([...text.matchAll(/\bvar\.(\w+)/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(
      Object.keys(own.variable ?? {})
        .filter((name) => used.has(name))
        .sort(),
    );
    expect(Object.keys(own.variable ?? {}).filter((name) => !used.has(name))).toEqual([]);
    const { variable = {} } = await parsed(join(MODULE, "policy"));
    const [handed = {}] = own.module?.policy ?? [];
    expect(
      Object.keys(handed)
        .filter((name) => name !== "source")
        .sort(),
    ).toEqual(Object.keys(variable).sort());
  });
});

function isThere(command: string, ...argv: readonly string[]): boolean {
  try {
    execFileSync(command, argv, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
const terraform = isThere("terraform", "version");
if (!terraform) console.warn("no terraform: the module's layout and the policy that it computes are not checked");

describe.skipIf(!terraform)("terraform itself", () => {
  const folder = mkdtempSync(join(tmpdir(), "eip-guard-terraform-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const env = { ...process.env, TF_CLI_CONFIG_FILE: "/dev/null", CHECKPOINT_DISABLE: "1", TF_DATA_DIR: join(folder, "data") };
  const run = (...argv: readonly string[]) => execFileSync("terraform", argv, { cwd: folder, env, encoding: "utf8" });

  it("finds the files laid out as it would lay them out", () => {
    expect(run("fmt", "-check", "-recursive", MODULE)).toBe("");
  });

  const role: Omit<RunRole, "mode"> = {
    describeCredentials: false,
    cloudaudit: false,
    billing: false,
    mark: false,
    assumes: [],
    state: { kind: "cos", bucket: "guard-1250000000", region: "ap-guangzhou", prefix: "eip-guard/", endpoint: null },
    secrets: [{ region: "ap-guangzhou", name: "eip-guard-slack" }],
  };
  const CASES: readonly RunRole[] = [
    { ...role, mode: "audit", mark: true },
    { ...role, mode: "flag", mark: true, cloudaudit: true, billing: true },
    { ...role, mode: "enforce", mark: true, describeCredentials: true },
    { ...role, mode: "enforce", assumes: ["qcs::cam::uin/100000000001:roleName/eip-guard"] },
  ];

  it("computes the very rights that `eip-guard deploy` gives, for each mode and feature", () => {
    const modules = CASES.map(({ mode, mark, describeCredentials, cloudaudit, billing, assumes, secrets }, at) => {
      const list = (values: readonly string[]) => JSON.stringify(values);
      return `module "m${at}" {
        source = ${JSON.stringify(join(MODULE, "policy"))}
        mode = "${mode}"
        mark = ${mark}
        describe_credentials = ${describeCredentials}
        cloudaudit = ${cloudaudit}
        billing = ${billing}
        assume_roles = ${list(assumes)}
        state_bucket = "guard-1250000000"
        state_region = "ap-guangzhou"
        secrets = ${list(secrets.map(({ name }) => name))}
        secrets_region = "ap-guangzhou"
      }
      output "m${at}" {
        value = module.m${at}.document
      }`;
    });
    writeFileSync(join(folder, "main.tf"), modules.join("\n"));
    run("init", "-input=false");
    run("apply", "-auto-approve", "-input=false");
    const outputs = JSON.parse(run("output", "-json"));
    for (const [at, one] of CASES.entries())
      expect(compare([outputs[`m${at}`].value], documentOf(runStatements(one))), one.mode).toEqual({ lacks: [], exceeds: [] });
  }, 60_000);

  it("refuses a mode that there is not", () => {
    writeFileSync(
      join(folder, "main.tf"),
      `module "m" {\n source = ${JSON.stringify(join(MODULE, "policy"))}\n mode = "destroy"\n state_bucket = "a-1"\n state_region = "r"\n}\n`,
    );
    run("init", "-input=false");
    expect(() =>
      execFileSync("terraform", ["plan", "-input=false"], { cwd: folder, env, stdio: "pipe", encoding: "utf8" }),
    ).toThrow(/mode must be audit, flag or enforce/);
  }, 60_000);
});
