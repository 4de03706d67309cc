import { TEMPLATE } from "./init.ts";
import { configurationJsonSchema, type SchemaNode } from "./json-schema.ts";
import { pathText } from "./problem.ts";

/** `docs/configuration.md`: every key of `eip-guard.yaml`, out of its schema. `eip-guard schema --format markdown` prints it. */
export function configurationReference(): string {
  const schema = configurationJsonSchema();
  const sections = Object.entries(schema.properties ?? {}).map(([name, node]) => section(name, node));
  return `${HEAD}\n${sections.join("\n")}\n${ENVIRONMENT}\n## A commented example\n\n\`eip-guard init\` writes this file.\n\n\`\`\`yaml\n${TEMPLATE}\`\`\`\n`;
}

const HEAD = `# Configuration

<!-- Generated from the schema by \`npm run docs\`; a test keeps it up to date. -->

\`eip-guard.yaml\` is looked for in this order: \`--config FILE\`, \`eip-guard.yaml\` in the working folder, the file that
\`EIP_GUARD_CONFIG\` names. The scheduled function takes \`EIP_GUARD_CONFIG\` first, else \`eip-guard.yaml\` beside its bundle.

The file is strict: an unknown key, a wrong value or a contradiction is an error with its file, line and column, the wrong
value and what to write instead; all errors are shown at once, nothing is done, and the exit code is 2. Durations are a whole
number with one unit (\`90s\`, \`15m\`, \`24h\`, \`7d\`), and \`never\` where the table says so. Paths are relative to the file's folder.
`;

const ENVIRONMENT = `## Environment

Secrets come from the environment, or from the Secrets Manager by \`secrets\`. They reach no output, log, trail or report.

| variable | means |
|---|---|
| \`TENCENTCLOUD_SECRET_ID\`, \`TENCENTCLOUD_SECRET_KEY\`, \`TENCENTCLOUD_TOKEN\` | credentials for Tencent Cloud; the token only for temporary ones |
| \`TENCENTCLOUD_SECRETID\`, \`TENCENTCLOUD_SECRETKEY\`, \`TENCENTCLOUD_SESSIONTOKEN\` | the same, as SCF sets them from the function's run role |
| \`SLACK_BOT_TOKEN\` | the bot that posts notices and digests |
| \`SLACK_SIGNING_SECRET\` | proves that a button's click comes from Slack |
| \`EIP_GUARD_WEBHOOK_URL\` | where webhooks go: https, or http on loopback. The address is a secret. |
| \`EIP_GUARD_WEBHOOK_SECRET\` | the key that signs webhooks |
| \`EIP_GUARD_UI_TOKEN\` | opens the pages of \`serve\` where it does not listen on loopback |
| \`EIP_GUARD_CONFIG\` | the configuration file |
| \`EIP_GUARD_ALLOW_RELEASE=yes\` | the second key: nothing is released without it, whatever the mode |
| \`EIP_GUARD_SHORT_DELAYS=yes\` | leaves the floors of the delays out, for tests; refused unless \`tencent.endpoint\` is on loopback |
| \`HTTPS_PROXY\`, \`HTTP_PROXY\`, \`NO_PROXY\` | proxies for the cloud, Slack, webhooks, COS, and clusters without a \`proxy-url\`; either case; never for loopback |
| \`NO_COLOR\` | no colour on the terminal |
`;

function section(name: string, node: SchemaNode): string {
  const rows = rowsOf(node, [name]);
  const heading = `## ${name}\n\n${node.description ?? ""}\n`;
  if (node.properties === undefined && typeof node.additionalProperties !== "object" && node.items === undefined)
    return `${heading}\nValue: ${typeOf(node)}; left out: ${defaultOf(node, false)}.\n`;
  return `${heading}\n| key | value | left out | meaning |\n|---|---|---|---|\n${rows.join("\n")}\n`;
}

function rowsOf(node: SchemaNode, path: readonly PropertyKey[]): readonly string[] {
  const rows: string[] = [];
  for (const [name, inner] of Object.entries(node.properties ?? {})) {
    const here = [...path, name];
    const required = node.required?.includes(name) ?? false;
    rows.push(
      `| \`${pathText(here)}\` | ${cell(typeOf(inner))} | ${cell(defaultOf(inner, required))} | ${cell(inner.description ?? "")} |`,
    );
    rows.push(...rowsOf(inner, here));
  }
  if (node.items?.properties !== undefined) rows.push(...rowsOf(node.items, [...path.slice(0, -1), `${String(path.at(-1))}[]`]));
  if (typeof node.additionalProperties === "object") rows.push(...rowsOf(node.additionalProperties, [...path, "REGION"]));
  return rows;
}

function typeOf(node: SchemaNode): string {
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (node.anyOf !== undefined) return "glob, or list of globs";
  if (node.pattern?.includes("[smhd]")) return node.pattern.includes("never") ? "duration or `never`" : "duration";
  if (node.type === "array") return `list of ${plural(node.items)}`;
  if (node.type === "object") return "mapping";
  if (node.type === "integer") return "whole number";
  if (node.type === "boolean") return "`true`, `false`";
  return node.type === "string" ? "text" : (node.type ?? "anything");
}

function plural(items: SchemaNode | undefined): string {
  if (items === undefined || items.properties !== undefined) return "mappings";
  return items.enum === undefined ? "texts" : typeOf(items);
}

function defaultOf(node: SchemaNode, required: boolean): string {
  if (required) return "**needed**";
  if (node.default === undefined) return "-";
  if (node.type === "object") return "its defaults";
  if (Array.isArray(node.default) && node.items?.properties !== undefined)
    return node.default.length === 0 ? "`[]`" : "the built-in rules";
  return `\`${typeof node.default === "string" ? node.default : JSON.stringify(node.default)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
