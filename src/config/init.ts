import { writeFile } from "node:fs/promises";
import { GuardError, whyOf } from "../errors.ts";
import { example as alerts } from "./sections/alerts.ts";
import { example as clusters } from "./sections/clusters.ts";
import { example as deploy } from "./sections/deploy.ts";
import { example as evidence } from "./sections/evidence.ts";
import { example as mode } from "./sections/mode.ts";
import { example as owner } from "./sections/owner.ts";
import { example as policy } from "./sections/policy.ts";
import { example as prices } from "./sections/prices.ts";
import { example as release } from "./sections/release.ts";
import { example as secrets } from "./sections/secrets.ts";
import { example as state } from "./sections/state.ts";
import { example as tencent } from "./sections/tencent.ts";

/** The schema beside the configuration, for editors: it works offline. */
export const SCHEMA_FILE = "eip-guard.schema.json";

/** The commented configuration that `eip-guard init` writes. It loads as it stands. */
export const TEMPLATE = `# yaml-language-server: $schema=./${SCHEMA_FILE}
# An editor checks and completes this file with that schema: eip-guard schema > ${SCHEMA_FILE}
# eip-guard's configuration. Every key, with its meaning: docs/configuration.md or \`eip-guard schema\`.
# Durations are 90s, 15m, 24h, 7d, or never. Secrets are never written here; they come from the environment, or by \`secrets\` below:
#   TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_TOKEN (for temporary keys), SLACK_BOT_TOKEN
${[mode, tencent, clusters, policy, release, evidence, owner, alerts, state, prices, secrets, deploy].join("\n")}`;

/** Writes the template to `path`. Throws GuardError (user) `AlreadyThere` when something is there: nothing is overwritten. */
export async function writeTemplate(path: string): Promise<void> {
  try {
    await writeFile(path, TEMPLATE, { encoding: "utf8", flag: "wx" });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      throw new GuardError(
        "AlreadyThere",
        "user",
        `${path} is already there`,
        "edit it, or move it away first; init overwrites nothing",
        {
          cause: error,
        },
      );
    throw new GuardError("CannotWrite", "cloud", `can't write ${path}: ${whyOf(error)}`, "name a folder that can be written to", {
      cause: error,
    });
  }
}
