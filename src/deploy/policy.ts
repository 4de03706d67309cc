import * as z from "zod";

/** CAM policies compared by what they allow. */

export interface PolicyStatement {
  readonly effect: "allow";
  readonly action: readonly string[];
  readonly resource: readonly string[];
}

/** Who may assume the role of a function. */
export const TRUST = JSON.stringify({
  version: "2.0",
  statement: [{ effect: "allow", action: "name/sts:AssumeRole", principal: { service: "scf.qcloud.com" } }],
});

export function documentOf(statement: readonly PolicyStatement[]): string {
  return JSON.stringify({ version: "2.0", statement });
}

const list = z.union([z.string(), z.array(z.string())]);
const document = z.object({
  statement: z.array(
    z.object({ effect: z.string(), action: list, resource: list.optional(), condition: z.unknown().optional() }),
  ),
});
const trust = z.object({
  statement: z.array(z.object({ effect: z.string(), principal: z.object({ service: list.optional() }).optional() })),
});

interface Permission {
  readonly action: string;
  readonly resource: string;
  /** Only on a condition: nobody here knows whether it holds. */
  readonly onCondition: boolean;
}

/** Every single permission of a policy's document, or what it denies; null where it can't be read. */
function permissionsIn(text: string, wanted: "allow" | "deny" = "allow"): readonly Permission[] | null {
  const read = document.safeParse(parsed(text));
  if (!read.success) return null;
  return read.data.statement
    .filter(({ effect }) => effect === wanted)
    .flatMap(({ action, resource = "*", condition }) =>
      [action].flat().flatMap((one) =>
        [resource].flat().map((what) => ({
          action: one.replace(/^name\//, ""),
          resource: what,
          onCondition: condition !== undefined && condition !== null,
        })),
      ),
    );
}

/** What a policy denies of what is needed, `cvm:DescribeAddresses` each once. A denial wins over every permission. */
export function denied(by: string, needed: string): readonly string[] {
  const denials = permissionsIn(by, "deny") ?? [];
  return named((permissionsIn(needed) ?? []).filter((one) => denials.some((denial) => overlaps(denial, one))));
}

function overlaps(one: Permission, other: Permission): boolean {
  return (["action", "resource"] as const).every((what) => matches(one[what], other[what]) || matches(other[what], one[what]));
}

/** Services that may assume a role; null where its trust can't be read. */
export function trustedServices(text: string): readonly string[] | null {
  const read = trust.safeParse(parsed(text));
  if (!read.success) return null;
  return read.data.statement
    .filter(({ effect }) => effect === "allow")
    .flatMap(({ principal }) => (principal?.service === undefined ? [] : [principal.service].flat()));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** How what a role has differs from what it needs. */
export interface Difference {
  /** `cvm:DescribeAddresses`, each once. */
  readonly lacks: readonly string[];
  readonly exceeds: readonly string[];
}

/**
 * @param documents of all policies that the role has
 * @returns null where one of them can't be read
 */
export function compare(documents: readonly string[], needed: string): Difference | null {
  const read = documents.map((one) => permissionsIn(one));
  const wanted = permissionsIn(needed);
  if (wanted === null || read.some((one) => one === null)) return null;
  const has = read.flatMap((one) => one ?? []);
  return { lacks: named(wanted.filter((one) => !covered(one, has))), exceeds: named(has.filter((one) => !covered(one, wanted))) };
}

function covered(one: Permission, by: readonly Permission[]): boolean {
  return by.some(
    ({ action, resource, onCondition }) => !onCondition && matches(action, one.action) && matches(resource, one.resource),
  );
}

function named(permissions: readonly Permission[]): readonly string[] {
  return [...new Set(permissions.map(({ action }) => action))];
}

/** A pattern with `*`; a `*` in the value is one more letter that only a `*` covers. */
function matches(pattern: string, value: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(value);
}
