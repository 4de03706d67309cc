import { judgeAgain } from "../judge/again.ts";
import { actingOf } from "../judge/idle.ts";
import type { Decision } from "../plan/plan.ts";
import type { Plannable } from "../plan/plannable.ts";
import type { JudgedRow } from "../terms/ledger.ts";
import type { Policy } from "../terms/policy.ts";
import { type Instant, milliseconds } from "../terms/time.ts";
import { REASONS, type Reason } from "../terms/verdict.ts";
import type { Fate } from "./fate.ts";
import type { Known } from "./known.ts";
import type { Past, PastEip } from "./past.ts";

/** One EIP at one reading, as every policy of a sweep sees it: they differ in their delays alone. */
export interface Look {
  readonly eip: PastEip;
  readonly facts: Known;
  /** Without what one policy remembers of it. */
  readonly plannable: Omit<Plannable, "memory">;
  /** Until when the policy's own rules say so; null where time alone changes nothing. */
  readonly until: Instant | null;
  /** `namespace/name@cluster`; null where no Pod is known. */
  readonly pod: string | null;
  /** Decisions on which no delay bears, by the row of verdicts before. */
  readonly decisions: Map<JudgedRow | undefined, Decision>;
  /** The row of verdicts that a policy came to last. */
  row: JudgedRow | undefined;
  /** What became of it under each policy. */
  readonly fates: readonly Fate[];
}

/**
 * Looks at one reading: each EIP once, however many policies ask. Null where nothing is to be decided: older records, what is gone, a region that
 * was not read.
 */
export function looksAt(
  past: Past,
  {
    policy,
    fatesOf,
  }: { readonly policy: Pick<Policy, "newborn" | "keepTags">; readonly fatesOf: (eip: PastEip) => readonly Fate[] },
  now: Instant,
): (eip: PastEip) => Look | null {
  const looks = new Map<PastEip, Look | null>();
  const look = (eip: PastEip): Look | null => {
    const { facts } = eip;
    if (facts === null || !eip.present || !past.isRead(eip)) return null;
    past.look(eip);
    const { reason, until } = judgeAgain(facts.answers, policy, now);
    const plannable = plannableOf(eip, facts, reason);
    return { eip, facts, until, pod: facts.whose.podName, plannable, decisions: new Map(), row: undefined, fates: fatesOf(eip) };
  };
  return (eip) => {
    const present = looks.get(eip);
    if (present !== undefined) return present;
    const made = look(eip);
    looks.set(eip, made);
    return made;
  };
}

function plannableOf(eip: PastEip, facts: Known, reason: Reason): Look["plannable"] {
  const { whose, guessed, answers, clocks } = facts;
  const { account, region, cluster, namespace, workload, pod, owner, ip } = whose;
  return {
    subject: {
      verdict: REASONS[reason].verdict,
      reason,
      account,
      region,
      cluster,
      namespace,
      workload,
      ...(guessed ? { workloadGuessed: true } : {}),
      pod,
      owner,
      id: eip.id,
      ip,
      tags: answers.tags,
    },
    bound: facts.status === "BIND",
    idle: clocks === null ? null : actingOf(eip.row, clocks.evidence),
    threshold: milliseconds(facts.threshold),
    neverTouched: facts.neverTouched,
    obstacle: facts.obstacle,
    needsPerson: facts.needsPerson,
  };
}
