import { takeWords } from "../core/audit/words.ts";
import { GONE } from "../core/remember.ts";
import type { AddressMemory, Ledger } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import type { Policy } from "../core/terms/policy.ts";
import type { Asked, Pressed, Standing } from "../core/terms/press.ts";
import { after, DAY, type Duration, type Instant, milliseconds } from "../core/terms/time.ts";
import type { TrailEvent } from "../core/terms/trail.ts";
import { GuardError } from "../errors.ts";
import type { Clock, StoreWriter } from "../ports.ts";
import { approvalsIn, approvedEvent } from "./approve.ts";
import { wordEvent } from "./persons.ts";
import { recallWords } from "./recall.ts";

const SEVEN_DAYS: Duration = milliseconds(7 * DAY);

/**
 * What the store knows of one EIP, with what people said since its ledger was written.
 *
 * @throws GuardError where the store can't be read
 */
export async function lookAt(store: StoreWriter, eip: string): Promise<Ledger> {
  const ledger = await store.readEip(eip);
  return (await recallWords(store, ledger, ledger.trailHead)).ledger;
}

/**
 * Does what a button asks for. A word is one record of the trail, as `eip-guard keep` and `eip-guard approve` write it. The trail wins over the
 * ledger (domain.md §5.3, 6): whoever reads or writes the ledger next takes the word over, so that a press need not write all of it.
 *
 * @param ledger as `lookAt` has it
 * @throws GuardError where the store can't be written
 */
export async function press(
  { store, clock }: { readonly store: Pick<StoreWriter, "append">; readonly clock: Clock },
  policy: Pick<Policy, "release">,
  asked: Asked,
  ledger: Ledger,
): Promise<Pressed> {
  const { button, eip, by } = asked;
  const now = clock.now();
  const memory = own(ledger.addresses, eip);
  if (memory === undefined) return { is: "unknown", eip };
  const standing = standingOf(eip, memory, now);
  if (button === "why") return { is: "told", standing };
  if (isOld(ledger, memory, standing, asked)) return { is: "old", standing };
  let word: TrailEvent<"kept" | "unkept" | "approved">;
  if (button === "approve") {
    const found = approvalOf(ledger, asked, policy, now);
    if ("refused" in found) return { is: "refused", standing, why: found.refused };
    word = found.word;
  } else {
    const until = button === "keep" ? null : after(now, SEVEN_DAYS);
    word = wordEvent(eip, memory, { says: "keep", until, why: "a button in Slack" }, by, now);
  }
  await store.append([word]);
  const spoken = own(takeWords(ledger, [word]).ledger.addresses, eip) ?? memory;
  return { is: button === "approve" ? "approved" : "kept", standing: standingOf(eip, spoken, now) };
}

/** The record of an approval, or why there is none. */
function approvalOf(
  ledger: Ledger,
  { eip, by }: Asked,
  policy: Pick<Policy, "release">,
  now: Instant,
): { readonly word: TrailEvent<"approved"> } | { readonly refused: string } {
  try {
    const { approved, needless } = approvalsIn(ledger, [eip], policy, now);
    const [first] = approved;
    return first === undefined ? { refused: needless.join(" ") } : { word: approvedEvent(first, by, now) };
  } catch (error) {
    if (error instanceof GuardError && REFUSALS.includes(error.code)) return { refused: error.message };
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
