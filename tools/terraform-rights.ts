import { ACTIONS, type Action, type Need, rightFor, statementsFor } from "../src/tencent/actions.ts";

/** `deploy/terraform/policy/rights.json`: the rights of a run by what needs them, from the table of the cloud's actions. */
export function terraformRights(): string {
  const needs: readonly Need[] = ["always", "enforce", "mark", "describe-credentials", "cloudaudit", "billing"];
  const rights = Object.fromEntries(needs.map((need) => [need, statementsOf(need)]));
  return `${JSON.stringify(rights, null, 2)}\n`;
}

function statementsOf(need: Need) {
  const actions = (Object.keys(ACTIONS) as Action[]).filter((action) => {
    const { needed }: { readonly needed: readonly Need[] } = ACTIONS[action];
    return needed.includes(need) && rightFor(action).actions.length > 0;
  });
  return statementsFor(actions.map(rightFor));
}
