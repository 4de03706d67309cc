import { totals } from "../core/cost/cost.ts";
import type { CostResult, EipResult } from "../core/terms/result.ts";
import { type Instant, instant, parseInstant } from "../core/terms/time.ts";
import { bareMoney, isSameMoney } from "../language/figures.ts";
import type { Voice } from "./message.ts";

/** Pieces that several messages use. */

/** An ISO instant as people read it; what is no instant is given back as it is. */
export function moment(voice: Voice, at: Instant | string, timezone: string | null): string {
  const parsed = typeof at === "string" ? parseInstant(at) : at;
  return parsed === undefined ? voice.text(String(at)) : voice.moment(parsed, timezone);
}

/** The first and the last of some instants: one moment where they are the same. */
export function between(voice: Voice, instants: readonly string[], timezone: string | null): string {
  const sorted = instants.flatMap((at) => parseInstant(at) ?? []).sort((one, other) => one - other);
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return voice.words.noDate;
  if (first === last) return voice.moment(first, timezone);
  return voice.words.fromTo(voice.moment(instant(first), timezone), voice.moment(instant(last), timezone));
}

/** `games/web-0@cls-11111111`. */
function podName({ namespace, name, cluster }: NonNullable<EipResult["pod"]>): string {
  return `${namespace}/${name}@${cluster}`;
}

/** `eip-… · 203.0.113.10 · games/web-0@cls-… · StatefulSet web`: what every entry begins with. */
export function heading(voice: Voice, eip: Pick<EipResult, "id" | "ip" | "pod">): string {
  const parts = [
    voice.strong(voice.text(eip.id)),
    voice.text(eip.ip),
    eip.pod === null ? voice.words.noPod : voice.code(podName(eip.pod)),
  ];
  const workload = eip.pod?.workload ?? null;
  if (workload !== null) parts.push(voice.text(`${workload.kind} ${workload.name}`));
  return parts.join(" · ");
}

/** `eip-… 203.0.113.10 games/web-0@cls-…`: one line of a long list. */
export function shortLine(voice: Voice, eip: EipResult): string {
  const pod = eip.pod === null ? voice.words.noPod : voice.text(podName(eip.pod), 150);
  return `${voice.text(eip.id, 40)} ${voice.text(eip.ip, 45)} ${pod}`;
}

/** Why it is judged so. The core's own sentence is English; in other languages the sentence of its reason stands for it. */
export function detail(voice: Voice, eip: Pick<EipResult, "detail" | "reason">, limit?: number): string {
  return voice.text(voice.language === "en" ? eip.detail : voice.catalogue.reason(eip.reason), limit);
}

export function place(voice: Voice, { account, region }: Pick<EipResult, "account" | "region">): string {
  return `${voice.text(account)}/${voice.text(region)}`;
}

export function idleAndCost(voice: Voice, { idle, cost }: EipResult): string {
  const { words } = voice;
  const stands = idle === null ? words.notIdle : words.idleFor(voice.text(interval(voice, idle)));
  if ("unknown" in cost) return `${stands} · ${words.costUnknown(voice.text(cost.unknown))}`;
  return `${stands} · ${words.costs(voice.text(money(voice, cost.perHour * 730, cost.currency)), voice.text(soFar(voice, cost)))}`;
}

/** `4d 3h – 9d 1h`, `4d 3h` where both ends agree, `≥ 4d 3h` where nothing bounds it. */
function interval({ catalogue }: Voice, { atLeastSeconds, atMostSeconds }: NonNullable<EipResult["idle"]>): string {
  const { duration } = catalogue.figures;
  const least = duration(atLeastSeconds);
  if (atMostSeconds === null) return `≥ ${least}`;
  const most = duration(atMostSeconds);
  return least === most ? least : `${least} – ${most}`;
}

function soFar(voice: Voice, { soFarAtLeast, soFarAtMost, currency }: Exclude<CostResult, { readonly unknown: string }>): string {
  const most = money(voice, soFarAtMost, currency);
  return isSameMoney(soFarAtLeast, soFarAtMost) ? most : `${bareMoney(soFarAtLeast)} – ${most}`;
}

export function money({ catalogue }: Voice, amount: number, currency: string): string {
  return catalogue.figures.money(amount, currency);
}

/** `438.00 CNY a month`, not escaped; one for each currency; empty where no cost is known, or none arises. */
export function monthly(voice: Voice, eips: readonly EipResult[]): string {
  return totals(eips.flatMap(({ cost }) => ("unknown" in cost ? [] : [cost])))
    .filter(({ perMonth }) => perMonth > 0)
    .map(({ perMonth, currency }) => voice.words.aMonth(money(voice, perMonth, currency)))
    .join(voice.words.and);
}

/** Dearest first; those of unknown cost last. */
export function byCost(one: EipResult, other: EipResult): number {
  return perHour(other) - perHour(one);
}

function perHour({ cost }: EipResult): number {
  return "unknown" in cost ? -1 : cost.perHour;
}

/** So many groups are named; the rest is summed up. */
const GROUPS = 10;

/** A fleet in a few lines: EIPs by reason and workload, with the money of each, most expensive first. */
export function groupLines(voice: Voice, eips: readonly EipResult[]): readonly string[] {
  const groups = new Map<string, EipResult[]>();
  for (const eip of eips) {
    const workload = eip.pod?.workload ?? null;
    const whose =
      eip.pod === null
        ? voice.words.noPod
        : `${eip.pod.namespace}/${workload?.name ?? eip.pod.name.replace(/-\d+$/, "")}@${eip.pod.cluster}`;
    const key = `${whose}: ${voice.language === "en" ? eip.reason : voice.catalogue.bareReason(eip.reason)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [eip]);
    else group.push(eip);
  }
  const sorted = [...groups].sort(([, one], [, other]) => sumOf(other) - sumOf(one) || other.length - one.length);
  const lines = sorted.slice(0, GROUPS).map(([key, some]) => `• ${voice.text(key, 150)}: ${amount(voice, some)}`);
  const rest = sorted.slice(GROUPS).flatMap(([, some]) => some);
  return rest.length === 0 ? lines : [...lines, `• ${voice.words.moreGroups(sorted.length - GROUPS)}: ${amount(voice, rest)}`];
}

function sumOf(eips: readonly EipResult[]): number {
  return eips.reduce((sum, eip) => sum + Math.max(0, perHour(eip)), 0);
}

function amount(voice: Voice, eips: readonly EipResult[]): string {
  const cost = monthly(voice, eips);
  return `${voice.words.eips(eips.length)}${cost === "" ? "" : `, ${voice.text(cost)}`}`;
}
