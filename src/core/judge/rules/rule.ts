import type { Reason } from "../../terms/verdict.ts";
import type { Situation } from "../situation.ts";

/**
 * A rule looks at one EIP and its surroundings and answers nothing, or a reason with a sentence for a person. The reason
 * carries the verdict (verdict.ts). The first answer of the ordered list decides; later ones are kept as `alsoTrue`.
 */
export interface Rule {
  /** Kebab-case, stable: `eip-guard explain` names it. */
  readonly name: string;
  /** What the rule asks, in one sentence. */
  readonly sentence: string;
  readonly answer: (situation: Situation) => Answer | null;
}

export interface Answer {
  readonly reason: Reason;
  /** One sentence for a person: what exactly was found. */
  readonly detail: string;
}
