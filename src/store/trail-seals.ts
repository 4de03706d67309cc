import type { TrailHead } from "../core/terms/ledger.ts";
import { breakAfter, hashOf, headOf } from "../trail/chain.ts";
import type { Shelf } from "./shelf.ts";
import { recordsIn, UNSEALED } from "./trail-objects.ts";

/**
 * Old pieces of the trail, put together into few: a year of runs leaves fifty thousand. A sealed piece is created once, read back, and only then
 * are the pieces removed that it holds. Whoever reads takes a record from whichever of the two is there.
 */

export interface SealOptions {
  /** So many of the newest pieces stay as they are. */
  readonly unsealed: number;
  /** So many pieces become one. */
  readonly pieces: number;
  /** Or fewer, where they hold so many records. */
  readonly records: number;
  /** So many sealed pieces are made at once, at most. */
  readonly most: number;
}

const USUAL: SealOptions = { unsealed: UNSEALED, pieces: 200, records: 5_000, most: 5 };

/** So many requests are under way at once. */
const SIDE_BY_SIDE = 8;

/** Seals what is old enough, oldest first. What does not hold together is left as it is: `trail verify` says where it breaks. */
export async function sealTrail(shelf: Shelf, options: SealOptions = USUAL): Promise<void> {
  const numbers = await shelf.numbers("trail");
  for (const group of groupsOf(numbers, options)) if (!(await sealGroup(shelf, group))) return;
}

/** Whole groups of neighbours. How many records a piece holds is told by the number of the next. */
function groupsOf(numbers: readonly number[], { unsealed, pieces, records, most }: SealOptions): readonly (readonly number[])[] {
  const groups: number[][] = [];
  let group: number[] = [];
  for (const [at, number] of numbers.slice(0, Math.max(0, numbers.length - unsealed)).entries()) {
    group.push(number);
    const end = numbers[at + 1] ?? number;
    if (group.length < pieces && end - (group[0] ?? number) < records) continue;
    if (group.length > 1) groups.push(group);
    group = [];
  }
  return groups.slice(0, most);
}

/** @returns false where nothing more should be sealed */
async function sealGroup(shelf: Shelf, group: readonly number[]): Promise<boolean> {
  const [first] = group;
  if (first === undefined) return false;
  const texts = await eachOf(group, (number) => shelf.read("trail", number));
  const text = texts.join("");
  if (texts.includes(null) || !isUnbroken(texts, group, shelf)) return false;
  await shelf.create("sealed", first, text);
  // Whoever created it: only what is there for certain is removed.
  const sealed = await shelf.read("sealed", first);
  if (sealed === null || !sealed.startsWith(text)) return false;
  await eachOf(group, (number) => shelf.remove("trail", number));
  return true;
}

/** Whether each record follows the one before it, from the group's first number on, each piece under the number of its first record. */
function isUnbroken(texts: readonly (string | null)[], group: readonly number[], shelf: Shelf): boolean {
  let head: TrailHead | null = null;
  for (const [at, number] of group.entries()) {
    let isFirst = true;
    for (const record of recordsIn(texts[at] ?? "", shelf.nameOf("trail", number))) {
      if (isFirst && record.sequence !== number) return false;
      if (head === null ? hashOf(record) !== record.hash : breakAfter(head, record) !== null) return false;
      head = headOf(record);
      isFirst = false;
    }
    if (isFirst) return false;
  }
  return head !== null;
}

async function eachOf<T>(numbers: readonly number[], work: (number: number) => Promise<T>): Promise<readonly T[]> {
  const done: T[] = [];
  for (let start = 0; start < numbers.length; start += SIDE_BY_SIDE) {
    done.push(...(await Promise.all(numbers.slice(start, start + SIDE_BY_SIDE).map(work))));
  }
  return done;
}
