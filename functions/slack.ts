import { invokeButtons } from "../src/scf-buttons.ts";

/**
 * What SCF calls behind a function URL: Slack's buttons (contract.md, Alerts). It writes keeps and approvals into the store, and can
 * release nothing.
 *
 * @throws GuardError where configuration or SLACK_SIGNING_SECRET is missing, so that the invocation fails with it
 */
export async function main_handler(event: unknown, _context: unknown): Promise<object> {
  return invokeButtons(event, process.env, import.meta.dirname);
}
