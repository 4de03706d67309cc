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

/** What a person at a terminal answered. */
export interface Answers {
  readonly regions: readonly string[];
  /** The clusters that were found; `path`: of a kubeconfig, null where none was named. */
  readonly clusters: readonly {
    readonly id: string;
    readonly name: string;
    readonly region: string;
    readonly path: string | null;
  }[];
  /** Of Slack; null: nobody is told. */
  readonly channel: string | null;
}

/** The template with what was answered. Everything else in it stays as it is. */
export function filledTemplate({ regions, clusters, channel }: Answers): string {
  const changes: readonly (readonly [from: string, to: string])[] = [
    ["  regions: [ap-guangzhou]            #", `  regions: [${regions.join(", ")}]  #`],
    ...(clusters.length === 0 ? [] : [kubeconfigChange(clusters)]),
    ...(channel === null ? [] : channelChanges(channel)),
  ];
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from))
      throw new GuardError("TemplateChanged", "guard", `the template has no line "${from}"`, "please report this");
    return text.replace(from, () => to);
  }, TEMPLATE);
}

/** A cluster's name is somebody's text: in a comment or a question it must be text, too. */
export function harmlessName(name: string): string {
  return name.replace(/[^\p{L}\p{N} ._-]/gu, "?");
}

function kubeconfigChange(clusters: Answers["clusters"]): readonly [string, string] {
  const line = ({ id, name, region, path }: Answers["clusters"][number]) => {
    const entry = `- { id: ${id}, path: ${JSON.stringify(path ?? `./${id}.yaml`)}, region: ${region} }`;
    return `  ${path === null ? "# " : ""}  ${entry}  # ${harmlessName(name)}\n`;
  };
  const named = clusters.filter(({ path }) => path !== null);
  const heading = named.length === 0 ? "  # kubeconfigs:                     #" : "  kubeconfigs:                       #";
  const from = "  # kubeconfigs:                     # account and region only where they are not the only ones\n";
  const rest = clusters.filter(({ path }) => path === null);
  return [from, `${heading} account and region only where they are not the only ones\n${[...named, ...rest].map(line).join("")}`];
}

function channelChanges(channel: string): readonly (readonly [string, string])[] {
  return [
    ["# alerts:\n", "alerts:\n"],
    ["#   slack:\n", "  slack:\n"],
    ['#     channel: "#eip-guard"            #', `    channel: ${JSON.stringify(channel)}  #`],
  ];
}

/** Writes the template, or what was made of it, to `path`. Throws GuardError (user) `AlreadyThere` when something is there: nothing is overwritten. */
export async function writeTemplate(path: string, text: string = TEMPLATE): Promise<void> {
  try {
    await writeFile(path, text, { encoding: "utf8", flag: "wx" });
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
