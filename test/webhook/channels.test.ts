import { afterEach, describe, expect, it } from "vitest";
import { startWebhookServer, type WebhookServer } from "../../sim/webhook.ts";
import type { Announcement, NoticeAnnouncement } from "../../src/core/terms/announcement.ts";
import { DAY, type Duration, instant, milliseconds } from "../../src/core/terms/time.ts";
import type { Clock } from "../../src/ports.ts";
import { createWebhookNotifier, type WebhookOptions } from "../../src/webhook/notifier.ts";
import { eip, NASTY } from "../report/sample.ts";

/** Every webhook channel, against a server that refuses what the real one refuses. */

const FORMATS = ["json", "wecom", "dingtalk", "feishu"] as const;
const BOTS = ["wecom", "dingtalk", "feishu"] as const;
const START = Date.parse("2026-11-23T09:00:00Z");

let now = START;
const clock: Clock = {
  now: () => instant(now),
  sleep: async (duration: Duration) => {
    now += duration;
  },
};

let server: WebhookServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function open(format: WebhookOptions["format"], fields: Partial<WebhookOptions> = {}) {
  now = START;
  server = await startWebhookServer(format, () => now);
  const { url, secret } = server;
  const options: WebhookOptions = {
    format,
    url,
    secret,
    language: "en",
    timezone: "Asia/Shanghai",
    accounts: ["default"],
    clock,
    timeout: milliseconds(2_000),
    ...fields,
  };
  return { server, announce: createWebhookNotifier(options).announce };
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

const TEST: Announcement = { kind: "test", at: instant(START), run: "run-1" };

describe.each(FORMATS)("webhook %s", (format) => {
  it("delivers, signed as the receiver demands", async () => {
    const { server, announce } = await open(format);
    expect(await announce(notice(3))).toMatchObject({ delivered: true });
    expect(server.messages.join()).toContain("eip-00000002");
  });

  it("is refused with a wrong key, at once, and says neither address nor key", async () => {
    if (format === "wecom") return expect(await (await open(format)).announce(TEST)).toMatchObject({ delivered: true });
    const { server, announce } = await open(format, { secret: "SEC-another-key" });
    const delivery = await announce(TEST);
    expect([delivery.delivered, server.calls, server.messages]).toEqual([false, 1, []]);
    expect(JSON.stringify(delivery)).not.toMatch(/marked-address|SEC-|127\.0\.0\.1/);
  });

  it.each([
    [429, 2, true, 3],
    [503, 2, true, 3],
    [503, 3, false, 3],
    [0, 3, false, 3],
    [302, 1, false, 1],
    [404, 1, false, 1],
  ])("HTTP %i %i times (0: no answer): delivered %s after %i calls", async (status, times, delivered, calls) => {
    const { server, announce } = await open(format, status === 0 ? { timeout: milliseconds(40) } : {});
    server.faults.push(...Array.from({ length: times }, () => status));
    const delivery = await announce(TEST);
    expect([delivery.delivered, server.calls]).toEqual([delivered, calls]);
    expect(JSON.stringify(delivery)).not.toMatch(/marked-address|SEC-|127\.0\.0\.1/);
  });

  it("shows hostile names as text", async () => {
    for (const nasty of [...NASTY, "<@all> <at id=all></at> @所有人 <!channel>"]) {
      const { server: own, announce } = await open(format);
      const pod = { cluster: nasty, namespace: nasty, name: nasty, ordinal: null, workload: null };
      const hostile = eip({ ip: nasty, detail: nasty, account: nasty, region: nasty, pod });
      expect(await announce(notice(1, { eips: [hostile] }))).toMatchObject({ delivered: true });
      const said = format === "json" ? JSON.parse(own.messages.join()).text : textOf(own.messages.join());
      expect(said).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]|\p{Cc}(?<!\n)/u);
      if (format !== "json") expect(said).not.toMatch(/[<>@[\]#|]|:\/\/|&lt;/);
      await own.close();
    }
  });

  it("says it in Chinese where that is asked for", async () => {
    const { server, announce } = await open(format, { language: "zh" });
    await announce(notice(2));
    expect(server.messages.join()).toContain("将被释放");
  });
});

/** The Markdown of a bot's message. */
function textOf(body: string): string {
  const { markdown, card } = JSON.parse(body);
  return markdown?.content ?? markdown?.text ?? card.elements[0].content;
}

describe.each(BOTS)("the group bot of %s", (format) => {
  it("gets 2,000 EIPs in a few messages within its size, and says which EIPs they name", async () => {
    const { server, announce } = await open(format);
    const delivery = await announce(notice(2_000));
    expect(server.messages.length).toBeLessThanOrEqual(5);
    if (delivery.delivered) throw new Error("2,000 EIPs do not fit");
    const said = server.messages.join();
    expect(delivery.partly?.eips.length).toBeGreaterThan(20);
    for (const id of delivery.partly?.eips ?? []) expect(said).toContain(id);
  });

  it("gets no more than 20 messages a minute", async () => {
    const { server, announce } = await open(format);
    for (let count = 0; count < 45; count += 1) expect(await announce(TEST)).toMatchObject({ delivered: true });
    expect([server.calls, server.messages.length]).toEqual([45, 45]);
    expect(now - START).toBeGreaterThanOrEqual(120_000);
  });
});

it("an event has the contract's fields", async () => {
  const { server, announce } = await open("json");
  await announce({ ...notice(1), run: "run-1" });
  expect(JSON.parse(server.messages.join())).toMatchObject({
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
