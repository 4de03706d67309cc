import * as z from "zod";
import { address, plainTextRemarks, text } from "../fields.ts";
import type { Section } from "../section.ts";

/** `alerts`: who is told, and where. */

export const example = `# alerts:
#   slack: { channel: "#eip-guard" }   # the token comes from SLACK_BOT_TOKEN
`;

function schema() {
  return z
    .strictObject(
      {
        slack: z
          .strictObject(
            {
              channel: text("a channel such as #eip-guard").describe(
                "The channel's name or id. The token comes from SLACK_BOT_TOKEN.",
              ),
              apiUrl: address("an address such as http://127.0.0.1:9001/api/")
                .optional()
                .describe("Another address of the Slack API, only for tests and proxies."),
            },
            { error: "must be a mapping: channel, apiUrl" },
          )
          .optional()
          .describe("Slack, where notices and digests go."),
      },
      { error: "must be a mapping: slack" },
    )
    .prefault({})
    .describe("Who is told. Mode `enforce` needs a channel: no release without a delivered notice.");
}

export type AlertsInFile = z.output<ReturnType<typeof schema>>;

export const alerts = {
  schema,
  remarks({ slack }: AlertsInFile) {
    return plainTextRemarks("alerts.slack.apiUrl", slack?.apiUrl);
  },
} satisfies Section;

export interface AlertsConfig {
  /** Null: nobody is told. */
  readonly slack: { readonly channel: string; readonly apiUrl: string | null } | null;
}

export function buildAlerts({ slack }: AlertsInFile): AlertsConfig {
  return { slack: slack === undefined ? null : { channel: slack.channel, apiUrl: slack.apiUrl ?? null } };
}
