import type { WebClient } from "@slack/web-api";
import { whyOf } from "../errors.ts";
import type { ProxyFor } from "../proxy/environment.ts";
import { fetchBy } from "../proxy/fetch.ts";

/** What a look at Slack found, line by line. Nothing is posted. */
export interface SlackFinding {
  readonly what: "token" | "scopes" | "channel";
  readonly status: "ok" | "warn" | "fail" | "skip";
  readonly detail: string;
  /** Empty where nothing has to be done. */
  readonly fix: string;
}

const SCOPE = "chat:write";
const POST = "`eip-guard check --notify` posts one test message and says whether it arrived";

export interface SlackLook {
  readonly token: string | null;
  /** Null: Slack's own. */
  readonly apiUrl: string | null;
  readonly channel: string;
  readonly proxyFor: ProxyFor;
}

/** Whether Slack takes our token, with which scopes, and whether the bot is in the channel, as far as the scopes let us see it. */
export async function lookAtSlack({ token, apiUrl, channel, proxyFor }: SlackLook): Promise<readonly SlackFinding[]> {
  if (token === null)
    return [
      found(
        "token",
        "fail",
        "SLACK_BOT_TOKEN is not set",
        "put the bot's token into the environment:\nexport SLACK_BOT_TOKEN=xoxb-…",
      ),
    ];
  const { LogLevel, WebClient } = await import("./web-api.ts");
  const client = new WebClient(token, {
    ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
    fetch: fetchBy(proxyFor),
    timeout: 10_000,
    retryConfig: { retries: 1 },
    rejectRateLimitedCalls: true,
    // The client's own logger writes to stdout, where the data goes.
    logger: {
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: nothing,
      setLevel: nothing,
      getLevel: () => LogLevel.ERROR,
      setName: nothing,
    },
  });
  const clean = (error: unknown) => whyOf(error).replaceAll(token, "[secret]");
  let scopes: readonly string[] | null;
  let bot: string;
  try {
    const { response_metadata, user = "the bot" } = await client.auth.test();
    scopes = response_metadata?.scopes ?? null;
    bot = user;
  } catch (error) {
    return [found("token", "fail", clean(error), tokenFix(codeOf(error), apiUrl))];
  }
  return [
    found("token", "ok", `accepted, as ${bot}`),
    scopesOf(scopes),
    await channelOf(client, channel, scopes, bot).catch((error: unknown) => unseen(channel, codeOf(error) ?? clean(error))),
  ];
}

function nothing(): void {}

function found(what: SlackFinding["what"], status: SlackFinding["status"], detail: string, fix = ""): SlackFinding {
  return { what, status, detail, fix };
}

function codeOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("data" in error)) return null;
  const { data } = error;
  return typeof data === "object" && data !== null && "error" in data && typeof data.error === "string" ? data.error : null;
}

function tokenFix(code: string | null, apiUrl: string | null): string {
  if (code === null)
    return `check the network, a proxy${apiUrl === null ? "" : " and alerts.slack.apiUrl"}:\ncurl -sS -m 10 -X POST ${apiUrl ?? "https://slack.com/api/"}api.test`;
  return "copy the Bot User OAuth Token of your Slack app (OAuth & Permissions) again:\nexport SLACK_BOT_TOKEN=xoxb-…";
}

function scopesOf(scopes: readonly string[] | null): SlackFinding {
  if (scopes === null)
    return found("scopes", "skip", `not checked: Slack did not say which scopes the token has; ${SCOPE} is needed`);
  if (scopes.includes(SCOPE)) return found("scopes", "ok", `${SCOPE} is there`);
  const has = scopes.length === 0 ? "it has none" : `it has ${scopes.join(", ")}`;
  return found(
    "scopes",
    "fail",
    `the token lacks ${SCOPE} (${has}): no message can be posted`,
    `add the Bot Token Scope ${SCOPE} in your Slack app (OAuth & Permissions) and install the app again`,
  );
}

interface SeenChannel {
  readonly is_member?: boolean | undefined;
  readonly is_archived?: boolean | undefined;
  readonly is_private?: boolean | undefined;
}

async function channelOf(
  client: WebClient,
  channel: string,
  scopes: readonly string[] | null,
  bot: string,
): Promise<SlackFinding> {
  const isPrivateSeen = scopes?.includes("groups:read") ?? false;
  const seen = /^[CG][A-Z0-9]{6,}$/.test(channel)
    ? await byId(client, channel)
    : await byName(client, channel.replace(/^#/, ""), isPrivateSeen);
  if (seen === null) {
    if (!isPrivateSeen)
      return found(
        "channel",
        "warn",
        `there is no public channel ${channel}; whether there is a private one is not checked (that needs groups:read)`,
        `correct alerts.slack.channel, or invite the bot in the private channel, and try: ${POST}:\n/invite @${bot}`,
      );
    return found(
      "channel",
      "fail",
      `there is no channel ${channel} that the bot can see`,
      `correct alerts.slack.channel, or invite the bot in the private channel:\n/invite @${bot}`,
    );
  }
  if (seen.is_archived === true)
    return found("channel", "fail", `${channel} is archived`, "name another channel in alerts.slack.channel");
  if (seen.is_member === true) return found("channel", "ok", `${channel} is there, and the bot is in it`);
  if (seen.is_member === undefined) return unseen(channel, "Slack did not say whether the bot is in it");
  if (seen.is_private !== true && (scopes?.includes("chat:write.public") ?? false))
    return found("channel", "ok", `${channel} is there, and the token may post into public channels`);
  return found("channel", "fail", `the bot is not in ${channel}`, `invite it, in the channel:\n/invite @${bot}`);
}

async function byId(client: WebClient, channel: string): Promise<SeenChannel | null> {
  try {
    const { channel: seen } = await client.conversations.info({ channel });
    return seen ?? {};
  } catch (error) {
    if (codeOf(error) === "channel_not_found") return null;
    throw error;
  }
}

/** Pages of a thousand; a workspace with more channels than these is not searched to its end. */
const PAGES = 20;

async function byName(client: WebClient, name: string, isPrivateSeen: boolean): Promise<SeenChannel | null> {
  let cursor = "";
  for (let page = 0; page < PAGES; page += 1) {
    const { channels, response_metadata } = await client.conversations.list({
      limit: 1_000,
      types: isPrivateSeen ? "public_channel,private_channel" : "public_channel",
      ...(cursor === "" ? {} : { cursor }),
    });
    if (channels === undefined) throw new Error("slack answered without channels");
    const seen = channels.find((one) => one.name === name);
    if (seen !== undefined) return seen;
    cursor = response_metadata?.next_cursor ?? "";
    if (cursor === "") return null;
  }
  throw new Error(`the workspace has more than ${PAGES},000 channels`);
}

function unseen(channel: string, why: string): SlackFinding {
  const reason = why === "missing_scope" ? "the token has no scope to see channels (channels:read)" : why;
  return found("channel", "skip", `${channel}: not checked, because ${reason}; ${POST}`);
}
