import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SlackServer, startSlackServer } from "../../sim/slack.ts";
import { startWebhookServer, type WebhookServer } from "../../sim/webhook.ts";
import { type Channel, createRouter } from "../../src/alerts/route.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { NoticeAnnouncement } from "../../src/core/terms/announcement.ts";
import type { EipResult } from "../../src/core/terms/result.ts";
import { DAY, instant, milliseconds } from "../../src/core/terms/time.ts";
import type { Clock, Notifier } from "../../src/ports.ts";
import { createSlackNotifier } from "../../src/slack/notifier.ts";
import { createWebhookNotifier } from "../../src/webhook/notifier.ts";
import { eip } from "../report/sample.ts";

/** Routes (contract.md, Alerts), as they are written in the file, with real clients against servers on loopback. */

const NOW = instant(Date.parse("2026-11-23T09:00:00Z"));
const clock: Clock = { now: () => NOW, sleep: async () => undefined };

let slack: SlackServer;
let webhook: WebhookServer;
beforeEach(async () => {
  slack = await startSlackServer();
  webhook = await startWebhookServer("json", () => NOW);
});
afterEach(async () => {
  await slack.close();
  await webhook.close();
});

/** The router of a configuration: its own Slack channel and those of its routes, and a webhook where asked for. */
function router(routes: string, { withWebhook = false }: { readonly withWebhook?: boolean } = {}): Notifier {
  const text = `tencent: { regions: [ap-guangzhou] }\nalerts:\n  slack: { channel: "#main" }\n  routes: [${routes}]\n`;
  const { config } = parseConfig(text, { path: "/etc/eip-guard.yaml", env: {} });
  const channel = (name: string): Channel => ({
    name,
    notifier: createSlackNotifier({
      ...{ channel: name, apiUrl: slack.apiUrl, token: slack.token, clock, language: "en" },
      pause: milliseconds(1),
    }),
  });
  const others = new Map(config.alerts.routes.map((route) => [route.channel, channel(route.channel)]));
  const { url, secret } = webhook;
  const posts = createWebhookNotifier({
    ...{ format: "json", url, secret, language: "en", timezone: "UTC", accounts: ["default"], clock },
    pause: milliseconds(1),
  });
  const besides = withWebhook ? { name: "webhook (json)", notifier: posts } : null;
  const made = createRouter({ main: channel("#main"), webhook: besides, others }, config.alerts.routes);
  if (made === null) throw new Error("no router");
  return made;
}

function notice(eips: readonly EipResult[]): NoticeAnnouncement {
  return {
    ...{ kind: "notice", at: NOW, mode: "enforce", eips, later: 0, keepTags: [], notice: DAY, timezone: null, cap: null },
  };
}

const A = eip({ id: "eip-aaaaaaaa" });
const B = eip({
  ...{ id: "eip-bbbbbbbb", ip: "203.0.113.99", account: "other", region: "ap-singapore", verdict: "retained", reason: "kept" },
  pod: {
    ...{ cluster: "cls-22222222", namespace: "shop", name: "cart-1", ordinal: 1 },
    workload: { apiVersion: "apps/v1", kind: "StatefulSet", name: "cart" },
  },
  tags: { team: "b" },
  owner: { name: "team-b", from: "tag Owner" },
});

/** Whom each channel was told of. */
function told(): Readonly<Record<string, string>> {
  const names = [A.id, B.id];
  const found = slack.messages.map(({ channel, blocks }) => {
    const text = JSON.stringify(blocks);
    return [channel, names.filter((id) => text.includes(id)).join()] as const;
  });
  return Object.fromEntries(found);
}

describe("a route", () => {
  it.each([
    "verdict: leaked",
    "reason: workload-gone-*",
    "account: default",
    "region: ap-guangzhou",
    "cluster: cls-11111111",
    'namespace: "games*"',
    "workload: web",
    "pod: web-0",
    "owner: team-a",
    "id: eip-aaaaaaaa",
    "ip: 203.0.113.10",
    "tag: tke-created-eip",
    '"owner": ["nobody", "team-?"], "namespace": "games"',
  ])("takes the notices of EIPs of { %s }, and no others", async (match) => {
    expect(await router(`{ match: { ${match} }, channel: "#a" }`).announce(notice([A, B]))).toMatchObject({ delivered: true });
    expect(told()).toEqual({ "#main": B.id, "#a": A.id });
  });

  it("that matches first counts", async () => {
    await router('{ match: { owner: team-b }, channel: "#b" }, { match: {}, channel: "#rest" }').announce(notice([A, B]));
    expect(told()).toEqual({ "#b": B.id, "#rest": A.id });
  });

  it("carries reminders, receipts, all-clears and postponements, too", async () => {
    const { announce } = router('{ match: { owner: team-a }, channel: "#a" }');
    const one = { ...{ id: A.id, ip: A.ip, account: A.account, region: A.region, pod: null, why: "gone" }, channel: "#a" };
    const eips = [{ ...one, facts: [], recovery: null }];
    await announce({ kind: "reminder", at: NOW, eips: [A], keepTags: [], timezone: null });
    for (const kind of ["released", "all-clear", "postponed"] as const) await announce({ kind, at: NOW, eips });
    expect(slack.messages.map(({ channel }) => channel)).toEqual(["#a", "#a", "#a", "#a"]);
  });

  it("carries nothing that names no EIP", async () => {
    await router('{ match: {}, channel: "#a" }').announce({ kind: "test", at: NOW });
    expect(slack.messages.map(({ channel }) => channel)).toEqual(["#main"]);
  });
});

describe("a channel that can't be reached", () => {
  it("falls back to the default one, which says whom it was for and why; the delivery says it, too", async () => {
    slack.channels = [{ id: "C1", name: "main" }];
    const delivery = await router('{ match: { owner: team-a }, channel: "#gone" }').announce(notice([A, B]));
    expect(delivery).toMatchObject({
      delivered: true,
      problems: [
        expect.stringMatching(/^#gone could not be reached: slack answered channel_not_found .*; #main was told instead$/),
      ],
    });
    const texts = slack.messages.map(({ channel, blocks }) => [channel, JSON.stringify(blocks)] as const);
    expect(texts.map(([channel]) => channel)).toEqual(["#main", "#main"]);
    const instead = texts.find(([, text]) => text.includes(A.id))?.[1];
    expect(instead).toMatch(/#gone.*channel_not_found/);
  });

  it("is not delivered where the default one can't be reached either, and what people can see is named", async () => {
    slack.channels = [{ id: "C2", name: "b" }];
    const delivery = await router('{ match: { owner: team-b }, channel: "#b" }').announce(notice([A, B]));
    expect(delivery).toMatchObject({ delivered: false, partly: { eips: [B.id] } });
  });
});

describe("the webhook beside Slack", () => {
  it("gets everything as a whole, whatever the routes", async () => {
    await router('{ match: { owner: team-a }, channel: "#a" }', { withWebhook: true }).announce(notice([A, B]));
    expect(webhook.messages.map((body) => JSON.parse(body).eips.length)).toEqual([2]);
  });

  it("decides nothing: Slack's delivery counts, and what the webhook did not take is a problem", async () => {
    webhook.faults.push(404);
    const delivery = await router("", { withWebhook: true }).announce(notice([A]));
    expect(delivery).toMatchObject({ delivered: true, problems: [expect.stringMatching(/^webhook \(json\): .*HTTP 404/)] });
  });
});
