import { bornAt, readCompletely, sightingOf } from "../judge/situation.ts";
import type { World } from "../link/link.ts";
import type { Planned } from "../plan/plan.ts";
import type { JudgedFacts } from "../terms/trail.ts";

/** What one EIP costs while it is idle; nulls where that is not known. */
export interface RecordedPrice {
  readonly perHour: number | null;
  readonly currency: string | null;
}

/** All that policy and plan read of an EIP, as the trail holds it, but for its price: a back-test plans by it. */
export function judgedFacts({ judgement, plannable }: Planned, { facts }: World): Omit<JudgedFacts, keyof RecordedPrice> {
  const { situation, reason, alsoTrue } = judgement;
  const { subject } = plannable;
  const { address } = situation.linked;
  return {
    ip: address.ip,
    status: address.status,
    account: address.account,
    region: address.region,
    cluster: subject.cluster,
    namespace: subject.namespace,
    workload: subject.workload,
    guessed: subject.workloadGuessed === true,
    pod: subject.pod,
    owner: subject.owner,
    tags: subject.tags === null ? null : JSON.stringify(subject.tags),
    reasons: [reason, ...alsoTrue].join(","),
    complete: readCompletely(situation),
    idle: plannable.idle !== null,
    threshold: plannable.threshold,
    neverTouched: plannable.neverTouched,
    obstacle: plannable.obstacle,
    needsPerson: plannable.needsPerson,
    chargeType: address.chargeType,
    bornAt: bornAt(situation.linked),
    ...(plannable.idle === null ? {} : clocksOf(judgement.situation, facts)),
  };
}

type Clocks = Pick<JudgedFacts, "updatedTime" | "youngest" | "markedFrom" | "markedUntil" | "boundAt" | "unboundAt">;

/** What may start the acting clock again. */
function clocksOf(situation: Planned["judgement"]["situation"], facts: World["facts"]): Clocks {
  const { updatedTime, youngest, marked } = sightingOf(situation.linked, facts, situation.policy);
  const evidence = situation.linked.memory?.evidence ?? null;
  return {
    updatedTime,
    ...(youngest === null ? {} : { youngest }),
    ...(marked ? { markedFrom: marked.from, markedUntil: marked.until } : {}),
    ...(evidence?.boundAt ? { boundAt: evidence.boundAt } : {}),
    ...(evidence?.unboundAt ? { unboundAt: evidence.unboundAt } : {}),
  };
}

/** What of it makes a new record necessary. Sentences change with each run, as request numbers in them do; that there is one matters. */
export function whatMatters({ neverTouched, obstacle, ...facts }: Omit<JudgedFacts, keyof RecordedPrice>): string {
  return JSON.stringify({ ...facts, neverTouched: neverTouched !== null, obstacle: obstacle !== null });
}
