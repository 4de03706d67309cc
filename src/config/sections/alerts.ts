import * as z from "zod";
import type { Match, Weekday } from "../../core/terms/policy.ts";
import type { Duration } from "../../core/terms/time.ts";
import { LANGUAGES, type Language } from "../../language/language.ts";
import { address, delayOf, distinct, durationOrNever, minutesOf, plainTextRemarks, text, timezone } from "../fields.ts";
import { matchOf, matchSchema } from "../match.ts";
import type { Problem } from "../problem.ts";
import type { Section } from "../section.ts";

/** `alerts`: who is told, where, and in which language. */

export const example = `# alerts:
#   language: en                       # en or zh
#   slack:
#     channel: "#eip-guard"            # the token comes from SLACK_BOT_TOKEN
#     buttons: { users: [U012ABCDEF] } # who may press Keep and Approve below a notice; left out: no buttons
#   webhook: { format: json }          # json, wecom, dingtalk or feishu; the address comes from EIP_GUARD_WEBHOOK_URL
#   routes:
#     - { match: { namespace: "games*" }, channel: "#games-oncall" }
#   reminder: 4h                       # before the end of a notice
#   weekly: mon 09:00                  # the summary, also when nothing changed
`;

/** What a webhook's body looks like: our own JSON, or the message of a group bot. */
const WEBHOOK_FORMATS = ["json", "wecom", "dingtalk", "feishu"] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

function schema() {
  return z
    .strictObject(
      {
        language: z
          .enum(LANGUAGES, { error: `must be ${LANGUAGES.join(" or ")}` })
          .default("en")
          .describe("The language of every alert: `en` or `zh`."),
        timezone: timezone()
          .default("Asia/Shanghai")
          .describe("The time zone of the weekly summary, and of the day for which there is one digest."),
        slack: slack().optional().describe("Slack, where notices and digests go."),
        webhook: z
          .strictObject(
            {
              format: z
                .enum(WEBHOOK_FORMATS, { error: `must be one of ${WEBHOOK_FORMATS.join(", ")}` })
                .default("json")
                .describe(
                  "`json`: events with a signature. `wecom`, `dingtalk`, `feishu`: messages of a group bot. The address comes from EIP_GUARD_WEBHOOK_URL, the key from EIP_GUARD_WEBHOOK_SECRET.",
                ),
            },
            { error: "must be a mapping: format" },
          )
          .optional()
          .describe("A webhook. It carries the notices where no Slack is configured, and gets everything besides where one is."),
        routes: z
          .array(
            z.strictObject(
              {
                match: matchSchema().describe("Which EIPs; the keys are those of a rule's match."),
                channel: text("a channel such as #games-oncall").describe("The Slack channel's name or id."),
              },
              { error: "must be a mapping: match, channel" },
            ),
            { error: "must be a list of routes" },
          )
          .default([])
          .describe(
            "The first route that matches takes an EIP's notices, reminders, receipts and all-clears; without one they go to the channel above.",
          ),
        reminder: durationOrNever(null)
          .default("4h")
          .describe("So long before the end of a notice people are reminded of it. `never`: not at all."),
        weekly: z
          .string({ error: WEEKLY })
          .regex(/^(never|(mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):[0-5]\d)$/, { error: WEEKLY })
          .default("mon 09:00")
          .describe("When the weekly summary comes, in `alerts.timezone`, also where nothing changed. `never`: not at all."),
      },
      { error: "must be a mapping: language, timezone, slack, webhook, routes, reminder, weekly" },
    )
    .prefault({})
    .describe("Who is told. Mode `enforce` needs a channel: no release without a delivered notice.");
}

const WEEKLY = 'is no time of the week; write one such as "mon 09:00", or never';

function slack() {
  return z.strictObject(
    {
      channel: text("a channel such as #eip-guard").describe("The channel's name or id. The token comes from SLACK_BOT_TOKEN."),
      apiUrl: address("an address such as http://127.0.0.1:9001/api/")
        .optional()
        .describe("Another address of the Slack API, only for tests and proxies."),
      buttons: z
        .strictObject(
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
        )
        .optional()
        .describe("Buttons below each EIP of a notice. Left out: no buttons."),
    },
    { error: "must be a mapping: channel, apiUrl, buttons" },
  );
}

export type AlertsInFile = z.output<ReturnType<typeof schema>>;

export const alerts = {
  schema,
  problems({ slack, routes }: AlertsInFile): readonly Problem[] {
    if (slack !== undefined || routes.length === 0) return [];
    return [{ path: ["alerts", "routes"], message: "name Slack channels, and alerts.slack is not configured; add it" }];
  },
  remarks({ slack }: AlertsInFile) {
    return plainTextRemarks("alerts.slack.apiUrl", slack?.apiUrl);
  },
} satisfies Section;

export interface AlertsConfig {
  readonly language: Language;
  /** IANA name. */
  readonly timezone: string;
  /** Null: nobody is told in Slack. */
  readonly slack: SlackConfig | null;
  readonly webhook: { readonly format: WebhookFormat } | null;
  /** The first that matches counts. */
  readonly routes: readonly { readonly match: Match; readonly channel: string }[];
  /** Null: never. */
  readonly reminder: Duration | null;
  /** Minutes since midnight; null: never. */
  readonly weekly: { readonly day: Weekday; readonly minutes: number } | null;
}

export interface SlackConfig {
  readonly channel: string;
  readonly apiUrl: string | null;
  /** Null: no buttons in messages. */
  readonly buttons: { readonly users: readonly string[] } | null;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export function buildAlerts({ slack, webhook, routes, reminder, weekly, ...rest }: AlertsInFile): AlertsConfig {
  const [day, time = ""] = weekly.split(" ");
  const weekday = DAYS.find((name) => name === day);
  return {
    ...rest,
    slack: slack === undefined ? null : { channel: slack.channel, apiUrl: slack.apiUrl ?? null, buttons: slack.buttons ?? null },
    webhook: webhook ?? null,
    routes: routes.map(({ match, channel }) => ({ match: matchOf(match), channel })),
    reminder: delayOf(reminder),
    weekly: weekday === undefined ? null : { day: weekday, minutes: minutesOf(time) },
  };
}
