import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EipResult, ScanResult } from "../../src/core/result.ts";
import { VERDICTS } from "../../src/core/verdict.ts";
import type { OutgoingMessage } from "../../src/ports.ts";
import { buildAllClear, buildCapAlert, buildDigest, buildNotice, buildReleased, fingerprint } from "../../src/slack/messages.ts";
import { cluster, EIPS, eip, NASTY, sample } from "../report/sample.ts";
import { renderText, textsOf } from "./render-text.ts";

const trailHead = { sequence: 7, hash: "ab".repeat(32) };

/** What Slack refuses, said here a second time and by hand (platform.md, Slack). */
function expectWithinLimits({ thread = [], ...message }: OutgoingMessage): void {
  for (const { text, blocks } of [message, ...thread]) {
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
    })
    .map(({ pod, ...fields }) =>
      eip({
        ...fields,
        verdict: VERDICTS[fields.id.length % VERDICTS.length] ?? "leaked",
        pod: { cluster: pod, namespace: pod, name: pod, ordinal: null, workload: null },
      }),
    ),
  { maxLength: 80 },
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

describe("every message", () => {
  it("is within Slack's limits, whatever the result", () => {
    fc.assert(
      fc.property(results, fc.boolean(), (result, weekly) => {
        expectWithinLimits(buildDigest(result, { trailHead, weekly }));
        expectWithinLimits(buildNotice(result.eips));
        expectWithinLimits(buildReleased(result.eips));
        expectWithinLimits(buildAllClear(result.eips.map((eip) => ({ eip, why: eip.detail }))));
        expectWithinLimits(buildCapAlert(result.run.id, result.eips));
      }),
      { numRuns: 60 },
    );
  });

  it.each(NASTY)("shows %j as text that notifies nobody and links nowhere", (nasty) => {
    const pod = { cluster: nasty, namespace: nasty, name: nasty, ordinal: null, workload: null };
    const hostile = eip({ id: nasty, ip: nasty, detail: nasty, withheld: nasty, account: nasty, region: nasty, pod });
    const result = sample({ eips: [hostile], gaps: [{ scope: nasty, what: nasty, why: nasty }], notes: [nasty] });
    const messages = [
      buildDigest(result, { trailHead, weekly: false }),
      buildNotice([hostile]),
      buildReleased([hostile]),
      buildAllClear([{ eip: hostile, why: hostile.detail }]),
      buildCapAlert(nasty, [hostile]),
    ];
    for (const message of messages) {
      const ours = renderText(message).replace(/<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>|]*>/g, "");
      expect(ours).not.toMatch(/[<>]/);
      expect(JSON.stringify(message)).not.toMatch(/"type":"mrkdwn"(?!,"text":"(?:[^"\\]|\\.)*","verbatim":true)/);
    }
  });
});

describe("buildNotice", () => {
  it("names each EIP with its Pod, why, cost, when, and how to keep it, however many there are", () => {
    const many = Array.from({ length: 300 }, (_, index) =>
      eip({ id: `eip-${String(index).padStart(8, "0")}`, ip: `10.0.${index >> 8}.${index & 255}` }),
    );
    const message = buildNotice(many, ["team:keep"]);
    const text = renderText(message);
    for (const { id, ip } of many) {
      expect(text).toContain(`*${id}* · ${ip} · \`games/web-0@cls-11111111\``);
      expect(text).toContain(`eip-guard keep ${id} `);
    }
    expect(text).toContain("146.00 CNY a month");
    expect(text).toContain("2026-11-26 07:00 UTC");
    expect(text).toContain("`team:keep`");
    expectWithinLimits(message);
  });

  it("names no keep tag that the policy does not know", () => {
    expect(renderText(buildNotice([eip()]))).not.toContain("tag");
  });
});

describe("buildDigest", () => {
  it("ends with the hash of the trail's newest record", () => {
    expect(renderText(buildDigest(sample(), { trailHead, weekly: false }))).toContain(`record 7, \`${trailHead.hash}\``);
  });

  it("shows what could not be read, what is due and what it costs", () => {
    const text = renderText(buildDigest(sample(), { trailHead: null, weekly: false }));
    expect(text).toContain("cluster cls-33333333: pods: 403 Forbidden");
    expect(text).toMatch(/Release due now.*\n.*eip-b7k2m9qx/);
    expect(text).toMatch(/Flag due now.*\n.*eip-cccccccc.*withheld: cap/);
    expect(text).toContain("18,301.10 CNY a month");
  });

  it("says once a week that it is alive, with the numbers of EIPs and gaps", () => {
    expect(buildDigest(sample(), { trailHead, weekly: true }).text).toBe("Alive: 10 EIPs, 1 gap");
  });

  it("says how many more there are where a list is cut", () => {
    const gaps = Array.from({ length: 9 }, (_, index) => ({ scope: `region r${index}`, what: "EIPs", why: "500" }));
    expect(renderText(buildDigest(sample({ gaps }), { trailHead, weekly: false }))).toContain("and 4 more");
  });
});

describe("fingerprint", () => {
  const base = fingerprint(sample());
  const [first, ...rest] = EIPS;
  const changed = (fields: Partial<EipResult>) => sample({ eips: first === undefined ? [] : [{ ...first, ...fields }, ...rest] });

  it.each([
    ["a verdict", changed({ verdict: "retained" })],
    ["a reason", changed({ reason: "orphan" })],
    ["what is due", changed({ action: "none" })],
    ["that something is withheld", changed({ withheld: "the window is closed" })],
    ["an idle EIP more", sample({ eips: [...EIPS, eip({ id: "eip-new" })] })],
    ["a gap less", sample({ gaps: [] })],
    [
      "a threshold",
      sample({ clusters: sample().clusters.map((one) => ({ ...one, recycleThreshold: { state: "set", seconds: 60 } })) }),
    ],
    ["a finding", sample({ regions: [] })],
  ])("changes with %s", (_, result) => {
    expect(fingerprint(result)).not.toBe(base);
  });

  it.each([
    [
      "an idle time",
      changed({
        idle: { atLeastSeconds: 1, atMostSeconds: 2, actingSeconds: 1, sightings: 1, evidence: [], contradiction: null },
      }),
    ],
    ["a cost", changed({ cost: { unknown: "no price" } })],
    ["the words of a reason to withhold", changed({ detail: "other words" })],
    ["the words of an error", sample({ gaps: sample().gaps.map((gap) => ({ ...gap, why: "RequestId 1234" })) })],
    ["the order of the EIPs", sample({ eips: [...EIPS].reverse() })],
    ["one more that is in use", sample({ eips: [...EIPS, eip({ id: "eip-new", verdict: "in-use" })] })],
    ["the run's id", sample({ run: { ...sample().run, id: "other" } })],
  ])("stays the same with %s", (_, result) => {
    expect(fingerprint(result)).toBe(base);
  });
});
