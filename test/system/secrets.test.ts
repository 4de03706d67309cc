import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDemoStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openDemoStage("mode: flag\nstate: { dir: ./state }\nevidence: { cloudaudit: true, billing: true }");
});
afterAll(() => stage.close());

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
});
