/** The secrets that the environment may hold, and what secrets look like. */

/** Each variable that can come from there, with what it is. */
export const SECRET_VARIABLES = {
  SLACK_BOT_TOKEN: "the bot that posts notices and digests",
  SLACK_SIGNING_SECRET: "proves that a button's click comes from Slack",
  EIP_GUARD_WEBHOOK_URL: "where webhooks go",
  EIP_GUARD_WEBHOOK_SECRET: "the key that signs webhooks",
  EIP_GUARD_UI_TOKEN: "the token of the pages of `serve`",
} as const;

export type SecretVariable = keyof typeof SECRET_VARIABLES;

export function isSecretVariable(name: string): name is SecretVariable {
  return Object.hasOwn(SECRET_VARIABLES, name);
}

/** What the known secrets look like: Slack's tokens, the cloud's keys, private keys, webhooks, JSON web tokens. */
const SECRET_FORMS =
  /xox[a-z]-|xapp-|\b[AI]KID[A-Za-z0-9]{8,}|-----BEGIN|hooks\.slack\.com\/|qyapi\.weixin\.qq\.com\/|oapi\.dingtalk\.com\/|open\.(feishu|larksuite)\.c\w+\/open-apis\/bot|\beyJ[\w-]{8,}\.|:\/\/[^/\s:@]+:[^/\s@]+@/;

/** Whether a value has the form of a secret. */
export function looksSecret(value: string): boolean {
  return SECRET_FORMS.test(value);
}
