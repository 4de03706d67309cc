import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createEmulator, type Emulator } from "emulate";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Announcement, DigestAnnouncement, NoticeAnnouncement } from "../../src/core/terms/announcement.ts";
import { type News, newsOf } from "../../src/core/terms/news.ts";
import { DAY, type Duration, instant, milliseconds } from "../../src/core/terms/time.ts";
import type { Clock } from "../../src/ports.ts";
import type { OutgoingMessage } from "../../src/slack/compose.ts";
import { createPoster, createSlackNotifier, type SlackNotifierOptions } from "../../src/slack/notifier.ts";
import { render } from "../../src/slack/render.ts";
import { eip, sample } from "../report/sample.ts";

const TOKEN = "xoxb-000-marked-secret";
const NOW = instant(Date.parse("2026-11-23T09:00:00Z"));
const MESSAGE: OutgoingMessage = {
  text: "hello",
  blocks: [{ type: "section", text: { type: "mrkdwn", text: "hello *there*", verbatim: true } }],
  eips: [],
};
const NOTICE: NoticeAnnouncement = {
  kind: "notice",
  at: NOW,
  mode: "enforce",
  eips: Array.from({ length: 400 }, (_, index) => eip({ id: `eip-${String(index).padStart(8, "0")}` })),
  later: 0,
  keepTags: [],
  notice: DAY,
  timezone: null,
  cap: null,
};

/** Too long for one message, and no list of EIPs. */
const LONG: Announcement = {
  kind: "kept-twice",
  at: NOW,
  sentences: Array.from({ length: 400 }, (_, index) => `eip-${index}: ${"kept ".repeat(20)}`),
};
const DIGEST: DigestAnnouncement = {
  kind: "digest",
  at: NOW,
  result: sample(),
  news: newsOf(sample(), null, new Set()).news,
  update: null,
  weekly: false,
  trailHead: null,
  timezone: null,
};

const ONE_NOTE: News = {
  leaks: [],
  failures: [],
  released: [],
  gaps: [],
  lost: [],
  approvals: [],
  held: [],
  findings: [],
  thresholds: [],
  notes: ["a note"],
};

/** The emulator knows channels by their names without the `#`. */
const CHANNEL = { channel: "eip-guard" };

let slept: Duration[] = [];
const clock: Clock = {
  now: () => NOW,
  sleep: async (duration) => {
    slept.push(duration);
  },
};

function notifier(apiUrl: string, fields: Partial<SlackNotifierOptions> = {}) {
  slept = [];
  const options = {
    channel: "#eip-guard",
    apiUrl,
    token: TOKEN,
    clock,
    language: "en" as const,
    pause: milliseconds(1),
    timeout: milliseconds(2_000),
    ...fields,
  };
  return { post: createPoster(options), announce: createSlackNotifier(options).announce };
}

describe("an emulated Slack", () => {
  let slack: Emulator;
  beforeAll(async () => {
    const port = await freePort();
    slack = await createEmulator({
      service: "slack",
      port,
      seed: { slack: { team: { name: "Team", domain: "team" }, channels: [{ name: "eip-guard" }], strict_scopes: false } },
    });
  });
  afterEach(() => slack.reset());
  afterAll(() => slack.close());

  const ask = async (method: string, query: Readonly<Record<string, string>>): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${slack.url}/api/${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: new URLSearchParams(query),
    });
    const parsed: unknown = await answer.json();
    if (typeof parsed !== "object" || parsed === null) throw new Error("no answer");
    return { ...parsed };
  };

  it("shows a message as it was built, and the delivery names it", async () => {
    const delivery = await notifier(`${slack.url}/api/`, CHANNEL).post(MESSAGE);
    expect(delivery).toMatchObject({ delivered: true, at: NOW });
    if (!delivery.delivered) return;
    const [channel = "", ts = ""] = delivery.reference.split("/");
    const { messages } = await ask("conversations.history", { channel });
    expect(messages).toEqual([expect.objectContaining({ ts, text: MESSAGE.text, blocks: MESSAGE.blocks })]);
  });

  it("puts what does not fit into the message's thread, in order", async () => {
    const message = render(LONG);
    const delivery = await notifier(`${slack.url}/api/`, CHANNEL).announce(LONG);
    expect(delivery.delivered).toBe(true);
    if (!delivery.delivered) return;
    const [channel = "", ts = ""] = delivery.reference.split("/");
    const { messages } = await ask("conversations.replies", { channel, ts });
    expect(messages).toEqual(
      [message, ...(message.thread ?? [])].map(({ text, blocks }) => expect.objectContaining({ text, blocks })),
    );
    expect(message.thread?.length).toBeGreaterThan(1);
    // Slack takes about one message a second in a channel.
    expect(slept).toEqual(message.thread?.map(() => 1_000));
  });

  it("puts a long list into the thread as a file", async () => {
    const delivery = await notifier(`${slack.url}/api/`, CHANNEL).announce(NOTICE);
    if (!delivery.delivered) throw new Error(delivery.why);
    const [channel = "", ts = ""] = delivery.reference.split("/");
    const { messages } = await ask("conversations.replies", { channel, ts });
    expect(messages).toEqual([
      expect.objectContaining({ ts }),
      expect.objectContaining({
        files: [expect.objectContaining({ name: expect.stringMatching(/^eip-guard-notice-.*\.csv$/) })],
      }),
    ]);
  });

  it("changes the day's digest in place, says in its thread what changed, and posts a new one where it is gone", async () => {
    const { announce } = notifier(`${slack.url}/api/`, CHANNEL);
    const first = await announce(DIGEST);
    if (!first.delivered) throw new Error(first.why);
    const [channel = "", ts = ""] = first.reference.split("/");
    const update = { reference: first.reference, changes: ONE_NOTE, over: 1 };
    const second = await announce({ ...DIGEST, news: { ...DIGEST.news, notes: ["a note"] }, update });
    expect(second).toMatchObject({ delivered: true, reference: first.reference });
    const { messages } = await ask("conversations.replies", { channel, ts });
    expect(messages).toEqual([
      expect.objectContaining({ ts, blocks: expect.arrayContaining([expect.objectContaining({ type: "header" })]) }),
      expect.objectContaining({ text: expect.stringContaining("1 note") }),
    ]);
    expect(JSON.stringify(messages)).toContain("1 thing said before no longer holds");
    await ask("chat.delete", { channel, ts });
    const third = await announce({ ...DIGEST, update });
    expect(third).toMatchObject({ delivered: true, reference: expect.not.stringContaining(ts) });
  });

  it("says that the channel is not there, and what to do", async () => {
    const delivery = await notifier(`${slack.url}/api/`, { channel: "#nowhere" }).post(MESSAGE);
    expect(delivery).toEqual({
      delivered: false,
      why: "slack answered channel_not_found for #nowhere; check alerts.slack.channel, and invite the bot to it",
    });
  });
});

type Answer = (request: IncomingMessage, response: ServerResponse, call: number) => void;

/** A Slack that answers as told, over real HTTP; answers its URL and how often it was asked. */
async function misbehaving(answer: Answer, use: (url: string, calls: () => number) => Promise<void>): Promise<void> {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    request.resume();
    answer(request, response, calls);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  try {
    await use(`http://127.0.0.1:${address.port}/api/`, () => calls);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

const ok = (response: ServerResponse, ts = "1.0") =>
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ok: true, channel: "C1", ts }));
const refuse = (response: ServerResponse, error: string) =>
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ok: false, error }));
const limit = (response: ServerResponse, after: string) => response.writeHead(429, { "retry-after": after }).end();

describe("a Slack in trouble", () => {
  it("does not lose a message on a 429: it waits as long as Slack asks, and posts it", () =>
    misbehaving(
      (_, response, call) => (call === 1 ? limit(response, "7") : ok(response)),
      async (url, calls) => {
        expect(await notifier(url).post(MESSAGE)).toEqual({ delivered: true, at: NOW, reference: "C1/1.0" });
        expect([slept, calls()]).toEqual([[7_000], 2]);
      },
    ));

  it.each([
    ["waits once only", "7", [7_000], 2],
    ["does not wait for longer than half a minute", "31", [], 1],
  ])("%s, and then says that the message was not delivered", (_, after, waits, times) =>
    misbehaving(
      (__, response) => limit(response, after),
      async (url, calls) => {
        const delivery = await notifier(url).post(MESSAGE);
        expect(delivery).toEqual({ delivered: false, why: `slack limits the rate of messages and asks to wait for ${after} s` });
        expect([slept, calls()]).toEqual([waits, times]);
      },
    ),
  );

  it.each([
    ["invalid_auth", "slack answered invalid_auth for #eip-guard; check SLACK_BOT_TOKEN"],
    ["not_in_channel", "slack answered not_in_channel for #eip-guard; invite the bot to the channel"],
    ["fatal_error", "slack answered fatal_error for #eip-guard"],
  ])("says %s, once, and what to do", (error, why) =>
    misbehaving(
      (_, response) => refuse(response, error),
      async (url, calls) => {
        expect(await notifier(url).post(MESSAGE)).toEqual({ delivered: false, why });
        expect(calls()).toBe(1);
      },
    ),
  );

  it("tries again when Slack can't be reached for a moment", () =>
    misbehaving(
      (request, response, call) => (call < 3 ? request.socket.destroy() : ok(response)),
      async (url) => expect(await notifier(url).post(MESSAGE)).toMatchObject({ delivered: true }),
    ));

  it("gives up on a Slack that does not answer", () =>
    misbehaving(
      () => undefined,
      async (url, calls) => {
        const delivery = await notifier(url, { timeout: milliseconds(20) }).post(MESSAGE);
        expect(delivery.delivered).toBe(false);
        expect(calls()).toBe(3);
      },
    ));

  it("gives up on a Slack that is not there", async () => {
    const delivery = await notifier(`http://127.0.0.1:${await freePort()}/api/`).post(MESSAGE);
    expect(delivery).toMatchObject({ delivered: false, why: expect.stringContaining("slack can't be reached") });
  });

  it("posts the list as text where a file is refused, and says so", () =>
    misbehaving(
      (request, response, call) =>
        request.url?.includes("/files.") === true ? refuse(response, "missing_scope") : ok(response, `${call}.0`),
      async (url, calls) => {
        const delivery = await notifier(url).announce(NOTICE);
        expect(delivery).toMatchObject({ delivered: true, problems: [expect.stringContaining("files:write")] });
        expect(calls()).toBe(3 + (render(NOTICE).file?.instead.length ?? 0));
      },
    ));

  it("counts a message as not delivered when a part of its list was not, and says which EIPs people can see", () =>
    misbehaving(
      (_, response, call) => (call === 2 || call > 4 ? refuse(response, "fatal_error") : ok(response, `${call}.0`)),
      async (url) => {
        const message = render(NOTICE);
        const delivery = await notifier(url).announce(NOTICE);
        expect(delivery).toEqual({
          delivered: false,
          why: expect.stringMatching(/^part 4 of \d+ was not delivered: slack answered/),
          partly: {
            at: NOW,
            reference: "C1/1.0",
            eips: [...message.eips, ...(message.file?.instead[0]?.eips ?? [])],
          },
        });
      },
    ));

  it("loses no part of a thread to a 429", () =>
    misbehaving(
      (_, response, call) => (call % 2 === 1 ? limit(response, "3") : ok(response)),
      async (url, calls) => {
        expect(await notifier(url).announce(LONG)).toMatchObject({ delivered: true });
        expect(calls()).toBe(2 * (1 + (render(LONG).thread?.length ?? 0)));
      },
    ));

  it("never says the token, even where Slack repeats it", () =>
    misbehaving(
      (_, response) => refuse(response, `bad token ${TOKEN}`),
      async (url) => expect(JSON.stringify(await notifier(url).post(MESSAGE))).not.toContain("marked-secret"),
    ));

  it("delivers nothing without a token, and says so", async () => {
    expect(await notifier("http://127.0.0.1:1/", { token: null }).post(MESSAGE)).toEqual({
      delivered: false,
      why: "SLACK_BOT_TOKEN is not set",
    });
  });
});
