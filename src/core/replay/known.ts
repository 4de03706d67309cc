import type { Answered } from "../judge/again.ts";
import { type Instant, instant } from "../terms/time.ts";
import type { JudgedFacts, ReadFacts } from "../terms/trail.ts";
import { REASONS, type Reason } from "../terms/verdict.ts";

type Facts = ReadFacts<"judged">;

/** Recorded facts of an EIP, read: as much of them as a back-test asks. */
export interface Known
  extends Readonly<
    Pick<
      JudgedFacts,
      | "status"
      | "guessed"
      | "complete"
      | "idle"
      | "threshold"
      | "neverTouched"
      | "obstacle"
      | "needsPerson"
      | "perHour"
      | "currency"
    >
  > {
  readonly whose: Whose;
  readonly answers: Answers;
  readonly inUse: boolean;
  /** Null of one that is not idle. */
  readonly clocks: Clocks | null;
}

/** Where it is and whose: it seldom changes. */
interface Whose
  extends Readonly<Pick<JudgedFacts, "ip" | "account" | "region" | "cluster" | "namespace" | "workload" | "pod" | "owner">> {
  /** `namespace/name@cluster` of its Pod; null where none is known. */
  readonly podName: string | null;
}

/** What the rules answered, as it is written and as it was read. */
interface Answers extends Answered {
  readonly reasonsText: string;
  readonly tagsText: string | null;
}

/** What may start the acting clock again. */
interface Clocks {
  readonly updatedTime: string | null;
  readonly youngest: Instant | null;
  readonly marked: { readonly from: Instant; readonly until: Instant } | null;
  /** What CloudAudit said. */
  readonly evidence: { readonly boundAt?: Instant; readonly unboundAt?: Instant };
}

/**
 * The facts of a record; null where one that matters is missing.
 *
 * @param before what was known of the same EIP: what is the same again is kept once, since a long record has hundreds of thousands of them
 */
export function readJudged(facts: Facts, before: Known | null): Known | null {
  const { status, complete, idle, threshold } = facts;
  const whose = whoseOf(facts, before?.whose ?? null);
  const answers = answersOf(facts, before?.answers ?? null);
  if (whose === null || answers === null) return null;
  if (status === undefined || complete === undefined || idle === undefined || threshold === undefined) return null;
  const [first] = answers.reasons;
  return {
    whose,
    answers,
    status,
    complete,
    idle,
    threshold,
    guessed: facts.guessed ?? true,
    neverTouched: facts.neverTouched ?? null,
    obstacle: facts.obstacle ?? null,
    needsPerson: facts.needsPerson ?? true,
    perHour: facts.perHour ?? null,
    currency: facts.currency ?? null,
    inUse: first !== undefined && REASONS[first].verdict === "in-use",
    clocks: idle ? clocksOf(facts) : null,
  };
}

function whoseOf(facts: Facts, before: Whose | null): Whose | null {
  const { ip, account, region, cluster = null, namespace = null, workload = null, pod = null, owner = null } = facts;
  if (ip === undefined || account === undefined || region === undefined) return null;
  const podName = pod === null ? null : `${namespace ?? ""}/${pod}@${cluster ?? ""}`;
  if (before === null) return { ip, account, region, cluster, namespace, workload, pod, owner, podName };
  const same = before.ip === ip && before.account === account && before.region === region && before.podName === podName;
  return same &&
    before.cluster === cluster &&
    before.namespace === namespace &&
    before.workload === workload &&
    before.owner === owner
    ? before
    : { ip, account, region, cluster, namespace, workload, pod, owner, podName };
}

function answersOf(
  { reasons: reasonsText, tags: tagsText = null, bornAt = null }: Facts,
  before: Answers | null,
): Answers | null {
  if (reasonsText === undefined) return null;
  const isSame = before?.reasonsText === reasonsText && before.tagsText === tagsText && before.bornAt === bornAt;
  if (before !== null && isSame) return before;
  const hasTags = before !== null && before.tagsText === tagsText;
  return {
    reasons: reasonsText.split(",").filter((reason): reason is Reason => Object.hasOwn(REASONS, reason)),
    reasonsText,
    tags: hasTags ? before.tags : tagsOf(tagsText),
    tagsText: hasTags ? before.tagsText : tagsText,
    bornAt: bornAt === null ? null : instant(bornAt),
  };
}

function clocksOf({ updatedTime = null, youngest, markedFrom, markedUntil, boundAt, unboundAt }: Facts): Clocks {
  return {
    updatedTime,
    youngest: youngest === undefined ? null : instant(youngest),
    marked:
      markedFrom === undefined || markedUntil === undefined ? null : { from: instant(markedFrom), until: instant(markedUntil) },
    evidence: {
      ...(boundAt === undefined ? {} : { boundAt: instant(boundAt) }),
      ...(unboundAt === undefined ? {} : { unboundAt: instant(unboundAt) }),
    },
  };
}

/** Tags that can't be read are not known: they keep. */
function tagsOf(text: string | null): Readonly<Record<string, string>> | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    return Object.fromEntries(Object.entries(value).map(([key, tag]) => [key, String(tag)]));
  } catch {
    return null;
  }
}
