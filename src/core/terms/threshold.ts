import type { IpamdFacts } from "./facts.ts";
import type { Reading } from "./known.ts";
import { type Duration, parseGoDuration } from "./time.ts";

/** The recycle threshold (domain.md §3): set, never, or not known. Unknown is never taken for never. */
export type Threshold =
  | { readonly state: "set"; readonly duration: Duration; readonly source: string }
  | { readonly state: "never"; readonly source: string }
  | { readonly state: "unknown"; readonly why: string };

const API = "DescribeIPAMD";
const ARGUMENT = "argument of kube-system/tke-eni-ipamd";

/** The threshold of a cluster, from DescribeIPAMD and, as a second source, the argument of ipamd's Deployment. */
export function clusterThreshold(ipamd: Reading<IpamdFacts>): Threshold {
  if (!ipamd.known) return { state: "unknown", why: ipamd.why };
  const { claimExpiredDuration, argument } = ipamd.value;
  const byApi = claimExpiredDuration === null ? null : parseThreshold(claimExpiredDuration, API);
  const byArgument = argument === null ? null : parseThreshold(argument, ARGUMENT);
  if (byApi === null || byApi.state === "unknown") {
    return byArgument ?? byApi ?? { state: "unknown", why: `${API} gives no ClaimExpiredDuration` };
  }
  if (byArgument === null || byArgument.state === "unknown" || sameThreshold(byApi, byArgument)) return byApi;
  return { state: "unknown", why: `${API} says '${claimExpiredDuration}', the ${ARGUMENT} says '${argument}'` };
}

/** Whether two sources say the same threshold; each unknown is the same. */
export function sameThreshold(one: Threshold, other: Threshold): boolean {
  if (one.state === "set" && other.state === "set") return one.duration === other.duration;
  return one.state === other.state;
}

function parseThreshold(text: string, source: string): Threshold {
  const duration = parseGoDuration(text.trim());
  if (duration === undefined) return { state: "unknown", why: `${source} says '${text}', which is no Go duration` };
  return duration === 0 ? { state: "never", source } : { state: "set", duration, source };
}

/**
 * The threshold that counts for one Pod.
 *
 * @param override the Pod's annotation `claim-expired-duration`; null where it has none, undefined where that was never recorded
 */
export function podThreshold(cluster: Threshold, override: string | null | undefined): Threshold {
  if (override === undefined) return { state: "unknown", why: "whether its Pod has a threshold of its own was never recorded" };
  return override === null ? cluster : parseThreshold(override, "annotation claim-expired-duration of its Pod");
}

/** Whether anybody recycles: ipamd switched on and running, and its role allowed to (domain.md §3). Null: not known. */
export function recycling(ipamd: Reading<IpamdFacts>): {
  readonly running: boolean | null;
  readonly authorised: boolean | null;
  readonly why: string;
} {
  if (!ipamd.known) return { running: null, authorised: null, why: ipamd.why };
  const { enabled, phase, authorised } = ipamd.value;
  const unsaid = enabled && phase === "";
  const running = unsaid ? null : enabled && phase.toLowerCase() === "running";
  const role = authorised.known ? authorised.value : null;
  return { running, authorised: role, why: recyclingWhy(enabled, phase, authorised) };
}

function recyclingWhy(enabled: boolean, phase: string, authorised: Reading<boolean>): string {
  if (!enabled) return "ipamd is switched off";
  if (phase !== "" && phase.toLowerCase() !== "running") return `ipamd is in phase '${phase}'`;
  if (!authorised.known) return authorised.why;
  if (!authorised.value) return "the role IPAMDofTKE_QCSRole lacks the policy QcloudAccessForIPAMDRoleInQcloudAllocateEIP";
  return phase === "" ? "whether ipamd runs is not known" : "ipamd runs and is authorised";
}
