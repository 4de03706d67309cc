import type { ScanResult } from "../core/result.ts";
import { between, DAY, milliseconds, parseInstant } from "../core/time.ts";
import type { AuditPorts } from "../ports.ts";
import { buildDigest, fingerprint } from "../slack/messages.ts";
import type { RunState } from "./run.ts";

/** Silence for longer than this is broken by a sign of life. */
const WEEK = milliseconds(7 * DAY);

/**
 * Sends the digest when something changed, and once a week when nothing did. A digest that could not be delivered is in
 * `alertErrors` and is tried again by the next run, because the memory of the last one stays as it was.
 */
export async function sendDigest(ports: AuditPorts, result: ScanResult, state: RunState): Promise<RunState> {
  const { notifier } = ports;
  if (notifier === null) return state;
  const now = parseInstant(result.run.finishedAt);
  if (now === undefined) return state;
  const print = fingerprint(result);
  const last = state.ledger.digest;
  const changed = last === null || last.fingerprint !== print || (result.acts ?? []).length > 0;
  const weekly = last !== null && between(last.sentAt, now) >= WEEK;
  if (!changed && !weekly) return state;
  const delivery = await notifier.post(buildDigest(result, { trailHead: state.head, weekly: !changed }));
  if (!delivery.delivered) return { ...state, alertErrors: [...state.alertErrors, `digest: ${delivery.why}`] };
  return { ...state, ledger: { ...state.ledger, digest: { sentAt: now, fingerprint: print } } };
}
