import { approvalEnd } from "../core/plan/approval.ts";
import { thousands } from "../core/terms/describe.ts";
import { type Ledger, PERSON } from "../core/terms/ledger.ts";
import type { Policy } from "../core/terms/policy.ts";
import { type Instant, iso, later } from "../core/terms/time.ts";
import type { TrailEvent } from "../core/terms/trail.ts";
import { GuardError, whyOf } from "../errors.ts";
import type { Clock, StoreWriter } from "../ports.ts";
import { find, readWithWords, refuseGone, tellKeep, writeWords } from "./persons.ts";

/** One EIP whose release a person approves. */
export interface Approvable {
  readonly id: string;
  readonly ip: string;
  /** `namespace/name@cluster`; null where no Pod is known. */
  readonly pod: string | null;
  readonly verdict: string;
  /** When the release could happen first, as the last run saw it; null where that is not known. */
  readonly releaseAt: Instant | null;
  /** The approval ends then, or later where the notice comes late. */
  readonly until: Instant;
}

export interface Approving {
  readonly approved: readonly Approvable[];
  /** Those that need no approval, a sentence each: nothing was written of them. */
  readonly needless: readonly string[];
}

/**
 * Looks up what would be approved, and writes nothing: all of it can be, or none is.
 *
 * @param eips AddressIds or addresses
 * @throws GuardError `UnknownEip`, `EipGone`, `NotApprovable`: with a sentence for each EIP that can't be approved
 */
export async function lookUpApprovals(
  { store, clock }: { readonly store: StoreWriter; readonly clock: Clock },
  eips: readonly string[],
  policy: Pick<Policy, "release">,
): Promise<Approving> {
  return approvalsIn(await readWithWords(store), eips, policy, clock.now());
}

/** The same of a ledger that was read, with the words of people since. Throws as `lookUpApprovals` does. */
export function approvalsIn(ledger: Ledger, eips: readonly string[], policy: Pick<Policy, "release">, now: Instant): Approving {
  const approved = new Map<string, Approvable>();
  const needless = new Set<string>();
  const refusals: GuardError[] = [];
  for (const eip of eips) {
    try {
      const answer = lookUp(ledger, eip, policy, now);
      if (typeof answer === "string") needless.add(answer);
      else approved.set(answer.id, answer);
    } catch (error) {
      if (!(error instanceof GuardError)) throw error;
      refusals.push(error);
    }
  }
  const [first, ...more] = refusals;
  if (first === undefined) return { approved: [...approved.values()], needless: [...needless] };
  if (eips.length === 1) throw first;
  const { length } = [first, ...more];
  throw new GuardError(
    "NotApprovable",
    "user",
    `${thousands(length)} of ${thousands(eips.length)} EIPs can't be approved, and nothing was written: ${refusals.map(whyOf).join("; ")}`,
    first.fix,
  );
}

/** A sentence where no approval is needed. */
function lookUp(ledger: Ledger, eip: string, policy: Pick<Policy, "release">, now: Instant): Approvable | string {
  const { id, memory } = find(ledger, eip);
  refuseGone(id, memory, eip);
  const { keep, outlook, ip, pod, verdict } = memory;
  if (keep !== null && (keep.until === null || keep.until > now)) {
    throw notApprovable(`${id} is kept and can't be approved: ${tellKeep(keep)}`, `take that back first: eip-guard unkeep ${id}`);
  }
  const releaseAt = outlook?.releaseAt ?? null;
  const judged = verdict === null ? "it has no verdict yet" : `it is ${verdict.verdict} (${verdict.reason})`;
  if (outlook !== undefined && releaseAt === null) {
    throw notApprovable(
      `${id} can't be approved: no release of it is on the way, as the last run saw it: ${judged}`,
      `eip-guard explain ${id} shows why; after a change, run \`eip-guard run\` first`,
    );
  }
  if (outlook !== undefined && !outlook.needsApproval && policy.release.approval === "none") {
    const when = releaseAt === null ? "" : ` It is released not before ${iso(releaseAt)}, in mode enforce.`;
    return `${id} (${ip}) needs no approval: nothing was written of it.${when}`;
  }
  return {
    id,
    ip,
    pod: pod === null ? null : `${pod.namespace}/${pod.name}@${pod.cluster}`,
    verdict: judged,
    releaseAt,
    until: approvalEnd(releaseAt === null ? now : later(releaseAt, now), policy.release),
  };
}

function notApprovable(why: string, fix: string): GuardError {
  return new GuardError("NotApprovable", "user", why, fix);
}

/** Writes the approvals into the trail, and then into the ledger: as one generation, whoever else writes meanwhile. */
export async function approve(
  { store, clock }: { readonly store: StoreWriter; readonly clock: Clock },
  approved: readonly Approvable[],
  by: string,
): Promise<void> {
  if (approved.length === 0) return;
  const at = clock.now();
  await store.append(approved.map((one) => approvedEvent(one, by, at)));
  await writeWords(store, `${PERSON}approve by ${by}`, at);
}

export function approvedEvent(
  { id, ip, until, releaseAt, verdict }: Approvable,
  by: string,
  at: Instant,
): TrailEvent<"approved"> {
  const facts = { ip, by, until: iso(until), releaseAt: releaseAt === null ? null : iso(releaseAt), verdict };
  return { kind: "approved", at, run: `${PERSON}${by}`, eip: id, facts };
}
