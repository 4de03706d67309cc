import { instant } from "../src/core/terms/time.ts";
import type { ButtonsFunction } from "../src/scf-buttons.ts";
import { couldBeFromSlack, requestOf } from "../src/slack/signed-request.ts";

let press: ButtonsFunction | null = null;

/**
 * What SCF calls behind a function URL: Slack's buttons (contract.md, Alerts). It writes keeps and approvals into the store, and can
 * release nothing. What carries no signature of now is refused before anything else is loaded: anybody may call the URL.
 *
 * @throws GuardError where configuration or SLACK_SIGNING_SECRET is missing, so that the invocation fails with it
 */
export async function main_handler(event: unknown, _context: unknown): Promise<object> {
  const request = requestOf(event);
  if (!couldBeFromSlack(request, instant(Date.now()))) return { isBase64Encoded: false, statusCode: 401, headers: {}, body: "" };
  press ??= (await import("../src/scf-buttons.ts")).buttonsFunction();
  return press(request, process.env, import.meta.dirname);
}
