import { whyOf } from "../errors.ts";

/** Why Slack refuses our token; null when it takes it. It posts nothing. */
export async function refusalOf(token: string | null, apiUrl: string | null): Promise<string | null> {
  if (token === null) return "SLACK_BOT_TOKEN is not set";
  const { WebClient } = await import("./web-api.ts");
  const client = new WebClient(token, {
    ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
    timeout: 10_000,
    retryConfig: { retries: 1 },
    rejectRateLimitedCalls: true,
  });
  try {
    await client.auth.test();
    return null;
  } catch (error) {
    return whyOf(error).replaceAll(token, "[secret]");
  }
}
