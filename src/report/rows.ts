import { placeKey } from "../core/terms/place.ts";
import type { EipResult, ScanResult } from "../core/terms/result.ts";
import { between, type Instant, instant, parseInstant, wholeSeconds } from "../core/terms/time.ts";
import { VERDICTS } from "../core/terms/verdict.ts";
import type { Catalogue } from "../language/catalogue.ts";
import { detailOf, factsOf } from "./chapters.ts";
import { columnsIn, EIP_COLUMNS, type Shown } from "./columns.ts";
import { harmlessJson, readable, visible } from "./escape.ts";
import { groups } from "./groups.ts";
import { type MarkKind, type Timeline, timelineOf } from "./timeline.ts";
import * as words from "./words.ts";

/**
 * What the page's script makes rows of. Each text stands once in `texts`, visible already, and everything else names it by its place
 * there: 20,000 EIPs say mostly the same. The fields of a row are told by their place too (the script knows the order).
 */
export interface PageData {
  readonly texts: readonly string[];
  /** The columns, in the order of a row's cells. */
  readonly columns: readonly { readonly key: string; readonly numeric: boolean; readonly sorted: boolean }[];
  /** The verdicts, worst first, with what they are called. */
  readonly verdicts: readonly (readonly [code: string, word: string])[];
  readonly groups: readonly { readonly verdict: string; readonly title: string }[];
  readonly currencies: readonly string[];
  readonly rows: readonly Row[];
  /** Unix seconds; timelines count from here. */
  readonly now: number;
  readonly say: Catalogue["report"]["page"]["script"];
  /** Between a name and what it says. */
  readonly colon: string;
  /** What people call a currency, where it has another name. */
  readonly money: Readonly<Record<string, string>>;
  /** Where a page of each EIP is: its id is put behind it. Null where there is none. */
  readonly eipPages: string | null;
}

/** A place in `texts`. */
type Text = number;

type Row = readonly [
  group: number,
  verdict: number,
  cells: readonly Text[],
  /** What is sorted otherwise than its text, in the order of those columns. */
  sorts: readonly number[],
  names: readonly [name: Text, account: Text, place: Text, cluster: Text, namespace: Text, workload: Text],
  /** An hour, -1 where it is not known; and the place of its currency. Only of an idle EIP: else -1 and -1. */
  price: readonly [perHour: number, currency: number],
  why: Text,
  steps: readonly Text[],
  facts: readonly Text[],
  tags: readonly Text[],
  timeline: Line | null,
];

/** A timeline in seconds from now: its ends, since when it is possibly and certainly idle, when it was bound, and its marks. */
export type Line = readonly [
  from: number,
  to: number,
  possible: number | null,
  known: number,
  bound: readonly [since: number | null, until: number] | null,
  marks: readonly (readonly [kind: MarkKind, at: number, happened: 0 | 1])[],
];

/** Everything that the script makes rows of: each EIP once, what is in use too, worst first and by reason. */
export function pageData(result: ScanResult, say: Catalogue, eipPages: string | null): PageData {
  const now = nowOf(result);
  const shown = columnsIn(EIP_COLUMNS, "page", say);
  const all = groups(result.eips, say);
  const [texts, currencies] = [register(), register()];
  const rows = all.flatMap(({ eips }, group) =>
    eips.map((eip) => rowOf(eip, group, { result, say, shown, now, texts, currencies })),
  );
  return {
    texts: texts.all(),
    columns: shown.map(({ key, numeric = false, sort }) => ({ key, numeric, sorted: sort !== undefined })),
    verdicts: VERDICTS.map((verdict) => [verdict, say.verdict(verdict)] as const),
    groups: all.map(({ verdict, title }) => ({ verdict: say.verdict(verdict), title })),
    currencies: currencies.all(),
    rows,
    now: now / 1_000,
    say: say.report.page.script,
    colon: say.report.colon,
    money: Object.fromEntries(currencies.all().map((currency) => [currency, say.figures.currency(currency)])),
    eipPages,
  };
}

export function nowOf({ run }: { readonly run: Pick<ScanResult["run"], "finishedAt"> }): Instant {
  return parseInstant(run.finishedAt) ?? instant(0);
}

interface Register {
  readonly place: (text: string) => number;
  readonly all: () => readonly string[];
}

/** Gives each text its place, the same one each time. */
function register(): Register {
  const places = new Map<string, number>();
  return {
    place(text) {
      const known = places.get(text);
      if (known !== undefined) return known;
      places.set(text, places.size);
      return places.size - 1;
    },
    all: () => [...places.keys()],
  };
}

interface Making {
  readonly result: ScanResult;
  readonly say: Catalogue;
  readonly shown: readonly Shown<EipResult>[];
  readonly now: Instant;
  readonly texts: Register;
  readonly currencies: Register;
}

function rowOf(eip: EipResult, group: number, { result, say, shown, now, texts, currencies }: Making): Row {
  const { pod, cost } = eip;
  const name = (text: string) => texts.place(visible(text));
  const sentence = (text: string) => texts.place(readable(text));
  const { why, steps } = detailOf(eip, result, say);
  const timeline = timelineOf(eip, now, words.isDated(eip, result));
  return [
    group,
    VERDICTS.indexOf(eip.verdict),
    shown.map(({ text }) => name(text(eip, result))),
    shown.flatMap(({ sort }) => (sort === undefined ? [] : [sort(eip)])),
    [
      name(eip.name),
      name(eip.account),
      name(placeKey(eip)),
      name(eip.cluster ?? pod?.cluster ?? ""),
      name(pod?.namespace ?? ""),
      name(words.workloadName(eip)),
    ],
    eip.idle === null || "unknown" in cost ? [-1, -1] : [cost.perHour, currencies.place(visible(cost.currency))],
    sentence(why),
    steps.map(sentence),
    factsOf(eip, say).map(sentence),
    Object.entries(eip.tags).map(([key, value]) => name(`${key}=${value}`)),
    timeline === null ? null : lineOf(timeline),
  ];
}

/** A timeline as the script gets it. */
export function lineOf({ from, to, now, bound, possibleSince, knownSince, marks }: Timeline): Line {
  const at = (then: Instant) => (then >= now ? wholeSeconds(between(now, then)) : -wholeSeconds(between(then, now)));
  return [
    at(from),
    at(to),
    possibleSince === null ? null : at(possibleSince),
    at(knownSince),
    bound === null ? null : [bound.since === null ? null : at(bound.since), at(bound.until)],
    marks.map(({ kind, at: then, happened }) => [kind, at(then), happened ? 1 : 0] as const),
  ];
}

/** Data as a block in the page: no text in it can end the block or open a comment. */
export function dataBlock(data: unknown): string {
  return harmlessJson(JSON.stringify(data)).replaceAll("<", "\\u003c");
}
