import * as z from "zod";
import { address, distinct, plainTextRemarks, text } from "../fields.ts";
import type { Section } from "../section.ts";

/** `alerts`: who is told, and where. */

export const example = `# alerts:
#   slack:
#     channel: "#eip-guard"            # the token comes from SLACK_BOT_TOKEN
#     buttons: { users: [U012ABCDEF] } # who may press Keep and Approve below a notice; left out: no buttons
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
              buttons: buttons().optional().describe("Buttons below each EIP of a notice. Left out: no buttons."),
            },
            { error: "must be a mapping: channel, apiUrl, buttons" },
          )
          .optional()
          .describe("Slack, where notices and digests go."),
      },
      { error: "must be a mapping: slack" },
    )
    .prefault({})
    .describe("Who is told. Mode `enforce` needs a channel: no release without a delivered notice.");
}

function buttons() {
  return z.strictObject(
    {
      users: z
        .array(
          z.string({ error: "must be a Slack user id such as U012ABCDEF" }).regex(/^[UW][A-Z0-9]{2,}$/, {
            error: "is no Slack user id; write one such as U012ABCDEF (profile, Copy member ID)",
          }),
          { error: "must be a list of Slack user ids such as [U012ABCDEF]" },
        )
        .min(1, { error: "must name at least one user; leave buttons out for none" })
        .refine(distinct, { error: "names a user twice" })
        .describe("Ids of the Slack users who may press. SLACK_SIGNING_SECRET proves that a press comes from Slack."),
    },
    { error: "must be a mapping: users" },
  );
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
  readonly slack: {
    readonly channel: string;
    readonly apiUrl: string | null;
    /** Ids of the Slack users who may press buttons; null: messages have none. */
    readonly buttons: { readonly users: readonly string[] } | null;
  } | null;
}

export function buildAlerts({ slack }: AlertsInFile): AlertsConfig {
  return {
    slack: slack === undefined ? null : { channel: slack.channel, apiUrl: slack.apiUrl ?? null, buttons: slack.buttons ?? null },
  };
}
