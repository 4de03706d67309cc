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
  statement: z.array(z.object({ effect: z.string(), action: list, resource: list.optional() })),
});
const trust = z.object({
  statement: z.array(z.object({ effect: z.string(), principal: z.object({ service: list.optional() }).optional() })),
});

interface Permission {
  readonly action: string;
  readonly resource: string;
}

/** Every single permission of a policy's document; null where it can't be read. */
function permissionsIn(text: string): readonly Permission[] | null {
  const read = document.safeParse(parsed(text));
  if (!read.success) return null;
  return read.data.statement
    .filter(({ effect }) => effect === "allow")
    .flatMap(({ action, resource = "*" }) =>
      [action].flat().flatMap((one) => [resource].flat().map((what) => ({ action: one.replace(/^name\//, ""), resource: what }))),
    );
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
  const read = documents.map(permissionsIn);
  const wanted = permissionsIn(needed);
  if (wanted === null || read.some((one) => one === null)) return null;
  const has = read.flatMap((one) => one ?? []);
  return { lacks: named(wanted.filter((one) => !covered(one, has))), exceeds: named(has.filter((one) => !covered(one, wanted))) };
}

function covered(one: Permission, by: readonly Permission[]): boolean {
  return by.some(({ action, resource }) => matches(action, one.action) && matches(resource, one.resource));
}

function named(permissions: readonly Permission[]): readonly string[] {
  return [...new Set(permissions.map(({ action }) => action))];
}

/** A pattern with `*`; a `*` in the value is one more letter that only a `*` covers. */
function matches(pattern: string, value: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(value);
}
