import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MINUTE } from "../../src/core/terms/time.ts";
import { folderShelf } from "../../src/store/folder-shelf.ts";
import { generationsOf, KEPT } from "../../src/store/generations.ts";
import { type LeaseOptions, takeLease } from "../../src/store/leases.ts";
import type { Shelf } from "../../src/store/shelf.ts";
import { handClock, ledger } from "./samples.ts";

/** Old numbers are pruned, so a number that was taken is free again: nobody may win with it who slept through all of that. */

let dir: string;
let shelf: Shelf;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "eip-guard-sleepers-"));
  shelf = folderShelf(dir);
});
afterEach(() => rm(dir, { recursive: true }));

/** The same shelf for somebody who falls asleep right before creating. */
function sleeping(meanwhile: () => Promise<void>): Shelf {
  return {
    ...shelf,
    async create(kind, number, text) {
      await meanwhile();
      return shelf.create(kind, number, text);
    },
  };
}

it.each([1, KEPT - 1, KEPT, KEPT + 1, 3 * KEPT])(
  "lets no writer win who slept while %d generations were written",
  async (count) => {
    const sleeper = sleeping(async () => {
      for (let generation = 1; generation <= count; generation += 1) await generationsOf(shelf).write(ledger(generation));
    });
    await expect(generationsOf(sleeper).write(ledger(1, { writtenBy: "sleeper" }))).rejects.toMatchObject({ code: "LostRace" });
    expect(await generationsOf(shelf).newest()).toMatchObject({ generation: count, writtenBy: `run-${count}` });
    const kept = await shelf.numbers("ledger");
    expect(kept).toEqual(Array.from({ length: Math.min(count, KEPT) }, (_, at) => count - Math.min(count, KEPT) + 1 + at));
  },
);

it.each([1, 3, 4, 5, 20])("lets nobody take a lease who slept while it was taken %d times", async (count) => {
  const clock = handClock();
  const options = (holder: string): LeaseOptions => ({
    kind: "lease",
    holder,
    duration: MINUTE,
    now: clock.now,
    process: null,
    isDead: () => false,
  });
  const sleeper = sleeping(async () => {
    for (let turn = 1; turn <= count; turn += 1) {
      const lease = await takeLease(shelf, options(`holder-${turn}`));
      if (turn < count) await lease?.release();
    }
  });
  expect(await takeLease(sleeper, options("sleeper"))).toBeNull();
  expect(await takeLease(shelf, options("next"))).toBeNull();
  clock.pass(MINUTE);
  expect(await takeLease(shelf, options("next"))).not.toBeNull();
});
