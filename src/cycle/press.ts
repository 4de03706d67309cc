import { GONE } from "../core/remember.ts";
import type { AddressMemory, Ledger } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import type { Policy } from "../core/terms/policy.ts";
import type { Asked, Pressed, Standing } from "../core/terms/press.ts";
import { after, DAY, type Duration, type Instant, milliseconds } from "../core/terms/time.ts";
import { GuardError } from "../errors.ts";
import type { Clock, StoreWriter } from "../ports.ts";
import { approve, lookUpApprovals } from "./approve.ts";
import { readWithWords, speak } from "./persons.ts";

const SEVEN_DAYS: Duration = milliseconds(7 * DAY);

/**
 * Does what a button asks for, as `eip-guard keep` and `eip-guard approve` do it: first the trail, then the ledger.
 *
 * @throws GuardError where the store can't be read or written
 */
export async function press(
  ports: { readonly store: StoreWriter; readonly clock: Clock },
  policy: Pick<Policy, "release">,
  asked: Asked,
): Promise<Pressed> {
  const { button, eip, by } = asked;
  const now = ports.clock.now();
  const ledger = await readWithWords(ports.store);
  const memory = own(ledger.addresses, eip);
  if (memory === undefined) return { is: "unknown", eip };
  const standing = standingOf(eip, memory, now);
  if (button === "why") return { is: "told", standing };
  if (isOld(ledger, memory, standing, asked)) return { is: "old", standing };
  if (button === "approve") return approveOne(ports, policy, asked, standing);
  const until = button === "keep" ? null : after(now, SEVEN_DAYS);
  const spoken = await speak(ports, eip, { says: "keep", until, why: "a button in Slack" }, by);
  return { is: "kept", standing: standingOf(eip, spoken.memory, now) };
}

async function approveOne(
  ports: { readonly store: StoreWriter; readonly clock: Clock },
  policy: Pick<Policy, "release">,
  { eip, by }: Asked,
  standing: Standing,
): Promise<Pressed> {
  try {
    const { approved, needless } = await lookUpApprovals(ports, [eip], policy);
    const [first] = approved;
    if (first === undefined) return { is: "refused", standing, why: needless.join(" ") };
    await approve(ports, approved, by);
    return { is: "approved", standing: { ...standing, approval: { at: ports.clock.now(), by, until: first.until } } };
  } catch (error) {
    if (error instanceof GuardError && REFUSALS.includes(error.code)) return { is: "refused", standing, why: error.message };
    throw error;
  }
}

const REFUSALS: readonly string[] = ["NotApprovable", "EipGone", "UnknownEip"];

/**
 * Whether the message no longer shows how things stand: the EIP is gone, somebody keeps it, it is approved already, or a later run has
 * ended the flag. A flag that the ledger does not have yet is no sign of that while the run that announced it may still be at work.
 */
function isOld(ledger: Ledger, { flag }: AddressMemory, standing: Standing, { button, at, flaggedAt }: Asked): boolean {
  if (standing.goneSince !== null || standing.keep !== null) return true;
  if (button === "approve" && standing.approval !== null) return true;
  if (flag !== null && (flag.at === at || flag.at === flaggedAt)) return false;
  const latest = ledger.readings?.at(-1);
  return latest !== undefined && latest > at;
}

function standingOf(id: string, memory: AddressMemory, now: Instant): Standing {
  const { ip, pod, status, verdict, idleSince, acting, flag, outlook, keep, approval } = memory;
  return {
    id,
    ip,
    pod: pod === null ? null : `${pod.namespace}/${pod.name}@${pod.cluster}`,
    goneSince: status.is === GONE ? status.since : null,
    verdict,
    idleSince,
    sightings: acting?.sightings ?? 0,
    flaggedAt: flag?.at ?? null,
    noticedAt: flag?.noticedAt ?? null,
    releaseAt: outlook?.releaseAt ?? null,
    needsApproval: outlook?.needsApproval ?? false,
    keep: keep !== null && (keep.until === null || keep.until > now) ? keep : null,
    approval: approval !== null && approval.until > now ? approval : null,
  };
}
