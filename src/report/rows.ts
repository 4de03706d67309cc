import type { EipResult, ScanResult } from "../core/terms/result.ts";
import { type Instant, instant, parseInstant } from "../core/terms/time.ts";
import { VERDICTS } from "../core/terms/verdict.ts";
import { harmlessJson, readable, visible } from "./escape.ts";
import { type Drawing, drawn, timelineOf } from "./timeline.ts";
import * as words from "./words.ts";

/** One EIP as the HTML report's script gets it: words that are ready to be shown, and numbers to sort by. Each text is visible already. */
export interface Row {
  readonly id: string;
  readonly ip: string;
  readonly name: string;
  readonly verdict: string;
  /** Where it stands in the list of verdicts, worst first. */
  readonly order: number;
  /** Its place in `groups`, where EIPs with the same reason are together. */
  readonly group: number;
  readonly place: string;
  readonly account: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
  readonly workload: string;
  readonly idle: string;
  readonly idleSeconds: number;
  readonly month: string;
  /** An hour; -1 where it is not known. */
  readonly price: number;
  readonly currency: string;
  readonly soFar: string;
  readonly cost: number;
  readonly next: string;
  readonly detail: string;
  readonly steps: readonly string[];
  readonly facts: readonly string[];
  readonly tags: readonly string[];
  readonly timeline: Drawing | null;
}

export interface PageData {
  readonly groups: readonly { readonly verdict: string; readonly title: string }[];
  readonly rows: readonly Row[];
}

/** Everything that the script makes rows of: each EIP once, what is in use too, worst first and by reason. */
export function pageData(result: ScanResult): PageData {
  const now = parseInstant(result.run.finishedAt) ?? instant(0);
  const groups = words.groups(result.eips);
  return {
    groups: groups.map(({ verdict, title }) => ({ verdict: words.verdictWord(verdict), title })),
    rows: groups.flatMap(({ eips }, group) => eips.map((eip) => rowOf(eip, group, result, now))),
  };
}

function rowOf(eip: EipResult, group: number, result: ScanResult, now: Instant): Row {
  const { pod, cost } = eip;
  const timeline = timelineOf(eip, now, words.isDated(eip, result));
  return {
    id: visible(eip.id),
    ip: visible(eip.ip),
    name: visible(eip.name),
    verdict: eip.verdict,
    order: VERDICTS.indexOf(eip.verdict),
    group,
    place: visible(`${eip.account}/${eip.region}`),
    account: visible(eip.account),
    cluster: visible(eip.cluster ?? pod?.cluster ?? ""),
    namespace: visible(pod?.namespace ?? ""),
    pod: pod === null ? "" : visible(words.podName(eip)),
    workload: visible(words.workloadName(eip)),
    idle: eip.idle === null ? "-" : words.idleInterval(eip.idle),
    idleSeconds: eip.idle?.atLeastSeconds ?? -1,
    month: visible(words.costPerMonth(cost)),
    price: "unknown" in cost ? -1 : cost.perHour,
    currency: "unknown" in cost ? "" : visible(cost.currency),
    soFar: visible(words.costSoFar(cost)),
    cost: "unknown" in cost ? -1 : cost.soFarAtLeast,
    next: visible(words.nextStep(eip, result)),
    detail: readable(eip.detail),
    steps: words.steps(eip, result).map(readable),
    facts: factsOf(eip).map(readable),
    tags: Object.entries(eip.tags).map(([key, value]) => visible(`${key}=${value}`)),
    timeline: timeline === null ? null : drawn(timeline),
  };
}

/** What stands behind the verdict, for who asks how it is known. */
function factsOf(eip: EipResult): readonly string[] {
  const { idle, cost, evidence, reason, alsoTrue, rule, status, chargeType } = eip;
  const billed = words.billed(cost);
  const items = [
    `reason ${reason}${alsoTrue.length === 0 ? "" : `, also true: ${alsoTrue.join(", ")}`}`,
    `status ${status}, charge type ${chargeType || "-"}`,
  ];
  if (idle !== null) {
    items.push(
      `idle by ${idle.evidence.join(", ")}; acting clock ${words.duration(idle.actingSeconds)}, ${words.count(idle.sightings, "sighting")}`,
    );
    items.push(...words.past(eip));
    if (idle.contradiction !== null) items.push(`contradiction: ${idle.contradiction}`);
  }
  if ("unknown" in cost) items.push(`cost unknown: ${cost.unknown}`);
  if (billed !== null) items.push(billed);
  if (rule !== null) items.push(`policy rule: ${rule}`);
  return [...items, ...evidence.map(({ kind, detail }) => `${kind}: ${detail}`)];
}

/** The data as a block in the page: no text in it can end the block or open a comment. */
export function dataBlock(data: PageData): string {
  return harmlessJson(JSON.stringify(data)).replaceAll("<", "\\u003c");
}
