import type { Account } from "../world/world.ts";

/** What the policies of a role allow: a role that SCF runs a function under may do that and nothing else. */

interface Statement {
  readonly effect: string;
  readonly action: string | readonly string[];
  readonly resource: string | readonly string[];
}

/** @param resources null: which one does not matter to the question */
export function allows(
  account: Account,
  roleName: string,
  actions: readonly string[],
  resources: readonly string[] | null,
): boolean {
  const role = account.camRoles.get(roleName);
  if (role === undefined) return false;
  const statements = role.attached.flatMap((id): readonly Statement[] => {
    const policy = account.policies.get(id);
    return policy === undefined ? [] : JSON.parse(policy.document).statement;
  });
  const covers = (statement: Statement, resource: string | null) =>
    [statement.action].flat().some((pattern) => actions.some((action) => matches(pattern.replace(/^name\//, ""), action))) &&
    (resource === null || [statement.resource].flat().some((pattern) => matches(pattern, resource)));
  return (resources ?? [null]).every(
    (resource) =>
      statements.some((statement) => statement.effect === "allow" && covers(statement, resource)) &&
      !statements.some((statement) => statement.effect === "deny" && covers(statement, resource)),
  );
}

function matches(pattern: string, value: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(value);
}
