import type { Config } from "../config/sections.ts";
import { isIdle } from "../core/judge/idle.ts";
import type { Address, Facts } from "../core/terms/facts.ts";
import type { AddressMemory, EvidenceMemory, Ledger } from "../core/terms/ledger.ts";
import { own } from "../core/terms/own.ts";
import {
  before,
  between,
  DAY,
  type Duration,
  HOUR,
  type Instant,
  later,
  MINUTE,
  milliseconds,
  SECOND,
} from "../core/terms/time.ts";
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
/** EIPs of an account asked about in one scan, which remembers nothing and so has no next. */
export const QUESTIONS_OF_A_SCAN = 100;
/** Evidence is not worth a run that ends in the middle. */
const TIME_NEEDED: Duration = milliseconds(2 * MINUTE);

type Answers = Pick<CloudReader, "addressEvents" | "billedIdle">;

/** The ledger with what CloudAudit and the bill answered, and what people should know of it. */
export interface Gathered {
  readonly ledger: Ledger;
  readonly notes: readonly string[];
}

export interface Asking {
  readonly timeLeft: () => Duration;
  /** EIPs of an account that are asked about; left out: as many as a run asks about. */
  readonly questions?: number;
  /** Only these EIPs are asked about; left out: all. */
  readonly about?: (address: Address) => boolean;
}

/**
 * Asks CloudAudit and the bill about idle EIPs whose interval is wide, where the configuration says so (domain.md §4.2). The answers are
 * in the ledger that is returned; whether they are kept is for the caller to say. A question that fails is asked again by the next run.
 */
export async function gatherEvidence(
  ports: { readonly cloud: Answers },
  config: Pick<Config, "evidence">,
  facts: Facts,
  ledger: Ledger,
  { timeLeft, questions = QUESTIONS, about = () => true }: Asking,
): Promise<Gathered> {
  const { cloudaudit, billing } = config.evidence;
  if ((!cloudaudit && !billing) || timeLeft() < TIME_NEEDED) return { ledger, notes: [] };
  const wanted = facts.regions
    .flatMap(({ addresses }) => (addresses.known ? addresses.value : []))
    .filter((address) => about(address) && wantsEvidence(address, memoryOf(ledger, address.id), facts.now));
  const accounts = [...new Set(wanted.map(({ account }) => account))];
  const asked = await Promise.all(
    accounts.map((account) => {
      const mine = wanted.filter((address) => address.account === account).slice(0, questions);
      return askInTurn(
        mine,
        (address) => askAbout(ports.cloud, address, memoryOf(ledger, address.id), facts.now, config),
        timeLeft,
      );
    }),
  );
  const answers = asked.flat();
  const addresses: Record<string, AddressMemory> = { ...ledger.addresses };
  for (const { address, evidence } of answers) {
    const memory = evidence === null ? null : withEvidence(address, memoryOf(ledger, address.id), evidence, facts.now);
    if (memory !== null) addresses[address.id] = memory;
  }
  return { ledger: { ...ledger, addresses }, notes: notesOf(answers, wanted.length) };
}

function memoryOf(ledger: Ledger, id: string): AddressMemory | null {
  return own(ledger.addresses, id) ?? null;
}

interface Asked {
  readonly address: Address;
  readonly evidence: EvidenceMemory | null;
  /** Why CloudAudit or the bill did not answer. */
  readonly failures: readonly string[];
}

/** Some at a time. Where a whole batch fails, or the time is nearly up, the rest is not asked about. */
async function askInTurn(
  addresses: readonly Address[],
  ask: (address: Address) => Promise<Asked>,
  timeLeft: () => Duration,
): Promise<readonly Asked[]> {
  const answers: Asked[] = [];
  for (let start = 0; start < addresses.length; start += QUESTIONS) {
    const batch = await Promise.all(addresses.slice(start, start + QUESTIONS).map(ask));
    answers.push(...batch);
    if (batch.every(({ failures }) => failures.length > 0) || timeLeft() < TIME_NEEDED) break;
  }
  return answers;
}

/** Each reason once, and how many EIPs were left out. */
function notesOf(answers: readonly Asked[], wanted: number): readonly string[] {
  const failures = [...new Set(answers.flatMap(({ failures: why }) => why))];
  const notes = failures.map((why) => `evidence that could not be read: ${why}`);
  if (answers.length < wanted)
    notes.push(
      `evidence was asked for ${answers.length} of ${wanted} idle EIPs; each \`eip-guard run\` asks for more and remembers it`,
    );
  return notes;
}

/** An EIP that the ledger does not know gets a memory of what the evidence says, and of nothing else; null where it says nothing. */
function withEvidence(
  address: Address,
  memory: AddressMemory | null,
  evidence: EvidenceMemory,
  now: Instant,
): AddressMemory | null {
  if (memory !== null) return { ...memory, evidence };
  const there = evidence.allocatedAt ?? evidence.unboundAt ?? evidence.boundAt ?? evidence.bill?.from ?? null;
  if (there === null) return null;
  return {
    account: address.account,
    region: address.region,
    ip: address.ip,
    firstSeenAt: there,
    lastSeenAt: now,
    boundAt: null,
    idleSince: null,
    acting: null,
    status: { is: address.status, since: now },
    pod: null,
    everInIdList: false,
    flag: null,
    keep: null,
    approval: null,
    protections: {},
    evidence,
    verdict: null,
  };
}

function wantsEvidence(address: Address, memory: AddressMemory | null, now: Instant): boolean {
  if (!isIdle(address.status)) return false;
  if (memory?.evidence && between(memory.evidence.askedAt, now) < ASK_AGAIN) return false;
  const earliest = memory?.boundAt ?? address.createdAt;
  const latest = memory?.acting?.since ?? now;
  return earliest === null || between(earliest, latest) > NARROW;
}

/**
 * No evidence when nothing was answered. An event that was once seen stays a fact, and so does the bill where it is not readable now: to
 * forget a binding would lengthen the acting clock, which it has shortened.
 */
async function askAbout(
  cloud: Answers,
  address: Address,
  memory: AddressMemory | null,
  now: Instant,
  { evidence: { cloudaudit, billing } }: Pick<Config, "evidence">,
): Promise<Asked> {
  const remembered = memory?.evidence ?? null;
  const since = before(now, AUDIT_REACH);
  const [events, bill] = await Promise.all([
    cloudaudit ? cloud.addressEvents(address.account, address.region, address.id, since, now) : null,
    billing ? cloud.billedIdle(address.account, address.id, billedSince(address, now), now) : null,
  ]);
  const failures = [events, bill].flatMap((reading) => (reading === null || reading.known ? [] : [reading.why]));
  if (!events?.known && !bill?.known) return { address, evidence: null, failures };
  const found = events?.known ? events.value : [];
  return {
    address,
    evidence: {
      askedAt: now,
      unboundAt: latest(found, "DisassociateAddress", remembered?.unboundAt ?? null),
      boundAt: latest(found, "AssociateAddress", remembered?.boundAt ?? null),
      allocatedAt: latest(found, "AllocateAddresses", remembered?.allocatedAt ?? null),
      searchedSince: events?.known ? since : (remembered?.searchedSince ?? null),
      bill: bill?.known ? unbrokenIdle(bill.value) : (remembered?.bill ?? null),
    },
    failures,
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
