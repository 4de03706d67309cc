import { sighted } from "../judge/idle.ts";
import type { ActingClock, Approval } from "../terms/ledger.ts";
import { type Place, placeKey } from "../terms/place.ts";
import { between, type Duration, type Instant, instant, MINUTE, parseInstant } from "../terms/time.ts";
import { type ReadEvent, type ReadFacts, SETTLED_GONE } from "../terms/trail.ts";
import { type Known, readJudged } from "./known.ts";
import { type ReadingAt, readingsOf } from "./readings.ts";

/** The recorded past, played reading by reading: what each EIP was, and its acting clock. It is the same for every policy with the same maxGap. */

/** What the trail says of one EIP, at the reading that is played. */
export interface PastEip {
  readonly id: string;
  ip: string;
  /** Null while only records of an older version speak of it. */
  facts: Known | null;
  region: RegionPast | null;
  present: boolean;
  /** The row of sightings, up to reading number `counted`. */
  row: ActingClock | null;
  counted: number;
  approval: Approval | null;
  wasIdle: boolean;
  goneAt: Instant | null;
  /** The guard itself released it. */
  releasedAt: Instant | null;
  /** What the guard did about it: the latest few. */
  acts: readonly Done[];
}

export interface Done {
  readonly what: "flagged" | "noticed" | "held";
  readonly at: Instant;
  readonly deliveredAt: Instant | null;
}

/** What the record says of an account and region. */
interface RegionPast {
  /** Whether its latest listing was complete. */
  read: boolean;
  /** Its EIPs. */
  eips: number;
}

export interface Past {
  readonly eips: ReadonlyMap<string, PastEip>;
  readonly brakes: ReadonlyMap<string, string>;
  /** How many EIPs the completely read regions have. */
  readonly listed: () => number;
  readonly isRead: (eip: PastEip) => boolean;
  /** The latest reading that was played. */
  readonly last: () => ReadingAt | null;
  readonly first: () => ReadingAt | null;
  readonly take: (record: ReadEvent) => void;
  /** Plays what is left, and readings that only the ledger has. */
  readonly end: (pending: readonly ReadingAt[]) => void;
  /** Counts an EIP's sightings up to the present reading. */
  readonly look: (eip: PastEip) => void;
  /** Forgets an EIP that is gone. */
  readonly forget: (eip: PastEip) => void;
}

/** What is told of the past as it is played. */
export interface Watcher {
  /** A reading, with the EIPs of which something changed. */
  readonly reading: (now: Instant, changed: ReadonlySet<PastEip>) => void;
  readonly usedAgain: (eip: PastEip, at: Instant) => void;
  readonly gone: (eip: PastEip) => void;
}

/** A call that failed, and the reading that it belongs to, lie no farther apart: a run ends by then. */
export const RUN_BOUND = 20 * MINUTE;
const REMEMBERED_ACTS = 12;

export function createPast(maxGap: Duration, watcher: () => Watcher): Past {
  const eips = new Map<string, PastEip>();
  const regions = new Map<string, RegionPast>();
  const brakes = new Map<string, string>();
  const words: { readonly eip: PastEip; readonly at: Instant; readonly approval: Approval | null }[] = [];
  let changed = new Set<PastEip>();
  let first: ReadingAt | null = null;
  let last: ReadingAt | null = null;
  let before: ReadingAt | null = null;
  let pending: ReadingAt | null = null;
  let count = 0;

  const isRead = (eip: PastEip) => eip.region?.read !== false;
  const counts = (eip: PastEip) => eip.present && eip.facts?.idle === true && eip.facts.complete && isRead(eip);

  /** Readings up to this one since the last look, in which nothing changed: each is one more sighting. */
  function advance(eip: PastEip, reading: ReadingAt | null, number: number): void {
    if (reading !== null && eip.row !== null && counts(eip)) {
      const sightings = eip.row.sightings + number - eip.counted;
      eip.row = { ...eip.row, latest: reading[0], begun: reading[1], sightings };
    }
    eip.counted = number;
  }

  function look(eip: PastEip): void {
    if (last === null || eip.facts === null) return;
    if (eip.counted < count - 1) advance(eip, before, count - 1);
    const [now, begun] = last;
    const { idle, clocks } = eip.facts;
    if (!idle) eip.row = null;
    if (clocks !== null && counts(eip)) {
      const { updatedTime, youngest, marked } = clocks;
      eip.row = sighted(eip.row, { now, begun, updatedTime, youngest, marked, maxGap });
    }
    eip.counted = count;
  }

  function play(reading: ReadingAt): void {
    const [now] = reading;
    if (last !== null && between(last[0], now) > maxGap) for (const eip of eips.values()) changed.add(eip);
    before = last;
    last = reading;
    first ??= reading;
    count += 1;
    for (let word = words[0]; word !== undefined && word.at <= now; word = words[0]) {
      word.eip.approval = word.approval;
      changed.add(word.eip);
      words.shift();
    }
    const these = changed;
    changed = new Set();
    for (const eip of these) look(eip);
    watcher().reading(now, these);
  }

  function readings(list: readonly ReadingAt[]): void {
    for (const reading of list) {
      const newest = pending ?? last;
      // A run that died after its record was written is told again by the next.
      if (newest !== null && reading[0] <= newest[0]) continue;
      if (pending !== null) play(pending);
      pending = reading;
    }
  }

  function known(id: string): PastEip {
    const present = eips.get(id);
    if (present !== undefined) return present;
    const eip: PastEip = {
      id,
      ip: "",
      facts: null,
      region: null,
      present: false,
      row: null,
      counted: 0,
      approval: null,
      wasIdle: false,
      goneAt: null,
      releasedAt: null,
      acts: [],
    };
    eips.set(id, eip);
    return eip;
  }

  function judged(eip: PastEip, at: Instant, facts: ReadFacts<"judged">): void {
    const next = readJudged(facts, eip.facts);
    if (next === null) return;
    advance(eip, last, count);
    eip.region ??= regionAt(next.whose);
    if (!eip.present) eip.region.eips += 1;
    eip.present = true;
    eip.goneAt = null;
    eip.ip = next.whose.ip;
    eip.facts = next;
    eip.wasIdle ||= next.idle;
    const { actingSince, actingLatest, sightings = 1, updatedTime = null } = facts;
    if (actingSince !== undefined && actingLatest !== undefined && next.idle) {
      eip.row = {
        since: instant(actingSince),
        latest: instant(actingLatest),
        sightings,
        updatedTime,
        ...(pending === null ? {} : { begun: pending[1] }),
      };
    }
    changed.add(eip);
    if (next.inUse) watcher().usedAgain(eip, at);
  }

  function regionAt(place: Place): { read: boolean; eips: number } {
    const key = placeKey(place);
    const present = regions.get(key) ?? { read: true, eips: 0 };
    regions.set(key, present);
    return present;
  }

  function region({ account = "", region: name = "", read = true, brake = null }: ReadFacts<"region">): void {
    const place = { account, region: name };
    const key = placeKey(place);
    for (const eip of eips.values()) {
      advance(eip, last, count);
      changed.add(eip);
    }
    regionAt(place).read = read;
    if (brake === null) brakes.delete(key);
    else brakes.set(key, brake);
  }

  function gone(eip: PastEip, at: Instant): void {
    if (eip.region !== null && eip.present) eip.region.eips -= 1;
    Object.assign(eip, { present: false, goneAt: at, row: null, approval: null });
    changed.delete(eip);
    watcher().gone(eip);
  }

  function done(eip: PastEip, what: Done["what"], at: Instant, deliveredAt: Instant | null = null): void {
    eip.acts = [...eip.acts, { what, at, deliveredAt }].slice(-REMEMBERED_ACTS);
  }

  function take(record: ReadEvent): void {
    switch (record.kind) {
      case "readings":
        readings(readingsOf(record.facts));
        return;
      case "region":
        region(record.facts);
        return;
      default:
        if (record.eip !== null) takeOf(known(record.eip), record);
    }
  }

  function takeOf(eip: PastEip, record: ReadEvent): void {
    const { at } = record;
    switch (record.kind) {
      case "judged":
        judged(eip, at, record.facts);
        return;
      case "gone":
        gone(eip, at);
        return;
      case "approved": {
        const until = parseInstant(String(record.facts.until));
        if (until !== undefined) words.push({ eip, at, approval: { at, by: "the record", until } });
        return;
      }
      case "kept":
        words.push({ eip, at, approval: null });
        return;
      case "flagged":
        done(eip, "flagged", at);
        return;
      case "noticed":
        done(eip, "noticed", at, parseInstant(String(record.facts.deliveredAt)) ?? at);
        return;
      case "withheld":
        if (record.facts.cap !== true) done(eip, "held", at);
        return;
      case "failed":
        done(eip, "held", at);
        return;
      case "receipt":
        eip.releasedAt = at;
        return;
      case "settled":
        if (record.facts.outcome === SETTLED_GONE) eip.releasedAt = at;
    }
  }

  return {
    eips,
    brakes,
    listed: () => [...regions.values()].reduce((sum, { read, eips: there }) => sum + (read ? there : 0), 0),
    isRead,
    last: () => last,
    first: () => first,
    take,
    look,
    forget: (eip) => eips.delete(eip.id),
    end(rest) {
      readings(rest);
      if (pending !== null) play(pending);
      pending = null;
    },
  };
}
