import type { Config } from "../config/config.ts";
import type { Address, Facts } from "../core/facts.ts";
import { isIdle } from "../core/idle.ts";
import type { AddressMemory, EvidenceMemory, Ledger } from "../core/ledger.ts";
import { before, between, DAY, type Duration, HOUR, type Instant, later, MINUTE, milliseconds, SECOND } from "../core/time.ts";
import type { AddressEvent, BilledIdle, CloudReader } from "../ports.ts";

/** CloudAudit keeps 90 days; a day is left as a margin. */
const AUDIT_REACH: Duration = milliseconds(89 * DAY);
/** Bills are asked for no further back: an idle EIP that is older is expensive enough to be seen. */
const BILL_REACH: Duration = milliseconds(92 * DAY);
/** An interval narrower than this needs no more evidence. */
const NARROW: Duration = milliseconds(2 * HOUR);
/** Answers are remembered; a question is asked again only after this long. */
const ASK_AGAIN: Duration = milliseconds(DAY);
/**
 * EIPs of an account asked about in one run: what is left is asked by the next. The bill answers two questions a second, a month at a
 * time. Each account has its own, so that one that answers nothing holds up no other.
 */
const QUESTIONS = 10;
/** Evidence is not worth a run that ends in the middle. */
const TIME_NEEDED: Duration = milliseconds(2 * MINUTE);

type Answers = Pick<CloudReader, "addressEvents" | "billedIdle">;

/**
 * Asks CloudAudit and the bill about idle EIPs whose interval is wide, where the configuration says so (domain.md §4.2), and
 * remembers the answers. A question that fails is asked again by the next run.
 */
export async function gatherEvidence(
  ports: { readonly cloud: Answers },
  config: Pick<Config, "evidence">,
  facts: Facts,
  ledger: Ledger,
  timeLeft: () => Duration,
): Promise<Ledger> {
  const { cloudaudit, billing } = config.evidence;
  if ((!cloudaudit && !billing) || timeLeft() < TIME_NEEDED) return ledger;
  const wanted = facts.regions
    .flatMap(({ addresses }) => (addresses.known ? addresses.value : []))
    .filter((address) => wantsEvidence(address, ledger.addresses[address.id], facts.now));
  const accounts = [...new Set(wanted.map(({ account }) => account))];
  const asked = accounts.flatMap((account) => wanted.filter((address) => address.account === account).slice(0, QUESTIONS));
  const answers = await Promise.all(
    asked.map(async (address) => {
      const remembered = ledger.addresses[address.id]?.evidence ?? null;
      return [address.id, await askAbout(ports.cloud, address, remembered, facts.now, cloudaudit, billing)] as const;
    }),
  );
  const addresses: Record<string, AddressMemory> = { ...ledger.addresses };
  for (const [id, evidence] of answers) {
    const memory = addresses[id];
    if (memory !== undefined && evidence !== null) addresses[id] = { ...memory, evidence };
  }
  return { ...ledger, addresses };
}

function wantsEvidence(address: Address, memory: AddressMemory | undefined, now: Instant): boolean {
  if (!isIdle(address.status) || memory === undefined) return false;
  if (memory.evidence !== null && between(memory.evidence.askedAt, now) < ASK_AGAIN) return false;
  const earliest = memory.boundAt ?? address.createdAt;
  const latest = memory.acting?.since ?? now;
  return earliest === null || between(earliest, latest) > NARROW;
}

/**
 * Null when nothing was answered. An event that was once seen stays a fact, and so does the bill where it is not readable now: to
 * forget a binding would lengthen the acting clock, which it has shortened.
 */
async function askAbout(
  cloud: Answers,
  address: Address,
  remembered: EvidenceMemory | null,
  now: Instant,
  cloudaudit: boolean,
  billing: boolean,
): Promise<EvidenceMemory | null> {
  const since = before(now, AUDIT_REACH);
  const [events, bill] = await Promise.all([
    cloudaudit ? cloud.addressEvents(address.account, address.region, address.id, since, now) : null,
    billing ? cloud.billedIdle(address.account, address.id, billedSince(address, now), now) : null,
  ]);
  if (!events?.known && !bill?.known) return null;
  const found = events?.known ? events.value : [];
  return {
    askedAt: now,
    unboundAt: latest(found, "DisassociateAddress", remembered?.unboundAt ?? null),
    boundAt: latest(found, "AssociateAddress", remembered?.boundAt ?? null),
    allocatedAt: latest(found, "AllocateAddresses", remembered?.allocatedAt ?? null),
    searchedSince: events?.known ? since : (remembered?.searchedSince ?? null),
    bill: bill?.known ? unbrokenIdle(bill.value) : (remembered?.bill ?? null),
  };
}

/** Not from before the EIP was there. */
function billedSince(address: Address, now: Instant): Instant {
  const reach = before(now, BILL_REACH);
  return address.createdAt === null ? reach : later(reach, address.createdAt);
}

function latest(events: readonly AddressEvent[], name: AddressEvent["name"], remembered: Instant | null): Instant | null {
  return events.reduce<Instant | null>(
    (newest, event) => (event.name === name && (newest === null || event.at > newest) ? event.at : newest),
    remembered,
  );
}

/** What the bill may round in an hour's seconds. */
const ROUNDING: Duration = SECOND;

/**
 * The newest unbroken row of hours that were billed as idle in full. An hour that was billed in part ends it: in which part of it the
 * EIP stood idle is not said, and it may have been bound in between. Null where no such hour is known.
 */
export function unbrokenIdle(rows: readonly BilledIdle[]): EvidenceMemory["bill"] {
  const newestFirst = [...rows].sort((one, other) => other.from - one.from);
  const [newest] = newestFirst;
  if (newest === undefined) return null;
  let from = newest.until;
  let idle = 0;
  let cost = 0;
  for (const row of newestFirst) {
    const whole = row.seconds * 1_000 >= between(row.from, row.until) - ROUNDING;
    if (!whole || row.until !== from) break;
    idle += row.seconds * 1_000;
    cost += row.cost;
    from = row.from;
  }
  if (from === newest.until) return null;
  return { idle: milliseconds(idle), from, until: newest.until, cost: Math.round(cost * 1e6) / 1e6, currency: newest.currency };
}
