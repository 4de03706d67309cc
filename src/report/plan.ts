import { createColors } from "picocolors";
import type { EipResult, ScanResult } from "../core/terms/result.ts";
import { catalogue } from "../language/catalogue.ts";
import { dueNext } from "./due.ts";
import { escapeMarkdown as text, visible } from "./escape.ts";
import { json } from "./json.ts";
import { columns } from "./layout.ts";
import { bullets, grid } from "./markdown.ts";
import type { RenderOptions } from "./options.ts";
import { item, section } from "./table.ts";
import * as words from "./words.ts";

const ENGLISH = catalogue("en");

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
  const parts: readonly Part[] = [
    { title: "To release", items: file.items.filter(({ action }) => action === "release"), lines: [] },
    { title: "To flag", items: file.items.filter(({ action }) => action === "flag"), lines: [] },
    { title: file.items.length === 0 ? "Why there is nothing to do" : "What bounds it", items: [], lines: bounds(file, result) },
    { title: "Withheld", items: [], lines: withheld(result) },
    { title: "Due next", items: [], lines: dueNext(result, ENGLISH) },
  ];
  const shown = parts.filter(({ items, lines }) => items.length + lines.length > 0);
  return format === "markdown" ? markdown(file, shown) : table(file, shown, options);
}

interface Part {
  readonly title: string;
  readonly items: readonly PlanItem[];
  readonly lines: readonly string[];
}

function headline({ flags, releases, createdAt, expiresAt }: PlanFile): string {
  return `Plan of ${words.moment(createdAt)}: ${flags} to flag, ${releases} to release; valid until ${words.moment(expiresAt)}`;
}

function bounds(file: PlanFile, result: ScanResult): readonly string[] {
  const still = words.standstill(result, ENGLISH);
  const lines = still === null ? [] : [still];
  if (result.gaps.length > 0)
    lines.push(`${words.count(result.gaps.length, "part")} could not be read: what it would decide is unknown, and kept`);
  const capped = file.items.filter((one) => one.capped).length;
  if (capped > 0)
    lines.push(
      `a cap holds ${words.count(capped, "release")} back: eip-guard apply FILE --confirm ${file.releases} takes them over it`,
    );
  if (file.items.length > 0 || lines.length > 0) return lines;
  const waiting = result.eips.filter((eip) => eip.flagAt !== null).length;
  return [
    waiting === 0
      ? "policy acts on none of the EIPs"
      : `nothing is due yet of ${words.count(waiting, "EIP")} that policy acts on`,
  ];
}

/** Each reason once, with how many it holds back; those of a cap are in the plan itself. */
function withheld({ eips }: ScanResult): readonly string[] {
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
        .join(", ")}${more(members)}: ${why}`,
  );
}

const NAMED = 5;

function more(members: readonly unknown[]): string {
  return members.length > NAMED ? ` and ${words.count(members.length - NAMED, "more", "more")}` : "";
}

function idle({ idleAtLeastSeconds }: PlanItem): string {
  return idleAtLeastSeconds === null ? "-" : `≥ ${words.duration(idleAtLeastSeconds)}`;
}

function table(file: PlanFile, parts: readonly Part[], { color, width }: RenderOptions): string {
  const paint = createColors(color);
  const head = ["EIP", "ADDRESS", "IDLE FOR", "A MONTH", "POD"];
  const body = parts.map(({ title, items, lines }) => {
    const rows = items.map((one) => ({
      cells: [one.id, one.ip, idle(one), one.costPerMonth, one.pod ?? "-"].map(visible),
      paint: String,
      below: [...item(one.detail, width - 16), ...(one.capped ? item("above a cap", width - 16) : [])].map(paint.dim),
    }));
    const told = items.length === 0 ? [] : columns(head, rows, paint.dim);
    const heading = items.length === 0 ? title : `${title} (${items.length.toLocaleString("en")})`;
    return section(heading, [...told, ...lines.flatMap((line) => item(line, width))], paint);
  });
  return `${[paint.bold(headline(file)), ...body].join("\n\n")}\n`;
}

function markdown(file: PlanFile, parts: readonly Part[]): string {
  const body = parts.map(({ title, items, lines }) => {
    if (items.length === 0) return bullets(title, lines.map(text));
    const rows = items.map((one) => [
      text(one.id),
      text(one.ip),
      text(one.pod ?? "-"),
      text(idle(one)),
      text(one.costPerMonth),
      text(`${one.detail}${one.capped ? " (above a cap)" : ""}`),
    ]);
    return `## ${title} (${items.length})\n\n${grid(["EIP", "Address", "Pod", "Idle for", "A month", "Why"], rows)}`;
  });
  return `${[`# ${text(headline(file))}`, ...body].join("\n\n")}\n`;
}
