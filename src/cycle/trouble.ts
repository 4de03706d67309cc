import type { FailedAnnouncement, IncompleteAnnouncement } from "../core/terms/announcement.ts";
import { failureSubject, gapSubject, newsOf } from "../core/terms/news.ts";
import type { ScanResult } from "../core/terms/result.ts";
import type { AuditPorts } from "../ports.ts";
import { withProblems } from "./alert.ts";
import type { RunState } from "./state.ts";

/**
 * What needs a person comes as a message of its own: acts that failed, and parts of the inventory that can't be read any more. What stands so after the
 * run before is not said again. What was not delivered is left to the digest, and to the next run.
 */
export async function announceTrouble(
  ports: Pick<AuditPorts, "notifier" | "clock">,
  result: ScanResult,
  state: RunState,
): Promise<RunState> {
  const { failures, gaps } = newsOf(result, state.ledger.digest?.said ?? null, new Set(state.announced)).news;
  const { mode } = result.run;
  let next = state;
  if (failures.length > 0) {
    const eips = new Map(result.eips.map((eip) => [eip.id, eip]));
    const failed = failures.map((act) => ({ act, eip: eips.get(act.id) ?? null }));
    next = await announce(
      ports,
      next,
      { kind: "failed", at: ports.clock.now(), mode, failures: failed },
      failures.map(failureSubject),
    );
  }
  if (gaps.length > 0)
    next = await announce(ports, next, { kind: "incomplete", at: ports.clock.now(), mode, gaps }, gaps.map(gapSubject));
  return next;
}

async function announce(
  { notifier }: Pick<AuditPorts, "notifier">,
  state: RunState,
  announcement: FailedAnnouncement | IncompleteAnnouncement,
  subjects: readonly string[],
): Promise<RunState> {
  if (notifier === null) return state;
  const delivery = await notifier.announce(announcement);
  if (!delivery.delivered) return { ...state, alertErrors: [...state.alertErrors, `${announcement.kind}: ${delivery.why}`] };
  return withProblems({ ...state, announced: [...state.announced, ...subjects] }, delivery);
}
