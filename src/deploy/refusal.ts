import type { Refusal } from "../deployment.ts";
import { GuardError } from "../errors.ts";

const CODES: Readonly<Record<Refusal["kind"], readonly [code: string, fix: string]>> = {
  missing: ["NotThere", "look whether somebody took it away, and run the same command again"],
  forbidden: ["NotAllowed", "allow what is named, and run the same command again"],
  "no-region": ["RegionWithoutScf", "choose another region as deploy.region: SCF does not serve this one"],
  busy: ["FunctionBusy", "another deployment may be at work; run the same command again in a minute"],
  exists: ["MadeMeanwhile", "another deployment may be at work; run the same command again"],
  quota: ["QuotaReached", "take away what is not needed, or ask for more in the console; then run the same command again"],
  unanswered: ["NotAnswered", "run the same command again: it looks first at what is there"],
  other: ["CloudRefused", "correct what the cloud names, and run the same command again"],
};

/** A refusal as an error. A region that SCF does not serve is the configuration's fault; everything else is the cloud's word. */
export function refused({ kind, why }: Refusal, what: string, soFar: string): GuardError {
  const [code, fix] = CODES[kind];
  return new GuardError(code, kind === "no-region" ? "user" : "cloud", `${what}: ${why}; ${soFar}`, fix);
}
