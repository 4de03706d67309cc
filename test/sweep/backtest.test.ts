import { expect, it } from "vitest";
import { DELAYS, differences } from "../lives/again.ts";
import { play } from "../lives/play.ts";

/** Lives in which nothing fails and nobody speaks: what is released follows from the policy alone, and so does the back-test. */
const SEEDS = [21, 22, 27, 28];

it.each(SEEDS)("plays the life of seed %i again, release by release", async (seed) => {
  const { releases, backtests, failures, story } = await play(seed, { days: 6, calm: true, backtest: DELAYS });
  expect(failures, story.join("\n")).toEqual([]);
  expect(releases.length).toBeGreaterThan(2);
  expect(differences(releases, backtests), story.join("\n")).toEqual([]);
});
