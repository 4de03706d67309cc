import type { Refusal } from "../deployment.ts";
import { GuardError } from "../errors.ts";

const CODES: Readonly<Record<Refusal["kind"], readonly [code: string, fix: string]>> = {
  missing: ["NotThere", "look whether somebody took it away, and run the same command again"],
  forbidden: ["NotAllowed", "allow what is named, and run the same command again"],
  "no-region": ["RegionWithoutScf", "choose another region as deploy.region: SCF does not serve this one"],
  "no-namespace": ["NoNamespace", "make the namespace in SCF's console, or correct deploy.namespace"],
  "no-service-role": [
    "NoServiceRole",
    "open SCF once in the console, which makes SCF_QcsRole, its own role; then run the same command again",
  ],
  busy: ["FunctionBusy", "another deployment may be at work; run the same command again in a minute"],
  throttled: ["TooManyCalls", "run the same command again in a minute"],
  exists: ["MadeMeanwhile", "another deployment may be at work; run the same command again"],
  quota: ["QuotaReached", "take away what is not needed, or ask for more in the console; then run the same command again"],
  unanswered: ["NotAnswered", "run the same command again: it looks first at what is there"],
  other: ["CloudRefused", "correct what the cloud names, and run the same command again"],
};

/** Kinds that are the configuration's fault; everything else is the cloud's word. */
const OF_THE_CONFIGURATION: readonly Refusal["kind"][] = ["no-region", "no-namespace"];

/** A refusal as an error. */
export function refused({ kind, why }: Refusal, what: string): GuardError {
  const [code, fix] = CODES[kind];
  return new GuardError(code, OF_THE_CONFIGURATION.includes(kind) ? "user" : "cloud", `${what}: ${why}`, fix);
}

/** How far a deployment came. */
export interface SoFar {
  /** `nothing was changed`, `done: …; not done: …`. */
  readonly text: string;
  readonly changed: boolean;
}

export const NOTHING: SoFar = { text: "nothing was changed", changed: false };

/**
 * Says of every error how far the work came. Where something was changed it is no error that leaves nothing behind, whosever fault it is
 * (contract.md, Exit codes: 2 is "nothing done").
 *
 * @throws GuardError
 */
export async function saying<T>(soFar: () => SoFar, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GuardError)) throw error;
    const { text, changed } = soFar();
    const fault = changed && error.fault === "user" ? "cloud" : error.fault;
    throw new GuardError(error.code, fault, `${error.message}; ${text}`, error.fix, { cause: error });
  }
}
