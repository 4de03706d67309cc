import { afterEach, describe, expect, it } from "vitest";
import { startSlackServer } from "../../sim/slack.ts";
import { startWebhookServer } from "../../sim/webhook.ts";
import type { Announcement, NoticeAnnouncement } from "../../src/core/terms/announcement.ts";
import type { ToldEip } from "../../src/core/terms/ledger.ts";
import { newsOf } from "../../src/core/terms/news.ts";
import type { Gap } from "../../src/core/terms/result.ts";
import { DAY, type Duration, instant, milliseconds } from "../../src/core/terms/time.ts";
import type { Clock, Notifier } from "../../src/ports.ts";
import { createSlackNotifier } from "../../src/slack/notifier.ts";
import { createWebhookNotifier, type WebhookOptions } from "../../src/webhook/notifier.ts";
import { eip, NASTY, sample } from "../report/sample.ts";

/** Every channel, against a server that refuses what the real one refuses. */

const CHANNELS = ["slack", "json", "wecom", "dingtalk", "feishu"] as const;
const BOTS = ["wecom", "dingtalk", "feishu"] as const;
const START = Date.parse("2026-11-23T09:00:00Z");

let now = START;
const clock: Clock = {
  now: () => instant(now),
  sleep: async (duration: Duration) => {
    now += duration;
  },
};

/** A channel and its server, whatever they speak. */
interface Line {
  readonly announce: Notifier["announce"];
  readonly calls: () => number;
  readonly faults: number[];
  /** All that was taken, as text that people see. */
  readonly said: () => string;
  /** Bodies that were taken. */
  readonly taken: () => readonly string[];
  readonly close: () => Promise<void>;
}

let line: Line | null = null;
afterEach(async () => {
  await line?.close();
  line = null;
});

interface Fields {
  readonly url?: null;
  readonly secret?: string;
  readonly timeout?: Duration;
  readonly language?: "en" | "zh";
}

async function open(channel: (typeof CHANNELS)[number], fields: Fields = {}): Promise<Line> {
  now = START;
  line = channel === "slack" ? await openSlack(fields) : await openWebhook(channel, fields);
  return line;
}

async function openSlack({ secret, ...fields }: Fields): Promise<Line> {
  const server = await startSlackServer();
  const { announce } = createSlackNotifier({
    channel: "#eip-guard",
    apiUrl: server.apiUrl,
    token: secret ?? server.token,
    clock,
    language: "en",
    timeout: milliseconds(2_000),
    pause: milliseconds(1),
    ...fields,
  });
  const said = () => server.messages.map(({ text, blocks }) => [text, ...textsOf(blocks)].join("\n")).join("\n");
  const taken = () => server.messages.map((message) => JSON.stringify(message));
  return {
    announce,
    calls: () => server.calls,
    faults: server.faults,
    said: () => [said(), ...server.files.map(({ content }) => content)].join("\n"),
    taken,
    close: server.close,
  };
}

function textsOf(blocks: readonly unknown[]): readonly string[] {
  return blocks.flatMap((block) => {
    const { text, elements = [] } = Object(block);
    return [text, ...elements].flatMap((piece) => (typeof piece?.text === "string" ? [piece.text] : []));
  });
}

async function openWebhook(format: WebhookOptions["format"], fields: Fields): Promise<Line> {
  const server = await startWebhookServer(format, () => now);
  const { url, secret } = server;
  const { announce } = createWebhookNotifier({
    format,
    url,
    secret,
    language: "en",
    timezone: "Asia/Shanghai",
    accounts: ["default"],
    clock,
    timeout: milliseconds(2_000),
    ...fields,
  });
  const textOf = (body: string): string => {
    const { text, markdown, card } = JSON.parse(body);
    return text ?? markdown?.content ?? markdown?.text ?? card.elements[0].content;
  };
  return {
    announce,
    calls: () => server.calls,
    faults: server.faults,
    said: () => server.messages.map(textOf).join("\n"),
    taken: () => server.messages,
    close: server.close,
  };
}

function notice(size: number, fields: Partial<NoticeAnnouncement> = {}): NoticeAnnouncement {
  return {
    kind: "notice",
    at: instant(START),
    mode: "enforce",
    eips: Array.from({ length: size }, (_, index) => eip({ id: `eip-${String(index).padStart(8, "0")}` })),
    later: 0,
    keepTags: [],
    notice: DAY,
    timezone: null,
    cap: null,
    ...fields,
  };
}

/** Each kind with far more than a message holds. */
const MANY = notice(2_000).eips;
const TOLD: readonly ToldEip[] = MANY.map(({ id, ip, account, region }) => ({
  ...{ id, ip, account, region, pod: "games/web-0@cls-11111111", why: "its workload is gone" },
  ...{ facts: ["released by ReleaseAddresses"], recovery: "vpc AllocateAddresses" },
}));
const GAPS: readonly Gap[] = Array.from({ length: 500 }, (_, index) => ({
  ...{ scope: `cluster cls-${index}`, what: "pods", why: "403 Forbidden: pods is forbidden".repeat(20) },
}));
const FAILURES = MANY.map((one) => ({
  act: { id: one.id, act: "failed" as const, why: "UnauthorizedOperation: ".repeat(20), at: "2026-11-23T09:00:00.000Z" },
  eip: one,
}));
const LONG: readonly Announcement[] = [
  notice(2_000),
  { kind: "reminder", at: instant(START), eips: MANY, keepTags: [], timezone: null },
  { kind: "released", at: instant(START), eips: TOLD },
  { kind: "all-clear", at: instant(START), eips: TOLD },
  { kind: "postponed", at: instant(START), eips: TOLD },
  { kind: "cap", at: instant(START), caps: { maxPerRun: 10, maxPercent: 10 }, eips: MANY },
  { kind: "failed", at: instant(START), mode: "enforce", failures: FAILURES },
  { kind: "incomplete", at: instant(START), mode: "audit", gaps: GAPS },
  {
    ...{ kind: "digest", at: instant(START), result: sample(), update: null, weekly: false, trailHead: null, timezone: null },
    news: { ...newsOf(sample(), null, new Set()).news, leaks: MANY, gaps: GAPS },
  },
];

function idsOf(announcement: Announcement): readonly string[] {
  return "eips" in announcement ? announcement.eips.map(({ id }) => id) : [];
}

const TEST: Announcement = { kind: "test", at: instant(START), run: "run-1" };

/** What neither an error nor a problem may hold: addresses, keys and tokens. */
const SECRETS = /marked-address|SEC-|127\.0\.0\.1|xoxb-/;

describe.each(CHANNELS)("the channel %s", (channel) => {
  it("delivers, signed as the receiver demands", async () => {
    const { announce, said } = await open(channel);
    expect(await announce(notice(3))).toMatchObject({ delivered: true });
    expect(said()).toContain("eip-00000002");
  });

  // WeCom's key is a part of its address.
  it.skipIf(channel === "wecom")("is refused with a wrong key or token, at once, and says neither address nor key", async () => {
    const { announce, calls, taken } = await open(channel, { secret: channel === "slack" ? "xoxb-another" : "SEC-another-key" });
    const delivery = await announce(TEST);
    expect([delivery.delivered, calls(), taken()]).toEqual([false, 1, []]);
    expect(JSON.stringify(delivery)).not.toMatch(SECRETS);
  });

  // Slack says how long to wait, and is waited for once; its client can't know a final status from one that passes.
  const slack = channel === "slack";
  it.each([
    { fault: 429, times: 1, delivered: true, calls: 2 },
    { fault: 429, times: 3, delivered: false, calls: slack ? 2 : 3 },
    { fault: 503, times: 2, delivered: true, calls: 3 },
    { fault: 503, times: 3, delivered: false, calls: 3 },
    { fault: 0, times: 3, delivered: false, calls: 3 },
    { fault: 404, times: 3, delivered: false, calls: slack ? 3 : 1 },
    { fault: 302, times: 3, delivered: false, calls: slack ? 3 : 1 },
  ])(
    "HTTP $fault $times times (0: no answer): delivered $delivered after $calls calls",
    async ({ fault, times, ...expected }) => {
      const { announce, calls, faults } = await open(channel, fault === 0 ? { timeout: milliseconds(200) } : {});
      faults.push(...Array.from({ length: times }, () => fault));
      const delivery = await announce(TEST);
      expect({ delivered: delivery.delivered, calls: calls() }).toEqual(expected);
      expect(JSON.stringify(delivery)).not.toMatch(SECRETS);
    },
  );

  it.each(LONG)("takes $kind of far too many in its size, and what is not delivered is said", async (announcement) => {
    const { announce, said, taken, calls } = await open(channel);
    const delivery = await announce(announcement);
    const seen = delivery.delivered ? idsOf(announcement) : (delivery.partly?.eips ?? []);
    const text = channel === "json" ? taken().join() : said();
    if (announcement.kind === "notice") for (const id of seen) if (!text.includes(id)) expect.fail(`nobody sees ${id}`);
    expect(seen.length > 0 || delivery.delivered).toBe(true);
    expect(calls()).toBeLessThan(15);
    // Within a function's time.
    expect(now - START).toBeLessThan(120_000);
  });

  it("begins nothing more when its time is over", async () => {
    const { announce, calls } = await open(channel);
    expect(await announce({ ...TEST, until: instant(START - 1) })).toMatchObject({ delivered: false });
    expect(calls()).toBe(0);
  });

  it("shows hostile names as text", async () => {
    for (const nasty of [...NASTY, "<@all> <at id=all></at> @所有人 <!channel>"]) {
      const own = await open(channel);
      const pod = { cluster: nasty, namespace: nasty, name: nasty, ordinal: null, workload: null };
      const hostile = eip({ ip: nasty, detail: nasty, account: nasty, region: nasty, pod });
      expect(await own.announce(notice(1, { eips: [hostile] }))).toMatchObject({ delivered: true });
      const said = own.said();
      expect(said).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]|\p{Cc}(?<!\n)/u);
      if (channel === "slack") expect(said.replaceAll(/<!date\^[^>]*>/g, "")).not.toMatch(/<[@!#h]/);
      else if (channel !== "json") expect(said).not.toMatch(/[<>@[\]#|]|:\/\/|&lt;/);
      await own.close();
    }
  });

  it("says it in Chinese where that is asked for", async () => {
    const { announce, said } = await open(channel, { language: "zh" });
    await announce(notice(2));
    expect(said()).toContain("将被释放");
  });
});

describe.each(BOTS)("the group bot of %s", (format) => {
  it("gets 2,000 EIPs in a few messages within its size, and says which EIPs they name", async () => {
    const { taken, announce } = await open(format);
    const delivery = await announce(notice(2_000));
    expect(taken().length).toBeLessThanOrEqual(5);
    if (delivery.delivered) throw new Error("2,000 EIPs do not fit");
    const said = taken().join();
    expect(delivery.partly?.eips.length).toBeGreaterThan(20);
    for (const id of delivery.partly?.eips ?? []) expect(said).toContain(id);
  });

  it("gets no more than 20 messages a minute", async () => {
    const { calls, taken, announce } = await open(format);
    for (let count = 0; count < 45; count += 1) expect(await announce(TEST)).toMatchObject({ delivered: true });
    expect([calls(), taken().length]).toEqual([45, 45]);
    expect(now - START).toBeGreaterThanOrEqual(120_000);
  });
});

it("an event has the contract's fields", async () => {
  const { taken, announce } = await open("json");
  await announce({ ...notice(1), run: "run-1" });
  expect(JSON.parse(taken().join())).toMatchObject({
    schema: "eip-guard/event/v1",
    kind: "notice",
    at: "2026-11-23T09:00:00.000Z",
    run: "run-1",
    account: "default",
    eips: [
      {
        id: "eip-00000000",
        ip: "203.0.113.10",
        pod: "games/web-0@cls-11111111",
        reason: "workload-gone-never-recycled",
        detail: expect.any(String),
        releaseAt: "2026-11-26T07:00:00.000Z",
        cost: { currency: "CNY" },
      },
    ],
    text: expect.stringContaining("Notice: 1 EIP will be released"),
  });
});

it("nothing is delivered without an address, and it says so", async () => {
  const { announce } = await open("json", { url: null });
  expect(await announce(TEST)).toEqual({ delivered: false, why: "EIP_GUARD_WEBHOOK_URL is not set" });
});
