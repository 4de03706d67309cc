import { DELETION_PROTECTION } from "../judge/rules/kept.ts";
import type { AddressMemory, Keep, Ledger } from "../terms/ledger.ts";
import { own } from "../terms/own.ts";
import { type Instant, iso, parseInstant } from "../terms/time.ts";
import type { ReadEvent } from "../terms/trail.ts";
import type { Reason } from "../terms/verdict.ts";

/** What people said, as the trail has it: the trail wins over a ledger that is older (domain.md §5.3, 6). */

export interface TakenOver {
  readonly ledger: Ledger;
  /** What the ledger did not have, in words. */
  readonly changes: readonly string[];
}

/**
 * People's words of these records, taken into the ledger in the order of the trail. A word that the ledger has already changes nothing, so that
 * each may be taken as often as it is read.
 */
export function takeWords(ledger: Ledger, records: readonly ReadEvent[]): TakenOver {
  return takeEach(ledger, records, wordOf);
}

/**
 * Besides people's words, what a ledger that is older than the trail must know before anything is released: bindings, verdicts that keep and
 * protections that runs saw since, and lists that named it. Each only restarts a clock or keeps; flags, notices and sightings are not taken, they are begun anew.
 */
export function takeOver(ledger: Ledger, records: readonly ReadEvent[]): TakenOver {
  return takeEach(ledger, records, (memory, record) => sightingOf(wordOf(memory, record), record));
}

function takeEach(
  ledger: Ledger,
  records: readonly ReadEvent[],
  take: (memory: AddressMemory, record: ReadEvent) => AddressMemory,
): TakenOver {
  const changed = new Map<string, AddressMemory>();
  const said = new Map<string, Keep>(Object.entries(ledger.said ?? {}));
  const changes: string[] = [];
  let saidChanged = false;
  for (const record of records) {
    const { eip } = record;
    if (eip === null) continue;
    const memory = changed.get(eip) ?? own(ledger.addresses, eip);
    if (memory === undefined) {
      saidChanged = hold(said, eip, record) || saidChanged;
      continue;
    }
    const next = take(memory, record);
    if (next === memory) continue;
    changed.set(eip, next);
    changes.push(`${record.kind} ${eip} at ${iso(record.at)}`);
  }
  if (changed.size === 0 && !saidChanged) return { ledger, changes };
  const addresses = changed.size === 0 ? ledger.addresses : { ...ledger.addresses, ...Object.fromEntries(changed) };
  return { ledger: saidChanged ? { ...ledger, addresses, said: Object.fromEntries(said) } : { ...ledger, addresses }, changes };
}

/** A keep of an EIP that the ledger does not know waits until a run sees it. An approval does not wait: the person is asked again. */
function hold(said: Map<string, Keep>, eip: string, record: ReadEvent): boolean {
  if (record.kind === "unkept") return said.delete(eip);
  if (record.kind !== "kept") return false;
  const before = said.get(eip) ?? null;
  const after = joined(before, keepOf(record), record.at);
  said.set(eip, after);
  return before !== after;
}

/** Gives each EIP that a run has seen by now the keep that waited for it. */
export function adoptSaid(ledger: Ledger): Ledger {
  const { said } = ledger;
  if (said === undefined) return ledger;
  const waiting = Object.entries(said).filter(([id]) => !Object.hasOwn(ledger.addresses, id));
  const adopted = Object.entries(said).flatMap(([id, keep]): readonly (readonly [string, AddressMemory])[] => {
    const memory = own(ledger.addresses, id);
    return memory === undefined ? [] : [[id, { ...memory, keep: joined(memory.keep, keep, keep.at) }]];
  });
  const { said: _, ...rest } = ledger;
  const next: Ledger =
    adopted.length === 0 ? rest : { ...rest, addresses: { ...ledger.addresses, ...Object.fromEntries(adopted) } };
  return waiting.length === 0 ? next : { ...next, said: Object.fromEntries(waiting) };
}

/** What a person's record does to the memory of its EIP; every other record does nothing. */
function wordOf(memory: AddressMemory, record: ReadEvent): AddressMemory {
  switch (record.kind) {
    case "kept": {
      const keep = joined(memory.keep, keepOf(record), record.at);
      return keep === memory.keep && memory.approval === null ? memory : { ...memory, keep, approval: null };
    }
    case "unkept":
      return memory.keep === null ? memory : { ...memory, keep: null };
    case "approved": {
      const until = instantIn(record.facts.until);
      return until === null || memory.approval?.at === record.at
        ? memory
        : { ...memory, approval: { at: record.at, by: record.facts.by ?? "", until } };
    }
    default:
      return memory;
  }
}

const RELEASABLE: readonly unknown[] = ["leaked", "unmanaged"];

/** What says that an EIP stands, or once stood, in an eip-id-list: it is the user's own for ever (domain.md §5). */
const LISTED: readonly string[] = ["in-id-list", "users-own"] satisfies readonly Reason[];

function isListed(record: ReadEvent): boolean {
  if (record.kind === "verdict") return LISTED.includes(record.facts.reason ?? "");
  return record.kind === "judged" && (record.facts.reasons ?? "").split(",").some((reason) => LISTED.includes(reason));
}

function sightingOf(before: AddressMemory, record: ReadEvent): AddressMemory {
  const { kind, at } = record;
  const memory = isListed(record) && !before.everInIdList ? { ...before, everInIdList: true } : before;
  const restarts = kind === "bound" || (kind === "verdict" && !RELEASABLE.includes(record.facts.verdict));
  if (restarts) {
    const { acting } = memory;
    const boundAt = kind === "bound" && (memory.boundAt === null || memory.boundAt < at) ? at : memory.boundAt;
    const approval = memory.approval !== null && memory.approval.at <= at ? null : memory.approval;
    const still = acting !== null && acting.since <= at ? null : acting;
    const same = boundAt === memory.boundAt && approval === memory.approval && still === acting;
    return same ? memory : { ...memory, boundAt, approval, acting: still };
  }
  if (kind === "failed" && record.facts.outcome === "protected") {
    const { code = DELETION_PROTECTION } = record.facts;
    return { ...memory, protections: { ...memory.protections, [code]: at } };
  }
  return memory;
}

function keepOf({ at, facts: { by = "", why = "", until } }: ReadEvent<"kept">): Keep {
  return { at, by, why, until: instantIn(until) };
}

/** A missing or unreadable end keeps for good: a doubt is settled by keeping. */
function instantIn(value: string | null | undefined): Instant | null {
  return typeof value === "string" ? (parseInstant(value) ?? null) : null;
}

/** Of two keeps the longer holds; the other stays beside it, for both people to see. What is over at `at` is dropped. */
function joined(held: Keep | null, said: Keep, at: Instant): Keep {
  if (held === null) return said;
  const { besides = [], ...first } = held;
  const all = [first, ...besides, said].filter(
    (keep, position, keeps) => position === keeps.findIndex((one) => isSame(one, keep)),
  );
  const standing = all.filter(({ until }) => until === null || until > at);
  const longest = standing.reduce<Keep>((one, other) => (lasts(other) > lasts(one) ? other : one), said);
  const others = standing.filter((keep) => !isSame(keep, longest));
  if (isSame(held, longest) && others.length === besides.length && others.every((keep, at) => keep === besides[at])) return held;
  const { besides: _, ...alone } = longest;
  return others.length === 0 ? alone : { ...alone, besides: others };
}

function isSame(one: Keep, other: Keep): boolean {
  return one.at === other.at && one.by === other.by && one.until === other.until;
}

function lasts({ until }: Keep): number {
  return until ?? Number.POSITIVE_INFINITY;
}
