import { createColors } from "picocolors";
import type { EipResult, ScanResult } from "../core/terms/result.ts";
import { type Catalogue, catalogue } from "../language/catalogue.ts";
import { PLAN_WORDS, type PlanWords } from "../language/plan.ts";
import { dueNext } from "./due.ts";
import { escapeMarkdown as text, visible } from "./escape.ts";
import { json } from "./json.ts";
import { columns } from "./layout.ts";
import { bullets, grid } from "./markdown.ts";
import type { RenderOptions } from "./options.ts";
import { item, section } from "./table.ts";
import * as words from "./words.ts";

/** The words of a plan, and all that reports say besides. */
type Say = Catalogue & { readonly plan: PlanWords };

/** A plan as it is written to its file. */
export interface PlanFile {
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly flags: number;
  readonly releases: number;
  readonly items: readonly PlanItem[];
}

export interface PlanItem {
  readonly id: string;
  readonly ip: string;
  readonly action: "flag" | "release";
  /** Only a cap holds it back. */
  readonly capped: boolean;
  readonly detail: string;
  readonly pod: string | null;
  readonly idleAtLeastSeconds: number | null;
  readonly costPerMonth: string;
}

/** A plan to be reviewed: each item with its reason, what is withheld and why, what comes next, and why there is nothing where that is so. */
export function renderPlan(
  file: PlanFile,
  result: ScanResult,
  format: "table" | "json" | "markdown",
  options: RenderOptions,
): string {
  if (format === "json") return json(file);
  const { language = "en" } = options;
  const say: Say = { ...catalogue(language), plan: PLAN_WORDS[language] };
  const { plan } = say;
  const parts: readonly Part[] = [
    { title: plan.toRelease, items: file.items.filter(({ action }) => action === "release"), lines: [] },
    { title: plan.toFlag, items: file.items.filter(({ action }) => action === "flag"), lines: [] },
    { title: file.items.length === 0 ? plan.nothing : plan.bounds, items: [], lines: bounds(file, result, say) },
    { title: plan.withheld, items: [], lines: withheld(result, say) },
    { title: plan.dueNext, items: [], lines: dueNext(result, say) },
  ];
  const shown = parts.filter(({ items, lines }) => items.length + lines.length > 0);
  return format === "markdown" ? markdown(file, shown, say) : table(file, shown, options, say);
}

interface Part {
  readonly title: string;
  readonly items: readonly PlanItem[];
  readonly lines: readonly string[];
}

function headline({ flags, releases, createdAt, expiresAt }: PlanFile, { plan, figures }: Say): string {
  return plan.headline(figures.moment(createdAt), String(flags), String(releases), figures.moment(expiresAt));
}

function bounds(file: PlanFile, result: ScanResult, say: Say): readonly string[] {
  const { plan } = say;
  const still = words.standstill(result, say);
  const lines = still === null ? [] : [still];
  if (result.gaps.length > 0) lines.push(plan.unread(result.gaps.length));
  const capped = file.items.filter((one) => one.capped).length;
  if (capped > 0) lines.push(plan.capped(capped, `eip-guard apply FILE --confirm ${file.releases}`));
  if (file.items.length > 0 || lines.length > 0) return lines;
  const waiting = result.eips.filter((eip) => eip.flagAt !== null).length;
  return [waiting === 0 ? plan.actsOnNone : plan.notDue(waiting)];
}

/** Each reason once, with how many it holds back; those of a cap are in the plan itself. */
function withheld({ eips }: ScanResult, { plan }: Say): readonly string[] {
  const found = new Map<string, EipResult[]>();
  for (const eip of eips) {
    if (eip.withheld === null) continue;
    found.set(eip.withheld, [...(found.get(eip.withheld) ?? []), eip]);
  }
  return [...found].map(
    ([why, members]) =>
      `${members
        .map(({ id }) => id)
        .slice(0, NAMED)
        .join(", ")}${members.length > NAMED ? plan.more(members.length - NAMED) : ""}: ${why}`,
  );
}

const NAMED = 5;

function idle({ idleAtLeastSeconds }: PlanItem, { figures }: Say): string {
  return idleAtLeastSeconds === null ? "-" : `≥ ${figures.duration(idleAtLeastSeconds)}`;
}

function table(file: PlanFile, parts: readonly Part[], { color, width }: RenderOptions, say: Say): string {
  const paint = createColors(color);
  const { plan } = say;
  const head = plan.columns.slice(0, 5).map((name) => name.toUpperCase());
  const body = parts.map(({ title, items, lines }) => {
    const rows = items.map((one) => ({
      cells: [one.id, one.ip, idle(one, say), one.costPerMonth, one.pod ?? "-"].map(visible),
      paint: String,
      below: [...item(one.detail, width - 16), ...(one.capped ? item(plan.aboveCap, width - 16) : [])].map(paint.dim),
    }));
    const told = items.length === 0 ? [] : columns(head, rows, paint.dim);
    const heading = items.length === 0 ? title : `${title} (${items.length.toLocaleString("en")})`;
    return section(heading, [...told, ...lines.flatMap((line) => item(line, width))], paint);
  });
  return `${[paint.bold(headline(file, say)), ...body].join("\n\n")}\n`;
}

function markdown(file: PlanFile, parts: readonly Part[], say: Say): string {
  const { plan } = say;
  const [eip, ip, idleFor, month, pod, why] = plan.columns;
  const body = parts.map(({ title, items, lines }) => {
    if (items.length === 0) return bullets(title, lines.map(text));
    const rows = items.map((one) => [
      text(one.id),
      text(one.ip),
      text(one.pod ?? "-"),
      text(idle(one, say)),
      text(one.costPerMonth),
      text(`${one.detail}${one.capped ? ` (${plan.aboveCap})` : ""}`),
    ]);
    return `## ${title} (${items.length})\n\n${grid([eip, ip, pod, idleFor, month, why], rows)}`;
  });
  return `${[`# ${text(headline(file, say))}`, ...body].join("\n\n")}\n`;
}
