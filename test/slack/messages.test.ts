import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Announcement, NoticeAnnouncement } from "../../src/core/terms/announcement.ts";
import type { PendingAnnouncement, ToldEip } from "../../src/core/terms/ledger.ts";
import { type News, newsOf } from "../../src/core/terms/news.ts";
import type { EipResult, ScanResult } from "../../src/core/terms/result.ts";
import { DAY, instant } from "../../src/core/terms/time.ts";
import { VERDICTS } from "../../src/core/terms/verdict.ts";
import type { OutgoingMessage, Page } from "../../src/slack/compose.ts";
import { render } from "../../src/slack/render.ts";
import { cluster, eip, NASTY, sample } from "../report/sample.ts";
import { renderText, textsOf } from "./render-text.ts";

const NOW = instant(Date.parse("2026-11-23T09:00:00Z"));
const CAP = { onTheWay: 1_900, maxPerRun: 10, maxPercent: 10 };
const trailHead = { sequence: 7, hash: "ab".repeat(32) };

function notice(eips: readonly EipResult[], fields: Partial<NoticeAnnouncement> = {}): NoticeAnnouncement {
  return {
    kind: "notice",
    at: NOW,
    mode: "enforce",
    eips,
    later: 0,
    keepTags: [],
    notice: DAY,
    timezone: null,
    cap: null,
    ...fields,
  };
}

function told(kind: PendingAnnouncement["kind"], eips: readonly Partial<ToldEip>[]): PendingAnnouncement {
  const base: ToldEip = {
    id: "eip-a1b2c3d4",
    ip: "203.0.113.10",
    account: "default",
    region: "ap-guangzhou",
    pod: "games/web-0@cls-11111111",
    why: "its workload is gone",
    facts: [],
    recovery: null,
  };
  return { kind, at: NOW, eips: eips.map((fields) => ({ ...base, ...fields })) };
}

function digest(result: ScanResult, fields: { readonly weekly?: boolean; readonly news?: News } = {}): Announcement {
  const news = fields.news ?? newsOf(result, null, new Set()).news;
  return { kind: "digest", at: NOW, result, news, update: null, weekly: fields.weekly ?? false, trailHead, timezone: null };
}

/** EIPs of several workloads, of several prices. */
function fleet(size: number, fields: Partial<EipResult> = {}): readonly EipResult[] {
  return Array.from({ length: size }, (_, index) =>
    eip({
      id: `eip-${String(index).padStart(8, "0")}`,
      ip: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
      pod: {
        cluster: "cls-11111111",
        namespace: `team-${index % 13}`,
        name: `server-${index}`,
        ordinal: index,
        workload: { apiVersion: "apps/v1", kind: "StatefulSet", name: "server" },
      },
      cost: { currency: "CNY", perHour: index % 100 === 7 ? 24 : 0.2, soFarAtLeast: 1, soFarAtMost: 2 },
      ...fields,
    }),
  );
}

/** All that may be posted of a message, whether its file arrives or not. */
function pagesOf({ thread = [], file, ...message }: OutgoingMessage): readonly Page[] {
  return [message, ...thread, ...(file?.instead ?? [])];
}

/** What Slack refuses, said here a second time and by hand. */
function expectWithinLimits(message: OutgoingMessage): void {
  for (const { text, blocks } of pagesOf(message)) {
    expect(text.length).toBeGreaterThan(0);
    expect(text.length).toBeLessThan(4_000);
    expect(blocks.length).toBeGreaterThan(0);
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(blocks.flatMap(textsOf).join("").length).toBeLessThan(10_000);
    for (const block of blocks) expectBlockWithinLimits(block);
  }
}

function expectBlockWithinLimits(block: object): void {
  const type = "type" in block ? block.type : "none";
  const texts = textsOf(block);
  for (const text of texts) expect(text.length).toBeGreaterThan(0);
  const limit = type === "header" ? 150 : 3_000;
  for (const text of texts) expect(text.length).toBeLessThanOrEqual(limit);
  if (type === "context") expect(texts.length).toBeLessThanOrEqual(10);
  expect(["header", "section", "context"]).toContain(type);
}

/** Every EIP that is said to be visible on a page stands on that page. */
function expectNamed(message: OutgoingMessage): void {
  for (const { blocks, eips } of pagesOf(message)) {
    const texts = blocks.flatMap(textsOf).join("\n");
    for (const id of eips) expect(texts).toContain(id);
  }
  for (const id of message.file?.eips ?? []) expect(message.file?.content).toContain(id);
}

const name = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: "binary", maxLength: 5_000 }),
  fc.constantFrom("&".repeat(5_000), "web-0"),
);
const eips = fc.array(
  fc
    .record({
      id: name,
      ip: name,
      detail: name,
      withheld: fc.option(name),
      account: name,
      pod: name,
      action: fc.constantFrom("none", "flag", "release"),
      releaseAt: fc.constantFrom(null, "2026-11-26T07:00:00.000Z"),
      approval: fc.constantFrom({ needed: false, given: null }, { needed: true, given: null }),
    })
    .map(({ pod, ...fields }) =>
      eip({
        ...fields,
        verdict: VERDICTS[fields.id.length % VERDICTS.length] ?? "leaked",
        pod: { cluster: pod, namespace: pod, name: pod, ordinal: null, workload: { apiVersion: pod, kind: pod, name: pod } },
      }),
    ),
  // Nothing is announced of no EIP.
  { minLength: 1, maxLength: 80 },
);
const results: fc.Arbitrary<ScanResult> = fc
  .record({
    eips,
    gaps: fc.array(fc.record({ scope: name, what: name, why: name }), { maxLength: 80 }),
    notes: fc.array(name),
    id: name,
  })
  .map(({ id, ...fields }) => {
    const acts = fields.eips.map(({ id: of, detail }) => ({
      id: of,
      act: "failed" as const,
      why: detail,
      at: "2026-11-23T09:00:00.000Z",
    }));
    const run = { ...sample().run, id };
    const lost = fields.eips.map(({ id: of, ip }) => ({ id: of, ip, pod: of, at: of }));
    return sample({
      ...fields,
      run,
      acts,
      clusters: [cluster({ id, overdue: 3, audit: { ...cluster().audit, willBeLost: lost } })],
    });
  });

function announcements(result: ScanResult): readonly Announcement[] {
  const some = result.eips.map(({ id, ip, detail }) => ({ id, ip, pod: id, why: detail, facts: [ip, detail], recovery: detail }));
  return [
    digest(result),
    digest(result, { weekly: true }),
    notice(result.eips, { later: 3, timezone: "Asia/Shanghai" }),
    notice(result.eips, { mode: "flag", keepTags: ["eip-guard:keep"] }),
    notice(result.eips, { cap: CAP }),
    told("released", some),
    told("all-clear", some),
    told("postponed", some),
    { kind: "cap", at: NOW, caps: CAP, eips: result.eips },
    { kind: "test", at: NOW },
  ];
}

describe("every message", () => {
  it("is within Slack's limits, whatever the result", () => {
    fc.assert(
      fc.property(results, (result) => {
        for (const announcement of announcements(result)) expectWithinLimits(render(announcement));
      }),
      { numRuns: 40 },
    );
  });

  it.each(NASTY)("shows %j as text that notifies nobody and links nowhere", (nasty) => {
    const pod = { cluster: nasty, namespace: nasty, name: nasty, ordinal: null, workload: null };
    const hostile = eip({ id: nasty, ip: nasty, detail: nasty, withheld: nasty, account: nasty, region: nasty, pod });
    const result = sample({ eips: [hostile], gaps: [{ scope: nasty, what: nasty, why: nasty }], notes: [nasty] });
    for (const announcement of announcements(result)) {
      const message = render(announcement);
      const ours = renderText(message).replace(/<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>|]*>/g, "");
      expect(ours).not.toMatch(/[<>]/);
      expect(JSON.stringify(message)).not.toMatch(/"type":"mrkdwn"(?!,"text":"(?:[^"\\]|\\.)*","verbatim":true)/);
    }
  });
});

describe("a notice", () => {
  it.each([1, 5, 20, 25, 2_000])("of %i EIPs names every one of them, where people can see it", (size) => {
    const all = fleet(size);
    const message = render(notice(all));
    const named = pagesOf(message).flatMap((page) => page.eips);
    expect([...named].sort()).toEqual(all.map(({ id }) => id).sort());
    expect([...(message.file?.eips ?? named)].sort()).toEqual(all.map(({ id }) => id).sort());
    expectNamed(message);
    expectWithinLimits(message);
  });

  it("of a fleet is one message with the dearest first, sums by Pod and reason, and one file; without files a thread that is short enough to be posted", () => {
    const message = render(notice(fleet(1_900)));
    const main = renderText({ text: message.text, blocks: message.blocks, eips: [] });
    expect(message.text).toMatch(/^Notice: 1,900 EIPs will be released · [\d,.]+ CNY a month$/);
    expect(main).toMatch(/\*eip-00000007\*.*17,520\.00 CNY a month/);
    expect(main).toContain("team-7/server@cls-11111111: workload-gone-never-recycled: 146 EIPs");
    expect(main).toContain("more group");
    expect(main).toContain("eip-guard scan --format csv");
    // 1,900 EIPs were 101 messages.
    expect(message.thread).toBeUndefined();
    expect(message.file?.content.split("\r\n").length).toBe(1_902);
    expect(message.file?.instead.length).toBeLessThanOrEqual(21);
  });

  it("of few EIPs says of each: Pod, workload, why, cost, when, and how to keep it", () => {
    const text = renderText(render(notice(fleet(3), { keepTags: ["team:keep"], timezone: "Asia/Shanghai" })));
    expect(text).toContain("*eip-00000001* · 10.0.0.1 · `team-1/server-1@cls-11111111` · StatefulSet server");
    expect(text).toContain("146.00 CNY a month");
    expect(text).toContain("released not before 2026-11-26 15:00 Asia/Shanghai (07:00 UTC)");
    expect(text).toContain('`eip-guard keep eip-00000001 --why "…"`, or the tag `team:keep` on the EIP');
  });

  it("names the date in both zones where the day differs", () => {
    const late = fleet(1, { releaseAt: "2026-11-26T17:30:00.000Z" });
    expect(renderText(render(notice(late, { timezone: "Asia/Shanghai" })))).toContain(
      "2026-11-27 01:30 Asia/Shanghai (2026-11-26 17:30 UTC)",
    );
  });

  it("names no keep tag that the policy does not know", () => {
    expect(renderText(render(notice([eip()])))).not.toContain("tag");
  });

  it("in mode flag announces no release: that mode has none", () => {
    const text = renderText(render(notice(fleet(18), { mode: "flag" })));
    expect(text).toMatch(/^\[Notice: 18 EIPs flagged, mode flag releases none · [\d,.]+ CNY a month\]/);
    expect(text).not.toContain("will be released");
    expect(text).toContain("in mode enforce they can be released, not before");
  });

  it("of what needs an approval says so, with the command to paste", () => {
    const needed = { approval: { needed: true, given: null } };
    const text = renderText(render(notice([...fleet(1), ...fleet(3, needed).slice(1)])));
    expect(text).toMatch(/^\[Notice: 1 EIP will be released · 2 need an approval · /);
    expect(text).toContain("`eip-guard approve eip-00000001 eip-00000002`");
    expect(text).toContain("*2 EIPs need a person's approval*; without it nothing is released.");
  });

  it("of what was approved announces a release, until the approval runs out", () => {
    const given = { at: "2026-11-23T08:00:00.000Z", by: "ann", until: "2026-11-27T07:00:00.000Z" };
    expect(render(notice(fleet(1, { approval: { needed: true, given } }))).text).toMatch(/^Notice: 1 EIP will be released/);
    const over = { ...given, until: "2026-11-23T09:00:00.000Z" };
    expect(render(notice(fleet(1, { approval: { needed: true, given: over } }))).text).toMatch(
      /^Notice: 1 EIP needs an approval/,
    );
  });

  it("of what no rule releases is a flag and no more", () => {
    const text = renderText(render(notice(fleet(2, { releaseAt: null }))));
    expect(text).toMatch(/^\[Flagged: 2 EIPs · /);
    expect(text).not.toContain("will be released");
  });

  it("above a cap announces no release either", () => {
    const text = renderText(render(notice(fleet(1_900), { cap: CAP })));
    expect(text).toMatch(/^\[Notice: 1,900 EIPs to release, above the cap: none will be/);
    expect(text).not.toContain("will be released");
    expect(text).toContain("eip-guard apply plan.json --confirm N");
  });

  it("says how many wait for the notice of the next run", () => {
    expect(renderText(render(notice(fleet(25), { later: 300 })))).toContain("300 more EIPs will get a notice by the next run.");
  });
});

describe("a cap alert", () => {
  it("of a fleet is one message", () => {
    const message = render({ kind: "cap", at: NOW, caps: CAP, eips: fleet(1_900) });
    expect(message.thread).toBeUndefined();
    expect(message.text).toMatch(/^Nothing released: 1,900 releases due at once · /);
    expect(renderText(message)).toContain("`eip-guard apply plan.json --confirm 1900`");
    expectWithinLimits(message);
  });
});

describe("what happened to single EIPs", () => {
  it("released: names the command that may get the address back, and the facts of the receipt", () => {
    const recovery = 'vpc AllocateAddresses in ap-guangzhou: {"VipCluster":["203.0.113.10"]}';
    const text = renderText(render(told("released", [{ facts: ["it was TRAFFIC_POSTPAID_BY_HOUR, 100 Mbps, BGP"], recovery }])));
    expect(text).toContain(`*To get it back:* \`eip-guard recover eip-a1b2c3d4\`, which asks for it by \`${recovery}\``);
    expect(text).toContain("it was TRAFFIC_POSTPAID_BY_HOUR, 100 Mbps, BGP");
    expect(text).toContain("BGP only, three a month");
    expect(text).toContain("`eip-guard history eip-a1b2c3d4`");
  });

  it("postponed: says why, and does not say that all is clear", () => {
    const text = renderText(render(told("postponed", [{ why: "because nobody looked between A and B" }])));
    expect(text).toMatch(/^\[Postponed: the release of 1 EIP\]/);
    expect(text).toContain("because nobody looked between A and B");
    expect(text).not.toContain("All clear");
  });
});

describe("a digest", () => {
  it("ends with the hash of the trail's newest record", () => {
    expect(renderText(render(digest(sample())))).toMatch(new RegExp(`record 7, \`${trailHead.hash}\`$`));
  });

  it("says in its title what is new, what it costs, and the mode", () => {
    const result = sample({
      run: { ...sample().run, mode: "audit" },
      eips: fleet(3),
      gaps: [],
      notes: [],
      clusters: [],
      regions: [],
      acts: [],
    });
    expect(render(digest(result)).text).toBe("3 new leaks, 438.00 CNY a month · audit");
  });

  it("names the worst five leaks with Pod, workload, cost and a command, and the rest by workload", () => {
    const text = renderText(render(digest(sample({ eips: fleet(200), gaps: [], notes: [], clusters: [], regions: [] }))));
    expect(text.match(/eip-guard explain eip-/g)).toHaveLength(5);
    expect(text).toContain("*eip-00000007* · 10.0.0.7 · `team-7/server-7@cls-11111111` · StatefulSet server");
    expect(text).toContain("17,520.00 CNY a month");
    expect(text).toContain("*All of them, by Pod and reason*");
  });

  it("counts what is left after what was done", () => {
    const acts = [{ id: "eip-00000000", act: "released" as const, why: "gone", at: "2026-11-23T09:00:00.000Z" }];
    const text = renderText(render(digest(sample({ eips: fleet(3), acts }))));
    expect(text).toContain("*Now:* 2 EIPs: 2 leaked (292.00 CNY a month)");
  });

  it("does not say that nothing was saved", () => {
    const savings = [{ currency: "CNY", saved: 0.001, releases: 1 }];
    expect(renderText(render(digest(sample({ savings }))))).not.toContain("saved");
  });

  it("says once a week that it is alive, with the numbers of EIPs and gaps", () => {
    const message = render(digest(sample(), { weekly: true }));
    expect(message.text).toMatch(/^Weekly summary: 10 EIPs · 3 leaked, [\d,.]+ CNY a month · 1 gap · flag$/);
  });

  it("says how many more there are where a list is cut", () => {
    const gaps = Array.from({ length: 9 }, (_, index) => ({ scope: `region r${index}`, what: "EIPs", why: "500" }));
    const text = renderText(render(digest(sample({ gaps }))));
    expect(text).toContain("region r0: EIPs: 500");
    expect(text).toContain("and 4 more: `eip-guard check`");
  });
});
