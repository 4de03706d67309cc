import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addSecret } from "../../sim/world/world.ts";
import { invoke } from "../../src/scf.ts";
import { openDemoStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openDemoStage("mode: flag\nstate: { dir: ./state }\nevidence: { cloudaudit: true, billing: true }");
});
afterAll(() => stage.close());

const IN_SSM = {
  SLACK_SIGNING_SECRET: "marked-signing-in-ssm",
  EIP_GUARD_WEBHOOK_URL: "http://127.0.0.1:9/marked-hook-in-ssm",
  EIP_GUARD_WEBHOOK_SECRET: "marked-key-in-ssm",
  EIP_GUARD_UI_TOKEN: "marked-ui-in-ssm",
} as const;

/** A configuration whose secrets are in the Secrets Manager, the first cluster's kubeconfig too. */
async function intoSsm(more: string): Promise<void> {
  const [region] = stage.world.accounts[0]?.regions.values() ?? [];
  const [cluster = ""] = stage.simulator.kubernetes.keys();
  if (region === undefined) throw new Error("no region");
  for (const [variable, value] of Object.entries({ ...IN_SSM, SLACK_BOT_TOKEN: stage.simulator.slack.token }))
    if (!region.secrets.has(variable)) addSecret(stage.world, region, variable, value, "v1");
  if (!region.secrets.has("kube"))
    addSecret(stage.world, region, "kube", stage.simulator.kubernetes.get(cluster)?.kubeconfig() ?? "");
  const named = ["SLACK_BOT_TOKEN", ...Object.keys(IN_SSM)].map((variable) => `${variable}: ${variable}`).join(", ");
  await stage.configure(`${more}\nsecrets: { region: ${region.name}, ${named} }`);
  const file = join(stage.folder, "eip-guard.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(`path: ./kubeconfig-${cluster}.yaml`, "secret: kube"));
}

describe("secrets", () => {
  it("reach no output, file, message or error, whatever fails", async () => {
    const { TENCENTCLOUD_SECRET_KEY = "", TENCENTCLOUD_SECRET_ID = "", SLACK_BOT_TOKEN = "" } = stage.simulator.environment;
    const secrets = [
      TENCENTCLOUD_SECRET_KEY,
      TENCENTCLOUD_SECRET_ID,
      SLACK_BOT_TOKEN,
      "marked-signing-secret",
      "marked-session-token",
    ];
    const kubernetesTokens = [...stage.simulator.kubernetes.keys()].map((id) => `token-${id}-`);
    const env = { SLACK_SIGNING_SECRET: "marked-signing-secret" };
    const seen: string[] = [];
    const note = async (argv: readonly string[], more: Readonly<Record<string, string>> = {}) => {
      const { out, err } = await stage.run(argv, { ...env, ...more });
      seen.push(out, err);
    };
    for (const format of ["table", "json", "csv", "markdown", "html"]) await note(["scan", "--format", format, "--verbose"]);
    for (const argv of [
      ["run", "--verbose"],
      ["check"],
      ["plan", "--out", "plan.json"],
      ["trail", "verify"],
      ["trail", "export"],
      ["explain", "43.1.1.1"],
    ])
      await note(argv);
    await note(["scan", "--verbose"], { TENCENTCLOUD_TOKEN: "marked-session-token" });
    await note(["scan", "--verbose"], { TENCENTCLOUD_SECRET_KEY: `${TENCENTCLOUD_SECRET_KEY}wrong` });
    stage.simulator.slack.failures = 10;
    await note(["run", "--verbose"]);
    stage.simulator.cloud.faults.push({ kind: "error", code: "InternalError.Odd" });
    await note(["run", "--verbose"]);
    stage.simulator.cloud.faults.length = 0;
    const files = await stage.files();
    for (const [name, content] of Object.entries(files)) if (!name.includes("kubeconfig-")) seen.push(content);
    seen.push(JSON.stringify(stage.simulator.slack.messages));
    expect(seen.join("").length).toBeGreaterThan(10_000);
    for (const secret of [...secrets, ...kubernetesTokens]) {
      expect(secret).not.toBe("");
      for (const text of seen) expect(text.includes(secret) ? `${secret} in: ${text.slice(0, 300)}` : "").toBe("");
    }
  });

  it("of the Secrets Manager reach none either, whatever fails", async () => {
    const more = "mode: flag\nstate: { dir: ./state }";
    await intoSsm(more);
    const token = stage.simulator.slack.token;
    const [cluster = ""] = stage.simulator.kubernetes.keys();
    const secrets = [...Object.values(IN_SSM), "marked-hook-in-ssm", token, `token-${cluster}-`];
    const seen: string[] = [];
    const note = async (argv: readonly string[]) => {
      const { out, err } = await stage.run(argv, { SLACK_BOT_TOKEN: "" });
      seen.push(out, err);
    };
    for (const format of ["table", "json", "html"]) await note(["run", "--format", format, "--verbose"]);
    for (const argv of [
      ["check"],
      ["check", "--notify"],
      ["scan", "--verbose"],
      ["trail", "export"],
      ["serve", "--host", "0.0.0.0", "--port", "99999"],
    ])
      await note(argv);
    const env = { ...stage.simulator.environment, SLACK_BOT_TOKEN: "" };
    const answer = await invoke({ event: {}, context: {}, env, folder: stage.folder });
    seen.push(JSON.stringify(answer));
    // Slack refuses, the webhook's address answers nobody, and a kubeconfig stops to work.
    stage.simulator.slack.failures = 10;
    await note(["run", "--verbose"]);
    await stage.simulator.kubernetes.get(cluster)?.close();
    await note(["run", "--verbose"]);
    stage.simulator.slack.failures = 0;
    await intoSsm(`  webhook: { format: json }\n${more}`);
    await note(["run", "--verbose"]);
    await note(["check", "--notify"]);
    for (const [name, content] of Object.entries(await stage.files())) if (!name.includes("kubeconfig-")) seen.push(content);
    seen.push(JSON.stringify(stage.simulator.slack.messages));
    expect(stage.simulator.cloud.calls.filter(({ action }) => action === "GetSecretValue").length).toBeGreaterThan(20);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(8);
      for (const text of seen) expect(text.includes(secret) ? `${secret} in: ${text.slice(0, 300)}` : "").toBe("");
    }
  });
});
