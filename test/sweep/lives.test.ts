import { expect, it } from "vitest";
import { play } from "../lives/play.ts";

/** A short run of `npm run test:simulate`, whose long one goes over thousands of seeds. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

it.each(SEEDS)("releases no wanted EIP, nothing twice, and what may go, in the life of seed %i", async (seed) => {
  const { failures, story, runs } = await play(seed, { days: 6 });
  expect(runs).toBeGreaterThan(20);
  expect(failures, story.join("\n")).toEqual([]);
});

it("plays the same life again from the same seed", async () => {
  const [once, again] = [await play(11, { days: 4 }), await play(11, { days: 4 })];
  expect(again.story).toEqual(once.story);
});
