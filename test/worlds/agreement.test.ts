import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWorkload, deleteWorkload, NEVER, restartPod, scale } from "../../sim/world/life.ts";
import type { EipResult, ScanResult } from "../../src/core/terms/result.ts";
import { DRAWING } from "../../src/report/drawing.ts";
import type { HistoryResult } from "../../src/report/options.ts";
import { HOUR, openDemoStage } from "../system/stage.ts";

/**
 * Whoever asks, and in whatever form, is told the same: on the demo's weeks of life, every format of `scan`, `explain` and
 * `history` are read back, and compared with what `scan --format json` says of each EIP. The words of amounts and times are
 * made here anew, so that no renderer checks itself.
 */
const CONFIGURATION = `
mode: enforce
state: { dir: ./state }
evidence: { cloudaudit: true, billing: true }
policy:
  grace: 1h
  maxGap: 13h
  rules:
    - { name: leaked pod addresses, match: { verdict: leaked }, flagAfter: 1d, releaseAfter: 7d }
    - { name: everything else, match: {}, flagAfter: 14d, releaseAfter: never }
release: { notice: 24h, maxPerRun: 10, maxPercent: 50 }
`;
const KEYS = { EIP_GUARD_ALLOW_RELEASE: "yes" };
const TICK = 6 * HOUR;
/** Days at which everything is asked for: before the first flag, between notices and releases, and at the end. */
const MOMENTS = [0, 12, 28] as const;
const FORMATS = ["csv", "markdown", "table", "html"] as const;

interface Moment {
  readonly scan: ScanResult;
  readonly printed: Readonly<Record<(typeof FORMATS)[number], string>>;
  /** By AddressId. */
  readonly explained: ReadonlyMap<
    string,
    { readonly json: { readonly eip: EipResult }; readonly table: string; readonly markdown: string }
  >;
  readonly told: ReadonlyMap<string, { readonly json: HistoryResult; readonly table: string; readonly markdown: string }>;
}

const moments = new Map<number, Moment>();
/** What each run answered, by its id. */
const runs = new Map<string, ScanResult>();
let stage: Awaited<ReturnType<typeof openDemoStage>>;

beforeAll(async () => {
  stage = await openDemoStage(CONFIGURATION);
  const { world, clock, fleet } = stage;
  const { games } = fleet;
  const plot: Readonly<Record<number, () => void>> = {
    2: () => restartPod(world, games, "StatefulSet", "lobby", "gate-1", "gate", 600_000),
    6: () =>
      createWorkload(world, games, { kind: "StatefulSet", namespace: "old", name: "arena", replicas: 1, annotations: NEVER }),
    10: () => scale(world, games, "StatefulSet", "seasonal", "event", 2),
    16: () => deleteWorkload(world, games, "StatefulSet", "lobby", "match"),
  };
  for (let hours = 0; hours <= 28 * 24; hours += TICK / HOUR) {
    if (hours % 24 === 0) plot[hours / 24]?.();
    const result = await stage.json(["run"], KEYS);
    runs.set(result.run.id, result);
    if (MOMENTS.some((day) => day * 24 === hours)) moments.set(hours / 24, await ask());
    clock.advance(TICK);
  }
}, 300_000);
afterAll(() => stage.close());

async function ask(): Promise<Moment> {
  const print = async (...argv: string[]) => (await stage.run(argv, KEYS)).out;
  const scan = await stage.json(["scan"], KEYS);
  const explained = new Map<string, { json: { eip: EipResult }; table: string; markdown: string }>();
  const told = new Map<string, { json: HistoryResult; table: string; markdown: string }>();
  for (const { id } of scan.eips) {
    explained.set(id, {
      json: JSON.parse(await print("explain", id, "--format", "json")),
      table: await print("explain", id),
      markdown: await print("explain", id, "--format", "markdown"),
    });
    told.set(id, {
      json: JSON.parse(await print("history", id, "--format", "json")),
      table: await print("history", id),
      markdown: await print("history", id, "--format", "markdown"),
    });
  }
  return {
    scan,
    printed: {
      csv: await print("scan", "--format", "csv"),
      markdown: await print("scan", "--format", "markdown", "--verbose", "--all"),
      table: await print("scan", "--verbose", "--all"),
      html: await print("scan", "--format", "html"),
    },
    explained,
    told,
  };
}

/** What a person reads of one EIP. */
interface Seen {
  readonly verdict: string;
  readonly ip: string;
  readonly idle: string;
  readonly month: string;
  readonly soFar: string;
  readonly detail: boolean;
  readonly billed: string | null;
  readonly flagged: string | null;
  readonly noticed: string | null;
  readonly flagDue: string | null;
  readonly releaseDue: string | null;
}

const AMOUNT = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const amount = (value: number) => AMOUNT.format(value);

function minute(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;
}

/** `4d 3h`: the two largest units, the second only where it is not zero. */
function span(seconds: number): string {
  const units = [86_400, 3_600, 60, 1].map((size, index, sizes) => Math.floor((seconds % (sizes[index - 1] ?? Infinity)) / size));
  const first = units.findIndex((count) => count > 0);
  if (first < 0) return "0s";
  const name = (index: number) => `${units[index]}${"dhms"[index]}`;
  return (units[first + 1] ?? 0) > 0 ? `${name(first)} ${name(first + 1)}` : name(first);
}

function interval({ idle }: EipResult): string {
  if (idle === null) return "-";
  const [least, most] = [span(idle.atLeastSeconds), idle.atMostSeconds === null ? null : span(idle.atMostSeconds)];
  if (most === null) return `≥ ${least}`;
  return least === most ? least : `${least} – ${most}`;
}

function soFar({ cost }: EipResult): string {
  if ("unknown" in cost) return "unknown";
  const [least, most] = [amount(cost.soFarAtLeast), amount(cost.soFarAtMost)];
  return least === most ? `${least} ${cost.currency}` : `${least} – ${most} ${cost.currency}`;
}

/** What everybody must be told of an EIP, from the JSON. */
function expected(eip: EipResult, now: string): Seen {
  const { verdict, ip, cost, action, flaggedAt, noticedAt, flagAt, releaseAt, approval, idle } = eip;
  // What no run has seen idle yet has no date that would stand; who must approve is told so in place of a date.
  const dated = idle === null || idle.sightings > 0;
  const approved = !approval.needed || approval.given !== null;
  const billed = "unknown" in cost ? undefined : cost.billed;
  return {
    verdict,
    ip,
    idle: interval(eip),
    month: "unknown" in cost ? "unknown" : `${amount(cost.perHour * 730)} ${cost.currency}`,
    soFar: soFar(eip),
    detail: true,
    billed:
      billed === undefined
        ? null
        : `billed ${amount(billed.amount)} ${billed.currency} from ${minute(billed.from)} until ${minute(billed.until)}`,
    flagged: flaggedAt === null || action === "flag" ? null : minute(flaggedAt),
    noticed: noticedAt === null || action === "flag" ? null : minute(noticedAt),
    flagDue: dated && flaggedAt === null && action === "none" && flagAt !== null && flagAt > now ? minute(flagAt) : null,
    releaseDue: dated && action === "none" && approved && releaseAt !== null && releaseAt > now ? minute(releaseAt) : null,
  };
}

const MINUTE = String.raw`(\d{4}-\d\d-\d\d \d\d:\d\d UTC)`;

function found(text: string, pattern: string): string | null {
  return new RegExp(pattern).exec(text)?.[1] ?? null;
}

/** The facts that stand in a running text, in whatever format. */
function inWords(text: string, { detail }: EipResult): Omit<Seen, "verdict" | "ip" | "idle" | "month" | "soFar"> {
  return {
    detail: text.includes(detail.replace(/\s+/g, " ")),
    billed: found(text, `(billed [\\d.,]+ [A-Z]{3} from ${MINUTE} until ${MINUTE})`),
    flagged: found(text, `flagged ${MINUTE}`),
    noticed: found(text, `notice delivered ${MINUTE}`),
    flagDue: found(text, `flagged not before ${MINUTE}`),
    releaseDue: found(text, `released not before ${MINUTE}`),
  };
}

type Reader = (printed: string, scan: ScanResult) => ReadonlyMap<string, Seen>;

const byId = (scan: ScanResult) => new Map(scan.eips.map((eip) => [eip.id, eip]));

function seenOf(
  scan: ScanResult,
  rows: readonly { readonly cells: readonly string[]; readonly text: string }[],
): Map<string, Seen> {
  const eips = byId(scan);
  return new Map(
    rows.map(({ cells: [verdict = "", id = "", ip = "", idle = "", month = "", cost = ""], text }) => {
      const eip = eips.get(id);
      if (eip === undefined) throw new Error(`no EIP has the id '${id}'`);
      return [id, { verdict, ip, idle, month, soFar: cost, ...inWords(text.replace(/\s+/g, " "), eip) }];
    }),
  );
}

/** The verdicts of the headings, `LEAKED: …`, and below each the EIPs, each with what is said of it. */
const readTable: Reader = (printed, scan) => {
  const lines = printed.split("\n");
  const start = lines.findIndex((line) => line.startsWith("  EIP "));
  const end = lines.indexOf("", start);
  const rows: { cells: readonly string[]; text: string }[] = [];
  let verdict = "";
  for (const line of lines.slice(start + 1, end)) {
    const heading = /^([A-Z ]+): /.exec(line)?.[1];
    if (heading !== undefined) verdict = heading.toLowerCase().replace(" ", "-");
    const last = rows.at(-1);
    const [id = "", ip = "", ...rest] = line.trim().split(/\s{2,}/);
    if (line.startsWith("  eip-")) rows.push({ cells: [verdict, id, ip, ...rest], text: "" });
    else if (last !== undefined && line.startsWith("      ")) last.text += ` ${line.trim()}`;
  }
  return seenOf(
    scan,
    rows.map(({ cells, text }) => {
      const [of = "", id = "", ip = "", ...rest] = cells;
      // The Pod stands in a line of its own where it is long.
      const [idle = "", month = ""] = text.startsWith(" Pod ") ? rest : rest.slice(1);
      const cost = found(text, "so far (unknown|[\\d.,]+(?: – [\\d.,]+)? [A-Z]{3})") ?? "";
      const eip = byId(scan).get(id);
      return { cells: [of, id, ip, idle, month, eip?.idle === null ? soFar(eip) : cost], text };
    }),
  );
};

const readMarkdown: Reader = (printed, scan) => {
  const plain = (text: string) =>
    text
      .replaceAll("&#8203;", "")
      .replace(/\\([^\n])/g, "$1")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&");
  const [, eips = ""] = /## EIPs\n([\s\S]*?)\n## /.exec(printed) ?? [];
  const rows: { cells: readonly string[]; text: string }[] = [];
  let verdict = "";
  for (const line of eips.split("\n")) {
    const heading = /^### ([a-z ]+): /.exec(line)?.[1];
    if (heading !== undefined) verdict = heading.replace(" ", "-");
    if (!line.startsWith("| eip-")) continue;
    const [id = "", ip = "", , , idle = "", month = "", cost = "", , text = ""] = line
      .slice(2, -2)
      .split(/(?<!\\) \| /)
      .map(plain);
    rows.push({ cells: [verdict, id, ip, idle, month, cost], text: text.replaceAll("<br>", " ") });
  }
  return seenOf(scan, rows);
};

interface PageRow {
  readonly verdict: string;
  /** By the key of their column. */
  readonly cells: Readonly<Record<string, string>>;
  readonly text: string;
  /** What the page's own code writes beside the timeline. */
  readonly label: string | null;
}

/** Places in `texts` stand for texts; the page's script reads it so. */
interface PageBlock {
  readonly texts: readonly string[];
  readonly columns: readonly { readonly key: string }[];
  readonly verdicts: readonly (readonly [code: string, word: string])[];
  readonly now: number;
  readonly say: unknown;
  readonly rows: readonly (readonly [
    group: number,
    verdict: number,
    cells: readonly number[],
    sorts: unknown,
    names: unknown,
    price: unknown,
    why: number,
    steps: readonly number[],
    facts: readonly number[],
    tags: unknown,
    timeline: unknown,
  ])[];
}

/** The data from which the page's script makes its rows, word for word. */
function pageRows(printed: string): readonly PageRow[] {
  const [, block = "{}"] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(printed) ?? [];
  const { texts, columns, verdicts, now, say, rows }: PageBlock = JSON.parse(block);
  const draw = new Function("line", "now", "say", `${DRAWING}; return drawn(line, now, say);`);
  return rows.map(([, verdict, cells, , , , why, steps, facts, , timeline]) => ({
    verdict: verdicts[verdict]?.[0] ?? "",
    cells: Object.fromEntries(columns.map(({ key }, place) => [key, texts[cells[place] ?? -1] ?? ""])),
    text: [why, ...steps, ...facts].map((place) => texts[place]).join(" "),
    label: timeline === null ? null : draw(timeline, now, say).label,
  }));
}

const readHtml: Reader = (printed, scan) =>
  seenOf(
    scan,
    pageRows(printed).map(({ verdict, cells, text }) => ({
      cells: [verdict, ...["id", "ip", "idleFor", "costPerMonth", "costSoFar"].map((key) => cells[key] ?? "")],
      text,
    })),
  );

/** RFC 4180, with our own sign before what a spreadsheet would calculate taken off. */
function parseCsv(text: string): readonly Readonly<Record<string, string>>[] {
  const [head = [], ...rows] = [...text.matchAll(/(?:(?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,|\r\n))+?(?<=\r\n)/g)].map(([record]) =>
    [...record.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(?:,|\r\n)/g)].map(([, field = ""]) =>
      (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field).replace(/^'(?=[\s'"]*[=+\-@|%])/, ""),
    ),
  );
  return rows.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index] ?? ""])));
}

describe.each(MOMENTS)("on day %d of the demo's life", (day) => {
  const moment = () => {
    const present = moments.get(day);
    if (present === undefined) throw new Error(`nothing was asked on day ${day}`);
    return present;
  };

  it.each([
    ["table", readTable],
    ["markdown", readMarkdown],
    ["html", readHtml],
  ] as const)("scan says the same of every EIP as its JSON: %s", (format, read) => {
    const { scan, printed } = moment();
    const seen = read(printed[format], scan);
    expect([...seen.keys()].sort()).toEqual(scan.eips.map(({ id }) => id).sort());
    for (const eip of scan.eips)
      expect({ id: eip.id, ...seen.get(eip.id) }).toEqual({ id: eip.id, ...expected(eip, scan.run.finishedAt) });
  });

  it("scan says the same of every EIP as its JSON, to the second and the last decimal: csv", () => {
    const { scan, printed } = moment();
    const rows = parseCsv(printed.csv);
    const text = (value: string | number | null | undefined) => (value === null || value === undefined ? "" : String(value));
    const columns = (eip: EipResult): Readonly<Record<string, string>> => {
      const cost = "unknown" in eip.cost ? null : eip.cost;
      return {
        id: eip.id,
        ip: eip.ip,
        verdict: eip.verdict,
        reason: eip.reason,
        detail: eip.detail,
        action: eip.action,
        withheld: text(eip.withheld),
        idleAtLeastSeconds: text(eip.idle?.atLeastSeconds),
        idleAtMostSeconds: text(eip.idle?.atMostSeconds),
        idleActingSeconds: text(eip.idle?.actingSeconds),
        sightings: text(eip.idle?.sightings),
        createdAt: text(eip.createdAt),
        lastBoundSince: text(eip.lastBound?.since),
        lastBoundUntil: text(eip.lastBound?.until),
        thresholdAt: text(eip.thresholdAt),
        flagAt: text(eip.flagAt),
        releaseAt: text(eip.releaseAt),
        flaggedAt: text(eip.flaggedAt),
        noticedAt: text(eip.noticedAt),
        currency: text(cost?.currency),
        costPerHour: text(cost?.perHour),
        costPerMonth: cost === null ? "" : String(Math.round(cost.perHour * 730 * 1e6) / 1e6),
        costSoFarAtLeast: text(cost?.soFarAtLeast),
        costSoFarAtMost: text(cost?.soFarAtMost),
        costBilled: text(cost?.billed?.amount),
        costBilledDifference: text(cost?.billed?.difference),
        costUnknown: "unknown" in eip.cost ? eip.cost.unknown : "",
      };
    };
    expect(rows).toHaveLength(scan.eips.length);
    for (const [index, eip] of scan.eips.entries()) expect(rows[index]).toMatchObject(columns(eip));
  });

  it("the timelines of the report have the instants of the JSON", () => {
    const { scan, printed } = moment();
    const labels = new Map(
      pageRows(printed.html).flatMap(({ cells: { id = "" }, label }) =>
        label === null ? [] : [[id, label.split("; ")] as const],
      ),
    );
    const idle = scan.eips.filter((eip) => eip.idle !== null);
    expect([...labels.keys()].sort()).toEqual(idle.map(({ id }) => id).sort());
    for (const eip of idle) {
      const { flagDue, releaseDue } = expected(eip, scan.run.finishedAt);
      const counting = (eip.idle?.sightings ?? 0) > 0 && eip.action !== "flag";
      const before = (seconds: number) => minute(new Date(Date.parse(scan.run.finishedAt) - seconds * 1_000).toISOString());
      const marks = [
        eip.createdAt === null ? "" : `created ${minute(eip.createdAt)}`,
        eip.lastBound === null ? "" : `last known to be bound ${minute(eip.lastBound.until)}`,
        eip.lastBound === null || eip.lastBound.since === null ? "" : `bound since ${minute(eip.lastBound.since)}`,
        `known to be idle since ${before(eip.idle?.atLeastSeconds ?? 0)}`,
        typeof eip.idle?.atMostSeconds === "number"
          ? `possibly idle since ${before(eip.idle.atMostSeconds)}`
          : "possibly idle since an unknown time",
        eip.thresholdAt === null ? "" : `recycle threshold ${minute(eip.thresholdAt)}`,
        eip.flaggedAt === null ? "" : `flagged ${minute(eip.flaggedAt)}`,
        eip.flaggedAt !== null || eip.flagAt === null || !counting ? "" : `flag, not before ${minute(eip.flagAt)}`,
        eip.noticedAt === null ? "" : `notice delivered ${minute(eip.noticedAt)}`,
        eip.releaseAt === null || !counting || (eip.approval.needed && eip.approval.given === null)
          ? ""
          : `release, not before ${minute(eip.releaseAt)}`,
      ].filter((mark) => mark !== "");
      expect([...(labels.get(eip.id) ?? [])].sort()).toEqual(marks.sort());
      // What is drawn as planned is what is told as planned.
      if (flagDue !== null) expect(marks).toContain(`flag, not before ${flagDue}`);
      if (releaseDue !== null) expect(marks).toContain(`release, not before ${releaseDue}`);
    }
  });

  it("what groups cost is what their EIPs cost, in the totals, the groupings and the audit by cluster", () => {
    const { scan, printed } = moment();
    const { costs } = JSON.parse(JSON.stringify(scan)) as {
      costs: Record<
        string,
        { of: Record<string, string> | null; cost: { perMonth: number }[]; eips: number; costUnknown: number }[]
      >;
    };
    const month = (groups: readonly { readonly cost: readonly { readonly perMonth: number }[] }[] | undefined) =>
      (groups ?? []).flatMap(({ cost }) => cost).reduce((sum, { perMonth }) => sum + perMonth, 0);
    const total = scan.totals.cost.reduce((sum, { perMonth }) => sum + perMonth, 0);
    expect(total).toBeGreaterThan(0);
    for (const by of ["account", "cluster", "namespace", "workload", "pod"]) {
      expect(month(costs[by])).toBeCloseTo(total, 3);
      expect((costs[by] ?? []).reduce((sum, { costUnknown }) => sum + costUnknown, 0)).toBe(scan.totals.costUnknown);
    }
    for (const { id, audit } of scan.clusters) {
      const group = costs.cluster?.find(({ of }) => of?.cluster === id);
      expect(group?.cost.map(({ perMonth }) => perMonth) ?? []).toEqual(audit.idleCost.map(({ perMonth }) => perMonth));
    }
    for (const { of, cost } of costs.workload ?? []) {
      if (of === null) continue;
      for (const format of ["markdown", "html", "table"] as const)
        for (const { perMonth } of cost) expect(printed[format]).toContain(amount(perMonth));
    }
  });

  it("what the leaked cost a month is told first, and is what they cost, in every format", () => {
    const { scan, printed } = moment();
    const { costByVerdict, byVerdict } = scan.totals;
    const leaked = scan.eips.filter(({ verdict }) => verdict === "leaked");
    expect(leaked).toHaveLength(byVerdict.leaked ?? 0);
    const sum = leaked.reduce((all, { cost }) => all + ("unknown" in cost ? 0 : cost.perHour * 730), 0);
    expect((costByVerdict.leaked?.cost ?? []).reduce((all, { perMonth }) => all + perMonth, 0)).toBeCloseTo(sum, 3);
    const total = Object.values(costByVerdict).flatMap(({ cost }) => cost);
    expect(total.reduce((all, { perMonth }) => all + perMonth, 0)).toBeCloseTo(
      scan.totals.cost.reduce((all, { perMonth }) => all + perMonth, 0),
      3,
    );
    const line = leaked.length === 0 ? "No EIP is leaked" : `leaked: ${amount(sum)} CNY a month can be saved`;
    for (const format of ["markdown", "html", "table"] as const) {
      const plain = printed[format].replace(/\\([^\n])/g, "$1").replace(/\s+/g, " ");
      expect(plain).toContain(line);
      const [first] = leaked;
      if (first !== undefined) expect(plain.indexOf(line)).toBeLessThan(plain.indexOf(first.id));
    }
  });

  it("explain says the same of every EIP", () => {
    const { scan, explained } = moment();
    for (const eip of scan.eips) {
      const answer = explained.get(eip.id);
      expect(answer?.json.eip).toEqual(eip);
      const want = expected(eip, scan.run.finishedAt);
      for (const printed of [answer?.table ?? "", (answer?.markdown ?? "").replace(/\\([^\n])/g, "$1")]) {
        const text = printed.replace(/\s+/g, " ");
        expect(found(text, `^#? ?${eip.id} \\(${eip.ip.replaceAll(".", "\\.")}\\) is ([a-z]+(?: use)?)`)?.replace(" ", "-")).toBe(
          eip.verdict,
        );
        const { billed, flagged, noticed, flagDue, releaseDue, detail } = want;
        expect(inWords(text, eip)).toMatchObject({ billed, flagged, noticed, detail, releaseDue });
        if (flagDue !== null) expect(inWords(text, eip).flagDue).toBe(flagDue);
        if (eip.idle === null) continue;
        expect(text).toContain(`shown: ${want.idle}, by`);
        expect(text).toContain(
          "unknown" in eip.cost ? `unknown: ${eip.cost.unknown}` : `${want.month} a month; so far ${want.soFar}`,
        );
        if (eip.thresholdAt !== null) expect(text).toContain(minute(eip.thresholdAt));
        if (eip.lastBound !== null) expect(text).toContain(`until ${minute(eip.lastBound.until)}`);
      }
    }
  });

  it("history ends with the verdict of the scan, and its flags and notices are those of the scan", () => {
    const { scan, told } = moment();
    for (const eip of scan.eips) {
      const records = told.get(eip.id)?.json.sentences ?? [];
      const last = (kind: string) => records.filter((record) => record.kind === kind).at(-1);
      expect([last("verdict")?.facts.verdict, last("verdict")?.facts.reason]).toEqual([eip.verdict, eip.reason]);
      if (eip.flaggedAt !== null) expect(last("flagged")?.at).toBe(eip.flaggedAt);
      if (eip.noticedAt !== null) expect(last("noticed")?.facts.deliveredAt).toBe(eip.noticedAt);
    }
  });

  it("history says of each verdict what the run said that reached it: when, since when idle, at what cost", () => {
    const { told } = moment();
    let compared = 0;
    for (const [id, { json, table, markdown }] of told) {
      const text = table.replace(/\s+/g, " ");
      const plain = markdown.replace(/\\([^\n])/g, "$1").replace(/\s+/g, " ");
      for (const { at, kind, run, facts } of json.sentences) {
        const result = runs.get(run);
        const eip = result?.eips.find((one) => one.id === id);
        if (kind !== "verdict" || result === undefined || eip === undefined) continue;
        compared += 1;
        const { verdict, reason, detail, idle, cost } = eip;
        const then =
          idle === null
            ? {}
            : {
                idleAtLeastSeconds: idle.atLeastSeconds,
                idleAtMostSeconds: idle.atMostSeconds,
                ...("unknown" in cost
                  ? { costUnknown: cost.unknown }
                  : {
                      currency: cost.currency,
                      costPerHour: cost.perHour,
                      costSoFarAtLeast: cost.soFarAtLeast,
                      costSoFarAtMost: cost.soFarAtMost,
                    }),
              };
        const { ip: _, before: __, ...said } = facts;
        expect({ id, at, ...said }).toEqual({ id, at: result.run.startedAt, verdict, reason, detail, ...then });
        const price = "unknown" in cost ? "cost unknown" : `so far ${soFar(eip)}`;
        for (const shown of [text, plain]) {
          expect(shown).toContain(`judged ${verdict}: ${detail}`.replace(/\s+/g, " "));
          if (idle !== null) expect(shown).toContain(`idle for ${interval(eip)}, `);
          if (idle !== null) expect(shown).toContain(price);
        }
      }
    }
    expect(compared).toBeGreaterThan(day === 0 ? 5 : 10);
  });
});

describe("the demo's life", () => {
  it("had all that is compared in it: bills, bindings, thresholds, flags, notices and releases", () => {
    const all = [...moments.values()].flatMap(({ scan }) => scan.eips);
    expect(all.filter(({ cost }) => "billed" in cost).length).toBeGreaterThan(0);
    expect(all.filter(({ lastBound }) => lastBound?.since != null).length).toBeGreaterThan(0);
    expect(all.filter(({ thresholdAt }) => thresholdAt !== null).length).toBeGreaterThan(0);
    expect(all.filter(({ flaggedAt }) => flaggedAt !== null).length).toBeGreaterThan(0);
    expect(all.filter(({ noticedAt }) => noticedAt !== null).length).toBeGreaterThan(0);
    expect([...runs.values()].flatMap(({ acts = [] }) => acts).filter(({ act }) => act === "released").length).toBeGreaterThan(0);
    expect(moments.get(28)?.scan.savings[0]?.saved).toBeGreaterThan(0);
  });

  it.each(["markdown", "table", "html"] as const)("shows the savings of the JSON: %s", (format) => {
    const { scan, printed } = moments.get(28) ?? { scan: null, printed: null };
    for (const { saved, currency } of scan?.savings ?? []) expect(printed?.[format]).toContain(`${amount(saved)} ${currency}`);
  });
});
