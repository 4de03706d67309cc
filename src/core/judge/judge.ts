import type { Linked, LinkedWorld, World } from "../link/link.ts";
import { inOnePiece } from "../terms/describe.ts";
import { own } from "../terms/own.ts";
import { REASONS, type Reason, type Verdict } from "../terms/verdict.ts";
import { RULES } from "./rules/index.ts";
import type { Answer, Rule } from "./rules/rule.ts";
import { type Situation, situationOf } from "./situation.ts";

/** One EIP's verdict with its reason, and everything that led to it. */
export interface Judgement {
  readonly situation: Situation;
  readonly verdict: Verdict;
  readonly reason: Reason;
  readonly detail: string;
  /** Reasons of later rules that hold too. */
  readonly alsoTrue: readonly Reason[];
}

/** One rule's answer, for `explain`. */
export interface RuleAnswer {
  /** The rule's name. */
  readonly name: string;
  /** The question that it asks. */
  readonly sentence: string;
  /** Verdict, reason and detail; null where the rule does not apply. */
  readonly answer: Answer | null;
}

/**
 * The judge (tenet 3): for the scan, for the plan, and again right before each release. EIPs in equals verdicts out.
 *
 * @param before what was judged of the same facts with another ledger: what is the same for an EIP is not worked out again
 */
export function judge(world: LinkedWorld, policy: Situation["policy"], before: Judged | null = null): readonly Judgement[] {
  const known = before !== null && sameAround(before, world) ? before.judgements : NOTHING;
  const judgements = world.linked.map((linked, index) => {
    const same = known[index];
    return same?.situation.linked === linked && same.situation.policy === policy ? same : judgeOne(linked, world, policy);
  });
  if (judgements.length !== world.linked.length) throw new Error("the judge lost an EIP; this is a bug of eip-guard");
  return judgements;
}

/** A world that was judged. */
export interface Judged {
  readonly world: LinkedWorld;
  readonly judgements: readonly Judgement[];
}

const NOTHING: readonly Judgement[] = [];

/**
 * Whether a verdict of the world before is one of this world, where the EIP's own link is the same. Of other EIPs a verdict reads nothing but
 * when they were bound and to which Pod, and of the ledger besides them the clusters (situation.ts, deletedOrNotVisible).
 */
function sameAround({ world: before }: Judged, { facts, ledger }: LinkedWorld): boolean {
  if (before.facts !== facts || before.ledger.clusters !== ledger.clusters) return false;
  if (before.ledger.addresses === ledger.addresses) return true;
  const ids = Object.keys(ledger.addresses);
  if (ids.length !== Object.keys(before.ledger.addresses).length) return false;
  return ids.every((id) => {
    const one = own(before.ledger.addresses, id);
    const other = own(ledger.addresses, id);
    return one === other || (one?.boundAt === other?.boundAt && one?.pod === other?.pod);
  });
}

const NO_OTHERS: readonly Reason[] = [];

/**
 * Judges one EIP of a linked world.
 *
 * @param rules the list that the house judges by; another only for a test of what happens where no rule answers
 */
export function judgeOne(linked: Linked, world: World, policy: Situation["policy"], rules: readonly Rule[] = RULES): Judgement {
  const situation = situationOf(linked, world, policy);
  let first: Answer | null = null;
  let others = NO_OTHERS;
  for (const rule of rules) {
    const answer = rule.answer(situation);
    if (answer === null) continue;
    if (first === null) first = answer;
    else if (answer.reason !== first.reason && !others.includes(answer.reason)) others = others.concat(answer.reason);
  }
  if (first === null) {
    const detail = `no rule answered for status ${linked.address.rawStatus}; please report this`;
    return { situation, verdict: "unknown", reason: "no-rule", detail, alsoTrue: NO_OTHERS };
  }
  const { reason, detail } = first;
  return { situation, verdict: REASONS[reason].verdict, reason, detail: inOnePiece(detail), alsoTrue: others };
}

/** What each rule answers, in order. */
export function answersOf(situation: Situation): readonly RuleAnswer[] {
  return RULES.map(({ name, sentence, answer }) => ({ name, sentence, answer: answer(situation) }));
}
