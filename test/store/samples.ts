import { type AddressMemory, emptyLedger, type Ledger } from "../../src/core/terms/ledger.ts";
import { type Duration, type Instant, instant } from "../../src/core/terms/time.ts";
import type { TrailEvent, TrailRecord } from "../../src/core/terms/trail.ts";
import type { Clock } from "../../src/ports.ts";

/** Ledgers, events and a clock for tests of the store. */

export const START: Instant = instant(Date.UTC(2026, 10, 23, 9, 0, 0));

/** Of an EIP that is bound, and carries nothing else. */
export function memory(ip: string): AddressMemory {
  return {
    account: "default",
    region: "ap-guangzhou",
    ip,
    firstSeenAt: START,
    lastSeenAt: START,
    boundAt: START,
    idleSince: null,
    acting: null,
    status: { is: "BIND", since: START },
    pod: null,
    everInIdList: false,
    flag: null,
    keep: null,
    approval: null,
    protections: {},
    evidence: null,
    verdict: { verdict: "in-use", reason: "bound", at: START },
  };
}

export function event(run: string, number = 0): TrailEvent {
  return {
    kind: "verdict",
    at: START,
    run,
    eip: `eip-${number}`,
    facts: {
      ip: "203.0.113.7",
      verdict: "leaked",
      reason: "orphan",
      detail: '带宽 \u2028 " \\ 😀',
      before: null,
      costPerHour: number,
    },
  };
}

/** The number that `event` was given. */
export function numberOf(record: TrailRecord): number | undefined {
  return record.kind === "verdict" ? record.facts.costPerHour : undefined;
}

export function ledger(generation: number, fields: Partial<Ledger> = {}): Ledger {
  return { ...emptyLedger(), generation, writtenAt: START, writtenBy: `run-${generation}`, ...fields };
}

export async function all(records: AsyncIterable<TrailRecord>): Promise<TrailRecord[]> {
  const list: TrailRecord[] = [];
  for await (const record of records) list.push(record);
  return list;
}

/** A clock that stands still until it is told. */
export function handClock(): Clock & { pass: (duration: Duration) => void } {
  let now: number = START;
  return {
    now: () => instant(now),
    sleep: async () => {},
    pass(duration) {
      now += duration;
    },
  };
}
