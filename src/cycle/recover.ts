import { createHash } from "node:crypto";
import { placeKey } from "../core/terms/place.ts";
import { canBeRecovered } from "../core/terms/recovery.ts";
import { type Instant, iso } from "../core/terms/time.ts";
import type { RecoveryFacts, TrailRecord } from "../core/terms/trail.ts";
import { GuardError } from "../errors.ts";
import type { Clock, CloudReader, Recoverer, StoreWriter } from "../ports.ts";
import { provesRelease } from "./past.ts";
import { provenRecords, type RecordReader } from "./proven.ts";

/** Getting a released address back: only what has a receipt, and only a BGP address, three tries a month (docs/recover.md). */

export interface Recoverable {
  readonly id: string;
  readonly facts: Omit<RecoveryFacts, "by" | "token"> & { readonly isp: string };
  /** Tries of this month in its account, by the trail. */
  readonly tries: number;
  /** A try without an end: the command was killed in between. Null where there is none. */
  readonly open: RecoveryFacts | null;
}

export const TRIES_A_MONTH = 3;

/**
 * Looks up what would be asked for, and asks nothing.
 *
 * @param eip the AddressId that was released, or its address
 * @throws GuardError `NotRecoverable`: no receipt, recovered already, no BGP address, or three tries this month; `TrailBroken` where the
 *   record does not hold
 */
export async function lookUpRecovery(store: RecordReader, eip: string, now: Instant): Promise<Recoverable> {
  let proof: TrailRecord<"receipt" | "settled"> | null = null;
  const ends = new Map<string, RecoveryFacts | string | null>();
  const tries: { readonly eip: string; readonly account: string; readonly at: Instant }[] = [];
  for await (const record of provenRecords(store)) {
    if (provesRelease(record) && (record.eip === eip || record.facts.ip === eip)) proof = record;
    if (record.eip === null) continue;
    if (record.kind === "recovering") {
      tries.push({ eip: record.eip, account: record.facts.account ?? "", at: record.at });
      ends.set(record.eip, asked(record));
    }
    if (record.kind === "recovered") ends.set(record.eip, record.facts.newId ?? "another EIP");
    if (record.kind === "not-recovered") {
      ends.set(record.eip, null);
      // What never reached the part of the cloud that counts is no try: a right that was missing must not use a month up.
      const latest = tries.findLastIndex((one) => one.eip === record.eip);
      if (record.facts.counts === false && latest !== -1) tries.splice(latest, 1);
    }
  }
  if (proof === null || proof.eip === null)
    throw notRecoverable(
      `the trail has no receipt of a release of '${eip}'`,
      "eip-guard history shows what the trail knows of an EIP",
    );
  const {
    account,
    region,
    ip,
    isp = null,
    chargeType = null,
    bandwidthMbps = null,
    bandwidthPackage = null,
    pod = null,
    type,
  } = proof.facts;
  if (account === undefined || region === undefined || ip === undefined)
    throw notRecoverable(`the receipt of ${proof.eip} does not say what it was`, "ask Tencent Cloud's support");
  if (!canBeRecovered(proof.facts))
    throw notRecoverable(
      `${proof.eip} was of line type ${isp ?? "BGP"} and type ${type ?? "EIP"}: only BGP EIPs can be had back`,
      "ask Tencent Cloud's support",
    );
  const end = ends.get(proof.eip) ?? null;
  if (typeof end === "string")
    throw notRecoverable(`the address of ${proof.eip} came back already, as ${end}`, `eip-guard explain ${end}`);
  const done = tries.filter((one) => one.account === account && monthOf(one.at) === monthOf(now)).length;
  if (end === null && done >= TRIES_A_MONTH)
    throw notRecoverable(
      `account ${account} has had its ${TRIES_A_MONTH} tries of this month`,
      "try again next month, or ask Tencent Cloud's support",
    );
  return {
    id: proof.eip,
    facts: { account, region, ip, isp: "BGP", chargeType, bandwidthMbps, bandwidthPackage, pod },
    tries: done,
    open: end,
  };
}

/** Months are those of the cloud's own calendar, UTC+8. */
function monthOf(at: Instant): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 7);
}

function asked({ facts }: TrailRecord<"recovering">): RecoveryFacts | null {
  const {
    ip,
    account,
    region,
    by = "",
    isp = null,
    chargeType = null,
    bandwidthMbps = null,
    bandwidthPackage = null,
    pod = null,
    token,
  } = facts;
  if (ip === undefined || account === undefined || region === undefined || token === undefined) return null;
  return { ip, account, region, by, isp, chargeType, bandwidthMbps, bandwidthPackage, pod, token };
}

export interface RecoveryPorts {
  readonly store: StoreWriter;
  readonly cloud: Pick<CloudReader, "addresses">;
  readonly recoverer: Recoverer;
  readonly clock: Clock;
}

/**
 * Writes the intent, asks once, and writes what came of it. A try that was killed in between is settled first, by looking whether the address is there.
 *
 * @returns the new AddressId
 * @throws GuardError `NotRecovered` with the cloud's refusal; `RecoveryUnconfirmed` where nobody knows: the same command looks again
 */
export async function recover(
  { store, cloud, recoverer, clock }: RecoveryPorts,
  { id, facts, open }: Recoverable,
  by: string,
): Promise<string> {
  const run = `person: ${by}`;
  const listed = await cloud.addresses(facts.account, facts.region);
  if (!listed.addresses.known)
    throw new GuardError(
      "NotRecovered",
      "cloud",
      `the EIPs of ${placeKey(facts)} can't be listed: ${listed.addresses.why}`,
      "nothing was asked for; try again",
    );
  const there = listed.addresses.value.find(({ ip }) => ip === facts.ip);
  if (there !== undefined) {
    const token = open?.token ?? "";
    await store.append([{ kind: "recovered", at: clock.now(), run, eip: id, facts: { ...facts, by, token, newId: there.id } }]);
    return there.id;
  }
  const at = clock.now();
  const request: RecoveryFacts = { ...facts, by, token: open?.token ?? tokenOf(id, at) };
  // A try that was killed goes on under its own token: the cloud takes it for the same request.
  if (open === null) await store.append([{ kind: "recovering", at, run, eip: id, facts: request }]);
  const outcome = await recoverer.allocate({ ...facts, token: request.token }, async () =>
    (await store.stopRequested()) ? "STOP is set in the store" : null,
  );
  if (outcome.outcome === "allocated") {
    await store.append([{ kind: "recovered", at: clock.now(), run, eip: id, facts: { ...request, newId: outcome.id } }]);
    return outcome.id;
  }
  if (outcome.outcome === "unconfirmed")
    throw new GuardError(
      "RecoveryUnconfirmed",
      "cloud",
      `whether ${facts.ip} came back is not known: ${outcome.why}`,
      `run eip-guard recover ${id} again: it looks first`,
    );
  const { code, why, counts } = outcome;
  await store.append([{ kind: "not-recovered", at: clock.now(), run, eip: id, facts: { ...request, code, why, counts } }]);
  throw new GuardError(
    "NotRecovered",
    "cloud",
    `${facts.ip} did not come back: ${why}`,
    "docs/recover.md says what each refusal means",
  );
}

/** Of one try: at most 64 characters of ASCII, as the API has it. */
function tokenOf(id: string, at: Instant): string {
  return createHash("sha256")
    .update(`${id} ${iso(at)}`)
    .digest("hex")
    .slice(0, 48);
}

function notRecoverable(why: string, fix: string): GuardError {
  return new GuardError("NotRecoverable", "user", `${why}: nothing was asked for`, fix);
}
