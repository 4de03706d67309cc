import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { costsBy, GROUPINGS } from "../../src/core/cost/breakdown.ts";
import type { ScanResult } from "../../src/core/terms/result.ts";
import { instant } from "../../src/core/terms/time.ts";
import type { TrailKind } from "../../src/core/terms/trail.ts";
import { catalogue } from "../../src/language/catalogue.ts";
import { nextSteps } from "../../src/report/advice.ts";
import { renderCheck } from "../../src/report/check.ts";
import { renderExplain } from "../../src/report/explain.ts";
import { renderHistory, tell } from "../../src/report/history.ts";
import { render } from "../../src/report/index.ts";
import { columnsOf, flow, wrap } from "../../src/report/layout.ts";
import { createMeter, OUTCOMES, type RunEnd } from "../../src/report/metrics.ts";
import type { Format } from "../../src/report/options.ts";
import * as words from "../../src/report/words.ts";
import { cluster, EIPS, eip, NASTY, NOW, sample } from "./sample.ts";

const OPTIONS = { color: false, width: 100 };
const ENGLISH = catalogue("en");
const FORMATS: readonly Format[] = ["table", "json", "csv", "markdown", "html"];

/** As a reader sees it: Markdown's escapes and HTML's entities and line ends undone. */
function asRead(text: string): string {
  return text
    .replace(/\\([^\n])/g, "$1")
    .replaceAll("&#8203;", "")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replace(/\s+/g, " ");
}

describe("every format", () => {
  it.each(FORMATS)("names each EIP that is not in use, with its address, Pod, verdict and reason: %s", (format) => {
    const text = asRead(render(sample(), format, { ...OPTIONS, width: 300, verbose: true }));
    for (const { id, ip, detail, verdict, pod } of EIPS.filter((one) => one.verdict !== "in-use")) {
      for (const part of [id, ip, detail, verdict]) expect(text).toContain(part);
      if (pod !== null) expect(text).toContain(pod.name);
    }
  });

  it.each(["table", "json", "markdown", "html"] as const)("shows what could not be read, and why: %s", (format) => {
    const text = asRead(render(sample(), format, OPTIONS));
    expect(text).toContain("cluster cls-33333333");
    expect(text).toContain("403 Forbidden");
  });

  it.each(FORMATS)("has the recycle-threshold audit as a view of its own: %s", (format) => {
    const text = asRead(render(sample(), format, { ...OPTIONS, width: 300, view: "thresholds" }));
    for (const part of [
      "cls-11111111",
      "cls-22222222",
      "argument of kube-system/tke-eni-ipamd",
      "not-recycling",
      "eip-kkkkkkkk",
      "games/chat-0",
    ])
      expect(text).toContain(part);
    expect(text).not.toContain("eip-b7k2m9qx");
  });

  it.each(FORMATS)("never shows an unknown cost as a number: %s", (format) => {
    const result = sample({ eips: [eip({ cost: { unknown: "no price here" } })] });
    const row = asRead(render(result, format, OPTIONS));
    expect(row).toMatch(/unknown|no price here/);
    expect(row.split("eip-aaaaaaaa")[1]).not.toContain("0.00 CNY");
  });

  const HUMAN = ["table", "markdown", "html"] as const;
  const BILLED = {
    amount: 17.5,
    currency: "CNY",
    from: "2026-11-19T06:00:00.000Z",
    until: "2026-11-23T05:00:00.000Z",
    difference: "1.50 CNY less than the list price of 19.00 CNY for 3d 23h idle",
  };

  it.each(HUMAN)("shows the billed figure beside the computed one, with the difference: %s", (format) => {
    const one = eip({ cost: { currency: "CNY", perHour: 0.2, soFarAtLeast: 19.8, soFarAtMost: 43.4, billed: BILLED } });
    const text = asRead(render(sample({ eips: [one] }), format, { ...OPTIONS, width: 300, verbose: true }));
    for (const part of [
      "19.80 – 43.40 CNY",
      "billed 17.50 CNY from 2026-11-19 06:00 UTC until 2026-11-23 05:00 UTC",
      BILLED.difference,
    ])
      expect(text).toContain(part);
    const unbilled = asRead(render(sample({ eips: [eip()] }), format, { ...OPTIONS, width: 300, verbose: true }));
    expect(unbilled).not.toContain("billed");
  });

  it.each(HUMAN)("says how far savings are counted, and never shows an unknown one as an amount: %s", (format) => {
    const savings = [
      { currency: "CNY", saved: 412.6, releases: 7 },
      { currency: "unknown", saved: 0, releases: 2 },
    ];
    const text = asRead(render(sample({ savings }), format, { ...OPTIONS, width: 300 }));
    for (const part of [
      "412.60 CNY",
      "7 releases",
      "counted until ipamd would have recycled them anyway",
      "2 releases",
      "of unknown price",
    ])
      expect(text).toContain(part);
    expect(text).not.toContain("0.00 unknown");
  });

  it.each(HUMAN)("breaks the cost down by whose the EIPs are, and says where more is: %s", (format) => {
    const eips = Array.from({ length: 101 }, (_, index) =>
      eip({
        id: `eip-${index}`,
        pod: { ...POD, namespace: `team-${index}` },
        cost:
          index === 0 ? { unknown: "no price" } : { currency: "CNY", perHour: index, soFarAtLeast: index, soFarAtMost: index },
      }),
    );
    const text = asRead(render(sample({ eips }), format, { ...OPTIONS, width: 300 }));
    for (const part of ["StatefulSet team-100/web@cls-11111111", "73,000.00 CNY", "team-99@cls-11111111"])
      expect(text).toContain(part);
    expect(text).toMatch(/and \d+ more/);
    const all = asRead(render(sample({ eips }), format, { ...OPTIONS, width: 300, verbose: true }));
    if (format !== "html") {
      expect(all).not.toMatch(/and \d+ more/);
      expect(all).toContain("team-0@cls-11111111");
    }
  });

  it.each(FORMATS)("ends with a line break and holds nothing that acts on a terminal: %s", (format) => {
    for (const nasty of NASTY) {
      const text = render(hostile(nasty), format, OPTIONS);
      expect(text.endsWith("\n")).toBe(true);
      expect(text.replace(/\r?\n/g, "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }
  });
});

const POD: NonNullable<ScanResult["eips"][number]["pod"]> = {
  cluster: "cls-11111111",
  namespace: "games",
  name: "web-0",
  ordinal: 0,
  workload: { apiVersion: "apps/v1", kind: "StatefulSet", name: "web" },
};

function hostile(nasty: string): ScanResult {
  const pod = {
    cluster: nasty,
    namespace: nasty,
    name: nasty,
    ordinal: null,
    workload: { apiVersion: nasty, kind: nasty, name: nasty },
  };
  return sample({
    run: { ...sample().run, id: nasty },
    guard: { ...sample().guard, channel: nasty },
    eips: [
      eip({
        id: nasty,
        ip: nasty,
        name: nasty,
        detail: nasty,
        withheld: nasty,
        pod,
        account: nasty,
        region: nasty,
        tags: { [nasty]: nasty },
        cluster: nasty,
        createdAt: nasty,
        lastBound: { since: nasty, until: nasty },
        thresholdAt: nasty,
        cost: {
          currency: nasty,
          perHour: 1,
          soFarAtLeast: 1,
          soFarAtMost: 2,
          billed: { amount: 1, currency: nasty, from: nasty, until: nasty, difference: nasty },
        },
      }),
    ],
    savings: [{ currency: nasty, saved: 1, releases: 1 }],
    gaps: [{ scope: nasty, what: nasty, why: nasty }],
    notes: [nasty],
    alertErrors: [nasty],
    acts: [{ id: nasty, act: "failed", why: nasty, at: nasty }],
    clusters: [
      cluster({
        id: nasty,
        name: nasty,
        recycleThreshold: { state: "unknown", why: nasty },
        findings: [{ code: nasty, object: nasty, detail: nasty, fix: nasty }],
      }),
    ],
  });
}

describe("the table", () => {
  it.each([80, 120, 200])("fits a terminal of %d columns", (width) => {
    for (const result of [sample(), hostile("很长".repeat(90)), hostile("x".repeat(500))]) {
      // Ids, addresses and amounts are never cut, so that they can be copied: only results with real ones fit in every line.
      const lines = render(
        {
          ...result,
          eips: result.eips.map((one) => ({
            ...one,
            id: "eip-aaaaaaaa",
            ip: "203.0.113.10",
            region: "ap-guangzhou",
            account: "default",
            cost: { ...one.cost, currency: "CNY" },
          })),
          clusters: result.clusters.map((one) => ({ ...one, id: "cls-11111111" })),
        },
        "table",
        { ...OPTIONS, width },
      ).split("\n");
      for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(width);
    }
  });

  it("is worst first, and says how many are in use without listing them", () => {
    const text = render(sample(), "table", OPTIONS);
    const order = EIPS.filter(({ verdict }) => verdict !== "in-use").map(({ id }) => text.indexOf(`${id} `));
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(text).toContain("2 EIPs in use are not listed");
    expect(text).not.toContain("eip-iiiiiiii");
  });

  it("lists what is in use only when asked for all", () => {
    expect(render(sample(), "table", { ...OPTIONS, all: true })).toContain("eip-iiiiiiii");
    expect(render(sample(), "table", { ...OPTIONS, verbose: true })).not.toContain("eip-iiiiiiii");
  });

  it("says first what the leaked cost a month, then lists the leaks in one line each", () => {
    const lines = render(sample(), "table", { ...OPTIONS, width: 140 }).split("\n");
    const at = (part: string) => lines.findIndex((line) => line.includes(part));
    expect(lines[at("EIPs are leaked")]).toBe(
      "3 EIPs are leaked: 17,863.10 CNY a month can be saved (2,422.53 – 5,309.99 CNY so far)",
    );
    expect(at("EIPs are leaked")).toBeLessThan(at("eip-b7k2m9qx"));
    expect(at("eip-cccccccc")).toBeLessThan(at("eip-dddddddd"));
    for (const { id, ip, cost } of EIPS.filter(({ verdict }) => verdict === "leaked"))
      for (const part of [ip, words.costPerMonth(cost)]) expect(lines[at(id)]).toContain(part);
  });

  it("lists so many of each group as were asked for, and says how many more there are", () => {
    const eips = Array.from({ length: 1_900 }, (_, index) => eip({ id: `eip-${index}`, ip: `203.0.113.${index % 256}` }));
    const text = render(sample({ eips }), "table", { ...OPTIONS, width: 140, top: 20 });
    expect(text.match(/^ {2}eip-\d/gm)).toHaveLength(20);
    expect(text).toContain("and 1,880 more (--top 1900)");
    expect(text.split("\n").length).toBeLessThan(100);
    expect(render(sample({ eips }), "table", { ...OPTIONS, width: 140 }).match(/^ {2}eip-\d/gm)).toHaveLength(1_900);
  });

  it("says what run did before anything else, and keeps the order of what matters", () => {
    const acts = [
      { id: "eip-a", act: "flagged", why: "it leaked", at: NOW },
      { id: "eip-b", act: "released", via: "claim", why: "its notice is over", at: NOW },
    ] as const;
    const run = { ...sample().run, dryRun: false, mode: "enforce" as const };
    const guard = { ...sample().guard, digestSentAt: NOW };
    const text = render(sample({ acts, run, guard }), "table", OPTIONS);
    const order = [
      "Done",
      "released eip-b (via claim)",
      "flagged eip-a",
      "posted to #eip-guard",
      "ledger and trail were written",
      "EIPs are leaked",
    ];
    const places = order.map((part) => text.indexOf(part));
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(places[0]).toBeGreaterThan(0);
  });

  it("is coloured only where colours are wanted, and says the same without", () => {
    const coloured = render(sample(), "table", { ...OPTIONS, color: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what this is about
    const plain = coloured.replace(/\u001b\[\d+m/g, "");
    expect(coloured).not.toBe(plain);
    expect(plain.replace(/ +$/gm, "")).toBe(render(sample(), "table", OPTIONS));
  });
});

describe("wrapping", () => {
  it.each([
    ["breaks between words", "one two three", 7, ["one two", "three"]],
    ["breaks a word that is longer than a line", "abcdefgh", 3, ["abc", "def", "gh"]],
    ["counts two columns for a Chinese character", "游戏服务器", 4, ["游戏", "服务", "器"]],
    ["loses nothing of an empty text", "", 10, [""]],
  ])("%s", (_, text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});

describe("items with dots between them", () => {
  it.each([
    ["share a line where they fit", ["one", "two"], 9, ["one · two"]],
    ["are not broken where the next line has room", ["flagged now", "released then"], 16, ["flagged now", "released then"]],
    ["are broken where they are longer than a line", ["one", "two three four"], 8, ["one", "two", "three", "four"]],
    ["are none where there are none", [], 8, []],
  ])("%s", (_, items, width, expected) => {
    expect(flow(items, width)).toEqual(expected);
  });
});

describe("JSON", () => {
  it("is the result itself, its fields in the contract's order", () => {
    const result = sample({ acts: [] });
    const { costs, breakdown, ...parsed } = JSON.parse(render(result, "json", OPTIONS));
    expect(parsed).toEqual(result);
    expect(costs).toEqual(Object.fromEntries(GROUPINGS.map((by) => [by, costsBy(by, result.eips)])));
    expect(breakdown).toEqual({
      owners: costsBy("owner", result.eips).map(({ of, ...sums }) => ({ owner: of?.owner ?? null, ...sums })),
    });
    expect(Object.keys(JSON.parse(render(result, "json", OPTIONS)))).toEqual([
      "schema",
      "run",
      "complete",
      "gaps",
      "totals",
      "alertErrors",
      "clusters",
      "eips",
      "acts",
      "notes",
      "regions",
      "savings",
      "guard",
      "costs",
      "breakdown",
    ]);
  });

  it.each([
    ["no EIP", 0],
    ["one EIP", 1],
    ["more EIPs than are written at once", 47],
  ])("is written piece by piece as it would be at once: %s", (_, number) => {
    const eips = Array.from({ length: number }, (_, index) => eip({ id: `eip-${index}`, tags: { owner: `team-${index}` } }));
    const text = render(sample({ eips }), "json", OPTIONS);
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
    expect(JSON.parse(text).eips).toEqual(eips);
  });

  it("has no acts where nothing could be done", () => {
    expect(JSON.parse(render(sample(), "json", OPTIONS))).not.toHaveProperty("acts");
  });
});

describe("CSV", () => {
  it("has every EIP once, with as many fields as the head, whatever its name", () => {
    for (const nasty of ["a,b", 'a"b', "a\r\nb", "=1"]) {
      const records = render(hostile(nasty), "csv", OPTIONS).split("\r\n");
      expect(records).toHaveLength(3);
      const fields = records.map(
        (record) =>
          record.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)?.filter((field, index, all) => index < all.length - 1 || field !== "")
            .length,
      );
      expect(Math.abs((fields[0] ?? 0) - (fields[1] ?? 0))).toBeLessThanOrEqual(1);
    }
    expect(render(sample(), "csv", OPTIONS).trim().split("\r\n")).toHaveLength(EIPS.length + 1);
  });
});

describe("explain", () => {
  const result = {
    run: sample().run,
    guard: sample().guard,
    eip: EIPS[0] ?? eip(),
    rules: [
      { name: "bound", sentence: "in use because it is bound", answer: null },
      { name: "workload gone", sentence: "…", answer: { reason: "workload-gone-overdue", detail: "StatefulSet web is gone" } },
    ],
    surroundings: ["cluster: cls-22222222, live"],
    wouldChange: ["binding it"],
    gaps: [{ scope: "default/ap-singapore", what: "EIPs", why: "the call was refused" }],
  };

  it.each(["table", "json", "markdown"] as const)(
    "shows facts, evidence, each rule's answer and what would change it: %s",
    (format) => {
      const text = asRead(renderExplain(result, format, { ...OPTIONS, width: 300, verbose: true }));
      for (const part of [
        "eip-b7k2m9qx",
        "203.0.113.41",
        "workload-gone-overdue",
        "StatefulSet web is gone",
        "bound",
        "cls-22222222, live",
        "binding it",
        "the call was refused",
        "EIPClaim games/web-0 names it",
      ])
        expect(text).toContain(part);
    },
  );
});

describe("explain in short", () => {
  const rules = [
    { name: "bound", sentence: "is it bound?", answer: null },
    { name: "workload-gone", sentence: "is its workload gone?", answer: { reason: EIPS[0]?.reason ?? "", detail: "gone" } },
    { name: "orphan", sentence: "does nothing name it?", answer: { reason: "orphan", detail: "nothing names it" } },
  ];
  const base = {
    run: sample().run,
    guard: sample().guard,
    eip: EIPS[0] ?? eip(),
    rules,
    surroundings: [],
    wouldChange: [],
    gaps: [],
  };

  it.each(["table", "markdown"] as const)(
    "names the rule that decided and what also holds, not what does not apply: %s",
    (format) => {
      const text = asRead(renderExplain(base, format, { ...OPTIONS, width: 300 }));
      expect(text).toContain("decided by the rule workload-gone");
      expect(text).toContain("also holds, by the rule orphan");
      expect(text).not.toContain("is it bound?");
      expect(asRead(renderExplain(base, format, { ...OPTIONS, width: 300, verbose: true }))).toContain("is it bound?");
    },
  );
});

describe("what comes next for an EIP", () => {
  const enforce = { run: { ...sample().run, mode: "enforce" as const }, guard: sample().guard };
  const audit = { ...enforce, run: { ...enforce.run, mode: "audit" as const } };
  const flag = { ...enforce, run: { ...enforce.run, mode: "flag" as const } };
  const unwritten = { ...enforce, guard: { ...enforce.guard, ledgerWrittenAt: null } };
  const stopped = { ...enforce, guard: { ...enforce.guard, stopped: true } };
  const fresh = eip({ flaggedAt: null, noticedAt: null, flagAt: "2026-11-25T16:02:00.000Z" });
  const needed = { needed: true, given: null };
  const given = { at: NOW, by: "ann", until: "2026-12-01T00:00:00.000Z" };
  it.each([
    ["a date to be flagged in mode flag", fresh, flag, "flag 2026-11-25 16:02", "flagged not before 2026-11-25 16:02 UTC"],
    ["no date in mode audit", fresh, audit, "needs mode flag", "nothing is flagged: mode audit (mode flag would)"],
    [
      "no date without a ledger",
      fresh,
      unwritten,
      "waits for first run",
      "no date yet: eip-guard run has not seen it idle, and its clock starts with that",
    ],
    ["no date under STOP", fresh, stopped, "STOP is set", "nothing is flagged or released: STOP is set in the store"],
    [
      "a date of its release in mode enforce",
      eip(),
      enforce,
      "release 2026-11-26 07:00",
      "released not before 2026-11-26 07:00 UTC",
    ],
    ["no release in mode flag", eip(), flag, "needs mode enforce", "nothing is released: mode flag (mode enforce would)"],
    [
      "an approval in place of a date",
      eip({ approval: needed }),
      enforce,
      "needs approval",
      "its release needs a person's word: eip-guard approve eip-aaaaaaaa",
    ],
    [
      "a date where the approval was given",
      eip({ approval: { needed: true, given } }),
      enforce,
      "release 2026-11-26 07:00",
      "released not before 2026-11-26 07:00 UTC",
    ],
    [
      "a flag that is due again, not beside the old one",
      eip({ action: "flag" }),
      enforce,
      "flag due again",
      "flag due now: the one of 2026-11-19 06:10 UTC is over, because its idle time began anew",
    ],
    [
      "why it is withheld",
      eip({ withheld: "cap: 13 are due", releaseAt: NOW }),
      enforce,
      "withheld",
      "withheld: cap: 13 are due",
    ],
  ])("is %s", (_, one, guarding, short, step) => {
    expect(words.nextStep(one, guarding, ENGLISH)).toBe(short);
    expect(words.steps(one, guarding, ENGLISH)).toContain(step);
    const dates = words.steps(one, guarding, ENGLISH).filter((line) => line.includes("not before"));
    expect(dates).toEqual(step.includes("not before") ? dates : []);
  });

  it.each([
    ["an incomplete inventory", sample(), ["eip-guard check"]],
    ["no ledger", sample({ gaps: [], guard: unwritten.guard }), ["eip-guard explain", "eip-guard run"]],
    ["mode audit with a ledger", sample({ gaps: [], run: audit.run }), ["eip-guard explain", "mode: flag"]],
    ["mode flag", sample({ gaps: [], run: flag.run }), ["eip-guard explain", "mode: enforce"]],
    [
      "no evidence",
      sample({ gaps: [], guard: { ...enforce.guard, evidence: { cloudaudit: false, billing: false } } }),
      ["evidence: { cloudaudit: true }"],
    ],
    ["STOP", sample({ guard: stopped.guard }), ["remove STOP"]],
  ])("for a person with %s is said in commands that work", (_, result, commands) => {
    const told = nextSteps(result, ENGLISH)
      .map(({ command }) => command)
      .join("\n");
    for (const command of commands) expect(told).toContain(command);
    if (result.guard.ledgerWrittenAt === null)
      expect(
        nextSteps(result, ENGLISH)
          .map(({ command, does }) => command + does)
          .join(),
      ).not.toContain("eip-guard keep");
  });
});

describe("history", () => {
  const record = (facts: Readonly<Record<string, string | number | boolean | null>>, kind: TrailKind = "receipt") =>
    tell({ kind, at: instant(Date.parse(NOW)), run: "run-1", eip: "eip-1", facts, sequence: 1, previous: "", hash: "" }, "eip-1");

  it("tells each record with its time, its facts and its run", () => {
    const facts = { ip: "203.0.113.7", taskId: null };
    const text = "released, address 203.0.113.7; eip-guard recover eip-1 may get it back (run-1)";
    expect(record(facts)).toEqual({ at: NOW, kind: "receipt", run: "run-1", eip: "eip-1", text, facts });
    expect(record({ ...facts, isp: "CMCC" }).text).toBe("released, address 203.0.113.7 (run-1)");
  });

  const judged = { verdict: "leaked", detail: "its Pod is gone" };
  const idle = { idleAtLeastSeconds: 3_600, idleAtMostSeconds: 7_200 };
  const cost = { currency: "CNY", costPerHour: 0.2, costSoFarAtLeast: 0.2, costSoFarAtMost: 0.4 };
  it.each([
    ["both ends", { ...idle, ...cost }, "idle for 1h – 2h, 0.20 CNY/h, so far 0.20 – 0.40 CNY"],
    ["an open end", { ...idle, idleAtMostSeconds: null, ...cost }, "idle for ≥ 1h, 0.20 CNY/h, so far 0.20 – 0.40 CNY"],
    ["an unknown cost as unknown", { ...idle, costUnknown: "no price" }, "idle for 1h – 2h, cost unknown: no price"],
  ])("tells with a verdict how long it was idle then, and what that had cost: %s", (_, facts, expected) => {
    expect(record({ ...judged, ...facts }, "verdict").text).toBe(`judged leaked: its Pod is gone; ${expected} (run-1)`);
  });
  it("tells no cost of an EIP that was not idle", () => {
    expect(record(judged, "verdict").text).toBe("judged leaked: its Pod is gone (run-1)");
  });

  it.each(["table", "json", "markdown"] as const)("shows hostile facts as text: %s", (format) => {
    for (const nasty of NASTY) {
      const text = renderHistory({ id: nasty, sentences: [record({ why: nasty })] }, format, OPTIONS);
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }
  });
});

describe("check", () => {
  const POLICY = '{\n  "effect": "allow"\n}';
  const checks = [
    { name: "credentials", status: "ok", detail: "uin/1", fix: "" },
    { name: "cluster cls-1", status: "fail", detail: "403", fix: POLICY },
  ] as const;

  it.each(["table", "markdown"] as const)("leaves what is to be pasted in lines of its own: %s", (format) => {
    const text = renderCheck({ checks }, format, OPTIONS);
    expect(text).toMatch(/\{\n\s+"effect": "allow"\n\s+\}/);
    expect(text).toContain("1 check failed");
  });
});

describe("metrics", () => {
  const END = { outcome: "complete", seconds: 12, result: sample() } as const;
  const after = (...ends: readonly RunEnd[]) => {
    const meter = createMeter("1.2.3");
    for (const end of ends) meter.runEnded(end);
    return meter.text();
  };

  it("has no sample for what is unknown, and counts what is known", async () => {
    const text = await after(END);
    const leaked = sample().eips.filter(({ verdict }) => verdict === "leaked");
    for (const { account, region } of leaked) {
      const there = leaked.filter((eip) => eip.account === account && eip.region === region).length;
      expect(text).toContain(`eip_guard_eips{account="${account}",region="${region}",verdict="leaked"} ${there}`);
    }
    expect(text).toContain('eip_guard_idle_cost_per_hour{currency="CNY"} 25.07');
    expect(text).toContain("eip_guard_gaps 1");
    expect(text).toContain(`eip_guard_last_run_timestamp_seconds ${Date.parse(NOW) / 1_000}`);
    expect(text).not.toContain('eip_guard_recycle_threshold_seconds{cluster="cls-11111111"}');
  });

  it("can be asked for again and again", async () => {
    expect(await after(END)).toBe(await after(END));
  });

  it("is never empty: before a run, and after one that failed, the counters are there", async () => {
    for (const text of [await after(), await after({ outcome: "failed", seconds: 3, result: null })]) {
      expect(text).toContain('eip_guard_build_info{version="1.2.3"');
      expect(text).toContain('eip_guard_acts_total{act="released"} 0');
      expect(text).toContain("eip_guard_last_complete_reading_timestamp_seconds 0");
    }
  });

  it("keeps the latest result, and when a reading was complete, after a run that failed", async () => {
    const complete = { ...sample(), complete: true };
    const text = await after({ ...END, result: complete }, { outcome: "failed", seconds: 3, result: null });
    expect(text).toContain('eip_guard_runs_total{outcome="failed"} 1');
    expect(text).toContain(`eip_guard_last_complete_reading_timestamp_seconds ${Date.parse(NOW) / 1_000}`);
    expect(text).toContain("eip_guard_gaps 1");
  });

  it("adds up what runs did, so that nothing is lost between two scrapes", async () => {
    const released = { id: "eip-1", act: "released", why: "", at: NOW } as const;
    const end = { ...END, result: { ...sample(), acts: [released] } };
    expect(await after(end, end, END)).toContain('eip_guard_acts_total{act="released"} 2');
  });

  it("counts the calls of the API, and those that were too many", async () => {
    const meter = createMeter("1.2.3");
    for (const outcome of ["ok", "throttled", "throttled"]) meter.apiCall("vpc", "DescribeAddresses", outcome);
    const text = await meter.text();
    expect(text).toContain('eip_guard_api_calls_total{product="vpc",action="DescribeAddresses",outcome="throttled"} 2');
    expect(text).toContain('eip_guard_api_throttles_total{product="vpc",action="DescribeAddresses"} 2');
  });

  it("does not time a run that was skipped", async () => {
    expect(await after({ outcome: "skipped", seconds: 0, result: null })).toContain("eip_guard_run_duration_seconds_count 0");
  });

  it("is documented, name by name", async () => {
    const page = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
    const names = [...(await after(END)).matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    expect(OUTCOMES.filter((outcome) => !page.includes(`\`${outcome}\``))).toEqual([]);
  });
});
